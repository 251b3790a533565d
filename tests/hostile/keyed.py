# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: The confsync authors
#
# A house whose instances share a key, and guests that know how the key is proven.
"""Harness of the hostile tests with a shared key."""

import base64
import os
import tempfile

from house import House, Stranger, party, prove

KEY = bytes(range(100, 132))
OTHER_KEY = bytes(range(32))


def write_key(folder, key=KEY):
    """Gives the path of a new key file."""
    path = os.path.join(folder, 'home.key')
    with open(path, 'w', encoding='ascii', opener=lambda path, flags: os.open(
            path, flags, 0o600)) as file:
        file.write(key.hex() + '\n')
    return path


class KeyedHouse(House):
    """Three instances that share a key."""

    def __enter__(self):
        self.keys = self.stack.enter_context(tempfile.TemporaryDirectory())
        self.key_file = write_key(self.keys)
        return super().__enter__()

    def open(self, name, *arguments):
        return super().open(name, *arguments, '--key-file', self.key_file, '--log-level=debug')

    def end(self):
        super().end()
        for instance in self.instances:
            for line in instance.all_lines():
                assert KEY.hex() not in line.lower(), 'a key in a line'
                assert base64.b64encode(KEY).decode() not in line, 'a key in a line'
            for path in instance.folder.path.rglob('*'):
                assert path.is_dir() or KEY.hex().encode() not in path.read_bytes(), path


class ProvingGuest(Stranger):
    """A stranger that knows how a proof is made, and says the hello that it is given."""

    ours = theirs = None

    def begin(self, session=None, nonce=None, **members):
        """Says hello and hears the other one; gives ours and theirs, as they count in proofs."""
        self.ours = (self.id, session or os.urandom(8).hex(), nonce or os.urandom(16).hex())
        self.hello(session=self.ours[1], nonce=self.ours[2],
                   **{'auth': 'hmac-sha256', **members})
        self.theirs = party(self.hear('hello'))
        return self.ours, self.theirs

    def proof(self, key=KEY, side='dialler'):
        return prove(key, side, self.ours, self.theirs)

    def enter(self, key=KEY):
        """All that it takes, with the right key; and checks the other end's proof."""
        self.begin()
        assert self.hear('auth')['proof'] == self.proof(key, 'listener')
        self.say('auth', proof=self.proof(key))
        return self

    def live(self, key=KEY):
        """Comes up as a proper peer does."""
        self.enter(key)
        while not self.hear('heartbeat').get('probe'):
            pass
        self.say('heartbeat', digest='', probe=False)
        return self


__all__ = ['KEY', 'OTHER_KEY', 'KeyedHouse', 'ProvingGuest', 'write_key']
