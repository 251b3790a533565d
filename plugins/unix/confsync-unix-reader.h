/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Takes frames from a socket: four bytes of length, big-endian, and the body. One call of the
 * system takes whatever is there, and a body that doesn't fit goes straight to its place. A frame
 * over the limit is refused by its length, and memory is taken as the bytes come, not as they are
 * announced.
 */

#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

#define CONFSYNC_UNIX_HEADER_BYTES 4

/* Takes the body of a frame, NULL where it is empty. FALSE ends the reading: the rest of what was
 * taken from the socket is dropped. */
typedef gboolean (*ConfsyncUnixFrameFunc) (GBytes *body, gpointer user_data);

typedef struct
{
  gsize max_bytes; /* of a body; may be changed at any time, and holds for frames to come */

  /*< private >*/
  guint8 header[CONFSYNC_UNIX_HEADER_BYTES];
  guint header_bytes; /* that are there */
  guint8 *body;       /* (owned) (nullable) between frames */
  gsize body_bytes;   /* that the frame has */
  gsize room_bytes;   /* that there is memory for; grows as they come */
  gsize filled_bytes; /* of those */
} ConfsyncUnixReader;

typedef enum {
  CONFSYNC_UNIX_READ_GOING,  /* there may be more later */
  CONFSYNC_UNIX_READ_ENDED,  /* the other end writes no more */
  CONFSYNC_UNIX_READ_FAILED, /* with an error */
} ConfsyncUnixRead;

void confsync_unix_reader_clear (ConfsyncUnixReader *self);

/* One read without waiting. @self has to outlive the calls of @func. */
ConfsyncUnixRead confsync_unix_reader_read (ConfsyncUnixReader *self,
                                            int fd,
                                            ConfsyncUnixFrameFunc func,
                                            gpointer user_data,
                                            GError **error);

/* Whether a frame has begun and is not whole yet. */
gboolean confsync_unix_reader_is_inside (const ConfsyncUnixReader *self);

G_END_DECLS
