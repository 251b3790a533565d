# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: The confsync authors
#
# What the commands that talk to an instance write, and to whom: a line an event, a terminal, a
# reader that leaves, a full disk, and who asks for help.
"""Usage: test-monitor.py CONFSYNC"""

import contextlib
import json
import os
import pty
import re
import signal
import subprocess
import sys
import threading

import harness
from asking import ISO_TIME, VERSION, bad, call, good, pair, running
from harness import DEADLINE, Instance, environment, main, until

TOOLS = ('status', 'peers', 'monitor', 'get', 'set', 'unset', 'edit', 'sync', 'versions', 'show',
         'diff', 'conflicts', 'resolve', 'revert-local', 'reset-clock', 'confirm')


# monitor

class Monitor:
    """`confsync monitor`, read line by line."""

    def __init__(self, folder, *arguments):
        self.process = subprocess.Popen(
            [harness.confsync, 'monitor', '-f', str(folder.file), *arguments],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            env=environment())
        self.lines = []
        self.thread = threading.Thread(target=Instance.collect,
                                       args=(self.process.stdout, self.lines), daemon=True)

    def __enter__(self):
        self.thread.start()
        self.wait('watching .*a.json of hall')
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        self.thread.join()
        self.process.stdout.close()
        self.process.stderr.close()

    def wait(self, pattern):
        return until(f'the monitor to say {pattern}', lambda: next(
            (found for line in self.lines if (found := re.search(pattern, line))), None))

    def end(self, number):
        if number:
            self.process.send_signal(number)
        code = self.process.wait(timeout=DEADLINE)
        return code, self.process.stderr.read()


def test_monitor():
    """monitor shows edits from here and elsewhere as run prints them, and ends with 0"""
    with pair({'n': 1}) as (a, b, first, _), Monitor(a) as text, Monitor(a, '--json') as lines:
        a.replace({'n': 2})
        b.wait({'n': 2})
        b.replace({'n': 3})
        a.wait({'n': 3})
        for monitor in (text, lines):
            monitor.wait('applied')
        first.wait('applied    /n from attic')
        text.wait(r'^\d\d:\d\d:\d\d\.\d{3}  changed    /n   \d+ bytes, version ' + VERSION + '$')
        text.wait(r'synced     1 of 1 peer holds it after')
        text.wait(r'applied    /n from attic   [\d.]+ m?s after receipt$')
        events = {(event := json.loads(line))['event']: event for line in lines.lines}
        assert events['applied']['author'] == 'attic', events
        assert events['applied']['pointers'] == ['/n'], events
        assert events['changed']['level'] == 'info', events
        assert re.fullmatch(ISO_TIME, events['changed']['time']), events
        assert text.end(signal.SIGINT) == (0, ''), text.lines
        assert lines.end(signal.SIGTERM) == (0, ''), lines.lines


def test_monitor_levels():
    """monitor --level leaves out what matters less"""
    with running({'n': 1}) as (folder, _), Monitor(folder) as all_lines:
        with subprocess.Popen(
                [harness.confsync, 'monitor', '--level=warning', '-f', str(folder.file)],
                stdout=subprocess.PIPE, text=True, env=environment()) as warnings:
            # the first line says nothing below its level, so an invalid file is repeated until seen
            reader = []
            thread = threading.Thread(target=Instance.collect, args=(warnings.stdout, reader))
            thread.start()
            try:
                for round_ in range(20):
                    folder.overwrite('{' * (round_ + 1))
                    until('the warning', lambda: sum(
                        'invalid' in line for line in all_lines.lines) > round_)
                    if reader:
                        break
                    folder.overwrite({'n': round_ + 2})
                    until('the edit', lambda: sum(
                        'changed' in line for line in all_lines.lines) > round_)
            finally:
                warnings.terminate()
                thread.join()
        assert reader and all('invalid' in line for line in reader), reader


def test_monitor_ends():
    """monitor ends with 3 when the instance does, and at once when nobody reads it"""
    with running({'n': 1}) as (folder, instance), Monitor(folder) as monitor:
        with subprocess.Popen([harness.confsync, 'monitor', '-f', str(folder.file)], text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              env=environment()) as unread:
            assert 'watching' in unread.stdout.readline()
            unread.stdout.close()
            assert unread.wait(timeout=DEADLINE) == 0
            assert unread.stderr.read() == ''
        assert instance.end() == 0
        assert monitor.end(0) == (3, 'confsync monitor: the instance ended\n')


# the terminal, and other readers

def on_terminal(*arguments, **variables):
    """What a terminal is shown."""
    master, slave = pty.openpty()
    with subprocess.Popen([harness.confsync, *map(str, arguments)], stdin=slave, stdout=slave,
                          stderr=slave, env=environment(TERM='xterm', **variables)) as process:
        os.close(slave)
        shown = b''
        with contextlib.suppress(OSError), open(master, 'rb', buffering=0) as terminal:
            while part := terminal.read(4096):
                shown += part
        return process.wait(timeout=DEADLINE), shown.decode()


def test_terminal():
    """colour on a terminal unless it isn't wanted; nothing in a document commands it"""
    with running({'evil': 'a\x1b[2J\x9b2J\u202e', '\x1b]0;x': 1}) as (folder, _):
        file = ('-f', folder.file)
        assert '\033[' in on_terminal('status', *file)[1]
        assert '\033[' not in on_terminal('status', *file, NO_COLOR='1')[1]
        assert '\033[' not in on_terminal('status', *file, CONFSYNC_COLOR='never')[1]
        assert '\033[' not in on_terminal('status', *file, '--color', 'never')[1]
        assert '\033[' in good('status', *file, '--color', 'always')
        for arguments in (['get'], ['get', '/evil'], ['get', '/evil', '-r'], ['show', 'live'],
                          ['status', '--json', '--color=never']):
            code, shown = on_terminal(*arguments, *file)
            assert code == 0, shown
            for harm in '\x1b\x9b\u202e':
                assert harm not in shown, (arguments, shown)
        assert json.loads(on_terminal('get', *file)[1]) == folder.read()
        assert good('get', '/evil', '-r', *file) == 'a\x1b[2J\x9b2J\u202e\n'
        done = call('diff', 'live', 'no\x1b[2J', *file)
        assert done.returncode == 2 and '\x1b' not in done.stderr, done


def test_reader_leaves():
    """a closed standard output ends a command quietly, a full disk doesn't"""
    with running({'text': 'x' * 200000}) as (folder, _):
        for arguments in (['get'], ['status'], ['versions', '--json']):
            ends = os.pipe()
            os.close(ends[0])
            try:
                done = subprocess.run(
                    [harness.confsync, *arguments, '-f', str(folder.file)], stdout=ends[1],
                    stderr=subprocess.PIPE, text=True, env=environment(), timeout=DEADLINE,
                    check=False)
            finally:
                os.close(ends[1])
            assert done.returncode == 0 and done.stderr == '', (arguments, done)
        with open('/dev/full', 'w', encoding='utf-8') as full:
            done = subprocess.run([harness.confsync, 'get', '-f', str(folder.file)], stdout=full,
                                  stderr=subprocess.PIPE, text=True, env=environment(),
                                  timeout=DEADLINE, check=False)
        assert done.returncode == 3 and 'No space left' in done.stderr, done


# help and options

def test_help():
    """each help page fits a screen, ends with an example, and help lists all in groups"""
    overview = good('help')
    for tool in TOOLS:
        page = good(tool, '--help')
        assert page == good('help', tool) == good(tool, '-h'), tool
        lines = page.splitlines()
        assert lines[0].startswith(f'Usage: confsync {tool}'), page
        assert len(lines) <= 24 and max(map(len, lines)) <= 80, page
        assert any(line.startswith('Example: ') and f'confsync {tool}' in line
                   for line in lines[-2:]), page
        assert re.search(rf'^  .{{8}}(\S+ +.*  )?{tool} +\w', overview, re.M), overview
    lines = overview.splitlines()
    assert len(lines) <= 24 and max(map(len, lines)) <= 80, overview


def test_wrong_options():
    """an unknown option or command is told with the nearest one"""
    for tool in TOOLS:
        bad(2, 'did you mean --base-dir?', tool, '--bse-dir', 'x')
        bad(2, 'unknown option -x', tool, '-x')
        bad(2, '--color: “blue” is not', tool, '--color', 'blue')
    done = call('statsu')
    assert done.returncode == 2 and 'did you mean “status”?' in done.stderr, done


if __name__ == '__main__':
    sys.exit(main(dict(globals()), sys.argv[1]))
