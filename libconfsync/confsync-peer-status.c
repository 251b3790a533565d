/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * A peer, whether it holds what is held here, and why not. A value: it follows nothing.
 */

#include "config.h"

#include "confsync-peer-status.h"

struct _ConfsyncPeerStatus
{
  ConfsyncPeer *peer; /* (owned) */
  ConfsyncSyncState state;
  char *reason; /* (owned) (nullable) */
};

/* in the order of ConfsyncSyncState; these names are part of the control interface */
static const char *const state_names[] = {
  "holds", "assumed", "apart", "behind", "pending", "refused", "unreached",
};

G_DEFINE_BOXED_TYPE (ConfsyncPeerStatus, confsync_peer_status, confsync_peer_status_ref,
                     confsync_peer_status_unref)

/**
 * confsync_sync_state_to_string:
 * @state: a state
 *
 * Gets its name, such as `behind`.
 *
 * Returns: its name, such as `behind`
 *
 * Since: 1.0
 */
const char *
confsync_sync_state_to_string (ConfsyncSyncState state)
{
  g_return_val_if_fail (state < G_N_ELEMENTS (state_names), NULL);

  return state_names[state];
}

/**
 * confsync_peer_status_new:
 * @peer: a peer
 * @state: whether it holds what is held here
 * @reason: (nullable): why it doesn't
 *
 * Makes a record of how a peer stands.
 *
 * Returns: (transfer full): how it stands
 *
 * Since: 1.0
 */
ConfsyncPeerStatus *
confsync_peer_status_new (ConfsyncPeer *peer, ConfsyncSyncState state, const char *reason)
{
  ConfsyncPeerStatus *self;

  g_return_val_if_fail (CONFSYNC_IS_PEER (peer), NULL);

  self = g_atomic_rc_box_new0 (ConfsyncPeerStatus);
  self->peer = g_object_ref (peer);
  self->state = state;
  self->reason = g_strdup (reason);
  return self;
}

/**
 * confsync_peer_status_ref:
 * @self: how a peer stands
 *
 * Takes a reference. May be called from any thread.
 *
 * Returns: (transfer full): the same
 *
 * Since: 1.0
 */
ConfsyncPeerStatus *
confsync_peer_status_ref (ConfsyncPeerStatus *self)
{
  return g_atomic_rc_box_acquire (self);
}

static void
peer_status_clear (ConfsyncPeerStatus *self)
{
  g_object_unref (self->peer);
  g_free (self->reason);
}

/**
 * confsync_peer_status_unref:
 * @self: (transfer full): how a peer stands
 *
 * Gives up a reference.
 *
 * Since: 1.0
 */
void
confsync_peer_status_unref (ConfsyncPeerStatus *self)
{
  g_atomic_rc_box_release_full (self, (GDestroyNotify) peer_status_clear);
}

/**
 * confsync_peer_status_get_peer:
 * @self: how a peer stands
 *
 * Gets who it is.
 *
 * Returns: (transfer none): who it is
 *
 * Since: 1.0
 */
ConfsyncPeer *
confsync_peer_status_get_peer (ConfsyncPeerStatus *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return self->peer;
}

/**
 * confsync_peer_status_get_state:
 * @self: how a peer stands
 *
 * Tells whether it held what was held here.
 *
 * Returns: whether it held what was held here
 *
 * Since: 1.0
 */
ConfsyncSyncState
confsync_peer_status_get_state (ConfsyncPeerStatus *self)
{
  g_return_val_if_fail (self != NULL, CONFSYNC_SYNC_UNREACHED);

  return self->state;
}

/**
 * confsync_peer_status_get_reason:
 * @self: how a peer stands
 *
 * Gets why it is behind, refuses or can't be reached, for people.
 *
 * Returns: (nullable): why it is behind, refuses or can't be reached, for people; %NULL for a peer
 *   that holds it, or keeps no such document
 *
 * Since: 1.0
 */
const char *
confsync_peer_status_get_reason (ConfsyncPeerStatus *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return self->reason;
}
