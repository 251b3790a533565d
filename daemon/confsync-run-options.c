/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * The one table of options of `confsync run`: the command line, the environment, the options file
 * and the help page are all served from it.
 */

#include "config.h"

#include "confsync-run-options.h"

#include <glib/gi18n.h>
#include <string.h>

#include "confsync-help.h"
#include "confsync-option-sources.h"

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

char *
confsync_run_dup_help (void)
{
  return confsync_help_format (
      table, "confsync run FILE [OPTION]...",
      _ ("Keeps FILE, a JSON object, the same here and on every peer, until it is ended.\n"
         "Each option is also a variable, such as CONFSYNC_SYNC_PORT."),
      _ ("confsync run a.json -l 8765           in one terminal,\n"
         "         confsync run b.json -p localhost:8765  in another"));
}

ConfsyncOptions *
confsync_run_options_new (void)
{
  return confsync_options_new (table, unbuilt);
}

static void
warn_of_idle_port (ConfsyncOptions *self)
{
  const ConfsyncOptionSource source = confsync_options_get_source (self, "sync-port");
  g_autofree char *listener = confsync_run_options_dup_listener (self);

  if (source > CONFSYNC_SOURCE_FILE && listener == NULL &&
      confsync_options_get_source (self, "enable-sync-server") == CONFSYNC_SOURCE_DEFAULT)
    confsync_options_warn (self, _ ("a port is set, but nothing listens there; enable-sync-server "
                                    "opens it"));
}

/*
 * confsync_run_options_read:
 * @environment: as g_get_environ() gives it
 * @help: (out): whether help was asked for; then nothing else was looked at
 *
 * Reads all places, the strongest first.
 */
gboolean
confsync_run_options_read (ConfsyncOptions *self,
                           int argc,
                           char **argv,
                           const char *const *environment,
                           gboolean *help,
                           GError **error)
{
  const char *file;

  if (!confsync_options_read_arguments (self, argc, argv, help, error))
    return FALSE;
  if (*help)
    return TRUE;
  if (!confsync_options_read_environment (self, environment, error))
    return FALSE;

  file = confsync_options_get_string (self, "options-file");
  if (file != NULL && !confsync_options_read_file (self, file, error))
    return FALSE;
  if (confsync_options_get_string (self, "config-path") == NULL)
    {
      g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                   _ ("which file? Name one: confsync run FILE"));
      return FALSE;
    }
  warn_of_idle_port (self);
  return TRUE;
}

/*
 * confsync_run_options_dup_listener:
 *
 * The seed's way to open a listener. On the command line a port or a host is reason enough to open
 * one; elsewhere they may be mere defaults, and the switch alone decides.
 *
 * Returns: (nullable) (transfer full): the address
 */
char *
confsync_run_options_dup_listener (ConfsyncOptions *self)
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
confsync_run_options_get_resolver (ConfsyncOptions *self)
{
  const char *name = confsync_options_get_string (self, "resolver");

  return g_str_equal (name, "last_write_wins") ? "lww" : name;
}

char *
confsync_run_options_dup_base_dir (ConfsyncOptions *self)
{
  const char *dir = confsync_options_get_string (self, "config-base-dir");

  if (dir != NULL)
    return g_strdup (dir);
  return g_path_get_dirname (confsync_options_get_string (self, "config-path"));
}

ConfsyncEventPrinter *
confsync_run_options_make_printer (ConfsyncOptions *self)
{
  ConfsyncEventPrinter *printer = confsync_event_printer_new (stdout, stderr);

  confsync_event_printer_set_color (printer, confsync_options_get_choice (self, "color"));
  confsync_event_printer_set_level (printer, confsync_options_get_choice (self, "log-level"));
  confsync_event_printer_set_json (
      printer, g_str_equal (confsync_options_get_string (self, "log-format"), "json"));
  return printer;
}
