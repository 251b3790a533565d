# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: The confsync authors
#
# A store, a resolver and a transport in Python, held to what everyone promises who implements the
# interface. Prints TAP.
"""Usage: over-python.py FOLDER-OF-THE-EXAMPLES [ARGUMENT OF THE SUITE...]"""

import gc
import sys

import gi

gi.require_version('Confsync', '1')
gi.require_version('ConfsyncContract', '1')
from gi.repository import Confsync, ConfsyncContract, GObject  # noqa: E402

from pipe_transport import PipeTransport  # noqa: E402

sys.path.insert(0, sys.argv[1])
from resolver import UnionResolver  # noqa: E402
from store import DictStore  # noqa: E402


class EditedStore(DictStore):
    """One that others may change behind its back."""

    __gsignals__ = {'contract-edit': (GObject.SignalFlags.RUN_LAST, None, (Confsync.Document,))}

    def do_contract_edit(self, document):
        self.live = document, None, 0


SINGLE_THREAD = ConfsyncContract.Flags.SINGLE_THREAD

ConfsyncContract.set_collector(lambda *_: gc.collect())
ConfsyncContract.init(sys.argv[2:])
ConfsyncContract.add_store(EditedStore, SINGLE_THREAD)
ConfsyncContract.add_resolver(UnionResolver, SINGLE_THREAD)
ConfsyncContract.add_transport(PipeTransport, 'pipe:hall', SINGLE_THREAD)
sys.exit(ConfsyncContract.run())
