# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: The confsync authors
#
# Bad configuration files under instances of `confsync run` in sync: one clear line each, nothing is
# sent, the others go on, and what was bad is still there afterwards. Prints TAP.
"""Usage: test-run-hostile-files.py CONFSYNC [NAME...]"""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys

import harness
from house import SLOW, House, Skip, e2e, until

# what is in the file, where the fault is, and words that name it
BAD_TEXTS = {
    'half written': (b'{"theme": "li', 1, 11, "isn't closed"),
    'syntax': (b'{"n": 1,\n "m": }', 2, 7, 'value'),
    'nested arrays': (b'{"a":' + b'[' * 100000, 1, None, '64'),
    'nested objects': (b'{"a":' * 100000 + b'1' + b'}' * 100000, 1, None, '64'),
    'duplicate members': (b'{"a": 1, "b": {"c": 1, "c": 2}}', 1, 24, 'duplicate|twice'),
    'not UTF-8': (b'{"a": "\xff\xfe"}', 1, 8, 'UTF-8'),
    'lone surrogate': (b'{"a": "\\ud800"}', 1, 8, 'surrogate'),
    'beyond int64': (b'{"a": 9223372036854775808}', 1, 7, 'integer|int64|64'),
    'beyond double': (b'{"a": 1e999}', 1, 7, 'number|range|double'),
    'NUL bytes': (b'\0' * 100, 1, 1, 'value'),
    'escapes': (b'{"\x1b[2J": 1}', 1, 3, 'control'),
    'second root': (b'{"a": 1}\n{"b": 2}', 2, 1, 'end|after|second'),
}
# no place in it is to blame
BAD_WHOLES = {
    'array root': (b'[]', 'object'),
    'text root': (b'"text"', 'object'),
    'huge': (b'{"a": "' + b'x' * 20000000 + b'"}', '20000008 bytes; the limit here is 15728640'),
}
EMPTY = {'truncated': b'', 'blank': b' \n\n', 'empty object': b'{}'}


def check_bad(house, bad, content, pattern, stream='err'):
    """Writes that, waits for the one line, and looks at everybody's files."""
    marks = {name: instance.mark() for name, instance in bad.items()}
    for name, instance in bad.items():
        instance.folder.file.write_bytes(content[name])
    for name, instance in bad.items():
        instance.one_line(marks[name], pattern(name, instance), stream)
    for name, instance in bad.items():
        assert instance.folder.file.read_bytes() == content[name], f'{name}: the file was touched'
    for instance in house.hall, house.attic, house.cellar:
        assert instance.folder.read() == house.content
    house.in_sync()
    for name, instance in bad.items():
        instance.folder.wait(house.content)
        lines = instance.since(marks[name], stream=stream)
        # the second one says where the bad text is kept
        assert len(lines) <= 2, f'{name}: {lines}'


def kept_beside(instance, content):
    """Whether what was bad is kept for its author."""
    folder = instance.folder.path / '.confsync'
    return any(path.read_bytes() == content for path in folder.glob('displaced-*'))


def kept_as_version(instance, content):
    """Whether what can be read, and is more than may be sent, is a version."""
    folder = instance.folder.path / 'config_versions'
    return any(path.stat().st_size >= len(content) and json.loads(path.read_bytes()) ==
               json.loads(content) for path in folder.glob('config_*.json'))


def open_bad(house, names):
    """One instance more for each of the names."""
    bad = {name: house.add('bad-' + str(number)) for number, name in enumerate(names)}
    for instance in bad.values():
        instance.folder.wait(house.content)
        # its watcher has seen the file come, so it sees it go
        until(lambda: instance.since({'out': 0, 'err': 0}, '  applied  '), 'its line')
    return bad


def test_bad_texts():
    """what is no JSON is told with line, column and reason, goes nowhere, and is kept"""
    with House() as house:
        bad = open_bad(house, BAD_TEXTS)

        def pattern(name, instance):
            _, line, column, words = BAD_TEXTS[name]
            return (f'  invalid    {instance.folder.file}: line {line}, '
                    rf'column {column or "[0-9]+"}: .*({words}).*; nothing is sent')

        content = {name: text[0] for name, text in BAD_TEXTS.items()}
        check_bad(house, bad, content, pattern)
        for name, instance in bad.items():
            until(lambda: kept_beside(instance, content[name]), f'the text of {name} kept')


def test_bad_wholes():
    """a root that is no object, and 20 MB, are refused by name and by limit"""
    with House() as house:
        bad = open_bad(house, BAD_WHOLES)
        content = {name: text[0] for name, text in BAD_WHOLES.items()}
        check_bad(house, bad, content, lambda name, instance:
                  f'  invalid    {instance.folder.file}: .*({BAD_WHOLES[name][1]})')
        for name, instance in bad.items():
            kept = kept_as_version if name == 'huge' else kept_beside
            until(lambda: kept(instance, content[name]), f'the text of {name} kept')
        house.in_sync()
        assert not house.hall.since({'out': 0, 'err': 0}, '  peer down  ')


def test_empty():
    """nothing in the file, or {}, is taken for a mistake and clears nobody's configuration"""
    with House() as house:
        bad = open_bad(house, EMPTY)
        check_bad(house, bad, EMPTY, lambda name, instance:
                  f'  waiting    {instance.folder.file} is empty, .*the others keep')


def test_bad_author():
    """who edits badly, and then well, is heard; nobody saw the bad part"""
    with House() as house:
        start = {'out': 0, 'err': 0}
        for text in BAD_TEXTS['syntax'][0], b'[]', b'':
            mark = house.attic.mark()
            house.attic.folder.overwrite(text.decode())
            house.attic.one_line(mark, '  (invalid|waiting)  ', 'err')
            house.in_sync()
            # the hall applied what was good, and nothing else
            until(lambda: len(house.hall.since(start, '  applied  ')) >= house.edits, 'its line')
            assert len(house.hall.since(start, '  applied  ')) == house.edits


def test_half_then_whole():
    """a file that is written in two parts, with a pause between, is only taken whole"""
    with House() as house:
        content = {**house.content, 'text': 'x' * 5000}
        text = json.dumps(content)
        mark = house.attic.mark()
        house.attic.folder.overwrite(text[:2500])
        house.attic.one_line(mark, '  invalid .*line 1, column .*isn.t closed', 'err')
        assert house.hall.folder.read() == house.content
        with open(house.attic.folder.file, 'a', encoding='utf-8') as rest:
            rest.write(text[2500:])
        house.cellar.folder.wait(content)
        house.in_sync()


def test_half_and_open():
    """half a file whose writer is still at it is nobody's business; its end is taken at once"""
    with House() as house:
        content = {**house.content, 'text': 'x' * 5000}
        text = json.dumps(content)
        marks = [(instance, instance.mark()) for instance in house.instances]
        with open(house.attic.folder.file, 'w', encoding='utf-8') as half:
            half.write(text[:2500])
            half.flush()
            changed = {**house.content, 'meanwhile': True}
            house.cellar.folder.replace(changed)
            house.hall.folder.wait(changed)
            half.write(text[2500:])
        until(lambda: house.hall.folder.read() in (content, changed), 'the hall to decide')
        house.in_sync()
        for instance, mark in marks:
            assert not instance.since(mark, '  (invalid|waiting|failed)  '), instance.name


def test_half_meets_edit():
    """a half-written file that an honest edit replaces is kept, and one line says where"""
    with House() as house:
        mark = house.hall.mark()
        house.hall.folder.file.write_bytes(b'{"theme": "half of i')
        house.in_sync()
        until(lambda: kept_beside(house.hall, b'{"theme": "half of i'), 'the half kept')
        house.hall.one_line(mark, '  notice .*/.confsync/displaced-.*take from it what you need')


# what isn't a file any more

def make_socket(path):
    with socket.socket(socket.AF_UNIX) as unix:
        unix.bind(os.path.relpath(path))


def make_full_directory(path):
    path.mkdir()
    (path / 'a.json').write_text('{"inside": true}')


NO_FILES = {
    'directory': (make_full_directory, 'failed     read .*a.json is a directory'),
    'FIFO': (os.mkfifo, 'failed     read .*a.json is no regular file'),
    'socket': (make_socket, 'failed     read .*a.json is no regular file'),
    'device': (lambda path: path.symlink_to('/dev/zero'), 'failed     read .*no regular file'),
    'link to a directory': (lambda path: path.symlink_to('/etc'),
                            'failed     read .*is a directory'),
    'circle of links': (lambda path: path.symlink_to('a.json'), 'failed     read .*symbolic link'),
    'link to nothing': (lambda path: path.symlink_to('nowhere/a.json'), 'waiting .*is missing'),
    'deleted': (lambda path: None, 'waiting .*is missing'),
}


def remove(path):
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def replace_all(bad):
    """Puts something else in the place of each one's file, and waits for its line."""
    marks = {}
    for name, instance in bad.items():
        marks[name] = instance.mark()
        instance.folder.file.unlink()
        NO_FILES[name][0](instance.folder.file)
    for name, instance in bad.items():
        line = instance.one_line(marks[name], '  (failed|waiting)  ', 'err')
        assert re.search(NO_FILES[name][1], line), f'{name}: {line}'


def test_no_files():
    """a file replaced by something else is told once, stops nobody, and may be mended"""
    with House() as house:
        bad = open_bad(house, NO_FILES)
        replace_all(bad)
        for number, (name, instance) in enumerate(bad.items()):
            content = {**house.content, 'mended': name, 'number': number}
            remove(instance.folder.file)
            instance.folder.replace(content)
            house.cellar.folder.wait(content)
            house.attic.folder.wait(content)
            house.content = content
        house.in_sync()
        for instance in bad.values():
            instance.folder.wait(house.content)


def test_no_files_meet_edit():
    """an edit from elsewhere doesn't go through what isn't a file, and comes in once it's away"""
    with House() as house:
        names = [name for name in NO_FILES if name not in ('deleted', 'link to nothing')]
        bad = open_bad(house, names)
        replace_all(bad)
        marks = {name: instance.mark() for name, instance in bad.items()}
        house.in_sync()
        for name, instance in bad.items():
            instance.one_line(marks[name], '  failed     apply a change ', 'err')
        assert os.path.isdir('/etc') and (bad['directory'].folder.file / 'a.json').exists()
        for instance in bad.values():
            remove(instance.folder.file)
            instance.folder.wait(house.content)


def test_deleted_meets_edit():
    """a file that was deleted comes back with the next edit of another"""
    with House() as house:
        mark = house.hall.mark()
        house.hall.folder.file.unlink()
        house.hall.one_line(mark, '  waiting .*is missing', 'err')
        house.in_sync()


def test_ordinary_saves():
    """truncating, deleting and renaming on the way to a whole file is nobody's business"""
    with House() as house:
        mark = house.attic.mark()
        for number in range(5):
            content = {**house.content, 'save': number}
            file = house.attic.folder.file
            if number % 2:
                file.rename(file.with_suffix('.json~'))
            else:
                os.truncate(file, 0)
            file.write_text(json.dumps(content))
            house.cellar.folder.wait(content)
            house.content = content
        house.in_sync()
        assert not house.attic.since(mark, stream='err')


# what may not be read or written

def test_unreadable():
    """a file that may no longer be read is told once, and read again when it may"""
    if os.geteuid() == 0:
        raise Skip('root may read everything')
    with House() as house:
        mark = house.hall.mark()
        house.hall.folder.file.chmod(0)
        house.hall.folder.file.rename(house.hall.folder.path / 'b')
        (house.hall.folder.path / 'b').rename(house.hall.folder.file)
        house.hall.one_line(mark, '  failed     read .*Permission denied', 'err')
        house.served()
        house.hall.folder.file.chmod(0o600)
        house.in_sync()


def mounts():
    """Whether this process may make mounts of its own."""
    return shutil.which('unshare') and subprocess.run(
        ['unshare', '-m', 'true'], capture_output=True, check=False).returncode == 0


def test_read_only():
    """on a read-only file system it says so once, and passes on what it can't write"""
    if not mounts():
        raise Skip('no mounts allowed here')
    with House() as house:
        with e2e.Folder() as folder:
            folder.overwrite(house.content)
            command = (f'mount --bind {folder.path} {folder.path} && '
                       f'mount -o remount,ro,bind {folder.path} && exec "$@"')
            answer = subprocess.Popen(
                ['unshare', '-m', 'sh', '-c', command, 'sh', e2e.confsync, 'run', folder.file,
                 '-p', f'localhost:{house.hall.port}', '--instance-id', 'reader'],
                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                text=True, env=e2e.environment())
            try:
                house.served()
                out, _ = answer.communicate(timeout=3 * SLOW)
            except subprocess.TimeoutExpired:
                answer.send_signal(signal.SIGTERM)
                out, _ = answer.communicate(timeout=harness.DEADLINE)
            lines = [line for line in out.splitlines() if 'Read-only file system' in line]
            assert lines and all(str(folder.path) in line for line in lines), out
            # one for each thing that can't be done
            assert len({line[14:] for line in lines}) == len(lines) <= 3, out
            assert json.loads(folder.file.read_text()) != house.content
        house.in_sync()


if __name__ == '__main__':
    e2e.confsync = os.path.realpath(sys.argv[1])
    sys.exit(harness.main(dict(globals())))
