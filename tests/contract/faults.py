# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: The confsync authors
#
# Implementations in Python that break their contract, each in one way; whoever calls them gets one
# answer all the same. Prints TAP.
"""Usage: faults.py [ARGUMENT OF THE SUITE...]"""

import gc
import sys

import gi

gi.require_version('Confsync', '1')
gi.require_version('ConfsyncContract', '1')
from gi.repository import Confsync, ConfsyncContract, GLib, GObject  # noqa: E402

Fault = ConfsyncContract.Fault


class ThrowingStore(GObject.Object, Confsync.Store):
    def do_load(self, task):
        raise RuntimeError('a store that throws')


class ForgettingStore(GObject.Object, Confsync.Store):
    def do_load(self, task):
        pass


class KeepingStore(GObject.Object, Confsync.Store):
    def do_load(self, task):
        self.task = task


class EagerStore(GObject.Object, Confsync.Store):
    def do_load(self, task):
        Confsync.Store.return_loaded(task, None, None, 0)
        Confsync.Store.return_loaded(task, None, None, 0)


class LateStore(GObject.Object, Confsync.Store):
    def do_load(self, task):
        GLib.timeout_add(10500, self.answer, task)

    def answer(self, task):
        Confsync.Store.return_loaded(task, None, None, 0)
        return GLib.SOURCE_REMOVE


class ThrowingTransport(GObject.Object, Confsync.Transport):
    def do_listen(self, address, flags, task):
        raise KeyError('a transport that throws')


class ForgettingTransport(GObject.Object, Confsync.Transport):
    def do_listen(self, address, flags, task):
        pass


class ThrowingResolver(GObject.Object, Confsync.Resolver):
    def do_resolve(self, conflict):
        raise ValueError('a resolver that throws')


class ForgettingResolver(GObject.Object, Confsync.Resolver):
    def do_resolve(self, conflict):
        pass


class FickleResolver(GObject.Object, Confsync.Resolver):
    def do_resolve(self, conflict):
        conflict.take_local()
        conflict.take_remote()
        conflict.decline('changed its mind')


ConfsyncContract.set_collector(lambda *_: gc.collect())
ConfsyncContract.init(sys.argv[1:])
for interface, implementation, fault in (
        (Confsync.Store, ThrowingStore, Fault.THROWS),
        (Confsync.Store, ForgettingStore, Fault.FORGETS),
        (Confsync.Store, KeepingStore, Fault.FORGETS),
        (Confsync.Store, EagerStore, Fault.TWICE),
        (Confsync.Store, LateStore, Fault.LATE),
        (Confsync.Transport, ThrowingTransport, Fault.THROWS),
        (Confsync.Transport, ForgettingTransport, Fault.FORGETS),
        (Confsync.Resolver, ThrowingResolver, Fault.THROWS),
        (Confsync.Resolver, ForgettingResolver, Fault.FORGETS),
        (Confsync.Resolver, FickleResolver, Fault.TWICE)):
    ConfsyncContract.add_fault(interface, implementation, fault)
sys.exit(ConfsyncContract.run())
