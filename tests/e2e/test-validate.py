# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: The confsync authors
#
# What may become the configuration, from outside: a schema refuses edits here and elsewhere, and
# who refuses what is to be seen on both sides.
"""Usage: test-validate.py CONFSYNC"""

import contextlib
import json
import sys

from asking import bad, call, good, ready, running, status
from harness import Folder, Instance, free_port, main, until

SCHEMA = {'type': 'object', 'required': ['volume'],
          'properties': {'volume': {'type': 'integer', 'maximum': 10}}}
GOOD, BETTER, BAD = {'volume': 1}, {'volume': 2}, {'volume': 11}
WORDS = 'volume'


def file_of(folder):
    return ('-f', folder.file)


@contextlib.contextmanager
def schema(content=None):
    """The name of a file that holds it."""
    with Folder() as folder:
        folder.overwrite(SCHEMA if content is None else content)
        yield str(folder.file)


@contextlib.contextmanager
def strict_pair(content):
    """hall takes anything, attic has a schema."""
    with schema() as rules, running(content, '-l', free_port()) as (a, first), Folder() as b:
        with Instance(b, '-p', f'ws://localhost:{first.port}', '--instance-id', 'attic',
                      '--schema', rules) as second:
            b.wait(content)
            ready(second, b)
            until('both to hold the same', lambda: [
                peer['holds_head'] for peer in status(a)['peers']] == [True])
            yield a, b, first, second


def versions(folder):
    listed = json.loads(good('versions', '--json', *file_of(folder)))
    return [json.loads(good('show', item['name'], *file_of(folder))) for item in listed]


def test_remote():
    """a refused revision shows on both sides with the reason, and a new edit ends it"""
    with strict_pair(GOOD) as (a, b, first, second):
        a.replace(BAD)
        first.wait('behind +attic .*/volume', 'err')
        second.wait('behind +this instance .*/volume', 'err')
        peer, = status(a)['peers']
        assert peer['holds_head'] is False and WORDS in peer['reason'], peer
        assert b.read() == GOOD and status(b)['state'] == 'running'
        assert BAD in versions(b)
        a.replace(BETTER)
        b.wait(BETTER)
        until('all well', lambda: status(a)['peers'][0]['holds_head'])


def test_local():
    """an edit of the file that is refused is not sent, says why, and is looked at again"""
    with strict_pair(GOOD) as (a, b, _, second):
        b.replace(BAD)
        second.wait('invalid +refused: .*/volume.*nothing is sent until it is mended', 'err')
        until('to be seen', lambda: status(b)['state'] == 'invalid')
        assert WORDS in status(b)['reason'] and status(b)['edited_here']
        assert a.read() == GOOD and b.read() == BAD
        assert BAD in versions(b) and BAD not in versions(a)
        b.replace(BETTER)
        a.wait(BETTER)
        until('all well', lambda: status(b)['state'] == 'running')

        b.replace(BAD)
        until('to be seen', lambda: status(b)['state'] == 'invalid')
        assert good('revert-local', *file_of(b)).startswith('the shared configuration is back')
        assert b.read() == BETTER


def test_overwritten():
    """a refused edit gives way to what others edit, and is among the versions"""
    with strict_pair(GOOD) as (a, b, *_):
        b.replace(BAD)
        until('to be seen', lambda: status(b)['state'] == 'invalid')
        a.replace(BETTER)
        b.wait(BETTER)
        until('all well', lambda: status(b)['state'] == 'running')
        assert BAD in versions(b) and BAD not in versions(a)


def test_commands():
    """set and resolve say why, with exit status 2"""
    with strict_pair(GOOD) as (a, b, *_):
        bad(2, WORDS, 'set', '/volume', '11', *file_of(b))
        bad(2, WORDS, 'set', '', '{"other": 1}', *file_of(b))
        assert b.read() == GOOD and a.read() == GOOD
        good('set', '/volume', '10', *file_of(b))
        a.wait({'volume': 10})


def test_start():
    """what a start finds, or an edit while it was down, is refused as well"""
    with schema() as rules, Folder() as a:
        a.overwrite(BAD)
        with Instance(a, '--instance-id', 'hall', '--schema', rules) as instance:
            instance.wait('invalid +refused: .*/volume', 'err')
            ready(instance, a)
            assert status(a)['state'] == 'invalid' and not status(a)['hash']
            a.replace(GOOD)
            until('to be taken', lambda: status(a)['hash'])
            assert instance.end() == 0
        a.replace(BAD)
        with Instance(a, '--instance-id', 'hall', '--schema', rules) as instance:
            instance.wait('invalid +refused: .*/volume', 'err')
            ready(instance, a)
            assert status(a)['state'] == 'invalid' and status(a)['hash'] and a.read() == BAD


def test_bad_schemas():
    """a schema that can't be used ends the start with 2, and names file, place and word"""
    with Folder() as a:
        a.overwrite(GOOD)

        def refused(content, *words):
            with schema(content) as rules:
                done = call('run', a.file, '--schema', rules)
                assert done.returncode == 2 and not done.stdout, done
                for word in (rules, *words):
                    assert word in done.stderr, (word, done)

        refused({'properties': {'volume': {'maximun': 10}}}, '/properties/volume', 'maximun')
        refused({'type': 'nonsense'}, '/type')
        done = call('run', a.file, '--schema', '/nonexistent/schema.json')
        assert done.returncode == 2 and '/nonexistent/schema.json' in done.stderr, done
        done = call('run', a.file, '--validator', 'home-assistant')
        assert done.returncode == 2 and '--schema' in done.stderr, done
        done = call('run', a.file, '--schema', a.file, '--validator', 'nonsense')
        assert done.returncode == 2 and 'nonsense' in done.stderr, done
        done = call('run', a.file, '--confirm-timeout', 'soon')
        assert done.returncode == 2 and '30s' in done.stderr, done


def test_home_assistant():
    """--validator home-assistant reads the words of an add-on's schema"""
    with schema({'volume': 'int(0,10)', 'name': 'str?'}) as rules:
        with running(GOOD, '--schema', rules, '--validator', 'home-assistant') as (a, _):
            bad(2, WORDS, 'set', '/volume', '11', *file_of(a))
            good('set', '/name', '"x"', *file_of(a))


if __name__ == '__main__':
    sys.exit(main(globals(), sys.argv[1]))
