/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * The one table of options that configure an instance: the command line and its help page, the
 * environment, key files and options.json are all served from it, in the command and in programs
 * alike. The command compiles this file too, so there is no state in it.
 */

#include "config.h"

#include "confsync-node-options-private.h"

#include <errno.h>
#include <glib/gi18n-lib.h>
#include <string.h>
#include <sys/stat.h>

#include "confsync-key-file-private.h"
#include "confsync-option-sources-private.h"

/* below a directory of configuration */
#define KEY_FILE "confsync/confsync.conf"
/* in the directory of credentials: the shared key */
#define CREDENTIAL "confsync.key"

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
  { .name = "key-file",
    .type = CONFSYNC_OPTION_PATH,
    .argument = "FILE",
    .summary = N_ ("the key that all instances share; see keygen") },
  { .name = "sync-key",
    .type = CONFSYNC_OPTION_SECRET,
    .variable = "CONFSYNC_KEY",
    .argument = "KEY" },
  { .name = "allow-unauthenticated",
    .type = CONFSYNC_OPTION_BOOLEAN,
    .summary = N_ ("let other machines in, whoever they are") },
  { .name = "allow-local-users",
    .type = CONFSYNC_OPTION_BOOLEAN,
    .summary = N_ ("without a key, let all users of this machine in"),
    .rare = TRUE },
  { .name = "allow-legacy-peers",
    .type = CONFSYNC_OPTION_BOOLEAN,
    .summary = N_ ("sync with AICleaner's own module elsewhere"),
    .rare = TRUE },
  { .name = "allow-public",
    .type = CONFSYNC_OPTION_BOOLEAN,
    .summary = N_ ("reach public addresses too, on wss://"),
    .security = TRUE },
  { .name = "proxy",
    .type = CONFSYNC_OPTION_STRING,
    .argument = "URL",
    .summary = N_ ("dial through it: socks5://HOST:PORT, http://..."),
    .security = TRUE },
  { .name = "allow-origin",
    .type = CONFSYNC_OPTION_STRINGS,
    .argument = "ORIGIN",
    .summary = N_ ("let web pages in: https://panel.example.org"),
    .security = TRUE },
  { .name = "allow-host",
    .type = CONFSYNC_OPTION_STRINGS,
    .argument = "NAME",
    .summary = N_ ("one more name to ask for /health by"),
    .security = TRUE },
  { .name = "rate-limit-requests-per-minute",
    .alias = "rate-limit",
    .type = CONFSYNC_OPTION_UINT,
    .initial = "60",
    .argument = "N",
    .summary = N_ ("requests of one address a minute; 0: any"),
    .security = TRUE },
  { .name = "rate-limit-block-duration",
    .type = CONFSYNC_OPTION_UINT,
    .initial = "120",
    .argument = "SECONDS",
    .summary = N_ ("then it is blocked"),
    .security = TRUE },
  { .name = "rate-limit-whitelist-local",
    .type = CONFSYNC_OPTION_BOOLEAN,
    .initial = "true",
    .summary = N_ ("never this machine (=false: it, too)"),
    .security = TRUE },
  { .name = "tls-certificate",
    .type = CONFSYNC_OPTION_PATH,
    .argument = "FILE",
    .summary = N_ ("what others see of it on wss:// (PEM)"),
    .security = TRUE },
  { .name = "tls-private-key",
    .type = CONFSYNC_OPTION_PATH,
    .argument = "FILE",
    .summary = N_ ("the key of that, open to nobody else (PEM)"),
    .security = TRUE },
  { .name = "tls-ca",
    .type = CONFSYNC_OPTION_PATH,
    .argument = "FILE",
    .summary = N_ ("who signs peers, in place of the system's"),
    .security = TRUE },
  { .name = "tls-pin",
    .type = CONFSYNC_OPTION_STRINGS,
    .argument = "PIN",
    .summary = N_ ("take this certificate; see confsync trust"),
    .security = TRUE },
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
  { .name = "security-help",
    .type = CONFSYNC_OPTION_BOOLEAN,
    .summary = N_ ("options of who may come in, and what is reached"),
    .rare = TRUE,
    .arguments_only = TRUE },
  { NULL },
};

/* options of the design that are still to come: who uses one relies on it */
static const char *const unbuilt[] = {
  "audit-file",
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

/* The service manager's way to hand a key over: a directory that only this service may read. */
static gboolean
take_credential (ConfsyncOptions *self, const char *const *environment, GError **error)
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

  if (!take_credential (self, environment, error) ||
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

/* Says where the value is from that something was refused for. */
static gboolean
prefix_place (ConfsyncOptions *self, const char *name, GError **error)
{
  const char *place = confsync_options_get_place (self, name);

  if (place != NULL)
    g_prefix_error (error, "%s: ", place);
  return FALSE;
}

/* An identity is two options, of which one alone is a mistake. */
static gboolean
load_identity (ConfsyncOptions *self, ConfsyncTls *tls, GError **error)
{
  const char *certificate = confsync_options_get_string (self, "tls-certificate");
  const char *key = confsync_options_get_string (self, "tls-private-key");

  if (certificate != NULL && key != NULL)
    return confsync_tls_load_identity (tls, certificate, key, error) ||
           prefix_place (self, "tls-certificate", error);
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
      prefix_place (self, "tls-ca", error);
      return NULL;
    }
  for (gsize i = 0; pins[i] != NULL; i++)
    if (!confsync_tls_add_pin (tls, pins[i], error))
      {
        prefix_place (self, "tls-pin", error);
        return NULL;
      }
  return g_steal_pointer (&tls);
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
static gboolean
set_key (ConfsyncOptions *self, ConfsyncNode *node, GError **error)
{
  const ConfsyncOptionSource of_file = confsync_options_get_source (self, "key-file");
  const ConfsyncOptionSource of_key = confsync_options_get_source (self, "sync-key");

  if (of_key > of_file)
    return confsync_node_set_key (node, confsync_options_get_string (self, "sync-key"), error) ||
           prefix_place (self, "sync-key", error);
  if (of_file > of_key)
    return load_key (node, confsync_options_get_string (self, "key-file"),
                     of_file == CONFSYNC_SOURCE_CREDENTIAL, error) ||
           prefix_place (self, "key-file", error);
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
  static const char *const nothing_unbuilt[] = { NULL };
  g_autoptr (ConfsyncOptions) options = confsync_options_new (keys, nothing_unbuilt);

  return take_credential (options, environment, error) &&
         confsync_options_read_known_variables (options, environment, error) &&
         set_key (options, node, error);
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
  g_autoptr (ConfsyncNode) node = confsync_node_new (NULL);
  g_autoptr (ConfsyncTls) tls = confsync_node_options_load_tls (self, error);

  if (tls == NULL)
    return NULL;
  g_object_set (node, "tls", tls, "allow-unauthenticated",
                confsync_options_get_boolean (self, "allow-unauthenticated"),
                "allow-legacy-peers", confsync_options_get_boolean (self, "allow-legacy-peers"),
                "allow-local-users", confsync_options_get_boolean (self, "allow-local-users"),
                NULL);
  if (!set_key (self, node, error) || !confsync_node_options_set_access (self, node, error))
    return NULL;
  if (id != NULL && !confsync_node_set_instance_id (node, id, error))
    {
      prefix_place (self, "instance-id", error);
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
