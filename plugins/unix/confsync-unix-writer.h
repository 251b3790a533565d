/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Puts frames into a socket: straight away where nothing waits, header and body in one call of the
 * system; what doesn't fit waits, without a copy.
 */

#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

typedef struct
{
  gsize bytes; /* that wait, headers included */

  /*< private >*/
  GQueue frames; /* of Frame */
  gsize offset;  /* of the first one, that is gone already */
} ConfsyncUnixWriter;

void confsync_unix_writer_clear (ConfsyncUnixWriter *self);

/* Sends a frame behind those that wait; a NULL @body stands for an empty one. */
gboolean confsync_unix_writer_send (ConfsyncUnixWriter *self, int fd, GBytes *body, GError **error);

/* Sends of what waits as much as the socket takes. */
gboolean confsync_unix_writer_flush (ConfsyncUnixWriter *self, int fd, GError **error);

G_END_DECLS
