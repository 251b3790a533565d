/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * The past as the application uses it: going back to a version, putting back a live file that is
 * gone, and asking who last changed a value. Listing and reading versions is the store's.
 */

#include "config.h"

#include "confsync-manager-inside-private.h"

#include "confsync-error.h"

#include <string.h>

typedef struct
{
  char *name;
  ConfsyncEditFlags flags;
} Rollback;

static void
rollback_free (Rollback *rollback)
{
  g_free (rollback->name);
  g_free (rollback);
}

static void
rolled_back_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  ConfsyncDocument *shared = g_task_get_task_data (G_TASK (result));
  GError *error = NULL;

  if (g_task_propagate_boolean (G_TASK (result), &error))
    g_task_return_pointer (task, g_strdup (confsync_document_get_hash (shared)), g_free);
  else
    g_task_return_error (task, error);
}

/* Time has passed: it may have been stopped. */
static void
version_read_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  ConfsyncManager *self = g_task_get_source_object (task);
  Rollback *rollback = g_task_get_task_data (task);
  g_autoptr (GTask) attempt = NULL;
  GError *error = NULL;
  g_autoptr (ConfsyncDocument) shared =
    confsync_store_get_version_finish (CONFSYNC_STORE (source), result, &error);

  if (shared == NULL || !confsync_manager_can_edit (self, &error) ||
      !confsync_manager_check_empty (shared, rollback->flags, &error))
    {
      g_task_return_error (task, error);
      return;
    }
  attempt = g_task_new (self, g_task_get_cancellable (task), rolled_back_cb, g_object_ref (task));
  confsync_driver_rollback (self->driver, shared, rollback->name, attempt);
}

/**
 * confsync_manager_rollback_async:
 * @self: a manager that runs
 * @name: the version's name as [method@Store.list_versions_async] gives it
 * @flags: how
 * @cancellable: (nullable): gives up waiting
 * @callback: (scope async) (nullable): called once, never before this function returns
 * @user_data: data for @callback
 *
 * Makes an older version the configuration again: a new edit with the version's content, on top of
 * what is live, synced like any other edit, and kept with the cause %CONFSYNC_CAUSE_ROLLBACK.
 * Nothing is taken out of history, so it can be undone in the same way. What stays on this machine
 * (see [property@Manager:local-keys]) stays as it is now.
 *
 * Where the configuration has that content already nothing new is made.
 *
 * Since: 1.0
 */
void
confsync_manager_rollback_async (ConfsyncManager *self,
                                 const char *name,
                                 ConfsyncEditFlags flags,
                                 GCancellable *cancellable,
                                 GAsyncReadyCallback callback,
                                 gpointer user_data)
{
  g_autoptr (GTask) task = NULL;
  Rollback *rollback;
  GError *error = NULL;

  g_return_if_fail (CONFSYNC_IS_MANAGER (self));
  g_return_if_fail (name != NULL);

  task = g_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (task, confsync_manager_rollback_async);
  if (!confsync_manager_can_edit (self, &error))
    {
      g_task_return_error (task, error);
      return;
    }
  rollback = g_new0 (Rollback, 1);
  rollback->name = g_strdup (name);
  rollback->flags = flags;
  g_task_set_task_data (task, rollback, (GDestroyNotify) rollback_free);
  confsync_store_get_version_async (confsync_manager_get_store (self), name, cancellable,
                                    version_read_cb, g_steal_pointer (&task));
}

/**
 * confsync_manager_rollback_finish:
 * @self: a manager
 * @result: what the callback was given
 * @error: return location for an error, or %NULL
 *
 * Collects a rollback.
 *
 * Fails with %CONFSYNC_ERROR_NOT_FOUND where no such version is kept, with
 * %CONFSYNC_ERROR_INVALID_JSON or %CONFSYNC_ERROR_INVALID_DOCUMENT where its file is damaged, with
 * %CONFSYNC_ERROR_REFUSED where this instance only receives, and with what
 * [method@Manager.set_document_finish] fails with.
 *
 * Returns: (transfer full): the hash of the configuration, which the live file holds, durably
 *
 * Since: 1.0
 */
char *
confsync_manager_rollback_finish (ConfsyncManager *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}

static void
restored_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  GError *error = NULL;
  gboolean restored = g_task_propagate_boolean (G_TASK (result), &error);

  if (error != NULL)
    {
      g_task_return_error (task, error);
      return;
    }
  g_task_set_task_data (task, GINT_TO_POINTER (restored), NULL);
  g_task_return_boolean (task, TRUE);
}

/**
 * confsync_manager_restore_async:
 * @self: a manager that runs
 * @cancellable: (nullable): gives up waiting
 * @callback: (scope async) (nullable): called once, never before this function returns
 * @user_data: data for @callback
 *
 * Puts the live configuration back where its file was deleted or emptied, or holds what can't be a
 * configuration: with what the peers have, and what stays on this machine. It is no edit. A file
 * that holds a configuration is left alone. What was no configuration is kept beside the versions.
 *
 * Since: 1.0
 */
void
confsync_manager_restore_async (ConfsyncManager *self,
                                GCancellable *cancellable,
                                GAsyncReadyCallback callback,
                                gpointer user_data)
{
  g_autoptr (GTask) task = NULL, attempt = NULL;
  GError *error = NULL;

  g_return_if_fail (CONFSYNC_IS_MANAGER (self));

  task = g_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (task, confsync_manager_restore_async);
  if (!confsync_manager_check_running (self, &error))
    {
      g_task_return_error (task, error);
      return;
    }
  attempt = g_task_new (self, cancellable, restored_cb, g_object_ref (task));
  confsync_driver_restore (self->driver, attempt);
}

/**
 * confsync_manager_restore_finish:
 * @self: a manager
 * @result: what the callback was given
 * @restored: (out) (optional): whether anything had to be put back
 * @error: return location for an error, or %NULL
 *
 * Collects a putting back.
 *
 * Fails with %CONFSYNC_ERROR_NOT_FOUND where there is no configuration yet, with
 * %CONFSYNC_ERROR_CLOSED where the manager doesn't run, with %CONFSYNC_ERROR_FAILED where the live
 * file can't be written, and with an error of %G_IO_ERROR where it can't be read.
 *
 * Returns: whether the live file holds the configuration
 *
 * Since: 1.0
 */
gboolean
confsync_manager_restore_finish (ConfsyncManager *self,
                                 GAsyncResult *result,
                                 gboolean *restored,
                                 GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);

  if (!g_task_propagate_boolean (G_TASK (result), error))
    return FALSE;
  if (restored != NULL)
    *restored = GPOINTER_TO_INT (g_task_get_task_data (G_TASK (result)));
  return TRUE;
}

static void
explained_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  GError *error = NULL;
  ConfsyncExplanation *explanation =
    confsync_store_explain_finish (CONFSYNC_STORE (source), result, &error);

  if (explanation != NULL)
    g_task_return_pointer (task, explanation, (GDestroyNotify) confsync_explanation_unref);
  else
    g_task_return_error (task, error);
}

static gboolean
check_shared (ConfsyncManager *self, const char *pointer, GError **error)
{
  for (guint i = 0; self->local_keys != NULL && self->local_keys[i] != NULL; i++)
    {
      const char *key = self->local_keys[i];
      const gsize length = strlen (key);

      if (strncmp (pointer, key, length) != 0 ||
          (pointer[length] != '\0' && pointer[length] != '/'))
        continue;
      g_set_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_NOT_FOUND,
                   "“%s” stays on this machine (local-keys), so no shared version tells of it",
                   pointer);
      return FALSE;
    }
  return TRUE;
}

/**
 * confsync_manager_explain_async:
 * @self: a manager that runs
 * @pointer: a JSON Pointer (RFC 6901); the empty string is the whole configuration
 * @cancellable: (nullable): gives up waiting
 * @callback: (scope async) (nullable): called once, never before this function returns
 * @user_data: data for @callback
 *
 * Finds which version last changed a value of the configuration as it is now, as
 * [method@Store.explain_async] does.
 *
 * Since: 1.0
 */
void
confsync_manager_explain_async (ConfsyncManager *self,
                                const char *pointer,
                                GCancellable *cancellable,
                                GAsyncReadyCallback callback,
                                gpointer user_data)
{
  g_autoptr (GTask) task = NULL;
  GError *error = NULL;

  g_return_if_fail (CONFSYNC_IS_MANAGER (self));
  g_return_if_fail (pointer != NULL);

  task = g_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (task, confsync_manager_explain_async);
  if (!confsync_manager_check_running (self, &error) || !check_shared (self, pointer, &error))
    {
      g_task_return_error (task, error);
      return;
    }
  /* what is live is among the versions then */
  confsync_driver_write_out (self->driver);
  confsync_store_explain_async (confsync_manager_get_store (self), pointer,
                                confsync_driver_get_head (self->driver), cancellable, explained_cb,
                                g_steal_pointer (&task));
}

/**
 * confsync_manager_explain_finish:
 * @self: a manager
 * @result: what the callback was given
 * @error: return location for an error, or %NULL
 *
 * Collects an explanation.
 *
 * Fails with what [method@Store.explain_finish] fails with, with %CONFSYNC_ERROR_NOT_FOUND for what
 * stays on this machine, too, and with %CONFSYNC_ERROR_CLOSED where the manager doesn't run.
 *
 * Returns: (transfer full): who last changed it
 *
 * Since: 1.0
 */
ConfsyncExplanation *
confsync_manager_explain_finish (ConfsyncManager *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}
