# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: The confsync authors
#
# Calling what the program gave us: plain and coroutine functions alike, in order, and so that what
# goes wrong in one of them harms nobody else.
"""Callbacks."""

import asyncio
import collections
import inspect
import logging

log = logging.getLogger(__name__)

# what may wait for its turn; each change is a whole configuration, so the newest ones count
WAITING_MAX = 64
# how long a callback may go on once we are told to stop, in seconds
GRACE_S = 1.0


async def call(function, *args):
    """Calls a plain or a coroutine function."""
    result = function(*args)
    return await result if inspect.isawaitable(result) else result


async def call_each(functions, *args):
    """Calls each; an exception is logged and stops no other one."""
    for function in list(functions):
        try:
            await call(function, *args)
        except Exception:
            log.exception('a callback failed: %s', getattr(function, '__qualname__', function))


class Turns:
    """Runs what is posted, one at a time and in order, in the loop in which it is posted.

    Where too much waits, the oldest is dropped; or nothing is, where pause() and resume() can keep
    more from coming.
    """

    def __init__(self, pause=None, resume=None):
        self._waiting = collections.deque(maxlen=None if pause else WAITING_MAX)
        self._pause, self._resume = pause, resume
        self._paused = False
        self._task = None

    def post(self, function, *args):
        self._waiting.append((function, args))
        if self._pause and not self._paused and len(self._waiting) >= WAITING_MAX:
            self._paused = True
            self._pause()
        if self._task is None or self._task.done():
            self._task = asyncio.get_running_loop().create_task(self._run())

    async def _run(self):
        while self._waiting:
            function, args = self._waiting.popleft()
            if self._paused and len(self._waiting) < WAITING_MAX // 2:
                self._paused = False
                self._resume()
            await call_each([function], *args)

    async def close(self):
        """What waits is dropped; what runs is given a moment, unless it is who calls."""
        self._waiting.clear()
        self._paused = False
        task, self._task = self._task, None
        if task is None or task.done() or task is asyncio.current_task():
            return
        if task.get_loop() is not asyncio.get_running_loop():
            return
        await asyncio.wait([task], timeout=GRACE_S)
        if not task.done():
            task.cancel()
            await asyncio.wait([task])
