# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: The confsync authors
#
# The audit of real instances: who was refused, what was applied, lost and rolled back, in a file
# that is rotated under it and in a journal; never what the configuration says.
"""Usage: test-audit.py CONFSYNC"""

import contextlib
import json
import os
import pathlib
import signal
import socket
import stat
import subprocess
import sys

import harness
from asking import good, pair, running
from harness import (DEADLINE, Folder, Instance, Skip, canary, environment, free_port, main,
                     until)

REFUSED = '0e354783297a488ca514e50581467181'
APPLIED = '163d9de251b5412d81f75a88363f6626'
JOURNAL = '/run/systemd/journal'
# what a web page of somebody else would send
UPGRADE = ('GET /sync HTTP/1.1\r\nHost: localhost\r\nOrigin: http://evil.example\r\n'
           'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n'
           'Sec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==\r\n\r\n')


def records(path, event=None):
    path = pathlib.Path(path)
    listed = [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []
    return [record for record in listed if event in (None, record['event'])]


def wait_record(path, event, **members):
    """Waits for one; gives it."""
    def look():
        return next((record for record in records(path, event) if all(
            record.get(name) == value for name, value in members.items())), None)
    return until(f'a record of {event} with {members}', look)


def knock(port):
    """As a web page; gives the status line."""
    with socket.create_connection(('127.0.0.1', port), timeout=DEADLINE) as guest:
        guest.sendall(UPGRADE.encode())
        return guest.recv(1000).decode().split('\r\n')[0]


def test_refused():
    """a web page that is turned away is one record, with its address and the reason"""
    with running({'a': 1}, '-l', '127.0.0.1:0') as (_, first):
        assert ' 403 ' in knock(first.port)
        record = wait_record(first.audit, 'refused')
        assert record['message-id'] == REFUSED and record['level'] == 'warning', record
        assert record['remote'].startswith('127.0.0.1') and 'web page' in record['reason'], record
        assert record['instance'] == 'hall', record
        assert len(records(first.audit, 'refused')) == 1
        assert stat.S_IMODE(first.audit.stat().st_mode) == 0o600


def test_changes():
    """edits, applied ones and a rollback say where, by whom and by which way, and no value"""
    first_value, second_value = canary.value(), canary.value()
    with pair({'zones': {'hall': first_value}}) as (a, b, first, second):
        b.replace({'zones': {'hall': second_value}})
        applied = wait_record(first.audit, 'applied', author='attic')
        assert applied['message-id'] == APPLIED and applied['peer'] == 'attic', applied
        assert applied['pointers'] == ['/zones/hall'], applied
        assert wait_record(second.audit, 'changed', initial=False)['pointers'] == ['/zones/hall']
        old = next(item['name'] for item in json.loads(good('versions', '--json', '-f', a.file))
                   if first_value in good('show', item['name'], '-f', a.file))
        good('rollback', old, '-f', a.file)
        assert wait_record(first.audit, 'rollback')['to'] == old
        wait_record(second.audit, 'applied', author='hall')


@contextlib.contextmanager
def apart_then_together(a, b, way, values):
    """Two instances that had one content, and were both edited while they were down."""
    common = ['--resolver', way]

    @contextlib.contextmanager
    def both():
        with Instance(a, '--instance-id', 'hall', '-l', '0', *common) as first, \
                Instance(b, '--instance-id', 'attic', '-p', f'ws://localhost:{first.port}',
                         *common) as second:
            yield first, second

    with both() as (first, second):
        b.wait({'zone': 'old'})
        assert second.end() == 0 and first.end() == 0
    a.overwrite({'zone': values[0]})
    b.overwrite({'zone': values[1]})
    with both() as instances:
        yield instances


def test_conflict():
    """two edits that know nothing of each other are one record, decided at once or by a person"""
    values = canary.value(), canary.value()
    for way, event in ('lww', 'lost'), ('manual', 'conflict'):
        with Folder() as a, Folder() as b:
            a.overwrite({'zone': 'old'})
            with apart_then_together(a, b, way, values) as (first, second):
                record = wait_record(first.audit, event)
                assert record['pointers'] == ['/zone'], record
                both = first.audit.read_text() + second.audit.read_text()
                assert not [value for value in values if value in both], both


def test_clone():
    """whoever comes with an id that is taken is recorded each time, told of once"""
    with pair({'a': 1}) as (_, b, first, second), Folder() as c:
        with Instance(c, '--instance-id', 'attic', '-p', f'ws://localhost:{first.port}') as clone:
            record = wait_record(first.audit, 'peer down', refused=True)
            assert record['peer'] == 'attic', record
            wait_record(clone.audit, 'peer down', refused=True)


def test_rotation():
    """renamed, and told by SIGHUP: every record is in one of the files, and nobody is stopped"""
    with running({'a': 1}, '-l', '127.0.0.1:0') as (folder, first):
        old = first.audit.with_suffix('.old')
        knock(first.port)
        wait_record(first.audit, 'refused')
        first.audit.rename(old)
        first.signal(signal.SIGHUP)
        knock(first.port)
        wait_record(first.audit, 'refused')
        assert len(records(old, 'refused')) == 1
        harness.check_audit(old)
        good('set', '/a', '2', '-f', folder.file)
        assert first.end() == 0


def test_not_started():
    """an audit that was asked for and can't be kept: it does not start, and says why"""
    with Folder() as folder:
        folder.overwrite({'a': 1})
        link = folder.path / 'link'
        link.symlink_to(folder.path / 'target')
        for place, words in ((link, 'symbolic link'), (folder.path / 'no' / 'x', 'No such file'),
                             (folder.path, 'directory')):
            done = harness.ask('run', folder.file, '--audit-file', place)
            assert done.returncode == 2 and words in done.stderr, done
            assert '--audit-file' in done.stderr and str(place) in done.stderr, done
        assert not (folder.path / 'target').exists()


def read_fields(datagram):
    """What sd-journal's native protocol has: none of our fields spans lines."""
    return [tuple(line.split('=', 1)) for line in datagram.decode().splitlines()]


@contextlib.contextmanager
def journal():
    """A journal in /run of this process's own mount namespace."""
    subprocess.run(['mount', '-t', 'tmpfs', 'tmpfs', '/run'], check=True)
    os.makedirs(JOURNAL)
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as native, \
            socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as lines:
        native.bind(f'{JOURNAL}/socket')
        native.settimeout(DEADLINE)
        lines.bind(f'{JOURNAL}/stdout')
        lines.listen()
        yield native


def run_under_journal():
    """Prints the fields of the record of a refusal, as JSON."""
    with journal() as native, socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as output, \
            Folder() as folder:
        output.connect(f'{JOURNAL}/stdout')
        folder.overwrite({'a': 1})
        port = free_port()
        with subprocess.Popen(
                [harness.confsync, 'run', str(folder.file), '-l', str(port), '--no-control',
                 '--instance-id', 'hall'], stdin=subprocess.DEVNULL, stdout=output, stderr=output,
                env=environment()) as instance:
            try:
                fields = []
                while ('CONFSYNC_EVENT', 'refused') not in fields:
                    fields = read_fields(native.recv(65536))
                    if ('CONFSYNC_EVENT', 'listening') in fields:
                        knock(port)
            finally:
                instance.kill()
        print(json.dumps(fields))


def test_journal():
    """under systemd, lines are records of the journal, with the same id and fields"""
    probe = subprocess.run(['unshare', '-m', 'true'], capture_output=True, check=False)
    if probe.returncode != 0:
        raise Skip('no mount namespace of its own')
    done = subprocess.run(
        ['unshare', '-m', sys.executable, __file__, harness.confsync, '--journal'],
        stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=3 * DEADLINE, check=False)
    assert done.returncode == 0, done
    fields = dict(json.loads(done.stdout))
    assert fields['MESSAGE_ID'] == REFUSED and fields['PRIORITY'] == '4', fields
    assert fields['CONFSYNC_REMOTE'].startswith('127.0.0.1'), fields
    assert 'web page' in fields['CONFSYNC_REASON'], fields
    assert fields['CONFSYNC_INSTANCE'] == 'hall', fields
    assert fields['MESSAGE'].startswith('refused: '), fields


if __name__ == '__main__':
    if sys.argv[2:] == ['--journal']:
        harness.confsync = sys.argv[1]
        run_under_journal()
        sys.exit(0)
    sys.exit(main(globals(), sys.argv[1]))
