/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * What waits for a person, and what a person decides: conflicts, local edits where nothing is sent,
 * and clocks that were wrong.
 */

#include "config.h"

#include "confsync-manager-inside-private.h"

#include "confsync-error.h"

/**
 * confsync_manager_list_conflicts:
 * @self: a manager
 *
 * Lists the conflicts that wait for a person, as they stand now; the sides of one may change while
 * it waits. See [signal@Manager::conflicts-changed].
 *
 * Returns: (transfer container) (element-type Confsync.OpenConflict): the conflicts, oldest first;
 *   none while it doesn't run
 *
 * Since: 1.0
 */
GPtrArray *
confsync_manager_list_conflicts (ConfsyncManager *self)
{
  g_return_val_if_fail (CONFSYNC_IS_MANAGER (self), NULL);

  if (self->driver == NULL)
    return g_ptr_array_new_with_free_func ((GDestroyNotify) confsync_open_conflict_unref);
  return confsync_driver_list_conflicts (self->driver);
}

/**
 * confsync_manager_get_n_conflicts:
 * @self: a manager
 *
 * Counts the conflicts that wait for a person.
 *
 * Returns: how many conflicts wait for a person
 *
 * Since: 1.0
 */
guint
confsync_manager_get_n_conflicts (ConfsyncManager *self)
{
  g_return_val_if_fail (CONFSYNC_IS_MANAGER (self), 0);

  return self->n_conflicts;
}

/**
 * confsync_manager_is_edited_here:
 * @self: a manager
 *
 * Tells whether the live configuration was edited on an instance that only receives; see
 * [property@Manager:edited-here].
 *
 * Returns: whether there is an edit that goes nowhere
 *
 * Since: 1.0
 */
gboolean
confsync_manager_is_edited_here (ConfsyncManager *self)
{
  g_return_val_if_fail (CONFSYNC_IS_MANAGER (self), FALSE);

  return self->edited_here;
}

/**
 * confsync_manager_get_role:
 * @self: a manager
 *
 * Gets which way edits go.
 *
 * Returns: which way edits go
 *
 * Since: 1.0
 */
ConfsyncRole
confsync_manager_get_role (ConfsyncManager *self)
{
  g_return_val_if_fail (CONFSYNC_IS_MANAGER (self), CONFSYNC_ROLE_BOTH);

  return self->role;
}

/**
 * confsync_manager_get_join:
 * @self: a manager
 *
 * Gets what becomes of a file that was there before the first start.
 *
 * Returns: what becomes of a file that was there before the first start
 *
 * Since: 1.0
 */
ConfsyncJoin
confsync_manager_get_join (ConfsyncManager *self)
{
  g_return_val_if_fail (CONFSYNC_IS_MANAGER (self), CONFSYNC_JOIN_ADOPT);

  return self->join;
}

void
confsync_manager_update_conflicts (ConfsyncManager *self)
{
  g_autoptr (GPtrArray) conflicts = confsync_manager_list_conflicts (self);
  gboolean edited_here = self->driver != NULL && confsync_driver_is_edited_here (self->driver);

  g_object_freeze_notify (G_OBJECT (self));
  if (self->n_conflicts != conflicts->len)
    g_object_notify (G_OBJECT (self), "n-conflicts");
  self->n_conflicts = conflicts->len;
  if (self->edited_here != edited_here)
    g_object_notify (G_OBJECT (self), "edited-here");
  self->edited_here = edited_here;
  g_object_thaw_notify (G_OBJECT (self));
}

static void
settled_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  GError *error = NULL;

  if (g_task_propagate_boolean (G_TASK (result), &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

/**
 * confsync_manager_resolve_async:
 * @self: a manager that runs
 * @id: (nullable): the conflict, as [method@OpenConflict.get_id] gives it; %NULL where there is
 *   only one
 * @choice: what to take
 * @value: (nullable): what to put at the conflict's place, for %CONFSYNC_CHOICE_VALUE; for the
 *   whole document it is an object
 * @flags: how
 * @cancellable: (nullable): gives up waiting
 * @callback: (scope async) (nullable): called once, never before this function returns
 * @user_data: data for @callback
 *
 * Settles a conflict. What comes of it is an edit that includes both sides, so it is settled on
 * every instance that the edit reaches.
 *
 * Since: 1.0
 */
void
confsync_manager_resolve_async (ConfsyncManager *self,
                                const char *id,
                                ConfsyncChoice choice,
                                ConfsyncJson *value,
                                ConfsyncEditFlags flags,
                                GCancellable *cancellable,
                                GAsyncReadyCallback callback,
                                gpointer user_data)
{
  g_autoptr (GTask) task = NULL, attempt = NULL;
  ConfsyncSettlement *settlement;
  GError *error = NULL;

  g_return_if_fail (CONFSYNC_IS_MANAGER (self));
  g_return_if_fail ((choice == CONFSYNC_CHOICE_VALUE) == (value != NULL));

  task = g_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (task, confsync_manager_resolve_async);
  if (!confsync_manager_can_edit (self, &error))
    {
      g_task_return_error (task, error);
      return;
    }
  settlement =
    confsync_settlement_new (id, choice, value, (flags & CONFSYNC_EDIT_ALLOW_EMPTY) != 0);
  g_task_set_task_data (task, settlement, (GDestroyNotify) confsync_settlement_free);
  attempt = g_task_new (self, cancellable, settled_cb, g_object_ref (task));
  confsync_driver_settle (self->driver, settlement, attempt);
}

/**
 * confsync_manager_resolve_finish:
 * @self: a manager
 * @result: what the callback was given
 * @ours_at: (out) (optional) (transfer full) (array zero-terminated=1): after
 *   %CONFSYNC_CHOICE_MERGE, JSON Pointers to what both sides had changed, where ours was taken;
 *   empty else
 * @error: return location for an error, or %NULL
 *
 * Collects a settlement.
 *
 * Fails with %CONFSYNC_ERROR_NOT_FOUND where there is no such conflict, or none at all; with
 * %CONFSYNC_ERROR_CONFLICT where there are several and none was named; with
 * %CONFSYNC_ERROR_REFUSED where there is nothing to merge from, or this instance only receives;
 * with %CONFSYNC_ERROR_INVALID_PATCH where the conflict's place is gone; and with what
 * [method@Manager.set_document_finish] fails with.
 *
 * Returns: (transfer full): the hash of the configuration that settles it, which the live file
 *   holds, durably
 *
 * Since: 1.0
 */
char *
confsync_manager_resolve_finish (ConfsyncManager *self,
                                 GAsyncResult *result,
                                 GStrv *ours_at,
                                 GError **error)
{
  ConfsyncSettlement *settlement;

  g_return_val_if_fail (g_task_is_valid (result, self), NULL);

  if (!g_task_propagate_boolean (G_TASK (result), error))
    return NULL;
  settlement = g_task_get_task_data (G_TASK (result));
  if (ours_at != NULL)
    *ours_at = settlement->ours_at != NULL ? g_strdupv (settlement->ours_at) : g_new0 (char *, 1);
  return g_strdup (settlement->hash);
}

/**
 * confsync_manager_revert_local_async:
 * @self: a manager that runs
 * @cancellable: (nullable): gives up waiting
 * @callback: (scope async) (nullable): called once, never before this function returns
 * @user_data: data for @callback
 *
 * Puts back what the others have, on an instance that only receives and was edited all the same,
 * or where validation refuses the edit.
 * The edit stays among the versions.
 *
 * Since: 1.0
 */
void
confsync_manager_revert_local_async (ConfsyncManager *self,
                                     GCancellable *cancellable,
                                     GAsyncReadyCallback callback,
                                     gpointer user_data)
{
  g_autoptr (GTask) task = NULL;
  GError *error = NULL;

  g_return_if_fail (CONFSYNC_IS_MANAGER (self));

  task = g_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (task, confsync_manager_revert_local_async);
  if (confsync_manager_check_running (self, &error))
    confsync_driver_revert_local (self->driver, task);
  else
    g_task_return_error (task, error);
}

/**
 * confsync_manager_revert_local_finish:
 * @self: a manager
 * @result: what the callback was given
 * @error: return location for an error, or %NULL
 *
 * Collects a putting back.
 *
 * Fails with %CONFSYNC_ERROR_NOT_FOUND where nothing was edited here, with %CONFSYNC_ERROR_CLOSED
 * where the manager doesn't run, and with %CONFSYNC_ERROR_FAILED where the live file can't be
 * written.
 *
 * Returns: whether the live file holds what the others have
 *
 * Since: 1.0
 */
gboolean
confsync_manager_revert_local_finish (ConfsyncManager *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}

/**
 * confsync_manager_reset_clock_async:
 * @self: a manager that runs
 * @cancellable: (nullable): gives up waiting
 * @callback: (scope async) (nullable): called once, never before this function returns
 * @user_data: data for @callback
 *
 * Ends the effect of a clock that was far ahead: the configuration as it is becomes an edit in the
 * next epoch, which comes after every edit made until now, whatever its time. Set the clocks right
 * first. An edit that another instance made meanwhile and that is not here yet loses, and is kept
 * as a version.
 *
 * Since: 1.0
 */
void
confsync_manager_reset_clock_async (ConfsyncManager *self,
                                    GCancellable *cancellable,
                                    GAsyncReadyCallback callback,
                                    gpointer user_data)
{
  g_autoptr (GTask) task = NULL;
  GError *error = NULL;

  g_return_if_fail (CONFSYNC_IS_MANAGER (self));

  task = g_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (task, confsync_manager_reset_clock_async);
  if (confsync_manager_can_edit (self, &error))
    confsync_driver_reset_clock (self->driver, task);
  else
    g_task_return_error (task, error);
}

/**
 * confsync_manager_reset_clock_finish:
 * @self: a manager
 * @result: what the callback was given
 * @error: return location for an error, or %NULL
 *
 * Collects a reset. The epoch is that of [method@Manager.dup_stamp] then.
 *
 * Fails with %CONFSYNC_ERROR_NOT_FOUND where there is no configuration yet, with
 * %CONFSYNC_ERROR_REFUSED where this instance only receives, and with %CONFSYNC_ERROR_CLOSED where
 * the manager doesn't run.
 *
 * Returns: whether a new epoch has begun
 *
 * Since: 1.0
 */
gboolean
confsync_manager_reset_clock_finish (ConfsyncManager *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}
