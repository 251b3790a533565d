/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Whose process is at the other end of a TCP connection that stays on this machine. The kernel is
 * asked; nothing that the other end says counts.
 */

#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* Where the answer comes from. */
typedef enum {
  CONFSYNC_OWNER_ANY,     /* the socket first; the table where a sandbox has none */
  CONFSYNC_OWNER_NETLINK, /* asks for the one connection */
  CONFSYNC_OWNER_TABLE,   /* reads /proc/net/tcp and tcp6, all of it */
} ConfsyncOwnerSource;

/* Finds the user at the end @remote of a connection whose end here is @local. Fails for one that
 * nobody holds any more. */
gboolean confsync_websocket_owner_find (GInetSocketAddress *local,
                                        GInetSocketAddress *remote,
                                        ConfsyncOwnerSource source,
                                        guint *uid,
                                        GError **error);

/* Who is there, for people, unless that is this user or root; %NULL also for another machine
 * (transfer full). */
char *confsync_websocket_owner_dup_stranger (GInetSocketAddress *local,
                                             GInetSocketAddress *remote);

G_END_DECLS
