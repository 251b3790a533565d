# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: The confsync authors
#
# `confsync run` among legacy peers: as their server, as their client, and in fleets of both kinds.
"""Usage: test-legacy.py CONFSYNC"""

import contextlib
import json
import os
import sys
import time
import urllib.request

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'e2e'))

from harness import ask, Folder, Instance, Skip, free_port, main, until  # noqa: E402
from legacy import Client, Raw, Server, enter_own_network, hash_of, versions_of  # noqa: E402

QUIET_S = 1.0
GRACE_S = 3.1
ODD = {'é': 1.0, 'Z': [1e16, 1e-05, -0.0, 5e-324, 0.1], '😀': {'b': None, 'a': True, '': []},
       'n': [2 ** 63 - 1, -2 ** 63], 'text': 'a"\\/\b\f\n\r\t\x7f\u2028', '\uffff': {}}


def quiet(counters):
    """Waits until nobody has said anything for a while."""
    state = {'counts': None, 'since': 0.0}

    def look():
        counts = [counter() for counter in counters]
        if counts != state['counts']:
            state.update(counts=counts, since=time.monotonic())
        return time.monotonic() - state['since'] > QUIET_S
    until('nobody to say anything', look)


def settle():
    """Waits until what was sent is old enough to be what a legacy edit was made on."""
    end = time.monotonic() + GRACE_S
    until('the past to be past', lambda: time.monotonic() > end)


def open_eyes(*clients):
    """Waits until no legacy client is blind after an apply."""
    until('eyes to open', lambda: time.monotonic() > max(c.blind_until for c in clients))


def frames_of(*doubles):
    return [lambda double=double: len(double.frames) for double in doubles]


def check(*doubles):
    for double in doubles:
        assert not double.errors, double.errors[0]


@contextlib.contextmanager
def folders(count, content=None):
    with contextlib.ExitStack() as stack:
        made = [stack.enter_context(Folder()) for _ in range(count)]
        for folder in made:
            if content is not None:
                folder.overwrite(content)
        yield made


@contextlib.contextmanager
def hall_and_client(content=None, **options):
    """An instance that listens, and a legacy client of it."""
    with folders(2, content) as (a, l):
        with Instance(a, '-l', free_port(), '--instance-id', 'hall') as hall:
            with Client(l, hall.port, 'aicleaner_1', **options) as client:
                hall.wait('peer up    127.0.0.1:.* a legacy peer')
                yield a, l, hall, client


# as a server

def test_server():
    """an edit on either end arrives on the other, and each is one line"""
    with hall_and_client({'theme': 'dark'}) as (a, l, hall, client):
        a.replace({'theme': 'light'})
        l.wait({'theme': 'light'})
        hall.wait(r'synced     sent to 1 legacy peer, which doesn.t say whether it holds it$')
        settle()
        l.replace({'theme': 'light', 'zones': [1]})
        a.wait({'theme': 'light', 'zones': [1]})
        hall.wait(r'applied    /zones from aicleaner_1   [\d.]+ m?s after receipt$')
        a.overwrite({'theme': 'red', 'zones': [1]})
        l.wait({'theme': 'red', 'zones': [1]})
        quiet(frames_of(client))
        assert len(client.frames) == 3, client.frames  # a request, and two updates
        assert not hall.lines['err'], hall.lines['err']
        check(client)


def test_first_content():
    """a content that was merely found is pushed on nobody; one that was edited is"""
    with hall_and_client() as (a, l, hall, client):
        quiet(frames_of(client))
        a.overwrite({'found': 1})
        l.wait({'found': 1})
    with folders(2) as (a, l):
        a.overwrite({'default': True})
        l.overwrite({'years': 'of work'})
        with Instance(a, '-l', free_port()) as hall, Client(l, hall.port, 'old') as client:
            hall.wait('peer up')
            quiet(frames_of(client))
            assert l.read() == {'years': 'of work'}
            l.replace({'years': 'of work', 'more': 1})
            a.wait({'years': 'of work', 'more': 1})


def test_hash():
    """the hash is that of Python, for whatever JSON can say"""
    with hall_and_client({'a': 1}) as (a, l, hall, client):
        a.overwrite(ODD)
        l.wait(ODD)
        sent = client.frames[-1]
        assert repr(sent.config_data) == repr(ODD), sent
        assert sent.config_hash == hash_of(ODD), sent
        open_eyes(client)
        l.replace({**ODD, 'more': '\U0010ffff'})
        a.wait({**ODD, 'more': '\U0010ffff'})


def test_requests():
    """a request is answered with all six members, a heartbeat with nothing"""
    with folders(1, {'a': 1}) as (a,), Instance(a, '-l', free_port()) as hall:
        with Raw(hall.port) as raw:
            for kind in ('heartbeat', 'config_request'):
                raw.send(json.dumps({'type': kind, 'timestamp': time.time(), 'instance_id': 'raw',
                                     'config_hash': ''}))
            until('an answer', lambda: raw.frames and raw.frames[-1].type == 'config_response')
            assert raw.frames[-1].config_data == {'a': 1}, raw.frames
            assert raw.frames[-1].config_hash == hash_of({'a': 1}), raw.frames
            assert [frame.type for frame in raw.frames] == ['config_request', 'config_response']
            check(raw)


def test_health():
    """the health report has the members that legacy programs read"""
    with hall_and_client({'a': 1}) as (_, _, hall, _):
        with urllib.request.urlopen(f'http://127.0.0.1:{hall.port}/health', timeout=5) as answer:
            report = json.load(answer)
        assert report.keys() == {'status', 'instance_id', 'connected_clients', 'timestamp'}, report
        assert report['status'] == 'healthy' and report['connected_clients'] == 1, report


def test_status():
    """a legacy peer is never said to hold anything, only assumed to; once it spoke it has a name"""
    with hall_and_client({'a': 0}) as (a, l, _, _):
        a.replace({'a': 1})
        l.wait({'a': 1})
        for name in ('-', 'aicleaner_1'):
            answer = ask('peers', '-f', a.file)
            line = answer.stdout.splitlines()[1].split()
            assert answer.returncode == 0 and line[0] == name and 'assumed' in line, answer
            settle()
            l.replace({'a': 2})
            a.wait({'a': 2})


# as a client

@contextlib.contextmanager
def server_and(count, clients, content=None):
    """A legacy server, instances that dial it, and legacy clients of it."""
    with folders(count + clients, content) as made, Server(free_port()) as server:
        with contextlib.ExitStack() as stack:
            instances = [stack.enter_context(Instance(
                folder, '-p', f'ws://127.0.0.1:{server.port}', '--instance-id', f'c{number}'))
                for number, folder in enumerate(made[:count])]
            peers = [stack.enter_context(Client(folder, server.port, f'aicleaner_{number}'))
                     for number, folder in enumerate(made[count:])]
            for instance in instances:
                instance.wait('peer up    ws://127.0.0.1:.* a legacy peer')
            until('all to be connected', lambda: len(server.clients) == count + clients)
            yield made[:count], made[count:], instances, peers, server


def test_client():
    """a legacy server and its clients get an edit, and theirs arrive"""
    with server_and(1, 2, {'a': 0}) as ((a,), (l, m), (instance,), clients, server):
        a.overwrite({'a': 1})
        l.wait({'a': 1})
        m.wait({'a': 1})
        open_eyes(*clients)
        l.replace({'a': 2})
        for folder in (a, m):
            folder.wait({'a': 2})
        instance.wait('applied    /a from aicleaner_0 .*by way of ws://')
        quiet(frames_of(server, *clients))
        check(server, *clients)


def test_two_clients():
    """two instances that only a legacy server links keep the same, without going in circles"""
    with server_and(2, 1, {'a': 0}) as ((a, b), (l,), _, (client,), server):
        for number, editor in enumerate((a, b, a, l, b), 1):
            open_eyes(client)
            editor.replace({'a': number})
            for folder in (a, b, l):
                folder.wait({'a': number})
        quiet(frames_of(server, client))
        assert len(server.frames) < 30, [frame.instance_id for frame in server.frames]
        check(server, client)


# mixed fleets

def test_mixed():
    """an instance serves a legacy client and another instance: all three keep the same"""
    with hall_and_client({'a': 0}) as (a, l, hall, client), folders(1, {'a': 0}) as (b,):
        with Instance(b, '-p', hall.port, '--instance-id', 'attic') as attic:
            attic.wait('peer up    hall')
            for number, editor in enumerate((a, b, l, b, a), 1):
                open_eyes(client)
                editor.replace({'a': number})
                for folder in (a, b, l):
                    folder.wait({'a': number})
            attic.wait('applied    /a from aicleaner_1 .*by way of hall')
            attic.wait('synced     1 of 1 peer holds it after')
            hall.wait(r'synced     1 of 1 peer holds it after [^,]*, sent to 1 legacy peer')
            check(client)


def test_bridge():
    """two linked instances bridge to the same legacy fleet: no loops, and few messages"""
    with folders(4, {'a': 0}) as (a, b, l, m), Server(free_port()) as server:
        legacy = f'ws://127.0.0.1:{server.port}'
        with Instance(b, '-l', free_port(), '-p', legacy, '--instance-id', 'b') as second, \
                Instance(a, '-p', second.port, '-p', legacy, '--instance-id', 'a') as first, \
                Client(l, server.port, 'l1') as one, Client(m, server.port, 'l2') as two:
            first.wait('peer up    b ')
            until('all to be connected', lambda: len(server.clients) == 4)
            for number, editor in enumerate((a, l, b, m), 1):
                if editor in (l, m):
                    settle()
                editor.replace({'a': number})
                for folder in (a, b, l, m):
                    folder.wait({'a': number})
            quiet(frames_of(server, one, two))
            updates = [frame for frame in server.frames if frame.type == 'config_update']
            assert len(updates) < 10, [(frame.instance_id, frame.config_data) for frame in updates]
            assert not first.find('lost', 'err') and not second.find('lost', 'err')
            check(server, one, two)


def test_chain():
    """legacy client, instance, instance, legacy server, legacy client: end to end, both ways"""
    with folders(4, {'a': 0}) as (a, b, l, m), Server(free_port()) as server:
        with Instance(a, '-l', free_port(), '--instance-id', 'a') as first, \
                Instance(b, '-p', first.port, '-p', f'ws://127.0.0.1:{server.port}',
                         '--instance-id', 'b') as second, \
                Client(l, first.port, 'l1') as one, Client(m, server.port, 'l2') as two:
            first.wait('peer up    127.0.0.1')
            first.wait('peer up    b ')
            second.wait('peer up    ws://')
            until('all to be connected', lambda: len(server.clients) == 2)
            for number, editor in enumerate((l, m, l, a, m), 1):
                open_eyes(one, two)
                editor.replace({'a': number})
                for folder in (a, b, l, m):
                    folder.wait({'a': number})
            first.wait('applied    /a from l2   .*by way of b')
            quiet(frames_of(server, one, two))
            check(server, one, two)


# conflicts

def test_simultaneous():
    """of edits made at once on both ends one wins everywhere, and the other is a version"""
    with hall_and_client({'a': 0}) as (a, l, hall, client):
        for number in range(1, 6):
            open_eyes(client)
            ours, theirs = {'a': number, 'by': 'hall'}, {'a': number, 'by': 'client'}
            sent = client.sent
            l.replace(theirs)
            until('the legacy client to send', lambda: client.sent > sent)
            a.replace(ours)
            until('both to agree', lambda: a.read() == l.read() and a.read() in (ours, theirs))
            quiet(frames_of(client))
            assert a.read() == l.read(), (a.read(), l.read())
            until('both to be kept', lambda: all(
                content in versions_of(a) for content in (ours, theirs)))
        check(client)


def test_burst():
    """of many edits in a row the last one arrives"""
    with hall_and_client({'a': 0}) as (a, l, _, client):
        for number in range(1, 40):
            a.replace({'a': number})
        l.wait({'a': 39})
        quiet(frames_of(client))
        assert l.read() == a.read() == {'a': 39}, (l.read(), a.read())
        check(client)


def test_blind():
    """an edit that a legacy client swallows comes with its next one, and is not lost"""
    with hall_and_client({'a': 0}, scale=0.2) as (a, l, _, client):
        a.replace({'a': 1})
        l.wait({'a': 1})
        l.replace({'a': 1, 'swallowed': True})
        until('it to be swallowed', lambda: client.swallowed == 1)
        assert a.read() == {'a': 1}
        open_eyes(client)
        l.replace({'a': 1, 'swallowed': True, 'more': True})
        a.wait({'a': 1, 'swallowed': True, 'more': True})


# clocks

def check_clock(ahead):
    with hall_and_client({'a': 0}, ahead=ahead) as (a, l, _, client):
        for number, editor in enumerate((a, a, 'pause', l, l, a, a, 'pause', l), 1):
            if editor == 'pause':
                settle()
                continue
            editor.replace({'a': number})
            for folder in (a, l):
                folder.wait({'a': number})
        check(client)


def test_clock_ahead():
    """a legacy clock an hour, or half a day, ahead: edits go both ways"""
    check_clock(3600)
    check_clock(14 * 3600)


def test_clock_behind():
    """a legacy clock an hour, or since 1970, behind: edits go both ways"""
    check_clock(-3600)
    check_clock(-time.time() + 100)


def test_clocks_differ():
    """legacy clients whose clocks differ refuse each other's edits, but not when we say them"""
    with folders(3, {'a': 0}) as (a, l, m), Server(free_port()) as server:
        with Instance(a, '-p', f'ws://127.0.0.1:{server.port}') as instance, \
                Client(l, server.port, 'late', ahead=-1800) as late, \
                Client(m, server.port, 'early', ahead=1800) as early:
            instance.wait('peer up')
            until('all to be connected', lambda: len(server.clients) == 3)
            for number, editor in enumerate((m, l, a, l, m), 1):
                open_eyes(late, early)
                editor.replace({'a': number})
                for folder in (a, l, m):
                    folder.wait({'a': number})
            quiet(frames_of(server, late, early))
            check(server, late, early)


# restarts

def test_restart_client():
    """a legacy client that was away gets what it missed"""
    with folders(2, {'a': 0}) as (a, l), Instance(a, '-l', free_port()) as hall:
        with Client(l, hall.port, 'l'):
            hall.wait('peer up')
            a.replace({'a': 1})
            l.wait({'a': 1})
        hall.wait('peer down')
        a.replace({'a': 2})
        hall.wait(r'changed    /a .*\n?', 'out')
        with Client(l, hall.port, 'l') as client:
            l.wait({'a': 2})
            open_eyes(client)
            l.replace({'a': 3})
            a.wait({'a': 3})


def test_restart_instance():
    """an instance that was away tells the legacy client what was edited meanwhile"""
    port = free_port()
    with folders(2, {'a': 0}) as (a, l), Client(l, port, 'l') as client:
        with Instance(a, '-l', port) as hall:
            hall.wait('peer up')
            a.replace({'a': 1})
            l.wait({'a': 1})
            assert hall.end() == 0
        a.replace({'a': 2})
        with Instance(a, '-l', port) as hall:
            l.wait({'a': 2})
            open_eyes(client)
            l.replace({'a': 3})
            a.wait({'a': 3})
        check(client)


def test_restart_server():
    """a legacy server that comes back is dialled again"""
    port = free_port()
    with folders(2, {'a': 0}) as (a, l), Client(l, port, 'l') as client:
        with Instance(a, '-p', f'ws://127.0.0.1:{port}') as instance:
            instance.wait('peer down')
            for number in (1, 2):
                with Server(port) as server:
                    until('both to come', lambda: len(server.clients) == 2)
                    a.replace({'a': number})
                    l.wait({'a': number})
                    open_eyes(client)
                    l.replace({'a': number, 'again': number})
                    a.wait({'a': number, 'again': number})


# what may come in

def test_empty():
    """an empty configuration, or none, wipes nothing, and is one line"""
    with folders(1, {'a': 1}) as (a,), Instance(a, '-l', free_port()) as hall:
        with Raw(hall.port) as raw:
            for content in ({}, None, {}):
                raw.update(content)
            hall.wait('refused    raw   an empty configuration, which is taken for a mist', 'err')
            raw.update({'a': 2})
            a.wait({'a': 2})
            assert len([line for line in hall.lines['err'] if 'refused' in line]) == 1, hall.lines
            assert not raw.closed()


def test_unknown_member():
    """a member that nobody knows is passed over"""
    with folders(1, {'a': 1}) as (a,), Instance(a, '-l', free_port()) as hall:
        with Raw(hall.port) as raw:
            raw.update({'a': 2}, colour='green', stamp={'vector': 7}, document='other')
            a.wait({'a': 2})


def test_garbage():
    """what can't be read is named once, and the link stays"""
    with folders(1, {'a': 1}) as (a,), Instance(a, '-l', free_port()) as hall:
        with Raw(hall.port) as raw:
            for text in ('', 'x', '[]', '{"type":', '{"type": 1}', '[' * 100000, '"' * 1000,
                         '{"type": "hello"}', '\x00', '{"a":' * 500):
                raw.send(text)
            raw.send_bytes(bytes(range(256)))
            raw.update({'a': float('nan')})
            hall.wait('refused    .* a legacy frame that can.t .*: .* a value expected', 'err')
            raw.update({'a': 2 ** 63})
            hall.wait('refused    .* this integer is beyond 64 bits', 'err')
            raw.update({'a': '\ud800'})
            hall.wait('refused    .*surrogate', 'err')
            raw.update({'a': [[[[0]]]] * 3, 'deep': json.loads('[' * 80 + ']' * 80)})
            hall.wait('refused    .*nested deeper', 'err')
            raw.update({'a': 2})
            a.wait({'a': 2})
            assert not raw.closed()


def test_huge():
    """a frame beyond the limit ends its link and nothing else"""
    with hall_and_client({'a': 1}) as (a, l, hall, client):
        with Raw(hall.port) as raw:
            hall.wait('peer up    .*', 'out')
            with contextlib.suppress(OSError):
                raw.update({'a': 'x' * (17 * 1024 * 1024)})
            until('it to be shown out', raw.closed)
        hall.wait('sent a message of more than 16777216 bytes')
        open_eyes(client)
        l.replace({'a': 'y' * 2000000})
        a.wait({'a': 'y' * 2000000})
        a.replace({'a': 2})
        l.wait({'a': 2})


def test_namesake():
    """a legacy peer that goes by our id is named, and changes nothing"""
    with folders(1, {'a': 1}) as (a,):
        with Instance(a, '-l', free_port(), '--instance-id', 'hall') as hall, \
                Raw(hall.port) as raw:
            raw.update({'a': 2}, name='hall')
            hall.wait('refused    .* it goes by the id of this instance, hall', 'err')
            raw.update({'a': 3}, name='attic')
            a.wait({'a': 3})


def test_odd_name():
    """an id that can't name an instance gets another form, and can do nothing to the terminal"""
    with folders(1, {'a': 1}) as (a,), Instance(a, '-l', free_port()) as hall:
        with Raw(hall.port) as raw:
            raw.update({'a': 2}, name='\033[2J küche/1')
            a.wait({'a': 2})
            hall.wait(r'applied    /a from __2J_k__che_1-[0-9a-f]{6}   ')


# from elsewhere

def check_elsewhere(address, options, allowed):
    with folders(2, {'a': 0}) as (a, b), Server(free_port(), address) as server:
        with Instance(a, '-l', f'0.0.0.0:{free_port()}', *options) as hall, \
                Raw(hall.port, address) as raw, Raw(hall.port) as local, \
                Instance(b, '-p', f'ws://{address}:{server.port}', *options) as guest:
            hall.wait(r'peer up    127.0.0.1')
            assert local.status is None
            if allowed:
                hall.wait(rf'peer up    {address}')
                guest.wait(rf'peer up    ws://{address}')
            else:
                assert raw.status == 403, raw.status
                hall.wait(r'refused .* a legacy peer, .* allow-legacy-peers', 'err')
                guest.wait(r'peer down  ws://.* legacy protocol, .* allow-legacy-peers', 'err')


def test_elsewhere():
    """from other machines legacy peers come in, and are dialled, only where that is allowed"""
    if own_address is None:
        raise Skip('another network takes privileges')
    for allowed in (False, True):
        options = ['--allow-unauthenticated'] + ['--allow-legacy-peers'] * allowed
        check_elsewhere(own_address, options, allowed)


# as it really is

def test_real_times():
    """with the real poll, blindness and reconnect: edits both ways, one of them swallowed"""
    with hall_and_client({'a': 0}, scale=1.0) as (a, l, hall, client):
        a.replace({'a': 1})
        l.wait({'a': 1})
        l.replace({'a': 1, 'swallowed': True})
        until('it to be swallowed', lambda: client.swallowed == 1)
        settle()
        l.replace({'a': 2, 'swallowed': True})
        a.wait({'a': 2, 'swallowed': True})
        a.replace({'a': 3})
        l.wait({'a': 3})
        assert not hall.find('lost', 'err'), hall.lines['err']
        check(client)


if __name__ == '__main__':
    own_address = enter_own_network()
    sys.exit(main(globals(), sys.argv[1]))
