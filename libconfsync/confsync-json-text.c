/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * The builder's other half: writes what it is told as compact text, at once. The builder has
 * checked limits and UTF-8; here are only commas, brackets and bytes.
 */

#include "config.h"

#include "confsync-json-builder-private.h"
#include "confsync-json-writer-private.h"

void
confsync_json_builder_begin_text (ConfsyncJsonBuilder *self, gsize size_hint)
{
  g_return_if_fail (!self->as_text && self->n_values == 0);

  self->as_text = TRUE;
  confsync_sink_init_memory (&self->text, size_hint);
}

/* counts a value, and separates it from the one before; in an object the name has done so */
static inline void
begin_value (ConfsyncJsonBuilder *self)
{
  ConfsyncFrame *frame = &self->frames[self->depth];

  if (frame->count > 0 && frame->cell == CONFSYNC_JSON_ARRAY)
    confsync_sink_char (&self->text, ',');
  frame->count++;
  self->n_values++;
}

void
confsync_json_text_open (ConfsyncJsonBuilder *self, ConfsyncJsonKind kind)
{
  begin_value (self);
  if (self->depth + 1 == self->frames_size)
    confsync_json_builder_grow_frames (self);
  self->frames[++self->depth] = (ConfsyncFrame){ .cell = kind };
  confsync_sink_char (&self->text, kind == CONFSYNC_JSON_ARRAY ? '[' : '{');
}

void
confsync_json_text_close (ConfsyncJsonBuilder *self)
{
  gboolean array = self->frames[self->depth].cell == CONFSYNC_JSON_ARRAY;

  self->depth--;
  confsync_sink_char (&self->text, array ? ']' : '}');
}

void
confsync_json_text_name (ConfsyncJsonBuilder *self, const char *name, gsize length)
{
  if (self->frames[self->depth].count > 0)
    confsync_sink_char (&self->text, ',');
  confsync_json_write_string (&self->text, name, length);
  confsync_sink_char (&self->text, ':');
}

void
confsync_json_text_scalar (ConfsyncJsonBuilder *self, const ConfsyncCell *cell)
{
  begin_value (self);
  if (cell->kind == CONFSYNC_JSON_INTEGER)
    confsync_json_write_integer (&self->text, cell->integer);
  else if (cell->kind == CONFSYNC_JSON_DOUBLE)
    confsync_json_write_double (&self->text, cell->number);
  else if (cell->kind == CONFSYNC_JSON_NULL)
    confsync_sink_append (&self->text, "null", 4);
  else
    confsync_sink_append (&self->text, cell->integer ? "true" : "false", cell->integer ? 4 : 5);
}

void
confsync_json_text_string (ConfsyncJsonBuilder *self, const char *value, gsize length)
{
  begin_value (self);
  confsync_json_write_string (&self->text, value, length);
}

char *
confsync_json_builder_begin_raw (ConfsyncJsonBuilder *self, gsize max)
{
  g_return_val_if_fail (self->as_text, NULL);

  if (self->error != NULL)
    return NULL;
  begin_value (self);
  return confsync_sink_reserve (&self->text, max);
}

void
confsync_json_builder_end_raw (ConfsyncJsonBuilder *self, gsize size)
{
  self->text.used += size;
}

void
confsync_json_builder_raw (ConfsyncJsonBuilder *self, GBytes *value)
{
  gsize size;
  const char *text = g_bytes_get_data (value, &size);
  char *out = confsync_json_builder_begin_raw (self, size);

  if (out == NULL)
    return;
  memcpy (out, text, size);
  confsync_json_builder_end_raw (self, size);
}

GBytes *
confsync_json_builder_end_text (ConfsyncJsonBuilder *self, GError **error)
{
  g_return_val_if_fail (self->as_text, NULL);

  if (self->error != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&self->error));
      return NULL;
    }
  g_return_val_if_fail (self->depth == 0 && self->frames[0].count == 1, NULL);
  return confsync_sink_end_memory (&self->text);
}
