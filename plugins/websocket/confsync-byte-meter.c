/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Reads along what libsoup writes. Frames of its own (pongs, closes) are told from messages by
 * their headers, so the count of payload is exact and can be set against what was queued.
 */

#include "confsync-byte-meter.h"

#include "confsync-frame-scanner.h"

struct _ConfsyncByteMeter
{
  GFilterOutputStream parent_instance;

  gboolean counting;
  ConfsyncFrameScanner scanner;
  ConfsyncFrame frame; /* the last one begun */
  guint64 announced;   /* payload bytes of all messages begun, whole */
  guint64 pongs;
  ConfsyncByteMeterWritten written; /* (nullable) */
  gpointer written_data;
};

static void confsync_byte_meter_pollable_init (GPollableOutputStreamInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (ConfsyncByteMeter,
                               confsync_byte_meter,
                               G_TYPE_FILTER_OUTPUT_STREAM,
                               G_IMPLEMENT_INTERFACE (G_TYPE_POLLABLE_OUTPUT_STREAM,
                                                      confsync_byte_meter_pollable_init))

static GOutputStream *
base_of (gpointer self)
{
  return g_filter_output_stream_get_base_stream (G_FILTER_OUTPUT_STREAM (self));
}

static void
count (ConfsyncByteMeter *self, const guint8 *data, gssize written)
{
  gsize size = MAX (written, 0);

  if (size > 0 && self->written != NULL)
    self->written (self->written_data);
  while (self->counting && confsync_frame_scanner_next (&self->scanner, &data, &size, &self->frame))
    if (self->frame.opcode == CONFSYNC_FRAME_PONG)
      self->pongs++;
    else if (!confsync_frame_is_control (&self->frame))
      self->announced += self->frame.length;
}

static gssize
confsync_byte_meter_write (GOutputStream *stream,
                           const void *buffer,
                           gsize size,
                           GCancellable *cancellable,
                           GError **error)
{
  gssize written = g_output_stream_write (base_of (stream), buffer, size, cancellable, error);

  count (CONFSYNC_BYTE_METER (stream), buffer, written);
  return written;
}

static gssize
confsync_byte_meter_write_nonblocking (GPollableOutputStream *stream,
                                       const void *buffer,
                                       gsize size,
                                       GError **error)
{
  gssize written = g_pollable_output_stream_write_nonblocking (
    G_POLLABLE_OUTPUT_STREAM (base_of (stream)), buffer, size, NULL, error);

  count (CONFSYNC_BYTE_METER (stream), buffer, written);
  return written;
}

static gboolean
confsync_byte_meter_can_poll (GPollableOutputStream *stream)
{
  return g_pollable_output_stream_can_poll (G_POLLABLE_OUTPUT_STREAM (base_of (stream)));
}

static gboolean
confsync_byte_meter_is_writable (GPollableOutputStream *stream)
{
  return g_pollable_output_stream_is_writable (G_POLLABLE_OUTPUT_STREAM (base_of (stream)));
}

static GSource *
confsync_byte_meter_create_source (GPollableOutputStream *stream, GCancellable *cancellable)
{
  g_autoptr (GSource) inner = g_pollable_output_stream_create_source (
    G_POLLABLE_OUTPUT_STREAM (base_of (stream)), cancellable);

  return g_pollable_source_new_full (stream, inner, NULL);
}

static void
confsync_byte_meter_pollable_init (GPollableOutputStreamInterface *iface)
{
  iface->can_poll = confsync_byte_meter_can_poll;
  iface->is_writable = confsync_byte_meter_is_writable;
  iface->create_source = confsync_byte_meter_create_source;
  iface->write_nonblocking = confsync_byte_meter_write_nonblocking;
}

static void
confsync_byte_meter_class_init (ConfsyncByteMeterClass *klass)
{
  G_OUTPUT_STREAM_CLASS (klass)->write_fn = confsync_byte_meter_write;
}

static void
confsync_byte_meter_init (ConfsyncByteMeter *self)
{
}

ConfsyncByteMeter *
confsync_byte_meter_new (GOutputStream *base)
{
  return g_object_new (CONFSYNC_TYPE_BYTE_METER, "base-stream", base, NULL);
}

void
confsync_byte_meter_set_written_func (ConfsyncByteMeter *self,
                                      ConfsyncByteMeterWritten func,
                                      gpointer data)
{
  self->written = func;
  self->written_data = data;
}

void
confsync_byte_meter_start (ConfsyncByteMeter *self)
{
  self->counting = TRUE;
}

guint64
confsync_byte_meter_get_payload (ConfsyncByteMeter *self)
{
  if (confsync_frame_is_control (&self->frame))
    return self->announced;
  return self->announced - self->scanner.payload_left;
}

guint64
confsync_byte_meter_get_pongs (ConfsyncByteMeter *self)
{
  return self->pongs;
}
