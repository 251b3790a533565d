/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Whether every peer holds what is held here: what is known of the links, and who waits for that.
 */

#include "config.h"

#include "confsync-driver-inside-private.h"

#include "confsync-error.h"

ConfsyncDriverLink *
confsync_driver_link_new (void)
{
  return g_new0 (ConfsyncDriverLink, 1);
}

ConfsyncDriverLink *
confsync_driver_get_link (ConfsyncDriver *self, const char *link)
{
  return link != NULL ? g_hash_table_lookup (self->links, link) : NULL;
}

void
confsync_driver_link_free (ConfsyncDriverLink *link)
{
  g_free (link->behind);
  g_free (link->reason);
  g_free (link->complaint);
  g_free (link);
}

void
confsync_driver_note_behind (ConfsyncDriver *self, ConfsyncAction *action)
{
  ConfsyncDriverLink *link = confsync_driver_get_link (self, action->link);

  if (link == NULL)
    return;
  g_free (link->behind);
  link->behind = g_strdup (confsync_revision_get_key (action->revision));
  g_free (link->reason);
  link->reason = g_strdup (action->reason);
  link->pending = action->outcome == CONFSYNC_OUTCOME_PENDING;
}

/* Who never speaks of the document, though it has said what it has, doesn't keep it. A legacy peer
 * never says anything: what could be done is done once it is sent. */
static ConfsyncSyncState
get_sync_state (ConfsyncDriver *self, const char *name, ConfsyncDriverLink *link)
{
  ConfsyncRevision *head = confsync_replica_get_head (self->replica);
  const char *hash = confsync_replica_get_link_hash (self->replica, name);

  if (link->legacy)
    return CONFSYNC_SYNC_ASSUMED;
  if (confsync_replica_link_is_in_sync (self->replica, name))
    return CONFSYNC_SYNC_HOLDS;
  if (link->settled && !link->speaks)
    return CONFSYNC_SYNC_APART;
  if (head == NULL)
    return hash == NULL && link->speaks ? CONFSYNC_SYNC_HOLDS : CONFSYNC_SYNC_BEHIND;
  if (g_strcmp0 (link->behind, confsync_revision_get_key (head)) != 0)
    return CONFSYNC_SYNC_BEHIND;
  return link->pending ? CONFSYNC_SYNC_PENDING : CONFSYNC_SYNC_REFUSED;
}

static gboolean
is_answered (ConfsyncSyncState state)
{
  return state == CONFSYNC_SYNC_PENDING || state == CONFSYNC_SYNC_REFUSED;
}

ConfsyncSyncState
confsync_driver_get_sync_state (ConfsyncDriver *self, const char *name, const char **reason)
{
  ConfsyncDriverLink *link = confsync_driver_get_link (self, name);
  ConfsyncSyncState state =
    link != NULL ? get_sync_state (self, name, link) : CONFSYNC_SYNC_BEHIND;

  *reason = NULL;
  if (is_answered (state))
    *reason = link->reason != NULL ? link->reason : "no reason given";
  else if (state == CONFSYNC_SYNC_BEHIND)
    *reason = link != NULL && confsync_replica_get_link_hash (self->replica, name) != NULL
                ? "holds another configuration"
                : "hasn't said yet what it holds";
  return state;
}

/* The worst of all links: one that doesn't take it, or else one that isn't there yet. @refused is
 * the name of the former (borrowed, nullable). */
static ConfsyncSyncState
get_worst_sync_state (ConfsyncDriver *self, const char **refused)
{
  ConfsyncSyncState worst = CONFSYNC_SYNC_HOLDS;
  GHashTableIter iter;
  const char *name;
  ConfsyncDriverLink *link;

  g_hash_table_iter_init (&iter, self->links);
  while (g_hash_table_iter_next (&iter, (gpointer *) &name, (gpointer *) &link))
    {
      ConfsyncSyncState state = get_sync_state (self, name, link);

      if (is_answered (state))
        *refused = name;
      worst = MAX (worst, state);
    }
  return worst;
}

/* The source holds the task, so somebody has to let go first. */
static void
unwatch_cancellable (GTask *task)
{
  GSource *source = g_task_get_task_data (task);

  if (source != NULL)
    g_source_destroy (source);
}

/* @error is nullable. */
static void
end_sync (GTask *task, const GError *error)
{
  unwatch_cancellable (task);
  if (error == NULL)
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, g_error_copy (error));
}

static GError *
make_refusal (ConfsyncDriver *self, const char *link)
{
  const char *reason = confsync_driver_get_link (self, link)->reason;

  return g_error_new (CONFSYNC_ERROR, CONFSYNC_ERROR_REFUSED,
                      "%s doesn't take the configuration: %s",
                      confsync_node_get_link_peer (self->node, link),
                      reason != NULL ? reason : "no reason given");
}

void
confsync_driver_check_syncs (ConfsyncDriver *self)
{
  const char *refused = NULL;
  g_autoptr (GPtrArray) done = NULL;
  g_autoptr (GError) error = NULL;

  if (self->syncs->len == 0 || get_worst_sync_state (self, &refused) == CONFSYNC_SYNC_BEHIND)
    return;

  /* who is answered may stop the manager, and then no link is left */
  if (refused != NULL)
    error = make_refusal (self, refused);
  done = g_steal_pointer (&self->syncs);
  self->syncs = g_ptr_array_new_with_free_func (g_object_unref);
  for (guint i = 0; i < done->len; i++)
    end_sync (done->pdata[i], error);
}

static gboolean
sync_cancelled_cb (GCancellable *cancellable, gpointer user_data)
{
  g_autoptr (GTask) task = g_object_ref (user_data);
  ConfsyncDriver *self = g_object_get_data (G_OBJECT (task), "driver");

  g_ptr_array_remove (self->syncs, task);
  g_task_return_error_if_cancelled (task);
  return G_SOURCE_REMOVE;
}

/* A peer may take for ever, so giving up must not wait for it. */
static void
watch_cancellable (ConfsyncDriver *self, GTask *task)
{
  g_autoptr (GSource) source = NULL;

  if (g_task_get_cancellable (task) == NULL)
    return;
  source = g_cancellable_source_new (g_task_get_cancellable (task));
  g_object_set_data (G_OBJECT (task), "driver", self);
  g_task_attach_source (task, source, G_SOURCE_FUNC (sync_cancelled_cb));
  g_task_set_task_data (task, g_steal_pointer (&source), (GDestroyNotify) g_source_unref);
}

void
confsync_driver_fail_syncs (ConfsyncDriver *self)
{
  g_autoptr (GError) error =
    g_error_new (CONFSYNC_ERROR, CONFSYNC_ERROR_CLOSED, "the manager was stopped");

  for (guint i = 0; i < self->syncs->len; i++)
    end_sync (self->syncs->pdata[i], error);
  g_ptr_array_set_size (self->syncs, 0);
}

void
confsync_driver_sync (ConfsyncDriver *self, GTask *task)
{
  GHashTableIter iter;
  const char *link;
  ConfsyncDriverLink *record;

  g_ptr_array_add (self->syncs, g_object_ref (task));
  watch_cancellable (self, task);
  g_hash_table_iter_init (&iter, self->links);
  while (g_hash_table_iter_next (&iter, (gpointer *) &link, (gpointer *) &record))
    if (record->legacy)
      confsync_replica_legacy_push (self->replica, confsync_driver_get_time (self), link);
    else
      confsync_driver_send_heads (self, link);
  confsync_driver_run_actions (self);
  confsync_driver_check_syncs (self);
}
