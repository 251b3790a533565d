/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * From the arguments of a command to its answer and its exit code. What an error is called decides
 * the code, so that all commands agree on it.
 */

#include "config.h"

#include "confsync-tool.h"

#include <glib/gi18n.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "confsync-command.h"
#include "confsync-finder.h"
#include "confsync-help.h"
#include "confsync-option-arguments.h"
#include "confsync-option-sources-private.h"
#include "confsync-units.h"

/* how long an instance may take to say what it keeps */
#define FIND_TIMEOUT_MS 5000

static int
exit_code_of (const GError *error)
{
  if (error->domain != CONFSYNC_ERROR)
    return CONFSYNC_EXIT_FAILED;

  switch (error->code)
    {
    case CONFSYNC_ERROR_NOT_FOUND:
    case CONFSYNC_ERROR_CONFLICT:
    case CONFSYNC_ERROR_DEADLINE:
      return CONFSYNC_EXIT_NO;
    case CONFSYNC_ERROR_INVALID_OPTION:
    case CONFSYNC_ERROR_INVALID_JSON:
    case CONFSYNC_ERROR_INVALID_DOCUMENT:
    case CONFSYNC_ERROR_TOO_LARGE:
    case CONFSYNC_ERROR_INVALID_POINTER:
    case CONFSYNC_ERROR_INVALID_PATCH:
    case CONFSYNC_ERROR_REFUSED:
    case CONFSYNC_ERROR_EMPTY:
      return CONFSYNC_EXIT_USAGE;
    default:
      return CONFSYNC_EXIT_FAILED;
    }
}

/* Each line is made harmless by itself: an error may have several, and hold what a peer said. */
static void
print_error (const char *command, const char *message)
{
  g_auto (GStrv) lines = g_strsplit (message, "\n", -1);

  g_printerr ("confsync %s: ", command);
  for (gsize i = 0; lines[i] != NULL; i++)
    {
      g_autofree char *safe = confsync_units_escape (lines[i]);

      g_printerr ("%s\n", safe);
    }
}

static int
fail (const ConfsyncToolKind *kind, GError *error)
{
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CLOSED))
    {
      g_free (error->message);
      error->message = g_strdup (_ ("the instance ended before it answered"));
    }
  g_dbus_error_strip_remote_error (error);
  print_error (kind->name, error->message);
  return exit_code_of (error);
}

static gboolean
read_options (ConfsyncTool *self, int argc, char **argv, gboolean *help, GError **error)
{
  g_auto (GStrv) environment = g_get_environ ();

  return confsync_options_read_arguments (self->options, argc, argv, help, error) &&
         (*help || confsync_options_read_known_variables (
                     self->options, (const char *const *) environment, error));
}

static void
clear_tool (ConfsyncTool *self)
{
  g_clear_pointer (&self->options, confsync_options_free);
  g_clear_pointer (&self->output, confsync_output_free);
  g_clear_pointer (&self->instance, confsync_instance_free);
  g_clear_pointer (&self->kept, confsync_kept_free);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (ConfsyncTool, clear_tool)

char *
confsync_tool_dup_help (const ConfsyncToolKind *kind)
{
  g_autofree char *usage =
    g_strdup_printf ("confsync %s%s%s", kind->name, *kind->usage != '\0' ? " " : "", kind->usage);

  return confsync_help_format (kind->options, usage, _ (kind->purpose), kind->example,
                               CONFSYNC_HELP_USUAL);
}

/*
 * confsync_tool_main:
 *
 * Returns: the exit code
 */
int
confsync_tool_main (const ConfsyncToolKind *kind, int argc, char **argv)
{
  g_auto (ConfsyncTool) self = { .options = confsync_options_new (kind->options) };
  g_autoptr (GError) error = NULL;
  gboolean help = FALSE;
  int code;

  if (!read_options (&self, argc, argv, &help, &error))
    return fail (kind, error);
  if (help)
    {
      g_autofree char *page = confsync_tool_dup_help (kind);

      g_print ("%s", page);
      return CONFSYNC_EXIT_DONE;
    }

  signal (SIGPIPE, SIG_IGN); /* the output sees it, and ends quietly */
  self.output = confsync_output_new (stdout, confsync_options_get_choice (self.options, "color"));
  code = kind->run (&self, &error);
  if (error != NULL)
    {
      confsync_output_finish (self.output, NULL);
      return fail (kind, error);
    }
  return confsync_output_finish (self.output, &error) ? code : fail (kind, error);
}

/* What somebody named on the command line makes what the environment says of no account. */
static void
read_which (ConfsyncTool *self, ConfsyncWhich *which)
{
  const ConfsyncOptionSource file = confsync_options_get_source (self->options, "config-path");
  const ConfsyncOptionSource dir = confsync_options_get_source (self->options, "config-base-dir");

  if (file >= dir)
    which->file = confsync_options_get_string (self->options, "config-path");
  if (dir >= file)
    which->base_dir = confsync_options_get_string (self->options, "config-base-dir");
}

/*
 * confsync_tool_connect:
 *
 * Finds the instance that is meant, anew at each call.
 *
 * Returns: (transfer none): its document
 */
ConfsyncDBusDocument *
confsync_tool_connect (ConfsyncTool *self, GError **error)
{
  ConfsyncWhich which = { .here = "." };

  g_clear_pointer (&self->instance, confsync_instance_free);
  g_assert (CONFSYNC_ERROR != 0); /* known from now on, so errors come back as they were */
  read_which (self, &which);
  self->instance = confsync_finder_find (&which, FIND_TIMEOUT_MS, error);
  return self->instance != NULL ? confsync_instance_get_proxy (self->instance, error) : NULL;
}

/*
 * confsync_tool_open:
 *
 * As confsync_tool_connect(), but where no instance runs for the document, what lies on the disk
 * does too, and a line says so.
 */
gboolean
confsync_tool_open (ConfsyncTool *self, GError **error)
{
  ConfsyncWhich which = { .here = "." };
  g_autoptr (GError) nobody = NULL, reason = NULL;
  g_autofree char *safe = NULL;

  if (confsync_tool_connect (self, &nobody) != NULL)
    return TRUE;
  read_which (self, &which);
  if (g_error_matches (nobody, G_IO_ERROR, G_IO_ERROR_NOT_FOUND))
    self->kept = confsync_kept_open (&which, &reason);
  if (self->kept == NULL)
    {
      g_propagate_error (error, reason != NULL ? g_steal_pointer (&reason)
                                               : g_steal_pointer (&nobody));
      return FALSE;
    }
  safe = confsync_units_escape (confsync_kept_get_base_dir (self->kept));
  confsync_tool_say (_ ("no instance runs; this is of the files in %s"), safe);
  return TRUE;
}

/* Whether a switch is on. */
gboolean
confsync_tool_has (ConfsyncTool *self, const char *option)
{
  return confsync_options_get_boolean (self->options, option);
}

/* Tells a person something that is no answer, and harmless already. */
void
confsync_tool_say (const char *format, ...)
{
  va_list arguments;
  g_autofree char *text = NULL;

  va_start (arguments, format);
  text = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  g_printerr ("%s\n", text);
}

/*
 * confsync_tool_parse:
 * @text: JSON from an instance
 */
ConfsyncJson *
confsync_tool_parse (const char *text, GError **error)
{
  g_autoptr (GBytes) bytes = g_bytes_new (text, strlen (text));
  const ConfsyncJsonLimits any = { G_MAXSIZE, G_MAXUINT, G_MAXUINT };

  return confsync_json_parse (bytes, &any, error);
}

/* Says what is wrong with a pointer in the words of who typed it. */
gboolean
confsync_tool_check_pointer (const char *pointer, GError **error)
{
  if (*pointer == '\0' || *pointer == '/')
    return TRUE;
  g_set_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_INVALID_POINTER,
               _ ("a pointer begins with “/”, or is empty for the whole document; did you mean "
                  "“/%s”?"), pointer);
  return FALSE;
}

/* An instance says at the end, in the words of its interface, how {} is meant; who typed a command
 * has --force. */
void
confsync_tool_ask_for_force (GError **error)
{
  g_autofree char *message = NULL;

  if (!g_error_matches (*error, CONFSYNC_ERROR, CONFSYNC_ERROR_EMPTY))
    return;
  g_dbus_error_strip_remote_error (*error);
  message = g_strdup_printf (_ ("%.*s; --force says that it is meant"),
                             (int) strcspn ((*error)->message, ";"), (*error)->message);
  g_free ((*error)->message);
  (*error)->message = g_steal_pointer (&message);
}

/*
 * confsync_tool_dup_time:
 * @time_us: microseconds since the Unix epoch
 *
 * Returns: (nullable) (transfer full): for programs, UTC as ISO 8601; %NULL for never
 */
char *
confsync_tool_dup_time (gint64 time_us)
{
  g_autoptr (GDateTime) seconds = g_date_time_new_from_unix_utc (time_us / G_USEC_PER_SEC);
  g_autofree char *text = NULL;

  if (time_us <= 0 || seconds == NULL)
    return NULL;
  text = g_date_time_format (seconds, "%Y-%m-%dT%H:%M:%S");
  return g_strdup_printf ("%s.%06dZ", text, (int) (time_us % G_USEC_PER_SEC));
}
