// SPDX-License-Identifier: LGPL-2.1-or-later
// SPDX-FileCopyrightText: The confsync authors
//
// A store in memory. A version is named after its revision, so that one saved twice is one version.

import Confsync from 'gi://Confsync?version=1';
import GObject from 'gi://GObject';

const nameOf = revision => `version-${revision.get_stamp().get_time()}-${revision.get_hash()}`;
const answer = (task, document) => document ? Confsync.Store.return_document(task, document) :
    Confsync.task_return_failure(task, Confsync.Error.NOT_FOUND, 'the store has no such document');

export const MapStore = GObject.registerClass({Implements: [Confsync.Store]},
class MapStore extends GObject.Object {
    live = [null, null, 0];
    kept = new Map();
    held = new Set();

    vfunc_load(task) { Confsync.Store.return_loaded(task, ...this.live); }
    vfunc_save(next, expected, task) {
        const [old] = this.live;
        this.live = [next.get_document(), next.get_stamp(), Date.now() * 1000];
        Confsync.Store.return_saved(task, old && expected?.equal(old) ? null : old);
    }
    vfunc_save_version(next, cause, task) {
        this.kept.set(nameOf(next), [next, cause]);
        Confsync.Store.return_name(task, nameOf(next));
    }
    vfunc_list_versions(task) {
        Confsync.Store.return_versions(task, [...this.kept].reverse().map(([id, [old, cause]]) =>
            Confsync.Version.new(id, old.get_stamp(), old.get_hash(), cause, this.held.has(id))));
    }
    vfunc_get_version(name, task) { answer(task, this.kept.get(name)?.[0].get_document()); }
    vfunc_acknowledge(next, task) { task.return_boolean(!!this.held.add(nameOf(next))); }
    vfunc_load_state(task) { answer(task, this.state); }
    vfunc_save_state(state, task) { task.return_boolean(!!(this.state = state)); }
});
