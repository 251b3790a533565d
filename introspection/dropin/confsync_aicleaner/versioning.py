# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: The confsync authors
#
# The versions of a configuration, which are the library's own history: these calls only wait for
# it. While an engine runs it is the engine's store that is asked, so that two never write at once.
"""manager.config_versioning."""

import json
import os
import secrets
import time

from .documents import from_document, to_document
from .library import Confsync, GLib, to_exception

FOLDER = 'config_versions'


class ConfigVersioning:
    """Versions under a base directory, newest first; as many as max_versions are kept."""

    def __init__(self, config_base_dir, max_versions=10, config_path=None, author='aicleaner'):
        if not os.path.isdir(config_base_dir):
            raise ValueError(f'{os.fspath(config_base_dir)}: no such directory; make it first')
        self.config_base_dir = config_base_dir
        self.max_versions = max_versions
        self.versions_dir = os.path.join(config_base_dir, FOLDER)
        self._config_path = config_path or os.path.join(config_base_dir, 'config.json')
        self._author = author
        self._engine = None

    def use_engine(self, engine):
        """Asks this engine's store from now on; with None, one of its own."""
        self._engine = engine

    def _store(self):
        store = self._engine.get_store() if self._engine is not None else None
        if store is not None:
            return store
        # a fresh one each time, as others may have written meanwhile
        return Confsync.FileStore(path=os.path.abspath(os.fspath(self._config_path)),
                                  base_dir=os.path.abspath(os.fspath(self.config_base_dir)),
                                  max_versions=self.max_versions)

    def _stamp(self):
        """A copy that a program keeps includes nobody's edits, so its actor is nobody's either."""
        now = time.time_ns() // 1000
        return Confsync.Stamp.new_from_string(json.dumps({
            'time': now, 'author': self._author, 'kind': 'edit', 'epoch': 0, 'floor': 0,
            'vector': {secrets.token_hex(8): now}}))

    def save_version(self, config):
        """Keeps a configuration, and gives the path of its file."""
        document = to_document(config)
        try:
            revision = Confsync.Revision.new(document, self._stamp())
            name = self._store().save_version_sync(revision, Confsync.Cause.UNKNOWN, None)
        except GLib.Error as error:
            raise to_exception(error) from None
        return os.path.join(self.versions_dir, name)

    def list_versions(self):
        """The names of the files, newest first."""
        try:
            return [version.get_name() for version in self._store().list_versions_sync(None)]
        except GLib.Error as error:
            raise to_exception(error) from None

    def get_version(self, name):
        """The configuration of that name; None where there is none, and for no proper name."""
        if not isinstance(name, str):
            return None
        try:
            return from_document(self._store().get_version_sync(name, None))
        except GLib.Error as error:
            if error.domain == 'confsync-error-quark':
                return None
            raise to_exception(error) from None

    def get_latest_version(self):
        """The newest configuration, or None."""
        names = self.list_versions()
        return self.get_version(names[0]) if names else None
