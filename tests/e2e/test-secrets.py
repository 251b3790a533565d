# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: The confsync authors
#
# Planted secrets, in everything that two instances do: what stays on a machine is in no message, no
# line, no record, no answer and no file of anybody else; what the configuration says is in no line
# and no record. First that the search finds what is there.
"""Usage: test-secrets.py CONFSYNC"""

import contextlib
import json
import pathlib
import socket
import stat
import subprocess
import sys
import urllib.request
import zlib

import harness
from asking import call, good, ready, status
from harness import DEADLINE, Folder, Instance, canary, free_port, main, until
from partition import Relay

harness.planting = True


class Tap(Relay):
    """Keeps what passes."""

    def __init__(self, target):
        self.heard = {}
        super().__init__(target)

    def hear(self, source, data):
        self.heard.setdefault(source, bytearray()).extend(data)

    def messages(self):
        """What each side of each link said."""
        return b'\n'.join(text for stream in list(self.heard.values())
                          for text in messages(stream))


class UnixTap(Tap):
    """The same between a path and another one; nothing is compressed there."""

    def __init__(self, target, path):
        self.path = path
        super().__init__(target)

    def listen(self):
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(str(self.path))
        listener.listen()
        return listener

    def dial(self):
        far = socket.socket(socket.AF_UNIX)
        far.connect(str(self.target))
        return far


def unmask(stream):
    """Payloads of WebSocket frames, one after the other, inflated where they are compressed."""
    while len(stream) >= 2:
        length, at = stream[1] & 0x7f, 2
        if length >= 126:
            size = 2 if length == 126 else 8
            length, at = int.from_bytes(stream[2:2 + size], 'big'), 2 + size
        mask = stream[at:at + 4] if stream[1] & 0x80 else bytes(4)
        at += 4 if stream[1] & 0x80 else 0
        if at + length > len(stream):
            return  # the rest is on its way
        payload = bytes(byte ^ mask[i % 4] for i, byte in enumerate(stream[at:at + length]))
        if payload[:2] == b'\x1f\x8b':
            payload = zlib.decompress(payload, 31)
        yield payload
        stream = stream[at + length:]


def messages(stream):
    """What both sides said after the handshake's head."""
    head, _, rest = bytes(stream).partition(b'\r\n\r\n')
    return [head, *unmask(rest)]


def refuses(function, *arguments):
    """Whether a check fails, as it has to."""
    try:
        function(*arguments)
    except AssertionError as error:
        return 'planted ' in str(error)
    return False


def test_search():
    """what is there is found, in each of its forms, wherever it begins"""
    for secret in (canary.KEY, canary.local(), canary.value()):
        for ahead in ('', '1', '12', '123'):
            for form in (secret, secret.encode().hex(), secret.encode().hex().upper(),
                         *(text.decode() for text in canary.in_base64((ahead + secret).encode()))):
                assert canary.find(f'x{form}y'), (secret, form)
        assert not canary.find(secret[:8]), secret
    bare = bytes.fromhex(canary.KEY)
    for form in bare, canary.KEY.upper().encode(), *canary.in_base64(b'1' + bare):
        assert canary.find(b'\0' + form + b'\xff', (canary.KEY_CORE,)), form


def test_search_of_lines():
    """an instance that says a secret on either stream, or records it, fails its test"""
    for script in ('echo said {}', 'echo said {} >&2', 'echo {} | base64'):
        with Folder() as folder, contextlib.ExitStack() as stack:
            words = script.format(canary.KEY)
            instance = stack.enter_context(
                Instance(folder, prefix=('sh', '-c', words, 'sh')))
            instance.end(0)
            assert refuses(stack.close), script


def test_search_of_audit():
    """so does a record of the audit, and one that is none"""
    with Folder() as folder:
        path = folder.path / 'audit.jsonl'
        path.write_text(json.dumps({'event': 'x', 'message-id': '0' * 32, 'at': canary.value()}))
        assert refuses(harness.check_audit, path)


def test_search_of_files():
    """a folder that has another one's secret fails its test; its own may be there"""
    with Folder() as folder:
        folder.overwrite({'a': 1})
        canary.check_folder(folder.path, but=[folder.secret])
        assert refuses(canary.check_folder, folder.path)
        (folder.path / 'note').write_text(canary.local())
        assert refuses(lambda: canary.check_folder(folder.path, but=[folder.secret]))
        (folder.path / 'note').unlink()


def test_search_of_answers():
    """an answer with a secret fails its test, but for a configuration that was asked for"""
    done = subprocess.CompletedProcess([], 0, stdout=canary.local(), stderr='')
    assert refuses(harness.check_answer, ['status'], done)
    harness.check_answer(['get'], done)
    done.stdout = canary.KEY
    assert refuses(harness.check_answer, ['get'], done)


@contextlib.contextmanager
def tapped(*arguments):
    """hall listens, attic dials it by a tap; each has a secret of its own."""
    with Folder() as a, Folder() as b:
        a.overwrite({'shared': canary.value(), 'n': 0})
        b.overwrite({'shared': canary.value(), 'n': 0})
        port = free_port()
        with Instance(a, '-l', port, '--instance-id', 'hall', *arguments) as first:
            ready(first, a)
            with Tap(port) as tap, \
                    Instance(b, '-p', f'ws://localhost:{tap.port}', '--instance-id', 'attic',
                             *arguments) as second:
                ready(second, b)
                until('both to hold the same', lambda: status(b)['peers'] and all(
                    peer['holds_head'] for peer in status(b)['peers']))
                yield a, b, first, second, tap


def is_closed(path):
    return stat.S_IMODE(path.stat().st_mode) & 0o077 == 0


def check_files(folder):
    """What its own secret is in, others can't reach; the live file is its owner's matter."""
    for path in folder.path.rglob('*'):
        if path.is_file() and path != folder.file and canary.find(path.read_bytes()):
            inside = [path, *path.parents[:len(path.relative_to(folder.path).parts) - 1]]
            assert any(map(is_closed, inside)), path
            assert is_closed(path) or 'config_versions' not in path.parts, path


def check_process(instance):
    """No argument says it."""
    canary.check('the arguments', pathlib.Path(
        f'/proc/{instance.process.pid}/cmdline').read_bytes())


def test_wire():
    """edits, a rollback and a request cross the wire without what stays"""
    with tapped() as (a, b, first, second, tap):
        a.replace({'shared': canary.value(), 'n': 1})
        b.wait(a.read())
        b.replace({'shared': canary.value(), 'n': 2, 'long': 'x' * 4000})
        a.wait(b.read())
        old = next(item['name'] for item in json.loads(good('versions', '--json', '-f', a.file))
                   if json.loads(good('show', item['name'], '-f', a.file))['n'] == 1)
        good('rollback', old, '-f', a.file)
        until('the rollback at attic', lambda: (b.read() or {}).get('n') == 1)
        texts = tap.messages()
        assert canary.find(texts, (canary.VALUE_CORE,)), 'the tap hears nothing'
        assert texts.count(b'"proof"') == 2, 'the link has no key'
        canary.check('the wire', texts, (canary.KEY_CORE, canary.LOCAL_CORE))
        for folder, instance in ((a, first), (b, second)):
            check_files(folder)
            check_process(instance)
            assert folder.secret in folder.file.read_text()


def test_unix():
    """nor does it cross a Unix socket"""
    with Folder() as a, Folder() as b:
        a.overwrite({'shared': canary.value(), 'n': 0})
        place = a.path / 'run'
        with Instance(a, '-l', f'unix:{place}/socket', '--instance-id', 'hall') as first:
            first.wait('listening  unix:')
            with UnixTap(place / 'socket', place / 'tap') as tap, \
                    Instance(b, '-p', f'unix:{place}/tap', '--instance-id', 'attic'):
                b.wait(a.read())
                b.replace({'shared': canary.value(), 'n': 1})
                a.wait(b.read())
                texts = b'\n'.join(bytes(stream) for stream in list(tap.heard.values()))
        assert canary.find(texts, (canary.VALUE_CORE,)), 'the tap hears nothing'
        assert texts.count(b'"proof"') == 2, 'the link has no key'
        canary.check('the wire', texts, (canary.KEY_CORE, canary.LOCAL_CORE))


def test_bad_files():
    """a file that can't be used is told of by place, not by content"""
    value = canary.value()
    with tapped() as (a, _, first, *_):
        for text in (f'{{"shared": {value}, "{canary.MEMBER}": {a.secret}}}',
                     f'{{"{canary.MEMBER}": "{a.secret}", "{canary.MEMBER}": "{value}"}}',
                     f'["{value}", "{a.secret}"]'):
            before = len(first.lines['err'])
            a.overwrite(text)
            until('a line about it', lambda: any(
                ' invalid ' in line for line in first.lines['err'][before:]))


def test_answers():
    """the commands that show no configuration, and /health, show none"""
    with tapped() as (a, b, first, *_):
        b.replace({'shared': canary.value(), 'n': 5})
        a.wait(b.read())
        for words in (('status',), ('status', '--json'), ('peers',), ('versions',),
                      ('versions', '--json'), ('conflicts',), ('explain', '/n'),
                      ('explain', '/' + canary.MEMBER)):
            call(*words, '-f', a.file)  # looks at the answer itself
        with urllib.request.urlopen(f'http://127.0.0.1:{first.port}/health',
                                    timeout=DEADLINE) as answer:
            canary.check('/health', answer.read())


def test_debug_lines():
    """lines as JSON, and those for who looks for a fault, hold none"""
    for format_ in ('json', 'text'):
        with tapped('--log-format', format_, '--log-level', 'debug') as (a, b, *_):
            a.replace({'shared': canary.value(), 'n': 1})
            b.wait(a.read())


if __name__ == '__main__':
    sys.exit(main(globals(), sys.argv[1]))
