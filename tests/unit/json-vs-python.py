#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: The confsync authors
"""Compares the reader and the writers with Python's json, made strict.

The first argument is the helper (json-tool). Writes TAP. The seed is fixed; another one, and other
numbers of inputs, can be given: json-vs-python.py TOOL [SEED [MUTATIONS [DOCUMENTS]]]
"""
import decimal
import glob
import hashlib
import json
import math
import random
import struct
import subprocess
import sys

INT_MIN, INT_MAX = -2 ** 63, 2 ** 63 - 1
MAX_DEPTH = 64


class Tool:
    """the helper, one request at a time"""

    def __init__(self, path):
        self.process = subprocess.Popen([path], stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def read(self, data):
        """(True, canonical, compact, python, hash) or (False, reason)"""
        self.process.stdin.write(struct.pack(">I", len(data)) + data)
        self.process.stdin.flush()
        answer = self._exactly(struct.unpack(">I", self._exactly(4))[0])
        if answer[:1] == b"r":
            return (False, answer[1:].decode())
        parts, at = [], 1
        while at < len(answer):
            size = struct.unpack_from(">I", answer, at)[0]
            parts.append(answer[at + 4:at + 4 + size])
            at += 4 + size
        return (True, *parts)

    def _exactly(self, size):
        data = self.process.stdout.read(size)
        if len(data) != size:
            raise SystemExit("Bail out! the helper ended")
        return data

    def close(self):
        self.process.stdin.close()
        return self.process.wait(timeout=30)


def strict_pairs(pairs):
    result = dict(pairs)
    if len(result) != len(pairs):
        raise ValueError("a member stands twice")
    return result


def strict_int(text):
    value = int(text)
    if not INT_MIN <= value <= INT_MAX:
        raise ValueError("integer out of range")
    return value


def strict_float(text):
    value = float(text)
    if math.isinf(value):
        raise ValueError("double out of range")
    return value


def refuse_constant(text):
    raise ValueError(text)


def check_tree(value, depth=0):
    """what json.loads() has no hook for"""
    if isinstance(value, str):
        if "\0" in value or any("\ud800" <= c <= "\udfff" for c in value):
            raise ValueError("a character that can't be held")
    elif isinstance(value, (list, dict)):
        if depth >= MAX_DEPTH:
            raise ValueError("too deep")
        for child in value:
            check_tree(child, depth + 1)
        if isinstance(value, dict):
            for child in value.values():
                check_tree(child, depth + 1)


def reference_read(data):
    text = data.decode("utf-8")
    if text.startswith("\ufeff"):
        raise ValueError("byte order mark")
    value = json.loads(text, object_pairs_hook=strict_pairs, parse_int=strict_int,
                       parse_float=strict_float, parse_constant=refuse_constant)
    check_tree(value)
    return value


def reference_number(value):
    """ECMAScript's layout of a double, with an exponent from 2^53 up"""
    if value == 0:
        return "0"
    sign, digits, exponent = decimal.Decimal(repr(value)).normalize().as_tuple()
    digits = "".join(map(str, digits))
    count, point = len(digits), len(digits) + exponent
    if abs(value) < 2 ** 53 and 0 < point <= 21:
        text = digits.ljust(point, "0") if count <= point else digits[:point] + "." + digits[point:]
    elif abs(value) < 2 ** 53 and -6 < point <= 0:
        text = "0." + "0" * -point + digits
    else:
        text = digits[0] + ("." + digits[1:] if count > 1 else "") + f"e{point - 1:+d}"
    return "-" * sign + text


def reference_string(value):
    return json.dumps(value, ensure_ascii=False)


def reference_canonical(value):
    if isinstance(value, dict):
        names = sorted(value, key=lambda name: name.encode("utf-16-be"))
        return "{" + ",".join(reference_string(name) + ":" + reference_canonical(value[name])
                              for name in names) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(reference_canonical, value)) + "]"
    if isinstance(value, float):
        return reference_number(value)
    return reference_string(value) if isinstance(value, str) else json.dumps(value)


CHARACTERS = ('abcxyz 0189_-./~"\\\n\t\r\b\f\x01\x1f\x7f\x80ÿßéΩ€\u2028\ud7ff\ue000\ufffd\uffff'
              "\U00010000😀\U0010ffff")


def some_string(rng):
    return "".join(rng.choice(CHARACTERS) for _ in range(rng.randint(0, 12)))


def some_double(rng):
    bits = rng.getrandbits(64)
    value = struct.unpack("d", struct.pack("Q", bits))[0]
    choice = rng.randint(0, 3)
    if choice == 0 and math.isfinite(value):
        return value
    if choice == 1:
        return float(rng.randint(-2 ** 60, 2 ** 60))
    if choice == 2:
        return rng.choice([0.0, -0.0, 1.0, 1e15, 1e16, 1e17, 1e20, 1e21, 1e22, 5e-324, 1e-5, 1e-6,
                           1e-7, 0.0001, 2.0 ** 53, 2.0 ** 53 - 1, 1.7976931348623157e308])
    return round(rng.uniform(-1000, 1000), rng.randint(0, 6))


def some_integer(rng):
    edge = rng.choice([0, INT_MAX, INT_MIN, 2 ** 53, -2 ** 53, 10 ** 15])
    value = edge + rng.randint(-2, 2) if rng.random() < 0.5 else rng.randint(-10 ** 6, 10 ** 6)
    return max(INT_MIN, min(INT_MAX, value))


def some_value(rng, depth):
    choice = rng.random()
    if depth > 0 and choice < 0.25:
        return {some_string(rng): some_value(rng, depth - 1) for _ in range(rng.randint(0, 30))}
    if depth > 0 and choice < 0.4:
        return [some_value(rng, depth - 1) for _ in range(rng.randint(0, 6))]
    return rng.choice([some_string, some_double, some_integer,
                       lambda _: rng.choice([True, False, None])])(rng)


def some_document(rng):
    return {some_string(rng): some_value(rng, 4) for _ in range(rng.randint(0, 8))}


def some_text(rng, value):
    return json.dumps(value, ensure_ascii=rng.random() < 0.3, indent=rng.choice([None, None, 1]))


PIECES = [b"{", b"}", b"[", b"]", b",", b":", b'"', b"\\", b"\\u", b"\\ud800", b"\\udc00",
          b"\\u0000",
          b"\\u0041", b"0", b"1", b"-", b".", b"e", b"E+", b"e999", b"9223372036854775808", b"true",
          b"nul", b"NaN", b"\x00", b"\x1f", b"\x80", b"\xc0\x80", b"\xed\xa0\x80",
          b"\xf4\x90\x80\x80",
          b"\xef\xbb\xbf", b"\xe2\x82", b"\xf0\x9f\x98\x80", b" ", b"\n", b"\r", b"\t", b"\x0b",
          b"/**/",
          b"'", b'"a":1,', b'"":0', b"1.", b"01", b"-0", b"1e5", b"[" * 70, b"\\/", b"\\x41"]


def mutate(rng, data):
    data = bytearray(data)
    for _ in range(rng.choice([1, 1, 1, 1, 1, 2, 4])):
        at = rng.randint(0, len(data))
        choice = rng.randint(0, 5)
        if choice == 0:
            del data[at:at + rng.randint(1, 4)]
        elif choice == 1:
            data[at:at] = rng.choice(PIECES)
        elif choice == 2 and at < len(data):
            data[at] = rng.randint(0, 255)
        elif choice == 3 and at < len(data):
            data[at] ^= 1 << rng.randint(0, 7)
        elif choice == 4:
            data[at:at + rng.randint(0, 3)] = rng.choice(PIECES)
        else:
            start = rng.randint(0, len(data))
            data[at:at] = data[start:start + rng.randint(1, 20)]
    if rng.random() < 0.03:
        del data[rng.randint(0, len(data)):]
    return bytes(data)


def compare(tool, data):
    """what the reader and the reference disagree on, or None"""
    answer = tool.read(data)
    try:
        value = reference_read(data)
    except (ValueError, RecursionError) as error:
        return None if not answer[0] else f"accepted, but the reference says: {error}"
    if not answer[0]:
        return f"refused: {answer[1]}"
    _, canonical, compact, python, digest = answer
    if canonical.decode() != reference_canonical(value):
        return "the canonical forms differ"
    if digest.decode() != hashlib.sha256(canonical).hexdigest():
        return "the hash isn't that of the canonical form"
    if python.decode() != json.dumps(value, sort_keys=True):
        return "the Python forms differ"
    if repr(reference_read(compact)) != repr(value):
        return "the compact form doesn't read back as the value, in its order and types"
    again = tool.read(canonical)
    if again[0] is not True or again[1] != canonical:
        return "the canonical form is no fixed point"
    return None


def report(number, name, failures):
    for data, what in failures[:10]:
        print(f"# {what}: {data[:300]!r}")
    print(f"{'not ' if failures else ''}ok {number} {name}", flush=True)
    return not failures


def test_mutations(tool, rng, count):
    texts = [some_text(rng, some_document(rng)) for _ in range(100)]
    texts += [json.dumps(some_value(rng, 2)) for _ in range(50)]
    failures, refused = [], 0
    for _ in range(count):
        data = mutate(rng, rng.choice(texts).encode()[:2000])
        what = compare(tool, data)
        refused += not tool.read(data)[0]
        if what:
            failures.append((data, what))
    print(f"# {count} mutated texts, {refused} of them refused")
    if not count // 10 < refused < count:
        failures.append((b"", "the mutations are all of one verdict"))
    return failures


def test_documents(tool, rng, count):
    failures = []
    for _ in range(count):
        document = some_document(rng)
        data = some_text(rng, document).encode()
        what = compare(tool, data)
        ours = hashlib.md5(tool.read(data)[3]).hexdigest() if not what else ""
        theirs = hashlib.md5(json.dumps(document, sort_keys=True).encode()).hexdigest()
        if what or ours != theirs:
            failures.append((data, what or "the legacy hashes differ"))
    return failures


def test_files(tool, pattern):
    failures = []
    paths = sorted(glob.glob(pattern))
    for path in paths:
        with open(path, "rb") as file:
            data = file.read()
        what = compare(tool, data)
        if what:
            failures.append((path.encode(), what))
    print(f"# {len(paths)} files")
    return failures


def main(path, seed=1, mutations=4000, documents=500):
    tool = Tool(path)
    rng = random.Random(int(seed))
    print("1..4")
    good = report(1, "mutated texts get the same verdict and the same forms",
                  test_mutations(tool, rng, int(mutations)))
    good &= report(2, "documents have the forms and the legacy hash that Python gives them",
                   test_documents(tool, rng, int(documents)))
    good &= report(3, "real files", test_files(tool, "/usr/share/iso-codes/json/*.json"))
    status = tool.close()
    good &= report(4, "the helper ends well",
                   [(b"", f"exit status {status}")] if status else [])
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
