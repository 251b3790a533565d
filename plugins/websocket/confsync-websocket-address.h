/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * A `ws://HOST[:PORT][/PATH]` address, or one of `wss://`, taken apart. It must not resolve names
 * or open anything.
 */

#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

#define CONFSYNC_WEBSOCKET_DEFAULT_PORT 8765
#define CONFSYNC_WEBSOCKET_DEFAULT_PATH "/sync"
#define CONFSYNC_WEBSOCKET_HEALTH_PATH "/health"

/* immutable; a port of 0 asks for a free one and makes sense for listening only */
typedef struct
{
  char *host; /* a name or an IP literal, without brackets */
  guint16 port;
  char *path; /* begins with a slash */
  gboolean tls;
  gboolean plain; /* without a subprotocol, whatever the other end offers */
} ConfsyncWebsocketAddress;

ConfsyncWebsocketAddress *confsync_websocket_address_parse (const char *text,
                                                            gboolean plain,
                                                            GError **error);

ConfsyncWebsocketAddress *confsync_websocket_address_ref (ConfsyncWebsocketAddress *self);

void confsync_websocket_address_unref (ConfsyncWebsocketAddress *self);

/* HOST:PORT, with brackets around IPv6 */
char *confsync_websocket_address_dup_authority (const ConfsyncWebsocketAddress *self, guint16 port);

/* `ws` or `wss` */
const char *confsync_websocket_address_get_scheme (const ConfsyncWebsocketAddress *self);

/* the whole address with the given port */
char *confsync_websocket_address_to_string (const ConfsyncWebsocketAddress *self, guint16 port);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ConfsyncWebsocketAddress, confsync_websocket_address_unref)

G_END_DECLS
