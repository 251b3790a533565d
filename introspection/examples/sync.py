#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: The confsync authors
#
# Keeps one file in step with another instance and prints what changes.
# Usage: sync.py FILE [--listen ADDRESS] [--peer ADDRESS] [--key-file FILE]
import argparse
import asyncio

import gi
gi.require_version('Confsync', '1')
from gi.repository import Confsync  # noqa: E402

parser = argparse.ArgumentParser()
parser.add_argument('file')
parser.add_argument('--listen', action='append', default=[])
parser.add_argument('--peer', action='append', default=[])
parser.add_argument('--key-file')
options = parser.parse_args()


async def main():
    async with Confsync.AsyncManager(options.file, listen=options.listen,
                                     peers=options.peer,
                                     key_file=options.key_file) as manager:
        print('running', *(await manager.status())['listeners'], flush=True)
        async for change in manager.changes():
            who = 'here' if change.local else change.author
            print(who, change.document.to_python(), flush=True)


asyncio.run(main())
