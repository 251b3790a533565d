/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * The manual plugin's entry.
 */

#include <confsync.h>

#include "confsync-manual-resolver.h"

static gboolean
register_types (GError **error)
{
  return confsync_registry_add (CONFSYNC_TYPE_RESOLVER, "manual", CONFSYNC_TYPE_MANUAL_RESOLVER, 0,
                                error);
}

CONFSYNC_DEFINE_PLUGIN ("manual", register_types)
