/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Where the writers put text.
 */

#include "config.h"

#include "confsync-sink-private.h"

void
confsync_sink_init_memory (ConfsyncSink *self, gsize size_hint)
{
  *self = (ConfsyncSink){ .in_memory = TRUE, .size = size_hint + 64 };
  self->data = g_malloc (self->size);
}

void
confsync_sink_init_checksum (ConfsyncSink *self, ConfsyncSha256 *checksum, char *buffer)
{
  *self = (ConfsyncSink){
    .data = buffer, .size = CONFSYNC_SINK_BUFFER_BYTES, .checksum = checksum
  };
}

static void
flush (ConfsyncSink *self)
{
  if (self->checksum != NULL)
    confsync_sha256_update (self->checksum, self->data, self->used);
  self->flushed += self->used;
  self->used = 0;
}

void
confsync_sink_make_room (ConfsyncSink *self, gsize n)
{
  if (!self->in_memory)
    {
      g_assert (n <= self->size);
      flush (self);
      return;
    }
  self->size = MAX (self->used + n, self->size + self->size / 2);
  self->data = g_realloc (self->data, self->size);
}

GBytes *
confsync_sink_end_memory (ConfsyncSink *self)
{
  /* a small remainder isn't worth giving back */
  if (self->size - self->used > self->used / 8 + 64)
    self->data = g_realloc (self->data, self->used);
  return g_bytes_new_take (g_steal_pointer (&self->data), self->used);
}

gsize
confsync_sink_end_checksum (ConfsyncSink *self)
{
  flush (self);
  return self->flushed;
}
