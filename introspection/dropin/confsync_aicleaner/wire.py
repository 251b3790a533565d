# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: The confsync authors
#
# Frames, connections and file changes for asyncio: the library's courier, whose thread does the
# work, and whose queue is read in the loop that was running when this was made.
"""The courier in asyncio."""

import asyncio

from .library import Confsync, GLib, to_exception
from .readers import Reader, finish_at_exit, finished

# how many events are taken in one turn of the loop, so that others get theirs
EVENTS_A_TURN = 100
# how long ends may take; the library bounds each one by itself
END_S = 5.0

Event = Confsync.CourierEvent


class Wire:
    """Listeners, channels and watches by number; handler(event, message, text) hears of each."""

    def __init__(self, instance_id):
        self.on_accepted = None  # function(number, where from), gives the handler
        self._courier = Confsync.Courier.new(instance_id)
        self._handlers = {}
        self._quiet = asyncio.Event()
        self._paused = False
        self._reader = Reader(self._courier.get_fd(), self._read)
        finish_at_exit(self)

    def _begin(self, begin, args, handler):
        try:
            number = begin(*args)
        except GLib.Error as error:
            raise to_exception(error) from None
        self._handlers[number] = handler
        return number

    def listen(self, address, handler, exposed=False, legacy=False):
        flags = Confsync.ListenFlags.NONE
        if exposed:
            flags |= Confsync.ListenFlags.EXPOSED
        if legacy:
            flags |= Confsync.ListenFlags.LEGACY
        return self._begin(self._courier.listen, (address, flags), handler)

    def dial(self, address, handler):
        return self._begin(self._courier.dial, (address,), handler)

    def watch(self, path, handler):
        return self._begin(self._courier.watch, (path,), handler)

    def is_current(self):
        """Whether the loop that runs now is the one that reads this."""
        return self._reader.loop is asyncio.get_running_loop()

    def send(self, number, frame):
        self._courier.send(number, GLib.Bytes.new(frame))

    def end(self, number):
        self._courier.end(number)

    def pause(self):
        """Takes nothing more from the library for now, which bounds what waits there."""
        self._paused = True
        self._reader.close()

    def resume(self):
        if self._paused and self.is_current():
            self._paused = False
            self._reader = Reader(self._courier.get_fd(), self._read)

    def _read(self):
        for _ in range(EVENTS_A_TURN):
            if self._paused:
                return
            event, number, message, text = self._courier.pop()
            if event == Event.NOTHING:
                return
            self._hear(event, number, message, text)

    def _hear(self, event, number, message, text):
        if event == Event.ACCEPTED and self.on_accepted is not None:
            self._handlers[number] = self.on_accepted(number, text)
            return
        handler = self._handlers.get(number)
        if event == Event.CLOSED:
            self._handlers.pop(number, None)
            if not self._handlers:
                self._quiet.set()
        if handler is not None:
            handler(event, message.get_data() if message is not None else None, text)

    async def close(self):
        """Ends all there is, and waits for it; the other ends are said goodbye."""
        if self.is_current() and self._handlers:
            self.resume()
            self._quiet.clear()
            for number in list(self._handlers):
                self._courier.end(number)
            try:
                await asyncio.wait_for(self._quiet.wait(), END_S)
            except asyncio.TimeoutError:
                pass  # the courier cuts off what is left
        self.finish()

    def finish(self):
        """As close(), without a loop."""
        self._reader.close()
        self._courier.close()
        self._handlers.clear()
        finished(self)


class Opening:
    """Waits for the first event of something that was begun, and gives on those that follow."""

    def __init__(self, handler):
        self._handler = handler
        self._first = asyncio.get_running_loop().create_future()

    def __call__(self, event, message, text):
        if self._first.done():
            self._handler(event, message, text)
        elif event == Event.CLOSED:
            self._first.set_exception(OSError(text or 'it was closed'))
        else:
            self._first.set_result(text)

    async def opened(self):
        """The text of the first event; OSError where it was the end."""
        return await self._first
