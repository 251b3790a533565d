/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * How one peer stands to one document, at the moment that it was asked for.
 */

#pragma once

#include "confsync-peer.h"

G_BEGIN_DECLS

/**
 * ConfsyncSyncState:
 * @CONFSYNC_SYNC_HOLDS: it holds what is held here
 * @CONFSYNC_SYNC_ASSUMED: it was sent what is held here, and can't say whether it took it: a legacy
 *   peer
 * @CONFSYNC_SYNC_APART: it doesn't keep this document
 * @CONFSYNC_SYNC_BEHIND: it holds something else, or hasn't said yet
 * @CONFSYNC_SYNC_PENDING: what is held here waits for a person's decision there
 * @CONFSYNC_SYNC_REFUSED: it doesn't take what is held here
 * @CONFSYNC_SYNC_UNREACHED: there is no link to it
 *
 * Whether a peer holds the configuration that is held here.
 *
 * Since: 1.0
 */
typedef enum {
  CONFSYNC_SYNC_HOLDS,
  CONFSYNC_SYNC_ASSUMED,
  CONFSYNC_SYNC_APART,
  CONFSYNC_SYNC_BEHIND,
  CONFSYNC_SYNC_PENDING,
  CONFSYNC_SYNC_REFUSED,
  CONFSYNC_SYNC_UNREACHED,
} ConfsyncSyncState;

CONFSYNC_AVAILABLE_IN_1_0
const char *confsync_sync_state_to_string (ConfsyncSyncState state);

#define CONFSYNC_TYPE_PEER_STATUS (confsync_peer_status_get_type ())

/**
 * ConfsyncPeerStatus:
 *
 * How one peer stands to one document, at the moment that it was asked for. Immutable; the peer in
 * it goes on living.
 *
 * Since: 1.0
 */
typedef struct _ConfsyncPeerStatus ConfsyncPeerStatus;

CONFSYNC_AVAILABLE_IN_1_0
GType confsync_peer_status_get_type (void);

CONFSYNC_AVAILABLE_IN_1_0
ConfsyncPeerStatus *confsync_peer_status_new (ConfsyncPeer *peer,
                                              ConfsyncSyncState state,
                                              const char *reason);

CONFSYNC_AVAILABLE_IN_1_0
ConfsyncPeerStatus *confsync_peer_status_ref (ConfsyncPeerStatus *self);

CONFSYNC_AVAILABLE_IN_1_0
void confsync_peer_status_unref (ConfsyncPeerStatus *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ConfsyncPeerStatus, confsync_peer_status_unref)

CONFSYNC_AVAILABLE_IN_1_0
ConfsyncPeer *confsync_peer_status_get_peer (ConfsyncPeerStatus *self);

CONFSYNC_AVAILABLE_IN_1_0
ConfsyncSyncState confsync_peer_status_get_state (ConfsyncPeerStatus *self);

CONFSYNC_AVAILABLE_IN_1_0
const char *confsync_peer_status_get_reason (ConfsyncPeerStatus *self);

G_END_DECLS
