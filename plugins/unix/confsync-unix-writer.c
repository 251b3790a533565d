/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Writing frames.
 */

#include "confsync-unix-writer.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include "confsync-unix-reader.h"

/* frames that one call of the system takes */
#define BATCH_FRAMES 32

typedef struct
{
  guint32 header; /* big-endian */
  GBytes *body;   /* (owned) (nullable) */
} Frame;

static void
frame_init (Frame *self, GBytes *body)
{
  self->header = GUINT32_TO_BE (body != NULL ? (guint32) g_bytes_get_size (body) : 0);
  self->body = body;
}

static void
frame_free (gpointer data)
{
  Frame *self = data;

  g_clear_pointer (&self->body, g_bytes_unref);
  g_free (self);
}

static gsize
frame_bytes (const Frame *self)
{
  return CONFSYNC_UNIX_HEADER_BYTES + (self->body != NULL ? g_bytes_get_size (self->body) : 0);
}

/* Fills two parts. */
static void
frame_point (const Frame *self, struct iovec *parts)
{
  gsize size = 0;
  const void *data = self->body != NULL ? g_bytes_get_data (self->body, &size) : NULL;

  parts[0] = (struct iovec) { (void *) &self->header, CONFSYNC_UNIX_HEADER_BYTES };
  parts[1] = (struct iovec) { (void *) data, size };
}

/* Takes @count bytes off the front. */
static void
skip (struct iovec *parts, gsize count)
{
  for (struct iovec *part = parts; count > 0; part++)
    {
      gsize n = MIN (count, part->iov_len);

      part->iov_base = (char *) part->iov_base + n;
      part->iov_len -= n;
      count -= n;
    }
}

/* Gives how many bytes the socket took, -1 with an error. */
static gssize
put (int fd, struct iovec *parts, guint n_parts, GError **error)
{
  struct msghdr message = { .msg_iov = parts, .msg_iovlen = n_parts };
  gssize count;
  int code;

  do
    count = sendmsg (fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
  while (count < 0 && errno == EINTR);
  if (count >= 0)
    return count;

  code = errno;
  if (code == EAGAIN || code == EWOULDBLOCK)
    return 0;
  if (code == EPIPE || code == ECONNRESET)
    g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_CONNECTION_CLOSED,
                         "the other end is gone");
  else
    g_set_error_literal (error, G_IO_ERROR, g_io_error_from_errno (code), g_strerror (code));
  return -1;
}

void
confsync_unix_writer_clear (ConfsyncUnixWriter *self)
{
  g_queue_clear_full (&self->frames, frame_free);
  self->bytes = 0;
  self->offset = 0;
}

static void
push (ConfsyncUnixWriter *self, GBytes *body)
{
  Frame *frame = g_new (Frame, 1);

  frame_init (frame, body != NULL ? g_bytes_ref (body) : NULL);
  self->bytes += frame_bytes (frame);
  g_queue_push_tail (&self->frames, frame);
}

gboolean
confsync_unix_writer_send (ConfsyncUnixWriter *self, int fd, GBytes *body, GError **error)
{
  gsize size = CONFSYNC_UNIX_HEADER_BYTES;
  gssize count = 0;

  if (self->bytes == 0)
    {
      struct iovec parts[2];
      Frame frame;

      frame_init (&frame, body);
      frame_point (&frame, parts);
      size = frame_bytes (&frame);
      count = put (fd, parts, 2, error);
      if (count < 0)
        return FALSE;
      if ((gsize) count == size)
        return TRUE;
      self->offset = count;
    }
  push (self, body);
  self->bytes -= count;
  return TRUE;
}

/* Lets go of what is gone. */
static void
advance (ConfsyncUnixWriter *self, gsize count)
{
  self->bytes -= count;
  self->offset += count;
  while (!g_queue_is_empty (&self->frames))
    {
      gsize size = frame_bytes (g_queue_peek_head (&self->frames));

      if (self->offset < size)
        break;
      self->offset -= size;
      frame_free (g_queue_pop_head (&self->frames));
    }
}

gboolean
confsync_unix_writer_flush (ConfsyncUnixWriter *self, int fd, GError **error)
{
  struct iovec parts[2 * BATCH_FRAMES];
  guint n = 0;
  gssize count;

  for (GList *l = self->frames.head; l != NULL && n < G_N_ELEMENTS (parts); l = l->next, n += 2)
    frame_point (l->data, parts + n);
  if (n == 0)
    return TRUE;

  skip (parts, self->offset);
  count = put (fd, parts, n, error);
  if (count > 0)
    advance (self, count);
  return count >= 0;
}
