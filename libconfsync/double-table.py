#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: The confsync authors
"""Writes the powers of ten that confsync-double.c multiplies by.

For each k the row is g = floor (10^-k * 2^-r) + 1 with 126 significant bits, as a high and a low
part of 63 bits each (Giulietti, "The Schubfach way to render doubles", section 9.9.2).
"""
import sys
from fractions import Fraction

K_MIN, K_MAX = -324, 292


def floor_log2_pow10(exponent):
    """floor (log2 (10^exponent)), exact for every exponent asked for here"""
    return (exponent * 913124641741) >> 38


def row(k):
    scaled = Fraction(10) ** -k * Fraction(2) ** (125 - floor_log2_pow10(-k))
    g = scaled.numerator // scaled.denominator + 1
    assert 2 ** 125 <= g <= 2 ** 126, k
    return g >> 63, g & ((1 << 63) - 1)


def main(path):
    with open(path, "w", encoding="ascii") as out:
        out.write("/* made by double-table.py */\n")
        out.write(f"#define POWER_MIN ({K_MIN})\n")
        out.write(f"static const guint64 powers[{K_MAX - K_MIN + 1}][2] = {{\n")
        for k in range(K_MIN, K_MAX + 1):
            high, low = row(k)
            out.write(f"  {{ G_GUINT64_CONSTANT ({high:#x}), G_GUINT64_CONSTANT ({low:#x}) }},\n")
        out.write("};\n")


if __name__ == "__main__":
    main(sys.argv[1])
