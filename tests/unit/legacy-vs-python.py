#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: The confsync authors
"""Exchanges frames with Python's json, as a legacy peer uses it: contents and hashes are the same.

The first argument is the helper (legacy-tool). Writes TAP. The seed is fixed; another one, and
another number of documents, can be given: legacy-vs-python.py TOOL [SEED [DOCUMENTS]]
"""
import hashlib
import json
import random
import struct
import subprocess
import sys

INT_MIN, INT_MAX = -2 ** 63, 2 ** 63 - 1
MEMBERS = ["type", "timestamp", "instance_id", "config_hash", "config_data", "conflict_resolution"]
CHARACTERS = ('abcxyz 0189_-./~"\\\n\t\r\b\f\x01\x1f\x7f\x80ÿßéΩ€\u2028\ud7ff\ue000\ufffd\uffff'
              "\U00010000😀\U0010ffff")
DOUBLES = [0.0, -0.0, 1.0, 0.1, 1e-05, 1e-4, 1e15, 1e16, 1e17, 1e21, 1e22, 5e-324, 2.2e-308,
           1.7976931348623157e308, 2.0 ** 53, 2.0 ** 63, -2.0 ** 64, 123456789012345.6]
INTEGERS = [0, -1, INT_MAX, INT_MIN, INT_MAX - 1, 2 ** 53, -2 ** 53 - 1, 10 ** 18]


def some_string(rng):
    return "".join(rng.choice(CHARACTERS) for _ in range(rng.randint(0, 12)))


def some_double(rng):
    if rng.random() < 0.5:
        return rng.choice(DOUBLES)
    value = struct.unpack("d", struct.pack("Q", rng.getrandbits(64)))[0]
    return value if value - value == 0 else 0.5


def some_value(rng, depth):
    choice = rng.random()
    if depth > 0 and choice < 0.3:
        return {some_string(rng): some_value(rng, depth - 1) for _ in range(rng.randint(0, 8))}
    if depth > 0 and choice < 0.45:
        return [some_value(rng, depth - 1) for _ in range(rng.randint(0, 6))]
    return rng.choice([some_string, some_double, lambda rng: rng.choice(INTEGERS),
                       lambda rng: rng.randint(-1000, 1000),
                       lambda rng: rng.choice([True, False, None, {}, []])])(rng)


def hash_of(document):
    return hashlib.md5(json.dumps(document, sort_keys=True).encode()).hexdigest()


def frame_of(document, **other):
    return json.dumps({"type": "config_update", "timestamp": 1700000000.25,
                       "instance_id": "client_1", "config_hash": hash_of(document),
                       "config_data": document, "conflict_resolution": "last_write_wins", **other})


class Tool:
    """the helper, one frame at a time"""

    def __init__(self, path):
        self.process = subprocess.Popen([path], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        encoding="utf-8")

    def ask(self, frame):
        self.process.stdin.write(frame + "\n")
        self.process.stdin.flush()
        return self.process.stdout.readline().rstrip("\n")


def compare(tool, document):
    """what is wrong with the frame that comes back, or None"""
    answer = tool.ask(frame_of(document))
    if answer.startswith("-"):
        return answer
    message = json.loads(answer)
    if list(message) != MEMBERS:
        return f"members {list(message)}"
    if repr(message["config_data"]) != repr(document):
        return "another content"
    if message["config_hash"] != hash_of(document):
        return "another hash"
    return None if message["timestamp"] == 1700000000.25 else "another time"


def check_documents(tool, rng, count):
    wrong = []
    for _ in range(count):
        document = {some_string(rng): some_value(rng, 5) for _ in range(rng.randint(0, 8))}
        what = compare(tool, document)
        wrong += [f"{what}: {document!r:.300}"] if what else []
    return wrong


def check_refusals(tool):
    """what Python may send, and nobody else can hold"""
    wrong = []
    for value, words in ((float("nan"), "value"), (float("inf"), "value"),
                         (float("-inf"), "digit"), (INT_MAX + 1, "64 bits"),
                         (INT_MIN - 1, "64 bits"), (10 ** 400, "64 bits"), ("\ud800", "surrogate"),
                         ("a\0b", "u0000")):
        answer = tool.ask(frame_of({"a": value}))
        if not answer.startswith("- ") or words not in answer:
            wrong.append(f"{value!r:.40}: {answer}")
    return wrong


def report(number, name, wrong):
    for line in wrong[:10]:
        print(f"# {line}")
    print(f"{'not ' if wrong else ''}ok {number} {name}", flush=True)
    return not wrong


def main(path, seed=1, documents=500):
    tool = Tool(path)
    print("1..2")
    good = report(1, f"{documents} documents come back with Python's content and hash",
                  check_documents(tool, random.Random(int(seed)), int(documents)))
    good &= report(2, "what only Python can hold is refused with a reason", check_refusals(tool))
    tool.process.stdin.close()
    return 0 if good and tool.process.wait(timeout=30) == 0 else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
