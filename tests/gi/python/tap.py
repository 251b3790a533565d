# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: The confsync authors
#
# What the tests in Python share: a runner that prints TAP, files of their own, which are searched
# for planted secrets when a test ends, and waits with a deadline.

import asyncio
import contextlib
import inspect
import os
import pathlib
import sys
import tempfile
import traceback

import gi

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / 'common'))
import canary  # noqa: E402

# managers take the key that is set up for a program
os.environ['CONFSYNC_KEY'] = canary.KEY

gi.require_version('Confsync', '1')
from gi.repository import Confsync, GLib  # noqa: E402

DEADLINE = 15.0
EXAMPLES = pathlib.Path(__file__).resolve().parents[3] / 'introspection' / 'examples'


def main(names):
    """Runs each function called test_…, coroutine functions too, and gives the exit status."""
    tests = {name: value for name, value in names.items() if name.startswith('test_')}
    print(f'1..{len(tests)}')
    failed = False
    for number, (name, function) in enumerate(tests.items(), 1):
        title = f'{number} {name.removeprefix("test_")} - {function.__doc__}'
        try:
            if inspect.iscoroutinefunction(function):
                asyncio.run(asyncio.wait_for(function(), DEADLINE))
            else:
                function()
            print('ok', title, flush=True)
        except BaseException:  # a failed assertion of a loop's callback may be any
            failed = True
            print('not ok', title)
            for line in traceback.format_exc(limit=-12).splitlines():
                print('#', line, flush=True)
    return int(failed)


@contextlib.contextmanager
def folder():
    """A temporary folder, in which no planted secret may be left."""
    with tempfile.TemporaryDirectory(prefix='confsync-gi-') as name:
        path = pathlib.Path(os.path.realpath(name))
        yield path
        canary.check_folder(path)


@contextlib.contextmanager
def raises(kind, *words):
    """What is in it raises that, and says those words."""
    try:
        yield
    except kind as error:
        for word in words:
            assert word in str(error), f'“{error}” doesn\'t say “{word}”'
    else:
        raise AssertionError(f'no {kind.__name__} was raised')


@contextlib.contextmanager
def fails(code, *words):
    """What is in it raises a GLib.Error of that Confsync.Error, and says those words."""
    try:
        yield
    except GLib.Error as error:
        assert error.matches(Confsync.error_quark(), code), error
        for word in words:
            assert word in error.message, f'“{error.message}” doesn\'t say “{word}”'
    else:
        raise AssertionError(f'nothing failed, let alone with {code.value_nick}')


def turn_until(what, predicate):
    """Lets GLib's main loop go round until it is so."""
    context = GLib.MainContext.default()
    over = []
    timer = GLib.timeout_add(int(DEADLINE * 1000), lambda: over.append(True) or True)
    while not predicate():
        assert not over, f'{what}: not within {DEADLINE} s'
        context.iteration(True)
    GLib.source_remove(timer)


def call(thing, name, *arguments):
    """Calls an asynchronous function of GLib's kind, waits in the main loop, gives what it gave."""
    answers = []
    getattr(thing, name + '_async')(*arguments, None, lambda _, result: answers.append(result))
    assert not answers, f'{name} answered before it returned'
    turn_until(name, lambda: answers)
    assert len(answers) == 1
    return getattr(thing, name + '_finish')(answers[0])


async def until(what, predicate):
    """Lets asyncio's loop go round until it is so."""
    end = asyncio.get_running_loop().time() + DEADLINE
    while not predicate():
        assert asyncio.get_running_loop().time() < end, f'{what}: not within {DEADLINE} s'
        await asyncio.sleep(0.002)


if __name__ == '__main__':
    sys.exit('this is for other programs')
