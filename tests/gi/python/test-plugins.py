# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: The confsync authors
#
# Stores, resolvers, transports, watchers and links that are written in Python: what an exception
# becomes, what a subclass does to its parent, and the three of the examples at work together.

import errno
import gc
import io
import contextlib
import json
import sys
import threading
import weakref

from tap import (EXAMPLES, Confsync, DEADLINE, GLib, call, fails, folder, main, raises,
                 turn_until)
from gi.repository import Gio, GObject

sys.path.insert(0, str(EXAMPLES))
from resolver import UnionResolver  # noqa: E402
from store import DictStore  # noqa: E402
from transport import PipeTransport  # noqa: E402


class Base(GObject.Object, Confsync.Store):
    said = 'base'

    def do_load(self, task):
        Confsync.Store.return_loaded(task, Confsync.Document({'said': 'base'}), None, 1)

    def do_load_state(self, task):
        Confsync.Store.return_document(task, Confsync.Document({'said': 'base'}))


class Heir(Base):
    def do_load(self, task):
        Confsync.Store.return_loaded(task, Confsync.Document({'said': 'heir'}), None, 1)


class Grandchild(Heir):
    def do_load_state(self, task):
        Confsync.Store.return_document(task, Confsync.Document({'said': 'grandchild'}))


class Faulty(GObject.Object, Confsync.Store):
    error = None
    kept = None

    def do_load(self, task):
        self.kept = task
        raise self.error

    def do_acknowledge(self, revision, task):
        task.return_boolean(True)
        raise self.error

    def do_load_state(self, task):
        Confsync.Store.return_document(task, Confsync.Document({'a': 1}))
        raise self.error

    def do_save_state(self, state, task):
        task.return_error(Confsync.new_error(Confsync.Error.REFUSED, 'first'))
        raise self.error


@contextlib.contextmanager
def silent():
    """Gives what is written to standard error meanwhile."""
    with contextlib.redirect_stderr(io.StringIO()) as text:
        yield text


def revision(n=1):
    stamp = Confsync.Stamp.new_from_json(Confsync.Json(
        {'time': 1772539200000000 + n, 'author': 'a', 'kind': 'edit', 'epoch': 0,
         'floor': 0, 'vector': {}}))
    return Confsync.Revision.new(Confsync.Document({'n': n}), stamp)


def test_heirs():
    """a subclass overrides what it overrides, and leaves its parent as it was"""
    for _ in range(2):
        for kind, loaded, state in ((Base, 'base', 'base'), (Heir, 'heir', 'base'),
                                    (Grandchild, 'heir', 'grandchild'), (Base, 'base', 'base')):
            store = kind()
            assert call(store, 'load').document == {'said': loaded}, kind
            assert call(store, 'load_state') == {'said': state}, kind


def test_exception():
    """an exception in a function is the caller's error at once, though the task is kept"""
    store = Faulty()
    store.error = RuntimeError('out of cheese')
    with silent() as text, fails(Confsync.Error.PLUGIN, 'Faulty.do_load', 'RuntimeError',
                                 'out of cheese'):
        call(store, 'load')
    assert 'out of cheese' in text.getvalue() and 'do_load' in text.getvalue()
    # too late, and so dropped
    Confsync.Store.return_loaded(store.kept, None, None, 0)


def test_exceptions_that_answer():
    """what isn't there and what the system refuses is known by its code, and no fault to report"""
    store = Faulty()
    with silent() as text:
        store.error = KeyError('x')
        with fails(Confsync.Error.NOT_FOUND, "'x'"):
            call(store, 'load')
        store.error = PermissionError(errno.EACCES, 'no entry', '/etc/shadow')
        with raises(GLib.Error, '/etc/shadow') as _:
            call(store, 'load')
        store.error = Confsync.new_error(Confsync.Error.BUSY, 'later')
        with fails(Confsync.Error.BUSY, 'later'):
            call(store, 'load')
    assert text.getvalue() == ''


def test_exception_after_answer():
    """an exception after the answer changes nothing but where yes or no can't be seen"""
    store = Faulty()
    store.error = RuntimeError('too late')
    with silent():
        assert call(store, 'load_state') == {'a': 1}
        with fails(Confsync.Error.REFUSED, 'first'):
            call(store, 'save_state', Confsync.Document({}))
        with fails(Confsync.Error.PLUGIN, 'too late'):
            call(store, 'acknowledge', revision())


def test_forgotten():
    """a function that forgets its task fails at once"""
    class Forgetful(GObject.Object, Confsync.Store):
        def do_load(self, task):
            pass
    with fails(Confsync.Error.PLUGIN, 'Forgetful', 'without an answer'):
        call(Forgetful(), 'load')


def test_later():
    """a task may be ended later, and from another thread"""
    class Patient(GObject.Object, Confsync.Store):
        def do_load(self, task):
            answer = Confsync.Document({'late': True})
            self.thread = threading.Thread(
                target=lambda: Confsync.Store.return_loaded(task, answer, None, 5))
            self.thread.start()
    store = Patient()
    assert call(store, 'load').document == {'late': True}
    store.thread.join(DEADLINE)


def test_dial():
    """a transport's exception in dial is an error, with its own code if it has one"""
    class Bad(GObject.Object, Confsync.Transport):
        def do_get_schemes(self):
            return ['bad']

        def do_dial(self, address):
            raise Confsync.new_error(Confsync.Error.INVALID_ADDRESS, f'{address} is nowhere')

    class Worse(Bad):
        def do_dial(self, address):
            return 1 / 0

    assert Bad().get_schemes() == ['bad'] and Worse().get_schemes() == ['bad']
    with fails(Confsync.Error.INVALID_ADDRESS, 'bad:x is nowhere'):
        Bad().dial('bad:x')
    with silent(), fails(Confsync.Error.PLUGIN, 'ZeroDivisionError'):
        Worse().dial('bad:x')
    with fails(Confsync.Error.INVALID_ADDRESS):
        Bad().dial('bad:x')


def test_watcher():
    """a watcher that can't start says why"""
    class Blind(GObject.Object, Confsync.Watcher):
        def do_start(self):
            raise OSError(errno.ENOSPC, 'no watch left', '/etc')

        def do_stop(self):
            pass
    with raises(GLib.Error, '/etc'):
        Blind().start()


def test_channel():
    """an exception in a link's send is the end of the link, with the reason"""
    class Frayed(Confsync.Channel):
        def do_send(self, message):
            raise BrokenPipeError(errno.EPIPE, 'cut')

        def do_close(self):
            self.emit_closed()
    link, errors = Frayed(), []
    link.connect('closed', lambda _, error: errors.append(error))
    link.emit_opened('confsync.v1')
    link.send(GLib.Bytes.new(b'{}'))
    assert len(errors) == 1 and errors[0].matches(Gio.io_error_quark(),
                                                  Gio.IOErrorEnum.BROKEN_PIPE), errors
    link.close()
    assert len(errors) == 1


def make_instance(name, resolver, listen=(), peers=(), store=None, **more):
    node = Confsync.Node(instance_id=name)
    node.add_transport(PipeTransport())
    for address in listen:
        node.add_listener(address)
    for address in peers:
        node.add_peer(address)
    return Confsync.Manager(node=node, store=store or DictStore(), resolver=resolver, **more)


def test_examples_together():
    """two instances on the store, the transport and the resolver of the examples lose no edit"""
    hub = make_instance('hub', UnionResolver(), listen=['pipe:hub'])
    call(hub, 'start')
    call(hub, 'set_document', Confsync.Document({'from': 'hub', 'hub': 1}), 0)
    leaf = make_instance('leaf', UnionResolver(), peers=['pipe:hub'])
    heard = []
    leaf.connect('changed', lambda _, document, author, local: heard.append((document, author)))
    call(leaf, 'start')
    turn_until('the first sync', lambda: heard)
    assert heard[0][0] == {'from': 'hub', 'hub': 1} and heard[0][1] == 'hub'
    call(leaf, 'stop')

    # both edit while they can't see each other
    call(hub, 'set_document', Confsync.Document({'from': 'hub', 'hub': 2}), 0)
    call(leaf, 'start')
    turn_until('the second sync', lambda: heard[-1][0] == {'from': 'hub', 'hub': 2})
    call(leaf, 'set_value', '/leaf', Confsync.Json(True).to_node())
    turn_until('the way back', lambda: hub.dup_document() == leaf.dup_document())
    assert hub.dup_document() == {'from': 'hub', 'hub': 2, 'leaf': True}
    call(leaf, 'stop')
    call(hub, 'stop')
    store = leaf.get_store()
    versions = call(store, 'list_versions')
    kept = [call(store, 'get_version', version.get_name()) for version in versions]
    assert {'from': 'hub', 'hub': 2, 'leaf': True} in kept and {'from': 'hub', 'hub': 1} in kept
    with fails(Confsync.Error.NOT_FOUND):
        call(store, 'get_version', 'version-99999999')


def test_local_keys():
    """a store in Python keeps local members to itself, its versions have them, others never do"""
    own = {'keys': {'api': 'hunter2'}, 'v': 1}
    store = DictStore()
    store.live = Confsync.Document(own), None, 1
    hub = make_instance('hub', UnionResolver(), listen=['pipe:local'], store=store,
                        local_keys=['/keys/api'])
    leaf = make_instance('leaf', UnionResolver(), peers=['pipe:local'])
    call(hub, 'start')
    call(leaf, 'start')
    turn_until('the way there', lambda: leaf.dup_document() == {'v': 1})
    call(leaf, 'set_document', Confsync.Document({'keys': {'url': 'u'}, 'v': 2}), 0)
    whole = {'keys': {'api': 'hunter2', 'url': 'u'}, 'v': 2}
    turn_until('the way back', lambda: hub.dup_document() == whole)
    assert store.live[0] == whole
    assert hub.props.hash == leaf.props.hash
    call(hub, 'set_value', '/keys/api', Confsync.Json('hunter2-new').to_node())
    turn_until('what is live', lambda: store.live[0]['keys']['api'] == 'hunter2-new')
    shared = hub.get_store()
    assert isinstance(shared, Confsync.LocalStore) and shared.get_store() == store
    versions = call(shared, 'list_versions')
    assert [call(shared, 'get_version', version.get_name()) for version in versions] == [
        {'keys': {'url': 'u'}, 'v': 2}, {'v': 1}]
    assert own in [revision.get_document() for revision, _ in store.kept.values()]
    call(leaf, 'stop')
    call(hub, 'stop')
    assert 'hunter2' not in str([vars(leaf.get_store())['kept'], leaf.get_store().state])
    with fails(Confsync.Error.INVALID_POINTER):
        Confsync.LocalStore.new(store, ['/zones/0'])


def test_files():
    """two files are kept the same over the transport of the examples, both ways"""
    with folder() as at:
        hub, leaf = (make_instance(name, None, listen=listen, peers=peers,
                                   store=Confsync.FileStore(path=str(at / f'{name}.json'),
                                                          base_dir=str(at / name)))
                     for name, listen, peers in (('hub', ['pipe:files'], ()),
                                                 ('leaf', (), ['pipe:files'])))
        call(hub, 'start')
        call(leaf, 'start')
        for n in range(20):
            call(hub, 'set_document', Confsync.Document({'n': n}), 0)
            turn_until('the way there', lambda: leaf.dup_document() == {'n': n})
            call(leaf, 'set_document', Confsync.Document({'n': n, 'back': True}), 0)
            turn_until('the way back', lambda: hub.dup_document() == {'n': n, 'back': True})
        call(leaf, 'stop')
        call(hub, 'stop')
        for name in ('hub', 'leaf'):
            assert json.loads((at / f'{name}.json').read_text()) == {'n': 19, 'back': True}


def test_conflict():
    """of two edits that did not know each other both survive, and the later counts, everywhere"""
    hub = make_instance('hub', UnionResolver(), listen=['pipe:conflict'])
    leaf = make_instance('leaf', UnionResolver())
    call(hub, 'start')
    call(leaf, 'start')
    call(hub, 'set_document', Confsync.Document({'hub': 1, 'both': 'hub'}), 0)
    call(leaf, 'set_document', Confsync.Document({'leaf': 1, 'both': 'leaf'}), 0)
    leaf.get_node().add_peer('pipe:conflict')
    merged = {'hub': 1, 'leaf': 1, 'both': 'leaf'}
    turn_until('agreement', lambda: hub.dup_document() == merged == leaf.dup_document())
    call(leaf, 'stop')
    call(hub, 'stop')


def side(content, actor, time):
    """an edit that knows nothing of another actor's"""
    stamp = Confsync.Stamp.new_from_json(Confsync.Json({
        'time': time, 'author': f'n{actor}', 'kind': 'edit', 'epoch': 0, 'floor': 0,
        'vector': {f'{actor:016x}': time}}))
    return Confsync.Revision.new(Confsync.Document(content), stamp)


def decide(resolver, base, local, remote):
    """(content, pointers overruled, pointers left open, remark)"""
    got = []
    resolver.decide_async(base, local, remote, None,
                          lambda source, result: got.append(source.decide_finish_full(result)))
    turn_until('a decision', lambda: got)
    document, *said = got[0]
    return document.to_python(), *said


def test_overruled():
    """a resolver says what it overruled, whichever side is the local one"""
    early = side({'a': 1, 'b/c': 1, 'same': [1]}, 1, 20)
    late = side({'a': 2, 'b/c': 2, 'same': [1], 'd': 3}, 2, 30)
    for sides in ((early, late), (late, early)):
        assert decide(UnionResolver(), None, *sides) == (
            {'a': 2, 'b/c': 2, 'same': [1], 'd': 3}, ['/a', '/b~1c'], [], None)
    assert not UnionResolver().needs_base()


def test_policy():
    """a policy asks a resolver in Python about its own place only, and leaves another one open"""
    class Person(GObject.Object, Confsync.Resolver):
        def do_resolve(self, conflict):
            conflict.decline('ask somebody')
    base = side({'u': {}, 'p': 0, 'k': 0}, 3, 1)
    local = side({'u': {'x': 1, 'both': 1}, 'p': 1, 'k': 1}, 1, 30)
    remote = side({'u': {'y': 2, 'both': 2}, 'p': 2, 'k': 0}, 2, 20)
    policy = Confsync.PolicyResolver.new(None)
    seen = []

    class Curious(UnionResolver):
        __gtype_name__ = 'CuriousResolver'

        def do_resolve(self, conflict):
            seen.append(conflict.get_local().get_document().to_python())
            super().do_resolve(conflict)
    assert policy.add_rule('/u', Curious()) and policy.add_rule('/p', Person())
    assert policy.dup_pointers() == ['/u', '/p']
    assert isinstance(policy.find_resolver('/u/x'), Curious) and policy.props.fallback is None
    assert policy.needs_base()
    content, overruled, left_open, remark = decide(policy, base, local, remote)
    assert seen == [{'u': {'x': 1, 'both': 1}}]
    # the example joins the members of the whole, and is not asked about those within
    assert content == {'u': {'x': 1, 'both': 1}, 'p': 1, 'k': 1}
    assert (overruled, left_open, remark) == (['/u'], ['/p'], None)
    with fails(Confsync.Error.BUSY, '/late'):
        policy.add_rule('/late', Person())
    with fails(Confsync.Error.INVALID_POINTER, 'fallback'):
        Confsync.PolicyResolver.new(None).add_rule('', Person())


def test_resolver_exception():
    """a resolver's exception declines: the local side stays, and somebody is told why"""
    class Undecided(GObject.Object, Confsync.Resolver):
        def do_resolve(self, conflict):
            raise RuntimeError('heads or tails')
    hub = make_instance('hub', Undecided(), listen=['pipe:undecided'])
    leaf = make_instance('leaf', Undecided(), peers=['pipe:undecided'])
    events = []
    for one in (hub, leaf):
        one.connect('event', lambda _, level, kind, details: events.append((kind, str(details))))
    call(leaf, 'start')
    call(hub, 'start')
    call(leaf, 'set_document', Confsync.Document({'side': 'leaf'}), 0)
    assert not hub.dup_document()
    with silent():
        call(hub, 'set_document', Confsync.Document({'side': 'hub'}), 0)
        turn_until('the reason', lambda: any('heads or tails' in text for _, text in events))
    assert hub.dup_document() == {'side': 'hub'} and leaf.dup_document() == {'side': 'leaf'}
    call(leaf, 'stop')
    call(hub, 'stop')


def test_nothing_stays():
    """what is stopped and let go of is gone: 20 instances leave nothing behind"""
    gone = []
    for n in range(20):
        hub = make_instance('hub', UnionResolver(), listen=[f'pipe:gone{n}'])
        gone.append(weakref.ref(hub.get_store() or hub))
        call(hub, 'start')
        call(hub, 'set_document', Confsync.Document({'n': n}), 0)
        call(hub, 'stop')
        del hub
    while GLib.MainContext.default().iteration(False):
        pass
    gc.collect()
    assert sum(one() is not None for one in gone) == 0, [one() for one in gone]


if __name__ == '__main__':
    sys.exit(main(dict(globals())))
