/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * The places that options of an instance are read from, in the command and in programs alike, and
 * the node that they make. The command compiles this file too, so there is no state in it.
 */

#include "config.h"

#include "confsync-node-options-private.h"

#include <glib/gi18n-lib.h>
#include <string.h>
#include <sys/stat.h>

#include "confsync-option-sources-private.h"

/* below a directory of configuration */
#define KEY_FILE "confsync/confsync.conf"

static gboolean
read_key_file (ConfsyncOptions *self,
               ConfsyncOptionSource source,
               const char *path,
               GError **error)
{
  g_autoptr (GBytes) text = confsync_options_load (path, error);

  return text != NULL && confsync_options_read_key_file (self, source, text, path, error);
}

/* One that nobody named may be missing. One for others, who may read it, says so and is left. */
static gboolean
read_usual_key_file (ConfsyncOptions *self,
                     ConfsyncOptionSource source,
                     const char *path,
                     GError **error)
{
  g_autoptr (GError) failure = NULL;
  g_autoptr (GBytes) text = confsync_options_load (path, &failure);

  if (text != NULL)
    return confsync_options_read_key_file (self, source, text, path, error);
  if (!g_error_matches (failure, G_IO_ERROR, G_IO_ERROR_NOT_FOUND) &&
      !g_error_matches (failure, G_IO_ERROR, G_IO_ERROR_NOT_DIRECTORY))
    confsync_options_warn (self, "%s", failure->message);
  return TRUE;
}

/*
 * confsync_node_options_read_key_files:
 * @user: (nullable): the user's usual file
 * @system: the usual file for all users
 *
 * Reads the file that settings-file names, and nothing else; without one, the usual two.
 */
gboolean
confsync_node_options_read_key_files (ConfsyncOptions *self,
                                      const char *user,
                                      const char *system,
                                      GError **error)
{
  const char *named = confsync_options_get_string (self, "settings-file");

  if (named != NULL)
    return read_key_file (self, CONFSYNC_SOURCE_KEY_FILE, named, error);
  return (user == NULL ||
          read_usual_key_file (self, CONFSYNC_SOURCE_KEY_FILE, user, error)) &&
         read_usual_key_file (self, CONFSYNC_SOURCE_SYSTEM_KEY_FILE, system, error);
}

/*
 * confsync_node_options_dup_user_file:
 *
 * Returns: (transfer full) (nullable): `$XDG_CONFIG_HOME/confsync/confsync.conf`, where that is in
 *   `~/.config` unless it's set to an absolute path; %NULL for who has no home
 */
char *
confsync_node_options_dup_user_file (const char *const *environment)
{
  const char *config = g_environ_getenv ((char **) environment, "XDG_CONFIG_HOME");
  const char *home = g_environ_getenv ((char **) environment, "HOME");

  if (config != NULL && g_path_is_absolute (config))
    return g_build_filename (config, KEY_FILE, NULL);
  if (home != NULL && g_path_is_absolute (home))
    return g_build_filename (home, ".config", KEY_FILE, NULL);
  return NULL;
}

/* Others write that file, for all options; so it is used, and the mode is theirs to mend. */
static gboolean
read_options_file (ConfsyncOptions *self, const char *path, GError **error)
{
  struct stat info;

  if (!confsync_options_read_file (self, path, error))
    return FALSE;
  if (confsync_options_get_source (self, "sync-key") == CONFSYNC_SOURCE_FILE &&
      stat (path, &info) == 0 && (info.st_mode & 0077) != 0)
    confsync_options_warn (self, _ ("%s has the shared key in it and is open to others (mode "
                                    "%04o): chmod 600 it"),
                           path, info.st_mode & 07777);
  return TRUE;
}

/*
 * confsync_node_options_read:
 * @environment: as g_get_environ() gives it
 * @json: (nullable): an object of options, in place of the file that options-file names
 * @place: (nullable): what an error calls @json
 *
 * Reads the places below the command line, the strongest first.
 */
gboolean
confsync_node_options_read (ConfsyncOptions *self,
                            const char *const *environment,
                            ConfsyncJson *json,
                            const char *place,
                            GError **error)
{
  g_autofree char *user = confsync_node_options_dup_user_file (environment);
  const char *file;

  if (!confsync_node_options_take_credential (self, environment, error) ||
      !confsync_options_read_environment (self, environment, error) ||
      !confsync_node_options_read_key_files (self, user, CONFSYNC_SYSCONF_DIR "/" KEY_FILE, error))
    return FALSE;

  if (json != NULL)
    return confsync_options_read_json (self, json, place, error);
  file = confsync_options_get_string (self, "options-file");
  return file == NULL || read_options_file (self, file, error);
}

/*
 * confsync_node_options_dup_listener:
 * @otherwise: whether one is opened where nobody said whether
 *
 * The seed's way to open a listener: enable-sync-server, bind and sync-port.
 *
 * Returns: (nullable) (transfer full): the address
 */
char *
confsync_node_options_dup_listener (ConfsyncOptions *self, gboolean otherwise)
{
  const char *bind = confsync_options_get_string (self, "bind");
  const char *port = confsync_options_get_string (self, "sync-port");
  const gboolean decided =
      confsync_options_get_source (self, "enable-sync-server") != CONFSYNC_SOURCE_DEFAULT;

  if (decided ? !confsync_options_get_boolean (self, "enable-sync-server") : !otherwise)
    return NULL;
  if (strchr (bind, ':') != NULL && bind[0] != '[')
    return g_strdup_printf ("[%s]:%s", bind, port);
  return g_strdup_printf ("%s:%s", bind, port);
}

/*
 * confsync_node_options_make_node:
 *
 * Returns: (transfer full): a node as the options say, that knows nobody yet
 */
ConfsyncNode *
confsync_node_options_make_node (ConfsyncOptions *self, GError **error)
{
  const char *id = confsync_options_get_string (self, "instance-id");
  const char *audit = confsync_options_get_string (self, "audit-file");
  g_autoptr (ConfsyncNode) node = confsync_node_new (NULL);
  g_autoptr (ConfsyncTls) tls = confsync_node_options_load_tls (self, error);

  if (tls == NULL)
    return NULL;
  g_object_set (node, "tls", tls, "allow-unauthenticated",
                confsync_options_get_boolean (self, "allow-unauthenticated"),
                "allow-legacy-peers", confsync_options_get_boolean (self, "allow-legacy-peers"),
                "allow-local-users", confsync_options_get_boolean (self, "allow-local-users"),
                NULL);
  if (!confsync_node_options_set_key (self, node, error) ||
      !confsync_node_options_set_access (self, node, error) ||
      !confsync_node_options_set_limits (self, node, error))
    return NULL;
  if (id != NULL && !confsync_node_set_instance_id (node, id, error))
    {
      confsync_options_prefix_place (self, "instance-id", error);
      return NULL;
    }
  if (audit != NULL && !confsync_node_set_audit_file (node, audit, error))
    {
      confsync_options_prefix_place (self, "audit-file", error);
      return NULL;
    }
  return g_steal_pointer (&node);
}

/*
 * confsync_node_options_add_listeners:
 * @seed: (nullable): what confsync_node_options_dup_listener() gave
 */
gboolean
confsync_node_options_add_listeners (ConfsyncOptions *self,
                                     ConfsyncNode *node,
                                     const char *seed,
                                     GError **error)
{
  g_auto (GStrv) listeners = confsync_options_dup_strings (self, "listen");

  for (gsize i = 0; listeners[i] != NULL; i++)
    if (!confsync_node_add_listener (node, listeners[i], error))
      return confsync_options_prefix_place (self, "listen", error);
  return seed == NULL || confsync_node_add_listener (node, seed, error) ||
         confsync_options_prefix_place (self, "bind", error);
}

gboolean
confsync_node_options_add_peers (ConfsyncOptions *self, ConfsyncNode *node, GError **error)
{
  g_auto (GStrv) peers = confsync_options_dup_strings (self, "peer-urls");

  for (gsize i = 0; peers[i] != NULL; i++)
    if (!confsync_node_add_peer (node, peers[i], error))
      return confsync_options_prefix_place (self, "peer-urls", error);
  return TRUE;
}
