# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: The confsync authors
#
# Everything that programs of AICleaner's origin import, in one place.
"""The API of AICleaner's sync module, on the confsync library."""

from .client import ConfigSyncClient
from .factories import (create_development_sync, create_ha_addon_sync,
                        create_single_instance_sync, create_sync_manager_from_config,
                        get_default_config, validate_sync_config)
from .library import ConfigSyncError
from .logs import setup_from_environment, setup_sync_logging
from .manager import ConfigSyncManager
from .message import SyncMessage
from .server import ConfigSyncServer
from .versioning import ConfigVersioning
from .watcher import ConfigWatcher

__all__ = [
    'ConfigSyncClient', 'ConfigSyncError', 'ConfigSyncManager', 'ConfigSyncServer',
    'ConfigVersioning', 'ConfigWatcher', 'SyncMessage', 'create_development_sync',
    'create_ha_addon_sync', 'create_single_instance_sync', 'create_sync_manager_from_config',
    'get_default_config', 'setup_sync_logging', 'validate_sync_config',
]

setup_from_environment()
