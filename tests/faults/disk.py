# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: The confsync authors
#
# The handle of fault-shim.c: which calls of a process fail from now on, and how often they did.
"""A disk that fails when it is told to."""

import contextlib
import mmap
import os
import struct

import tooling
from tooling import harness

# in the order of Call in fault-shim.c
CALLS = ['none', 'open', 'write', 'fsync', 'rename', 'link', 'unlink', 'fsync of a directory',
         'read']
NUMBERS = struct.Struct('iiii')


class Disk:
    """Below a folder; another file is the page that is shared."""

    def __init__(self, page, folder):
        size = NUMBERS.size + 4096
        page.write_bytes(bytes(size))
        with open(page, 'r+b') as file:
            self.page = mmap.mmap(file.fileno(), size)
        self.folder = folder
        self.variables = {'TEST_FAULT_PAGE': str(page),
                          'LD_PRELOAD': os.path.realpath(tooling.options.shim)}

    def environment(self):
        return harness.environment(**self.variables)

    @property
    def fired(self):
        return NUMBERS.unpack_from(self.page)[3]

    def set(self, call, errnum, times=-1, folder=None):
        self.page[:NUMBERS.size] = bytes(NUMBERS.size)
        self.page[NUMBERS.size:] = os.fsencode(folder or self.folder).ljust(4096, b'\0')
        self.page[:NUMBERS.size] = NUMBERS.pack(CALLS.index(call), errnum, times, 0)

    @contextlib.contextmanager
    def broken(self, call, errnum, times=-1, folder=None):
        """Gives what tells how often it failed; below that folder alone."""
        self.set(call, errnum, times, folder)
        try:
            yield self
        finally:
            fired = self.fired
            self.set('none', 0)
            assert fired > 0, f'no {call} failed'
