# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: The confsync authors
#
# What the built modules show to others: the library exactly the checked-in names, a plugin exactly
# one.
"""Usage: test-abi.py [--update] SYMBOLS LIBRARY [PLUGIN...]"""

import difflib
import pathlib
import subprocess
import sys

import tap

PLUGIN_SYMBOLS = ['confsync_plugin']


def exported(module):
    """The names that a module defines for others, sorted."""
    lines = subprocess.run(['nm', '--dynamic', '--defined-only', '--format=posix', module],
                           check=True, stdout=subprocess.PIPE, text=True).stdout.splitlines()
    return sorted(line.split()[0] for line in lines)


def check_names(wanted, module):
    diff = difflib.unified_diff(wanted, exported(module), 'wanted', pathlib.Path(module).name,
                                lineterm='', n=0)
    return list(diff)


def check_library(symbols, library):
    """the library exports what tests/style/libconfsync-1.symbols lists"""
    problems = check_names(symbols.read_text(encoding='ascii').split(), library)
    if problems:
        problems.append('a name less breaks programs; if it is meant, take the new list with: '
                        'meson compile -C BUILD update-symbols')
    return problems


def main(arguments):
    update = '--update' in arguments
    symbols, library, *plugins = [name for name in arguments if name != '--update']
    symbols = pathlib.Path(symbols)
    if update:
        symbols.write_text('\n'.join(exported(library)) + '\n', encoding='ascii')
        return 0

    tests = [('library', check_library(symbols, library))]
    tests += [(pathlib.Path(plugin).stem, check_names(PLUGIN_SYMBOLS, plugin))
              for plugin in plugins]
    return tap.report(tests)


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
