# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: The confsync authors
#
# What Python costs: from the start of a program to its first callback, and from an edit elsewhere
# to a callback in Python beside one in C. Both are told of the same updates in the same run: one
# instance writes, and two follow it, of which one is this program's and the other a program in C,
# bench-follower, that prints when its callback was called. Goals are judged in the output.
"""Usage: bench-python.py C-FOLLOWER"""

import asyncio
import contextlib
import statistics
import subprocess
import sys
import time

from tap import DEADLINE, Confsync, folder

STARTS = 20
GOAL_START_MS = 120
UPDATES = 300
PAUSE_S = 0.01
GOAL_LATER_MS = 3

STARTING = '''
import asyncio, sys, time, gi
gi.require_version('Confsync', '1')
from gi.repository import Confsync
async def main():
    started = time.clock_gettime(time.CLOCK_BOOTTIME)
    manager = Confsync.AsyncManager(sys.argv[1])
    told = asyncio.Event()
    manager.connect_event(lambda *_: told.set())
    await manager.start()
    await told.wait()
    print(started, time.clock_gettime(time.CLOCK_BOOTTIME), flush=True)
    await manager.aclose()
asyncio.run(main())
'''


def judge(what, value, goal, unit):
    print(f'{what}: {value:.2f} {unit}, goal {goal} {unit}: {"met" if value <= goal else "MISSED"}')


def measure_start():
    imported, took = [], []
    for _ in range(STARTS):
        with folder() as at:
            path = at / 'a.json'
            path.write_text('{"a": 1}')
            began = time.clock_gettime(time.CLOCK_BOOTTIME)
            output = subprocess.run([sys.executable, '-c', STARTING, path], text=True, check=True,
                                    capture_output=True, timeout=DEADLINE).stdout
            started, told = map(float, output.split())
            imported.append((started - began) * 1000)
            took.append((told - started) * 1000)
    print(f'Python, asyncio, PyGObject and the library: {statistics.median(imported):.0f} ms')
    judge(f'start of the manager to the first callback, median of {STARTS}',
          statistics.median(took), GOAL_START_MS, 'ms')
    judge('both', statistics.median(imported) + statistics.median(took), GOAL_START_MS, 'ms')


async def read_c(process, times):
    while line := await process.stdout.readline():
        n, at = line.split()
        times[int(n)] = int(at) / 1000


async def measure_updates(follower):
    python, in_c, sent = {}, {}, {}
    with folder() as at:
        for name in ('a', 'b', 'c'):
            (at / name).mkdir()
        source = Confsync.AsyncManager(str(at / 'a' / 'x.json'), listen=['ws://127.0.0.1:0'])
        (at / 'a' / 'x.json').write_text('{"n": 0}')
        await source.start()
        address = (await source.status())['listeners'][0]
        process = await asyncio.create_subprocess_exec(
            follower, str(at / 'c' / 'x.json'), address, stdout=subprocess.PIPE)
        reader = asyncio.create_task(read_c(process, in_c))
        async with Confsync.AsyncManager(str(at / 'b' / 'x.json'), peers=[address]) as here:
            here.connect_changed(lambda document, *_: python.setdefault(
                document['n'], time.monotonic() * 1000))
            while 0 not in python or 0 not in in_c:
                await asyncio.sleep(PAUSE_S)
            for n in range(1, UPDATES + 1):
                sent[n] = time.monotonic() * 1000
                await source.set_document({'n': n})
                while n not in python or n not in in_c:
                    await asyncio.sleep(PAUSE_S / 10)
                await asyncio.sleep(PAUSE_S)
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        await reader
        await source.aclose()
    later = [python[n] - in_c[n] for n in sent]
    for name, times in (('Python', python), ('C', in_c)):
        delay = statistics.median(times[n] - sent[n] for n in sent)
        print(f'{name}: {delay:.2f} ms after the edit was asked for, median of {UPDATES}')
    judge('a callback in Python after the one in C, median', statistics.median(later),
          GOAL_LATER_MS, 'ms')


measure_start()
asyncio.run(measure_updates(sys.argv[1]))
