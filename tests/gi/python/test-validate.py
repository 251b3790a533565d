# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: The confsync authors
#
# What may become the configuration, as a program in Python says: by a handler, by a class, and
# after having tried it.

import contextlib
import io
import json
import sys

from tap import Confsync, GLib, call, fails, folder, main, turn_until, until
from gi.repository import GObject


class Limits(GObject.Object, Confsync.Validator):
    """Refuses in every way that there is."""

    def do_validate(self, document):
        kind = document.get('kind')
        if kind == 'value':
            raise ValueError('/kind: is refused')
        if kind == 'error':
            raise Confsync.new_error(Confsync.Error.REFUSED, '/kind: is an error')
        if kind == 'text':
            return '/kind: is a text'
        if kind == 'no':
            return False
        if kind == 'fault':
            return document.nothing_of_that_name
        return None


REASONS = {'value': '/kind: is refused', 'error': '/kind: is an error', 'text': '/kind: is a text',
           'no': 'no reason given', 'fault': 'AttributeError'}


@contextlib.contextmanager
def silent():
    with contextlib.redirect_stderr(io.StringIO()) as text:
        yield text


@contextlib.contextmanager
def running(at, content, connect=None, **properties):
    """A manager that runs in the main loop of GLib."""
    at.mkdir()
    path = at / 'a.json'
    if content is not None:
        path.write_text(json.dumps(content))
    manager = Confsync.Manager(config_path=str(path), node=Confsync.Node(instance_id=at.name),
                               **properties)
    if connect is not None:
        connect(manager)
    call(manager, 'start')
    try:
        yield manager
    finally:
        call(manager, 'stop')


def put(manager, content):
    call(manager, 'set_document', Confsync.Document(content), Confsync.EditFlags.NONE)


def check(manager, reasons):
    for kind, reason in reasons.items():
        with silent() as text, fails(Confsync.Error.REFUSED, reason):
            put(manager, {'kind': kind})
        assert ('Traceback' in text.getvalue()) == (kind == 'fault'), text.getvalue()
    put(manager, {'kind': 'good'})
    assert manager.dup_document() == {'kind': 'good'}


def test_class():
    """a validator in Python refuses by an exception, a text or False, and by a fault"""
    with folder() as at, running(at / 'a', {'v': 1}, validator=Limits()) as manager:
        check(manager, REASONS)
    with silent(), fails(Confsync.Error.REFUSED, REASONS['value']):
        Limits().validate(Confsync.Document({'kind': 'value'}))
    assert Limits().validate(Confsync.Document({}))


def test_handler():
    """a handler of validate gives a reason, or None; an exception is a reason"""
    asked = []

    def validate(manager, document, author):
        asked.append(author)
        return Limits.do_validate.__wrapped__(None, document)

    def connect(manager):
        manager.connect('validate', validate)

    with folder() as at, running(at / 'a', {'v': 1}, connect) as manager:
        check(manager, {kind: REASONS[kind] for kind in ('value', 'error', 'text', 'fault')})
    assert asked and set(asked) == {None}


def test_file():
    """an edit of the file that is refused leaves the configuration as it was"""
    allowed = []

    def connect(manager):
        manager.connect('validate', lambda manager, document, author:
                        None if allowed or 'bad' not in document else '/bad: is bad')

    with folder() as at, running(at / 'a', {'v': 1}, connect) as manager:
        (at / 'a' / 'a.json').write_text('{"bad": 1}')
        turn_until('it is refused', lambda: manager.get_state() == Confsync.ManagerState.INVALID)
        assert manager.get_state_reason() == 'refused: /bad: is bad'
        assert manager.dup_document() == {'v': 1}
        allowed.append(True)
        manager.validation_changed()
        turn_until('it is taken', lambda: manager.dup_document() == {'bad': 1})


def test_trial():
    """what another instance made is tried, and confirmed or undone"""
    trials = []

    def connect(manager):
        manager.connect('trial', lambda manager, document, author, hash:
                        trials.append((document, author, hash)))

    def listen(manager):
        manager.get_node().add_listener('ws://127.0.0.1:0')

    with folder() as at, running(at / 'a', {'v': 1}, listen) as first:
        address = first.get_node().list_listeners()[0]
        with running(at / 'b', None, connect, confirm_timeout=600000) as second:
            second.get_node().add_peer(address)
            turn_until('it is there', lambda: second.dup_document() == {'v': 1})
            with fails(Confsync.Error.NOT_FOUND):
                second.confirm(None)
            put(first, {'v': 2})
            turn_until('it is on trial', lambda: trials)
            (document, author, hash), = trials
            assert document == {'v': 2} and author == 'a'
            assert second.get_trial()[:3] == (True, hash, 'a'), second.get_trial()
            assert second.props.on_trial
            assert second.confirm(hash) and not second.props.on_trial
            put(first, {'v': 3})
            turn_until('another one is', lambda: len(trials) == 2)
            second.reject(None, 'no')
            turn_until('it is undone', lambda: first.dup_document() == {'v': 2})


async def test_asyncio():
    """the same in a loop of asyncio"""
    with folder() as at:
        (at / 'a').mkdir()
        (at / 'b').mkdir()
        (at / 'a' / 'a.json').write_text('{"v": 1}')
        async with Confsync.AsyncManager(str(at / 'a' / 'a.json'), listen=['ws://127.0.0.1:0'],
                                         instance_id='attic') as first:
            address = (await first.status())['listeners'][0]
            async with Confsync.AsyncManager(str(at / 'b' / 'b.json'), peers=[address],
                                             instance_id='hall', confirm_timeout=600000) as second:
                trials = []
                second.connect_event(lambda level, name, details: name == Confsync.EVENT_TRIAL and
                                     trials.append(details))
                await until('it is there', lambda: second.document == {'v': 1})
                with fails(Confsync.Error.NOT_FOUND):
                    await second.confirm()
                await first.set_document({'v': 2})
                await until('it is on trial', lambda: trials)
                assert trials[0]['outcome'] == 'begun' and trials[0]['author'] == 'attic'
                await second.confirm(trials[0]['hash'])
                await until('it is confirmed', lambda: trials[-1]['outcome'] == 'confirmed')
                await first.set_document({'v': 3})
                await until('the next', lambda: trials[-1]['outcome'] == 'begun')
                await second.reject(reason='no')
                await until('it is undone', lambda: first.document == {'v': 2})


if __name__ == '__main__':
    sys.exit(main(globals()))
