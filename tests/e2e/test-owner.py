# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: The confsync authors
#
# One process for each live file and each base directory: real processes, also killed ones.
"""Usage: test-owner.py CONFSYNC"""

import signal
import sys
import tempfile

from harness import DEADLINE, Folder, Instance, environment, main, until

IN_USE, USAGE = 75, 2
# no control socket, so that the lock alone decides
ALONE = '--no-control'


def owner(folder, *arguments, **options):
    return Instance(folder, ALONE, '-l', '0', *arguments, **options)


def refused(folder, code, *said, arguments=(), **options):
    """Another instance ends at once, with that code, and says all that."""
    with owner(folder, *arguments, **options) as second:
        assert second.process.wait(timeout=DEADLINE) == code
        for text in said:
            second.wait(text, 'err')


def test_second_instance():
    """a second instance on the file ends with 75 and names the first, by whatever path"""
    with Folder() as folder, Folder() as other, tempfile.TemporaryDirectory() as base:
        folder.overwrite({'n': 1})
        link = other.path / 'link.json'
        link.symlink_to(folder.file)
        (other.path / 'folder').symlink_to(folder.path)
        with owner(folder) as first:
            first.wait('changed')
            for path, more in ((folder.file, ()), (link, ()), (other.path / 'folder/a.json', ()),
                               (folder.file, ('-d', base)), (link, ('-d', base))):
                refused(folder, IN_USE, f'another instance keeps .* process {first.process.pid} ',
                        arguments=(path, *more), file=False)
            folder.overwrite({'n': 2})
            until('the first to go on', lambda: len(
                [line for line in first.lines['out'] if 'changed' in line]) == 2)
            assert first.end() == 0


def test_other_user():
    """the same where the second has another place for its control socket"""
    with Folder() as folder, tempfile.TemporaryDirectory() as elsewhere:
        folder.overwrite({'n': 1})
        with Instance(folder) as first:
            first.wait('changed')
            with Instance(folder, env=environment(XDG_RUNTIME_DIR=elsewhere)) as second:
                assert second.process.wait(timeout=DEADLINE) == IN_USE
                second.wait(f'process {first.process.pid} ', 'err')


def test_killed():
    """after kill -9 the next one starts at once"""
    with Folder() as folder:
        folder.overwrite({'n': 1})
        for _ in range(5):
            with owner(folder) as instance:
                instance.wait('listening')
                instance.end(signal.SIGKILL)
        with owner(folder) as instance:
            instance.wait('listening')
            assert instance.end() == 0
        assert sorted(path.name for path in (folder.path / '.confsync').iterdir()) == [
            'lock', 'state.json']


def test_second_document():
    """a second document in one base directory is refused, with a way out that works"""
    with Folder() as folder, tempfile.TemporaryDirectory() as base:
        folder.overwrite({'n': 1})
        second = folder.path / 'b.json'
        second.write_text('{"n": 2}')
        with owner(folder) as first:
            first.wait('changed')
            refused(folder, USAGE, f'{folder.file} .process {first.process.pid}.*--base-dir',
                    arguments=[second], file=False)
            with owner(folder, second, '--base-dir', base, file=False) as other:
                other.wait('changed')
                assert other.end() == 0
            assert first.end() == 0
        refused(folder, USAGE, f'{folder.file}, so it can.t hold .*--base-dir',
                arguments=[second], file=False)
        with owner(folder) as first:
            first.wait('listening')
            assert first.end() == 0


if __name__ == '__main__':
    sys.exit(main(dict(globals()), sys.argv[1]))
