# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: The confsync authors
#
# Those who are no peers of the built command: web pages, monitors that ask for its health, and who
# comes too often.
"""Usage: test-strangers.py CONFSYNC"""

import contextlib
import json
import re
import signal
import socket
import sys
import time

import harness
from harness import DEADLINE, Folder, Instance, main, until

KEY = 'MDEyMzQ1Njc4OWFiY2RlZg=='


def answer(port, request, source='127.0.0.1'):
    with socket.create_connection(('127.0.0.1', port), DEADLINE, (source, 0)) as link:
        link.sendall(request.encode())
        with link.makefile('rb') as stream:
            return stream.read().decode()


def health(port, host='localhost', source='127.0.0.1', path='/health', more=''):
    return answer(port, f'GET {path} HTTP/1.1\r\nHost: {host}\r\n{more}\r\n', source)


def status_of(reply):
    return int(reply.split(' ', 2)[1])


def upgrade(port, *headers, host='localhost', path='/sync'):
    """The status line's number; the connection is over then."""
    with socket.create_connection(('127.0.0.1', port), DEADLINE) as link:
        lines = [f'GET {path} HTTP/1.1', f'Host: {host}', 'Upgrade: websocket',
                 'Connection: Upgrade', f'Sec-WebSocket-Key: {KEY}', 'Sec-WebSocket-Version: 13',
                 'Sec-WebSocket-Protocol: confsync.v1', *headers, '', '']
        link.sendall('\r\n'.join(lines).encode())
        with link.makefile('rb') as stream:
            return int(stream.readline().split()[1])


def status(folder):
    done = harness.ask('status', '-f', folder.file, '--json')
    assert done.returncode == 0, done
    return json.loads(done.stdout)


def test_pages():
    """any Origin is refused, but for the ones that are named, exactly"""
    with Folder() as folder, Instance(folder, '-l', '0') as hall:
        for origin in 'https://panel.example.org', 'http://127.0.0.1', 'null', '':
            assert upgrade(hall.port, f'Origin: {origin}') == 403, origin
        hall.wait('web page of “https://panel.example.org”.*allow-origin', 'err')
        assert upgrade(hall.port) == 101
    with Folder() as folder, Instance(folder, '-l', '0', '--allow-origin',
                                      'https://panel.example.org,http://a.example:8123') as hall:
        for origin in 'https://panel.example.org', 'http://a.example:8123', 'HTTP://A.example:8123':
            assert upgrade(hall.port, f'Origin: {origin}') == 101, origin
        for origin in ('http://panel.example.org', 'https://panel.example.org.evil.example',
                       'https://panel.example.org:443', 'https://panel.example.org/', 'null',
                       'https://a.example:8123', 'https://panel.example.org, http://evil.example'):
            assert upgrade(hall.port, f'Origin: {origin}') == 403, origin
        twice = 'Origin: https://panel.example.org'
        assert upgrade(hall.port, twice, twice) == 403


def test_hosts():
    """/health takes addresses, names without a dot, the machine's own and allow-host"""
    own = socket.gethostname()
    usual = ['127.0.0.1', '[::1]', 'localhost', 'kitchen', own, own.upper(), f'{own}.local']
    strange = ['evil.example', 'panel.example.org.evil.example', f'{own}.evil.example',
               'panel.example.org.']
    with Folder() as folder, Instance(folder, '-l', '0') as hall:
        for host in usual:
            for port in '', f':{hall.port}':
                assert status_of(health(hall.port, host + port)) == 200, host
        for host in *strange, 'panel.example.org':
            assert status_of(health(hall.port, host)) == 403, host
        hall.wait('health of “panel.example.org”.*allow-host', 'err')
    with Folder() as folder, Instance(
            folder, '-l', '0', '--allow-host', 'panel.example.org') as hall:
        for host in *usual, 'panel.example.org', 'PANEL.example.org:8765':
            assert status_of(health(hall.port, host)) == 200, host
        for host in strange:
            assert status_of(health(hall.port, host)) == 403, host


def test_paths():
    """paths are exact, and there is one Host"""
    with Folder() as folder, Instance(folder, '-l', '0') as hall:
        for path in '/healthX', '/health/', '/health?a', '/HEALTH', '/metrics', '/', '/syncX':
            assert status_of(health(hall.port, path=path)) == 404, path
        assert status_of(health(hall.port, more='Host: localhost\r\n')) == 400
        assert status_of(answer(hall.port, 'GET /health HTTP/1.1\r\n\r\n')) == 400
        assert upgrade(hall.port, 'Host: localhost') == 400


def test_backlog():
    """120 who come while it can't look are all answered once it can"""
    with Folder() as folder, Instance(folder, '-l', '0', '--max-handshakes', '200') as hall, \
            contextlib.ExitStack() as stack:
        port = hall.port
        hall.signal(signal.SIGSTOP)
        # the system takes them in; beyond the length of its queue, a connect would wait
        links = [stack.enter_context(socket.create_connection(('127.0.0.1', port), DEADLINE))
                 for _ in range(120)]
        hall.signal(signal.SIGCONT)
        for link in links:
            link.settimeout(DEADLINE)
            link.sendall(b'GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n')
            assert link.recv(12) == b'HTTP/1.1 200'


def test_health_tells_little():
    """the report has no path, no address, no content and no name but its own"""
    with Folder() as a, Folder() as b:
        a.overwrite({'token': 'hunter2'})
        with Instance(a, '-l', '0', '--instance-id', 'hall') as hall, \
                Instance(b, '-p', f'ws://127.0.0.1:{hall.port}', '--instance-id', 'attic'):
            hall.wait('peer up    attic')
            reply = health(hall.port)
            report = json.loads(reply.split('\r\n\r\n', 1)[1])
            assert report.pop('timestamp') > 0
            assert report == {'status': 'healthy', 'instance_id': 'hall',
                              'connected_clients': 1, 'failed_proofs': 0}, report
            for secret in 'hunter2', 'token', 'attic', str(a.path), '127.0.0.1', 'json,':
                assert secret not in reply, (secret, reply)


def test_bad_options():
    """what could be meant in another way than it works is refused"""
    with Folder() as folder:
        for option, value in (('allow-origin', 'https://panel.example.org/'),
                              ('allow-origin', 'panel.example.org'), ('allow-origin', 'null'),
                              ('allow-origin', '*'), ('allow-host', 'https://panel.example.org'),
                              ('allow-host', 'panel.example.org:80'), ('allow-host', '*.example'),
                              ('rate-limit-requests-per-minute', '-1')):
            done = harness.ask('run', folder.file, f'--{option}', value)
            assert done.returncode == 2 and done.stderr.count('\n') == 1, done
            assert f'--{option}: “{value}” is not ' in done.stderr, done
        for value, words in (('0', '0 is too little; at least 1\n'),
                             ('604801', '604801 is too much; at most 604800\n')):
            done = harness.ask('run', folder.file, '--rate-limit-block-duration', value)
            assert done.returncode == 2, done
            assert done.stderr.endswith(f'--rate-limit-block-duration: {words}'), done


LIMITED = ['-l', '0', '--rate-limit-whitelist-local=false', '--rate-limit-requests-per-minute=5']


class Block:
    """What the answers say of when a block ends: whole seconds, rounded up, that count down."""

    def __init__(self, port):
        self.port = port
        self.told = set()
        self.earliest, self.latest = 0, float('inf')

    def is_over(self):
        began = time.monotonic()
        reply = health(self.port)
        ended = time.monotonic()
        if status_of(reply) == 200:
            assert ended >= self.earliest, f'{self.earliest - ended} s early'
            return True
        assert status_of(reply) == 429, reply
        seconds = int(re.search(r'\r\nRetry-After: (\d+)\r\n', reply).group(1))
        assert seconds >= 1
        self.told.add(seconds)
        self.earliest = max(self.earliest, began + seconds - 1)
        self.latest = min(self.latest, ended + seconds)
        # whatever was told at any time is true of one end
        assert began <= self.latest and self.earliest <= self.latest, reply
        return False


def test_rate_limit():
    """who comes too often gets 429 for a while; others, and the links of peers, are served"""
    with Folder() as a, Folder() as b:
        a.overwrite({'n': 1})
        with Instance(a, *LIMITED, '--rate-limit-block-duration=2') as hall, \
                Instance(b, '-p', f'ws://127.0.0.1:{hall.port}') as attic:
            attic.wait('peer up')
            # who has proven the key isn't counted
            hall.wait('peer up')
            for _ in range(5):
                assert status_of(health(hall.port)) == 200
            block = Block(hall.port)
            assert not block.is_over()
            hall.wait('blocked .*more than 5 requests in a minute.* is heard for 2', 'err')
            assert status_of(health(hall.port, source='127.0.0.2')) == 200
            for n in range(2, 12):
                b.replace({'n': n})
                a.wait({'n': n})
            until('the end of the block', block.is_over)
            assert block.told == {1, 2}, block.told
            told = [line for line in hall.lines['err'] if '  blocked  ' in line]
            assert len(told) == 1, told
            until('the refused to be counted', lambda: status(a)['refused'] >= 1)
            assert attic.end() == 0 and hall.end() == 0


def test_refused_count_twice():
    """a refused handshake counts once more"""
    with Folder() as folder, Instance(folder, *LIMITED) as hall:
        for _ in range(3):
            assert upgrade(hall.port, 'Origin: http://evil.example') == 403
        assert upgrade(hall.port) == 429
        until('the refused to be counted', lambda: status(folder)['refused'] == 4)


def test_many():
    """a thousand that are blocked get their answer each, make no lines, and cost no descriptors"""
    with Folder() as folder, Instance(folder, *LIMITED) as hall:
        for _ in range(5):
            assert status_of(health(hall.port)) == 200
        for _ in range(1000):
            assert status_of(health(hall.port)) == 429
        told = [line for line in hall.lines['err'] if '  blocked  ' in line]
        assert len(told) == 1, told
        assert status_of(health(hall.port, source='127.0.0.2')) == 200
        until('the refused to be counted', lambda: status(folder)['refused'] == 1000)


def test_local_is_exempt():
    """this machine comes as often as it likes, unless that isn't wanted; 0 blocks nobody"""
    for options in (['-l', '0', '--rate-limit-requests-per-minute=5'],
                    ['-l', '0', '--rate-limit-whitelist-local=false',
                     '--rate-limit-requests-per-minute=0']):
        with Folder() as folder, Instance(folder, *options) as hall:
            for _ in range(30):
                assert status_of(health(hall.port)) == 200


if __name__ == '__main__':
    sys.exit(main(dict(globals()), sys.argv[1]))
