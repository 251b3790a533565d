// SPDX-License-Identifier: LGPL-2.1-or-later
// SPDX-FileCopyrightText: The confsync authors
//
// The audit, as a program in JavaScript has it: a file of a node, and ids for records of its own.

import Confsync from 'gi://Confsync?version=1';
import GLib from 'gi://GLib';
import Gio from 'gi://Gio';

import {KEY, assert, equal, fails, findPlanted, makeFolder, removeFolder, run, until}
    from './tap.js';

const {Manager, Node} = Confsync;

async function inFolder(call) {
    const folder = makeFolder();

    try {
        await call(folder);
    } finally {
        removeFolder(folder);
    }
}

const readLines = path => new TextDecoder().decode(GLib.file_get_contents(path)[1])
    .split('\n').filter(line => line !== '').map(line => JSON.parse(line));

await run({
    'what happens is recorded, by an id that the program knows': () => inFolder(async folder => {
        const audit = `${folder}/audit.jsonl`;
        const manager = new Manager({config_path: `${folder}/a.json`, node: Node.new('hall')});
        const node = manager.get_node();
        const kinds = [];

        node.set_key(KEY);

        GLib.file_set_contents(`${folder}/a.json`, '{"token": "hunter2"}');
        node.set_audit_file(audit);
        equal(node.audit_file, audit);
        manager.connect('event', (_, level, kind) => kinds.push(kind));
        await manager.start();
        await until('it is found', () => kinds.includes(Confsync.EVENT_CHANGED),
            look => manager.connect('event', look));
        node.set_key(Node.make_key());
        node.reopen_audit_file();
        await manager.stop();
        node.set_audit_file(null);

        const [record] = readLines(audit).filter(({event}) => event === Confsync.EVENT_CHANGED);

        equal(record['message-id'], Confsync.event_get_message_id(Confsync.EVENT_CHANGED));
        equal(record.instance, 'hall');
        assert(!JSON.stringify(readLines(audit)).includes('hunter2'), 'no value is recorded');
        equal(readLines(audit).filter(({event}) => event === Confsync.EVENT_TRUST)
            .map(({outcome}) => outcome), ['key changed']);
    }),

    'a folder that has the planted key is found out': () => inFolder(folder => {
        equal(findPlanted(folder), '');
        GLib.file_set_contents(`${folder}/note`, `x${GLib.base64_encode(KEY)}`);
        assert(findPlanted(folder).includes('planted '), 'it is found');
        GLib.unlink(`${folder}/note`);
    }),

    'a file that is none is refused': () => inFolder(async folder => {
        const node = Node.new('hall');

        await fails(Gio.IOErrorEnum, Gio.IOErrorEnum.IS_DIRECTORY,
            async () => node.set_audit_file(folder));
        equal(node.audit_file, null);
    }),

    'what is routine has no id': () => {
        equal(Confsync.event_get_message_id(Confsync.EVENT_SYNCED), null);
    },
});
