#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: The confsync authors
#
# A whole instance killed before the system calls by which it applies a change and takes an edit in:
# its file is whole, nothing is lost, and after the next start both instances hold the same. Prints
# TAP.
"""Usage: test-run-crash-points.py CONFSYNC [--long] [--seed N]"""

import contextlib
import random
import sys
import time

import tooling
from tooling import (Folder, Instance, Strace, calls_in, canonical, free_port, until, versions_of)

CALLS = ['openat', 'write', 'fsync', 'fdatasync', 'rename', 'renameat', 'renameat2', 'linkat',
         'unlink', 'unlinkat', 'mkdirat', 'ftruncate', 'fchmod', 'fchown', 'fsetxattr', 'close',
         'newfstatat', 'pread64', 'preadv2', 'fgetxattr', 'flistxattr', 'faccessat2', 'sendmsg',
         'recvmsg']
TRACE = 'trace=' + ','.join('?' + name for name in CALLS)


class Pair:
    """The hall, which lives on, and the attic, which dies again and again."""

    def __init__(self, stack):
        self.port = free_port()
        self.hall, self.attic = (stack.enter_context(Folder()) for _ in range(2))
        self.number = 0
        self.hall.overwrite(self.next(200))
        self.first = stack.enter_context(
            Instance(self.hall, '-l', self.port, '--instance-id', 'hall', '--max-versions', 0,
                     '--no-control'))
        self.first.wait('listening')

    def next(self, size):
        self.number += 1
        return {'number': self.number, 'pad': 'x' * size}

    def live(self):
        """A life of the attic, in sync with the hall."""
        return Instance(self.attic, '-p', f'ws://127.0.0.1:{self.port}', '--instance-id', 'attic',
                        '--max-versions', 0, '--no-control')

    def agree(self, what):
        until(f'both to hold the same after {what}',
              lambda: self.hall.read() is not None and self.hall.read() == self.attic.read())

    def is_idle(self, edit):
        """Whether an edit has come through, and all is on disk. One that the attic had made before
        its last end may win over it."""
        kept = versions_of(self.attic.path)
        return (self.hall.read() == self.attic.read() and canonical(self.attic.read()) in kept and
                canonical(edit) in kept | versions_of(self.hall.path) and
                not [*self.attic.path.glob('.confsync/tmp/*.old')])

    def work(self, life, strace):
        """A change that comes in, and an edit that goes out; gives what was on disk."""
        edits = []
        # what comes in is shorter, so that half of it over the other is no document
        for folder, size in (self.hall, 20), (self.attic, 200):
            edits.append(self.next(size))
            folder.replace(edits[-1])
            until('it to be taken in, or the end',
                  lambda: strace.is_over(life.process) or self.is_idle(edits[-1]))
            if strace.is_over(life.process):
                break  # what it left is looked at before anybody edits it
        return edits

    def kill_at(self, call, number):
        """Whether it was killed there; checks what must hold."""
        what = f'{call} {number}'
        with self.live() as life:
            self.agree('a start')
            before = self.next(200)
            self.attic.replace(before)
            until('an edit before it', lambda: self.is_idle(before))
            strace = Strace(life.process.pid, '/dev/null', '-e', TRACE,
                            '-e', f'inject={call}:signal=KILL:when={number}')
            edits = self.work(life, strace)
            killed = life.process.poll() is not None
            assert not killed or life.process.returncode == -9, life.process.returncode
            life.process.kill()
            strace.end()
        assert self.attic.read() is not None, (what, self.attic.file.read_bytes())
        versions_of(self.attic.path)  # all are whole
        with self.live():
            self.agree(what)
            until('every edit in some version', lambda: not [
                edit for edit in edits if canonical(edit) not in
                versions_of(self.hall.path) | versions_of(self.attic.path)])
        return killed

    def count(self, log):
        with self.live() as life:
            self.agree('the first start')
            strace = Strace(life.process.pid, log, '-e', TRACE)
            self.work(life, strace)
            life.process.kill()
            strace.end(killed=False)
        return calls_in(log)


def test_run_crash_points():
    """an apply and an edit, killed at each point; afterwards both instances agree"""
    with contextlib.ExitStack() as stack:
        pair = Pair(stack)
        counts = pair.count(stack.enter_context(Folder()).path / 'strace.log')
        points = [(call, number) for call, count in counts.items()
                  for number in range(1, count + 1)]
        assert len(points) >= 60, counts
        if not tooling.options.long:
            points = random.Random(tooling.options.seed).sample(points, len(points) // 2)
        began = time.monotonic()
        killed = [pair.kill_at(*point) for point in points].count(True)
        print(f'# killed at {killed} of {len(points)} points, {time.monotonic() - began:.1f} s')
        # what merges with what differs from run to run, and with it how often each is called
        assert killed >= len(points) * 0.6, (killed, len(points))


if __name__ == '__main__':
    sys.exit(tooling.main(dict(globals()), __doc__))
