// SPDX-License-Identifier: LGPL-2.1-or-later
// SPDX-FileCopyrightText: The confsync authors
//
// The past as a program in JavaScript meets it.

import Confsync from 'gi://Confsync?version=1';
import GLib from 'gi://GLib';

import {assert, equal, fails, makeFolder, removeFolder, run} from './tap.js';

const read = file => JSON.parse(new TextDecoder().decode(GLib.file_get_contents(file)[1]));

await run({
    'go back, put back, and ask who changed a value': async () => {
        const folder = makeFolder();
        const file = `${folder}/config.json`;
        const manager = new Confsync.Manager({config_path: file, node: Confsync.Node.new('attic')});

        GLib.file_set_contents(file, JSON.stringify({theme: 'dark', n: 1}));
        await manager.start();
        await manager.set('/theme', 'light');
        await manager.set('/n', 2);
        const [newest, before, oldest] = await manager.get_store().list_versions();

        equal([oldest.cause, newest.cause, newest.author], ['initial', 'edit', 'attic']);
        assert(newest.size > 0 && newest.time > oldest.time && !newest.acknowledged, 'its facts');

        const found = await manager.explain('/theme');

        equal([found.pointer, found.value, found.previousValue], ['/theme', 'light', 'dark']);
        equal([found.version.name, found.previousVersion.name], [before.name, oldest.name]);
        equal([found.author, found.time, found.exact], ['attic', before.time, true]);
        await fails(Confsync.Error, Confsync.Error.NOT_FOUND, () => manager.explain('/none'));

        equal(await manager.rollback(oldest.name), manager.hash);
        equal(read(file), {theme: 'dark', n: 1});
        equal((await manager.explain('/n')).version.cause, 'rollback');
        await fails(Confsync.Error, Confsync.Error.NOT_FOUND,
            () => manager.rollback('config_20200101000000.json'));

        equal(await manager.restore(), false);
        GLib.unlink(file);
        equal(await manager.restore(), true);
        equal(read(file), {theme: 'dark', n: 1});
        await manager.stop();
        removeFolder(folder);
    },
});
