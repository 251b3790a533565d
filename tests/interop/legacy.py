# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: The confsync authors
#
# Legacy peers as they behave on the wire, for tests: a server that passes updates on, a client that
# polls its file, and a peer that sends whatever it is told to. They live in one thread with a loop
# of its own; their times can be made shorter, all by the same factor.
"""Doubles of the original module's server and client."""

import asyncio
import contextlib
import dataclasses
import hashlib
import json
import os
import subprocess
import sys
import threading
import time

import aiohttp
from aiohttp import web

POLL, BLIND, RECONNECT = 1.0, 2.0, 5.0
MAX_MESSAGE = 64 * 1024 * 1024
INSIDE = '--inside'


@dataclasses.dataclass
class SyncMessage:
    """A frame. Decoding fails on a member that isn't here."""
    type: str
    timestamp: float
    instance_id: str
    config_hash: str
    config_data: dict = None
    conflict_resolution: str = 'last_write_wins'


def hash_of(config):
    return hashlib.md5(json.dumps(config, sort_keys=True).encode()).hexdigest()


class Loop:
    """The thread that all doubles live in."""

    def __init__(self):
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self.thread.start()

    def run(self, coroutine):
        return asyncio.run_coroutine_threadsafe(coroutine, self.loop).result(timeout=20)


LOOP = Loop()


class Double:
    """Something that is started and stopped; also as a context."""

    def __init__(self):
        self.task = None
        self.frames = []  # that came in, decoded
        self.errors = []  # frames that could not be decoded

    def decode(self, text):
        """The frame, or None where the legacy decoder fails."""
        try:
            message = SyncMessage(**json.loads(text))
        except (TypeError, ValueError) as error:
            self.errors.append(f'{error}: {text[:300]}')
            return None
        self.frames.append(message)
        return message

    async def begin(self):
        self.task = asyncio.ensure_future(self.live())

    async def end(self):
        self.task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self.task

    def start(self):
        LOOP.run(self.begin())

    def stop(self):
        LOOP.run(self.end())

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.stop()

    async def live(self):
        raise NotImplementedError


class Client(Double):
    """A legacy instance with a file, that dials."""

    def __init__(self, folder, port, name, scale=0.05, ahead=0.0):
        super().__init__()
        self.folder, self.url, self.name = folder, f'http://127.0.0.1:{port}/sync', name
        self.scale, self.ahead = scale, ahead
        self.socket = None
        self.last_sync_time = 0.0
        self.last_hash = ''
        self.blind_until = 0.0
        self.sent = 0
        self.swallowed = 0

    def clock(self):
        return time.time() + self.ahead

    async def live(self):
        config = self.folder.read()
        self.last_hash = hash_of(config) if config else ''
        await asyncio.gather(self.watch(), self.connect())

    async def connect(self):
        async with aiohttp.ClientSession() as session:
            while True:
                with contextlib.suppress(aiohttp.ClientError, OSError):
                    async with session.ws_connect(self.url, max_msg_size=MAX_MESSAGE) as socket:
                        self.socket = socket
                        try:
                            async for frame in socket:
                                self.take(frame.data)
                        finally:
                            self.socket = None
                await asyncio.sleep(RECONNECT * self.scale)

    def take(self, text):
        message = self.decode(text)
        if (message is None or message.type != 'config_update' or message.instance_id == self.name
                or not message.config_data or message.timestamp <= self.last_sync_time
                or hash_of(message.config_data) == hash_of(self.folder.read())):
            return
        self.last_sync_time = self.clock()
        self.blind_until = time.monotonic() + BLIND * self.scale
        self.folder.replace(message.config_data)

    async def watch(self):
        while True:
            await asyncio.sleep(POLL * self.scale)
            config = self.folder.read()
            if not isinstance(config, dict) or hash_of(config) == self.last_hash:
                continue
            self.last_hash = hash_of(config)
            if time.monotonic() < self.blind_until:
                self.swallowed += 1
            elif self.socket is not None:
                self.sent += 1
                await self.socket.send_str(json.dumps(dataclasses.asdict(SyncMessage(
                    'config_update', self.clock(), self.name, self.last_hash, config))))


class Server(Double):
    """A legacy server: it passes updates on, and does nothing else."""

    def __init__(self, port, host='127.0.0.1'):
        super().__init__()
        self.port, self.host = port, host
        self.clients = set()
        self.ready = None

    async def live(self):
        application = web.Application()
        application.router.add_get('/sync', self.serve)
        runner = web.AppRunner(application)
        await runner.setup()
        await web.TCPSite(runner, self.host, self.port, shutdown_timeout=0.1,
                          reuse_address=True).start()
        self.ready.set()
        try:
            await asyncio.Event().wait()
        finally:
            for client in set(self.clients):
                await client.close()
            await runner.cleanup()

    async def begin(self):
        self.ready = asyncio.Event()
        await super().begin()
        await asyncio.wait_for(self.ready.wait(), 10)

    async def serve(self, request):
        socket = web.WebSocketResponse(max_msg_size=MAX_MESSAGE)
        await socket.prepare(request)
        self.clients.add(socket)
        try:
            async for frame in socket:
                message = self.decode(frame.data)
                if message is not None and message.type == 'config_update':
                    await self.pass_on(socket, frame.data)
        finally:
            self.clients.discard(socket)
        return socket

    async def pass_on(self, source, text):
        for client in set(self.clients) - {source}:
            with contextlib.suppress(ConnectionError):
                await client.send_str(text)


class Raw(Double):
    """A peer without manners: it sends what it is told to, and keeps what it gets."""

    def __init__(self, port, host='127.0.0.1'):
        super().__init__()
        self.url = f'http://{host}:{port}/sync'
        self.socket = self.session = None
        self.status = None

    async def begin(self):
        self.session = aiohttp.ClientSession()
        try:
            self.socket = await self.session.ws_connect(self.url, max_msg_size=MAX_MESSAGE)
        except aiohttp.WSServerHandshakeError as error:
            self.status = error.status
        await super().begin()

    async def live(self):
        if self.socket is None:
            return
        async for frame in self.socket:
            if frame.type == aiohttp.WSMsgType.TEXT:
                self.decode(frame.data)

    async def end(self):
        await super().end()
        await self.session.close()

    def closed(self):
        return self.socket is None or self.socket.closed

    def send(self, text):
        LOOP.run(self.socket.send_str(text))

    def send_bytes(self, data):
        LOOP.run(self.socket.send_bytes(data))

    def update(self, config, name='raw', ahead=0.0, **more):
        self.send(json.dumps({'type': 'config_update', 'timestamp': time.time() + ahead,
                              'instance_id': name, 'config_hash': hash_of(config),
                              'config_data': config, 'conflict_resolution': 'last_write_wins',
                              **more}))


def enter_own_network():
    """Starts this program anew in a network of its own. Gives an address there that is neither
    loopback nor public, or None where there can't be such a network."""
    address = '10.9.0.1'
    command = ['unshare', '--net', 'sh', '-c',
               f'ip link set lo up && ip address add {address}/32 dev lo && exec "$@"', 'sh']
    if sys.argv[-1] == INSIDE:
        return sys.argv.pop() and address
    try:
        tried = subprocess.run([*command, 'true'], stdin=subprocess.DEVNULL, capture_output=True,
                               timeout=20, check=False)
    except OSError:
        return None
    if tried.returncode:
        return None
    os.execvp(command[0], [*command, sys.executable, *sys.argv, INSIDE])


def versions_of(folder):
    """All contents that an instance keeps."""
    kept = []
    directory = folder.path / 'config_versions'
    for name in sorted(os.listdir(directory)) if directory.exists() else []:
        if name.endswith('.json') and not name.startswith('.'):
            kept.append(json.loads((directory / name).read_text()))
    return kept
