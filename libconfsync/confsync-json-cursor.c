/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * The cursor of the core, for others: checked where the core's own is not, and with a total order
 * of values.
 */

#include "config.h"

#include "confsync-json-cursor.h"
#include "confsync-tape-private.h"

#define INT64_LIMIT 9223372036854775808.0

static inline ConfsyncCursor
inner (const ConfsyncJsonCursor *self)
{
  return (ConfsyncCursor){ self->tape, self->at };
}

static inline ConfsyncJsonCursor
outer (ConfsyncCursor cursor)
{
  return (ConfsyncJsonCursor){ cursor.tape, cursor.at };
}

/**
 * confsync_json_cursor_init: (skip)
 * @self: (out caller-allocates): a cursor
 * @json: a value, which must outlive the cursor
 *
 * Puts a cursor on a value.
 *
 * Since: 1.0
 */
void
confsync_json_cursor_init (ConfsyncJsonCursor *self, ConfsyncJson *json)
{
  g_return_if_fail (self != NULL && json != NULL);

  *self = outer (confsync_json_get_cursor (json));
}

/**
 * confsync_json_cursor_dup_json: (skip)
 * @self: a cursor that is on a value, not on a name
 *
 * Makes a value of its own of the value here, which shares the memory of all.
 *
 * Returns: (transfer full) (nullable): the value; %NULL where the cursor is on a name
 *
 * Since: 1.0
 */
ConfsyncJson *
confsync_json_cursor_dup_json (const ConfsyncJsonCursor *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  if (confsync_cursor_kind (inner (self)) == CONFSYNC_CELL_NAME)
    return NULL;
  return confsync_json_new_at (inner (self));
}

/**
 * confsync_json_cursor_get_kind: (skip)
 * @self: a cursor
 *
 * Gets what kind of value is here; a name of a member is a string.
 *
 * Returns: the kind
 *
 * Since: 1.0
 */
ConfsyncJsonKind
confsync_json_cursor_get_kind (const ConfsyncJsonCursor *self)
{
  guint kind = confsync_cursor_kind (inner (self));

  return kind == CONFSYNC_CELL_NAME ? CONFSYNC_JSON_STRING : (ConfsyncJsonKind) kind;
}

/**
 * confsync_json_cursor_get_position: (skip)
 * @self: a cursor
 *
 * Gets the number of this place in document order, names counted: one for each place of a text. A
 * container's is below those of its content.
 *
 * Returns: the number
 *
 * Since: 1.0
 */
guint
confsync_json_cursor_get_position (const ConfsyncJsonCursor *self)
{
  return self->at;
}

/**
 * confsync_json_cursor_get_size: (skip)
 * @self: a cursor
 *
 * Counts the places in this value: itself, what it contains at any depth, and the names of members.
 * Cost: none.
 *
 * Returns: the number; 1 for a scalar
 *
 * Since: 1.0
 */
guint
confsync_json_cursor_get_size (const ConfsyncJsonCursor *self)
{
  return confsync_cursor_after (inner (self)).at - self->at;
}

/**
 * confsync_json_cursor_get_boolean: (skip)
 * @self: a cursor
 *
 * Gets the value of a boolean.
 *
 * Returns: the value; %FALSE where this is no boolean
 *
 * Since: 1.0
 */
gboolean
confsync_json_cursor_get_boolean (const ConfsyncJsonCursor *self)
{
  const ConfsyncCell *cell = confsync_cursor_cell (inner (self));

  return cell->kind == CONFSYNC_JSON_BOOLEAN && cell->integer != 0;
}

/**
 * confsync_json_cursor_get_integer: (skip)
 * @self: a cursor
 *
 * Gets the value of a number of the kind %CONFSYNC_JSON_INTEGER.
 *
 * Returns: the value; 0 where this is none
 *
 * Since: 1.0
 */
gint64
confsync_json_cursor_get_integer (const ConfsyncJsonCursor *self)
{
  const ConfsyncCell *cell = confsync_cursor_cell (inner (self));

  return cell->kind == CONFSYNC_JSON_INTEGER ? cell->integer : 0;
}

/**
 * confsync_json_cursor_get_double: (skip)
 * @self: a cursor
 *
 * Gets the value of a number; that of a large integer is rounded to the nearest double.
 *
 * Returns: the value; 0 where this is no number
 *
 * Since: 1.0
 */
double
confsync_json_cursor_get_double (const ConfsyncJsonCursor *self)
{
  const ConfsyncCell *cell = confsync_cursor_cell (inner (self));

  if (cell->kind == CONFSYNC_JSON_INTEGER)
    return (double) cell->integer;
  return cell->kind == CONFSYNC_JSON_DOUBLE ? cell->number : 0;
}

/**
 * confsync_json_cursor_get_string: (skip)
 * @self: a cursor
 * @length: (out): the string's length in bytes
 *
 * Gets the UTF-8 bytes of a string or of a member's name. No NUL ends them, and none is inside.
 *
 * Returns: (nullable) (transfer none): the bytes, as long as the value lives; %NULL, and a length
 *   of 0, where this is no string
 *
 * Since: 1.0
 */
const char *
confsync_json_cursor_get_string (const ConfsyncJsonCursor *self, gsize *length)
{
  g_return_val_if_fail (length != NULL, NULL);

  *length = 0;
  if (confsync_json_cursor_get_kind (self) != CONFSYNC_JSON_STRING)
    return NULL;
  return confsync_cursor_text (inner (self), length);
}

/**
 * confsync_json_cursor_get_length: (skip)
 * @self: a cursor
 *
 * Counts the members of an object or the elements of an array.
 *
 * Returns: the number; 0 for other values
 *
 * Since: 1.0
 */
guint
confsync_json_cursor_get_length (const ConfsyncJsonCursor *self)
{
  return confsync_cursor_length (inner (self));
}

/**
 * confsync_json_cursor_find: (skip)
 * @self: a cursor
 * @name: a member's name
 * @length: the name's length in bytes, or -1 where a NUL ends it
 * @value: (out caller-allocates): a cursor for the member's value; may be @self
 *
 * Finds a member of an object. Cost: logarithmic in the number of members, for any names.
 *
 * Returns: %TRUE where it was found; @value is untouched otherwise, as where this is no object
 *
 * Since: 1.0
 */
gboolean
confsync_json_cursor_find (const ConfsyncJsonCursor *self, const char *name, gssize length,
                           ConfsyncJsonCursor *value)
{
  ConfsyncCursor found;

  g_return_val_if_fail (name != NULL && value != NULL, FALSE);

  if (confsync_cursor_kind (inner (self)) != CONFSYNC_JSON_OBJECT)
    return FALSE;
  if (!confsync_cursor_find (inner (self), name, length < 0 ? strlen (name) : (gsize) length,
                             &found))
    return FALSE;
  *value = outer (confsync_cursor_value (found));
  return TRUE;
}

/* numbers of both kinds count as one kind, and so do strings and names */
static int
rank (guint kind)
{
  switch (kind)
    {
    case CONFSYNC_JSON_NULL:
      return 0;
    case CONFSYNC_JSON_BOOLEAN:
      return 1;
    case CONFSYNC_JSON_INTEGER:
    case CONFSYNC_JSON_DOUBLE:
      return 2;
    case CONFSYNC_JSON_ARRAY:
      return 4;
    case CONFSYNC_JSON_OBJECT:
      return 5;
    default:
      return 3;
    }
}

/* exact, where a conversion to double would round; @number is finite */
static int
compare_mixed (gint64 integer, double number)
{
  gint64 whole;

  if (number >= INT64_LIMIT)
    return -1;
  if (number < -INT64_LIMIT)
    return 1;
  whole = (gint64) number;
  if (integer != whole)
    return integer < whole ? -1 : 1;
  return number > (double) whole ? -1 : number < (double) whole ? 1 : 0;
}

static int
compare_numbers (ConfsyncCursor a, ConfsyncCursor b)
{
  const ConfsyncCell *a_cell = confsync_cursor_cell (a), *b_cell = confsync_cursor_cell (b);
  gboolean a_integer = a_cell->kind == CONFSYNC_JSON_INTEGER;
  gboolean b_integer = b_cell->kind == CONFSYNC_JSON_INTEGER;

  if (a_integer && b_integer)
    return (a_cell->integer > b_cell->integer) - (a_cell->integer < b_cell->integer);
  if (a_integer)
    return compare_mixed (a_cell->integer, b_cell->number);
  if (b_integer)
    return -compare_mixed (b_cell->integer, a_cell->number);
  return (a_cell->number > b_cell->number) - (a_cell->number < b_cell->number);
}

static int
compare_texts (ConfsyncCursor a, ConfsyncCursor b)
{
  gsize a_length, b_length;
  const char *a_text = confsync_cursor_text (a, &a_length);
  const char *b_text = confsync_cursor_text (b, &b_length);

  return confsync_name_compare_bytes (a_text, a_length, b_text, b_length);
}

static int compare (ConfsyncCursor a, ConfsyncCursor b);

static int
compare_arrays (ConfsyncCursor a, ConfsyncCursor b)
{
  guint n = confsync_cursor_length (a);
  int order = 0;

  a = confsync_cursor_first (a);
  b = confsync_cursor_first (b);
  for (guint i = 0; i < n && order == 0; i++)
    {
      order = compare (a, b);
      a = confsync_cursor_after (a);
      b = confsync_cursor_after (b);
    }
  return order;
}

static int
compare_objects (ConfsyncCursor a, ConfsyncCursor b)
{
  guint n = confsync_cursor_length (a);
  int order = 0;

  for (guint i = 0; i < n && order == 0; i++)
    {
      ConfsyncCursor a_name = confsync_cursor_sorted_name (a, i);
      ConfsyncCursor b_name = confsync_cursor_sorted_name (b, i);

      order = compare_texts (a_name, b_name);
      if (order == 0)
        order = compare (confsync_cursor_value (a_name), confsync_cursor_value (b_name));
    }
  return order;
}

static int
compare (ConfsyncCursor a, ConfsyncCursor b)
{
  guint kind = confsync_cursor_kind (a);
  int order = rank (kind) - rank (confsync_cursor_kind (b));

  if (order != 0 || kind == CONFSYNC_JSON_NULL)
    return order;
  if (rank (kind) == 3)
    return compare_texts (a, b);
  if (!confsync_cursor_is_container (a))
    return kind == CONFSYNC_JSON_BOOLEAN
             ? (int) confsync_cursor_cell (a)->integer - (int) confsync_cursor_cell (b)->integer
             : compare_numbers (a, b);
  if (confsync_cursor_length (a) != confsync_cursor_length (b))
    return confsync_cursor_length (a) < confsync_cursor_length (b) ? -1 : 1;
  return kind == CONFSYNC_JSON_ARRAY ? compare_arrays (a, b) : compare_objects (a, b);
}

/**
 * confsync_json_cursor_compare: (skip)
 * @a: a cursor
 * @b: a cursor, on the same value or another one
 *
 * Puts two values in an order that is total and means nothing, but for numbers, which are in that
 * of their mathematical values, whatever their kinds and sizes. Neither the order of members nor
 * the spelling of numbers and strings makes a difference. Unlike [method@Confsync.Json.equal], an
 * integer and a double of 2^53 and more are the same where their values are.
 *
 * Returns: below 0, 0, or above 0
 *
 * Since: 1.0
 */
int
confsync_json_cursor_compare (const ConfsyncJsonCursor *a, const ConfsyncJsonCursor *b)
{
  g_return_val_if_fail (a != NULL && b != NULL, 0);

  return compare (inner (a), inner (b));
}

/**
 * confsync_json_iter_init: (skip)
 * @self: (out caller-allocates): an iterator
 * @container: a cursor
 *
 * Begins to go through the members of an object or the elements of an array; there is nothing to
 * go through in any other value.
 *
 * Since: 1.0
 */
void
confsync_json_iter_init (ConfsyncJsonIter *self, const ConfsyncJsonCursor *container)
{
  ConfsyncCursor cursor = inner (container);

  self->members = confsync_cursor_kind (cursor) == CONFSYNC_JSON_OBJECT;
  self->left = confsync_cursor_length (cursor);
  self->next = outer (confsync_cursor_first (cursor));
}

/**
 * confsync_json_iter_next: (skip)
 * @self: an iterator
 * @name: (out caller-allocates) (optional): a cursor for the member's name; untouched where an
 *   array is gone through
 * @value: (out caller-allocates) (optional): a cursor for the value
 *
 * Goes to the next member or element.
 *
 * Returns: %FALSE where there is none left
 *
 * Since: 1.0
 */
gboolean
confsync_json_iter_next (ConfsyncJsonIter *self, ConfsyncJsonCursor *name,
                         ConfsyncJsonCursor *value)
{
  ConfsyncCursor here;

  if (self->left == 0)
    return FALSE;
  here = inner (&self->next);
  if (self->members)
    {
      if (name != NULL)
        *name = self->next;
      here = confsync_cursor_value (here);
    }
  if (value != NULL)
    *value = outer (here);
  self->next = outer (confsync_cursor_after (here));
  self->left--;
  return TRUE;
}
