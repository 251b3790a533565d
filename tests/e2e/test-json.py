# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: The confsync authors
#
# `confsync json` from outside: real files, pipes and git, what is printed where, and exit codes.
"""Usage: test-json.py CONFSYNC"""

import copy
import hashlib
import json
import os
import pathlib
import pty
import random
import resource
import shutil
import signal
import stat
import subprocess
import sys
import tempfile

import harness
from harness import DEADLINE, Skip, environment, main

ISO = pathlib.Path('/usr/share/iso-codes/json/iso_639-3.json')
ROUNDS = 40
# A.2 … A.16 of RFC 6902, as (document, patch, result); None where it must be refused
APPENDIX = (
    ('{"foo": "bar"}', '[{"op": "add", "path": "/baz", "value": "qux"}]',
     '{"baz": "qux", "foo": "bar"}'),
    ('{"foo": ["bar", "baz"]}', '[{"op": "add", "path": "/foo/1", "value": "qux"}]',
     '{"foo": ["bar", "qux", "baz"]}'),
    ('{"baz": "qux", "foo": "bar"}', '[{"op": "remove", "path": "/baz"}]', '{"foo": "bar"}'),
    ('{"foo": ["bar", "qux", "baz"]}', '[{"op": "remove", "path": "/foo/1"}]',
     '{"foo": ["bar", "baz"]}'),
    ('{"baz": "qux", "foo": "bar"}', '[{"op": "replace", "path": "/baz", "value": "boo"}]',
     '{"baz": "boo", "foo": "bar"}'),
    ('{"foo": {"bar": "baz", "waldo": "fred"}, "qux": {"corge": "grault"}}',
     '[{"op": "move", "from": "/foo/waldo", "path": "/qux/thud"}]',
     '{"foo": {"bar": "baz"}, "qux": {"corge": "grault", "thud": "fred"}}'),
    ('{"foo": ["all", "grass", "cows", "eat"]}',
     '[{"op": "move", "from": "/foo/1", "path": "/foo/3"}]',
     '{"foo": ["all", "cows", "eat", "grass"]}'),
    ('{"baz": "qux", "foo": ["a", 2, "c"]}',
     '[{"op": "test", "path": "/baz", "value": "qux"},'
     ' {"op": "test", "path": "/foo/1", "value": 2}]',
     '{"baz": "qux", "foo": ["a", 2, "c"]}'),
    ('{"baz": "qux"}', '[{"op": "test", "path": "/baz", "value": "bar"}]', None),
    ('{"foo": "bar"}', '[{"op": "add", "path": "/child", "value": {"grandchild": {}}}]',
     '{"foo": "bar", "child": {"grandchild": {}}}'),
    ('{"foo": "bar"}', '[{"op": "add", "path": "/baz", "value": "qux", "xyz": 123}]',
     '{"foo": "bar", "baz": "qux"}'),
    ('{"foo": "bar"}', '[{"op": "add", "path": "/baz/bat", "value": "qux"}]', None),
    ('{"foo": "bar"}', '[{"op": "add", "path": "/baz", "value": "qux", "op": "remove"}]', None),
    ('{"/": 9, "~1": 10}', '[{"op": "test", "path": "/~01", "value": 10}]', '{"/": 9, "~1": 10}'),
    ('{"/": 9, "~1": 10}', '[{"op": "test", "path": "/~01", "value": "10"}]', None),
    ('{"foo": ["bar"]}', '[{"op": "add", "path": "/foo/-", "value": ["abc", "def"]}]',
     '{"foo": ["bar", ["abc", "def"]]}'),
)


class Desk:
    """A temporary folder, and the command run in it."""

    def __enter__(self):
        self.temporary = tempfile.TemporaryDirectory(prefix='confsync-json-')
        self.path = pathlib.Path(os.path.realpath(self.temporary.name))
        return self

    def __exit__(self, *_):
        self.temporary.cleanup()

    def put(self, name, content):
        """A file of text, bytes, or a value; gives its name."""
        path = self.path / name
        if isinstance(content, bytes):
            path.write_bytes(content)
        else:
            path.write_text(content if isinstance(content, str) else json.dumps(content, indent=2),
                            encoding='utf-8')
        return name

    def run(self, *arguments, code=0, stdin=b'', **options):
        """Its output as bytes and its errors as text; it must end with that code."""
        answer = subprocess.run([harness.confsync, 'json', *map(str, arguments)], input=stdin,
                                capture_output=True, timeout=4 * DEADLINE, check=False,
                                cwd=self.path, env=environment(), **options)
        assert answer.returncode == code, (arguments, answer.returncode, answer.stderr[:300])
        return answer.stdout, answer.stderr.decode()

    def value(self, *arguments, **options):
        return json.loads(self.run(*arguments, **options)[0])

    def refuse(self, words, *arguments, **options):
        """Wrong use or bad input: nothing printed, and one line that says these words."""
        out, err = self.run(*arguments, code=2, **options)
        assert not out and err.count('\n') == 1, (arguments, out, err)
        assert err.startswith('confsync json'), err
        assert words in err, (words, err)


def any_value(rng, depth=4):
    """Any JSON value, the corners of its grammar included."""
    kind = rng.randrange(9 if depth else 6)
    if kind == 0:
        return rng.choice([None, True, False])
    if kind == 1:
        return rng.choice([0, -1, 2**63 - 1, -2**63, 2**53, rng.randrange(10**6)])
    if kind == 2:
        return rng.choice([0.5, -1e-7, 1e300, 5e-324, 1.7976931348623157e308, rng.random()])
    if kind in (3, 4, 5):
        return ''.join(rng.choice('aäß€😀~/"\\\n\x01\x7f\u2028 ') for _ in range(rng.randrange(6)))
    if kind == 6:
        return [any_value(rng, depth - 1) for _ in range(rng.randrange(5))]
    return {rng.choice('abcdefgh~/äé') * rng.randrange(3): any_value(rng, depth - 1)
            for _ in range(rng.randrange(6))}


def mutated(rng, value, depth=0):
    """The value with some of it changed, added, removed."""
    if depth > 3 or rng.random() < 0.2:
        return any_value(rng, 2)
    if isinstance(value, dict):
        changed = {name: mutated(rng, one, depth + 1) if rng.random() < 0.4 else one
                   for name, one in value.items() if rng.random() > 0.15}
        return {**changed, **({'new': any_value(rng, 1)} if rng.random() < 0.3 else {})}
    if isinstance(value, list):
        return [mutated(rng, one, depth + 1) if rng.random() < 0.4 else one
                for one in value if rng.random() > 0.15]
    return value


def lock_file(n):
    """What a package manager writes: wide, flat enough, long strings."""
    rng = random.Random(7)
    return {'name': 'app', 'lockfileVersion': 3, 'packages': {
        f'node_modules/{"@scope/" if i % 5 == 0 else ""}package-{i}': {
            'version': f'{i % 9}.{i % 31}.{i % 7}',
            'resolved': f'https://registry.example/package-{i}/-/package-{i}.tgz',
            'integrity': 'sha512-' + '%0128x' % rng.getrandbits(512),
            'dependencies': {f'package-{(i * 7 + j) % n}': f'^{j}.0.0' for j in range(i % 4)},
        } for i in range(n)}}


# canonical, hash

def test_canonical():
    """the canonical form is exact, whatever the spelling, and ends without a line end"""
    with Desk() as desk:
        desk.put('a', '{ "z": [1.0, 1e2, -0, 9007199254740993], "é": "\\u00e9\\/", "a": {} }\n')
        assert desk.run('canonical', 'a') == (
            '{"a":{},"z":[1,100,0,9007199254740993],"é":"é/"}'.encode(), '')
        for root, canonical in (('null', b'null'), (' "x"\n', b'"x"'), ('[ ]', b'[]'),
                                ('-0.0', b'0'), ('1e20', b'1e+20')):
            assert desk.run('canonical', desk.put('r', root))[0] == canonical, root
            assert desk.run('canonical', '-', stdin=root.encode())[0] == canonical, root


def test_hash():
    """the hash is the SHA-256 of the canonical form, the same for equal values"""
    with Desk() as desk:
        for value in ({'b': 1, 'a': [True, None, 'ß']}, 'text', 7, []):
            desk.put('compact', json.dumps(value))
            desk.put('pretty', json.dumps(value, indent=4, ensure_ascii=False))
            canonical = desk.run('canonical', 'compact')[0]
            expected = hashlib.sha256(canonical).hexdigest() + '\n'
            assert desk.run('hash', 'compact')[0].decode() == expected
            assert desk.run('hash', 'pretty')[0].decode() == expected


def test_real_file():
    """Debian's list of languages: its hash, a diff of one member, and back"""
    if not ISO.exists():
        raise Skip('iso-codes is not installed')
    with Desk() as desk:
        changed = json.loads(ISO.read_text())
        changed['639-3'][1000]['name'] += '!'
        del changed['639-3'][2000]
        desk.put('b', changed)
        patch = desk.value('diff', ISO, 'b', code=1)
        assert [one['op'] for one in patch] == ['replace', 'remove'], patch
        assert patch[0]['path'] == '/639-3/1000/name' and patch[1]['path'] == '/639-3/2000'
        desk.put('p', patch)
        assert desk.value('patch', ISO, 'p') == changed
        desk.run('diff', ISO, ISO)


# diff, patch

def test_diff_answers():
    """diff ends with 0 and [] for equal values, with 1 and a patch for others"""
    with Desk() as desk:
        desk.put('a', '{"n": 1.0, "m": 2}')
        desk.put('b', '{"m":2,"n":1}')
        desk.put('c', '{"m": 3, "n": 1}')
        assert desk.run('diff', 'a', 'b') == (b'[]\n', '')
        assert desk.run('diff', 'a', 'c', '--compact', code=1) == (
            b'[{"op":"replace","path":"/m","value":3}]\n', '')
        pretty = desk.run('diff', 'a', 'c', code=1)[0]
        assert pretty == desk.run('diff', 'a', 'c', '--pretty', code=1)[0]
        assert pretty.startswith(b'[\n  {\n    "op": "replace",\n'), pretty
        assert desk.run('diff', '-', 'c', code=1, stdin=b'{}')[0] == desk.run(
            'diff', desk.put('e', '{}'), 'c', code=1)[0]


def test_round_trips():
    """what diff finds, patch makes: on generated values of any kind"""
    with Desk() as desk:
        rng = random.Random(6902)
        differing = 0
        for _ in range(ROUNDS):
            a = any_value(rng)
            b = rng.choice([mutated(rng, a), copy.deepcopy(a), any_value(rng)])
            desk.put('a', json.dumps(a))
            desk.put('b', json.dumps(b, ensure_ascii=False))
            same = desk.run('hash', 'a') == desk.run('hash', 'b')
            differing += not same
            desk.put('p', desk.run('diff', 'a', 'b', code=0 if same else 1)[0])
            desk.put('r', desk.run('patch', 'a', 'p')[0])
            assert desk.run('canonical', 'r') == desk.run('canonical', 'b'), (a, b)
            assert desk.run('diff', 'r', 'b')[0] == b'[]\n'
        assert 5 < differing < ROUNDS, differing


def test_appendix():
    """the examples of RFC 6902's appendix"""
    with Desk() as desk:
        for document, patch, result in APPENDIX:
            desk.put('doc', document)
            desk.put('patch', patch)
            if result is None:
                desk.refuse('patch: ', 'patch', 'doc', 'patch')
            else:
                assert desk.value('patch', 'doc', 'patch') == json.loads(result), patch
                assert desk.value('patch', 'doc', '-', stdin=patch.encode()) == json.loads(result)


def test_patch_refused():
    """a patch that doesn't apply names the operation and changes nothing"""
    with Desk() as desk:
        text = '{"a": 1}'
        desk.put('doc', text)
        desk.put('p', '[{"op": "add", "path": "/b", "value": 2}, {"op": "remove", "path": "/c"}]')
        desk.refuse('p: operation 1 (remove "/c")', 'patch', 'doc', 'p', '-o', 'doc')
        assert (desk.path / 'doc').read_text() == text
        desk.refuse('standard input: a patch must be an array', 'patch', 'doc', '-', stdin=b'{}')


def test_keeps_style():
    """patch and merge write as the file is written, unless another form is asked for"""
    with Desk() as desk:
        desk.put('p', '[{"op": "add", "path": "/z", "value": [1]}]')
        desk.put('q', '[]')
        for text in ('{\n\t"b": 1,\n\t"a": [\n\t\t2\n\t]\n}\n', '{"b":1,"a":[2]}',
                     '{\r\n    "b": 1,\r\n    "a": [\r\n        2\r\n    ]\r\n}\r\n'):
            desk.put('doc', text.encode())
            assert desk.run('patch', 'doc', 'q')[0] == text.encode(), text
            assert desk.run('merge', 'doc', 'doc', 'doc')[0] == text.encode(), text
            assert desk.run('patch', 'doc', 'p', '-c')[0] == b'{"b":1,"a":[2],"z":[1]}\n'
            assert desk.run('patch', 'doc', 'p', '-p')[0] == (
                b'{\n  "b": 1,\n  "a": [\n    2\n  ],\n  "z": [\n    1\n  ]\n}\n')
        desk.refuse('exclude each other', 'patch', 'doc', 'p', '-p', '-c')


# merge

def test_merge():
    """edits of both sides survive; at a conflict ours does, and its pointer is told"""
    with Desk() as desk:
        desk.put('base', {'a': 1, 'b': {'c': 2, 'd': 3}, 'gone': 0})
        desk.put('ours', {'a': 5, 'b': {'c': 2, 'd': 4}, 'gone': 0})
        desk.put('theirs', {'a': 1, 'b': {'c': 7, 'd': 3}, 'new': [1]})
        out, err = desk.run('merge', 'base', 'ours', 'theirs')
        assert not err
        assert json.loads(out) == {'a': 5, 'b': {'c': 7, 'd': 4}, 'new': [1]}
        desk.put('theirs', {'a': 6, 'b': {'c': 7, 'd': 9}, 'gone': 0})
        out, err = desk.run('merge', 'base', 'ours', 'theirs', code=1)
        assert json.loads(out) == {'a': 5, 'b': {'c': 7, 'd': 4}, 'gone': 0}
        assert err == '/a\n/b/d\n', err
        out, err = desk.run('merge', '-', desk.put('x', '1'), desk.put('y', '2'), code=1,
                            stdin=b'0')
        assert (out, err) == (b'1', '""\n'), (out, err)


def test_merge_without_base():
    """an empty base, as git gives it for a file that both made, knows nothing"""
    with Desk() as desk:
        desk.put('ours', {'a': 1, 'same': 2})
        desk.put('theirs', {'b': 1, 'same': 2})
        for base in ('/dev/null', desk.put('empty', ''), desk.put('blank', ' \n\t')):
            assert desk.value('merge', base, 'ours', 'theirs') == {'a': 1, 'b': 1, 'same': 2}
        desk.put('theirs', {'a': 2})
        assert desk.run('merge', 'empty', 'ours', 'theirs', code=1)[1] == '/a\n'


def test_merge_both_ways():
    """disjoint edits give the same from both sides, and hold both, on generated values"""
    with Desk() as desk:
        rng = random.Random(1789)
        for _ in range(ROUNDS // 2):
            base = {name: any_value(rng) for name in 'abcdef'}
            ours, theirs, both = dict(base), dict(base), dict(base)
            for side, names in ((ours, 'abc'), (theirs, 'def')):
                for name in names:
                    side[name] = both[name] = mutated(rng, base[name])
                del side[names[1]], both[names[1]]
                side[names + '+'] = both[names + '+'] = any_value(rng)
            for name, value in (('b', base), ('o', ours), ('t', theirs), ('w', both)):
                desk.put(name, value)
            desk.put('m', desk.run('merge', 'b', 'o', 't')[0])
            desk.put('n', desk.run('merge', 'b', 't', 'o')[0])
            whole = desk.run('canonical', 'w')
            assert desk.run('canonical', 'm') == whole and desk.run('canonical', 'n') == whole


def test_output():
    """--output replaces a file in one step, keeps its mode, and follows a link"""
    with Desk() as desk:
        desk.put('base', '{}')
        desk.put('theirs', '{"t": 1}')
        ours = desk.path / desk.put('ours', '{"o": 1}')
        ours.chmod(0o640)
        before = ours.stat().st_ino
        os.symlink('ours', desk.path / 'link')
        assert desk.run('merge', 'base', 'link', 'theirs', '--output', 'link') == (b'', '')
        assert json.loads(ours.read_text()) == {'o': 1, 't': 1}
        assert stat.S_IMODE(ours.stat().st_mode) == 0o640 and ours.stat().st_ino != before
        assert (desk.path / 'link').is_symlink()
        desk.run('merge', 'base', 'ours', 'theirs', '-o', 'fresh',
                 preexec_fn=lambda: os.umask(0o27))
        assert stat.S_IMODE((desk.path / 'fresh').stat().st_mode) == 0o640
        assert json.loads(desk.run('merge', 'base', 'ours', 'theirs', '-o', '-')[0])
        assert desk.run('merge', 'base', 'ours', 'theirs', '-o', '/dev/null') == (b'', '')
        assert sorted(one.name for one in desk.path.iterdir()) == [
            'base', 'fresh', 'link', 'ours', 'theirs']


def test_output_fails():
    """an output that can't be written ends with 3, and leaves no half of anything"""
    with Desk() as desk:
        desk.put('a', '{"a": 1}')
        desk.put('p', '[]')
        for path, words in (('none/x', 'No such file'), ('a/x', 'Not a directory'), ('.', 'dir')):
            out, err = desk.run('patch', 'a', 'p', '-o', path, code=3)
            assert not out and words in err and err.count('\n') == 1, err
        with open('/dev/full', 'wb') as full:
            answer = subprocess.run([harness.confsync, 'json', 'canonical', 'a'], stdout=full,
                                    stderr=subprocess.PIPE, cwd=desk.path, timeout=DEADLINE,
                                    check=False, env=environment())
        assert answer.returncode == 3 and b'No space left' in answer.stderr, answer
        limit = (4096, resource.getrlimit(resource.RLIMIT_FSIZE)[1])
        desk.put('big', {'x': 'y' * 10000})
        desk.run('patch', 'big', 'p', '-o', 'a', code=3, preexec_fn=lambda: (
            resource.setrlimit(resource.RLIMIT_FSIZE, limit), ignore_file_size_signal()))
        assert (desk.path / 'a').read_text() == '{"a": 1}'
        assert sorted(one.name for one in desk.path.iterdir()) == ['a', 'big', 'p']


def ignore_file_size_signal():
    """In the child only: a write beyond the limit fails instead."""
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)


def git(desk, *arguments, code=0):
    answer = subprocess.run(
        ['git', '-c', 'user.name=x', '-c', 'user.email=x@example.org', '-c', 'commit.gpgsign=false',
         '-c', 'init.defaultBranch=main', *arguments], cwd=desk.path, capture_output=True,
        text=True, timeout=DEADLINE, check=False, env=environment(
            GIT_CONFIG_GLOBAL='/dev/null', GIT_CONFIG_SYSTEM='/dev/null', HOME=str(desk.path)))
    assert answer.returncode == code, (arguments, answer)
    return answer.stdout + answer.stderr


def test_git():
    """as git's merge driver, configured as the help page says: clean, conflict, both new"""
    if not shutil.which('git'):
        raise Skip('git is not installed')
    page = subprocess.run([harness.confsync, 'json', 'merge', '--help'], text=True,
                          capture_output=True, check=True, env=environment()).stdout
    driver = page.split('merge.confsync.driver "', 1)[1].split('"', 1)[0]
    attributes = page.split('such as  ', 1)[1].split('\n', 1)[0]
    with Desk() as desk:
        git(desk, 'init')
        git(desk, 'config', 'merge.confsync.driver',
            driver.replace('confsync', f'"{harness.confsync}"', 1))
        desk.put('.gitattributes', attributes + '\n')
        lock = lock_file(300)
        desk.put('lock.json', lock)
        git(desk, 'add', '-A')
        git(desk, 'commit', '-m', 'base')
        git(desk, 'checkout', '-b', 'side')
        lock['packages']['node_modules/package-1']['version'] = '9.9.9'
        desk.put('lock.json', lock)
        desk.put('both.json', {'side': 1})
        git(desk, 'add', '-A')
        git(desk, 'commit', '-m', 'side')
        git(desk, 'checkout', 'main')
        mine = lock_file(300)
        # the next line of the text: what merges by lines calls a conflict
        mine['packages']['node_modules/package-1']['resolved'] = 'https://mirror.example/'
        desk.put('lock.json', mine)
        desk.put('both.json', {'main': 1})
        (desk.path / 'lock.json').chmod(0o755)
        git(desk, 'add', '-A')
        git(desk, 'commit', '-m', 'main')
        git(desk, 'merge', '--no-edit', 'side')
        lock['packages']['node_modules/package-1']['resolved'] = 'https://mirror.example/'
        assert (desk.path / 'lock.json').read_text() == json.dumps(lock, indent=2)
        assert os.access(desk.path / 'lock.json', os.X_OK)
        assert json.loads((desk.path / 'both.json').read_text()) == {'main': 1, 'side': 1}

        git(desk, 'checkout', '-b', 'other')
        desk.put('both.json', {'main': 2, 'side': 1})
        git(desk, 'commit', '-a', '-m', 'other')
        git(desk, 'checkout', 'main')
        desk.put('both.json', {'main': 3, 'side': 2})
        git(desk, 'commit', '-a', '-m', 'main again')
        said = git(desk, 'merge', '--no-edit', 'other', code=1)
        assert '/main\n' in said and 'CONFLICT' in said, said
        assert json.loads((desk.path / 'both.json').read_text()) == {'main': 3, 'side': 2}
        assert 'UU both.json' in git(desk, 'status', '--short')


# bad input

def test_bad_input():
    """bad input ends with 2, and names file, line, column and reason"""
    with Desk() as desk:
        desk.put('good', '{}')
        for content, words in (
                ('{"a": 1,\n  "b": }', 'bad: line 2, column 8: '),
                ('', 'bad: line 1, column 1: '),
                ('{} {}', 'bad: line 1, column 4: '),
                ('{"é": 1, "a": 2,\n "a": 3}', 'bad: line 2, column 2: '),
                (b'\xef\xbb\xbf{}', 'byte order mark'),
                (b'{"a": "\xff"}', 'bad: line 1, column 8: not valid UTF-8'),
                (b'\xff\xfe{\x00}\x00', 'bad: line 1, column 1: '),
                ('[1e400]', 'bad: line 1, column 2: '),
                ('[9223372036854775808]', 'bad: line 1, column 2: '),
                ('["\\ud800"]', 'bad: line 1, column 3: '),
                ('[' * 100000, 'nested deeper'),
                ("{'a': 1}", 'bad: line 1, column 2: '),
                ('[01]', 'bad: line 1, column 2: '),
                ('{"a": 1, // x\n}', 'bad: line 1, column 10: ')):
            desk.put('bad', content)
            for arguments in (('canonical', 'bad'), ('hash', 'bad'), ('diff', 'good', 'bad'),
                              ('patch', 'good', 'bad'), ('merge', 'good', 'bad', 'good')):
                desk.refuse(words, *arguments)
            desk.refuse(words.replace('bad:', 'standard input:'), 'hash', '-',
                        stdin=(desk.path / 'bad').read_bytes())


def test_no_file():
    """a file that isn't there, a directory, and one that may not be read, are bad input"""
    with Desk() as desk:
        desk.put('good', '{}')
        desk.refuse('none: it can', 'hash', 'none')
        desk.refuse('No such file', 'diff', 'good', 'none')
        desk.refuse('directory', 'canonical', '.')
        desk.refuse('Not a directory', 'merge', 'good', 'good/x', 'good')
        if os.geteuid() != 0:
            (desk.path / 'good').chmod(0)
            desk.refuse('Permission denied', 'hash', 'good')


def test_wrong_use():
    """wrong use ends with 2 and one line that says what to do"""
    with Desk() as desk:
        desk.put('a', '{}')
        desk.refuse('did you mean “merge”?', 'merg', 'a')
        desk.refuse('--help', 'frobnicate')
        desk.refuse('B is missing; usage: confsync json diff A B', 'diff', 'a')
        desk.refuse('one argument too many', 'hash', 'a', 'a')
        desk.refuse('standard input can be read once', 'diff', '-', '-', stdin=b'{}')
        desk.refuse('standard input can be read once', 'merge', 'a', '-', '-', stdin=b'{}')
        desk.refuse('did you mean --compact?', 'diff', 'a', 'a', '--compat')
        desk.refuse('unknown option --output', 'hash', 'a', '--output', 'x')
        out, err = desk.run(code=2)
        assert not out and err.startswith('Usage: confsync json'), err


def test_help():
    """each help page fits a screen and ends with an example"""
    with Desk() as desk:
        pages = [desk.run('--help')[0].decode()]
        for name in ('canonical', 'hash', 'diff', 'patch', 'merge'):
            pages.append(desk.run(name, '--help')[0].decode())
            assert f'  {name} ' in pages[0], name
        for page in pages:
            lines = page.splitlines()
            assert len(lines) <= 24 and max(map(len, lines)) <= 80, page
            assert lines[-1].startswith('Example: confsync json '), page


# sizes and streams

def test_big():
    """a lock file of some megabytes: diff, patch and merge, well within memory"""
    with Desk() as desk:
        base, ours, theirs = (lock_file(12000) for _ in range(3))
        for i in range(0, 12000, 100):
            ours['packages'].setdefault(f'node_modules/package-{i + 1}', {})['version'] = '1'
            theirs['packages'].setdefault(f'node_modules/package-{i + 2}', {})['version'] = '2'
        for name, value in (('base', base), ('ours', ours), ('theirs', theirs)):
            desk.put(name, value)
        assert desk.run('diff', 'base', 'ours', '-o', 'p', code=1) == (b'', '')
        assert desk.value('patch', 'base', 'p') == ours
        merged = desk.value('merge', 'base', 'ours', 'theirs')
        for i in range(0, 12000, 100):
            ours['packages'][f'node_modules/package-{i + 2}']['version'] = '2'
        assert merged == ours


def test_larger_than_a_configuration():
    """what is too large or deep for a configuration is still JSON: all but patch take it"""
    with Desk() as desk:
        deep = '[' * 900 + ']' * 900
        desk.put('deep', deep)
        desk.put('large', json.dumps(['x' * 1000] * 17000))
        desk.put('none', '[]')
        for name in ('deep', 'large'):
            assert desk.run('diff', name, name)[0] == b'[]\n'
            desk.run('diff', 'none', name, code=1)
            desk.run('merge', 'none', name, 'none')
            desk.refuse('none: the patched value would', 'patch', name, 'none')
        assert desk.run('canonical', 'deep')[0] == deep.encode()


def test_pipes():
    """a pipe is as good as a file; a reader that leaves ends it quietly"""
    with Desk() as desk:
        desk.put('a', '{"a": 1}')
        answer = subprocess.run(
            ['bash', '-c', 'exec "$0" json diff <(cat a) <(echo "{}")', harness.confsync],
            cwd=desk.path, capture_output=True, timeout=DEADLINE, check=False, env=environment())
        assert answer.returncode == 1 and b'"remove"' in answer.stdout, answer
        desk.put('large', json.dumps(['x' * 100] * 30000))
        with subprocess.Popen([harness.confsync, 'json', 'canonical', 'large'], cwd=desk.path,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              env=environment()) as process:
            process.stdout.read(10)
            process.stdout.close()
            assert process.stderr.read() == b''
            assert process.wait(timeout=DEADLINE) == 0


def test_terminal():
    """on a terminal nothing in a file is obeyed, and a line ends; the value stays the same"""
    with Desk() as desk:
        value = {'a\u001b[31m': '\u202e\u009bx'}
        desk.put('a', json.dumps(value, ensure_ascii=False))
        master, slave = pty.openpty()
        with subprocess.Popen([harness.confsync, 'json', 'canonical', 'a'], cwd=desk.path,
                              stdin=slave, stdout=slave, stderr=slave,
                              env=environment()) as process, open(master, 'rb') as terminal:
            os.close(slave)
            line = terminal.readline()
            assert process.wait(timeout=DEADLINE) == 0
        assert line.endswith(b'\n') and not any(
            bad in line for bad in (b'\x1b', '\u202e'.encode(), '\u009b'.encode())), line
        assert json.loads(line) == value
        desk.put('b', '{"a\u001b[31m": 1}'.replace('\u001b', '\\u001b'))
        desk.put('c', '{"a\u001b[31m": 2}'.replace('\u001b', '\\u001b'))
        assert '\x1b' not in desk.run('merge', '/dev/null', 'b', 'c', code=1)[1]


if __name__ == '__main__':
    sys.exit(main(dict(globals()), sys.argv[1]))
