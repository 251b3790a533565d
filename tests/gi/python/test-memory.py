# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: The confsync authors
#
# 100,000 updates through a callback in Python: memory stays where it was after the first of them.

import asyncio
import gc
import os
import resource
import sys

from tap import Confsync, main

UPDATES = 100000
WARM_UP = 20000
# requests that are open at once
AHEAD = 200
GROWTH_MAX_BYTES = 4 * 1024 * 1024


def resident():
    with open('/proc/self/statm', encoding='ascii') as statm:
        return int(statm.read().split()[1]) * resource.getpagesize()


async def run_updates():
    seen = {'calls': 0, 'last': 0}

    def changed(document, author, local):
        seen['calls'] += 1
        seen['last'] = document['n']

    store = Confsync.MemoryStore.new()
    store.edit(Confsync.Document({'n': 0}))
    store.set_max_versions(10)
    manager = Confsync.AsyncManager(manager=Confsync.Manager(store=store))
    del store
    manager.connect_changed(changed)
    await manager.start()
    before = 0
    for n in range(0, UPDATES, AHEAD):
        if n == WARM_UP:
            gc.collect()
            before = resident()
        await asyncio.gather(*(manager.set_document({'n': n + i + 1}) for i in range(AHEAD)))
    gc.collect()
    after = resident()
    await manager.aclose()
    return seen, before, after


def test_updates():
    """100,000 updates, each asked for, answered and told to a callback, leave memory flat"""
    seen, before, after = asyncio.run(run_updates())
    print(f'# {seen["calls"]} calls; {before // 1024} KiB resident after {WARM_UP} updates, '
          f'{after // 1024} KiB after {UPDATES}')
    assert seen['last'] == UPDATES, seen
    # what a reader that is behind misses is counted; this one hardly ever is
    assert seen['calls'] > UPDATES // 2, seen
    assert after < before + GROWTH_MAX_BYTES, (before, after)


if __name__ == '__main__':
    os.environ['MALLOC_ARENA_MAX'] = '1'
    sys.exit(main(dict(globals())))
