/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * A plugin that can't register its types, and doesn't say why.
 */

#include <confsync.h>

static gboolean
register_types (GError **error)
{
  return FALSE;
}

CONFSYNC_DEFINE_PLUGIN ("mute", register_types)
