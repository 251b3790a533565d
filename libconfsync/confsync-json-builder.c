/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Fills a tape: for the reader through the functions at the end of the header, for the rest of the
 * core through typed calls that check what they are given. Closing an object sorts its names.
 */

#include "config.h"

#include "confsync-error.h"
#include "confsync-json-builder-private.h"
#include "confsync-names-private.h"

#include <math.h>

/* offsets into the pool have 32 bits */
#define POOL_MAX_BYTES ((gsize) G_MAXUINT32)

typedef struct {
  ConfsyncJsonBuilder builder;
  ConfsyncBuilderRoom room;
} BuilderWithRoom;

void
confsync_json_builder_init (ConfsyncJsonBuilder *self)
{
  /* all but the frames, which are written before they are read */
  memset (self, 0, G_STRUCT_OFFSET (ConfsyncJsonBuilder, few));
  self->frames = self->few;
  self->frames_size = CONFSYNC_BUILDER_FEW_FRAMES;
  self->frames[0] = (ConfsyncFrame){ 0 };
  self->max_bytes = POOL_MAX_BYTES;
  self->max_values = G_MAXINT32;
  self->max_depth = CONFSYNC_TAPE_MAX_DEPTH;
}

void
confsync_json_builder_lend (ConfsyncJsonBuilder *self, ConfsyncBuilderRoom *room)
{
  self->room = room;
  self->cells = room->cells;
  self->cells_size = G_N_ELEMENTS (room->cells);
  self->index = room->index;
  self->index_size = G_N_ELEMENTS (room->index);
  self->pool = room->pool;
  self->pool_size = sizeof room->pool;
}

static gboolean
is_lent (const ConfsyncJsonBuilder *self, gconstpointer block)
{
  const ConfsyncBuilderRoom *room = self->room;

  return room != NULL && (block == room->cells || block == room->index || block == room->pool);
}

/* a block of @size bytes with the first @used ones of @block, which is taken or was lent */
static gpointer
resize (ConfsyncJsonBuilder *self, gpointer block, gsize used, gsize size)
{
  gpointer copy;

  if (!is_lent (self, block))
    return g_realloc (block, size);
  copy = g_malloc (size);
  if (size > 0)
    memcpy (copy, block, used);
  return copy;
}

static void
release (ConfsyncJsonBuilder *self, gpointer block)
{
  if (!is_lent (self, block))
    g_free (block);
}

void
confsync_json_builder_clear (ConfsyncJsonBuilder *self)
{
  if (self->frames != self->few)
    g_free (self->frames);
  self->frames = self->few;
  release (self, g_steal_pointer (&self->cells));
  release (self, g_steal_pointer (&self->index));
  release (self, g_steal_pointer (&self->pool));
  if (self->as_text)
    g_clear_pointer (&self->text.data, g_free);
  g_clear_error (&self->error);
}

ConfsyncJsonBuilder *
confsync_json_builder_new (const ConfsyncJsonLimits *limits)
{
  BuilderWithRoom *whole = g_new (BuilderWithRoom, 1);
  ConfsyncJsonBuilder *self = &whole->builder;

  confsync_json_builder_init (self);
  confsync_json_builder_lend (self, &whole->room);
  if (limits != NULL)
    {
      self->max_bytes = MIN (limits->max_bytes, self->max_bytes);
      self->max_values = MIN (limits->max_values, self->max_values);
      self->max_depth = MIN (limits->max_depth, self->max_depth);
    }
  return self;
}

void
confsync_json_builder_free (ConfsyncJsonBuilder *self)
{
  confsync_json_builder_clear (self);
  g_free (self);
}

void
confsync_json_builder_grow_frames (ConfsyncJsonBuilder *self)
{
  gboolean few = self->frames == self->few;

  self->frames_size *= 2;
  self->frames = g_renew (ConfsyncFrame, few ? NULL : self->frames, self->frames_size);
  if (few)
    memcpy (self->frames, self->few, sizeof self->few);
}

void
confsync_json_builder_grow_cells (ConfsyncJsonBuilder *self, guint32 at_least)
{
  self->cells_size = MAX (at_least, self->cells_size + self->cells_size / 2 + 16);
  self->cells = resize (self, self->cells, self->n_cells * sizeof (ConfsyncCell),
                        self->cells_size * sizeof (ConfsyncCell));
}

char *
confsync_json_builder_grow_pool (ConfsyncJsonBuilder *self, gsize extra)
{
  self->pool_size = MAX (self->pool_used + extra, self->pool_size + self->pool_size / 2 + 64);
  self->pool = resize (self, self->pool, self->pool_used, self->pool_size);
  return self->pool + self->pool_used;
}

static guint32 *
reserve_index (ConfsyncJsonBuilder *self, guint32 count)
{
  if (self->index_size - self->n_index < count)
    {
      self->index_size = MAX (self->n_index + count, self->index_size + self->index_size / 2 + 16);
      self->index = resize (self, self->index, self->n_index * sizeof (guint32),
                            self->index_size * sizeof (guint32));
    }
  return self->index + self->n_index;
}

static void
list_names (const ConfsyncCell *cells, guint32 first, guint32 *list, guint32 count)
{
  guint32 name = first;

  for (guint32 i = 0; i < count; i++)
    {
      const ConfsyncCell *value = &cells[name + 1];

      list[i] = name;
      name = value->height > 0 ? value->end : name + 2;
    }
}

static ConfsyncCell *
leave (ConfsyncJsonBuilder *self)
{
  const ConfsyncFrame *frame = &self->frames[self->depth];
  ConfsyncFrame *outer = &self->frames[self->depth - 1];
  ConfsyncCell *cell = &self->cells[frame->cell];

  cell->height = frame->height + 1;
  cell->end = self->n_cells;
  cell->container.count = frame->count;
  cell->container.index = self->n_index;
  outer->height = MAX (outer->height, cell->height);
  self->depth--;
  return cell;
}

void
confsync_json_builder_close_array (ConfsyncJsonBuilder *self)
{
  leave (self);
}

gboolean
confsync_json_builder_close_object (ConfsyncJsonBuilder *self, const char *text,
                                    guint32 *duplicate)
{
  const ConfsyncNames names = { self->cells, { text, self->pool } };
  ConfsyncCell *cell = leave (self);
  guint32 count = cell->container.count;
  guint32 *list = reserve_index (self, count);

  list_names (self->cells, (guint32) (cell - self->cells) + 1, list, count);
  *duplicate = confsync_names_sort (&names, list, count);
  self->n_index += count;
  return *duplicate == 0;
}

/* shrinks the block to what is used of it, and takes it out of the builder */
static gpointer
steal_block (ConfsyncJsonBuilder *self, gpointer *block, gsize used)
{
  gpointer stolen = resize (self, *block, used, used);

  *block = NULL;
  return stolen;
}

ConfsyncTape *
confsync_json_builder_steal_tape (ConfsyncJsonBuilder *self, GBytes *text)
{
  ConfsyncTapeParts parts = {
    self->cells, self->index, self->pool, self->n_cells, self->n_index, self->pool_used, text,
  };

  if (is_lent (self, self->cells) && is_lent (self, self->index) && is_lent (self, self->pool))
    return confsync_tape_new_copy (&parts);
  parts.cells = steal_block (self, (gpointer *) &self->cells, parts.n_cells * sizeof *parts.cells);
  parts.index = steal_block (self, (gpointer *) &self->index, parts.n_index * sizeof *parts.index);
  parts.pool = steal_block (self, (gpointer *) &self->pool, parts.pool_size);
  return confsync_tape_new (&parts);
}

/* %TRUE where @n more values fit; the builder's checks all come through here */
static gboolean
accepts (ConfsyncJsonBuilder *self, guint n)
{
  if (self->error != NULL)
    return FALSE;
  if (n > self->max_values || self->n_values > self->max_values - n)
    {
      g_set_error (&self->error, CONFSYNC_ERROR, CONFSYNC_ERROR_TOO_LARGE,
                   "more than %u values (max_values)", self->max_values);
      return FALSE;
    }
  return TRUE;
}

static gboolean
accepts_depth (ConfsyncJsonBuilder *self, guint levels)
{
  if (self->depth + levels <= self->max_depth)
    return TRUE;
  g_set_error (&self->error, CONFSYNC_ERROR, CONFSYNC_ERROR_TOO_LARGE,
               "nested deeper than %u levels (max_depth)", self->max_depth);
  return FALSE;
}

static void
begin (ConfsyncJsonBuilder *self, ConfsyncJsonKind kind)
{
  if (!accepts (self, 1) || !accepts_depth (self, 1))
    return;
  if (self->as_text)
    confsync_json_text_open (self, kind);
  else
    confsync_json_builder_enter (self, kind);
}

void
confsync_json_builder_begin_object (ConfsyncJsonBuilder *self)
{
  begin (self, CONFSYNC_JSON_OBJECT);
}

void
confsync_json_builder_begin_array (ConfsyncJsonBuilder *self)
{
  begin (self, CONFSYNC_JSON_ARRAY);
}

static void
fail_duplicate (ConfsyncJsonBuilder *self, const ConfsyncCell *name)
{
  g_set_error (&self->error, CONFSYNC_ERROR, CONFSYNC_ERROR_INVALID_JSON,
               "member \"%.*s\" stands twice in one object", (int) MIN (name->string.length, 64),
               self->pool + name->string.offset);
}

void
confsync_json_builder_close (ConfsyncJsonBuilder *self)
{
  guint32 duplicate;

  if (self->error != NULL)
    return;
  g_return_if_fail (self->depth > 0);
  if (self->as_text)
    confsync_json_text_close (self);
  else if (self->cells[self->frames[self->depth].cell].kind == CONFSYNC_JSON_ARRAY)
    confsync_json_builder_close_array (self);
  else if (!confsync_json_builder_close_object (self, NULL, &duplicate))
    fail_duplicate (self, &self->cells[duplicate]);
}

static gboolean
store_text (ConfsyncJsonBuilder *self, ConfsyncCell *cell, const char *text, gsize length)
{
  if (length > self->max_bytes || self->pool_used > self->max_bytes - length)
    {
      g_set_error (&self->error, CONFSYNC_ERROR, CONFSYNC_ERROR_TOO_LARGE,
                   "more than %" G_GSIZE_FORMAT " bytes (max_bytes)", self->max_bytes);
      return FALSE;
    }
  cell->in_pool = 1;
  cell->string.offset = (guint32) self->pool_used;
  cell->string.length = (guint32) length;
  if (length > 0)
    memcpy (confsync_json_builder_reserve (self, length), text, length);
  self->pool_used += length;
  return TRUE;
}

/* what most names and strings are: needs no look at single characters */
static inline gboolean
is_ascii (const char *text, gsize length)
{
  const guint64 high = G_GUINT64_CONSTANT (0x8080808080808080);
  const guint64 ones = G_GUINT64_CONSTANT (0x0101010101010101);
  guint64 word, marks = 0;
  gsize i = 0;

  /* a NUL is no string's either */
  for (; i + 8 <= length; i += 8)
    {
      memcpy (&word, text + i, sizeof word);
      marks |= word | ((word - ones) & ~word);
    }
  for (; i < length; i++)
    marks |= (guchar) text[i] - 1U < 0x7f ? 0 : high;
  return (marks & high) == 0;
}

static inline gboolean
check_utf8 (ConfsyncJsonBuilder *self, const char *text, gsize length)
{
  if (G_LIKELY (is_ascii (text, length)) || g_utf8_validate_len (text, length, NULL))
    return TRUE;
  g_set_error_literal (&self->error, CONFSYNC_ERROR, CONFSYNC_ERROR_INVALID_JSON,
                       "a string that isn't UTF-8, or has U+0000 in it");
  return FALSE;
}

static void
append_name (ConfsyncJsonBuilder *self, const char *name, gsize length)
{
  ConfsyncCell *cell;

  if (self->as_text)
    {
      confsync_json_text_name (self, name, length);
      return;
    }
  cell = confsync_json_builder_new_cell (self, CONFSYNC_CELL_NAME);
  cell->prefix = confsync_name_prefix (name, length);
  store_text (self, cell, name, length);
}

void
confsync_json_builder_name_n (ConfsyncJsonBuilder *self, const char *name, gsize length)
{
  if (self->error == NULL && check_utf8 (self, name, length))
    append_name (self, name, length);
}

void
confsync_json_builder_name (ConfsyncJsonBuilder *self, const char *name)
{
  confsync_json_builder_name_n (self, name, strlen (name));
}

/* a value that is neither a container nor a string */
static inline void
append_scalar (ConfsyncJsonBuilder *self, const ConfsyncCell *scalar)
{
  if (!accepts (self, 1))
    return;
  if (self->as_text)
    confsync_json_text_scalar (self, scalar);
  else
    confsync_json_builder_new_value (self, scalar->kind)->integer = scalar->integer;
}

void
confsync_json_builder_null (ConfsyncJsonBuilder *self)
{
  append_scalar (self, &(ConfsyncCell){ .kind = CONFSYNC_JSON_NULL });
}

void
confsync_json_builder_boolean (ConfsyncJsonBuilder *self, gboolean value)
{
  append_scalar (self, &(ConfsyncCell){ .kind = CONFSYNC_JSON_BOOLEAN, .integer = value != FALSE });
}

void
confsync_json_builder_integer (ConfsyncJsonBuilder *self, gint64 value)
{
  append_scalar (self, &(ConfsyncCell){ .kind = CONFSYNC_JSON_INTEGER, .integer = value });
}

void
confsync_json_builder_double (ConfsyncJsonBuilder *self, double value)
{
  if (isfinite (value))
    append_scalar (self, &(ConfsyncCell){ .kind = CONFSYNC_JSON_DOUBLE, .number = value });
  else if (accepts (self, 1))
    g_set_error_literal (&self->error, CONFSYNC_ERROR, CONFSYNC_ERROR_INVALID_JSON,
                         "JSON has neither infinite numbers nor NaN");
}

/* @value is UTF-8 */
static inline void
append_string (ConfsyncJsonBuilder *self, const char *value, gsize length)
{
  if (self->as_text)
    confsync_json_text_string (self, value, length);
  else
    store_text (self, confsync_json_builder_new_value (self, CONFSYNC_JSON_STRING), value, length);
}

void
confsync_json_builder_string_n (ConfsyncJsonBuilder *self, const char *value, gsize length)
{
  if (accepts (self, 1) && check_utf8 (self, value, length))
    append_string (self, value, length);
}

void
confsync_json_builder_string (ConfsyncJsonBuilder *self, const char *value)
{
  if (value != NULL)
    confsync_json_builder_string_n (self, value, strlen (value));
  else
    confsync_json_builder_null (self);
}

void
confsync_json_builder_append (ConfsyncJsonBuilder *self, ConfsyncJson *value)
{
  confsync_json_builder_append_cursor (self, confsync_json_get_cursor (value));
}

static void
copy_object (ConfsyncJsonBuilder *self, ConfsyncCursor object)
{
  guint n = confsync_cursor_length (object);
  ConfsyncCursor name = confsync_cursor_first (object);

  confsync_json_builder_begin_object (self);
  for (guint i = 0; i < n && self->error == NULL; i++)
    {
      gsize length;
      const char *text = confsync_cursor_text (name, &length);

      append_name (self, text, length);
      confsync_json_builder_append_cursor (self, confsync_cursor_value (name));
      name = confsync_cursor_next_name (name);
    }
  confsync_json_builder_close (self);
}

static void
copy_array (ConfsyncJsonBuilder *self, ConfsyncCursor array)
{
  guint n = confsync_cursor_length (array);
  ConfsyncCursor element = confsync_cursor_first (array);

  confsync_json_builder_begin_array (self);
  for (guint i = 0; i < n && self->error == NULL; i++)
    {
      confsync_json_builder_append_cursor (self, element);
      element = confsync_cursor_after (element);
    }
  confsync_json_builder_close (self);
}

void
confsync_json_builder_append_cursor (ConfsyncJsonBuilder *self, ConfsyncCursor value)
{
  const ConfsyncCell *cell = confsync_cursor_cell (value);
  const char *text;
  gsize length;

  if (cell->kind == CONFSYNC_JSON_OBJECT)
    copy_object (self, value);
  else if (cell->kind == CONFSYNC_JSON_ARRAY)
    copy_array (self, value);
  else if (cell->kind != CONFSYNC_JSON_STRING)
    append_scalar (self, cell);
  else if (accepts (self, 1))
    {
      text = confsync_cursor_text (value, &length);
      append_string (self, text, length);
    }
}

ConfsyncJson *
confsync_json_builder_end (ConfsyncJsonBuilder *self, GError **error)
{
  ConfsyncTape *tape = NULL;
  const guint max_values = self->max_values, max_depth = self->max_depth;
  const gsize max_bytes = self->max_bytes;
  ConfsyncBuilderRoom *room = self->room;

  g_return_val_if_fail (!self->as_text, NULL);

  if (self->error != NULL)
    g_propagate_error (error, g_steal_pointer (&self->error));
  else
    {
      g_return_val_if_fail (self->depth == 0 && self->frames[0].count == 1, NULL);
      tape = confsync_json_builder_steal_tape (self, NULL);
    }
  confsync_json_builder_clear (self);
  confsync_json_builder_init (self);
  if (room != NULL)
    confsync_json_builder_lend (self, room);
  self->max_bytes = max_bytes;
  self->max_values = max_values;
  self->max_depth = max_depth;
  return tape != NULL ? confsync_json_new_take (tape) : NULL;
}
