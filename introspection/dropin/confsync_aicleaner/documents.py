# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: The confsync authors
#
# Configurations as dicts, as the library's documents, and as files. What is read is held to the
# library's strict rules, so that nothing is taken for a configuration which others would refuse.
"""Dicts, documents and files."""

import hashlib
import json
import logging
import os

from .library import Confsync, GLib, to_exception

log = logging.getLogger(__name__)

# a message may hold the largest configuration, so it may be larger and deeper than one
MESSAGE_LIMITS = Confsync.JsonLimits()
MESSAGE_LIMITS.max_bytes = Confsync.JSON_MAX_BYTES + 1024 * 1024
MESSAGE_LIMITS.max_depth = Confsync.JSON_MAX_DEPTH + 4
MESSAGE_LIMITS.max_values = Confsync.JSON_MAX_VALUES + 16


def config_hash(config):
    """The MD5 of what json.dumps prints with sorted keys: how legacy instances compare."""
    text = json.dumps(config, sort_keys=True)
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def parse(data, limits=None):
    """The dict that a JSON object's bytes stand for; ValueError says where it is wrong."""
    try:
        document = Confsync.Document.new(GLib.Bytes.new(data), limits)
    except GLib.Error as error:
        raise to_exception(error) from None
    return from_document(document)


def to_document(config):
    """The library's form of a dict; ValueError or TypeError for what can't be sent as JSON."""
    text = json.dumps(config, ensure_ascii=False, allow_nan=False)
    try:
        return Confsync.Document.new(GLib.Bytes.new(text.encode()), None)
    except GLib.Error as error:
        raise to_exception(error) from None


def from_document(document):
    return json.loads(document.get_text().get_data())


def read(path):
    """The configuration in a file: None where it is missing, ValueError where it is none."""
    try:
        with open(path, 'rb') as file:
            data = file.read()
    except FileNotFoundError:
        return None
    if not data.strip():
        return None
    try:
        return parse(data)
    except ValueError as error:
        raise ValueError(f'{os.fspath(path)}: {error}') from None


def read_or_none(path):
    """As read(), but what is wrong is logged."""
    try:
        return read(path)
    except (OSError, ValueError) as error:
        log.error('%s', error)
        return None


class AwaitableDict(dict):
    """A dict that is there at once, and that can be awaited by those who used to wait for it."""

    def __init__(self, value):
        super().__init__(value or {})
        self._value = None if value is None else self

    def __await__(self):
        return self._value
        yield  # this makes it a generator, as await wants it


class AwaitableNothing:
    """What a function gives that did its work at once and may be awaited nevertheless."""

    def __await__(self):
        return
        yield  # as above

    def __bool__(self):
        return False
