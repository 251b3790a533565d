# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: The confsync authors
#
# The shared key from Python: it can be set, from several places, and never be read back.
"""Usage: test-keys.py"""

import asyncio
import os
import sys

from tap import Confsync, GLib, folder, main, raises

KEY = ''.join(f'{byte:02x}' for byte in range(64, 96))


def test_set():
    """a key is made, set as a property or with an answer, and taken away; none can be read"""
    made = Confsync.Node.make_key()
    assert len(made) == 64 and made != Confsync.Node.make_key() and bytes.fromhex(made)
    node = Confsync.Node(instance_id='a', key=made)
    assert node.has_key() and node.props.has_key and node.props.failed_proofs == 0
    with raises(TypeError, 'not readable'):
        node.get_property('key')
    assert made not in str(node.list_properties())
    assert node.set_key(None) and not node.has_key()
    with raises(GLib.Error, 'it is no key', 'confsync keygen --shared'):
        node.set_key('secret')
    assert node.set_key(f'{made}\n{KEY}') and node.has_key()


def test_file():
    """a file that others may read is refused; one for its owner is taken"""
    with folder() as path:
        file = path / 'home.key'
        file.write_text(KEY)
        node = Confsync.Node(instance_id='a')
        file.chmod(0o644)
        with raises(GLib.Error, 'is open to others', 'chmod 600'):
            node.load_key_file(str(file))
        assert not node.has_key()
        file.chmod(0o600)
        assert node.load_key_file(str(file)) and node.has_key()


def test_environment():
    """what the environment has for a program is taken, and wiped where a child would see it"""
    none = Confsync.Node(instance_id='a')
    assert none.load_key() and not none.has_key()
    GLib.setenv('CONFSYNC_KEY', KEY, True)
    for name in 'a', 'b':
        node = Confsync.Node(instance_id=name)
        assert node.load_key() and node.has_key()
        assert KEY not in (GLib.getenv('CONFSYNC_KEY') or '')
    os.environ['CONFSYNC_KEY_FILE'] = '/nonexistent'
    with raises(GLib.Error, 'CONFSYNC_KEY_FILE and CONFSYNC_KEY both give a key'):
        node.load_key()


def write_key(path, key=KEY):
    path.write_text(key)
    path.chmod(0o600)
    return path


async def test_managers():
    """an edit goes to who has the key, and who has another one is counted, and told"""
    with folder() as at:
        (at / 'a.json').write_text('{"theme": "dark"}')
        node = Confsync.Node(instance_id='hall', key=KEY)
        node.add_listener('ws://127.0.0.1:0')
        manager = Confsync.Manager(node=node, config_path=str(at / 'a.json'))
        async with Confsync.AsyncManager(manager=manager) as hall:
            peers = (await hall.status())['listeners']
            told = asyncio.Queue()
            async with Confsync.AsyncManager(str(at / 'b.json'), str(at / 'b'), peers=peers,
                                             key_file=write_key(at / 'b.key')) as attic, \
                    Confsync.AsyncManager(str(at / 'c.json'), str(at / 'c'), peers=peers,
                                          key=Confsync.Node.make_key()) as stranger:
                stranger.connect_event(lambda level, kind, details: told.put_nowait(details))
                changes = attic.changes()
                while (await changes.__anext__()).document.to_python() != {'theme': 'dark'}:
                    pass
                while 'not the same shared key' not in str(details := await told.get()):
                    pass
                assert KEY not in str(details)
                assert node.props.failed_proofs >= 1 and node.props.has_key
    with raises(TypeError, 'not both'):
        Confsync.AsyncManager('a.json', key=KEY, key_file='home.key')
    with raises(GLib.Error, 'it is no key'):
        Confsync.AsyncManager('a.json', key='secret')


if __name__ == '__main__':
    sys.exit(main(dict(globals())))
