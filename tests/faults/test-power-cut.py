#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: The confsync authors
#
# The power goes after each step of what a store does: every state in which the disk may be then is
# laid out, and a store starts from it. The live file is the old or the new one, and what was said
# to be saved, kept, noted or edited is there. Prints TAP.
"""Usage: test-power-cut.py CONFSYNC SAVE-TOOL [--long] [--seed N]"""

import contextlib
import json
import pathlib
import random
import shutil
import subprocess
import sys

import tooling
from powercut import CALLS, Cut, Recording, lay_out
from tooling import Folder, Skip, canonical, mounts, run_tool, said, versions_of

# states of one moment; all of them where there are no more
STATES, LONG_STATES = 24, 2000
TEXTS = [json.dumps({'n': number, 'pad': 'x' * (90 - 20 * number)}) for number in range(5)]
FOUND, FIRST, EDIT, SECOND, LAST = TEXTS
ISSUED = {'save': 'saved', 'keep': 'kept', 'edit': 'edited', 'state': 'noted'}


def record(folder, commands, inject=(), prefix=()):
    """What the commands do to the folder, recorded."""
    if not shutil.which('strace'):
        raise Skip('strace is missing')
    recording = Recording(folder.path)
    with Folder() as other:
        log = other.path / 'strace.log'
        done = subprocess.run(
            [*prefix, 'strace', '-f', '-y', '-s', '1000000', '-o', log, '-e', 'trace=' + CALLS,
             *inject, tooling.options.save_tool, folder.file, folder.path, *commands],
            stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False,
            timeout=tooling.harness.DEADLINE)
        assert done.returncode == 0 and 'failed' not in done.stdout, done
        recording.read(log)
    # the model holds what is there
    names = {str(path) for path in folder.path.rglob('*') if path.is_file()}
    assert names == set(recording.names), names ^ set(recording.names)
    for path, inode in recording.names.items():
        assert pathlib.Path(path).read_bytes() == recording.content[inode], path
    return recording


def expect(commands, lines):
    """What may be live and in the state, and what must be in the versions, given what was said."""
    live, kept, state = {canonical(json.loads(FOUND))}, set(), {'nothing'}
    edited = None
    words = iter(commands)
    pending = [line for line in lines if line.split(' ')[0] in ISSUED.values()]
    for word in words:
        if word not in ISSUED:
            continue
        text = canonical(json.loads(next(words)))
        done = bool(pending)
        if done:
            assert pending.pop(0).startswith(ISSUED[word]), (commands, lines)
        if word == 'keep' and done:
            kept.add(text)
        elif word == 'state':
            state = {text} if done else state | {text}
        elif word in ('save', 'edit'):
            live = {text} if done else live | {text}
            # an edit that a save has taken away since is in a version, or will be
            if word == 'edit':
                edited = text if done else None
        if not done:
            break
    return live, kept, state, edited


def check(folder, recording, state, commands, lines):
    live, kept, states, edited = expect(commands, lines)
    lay_out(recording, state)
    after = run_tool(folder, 'load', 'settle', 'versions', 'load-state')
    assert folder.read() is not None, (lines, after, state)
    there, versions = canonical(folder.read()), versions_of(folder.path)
    assert there in live, (lines, there, live)
    assert said(after, 'loaded') == [there], (lines, after)
    assert kept <= versions, (lines, kept - versions)
    assert said(after, 'state')[0] in states, (lines, after)
    assert edited is None or edited == there or edited in versions, (lines, after)


def cut_everywhere(*commands, before=(), inject=(), prefix=None):
    dice = random.Random(tooling.options.seed)
    most = LONG_STATES if tooling.options.long else STATES
    with Folder() as folder:
        folder.overwrite(FOUND)
        if before:
            run_tool(folder, *before)
        recording = record(folder, commands, inject, prefix(folder) if prefix else ())
        commands = [*before, *commands]
        told = ['saved', 'kept', 'noted'] if before else []
        seen = {}
        for length in range(len(recording.steps) + 1):
            cut = Cut(recording, length)
            for state in cut.states(dice, most):
                # what was said last holds for all that is the same
                seen.setdefault(state, {})[len(cut.said)] = cut.said
        for state, lines in seen.items():
            check(folder, recording, state, commands, told + lines[max(lines)])
        syncs = sum(isinstance(step, tuple) and step[0] == 'sync' for step in recording.steps)
        print(f'# {len(recording.steps)} steps, {syncs} of them fsync; {len(seen)} states')
        assert len(recording.steps) >= 20 and syncs >= 3 and len(seen) >= 20
        return [dict((path, data) for path, _, data, _ in files).get(str(folder.file), b'')
                for _, files in seen]


SAVED_ONCE = ['load', 'save', FIRST, 'keep', FIRST, 'state', '{"noted": 1}', 'settle']


def test_first_save():
    """the first save of a store, which makes its directories"""
    cut_everywhere('load', 'save', FIRST, 'keep', FIRST, 'state', '{"noted": 1}')


def test_save():
    """a save into a spare file, its version, the state, another one"""
    cut_everywhere('load', 'save', SECOND, 'keep', SECOND, 'state', '{"noted": 2}', 'save', LAST,
                   before=SAVED_ONCE)


def test_save_meets_edit():
    """a save that takes an edit out of the live file"""
    cut_everywhere('load', 'edit', EDIT, 'save', SECOND, 'settle', before=SAVED_ONCE)


def test_no_exchange():
    """the same on a file system that can't exchange two files"""
    cut_everywhere('load', 'edit', EDIT, 'save', SECOND, 'settle', before=SAVED_ONCE,
                   inject=['-e', 'inject=renameat2:error=EINVAL'])


def on_mount_point(folder):
    if not mounts():
        raise Skip('no mounts allowed here')
    return ['unshare', '-m', 'sh', '-c', 'mount --bind "$0" "$0" && exec "$@"', folder.file]


def test_mount_point():
    """a save into a mount point, which is written in place"""
    cut_everywhere('load', 'save', SECOND, 'settle', before=SAVED_ONCE, prefix=on_mount_point)


def test_torn_but_whole():
    """the same, where some sectors of both texts are whole JSON together"""
    first, second = (json.dumps({'n': number, 'pad': 'x' * 600, 'z': number})
                     for number in (1, 2))
    found = cut_everywhere('load', 'save', second, 'settle', prefix=on_mount_point,
                           before=['load', 'save', first, 'keep', first, 'state', '{"noted": 1}',
                                   'settle'])
    ends = set()
    for data in found:
        with contextlib.suppress(ValueError):
            value = json.loads(data)
            ends.add((value.get('n'), value.get('z')))
    assert ends >= {(1, 1), (1, 2), (2, 1), (2, 2)}, ends


if __name__ == '__main__':
    sys.exit(tooling.main(dict(globals()), __doc__))
