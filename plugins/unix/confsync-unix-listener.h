/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Takes processes of this machine in, after their handshake.
 */

#pragma once

#include <confsync.h>

G_BEGIN_DECLS

#define CONFSYNC_TYPE_UNIX_LISTENER (confsync_unix_listener_get_type ())
G_DECLARE_FINAL_TYPE (ConfsyncUnixListener, confsync_unix_listener, CONFSYNC, UNIX_LISTENER,
                      ConfsyncListener)

/* Listens on @path; a handshake may take @timeout_ms. */
ConfsyncListener *confsync_unix_listener_new (const char *path, guint timeout_ms, GError **error);

/* How many connections it holds in all, and before they carry messages. */
void confsync_unix_listener_set_limits (ConfsyncListener *listener,
                                        guint max_connections,
                                        guint max_guests);

G_END_DECLS
