# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: The confsync authors
#
# What several change at once and a person decides: two instances that can be cut from each other,
# the listing, a restart, and each way to settle.
"""Usage: test-conflicts.py CONFSYNC"""

import contextlib
import json
import re
import sys

import harness
from asking import ISO_TIME, bad, call, good, ready, status
from harness import Folder, Instance, free_port, main, until
from partition import Relay

harness.planting = True

BASE = {'theme': 'dark', 'volume': 5, 'keys': {'hall': 'old', 'attic': 'old'}}


class Side:
    """One of the two: its folder, and its instance, which can be killed and started again."""

    def __init__(self, stack, name, arguments):
        self.folder = stack.enter_context(Folder())
        self.stack = stack
        self.arguments = ('--instance-id', name, *arguments)
        self.instance = None

    @property
    def file(self):
        return ('-f', self.folder.file)

    def start(self):
        self.instance = self.stack.enter_context(Instance(self.folder, *self.arguments))
        ready(self.instance, self.folder)

    def kill(self):
        self.instance.end(9)

    def edit(self, **members):
        """A whole edit, which is durable here once this ends."""
        for name, value in members.items():
            good('set', f'/{name}', '-', *self.file, typed=json.dumps(value))

    def conflicts(self):
        done = call('conflicts', '--json', *self.file)
        listed = json.loads(done.stdout)
        assert done.returncode == (1 if listed else 0) and not done.stderr, done
        return listed

    def wait_conflicts(self, count=1):
        return until(f'{count} conflicts', lambda: (
            len(listed := self.conflicts()) == count and (listed or [None])))

    def wait_durable(self, listed):
        """It is written behind: within the 50 ms that make a quiet moment, and a disk's time."""
        state = self.folder.path / '.confsync' / 'state.json'
        until('the conflict on disk', lambda: listed['id'] in state.read_text())

    def holds(self, **members):
        return {**BASE, **members} == self.folder.read()


@contextlib.contextmanager
def two(*arguments, base=BASE):
    """hall and attic, which dials it by a relay; both hold the base."""
    with contextlib.ExitStack() as stack:
        hall = Side(stack, 'hall', ('-l', free_port(), *arguments))
        hall.folder.overwrite(base)
        hall.start()
        relay = stack.enter_context(Relay(hall.instance.port))
        hall.arguments = ('--instance-id', 'hall', '-l', hall.instance.port, *arguments)
        attic = Side(stack, 'attic', ('-p', f'ws://127.0.0.1:{relay.port}', *arguments))
        attic.start()
        attic.folder.wait(base)
        apart = (relay, hall, attic)
        wait_same(hall, attic)
        yield apart


def live_peers(side):
    return sum(peer['state'] == 'live' for peer in status(side.folder)['peers'])


def wait_same(hall, attic):
    until('both to hold the same', lambda: all(
        (seen := status(side.folder))['peers'] and
        all(peer['holds_head'] for peer in seen['peers'] if peer['state'] == 'live') and
        any(peer['state'] == 'live' for peer in seen['peers']) for side in (hall, attic)))


def cut(relay, *sides):
    relay.cut()
    until('the cut to be seen', lambda: not any(map(live_peers, sides)))


def disagree(relay, hall, attic, **members):
    """Each sets the members, without knowing of the other; gives the conflict as hall lists it."""
    cut(relay, attic)  # hall may have others
    for name, (ours, theirs) in members.items():
        hall.edit(**{name: ours})
        attic.edit(**{name: theirs})
    relay.heal()
    listed, = hall.wait_conflicts()
    other, = attic.wait_conflicts()
    assert listed['id'] == other['id'], (listed, other)
    return listed


def settled(hall, attic, **members):
    until('the settlement on both sides', lambda: hall.holds(**members) and attic.holds(**members))
    for side in (hall, attic):
        side.wait_conflicts(0)
        assert good('conflicts', *side.file) == 'no conflicts\n'


# manual

def test_listing():
    """a conflict is listed for people and for programs, on both sides, and status tells of it"""
    with two('--resolver', 'manual') as (relay, hall, attic):
        assert good('conflicts', *hall.file) == 'no conflicts\n'
        assert status(hall.folder)['conflicts'] == 0
        listed = disagree(relay, hall, attic, theme=('light', 'blue'))
        assert listed['pointer'] == '' and listed['reason'], listed
        assert (listed['ours_author'], listed['theirs_author']) == ('hall', 'attic'), listed
        for member in ('since', 'ours_time', 'theirs_time'):
            assert re.fullmatch(ISO_TIME, listed[member]), listed
        assert listed['base'] == BASE, listed
        assert listed['ours'] == {**BASE, 'theme': 'light'}, listed
        assert listed['theirs'] == {**BASE, 'theme': 'blue'}, listed
        assert listed['diff'] == {
            side: [{'op': 'replace', 'path': '/theme', 'value': value}]
            for side, value in (('ours', 'light'), ('theirs', 'blue'), ('ours_to_theirs', 'blue'))}
        mirrored, = attic.conflicts()
        assert mirrored['ours'] == listed['theirs'] and mirrored['theirs'] == listed['ours']

        done = call('conflicts', *hall.file)
        assert done.returncode == 1 and not done.stderr, done
        day = r'\d{4}-\d\d-\d\d \d\d:\d\d:\d\d'
        assert re.fullmatch(
            f'conflict {listed["id"]}   the whole document, since {day}\n  .+\n'
            f'  ours    live here, by hall, {day}\n    ~ /theme  "dark" → "light"\n'
            f'  theirs  by attic, {day}\n    ~ /theme  "dark" → "blue"\n\n'
            r'settle one: confsync resolve ID --ours \| --theirs \| --merge \| --file FILE\n',
            done.stdout), done.stdout
        assert status(hall.folder)['conflicts'] == 1
        assert re.search(r'^conflicts  1   to see: confsync conflicts ',
                         good('status', *hall.file), re.M)
        # the log names it, and no value
        said = hall.instance.wait(f'conflict .*{listed["id"]}.*/theme', 'err').group(0)
        assert 'attic' in said and 'blue' not in said and 'light' not in said, said
        # local stays live on both sides, and peers show each other as behind, with the reason
        assert hall.holds(theme='light') and attic.holds(theme='blue')
        until('the other side to wait',
              lambda: status(hall.folder)['peers'][0]['sync'] == 'pending')
        assert status(hall.folder)['peers'][0]['reason'] == 'waits for a decision'


def test_ways():
    """each of the four ways settles it, and the settlement reaches the other side and stays"""
    ways = ((['--ours'], {'theme': 'light', 'volume': 7}),
            (['--theirs'], {'theme': 'blue', 'volume': 5}),
            (['--file', '-'], {'theme': 'grey', 'volume': 9}))
    for way, after in ways:
        with two('--resolver', 'manual') as (relay, hall, attic):
            cut(relay, hall, attic)
            hall.edit(theme='light', volume=7)
            attic.edit(theme='blue')
            relay.heal()
            listed, = hall.wait_conflicts()
            attic.wait_conflicts()
            typed = json.dumps({**BASE, **after}) if '-' in way else None
            said = good('resolve', *way, '--wait', *hall.file, typed=typed)
            assert said.startswith(f'settled {listed["id"]}   the whole document: '), said
            assert said.endswith('1 of 1 peer holds it\n'), said
            settled(hall, attic, **after)
            # it dominates both: nothing comes back at the next contact, nor after a restart
            for side in (attic, hall):
                side.kill()
                side.start()
            wait_same(hall, attic)
            settled(hall, attic, **after)


def test_merge():
    """--merge takes both by member, and says where both changed the same"""
    with two('--resolver', 'manual') as (relay, hall, attic):
        cut(relay, hall, attic)
        hall.edit(theme='light', volume=7)
        attic.edit(theme='blue', keys={'hall': 'old', 'attic': 'new'})
        relay.heal()
        hall.wait_conflicts()
        listed, = attic.wait_conflicts()
        said = good('resolve', listed['id'], '--merge', *attic.file)
        assert said == (f'settled {listed["id"]}   the whole document: merge\n'
                        '  /theme  both changed it: ours was taken\n'), said
        settled(hall, attic, theme='blue', volume=7, keys={'hall': 'old', 'attic': 'new'})


def test_restart():
    """a conflict survives that both are killed, in the middle of everything"""
    with two('--resolver', 'manual') as (relay, hall, attic):
        listed = disagree(relay, hall, attic, theme=('light', 'blue'))
        hall.wait_durable(listed)
        for side in (hall, attic):
            side.kill()
        hall.start()  # alone, so that it can't have it from the other
        again, = hall.conflicts()
        assert again == listed, (again, listed)
        attic.start()
        wait = hall.wait_conflicts()
        assert wait == [listed], (wait, listed)
        assert good('resolve', '--theirs', *hall.file).startswith('settled ')
        settled(hall, attic, theme='blue')


def test_more_edits():
    """more edits on either side update the same conflict"""
    with two('--resolver', 'manual') as (relay, hall, attic):
        listed = disagree(relay, hall, attic, theme=('light', 'blue'))
        attic.edit(volume=9)
        until('their edit', lambda: hall.conflicts()[0]['theirs'].get('volume') == 9)
        hall.edit(theme='grey')
        until('our edit', lambda: attic.conflicts()[0]['theirs']['theme'] == 'grey')
        now, = hall.conflicts()
        assert now['id'] == listed['id'] and now['since'] == listed['since'], (now, listed)
        assert now['ours'] == {**BASE, 'theme': 'grey'}, now
        assert now['base'] == BASE, now
        good('resolve', '--merge', *hall.file)
        settled(hall, attic, theme='grey', volume=9)


def test_settled_twice():
    """settled in two ways by two who are apart, it is a conflict again, which one settles"""
    with two('--resolver', 'manual') as (relay, hall, attic):
        first = disagree(relay, hall, attic, theme=('light', 'blue'))
        cut(relay, hall, attic)
        good('resolve', '--theirs', *hall.file)
        good('resolve', '--file', '-', *attic.file, typed=json.dumps({**BASE, 'theme': 'grey'}))
        for side in (hall, attic):
            side.wait_conflicts(0)
        relay.heal()
        again, = hall.wait_conflicts()
        other, = attic.wait_conflicts()
        assert again['id'] == other['id'] != first['id'], (first, again, other)
        assert (again['ours']['theme'], again['theirs']['theme']) == ('blue', 'grey'), again
        good('resolve', '--ours', *hall.file)
        settled(hall, attic, theme='blue')


def test_refusals():
    """what can't be settled is said, with what to type, and changes nothing"""
    with two('--resolver', 'manual') as (relay, hall, attic):
        bad(1, 'no conflict waits', 'resolve', '--ours', *hall.file)
        listed = disagree(relay, hall, attic, theme=('light', 'blue'))
        bad(2, 'One of --ours, --theirs', 'resolve', *hall.file)
        bad(2, 'One of --ours, --theirs', 'resolve', '--ours', '--theirs', *hall.file)
        said = bad(1, 'there is no conflict “zzz”', 'resolve', 'zzz', '--ours', *hall.file)
        assert f'  {listed["id"]}  the whole document' in said, said
        bad(2, 'standard input: ', 'resolve', '--file', '-', *hall.file, typed='{"a":')
        bad(2, 'object', 'resolve', '--file', '-', *hall.file, typed='[]')
        bad(2, '--force says that it is meant', 'resolve', '--file', '-', *hall.file, typed='{}')
        bad(2, 'nowhere.json: it can\'t be read', 'resolve', '--file', 'nowhere.json', *hall.file)
        assert hall.conflicts() == [listed] and hall.holds(theme='light')
        good('resolve', listed['id'][:4], '--file', '-', '--force', *hall.file, typed='{}')
        until('an empty one', lambda: hall.folder.read() == {} == attic.folder.read())
        for side in (hall, attic):
            side.wait_conflicts(0)


# policy by path

POLICY = ('--resolver', 'merge', '--resolver-for', '/keys=manual')


def test_policy():
    """below a pointer with manual both hold the same meanwhile, list it, and either settles it"""
    with two(*POLICY) as (relay, hall, attic):
        cut(relay, hall, attic)
        hall.edit(theme='light', keys={'hall': 'h', 'attic': 'old'})
        attic.edit(volume=7, keys={'hall': 'a', 'attic': 'old'})
        relay.heal()
        listed, = hall.wait_conflicts()
        other, = attic.wait_conflicts()
        assert listed['id'] == other['id'] and listed['pointer'] == other['pointer'] == '/keys'
        wait_same(hall, attic)
        meanwhile = hall.folder.read()
        assert meanwhile == attic.folder.read(), meanwhile
        assert meanwhile['theme'] == 'light' and meanwhile['volume'] == 7, meanwhile
        assert listed['base'] == BASE['keys'], listed
        sides = [listed['ours']['hall'], listed['theirs']['hall']]
        assert sorted(sides) == ['a', 'h'] and meanwhile['keys'] == listed['ours'], listed
        assert listed['diff']['theirs'] == [
            {'op': 'replace', 'path': '/keys/hall', 'value': sides[1]}], listed
        assert f'conflict {listed["id"]}   /keys, since ' in call('conflicts', *attic.file).stdout
        good('resolve', '--theirs', *attic.file)
        settled(hall, attic, theme='light', volume=7, keys=listed['theirs'])


def test_policy_several():
    """of several conflicts one is named; an ordinary edit of its place settles one too"""
    with two('--resolver-for', '/keys=manual', '--resolver-for', '/theme=manual') as (
            relay, hall, attic):
        cut(relay, hall, attic)
        hall.edit(theme='light', keys={'hall': 'h'})
        attic.edit(theme='blue', keys={'hall': 'a'})
        relay.heal()
        listed = {item['pointer']: item for item in hall.wait_conflicts(2)}
        attic.wait_conflicts(2)
        assert set(listed) == {'/keys', '/theme'}, listed
        said = bad(2, 'which conflict? There are 2:', 'resolve', '--ours', *hall.file)
        for item in listed.values():
            assert f'  {item["id"]}  {item["pointer"]}\n' in said, said
        attic.edit(theme='grey')
        left, = hall.wait_conflicts()
        assert left['id'] == listed['/keys']['id'], left
        good('resolve', listed['/keys']['id'], '--file', '-', *hall.file, typed='{"hall": "x"}')
        settled(hall, attic, theme='grey', keys={'hall': 'x'})


def test_third():
    """who had no part in it lists it too, with what one side took out, and may settle it"""
    with two(*POLICY) as (relay, hall, attic):
        cellar = Side(hall.stack, 'cellar',
                      ('-p', f'ws://127.0.0.1:{hall.instance.port}', *POLICY))
        cellar.start()
        cellar.folder.wait(BASE)
        cut(relay, attic)
        hall.edit(keys={'hall': 'h'})
        good('unset', '/keys', *attic.file)
        relay.heal()
        listed, = cellar.wait_conflicts()
        assert listed['pointer'] == '/keys' and listed['base'] == BASE['keys'], listed
        assert [side for side in ('ours', 'theirs') if side not in listed], listed
        kept = listed.get('ours', listed.get('theirs'))
        assert kept == {'hall': 'h'}, listed
        for side in (hall, attic):
            assert [item['id'] for item in side.wait_conflicts()] == [listed['id']]
        choice = '--ours' if 'ours' not in listed else '--theirs'
        good('resolve', choice, *cellar.file)
        after = {name: value for name, value in BASE.items() if name != 'keys'}
        for side in (hall, attic, cellar):
            side.folder.wait(after)
            side.wait_conflicts(0)


def test_receiver():
    """who only receives lists it, and says why it can't settle it"""
    with two(*POLICY) as (relay, hall, attic):
        cellar = Side(hall.stack, 'cellar', ('-p', f'ws://127.0.0.1:{hall.instance.port}',
                                             '--role', 'receive-only', *POLICY))
        cellar.start()
        cellar.folder.wait(BASE)
        listed = disagree(relay, hall, attic, keys=({'hall': 'h'}, {'hall': 'a'}))
        seen, = cellar.wait_conflicts()
        assert seen['id'] == listed['id'], (seen, listed)
        bad(2, 'receive', 'resolve', '--ours', *cellar.file)
        good('resolve', '--theirs', *attic.file)
        settled(hall, attic, keys=listed['theirs'])
        cellar.wait_conflicts(0)
        cellar.folder.wait({**BASE, 'keys': listed['theirs']})


def test_large():
    """a conflict of megabytes is listed, cut for people and whole for programs, and settled"""
    text = 'x' * 3_000_000
    with two('--resolver', 'manual', base={'text': text, 'n': 0}) as (relay, hall, attic):
        listed = disagree(relay, hall, attic, text=('h' + text, 'a' + text))
        assert listed['theirs'] == {'text': 'a' + text, 'n': 0}
        shown = call('conflicts', *hall.file).stdout
        assert len(shown) < 2000 and '~ /text  "xxx' in shown, shown[:2000]
        good('resolve', '--theirs', *hall.file)
        for side in (hall, attic):
            side.folder.wait({'text': 'a' + text, 'n': 0})
            side.wait_conflicts(0)


if __name__ == '__main__':
    sys.exit(main(dict(globals()), sys.argv[1]))
