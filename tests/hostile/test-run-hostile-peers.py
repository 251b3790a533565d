# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: The confsync authors
#
# Peers that misbehave, against instances of `confsync run` in sync: each is one clear line in the
# hall, no file is touched, the other peers are served, and memory stays bounded. Prints TAP.
"""Usage: test-run-hostile-peers.py CONFSYNC [--memory | --no-memory] [NAME...]"""

import contextlib
import gzip
import json
import os
import re
import select
import sys
import time

import harness
from harness import BINARY, CONTINUATION, TEXT, frame
from house import MIB, House, Stranger, e2e, until

# what a peer does before it is known, and is told by name: test-run-hostile-keys.py has the others
e2e.keyed = False
MEMORY_MAX = 30 * MIB
GOOD = {'good': True}
# what a terminal would obey: clear, title, right to left, a line of one's own
NASTY = '\033[2J\033]0;owned\007\u202etxt\r\n12:00:00.000  listening  elsewhere'


@contextlib.contextmanager
def untouched(house, lines='  (peer down|refused) '):
    """What a stranger does inside changes nobody's file, and the others are served meanwhile. Given
    a pattern, the hall says at most one line like it."""
    before = house.content
    mark = house.hall.mark()
    yield mark
    for instance in house.instances:
        assert instance.folder.read() == before, f'{instance.name}: {instance.folder.read()}'
    house.in_sync()
    if lines:
        assert len(house.hall.since(mark, lines)) <= 1, house.hall.since(mark)


@contextlib.contextmanager
def bounded(house):
    """What happens inside costs the hall little memory."""
    house.in_sync()
    before = house.hall.resident()
    yield
    grown = house.hall.resident() - before
    print(f'# the hall grew by {grown / MIB:.1f} MiB', flush=True)
    assert grown < MEMORY_MAX or not harness.Server.memory, f'{grown / MIB:.1f} MiB more'


def refused(house, data, words, greeted=True):
    """A stranger that sends that is told why and cut off, and the hall says so in one line."""
    with untouched(house) as mark, Stranger(house.hall) as stranger:
        if greeted:
            stranger.greet()
        stranger.send(data)
        said = stranger.hear('error')
        assert re.search(words, said['message']), said
        stranger.leave()
        who = 'stranger' if greeted else re.escape(stranger.name)
        house.hall.one_line(mark, f'  peer down  {who}   .*({words})', 'err')


def text(value):
    data = value if isinstance(value, bytes) else json.dumps(value).encode()
    return frame(TEXT, data)


# what is no message

def test_garbage():
    """what is no JSON, or breaks a limit, is refused with its place"""
    with House() as house:
        for data, words in (
                (frame(TEXT, b'hello there'), 'malformed message: line 1, column 1'),
                (frame(TEXT, b''), 'malformed message: line 1, column 1'),
                (frame(BINARY, bytes(range(256))), 'line 1, column 1'),
                (frame(BINARY, b'\x1f\x8b' + bytes(100)), 'malformed .*compress'),
                (frame(BINARY, gzip.compress(b'{"type":')[:-12]), 'malformed .*input'),
                (text(b'{"type": "heads", "heads": ' + b'[' * 100000), 'depth|deep|nest'),
                (text(b'{"type": "ack", "type": "ack"}'), 'duplicate|twice'),
                (text(b'{"type": "\\ud800"}'), 'surrogate'),
                (text(b'[]'), 'no JSON object'),
                (text(b'"text"'), 'no JSON object'),
                (text(b'{}'), '“type” is not a string')):
            refused(house, data, words)
        refused(house, frame(TEXT, b'hello there'), 'malformed message: line 1, column 1',
                greeted=False)


def test_not_greeted():
    """before hello nothing else is read"""
    with House() as house:
        mark = house.hall.mark()
        with Stranger(house.hall) as stranger:
            message = frame(TEXT, json.dumps(stranger.update(GOOD)).encode())
        house.hall.one_line(mark, '  peer down ')
        refused(house, message, 'first message is no hello', greeted=False)


def malformed(stranger):
    """Messages of each type with a member that is missing or wrong, and what is said of it."""
    update, stamp = stranger.update, stranger.stamp
    long_ago = {'stranger': 1}
    yield update(GOOD, timestamp='now'), 'timestamp'
    yield update(GOOD, timestamp=-1), 'timestamp'
    yield update(GOOD, timestamp=1e11), 'timestamp.*2200'
    yield update(GOOD, instance_id=None), 'instance_id'
    yield update(GOOD, instance_id='a b'), 'instance_id'
    yield update(GOOD, document=7), 'document'
    yield update(GOOD, document='x' * 300), 'document.*255 bytes'
    yield update(GOOD, config_hash=None), 'config_hash'
    yield update(GOOD, config_hash='00' * 32), 'config_hash.*hash of its config_data'
    yield update(GOOD, config_hash='A' * 64), 'config_hash'
    yield update(GOOD, config_data=[]), 'config_data'
    yield update(GOOD, config_data=None), 'config_data'
    yield {**update(GOOD), 'stamp': None}, 'stamp'
    yield update(GOOD, stamp=7), 'stamp'
    yield update(GOOD, stamp=stamp(author='\033[31m')), 'author'
    yield update(GOOD, stamp=stamp(author='')), 'author'
    yield update(GOOD, stamp=stamp(time=10413792000000000)), 'time'
    yield update(GOOD, stamp=stamp(time=-1)), 'time'
    yield update(GOOD, stamp=stamp(time=1.5)), 'time'
    yield update(GOOD, stamp=stamp(epoch=-1)), 'epoch'
    yield update(GOOD, stamp=stamp(kind='guess')), 'kind'
    yield update(GOOD, stamp=stamp(vector=long_ago)), 'vector'
    yield update(GOOD, stamp=stamp(vector={'g' * 16: 1})), 'vector'
    yield update(GOOD, stamp=stamp(vector={'a' * 16: 0})), 'vector'
    yield update(GOOD, stamp=stamp(vector={'a' * 16: 2 ** 62})), 'vector'
    yield update(GOOD, stamp=stamp(vector={f'{i:016x}': 1 for i in range(70000)})), 'vector.*65536'
    yield update(GOOD, base_hash='x'), 'base_hash'
    yield update(GOOD, base_hash='0' * 64, patch={}), 'patch'
    yield update(GOOD, kind='config_response', config_data=3), 'config_data'
    yield stranger.message('heads'), 'heads'
    yield stranger.message('heads', heads={}), 'heads'
    yield stranger.message('heads', heads=[7]), 'document|heads'
    half = {'document': '', 'stamp': stamp(), 'hash': None}
    yield stranger.message('heads', heads=[half]), 'heads'
    yield stranger.message('heads', heads=[{'document': '', 'stamp': None, 'hash': None}] * 1001), \
        'heads.*1000'
    yield stranger.message('config_request', have='x'), 'have'
    yield stranger.message('ack'), 'for'
    yield stranger.message('ack', **{'for': {'stamp': None, 'hash': None}}), 'for'
    yield stranger.message('ack', **{'for': {'stamp': stamp(), 'hash': '0' * 64}}), 'outcome'
    answered = {'for': {'stamp': stamp(), 'hash': '0' * 64}}
    yield stranger.message('ack', outcome='great', **answered), 'outcome'
    yield stranger.message('heartbeat'), 'digest'
    yield stranger.message('heartbeat', digest='x', probe=7), 'probe'
    yield stranger.message('error'), 'code'
    yield stranger.message('error', code='x', message='y' * 2000), 'message'
    yield stranger.message('hello', protocol='1'), 'protocol'
    yield stranger.message('hello', protocol=1, session='s' * 200), 'session'
    yield stranger.message('hello', protocol=1, session='s', nonce='n', capabilities=[7]), \
        'capabilities'


def test_malformed():
    """each message with a member missing or wrong is refused by that member's name"""
    with House() as house:
        with Stranger(house.hall) as stranger:
            messages = list(malformed(stranger.greet()))
        house.hall.wait('peer down  stranger')
        for message, words in messages:
            refused(house, text(message), words)


def hello_of(stranger, **members):
    return text(stranger.message('hello', **{
        'protocol': 1, 'session': os.urandom(8).hex(), 'nonce': 'n', 'capabilities': [],
        **members}))


def test_hello():
    """another protocol, names that are none, a second hello: refused by name"""
    with House() as house:
        with Stranger(house.hall) as stranger:
            mark = house.hall.mark()
            other = hello_of(stranger, protocol=2)
            second = hello_of(stranger)
            escapes = hello_of(stranger, instance_id='\033]0;owned\007\033[2J')
            long_one = hello_of(stranger, instance_id='x' * 10000)
            empty = hello_of(stranger, instance_id='')
        house.hall.one_line(mark, '  peer down ')
        refused(house, other, 'speaks protocol 2, this instance 1', greeted=False)
        refused(house, second, 'a second hello')
        for data in escapes, long_one, empty:
            refused(house, data, 'instance_id', greeted=False)


def test_clone():
    """somebody else under a name that is taken, or under one's own, is turned away"""
    with House() as house:
        for name in 'hall', 'attic':
            with untouched(house), Stranger(house.hall, name) as stranger:
                mark = house.hall.mark()
                stranger.hello()
                said = stranger.hear('error')
                assert f'two instances go by the id “{name}”' in said['message'], said
                stranger.leave()
                until(lambda: house.hall.since(mark, 'two instances go by the id'), 'the line')


def test_mirror():
    """who shows the victim its own session is taken for the victim, and sent away"""
    with House() as house, untouched(house), Stranger(house.hall, 'mirror') as stranger:
        session = stranger.hear('hello')['session']
        stranger.hello(session=session)
        assert 'leads back to this instance' in stranger.hear('error')['message']
        stranger.leave()


# what is fine

def test_unknown():
    """unknown types, members and documents are passed over, and the link stays"""
    with House() as house, untouched(house), Stranger(house.hall) as stranger:
        stranger.greet(friendly=True, capabilities=['telepathy'] * 20)
        stranger.say('config_gossip', rumour=['x'] * 100)
        stranger.say('heads', heads=[{'document': f'd{i}', 'stamp': stranger.stamp(),
                                      'hash': '0' * 64} for i in range(1000)])
        stranger.text(json.dumps(stranger.update(GOOD, document='no such document')))
        stranger.say('ack', outcome='taken', reason=NASTY,
                     **{'for': {'stamp': stranger.stamp(), 'hash': '0' * 64}})
        stranger.say('config_request', have=None, future={'deep': [1, 2]})
        response = stranger.hear('config_update')
        assert response['config_data'] == house.content
        stranger.say('heartbeat', digest='', probe=True)
        assert stranger.hear('heartbeat')['probe'] is False


def test_guest_edits():
    """a stranger that keeps to the protocol is a peer like any other"""
    with House() as house, Stranger(house.hall) as stranger:
        stranger.greet()
        content = {**house.content, 'guest': 'was here'}
        stranger.text(json.dumps(stranger.update(content, extra='ignored')))
        house.cellar.folder.wait(content)
        house.attic.folder.wait(content)
        house.in_sync()


def test_nasty_names():
    """names in a document that a terminal would obey are shown harmless"""
    with House() as house, Stranger(house.hall) as stranger:
        stranger.greet()
        mark = house.hall.mark()
        content = {**house.content, NASTY: {NASTY: 1}}
        stranger.text(json.dumps(stranger.update(content)))
        house.cellar.folder.wait(content)
        house.hall.one_line(mark, r'  applied    /.*x1b\[2J.*u202e')
        house.in_sync()


def test_clock_ahead():
    """a clock two hours ahead is accepted, with one warning that says how far"""
    with House() as house:
        mark = house.hall.mark()
        with Stranger(house.hall, ahead=2 * 3600 + 60) as stranger:
            stranger.greet()
            content = {**house.content, 'from': 'the future'}
            stranger.text(json.dumps(stranger.update(content)))
            house.cellar.folder.wait(content)
            house.hall.one_line(mark, '  clock .*of stranger is 2 h ahead', 'err')
        house.in_sync()


def test_patches():
    """after a patch that doesn't fit, or gives something else than it says, the whole is wanted"""
    with House() as house, untouched(house, None), Stranger(house.hall) as stranger:
        stranger.greet()
        base = stranger.heads[0]['hash']
        for patch, base_hash in (([{'op': 'remove', 'path': '/nothing'}], base),
                                 ([{'op': 'add', 'path': '/x', 'value': 1}], base),
                                 ([{'op': 'add', 'path': '/x', 'value': 1}], '0' * 64),
                                 ([{'op': 'copy', 'from': '', 'path': f'/c{i}'} for i in range(40)],
                                  base)):
            message = stranger.update(GOOD, base_hash=base_hash, patch=patch)
            del message['config_data']
            stranger.text(json.dumps(message))
            assert stranger.hear('config_request').get('have') is None
        stranger.say('heartbeat', digest='', probe=True)
        stranger.hear('heartbeat')


# too much of it

def cut(house, send, words):
    """A stranger that is stopped on the way, without a chance to be told why."""
    with untouched(house) as mark, Stranger(house.hall) as stranger:
        stranger.greet()
        send(stranger)
        stranger.leave()
        house.hall.one_line(mark, f'  peer down  stranger   .*({words})')


def test_too_large():
    """a message of 20 MB, claimed or sent, and 100 MB of fragments are cut at the limit"""
    with House() as house, bounded(house):
        cut(house, lambda stranger: stranger.send(frame(TEXT, b'{', claim=2 ** 40)), '16777216')
        cut(house, lambda stranger: stranger.send_until_cut(
            frame(TEXT, b' ' * 20000000), 20000000), '16777216')

        def flood(stranger):
            stranger.send(frame(TEXT, b'{', fin=False))
            sent = stranger.send_until_cut(frame(CONTINUATION, b' ' * 65536, fin=False), 100 * MIB)
            assert sent < 40 * MIB, f'{sent} bytes were taken'

        cut(house, flood, '16777216')


def test_large_document():
    """a document beyond its limit in a message within its own is refused; the link stays"""
    with House() as house, bounded(house), untouched(house, None) as mark, \
            Stranger(house.hall) as stranger:
        stranger.greet()
        stranger.text(json.dumps(stranger.update({'large': 'x' * 15800000})))
        while (answer := stranger.hear('ack'))['outcome'] != 'refused':
            pass
        assert 'the limit here is 15728640' in answer['reason'], answer
        house.hall.one_line(mark, '  refused    stranger   .* 15800012 bytes', 'err')


def test_broken_frames():
    """closing in the middle of a frame, or frames that are none, cost one line"""
    with House() as house:
        for data, words in ((frame(TEXT, b'{"type": "hea', claim=5000), 'closed|reset'),
                            (frame(TEXT, b'{}', masked=False), 'broke the WebSocket protocol'),
                            (frame(TEXT, b'{"\xff"}'), 'not UTF-8'),
                            (frame(CONTINUATION, b'x'), 'broke the WebSocket protocol')):
            with untouched(house) as mark:
                with Stranger(house.hall) as stranger:
                    stranger.greet()
                    stranger.send(data)
                    if 'closed' not in words:
                        stranger.leave()
                house.hall.one_line(mark, f'  peer down  stranger   .*({words})')


def test_close_reason():
    """what a peer says when it leaves is shown without what a terminal would obey"""
    with House() as house:
        with untouched(house) as mark, Stranger(house.hall) as stranger:
            stranger.greet()
            stranger.say('error', code='bye', message=NASTY)
            stranger.leave()
            house.hall.one_line(mark, r'  peer down  stranger   the peer says: .*\\u001b\[2J')
        with untouched(house) as mark, Stranger(house.hall) as stranger:
            stranger.greet()
            stranger.send(frame(harness.CLOSE, b'\x0f\xa0' + NASTY.encode()))
            stranger.leave()
            house.hall.one_line(mark, r'  peer down  stranger   .*code 4000.*033\[2J')


def flood(stranger, count, content, size=1000, actors=0):
    """As many updates as fast as they go, none waiting for its answer."""
    stamp = stranger.stamp()
    stamp['vector'].update({f'{number:016x}': number + 1 for number in range(actors)})
    for number in range(count):
        stamp['time'] += 1
        stamp['vector'][stranger.ACTOR] = stamp['time']
        document = {**content, 'flood': number, 'padding': 'x' * size}
        stranger.text(json.dumps(stranger.update(document, stamp)))
        # what it answers is read, so that only the updates are too much
        while select.select([stranger.socket], [], [], 0)[0] and stranger.socket.recv(65536):
            pass
    return document


def test_update_flood():
    """2,000 updates at once: the last one wins, everybody gets it, memory is bounded"""
    with House() as house, bounded(house), Stranger(house.hall) as stranger:
        stranger.greet()
        mark = house.hall.mark()
        began = time.monotonic()
        document = flood(stranger, 2000, house.content)
        house.hall.folder.wait(document)
        house.cellar.folder.wait(document)
        applied = house.hall.since(mark, '  applied  ')
        print(f'# settled after {time.monotonic() - began:.1f} s and {len(applied)} applies',
              flush=True)
        assert len(applied) < 500, 'every one of them was applied'
        house.content = document
        house.in_sync()


def test_large_flood():
    """200 updates of 1 MB at once, none of them waited for, don't pile up in memory"""
    with House() as house, bounded(house), Stranger(house.hall) as stranger:
        stranger.greet()
        document = flood(stranger, 200, house.content, 1000000)
        house.cellar.folder.wait(document)
        house.content = document
        house.in_sync()


def test_concurrent_flood():
    """updates that include nothing of each other, in vectors of 2,000 actors, are bounded too"""
    with House() as house, bounded(house), Stranger(house.hall) as stranger:
        stranger.greet()
        for number in range(100):
            stranger.ACTOR = f'{number + 1:016x}'
            flood(stranger, 1, house.content, actors=2000)
        house.in_sync()


def test_heartbeat_flood():
    """20,000 probes and requests at once are answered, or cut, and stop nobody"""
    with House() as house, bounded(house), Stranger(house.hall) as stranger:
        stranger.greet()
        probe = text(stranger.message('heartbeat', digest='x', probe=True))
        request = text(stranger.message('config_request', have=None))
        with contextlib.suppress(ConnectionError, TimeoutError):
            for _ in range(100):
                stranger.socket.settimeout(1)
                stranger.send((probe + request) * 100)
                while select.select([stranger.socket], [], [], 0)[0]:
                    if not stranger.socket.recv(MIB):
                        break
        house.in_sync()


def test_never_acks():
    """who takes updates and never answers one gets no more, and costs the others nothing"""
    with House() as house, Stranger(house.hall) as stranger:
        stranger.greet()
        for _ in range(20):
            house.served()
        stranger.hear('config_update')
        stranger.say('heartbeat', digest='', probe=True)
        assert json.loads(stranger.frame()[1])['type'] == 'heartbeat'
        house.in_sync()


def test_refuses_all():
    """who refuses everything is shown as behind, with its reason made harmless"""
    with House() as house, Stranger(house.hall) as stranger:
        stranger.greet()
        mark = house.hall.mark()
        house.served()
        update = stranger.hear('config_update')
        stranger.say('ack', outcome='refused', reason=NASTY, stamp=None,
                     **{'for': {'stamp': update['stamp'], 'hash': update['config_hash']}})
        house.hall.one_line(mark, r'  behind     stranger   .*x1b\[2J.*u202e', 'err')
        house.in_sync()


def test_never_reads():
    """who never reads nor answers is given up after two deadlines, and little waits for it"""
    with House() as house, bounded(house):
        mark = house.hall.mark()
        with Stranger(house.hall, receive_buffer=4096) as stranger:
            stranger.greet()
            padding = 'x' * 300000
            for number in range(20):
                house.content = {**house.content, 'padding': f'{number}{padding}'}
                house.attic.folder.replace(house.content)
                house.cellar.folder.wait(house.content)
            stranger.send(text(stranger.message('config_request', have=None)) * 200)
            house.served()
            house.hall.one_line(mark, '  peer down  stranger   no answer within 5 s')
        house.content = {'small': 'again'}
        house.attic.folder.replace(house.content)
        house.cellar.folder.wait(house.content)
        house.in_sync()


def test_half_open():
    """300 half-open requests leave room for a peer, an edit and a health report"""
    with House() as house, bounded(house), contextlib.ExitStack() as stack:
        for number in range(300):
            client = harness.Client(house.hall.port, f'127.0.1.{number % 10 + 1}')
            stack.enter_context(client)
            client.send('GET /sync HTTP/1.1\r\nHost: loc')
        house.served()
        with Stranger(house.hall) as stranger:
            stranger.greet()
            house.hall.wait('peer up    stranger')
        house.in_sync()


def test_reconnects():
    """500 connections in a row, each left in another state, leave nothing behind"""
    with House() as house, bounded(house):
        files = len(os.listdir(f'/proc/{house.hall.process.pid}/fd'))
        for number in range(500):
            if number % 3 == 0:
                with harness.Client(house.hall.port):
                    pass
            else:
                with Stranger(house.hall, f'guest-{number}') as stranger:
                    if number % 3 == 1:
                        stranger.hello()
        house.in_sync()
        until(lambda: len(os.listdir(f'/proc/{house.hall.process.pid}/fd')) <= files,
              'the connections to be gone')


if __name__ == '__main__':
    e2e.confsync = os.path.realpath(sys.argv[1])
    sys.exit(harness.main(dict(globals())))
