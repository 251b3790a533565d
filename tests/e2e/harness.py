# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: The confsync authors
#
# What the end-to-end tests share: instances of the built command whose lines and files can be
# waited for, each wait with a deadline, and a runner that prints TAP. Whatever an instance printed,
# recorded and left on disk is searched for planted secrets when it ends.

import contextlib
import itertools
import json
import os
import pathlib
import random
import re
import socket
import subprocess
import sys
import tempfile
import threading
import time
import traceback

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / 'common'))
import canary  # noqa: E402

DEADLINE = 15.0
LOOK_INTERVAL = 0.005
confsync = None
# the control sockets of what is tested, apart from those of whoever tests; its path is a short one
runtime = tempfile.TemporaryDirectory(prefix='confsync-rt-')
# the audit files of all instances
audits = tempfile.TemporaryDirectory(prefix='confsync-audit-')
serials = itertools.count(1)
# whether each configuration that is written gets a member that stays on its machine; a program of
# tests that doesn't look at the rest of the file sets it
planting = False
# whether instances have the planted key; a program of tests whose peers can't prove it, or that is
# about keys, says no
keyed = True


class Skip(Exception):
    """The machine lacks what a test needs; says what."""


def environment(**more):
    """This one's, without what would configure the command, and with the planted key. What is None
    is left out."""
    kept = {name: value for name, value in os.environ.items()
            if not name.startswith(('CONFSYNC_', 'AICLEANER_', 'NO_COLOR', 'LC_', 'LANG'))}
    built = os.path.join(os.path.dirname(os.path.dirname(confsync)), 'plugins')
    kept['CONFSYNC_PLUGIN_PATH'] = os.environ.get('CONFSYNC_PLUGIN_PATH', built)
    if keyed:
        kept['CONFSYNC_KEY'] = canary.KEY
    every = {**kept, 'LC_ALL': 'C.UTF-8', 'XDG_CONFIG_HOME': '/nonexistent',
             'XDG_RUNTIME_DIR': runtime.name, **more}
    return {name: value for name, value in every.items() if value is not None}


def until(what, predicate, within=None):
    """Looks again and again; gives what the predicate gives once it is true."""
    within = within or DEADLINE
    end = time.monotonic() + within
    while not (value := predicate()):
        assert time.monotonic() < end, f'{what}: not within {within} s'
        time.sleep(LOOK_INTERVAL)
    return value


def free_port():
    """Below what the system gives to outgoing connections, so that none of them takes it."""
    while True:
        with socket.socket() as probe, contextlib.suppress(OSError):
            port = random.randrange(20000, 32000)
            probe.bind(('127.0.0.1', port))
            return port


def ask(*arguments, **options):
    """Runs the command to its end."""
    options.setdefault('env', environment())
    done = subprocess.run([confsync, *map(str, arguments)], stdin=subprocess.DEVNULL, text=True,
                          capture_output=True, timeout=DEADLINE, check=False, **options)
    check_answer(arguments, done)
    return done


def check_answer(arguments, done):
    """What shows a configuration shows it whole; nothing else tells a secret, and none a key."""
    shows = str(arguments[0] if arguments else '') in ('get', 'show', 'diff', 'json', 'edit')
    canary.check(f'the output of {arguments}', str(done.stdout),
                 (canary.KEY_CORE,) if shows else canary.CORES)
    canary.check(f'the errors of {arguments}', str(done.stderr))


def check_audit(path):
    """Each line is one record, of an event that has a message id, without secrets."""
    text = path.read_text(encoding='utf-8') if path.exists() else ''
    canary.check(path.name, text)
    for line in text.splitlines():
        record = json.loads(line)
        assert re.fullmatch('[0-9a-f]{32}', record['message-id']) and record['event'], record


class Folder:
    """A temporary folder with one configuration, a.json."""

    def __init__(self):
        self.temporary = tempfile.TemporaryDirectory(prefix='confsync-e2e-')
        self.path = pathlib.Path(os.path.realpath(self.temporary.name))
        self.file = self.path / 'a.json'
        self.secret = canary.local()
        self.planted = planting

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        try:
            if kind is None:
                canary.check_folder(self.path, but=[self.secret])
        finally:
            self.temporary.cleanup()

    def plant(self, value):
        """With what stays here, where that is planted."""
        if self.planted and isinstance(value, dict) and value:
            return {**value, canary.MEMBER: self.secret}
        return value

    def read(self):
        """The configuration, or None where there is none or no whole one."""
        try:
            value = json.loads(self.file.read_bytes())
        except (OSError, ValueError, RecursionError):  # Python's reader gives up on deep nesting
            return None
        if self.planted and isinstance(value, dict):
            value.pop(canary.MEMBER, None)
        return value

    def overwrite(self, value):
        """In place, as an editor without care does it."""
        self.file.write_text(value if isinstance(value, str) else json.dumps(self.plant(value)))

    def replace(self, value):
        """Beside, then renamed over, as sed -i does it."""
        beside = self.path / '.beside'
        beside.write_text(json.dumps(self.plant(value)))
        beside.rename(self.file)

    def wait(self, value):
        until(f'{self.file} to hold {str(value)[:100]}', lambda: self.read() == value)


class Instance:
    """`confsync run` on a folder's file; what it prints is collected line by line."""

    def __init__(self, folder, *arguments, env=None, file=True, prefix=()):
        self.lines = {'out': [], 'err': []}
        self.audit = pathlib.Path(audits.name) / f'{next(serials)}.jsonl'
        if getattr(folder, 'planted', False):
            arguments = ('--local-keys', '/' + canary.MEMBER, *arguments)
        self.process = subprocess.Popen(
            [*prefix, confsync, 'run', *([str(folder.file)] if file else []), *map(str, arguments)],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            env=self.record(env or environment(), prefix), cwd=folder.path)
        self.threads = [
            threading.Thread(target=self.collect, args=(stream, self.lines[name]), daemon=True)
            for name, stream in (('out', self.process.stdout), ('err', self.process.stderr))]
        for thread in self.threads:
            thread.start()

    def record(self, env, prefix):
        """With an audit file, but where calls are counted or another user runs it."""
        if prefix or 'LD_PRELOAD' in env:
            return env
        return {'CONFSYNC_AUDIT_FILE': str(self.audit), **env}

    def check(self):
        """Nothing that it said or recorded holds a secret, nor a value of the configuration."""
        for name, lines in self.lines.items():
            canary.check(f'the lines on std{name}', '\n'.join(lines))
        check_audit(self.audit)

    @staticmethod
    def collect(stream, lines):
        for line in stream:
            lines.append(line.rstrip('\n'))

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        for thread in self.threads:
            thread.join()
        self.process.stdout.close()
        self.process.stderr.close()
        if kind is not None:
            for name, lines in self.lines.items():
                for line in lines:
                    print(f'# {name}: {line}')
        else:
            self.check()

    def find(self, pattern, stream='out'):
        return next((found for line in self.lines[stream] if (found := re.search(pattern, line))),
                    None)

    def wait(self, pattern, stream='out'):
        """Waits for a line; gives the match."""
        def look():
            found = self.find(pattern, stream)
            if not found and self.process.poll() is not None:
                for thread in self.threads:  # what it said last may be on its way
                    thread.join(DEADLINE)
                found = self.find(pattern, stream)
                assert found, f'it ended before it said {pattern}'
            return found
        return until(f'a line like {pattern}', look)

    def signal(self, number):
        self.process.send_signal(number)

    def end(self, number=15):
        """Ends it by a signal, or waits for its end (0); gives the exit code."""
        if number:
            self.signal(number)
        return self.process.wait(timeout=DEADLINE)

    @property
    def port(self):
        return int(self.wait(r'listening  wss?://[^ ]*:(\d+)/').group(1))


def main(tests, command):
    """Runs the functions whose names begin with test_, in their order; prints TAP."""
    global confsync
    confsync = os.path.realpath(command)
    cases = [test for name, test in tests.items() if name.startswith('test_')]
    failed = 0
    print(f'1..{len(cases)}')
    for number, test in enumerate(cases, 1):
        title = f'{number} - {test.__name__[5:]}: {test.__doc__}'
        try:
            test()
            print(f'ok {title}', flush=True)
        except Skip as skip:
            print(f'ok {title} # SKIP {skip}', flush=True)
        except Exception:  # a test may fail in any way
            failed += 1
            print(*('# ' + line for line in traceback.format_exc().splitlines()), sep='\n')
            print(f'not ok {title}', flush=True)
    return 1 if failed else 0
