# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: The confsync authors
#
# A resolver: of two edits that did not know each other, both survive. Members that only one side
# has are kept; where both have one, that of the greater revision counts, on every instance.
import gi
gi.require_version('Confsync', '1')
from gi.repository import Confsync, GObject  # noqa: E402


class UnionResolver(GObject.Object, Confsync.Resolver):
    __gtype_name__ = 'ExampleUnionResolver'

    def do_resolve(self, conflict):
        sides = [conflict.get_local(), conflict.get_remote()]
        lesser, greater = sorted(sides, key=lambda side: (side.get_stamp().get_time(),
                                                          side.get_hash()))
        merged = {**lesser.get_document().to_python(), **greater.get_document().to_python()}
        conflict.take_merged(Confsync.Document(merged))
