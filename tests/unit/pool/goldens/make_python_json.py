#!/usr/bin/env python3
"""Writes python_json.jsonl, the golden of python_json_test: one line {"in": text, "out": text} a case.
`out` is what Python's json.dumps(json.loads(in), indent=4) gives, in a list as DataOptim's scripts
write it. Seeded: the same file every time. Made with Python 3.11."""
import json
import math
import pathlib
import random
import struct

rng = random.Random(20240314)
cases = []

FIXED = [
    '{}', '{"a": {}, "b": [], "c": [[], {}]}', '{ "id" : "coco_0" , "image":"a.jpg"}',
    '{"a": 1, "b": 2, "a": 3}', '{"a": {"x": 1, "x": [1, 2]}, "b": 0, "a": {"y": 1, "y": {}}}',
    '{"a\\": b": 1, "a": 2, "\\u0061\\": b": 3}', '{"\\u00e9": 1, "é": 2}',
    '{"😀": 1, "\\ud83d\\ude00": 2, "\\ud83d": 3, "\\ude00": 4}',
    '{"n": [0, -0, 12345678901234567890123456789012345678901234567890, -98765432109876543210]}',
    '{"n": [0.0, -0.0, 1e5, 1E5, 1e+5, 1e-5, 0.00001, 0.0001, 1e15, 1e16, 1e17, 123456789012345678.0]}',
    '{"n": [1e999, -1e999, 1e-999, -1e-999, NaN, Infinity, -Infinity, 5e-324, 1.7976931348623157e308]}',
    '{"n": [0.1, 0.30000000000000004, 9007199254740993.0, 2.5, 100.0, 1e22, 1e23, 1.0e-7, 4.35]}',
    '{"b": [true, false, null]}',
    '{"s": "\\"\\\\\\/\\b\\f\\n\\r\\t\\u0000\\u001f\\u007f\\u0080\\u2028\\uFFFF\\ud800 \\uDC00"}',
    '{"s": "\x7f é ß ü 猫 🙂 \ufeff \u2029 </script>"}', '[1, "two", {"three": [3.0]}]',
    '\t{"a":\r\n[ 1 ,\t2 ] }\n',
    '{' + ', '.join(f'"k{i % 23}": {i}' for i in range(60)) + '}',
    '{"deep": ' + '[' * 60 + '{"x": 1, "x": 2}' + ']' * 60 + '}',
]


def number():
    kind = rng.randrange(5)
    if kind == 0:
        return struct.unpack('<d', struct.pack('<Q', rng.getrandbits(64)))[0]
    if kind == 1:
        return math.ldexp(1.0, rng.randint(-1074, 1023))
    if kind == 2:
        return rng.random() * 10 ** rng.randint(-8, 20)
    if kind == 3:
        return round(rng.random(), 3)
    return rng.choice((1, -1)) * rng.getrandbits(rng.randint(1, 200))


def string():
    parts = ['<image>\\n', 'What is', ' ', '\\u00e9', 'é', '猫', '\\ud83d\\ude42', '🙂', '\\"', '\\\\',
             '\\/', '\x7f', '\\b', '\\f', '\\u000c', '\\u001F', 'box [0.1, 0.2, 0.3, 0.4].', '\\ud800']
    return '"' + ''.join(rng.choice(parts) for _ in range(rng.randrange(6))) + '"'


def value(depth):
    kind = rng.randrange(4 if depth == 0 else 6)
    gap = rng.choice(['', ' ', '\n  '])
    if kind == 0:
        return repr(number()).replace('inf', 'Infinity').replace('nan', 'NaN')
    if kind in (1, 2):
        return string()
    if kind == 3:
        return rng.choice(['true', 'false', 'null', '1.50', '1E2', '-0.0', '0e0', '1.0e+05'])
    if kind == 4:
        return '[' + gap + (',' + gap).join(value(depth - 1) for _ in range(rng.randrange(4))) + gap + ']'
    names = ['"id"', '"image"', '"from"', string(), '"\\u0069d"']
    members = (rng.choice(names) + gap + ':' + gap + value(depth - 1) for _ in range(rng.randrange(5)))
    return '{' + gap + (',' + gap).join(members) + gap + '}'


for text in FIXED:
    cases.append(text)
while len(cases) < 500:
    cases.append('{"id": ' + value(3) + ', "x": ' + value(3) + '}')
# One long list of floats: every exponent, and powers of two, where shortest digits are hardest.
cases.append('[' + ', '.join(repr(math.ldexp(1.0, e)) for e in range(-1074, 1024)) + ']')
cases.append('[' + ', '.join(f'{m}e{e}' for e in range(-30, 31) for m in (1, 9.5, 123456)) + ']')

out = pathlib.Path(__file__).with_name('python_json.jsonl')
with out.open('w', encoding='utf-8') as file:
    for text in cases:
        golden = json.dumps([json.loads(text)], indent=4)
        file.write(json.dumps({'in': text, 'out': golden}) + '\n')
