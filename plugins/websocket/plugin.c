/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * The one visible symbol of the websocket plugin.
 */

#include <confsync.h>

#include "confsync-websocket-transport.h"

static gboolean
register_types (GError **error)
{
  return confsync_registry_add (CONFSYNC_TYPE_TRANSPORT, "ws", CONFSYNC_TYPE_WEBSOCKET_TRANSPORT, 0,
                                error) &&
         confsync_registry_add (CONFSYNC_TYPE_TRANSPORT, "wss", CONFSYNC_TYPE_WEBSOCKET_TRANSPORT,
                                0, error);
}

CONFSYNC_DEFINE_PLUGIN ("websocket", register_types)
