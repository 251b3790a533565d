// SPDX-License-Identifier: LGPL-2.1-or-later
// SPDX-FileCopyrightText: The confsync authors
//
// A transport in JavaScript for the contract suites, pipe:NAME. It checks addresses and counts what
// waits. Nobody is told anything before the call that leads to it has returned.

import Confsync from 'gi://Confsync?version=1';
import Gio from 'gi://Gio';
import GLib from 'gi://GLib';
import GObject from 'gi://GObject';

const ports = new Map();
const soon = call => GLib.idle_add(GLib.PRIORITY_DEFAULT, () => void call());
const failure = (domain, code, text) => new GLib.Error(domain, domain[code], text);

const Pipe = GObject.registerClass(class WholePipe extends Confsync.Channel {
    waiting = 0;
    vfunc_get_buffered() { return this.waiting; }
    vfunc_send(message) {
        this.waiting += message.get_size();
        soon(() => {
            this.waiting -= message.get_size();
            this.other.emit_received(message);
        });
    }
    vfunc_close() { soon(() => [this, this.other].forEach(end => end?.emit_closed(null))); }
});

const Port = GObject.registerClass(class WholePort extends Confsync.Listener {
    vfunc_stop() { ports.delete(this.address); }
    accept(caller) {
        const pipe = new Pipe({remote: this.address, local: true});
        [pipe.other, caller.other] = [caller, pipe];
        [pipe, caller].forEach(end => end.emit_opened('confsync.v1'));
        this.emit_accepted(pipe);
    }
});

function knock(pipe, address) {
    const nobody = failure(Gio.IOErrorEnum, 'CONNECTION_REFUSED', `${address}: nobody listens`);
    ports.has(address) ? ports.get(address).accept(pipe) : pipe.emit_closed(nobody);
}

function check(address) {
    if (!/^pipe:./.test(address))
        throw failure(Confsync.Error, 'INVALID_ADDRESS', `${address}: should be pipe:NAME`);
}

export const WholePipeTransport = GObject.registerClass({
    Implements: [Confsync.Transport],
}, class WholePipeTransport extends GObject.Object {
    vfunc_get_schemes() { return ['pipe']; }
    vfunc_listen(address, flags, task) {
        check(address);
        if (ports.has(address))
            throw failure(Gio.IOErrorEnum, 'ADDRESS_IN_USE', `${address}: somebody listens`);
        const port = new Port({address});
        ports.set(address, port);
        Confsync.Transport.return_listener(task, port);
    }
    vfunc_dial(address) {
        check(address);
        const pipe = new Pipe({remote: address, local: true});
        soon(() => knock(pipe, address));
        return pipe;
    }
});
