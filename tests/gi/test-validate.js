// SPDX-License-Identifier: LGPL-2.1-or-later
// SPDX-FileCopyrightText: The confsync authors
//
// What may become the configuration, as a program in JavaScript says: by a handler, by a class, and
// after having tried it.

import Confsync from 'gi://Confsync?version=1';
import GLib from 'gi://GLib';
import GObject from 'gi://GObject';

import {assert, equal, fails, makeFolder, removeFolder, run, until} from './tap.js';

const {Document, Error: Code, Manager, ManagerState} = Confsync;

// refuses in every way that there is
function validate(document) {
    switch (document.value.kind) {
    case 'thrown':
        throw new Error('/kind: is refused');
    case 'error':
        throw new GLib.Error(Code, Code.REFUSED, '/kind: is an error');
    case 'text':
        return '/kind: is a text';
    case 'fault':
        return document.nothing.of.that.name;
    default:
        return null;
    }
}

const reasons = {thrown: '/kind: is refused', error: '/kind: is an error', text: '/kind: is a text',
    fault: 'TypeError'};

const Limits = GObject.registerClass({
    Implements: [Confsync.Validator],
}, class Limits extends GObject.Object {
    vfunc_validate(document) {
        return validate(document);
    }
});

async function withManager(folder, id, value, properties, call, prepare = () => {}) {
    GLib.mkdir_with_parents(`${folder}/${id}`, 0o700);
    const file = `${folder}/${id}/config.json`;
    const manager = new Manager({config_path: file, node: Confsync.Node.new(id), ...properties});

    if (value !== null)
        GLib.file_set_contents(file, JSON.stringify(value));
    prepare(manager);
    await manager.start();
    try {
        await call(manager, file);
    } finally {
        await manager.stop();
    }
}

async function inFolder(call) {
    const folder = makeFolder();

    try {
        await call(folder);
    } finally {
        removeFolder(folder);
    }
}

async function check(manager) {
    for (const [kind, reason] of Object.entries(reasons)) {
        let said = '';

        await fails(Code, Code.REFUSED, async () => {
            try {
                await manager.replace({kind});
            } catch (error) {
                said = error.message;
                throw error;
            }
        });
        assert(said.includes(reason), `“${said}” says “${reason}”`);
    }
    await manager.replace({kind: 'good'});
    equal(manager.document.value, {kind: 'good'});
}

const holds = (manager, value) => until(`it holds ${JSON.stringify(value)}`,
    () => JSON.stringify(manager.document?.value) === JSON.stringify(value),
    look => manager.connect('changed', look));

await run({
    'a validator in JavaScript refuses by what it throws or gives': () => inFolder(async folder => {
        const validator = new Limits();

        await withManager(folder, 'a', {v: 1}, {validator}, check);
        await fails(Code, Code.REFUSED,
            async () => validator.validate(Document.fromObject({kind: 'thrown'})));
        assert(validator.validate(Document.fromObject({})), 'it is accepted');
    }),

    'a handler of validate gives a reason, or null; what it throws is one': () => inFolder(
        folder => withManager(folder, 'a', {v: 1}, {}, check,
            manager => manager.connect('validate', (_, document) => validate(document)))),

    'an edit of the file that is refused leaves the configuration as it was': () => inFolder(
        async folder => {
            let allowed = false;

            await withManager(folder, 'a', {v: 1}, {}, async (manager, file) => {
                GLib.file_set_contents(file, '{"bad": 1}');
                await until('it is refused', () => manager.get_state() === ManagerState.INVALID,
                    look => manager.connect('notify::state', look));
                equal(manager.get_state_reason(), 'refused: /bad: is bad');
                equal(manager.document.value, {v: 1});
                allowed = true;
                manager.validation_changed();
                await holds(manager, {bad: 1});
            }, manager => manager.connect('validate',
                (_, document) => allowed || !('bad' in document.value) ? null : '/bad: is bad'));
        }),

    'what another instance made is tried, and confirmed or undone': () => inFolder(folder =>
        withManager(folder, 'a', {v: 1}, {}, async first => {
            const trials = [];

            await withManager(folder, 'b', null, {confirm_timeout: 600000}, async second => {
                second.get_node().add_peer(first.get_node().list_listeners()[0]);
                await holds(second, {v: 1});
                await first.replace({v: 2});
                await until('it is on trial', () => trials.length === 1,
                    look => second.connect('trial', look));
                equal(second.get_trial().slice(0, 3), [true, trials[0].hash, 'a']);
                equal(trials[0].value, {v: 2});
                assert(second.confirm(trials[0].hash), 'it is confirmed');
                assert(!second.on_trial, 'it is on trial no more');
                await first.replace({v: 3});
                await until('the next one is', () => trials.length === 2,
                    look => second.connect('trial', look));
                second.reject(null, 'no');
                await holds(first, {v: 2});
            }, manager => manager.connect('trial', (_, document, author, hash) =>
                trials.push({value: document.value, author, hash})));
        }, manager => manager.get_node().add_listener('ws://127.0.0.1:0'))),
});
