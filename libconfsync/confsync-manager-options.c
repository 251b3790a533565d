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
#include "confsync-registry.h"

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

/* @validator: (out) (nullable): none is wanted. A schema that can't be read is one of the plugin's
 * errors, which names the file and the place in it. */
static gboolean
make_validator (ConfsyncOptions *self, ConfsyncValidator **validator, GError **error)
{
  const char *schema = confsync_options_get_string (self, "schema");
  const char *name = confsync_options_get_string (self, "validator");
  const char *of_name = confsync_options_get_place (self, "validator");
  GType type;

  *validator = NULL;
  if (schema == NULL && of_name == NULL)
    return TRUE;
  if (schema == NULL)
    {
      g_set_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_INVALID_OPTION,
                   _ ("%s: a validator needs a schema: --schema FILE"), of_name);
      return FALSE;
    }
  type = confsync_registry_find (CONFSYNC_TYPE_VALIDATOR, name, error);
  if (type == G_TYPE_INVALID)
    {
      if (of_name != NULL)
        g_prefix_error (error, "%s: ", of_name);
      return FALSE;
    }
  *validator = g_initable_new (type, NULL, error, "schema-file", schema, NULL);
  if (*validator == NULL)
    g_prefix_error (error, "%s: ", confsync_options_get_place (self, "schema"));
  return *validator != NULL;
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
  g_autoptr (ConfsyncManager) manager = NULL;
  g_autoptr (ConfsyncValidator) validator = NULL;

  if (!make_validator (self, &validator, error))
    return NULL;
  manager = g_object_new (
    CONFSYNC_TYPE_MANAGER,
    "config-path", config_path,
    "base-dir", base_dir,
    "node", node,
    "max-versions", confsync_options_get_uint (self, "max-versions"),
    "max-version-days", confsync_options_get_uint (self, "max-version-days"),
    "resolver-name", confsync_node_options_get_resolver (self),
    "role", confsync_options_get_choice (self, "role"),
    "join", confsync_options_get_choice (self, "join"),
    "local-keys", local_keys[0] != NULL ? local_keys : NULL,
    "validator", validator,
    "confirm-timeout", confsync_options_get_duration (self, "confirm-timeout"),
    "confirm-scope", confsync_options_get_choice (self, "confirm-scope"),
    NULL);

  return check_local_keys (self, local_keys, error) && add_rules (self, manager, error)
           ? g_steal_pointer (&manager)
           : NULL;
}
