/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * The lww plugin's entry.
 */

#include <confsync.h>

#include "confsync-lww-resolver.h"

static gboolean
register_types (GError **error)
{
  return confsync_registry_add (CONFSYNC_TYPE_RESOLVER, "lww", CONFSYNC_TYPE_LWW_RESOLVER, 0,
                                error) &&
         confsync_registry_add (CONFSYNC_TYPE_RESOLVER, "last_write_wins",
                                CONFSYNC_TYPE_LWW_RESOLVER, 0, error);
}

CONFSYNC_DEFINE_PLUGIN ("lww", register_types)
