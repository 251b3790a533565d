# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: The confsync authors
#
# The house rules that a program can check, one function each. A rule gets a Source and yields
# (line number, what is wrong there). The tree is read as it lies there; git is not needed.
"""The rules, and the few places that they are waived for."""

import functools
import os
import pathlib
import re

MAX_COLUMNS = 100
MAX_FILE_LINES = 600
MAX_FUNCTION_LINES = 60

# (rule, path): why it may; a waiver that nothing needs any more fails too
WAIVERS = {
    ('file_length', 'libconfsync/confsync-store.c'): 'eight calls; most of it is documentation',
    ('file_length', 'tests/test_config_sync.py'): 'programs of that origin expect one file',
    ('no_unfinished', 'tests/summary.py'): 'one of the two directives of TAP is called so',
    ('test_sleep', 'tests/e2e/harness.py'): 'the one wait of that suite, with a deadline',
    ('test_sleep', 'tests/e2e/test-run.py'): 'plays an editor that takes its time',
    ('test_sleep', 'tests/faults/fault-shim.c'): 'plays a disk that is late',
    ('test_sleep', 'tests/faults/test-errors.py'): 'plays an editor whose contents stand a while',
    ('test_sleep', 'tests/interop/legacy.py'): 'plays programs that poll',
    ('test_sleep', 'tests/netns/fleet.py'): 'keeps to a schedule; the one wait has a deadline',
    ('test_sleep', 'tests/netns/relay.py'): 'delays what it passes on',
    ('test_sleep', 'tests/gi/python/bench-python.py'): 'a benchmark: spreads its updates',
    ('test_sleep', 'tests/gi/python/tap.py'): 'the one wait of that suite, with a deadline',
    ('test_sleep', 'tests/unit/test-live-race.c'): 'spreads edits over a race; waits for nothing',
}

CODE = ('.c', '.h', '.h.in', '.py', '.js', '.sh', 'meson.build', 'meson_options.txt')
C = ('.c', '.h', '.h.in')
LICENSE = 'SPDX-License-Identifier: LGPL-2.1-or-later'
COPYRIGHT = 'SPDX-FileCopyrightText: The confsync authors'
INCLUDE = re.compile(r'^\s*#\s*include\s+([<"])([^>"]+)[>"]')
TOKEN = re.compile(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.DOTALL)


class Source:
    """One file: its path below the top, its text and its lines."""

    def __init__(self, top, path, text=None):
        self.top, self.path = top, path
        self.text = (top / path).read_text(encoding='utf-8') if text is None else text
        self.lines = self.text.splitlines()

    def named(self, *endings):
        return self.path.endswith(endings)

    def within(self, *folders):
        return self.path.startswith(tuple(folder + '/' for folder in folders))

    def is_script(self):
        return self.text.startswith('#!')

    def is_public_header(self):
        return (self.within('libconfsync') and self.named('.h', '.h.in') and
                not self.named('-private.h'))

    @functools.cached_property
    def code(self):
        """The lines of C without comments and without what stands in strings."""
        def blank(match):
            quote = match[0][0] if match[0][0] in '"\'' else ''
            return quote + '\n' * match[0].count('\n') + quote
        return TOKEN.sub(blank, self.text).splitlines()

    def includes(self):
        """(line, '<' or '"', name) of each #include."""
        for number, line in enumerate(self.lines, 1):
            match = INCLUDE.match(line)
            if match:
                yield number, match[1], match[2]


def each_match(lines, pattern):
    for number, line in enumerate(lines, 1):
        if re.search(pattern, line):
            yield number, line.strip()


# layers

def plugin_includes(source):
    """A plugin includes <confsync.h>, other libraries' headers and its own, nothing else of ours"""
    if not source.within('plugins'):
        return
    folder = (source.top / source.path).parent
    for number, kind, name in source.includes():
        if kind == '"' and ('/' in name or not (folder / name).exists()):
            yield number, f'"{name}" is not the plugin\'s own'
        if kind == '<' and re.match(r'(confsync-|libconfsync|daemon/)', name):
            yield number, f'<{name}>: include <confsync.h>'


def public_headers(source):
    """A public header includes no private one, and confsync.h includes it"""
    if not source.is_public_header():
        return
    for number, _, name in source.includes():
        if name.endswith('-private.h') or name == 'config.h':
            yield number, f'{name} is not installed'
    name = pathlib.PurePath(source.path).name.removesuffix('.in')
    umbrella = (source.top / 'libconfsync/confsync.h').read_text(encoding='utf-8')
    if name != 'confsync.h' and f'"{name}"' not in umbrella:
        yield 1, 'confsync.h does not include it'


def config_first(source):
    """A source of the library and the command includes config.h first"""
    if not (source.within('libconfsync', 'daemon') and source.named('.c')):
        return
    number, _, name = next(source.includes(), (1, '', 'nothing'))
    if name != 'config.h':
        yield number, f'{name} comes first'


def include_once(source):
    """A header says #pragma once"""
    if source.named('.h', '.h.in') and '\n#pragma once\n' not in source.text:
        yield 1, 'no #pragma once'


# files

def file_head(source):
    """A file of code starts with its licence, its authors, and what it is for"""
    if not (source.named('.c', '.h', '.h.in', '.py', '.js', '.sh') or source.is_script()):
        return
    lines = source.lines[1 if source.is_script() else 0:]
    marks = ('/* ', ' * ') if source.named(*C) else ('// ', '// ') if source.named('.js') else \
        ('# ', '# ')
    if lines[:2] != [marks[0] + LICENSE, marks[1] + COPYRIGHT]:
        yield 1, 'no SPDX lines'
    elif not re.search(r'\w', ''.join(lines[2:4])):
        yield 4, 'no word on what the file is for'


def file_length(source):
    """A file of code has at most 600 lines: look for the second class in it"""
    if source.named(*CODE) and len(source.lines) > MAX_FILE_LINES:
        yield len(source.lines), f'{len(source.lines)} lines'


def function_length(source):
    """A function's body has at most 60 lines, blank ones and comments not counted"""
    begin, count = None, 0
    for number, line in enumerate(source.code if source.named('.c') else (), 1):
        if line == '{':
            begin, count = number, 0
        count += bool(line.strip())
        if line == '}' and begin is not None:
            if count > MAX_FUNCTION_LINES:
                yield begin, f'{source.lines[begin - 2].strip()}: {count} lines'
            begin = None


# lines

def line_length(source):
    """No line of code has more than 100 columns"""
    if source.named(*CODE) or source.is_script():
        for number, line in enumerate(source.lines, 1):
            if len(line) > MAX_COLUMNS:
                yield number, f'{len(line)} columns'


def white_space(source):
    """No tabs in code, nothing invisible at a line's end, and the last line ends"""
    if source.named(*CODE) or source.is_script():
        yield from each_match(source.lines, r'\t')
    yield from each_match(source.lines, r'[ \t\r]$')
    if source.text and not source.text.endswith('\n'):
        yield len(source.lines), 'the last line does not end'


def no_goto(source):
    """No goto"""
    if source.named(*C):
        yield from each_match(source.code, r'\bgoto\b')


def call_space(source):
    """A call has a space before its parenthesis"""
    if source.named('.c', '.h'):
        lines = ['' if line.lstrip().startswith('#') or line.endswith('\\') else line
                 for line in source.code]
        yield from each_match(lines, r'\b[A-Za-z_]\w*\(')


def plain_types(source):
    """char, int and double, not GLib's names for them"""
    if source.named(*C):
        yield from each_match(source.code, r'\bg(char|short|int|long|float|double)\b')


def no_unfinished(source):
    """Nothing is left for later"""
    words = '|'.join(('TO' 'DO', 'FIX' 'ME', 'XX' 'X'))
    yield from each_match(source.lines, rf'\b({words})\b')


def machine_paths(source):
    """No path of a developer's machine: docs name no home, and nothing names a work folder"""
    yield from each_match(source.lines, r'(?<![\w.}/])/wor' r'k/\w')
    if source.named('.md'):
        yield from each_match(source.lines, r'(?<![\w.}/])/(home|root|Users)/\w')


# names and tests

def callback_names(source):
    """A function that is called back is named _cb"""
    if not source.named('.c'):
        return
    code = '\n'.join(source.code)
    finished = r'^static \w+[ \*]*\n(\w+) \([^()]*GAsyncResult \*[^()]*gpointer[^()]*\)$'
    for pattern in (finished, r'\bG_CALLBACK \((\w+)\)'):
        for match in re.finditer(pattern, code, re.MULTILINE):
            if not match[1].endswith('_cb') and not match[1].startswith('g_'):
                yield code.count('\n', 0, match.start(1)) + 1, match[1]


def test_sleep(source):
    """A test waits for something, with a deadline; it does not sleep, as benchmarks may"""
    if source.within('tests') and not source.within('tests/bench'):
        lines = source.code if source.named(*C) else source.lines
        yield from each_match(lines, r'\b(g_usleep|usleep|sleep|nanosleep) ?\((?!0\))')
        if source.is_script() and not source.named('.py', '.js'):
            yield from each_match(lines, r'^\s*sleep\b')


def test_asserts(source):
    """A test says with g_assert_* what it compares"""
    if source.within('tests') and source.named('.c', '.h'):
        yield from each_match(source.code, r'\b(g_assert|assert) ?\(')


# documentation

PUBLIC = re.compile(r'^CONFSYNC_AVAILABLE_IN_\w+\n((?:[^;{]|\n)*?);', re.MULTILINE)
FUNCTION = re.compile(r'^(.*?)\b(confsync_\w+) \((.*)\)', re.DOTALL)


@functools.lru_cache(maxsize=None)
def doc_comments(top):
    """The library's doc comments at definitions, by name."""
    comments = {}
    for path in sorted((top / 'libconfsync').glob('*.c')):
        for match in re.finditer(r'/\*\*\n \* (\w+):.*?\*/', path.read_text(encoding='utf-8'),
                                 re.DOTALL):
            comments[match[1]] = match[0]
    return comments


def missing_in_doc(comment, returns, parameters):
    """What a function's doc comment lacks."""
    if comment is None:
        return ['a doc comment where it is defined']
    names = [re.search(r'(\w+)(\[\])?$', parameter.strip()) for parameter in parameters.split(',')]
    wanted = [f'@{name[1]}:' for name in names if name and name[1] != 'void']
    wanted += ['Since:'] + ([] if returns.split() == ['void'] else ['Returns:'])
    return [want for want in wanted if f'* {want}' not in comment]


def public_docs(source):
    """Each public function's doc comment tells of its parameters, Returns: and Since:"""
    if not source.is_public_header():
        return
    for match in PUBLIC.finditer(source.text):
        function = FUNCTION.match(match[1])
        if match[1].startswith('G_DECLARE_') or not function or function[2].endswith('_get_type') \
                or function[2].endswith('_quark'):
            continue
        comment = doc_comments(source.top).get(function[2])
        for lack in missing_in_doc(comment, function[1], function[3]):
            yield source.text.count('\n', 0, match.start()) + 2, f'{function[2]} lacks {lack}'


RULES = (
    plugin_includes, public_headers, config_first, include_once, file_head, file_length,
    function_length, line_length, white_space, no_goto, call_space, plain_types, no_unfinished,
    machine_paths, callback_names, test_sleep, test_asserts, public_docs,
)


def is_ours(folder):
    """Whether a folder is part of the source: no build tree, no input of a test, nothing of git."""
    return not (folder.name.startswith(('_build', '.')) and folder.name != '.ci' or
                folder.name == '__pycache__' or (folder / 'build.ninja').exists() or
                folder.as_posix().endswith(('tests/style/fixtures', 'tests/fuzz/corpus')))


def sources(top):
    """All text files below the top."""
    for folder, folders, files in os.walk(top):
        folder = pathlib.Path(folder)
        folders[:] = sorted(name for name in folders if is_ours(folder / name))
        for name in sorted(name for name in files if name != '.git'):
            path = (folder / name).relative_to(top).as_posix()
            try:
                yield Source(top, path)
            except (UnicodeDecodeError, FileNotFoundError):
                continue
