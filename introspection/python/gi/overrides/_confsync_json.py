# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: The confsync authors
#
# JSON values and documents as Python knows them: made of dicts and lists, and read like them.
# Nothing passes that would come back as another value than it went in.
"""Confsync.Json and Confsync.Document with the manners of dicts and lists."""

import collections.abc
import json

from gi.repository import GLib

from ..module import get_introspection_module
from ..overrides import override

Confsync = get_introspection_module('Confsync')

INT64 = range(-2**63, 2**63)
# far beyond what a document may have, and far from where Python gives up
MAX_DEPTH = 100
Kind = Confsync.JsonKind


def _escape(name):
    return name.replace('~', '~0').replace('/', '~1')


def _check_text(text, where, what):
    try:
        text.encode()
    except UnicodeEncodeError:
        raise ValueError(f'{where or "the value"}: {what} with half a surrogate pair '
                         'is no text that JSON can hold') from None
    if '\0' in text:
        raise ValueError(f'{where or "the value"}: {what} with a NUL can\'t be held')


def _check_scalar(value, where):
    """Says what is wrong with a value that is no container, by its JSON Pointer."""
    if isinstance(value, bool) or value is None:
        return
    if isinstance(value, str):
        _check_text(value, where, 'a string')
    elif isinstance(value, int):
        if value not in INT64:
            raise OverflowError(f'{where or "the value"}: {value} is beyond 64 bits')
    elif isinstance(value, float):
        if value != value or value in (float('inf'), float('-inf')):
            raise ValueError(f'{where or "the value"}: {value} is no number that JSON can hold')
    else:
        raise TypeError(f'{where or "the value"}: {type(value).__name__} is nothing that JSON '
                        'can hold')


def _check_name(name, where):
    if not isinstance(name, str):
        raise TypeError(f'{where or "the value"}: the name {name!r} is no string')
    _check_text(name, where, 'a name')


def _plain(value, where='', around=()):
    """The same in dicts, lists and scalars that json.dumps() writes as they are."""
    if isinstance(value, (Confsync.Json, Confsync.Document)):
        return value.to_python()
    if not isinstance(value, (collections.abc.Mapping, list, tuple)):
        _check_scalar(value, where)
        return value
    if id(value) in around:
        raise ValueError(f'{where or "the value"} contains itself')
    if len(around) >= MAX_DEPTH:
        raise ValueError(f'{where[:40]}…: nested deeper than any document may be')
    around = (*around, id(value))
    if isinstance(value, (list, tuple)):
        return [_plain(element, f'{where}/{index}', around)
                for index, element in enumerate(value)]
    for name in value:
        _check_name(name, where)
    return {name: _plain(member, f'{where}/{_escape(name)}', around)
            for name, member in value.items()}


def to_bytes(value):
    """The JSON text of a Python value; TypeError, ValueError or OverflowError say where not."""
    text = json.dumps(_plain(value), ensure_ascii=False, allow_nan=False, separators=(',', ':'))
    return GLib.Bytes.new(text.encode())


def to_json(value):
    """A Confsync.Json of whatever may be one."""
    if isinstance(value, Confsync.Json):
        return value
    if isinstance(value, Confsync.Document):
        return value.get_json()
    return Confsync.Json.parse(to_bytes(value), None)


class _Value:
    """What PyGObject's boxed types have of their own, which compares addresses."""

    def __ne__(self, other):
        equal = self.__eq__(other)
        return equal if equal is NotImplemented else not equal


class Json(_Value, Confsync.Json):
    """A JSON value. Objects read like dicts, arrays like lists; what they hold comes as a Python
    value if it is a scalar, and as another Confsync.Json if not. to_python() gives all of it."""

    __module__ = 'gi.overrides.Confsync'

    def __new__(cls, value):
        return to_json(value)

    def __init__(self, value):
        pass

    def to_python(self):
        return json.loads(self.to_compact().get_data())

    def _out(self):
        """Itself, or the scalar that it is."""
        kind = self.get_kind()
        if kind in (Kind.OBJECT, Kind.ARRAY):
            return self
        if kind == Kind.STRING:
            return self.dup_string()
        if kind == Kind.INTEGER:
            return self.get_integer()
        if kind == Kind.DOUBLE:
            return self.get_double()
        return self.get_boolean() if kind == Kind.BOOLEAN else None

    def _require(self, *kinds):
        kind = self.get_kind()
        if kind not in kinds:
            raise TypeError(f'a JSON {kind.value_nick} holds nothing to ask for')
        return kind

    def _is_object(self):
        return self._require(Kind.OBJECT, Kind.ARRAY) == Kind.OBJECT

    def __len__(self):
        self._require(Kind.OBJECT, Kind.ARRAY)
        return self.get_length()

    def __bool__(self):
        return bool(self.to_python()) if self.get_kind() not in (Kind.OBJECT, Kind.ARRAY) else \
            self.get_length() > 0

    def _element(self, index):
        if isinstance(index, slice):
            return [self._element(i) for i in range(*index.indices(len(self)))]
        if not isinstance(index, int) or isinstance(index, bool):
            raise TypeError(f'an array is asked by number, not by {index!r}')
        at = index + len(self) if index < 0 else index
        if not 0 <= at < len(self):
            raise IndexError(f'there is no element {index} of {len(self)}')
        return self.get_element(at)._out()

    def __getitem__(self, key):
        if not self._is_object():
            return self._element(key)
        member = self.get_member(key) if isinstance(key, str) and '\0' not in key else None
        if member is None:
            raise KeyError(key)
        return member._out()

    def get(self, key, default=None):
        """As dict.get()."""
        try:
            return self[key]
        except (KeyError, IndexError):
            return default

    def keys(self):
        """The names of an object's members."""
        self._require(Kind.OBJECT)
        return [self.dup_member_name(index) for index in range(self.get_length())]

    def values(self):
        """As dict.values()."""
        return [self[name] for name in self.keys()]

    def items(self):
        """As dict.items()."""
        return [(name, self[name]) for name in self.keys()]

    def __iter__(self):
        if self._is_object():
            return iter(self.keys())
        return (self._element(index) for index in range(self.get_length()))

    def __contains__(self, wanted):
        if self._is_object():
            return self.get(wanted, self) is not self
        return any(element == wanted for element in self)

    def __eq__(self, other):
        try:
            return self.equal(to_json(other))
        except (TypeError, ValueError, OverflowError, GLib.Error):
            return NotImplemented

    def __hash__(self):
        return hash(self.hash())

    def __repr__(self):
        # what a configuration holds is not for tracebacks and logs
        kind = self.get_kind()
        size = f' of {self.get_length()}' if kind in (Kind.OBJECT, Kind.ARRAY) else ''
        return f'<Confsync.Json {kind.value_nick}{size}>'


Json = override(Json)


class Document(_Value, Confsync.Document):
    """A configuration, read like a dict."""

    __module__ = 'gi.overrides.Confsync'

    def __new__(cls, value=None):
        # as a text, so that it keeps the order of members
        if value is None:
            value = {}
        if isinstance(value, Confsync.Document):
            return value
        if isinstance(value, Confsync.Json):
            return cls.new_from_json(value)
        if not isinstance(value, collections.abc.Mapping):
            raise TypeError(f'a configuration is a dict, not {type(value).__name__}')
        return cls.new(to_bytes(value), None)

    def __init__(self, value=None):
        pass

    def to_python(self):
        return self.get_json().to_python()

    def __getitem__(self, name):
        return self.get_json()[name]

    def get(self, name, default=None):
        """As dict.get()."""
        return self.get_json().get(name, default)

    def keys(self):
        """The names of its members."""
        return self.get_json().keys()

    def values(self):
        """As dict.values()."""
        return self.get_json().values()

    def items(self):
        """As dict.items()."""
        return self.get_json().items()

    def __len__(self):
        return len(self.get_json())

    def __iter__(self):
        return iter(self.get_json())

    def __contains__(self, name):
        return name in self.get_json()

    def __eq__(self, other):
        return self.get_json() == other

    def __hash__(self):
        return hash(self.get_hash())

    def __repr__(self):
        return f'<Confsync.Document of {self.get_size()} bytes, {self.get_hash()[:12]}>'


Document = override(Document)


class Revision(_Value, Confsync.Revision):
    """A document with its stamp; equal where both are."""

    __module__ = 'gi.overrides.Confsync'

    def _key(self):
        return self.get_hash(), self.get_stamp().to_string()

    def __eq__(self, other):
        return self._key() == other._key() if isinstance(other, Revision) else NotImplemented

    def __hash__(self):
        return hash(self._key())


Revision = override(Revision)

__all__ = ['Document', 'Json', 'Revision', 'to_json']
