# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: The confsync authors
#
# The message that instances exchange, and its form on the wire, which legacy instances read too: so
# it has these six members and never another one.
"""SyncMessage and its frames."""

import dataclasses
import json
import math
from typing import Any, Dict, Optional

from . import documents

TYPES = ('config_update', 'config_request', 'config_response', 'heartbeat')


@dataclasses.dataclass
class SyncMessage:
    """Data structure for configuration sync messages.

    type is one of 'config_update', 'config_request', 'config_response' and 'heartbeat', timestamp
    is in seconds since the Unix epoch, and config_hash is what documents.config_hash() gives.
    """

    type: str
    timestamp: float
    instance_id: str
    config_hash: str
    config_data: Optional[Dict[str, Any]] = None
    conflict_resolution: str = 'last_write_wins'


MEMBERS = {field.name for field in dataclasses.fields(SyncMessage)}
REQUIRED = ('type', 'timestamp', 'instance_id', 'config_hash')


def encode(message):
    """The bytes of one frame."""
    return json.dumps(dataclasses.asdict(message), allow_nan=False).encode()


def is_number(value):
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)


def decode(data):
    """The message in a frame; ValueError says what is wrong with it. It comes from strangers."""
    members = documents.parse(data, documents.MESSAGE_LIMITS)
    unknown = members.keys() - MEMBERS
    missing = [name for name in REQUIRED if name not in members]
    if unknown or missing:
        raise ValueError(f'{len(unknown)} unknown members, {len(missing)} missing')
    message = SyncMessage(**members)
    texts = (message.type, message.instance_id, message.config_hash, message.conflict_resolution)
    if not all(isinstance(text, str) for text in texts) or not is_number(message.timestamp):
        raise ValueError('a member of the wrong type')
    if message.type not in TYPES:
        raise ValueError('an unknown type')
    if message.config_data is not None and not isinstance(message.config_data, dict):
        raise ValueError('config_data is no object')
    return message
