# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: The confsync authors
#
# Conflicts that wait for a person, as Python objects: what stands where is an attribute.
"""Confsync.OpenConflict with attributes, and what settles one."""

import collections

from ..module import get_introspection_module
from ..overrides import override
from ._confsync_json import to_json

Confsync = get_introspection_module('Confsync')

Settlement = collections.namedtuple('Settlement', 'hash ours_at')
Settlement.__doc__ = """What came of a conflict; ours_at: where both changed, and ours was taken."""

CHOICES = {Confsync.choice_to_string(choice): choice
           for choice in (Confsync.Choice.OURS, Confsync.Choice.THEIRS, Confsync.Choice.MERGE)}


def to_choice(choice, value):
    """The enumeration and the value, of 'ours', 'theirs', 'merge', or a value to put there."""
    if (choice is None) == (value is None):
        raise TypeError("say 'ours', 'theirs', 'merge', or value=…")
    if choice is None:
        return Confsync.Choice.VALUE, to_json(value)
    if choice in CHOICES:
        return CHOICES[choice], None
    if choice in CHOICES.values():
        return choice, None
    raise ValueError(f"{choice!r} is no choice; it is 'ours', 'theirs' or 'merge'")


def _out(json):
    return json._out() if json is not None else None


class OpenConflict(Confsync.OpenConflict):
    """A conflict that no resolver decided. Sides read like members of a document; None is what
    isn't there. For the whole document, base is None where it is not known any more."""

    __module__ = 'gi.overrides.Confsync'

    id = property(lambda self: self.get_id())
    pointer = property(lambda self: self.get_pointer())
    base = property(lambda self: _out(self.get_base()))
    ours = property(lambda self: _out(self.get_ours()))
    theirs = property(lambda self: _out(self.get_theirs()))
    reason = property(lambda self: self.get_reason())

    def __repr__(self):
        return f'<Confsync.OpenConflict {self.id} at {self.pointer or "the whole document"}>'


OpenConflict = override(OpenConflict)
