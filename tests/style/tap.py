# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: The confsync authors
#
# What the programs of this suite print of their findings.
"""TAP, from problems or from functions."""


def report(results):
    """Prints pairs of a title and its problems; gives the exit status."""
    print(f'1..{len(results)}')
    for number, (title, problems) in enumerate(results, 1):
        for problem in problems:
            print(f'# {problem}')
        print(f'{"not " if problems else ""}ok {number} - {title}')
    return int(any(problems for _, problems in results))


def run(tests, *arguments):
    """Calls each, and reports which failed."""
    results = []
    for test in tests:
        title, problems = f'{test.__name__}: {test.__doc__}', []
        try:
            test(*arguments)
        except AssertionError as error:
            problems = str(error).splitlines() or ['it failed']
        results.append((title, problems))
    return report(results)
