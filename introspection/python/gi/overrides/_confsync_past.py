# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: The confsync authors
#
# The past, as Python objects: what is known of a version, and who changed a value, are attributes.
"""Confsync.Version and Confsync.Explanation with attributes."""

from ..module import get_introspection_module
from ..overrides import override

Confsync = get_introspection_module('Confsync')


def _of_stamp(version, getter):
    stamp = version.get_stamp() if version is not None else None
    return getattr(stamp, getter)() if stamp is not None else None


class Version(Confsync.Version):
    """One kept version. What isn't recorded is None; time is in microseconds since the epoch."""

    __module__ = 'gi.overrides.Confsync'

    name = property(lambda self: self.get_name())
    author = property(lambda self: _of_stamp(self, 'get_author'))
    time = property(lambda self: _of_stamp(self, 'get_time'))
    hash = property(lambda self: self.get_hash())
    cause = property(lambda self: Confsync.cause_to_string(self.get_cause()))
    size = property(lambda self: self.get_size())
    acknowledged = property(lambda self: self.is_acknowledged())

    def __repr__(self):
        return f'<Confsync.Version {self.name}>'


Version = override(Version)


class Explanation(Confsync.Explanation):
    """Who last changed a value: version, author and time say when; value is what has been there
    since, and previous_value what was there before; both are None for nothing."""

    __module__ = 'gi.overrides.Confsync'

    pointer = property(lambda self: self.get_pointer())
    version = property(lambda self: self.get_version())
    author = property(lambda self: _of_stamp(self.get_version(), 'get_author'))
    time = property(lambda self: _of_stamp(self.get_version(), 'get_time'))
    value = property(lambda self: _out(self.get_value()))
    previous_version = property(lambda self: self.get_previous_version())
    previous_value = property(lambda self: _out(self.get_previous_value()))
    exact = property(lambda self: self.is_exact())

    def __repr__(self):
        return f'<Confsync.Explanation of {self.pointer or "the whole document"}>'


def _out(json):
    return json._out() if json is not None else None


Explanation = override(Explanation)
