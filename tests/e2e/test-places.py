# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: The confsync authors
#
# Where a live file may be: on real file systems, mounted in a namespace of our own. Each way to
# replace it is found by itself, and a place that can't be written says so, and gets over it.
"""Usage: test-places.py CONFSYNC"""

import contextlib
import ctypes
import json
import os
import shutil
import subprocess
import sys
import urllib.request

from harness import DEADLINE, Folder, Instance, Skip, ask, main, until

CLONE_NEWNS = 0x00020000
NOBODY = 65534
libc = ctypes.CDLL(None, use_errno=True)


def enter_namespace():
    """Mounts from here on are nobody else's. Says whether there can be any."""
    return (os.geteuid() == 0 and libc.unshare(CLONE_NEWNS) == 0 and
            subprocess.run(['mount', '--make-rprivate', '/'], check=False).returncode == 0)


@contextlib.contextmanager
def mounted(*arguments, at):
    if not may_mount:
        raise Skip('mounting needs privileges')
    done = subprocess.run(['mount', *map(str, arguments), str(at)], capture_output=True, text=True,
                          check=False)
    if done.returncode != 0:
        raise Skip(f'mount {" ".join(map(str, arguments))}: {done.stderr.strip()}')
    try:
        yield
    finally:
        subprocess.run(['umount', '-l', str(at)], check=True)


def remount(at, how):
    subprocess.run(['mount', '-o', f'remount,{how}', str(at)], check=True)


class Place(Folder):
    """A folder whose file is below it, at a place that something is mounted on."""

    def __init__(self):
        super().__init__()
        self.at = self.path / 'place'
        self.at.mkdir()
        self.file = self.at / 'a.json'

    def replace(self, value):
        beside = self.at / '.beside'
        beside.write_text(json.dumps(value))
        beside.rename(self.file)


def health(instance):
    url = f'http://127.0.0.1:{instance.port}/health'
    with urllib.request.urlopen(url, timeout=DEADLINE) as page:
        return json.load(page)['status']


def status(folder):
    done = ask('status', '--json', '-f', folder.file)
    return json.loads(done.stdout) if done.returncode == 0 else {}


def degraded(folder):
    return status(folder).get('degraded') or ''


@contextlib.contextmanager
def pair(place, *arguments, **options):
    """An instance at the place and one elsewhere, which hold the same."""
    with Folder() as other:
        with Instance(place, '-l', '0', *arguments, **options) as here:
            with Instance(other, '-p', f'localhost:{here.port}',
                          '--allow-local-users') as there:
                other.wait(place.read())
                yield here, there, other
                assert there.end() == 0
            assert here.end() == 0


def notices(instance, text):
    return [line for line in instance.lines['err'] if text in line]


def exchange_edits(place, other):
    """Both ways, in place and by renaming; the last one is everywhere."""
    for n in range(2, 12, 4):
        other.replace({'n': n})
        place.wait({'n': n})
        place.overwrite({'n': n + 1})
        other.wait({'n': n + 1})
        other.replace({'n': n + 2})
        place.wait({'n': n + 2})
        place.replace({'n': n + 3})
        other.wait({'n': n + 3})


def run(place, said=None, count=0, arguments=()):
    place.overwrite({'n': 1})
    with pair(place, *arguments) as (here, _, other):
        exchange_edits(place, other)
        until('what came out to be looked at', lambda: tidy(place))
        if said is not None:
            assert len(notices(here, said)) == count, here.lines['err']
            assert notices(here, '  notice  ') == here.lines['err'], here.lines['err']
        else:
            assert not here.lines['err'], here.lines['err']
        assert health(here) == 'healthy' and degraded(place) == ''


def tidy(place):
    """Nothing but the spare is left of the saves."""
    left = [path.name for folder in (place.at / '.confsync/tmp', place.at / '.confsync-tmp')
            if folder.exists() for path in folder.iterdir()]
    return all(name.endswith('.spare') for name in left) and len(left) <= 1


def test_tmpfs():
    """exchange, on a tmpfs"""
    with Place() as place, mounted('-t', 'tmpfs', 'tmpfs', at=place.at):
        run(place)


def test_overlay():
    """exchange, on an overlay where the file is in the lower layer only"""
    with Place() as place, mounted('-t', 'tmpfs', 'tmpfs', at=place.path / 'place'):
        lower, upper, work = (place.path / name for name in ('lower', 'upper', 'work'))
        for path in (lower, upper, work):
            path.mkdir()
        (lower / 'a.json').write_text('{"n": 1}')
        with mounted('-t', 'overlay', 'overlay', '-o',
                     f'lowerdir={lower},upperdir={upper},workdir={work}', at=place.at):
            with pair(place) as (here, _, other):
                exchange_edits(place, other)
                assert not here.lines['err'], here.lines['err']
            assert json.loads((lower / 'a.json').read_text()) == {'n': 1}


def test_bind_mount():
    """exchange, where the directory is a bind mount"""
    with Place() as place:
        (place.path / 'outside').mkdir()
        with mounted('--bind', place.path / 'outside', at=place.at):
            run(place)


def test_other_base():
    """exchange, where the base directory is on another file system"""
    with Place() as place, mounted('-t', 'tmpfs', 'tmpfs', at=place.at):
        run(place, arguments=('-d', place.path / 'base'))


def test_no_exchange():
    """aside and link, on a FUSE file system that can't exchange; told once"""
    if shutil.which('bindfs') is None or not os.path.exists('/dev/fuse'):
        raise Skip('bindfs and /dev/fuse are needed')
    if not may_mount:
        raise Skip('mounting needs privileges')
    with Place() as place:
        outside = place.path / 'outside'
        outside.mkdir()
        done = subprocess.run(['bindfs', str(outside), str(place.at)], capture_output=True,
                              text=True, check=False)
        if done.returncode != 0:
            raise Skip(f'bindfs: {done.stderr.strip()}')
        try:
            run(place, said="can't exchange two files", count=1)
            assert json.loads((outside / 'a.json').read_text()) == {'n': 13}
            assert not (place.at / '.confsync/recover').exists()
        finally:
            subprocess.run(['umount', '-l', str(place.at)], check=True)


def test_mount_point():
    """in place, where the file itself is a mount point; told once, and by nobody else's inode"""
    with Place() as place:
        outside = place.path / 'outside.json'
        outside.write_text('{"n": 1, "long": "so that what comes next is shorter than this"}')
        place.file.write_text('')
        with mounted('--bind', outside, at=place.file):
            inode = outside.stat().st_ino
            with pair(place) as (here, _, other):
                for n in range(2, 8, 2):
                    other.replace({'n': n})
                    place.wait({'n': n})
                    place.overwrite({'n': n + 1})
                    other.wait({'n': n + 1})
                assert len(notices(here, 'is a mount point')) == 1, here.lines['err']
                assert outside.stat().st_ino == inode
            assert json.loads(outside.read_text()) == {'n': 7}
            assert not (place.at / '.confsync/in-place').exists()


def check_recovery(place, here, there, other, mend):
    """A change can't be applied, which is told once on each side; mended, it arrives."""
    other.replace({'n': 2})
    until('degraded', lambda: 'apply a change' in degraded(place))
    assert health(here) == 'degraded'
    assert str(place.at) in degraded(place), degraded(place)
    text = ask('status', '-f', place.file).stdout
    assert 'degraded' in text and "can't apply a change" in text, text
    there.wait('behind', 'err')
    assert place.read() == {'n': 1}
    mend()
    place.wait({'n': 2})
    until('recovery', lambda: degraded(place) == '' and health(here) == 'healthy')
    assert len(notices(here, 'apply a change')) == 1, here.lines['err']
    place.overwrite({'n': 3})
    other.wait({'n': 3})


def test_read_only():
    """read-only: it only sends, says so once, and takes the change when it may write again"""
    for arguments in (('-t', 'tmpfs', 'tmpfs'), ('--bind', 'outside')):
        with Place() as place:
            (place.path / 'outside').mkdir()
            given = [place.path / 'outside' if part == 'outside' else part for part in arguments]
            with mounted(*given, at=place.at):
                place.overwrite({'n': 1})
                remount(place.at, 'bind,ro' if '--bind' in arguments else 'ro')
                with pair(place, '-d', place.path / 'base') as (here, there, other):
                    check_recovery(
                        place, here, there, other,
                        lambda at=place.at, bind='--bind' in arguments: remount(
                            at, 'bind,rw' if bind else 'rw'))


def test_all_read_only():
    """read-only with its base directory, too: it starts, sends what it has, and recovers"""
    with Place() as place, mounted('-t', 'tmpfs', 'tmpfs', at=place.at):
        place.overwrite({'n': 1})
        remount(place.at, 'ro')
        with pair(place) as (here, there, other):
            until('degraded', lambda: degraded(place) != '')
            check_recovery(place, here, there, other, lambda: remount(place.at, 'rw'))


def test_no_permission():
    """the same for a user who may read the file, and not write beside it"""
    if os.geteuid() != 0 or shutil.which('setpriv') is None:
        raise Skip('only root can play another user')
    with Place() as place:
        place.overwrite({'n': 1})
        base, runtime = place.path / 'base', place.path / 'run'
        for path in (base, runtime):
            path.mkdir()
            os.chown(path, NOBODY, NOBODY)
        place.path.chmod(0o755)
        place.file.chmod(0o644)
        with Folder() as other, Instance(
                place, '--no-control', '-l', '0', '-d', base,
                prefix=('setpriv', f'--reuid={NOBODY}', f'--regid={NOBODY}',
                        '--clear-groups')) as here:
            try:
                here.wait('listening')
            except AssertionError as error:
                raise Skip(f'the command can be run by root only: {here.lines}') from error
            with Instance(other, '-p', f'localhost:{here.port}',
                          '--allow-local-users') as there:
                other.wait({'n': 1})
                other.replace({'n': 2})
                here.wait('apply a change.*permission', 'err')
                there.wait('behind', 'err')
                assert health(here) == 'degraded' and place.read() == {'n': 1}
                os.chown(place.at, NOBODY, NOBODY)
                os.chown(place.file, NOBODY, NOBODY)
                place.wait({'n': 2})
                until('recovery', lambda: health(here) == 'healthy')


if __name__ == '__main__':
    may_mount = enter_namespace()
    sys.exit(main(dict(globals()), sys.argv[1]))
