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
import re
import signal
import socket
import stat
import subprocess
import sys

import harness
from asking import call, good, pair, running
from harness import (DEADLINE, Folder, Instance, Skip, canary, environment, free_port, main,
                     until)
from partition import Relay

# ids that programs look for: they never change
IDS = {
    'applied': '163d9de251b5412d81f75a88363f6626',
    'blocked': 'ea59230f5aa94544acf2fce070d4e363',
    'conflict': 'c28499f2e35641589ce38284739b4d35',
    'lost': '0784d1ab25a7400cb9aa8cfa326ac954',
    'plugin refused': '3fba98e1abb64de98f6ddf57b87b4996',
    'refused': '0e354783297a488ca514e50581467181',
    'rollback': 'd797b3b991c545aa8ff53ecf5487bcbb',
    'settled': '76d9f932e7004220955b79ee55fea974',
    'trust': '4e7d663c3e3547d08e945b63f08dea9e',
    'unproven': '385bf0fc3ae64cc6b23fc08fe416a9fc',
}
FINGERPRINT = re.compile('[0-9a-f]{64}')
JOURNAL = '/run/systemd/journal'
# what a web page of somebody else would send
UPGRADE = ('GET /sync HTTP/1.1\r\nHost: localhost\r\nOrigin: http://evil.example\r\n'
           'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n'
           'Sec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==\r\n\r\n')


def records(path, event=None):
    path = pathlib.Path(path)
    listed = [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []
    return [record for record in listed if event in (None, record['event'])]


def wait_record(path, event, /, **members):
    """Waits for one; gives it. It has the id of its kind."""
    def look():
        return next((record for record in records(path, event) if all(
            record.get(name) == value for name, value in members.items())), None)
    record = until(f'a record of {event} with {members}', look)
    assert record['message-id'] == IDS.get(event, record['message-id']), record
    return record


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
        assert record['level'] == 'warning', record
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
        assert applied['peer'] == 'attic', applied
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


def test_unproven():
    """who comes without the key, or with another one, is recorded each time, with both's reasons"""
    keys = [os.urandom(32).hex() for _ in range(2)]
    with Folder() as a, Folder() as b:
        a.overwrite({'a': 1})
        with Instance(a, '--instance-id', 'hall', '-l', '127.0.0.1:0',
                      env=environment(CONFSYNC_KEY=keys[0])) as hall, \
                Instance(b, '--instance-id', 'attic', '-p', f'ws://localhost:{hall.port}',
                         env=environment(CONFSYNC_KEY=keys[1])) as attic:
            record = wait_record(hall.audit, 'unproven', peer='attic')
            assert record['level'] == 'warning' and record['instance'] == 'hall', record
            assert record['remote'].startswith('127.0.0.1:'), record
            assert 'have not the same shared key' in record['reason'], record
            assert set(record) == {'time', 'level', 'event', 'message-id', 'instance', 'remote',
                                   'peer', 'reason'}, record
            # each time, where lines tell it once; the asker is heard again after a second
            until('a second one', lambda: len(records(hall.audit, 'unproven')) > 1)
            wait_record(attic.audit, 'peer down', refused=True)
            assert hall.end() == 0 and attic.end() == 0
        said = hall.audit.read_text() + attic.audit.read_text()
        assert not any(key in said for key in keys)


def test_blocked():
    """an address that comes too often is one record, however often it comes then"""
    with running({'a': 1}, '-l', '127.0.0.1:0', '--rate-limit', '2',
                 '--rate-limit-whitelist-local=false', '--rate-limit-block-duration=60') as (
                     _, first):
        answers = [knock(first.port) for _ in range(6)]
        assert ' 429 ' in answers[-1], answers
        record = wait_record(first.audit, 'blocked', duration=60_000_000)
        assert record['level'] == 'warning', record
        assert record['remote'].startswith('127.0.0.1:'), record
        assert 'more than 2 requests in a minute' in record['reason'], record
        assert first.end() == 0
        assert len(records(first.audit, 'blocked')) == 1


@contextlib.contextmanager
def apart(*arguments):
    """hall and attic, which have each changed the same without knowing of the other."""
    values = [canary.value() for _ in range(3)]
    with Folder() as a, Folder() as b:
        a.overwrite({'theme': values[0]})
        with Instance(a, '--instance-id', 'hall', '-l', '127.0.0.1:0', *arguments) as hall, \
                Relay(hall.port) as relay, \
                Instance(b, '--instance-id', 'attic', '-p', f'ws://127.0.0.1:{relay.port}',
                         *arguments) as attic:
            b.wait({'theme': values[0]})
            relay.cut()
            wait_record(attic.audit, 'peer down')
            for folder, value in ((a, values[1]), (b, values[2])):
                good('set', '/theme', '-', '-f', folder.file, typed=json.dumps(value))
            relay.heal()
            yield a, hall, attic


def test_conflict():
    """what waits for a person, and that somebody decided it, are records on both sides"""
    with apart('--resolver', 'manual') as (folder, hall, attic):
        record = wait_record(hall.audit, 'conflict')
        assert {record['ours'], record['theirs']} == {'hall', 'attic'}, record
        assert record['pointers'] == ['/theme'] and record['id'] and record['reason'], record
        wait_record(attic.audit, 'conflict', id=record['id'])
        good('resolve', record['id'], '--theirs', '-f', folder.file)
        for instance in hall, attic:
            assert wait_record(instance.audit, 'settled', id=record['id'])['author'] == 'hall'


def test_lost():
    """of two edits at once, the one that lost is named, and where it is kept"""
    with apart() as (folder, hall, attic):
        record = wait_record(hall.audit, 'lost')
        assert (record['author'], record['winner']) == ('hall', 'attic'), record
        assert record['pointers'] == ['/theme'], record
        assert (folder.path / 'config_versions' / record['version']).exists(), record
        wait_record(hall.audit, 'applied', author='attic')


def test_plugin():
    """a folder of plugins that others may write to, and a module that is none, are records"""
    with Folder() as folder, Folder() as plugins, Folder() as broken:
        plugins.path.chmod(0o777)
        (broken.path / 'bad.plugin').write_text('[Plugin]\nModule=bad\nConfsyncTransport=ws\n')
        (broken.path / 'bad.so').write_text('no module')
        broken.path.chmod(0o700)
        folder.overwrite({'a': 1})
        usual = environment()
        places = f'{plugins.path}:{broken.path}:{usual["CONFSYNC_PLUGIN_PATH"]}'
        with Instance(folder, '-l', '127.0.0.1:0',
                      env={**usual, 'CONFSYNC_PLUGIN_PATH': places}) as instance:
            record = wait_record(instance.audit, 'plugin refused', path=str(plugins.path))
            assert record['level'] == 'warning' and 'write' in record['reason'], record
            wait_record(instance.audit, 'plugin refused', path=str(broken.path / 'bad.so'))
            assert instance.port and instance.end() == 0
        assert len(records(instance.audit, 'plugin refused')) == 2


@contextlib.contextmanager
def machine(name):
    """Settings that name an audit file; gives the variables, and the path of that."""
    with Folder() as folder:
        settings = folder.path / 'confsync' / 'confsync.conf'
        settings.parent.mkdir(mode=0o700)
        audit = folder.path / 'audit.jsonl'
        settings.write_text(f'[confsync]\naudit-file={audit}\n')
        yield environment(XDG_CONFIG_HOME=str(folder.path), CONFSYNC_INSTANCE_ID=name), audit
        harness.check_audit(audit)


def do(env, *arguments):
    done = call(*arguments, env=env)
    assert done.returncode == 0, done
    return done.stdout.strip()


def trusted(audit):
    """Its records, without what all have."""
    listed = records(audit)
    for record in listed:
        assert record.pop('event') == 'trust' and record.pop('message-id') == IDS['trust'], record
        assert record.pop('time') and record.pop('level') == 'info', record
    return listed


def test_trust():
    """certificates that are trusted, and are no longer, are records with whose they are"""
    one, two = 'ab' * 32, 'cd' * 32
    with machine('hall') as (env, audit):
        do(env, 'trust', 'AB:' * 31 + 'AB', 'attic')
        do(env, 'trust', two)
        assert stat.S_IMODE(audit.stat().st_mode) == 0o600
        do(env, 'trust')
        assert call('trust', '--remove', 'nobody', env=env).returncode == 1
        do(env, 'trust', '--remove', 'attic')
        do(env, 'trust', '--remove', two)
        assert trusted(audit) == [
            {'outcome': 'added', 'fingerprint': one, 'name': 'attic'},
            {'outcome': 'added', 'fingerprint': two},
            {'outcome': 'removed', 'fingerprint': one, 'name': 'attic'},
            {'outcome': 'removed', 'fingerprint': two}]


def test_keys_made():
    """new keys, for certificates and shared, are records; the shared one itself is in none"""
    with machine('hall') as (env, audit), Folder() as folder:
        fingerprint = do(env, 'keygen')
        assert FINGERPRINT.fullmatch(fingerprint), fingerprint
        path = folder.path / 'home.key'
        do(env, 'keygen', '--shared', path)
        printed = do(env, 'keygen', '--shared')
        own, kept, shown = trusted(audit)
        assert (own['outcome'], own['fingerprint'], own['name']) == (
            'key changed', fingerprint, 'hall'), own
        for record, words in (kept, f'in {path}'), (shown, 'printed'):
            assert set(record) == {'outcome', 'reason'}, record
            assert record['outcome'] == 'key changed' and words in record['reason'], record
        text = audit.read_text()
        assert printed not in text and path.read_text().strip() not in text
        assert call('keygen', env=env).returncode == 2
        assert len(records(audit)) == 3


def test_pair():
    """both ends of a pairing record the other, and that their own certificate is new"""
    with machine('hall') as (hall, first), machine('attic') as (attic, second):
        with subprocess.Popen([harness.confsync, 'pair', '--listen', '127.0.0.1:0'], env=hall,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.DEVNULL, text=True) as host:
            try:
                *_, place, code = host.stdout.readline().split()
                do(attic, 'pair', place, code)
                assert host.wait(timeout=DEADLINE) == 0
            finally:
                host.kill()
        made, paired = {}, {}
        for audit in first, second:
            for record in trusted(audit):
                assert FINGERPRINT.fullmatch(record['fingerprint']), record
                which = {'key changed': made, 'paired': paired}[record['outcome']]
                which[record['name']] = record['fingerprint']
            assert code not in audit.read_text() and code.replace('-', '') not in audit.read_text()
        assert made == paired and set(made) == {'hall', 'attic'}, (made, paired)


def test_trust_not_recorded():
    """what can't be recorded isn't done, and says so"""
    with machine('hall') as (env, audit), Folder() as folder:
        target = folder.path / 'target'
        audit.symlink_to(target)
        for words in (['trust', 'ab' * 32], ['keygen'], ['pair', '--listen', '127.0.0.1:0'],
                      ['keygen', '--shared', folder.path / 'home.key']):
            done = call(*words, env=env)
            assert done.returncode == 3 and not done.stdout, done
            assert 'nothing was changed' in done.stderr and 'symbolic link' in done.stderr, done
        assert not target.exists() and not (folder.path / 'home.key').exists()
        assert os.listdir(audit.parent / 'confsync') == ['confsync.conf']
        assert 'tls-pin' not in (audit.parent / 'confsync' / 'confsync.conf').read_text()
        # what is said for one command counts more than the settings
        elsewhere = folder.path / 'other.jsonl'
        do(env, 'trust', 'ab' * 32, '--audit-file', elsewhere)
        assert [record['outcome'] for record in trusted(elsewhere)] == ['added']
        audit.unlink()


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
    assert fields['MESSAGE_ID'] == IDS['refused'] and fields['PRIORITY'] == '4', fields
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
