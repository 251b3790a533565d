# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: The confsync authors
#
# Keys, trust and pairing by the built command, and instances that then talk over TLS.
"""Usage: test-tls.py CONFSYNC"""

import contextlib
import os
import pathlib
import re
import socket
import ssl
import stat
import subprocess
import sys
import tempfile
import threading

import harness
from harness import DEADLINE, Folder, Instance, environment, main

# where certificates alone decide; else the planted key does as well
KEYLESS = {'CONFSYNC_KEY': None}
IDLE_MB = 4
CODE = re.compile(r'confsync pair (\S+:(\d+)) (\S+)')


class Machine:
    """A folder of settings of its own."""

    def __init__(self, name, **more):
        self.name = name
        self.temporary = tempfile.TemporaryDirectory(prefix='confsync-tls-')
        self.home = pathlib.Path(self.temporary.name)
        self.env = environment(XDG_CONFIG_HOME=str(self.home), CONFSYNC_INSTANCE_ID=name,
                               **more)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.temporary.cleanup()

    @property
    def settings(self):
        return self.home / 'confsync' / 'confsync.conf'

    def path(self, name):
        return self.home / 'confsync' / name

    def ask(self, *arguments):
        return harness.ask(*arguments, env=self.env)

    def do(self, *arguments):
        """What it answers."""
        done = self.ask(*arguments)
        assert done.returncode == 0, done
        return done.stdout

    def fingerprint(self, name='tls.crt'):
        """As another program computes it."""
        der = ssl.PEM_cert_to_DER_cert(self.path(name).read_text())
        done = subprocess.run(['sha256sum'], input=der, capture_output=True, check=True)
        return done.stdout.decode().split()[0]

    @contextlib.contextmanager
    def pairing(self, *arguments):
        """`confsync pair --listen`; gives the process, where to go, and the code."""
        process = subprocess.Popen(
            [harness.confsync, 'pair', '--listen', '127.0.0.1:0', *arguments], env=self.env,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        try:
            found = CODE.fullmatch(process.stdout.readline().strip())
            assert found, process.communicate(timeout=DEADLINE)
            yield process, found.group(1), found.group(3)
        finally:
            process.kill()
            process.communicate()


def mode_of(path):
    return stat.S_IMODE(path.stat().st_mode)


def test_keygen():
    """a key that nobody else reads, a certificate, settings that name both, and its fingerprint"""
    with Machine('kitchen') as kitchen:
        printed = kitchen.do('keygen').strip()
        assert printed == kitchen.fingerprint(), printed
        assert mode_of(kitchen.path('tls.key')) == 0o600
        assert mode_of(kitchen.path('tls.crt')) == 0o644
        assert mode_of(kitchen.home / 'confsync') == 0o700
        assert kitchen.settings.read_text() == (
            f'[confsync]\ntls-certificate={kitchen.path("tls.crt")}\n'
            f'tls-private-key={kitchen.path("tls.key")}\n')
        again = kitchen.ask('keygen')
        assert again.returncode == 2 and '--force' in again.stderr, again
        assert kitchen.fingerprint() == printed
        assert kitchen.do('keygen', '--force').strip() == kitchen.fingerprint() != printed


def test_keygen_elsewhere():
    """files that are named are made, and the settings don't change; one alone is refused"""
    with Machine('kitchen') as kitchen:
        named = ['--tls-certificate', kitchen.home / 'x.crt', '--tls-private-key',
                 kitchen.home / 'x.key']
        kitchen.do('keygen', *named, '--days', '3')
        assert mode_of(kitchen.home / 'x.key') == 0o600
        assert not kitchen.settings.exists()
        alone = kitchen.ask('keygen', *named[:2])
        assert alone.returncode == 2 and 'belong together' in alone.stderr, alone


def test_keys_differ():
    """two certificates have neither key nor serial number in common"""
    with Machine('a') as a:
        seen = set()
        for name in 'xy':
            a.do('keygen', '--tls-certificate', a.home / f'{name}.crt', '--tls-private-key',
                 a.home / f'{name}.key')
            done = subprocess.run(['openssl', 'x509', '-in', a.home / f'{name}.crt', '-noout',
                                   '-serial', '-pubkey', '-subject'],
                                  capture_output=True, text=True, check=True)
            lines = done.stdout.splitlines()
            assert 'subject=CN = a' in lines, lines
            seen |= {lines[0], ''.join(lines[2:])}
        assert len(seen) == 4, seen


def test_trust():
    """pins are added, named, listed and removed; the rest of the settings stays as it is"""
    one, two = 'ab' * 32, 'CD:' * 31 + 'CD'
    with Machine('kitchen') as kitchen:
        kitchen.settings.parent.mkdir()
        kitchen.settings.write_text('# mine\n[confsync]\n# the port\nsync_port=9000\n\n'
                                    f'tls_pin={"ef" * 32}\n[other]\na=b\n')
        os.chmod(kitchen.settings, 0o640)
        kitchen.do('trust', one)
        kitchen.do('trust', two, 'attic')
        kitchen.do('trust', one, 'hall')
        assert kitchen.do('trust').splitlines() == [
            'ef' * 32, 'cd' * 32 + '  attic', one + '  hall']
        lines = list(filter(None, kitchen.settings.read_text().split('\n')))
        assert lines[:4] == ['# mine', '[confsync]', '# the port', 'sync_port=9000'], lines
        assert lines[4].startswith('tls_pin=') and lines[5:] == ['[other]', 'a=b'], lines
        assert mode_of(kitchen.settings) == 0o640
        kitchen.do('trust', '--remove', 'attic')
        kitchen.do('trust', '--remove', 'EF' * 32)
        assert kitchen.do('trust').splitlines() == [one + '  hall']
        for wrong in (['trust', 'xy'], ['trust', one, 'a b'], ['trust', '--remove', 'attic'],
                      ['trust', '--remove']):
            text = kitchen.settings.read_text()
            done = kitchen.ask(*wrong)
            assert done.returncode in (1, 2) and done.stderr.count('\n') == 1, done
            assert kitchen.settings.read_text() == text
        kitchen.do('trust', '--remove', 'hall')
        assert 'tls_pin' not in kitchen.settings.read_text()


def test_bad_settings():
    """settings that an instance would refuse are not written over"""
    with Machine('kitchen') as kitchen:
        kitchen.settings.parent.mkdir()
        kitchen.settings.write_text('[confsync]\nno option\n')
        done = kitchen.ask('trust', 'ab' * 32)
        assert done.returncode == 2 and 'line 2' in done.stderr, done
        assert kitchen.settings.read_text() == '[confsync]\nno option\n'


def pair(first, second):
    """Lets two machines know each other."""
    with first.pairing() as (process, place, code):
        said = second.do('pair', place, code)
        out, err = process.communicate(timeout=DEADLINE)
        assert process.returncode == 0, err
        assert f'paired with {second.name}, {second.fingerprint()}' in out, out
        assert f'paired with {first.name}, {first.fingerprint()}' in said, said


def test_pair():
    """two machines that are paired sync over TLS; another one is refused, and both ends say why"""
    with Machine('hall', **KEYLESS) as hall, Machine('attic', **KEYLESS) as attic, \
            Machine('thief', **KEYLESS) as thief, Folder() as a, Folder() as b, Folder() as c:
        pair(hall, attic)
        assert hall.do('trust') == f'{attic.fingerprint()}  attic\n'
        port = harness.free_port()
        a.overwrite({'n': 1})
        with Instance(a, '-l', f'wss://0.0.0.0:{port}', env=hall.env) as first, \
                Instance(b, '-p', f'wss://127.0.0.1:{port}', env=attic.env) as second:
            first.wait(rf'listening  wss://0.0.0.0:{port}/sync   open to the network, '
                       'pinned certificates')
            first.wait('peer up    attic')
            b.wait({'n': 1})
            b.replace({'n': 2})
            a.wait({'n': 2})

            thief.do('keygen')
            thief.do('trust', hall.fingerprint())
            with Instance(c, '-p', f'wss://127.0.0.1:{port}', env=thief.env) as third:
                third.wait(r"answered 403 a certificate that isn't pinned \(SHA-256 "
                           rf'{thief.fingerprint()}\) instead', 'err')
                first.wait(rf"refused .*a certificate that isn't pinned \(SHA-256 "
                           rf'{thief.fingerprint()}', 'err')
                assert third.end() == 0
            assert not c.file.exists()
            assert first.end() == 0 and second.end() == 0
            assert not first.find('anybody', 'err'), first.lines['err']


def test_open_without_pins():
    """a certificate alone says nothing about who comes in"""
    with Machine('hall', **KEYLESS) as hall, Folder() as a:
        hall.do('keygen')
        with Instance(a, '-l', f'wss://0.0.0.0:{harness.free_port()}', env=hall.env) as first:
            first.wait('nothing says who may come in', 'err')
            assert first.end(0) == 2


def test_http_2():
    """HTTP/2 is agreed on with nobody, even where the library was told to offer it"""
    with Machine('hall') as hall, Folder() as a:
        hall.do('keygen')
        with Instance(a, '-l', 'wss://127.0.0.1:0',
                      env={**hall.env, 'SOUP_SERVER_HTTP2': '1'}) as first:
            port = int(first.wait(r'listening  wss://[^ ]*:(\d+)/').group(1))
            context = ssl.create_default_context(cafile=hall.path('tls.crt'))
            context.check_hostname = False
            for offered in ['h2'], ['h2', 'http/1.1']:
                context.set_alpn_protocols(offered)
                with socket.create_connection(('127.0.0.1', port), DEADLINE) as plain, \
                        context.wrap_socket(plain) as link:
                    assert link.selected_alpn_protocol() is None
                    link.sendall(b'GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n')
                    assert link.recv(12) == b'HTTP/1.1 200'


def test_bad_identity():
    """a key that others may read, or one option without the other: one line that says what to do"""
    with Machine('hall') as hall, Folder() as a:
        hall.do('keygen')
        os.chmod(hall.path('tls.key'), 0o644)
        with Instance(a, env=hall.env) as first:
            first.wait(r'tls\.key: others may read .*chmod 600', 'err')
            assert first.end(0) == 2, first.lines
        os.chmod(hall.path('tls.key'), 0o600)
        hall.settings.write_text(f'[confsync]\ntls-certificate={hall.path("tls.crt")}\n')
        with Instance(a, env=hall.env) as first:
            first.wait('its key is missing: tls-private-key', 'err')
            assert first.end(0) == 2, first.lines


def test_rotation():
    """an instance changes its certificate while its peer trusts both"""
    with Machine('hall') as hall, Machine('attic') as attic, Folder() as a, Folder() as b:
        pair(hall, attic)
        new = ['--tls-certificate', attic.path('new.crt'), '--tls-private-key',
               attic.path('new.key')]
        hall.do('trust', attic.do('keygen', *new).strip(), 'attic')
        port = harness.free_port()
        a.overwrite({'n': 1})
        with Instance(a, '-l', f'wss://127.0.0.1:{port}', env=hall.env):
            with Instance(b, '-p', f'wss://127.0.0.1:{port}', env=attic.env) as second:
                b.wait({'n': 1})
                second.end()
            with Instance(b, '-p', f'wss://127.0.0.1:{port}', *new, env=attic.env):
                b.replace({'n': 2})
                a.wait({'n': 2})


def anonymous_mb(instance):
    """What it holds in memory; 0 where a sanitizer's own can't be told from it."""
    proc = pathlib.Path('/proc') / str(instance.process.pid)
    if 'libasan' in (proc / 'maps').read_text():
        return 0
    return int(re.search(r'RssAnon:\s+(\d+) kB', (proc / 'status').read_text()).group(1)) / 1000


def test_members_are_no_requests():
    """who shows a pinned certificate is no request, others are; pins take no memory to speak of"""
    with Machine('hall') as hall, Machine('attic') as attic, Machine('thief') as thief, \
            Folder() as a, Folder() as b:
        pair(hall, attic)
        thief.do('keygen')
        thief.do('trust', hall.fingerprint())
        a.overwrite({'n': 1})
        port = harness.free_port()
        dialling = ['-p', f'wss://127.0.0.1:{port}']
        with Instance(a, '-l', f'wss://127.0.0.1:{port}', '--rate-limit-whitelist-local=false',
                      '--rate-limit=3', env=hall.env) as first:
            first.wait('listening  ')
            for _ in range(5):
                with Instance(b, *dialling, env=attic.env) as second:
                    second.wait('peer up    hall ')
                    assert second.end() == 0
            assert not first.find('  blocked  ', 'err')
            assert anonymous_mb(first) < IDLE_MB
            with Folder() as c, Instance(c, *dialling, env=thief.env) as third:
                first.wait('  blocked  .*more than 3 requests', 'err')
                assert third.end() == 0
            assert first.end() == 0


def test_wrong_codes():
    """five wrong codes end it, on both ends with the reason, and nobody is trusted"""
    with Machine('hall') as hall, Machine('attic') as attic:
        with hall.pairing() as (process, place, code):
            for i in range(5):
                wrong = code[:-1] + 'XYZWQ'[i].replace(code[-1], '8')
                done = attic.ask('pair', place, wrong)
                assert done.returncode == 2 and 'codes differ' in done.stderr, done
            _, err = process.communicate(timeout=DEADLINE)
            assert process.returncode == 2 and 'five wrong codes' in err, err
            assert err.count('the codes differ') == 5, err
        assert not hall.settings.exists() and not attic.settings.exists()


def test_code_as_typed():
    """a code may be typed in small letters, without dashes, with O for 0; what is none is told"""
    with Machine('hall') as hall, Machine('attic') as attic:
        with hall.pairing() as (process, place, code):
            done = attic.ask('pair', place, code[:-1])
            assert done.returncode == 2 and 'no code' in done.stderr, done
            typed = code.replace('-', ' ').lower().replace('0', 'o').replace('1', 'l')
            attic.do('pair', f'wss://{place}/sync', typed)
            process.communicate(timeout=DEADLINE)
            assert process.returncode == 0


def test_pair_deadline():
    """nobody comes: it ends by itself, and says so"""
    with Machine('hall') as hall, hall.pairing('--timeout', '100ms') as (process, _, _):
        _, err = process.communicate(timeout=DEADLINE)
        assert process.returncode == 1 and 'nobody came' in err, err


def test_pair_with_strangers():
    """those who connect and say nothing, or what is no TLS, keep nobody out and are no tries"""
    with Machine('hall') as hall, Machine('attic') as attic, contextlib.ExitStack() as stack:
        with hall.pairing() as (process, place, code):
            port = int(place.rsplit(':', 1)[1])
            for i in range(8):
                stranger = socket.create_connection(('127.0.0.1', port))
                stack.enter_context(stranger)
                if i % 2:
                    stranger.sendall(b'GET / HTTP/1.1\r\n\r\n')
            attic.do('pair', place, code)
            stack.close()
            process.communicate(timeout=DEADLINE)
            assert process.returncode == 0


class Between:
    """Somebody between two machines: has a handshake with either, by a certificate of its own, and
    passes on what they say."""

    def __init__(self, machine, place, client):
        self.place = place
        machine.do('keygen')
        own = (machine.path('tls.crt'), machine.path('tls.key'))
        self.server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.server.load_cert_chain(*own)
        self.server.verify_mode = ssl.CERT_REQUIRED
        self.server.load_verify_locations(client.path('tls.crt'))
        self.client = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        self.client.load_cert_chain(*own)
        self.client.check_hostname = False
        self.client.verify_mode = ssl.CERT_NONE
        self.listener = socket.create_server(('127.0.0.1', 0))
        self.passed = [0, 0]
        self.thread = threading.Thread(target=self.serve, daemon=True)
        self.thread.start()

    def serve(self):
        with self.listener, self.listener.accept()[0] as accepted:
            host, port = self.place.rsplit(':', 1)
            with self.server.wrap_socket(accepted, server_side=True) as left, \
                    self.client.wrap_socket(socket.create_connection((host, int(port)))) as right:
                back = threading.Thread(target=self.copy, args=(right, left, 0))
                back.start()
                self.copy(left, right, 1)
                back.join()

    def copy(self, source, target, index):
        with contextlib.suppress(OSError):
            while data := source.recv(4096):
                self.passed[index] += len(data)
                target.sendall(data)
            target.shutdown(socket.SHUT_RDWR)


def test_somebody_between():
    """who passes on what two machines say is trusted by neither, though the code was right"""
    with Machine('hall') as hall, Machine('attic') as attic, Machine('thief') as thief:
        attic.do('keygen')
        settings = attic.settings.read_text()
        with hall.pairing() as (process, place, code):
            between = Between(thief, place, attic)
            port = between.listener.getsockname()[1]
            done = attic.ask('pair', f'127.0.0.1:{port}', code)
            assert done.returncode == 2 and 'somebody is in between' in done.stderr, done
            between.thread.join(DEADLINE)
            assert min(between.passed) > 100, between.passed
            # one wrong try; the next is right
            attic.do('pair', place, code)
            _, err = process.communicate(timeout=DEADLINE)
            assert process.returncode == 0 and err.count('the codes differ') == 1, err
        assert settings in attic.settings.read_text()
        assert thief.fingerprint() not in attic.settings.read_text() + hall.settings.read_text()


if __name__ == '__main__':
    sys.exit(main(globals(), sys.argv[1]))
