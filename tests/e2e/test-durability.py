# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: The confsync authors
#
# What waits for the disk, seen from outside: the system calls of real instances, in their order.
"""Usage: test-durability.py CONFSYNC"""

import contextlib
import os
import pathlib
import re
import shutil
import signal
import sys

from harness import DEADLINE, Folder, Instance, Skip, main, until

CALLS = 'openat,renameat,renameat2,sendto,sendmsg,write,writev,fsync,fdatasync,fsetxattr'


class Traced(Folder):
    """A folder whose instance is followed; what it calls is in a list of lines."""

    def __init__(self):
        super().__init__()
        if shutil.which('strace') is None:
            raise Skip('strace is needed')
        self.log = self.path / 'calls'

    def prefix(self):
        return ('strace', '-f', '-y', '-s', '2000', '-e', f'trace={CALLS}', '-o', self.log)

    def calls(self):
        """Calls that ended in another order than they began are put together at their beginning."""
        lines = self.log.read_text(errors='replace').splitlines()
        return [line.split(None, 1)[1] for line in lines
                if len(line.split(None, 1)) == 2 and ' resumed>' not in line]


@contextlib.contextmanager
def pair(*arguments):
    """The listener, which is followed, and who dials it; both have been through a few edits."""
    with Traced() as listener, Folder() as dialer:
        listener.overwrite({'n': 0})
        with Instance(listener, '-l', '0', '--no-control', *arguments,
                      prefix=listener.prefix()) as first, \
                Instance(dialer, '-p', f'localhost:{first.port}', *arguments) as second:
            dialer.wait({'n': 0})
            for n in range(1, 4):
                listener.replace({'n': f'there-{n}'})
                dialer.wait({'n': f'there-{n}'})
                dialer.replace({'n': f'back-{n}'})
                listener.wait({'n': f'back-{n}'})
            quiet(listener)
            try:
                yield listener, dialer
                quiet(listener)
                assert second.end() == 0
            finally:
                end_traced(first)
            assert first.process.wait(timeout=DEADLINE) == 0


def end_traced(instance):
    """strace itself lets no signal end it; it ends with what it follows."""
    children = pathlib.Path(f'/proc/{instance.process.pid}/task/{instance.process.pid}/children')
    for child in children.read_text().split():
        os.kill(int(child), signal.SIGTERM)


def quiet(folder):
    """The last edit is kept; what else there is to write may still be under way."""
    text = folder.read()['n'] if folder.read() else ''

    def is_written():
        versions = (folder.path / 'config_versions').glob('config_*.json')
        return any(f'"{text}"' in path.read_text() for path in versions)
    until('the version', is_written)


def index_of(calls, *patterns):
    return next(i for i, line in enumerate(calls)
                if all(re.search(pattern, line) for pattern in patterns))


def syncs(calls):
    return [line for line in calls if line.startswith(('fsync(', 'fdatasync('))]


def test_sent_first():
    """a change is on its way before anything of it is made durable here"""
    with pair() as (listener, dialer):
        begin = len(listener.calls())
        listener.replace({'n': 'sent-first'})
        dialer.wait({'n': 'sent-first'})
        quiet(listener)
        calls = listener.calls()[begin:]
        sent = index_of(calls, '^(send|write)', 'config_update', 'sent-first')
        kept = index_of(calls, '^write', r'config_versions/\.new', 'sent-first')
        assert sent < kept, calls[:kept + 1]
        assert syncs(calls[kept:]), calls[kept:]


def test_apply_waits_for_itself():
    """an apply is durable before it is acknowledged, and waits for nothing else"""
    with pair() as (listener, dialer):
        begin = len(listener.calls())
        dialer.replace({'n': 'applied'})
        listener.wait({'n': 'applied'})
        quiet(listener)
        calls = listener.calls()[begin:]
        swapped = index_of(calls, '^renameat2', 'RENAME_EXCHANGE')
        stamped = index_of(calls, '^fsetxattr')
        answered = index_of(calls, '^(send|write)', r'"type": ?"ack"|\\"type\\": ?\\"ack\\"')
        kept = index_of(calls, '^write', r'config_versions/\.new', 'applied')
        before, after = syncs(calls[:swapped]), syncs(calls[swapped:answered])
        assert stamped < swapped < answered < kept, calls[:kept + 1]
        assert before[-1].startswith('fdatasync('), before
        # the file, which has its attribute now, and the directory that names it
        assert len(after) == 2, after
        assert not any('config_versions' in line or 'state' in line for line in after)


def test_fast():
    """--durability=fast never waits for the disk, from the start to the end"""
    with pair('--durability=fast') as (listener, dialer):
        dialer.replace({'n': 'fast'})
        listener.wait({'n': 'fast'})
        quiet(listener)
        assert any('config_versions' in line for line in listener.calls())
        assert not syncs(listener.calls()), syncs(listener.calls())


if __name__ == '__main__':
    sys.exit(main(dict(globals()), sys.argv[1]))
