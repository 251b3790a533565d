# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: The confsync authors
#
# Local members of real processes: what is local is in no file and no line of anybody else, through
# restarts, kills at any moment, and changes of the setting.
"""Usage: test-local.py CONFSYNC"""

import contextlib
import json
import sys

from asking import bad, call, good, ready, status
from harness import Folder, Instance, environment, free_port, main, until

SECRET = 'hunter2'
ROUNDS = 12


def holds(folder, word):
    """The files below a folder that hold a word: live file, versions, notes and what else."""
    return [str(path) for path in folder.path.rglob('*')
            if path.is_file() and word.encode() in path.read_bytes()]


def said(instance, word):
    return [line for lines in instance.lines.values() for line in lines if word in line]


def run(folder, name, *arguments):
    return Instance(folder, '--instance-id', name, *arguments)


def same(folder):
    """Whether all peers hold what it holds."""
    peers = status(folder)['peers']
    return peers and all(peer['holds_head'] for peer in peers)


@contextlib.contextmanager
def fleet(a_content, b_content, keys='/device_id,/keys/api'):
    """hall listens, attic dials; each has its own secrets."""
    with Folder() as a, Folder() as b:
        a.overwrite(a_content)
        b.overwrite(b_content)
        with run(a, 'hall', '-l', free_port(), '--local-keys', keys) as first:
            ready(first, a)
            with run(b, 'attic', '-p', f'ws://localhost:{first.port}', '--local-keys',
                     keys) as second:
                ready(second, b)
                until('both to hold the same', lambda: same(a))
                yield a, b, first, second
            assert not said(second, SECRET), second.lines
        assert not said(first, SECRET), first.lines


def test_stay():
    """each keeps its own, and the other has it nowhere"""
    with fleet({'device_id': SECRET + '-a', 'v': 0},
               {'device_id': SECRET + '-b', 'keys': {'api': SECRET + '-k'}}) as (a, b, *_):
        b.wait({'device_id': SECRET + '-b', 'keys': {'api': SECRET + '-k'}, 'v': 0})
        a.replace({'device_id': SECRET + '-a2', 'v': 1})
        b.wait({'device_id': SECRET + '-b', 'keys': {'api': SECRET + '-k'}, 'v': 1})
        b.replace({'device_id': SECRET + '-b', 'keys': {'api': SECRET + '-k', 'url': 'u'}, 'v': 2})
        a.wait({'device_id': SECRET + '-a2', 'keys': {'url': 'u'}, 'v': 2})
        assert not holds(a, SECRET + '-b') and not holds(a, SECRET + '-k'), holds(a, SECRET)
        assert not holds(b, SECRET + '-a'), holds(b, SECRET + '-a')
        assert status(a)['hash'] == status(b)['hash']


def test_commands():
    """get and set see them as the file has them, and send nothing of them"""
    with fleet({'device_id': SECRET + '-a', 'v': 0}, {'device_id': SECRET + '-b'}) as (a, b, *_):
        b.wait({'device_id': SECRET + '-b', 'v': 0})
        assert json.loads(good('get', '-f', a.file, '/device_id')) == SECRET + '-a'
        before = status(a)['hash']
        good('set', '-f', a.file, '/device_id', json.dumps(SECRET + '-a2'))
        a.wait({'device_id': SECRET + '-a2', 'v': 0})
        assert status(a)['hash'] == before
        good('set', '-f', a.file, '/v', '1')
        b.wait({'device_id': SECRET + '-b', 'v': 1})
        assert a.read() == {'device_id': SECRET + '-a2', 'v': 1}, a.read()
        done = call('edit', '-f', a.file, env=environment(
            EDITOR="sed -i -e s/-a2/-a3/ -e 's/\"v\": 1/\"v\": 2/'", TMPDIR=str(a.path)))
        assert done.returncode == 0, done
        b.wait({'device_id': SECRET + '-b', 'v': 2})
        a.wait({'device_id': SECRET + '-a3', 'v': 2})
        assert not holds(b, SECRET + '-a'), holds(b, SECRET + '-a')


def test_setting():
    """what is named no more gets the shared value back, and gives nothing away"""
    port = free_port()
    with Folder() as a, Folder() as b:
        a.overwrite({'device_id': 'shared', 'v': 0})
        b.overwrite({'device_id': SECRET, 'keys': SECRET + '-k'})
        with run(a, 'hall', '-l', port) as first:
            ready(first, a)
            for keys, live in (('/device_id,/keys', {'device_id': SECRET, 'keys': SECRET + '-k'}),
                               ('/keys', {'device_id': 'shared', 'keys': SECRET + '-k'}),
                               (None, {'device_id': 'shared'})):
                more = ['--local-keys', keys] if keys else []
                with run(b, 'attic', '-p', f'ws://localhost:{port}', *more) as second:
                    b.wait(live | {'v': 0})
                    ready(second, b)
                    until('both to hold the same', lambda: same(b))
                    assert second.end() == 0
                    assert not said(second, SECRET), second.lines
                assert not holds(a, SECRET), holds(a, SECRET)
                assert a.read() == {'device_id': 'shared', 'v': 0}, a.read()
            assert not said(first, SECRET), first.lines
        assert [name for name in holds(b, SECRET + '-k') if 'config_versions' in name]


def test_refused():
    """a pointer of no use ends the start, by name and reason"""
    with Folder() as folder:
        folder.overwrite({'v': 0})
        for keys, words in (('/zones/0/key', 'the place “0” of an array'),
                            ('/a,/a/b', '“/a/b” is inside “/a”'),
                            ('device_id', "must be empty or begin with '/'")):
            bad(2, words, 'run', folder.file, '--local-keys', keys)


def test_killed():
    """killed at any moment of an apply or an edit, it keeps its own and gives nothing away"""
    port, keys = free_port(), ('--local-keys', '/device_id')
    with Folder() as a, Folder() as b:
        a.overwrite({'v': -1})
        b.overwrite({'device_id': SECRET + '-x'})
        with run(a, 'hall', '-l', port, *keys) as first:
            ready(first, a)
            for number in range(ROUNDS):
                own = f'{SECRET}-{number}'
                with run(b, 'attic', '-p', f'ws://localhost:{port}', *keys) as second:
                    until('what the other has', lambda: (b.read() or {}).get('v') is not None)
                    content = b.read()
                    if number % 3 == 0:  # an edit that nobody may have seen yet
                        b.replace(content | {'device_id': own, 'mine': number})
                    else:
                        b.replace(content | {'device_id': own})
                    for step in range(1 + number % 4):
                        a.replace((a.read() or {}) | {'v': 10 * number + step})
                    if number % 2:
                        until('some of it', lambda: b.read().get('v', 0) >= 10 * number)
                    second.process.kill()
                    second.process.wait()
                    assert not said(second, SECRET), second.lines
                assert b.read()['device_id'] == own, (number, b.read())
            with run(b, 'attic', '-p', f'ws://localhost:{port}', *keys) as second:
                ready(second, b)
                until('both to hold the same', lambda: same(b))
                assert b.read()['device_id'] == f'{SECRET}-{ROUNDS - 1}', b.read()
                shared = a.read()
                b.wait(shared | {'device_id': f'{SECRET}-{ROUNDS - 1}'})
            assert not said(first, SECRET), first.lines
        assert not holds(a, SECRET), holds(a, SECRET)


if __name__ == '__main__':
    sys.exit(main(globals(), sys.argv[1]))
