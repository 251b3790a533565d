# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: The confsync authors
#
# What happens in one round, and when: thrown from a seed alone, so the same seed plays the same
# round again.

import random

HOWS = 'write', 'replace', 'set'
RATES_KBIT = 16, 64, 256
MODES = 'delay', 'cut', 'hold', 'oneway'
PADDING_MAX = 3000
PADDING_LARGE = 50000


class Round:
    """A list of (seconds, verb, arguments...) in the order of time; everything is healed after
    `length` seconds."""

    def __init__(self, seed, names, doors, longest, parts):
        self.dice = random.Random(seed)
        self.names = list(names)
        self.doors = list(doors)
        self.length = self.dice.uniform(0.3, 1) * longest
        self.steps = []
        self.down = {}
        kinds = [self.pull, self.oneway, self.slow, self.kill, self.pass_by]
        for kind in self.dice.sample(kinds, self.dice.choice((1, 1, 2, 3))):
            kind()
        self.parts = parts
        if parts:
            self.split()
        for _ in range(self.dice.randint(3, 10)):
            self.edit(self.dice.uniform(0, self.length))
        if self.dice.random() < 0.2:
            self.burst()
        self.steps.sort(key=lambda step: step[0])

    def add(self, at, *step):
        self.steps.append((at, *step))

    def early(self):
        return self.dice.uniform(0, self.length / 3)

    def some_pairs(self):
        for _ in range(self.dice.randint(1, 4)):
            yield self.dice.sample(self.names, 2)

    def split(self):
        """Into groups, with word or without."""
        at, told = self.early(), self.dice.random() < 0.3
        names = self.dice.sample(self.names, len(self.names))
        group = {name: min(i, self.dice.randint(0, 2)) for i, name in enumerate(names)}
        group[names[1]] = 1
        for one in self.names:
            for other in self.names:
                if one < other and group[one] != group[other]:
                    self.add(at, 'part', one, other, told)
        # whoever is apart has something to say
        for name in self.dice.sample(self.names, 4):
            self.edit(self.dice.uniform(at, self.length), name)

    def pull(self):
        for pair in self.some_pairs():
            self.add(self.early(), 'pull', *sorted(pair))

    def oneway(self):
        for pair in self.some_pairs():
            self.add(self.early(), 'oneway', *pair)

    def slow(self):
        for pair in self.some_pairs():
            self.add(self.early(), 'slow', *sorted(pair), self.dice.choice(RATES_KBIT))

    def pass_by(self):
        """What the relay does to those that it stands between."""
        for door in self.doors:
            if self.dice.random() < 0.7:
                self.add(self.early(), 'door', door, self.dice.choice(MODES))

    def kill(self):
        for name in self.dice.sample(self.names, self.dice.randint(1, 2)):
            at = self.dice.uniform(0, self.length)
            back = self.dice.choice((self.length + 1, self.dice.uniform(at, self.length)))
            self.down[name] = at, back
            self.add(at, 'kill', name)
            if back < self.length:
                self.add(back, 'start', name)

    def edit(self, at, name=None):
        name, how = name or self.dice.choice(self.names), self.dice.choice(HOWS)
        begin, end = self.down.get(name, (at + 1, 0))
        if how == 'set' and begin <= at <= end:
            how = 'replace'
        size = PADDING_LARGE if self.dice.random() < 0.03 else self.dice.randint(0, PADDING_MAX)
        self.add(at, 'edit', name, how, size)

    def burst(self):
        at = self.dice.uniform(0, self.length)
        for i in range(20):
            self.edit(at + i * 0.01)

    def tell(self):
        """The round in a few words."""
        counts = {}
        for _, verb, *_ in self.steps:
            counts[verb] = counts.get(verb, 0) + 1
        return ', '.join(f'{count} {verb}' for verb, count in sorted(counts.items()))
