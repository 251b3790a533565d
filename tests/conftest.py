# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: The confsync authors
#
# For pytest: where the drop-in packages and the built library are, an environment without settings
# of its own, and what tests wait with. Nothing here sleeps.
"""Fixtures of the tests that run under pytest."""

import asyncio
import contextlib
import json
import os
import pathlib
import sys
import time

import pytest

TOP = pathlib.Path(__file__).resolve().parent.parent
DEADLINE_S = 10
TYPELIB = 'Confsync-1.typelib'


def find_build():
    """The folder of a build, by the one that the environment names or the usual ones."""
    names = [os.environ['TEST_BUILD_DIR']] if 'TEST_BUILD_DIR' in os.environ else \
        ['_build', '_build-tests']
    for name in names:
        for typelib in (TOP / name).glob(f'*/{TYPELIB}'):
            return TOP / name, typelib.parent
    pytest.exit(f'no {TYPELIB} in {" or ".join(names)}: build first, meson setup _build && '
                'ninja -C _build', 2)
    return None


def use_build():
    """In a shell of meson devenv, and in meson's tests, all of this is set already."""
    if 'GI_TYPELIB_PATH' in os.environ:
        return
    import gi
    gi.require_version('GIRepository', '2.0')
    from gi.repository import GIRepository
    build, typelibs = find_build()
    GIRepository.Repository.prepend_search_path(str(typelibs))
    GIRepository.Repository.prepend_library_path(str(build / 'libconfsync'))
    # the linker has read its variable already, but for processes to come
    os.environ['GI_TYPELIB_PATH'] = str(typelibs)
    os.environ['LD_LIBRARY_PATH'] = str(build / 'libconfsync')
    os.environ.setdefault('CONFSYNC_PLUGIN_PATH', str(build / 'plugins'))


def pytest_configure(config):
    sys.path[:0] = [str(TOP / 'introspection/dropin/aicleaner'), str(TOP / 'introspection/dropin')]
    use_build()
    # coroutine functions are tests, with a loop each
    config.option.asyncio_mode = 'auto'


@pytest.fixture(autouse=True)
def plain_environment(monkeypatch):
    """What the machine's environment says is not for the tests."""
    for name in list(os.environ):
        if name.startswith('AICLEANER_') or (name.startswith('CONFSYNC_') and
                                             name != 'CONFSYNC_PLUGIN_PATH'):
            monkeypatch.delenv(name)


@pytest.fixture
def until():
    """await until(condition) waits until condition() is true; for what nobody calls back about."""
    async def wait(condition):
        deadline = time.monotonic() + DEADLINE_S
        never = asyncio.Event()
        while not condition():
            assert time.monotonic() < deadline, 'waited in vain'
            with contextlib.suppress(asyncio.TimeoutError):
                await asyncio.wait_for(never.wait(), 0.01)
    return wait


class Heard:
    """A callback that remembers, and that can be waited for."""

    def __init__(self):
        self.all = []
        self._queue = asyncio.Queue()

    async def __call__(self, item):
        self.all.append(item)
        self._queue.put_nowait(item)

    async def next(self):
        return await asyncio.wait_for(self._queue.get(), DEADLINE_S)

    async def until(self, item):
        """Waits until this one was heard."""
        while item not in self.all:
            await self.next()


@pytest.fixture
def heard():
    return Heard()


class Place:
    """A folder for one instance: its file and its base directory."""

    def __init__(self, folder):
        self.path = folder / 'config.json'
        self.base = folder / 'base'
        self.base.mkdir(parents=True)

    def write(self, config):
        """As an editor does that replaces the file."""
        beside = self.path.with_suffix('.tmp')
        beside.write_text(config if isinstance(config, str) else json.dumps(config))
        beside.replace(self.path)

    def read(self):
        return json.loads(self.path.read_text())

    def options(self, **more):
        return {'config_path': str(self.path), 'config_base_dir': str(self.base), **more}


@pytest.fixture
def places(tmp_path):
    """places('kitchen') makes a place of that name."""
    return lambda name: Place(tmp_path / name)


@pytest.fixture
def place(places):
    return places('here')


@pytest.fixture
async def running():
    """await running(part) starts it, and it is stopped at the end, the last one first."""
    async with contextlib.AsyncExitStack() as stack:
        async def start(part):
            stack.push_async_callback(part.stop)
            await part.start()
            return part
        yield start
