# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: The confsync authors
#
# What a stranger may try on a WebSocket listener, with raw sockets: every test starts the small
# server beside this file, misbehaves, and looks at the wire, at the events that the server prints,
# and at its file descriptors and memory. Prints TAP.
"""Usage: test-websocket-hostile.py SERVE [--memory | --no-memory] [NAME...]"""

import resource
import select
import socket
import struct
import sys
import threading
import time

from harness import (BINARY, CLOSE, CONTINUATION, DEADLINE, KEY, MIB, PING, PONG, TEXT, Client,
                     Server, Skip, frame, main, status_of, until, upgrade_request)


def ask(server, request, source="127.0.0.1"):
    """One request; gives the whole answer up to the end of the connection."""
    with server.connect(source) as client:
        client.send(request)
        return client.rest()


def check_health(server, source="127.0.0.1"):
    reply = ask(server, "GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n", source)
    assert status_of(reply) == 200, reply
    assert reply.endswith(b'{"status":"healthy"}'), reply


def check_echo(server, source="127.0.0.1"):
    with server.connect(source) as client:
        client.upgrade()
        client.send(frame(TEXT, b'{"still":"here"}'))
        assert client.frame() == (TEXT, b'{"still":"here"}')


def check_refused(server, request, status, reason):
    with server.connect() as client:
        client.send(request)
        reply = client.rest()
        assert status_of(reply) == status, reply[:200]
        event = server.wait("refused", client.name)
        assert reason in event["reason"], event
        assert "\n" not in event["reason"] and event["reason"].isprintable(), event
        assert server.count("refused", client.name) == 1
    assert server.count("accepted", client.name) == 0
    server.at_rest()


# who is let in

def test_upgrade():
    """a proper peer comes in, with the protocol and without a version in the Server header"""
    with Server() as server:
        with server.connect() as client:
            head = client.upgrade()
            assert "\r\nSec-WebSocket-Protocol: confsync.v1" in head, head
            assert "\r\nServer: confsync\r\n" in head, head
            assert server.wait("accepted")["protocol"] == "confsync.v1"
        check_echo(server)


def test_legacy():
    """a client that offers no protocol is taken, and known by that"""
    with Server() as server:
        with server.connect() as client:
            head = client.upgrade(protocol=None)
            assert "Sec-WebSocket-Protocol" not in head, head
            assert server.wait("accepted")["protocol"] is None


def test_among_others():
    """the protocol is found among others"""
    with Server() as server:
        with server.connect() as client:
            head = client.upgrade(protocol="mqtt, confsync.v1")
            assert "\r\nSec-WebSocket-Protocol: confsync.v1" in head, head


def test_wrong_protocol():
    """a client that offers other protocols only is refused"""
    with Server() as server:
        check_refused(server, upgrade_request("mqtt"), 400, "mqtt")


def test_origin():
    """a web page is refused, whatever its origin"""
    with Server() as server:
        for origin in "http://evil.example", "http://127.0.0.1", "null", "":
            check_refused(server, upgrade_request(extra=f"Origin: {origin}\r\n"), 403, "web page")


def test_two_hosts():
    """two Host headers, or none, are refused"""
    with Server() as server:
        check_refused(server, upgrade_request(extra="Host: evil.example\r\n"), 400, "2 Host")
        check_refused(server, "GET /health HTTP/1.1\r\n\r\n", 400, "0 Host")


def test_paths():
    """only the exact paths are there"""
    with Server() as server:
        for path in "/syncX", "/sync/a", "/sync/", "/sync?a", "//sync", "/SYNC", "/healthX", "/":
            check_refused(server, upgrade_request(path=path), 404, f"“{path}”")


def test_escaped():
    """control characters and what else comes from a stranger is escaped in the report"""
    with Server() as server:
        check_refused(server, upgrade_request(path="/\xff\xfe" + "y" * 500), 404, "yyy...")
        check_refused(server, upgrade_request(path="/\033[2J"), 400, "\\033[2J")


def test_not_an_upgrade():
    """a request to /sync that asks for no WebSocket, or for another version, is told so"""
    with Server() as server:
        check_refused(server, "GET /sync HTTP/1.1\r\nHost: localhost\r\n\r\n", 426, "no WebSocket")
        check_refused(server, upgrade_request().replace("Version: 13", "Version: 8"), 426, "13")
        check_refused(server, upgrade_request().replace(KEY, "short"), 400, "Key")
        check_refused(server, upgrade_request().replace("GET", "POST"), 405, "GET")


# the health report

def test_health():
    """the report is answered, not cached, and a range is ignored"""
    with Server() as server:
        ranges = "Range: bytes=" + ",".join(["0-"] * 10000) + "\r\n"
        reply = ask(server, f"GET /health HTTP/1.1\r\nHost: localhost\r\n{ranges}\r\n")
        assert status_of(reply) == 200 and len(reply) < 500, reply
        assert b"\r\nContent-Type: application/json\r\n" in reply, reply
        assert b"\r\nCache-Control: no-store\r\n" in reply, reply
        for host in "127.0.0.1:8765", "[::1]:8765", "[::1]", "kitchen", "kitchen:80", "10.1.2.3":
            reply = ask(server, f"GET /health HTTP/1.1\r\nHost: {host}\r\n\r\n")
            assert status_of(reply) == 200, (host, reply)


def test_health_host():
    """a name with a dot is how a web page elsewhere would come"""
    with Server() as server:
        for host in "evil.example", "evil.example:8765", "127.0.0.1.evil.example", "[evil]", "":
            check_refused(server, f"GET /health HTTP/1.1\r\nHost: {host}\r\n\r\n", 403, "health")


def test_health_methods():
    """GET only"""
    with Server() as server:
        for method in "POST", "HEAD", "PUT", "OPTIONS":
            check_refused(server, f"{method} /health HTTP/1.1\r\nHost: localhost\r\n\r\n", 405,
                          "GET only")


# requests that are too much

def test_bodies():
    """no request may have a body; one of 200 MiB is not read"""
    with Server() as server:
        before = server.resident()
        for head in ("GET /health HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\n\r\nabc",
                     "POST /health HTTP/1.1\r\nHost: localhost\r\n"
                     "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
                     upgrade_request(extra="Content-Length: 5\r\n") + "12345"):
            check_refused(server, head, 413, "body")
        with server.connect() as client:
            client.send("POST /health HTTP/1.1\r\nHost: localhost\r\n"
                        f"Content-Length: {200 * MIB}\r\n\r\n")
            sent = client.send_until_cut(bytes(65536), 200 * MIB)
            assert sent < 16 * MIB, f"{sent} bytes of a body were taken"
        server.at_rest()
        if Server.memory:
            assert server.resident() - before < 8 * MIB


def test_smuggling():
    """a second request behind the first is not answered"""
    with Server() as server:
        second = "GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n"
        for request in (
                "POST /health HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4\r\n"
                "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + second,
                second + second,
                "GET /health HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n"
                "Content-Length: 60\r\n\r\n" + second):
            reply = ask(server, request)
            assert reply.count(b"HTTP/1.1 ") == 1, reply
            assert status_of(reply) in (400, 413), reply


def test_bad_heads():
    """folded lines, blanks before colons, bare line feeds, NULs, other versions"""
    with Server() as server:
        start = "GET /health HTTP/1.1\r\nHost: localhost\r\n"
        check_refused(server, start + "X: a\r\n b\r\n\r\n", 400, "proper name")
        check_refused(server, start + "Content-Length : 5\r\n\r\n", 400, "proper name")
        check_refused(server, start + "X: a\nContent-Length: 5\r\n\r\n", 400, "control")
        check_refused(server, start + "X: a\0b\r\n\r\n", 400, "HTTP")
        check_refused(server, "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 400, "not HTTP")
        check_refused(server, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505, "HTTP/1.1")
        check_refused(server, start + "X: y\r\n" * 200 + "\r\n", 400, "too many")


def test_endless_head():
    """a head without an end is cut at 64 KiB"""
    with Server() as server:
        with server.connect() as client:
            client.send("GET /health HTTP/1.1\r\n")
            sent = client.send_until_cut(b"X: " + b"y" * 4091 + b"\r\n", 64 * MIB)
            assert sent < 16 * MIB, sent
            assert "65536" in server.wait("refused", client.name)["reason"]
        server.at_rest()
        check_health(server)


def test_deadline():
    """silence, half a head, and a head that trickles in are cut at the deadline"""
    with Server(timeout_ms=1000) as server:
        began = time.monotonic()
        with server.connect() as silent, server.connect() as half, server.connect() as trickle:
            half.send("GET /sync HTTP/1.1\r\nHost: loc")
            while not select.select([trickle.socket], [], [], 0.1)[0]:
                assert time.monotonic() - began < DEADLINE, "never cut"
                try:
                    trickle.send("X")
                except ConnectionError:
                    break
            for client in silent, half, trickle:
                assert client.rest() == b""
                assert "1000 ms" in server.wait("refused", client.name)["reason"]
        taken = time.monotonic() - began
        assert 0.9 < taken < 5, taken
        server.at_rest()


def test_deadline_is_for_guests():
    """who has come in stays, however long it is silent"""
    with Server(timeout_ms=300) as server:
        with server.connect() as client, server.connect() as half:
            client.upgrade()
            half.send("GET")
            # cut after the deadline of the one that came in has passed
            assert half.rest() == b""
            client.send(frame(TEXT, b"{}"))
            assert client.frame() == (TEXT, b"{}")


# many at once

def test_half_open():
    """300 half-open requests from many places: a peer and the health report are still served"""
    with Server() as server:
        clients = []
        with server.connect() as peer:
            peer.upgrade()
            for i in range(300):
                clients.append(server.connect(f"127.0.1.{i % 10 + 1}"))
                clients[-1].send("GET /sync HTTP/1.1\r\nHost: loc")
            began = time.monotonic()
            check_health(server)
            check_echo(server)
            peer.send(frame(TEXT, b"{}"))
            assert peer.frame() == (TEXT, b"{}")
            assert time.monotonic() - began < 2
        for client in clients:
            client.socket.close()
        server.at_rest()
        assert server.count("refused") == 0


def test_per_place():
    """one place holds 64 unfinished handshakes; it is still served, by cutting its oldest"""
    with Server() as server:
        clients = []
        for _ in range(100):
            clients.append(server.connect())
            clients[-1].send("GET /sync")
        for client in clients[:36]:
            assert client.rest() == b""
            assert "too many" in server.wait("refused", client.name)["reason"]
        until(lambda: server.count_files() == server.files_at_rest + 64, "64 held")
        check_health(server)
        check_echo(server, "127.0.0.2")
        server.wait("refused", clients[36].name)
        assert server.count("refused") == 37
        for client in clients:
            client.socket.close()
        server.at_rest()


def test_too_many():
    """1,024 connections in all; beyond, the oldest that is not in yet makes room"""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    if hard != resource.RLIM_INFINITY and hard < 2048:
        raise Skip(f"only {hard} file descriptors may be open")
    resource.setrlimit(resource.RLIMIT_NOFILE, (2048, hard))
    with Server(files=2048) as server:
        clients = []
        for i in range(1100):
            clients.append(server.connect(f"127.0.2.{i % 40 + 1}"))
        for client in clients[:76]:
            assert client.rest() == b""
        until(lambda: server.count_files() == server.files_at_rest + 1024, "1024 held")
        check_echo(server)
        for client in clients:
            client.socket.close()
        server.at_rest()


def test_out_of_files():
    """a server without file descriptors to spare neither spins nor dies, and recovers"""
    with Server(files=48) as server:
        clients = [server.connect() for _ in range(60)]
        assert "Too many open files" in server.wait("refused", "take connections")["reason"]
        spent = server.processor_time()
        check_health(server)
        for client in clients:
            client.socket.close()
        server.at_rest()
        check_echo(server)
        # one for each that had to go
        assert server.count("refused", "take connections") <= 60
        assert server.processor_time() - spent < 0.5


# frames

def check_cut(data, reason, max_message=MIB, expect=None):
    """A peer that sends that is cut off, with that reason; others are served on."""
    with Server(max_message=max_message) as server:
        with server.connect() as client:
            client.upgrade()
            client.send(data)
            reply = client.rest()
            event = server.wait("closed", client.name)
            assert event["error"] and reason in event["error"], event
            if expect is not None:
                assert reply == expect, reply
            assert server.count("received") == 0
            # the connection is closed, not only the WebSocket
            assert server.count_files() == server.files_at_rest
        check_echo(server)


def close_frame(code):
    return frame(CLOSE, struct.pack(">H", code), masked=False)


def test_unmasked():
    """a frame without a mask"""
    check_cut(frame(TEXT, b"{}", masked=False), "broke the WebSocket protocol",
              expect=close_frame(1002))


def test_bad_utf8():
    """text that is no UTF-8"""
    check_cut(frame(TEXT, b'{"\xff"}'), "not UTF-8", expect=close_frame(1007))


def test_bad_frames():
    """a stray continuation, unknown opcodes, a large or fragmented control frame, reserved bits"""
    for bad in (frame(CONTINUATION, b"x"), frame(3, b"x"), frame(11, b"x"), frame(PING, bytes(126)),
                frame(PING, b"x", fin=False), frame(TEXT, b"{}", reserved=0x20)):
        check_cut(bad, "broke the WebSocket protocol")


def test_nothing_after_an_error():
    """a good frame right behind a bad one is not delivered"""
    check_cut(frame(TEXT, b'{"\xff"}') + frame(TEXT, b'{"a":1}'), "not UTF-8")
    check_cut(frame(TEXT, b"{}", masked=False) + frame(TEXT, b'{"a":1}'), "WebSocket protocol")


def test_claims():
    """a frame that claims 1 TiB, or 2^63 and more, is refused by its header"""
    for claim in 1 << 40, (1 << 63) + 5, (1 << 64) - 1:
        check_cut(frame(BINARY, b"", claim=claim), "more than 1048576 bytes")


def test_limit():
    """a message one below, at and one beyond the limit, whole and in fragments"""
    with Server(max_message=5000) as server:
        with server.connect() as client:
            client.upgrade()
            for size in 4999, 5000:
                client.send(frame(BINARY, bytes(size)))
                assert client.frame() == (BINARY, bytes(size))
                client.send(frame(BINARY, bytes(2000), fin=False) + frame(PING, b"p") +
                            frame(CONTINUATION, bytes(size - 2000)))
                assert client.frame() == (PONG, b"p")
                assert client.frame() == (BINARY, bytes(size))
    check_cut(frame(BINARY, bytes(5001)), "more than 5000 bytes", max_message=5000)
    check_cut(frame(BINARY, bytes(2000), fin=False) + frame(CONTINUATION, bytes(3001)),
              "more than 5000 bytes", max_message=5000)


def test_flood_of_fragments():
    """100 MB of fragments of one message are cut at the budget"""
    with Server() as server:
        check_echo(server)
        before = server.resident()
        with server.connect() as client:
            client.upgrade()
            client.send(frame(BINARY, bytes(100000), fin=False))
            sent = client.send_until_cut(frame(CONTINUATION, bytes(100000), fin=False), 100 * MIB)
            assert sent < 32 * MIB, sent
            error = server.wait("closed", client.name)["error"]
            assert "fragments of a message add up to more than 1048576 bytes" in error, error
        if Server.memory:
            grown = server.resident() - before
            print(f"# resident set grew by {grown // 1024} KiB")
            assert grown < 8 * MIB, grown
        check_echo(server)


def test_small_messages_pass():
    """many whole messages, more than the limit in sum, are no flood"""
    with Server(max_message=65536) as server:
        with server.connect() as client:
            client.upgrade()
            for _ in range(40):
                client.send(frame(BINARY, bytes(60000)))
                assert client.frame() == (BINARY, bytes(60000))


def test_flood_of_pings():
    """a peer that pings and never reads the answers is cut before they fill the memory"""
    with Server() as server:
        check_echo(server)
        before = server.resident()
        with Client(server.port, receive_buffer=4096) as client:
            client.upgrade()
            sent = client.send_until_cut(frame(PING, bytes(125)) * 500, 100 * MIB)
            assert sent < 64 * MIB, sent
            assert "pings" in server.wait("closed", client.name)["error"]
        if Server.memory:
            grown = server.resident() - before
            print(f"# resident set grew by {grown // 1024} KiB after {sent // 1024} KiB of pings")
            assert grown < 8 * MIB, grown


def test_fair():
    """a peer that sends without a pause doesn't keep others from being served"""
    with Server() as server:
        stop = threading.Event()

        def flood(client):
            data = frame(PONG, bytes(125)) * 500
            while not stop.is_set():
                client.socket.sendall(data)

        with server.connect() as client:
            client.upgrade()
            thread = threading.Thread(target=flood, args=[client])
            thread.start()
            try:
                for _ in range(20):
                    began = time.monotonic()
                    check_health(server)
                    assert time.monotonic() - began < DEADLINE / 2
            finally:
                stop.set()
                thread.join()
        server.at_rest()


def test_deflate():
    """compression is not agreed on, and a compressed frame is refused"""
    with Server() as server:
        with server.connect() as client:
            head = client.upgrade(extra="Sec-WebSocket-Extensions: permessage-deflate\r\n")
            assert "xtensions" not in head, head
            client.send(frame(TEXT, b"\xaa\x56\x4a\x54\xb2\x32", reserved=0x40))
            assert client.rest() == close_frame(1002)
            assert "broke the WebSocket" in server.wait("closed", client.name)["error"]


def test_early_frames():
    """who sends more than its request before it was answered is no WebSocket client"""
    with Server() as server:
        with server.connect() as client:
            client.send(upgrade_request().encode() + frame(TEXT, b"{}"))
            assert status_of(client.rest()) == 400


# ends

def test_close_mid_frame():
    """a peer that goes away in the middle of a frame"""
    with Server() as server:
        with server.connect() as client:
            client.upgrade()
            client.send(frame(BINARY, b"half", claim=1000))
        assert "without a word" in server.wait("closed", client.name)["error"]
        server.at_rest()
        with server.connect() as client:
            client.upgrade()
            client.send(frame(BINARY, b"half", claim=1000))
            client.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        assert server.wait("closed", client.name)["error"]
        server.at_rest()


def test_close():
    """an orderly close is answered, and the connection closed"""
    with Server() as server:
        with server.connect() as client:
            client.upgrade()
            client.send(frame(CLOSE, struct.pack(">H", 1000)))
            assert client.rest() == close_frame(1000)
            assert server.wait("closed", client.name)["error"] is None
            assert server.count_files() == server.files_at_rest


def test_close_code():
    """what a peer says when it closes is reported, escaped"""
    with Server() as server:
        with server.connect() as client:
            client.upgrade()
            client.send(frame(CLOSE, struct.pack(">H", 1008) + b"no\nway"))
            client.rest()
            error = server.wait("closed", client.name)["error"]
            assert "1008" in error and "no\\nway" in error, error


def test_garbage_after_close():
    """what comes behind a close frame is not looked at"""
    with Server() as server:
        with server.connect() as client:
            client.upgrade()
            client.send(frame(CLOSE, struct.pack(">H", 1000)) + frame(TEXT, b"{}") + b"\xff" * 5000)
            client.rest()
            server.wait("closed", client.name)
            assert server.count("received") == 0
            assert server.count_files() == server.files_at_rest


def test_deaf():
    """a peer that breaks the protocol and then neither reads nor closes is gone in a second"""
    with Server() as server:
        with Client(server.port, receive_buffer=4096) as client:
            client.upgrade()
            # the answers to these fill what the system holds, so no close frame gets through
            for _ in range(12):
                client.send(frame(BINARY, bytes(MIB)))
            client.send(frame(TEXT, b"{}", masked=False))
            assert "broke the WebSocket" in server.wait("closed", client.name)["error"]
            assert server.count_files() == server.files_at_rest


if __name__ == "__main__":
    sys.exit(main(dict(globals())))
