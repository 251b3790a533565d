# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: The confsync authors
#
# Ready-made managers, defaults by kind of deployment, and what an add-on's options must look like.
"""Factories and configuration of the sync itself."""

import copy

from . import settings
from .manager import ConfigSyncManager

DEPLOYMENTS = {
    'addon': {
        'sync_port': 8765, 'peer_urls': [], 'enable_sync_server': False,
        'max_versions': 10, 'reconnect_interval': 5, 'heartbeat_interval': 30,
    },
    'development': {
        'sync_port': 8765, 'peer_urls': [], 'enable_sync_server': True,
        'max_versions': 50, 'reconnect_interval': 2, 'heartbeat_interval': 10,
    },
    'production': {
        'sync_port': 8765, 'peer_urls': [], 'enable_sync_server': True,
        'max_versions': 20, 'reconnect_interval': 10, 'heartbeat_interval': 60,
    },
}


def create_single_instance_sync(config_path, config_base_dir):
    """A manager with neither server nor peers: it watches, and keeps versions."""
    return ConfigSyncManager(config_path, config_base_dir, peer_urls=[], enable_server=False)


def create_development_sync(config_path, config_base_dir):
    """A manager with a server on port 8765 and no peers."""
    return ConfigSyncManager(config_path, config_base_dir, peer_urls=[], enable_server=True)


def create_ha_addon_sync(config_path, config_base_dir, addon_options=None):
    """A manager as a Home Assistant add-on's options say; the environment wins over them.

    The server is on where enable_sync_server says so, or else where there are peers. sync_key or
    key_file, rate_limit_*, tls_*, audit_file, allow_public, allow_unauthenticated,
    allow_local_users and allow_legacy_peers are what they are for `confsync run`; one that can't be
    has start() raise ValueError. Other options are accepted and are not looked at here.
    """
    options = addon_options or {}
    port = settings.port('SYNC_PORT')
    peers = settings.addresses('PEER_URLS')
    server = settings.boolean('ENABLE_SYNC_SERVER')
    if port is None:
        port = options.get('sync_port', 8765)
    if peers is None:
        peers = list(options.get('peer_urls') or [])
    if server is None:
        server = options.get('enable_sync_server')
    manager = ConfigSyncManager(config_path, config_base_dir, sync_port=port, peer_urls=peers,
                                enable_server=bool(peers if server is None else server))
    manager._addon_options = dict(options)
    return manager


def get_default_config(deployment_type='addon'):
    """The defaults of a kind of deployment: 'addon', 'development' or 'production'."""
    if deployment_type not in DEPLOYMENTS:
        raise ValueError(f'{deployment_type!r} is no kind of deployment: '
                         f'{", ".join(sorted(DEPLOYMENTS))}')
    return copy.deepcopy(DEPLOYMENTS[deployment_type])


def is_peer_url(url):
    return isinstance(url, str) and url.startswith(('ws://', 'wss://'))


def validate_sync_config(config):
    """Whether sync_port, peer_urls and enable_sync_server are there, and are what they must be."""
    if not isinstance(config, dict):
        return False
    port, peers = config.get('sync_port'), config.get('peer_urls')
    return (isinstance(port, int) and not isinstance(port, bool) and 1 <= port <= 65535 and
            isinstance(peers, list) and all(is_peer_url(url) for url in peers) and
            isinstance(config.get('enable_sync_server'), bool))


def create_sync_manager_from_config(config_path, config_base_dir, sync_config,
                                    deployment_type='addon'):
    """A manager as sync_config says; what it leaves out is the deployment's default.

    ValueError is raised for a config that doesn't validate and for an unknown kind of deployment.
    """
    config = get_default_config(deployment_type) | dict(sync_config)
    if not validate_sync_config(config):
        raise ValueError('the sync configuration is not valid: sync_port must be a number from 1 '
                         'to 65535, peer_urls a list of ws:// or wss:// addresses, and '
                         'enable_sync_server true or false')
    return ConfigSyncManager(config_path, config_base_dir, sync_port=config['sync_port'],
                             peer_urls=config['peer_urls'],
                             enable_server=config['enable_sync_server'],
                             max_versions=config['max_versions'])
