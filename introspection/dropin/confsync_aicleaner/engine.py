# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: The confsync authors
#
# A document and its node for asyncio: the library's thread does the work, and its queue is read in
# the loop that was running when this was made. The program is never called from another thread.
"""The library's manager in asyncio."""

import asyncio
import dataclasses
import logging
import os
from typing import Optional

from . import security, settings
from .documents import from_document, to_document
from .library import Confsync, ConfigSyncError, GLib, to_exception
from .logs import event_line
from .readers import Reader, finish_at_exit, finished

log = logging.getLogger(__name__)

# how many notifications are taken in one turn of the loop, so that others get theirs
NOTIFICATIONS_A_TURN = 100
# how long a call that waits may take, in microseconds
WAIT_US = 10 * 1000 * 1000

UNWATCHED = '.unwatched'

LEVELS = {Confsync.Level.DEBUG: logging.DEBUG, Confsync.Level.INFO: logging.INFO,
          Confsync.Level.WARNING: logging.WARNING, Confsync.Level.ERROR: logging.ERROR}


@dataclasses.dataclass
class Plan:
    """What a manager's parts want of its engine."""

    listen: Optional[str] = None
    peers: list = dataclasses.field(default_factory=list)
    watch: bool = False


@dataclasses.dataclass
class Document:
    """Where a configuration is, and who has it."""

    config_path: str
    base_dir: str
    instance_id: str
    max_versions: int
    options: dict = dataclasses.field(default_factory=dict)  # an add-on's


def make_manager(document, plan):
    """The library's manager; ValueError where an address or an option makes no sense."""
    base_dir = os.path.abspath(os.fspath(document.base_dir))
    options = {}
    if not plan.watch:
        # somebody else watches: the library's watcher gets a file that is never there
        options['watcher'] = Confsync.FileWatcher.new(os.path.join(base_dir, UNWATCHED))
    manager = Confsync.Manager(config_path=os.path.abspath(os.fspath(document.config_path)),
                               base_dir=base_dir, max_versions=document.max_versions, **options)
    node = manager.get_node()
    try:
        security.apply(node, document.options)
        node.set_instance_id(settings.clean_id(document.instance_id))
        if plan.listen is not None:
            node.add_listener(plan.listen)
        for url in plan.peers:
            node.add_peer(url)
    except GLib.Error as error:
        raise to_exception(error) from None
    return manager


def edit_and_stop(document, config):
    """Makes one edit of a document that no engine of this process has, and waits for it."""
    thread = Confsync.Thread.new(make_manager(document, Plan()))
    try:
        thread.wait(thread.start(), WAIT_US).check()
        thread.wait(thread.set_document(to_document(config), Confsync.EditFlags.ALLOW_EMPTY),
                    WAIT_US).check()
    except GLib.Error as error:
        raise to_exception(error) from None
    finally:
        thread.close()


class Engine:
    """One run of a manager: on_changed(config, author, local), on_event(name, details)."""

    def __init__(self, document, plan, on_changed, on_event):
        self._manager = make_manager(document, plan)
        self._thread = Confsync.Thread.new(self._manager)
        self._on_changed, self._on_event = on_changed, on_event
        self._answers = {}
        self._reader = None

    async def start(self):
        """OSError or ValueError where it can't; nothing is left then."""
        self._reader = Reader(self._thread.get_fd(), self._read)
        finish_at_exit(self)
        try:
            await self._ask(self._thread.start)
        except BaseException:
            self.finish()
            raise

    async def stop(self):
        """What is being written is finished; then there is nothing left of it."""
        try:
            if self.is_current():
                await self._ask(self._thread.stop)
        finally:
            self.finish()

    def finish(self):
        """As stop(), without a loop."""
        if self._reader is not None:
            self._reader.close()
        self._thread.close()
        for future in self._answers.values():
            if not future.done() and not future.get_loop().is_closed():
                future.set_exception(ConfigSyncError('stopped before it was answered'))
        self._answers.clear()
        finished(self)

    def is_current(self):
        """Whether the loop that runs now is the one that reads this."""
        return self._reader is not None and self._reader.loop is asyncio.get_running_loop()

    def get_store(self):
        return self._manager.get_store()

    async def edit(self, config):
        """Makes this the configuration, here and everywhere."""
        document = to_document(config)
        await self._ask(self._thread.set_document, document, Confsync.EditFlags.ALLOW_EMPTY)

    def edit_now(self, config):
        """As edit(), for those who wait."""
        try:
            number = self._thread.set_document(to_document(config), Confsync.EditFlags.ALLOW_EMPTY)
            self._thread.wait(number, WAIT_US).check()
        except GLib.Error as error:
            raise to_exception(error) from None

    async def force_sync(self, timeout_s):
        """Until each live peer holds what is held here; asyncio.TimeoutError where one doesn't."""
        await asyncio.wait_for(self._ask(self._thread.force_sync), timeout_s)

    async def query_status(self):
        answer = await self._ask(self._thread.query_status)
        return answer.get_details().unpack()

    async def _ask(self, request, *args):
        try:
            number = request(*args)
        except GLib.Error as error:
            raise to_exception(error) from None
        future = self._answers[number] = asyncio.get_running_loop().create_future()
        try:
            return await future
        except asyncio.CancelledError:
            self._thread.cancel(number)
            raise
        finally:
            self._answers.pop(number, None)

    def _read(self):
        for _ in range(NOTIFICATIONS_A_TURN):
            notification = self._thread.pop()
            if notification is None:
                return
            self._hear(notification)

    def _hear(self, notification):
        kind = notification.get_kind()
        if kind == Confsync.NotificationKind.ANSWER:
            self._answer(notification)
        elif kind == Confsync.NotificationKind.CHANGED:
            self._on_changed(from_document(notification.get_document()),
                             notification.get_author(), notification.is_local())
        else:
            details = notification.get_details().unpack()
            log.log(LEVELS.get(notification.get_level(), logging.INFO), '%s',
                    event_line(notification.get_name(), details))
            self._on_event(notification.get_name(), details)

    def _answer(self, notification):
        future = self._answers.pop(notification.get_id(), None)
        if future is None or future.done():
            return
        try:
            notification.check()
        except GLib.Error as error:
            future.set_exception(to_exception(error))
        else:
            future.set_result(notification)
