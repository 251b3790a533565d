#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: The confsync authors
#
# Three instances of a real configuration, edited in turn; what data/quickstart shows. Nothing here
# sleeps: each step waits for a file to be what it should, with one deadline for all.
"""Usage: quickstart-show.py [--keep] PATH-OF-CONFSYNC"""

import collections
import contextlib
import ctypes
import ctypes.util
import json
import os
import pathlib
import random
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

SOURCE = pathlib.Path('/usr/share/iso-codes/json/iso_3166-1.json')
DEADLINE_S = 18
IN_CLOSE_WRITE, IN_MOVED_TO, IN_CREATE, IN_CLOEXEC = 0x8, 0x80, 0x100, 0o2000000
COLORS = {'hall': 35, 'kitchen': 34, 'attic': 33}


class Show:
    """What is said, line by line, from several threads."""

    lock = threading.Lock()
    over = False
    color = sys.stdout.isatty() and not os.environ.get('NO_COLOR')

    @classmethod
    def say(cls, text):
        with cls.lock:
            print(f'\033[1m{text}\033[0m' if cls.color else text, flush=True)

    @classmethod
    def line_of(cls, name, text):
        label = f'{name:<8}'
        with cls.lock:
            if cls.over:
                return
            print(f'\033[{COLORS[name]}m{label}\033[0m {text}' if cls.color else f'{label} {text}',
                  flush=True)


class Instance:
    """One confsync process, in a folder of its own."""

    def __init__(self, confsync, top, name, *options):
        self.name = name
        self.file = top / name / 'countries.json'
        self.file.parent.mkdir()
        self.command = [confsync, 'run', str(self.file), '--instance-id', name,
                        f'--color={"always" if Show.color else "never"}', *options]
        self.process = None
        self.heard = collections.Counter()

    def start(self):
        self.process = subprocess.Popen(self.command, stdin=subprocess.DEVNULL, text=True,
                                        stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        threading.Thread(target=self.show_lines, args=(self.process.stdout,), daemon=True).start()

    def show_lines(self, stream):
        with stream:
            for line in stream:
                Show.line_of(self.name, line.rstrip('\n'))
                self.heard.update(word for word in ('listening', 'applied') if f'  {word}' in line)

    def stop(self):
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(timeout=3)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        return self.process.returncode if self.process is not None else 0

    def read(self):
        """The configuration, or None where there is none, or not a whole one."""
        try:
            return json.loads(self.file.read_bytes())
        except (OSError, ValueError):
            return None

    def has(self, word):
        try:
            return f'"{word}"'.encode() in self.file.read_bytes()
        except OSError:
            return False

    def edit(self, before, after):
        return subprocess.Popen(['sed', '-i', f's/"{before}"/"{after}"/', str(self.file)])


class Eyes:
    """Sees each change of the instances' files when it happens (inotify)."""

    def __init__(self, instances):
        libc = ctypes.CDLL(ctypes.util.find_library('c') or 'libc.so.6', use_errno=True)
        self.fd = libc.inotify_init1(IN_CLOEXEC)
        if self.fd < 0:
            raise OSError(ctypes.get_errno(), 'inotify_init1')
        for instance in instances:
            libc.inotify_add_watch(self.fd, bytes(instance.file.parent),
                                   IN_CLOSE_WRITE | IN_MOVED_TO | IN_CREATE)
        self.end = time.monotonic() + DEADLINE_S

    def wait(self, what, condition):
        """Looks at condition() after each change, and now and then, until it holds."""
        while not condition():
            left = self.end - time.monotonic()
            if left <= 0:
                raise TimeoutError(f'{what}: not within {DEADLINE_S} s')
            if select.select([self.fd], [], [], min(left, 0.02))[0]:
                os.read(self.fd, 65536)

    def see(self, word, instances):
        """When each instance's file first had the word: seconds, by name."""
        seen = {}

        def all_have_it():
            now = time.monotonic()
            for instance in instances:
                if instance.name not in seen and instance.has(word):
                    seen[instance.name] = now
            return len(seen) == len(instances)

        self.wait(f'“{word}” everywhere', all_have_it)
        return seen


def free_port():
    """Below what the system gives to outgoing connections, so that none of them takes it."""
    while True:
        with socket.socket() as probe, contextlib.suppress(OSError):
            port = random.randrange(20000, 32000)
            probe.bind(('127.0.0.1', port))
            return port


def wait_for_lines(eyes, instances, heard):
    """Until each has said that it applied something, after it was `heard` that often."""
    eyes.wait('their lines', lambda: all(
        instance.heard['applied'] > before for instance, before in zip(instances, heard)))


def tell(seen, others, since, after):
    for other in others:
        Show.say(f'   {other.name} had it {(seen[other.name] - since) * 1e3:.1f} ms after {after}')


def show_edit(eyes, source, others, before, after):
    """The clock starts when the edit is in the file."""
    Show.say(f'\n== An edit on {source.name}: sed -i, "{before}" becomes "{after}"')
    heard = [other.heard['applied'] for other in others]
    with source.edit(before, after) as sed:
        seen = eyes.see(after, (source, *others))
    if sed.returncode != 0:
        raise RuntimeError('sed failed')
    wait_for_lines(eyes, others, heard)
    tell(seen, others, seen[source.name], 'the edit')


def show_restart(eyes, source, others, before, after):
    """The clock starts when the program does."""
    Show.say(f'\n== {source.name} is stopped, edited ("{before}" becomes "{after}"), '
             'and started again')
    heard = [other.heard['applied'] for other in others]
    if source.stop() != 0 or source.edit(before, after).wait() != 0:
        raise RuntimeError(f'{source.name} or sed failed')
    since = time.monotonic()
    source.start()
    seen = eyes.see(after, others)
    wait_for_lines(eyes, others, heard)
    tell(seen, others, since, 'its start')
    eyes.wait('one content', lambda: len({str(one.read()) for one in (source, *others)}) == 1)


def play(eyes, hall, kitchen, attic):
    Show.say(f'== {hall.name} starts with Debian\'s {SOURCE.name} ({SOURCE.stat().st_size} bytes); '
             'the others have no file yet')
    shutil.copy(SOURCE, hall.file)
    hall.start()
    eyes.wait('the listener', lambda: hall.heard['listening'])
    kitchen.start()
    attic.start()
    eyes.wait('the first copy', lambda: kitchen.heard['applied'] and attic.heard['applied'])

    show_edit(eyes, hall, (kitchen, attic), 'Germany', 'Deutschland')
    show_edit(eyes, attic, (hall, kitchen), 'Japan', 'Nippon')
    show_restart(eyes, kitchen, (hall, attic), 'Spain', 'España')


def check(instances):
    """Whether all hold the three edits; their bytes are compared as well as their values."""
    contents = [instance.read() for instance in instances]
    if any(content != contents[0] or content is None for content in contents):
        raise RuntimeError('the files differ')
    names = {entry['name'] for entry in contents[0]['3166-1']}
    if not {'Deutschland', 'Nippon', 'España'} <= names:
        raise RuntimeError('an edit is missing')
    if len({instance.file.read_bytes() for instance in instances}) != 1:
        raise RuntimeError('the files hold the same configuration in different bytes')


def leave_running(instances):
    Show.say('\nThey go on. Edit any of these, in another terminal:')
    for instance in instances:
        Show.say(f'   {instance.file}')
    Show.say('Older versions are in config_versions/ beside each. Ctrl-C here ends all three.')
    for instance in instances:
        instance.process.wait()


def main(arguments):
    keep = '--keep' in arguments
    confsync = arguments[-1]
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    top = pathlib.Path(tempfile.mkdtemp(prefix='confsync-quickstart-'))
    port = free_port()
    dial = ('--peer', f'ws://127.0.0.1:{port}')
    instances = (Instance(confsync, top, 'hall', '--listen', str(port)),
                 Instance(confsync, top, 'kitchen', *dial),
                 Instance(confsync, top, 'attic', *dial))
    try:
        play(Eyes(instances), *instances)
        check(instances)
        Show.say('\nAll three files are the same, byte for byte.')
        if keep:
            leave_running(instances)
        return 0
    except KeyboardInterrupt:
        return 0 if keep else 130
    except (OSError, RuntimeError, TimeoutError, subprocess.SubprocessError) as error:
        print(f'quickstart: {error}', file=sys.stderr)
        return 1
    finally:
        Show.over = True
        for instance in instances:
            instance.stop()
        shutil.rmtree(top, ignore_errors=True)


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
