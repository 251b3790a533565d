# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: The confsync authors
#
# The control socket of the built command, as a process of its own: who may use it, who may not,
# what is left when it ends or is killed, and bytes that no library would send.
"""Usage: test-run-control.py CONFSYNC E2E-FOLDER"""

import glob
import os
import pathlib
import resource
import signal
import socket
import stat
import struct
import subprocess
import sys
import tempfile

sys.path.insert(0, sys.argv[2])

import gi  # noqa: E402
import harness  # noqa: E402
from gi.repository import Gio, GLib  # noqa: E402

gi.require_version('Gio', '2.0')

NAME = 'org.confsync.Confsync1'
ROOT = '/org/confsync/Confsync1'
DOCUMENT = f'{ROOT}/document/_'
NOBODY = 65534

# what another user tries, in a process of that user
KNOCK = '''
import socket, sys
s = socket.socket(socket.AF_UNIX)
try:
    s.connect(sys.argv[1])
    s.sendall(b"\\0AUTH EXTERNAL " + b"".join(b"%02x" % b for b in b"65534") + b"\\r\\n")
    print("answer", s.recv(100))
except OSError as error:
    print("error", type(error).__name__)
'''


class Runtime:
    """A runtime folder of its own, and the environment that names it."""

    def __init__(self):
        self.temporary = tempfile.TemporaryDirectory(prefix='confsync-rt-')
        self.path = pathlib.Path(self.temporary.name)
        self.env = harness.environment(XDG_RUNTIME_DIR=str(self.path))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.temporary.cleanup()

    @property
    def socket(self):
        return harness.until('one socket', lambda: self.list('*.socket'))[0]

    def list(self, pattern):
        return glob.glob(f'{self.path}/confsync/{pattern}')


def connect(path):
    return Gio.DBusConnection.new_for_address_sync(
        f'unix:path={path}', Gio.DBusConnectionFlags.AUTHENTICATION_CLIENT, None, None)


def call(connection, method, arguments=None, interface=f'{NAME}.Document', path=DOCUMENT):
    reply = connection.call_sync(None, path, interface, method, arguments, None,
                                 Gio.DBusCallFlags.NONE, 15000, None)
    harness.canary.check(f'the reply to {method}', reply.print_(True),
                         (harness.canary.KEY_CORE, harness.canary.LOCAL_CORE))
    return reply.unpack()


def running(folder, runtime, *arguments):
    return harness.Instance(folder, '--log-level', 'debug', *arguments, env=runtime.env)


def test_serves():
    """an instance can be asked and told, and its socket goes with it"""
    with harness.Folder() as folder, Runtime() as runtime:
        folder.overwrite('{"a": 1}')
        with running(folder, runtime) as instance:
            instance.wait('other commands reach this instance at')
            instance.wait('changed')
            path = runtime.socket
            assert stat.S_IMODE(os.stat(path).st_mode) == 0o600
            connection = connect(path)
            assert call(connection, 'SetValue',
                        GLib.Variant('(ssu)', ('/b', '[1.0]', 0)))[0]
            folder.wait({'a': 1, 'b': [1.0]})
            objects = call(connection, 'GetManagedObjects', None,
                           'org.freedesktop.DBus.ObjectManager', ROOT)[0]
            shown = objects[DOCUMENT][f'{NAME}.Document']
            assert bytes(shown['Path']).rstrip(b'\0') == os.fsencode(folder.file)
            assert objects[f'{ROOT}/manager'][f'{NAME}.Manager']['Pid'] == instance.process.pid
            assert instance.end() == 0
        assert runtime.list('*') == [], runtime.list('*')


def test_second_instance():
    """a second instance on the file is told of the first, and ends with 75"""
    with harness.Folder() as folder, Runtime() as runtime:
        folder.overwrite('{"a": 1}')
        with running(folder, runtime) as first:
            first.wait('changed')
            with running(folder, runtime) as second:
                assert second.process.wait(timeout=harness.DEADLINE) == 75
                second.wait(f'process {first.process.pid}', 'err')
            assert call(connect(runtime.socket), 'GetValue',
                        GLib.Variant('(s)', ('/a',)))[0] == '1'


def test_killed():
    """what a killed instance left is in nobody's way"""
    with harness.Folder() as folder, Runtime() as runtime:
        folder.overwrite('{"a": 1}')
        with running(folder, runtime) as instance:
            instance.wait('changed')
            instance.end(signal.SIGKILL)
        assert len(runtime.list('*')) == 2
        with running(folder, runtime) as instance:
            instance.wait('other commands reach this instance at')
            assert call(connect(runtime.socket), 'GetValue',
                        GLib.Variant('(s)', ('/a',)))[0] == '1'
            assert instance.end() == 0
        assert runtime.list('*') == []


def test_no_control():
    """--no-control makes no socket"""
    with harness.Folder() as folder, Runtime() as runtime:
        folder.overwrite('{"a": 1}')
        with running(folder, runtime, '--no-control') as instance:
            instance.wait('changed')
            assert runtime.list('*') == []


def test_no_place():
    """without a place for its socket an instance runs, and says so once"""
    with harness.Folder() as folder, Runtime() as runtime:
        folder.overwrite('{"a": 1}')
        (runtime.path / 'confsync').write_text('in the way')
        with running(folder, runtime) as instance:
            instance.wait('changed')
            said = [line for name in ('out', 'err') for line in instance.lines[name]
                    if "other commands can't reach this instance" in line]
            assert len(said) == 1, said
            assert instance.end() == 0


def test_path_too_long():
    """a path that no socket can have is told, with the limit"""
    with harness.Folder() as folder, Runtime() as runtime:
        folder.overwrite('{"a": 1}')
        long = runtime.path / ('x' * 80)
        long.mkdir(mode=0o700)
        env = {**runtime.env, 'XDG_RUNTIME_DIR': str(long)}
        with harness.Instance(folder, env=env) as instance:
            instance.wait('changed')
            said = [line for name in ('out', 'err') for line in instance.lines[name]
                    if '107 bytes' in line]
            assert len(said) == 1, said


def test_other_user():
    """another user gets no answer, even where the folder lets him through; root does"""
    if os.geteuid() != 0:
        raise harness.Skip('only root can be another user')
    with harness.Folder() as folder, Runtime() as runtime:
        folder.overwrite('{"a": 1}')
        with running(folder, runtime) as instance:
            instance.wait('changed')
            path = runtime.socket
            knock = ['setpriv', f'--reuid={NOBODY}', f'--regid={NOBODY}', '--clear-groups',
                     '/usr/bin/python3', '-c', KNOCK, path]
            shut = subprocess.run(knock, capture_output=True, text=True, check=True)
            assert shut.stdout == 'error PermissionError\n', shut
            # as if the folder and the file didn't protect it
            for opened in (runtime.path, runtime.path / 'confsync', path):
                os.chmod(opened, 0o777)
            open_door = subprocess.run(knock, capture_output=True, text=True, check=True)
            assert 'OK' not in open_door.stdout, open_door
            instance.wait(rf'user {NOBODY} \(process \d+\) may not use', 'err')
            assert call(connect(path), 'GetValue', GLib.Variant('(s)', ('/a',)))[0] == '1'


def greet(path):
    """A bare connection that is through the handshake."""
    link = socket.socket(socket.AF_UNIX)
    link.settimeout(harness.DEADLINE)
    link.connect(path)
    uid = str(os.geteuid()).encode()
    link.sendall(b'\0AUTH EXTERNAL ' + uid.hex().encode() + b'\r\n')
    assert link.recv(200).startswith(b'OK ')
    link.sendall(b'BEGIN\r\n')
    return link


def message_with(argument):
    """GetValue, by hand, with whatever bytes in the place of its string."""
    def field(code, kind, text):
        value = bytes([code, 1]) + kind.encode() + b'\0'
        if kind == 'g':
            return value + bytes([len(text)]) + text + b'\0'
        return value + struct.pack('<I', len(text)) + text + b'\0'
    fields = b''
    for code, kind, text in ((1, 'o', DOCUMENT.encode()), (2, 's', f'{NAME}.Document'.encode()),
                             (3, 's', b'GetValue'), (8, 'g', b's')):
        fields += b'\0' * (-len(fields) % 8) + field(code, kind, text)
    body = struct.pack('<I', len(argument)) + argument + b'\0'
    head = struct.pack('<BBBBIII', ord('l'), 1, 0, 1, len(body), 7, len(fields)) + fields
    return head + b'\0' * (-len(head) % 8) + body


def read_all(link):
    got = b''
    try:
        while chunk := link.recv(65536):
            got += chunk
    except OSError:
        pass
    return got


def test_bytes():
    """text that is no UTF-8, and messages that are none, end their connection and nothing else"""
    with harness.Folder() as folder, Runtime() as runtime:
        folder.overwrite('{"a": 1}')
        runtime.env['G_DEBUG'] = ''  # GDBus warns of bytes that are no message
        with running(folder, runtime) as instance:
            instance.wait('changed')
            path = runtime.socket
            with greet(path) as link:
                link.sendall(message_with(b'/a'))
                assert b'\x01\0\0\x001\0' in link.recv(65536)  # the string "1"
            for broken in (message_with(b'/\xff\xfe'), message_with(b'/a\0b'), os.urandom(100000),
                           b'l\1\0\1\xff\xff\xff\xff' + b'\0' * 64, b'\0' * 4096):
                with greet(path) as link:
                    link.sendall(broken)
                    link.shutdown(socket.SHUT_WR)
                    assert b'/a' not in read_all(link)
            assert call(connect(path), 'GetValue', GLib.Variant('(s)', ('/a',)))[0] == '1'
            assert instance.end() == 0


def test_odd_name():
    """a file whose name is no UTF-8 is served under the bytes of its name"""
    with harness.Folder() as folder, Runtime() as runtime:
        name = os.fsencode(folder.path) + b'/odd\xff.json'
        with harness.Instance(folder, os.fsdecode(name), file=False, env=runtime.env) as instance:
            instance.wait('waiting')
            connection = connect(runtime.socket)
            shown = call(connection, 'GetAll', GLib.Variant('(s)', (f'{NAME}.Document',)),
                         'org.freedesktop.DBus.Properties')[0]
            assert bytes(shown['Path']).rstrip(b'\0') == name
            assert shown['State'] == 'waiting' and 'odd' in shown['Reason'], shown
            try:
                call(connection, 'SetValue', GLib.Variant('(ssu)', ('/a', '1', 0)))
                raise AssertionError('there is nothing to set it in')
            except GLib.Error as error:
                assert 'NotFound' in error.message, error.message
            call(connection, 'SetValue', GLib.Variant('(ssu)', ('', '{"a": 1}', 0)))
            with open(name, encoding='ascii') as file:
                assert '"a": 1' in file.read()


def test_descriptors():
    """without a free descriptor nobody comes in, nothing spins, and later all is well"""
    def ticks(pid):
        with open(f'/proc/{pid}/stat', encoding='ascii') as line:
            return sum(map(int, line.read().rsplit(')', 1)[1].split()[11:13]))

    with harness.Folder() as folder, Runtime() as runtime:
        folder.overwrite('{"a": 1}')
        with running(folder, runtime) as instance:
            instance.wait('changed')
            pid, path = instance.process.pid, runtime.socket
            call(connect(path), 'GetDocument')
            before = resource.prlimit(pid, resource.RLIMIT_NOFILE)
            resource.prlimit(pid, resource.RLIMIT_NOFILE, (3, before[1]))
            with socket.socket(socket.AF_UNIX) as link:
                used = ticks(pid)
                link.connect(path)
                link.sendall(b'\0')
                link.settimeout(1.0)
                try:
                    raise AssertionError(f'an answer: {link.recv(100)}')
                except TimeoutError:
                    pass
                assert ticks(pid) - used < 0.3 * os.sysconf('SC_CLK_TCK')
            resource.prlimit(pid, resource.RLIMIT_NOFILE, before)
            assert call(connect(path), 'GetValue', GLib.Variant('(s)', ('/a',)))[0] == '1'
            assert instance.end() == 0
            assert not any('GLib' in line for line in instance.lines['err']), instance.lines


def test_memory():
    """a hundred connections in a row, and deep and large arguments, leave nothing behind"""
    def resident(pid):
        with open(f'/proc/{pid}/statm', encoding='ascii') as statm:
            return int(statm.read().split()[1]) * os.sysconf('SC_PAGE_SIZE')

    def descriptors(pid):
        return len(os.listdir(f'/proc/{pid}/fd'))

    with harness.Folder() as folder, Runtime() as runtime:
        folder.overwrite('{"a": 1}')
        with running(folder, runtime) as instance:
            instance.wait('changed')
            pid, path = instance.process.pid, runtime.socket
            large = GLib.Variant('(ssu)', ('/a', '[' * 100000, 0))
            before = None
            for turn in range(200):
                connection = connect(path)
                try:
                    call(connection, 'SetValue', large)
                    raise AssertionError('100,000 brackets were taken')
                except GLib.Error as error:
                    assert 'TooLarge' in error.message, error.message
                connection.close_sync(None)
                if turn == 100:
                    before = resident(pid)
            harness.until('the descriptors to go', lambda: descriptors(pid) < 40)
            if os.environ.get('CONFSYNC_TEST_SLOW') is None:
                grown = resident(pid) - before
                assert grown < 4 << 20, f'{grown} bytes more after 100 connections'
            assert instance.end() == 0


if __name__ == '__main__':
    sys.exit(harness.main(globals(), sys.argv[1]))
