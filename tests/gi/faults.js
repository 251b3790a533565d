// SPDX-License-Identifier: LGPL-2.1-or-later
// SPDX-FileCopyrightText: The confsync authors
//
// Implementations in JavaScript that are bad on purpose. Whoever calls them gets one answer.

import Confsync from 'gi://Confsync?version=1';
import ConfsyncContract from 'gi://ConfsyncContract?version=1';
import GLib from 'gi://GLib';
import GObject from 'gi://GObject';

const {Fault} = ConfsyncContract;
const LATE_MS = 10500;
const kept = [];

const answerLoad = task => Confsync.Store.return_loaded(task, null, null, 0);

const later = task => GLib.timeout_add(GLib.PRIORITY_DEFAULT, LATE_MS, () => {
    answerLoad(task);
    return GLib.SOURCE_REMOVE;
});

const Deaf = GObject.registerClass(class Deaf extends Confsync.Listener {
    vfunc_stop() {}
});

const broken = () => {
    throw new TypeError('broken on purpose');
};

function twice(answer) {
    answer();
    answer();
}

const loads = {
    THROWS: () => broken(),
    FORGETS: () => {},
    TWICE: task => twice(() => answerLoad(task)),
    LATE: later,
};

const listens = {
    THROWS: () => broken(),
    FORGETS: task => kept.push(task),
    TWICE: task => twice(() => Confsync.Transport.return_listener(task, new Deaf())),
};

const resolves = {
    THROWS: () => broken(),
    FORGETS: () => {},
    TWICE: conflict => {
        conflict.take_local();
        conflict.take_remote();
    },
};

function badStore(name, load) {
    return GObject.registerClass({
        GTypeName: `BadStore${name}`,
        Implements: [Confsync.Store],
    }, class extends GObject.Object {
        vfunc_load(task) {
            load(task);
        }
    });
}

// nobody but the guard looks at the promise
const RejectingStore = GObject.registerClass({
    Implements: [Confsync.Store],
}, class RejectingStore extends GObject.Object {
    async vfunc_load(task) {
        await Promise.resolve();
        broken(task);
    }
});

function badTransport(name, listen) {
    return GObject.registerClass({
        GTypeName: `BadTransport${name}`,
        Implements: [Confsync.Transport],
    }, class extends GObject.Object {
        vfunc_listen(address, flags, task) {
            listen(task);
        }
    });
}

function badResolver(name, resolve) {
    return GObject.registerClass({
        GTypeName: `BadResolver${name}`,
        Implements: [Confsync.Resolver],
    }, class extends GObject.Object {
        vfunc_resolve(conflict) {
            resolve(conflict);
        }
    });
}

export function addFaults() {
    const kinds = [
        [Confsync.Store, badStore, loads],
        [Confsync.Transport, badTransport, listens],
        [Confsync.Resolver, badResolver, resolves],
    ];

    for (const [type, make, faults] of kinds) {
        for (const [name, fault] of Object.entries(faults))
            ConfsyncContract.add_fault(type.$gtype, make(name, fault).$gtype, Fault[name]);
    }
    ConfsyncContract.add_fault(Confsync.Store.$gtype, RejectingStore.$gtype, Fault.THROWS);
}
