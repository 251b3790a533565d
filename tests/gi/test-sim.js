// SPDX-License-Identifier: LGPL-2.1-or-later
// SPDX-FileCopyrightText: The confsync authors
//
// Resolvers written in JavaScript in the simulator: on every second node, among others in C, with
// everything going wrong that the schedules have.

import Confsync from 'gi://Confsync?version=1';
import ConfsyncSim from 'gi://ConfsyncSim?version=1';
import GObject from 'gi://GObject';
import System from 'system';

import {UnionResolver} from '../../introspection/examples/resolver.js';

const SCHEDULES = 40;

const CountingLww = GObject.registerClass({
    Implements: [Confsync.Resolver],
}, class CountingLww extends GObject.Object {
    vfunc_resolve(conflict) {
        this.asked = (this.asked ?? 0) + 1;
        if (conflict.get_local().compare(conflict.get_remote()) > 0)
            conflict.take_local();
        else
            conflict.take_remote();
    }

    vfunc_needs_base() {
        return false;
    }
});

let failed = false;

function report(number, name, failure) {
    failed ||= failure !== null;
    print(`${failure === null ? 'ok' : 'not ok'} ${number} ${name}`);
    if (failure !== null)
        print(`# ${failure}`);
}

function play(resolver) {
    for (let seed = 1; seed <= SCHEDULES; seed++) {
        const failure = ConfsyncSim.play(resolver, seed);

        if (failure !== null)
            return `schedule ${seed}: ${failure}`;
    }
    return null;
}

print('1..3');
const lww = new CountingLww();
report(1, 'last write wins', play(lww));
report(2, 'it was asked', lww.asked > SCHEDULES ? null : `only ${lww.asked} times`);
report(3, 'union', play(new UnionResolver()));
System.exit(failed ? 1 : 0);
