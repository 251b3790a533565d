# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: The confsync authors
#
# The shared key from Python: it can be set, from several places, and never be read back.
"""Usage: test-keys.py"""

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
    GLib.unsetenv('CONFSYNC_KEY')
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


if __name__ == '__main__':
    sys.exit(main(dict(globals())))
