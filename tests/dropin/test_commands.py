# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: The confsync authors
#
# The commands that the module's description gives for its tests, as a person types them, and that
# nothing but the one folder on the path is needed to import the module.
"""pytest from outside, and imports."""

import os
import pathlib
import re
import subprocess
import sys

import pytest

TESTS = pathlib.Path(__file__).resolve().parent.parent / 'test_config_sync.py'
BUILD = os.environ.get('TEST_BUILD_DIR')
DROPIN = TESTS.parent.parent / 'introspection' / 'dropin'


def run(*command, cwd=None, **environment):
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=150,
                          env={**os.environ, **environment})


def run_pytest(tmp_path, *arguments):
    done = run(sys.executable, '-m', 'pytest', '-p', 'no:cacheprovider', *arguments, cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.parametrize('name,least', [('TestConfigSyncManager', 25), ('TestSyncMessage', 4)])
def test_one_class(tmp_path, name, least):
    out = run_pytest(tmp_path, f'{TESTS}::{name}', '-v')
    assert f'::{name}::' in out
    assert int(re.search(r'(\d+) passed', out)[1]) >= least


def test_coverage(tmp_path):
    out = run_pytest(tmp_path, f'{TESTS}::TestFactoryFunctions', '--cov=sync',
                     '--cov-report=html', '--cov-report=term')
    assert re.search(r'sync/__init__\.py +\d+ +0 +100%', out)
    assert (tmp_path / 'htmlcov' / 'index.html').exists()


@pytest.mark.parametrize('module', ['sync', 'sync.config_sync'])
def test_import(tmp_path, module):
    path = os.pathsep.join([str(DROPIN / 'aicleaner'), str(DROPIN)])
    done = run(sys.executable, '-c', f'import {module}; print({module}.ConfigSyncManager)',
               cwd=tmp_path, PYTHONPATH=path)
    assert done.stdout == "<class 'confsync_aicleaner.manager.ConfigSyncManager'>\n", done.stderr


def test_the_name_is_only_theirs(tmp_path):
    """The package by itself doesn't take the name sync, which other programs may use."""
    done = run(sys.executable, '-c', 'import confsync_aicleaner, sync', cwd=tmp_path,
               PYTHONPATH=str(DROPIN))
    assert "No module named 'sync'" in done.stderr


@pytest.mark.skipif(BUILD is None, reason='no TEST_BUILD_DIR, whose files would be installed')
def test_installed(tmp_path):
    """What is installed is all there, and in two folders: the package's, and the name's."""
    done = run('meson', 'install', '-C', BUILD, '--no-rebuild', '--tags', 'python-runtime',
               '--destdir', str(tmp_path))
    assert done.returncode == 0, done.stdout + done.stderr
    package, = tmp_path.rglob('confsync_aicleaner')
    name, = tmp_path.rglob('sync')
    assert name.parent.name == 'aicleaner'
    sources = {path.name for path in (DROPIN / 'confsync_aicleaner').glob('*.py')}
    assert {path.name for path in package.iterdir()} == sources
    done = run(sys.executable, '-c', 'import sync.config_sync; print(sync.config_sync.__file__)',
               cwd=tmp_path, PYTHONPATH=os.pathsep.join([str(name.parent), str(package.parent)]))
    assert done.stdout == f'{name / "config_sync.py"}\n', done.stderr
