# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: The confsync authors
#
# The examples as a reader would run them; those that are parts of programs are put to work in
# test-plugins.py.

import json
import signal
import subprocess
import sys

from tap import DEADLINE, EXAMPLES, folder, main

NAMES = ('resolver', 'store', 'sync', 'transport')
MAX_LINES = 29


class Sync:
    """A running sync.py."""

    def __init__(self, path, *arguments):
        self.process = subprocess.Popen(
            [sys.executable, EXAMPLES / 'sync.py', path, *arguments], stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, text=True)
        self.first = self.process.stdout.readline().split()

    def line(self):
        return self.process.stdout.readline().rstrip('\n')

    def __enter__(self):
        assert self.first[:1] == ['running'], self.process.communicate()
        return self

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGTERM)
        self.process.communicate(timeout=DEADLINE)


def test_short():
    """the four are there in both languages, each of fewer than 30 lines of code"""
    paths = [EXAMPLES / f'{name}.{suffix}' for name in NAMES for suffix in ('js', 'py')]
    assert sorted(EXAMPLES.glob('*.[jp]*')) == sorted(paths)
    for path in paths:
        lines = [line for line in path.read_text().splitlines()
                 if line.strip() and not line.lstrip().startswith(('#', '//'))]
        assert 0 < len(lines) <= MAX_LINES, f'{path.name}: {len(lines)} lines of code'


def test_sync():
    """sync.py keeps two files the same and prints what changes"""
    with folder() as at:
        first, second = at / 'a' / 'a.json', at / 'b' / 'b.json'
        for path in (first, second):
            path.parent.mkdir()
        first.write_text('{"theme": "dark"}')
        with Sync(first, '--listen', 'ws://127.0.0.1:0') as one, \
                Sync(second, '--peer', one.first[1]) as two:
            author, content = two.line().split(' ', 1)
            assert author != 'here' and content == "{'theme': 'dark'}", content
            second.with_suffix('.new').write_text('{"theme": "light"}')
            second.with_suffix('.new').rename(second)
            assert two.line() == "here {'theme': 'light'}"
            while (line := one.line()).startswith('here'):
                pass
            assert line.endswith(" {'theme': 'light'}"), line
            assert json.loads(first.read_text()) == {'theme': 'light'}


if __name__ == '__main__':
    sys.exit(main(dict(globals())))
