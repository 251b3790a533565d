/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * A plugin that doesn't bring what its key file promises.
 */

#include <confsync.h>

static gboolean
register_types (GError **error)
{
  return TRUE;
}

CONFSYNC_DEFINE_PLUGIN ("foreign", register_types)
