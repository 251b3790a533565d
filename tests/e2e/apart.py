# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: The confsync authors
#
# A network of its own for a program of end-to-end tests: its loopback interface has private and
# public addresses, IPv4 and IPv6, and /etc/hosts gives some of them names. What another machine
# would see of them is not played here.

import contextlib
import os
import pathlib
import subprocess
import sys
import tempfile

import harness
from harness import DEADLINE, Skip, environment, main

PRIVATE, NEAR, PUBLIC = '10.9.0.1', '169.254.9.9', '198.51.100.7'
PRIVATE6, PUBLIC6 = 'fd00:9::1', '2001:db8::7'
SET_UP = f'''
set -e
ip link set lo up
ip address add {PRIVATE}/32 dev lo
ip address add {NEAR}/32 dev lo
ip address add {PUBLIC}/32 dev lo
if [ -e /proc/sys/net/ipv6 ]; then
  ip -6 address add {PRIVATE6}/128 dev lo nodad
  ip -6 address add {PUBLIC6}/128 dev lo nodad
fi
mount --make-rprivate /
mount --bind "$1" /etc/hosts
rm "$1"
shift
exec "$@"
'''
HOSTS = f'127.0.0.1 localhost\n{PUBLIC} panel.example\n{PRIVATE} kitchen.example\n'

# None: this is the network; else why the machine has none
why_not = 'this program was not started in it'


def namespace(*command):
    """The command line that runs a command in such a network."""
    handle, hosts = tempfile.mkstemp(prefix='confsync-hosts-')
    with open(handle, 'w', encoding='ascii') as file:
        file.write(HOSTS)
    user = ['--user', '--map-root-user'] if os.geteuid() else []
    return ['unshare', *user, '--net', '--mount', 'sh', '-c', SET_UP, 'sh', hosts, *command]


def enter():
    """Starts this program anew in such a network. Where the machine can't, says why."""
    trial = namespace('true')
    try:
        tried = subprocess.run(trial, stdin=subprocess.DEVNULL, text=True, capture_output=True,
                               timeout=DEADLINE, check=False)
    except OSError as error:
        return str(error)
    finally:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(trial[trial.index(SET_UP) + 2])
    if tried.returncode:
        return ' '.join(tried.stderr.split()) or 'unshare failed'
    harness.runtime.cleanup()
    sys.stdout.flush()
    started_anew = namespace(sys.executable, *sys.argv, '--inside')
    os.execvp(started_anew[0], started_anew)


def needs_network():
    if why_not:
        raise Skip(why_not)


def has_ipv6():
    return os.path.exists('/proc/sys/net/ipv6')


class Identity:
    """A folder of settings with a certificate, and a shared key."""

    def __init__(self):
        self.temporary = tempfile.TemporaryDirectory(prefix='confsync-exposure-')
        self.home = pathlib.Path(self.temporary.name)
        self.env = environment(XDG_CONFIG_HOME=str(self.home))
        made = harness.ask('keygen', env=self.env)
        assert made.returncode == 0, made
        self.pin = made.stdout.strip()
        self.key = self.home / 'home.key'
        made = harness.ask('keygen', '--shared', self.key)
        assert made.returncode == 0, made

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.temporary.cleanup()


def run(tests):
    """Runs a program's tests in such a network, or those that can do without."""
    global why_not
    why_not = None
    if sys.argv[-1] == '--inside':
        sys.argv.pop()
    else:
        why_not = enter()
    return main(tests, sys.argv[1])
