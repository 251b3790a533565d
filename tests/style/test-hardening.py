# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: The confsync authors
#
# That what was built is hardened: read from the files themselves, and from what the compiler makes
# of a known mistake with the very options that the library was compiled with.
"""Usage: test-hardening.py BUILD [--pie] [--fortify] LIBRARY PROGRAM PLUGIN..."""

import json
import pathlib
import shlex
import struct
import subprocess
import sys
import tempfile

import tap

ET_DYN = 3
PT_DYNAMIC, PT_GNU_STACK, PT_GNU_RELRO = 2, 0x6474e551, 0x6474e552
PF_X, PF_W = 1, 2
PT_LOAD = 1
DT_TEXTREL, DT_BIND_NOW, DT_FLAGS, DT_FLAGS_1 = 22, 24, 30, 0x6ffffffb
DF_BIND_NOW, DF_1_NOW, DF_1_PIE = 8, 1, 0x08000000
SHT_DYNSYM, SHT_SYMTAB = 11, 2

# a buffer on the stack, and a copy into it whose size nobody knows
PROBE = """
#include <string.h>
int probe (const char *text, size_t size);
int main (int argc, char **argv) { return probe (argv[0], argc); }
int probe (const char *text, size_t size)
{
  char buffer[8];
  memcpy (buffer, text, size);
  return buffer[0] + buffer[7];
}
"""


class Elf:
    """What a file in the ELF format says of itself."""

    def __init__(self, path):
        self.data = pathlib.Path(path).read_bytes()
        assert self.data[:4] == b'\x7fELF', f'{path} is no ELF file'
        self.wide = self.data[4] == 2
        self.order = '<' if self.data[5] == 1 else '>'
        self.word = 'Q' if self.wide else 'I'
        self.type, = self.read('H', 16)
        self.segments = list(self.read_segments())
        self.dynamic = dict(self.read_dynamic())

    def read(self, layout, at):
        return struct.unpack_from(self.order + layout, self.data, at)

    def read_segments(self):
        """Type, flags, offset and size of each."""
        start, = self.read(self.word, 32 if self.wide else 28)
        size, count = self.read('HH', 54 if self.wide else 42)
        for at in (start + size * number for number in range(count)):
            if self.wide:
                kind, flags, offset, _, _, length = self.read('IIQQQQ', at)
            else:
                kind, offset, _, _, length, _, flags = self.read('IIIIIII', at)
            yield kind, flags, offset, length

    def read_dynamic(self):
        step = struct.calcsize(self.order + 2 * self.word)
        for kind, _, offset, length in self.segments:
            if kind == PT_DYNAMIC:
                for at in range(offset, offset + length, step):
                    yield self.read(2 * self.word, at)

    def undefined(self):
        """The names that it takes from elsewhere."""
        start, = self.read(self.word, 40 if self.wide else 32)
        size, count = self.read('HH', 58 if self.wide else 46)
        layout = 'IIQQQQIIQQ' if self.wide else 'IIIIIIIIII'
        sections = [self.read(layout, start + size * number) for number in range(count)]
        for section in sections:
            if section[1] in (SHT_DYNSYM, SHT_SYMTAB):
                strings = sections[section[6]][4]
                for at in range(section[4], section[4] + section[5], section[9]):
                    name, = self.read('I', at)
                    where, = self.read('H', at + (6 if self.wide else 14))
                    if name and where == 0:
                        yield self.data[strings + name:].split(b'\0', 1)[0].decode()


def problems_of(path, is_program=False, pie=True):
    """What is wrong with a linked file, a line each."""
    elf = Elf(path)
    kinds = {kind: flags for kind, flags, _, _ in elf.segments}
    flags, flags_1 = elf.dynamic.get(DT_FLAGS, 0), elf.dynamic.get(DT_FLAGS_1, 0)
    checks = {
        'may not lie anywhere in memory': elf.type == ET_DYN or (is_program and not pie),
        'is no PIE': not is_program or not pie or flags_1 & DF_1_PIE,
        'has no RELRO': PT_GNU_RELRO in kinds,
        'is bound lazily': flags & DF_BIND_NOW or flags_1 & DF_1_NOW or DT_BIND_NOW in elf.dynamic,
        'has a stack that may be run': PT_GNU_STACK in kinds and not kinds[PT_GNU_STACK] & PF_X,
        'has memory to be both written and run': not any(
            kind == PT_LOAD and mode & PF_X and mode & PF_W for kind, mode, _, _ in elf.segments),
        'changes its own code when it is loaded': DT_TEXTREL not in elf.dynamic,
        'has no guards on its stack': '__stack_chk_fail' in set(elf.undefined()),
    }
    return [f'{path} {problem}' for problem, good in checks.items() if not good]


def options_of(build):
    """The compiler, and the options that the library is compiled with."""
    commands = json.loads((pathlib.Path(build) / 'compile_commands.json').read_text())
    command = next(shlex.split(entry['command']) for entry in commands
                   if entry['file'].endswith('/confsync-json-reader.c'))
    first = next(number for number, word in enumerate(command) if word.startswith('-'))
    options = [word for word in command[first:] if word.startswith(('-O', '-f', '-D', '-U', '-m'))]
    return command[:first], options


def compile_probe(folder, compiler, options, name):
    source = pathlib.Path(folder) / 'probe.c'
    source.write_text(PROBE)
    made = pathlib.Path(folder) / name
    subprocess.run([*compiler, *options, source, '-o', made], check=True)
    return made


def check_probe(build, fortify):
    """What the compiler makes of the mistake with our options."""
    compiler, options = options_of(build)
    with tempfile.TemporaryDirectory() as folder:
        names = set(Elf(compile_probe(folder, compiler, [*options, '-c'], 'probe.o')).undefined())
    wanted = ['__stack_chk_fail'] + (['__memcpy_chk'] if fortify else [])
    return [f'no {name} with {" ".join(options)}' for name in wanted if name not in names]


def check_blind(build):
    """A program with none of it: every rule must see that."""
    compiler, _ = options_of(build)
    with tempfile.TemporaryDirectory() as folder:
        bad = compile_probe(folder, compiler, [
            '-no-pie', '-fno-pie', '-fno-stack-protector', '-U_FORTIFY_SOURCE', '-w',
            '-Wl,-z,norelro', '-Wl,-z,lazy', '-Wl,-z,execstack'], 'bad')
        found = '\n'.join(problems_of(bad, is_program=True))
    return [f'not seen: {words}' for words in ('anywhere', 'PIE', 'RELRO', 'lazily', 'stack that',
                                               'guards') if words not in found]


def main(arguments):
    build, *rest = arguments
    pie, fortify = '--pie' in rest, '--fortify' in rest
    library, program, *plugins = [word for word in rest if not word.startswith('--')]
    tests = [(pathlib.Path(path).name, problems_of(path)) for path in (library, *plugins)]
    tests.append(('command', problems_of(program, is_program=True, pie=pie)))
    tests.append(('options', check_probe(build, fortify)))
    tests.append(('bad-program-is-seen', check_blind(build)))
    return tap.report(tests)


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
