# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: The confsync authors
#
# Logging. What the library says of listeners, peers and files comes in through the package's own
# loggers; no contents of a configuration are among it.
"""setup_sync_logging() and events as lines."""

import logging
import sys

from . import settings

NAMES = ('confsync_aicleaner', 'sync')
FORMAT = '%(asctime)s %(name)s %(levelname)s %(message)s'


class DefaultLevel(str):
    """A level that stands for itself unless the environment says something else."""


def setup_sync_logging(level=DefaultLevel('INFO')):
    """Has the package log from this level on, to standard error unless logging goes elsewhere.

    The environment's AICLEANER_LOG_LEVEL, or CONFSYNC_LOG_LEVEL, counts where no level is given.
    """
    if isinstance(level, DefaultLevel):
        level = settings.text('LOG_LEVEL') or level
    number = level if isinstance(level, int) else logging.getLevelName(str(level).upper())
    if not isinstance(number, int):
        raise ValueError(f'{level!r} is no log level: DEBUG, INFO, WARNING, ERROR or CRITICAL')
    for name in NAMES:
        logger = logging.getLogger(name)
        logger.setLevel(number)
        if not logger.hasHandlers():
            handler = logging.StreamHandler(sys.stderr)
            handler.setFormatter(logging.Formatter(FORMAT))
            logger.addHandler(handler)
    return logging.getLogger(NAMES[0])


def setup_from_environment():
    if settings.text('LOG_LEVEL') is not None:
        try:
            setup_sync_logging()
        except ValueError as error:
            logging.getLogger(NAMES[0]).warning('%s', error)


def printable(value):
    """One line, whatever strangers put in it."""
    return ''.join(c if c.isprintable() else ascii(c)[1:-1] for c in str(value))


def event_line(name, details):
    return ' '.join([name] + [f'{key}={printable(value)}' for key, value in details.items()])
