# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: The confsync authors
#
# The past, from outside: two instances and what their commands say of it. What one goes back to,
# both have; a file that is gone is put back; who changed a value is told on both; old versions go.
"""Usage: test-past.py CONFSYNC"""

import json
import os
import re
import sys

import harness
from asking import ISO_TIME, VERSION, bad, call, good, pair, ready, running, status
from harness import Folder, Instance, free_port, main, until

harness.planting = True


def versions(folder, n):
    """Waits until as many are listed; newest first."""
    return until(f'{n} versions', lambda: len(found := json.loads(
        good('versions', '--json', '-f', folder.file))) == n and found)


def test_rollback():
    """rollback on one shows on both, as a new version on top, and can be undone"""
    with pair({'theme': 'dark', 'zones': {'hall': 1}}) as (a, b, first, second):
        good('set', '/theme', '"light"', '--wait', '-f', a.file)
        good('set', '/zones/attic', '2', '--wait', '-f', b.file)
        oldest = versions(a, 3)[-1]['name']
        digits = re.search(r'\d+', oldest).group()

        planned = good('rollback', oldest, '--dry-run', '-f', a.file)
        assert planned == (f'would roll back to {oldest}: 1 changed, 1 removed\n'
                           '~ /theme  "light" → "dark"\n- /zones/attic  2\n'), planned
        assert a.read() == {'theme': 'light', 'zones': {'attic': 2, 'hall': 1}}

        done = good('rollback', oldest, '--wait', '-f', a.file)
        assert done == (f'rolled back to {oldest}: 1 changed, 1 removed\n'
                        '1 of 1 peer holds it\n'), done
        assert a.read() == b.read() == {'theme': 'dark', 'zones': {'hall': 1}}
        assert [item['cause'] for item in versions(a, 4)] == [
            'rollback', 'remote', 'edit', 'initial']
        newest = versions(b, 4)[0]
        assert (newest['cause'], newest['author']) == ('remote', 'hall'), newest
        assert all(item['acknowledged'] for item in versions(a, 4)), versions(a, 4)
        assert 'known here only' not in good('versions', '-f', a.file)
        first.wait(rf'rollback   to {oldest} by hall: /theme, /zones/attic   ')
        second.wait(r'applied    /theme, /zones/attic from hall')

        # there and back, by what people call it
        said = good('rollback', 'previous', '--wait', '-f', b.file)
        assert ': 1 changed, 1 added\n' in said, said
        a.wait({'theme': 'light', 'zones': {'attic': 2, 'hall': 1}})
        assert 'is that of config_' in good('rollback', 'live', '-f', b.file)
        if not any(digits in item['name'] for item in versions(a, 5)[:-1]):
            good('rollback', digits, '-f', a.file)


def test_rollback_refused():
    """a name that is none, or of several, is wrong use; {} needs --force; nothing is changed"""
    with running({'v': 1}) as (folder, _):
        file = ('-f', folder.file)
        bad(2, 'to which version?', 'rollback', *file)
        bad(2, 'there is no version “nope”', 'rollback', 'nope', *file)
        bad(2, 'there is no version before this one', 'rollback', 'previous', *file)
        good('set', '', '{}', '--force', *file)
        good('set', '', '{"v": 2}', *file)
        names = [item['name'] for item in versions(folder, 3)]
        bad(2, 'say more of its digits', 'rollback', '20', *file)
        bad(2, '--force says that it is meant', 'rollback', names[1], *file)
        assert folder.read() == {'v': 2}
        good('rollback', names[1], '--force', *file)
        assert folder.read() == {}


def test_receive_only():
    """who only receives doesn't go back by itself"""
    with pair({'v': 1}, '--role', 'receive-only') as (a, b, *_):
        a.replace({'v': 2})
        b.wait({'v': 2})
        bad(2, 'only receives', 'rollback', 'previous', '-f', b.file)
        assert a.read() == b.read() == {'v': 2}


def test_restore():
    """a live file that was deleted, emptied or broken is put back; a good one is left alone"""
    with pair({'v': 1}) as (a, b, first, _):
        b.replace({'v': 2, 'w': [1]})
        a.wait({'v': 2, 'w': [1]})
        assert 'nothing to put back' in good('restore', '-f', a.file)
        before = status(a)['hash']
        for number, gone in enumerate((os.unlink, lambda path: path.write_text(''),
                                       lambda path: path.write_text('{}'),
                                       lambda path: path.write_text('{"v": 2, "w'))):
            gone(a.file)
            assert good('restore', '-f', a.file) == f'{a.file} holds the configuration again\n'
            assert a.read() == {'v': 2, 'w': [1]}, number
            until('a good state', lambda: status(a)['state'] == 'running')
        first.wait(rf'restored   {re.escape(str(a.file))}   holds the configuration again')
        assert status(a)['hash'] == before and b.read() == {'v': 2, 'w': [1]}
        assert len(versions(a, 2)) == 2


def test_explain():
    """who changed a value is told on both, whoever did, with what was there before"""
    with pair({'theme': 'dark', 'zones': {'hall': 1}}) as (a, b, *_):
        good('set', '/theme', '"light"', '--wait', '-f', a.file)
        good('set', '/zones/attic', '2', '--wait', '-f', b.file)
        good('unset', '/zones/hall', '--wait', '-f', a.file)
        for folder in (a, b):
            names = [item['name'] for item in versions(folder, 4)]
            cause = 'edit' if folder is a else 'remote'
            told = good('explain', '/theme', '-f', folder.file).splitlines()
            assert told[0] == '/theme  "light"', told
            assert re.fullmatch(rf'changed  \d{{4}}-\S+ \S+ by hall, {cause}, {names[2]}',
                                told[1]), told
            assert told[2] == f'before   "dark", in {names[3]}', told
            told = good('explain', '/zones/hall', '-f', folder.file).splitlines()
            assert told[0] == '/zones/hall  nothing' and told[1].startswith('removed  '), told
            assert told[2].startswith('before   1, in config_'), told

            found = json.loads(good('explain', '/zones/attic', '--json', '-f', folder.file))
            assert (found['pointer'], found['exact']) == ('/zones/attic', True), found
            since, before = found['since'], found['before']
            assert (since['author'], since['value'], since['there']) == ('attic', 2, True), found
            assert re.fullmatch(VERSION, since['version']), found
            assert re.fullmatch(ISO_TIME, since['time']), found
            assert before['there'] is False and 'value' not in before, found
            bad(1, 'there is nothing at “/none”', 'explain', '/none', '-f', folder.file)
            bad(2, 'a pointer begins with', 'explain', 'theme', '-f', folder.file)
            bad(2, 'which value?', 'explain', '-f', folder.file)


def test_retention():
    """what was thinned makes explain careful; what is live stays, by number and by age"""
    with running({'k': 0, 'n': 0}, '--max-versions', '3') as (folder, _):
        file = ('-f', folder.file)
        good('set', '/k', '1', *file)
        for n in range(1, 6):
            good('set', '/n', n, *file)
        names = [item['name'] for item in versions(folder, 3)]
        assert json.loads(good('show', names[0], *file)) == {'k': 1, 'n': 5}
        told = good('explain', '/k', *file).splitlines()
        assert told[1].startswith('changed  at or before '), told
        assert told[2] == 'before   not known: no older version is kept', told
        assert json.loads(good('explain', '/k', '--json', *file))['before'] is None
        told = good('explain', '/n', *file).splitlines()
        assert 'at or before' not in told[1] and told[2].startswith('before   4, in '), told


def test_age():
    """a version that is too old goes with the next one that is kept"""
    with Folder() as folder:
        old = folder.path / 'config_versions' / 'config_20200101000000.json'
        old.parent.mkdir()
        old.write_text('{"v": -1}')
        folder.overwrite({'v': 0})
        with Instance(folder, '--max-version-days', '30') as instance:
            ready(instance, folder)
            good('set', '/v', '1', '-f', folder.file)
            until('the old one is gone', lambda: not old.exists())
            assert [item['cause'] for item in versions(folder, 2)] == ['edit', 'initial']


def test_damaged():
    """a damaged version is named by whatever reads it, and harms nothing else"""
    with running({'v': 1, 'w': 1}) as (folder, first):
        file = ('-f', folder.file)
        good('set', '/v', '2', *file)
        good('set', '/v', '3', *file)
        names = [item['name'] for item in versions(folder, 3)]
        path = folder.path / 'config_versions' / names[1]
        path.write_text(path.read_text().replace('2', '6'))
        # it isn't in memory any more after a restart, and nobody else is there
        assert first.end() == 0
        with Instance(folder, '--instance-id', 'hall') as second:
            ready(second, folder)
            for command in ('show', 'diff', 'rollback'):
                said = bad(2, 'this is not what was kept under that name', command, names[1], *file)
                assert str(path) in said, said
            told = good('explain', '/v', *file).splitlines()
            assert told[1].startswith('changed  at or before '), told
            path.write_text('{"v": ')
            bad(2, str(path), 'show', names[1], *file)
            assert folder.read() == {'v': 3, 'w': 1}
            assert call('show', names[2], *file).returncode == 0
            (folder.path / 'config_versions' / '.index.jsonl').unlink()
            good('set', '/v', '4', *file)
            assert json.loads(good('show', names[2], *file)) == {'v': 1, 'w': 1}


def test_lost_index():
    """without the records the names still say when; who else holds a version is nobody's guess"""
    with Folder() as folder:
        file = ('-f', folder.file)
        folder.overwrite({'v': 1})
        with Instance(folder, '--instance-id', 'hall') as first:
            ready(first, folder)
            good('set', '/v', '2', *file)
            names = [item['name'] for item in versions(folder, 2)]
            assert 'known here only' in good('versions', *file)
            assert first.end() == 0
        (folder.path / 'config_versions' / '.index.jsonl').unlink()
        line = call('versions', *file).stdout.splitlines()[2]
        digits = names[1][len('config_'):][:14]
        when = re.sub(r'(....)(..)(..)(..)(..)(..)', r'\1-\2-\3 \4:\5:\6', digits)
        assert line.startswith(names[1]) and when in line, line
        assert 'known here only' not in line and '?' not in line, line


def test_mended():
    """a damaged version is had again from the peer, under its name; what was local is not in it"""
    keys, port = ('--local-keys', '/id'), free_port()
    with Folder() as a, Folder() as b:
        a.overwrite({'v': 1, 'id': 'secret'})
        with Instance(a, '--instance-id', 'hall', '-l', port, *keys) as first, \
                Instance(b, '--instance-id', 'attic', '-p', f'ws://localhost:{port}',
                         *keys) as second:
            ready(second, b)
            b.wait({'v': 1})
            good('set', '/v', '2', '--wait', '-f', a.file)
            before = versions(a, 2)
            assert first.end() == 0
            # what it had in memory is forgotten but for what is live
            with Instance(a, '--instance-id', 'hall', '-l', port, *keys) as again:
                again.wait('peer up ')
                for item in before:
                    name = item['name']
                    path = a.path / 'config_versions' / name
                    whole = json.loads(path.read_text())
                    path.write_text(path.read_text().replace(str(whole['v']), '6'))
                    bad(2, 'this is not what was kept', 'show', name, '-f', a.file)
                    again.wait(f'{name} was damaged, and is whole again')
                    shared = {'v': whole['v']}
                    assert json.loads(good('show', name, '-f', a.file)) == shared
                    assert json.loads(path.read_text()) == shared, path.read_text()
                del item['size']
                told = versions(a, 2)[-1]
                assert told.items() >= item.items(), (told, item)
                good('rollback', 'previous', '--wait', '-f', a.file)
                assert a.read() == {'v': 1, 'id': 'secret'} and b.read() == {'v': 1}, a.read()


if __name__ == '__main__':
    sys.exit(main(dict(globals()), sys.argv[1]))
