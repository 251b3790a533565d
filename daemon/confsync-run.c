/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * The life of `confsync run`: from the options to a manager that runs, its events to the printer,
 * its changes to --on-change, and a clean end at SIGTERM or SIGINT.
 */

#include "config.h"

#include "confsync-run.h"

#include <errno.h>
#include <glib-unix.h>
#include <glib/gi18n.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <unistd.h>

#include "confsync-command.h"
#include "confsync-control-server.h"
#include "confsync-memory.h"
#include "confsync-on-change.h"
#include "confsync-secret-environment-private.h"
#include "confsync-units.h"

typedef struct {
  ConfsyncOptions *options;
  ConfsyncEventPrinter *printer;
  ConfsyncNode *node;
  ConfsyncManager *manager;
  ConfsyncOnChange *on_change;    /* (nullable) */
  ConfsyncControlServer *control; /* (nullable) */
  GCancellable *starting;
  GMainLoop *loop;
  char *told;          /* (nullable): hash of what the command was last run for */
  gboolean stopping;
  guint to_stop; /* parts that haven't ended yet */
  int exit_code;
} Run;

static void
run_free (Run *self)
{
  g_clear_pointer (&self->options, confsync_options_free);
  g_clear_object (&self->control);
  if (self->manager != NULL)
    g_signal_handlers_disconnect_by_data (self->manager, self);
  if (self->node != NULL)
    g_signal_handlers_disconnect_by_data (self->node, self);
  g_clear_object (&self->manager);
  g_clear_object (&self->node);
  g_clear_object (&self->on_change);
  g_free (self->told);
  g_clear_object (&self->printer);
  g_clear_object (&self->starting);
  g_clear_pointer (&self->loop, g_main_loop_unref);
  g_free (self);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Run, run_free)

/* before it runs */

static int
refuse (const char *message)
{
  g_autofree char *safe = confsync_units_escape (message);

  g_printerr (_ ("confsync run: %s\n"), safe);
  return CONFSYNC_EXIT_USAGE;
}

/* A file that isn't there is none of our business yet: it may come, from here or from a peer. */
static gboolean
check_document (const char *path, GError **error)
{
  GStatBuf info;
  int failure = 0;

  if (g_stat (path, &info) != 0)
    failure = errno != ENOENT ? errno : 0;
  else if (S_ISDIR (info.st_mode))
    failure = EISDIR;
  else if (!S_ISREG (info.st_mode))
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_REGULAR_FILE,
                   _ ("%s is no regular file; name the JSON file to keep in sync"), path);
      return FALSE;
    }
  else if (access (path, R_OK) != 0)
    failure = errno;
  if (failure == 0)
    return TRUE;

  if (failure == EISDIR)
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_IS_DIRECTORY,
                 _ ("%s is a directory; name the JSON file to keep in sync"), path);
  else
    g_set_error (error, G_IO_ERROR, g_io_error_from_errno (failure), _ ("%s can't be read: %s"),
                 path, g_strerror (failure));
  return FALSE;
}

static gboolean
make_node (Run *self, GError **error)
{
  g_autofree char *seed = confsync_run_options_dup_listener (self->options);

  self->node = confsync_node_options_make_node (self->options, error);
  return self->node != NULL &&
         confsync_node_options_add_listeners (self->options, self->node, seed, error) &&
         confsync_node_options_add_peers (self->options, self->node, error);
}

/* while it runs */

static void
run_command (Run *self, const char *author)
{
  g_free (self->told);
  self->told = NULL;
  /* the hash that all instances know it by: the document has what stays on this machine too */
  g_object_get (self->manager, "hash", &self->told, NULL);
  confsync_on_change_notify (self->on_change, self->told, author);
}

/* What was edited here is known to who edited it; the command is for what came from elsewhere. */
static void
changed_cb (ConfsyncManager *manager,
            ConfsyncDocument *document,
            const char *author,
            gboolean local,
            Run *self)
{
  if (self->on_change != NULL && !local)
    run_command (self, author);
}

/* After a restart nothing has changed, and it is tried all the same. */
static void
trial_cb (ConfsyncManager *manager,
          ConfsyncDocument *document,
          const char *author,
          const char *hash,
          Run *self)
{
  if (self->on_change != NULL && g_strcmp0 (self->told, hash) != 0)
    run_command (self, author);
}

/* The command's exit status says whether what is on trial works; about anything else, it counts
 * for nothing. */
static void
on_change_ended_cb (ConfsyncOnChange *on_change, const char *hash, const char *reason, Run *self)
{
  g_autofree char *on_trial = NULL;

  if (!confsync_manager_get_trial (self->manager, &on_trial, NULL, NULL) ||
      g_strcmp0 (on_trial, hash) != 0)
    return;
  if (reason == NULL)
    confsync_manager_confirm (self->manager, hash, NULL);
  else
    confsync_manager_reject (self->manager, hash, reason, NULL);
}

static void
event_cb (gpointer source, ConfsyncLevel level, const char *kind, GVariant *details, Run *self)
{
  confsync_event_printer_set_instance (self->printer, confsync_node_get_instance_id (self->node));
  confsync_event_printer_print (self->printer, level, kind, details);
}

static void
on_change_failed_cb (ConfsyncOnChange *on_change, const char *reason, Run *self)
{
  confsync_event_printer_failed (self->printer, CONFSYNC_LEVEL_WARNING, "--on-change", reason);
}

static void
make_on_change (Run *self)
{
  const char *command = confsync_options_get_string (self->options, "on-change");

  if (command == NULL)
    return;
  self->on_change = confsync_on_change_new (
      command, confsync_options_get_string (self->options, "config-path"));
  g_signal_connect (self->on_change, "failed", G_CALLBACK (on_change_failed_cb), self);
  g_signal_connect (self->on_change, "ended", G_CALLBACK (on_change_ended_cb), self);
}

static gboolean
make_manager (Run *self, GError **error)
{
  g_autofree char *base_dir = confsync_run_options_dup_base_dir (self->options);

  self->manager = confsync_node_options_make_manager (
      self->options, confsync_options_get_string (self->options, "config-path"), base_dir,
      self->node, error);
  return self->manager != NULL;
}

static void
connect_signals (Run *self)
{
  g_signal_connect (self->node, "event", G_CALLBACK (event_cb), self);
  confsync_memory_follow (self->node);
  g_signal_connect (self->manager, "event", G_CALLBACK (event_cb), self);
  g_signal_connect (self->manager, "changed", G_CALLBACK (changed_cb), self);
  g_signal_connect (self->manager, "trial", G_CALLBACK (trial_cb), self);
}

static void
control_notice_cb (ConfsyncControlServer *control, int level, const char *message, Run *self)
{
  confsync_event_printer_notice (self->printer, level, message);
}

/* Without a place for its socket it is an instance all the same, which other commands can't reach.
 * But what another instance has is not for two. */
static gboolean
make_control (Run *self, GError **error)
{
  const char *file = confsync_options_get_string (self->options, "config-path");
  g_autofree char *base_dir = confsync_run_options_dup_base_dir (self->options);
  g_autoptr (GError) local = NULL;
  g_autofree char *message = NULL;

  if (confsync_options_get_boolean (self->options, "no-control"))
    return TRUE;
  self->control = confsync_control_server_new (self->node);
  g_signal_connect (self->control, "notice", G_CALLBACK (control_notice_cb), self);
  confsync_control_server_add_document (self->control, self->manager);
  if (confsync_control_server_listen (self->control, file, base_dir, &local))
    message = g_strdup_printf (_ ("other commands reach this instance at %s"),
                               confsync_control_server_get_socket (self->control));
  else if (!g_error_matches (local, CONFSYNC_ERROR, CONFSYNC_ERROR_BUSY))
    message = g_strdup_printf (_ ("other commands can't reach this instance: %s"), local->message);
  else
    {
      g_propagate_error (error, g_steal_pointer (&local));
      return FALSE;
    }
  confsync_event_printer_notice (
      self->printer, local != NULL ? CONFSYNC_LEVEL_WARNING : CONFSYNC_LEVEL_DEBUG, message);
  return TRUE;
}

static int
exit_code_of (const GError *error)
{
  if (error->domain != CONFSYNC_ERROR)
    return CONFSYNC_EXIT_FAILED;

  switch (error->code)
    {
    case CONFSYNC_ERROR_REFUSED:
    case CONFSYNC_ERROR_INVALID_ADDRESS:
    case CONFSYNC_ERROR_INVALID_POINTER:
    case CONFSYNC_ERROR_NOT_FOUND:
      return CONFSYNC_EXIT_USAGE;
    case CONFSYNC_ERROR_BUSY:
      return CONFSYNC_EXIT_IN_USE;
    default:
      return CONFSYNC_EXIT_FAILED;
    }
}

static void
could_not_start (Run *self, const GError *error)
{
  confsync_event_printer_failed (self->printer, CONFSYNC_LEVEL_ERROR, _ ("could not start"),
                                 error->message);
  self->exit_code = exit_code_of (error);
}

static void
started_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Run *self = user_data;
  g_autoptr (GError) error = NULL;

  if (confsync_manager_start_finish (self->manager, result, &error) || self->stopping)
    return;

  could_not_start (self, error);
  g_main_loop_quit (self->loop);
}

/* its end */

static void
part_stopped (Run *self)
{
  if (--self->to_stop == 0)
    g_main_loop_quit (self->loop);
}

static void
manager_stopped_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Run *self = user_data;
  g_autoptr (GError) error = NULL;

  if (!confsync_manager_stop_finish (self->manager, result, &error))
    confsync_event_printer_failed (self->printer, CONFSYNC_LEVEL_WARNING, _ ("stopping"),
                                   error->message);
  part_stopped (self);
}

static void
on_change_stopped_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  confsync_on_change_stop_finish (CONFSYNC_ON_CHANGE (source), result);
  part_stopped (user_data);
}

static void
stop (Run *self, int number)
{
  if (self->stopping)
    {
      /* asked twice: at once, and the caller sees by which signal */
      if (self->on_change != NULL)
        confsync_on_change_kill (self->on_change);
      signal (number, SIG_DFL);
      raise (number);
      return;
    }

  confsync_event_printer_notice (self->printer, CONFSYNC_LEVEL_DEBUG,
                                 _ ("stopping; a second signal ends it at once"));
  self->stopping = TRUE;
  self->to_stop = self->on_change != NULL ? 2 : 1;
  g_cancellable_cancel (self->starting);
  confsync_manager_stop_async (self->manager, NULL, manager_stopped_cb, self);
  if (self->on_change != NULL)
    confsync_on_change_stop_async (self->on_change, on_change_stopped_cb, self);
}

static gboolean
terminate_cb (gpointer user_data)
{
  stop (user_data, SIGTERM);
  return G_SOURCE_CONTINUE;
}

static gboolean
interrupt_cb (gpointer user_data)
{
  stop (user_data, SIGINT);
  return G_SOURCE_CONTINUE;
}

static gboolean
hangup_cb (gpointer user_data)
{
  Run *self = user_data;

  confsync_node_reopen_audit_file (self->node);
  return G_SOURCE_CONTINUE;
}

/* Whoever rotates the audit file may say so by SIGHUP. From a terminal it means that this is gone,
 * and ends the program as it ends others. */
static guint
watch_hangup (Run *self)
{
  if (confsync_options_get_string (self->options, "audit-file") == NULL ||
      isatty (STDOUT_FILENO) || isatty (STDERR_FILENO))
    return 0;
  return g_unix_signal_add (SIGHUP, hangup_cb, self);
}

static void
print_warnings (Run *self)
{
  g_auto (GStrv) warnings = confsync_options_dup_warnings (self->options);

  for (gsize i = 0; warnings[i] != NULL; i++)
    confsync_event_printer_notice (self->printer, CONFSYNC_LEVEL_WARNING, warnings[i]);
}

static int
run (Run *self)
{
  const guint terminate = g_unix_signal_add (SIGTERM, terminate_cb, self);
  const guint interrupt = g_unix_signal_add (SIGINT, interrupt_cb, self);
  const guint hangup = watch_hangup (self);
  g_autoptr (GError) error = NULL;

  signal (SIGPIPE, SIG_IGN); /* who read our lines may leave; the printer sees it */
  self->loop = g_main_loop_new (NULL, FALSE);
  self->starting = g_cancellable_new ();
  print_warnings (self);
  make_on_change (self);
  connect_signals (self);
  if (make_control (self, &error))
    {
      confsync_manager_start_async (self->manager, self->starting, started_cb, self);
      g_main_loop_run (self->loop);
      if (self->control != NULL)
        confsync_control_server_stop (self->control);
    }
  else
    could_not_start (self, error);

  g_source_remove (terminate);
  g_source_remove (interrupt);
  if (hangup != 0)
    g_source_remove (hangup);
  return self->exit_code;
}

/*
 * confsync_run_main:
 *
 * Returns: the exit code
 */
int
confsync_run_main (int argc, char **argv)
{
  g_autoptr (Run) self = g_new0 (Run, 1);
  g_autoptr (GError) error = NULL;
  g_auto (ConfsyncSecretEnvironment) environment = confsync_secret_environment_dup ();
  gboolean help = FALSE;

  confsync_memory_set_up ();
  self->options = confsync_node_options_new ();
  if (!confsync_run_options_read (self->options, argc, argv, (const char *const *) environment,
                                  &help, &error))
    return refuse (error->message);
  if (help)
    {
      g_autofree char *page = confsync_run_options_dup_help (self->options);

      g_print ("%s", page);
      return CONFSYNC_EXIT_DONE;
    }
  if (!check_document (confsync_options_get_string (self->options, "config-path"), &error) ||
      !make_node (self, &error) || !make_manager (self, &error))
    return refuse (error->message);

  self->printer = confsync_run_options_make_printer (self->options);
  return run (self);
}
