# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: The confsync authors
#
# Runs one file of tests under pytest and tells of each in TAP, as the other programs of the tests
# do. Every warning is an error, coroutines that nobody awaited among them.
"""Usage: run-pytest.py FILE [PYTEST OPTION]..."""

import sys

import pytest

# what of PyGObject 3.42 and Python 3.11 can't be helped from here
IGNORED = ('ignore::ImportWarning', 'ignore:.*asyncio_mode.*:DeprecationWarning')


class Tap:
    """One line a test, and for those that failed the reason."""

    def __init__(self):
        self.count = 0

    def pytest_configure(self, config):
        """An option of the terminal's, which isn't there; what explains assertions asks for it."""
        config.option.verbose = 0

    def pytest_runtest_logreport(self, report):
        """Each phase reports: a test counts once, and once more where its set-up or end failed."""
        if report.when == 'call' or report.outcome != 'passed':
            self.tell(report)

    def pytest_collectreport(self, report):
        if report.failed:
            self.tell(report)

    def tell(self, report):
        self.count += 1
        name = report.nodeid.partition('::')[2] or report.nodeid
        mark = 'not ok' if report.failed else 'ok'
        skip = f' # SKIP {report.longrepr[2]}' if report.skipped else ''
        print(f'{mark} {self.count} - {name.replace("#", "_")}{skip}', flush=True)
        if report.failed:
            lines = [report.longreprtext] + [text for _, text in report.sections]
            for line in '\n'.join(lines).splitlines():
                print(f'# {line}')


def main(arguments):
    tap = Tap()
    options = ['-p', 'no:terminal', '-p', 'no:cacheprovider', '-W', 'error']
    for warning in IGNORED:
        options += ['-W', warning]
    status = pytest.main(options + arguments, plugins=[tap])
    print(f'1..{tap.count}')
    return int(status)


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
