# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: The confsync authors
#
# Editors that never rest, each knowing what it took away itself: whatever else it finished has to
# be found again. The promise: a content that was complete in the live file for 50 ms while its
# instance was running, or that the instance took away, is live or in some version.
"""Editors and the ledger of what they wrote."""

import contextlib
import json
import os
import pathlib
import random
import sys
import threading
import time

from tooling import SLOW, Instance, canonical, until

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / 'common'))
from exchange import exchange  # noqa: E402

QUIET_S = 0.050 * SLOW
# a machine that plays this has little time for looking at all versions again and again
DEADLINE_S = 60.0 * SLOW


class Pace:
    """How late this machine and its disk are, looked at all the time. A content is looked at beside
    a busy disk, so while nobody is killed only a busy machine counts. What was looked at is safe
    from a kill once it is in a version, and the store does one thing after the other: that comes
    after an apply, its version and the state, which together take so many durable writes."""

    SURVIVES, LIVES = 20, 4

    def __init__(self, folder, writes=SURVIVES):
        self.path = folder.path / '.pace'
        self.writes = writes
        self.moments = []         # when a write ended, and how long it took
        self.ended = threading.Event()
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def run(self):
        due = time.monotonic()
        while not self.ended.wait(0.020):
            due += 0.020
            with open(self.path, 'w', encoding='utf-8') as file:
                file.write('x' * 100)
                file.flush()
                os.fsync(file.fileno())
            now = time.monotonic()
            self.moments.append((now, now - due))
            due = now

    def end(self):
        self.ended.set()
        self.thread.join()

    def lateness(self, begin, end):
        """At the worst moment between two."""
        return self.writes * max((late for at, late in list(self.moments)
                                  if begin - 0.1 <= at and at - late <= end), default=0)


class Content:
    """What an editor wrote: when it was complete, and when the editor itself took it away."""

    def __init__(self, way, pace):
        self.way = way
        self.pace = pace
        self.done = time.monotonic()
        self.taken = None

    @property
    def limit(self):
        return QUIET_S + self.pace.lateness(self.done, self.taken or self.done)

    def was_quiet(self, lives):
        """Whether it was there so long in one of its instance's lives; if the editor never took it
        away, it was there when something else did."""
        if self.taken is None:
            return True
        return any(min(self.taken, end or self.taken) - max(self.done, ready) >= self.limit
                   for ready, end in lives)


    def describe(self, lives):
        """In milliseconds since it was complete: when it was taken away, and the lives about it."""
        def since(moment):
            return None if moment is None else round((moment - self.done) * 1000)
        near = [(since(ready), since(end)) for ready, end in lives
                if end is None or end > self.done - 1]
        return (f'{self.way}, taken at {since(self.taken)}, limit {round(self.limit * 1000)}, '
                f'lives {near[:4]}')


class Editor:
    """Edits one instance's file; ways: exchange, in place, or both by turns."""

    def __init__(self, name, folder, dice, ways, pause, pace):
        self.name = name
        self.folder = folder
        self.dice = dice
        self.ways = ways
        self.pause = pause        # seconds after an edit, for the dice
        self.pace = pace
        self.contents = {}        # text to Content
        self.inodes = {}          # to the last Content that was written there
        self.number = 0
        self.lock = threading.Lock()  # held during an edit
        self.going = threading.Event()
        self.ended = False
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def run(self):
        while not self.ended:
            self.going.wait()
            with self.lock:
                if self.going.is_set() and not self.ended:
                    self.edit()
            self.wait_for_end(self.pause(self.dice))

    def wait_for_end(self, seconds):
        """The pace of an editor: what it waits for is time alone."""
        threading.Event().wait(seconds)

    def end(self):
        self.ended = True
        self.going.set()
        self.thread.join()

    @contextlib.contextmanager
    def resting(self):
        """Nothing is half written meanwhile."""
        with self.lock:
            yield

    def edit(self):
        self.number += 1
        value = {'by': self.name, 'n': self.number, 'pad': 'x' * self.dice.randrange(400)}
        way = self.dice.choice(self.ways)
        with contextlib.suppress(FileNotFoundError):
            way(self, value)

    def note(self, value, inode, way):
        content = Content(way, self.pace)
        self.contents[canonical(value)] = content
        self.inodes[inode] = content

    def took(self, content, at):
        """The editor took it away itself, if it was there at all."""
        if content is not None and content.taken is None:
            content.taken = at

    def exchange(self, value):
        """Beside, then exchanged: what comes out is what it took away."""
        beside = self.folder.path / f'.beside-{self.name}'
        with open(beside, 'w', encoding='utf-8') as file:
            json.dump(value, file)
            inode = os.fstat(file.fileno()).st_ino
        exchange(beside, self.folder.file)
        self.note(value, inode, 'exchange')
        out = beside.read_bytes()
        with contextlib.suppress(ValueError):
            self.took(self.contents.get(canonical(json.loads(out))), time.monotonic())
        beside.unlink()

    def in_place(self, value):
        """Truncated and written in two halves: what was in the same file is taken away."""
        text = json.dumps(value).encode()
        with open(self.folder.file, 'r+b', buffering=0) as file:
            inode = os.fstat(file.fileno()).st_ino
            at = time.monotonic()
            file.truncate(0)
            self.took(self.inodes.get(inode), at)
            file.write(text[:len(text) // 2])
            file.write(text[len(text) // 2:])
        self.note(value, inode, 'in place')


class Side:
    """One of a pair: its folder, its lives, its editor."""

    def __init__(self, name, folder, port, other_port, editor, *arguments):
        self.name = name
        self.folder = folder
        self.arguments = ['-l', port, '-p', f'ws://127.0.0.1:{other_port}', '--instance-id', name,
                          '--max-versions', 0, '--no-control', *arguments]
        self.editor = editor
        self.lives = []           # when it was ready, and when it ended
        self.instance = None
        self.known = {}           # a version's name to its content

    def start(self):
        self.instance = Instance(self.folder, *self.arguments)

    def ready(self):
        try:
            self.instance.wait('listening')
        except AssertionError as error:
            raise AssertionError(f'{error}: {self.instance.lines}, '
                                 f'{self.instance.process.poll()}') from error
        self.lives.append([time.monotonic(), None])

    def kill(self):
        """-9, wherever it is."""
        if self.instance.process.poll() is None:
            self.instance.process.kill()
        if self.lives and self.lives[-1][1] is None:
            self.lives[-1][1] = time.monotonic()
        self.instance.__exit__(None)

    def terminate(self):
        """In order: within two seconds, whatever is under way."""
        began = time.monotonic()
        assert self.instance.end() == 0
        now = time.monotonic()
        assert now - began < 2 * SLOW + self.editor.pace.lateness(began, now)
        self.kill()

    def whole(self):
        """The live file, which must be a whole one."""
        with self.editor.resting():
            value = self.folder.read()
            assert isinstance(value, dict) and 'by' in value, self.folder.file.read_bytes()
            return value

    def versions(self):
        """All contents, each of which must be whole; names never change their content."""
        for path in (self.folder.path / 'config_versions').glob('config_*.json'):
            if path.name not in self.known:
                self.known[path.name] = canonical(json.loads(path.read_bytes()))
        return self.known.values()

    def acknowledged(self):
        """The versions that a peer was noted to hold."""
        index = self.folder.path / 'config_versions' / '.index.jsonl'
        for line in index.read_bytes().splitlines() if index.exists() else ():
            with contextlib.suppress(ValueError):
                record = json.loads(line)
                if record.get('acknowledged'):
                    yield record['name']


def agree(sides):
    """Waits until both hold the same, with nobody editing; gives it."""
    def same():
        values = [side.folder.read() for side in sides]
        return values[0] is not None and values[0] == values[1] and values[0]
    return until('both to hold the same', same)


def missing(sides):
    """What was promised to be kept, and is nowhere."""
    there = {canonical(side.folder.read()) for side in sides}
    for side in sides:
        there.update(side.versions())
    lost = [f'{side.name}: {text[:30]} {content.describe(side.lives)}' for side in sides
            for text, content in list(side.editor.contents.items())
            if text not in there and content.was_quiet(side.lives)]
    lost += [(side.name, name) for side in sides for name in side.acknowledged()
             if name not in side.known]
    return lost


def until_found(sides):
    """Waits until nothing is missing; names what is."""
    try:
        until('what was at rest to be found', lambda: not missing(sides), DEADLINE_S)
    except AssertionError as error:
        raise AssertionError(f'{error}: {missing(sides)}') from error


def counts(sides):
    """How many contents there were, and how many of them count."""
    contents = [(content, side) for side in sides for content in side.editor.contents.values()]
    return len(contents), sum(content.was_quiet(side.lives) for content, side in contents)


def dice_of(seed, name):
    return random.Random(f'{seed} {name}')
