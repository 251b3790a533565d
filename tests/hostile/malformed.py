# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: The confsync authors
#
# Handshakes and messages that are malformed for certain, drawn from a seed: each comes from a rule
# that breaks one thing, so that whatever is drawn must be refused.
"""What no listener may take: malformed handshakes and messages."""

import gzip
import json

from harness import BINARY, KEY, TEXT, frame, upgrade_request

# of no proper name, value or start line
CONTROLS = [chr(code) for code in range(32) if chr(code) not in '\t\r\n'] + ['\x7f']
TOKENS = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_'


def word(dice, least=1, most=12):
    return ''.join(dice.choices(TOKENS, k=dice.randint(least, most)))


def cut_short(dice):
    request = upgrade_request()
    return request[:dice.randrange(1, len(request) - 1)]


def with_control(dice):
    request = upgrade_request()
    place = dice.randrange(4, len(request) - 4)
    return request[:place] + dice.choice(CONTROLS) + request[place:]


def without_header(dice):
    name = dice.choice(['Host', 'Upgrade', 'Connection', 'Sec-WebSocket-Key',
                        'Sec-WebSocket-Version'])
    return ''.join(line for line in upgrade_request().splitlines(keepends=True)
                   if not line.startswith(name + ':'))


def with_line(dice):
    line = dice.choice([' folded', f'{word(dice)} : x', f'{word(dice)}', ': x',
                        f'({word(dice)}): x', 'Host: elsewhere', 'Content-Length: 5',
                        'Content-Length: -1',
                        'Transfer-Encoding: chunked', f'Origin: http://{word(dice)}.example',
                        'Origin: null', f'X-Large: {"y" * 70000}', 'X-Many: y\r\n' * 120 + 'X: y'])
    return upgrade_request(extra=line + '\r\n')


HANDSHAKES = [
    cut_short, with_control, without_header, with_line,
    lambda dice: upgrade_request().replace('GET', dice.choice(['POST', 'PUT', 'get', 'CONNECT',
                                                               'G' + word(dice)]), 1),
    lambda dice: upgrade_request(path='/sync' + word(dice)),
    lambda dice: upgrade_request(path=dice.choice(['', '*', '//sync', '/%73ync',
                                                   '/sync?' + word(dice), 'http://x/sync',
                                                   '/a/../sync', '/sync#a'])),
    lambda dice: upgrade_request().replace('HTTP/1.1', dice.choice([
        'HTTP/0.9', 'HTTP/2', 'HTTP/3.0', 'http/1.1', word(dice)]), 1),
    lambda dice: upgrade_request().replace('Version: 13',
                                           f'Version: {dice.choice([0, 8, 14, "x"])}'),
    lambda dice: upgrade_request().replace(KEY, word(dice, 1, 20)),
    lambda dice: upgrade_request(protocol=word(dice) + ', confsync.v' + word(dice, 3)),
    lambda dice: upgrade_request().replace('\r\n', '\n'),
    # no capital at its beginning: a client of TLS, for one
    lambda dice: bytes([dice.choice([0, 0x16, 0x80, 0xff])]) + dice.randbytes(dice.randint(1, 300)),
    lambda dice: b'G' + dice.randbytes(dice.randint(1, 300)) + b'\0\r\n\r\n',
]


def handshake(dice):
    """One that is no proper request for a WebSocket, as bytes."""
    made = dice.choice(HANDSHAKES)(dice)
    return made if isinstance(made, bytes) else made.encode('latin-1')


# what no member of a message may be, besides what it should be
WRONG = [None, True, -1, 1.5, '', '\x1b[2J', 'x' * 5000, [], [[]], {}, {'a': 1}]
# wrong for every one of WRONG but the kind named
REQUIRED = {'config_update': {'timestamp', 'instance_id', 'config_hash', 'stamp'},
            'heads': {'timestamp', 'instance_id'},
            'heartbeat': {'timestamp', 'instance_id'}}


def broken_json(dice, text):
    """What is no JSON, or none that is taken."""
    return dice.choice([
        lambda: text[:dice.randrange(1, len(text) - 1)],
        lambda: text + dice.choice([b'}', b' {}', b',', b'\0', b'x']),
        lambda: text.replace(b':', b' ', 1),
        lambda: b"{'type': 'heads'}",
        lambda: b'{"type": "heads", "type": "ack"}',
        lambda: b'{"type": "\\ud800"}',
        lambda: b'{"type": "heads", "n": 1e999}',
        lambda: b'{"type": "heads", "n": 9223372036854775808}',
        lambda: b'{"type": "heads", "n": 0%d}' % dice.randrange(10),
        lambda: b'{"type": "heads", "a": ' + b'[' * dice.randint(100, 50000),
        lambda: dice.choice([b'[]', b'7', b'"x"', b'null', b'', b'\xef\xbb\xbf{}', b'{}']),
        lambda: b'{' + bytes(dice.randrange(1, 128) for _ in range(40)) + b'\1',
    ])()


def broken_member(dice, stranger):
    """A proper message, but for one member."""
    message = dice.choice([
        stranger.update({'evil': dice.random()}),
        stranger.message('heads', heads=[]),
        stranger.message('heartbeat', digest='', probe=False),
    ])
    member = dice.choice(sorted(REQUIRED[message['type']]))
    value = dice.choice(WRONG)
    if member == 'timestamp' and value == 1.5:
        value = 1e12
    return json.dumps({**message, member: value}).encode()


def message(dice, stranger):
    """One frame with what no instance may take for a message."""
    whole = json.dumps(stranger.update({'evil': 1})).encode()
    return dice.choice([
        lambda: frame(TEXT, broken_json(dice, whole)),
        lambda: frame(TEXT, broken_member(dice, stranger)),
        lambda: frame(BINARY, dice.randbytes(dice.randint(1, 2000))),
        lambda: frame(BINARY, b'\x1f\x8b' + dice.randbytes(dice.randint(0, 2000))),
        lambda: frame(BINARY, gzip.compress(whole)[:-dice.randint(1, 20)]),
        lambda: frame(TEXT, b'{"evil": "' + bytes([dice.randrange(0xf8, 0x100)]) + b'"}'),
        lambda: frame(TEXT, whole, masked=False),
        lambda: frame(dice.choice([3, 4, 5, 6, 7, 11, 15]), whole),
        lambda: frame(TEXT, whole, reserved=dice.choice([0x10, 0x20, 0x40])),
        lambda: frame(TEXT, b'', claim=1 << dice.randint(30, 63)),
    ])()
