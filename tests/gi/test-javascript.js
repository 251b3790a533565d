// SPDX-License-Identifier: LGPL-2.1-or-later
// SPDX-FileCopyrightText: The confsync authors
//
// The comforts of JavaScript: plain values, promises, and implementations that throw.

import Confsync from 'gi://Confsync?version=1';
import Gio from 'gi://Gio';
import GLib from 'gi://GLib';
import GObject from 'gi://GObject';

import {MapStore} from '../../introspection/examples/store.js';
import {assert, equal, fails, makeFolder, removeFolder, run, throws} from './tap.js';

const {Document, Json} = Confsync;
const parse = text => Document.new(new TextEncoder().encode(text), null);
const canonical = document => new TextDecoder().decode(
    document.get_json().to_canonical().toArray());

async function withManager(call, store = new Confsync.MemoryStore()) {
    const folder = makeFolder();
    const manager = new Confsync.Manager({store, base_dir: folder});

    try {
        await manager.start();
        await call(manager);
    } finally {
        await manager.stop();
        removeFolder(folder);
    }
}

const ThrowingStore = GObject.registerClass(class ThrowingStore extends MapStore {
    vfunc_get_version(name, task) {
        if (name === 'late')
            task.return_boolean(false);
        throw new TypeError(`no idea of ${name}`);
    }
});

const ThrowingTransport = GObject.registerClass({
    Implements: [Confsync.Transport],
}, class ThrowingTransport extends GObject.Object {
    vfunc_get_schemes() {
        return ['one', 'two'];
    }

    vfunc_dial(address) {
        if (address === 'one:refused')
            throw new GLib.Error(Gio.IOErrorEnum, Gio.IOErrorEnum.CONNECTION_REFUSED, address);
        throw new RangeError(address);
    }
});

const ThrowingChannel = GObject.registerClass(class ThrowingChannel extends Confsync.Channel {
    vfunc_send() {
        throw new Error('the line is cut');
    }

    vfunc_close() {}
});

await run({
    'plain values make the same round trip': () => {
        const value = {a: [1, 2.5, -0.5, 'ü\n"', null, true, {}], b: {c: {d: []}}, '': 1e-7};
        const document = Document.fromObject(value);

        equal(document.toObject(), value);
        assert(document.equal(parse(JSON.stringify(value))), 'as JSON.stringify() writes it');
        equal(JSON.stringify(document), JSON.stringify(value));
        equal(Json.fromValue([1, 'x']).toValue(), [1, 'x']);
        equal(Json.fromValue(document).toValue(), value);
    },
    'integers beyond 2^53 stay what they are': () => {
        const document = parse(
            '{"a":9007199254740993,"b":-9223372036854775808,"c":[9007199254740991]}');

        equal(document.toObject(), {a: 9007199254740993n, b: -(2n ** 63n), c: [9007199254740991]});
        assert(Document.fromObject(document.toObject()).equal(document), 'back again');
        equal(canonical(Document.fromObject({a: 2n ** 63n - 1n, b: 3n})),
            '{"a":9223372036854775807,"b":3}');
    },
    'numbers beyond 2^53 stay doubles': () => {
        const document = Document.fromObject({a: 1e20, b: 2 ** 60});

        equal(document.get_json().get_member('b').get_kind(), Confsync.JsonKind.DOUBLE);
        equal(document.toObject(), {a: 1e20, b: 2 ** 60});
    },
    'what JSON can not hold is refused by name': async () => {
        const self = {};
        self.self = self;
        assert(`${await throws(TypeError, () => Document.fromObject({a: {b: NaN}}))}`
            .includes('/a/b'), 'the place');
        await throws(TypeError, () => Document.fromObject({a: [undefined]}));
        await throws(TypeError, () => Document.fromObject({a: () => {}}));
        await throws(TypeError, () => Document.fromObject({a: Symbol('s')}));
        await throws(TypeError, () => Document.fromObject(self));
        await throws(RangeError, () => Document.fromObject({a: 2n ** 63n}));
        await fails(Confsync.Error, Confsync.Error.INVALID_DOCUMENT, () => Document.fromObject([]));
        await fails(Confsync.Error, Confsync.Error.INVALID_JSON,
            () => Document.fromObject({a: '\ud800'}));
        equal(canonical(Document.fromObject({a: undefined, b: new Date(0)})),
            '{"b":"1970-01-01T00:00:00.000Z"}');
    },
    'members are read from the document': () => {
        const document = parse('{"zones":{"kitchen":{"name":"K"}},"equal":1,"__proto__":{"x":1}}');

        equal(document.zones.kitchen.name, 'K');
        equal(document.nothing, undefined);
        assert(typeof document.equal === 'function', 'methods come first');
        equal(document.value.equal, 1);
        equal(Object.keys(document.toObject()), ['zones', 'equal', '__proto__']);
        equal({}.x, undefined);
        assert(document.zones === document.zones, 'read once');
    },
    'the value of a document is frozen, the object is your own': async () => {
        const document = parse('{"a":{"b":[1]}}');

        await throws(TypeError, () => document.a.b.push(2));
        document.toObject().a.b.push(2);
        equal(document.toObject(), {a: {b: [1]}});
    },
    'every pair is a promise': async () => {
        for (const type of [Confsync.Manager, Confsync.Node, Confsync.Store, Confsync.Transport]) {
            const pairs = Object.getOwnPropertyNames(type.prototype)
                .filter(name => name.endsWith('_async')).map(name => name.slice(0, -6));

            assert(pairs.length > 0, `pairs of ${type.name}`);
            for (const name of pairs)
                assert(typeof type.prototype[name] === 'function', `${type.name}.${name}()`);
        }
        const store = new Confsync.MemoryStore();
        equal(await store.load(), [null, null, 0]);
        equal(await store.list_versions(), []);
        equal((await store.load_async(null))[2], 0);
        await fails(Confsync.Error, Confsync.Error.NOT_FOUND, () => store.get_version('x'));
        const cancelled = new Gio.Cancellable();
        cancelled.cancel();
        await fails(Gio.IOErrorEnum, Gio.IOErrorEnum.CANCELLED,
            () => new Confsync.FileStore({path: '/nonexistent/a.json'}).load(cancelled));
    },
    'a manager is read and edited with plain values': () => withManager(async manager => {
        const seen = [];

        equal([manager.document, manager.get()], [null, undefined]);
        manager.connect('changed::/theme', (_, document) => seen.push(document.theme));
        await manager.replace({theme: 'dark', list: [1]});
        await manager.set('/theme', 'light');
        await manager.patch([{op: 'add', path: '/list/-', value: 9007199254740993n}]);
        equal(manager.get('/list'), [1, 9007199254740993n]);
        equal(manager.document.theme, 'light');
        equal(seen, ['dark', 'light']);
        await fails(Confsync.Error, Confsync.Error.NOT_FOUND, () => manager.get('/nothing'));
        await fails(Confsync.Error, Confsync.Error.EMPTY, () => manager.replace({}));
        await manager.replace({}, {allowEmpty: true});
        equal(manager.get(), {});
    }),
    'what a vfunc throws is the answer, at once': async () => {
        const before = GLib.get_monotonic_time();
        const error = await fails(Confsync.Error, Confsync.Error.PLUGIN,
            () => new ThrowingStore().get_version('x'));

        assert(/ThrowingStore.vfunc_get_version threw TypeError: no idea of x/
            .test(error.message) && /test-javascript\.js:\d+/.test(error.message), error.message);
        await fails(Confsync.Error, Confsync.Error.PLUGIN,
            () => new ThrowingStore().get_version('late'));
        assert(GLib.get_monotonic_time() - before < 5e6, 'long before the deadline');
    },
    'a class that overrides leaves its parent alone': async () => {
        await fails(Confsync.Error, Confsync.Error.NOT_FOUND,
            () => new MapStore().get_version('x'));
        await withManager(manager => manager.replace({a: 1}), new ThrowingStore());
    },
    'a transport throws, and gives its schemes': async () => {
        const transport = new ThrowingTransport();

        for (let i = 0; i < 100; i++)
            equal(transport.get_schemes(), ['one', 'two']);
        await fails(Gio.IOErrorEnum, Gio.IOErrorEnum.CONNECTION_REFUSED,
            () => transport.dial('one:refused'));
        await fails(Confsync.Error, Confsync.Error.PLUGIN, () => transport.dial('one:x'));
    },
    'a channel that throws is closed': () => {
        const channel = new ThrowingChannel();
        let reason = null;

        channel.connect('closed', (_, error) => (reason = error));
        channel.emit_opened('confsync.v1');
        channel.send(new TextEncoder().encode('x'));
        assert(reason?.matches(Confsync.Error, Confsync.Error.PLUGIN), reason);
        assert(/the line is cut/.test(reason.message), reason);
    },
    'errors match': async () => {
        const error = await fails(Confsync.Error, Confsync.Error.INVALID_JSON, () => parse('{'));

        assert(!error.matches(Confsync.Error, Confsync.Error.NOT_FOUND), 'another code');
        assert(!error.matches(Gio.IOErrorEnum, Confsync.Error.INVALID_JSON), 'another domain');
        assert(error instanceof Confsync.Error, 'instanceof');
    },
});
