# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: The confsync authors
#
# Watching one file. The library says that it may have changed; the file is then read, and the
# program hears of it where the configuration is another one.
"""ConfigWatcher."""

import asyncio
import logging
import os

from . import documents
from .callbacks import Turns, call
from .wire import Event, Opening, Wire

log = logging.getLogger(__name__)

# how long what is no configuration must stay so before it is complained of: an editor may be half
# way
QUIET_S = 1.0


class ConfigWatcher:
    """Monitors a configuration file, and calls callback(config) whenever it is another one.

    A file that is missing, empty, invalid or {} is no configuration, and the callback isn't called.
    """

    def __init__(self, config_path, callback):
        self.config_path = config_path
        self.callback = callback
        self.running = False
        self.last_modified = 0
        self.last_hash = ''
        self._owner = None   # the manager whose engine watches for us
        self._planned = False
        self._wire = None
        self._turns = Turns()
        self._complaint = None

    async def start_watching(self):
        """Starts to watch, and comes back."""
        if self.running and self._is_current():
            return
        if self._owner is not None and self._owner.plan is not None:
            self._owner.plan.watch = self._planned = True
        else:
            await self._start_wire()
        self.note(documents.read_or_none(self.config_path))
        self.running = True

    async def stop_watching(self):
        """Stops to watch; calling it again does nothing."""
        self.running = self._planned = False
        if self._complaint is not None:
            self._complaint.cancel()
            self._complaint = None
        wire, self._wire = self._wire, None
        if wire is not None:
            await wire.close()
            await self._turns.close()

    def _is_current(self):
        """Whether what runs does so in the loop that runs now."""
        return self._planned or self._wire.is_current()

    async def _start_wire(self):
        if self._wire is not None:
            self._wire.finish()
        self._wire = wire = Wire('watcher')
        opening = Opening(self._heard)
        try:
            wire.watch(os.path.abspath(os.fspath(self.config_path)), opening)
            await opening.opened()
        except BaseException:
            self._wire = None
            wire.finish()
            raise

    def _heard(self, event, message, text):
        if event == Event.CHANGED and self.running:
            self._turns.post(self._look)

    def note(self, config):
        """What the file holds now, as far as it is a configuration."""
        try:
            self.last_modified = os.stat(self.config_path).st_mtime
        except OSError:
            self.last_modified = 0
        if config is not None:
            self.last_hash = documents.config_hash(config)

    async def _look(self):
        if self._complaint is not None:
            self._complaint.cancel()
            self._complaint = None
        try:
            config = documents.read(self.config_path)
        except (OSError, ValueError) as error:
            self._complain_later(str(error))
            return
        if not config:
            self._complain_later(f'{os.fspath(self.config_path)}: no configuration in it')
            return
        before = self.last_hash
        self.note(config)
        if self.last_hash != before:
            await call(self.callback, config)

    def _complain_later(self, text):
        loop = asyncio.get_running_loop()
        self._complaint = loop.call_later(QUIET_S, log.warning, '%s; the last good one stays', text)

    def _load_config(self):
        """The file's configuration; may be awaited."""
        return documents.AwaitableDict(documents.read_or_none(self.config_path))
