# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: The confsync authors
#
# A transport between instances in one main loop, pipe:NAME. Whoever is called is never told anything
# before the call returned.
from errno import EADDRINUSE, ECONNREFUSED

import gi
gi.require_version('Confsync', '1')
from gi.repository import Confsync, GLib, GObject  # noqa: E402

PORTS = {}


class Link(Confsync.Channel):
    other = None

    def do_send(self, message): GLib.idle_add(self.other.emit_received, message)

    def do_close(self):
        for end in filter(None, (self, self.other)):
            GLib.idle_add(end.emit_closed, None)


class Port(Confsync.Listener):
    def do_stop(self): PORTS.pop(self.get_address(), None)

    def accept(self, caller):
        link = Link(remote=self.get_address(), local=True)
        link.other, caller.other = caller, link
        self.emit_accepted(link)
        GLib.idle_add(lambda: [end.emit_opened('confsync.v1') for end in (link, caller)] and None)


class PipeTransport(GObject.Object, Confsync.Transport):
    def do_get_schemes(self): return ['pipe']

    def do_listen(self, address, flags, task):
        port = Port(address=address)
        if PORTS.setdefault(address, port) is not port:
            raise OSError(EADDRINUSE, 'somebody else listens', address)
        Confsync.transport_return_listener(task, port)

    def do_dial(self, address):
        link, nobody = Link(remote=address, local=True), OSError(ECONNREFUSED, 'nobody there', address)
        port = PORTS.get(address)
        GLib.idle_add(*(port.accept, link) if port else (link.emit_closed, nobody))
        return link
