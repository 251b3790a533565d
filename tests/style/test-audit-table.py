# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: The confsync authors
#
# The message ids of the audit: one table in the code, the same in the page for people and in the
# journal's catalog, and no id of two events.
"""Usage: test-audit-table.py ROOT"""

import pathlib
import re
import sys

import tap

CODE = 'libconfsync/confsync-audit-record.c'
EVENTS = 'libconfsync/confsync-event.h'
PAGE = 'data/docs/audit.md'
CATALOG = 'data/journal/confsync.catalog'


def read_code(root):
    """Kind to id."""
    words = dict(re.findall(r'#define CONFSYNC_EVENT_(\w+) "([^"]+)"', (root / EVENTS).read_text()))
    return {words[name]: id_ for name, id_ in re.findall(
        r'{ CONFSYNC_EVENT_(\w+), "([0-9a-f]{32})" }', (root / CODE).read_text())}


def test_code(root):
    """each event has an id of its own, by RFC 4122's version 4"""
    table = read_code(root)
    assert len(table) >= 20 and len(set(table.values())) == len(table), table
    for id_ in table.values():
        assert id_[12] == '4' and id_[16] in '89ab', id_


def test_page(root):
    """the page has the same table"""
    rows = re.findall(r'^\| ([a-z ]+) \| `([0-9a-f]{32})` \| .+ \| .+ \|$',
                      (root / PAGE).read_text(), re.M)
    assert dict(rows) == read_code(root), set(rows) ^ set(read_code(root).items())


def test_catalog(root):
    """the catalog explains each, by fields that a record may have"""
    text = (root / CATALOG).read_text()
    entries = re.findall(r'^-- ([0-9a-f]{32})\nSubject: (.+)\nDefined-By: confsync\n\n(\S)', text,
                         re.M)
    assert sorted(entry[0] for entry in entries) == sorted(read_code(root).values())
    page = (root / PAGE).read_text()
    for field in re.findall('@(CONFSYNC_[A-Z_]+)@', text):
        name = field.removeprefix('CONFSYNC_').lower().replace('_', '-')
        assert f'`{name}`' in page, field


def main(root):
    tests = [test_code, test_page, test_catalog]
    return tap.run(tests, root)


if __name__ == '__main__':
    sys.exit(main(pathlib.Path(sys.argv[1])))
