#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: The confsync authors
#
# A disk that refuses: one clear line that names the file and what to do, a whole live file, the
# instance shown as degraded, nothing lost, and all is well again without a restart once the disk
# is. Prints TAP.
"""Usage: test-errors.py CONFSYNC SAVE-TOOL SHIM"""

import contextlib
import ctypes
import errno
import json
import os
import re
import subprocess
import sys
import time
import urllib.request

import tooling
from disk import Disk
from editors import QUIET_S, Pace
from tooling import Folder, Instance, Skip, ask, canonical, free_port, mounts, until, versions_of

ADVICE = {errno.ENOSPC: 'free some space', errno.EROFS: 'mount the file system writable',
          errno.EMFILE: 'raise the limit of open files'}
APPLY = [('open', errno.EIO), ('open', errno.EROFS), ('open', errno.EMFILE),
         ('write', errno.EIO), ('write', errno.ENOSPC), ('fsync', errno.EIO),
         ('fsync', errno.ENOSPC), ('rename', errno.EIO), ('rename', errno.EROFS),
         ('rename', errno.ENOSPC), ('link', errno.EIO), ('link', errno.ENOSPC),
         ('fsync of a directory', errno.EIO)]
KEEP = [('open', errno.EMFILE), ('write', errno.ENOSPC), ('fsync', errno.EIO),
        ('rename', errno.EIO), ('fsync of a directory', errno.EIO)]
CLONE_NEWNS = 0x20000
# how late a disk is, and how long contents stand that come and go on it
LATE_MS = 300
STANDS_S = 0.06
CONTENTS = 30


class House:
    """The hall, whose disk is well, and the attic, whose disk isn't."""

    def __init__(self, stack, env=None, attic=None):
        self.hall = stack.enter_context(Folder())
        self.attic = attic or stack.enter_context(Folder())
        self.number = 0
        self.content = self.next()
        self.hall.overwrite(self.content)
        self.first = stack.enter_context(
            Instance(self.hall, '-l', free_port(), '--instance-id', 'hall', '--max-versions', 0))
        self.port = free_port()
        self.second = stack.enter_context(
            Instance(self.attic, '-l', self.port, '-p', f'ws://localhost:{self.first.port}',
                     '--instance-id', 'attic', '--max-versions', 0, env=env))
        self.in_sync()

    def next(self, size=50):
        self.number += 1
        return {'number': self.number, 'pad': 'x' * size}

    def in_sync(self):
        self.attic.wait(self.content)
        until('the hall to know it', lambda: [
            peer['holds_head'] for peer in self.status(self.hall)['peers']] == [True])

    def status(self, folder):
        answer = ask('status', '--json', '-f', folder.file)
        return json.loads(answer.stdout) if answer.returncode == 0 else {'peers': []}

    def health(self):
        with urllib.request.urlopen(f'http://127.0.0.1:{self.port}/health') as answer:
            return json.load(answer)

    def is_degraded(self, yes):
        """In the status and in the health report alike."""
        status, health = self.status(self.attic), self.health()
        return (status.get('degraded') is not None) == yes and (
            health['status'] == ('degraded' if yes else 'healthy'))

    def line(self, mark, number, what):
        """Waits for the one line about it; it names the file, the reason and what to do."""
        pattern = rf'failed  +({what}) .*{self.attic.path}.*{os.strerror(number)}'
        line = until(f'a line like {pattern}', lambda: next(
            (line for line in self.second.lines['err'][mark:] if re.search(pattern, line)), None))
        assert ADVICE.get(number, '') in line, line
        return line


def refuse_apply(house, disk, call, number):
    """A change that can't be written here, until it can."""
    before, mark = house.content, len(house.second.lines['err'])
    house.content = house.next()
    with disk.broken(call, number):
        house.hall.replace(house.content)
        house.line(mark, number, 'apply a change')
        assert house.attic.read() in (before, house.content), (call, house.attic.file)
        until('it to be degraded', lambda: house.is_degraded(True))
        if call != 'fsync of a directory':  # it is in place, if not for certain
            assert [peer['holds_head'] for peer in house.status(house.hall)['peers']] == [False]
    house.in_sync()
    until('it to be well again', lambda: house.is_degraded(False))
    told = [line[14:] for line in house.second.lines['err'][mark:] if '  failed  ' in line]
    assert len(told) == len(set(told)), told  # each once, however often it was tried


def refuse_keep(house, disk, call, number):
    """An edit that is sent, but can't be kept, until it can; and what would replace it waits."""
    mark = len(house.second.lines['err'])
    edit, house.content = house.next(), house.next()
    with disk.broken(call, number):
        # what is renamed or opened may be the live file: others write it
        house.attic.overwrite(edit)
        if call != 'open':
            house.hall.wait(edit)
            house.line(mark, number, 'keep a version')
            assert house.attic.read() == edit
            if call != 'fsync of a directory':  # where it is there, but not for certain
                assert canonical(edit) not in versions_of(house.attic.path)
            house.hall.replace(house.content)
            house.line(mark, number, 'apply a change')
            assert house.attic.read() in (edit, house.content)
        else:
            house.line(mark, number, 'read the configuration')
    if call == 'open':
        house.hall.wait(edit)
        house.hall.replace(house.content)
    until('the edit to be kept', lambda: canonical(edit) in versions_of(house.attic.path))
    house.in_sync()


@contextlib.contextmanager
def failing():
    """A house whose attic has a disk that fails when it is told to."""
    with contextlib.ExitStack() as stack:
        attic, other = (stack.enter_context(Folder()) for _ in range(2))
        disk = Disk(other.path / 'page', attic.path)
        yield House(stack, disk.environment(), attic), disk


def test_apply():
    """a change that can't be opened, written, synced, renamed or linked, and then can"""
    with failing() as (house, disk):
        for call, number in APPLY:
            try:
                refuse_apply(house, disk, call, number)
            except BaseException:
                print(f'# {call}: {errno.errorcode[number]}')
                raise


def test_keep():
    """what can't be kept is sent; it is kept as soon as it can be, and not replaced before"""
    with failing() as (house, disk):
        for call, number in KEEP:
            try:
                refuse_keep(house, disk, call, number)
            except BaseException:
                print(f'# {call}: {errno.errorcode[number]}')
                raise


def test_keep_first():
    """what can't be kept is not replaced, though the disk has room for that"""
    with failing() as (house, disk):
        mark = len(house.second.lines['err'])
        edit, house.content = house.next(), house.next()
        with disk.broken('open', errno.ENOSPC, folder=house.attic.path / 'config_versions'):
            house.attic.replace(edit)
            house.hall.wait(edit)
            house.line(mark, errno.ENOSPC, 'keep a version')
            house.hall.replace(house.content)
            assert 'in no version yet' in house.line(mark, errno.ENOSPC, 'apply a change')
            assert house.attic.read() == edit
        house.in_sync()
        assert canonical(edit) in versions_of(house.attic.path)


def test_interrupted():
    """a call that is interrupted is made again, and nobody hears of it"""
    with failing() as (house, disk):
        mark = len(house.second.lines['err'])
        for call in 'open', 'write', 'fsync', 'fsync of a directory', 'read':
            for folder in house.hall, house.attic:
                with disk.broken(call, errno.EINTR, 3):
                    house.content = house.next()
                    folder.overwrite(house.content)
                    house.in_sync()
                    house.hall.wait(house.content)
                    until('three interruptions', lambda: disk.fired == 3)
                    until('it to be kept', lambda: canonical(house.content) in versions_of(
                        house.attic.path))
        assert house.second.lines['err'][mark:] == [], house.second.lines['err'][mark:]


def stand(pace):
    """Leaves a content there so long; longer only as far as the machine is late itself."""
    began = time.monotonic()
    time.sleep(STANDS_S)
    while (now := time.monotonic()) - began < QUIET_S + pace.lateness(began, now):
        time.sleep(0.005)
    return now - began


def test_late():
    """a disk that takes 300 ms for each write: what stood for 60 ms is kept all the same"""
    with contextlib.ExitStack() as stack:
        house, disk = stack.enter_context(failing())
        pace = Pace(stack.enter_context(Folder()), Pace.LIVES)
        stack.callback(pace.end)
        contents, late = [], []
        with disk.broken('fsync', -LATE_MS):
            for number in range(CONTENTS):
                contents.append(house.next())
                house.content = contents[-1]
                (house.attic.overwrite if number % 3 else house.attic.replace)(house.content)
                late.append(stand(pace))
        print(f'# stood for {min(late) * 1000:.0f} to {max(late) * 1000:.0f} ms')
        house.in_sync()
        wanted = {canonical(content) for content in contents}
        until('all to be kept', lambda: wanted <= set(versions_of(house.attic.path)))


@contextlib.contextmanager
def mounted(*options):
    """A folder on a file system of its own, in a name space of our own."""
    if not mounts():
        raise Skip('no mounts allowed here')
    libc = ctypes.CDLL(None, use_errno=True)
    assert libc.unshare(CLONE_NEWNS) == 0
    subprocess.run(['mount', '--make-rprivate', '/'], check=True)
    with Folder() as folder:
        subprocess.run(['mount', '-t', 'tmpfs', '-o', ','.join(options), 'tmpfs', folder.path],
                       check=True)
        try:
            yield folder
        finally:
            subprocess.run(['umount', '-l', folder.path], check=True)


def test_full():
    """a file system that is full, and then isn't"""
    with contextlib.ExitStack() as stack:
        attic = stack.enter_context(mounted('size=256k'))
        house = House(stack, None, attic)
        mark, before = len(house.second.lines['err']), house.content
        with contextlib.suppress(OSError), open(attic.path / 'ballast', 'wb', 0) as ballast:
            while True:
                ballast.write(bytes(1024))
        house.content = house.next(30000)
        house.hall.replace(house.content)
        house.line(mark, errno.ENOSPC, 'apply a change')
        assert house.attic.read() == before
        until('it to be degraded', lambda: house.is_degraded(True))
        (attic.path / 'ballast').unlink()
        house.in_sync()
        until('it to be well again', lambda: house.is_degraded(False))
        told = [line for line in house.second.lines['err'][mark:] if 'apply a change' in line]
        assert len(told) == 1 and str(attic.file) in told[0], told


def test_read_only():
    """a file system that is mounted read-only, and then writable again"""
    with contextlib.ExitStack() as stack:
        attic = stack.enter_context(mounted('size=1m'))
        house = House(stack, None, attic)
        mark, before = len(house.second.lines['err']), house.content
        # over itself: what is open for writing would keep the first mount writable
        for arguments in ['--bind', attic.path, attic.path], ['-o', 'remount,ro,bind', attic.path]:
            subprocess.run(['mount', *arguments], check=True)
        house.content = house.next()
        house.hall.replace(house.content)
        # another base directory wouldn't help the live file
        assert 'base directory' not in house.line(mark, errno.EROFS, 'apply a change')
        assert house.attic.read() == before
        until('it to be degraded', lambda: house.is_degraded(True))
        subprocess.run(['umount', attic.path], check=True)
        house.in_sync()
        until('it to be well again', lambda: house.is_degraded(False))


if __name__ == '__main__':
    sys.exit(tooling.main(dict(globals()), __doc__))
