# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: The confsync authors
#
# A transport between instances in one main loop, pipe:NAME. Whoever is called is never told
# anything before the call returned.
from errno import EADDRINUSE, ECONNREFUSED
from weakref import WeakValueDictionary

import gi
gi.require_version('Confsync', '1')
from gi.repository import Confsync, GLib, GObject  # noqa: E402

PORTS = WeakValueDictionary()


class Link(Confsync.Channel):
    other, queued = None, 0

    def do_get_buffered(self): return self.queued

    def do_send(self, message):
        self.queued += message.get_size()
        GLib.idle_add(self.arrive, message)

    def arrive(self, message):
        self.queued -= message.get_size()
        self.other.emit_received(message)

    def do_close(self):
        for end in filter(None, (self, self.other)):
            GLib.idle_add(end.emit_closed, None)


class Port(Confsync.Listener):
    def do_stop(self): PORTS.pop(self.get_address(), None)

    def accept(self, caller):
        link = Link(remote=self.get_address(), local=True)
        link.other, caller.other = caller, link
        GLib.idle_add(caller.emit_opened, 'confsync.v1')
        link.emit_opened('confsync.v1')
        self.emit_accepted(link)


def check(address):
    if address == 'pipe:':
        raise Confsync.new_error(Confsync.Error.INVALID_ADDRESS, f'{address} lacks a name')


class PipeTransport(GObject.Object, Confsync.Transport):
    def do_get_schemes(self): return ['pipe']

    def do_listen(self, address, flags, task):
        check(address)
        port = Port(address=address)
        port.links = 0  # what has attributes in Python stays itself while C holds it
        if PORTS.setdefault(address, port) is not port:
            raise OSError(EADDRINUSE, 'somebody else listens', address)
        Confsync.Transport.return_listener(task, port)

    def do_dial(self, address):
        check(address)
        link, port = Link(remote=address, local=True), PORTS.get(address)
        nobody = OSError(ECONNREFUSED, 'nobody listens', address)
        GLib.idle_add(*(port.accept, link) if port else (link.emit_closed, nobody))
        return link
