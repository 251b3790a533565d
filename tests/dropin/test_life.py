# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: The confsync authors
#
# What is left of a manager and its parts: nothing after stop(), whichever loop it is in, and
# nothing that keeps a process from ending.
"""Starts, stops, loops and ends."""

import asyncio
import gc
import os
import subprocess
import sys
import threading

import pytest

from sync import ConfigSyncClient, ConfigSyncManager, ConfigSyncServer, ConfigWatcher

CONFIG, OTHER = {'a': 1}, {'a': 2}
CYCLES = 20


def resources():
    """How many threads and descriptors the process has, those of finished objects not counted."""
    gc.collect()
    return len(os.listdir('/proc/self/task')), len(os.listdir('/proc/self/fd'))


def everything(place, heard):
    """A manager with a server, a client that nobody answers, and each part by itself."""
    manager = ConfigSyncManager(**place.options(sync_port=0, peer_urls=['ws://127.0.0.1:1/sync']))
    watcher = ConfigWatcher(str(place.path), heard)
    return [manager, ConfigSyncServer(port=0), ConfigSyncClient('ws://127.0.0.1:1/sync')], watcher


async def once(place, heard):
    parts, watcher = everything(place, heard)
    for part in parts:
        await part.start()
    await watcher.start_watching()
    for part in parts:
        await part.stop()
    await watcher.stop_watching()


def test_nothing_is_left(place, heard, until):
    place.write(CONFIG)
    before = []

    async def main():
        for _ in range(3):  # what is made once, is made now
            await once(place, heard)
        # threads of GLib's pools go when they have had nothing to do for a while
        before.append(resources())
        for _ in range(CYCLES):
            await once(place, heard)
        await until(lambda: resources()[1] <= before[0][1])
        await until(lambda: resources()[0] <= before[0][0])
    asyncio.run(main())
    names = [thread.name for thread in threading.enumerate()]
    assert names == ['MainThread']


def test_start_and_stop_many_times(place, places, heard):
    """The same manager again and again; each time it syncs."""
    far = places('far')

    async def main():
        server = ConfigSyncManager(**far.options(sync_port=0, peer_urls=[], enable_server=True))
        server.add_config_update_callback(heard)
        await server.start()
        url = f'ws://127.0.0.1:{server.sync_server.port}/sync'
        manager = ConfigSyncManager(**place.options(peer_urls=[url], enable_server=False))
        for number in range(CYCLES):
            await manager.start()
            place.write({'number': number})
            await heard.until({'number': number})
            await manager.stop()
        await server.stop()
    asyncio.run(main())


def test_no_message_is_lost(until):
    """A burst is heard as a whole and in its order, however slow the callback is."""
    heard = []

    async def main():
        server = ConfigSyncServer(port=0)
        await server.start()
        sender, receiver = (ConfigSyncClient(f'ws://127.0.0.1:{server.port}/sync')
                            for _ in range(2))
        go_on = asyncio.Event()

        async def callback(message):
            await go_on.wait()
            heard.append(message.config_data['number'])
        receiver.add_message_callback(callback)
        await sender.start()
        await receiver.start()
        await until(lambda: len(server.clients) == 2)
        for number in range(1000):
            await sender.send_config_update({'number': number})
        await until(lambda: receiver._wire._paused)
        go_on.set()
        await until(lambda: len(heard) == 1000)
        for part in (sender, receiver, server):
            await part.stop()
    asyncio.run(main())
    assert heard == list(range(1000))


def test_two_loops(place):
    manager = ConfigSyncManager(**place.options(sync_port=0))

    async def main():
        await manager.start()
        assert manager.get_sync_status()['running']
        await manager.stop()
    asyncio.run(main())
    asyncio.run(main())


def test_loop_closed_before_stop(place, heard):
    """The loop went without a word: what ran in it can be stopped, or started, in another one."""
    place.write(CONFIG)
    parts, watcher = everything(place, heard)

    async def start():
        for part in parts:
            await part.start()
        await watcher.start_watching()

    async def stop():
        for part in parts:
            await part.stop()
        await watcher.stop_watching()
    asyncio.run(start())
    asyncio.run(stop())
    asyncio.run(start())
    asyncio.run(start())

    async def edit_and_stop():
        await start()
        place.write(OTHER)
        assert await heard.next() == OTHER
        await stop()
    asyncio.run(edit_and_stop())


def test_stop_in_a_callback(place, places):
    far = places('far')
    done = []

    async def main():
        server = ConfigSyncManager(**far.options(sync_port=0, peer_urls=[]))
        await server.start()
        manager = ConfigSyncManager(**place.options(
            peer_urls=[f'ws://127.0.0.1:{server.sync_server.port}/sync'], enable_server=False))
        stopped = asyncio.Event()

        async def callback(config):
            await manager.stop()
            done.append(config)
            stopped.set()
        manager.add_config_update_callback(callback)
        await manager.start()
        far.write(CONFIG)
        await asyncio.wait_for(stopped.wait(), 10)
        await server.stop()
    asyncio.run(main())
    assert done == [CONFIG]


def test_callback_that_never_ends(place, places, heard):
    far = places('far')

    async def main():
        server = ConfigSyncManager(**far.options(sync_port=0, peer_urls=[]))
        await server.start()
        manager = ConfigSyncManager(**place.options(
            peer_urls=[f'ws://127.0.0.1:{server.sync_server.port}/sync'], enable_server=False))

        async def callback(config):
            await heard(config)
            await asyncio.Event().wait()
        manager.add_config_update_callback(callback)
        await manager.start()
        far.write(CONFIG)
        await heard.next()
        await asyncio.wait_for(manager.stop(), 10)
        await server.stop()
    asyncio.run(main())


ENDS = {
    'returns': '',
    'raises': 'raise SystemExit(3)',
    'exits': 'sys.exit(3)',
}

PROGRAM = '''
import asyncio, sys
from sync import ConfigSyncClient, ConfigSyncManager, ConfigSyncServer
async def main():
    manager = ConfigSyncManager(sys.argv[1], sys.argv[2], sync_port=0, peer_urls=[])
    server = ConfigSyncServer(port=0)
    await manager.start()
    await server.start()
    client = ConfigSyncClient(f'ws://127.0.0.1:{server.port}/sync')
    await client.start()
    keep.extend([manager, server, client])
    END
keep = []
asyncio.run(main())
'''


@pytest.mark.parametrize('end', ENDS)
def test_process_ends_without_stop(place, end):
    """No thread of ours keeps it, nothing crashes, and there is nothing on standard error."""
    place.write(CONFIG)
    program = PROGRAM.replace('END', ENDS[end])
    path = os.pathsep.join(sys.path)
    for _ in range(5):
        done = subprocess.run([sys.executable, '-c', program, str(place.path), str(place.base)],
                              timeout=30, capture_output=True, text=True,
                              env={**os.environ, 'PYTHONPATH': path})
        assert done.returncode == (0 if end == 'returns' else 3), done.stderr
        assert done.stderr == ''
    assert place.read() == CONFIG
