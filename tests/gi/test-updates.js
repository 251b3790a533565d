// SPDX-License-Identifier: LGPL-2.1-or-later
// SPDX-FileCopyrightText: The confsync authors
//
// 100,000 updates through a callback in JavaScript: memory stays where it was after the first of
// them. gjs frees nothing before its collector runs, so it is asked to, before each look.

import Confsync from 'gi://Confsync?version=1';
import Gio from 'gi://Gio';
import System from 'system';

import {assert, equal, makeFolder, removeFolder, run} from './tap.js';

const UPDATES = 100000;
const WARM_UP = 20000;
const COLLECT_EVERY = 1000;
const GROWTH_MAX_KIB = 8 * 1024;
const PAGE_KIB = 4;

function resident() {
    System.gc();
    const [, statm] = Gio.File.new_for_path('/proc/self/statm').load_contents(null);
    return Number(new TextDecoder().decode(statm).split(' ')[1]) * PAGE_KIB;
}

await run({
    '100,000 updates': async () => {
        const store = new Confsync.MemoryStore({max_versions: 10});
        const folder = makeFolder();
        const manager = new Confsync.Manager({store, base_dir: folder});
        let calls = 0, last = 0, before = 0;

        manager.connect('changed', (_, document) => {
            calls++;
            last = document.n;
        });
        await manager.start();
        for (let n = 1; n <= UPDATES; n++) {
            await manager.replace({n});
            // gjs 1.74 refuses callbacks between the slices of a collection that it does by itself
            if (n % COLLECT_EVERY === 0)
                System.gc();
            if (n === WARM_UP)
                before = resident();
        }
        const after = resident();
        await manager.stop();
        removeFolder(folder);
        print(`# ${calls} calls; ${before} KiB resident after ${WARM_UP} updates, ` +
            `${after} KiB after ${UPDATES}`);
        equal([calls, last], [UPDATES, UPDATES]);
        assert(after < before + GROWTH_MAX_KIB, `${after} KiB is about ${before} KiB`);
    },
});
