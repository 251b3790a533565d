# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: The confsync authors
#
# What the typelib alone gives to Python: values, errors that match, and a store of one's own under
# a running manager. No comforts are used here: they have tests of their own.

import tempfile

import gi
gi.require_version('Confsync', '1')
from gi.repository import Confsync, GLib, GObject  # noqa: E402


class Store(GObject.Object, Confsync.Store):
    """Keeps everything in this object."""
    __gtype_name__ = 'BareStore'

    def __init__(self):
        super().__init__()
        self.live, self.stamp, self.state, self.versions = None, None, None, {}

    def do_load(self, task):
        Confsync.Store.return_loaded(task, self.live, self.stamp, 1)

    def do_save(self, revision, expected, task):
        self.live, self.stamp = revision.get_document(), revision.get_stamp()
        Confsync.Store.return_saved(task, None)

    def do_save_version(self, revision, cause, task):
        name = f'config_{len(self.versions)}.json'
        self.versions[name] = revision
        Confsync.Store.return_name(task, name)

    def do_list_versions(self, task):
        Confsync.Store.return_versions(task, [
            Confsync.Version.new(name, revision.get_stamp(), revision.get_hash(),
                                 Confsync.Cause.UNKNOWN, False)
            for name, revision in reversed(self.versions.items())])

    def do_get_version(self, name, task):
        if name in self.versions:
            Confsync.Store.return_document(task, self.versions[name].get_document())
        else:
            Confsync.task_return_failure(task, Confsync.Error.NOT_FOUND, f'no version {name}')

    def do_acknowledge(self, revision, task):
        task.return_boolean(True)

    def do_load_state(self, task):
        if self.state is not None:
            Confsync.Store.return_document(task, self.state)
        else:
            Confsync.task_return_failure(task, Confsync.Error.NOT_FOUND, 'nothing was noted yet')

    def do_save_state(self, state, task):
        self.state = state
        task.return_boolean(True)


def document(text):
    return Confsync.Document.new(GLib.Bytes.new(text.encode()), None)


def finish(source, name, *arguments):
    """Calls the asynchronous function of this name and waits for what it ends with."""
    loop, results = GLib.MainLoop(), []
    getattr(source, name + '_async')(*arguments, None, lambda _, result: (results.append(result),
                                                                        loop.quit()))
    loop.run()
    return getattr(source, name + '_finish')(results[0])


def test_values():
    text = document('{"b": [1, 2.5, "x"], "a": null}')
    assert text.get_json().to_canonical().get_data() == b'{"a":null,"b":[1,2.5,"x"]}'
    assert text.get_json().lookup('/b/2').dup_string() == 'x'
    assert text.get_json().get_kind() == Confsync.JsonKind.OBJECT
    merged, conflicts = text.get_json().merge(document('{"a":1}').get_json(),
                                              document('{"a":2}').get_json())
    assert conflicts == ['/a'] and merged.get_member('a').get_integer() == 1


def test_errors():
    try:
        document('[]')
    except GLib.Error as error:
        assert error.matches(Confsync.error_quark(), Confsync.Error.INVALID_DOCUMENT), error
    else:
        raise AssertionError('an array was taken for a configuration')


def test_store():
    store, seen = Store(), []
    with tempfile.TemporaryDirectory() as folder:
        manager = Confsync.Manager(store=store, base_dir=folder)
        manager.connect('changed', lambda _, value, author, local: seen.append((value, local)))
        finish(manager, 'start')
        finish(manager, 'set_document', document('{"theme":"dark"}'), Confsync.EditFlags.NONE)
        finish(manager, 'stop')
    assert seen and store.live.equal(document('{"theme":"dark"}'))
    versions = finish(store, 'list_versions')
    assert [version.get_name() for version in versions] == ['config_0.json']
    assert finish(store, 'get_version', 'config_0.json').equal(store.live)
    try:
        finish(store, 'get_version', 'other')
    except GLib.Error as error:
        assert error.matches(Confsync.error_quark(), Confsync.Error.NOT_FOUND), error


def test_tls():
    tls, pin = Confsync.Tls(), 'ab' * 32
    assert not tls.has_pins() and tls.get_certificate() is None
    assert tls.add_pin('kitchen=SHA256:' + pin.upper()) and tls.dup_pins() == [pin]
    assert Confsync.Tls.parse_pin('kitchen=' + pin) == (pin, 'kitchen')
    for wrong in (lambda: tls.add_pin('abc'), lambda: tls.check_peer(None, 0),
                  lambda: tls.load_identity('/nonexistent/a', '/nonexistent/b')):
        try:
            wrong()
        except GLib.Error:
            continue
        raise AssertionError('taken for granted')
    node = Confsync.Node(tls=tls)
    assert node.props.tls is tls and not tls.is_mutual()


if __name__ == '__main__':
    tests = [value for name, value in list(globals().items()) if name.startswith('test_')]
    print(f'1..{len(tests)}', flush=True)
    for number, test in enumerate(tests, 1):
        test()
        print(f'ok {number} {test.__name__}', flush=True)
