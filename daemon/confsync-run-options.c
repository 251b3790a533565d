/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * What `confsync run` makes of an instance's options: which it needs, and how it prints.
 */

#include "config.h"

#include "confsync-run-options.h"

#include <glib/gi18n.h>

#include "confsync-help.h"
#include "confsync-option-arguments.h"

static char *
dup_page (ConfsyncHelpPage which, const char *example)
{
  g_autoptr (ConfsyncOptions) options = confsync_node_options_new ();

  return confsync_help_format (
      confsync_options_get_table (options), "confsync run FILE [OPTION]...",
      _ ("Keeps FILE, a JSON object, the same here and on every peer, until it is ended.\n"
         "Options are also variables (CONFSYNC_SYNC_PORT) and lines in confsync.conf."),
      example, which);
}

char *
confsync_run_dup_help (void)
{
  return dup_page (CONFSYNC_HELP_USUAL,
                   _ ("confsync run a/config.json -l 8765           in one terminal,\n"
                      "         confsync run b/config.json -p localhost:8765  in another"));
}

/* The page that @self asks for. */
char *
confsync_run_options_dup_help (ConfsyncOptions *self)
{
  if (confsync_options_get_boolean (self, "security-help"))
    return dup_page (CONFSYNC_HELP_SECURITY,
                     _ ("confsync run a.json -p wss://10.0.0.2:8765 --tls-pin 3f9a...c07e"));
  if (confsync_options_get_boolean (self, "limits-help"))
    return dup_page (CONFSYNC_HELP_LIMITS, _ ("confsync run a.json --max-bytes 1000000"));
  if (confsync_options_get_boolean (self, "more-help"))
    return dup_page (CONFSYNC_HELP_RARE,
                     _ ("confsync run a.json --bind 10.0.0.2 --sync-port 9000"));
  return confsync_run_dup_help ();
}

/*
 * confsync_run_options_dup_listener:
 *
 * On the command line a port or a host is reason enough to open a listener; elsewhere they may be
 * mere defaults, and the switch alone decides.
 *
 * Returns: (nullable) (transfer full): the address
 */
char *
confsync_run_options_dup_listener (ConfsyncOptions *self)
{
  return confsync_node_options_dup_listener (
      self, confsync_options_get_source (self, "bind") == CONFSYNC_SOURCE_COMMAND_LINE ||
                confsync_options_get_source (self, "sync-port") == CONFSYNC_SOURCE_COMMAND_LINE);
}

static void
warn_of_idle_port (ConfsyncOptions *self)
{
  const ConfsyncOptionSource source = confsync_options_get_source (self, "sync-port");
  g_autofree char *listener = confsync_run_options_dup_listener (self);

  if (source >= CONFSYNC_SOURCE_SEED && listener == NULL &&
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
  if (!confsync_options_read_arguments (self, argc, argv, help, error))
    return FALSE;
  *help = *help || confsync_options_get_boolean (self, "more-help") ||
          confsync_options_get_boolean (self, "security-help") ||
          confsync_options_get_boolean (self, "limits-help");
  if (*help)
    return TRUE;
  if (!confsync_node_options_read (self, environment, NULL, NULL, error))
    return FALSE;

  if (confsync_options_get_string (self, "config-path") == NULL)
    {
      g_set_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_INVALID_OPTION,
                   _ ("which file? Name one: confsync run FILE"));
      return FALSE;
    }
  warn_of_idle_port (self);
  return TRUE;
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
