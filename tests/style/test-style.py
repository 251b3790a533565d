# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: The confsync authors
#
# Two tests a rule: that it finds what is wrong in its fixture, and that it finds nothing in the
# tree. A fixture's first line says as which file it is read, and its marks where it is wrong.
"""Usage: test-style.py TOP [RULE]...: as a test, or to see what one rule finds"""

import pathlib
import sys

import rules

FIXTURES = pathlib.Path(__file__).parent / 'fixtures'
MARK = ' <<'


def read_fixture(top, rule):
    """The fixture as a Source, and the lines on which the rule must find something."""
    head, _, text = (FIXTURES / rule.__name__).read_text(encoding='utf-8').partition('\n')
    if text.startswith('repeat '):
        line, _, text = text.partition('\n')
        text = text.replace('REPEATED\n', 'x;\n' * int(line.split()[1]))
    lines = text.splitlines(keepends=True)
    wanted = {number for number, line in enumerate(lines, 1) if MARK in line}
    text = ''.join(line.replace(MARK, '') for line in lines)
    return rules.Source(top, head.removeprefix('as '), text), wanted


def check_fixture(top, rule):
    source, wanted = read_fixture(top, rule)
    found = {number for number, _ in rule(source)}
    problems = [f'{rule.__name__}: line {number} of the fixture is not found'
                for number in sorted(wanted - found)]
    problems += [f'{rule.__name__}: line {number} of the fixture is fine, but found'
                 for number in sorted(found - wanted)]
    return problems if wanted else problems + [f'{rule.__name__}: the fixture has no {MARK}']


def check_tree(sources, rule):
    problems, used = [], set()
    for source in sources:
        found = [f'{source.path}:{number}: {what}' for number, what in rule(source)]
        if found and (rule.__name__, source.path) in rules.WAIVERS:
            used.add(source.path)
        else:
            problems += found
    unused = {path for name, path in rules.WAIVERS if name == rule.__name__} - used
    return problems + [f'{path}: waived, but nothing is wrong there' for path in sorted(unused)]


def report(number, problems, name, summary):
    for problem in problems:
        print(f'# {problem}')
    print(f'{"not " if problems else ""}ok {number} - {name}: {summary}')
    return not problems


def main(top, *names):
    top = pathlib.Path(top).resolve()
    chosen = [rule for rule in rules.RULES if not names or rule.__name__ in names]
    sources = list(rules.sources(top))
    passed = True
    print(f'1..{2 * len(chosen)}')
    for number, rule in enumerate(chosen):
        name = rule.__name__.replace('_', '-')
        passed &= report(2 * number + 1, check_fixture(top, rule), f'{name}/fixture',
                         'finds what is wrong')
        passed &= report(2 * number + 2, check_tree(sources, rule), name, rule.__doc__)
    return 0 if passed else 1


if __name__ == '__main__':
    sys.exit(main(*sys.argv[1:]))
