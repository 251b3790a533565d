# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: The confsync authors
#
# Symbolic links, FIFOs, directories and files where `confsync run` keeps its own things: planted
# before it starts, and put in the place of what is there while it runs. What a link leads to is
# never touched nor read; nobody hangs; what can't go on says which path is in the way. Prints TAP.
"""Usage: test-run-hostile-links.py CONFSYNC [--memory | --no-memory] [NAME...]"""

import contextlib
import json
import os
import re
import shutil
import signal
import stat
import sys

import harness
from house import Instance, Skip, e2e, until

START = {'theme': 'dark'}
SECRET = {'secret': 'kept out'}
VERSION = 'config_20240101120000.json'
# below the folder; a trailing slash means that a directory belongs there
PLACES = ['config_versions/', '.confsync/', '.confsync/tmp/', '.confsync/state.json',
          '.confsync/lock', '.confsync/a.json.lock', '.confsync/stamp', '.confsync/recover',
          'config_versions/.index.jsonl', f'config_versions/{VERSION}']


def make_link(path, outside):
    path.symlink_to(outside)


def make_fifo(path, outside):
    os.mkfifo(path)


def make_wrong(path, outside):
    """A directory where a file belongs, and the other way round."""
    if outside.is_dir():
        path.write_text('in the way')
    else:
        path.mkdir()


KINDS = {'link': make_link, 'fifo': make_fifo, 'wrong': make_wrong}


def look(path):
    """What could show that a file or a directory was touched."""
    info = path.stat()
    names = sorted(os.listdir(path)) if path.is_dir() else path.read_bytes()
    return stat.S_IMODE(info.st_mode), info.st_ino, info.st_mtime_ns, names


class Trap:
    """A folder with one thing in it that isn't what it should be, and an instance on its file."""

    def __init__(self, stack, place, kind):
        self.name = f'{kind} at {place}'
        self.folder = stack.enter_context(e2e.Folder())
        self.path = self.folder.path / place
        self.outside = stack.enter_context(e2e.Folder()).path / 'outside'
        if place.endswith('/'):
            self.outside.mkdir(mode=0o755)
            (self.outside / VERSION).write_text(json.dumps(SECRET))
            (self.outside / 'state.json').write_text('{"version": 1}')
        else:
            self.outside.write_text(json.dumps(SECRET))
        self.kind = kind
        self.stack = stack
        self.before = {}

    def plant(self):
        """Puts it there, whatever is there; who runs may be quicker with a file of its own."""
        for _ in range(100):
            if self.path.is_dir() and not self.path.is_symlink():
                shutil.rmtree(self.path, ignore_errors=True)
            else:
                self.path.unlink(missing_ok=True)
            self.path.parent.mkdir(mode=0o700, exist_ok=True)
            with contextlib.suppress(FileExistsError):
                KINDS[self.kind](self.path, self.outside)
                break
        self.before = {path: look(path) for path in (self.outside, *self.inside())}

    def inside(self):
        return list(self.outside.iterdir()) if self.outside.is_dir() else []

    def run(self):
        self.folder.overwrite(START)
        self.instance = self.stack.enter_context(Instance(self.folder, 'hall'))
        return self

    def edit(self, number):
        self.folder.replace({**START, 'edit': number})

    def said(self):
        """What it says of the path, or of the directory that it is in."""
        lines = self.instance.all_lines()
        return [line for line in lines if str(self.path).rstrip('/') in line or
                re.search(r'confsync run: .*(link|FIFO|directory|regular)', line)]

    def goes_on(self, number):
        """Whether the edit was taken in."""
        return any(re.search('  changed    /edit ', line) for line in self.instance.all_lines()) \
            if number else any('  changed  ' in line for line in self.instance.all_lines())

    def settle(self, number):
        """It takes the edit, or says what is in the way, or ends for that; it never hangs."""
        until(lambda: self.instance.process.poll() is not None or self.said() or
              self.goes_on(number), f'{self.name}: a sign')

    def check(self):
        for path, before in self.before.items():
            assert look(path) == before, f'{self.name}: {path} was touched'
        for line in self.instance.all_lines():
            assert 'kept out' not in line, f'{self.name}: {line}'
        assert self.folder.read() != SECRET, self.name
        code = self.instance.process.poll()
        if code is None:
            self.instance.signal(signal.SIGTERM)
            code = self.instance.process.wait(timeout=harness.DEADLINE)
            assert code == 0, f'{self.name}: ended with {code}'
        else:
            for thread in self.instance.threads:
                thread.join(harness.DEADLINE)
            assert code == 3 and self.said(), f'{self.name}: {code}, {self.instance.all_lines()}'


def traps(stack):
    return [Trap(stack, place, kind) for place in PLACES for kind in KINDS]


def test_planted():
    """planted before the start"""
    with contextlib.ExitStack() as stack:
        all_of_them = traps(stack)
        for trap in all_of_them:
            trap.plant()
            trap.run()
        for trap in all_of_them:
            trap.settle(0)
            trap.check()
            if trap.kind == 'link' and trap.path.name in ('config_versions', '.confsync', 'lock',
                                                          'a.json.lock', 'state.json'):
                assert trap.said(), f'{trap.name}: not a word of it'


def test_swapped():
    """put in the place of what is there while it runs"""
    with contextlib.ExitStack() as stack:
        all_of_them = traps(stack)
        for trap in all_of_them:
            trap.run()
        for trap in all_of_them:
            until(lambda: trap.goes_on(0), f'{trap.name}: its first line')
        for trap in all_of_them:
            trap.plant()
            trap.edit(1)
        for trap in all_of_them:
            trap.settle(1)
        for trap in all_of_them:
            trap.check()


def test_modes():
    """what is kept is open to nobody else, also in folders that were; the live file's mode stays"""
    old = os.umask(0)
    try:
        with contextlib.ExitStack() as stack:
            folder = stack.enter_context(e2e.Folder())
            for name in '.confsync', 'config_versions':
                (folder.path / name).mkdir(mode=0o777)
            folder.overwrite(START)
            folder.file.chmod(0o664)
            instance = stack.enter_context(Instance(folder, 'hall', '-l', '127.0.0.1:0'))
            other = stack.enter_context(e2e.Folder())
            peer = stack.enter_context(
                Instance(other, 'attic', '-p', f'ws://127.0.0.1:{instance.port}'))
            other.wait(START)
            other.file.chmod(0o640)
            for number in range(3):
                folder.replace({**START, 'edit': number})
                other.wait({**START, 'edit': number})
            assert stat.S_IMODE(other.file.stat().st_mode) == 0o640
            assert instance.end() == 0 and peer.end() == 0
            for base in folder.path, other.path:
                for own in base / '.confsync', base / 'config_versions':
                    for path in [own, *own.rglob('*')]:
                        mode = stat.S_IMODE(path.lstat().st_mode)
                        wanted = 0o700 if path.is_dir() else 0o600
                        # what was live and was taken out keeps its own
                        if not path.name.startswith('displaced-') and path.suffix != '.old':
                            assert mode == wanted, f'{path}: {mode:o}'
    finally:
        os.umask(old)


# version 2; the owner rw-, user 12345 r--, the group ---, the mask r--, others ---
ACL = bytes.fromhex('02000000' '01000600ffffffff' '0200040039300000' '04000000ffffffff'
                    '10000400ffffffff' '20000000ffffffff')


def test_acl():
    """an access list of the live file stays through an apply from elsewhere"""
    with contextlib.ExitStack() as stack:
        folder = stack.enter_context(e2e.Folder())
        folder.overwrite(START)
        other = stack.enter_context(e2e.Folder())
        other.overwrite({})
        try:
            os.setxattr(other.file, 'system.posix_acl_access', ACL)
        except OSError as error:
            raise Skip(f'no access lists here: {error}') from error
        instance = stack.enter_context(Instance(folder, 'hall', '-l', '127.0.0.1:0'))
        peer = stack.enter_context(
            Instance(other, 'attic', '-p', f'ws://127.0.0.1:{instance.port}'))
        other.wait(START)
        assert os.getxattr(other.file, 'system.posix_acl_access') == ACL
        folder.replace({**START, 'edit': 1})
        other.wait({**START, 'edit': 1})
        assert os.getxattr(other.file, 'system.posix_acl_access') == ACL
        assert instance.end() == 0 and peer.end() == 0


if __name__ == '__main__':
    e2e.confsync = os.path.realpath(sys.argv[1])
    sys.exit(harness.main(dict(globals())))
