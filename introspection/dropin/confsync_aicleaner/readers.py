# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: The confsync authors
#
# Descriptors in the loop that runs, and what must end before the process does. A loop may be closed
# while its reader is still there: it is then gone with the loop.
"""Reading from the library's queues."""

import asyncio
import atexit
import weakref

# objects with a method finish() that doesn't need a loop
_open = weakref.WeakSet()


class Reader:
    """Calls a function in the running loop whenever a descriptor can be read."""

    def __init__(self, descriptor, function):
        self.loop = asyncio.get_running_loop()
        self._descriptor = descriptor
        self.loop.add_reader(descriptor, function)

    def close(self):
        if self._descriptor is not None and not self.loop.is_closed():
            self.loop.remove_reader(self._descriptor)
        self._descriptor = None


def finish_at_exit(thing):
    """Has thing.finish() called when the process ends, should it still be there."""
    _open.add(thing)


def finished(thing):
    _open.discard(thing)


@atexit.register
def _finish_all():
    for thing in list(_open):
        thing.finish()
