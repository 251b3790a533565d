#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: The confsync authors
"""Times Python's json, as the legacy module uses it, for bench-json.

bench-json.py FILE RUNS prints the median of the seconds that reading, writing with sorted keys and
hashing take.
"""
import hashlib
import json
import statistics
import sys
import time


def once(text):
    start = time.perf_counter()
    hashlib.md5(json.dumps(json.loads(text), sort_keys=True).encode()).hexdigest()
    return time.perf_counter() - start


def main(path, runs):
    with open(path, encoding="utf-8") as file:
        text = file.read()
    print(statistics.median(once(text) for _ in range(int(runs))))


if __name__ == "__main__":
    main(*sys.argv[1:])
