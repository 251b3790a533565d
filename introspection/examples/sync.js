// SPDX-License-Identifier: LGPL-2.1-or-later
// SPDX-FileCopyrightText: The confsync authors
//
// Keeps one file in step with another instance and prints what changes:
//   gjs -m sync.js FILE [ADDRESS-OF-A-PEER]
// The key that both share, where there is one: CONFSYNC_KEY_FILE=home.key

import Confsync from 'gi://Confsync?version=1';

const [file, peer] = ARGV;
const manager = Confsync.Manager.new(file, null);
const node = manager.get_node();

node.load_key();
if (peer)
    node.add_peer(peer);
manager.connect('changed', (_, document, author, local) =>
    print(local ? 'here' : author, JSON.stringify(document)));
for (const emitter of [manager, node]) {
    emitter.connect('event', (_, level, kind, details) => {
        if (level >= Confsync.Level.WARNING)
            printerr(kind, JSON.stringify(details.recursiveUnpack()));
    });
}

await manager.start();
print('running');
await new Promise(() => {});
