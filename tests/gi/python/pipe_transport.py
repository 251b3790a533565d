# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: The confsync authors
#
# A transport in Python that keeps every promise: links between instances in one main loop,
# pipe:NAME. Neither end keeps the other alive, and nobody is told anything from within a call.
"""A transport for the contract suites."""

import weakref

import gi

gi.require_version('Confsync', '1')
from gi.repository import Confsync, Gio, GLib, GObject  # noqa: E402

PROTOCOL = 'confsync.v1'
PORTS = weakref.WeakValueDictionary()


def failure(domain, code, message):
    return GLib.Error.new_literal(domain, message, code)


def soon(function, *arguments):
    """In a later turn of the main loop, in order."""
    def call():
        function(*arguments)
        return GLib.SOURCE_REMOVE
    GLib.idle_add(call)


def check(address):
    if not address.startswith('pipe:') or address == 'pipe:':
        raise failure(Confsync.error_quark(), Confsync.Error.INVALID_ADDRESS,
                      f'“{address}” is no address of this transport; expected pipe:NAME')


class Link(Confsync.Channel):
    def __init__(self, **properties):
        super().__init__(**properties)
        self.other = lambda: None
        self.buffered = 0

    def tie(self, other):
        """Where the other end goes without a word, this one is told."""
        mine = weakref.ref(self)

        def gone(_):
            if mine() is not None:
                soon(mine().emit_closed, failure(Gio.io_error_quark(),
                                                 Gio.IOErrorEnum.CONNECTION_CLOSED,
                                                 'the other end is gone'))
        self.other = weakref.ref(other, gone)

    def do_send(self, message):
        self.buffered += message.get_size()
        soon(self.deliver, message)

    def deliver(self, message):
        self.buffered -= message.get_size()
        other = self.other()
        if other is not None:
            other.emit_received(message)

    def do_close(self):
        soon(self.end)

    def end(self):
        other = self.other()
        self.emit_closed(None)
        if other is not None:
            other.emit_closed(None)

    def do_get_buffered(self):
        return self.buffered


class Port(Confsync.Listener):
    def __init__(self, **properties):
        super().__init__(**properties)
        # PyGObject makes a new wrapper each time for an object that has nothing of its own
        self.callers = 0

    def do_stop(self):
        if PORTS.get(self.get_address()) is self:
            del PORTS[self.get_address()]

    def accept(self, caller):
        self.callers += 1
        link = Link(remote=f'caller {self.callers}', local=True)
        link.tie(caller)
        caller.tie(link)
        link.emit_opened(PROTOCOL)
        self.emit_accepted(link)
        caller.emit_opened(PROTOCOL)


class PipeTransport(GObject.Object, Confsync.Transport):
    def do_get_schemes(self):
        return ['pipe']

    def do_listen(self, address, flags, task):
        check(address)
        if address in PORTS:
            raise failure(Gio.io_error_quark(), Gio.IOErrorEnum.ADDRESS_IN_USE,
                          f'somebody listens at {address} already')
        port = PORTS[address] = Port(address=address)
        Confsync.Transport.return_listener(task, port)

    def do_dial(self, address):
        check(address)
        link = Link(remote=address, local=True)
        soon(self.connect_link, link, address)
        return link

    @staticmethod
    def connect_link(link, address):
        port = PORTS.get(address)
        if port is not None and not link.is_closed():
            port.accept(link)
        else:
            link.emit_closed(failure(Gio.io_error_quark(), Gio.IOErrorEnum.CONNECTION_REFUSED,
                                     f'nobody listens at {address}'))
