/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * A plugin that was built for an earlier plugin interface.
 */

#include <confsync.h>

static gboolean
register_types (GError **error)
{
  g_assert_not_reached ();
}

__attribute__ ((visibility ("default"))) extern const ConfsyncPluginInfo confsync_plugin;
const ConfsyncPluginInfo confsync_plugin = { CONFSYNC_PLUGIN_ABI - 1, "old", register_types };
