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
}

/* what ends a sync early, as long as it is under way */
typedef struct
{
  ConfsyncDriver *driver; /* (unowned): it drops the source before it goes */
  GSource *source;        /* (owned) */
} Cancelling;

typedef enum {
  SYNC_DONE,
  SYNC_UNDER_WAY,
  SYNC_REFUSED,
} SyncState;

/* Who never speaks of the document, though it has said what it has, doesn't keep it. */
static SyncState
get_sync_state (ConfsyncDriver *self, const char *name, ConfsyncDriverLink *link)
{
  ConfsyncRevision *head = confsync_replica_get_head (self->replica);

  if (confsync_replica_link_is_in_sync (self->replica, name) || (link->settled && !link->speaks))
    return SYNC_DONE;
  if (head == NULL)
    return confsync_replica_get_link_hash (self->replica, name) == NULL && link->speaks
             ? SYNC_DONE
             : SYNC_UNDER_WAY;
  return g_strcmp0 (link->behind, confsync_revision_get_key (head)) == 0 ? SYNC_REFUSED
                                                                         : SYNC_UNDER_WAY;
}

/* The worst of all links: one that refuses, or else one that isn't there yet. @refused is its name
 * (borrowed, nullable). */
static SyncState
get_worst_sync_state (ConfsyncDriver *self, const char **refused)
{
  SyncState worst = SYNC_DONE;
  GHashTableIter iter;
  const char *name;
  ConfsyncDriverLink *link;

  g_hash_table_iter_init (&iter, self->links);
  while (g_hash_table_iter_next (&iter, (gpointer *) &name, (gpointer *) &link))
    {
      SyncState state = get_sync_state (self, name, link);

      if (state == SYNC_REFUSED)
        *refused = name;
      worst = MAX (worst, state);
    }
  return worst;
}

static void
end_sync (ConfsyncDriver *self, GTask *task, const char *refused)
{
  const char *reason;

  if (refused == NULL)
    {
      g_task_return_boolean (task, TRUE);
      return;
    }
  reason = confsync_driver_get_link (self, refused)->reason;
  g_task_return_new_error (task, CONFSYNC_ERROR, CONFSYNC_ERROR_REFUSED,
                           "%s doesn't take the configuration: %s",
                           confsync_node_get_link_peer (self->node, refused),
                           reason != NULL ? reason : "no reason given");
}

static void
cancelling_free (Cancelling *cancelling)
{
  g_source_unref (cancelling->source);
  g_free (cancelling);
}

/* The source holds the task, and would for as long as the cancellable lives. */
static void
drop_sync (gpointer data)
{
  g_autoptr (GTask) task = data;
  Cancelling *cancelling = g_task_get_task_data (task);

  if (cancelling != NULL)
    g_source_destroy (cancelling->source);
}

GPtrArray *
confsync_driver_new_syncs (void)
{
  return g_ptr_array_new_with_free_func (drop_sync);
}

void
confsync_driver_check_syncs (ConfsyncDriver *self)
{
  const char *refused = NULL;
  g_autoptr (GPtrArray) done = NULL;

  if (self->syncs->len == 0 || get_worst_sync_state (self, &refused) == SYNC_UNDER_WAY)
    return;

  done = g_steal_pointer (&self->syncs);
  self->syncs = confsync_driver_new_syncs ();
  for (guint i = 0; i < done->len; i++)
    end_sync (self, done->pdata[i], refused);
}

static gboolean
sync_cancelled_cb (GCancellable *cancellable, gpointer user_data)
{
  GTask *task = user_data;
  Cancelling *cancelling = g_task_get_task_data (task);

  g_task_return_error_if_cancelled (task);
  g_ptr_array_remove (cancelling->driver->syncs, task);
  return G_SOURCE_REMOVE;
}

/* A peer may take for ever, so giving up must not wait for it. */
static void
watch_cancellable (ConfsyncDriver *self, GTask *task)
{
  Cancelling *cancelling;

  if (g_task_get_cancellable (task) == NULL)
    return;
  cancelling = g_new (Cancelling, 1);
  cancelling->driver = self;
  cancelling->source = g_cancellable_source_new (g_task_get_cancellable (task));
  g_task_set_task_data (task, cancelling, (GDestroyNotify) cancelling_free);
  g_task_attach_source (task, cancelling->source, G_SOURCE_FUNC (sync_cancelled_cb));
}

void
confsync_driver_sync (ConfsyncDriver *self, GTask *task)
{
  GHashTableIter iter;
  const char *link;

  g_ptr_array_add (self->syncs, g_object_ref (task));
  watch_cancellable (self, task);
  g_hash_table_iter_init (&iter, self->links);
  while (g_hash_table_iter_next (&iter, (gpointer *) &link, NULL))
    confsync_driver_send_heads (self, link);
  confsync_driver_check_syncs (self);
}
