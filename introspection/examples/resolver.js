// SPDX-License-Identifier: LGPL-2.1-or-later
// SPDX-FileCopyrightText: The confsync authors
//
// A resolver: of two edits that did not know each other, both survive. Members that only one side
// has are kept; where both have one, that of the greater revision counts, on every instance, and it
// is reported what was overruled. What both were made from plays no part in it.

import Confsync from 'gi://Confsync?version=1';
import GObject from 'gi://GObject';

export const UnionResolver = GObject.registerClass({
    Implements: [Confsync.Resolver],
}, class UnionResolver extends GObject.Object {
    vfunc_resolve(conflict) {
        const [lesser, greater] = [conflict.get_local(), conflict.get_remote()]
            .sort((a, b) => a.compare(b)).map(revision => revision.get_document().toObject());

        for (const [name, value] of Object.entries(greater)) {
            if (name in lesser && JSON.stringify(lesser[name]) !== JSON.stringify(value))
                conflict.add_overruled(`/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`);
        }
        conflict.take_merged(Confsync.Document.fromObject({...lesser, ...greater}));
    }

    vfunc_needs_base() {
        return false;
    }
});
