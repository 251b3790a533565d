# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: The confsync authors
#
# More from one address, all at once, than may come in a minute: a fleet behind one router that has
# the shared key comes in, others don't. The loopback stands for such an address. Prints TAP.
"""Usage: test-run-hostile-crowd.py CONFSYNC [--memory | --no-memory] [NAME...]"""

import contextlib
import json
import os
import pathlib
import re
import statistics
import sys
import tempfile

import harness
from harness import Client, upgrade_request
from house import Instance, e2e, party
from keyed import KEY, OTHER_KEY, ProvingGuest, write_key

# each test says who has a key
e2e.keyed = False
ALLOWED = 60
FLEET = 80
# for those who sit in the middle of a handshake until all are there
PATIENCE = '60s'
# to measure with; the bound is far above the quarter that it is
BATCH, ROUNDS = 50, 7
COST_MAX = 0.6
# sockets that the hall keeps half closed, so that the answer is read
KEPT_MAX = 32
COUNTED = ['--rate-limit-whitelist-local=false', '--handshake-timeout', PATIENCE]


class Member(ProvingGuest):
    """One of the crowd: connected, and not upgraded yet."""

    def __init__(self, hall, number, source='127.0.0.1'):
        super().__init__(hall, f'member-{number}', upgraded=False, source=source)

    def knock(self):
        """Asks for the WebSocket; gives 0, or for how many seconds it was told to stay away."""
        # who is blocked is answered unread, and what is sent then may be refused
        with contextlib.suppress(ConnectionError):
            self.send(upgrade_request())
        head = self.head()
        if head.startswith('HTTP/1.1 101 '):
            return 0
        assert head.startswith('HTTP/1.1 429 '), head
        return int(re.search(r'Retry-After: (\d+)', head).group(1))

    def fail(self, hello):
        """Answers a hello with a proof under another key."""
        self.ours, self.theirs = (self.id, 's', 'n'), party(hello)
        self.hello(session='s', nonce='n', auth='hmac-sha256')
        self.say('auth', proof=self.proof(OTHER_KEY))
        self.hear('error')


@contextlib.contextmanager
def counting_hall(*arguments):
    """An instance that counts who comes from this machine, too; with a member's key, if any."""
    with e2e.Folder() as folder:
        folder.overwrite({'n': 1})
        with Instance(folder, 'hall', '-l', '127.0.0.1:0', *COUNTED, *arguments) as hall:
            yield hall
            assert hall.end() == 0
        hall.check_lines()


@contextlib.contextmanager
def crowd(hall):
    """All of them, connected at once, and how long each is blocked."""
    with contextlib.ExitStack() as stack:
        members = [stack.enter_context(Member(hall, number)) for number in range(FLEET)]
        waits = [member.knock() for member in members]
        assert waits.count(0) == ALLOWED, waits
        assert all(110 <= wait <= 120 for wait in waits if wait), waits
        hall.wait('  blocked    127.0.0.1:.*more than 60 requests in a minute', 'err')
        yield stack, members[:ALLOWED]


def count_up(hall):
    return sum('  peer up    ' in line for line in hall.lines['out'])


def test_fleet():
    """with the key, all come in: those who were too many as soon as the others have proven it"""
    with tempfile.TemporaryDirectory() as keys, e2e.Folder() as folder, \
            counting_hall('--key-file', key := write_key(keys)) as hall, \
            crowd(hall) as (stack, members):
        mark = hall.mark()
        attic = stack.enter_context(Instance(
            folder, 'attic', '-p', f'ws://127.0.0.1:{hall.port}', '--key-file', key))
        attic.wait('answered 429 ', 'err')
        for member in members:
            member.live()
        hall.one_line(mark, '127.0.0.1 is heard again: most of those who came from there belong')
        for number in range(ALLOWED, FLEET):
            late = stack.enter_context(Member(hall, number))
            assert late.knock() == 0
            late.live()
        attic.wait('peer up    hall ')
        e2e.until('all to be up', lambda: count_up(hall) == FLEET + 1)
        assert attic.end() == 0


def test_without_a_key():
    """without one, those who are too many stay outside, however well the others behave"""
    with counting_hall() as hall, crowd(hall) as (stack, members):
        for member in members:
            member.greet()
        e2e.until('those inside to be up', lambda: count_up(hall) == ALLOWED)
        assert stack.enter_context(Member(hall, FLEET)).knock() > 100
        assert not hall.find('heard again')


def test_wrong_key():
    """with another key, the address is blocked soon, for those who have the right one as well"""
    with tempfile.TemporaryDirectory() as keys, \
            counting_hall('--key-file', write_key(keys)) as hall:
        for number in range(ALLOWED + 1):
            with Member(hall, number) as member:
                if member.knock():
                    break
                said = json.loads(member.frame()[1])
                # after the first failure, nobody from here is heard for a while
                if said['type'] == 'hello':
                    member.fail(said)
                else:
                    assert said['code'] == 'auth', said
        # a failed proof counts as one request more, and so does the first who isn't heard for it
        assert ALLOWED // 2 <= number <= ALLOWED, number
        with Member(hall, 'honest') as honest:
            assert honest.knock() > 100
        with Member(hall, 'honest', '127.0.0.2') as honest:
            assert honest.knock() == 0
            honest.live(KEY)


def processor_us(instance):
    """What its main thread, which does all of this, has had of the processors."""
    stat = pathlib.Path(f'/proc/{instance.process.pid}/schedstat').read_text(encoding='ascii')
    return int(stat.split()[0]) / 1000


def cost(hall, source, answer):
    """What one connection costs the hall: microseconds, and bytes on the wire; the mean of some."""
    files = len(os.listdir(f'/proc/{hall.process.pid}/fd'))
    began = processor_us(hall)
    size = 0
    for _ in range(BATCH):
        with Client(hall.port, source) as client:
            # both read the answer first: who is blocked is told before it asks
            if answer == 101:
                client.send(upgrade_request())
                size += len(upgrade_request())
            head = client.head()
            assert head.startswith(f'HTTP/1.1 {answer} '), head
            size += len(head) + len('\r\n\r\n') + len(client.pending)
    # the last ones that were blocked are kept for a moment
    harness.until(lambda: len(os.listdir(f'/proc/{hall.process.pid}/fd')) <= files + KEPT_MAX,
                  'the connections to be gone')
    return (processor_us(hall) - began) / BATCH, size / BATCH


def test_cost():
    """who is blocked costs a part of what a WebSocket does, side by side"""
    if not os.path.exists('/proc/self/schedstat'):
        raise harness.Skip('this kernel does not say what a process has had of the processors')
    with counting_hall(f'--rate-limit={ROUNDS * BATCH + 10}') as hall:
        blocked = False
        while not blocked:
            with Client(hall.port, '127.0.0.2') as client:
                client.send('GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n')
                blocked = client.head().startswith('HTTP/1.1 429 ')
        pairs = [(cost(hall, '127.0.0.2', 429), cost(hall, '127.0.0.3', 101))
                 for _ in range(ROUNDS)]
        (refused, refused_size), (served, served_size) = (
            map(statistics.median, zip(*side)) for side in zip(*pairs))
        ratio = statistics.median(one[0] / other[0] for one, other in pairs)
        print(f'# one that is blocked: {refused:.0f} us of a processor, {refused_size:.0f} bytes; '
              f'a WebSocket: {served:.0f} us, {served_size:.0f} bytes: {ratio:.2f}', flush=True)
        assert ratio < COST_MAX, ratio
        assert refused_size < served_size, (refused_size, served_size)


if __name__ == '__main__':
    e2e.confsync = os.path.realpath(sys.argv[1])
    sys.exit(harness.main(dict(globals())))
