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

/* What a resolver said beside its answer. */
typedef struct
{
  GStrv overruled;
  GStrv open;
  char *remark; /* (nullable) */
} Notes;

static void
notes_free (gpointer data)
{
  Notes *notes = data;

  g_strfreev (notes->overruled);
  g_strfreev (notes->open);
  g_free (notes->remark);
  g_free (notes);
}

static void
take_notes (GTask *task, ConfsyncConflict *conflict)
{
  Notes *notes = g_new0 (Notes, 1);

  notes->overruled = g_strdupv ((GStrv) confsync_conflict_get_overruled (conflict));
  notes->open = g_strdupv ((GStrv) confsync_conflict_get_open (conflict));
  notes->remark = g_strdup (confsync_conflict_get_remark (conflict));
  g_task_set_task_data (task, notes, notes_free);
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

  take_notes (task, conflict);
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

/* what wasn't said in the first place, where @notes is %NULL */
static void
give_notes (const Notes *notes, GStrv *overruled, GStrv *open, char **remark)
{
  if (overruled != NULL)
    *overruled = notes != NULL ? g_strdupv (notes->overruled) : g_new0 (char *, 1);
  if (open != NULL)
    *open = notes != NULL ? g_strdupv (notes->open) : g_new0 (char *, 1);
  if (remark != NULL)
    *remark = notes != NULL ? g_strdup (notes->remark) : NULL;
}

/**
 * confsync_resolver_decide_finish_full:
 * @self: a resolver
 * @result: what the callback was given
 * @overruled: (out) (optional) (transfer full) (array zero-terminated=1): the places where one
 *   side's value counts for nothing, as [method@Conflict.add_overruled] named them
 * @open: (out) (optional) (transfer full) (array zero-terminated=1): the places that a person has
 *   to decide about, as [method@Conflict.add_open] named them
 * @remark: (out) (optional) (nullable) (transfer full): what was remarked
 * @error: return location for an error, or %NULL
 *
 * Collects a decision, and what the resolver said beside it; that is also there with an error.
 *
 * Fails as [method@Resolver.decide_finish] does.
 *
 * Returns: (transfer full): the content that was decided on: one of the two, or one of its own
 *
 * Since: 1.0
 */
ConfsyncDocument *
confsync_resolver_decide_finish_full (ConfsyncResolver *self,
                                      GAsyncResult *result,
                                      GStrv *overruled,
                                      GStrv *open,
                                      char **remark,
                                      GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);

  give_notes (g_task_get_task_data (G_TASK (result)), overruled, open, remark);
  return g_task_propagate_pointer (G_TASK (result), error);
}
