# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: The confsync authors
#
# Five instances of the built command on hosts of their own, what editors do to their files, and
# what must hold afterwards: one content, every edit in some history, and silence.

import collections
import contextlib
import fcntl
import json
import os
import pathlib
import random
import shutil
import subprocess
import sys
import tempfile
import time

import lab

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / 'common'))
import canary  # noqa: E402
from exchange import exchange  # noqa: E402

NAMES = 'hall', 'attic', 'cellar', 'kitchen', 'porch'
RELAY = 'street'
PORT = 8765
FOLDER = 'confsync-netns-'
# how many times slower than plain everything may be
FACTOR = int(os.environ.get('CONFSYNC_TEST_SLOW', '1'))
HEALED_WITHIN = 2.0 * FACTOR
DEADLINE = 20.0 * FACTOR
# equal for so long means that it stays so
CALM = 0.3
# complete for so long means that it was seen; the promise is 50 ms, on a machine that isn't busy
QUIET = 0.15 * FACTOR
LOOK_INTERVAL = 0.005
ABANDONED = 60.0
# of all hosts together, in one second without an edit: heartbeats and what carries them
IDLE_PACKETS_MAX = 300
SAME_VERSIONS_MAX = 6


def pause(seconds):
    time.sleep(max(0, seconds))


def until(what, look, within=DEADLINE):
    end = time.monotonic() + within
    while not (value := look()):
        assert time.monotonic() < end, f'{what}: not within {within} s'
        pause(LOOK_INTERVAL)
    return value


def canonical(value):
    return json.dumps(value, sort_keys=True)


def sweep():
    """Takes away the folders of runs that were killed: nobody holds their locks."""
    for folder in pathlib.Path(tempfile.gettempdir()).glob(FOLDER + '*'):
        with contextlib.suppress(OSError):
            # a new one may not have taken its lock yet
            if time.time() - folder.stat().st_mtime < ABANDONED:
                continue
            with open(folder / 'lock', encoding='ascii') as lock:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(folder)


def draw_dials(seed, shape):
    """Who dials whom: sometimes both ends do, sometimes it is only one that can."""
    dice = random.Random(f'{seed} dials')
    if shape == 'mesh':
        pairs = [(one, other) for one in NAMES for other in NAMES if one < other]
    elif shape == 'star':
        pairs = [(NAMES[0], other) for other in NAMES[1:]]
    else:
        pairs = list(zip(NAMES, NAMES[1:] + NAMES[:1]))
    return [dial for one, other in pairs
            for dial in dice.choice((((one, other),), ((other, one),),
                                     ((one, other), (other, one))))]


class Host:
    """One host: its file, and its instance while that runs."""

    # a library that is loaded before the command
    preload = None

    def __init__(self, name, folder, command, options):
        self.name = name
        self.folder = folder
        self.file = folder / 'a.json'
        self.log = folder / 'log'
        self.command = os.path.realpath(command)
        self.options = options
        self.peers = []
        self.process = None
        self.seen = None, None
        folder.mkdir()

    def environment(self):
        built = pathlib.Path(self.command).parent.parent / 'plugins'
        return {'PATH': os.environ['PATH'], 'LC_ALL': 'C.UTF-8',
                'XDG_RUNTIME_DIR': str(self.folder.parent), 'XDG_CONFIG_HOME': '/nonexistent',
                **({'LD_PRELOAD': self.preload} if self.preload else {}),
                'CONFSYNC_KEY': canary.KEY, 'CONFSYNC_AUDIT_FILE': str(self.folder / 'audit'),
                'CONFSYNC_PLUGIN_PATH': os.environ.get('CONFSYNC_PLUGIN_PATH', str(built)),
                **{name: value for name, value in os.environ.items()
                   if name.endswith('SAN_OPTIONS') or name in ('G_DEBUG', 'G_SLICE')}}

    def start(self):
        said = self.log.stat().st_size if self.log.exists() else 0
        peers = [word for url in self.peers for word in ('-p', url)]
        with open(self.log, 'ab') as log:
            self.process = subprocess.Popen(
                [*lab.enter(self.name), self.command, 'run', self.file, '-l', f'0.0.0.0:{PORT}',
                 '--instance-id', self.name, '--max-versions', '0',
                 *self.options, *peers], stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                cwd=self.folder, env=self.environment())
        until(f'{self.name} to listen', lambda: self.listens(said))

    def listens(self, said):
        assert self.process.poll() is None, f'{self.name} ended at its start'
        return b'  listening  ' in self.log.read_bytes()[said:]

    def kill(self):
        self.process.kill()
        self.process.wait()
        self.process = None

    def end(self):
        """As a service manager does it."""
        self.process.terminate()
        code = self.process.wait(timeout=DEADLINE)
        self.process = None
        assert code == 0, f'{self.name} ended with {code}'
        # its lines, its records, its versions and its state
        assert self.log.stat().st_size and (self.folder / 'audit').stat().st_size
        canary.check_folder(self.folder)

    def read(self):
        """The live content as canonical text, or None where it isn't a whole one."""
        try:
            status = self.file.stat()
            key = status.st_ino, status.st_mtime_ns, status.st_size
            if self.seen[0] != key:
                self.seen = key, canonical(json.loads(self.file.read_bytes()))
            return self.seen[1]
        except (OSError, ValueError):
            return None

    def write(self, value):
        """In place, as an editor without care does it."""
        self.file.write_text(json.dumps(value, indent=2))

    def replace(self, value):
        """Beside, then renamed over."""
        beside = self.folder / '.beside'
        beside.write_text(json.dumps(value, indent=2))
        beside.rename(self.file)

    def edit_in_place(self, change):
        """As write(), of what is read from the very file that is written: what comes to stand
        under its name meanwhile has nothing to do with this edit."""
        with open(self.file, 'r+', encoding='utf-8') as live:
            read = json.load(live)
            value = change(read)
            live.seek(0)
            live.truncate()
            json.dump(value, live, indent=2)
        return read, value

    def edit_by_exchange(self, change):
        """As replace(), but what was replaced comes out, whatever it was."""
        read = json.loads(self.file.read_bytes())
        value = change(read)
        beside = self.folder / '.beside'
        beside.write_text(json.dumps(value, indent=2))
        exchange(beside, self.file)
        out = json.loads(beside.read_bytes())
        beside.unlink()
        return out, value

    def set(self, pointer, value):
        done = subprocess.run([self.command, 'set', '-f', self.file, pointer, json.dumps(value)],
                              stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              timeout=DEADLINE, check=False, env=self.environment())
        assert done.returncode == 0, (self.name, done)

    def versions(self):
        return [json.loads(version.read_bytes())
                for version in self.folder.glob('config_versions/config_*.json')]


class Ledger:
    """What was written where, and which of it some history must have."""

    def __init__(self):
        self.standing = {}
        self.required = []
        self.edits = 0

    def settle(self, name):
        """Something is about to happen to what stands there."""
        entry = self.standing.get(name)
        if entry and entry['up'] and time.monotonic() - entry['since'] >= QUIET:
            self.required.append(self.standing.pop(name)['what'])

    def wrote(self, name, what, up):
        """A change of a whole content, or of one member of whatever content."""
        self.settle(name)
        self.edits += 1
        self.standing[name] = {'what': what, 'since': time.monotonic(), 'up': up}

    def took(self, what):
        """An instance said that it has it."""
        self.edits += 1
        self.required.append(what)

    def ended(self, name):
        self.settle(name)
        if name in self.standing:
            self.standing[name]['up'] = False

    def started(self, name):
        if name in self.standing:
            self.standing[name].update(since=time.monotonic(), up=True)

    def missing(self, histories):
        """What stood for long, or still stands, and isn't there."""
        texts = {canonical(content) for content in histories}
        edits = {(name, number) for content in histories
                 for name, number in content['edits'].items()}
        every = self.required + [entry['what'] for entry in self.standing.values()]
        return [what for what in every
                if (what not in texts if isinstance(what, str) else what not in edits)]


class Members:
    """To what each member may have come: the last edit of it, where all edits knew what they
    replaced, and until the next convergence what other edits put back."""

    def __init__(self):
        self.last = {NAMES[0]: 0}
        self.put_back = collections.defaultdict(dict)
        self.excused = 0

    def wrote(self, name, number):
        self.last[name] = number

    def replaced(self, name, out, value, late):
        """An edit wrote all that it holds where that isn't what it replaced. A late one, which took
        away the file of a host that was killed and with it the last trace of what was applied, is
        stamped on what its instance had noted: it may have written all."""
        for other, number in {**dict.fromkeys(out, 0), **value}.items():
            if other != name and (late or out.get(other) != number):
                why = 'found late' if late else f'over {out.get(other)}'
                self.put_back[other][number] = f'{number} of {name}, {why}'

    def check(self, held, histories):
        """At a convergence: whoever edits from now on knows all of it."""
        gone = []
        for name, number in self.last.items():
            if held.get(name) != number and held.get(name, 0) in self.put_back[name]:
                self.excused += 1
                print(f'# /edits/{name} went from {number} to '
                      f'{self.put_back[name][held.get(name, 0)]}', flush=True)
            elif held.get(name) != number:
                having = [host for host, history in histories().items()
                          if any(one['edits'].get(name) == number for one in history)]
                gone.append(f'/edits/{name} is {held.get(name)}, {number} was made, in the history '
                            f'of {having}, put back: {list(self.put_back[name].values())}')
        assert not gone, f'edits are gone: {gone}'
        self.last = dict(held)
        self.put_back.clear()


class Fleet:
    """The hosts, their cables, and a relay between some of them."""

    def __init__(self, command, seed, dials, relayed, options):
        dice = random.Random(f'{seed} fleet')
        sweep()
        self.temporary = tempfile.TemporaryDirectory(prefix=FOLDER)
        top = pathlib.Path(os.path.realpath(self.temporary.name))
        self.lock = open(top / 'lock', 'w', encoding='ascii')
        fcntl.flock(self.lock, fcntl.LOCK_EX)
        self.lab = lab.Lab([*NAMES, RELAY])
        self.hosts = {name: Host(name, top / name, command, options) for name in NAMES}
        self.ledger = Ledger()
        # where all merge, it counts what an edit replaced
        self.exact = 'merge' in options
        self.doors = {}
        self.between = {}
        self.held = set()
        self.members = Members()
        for dialling, listening in dials:
            self.dial(dialling, listening, dice.random() < relayed)
        self.start_relay(seed)

    def dial(self, dialling, listening, relayed):
        place = self.lab.address(listening, dialling), PORT
        if relayed:
            door = 9000 + len(self.doors)
            self.doors[str(door)] = self.lab.address(listening, RELAY)
            self.between.setdefault(frozenset((dialling, listening)), []).append(str(door))
            place = self.lab.address(RELAY, dialling), door
        self.hosts[dialling].peers.append('ws://%s:%d' % place)

    def start_relay(self, seed):
        program = pathlib.Path(__file__).with_name('relay.py')
        doors = [f'{door}={address}:{PORT}' for door, address in self.doors.items()]
        self.relay = subprocess.Popen([*lab.enter(RELAY), sys.executable, program, seed,
                                       *doors], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                      text=True)
        assert self.relay.stdout.readline() == 'ready\n'

    def set_door(self, door, mode):
        if door in self.held and mode != 'ok':
            return
        self.relay.stdin.write(f'{door} {mode}\n')
        self.relay.stdin.flush()
        assert self.relay.stdout.readline() == 'done\n'

    def __enter__(self):
        try:
            self.hosts[NAMES[0]].replace({'edits': {NAMES[0]: 0}})
            for host in self.hosts.values():
                host.start()
            self.converge('the first content', DEADLINE)
        except BaseException:
            self.close(True)
            raise
        return self

    def __exit__(self, kind, *_):
        self.close(kind is not None)

    def close(self, failed):
        for host in self.hosts.values():
            if host.process:
                host.kill()
            if failed and host.log.exists():
                print(*(f'# {host.name}: {line}' for line in host.log.read_text().splitlines()),
                      sep='\n')
        self.relay.kill()
        self.relay.wait()
        self.relay.stdin.close()
        self.relay.stdout.close()
        self.lab.close()
        self.lock.close()
        self.temporary.cleanup()

    # what happens to it

    def edit(self, name, how, number, padding):
        """One edit that knows what is live there; its number makes its content the only one."""
        host = self.hosts[name]
        self.members.wrote(name, number)
        if how == 'set':
            host.set(f'/edits/{name}', number)
            self.ledger.took((name, number))
            return

        def change(live):
            value = {'edits': {**live['edits'], name: number}, 'padding': padding}
            self.ledger.wrote(name, canonical(value), host.process is not None)
            return value

        if self.exact:
            edit = host.edit_by_exchange if how == 'replace' else host.edit_in_place
            out, value = edit(change)
            self.members.replaced(name, out['edits'], value['edits'],
                                  how == 'replace' and not host.process)
        else:
            getattr(host, how)(change(json.loads(host.read() or host.seen[1])))

    def kill(self, name):
        self.ledger.ended(name)
        self.hosts[name].kill()

    def start(self, name):
        self.hosts[name].start()
        self.ledger.started(name)

    def part(self, one, other, told):
        """Nothing gets from one to the other, over the relay neither; told: both can know."""
        if told:
            self.lab.pull(one, other)
        else:
            self.lab.drop(one, other)
            self.lab.drop(other, one)
        for door in self.between.get(frozenset((one, other)), []):
            self.set_door(door, 'hold')
            self.held.add(door)

    def heal(self):
        """Everybody runs, and every message gets through from the moment that it returns."""
        for name, host in self.hosts.items():
            if not host.process:
                self.start(name)
        for name in self.lab.names:
            self.lab.drop_nothing(name)
        for pair in list(self.lab.slow):
            self.lab.speed_up(*pair)
        for pair in list(self.lab.pulled):
            self.lab.plug(*pair)
        self.held.clear()
        for door in self.doors:
            self.set_door(door, 'ok')

    # what must hold

    def assert_alive(self):
        for name, host in self.hosts.items():
            assert host.process is None or host.process.poll() is None, f'{name} died'

    def is_apart(self):
        return len({host.read() for host in self.hosts.values()}) > 1

    def describe(self):
        parts = []
        for name, host in self.hosts.items():
            text = host.read()
            parts.append(f'{name} {json.loads(text)["edits"]}' if text else f'{name} nothing')
        return ', '.join(parts)

    def converge(self, what, within=HEALED_WITHIN):
        """Waits until all hold the same, and goes on looking whether they stay so; gives the
        seconds after which they did."""
        began = since = time.monotonic()
        last = None
        while True:
            now = time.monotonic()
            contents = {host.read() for host in self.hosts.values()}
            same = contents.pop() if len(contents) == 1 else None
            if same is None or same != last:
                since, last = now, same
                self.assert_alive()
            elif now - since >= CALM:
                break
            assert same is not None or now - began < max(within, DEADLINE), (
                f'{what}: no convergence: {self.describe()}')
            pause(LOOK_INTERVAL)
        assert since - began <= within, f'{what}: converged after {since - began:.2f} s only'
        return since - began

    def check_members(self):
        """Each host changes a member of its own, so a merge keeps the last one of each."""
        self.members.check(json.loads(self.hosts[NAMES[0]].read())['edits'], self.histories)

    def histories(self):
        return {name: host.versions() for name, host in self.hosts.items()}

    def check_silence(self):
        before = self.lab.count_packets()
        began = time.monotonic()
        pause(1)
        packets = (self.lab.count_packets() - before) / (time.monotonic() - began)
        assert packets <= IDLE_PACKETS_MAX, f'{packets:.0f} packets a second at rest'
        return packets

    def check_histories(self):
        """Nothing is lost, and nothing was applied again and again."""
        histories = self.histories()
        missing = self.ledger.missing([one for history in histories.values() for one in history])
        assert not missing, f'in no history: {missing}'
        for name, history in histories.items():
            # as an edit or an apply, and once more as what lost, from whomever it came
            often, text = max((count, text) for text, count in
                              collections.Counter(map(canonical, history)).items())
            assert often <= SAME_VERSIONS_MAX, f'{name} has {often} versions of {text[:200]}'
        return sum(map(len, histories.values()))

    def end(self):
        for host in self.hosts.values():
            host.end()
