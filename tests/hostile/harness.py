# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: The confsync authors
#
# What the hostile tests share: the small server as a process, raw connections, hand-made frames,
# and a runner that prints TAP.
"""Harness of the hostile tests."""

import base64
import hashlib
import json
import os
import resource
import select
import socket
import struct
import subprocess
import sys
import threading
import time
import traceback

DEADLINE = 15.0
MIB = 1024 * 1024
KEY = base64.b64encode(b"0123456789abcdef").decode()
ACCEPT = base64.b64encode(
    hashlib.sha1((KEY + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").encode()).digest()).decode()

TEXT, BINARY, CONTINUATION, CLOSE, PING, PONG = 1, 2, 0, 8, 9, 10


class Skip(Exception):
    """The test can't be run here."""


class Server:
    """The small server as a process, and what it said so far."""

    program = None
    address = "ws://127.0.0.1:0"

    def __init__(self, max_message=MIB, timeout_ms=60000, files=None):
        def limit():
            resource.setrlimit(resource.RLIMIT_NOFILE, (files, files))

        self.process = subprocess.Popen(
            [self.program, self.address, str(max_message), str(timeout_ms)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding="utf-8",
            preexec_fn=limit if files else None)
        self.events = []
        self.changed = threading.Condition()
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()
        self.address = self.wait("listening")["address"]
        self.files_at_rest = self.count_files()

    def _read(self):
        for line in self.process.stdout:
            with self.changed:
                self.events.append(json.loads(line))
                self.changed.notify_all()
        with self.changed:
            self.events.append({"event": "gone"})
            self.changed.notify_all()

    def __enter__(self):
        return self

    def __exit__(self, kind, value, trace):
        self.process.stdin.close()
        status = self.process.wait(DEADLINE)
        self.reader.join(DEADLINE)
        self.process.stdout.close()
        if kind is None:
            assert status == 0, f"the server ended with {status}"

    def wait(self, event, part=None):
        """Gives the first event of that kind whose text has that part."""
        def find():
            return next((e for e in self.events if e["event"] == event and
                         (part is None or part in json.dumps(e))), None)

        with self.changed:
            if not self.changed.wait_for(lambda: find() or self.events[-1:] == [{"event": "gone"}],
                                         DEADLINE) or not find():
                raise AssertionError(f"no event {event} with {part!r} among {self.events[-5:]}")
            return find()

    def count(self, event, part=""):
        with self.changed:
            return sum(e["event"] == event and part in json.dumps(e) for e in self.events)

    def count_files(self):
        return len(os.listdir(f"/proc/{self.process.pid}/fd"))

    def resident(self):
        with open(f"/proc/{self.process.pid}/status", encoding="ascii") as status:
            return next(int(line.split()[1]) for line in status if line.startswith("VmRSS")) * 1024

    def processor_time(self):
        with open(f"/proc/{self.process.pid}/stat", encoding="ascii") as stat:
            fields = stat.read().rsplit(") ", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def at_rest(self):
        """Waits until all connections are closed on the server's side."""
        until(lambda: self.count_files() == self.files_at_rest, "all connections closed")

    @property
    def port(self):
        return int(self.address.split(":")[2].split("/")[0])

    def connect(self, source="127.0.0.1"):
        return Client(self.port, source)


def until(condition, what):
    """For what can only be looked at from outside: asks again and again, up to a deadline."""
    end = time.monotonic() + DEADLINE
    while not condition():
        if time.monotonic() > end:
            raise AssertionError(f"waited in vain for: {what}")
        select.select([], [], [], 0.01)


class Client:
    """A raw connection."""

    def __init__(self, port, source="127.0.0.1", receive_buffer=None):
        self.socket = socket.socket()
        if receive_buffer:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.socket.settimeout(DEADLINE)
        # a second small frame would wait for the first one's acknowledgement, which takes 40 ms
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket.bind((source, 0))
        self.socket.connect(("127.0.0.1", port))
        self.name = "%s:%d" % self.socket.getsockname()
        self.pending = b""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def send(self, data):
        self.socket.sendall(data if isinstance(data, bytes) else data.encode())

    def send_until_cut(self, data, most):
        """Sends the same again and again; gives how much went out before the other side cut."""
        sent = 0
        while sent < most:
            try:
                self.socket.sendall(data)
            except ConnectionError:
                return sent
            sent += len(data)
        return sent

    def rest(self):
        """Everything up to the end of the connection."""
        data = self.pending
        try:
            while part := self.socket.recv(65536):
                data += part
        except ConnectionError:
            pass
        return data

    def take(self, count):
        while len(self.pending) < count:
            part = self.socket.recv(65536)
            if not part:
                raise AssertionError("the connection ended early")
            self.pending += part
        data, self.pending = self.pending[:count], self.pending[count:]
        return data

    def head(self):
        while b"\r\n\r\n" not in self.pending:
            part = self.socket.recv(65536)
            if not part:
                raise AssertionError("the connection ended early")
            self.pending += part
        head, self.pending = self.pending.split(b"\r\n\r\n", 1)
        return head.decode()

    def frame(self):
        first, length = self.take(2)
        if length == 126:
            length, = struct.unpack(">H", self.take(2))
        elif length == 127:
            length, = struct.unpack(">Q", self.take(8))
        return first & 0xf, self.take(length)

    def upgrade(self, protocol="confsync.v1", extra="", path="/sync"):
        self.send(upgrade_request(protocol, extra, path))
        head = self.head()
        assert head.startswith("HTTP/1.1 101 "), head
        assert ACCEPT in head, head
        return head


def upgrade_request(protocol="confsync.v1", extra="", path="/sync", host="127.0.0.1"):
    offer = f"Sec-WebSocket-Protocol: {protocol}\r\n" if protocol else ""
    return (f"GET {path} HTTP/1.1\r\nHost: {host}\r\nUpgrade: websocket\r\n"
            f"Connection: keep-alive, Upgrade\r\nSec-WebSocket-Key: {KEY}\r\n"
            f"Sec-WebSocket-Version: 13\r\n{offer}{extra}\r\n")


def frame(opcode, data=b"", fin=True, masked=True, claim=None, reserved=0):
    size = len(data) if claim is None else claim
    first = bytes([(0x80 if fin else 0) | reserved | opcode])
    bit = 0x80 if masked else 0
    if size < 126:
        head = bytes([bit | size])
    elif size < 65536:
        head = bytes([bit | 126]) + struct.pack(">H", size)
    else:
        head = bytes([bit | 127]) + struct.pack(">Q", size)
    # a mask of zeros is a mask
    return first + head + (bytes(4) if masked else b"") + data


def status_of(reply):
    return int(reply.split(b" ", 2)[1]) if reply.startswith(b"HTTP/1.1 ") else None


def run(number, name, function):
    """Runs one test and prints its line."""
    summary = function.__doc__
    try:
        function()
    except Skip as reason:
        print(f"ok {number} {name} - {summary} # SKIP {reason}", flush=True)
        return True
    except Exception:  # pylint: disable=broad-except
        print("".join(f"# {line}\n" for line in traceback.format_exc().splitlines()), end="")
        print(f"not ok {number} {name} - {summary}", flush=True)
        return False
    print(f"ok {number} {name} - {summary}", flush=True)
    return True


def main(names):
    """Runs the functions called test_..., or those that the command line asks for."""
    Server.program = sys.argv[1]
    Server.memory = "--no-memory" not in sys.argv
    wanted = [a for a in sys.argv[2:] if not a.startswith("--")]
    tests = [(name[5:].replace("_", "-"), function) for name, function in names.items()
             if name.startswith("test_")]
    tests = [t for t in tests if not wanted or t[0] in wanted]
    print(f"1..{len(tests)}")
    results = [run(i, name, function) for i, (name, function) in enumerate(tests, 1)]
    return 0 if all(results) else 1
