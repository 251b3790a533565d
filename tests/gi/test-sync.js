// SPDX-License-Identifier: LGPL-2.1-or-later
// SPDX-FileCopyrightText: The confsync authors
//
// The example that keeps one file in step, run as a person would: alone, and with a peer.

import Confsync from 'gi://Confsync?version=1';
import Gio from 'gi://Gio';
import GLib from 'gi://GLib';

import {assert, equal, makeFolder, removeFolder, run, until} from './tap.js';

Gio._promisify(Gio.DataInputStream.prototype, 'read_line_async', 'read_line_finish_utf8');

const here = GLib.path_get_dirname(GLib.filename_from_uri(import.meta.url)[0]);
const read = file => new TextDecoder().decode(GLib.file_get_contents(file)[1]);
const script = `${here}/../../introspection/examples/sync.js`;

// A running sync.js.
class Sync {
    constructor(...args) {
        this.child = Gio.Subprocess.new(['gjs', '-m', script, ...args],
            Gio.SubprocessFlags.STDOUT_PIPE);
        this.output = Gio.DataInputStream.new(this.child.get_stdout_pipe());
    }

    async line() {
        return (await this.output.read_line_async(GLib.PRIORITY_DEFAULT, null))[0];
    }

    stop() {
        this.child.send_signal(15);
        this.child.wait(null);
    }
}

async function withFolder(call) {
    const folder = makeFolder(), running = [];
    const start = (...args) => {
        running.push(new Sync(...args));
        return running.at(-1);
    };

    try {
        await call(folder, start);
    } finally {
        running.forEach(sync => sync.stop());
        removeFolder(folder);
    }
}

await run({
    'prints each change': () => withFolder(async (folder, start) => {
        const file = `${folder}/a.json`;
        GLib.file_set_contents(file, '{"theme":"dark"}');
        const sync = start(file);

        const first = [await sync.line(), await sync.line()];
        assert(first.includes('running'), first);
        GLib.file_set_contents(file, '{"theme":"light"}');
        equal(await sync.line(), 'here {"theme":"light"}');
    }),
    'keeps its file the same as that of a peer': () => withFolder(async (folder, start) => {
        const file = `${folder}/b/b.json`;
        GLib.mkdir_with_parents(`${folder}/b`, 0o700);
        GLib.mkdir_with_parents(`${folder}/a`, 0o700);
        const peer = Confsync.Manager.new(`${folder}/a/a.json`, null);
        peer.get_node().add_listener('ws://127.0.0.1:0');
        await peer.start();
        await peer.replace({theme: 'dark'});

        const [listener] = peer.get_node().list_listeners();
        const sync = start(file, listener);
        const first = [await sync.line(), await sync.line()];
        assert(first.includes('running'), first);
        const line = first.find(one => one !== 'running');
        assert(!line.startsWith('here') && line.endsWith(' {"theme":"dark"}'), line);
        equal(JSON.parse(read(file)), {theme: 'dark'});

        GLib.file_set_contents(file, '{"theme":"light"}');
        equal(await sync.line(), 'here {"theme":"light"}');
        await until('the way back', () => peer.document.theme === 'light',
            look => peer.connect('changed', look));
        await peer.stop();
    }),
});
