/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Where the writers put text: into memory, or through a small buffer into a checksum, so that a
 * hash needs no text.
 */

#pragma once

#include "confsync-sha256-private.h"

#include <string.h>

G_BEGIN_DECLS

/* the most that may be reserved at once */
#define CONFSYNC_SINK_BUFFER_BYTES 16384

typedef struct {
  char *data;
  gsize used, size;
  gsize flushed;       /* bytes that went on to the checksum */
  gboolean in_memory;
  ConfsyncSha256 *checksum; /* (nullable): not owned; without one the bytes are only counted */
} ConfsyncSink;

void confsync_sink_init_memory (ConfsyncSink *self, gsize size_hint);
/* @buffer is the caller's, of CONFSYNC_SINK_BUFFER_BYTES */
void confsync_sink_init_checksum (ConfsyncSink *self, ConfsyncSha256 *checksum, char *buffer);
void confsync_sink_make_room (ConfsyncSink *self, gsize n);
/* each ends the sink: the text, or the number of bytes that went into the checksum */
GBytes *confsync_sink_end_memory (ConfsyncSink *self);
gsize confsync_sink_end_checksum (ConfsyncSink *self);

/* room for @n bytes; the caller adds to `used` what it wrote */
static inline char *
confsync_sink_reserve (ConfsyncSink *self, gsize n)
{
  if (G_UNLIKELY (self->size - self->used < n))
    confsync_sink_make_room (self, n);
  return self->data + self->used;
}

static inline void
confsync_sink_char (ConfsyncSink *self, char c)
{
  *confsync_sink_reserve (self, 1) = c;
  self->used++;
}

/* @n is at most CONFSYNC_SINK_BUFFER_BYTES */
static inline void
confsync_sink_append (ConfsyncSink *self, const char *text, gsize n)
{
  memcpy (confsync_sink_reserve (self, n), text, n);
  self->used += n;
}

G_END_DECLS
