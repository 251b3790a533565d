# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: The confsync authors
#
# One house under everything that a stranger can send in bulk, one thing after the other, from a
# fixed seed. An honest edit is asked for between any two pieces of it and gets through within a
# second; what they leave behind in the hall's memory is seen at the end. A tenth of it strikes
# houses that share a key, or pin certificates. Prints TAP.
"""Usage: test-run-hostile-storm.py CONFSYNC [--memory | --no-memory] [--keyed | --tls]"""

import contextlib
import json
import os
import pathlib
import random
import re
import socket
import struct
import sys
import tempfile
import time
import zlib

import harness
import malformed
from harness import BINARY, CLOSE, CONTINUATION, PING, TEXT, Client, frame, status_of
from house import MIB, SLOW, House, Stranger, e2e, until
from keyed import KeyedHouse, ProvingGuest

# nobody from an address that failed to prove the key would be heard for a while
e2e.keyed = False
SEED = 6
HANDSHAKES = 300
MESSAGES = 1000
LORISES = 500
CONNECTS = 10000
GARBAGES = 40
FLOOD_BYTES = 100 * MIB
# all but one of twenty edits: the machine may have better things to do for a moment
EDIT_MAX_S = 1.0
EDIT_PART = 0.95
EDIT_LONGEST_S = 10.0
MEMORY_MAX = 4 * MIB
# so that the slow ones are cut before the storm is over
HANDSHAKE_TIMEOUT = '3s'


def anonymous(instance):
    status = pathlib.Path(f'/proc/{instance.process.pid}/status').read_text(encoding='ascii')
    return int(re.search(r'RssAnon:\s+(\d+)', status).group(1)) * 1024


def files(instance):
    return len(os.listdir(f'/proc/{instance.process.pid}/fd'))


def reset(connection):
    """Closes at once, without a port that is kept for a minute."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0))
    connection.close()


def hear_the_end(stranger, sent):
    """Reads to where the hall has given the link up; a closed connection says as much."""
    with contextlib.suppress(AssertionError, ConnectionError):
        while True:
            opcode, data = stranger.frame()
            if opcode == CLOSE or b'"error"' in data:
                return
            assert opcode == TEXT, (opcode, data[:200], sent[:300])


# each is a generator, of all of it or a part: at each of its yields an honest edit must get through

def handshakes(house, part):
    """300 malformed handshakes: none is answered with a WebSocket"""
    dice = random.Random(SEED)
    for number in range(int(HANDSHAKES * part)):
        request = malformed.handshake(dice)
        with Client(house.hall.port, f'127.0.1.{number % 20 + 1}') as client:
            with contextlib.suppress(ConnectionError):
                client.send(request)
                client.socket.shutdown(socket.SHUT_WR)
            answer = client.rest()
            assert answer == b'' or 400 <= status_of(answer) < 600, (request[:300], answer[:200])
        if number % 60 == 59:
            yield


def messages(house, part):
    """1,000 malformed messages, as the first one or later: each ends its link"""
    dice = random.Random(SEED)
    for number in range(int(MESSAGES * part)):
        with house.guest('stranger') as stranger:
            if number % 4 == 0:
                stranger.greet()
            broken = malformed.message(dice, stranger)
            with contextlib.suppress(ConnectionError):
                stranger.send(broken)
            hear_the_end(stranger, broken)
        if number % 100 == 99:
            yield


def slow_loris(house, part):
    """500 requests of one byte at a time: cut at the deadline"""
    with contextlib.ExitStack() as stack:
        clients = [stack.enter_context(Client(house.hall.port, f'127.0.2.{number % 10 + 1}'))
                   for number in range(LORISES)]
        yield
        if part < 1:
            return
        for letter in 'GET /sync':
            for client in clients:
                with contextlib.suppress(ConnectionError):
                    client.send(letter)
            yield
        for client in clients:
            assert client.rest() == b''


def gzip_bomb(house, part):
    """1 MB that inflates to 1 GB is given up at the limit of a message"""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    megabyte = packer.compress(bytes(MIB)) + packer.flush(zlib.Z_FULL_FLUSH)
    head = b'\x1f\x8b\x08\0\0\0\0\0\0\xff'
    bomb = head + megabyte * int(1024 * part) + b'\x03\0' + bytes(8)
    assert 0.5 * MIB * part < len(bomb) < 2 * MIB * part, len(bomb)
    with house.guest('bomber') as stranger:
        stranger.greet().send(frame(BINARY, bomb))
        yield
        said = stranger.hear('error')
        assert 'compressed message of more than 16777216 bytes' in said['message'], said
        stranger.leave()


def fragment_flood(house, part):
    """100 MB of fragments are cut at the limit of a message"""
    with house.guest('flood') as stranger:
        stranger.greet().send(frame(TEXT, b'{', fin=False))
        sent = stranger.send_until_cut(frame(CONTINUATION, b' ' * 65536, fin=False), FLOOD_BYTES)
        assert sent < 40 * MIB, f'{sent} bytes were taken'
    yield


def ping_flood(house, part):
    """pings whose answers are never read are cut before they fill the memory"""
    with house.guest('pinger', receive_buffer=4096) as stranger:
        stranger.greet()
        sent = stranger.send_until_cut(frame(PING, bytes(125)) * 500, FLOOD_BYTES)
        assert sent < 64 * MIB, f'{sent} bytes were taken'
    yield


def connects(house, part):
    """10,000 connections in a row, left at once or after a part of a request"""
    for number in range(int(CONNECTS * part)):
        connection = socket.socket()
        connection.bind((f'127.0.3.{number % 50 + 1}', 0))
        connection.connect(('127.0.0.1', house.hall.port))
        if number % 4 == 0:
            connection.send(b'GET /sync HTTP/1.1\r\nHost: loc'[:number % 30 + 1])
        reset(connection)
        if number % 1000 == 999:
            yield


def garbage_after_close(house, part):
    """what comes behind a close frame, or behind a refusal, is not looked at"""
    dice = random.Random(SEED)
    for number in range(int(GARBAGES * part)):
        with house.guest('leaver') as stranger:
            stranger.greet()
            evil = frame(TEXT, json.dumps(stranger.update({'evil': True})).encode())
            end = frame(CLOSE, b'\x03\xe8') if number % 2 else frame(TEXT, b'no message')
            with contextlib.suppress(ConnectionError):
                stranger.send(end + evil + dice.randbytes(5000))
            hear_the_end(stranger, end)
        if number % 10 == 9:
            yield


class Keyed(KeyedHouse):
    """A house with a key; guests have it, too, once they greet, and each comes from a place of its
    own, since nobody is heard where one has failed."""

    count = 0

    def guest(self, name, **options):
        self.count += 1
        source = f'127.1.{self.count // 250}.{self.count % 250 + 1}'
        guest = ProvingGuest(self.hall, name, source=source, **options)
        guest.greet = guest.live
        return guest


class Pinned(House):
    """A house whose instances all show one certificate, and take no other one."""

    def __enter__(self):
        folder = self.stack.enter_context(tempfile.TemporaryDirectory())
        files_named = ['--tls-certificate', f'{folder}/tls.crt', '--tls-private-key',
                       f'{folder}/tls.key']
        made = e2e.ask('keygen', *files_named)
        assert made.returncode == 0, made
        self.identity = [*files_named, '--tls-pin', made.stdout.strip()]
        return super().__enter__()

    def open(self, name, *arguments):
        arguments = (re.sub('^(ws://)?(?=127)', 'wss://', argument) for argument in arguments)
        return super().open(name, *arguments, *self.identity)


class Open(House):
    """Anybody of this machine may be a guest."""

    def guest(self, name, **options):
        return Stranger(self.hall, name, **options)


STORM = [handshakes, messages, slow_loris, gzip_bomb, fragment_flood, ping_flood, connects,
         garbage_after_close]
# what needs no WebSocket: where certificates are pinned, no stranger gets that far
RAW = [handshakes, slow_loris, connects]


def edit(house):
    """Gives how long it takes, in seconds."""
    began = time.monotonic()
    house.served(EDIT_LONGEST_S)
    return time.monotonic() - began


def play(house, attack, part=1.0):
    """Plays one, with honest edits in between; gives how long each took."""
    times = [edit(house) for _ in attack(house, part)]
    times.append(edit(house))
    assert 'evil' not in house.hall.folder.read()
    return times


def large_edits(house, count):
    """What the deaf one is sent, and doesn't read."""
    for number in range(count):
        house.content = {**house.content, 'padding': f'{number}' + 'x' * 300000}
        house.attic.folder.replace(house.content)
        house.cellar.folder.wait(house.content)
    house.content = {'small': 'again'}
    house.attic.folder.replace(house.content)
    house.cellar.folder.wait(house.content)


def test_deaf(house, stack):
    """a peer that never reads: what waits for it is bounded, and it is given up in time"""
    deaf = stack.enter_context(house.guest('deaf', receive_buffer=4096))
    deaf.greet()
    large_edits(house, 5)


def test_deaf_is_gone(house):
    """it was given up meanwhile, without a word of its own"""
    e2e.until('the deaf one to be given up',
              lambda: house.hall.since({'out': 0, 'err': 0}, '  peer down  deaf .*no answer'))


def test_served(times):
    """the honest edits got through within a second"""
    times.sort()
    within = times[min(int(len(times) * EDIT_PART), len(times) - 2)]
    print(f'# {len(times)} edits: median {times[len(times) // 2] * 1000:.0f} ms, '
          f'{EDIT_PART:.0%} within {within * 1000:.0f} ms, all within {times[-1] * 1000:.0f} ms')
    assert within < EDIT_MAX_S * SLOW, f'{within:.1f} s'


def test_nothing_is_left(house, files_before, memory_before):
    """no descriptor is left, and no more than 4 MB of anonymous memory"""
    until(lambda: files(house.hall) <= files_before, 'the connections to be gone')
    house.in_sync()
    if harness.Server.memory:
        # it is given back a second after the last one has left
        until(lambda: anonymous(house.hall) - memory_before < MEMORY_MAX, 'the memory back')
    grown = anonymous(house.hall) - memory_before
    print(f'# anonymous memory grew by {grown / MIB:.1f} MiB', flush=True)
    assert grown < MEMORY_MAX or not harness.Server.memory, f'{grown / MIB:.1f} MiB more'


class Report:
    """Prints TAP."""

    def __init__(self, count):
        self.number = 0
        self.good = True
        self.times = []           # of edits
        print(f'1..{count}', flush=True)

    def run(self, name, summary, function):
        self.number += 1

        def timed():
            began = time.monotonic()
            times = function() or []
            self.times += times
            slowest = f', the slowest edit {max(times) * 1000:.0f} ms' if times else ''
            print(f'# {name}: {time.monotonic() - began:.1f} s{slowest}', flush=True)

        timed.__doc__ = summary
        self.good &= harness.run(self.number, name.replace('_', '-'), timed)


def brief(house, storm):
    """A tenth of it."""
    report = Report(len(storm) + 2)
    with house:
        for attack in storm:
            play(house, attack, 0.1)
        until(lambda: files(house.hall) < 100, 'the guests to be gone')
        files_before, memory_before = files(house.hall), anonymous(house.hall)
        for attack in storm:
            report.run(attack.__name__, attack.__doc__, lambda: play(house, attack, 0.1))
        report.run('served', test_served.__doc__, lambda: test_served(report.times))
        report.run('nothing_is_left', test_nothing_is_left.__doc__,
                   lambda: test_nothing_is_left(house, files_before, memory_before))
    return 0 if report.good else 1


def warm_up(house):
    """A taste of everything: an allocator keeps what the first of a kind took, for the next one."""
    large_edits(house, 10)
    for attack in STORM:
        play(house, attack, 0.1)
    until(lambda: files(house.hall) < 100, 'the guests to be gone')


def main():
    harness.Server.memory = '--no-memory' not in sys.argv
    options = ['--handshake-timeout', HANDSHAKE_TIMEOUT]
    if '--keyed' in sys.argv:
        return brief(Keyed(hall_options=options), STORM)
    if '--tls' in sys.argv:
        return brief(Pinned(hall_options=options), RAW)
    report = Report(len(STORM) + 4)
    with Open(hall_options=options) as house, \
            contextlib.ExitStack() as stack:
        fresh = anonymous(house.hall)
        warm_up(house)
        print(f'# the first of each kind took {(anonymous(house.hall) - fresh) / MIB:.1f} MiB')
        files_before, memory_before = files(house.hall), anonymous(house.hall)
        report.run('deaf', test_deaf.__doc__, lambda: test_deaf(house, stack))
        for attack in STORM:
            report.run(attack.__name__, attack.__doc__, lambda: play(house, attack))
        report.run('served', test_served.__doc__, lambda: test_served(report.times))
        report.run('deaf_is_gone', test_deaf_is_gone.__doc__, lambda: test_deaf_is_gone(house))
        stack.close()
        report.run('nothing_is_left', test_nothing_is_left.__doc__,
                   lambda: test_nothing_is_left(house, files_before, memory_before))
    return 0 if report.good else 1


if __name__ == '__main__':
    e2e.confsync = os.path.realpath(sys.argv[1])
    sys.exit(main())
