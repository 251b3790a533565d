# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: The confsync authors
#
# Adds up what a run of meson's tests did, test by test rather than program by program, names what
# was skipped and what failed, and ends with the line: N passed, N failed, N skipped.
"""Usage: summary.py TESTLOG.JSON              exit 0 only if something passed and nothing failed
       summary.py --failures TESTLOG.JSON   only what failed, with the end of what it printed"""

import json
import re
import sys

TAP = re.compile(r'^(not )?ok\b *(\d+)? *-? *(.*?) *(?:# *(SKIP|TODO)\S* *(.*))?$', re.IGNORECASE)
PLAN = re.compile(r'^1\.\.(\d+)(?: *# *SKIP\S* *(.*))?$', re.IGNORECASE)
EVIDENCE = 40  # lines of a failed program's output that are shown again
RESULTS = {'OK': 'passed', 'SKIP': 'skipped', 'EXPECTEDFAIL': 'passed'}


class Totals:
    """Three lists of names; those that were skipped with their reason."""

    def __init__(self):
        self.passed, self.failed, self.skipped = [], [], []
        self.evidence = []

    def add_line(self, program, line):
        """Counts one line of TAP; anything else is nothing."""
        match = TAP.match(line)
        if not match:
            return
        name = f'{program}: {match[3] or match[2]}'
        if (match[4] or '').upper() == 'SKIP':
            self.skipped.append((name, match[5] or 'no reason given'))
        elif match[1] and not match[4]:
            self.failed.append(name)
        else:
            self.passed.append(name)

    def add_program(self, run):
        """Counts one program: by its lines, or as one test where it has none."""
        program = run['name'].rsplit(' / ', 1)[-1]
        before = self.count(), len(self.failed)
        for line in run['stdout'].splitlines():
            plan = PLAN.match(line)
            if plan and plan[1] == '0':
                self.skipped.append((program, plan[2] or 'no reason given'))
            self.add_line(program, line)

        kind = RESULTS.get(run['result'], 'failed')
        if kind == 'failed' and len(self.failed) == before[1]:
            self.failed.append(f'{program}: the program ({run["result"].lower()})')
        elif self.count() == before[0]:
            entry = (program, 'exit status 77') if kind == 'skipped' else program
            getattr(self, kind).append(entry)
        if len(self.failed) > before[1]:
            self.evidence.append((self.failed[before[1]:], run))

    def count(self):
        return len(self.passed) + len(self.failed) + len(self.skipped)

    def tell_failures(self):
        """What failed, and why as far as the program itself said it."""
        for names, run in self.evidence:
            for name in names:
                print(f'failed   {name}')
            lines = run['stdout'].splitlines()
            ends = [place + 1 for place, line in enumerate(lines) if line.startswith('not ok')]
            end = ends[0] if ends else len(lines)
            for line in lines[max(0, end - EVIDENCE):end]:
                print(f'    {line}')
            for line in run.get('stderr', '').splitlines()[-EVIDENCE:]:
                print(f'    stderr: {line}')

    def tell(self):
        print()
        for name, reason in self.skipped:
            print(f'skipped  {name}   {reason}')
        for name in self.failed:
            print(f'failed   {name}')
        print(f'{len(self.passed)} passed, {len(self.failed)} failed, {len(self.skipped)} skipped')


def main(path, failures_only=False):
    totals = Totals()
    try:
        with open(path, encoding='utf-8') as log:
            for line in log:
                totals.add_program(json.loads(line))
    except OSError as error:
        totals.failed.append(f'no test was run ({error})')
    if failures_only:
        totals.tell_failures()
        return 0
    totals.tell()
    return 0 if totals.passed and not totals.failed else 1


if __name__ == '__main__':
    sys.exit(main(sys.argv[-1], sys.argv[1] == '--failures'))
