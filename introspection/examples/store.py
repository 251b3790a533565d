# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: The confsync authors
#
# A store in memory. What its functions raise is the answer: a KeyError says that nothing is there.
import gi
gi.require_version('Confsync', '1')
from gi.repository import Confsync, GLib, GObject  # noqa: E402


class DictStore(GObject.Object, Confsync.Store):
    def __init__(self):
        super().__init__()
        self.live, self.kept, self.held = (None, None, 0), {}, set()

    def do_load(self, task): Confsync.Store.return_loaded(task, *self.live)

    def do_save(self, new, expected, task):
        old, self.live = self.live[0], (new.get_document(), new.get_stamp(), GLib.get_real_time())
        Confsync.Store.return_saved(task, old if old != expected else None)

    def do_save_version(self, new, cause, task):
        if [revision for revision, _ in self.kept.values()][-1:] != [new]:
            self.kept[f'version-{len(self.kept):08}'] = new, cause
        Confsync.Store.return_name(task, [*self.kept][-1])

    def do_list_versions(self, task):
        Confsync.Store.return_versions(task, [
            Confsync.Version.new(name, old.get_stamp(), old.get_hash(), cause, old in self.held)
            for name, (old, cause) in reversed(self.kept.items())])

    def do_get_version(self, name, task):
        Confsync.Store.return_document(task, self.kept[name][0].get_document())

    def do_acknowledge(self, revision, task): task.return_boolean(not self.held.add(revision))

    def do_load_state(self, task): Confsync.Store.return_document(task, self.__dict__['state'])

    def do_save_state(self, state, task): task.return_boolean(not setattr(self, 'state', state))
