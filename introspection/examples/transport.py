# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: The confsync authors
#
# A transport between instances in one main loop, pipe:NAME. Whoever is called is never told
# anything before the call returned; idle functions run in their order. It leaves out what a
# transport may: it checks no address, and doesn't count what waits to be sent.
from errno import ECONNREFUSED

import gi
gi.require_version('Confsync', '1')
from gi.repository import Confsync, GLib, GObject  # noqa: E402

PORTS = {}


class Link(Confsync.Channel):
    def do_send(self, message):
        GLib.idle_add(self.other.emit_received, message)

    def do_close(self):
        GLib.idle_add(self.emit_closed, None)
        GLib.idle_add(self.other.emit_closed, None)


class Port(Confsync.Listener):
    def do_stop(self): PORTS.pop(self.get_address(), None)


class PipeTransport(GObject.Object, Confsync.Transport):
    def do_get_schemes(self): return ['pipe']

    def do_listen(self, address, flags, task):
        PORTS[address] = Port(address=address)
        Confsync.Transport.return_listener(task, PORTS[address])

    def do_dial(self, address):
        near, far = Link(remote=address, local=True), Link(remote='a caller', local=True)
        near.other, far.other = far, near
        if address in PORTS:
            GLib.idle_add(far.emit_opened, 'confsync.v1')
            GLib.idle_add(PORTS[address].emit_accepted, far)
            GLib.idle_add(near.emit_opened, 'confsync.v1')
        else:
            GLib.idle_add(near.emit_closed, OSError(ECONNREFUSED, 'nobody listens', address))
        return near
