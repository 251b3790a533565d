// SPDX-License-Identifier: LGPL-2.1-or-later
// SPDX-FileCopyrightText: The confsync authors
//
// A transport between instances in one main loop, pipe:NAME. Nobody is told anything before the
// call that leads to it has returned. It leaves out what a transport may: it checks no address, and
// doesn't count what waits to be sent.

import Confsync from 'gi://Confsync?version=1';
const {Gio, GLib, GObject} = imports.gi;

const ports = new Map();
const nobody = new GLib.Error(Gio.IOErrorEnum, Gio.IOErrorEnum.CONNECTION_REFUSED, 'nobody there');
const soon = call => GLib.idle_add(GLib.PRIORITY_DEFAULT, () => void call());

const Link = GObject.registerClass(class Link extends Confsync.Channel {
    vfunc_send(message) { soon(() => this.other.emit_received(message)); }
    vfunc_close() { soon(() => [this, this.other].forEach(end => end.emit_closed(null))); }
});

const Port = GObject.registerClass(class Port extends Confsync.Listener {
    vfunc_stop() { ports.delete(this.address); }
});

export const PipeTransport = GObject.registerClass({Implements: [Confsync.Transport]},
class PipeTransport extends GObject.Object {
    vfunc_get_schemes() { return ['pipe']; }
    vfunc_listen(address, flags, task) {
        ports.set(address, new Port({address}));
        Confsync.Transport.return_listener(task, ports.get(address));
    }
    vfunc_dial(address) {
        const [near, far] = [address, 'a caller'].map(remote => new Link({remote, local: true}));
        const port = ports.get(address);
        [near.other, far.other] = [far, near];
        far.emit_opened('confsync.v1');
        soon(() => port?.emit_accepted(far));
        soon(() => port ? near.emit_opened('confsync.v1') : near.emit_closed(nobody));
        return near;
    }
});
