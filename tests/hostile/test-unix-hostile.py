# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: The confsync authors
#
# What another process of this machine may try on a Unix socket: every test starts the small server
# beside this file, misbehaves on a raw socket, and looks at the wire, at the events that the server
# prints, and at its file descriptors and memory. Prints TAP.
"""Usage: test-unix-hostile.py SERVE [--memory | --no-memory] [NAME...]"""

import array
import contextlib
import os
import pathlib
import resource
import select
import socket
import struct
import subprocess
import sys
import tempfile
import threading

import harness
from harness import DEADLINE, MIB, Skip, main, until

OFFER = b"confsync-offer confsync.v1"
TAKE = b"confsync-take confsync.v1"
REFUSE = b"confsync-refuse "
NOBODY = 65534
BACKLOG = 128


def frame(body, claim=None):
    return struct.pack(">I", len(body) if claim is None else claim) + body


class Server(harness.Server):
    """The small server on a socket in a directory of its own, or dialling one."""

    def __init__(self, **options):
        self.folder = tempfile.TemporaryDirectory(prefix="confsync-test-")
        self.path = os.path.realpath(self.folder.name) + "/own/socket"
        self.address = "unix:" + self.path
        super().__init__(**options)

    def __exit__(self, *arguments):
        try:
            super().__exit__(*arguments)
        finally:
            self.folder.cleanup()

    def connect(self, source=None):
        return Client(self.path)


class Client:
    """A raw connection."""

    def __init__(self, path, receive_buffer=None):
        self.socket = socket.socket(socket.AF_UNIX)
        if receive_buffer:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.socket.settimeout(DEADLINE)
        self.socket.connect(path)
        self.pending = b""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def send(self, data):
        self.socket.sendall(data)

    def frame(self):
        """The body of the next frame; None at the end of the stream."""
        while len(self.pending) < 4 or len(self.pending) < 4 + self.claim():
            part = self.socket.recv(65536)
            if not part:
                assert not self.pending, self.pending
                return None
            self.pending += part
        size = self.claim()
        body, self.pending = self.pending[4:4 + size], self.pending[4 + size:]
        return body

    def claim(self):
        return struct.unpack(">I", self.pending[:4])[0]

    def rest(self):
        data = self.pending
        with contextlib.suppress(ConnectionError):
            while part := self.socket.recv(65536):
                data += part
        return data

    def greet(self):
        self.send(frame(OFFER))
        assert self.frame() == TAKE
        return self


def check_echo(server):
    with server.connect() as client:
        client.greet()
        client.send(frame(b'{"still":"here"}'))
        assert client.frame() == b'{"still":"here"}'


def check_refused(data, reason, answer=None):
    """Who begins with that is refused, with that reason, in one line; others are served on."""
    with Server() as server:
        with server.connect() as client:
            client.send(data)
            client.socket.shutdown(socket.SHUT_WR)
            reply = client.rest()
            event = server.wait("refused")
            assert reason in event["reason"], event
            assert event["reason"].isprintable(), event
            assert event["remote"] == f"process {os.getpid()}", event
            if answer is not None:
                assert reply[4:].startswith(REFUSE) and answer in reply, reply
        check_echo(server)
        server.at_rest()
        server.wait("accepted")
        assert server.count("refused") == 1
        assert server.count("accepted") == 1


def check_cut(data, reason, max_message=MIB, end=False):
    """A peer that sends that is cut off, with that reason; others are served on."""
    with Server(max_message=max_message) as server:
        with server.connect() as client:
            client.greet()
            client.send(data)
            if end:
                client.socket.shutdown(socket.SHUT_WR)
            client.rest()
            event = server.wait("closed")
            assert event["error"] and reason in event["error"], event
        check_echo(server)
        server.at_rest()


# who is let in

def test_own_user():
    """a process of the same user comes in, and its messages come back whole"""
    with Server() as server:
        with server.connect() as client:
            client.greet()
            event = server.wait("accepted")
            assert event["remote"] == f"process {os.getpid()}" and \
                event["protocol"] == "confsync.v1", event
            client.send(frame(b'{"a":1}') + frame(b"\x1f") + frame(b'{"b":2}'))
            assert [client.frame() for _ in range(3)] == [b'{"a":1}', b"\x1f", b'{"b":2}']
        server.at_rest()


def test_modes():
    """the socket is 0600 and its directory 0700, and both files go with the listener"""
    with Server() as server:
        path = pathlib.Path(server.path)
        assert path.stat().st_mode & 0o7777 == 0o600
        assert path.parent.stat().st_mode & 0o7777 == 0o700
        server.process.stdin.close()
        assert server.process.wait(DEADLINE) == 0
        assert not list(path.parent.iterdir())


def as_nobody(code, *arguments):
    """Runs some Python as another user; gives what it printed."""
    if os.geteuid() != 0:
        raise Skip("only root can become another user")
    return subprocess.run(
        [sys.executable, "-I", "-c", code, *arguments], user=NOBODY, group=NOBODY, extra_groups=[],
        stdin=subprocess.DEVNULL, capture_output=True, check=True, timeout=DEADLINE).stdout


CONNECT = """
import socket, sys
s = socket.socket(socket.AF_UNIX)
s.settimeout(10)
try:
    s.connect(sys.argv[1])
    s.sendall(b"\\0\\0\\0\\x1aconfsync-offer confsync.v1")
    print(s.recv(4096))
except OSError as error:
    print(type(error).__name__)
"""


def test_other_user_is_kept_out():
    """another user can't even connect: the modes are in the way"""
    with Server() as server:
        assert as_nobody(CONNECT, server.path) == b"PermissionError\n"
        # the directory alone is enough
        os.chmod(server.path, 0o666)
        assert as_nobody(CONNECT, server.path) == b"PermissionError\n"
        check_echo(server)
        assert server.count("refused") == 0


def test_other_user_is_refused():
    """where somebody opened the modes, the kernel still says who it is; both are told"""
    with Server() as server:
        for part in (server.folder.name, pathlib.Path(server.path).parent):
            os.chmod(part, 0o755)
        os.chmod(server.path, 0o666)
        said = as_nobody(CONNECT, server.path)
        assert REFUSE in said or said == b"ConnectionResetError\n" or \
            said == b"BrokenPipeError\n", said
        event = server.wait("refused", f"user {NOBODY}")
        assert event["remote"].startswith("process "), event
        assert server.count("accepted") == 0
        check_echo(server)
        server.at_rest()


LISTEN = """
import os, socket, sys
s = socket.socket(socket.AF_UNIX)
s.bind(sys.argv[1])
s.listen()
print("ready", flush=True)
s.settimeout(10)
print(s.accept()[0].recv(4096), flush=True)
"""


@contextlib.contextmanager
def dialling(path):
    """The small server as one that dials."""
    class Dialler(harness.Server):
        """Counts no files: what it holds is gone before one could look."""
        def __init__(self):
            self.process = subprocess.Popen(
                [self.program, "unix:" + path, str(MIB), "5000", "dial"], stdin=subprocess.PIPE,
                stdout=subprocess.PIPE, encoding="utf-8")
            self.events = []
            self.changed = threading.Condition()
            self.reader = threading.Thread(target=self._read, daemon=True)
            self.reader.start()

    with Dialler() as dialler:
        yield dialler


def test_other_users_listener():
    """a listener of another user is told nothing: who dials asks the kernel first"""
    if os.geteuid() != 0:
        raise Skip("only root can become another user")
    with tempfile.TemporaryDirectory(prefix="confsync-test-") as folder:
        os.chown(folder, NOBODY, NOBODY)
        path = folder + "/socket"
        with subprocess.Popen([sys.executable, "-I", "-c", LISTEN, path], user=NOBODY,
                              group=NOBODY, extra_groups=[], stdout=subprocess.PIPE) as listener:
            assert listener.stdout.readline() == b"ready\n"
            with dialling(path) as dialler:
                error = dialler.wait("closed")["error"]
                assert f"it runs as user {NOBODY}" in error and path in error, error
            assert listener.stdout.readline() == b"b''\n"


def answered(data, end=True):
    """The error of a dial that is answered with that."""
    with tempfile.TemporaryDirectory(prefix="confsync-test-") as folder, \
            socket.socket(socket.AF_UNIX) as listener:
        listener.bind(folder + "/socket")
        listener.listen()
        listener.settimeout(DEADLINE)
        with dialling(folder + "/socket") as dialler:
            with listener.accept()[0] as accepted:
                accepted.settimeout(DEADLINE)
                assert accepted.recv(4096) == frame(OFFER)
                accepted.sendall(data)
                if end:
                    accepted.shutdown(socket.SHUT_WR)
                error = dialler.wait("closed")["error"]
            assert dialler.count("opened") == 0
            return error


def test_bad_listeners():
    """a listener that is none of ours is told apart by its first bytes"""
    assert "without a word" in answered(b"")
    assert "no confsync instance" in answered(frame(b"hello"))
    assert "no confsync instance" in answered(frame(b""), end=False)
    assert "the limit is 512" in answered(b"HTTP/1.1 400 Bad Request\r\n\r\n", end=False)
    assert "in the middle of a message" in answered(b"\0\0\0\x1acon")
    assert "refused: not today?" in answered(frame(REFUSE + b"not today\x1b"), end=False)
    assert "no confsync instance" in answered(frame(b"confsync-take confsync.v2"), end=False)


def test_silent_listener():
    """a listener that never answers is given up at the deadline"""
    assert "no whole handshake within 5000 ms" in answered(b"", end=False)


# handshakes

def test_garbage():
    """what is no offer is refused by its first bytes, however much would follow"""
    check_refused(b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n", "the limit is 512")
    check_refused(b'{"type":"hello"}', "the limit is 512")
    check_refused(os.urandom(4).replace(b"\0", b"\1") + os.urandom(100000), "the limit is 512")
    check_refused(frame(b"hello"), "no offer of a confsync instance", b"no offer")
    check_refused(frame(b""), "no offer of a confsync instance", b"no offer")
    check_refused(frame(b"confsync-offer \0confsync.v1"), "no offer of a confsync instance")
    check_refused(frame(b"x" * 512), "no offer")
    check_refused(frame(b"", claim=513), "a message of 513 bytes; the limit is 512")
    check_refused(frame(b"", claim=0xffffffff), "the limit is 512")


def test_half_offer():
    """an offer that ends early"""
    check_refused(frame(OFFER)[:9], "in the middle of a message")
    check_refused(b"\0\0", "in the middle of a message")


def test_other_protocols():
    """who speaks another version is told so, and what it offered is shown harmlessly"""
    check_refused(frame(b"confsync-offer confsync.v9 x"), "offers “confsync.v9 x”",
                  b"only confsync.v1 is spoken here")
    check_refused(frame(b"confsync-offer \x1b[2J\xff\n" + b"y" * 400), "?[2J")


def test_among_others():
    """the protocol is found among others, and an offer may trickle in"""
    with Server() as server, server.connect() as client:
        for byte in frame(b"confsync-offer confsync.v3 confsync.v1 other"):
            client.send(bytes([byte]))
        assert client.frame() == TAKE


def test_look():
    """who only connects and leaves is not worth a line"""
    with Server() as server:
        for _ in range(10):
            server.connect().socket.close()
        check_echo(server)
        server.at_rest()
        assert server.count("refused") == 0


def test_deadline():
    """silence and half an offer are cut at the deadline; who has come in stays"""
    with Server(timeout_ms=300) as server:
        with server.connect() as silent, server.connect() as half, server.connect() as peer:
            peer.greet()
            half.send(frame(OFFER)[:9])
            assert silent.rest() == b"" and half.rest() == b""
            until(lambda: server.count("refused", "within 300 ms") == 2, "both are refused")
            peer.send(frame(b'{"still":"here"}'))
            assert peer.frame() == b'{"still":"here"}'


def test_half_open():
    """64 unfinished handshakes are held; beyond, the oldest goes and is told why"""
    with Server() as server:
        clients = [server.connect() for _ in range(64)]
        until(lambda: server.count_files() == server.files_at_rest + 64, "64 held")
        assert server.count("refused") == 0
        clients += [server.connect() for _ in range(36)]
        for client in clients[:36]:
            assert client.frame() == REFUSE + b"too many unfinished handshakes"
        check_echo(server)
        assert select.select([c.socket for c in clients[40:]], [], [], 0)[0] == []
        for client in clients:
            client.socket.close()
        server.at_rest()


def test_too_many():
    """1,024 connections in all; beyond, there is room for nobody, and again when one leaves"""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    if hard < 2048:
        raise Skip(f"only {hard} file descriptors may be open")
    resource.setrlimit(resource.RLIMIT_NOFILE, (2048, hard))
    with Server(files=2048) as server:
        peers = [server.connect().greet() for _ in range(1024)]
        with server.connect() as late:
            assert late.frame() == REFUSE + b"too many connections in all"
        peers.pop().socket.close()
        until(lambda: server.count("closed") == 1, "one left")
        check_echo(server)
        for peer in peers:
            peer.socket.close()
        server.at_rest()


def test_out_of_files():
    """a server without file descriptors to spare neither spins nor dies, and recovers"""
    with Server(files=32) as server:
        peers = [server.connect() for _ in range(60)]
        server.wait("refused", "take connections")
        spent = server.processor_time()
        for peer in peers[::-1][:10]:
            with contextlib.suppress(ConnectionError):
                peer.greet()
        for peer in peers:
            peer.socket.close()
        server.at_rest()
        check_echo(server)
        assert server.count("refused", "take connections") <= 60
        assert server.processor_time() - spent < 0.5


def test_out_of_files_with_peers():
    """where peers hold all of them, it looks again now and then, and does not spin"""
    with Server(files=32) as server:
        peers = []
        with contextlib.suppress(TimeoutError):
            while True:
                peers.append(server.connect())
                peers[-1].socket.settimeout(0.5)
                peers[-1].greet()
        server.wait("refused", "take connections")
        spent, refused = server.processor_time(), server.count("refused")
        until(lambda: server.count("refused") >= refused + 3, "it looked three times more")
        assert server.processor_time() - spent < 0.2
        for peer in peers:
            peer.socket.close()
        server.at_rest()
        check_echo(server)


# messages

def test_oversize():
    """a message over the limit is refused by its length, before there is memory for it"""
    check_cut(frame(b"", claim=MIB + 1), f"a message of {MIB + 1} bytes; the limit is {MIB}")
    check_cut(frame(b"", claim=0xffffffff), "the limit is")
    check_cut(frame(b"x" * 50) + frame(b"y" * 51), "a message of 51 bytes", max_message=50)


def test_claims_take_no_memory():
    """200 peers that announce 16 MiB each and send nothing take none"""
    with Server(max_message=16 * MIB) as server:
        before = server.resident()
        peers = [server.connect().greet() for _ in range(200)]
        for peer in peers:
            peer.send(frame(b"x", claim=16 * MIB))
        check_echo(server)
        if server.memory:
            assert server.resident() - before < 24 * MIB, server.resident() - before
        for peer in peers:
            peer.socket.close()
        server.at_rest()


def test_half_message():
    """a peer that ends in the middle of a message, or of its length"""
    check_cut(frame(b"x" * 100, claim=200), "in the middle of a message", end=True)
    check_cut(frame(b"x" * 10, claim=500000), "in the middle of a message", end=True)
    check_cut(b"\0\0", "in the middle of a message", end=True)
    check_cut(b"\0\0\0\x05", "in the middle of a message", end=True)


def test_killed():
    """an end without a word is told from a leave that was taken"""
    check_cut(frame(b'{"a":1}'), "without a word", end=True)
    with Server() as server:
        with server.connect() as client:
            client.greet()
            client.send(frame(b'{"a":1}') + frame(b"") + frame(b'{"late":1}'))
            client.rest()
            assert server.wait("closed")["error"] is None
            assert server.count("received") == 1
        server.at_rest()


def test_trickle():
    """messages come out whole, in whatever pieces they come in"""
    message = b'{"a":"' + b"x" * 70000 + b'"}'
    data = frame(message) + frame(b'{"b":1}') + frame(message)
    with Server() as server:
        for step in (1, 3, 5, 16383, 16384, 16385, 70003):
            with server.connect() as client:
                client.greet()
                if step == 1:
                    # the seams byte by byte, the middle in one piece
                    for at in range(12):
                        client.send(data[at:at + 1])
                    client.send(data[12:len(message)])
                    for at in range(len(message), len(message) + 20):
                        client.send(data[at:at + 1])
                    client.send(data[len(message) + 20:])
                elif step < 10:
                    client.send(frame(b"z" * step) * 3)
                    assert [client.frame() for _ in range(3)] == [b"z" * step] * 3
                    client.send(data)
                else:
                    for at in range(0, len(data), step):
                        client.send(data[at:at + step])
                assert client.frame() == message
                assert client.frame() == b'{"b":1}'
                assert client.frame() == message


def test_early_messages():
    """messages right behind the offer come after it was taken"""
    with Server() as server, server.connect() as client:
        client.send(frame(OFFER) + frame(b'{"a":1}') + frame(b'{"b":2}'))
        assert [client.frame() for _ in range(3)] == [TAKE, b'{"a":1}', b'{"b":2}']


def test_fair():
    """a peer that sends without a pause doesn't keep others from being served"""
    stop = threading.Event()

    def flood(client):
        data = frame(b"x" * 1000) * 1000
        with contextlib.suppress(OSError):
            while not stop.is_set():
                client.send(data)

    def drain(client):
        with contextlib.suppress(OSError):
            while client.socket.recv(1 << 20):
                pass

    with Server() as server:
        with server.connect() as noisy:
            noisy.greet()
            threads = [threading.Thread(target=f, args=(noisy,), daemon=True)
                       for f in (flood, drain)]
            for thread in threads:
                thread.start()
            for _ in range(20):
                check_echo(server)
            stop.set()
            noisy.socket.shutdown(socket.SHUT_RDWR)
            for thread in threads:
                thread.join(DEADLINE)
        server.at_rest()


def test_never_reads():
    """what a peer never reads waits at the server, whole and in order, until it does"""
    count, size = 200, 50000
    with Server() as server:
        with server.connect() as deaf:
            deaf.greet()
            for i in range(count):
                deaf.send(frame(struct.pack(">I", i) * (size // 4)))
            until(lambda: server.count("received") == count, "all is taken in")
            if server.memory:
                assert server.resident() > count * size / 2
            check_echo(server)
            for i in range(count):
                assert deaf.frame() == struct.pack(">I", i) * (size // 4)
        server.at_rest()


def test_never_reads_and_leaves():
    """a peer that goes without having read anything takes its queue with it"""
    with Server() as server:
        for _ in range(20):
            with server.connect() as deaf:
                deaf.greet()
                for _ in range(20):
                    deaf.send(frame(b"x" * 50000))
        until(lambda: server.count("closed") == 20, "all gone")
        check_echo(server)
        server.at_rest()


def test_file_descriptors():
    """file descriptors that are sent along are not kept"""
    with Server() as server:
        before = server.count_files()
        with server.connect() as client, open("/dev/null", "rb") as file:
            client.greet()
            for _ in range(100):
                client.socket.sendmsg([frame(b'{"a":1}')], [
                    (socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [file.fileno()] * 50))])
                assert client.frame() == b'{"a":1}'
            assert server.count_files() == before + 1
        server.at_rest()


def test_half_closed():
    """a peer that shuts its reading side is cut, and the server lives"""
    with Server() as server:
        with server.connect() as client:
            client.greet()
            client.socket.shutdown(socket.SHUT_RD)
            client.send(frame(b'{"a":1}'))
            assert "gone" in server.wait("closed")["error"]
        check_echo(server)
        server.at_rest()


if __name__ == "__main__":
    sys.exit(main(globals()))
