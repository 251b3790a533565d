# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: The confsync authors
#
# Secrets that tests plant, and the search for them in whatever came out: as they are, in
# hexadecimal digits, in base64; the key as bytes, too. It looks; it doesn't know where a secret may
# be.
"""Usage: canary.py FILE|FOLDER...   Ends with 1 where a file holds a planted secret."""

import base64
import itertools
import os
import pathlib
import re
import sys

# the beginnings of all that is planted: nothing else looks like them
KEY_CORE = '4f0c9b7e21d85a63b7c1e6f2049d3a58'
LOCAL_CORE = 'pLaNtEd-LoCaL-'
VALUE_CORE = 'pLaNtEd-VaLuE-'
CORES = (KEY_CORE, LOCAL_CORE, VALUE_CORE)

# a shared key
KEY = KEY_CORE + '9e84d0176fb2c35a80e1974b6d2fc8a3'
# the member that what is local is planted in
MEMBER = 'planted_local'

serials = itertools.count(1)


def local():
    """The value of a member that stays on one machine: another one for each."""
    return f'{LOCAL_CORE}{next(serials):04d}.'


def value():
    """A value of the configuration: it goes where the configuration goes, and into no line."""
    return f'{VALUE_CORE}{next(serials):04d}.'


def in_base64(data):
    """The digits that base64 has of it wherever it begins within three bytes."""
    for ahead in range(3):
        digits = base64.b64encode(bytes(ahead) + data + b'\0\0')
        yield digits[(8 * ahead + 5) // 6:8 * (ahead + len(data)) // 6]


def forms(data):
    """What it may look like, each with its name."""
    yield 'as it is', data
    yield 'in hexadecimal digits', data.hex().encode()
    yield 'in hexadecimal digits', data.hex().upper().encode()
    for digits in in_base64(data):
        yield 'in base64', digits
        yield 'in base64 for URLs', digits.replace(b'+', b'-').replace(b'/', b'_')


def looks():
    """What is looked for: a key is a text of hexadecimal digits, and the bytes that they say."""
    for core in CORES:
        yield from ((form, (core, name)) for name, form in forms(core.encode()))
    yield from ((form, (KEY_CORE, name)) for name, form in forms(bytes.fromhex(KEY_CORE)))


LOOKS = dict(looks())
LOOK = re.compile(b'|'.join(re.escape(form) for form in sorted(LOOKS)))


def find(data, cores=CORES, but=()):
    """The planted secrets in it, each in words; those that begin as `but` says are left out."""
    data = data.encode(errors='replace') if isinstance(data, str) else data
    found = []
    if not any(form in data for form in LOOKS):  # many times as fast as the expression
        return found
    for match in LOOK.finditer(data):
        core, name = LOOKS[match.group()]
        rest = data[match.start():]
        if core in cores and not any(rest.startswith(own.encode()) for own in but):
            around = data[max(0, match.start() - 60):match.end() + 40]
            found.append(f'planted {core} {name} in {around!r}')
    return found


def check(what, data, cores=CORES, but=()):
    found = find(data, cores, but)
    assert not found, f'{what}: {"; ".join(found[:3])}'


def check_folder(folder, cores=(KEY_CORE, LOCAL_CORE), but=()):
    """All files below it; their names too."""
    for place, folders, files in os.walk(folder):
        check('the names of files', '\n'.join(folders + files))
        for name in files:
            path = pathlib.Path(place, name)
            try:
                data = path.read_bytes() if path.is_file() and not path.is_symlink() else b''
            except OSError:  # it came and went
                continue
            check(path, data, cores, but)


def files_of(name):
    """All files that are meant."""
    path = pathlib.Path(name)
    return [file for file in path.rglob('*') if file.is_file()] if path.is_dir() else [path]


def main():
    found = [f'{path}: {line}' for name in sys.argv[1:] for path in files_of(name)
             for line in find(path.read_bytes())]
    for line in found:
        print(line)
    return 1 if found else 0


if __name__ == '__main__':
    sys.exit(main())
