/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Explains a value from what a store keeps: lists the versions, and reads those that the explainer
 * names, one after the other.
 */

#include "config.h"

#include "confsync-store.h"

#include "confsync-error.h"
#include "confsync-explainer-private.h"
#include "confsync-json-pointer-private.h"

typedef struct
{
  char *pointer;
  ConfsyncRevision *head;       /* (owned) (nullable) */
  ConfsyncExplainer *explainer; /* (owned) (nullable) until the list is there */
} Explaining;

static void
explaining_free (Explaining *explaining)
{
  g_free (explaining->pointer);
  g_clear_pointer (&explaining->head, confsync_revision_unref);
  g_clear_pointer (&explaining->explainer, confsync_explainer_free);
  g_free (explaining);
}

static void go_on (GTask *task);

/* A version that was removed meanwhile, or is damaged, is one that can't be read; whatever is wrong
 * with the disk as a whole is an error. */
static void
read_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  Explaining *explaining = g_task_get_task_data (task);
  g_autoptr (GError) error = NULL;
  g_autoptr (ConfsyncDocument) document =
    confsync_store_get_version_finish (CONFSYNC_STORE (source), result, &error);

  if (error != NULL && error->domain != CONFSYNC_ERROR)
    {
      g_task_return_error (task, g_steal_pointer (&error));
      return;
    }
  confsync_explainer_supply (explaining->explainer, document);
  go_on (task);
}

static void
go_on (GTask *task)
{
  Explaining *explaining = g_task_get_task_data (task);
  const char *next = confsync_explainer_get_next (explaining->explainer);
  ConfsyncExplanation *explanation;
  GError *error = NULL;

  if (next != NULL)
    {
      confsync_store_get_version_async (g_task_get_source_object (task), next,
                                        g_task_get_cancellable (task), read_cb,
                                        g_object_ref (task));
      return;
    }
  explanation = confsync_explainer_end (explaining->explainer, &error);
  if (explanation != NULL)
    g_task_return_pointer (task, explanation, (GDestroyNotify) confsync_explanation_unref);
  else
    g_task_return_error (task, error);
}

static void
listed_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  Explaining *explaining = g_task_get_task_data (task);
  GError *error = NULL;
  g_autoptr (GPtrArray) versions =
    confsync_store_list_versions_finish (CONFSYNC_STORE (source), result, &error);

  if (versions == NULL)
    {
      g_task_return_error (task, error);
      return;
    }
  explaining->explainer =
    confsync_explainer_new (explaining->pointer, versions, explaining->head);
  go_on (task);
}

/**
 * confsync_store_explain_async:
 * @self: a store
 * @pointer: a JSON Pointer (RFC 6901); the empty string is the whole configuration
 * @head: (nullable): what is live now; %NULL for the newest version that didn't lose a conflict
 * @cancellable: (nullable): gives up waiting
 * @callback: (scope async) (nullable): called once, never before this function returns
 * @user_data: data for @callback
 *
 * Finds which version last changed a value. From what is live it goes to what that was made from,
 * and so on, as the stamps of the versions tell, and stops at the first that had another value
 * there. A merge leads to the side that it has the value from; a side that lost explains nothing.
 *
 * Cost: the versions are listed once; then one file is read a step, so at most all of them, where
 * the value has never changed. Nothing is held but the value itself.
 *
 * Since: 1.0
 */
void
confsync_store_explain_async (ConfsyncStore *self,
                              const char *pointer,
                              ConfsyncRevision *head,
                              GCancellable *cancellable,
                              GAsyncReadyCallback callback,
                              gpointer user_data)
{
  g_autoptr (GTask) task = NULL;
  g_auto (GStrv) tokens = NULL;
  Explaining *explaining;
  GError *error = NULL;

  g_return_if_fail (CONFSYNC_IS_STORE (self));
  g_return_if_fail (pointer != NULL);

  task = g_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (task, confsync_store_explain_async);
  tokens = confsync_json_pointer_split (pointer, &error);
  if (tokens == NULL)
    {
      g_task_return_error (task, error);
      return;
    }
  explaining = g_new0 (Explaining, 1);
  explaining->pointer = g_strdup (pointer);
  explaining->head = head != NULL ? confsync_revision_ref (head) : NULL;
  g_task_set_task_data (task, explaining, (GDestroyNotify) explaining_free);
  confsync_store_list_versions_async (self, cancellable, listed_cb, g_steal_pointer (&task));
}

/**
 * confsync_store_explain_finish:
 * @self: a store
 * @result: what the callback was given
 * @error: return location for an error, or %NULL
 *
 * Collects an explanation.
 *
 * Fails with %CONFSYNC_ERROR_INVALID_POINTER, with %CONFSYNC_ERROR_NOT_FOUND where nothing is
 * there and never was, as far as the versions tell, or where none is kept, and with what
 * [method@Store.list_versions_finish] fails with.
 *
 * Returns: (transfer full): who last changed it
 *
 * Since: 1.0
 */
ConfsyncExplanation *
confsync_store_explain_finish (ConfsyncStore *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}
