// SPDX-License-Identifier: LGPL-2.1-or-later
// SPDX-FileCopyrightText: The confsync authors
//
// Conflicts, roles and local members as a program in JavaScript meets them.

import Confsync from 'gi://Confsync?version=1';
import GLib from 'gi://GLib';
import GObject from 'gi://GObject';

import {assert, equal, fails, makeFolder, removeFolder, run, throws, until} from './tap.js';

const {Choice, Join, Manager, Role} = Confsync;

const Declining = GObject.registerClass({
    Implements: [Confsync.Resolver],
}, class Declining extends GObject.Object {
    vfunc_resolve(conflict) {
        conflict.decline('a person has to look');
    }
});

const read = file => JSON.parse(new TextDecoder().decode(GLib.file_get_contents(file)[1]));
const write = (file, value) => GLib.file_set_contents(file, JSON.stringify(value));

// A manager on a file of its own, and what is told of it.
function make(folder, id, properties = {}) {
    GLib.mkdir_with_parents(`${folder}/${id}`, 0o700);
    const file = `${folder}/${id}/config.json`;
    const manager = new Manager({config_path: file, node: Confsync.Node.new(id), ...properties});
    const events = [];

    manager.connect('event', (_, level, kind, details) => {
        events.push({kind, ...details.recursiveUnpack()});
    });
    return {manager, file, events};
}

const holds = ({manager}, value) => until(`it holds ${JSON.stringify(value)}`,
    () => JSON.stringify(manager.document?.value) === JSON.stringify(value),
    look => manager.connect('changed', look));
const told = ({manager, events}, kind) => until(`“${kind}” is told`,
    () => events.some(event => event.kind === kind), look => manager.connect('event', look))
    .then(() => events.find(event => event.kind === kind));

// Two instances that hold value and see each other.
async function withPair(value, properties, call, prepare = () => {}) {
    const folder = makeFolder();
    const first = make(folder, 'attic', properties), second = make(folder, 'hall', properties);

    try {
        prepare(first.manager);
        prepare(second.manager);
        write(first.file, value);
        first.manager.get_node().add_listener('ws://127.0.0.1:0');
        await first.manager.start();
        second.manager.get_node().add_peer(first.manager.get_node().list_listeners()[0]);
        await second.manager.start();
        await holds(second, value);
        await call(first, second);
    } finally {
        await second.manager.stop();
        await first.manager.stop();
        removeFolder(folder);
    }
}

// Both are edited while they don't see each other.
async function editApart(first, second, ours, theirs) {
    await second.manager.stop();
    write(second.file, theirs);
    await first.manager.replace(ours);
    await second.manager.start();
    return told(first, Confsync.EVENT_CONFLICT);
}

await run({
    'a conflict is listed, its sides are plain values, and a word settles it': () => withPair(
        {v: 0, w: 0}, {resolver_name: 'manual'}, async (first, second) => {
            const event = await editApart(first, second, {v: 1, w: 0}, {v: 2, w: 2});
            const [conflict, ...more] = first.manager.conflicts;

            equal(more, []);
            equal(conflict.id, event.id);
            equal([conflict.pointer, conflict.base], ['', {v: 0, w: 0}]);
            equal([conflict.ours, conflict.theirs], [{v: 1, w: 0}, {v: 2, w: 2}]);
            equal(event.pointers, ['/v', '/w']);
            equal(first.manager.n_conflicts, 1);
            await fails(Confsync.Error, Confsync.Error.NOT_FOUND,
                () => first.manager.resolve('00000000', 'ours'));
            await throws(TypeError, () => first.manager.resolve(conflict.id, 'mine'));

            const {hash, oursAt} = await first.manager.resolve(conflict.id, 'merge');
            equal(oursAt, ['/v']);
            equal(hash, first.manager.hash);
            await holds(second, {v: 1, w: 2});
            await told(second, Confsync.EVENT_SETTLED);
            equal([first.manager.conflicts.length, second.manager.conflicts.length], [0, 0]);
        }),
    'the only conflict needs no id, and a value of one\'s own settles it too': () => withPair(
        {v: 0}, {resolver_name: 'manual'}, async (first, second) => {
            let changed = 0;

            first.manager.connect('conflicts-changed', () => changed++);
            await editApart(first, second, {v: 1}, {v: 2});
            equal(changed, 1);
            await fails(Confsync.Error, Confsync.Error.EMPTY,
                () => first.manager.resolve(null, {value: {}}));
            await first.manager.resolve(null, {value: {v: 3}});
            await holds(second, {v: 3});
            equal(changed, 2);
        }),
    'a resolver of its own for a place: a plugin, or a class': () => withPair(
        {zones: {a: 0, b: 0}, keys: 0}, {}, async (first, second) => {
            const event = await editApart(first, second, {zones: {a: 1, b: 0}, keys: 1},
                {zones: {a: 0, b: 2}, keys: 2});

            equal(event.pointer, '/keys');
            const [conflict] = first.manager.conflicts;
            equal([conflict.ours, conflict.theirs].sort(), [1, 2]);
            equal(conflict.reason, 'a person has to look');
            equal(first.manager.get('/zones'), {a: 1, b: 2});
            await first.manager.resolve(conflict.id, {value: 7});
            await until('it is settled there', () => second.manager.get('/keys') === 7,
                look => second.manager.connect('changed', look));
        }, manager => {
            manager.add_resolver_by_name('/zones', 'merge');
            manager.add_resolver('/keys', new Declining());
        }),
    'an edit where nothing is sent is told, refused by API, and put back': async () => {
        const folder = makeFolder();
        const first = make(folder, 'attic');
        const second = make(folder, 'hall', {role: Role.RECEIVE_ONLY});

        write(first.file, {v: 0});
        first.manager.get_node().add_listener('ws://127.0.0.1:0');
        await first.manager.start();
        second.manager.get_node().add_peer(first.manager.get_node().list_listeners()[0]);
        await second.manager.start();
        await holds(second, {v: 0});
        equal(second.manager.get_role(), Role.RECEIVE_ONLY);
        equal(Confsync.role_to_string(second.manager.role), 'receive-only');
        await fails(Confsync.Error, Confsync.Error.REFUSED, () => second.manager.set('/v', 1));
        await fails(Confsync.Error, Confsync.Error.NOT_FOUND, () => second.manager.revert_local());
        write(second.file, {v: 0, mine: 1});
        equal((await told(second, Confsync.EVENT_LOCAL_EDIT)).pointers, ['/mine']);
        assert(second.manager.edited_here, 'it is edited here');
        await second.manager.revert_local();
        equal(read(second.file), {v: 0});
        assert(!second.manager.edited_here, 'it is not any more');
        equal(first.manager.get(), {v: 0});
        await second.manager.stop();
        await first.manager.stop();
        removeFolder(folder);
    },
    'what stays on this machine is read and edited, and an epoch begins': async () => {
        const folder = makeFolder();
        const {manager, file} = make(folder, 'attic', {local_keys: ['/id'], join: Join.KEEP});

        write(file, {id: 'x', v: 0});
        await manager.start();
        await manager.set('/id', 'mine');
        await manager.replace({v: 1});
        equal(read(file), {id: 'mine', v: 1});
        equal(manager.get('/id'), 'mine');
        await manager.reset_clock();
        equal(manager.dup_stamp().get_epoch(), 1);
        equal(Confsync.choice_from_string('theirs'), [true, Choice.THEIRS]);
        await manager.stop();
        removeFolder(folder);
    },
});
