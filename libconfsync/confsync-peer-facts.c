/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * What applications, and the node, may know of a peer.
 */

#include "config.h"

#include "confsync-peer-inside-private.h"

/**
 * confsync_peer_get_id:
 * @self: a peer
 *
 * Gets the instance id that it last said.
 *
 * Returns: (nullable): the instance id that it last said
 *
 * Since: 1.0
 */
const char *
confsync_peer_get_id (ConfsyncPeer *self)
{
  g_return_val_if_fail (CONFSYNC_IS_PEER (self), NULL);

  return self->id;
}

/**
 * confsync_peer_get_address:
 * @self: a peer
 *
 * Gets the address that is dialled.
 *
 * Returns: (nullable): the address that is dialled; %NULL for an instance that came in by itself
 *
 * Since: 1.0
 */
const char *
confsync_peer_get_address (ConfsyncPeer *self)
{
  g_return_val_if_fail (CONFSYNC_IS_PEER (self), NULL);

  return self->address;
}

/**
 * confsync_peer_get_remote:
 * @self: a peer
 *
 * Gets where the other end was when it was last connected, for people.
 *
 * Returns: (nullable): where the other end was when it was last connected, for people
 *
 * Since: 1.0
 */
const char *
confsync_peer_get_remote (ConfsyncPeer *self)
{
  g_return_val_if_fail (CONFSYNC_IS_PEER (self), NULL);

  return self->remote;
}

/**
 * confsync_peer_get_state:
 * @self: a peer
 *
 * Gets where its life stands.
 *
 * Returns: where its life stands
 *
 * Since: 1.0
 */
ConfsyncPeerState
confsync_peer_get_state (ConfsyncPeer *self)
{
  g_return_val_if_fail (CONFSYNC_IS_PEER (self), CONFSYNC_PEER_CLOSED);

  return self->state;
}

/**
 * confsync_peer_get_protocol:
 * @self: a peer
 *
 * What it speaks. A legacy peer (%CONFSYNC_PEER_PROTOCOL_LEGACY) answers nothing: it is taken to
 * hold whatever was last sent to it, and its id is known only once it has sent something by itself.
 *
 * Returns: (nullable): the protocol; %NULL before it was first connected
 *
 * Since: 1.0
 */
const char *
confsync_peer_get_protocol (ConfsyncPeer *self)
{
  g_return_val_if_fail (CONFSYNC_IS_PEER (self), NULL);

  return self->protocol;
}

/**
 * confsync_peer_get_round_trip:
 * @self: a peer
 *
 * Gets how long the last answer took, in microseconds.
 *
 * Returns: how long the last answer took, in microseconds; -1 before the first
 *
 * Since: 1.0
 */
gint64
confsync_peer_get_round_trip (ConfsyncPeer *self)
{
  g_return_val_if_fail (CONFSYNC_IS_PEER (self), -1);

  return self->round_trip;
}

/**
 * confsync_peer_get_clock_ahead:
 * @self: a peer
 *
 * Gets by how much its clock is ahead of the one here, as it said in its hello or its last
 * heartbeat. Its edits win over others made meanwhile, until its clock is set right.
 *
 * Returns: microseconds; 0 where it is less than a minute, or not known
 *
 * Since: 1.0
 */
gint64
confsync_peer_get_clock_ahead (ConfsyncPeer *self)
{
  g_return_val_if_fail (CONFSYNC_IS_PEER (self), 0);

  return self->clock_ahead;
}

/**
 * confsync_peer_get_reason:
 * @self: a peer
 *
 * Gets why it is down or can't be reached.
 *
 * Returns: (nullable): why it is down or can't be reached; %NULL while it is live, and before the
 *   first try
 *
 * Since: 1.0
 */
const char *
confsync_peer_get_reason (ConfsyncPeer *self)
{
  g_return_val_if_fail (CONFSYNC_IS_PEER (self), NULL);

  return self->state != CONFSYNC_PEER_LIVE ? self->reason : NULL;
}

void
confsync_peer_set_vouched (ConfsyncPeer *self, gboolean vouched)
{
  self->vouched = vouched;
}

gboolean
confsync_peer_is_vouched (ConfsyncPeer *self)
{
  return self->vouched;
}
