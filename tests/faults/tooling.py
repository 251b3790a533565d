# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: The confsync authors
#
# What the tests of faults share: the end-to-end tests' harness, the store's own driver, and strace
# that joins a process which is under way and counts from there.
"""Helpers of the tests of faults."""

import argparse
import contextlib
import json
import os
import pathlib
import random
import re
import shutil
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / 'e2e'))
import harness  # noqa: E402
from harness import Folder, Instance, Skip, ask, free_port, until  # noqa: E402,F401

# how many times slower than plain the build is
SLOW = int(os.environ.get('CONFSYNC_TEST_SLOW', '1'))
harness.DEADLINE *= SLOW
options = None  # of the command line


def main(tests, about):
    """Runs the tests, or those that are named, as the command line says; prints TAP."""
    global options
    parser = argparse.ArgumentParser(description=about)
    parser.add_argument('confsync')
    parser.add_argument('save_tool', nargs='?')
    parser.add_argument('shim', nargs='?')
    parser.add_argument('--long', action='store_true', help='all there is, by hand')
    parser.add_argument('--seed', type=int, help='play that schedule again')
    parser.add_argument('--only', action='append', help='a test by its name')
    options = parser.parse_args()
    if options.seed is None:
        options.seed = random.randrange(1 << 32)
    print(f'# seed {options.seed}', flush=True)
    if options.only:
        tests = {name: test for name, test in tests.items() if name[5:] in options.only}
    return harness.main(tests, options.confsync)


def canonical(value):
    return json.dumps(value, sort_keys=True, separators=(',', ':'))


def versions_of(base):
    """The contents of all versions, canonical; each must be whole."""
    contents = set()
    for path in (base / 'config_versions').glob('config_*.json'):
        contents.add(canonical(json.loads(path.read_bytes())))
    return contents


class Tool:
    """The store's driver on a folder's file, until it has done what it was told, or is killed."""

    def __init__(self, folder, *commands, prefix=()):
        self.lines = []
        self.process = subprocess.Popen(
            [*prefix, options.save_tool, folder.file, folder.path, *commands],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            bufsize=1)

    def wait(self):
        """Until it waits to be told to go on."""
        for line in self.process.stdout:
            self.lines.append(line.rstrip('\n'))
            if line == 'waiting\n':
                return
        raise AssertionError(f'it ended: {self.lines}')

    def go_on(self):
        with contextlib.suppress(BrokenPipeError):
            self.process.stdin.write('\n')
            self.process.stdin.flush()

    def end(self, strace=None):
        """Gives the exit code and what it said."""
        with self.process.stdout, contextlib.suppress(BrokenPipeError):
            self.process.stdin.close()
            self.lines += self.process.stdout.read().splitlines()
        if strace:
            strace.end()
        return self.process.wait(timeout=harness.DEADLINE)


def run_tool(folder, *commands, prefix=()):
    """What it says, all of which must go well."""
    tool = Tool(folder, *commands, prefix=prefix)
    code = tool.end()
    assert code == 0 and not any(line.startswith('failed') for line in tool.lines), tool.lines
    return tool.lines


def said(lines, what):
    """What was said after a word, in order."""
    return [line[len(what) + 1:] for line in lines if line.startswith(what + ' ')]


class Strace:
    """strace on a process that is under way; what it counts begins now."""

    def __init__(self, pid, log, *arguments):
        if not shutil.which('strace'):
            raise Skip('strace is missing')
        self.process = subprocess.Popen(
            ['strace', '-f', '-o', str(log), '-p', str(pid), *arguments],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        heard = []
        for line in self.process.stderr:
            heard.append(line)
            if ' attached' in line:
                return
        self.end()
        raise Skip(f'strace may not trace: {heard}')

    def end(self, killed=True):
        """Once what it traces has ended. After a kill it sometimes waits for ever, and what was
        killed with it."""
        if killed:
            self.process.kill()
        self.process.stderr.close()
        self.process.wait(timeout=harness.DEADLINE)

    def is_over(self, process):
        """Whether what it traces was killed."""
        if process.poll() is None:
            state = pathlib.Path(f'/proc/{process.pid}/stat').read_text().rsplit(')', 1)[1]
            if state.split()[0] == 'Z':
                self.process.kill()
        return process.poll() is not None


def calls_in(log):
    """How often each system call is in a log of strace, by the thread that makes it most often:
    strace counts for each thread."""
    counts = {}
    for line in pathlib.Path(log).read_text().splitlines():
        if (found := re.match(r'(\d+) +(\w+)\(', line)):
            thread, call = found.groups()
            counts.setdefault(call, {}).setdefault(thread, 0)
            counts[call][thread] += 1
    return {call: max(by_thread.values()) for call, by_thread in counts.items()}


def mounts():
    """Whether this process may make mounts of its own."""
    return shutil.which('unshare') and subprocess.run(
        ['unshare', '-m', 'true'], capture_output=True, check=False).returncode == 0
