# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: The confsync authors
#
# Five real instances on five hosts of a network that fails in all the ways that this kernel and a
# relay can make it fail. When it is whole again they hold one content within two seconds, every
# edit is in some history, and then there is silence.
"""Usage: test-netns.py CONFSYNC [--old-kernel SHIM] [--seed N] [--rounds N] [--longest SECONDS]
[--shape SHAPE] [--relayed SHARE] [--resolver NAME] [--trace]

Without --rounds: the cases of the test suite, as TAP, from one seed. With it: that many rounds.
With --old-kernel, the rounds, or the longest case, are played as on a kernel before Linux 6.15."""

import argparse
import random
import statistics
import sys
import time
import traceback

import fleet
import lab
from fleet import NAMES, Fleet, draw_dials
from schedule import HOWS, Round

# beyond this a link without an answer was given up by whoever asked, and a kernel that doubles the
# interval between its tries will be silent for as long again
LONG = 14.5


class Player:
    """Plays rounds on a fleet, and keeps the times that it took to converge."""

    def __init__(self, command, seed, dials, relayed=0.0, resolver='lww', trace=False):
        self.seed = seed
        self.trace = trace
        self.times = []
        self.apart = 0
        self.numbers = 0
        self.fleet = Fleet(command, seed, dials, relayed, ['--resolver', resolver])
        print(f'# seed {seed}, {len(dials)} dials, {len(self.fleet.doors)} of them over the relay',
              flush=True)

    def take(self, verb, *words):
        lab_, fleet_ = self.fleet.lab, self.fleet
        if verb == 'edit':
            name, how, size = words
            self.numbers += 1
            padding = '%x' % random.Random(self.numbers).getrandbits(4 * size + 1)
            fleet_.edit(name, how, self.numbers, padding)
        elif verb == 'door':
            fleet_.set_door(*words)
        elif verb == 'oneway':
            lab_.drop(*words)
        elif verb == 'slow':
            lab_.slow_down(*words)
        elif verb == 'pull':
            lab_.pull(*words)
        else:
            getattr(fleet_, verb)(*words)

    def play(self, steps, length, what):
        began = time.monotonic()
        for at, *step in steps:
            fleet.pause(began + at - time.monotonic())
            if self.trace:
                print(f'#   {time.monotonic() - began:6.3f} ', *step, flush=True)
            self.take(*step)
        fleet.pause(began + length - time.monotonic())
        apart = self.fleet.is_apart()
        self.fleet.heal()
        took = self.fleet.converge(what)
        if self.fleet.exact:
            self.fleet.check_members()
        self.apart += apart
        self.times.append(took)
        print(f'# {what}: {"apart, " * apart}converged {took:.3f} s after healing', flush=True)

    def play_rounds(self, count, longest):
        for number in range(1, count + 1):
            drawn = Round(f'{self.seed} {number}', NAMES, self.fleet.doors, longest,
                          number % 4 != 0)
            before = self.apart
            self.play(drawn.steps, drawn.length,
                      f'round {number}, {drawn.length:.1f} s, {drawn.tell()}')
            assert self.apart > before or not drawn.parts, 'the partition parted nobody'

    def finish(self):
        packets = self.fleet.check_silence()
        versions = self.fleet.check_histories()
        self.fleet.end()
        ledger = self.fleet.ledger
        print(f'# {len(self.times)} rounds, apart in {self.apart}: '
              f'median {statistics.median(self.times):.3f} s, worst {max(self.times):.3f} s after '
              f'healing; {ledger.edits} edits, {len(ledger.required)} of them quiet ones, none '
              f'lost; {self.fleet.members.excused} members put back by edits that may; {versions} '
              f'versions; {packets:.0f} packets a second at rest', flush=True)


def play(command, seed, rounds, shape, longest, relayed=0.0, resolver='lww', trace=False):
    player = Player(command, seed, draw_dials(seed, shape), relayed, resolver, trace)
    with player.fleet:
        player.play_rounds(rounds, longest)
        player.finish()
    return player.times


def test_mesh(command, seed):
    """everybody knows everybody"""
    return play(command, seed, 4, 'mesh', 4.0)


def test_relay(command, seed):
    """a relay between some of them delays, cuts and sends again"""
    return play(command, seed, 3, 'mesh', 4.0, 0.6)


def test_merge(command, seed):
    """hosts that are apart change a member each, and no change is lost"""
    player = Player(command, seed, draw_dials(seed, 'mesh'), resolver='merge')
    steps = [(0.0, 'part', one, other, False) for one in NAMES[:2] for other in NAMES[2:]]
    steps += [(0.2 + 0.2 * i, 'edit', name, HOWS[i % len(HOWS)], 0) for i, name in enumerate(NAMES)]
    with player.fleet:
        player.play(steps, 2.0, 'apart, one edit on each host')
        player.play_rounds(1, 4.0)
        player.finish()
    return player.times


def test_ring(command, seed):
    """everybody knows two others"""
    return play(command, seed, 2, 'ring', 4.0)


def test_star(command, seed):
    """all know one"""
    return play(command, seed, 2, 'star', 4.0)


def test_long(command, seed):
    """one end gave links up, and the other ones, which could dial, have no reason to ask"""
    hub, *others = NAMES
    player = Player(command, seed, [(others[0], hub), (others[1], hub), (hub, others[2]),
                                    (hub, others[3])])
    steps = [(0.0, 'part', hub, others[0], True), (0.0, 'oneway', hub, others[1]),
             (0.0, 'oneway', others[2], hub), (0.0, 'part', hub, others[3], False),
             (0.2, 'edit', hub, 'replace', 100), (0.5, 'edit', others[3], 'set', 0)]
    with player.fleet:
        player.play(steps, LONG, f'the middle alone for {LONG:.0f} s')
        player.finish()
    return player.times


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument('command')
    parser.add_argument('--old-kernel', metavar='SHIM')
    parser.add_argument('--seed')
    parser.add_argument('--rounds', type=int)
    parser.add_argument('--longest', type=float, default=4.0)
    parser.add_argument('--shape', choices=('mesh', 'ring', 'star'), default='mesh')
    parser.add_argument('--relayed', type=float, default=0.3, metavar='SHARE')
    parser.add_argument('--resolver', default='lww')
    parser.add_argument('--trace', action='store_true')
    arguments = parser.parse_args()

    if lab.INSIDE not in lab.os.environ and (reason := lab.without_namespaces()):
        print(f'1..0 # SKIP {reason}')
        return 0
    lab.move_in()
    seed = arguments.seed or str(random.randrange(1000000))
    if arguments.rounds is not None:
        fleet.Host.preload = arguments.old_kernel
        play(arguments.command, seed, arguments.rounds, arguments.shape, arguments.longest,
             arguments.relayed, arguments.resolver, arguments.trace)
        return 0
    return run_cases(arguments.command, seed, arguments.old_kernel)


def run_cases(command, seed, shim):
    cases = [test_mesh, test_relay, test_merge, test_ring, test_star, test_long]
    failed, times = 0, []
    print(f'1..{len(cases)}')
    for number, case in enumerate(cases, 1):
        title = f'{number} - {case.__name__[5:]}: {case.__doc__}'
        fleet.Host.preload = shim if case is test_long else None
        try:
            times += case(command, f'{seed}-{case.__name__[5:]}')
            print(f'ok {title}', flush=True)
        except Exception:  # a test may fail in any way
            failed += 1
            print(*('# ' + line for line in traceback.format_exc().splitlines()), sep='\n')
            print(f'# the same again: test-netns.py CONFSYNC --seed {seed}')
            print(f'not ok {title}', flush=True)
    if times:
        print(f'# converged after healing: median {statistics.median(times):.3f} s, worst '
              f'{max(times):.3f} s of {len(times)} rounds')
    return 1 if failed else 0


if __name__ == '__main__':
    sys.exit(main())
