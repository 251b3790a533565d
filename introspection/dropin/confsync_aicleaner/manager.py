# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: The confsync authors
#
# The manager brings the parts together. They are seen and replaced as on the original: what a part
# of ours asks for when it is started, the library's engine does; a part that somebody put in its
# place is started, called and stopped in its own way beside it.
"""ConfigSyncManager."""

import asyncio
import logging
import time

from . import documents, settings
from .callbacks import Turns, call, call_each
from .client import ConfigSyncClient
from .engine import Document, Engine, Plan, edit_and_stop
from .library import Confsync, ConfigSyncError
from .message import SyncMessage
from .server import ConfigSyncServer
from .versioning import ConfigVersioning
from .watcher import ConfigWatcher

log = logging.getLogger(__name__)

# how long force_sync() waits for peers that are there and don't take what is held here
FORCE_SYNC_S = 30.0
TAKEN = ('config_update', 'config_response')


class ConfigSyncManager:
    """Keeps a configuration file the same on every instance.

    What isn't given comes from the environment: AICLEANER_SYNC_PORT, AICLEANER_SYNC_PEERS,
    AICLEANER_SYNC_ENABLE_SERVER and AICLEANER_INSTANCE_ID, or the same under CONFSYNC_ names.
    ValueError is raised where config_base_dir is no directory.
    """

    def __init__(self, config_path, config_base_dir, sync_port=settings.DEFAULT_PORT,
                 peer_urls=None, enable_server=settings.DEFAULT_SERVER, instance_id=None,
                 max_versions=10):
        self.config_path = config_path
        self.config_base_dir = config_base_dir
        self.sync_port = self._choose(sync_port, settings.port('SYNC_PORT'))
        self.enable_server = bool(self._choose(enable_server,
                                               settings.boolean('ENABLE_SYNC_SERVER')))
        self.peer_urls = list(peer_urls if peer_urls is not None
                              else settings.addresses('PEER_URLS') or [])
        self.instance_id = (instance_id or settings.text('INSTANCE_ID') or
                            settings.make_id('aicleaner_'))
        self.running = False
        self.last_sync_time = 0
        self.config_update_callbacks = []
        self._max_versions = max_versions
        self._addon_options = {}  # those about security: see security.py
        self.config_versioning = ConfigVersioning(config_base_dir, max_versions, config_path,
                                                  settings.clean_id(self.instance_id))
        self.plan = None  # while the parts are being started
        self._engine = None
        self._turns = Turns()
        self._announced = None
        self._make_parts()

    @staticmethod
    def _choose(given, environment):
        if isinstance(given, settings.Default):
            return environment if environment is not None else int(given)
        return given

    def _make_parts(self):
        self.config_watcher = ConfigWatcher(self.config_path, self._on_config_change)
        self.sync_server = None
        if self.enable_server:
            self.sync_server = ConfigSyncServer(port=self.sync_port, instance_id=self.instance_id)
        self.sync_clients = []
        for url in self.peer_urls:
            client = ConfigSyncClient(url, self.instance_id)
            client.add_message_callback(self._on_remote_config_update)
            self.sync_clients.append(client)
        for part in [self.config_watcher, self.sync_server, *self.sync_clients]:
            if part is not None:
                part._owner = self

    def add_config_update_callback(self, callback):
        """Has callback(config) called when another instance's configuration was taken over here.

        It may be a coroutine function, and is called in the loop of start().
        """
        self.config_update_callbacks.append(callback)

    # life

    async def start(self):
        """Starts to watch, to listen, to dial, and to sync. OSError where it can't."""
        if self.running and self._engine is not None:
            if self._engine.is_current():
                return
            self._forget_run()  # its loop is no more
        if self.plan is not None:
            raise RuntimeError('the manager is being started already')
        self.plan = Plan()
        try:
            await self._start_parts()
            self._engine = Engine(self._document(), self.plan, self._engine_changed,
                                  self._engine_event)
            await self._engine.start()
        except BaseException:
            self._engine = None
            await self._stop_parts()
            raise
        finally:
            self.plan = None
        self.config_versioning.use_engine(self._engine)
        self.running = True

    async def stop(self):
        """Stops all of it; calling it again, or without a start, does nothing."""
        self.running = False
        self.config_versioning.use_engine(None)
        engine, self._engine = self._engine, None
        await self._stop_parts()
        if engine is not None:
            await engine.stop()
        await self._turns.close()

    def _forget_run(self):
        self.running = False
        self.config_versioning.use_engine(None)
        self._engine.finish()
        self._engine = None
        self._turns = Turns()
        for part in [self.config_watcher, self.sync_server, *self.sync_clients]:
            if getattr(part, '_owner', None) is self:
                part._planned = part.running = False

    async def _start_parts(self):
        if self.sync_server is not None:
            await call(self.sync_server.start)
        for client in list(self.sync_clients):
            if (isinstance(client, ConfigSyncClient) and
                    self._on_remote_config_update not in client.message_callbacks):
                client.add_message_callback(self._on_remote_config_update)
            await call(client.start)
        await call(self.config_watcher.start_watching)

    async def _stop_parts(self):
        stops = [client.stop for client in self.sync_clients]
        if self.sync_server is not None:
            stops.append(self.sync_server.stop)
        stops.append(self.config_watcher.stop_watching)
        for stop in stops:
            await call_each([stop])

    def _document(self):
        return Document(self.config_path, self.config_base_dir, self.instance_id,
                        self._max_versions, self._addon_options)

    # what the engine says

    def _engine_changed(self, config, author, local):
        if isinstance(self.config_watcher, ConfigWatcher):
            self.config_watcher.note(config)
        if not local:
            self._turns.post(self._taken_over, config, author)
        elif self.running:  # not what was found at the start
            self._turns.post(self._edited, config)

    def _engine_event(self, name, details):
        if name == Confsync.EVENT_SYNCED:
            self.last_sync_time = time.time()
        elif name == Confsync.EVENT_LISTENING and isinstance(self.sync_server, ConfigSyncServer):
            self.sync_server.took(details['address'])
        elif name in (Confsync.EVENT_PEER_UP, Confsync.EVENT_PEER_DOWN) and self.running:
            self._turns.post(self._count_clients)

    async def _count_clients(self):
        if self._engine is None or not isinstance(self.sync_server, ConfigSyncServer):
            return
        try:
            status = await self._engine.query_status()
        except ConfigSyncError:
            return  # stopped meanwhile
        self.sync_server.clients.clear()
        self.sync_server.clients.update(
            peer.get('id', peer.get('remote')) for peer in status['peers']
            if 'address' not in peer and peer['state'] == int(Confsync.PeerState.LIVE))

    async def _taken_over(self, config, author):
        """Another instance's configuration is in the file now."""
        self.last_sync_time = time.time()
        message = SyncMessage('config_update', self.last_sync_time, author,
                              documents.config_hash(config), config)
        own = self._on_remote_config_update
        callbacks = []
        for client in self.sync_clients:
            if isinstance(client, ConfigSyncClient) and client.is_planned():
                callbacks += [each for each in client.message_callbacks
                              if each != own and each not in callbacks]
            elif isinstance(client, ConfigSyncClient):
                await call_each([client.send_config_update], config)
        await call_each(callbacks, message)
        await call_each(self.config_update_callbacks, config)

    async def _edited(self, config):
        """The file was edited here; the engine has told its own peers."""
        callback = getattr(self.config_watcher, 'callback', None)
        if isinstance(self.config_watcher, ConfigWatcher) and callback != self._on_config_change:
            await call(callback, config)
        elif documents.config_hash(config) != self._announced:
            await self._tell_others(config)

    async def _tell_others(self, config):
        """Those clients that aren't the engine's peers."""
        self._announced = documents.config_hash(config)
        for client in list(self.sync_clients):
            if not (isinstance(client, ConfigSyncClient) and client.is_planned()):
                await call_each([client.send_config_update], config)

    async def edit(self, config):
        """Makes this the configuration, here and everywhere."""
        if self._engine is None:
            raise RuntimeError('the manager is not started')
        await self._engine.edit(config)

    # what programs call, and put in the place of parts

    async def _on_config_change(self, config):
        """The configuration was edited here: it is kept, and told to all."""
        self._announced = documents.config_hash(config)
        if self._engine is not None:
            await self._engine.edit(config)
        else:
            await call_each([self.config_versioning.save_version], config)
        await self._tell_others(config)
        if self.sync_clients:
            self.last_sync_time = time.time()

    async def _on_remote_config_update(self, message):
        """A message from elsewhere: its configuration is taken over where it is newer."""
        config = message.config_data
        if (message.type not in TAKEN or message.instance_id == self.instance_id or not config or
                message.timestamp <= self.last_sync_time):
            return
        current = await call(self._load_current_config)
        if current is not None and self._get_config_hash(current) in (
                message.config_hash, self._get_config_hash(config)):
            return
        self._announced = documents.config_hash(config)
        await call(self._save_config, config)
        self.last_sync_time = time.time()
        await call_each(self.config_update_callbacks, config)

    def _load_current_config(self):
        """The file's configuration; may be awaited, and is then None where there is none."""
        return documents.AwaitableDict(documents.read_or_none(self.config_path))

    def _save_config(self, config):
        """Writes the file, as an edit of it; may be awaited."""
        if self._engine is not None:
            self._engine.edit_now(config)
        else:
            edit_and_stop(self._document(), config)
        return documents.AwaitableNothing()

    def _get_config_hash(self, config):
        return documents.config_hash(config)

    async def force_sync(self):
        """Comes back once each peer that is linked holds what is held here."""
        if self._engine is not None:
            try:
                await self._engine.force_sync(FORCE_SYNC_S)
            except asyncio.TimeoutError:
                log.warning('not every peer took the configuration within %d s', FORCE_SYNC_S)
        config = await call(self._load_current_config)
        if config:
            await self._tell_others(config)
            self.last_sync_time = time.time()

    def get_sync_status(self):
        """What is known right now, as a dict."""
        return {
            'running': self.running,
            'instance_id': self.instance_id,
            'server_enabled': self.sync_server is not None,
            'server_port': getattr(self.sync_server, 'port', None),
            'peer_count': len(self.sync_clients),
            'peer_urls': list(self.peer_urls),
            'last_sync_time': self.last_sync_time,
            'config_versions': len(self.config_versioning.list_versions()),
        }
