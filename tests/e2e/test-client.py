# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: The confsync authors
#
# The commands that look at a running instance and change it, from outside: what they answer to
# people and to programs, what they say where they can't, and exit codes.
"""Usage: test-client.py CONFSYNC"""

import json
import re
import signal
import subprocess
import sys

import harness
from asking import ISO_TIME, VERSION, bad, call, good, pair, ready, running, status
from harness import Folder, Instance, environment, free_port, main, until


# status and peers

def test_status():
    """status is a table for people, and one JSON document for programs"""
    with pair({'theme': 'dark'}) as (a, b, _, second):
        b.replace({'theme': 'light'})
        a.wait({'theme': 'light'})
        seen = until('the sync', lambda: (
            s := status(a))['last_sync'] and s['versions'] == 2 and s)
        assert seen['running'] is True and seen['instance'] == 'hall', seen
        assert seen['file'] == str(a.file) and seen['base_dir'] == str(a.path), seen
        assert seen['state'] == 'running' and seen['reason'] is None, seen
        assert seen['author'] == 'attic' and seen['resolver'] == 'lww', seen
        assert re.fullmatch('[0-9a-f]{64}', seen['hash']) and seen['size'] == 17, seen
        for member in ('time', 'last_sync', 'start_time'):
            assert re.fullmatch(ISO_TIME, seen[member]), seen
        assert seen['pid'] > 0 and seen['version'], seen
        listener, = seen['listeners']
        assert listener['address'].startswith('ws://127.0.0.1:') and not listener['exposed'], seen
        peer, = seen['peers']
        assert (peer['id'], peer['state'], peer['dialled']) == ('attic', 'live', False), peer
        assert peer['holds_head'] and peer['sync'] == 'holds', peer
        assert 0 <= peer['round_trip_us'] < 60e6 and peer['address'] is None, peer
        assert second.end() == 0
        text = good('status', '-f', a.file)
        for line in (r'instance   hall   confsync \d+\.\d+\.\d+, process \d+, since \d{4}-',
                     f'file       {re.escape(str(a.file))}', 'state      running',
                     r'content    [0-9a-f]{12}   17 bytes, by attic, \d{4}-',
                     r'listening  ws://127.0.0.1:\d+/sync   this machine only',
                     r'last sync  \d{4}-', r'versions   \d+'):
            assert re.search('^' + line, text, re.M), (line, text)


def test_status_of_nothing():
    """where nothing runs, status says so to both, with exit status 3"""
    with Folder() as folder:
        bad(3, 'start one: confsync run FILE', 'status', cwd=folder.path)
        done = call('status', '--json', cwd=folder.path)
        assert done.returncode == 3 and json.loads(done.stdout) == {'running': False}, done
        assert 'no instance runs in this folder' in done.stderr, done


def test_status_while_waiting():
    """without a configuration the state is waiting, and the reason says for what"""
    with running(None) as (folder, _):
        seen = until('the state', lambda: (s := status(folder))['state'] == 'waiting' and s)
        assert seen['hash'] is None and seen['author'] is None and seen['time'] is None, seen
        assert 'content    none yet' in good('status', '-f', folder.file)
        bad(1, '', 'get', '-f', folder.file)
        bad(2, 'no live configuration', 'show', 'live', '-f', folder.file)
        assert good('versions', '-f', folder.file) == 'no versions are kept yet\n'


def test_peers():
    """peers tells who is up, how far, and what each holds; and of those that can't be reached"""
    with pair({'n': 1}) as (a, b, first, second):
        nobody = free_port()
        lines = good('peers', '-f', b.file).splitlines()
        assert lines[0].split('  ')[0] == 'PEER' and len(lines) == 2, lines
        assert re.match(r'hall  ws://localhost:\d+\S*  live +[\d.]+ ms  holds ', lines[1]), lines
        listed = json.loads(good('peers', '--json', '-f', b.file))
        assert [peer['id'] for peer in listed] == ['hall'] and listed[0]['dialled'], listed
        assert listed[0]['address'].startswith('ws://localhost:'), listed
        assert second.end() == 0 and first.end() == 0
        with Instance(a, '-p', f'localhost:{nobody}') as third:
            third.wait('peer down', 'err' if third.find('peer down', 'err') else 'out')
            ready(third, a)
            peer, = json.loads(good('peers', '--json', '-f', a.file))
            assert peer['id'] is None and not peer['holds_head'], peer
            assert peer['state'] in ('backoff', 'connecting') and peer['sync'] == 'unreached', peer
            assert peer['round_trip_us'] is None, peer


def test_no_peers():
    """without peers, peers says so, and an empty list to programs"""
    with running({'n': 1}) as (folder, _):
        assert good('peers', '-f', folder.file).startswith('no peers')
        assert json.loads(good('peers', '--json', '-f', folder.file)) == []
        assert re.search('^peers +none$', good('status', '-f', folder.file), re.M)


# get and set

def test_get():
    """get prints the whole as its author left it, or one value, and 1 where it isn't there"""
    text = '{\n    "theme": "dark ✓",\n    "a/b": [1, {"c": null}], "t~": 1.50\n}\n'
    with running(text) as (folder, _):
        file = ('-f', folder.file)
        assert good('get', *file) == text
        assert good('get', '', *file) == text
        assert good('get', '/theme', *file) == '"dark ✓"\n'
        assert good('get', '/theme', '--raw', *file) == 'dark ✓\n'
        assert good('get', '/theme', '--raw', '--json', *file) == '"dark ✓"\n'
        assert good('get', '-r', '/a~1b/0', *file) == '1\n'
        assert json.loads(good('get', '/a~1b', *file)) == [1, {'c': None}]
        assert good('get', '/a~1b/1/c', *file) == 'null\n'
        assert float(good('get', '/t~0', *file)) == 1.5
        bad(1, '/nope', 'get', '/nope', *file)
        bad(2, 'did you mean “/theme”?', 'get', 'theme', *file)
        bad(2, '~', 'get', '/a~2', *file)
        bad(2, 'one argument too many', 'get', '/a', '/b', *file)


def test_set():
    """set changes a value, adds one, appends to an array, replaces the whole; live when it ends"""
    with running({'theme': 'dark', 'zones': [1]}) as (folder, _):
        file = ('-f', folder.file)
        for arguments, after in (
                (['/theme', '"light"'], {'theme': 'light', 'zones': [1]}),
                (['/theme', '--string', 'a "b"'], {'theme': 'a "b"', 'zones': [1]}),
                (['-s', '/theme', '12:30'], {'theme': '12:30', 'zones': [1]}),
                (['/volume', '-5'], {'theme': '12:30', 'zones': [1], 'volume': -5}),
                (['/zones/-', '{"n": 2}'],
                 {'theme': '12:30', 'zones': [1, {'n': 2}], 'volume': -5}),
                (['/zones/0', 'null'],
                 {'theme': '12:30', 'zones': [None, {'n': 2}], 'volume': -5}),
                (['', '{"all": "new"}'], {'all': 'new'})):
            assert good('set', *arguments, *file) == ''
            assert folder.read() == after, arguments
        assert good('set', '/big', '-', *file, typed='[1,\n 2]\n') == ''
        assert folder.read() == {'all': 'new', 'big': [1, 2]}
        assert status(folder)['author'] == 'hall'


def test_set_refused():
    """what isn't JSON is refused with the quoting that would have worked; so is a place nowhere"""
    with running({'n': 1}) as (folder, _):
        file = ('-f', folder.file)
        said = bad(2, 'a string has quotes of its own', 'set', '/theme', "it's", *file)
        # the proposal is for a shell; it is taken by its word
        for line in [line for line in said.splitlines() if line.startswith('  confsync set ')]:
            words = line.replace('confsync', harness.confsync, 1)
            subprocess.run(words, shell=True, check=True, cwd=folder.path, env=environment())
            assert folder.read() == {'n': 1, 'theme': "it's"}, line
            good('set', '', '{"n": 1}', *file)
        bad(2, 'VALUE: line 1, column 6: ', 'set', '/n', '{"a":}', *file)
        bad(2, 'standard input: line 2, column 1: ', 'set', '/n', '-', *file, typed='[\n}')
        bad(2, '“12:30” is not JSON', 'set', '/n', '12:30', *file)
        bad(2, 'what where?', 'set', '/n', *file)
        bad(2, 'did you mean “/n”?', 'set', 'n', '1', *file)
        bad(2, '/no/where', 'set', '/no/where', '1', *file)
        bad(2, '', 'set', '', '[]', *file)
        bad(2, 'did you mean --string?', 'set', '/n', '1', '--sting', *file)
        assert folder.read() == {'n': 1}


def test_set_empty():
    """{} is taken for a mistake, and with --force for an edit like any other"""
    with pair({'n': 1}) as (a, b, *_):
        said = bad(2, '--force', 'set', '', '{}', '-f', a.file)
        assert 'GDBus' not in said and 'ALLOW_EMPTY' not in said, said
        assert a.read() == {'n': 1}
        assert good('set', '', '{}', '--force', '-f', a.file) == ''
        a.wait({})
        b.wait({})


def test_unset():
    """unset takes out a member or an element; 1 where there is none; the last asks for --force"""
    with pair({'theme': 'dark', 'zones': [1, 2, 3]}) as (a, b, *_):
        file = ('-f', a.file)
        assert good('unset', '/theme', *file) == ''
        assert a.read() == {'zones': [1, 2, 3]}
        assert good('unset', '/zones/1', '--wait', *file) == '1 of 1 peer holds it\n'
        assert a.read() == b.read() == {'zones': [1, 3]}
        bad(1, '/theme', 'unset', '/theme', *file)
        bad(2, 'what?', 'unset', *file)
        bad(2, "set '' '{}' --force", 'unset', '', *file)
        bad(2, 'did you mean “/zones”?', 'unset', 'zones', *file)
        bad(2, '--force', 'unset', '/zones', *file)
        assert a.read() == {'zones': [1, 3]}
        good('unset', '/zones', '--force', *file)
        a.wait({})


def test_set_waits():
    """set --wait ends when the others hold it"""
    with pair({'n': 1}) as (a, b, *_):
        assert good('set', '/n', '2', '--wait', '-f', a.file) == '1 of 1 peer holds it\n'
        assert b.read() == {'n': 2}


def test_large():
    """ten megabytes are printed, set, compared and synced as a small one is"""
    content = {f'name {i}': {'text': 'x' * 1000, 'n': i} for i in range(10000)}
    with running(content) as (folder, _):
        file = ('-f', folder.file)
        assert json.loads(good('get', *file)) == content
        content['name 77']['text'] = 'y'
        good('set', '', '-', *file, typed=json.dumps(content))
        assert folder.read() == content
        done = call('diff', *file)
        assert done.returncode == 1, done.stderr
        assert re.search(r'^~ /name 77/text  "x{58}… → "y"$', done.stdout, re.M), done.stdout
        bad(2, 'max_bytes', 'set', '/more', '-', *file, typed=json.dumps('z' * 15 * 1024 * 1024))
        assert json.loads(good('get', '/name 77', *file)) == content['name 77']


# sync

def test_sync():
    """sync says how many hold the same; without peers it is done at once"""
    with pair({'n': 1}) as (a, b, *_):
        assert good('sync', '--wait', '-f', a.file) == '1 of 1 peer holds it\n'
        assert re.match(r'[01] of 1 peer', good('sync', '-f', a.file))
        answer = json.loads(good('sync', '--wait', '--json', '-f', b.file))
        assert answer['synced'] and answer['holding'] == answer['total'] == 1, answer
        assert answer['reason'] is None and answer['peers'][0]['id'] == 'hall', answer
    with running({'n': 1}) as (folder, _):
        assert 'no peer is up' in good('sync', '--wait', '-f', folder.file)
        answer = json.loads(good('sync', '--wait', '--json', '-f', folder.file))
        assert answer['synced'] and answer['total'] == 0 and answer['peers'] == [], answer


def test_sync_behind():
    """a peer that is stopped is named with the reason, and exit status 1"""
    with pair({'n': 1}) as (a, b, _, second):
        second.signal(signal.SIGSTOP)
        try:
            a.replace({'n': 2})
            until('the edit', lambda: json.loads(good('get', '-f', a.file)) == {'n': 2})
            said = bad(1, 'attic', 'sync', '--wait', '--timeout', '1', '-f', a.file)
            assert len(said.splitlines()) >= 1, said
            done = call('sync', '--wait', '--json', '-t1', '-f', a.file)
            answer = json.loads(done.stdout)
            assert done.returncode == 1 and not answer['synced'], done
            assert 'attic' in answer['reason'], answer
            bad(1, 'attic', 'set', '/n', '3', '--wait', '-t', '1', '-f', a.file)
            assert a.read() == {'n': 3}, 'it is live here all the same'
        finally:
            second.signal(signal.SIGCONT)
        b.wait({'n': 3})
        until('the peer to be back', lambda: call(
            'sync', '--wait', '-f', a.file).stdout == '1 of 1 peer holds it\n')


# the past

def test_versions():
    """versions lists the newest first, and which one is live; show prints one"""
    with pair({'n': 1}) as (a, b, *_):
        good('set', '/n', '2', '--wait', '-f', a.file)
        b.replace({'n': 3})
        a.wait({'n': 3})
        listed = until('the version', lambda: (found := json.loads(
            good('versions', '--json', '-f', a.file)))[2:] and found[0]['live'] and found)
        assert [item['cause'] for item in listed] == ['remote', 'edit', 'initial'], listed
        assert [item['author'] for item in listed] == ['attic', 'hall', 'hall'], listed
        assert [item['live'] for item in listed] == [True, False, False], listed
        assert listed[0]['hash'] == status(a)['hash'], listed
        assert listed[1]['acknowledged'] is True, listed
        for item in listed:
            assert re.fullmatch(VERSION, item['name']), item
            assert re.fullmatch(ISO_TIME, item['time']), item
        lines = good('versions', '-f', a.file).splitlines()
        assert lines[0].split() == ['VERSION', 'TIME', 'AUTHOR', 'CAUSE', 'SIZE',
                                    'NOTE'], lines
        assert re.fullmatch(VERSION + r'  \d{4}-\S+ \S+  attic   remote   +13 bytes  live',
                            lines[1]), lines
        name = listed[1]['name']
        assert json.loads(good('show', name, '-f', a.file)) == {'n': 2}
        assert json.loads(good('show', name[:-len('.json')], '-f', a.file)) == {'n': 2}
        assert json.loads(good('show', 'live', '-f', a.file)) == {'n': 3}
        bad(2, 'there is no version “config_7777”', 'show', 'config_7777', '-f', a.file)
        bad(2, '', 'show', '../a', '-f', a.file)
        bad(2, 'which version?', 'show', '-f', a.file)


def test_diff():
    """diff is 0 for the same, 1 for a difference; a line a place, or a patch that applies"""
    with running({'theme': 'dark', 'zones': [1, 2], 'old': True}) as (folder, _):
        file = ('-f', folder.file)
        bad(2, 'no version before', 'diff', *file)
        good('set', '', '{"theme": "light", "zones": [1, 9, 2], "new": {}}', *file)
        good('set', '/theme', '"blue"', *file)
        names = until('the versions', lambda: len(found := [item['name'] for item in json.loads(
            good('versions', '--json', *file))]) == 3 and found)
        done = call('diff', *file)
        assert (done.returncode, done.stderr) == (1, ''), done
        assert done.stdout == f'{names[1]} → live\n~ /theme  "light" → "blue"\n', done
        done = call('diff', names[2], *file)
        assert done.returncode == 1 and done.stdout.splitlines()[1:] == [
            '+ /new  {}', '- /old  true', '~ /theme  "dark" → "blue"', '+ /zones/1  9'], done
        done = call('diff', names[2], names[1], '--patch', *file)
        assert done.returncode == 1, done
        assert json.loads(done.stdout) == [
            {'op': 'add', 'path': '/new', 'value': {}}, {'op': 'remove', 'path': '/old'},
            {'op': 'replace', 'path': '/theme', 'value': 'light'},
            {'op': 'replace', 'path': '/zones/1', 'value': 9},
            {'op': 'add', 'path': '/zones/2', 'value': 2}] or json.loads(done.stdout) == [
            {'op': 'add', 'path': '/new', 'value': {}}, {'op': 'remove', 'path': '/old'},
            {'op': 'replace', 'path': '/theme', 'value': 'light'},
            {'op': 'add', 'path': '/zones/1', 'value': 9}], done
        assert good('diff', names[0], 'live', *file) == ''
        assert good('diff', 'live', names[0], '--json', *file) == '[]\n'
        bad(2, 'there is no version', 'diff', 'nope', *file)
        bad(2, 'there is no version', 'diff', 'live', 'nope', *file)


if __name__ == '__main__':
    sys.exit(main(dict(globals()), sys.argv[1]))
