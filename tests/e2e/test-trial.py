# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: The confsync authors
#
# Trials, from outside: what another instance made is confirmed by a command or by how --on-change
# ends, or it is undone; also when the instance is killed in the middle.
"""Usage: test-trial.py CONFSYNC"""

import contextlib
import json
import re
import signal
import sys

import harness
from asking import bad, good, pair, ready, running, status
from harness import Folder, Instance, free_port, main, until

harness.planting = True

ONE, TWO, THREE = {'v': 1}, {'v': 2}, {'v': 3}
LONG = '--confirm-timeout=10m'


def file_of(folder):
    return ('-f', folder.file)


def on_trial(folder):
    until('a trial', lambda: status(folder)['trial'])
    return status(folder)['trial']


def causes(folder):
    return [item['cause'] for item in json.loads(good('versions', '--json', *file_of(folder)))]


def test_confirm():
    """confirm keeps it; status says what waits; there is nothing to confirm then"""
    with pair(ONE, LONG) as (a, b, _, second):
        bad(1, 'nothing is on trial', 'confirm', b.file)
        a.replace(TWO)
        b.wait(TWO)
        trial = on_trial(b)
        assert trial['author'] == 'hall' and trial['hash'] == status(b)['hash'], trial
        second.wait('trial +begun: [0-9a-f]{12} of hall .*within 10 min')
        shown = good('status', *file_of(b))
        assert re.search('^trial +of hall, until .*confsync confirm$', shown, re.M), shown
        bad(1, trial['hash'], 'confirm', b.file, '--hash', '0' * 64)
        assert good('confirm', b.file, '--hash', trial['hash']) == 'confirmed: it stays\n'
        second.wait('trial +confirmed: [0-9a-f]{12} of hall')
        assert status(b)['trial'] is None
        bad(1, 'nothing is on trial', 'confirm', b.file)
        assert a.read() == TWO and b.read() == TWO


def test_reject():
    """a rejected revision is undone everywhere, by one version that says so"""
    with pair(ONE, LONG) as (a, b, _, second):
        a.replace(TWO)
        on_trial(b)
        good('confirm', '--reject', 'too loud', *file_of(b))
        a.wait(ONE)
        b.wait(ONE)
        second.wait('trial +failed: [0-9a-f]{12} of hall, rejected: too loud', 'err')
        second.wait('rollback +to what was before [0-9a-f]{12} of hall, rejected: too loud, '
                    'by attic: /v')
        assert causes(b)[0] == 'rollback'
        assert status(a)['author'] == 'attic'
        until('both to hold the same', lambda: status(a)['peers'][0]['holds_head'])


def test_timeout():
    """what nobody confirms is undone in time"""
    with pair(ONE, '--confirm-timeout', '300ms') as (a, b, _, second):
        a.replace(TWO)
        second.wait('trial +failed: .*not confirmed here within 300 ms', 'err')
        a.wait(ONE)
        b.wait(ONE)


def test_local():
    """in the scope local the instance goes back alone, and shows as behind"""
    with pair(ONE, '--confirm-timeout', '300ms', '--confirm-scope', 'local') as (
            a, b, first, second):
        a.replace(TWO)
        second.wait('trial +failed here: ', 'err')
        first.wait('behind +attic .*not confirmed here within 300 ms', 'err')
        b.wait(ONE)
        assert a.read() == TWO
        peer, = status(a)['peers']
        assert peer['holds_head'] is False and 'not confirmed here' in peer['reason'], peer


def test_on_change():
    """how the command ends decides, and it hears of what is put back"""
    with Folder() as notes:
        command = (f'cat "$CONFSYNC_DOCUMENT" >>{notes.path}/log; '
                   'grep -q 3 "$CONFSYNC_DOCUMENT" && exit 7 || exit 0')
        with pair(ONE, LONG, '--on-change', command) as (a, b, _, second):
            a.replace(TWO)
            second.wait('trial +confirmed: ')
            a.replace(THREE)
            second.wait('trial +failed: .*rejected: .*exit status 7', 'err')
            a.wait(TWO)
            b.wait(TWO)
            until('the command to see it', lambda: open(f'{notes.path}/log').read().split()[-1:]
                  == [b.file.read_text().split()[-1]] and
                  open(f'{notes.path}/log').read().count('3') == 1 and
                  open(f'{notes.path}/log').read().count('2') >= 2)


def test_killed():
    """a kill in the middle of a trial begins it anew, with the same to go back to"""
    with running(ONE, '-l', free_port()) as (a, first), Folder() as b:
        arguments = ('-p', f'ws://localhost:{first.port}', '--instance-id', 'attic')
        with Instance(b, *arguments, LONG) as second:
            b.wait(ONE)
            ready(second, b)
            a.replace(TWO)
            on_trial(b)
            second.process.send_signal(signal.SIGKILL)
            second.process.wait()
        with Instance(b, *arguments, LONG) as second:
            ready(second, b)
            assert on_trial(b)['author'] == 'hall'
            good('confirm', '--reject', 'no', *file_of(b))
            a.wait(ONE)
            b.wait(ONE)


def test_killed_at_once():
    """also where the kill comes before anything but the file was written"""
    with running(ONE, '-l', free_port()) as (a, first), Folder() as b:
        arguments = ('-p', f'ws://localhost:{first.port}', '--instance-id', 'attic', LONG)
        for n in range(2, 12):
            with contextlib.ExitStack() as stack:
                second = stack.enter_context(Instance(b, *arguments))
                if n == 2:
                    b.wait(ONE)
                ready(second, b)
                until('both', lambda: status(a)['peers'] and status(b)['hash'])
                a.replace({'v': n})
                b.wait({'v': n})
                second.process.send_signal(signal.SIGKILL)
                second.process.wait()
            with Instance(b, *arguments) as second:
                ready(second, b)
                assert on_trial(b)['author'] == 'hall'
                good('confirm', *file_of(b))


if __name__ == '__main__':
    sys.exit(main(globals(), sys.argv[1]))
