/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * One remote instance, or one address that is dialled: what is known of it.
 */

#pragma once

#include <gio/gio.h>

#include "confsync-macros.h"

G_BEGIN_DECLS

/**
 * ConfsyncPeerState:
 * @CONFSYNC_PEER_CONNECTING: being dialled
 * @CONFSYNC_PEER_GREETING: connected, not yet introduced
 * @CONFSYNC_PEER_LIVE: messages flow
 * @CONFSYNC_PEER_BACKOFF: gone; will be dialled again
 * @CONFSYNC_PEER_CLOSED: gone for good
 *
 * Where a peer's life stands.
 *
 * Since: 1.0
 */
typedef enum {
  CONFSYNC_PEER_CONNECTING,
  CONFSYNC_PEER_GREETING,
  CONFSYNC_PEER_LIVE,
  CONFSYNC_PEER_BACKOFF,
  CONFSYNC_PEER_CLOSED,
} ConfsyncPeerState;

/**
 * CONFSYNC_PEER_PROTOCOL_LEGACY:
 *
 * What [property@Peer:protocol] says of an instance of the original Python module.
 *
 * Since: 1.0
 */
#define CONFSYNC_PEER_PROTOCOL_LEGACY "legacy"

#define CONFSYNC_TYPE_PEER (confsync_peer_get_type ())

CONFSYNC_AVAILABLE_IN_1_0
G_DECLARE_FINAL_TYPE (ConfsyncPeer, confsync_peer, CONFSYNC, PEER, GObject)

CONFSYNC_AVAILABLE_IN_1_0
const char *confsync_peer_get_id (ConfsyncPeer *self);

CONFSYNC_AVAILABLE_IN_1_0
const char *confsync_peer_get_address (ConfsyncPeer *self);

CONFSYNC_AVAILABLE_IN_1_0
const char *confsync_peer_get_remote (ConfsyncPeer *self);

CONFSYNC_AVAILABLE_IN_1_0
ConfsyncPeerState confsync_peer_get_state (ConfsyncPeer *self);

CONFSYNC_AVAILABLE_IN_1_0
const char *confsync_peer_get_protocol (ConfsyncPeer *self);

CONFSYNC_AVAILABLE_IN_1_0
gint64 confsync_peer_get_round_trip (ConfsyncPeer *self);

CONFSYNC_AVAILABLE_IN_1_0
gint64 confsync_peer_get_clock_ahead (ConfsyncPeer *self);

CONFSYNC_AVAILABLE_IN_1_0
const char *confsync_peer_get_reason (ConfsyncPeer *self);

G_END_DECLS
