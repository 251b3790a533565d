# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: The confsync authors
#
# The commands of the past where no instance runs: they read what lies on the disk, and say the same
# as an instance would; what they write, the next instance goes on with.
"""Usage: test-alone.py CONFSYNC"""

import contextlib
import json
import os
import sys

from asking import bad, call, good, pair, ready, running, status
from harness import Folder, Instance, environment, main, until

QUESTIONS = (('versions',), ('versions', '--json'), ('show', 'live'), ('show', 'previous'),
             ('diff',), ('diff', '--patch'), ('explain', '/v'), ('explain', '/v', '--json'),
             ('explain', '/none'), ('explain', '/id'), ('rollback', 'previous', '--dry-run'))


def alone(code, folder, *arguments, **options):
    """An answer of the files, and the one line that says so; gives the answer."""
    done = call(*arguments, '-f', folder.file, **options)
    assert done.returncode == code, (arguments, done)
    assert done.stderr.startswith('no instance runs; this is of the files in '), (arguments, done)
    return done


@contextlib.contextmanager
def left(*arguments, answers=None):
    """What an instance left that ended; its answers are put into the dict."""
    with running({'v': 1, 'w': 1, 'id': 'secret'}, '--local-keys', '/id', *arguments) as (
            folder, instance):
        good('set', '/v', '2', '-f', folder.file)
        good('set', '/v', '3', '-f', folder.file)
        for question in QUESTIONS if answers is not None else ():
            answers[question] = call(*question, '-f', folder.file)
        assert instance.end() == 0
        yield folder


def everything(folder):
    """Each file with its content and its time."""
    return {path: (path.read_bytes(), path.stat().st_mtime_ns)
            for path in folder.path.rglob('*') if path.is_file()}


def test_reading():
    """each question is answered as by the instance, to the byte, and nothing is written"""
    answers = {}
    with left(answers=answers) as folder:
        before = everything(folder)
        for question, answer in answers.items():
            done = alone(answer.returncode, folder, *question)
            assert done.stdout == answer.stdout, (question, done, answer)
            assert done.stderr.splitlines()[1:] == answer.stderr.splitlines(), (done, answer)
        assert everything(folder) == before
        names = [item['name'] for item in json.loads(
            alone(0, folder, 'versions', '--json').stdout)]
        assert json.loads(alone(0, folder, 'show', names[2]).stdout) == {'v': 1, 'w': 1}
        alone(2, folder, 'show', 'nope')
        # by what a person may say of it, and by the settings
        for options in (('-d', folder.path), ()):
            assert call('show', names[2], *options, cwd=folder.path).returncode == 0, options
        # an edit that nobody kept yet
        folder.replace({'v': 4, 'w': 1, 'id': 'other'})
        told = alone(1, folder, 'diff').stdout
        assert told == f'{names[0]} → live\n~ /v  3 → 4\n', told
        assert '"other"' in alone(0, folder, 'show', 'live').stdout


def test_elsewhere():
    """the base directory is named by option or settings; one of another file is refused"""
    with Folder() as base, Folder() as home, left('-d', str(base.path)) as folder:
        said = bad(3, 'nothing of it is kept in', 'versions', '-f', folder.file)
        assert 'no instance keeps' in said and str(folder.path) in said, said
        assert alone(0, folder, 'versions', '-d', base.path).stdout.count('config_') == 3
        assert call('versions', '-d', base.path).stdout.count('config_') == 3
        conf = home.path / 'confsync' / 'confsync.conf'
        conf.parent.mkdir()
        conf.write_text(f'[confsync]\nconfig-base-dir={base.path}\n')
        env = environment(XDG_CONFIG_HOME=str(home.path))
        assert alone(0, folder, 'versions', env=env).stdout.count('config_') == 3
        bad(2, 'holds the versions of', 'versions', '-f', home.file, '-d', base.path)
        bad(3, 'nothing of it is kept in', 'versions', '-f', home.file)
        bad(3, 'no instance runs in this folder', 'versions', cwd=home.path)
        bad(3, 'no instance has its versions in', 'versions', '-d', home.path)


def test_out_of_reach():
    """one that runs but can't be asked is named, and its files are left alone"""
    with Folder() as folder:
        folder.overwrite({'v': 1})
        with Instance(folder, '--no-control') as instance:
            until('a version', lambda: list(folder.path.glob('config_versions/*.json')))
            for command in ('versions', 'restore', 'explain /v', 'rollback live'):
                said = bad(3, "can't be asked", *command.split(), '-f', folder.file)
                assert f'process {instance.process.pid} ' in said, said
        assert alone(0, folder, 'versions').stdout.count('config_') == 1


def test_restore():
    """a file that is gone or broken is put back, with what is local; the next start has no edit"""
    with left() as folder:
        whole = folder.read()
        assert 'nothing to put back' in alone(0, folder, 'restore').stdout
        for gone in (os.unlink, lambda path: path.write_text(''),
                     lambda path: path.write_text('{"v": ')):
            gone(folder.file)
            assert alone(0, folder, 'versions').stdout.count('config_') == 3
            done = alone(0, folder, 'restore')
            assert done.stdout == f'{folder.file} is back as it was\n', done
            assert folder.read() == whole, folder.read()
        assert 'kept as' in done.stderr or str(folder.path) in done.stderr, done
        with Instance(folder, '--local-keys', '/id') as instance:
            ready(instance, folder)
            versions = json.loads(good('versions', '--json', '-f', folder.file))
            assert len(versions) == 3 and versions[0]['live'], versions


def test_rollback():
    """it is an edit of its own, which nothing is lost by, and which the others get"""
    with pair({'v': 1}) as (a, b, first, second):
        good('set', '/v', '2', '--wait', '-f', a.file)
        port = first.port
        assert first.end() == 0
        a.replace({'v': 3})
        oldest = json.loads(alone(0, a, 'versions', '--json').stdout)[-1]['name']
        done = alone(0, a, 'rollback', oldest)
        assert done.stdout == f'rolled back to {oldest}: 1 changed\n', done
        assert a.read() == {'v': 1} and b.read() == {'v': 2}
        causes = [item['cause'] for item in json.loads(
            alone(0, a, 'versions', '--json').stdout)]
        assert causes == ['rollback', 'edit', 'edit', 'initial'], causes
        with Instance(a, '-l', port, '--instance-id', 'hall') as third:
            ready(third, a)
            b.wait({'v': 1})
            until('both hold it', lambda: [peer['holds_head'] for peer in status(a)['peers']])
        assert not second.find('conflict'), second.lines
        done = alone(3, a, 'rollback', 'previous', '--wait')
        assert 'when an instance runs again' in done.stderr, done
        assert a.read() == {'v': 3}


if __name__ == '__main__':
    sys.exit(main(dict(globals()), sys.argv[1]))
