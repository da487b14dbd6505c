#!/usr/bin/env python3
"""Writes boxes.tsv, the golden of boxes_test: width, height, the boxes before, the boxes after, as
the arithmetic of DataOptim's expand_to_square.py has it in Python's own floats and rounding. Each box
is converted once, by its place in the text; lines where the script's replacement of equal texts would
convert a box twice are marked. Seeded: the same file every time."""
import pathlib
import random
import re

BOX = re.compile(r'\[[0-9.]+, [0-9.]+, [0-9.]+, [0-9.]+\]')
rng = random.Random(606)


def padded(match, width, height):
    values = [float(part) for part in match[1:-1].split(', ')]
    long_side = max(width, height)
    left, top = (long_side - width) // 2, (long_side - height) // 2
    pixels = [round(value * side) + shift for value, side, shift in
              zip(values, (width, height) * 2, (left, top) * 2)]
    return '[' + ', '.join(str(round(pixel / long_side, 3)) for pixel in pixels) + ']'


def by_place(text, width, height):
    return BOX.sub(lambda match: padded(match.group(), width, height), text)


def by_replacement(text, width, height):
    result = text
    for match in BOX.findall(text):
        result = result.replace(match, padded(match, width, height))
    return result


def number():
    kind = rng.randrange(10)
    if kind == 0:
        return rng.choice(['0', '1', '0.0', '1.0', '0.5', '.5', '1.', '0.50'])
    if kind == 1:
        return format(rng.random(), '.17f').rstrip('0')
    if kind == 2:  # a tie between two pixels
        side = rng.choice((width, height))
        return repr((rng.randrange(side) + 0.5) / side)
    return format(rng.randrange(1001) / 1000, '.3f')


cascades = 0
with pathlib.Path(__file__).with_name('boxes.tsv').open('w') as file:
    for _ in range(1500):
        width, height = rng.randint(1, 2000), rng.randint(1, 2000)
        if rng.randrange(20) == 0:
            height = width
        boxes = ['[' + ', '.join(number() for _ in range(4)) + ']' for _ in range(2)]
        if rng.randrange(30) == 0:  # the second box reads like the first one's result
            boxes[1] = padded(boxes[0], width, height)
        text = ' '.join(boxes)
        right = by_place(text, width, height)
        same = right == by_replacement(text, width, height)
        cascades += not same
        print(width, height, text, right, '=' if same else 'cascade', sep='\t', file=file)
print(cascades, 'lines where the script converts twice')
