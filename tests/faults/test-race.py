#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: The confsync authors
#
# An editor that rewrites the live file 200 times a second while revisions arrive from another
# instance: each content that was there at a quiet moment, or that an apply took away, is live or in
# a version. Prints TAP.
"""Usage: test-race.py CONFSYNC [--long] [--seed N]"""

import contextlib
import re
import sys
import time

import tooling
from editors import Editor, Pace, Side, agree, counts, dice_of, until_found
from tooling import Folder, free_port, until

EDITS, LONG_EDITS = 1000, 30000
# the least that may have met, however slow the machine: a race that nobody runs proves nothing
APPLIES_MIN = 30
RATE_MIN = 10


def busy_pause(dice):
    """200 a second, with a quiet moment now and then."""
    return 0.100 if dice.randrange(60) == 0 else dice.random() * 0.005


def remote_pause(dice):
    return 0.015 + dice.random() * 0.030


def race(way):
    total = LONG_EDITS if tooling.options.long else EDITS
    seed = tooling.options.seed
    with contextlib.ExitStack() as stack:
        ports, sides = [free_port(), free_port()], []
        pace = Pace(stack.enter_context(Folder()), Pace.LIVES)
        stack.callback(pace.end)
        for number, (name, wait, ways) in enumerate((
                ('hall', busy_pause, [way]), ('attic', remote_pause, [Editor.exchange]))):
            folder = stack.enter_context(Folder())
            folder.overwrite({'by': 'nobody', 'n': 0})
            editor = Editor(name, folder, dice_of(seed, name), ways, wait, pace)
            stack.callback(editor.end)
            sides.append(Side(name, folder, ports[number], ports[1 - number], editor))
        for side in sides:
            side.start()
            stack.callback(side.kill)
        for side in sides:
            side.ready()
            side.instance.wait('peer up')
        busy, began = sides[0].editor, time.monotonic()
        for side in sides:
            side.editor.going.set()
        while busy.number < total:
            before = busy.number
            until('edits', lambda: busy.number >= min(before + 200, total))
        elapsed = time.monotonic() - began
        for side in sides:
            side.editor.going.clear()
            side.whole()
        agree(sides)
        until_found(sides)
        applies = len([line for line in sides[0].instance.lines['out'] if re.search(
            '  applied  ', line)])
        contents, at_rest = counts(sides)
        print(f'# {busy.number / elapsed:.0f} edits a second met {applies} applies; {contents} '
              f'contents, {at_rest} of them at rest or taken away')
        assert applies >= APPLIES_MIN and busy.number / elapsed >= RATE_MIN, (applies, elapsed)


def test_exchange():
    """an editor that replaces the file at once"""
    race(Editor.exchange)


def test_in_place():
    """an editor that truncates the file and writes it in two parts"""
    race(Editor.in_place)


if __name__ == '__main__':
    sys.exit(tooling.main(dict(globals()), __doc__))
