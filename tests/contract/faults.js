// SPDX-License-Identifier: LGPL-2.1-or-later
// SPDX-FileCopyrightText: The confsync authors
//
// Implementations in JavaScript that break their contract, each in one way; whoever calls them gets
// one answer all the same. Prints TAP.

import Confsync from 'gi://Confsync?version=1';
import ConfsyncContract from 'gi://ConfsyncContract?version=1';
import GLib from 'gi://GLib';
import GObject from 'gi://GObject';
import System from 'system';

const {Fault} = ConfsyncContract;

function implement(name, iface, functions) {
    const Class = class extends GObject.Object {};
    Object.assign(Class.prototype, functions);
    return GObject.registerClass({GTypeName: name, Implements: [iface]}, Class);
}

function endLoad(task) {
    Confsync.Store.return_loaded(task, null, null, 0);
}

const ThrowingStore = implement('ThrowingStore', Confsync.Store, {
    vfunc_load() {
        throw new Error('a store that throws');
    },
});
const ForgettingStore = implement('ForgettingStore', Confsync.Store, {vfunc_load() {}});
const KeepingStore = implement('KeepingStore', Confsync.Store, {
    vfunc_load(task) {
        this.task = task;
    },
});
const EagerStore = implement('EagerStore', Confsync.Store, {
    vfunc_load(task) {
        endLoad(task);
        endLoad(task);
    },
});
const LateStore = implement('LateStore', Confsync.Store, {
    vfunc_load(task) {
        GLib.timeout_add(GLib.PRIORITY_DEFAULT, 10500, () => {
            endLoad(task);
            return GLib.SOURCE_REMOVE;
        });
    },
});
const ThrowingTransport = implement('ThrowingTransport', Confsync.Transport, {
    vfunc_listen() {
        throw new Error('a transport that throws');
    },
});
const ForgettingTransport = implement('ForgettingTransport', Confsync.Transport,
    {vfunc_listen() {}});
const ThrowingResolver = implement('ThrowingResolver', Confsync.Resolver, {
    vfunc_resolve() {
        throw new Error('a resolver that throws');
    },
});
const ForgettingResolver = implement('ForgettingResolver', Confsync.Resolver,
    {vfunc_resolve() {}});
const FickleResolver = implement('FickleResolver', Confsync.Resolver, {
    vfunc_resolve(conflict) {
        conflict.take_local();
        conflict.take_remote();
        conflict.decline('changed its mind');
    },
});

ConfsyncContract.set_collector(() => System.gc());
ConfsyncContract.init(ARGV);
for (const [iface, implementation, fault] of [
    [Confsync.Store, ThrowingStore, Fault.THROWS],
    [Confsync.Store, ForgettingStore, Fault.FORGETS],
    [Confsync.Store, KeepingStore, Fault.FORGETS],
    [Confsync.Store, EagerStore, Fault.TWICE],
    [Confsync.Store, LateStore, Fault.LATE],
    [Confsync.Transport, ThrowingTransport, Fault.THROWS],
    [Confsync.Transport, ForgettingTransport, Fault.FORGETS],
    [Confsync.Resolver, ThrowingResolver, Fault.THROWS],
    [Confsync.Resolver, ForgettingResolver, Fault.FORGETS],
    [Confsync.Resolver, FickleResolver, Fault.TWICE],
])
    ConfsyncContract.add_fault(iface.$gtype, implementation.$gtype, fault);
System.exit(ConfsyncContract.run());
