# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: The confsync authors
#
# What the tests of the commands that talk to an instance share: asking, and instances to be asked.

import contextlib
import json
import os
import subprocess

import harness
from harness import DEADLINE, Folder, Instance, environment, free_port, until

SLOW = int(os.environ.get('CONFSYNC_TEST_SLOW', '1'))
VERSION = r'config_\d{14}(_\d{3})?\.json'
ISO_TIME = r'\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z'


def call(*arguments, typed=None, **options):
    """Runs the command to its end; typed: what somebody types."""
    options.setdefault('env', environment())
    stdin = {'input': typed} if typed is not None else {'stdin': subprocess.DEVNULL}
    done = subprocess.run([harness.confsync, *map(str, arguments)], text=True, capture_output=True,
                          timeout=4 * SLOW * DEADLINE, check=False, **stdin, **options)
    harness.check_answer(arguments, done)
    return done


def good(*arguments, **options):
    """An answer that must be given, and nothing on standard error; gives the answer."""
    done = call(*arguments, **options)
    assert done.returncode == 0 and not done.stderr, (arguments, done)
    return done.stdout


def bad(code, words, *arguments, **options):
    """A command that must fail so, saying so, and answering nothing; gives what it said."""
    done = call(*arguments, **options)
    assert done.returncode == code and not done.stdout, (arguments, done)
    assert done.stderr.startswith(f'confsync {arguments[0]}: '), (arguments, done)
    assert words in done.stderr, (words, done)
    return done.stderr


def ready(instance, folder):
    """Waits until it can be asked."""
    until('an answer', lambda: call('status', '-f', folder.file).returncode == 0)
    return instance


@contextlib.contextmanager
def running(content, *arguments, **options):
    """One instance by itself."""
    with Folder() as folder:
        if content is not None:
            folder.overwrite(content)
        with Instance(folder, '--instance-id', 'hall', *arguments, **options) as instance:
            ready(instance, folder)
            if content is not None:
                until('its content', lambda: status(folder)['hash'])
            yield folder, instance


@contextlib.contextmanager
def pair(content, *more):
    """hall listens, attic dials; both hold the content."""
    with running(content, '-l', free_port()) as (a, first), Folder() as b:
        with Instance(b, '-p', f'ws://localhost:{first.port}', '--instance-id', 'attic',
                      *more) as second:
            b.wait(content)
            ready(second, b)
            until('both to hold the same', lambda: [
                peer['holds_head'] for peer in status(a)['peers']] == [True])
            yield a, b, first, second


def status(folder):
    done = call('status', '--json', '-f', folder.file)
    assert done.returncode == 0, done
    return json.loads(done.stdout)
