# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: The confsync authors
#
# The drop-in's parts among legacy instances, as tests/interop plays them, among each other, and
# among confsync's own nodes, which every manager is.
"""Fleets of several kinds."""

import asyncio
import json
import pathlib
import socket
import sys
import time

import pytest

from sync import ConfigSyncClient, ConfigSyncManager, ConfigSyncServer

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / 'interop'))
import legacy  # noqa: E402

FIRST, SECOND, THIRD = {'a': 1, 'ü': 1.0}, {'a': 2}, {'a': 3}


class Folder:
    """A place as a legacy double wants it."""

    def __init__(self, place):
        self.place = place

    def read(self):
        return self.place.read() if self.place.path.exists() else None

    def replace(self, config):
        self.place.write(config)


def holds(place, config):
    return lambda: place.path.exists() and place.read() == config


def free_port():
    with socket.create_server(('127.0.0.1', 0)) as free:
        return free.getsockname()[1]


def url_of(port):
    return f'ws://127.0.0.1:{port}/sync'


def listening_client(url, name, heard):
    client = ConfigSyncClient(url, name)
    client.add_message_callback(heard)
    return client


@pytest.fixture
def double():
    """double(thing) starts a legacy double, which is stopped at the end."""
    started = []

    def start(thing):
        thing.start()
        started.append(thing)
        return thing
    yield start
    for thing in reversed(started):
        thing.stop()


@pytest.fixture
def fleet(running):
    """await fleet(place, ...) gives a manager that runs."""
    async def start(place, name, callback=None, **options):
        defaults = {'sync_port': 0, 'peer_urls': [], 'enable_server': False, 'instance_id': name}
        manager = ConfigSyncManager(**place.options(**{**defaults, **options}))
        if callback is not None:
            manager.add_config_update_callback(callback)
        return await running(manager)
    return start


async def test_client_and_legacy_server(places, double, running, heard, until):
    """An update of ours is applied by a legacy client, and its edit is a message to us."""
    server = double(legacy.Server(free_port()))
    place = places('legacy')
    there = double(legacy.Client(Folder(place), server.port, 'aicleaner_1'))
    client = await running(listening_client(url_of(server.port), 'client1', heard))
    await until(lambda: len(server.clients) == 2)
    await client.send_config_update(FIRST)
    await until(holds(place, FIRST))
    assert there.frames[0].instance_id == 'client1'
    assert there.frames[0].config_hash == legacy.hash_of(FIRST)
    await until(lambda: time.monotonic() > there.blind_until)
    place.write(SECOND)
    message = await heard.next()
    assert (message.type, message.instance_id) == ('config_update', 'aicleaner_1')
    assert (message.config_data, message.config_hash) == (SECOND, legacy.hash_of(SECOND))
    assert not server.errors and not there.errors


async def test_server_and_legacy_clients(places, double, running, until):
    server = await running(ConfigSyncServer(port=0, instance_id='server1'))
    here, there = places('one'), places('two')
    doubles = [double(legacy.Client(Folder(place), server.port, name))
               for place, name in ((here, 'aicleaner_1'), (there, 'aicleaner_2'))]
    await until(lambda: len(server.clients) == 2)
    here.write(FIRST)
    await until(holds(there, FIRST))
    assert doubles[1].frames[-1].instance_id == 'aicleaner_1'
    assert doubles[0].frames == []
    assert not doubles[1].errors


GOOD = {'type': 'config_update', 'timestamp': 1.0, 'instance_id': 'x', 'config_hash': '',
        'config_data': FIRST}
BAD = [
    '', 'nonsense', '[]', '{}', 'null', '{"a":' * 1000, json.dumps({**GOOD, 'unknown': 1}),
    json.dumps({**GOOD, 'type': 'config_delete'}), json.dumps({**GOOD, 'type': None}),
    json.dumps({**GOOD, 'timestamp': 'now'}), json.dumps({**GOOD, 'timestamp': True}),
    json.dumps({**GOOD, 'timestamp': float('nan')}), json.dumps({**GOOD, 'instance_id': 7}),
    json.dumps({**GOOD, 'config_data': [1]}), json.dumps({**GOOD, 'config_hash': None}),
    json.dumps({'type': 'config_update'}), '{"type":"heartbeat","type":"heartbeat"}',
]


async def test_bad_frames(double, running, heard, until):
    """What is no message goes nowhere, and does no harm; what is none for others goes nowhere."""
    server = await running(ConfigSyncServer(port=0))
    client = await running(listening_client(url_of(server.port), 'client1', heard))
    raw, other = double(legacy.Raw(server.port)), double(legacy.Raw(server.port))
    await until(lambda: len(server.clients) == 3)
    for text in BAD[1:]:
        raw.send(text)
    raw.send_bytes(b'\xff\xfe\x00')
    for kind in ('heartbeat', 'config_request', 'config_response'):
        raw.send(json.dumps({**GOOD, 'type': kind}))
    raw.send(json.dumps(GOOD))
    message = await heard.next()
    assert (message.instance_id, message.config_data) == ('x', FIRST)
    await until(lambda: other.frames)
    assert [frame.config_data for frame in other.frames] == [FIRST]
    assert not other.errors and raw.frames == []
    assert client.running


def nested(depth):
    return {'a': nested(depth - 1)} if depth > 1 else {}


async def test_limits(running, heard, until):
    """The deepest configuration that there can be goes through; a deeper one goes nowhere."""
    server = await running(ConfigSyncServer(port=0))
    sender = await running(ConfigSyncClient(url_of(server.port), 'client1'))
    await running(listening_client(url_of(server.port), 'client2', heard))
    await until(lambda: len(server.clients) == 2)
    for depth in (100, 64):
        await sender.send_config_update(nested(depth))
    assert (await heard.next()).config_data == nested(64)


async def test_bad_frames_to_a_client(double, running, heard, until):
    server = double(legacy.Server(free_port()))
    await running(listening_client(url_of(server.port), 'client1', heard))
    await until(lambda: len(server.clients) == 1)

    async def send():
        for text in BAD[1:] + [json.dumps(GOOD)]:
            for socket_ in list(server.clients):
                await socket_.send_str(text)
    legacy.LOOP.run(send())
    assert (await heard.next()).config_data == FIRST
    assert len(heard.all) == 1


async def test_manager_serves_a_legacy_client(places, double, fleet, heard, until):
    here, there = places('here'), places('there')
    manager = await fleet(here, 'hall', heard, enable_server=True)
    client = double(legacy.Client(Folder(there), manager.sync_server.port, 'aicleaner_1'))
    await until(lambda: client.socket is not None)
    here.write(FIRST)
    await until(holds(there, FIRST))
    await until(lambda: time.monotonic() > client.blind_until)
    there.write(SECOND)
    assert await heard.next() == SECOND
    assert here.read() == SECOND
    await until(lambda: len(manager.sync_server.clients) == 1)
    assert not client.errors


async def test_manager_dials_a_legacy_server(places, double, fleet, heard, until):
    here, there = places('here'), places('there')
    server = double(legacy.Server(free_port()))
    client = double(legacy.Client(Folder(there), server.port, 'aicleaner_1'))
    manager = await fleet(here, 'hall', heard, peer_urls=[url_of(server.port)])
    messages = []
    manager.sync_clients[0].add_message_callback(messages.append)
    await until(lambda: len(server.clients) == 2)
    here.write(FIRST)
    await until(holds(there, FIRST))
    await until(lambda: time.monotonic() > client.blind_until)
    there.write(SECOND)
    assert await heard.next() == SECOND
    assert [message.config_data for message in messages] == [SECOND]
    assert not server.errors and not client.errors


async def test_manager_serves_a_client(places, running, fleet, heard, until):
    """A client by itself is a legacy peer to a manager."""
    here = places('here')
    changed = asyncio.Queue()
    manager = await fleet(here, 'hall', changed.put, enable_server=True)
    client = await running(listening_client(url_of(manager.sync_server.port), 'client1', heard))
    await until(lambda: len(manager.sync_server.clients) == 1)
    await client.send_config_update(FIRST)
    assert await asyncio.wait_for(changed.get(), 10) == FIRST
    assert here.read() == FIRST
    here.write(SECOND)
    while (await heard.next()).config_data != SECOND:
        pass
    assert heard.all[-1].instance_id == 'hall'


async def test_manager_dials_a_server(places, running, fleet, heard, until):
    """A server by itself is a legacy server to a manager; it passes on what others send."""
    here = places('here')
    changed = asyncio.Queue()
    server = await running(ConfigSyncServer(port=0))
    client = await running(listening_client(url_of(server.port), 'client1', heard))
    await fleet(here, 'hall', changed.put, peer_urls=[url_of(server.port)])
    await until(lambda: len(server.clients) == 2)
    here.write(FIRST)
    while (await heard.next()).config_data != FIRST:
        pass
    await client.send_config_update(SECOND)
    assert await asyncio.wait_for(changed.get(), 10) == SECOND
    assert here.read() == SECOND


async def test_a_client_of_the_programs_own(places, running, fleet, heard, until):
    """A client that the program put among the manager's is served beside the engine's peers."""
    here = places('here')
    changed = asyncio.Queue()
    server = await running(ConfigSyncServer(port=0))
    other = await running(listening_client(url_of(server.port), 'other', heard))
    manager = ConfigSyncManager(**here.options(enable_server=False, peer_urls=[]))
    manager.sync_clients.append(ConfigSyncClient(url_of(server.port), 'mine'))
    manager.add_config_update_callback(changed.put)
    await running(manager)
    await until(lambda: len(server.clients) == 2)
    here.write(FIRST)
    assert (await heard.next()).config_data == FIRST
    await other.send_config_update(SECOND)
    assert await asyncio.wait_for(changed.get(), 10) == SECOND
    assert here.read() == SECOND
    here.write(THIRD)
    while (await heard.next()).config_data != THIRD:
        pass
    assert [message.instance_id for message in heard.all] == ['mine'] * len(heard.all)


async def test_three_managers(places, fleet, heard):
    """One in the middle; what one end edits comes to the other, and loses nothing."""
    ends = [places('one'), places('two')]
    middle = await fleet(places('middle'), 'middle', enable_server=True)
    url = url_of(middle.sync_server.port)
    managers = [await fleet(place, f'end-{number}', heard, peer_urls=[url])
                for number, place in enumerate(ends)]
    for number in range(10):
        ends[number % 2].write({'number': number})
        await heard.until({'number': number})
        await managers[number % 2].force_sync()
    assert [place.read() for place in ends] == [{'number': 9}] * 2
    versions = managers[0].config_versioning
    kept = [versions.get_version(name) for name in versions.list_versions()]
    assert kept == [{'number': number} for number in reversed(range(10))]
