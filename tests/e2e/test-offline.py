# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: The confsync authors
#
# Edits made while an instance is down: found at its start, they are edits of when they were made,
# neither lost nor taken for a file that was never synced.
"""Usage: test-offline.py CONFSYNC"""

import contextlib
import json
import os
import signal
import sys
import time

from harness import Folder, Instance, ask, main, until

HOUR = 3600


class Pair:
    """Two folders whose instances come and go; the first one listens."""

    def __init__(self, stack):
        self.folders = [stack.enter_context(Folder()) for _ in range(2)]
        self.stack = stack
        self.instances = [None, None]
        self.port = 0

    def start(self, *numbers):
        for number in numbers:
            arguments = (['-l', str(self.port)] if number == 0
                         else ['-p', f'localhost:{self.port}'])
            instance = self.stack.enter_context(Instance(self.folders[number], *arguments))
            self.instances[number] = instance
            if number == 0:
                self.port = instance.port

    def stop(self, *numbers, how=signal.SIGTERM):
        for number in numbers:
            code = self.instances[number].end(how)
            assert code == (0 if how == signal.SIGTERM else -how), code

    def wait(self, value):
        for folder in self.folders:
            folder.wait(value)

    def synced(self, value):
        """Both hold it, and each has it in its state."""
        self.wait(value)
        until('both to be in sync', lambda: all(
            ask('sync', '-f', folder.file, '--timeout', '5').returncode == 0
            for folder in self.folders))


@contextlib.contextmanager
def pair(value):
    with contextlib.ExitStack() as stack:
        both = Pair(stack)
        both.folders[0].overwrite(value)
        both.start(0, 1)
        both.synced(value)
        yield both
        for number in range(2):
            if both.instances[number].process.poll() is None:
                both.stop(number)


def edit(folder, value, age=0):
    """An edit of so many seconds ago; in the future where that is negative."""
    folder.replace(value)
    when = time.time() - age
    os.utime(folder.file, (when, when))


def versions(folder):
    """All that is kept, with why."""
    index = folder.path / 'config_versions/.index.jsonl'
    lines = index.read_text().splitlines() if index.exists() else []
    causes = {(line := json.loads(text))['name']: line['cause'] for text in lines}
    return {path.name: (json.loads(path.read_text()), causes.get(path.name))
            for path in (folder.path / 'config_versions').glob('config_*.json')}


def kept(folder, value):
    """With what causes the content is among the versions."""
    return {cause for content, cause in versions(folder).values() if content == value}


def test_one_side():
    """edited while down: sent at the start, as an edit of the time when it was made"""
    for how in (signal.SIGTERM, signal.SIGKILL):
        for number in range(2):
            with pair({'n': 1}) as both:
                both.stop(number, how=how)
                edit(both.folders[number], {'n': 2})
                both.start(number)
                both.synced({'n': 2})
                for folder in both.folders:
                    until('its version', lambda at=folder: kept(at, {'n': 2}))
                    assert 'initial' not in kept(folder, {'n': 2}), versions(folder)


def test_old_backup():
    """a file restored from a backup, mtime and all, is an edit on what was there"""
    with pair({'n': 1}) as both:
        both.folders[0].replace({'n': 2})
        both.synced({'n': 2})
        both.stop(1)
        edit(both.folders[1], {'n': 'backup'}, age=1000 * HOUR)
        both.start(1)
        both.synced({'n': 'backup'})
        for folder in both.folders:
            assert kept(folder, {'n': 2}), versions(folder)


def test_future():
    """an mtime in the future is no advantage: whoever edits after that start wins"""
    with pair({'n': 1}) as both:
        both.stop(1)
        edit(both.folders[1], {'n': 'future'}, age=-10 * HOUR)
        both.start(1)
        both.synced({'n': 'future'})
        both.stop(1)
        both.folders[0].replace({'n': 'later'})
        until('its version', lambda: kept(both.folders[0], {'n': 'later'}))
        both.start(1)
        both.synced({'n': 'later'})


def test_both_sides():
    """edited on both sides while both were down: the later one wins, the other one is kept"""
    for first_is_later in (True, False):
        with pair({'n': 1}) as both:
            both.stop(0, 1)
            edit(both.folders[1 if first_is_later else 0], {'n': 'earlier'})
            edit(both.folders[0 if first_is_later else 1], {'n': 'later'})
            both.start(0, 1)
            both.synced({'n': 'later'})
            until('the loser among the versions', lambda at=both: any(
                kept(folder, {'n': 'earlier'}) for folder in at.folders))


def test_down_and_up():
    """edited here while down, and there while up: the later edit wins, whoever starts last"""
    for here_is_later in (True, False):
        with pair({'n': 1}) as both:
            both.stop(1)
            if here_is_later:
                both.folders[0].replace({'n': 'there'})
                until('its version', lambda at=both: kept(at.folders[0], {'n': 'there'}))
                edit(both.folders[1], {'n': 'here'})
            else:
                edit(both.folders[1], {'n': 'here'})
                both.folders[0].replace({'n': 'there'})
                until('its version', lambda at=both: kept(at.folders[0], {'n': 'there'}))
            winner = {'n': 'here' if here_is_later else 'there'}
            both.start(1)
            both.synced(winner)
            for value in ('here', 'there'):
                until('both among the versions', lambda at=both, name=value: any(
                    kept(folder, {'n': name}) for folder in at.folders))


def test_same_content():
    """touched, or written again as it was: nothing new, and nothing is sent"""
    with pair({'n': 1}) as both:
        until('its versions', lambda: all(kept(folder, {'n': 1}) - {None}
                                          for folder in both.folders))
        before = [versions(folder) for folder in both.folders]
        both.stop(1)
        edit(both.folders[1], {'n': 1}, age=-HOUR)
        both.start(1)
        both.synced({'n': 1})
        assert [versions(folder) for folder in both.folders] == before


if __name__ == '__main__':
    sys.exit(main(dict(globals()), sys.argv[1]))
