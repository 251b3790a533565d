# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: The confsync authors
#
# A program between two hosts that does to their connections what this kernel has no queue for:
# delays, cuts in the middle of a message, cuts between a message and its answer, and connections
# that are sent again. Its dice have a seed; what is on is told by lines on standard input.
"""Usage: relay.py SEED PORT=HOST:PORT...; then lines: PORT MODE

ok       passes everything on, at once
delay    passes it on after up to 120 ms, in order
cut      passes on, late, and ends one connection in five pieces, inside a piece or behind one; a
         connection that ended may be sent again from its beginning
hold     keeps what comes until another mode is on, and takes new connections
oneway   keeps what the dialling side sends
"""

import asyncio
import contextlib
import random
import socket
import struct
import sys

PIECE = 4096
DELAY_MAX = 0.12
AGAIN_MAX = 64 * 1024
AGAIN_LASTS = 0.3
# a reset rather than an orderly end
ABORT = struct.pack('ii', 1, 0)


class Door:
    """One port, and where it leads."""

    def __init__(self, dice, host, port):
        self.dice = dice
        self.where = host, port
        self.mode = 'ok'
        self.changed = asyncio.Event()

    def set(self, mode):
        self.mode = mode
        self.changed.set()
        self.changed = asyncio.Event()

    async def take_in(self, reader, writer):
        """A connection, until either side ends it or the dice do."""
        sent = bytearray()
        with contextlib.suppress(OSError):
            up_reader, up_writer = await asyncio.open_connection(*self.where)
            both = writer, up_writer
            tasks = [asyncio.create_task(self.carry(reader, up_writer, True, sent)),
                     asyncio.create_task(self.carry(up_reader, writer, False, bytearray()))]
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in tasks:
                task.cancel()
            for end in both:
                self.end(end)
        self.end(writer)
        if self.mode == 'cut' and self.dice.random() < 0.5:
            await self.send_again(bytes(sent))

    def end(self, writer):
        with contextlib.suppress(OSError, RuntimeError):
            if self.mode == 'cut' and self.dice.random() < 0.5:
                writer.get_extra_info('socket').setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                                                           ABORT)
            writer.close()

    def holds(self, upwards):
        return self.mode == 'hold' or self.mode == 'oneway' and upwards

    async def carry(self, reader, writer, upwards, record):
        """One direction; ends with the connection."""
        with contextlib.suppress(OSError):
            while piece := await reader.read(PIECE):
                if len(record) < AGAIN_MAX:
                    record += piece
                if self.mode in ('delay', 'cut'):
                    await asyncio.sleep(self.dice.uniform(0, DELAY_MAX))
                while self.holds(upwards):
                    await self.changed.wait()
                cut = self.mode == 'cut' and self.dice.random() < 0.2
                if cut:
                    piece = piece[:self.dice.randint(0, len(piece))]
                writer.write(piece)
                await writer.drain()
                if cut:
                    return

    async def send_again(self, stream):
        """The same bytes on a connection of their own, as something between may do it."""
        with contextlib.suppress(OSError):
            _, writer = await asyncio.open_connection(*self.where)
            writer.write(stream)
            await writer.drain()
            await asyncio.sleep(AGAIN_LASTS)
            writer.close()


async def main(seed, *doors):
    dice = random.Random(seed)
    by_port = {}
    for text in doors:
        port, where = text.split('=')
        host, to = where.split(':')
        by_port[port] = door = Door(dice, host, int(to))
        await asyncio.start_server(door.take_in, '0.0.0.0', int(port))
    print('ready', flush=True)

    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    while line := await reader.readline():
        port, mode = line.decode().split()
        by_port[port].set(mode)
        print('done', flush=True)


if __name__ == '__main__':
    asyncio.run(main(*sys.argv[1:]))
