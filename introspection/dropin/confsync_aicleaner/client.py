# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: The confsync authors
#
# A client by itself: it sends updates, and hands every message that comes in to its callbacks. It
# speaks as legacy instances do. In a manager, it is one of the node's peers, and this is only how
# it looks.
"""ConfigSyncClient."""

import asyncio
import inspect
import logging
import random
import time

from . import settings
from .callbacks import Turns, call_each
from .documents import config_hash
from .logs import printable
from .message import SyncMessage, decode, encode
from .wire import Event, Opening, Wire

log = logging.getLogger(__name__)

RETRY_MIN_S, RETRY_MAX_S = 0.5, 60.0


class ConfigSyncClient:
    """WebSocket client for configuration synchronization; it dials again by itself."""

    def __init__(self, server_url, instance_id=None):
        self.server_url = server_url
        self.instance_id = instance_id or settings.make_id('client_')
        self.running = False
        self.message_callbacks = []
        self._owner = None  # the manager whose node dials for us
        self._planned = False
        self._wire = None
        self._number = None  # of the channel while it is open
        self._unsent = None
        self._task = None
        self._turns = Turns(self._pause, self._resume)

    def add_message_callback(self, callback):
        """Has callback(message) called for each message; it may be a coroutine function."""
        self.message_callbacks.append(callback)

    async def start(self):
        """Starts to dial, and comes back; the link comes, and comes again, in the background."""
        if self.running and (self._planned or self._is_current()):
            return
        plan = self._owner.plan if self._owner is not None else None
        if plan is not None and self._is_genuine('_reconnect_loop'):
            plan.peers.append(self.server_url)
            self._planned = self.running = True
            return
        self.running = True
        work = self._reconnect_loop()
        if inspect.isawaitable(work):
            self._task = asyncio.ensure_future(work)
            self._task.add_done_callback(self._ended)

    async def stop(self):
        """Ends the link; calling it again does nothing."""
        self.running = self._planned = False
        task, self._task = self._task, None
        if task is not None and task.get_loop() is asyncio.get_running_loop():
            task.cancel()
            await asyncio.wait([task])
        wire, self._wire, self._number = self._wire, None, None
        if wire is not None:
            await wire.close()
        await self._turns.close()

    async def send_config_update(self, config):
        """Sends a configuration; with no link, the newest one is sent once there is one."""
        if self._planned and self._owner is not None:
            await self._owner.edit(config)
            return
        frame = encode(SyncMessage('config_update', time.time(), self.instance_id,
                                   config_hash(config), config))
        if self._number is not None and self._wire is not None:
            self._wire.send(self._number, frame)
        else:
            self._unsent = frame
            log.info('%s is not linked; the update waits', printable(self.server_url))

    def _ended(self, task):
        if not task.cancelled() and task.exception() is not None:
            log.error('%s: given up: %s', printable(self.server_url), task.exception())

    def is_planned(self):
        """Whether a manager's node sends for us, and nobody has put something in the way."""
        return self._planned and self._is_genuine('send_config_update')

    def _is_genuine(self, name):
        return getattr(getattr(self, name), '__func__', None) is GENUINE[name]

    def _is_current(self):
        return self._task is not None and self._task.get_loop() is asyncio.get_running_loop()

    async def _reconnect_loop(self):
        """Dials for as long as this runs, less and less often while nobody answers."""
        delay = RETRY_MIN_S
        self._wire = Wire(settings.clean_id(self.instance_id))
        while self.running:
            try:
                await self._hold_link()
                delay = RETRY_MIN_S
            except OSError as error:
                log.info('%s: %s', printable(self.server_url), printable(error))
            await asyncio.sleep(delay * random.uniform(0.8, 1.0))
            delay = min(2 * delay, RETRY_MAX_S)

    async def _hold_link(self):
        """Comes back once the link has ended; OSError where there never was one."""
        ended = asyncio.get_running_loop().create_future()

        def heard(event, message, text):
            if event == Event.RECEIVED:
                self._receive(message)
            elif event == Event.CLOSED and not ended.done():
                ended.set_result(text)

        opening = Opening(heard)
        number = self._wire.dial(self.server_url, opening)
        await opening.opened()
        self._number = number
        log.info('linked to %s', printable(self.server_url))
        unsent, self._unsent = self._unsent, None
        if unsent is not None:
            self._wire.send(number, unsent)
        try:
            text = await ended
        finally:
            self._number = None
        log.info('%s: %s', printable(self.server_url), printable(text or 'the link has ended'))

    def _pause(self):
        if self._wire is not None:
            self._wire.pause()

    def _resume(self):
        if self._wire is not None:
            self._wire.resume()

    def _receive(self, frame):
        try:
            message = decode(frame)
        except ValueError as error:
            log.warning('%s sent what is no message: %s', printable(self.server_url),
                        printable(error))
            return
        self._turns.post(call_each, self.message_callbacks, message)


GENUINE = {name: getattr(ConfigSyncClient, name)
           for name in ('_reconnect_loop', 'send_config_update')}
