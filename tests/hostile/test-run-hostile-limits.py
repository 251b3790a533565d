# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: The confsync authors
#
# The limits of `confsync run`, each set by its option, and tried one below, at and one beyond it,
# over real sockets and in real files. Prints TAP.
"""Usage: test-run-hostile-limits.py CONFSYNC [--memory | --no-memory] [NAME...]"""

import contextlib
import gzip
import json
import os
import select
import sys
import time

import harness
from harness import BINARY, CONTINUATION, TEXT, Client, frame
from house import MIB, SLOW, Instance, Stranger, canonical, e2e, hash_of, until

START = {'theme': 'dark'}


@contextlib.contextmanager
def hall(*options, content=None):
    """One instance that listens, with these options."""
    with e2e.Folder() as folder:
        folder.overwrite(content or START)
        with Instance(folder, 'hall', '-l', '127.0.0.1:0', *options) as instance:
            yield instance
            assert instance.end() == 0
            instance.check_lines()


def outcome(stranger, content):
    """What the hall makes of a revision: taken, or refused with a reason."""
    stranger.text(json.dumps(stranger.update(content)))
    while True:
        answer = stranger.hear('ack')
        if answer['for']['hash'] == hash_of(content):
            return answer['outcome'], answer.get('reason')


def three(instance, make, limit, unit):
    """A document at one below the limit, at it, and one beyond; from a peer, and in the file."""
    with Stranger(instance) as stranger:
        stranger.greet()
        for size in limit - 1, limit:
            content = make(size)
            assert outcome(stranger, content) == ('taken', None), size
            instance.folder.wait(content)
        said, reason = outcome(stranger, make(limit + 1))
        assert said == 'refused', said
        assert f'{limit + 1} {unit}; the limit here is {limit}' in reason, reason
        assert instance.folder.read() == make(limit)
    mark = instance.mark()
    instance.folder.replace(make(limit + 1))
    instance.one_line(mark, f'  invalid .*{limit}', 'err')
    for size in limit - 1, limit:
        mark = instance.mark()
        instance.folder.replace(make(size))
        until(lambda: instance.since(mark, '  changed  '), f'{size} {unit} to be taken')
        assert not instance.since(mark, '  invalid  ')


def test_max_bytes():
    """--max-bytes: of a document's canonical form"""
    def of(size):
        content = {'a': 'x' * (size - len(canonical({'a': ''})))}
        assert len(canonical(content)) == size
        return content

    with hall('--max-bytes', 1000) as instance:
        three(instance, of, 1000, 'bytes')


def test_max_depth():
    """--max-depth: the levels of a document"""
    def of(depth):
        value = 1
        for _ in range(depth):
            value = {'a': value}
        return value

    with hall('--max-depth', 8) as instance:
        three(instance, of, 8, 'levels')


def test_max_values():
    """--max-values: all values of a document, itself included"""
    with hall('--max-values', 100) as instance:
        three(instance, lambda count: {'a': [1] * (count - 2)}, 100, 'values')


def test_message():
    """a message may have 1 MiB more than a document: whole, in fragments, and inflated"""
    limit = 1000 + 1024 * 1024

    def of(stranger, size):
        start = json.dumps(stranger.message('heartbeat', digest='', probe=True, padding=''))[:-2]
        return (start + ' ' * (size - len(start) - 2) + '"}').encode()

    def whole(text):
        return frame(TEXT, text)

    def fragments(text):
        parts = [text[i:i + 300000] for i in range(0, len(text), 300000)]
        return b''.join(frame(CONTINUATION if i else TEXT, part, fin=i == len(parts) - 1)
                        for i, part in enumerate(parts))

    def packed(text):
        return frame(BINARY, gzip.compress(text))

    with hall('--max-bytes', 1000) as instance:
        for way, words in ((whole, 'a message of'), (fragments, 'add up to'),
                           (packed, 'compressed message of')):
            with Stranger(instance) as stranger:
                stranger.greet(capabilities=['gzip'])
                for size in limit - 1, limit:
                    text = of(stranger, size)
                    assert len(text) == size
                    stranger.send(way(text))
                    assert stranger.hear('heartbeat')['probe'] is False
                mark = instance.mark()
                with contextlib.suppress(ConnectionError):
                    stranger.send(way(of(stranger, limit + 1)))
                stranger.leave()
            instance.one_line(mark, f'  peer down .*{words} more than {limit} bytes')


def test_message_depth():
    """a message may have four levels more than a document"""
    def of(stranger, levels):
        padding = 0
        for _ in range(levels - 1):
            padding = [padding]
        return json.dumps(stranger.message('heartbeat', digest='', probe=True, padding=padding))

    with hall('--max-depth', 8) as instance:
        with Stranger(instance) as stranger:
            stranger.greet()
            for levels in 11, 12:
                stranger.text(of(stranger, levels))
                assert stranger.hear('heartbeat')['probe'] is False
            mark = instance.mark()
            stranger.text(of(stranger, 13))
            error = stranger.hear('error')
            assert 'max_depth, which is 12' in error['message'], error
            stranger.leave()
        instance.one_line(mark, '  peer down .*max_depth, which is 12')


def is_cut(client):
    """Whether the other side has closed; nothing else may have come from it."""
    return bool(select.select([client.socket], [], [], 0)[0])


def test_max_handshakes():
    """--max-handshakes: of one address, at either stage; beyond, its oldest goes"""
    with hall('--max-handshakes', 3) as instance, contextlib.ExitStack() as stack:
        def half(source='127.0.0.1'):
            client = stack.enter_context(Client(instance.port, source))
            client.send('GET /sync')
            return client

        other = half('127.0.0.2')
        clients = [half() for _ in range(3)]
        mark = instance.mark()
        # who came last is looked at after the others
        with Client(instance.port, '127.0.0.3') as last:
            last.send('GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n')
            assert last.rest().startswith(b'HTTP/1.1 200')
        assert not any(is_cut(client) for client in clients)
        half()
        assert clients[0].rest() == b''
        instance.one_line(mark, '  refused .*too many unfinished handshakes')
        assert not any(is_cut(client) for client in [*clients[1:], other])

    with hall('--max-handshakes', 3) as instance, contextlib.ExitStack() as stack:
        def silent(source='127.0.0.1'):
            stranger = stack.enter_context(Stranger(instance, source=source))
            stranger.hear('hello')
            return stranger

        other = silent('127.0.0.2')
        strangers = [silent() for _ in range(3)]
        assert not any(is_cut(stranger) for stranger in strangers)
        silent()
        said = strangers[0].hear('error')
        assert 'too many from there' in said['message'], said
        assert not any(is_cut(stranger) for stranger in [*strangers[1:], other])
        # who says who it is makes room, and stays
        strangers[1].greet()
        silent('127.0.0.2')
        assert strangers[1].socket.fileno() >= 0


def test_max_connections():
    """--max-connections: in all; strangers make room, who is known stays"""
    with hall('--max-connections', 4) as instance, contextlib.ExitStack() as stack:
        known = [stack.enter_context(Stranger(instance, f'known-{number}')).greet()
                 for number in range(3)]
        quiet = stack.enter_context(Stranger(instance, 'quiet'))
        quiet.hear('hello')
        fifth = stack.enter_context(Client(instance.port))
        fifth.send(harness.upgrade_request())
        fifth.rest()
        instance.wait('refused .*too many connections in all', 'err')
        assert not is_cut(quiet)
        quiet.leave()
        until(lambda: instance.find('peer down .*'), 'a place')
        with Stranger(instance, 'fourth') as fourth:
            fourth.greet()
            for stranger in [*known, fourth]:
                stranger.say('heartbeat', digest='', probe=True)
                stranger.hear('heartbeat')


def test_handshake_timeout():
    """--handshake-timeout: to send a request, and then to say who one is"""
    with hall('--handshake-timeout', '700ms') as instance:
        began = time.monotonic()
        with Client(instance.port) as silent, Stranger(instance) as unnamed, \
                Stranger(instance, 'named') as named:
            named.greet()
            assert silent.rest() == b''
            unnamed.leave()
            taken = time.monotonic() - began
            assert 0.65 < taken < 5 * SLOW, taken
            instance.wait('refused .*700 ms', 'err')
            instance.wait('no hello within 0.7 s')
            # who is known has all the time that it likes
            named.say('heartbeat', digest='', probe=True)
            named.hear('heartbeat')


def test_max_unsent_bytes():
    """--max-unsent-bytes: what waits for a peer that doesn't read"""
    with hall('--max-unsent-bytes', 200000) as instance:
        with Stranger(instance, receive_buffer=4096) as stranger:
            stranger.greet()
            probe = stranger.message('heartbeat', digest='', probe=True)
            # its answers are more than the system holds for it, and the limit
            probes = frame(TEXT, json.dumps(probe).encode()) * 1000
            sent = stranger.send_until_cut(probes, 100 * MIB)
            assert sent < 64 * MIB, sent
            instance.wait("doesn't read: more than 200000 bytes wait for it")


def test_bad_limits():
    """a limit that makes no sense ends the start with its place, and what it may be"""
    for arguments, words in ((['--max-depth', 1001], '--max-depth: 1001 is too much; at most 1000'),
                             (['--max-bytes', 1], '--max-bytes: 1 is too little; at least 2'),
                             (['--max-connections', 0], 'too little; at least 1'),
                             (['--max-handshakes', 65537], 'too much; at most 65536'),
                             (['--handshake-timeout', 0], 'too little; at least 1 ms'),
                             (['--max-unsent-bytes', -1], '--max-unsent-bytes')):
        done = e2e.ask('run', '/nonexistent/a.json', *arguments)
        assert done.returncode == 2 and words in done.stderr, done
    done = e2e.ask('run', '/nonexistent/a.json', env=e2e.environment(CONFSYNC_MAX_VALUES='0'))
    assert 'CONFSYNC_MAX_VALUES: 0 is too little; at least 1' in done.stderr, done


VERSION_NAMES = ['../secret.json', '%2e%2e/secret.json', '..%2fsecret.json', '/etc/passwd',
                 'config_20240101120000.json%00', 'config_20240101120000.json/../../secret.json',
                 'config_2024010112000.json', 'config_202401011200000.json',
                 'config_20240101120000_01.json', 'config_20240101120000_0000001.json',
                 'config_' + '0' * 300 + '.json', 'x' * 300, '.', '.index.jsonl']


def test_version_names():
    """what is no version's name reaches no file: the files that such names lead to stay unread"""
    with hall() as instance:
        folder = instance.folder
        (folder.path / 'secret.json').write_text('{"secret": "kept out"}')
        versions = folder.path / 'config_versions'
        until(versions.is_dir, 'the first version')
        for name in ('config_20240101120000_01.json', '%2e%2e', '..%2fsecret.json',
                     'config_20240101120000_0000001.json', 'config_20240101120000.json%00'):
            (versions / name).write_text('{"secret": "kept out"}')
        for command in 'show', 'rollback':
            for name in VERSION_NAMES:
                done = e2e.ask(command, '-f', folder.file, '--', name)
                assert done.returncode not in (0, -6, -11) and 'kept out' not in done.stdout, done
                assert done.stderr.count('\n') == 1 and 'version' in done.stderr, done
        assert folder.read() == START


if __name__ == '__main__':
    e2e.confsync = os.path.realpath(sys.argv[1])
    sys.exit(harness.main(dict(globals())))
