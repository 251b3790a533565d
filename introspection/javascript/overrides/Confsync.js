// SPDX-License-Identifier: LGPL-2.1-or-later
// SPDX-FileCopyrightText: The confsync authors
//
// What makes the library comfortable in JavaScript. gjs runs it when Confsync is first imported:
//
// - plain values: Document.fromObject(), toObject(), .value; Json.fromValue(), toValue(); a
//   member is also read from the document itself, doc.zones.kitchen
// - promises: each start_async()/start_finish() is also start(), and manager.get(), set(), ...
// - conflicts: manager.conflicts, their sides as plain values, and manager.resolve(id, 'ours')
// - implementations: what a vfunc throws is the answer to whoever called it
// - validation: what a validator or a handler of 'validate' throws is a refusal
//
// It takes what it wraps from the typelib, so that nothing here lists functions by name.

const {Gio, GLib, GObject} = imports.gi;

const EXACT = Number.MAX_SAFE_INTEGER;
const INT64_MIN = -(2n ** 63n), INT64_MAX = 2n ** 63n - 1n;
// a run of digits long enough for an integer that a number can't hold
const LONG_DIGITS = /[0-9]{16}/;
const encoder = new TextEncoder(), decoder = new TextDecoder();

let Confsync;
const values = new WeakMap();

// plain values to JSON text

function numberText(value, path) {
    if (!Number.isFinite(value))
        throw new TypeError(`${path || 'the value'} is ${value}, which JSON can't hold`);
    // with an exponent, or it would be read as an integer
    return Number.isInteger(value) && Math.abs(value) > EXACT
        ? value.toExponential() : JSON.stringify(value);
}

function bigintText(value, path) {
    if (value < INT64_MIN || value > INT64_MAX)
        throw new RangeError(`${path || 'the value'} is ${value}n, beyond 64 bits`);
    return value.toString();
}

function objectText(value, path, above) {
    const items = [];

    for (const name of Object.keys(value)) {
        // as JSON.stringify() does it
        if (value[name] !== undefined)
            items.push(`${JSON.stringify(name)}:${text(value[name], `${path}/${name}`, above)}`);
    }
    return `{${items.join()}}`;
}

function text(value, path = '', above = []) {
    if (value instanceof Confsync.Json || value instanceof Confsync.Document)
        return decoder.decode(toJson(value).to_compact().toArray());
    if (value !== null && typeof value === 'object' && typeof value.toJSON === 'function')
        value = value.toJSON();
    switch (typeof value) {
    case 'number':
        return numberText(value, path);
    case 'bigint':
        return bigintText(value, path);
    case 'string':
    case 'boolean':
        return JSON.stringify(value);
    case 'object':
        break;
    default:
        throw new TypeError(`${path || 'the value'} is of type ${typeof value}, not one of JSON's`);
    }
    if (value === null)
        return 'null';
    if (above.includes(value))
        throw new TypeError(`${path} contains itself`);
    above = [...above, value];
    return Array.isArray(value)
        ? `[${Array.from(value, (item, i) => text(item, `${path}/${i}`, above)).join()}]`
        : objectText(value, path, above);
}

function toJson(value) {
    if (value instanceof Confsync.Json)
        return value;
    if (value instanceof Confsync.Document)
        return value.get_json();
    return Confsync.Json.parse(encoder.encode(text(value)), null);
}

function toDocument(value) {
    return value instanceof Confsync.Document
        ? value : Confsync.Document.new_from_json(toJson(value));
}

// and back

// one value after the other, for what JSON.parse() would round
function exactly(json) {
    const kinds = Confsync.JsonKind;
    const collect = take => Array.from({length: json.get_length()}, (_, i) => take(i));

    switch (json.get_kind()) {
    case kinds.INTEGER: {
        const digits = decoder.decode(json.to_canonical().toArray());
        return Number.isSafeInteger(Number(digits)) ? Number(digits) : BigInt(digits);
    }
    case kinds.ARRAY:
        return collect(i => exactly(json.get_element(i)));
    case kinds.OBJECT:
        return Object.fromEntries(collect(i => json.dup_member_name(i)).map(
            name => [name, exactly(json.get_member(name))]));
    default:
        return JSON.parse(decoder.decode(json.to_canonical().toArray()));
    }
}

function fromJson(json) {
    const written = decoder.decode(json.to_compact().toArray());

    return LONG_DIGITS.test(written) ? exactly(json) : JSON.parse(written);
}

function freeze(value) {
    if (value !== null && typeof value === 'object')
        Object.values(Object.freeze(value)).forEach(freeze);
    return value;
}

function frozen(document) {
    if (!values.has(document))
        values.set(document, freeze(fromJson(document.get_json())));
    return values.get(document);
}

// Stands above the prototype of documents: what they have no method of that name for is a member.
const members = {
    get: (target, name, document) => typeof name === 'string' && !(name in target) &&
        Object.hasOwn(frozen(document), name)
        ? frozen(document)[name] : Reflect.get(target, name, document),
};

function initValues() {
    const {Document, Json} = Confsync;

    Json.fromValue = toJson;
    Json.prototype.toValue = function () {
        return fromJson(this);
    };
    Document.fromObject = toDocument;
    Document.prototype.toObject = function () {
        return fromJson(this.get_json());
    };
    Document.prototype.toJSON = Document.prototype.toObject;
    Object.defineProperty(Document.prototype, 'value', {get() {
        return frozen(this);
    }});
    Object.setPrototypeOf(Document.prototype, new Proxy(Object.prototype, members));
}

// promises

function finished(result) {
    // true says only that there was no error
    if (result === true)
        return undefined;
    if (!Array.isArray(result) || result[0] !== true)
        return result;
    return result.length === 2 ? result[1] : result.slice(1);
}

function promise(source, begin, end, args) {
    // the cancellable may be left out
    if (args.length === begin.length - 2)
        args = [...args, null];
    return new Promise((resolve, reject) => begin.call(source, ...args, (_, result) => {
        try {
            resolve(finished(end.call(source, result)));
        } catch (error) {
            reject(error);
        }
    }));
}

function initPromises(type) {
    for (const name of Object.getOwnPropertyNames(type.prototype)) {
        const stem = name.endsWith('_async') ? name.slice(0, -6) : null;

        if (stem === null || typeof type.prototype[`${stem}_finish`] !== 'function')
            continue;
        const begin = type.prototype[name], end = type.prototype[`${stem}_finish`];
        type.prototype[name] = function (...args) {
            return typeof args.at(-1) === 'function'
                ? begin.apply(this, args) : promise(this, begin, end, args);
        };
        if (!(stem in type.prototype)) {
            type.prototype[stem] = function (...args) {
                return promise(this, begin, end, args);
            };
        }
    }
}

// conflicts

// 'ours', 'theirs', 'merge', or {value: ...}
function toChoice(choice) {
    const {OURS, THEIRS, MERGE, VALUE} = Confsync.Choice;
    const names = {ours: OURS, theirs: THEIRS, merge: MERGE};

    if (Object.hasOwn(names, choice))
        return [names[choice], null];
    if (choice !== null && typeof choice === 'object' && 'value' in choice)
        return [VALUE, toJson(choice.value)];
    throw new TypeError("a conflict is settled by 'ours', 'theirs', 'merge' or {value: ...}");
}

// a side that isn't there is undefined
function initConflicts() {
    const side = getter => ({get() {
        const json = this[getter]();

        return json ? fromJson(json) : undefined;
    }});

    Object.defineProperties(Confsync.OpenConflict.prototype, {
        id: {get() {
            return this.get_id();
        }},
        pointer: {get() {
            return this.get_pointer();
        }},
        reason: {get() {
            return this.get_reason();
        }},
        base: side('get_base'),
        ours: side('get_ours'),
        theirs: side('get_theirs'),
    });
}

function initPast() {
    const get = getter => ({get() {
        return this[getter]();
    }});
    const value = getter => ({get() {
        const json = this[getter]();

        return json ? fromJson(json) : undefined;
    }});
    const ofStamp = (getter, find) => ({get() {
        return find(this)?.get_stamp()?.[getter]();
    }});

    Object.defineProperties(Confsync.Version.prototype, {
        name: get('get_name'),
        author: ofStamp('get_author', self => self),
        time: ofStamp('get_time', self => self),
        hash: get('get_hash'),
        cause: {get() {
            return Confsync.cause_to_string(this.get_cause());
        }},
        size: get('get_size'),
        acknowledged: get('is_acknowledged'),
    });
    // what isn't there is undefined
    Object.defineProperties(Confsync.Explanation.prototype, {
        pointer: get('get_pointer'),
        version: get('get_version'),
        author: ofStamp('get_author', self => self.get_version()),
        time: ofStamp('get_time', self => self.get_version()),
        value: value('get_value'),
        previousVersion: get('get_previous_version'),
        previousValue: value('get_previous_value'),
        exact: get('is_exact'),
    });
}

function initManager() {
    const {Manager, EditFlags} = Confsync;
    const edit = ({allowEmpty = false} = {}) => allowEmpty ? EditFlags.ALLOW_EMPTY : EditFlags.NONE;
    const {patch, resolve, rollback} = Manager.prototype;

    Object.defineProperty(Manager.prototype, 'document', {get() {
        return this.dup_document();
    }});
    Object.defineProperty(Manager.prototype, 'conflicts', {get() {
        return this.list_conflicts();
    }});
    Object.assign(Manager.prototype, {
        // without an id (null) it is the only one; gives {hash, oursAt}
        async resolve(id, choice, options) {
            const [hash, oursAt] =
                await resolve.call(this, id, ...toChoice(choice), edit(options), null);

            return {hash, oursAt};
        },
        rollback(name, options) {
            return rollback.call(this, name, edit(options), null);
        },
        get(pointer = '') {
            const document = this.dup_document();

            return document ? fromJson(document.get_json().lookup(pointer)) : undefined;
        },
        set(pointer, value) {
            return this.patch([{op: 'add', path: pointer, value}]);
        },
        replace(value, options) {
            return this.set_document(toDocument(value), edit(options), null);
        },
        patch(operations, ...more) {
            return patch.call(this, toJson(operations), ...more);
        },
    });
}

// implementations

function toError(error, where) {
    if (error instanceof GLib.Error)
        return error;
    const place = String(error?.stack ?? '').split('\n')[0].split('@').at(-1);
    return new GLib.Error(Confsync.Error, Confsync.Error.PLUGIN,
        `${where} threw ${error}${place ? ` (${place})` : ''}`);
}

// tells whoever waits; says whether there was somebody
function answerFailure(object, args, error) {
    const task = args.find(arg => arg instanceof Gio.Task);
    const conflict = args.find(arg => arg instanceof Confsync.Conflict);

    if (task)
        Confsync.task_break_off(task, error);
    else if (conflict)
        conflict.decline(error.message);
    else if (object instanceof Confsync.Channel)
        object.emit_closed(error);
    return task || conflict || object instanceof Confsync.Channel;
}

// What a validator, or a handler of a manager's 'validate', throws or gives is the reason; nothing
// is none. An Error says what is wrong with a document, anything like a TypeError is a fault.
function reasonOf(where, call) {
    try {
        const reason = call();

        return reason === undefined || reason === null || reason === true ? null : String(reason);
    } catch (error) {
        return error?.constructor === Error || error instanceof GLib.Error
            ? error.message : toError(error, where).message;
    }
}

function guardValidate(where, implementation) {
    return function (document) {
        const reason = reasonOf(where, () => implementation.call(this, own(document)));

        if (reason !== null)
            throw new GLib.Error(Confsync.Error, Confsync.Error.REFUSED, reason);
        return true;
    };
}

function initValidation() {
    const {Manager} = Confsync;

    for (const name of ['connect', 'connect_after']) {
        const connect = Manager.prototype[name];

        Manager.prototype[name] = function (signal, callback) {
            const asked = (...args) => reasonOf('a handler of validate', () => callback(...args));

            return connect.call(this, signal, signal === 'validate' ? asked : callback);
        };
    }
}

// gjs lends boxed arguments for the time of the call only, and does not see who keeps them
function own(arg) {
    return arg && !(arg instanceof GObject.Object) && typeof arg.ref === 'function'
        ? arg.ref() : arg;
}

function guard(where, implementation) {
    return function (...lent) {
        const args = lent.map(own);
        const fail = error => {
            error = toError(error, where);
            if (!answerFailure(this, args, error))
                throw error;
        };

        try {
            const result = implementation.apply(this, args);

            // an async function: nobody looks at its promise but us
            if (result instanceof Promise)
                return void result.catch(fail);
            return result;
        } catch (error) {
            return fail(error);
        }
    };
}

// Before a class of ours is registered: guards its vfuncs, and lists the interfaces again that it
// overrides functions of, or it would change those of its parent class.
function prepareClass(type, interfaces) {
    const parent = Object.getPrototypeOf(type);
    const listed = Object.hasOwn(type, GObject.interfaces) ? type[GObject.interfaces] : [];
    const inherited = interfaces.filter(known => GObject.type_is_a(parent, known));
    const ours = inherited.length > 0 || listed.some(known => interfaces.includes(known)) ||
        [Confsync.Channel, Confsync.Listener].some(known => GObject.type_is_a(parent, known));
    const vfuncs = Object.getOwnPropertyNames(type.prototype).filter(
        name => name.startsWith('vfunc_') && typeof type.prototype[name] === 'function');

    if (!ours || vfuncs.length === 0)
        return;
    for (const name of vfuncs) {
        const around = name === 'vfunc_validate' ? guardValidate : guard;

        type.prototype[name] = around(`${type.name}.${name}`, type.prototype[name]);
    }
    if (inherited.length > 0)
        type[GObject.interfaces] = [...new Set([...listed, ...inherited])];
}

function initClasses(interfaces) {
    const {_classInit} = GObject.Object;

    GObject.Object._classInit = function (type) {
        prepareClass(type, interfaces);
        return _classInit.call(this, type);
    };
}

function _init() {
    Confsync = this;
    const types = Object.getOwnPropertyNames(Confsync).map(name => Confsync[name])
        .filter(type => type?.$gtype && type.prototype);
    const isA = (type, base) => GObject.type_is_a(type.$gtype, base);

    types.filter(type => isA(type, GObject.TYPE_OBJECT) || isA(type, GObject.TYPE_INTERFACE))
        .forEach(initPromises);
    initValues();
    initConflicts();
    initPast();
    initManager();
    initValidation();
    initClasses(types.filter(type => isA(type, GObject.TYPE_INTERFACE)));
}
