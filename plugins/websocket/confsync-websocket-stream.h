/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * One TCP connection as the rest of the plugin sees it: counted on both sides, and closed for good
 * when it is closed, which GSimpleIOStream wouldn't do.
 */

#pragma once

#include <gio/gio.h>

#include "confsync-byte-budget.h"

G_BEGIN_DECLS

#define CONFSYNC_TYPE_WEBSOCKET_STREAM (confsync_websocket_stream_get_type ())
G_DECLARE_FINAL_TYPE (ConfsyncWebsocketStream, confsync_websocket_stream, CONFSYNC,
                      WEBSOCKET_STREAM, GIOStream)

/* Fails where the connection is gone already or is no TCP. */
ConfsyncWebsocketStream *confsync_websocket_stream_new (GSocketConnection *connection,
                                                        gboolean dialled,
                                                        GError **error);

GInetSocketAddress *confsync_websocket_stream_get_remote (ConfsyncWebsocketStream *self);

GInetSocketAddress *confsync_websocket_stream_get_local (ConfsyncWebsocketStream *self);

/* what a TLS connection stands on */
GIOStream *confsync_websocket_stream_get_base (ConfsyncWebsocketStream *self);

GSocket *confsync_websocket_stream_get_socket (ConfsyncWebsocketStream *self);

/* Between these two another thread uses the socket: it is closed only afterwards. */
void confsync_websocket_stream_begin_handshake (ConfsyncWebsocketStream *self);

void confsync_websocket_stream_end_handshake (ConfsyncWebsocketStream *self);

/* From now on everything goes through @tls; nothing was read or written here before. */
void confsync_websocket_stream_secure (ConfsyncWebsocketStream *self, GIOStream *tls);

/* The opening handshake is over; @rest (nullable) are bytes of the first frames that were read with
 * it. */
void confsync_websocket_stream_start (ConfsyncWebsocketStream *self, GBytes *rest);

void confsync_websocket_stream_set_max_message (ConfsyncWebsocketStream *self, gsize bytes);

/* payload bytes of messages that were handed to the system */
guint64 confsync_websocket_stream_get_payload_written (ConfsyncWebsocketStream *self);

/* Says that no more will be written; what was written still arrives. */
void confsync_websocket_stream_end_writing (ConfsyncWebsocketStream *self);

G_END_DECLS
