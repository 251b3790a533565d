/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Takes WebSocket peers in on one or more addresses of this machine.
 */

#pragma once

#include <confsync.h>

#include "confsync-websocket-address.h"
#include "confsync-websocket-gate.h"
#include "confsync-websocket-policy.h"

G_BEGIN_DECLS

#define CONFSYNC_TYPE_WEBSOCKET_LISTENER (confsync_websocket_listener_get_type ())
G_DECLARE_FINAL_TYPE (ConfsyncWebsocketListener, confsync_websocket_listener, CONFSYNC,
                      WEBSOCKET_LISTENER, ConfsyncListener)

/* @tls: (nullable) for an address without TLS. @inet_addresses: the GInetAddresses that the host
 * stands for, judged by the caller; guests are judged here, by @flags. @timeout_ms: for a guest to
 * finish its handshake. Fails with an I/O error, such as G_IO_ERROR_ADDRESS_IN_USE. */
ConfsyncListener *confsync_websocket_listener_new (const ConfsyncWebsocketAddress *address,
                                                   ConfsyncTls *tls,
                                                   ConfsyncWebsocketGate *gate,
                                                   ConfsyncWebsocketPolicy *policy,
                                                   GList *inet_addresses,
                                                   ConfsyncListenFlags flags,
                                                   guint timeout_ms,
                                                   GError **error);

/* How many connections it holds in all, and of one place before they carry messages. */
void confsync_websocket_listener_set_limits (ConfsyncListener *listener,
                                             guint max_connections,
                                             guint max_guests);

G_END_DECLS
