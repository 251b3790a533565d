# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: The confsync authors
#
# Hosts made of network namespaces, with a cable of its own between each two of them, and what can
# be done to a cable. All of it stands in namespaces of this process alone: two runs never meet, and
# the kernel takes everything away with the last process, however that ended.

import ctypes
import itertools
import os
import shutil
import subprocess
import sys

INSIDE = 'CONFSYNC_NETNS_INSIDE'
TOOLS = {'ip': 'iproute2', 'tc': 'iproute2', 'nft': 'nftables', 'nsenter': 'util-linux',
         'unshare': 'util-linux'}
RULES = '''
table inet cut {
  set from { type ifname; }
  chain in { type filter hook input priority 0; iifname @from drop; }
}
'''
TRIAL = '''
set -e
mount -t tmpfs tmpfs /run
ip netns add x
ip -n x link add to-a type veth peer name to-b
nsenter --net=/run/netns/x nft add table inet t
tc -n x qdisc add dev to-a root tbf rate 1mbit burst 2kb latency 1ms
'''
SLOW = 'tbf rate {}kbit burst 2kb latency 400ms'
PR_SET_PDEATHSIG = 1
SIGKILL = 9


def without_namespaces():
    """Why none can be made here, or None."""
    os.environ['PATH'] += ':/usr/sbin:/sbin'
    for tool, package in TOOLS.items():
        if not shutil.which(tool):
            return f'{tool} is missing; it is in the package {package}'
    tried = subprocess.run([*unshare(), 'sh', '-c', TRIAL], stdin=subprocess.DEVNULL,
                           capture_output=True, text=True, check=False)
    said = ' '.join(tried.stderr.split())
    return f'no network namespace can be made here: {said}' if tried.returncode else None


def unshare():
    """As another user than root, one becomes root in a user namespace first."""
    user = ['--user', '--map-root-user'] if os.geteuid() else []
    return ['unshare', *user, '--net', '--mount', '--pid', '--fork', '--kill-child', '--']


def move_in():
    """Starts this program anew, within namespaces of its own."""
    if INSIDE in os.environ:
        # whoever ends the tests may end unshare alone
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, SIGKILL)
        run('mount', '-t', 'tmpfs', 'tmpfs', '/run')
        # leaks are looked for in /proc/PID; in a container it may not be ours to mount
        subprocess.run(['mount', '-t', 'proc', 'proc', '/proc'], stderr=subprocess.DEVNULL,
                       check=False)
        return
    os.environ[INSIDE] = '1'
    sys.stdout.flush()
    os.execvp('unshare', [*unshare(), sys.executable, *sys.argv])


def run(*command, text=None):
    done = subprocess.run(command, input=text or '', text=True, capture_output=True, check=False)
    assert done.returncode == 0, (command, text, done.stderr)
    return done.stdout


def enter(name):
    """What goes before a command that is to run on that host."""
    return ['nsenter', f'--net=/run/netns/{name}', '--']


class Lab:
    """Named hosts, each linked with each. A cable's ends are named after the host they lead to."""

    def __init__(self, names):
        self.names = list(names)
        self.addresses = {}
        self.slow = set()
        self.pulled = set()
        for name in self.names:
            run('ip', 'netns', 'add', name)
            run(*enter(name), 'nft', '-f', '-', text=RULES)
        pairs = list(itertools.combinations(self.names, 2))
        for name in self.names:
            words = [line for number, pair in enumerate(pairs, 1) if pair[0] == name
                     for line in self.lay_cable(number, *pair)]
            self.batch(name, ['link set lo up', *words])
        for name in self.names:
            self.batch(name, [line for (here, there), address in self.addresses.items()
                              if here == name
                              for line in (f'address add {address}/24 dev to-{there}',
                                           f'link set to-{there} up')])

    @staticmethod
    def batch(name, lines):
        run('ip', '-n', name, '-batch', '-', text='\n'.join(lines))

    def lay_cable(self, number, one, other):
        self.addresses[one, other] = f'10.77.{number}.1'
        self.addresses[other, one] = f'10.77.{number}.2'
        yield f'link add to-{other} type veth peer name to-{one} netns {other}'

    def address(self, of, seen_from):
        return self.addresses[of, seen_from]

    def pull(self, one, other):
        """The cable is out: both ends know."""
        run('ip', '-n', one, 'link', 'set', f'to-{other}', 'down')
        self.pulled.add((one, other))

    def plug(self, one, other):
        run('ip', '-n', one, 'link', 'set', f'to-{other}', 'up')
        self.pulled.discard((one, other))

    def drop(self, sender, receiver):
        """What one sends to the other gets lost, and nobody is told."""
        run(*enter(receiver), 'nft', 'add', 'element', 'inet', 'cut', 'from',
            f'{{ "to-{sender}" }}')

    def drop_nothing(self, receiver):
        run(*enter(receiver), 'nft', 'flush', 'set', 'inet', 'cut', 'from')

    def slow_down(self, one, other, kbit):
        for here, there in ((one, other), (other, one)):
            run('tc', '-n', here, 'qdisc', 'replace', 'dev', f'to-{there}', 'root',
                *SLOW.format(kbit).split())
        self.slow.add((one, other))

    def speed_up(self, one, other):
        for here, there in ((one, other), (other, one)):
            run('tc', '-n', here, 'qdisc', 'del', 'dev', f'to-{there}', 'root')
        self.slow.discard((one, other))

    def count_packets(self):
        """How many were received so far, by all."""
        total = 0
        for name in self.names:
            lines = run('ip', '-n', name, '-s', '-o', 'link', 'show', 'type', 'veth').splitlines()
            total += sum(int(line.split('RX:')[1].split('\\')[1].split()[1]) for line in lines)
        return total

    def close(self):
        for name in self.names:
            run('ip', 'netns', 'del', name)
