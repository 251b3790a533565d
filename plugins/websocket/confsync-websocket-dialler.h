/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Reaches a listener: name, connection, TLS and opening handshake, all under one deadline.
 */

#pragma once

#include <confsync.h>

#include "confsync-websocket-address.h"
#include "confsync-websocket-policy.h"
#include "confsync-websocket-stream.h"

G_BEGIN_DECLS

/* @tls: for an address with TLS. @cancellable gives up, and is cancelled here at the
 * deadline: it must serve nothing else. */
void confsync_websocket_dial_async (ConfsyncWebsocketAddress *address,
                                    ConfsyncTls *tls,
                                    ConfsyncWebsocketPolicy *policy,
                                    guint timeout_ms,
                                    GCancellable *cancellable,
                                    GAsyncReadyCallback callback,
                                    gpointer user_data);

/* Gives a stream that carries frames from its first byte on. @protocol: static, NULL where the
 * other side knows none. The error's message names the address, its domain is that of the cause. */
ConfsyncWebsocketStream *confsync_websocket_dial_finish (GAsyncResult *result,
                                                         const char **protocol,
                                                         GError **error);

G_END_DECLS
