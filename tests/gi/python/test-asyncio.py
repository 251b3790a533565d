# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: The confsync authors
#
# Confsync.AsyncManager in asyncio: what is awaited, what is told, what becomes of who gives up, and
# how it ends.

import asyncio
import gc
import json
import os
import sys
import threading
import time

from tap import Confsync, DEADLINE, GLib, fails, folder, main, raises, until
from gi.repository import Gio, GObject


def write(path, content):
    """As an editor would."""
    beside = path.with_suffix('.tmp')
    beside.write_text(json.dumps(content))
    beside.rename(path)


def threads():
    return set(os.listdir('/proc/self/task'))


def n_descriptors():
    return len(os.listdir('/proc/self/fd'))


async def listening(path, **options):
    """A running manager, and the address that others reach it at."""
    manager = Confsync.AsyncManager(str(path), listen=['ws://127.0.0.1:0'], **options)
    await manager.start()
    return manager, (await manager.status())['listeners'][0]


async def test_life():
    """start, read, edit, stop, start again, close"""
    with folder() as at:
        write(at / 'a.json', {'n': 1})
        manager = Confsync.AsyncManager(str(at / 'a.json'))
        assert not manager.running and manager.document is None and not manager.closed
        await manager.start()
        assert manager.running and manager.document == {'n': 1}
        with fails(Confsync.Error.BUSY):
            await manager.start()
        await manager.set_value('/list', [1, {'a': None}])
        await manager.set_document({'n': 2, 'x': [1, 2.5, 'é']})
        assert json.loads((at / 'a.json').read_text()) == {'n': 2, 'x': [1, 2.5, 'é']}
        await manager.patch([{'op': 'test', 'path': '/n', 'value': 2},
                             {'op': 'remove', 'path': '/x'}])
        assert manager.document == {'n': 2}
        await manager.force_sync()
        await manager.stop()
        assert not manager.running and manager.document == {'n': 2}
        write(at / 'a.json', {'n': 3})
        await manager.start()
        assert manager.document == {'n': 3}
        await manager.aclose()
        assert manager.closed and not manager.running
        with fails(Confsync.Error.CLOSED):
            await manager.start()
        manager.close()


async def test_errors():
    """what fails, fails as in C; what can't be sent is refused before"""
    with folder() as at:
        write(at / 'a.json', {'n': 1})
        async with Confsync.AsyncManager(str(at / 'a.json')) as manager:
            with fails(Confsync.Error.EMPTY):
                await manager.set_document({})
            with fails(Confsync.Error.INVALID_PATCH):
                await manager.patch([{'op': 'remove', 'path': '/nothing'}])
            with fails(Confsync.Error.INVALID_PATCH):
                await manager.set_value('/no/where', 1)
            with fails(Confsync.Error.NOT_FOUND):
                await manager.get_version('config_19700101000000.json')
            with fails(Confsync.Error.INVALID_ADDRESS):
                await manager.add_peer('carrier-pigeon://attic')
            with raises(OverflowError, '/a'):
                await manager.set_document({'a': 2**64})
            with raises(TypeError):
                await manager.set_document([1])
            await manager.set_document({}, allow_empty=True)
            assert manager.document == {}
        with fails(Confsync.Error.CLOSED):
            await manager.force_sync()
    with raises(TypeError):
        Confsync.AsyncManager('a.json', manager=Confsync.Manager())
    with fails(Confsync.Error.INVALID_ADDRESS):
        Confsync.AsyncManager('a.json', peers=['carrier-pigeon://attic'])


async def test_owner():
    """a second manager on the same file fails with who has it; one after the other is fine"""
    with folder() as at:
        write(at / 'a.json', {'n': 1})
        (at / 'link.json').symlink_to('a.json')
        async with Confsync.AsyncManager(str(at / 'a.json')):
            for path, base in (('a.json', None), ('link.json', None), ('a.json', at / 'other')):
                second = Confsync.AsyncManager(str(at / path), base_dir=base and str(base))
                with fails(Confsync.Error.BUSY, f'process {os.getpid()} '):
                    await second.start()
                await second.aclose()
            write(at / 'b.json', {'n': 2})
            second = Confsync.AsyncManager(str(at / 'b.json'))
            with fails(Confsync.Error.REFUSED, '--base-dir'):
                await second.start()
            await second.aclose()
        for path in ('link.json', 'a.json'):
            async with Confsync.AsyncManager(str(at / path)) as manager:
                assert manager.document == {'n': 1}


async def test_two():
    """two instances over a WebSocket: changes arrive with their author, versions are kept"""
    with folder() as at:
        (at / 'b').mkdir()
        write(at / 'a.json', {'theme': 'dark'})
        first, address = await listening(at / 'a.json', instance_id='kitchen')
        events, changed = [], []
        second = Confsync.AsyncManager(str(at / 'b' / 'b.json'), peers=[address],
                                       instance_id='hall')
        second.connect_event(lambda *event: events.append(event))
        second.connect_changed(lambda *change: changed.append(change))
        async with second:
            changes = second.changes()
            first_change = await anext(changes)
            assert first_change.document == {'theme': 'dark'} and not first_change.local
            assert first_change.author == 'kitchen' and first_change.missed == 0
            await first.set_value('/theme', 'light')
            assert (await anext(changes)).document['theme'] == 'light'
            write(at / 'b' / 'b.json', {'theme': 'blue'})
            change = await anext(changes)
            assert change.local and change.author == 'hall'
            await second.force_sync()
            assert first.document == {'theme': 'blue'}
            assert [document['theme'] for document, _, _ in changed] == ['dark', 'light', 'blue']
            assert any(name == Confsync.EVENT_PEER_UP and details['peer'] == 'kitchen'
                       for _, name, details in events), events
            assert all(isinstance(level, Confsync.Level) for level, _, _ in events)
            status = await second.status()
            assert status['running'] and status['instance-id'] == 'hall'
            assert [peer['id'] for peer in status['peers']] == ['kitchen']
            assert status['peers'][0]['state'] == int(Confsync.PeerState.LIVE)
            versions = await second.list_versions()
            contents = [await second.get_version(version.get_name()) for version in versions]
            assert {'theme': 'light'} in contents, contents
        await first.aclose()


async def test_many_at_once():
    """3,000 edits asked for at once are each answered, and carried out in their order"""
    store = Confsync.MemoryStore.new()
    store.edit(Confsync.Document({'n': -1}))
    async with Confsync.AsyncManager(manager=Confsync.Manager(store=store)) as manager:
        order = []

        async def edit(n):
            await manager.set_document({'n': n})
            order.append(n)
        await asyncio.gather(*(edit(n) for n in range(3000)))
        assert order == list(range(3000))
        assert manager.document == {'n': 2999}


async def test_giving_up():
    """who is cancelled is cancelled at once, and nothing of it stays"""
    with folder() as at:
        write(at / 'a.json', {'n': 1})
        first, address = await listening(at / 'a.json')
        waiting = asyncio.create_task(first.force_sync())
        await waiting
        tasks = [asyncio.create_task(first.set_value('/n', n)) for n in range(50)]
        await asyncio.sleep(0)
        for task in tasks:
            task.cancel()
        results = await asyncio.gather(*tasks, return_exceptions=True)
        assert all(isinstance(result, asyncio.CancelledError) for result in results), results
        assert not first._answers
        await first.set_value('/n', 'last')
        assert first.document == {'n': 'last'}
        with raises(asyncio.TimeoutError):
            await asyncio.wait_for(asyncio.Event().wait(), 0.01)
        await first.aclose()


async def test_callbacks():
    """functions and coroutine functions are called in this loop; a fault goes to its handler"""
    faults, seen = [], []
    here = threading.get_ident()
    asyncio.get_running_loop().set_exception_handler(lambda _, context: faults.append(context))

    async def slow(document, author, local):
        await asyncio.sleep(0)
        assert threading.get_ident() == here
        seen.append(('slow', document['n'], local))

    def quick(document, author, local):
        assert threading.get_ident() == here
        seen.append(('quick', document['n'], local))

    def bad(*_):
        raise RuntimeError('bad callback')

    async def worse(*_):
        raise RuntimeError('worse callback')

    with folder() as at:
        write(at / 'a.json', {'n': 1})
        async with Confsync.AsyncManager(str(at / 'a.json')) as manager:
            handlers = [manager.connect_changed(one) for one in (bad, worse, slow, quick)]
            await manager.set_value('/n', 2)
            await until('both', lambda: len([one for one in seen if one[1] == 2]) == 2)
            assert {('slow', 2, True), ('quick', 2, True)} <= set(seen)
            await until('the faults', lambda: len(faults) >= 2)
            said = {str(fault['exception']) for fault in faults}
            assert said == {'bad callback', 'worse callback'}
            for handler in handlers:
                manager.disconnect(handler)
            seen.clear()
            await manager.set_value('/n', 3)
            await asyncio.sleep(0)
            assert not seen


async def test_changes_begin():
    """the first who iterates over changes gets what came since the start, at least the last"""
    with folder() as at:
        write(at / 'a.json', {'n': 0})
        async with Confsync.AsyncManager(str(at / 'a.json')) as manager:
            await manager.set_value('/n', 1)
            await manager.set_value('/n', 2)
            changes, later = manager.changes(), manager.changes()
            change = await anext(changes)
            assert change.document == {'n': 2} and change.missed == 1, change
            await manager.set_value('/n', 3)
            for iterator in (changes, later):
                change = await anext(iterator)
                assert change.document == {'n': 3} and change.missed == 0, change


async def test_changes_end():
    """who iterates over changes is told the end, and what a slow one missed"""
    with folder() as at:
        write(at / 'a.json', {'n': 0})
        manager = Confsync.AsyncManager(str(at / 'a.json'))
        await manager.start()
        slow, quick, got = manager.changes(), manager.changes(), []

        async def read():
            async for change in quick:
                got.append(change.document['n'])
        reader = asyncio.create_task(read())
        for n in range(1, 101):
            await manager.set_document({'n': n})
        await until('all of them', lambda: got and got[-1] == 100)
        left = [await anext(slow) for _ in range(64)]
        assert left[-1].document == {'n': 100}
        assert sum(1 + change.missed for change in left) == sum(1 for n in got), (left[0], len(got))
        await manager.aclose()
        await asyncio.wait_for(reader, DEADLINE)
        with raises(StopAsyncIteration):
            await anext(slow)
        with raises(StopAsyncIteration):
            await anext(manager.changes())


def test_loop_after_loop():
    """a manager may be used by one loop after the other, but not by two at once"""
    with folder() as at:
        write(at / 'a.json', {'n': 1})
        manager = Confsync.AsyncManager(str(at / 'a.json'))
        asyncio.run(manager.start())
        asyncio.run(manager.set_value('/n', 2))

        async def here():
            await manager.set_value('/n', 3)
            with raises(RuntimeError, 'another event loop'):
                await asyncio.to_thread(lambda: asyncio.run(manager.set_value('/n', 4)))
            await manager.aclose()
        asyncio.run(here())
        assert json.loads((at / 'a.json').read_text()) == {'n': 3}


async def test_plugins_in_the_thread():
    """a store in Python runs in the manager's thread, and may be let go of from anywhere"""
    threads = set()

    class Notebook(GObject.Object, Confsync.Store):
        live = None

        def do_load(self, task):
            threads.add(threading.get_ident())
            Confsync.Store.return_loaded(task, self.live or Confsync.Document({'n': 0}), None, 1)

        def do_save(self, revision, expected, task):
            self.live = revision.get_document()
            Confsync.Store.return_saved(task, None)

        def do_save_version(self, revision, cause, task):
            Confsync.Store.return_name(task, 'v')

        def do_list_versions(self, task):
            Confsync.Store.return_versions(task, [])

        def do_load_state(self, task):
            raise KeyError('state')

        def do_save_state(self, state, task):
            task.return_boolean(True)

        def do_acknowledge(self, revision, task):
            task.return_boolean(True)

    for end in ('aclose', 'close', 'drop'):
        manager = Confsync.AsyncManager(manager=Confsync.Manager(store=Notebook()))
        await manager.start()
        await manager.set_value('/n', 1)
        assert manager.document == {'n': 1}
        if end == 'aclose':
            await manager.aclose()
        elif end == 'close':
            manager.close()
        else:
            # the last reference goes while the thread may want Python's lock
            asyncio.get_running_loop().remove_reader(manager._thread.get_fd())
            asyncio.ensure_future(manager.set_value('/n', 2)).cancel()
            del manager
            gc.collect()
    assert threading.get_ident() not in threads and threads


async def test_unused():
    """one that was never asked for anything has no thread, and closes at once"""
    before = threads()            # one of an earlier manager may still be ending
    managers = [Confsync.AsyncManager('/nowhere/a.json') for _ in range(20)]
    assert threads() <= before
    for manager in managers:
        manager.close()


async def test_nothing_stays():
    """50 starts and ends leave neither threads nor descriptors behind"""
    with folder() as at:
        write(at / 'a.json', {'n': 1})
        counts = []
        for _ in range(50):
            async with Confsync.AsyncManager(str(at / 'a.json')) as manager:
                await manager.set_value('/n', 1)
            del manager
            gc.collect()
            counts.append(n_descriptors())
        assert counts[-1] <= counts[5] + 2, counts


async def test_busy_loop():
    """a loop that has no time for 1 s misses no edit of its own and hears the newest"""
    with folder() as at:
        write(at / 'a.json', {'n': 0})
        first, address = await listening(at / 'a.json')
        (at / 'b').mkdir()
        async with Confsync.AsyncManager(str(at / 'b' / 'b.json'), peers=[address]) as second:
            await until('the first sync', lambda: second.document == {'n': 0})
            seen = []
            second.connect_changed(lambda document, *_: seen.append(document['n']))
            asked = [asyncio.ensure_future(first.set_document({'n': n})) for n in range(1, 41)]
            await asyncio.sleep(0)
            end = time.monotonic() + 1
            while time.monotonic() < end:
                pass
            await asyncio.gather(*asked)
            await until('the newest', lambda: seen and seen[-1] == 40)
            assert seen == sorted(seen)
        await first.aclose()


async def test_wait():
    """without asyncio: a request, and its answer waited for"""
    with folder() as at:
        write(at / 'a.json', {'n': 1})
        thread = Confsync.Thread.new(Confsync.Manager.new(str(at / 'a.json'), None))
        assert thread.wait(thread.start(), -1).check()
        answer = thread.wait(thread.set_value('/x/y', Confsync.Json(1)), -1)
        with fails(Confsync.Error.INVALID_PATCH):
            answer.check()
        with fails(Confsync.Error.NOT_FOUND):
            thread.wait(12345, 0)
        thread.close()
        with fails(Confsync.Error.CLOSED):
            thread.start()
        assert Gio and GLib


if __name__ == '__main__':
    sys.exit(main(dict(globals())))
