/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Reading frames. Small ones are cut out of what one read brought; a large one is read into its own
 * memory, with room behind it for the frame after.
 */

#include "confsync-unix-reader.h"

#include <confsync.h>
#include <errno.h>
#include <string.h>
#include <sys/uio.h>

/* holds an ordinary update whole, and lives on the stack */
#define SCRATCH_BYTES (16 * 1024)

/* what a large body gets at first; it is doubled when it is full */
#define FIRST_ROOM_BYTES (64 * 1024)

void
confsync_unix_reader_clear (ConfsyncUnixReader *self)
{
  g_clear_pointer (&self->body, g_free);
  self->header_bytes = 0;
}

gboolean
confsync_unix_reader_is_inside (const ConfsyncUnixReader *self)
{
  return self->header_bytes > 0 || self->body != NULL;
}

/* what is cut off the front of what was read */
static const guint8 *
cut (const guint8 **data, gsize *size, gsize count)
{
  const guint8 *front = *data;

  *data += count;
  *size -= count;
  return front;
}

/* Says whether the header is whole now. */
static gboolean
fill_header (ConfsyncUnixReader *self, const guint8 **data, gsize *size)
{
  gsize count = MIN (CONFSYNC_UNIX_HEADER_BYTES - self->header_bytes, *size);

  memcpy (self->header + self->header_bytes, cut (data, size, count), count);
  self->header_bytes += count;
  return self->header_bytes == CONFSYNC_UNIX_HEADER_BYTES;
}

static gboolean
take_header (ConfsyncUnixReader *self, GError **error)
{
  guint32 length;

  memcpy (&length, self->header, sizeof length);
  self->body_bytes = GUINT32_FROM_BE (length);
  self->filled_bytes = 0;
  self->header_bytes = 0;
  if (self->body_bytes <= self->max_bytes)
    return TRUE;

  g_set_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_TOO_LARGE,
               "a message of %" G_GSIZE_FORMAT " bytes; the limit is %" G_GSIZE_FORMAT,
               self->body_bytes, self->max_bytes);
  return FALSE;
}

static gboolean
make_room (ConfsyncUnixReader *self, gsize bytes, GError **error)
{
  gsize room = MIN (bytes, self->body_bytes);
  guint8 *body = g_try_realloc (self->body, room);

  if (body == NULL)
    {
      g_set_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_TOO_LARGE,
                   "no memory for a message of %" G_GSIZE_FORMAT " bytes", self->body_bytes);
      return FALSE;
    }
  self->body = body;
  self->room_bytes = room;
  return TRUE;
}

/* Takes the beginning of a body, all that there is. */
static gboolean
begin_body (ConfsyncUnixReader *self, const guint8 **data, gsize *size, GError **error)
{
  gsize count = *size;

  if (!make_room (self, MAX (FIRST_ROOM_BYTES, count), error))
    return FALSE;
  memcpy (self->body, cut (data, size, count), count);
  self->filled_bytes = count;
  return TRUE;
}

/* Cuts frames out of what was read; what remains is the beginning of one. Gives FALSE for an error;
 * @stopped says whether the function had enough. */
static gboolean
cut_frames (ConfsyncUnixReader *self,
            const guint8 *data,
            gsize size,
            ConfsyncUnixFrameFunc func,
            gpointer user_data,
            GError **error)
{
  gboolean wanted = TRUE;

  while (wanted && size > 0 && fill_header (self, &data, &size))
    {
      g_autoptr (GBytes) body = NULL;

      if (!take_header (self, error))
        return FALSE;
      if (self->body_bytes > size)
        return begin_body (self, &data, &size, error);
      if (self->body_bytes > 0)
        body = g_bytes_new (cut (&data, &size, self->body_bytes), self->body_bytes);
      wanted = func (body, user_data);
    }
  return TRUE;
}

/* Says whether the body is whole; then it is given away, and @wanted says whether to go on. */
static gboolean
grow_body (ConfsyncUnixReader *self,
           gsize count,
           ConfsyncUnixFrameFunc func,
           gpointer user_data,
           gboolean *wanted)
{
  g_autoptr (GBytes) body = NULL;

  self->filled_bytes += count;
  if (self->filled_bytes < self->body_bytes)
    return FALSE;
  body = g_bytes_new_take (g_steal_pointer (&self->body), self->body_bytes);
  *wanted = func (body, user_data);
  return TRUE;
}

static ConfsyncUnixRead
explain_failure (GError **error)
{
  int code = errno;

  if (code == EAGAIN || code == EWOULDBLOCK || code == EINTR)
    return CONFSYNC_UNIX_READ_GOING;
  if (code == ECONNRESET)
    g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_CONNECTION_CLOSED,
                         "the other end went away without reading what was sent");
  else
    g_set_error_literal (error, G_IO_ERROR, g_io_error_from_errno (code), g_strerror (code));
  return CONFSYNC_UNIX_READ_FAILED;
}

/* Fills two parts: what lacks of a body, as far as there is room, and where that takes it to its
 * end, the scratch for what follows. */
static int
point (ConfsyncUnixReader *self, guint8 *scratch, struct iovec *parts)
{
  int n = 0;

  if (self->body != NULL)
    parts[n++] = (struct iovec) { self->body + self->filled_bytes,
                                  self->room_bytes - self->filled_bytes };
  if (self->body == NULL || self->room_bytes == self->body_bytes)
    parts[n++] = (struct iovec) { scratch, SCRATCH_BYTES };
  return n;
}

ConfsyncUnixRead
confsync_unix_reader_read (ConfsyncUnixReader *self,
                           int fd,
                           ConfsyncUnixFrameFunc func,
                           gpointer user_data,
                           GError **error)
{
  guint8 scratch[SCRATCH_BYTES];
  struct iovec parts[2];
  gboolean wanted = TRUE;
  gsize lacking;
  gssize count;

  if (self->body != NULL && self->filled_bytes == self->room_bytes &&
      !make_room (self, 2 * self->room_bytes, error))
    return CONFSYNC_UNIX_READ_FAILED;
  count = readv (fd, parts, point (self, scratch, parts));
  if (count < 0)
    return explain_failure (error);
  if (count == 0)
    return CONFSYNC_UNIX_READ_ENDED;

  lacking = self->body != NULL ? self->body_bytes - self->filled_bytes : 0;
  if (lacking > 0 &&
      (!grow_body (self, MIN ((gsize) count, lacking), func, user_data, &wanted) || !wanted))
    return CONFSYNC_UNIX_READ_GOING;
  if (!cut_frames (self, scratch, count - lacking, func, user_data, error))
    return CONFSYNC_UNIX_READ_FAILED;
  return CONFSYNC_UNIX_READ_GOING;
}
