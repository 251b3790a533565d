# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: The confsync authors
#
# The drop-in beside the command: one key on both ends, certificates that are pinned, and the
# add-on's options of who may come in. What can't be is refused by name, without a secret in it.
"""Keys, TLS, rates and the audit of programs of AICleaner's origin."""

import contextlib
import json
import logging
import os
import pathlib
import socket
import subprocess
import urllib.error
import urllib.request

import pytest

from confsync_aicleaner.library import Confsync
from sync import ConfigSyncManager, create_ha_addon_sync

COMMAND = pathlib.Path(os.environ.get('TEST_BUILD_DIR', '_build')).absolute() / 'daemon/confsync'
KEY, OTHER_KEY = bytes(range(32)).hex(), bytes(range(1, 33)).hex()
FIRST, SECOND = {'a': 1}, {'a': 2}


def free_port():
    with socket.create_server(('127.0.0.1', 0)) as free:
        return free.getsockname()[1]


def holds(place, config):
    return lambda: place.path.exists() and place.read() == config


def ask(place, *arguments):
    done = subprocess.run([COMMAND, *arguments], capture_output=True, text=True, timeout=60,
                          env={**os.environ, 'HOME': str(place.base),
                               'XDG_CONFIG_HOME': str(place.base)})
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@contextlib.contextmanager
def command(place, *options):
    """confsync run; gives a function that reads what it has printed so far."""
    log = place.base / 'log'
    with open(log, 'wb') as out:
        process = subprocess.Popen([COMMAND, 'run', place.path, '--base-dir', place.base,
                                    '--no-control', *options], stdout=out, stderr=out,
                                   env={**os.environ, 'HOME': str(place.base),
                                        'XDG_CONFIG_HOME': str(place.base)})
        try:
            yield log.read_text
        finally:
            process.terminate()
            assert process.wait(60) == 0


def write_key(place, key=KEY):
    file = place.base / 'home.key'
    file.write_text(key)
    file.chmod(0o600)
    return file


def addon(place, **options):
    return create_ha_addon_sync(str(place.path), str(place.base), {'sync_port': 0, **options})


@pytest.mark.parametrize('source', ['options', 'file', 'environment'])
async def test_key(places, running, until, monkeypatch, source):
    """The command dials with the key, and both ways an edit arrives."""
    here, there = places('here'), places('there')
    options = {'enable_sync_server': True}
    if source == 'options':
        options['sync_key'] = KEY
    elif source == 'file':
        options['key_file'] = str(write_key(here))
    else:
        monkeypatch.setenv('CONFSYNC_KEY', KEY)
    here.write(FIRST)
    manager = await running(addon(here, **options))
    monkeypatch.delenv('CONFSYNC_KEY', raising=False)
    url = f'ws://127.0.0.1:{manager.sync_server.port}'
    with command(there, '-p', url, '--key-file', write_key(there)) as printed:
        await until(holds(there, FIRST))
        there.write(SECOND)
        await until(holds(here, SECOND))
        assert KEY not in printed()


async def test_no_key(places, running, until, caplog):
    """Another key, or none, and each side says which; nothing is exchanged."""
    caplog.set_level(logging.INFO)
    here, there, third = places('here'), places('there'), places('third')
    here.write(FIRST)
    manager = await running(addon(here, enable_sync_server=True, sync_key=KEY))
    url = f'ws://127.0.0.1:{manager.sync_server.port}'
    with command(there, '-p', url, '--key-file', write_key(there, OTHER_KEY)) as printed:
        await until(lambda: 'not the same shared key' in printed())
    with command(third, '-p', url) as printed:
        await until(lambda: 'shared key' in printed())
    await until(lambda: 'unproven' in caplog.text)
    assert not there.path.exists() and not third.path.exists()
    assert KEY not in caplog.text and OTHER_KEY not in caplog.text


async def test_tls(places, running, until):
    """The add-on dials wss:// with a certificate of its own; both ends pin."""
    here, there = places('here'), places('there')
    pins = {place: ask(place, 'keygen', '--tls-certificate', place.base / 'a.crt',
                       '--tls-private-key', place.base / 'a.key') for place in (here, there)}
    port = free_port()
    there.write(FIRST)
    with command(there, '-l', f'wss://127.0.0.1:{port}', '--tls-pin', pins[here],
                 '--tls-certificate', there.base / 'a.crt',
                 '--tls-private-key', there.base / 'a.key') as printed:
        await until(lambda: 'listening' in printed())
        await running(addon(here, peer_urls=[f'wss://127.0.0.1:{port}/sync'],
                            enable_sync_server=False, tls_pin=[pins[there]],
                            tls_certificate=str(here.base / 'a.crt'),
                            tls_private_key=str(here.base / 'a.key')))
        await until(holds(here, FIRST))
        here.write(SECOND)
        await until(holds(there, SECOND))


def health(port):
    """The status of an answer."""
    try:
        with urllib.request.urlopen(f'http://127.0.0.1:{port}/health', timeout=60) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        return error.code


async def test_rate_and_audit(place, running, until):
    """AICleaner's options of the rate do what they say, and what is refused is recorded."""
    audit = place.base / 'audit.jsonl'
    manager = await running(addon(place, enable_sync_server=True, audit_file=str(audit),
                                  rate_limit_requests_per_minute=2, rate_limit_block_duration=60,
                                  rate_limit_whitelist_local=False))
    assert manager.get_sync_status()['running']
    # the loop that runs here isn't the one that answers
    answers = [health(manager.sync_server.port) for _ in range(4)]
    assert 429 in answers, answers
    await until(lambda: Confsync.EVENT_BLOCKED in
                [json.loads(line)['event'] for line in audit.read_text().splitlines()])
    assert audit.stat().st_mode & 0o777 == 0o600


WRONG = [
    ({'sync_key': 'secret'}, 'options: sync_key: it is no key'),
    ({'sync_key': 7}, 'options: sync_key: it is no text'),
    ({'sync_key': KEY, 'key_file': 'x'}, 'options: key_file and sync_key both give a key'),
    ({'rate_limit_requests_per_minute': 'often'},
     'options: rate_limit_requests_per_minute: it is not a number from 0 to'),
    ({'rate_limit_block_duration': 0},
     'options: rate_limit_block_duration: it is not a number from 1 to'),
    ({'rate_limit_block_duration': True}, 'options: rate_limit_block_duration: it is not a number'),
    ({'rate_limit_whitelist_local': 'perhaps'},
     'options: rate_limit_whitelist_local: say true or false'),
    ({'tls_pin': ['abc']}, 'options: tls_pin: '),
    ({'tls_certificate': 'a.crt'}, 'tls_certificate and tls_private_key go together'),
]


@pytest.mark.parametrize('options,message', WRONG, ids=[message for _, message in WRONG])
async def test_wrong(place, options, message):
    """It doesn't start, and names the option; a key is in no error."""
    manager = addon(place, **options)
    with pytest.raises(ValueError, match=message) as raised:
        await manager.start()
    assert 'secret' not in str(raised.value) and KEY not in str(raised.value)


async def test_wrong_variable(place, monkeypatch):
    monkeypatch.setenv('CONFSYNC_RATE_LIMIT', 'often')
    with pytest.raises(ValueError, match='CONFSYNC_RATE_LIMIT: it is not a number from 0'):
        await ConfigSyncManager(**place.options(sync_port=0)).start()


async def test_key_file_of_others(place):
    file = write_key(place)
    file.chmod(0o644)
    with pytest.raises(RuntimeError, match='options: key_file: .*is open to others'):
        await addon(place, key_file=str(file)).start()


async def test_exposed(place, running, monkeypatch):
    """Beyond this machine only with something that says who may come in."""
    monkeypatch.setenv('CONFSYNC_BIND', '0.0.0.0')
    with pytest.raises(RuntimeError, match='nothing says who may come in'):
        await addon(place, enable_sync_server=True).start()
    await running(addon(place, enable_sync_server=True, sync_key=KEY))
