# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: The confsync authors
#
# What makes the library comfortable in Python. PyGObject reads this module by its name when
# somebody says: from gi.repository import Confsync. It only gathers; each part has a file of its
# own.
"""Python overrides for Confsync."""

from ._confsync_asyncio import AsyncManager, Change
from ._confsync_conflict import OpenConflict, Settlement
from ._confsync_json import Document, Json, Revision
from ._confsync_past import Explanation, Version
from ._confsync_plugin import (Channel, Manager, Resolver, Store, Transport, Validator, Watcher,
                               new_error)

__all__ = ['AsyncManager', 'Change', 'Channel', 'Document', 'Explanation', 'Json', 'Manager',
           'OpenConflict', 'Resolver', 'Revision', 'Settlement', 'Store', 'Transport', 'Validator',
           'Version', 'Watcher', 'new_error']
