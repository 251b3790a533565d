# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: The confsync authors
#
# The shared key of the built command: how one is made, where it comes from, what is said where it
# lacks, and who else of this machine gets in without one. The key itself is looked for everywhere.
"""Usage: test-keys.py CONFSYNC"""

import contextlib
import json
import os
import pathlib
import re
import shutil
import stat
import subprocess
import sys
import urllib.request

import harness
from asking import status
from harness import Folder, Instance, Skip, ask, environment, free_port, main, until

# each test says who has which key
harness.keyed = False
KEY = ''.join(f'{byte:02x}' for byte in range(64, 96))
WRONG = ''.join(f'{byte:02x}' for byte in range(96, 128))
NOBODY = 65534


def key_file(folder, text=KEY, name='home.key', mode=0o600):
    path = folder.path / name
    path.write_text(text + '\n')
    path.chmod(mode)
    return path


def clean(*instances):
    """Nothing that was printed or kept has a key in it."""
    for instance in instances:
        lines = '\n'.join(instance.lines['out'] + instance.lines['err'])
        assert KEY not in lines and WRONG not in lines, lines


def clean_folder(folder, but=()):
    for path in folder.path.rglob('*'):
        if path.is_file() and path not in but:
            assert KEY.encode() not in path.read_bytes(), path


def linked(first, second):
    first.wait('peer up    attic ')
    second.wait('peer up    hall ')


@contextlib.contextmanager
def hall(folder, *arguments, **options):
    folder.overwrite({'n': 1})
    with Instance(folder, '--instance-id', 'hall', '-l', f'127.0.0.1:{free_port()}', *arguments,
                  **options) as instance:
        yield instance


def attic(folder, port, *arguments, **options):
    return Instance(folder, '--instance-id', 'attic', '-p', f'127.0.0.1:{port}', *arguments,
                    **options)


# keygen

def test_keygen():
    """a key is 64 digits, another one each time; a file of it is for its owner alone"""
    first, second = ask('keygen', '--shared'), ask('keygen', '--shared')
    for made in first, second:
        assert made.returncode == 0 and re.fullmatch(r'[0-9a-f]{64}\n', made.stdout), made
    assert first.stdout != second.stdout
    with Folder() as folder:
        path = folder.path / 'home.key'
        before = os.umask(0)
        try:
            made = ask('keygen', '--shared', path)
        finally:
            os.umask(before)
        text = path.read_text()
        assert made.returncode == 0 and str(path) in made.stdout and text.strip() not in made.stdout
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert re.fullmatch(r'[0-9a-f]{64}\n', text)
        clean_folder(folder)


def test_keygen_refuses():
    """a file that is there stays, and so does what a link leads to"""
    with Folder() as folder:
        path, link = key_file(folder), folder.path / 'link'
        link.symlink_to(path)
        for target in path, link:
            refused = ask('keygen', '--shared', target)
            assert refused.returncode == 2 and 'is there already; --force' in refused.stderr
            assert path.read_text() == KEY + '\n'
        assert ask('keygen', '--shared', '--force', link).returncode == 0
        assert path.read_text() == KEY + '\n' and not link.is_symlink()
        assert ask('keygen', '--shared', '--force', path).returncode == 0
        assert path.read_text() != KEY + '\n'
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert sorted(os.listdir(folder.path)) == ['home.key', 'link']
        for arguments, code, words in ((['keygen', '--shared', path, 'more'], 2, 'too many'),
                                       (['keygen', '--shared', '/dev/null/key'], 3,
                                        "/dev/null/key can't be written")):
            refused = ask(*arguments)
            assert refused.returncode == code and re.search(words, refused.stderr), refused
            assert not refused.stdout, refused


# where it comes from

def sources(folder):
    """(what it is, arguments, variables): each with a wrong key in every weaker place."""
    right, wrong = key_file(folder), key_file(folder, WRONG, 'wrong.key')
    credentials = {True: folder.path / 'right', False: folder.path / 'wrong'}
    options, settings = {}, {}
    for good, text in ((True, KEY), (False, WRONG)):
        credentials[good].mkdir()
        # an access list for one user shows as a group that may read
        credential = credentials[good] / 'confsync.key'
        credential.write_text(text)
        credential.chmod(0o440)
        options[good] = folder.path / f'options-{good}.json'
        options[good].write_text(json.dumps({'sync_key': text}))
        settings[good] = folder.path / f'confsync-{good}.conf'
        settings[good].write_text(f'[confsync]\nkey-file = {right if good else wrong}\n')
    weakest = {'CONFSYNC_OPTIONS_FILE': str(options[False])}
    yield 'the command line', ['--key-file', right], {
        'CREDENTIALS_DIRECTORY': str(credentials[False]), 'CONFSYNC_KEY': WRONG, **weakest}
    yield 'a credential', [], {
        'CREDENTIALS_DIRECTORY': str(credentials[True]), 'CONFSYNC_KEY_FILE': str(wrong), **weakest}
    yield 'CONFSYNC_KEY', [], {'CONFSYNC_KEY': KEY, 'CONFSYNC_SETTINGS_FILE': str(settings[False]),
                               'CREDENTIALS_DIRECTORY': '/nonexistent', **weakest}
    yield 'CONFSYNC_KEY_FILE', [], {'CONFSYNC_KEY_FILE': str(right), **weakest}
    yield 'confsync.conf', ['--settings-file', settings[True]], weakest
    yield 'options.json', [], {'CONFSYNC_OPTIONS_FILE': str(options[True])}


def test_sources():
    """command line, credential, environment, key file, options.json: the strongest place counts"""
    with Folder() as folder, Folder() as b, Folder() as keys, hall(
            folder, '--key-file', key_file(keys)) as first:
        for name, arguments, variables in sources(b):
            with attic(b, first.port, *arguments, '--log-level=debug',
                       env=environment(**variables)) as second:
                second.wait('peer up    hall ')
                assert second.end() == 0, name
            clean(second)
        assert not first.find('not the same shared key', 'err'), first.lines['err']
        clean(first)
        clean_folder(folder)


def test_rotation():
    """of two keys in a file both are accepted"""
    with Folder() as a, Folder() as b, hall(
            a, '--key-file', key_file(a, f'# new, then old\n{WRONG}\n{KEY}')) as first, \
            attic(b, first.port, '--key-file', key_file(b, f'{KEY}\n{WRONG}')) as second:
        linked(first, second)
        clean(first, second)


def test_refused():
    """what is no key, or not a secret any more, is refused in one line without it"""
    with Folder() as folder:
        folder.overwrite({})
        open_one = key_file(folder, name='open.key', mode=0o644)
        link = folder.path / 'link'
        link.symlink_to(key_file(folder))
        settings = folder.path / 'confsync.conf'
        settings.write_text(f'[confsync]\nsync-key = {KEY}\n')
        short = key_file(folder, KEY[:-1], 'short.key')
        for arguments, variables, words in (
                (['--key-file', open_one], {}, r'--key-file: .*open\.key is open to others.*0644'),
                (['--key-file', link], {}, 'link is a symlink'),
                (['--key-file', folder.path], {}, 'is no regular file'),
                (['--key-file', '/dev/null/key'], {}, '/dev/null/key can.t be read'),
                (['--key-file', short], {}, r'short\.key: it is no key: it has another length'),
                (['--sync-key', KEY], {}, '--sync-key: others see a key that is an argument'),
                ([f'--sync-key={KEY}'], {}, '--sync-key: others see a key that is an argument'),
                ([f'--key={KEY}'], {}, 'unknown option --key'),
                (['--settings-file', settings], {}, 'sync-key: a key stands in a file of its own'),
                ([], {'CONFSYNC_KEY': KEY + KEY}, 'CONFSYNC_KEY: it is no key'),
                ([], {'CONFSYNC_KEY': KEY, 'CONFSYNC_KEY_FILE': str(folder.path / 'home.key')},
                 'CONFSYNC_KEY_FILE and CONFSYNC_KEY both give a key')):
            refused = ask('run', folder.file, *arguments, env=environment(**variables))
            assert refused.returncode == 2 and refused.stderr.count('\n') == 1, (words, refused)
            assert re.search(words, refused.stderr), (words, refused.stderr)
            assert KEY[:-1] not in refused.stderr + refused.stdout, refused


def test_open_options():
    """an options.json with a key that others may read is warned about, without the key"""
    with Folder() as folder:
        options = folder.path / 'options.json'
        options.write_text(json.dumps({'sync_key': KEY}))
        for mode in 0o644, 0o600:
            options.chmod(mode)
            with hall(folder, '--options-file', options) as instance:
                instance.wait('listening  .*, shared key$')
                if mode == 0o644:
                    instance.wait(r'options\.json has the shared key in it and is open to others',
                                  'err')
                assert instance.end() == 0
            assert bool(instance.lines['err']) == (mode == 0o644), instance.lines['err']
            clean(instance)


def test_environment():
    """the key is taken out of the environment: no child has it, and /proc doesn't show it"""
    with Folder() as a, Folder() as b, hall(a, env=environment(CONFSYNC_KEY=KEY)) as first:
        seen = b.path / 'seen'
        with attic(b, first.port, '--on-change', f'env > {seen}.new; mv {seen}.new {seen}',
                   env=environment(CONFSYNC_KEY=KEY, CONFSYNC_SYNC_KEY=KEY)) as second:
            linked(first, second)
            until('the command to run', seen.exists)
            assert 'CONFSYNC_HASH' in seen.read_text() and KEY not in seen.read_text()
            for instance in first, second:
                shown = pathlib.Path(f'/proc/{instance.process.pid}/environ').read_bytes()
                assert b'PATH=' in shown and KEY.encode() not in shown
                line = pathlib.Path(f'/proc/{instance.process.pid}/cmdline').read_bytes()
                assert KEY.encode() not in line
        clean(first, second)
        clean_folder(b)


# what is said

def test_start_lines():
    """beyond this machine a key is leave enough, and the line says that nothing is encrypted"""
    with Folder() as folder:
        folder.overwrite({'n': 1})
        refused = ask('run', folder.file, '-l', '0.0.0.0:0')
        assert refused.returncode == 2 and 'key-file' in refused.stderr, refused
        assert 'confsync keygen --shared' in refused.stderr, refused
        path = key_file(folder)
        with Instance(folder, '-l', f'0.0.0.0:{free_port()}', '--key-file', path) as instance:
            instance.wait(r'listening  .*   open to the network, shared key, not encrypted$')
            assert instance.end() == 0
            assert not instance.lines['err'], instance.lines['err']
        with hall(folder, '--key-file', path) as instance:
            instance.wait(r'listening  .*   this machine only, shared key$')
        clean(instance)


def test_different():
    """each side says what to do, and on which; it is counted where it is looked at"""
    with Folder() as a, Folder() as b, hall(a, '--key-file', key_file(a)) as first:
        before = json.load(urllib.request.urlopen(f'http://127.0.0.1:{first.port}/health'))
        assert before['failed_proofs'] == 0, before
        for arguments, words in (
                (['--key-file', key_file(b, WRONG)],
                 'have not the same shared key; give both the same one .key-file.'),
                ([], 'hall asks for a shared key, and attic has none; '
                     'give attic the key of hall .key-file.')):
            with attic(b, first.port, *arguments) as second:
                first.wait(rf'unproven   127\.0\.0\.1:\d+   .*{words}', 'err')
                second.wait(rf'peer down  .*{words}; next try in ', 'err')
                assert not second.find('peer up|applied'), second.lines['out']
            clean(second)
        assert b.read() is None
        failed = status(a)
        assert failed['has_key'] is True and failed['failed_proofs'] >= 2, failed
        shown = ask('status', '-f', a.file)
        assert re.search(r'key .*\d times somebody came without it', shown.stdout), shown
        after = json.load(urllib.request.urlopen(f'http://127.0.0.1:{first.port}/health'))
        assert after['failed_proofs'] == failed['failed_proofs'], after
        assert KEY not in shown.stdout + json.dumps(after) + json.dumps(failed)
        with attic(b, first.port, '--key-file', key_file(b)) as second:
            linked(first, second)
            b.wait({'n': 1})
            clean(second)
        clean(first)


# other users of this machine

# dials as another user, upgrades, says hello, and prints what it is told
OTHER = r'''
import base64, json, socket, struct, sys
peer = socket.create_connection(('127.0.0.1', int(sys.argv[1])), timeout=60)
peer.sendall(b'GET /sync HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\n'
             b'Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ' +
             base64.b64encode(bytes(16)) + b'\r\n' + sys.argv[2].encode() + b'\r\n')
stream = peer.makefile('rb')
while stream.readline().strip():
    pass
hello = json.dumps({'type': 'hello', 'timestamp': 1, 'instance_id': 'other', 'config_hash': None,
                    'protocol': 1, 'session': 's', 'nonce': 'n', 'capabilities': [],
                    'leaf': True}).encode()
if sys.argv[2]:
    peer.sendall(b'\x81\xfe' + struct.pack('>H', len(hello)) + bytes(4) + hello)
while len(head := stream.read(2)) == 2 and head[0] & 15 == 1:
    size = head[1] if head[1] < 126 else struct.unpack('>H', stream.read(2))[0]
    print(stream.read(size).decode(), flush=True)
'''
OFFER = 'Sec-WebSocket-Protocol: confsync.v1\r\n'


def as_nobody(*command, **options):
    if os.geteuid() != 0 or not shutil.which('setpriv'):
        raise Skip('only root can run something as another user, with setpriv')
    return subprocess.Popen(['setpriv', f'--reuid={NOBODY}', f'--regid={NOBODY}', '--clear-groups',
                             *command], stdout=subprocess.PIPE, text=True, cwd='/', **options)


@contextlib.contextmanager
def other_user(port, offer=OFFER):
    process = as_nobody(sys.executable, '-c', OTHER, str(port), offer)
    try:
        yield process
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def told(process):
    """The messages up to the end of the link."""
    return [json.loads(line) for line in process.stdout]


def test_other_user():
    """without a key another user is turned away with the reason, and so is a legacy client"""
    with Folder() as folder, hall(folder) as first:
        with other_user(first.port) as process:
            messages = told(process)
            assert [message['type'] for message in messages] == ['hello', 'error'], messages
            assert messages[1]['code'] == 'user', messages
            for words in f'user {NOBODY} is at the other end', 'key-file', 'allow-local-users':
                assert words in messages[1]['message'], messages
        first.wait(rf'peer down  other   .*user {NOBODY} is at the other end', 'err')
        # one that speaks the legacy protocol gets nothing either, and there is no reason to send
        with other_user(first.port, '') as process:
            assert not told(process)
        until('the second one to be gone', lambda: len(status(folder)['peers']) == 0)


def test_other_user_allowed():
    """--allow-local-users lets it in"""
    with Folder() as folder, hall(folder, '--allow-local-users') as first:
        with other_user(first.port) as process:
            types = []
            while 'heads' not in types:
                types.append(json.loads(process.stdout.readline())['type'])
            assert types[0] == 'hello' and 'error' not in types, types


def test_root():
    """root comes in where another user's instance listens: it can read the file anyhow"""
    if os.geteuid() != 0 or not shutil.which('setpriv'):
        raise Skip('only root can run something as another user, with setpriv')
    with Folder() as a, Folder() as b:
        os.chown(a.path, NOBODY, NOBODY)
        a.overwrite({'n': 1})
        os.chown(a.file, NOBODY, NOBODY)
        as_other = ('setpriv', f'--reuid={NOBODY}', f'--regid={NOBODY}', '--clear-groups')
        with Instance(a, '--no-control', '-l', '127.0.0.1:0', prefix=as_other) as first, \
                attic(b, first.port, '--allow-local-users') as second:
            b.wait({'n': 1})
            assert second.end() == 0 and first.end() == 0


def test_other_user_keyed():
    """with a key it is the key that counts, and not the user; but not for a legacy client"""
    with Folder() as folder, hall(folder, '--key-file', key_file(folder)) as first:
        with other_user(first.port) as process:
            messages = told(process)
            assert messages[-1]['code'] == 'auth', messages
        with other_user(first.port, '') as process:
            assert not told(process)
        first.wait(rf'peer down  127.*user {NOBODY} is at the other end', 'err')


# listens as another user, and takes whoever comes for a peer
LISTENER = r'''
import base64, hashlib, json, socket, struct, sys
server = socket.create_server(('127.0.0.1', 0))
print(server.getsockname()[1], flush=True)
peer = server.accept()[0]
stream = peer.makefile('rb')
while line := stream.readline().strip():
    if line.lower().startswith(b'sec-websocket-key:'):
        key = line.split(b':', 1)[1].strip()
guid = b'258EAFA5-E914-47DA-95CA-C5AB0DC85B11'
peer.sendall(b'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n'
             b'Sec-WebSocket-Protocol: confsync.v1\r\nSec-WebSocket-Accept: ' +
             base64.b64encode(hashlib.sha1(key + guid).digest()) + b'\r\n\r\n')
hello = json.dumps({'type': 'hello', 'timestamp': 1, 'instance_id': 'other', 'config_hash': None,
                    'protocol': 1, 'session': 's', 'nonce': 'n', 'capabilities': [],
                    'leaf': True}).encode()
peer.sendall(b'\x81\x7e' + struct.pack('>H', len(hello)) + hello)
while len(head := stream.read(2)) == 2 and head[0] & 15 == 1:
    size = head[1] & 127
    if size == 126:
        size = struct.unpack('>H', stream.read(2))[0]
    mask = stream.read(4)
    text = bytes(byte ^ mask[i % 4] for i, byte in enumerate(stream.read(size)))
    print(text.decode(), flush=True)
'''


def test_dialled_user():
    """nor is anything said to another user who listens where an instance is expected"""
    process = as_nobody(sys.executable, '-c', LISTENER)
    try:
        port = int(process.stdout.readline())
        with Folder() as folder:
            folder.overwrite({'secret': 1})
            with attic(folder, port) as instance:
                instance.wait(rf'peer down  .*user {NOBODY} is at the other end', 'err')
                types = [message['type'] for message in told(process)]
                assert types == ['hello', 'error'], types
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


if __name__ == '__main__':
    sys.exit(main(globals(), sys.argv[1]))
