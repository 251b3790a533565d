/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * The TLS handshake on a stream, from either end, before anything else is read or written there.
 */

#pragma once

#include <confsync.h>

#include "confsync-websocket-stream.h"

G_BEGIN_DECLS

/* Waits until a client's first record is there whole; it is read later. GIO keeps a thread for each
 * handshake, and half a record would hold one. */
void confsync_websocket_tls_await_async (ConfsyncWebsocketStream *stream,
                                         GCancellable *cancellable,
                                         GAsyncReadyCallback callback,
                                         gpointer user_data);

/* Fails with CONFSYNC_ERROR_INVALID_MESSAGE where the client speaks no TLS. */
gboolean confsync_websocket_tls_await_finish (GAsyncResult *result, GError **error);

/* Serves a client whose first record is there. */
void confsync_websocket_tls_accept_async (ConfsyncWebsocketStream *stream,
                                          ConfsyncTls *tls,
                                          GCancellable *cancellable,
                                          GAsyncReadyCallback callback,
                                          gpointer user_data);

/* @server: which host the other end's certificate has to be for */
void confsync_websocket_tls_dial_async (ConfsyncWebsocketStream *stream,
                                        ConfsyncTls *tls,
                                        GSocketConnectable *server,
                                        GCancellable *cancellable,
                                        GAsyncReadyCallback callback,
                                        gpointer user_data);

/* What is wanted from a client that speaks no TLS. */
#define CONFSYNC_WEBSOCKET_TLS_WANTED "this port takes TLS only: dial wss://"

/* TRUE: the stream carries TLS, and who is at its other end is trusted. Fails with
 * CONFSYNC_ERROR_REFUSED where the other end isn't trusted, and the accepting end can say so over
 * TLS; with another error where the handshake failed, and the stream is of no use. */
gboolean confsync_websocket_tls_finish (GAsyncResult *result, GError **error);

G_END_DECLS
