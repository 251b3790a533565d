/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Listening sockets on one port of one or more addresses.
 */

#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

typedef struct _ConfsyncWebsocketAcceptor ConfsyncWebsocketAcceptor;

typedef void (*ConfsyncWebsocketConnectedFunc) (GSocketConnection *connection, gpointer user_data);

/* Accepting failed, such as for want of file descriptors. It is tried again: at once where this
 * returns TRUE since it freed something, or after a while. */
typedef gboolean (*ConfsyncWebsocketTroubleFunc) (const GError *error, gpointer user_data);

/* A port of 0 takes a free one. An IPv6 loopback beside others is left out where the machine has no
 * IPv6. Fails with an I/O error that names address and port. */
ConfsyncWebsocketAcceptor *
confsync_websocket_acceptor_new (GList *inet_addresses,
                                 guint16 port,
                                 ConfsyncWebsocketConnectedFunc connected,
                                 ConfsyncWebsocketTroubleFunc trouble,
                                 gpointer user_data,
                                 GError **error);

void confsync_websocket_acceptor_free (ConfsyncWebsocketAcceptor *self);

guint16 confsync_websocket_acceptor_get_port (ConfsyncWebsocketAcceptor *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ConfsyncWebsocketAcceptor, confsync_websocket_acceptor_free)

G_END_DECLS
