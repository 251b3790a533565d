# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: The confsync authors
#
# `confsync edit` from outside, with scripts for editors: what is saved is live, and nothing that a
# person wrote is lost, whatever happens meanwhile.
"""Usage: test-edit.py CONFSYNC"""

import json
import os
import re
import sys
import threading

import harness
from asking import call, good, pair, ready, running, status
from harness import Instance, environment, main, until

EDITORS = {
    'change': "sed -i s/dark/light/",
    'nothing': 'true',
    'spelling': "sed -i 's/: /:    /g'",
    'fail': 'sed -i s/dark/light/ "$1"; exit 4; :',
    'empty': "printf '{ }' >",
}


def edit(folder, editor, *arguments, **options):
    """Edits by a script of a shell; typed: what is answered to its questions."""
    options.setdefault('env', environment(EDITOR=editor, TMPDIR=str(folder.path)))
    return call('edit', '-f', folder.file, *arguments, **options)


def drafts(folder):
    """What editing left behind: the files in its folders."""
    return sorted(folder.path.glob('confsync-??????/*'))


def kept_text(folder, done):
    """The text that was kept, after it was said where."""
    kept, = drafts(folder)
    assert f'Your text is kept in {kept}' in done.stderr, done
    assert kept.stat().st_mode & 0o777 == 0o600 and kept.suffix == '.json', kept
    return kept.read_text()


def script(folder, name, text):
    """An editor that does more."""
    path = folder.path / name
    path.write_text('#!/bin/sh\nset -e\n' + text)
    path.chmod(0o755)
    return str(path)


def test_edit():
    """what is saved is live here and at the peers when edit ends"""
    with pair({'theme': 'dark', 'n': 1}) as (a, b, *_):
        done = edit(a, EDITORS['change'])
        assert done.returncode == 0 and done.stderr == '', done
        assert done.stdout == '~ /theme  "dark" → "light"\n1 of 1 peer holds it\n', done
        assert a.read() == b.read() == {'theme': 'light', 'n': 1}
        assert drafts(a) == []
        done = edit(a, 'false', env=environment(VISUAL='sed -i s/light/dark/', EDITOR='false',
                                                TMPDIR=str(a.path)))
        assert done.returncode == 0 and a.read()['theme'] == 'dark', done


def test_edit_nothing():
    """no change, or one of spelling alone, is no edit"""
    with running({'theme': 'dark'}) as (folder, _):
        file = ('-f', folder.file)
        before = status(folder)['time'], good('versions', '--json', *file)
        for editor in ('nothing', 'spelling'):
            done = edit(folder, EDITORS[editor])
            assert (done.returncode, done.stdout, done.stderr) == (0, 'nothing changed\n', ''), done
        assert (status(folder)['time'], good('versions', '--json', *file)) == before
        assert drafts(folder) == []


def test_edit_fails():
    """an editor that fails changes nothing; what it wrote is kept"""
    with running({'theme': 'dark'}) as (folder, _):
        done = edit(folder, EDITORS['fail'])
        assert done.returncode == 3 and 'exit status 4' in done.stderr, done
        assert json.loads(kept_text(folder, done)) == {'theme': 'light'}
        assert folder.read() == {'theme': 'dark'}
        done = edit(folder, '/nowhere/editor')
        assert done.returncode == 3 and "can't be run" in done.stderr, done
        assert 'kept' not in done.stderr and len(drafts(folder)) == 1, done


def test_edit_invalid():
    """invalid JSON is named with its place, and mended in the same editor or kept"""
    with running('{\n  "theme": "dark"\n}\n') as (folder, _):
        editor = script(folder, 'editor', 'if grep -q twice "$1"; then sed -i s/twice.// "$1"\n'
                        'else sed -i "s/\\"dark\\"/\\"light\\" twice,/" "$1"; fi\n')
        done = edit(folder, editor, typed='y\n')
        assert done.returncode == 0, done
        assert re.search(r'\.json: line 2, column \d+: .*\nEdit it again\? ', done.stderr), done
        assert folder.read() == {'theme': 'light'} and drafts(folder) == []
        done = edit(folder, "printf '[]' >", typed='n\n')
        assert done.returncode == 2 and folder.read() == {'theme': 'light'}, done
        assert kept_text(folder, done) == '[]'
        drafts(folder)[0].unlink()
        done = edit(folder, "printf '' >")
        assert done.returncode == 2 and folder.read() == {'theme': 'light'}, done


def test_edit_empty():
    """{} asks for --force"""
    with running({'n': 1}) as (folder, _):
        done = edit(folder, EDITORS['empty'], typed='n\n')
        assert done.returncode == 2 and folder.read() == {'n': 1}, done
        assert kept_text(folder, done) == '{ }'
        done = edit(folder, EDITORS['empty'], '--force')
        assert done.returncode == 0, done
        folder.wait({})


def test_edit_merged():
    """what others change meanwhile in other places is kept beside it, whoever they are"""
    with pair({'theme': 'dark', 'n': 1, 'x': {'y': 1}}) as (a, b, *_):
        other = f'{harness.confsync} set /x/y 2 --wait -f {b.file}\n'
        editor = script(a, 'editor', other + 'sed -i s/dark/light/ "$1"\n')
        done = edit(a, editor)
        assert done.returncode == 0 and 'both changes are kept' in done.stderr, done
        assert a.read() == b.read() == {'theme': 'light', 'n': 1, 'x': {'y': 2}}
        assert drafts(a) == []


def test_edit_same_change():
    """the same change by somebody else is no conflict"""
    with running({'theme': 'dark'}) as (folder, _):
        other = f"{harness.confsync} set /theme '\"light\"' -f {folder.file}\n"
        done = edit(folder, script(folder, 'editor', other + 'sed -i s/dark/light/ "$1"\n'))
        assert done.returncode == 0 and done.stdout == 'nothing changed\n', done
        assert drafts(folder) == []


def test_edit_conflict():
    """a conflict is shown; who doesn't decide keeps the text, who does wins by an edit"""
    with running({'theme': 'dark', 'n': 1}) as (folder, _):
        other = f"{harness.confsync} set /theme '\"blue\"' -f {folder.file}\n"
        once = script(folder, 'editor', f'if test ! -e {folder.path}/done; then {other}fi\n'
                      f'touch {folder.path}/done; sed -i s/dark/light/ "$1"\n')
        done = edit(folder, once)
        assert done.returncode == 1 and folder.read() == {'theme': 'blue', 'n': 1}, done
        for words in ('  /theme', 'before  "dark"', 'yours   "light"', 'theirs  "blue"'):
            assert words in done.stderr, (words, done)
        assert json.loads(kept_text(folder, done)) == {'theme': 'light', 'n': 1}
        for path in drafts(folder):
            path.unlink()
            path.parent.rmdir()
        (folder.path / 'done').unlink()
        good('set', '/theme', '"dark"', '-f', folder.file)
        done = edit(folder, once, typed='y\n')
        assert done.returncode == 0 and folder.read() == {'theme': 'light', 'n': 1}, done
        assert '~ /theme  "blue" → "light"' in done.stdout and drafts(folder) == [], done


def test_edit_restarted():
    """an instance that was restarted while the text was in the editor takes it"""
    with running({'theme': 'dark'}) as (folder, instance):
        gate = folder.path / 'gate'
        os.mkfifo(gate)
        editor = script(folder, 'editor', f'cat {gate} >/dev/null; sed -i s/dark/light/ "$1"\n')
        answers = []
        thread = threading.Thread(target=lambda: answers.append(edit(folder, editor)))
        thread.start()
        until('the editor', lambda: drafts(folder))
        assert instance.end() == 0
        with Instance(folder) as again:
            ready(again, folder)
            gate.write_text('go')
            thread.join()
            assert answers[0].returncode == 0, answers
            assert folder.read() == {'theme': 'light'}


def test_edit_unreachable():
    """where the instance is gone by then, the text is kept"""
    with running({'theme': 'dark'}) as (folder, instance):
        editor = script(folder, 'editor', f'kill {instance.process.pid}\n'
                        f'until {harness.confsync} get -f {folder.file} 2>&1 |\n'
                        '  grep -q "no instance keeps"; do :; done\n'
                        'sed -i s/dark/light/ "$1"\n')
        done = edit(folder, editor)
        assert done.returncode == 3 and 'no instance keeps' in done.stderr, done
        assert json.loads(kept_text(folder, done)) == {'theme': 'light'}


def test_edit_first():
    """where there is no configuration yet, one begins with an empty object"""
    with running(None) as (folder, _):
        done = edit(folder, "printf '{\"first\": true}' >")
        assert done.returncode == 0, done
        folder.wait({'first': True})


if __name__ == '__main__':
    sys.exit(main(dict(globals()), sys.argv[1]))
