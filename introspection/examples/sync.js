// SPDX-License-Identifier: LGPL-2.1-or-later
// SPDX-FileCopyrightText: The confsync authors
//
// Keeps one file in step with another instance and prints what changes:
//   gjs -m sync.js FILE [ADDRESS-OF-A-PEER]

import Confsync from 'gi://Confsync?version=1';

const [file, peer] = ARGV;
const manager = Confsync.Manager.new(file, null);

if (peer)
    manager.get_node().add_peer(peer);
manager.connect('changed', (_, document, author, local) =>
    print(local ? 'here' : author, JSON.stringify(document)));
manager.connect('event', (_, level, kind, details) => {
    if (level >= Confsync.Level.WARNING)
        printerr(kind, JSON.stringify(details.recursiveUnpack()));
});

await manager.start();
print('running');
await new Promise(() => {});
