// SPDX-License-Identifier: LGPL-2.1-or-later
// SPDX-FileCopyrightText: The confsync authors
//
// A store in memory.

import Confsync from 'gi://Confsync?version=1';
import GLib from 'gi://GLib';
import GObject from 'gi://GObject';

function answer(task, document, what) {
    if (document)
        Confsync.Store.return_document(task, document);
    else
        Confsync.task_return_failure(task, Confsync.Error.NOT_FOUND, `there is no ${what}`);
}

export const MapStore = GObject.registerClass({
    Implements: [Confsync.Store],
}, class MapStore extends GObject.Object {
    live = [null, null, 0];
    kept = [];

    vfunc_load(task) { Confsync.Store.return_loaded(task, ...this.live); }
    vfunc_save(next, expected, task) {
        const [old] = this.live, known = !old || expected && old.equal(expected);
        this.live = [next.get_document(), next.get_stamp(), GLib.get_real_time()];
        Confsync.Store.return_saved(task, known ? null : old);
    }
    vfunc_save_version(next, cause, task) {
        if (!this.kept[0] || this.kept[0].next.compare(next) !== 0)
            this.kept.unshift({name: `version-${1e8 + this.kept.length}`, next, cause});
        Confsync.Store.return_name(task, this.kept[0].name);
    }
    vfunc_list_versions(task) {
        Confsync.Store.return_versions(task, this.kept.map(({name, next, cause, held}) =>
            Confsync.Version.new(name, next.get_stamp(), next.get_hash(), cause, held ?? false)));
    }
    vfunc_get_version(name, task) {
        const found = this.kept.find(kept => kept.name === name);
        answer(task, found?.next.get_document(), `version ${name}`);
    }
    vfunc_acknowledge(next, task) {
        this.kept.filter(kept => kept.next.compare(next) === 0).forEach(kept => (kept.held = true));
        task.return_boolean(true);
    }
    vfunc_load_state(task) {
        answer(task, this.state, 'state');
    }
    vfunc_save_state(state, task) { task.return_boolean(!!(this.state = state)); }
});
