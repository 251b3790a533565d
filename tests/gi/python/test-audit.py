# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: The confsync authors
#
# The audit, as a program in Python has it: a file of a node, and ids for records of its own.

import gc
import json
import os
import stat
import sys

from tap import Confsync, call, canary, fails, folder, main, turn_until, until


def test_file():
    """what happens to a document is recorded from when the file is set until it is taken away"""
    with folder() as at:
        path, audit = at / 'a.json', at / 'audit.jsonl'
        path.write_text(json.dumps({'token': canary.value(), 'mine': canary.local()}))
        node = Confsync.Node(instance_id='hall', key=canary.KEY)
        manager = Confsync.Manager(config_path=str(path), node=node, local_keys=['/mine'])
        assert node.get_property('audit-file') is None
        assert node.set_audit_file(str(audit))
        assert node.get_property('audit-file') == str(audit)
        assert stat.S_IMODE(audit.stat().st_mode) == 0o600
        events = []
        manager.connect('event', lambda _, level, kind, details: events.append(kind))
        call(manager, 'start')
        turn_until('it is found', lambda: Confsync.EVENT_CHANGED in events)
        assert node.set_key(Confsync.Node.make_key())
        node.reopen_audit_file()
        node.set_audit_file(None)  # ends once everything is written
        call(manager, 'stop')
        record, = [record for record in map(json.loads, audit.read_text().splitlines())
                   if record['event'] == Confsync.EVENT_CHANGED]
        assert record['message-id'] == Confsync.event_get_message_id(Confsync.EVENT_CHANGED)
        assert record['instance'] == 'hall' and record['initial'] is True, record
        trust, = [record for record in map(json.loads, audit.read_text().splitlines())
                  if record['event'] == Confsync.EVENT_TRUST]
        assert trust['outcome'] == 'key changed' and 'fingerprint' not in trust, trust
        canary.check('the audit', audit.read_text())
        # what is left knows its own secret; the rest is looked at when the folder ends
        for secret in path, at / '.confsync' / 'state.json', *at.glob('config_versions/*.json'):
            secret.unlink()


def test_refused():
    """a file that others could change is refused, and nothing else has changed"""
    with folder() as at:
        node = Confsync.Node(instance_id='hall')
        os.symlink(at / 'target', at / 'link')
        (at / 'open').write_text('')
        (at / 'open').chmod(0o666)
        node.set_audit_file(str(at / 'good'))
        with fails(Confsync.Error.REFUSED, 'others may write'):
            node.set_audit_file(str(at / 'open'))
        assert node.get_property('audit-file') == str(at / 'good')
        assert not (at / 'target').exists()


async def test_asyncio():
    """the same for a program that runs asyncio"""
    with folder() as at:
        path, audit = at / 'a.json', at / 'audit.jsonl'
        path.write_text('{"v": 1}')
        async with Confsync.AsyncManager(str(path), instance_id='hall',
                                         audit_file=audit) as manager:
            await manager.set_document({'v': 2})
        del manager
        gc.collect()
        await until('it is recorded', lambda: '"initial": false' in audit.read_text())


def test_ids():
    """an id of each kind that is recorded, none of the others"""
    assert len(Confsync.event_get_message_id(Confsync.EVENT_REFUSED)) == 32
    assert Confsync.event_get_message_id(Confsync.EVENT_NOTICE) is None


if __name__ == '__main__':
    sys.exit(main(globals()))
