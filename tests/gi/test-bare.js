// SPDX-License-Identifier: LGPL-2.1-or-later
// SPDX-FileCopyrightText: The confsync authors
//
// What the typelib alone gives to JavaScript: values, errors that match, and a store of one's own
// under a running manager. No comforts are used here: they have tests of their own.

import Confsync from 'gi://Confsync?version=1';
import GLib from 'gi://GLib';
import GObject from 'gi://GObject';

const Store = GObject.registerClass({
    Implements: [Confsync.Store],
}, class BareStore extends GObject.Object {
    live = null;
    stamp = null;
    state = null;
    versions = new Map();

    vfunc_load(task) {
        Confsync.Store.return_loaded(task, this.live, this.stamp, 1);
    }

    vfunc_save(revision, expected, task) {
        this.live = revision.get_document();
        this.stamp = revision.get_stamp();
        Confsync.Store.return_saved(task, null);
    }

    vfunc_save_version(revision, cause, task) {
        const name = `config_${this.versions.size}.json`;
        // what a vfunc is given is lent: the comforts do this for you
        this.versions.set(name, revision.ref());
        Confsync.Store.return_name(task, name);
    }

    vfunc_list_versions(task) {
        Confsync.Store.return_versions(task, [...this.versions].reverse().map(
            ([name, revision]) => Confsync.Version.new(name, revision.get_stamp(),
                revision.get_hash(), Confsync.Cause.UNKNOWN, false)));
    }

    vfunc_get_version(name, task) {
        if (this.versions.has(name))
            Confsync.Store.return_document(task, this.versions.get(name).get_document());
        else
            Confsync.task_return_failure(task, Confsync.Error.NOT_FOUND, `no version ${name}`);
    }

    vfunc_acknowledge(revision, task) {
        task.return_boolean(true);
    }

    vfunc_load_state(task) {
        if (this.state)
            Confsync.Store.return_document(task, this.state);
        else
            Confsync.task_return_failure(task, Confsync.Error.NOT_FOUND, 'nothing noted yet');
    }

    vfunc_save_state(state, task) {
        this.state = state;
        task.return_boolean(true);
    }
});

const document = text =>
    Confsync.Document.new(new GLib.Bytes(new TextEncoder().encode(text)), null);

const finish = (source, name, ...args) => new Promise((resolve, reject) => {
    source[`${name}_async`](...args, null, (_, result) => {
        try {
            resolve(source[`${name}_finish`](result));
        } catch (error) {
            reject(error);
        }
    });
});

function assert(truth, what) {
    if (!truth)
        throw new Error(`not so: ${what}`);
}

async function fails(code, call) {
    try {
        await call();
    } catch (error) {
        assert(error.matches(Confsync.Error, code), error);
        return;
    }
    throw new Error(`did not fail with code ${code}`);
}

const tests = {
    'values': () => {
        const json = document('{"b": [1, 2.5, "x"], "a": null}').get_json();
        assert(new TextDecoder().decode(json.to_canonical().get_data()) ===
            '{"a":null,"b":[1,2.5,"x"]}', 'canonical form');
        assert(json.lookup('/b/2').dup_string() === 'x', 'lookup');
        const [merged, conflicts] = json.merge(document('{"a":1}').get_json(),
            document('{"a":2}').get_json());
        assert(conflicts.join() === '/a' && merged.get_member('a').get_integer() === 1, 'merge');
    },
    'errors': () => fails(Confsync.Error.INVALID_DOCUMENT, () => document('[]')),
    'tls': async () => {
        const tls = new Confsync.Tls();
        const pin = 'ab'.repeat(32);
        assert(tls.add_pin(`kitchen=${pin}`) && tls.dup_pins().join() === pin, 'pins');
        assert(Confsync.Tls.parse_pin(`kitchen=${pin}`).join() === `${pin},kitchen`, 'a pin');
        await fails(Confsync.Error.INVALID_OPTION, async () => tls.add_pin('abc'));
        await fails(Confsync.Error.REFUSED, async () => tls.check_peer(null, 0));
        assert(new Confsync.Node({tls}).tls === tls && !tls.is_mutual(), 'a node has it');
    },

    'store': async () => {
        const store = new Store();
        const folder = GLib.dir_make_tmp('confsync-gi-XXXXXX');
        const manager = new Confsync.Manager({store, base_dir: folder});
        let seen = 0;
        manager.connect('changed', () => seen++);
        await finish(manager, 'start');
        await finish(manager, 'set_document', document('{"theme":"dark"}'),
            Confsync.EditFlags.NONE);
        await finish(manager, 'stop');
        GLib.rmdir(folder);
        assert(seen === 1 && store.live.equal(document('{"theme":"dark"}')), 'the edit');
        const versions = await finish(store, 'list_versions');
        assert(versions.map(version => version.get_name()).join() === 'config_0.json', 'versions');
        assert((await finish(store, 'get_version', 'config_0.json')).equal(store.live), 'version');
        await fails(Confsync.Error.NOT_FOUND, () => finish(store, 'get_version', 'other'));
    },
};

print(`1..${Object.keys(tests).length}`);
let number = 0;
for (const [name, test] of Object.entries(tests)) {
    await test();
    print(`ok ${++number} ${name}`);
}
