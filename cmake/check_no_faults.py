#!/usr/bin/env python3
"""Checks that a program holds nothing of base/io/faults, and that this check would find it: the
second program is the same one with fault points."""
import pathlib
import sys

WORDS = (b"FLYWHEEL_FAULTS", b"FaultPoint", b"flywheel-fault")


def words_in(path):
    content = pathlib.Path(path).read_bytes()
    return [word.decode() for word in WORDS if word in content]


def main():
    product, faulty = sys.argv[1:]
    print(f"{product}: {words_in(product)}; {faulty}: {words_in(faulty)}")
    return 0 if not words_in(product) and "FLYWHEEL_FAULTS" in words_in(faulty) else 1


if __name__ == "__main__":
    sys.exit(main())
