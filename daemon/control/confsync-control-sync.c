/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * The method Sync: waits for the peers, the clock and the caller's leaving, whichever is first, and
 * says who is behind.
 */

#include "config.h"

#include "confsync-control-methods.h"

#define NAMES_MAX 10

typedef struct
{
  ConfsyncControlCall *call; /* (owned) */
  GCancellable *waiting;     /* (owned): cancelled by the clock or by the caller's leaving */
  GSource *timer;            /* (owned) (nullable) */
  gulong closed;
  guint timeout_ms;
} Sync;

static void
sync_free (Sync *self)
{
  if (self->timer != NULL)
    g_source_destroy (self->timer);
  g_clear_pointer (&self->timer, g_source_unref);
  if (self->closed != 0)
    g_signal_handler_disconnect (self->call->access->closed, self->closed);
  g_object_unref (self->waiting);
  confsync_control_call_free (self->call);
  g_free (self);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Sync, sync_free)

static gboolean
is_behind (ConfsyncSyncState state)
{
  return state == CONFSYNC_SYNC_BEHIND || state == CONFSYNC_SYNC_PENDING ||
         state == CONFSYNC_SYNC_REFUSED;
}

static void
answer_counts (ConfsyncControlCall *call)
{
  g_autoptr (GPtrArray) statuses = confsync_manager_list_peer_statuses (call->access->manager);
  guint holding = 0, behind = 0;

  for (guint i = 0; i < statuses->len; i++)
    {
      const ConfsyncSyncState state = confsync_peer_status_get_state (statuses->pdata[i]);

      holding += state == CONFSYNC_SYNC_HOLDS;
      behind += is_behind (state);
    }
  confsync_control_call_return (call, g_variant_new ("(uu)", holding, holding + behind));
}

static const char *
name_of (ConfsyncPeer *peer)
{
  if (confsync_peer_get_id (peer) != NULL)
    return confsync_peer_get_id (peer);
  if (confsync_peer_get_address (peer) != NULL)
    return confsync_peer_get_address (peer);
  return confsync_peer_get_remote (peer) != NULL ? confsync_peer_get_remote (peer) : "?";
}

/* Such as `hall: holds another configuration; attic: …`. */
static char *
describe_behind (ConfsyncManager *manager)
{
  g_autoptr (GPtrArray) statuses = confsync_manager_list_peer_statuses (manager);
  GString *text = g_string_new (NULL);
  guint n = 0;

  for (guint i = 0; i < statuses->len; i++)
    {
      ConfsyncPeerStatus *status = statuses->pdata[i];

      if (!is_behind (confsync_peer_status_get_state (status)) || ++n > NAMES_MAX)
        continue;
      g_string_append_printf (text, "%s%s: %s", n > 1 ? "; " : "",
                              name_of (confsync_peer_status_get_peer (status)),
                              confsync_peer_status_get_reason (status));
    }
  if (n > NAMES_MAX)
    g_string_append_printf (text, "; and %u others", n - NAMES_MAX);
  return g_string_free (text, FALSE);
}

static void
synced_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (Sync) self = user_data;
  ConfsyncManager *manager = CONFSYNC_MANAGER (source);
  g_autofree char *behind = NULL;
  g_autoptr (GError) error = NULL;

  if (confsync_manager_force_sync_finish (manager, result, &error) || self->timeout_ms == 0)
    {
      if (error != NULL && !g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
        confsync_control_call_fail (self->call, g_steal_pointer (&error));
      else
        answer_counts (self->call);
      return;
    }
  if (!g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    {
      confsync_control_call_fail (self->call, g_steal_pointer (&error));
      return;
    }
  behind = describe_behind (manager);
  confsync_control_call_fail (
    self->call, g_error_new (CONFSYNC_ERROR, CONFSYNC_ERROR_DEADLINE,
                             "not everybody holds it after %u ms: %s", self->timeout_ms, behind));
}

static gboolean
timeout_cb (gpointer user_data)
{
  Sync *self = user_data;

  g_cancellable_cancel (self->waiting);
  return G_SOURCE_REMOVE;
}

static void
closed_cb (GCancellable *closed, Sync *self)
{
  g_cancellable_cancel (self->waiting);
}

static void
start_timer (Sync *self)
{
  self->timer = g_timeout_source_new (self->timeout_ms);
  g_source_set_callback (self->timer, timeout_cb, self, NULL);
  g_source_attach (self->timer, g_main_context_get_thread_default ());
}

void
confsync_control_sync (ConfsyncControlCall *call, guint timeout_ms)
{
  Sync *self = g_new0 (Sync, 1);
  g_autoptr (GCancellable) waiting = g_cancellable_new ();

  self->call = call;
  self->timeout_ms = timeout_ms;
  self->waiting = g_object_ref (waiting);
  self->closed =
    g_signal_connect (call->access->closed, "cancelled", G_CALLBACK (closed_cb), self);
  if (timeout_ms > 0 && timeout_ms < G_MAXUINT32)
    start_timer (self);
  confsync_manager_force_sync_async (call->access->manager, waiting, synced_cb, self);
  /* the notes are on their way; whoever doesn't wait needs no answer to them */
  if (timeout_ms == 0)
    g_cancellable_cancel (waiting);
}
