/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Makes JSON values from C. Calls come in document order:
 *
 *   g_autoptr (ConfsyncJsonBuilder) builder = confsync_json_builder_new (NULL);
 *
 *   confsync_json_builder_begin_object (builder);
 *   confsync_json_builder_name (builder, "port");
 *   confsync_json_builder_integer (builder, 8765);
 *   confsync_json_builder_close (builder);
 *   json = confsync_json_builder_end (builder, &error);
 *
 * Errors stick: after the first one every call does nothing, and end() reports it. A structure that
 * isn't finished, or a value without a name in an object, is the caller's mistake and is asserted.
 *
 * What is only sent, and not looked at, needs no value: a builder that was begun by begin_text()
 * takes the same calls and writes the compact text at once.
 */

#pragma once

#include "confsync-sink-private.h"
#include "confsync-tape-private.h"

G_BEGIN_DECLS

/* Deeper values are rare. A builder never moves: it points into itself. */
#define CONFSYNC_BUILDER_FEW_FRAMES 16

typedef struct {
  guint32 cell;   /* of the open container; where text is written, its kind */
  guint32 count;  /* its values so far */
  guint16 height; /* of the highest of them */
} ConfsyncFrame;

/* room for what is small, with the builder's user: no block is needed until it is full */
typedef struct {
  ConfsyncCell cells[96];
  guint32 index[48];
  char pool[512];
} ConfsyncBuilderRoom;

typedef struct {
  ConfsyncBuilderRoom *room; /* (borrowed) (nullable): the three blocks lie in it until they grow */
  ConfsyncCell *cells;
  guint32 n_cells, cells_size;
  guint32 *index;
  guint32 n_index, index_size;
  char *pool;
  gsize pool_used, pool_size;
  guint n_values;
  guint depth;
  gsize max_bytes;
  guint max_values, max_depth;
  GError *error; /* (nullable): the first one */
  gboolean as_text;
  ConfsyncSink text; /* where that is so */
  ConfsyncFrame *frames; /* [0] holds the root */
  guint frames_size;
  ConfsyncFrame few[CONFSYNC_BUILDER_FEW_FRAMES]; /* where they are until there are more */
} ConfsyncJsonBuilder;

/* @limits is nullable: bounded by the tape's own limits only. Its max_bytes bounds the text of
 * names and strings together. */
ConfsyncJsonBuilder *confsync_json_builder_new (const ConfsyncJsonLimits *limits);
void confsync_json_builder_free (ConfsyncJsonBuilder *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ConfsyncJsonBuilder, confsync_json_builder_free)

void confsync_json_builder_begin_object (ConfsyncJsonBuilder *self);
void confsync_json_builder_begin_array (ConfsyncJsonBuilder *self);
/* closes the innermost object or array */
void confsync_json_builder_close (ConfsyncJsonBuilder *self);

/* the name of the next value; fails at close() where the object has it already */
void confsync_json_builder_name (ConfsyncJsonBuilder *self, const char *name);
void confsync_json_builder_name_n (ConfsyncJsonBuilder *self, const char *name, gsize length);

void confsync_json_builder_null (ConfsyncJsonBuilder *self);
void confsync_json_builder_boolean (ConfsyncJsonBuilder *self, gboolean value);
void confsync_json_builder_integer (ConfsyncJsonBuilder *self, gint64 value);
/* fails for an infinite value or NaN */
void confsync_json_builder_double (ConfsyncJsonBuilder *self, double value);
/* fails for what isn't UTF-8; %NULL makes null */
void confsync_json_builder_string (ConfsyncJsonBuilder *self, const char *value);
void confsync_json_builder_string_n (ConfsyncJsonBuilder *self, const char *value, gsize length);
/* a copy of an existing value */
void confsync_json_builder_append (ConfsyncJsonBuilder *self, ConfsyncJson *value);
void confsync_json_builder_append_cursor (ConfsyncJsonBuilder *self, ConfsyncCursor value);

/* the finished value (transfer full), or %NULL with @error set; the builder is empty afterwards */
ConfsyncJson *confsync_json_builder_end (ConfsyncJsonBuilder *self, GError **error);

/* one that lies with its user, instead of new() and free() */
void confsync_json_builder_init (ConfsyncJsonBuilder *self);
void confsync_json_builder_clear (ConfsyncJsonBuilder *self);
/* lends @room, which is to live as long as the builder, to one that was just begun */
void confsync_json_builder_lend (ConfsyncJsonBuilder *self, ConfsyncBuilderRoom *room);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (ConfsyncJsonBuilder, confsync_json_builder_clear)

/* Makes a builder, so far unused, write text; about @size_hint bytes are expected. It is for those
 * who know that no object gets one name twice: nothing is kept that would tell. */
void confsync_json_builder_begin_text (ConfsyncJsonBuilder *self, gsize size_hint);
/* a value that is JSON text already; only where text is written */
void confsync_json_builder_raw (ConfsyncJsonBuilder *self, GBytes *value);
/* the same, in two steps: room for @max bytes, into which the caller writes it, and how many it has
 * written; %NULL after an error */
char *confsync_json_builder_begin_raw (ConfsyncJsonBuilder *self, gsize max);
void confsync_json_builder_end_raw (ConfsyncJsonBuilder *self, gsize size);
/* the text (transfer full), or %NULL with @error set; the builder is only good for clear() then */
GBytes *confsync_json_builder_end_text (ConfsyncJsonBuilder *self, GError **error);

/*< for the reader, which fills in its own cells >*/
void confsync_json_builder_grow_frames (ConfsyncJsonBuilder *self);
void confsync_json_builder_grow_cells (ConfsyncJsonBuilder *self, guint32 at_least);
char *confsync_json_builder_grow_pool (ConfsyncJsonBuilder *self, gsize extra);
void confsync_json_builder_close_array (ConfsyncJsonBuilder *self);
/* %FALSE where two members have one name: @duplicate is the cell of the second name */
gboolean confsync_json_builder_close_object (ConfsyncJsonBuilder *self, const char *text,
                                             guint32 *duplicate);
/* takes the blocks; @text is what cells that aren't in the pool point into */
ConfsyncTape *confsync_json_builder_steal_tape (ConfsyncJsonBuilder *self, GBytes *text);

/*< the calls above, where text is written >*/
void confsync_json_text_open (ConfsyncJsonBuilder *self, ConfsyncJsonKind kind);
void confsync_json_text_close (ConfsyncJsonBuilder *self);
void confsync_json_text_name (ConfsyncJsonBuilder *self, const char *name, gsize length);
void confsync_json_text_scalar (ConfsyncJsonBuilder *self, const ConfsyncCell *cell);
void confsync_json_text_string (ConfsyncJsonBuilder *self, const char *value, gsize length);

static inline ConfsyncCell *
confsync_json_builder_new_cell (ConfsyncJsonBuilder *self, guint kind)
{
  ConfsyncCell *cell;

  if (G_UNLIKELY (self->n_cells == self->cells_size))
    confsync_json_builder_grow_cells (self, self->n_cells + 1);
  cell = &self->cells[self->n_cells++];
  cell->kind = (guint8) kind;
  cell->in_pool = 0;
  cell->height = 0;
  return cell;
}

/* the cell of a value, counted in the container that is open */
static inline ConfsyncCell *
confsync_json_builder_new_value (ConfsyncJsonBuilder *self, guint kind)
{
  self->frames[self->depth].count++;
  self->n_values++;
  return confsync_json_builder_new_cell (self, kind);
}

/* opens a container; the caller has checked the depth */
static inline void
confsync_json_builder_enter (ConfsyncJsonBuilder *self, guint kind)
{
  ConfsyncFrame *frame;

  confsync_json_builder_new_value (self, kind);
  if (G_UNLIKELY (self->depth + 1 == self->frames_size))
    confsync_json_builder_grow_frames (self);
  frame = &self->frames[++self->depth];
  frame->cell = self->n_cells - 1;
  frame->count = 0;
  frame->height = 0;
}

/* room for @extra bytes at the end of the pool; the caller adds to pool_used what it wrote */
static inline char *
confsync_json_builder_reserve (ConfsyncJsonBuilder *self, gsize extra)
{
  if (G_UNLIKELY (self->pool_size - self->pool_used < extra))
    return confsync_json_builder_grow_pool (self, extra);
  return self->pool + self->pool_used;
}

G_END_DECLS
