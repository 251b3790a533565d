# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: The confsync authors
#
# How an instance takes part: what becomes of the file that it comes with, which way edits go, whose
# name it bears, what its clock says, and what stays on its machine.
"""Usage: test-roles.py CONFSYNC CLOCK-SHIM (or nothing)"""

import contextlib
import json
import os
import re
import sys

import harness
from asking import VERSION, bad, call, good, ready, running, status
from harness import Folder, Instance, Skip, environment, free_port, main, until

harness.planting = True

HERE = {'theme': 'dark', 'keys': {'hall': 1}}
NEWCOMERS = {'theme': 'light', 'other': True}
shim = None


@contextlib.contextmanager
def newcomer(address, content, *arguments, name='attic', env=None):
    """attic, with a file of its own, which dials the address."""
    with Folder() as folder:
        if content is not None:
            folder.overwrite(content)
        with Instance(folder, '-p', address, '--instance-id', name, *arguments,
                      env=env) as instance:
            ready(instance, folder)
            yield folder, instance


@contextlib.contextmanager
def hall(content, *arguments, env=None):
    with running(content, '-l', free_port(), *arguments, env=env) as (folder, instance):
        yield folder, f'ws://127.0.0.1:{instance.port}', instance


def file_of(folder):
    return ('-f', folder.file)


def versions(folder):
    """The contents of what is kept, newest first."""
    listed = json.loads(good('versions', '--json', *file_of(folder)))
    return [json.loads(good('show', item['name'], *file_of(folder))) for item in listed]


def follows(folder, content):
    """The file holds it, and the instance knows that."""
    folder.wait(content)
    until('the instance to know', lambda: status(folder)['hash'])


def holds_same(*folders):
    def look():
        seen = [status(folder) for folder in folders]
        return all(one['hash'] and one['hash'] == seen[0]['hash'] and one['peers'] and
                   all(peer['holds_head'] for peer in one['peers']) for one in seen)
    until('all to hold the same', look)


# the first join

def test_adopt():
    """by default the newcomer takes what is there; its file is a version that its log names"""
    with hall(HERE) as (a, address, _), newcomer(address, NEWCOMERS) as (b, second):
        b.wait(HERE)
        assert a.read() == HERE and status(b)['join'] == 'adopt'
        named = second.wait(rf'adopted .*kept as version ({VERSION})', 'err').group(1)
        assert NEWCOMERS in versions(b)
        assert json.loads(good('show', named, *file_of(b))) == NEWCOMERS, named


def test_keep():
    """with keep the newcomer's file is an edit, after it said what that replaces, and where"""
    with hall(HERE) as (a, address, _), \
            newcomer(address, NEWCOMERS, '--join', 'keep') as (b, second):
        a.wait(NEWCOMERS)
        assert b.read() == NEWCOMERS and status(b)['join'] == 'keep'
        said = second.wait('joining .*', 'err').group(0)
        assert 'hall' in said and '/theme' in said, said
        assert '"dark"' not in said, said
        holds_same(a, b)
        # what is replaced is in history on both sides
        assert HERE in versions(a) and HERE in versions(b)


def test_keep_is_once():
    """keep is for the first contact: an edit made later elsewhere is taken as ever"""
    with hall(HERE) as (a, address, _), \
            newcomer(address, NEWCOMERS, '--join', 'keep') as (b, second):
        a.wait(NEWCOMERS)
        assert second.end() == 0
        good('set', '/theme', '"blue"', *file_of(a))
        with Instance(b, '-p', address, '--instance-id', 'attic', '--join', 'keep') as again:
            ready(again, b)
            b.wait({**NEWCOMERS, 'theme': 'blue'})
            assert a.read() == b.read()


def test_ask():
    """with ask it is a conflict, and a person decides; either way both hold the same then"""
    for way, after in (('--ours', NEWCOMERS), ('--theirs', HERE)):
        with hall(HERE) as (a, address, _), \
                newcomer(address, NEWCOMERS, '--join', 'ask') as (b, _):
            listed, = until('the conflict', lambda: json.loads(
                call('conflicts', '--json', *file_of(b)).stdout))
            assert listed['pointer'] == '' and 'base' not in listed, listed
            assert listed['ours'] == NEWCOMERS and listed['theirs'] == HERE, listed
            assert listed['diff']['ours'] is None, listed
            said = call('conflicts', *file_of(b)).stdout
            assert 'not known any more' in said and '~ /theme  "light" → "dark"' in said, said
            assert b.read() == NEWCOMERS and a.read() == HERE
            bad(2, 'is not known any more', 'resolve', '--merge', *file_of(b))
            good('resolve', way, *file_of(b))
            for folder in (a, b):
                folder.wait(after)
                until('no conflict', lambda f=folder: status(f)['conflicts'] == 0)
            holds_same(a, b)


def test_wrong_words():
    """a role and a way to join that there are not are refused, and those that there are named"""
    for option, right in (('--role', 'receive-only'), ('--join', 'adopt')):
        done = call('run', 'x.json', option, 'nonsense')
        assert done.returncode == 2 and right in done.stderr + done.stdout, done


# roles

def test_send_only():
    """a send-only instance applies nothing, shows itself so, and its edits reach the others"""
    with hall(HERE, '--role', 'send-only') as (a, address, _), newcomer(address, None) as (b, _):
        follows(b, HERE)
        good('set', '/theme', '"blue"', *file_of(b))
        until('the refusal', lambda: [
            peer for peer in status(b)['peers'] if peer['sync'] == 'refused'
            and 'only sends' in peer['reason']])
        assert a.read() == HERE
        assert status(a)['role'] == 'send-only'
        assert re.search('^role +send-only$', good('status', *file_of(a)), re.M)
        good('set', '/volume', '3', *file_of(a))
        until('its edit', lambda: (b.read() or {}).get('volume') == 3)
        assert a.read() == {**HERE, 'volume': 3}


def test_receive_only():
    """edits of a receive-only instance go nowhere, are kept, and revert-local puts them back"""
    with hall(HERE) as (a, address, _), \
            newcomer(address, None, '--role', 'receive-only') as (b, second):
        follows(b, HERE)
        bad(1, '', 'revert-local', *file_of(b))
        assert status(b)['edited_here'] is False
        b.replace({**HERE, 'theme': 'mine'})
        second.wait('local edit .*/theme', 'err')
        until('to be seen', lambda: status(b)['edited_here'])
        shown = good('status', *file_of(b))
        assert re.search('^role +receive-only$', shown, re.M), shown
        assert re.search('^edited +here, .*confsync revert-local$', shown, re.M), shown
        assert a.read() == HERE and b.read()['theme'] == 'mine'
        bad(2, 'receive', 'set', '/theme', '"x"', *file_of(b))
        bad(2, 'receive', 'reset-clock', *file_of(b))

        assert good('revert-local', *file_of(b)).startswith('the shared configuration is back')
        assert b.read() == HERE and status(b)['edited_here'] is False
        assert {**HERE, 'theme': 'mine'} in versions(b)
        bad(1, '', 'revert-local', *file_of(b))

        b.replace({**HERE, 'theme': 'again'})
        until('to be seen', lambda: status(b)['edited_here'])
        good('set', '/volume', '3', *file_of(a))
        b.wait({**HERE, 'volume': 3})
        until('the end of it', lambda: not status(b)['edited_here'])
        assert {**HERE, 'theme': 'again'} in versions(b)
        assert a.read() == {**HERE, 'volume': 3}


# names and clocks

def test_one_name():
    """two instances with one name are told on both sides, and do no damage"""
    with hall(HERE) as (a, address, first), newcomer(address, HERE, name='hall') as (b, second):
        for instance in (first, second):
            until('the clone to be named', lambda one=instance: any(
                one.find('two instances go by the id “hall”', stream) for stream in one.lines))
        assert a.read() == b.read() == HERE
        good('set', '/theme', '"blue"', *file_of(b))
        assert b.read() == {**HERE, 'theme': 'blue'} and a.read() == HERE


def test_reset_clock():
    """reset-clock begins an epoch, says which, and wins over what the others have"""
    with hall(HERE) as (a, address, _), newcomer(address, None) as (b, _):
        follows(b, HERE)
        assert good('reset-clock', '--wait', *file_of(b)) == (
            'epoch 1 begins with what is live here; '
            'times count from this machine\'s clock again\n1 of 1 peer holds it\n')
        assert a.read() == b.read() == HERE
        assert 'epoch 2 begins' in good('reset-clock', *file_of(a))
        holds_same(a, b)
        good('set', '/theme', '"after"', *file_of(b))
        a.wait({**HERE, 'theme': 'after'})


def test_clock_ahead():
    """a peer whose clock is ahead is named, with by how much, and its edits are taken as ever"""
    if not shim or 'libasan' in os.environ.get('LD_PRELOAD', ''):
        raise Skip('no other clock can be put under the command in this build')
    ahead = environment(LD_PRELOAD=shim, TEST_CLOCK_AHEAD_S='7500')
    with hall(HERE) as (a, address, first), newcomer(address, None, env=ahead) as (b, _):
        follows(b, HERE)
        good('set', '/theme', '"future"', *file_of(b))
        a.wait({**HERE, 'theme': 'future'})
        until('the warning', lambda: any(
            first.find(r'attic.* 2 h', stream) for stream in first.lines))
        until('status to say so', lambda: re.search(
            '^clocks +attic is 2 h ahead$', good('status', *file_of(a)), re.M))
        peer, = status(a)['peers']
        assert 7400e6 < peer['clock_ahead_us'] < 7600e6, peer
        # an edit made with knowledge of it wins, however small its own clock is
        good('set', '/theme', '"now"', *file_of(a))
        b.wait({**HERE, 'theme': 'now'})


# local members

LOCAL = ('--local-keys', '/device_id,/secrets', '--resolver', 'manual')
SECRETS = {'hall': 'hall-hush', 'attic': 'attic-hush'}


def with_local(content, name):
    return {**content, 'device_id': name, 'secrets': {'api': SECRETS[name]}}


def assert_silent(instances, *texts):
    """Neither log has any of them."""
    for instance in instances:
        for lines in instance.lines.values():
            for text in texts:
                assert not any(text in line for line in lines), (text, lines)


def test_local_members():
    """local members stay where they are: own ones are read here, and nowhere else"""
    log = ('--log-level', 'debug')
    with hall(with_local(HERE, 'hall'), *LOCAL, *log) as (a, address, first), \
            newcomer(address, with_local(HERE, 'attic'), *LOCAL, *log) as (b, second):
        holds_same(a, b)
        assert status(a)['hash'] == status(b)['hash']
        for folder, own, others in ((a, 'hall', 'attic'), (b, 'attic', 'hall')):
            assert json.loads(good('get', '/secrets/api', *file_of(folder))) == SECRETS[own]
            assert SECRETS[others] not in good('get', *file_of(folder))
        good('set', '/theme', '"blue"', *file_of(b))
        a.wait(with_local({**HERE, 'theme': 'blue'}, 'hall'))
        assert b.read() == with_local({**HERE, 'theme': 'blue'}, 'attic')
        # a change of nothing else is nobody's business, by editor or by command
        before = status(a)['hash']
        good('set', '/secrets/api', '"hall-psst"', *file_of(a))
        until('the file', lambda: a.read()['secrets']['api'] == 'hall-psst')
        b.replace({**b.read(), 'device_id': 'loft'})
        good('set', '/volume', '3', *file_of(a))
        b.wait({**with_local({**HERE, 'theme': 'blue', 'volume': 3}, 'attic'), 'device_id': 'loft'})
        assert len([v for v in versions(b) if v.get('theme') == 'blue']) <= 2
        assert status(a)['hash'] != before and a.read()['secrets']['api'] == 'hall-psst'
        assert_silent((first, second), *SECRETS.values(), 'hall-psst')


def test_local_conflict():
    """a conflict lists no local member, and settling it keeps those of both sides"""
    with hall(with_local(HERE, 'hall'), *LOCAL) as (a, address, first), \
            newcomer(address, with_local(HERE, 'attic'), *LOCAL) as (b, second):
        holds_same(a, b)
        assert second.end() == 0
        good('set', '/theme', '"ours"', *file_of(a))
        b.replace(with_local({**HERE, 'theme': 'theirs'}, 'attic'))
        with Instance(b, '-p', address, '--instance-id', 'attic', *LOCAL) as third:
            ready(third, b)
            for folder in (a, b):
                until('the conflict', lambda f=folder: status(f)['conflicts'] == 1)
                for form in ((), ('--json',)):
                    said = call('conflicts', *form, *file_of(folder)).stdout
                    assert '/theme' in said and 'hush' not in said, said
                    assert 'device_id' not in said and 'secrets' not in said, said
            good('resolve', '--theirs', *file_of(a))
            a.wait(with_local({**HERE, 'theme': 'theirs'}, 'hall'))
            until('no conflict', lambda: status(b)['conflicts'] == 0)
            holds_same(a, b)
            assert b.read() == with_local({**HERE, 'theme': 'theirs'}, 'attic')
            for folder, others in ((a, 'attic'), (b, 'hall')):
                assert SECRETS[others] not in json.dumps(versions(folder))
        assert_silent((first, second, third), *SECRETS.values())


if __name__ == '__main__':
    shim = os.path.realpath(sys.argv[2]) if len(sys.argv) > 2 else None
    sys.exit(main(dict(globals()), sys.argv[1]))
