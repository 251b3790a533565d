/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * One command at a time, and the newest change wins: while one runs, only the last change that
 * came meanwhile is kept, since the command reads the live file, which holds the last one anyway.
 *
 * What the command prints goes to standard error, so that standard output stays one event a line.
 */

#include "config.h"

#include "confsync-on-change.h"

#include <glib/gi18n.h>
#include <signal.h>
#include <unistd.h>

/* how long a command may take to end when it's asked to */
#define STOP_PATIENCE_MS 2000

enum {
  SIGNAL_FAILED,
  SIGNAL_ENDED,
  N_SIGNALS
};

struct _ConfsyncOnChange
{
  GObject parent_instance;

  char *command;
  char *document;
  char *hash, *author;  /* (nullable): the change that waits */
  char *running_hash;   /* (nullable): that which runs is about */
  GSubprocess *running; /* (owned) (nullable) */
  GTask *stopping;      /* (owned) (nullable): ends when nothing runs any more */
  guint patience;       /* the timeout's id while @stopping is there */
};

G_DEFINE_FINAL_TYPE (ConfsyncOnChange, confsync_on_change, G_TYPE_OBJECT)

static guint signals[N_SIGNALS];

static void
confsync_on_change_finalize (GObject *object)
{
  ConfsyncOnChange *self = CONFSYNC_ON_CHANGE (object);

  g_free (self->command);
  g_free (self->document);
  g_free (self->hash);
  g_free (self->author);
  g_free (self->running_hash);
  g_assert (self->running == NULL && self->stopping == NULL); /* each holds a reference to us */

  G_OBJECT_CLASS (confsync_on_change_parent_class)->finalize (object);
}

static void
confsync_on_change_class_init (ConfsyncOnChangeClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = confsync_on_change_finalize;

  signals[SIGNAL_FAILED] = g_signal_new ("failed", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0,
                                         NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_STRING);
  signals[SIGNAL_ENDED] =
    g_signal_new ("ended", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                  G_TYPE_NONE, 2, G_TYPE_STRING, G_TYPE_STRING);
}

static void
confsync_on_change_init (ConfsyncOnChange *self)
{
}

/* How the command for a change ended; @reason is %NULL where it went well. */
static void
report (ConfsyncOnChange *self, const char *reason)
{
  g_autofree char *hash = g_steal_pointer (&self->running_hash);

  if (reason != NULL)
    g_signal_emit (self, signals[SIGNAL_FAILED], 0, reason);
  g_signal_emit (self, signals[SIGNAL_ENDED], 0, hash, reason);
}

static void
report_end (ConfsyncOnChange *self, GSubprocess *process)
{
  g_autofree char *reason = NULL;

  if (g_subprocess_get_if_signaled (process))
    reason = g_strdup_printf (_ ("“%s” was ended by signal %d"), self->command,
                              g_subprocess_get_term_sig (process));
  else
    reason = g_strdup_printf (_ ("“%s” ended with exit status %d"), self->command,
                              g_subprocess_get_exit_status (process));
  report (self, reason);
}

/* A group of its own: the command can be ended with all that it started, and a Ctrl-C in the
 * terminal reaches it by us alone. */
static void
child_setup_cb (gpointer user_data)
{
  setpgid (0, 0);
}

static void
signal_group (ConfsyncOnChange *self, int number)
{
  const char *id = g_subprocess_get_identifier (self->running);

  if (id != NULL)
    kill (-(pid_t) g_ascii_strtoll (id, NULL, 10), number);
}

static GSubprocess *
spawn (ConfsyncOnChange *self, GError **error)
{
  g_autoptr (GSubprocessLauncher) launcher = g_subprocess_launcher_new (G_SUBPROCESS_FLAGS_NONE);

  g_subprocess_launcher_setenv (launcher, "CONFSYNC_DOCUMENT", self->document, TRUE);
  g_subprocess_launcher_setenv (launcher, "CONFSYNC_HASH", self->hash, TRUE);
  g_subprocess_launcher_setenv (launcher, "CONFSYNC_AUTHOR", self->author, TRUE);
  g_subprocess_launcher_take_stdout_fd (launcher, dup (STDERR_FILENO));
  g_subprocess_launcher_set_child_setup (launcher, child_setup_cb, NULL, NULL);
  return g_subprocess_launcher_spawn (launcher, error, "/bin/sh", "-c", self->command, NULL);
}

static void start_pending (ConfsyncOnChange *self);

static void
finish_stop (ConfsyncOnChange *self)
{
  g_autoptr (GTask) task = g_steal_pointer (&self->stopping);

  g_clear_handle_id (&self->patience, g_source_remove);
  g_task_return_boolean (task, TRUE);
}

static void
ended_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (ConfsyncOnChange) self = user_data;
  GSubprocess *process = G_SUBPROCESS (source);

  g_subprocess_wait_finish (process, result, NULL); /* without a cancellable it can't fail */
  g_clear_object (&self->running);
  if (self->stopping != NULL)
    {
      finish_stop (self);
      return;
    }

  if (g_subprocess_get_successful (process))
    report (self, NULL);
  else
    report_end (self, process);
  start_pending (self);
}

static void
start_pending (ConfsyncOnChange *self)
{
  g_autoptr (GError) error = NULL;

  if (self->hash == NULL || self->running != NULL || self->stopping != NULL)
    return;

  self->running = spawn (self, &error);
  g_free (self->running_hash);
  self->running_hash = g_steal_pointer (&self->hash);
  g_clear_pointer (&self->author, g_free);
  if (self->running != NULL)
    g_subprocess_wait_async (self->running, NULL, ended_cb, g_object_ref (self));
  else
    report (self, error->message);
}

/*
 * confsync_on_change_new:
 * @command: for `/bin/sh -c`
 * @document: the live file, told to the command as CONFSYNC_DOCUMENT
 */
ConfsyncOnChange *
confsync_on_change_new (const char *command, const char *document)
{
  ConfsyncOnChange *self = g_object_new (CONFSYNC_TYPE_ON_CHANGE, NULL);

  self->command = g_strdup (command);
  self->document = g_canonicalize_filename (document, NULL);
  return self;
}

/* A change was applied: runs the command now, or when the one that runs has ended. */
void
confsync_on_change_notify (ConfsyncOnChange *self, const char *hash, const char *author)
{
  g_free (self->hash);
  self->hash = g_strdup (hash);
  g_free (self->author);
  self->author = g_strdup (author);
  start_pending (self);
}

static gboolean
patience_cb (gpointer user_data)
{
  ConfsyncOnChange *self = user_data;

  self->patience = 0;
  signal_group (self, SIGKILL);
  return G_SOURCE_REMOVE;
}

/*
 * confsync_on_change_stop_async:
 *
 * Asks the command to end (SIGTERM), and after two seconds makes it. No other one is started. To be
 * called once.
 */
void
confsync_on_change_stop_async (ConfsyncOnChange *self,
                               GAsyncReadyCallback callback,
                               gpointer user_data)
{
  g_return_if_fail (self->stopping == NULL);

  self->stopping = g_task_new (self, NULL, callback, user_data);
  g_task_set_source_tag (self->stopping, confsync_on_change_stop_async);
  if (self->running == NULL)
    {
      finish_stop (self);
      return;
    }
  signal_group (self, SIGTERM);
  self->patience = g_timeout_add (STOP_PATIENCE_MS, patience_cb, self);
}

gboolean
confsync_on_change_stop_finish (ConfsyncOnChange *self, GAsyncResult *result)
{
  return g_task_propagate_boolean (G_TASK (result), NULL);
}

/* Ends the command with all that it started, without asking. */
void
confsync_on_change_kill (ConfsyncOnChange *self)
{
  if (self->running != NULL)
    signal_group (self, SIGKILL);
}
