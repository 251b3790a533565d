// SPDX-License-Identifier: LGPL-2.1-or-later
// SPDX-FileCopyrightText: The confsync authors
//
// The examples in JavaScript at work under managers that sync: over the transport, on the store,
// and with the resolver deciding. The one that is a program is run in test-sync.js.

import Confsync from 'gi://Confsync?version=1';
import Gio from 'gi://Gio';
import GLib from 'gi://GLib';

import {UnionResolver} from '../../introspection/examples/resolver.js';
import {MapStore} from '../../introspection/examples/store.js';
import {PipeTransport} from '../../introspection/examples/transport.js';
import {assert, equal, makeFolder, removeFolder, run, until} from './tap.js';

function makeInstance(name, properties, listen = null) {
    const node = new Confsync.Node({instance_id: name});

    node.add_transport(new PipeTransport());
    if (listen)
        node.add_listener(listen);
    return new Confsync.Manager({node, ...properties});
}

// An edit that knows nothing of another actor's.
function side(content, actor, time) {
    const stamp = Confsync.Stamp.new_from_string(JSON.stringify({
        time, author: `n${actor}`, kind: 'edit', epoch: 0, floor: 0,
        vector: {[`${actor}`.padStart(16, '0')]: time},
    }));

    return Confsync.Revision.new(Confsync.Document.fromObject(content), stamp);
}

// The content, the pointers overruled, those left open, and the remark.
function decide(resolver, base, local, remote) {
    return new Promise((resolve, reject) => {
        resolver.decide_async(base, local, remote, null, (source, result) => {
            try {
                const [document, ...said] = source.decide_finish_full(result);

                resolve([document.toObject(), ...said]);
            } catch (error) {
                reject(error);
            }
        });
    });
}

// Two instances that run, and don't know each other yet.
async function withPair(address, properties, call) {
    const folder = makeFolder();
    const make = (name, listen) => makeInstance(name,
        {base_dir: `${folder}/${name}`, ...properties(folder, name)}, listen);
    const hub = make('hub', address), leaf = make('leaf');

    try {
        await hub.start();
        await leaf.start();
        await call(hub, leaf, folder);
    } finally {
        await leaf.stop();
        await hub.stop();
        removeFolder(folder);
    }
}

const becomes = (manager, value) => until(`${JSON.stringify(value)} in ${manager.node.instance_id}`,
    () => JSON.stringify(manager.get()) === JSON.stringify(value),
    look => manager.connect('changed', look));

function read(file) {
    const [, bytes] = GLib.file_get_contents(file);
    return JSON.parse(new TextDecoder().decode(bytes));
}

const files = (folder, name) => ({
    store: new Confsync.FileStore({
        path: `${folder}/${name}.json`, base_dir: `${folder}/${name}`,
    }),
});

await run({
    'two files are kept the same over the transport': () => withPair('pipe:files', files,
        async (hub, leaf, folder) => {
            await hub.replace({theme: 'dark'});
            leaf.node.add_peer('pipe:files');
            await becomes(leaf, {theme: 'dark'});
            for (let n = 1; n <= 20; n++) {
                await leaf.replace({n});
                await becomes(hub, {n});
                await hub.replace({n, back: true});
                await becomes(leaf, {n, back: true});
            }
            equal(read(`${folder}/leaf.json`), {n: 20, back: true});
            equal(read(`${folder}/hub.json`), {n: 20, back: true});
        }),
    'a link of the transport opens late, and is refused where nobody listens': async () => {
        const seen = [];
        const link = new PipeTransport().dial('pipe:nobody');

        link.connect('opened', () => seen.push('opened'));
        const closed = new Promise(resolve => link.connect('closed', (_, error) => resolve(error)));
        seen.push('returned');
        const error = await closed;
        assert(error.matches(Gio.IOErrorEnum, Gio.IOErrorEnum.CONNECTION_REFUSED), error);
        equal(seen, ['returned']);
    },
    'the store keeps what a manager syncs into it': () => withPair('pipe:store',
        () => ({store: new MapStore()}), async (hub, leaf) => {
            await hub.replace({n: 1});
            leaf.node.add_peer('pipe:store');
            await becomes(leaf, {n: 1});
            await hub.replace({n: 2});
            await becomes(leaf, {n: 2});
            await leaf.stop();
            const [document] = await leaf.store.load();
            equal(document, {n: 2});
            const versions = await leaf.store.list_versions();
            const contents = await Promise.all(
                versions.map(version => leaf.store.get_version(version.get_name())));
            equal(contents, [{n: 2}, {n: 1}]);

            // what it kept is enough to begin again
            await leaf.start();
            equal(leaf.get(), {n: 2});
        }),
    'the resolver says what it overruled, and a policy gives it its own place': async () => {
        const base = side({u: {}, p: 0}, 3, 1);
        const late = side({u: {x: 1}, p: 1, 'a/b': 1}, 1, 30);
        const early = side({u: {y: 2}, p: 0, 'a/b': 2}, 2, 20);

        for (const sides of [[early, late], [late, early]]) {
            equal(await decide(new UnionResolver(), null, ...sides),
                [{u: {x: 1}, p: 1, 'a/b': 1}, ['/u', '/p', '/a~1b'], [], null]);
        }
        equal(new UnionResolver().needs_base(), false);
        const policy = Confsync.PolicyResolver.new(null);
        policy.add_rule('/u', new UnionResolver());
        equal(policy.needs_base(), true);
        equal(policy.dup_pointers(), ['/u']);
        equal(await decide(policy, base, early, late),
            [{p: 1, 'a/b': 1, u: {x: 1}}, ['/a~1b', '/u'], [], null]);
    },
    'the resolver decides a conflict alike on both sides': () => withPair('pipe:conflict',
        () => ({store: new Confsync.MemoryStore(), resolver: new UnionResolver()}),
        async (hub, leaf) => {
            await hub.replace({both: 'hub', hub: 1});
            await leaf.replace({both: 'leaf', leaf: 1});
            leaf.node.add_peer('pipe:conflict');
            // leaf's edit is the later one
            const merged = {both: 'leaf', hub: 1, leaf: 1};
            const content = manager => {
                const {both, hub: one, leaf: other} = manager.get();
                return JSON.stringify({both, hub: one, leaf: other});
            };
            for (const manager of [hub, leaf]) {
                await until('the union', () => content(manager) === JSON.stringify(merged),
                    look => manager.connect('changed', look));
            }
        }),
});
