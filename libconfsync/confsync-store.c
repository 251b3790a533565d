/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * The public side of a store: checks arguments, then asks the implementation.
 */

#include "config.h"

#include "confsync-store.h"

#include "confsync-call-private.h"
#include "confsync-error.h"

enum {
  DISPLACED,
  NOTICE,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

/* what load and save end with */
typedef struct
{
  ConfsyncDocument *document; /* (owned) (nullable) */
  ConfsyncStamp *stamp;       /* (owned) (nullable) */
  gint64 modified;
} Content;

/**
 * ConfsyncStore:
 *
 * The live configuration of one document, its past, and what the engine notes about it. Functions
 * are called in the thread of the manager; an implementation may end their tasks in any thread.
 *
 * Since: 1.0
 */
G_DEFINE_INTERFACE (ConfsyncStore, confsync_store, G_TYPE_OBJECT)

static void
confsync_store_default_init (ConfsyncStoreInterface *iface)
{
  /**
   * ConfsyncStore::displaced:
   * @self: the store
   * @document: what the editor left
   *
   * An editor was still writing when [method@Store.save_async] took the live configuration's place,
   * and finished later: this is the content that would have been lost.
   *
   * Since: 1.0
   */
  signals[DISPLACED] = g_signal_new ("displaced", CONFSYNC_TYPE_STORE, G_SIGNAL_RUN_LAST, 0, NULL,
                                     NULL, NULL, G_TYPE_NONE, 1, CONFSYNC_TYPE_DOCUMENT);
  /**
   * ConfsyncStore::notice:
   * @self: the store
   * @message: one line that says what, where, and what to do
   *
   * Something that a person should know and that is no failure of a call.
   *
   * Since: 1.0
   */
  signals[NOTICE] = g_signal_new ("notice", CONFSYNC_TYPE_STORE, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                  NULL, G_TYPE_NONE, 1, G_TYPE_STRING);
}

static void
content_free (Content *content)
{
  g_clear_pointer (&content->document, confsync_document_unref);
  g_clear_pointer (&content->stamp, confsync_stamp_unref);
  g_free (content);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Content, content_free)

/**
 * confsync_store_load_async:
 * @self: a store
 * @cancellable: (nullable): gives up waiting
 * @callback: (scope async): called once, never before this function returns
 * @user_data: data for @callback
 *
 * Reads the live configuration.
 *
 * Since: 1.0
 */
void
confsync_store_load_async (ConfsyncStore *self,
                           GCancellable *cancellable,
                           GAsyncReadyCallback callback,
                           gpointer user_data)
{
  g_autoptr (GTask) task = NULL;

  g_return_if_fail (CONFSYNC_IS_STORE (self));

  task = confsync_call_begin (self, confsync_store_load_async, CONFSYNC_CALL_ANSWER, cancellable,
                              callback, user_data);
  CONFSYNC_STORE_GET_IFACE (self)->load (self, task);
}

/**
 * confsync_store_load_finish:
 * @self: a store
 * @result: what the callback was given
 * @document: (out) (optional) (nullable): the configuration; %NULL where there is none, or an
 *   empty file
 * @stamp: (out) (optional) (nullable): the stamp that was saved with exactly this content; %NULL
 *   where somebody edited it since
 * @modified: (out) (optional): when it was last changed, in microseconds since the Unix epoch; 0
 *   where there is nothing, not even an empty file
 * @error: return location for an error, or %NULL
 *
 * Collects the live configuration.
 *
 * Fails with %CONFSYNC_ERROR_INVALID_JSON, %CONFSYNC_ERROR_INVALID_DOCUMENT or
 * %CONFSYNC_ERROR_TOO_LARGE where it can't be used as it is, and with a %G_IO_ERROR of the system.
 *
 * Returns: whether it could be read
 *
 * Since: 1.0
 */
gboolean
confsync_store_load_finish (ConfsyncStore *self,
                            GAsyncResult *result,
                            ConfsyncDocument **document,
                            ConfsyncStamp **stamp,
                            gint64 *modified,
                            GError **error)
{
  g_autoptr (Content) content = NULL;

  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);

  content = g_task_propagate_pointer (G_TASK (result), error);
  if (content == NULL)
    return FALSE;

  if (document != NULL)
    *document = g_steal_pointer (&content->document);
  if (stamp != NULL)
    *stamp = g_steal_pointer (&content->stamp);
  if (modified != NULL)
    *modified = content->modified;
  return TRUE;
}

/**
 * confsync_store_return_loaded:
 * @task: the task that load was given
 * @document: (nullable): the configuration, or %NULL where there is none
 * @stamp: (nullable): the stamp that was saved with exactly this content
 * @modified: when it was last changed, in microseconds since the Unix epoch
 *
 * For implementations: ends a load with success.
 *
 * Since: 1.0
 */
void
confsync_store_return_loaded (GTask *task,
                              ConfsyncDocument *document,
                              ConfsyncStamp *stamp,
                              gint64 modified)
{
  Content *content = g_new0 (Content, 1);

  content->document = document != NULL ? confsync_document_ref (document) : NULL;
  content->stamp = stamp != NULL ? confsync_stamp_ref (stamp) : NULL;
  content->modified = modified;
  confsync_call_return (task, content, (GDestroyNotify) content_free);
}

/**
 * confsync_store_save_async:
 * @self: a store
 * @revision: what becomes the live configuration
 * @expected: (nullable): what the caller believes to be there; %NULL where it believes that there
 *   is none
 * @cancellable: (nullable): gives up waiting
 * @callback: (scope async): called once, never before this function returns
 * @user_data: data for @callback
 *
 * Replaces the live configuration, all of it or nothing, durably.
 *
 * Since: 1.0
 */
void
confsync_store_save_async (ConfsyncStore *self,
                           ConfsyncRevision *revision,
                           ConfsyncDocument *expected,
                           GCancellable *cancellable,
                           GAsyncReadyCallback callback,
                           gpointer user_data)
{
  g_autoptr (GTask) task = NULL;

  g_return_if_fail (CONFSYNC_IS_STORE (self));
  g_return_if_fail (revision != NULL);

  task = confsync_call_begin (self, confsync_store_save_async, CONFSYNC_CALL_ANSWER, cancellable,
                              callback, user_data);
  CONFSYNC_STORE_GET_IFACE (self)->save (self, revision, expected, task);
}

/**
 * confsync_store_save_finish:
 * @self: a store
 * @result: what the callback was given
 * @displaced: (out) (optional) (nullable): what was there instead of what was expected: an edit
 *   that nobody has seen yet; %NULL where all was as expected
 * @error: return location for an error, or %NULL
 *
 * Collects a save.
 *
 * Fails with a %G_IO_ERROR of the system; the live configuration is then what it was.
 *
 * Returns: whether the revision is the live configuration now
 *
 * Since: 1.0
 */
gboolean
confsync_store_save_finish (ConfsyncStore *self,
                            GAsyncResult *result,
                            ConfsyncDocument **displaced,
                            GError **error)
{
  g_autoptr (Content) content = NULL;

  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);

  content = g_task_propagate_pointer (G_TASK (result), error);
  if (content == NULL)
    return FALSE;

  if (displaced != NULL)
    *displaced = g_steal_pointer (&content->document);
  return TRUE;
}

/**
 * confsync_store_return_saved:
 * @task: the task that save was given
 * @displaced: (nullable): what was there instead of what was expected
 *
 * For implementations: ends a save with success.
 *
 * Since: 1.0
 */
void
confsync_store_return_saved (GTask *task, ConfsyncDocument *displaced)
{
  confsync_store_return_loaded (task, displaced, NULL, 0);
}

/**
 * confsync_store_save_version_async:
 * @self: a store
 * @revision: what to keep
 * @cause: why
 * @cancellable: (nullable): gives up waiting
 * @callback: (scope async) (nullable): called once, never before this function returns
 * @user_data: data for @callback
 *
 * Keeps a revision among the versions, durably, and lets retention remove older ones.
 *
 * Since: 1.0
 */
void
confsync_store_save_version_async (ConfsyncStore *self,
                                   ConfsyncRevision *revision,
                                   ConfsyncCause cause,
                                   GCancellable *cancellable,
                                   GAsyncReadyCallback callback,
                                   gpointer user_data)
{
  g_autoptr (GTask) task = NULL;

  g_return_if_fail (CONFSYNC_IS_STORE (self));
  g_return_if_fail (revision != NULL);

  task = confsync_call_begin (self, confsync_store_save_version_async, CONFSYNC_CALL_ANSWER,
                              cancellable, callback, user_data);
  CONFSYNC_STORE_GET_IFACE (self)->save_version (self, revision, cause, task);
}

/**
 * confsync_store_save_version_finish:
 * @self: a store
 * @result: what the callback was given
 * @error: return location for an error, or %NULL
 *
 * Collects the name of a version.
 *
 * Fails with a %G_IO_ERROR of the system.
 *
 * Returns: (transfer full): the name, such as `config_20240101120000.json`
 *
 * Since: 1.0
 */
char *
confsync_store_save_version_finish (ConfsyncStore *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}

/**
 * confsync_store_return_name:
 * @task: the task that save_version was given
 * @name: the version's name
 *
 * For implementations: ends a save_version with success.
 *
 * Since: 1.0
 */
void
confsync_store_return_name (GTask *task, const char *name)
{
  g_return_if_fail (name != NULL);

  confsync_call_return (task, g_strdup (name), g_free);
}

/**
 * confsync_store_list_versions_async:
 * @self: a store
 * @cancellable: (nullable): gives up waiting
 * @callback: (scope async): called once, never before this function returns
 * @user_data: data for @callback
 *
 * Lists the kept versions.
 *
 * Since: 1.0
 */
void
confsync_store_list_versions_async (ConfsyncStore *self,
                                    GCancellable *cancellable,
                                    GAsyncReadyCallback callback,
                                    gpointer user_data)
{
  g_autoptr (GTask) task = NULL;

  g_return_if_fail (CONFSYNC_IS_STORE (self));

  task = confsync_call_begin (self, confsync_store_list_versions_async, CONFSYNC_CALL_ANSWER,
                              cancellable, callback, user_data);
  CONFSYNC_STORE_GET_IFACE (self)->list_versions (self, task);
}

/**
 * confsync_store_list_versions_finish:
 * @self: a store
 * @result: what the callback was given
 * @error: return location for an error, or %NULL
 *
 * Collects the kept versions.
 *
 * Returns: (transfer container) (element-type Confsync.Version): newest first
 *
 * Since: 1.0
 */
GPtrArray *
confsync_store_list_versions_finish (ConfsyncStore *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}

/**
 * confsync_store_return_versions:
 * @task: the task that list_versions was given
 * @versions: (array length=n_versions) (nullable): newest first; %NULL only with none
 * @n_versions: how many
 *
 * For implementations: ends a list_versions with success.
 *
 * Since: 1.0
 */
void
confsync_store_return_versions (GTask *task, ConfsyncVersion **versions, gsize n_versions)
{
  GPtrArray *list;

  g_return_if_fail (versions != NULL || n_versions == 0);

  list = g_ptr_array_new_full (n_versions, (GDestroyNotify) confsync_version_unref);
  for (gsize i = 0; i < n_versions; i++)
    g_ptr_array_add (list, confsync_version_ref (versions[i]));
  confsync_call_return (task, list, (GDestroyNotify) g_ptr_array_unref);
}

/**
 * confsync_store_get_version_async:
 * @self: a store
 * @name: a version's name, as [method@Store.list_versions_async] gives it
 * @cancellable: (nullable): gives up waiting
 * @callback: (scope async): called once, never before this function returns
 * @user_data: data for @callback
 *
 * Reads one kept version.
 *
 * Since: 1.0
 */
void
confsync_store_get_version_async (ConfsyncStore *self,
                                  const char *name,
                                  GCancellable *cancellable,
                                  GAsyncReadyCallback callback,
                                  gpointer user_data)
{
  g_autoptr (GTask) task = NULL;

  g_return_if_fail (CONFSYNC_IS_STORE (self));
  g_return_if_fail (name != NULL);

  task = confsync_call_begin (self, confsync_store_get_version_async, CONFSYNC_CALL_ANSWER,
                              cancellable, callback, user_data);
  CONFSYNC_STORE_GET_IFACE (self)->get_version (self, name, task);
}

/**
 * confsync_store_get_version_finish:
 * @self: a store
 * @result: what the callback was given
 * @error: return location for an error, or %NULL
 *
 * Collects one kept version.
 *
 * Fails with %CONFSYNC_ERROR_NOT_FOUND where no such version is kept, and with
 * %CONFSYNC_ERROR_INVALID_JSON where the file no longer parses.
 *
 * Returns: (transfer full): the document
 *
 * Since: 1.0
 */
ConfsyncDocument *
confsync_store_get_version_finish (ConfsyncStore *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}

/**
 * confsync_store_return_document:
 * @task: the task that get_version or load_state was given
 * @document: the document
 *
 * For implementations: ends a get_version or load_state with success.
 *
 * Since: 1.0
 */
void
confsync_store_return_document (GTask *task, ConfsyncDocument *document)
{
  g_return_if_fail (document != NULL);

  confsync_call_return (task, confsync_document_ref (document),
                        (GDestroyNotify) confsync_document_unref);
}

/**
 * confsync_store_acknowledge_async:
 * @self: a store
 * @revision: a revision that was kept
 * @cancellable: (nullable): gives up waiting
 * @callback: (scope async) (nullable): called once, never before this function returns
 * @user_data: data for @callback
 *
 * Notes that another instance holds a kept version; retention spares the newest such one.
 *
 * Since: 1.0
 */
void
confsync_store_acknowledge_async (ConfsyncStore *self,
                                  ConfsyncRevision *revision,
                                  GCancellable *cancellable,
                                  GAsyncReadyCallback callback,
                                  gpointer user_data)
{
  g_autoptr (GTask) task = NULL;

  g_return_if_fail (CONFSYNC_IS_STORE (self));
  g_return_if_fail (revision != NULL);

  task = confsync_call_begin (self, confsync_store_acknowledge_async, CONFSYNC_CALL_BOOLEAN,
                              cancellable, callback, user_data);
  CONFSYNC_STORE_GET_IFACE (self)->acknowledge (self, revision, task);
}

/**
 * confsync_store_acknowledge_finish:
 * @self: a store
 * @result: what the callback was given
 * @error: return location for an error, or %NULL
 *
 * Collects an acknowledgement. One for a version that is gone is no error.
 *
 * Returns: whether it was noted
 *
 * Since: 1.0
 */
gboolean
confsync_store_acknowledge_finish (ConfsyncStore *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}

/**
 * confsync_store_load_state_async:
 * @self: a store
 * @cancellable: (nullable): gives up waiting
 * @callback: (scope async): called once, never before this function returns
 * @user_data: data for @callback
 *
 * Reads what the engine noted.
 *
 * Since: 1.0
 */
void
confsync_store_load_state_async (ConfsyncStore *self,
                                 GCancellable *cancellable,
                                 GAsyncReadyCallback callback,
                                 gpointer user_data)
{
  g_autoptr (GTask) task = NULL;

  g_return_if_fail (CONFSYNC_IS_STORE (self));

  task = confsync_call_begin (self, confsync_store_load_state_async, CONFSYNC_CALL_ANSWER,
                              cancellable, callback, user_data);
  CONFSYNC_STORE_GET_IFACE (self)->load_state (self, task);
}

/**
 * confsync_store_load_state_finish:
 * @self: a store
 * @result: what the callback was given
 * @error: return location for an error, or %NULL
 *
 * Collects what the engine noted.
 *
 * Fails with %CONFSYNC_ERROR_NOT_FOUND where nothing was noted yet.
 *
 * Returns: (transfer full): a JSON object
 *
 * Since: 1.0
 */
ConfsyncDocument *
confsync_store_load_state_finish (ConfsyncStore *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}

/**
 * confsync_store_save_state_async:
 * @self: a store
 * @state: a JSON object
 * @cancellable: (nullable): gives up waiting
 * @callback: (scope async) (nullable): called once, never before this function returns
 * @user_data: data for @callback
 *
 * Notes what the engine must know after a restart. Where it has a member `needed`, that is an array
 * of hashes: from now on, and after a restart, retention spares the versions of these contents.
 *
 * Since: 1.0
 */
void
confsync_store_save_state_async (ConfsyncStore *self,
                                 ConfsyncDocument *state,
                                 GCancellable *cancellable,
                                 GAsyncReadyCallback callback,
                                 gpointer user_data)
{
  g_autoptr (GTask) task = NULL;

  g_return_if_fail (CONFSYNC_IS_STORE (self));
  g_return_if_fail (state != NULL);

  task = confsync_call_begin (self, confsync_store_save_state_async, CONFSYNC_CALL_BOOLEAN,
                              cancellable, callback, user_data);
  CONFSYNC_STORE_GET_IFACE (self)->save_state (self, state, task);
}

/**
 * confsync_store_save_state_finish:
 * @self: a store
 * @result: what the callback was given
 * @error: return location for an error, or %NULL
 *
 * Collects a save of the engine's notes.
 *
 * Returns: whether they are durable
 *
 * Since: 1.0
 */
gboolean
confsync_store_save_state_finish (ConfsyncStore *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}

/**
 * confsync_store_emit_displaced:
 * @self: a store
 * @document: what the editor left
 *
 * For implementations: emits [signal@Store::displaced], in the manager's thread.
 *
 * Since: 1.0
 */
void
confsync_store_emit_displaced (ConfsyncStore *self, ConfsyncDocument *document)
{
  g_return_if_fail (CONFSYNC_IS_STORE (self));
  g_return_if_fail (document != NULL);

  g_signal_emit (self, signals[DISPLACED], 0, document);
}

/**
 * confsync_store_emit_notice:
 * @self: a store
 * @message: one line that says what, where, and what to do
 *
 * For implementations: emits [signal@Store::notice], in the manager's thread.
 *
 * Since: 1.0
 */
void
confsync_store_emit_notice (ConfsyncStore *self, const char *message)
{
  g_return_if_fail (CONFSYNC_IS_STORE (self));
  g_return_if_fail (message != NULL);

  g_signal_emit (self, signals[NOTICE], 0, message);
}
