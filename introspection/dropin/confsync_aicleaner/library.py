# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: The confsync authors
#
# The way to the C library, in one place: which version is wanted, and what its errors become.
"""The library behind this package."""

import gi

gi.require_version('Confsync', '1')

from gi.repository import Confsync, GLib  # noqa: E402  (the version comes first)

__all__ = ['Confsync', 'ConfigSyncError', 'GLib', 'to_exception']


class ConfigSyncError(RuntimeError):
    """Something that confsync could not do; the message says what, where, and what to do."""


def to_exception(error):
    """What a GLib.Error becomes: OSError for the system's errors, ValueError for wrong values."""
    if error.domain in ('g-io-error-quark', 'g-file-error-quark', 'g-resolver-error-quark'):
        return OSError(error.message)
    values = (Confsync.Error.INVALID_JSON, Confsync.Error.INVALID_DOCUMENT,
              Confsync.Error.TOO_LARGE, Confsync.Error.INVALID_ADDRESS, Confsync.Error.EMPTY,
              Confsync.Error.INVALID_OPTION)
    if error.domain == 'confsync-error-quark' and error.code in [int(value) for value in values]:
        return ValueError(error.message)
    return ConfigSyncError(error.message)
