# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: The confsync authors
#
# Each use of the module sync that its description shows, with the same names and arguments; only
# paths, ports and hosts are those of the test. Peers are real ones on the loopback.
"""The description's examples, run."""

import asyncio
import json
import logging
import urllib.request
from dataclasses import fields
from typing import Any, Dict, Optional

import pytest

CONFIG = {'zones': [{'name': 'kitchen'}], 'theme': 'dark'}
EDITED = {'zones': [{'name': 'kitchen'}], 'theme': 'light'}


@pytest.fixture
def peer(places, heard):
    """async with peer() as url: another instance, which can be dialled there; heard hears it."""
    import contextlib
    from sync import ConfigSyncManager

    @contextlib.asynccontextmanager
    async def run(name='peer1'):
        manager = ConfigSyncManager(**places(name).options(sync_port=0, peer_urls=[],
                                                           enable_server=True, instance_id=name))
        manager.add_config_update_callback(heard)
        await manager.start()
        try:
            yield f'ws://localhost:{manager.sync_server.port}/sync'
        finally:
            await manager.stop()
    return run


def test_sync_message():
    from sync import SyncMessage
    assert [(field.name, field.type) for field in fields(SyncMessage)] == [
        ('type', str), ('timestamp', float), ('instance_id', str), ('config_hash', str),
        ('config_data', Optional[Dict[str, Any]]), ('conflict_resolution', str)]


def test_config_watcher(place, heard):
    from sync import ConfigWatcher

    async def main():
        config_path, callback = str(place.path), heard
        watcher = ConfigWatcher(config_path, callback)
        await watcher.start_watching()
        place.write(CONFIG)
        assert await heard.next() == CONFIG
        await watcher.stop_watching()
    asyncio.run(main())


def test_server_and_client(heard, until):
    from sync import ConfigSyncClient, ConfigSyncServer

    async def main():
        server = ConfigSyncServer(port=0, instance_id='server1')
        await server.start()
        client = ConfigSyncClient(f'ws://localhost:{server.port}/sync', 'client1')
        await client.start()
        other = ConfigSyncClient(f'ws://localhost:{server.port}/sync', 'client2')
        other.add_message_callback(heard)
        await other.start()
        await until(lambda: len(server.clients) == 2)
        await client.send_config_update(CONFIG)
        message = await heard.next()
        assert (message.instance_id, message.config_data) == ('client1', CONFIG)
        for part in (client, other, server):
            await part.stop()
    asyncio.run(main())


def test_manager(place, peer, heard):
    from sync import ConfigSyncManager

    async def main():
        async with peer() as url:
            manager = ConfigSyncManager(
                config_path=str(place.path),
                config_base_dir=str(place.base),
                sync_port=0,
                peer_urls=[url],
                enable_server=True
            )
            await manager.start()
            place.write(CONFIG)
            assert await heard.next() == CONFIG
            await manager.stop()
    asyncio.run(main())


def test_single_instance(place, until):
    from sync import create_single_instance_sync

    async def main():
        manager = create_single_instance_sync(
            config_path=str(place.path),
            config_base_dir=str(place.base)
        )
        await manager.start()
        place.write(CONFIG)
        await until(lambda: manager.config_versioning.get_latest_version() == CONFIG)
        await manager.stop()
    asyncio.run(main())


def test_ha_addon(places, peer, heard):
    from sync import create_ha_addon_sync

    async def main():
        place = places('default')
        manager = create_ha_addon_sync(
            config_path=str(place.path),
            config_base_dir=str(place.base)
        )
        await manager.start()
        assert manager.get_sync_status()['peer_count'] == 0
        await manager.stop()

        place = places('options')
        async with peer() as url:
            addon_options = {
                'sync_port': 0,
                'peer_urls': [url],
                'enable_sync_server': True
            }
            manager = create_ha_addon_sync(
                config_path=str(place.path),
                config_base_dir=str(place.base),
                addon_options=addon_options
            )
            await manager.start()
            place.write(CONFIG)
            assert await heard.next() == CONFIG
            await manager.stop()
    asyncio.run(main())


def test_development(place, monkeypatch):
    from sync import create_development_sync
    monkeypatch.setenv('AICLEANER_SYNC_PORT', '0')

    async def main():
        manager = create_development_sync(
            config_path=str(place.path),
            config_base_dir=str(place.base)
        )
        await manager.start()
        assert manager.get_sync_status()['server_port'] > 0
        await manager.stop()
    asyncio.run(main())


def test_manual_configuration(place, places, peer, heard, capsys):
    from sync import ConfigSyncManager
    done = asyncio.Event()

    async def main():
        async with peer('peer1') as peer1, peer('peer2') as peer2:
            manager = ConfigSyncManager(
                config_path=str(place.path),
                config_base_dir=str(place.base),
                sync_port=0,
                peer_urls=[
                    peer1,
                    peer2
                ],
                enable_server=True,
                instance_id='my_instance'
            )

            async def on_config_update(config):
                print(f"Configuration updated: {config}")
                done.set()

            manager.add_config_update_callback(on_config_update)
            await manager.start()
            place.write(CONFIG)
            assert [await heard.next(), await heard.next()] == [CONFIG, CONFIG]
            places_of_peer = place.path.parent.parent / 'peer1' / 'config.json'
            places_of_peer.write_text(json.dumps(EDITED))
            await asyncio.wait_for(done.wait(), 10)
            await manager.stop()
    asyncio.run(main())
    assert f'Configuration updated: {EDITED}' in capsys.readouterr().out


def test_addon_options(place):
    from sync import create_ha_addon_sync
    addon_options = {
        'sync_port': 8765,                    # Port for sync server
        'peer_urls': [],                      # List of peer URLs
        'enable_sync_server': False,          # Enable sync server
        'rate_limit_requests_per_minute': 60,  # Rate limiting
        'rate_limit_block_duration': 120,    # Block duration
        'rate_limit_whitelist_local': True   # Whitelist local network
    }
    manager = create_ha_addon_sync(str(place.path), str(place.base), addon_options)
    assert (manager.sync_port, manager.peer_urls, manager.enable_server) == (8765, [], False)


def test_environment(places, peer, heard, monkeypatch):
    """The two instances of the description's compose file, by their environment alone."""
    from sync import create_ha_addon_sync

    async def main():
        first, second = places('aicleaner1'), places('aicleaner2')
        monkeypatch.setenv('AICLEANER_SYNC_PORT', '0')
        monkeypatch.setenv('AICLEANER_SYNC_ENABLE_SERVER', 'true')
        monkeypatch.setenv('AICLEANER_INSTANCE_ID', 'instance_001')
        serving = create_ha_addon_sync(str(first.path), str(first.base))
        serving.add_config_update_callback(heard)
        await serving.start()
        assert serving.instance_id == 'instance_001'
        monkeypatch.delenv('AICLEANER_SYNC_ENABLE_SERVER')
        monkeypatch.delenv('AICLEANER_INSTANCE_ID')
        async with peer() as url:
            monkeypatch.setenv('AICLEANER_SYNC_PEERS',
                               f'ws://localhost:{serving.sync_server.port}/sync,{url}')
            dialling = create_ha_addon_sync(str(second.path), str(second.base))
            await dialling.start()
            second.write(CONFIG)
            assert [await heard.next(), await heard.next()] == [CONFIG, CONFIG]
            await dialling.stop()
        await serving.stop()
    asyncio.run(main())


def test_startup_integration(place, peer, heard):
    from sync import create_ha_addon_sync

    class AICleaner:
        def __init__(self, config_path, config_base_dir, addon_options):
            self.config_path = config_path
            self.config_base_dir = config_base_dir
            self.addon_options = addon_options
            self.reloaded = asyncio.Queue()
            self.config_sync = create_ha_addon_sync(
                config_path=self.config_path,
                config_base_dir=self.config_base_dir,
                addon_options=self.addon_options
            )

            # Add callback for config changes
            self.config_sync.add_config_update_callback(self.on_config_change)

        async def start(self):
            await self.config_sync.start()

        async def stop(self):
            await self.config_sync.stop()

        async def on_config_change(self, config):
            # Reload configuration
            await self.reload_config(config)

        async def reload_config(self, config):
            await self.reloaded.put(config)

    async def main():
        async with peer() as url:
            app = AICleaner(str(place.path), str(place.base), {'peer_urls': [url]})
            app.config_sync.sync_port = app.config_sync.sync_server.port = 0
            await app.start()
            (place.path.parent.parent / 'peer1' / 'config.json').write_text(json.dumps(CONFIG))
            assert await asyncio.wait_for(app.reloaded.get(), 10) == CONFIG
            await app.stop()
        assert place.read() == CONFIG
    asyncio.run(main())


def test_versioning(place, until):
    from sync import ConfigSyncManager

    async def main():
        # Automatic version creation on sync
        manager = ConfigSyncManager(**place.options(enable_server=False))
        await manager.start()
        place.write(CONFIG)
        await until(manager.config_versioning.list_versions)
        place.write(EDITED)
        await until(lambda: len(manager.config_versioning.list_versions()) == 2)

        # Manual version management
        versions = manager.config_versioning.list_versions()
        latest = manager.config_versioning.get_latest_version()
        specific = manager.config_versioning.get_version(versions[-1])
        assert (latest, specific) == (EDITED, CONFIG)
        assert manager.config_versioning.get_version('config_20240101120000.json') is None
        await manager.stop()
    asyncio.run(main())


def test_real_sync(places, heard):
    from sync import ConfigSyncManager

    async def test_real_sync():
        server, client = places('server'), places('client')
        # Start server
        server_manager = ConfigSyncManager(
            config_path=str(server.path),
            config_base_dir=str(server.base),
            sync_port=0,
            enable_server=True
        )
        await server_manager.start()

        # Start client
        client_manager = ConfigSyncManager(
            config_path=str(client.path),
            config_base_dir=str(client.base),
            peer_urls=[f'ws://localhost:{server_manager.sync_server.port}/sync'],
            enable_server=False
        )
        await client_manager.start()

        # Test synchronization
        for manager in (server_manager, client_manager):
            manager.add_config_update_callback(heard)
        server.write(CONFIG)
        assert await heard.next() == CONFIG
        assert client.read() == CONFIG
        client.write(EDITED)
        assert await heard.next() == EDITED
        assert server.read() == EDITED
        await client_manager.stop()
        await server_manager.stop()
    asyncio.run(test_real_sync())


def test_debug_logging():
    from sync import setup_sync_logging

    # Enable debug logging
    setup_sync_logging('DEBUG')
    assert logging.getLogger('confsync_aicleaner').isEnabledFor(logging.DEBUG)


def test_health_monitoring(place, peer, heard, capsys):
    from sync import ConfigSyncManager

    async def main():
        async with peer() as url:
            manager = ConfigSyncManager(**place.options(sync_port=0, peer_urls=[url]))
            await manager.start()
            place.write(CONFIG)
            await heard.next()

            # Check sync status
            status = manager.get_sync_status()
            print(f"Running: {status['running']}")
            print(f"Peers: {status['peer_count']}")
            print(f"Last sync: {status['last_sync_time']}")

            # Force synchronization
            await manager.force_sync()
            assert manager.get_sync_status()['last_sync_time'] > 0
            health = f'http://localhost:{status["server_port"]}/health'
            report = await asyncio.to_thread(lambda: json.load(urllib.request.urlopen(health)))
            assert (report['status'], report['instance_id']) == ('healthy', manager.instance_id)
            assert set(report) == {'status', 'instance_id', 'connected_clients', 'timestamp'}
            await manager.stop()
    asyncio.run(main())
    assert 'Running: True\nPeers: 1\nLast sync: ' in capsys.readouterr().out
