/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * The public side of a resolver.
 */

#include "config.h"

#include "confsync-resolver.h"

#include "confsync-conflict-private.h"
#include "confsync-error.h"

/**
 * ConfsyncResolver:
 *
 * Decides between two concurrent revisions. It is called in the manager's thread.
 *
 * Since: 1.0
 */
G_DEFINE_INTERFACE (ConfsyncResolver, confsync_resolver, G_TYPE_OBJECT)

static void
confsync_resolver_default_init (ConfsyncResolverInterface *iface)
{
}

/**
 * confsync_resolver_resolve:
 * @self: a resolver
 * @conflict: what to decide
 *
 * Asks for a decision. The answer comes through @conflict, perhaps before this function returns.
 *
 * Since: 1.0
 */
void
confsync_resolver_resolve (ConfsyncResolver *self, ConfsyncConflict *conflict)
{
  g_return_if_fail (CONFSYNC_IS_RESOLVER (self));
  g_return_if_fail (conflict != NULL);

  CONFSYNC_RESOLVER_GET_IFACE (self)->resolve (self, conflict);
}

/**
 * confsync_resolver_needs_base:
 * @self: a resolver
 *
 * Says whether the resolver's answers depend on what both sides were made from. Where they do and
 * this instance no longer has it, the other one is asked for it before the resolver is.
 *
 * Returns: %TRUE unless the resolver says otherwise
 *
 * Since: 1.0
 */
gboolean
confsync_resolver_needs_base (ConfsyncResolver *self)
{
  ConfsyncResolverInterface *iface;

  g_return_val_if_fail (CONFSYNC_IS_RESOLVER (self), TRUE);

  iface = CONFSYNC_RESOLVER_GET_IFACE (self);
  return iface->needs_base == NULL || iface->needs_base (self);
}

static ConfsyncDocument *
dup_content (ConfsyncRevision *revision)
{
  return confsync_document_ref (confsync_revision_get_document (revision));
}

static void
decided_cb (ConfsyncConflict *conflict,
            ConfsyncAnswer answer,
            ConfsyncDocument *merged,
            const char *reason,
            gpointer user_data)
{
  GTask *task = user_data;
  GDestroyNotify destroy = (GDestroyNotify) confsync_document_unref;

  switch (answer)
    {
    case CONFSYNC_ANSWER_LOCAL:
      g_task_return_pointer (task, dup_content (confsync_conflict_get_local (conflict)), destroy);
      break;
    case CONFSYNC_ANSWER_REMOTE:
      g_task_return_pointer (task, dup_content (confsync_conflict_get_remote (conflict)), destroy);
      break;
    case CONFSYNC_ANSWER_MERGED:
      g_task_return_pointer (task, confsync_document_ref (merged), destroy);
      break;
    case CONFSYNC_ANSWER_DECLINED:
    default:
      g_task_return_new_error (task, CONFSYNC_ERROR, CONFSYNC_ERROR_REFUSED, "%s declined: %s",
                               G_OBJECT_TYPE_NAME (g_task_get_source_object (task)),
                               reason != NULL ? reason : "no reason given");
    }
}

/**
 * confsync_resolver_decide_async:
 * @self: a resolver
 * @base: (nullable): what both sides were made from
 * @local: one side
 * @remote: the other side
 * @cancellable: (nullable): gives up, unless the resolver has been asked
 * @callback: (scope async): called once, never before this function returns
 * @user_data: data for @callback
 *
 * Has a resolver decide between two revisions outside of a manager: for tools, and for tests of a
 * resolver. Where a person decides, the answer comes when the person has.
 *
 * Since: 1.0
 */
void
confsync_resolver_decide_async (ConfsyncResolver *self,
                                ConfsyncRevision *base,
                                ConfsyncRevision *local,
                                ConfsyncRevision *remote,
                                GCancellable *cancellable,
                                GAsyncReadyCallback callback,
                                gpointer user_data)
{
  GTask *task;
  ConfsyncConflict *conflict;

  g_return_if_fail (CONFSYNC_IS_RESOLVER (self));
  g_return_if_fail (local != NULL && remote != NULL);

  task = g_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (task, confsync_resolver_decide_async);
  if (g_task_return_error_if_cancelled (task))
    {
      g_object_unref (task);
      return;
    }
  conflict = confsync_conflict_new (base, local, remote, decided_cb, task, g_object_unref);
  confsync_resolver_resolve (self, conflict);
  confsync_conflict_unref (conflict);
}

/**
 * confsync_resolver_decide_finish:
 * @self: a resolver
 * @result: what the callback was given
 * @error: return location for an error, or %NULL
 *
 * Collects a decision.
 *
 * Fails with %CONFSYNC_ERROR_REFUSED where the resolver declined, or dropped the conflict.
 *
 * Returns: (transfer full): the content that was decided on: one of the two, or one of its own
 *
 * Since: 1.0
 */
ConfsyncDocument *
confsync_resolver_decide_finish (ConfsyncResolver *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}
