# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: The confsync authors
#
# Which addresses the built command listens on and dials, on which terms, and what it says: every
# kind of address with every set of terms, against tables that are written here by hand. Runs in a
# network of its own.
"""Usage: test-start-matrix.py CONFSYNC"""

import concurrent.futures
import contextlib
import itertools
import os
import re
import socket
import sys
import threading

import apart
import harness
from apart import NEAR, PRIVATE, PRIVATE6, PUBLIC, PUBLIC6, Identity, has_ipv6, needs_network
from harness import DEADLINE, Folder, Instance, ask, environment, until

# each start says whether it has a key
harness.keyed = False

# the addresses of a kind, as they stand in a URL; IPv4 and IPv6 by turns
KINDS = {
    'loopback': ['127.0.0.1', '[::1]', '127.9.9.9', '[::ffff:127.0.0.1]', 'localhost'],
    'private': [PRIVATE, f'[{PRIVATE6}]', NEAR, f'[::ffff:{PRIVATE}]', 'kitchen.example'],
    'any': ['0.0.0.0', '[::]', '[::ffff:0.0.0.0]'],
    'public': [PUBLIC, f'[{PUBLIC6}]', 'panel.example', f'[::ffff:{PUBLIC}]'],
}

PUBLICLY, ANYBODY = '--allow-public', '--allow-unauthenticated'
FLAGS = [], [PUBLICLY], [ANYBODY], [PUBLICLY, ANYBODY]

# the address; the key; ws, wss with a certificate, wss with pins; what the line of a start says;
# and what happens without a flag, with allow-public, with allow-unauthenticated, and with both
LISTENING = '''
loopback  none  ws    this machine only                                     | ok    ok    idle  idle
loopback  none  cert  this machine only                                     | ok    ok    idle  idle
loopback  none  pins  this machine only, pinned certificates                | ok    ok    idle  idle
loopback  key   ws    this machine only, shared key                         | ok    ok    key   key
loopback  key   cert  this machine only, shared key                         | ok    ok    key   key
loopback  key   pins  this machine only, shared key, pinned certificates    | ok    ok    key   key
private   none  ws    open to the network, not encrypted                    | WHO   WHO   loud  loud
private   none  cert  open to the network                                   | WHO   WHO   loud  loud
private   none  pins  open to the network, pinned certificates              | ok    ok    pins  pins
private   key   ws    open to the network, shared key, not encrypted        | ok    ok    key   key
private   key   cert  open to the network, shared key                       | ok    ok    key   key
private   key   pins  open to the network, shared key, pinned certificates  | ok    ok    key   key
any       none  ws    open to the network, not encrypted                    | WHO   WHO   loud  loud
any       none  cert  open to the network                                   | WHO   WHO   loud  loud
any       none  pins  open to the network, pinned certificates              | ok    ok    pins  pins
any       key   ws    open to the network, shared key, not encrypted        | ok    ok    key   key
any       key   cert  open to the network, shared key                       | ok    ok    key   key
any       key   pins  open to the network, shared key, pinned certificates  | ok    ok    key   key
public    none  ws    -                                                     | FLAG  TLS   FLAG  TLS
public    none  cert  open to the network                                   | FLAG  WHO   FLAG  loud
public    none  pins  open to the network, pinned certificates              | FLAG  ok    FLAG  pins
public    key   ws    -                                                     | FLAG  TLS   FLAG  TLS
public    key   cert  open to the network, shared key                       | FLAG  ok    FLAG  key
public    key   pins  open to the network, shared key, pinned certificates  | FLAG  ok    FLAG  key
'''

FAILED = r'\S+  failed     could not start   '
# it ends with 2 and this line, behind the address
REFUSALS = {
    'WHO': r'is open to other machines and nothing says who may come in; listen on 127\.0\.0\.1, '
           r'.* shared key .*key-file.*, .*certificates .*wss://.*, or set allow-unauthenticated.*',
    'FLAG': r'is a public address; listen on a private one, or set allow-public, which needs TLS',
    'TLS': r'is a public address, where allow-public needs TLS; listen on wss://',
}
# it starts, and warns: nothing, of each address, or once
IDLE = 'allow-unauthenticated changes nothing here: '
WARNINGS = {
    'ok': None,
    'loud': r'anybody who can reach wss?://\S+ may read and change the configuration '
            r'\(allow-unauthenticated\)',
    'idle': IDLE + 'other machines reach no listener; leave it out',
    'key': IDLE + 'with a shared key, peers must prove it; leave it out',
    'pins': IDLE + 'other machines need a pinned certificate; leave it out',
}


def terms(own, key, tls):
    """The scheme, the arguments and the environment of a line of the table."""
    arguments = ['--key-file', own.key] if key == 'key' else []
    if tls == 'pins':
        arguments += ['--tls-pin', own.pin]
    return ('ws' if tls == 'ws' else 'wss'), arguments, environment() if tls == 'ws' else own.env


def usable(addresses):
    return [address for address in addresses if with_ipv6 or ':' not in address]


@contextlib.contextmanager
def several_at_once():
    """Gives what runs a function beside others; all have to be right."""
    with concurrent.futures.ThreadPoolExecutor(2 * os.cpu_count()) as pool:
        jobs = []
        yield lambda *job: jobs.append(pool.submit(*job))
        for job in jobs:
            job.result()


def refuse(words, url, arguments, env):
    with Folder() as folder:
        done = ask('run', folder.file, '-l', url, *arguments, env=env)
        assert done.returncode == 2 and 'listening' not in done.stdout, (url, arguments, done)
        assert re.fullmatch(rf'{FAILED}wss?://\S+ {words}\n', done.stderr), (url, arguments, done)


def start(line, warning, urls, arguments, env):
    with Folder() as folder:
        listens = [part for url in urls for part in ('-l', url)]
        with Instance(folder, *listens, *arguments, env=env) as hall:
            until('all to listen', lambda: len(find(hall, 'listening', 'out')) == len(urls)
                  or hall.process.poll() is not None)
            assert hall.end() == 0, (arguments, hall.lines)
        said = [re.split(' {2,}', text)[-1] for text in find(hall, 'listening', 'out')]
        assert said == [line] * len(urls), (urls, arguments, said)
        warned = hall.lines['err']
        count = 0 if not warning else 1 if warning.startswith(IDLE) else len(urls)
        assert len(warned) == count, (urls, arguments, warned)
        for text in warned:
            assert re.search(warning + '$', text), (urls, arguments, text)


def find(instance, pattern, stream):
    return [text for text in instance.lines[stream] if re.search(pattern, text)]


def cells():
    """(kind, key, tls, line, flags, what happens) of all that is in the table."""
    for row in LISTENING.strip().splitlines():
        described, happens = row.split('|')
        kind, key, tls, line = described.split(None, 3)
        for flags, cell in zip(FLAGS, happens.split(), strict=True):
            yield kind, key, tls, line.strip(), flags, cell


def test_listening():
    """every kind of address, key, TLS and flag: what starts and what is refused, in these words"""
    needs_network()
    turns = {kind: itertools.cycle(usable(addresses)) for kind, addresses in KINDS.items()}
    with Identity() as own, several_at_once() as submit:
        for kind, key, tls, line, flags, cell in cells():
            scheme, arguments, env = terms(own, key, tls)
            if cell in REFUSALS:
                # one by one, and each in its turn, since the first that is refused ends a start
                for address in next(turns[kind]), next(turns[kind]):
                    submit(refuse, REFUSALS[cell], f'{scheme}://{address}:0', arguments + flags,
                           env)
            else:
                urls = [f'{scheme}://{address}:0' for address in usable(KINDS[kind])]
                submit(start, line, WARNINGS[cell], urls, arguments + flags, env)


def test_no_certificate():
    """wss:// without a certificate to show starts nowhere, whatever else is allowed"""
    needs_network()
    with Identity() as own:
        for arguments in [], FLAGS[3], ['--key-file', own.key, *FLAGS[3]]:
            for address in '127.0.0.1', PRIVATE, '0.0.0.0', PUBLIC:
                with Folder() as folder:
                    done = ask('run', folder.file, '-l', f'wss://{address}:0', *arguments)
                    assert done.returncode == 2 and re.fullmatch(
                        rf'{FAILED}wss://{address} needs a certificate to show: .*\n',
                        done.stderr), done


def test_one_of_many():
    """where one of several addresses is refused, none is listened on"""
    needs_network()
    with Folder() as folder:
        done = ask('run', folder.file, '-l', '127.0.0.1:0', '-l', f'{PRIVATE}:0')
        assert done.returncode == 2 and done.stderr.count('\n') == 1, done
        assert PRIVATE in done.stderr and re.search(REFUSALS['WHO'], done.stderr), done


def test_no_other_way():
    """what lets some others in is no way around the two: not to strangers of other machines"""
    needs_network()
    for option in '--allow-legacy-peers', '--allow-local-users', '--allow-host=a.example', \
            '--allow-origin=http://a.example', '--rate-limit=0':
        refuse(REFUSALS['WHO'], f'ws://{PRIVATE}:0', [option], environment())


# the dialling side

# the address; the scheme; and what happens without and with allow-public, with a key or without
DIALLING = '''
loopback  ws   | dialled  dialled
loopback  wss  | dialled  dialled
private   ws   | dialled  dialled
private   wss  | dialled  dialled
public    ws   | FLAG     TLS
public    wss  | FLAG     dialled
'''
DIAL_REFUSALS = {
    'FLAG': 'a public address; set allow-public and use wss:// to sync with machines out there',
    'TLS': 'a public address, where allow-public needs TLS; use wss://',
}


class Doors:
    """Listens on one address each; keeps what the first who came to each began with."""

    def __init__(self, addresses):
        self.listeners, self.heard = {}, {}
        for address in addresses:
            family = socket.AF_INET6 if ':' in address else socket.AF_INET
            listener = socket.create_server((address, 0), family=family)
            self.listeners[address] = listener
            threading.Thread(target=self.serve, args=(address, listener), daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for listener in self.listeners.values():
            listener.shutdown(socket.SHUT_RDWR)
            listener.close()

    def serve(self, address, listener):
        with contextlib.suppress(OSError):
            while True:
                link, _ = listener.accept()
                with link:
                    link.settimeout(DEADLINE)
                    self.heard.setdefault(address, link.recv(3))

    def port(self, address):
        return self.listeners[address].getsockname()[1]


# what is dialled, and the address that it is then
TARGETS = {
    'loopback': {'127.0.0.1': '127.0.0.1', 'localhost': '127.0.0.1', '[::1]': '::1',
                 '[::ffff:127.0.0.1]': '127.0.0.1'},
    'private': {PRIVATE: PRIVATE, NEAR: NEAR, 'kitchen.example': PRIVATE,
                f'[{PRIVATE6}]': PRIVATE6, f'[::ffff:{PRIVATE}]': PRIVATE},
    'public': {PUBLIC: PUBLIC, 'panel.example': PUBLIC, f'[{PUBLIC6}]': PUBLIC6,
               f'[::ffff:{PUBLIC}]': PUBLIC},
}


def dial(kind, scheme, flags, happens, arguments, env):
    """All addresses of a kind at once: each is dialled as it should be, or told nothing at all."""
    targets = {host: TARGETS[kind][host] for host in usable(TARGETS[kind])}
    with Doors(set(targets.values())) as doors, Folder() as folder:
        urls = [f'{scheme}://{host}:{doors.port(address)}' for host, address in targets.items()]
        peers = [part for url in urls for part in ('-p', url)]
        with Instance(folder, *peers, *arguments, *flags, env=env) as attic:
            if happens == 'dialled':
                until('all to be dialled', lambda: len(doors.heard) == len(doors.listeners))
                began = b'GET' if scheme == 'ws' else b'\x16\x03\x01'
                assert set(doors.heard.values()) == {began}, (kind, doors.heard)
            else:
                words = re.escape(DIAL_REFUSALS[happens])
                for url in urls:
                    attic.wait(rf'{re.escape(url)}.* {words}', 'err')
                assert set(doors.heard.values()) <= {b''}, (kind, doors.heard)
            assert not attic.find('peer up') and attic.end() == 0


def test_dialling():
    """every address, scheme, key and flag: what is dialled, and what is told nothing at all"""
    needs_network()
    with Identity() as own, several_at_once() as submit:
        for row in DIALLING.strip().splitlines():
            kind, scheme, _, *happens = row.split()
            for flags, cell in zip(([], [PUBLICLY]), happens, strict=True):
                for key in 'none', 'key':
                    _, arguments, env = terms(own, key, 'ws' if scheme == 'ws' else 'pins')
                    submit(dial, kind, scheme, flags, cell, arguments, env)


if __name__ == '__main__':
    with_ipv6 = has_ipv6()
    sys.exit(apart.run(dict(globals())))
