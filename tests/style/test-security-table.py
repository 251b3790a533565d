# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: The confsync authors
#
# The page of security names a test for each thing that it says; here each name is looked for, so
# that the page can't name what isn't there. Whether a test tests that, only a person can tell.
"""Usage: test-security-table.py ROOT BUILD"""

import json
import pathlib
import re
import sys

import tap

PAGE = 'data/docs/security.md'
AREAS = 12


def read_rows(root, columns):
    """The rows of the tables that have so many columns, without their heads."""
    rows = [[cell.strip() for cell in line.strip('|').split('|')]
            for line in (root / PAGE).read_text(encoding='utf-8').splitlines()
            if line.startswith('|')]
    return [row for row in rows
            if len(row) == columns and row[-1] != 'Test' and set(row[0]) != {'-'}]


def read_names(cell):
    """(program, test or nothing) of each name in a cell; one that begins with / has the program
    of the one before it."""
    program = None
    for name in re.findall('`([^`]+)`', cell):
        first, _, test = name.partition('/')
        program = first or program
        yield program, test


def read_programs(build):
    """Name of a test to the texts of its sources."""
    info = build / 'meson-info'
    sources = {}
    for target in json.loads((info / 'intro-targets.json').read_text()):
        for path in target['filename']:
            sources[path] = [source for group in target['target_sources']
                             for source in group['sources']]
    programs = {}
    for test in json.loads((info / 'intro-tests.json').read_text()):
        paths = [path for path in test['cmd'][:2] if path.endswith('.py')] or \
            sources.get(test['cmd'][0], [])
        programs[test['name']] = '\n'.join(
            pathlib.Path(path).read_text(encoding='utf-8') for path in paths)
    return programs


def has_test(text, name):
    """Whether a program has a function for a test of that name, or in C a path that ends so."""
    function = name.replace('-', '_').replace('/', '_')
    if re.search(rf'^(def )?(test_)?{function} ?\(', text, re.M):
        return True
    return all(re.search(rf'"([^"\s]*/)?{re.escape(part)}(/[^"\s]*)?"', text)
               for part in name.split('/'))


def check(cell, programs):
    names = list(read_names(cell))
    assert names, f'no test: {cell}'
    for program, test in names:
        assert program in programs, f'no program of tests is called {program}'
        assert not test or has_test(programs[program], test), f'{program} has no test {test}'


def test_areas(root, programs):
    """twelve areas, each with a threat, a defence, and tests that are there"""
    rows = read_rows(root, 4)
    assert len(rows) == len({row[0] for row in rows}) == AREAS, [row[0] for row in rows]
    for row in rows:
        assert all(row), row
        check(row[3], programs)


def test_promises(root, programs):
    """each promise has tests that are there"""
    rows = read_rows(root, 2)
    assert len(rows) > 30, len(rows)
    for row in rows:
        check(row[1], programs)


def test_check(_, programs):
    """what isn't there is found: a program, a test in C, one in Python, a row without any"""
    for cell in '`no-such-program`', '`key/no-such-test`', '`rules`, `/no_such`', 'by reading':
        try:
            check(cell, programs)
        except AssertionError:
            continue
        raise AssertionError(f'{cell} is taken for a test')


def main(root, build):
    tests = [test_areas, test_promises, test_check]
    programs = read_programs(build)
    return tap.run(tests, root, programs)


if __name__ == '__main__':
    sys.exit(main(pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])))
