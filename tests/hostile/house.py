# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: The confsync authors
#
# A house of three instances of the built command in sync (hall listens, attic and cellar dial it),
# and what must hold in it whatever happens: everybody is served, every line is one clear line.
"""Harness of the tests that are hostile to `confsync run`."""

import contextlib
import hashlib
import hmac
import importlib.util
import json
import os
import pathlib
import re
import struct
import time

import harness
from harness import Client, Skip, until

# how many times slower than plain the build is: a sanitized one needs 4
SLOW = float(os.environ.get('CONFSYNC_TEST_SLOW', '1'))
LINE = re.compile(r'\d\d:\d\d:\d\d\.\d{3}  (\S.*)')
MIB = 1024 * 1024
SIDES = 'dialler', 'listener'


def load_e2e():
    """The end-to-end tests' harness, which has the same name as the one beside this file."""
    path = pathlib.Path(__file__).resolve().parent.parent / 'e2e' / 'harness.py'
    spec = importlib.util.spec_from_file_location('e2e_harness', path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


e2e = load_e2e()
e2e.DEADLINE *= SLOW
harness.DEADLINE *= SLOW


class Instance(e2e.Instance):
    """An instance whose lines can be told apart by when they came."""

    def __init__(self, folder, name, *arguments, env=None):
        self.folder = folder
        self.name = name
        super().__init__(folder, '--instance-id', name, *arguments, env=env)

    def all_lines(self):
        return self.lines['out'] + self.lines['err']

    def mark(self):
        return {stream: len(lines) for stream, lines in self.lines.items()}

    def since(self, mark, pattern='', stream=None):
        """The lines that came since, on one stream or on both."""
        return [line for name in ('out', 'err') if stream in (None, name)
                for line in self.lines[name][mark[name]:] if re.search(pattern, line)]

    def one_line(self, mark, pattern, stream=None):
        """Waits for the line; there must be no second one. Gives it."""
        def look():
            assert self.process.poll() is None, f'{self.name} ended with {self.process.poll()}'
            return self.since(mark, pattern, stream)

        lines = e2e.until(f'{self.name}: a line like {pattern} in {self.since(mark)}', look)
        assert len(lines) == 1, lines
        return lines[0]

    def resident(self):
        status = pathlib.Path(f'/proc/{self.process.pid}/status').read_text(encoding='ascii')
        return int(re.search(r'VmRSS:\s+(\d+)', status).group(1)) * 1024

    def check_lines(self):
        """Nothing that was printed could move a terminal's cursor, and no line is a stray part."""
        for line in self.all_lines():
            assert line.isprintable(), f'not printable: {line!r}'
            assert LINE.fullmatch(line), f'a stray line: {line!r}'
            assert len(line) < 1500, f'a line of {len(line)} characters'


class House:
    """Three instances in sync."""

    def __init__(self, content=None, hall_options=()):
        self.hall_options = hall_options
        self.stack = contextlib.ExitStack()
        self.content = content or {'theme': 'dark', 'edits': 0,
                                   'planted': e2e.canary.value()}
        self.edits = 0
        self.instances = []

    def __enter__(self):
        self.hall = self.open('hall', '-l', '127.0.0.1:0', *self.hall_options)
        self.attic = self.add('attic')
        self.cellar = self.add('cellar')
        self.served()
        return self

    def add(self, name):
        """One instance more, linked to the hall."""
        instance = self.open(name, '-p', f'ws://127.0.0.1:{self.hall.port}')
        self.hall.wait(f'peer up    {name} ')
        return instance

    def open(self, name, *arguments):
        folder = self.stack.enter_context(e2e.Folder())
        if name == 'hall':
            folder.overwrite(self.content)
        instance = self.stack.enter_context(Instance(folder, name, *arguments))
        self.instances.append(instance)
        return instance

    def __exit__(self, kind, value, trace):
        try:
            if kind is None:
                self.end()
        except BaseException as error:
            self.stack.__exit__(type(error), error, error.__traceback__)
            raise
        self.stack.__exit__(kind, value, trace)

    def end(self):
        """All end cleanly, and what they said was fit for a terminal."""
        for instance in self.instances:
            assert instance.end() == 0, f'{instance.name} ended with {instance.process.returncode}'
        for instance in self.instances:
            for thread in instance.threads:
                thread.join(harness.DEADLINE)
            instance.check_lines()

    def served(self, seconds=3.0):
        """An honest edit in the attic gets to the cellar by way of the hall; gives its content."""
        self.edits += 1
        self.content = {**(self.attic.folder.read() or self.content), 'edits': self.edits}
        began = time.monotonic()
        self.attic.folder.replace(self.content)
        self.cellar.folder.wait(self.content)
        taken = time.monotonic() - began
        assert taken < seconds * SLOW, f'an edit took {taken:.1f} s'
        return self.content

    def in_sync(self):
        """All three hold the same."""
        self.served()
        self.hall.folder.wait(self.content)
        assert self.attic.folder.read() == self.content


def canonical(value):
    """RFC 8785, for the plain values of these tests."""
    return json.dumps(value, sort_keys=True, separators=(',', ':'), ensure_ascii=False).encode()


def hash_of(value):
    return hashlib.sha256(canonical(value)).hexdigest()


def fields(*texts):
    return b''.join(struct.pack('>I', len(text.encode())) + text.encode() for text in texts)


def prove(key, side, dialler, listener):
    """What that side sends: both are (id, session, nonce), as said in the hellos."""
    assert side in SIDES
    text = fields('confsync.v1 shared key', side, *dialler, *listener)
    return hmac.new(key, text, hashlib.sha256).hexdigest()


def party(hello):
    return hello['instance_id'], hello['session'], hello['nonce']


class Stranger(Client):
    """A raw WebSocket client that knows how to greet, and may then do as it likes."""

    ACTOR = 'bad0bad0bad0bad0'

    def __init__(self, instance, name='stranger', ahead=0, upgraded=True, **options):
        super().__init__(instance.port, **options)
        self.id = name
        self.ahead = ahead  # of its clock, in seconds
        self.heads = None
        self.said = {}  # in its hello
        self.greeting = None  # the other one's
        if upgraded:
            self.upgrade()

    def message(self, kind, **members):
        return {'type': kind, 'timestamp': time.time() + self.ahead, 'instance_id': self.id,
                'config_hash': None, **members}

    def text(self, text):
        self.send(harness.frame(harness.TEXT, text if isinstance(text, bytes) else text.encode()))

    def say(self, kind, **members):
        self.text(json.dumps(self.message(kind, **members)))

    def hello(self, **members):
        self.said = {'protocol': 1, 'session': os.urandom(16).hex(), 'nonce': os.urandom(16).hex(),
                     'capabilities': [], 'leaf': True, **members}
        self.say('hello', **self.said)

    def hear(self, kind):
        """The next message of that kind; on the way, heads are remembered."""
        while True:
            opcode, data = self.frame()
            assert opcode in (harness.TEXT, harness.BINARY), f'opcode {opcode}: {data[:200]}'
            message = json.loads(data)
            if message['type'] == 'hello':
                self.greeting = message
            if message['type'] == 'heads':
                self.heads = message['heads']
            if message['type'] == kind:
                return message

    def greet(self, **members):
        """Comes up as a proper peer does: hello, the proof of the planted key, heads, and an answer
        to the probe."""
        self.hello(**{**({'auth': 'hmac-sha256'} if e2e.keyed else {}), **members})
        if e2e.keyed:
            ours = party({'instance_id': self.id, **self.said})
            self.say('auth', proof=prove(bytes.fromhex(e2e.canary.KEY), 'dialler', ours,
                                         party(self.greeting or self.hear('hello'))))
        while not self.hear('heartbeat').get('probe'):
            pass
        self.say('heartbeat', digest='', probe=False)
        return self

    def stamp(self, **members):
        """One that comes after all that the victim said it had."""
        now = int((time.time() + self.ahead) * 1000000)
        known = self.heads[0]['stamp'] if self.heads and self.heads[0]['stamp'] else {}
        return {'time': max(now, known.get('time', 0) + 1), 'author': self.id, 'kind': 'edit',
                'epoch': 0, 'floor': 0, 'vector': {**known.get('vector', {}), self.ACTOR: now},
                **members}

    def update(self, content, stamp=None, kind='config_update', **members):
        return self.message(kind, **{'config_hash': hash_of(content),
                                     'conflict_resolution': 'last_write_wins',
                                     'stamp': stamp or self.stamp(), 'config_data': content,
                                     **members})

    def leave(self):
        """Reads to the end of the connection, which comes at once to who closes politely."""
        try:
            while self.frame()[0] != harness.CLOSE:
                pass
            self.send(harness.frame(harness.CLOSE, b'\x03\xe8'))
        except (AssertionError, ConnectionError):
            pass
        self.rest()


__all__ = ['House', 'Instance', 'LINE', 'MIB', 'SLOW', 'Skip', 'Stranger', 'canonical', 'e2e',
           'hash_of', 'party', 'prove', 'until']
