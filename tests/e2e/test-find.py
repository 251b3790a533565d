# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: The confsync authors
#
# Which instance a command finds, and what it says where there is none, or one that doesn't answer.
"""Usage: test-find.py CONFSYNC"""

import os
import pathlib
import signal
import sys
import tempfile
import time

import harness
from asking import SLOW, bad, call, good, ready, running
from harness import Folder, Instance, Skip, environment, main, until


def test_find():
    """by file, by base directory, by where one is; from the environment too, which is weaker"""
    with Folder() as folder, tempfile.TemporaryDirectory() as base, Folder() as other:
        folder.overwrite({'n': 1})
        (folder.path / 'link').symlink_to(folder.path)
        other.overwrite({'n': 2})
        with Instance(folder, '-d', base) as first, Instance(other) as second:
            ready(first, folder)
            ready(second, other)
            for arguments, cwd, env in (
                    (['-f', folder.file], '/', {}),
                    (['-f', 'a.json'], folder.path, {}),
                    (['-f', 'link/./a.json'], folder.path, {}),
                    (['-f', f'link/../{folder.path.name}/a.json'], folder.path, {}),
                    (['-d', base], '/', {}), (['--base-dir', '.'], base, {}),
                    ([], folder.path, {}), ([], base, {}),
                    ([], '/', {'CONFSYNC_CONFIG_PATH': str(folder.file)}),
                    ([], other.path, {'CONFSYNC_CONFIG_BASE_DIR': base}),
                    (['-f', folder.file], '/', {'CONFSYNC_CONFIG_PATH': str(other.file)}),
                    (['-f', folder.file], '/', {'CONFSYNC_CONFIG_BASE_DIR': str(other.path)}),
                    (['-f', folder.file], '/', {'CONFSYNC_LISTEN': '1', 'CONFSYNC_NEVER': '2'})):
                assert good('get', '/n', *arguments, cwd=cwd, env=environment(**env)) == '1\n'
            said = bad(3, 'no instance runs in this folder', 'get', cwd='/')
            assert str(folder.file) in said and str(other.file) in said, said
            bad(3, 'no instance keeps', 'get', '-f', folder.path / 'b.json')
            bad(3, 'no instance keeps', 'get', '-f', folder.file, '-d', other.path)
            bad(3, 'no instance keeps', 'get', '-f', folder.path / 'none' / 'b.json')
            bad(3, 'No such file', 'get', '-f', folder.path / 'none' / 'none' / 'b.json')


def test_find_in_coming_folder():
    """an instance whose folder isn't there yet makes it, and is found like any other"""
    with Folder() as folder:
        file = folder.path / 'coming' / 'a.json'
        with Instance(folder, 'coming/a.json', file=False) as instance:
            instance.wait('waiting    for coming/a.json')
            until('an answer', lambda: call('status', '-f', file).returncode == 0)
            good('set', '', '{"n": 1}', cwd=file.parent)
            assert good('get', '/n', '-f', 'coming/../coming/a.json', cwd=folder.path) == '1\n'
            assert not instance.lines['err'], instance.lines['err']


def test_find_several():
    """where several are meant, they are listed, and -f decides"""
    with Folder() as folder, tempfile.TemporaryDirectory() as base:
        folder.overwrite({'n': 1})
        second_file = folder.path / 'b.json'
        second_file.write_text('{"n": 2}')
        with Instance(folder) as first, Instance(folder, second_file, '-d', base,
                                                 file=False) as second:
            ready(first, folder)
            until('the second', lambda: call('get', '-f', second_file).returncode == 0)
            said = bad(2, 'several instances are meant', 'get', cwd=folder.path)
            assert str(folder.file) in said and str(second_file) in said, said
            assert good('get', '/n', '-f', 'b.json', cwd=folder.path) == '2\n'
            assert good('get', '/n', cwd=base) == '2\n'
            assert second.end() == 0
            assert good('get', '/n', cwd=folder.path) == '1\n'


def test_killed_instance():
    """what a killed instance left behind is as good as nothing, and in nobody's way"""
    with running({'n': 1}) as (folder, instance):
        instance.end(signal.SIGKILL)
        bad(3, 'no instance keeps', 'get', '-f', folder.file)
        bad(3, 'no instance runs in this folder', 'get', cwd=folder.path)
        with Instance(folder) as again:
            ready(again, folder)
            assert good('get', '/n', cwd=folder.path) == '1\n'


def test_stopped_instance():
    """an instance that is stopped is said not to answer, in a few seconds, and hinders no other"""
    with running({'n': 1}) as (folder, instance):
        instance.signal(signal.SIGSTOP)
        try:
            bad(3, "doesn't answer", 'get', '-f', folder.file)
            bad(3, "These didn't answer", 'get', cwd=folder.path)
            with running({'n': 2}) as (other, _):
                begin = time.monotonic()
                for _ in range(5):
                    assert good('get', '/n', cwd=other.path) == '2\n'
                    assert good('get', '/n', '-d', other.path, cwd='/') == '2\n'
                assert time.monotonic() - begin < 4 * SLOW, 'the one that is stopped is in the way'
        finally:
            instance.signal(signal.SIGCONT)
        assert good('get', '/n', '-f', folder.file) == '1\n'


def test_other_user():
    """another user is not served, and told nothing of the content"""
    if os.geteuid() != 0:
        raise Skip('only root can play another user')
    with running({'secret': True}) as (folder, _):
        folder.path.chmod(0o755)
        folder.file.chmod(0o644)
        runtime = pathlib.Path(harness.runtime.name)
        try:
            done = call('get', '-f', folder.file, user=65534, group=65534, cwd='/')
        except PermissionError as error:
            raise Skip(f'the command can be run by root only: {error}') from error
        assert done.returncode == 3 and not done.stdout and 'secret' not in done.stderr, done
        assert (runtime / 'confsync').stat().st_mode & 0o777 == 0o700


if __name__ == '__main__':
    sys.exit(main(dict(globals()), sys.argv[1]))
