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
    .summary = N_ ("one more listener, at --bind and --sync-port") },
  { .name = "bind",
    .type = CONFSYNC_OPTION_STRING,
    .initial = "127.0.0.1",
    .argument = "HOST",
    .summary = N_ ("its host") },
  { .name = "sync-port",
    .type = CONFSYNC_OPTION_PORT,
    .initial = "8765",
    .seed = "AICLEANER_SYNC_PORT",
    .argument = "PORT",
    .summary = N_ ("its port") },
  { .name = "allow-unauthenticated",
    .type = CONFSYNC_OPTION_BOOLEAN,
    .summary = N_ ("let other machines in, whoever they are") },
  { .name = "allow-legacy-peers",
    .type = CONFSYNC_OPTION_BOOLEAN,
    .summary = N_ ("sync with AICleaner's own module elsewhere") },
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
  { .name = "max-versions",
    .type = CONFSYNC_OPTION_UINT,
    .initial = "100",
    .argument = "N",
    .summary = N_ ("how many versions to keep; 0 keeps all") },
  { .name = "on-change",
    .type = CONFSYNC_OPTION_STRING,
    .argument = "COMMAND",
    .summary = N_ ("run it after each change from elsewhere") },
  { .name = "options-file",
    .type = CONFSYNC_OPTION_PATH,
    .argument = "FILE",
    .summary = N_ ("more options, such as /data/options.json") },
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
    .summary = N_ ("text or json") },
  { .name = "color",
    .type = CONFSYNC_OPTION_CHOICE,
    .choices = "auto|always|never", /* in the order of ConfsyncColor */
    .initial = "auto",
    .argument = "WHEN",
    .summary = N_ ("auto, always or never") },
  { NULL },
};

/* options of the design that are still to come: who uses one relies on it */
static const char *const unbuilt[] = {
  "allow-host",
  "allow-local-users",
  "allow-origin",
  "allow-public",
  "audit-file",
  "confirm-scope",
  "confirm-timeout",
  "durability",
  "join",
  "key",
  "key-file",
  "local-keys",
  "proxy",
  "rate-limit-block-duration",
  "rate-limit-requests-per-minute",
  "rate-limit-whitelist-local",
  "resolver-for",
  "role",
  "schema",
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

/*
 * confsync_node_options_read:
 * @environment: as g_get_environ() gives it
 *
 * Reads the places below the command line, the strongest first.
 */
gboolean
confsync_node_options_read (ConfsyncOptions *self, const char *const *environment, GError **error)
{
  const char *file;

  if (!confsync_options_read_environment (self, environment, error))
    return FALSE;

  file = confsync_options_get_string (self, "options-file");
  return file == NULL || confsync_options_read_file (self, file, error);
}

/*
 * confsync_node_options_dup_listener:
 *
 * The seed's way to open a listener. On the command line a port or a host is reason enough to open
 * one; elsewhere they may be mere defaults, and the switch alone decides.
 *
 * Returns: (nullable) (transfer full): the address
 */
char *
confsync_node_options_dup_listener (ConfsyncOptions *self)
{
  const char *bind = confsync_options_get_string (self, "bind");
  const char *port = confsync_options_get_string (self, "sync-port");
  const gboolean decided =
      confsync_options_get_source (self, "enable-sync-server") != CONFSYNC_SOURCE_DEFAULT;
  const gboolean named =
      confsync_options_get_source (self, "bind") == CONFSYNC_SOURCE_COMMAND_LINE ||
      confsync_options_get_source (self, "sync-port") == CONFSYNC_SOURCE_COMMAND_LINE;

  if (decided ? !confsync_options_get_boolean (self, "enable-sync-server") : !named)
    return NULL;
  if (strchr (bind, ':') != NULL && bind[0] != '[')
    return g_strdup_printf ("[%s]:%s", bind, port);
  return g_strdup_printf ("%s:%s", bind, port);
}

/* The seed calls lww by its long name. */
const char *
confsync_node_options_get_resolver (ConfsyncOptions *self)
{
  const char *name = confsync_options_get_string (self, "resolver");

  return g_str_equal (name, "last_write_wins") ? "lww" : name;
}
