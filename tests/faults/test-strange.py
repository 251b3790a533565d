#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: The confsync authors
#
# Strange things that befall a live file or a base directory under a running instance, beside those
# of the hostile suite: what may no longer be read or written, what was moved away, what comes back
# from an old backup. Prints TAP.
"""Usage: test-strange.py CONFSYNC"""

import contextlib
import json
import os
import re
import shutil
import subprocess
import sys

import tooling
from tooling import (Folder, Instance, Skip, ask, canonical, free_port, harness, until,
                     versions_of)

NOBODY = 65534


class House:
    """The hall, and the attic to which all of it happens; its base directory lies apart."""

    def __init__(self, stack, user=None):
        self.stack = stack
        self.hall, self.attic, self.place = (stack.enter_context(Folder()) for _ in range(3))
        self.base = self.place.path / 'base'
        self.base.mkdir()
        self.user = user
        if user is not None:
            for path in self.attic.path, self.base, self.place.path:
                os.chown(path, user, user)
        self.number = 0
        self.content = self.next()
        self.hall.overwrite(self.content)
        self.first = stack.enter_context(
            Instance(self.hall, '-l', free_port(), '--instance-id', 'hall',
                     '--allow-local-users'))
        self.first_port = self.first.port
        self.second = None
        self.start()
        self.in_sync()

    def next(self):
        self.number += 1
        return {'number': self.number}

    def start(self):
        """The attic, as another user where that is asked for."""
        as_user = () if self.user is None else (
            'setpriv', f'--reuid={self.user}', f'--regid={self.user}', '--clear-groups')
        # a control socket would be in root's directory
        self.second = self.stack.enter_context(
            Instance(self.attic, '-p', f'ws://localhost:{self.first_port}', '--instance-id',
                     'attic', '-d', self.base, '--no-control', '--max-versions', 0,
                     prefix=as_user))

    def in_sync(self):
        until(f'both to hold {self.content}',
              lambda: self.hall.read() == self.attic.read() == self.content)
        until('the hall to know', lambda: [
            peer['holds_head'] for peer in self.peers()] == [True])

    def peers(self):
        answer = ask('status', '--json', '-f', self.hall.file)
        return json.loads(answer.stdout)['peers'] if answer.returncode == 0 else []

    def edit(self, folder):
        self.content = self.next()
        folder.replace(self.content)

    def mark(self):
        return len(self.second.lines['err'])

    def line(self, mark, pattern):
        return until(f'a line like {pattern}', lambda: next(
            (line for line in self.second.lines['err'][mark:] if re.search(pattern, line)), None))

    def versions(self):
        return versions_of(self.base)


@contextlib.contextmanager
def house(user=None):
    with contextlib.ExitStack() as stack:
        yield House(stack, user)


@contextlib.contextmanager
def house_of_somebody():
    """One whose attic is another user's, whom modes stop, as they don't stop root."""
    if os.geteuid() != 0:
        with house() as made:
            yield made
        return
    if not shutil.which('setpriv') or subprocess.run(
            ['setpriv', f'--reuid={NOBODY}', f'--regid={NOBODY}', '--clear-groups',
             harness.confsync, '--version'], capture_output=True, check=False).returncode != 0:
        raise Skip('the command can be run by root only')
    with house(NOBODY) as made:
        yield made


# the live file

def test_unreadable_file():
    """a live file that may not be read is named; it is read again when it may be"""
    with house_of_somebody() as made:
        mark, before = made.mark(), dict(made.content)
        made.content = made.next()
        beside = made.attic.path / '.beside'
        beside.write_text(json.dumps(made.content))
        beside.chmod(0)
        beside.rename(made.attic.file)
        made.line(mark, 'failed +read .*a.json.*Permission denied; give the user')
        assert made.hall.read() == before
        made.attic.file.chmod(0o644)
        made.in_sync()


def test_old_backup_of_file():
    """a live file restored from a backup is an edit with the old content, and wins"""
    with house() as made:
        old = dict(made.content)
        backup = made.place.path / 'backup.json'
        shutil.copy2(made.attic.file, backup)  # with its old time and its stamp
        for folder in made.hall, made.attic:
            made.edit(folder)
            made.in_sync()
        newer = canonical(made.content)
        shutil.copy2(backup, made.attic.path / '.beside')
        (made.attic.path / '.beside').rename(made.attic.file)
        made.content = old
        made.in_sync()
        assert newer in made.versions()


def test_old_backup_while_down():
    """the same while the program was down: with its old time it is an edit found late"""
    with house() as made:
        old = dict(made.content)
        backup = made.place.path / 'backup.json'
        shutil.copy2(made.attic.file, backup)
        made.edit(made.hall)
        made.in_sync()
        made.second.end()
        shutil.copy2(backup, made.attic.file)
        newer = canonical(made.content)
        made.start()
        made.content = old
        made.in_sync()
        assert newer in made.versions() and canonical(old) in made.versions()


def test_emptied_and_truncated():
    """what was emptied, or cut in the middle, is sent to nobody, and may be mended"""
    with house() as made:
        for text, pattern in (('', 'waiting .*is empty'), ('{"number": ', 'invalid .*line 1')):
            mark, before = made.mark(), dict(made.content)
            made.attic.overwrite(text)
            made.line(mark, pattern)
            assert made.hall.read() == before
            made.edit(made.attic)
            made.in_sync()


def test_dangling_link():
    """a link whose end is missing is no edit; what comes next is written where it leads"""
    with house() as made:
        mark = made.mark()
        made.attic.file.unlink()
        made.attic.file.symlink_to(made.attic.path / 'elsewhere.json')
        made.line(mark, 'waiting .*is missing')
        made.edit(made.hall)
        made.in_sync()
        assert made.attic.file.is_symlink() and (made.attic.path / 'elsewhere.json').is_file()


# the base directory

def test_read_only_base():
    """in a base directory that may not be written, nothing is applied; edits still go out"""
    with house_of_somebody() as made:
        mark = made.mark()
        directories = [path for path in [made.base, *made.base.rglob('*')] if path.is_dir()]
        for path in directories:
            path.chmod(0o500)
        made.edit(made.attic)
        made.hall.wait(made.content)
        made.line(mark, 'failed +keep a version .*Permission denied; give the user')
        before = dict(made.content)
        made.edit(made.hall)
        made.line(mark, 'failed +apply a change .*Permission denied; give the user')
        assert made.attic.read() == before
        for path in directories:
            path.chmod(0o700)
        made.in_sync()
        assert canonical(before) in made.versions()


def test_moved_base():
    """a base directory that is moved away is made again; moved back, all its versions are there"""
    with house() as made:
        made.edit(made.hall)
        made.in_sync()
        until('a version', lambda: canonical(made.content) in made.versions())
        kept = made.versions()
        away = made.place.path / 'away'
        made.base.rename(away)
        for folder in made.hall, made.attic:
            made.edit(folder)
            made.in_sync()
        until('versions in a new one', lambda: canonical(made.content) in made.versions())
        assert versions_of(away) >= kept
        made.second.end()
        shutil.rmtree(made.base)
        away.rename(made.base)
        made.start()
        made.edit(made.hall)
        made.in_sync()
        until('both in one place', lambda: canonical(made.content) in made.versions())
        assert made.versions() >= kept


def test_moved_base_for_good():
    """where it can't be made again, that is said, and all is well once it is back"""
    with house() as made:
        mark = made.mark()
        away = made.place.path.with_name(made.place.path.name + '-away')
        made.place.path.rename(away)
        try:
            made.edit(made.hall)
            made.line(mark, f'failed +apply a change .*{made.place.path}.*No such file')
        finally:
            away.rename(made.place.path)
        made.in_sync()


def test_old_backup_of_base():
    """a base directory from an old backup: what was edited since wins, and nothing is lost"""
    with house() as made:
        made.second.end()
        backup = made.place.path / 'backup'
        shutil.copytree(made.base, backup)
        made.start()
        for folder in made.hall, made.attic, made.attic:
            made.edit(folder)
            made.in_sync()
        made.second.end()
        shutil.rmtree(made.base)
        backup.rename(made.base)
        made.start()
        made.in_sync()
        for folder in made.attic, made.hall:
            made.edit(folder)
            made.in_sync()


def test_lost_state():
    """without its state it takes what the others have, and keeps what it had"""
    with house() as made:
        made.second.end()
        shutil.rmtree(made.base / '.confsync')
        made.attic.overwrite({'number': 'of nobody'})
        made.start()
        made.in_sync()
        until('its own in a version',
              lambda: canonical({'number': 'of nobody'}) in made.versions())


if __name__ == '__main__':
    sys.exit(tooling.main(dict(globals()), __doc__))
