# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: The confsync authors
#
# Strangers without the shared key, against instances of `confsync run` that have it: whatever they
# saw on the wire before, none gets in, each is told why, and the others are served. Prints TAP.
"""Usage: test-run-hostile-keys.py CONFSYNC [--memory | --no-memory] [NAME...]"""

import base64
import contextlib
import functools
import hashlib
import itertools
import json
import os
import socket
import struct
import sys

import harness
from harness import TEXT, frame
from house import Stranger, e2e, party, prove
from keyed import KEY, OTHER_KEY, KeyedHouse, ProvingGuest

GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11'
# each stranger comes from a place of its own, since nobody is heard where one has failed
places = (f'127.0.{1 + n // 250}.{1 + n % 250}' for n in itertools.count())


@functools.lru_cache(maxsize=None)
def the_house():
    """One for all tests, from the first on: strangers leave no trace in it, or the last one
    fails."""
    house = KeyedHouse().__enter__()
    house.in_sync()
    return house


class Guest(ProvingGuest):
    """One from a place of its own."""

    def __init__(self, instance, name='stranger'):
        super().__init__(instance, name, source=next(places))


@contextlib.contextmanager
def kept_out(house, words):
    """A guest that does something inside is told so, hears nothing of the configuration, changes
    nothing, and is one line in the hall; the others are served."""
    before = house.content
    mark = house.hall.mark()
    with Guest(house.hall) as guest:
        yield guest
        said = guest.hear('error')
        assert words in said['message'], said
        assert guest.heads is None
        guest.leave()
        house.hall.one_line(mark, rf'  unproven   {guest.name}   .*{words}', 'err')
    for instance in house.instances:
        assert instance.folder.read() == before, instance.name


DIFFERENT = 'have not the same shared key'


def test_honest():
    """with the key this very client is taken in, and its edit applied"""
    house = the_house()
    with Guest(house.hall) as guest:
        guest.live()
        content = {**house.content, 'guest': True}
        guest.text(json.dumps(guest.update(content)))
        house.attic.folder.wait(content)
    house.in_sync()


def test_other_key():
    """a proof under another key, of another side, or of nothing at all"""
    house = the_house()
    for proof in (lambda guest: guest.proof(OTHER_KEY), lambda guest: guest.proof(b''),
                  lambda guest: guest.proof(side='listener'), lambda guest: '0' * 64,
                  lambda guest: hashlib.sha256(KEY).hexdigest()):
        with kept_out(house, DIFFERENT) as guest:
            guest.begin()
            guest.say('auth', proof=proof(guest))


def test_replay():
    """hello and proof of a link that was good, sent again"""
    house = the_house()
    with Guest(house.hall) as first:
        first.enter()
        first.hear('heads')
        ours, proof = first.ours, first.proof()
    house.hall.wait('peer down  stranger')
    with kept_out(house, DIFFERENT) as guest:
        guest.begin(*ours[1:])
        guest.say('auth', proof=proof)


def test_reflection():
    """the hall's own hello and proof, sent back to it"""
    house = the_house()
    with Guest(house.hall) as guest:
        mark = house.hall.mark()
        theirs = guest.hear('hello')
        guest.id = theirs['instance_id']
        guest.hello(session=theirs['session'], nonce=theirs['nonce'], auth='hmac-sha256')
        guest.say('auth', proof=guest.hear('auth')['proof'])
        assert DIFFERENT in guest.hear('error')['message']
        assert guest.heads is None
        guest.leave()
        # though it said to be the hall itself, it is told of
        house.hall.one_line(mark, rf'  unproven   {guest.name}   .*{DIFFERENT}', 'err')
    house.in_sync()


class Trap:
    """Listens where an instance dials, and speaks like one."""

    def __init__(self):
        self.server = socket.create_server(('127.0.0.1', 0))
        self.server.settimeout(harness.DEADLINE)
        self.port = self.server.getsockname()[1]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.server.close()

    @contextlib.contextmanager
    def caught(self):
        """Somebody who dialled, upgraded; gives what sends and what reads messages."""
        peer = self.server.accept()[0]
        peer.settimeout(harness.DEADLINE)
        with peer, peer.makefile('rb') as stream:
            key = None
            while line := stream.readline().strip():
                if line.lower().startswith(b'sec-websocket-key:'):
                    key = line.split(b':', 1)[1].strip().decode()
            accept = base64.b64encode(hashlib.sha1((key + GUID).encode()).digest()).decode()
            peer.sendall(('HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n'
                          'Connection: Upgrade\r\nSec-WebSocket-Protocol: confsync.v1\r\n'
                          f'Sec-WebSocket-Accept: {accept}\r\n\r\n').encode())

            def read():
                first, size = stream.read(2)
                assert first & 15 == TEXT, first
                size &= 127
                if size == 126:
                    size, = struct.unpack('>H', stream.read(2))
                mask = stream.read(4)
                return json.loads(bytes(byte ^ mask[i % 4]
                                        for i, byte in enumerate(stream.read(size))))

            yield lambda message: peer.sendall(
                frame(TEXT, json.dumps(message).encode(), masked=False)), read


def test_between():
    """who is dialled by one and dials another can't mix what the two say"""
    house = the_house()
    with Trap() as trap:
        lodge = house.open('lodge', '-p', f'ws://127.0.0.1:{trap.port}')
        house.instances.remove(lodge)  # it is in sync with nobody
        with trap.caught() as (send, read):
            hello = read()
            with kept_out(house, DIFFERENT) as guest:
                # the hall is told the lodge's nonce, and the lodge the hall's
                guest.id = 'lodge'
                guest.begin(hello['session'], hello['nonce'])
                send({**hello, 'instance_id': guest.theirs[0], 'session': os.urandom(8).hex(),
                      'nonce': guest.theirs[2]})
                # the lodge proves itself to what it takes for the hall: of another session
                guest.say('auth', proof=read()['proof'])
            # and it takes no proof that the hall made for another
            send({'type': 'auth', 'timestamp': 1, 'instance_id': 'hall', 'config_hash': None,
                  'proof': guest.proof(OTHER_KEY, 'listener')})
            assert read()['code'] == 'auth'
        lodge.wait(DIFFERENT, 'err')
        assert lodge.folder.read() is None and lodge.end() == 0


def test_truncated():
    """a proof that is cut, longer, empty, no text at all"""
    house = the_house()
    for cut in (lambda proof: proof[:-1], lambda proof: proof[:32], lambda proof: proof + '00',
                lambda proof: '', lambda proof: proof.upper(), lambda proof: None,
                lambda proof: [proof], lambda proof: 7):
        with kept_out(house, 'proof') as guest:
            guest.begin()
            guest.say('auth', proof=cut(guest.proof()))


def test_swapped_ids():
    """a proof for another name than the hello had, and a hello under a name that is taken"""
    house = the_house()
    with kept_out(house, DIFFERENT) as guest:
        guest.begin()
        proof = prove(KEY, 'dialler', ('attic', *guest.ours[1:]), guest.theirs)
        guest.say('auth', proof=proof)
    with kept_out(house, DIFFERENT) as guest:
        guest.begin()
        proof = guest.proof()
        guest.id = 'attic'
        guest.say('auth', proof=proof)
    # between two fields, a letter more here and one less there
    with kept_out(house, DIFFERENT) as guest:
        ours, theirs = guest.begin()
        moved = (ours[0] + ours[1][0], ours[1][1:], ours[2])
        guest.say('auth', proof=prove(KEY, 'dialler', moved, theirs))
    # without the key, nobody can push the attic off its place
    with kept_out(house, DIFFERENT) as guest:
        guest.id = 'attic'
        guest.begin()
        guest.say('auth', proof=guest.proof(OTHER_KEY))


def test_downgrade():
    """a hello that wants no proof, another kind of one, or an older protocol; or no hello"""
    asks = 'hall asks for a shared key, and stranger has none'
    house = the_house()
    for members in ({'auth': None}, {'auth': 'none'}, {'auth': 'hmac-md5'}, {'auth': ''}):
        with kept_out(house, asks) as guest:
            guest.begin(**members)
    for protocol in 2, 99:
        with kept_out(house, f'speaks protocol {protocol}, this instance 1') as guest:
            guest.begin(protocol=protocol)
    with kept_out(house, 'protocol') as guest:
        guest.hello(protocol=0, auth='hmac-sha256')
    for say in (lambda guest: guest.say('heads', heads=[]),
                lambda guest: guest.say('config_request', have=None),
                lambda guest: guest.say('heartbeat', digest='', probe=True),
                lambda guest: guest.text(json.dumps(guest.update({'bad': 1}))),
                lambda guest: guest.say('nonsense')):
        with kept_out(house, 'another message before the proof') as guest:
            guest.begin()
            say(guest)
        with kept_out(house, 'the first message is no hello') as guest:
            say(guest)
    with kept_out(house, 'a proof that nobody asked for') as guest:
        guest.say('auth', proof='0' * 64)


def test_no_hello_first():
    """a proof in front of the hello, and a second hello in front of the proof"""
    house = the_house()
    with kept_out(house, 'a second hello') as guest:
        guest.begin()
        # the attic's name, now that the nonces are known
        guest.id = 'attic'
        guest.hello(session=guest.ours[1], nonce=guest.ours[2], auth='hmac-sha256')


def test_floods():
    """before the proof 4 KiB are much; and a place that fails is not heard for a while"""
    house = the_house()
    mark = house.hall.mark()
    with Guest(house.hall) as guest:
        guest.send(frame(TEXT, b'{"type":"hello","more":"' + b'x' * 5000 + b'"}'))
        guest.rest()
    house.hall.one_line(mark, '  unproven   .*more than 4096 bytes')
    place = next(places)
    mark = house.hall.mark()
    unheard = 0
    for _ in range(30):
        with Stranger(house.hall, source=place) as stranger:
            stranger.hello()
            said = stranger.hear('error')
            assert said['code'] == 'auth', said
            unheard += 'nobody from there is heard for another ' in said['message']
    assert unheard >= 20, unheard
    lines = house.hall.since(mark, '  (unproven|refused) ', 'err')
    assert 1 <= len(lines) <= 20, lines


def test_the_end():
    """the others were served throughout, all end cleanly, and the key is in no line and no file"""
    house = the_house()
    house.in_sync()
    house.__exit__(None, None, None)


if __name__ == '__main__':
    e2e.confsync = os.path.realpath(sys.argv[1])
    try:
        status = harness.main(dict(globals()))
    finally:
        if the_house.cache_info().currsize:
            the_house().stack.close()
    sys.exit(status)
