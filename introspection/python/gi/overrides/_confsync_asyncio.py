# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: The confsync authors
#
# A manager for asyncio. The engine runs in a Confsync.Thread, which never calls Python; one
# descriptor in asyncio's loop says that there is news. So no function of Python's is handed to C.
"""Confsync.AsyncManager: a manager whose methods are awaited."""

import asyncio
import atexit
import collections
import inspect
import weakref

from ..module import get_introspection_module
from ._confsync_conflict import Settlement, to_choice
from ._confsync_json import Document, to_json

Confsync = get_introspection_module('Confsync')

# how many notifications are read before the rest of the loop has its turn
BATCH = 100
# how many changes wait for a slow reader of changes(); the oldest go first
MAX_CHANGES = 64

Change = collections.namedtuple('Change', 'document author local missed')
Change.__doc__ = """One change of the configuration. missed: how many before it were not told."""

_open = weakref.WeakSet()


@atexit.register
def _close_all():
    for manager in list(_open):
        manager.close()


class _Changes:
    """What changes() gives: an asynchronous iterator that ends when the manager is closed."""

    def __init__(self, most=MAX_CHANGES):
        self.most = most
        self.waiting = collections.deque()
        self.dropped = 0
        self.ended = False
        self.wake = None

    def __aiter__(self):
        return self

    def put(self, change):
        if len(self.waiting) == self.most:
            self.dropped += 1 + self.waiting.popleft().missed
        self.waiting.append(change)
        self.stir()

    def end(self):
        self.ended = True
        self.stir()

    def stir(self):
        if self.wake is not None and not self.wake.done():
            self.wake.set_result(None)

    async def __anext__(self):
        while not self.waiting:
            if self.ended:
                raise StopAsyncIteration
            self.wake = asyncio.get_running_loop().create_future()
            await self.wake
        change = self.waiting.popleft()
        dropped, self.dropped = self.dropped, 0
        return change._replace(missed=change.missed + dropped)


def _identify(node, key_file, key, tls):
    """What a node proves who it is by. Errors have no part of a key in them."""
    if key is not None and key_file is not None:
        raise TypeError('a key is given, or the file that it is in, not both')
    if key is not None:
        node.set_key(key)
    if key_file is not None:
        node.load_key_file(str(key_file))
    if tls is not None:
        node.set_property('tls', tls)


class AsyncManager:
    """One document on one instance, for programs that run asyncio.

    It is configured like a Confsync.Manager, or given one that doesn't run; resolvers are those of
    places, by pointer: plugins' names or objects. key_file, or key, is what all instances share;
    tls, a Confsync.Tls, says whom wss:// trusts. What it is asked is awaited in one loop; callbacks
    and changes() come in that loop too. Errors are those of Confsync.Manager, as GLib.Error.

        async with Confsync.AsyncManager('app.json', peers=['ws://hall:8765']) as manager:
            async for change in manager.changes():
                print(change.author, change.document['theme'])
    """

    def __init__(self, config_path=None, base_dir=None, *, peers=(), listen=(), instance_id=None,
                 allow_unauthenticated=False, key_file=None, key=None, tls=None, audit_file=None,
                 manager=None, resolvers=None, max_pending=MAX_CHANGES, **properties):
        if manager is None:
            node = Confsync.Node(instance_id=instance_id,
                                 allow_unauthenticated=allow_unauthenticated)
            manager = Confsync.Manager(node=node, config_path=config_path, base_dir=base_dir,
                                       **properties)
        elif config_path or base_dir or instance_id or allow_unauthenticated or properties:
            raise TypeError('a manager is given, or what makes one, not both')
        node = manager.get_node()
        for pointer, resolver in (resolvers or {}).items():
            by_name = isinstance(resolver, str)
            (manager.add_resolver_by_name if by_name else manager.add_resolver)(pointer, resolver)
        _identify(node, key_file, key, tls)
        if audit_file is not None:
            node.set_audit_file(str(audit_file))
        for address in listen:
            node.add_listener(address)
        for address in peers:
            node.add_peer(address)
        self._thread = Confsync.Thread(manager=manager, max_pending=max_pending)
        self._loop = None
        self._answers = {}
        self._callbacks = {}
        self._last_callback = 0
        self._tasks = set()
        self._iterators = weakref.WeakSet()
        self._start = None
        self._first = None
        _open.add(self)

    # asking

    async def start(self):
        await self._ask(self._begin)

    async def stop(self):
        await self._ask(self._thread.stop)

    async def force_sync(self):
        await self._ask(self._thread.force_sync)

    async def set_document(self, document, allow_empty=False):
        flags = Confsync.EditFlags.ALLOW_EMPTY if allow_empty else Confsync.EditFlags.NONE
        await self._ask(self._thread.set_document, Document(document), flags)

    async def set_value(self, pointer, value):
        await self._ask(self._thread.set_value, pointer, to_json(value))

    async def patch(self, operations):
        await self._ask(self._thread.patch, to_json(operations))

    async def list_conflicts(self):
        """Confsync.OpenConflict objects, oldest first."""
        return (await self._ask(self._thread.list_conflicts)).get_conflicts()

    async def resolve(self, id=None, choice=None, *, value=None, allow_empty=False):
        """Settles a conflict by 'ours', 'theirs', 'merge', or value=…; gives a Settlement. Without
        an id it is the only one that there is."""
        flags = Confsync.EditFlags.ALLOW_EMPTY if allow_empty else Confsync.EditFlags.NONE
        answer = await self._ask(self._thread.resolve, id, *to_choice(choice, value), flags)
        details = answer.get_details().unpack()
        return Settlement(details['hash'], details['ours-at'])

    async def confirm(self, hash=None):
        """What another instance made works here: it stays. That something is on trial is told as
        an event, Confsync.EVENT_TRIAL, with its hash."""
        await self._ask(self._thread.confirm, hash)

    async def reject(self, hash=None, reason=None):
        """It doesn't: what was confirmed last is put back."""
        await self._ask(self._thread.reject, hash, reason)

    async def revert_local(self):
        """Puts back what the others have, where an instance that only receives was edited."""
        await self._ask(self._thread.revert_local)

    async def reset_clock(self):
        """Ends the effect of a clock that was far ahead, once it was set right."""
        await self._ask(self._thread.reset_clock)

    async def add_peer(self, address):
        await self._ask(self._thread.add_peer, address)

    async def status(self):
        """A dict, as Confsync.Thread.query_status() describes it."""
        return (await self._ask(self._thread.query_status)).get_details().unpack()

    async def list_versions(self):
        """Confsync.Version objects, newest first."""
        return (await self._ask(self._thread.list_versions)).get_versions()

    async def get_version(self, name):
        return (await self._ask(self._thread.get_version, name)).get_document()

    async def rollback(self, name, allow_empty=False):
        """Makes a version the configuration again, by a new edit; gives the hash."""
        flags = Confsync.EditFlags.ALLOW_EMPTY if allow_empty else Confsync.EditFlags.NONE
        answer = await self._ask(self._thread.rollback, name, flags)
        return answer.get_details().unpack()['hash']

    async def restore(self):
        """Puts back a live file that is gone; says whether it had to."""
        return (await self._ask(self._thread.restore)).get_details().unpack()['restored']

    async def explain(self, pointer):
        """Which version last changed a value: a Confsync.Explanation."""
        return (await self._ask(self._thread.explain, pointer)).get_explanation()

    @property
    def document(self):
        """The newest configuration that is known, or None."""
        return self._thread.dup_document()

    @property
    def running(self):
        return self._thread.is_running()

    @property
    def closed(self):
        return self._thread.is_closed()

    # being told

    def connect_changed(self, callback):
        """callback(document, author, local), a function or a coroutine function."""
        return self._connect(Confsync.NotificationKind.CHANGED, callback)

    def connect_event(self, callback):
        """callback(level, name, details), likewise; see Confsync.EVENT_CHANGED and so on."""
        return self._connect(Confsync.NotificationKind.EVENT, callback)

    def disconnect(self, handler):
        self._callbacks.pop(handler, None)

    def changes(self):
        """An asynchronous iterator over what changes from now on. The first one begins with the
        start: where several changes came before it was asked for, with the last of them."""
        iterator, self._first = self._first or _Changes(), None
        iterator.most = MAX_CHANGES
        if self.closed:
            iterator.end()
        self._iterators.add(iterator)
        return iterator

    # ending

    def close(self):
        """Stops, and waits for the end of the thread. For good; once more does no harm."""
        self._thread.close()
        self._closed()

    async def aclose(self):
        """The same, while the loop goes on."""
        await asyncio.get_running_loop().run_in_executor(None, self._thread.close)
        self._closed()

    async def __aenter__(self):
        await self.start()
        return self

    async def __aexit__(self, *exception):
        await self.aclose()

    # inside

    def _connect(self, kind, callback):
        self._last_callback += 1
        self._callbacks[self._last_callback] = (kind, callback)
        return self._last_callback

    def _attach(self):
        loop = asyncio.get_running_loop()
        if self._loop is loop:
            return loop
        if self._loop is not None and not self._loop.is_closed():
            raise RuntimeError('the manager belongs to another event loop, which still runs')
        # whoever waited in a loop that is closed waits no more
        self._answers.clear()
        self._loop = loop
        loop.add_reader(self._thread.get_fd(), self._read)
        return loop

    def _begin(self):
        self._start = self._thread.start()
        return self._start

    async def _ask(self, request, *arguments):
        loop = self._attach()
        number = request(*arguments)
        answer = self._answers[number] = loop.create_future()
        try:
            return await answer
        except asyncio.CancelledError:
            self._thread.cancel(number)
            raise
        finally:
            self._answers.pop(number, None)

    def _read(self, most=BATCH):
        for _ in range(most):
            news = self._thread.pop()
            if news is None:
                return False
            self._tell(news)
        return True

    def _tell(self, news):
        kind = news.get_kind()
        if kind == Confsync.NotificationKind.ANSWER:
            self._answer(news)
        elif kind == Confsync.NotificationKind.CHANGED:
            change = Change(news.get_document(), news.get_author(), news.is_local(),
                            news.get_missed())
            for iterator in list(self._iterators):
                iterator.put(change)
            self._call(kind, *change[:3])
        elif any(wanted == kind for wanted, _ in self._callbacks.values()):
            self._call(kind, news.get_level(), news.get_name(), news.get_details().unpack())

    def _answer(self, news):
        if news.get_id() == self._start and not self._iterators:
            # changes may come in before whoever started it has its turn again
            self._first = _Changes(most=1)
            self._iterators.add(self._first)
        future = self._answers.get(news.get_id())
        if future is None or future.done():
            return
        error = news.get_error()
        if error is not None:
            future.set_exception(error)
        else:
            future.set_result(news)

    def _call(self, kind, *arguments):
        for wanted, callback in list(self._callbacks.values()):
            if wanted != kind:
                continue
            try:
                result = callback(*arguments)
                if inspect.isawaitable(result):
                    self._run(result)
            except Exception as error:
                self._complain(error, callback)

    def _run(self, awaitable):
        async def run():
            try:
                await awaitable
            except Exception as error:
                self._complain(error, awaitable)
        task = self._loop.create_task(run())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _complain(self, error, callback):
        self._loop.call_exception_handler({
            'message': f'a callback of a Confsync.AsyncManager failed: {callback!r}',
            'exception': error,
        })

    def _closed(self):
        _open.discard(self)
        if self._loop is not None and not self._loop.is_closed():
            self._loop.remove_reader(self._thread.get_fd())
            while self._read():
                pass
            for iterator in list(self._iterators):
                iterator.end()
        self._loop = None
