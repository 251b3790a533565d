#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: The confsync authors
#
# Killed before each system call of what a store does, one after the other: the live file is the old
# or the new one, versions are whole, what was promised holds, and the next start heals the rest.
# Prints TAP.
"""Usage: test-crash-points.py CONFSYNC SAVE-TOOL"""

import json
import sys
import time

import tooling
from tooling import (Folder, Skip, Strace, Tool, calls_in, canonical, mounts, run_tool, said,
                     versions_of)

# the calls before which it is killed: those on files
CALLS = ['openat', 'open', 'write', 'pwrite64', 'writev', 'fsync', 'fdatasync', 'close', 'rename',
         'renameat', 'renameat2', 'link', 'linkat', 'unlink', 'unlinkat', 'mkdir', 'mkdirat',
         'ftruncate', 'fallocate', 'fchmod', 'fchown', 'fsetxattr', 'setxattr', 'fgetxattr',
         'flistxattr', 'fcntl', 'fstat', 'newfstatat', 'statx', 'getdents64', 'pread64',
         'preadv2', 'readlink', 'faccessat2', 'faccessat', 'access', 'lseek']
TRACE = 'trace=' + ','.join('?' + name for name in CALLS)
# of different sizes: what is half overwritten is none of them
OLD, EDIT, NEW = ({'n': number, 'pad': 'x' * (60 - 20 * number)} for number in range(3))
TEXT = {name: json.dumps(value) for name, value in (('old', OLD), ('edit', EDIT), ('new', NEW))}
SAVED_ONCE = ['load', 'save', TEXT['old'], 'keep', TEXT['old'], 'state', '{"noted":false}']
SAVE = ['save', TEXT['new']]
NO_EXCHANGE = ['-e', 'inject=renameat2:error=EINVAL']
# what was killed half way through a save that an edit had raced
HALF_SAVED = ('renameat', 1)


class Case:
    """What is done to the store, and killed at some point."""

    def __init__(self, *commands, before=(), edited=False, inject=(), prefix=None, half=None):
        self.commands = commands
        self.before = before      # commands of an earlier life
        self.edited = edited      # an editor comes between
        self.inject = inject      # for strace: how the file system is
        self.prefix = prefix      # how it is started, for a folder
        self.half = half          # where another life was killed before this one

    def start(self, folder):
        """A process that waits to be told to do it."""
        prefix = self.prefix(folder) if self.prefix else ()
        folder.overwrite(OLD)
        if self.before:
            run_tool(folder, *self.before, 'settle', prefix=prefix)
        if self.half:
            killed = Case(*SAVE, edited=True).kill_at(folder, *self.half)
            assert killed, self.half
        tool = Tool(folder, *(() if self.half else ('load',)), 'wait', *self.commands,
                    prefix=prefix)
        tool.wait()
        if self.edited:
            folder.replace(EDIT)
        return tool

    def kill_at(self, folder, call, number):
        """One life that ends there; gives what it had promised, or None where it lived on."""
        tool = self.start(folder)
        strace = Strace(tool.process.pid, '/dev/null', *self.inject, '-e', TRACE,
                        '-e', f'inject={call}:signal=KILL:when={number}')
        tool.go_on()
        code = tool.end(strace)
        assert code in (0, -9), (call, number, code, tool.lines)
        return tool.lines if code else None

    def count(self):
        """How often each call is made."""
        with Folder() as folder:
            tool = self.start(folder)
            log = folder.path / 'strace.log'
            strace = Strace(tool.process.pid, log, *self.inject, '-e', TRACE)
            tool.go_on()
            assert tool.end() == 0, tool.lines
            strace.end(killed=False)
            assert not any(line.startswith('failed') for line in tool.lines), tool.lines
            return {call: count for call, count in calls_in(log).items()
                    if f'inject={call}:' not in ' '.join(self.inject)}

    def check(self, folder, promised, what):
        """What must hold after the kill, and after the next start."""
        edited = self.edited or self.half
        allowed = [OLD, NEW] + ([EDIT] if edited else [])
        # in place and aside, it takes the next start to make it whole
        if not self.prefix and not self.inject:
            assert folder.read() in allowed, (what, folder.file.read_bytes())
        versions_of(folder.path)  # all are whole
        lines = run_tool(folder, 'load', 'settle', 'versions', 'load-state',
                         prefix=self.prefix(folder) if self.prefix else ())
        live, kept = folder.read(), versions_of(folder.path)
        assert live in allowed and said(lines, 'loaded') == [canonical(live)], (what, lines)
        assert {line.split(' ', 1)[1] for line in said(lines, 'version')} == kept, (what, lines)
        if said(promised, 'saved'):
            assert live == NEW, (what, promised)
        for text in said(promised, 'kept'):
            assert canonical(json.loads(text)) in kept, (what, promised, kept)
        for text in said(promised, 'noted')[-1:]:
            assert said(lines, 'state') == [canonical(json.loads(text))], (what, lines)
        if edited:  # it was there when the save began
            assert live == EDIT or canonical(EDIT) in kept, (what, promised, lines)
        left = [path.name for path in folder.path.rglob('*')
                if path.suffix in ('.new', '.old') or path.name.startswith('.new-')]
        assert not left, (what, left)

    def kill_everywhere(self, least):
        """Before each call of each kind; at least so many are of the work itself."""
        counts = self.count()
        began, killed = time.monotonic(), 0
        for call in counts:
            for number in range(1, counts[call] + 1):
                with Folder() as folder:
                    promised = self.kill_at(folder, call, number)
                    self.check(folder, promised or [], f'{call} {number}')
                if promised is None:  # a busy disk had more to do in the life that was counted
                    break
                killed += 1
        total = sum(counts.values())
        print(f'# killed at {killed} of {total} points, {time.monotonic() - began:.1f} s: {counts}')
        assert killed >= least, (killed, total)


def test_first_save():
    """the first save of a store, which makes its directories"""
    Case(*SAVE).kill_everywhere(30)


def test_save():
    """a save into a spare file that lies ready"""
    Case(*SAVE, before=SAVED_ONCE).kill_everywhere(30)


def test_save_meets_edit():
    """a save that takes an edit out of the live file, until that is kept"""
    Case(*SAVE, 'settle', before=SAVED_ONCE, edited=True).kill_everywhere(60)


def test_versions_and_state():
    """versions, their index, the note of an acknowledgement, and the state"""
    Case('keep', TEXT['edit'], 'keep', TEXT['new'], 'acknowledge', TEXT['new'], 'state',
         '{"noted":true}', before=SAVED_ONCE).kill_everywhere(40)
    Case('keep', TEXT['edit'], 'state', '{"noted":true}').kill_everywhere(30)


def test_next_start():
    """the start that heals what an earlier kill left"""
    Case('load', 'settle', before=SAVED_ONCE, half=HALF_SAVED).kill_everywhere(20)


def test_no_exchange():
    """a save on a file system that can't exchange two files"""
    Case(*SAVE, 'settle', before=SAVED_ONCE, edited=True, inject=NO_EXCHANGE).kill_everywhere(60)


def test_mount_point():
    """a save into a file that is a mount point, which is written in place"""
    if not mounts():
        raise Skip('no mounts allowed here')
    Case(*SAVE, 'settle', before=SAVED_ONCE,
         prefix=lambda folder: ['unshare', '-m', 'sh', '-c', 'mount --bind "$0" "$0" && exec "$@"',
                                folder.file]).kill_everywhere(60)


if __name__ == '__main__':
    sys.exit(tooling.main(dict(globals()), __doc__))
