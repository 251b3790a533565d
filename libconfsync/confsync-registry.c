/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Loads plugins when one of their names is first asked for. What a plugin provides stands in a
 * small key file beside its module, so asking for one name loads one module:
 *
 *   [Plugin]
 *   Module=confsync-websocket
 *   ConfsyncTransport=ws;wss
 *
 * A loaded module stays for ever: its types are static, and a binding may have wrapped them.
 */

#include "config.h"

#include "confsync-registry.h"

#include <gmodule.h>
#include <sys/auxv.h>

#include "confsync-audit-private.h"
#include "confsync-error.h"
#include "confsync-plugin-place-private.h"

#define PLUGIN_GROUP "Plugin"
#define PLUGIN_SUFFIX ".plugin"

/* guards the three tables; never held while a module is loaded or registers its types */
static GMutex lock;
static GHashTable *classes;  /* "Interface/name" to GType */
static GHashTable *modules;  /* path of each module that was loaded */
static GPtrArray *problems;  /* what went wrong, one line each */

static char *
class_key (GType interface_type, const char *name)
{
  return g_strdup_printf ("%s/%s", g_type_name (interface_type), name);
}

static void
ensure_tables (void)
{
  if (classes != NULL)
    return;

  classes = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  modules = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  problems = g_ptr_array_new_with_free_func (g_free);
}

static GType
lookup (GType interface_type, const char *name)
{
  g_autofree char *key = class_key (interface_type, name);
  GType type;

  g_mutex_lock (&lock);
  ensure_tables ();
  type = GPOINTER_TO_SIZE (g_hash_table_lookup (classes, key));
  g_mutex_unlock (&lock);
  return type;
}

static int
compare_names (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *) a, *(const char *const *) b);
}

static void
note_problem (const char *path, const GError *error)
{
  g_autofree char *line = g_strdup_printf ("%s: %s", path, error->message);

  gboolean is_news;

  g_mutex_lock (&lock);
  ensure_tables ();
  is_news = !g_ptr_array_find_with_equal_func (problems, line, g_str_equal, NULL);
  if (is_news)
    g_ptr_array_add (problems, g_steal_pointer (&line));
  g_mutex_unlock (&lock);
  if (is_news)
    confsync_audit_note_plugin (path, error->message);
}

/* Folders in the order in which they are searched. The variable is ignored in a program that runs
 * with more rights than its caller. */
static GStrv
plugin_directories (void)
{
  const char *path = getauxval (AT_SECURE) ? NULL : g_getenv ("CONFSYNC_PLUGIN_PATH");
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();

  if (path != NULL)
    {
      g_auto (GStrv) parts = g_strsplit (path, G_SEARCHPATH_SEPARATOR_S, -1);

      for (guint i = 0; parts[i] != NULL; i++)
        if (g_path_is_absolute (parts[i]))
          g_strv_builder_add (builder, parts[i]);
    }
  g_strv_builder_add (builder, CONFSYNC_PLUGIN_DIR);
  return g_strv_builder_end (builder);
}

/* Gives the path of the module where the key file promises the name. */
static char *
module_for_name (const char *key_path, GType interface_type, const char *name)
{
  g_autoptr (GKeyFile) file = g_key_file_new ();
  g_autoptr (GError) error = NULL;
  g_autofree char *module = NULL;
  g_autofree char *folder = g_path_get_dirname (key_path);
  g_autofree char *file_name = NULL;
  g_auto (GStrv) names = NULL;

  if (!confsync_plugin_place_check_file (key_path, &error) ||
      !g_key_file_load_from_file (file, key_path, G_KEY_FILE_NONE, &error) ||
      (module = g_key_file_get_string (file, PLUGIN_GROUP, "Module", &error)) == NULL)
    {
      note_problem (key_path, error);
      return NULL;
    }
  if (strchr (module, G_DIR_SEPARATOR) != NULL)
    {
      g_set_error (&error, CONFSYNC_ERROR, CONFSYNC_ERROR_PLUGIN,
                   "Module names a file beside the key file, without a folder");
      note_problem (key_path, error);
      return NULL;
    }

  names = g_key_file_get_string_list (file, PLUGIN_GROUP, g_type_name (interface_type), NULL, NULL);
  if (names == NULL || !g_strv_contains ((const char *const *) names, name))
    return NULL;

  file_name = g_strconcat (module, "." G_MODULE_SUFFIX, NULL);
  return g_build_filename (folder, file_name, NULL);
}

/* A folder lists at most one level: its own key files, and those of the folders in it, which is
 * how a build tree looks. */
static void
collect_key_files (const char *folder, gboolean deeper, GPtrArray *paths)
{
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  g_autoptr (GError) error = NULL;
  const char *entry;

  if (dir != NULL && !confsync_plugin_place_check (folder, &error))
    {
      note_problem (folder, error);
      return;
    }
  while (dir != NULL && (entry = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename (folder, entry, NULL);

      if (g_str_has_suffix (entry, PLUGIN_SUFFIX))
        g_ptr_array_add (paths, g_steal_pointer (&path));
      else if (deeper && g_file_test (path, G_FILE_TEST_IS_DIR))
        collect_key_files (path, FALSE, paths);
    }
}

static void
load_for_name (GType interface_type, const char *name)
{
  g_auto (GStrv) folders = plugin_directories ();

  for (guint i = 0; folders[i] != NULL && lookup (interface_type, name) == 0; i++)
    {
      g_autoptr (GPtrArray) paths = g_ptr_array_new_with_free_func (g_free);

      collect_key_files (folders[i], TRUE, paths);
      for (guint j = 0; j < paths->len && lookup (interface_type, name) == 0; j++)
        {
          g_autofree char *module = module_for_name (paths->pdata[j], interface_type, name);
          g_autoptr (GError) error = NULL;

          if (module != NULL && !confsync_registry_load_file (module, &error))
            note_problem (module, error);
        }
    }
}

static gboolean
open_module (const char *path, const ConfsyncPluginInfo **info, GError **error)
{
  g_autoptr (GError) local = NULL;
  GModule *module = g_module_open_full (path, G_MODULE_BIND_LOCAL | G_MODULE_BIND_LAZY, &local);

  if (module == NULL)
    {
      g_set_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_PLUGIN, "%s", local->message);
      return FALSE;
    }
  if (!g_module_symbol (module, "confsync_plugin", (gpointer *) info))
    {
      g_set_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_PLUGIN,
                   "the module has no symbol confsync_plugin");
      g_module_close (module);
      return FALSE;
    }
  if ((*info)->abi != CONFSYNC_PLUGIN_ABI)
    {
      g_set_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_PLUGIN,
                   "built for plugin interface %u, this library has %d; build it anew",
                   (*info)->abi, CONFSYNC_PLUGIN_ABI);
      g_module_close (module);
      return FALSE;
    }
  g_module_make_resident (module);
  return TRUE;
}

/* Makes up the error that a plugin may have forgotten. */
static gboolean
register_types (const ConfsyncPluginInfo *info, GError **error)
{
  g_autoptr (GError) local = NULL;

  if (info->register_types (&local))
    return TRUE;

  if (local == NULL)
    g_set_error (&local, CONFSYNC_ERROR, CONFSYNC_ERROR_PLUGIN,
                 "the plugin “%s” can't register its types and gives no reason", info->name);
  g_propagate_error (error, g_steal_pointer (&local));
  return FALSE;
}

/**
 * confsync_registry_add:
 * @interface_type: the interface, such as the one of [iface@Transport]
 * @name: the name to find it by: a resolver's or store's name, a transport's scheme
 * @implementation: an instantiatable class that implements the interface
 * @priority: kept for a later choice among implementations; 0
 * @error: return location for an error, or %NULL
 *
 * Makes a class known. Classes written in Python or JavaScript are as welcome as a plugin's. May be
 * called in any thread.
 *
 * Fails with %CONFSYNC_ERROR_PLUGIN where the class doesn't implement the interface or can't be
 * made, or where another class has the name.
 *
 * Returns: whether the class is known under that name now
 *
 * Since: 1.0
 */
gboolean
confsync_registry_add (GType interface_type,
                       const char *name,
                       GType implementation,
                       int priority,
                       GError **error)
{
  g_autofree char *key = NULL;
  GType taken;

  g_return_val_if_fail (name != NULL && *name != '\0', FALSE);

  if (!g_type_is_a (implementation, interface_type) || G_TYPE_IS_ABSTRACT (implementation) ||
      !G_TYPE_IS_INSTANTIATABLE (implementation))
    {
      g_set_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_PLUGIN,
                   "%s is no class that implements %s", g_type_name (implementation),
                   g_type_name (interface_type));
      return FALSE;
    }

  key = class_key (interface_type, name);
  g_mutex_lock (&lock);
  ensure_tables ();
  taken = GPOINTER_TO_SIZE (g_hash_table_lookup (classes, key));
  if (taken == 0)
    g_hash_table_insert (classes, g_steal_pointer (&key), GSIZE_TO_POINTER (implementation));
  g_mutex_unlock (&lock);

  if (taken != 0 && taken != implementation)
    {
      g_set_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_PLUGIN,
                   "the name “%s” of %s belongs to %s already", name,
                   g_type_name (interface_type), g_type_name (taken));
      return FALSE;
    }
  return TRUE;
}

/**
 * confsync_registry_find:
 * @interface_type: the interface
 * @name: the name
 * @error: return location for an error, or %NULL
 *
 * Finds the class of that name, and loads the plugin that brings it if need be: first from the
 * folders of `CONFSYNC_PLUGIN_PATH`, then from the one that the library was built with. May be
 * called in any thread.
 *
 * Fails with %CONFSYNC_ERROR_NOT_FOUND; the message names the plugins that could not be loaded.
 *
 * Returns: the class's type, or %G_TYPE_INVALID on failure
 *
 * Since: 1.0
 */
GType
confsync_registry_find (GType interface_type, const char *name, GError **error)
{
  GType type;

  g_return_val_if_fail (name != NULL, G_TYPE_INVALID);

  type = lookup (interface_type, name);
  if (type == 0)
    {
      load_for_name (interface_type, name);
      type = lookup (interface_type, name);
    }
  if (type == 0)
    {
      g_auto (GStrv) trouble = confsync_registry_list_problems ();
      g_autofree char *lines = g_strjoinv ("; ", trouble);

      g_set_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_NOT_FOUND,
                   "no plugin provides the %s “%s” (searched CONFSYNC_PLUGIN_PATH and %s)%s%s",
                   g_type_name (interface_type), name, CONFSYNC_PLUGIN_DIR,
                   *lines != '\0' ? "; " : "", lines);
    }
  return type;
}

/**
 * confsync_registry_load_file:
 * @path: (type filename): a module
 * @error: return location for an error, or %NULL
 *
 * Loads one plugin and lets it register its types. A module that was loaded already is no error.
 * May be called in any thread.
 *
 * Fails with %CONFSYNC_ERROR_PLUGIN where the file is no plugin, was built for another plugin
 * interface, or can't register its types; also where another user could have put something else
 * in its place: it, and its folder, have to belong to the user that runs the program or to root,
 * and be open to nobody else.
 *
 * Returns: whether the plugin is there
 *
 * Since: 1.0
 */
gboolean
confsync_registry_load_file (const char *path, GError **error)
{
  const ConfsyncPluginInfo *info = NULL;
  gboolean known;

  g_return_val_if_fail (path != NULL, FALSE);

  g_mutex_lock (&lock);
  ensure_tables ();
  known = g_hash_table_contains (modules, path);
  g_mutex_unlock (&lock);
  if (known)
    return TRUE;

  /* what isn't there is told of by who would open it */
  if (g_file_test (path, G_FILE_TEST_EXISTS) && !confsync_plugin_place_check_file (path, error))
    return FALSE;
  if (!open_module (path, &info, error) || !register_types (info, error))
    return FALSE;

  g_mutex_lock (&lock);
  g_hash_table_add (modules, g_strdup (path));
  g_mutex_unlock (&lock);
  return TRUE;
}

/**
 * confsync_registry_list:
 * @interface_type: the interface
 *
 * Lists the names that are known by now; a plugin that nobody asked for yet is not among them.
 *
 * Returns: (transfer full): the names, sorted
 *
 * Since: 1.0
 */
GStrv
confsync_registry_list (GType interface_type)
{
  g_autofree char *prefix = class_key (interface_type, "");
  g_autoptr (GPtrArray) names = g_ptr_array_new ();
  GHashTableIter iter;
  const char *key;

  g_mutex_lock (&lock);
  ensure_tables ();
  g_hash_table_iter_init (&iter, classes);
  while (g_hash_table_iter_next (&iter, (gpointer *) &key, NULL))
    if (g_str_has_prefix (key, prefix))
      g_ptr_array_add (names, g_strdup (key + strlen (prefix)));
  g_mutex_unlock (&lock);

  g_ptr_array_sort (names, compare_names);
  g_ptr_array_add (names, NULL);
  return (GStrv) g_ptr_array_free (g_steal_pointer (&names), FALSE);
}

/**
 * confsync_registry_list_problems:
 *
 * Lists what went wrong with plugins so far.
 *
 * Returns: (transfer full): one line each, beginning with the file's path
 *
 * Since: 1.0
 */
GStrv
confsync_registry_list_problems (void)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();

  g_mutex_lock (&lock);
  ensure_tables ();
  for (guint i = 0; i < problems->len; i++)
    g_strv_builder_add (builder, problems->pdata[i]);
  g_mutex_unlock (&lock);
  return g_strv_builder_end (builder);
}
