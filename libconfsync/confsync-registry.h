/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Which classes implement which interface under which name, and the loading of the modules that
 * bring them.
 */

#pragma once

#include <gio/gio.h>

#include "confsync-macros.h"

G_BEGIN_DECLS

/**
 * CONFSYNC_PLUGIN_ABI:
 *
 * The number of the plugin interface. A plugin built against another one is not loaded.
 *
 * Since: 1.0
 */
#define CONFSYNC_PLUGIN_ABI 1

/**
 * ConfsyncPluginInfo:
 * @abi: %CONFSYNC_PLUGIN_ABI
 * @name: the plugin's name
 * @register_types: calls confsync_registry_add() for each class of the plugin
 *
 * What a plugin's one visible symbol, `confsync_plugin`, points at.
 *
 * Since: 1.0
 */
typedef struct
{
  guint abi;
  const char *name;
  gboolean (*register_types) (GError **error);
} ConfsyncPluginInfo;

/**
 * CONFSYNC_DEFINE_PLUGIN:
 * @plugin_name: the plugin's name, a string
 * @function: the function that registers its types
 *
 * Defines the one visible symbol of a plugin.
 *
 * Since: 1.0
 */
#define CONFSYNC_DEFINE_PLUGIN(plugin_name, function) \
  __attribute__ ((visibility ("default"))) extern const ConfsyncPluginInfo confsync_plugin; \
  const ConfsyncPluginInfo confsync_plugin = { CONFSYNC_PLUGIN_ABI, plugin_name, function };

CONFSYNC_AVAILABLE_IN_1_0
gboolean confsync_registry_add (GType interface_type,
                                const char *name,
                                GType implementation,
                                int priority,
                                GError **error);

CONFSYNC_AVAILABLE_IN_1_0
GType confsync_registry_find (GType interface_type, const char *name, GError **error);

CONFSYNC_AVAILABLE_IN_1_0
gboolean confsync_registry_load_file (const char *path, GError **error);

CONFSYNC_AVAILABLE_IN_1_0
GStrv confsync_registry_list (GType interface_type);

CONFSYNC_AVAILABLE_IN_1_0
GStrv confsync_registry_list_problems (void);

G_END_DECLS
