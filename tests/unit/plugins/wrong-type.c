/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * A plugin whose type implements no interface of the library.
 */

#include <confsync.h>

static gboolean
register_types (GError **error)
{
  return confsync_registry_add (CONFSYNC_TYPE_TRANSPORT, "wrong-type", G_TYPE_OBJECT, 0, error);
}

CONFSYNC_DEFINE_PLUGIN ("wrong-type", register_types)
