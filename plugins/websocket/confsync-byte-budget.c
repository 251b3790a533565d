/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Reads along what libsoup reads, and fails the read where a limit is passed. A single frame is
 * bounded by libsoup, with the same limit; here it is the sum over fragments, judged by their
 * headers, before the bytes are there.
 */

#include "confsync-byte-budget.h"

#include <confsync.h>
#include <string.h>

#include "confsync-frame-scanner.h"

/* libsoup 3.2 queues a pong for each ping, without a bound, while the other end reads nothing; a
 * burst of pings can well be read before the first pong is written */
#define UNANSWERED_PINGS_MAX 1024

/* libsoup reads on as long as there is something; after this much in one round of the main loop the
 * others get their turn */
#define SLICE_MAX_BYTES (256 * 1024)

struct _ConfsyncByteBudget
{
  GFilterInputStream parent_instance;

  ConfsyncByteMeter *meter; /* (owned) knows the pongs */
  gboolean counting;
  ConfsyncFrameScanner scanner;
  gsize max_message;
  guint64 message_bytes; /* announced for the message that is coming in */
  guint64 pings;

  GBytes *rest; /* (owned) (nullable) not empty: to be read before the base stream */

  gint64 slice_time; /* the round of the main loop that slice_bytes belongs to */
  gsize slice_bytes;
};

static void confsync_byte_budget_pollable_init (GPollableInputStreamInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (ConfsyncByteBudget,
                               confsync_byte_budget,
                               G_TYPE_FILTER_INPUT_STREAM,
                               G_IMPLEMENT_INTERFACE (G_TYPE_POLLABLE_INPUT_STREAM,
                                                      confsync_byte_budget_pollable_init))

static GInputStream *
base_of (gpointer self)
{
  return g_filter_input_stream_get_base_stream (G_FILTER_INPUT_STREAM (self));
}

static gboolean
check_frame (ConfsyncByteBudget *self, const ConfsyncFrame *frame, GError **error)
{
  if (frame->opcode == CONFSYNC_FRAME_PING)
    self->pings++;
  if (self->pings > confsync_byte_meter_get_pongs (self->meter) + UNANSWERED_PINGS_MAX)
    {
      g_set_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_TOO_LARGE,
                   "%d pings sent and no answer read", UNANSWERED_PINGS_MAX);
      return FALSE;
    }
  if (confsync_frame_is_control (frame))
    return TRUE;

  if (frame->opcode != CONFSYNC_FRAME_CONTINUATION)
    {
      self->message_bytes = frame->length;
      return TRUE;
    }
  if (self->message_bytes > self->max_message ||
      frame->length > self->max_message - self->message_bytes)
    {
      g_set_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_TOO_LARGE,
                   "the fragments of a message add up to more than %" G_GSIZE_FORMAT " bytes",
                   self->max_message);
      return FALSE;
    }
  self->message_bytes += frame->length;
  return TRUE;
}

/* Gives @count back, or -1 where the bytes just read pass a limit. */
static gssize
check (ConfsyncByteBudget *self, const guint8 *data, gssize count, GError **error)
{
  gsize size = MAX (count, 0);
  ConfsyncFrame frame;

  self->slice_bytes += size;
  while (self->counting && confsync_frame_scanner_next (&self->scanner, &data, &size, &frame))
    if (!check_frame (self, &frame, error))
      return -1;
  return count;
}

static gssize
read_rest (ConfsyncByteBudget *self, void *buffer, gsize size)
{
  g_autoptr (GBytes) rest = g_steal_pointer (&self->rest);
  gsize have = g_bytes_get_size (rest);
  gsize n = MIN (have, size);

  memcpy (buffer, g_bytes_get_data (rest, NULL), n);
  if (n < have)
    self->rest = g_bytes_new_from_bytes (rest, n, have - n);
  return n;
}

static gboolean
slice_is_used_up (ConfsyncByteBudget *self)
{
  GSource *source = g_main_current_source ();
  gint64 now;

  if (source == NULL)
    return FALSE;

  /* the same for all that is dispatched in one round */
  now = g_source_get_time (source);
  if (now != self->slice_time)
    {
      self->slice_time = now;
      self->slice_bytes = 0;
    }
  return self->slice_bytes >= SLICE_MAX_BYTES;
}

static gssize
confsync_byte_budget_read (GInputStream *stream,
                           void *buffer,
                           gsize size,
                           GCancellable *cancellable,
                           GError **error)
{
  ConfsyncByteBudget *self = CONFSYNC_BYTE_BUDGET (stream);

  if (self->rest != NULL)
    return check (self, buffer, read_rest (self, buffer, size), error);
  return check (self, buffer,
                g_input_stream_read (base_of (self), buffer, size, cancellable, error), error);
}

static gssize
confsync_byte_budget_read_nonblocking (GPollableInputStream *stream,
                                       void *buffer,
                                       gsize size,
                                       GError **error)
{
  ConfsyncByteBudget *self = CONFSYNC_BYTE_BUDGET (stream);

  if (self->rest != NULL)
    return check (self, buffer, read_rest (self, buffer, size), error);
  if (slice_is_used_up (self))
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK, "let others have a turn");
      return -1;
    }
  return check (self, buffer,
                g_pollable_input_stream_read_nonblocking (G_POLLABLE_INPUT_STREAM (base_of (self)),
                                                          buffer, size, NULL, error),
                error);
}

static gboolean
confsync_byte_budget_can_poll (GPollableInputStream *stream)
{
  return g_pollable_input_stream_can_poll (G_POLLABLE_INPUT_STREAM (base_of (stream)));
}

static gboolean
confsync_byte_budget_is_readable (GPollableInputStream *stream)
{
  return CONFSYNC_BYTE_BUDGET (stream)->rest != NULL ||
         g_pollable_input_stream_is_readable (G_POLLABLE_INPUT_STREAM (base_of (stream)));
}

static GSource *
confsync_byte_budget_create_source (GPollableInputStream *stream, GCancellable *cancellable)
{
  g_autoptr (GSource) inner = NULL;

  if (CONFSYNC_BYTE_BUDGET (stream)->rest != NULL)
    {
      inner = g_timeout_source_new (0);
      return g_pollable_source_new_full (stream, inner, cancellable);
    }
  inner = g_pollable_input_stream_create_source (G_POLLABLE_INPUT_STREAM (base_of (stream)),
                                                 cancellable);
  return g_pollable_source_new_full (stream, inner, NULL);
}

static void
confsync_byte_budget_pollable_init (GPollableInputStreamInterface *iface)
{
  iface->can_poll = confsync_byte_budget_can_poll;
  iface->is_readable = confsync_byte_budget_is_readable;
  iface->create_source = confsync_byte_budget_create_source;
  iface->read_nonblocking = confsync_byte_budget_read_nonblocking;
}

static void
confsync_byte_budget_finalize (GObject *object)
{
  ConfsyncByteBudget *self = CONFSYNC_BYTE_BUDGET (object);

  g_clear_object (&self->meter);
  g_clear_pointer (&self->rest, g_bytes_unref);

  G_OBJECT_CLASS (confsync_byte_budget_parent_class)->finalize (object);
}

static void
confsync_byte_budget_class_init (ConfsyncByteBudgetClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = confsync_byte_budget_finalize;
  G_INPUT_STREAM_CLASS (klass)->read_fn = confsync_byte_budget_read;
}

static void
confsync_byte_budget_init (ConfsyncByteBudget *self)
{
}

ConfsyncByteBudget *
confsync_byte_budget_new (GInputStream *base, ConfsyncByteMeter *meter)
{
  ConfsyncByteBudget *self = g_object_new (CONFSYNC_TYPE_BYTE_BUDGET, "base-stream", base, NULL);

  self->meter = g_object_ref (meter);
  return self;
}

void
confsync_byte_budget_start (ConfsyncByteBudget *self, GBytes *rest)
{
  self->counting = TRUE;
  g_clear_pointer (&self->rest, g_bytes_unref);
  if (rest != NULL && g_bytes_get_size (rest) > 0)
    self->rest = g_bytes_ref (rest);
}

void
confsync_byte_budget_set_max_message (ConfsyncByteBudget *self, gsize bytes)
{
  self->max_message = bytes;
}
