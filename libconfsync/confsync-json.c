/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * ConfsyncJson: a place on a tape, with the tape. Here are its life and its accessors; reading,
 * writing, comparing and changing have files of their own.
 */

#include "config.h"

#include "confsync-json.h"
#include "confsync-tape-private.h"

#include <stdatomic.h>

#define INT64_LIMIT 9223372036854775808.0

struct _ConfsyncJson
{
  ConfsyncTape *tape; /* (owned) */
  guint32 at;

  /* The last child that was asked for by number, as (number << 32 | cell), so that counting up
   * takes one step each. It's a hint: any value that was ever stored is right. */
  _Atomic guint64 last;
};

G_DEFINE_BOXED_TYPE (ConfsyncJson, confsync_json, confsync_json_ref, confsync_json_unref)

static void
confsync_json_clear (gpointer data)
{
  ConfsyncJson *self = data;

  confsync_tape_unref (self->tape);
}

static ConfsyncJson *
new_at (ConfsyncTape *tape, guint32 at)
{
  ConfsyncJson *self = g_atomic_rc_box_new (ConfsyncJson);

  self->tape = tape;
  self->at = at;
  atomic_init (&self->last, at + 1);
  return self;
}

ConfsyncJson *
confsync_json_new_take (ConfsyncTape *tape)
{
  return new_at (tape, 0);
}

ConfsyncJson *
confsync_json_new_at (ConfsyncCursor cursor)
{
  return new_at (confsync_tape_ref ((ConfsyncTape *) cursor.tape), cursor.at);
}

ConfsyncCursor
confsync_json_get_cursor (const ConfsyncJson *self)
{
  return (ConfsyncCursor){ self->tape, self->at };
}

/**
 * confsync_json_ref:
 * @self: a value
 *
 * Takes a reference. May be called from any thread.
 *
 * Returns: (transfer full): @self
 *
 * Since: 1.0
 */
ConfsyncJson *
confsync_json_ref (ConfsyncJson *self)
{
  return g_atomic_rc_box_acquire (self);
}

/**
 * confsync_json_unref:
 * @self: (transfer full): a value
 *
 * Drops a reference. May be called from any thread.
 *
 * Since: 1.0
 */
void
confsync_json_unref (ConfsyncJson *self)
{
  g_atomic_rc_box_release_full (self, confsync_json_clear);
}

/**
 * confsync_json_get_kind:
 * @self: a value
 *
 * Gets what kind of value this is. Whether a number counts as integer or double depends on how it
 * was written; [method@Confsync.Json.equal] makes no difference between `1` and `1.0`.
 *
 * Returns: the kind
 *
 * Since: 1.0
 */
ConfsyncJsonKind
confsync_json_get_kind (ConfsyncJson *self)
{
  g_return_val_if_fail (self != NULL, CONFSYNC_JSON_NULL);

  return (ConfsyncJsonKind) confsync_cursor_kind (confsync_json_get_cursor (self));
}

/**
 * confsync_json_get_boolean:
 * @self: a value
 *
 * Gets the value of a boolean.
 *
 * Returns: the value; %FALSE where @self is no boolean
 *
 * Since: 1.0
 */
gboolean
confsync_json_get_boolean (ConfsyncJson *self)
{
  g_return_val_if_fail (self != NULL, FALSE);

  return confsync_json_get_kind (self) == CONFSYNC_JSON_BOOLEAN &&
         confsync_cursor_cell (confsync_json_get_cursor (self))->integer != 0;
}

/**
 * confsync_json_get_integer:
 * @self: a value
 *
 * Gets the value of a number that is an integer, however it is written: `3`, `3.0`, `3e0`.
 *
 * Returns: the value; 0 where @self is no number, has a fraction, or is out of range
 *
 * Since: 1.0
 */
gint64
confsync_json_get_integer (ConfsyncJson *self)
{
  const ConfsyncCell *cell;

  g_return_val_if_fail (self != NULL, 0);

  cell = confsync_cursor_cell (confsync_json_get_cursor (self));
  if (cell->kind == CONFSYNC_JSON_INTEGER)
    return cell->integer;
  if (cell->kind != CONFSYNC_JSON_DOUBLE)
    return 0;
  if (cell->number < -INT64_LIMIT || cell->number >= INT64_LIMIT)
    return 0;
  return (double) (gint64) cell->number == cell->number ? (gint64) cell->number : 0;
}

/**
 * confsync_json_get_double:
 * @self: a value
 *
 * Gets the value of a number; that of a large integer is rounded to the nearest double.
 *
 * Returns: the value; 0 where @self is no number
 *
 * Since: 1.0
 */
double
confsync_json_get_double (ConfsyncJson *self)
{
  const ConfsyncCell *cell;

  g_return_val_if_fail (self != NULL, 0);

  cell = confsync_cursor_cell (confsync_json_get_cursor (self));
  if (cell->kind == CONFSYNC_JSON_INTEGER)
    return (double) cell->integer;
  return cell->kind == CONFSYNC_JSON_DOUBLE ? cell->number : 0;
}

/**
 * confsync_json_get_string: (skip)
 * @self: a value
 * @length: (out): the string's length in bytes
 *
 * Gets the UTF-8 bytes of a string without copying them. No NUL ends them.
 *
 * Returns: (nullable) (transfer none): the bytes, as long as @self lives; %NULL, and a length of 0,
 *   where @self is no string
 *
 * Since: 1.0
 */
const char *
confsync_json_get_string (ConfsyncJson *self, gsize *length)
{
  g_return_val_if_fail (self != NULL && length != NULL, NULL);

  *length = 0;
  if (confsync_json_get_kind (self) != CONFSYNC_JSON_STRING)
    return NULL;
  return confsync_cursor_text (confsync_json_get_cursor (self), length);
}

/**
 * confsync_json_dup_string:
 * @self: a value
 *
 * Gets a copy of a string. It has no NUL inside: the reader refuses `\u0000`.
 *
 * Returns: (nullable) (transfer full): the string; %NULL where @self is none
 *
 * Since: 1.0
 */
char *
confsync_json_dup_string (ConfsyncJson *self)
{
  const char *text;
  gsize length;

  g_return_val_if_fail (self != NULL, NULL);

  text = confsync_json_get_string (self, &length);
  if (confsync_json_get_kind (self) != CONFSYNC_JSON_STRING)
    return NULL;
  return length > 0 ? g_strndup (text, length) : g_strdup ("");
}

/**
 * confsync_json_get_length:
 * @self: a value
 *
 * Counts the members of an object or the elements of an array.
 *
 * Returns: the number; 0 for other values
 *
 * Since: 1.0
 */
guint
confsync_json_get_length (ConfsyncJson *self)
{
  g_return_val_if_fail (self != NULL, 0);

  return confsync_cursor_length (confsync_json_get_cursor (self));
}

/* the @index-th child in document order: an element, or the name of a member */
static ConfsyncCursor
find_child (ConfsyncJson *self, guint index)
{
  gboolean members = confsync_json_get_kind (self) == CONFSYNC_JSON_OBJECT;
  guint64 last = self->last;
  ConfsyncCursor child = { self->tape, (guint32) last };
  guint at = (guint) (last >> 32);

  if (index < at)
    {
      child = confsync_cursor_first (confsync_json_get_cursor (self));
      at = 0;
    }
  for (; at < index; at++)
    child = members ? confsync_cursor_next_name (child) : confsync_cursor_after (child);
  self->last = (guint64) index << 32 | child.at;
  return child;
}

/**
 * confsync_json_get_element:
 * @self: an array
 * @index: the element's number, from 0
 *
 * Gets an element of an array. Going through all of them in order takes one step each; a jump takes
 * as many steps as it is long.
 *
 * Returns: (nullable) (transfer full): the element; %NULL where @self is no array or is shorter
 *
 * Since: 1.0
 */
ConfsyncJson *
confsync_json_get_element (ConfsyncJson *self, guint index)
{
  g_return_val_if_fail (self != NULL, NULL);

  if (confsync_json_get_kind (self) != CONFSYNC_JSON_ARRAY)
    return NULL;
  if (index >= confsync_json_get_length (self))
    return NULL;
  return confsync_json_new_at (find_child (self, index));
}

/**
 * confsync_json_get_member:
 * @self: an object
 * @name: a member's name
 *
 * Gets a member's value. Cost: logarithmic in the number of members, for any names.
 *
 * Returns: (nullable) (transfer full): the value; %NULL where @self is no object or has no such
 *   member
 *
 * Since: 1.0
 */
ConfsyncJson *
confsync_json_get_member (ConfsyncJson *self, const char *name)
{
  ConfsyncCursor found;

  g_return_val_if_fail (self != NULL && name != NULL, NULL);

  if (confsync_json_get_kind (self) != CONFSYNC_JSON_OBJECT)
    return NULL;
  if (!confsync_cursor_find (confsync_json_get_cursor (self), name, strlen (name), &found))
    return NULL;
  return confsync_json_new_at (confsync_cursor_value (found));
}

/**
 * confsync_json_get_member_name: (skip)
 * @self: an object
 * @index: the member's number in document order, from 0
 * @length: (out): the name's length in bytes
 *
 * Gets the name of a member without copying it. No NUL ends it. Cost as for
 * [method@Confsync.Json.get_element].
 *
 * Returns: (nullable) (transfer none): the bytes, as long as @self lives; %NULL, and a length of 0,
 *   where @self is no object or has fewer members
 *
 * Since: 1.0
 */
const char *
confsync_json_get_member_name (ConfsyncJson *self, guint index, gsize *length)
{
  g_return_val_if_fail (self != NULL && length != NULL, NULL);

  *length = 0;
  if (confsync_json_get_kind (self) != CONFSYNC_JSON_OBJECT)
    return NULL;
  if (index >= confsync_json_get_length (self))
    return NULL;
  return confsync_cursor_text (find_child (self, index), length);
}

/**
 * confsync_json_dup_member_name:
 * @self: an object
 * @index: the member's number in document order, from 0
 *
 * Gets a copy of the name of a member.
 *
 * Returns: (nullable) (transfer full): the name; %NULL where @self is no object or has fewer
 *   members
 *
 * Since: 1.0
 */
char *
confsync_json_dup_member_name (ConfsyncJson *self, guint index)
{
  const char *name;
  gsize length;

  g_return_val_if_fail (self != NULL, NULL);

  name = confsync_json_get_member_name (self, index, &length);
  return name != NULL ? g_strndup (name, length) : NULL;
}

/**
 * confsync_json_equal:
 * @a: a value
 * @b: a value
 *
 * Compares two values as their canonical forms compare: the order of members and the spelling of
 * strings and numbers make no difference, so `1` equals `1.0`, and `-0.0` equals `0`.
 *
 * Returns: %TRUE where they are equal
 *
 * Since: 1.0
 */
gboolean
confsync_json_equal (ConfsyncJson *a, ConfsyncJson *b)
{
  g_return_val_if_fail (a != NULL && b != NULL, FALSE);

  return confsync_cursor_equal (confsync_json_get_cursor (a), confsync_json_get_cursor (b));
}
