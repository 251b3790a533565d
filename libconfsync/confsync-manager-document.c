/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * The configuration, as the application reads and edits it through the manager.
 */

#include "config.h"

#include "confsync-manager-inside-private.h"

#include "confsync-error.h"

/**
 * confsync_manager_dup_document:
 * @self: a manager
 *
 * Gets the configuration, with what stays on this machine (see [property@Manager:local-keys]).
 * It may be shared between threads.
 *
 * Returns: (transfer full) (nullable): the configuration; %NULL where there is none
 *
 * Since: 1.0
 */
ConfsyncDocument *
confsync_manager_dup_document (ConfsyncManager *self)
{
  ConfsyncRevision *head;

  g_return_val_if_fail (CONFSYNC_IS_MANAGER (self), NULL);

  head = self->driver != NULL ? confsync_driver_get_head (self->driver) : NULL;
  return head != NULL ? confsync_manager_lay (self, confsync_revision_get_document (head)) : NULL;
}

ConfsyncDocument *
confsync_manager_lay (ConfsyncManager *self, ConfsyncDocument *shared)
{
  return self->local != NULL ? confsync_local_store_lay (self->local, shared)
                             : confsync_document_ref (shared);
}

ConfsyncDocument *
confsync_manager_require_document (ConfsyncManager *self, GError **error)
{
  ConfsyncDocument *document = confsync_manager_dup_document (self);

  if (!self->running)
    g_set_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_CLOSED, "the manager doesn't run");
  else if (document == NULL)
    g_set_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_NOT_FOUND,
                 "there is no configuration yet: %s doesn't exist, and no peer has sent one",
                 self->config_path != NULL ? self->config_path : "the live one");
  return document;
}

/**
 * confsync_manager_get_value:
 * @self: a manager
 * @pointer: a JSON Pointer (RFC 6901); the empty string is the whole configuration
 * @error: return location for an error, or %NULL
 *
 * Reads one value of the configuration.
 *
 * Fails with %CONFSYNC_ERROR_NOT_FOUND or %CONFSYNC_ERROR_INVALID_POINTER, and with
 * %CONFSYNC_ERROR_CLOSED where the manager doesn't run.
 *
 * Returns: (transfer full): the value
 *
 * Since: 1.0
 */
JsonNode *
confsync_manager_get_value (ConfsyncManager *self, const char *pointer, GError **error)
{
  g_autoptr (ConfsyncDocument) document = NULL;

  g_return_val_if_fail (CONFSYNC_IS_MANAGER (self), NULL);
  g_return_val_if_fail (pointer != NULL, NULL);

  document = confsync_manager_require_document (self, error);
  return document != NULL ? confsync_document_dup_value (document, pointer, error) : NULL;
}

gboolean
confsync_manager_check_running (ConfsyncManager *self, GError **error)
{
  if (self->running && confsync_driver_is_started (self->driver))
    return TRUE;
  g_set_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_CLOSED, "the manager doesn't run");
  return FALSE;
}

gboolean
confsync_manager_can_edit (ConfsyncManager *self, GError **error)
{
  if (!confsync_manager_check_running (self, error))
    return FALSE;
  if (self->role != CONFSYNC_ROLE_RECEIVE_ONLY)
    return TRUE;
  g_set_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_REFUSED,
               "this instance only receives (role receive-only); make the edit on another one");
  return FALSE;
}

gboolean
confsync_manager_check_empty (ConfsyncDocument *document, ConfsyncEditFlags flags, GError **error)
{
  if (!confsync_document_is_empty (document) || (flags & CONFSYNC_EDIT_ALLOW_EMPTY) != 0)
    return TRUE;
  g_set_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_EMPTY,
               "{} would clear the configuration everywhere; say ALLOW_EMPTY to do it");
  return FALSE;
}

/**
 * confsync_manager_set_document_async:
 * @self: a manager that runs
 * @document: the new configuration
 * @flags: how
 * @cancellable: (nullable): gives up waiting
 * @callback: (scope async) (nullable): called once, never before this function returns
 * @user_data: data for @callback
 *
 * Makes @document the configuration: it is written to the live file and synced, an edit like any
 * other. Members that stay on this machine (see [property@Manager:local-keys]) and aren't in it
 * stay as they are; [method@Manager.patch_async] removes one.
 *
 * Since: 1.0
 */
void
confsync_manager_set_document_async (ConfsyncManager *self,
                                     ConfsyncDocument *document,
                                     ConfsyncEditFlags flags,
                                     GCancellable *cancellable,
                                     GAsyncReadyCallback callback,
                                     gpointer user_data)
{
  g_autoptr (GTask) task = NULL;
  g_autoptr (ConfsyncDocument) whole = NULL;
  GError *error = NULL;

  g_return_if_fail (CONFSYNC_IS_MANAGER (self));
  g_return_if_fail (document != NULL);

  task = g_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (task, confsync_manager_set_document_async);
  if (confsync_manager_can_edit (self, &error) &&
      confsync_manager_check_empty (document, flags, &error) &&
      (whole = confsync_driver_keep_local (self->driver, document, &error)) != NULL)
    confsync_driver_set (self->driver, whole, (flags & CONFSYNC_EDIT_ALLOW_EMPTY) != 0, task);
  else
    g_task_return_error (task, error);
}

/**
 * confsync_manager_set_document_finish:
 * @self: a manager
 * @result: what the callback was given
 * @error: return location for an error, or %NULL
 *
 * Collects an edit.
 *
 * Fails with %CONFSYNC_ERROR_EMPTY, with %CONFSYNC_ERROR_TOO_LARGE for what is beyond the limits of
 * the node, with %CONFSYNC_ERROR_CLOSED where the manager doesn't run, with
 * %CONFSYNC_ERROR_REFUSED where it only receives, and with %CONFSYNC_ERROR_FAILED where the live
 * file can't be written.
 *
 * Returns: whether the live file holds it, durably, and it is on its way to the peers
 *
 * Since: 1.0
 */
gboolean
confsync_manager_set_document_finish (ConfsyncManager *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}

/* A patch of one operation that puts @value at @pointer, whether or not there is something. */
static ConfsyncJson *
make_patch (const char *pointer, JsonNode *value, GError **error)
{
  g_autoptr (JsonNode) node = json_node_new (JSON_NODE_ARRAY);
  JsonArray *operations = json_array_new ();
  JsonObject *operation = json_object_new ();

  json_object_set_string_member (operation, "op", "add");
  json_object_set_string_member (operation, "path", pointer);
  json_object_set_member (operation, "value", json_node_copy (value));
  json_array_add_object_element (operations, operation);
  json_node_take_array (node, operations);
  return confsync_json_new_from_node (node, error);
}

/**
 * confsync_manager_set_value_async:
 * @self: a manager that runs
 * @pointer: a JSON Pointer (RFC 6901); the empty string is the whole configuration
 * @value: the value
 * @cancellable: (nullable): gives up waiting
 * @callback: (scope async) (nullable): called once, never before this function returns
 * @user_data: data for @callback
 *
 * Sets one value of the configuration. A member that isn't there is added, and one that is there is
 * replaced; an element is inserted before the one of that number, or at the end for `-`.
 *
 * Since: 1.0
 */
void
confsync_manager_set_value_async (ConfsyncManager *self,
                                  const char *pointer,
                                  JsonNode *value,
                                  GCancellable *cancellable,
                                  GAsyncReadyCallback callback,
                                  gpointer user_data)
{
  g_autoptr (GTask) task = NULL;
  ConfsyncEdit *edit;
  ConfsyncJson *patch;
  GError *error = NULL;

  g_return_if_fail (CONFSYNC_IS_MANAGER (self));
  g_return_if_fail (pointer != NULL);
  g_return_if_fail (value != NULL);

  task = g_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (task, confsync_manager_set_value_async);
  patch = make_patch (pointer, value, &error);
  if (patch == NULL)
    {
      g_task_return_error (task, error);
      return;
    }
  edit = g_new0 (ConfsyncEdit, 1);
  edit->patch = patch;
  confsync_manager_edit (edit, task);
}

/**
 * confsync_manager_set_value_finish:
 * @self: a manager
 * @result: what the callback was given
 * @error: return location for an error, or %NULL
 *
 * Collects an edit of one value.
 *
 * Fails with %CONFSYNC_ERROR_INVALID_PATCH where @pointer leads nowhere, with
 * %CONFSYNC_ERROR_NOT_FOUND where there is no configuration yet, and with what
 * [method@Manager.set_document_finish] fails with.
 *
 * Returns: whether the live file holds it, durably, and it is on its way to the peers
 *
 * Since: 1.0
 */
gboolean
confsync_manager_set_value_finish (ConfsyncManager *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}

/**
 * confsync_manager_patch_async:
 * @self: a manager that runs
 * @patch: a JSON Patch (RFC 6902)
 * @cancellable: (nullable): gives up waiting
 * @callback: (scope async) (nullable): called once, never before this function returns
 * @user_data: data for @callback
 *
 * Changes the configuration by a patch, all of it or nothing.
 *
 * Since: 1.0
 */
void
confsync_manager_patch_async (ConfsyncManager *self,
                              ConfsyncJson *patch,
                              GCancellable *cancellable,
                              GAsyncReadyCallback callback,
                              gpointer user_data)
{
  g_autoptr (GTask) task = NULL;
  ConfsyncEdit *edit;

  g_return_if_fail (CONFSYNC_IS_MANAGER (self));
  g_return_if_fail (patch != NULL);

  task = g_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (task, confsync_manager_patch_async);
  edit = g_new0 (ConfsyncEdit, 1);
  edit->patch = confsync_json_ref (patch);
  confsync_manager_edit (edit, task);
}

/**
 * confsync_manager_patch_finish:
 * @self: a manager
 * @result: what the callback was given
 * @error: return location for an error, or %NULL
 *
 * Collects a patch.
 *
 * Fails with %CONFSYNC_ERROR_INVALID_PATCH, which names the operation, and with what
 * [method@Manager.set_document_finish] fails with.
 *
 * Returns: whether the live file holds it, durably, and it is on its way to the peers
 *
 * Since: 1.0
 */
gboolean
confsync_manager_patch_finish (ConfsyncManager *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}

/**
 * confsync_manager_force_sync_async:
 * @self: a manager that runs
 * @cancellable: (nullable): gives up waiting
 * @callback: (scope async) (nullable): called once, never before this function returns
 * @user_data: data for @callback
 *
 * Compares notes with every live peer, and waits until each of them holds what is held here.
 *
 * Since: 1.0
 */
void
confsync_manager_force_sync_async (ConfsyncManager *self,
                                   GCancellable *cancellable,
                                   GAsyncReadyCallback callback,
                                   gpointer user_data)
{
  g_autoptr (GTask) task = NULL;

  g_return_if_fail (CONFSYNC_IS_MANAGER (self));

  task = g_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (task, confsync_manager_force_sync_async);
  if (!self->running || !confsync_driver_is_started (self->driver))
    g_task_return_new_error (task, CONFSYNC_ERROR, CONFSYNC_ERROR_CLOSED,
                             "the manager doesn't run");
  else
    confsync_driver_sync (self->driver, task);
}

/**
 * confsync_manager_force_sync_finish:
 * @self: a manager
 * @result: what the callback was given
 * @error: return location for an error, or %NULL
 *
 * Collects a forced sync. Without peers it is done at once. Who doesn't keep the document doesn't
 * count.
 *
 * Fails with %CONFSYNC_ERROR_CLOSED where the manager doesn't run or is stopped meanwhile, with
 * %CONFSYNC_ERROR_REFUSED where a peer doesn't take the configuration, and with
 * %G_IO_ERROR_CANCELLED.
 *
 * Returns: whether every live peer holds what is held here
 *
 * Since: 1.0
 */
gboolean
confsync_manager_force_sync_finish (ConfsyncManager *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}
