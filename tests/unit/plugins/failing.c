/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * A plugin that can't register its types, and says why.
 */

#include <confsync.h>

static gboolean
register_types (GError **error)
{
  g_set_error_literal (error, CONFSYNC_ERROR, CONFSYNC_ERROR_PLUGIN,
                       "the fixture fails on purpose");
  return FALSE;
}

CONFSYNC_DEFINE_PLUGIN ("failing", register_types)
