# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: The confsync authors
#
# Resolvers written in Python in the simulator: on every second node, among others in C, with
# everything going wrong that the schedules have.
import importlib.util
import sys

import tap

import gi
gi.require_version('Confsync', '1')
gi.require_version('ConfsyncSim', '1')
from gi.repository import Confsync, ConfsyncSim, GObject  # noqa: E402

SCHEDULES = 40


class CountingLww(GObject.Object, Confsync.Resolver):
    """Last write wins, and how often it was asked."""
    __gtype_name__ = 'SimCountingLww'
    asked = 0

    def do_resolve(self, conflict):
        self.asked += 1
        if conflict.get_local().compare(conflict.get_remote()) > 0:
            conflict.take_local()
        else:
            conflict.take_remote()

    def do_needs_base(self):
        return False


def load_union():
    spec = importlib.util.spec_from_file_location('resolver', tap.EXAMPLES / 'resolver.py')
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.UnionResolver()


def play(resolver):
    for seed in range(1, SCHEDULES + 1):
        failure = ConfsyncSim.play(resolver, seed)
        assert failure is None, f'schedule {seed}: {failure}'


def test_last_write_wins():
    """a resolver in Python among those in C"""
    resolver = CountingLww()
    play(resolver)
    assert resolver.asked > SCHEDULES, resolver.asked


def test_union():
    """the example that merges"""
    play(load_union())


sys.exit(tap.main(globals()))
