/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * A manager as the options say: how one document is kept, beside whom the node talks to. The
 * command compiles this file too, so it uses the public interface only, and there is no state in
 * it.
 */

#include "config.h"

#include "confsync-node-options-private.h"

#include "confsync-local-store.h"

#include <glib/gi18n-lib.h>
#include <string.h>

/* The seed calls lww by its long name. */
static const char *
get_plugin_name (const char *name)
{
  return g_str_equal (name, "last_write_wins") ? "lww" : name;
}

/*
 * confsync_node_options_get_resolver:
 *
 * Returns: the plugin that decides where resolver-for says nothing
 */
const char *
confsync_node_options_get_resolver (ConfsyncOptions *self)
{
  return get_plugin_name (confsync_options_get_string (self, "resolver"));
}

/* A pointer may have any character in it, and the name of a plugin has no equals sign. */
static gboolean
add_rule (ConfsyncManager *manager, const char *rule, GError **error)
{
  const char *equals = strrchr (rule, '=');
  g_autofree char *pointer = equals != NULL ? g_strndup (rule, equals - rule) : NULL;

  if (equals == NULL || equals[1] == '\0')
    {
      g_set_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_INVALID_OPTION,
                   _ ("“%s” is not POINTER=NAME, such as /zones=merge"), rule);
      return FALSE;
    }
  return confsync_manager_add_resolver_by_name (manager, pointer, get_plugin_name (equals + 1),
                                                error);
}

static gboolean
add_rules (ConfsyncOptions *self, ConfsyncManager *manager, GError **error)
{
  g_auto (GStrv) rules = confsync_options_dup_strings (self, "resolver-for");

  for (gsize i = 0; rules[i] != NULL; i++)
    if (!add_rule (manager, rules[i], error))
      {
        g_prefix_error (error, "%s: ", confsync_options_get_place (self, "resolver-for"));
        return FALSE;
      }
  return TRUE;
}

/* A manager says so as well, but only at its start, and can't name the place. */
static gboolean
check_local_keys (ConfsyncOptions *self, GStrv local_keys, GError **error)
{
  if (confsync_local_store_check_keys ((const char *const *) local_keys, error))
    return TRUE;
  g_prefix_error (error, "%s: ", confsync_options_get_place (self, "local-keys"));
  return FALSE;
}

/*
 * confsync_node_options_make_manager:
 * @base_dir: (nullable): where versions are kept
 * @node: whom it talks to
 *
 * Returns: (transfer full): a manager that doesn't run yet
 */
ConfsyncManager *
confsync_node_options_make_manager (ConfsyncOptions *self,
                                    const char *config_path,
                                    const char *base_dir,
                                    ConfsyncNode *node,
                                    GError **error)
{
  g_auto (GStrv) local_keys = confsync_options_dup_strings (self, "local-keys");
  g_autoptr (ConfsyncManager) manager = g_object_new (
    CONFSYNC_TYPE_MANAGER,
    "config-path", config_path,
    "base-dir", base_dir,
    "node", node,
    "max-versions", confsync_options_get_uint (self, "max-versions"),
    "resolver-name", confsync_node_options_get_resolver (self),
    "role", confsync_options_get_choice (self, "role"),
    "join", confsync_options_get_choice (self, "join"),
    "durability", confsync_options_get_choice (self, "durability"),
    "local-keys", local_keys[0] != NULL ? local_keys : NULL,
    NULL);

  return check_local_keys (self, local_keys, error) && add_rules (self, manager, error)
           ? g_steal_pointer (&manager)
           : NULL;
}
