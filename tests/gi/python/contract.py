# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: The confsync authors
#
# The contract suites over the examples in Python, over a transport that leaves nothing out, and
# over classes that are bad on purpose, with the overrides at work: what throws is an error at once,
# whatever became of its task. Prints TAP.

import gc
import pathlib
import sys

import gi
gi.require_version('Confsync', '1')
gi.require_version('ConfsyncContract', '1')
from gi.repository import Confsync, ConfsyncContract, GLib, GObject  # noqa: E402

from pipe_transport import PipeTransport as WholeTransport  # noqa: E402

EXAMPLES = pathlib.Path(__file__).resolve().parents[3] / 'introspection' / 'examples'
sys.path.insert(0, str(EXAMPLES))
from resolver import UnionResolver  # noqa: E402
from store import DictStore  # noqa: E402
from transport import PipeTransport  # noqa: E402

LATE_MS = 10500
Fault, Flags = ConfsyncContract.Fault, ConfsyncContract.Flags


class EditedStore(DictStore):
    """The suite plays an editor by this signal."""

    __gsignals__ = {'contract-edit': (GObject.SignalFlags.RUN_LAST, None, (Confsync.Document,))}

    def do_contract_edit(self, document):
        self.live = (document, None, GLib.get_real_time() if document else 0)


class ThrowingStore(DictStore):
    def do_load(self, task):
        raise RuntimeError('broken on purpose')


class KeepingAndThrowingStore(DictStore):
    def do_load(self, task):
        self.task = task
        raise RuntimeError('broken on purpose')


class ForgettingStore(DictStore):
    def do_load(self, task):
        pass


class EagerStore(DictStore):
    def do_load(self, task):
        super().do_load(task)
        super().do_load(task)


class LateStore(DictStore):
    def do_load(self, task):
        GLib.timeout_add(LATE_MS, lambda: DictStore.do_load(self, task))


class ThrowingTransport(PipeTransport):
    def do_listen(self, address, flags, task):
        raise RuntimeError('broken on purpose')


class ForgettingTransport(PipeTransport):
    def do_listen(self, address, flags, task):
        pass


class ThrowingResolver(GObject.Object, Confsync.Resolver):
    def do_resolve(self, conflict):
        raise RuntimeError('broken on purpose')


class ForgettingResolver(GObject.Object, Confsync.Resolver):
    def do_resolve(self, conflict):
        pass


class FickleResolver(GObject.Object, Confsync.Resolver):
    def do_resolve(self, conflict):
        conflict.take_local()
        conflict.take_remote()
        raise RuntimeError('broken on purpose')


ConfsyncContract.set_collector(lambda *_: gc.collect())
# What the example leaves out: its two ends hold each other, so one that is dropped without a close
# stays, and it neither checks addresses nor counts what waits.
LEFT_OUT = ('drop-end', 'finalize', 'finalize-closed', 'half-message', 'invalid-address', 'taken',
            'buffered')

ConfsyncContract.init([*sys.argv[1:], *(
    word for name in LEFT_OUT for word in ('-s', f'/transport/transport+PipeTransport/{name}'))])
ConfsyncContract.add_store(EditedStore, Flags.NONE)
ConfsyncContract.add_resolver(UnionResolver, Flags.NONE)
ConfsyncContract.add_transport(PipeTransport, 'pipe:hall', Flags.SINGLE_THREAD)
ConfsyncContract.add_transport(WholeTransport, 'pipe:hall', Flags.SINGLE_THREAD)
for interface, implementation, fault in (
        (Confsync.Store, ThrowingStore, Fault.THROWS),
        (Confsync.Store, KeepingAndThrowingStore, Fault.THROWS),
        (Confsync.Store, ForgettingStore, Fault.FORGETS),
        (Confsync.Store, EagerStore, Fault.TWICE),
        (Confsync.Store, LateStore, Fault.LATE),
        (Confsync.Transport, ThrowingTransport, Fault.THROWS),
        (Confsync.Transport, ForgettingTransport, Fault.FORGETS),
        (Confsync.Resolver, ThrowingResolver, Fault.THROWS),
        (Confsync.Resolver, ForgettingResolver, Fault.FORGETS),
        (Confsync.Resolver, FickleResolver, Fault.TWICE)):
    ConfsyncContract.add_fault(interface, implementation, fault)
sys.exit(ConfsyncContract.run())
