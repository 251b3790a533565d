#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: The confsync authors
#
# kill -9, and now and then SIGTERM, at random moments on a pair that is edited on both sides all
# the time: the live file is always whole; what was at rest on disk, was acknowledged, or was taken
# away by an apply is found again; and after the restart both hold the same. Prints TAP.
"""Usage: test-kill.py CONFSYNC [--long] [--seed N]"""

import contextlib
import sys
import time

import tooling
from editors import Editor, Pace, Side, agree, counts, dice_of, until_found
from tooling import Folder, free_port, until

KILLS, LONG_KILLS = 200, 2000
# kills of one pair of folders: the versions are all kept, and looked through
ROUND = 50
# not less than so many edits before a kill, on average: a kill of what rests proves nothing
EDITS_MIN = 3


def pause(dice):
    """Mostly at once; now and then long enough for a quiet moment."""
    return dice.choice([0.001, 0.004, 0.010, 0.030, 0.090])


class Round:
    """A pair, killed again and again."""

    def __init__(self, stack, seed):
        self.dice = dice_of(seed, 'kills')
        ports = [free_port(), free_port()]
        self.sides = []
        pace = Pace(stack.enter_context(Folder()))
        stack.callback(pace.end)
        for number, name in enumerate(('hall', 'attic')):
            folder = stack.enter_context(Folder())
            folder.overwrite({'by': 'nobody', 'n': 0})
            editor = Editor(name, folder, dice_of(seed, name),
                            [Editor.exchange, Editor.in_place], pause, pace)
            stack.callback(editor.end)
            self.sides.append(Side(name, folder, ports[number], ports[1 - number], editor))
        for side in self.sides:
            side.start()
            stack.callback(side.kill)
        for side in self.sides:
            side.ready()

    def let_edit(self, yes):
        for side in self.sides:
            side.editor.going.set() if yes else side.editor.going.clear()
            with side.editor.resting():
                pass  # what was under way is done

    def edited(self):
        return sum(side.editor.number for side in self.sides)

    def kill(self):
        """One or both, at some moment; now and then again, while it gets up."""
        before, least = self.edited(), self.dice.randrange(1, 12)
        until('edits', lambda: self.edited() >= before + least)
        self.sides[0].editor.wait_for_end(self.dice.random() * 0.02)
        victims = self.dice.choice([self.sides[:1], self.sides[1:], self.sides])
        again = self.dice.randrange(4) == 0
        way = Side.terminate if self.dice.randrange(8) == 0 else Side.kill
        for side in victims:
            way(side)
        for side in victims:
            side.whole()
            side.start()
        if again:
            self.sides[0].editor.wait_for_end(self.dice.random() * 0.04)
            for side in victims:
                side.kill()
                side.whole()
                side.start()
        for side in victims:
            side.ready()
        return len(victims) * (1 + again)

    def check(self):
        self.let_edit(False)
        agree(self.sides)
        until_found(self.sides)
        agree(self.sides)
        self.let_edit(True)


def play(seed, kills):
    """So many kills of one pair; gives how many there were, and the contents."""
    with contextlib.ExitStack() as stack:
        game = Round(stack, seed)
        game.let_edit(True)
        killed = 0
        while killed < kills:
            killed += game.kill()
            game.check()
        game.let_edit(False)
        return killed, *counts(game.sides)


def test_kill():
    """whatever is killed whenever: whole, nothing lost, the same on both sides afterwards"""
    total, began = LONG_KILLS if tooling.options.long else KILLS, time.monotonic()
    killed = contents = at_rest = 0
    while killed < total:
        seed = f'{tooling.options.seed}-{killed}'
        try:
            more = play(seed, min(ROUND, total - killed))
        except BaseException:
            print(f'# in the round {seed}')
            raise
        killed, contents, at_rest = (a + b for a, b in zip((killed, contents, at_rest), more))
    print(f'# {killed} kills, {contents} contents, {at_rest} of them at rest or taken away, '
          f'{time.monotonic() - began:.1f} s')
    assert contents >= EDITS_MIN * killed and at_rest >= killed, (contents, at_rest)


if __name__ == '__main__':
    sys.exit(tooling.main(dict(globals()), __doc__))
