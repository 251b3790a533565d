# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: The confsync authors
#
# A relay between two instances that can be cut and mended, so that each is edited without knowing
# of the other. What passes is not looked at here.

import contextlib
import selectors
import socket
import threading

CHUNK_BYTES = 65536


class Relay:
    """Passes bytes between whoever connects and a port of this machine."""

    def __init__(self, target):
        self.target = target
        self.whole = True
        self.links = []
        self.lock = threading.Lock()
        self.wake, self.alarm = socket.socketpair()
        self.listener = self.listen()
        self.port = self.listener.getsockname()[1]
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def listen(self):
        return socket.create_server(('127.0.0.1', 0))

    def dial(self):
        return socket.create_connection(('127.0.0.1', self.target), timeout=5)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.cut()
        self.alarm.close()
        self.thread.join()
        self.listener.close()
        self.wake.close()

    def cut(self):
        """Ends what is connected, and everything that comes until heal()."""
        with self.lock:
            self.whole = False
            for link in self.links:
                for end in link:
                    with contextlib.suppress(OSError):
                        end.shutdown(socket.SHUT_RDWR)

    def heal(self):
        with self.lock:
            self.whole = True

    def accept(self, selector):
        near, _ = self.listener.accept()
        with self.lock, contextlib.suppress(OSError):
            if self.whole:
                far = self.dial()
                self.links.append((near, far))
                selector.register(near, selectors.EVENT_READ, far)
                selector.register(far, selectors.EVENT_READ, near)
                return
        near.close()

    def end(self, selector, one, other):
        for end in (one, other):
            selector.unregister(end)
            end.close()
        with self.lock:
            self.links = [link for link in self.links if one not in link]

    def run(self):
        with selectors.DefaultSelector() as selector:
            selector.register(self.listener, selectors.EVENT_READ)
            selector.register(self.wake, selectors.EVENT_READ)
            while True:
                for key, _ in selector.select():
                    if key.fileobj is self.wake:
                        return
                    if key.fileobj is self.listener:
                        self.accept(selector)
                    elif key.fileobj.fileno() >= 0:  # not ended by an earlier one of this round
                        self.carry(selector, key.fileobj, key.data)

    def hear(self, source, data):
        """For who wants to know what passes."""

    def carry(self, selector, source, sink):
        try:
            data = source.recv(CHUNK_BYTES)
            if data:
                self.hear(source, data)
                sink.sendall(data)
                return
        except OSError:
            pass
        self.end(selector, source, sink)
