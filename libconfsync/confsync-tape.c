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

  if (!self->in_block)
    {
      g_free ((gpointer) self->cells);
      g_free ((gpointer) self->index);
      g_free (self->pool);
    }
  g_clear_pointer (&self->text, g_bytes_unref);
}

static void
tape_init (ConfsyncTape *self, const ConfsyncTapeParts *parts, gboolean in_block)
{
  *self = (ConfsyncTape){
    /* never %NULL, so that an empty string may be compared and copied like any other */
    .strings = { parts->text != NULL ? g_bytes_get_data (parts->text, NULL) : "",
                 parts->pool != NULL ? parts->pool : "" },
    .cells = parts->cells,
    .n_cells = parts->n_cells,
    .index = parts->index,
    .pool = parts->pool,
    .in_block = in_block,
    .text = parts->text != NULL ? g_bytes_ref (parts->text) : NULL,
  };
}

ConfsyncTape *
confsync_tape_new (const ConfsyncTapeParts *parts)
{
  ConfsyncTape *self = g_atomic_rc_box_new (ConfsyncTape);

  tape_init (self, parts, FALSE);
  return self;
}

ConfsyncTape *
confsync_tape_new_copy (const ConfsyncTapeParts *parts)
{
  gsize cells_size = parts->n_cells * sizeof *parts->cells;
  gsize index_size = parts->n_index * sizeof *parts->index;
  ConfsyncTape *self =
    g_atomic_rc_box_alloc (sizeof *self + cells_size + index_size + parts->pool_size);
  ConfsyncTapeParts copy = *parts;

  G_STATIC_ASSERT (sizeof *self % G_ALIGNOF (ConfsyncCell) == 0);
  copy.cells = (gpointer) (self + 1);
  copy.index = (gpointer) (copy.cells + parts->n_cells);
  copy.pool = (gpointer) (copy.index + parts->n_index);
  memcpy (copy.cells, parts->cells, cells_size);
  memcpy (copy.index, parts->index, index_size);
  memcpy (copy.pool, parts->pool, parts->pool_size);
  tape_init (self, &copy, TRUE);
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
confsync_name_prefix_of_any (const char *name, gsize length)
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

static inline int
compare_to_name (const char *name, gsize length, guint32 prefix, ConfsyncCursor other)
{
  guint32 other_prefix = confsync_cursor_cell (other)->prefix;
  gsize other_length;
  const char *text;

  if (prefix != other_prefix)
    return prefix < other_prefix ? -1 : 1;
  text = confsync_cursor_text (other, &other_length);
  if (length == other_length && memcmp (name, text, length) == 0)
    return 0;
  return confsync_name_compare (name, length, text, other_length);
}

gboolean
confsync_cursor_find (ConfsyncCursor object, const char *name, gsize length, ConfsyncCursor *found)
{
  guint low = 0, high = confsync_cursor_length (object);
  guint32 prefix = confsync_name_prefix (name, length);

  while (low < high)
    {
      guint middle = low + (high - low) / 2;
      ConfsyncCursor here = confsync_cursor_sorted_name (object, middle);
      int order = compare_to_name (name, length, prefix, here);

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
