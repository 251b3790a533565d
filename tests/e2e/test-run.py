# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: The confsync authors
#
# `confsync run` from outside: real processes, real files, what is printed where, and exit codes.
"""Usage: test-run.py CONFSYNC"""

import contextlib
import json
import os
import pathlib
import pty
import re
import signal
import socket
import subprocess
import sys
import time

import harness
from harness import DEADLINE, Folder, Instance, Skip, ask, environment, free_port, main, until

ISO = pathlib.Path('/usr/share/iso-codes/json/iso_639-3.json')
TIME = r'^\d\d:\d\d:\d\d\.\d{3}  '


@contextlib.contextmanager
def pair(*more, content=None):
    """Two terminals, two lines: one listens, one dials; both up."""
    with Folder() as a, Folder() as b:
        if content is not None:
            a.overwrite(content)
        with Instance(a, '-l', free_port(), '--instance-id', 'hall') as first:
            with Instance(b, '-p', f'ws://localhost:{first.port}', '--instance-id', 'attic',
                          *more) as second:
                first.wait('peer up    attic ')
                second.wait('peer up    hall ')
                yield a, b, first, second


# the main job

def test_two_terminals():
    """an edit on either side reaches the other, and each side says so in one line"""
    with pair(content={'theme': 'dark', 'zones': [1, 2]}) as (a, b, first, second):
        b.wait({'theme': 'dark', 'zones': [1, 2]})
        a.replace({'theme': 'light', 'zones': [1, 2]})
        b.wait({'theme': 'light', 'zones': [1, 2]})
        first.wait(TIME + r'changed    /theme   \d+ bytes, version config_\d{14}(_\d{3})?\.json$')
        first.wait(TIME + r'synced     1 of 1 peer holds it after [\d.]+ m?s$')
        second.wait(TIME + r'applied    /theme from hall   [\d.]+ m?s after receipt$')
        b.overwrite({'theme': 'light', 'zones': [1, 2, 3]})
        a.wait({'theme': 'light', 'zones': [1, 2, 3]})
        second.wait(TIME + r'changed    /zones')
        assert first.end() == 0 and second.end() == 0
        assert not first.lines['err'], first.lines['err']


def test_first_lines():
    """listening and peer up are as the documentation shows them"""
    with pair(content={'x': 1}) as (_, _, first, second):
        first.wait(TIME + r'listening  ws://127\.0\.0\.1:\d+/sync   this machine only$')
        first.wait(TIME + r'peer up    attic   127\.0\.0\.1:\d+, round trip [\d.]+ ms, ')
        second.wait(TIME + r'peer up    hall   127\.0\.0\.1:\d+, round trip [\d.]+ ms, ')


def test_real_document():
    """Debian's list of languages, almost a megabyte, arrives as it is and takes an edit"""
    if not ISO.exists():
        raise Skip('iso-codes is not installed')
    content = json.loads(ISO.read_text())
    with pair(content=ISO.read_text()) as (a, b, _, second):
        b.wait(content)
        content['639-3'][0]['name'] += ' ✓'
        a.replace(content)
        b.wait(content)
        second.wait('applied    /639-3/0/name from hall')


def test_appears_later():
    """a file that isn't there yet is waited for, from here or from a peer"""
    with pair() as (a, b, first, second):
        for instance, folder in ((first, a), (second, b)):
            instance.wait(f'waiting    for {re.escape(str(folder.file))}, '
                          'or for a peer that has it$')
        b.overwrite({'late': True})
        a.wait({'late': True})
        first.wait('applied    .* from attic')


def test_half_written():
    """a file written in two parts arrives whole, without a word about its half"""
    with pair(content={'n': 0}) as (a, b, first, _):
        b.wait({'n': 0})
        whole = {'n': 1, 'text': 'x' * 5000}
        text = json.dumps(whole)
        with open(a.file, 'w', encoding='utf-8') as half:
            half.write(text[:2500])
            half.flush()
            time.sleep(0.3)  # an editor that takes its time; under the second that half may last
            half.write(text[2500:])
        b.wait(whole)
        assert first.find('invalid', 'err') is None


def test_invalid():
    """invalid JSON is named with its place, goes nowhere, and is forgotten once mended"""
    with pair(content={'n': 0}) as (a, b, first, second):
        b.wait({'n': 0})
        a.overwrite('{"n": 1,\n "m": }')
        first.wait(r'invalid    .*a\.json: line 2, column \d+: .*'
                   '; nothing is sent until it is mended$', 'err')
        assert b.read() == {'n': 0}
        a.overwrite({'n': 2})
        b.wait({'n': 2})
        assert len([line for line in second.lines['out'] if 'applied' in line]) <= 2


def test_peer_returns():
    """an instance that went away is tried again, and both catch up on what they missed"""
    with pair(content={'a': 1}) as (a, b, first, second):
        b.wait({'a': 1})
        port = first.port
        assert first.end() == 0
        second.wait('peer down  hall   .*; next try in ', 'err' if second.find(
            'peer down', 'err') else 'out')
        a.overwrite({'a': 2})
        with Instance(a, '-l', port, '--instance-id', 'hall'):
            b.wait({'a': 2})


# options

def test_help_fits():
    """each help page fits a screen of 24 lines and 80 columns and ends with an example"""
    for arguments in (['--help'], ['-h'], ['help'], ['help', 'run'], ['run', '--help'],
                      ['run', '-h'], ['run', '--more-help'], ['run', '--security-help'],
                      ['run', '--limits-help'],
                      ['help', 'json'], ['json', '-h'], ['help', 'help']):
        answer = ask(*arguments)
        lines = answer.stdout.splitlines()
        assert answer.returncode == 0 and not answer.stderr, answer
        assert len(lines) <= 24, f'{arguments}: {len(lines)} lines'
        assert max(map(len, lines)) <= 80, max(lines, key=len)
        assert any(line.startswith('Example: confsync ') for line in lines[-2:]), lines[-2:]


def test_exit_codes():
    """wrong use ends with 2 and one line that says what to do; 3 is a start that failed"""
    with Folder() as folder, socket.socket() as taken:
        taken.bind(('127.0.0.1', 0))
        taken.listen()
        os.mkfifo(folder.path / 'fifo')
        (folder.path / 'options.json').write_text('{"rate_limit_block_duration": 0}')
        for arguments, code, words in (
                ([], 2, 'Usage: confsync COMMAND'),
                (['rum'], 2, 'did you mean “run”?'),
                (['help', 'rum'], 2, 'did you mean “run”?'),
                (['run'], 2, 'which file?'),
                (['run', 'a.json', '--lisen', '1'], 2, 'did you mean --listen?'),
                (['run', 'a.json', 'b.json'], 2, 'one argument too many'),
                (['run', '.'], 2, 'is a directory'),
                (['run', 'fifo'], 2, 'no regular file'),
                (['run', '/dev/null'], 2, 'no regular file'),
                (['run', 'options.json/x'], 2, 'Not a directory'),
                (['run', 'a.json', '-l', '70000'], 2, 'is no address'),
                (['run', 'a.json', '-p', 'gopher://x'], 2, 'gopher'),
                (['run', 'a.json', '--instance-id', 'a b'], 2, 'a b'),
                (['run', 'a.json', '--resolver', 'quack'], 2, 'quack'),
                (['run', 'a.json', '--role', 'boss'], 2, 'both|send-only|receive-only'),
                (['run', 'a.json', '--join', 'us'], 2, 'adopt|keep|ask'),
                (['run', 'a.json', '--resolver-for', 'x'], 2, 'is not POINTER=NAME'),
                (['run', 'a.json', '--resolver-for', 'x=lww'], 2, '"x" is no JSON Pointer'),
                (['run', 'a.json', '--resolver-for', '/x=quack'], 2, 'quack'),
                (['run', 'a.json', '--resolver-for', '/x=lww,/x=lww'], 2, 'for /x already'),
                (['run', 'a.json', '--local-keys', 'id'], 2, 'id'),
                (['run', 'a.json', '--sync-key', 'x'], 2, 'others see a key that is an argument'),
                (['run', 'a.json', '--proxy', 'x'], 2, '--proxy: it is not the URL of a proxy'),
                (['run', 'a.json', '--options-file', 'options.json'], 2,
                 'rate_limit_block_duration: 0 is too little; at least 1'),
                (['run', 'a.json', '-l', str(taken.getsockname()[1])], 3, 'in use')):
            answer = ask(*arguments, cwd=folder.path)
            assert answer.returncode == code, (arguments, answer)
            assert words in answer.stderr, (arguments, answer)
            assert code == 3 or not answer.stdout, (arguments, answer)
            assert not arguments or answer.stderr.count('\n') == 1, (arguments, answer)


def test_not_permitted():
    """a file that may not be read is wrong use"""
    if os.geteuid() == 0 and not os.access(harness.confsync, os.X_OK):
        raise Skip('the command can be run by root only')
    with Folder() as folder:
        folder.overwrite({'secret': True})
        folder.path.chmod(0o755)
        folder.file.chmod(0)
        other = {'user': 65534, 'group': 65534} if os.geteuid() == 0 else {}
        try:
            answer = ask('run', folder.file, cwd='/', **other)
        except PermissionError as error:
            raise Skip(f'the command can be run by root only: {error}') from error
        assert answer.returncode == 2 and 'Permission denied' in answer.stderr, answer


def test_version():
    """--version names the program and its version"""
    answer = ask('--version')
    assert answer.returncode == 0 and re.fullmatch(r'confsync \d+\.\d+\.\d+\n', answer.stdout)


def test_seed_names():
    """the seed's five variables and its options configure an instance alone"""
    port = free_port()
    seed = environment(AICLEANER_SYNC_PORT=str(port), AICLEANER_SYNC_ENABLE_SERVER='true',
                       AICLEANER_INSTANCE_ID='instance_001', AICLEANER_LOG_LEVEL='INFO')
    with Folder() as a, Folder() as b:
        a.overwrite({'n': 1})
        with Instance(a, '--config-path', 'a.json', '--config-base-dir', a.path, file=False,
                      env=seed) as first:
            assert first.port == port
            dial = environment(AICLEANER_SYNC_PEERS=f'ws://127.0.0.1:{port}/sync')
            with Instance(b, env=dial) as second:
                second.wait('peer up    instance_001 ')
                b.wait({'n': 1})


def test_order():
    """the command line wins over CONFSYNC_, AICLEANER_, key file, options.json, in this order"""
    ports = {name: free_port() for name in ('typed', 'env', 'seed', 'named', 'user', 'file')}
    with Folder() as folder:
        options, named = folder.path / 'options.json', folder.path / 'named.conf'
        user = folder.path / 'confsync' / 'confsync.conf'
        user.parent.mkdir()
        options.write_text(json.dumps({'sync_port': ports['file'], 'enable_sync_server': True}))
        for path, name in ((named, 'named'), (user, 'user')):
            path.write_text(f'# {name}\n[confsync]\nsync-port={ports[name]}\n')
        variables = {'XDG_CONFIG_HOME': str(folder.path), 'CONFSYNC_SETTINGS_FILE': str(named),
                     'AICLEANER_SYNC_PORT': str(ports['seed']),
                     'CONFSYNC_SYNC_PORT': str(ports['env'])}
        for winner, arguments, left in (('typed', [f'--sync-port={ports["typed"]}'], 4),
                                        ('env', [], 4), ('seed', [], 3), ('named', [], 2),
                                        ('user', [], 1), ('file', [], 0)):
            env = environment(**dict(list(variables.items())[:left]))
            with Instance(folder, f'--options-file={options}', *arguments, env=env) as instance:
                assert instance.port == ports[winner], winner
                assert instance.end() == 0


def test_settings_file():
    """a key file configures an instance alone; what is wrong in it is named with its place"""
    with Folder() as a, Folder() as b:
        a.overwrite({'n': 1})
        port = free_port()
        settings = a.path / 'mine.conf'
        settings.write_text(f'[confsync]\nlisten={port}\ninstance-id=hall\nlog-format=json\n'
                            'sync-prot=1\n')
        with Instance(a, f'--settings-file={settings}') as first:
            first.wait('"event": "listening"')
            first.wait('sync-prot; did you mean sync-port[?]', 'err')
            with Instance(b, '-p', f'localhost:{port}') as second:
                second.wait('peer up    hall ')
                b.wait({'n': 1})
        for text, words in (('[confsync]\nsync-port=0\n', 'mine.conf: sync-port: “0” is not a'),
                            ('[confsync]\nhunter2\n', 'mine.conf: line 2: '),
                            ('[confsync]\nproxy=hunter2\n', 'proxy: it is not the URL'),
                            ('[confsync]\nsync-key=hunter2\n', 'sync-key: a key stands in a file')):
            settings.write_text(text)
            answer = ask('run', a.file, f'--settings-file={settings}')
            assert answer.returncode == 2 and words in answer.stderr, answer
            assert answer.stderr.count('\n') == 1 and 'hunter2' not in answer.stderr, answer
        answer = ask('run', a.file, '--settings-file=none.conf')
        assert answer.returncode == 2 and 'none.conf: it can\'t be read' in answer.stderr, answer


def test_unknown_variable():
    """a mistyped variable is warned about with the name that was meant"""
    with Folder() as folder:
        with Instance(folder, env=environment(CONFSYNC_INSTANCE_IDD='x')) as instance:
            instance.wait('CONFSYNC_INSTANCE_IDD .*did you mean CONFSYNC_INSTANCE_ID[?]', 'err')


def test_beyond_loopback():
    """a listener for other machines is refused in one line, and warned about where it's allowed"""
    with Folder() as folder:
        port = free_port()
        refused = ask('run', folder.file, '-l', f'0.0.0.0:{port}')
        assert refused.returncode == 2 and refused.stderr.count('\n') == 1, refused
        assert 'allow-unauthenticated' in refused.stderr, refused
        with Instance(folder, '-l', f'0.0.0.0:{port}', '--allow-unauthenticated') as instance:
            instance.wait('listening  .*   open to the network')
            instance.wait('allow-unauthenticated', 'err')


# what is printed

def test_json_lines():
    """--log-format=json prints one object a line, warnings included, on the same streams"""
    with Folder() as a, Folder() as b:
        a.overwrite({'n': 1})
        with Instance(a, '-l', free_port(), '--instance-id', 'hall') as first:
            with Instance(b, '-p', f'localhost:{first.port}', '--log-format=json') as second:
                b.wait({'n': 1})
                b.overwrite('{')
                second.wait('"event": "invalid"', 'err')
                assert second.end() == 0
        events = {}
        for stream, levels in (('out', {'info'}), ('err', {'warning', 'error'})):
            for line in second.lines[stream]:
                event = json.loads(line)
                assert re.fullmatch(r'\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z', event['time'])
                assert event['level'] in levels, line
                events[event['event']] = event
        assert events['applied']['author'] == 'hall' and events['applied']['elapsed'] >= 0
        assert 'line 1, column 2' in events['invalid']['reason']


def test_color():
    """colour on a terminal, but not with NO_COLOR, and always where --color says so"""
    for arguments, env, colored in (([], {}, True), ([], {'NO_COLOR': '1'}, False),
                                    (['--color=never'], {}, False),
                                    (['--color=always'], {'NO_COLOR': '1'}, True)):
        with Folder() as folder:
            assert ('\033[' in first_terminal_line(folder, arguments, env)) == colored, arguments
    with Folder() as folder, Instance(folder, '-l', free_port()) as instance:
        assert '\033[' not in instance.wait('listening.*').string


@contextlib.contextmanager
def killed(process):
    """A process that a failed test would leave running, and wait for, is killed."""
    try:
        yield
    finally:
        process.kill()


def first_terminal_line(folder, arguments, env):
    """What a terminal is shown first."""
    master, slave = pty.openpty()
    with subprocess.Popen([harness.confsync, 'run', str(folder.file), *arguments],
                          stdin=slave, stdout=slave, stderr=slave,
                          env=environment(TERM='xterm', **env)) as process, \
            killed(process), open(master, encoding='utf-8') as terminal:
        os.close(slave)
        line = terminal.readline()
        process.terminate()
        assert process.wait(timeout=DEADLINE) == 0
        return line


def test_reader_leaves():
    """syncing goes on when nobody reads standard output any more"""
    with Folder() as a, Folder() as b:
        a.overwrite({'n': 0})
        with subprocess.Popen([harness.confsync, 'run', str(a.file), '-l', str(free_port())],
                              stdout=subprocess.PIPE, text=True, env=environment()) as first, \
                killed(first):
            line = next(line for line in first.stdout if 'listening' in line)
            port = re.search(r':(\d+)/', line).group(1)
            first.stdout.close()
            with Instance(b, '-p', f'localhost:{port}'):
                b.wait({'n': 0})
                a.replace({'n': 1})
                b.wait({'n': 1})
            first.terminate()
            assert first.wait(timeout=DEADLINE) == 0


# its command and its end

def test_on_change():
    """--on-change is told of what came from elsewhere; what it prints goes to standard error"""
    command = 'echo told $CONFSYNC_AUTHOR $CONFSYNC_HASH $CONFSYNC_DOCUMENT'
    with pair('--on-change', command, content={'n': 1}) as (a, b, _, second):
        second.wait(f'^told hall [0-9a-f]{{64}} {re.escape(str(b.file))}$', 'err')
        told = len(second.lines['err'])
        b.overwrite({'n': 2})
        a.wait({'n': 2})
        a.replace({'n': 3})
        b.wait({'n': 3})
        until('the command', lambda: len(second.lines['err']) > told)
        assert second.end() == 0
        assert len(second.lines['err']) == told + 1, second.lines['err']


def test_on_change_fails():
    """a command that fails is one line with its exit status, and stops nothing"""
    with pair('--on-change', 'exit 7', content={'n': 1}) as (a, b, _, second):
        second.wait('failed     --on-change   .*exit status 7', 'err')
        a.replace({'n': 2})
        b.wait({'n': 2})


def test_signals():
    """SIGTERM and SIGINT end it with 0, whether or not it has peers"""
    for number in (signal.SIGTERM, signal.SIGINT):
        with Folder() as folder, Instance(folder, '-p', f'localhost:{free_port()}') as instance:
            instance.wait('waiting')
            assert instance.end(number) == 0


def test_second_signal():
    """a second signal ends it at once, though its command won't"""
    command = "trap '' TERM; echo there; while :; do sleep 60; done"
    with pair('--on-change', command, '--log-level=debug', content={'n': 1}) as (*_, second):
        second.wait('^there$', 'err')
        second.signal(signal.SIGTERM)
        second.wait('stopping')
        assert second.end(signal.SIGTERM) == -signal.SIGTERM


if __name__ == '__main__':
    sys.exit(main(dict(globals()), sys.argv[1]))
