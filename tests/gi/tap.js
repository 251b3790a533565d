// SPDX-License-Identifier: LGPL-2.1-or-later
// SPDX-FileCopyrightText: The confsync authors
//
// What the tests in JavaScript share: a runner that prints TAP, waits with a deadline, and folders
// that are searched for planted secrets before they go.

import GLib from 'gi://GLib';
import System from 'system';

const DEADLINE_MS = 15000;

export function assert(truth, what) {
    if (!truth)
        throw new Error(`not so: ${what}`);
}

export function equal(value, expected, what = '') {
    const show = item => JSON.stringify(item,
        (_, inner) => typeof inner === 'bigint' ? `${inner}n` : inner);

    if (show(value) !== show(expected))
        throw new Error(`${what}: ${show(value)}, not ${show(expected)}`);
}

// Fails unless call fails, now or later, in this way.
export async function fails(domain, code, call) {
    let error = null;

    try {
        await call();
    } catch (thrown) {
        error = thrown;
    }
    assert(error !== null, 'an error');
    assert(error.matches?.(domain, code), `${error} is of code ${code}`);
    return error;
}

export async function throws(type, call) {
    let error = null;

    try {
        await call();
    } catch (thrown) {
        error = thrown;
    }
    assert(error instanceof type, `${error} is a ${type.name}`);
    return error;
}

// Ends when predicate gives something true, which is looked at whenever hint says so.
export function until(what, predicate, connect) {
    return new Promise((resolve, reject) => {
        const timer = GLib.timeout_add(GLib.PRIORITY_DEFAULT, DEADLINE_MS, () => {
            reject(new Error(`${what}: not within ${DEADLINE_MS} ms`));
            return GLib.SOURCE_REMOVE;
        });
        let over = false;
        const look = () => {
            if (over || !predicate())
                return;
            over = true;
            GLib.source_remove(timer);
            resolve();
        };

        connect(look);
        look();
    });
}

export function makeFolder() {
    return GLib.dir_make_tmp('confsync-gi-XXXXXX');
}

// The planted key, as tests/common/canary.py has it.
export const KEY = '4f0c9b7e21d85a63b7c1e6f2049d3a589e84d0176fb2c35a80e1974b6d2fc8a3';
const CANARY = GLib.build_filenamev([
    GLib.path_get_dirname(GLib.filename_from_uri(import.meta.url)[0]), '..', 'common',
    'canary.py']);

// Tells what it holds of planted secrets; empty for nothing.
export function findPlanted(folder) {
    const [, found, errors, status] = GLib.spawn_sync(null, ['python3', CANARY, folder], null,
        GLib.SpawnFlags.SEARCH_PATH, null);

    return status === 0 ? '' : new TextDecoder().decode(found) + new TextDecoder().decode(errors);
}

export function removeFolder(folder) {
    const found = findPlanted(folder);

    if (found !== '')
        throw new Error(found);
    GLib.spawn_sync(null, ['rm', '-rf', folder], null, GLib.SpawnFlags.SEARCH_PATH, null);
}

// Runs what is given by name, one after the other, and exits.
export async function run(tests) {
    let number = 0, failed = 0;

    print(`1..${Object.keys(tests).length}`);
    for (const [name, test] of Object.entries(tests)) {
        try {
            await test();
            print(`ok ${++number} ${name}`);
        } catch (error) {
            failed++;
            print(`not ok ${++number} ${name}`);
            print(`# ${error}\n${error.stack}`.replaceAll('\n', '\n# '));
        }
    }
    System.exit(failed ? 1 : 0);
}
