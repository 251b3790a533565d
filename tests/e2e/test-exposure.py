# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: The confsync authors
#
# Where the built command may be reached and what it reaches, beyond what is said at its start:
# names that stand for addresses, who comes over which address, and proxies. Runs in a network of
# its own.
"""Usage: test-exposure.py CONFSYNC"""

import contextlib
import re
import socket
import sys
import threading

import apart
import harness
from apart import PRIVATE, PUBLIC, Identity, needs_network
from harness import DEADLINE, Folder, Instance, environment, free_port

# each test says who has a key
harness.keyed = False

NOBODY = 'nothing says who may come in'
TAKES_FLAG = 'is a public address.* set allow-public'
TAKES_TLS = 'is a public address.*needs TLS'
WARNING = r'anybody who can reach .* may read and change .*allow-unauthenticated'
ANYBODY, PUBLICLY = '--allow-unauthenticated', '--allow-public'


def refused(words, *arguments, env=None):
    """It doesn't start, and one line says why."""
    with Folder() as folder:
        done = harness.ask('run', folder.file, *arguments, env=env or environment())
        assert done.returncode == 2, done
        assert done.stderr.count('\n') == 1 and re.search(words, done.stderr), (words, done)


@contextlib.contextmanager
def started(*arguments, env=None, warned=False):
    """It listens; a loud flag that is in use is warned of, and nothing else is."""
    with Folder() as folder:
        folder.overwrite({'n': 1})
        with Instance(folder, '--instance-id', 'hall', *arguments, env=env) as hall:
            hall.folder = folder
            hall.wait(r'  listening  ')
            if warned:
                hall.wait(WARNING, 'err')
            yield hall
            assert bool(hall.find(WARNING, 'err')) == warned, hall.lines
            assert hall.end() == 0


def starts(*arguments, **options):
    with started(*arguments, **options):
        pass


def test_usual():
    """without an address, the listener is for this machine only"""
    port = free_port()
    with started('--enable-sync-server', '--sync-port', port) as hall:
        assert hall.find(rf'listening  ws://127\.0\.0\.1:{port}/sync   this machine only')
    with started('-l', '0') as hall:
        assert hall.find(r'listening  ws://127\.0\.0\.1:\d+/sync   this machine only')
    starts('-l', '127.9.9.9:0')


def test_names():
    """a name is the addresses that it stands for"""
    needs_network()
    refused(NOBODY, '-l', 'ws://kitchen.example:0')
    starts('-l', 'ws://kitchen.example:0', ANYBODY, warned=True)
    refused(TAKES_FLAG, '-l', 'ws://panel.example:0', ANYBODY)


def answer(host, port, request='GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n'):
    with socket.create_connection((host, port), DEADLINE) as link:
        link.sendall(request.encode())
        with link.makefile('rb') as stream:
            return stream.read().decode()


def test_every_address():
    """on 0.0.0.0, who comes over a public address is refused, whoever it is, and told why"""
    needs_network()
    refused(NOBODY, '-l', '0.0.0.0:0')
    with started('-l', '0.0.0.0:0', ANYBODY, warned=True) as hall:
        assert answer(PRIVATE, hall.port).startswith('HTTP/1.1 200 ')
        assert answer('127.0.0.1', hall.port).startswith('HTTP/1.1 200 ')
        told = answer(PUBLIC, hall.port)
        assert told.startswith('HTTP/1.1 403 ') and 'allow-public' in told, told
        hall.wait(rf'refused .*{PUBLIC}.*public address', 'err')
    with started('-l', '0.0.0.0:0', ANYBODY, PUBLICLY, warned=True) as hall:
        told = answer(PUBLIC, hall.port)
        assert told.startswith('HTTP/1.1 403 ') and 'needs TLS' in told, told


def test_dial():
    """a private address is dialled; a public one is refused where it was connected, by any name"""
    needs_network()
    with started('-l', '0.0.0.0:0', ANYBODY, warned=True) as hall:
        for host in 'kitchen.example', PRIVATE:
            with Folder() as folder, Instance(folder, '-p', f'ws://{host}:{hall.port}') as attic:
                attic.wait('peer up    hall')
                assert attic.end() == 0
        for host in 'panel.example', PUBLIC, f'[::ffff:{PUBLIC}]':
            for flags, words in ([], 'a public address; set allow-public'), \
                                ([PUBLICLY], 'a public address, where allow-public needs TLS'):
                with Folder() as folder, \
                        Instance(folder, '-p', f'ws://{host}:{hall.port}', *flags) as attic:
                    way = rf'leads to {PUBLIC}:{hall.port},' if 'panel' in host else 'is'
                    attic.wait(f'{way} {words}', 'err')
                    assert not attic.find('peer up')
                    assert attic.end() == 0


def test_dial_publicly():
    """with TLS, a pin and allow-public on both sides, a public address is synced with"""
    needs_network()
    with Identity() as own:
        both = [PUBLICLY, '--tls-pin', own.pin]
        with started('-l', f'wss://{PUBLIC}:0', *both, env=own.env) as hall:
            port = hall.wait(r'listening  wss://[^ ]*:(\d+)/').group(1)
            with Folder() as folder, \
                    Instance(folder, '-p', f'wss://panel.example:{port}', *both,
                             env=own.env) as attic:
                attic.wait('peer up    hall')
                folder.wait({'n': 1})
                assert attic.end() == 0


class Proxy:
    """A small HTTP proxy, which counts who used it."""

    def __init__(self):
        self.listener = socket.create_server(('127.0.0.1', 0))
        self.port = self.listener.getsockname()[1]
        self.asked = []
        threading.Thread(target=self.accept, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()

    def accept(self):
        with contextlib.suppress(OSError):
            while True:
                link, _ = self.listener.accept()
                threading.Thread(target=self.serve, args=(link,), daemon=True).start()

    def serve(self, link):
        with contextlib.suppress(OSError), link:
            head = b''
            while not head.endswith(b'\r\n\r\n'):
                head += link.recv(1)
            host, port = head.split()[1].decode().rsplit(':', 1)
            self.asked.append(host)
            with socket.create_connection((host.strip('[]'), int(port)), DEADLINE) as other:
                link.sendall(b'HTTP/1.1 200 Yes\r\n\r\n')
                back = threading.Thread(target=self.copy, args=(other, link), daemon=True)
                back.start()
                self.copy(link, other)
                back.join()

    @staticmethod
    def copy(source, target):
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                target.sendall(data)
            target.shutdown(socket.SHUT_WR)


def test_proxy():
    """no proxy is used but one that is named; and that is not believed where it leads"""
    with started('-l', '127.0.0.1:0') as hall, Proxy() as proxy:
        url = f'http://127.0.0.1:{proxy.port}'
        names = ('http_proxy', 'https_proxy', 'all_proxy', 'ws_proxy', 'HTTP_PROXY', 'ALL_PROXY')
        env = environment(**{name: url for name in names})
        peer = f'ws://127.0.0.1:{hall.port}'
        with Folder() as folder, Instance(folder, '-p', peer, env=env) as attic:
            attic.wait('peer up    hall')
            assert proxy.asked == [] and attic.end() == 0
        with Folder() as folder, Instance(folder, '-p', peer, '--proxy', url) as attic:
            attic.wait('peer up    hall')
            assert proxy.asked == ['127.0.0.1'], proxy.asked
            assert attic.end() == 0
        for host, flags, words in (('localhost', [], 'behind a proxy.*set allow-public'),
                                   (PUBLIC, [], 'is a public address; set allow-public'),
                                   ('localhost', [PUBLICLY], 'behind a proxy.*needs TLS')):
            with Folder() as folder, Instance(
                    folder, '-p', f'ws://{host}:{hall.port}', '--proxy', url, *flags) as attic:
                attic.wait(words, 'err')
                assert not attic.find('peer up') and attic.end() == 0
        assert proxy.asked == ['127.0.0.1'], proxy.asked
    refused('--proxy: it is not the URL of a proxy', '--proxy', 'socks9://u:hunter2@x')


if __name__ == '__main__':
    sys.exit(apart.run(dict(globals())))
