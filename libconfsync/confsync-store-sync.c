/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * A store's history for those who wait. The answer comes in a main context that nobody else has, so
 * nothing else of the caller's runs meanwhile.
 */

#include "config.h"

#include "confsync-store.h"

typedef struct
{
  GMainContext *context; /* (owned) */
  GAsyncResult *result;  /* (owned) (nullable) until it is there */
} Wait;

static void
answered_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Wait *wait = user_data;

  wait->result = g_object_ref (result);
}

static void
wait_begin (Wait *wait)
{
  wait->context = g_main_context_new ();
  wait->result = NULL;
  g_main_context_push_thread_default (wait->context);
}

static void
wait_for_answer (Wait *wait)
{
  while (wait->result == NULL)
    g_main_context_iteration (wait->context, TRUE);
  g_main_context_pop_thread_default (wait->context);
}

static void
wait_end (Wait *wait)
{
  g_object_unref (wait->result);
  g_main_context_unref (wait->context);
}

/**
 * confsync_store_save_version_sync:
 * @self: a store
 * @revision: what to keep
 * @cause: how it came about
 * @cancellable: (nullable): gives up waiting
 * @error: return location for an error, or %NULL
 *
 * Keeps a version, as [method@Store.save_version_async] does, and waits for it. Blocks for as long
 * as the disk takes. A file store may be asked in any thread.
 *
 * Fails with what [method@Store.save_version_finish] fails with.
 *
 * Returns: (transfer full): the version's name
 *
 * Since: 1.0
 */
char *
confsync_store_save_version_sync (ConfsyncStore *self,
                                  ConfsyncRevision *revision,
                                  ConfsyncCause cause,
                                  GCancellable *cancellable,
                                  GError **error)
{
  Wait wait;
  char *name;

  g_return_val_if_fail (CONFSYNC_IS_STORE (self), NULL);

  wait_begin (&wait);
  confsync_store_save_version_async (self, revision, cause, cancellable, answered_cb, &wait);
  wait_for_answer (&wait);
  name = confsync_store_save_version_finish (self, wait.result, error);
  wait_end (&wait);
  return name;
}

/**
 * confsync_store_list_versions_sync:
 * @self: a store
 * @cancellable: (nullable): gives up waiting
 * @error: return location for an error, or %NULL
 *
 * Lists what is kept, as [method@Store.list_versions_async] does, and waits for it. Blocks for as
 * long as the disk takes. A file store may be asked in any thread.
 *
 * Fails with what [method@Store.list_versions_finish] fails with.
 *
 * Returns: (transfer container) (element-type Confsync.Version): the versions, newest first
 *
 * Since: 1.0
 */
GPtrArray *
confsync_store_list_versions_sync (ConfsyncStore *self, GCancellable *cancellable, GError **error)
{
  Wait wait;
  GPtrArray *versions;

  g_return_val_if_fail (CONFSYNC_IS_STORE (self), NULL);

  wait_begin (&wait);
  confsync_store_list_versions_async (self, cancellable, answered_cb, &wait);
  wait_for_answer (&wait);
  versions = confsync_store_list_versions_finish (self, wait.result, error);
  wait_end (&wait);
  return versions;
}

/**
 * confsync_store_get_version_sync:
 * @self: a store
 * @name: a version's name as [method@Store.list_versions_sync] gives it
 * @cancellable: (nullable): gives up waiting
 * @error: return location for an error, or %NULL
 *
 * Reads a version, as [method@Store.get_version_async] does, and waits for it. Blocks for as long
 * as the disk takes. A file store may be asked in any thread.
 *
 * Fails with what [method@Store.get_version_finish] fails with.
 *
 * Returns: (transfer full): the document
 *
 * Since: 1.0
 */
ConfsyncDocument *
confsync_store_get_version_sync (ConfsyncStore *self,
                                 const char *name,
                                 GCancellable *cancellable,
                                 GError **error)
{
  Wait wait;
  ConfsyncDocument *document;

  g_return_val_if_fail (CONFSYNC_IS_STORE (self), NULL);
  g_return_val_if_fail (name != NULL, NULL);

  wait_begin (&wait);
  confsync_store_get_version_async (self, name, cancellable, answered_cb, &wait);
  wait_for_answer (&wait);
  document = confsync_store_get_version_finish (self, wait.result, error);
  wait_end (&wait);
  return document;
}

/**
 * confsync_store_explain_sync:
 * @self: a store
 * @pointer: a JSON Pointer (RFC 6901)
 * @head: (nullable): what is live now; %NULL for the newest version that didn't lose a conflict
 * @cancellable: (nullable): gives up waiting
 * @error: return location for an error, or %NULL
 *
 * Finds which version last changed a value, as [method@Store.explain_async] does, and waits for it.
 * Blocks for as long as the disk takes. A file store may be asked in any thread.
 *
 * Fails with what [method@Store.explain_finish] fails with.
 *
 * Returns: (transfer full): who last changed it
 *
 * Since: 1.0
 */
ConfsyncExplanation *
confsync_store_explain_sync (ConfsyncStore *self,
                             const char *pointer,
                             ConfsyncRevision *head,
                             GCancellable *cancellable,
                             GError **error)
{
  Wait wait;
  ConfsyncExplanation *explanation;

  g_return_val_if_fail (CONFSYNC_IS_STORE (self), NULL);
  g_return_val_if_fail (pointer != NULL, NULL);

  wait_begin (&wait);
  confsync_store_explain_async (self, pointer, head, cancellable, answered_cb, &wait);
  wait_for_answer (&wait);
  explanation = confsync_store_explain_finish (self, wait.result, error);
  wait_end (&wait);
  return explanation;
}
