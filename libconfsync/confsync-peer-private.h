/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * What the node needs of peers: dialling with backoff, and the link to each.
 */

#pragma once

#include "confsync-link-private.h"
#include "confsync-peer.h"
#include "confsync-transport.h"

G_BEGIN_DECLS

/* Says who we are, each time a link begins. */
typedef void (*ConfsyncIdentifyFunc) (ConfsyncLinkIdentity *identity, gpointer user_data);

/* Signals:
 *   greeted ()                   the link's hello is in; the node decides what becomes of it
 *   message (ConfsyncMessage *)
 *   probed ()
 *   down (GError *, gint64)      the link is gone (nullable error); µs until the next try, or -1 */

/* An address that is dialled again and again. @identify is called with @user_data for each link. */
ConfsyncPeer *confsync_peer_new_dialled (const char *address,
                                         ConfsyncTransport *transport,
                                         ConfsyncClock *clock,
                                         ConfsyncIdentifyFunc identify,
                                         gpointer user_data);

/* Somebody who came in. */
ConfsyncPeer *confsync_peer_new_accepted (ConfsyncChannel *channel,
                                          ConfsyncClock *clock,
                                          ConfsyncIdentifyFunc identify,
                                          gpointer user_data);

/* Dials unless connected. */
void confsync_peer_dial (ConfsyncPeer *self);
/* Dials now where it waits for the next try; the network has changed. */
void confsync_peer_hurry (ConfsyncPeer *self);
/* Dials now where it waits because the network failed; it may be back, since another peer is. */
void confsync_peer_try_now (ConfsyncPeer *self);
/* The same instance is linked in another way: not dialled until confsync_peer_unpark (). */
void confsync_peer_park (ConfsyncPeer *self);
void confsync_peer_unpark (ConfsyncPeer *self);
/* For good. */
void confsync_peer_stop (ConfsyncPeer *self);

/* The link of a peer that is greeting or live (nullable). */
ConfsyncLink *confsync_peer_get_link (ConfsyncPeer *self);

/* The node took the link into use, under this name. */
void confsync_peer_set_live (ConfsyncPeer *self, const char *link_name);
/* The node gave the link up; it goes with the peer's next change of state. */
void confsync_peer_clear_live (ConfsyncPeer *self);
/* (nullable) unless live */
const char *confsync_peer_get_link_name (ConfsyncPeer *self);

/* The transport let it in because of who it is: it has shown a pinned certificate. */
void confsync_peer_set_vouched (ConfsyncPeer *self, gboolean vouched);
gboolean confsync_peer_is_vouched (ConfsyncPeer *self);

/* Whether its link is one to a legacy peer. */
gboolean confsync_peer_is_legacy (ConfsyncPeer *self);

/* Says whether it is the first time since the link went into use. */
gboolean confsync_peer_announce (ConfsyncPeer *self);
/* Remembers why it is down, and says whether that is news. */
gboolean confsync_peer_note_reason (ConfsyncPeer *self, const char *reason);
/* Whether it is on this machine, as far as one can tell. */
gboolean confsync_peer_is_local (ConfsyncPeer *self);

G_END_DECLS
