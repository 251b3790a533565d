# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: The confsync authors
#
# `confsync run` over Unix sockets: links, restarts, what is said when it can't be, and what is on
# the wire.
"""Usage: test-unix.py CONFSYNC"""

import contextlib
import json
import os
import re
import signal
import socket
import struct
import subprocess
import sys
import time

import harness
from harness import DEADLINE, Folder, Instance, environment, main

TIME = r'^\d\d:\d\d:\d\d\.\d{3}  '


def address(folder):
    return f'unix:{folder.path}/run/socket'


@contextlib.contextmanager
def hall(content, **options):
    """One instance that listens."""
    with Folder() as folder:
        folder.overwrite(content)
        with Instance(folder, '-l', address(folder), '--instance-id', 'hall',
                      **options) as instance:
            instance.wait(f'listening  {re.escape(address(folder))}   this machine only')
            yield folder, instance


def test_pair():
    """an edit on either side reaches the other; each is told who and where the other one is"""
    with hall({'theme': 'dark'}) as (a, first), Folder() as b, \
            Instance(b, '-p', address(a), '--instance-id', 'attic') as second:
        first.wait(TIME + rf'peer up    attic   process {second.process.pid}, round trip')
        second.wait(TIME + 'peer up    hall   ' + re.escape(address(a)) + ', round trip')
        b.wait({'theme': 'dark'})
        a.replace({'theme': 'light'})
        b.wait({'theme': 'light'})
        first.wait('synced     1 of 1 peer')
        b.overwrite({'theme': 'light', 'zones': [1]})
        a.wait({'theme': 'light', 'zones': [1]})
        assert first.end() == 0 and second.end() == 0
        assert not first.lines['err'], first.lines['err']
        assert not list((a.path / 'run').iterdir())


def test_url():
    """the address may be written as a URL"""
    with hall({'n': 1}) as (a, _), Folder() as b, \
            Instance(b, '-p', address(a).replace('unix:', 'unix://')):
        b.wait({'n': 1})


def test_killed():
    """a listener that is killed is seen to go, and comes back in the same place"""
    with hall({'n': 1}) as (a, first), Folder() as b, \
            Instance(b, '-p', address(a), '--instance-id', 'attic') as second:
        b.wait({'n': 1})
        first.end(signal.SIGKILL)
        second.wait(r'peer down  hall   ' + re.escape(address(a)) +
                    ': (the connection was closed without a word|the other end is gone|'
                    'the other end went away without reading what was sent)', 'out')
        assert (a.path / 'run/socket').is_socket()
        a.replace({'n': 2})
        with Instance(a, '-l', address(a), '--instance-id', 'hall') as again:
            b.wait({'n': 2})
            assert again.end() == 0
        assert not list((a.path / 'run').iterdir())


def test_dialled_first():
    """who dials before there is anybody comes up once there is"""
    with Folder() as a, Folder() as b, Instance(b, '-p', address(a)) as second:
        second.wait('peer down  .* nobody listens at ' + re.escape(f'{a.path}/run/socket'))
        a.replace({'n': 1})
        with Instance(a, '-l', address(a)):
            b.wait({'n': 1})


def refused(folder, where, status):
    """What an instance says that can't listen there, and ends with that status."""
    with Instance(folder, '-l', where) as instance:
        assert instance.end(0) == status
    return '\n'.join(instance.lines['err'])


def test_refusals():
    """each place that won't do is refused with what to do about it"""
    with hall({'n': 1}) as (a, first), Folder() as b:
        b.overwrite({'n': 2})
        inode = (a.path / 'run/socket').stat().st_ino
        said = refused(b, address(a), 3)
        assert f'{address(a)} is in use already; stop what listens there' in said, said
        assert (a.path / 'run/socket').stat().st_ino == inode
        said = refused(b, f'unix:{b.file}', 3)
        assert 'no socket, so it is left alone' in said and b.read() == {'n': 2}, said
        said = refused(b, 'unix:socket', 2)
        assert f'has to begin with a slash, as in unix:{b.path}/socket' in said, said
        said = refused(b, 'unix:/tmp/socket', 2)
        assert 'no socket is made in /tmp: other users may write there' in said, said
        said = refused(b, 'unix:/' + 'x' * 107, 2)
        assert 'the path has 108 bytes, and a Unix socket\'s may have 107' in said, said
        assert first.process.poll() is None


def test_not_compressed():
    """nothing is compressed, whatever the other end could take"""
    content = {'zones': [{'id': i, 'name': f'zone {i}'} for i in range(500)]}
    # the peer here is a raw one, which proves no key
    with hall(content, env=environment(CONFSYNC_KEY=None)) as (a, _), \
            socket.socket(socket.AF_UNIX) as peer:
        peer.settimeout(DEADLINE)
        peer.connect(f'{a.path}/run/socket')
        stream = peer.makefile('rwb')

        def say(body):
            body = body if isinstance(body, bytes) else json.dumps(
                {'timestamp': time.time(), 'instance_id': 'raw', 'config_hash': None,
                 **body}).encode()
            stream.write(struct.pack('>I', len(body)) + body)
            stream.flush()

        def hear():
            return stream.read(struct.unpack('>I', stream.read(4))[0])

        say(b'confsync-offer confsync.v1')
        assert hear() == b'confsync-take confsync.v1'
        say({'type': 'hello', 'protocol': 1, 'session': os.urandom(16).hex(),
             'nonce': os.urandom(16).hex(), 'capabilities': ['gzip'], 'leaf': True})
        say({'type': 'config_request', 'have': None})
        while (message := json.loads(hear()))['type'] not in ('config_response', 'config_update'):
            if message['type'] == 'heartbeat':
                say({'type': 'heartbeat', 'digest': '', 'probe': False})
        assert message['config_data'] == content


def test_calls():
    """an update costs each end one call of the system on its socket, and none to look for more"""
    if not os.path.exists('/usr/bin/strace'):
        raise harness.Skip('strace is not installed')
    with hall({'n': 0}) as (a, first), Folder() as b, Instance(b, '-p', address(a)) as second:
        b.wait({'n': 0})
        trace = b.path / 'trace'
        with subprocess.Popen(
                ['strace', '-f', '-o', trace, '-e', 'trace=sendmsg,readv,recvmsg,sendto,recvfrom',
                 '-p', str(second.process.pid)], stderr=subprocess.PIPE, text=True,
                env=environment()) as tracer:
            line = tracer.stderr.readline()
            if 'attached' not in line:
                raise harness.Skip(f'strace: {line.strip()}')
            for i in range(1, 21):
                a.replace({'n': i})
                b.wait({'n': i})
                harness.until('it is acknowledged', lambda: sum(
                    'synced  ' in line for line in first.lines['out']) >= i)
            tracer.send_signal(signal.SIGINT)
            tracer.communicate(timeout=DEADLINE)
        calls = trace.read_text()
        # twenty updates in, twenty acknowledgements out; a heartbeat may come in between
        assert 20 <= len(re.findall(r'readv\(', calls)) <= 22, calls
        assert 20 <= len(re.findall(r'sendmsg\(', calls)) <= 22, calls
        assert 'EAGAIN' not in calls, calls


if __name__ == '__main__':
    sys.exit(main(dict(globals()), sys.argv[1]))
