# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: The confsync authors
#
# What programs of AICleaner's origin do with the module sync, and what their tests do with it: they
# replace parts by mocks and call private methods, as on the original.
"""The module sync, by its classes."""

import asyncio
import dataclasses
import hashlib
import json
import os
import socket
import time
from unittest.mock import AsyncMock, MagicMock, Mock, patch

import pytest

import sync
from sync import (create_development_sync, create_ha_addon_sync, create_single_instance_sync,
                  create_sync_manager_from_config, get_default_config, setup_sync_logging,
                  validate_sync_config)
from sync.config_sync import (ConfigSyncClient, ConfigSyncManager, ConfigSyncServer, ConfigWatcher,
                              SyncMessage)

CONFIG = {'theme': 'dark', 'zones': {'kitchen': {'temp': 21.5}}, 'name': 'Küche'}
OTHER = {'theme': 'light', 'zones': {}}


def md5(config):
    return hashlib.md5(json.dumps(config, sort_keys=True).encode()).hexdigest()


def message_with(config, **changes):
    fields = {'type': 'config_update', 'timestamp': time.time() + 1, 'instance_id': 'elsewhere',
              'config_hash': md5(config) if config else '', 'config_data': config}
    return SyncMessage(**{**fields, **changes})


class TestSyncMessage:
    def test_creation(self):
        now = time.time()
        message = SyncMessage(type='config_update', timestamp=now, instance_id='a',
                              config_hash='abc', config_data=CONFIG)
        assert (message.type, message.timestamp, message.instance_id) == ('config_update', now, 'a')
        assert (message.config_hash, message.config_data) == ('abc', CONFIG)

    def test_defaults(self):
        message = SyncMessage('heartbeat', 1.5, 'a', '')
        assert message.config_data is None
        assert message.conflict_resolution == 'last_write_wins'

    def test_members(self):
        assert [field.name for field in dataclasses.fields(SyncMessage)] == [
            'type', 'timestamp', 'instance_id', 'config_hash', 'config_data',
            'conflict_resolution']

    def test_is_data(self):
        message = message_with(CONFIG)
        assert message == dataclasses.replace(message)
        assert SyncMessage(**json.loads(json.dumps(dataclasses.asdict(message)))) == message


class TestConfigWatcher:
    @pytest.fixture
    def watched(self, place, heard):
        place.write(CONFIG)
        return ConfigWatcher(str(place.path), heard)

    def test_initialization(self, place):
        callback = AsyncMock()
        watcher = ConfigWatcher(str(place.path), callback)
        assert watcher.config_path == str(place.path)
        assert watcher.callback is callback
        assert watcher.running is False
        assert watcher.last_modified == 0
        assert watcher.last_hash == ''

    async def test_start_and_stop(self, watched, heard):
        await watched.start_watching()
        assert watched.running is True
        assert watched.last_hash == md5(CONFIG)
        assert watched.last_modified == os.stat(watched.config_path).st_mtime
        await watched.stop_watching()
        assert watched.running is False
        await watched.stop_watching()
        assert heard.all == []

    async def test_as_a_task(self, place, watched, heard):
        task = asyncio.create_task(watched.start_watching())
        await task
        place.write(OTHER)
        assert await heard.next() == OTHER
        await watched.stop_watching()
        task.cancel()

    async def test_change(self, place, watched, heard):
        await watched.start_watching()
        place.write(OTHER)
        assert await heard.next() == OTHER
        assert watched.last_hash == md5(OTHER)
        place.path.write_text(json.dumps(CONFIG))
        await heard.until(CONFIG)
        await watched.stop_watching()

    async def test_same_content(self, place, watched, heard):
        await watched.start_watching()
        place.write(json.dumps(CONFIG, indent=4))
        place.write(OTHER)
        await heard.until(OTHER)
        assert heard.all == [OTHER]
        await watched.stop_watching()

    @pytest.mark.parametrize('text', ['{"half', '', '{}', '[1]', '{"a":1,"a":2}'])
    async def test_no_configuration(self, place, watched, heard, text):
        await watched.start_watching()
        place.write(text)
        place.write(OTHER)
        await heard.until(OTHER)
        assert heard.all == [OTHER]
        await watched.stop_watching()

    async def test_file_that_comes_later(self, place, heard):
        watcher = ConfigWatcher(str(place.path), heard)
        await watcher.start_watching()
        place.write(CONFIG)
        assert await heard.next() == CONFIG
        await watcher.stop_watching()

    async def test_callback_that_fails(self, place, watched, heard, caplog):
        calls = []

        async def callback(config):
            calls.append(config)
            await heard(config)
            raise RuntimeError('on purpose')

        watched.callback = callback
        await watched.start_watching()
        place.write(OTHER)
        await heard.until(OTHER)
        place.write(CONFIG)
        await heard.until(CONFIG)
        await watched.stop_watching()
        assert calls == [OTHER, CONFIG]
        assert 'on purpose' in caplog.text

    async def test_load_config(self, place, watched):
        assert watched._load_config() == CONFIG
        assert await watched._load_config() == CONFIG
        place.path.unlink()
        assert not watched._load_config()
        assert await watched._load_config() is None


class TestConfigSyncServer:
    def test_initialization(self):
        server = ConfigSyncServer(port=8765, instance_id='test_server')
        assert server.port == 8765
        assert server.instance_id == 'test_server'
        assert server.running is False
        assert len(server.clients) == 0

    def test_defaults(self):
        server = ConfigSyncServer()
        assert server.port == 8765
        assert server.instance_id.startswith('instance_')

    async def test_start_and_stop(self):
        server = ConfigSyncServer(port=0, instance_id='test_server')
        await server.start()
        assert server.running is True
        assert server.port > 0
        with socket.create_connection(('127.0.0.1', server.port)):
            pass
        await server.stop()
        assert server.running is False
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(('127.0.0.1', server.port))
        await server.stop()

    async def test_port_in_use(self, running):
        first = await running(ConfigSyncServer(port=0))
        second = ConfigSyncServer(port=first.port)
        with pytest.raises(OSError, match='in use'):
            await second.start()
        assert second.running is False

    async def test_open_to_this_machine_only(self, monkeypatch):
        monkeypatch.setenv('CONFSYNC_BIND', '0.0.0.0')
        server = ConfigSyncServer(port=0)
        with pytest.raises(OSError, match='allow-unauthenticated'):
            await server.start()
        monkeypatch.setenv('CONFSYNC_ALLOW_UNAUTHENTICATED', 'true')
        await server.start()
        await server.stop()

    async def test_relay(self, running, heard, until):
        server = await running(ConfigSyncServer(port=0))
        url = f'ws://localhost:{server.port}/sync'
        linked, own = [], []
        for name in ('a', 'b'):
            client = ConfigSyncClient(url, name)
            client.add_message_callback(own.append if name == 'a' else heard)
            linked.append(await running(client))
        await until(lambda: len(server.clients) == 2)
        await linked[0].send_config_update(CONFIG)
        message = await heard.next()
        assert message.type == 'config_update'
        assert message.instance_id == 'a'
        assert message.config_data == CONFIG
        assert message.config_hash == md5(CONFIG)
        assert own == []


class TestConfigSyncClient:
    URL = 'ws://localhost:1/sync'  # where nobody listens

    def test_initialization(self):
        client = ConfigSyncClient('ws://localhost:8765/sync', 'test_client')
        assert client.server_url == 'ws://localhost:8765/sync'
        assert client.instance_id == 'test_client'
        assert client.running is False
        assert len(client.message_callbacks) == 0

    def test_defaults(self):
        assert ConfigSyncClient(self.URL).instance_id.startswith('client_')

    def test_add_message_callback(self):
        client = ConfigSyncClient(self.URL)
        callback = Mock()
        client.add_message_callback(callback)
        assert callback in client.message_callbacks

    async def test_start_with_a_mock(self):
        client = ConfigSyncClient(self.URL, 'test_client')
        with patch.object(client, '_reconnect_loop') as loop:
            await client.start()
            assert client.running is True
            loop.assert_called_once()
            await client.stop()
        assert client.running is False

    async def test_start_and_stop(self):
        client = ConfigSyncClient(self.URL)
        await client.start()
        assert client.running is True
        await client.stop()
        assert client.running is False
        await client.stop()

    async def test_send_without_a_link(self, running, heard, until):
        server = await running(ConfigSyncServer(port=0))
        receiver = ConfigSyncClient(f'ws://127.0.0.1:{server.port}/sync', 'b')
        receiver.add_message_callback(heard)
        await running(receiver)
        await until(lambda: len(server.clients) == 1)
        sender = ConfigSyncClient(f'ws://127.0.0.1:{server.port}/sync', 'a')
        await sender.send_config_update(OTHER)
        await sender.send_config_update(CONFIG)
        await running(sender)
        assert (await heard.next()).config_data == CONFIG

    async def test_a_server_that_comes_back(self, running, until):
        server = await running(ConfigSyncServer(port=0))
        client = await running(ConfigSyncClient(f'ws://127.0.0.1:{server.port}/sync'))
        await until(lambda: len(server.clients) == 1)
        await server.stop()
        await server.start()
        await until(lambda: len(server.clients) == 1)
        assert client.running is True


@pytest.fixture
def manager(place):
    place.write(CONFIG)
    return ConfigSyncManager(**place.options(sync_port=0, peer_urls=[], enable_server=False,
                                             instance_id='test_manager'))


class TestConfigSyncManager:
    def test_initialization(self, place):
        manager = ConfigSyncManager(config_path=str(place.path), config_base_dir=str(place.base),
                                    sync_port=9000, peer_urls=['ws://peer1:8765/sync'],
                                    enable_server=True, instance_id='test_manager')
        assert manager.config_path == str(place.path)
        assert manager.config_base_dir == str(place.base)
        assert manager.sync_port == 9000
        assert manager.peer_urls == ['ws://peer1:8765/sync']
        assert manager.enable_server is True
        assert manager.instance_id == 'test_manager'
        assert manager.running is False
        assert manager.sync_server.port == 9000
        assert [client.server_url for client in manager.sync_clients] == manager.peer_urls
        assert manager.config_watcher.config_path == str(place.path)
        assert manager.config_versioning.list_versions() == []
        assert manager.last_sync_time == 0
        assert manager.config_update_callbacks == []

    def test_defaults(self, place):
        manager = ConfigSyncManager(str(place.path), str(place.base))
        assert manager.sync_port == 8765
        assert manager.peer_urls == []
        assert manager.enable_server is True
        assert manager.instance_id.startswith('aicleaner_')

    def test_without_server(self, manager):
        assert manager.sync_server is None
        assert manager.get_sync_status()['server_port'] is None

    def test_no_base_directory(self, place):
        with pytest.raises(ValueError, match='no such directory'):
            ConfigSyncManager(str(place.path), str(place.base / 'nowhere'))

    def test_environment(self, place, monkeypatch):
        monkeypatch.setenv('AICLEANER_SYNC_PORT', '9001')
        monkeypatch.setenv('AICLEANER_SYNC_PEERS', 'ws://peer1:8765/sync, ws://peer2:8765/sync')
        monkeypatch.setenv('AICLEANER_SYNC_ENABLE_SERVER', 'false')
        monkeypatch.setenv('AICLEANER_INSTANCE_ID', 'instance_001')
        manager = ConfigSyncManager(str(place.path), str(place.base))
        assert manager.sync_port == 9001
        assert manager.peer_urls == ['ws://peer1:8765/sync', 'ws://peer2:8765/sync']
        assert manager.enable_server is False
        assert manager.instance_id == 'instance_001'
        given = ConfigSyncManager(str(place.path), str(place.base), 8765, [], True, 'mine')
        assert (given.sync_port, given.peer_urls, given.enable_server) == (8765, [], True)
        assert given.instance_id == 'mine'
        monkeypatch.setenv('AICLEANER_SYNC_PORT', 'many')
        with pytest.raises(ValueError, match='AICLEANER_SYNC_PORT'):
            ConfigSyncManager(str(place.path), str(place.base))

    async def test_start_and_stop_with_mocks(self, manager):
        manager.config_watcher.start_watching = AsyncMock()
        manager.config_watcher.stop_watching = AsyncMock()
        manager.sync_server = AsyncMock()
        manager.sync_clients = [AsyncMock()]
        await manager.start()
        assert manager.running is True
        manager.config_watcher.start_watching.assert_awaited_once()
        manager.sync_server.start.assert_awaited_once()
        manager.sync_clients[0].start.assert_awaited_once()
        await manager.stop()
        assert manager.running is False
        manager.config_watcher.stop_watching.assert_awaited_once()
        manager.sync_server.stop.assert_awaited_once()
        manager.sync_clients[0].stop.assert_awaited_once()

    async def test_start_with_patches(self, place):
        manager = ConfigSyncManager(**place.options(sync_port=0, enable_server=True,
                                                    peer_urls=['ws://localhost:1/sync']))
        with patch.object(manager.config_watcher, 'start_watching') as watch, \
                patch.object(manager.sync_server, 'start') as serve, \
                patch.object(manager.sync_clients[0], 'start') as dial:
            await manager.start()
            for mock in (watch, serve, dial):
                mock.assert_called_once()
            await manager.stop()

    async def test_config_change(self, manager):
        client, server = AsyncMock(), MagicMock()
        manager.sync_clients, manager.sync_server = [client], server
        await manager._on_config_change(OTHER)
        client.send_config_update.assert_awaited_once_with(OTHER)
        assert manager.config_versioning.get_latest_version() == OTHER

    async def test_config_change_while_it_runs(self, place, manager):
        manager.config_watcher.start_watching = AsyncMock()
        manager.config_watcher.stop_watching = AsyncMock()
        client = AsyncMock()
        manager.sync_clients = [client]
        await manager.start()
        client.send_config_update.assert_not_called()
        await manager._on_config_change(OTHER)
        client.send_config_update.assert_awaited_once_with(OTHER)
        await manager.stop()
        assert place.read() == OTHER
        client.send_config_update.assert_awaited_once_with(OTHER)

    async def test_a_watcher_that_was_replaced(self, place, manager):
        """Then nobody watches but who took its place."""
        manager.config_watcher.start_watching = AsyncMock()
        client = AsyncMock()
        manager.sync_clients = [client]
        await manager.start()
        place.write(OTHER)
        await manager._on_config_change(OTHER)
        manager._save_config(CONFIG)
        await manager.force_sync()
        await manager.stop()
        sent = [call.args[0] for call in client.send_config_update.await_args_list]
        assert sent in ([OTHER, CONFIG], [OTHER, CONFIG, CONFIG])

    async def test_a_failing_client_stops_no_other(self, manager, caplog):
        failing, working = AsyncMock(), AsyncMock()
        failing.send_config_update.side_effect = RuntimeError('on purpose')
        manager.sync_clients = [failing, working]
        await manager._on_config_change(OTHER)
        working.send_config_update.assert_awaited_once_with(OTHER)
        assert 'on purpose' in caplog.text

    @pytest.mark.parametrize('started', [False, True])
    async def test_remote_update(self, place, manager, started):
        plain, coroutine = Mock(return_value=None), AsyncMock()
        manager.add_config_update_callback(plain)
        manager.add_config_update_callback(coroutine)
        if started:
            await manager.start()
        await manager._on_remote_config_update(message_with(OTHER, config_hash='different'))
        assert place.read() == OTHER
        plain.assert_called_once_with(OTHER)
        coroutine.assert_awaited_once_with(OTHER)
        assert abs(manager.last_sync_time - time.time()) < 5
        names = manager.config_versioning.list_versions()
        kept = [manager.config_versioning.get_version(name) for name in names]
        assert kept == [OTHER, CONFIG]
        await manager.stop()

    @pytest.mark.parametrize('started', [False, True])
    async def test_remote_update_with_mocks(self, place, manager, started):
        if started:
            await manager.start()
        manager._load_current_config = AsyncMock(return_value={'before': 1})
        manager._save_config = AsyncMock()
        await manager._on_remote_config_update(message_with(OTHER))
        manager._save_config.assert_awaited_once_with(OTHER)
        await manager.stop()
        assert place.read() == CONFIG

    async def test_versioning_that_was_replaced(self, manager):
        manager.config_versioning = Mock(list_versions=Mock(return_value=['a', 'b']))
        await manager._on_config_change(OTHER)
        manager.config_versioning.save_version.assert_called_once_with(OTHER)
        await manager.start()
        assert manager.get_sync_status()['config_versions'] == 2
        await manager.stop()

    @pytest.mark.parametrize('changes', [
        {'instance_id': 'test_manager'}, {'type': 'heartbeat'}, {'type': 'config_request'},
        {'config_data': None}, {'config_data': {}}, {'timestamp': 0.0},
        {'config_data': CONFIG}, {'config_hash': md5(CONFIG)}])
    async def test_remote_update_that_is_ignored(self, place, manager, changes):
        callback = AsyncMock()
        manager.add_config_update_callback(callback)
        await manager._on_remote_config_update(message_with(OTHER, **changes))
        callback.assert_not_called()
        assert place.read() == CONFIG

    async def test_remote_update_older_than_the_last(self, place, manager):
        await manager._on_remote_config_update(message_with(OTHER))
        await manager._on_remote_config_update(
            message_with({'older': True}, timestamp=manager.last_sync_time - 1))
        assert place.read() == OTHER

    async def test_callback_that_fails(self, manager, caplog):
        failing, working = Mock(side_effect=RuntimeError('on purpose')), AsyncMock()
        manager.add_config_update_callback(failing)
        manager.add_config_update_callback(working)
        await manager._on_remote_config_update(message_with(OTHER))
        working.assert_awaited_once_with(OTHER)
        assert 'on purpose' in caplog.text

    async def test_force_sync(self, manager):
        client = AsyncMock()
        manager.sync_clients = [client]
        await manager.force_sync()
        client.send_config_update.assert_awaited_once_with(CONFIG)
        await manager.start()
        await manager.force_sync()
        await manager.stop()
        assert client.send_config_update.await_args_list[-1].args == (CONFIG,)

    def test_get_sync_status(self, manager):
        assert manager.get_sync_status() == {
            'running': False, 'instance_id': 'test_manager', 'server_enabled': False,
            'server_port': None, 'peer_count': 0, 'peer_urls': [], 'last_sync_time': 0,
            'config_versions': 0}

    def test_config_hash(self, manager):
        assert manager._get_config_hash(CONFIG) == md5(CONFIG)
        assert manager._get_config_hash({'a': 1, 'b': 2}) == manager._get_config_hash(
            {'b': 2, 'a': 1})
        assert manager._get_config_hash(CONFIG) != manager._get_config_hash(OTHER)

    async def test_load_current_config(self, place, manager):
        assert manager._load_current_config() == CONFIG
        assert await manager._load_current_config() == CONFIG
        for text in ('{"half', '[]'):
            place.write(text)
            assert not manager._load_current_config()
        place.path.unlink()
        assert await manager._load_current_config() is None

    async def test_save_config(self, place, manager):
        manager._save_config(OTHER)
        assert place.read() == OTHER
        await manager._save_config(CONFIG)
        assert place.read() == CONFIG
        with pytest.raises(ValueError):
            manager._save_config({'number': float('nan')})
        with pytest.raises(TypeError):
            manager._save_config({'thing': object()})

    async def test_stop_without_start(self, manager):
        await manager.stop()
        assert manager.running is False

    async def test_start_again(self, place, manager):
        for _ in range(2):
            await manager.start()
            await manager.start()
            assert manager.running is True
            await manager.stop()
            await manager.stop()

    async def test_a_start_that_fails(self, place, running):
        taken = await running(ConfigSyncServer(port=0))
        manager = ConfigSyncManager(**place.options(sync_port=taken.port))
        with pytest.raises(OSError, match='in use'):
            await manager.start()
        assert manager.running is False
        assert manager.sync_server.running is False
        assert manager.config_watcher.running is False


class TestConfigVersioning:
    def test_versions(self, manager):
        versioning = manager.config_versioning
        paths = [versioning.save_version({'number': number}) for number in range(3)]
        names = versioning.list_versions()
        assert [os.path.basename(path) for path in reversed(paths)] == names
        assert os.path.dirname(paths[0]) == os.path.join(manager.config_base_dir,
                                                         'config_versions')
        assert versioning.get_latest_version() == {'number': 2}
        assert versioning.get_version(names[-1]) == {'number': 0}

    def test_none(self, manager):
        versioning = manager.config_versioning
        assert versioning.list_versions() == []
        assert versioning.get_latest_version() is None
        assert versioning.get_version('config_20240101120000.json') is None

    @pytest.mark.parametrize('name', ['../config.json', '/etc/passwd', 'config_versions/x', '',
                                      None])
    def test_no_name(self, manager, name):
        manager.config_versioning.save_version(CONFIG)
        assert manager.config_versioning.get_version(name) is None

    def test_ten_are_kept(self, manager):
        for number in range(12):
            manager.config_versioning.save_version({'number': number})
        assert len(manager.config_versioning.list_versions()) == 10
        assert manager.get_sync_status()['config_versions'] == 10
        assert manager.config_versioning.get_latest_version() == {'number': 11}


class TestFactoryFunctions:
    OPTIONS = {'sync_port': 9000, 'peer_urls': ['ws://192.168.1.100:8765/sync']}

    def test_single_instance(self, place):
        manager = create_single_instance_sync(**place.options())
        assert (manager.enable_server, manager.peer_urls) == (False, [])

    def test_development(self, place):
        manager = create_development_sync(**place.options())
        assert (manager.enable_server, manager.sync_port, manager.peer_urls) == (True, 8765, [])

    def test_ha_addon(self, place):
        manager = create_ha_addon_sync(**place.options())
        assert (manager.enable_server, manager.peer_urls) == (False, [])
        manager = create_ha_addon_sync(**place.options(addon_options=self.OPTIONS))
        assert (manager.enable_server, manager.sync_port) == (True, 9000)
        assert manager.peer_urls == self.OPTIONS['peer_urls']
        off = {**self.OPTIONS, 'enable_sync_server': False, 'rate_limit_requests_per_minute': 60,
               'rate_limit_block_duration': 120, 'rate_limit_whitelist_local': True}
        assert create_ha_addon_sync(**place.options(addon_options=off)).enable_server is False

    def test_environment_over_options(self, place, monkeypatch):
        monkeypatch.setenv('AICLEANER_SYNC_PORT', '9001')
        monkeypatch.setenv('AICLEANER_SYNC_ENABLE_SERVER', 'false')
        manager = create_ha_addon_sync(**place.options(addon_options=self.OPTIONS))
        assert (manager.enable_server, manager.sync_port) == (False, 9001)

    @pytest.mark.parametrize('kind,server,versions,reconnect,heartbeat', [
        ('addon', False, 10, 5, 30), ('development', True, 50, 2, 10),
        ('production', True, 20, 10, 60)])
    def test_defaults(self, kind, server, versions, reconnect, heartbeat):
        config = get_default_config(kind)
        assert validate_sync_config(config)
        assert config['enable_sync_server'] is server
        assert config['max_versions'] == versions
        assert config['reconnect_interval'] == reconnect
        assert config['heartbeat_interval'] == heartbeat

    @pytest.mark.parametrize('change', [
        {'sync_port': 0}, {'sync_port': 65536}, {'sync_port': '8765'}, {'sync_port': True},
        {'peer_urls': 'ws://a/sync'}, {'peer_urls': ['http://a/sync']}, {'peer_urls': [1]},
        {'enable_sync_server': 'yes'}, {'enable_sync_server': None}])
    def test_not_valid(self, place, change):
        config = {**get_default_config('addon'), **change}
        assert validate_sync_config(config) is False
        with pytest.raises(ValueError):
            create_sync_manager_from_config(str(place.path), str(place.base), config, 'addon')

    def test_missing_members(self):
        assert validate_sync_config({'sync_port': 8765, 'peer_urls': []}) is False
        assert validate_sync_config({}) is False

    def test_from_config(self, place):
        config = {'sync_port': 9000, 'peer_urls': ['wss://a:1/sync'], 'enable_sync_server': True}
        manager = create_sync_manager_from_config(str(place.path), str(place.base), config,
                                                  'production')
        assert (manager.sync_port, manager.peer_urls) == (9000, ['wss://a:1/sync'])
        assert manager.config_versioning.max_versions == 20
        with pytest.raises(ValueError, match='nonsense'):
            create_sync_manager_from_config(str(place.path), str(place.base), config, 'nonsense')

    def test_logging(self, monkeypatch):
        assert setup_sync_logging('DEBUG').level == 10
        monkeypatch.setenv('AICLEANER_LOG_LEVEL', 'WARNING')
        assert setup_sync_logging().level == 30
        assert setup_sync_logging('INFO').level == 20
        with pytest.raises(ValueError):
            setup_sync_logging('LOUD')

    def test_names(self):
        for name in sync.__all__:
            assert getattr(sync, name) is getattr(sync.config_sync, name)


@pytest.fixture
def pair(places, running):
    """await pair(heard) gives two managers that are linked, and their places; heard hears both."""
    async def link(heard):
        here, there = places('server'), places('client')
        server = ConfigSyncManager(**here.options(sync_port=0, peer_urls=[], instance_id='server'))
        server.add_config_update_callback(heard)
        await running(server)
        url = f'ws://localhost:{server.sync_server.port}/sync'
        client = ConfigSyncManager(**there.options(peer_urls=[url], enable_server=False,
                                                   instance_id='client'))
        client.add_config_update_callback(heard)
        await running(client)
        return server, here, client, there
    return link


class TestConfigSyncIntegration:
    async def test_both_ways(self, pair, heard, until):
        server, here, client, there = await pair(heard)
        here.write(CONFIG)
        assert await heard.next() == CONFIG
        assert there.read() == CONFIG
        there.write(OTHER)
        assert await heard.next() == OTHER
        assert here.read() == OTHER
        for manager in (server, client):
            assert manager.last_sync_time > 0
            # kept while the change is on its way, so not always before it is told
            await until(lambda: manager.config_versioning.get_latest_version() == OTHER)

    async def test_clients_of_a_server(self, pair, heard, until):
        server, _, client, _ = await pair(heard)
        await until(lambda: server.sync_server.clients == {'client'})
        await client.stop()
        await until(lambda: server.sync_server.clients == set())

    async def test_an_edit_by_the_program(self, pair, heard):
        server, _, _, there = await pair(heard)
        await server._on_config_change(CONFIG)
        assert await heard.next() == CONFIG
        assert there.read() == CONFIG
        server._save_config(OTHER)
        assert await heard.next() == OTHER

    async def test_mistakes_stay_at_home(self, pair, heard):
        _, here, _, there = await pair(heard)
        here.write(CONFIG)
        await heard.until(CONFIG)
        for mistake in ('{}', '', '{"half', '[]'):
            here.write(mistake)
        here.write(OTHER)
        await heard.until(OTHER)
        assert heard.all == [CONFIG, OTHER]

    async def test_edits_while_one_is_away(self, pair, heard):
        server, here, client, there = await pair(heard)
        here.write(CONFIG)
        await heard.until(CONFIG)
        await client.stop()
        here.write(OTHER)
        await client.start()
        await heard.until(OTHER)
        assert there.read() == OTHER

    async def test_callback_of_a_peer(self, pair, heard):
        _, here, client, _ = await pair(heard)
        messages = []
        client.sync_clients[0].add_message_callback(messages.append)
        here.write(CONFIG)
        await heard.until(CONFIG)
        assert [(message.type, message.instance_id, message.config_data) for message in messages] \
            == [('config_update', 'server', CONFIG)]


class TestConfigSyncPerformance:
    LARGE = {f'device-{number}': {'name': 'x' * 50, 'values': list(range(50))}
             for number in range(1000)}

    def test_hash_of_a_large_configuration(self, manager):
        began = time.perf_counter()
        assert manager._get_config_hash(self.LARGE) == md5(self.LARGE)
        assert time.perf_counter() - began < 1

    async def test_a_large_configuration(self, pair, heard):
        _, here, _, there = await pair(heard)
        here.write(self.LARGE)
        assert await heard.next() == self.LARGE
        assert there.read() == self.LARGE

    async def test_a_burst(self, pair, heard):
        _, here, _, there = await pair(heard)
        for number in range(200):
            here.write({'number': number})
        await heard.until({'number': 199})
        assert there.read() == {'number': 199}
        numbers = [config['number'] for config in heard.all]
        assert numbers == sorted(numbers)

    async def test_latency(self, pair, heard):
        _, here, _, _ = await pair(heard)
        times = []
        for number in range(21):
            began = time.perf_counter()
            here.write({'number': number})
            await heard.until({'number': number})
            times.append(time.perf_counter() - began)
        assert sorted(times)[10] < 0.5
