/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * The one table of options that configure an instance: the command line and its help page, the
 * environment, key files and options.json are all served from it, in the command and in programs
 * alike. The command compiles this file too, so there is no state in it.
 */

#include "config.h"

#include "confsync-node-options-private.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "confsync-option-sources-private.h"

/* below a directory of configuration */
#define KEY_FILE "confsync/confsync.conf"

static const ConfsyncOption table[] = {
  { .name = "config-path",
    .type = CONFSYNC_OPTION_PATH,
    .argument = "FILE",
    .positional = TRUE },
  { .name = "listen",
    .letter = 'l',
    .type = CONFSYNC_OPTION_STRINGS,
    .argument = "ADDRESS",
    .summary = N_ ("let others in: PORT, HOST:PORT, unix:/path, URL") },
  { .name = "peer-urls",
    .alias = "peer",
    .letter = 'p',
    .type = CONFSYNC_OPTION_STRINGS,
    .seed = "AICLEANER_SYNC_PEERS",
    .argument = "URL",
    .summary = N_ ("dial another one; also --peer-urls URL,URL") },
  { .name = "config-base-dir",
    .alias = "base-dir",
    .letter = 'd',
    .type = CONFSYNC_OPTION_PATH,
    .argument = "DIR",
    .summary = N_ ("where versions are kept (the folder of FILE)") },
  { .name = "enable-sync-server",
    .type = CONFSYNC_OPTION_BOOLEAN,
    .seed = "AICLEANER_SYNC_ENABLE_SERVER",
    .summary = N_ ("one more listener, at --bind and --sync-port"),
    .rare = TRUE },
  { .name = "bind",
    .type = CONFSYNC_OPTION_STRING,
    .initial = "127.0.0.1",
    .argument = "HOST",
    .summary = N_ ("its host"),
    .rare = TRUE },
  { .name = "sync-port",
    .type = CONFSYNC_OPTION_PORT,
    .initial = "8765",
    .seed = "AICLEANER_SYNC_PORT",
    .argument = "PORT",
    .summary = N_ ("its port"),
    .rare = TRUE },
  { .name = "allow-unauthenticated",
    .type = CONFSYNC_OPTION_BOOLEAN,
    .summary = N_ ("let other machines in, whoever they are") },
  { .name = "allow-legacy-peers",
    .type = CONFSYNC_OPTION_BOOLEAN,
    .summary = N_ ("sync with AICleaner's own module elsewhere"),
    .rare = TRUE },
  { .name = "instance-id",
    .type = CONFSYNC_OPTION_STRING,
    .seed = "AICLEANER_INSTANCE_ID",
    .argument = "ID",
    .summary = N_ ("a name for this instance (made once, and kept)") },
  { .name = "resolver",
    .type = CONFSYNC_OPTION_STRING,
    .initial = "lww",
    .argument = "NAME",
    .summary = N_ ("which of two concurrent edits wins") },
  { .name = "resolver-for",
    .type = CONFSYNC_OPTION_STRINGS,
    .argument = "POINTER=NAME",
    .summary = N_ ("the same for one place, such as /zones=merge") },
  { .name = "role",
    .type = CONFSYNC_OPTION_CHOICE,
    .choices = "both|send-only|receive-only", /* in the order of ConfsyncRole */
    .initial = "both",
    .argument = "ROLE",
    .summary = N_ ("both, send-only or receive-only") },
  { .name = "join",
    .type = CONFSYNC_OPTION_CHOICE,
    .choices = "adopt|keep|ask", /* in the order of ConfsyncJoin */
    .initial = "adopt",
    .argument = "HOW",
    .summary = N_ ("adopt what others have, keep mine, or ask") },
  { .name = "local-keys",
    .type = CONFSYNC_OPTION_STRINGS,
    .argument = "POINTER",
    .summary = N_ ("what stays on this machine; also POINTER,POINTER") },
  { .name = "max-versions",
    .type = CONFSYNC_OPTION_UINT,
    .initial = "100",
    .argument = "N",
    .summary = N_ ("how many versions to keep; 0 keeps all") },
  { .name = "durability",
    .type = CONFSYNC_OPTION_CHOICE,
    .choices = "full|fast", /* in the order of ConfsyncDurability */
    .initial = "full",
    .argument = "HOW",
    .summary = N_ ("full (wait for the disk) or fast"),
    .rare = TRUE },
  { .name = "max-version-days",
    .type = CONFSYNC_OPTION_UINT,
    .initial = "0",
    .argument = "N",
    .summary = N_ ("how many days to keep one; 0 for any number"),
    .rare = TRUE },
  { .name = "on-change",
    .type = CONFSYNC_OPTION_STRING,
    .argument = "COMMAND",
    .summary = N_ ("run it after each change from elsewhere") },
  { .name = "schema",
    .type = CONFSYNC_OPTION_PATH,
    .argument = "FILE",
    .summary = N_ ("refuse what breaks it: a JSON Schema") },
  { .name = "validator",
    .type = CONFSYNC_OPTION_STRING,
    .initial = "json-schema",
    .argument = "NAME",
    .summary = N_ ("its language; or home-assistant"),
    .rare = TRUE },
  { .name = "confirm-timeout",
    .type = CONFSYNC_OPTION_DURATION,
    .initial = "0",
    .argument = "TIME",
    .summary = N_ ("undo what isn't confirmed in time: 30s, 5m") },
  { .name = "confirm-scope",
    .type = CONFSYNC_OPTION_CHOICE,
    .choices = "fleet|local", /* in the order of ConfsyncConfirmScope */
    .initial = "fleet",
    .argument = "SCOPE",
    .summary = N_ ("undo it everywhere, or here: local"),
    .rare = TRUE },
  { .name = "settings-file",
    .type = CONFSYNC_OPTION_PATH,
    .argument = "FILE",
    .summary = N_ ("in place of ~/.config/confsync/confsync.conf"),
    .not_in_files = TRUE,
    .rare = TRUE },
  { .name = "no-control",
    .type = CONFSYNC_OPTION_BOOLEAN,
    .summary = N_ ("don't let other commands reach it (get, set, ...)") },
  { .name = "options-file",
    .type = CONFSYNC_OPTION_PATH,
    .argument = "FILE",
    .summary = N_ ("more options, such as /data/options.json"),
    .not_in_files = TRUE,
    .rare = TRUE },
  { .name = "audit-file",
    .type = CONFSYNC_OPTION_PATH,
    .argument = "FILE",
    .summary = N_ ("record there who is refused, what is applied"),
    .rare = TRUE },
  { .name = "log-level",
    .type = CONFSYNC_OPTION_CHOICE,
    .choices = "debug|info|warning|error", /* in the order of ConfsyncLevel */
    .initial = "info",
    .seed = "AICLEANER_LOG_LEVEL",
    .argument = "LEVEL",
    .summary = N_ ("debug, info, warning or error") },
  { .name = "log-format",
    .type = CONFSYNC_OPTION_CHOICE,
    .choices = "text|json",
    .initial = "text",
    .argument = "FORMAT",
    .summary = N_ ("text or json"),
    .rare = TRUE },
  { .name = "color",
    .type = CONFSYNC_OPTION_CHOICE,
    .choices = "auto|always|never", /* in the order of ConfsyncColor */
    .initial = "auto",
    .argument = "WHEN",
    .summary = N_ ("auto, always or never"),
    .rare = TRUE },
  { .name = "more-help",
    .type = CONFSYNC_OPTION_BOOLEAN,
    .summary = N_ ("the other options"),
    .arguments_only = TRUE },
  /* the seed's, with its values: nothing is limited yet */
  { .name = "rate-limit-requests-per-minute",
    .type = CONFSYNC_OPTION_UINT,
    .only = "60" },
  { .name = "rate-limit-block-duration",
    .type = CONFSYNC_OPTION_UINT,
    .only = "120" },
  { .name = "rate-limit-whitelist-local",
    .type = CONFSYNC_OPTION_BOOLEAN,
    .only = "true" },
  { NULL },
};

/* options of the design that are still to come: who uses one relies on it */
static const char *const unbuilt[] = {
  "allow-host",
  "allow-local-users",
  "allow-origin",
  "allow-public",
  "durability",
  "key",
  "key-file",
  "proxy",
  "sync-key",
  "tls-certificate",
  "tls-pin",
  "tls-private-key",
  NULL,
};

ConfsyncOptions *
confsync_node_options_new (void)
{
  return confsync_options_new (table, unbuilt);
}

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

  if (!confsync_options_read_environment (self, environment, error) ||
      !confsync_node_options_read_key_files (self, user, CONFSYNC_SYSCONF_DIR "/" KEY_FILE, error))
    return FALSE;

  if (json != NULL)
    return confsync_options_read_json (self, json, place, error);
  file = confsync_options_get_string (self, "options-file");
  return file == NULL || confsync_options_read_file (self, file, error);
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

/* Says where the value is from that something was refused for. */
static gboolean
prefix_place (ConfsyncOptions *self, const char *name, GError **error)
{
  const char *place = confsync_options_get_place (self, name);

  if (place != NULL)
    g_prefix_error (error, "%s: ", place);
  return FALSE;
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

  g_object_set (node, "allow-unauthenticated",
                confsync_options_get_boolean (self, "allow-unauthenticated"),
                "allow-legacy-peers", confsync_options_get_boolean (self, "allow-legacy-peers"),
                NULL);
  if (id != NULL && !confsync_node_set_instance_id (node, id, error))
    {
      prefix_place (self, "instance-id", error);
      return NULL;
    }
  if (audit != NULL && !confsync_node_set_audit_file (node, audit, error))
    {
      prefix_place (self, "audit-file", error);
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
      return prefix_place (self, "listen", error);
  return seed == NULL || confsync_node_add_listener (node, seed, error) ||
         prefix_place (self, "bind", error);
}

gboolean
confsync_node_options_add_peers (ConfsyncOptions *self, ConfsyncNode *node, GError **error)
{
  g_auto (GStrv) peers = confsync_options_dup_strings (self, "peer-urls");

  for (gsize i = 0; peers[i] != NULL; i++)
    if (!confsync_node_add_peer (node, peers[i], error))
      return prefix_place (self, "peer-urls", error);
  return TRUE;
}
