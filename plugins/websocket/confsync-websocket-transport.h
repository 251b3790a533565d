/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * The transport that is registered for `ws` and, to say clearly that it isn't there yet, for `wss`.
 */

#pragma once

#include <confsync.h>

G_BEGIN_DECLS

#define CONFSYNC_TYPE_WEBSOCKET_TRANSPORT (confsync_websocket_transport_get_type ())
G_DECLARE_FINAL_TYPE (ConfsyncWebsocketTransport, confsync_websocket_transport, CONFSYNC,
                      WEBSOCKET_TRANSPORT, GObject)

G_END_DECLS
