# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: The confsync authors
#
# Programs that end with a manager running, in every way that a program may end: each ends, at once,
# with its own exit status, and leaves a whole file.

import json
import signal
import subprocess
import sys

from tap import DEADLINE, folder, main

HEAD = '''
import asyncio, os, signal, sys, threading
import gi
gi.require_version('Confsync', '1')
from gi.repository import Confsync, GObject

def make():
    return Confsync.AsyncManager(sys.argv[1])

async def run(manager):
    await manager.start()
    await manager.set_value('/n', 2)
    print('ready', flush=True)
'''


def end(body, status=0, send=None):
    """Runs a program; gives what the file holds then."""
    with folder() as at:
        path = at / 'a.json'
        path.write_text('{"n": 1}')
        process = subprocess.Popen([sys.executable, '-c', HEAD + body, str(path)],
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        with process:
            try:
                assert process.stdout.readline() == 'ready\n', process.communicate()[1]
                if send is not None:
                    process.send_signal(send)
                output, errors = process.communicate(timeout=DEADLINE)
            finally:
                process.kill()
        assert process.returncode == status, (process.returncode, output, errors)
        assert 'CRITICAL' not in errors and 'WARNING' not in errors, errors
        return json.loads(path.read_text())


def test_plain():
    """the end of the program, with the manager running in a global"""
    assert end('manager = make()\nasyncio.run(run(manager))') == {'n': 2}


def test_local():
    """the manager is dropped with the function that made it"""
    assert end('asyncio.run(run(make()))') == {'n': 2}


def test_exception():
    """an exception ends the program"""
    assert end('manager = make()\nasyncio.run(run(manager))\nraise SystemExit(5)', 5) == {'n': 2}


def test_interrupted():
    """Ctrl+C while the loop waits"""
    assert end('''
async def wait():
    async with make() as manager:
        await manager.set_value('/n', 2)
        print('ready', flush=True)
        async for change in manager.changes():
            pass
try:
    asyncio.run(wait())
except KeyboardInterrupt:
    sys.exit(7)
''', 7, signal.SIGINT) == {'n': 2}


def test_terminated():
    """SIGTERM, which Python doesn't catch"""
    assert end('manager = make()\nasyncio.run(run(manager))\nsignal.pause()', -signal.SIGTERM,
               signal.SIGTERM) == {'n': 2}


def test_at_once():
    """os._exit() with edits under way"""
    content = end('''
async def leave():
    manager = make()
    await run(manager)
    for n in range(50):
        asyncio.ensure_future(manager.set_value('/n', 100 + n))
    await asyncio.sleep(0)
    os._exit(9)
asyncio.run(leave())
''', 9)
    assert content['n'] == 2 or 100 <= content['n'] < 150, content


def test_edits_under_way():
    """edits that were asked for are answered or not; the file is whole, no later one comes"""
    content = end('''
async def leave():
    global manager
    manager = make()
    await run(manager)
    for n in range(50):
        asyncio.ensure_future(manager.set_value('/n', 100 + n))
    await asyncio.sleep(0)
asyncio.run(leave())
''')
    assert content['n'] == 2 or 100 <= content['n'] < 150, content


def test_python_plugin():
    """a resolver and a watcher in Python, which the thread may be calling at the end"""
    assert end('''
class Restless(GObject.Object, Confsync.Watcher):
    def do_start(self):
        self.over = threading.Event()
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()
        return True

    def run(self):
        while not self.over.wait(0.001):
            pass

    def do_stop(self):
        self.over.set()

manager = Confsync.AsyncManager(manager=Confsync.Manager(
    config_path=sys.argv[1], watcher=Restless()))
asyncio.run(run(manager))
''') == {'n': 2}


def test_thread():
    """the loop runs in another thread than the main one"""
    assert end('''
manager = make()
thread = threading.Thread(target=lambda: asyncio.run(run(manager)))
thread.start()
thread.join()
''') == {'n': 2}


def test_many_times():
    """20 times in a row: none hangs, none crashes"""
    for _ in range(20):
        assert end('manager = make()\nasyncio.run(run(manager))') == {'n': 2}


if __name__ == '__main__':
    sys.exit(main(dict(globals())))
