# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: The confsync authors
#
# The past as a program in Python meets it: in asyncio, and from a store by itself.

import json
import sys

from tap import Confsync, fails, folder, main, until


def write(path, content):
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(content))


async def test_past():
    """go back, put back, and ask who changed a value"""
    with folder() as at:
        file = at / 'a' / 'a.json'
        write(file, {'theme': 'dark', 'n': 1})
        async with Confsync.AsyncManager(str(file), instance_id='attic') as manager:
            await until('the first version', lambda: manager.document == {'theme': 'dark', 'n': 1})
            await manager.set_value('/theme', 'light')
            await manager.set_value('/n', 2)
            newest, before, oldest = await manager.list_versions()
            assert (oldest.cause, newest.cause, newest.author) == ('initial', 'edit', 'attic')
            assert newest.size > 0 and newest.time > oldest.time and not newest.acknowledged
            assert before.name in repr(before)

            found = await manager.explain('/theme')
            assert (found.value, found.previous_value) == ('light', 'dark'), found
            assert found.version.name == before.name and found.exact
            assert found.previous_version.name == oldest.name and found.author == 'attic'
            assert found.pointer == '/theme' and found.time == before.time
            with fails(Confsync.Error.NOT_FOUND, '/none'):
                await manager.explain('/none')

            digest = await manager.rollback(oldest.name)
            assert manager.document == {'theme': 'dark', 'n': 1}
            assert digest == (await manager.status())['hash']
            assert (await manager.explain('/n')).version.cause == 'rollback'
            with fails(Confsync.Error.NOT_FOUND):
                await manager.rollback('config_20200101000000.json')

            assert await manager.restore() is False
            file.unlink()
            assert await manager.restore() is True
            assert json.loads(file.read_text()) == {'theme': 'dark', 'n': 1}


async def test_store():
    """a store says it by itself, where nothing runs"""
    with folder() as at:
        file = at / 'a' / 'a.json'
        write(file, {'v': 1})
        async with Confsync.AsyncManager(str(file), instance_id='attic') as manager:
            await until('the first version', lambda: manager.document == {'v': 1})
            await manager.set_value('/v', 2)
        store = Confsync.FileStore(path=str(file), base_dir=str(file.parent), max_version_days=30)
        assert store.get_max_version_days() == 30
        found = store.explain_sync('/v', None, None)
        assert (found.previous_value, found.value, found.exact) == (1, 2, True)
        with fails(Confsync.Error.INVALID_POINTER):
            store.explain_sync('v', None, None)


if __name__ == '__main__':
    sys.exit(main(globals()))
