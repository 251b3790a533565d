# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: The confsync authors
#
# What the environment says: first under confsync's own names, then under those that AICleaner's
# instances had. Secrets are none of these: the library takes them by itself.
"""The environment."""

import os
import re
import uuid

TRUE, FALSE = ('1', 'true', 'yes', 'on'), ('0', 'false', 'no', 'off')

LEGACY_NAMES = {
    'SYNC_PORT': 'AICLEANER_SYNC_PORT',
    'PEER_URLS': 'AICLEANER_SYNC_PEERS',
    'ENABLE_SYNC_SERVER': 'AICLEANER_SYNC_ENABLE_SERVER',
    'INSTANCE_ID': 'AICLEANER_INSTANCE_ID',
    'LOG_LEVEL': 'AICLEANER_LOG_LEVEL',
}


class Default(int):
    """A number, or a boolean, that stands for itself unless the environment says something else."""


DEFAULT_PORT = Default(8765)
DEFAULT_SERVER = Default(True)


def find(name):
    """The variable's name and its value; empty ones count as unset."""
    for variable in ('CONFSYNC_' + name, LEGACY_NAMES.get(name)):
        value = os.environ.get(variable, '').strip() if variable else ''
        if value:
            return variable, value
    return None, None


def text(name):
    return find(name)[1]


def boolean(name):
    """True, False, or None where the environment doesn't say."""
    variable, value = find(name)
    if value is None:
        return None
    if value.lower() in TRUE + FALSE:
        return value.lower() in TRUE
    raise ValueError(f'{variable}={value}: say true or false')


def port(name):
    variable, value = find(name)
    if value is None:
        return None
    if not value.isascii() or not value.isdigit() or not 0 <= int(value) <= 65535:
        raise ValueError(f'{variable}={value}: a port is a number from 0 to 65535')
    return int(value)


def addresses(name):
    """The addresses between commas, or None."""
    value = text(name)
    return None if value is None else [url.strip() for url in value.split(',') if url.strip()]


def make_id(prefix):
    return prefix + uuid.uuid4().hex[:8]


def clean_id(instance_id):
    """The id as confsync's nodes take it: [A-Za-z0-9._-]{1,64}."""
    return re.sub(r'[^A-Za-z0-9._-]', '-', str(instance_id))[:64] or '-'


def bind_address(port_number):
    """Where a server listens: on this machine only, unless CONFSYNC_BIND names another address."""
    host = text('BIND') or '127.0.0.1'
    if ':' in host and not host.startswith('['):
        host = f'[{host}]'
    return f'ws://{host}:{port_number}/sync'


def exposed():
    """Whether anybody who reaches a server from another machine may come in."""
    return bool(boolean('ALLOW_UNAUTHENTICATED'))


def legacy_welcome():
    """Whether legacy instances, which can't say who they are, may come in from other machines."""
    return bool(boolean('ALLOW_LEGACY_PEERS'))
