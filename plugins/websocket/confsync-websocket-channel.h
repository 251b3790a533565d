/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * One WebSocket link, dialled or accepted.
 */

#pragma once

#include <confsync.h>

#include "confsync-websocket-address.h"
#include "confsync-websocket-policy.h"
#include "confsync-websocket-stream.h"

G_BEGIN_DECLS

#define CONFSYNC_TYPE_WEBSOCKET_CHANNEL (confsync_websocket_channel_get_type ())
G_DECLARE_FINAL_TYPE (ConfsyncWebsocketChannel, confsync_websocket_channel, CONFSYNC,
                      WEBSOCKET_CHANNEL, ConfsyncChannel)

/* Still connecting when it comes back. */
ConfsyncChannel *confsync_websocket_channel_new_dialled (ConfsyncWebsocketAddress *address,
                                                         ConfsyncTls *tls,
                                                         ConfsyncWebsocketPolicy *policy,
                                                         guint timeout_ms);

/* Open when it comes back. */
ConfsyncChannel *confsync_websocket_channel_new_accepted (ConfsyncWebsocketStream *stream,
                                                          const char *protocol);

G_END_DECLS
