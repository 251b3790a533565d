# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: The confsync authors
#
# Two files change places in one step, so an editor knows what it took away.
"""The system call that Python's os module lacks."""

import ctypes
import os

RENAME_EXCHANGE = 2
AT_FDCWD = -100
libc = ctypes.CDLL(None, use_errno=True)


def exchange(first, second):
    """Each has the other's name afterwards; both must exist, on one file system."""
    if libc.renameat2(AT_FDCWD, os.fsencode(first), AT_FDCWD, os.fsencode(second),
                      RENAME_EXCHANGE) != 0:
        raise OSError(ctypes.get_errno(), 'renameat2', str(second))
