/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Edits that are made from the configuration as it is: of one value, by a patch, or in place of a
 * certain one. Two at once, or one while a remote one is being applied, must not undo each other:
 * what was made from a configuration that is no longer the newest is made again.
 */

#include "config.h"

#include "confsync-manager-inside-private.h"

#include "confsync-error.h"

void
confsync_edit_free (ConfsyncEdit *edit)
{
  g_clear_pointer (&edit->patch, confsync_json_unref);
  g_free (edit->pointer);
  g_clear_pointer (&edit->value, confsync_json_unref);
  g_free (edit);
}

/* What the configuration is to be, made from @document (nullable). */
static ConfsyncDocument *
make_document (ConfsyncManager *self, ConfsyncEdit *edit, GError **error)
{
  g_autoptr (ConfsyncDocument) document = NULL;
  g_autoptr (ConfsyncJson) json = NULL;

  if (edit->pointer != NULL && *edit->pointer == '\0')
    {
      document = confsync_document_new_from_json (edit->value, error);
      return document != NULL ? confsync_driver_keep_local (self->driver, document, error) : NULL;
    }
  document = confsync_manager_require_document (self, error);
  if (document == NULL)
    return NULL;
  json = edit->pointer != NULL ? confsync_json_put (confsync_document_get_json (document),
                                                    edit->pointer, edit->value, error)
                               : confsync_json_patch (confsync_document_get_json (document),
                                                      edit->patch, error);
  return json != NULL ? confsync_document_new_from_json (json, error) : NULL;
}

static void try_edit (GTask *task);

static void
tried_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  ConfsyncEdit *edit = g_task_get_task_data (task);
  g_autoptr (GError) error = NULL;

  if (g_task_propagate_boolean (G_TASK (result), &error) && edit->wants_hash)
    /* the driver leaves what became the configuration with the task */
    g_task_return_pointer (
      task, g_strdup (confsync_document_get_hash (g_task_get_task_data (G_TASK (result)))), g_free);
  else if (error == NULL)
    g_task_return_boolean (task, TRUE);
  else if (g_error_matches (error, CONFSYNC_ERROR, CONFSYNC_ERROR_CONFLICT))
    try_edit (task);
  else
    g_task_return_error (task, g_steal_pointer (&error));
}

static void
try_edit (GTask *task)
{
  ConfsyncManager *self = g_task_get_source_object (task);
  ConfsyncEdit *edit = g_task_get_task_data (task);
  ConfsyncRevision *before = self->driver != NULL ? confsync_driver_get_head (self->driver) : NULL;
  g_autoptr (ConfsyncDocument) document = NULL;
  g_autofree char *expected =
    before != NULL ? g_strdup (confsync_revision_get_hash (before)) : NULL;
  g_autoptr (GTask) attempt = NULL;
  GError *error = NULL;

  if (!confsync_manager_can_edit (self, &error) ||
      (document = make_document (self, edit, &error)) == NULL ||
      !confsync_manager_check_empty (document, edit->flags, &error))
    {
      g_task_return_error (task, error);
      return;
    }
  attempt = g_task_new (self, g_task_get_cancellable (task), tried_cb, g_object_ref (task));
  confsync_driver_replace (self->driver, expected, document,
                           (edit->flags & CONFSYNC_EDIT_ALLOW_EMPTY) != 0, attempt);
}

void
confsync_manager_edit (ConfsyncEdit *edit, GTask *task)
{
  g_task_set_task_data (task, edit, (GDestroyNotify) confsync_edit_free);
  try_edit (task);
}

/**
 * confsync_manager_set_json_async:
 * @self: a manager that runs
 * @pointer: a JSON Pointer (RFC 6901); the empty string is the whole configuration
 * @value: the value
 * @flags: how
 * @cancellable: (nullable): gives up waiting
 * @callback: (scope async) (nullable): called once, never before this function returns
 * @user_data: data for @callback
 *
 * Sets one value of the configuration, as [method@Confsync.Json.put] does.
 *
 * Since: 1.0
 */
void
confsync_manager_set_json_async (ConfsyncManager *self,
                                 const char *pointer,
                                 ConfsyncJson *value,
                                 ConfsyncEditFlags flags,
                                 GCancellable *cancellable,
                                 GAsyncReadyCallback callback,
                                 gpointer user_data)
{
  g_autoptr (GTask) task = NULL;
  ConfsyncEdit *edit;

  g_return_if_fail (CONFSYNC_IS_MANAGER (self));
  g_return_if_fail (pointer != NULL && value != NULL);

  task = g_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (task, confsync_manager_set_json_async);
  edit = g_new0 (ConfsyncEdit, 1);
  edit->pointer = g_strdup (pointer);
  edit->value = confsync_json_ref (value);
  edit->flags = flags;
  edit->wants_hash = TRUE;
  confsync_manager_edit (edit, task);
}

/**
 * confsync_manager_set_json_finish:
 * @self: a manager
 * @result: what the callback was given
 * @error: return location for an error, or %NULL
 *
 * Collects an edit of one value.
 *
 * Fails with what [method@Confsync.Json.put] fails with, with %CONFSYNC_ERROR_NOT_FOUND where
 * there is no configuration yet and the pointer is not empty, with
 * %CONFSYNC_ERROR_INVALID_DOCUMENT where the whole would not be an object, and with what
 * [method@Manager.set_document_finish] fails with.
 * Returns: (transfer full): the hash of the configuration with it, which the live file holds,
 *   durably
 *
 * Since: 1.0
 */
char *
confsync_manager_set_json_finish (ConfsyncManager *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}

/**
 * confsync_manager_patch_full_async:
 * @self: a manager that runs
 * @patch: a JSON Patch (RFC 6902)
 * @flags: how
 * @cancellable: (nullable): gives up waiting
 * @callback: (scope async) (nullable): called once, never before this function returns
 * @user_data: data for @callback
 *
 * Changes the configuration by a patch, all of it or nothing, as
 * [method@Manager.patch_async] does.
 *
 * Since: 1.0
 */
void
confsync_manager_patch_full_async (ConfsyncManager *self,
                                   ConfsyncJson *patch,
                                   ConfsyncEditFlags flags,
                                   GCancellable *cancellable,
                                   GAsyncReadyCallback callback,
                                   gpointer user_data)
{
  g_autoptr (GTask) task = NULL;
  ConfsyncEdit *edit;

  g_return_if_fail (CONFSYNC_IS_MANAGER (self));
  g_return_if_fail (patch != NULL);

  task = g_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (task, confsync_manager_patch_full_async);
  edit = g_new0 (ConfsyncEdit, 1);
  edit->patch = confsync_json_ref (patch);
  edit->flags = flags;
  edit->wants_hash = TRUE;
  confsync_manager_edit (edit, task);
}

/**
 * confsync_manager_patch_full_finish:
 * @self: a manager
 * @result: what the callback was given
 * @error: return location for an error, or %NULL
 *
 * Collects a patch; fails with what [method@Manager.patch_finish] fails with.
 *
 * Returns: (transfer full): the hash of the patched configuration, which the live file holds,
 *   durably
 *
 * Since: 1.0
 */
char *
confsync_manager_patch_full_finish (ConfsyncManager *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}

/**
 * confsync_manager_replace_async:
 * @self: a manager that runs
 * @expected: (nullable): the hash of the configuration that is to be replaced; %NULL where there
 *   is to be none yet
 * @document: the new configuration
 * @flags: how
 * @cancellable: (nullable): gives up waiting
 * @callback: (scope async) (nullable): called once, never before this function returns
 * @user_data: data for @callback
 *
 * Makes @document the configuration if what it replaces is still the one that it was made from: for
 * a person who edited a copy, or a program that computed something from it. What others do
 * afterwards without knowing of it is a conflict, and goes to the resolver.
 *
 * Since: 1.0
 */
void
confsync_manager_replace_async (ConfsyncManager *self,
                                const char *expected,
                                ConfsyncDocument *document,
                                ConfsyncEditFlags flags,
                                GCancellable *cancellable,
                                GAsyncReadyCallback callback,
                                gpointer user_data)
{
  g_autoptr (GTask) task = NULL;
  GError *error = NULL;

  g_return_if_fail (CONFSYNC_IS_MANAGER (self));
  g_return_if_fail (document != NULL);

  task = g_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (task, confsync_manager_replace_async);
  if (confsync_manager_can_edit (self, &error) &&
      confsync_manager_check_empty (document, flags, &error))
    confsync_driver_replace (self->driver, expected, document,
                             (flags & CONFSYNC_EDIT_ALLOW_EMPTY) != 0, task);
  else
    g_task_return_error (task, error);
}

/**
 * confsync_manager_replace_finish:
 * @self: a manager
 * @result: what the callback was given
 * @error: return location for an error, or %NULL
 *
 * Collects a replacement.
 *
 * Fails with %CONFSYNC_ERROR_CONFLICT where the configuration is another one by now; nothing was
 * changed then. Fails with what [method@Manager.set_document_finish] fails with, too.
 *
 * Returns: whether the live file holds it, durably, and it is on its way to the peers
 *
 * Since: 1.0
 */
gboolean
confsync_manager_replace_finish (ConfsyncManager *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}
