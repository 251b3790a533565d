# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: The confsync authors
#
# Conflicts, roles and local members as a program in Python meets them.

import asyncio
import contextlib
import json
import sys

from gi.repository import GObject
from tap import Confsync, fails, folder, main, raises, until


def write(path, content):
    """As an editor would."""
    path.parent.mkdir(exist_ok=True)
    beside = path.with_suffix('.tmp')
    beside.write_text(json.dumps(content))
    beside.rename(path)


def read(path):
    return json.loads(path.read_text())


def told(manager, wanted):
    """What will be told of the next event of that name."""
    future = asyncio.get_running_loop().create_future()

    def tell(_level, name, details):
        if name == wanted and not future.done():
            future.set_result(details)
    manager.connect_event(tell)
    return future


async def holds(manager, content):
    await until(f'{manager} to hold {content}', lambda: manager.document == content)


@contextlib.asynccontextmanager
async def pair(at, content, **options):
    """Two instances in sync."""
    write(at / 'a' / 'a.json', content)
    (at / 'b').mkdir()
    async with Confsync.AsyncManager(str(at / 'a' / 'a.json'), listen=['ws://127.0.0.1:0'],
                                     instance_id='attic', **options) as first:
        address = (await first.status())['listeners'][0]
        async with Confsync.AsyncManager(str(at / 'b' / 'b.json'), peers=[address],
                                         instance_id='hall', **options) as second:
            await holds(second, content)
            yield first, second


async def edit_apart(at, first, second, ours, theirs, name=Confsync.EVENT_CONFLICT):
    """Both are edited while they don't see each other; gives what the first is told then."""
    await second.stop()
    write(at / 'b' / 'b.json', theirs)
    await first.set_document(ours)
    event = told(first, name)
    await second.start()
    return await event


async def test_settled():
    """a conflict is listed, its sides read like documents, and a word settles it"""
    with folder() as at:
        async with pair(at, {'v': 0, 'w': 0}, resolver_name='manual') as (first, second):
            event = await edit_apart(at, first, second, {'v': 1, 'w': 0}, {'v': 2, 'w': 2})
            conflict, = await first.list_conflicts()
            assert conflict.id == event['id'] and event['pointers'] == ['/v', '/w'], event
            assert conflict.pointer == '' and conflict.base == {'v': 0, 'w': 0}
            assert conflict.ours == {'v': 1, 'w': 0} and conflict.theirs['w'] == 2
            assert conflict.id in repr(conflict) and conflict.reason
            assert (await first.status())['n-conflicts'] == 1
            with fails(Confsync.Error.NOT_FOUND):
                await first.resolve('00000000', 'ours')
            with raises(ValueError, 'mine'):
                await first.resolve(conflict.id, 'mine')
            with raises(TypeError):
                await first.resolve(conflict.id)
            there = told(second, Confsync.EVENT_SETTLED)
            settlement = await first.resolve(conflict.id, 'merge')
            assert settlement.ours_at == ['/v']
            assert settlement.hash == first.document.get_hash()
            assert (await there)['author'] == 'attic'
            await holds(second, {'v': 1, 'w': 2})
            assert not await first.list_conflicts() and not await second.list_conflicts()


async def test_value():
    """the only conflict needs no id, and a value of one's own settles it too"""
    with folder() as at:
        async with pair(at, {'v': 0}, resolver_name='manual') as (first, second):
            await edit_apart(at, first, second, {'v': 1}, {'v': 2})
            with fails(Confsync.Error.EMPTY):
                await first.resolve(value={})
            await first.resolve(value={'v': 3})
            await holds(second, {'v': 3})


async def test_places():
    """a resolver of its own for a place: a plugin, or a class in Python"""
    asked = []

    class Ours(GObject.Object, Confsync.Resolver):
        def do_resolve(self, conflict):
            asked.append(conflict)
            conflict.decline('a person has to look')

    with folder() as at:
        async with pair(at, {'zones': {'a': 0, 'b': 0}, 'keys': 0},
                        resolvers={'/zones': 'merge', '/keys': Ours()}) as (first, second):
            event = await edit_apart(at, first, second, {'zones': {'a': 1, 'b': 0}, 'keys': 1},
                                     {'zones': {'a': 0, 'b': 2}, 'keys': 2})
            assert event['pointer'] == '/keys', event
            await until('merged zones', lambda: first.document['zones'] == {'a': 1, 'b': 2})
            conflict, = await first.list_conflicts()
            assert {conflict.ours, conflict.theirs} == {1, 2}
            assert conflict.reason == 'a person has to look' and asked
            await first.resolve(conflict.id, value=7)
            await holds(second, {'zones': {'a': 1, 'b': 2}, 'keys': 7})


async def test_receive_only():
    """an edit where nothing is sent is told, refused by API, and put back on demand"""
    with folder() as at:
        write(at / 'a' / 'a.json', {'v': 0})
        (at / 'b').mkdir()
        async with Confsync.AsyncManager(str(at / 'a' / 'a.json'), listen=['ws://127.0.0.1:0'],
                                         instance_id='attic') as first:
            address = (await first.status())['listeners'][0]
            async with Confsync.AsyncManager(str(at / 'b' / 'b.json'), peers=[address],
                                             instance_id='hall',
                                             role=Confsync.Role.RECEIVE_ONLY) as second:
                await holds(second, {'v': 0})
                assert (await second.status())['role'] == 'receive-only'
                with fails(Confsync.Error.REFUSED, 'only receives'):
                    await second.set_value('/v', 1)
                with fails(Confsync.Error.NOT_FOUND):
                    await second.revert_local()
                edited = told(second, Confsync.EVENT_LOCAL_EDIT)
                write(at / 'b' / 'b.json', {'v': 0, 'mine': 1})
                assert (await edited)['pointers'] == ['/mine']
                assert (await second.status())['edited-here']
                await second.revert_local()
                assert read(at / 'b' / 'b.json') == {'v': 0}
                assert first.document == {'v': 0}


async def test_join_and_clock():
    """a file that is to be kept replaces what is there, after saying so; an epoch begins"""
    with folder() as at:
        write(at / 'a' / 'a.json', {'v': 0})
        write(at / 'b' / 'b.json', {'v': 1})
        async with Confsync.AsyncManager(str(at / 'a' / 'a.json'), listen=['ws://127.0.0.1:0'],
                                         instance_id='attic') as first:
            await first.set_value('/v', 5)
            address = (await first.status())['listeners'][0]
            second = Confsync.AsyncManager(str(at / 'b' / 'b.json'), peers=[address],
                                           instance_id='hall', join=Confsync.Join.KEEP)
            joining = told(second, Confsync.EVENT_JOINING)
            async with second:
                details = await joining
                assert details['peer'] == 'attic' and details['pointers'] == ['/v'], details
                await holds(first, {'v': 1})
                await second.reset_clock()
                await first.set_value('/v', 2)
                await holds(second, {'v': 2})


async def test_local_keys():
    """what stays on this machine is read and edited, and not sent"""
    with folder() as at:
        async with pair(at, {'id': 'x', 'v': 0}) as (first, second):
            await second.set_value('/v', 1)
            await holds(first, {'id': 'x', 'v': 1})
        async with Confsync.AsyncManager(str(at / 'b' / 'b.json'), instance_id='hall',
                                         local_keys=['/id']) as alone:
            await alone.set_value('/id', 'mine')
            assert alone.document == {'id': 'mine', 'v': 1}
            assert read(at / 'b' / 'b.json') == {'id': 'mine', 'v': 1}


sys.exit(main(globals()))
