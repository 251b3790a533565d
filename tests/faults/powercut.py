# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: The confsync authors
#
# A disk that keeps only what was made durable. What a traced process did to the files of a folder
# is played again on a model; at any moment the power may go, and the model says what may be left:
# data that no fsync() followed is lost, half there or there; a name that was made, moved, exchanged
# or removed is so for certain only once a directory of it was synced; what does not touch the same
# names or files may become durable in another order.
"""A model of what a power cut leaves."""

import codecs
import itertools
import os
import re
import shutil

CALLS = ('openat,close,write,pwrite64,ftruncate,fsync,fdatasync,rename,renameat,renameat2,link,'
         'linkat,unlink,unlinkat,mkdir,mkdirat,fsetxattr')
TEXT = re.compile(r'"((?:[^"\\]|\\.)*)"')
SPARE = re.compile(r'^([0-9a-f]+)\.spare$')
SECTOR = 512                        # bytes that a disk writes at once


def torn(before, after):
    """Every other sector of a text that was written over another one, both ways."""
    before = before[:len(after)].ljust(len(after), b'\0')
    for old in 0, 1:
        yield b''.join((before if at // SECTOR % 2 == old else after)[at:at + SECTOR]
                       for at in range(0, len(after), SECTOR))


class Data:
    """A change of what is in a file."""

    def __init__(self, inode, after, durable_by):
        self.inode = inode
        self.after = after          # bytes, or an attribute's value
        self.durable_by = durable_by  # the calls that make it durable


class Names:
    """A change of names, all of it or nothing."""

    def __init__(self, changes, makes=None):
        self.changes = changes      # path to inode, or to None
        self.makes = makes          # a directory
        self.inodes = {inode for inode in changes.values() if inode is not None}
        self.directories = {os.path.dirname(path) for path in [*changes, *([makes] if makes
                                                                         else [])]}

    def meets(self, other):
        return bool(self.changes.keys() & other.changes.keys() or self.inodes & other.inodes or
                    other.makes in self.directories)


class Recording:
    """What a process did in a folder, step by step, and what it said meanwhile."""

    def __init__(self, root):
        self.root = str(root)
        self.steps = []             # Data, Names, ('sync', call, what) or ('said', line)
        self.names = {}             # path to inode, as the process sees it
        self.content = {}           # inode to bytes
        self.fds = {}               # number to inode, or to a directory's path
        self.offsets = {}           # number to where the next write goes
        self.directories = {self.root}
        self.spares = {}            # a spare's name to its inode
        self.count = itertools.count(1)
        for folder, _, files in os.walk(self.root):
            self.directories.add(folder)
            for name in files:
                self.adopt(os.path.join(folder, name))
        self.first = (dict(self.names), dict(self.content), set(self.directories))

    def adopt(self, path):
        inode = next(self.count)
        with open(path, 'rb') as file:
            self.content[inode] = file.read()
        self.names[path] = inode
        if SPARE.match(os.path.basename(path)):
            self.spares[os.path.basename(path)] = inode

    def read(self, log):
        """Takes in strace's log, made with -f -y and long strings."""
        halves = {}
        for line in log.read_text(errors='surrogateescape').splitlines():
            thread, _, text = line.partition(' ')
            text = text.strip()
            if text.endswith('<unfinished ...>'):
                text = text[:-len('<unfinished ...>')].rstrip()
                # from here on another thread may be given that number
                if (closing := re.match(r'close\((\d+)', text)):
                    self.fds.pop(int(closing.group(1)), None)
                else:
                    halves[thread] = text
                continue
            if (resumed := re.match(r'<\.\.\. \w+ resumed>(.*)', text)):
                text = halves.pop(thread, '') + resumed.group(1)
            if (call := re.match(r'(\w+)\((.*)\)\s+= (-?\d+)', text)):
                if int(call.group(3)) >= 0:
                    self.take(call.group(1), call.group(2), int(call.group(3)))

    def take(self, call, arguments, result):
        texts = [codecs.escape_decode(text.encode('utf-8', 'surrogateescape'))[0]
                 for text in TEXT.findall(arguments)]
        descriptors = [(int(number), path) for number, path in
                       re.findall(r'(?:^|[, ])(\d+)<([^>]*)>', TEXT.sub('""', arguments))]
        fd = descriptors[0][0] if descriptors else -1
        paths = self.paths_of(arguments, texts) if call not in ('write', 'fsetxattr') else []
        if call == 'openat':
            self.open(paths[0], 'O_CREAT' in arguments, 'O_TRUNC' in arguments, result)
        elif call == 'close':
            self.fds.pop(fd, None)
        elif call in ('write', 'pwrite64'):
            self.write(fd, texts[0][:result])
        elif call == 'ftruncate':
            self.change(fd, lambda old: old[:int(arguments.split(', ')[1])])
        elif call in ('fsync', 'fdatasync'):
            if fd in self.fds:
                self.steps.append(('sync', call, self.fds[fd]))
        elif call == 'fsetxattr':
            if fd in self.fds:
                self.steps.append(Data(self.fds[fd], (texts[0], texts[1]), {'fsync'}))
        elif call.startswith('mkdir'):
            if paths[0].startswith(self.root):
                self.directories.add(paths[0])
                self.steps.append(Names({}, paths[0]))
        elif paths and paths[0].startswith(self.root):
            self.rename(call, paths, 'RENAME_EXCHANGE' in arguments)

    @staticmethod
    def paths_of(arguments, texts):
        """Of each name with the directory before it, if there is one."""
        bases = [base for base in re.findall(
            r'(?:\d+<([^>]*)>|AT_FDCWD(?:<[^>]*>)?), "', arguments)] or ['']
        paths = []
        for number, text in enumerate(texts):
            base = bases[min(number, len(bases) - 1)]
            paths.append(os.path.normpath(os.path.join(base or '/', os.fsdecode(text))))
        return paths

    def open(self, path, create, truncate, fd):
        if not path.startswith(self.root):
            return
        if path in self.directories:
            self.fds[fd] = path
            return
        if path not in self.names:
            assert create, path
            inode = next(self.count)
            self.content[inode] = b''
            self.names[path] = inode
            self.steps.append(Names({path: inode}))
        self.fds[fd] = self.names[path]
        if truncate:
            self.change(fd, lambda old: b'')
        self.offsets[fd] = 0

    def write(self, fd, data):
        if fd == 1:
            self.steps += [('said', line) for line in data.decode().splitlines()]
            return
        if fd not in self.fds:
            return
        path = next((path for path, inode in self.names.items() if inode == self.fds[fd]), '')
        at = (len(self.content[self.fds[fd]]) if path.endswith('.jsonl') else self.offsets[fd])
        self.change(fd, lambda old: old[:at] + data + old[at + len(data):])
        self.offsets[fd] = at + len(data)

    def change(self, fd, function):
        inode = self.fds.get(fd)
        if isinstance(inode, int):
            self.content[inode] = function(self.content[inode])
            self.steps.append(Data(inode, self.content[inode], {'fsync', 'fdatasync'}))

    def rename(self, call, paths, is_exchange):
        inodes = [self.names.get(path) for path in paths]
        assert inodes[0] is not None, (call, paths)
        if call.startswith('unlink'):
            changes = {paths[0]: None}
        elif call.startswith('link'):
            changes = {paths[1]: inodes[0]}
        elif is_exchange:
            changes = {paths[0]: inodes[1], paths[1]: inodes[0]}
        else:
            changes = {paths[0]: None, paths[1]: inodes[0]}
            if SPARE.match(os.path.basename(paths[1])):
                self.spares[os.path.basename(paths[1])] = inodes[0]
        step = Names(changes)
        step.inodes |= {inode for inode in inodes if inode is not None}
        self.steps.append(step)
        for path, inode in changes.items():
            self.names[path] = inode
            if inode is None:
                del self.names[path]


class Cut:
    """A moment at which the power goes: after so many steps."""

    def __init__(self, recording, length):
        self.recording = recording
        steps = recording.steps[:length]
        self.said = [step[1] for step in steps if isinstance(step, tuple) and step[0] == 'said']
        self.changes = [step for step in steps if isinstance(step, Names)]
        self.durable = {step for position, step in enumerate(steps) if isinstance(step, Names) and
                        any(later[0] == 'sync' and later[2] in step.directories
                            for later in steps[position:] if isinstance(later, tuple))}
        self.close(self.durable)
        self.open = [step for step in self.changes if step not in self.durable]
        self.data, self.attributes = {}, {}
        for position, step in enumerate(steps):
            if isinstance(step, Data):
                synced = any(later[0] == 'sync' and later[2] == step.inode and later[1] in
                             step.durable_by for later in steps[position:]
                             if isinstance(later, tuple))
                self.note(step, synced)

    def close(self, chosen):
        """Adds whatever a change came after on the same names and files."""
        for position in range(len(self.changes) - 1, -1, -1):
            if self.changes[position] in chosen:
                chosen.update(earlier for earlier in self.changes[:position]
                              if self.changes[position].meets(earlier))

    def note(self, step, synced):
        """What a file may hold: what was last synced, half of what came after it, some sectors of
        it, or all."""
        where = self.attributes if isinstance(step.after, tuple) else self.data
        first = None if isinstance(step.after, tuple) else self.recording.first[1].get(
            step.inode, b'')
        ways = where.setdefault(step.inode, [first])
        if synced:
            ways.clear()
        elif isinstance(step.after, bytes):
            before = ways[-1]
            ways.append(step.after[:len(step.after) // 2])
            if before and len(step.after) > SECTOR:
                ways += torn(before, step.after)
        ways.append(step.after)

    def states(self, dice, most):
        """The states that the disk may be in, at most so many of them, at random: each is its
        names, contents, attributes and directories."""
        ways = [list(dict.fromkeys(options)) for where in (self.data, self.attributes)
                for options in where.values()]
        subsets = 1 << len(self.open)
        total = subsets
        for options in ways:
            total *= len(options)
        chosen = range(total) if total <= most else {0, total - 1, *(
            dice.randrange(total) for _ in range(most))}
        for number in chosen:
            number, subset = divmod(number, subsets)
            picked = []
            for options in ways:
                number, index = divmod(number, len(options))
                picked.append(options[index])
            yield self.build(subset, picked)

    def build(self, subset, picked):
        applied = self.durable | {step for bit, step in enumerate(self.open) if subset >> bit & 1}
        self.close(applied)
        names, content, directories = (type(part)(part) for part in self.recording.first)
        content.update(zip(self.data, picked))
        for step in self.changes:
            if step in applied:
                if step.makes:
                    directories.add(step.makes)
                names.update(step.changes)
        names = {path: inode for path, inode in names.items()
                 if inode is not None and os.path.dirname(path) in directories}
        attributes = dict(zip(self.attributes, picked[len(self.data):]))
        return (tuple(sorted(directories)), tuple(sorted(
            (path, inode, content.get(inode, b''), attributes.get(inode))
            for path, inode in names.items())))


def lay_out(recording, state):
    """Makes the files of a state in the folder, in the place of all others. A spare's name is the
    number of its inode, so it is named anew."""
    directories, files = state
    real = {}
    shutil.rmtree(recording.root)
    for path in directories:
        os.makedirs(path, mode=0o700, exist_ok=True)
    spares = [entry for entry in files if os.path.basename(entry[0]) in recording.spares]
    for path, inode, data, attribute in [entry for entry in files if entry not in spares] + spares:
        place = path
        if (path, inode, data, attribute) in spares:
            place = os.path.join(os.path.dirname(path), 'spare to be named')
        if inode in real:
            os.link(real[inode], place)
        else:
            with open(place, 'wb') as file:
                file.write(data)
            os.chmod(place, 0o600)
            if attribute is not None:
                os.setxattr(place, attribute[0], attribute[1])
            real[inode] = place
        if place != path:
            owner = recording.spares[os.path.basename(path)]
            own = real.get(owner)
            number = os.stat(own).st_ino if own else 0xffffffff
            named = os.path.join(os.path.dirname(path), f'{number:x}.spare')
            os.rename(place, named)
            real = {one: named if at == place else at for one, at in real.items()}
