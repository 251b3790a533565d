/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * The options that say who an instance is and whom it trusts: its certificate, its pins, the shared
 * key. Secrets are wiped, and no error has a part of one in it.
 */

#include "config.h"

#include "confsync-node-options-private.h"

#include <errno.h>
#include <glib/gi18n-lib.h>
#include <sys/stat.h>

#include "confsync-key-file-private.h"
#include "confsync-option-sources-private.h"

/* in the directory of credentials: the shared key */
#define CREDENTIAL "confsync.key"

/* An identity is two options, of which one alone is a mistake. */
static gboolean
load_identity (ConfsyncOptions *self, ConfsyncTls *tls, GError **error)
{
  const char *certificate = confsync_options_get_string (self, "tls-certificate");
  const char *key = confsync_options_get_string (self, "tls-private-key");

  if (certificate != NULL && key != NULL)
    return confsync_tls_load_identity (tls, certificate, key, error) ||
           confsync_options_prefix_place (self, "tls-certificate", error);
  if (certificate == NULL && key == NULL)
    return TRUE;
  g_set_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_INVALID_OPTION,
               certificate != NULL ? _ ("%s: its key is missing: tls-private-key")
                                   : _ ("%s: its certificate is missing: tls-certificate"),
               confsync_options_get_place (
                 self, certificate != NULL ? "tls-certificate" : "tls-private-key"));
  return FALSE;
}

/*
 * confsync_node_options_load_tls:
 *
 * Returns: (transfer full): who we are and whom we trust on wss://, as the options say
 */
ConfsyncTls *
confsync_node_options_load_tls (ConfsyncOptions *self, GError **error)
{
  g_autoptr (ConfsyncTls) tls = confsync_tls_new ();
  g_auto (GStrv) pins = confsync_options_dup_strings (self, "tls-pin");
  const char *ca = confsync_options_get_string (self, "tls-ca");

  if (!load_identity (self, tls, error))
    return NULL;
  if (ca != NULL && !confsync_tls_load_ca (tls, ca, error))
    {
      confsync_options_prefix_place (self, "tls-ca", error);
      return NULL;
    }
  for (gsize i = 0; pins[i] != NULL; i++)
    if (!confsync_tls_add_pin (tls, pins[i], error))
      {
        confsync_options_prefix_place (self, "tls-pin", error);
        return NULL;
      }
  return g_steal_pointer (&tls);
}

/* The service manager's way to hand a key over: a directory that only this service may read. */
gboolean
confsync_node_options_take_credential (ConfsyncOptions *self,
                                       const char *const *environment,
                                       GError **error)
{
  const char *directory = g_environ_getenv ((char **) environment, "CREDENTIALS_DIRECTORY");
  g_autofree char *path = NULL;
  struct stat info;

  if (directory == NULL || !g_path_is_absolute (directory))
    return TRUE;
  path = g_build_filename (directory, CREDENTIAL, NULL);
  if (lstat (path, &info) != 0 && (errno == ENOENT || errno == ENOTDIR))
    return TRUE;
  return confsync_options_take (self, confsync_options_find (self, "key-file"),
                                CONFSYNC_SOURCE_CREDENTIAL, "$CREDENTIALS_DIRECTORY", path, error);
}

static gboolean
load_key (ConfsyncNode *node, const char *path, gboolean credential, GError **error)
{
  g_auto (ConfsyncSecret) text = confsync_key_file_read (path, credential, error);

  if (text == NULL)
    return FALSE;
  if (confsync_node_set_key (node, text, error))
    return TRUE;
  g_prefix_error (error, "%s: ", path);
  return FALSE;
}

/* Two options give a key; the stronger place wins, as ever. */
gboolean
confsync_node_options_set_key (ConfsyncOptions *self, ConfsyncNode *node, GError **error)
{
  const ConfsyncOptionSource of_file = confsync_options_get_source (self, "key-file");
  const ConfsyncOptionSource of_key = confsync_options_get_source (self, "sync-key");

  if (of_key > of_file)
    return confsync_node_set_key (node, confsync_options_get_string (self, "sync-key"), error) ||
           confsync_options_prefix_place (self, "sync-key", error);
  if (of_file > of_key)
    return load_key (node, confsync_options_get_string (self, "key-file"),
                     of_file == CONFSYNC_SOURCE_CREDENTIAL, error) ||
           confsync_options_prefix_place (self, "key-file", error);
  if (of_key == CONFSYNC_SOURCE_DEFAULT)
    return TRUE;
  g_set_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_INVALID_OPTION,
               _ ("%s and %s both give a key; keep one of them"),
               confsync_options_get_place (self, "key-file"),
               confsync_options_get_place (self, "sync-key"));
  return FALSE;
}

/*
 * confsync_node_options_give_key:
 * @environment: as g_get_environ() gives it
 *
 * Gives the node the key that the service manager or the environment has for it, if any, and looks
 * at nothing else there.
 */
gboolean
confsync_node_options_give_key (ConfsyncNode *node,
                                const char *const *environment,
                                GError **error)
{
  static const ConfsyncOption keys[] = {
    { .name = "key-file", .type = CONFSYNC_OPTION_PATH },
    { .name = "sync-key", .type = CONFSYNC_OPTION_SECRET, .variable = "CONFSYNC_KEY" },
    { NULL },
  };
  g_autoptr (ConfsyncOptions) options = confsync_options_new (keys);

  return confsync_node_options_take_credential (options, environment, error) &&
         confsync_options_read_known_variables (options, environment, error) &&
         confsync_node_options_set_key (options, node, error);
}
