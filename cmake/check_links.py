#!/usr/bin/env python3
"""Checks with ldd that a program loads none of the given libraries: check_links.py PROGRAM WORD..."""
import subprocess
import sys


def main():
    program, *forbidden = sys.argv[1:]
    loaded = subprocess.run(["ldd", program], check=True, capture_output=True, text=True).stdout
    found = [line.strip() for line in loaded.splitlines()
             if any(word in line.split()[0].lower() for word in forbidden)]
    for line in found:
        print(f"{program}: must not link {line}")
    print(f"{len(loaded.splitlines())} libraries, {len(found)} that must not be there")
    return 1 if found or "libgrpc++" not in loaded else 0


if __name__ == "__main__":
    sys.exit(main())
