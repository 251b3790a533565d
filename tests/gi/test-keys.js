// SPDX-License-Identifier: LGPL-2.1-or-later
// SPDX-FileCopyrightText: The confsync authors
//
// The shared key from JavaScript: it can be set, and proven to others, and never be read back.

import Confsync from 'gi://Confsync?version=1';
import GLib from 'gi://GLib';

import {assert, equal, fails, makeFolder, removeFolder, run, until} from './tap.js';

const {Manager, Node} = Confsync;
const KEY = Array.from({length: 32}, (_, i) => (i + 64).toString(16)).join('');

async function inFolder(call) {
    const folder = makeFolder();

    try {
        await call(folder);
    } finally {
        removeFolder(folder);
    }
}

// A manager that runs, and what it has told.
async function start(folder, name, key, peers = []) {
    const node = new Node({instance_id: name, key});
    const manager = new Manager({config_path: `${folder}/${name}.json`,
        base_dir: `${folder}/${name}`, node});
    const events = [];

    // what is told of peers is told by the node
    [manager, node].forEach(emitter => emitter.connect('event', (_, level, kind, details) =>
        events.push([kind, JSON.stringify(details.recursiveUnpack())])));
    peers.forEach(address => node.add_peer(address));
    if (peers.length === 0)
        node.add_listener('ws://127.0.0.1:0');
    await manager.start();
    return {manager, node, events};
}

await run({
    'a key is made and set, and none can be read': async () => {
        const made = Node.make_key();
        const node = new Node({instance_id: 'a', key: made});

        assert(/^[0-9a-f]{64}$/.test(made) && made !== Node.make_key(), 'a key');
        assert(node.has_key && node.failed_proofs === 0, 'it has one');
        assert(node.key !== made, 'it is not read back');
        node.set_key(null);
        assert(!node.has_key, 'it has none');
        const error = await fails(Confsync.Error, Confsync.Error.INVALID_OPTION,
            async () => node.set_key('secret'));
        assert(!error.message.includes('secret'), error.message);
        assert(node.set_key(`${made}\n${KEY}`) && node.has_key, 'two');
    },

    'a file that others may read is refused': () => inFolder(async folder => {
        const file = `${folder}/home.key`;
        const node = new Node({instance_id: 'a'});

        GLib.file_set_contents_full(file, KEY, GLib.FileSetContentsFlags.NONE, 0o644);
        await fails(Confsync.Error, Confsync.Error.REFUSED, async () => node.load_key_file(file));
        assert(!node.has_key, 'none');
        GLib.unlink(file);
        GLib.file_set_contents_full(file, KEY, GLib.FileSetContentsFlags.NONE, 0o600);
        assert(node.load_key_file(file) && node.has_key, 'one');
    }),

    'who has the key gets the edit; who has another is counted': () => inFolder(async folder => {
        GLib.file_set_contents(`${folder}/hall.json`, '{"theme": "dark"}');
        const hall = await start(folder, 'hall', KEY);
        const peers = hall.node.list_listeners();
        const attic = await start(folder, 'attic', KEY, peers);
        const stranger = await start(folder, 'stranger', Node.make_key(), peers);

        await until('the edit', () => attic.events.some(
            ([kind]) => kind === Confsync.EVENT_APPLIED),
        look => attic.manager.connect('event', look));
        await until('it is told', () => stranger.events.some(
            ([, details]) => details.includes('not the same shared key')),
        look => stranger.node.connect('event', look));
        await until('it is counted', () => hall.node.failed_proofs > 0,
            look => hall.node.connect('notify::failed-proofs', look));
        equal(attic.manager.document.theme, 'dark');
        for (const {manager, events} of [stranger, attic, hall]) {
            assert(!JSON.stringify(events).includes(KEY), 'no key is told');
            await manager.stop();
        }
    }),
});
