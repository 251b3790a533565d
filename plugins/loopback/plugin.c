/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * The loopback plugin's entry: one transport under one scheme.
 */

#include <confsync.h>

#include "confsync-loopback-transport.h"

static gboolean
register_types (GError **error)
{
  return confsync_registry_add (CONFSYNC_TYPE_TRANSPORT, CONFSYNC_LOOPBACK_SCHEME,
                                CONFSYNC_TYPE_LOOPBACK_TRANSPORT, 0, error);
}

CONFSYNC_DEFINE_PLUGIN ("loopback", register_types)
