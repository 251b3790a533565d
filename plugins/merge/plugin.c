/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * The merge plugin's entry.
 */

#include <confsync.h>

#include "confsync-merge-resolver.h"

static gboolean
register_types (GError **error)
{
  return confsync_registry_add (CONFSYNC_TYPE_RESOLVER, "merge", CONFSYNC_TYPE_MERGE_RESOLVER, 0,
                                error);
}

CONFSYNC_DEFINE_PLUGIN ("merge", register_types)
