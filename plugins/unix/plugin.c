/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * The one visible symbol of the unix plugin.
 */

#include <confsync.h>

#include "confsync-unix-transport.h"

static gboolean
register_types (GError **error)
{
  return confsync_registry_add (CONFSYNC_TYPE_TRANSPORT, "unix", CONFSYNC_TYPE_UNIX_TRANSPORT, 0,
                                error);
}

CONFSYNC_DEFINE_PLUGIN ("unix", register_types)
