// SPDX-License-Identifier: LGPL-2.1-or-later
// SPDX-FileCopyrightText: The confsync authors
//
// The example that keeps one file in step, run as a person would.

import Gio from 'gi://Gio';
import GLib from 'gi://GLib';

import {assert, equal, makeFolder, removeFolder, run} from './tap.js';

Gio._promisify(Gio.DataInputStream.prototype, 'read_line_async', 'read_line_finish_utf8');

const here = GLib.path_get_dirname(GLib.filename_from_uri(import.meta.url)[0]);
const script = `${here}/../../introspection/examples/sync.js`;

await run({
    'prints each change': async () => {
        const folder = makeFolder(), file = `${folder}/a.json`;
        GLib.file_set_contents(file, '{"theme":"dark"}');
        const child = Gio.Subprocess.new(['gjs', '-m', script, file],
            Gio.SubprocessFlags.STDOUT_PIPE);
        const output = Gio.DataInputStream.new(child.get_stdout_pipe());
        const next = async () => (await output.read_line_async(GLib.PRIORITY_DEFAULT, null))[0];

        const first = [await next(), await next()];
        assert(first.includes('running'), first);
        GLib.file_set_contents(file, '{"theme":"light"}');
        equal(await next(), 'here {"theme":"light"}');
        child.send_signal(15);
        child.wait(null);
        removeFolder(folder);
    },
});
