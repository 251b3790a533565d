# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: The confsync authors
#
# Documents and JSON values as Python's own: nothing comes back as another value than it went in.

import collections
import json
import math
import random
import struct
import sys
import types

from tap import Confsync, GLib, fails, main, raises

TREE = {'zones': {'kitchen': {'on': True, 'heat': 21.5}, 'hall': {}}, 'list': [1, 'two', None, []],
        'name': 'Küche 🍳', 'empty': '', 'zero': 0}


def exact(value):
    """What tells 1 from 1.0 and from True, and 0.0 from -0.0."""
    if isinstance(value, dict):
        return {name: exact(member) for name, member in value.items()}
    if isinstance(value, list):
        return [exact(element) for element in value]
    if isinstance(value, float):
        return ('float', struct.pack('>d', value))
    return (type(value).__name__, value)


def round_trip(value):
    return Confsync.Document({'v': value}).to_python()['v']


def random_value(source, depth=0):
    kind = source.randrange(9 if depth < 4 else 7)
    if kind == 0:
        return source.choice([None, True, False])
    if kind in (1, 2):
        return source.randrange(-2**63, 2**63) >> source.randrange(64)
    if kind in (3, 4):
        number = struct.unpack('>d', source.randbytes(8))[0]
        return number if math.isfinite(number) else 0.5
    if kind in (5, 6):
        return ''.join(chr(source.choice([source.randrange(1, 128), source.randrange(0xa0, 0xd800),
                                          source.randrange(0x10000, 0x110000)]))
                       for _ in range(source.randrange(8)))
    if kind == 7:
        return [random_value(source, depth + 1) for _ in range(source.randrange(5))]
    return {str(random_value(source, 9))[:20]: random_value(source, depth + 1)
            for _ in range(source.randrange(5))}


def test_there_and_back():
    """2,000 random values come back exactly, type by type and bit by bit"""
    source = random.Random(20261125)
    for _ in range(2000):
        value = random_value(source)
        assert exact(round_trip(value)) == exact(value), ascii(value)


def test_numbers():
    """the ends of the ranges are exact"""
    for value in (2**63 - 1, -2**63, 2**53 + 1, 0, -0.0, 1.0, 1e300, 5e-324, 1e20, 1e22,
                  1.7976931348623157e308, 0.1, 1e-7, True, False, None):
        assert exact(round_trip(value)) == exact(value), value


def test_refused():
    """what JSON can't hold is refused, and the place is named"""
    with raises(OverflowError, '/a/1', '9223372036854775808', '64 bits'):
        Confsync.Document({'a': [0, 2**63]})
    with raises(OverflowError, '/v'):
        Confsync.Document({'v': -2**63 - 1})
    with raises(ValueError, '/a~1b/c~0d', 'surrogate'):
        Confsync.Document({'a/b': {'c~d': '\ud83c'}})
    with raises(ValueError, 'surrogate'):
        Confsync.Document({'\udf73': 1})
    with raises(ValueError, '/v', 'NUL'):
        Confsync.Document({'v': 'a\0b'})
    for number in (math.nan, math.inf, -math.inf):
        with raises(ValueError, '/v', str(number)):
            Confsync.Document({'v': number})
    for thing, name in ((set(), 'set'), (b'bytes', 'bytes'), (1j, 'complex'), (object(), 'object')):
        with raises(TypeError, '/v', name):
            Confsync.Document({'v': thing})
    for name in (1, None, True, 1.5, ('a',)):
        with raises(TypeError, 'no string'):
            Confsync.Document({name: 1})
    for root in ([1], 'text', 5):
        with raises(TypeError, 'a configuration is a dict'):
            Confsync.Document(root)


def test_endless():
    """what contains itself, or is nested without end, is refused and not followed"""
    ring = {}
    ring['ring'] = [ring]
    with raises(ValueError, '/ring/0', 'contains itself'):
        Confsync.Document(ring)
    deep = []
    for _ in range(100000):
        deep = [deep]
    with raises(ValueError, 'nested'):
        Confsync.Json(deep)
    shared = {'a': 1}
    assert Confsync.Document({'x': shared, 'y': shared}) == {'x': {'a': 1}, 'y': {'a': 1}}
    with fails(Confsync.Error.TOO_LARGE):
        nested = {}
        for _ in range(80):
            nested = {'n': nested}
        Confsync.Document(nested)


def test_what_passes_for_a_dict():
    """mappings, tuples and our own values may be inside"""
    inner = Confsync.Document({'a': [1, 2.0]})
    value = {'m': types.MappingProxyType({'x': 1}), 'o': collections.OrderedDict(y=2), 't': (1, 2),
             'd': inner, 'j': inner['a']}
    assert Confsync.Document(value).to_python() == {'m': {'x': 1}, 'o': {'y': 2}, 't': [1, 2],
                                                    'd': {'a': [1, 2.0]}, 'j': [1, 2.0]}
    assert Confsync.Document(inner) is inner
    assert Confsync.Document(inner.get_json()) == inner
    assert Confsync.Document() == {}


def test_reads():
    """a document reads like a dict, and its arrays like lists"""
    document = Confsync.Document(TREE)
    assert document['zones']['kitchen']['heat'] == 21.5
    assert document['zones']['kitchen']['on'] is True
    assert document['name'] == 'Küche 🍳'
    assert len(document) == len(TREE) and set(document) == set(TREE)
    assert 'zones' in document and 'zone' not in document and 5 not in document
    assert set(document.keys()) == set(TREE)
    assert document.get('zones').get('attic', 7) == 7 and document.get('nothing') is None
    assert {name: value.to_python() for name, value in document['zones'].items()} == TREE['zones']
    assert [value.to_python() for value in document['zones'].values()] == \
        [TREE['zones'][name] for name in document['zones']]
    assert set(dict(document)) == set(TREE) and dict(document)['zero'] == 0
    assert document.to_python() == TREE and {**document['zones']}.keys() == TREE['zones'].keys()


def test_arrays():
    """numbers from both ends, slices, iteration, what is in it"""
    array = Confsync.Document(TREE)['list']
    assert len(array) == 4 and array[0] == 1 and array[-3] == 'two' and array[2] is None
    assert array[3] == [] and not array[3] and len(array[3]) == 0
    assert array[1:] == ['two', None, []] and array[::-2] == [[], 'two']
    assert [element for element in array][:3] == [1, 'two', None]
    assert 'two' in array and None in array and 'three' not in array
    for index in (4, -5):
        with raises(IndexError, str(index)):
            array[index]
    with raises(TypeError):
        array['one']
    with raises(TypeError):
        array[True]
    assert array.get(9, 'none') == 'none'


def test_missing():
    """what isn't there is a KeyError; a scalar holds nothing"""
    document = Confsync.Document(TREE)
    for name in ('nothing', 'zones\0', '', 5, None):
        with raises(KeyError):
            document[name]
    with raises(TypeError, 'integer'):
        Confsync.Json(5)['a']
    with raises(TypeError):
        len(Confsync.Json('text'))


def test_equality():
    """JSON's equality: 1 is 1.0 but not true, and order counts in arrays only"""
    document = Confsync.Document({'a': 1, 'b': [1, 2]})
    assert document == {'b': [1, 2], 'a': 1.0}
    assert document == Confsync.Document({'a': 1, 'b': [1, 2]})
    assert document != {'a': True, 'b': [1, 2]} and document != {'a': 1, 'b': [2, 1]}
    assert document != 'text' and document != None and document != object()  # noqa: E711
    assert {'a': 1, 'b': [1, 2]} == document and not {'a': 2} == document
    assert hash(document) == hash(Confsync.Document({'b': [1.0, 2.0], 'a': 1}))
    assert Confsync.Json(1) == 1 and Confsync.Json(1) != True  # noqa: E712
    assert len({document, Confsync.Document({'a': 1, 'b': [1, 2]}), Confsync.Document({})}) == 2


def test_truth():
    """a value is as true as Python's"""
    for value in (0, 0.0, '', None, False, [], {}, 1, 'a', True, [0], {'a': 0}):
        assert bool(Confsync.Json(value)) == bool(value), value
    assert not Confsync.Document({}) and Confsync.Document({'a': 0})


def test_silent():
    """what a configuration holds is in no traceback and in no log"""
    document = Confsync.Document({'key': 'hunter2', 'list': ['hunter2']})
    for value in (document, document['list'], document.get_json()):
        assert 'hunter2' not in repr(value) and 'hunter2' not in str(value)


def test_order():
    """members keep their order in the text, whatever the order of the canonical form"""
    text = Confsync.Document({'z': 1, 'a': 2}).get_text().get_data()
    assert list(json.loads(text)) == ['z', 'a'], text


def test_errors():
    """errors match by domain and code"""
    with fails(Confsync.Error.INVALID_JSON, 'line 1'):
        Confsync.Json.parse(GLib.Bytes.new(b'{"a":01}'), None)
    with fails(Confsync.Error.NOT_FOUND):
        Confsync.Json({'a': 1}).lookup('/b')
    with fails(Confsync.Error.INVALID_POINTER):
        Confsync.Json({'a': 1}).lookup('b')
    error = Confsync.new_error(Confsync.Error.REFUSED, 'not you')
    assert error.matches(Confsync.error_quark(), Confsync.Error.REFUSED)
    assert not error.matches(Confsync.error_quark(), Confsync.Error.BUSY)


def test_library_functions():
    """what the library makes has the same manners"""
    before, after = Confsync.Json({'a': 1}), Confsync.Json({'a': 2})
    patch = before.diff(after)
    assert patch == [{'op': 'replace', 'path': '/a', 'value': 2}]
    assert before.patch(patch) == {'a': 2}
    assert after.lookup('/a') == 2
    assert Confsync.Json({'a': 1, 'b': 1}).get_member('b') == 1


if __name__ == '__main__':
    sys.exit(main(dict(globals())))
