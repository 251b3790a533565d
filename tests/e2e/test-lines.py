# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: The confsync authors
#
# What `confsync run` says of what a person may have to decide about, one line each: conflicts,
# merges, joins, roles, and whose name is taken. The options come from every place.
"""Usage: test-lines.py CONFSYNC"""

import contextlib
import json
import re
import sys

import harness
from harness import Folder, Instance, ask, environment, free_port, main, until
from partition import Relay

harness.planting = True

TIME = r'^\d\d:\d\d:\d\d\.\d{3}  '
VERSION = r'config_\d{14}(_\d{3})?\.json'


@contextlib.contextmanager
def apart(content, *options, env=None):
    """hall and attic in sync, with a relay between them that can be cut."""
    with Folder() as a, Folder() as b:
        a.overwrite(content)
        with Instance(a, '-l', free_port(), '--instance-id', 'hall', *options,
                      env=env) as first:
            with Relay(first.port) as relay:
                with Instance(b, '-p', f'ws://127.0.0.1:{relay.port}', '--instance-id', 'attic',
                              *options, env=env) as second:
                    b.wait(content)
                    second.wait('peer up    hall')
                    yield a, b, first, second, relay


def edit_apart(a, b, first, second, relay, ours, theirs):
    """hall edits, then attic, while neither hears of the other; then they meet."""
    relay.cut()
    first.wait('peer down  attic')
    until('attic to notice', lambda: second.find('peer down  hall', 'out') or
          second.find('peer down  hall', 'err'))
    before = len(first.lines['out'])
    a.replace(ours)
    until('hall to see it', lambda: any('changed ' in line
                                        for line in first.lines['out'][before:]))
    b.replace(theirs)
    until('attic to see it', lambda: any('changed ' in line for line in second.lines['out']))
    relay.heal()


def test_conflict():
    """a conflict is a line with what to type, is said again after a restart, and settled by it"""
    with apart({'v': 0}, '--resolver', 'manual') as (a, b, first, second, relay):
        edit_apart(a, b, first, second, relay, {'v': 1}, {'v': 2})
        line = first.wait(TIME + r'conflict   ([0-9a-f]{8}) at the whole document: '
                          r'hall \(ours\) and attic \(theirs\) differ at /v   '
                          r'decide: confsync resolve \1 --ours\|--theirs$', 'err')
        second.wait(rf'conflict   {line[1]} at the whole document: attic \(ours\) and hall ', 'err')
        assert second.end() == 0
        with Instance(b, '-p', f'ws://127.0.0.1:{relay.port}', '--instance-id', 'attic',
                      '--resolver', 'manual') as again:
            again.wait(rf'conflict   {line[1]} at the whole document: ', 'err')
            again.wait('peer up    hall')
            answer = ask('resolve', line[1], '--theirs', '-f', b.file)
            assert answer.returncode == 0, answer
            again.wait(TIME + rf'settled    {line[1]} at the whole document   by attic$')
            first.wait(TIME + rf'settled    {line[1]} at the whole document   by attic$')
            a.wait({'v': 1})
            b.wait({'v': 1})


def test_merged():
    """what both sides changed is named; what only one did is merged without a word"""
    with apart({'a': 0, 'b': 0, 'c': 0}, '--resolver', 'merge') as (a, b, first, second, relay):
        edit_apart(a, b, first, second, relay, {'a': 1, 'b': 1, 'c': 0}, {'a': 0, 'b': 2, 'c': 2})
        a.wait({'a': 1, 'b': 2, 'c': 2})
        b.wait({'a': 1, 'b': 2, 'c': 2})
        pattern = TIME + (r'merged     /b   changed by both (hall and attic|attic and hall); '
                          r'the later edit stands there$')
        until('one of them to say so',
              lambda: first.find(pattern, 'err') or second.find(pattern, 'err'))


def test_sources():
    """what is applied names whom it came from, never the instance itself"""
    with apart({'a': 0, 'b': 0}, '--resolver', 'merge') as (a, b, first, second, relay):
        edit_apart(a, b, first, second, relay, {'a': 1, 'b': 0}, {'a': 0, 'b': 2})
        first.wait('applied    /b (from attic|by a merge)')
        second.wait('applied    /a (from hall|by a merge)')
        a.wait({'a': 1, 'b': 2})
        b.wait({'a': 1, 'b': 2})
        with open(b.file, 'r+', encoding='ascii') as late:
            assert ask('set', '/a', '5', '-f', a.file).returncode == 0
            b.wait({'a': 5, 'b': 2})
            late.write('{"a": 7, "b": 2}')
            late.truncate()
        second.wait('applied    /a by an edit made here')
        a.wait({'a': 7, 'b': 2})
        assert not first.find('applied    .* from hall'), first.lines
        assert not second.find('applied    .* from attic'), second.lines


def test_policy():
    """a resolver for a place, from the environment: the rest goes by what was later"""
    with apart({'zones': {'a': 0, 'b': 0}, 'keys': 0, 'x': 0}, env=environment(
            CONFSYNC_RESOLVER_FOR='/zones=merge,/keys=manual')) as (a, b, first, second, relay):
        edit_apart(a, b, first, second, relay, {'zones': {'a': 1, 'b': 0}, 'keys': 1, 'x': 1},
                   {'zones': {'a': 0, 'b': 2}, 'keys': 2, 'x': 2})
        a.wait({'zones': {'a': 1, 'b': 2}, 'keys': 2, 'x': 2})
        b.wait({'zones': {'a': 1, 'b': 2}, 'keys': 2, 'x': 2})
        line = first.wait(TIME + r'conflict   ([0-9a-f]{8}) at /keys: .* differ at /keys   '
                          r'decide: confsync resolve \1 --ours\|--theirs$', 'err')
        second.wait(f'conflict   {line[1]} at /keys: ', 'err')
        b.replace({'zones': {'a': 1, 'b': 2}, 'keys': 3, 'x': 2})
        first.wait(f'settled    {line[1]} at /keys   by attic$')


def test_no_ancestor():
    """without a common ancestor the later edit wins, and the log says why"""
    with apart({'a': 0, 'b': 0}, '--resolver', 'merge') as (a, b, first, second, relay):
        edit_apart(a, b, first, second, relay, {'a': 1, 'b': 0}, {'a': 0, 'b': 2})
        a.wait({'a': 1, 'b': 2})
        relay.cut()
        assert first.end() == 0 and second.end() == 0
        for folder in (a, b):
            for version in (folder.path / 'config_versions').iterdir():
                version.unlink()
        a.replace({'a': 5, 'b': 2})
        b.replace({'a': 1, 'b': 6})
        with Instance(a, '-l', first.port, '--instance-id', 'hall', '--resolver', 'merge') as one:
            relay.heal()
            with Instance(b, '-p', f'ws://127.0.0.1:{relay.port}', '--instance-id', 'attic',
                          '--resolver', 'merge') as two:
                pattern = r'notice     of an edit by (hall|attic): .*what both edits were made from'
                until('the reason', lambda: one.find(pattern, 'err') or two.find(pattern, 'err'))
                until('both to hold the same', lambda: a.read() == b.read())


def test_joins():
    """adopt names the version of the own file; keep says before what it will replace, and where"""
    for how, line in (
            ('adopt', rf'adopted    what hall made, in place of the file found here at /a, /b   '
                      rf'kept as version {VERSION}$'),
            ('keep', rf'joining    this file will replace what hall holds at /a, /b   '
                     rf'kept as version {VERSION}$')):
        with Folder() as a, Folder() as b:
            a.overwrite({'a': 0, 'b': 0})
            b.overwrite({'a': 7})
            (b.path / 'options.json').write_text(json.dumps({'join': how}))
            with Instance(a, '-l', free_port(), '--instance-id', 'hall') as first:
                first.wait('changed    as found')
                a.replace({'a': 1, 'b': 0})
                first.wait('changed    /a')
                with Instance(b, '-p', f'ws://127.0.0.1:{first.port}', '--instance-id', 'attic',
                              '--options-file', 'options.json') as second:
                    second.wait(TIME + line, 'err')
                    wins = {'a': 1, 'b': 0} if how == 'adopt' else {'a': 7}
                    a.wait(wins)
                    b.wait(wins)


def test_roles():
    """who only sends, or only receives, says so; a local edit comes with how to put it back"""
    with Folder() as a, Folder() as b, Folder() as c:
        a.overwrite({'v': 0})
        (c.path / 'sync.conf').write_text('[confsync]\nrole=receive-only\n')
        with Instance(a, '-l', free_port(), '--instance-id', 'hall') as first:
            to = ['-p', f'ws://127.0.0.1:{first.port}']
            with Instance(b, *to, '--instance-id', 'sender', '--role', 'send-only') as sender, \
                    Instance(c, *to, '--instance-id', 'reader', '--settings-file',
                             'sync.conf') as reader:
                sender.wait('notice     this instance only sends: what hall made is passed on, '
                            'and not applied here$')
                first.wait('behind     sender   .*only sends', 'err')
                c.wait({'v': 0})
                c.replace({'v': 0, 'mine': 1})
                reader.wait(TIME + r'local edit /mine goes nowhere: this instance only receives   '
                            rf'kept as version {VERSION}, '
                            r'confsync revert-local puts back what the others have$', 'err')
                assert ask('revert-local', '-f', c.file).returncode == 0
                c.wait({'v': 0})
                assert a.read() == {'v': 0} and b.read() is None


def test_clone():
    """two instances of one name are told on both sides, with where they are"""
    with Folder() as a, Folder() as b:
        a.overwrite({'v': 0})
        with Instance(a, '-l', free_port(), '--instance-id', 'hall') as first:
            with Instance(b, '-p', f'ws://127.0.0.1:{first.port}', '--instance-id',
                          'hall') as second:
                said = re.escape('two instances go by the id “hall”, this one and one at '
                                 '127.0.0.1; give one of them another with --instance-id, '
                                 'or remove the state of the copy')
                first.wait(TIME + 'peer down  127.0.0.1:[0-9]+   ' + said, 'err')
                second.wait(TIME + r'peer down  ws://.*   (the peer says: )?' + said[:40], 'err')
                assert a.read() == {'v': 0} and b.read() is None


if __name__ == '__main__':
    sys.exit(main(dict(globals()), sys.argv[1]))
