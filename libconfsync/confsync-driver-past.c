/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * The driver's side of the past: an older content becomes the configuration again, by a new edit;
 * a live file that is gone gets back what it held. Neither takes anything away from history.
 */

#include "config.h"

#include "confsync-driver-inside-private.h"

#include "confsync-error.h"

/* of the task of a rollback: what it goes back to, for people */
#define ROLLBACK_NAME "confsync-rollback-name"

/* Putting the live file back */

typedef struct
{
  ConfsyncDriver *driver; /* (owned) by confsync_driver_begin_call () */
  GTask *task;            /* (owned) */
} Look;

static void
end_restore (ConfsyncDriver *self, GTask *task)
{
  const char *reason = confsync_reporter_get_failure (self->reporter);

  /* not every watcher sees what we write ourselves */
  confsync_driver_load (self);
  if (reason != NULL)
    {
      g_task_return_new_error (task, CONFSYNC_ERROR, CONFSYNC_ERROR_FAILED, "%s", reason);
      return;
    }
  confsync_reporter_restored (self->reporter, self->path);
  g_task_return_boolean (task, TRUE);
}

static void
put_back (ConfsyncDriver *self, GTask *task)
{
  confsync_replica_put_back (self->replica, confsync_driver_get_time (self));
  confsync_driver_run_actions (self);
  confsync_driver_add_job (self, end_restore, task);
}

/* A file that holds something is left alone: it is the configuration, or an edit that is about to
 * become it. */
static void
looked_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autofree Look *look = user_data;
  g_autoptr (GTask) task = look->task;
  g_autoptr (ConfsyncDocument) document = NULL;
  g_autoptr (GError) error = NULL;

  if (!confsync_store_load_finish (CONFSYNC_STORE (source), result, &document, NULL, NULL,
                                   &error) &&
      error->domain != CONFSYNC_ERROR)
    g_task_return_error (task, g_steal_pointer (&error));
  else if (!look->driver->running)
    g_task_return_new_error (task, CONFSYNC_ERROR, CONFSYNC_ERROR_CLOSED,
                             "the manager was stopped");
  else if (error == NULL && confsync_driver_is_usable (look->driver, document))
    g_task_return_boolean (task, FALSE);
  else
    confsync_driver_add_job (look->driver, put_back, task);
  confsync_driver_end_call (look->driver);
}

static void
restore (ConfsyncDriver *self, GTask *task)
{
  Look *look;

  if (confsync_driver_get_head (self) == NULL)
    {
      g_task_return_new_error (task, CONFSYNC_ERROR, CONFSYNC_ERROR_NOT_FOUND,
                               "there is no configuration yet that could be put back");
      return;
    }
  look = g_new (Look, 1);
  look->driver = confsync_driver_begin_call (self);
  look->task = g_object_ref (task);
  confsync_store_load_async (self->store, NULL, looked_cb, look);
}

void
confsync_driver_restore (ConfsyncDriver *self, GTask *task)
{
  confsync_driver_add_job (self, restore, task);
}

/* Going back */

/* What is live has that content already, but for a file that is gone. */
static void
restored_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  GError *error = NULL;

  g_task_propagate_boolean (G_TASK (result), &error);
  if (error != NULL)
    g_task_return_error (task, error);
  else
    g_task_return_boolean (task, TRUE);
}

static void
roll_back (ConfsyncDriver *self, GTask *task)
{
  ConfsyncDocument *shared = g_task_get_task_data (task);
  ConfsyncRevision *head = confsync_driver_get_head (self);
  GError *error = NULL;

  if (head != NULL && g_str_equal (confsync_revision_get_hash (head),
                                   confsync_document_get_hash (shared)))
    {
      g_autoptr (GTask) attempt = g_task_new (self, NULL, restored_cb, g_object_ref (task));

      restore (self, attempt);
      return;
    }
  if (!confsync_driver_validate_shared (self, shared, NULL, &error))
    {
      g_task_return_error (task, error);
      return;
    }
  g_ptr_array_add (self->sets, g_object_ref (task));
  confsync_replica_roll_back (self->replica, confsync_driver_get_time (self), shared);
  confsync_driver_run_actions (self);
}

void
confsync_driver_rollback (ConfsyncDriver *self,
                          ConfsyncDocument *shared,
                          const char *name,
                          GTask *task)
{
  GError *error = NULL;

  if (!confsync_driver_check_limits (self, shared, &error))
    {
      g_task_return_error (task, error);
      return;
    }
  g_task_set_task_data (task, confsync_document_ref (shared),
                        (GDestroyNotify) confsync_document_unref);
  g_object_set_data_full (G_OBJECT (task), ROLLBACK_NAME, g_strdup (name), g_free);
  confsync_driver_add_job (self, roll_back, task);
}

void
confsync_driver_name_rollback (ConfsyncDriver *self, ConfsyncAction *action)
{
  GTask *task = confsync_driver_find_set (self, action->revision);

  if (action->reason == NULL && task != NULL)
    action->reason = g_strdup (g_object_get_data (G_OBJECT (task), ROLLBACK_NAME));
}
