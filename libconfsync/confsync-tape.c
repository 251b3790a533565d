/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * The tape's life, the order of names, lookup by name, and equality of values. The reader and the
 * builder make tapes; nothing changes one afterwards.
 */

#include "config.h"

#include "confsync-double-private.h"
#include "confsync-tape-private.h"

static void
confsync_tape_clear (gpointer data)
{
  ConfsyncTape *self = data;

  g_free ((gpointer) self->cells);
  g_free ((gpointer) self->index);
  g_free (self->pool);
  g_clear_pointer (&self->text, g_bytes_unref);
}

ConfsyncTape *
confsync_tape_new (ConfsyncCell *cells, guint32 n_cells, guint32 *index, char *pool, GBytes *text)
{
  ConfsyncTape *self = g_atomic_rc_box_new0 (ConfsyncTape);

  /* never %NULL, so that an empty string may be compared and copied like any other */
  self->strings[0] = text != NULL ? g_bytes_get_data (text, NULL) : "";
  self->strings[1] = pool != NULL ? pool : "";
  self->cells = cells;
  self->n_cells = n_cells;
  self->index = index;
  self->pool = pool;
  self->text = text;
  return self;
}

ConfsyncTape *
confsync_tape_ref (ConfsyncTape *self)
{
  return g_atomic_rc_box_acquire (self);
}

void
confsync_tape_unref (ConfsyncTape *self)
{
  g_atomic_rc_box_release_full (self, confsync_tape_clear);
}

/* UTF-8 sorts as UTF-16 does but for U+E000 to U+FFFF (lead bytes ee, ef), which UTF-16 puts after
 * everything beyond (f0 to f4). Two strings differ first in a lead byte, or in the rest of the
 * same character, so it's enough to swap the lead bytes. */
static inline guchar
utf16_rank (guchar byte)
{
  if (byte < 0xee)
    return byte;
  return byte < 0xf0 ? byte + 5 : byte - 2;
}

guint32
confsync_name_prefix (const char *name, gsize length)
{
  const guchar *bytes = (const guchar *) name;
  guint32 prefix = 0;

  /* a name has no NUL, so what is padded sorts first, as it must */
  for (gsize i = 0; i < 4; i++)
    prefix = prefix << 8 | (i < length ? utf16_rank (bytes[i]) : 0);
  return prefix;
}

static inline gsize
common_length (const char *a, const char *b, gsize length)
{
  gsize i = 0;

  for (; length - i >= 8; i += 8)
    if (memcmp (a + i, b + i, 8) != 0)
      break;
  while (i < length && a[i] == b[i])
    i++;
  return i;
}

static inline int
compare_numbers (gsize a, gsize b)
{
  return (a > b) - (a < b);
}

int
confsync_name_compare (const char *a, gsize a_length, const char *b, gsize b_length)
{
  gsize shorter = MIN (a_length, b_length);
  gsize i = common_length (a, b, shorter);

  if (i == shorter)
    return compare_numbers (a_length, b_length);
  return compare_numbers (utf16_rank ((guchar) a[i]), utf16_rank ((guchar) b[i]));
}

int
confsync_name_compare_bytes (const char *a, gsize a_length, const char *b, gsize b_length)
{
  int order = memcmp (a, b, MIN (a_length, b_length));

  return order != 0 ? order : compare_numbers (a_length, b_length);
}

int
confsync_cursor_compare_names (ConfsyncCursor a, ConfsyncCursor b)
{
  guint32 a_prefix = confsync_cursor_cell (a)->prefix, b_prefix = confsync_cursor_cell (b)->prefix;
  const char *a_text, *b_text;
  gsize a_length, b_length;

  if (a_prefix != b_prefix)
    return a_prefix < b_prefix ? -1 : 1;
  a_text = confsync_cursor_text (a, &a_length);
  b_text = confsync_cursor_text (b, &b_length);
  return confsync_name_compare (a_text, a_length, b_text, b_length);
}

gboolean
confsync_cursor_find (ConfsyncCursor object, const char *name, gsize length, ConfsyncCursor *found)
{
  guint low = 0, high = confsync_cursor_length (object);

  while (low < high)
    {
      guint middle = low + (high - low) / 2;
      ConfsyncCursor here = confsync_cursor_sorted_name (object, middle);
      gsize here_length;
      const char *text = confsync_cursor_text (here, &here_length);
      int order = confsync_name_compare (name, length, text, here_length);

      if (order == 0)
        {
          *found = here;
          return TRUE;
        }
      if (order < 0)
        high = middle;
      else
        low = middle + 1;
    }
  return FALSE;
}

/* 1 and 1.0 have one canonical form; from 2^53 up a double's has an exponent and an integer's
 * hasn't */
static gboolean
integer_equals_double (gint64 integer, double number)
{
  return number > -CONFSYNC_DOUBLE_EXACT_LIMIT && number < CONFSYNC_DOUBLE_EXACT_LIMIT &&
         number == (double) integer;
}

static gboolean
numbers_equal (const ConfsyncCell *a, const ConfsyncCell *b)
{
  if (a->kind == b->kind)
    return a->kind == CONFSYNC_JSON_INTEGER ? a->integer == b->integer : a->number == b->number;
  if (a->kind == CONFSYNC_JSON_INTEGER && b->kind == CONFSYNC_JSON_DOUBLE)
    return integer_equals_double (a->integer, b->number);
  if (a->kind == CONFSYNC_JSON_DOUBLE && b->kind == CONFSYNC_JSON_INTEGER)
    return integer_equals_double (b->integer, a->number);
  return FALSE;
}

static gboolean
strings_equal (ConfsyncCursor a, ConfsyncCursor b)
{
  gsize a_length, b_length;
  const char *a_text = confsync_cursor_text (a, &a_length);
  const char *b_text = confsync_cursor_text (b, &b_length);

  return a_length == b_length && memcmp (a_text, b_text, a_length) == 0;
}

static gboolean
arrays_equal (ConfsyncCursor a, ConfsyncCursor b)
{
  guint n = confsync_cursor_length (a);

  if (n != confsync_cursor_length (b))
    return FALSE;
  a = confsync_cursor_first (a);
  b = confsync_cursor_first (b);
  for (guint i = 0; i < n; i++)
    {
      if (!confsync_cursor_equal (a, b))
        return FALSE;
      a = confsync_cursor_after (a);
      b = confsync_cursor_after (b);
    }
  return TRUE;
}

static gboolean
objects_equal (ConfsyncCursor a, ConfsyncCursor b)
{
  guint n = confsync_cursor_length (a);

  if (n != confsync_cursor_length (b))
    return FALSE;
  for (guint i = 0; i < n; i++)
    {
      ConfsyncCursor a_name = confsync_cursor_sorted_name (a, i);
      ConfsyncCursor b_name = confsync_cursor_sorted_name (b, i);

      if (!strings_equal (a_name, b_name) ||
          !confsync_cursor_equal (confsync_cursor_value (a_name), confsync_cursor_value (b_name)))
        return FALSE;
    }
  return TRUE;
}

gboolean
confsync_cursor_equal (ConfsyncCursor a, ConfsyncCursor b)
{
  const ConfsyncCell *a_cell = confsync_cursor_cell (a), *b_cell = confsync_cursor_cell (b);

  if (a_cell == b_cell)
    return TRUE;
  if (a_cell->kind != b_cell->kind)
    return numbers_equal (a_cell, b_cell);
  switch ((ConfsyncJsonKind) a_cell->kind)
    {
    case CONFSYNC_JSON_NULL:
      return TRUE;
    case CONFSYNC_JSON_BOOLEAN:
    case CONFSYNC_JSON_INTEGER:
    case CONFSYNC_JSON_DOUBLE:
      return a_cell->kind == CONFSYNC_JSON_BOOLEAN ? a_cell->integer == b_cell->integer
                                                   : numbers_equal (a_cell, b_cell);
    case CONFSYNC_JSON_STRING:
      return strings_equal (a, b);
    case CONFSYNC_JSON_ARRAY:
      return arrays_equal (a, b);
    case CONFSYNC_JSON_OBJECT:
      return objects_equal (a, b);
    default:
      g_return_val_if_reached (FALSE);
    }
}
