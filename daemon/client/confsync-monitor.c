/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * `confsync monitor`: what happens, as `confsync run` prints it, until somebody ends it, nobody
 * reads it, or the instance ends.
 */

#include "config.h"

#include <glib-unix.h>
#include <glib/gi18n.h>
#include <unistd.h>

#include "confsync-command.h"
#include "confsync-event-printer.h"
#include "confsync-tools.h"

static const ConfsyncOption options[] = {
  { .name = "log-level",
    .alias = "level",
    .type = CONFSYNC_OPTION_CHOICE,
    .choices = "debug|info|warning|error", /* in the order of ConfsyncLevel */
    .initial = "info",
    .argument = "LEVEL",
    .summary = N_ ("the least to show") },
  { .name = "json",
    .type = CONFSYNC_OPTION_BOOLEAN,
    .arguments_only = TRUE,
    .summary = N_ ("one object a line, as confsync run can print") },
  CONFSYNC_TOOL_OPTIONS,
  { NULL },
};

typedef struct {
  ConfsyncEventPrinter *printer;
  const char *object; /* the document's */
  GMainLoop *loop;
  gboolean ended; /* the instance, not us */
} Monitor;

static void
event_cb (GDBusConnection *connection,
          const char *sender,
          const char *object,
          const char *interface,
          const char *signal,
          GVariant *parameters,
          gpointer user_data)
{
  Monitor *self = user_data;
  g_autoptr (GVariant) details = NULL;
  const char *kind;
  guint level;

  if (!g_variant_is_of_type (parameters, G_VARIANT_TYPE ("(usa{sv})")) ||
      (g_str_has_suffix (interface, ".Document") && !g_str_equal (object, self->object)))
    return;
  g_variant_get (parameters, "(u&s@a{sv})", &level, &kind, &details);
  confsync_event_printer_print (self->printer, MIN (level, CONFSYNC_LEVEL_ERROR), kind, details);
}

static void
closed_cb (GDBusConnection *connection, gboolean vanished, GError *error, Monitor *self)
{
  self->ended = TRUE;
  g_main_loop_quit (self->loop);
}

static gboolean
signal_cb (gpointer user_data)
{
  g_main_loop_quit (user_data);
  return G_SOURCE_CONTINUE;
}

/* A reader that leaves is seen at once, not when there is something to write. */
static gboolean
reader_gone_cb (int fd, GIOCondition condition, gpointer user_data)
{
  g_main_loop_quit (user_data);
  return G_SOURCE_REMOVE;
}

static ConfsyncEventPrinter *
make_printer (ConfsyncTool *tool)
{
  ConfsyncEventPrinter *printer = confsync_event_printer_new (stdout, stdout);

  confsync_event_printer_set_color (printer, confsync_options_get_choice (tool->options, "color"));
  confsync_event_printer_set_level (printer,
                                    confsync_options_get_choice (tool->options, "log-level"));
  confsync_event_printer_set_json (printer, confsync_tool_has (tool, "json"));
  return printer;
}

/* The first line: from here on nothing is missed. */
static void
greet (ConfsyncTool *tool, ConfsyncEventPrinter *printer)
{
  const char *id = "?";
  g_autofree char *message = NULL;

  g_variant_lookup (confsync_instance_get_manager (tool->instance), "InstanceId", "&s", &id);
  message =
    g_strdup_printf (_ ("watching %s of %s"), confsync_instance_get_file (tool->instance), id);
  confsync_event_printer_notice (printer, CONFSYNC_LEVEL_INFO, message);
}

static void
watch (ConfsyncTool *tool, Monitor *self)
{
  GDBusConnection *connection = confsync_instance_get_connection (tool->instance);
  const guint terminate = g_unix_signal_add (SIGTERM, signal_cb, self->loop);
  const guint interrupt = g_unix_signal_add (SIGINT, signal_cb, self->loop);
  const guint events =
    g_dbus_connection_signal_subscribe (connection, NULL, NULL, "Event", NULL, NULL,
                                        G_DBUS_SIGNAL_FLAGS_NONE, event_cb, self, NULL);
  const gulong closed = g_signal_connect (connection, "closed", G_CALLBACK (closed_cb), self);

  g_unix_fd_add (STDOUT_FILENO, G_IO_ERR | G_IO_HUP, reader_gone_cb, self->loop);
  greet (tool, self->printer);
  if (!g_dbus_connection_is_closed (connection))
    g_main_loop_run (self->loop);
  else
    self->ended = TRUE;

  g_signal_handler_disconnect (connection, closed);
  g_dbus_connection_signal_unsubscribe (connection, events);
  g_source_remove (interrupt);
  g_source_remove (terminate);
}

static int
run (ConfsyncTool *tool, GError **error)
{
  g_autoptr (ConfsyncEventPrinter) printer = make_printer (tool);
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  Monitor self = { .printer = printer, .loop = loop };

  if (confsync_tool_connect (tool, error) == NULL)
    return CONFSYNC_EXIT_FAILED;

  self.object = confsync_instance_get_object (tool->instance);
  watch (tool, &self);
  if (self.ended)
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_BROKEN_PIPE, _ ("the instance ended"));
  return CONFSYNC_EXIT_DONE;
}

const ConfsyncToolKind confsync_monitor_tool = {
  .name = "monitor",
  .usage = "[OPTION]...",
  .purpose = N_ ("Shows what happens, a line an event, until it is ended.\n"
                 "Exit status 3: the instance ended.\n"
                 "--json: time, level, event, and what belongs to the event."),
  .example = "confsync monitor --json | jq -r 'select(.event == \"applied\").from'",
  .options = options,
  .run = run,
};
