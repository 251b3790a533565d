# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: The confsync authors
#
# A resolver: of two edits that did not know each other, both survive. Members that only one side
# has are kept; where both have one, that of the greater revision counts, on every instance, and it
# is reported what was overruled. What both were made from plays no part in it.
from functools import cmp_to_key

import gi
gi.require_version('Confsync', '1')
from gi.repository import Confsync, GObject  # noqa: E402


class UnionResolver(GObject.Object, Confsync.Resolver):
    __gtype_name__ = 'ExampleUnionResolver'

    def do_resolve(self, conflict):
        sides = [conflict.get_local(), conflict.get_remote()]
        lesser, greater = (side.get_document().to_python()
                           for side in sorted(sides, key=cmp_to_key(Confsync.Revision.compare)))
        for name, value in greater.items():
            if name in lesser and lesser[name] != value:
                conflict.add_overruled('/' + name.replace('~', '~0').replace('/', '~1'))
        conflict.take_merged(Confsync.Document({**lesser, **greater}))

    def do_needs_base(self):
        return False
