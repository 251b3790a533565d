/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * A link over a Unix socket, from the first byte of the handshake on.
 */

#pragma once

#include <confsync.h>

#include "confsync-unix-process.h"

G_BEGIN_DECLS

#define CONFSYNC_TYPE_UNIX_CHANNEL (confsync_unix_channel_get_type ())
G_DECLARE_FINAL_TYPE (ConfsyncUnixChannel, confsync_unix_channel, CONFSYNC, UNIX_CHANNEL,
                      ConfsyncChannel)

/* connections that came in and are still there; each holds a reference */
typedef struct
{
  guint taken;
} ConfsyncUnixSeats;

/* Who waits for a newcomer's handshake. Told at most once, of one of the three. */
typedef struct
{
  void (*opened) (gpointer host, ConfsyncUnixChannel *guest);
  void (*refused) (gpointer host, ConfsyncUnixChannel *guest, const char *reason);
  void (*left) (gpointer host, ConfsyncUnixChannel *guest); /* without a word */
} ConfsyncUnixHost;

/* Connects to the path. What goes wrong comes as the channel's end. */
ConfsyncUnixChannel *confsync_unix_channel_new_dialled (const char *path, guint timeout_ms);

/* Takes @fd, and a seat. @host isn't kept alive: it cuts its guests before it goes. */
ConfsyncUnixChannel *confsync_unix_channel_new_accepted (int fd,
                                                         const ConfsyncUnixProcess *process,
                                                         ConfsyncUnixSeats *seats,
                                                         const ConfsyncUnixHost *table,
                                                         gpointer host,
                                                         guint timeout_ms);

/* Ends a newcomer's handshake at once; with a reason (nullable), that is told to both sides. */
void confsync_unix_channel_cut (ConfsyncUnixChannel *self, const char *reason);

G_END_DECLS
