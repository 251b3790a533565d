/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * What a manager tells of itself: its state in one word, and how each peer stands to the document.
 */

#include "config.h"

#include "confsync-manager-inside-private.h"

#include "confsync-peer-private.h"

/* in the order of ConfsyncManagerState; these names are part of the control interface */
static const char *const state_names[] = { "stopped", "starting", "running",
                                           "waiting", "invalid",  "unreadable" };

/* in the order of ConfsyncPeerState, for people */
static const char *const link_reasons[] = { "being dialled", "not introduced yet",
                                            "not introduced yet", "will be dialled again",
                                            "gone" };

/**
 * confsync_manager_state_to_string:
 * @state: a state
 *
 * Gets its name, such as `waiting`.
 *
 * Returns: its name, such as `waiting`
 *
 * Since: 1.0
 */
const char *
confsync_manager_state_to_string (ConfsyncManagerState state)
{
  g_return_val_if_fail (state < G_N_ELEMENTS (state_names), NULL);

  return state_names[state];
}

ConfsyncManagerState
confsync_manager_find_state (ConfsyncManager *self, const char **reason)
{
  *reason = NULL;
  if (!self->running || self->driver == NULL)
    return CONFSYNC_MANAGER_STOPPED;
  if (!confsync_driver_is_started (self->driver))
    return CONFSYNC_MANAGER_STARTING;

  switch (confsync_driver_get_problem (self->driver, reason))
    {
    case CONFSYNC_PROBLEM_WAITING:
      return CONFSYNC_MANAGER_WAITING;
    case CONFSYNC_PROBLEM_INVALID:
      return CONFSYNC_MANAGER_INVALID;
    case CONFSYNC_PROBLEM_UNREADABLE:
      return CONFSYNC_MANAGER_UNREADABLE;
    case CONFSYNC_PROBLEM_NONE:
    default:
      return CONFSYNC_MANAGER_RUNNING;
    }
}

/* While there is no driver, the count of versions stays. */
void
confsync_manager_update_status (ConfsyncManager *self)
{
  const char *reason;
  ConfsyncManagerState state = confsync_manager_find_state (self, &reason);
  guint n_versions =
    self->driver != NULL ? confsync_driver_get_version_count (self->driver) : self->n_versions;
  const char *degraded =
    self->driver != NULL ? confsync_driver_get_degraded (self->driver) : NULL;

  g_object_freeze_notify (G_OBJECT (self));
  if (self->state != state)
    g_object_notify (G_OBJECT (self), "state");
  self->state = state;
  if (g_strcmp0 (self->state_reason, reason) != 0)
    {
      g_free (self->state_reason);
      self->state_reason = g_strdup (reason);
      g_object_notify (G_OBJECT (self), "state-reason");
    }
  if (g_strcmp0 (self->degraded, degraded) != 0)
    {
      g_free (self->degraded);
      self->degraded = g_strdup (degraded);
      g_object_notify (G_OBJECT (self), "degraded");
    }
  if (self->n_versions != n_versions)
    g_object_notify (G_OBJECT (self), "n-versions");
  self->n_versions = n_versions;
  g_object_thaw_notify (G_OBJECT (self));
}

/* All have answered; that all hold it is more. */
gboolean
confsync_manager_is_sync (const char *kind, GVariant *details)
{
  guint holding = 0, total = 0;

  if (g_str_equal (kind, CONFSYNC_EVENT_APPLIED))
    return TRUE;
  return g_str_equal (kind, CONFSYNC_EVENT_SYNCED) &&
         g_variant_lookup (details, "holding", "u", &holding) &&
         g_variant_lookup (details, "total", "u", &total) && total > 0 && holding == total;
}

static ConfsyncPeerStatus *
get_status (ConfsyncManager *self, ConfsyncPeer *peer)
{
  const char *link = confsync_peer_get_link_name (peer);
  const char *reason = confsync_peer_get_reason (peer);
  ConfsyncSyncState state;

  if (link == NULL)
    return confsync_peer_status_new (peer, CONFSYNC_SYNC_UNREACHED,
                                     reason != NULL ? reason
                                                    : link_reasons[confsync_peer_get_state (peer)]);
  if (self->driver == NULL || !confsync_driver_is_started (self->driver))
    return confsync_peer_status_new (peer, CONFSYNC_SYNC_BEHIND, "the document isn't synced now");
  state = confsync_driver_get_sync_state (self->driver, link, &reason);
  return confsync_peer_status_new (peer, state, reason);
}

/**
 * confsync_manager_list_peer_statuses:
 * @self: a manager
 *
 * Tells of each peer of the node, in the order of [method@Node.list_peers], whether it holds the
 * configuration that is held here, and if not, why. See [signal@Manager::peers-changed].
 *
 * Returns: (transfer container) (element-type Confsync.PeerStatus): how the peers stand now
 *
 * Since: 1.0
 */
GPtrArray *
confsync_manager_list_peer_statuses (ConfsyncManager *self)
{
  g_autoptr (GPtrArray) peers = NULL;
  GPtrArray *statuses;

  g_return_val_if_fail (CONFSYNC_IS_MANAGER (self), NULL);

  peers = confsync_node_list_peers (self->node);
  statuses =
    g_ptr_array_new_full (peers->len, (GDestroyNotify) confsync_peer_status_unref);
  for (guint i = 0; i < peers->len; i++)
    g_ptr_array_add (statuses, get_status (self, peers->pdata[i]));
  return statuses;
}

/**
 * confsync_manager_get_state:
 * @self: a manager
 *
 * Tells whether it keeps the document in sync, or what stands in the way.
 *
 * Returns: whether it keeps the document in sync, or what stands in the way
 *
 * Since: 1.0
 */
ConfsyncManagerState
confsync_manager_get_state (ConfsyncManager *self)
{
  g_return_val_if_fail (CONFSYNC_IS_MANAGER (self), CONFSYNC_MANAGER_STOPPED);

  return self->state;
}

/**
 * confsync_manager_get_state_reason:
 * @self: a manager
 *
 * Gets why it is waiting, or the live configuration can't be used, and what to do.
 *
 * Returns: (nullable): why it is waiting, or the live configuration can't be used, and what to do;
 *   %NULL in other states
 *
 * Since: 1.0
 */
const char *
confsync_manager_get_state_reason (ConfsyncManager *self)
{
  g_return_val_if_fail (CONFSYNC_IS_MANAGER (self), NULL);

  return self->state_reason;
}

/**
 * confsync_manager_get_degraded:
 * @self: a manager
 *
 * Gets what it can't write, and what to do: a change can't be applied, or a version or the state
 * can't be kept, because the disk is full, say, or read-only. Everything else goes on, and what
 * failed is tried again until it works.
 *
 * Returns: (nullable): what it can't write, and why; %NULL where all is well
 *
 * Since: 1.0
 */
const char *
confsync_manager_get_degraded (ConfsyncManager *self)
{
  g_return_val_if_fail (CONFSYNC_IS_MANAGER (self), NULL);

  return self->degraded;
}

/**
 * confsync_manager_dup_stamp:
 * @self: a manager
 *
 * Gets when the configuration was made, and by whom.
 *
 * Returns: (transfer full) (nullable): when the configuration was made, and by whom; %NULL where
 *   there is none
 *
 * Since: 1.0
 */
ConfsyncStamp *
confsync_manager_dup_stamp (ConfsyncManager *self)
{
  ConfsyncRevision *head;

  g_return_val_if_fail (CONFSYNC_IS_MANAGER (self), NULL);

  head = self->driver != NULL ? confsync_driver_get_head (self->driver) : NULL;
  return head != NULL ? confsync_stamp_ref (confsync_revision_get_stamp (head)) : NULL;
}
