# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: The confsync authors
#
# What is installed is enough: a program that knows nothing but pkg-config's name for the library
# is compiled, linked and run against an installed tree.
"""Usage: test-install.py BUILD SOURCE CC..."""

import hashlib
import os
import pathlib
import re
import subprocess
import sys
import tempfile

PACKAGE = 'libconfsync-1'


def output_of(*command, **more):
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, **more).stdout


class Installed:
    """An installed tree in a temporary folder."""

    def __init__(self, build, top):
        subprocess.run(['meson', 'install', '-C', build, '--no-rebuild', '--quiet',
                        '--destdir', top], check=True, stdout=subprocess.DEVNULL)
        self.top = top
        self.pc_file = next(top.rglob(f'{PACKAGE}.pc'))
        # as if the tree's own folder were the prefix: pkg-config's ways to say so would move the
        # packages that this one requires as well
        text = self.pc_file.read_text(encoding='utf-8')
        self.pc_file.write_text(re.sub(r'^((?:prefix|plugindir)=)(?=/)', rf'\g<1>{top}', text,
                                       flags=re.MULTILINE), encoding='utf-8')
        self.environment = dict(os.environ, PKG_CONFIG_PATH=str(self.pc_file.parent))

    def ask(self, *options):
        return output_of('pkg-config', *options, PACKAGE, env=self.environment).split()

    def run(self, *command):
        return output_of(*command, env=dict(
            os.environ, LD_LIBRARY_PATH=self.ask('--variable=libdir')[0],
            CONFSYNC_PLUGIN_PATH=self.ask('--variable=plugindir')[0]))


def test_program(installed, source, compiler):
    """a program builds with what pkg-config says, without a warning, and finds its plugins"""
    program = installed.top / 'program'
    subprocess.run([*compiler, '-Wall', '-Werror', '-o', program, source,
                    *installed.ask('--cflags', '--libs')], check=True)
    printed = installed.run(program)
    canonical = b'{"installed":[true]}'
    assert printed == f'{hashlib.sha256(canonical).hexdigest()} ConfsyncLwwResolver\n', printed


def test_headers(installed, *_):
    """every header stands alone, and no private one is there"""
    folder = pathlib.Path(installed.ask('--variable=includedir')[0]) / 'confsync-1'
    headers = {path.name for path in folder.iterdir()}
    assert 'confsync.h' in headers and 'confsync-macros.h' in headers, headers
    assert not [name for name in headers if 'private' in name], headers
    wanted = set(re.findall(r'"(.+)"', (folder / 'confsync.h').read_text(encoding='utf-8')))
    assert headers == wanted | {'confsync.h'}, headers ^ wanted


def test_command(installed, *_):
    """the command is there and says its version"""
    prefix = pathlib.Path(installed.ask('--variable=prefix')[0])
    printed = installed.run(prefix / 'bin/confsync', '--version')
    assert installed.ask('--modversion')[0] in printed, printed


def main(build, source, *compiler):
    tests = (test_program, test_headers, test_command)
    passed = True
    print(f'1..{len(tests)}')
    with tempfile.TemporaryDirectory() as top:
        installed = Installed(build, pathlib.Path(top))
        for number, test in enumerate(tests, 1):
            try:
                test(installed, source, compiler)
                result = 'ok'
            except Exception as error:  # whatever it is, it fails this test and not the next one
                print('# ' + repr(error).replace('\n', '\n# '))
                result, passed = 'not ok', False
            print(f'{result} {number} - {test.__name__.removeprefix("test_")}: {test.__doc__}')
    return 0 if passed else 1


if __name__ == '__main__':
    sys.exit(main(*sys.argv[1:]))
