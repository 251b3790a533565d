/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Who is linked with whom: decides which links are used when the same instance comes twice, when
 * somebody turns out to be oneself, and when two instances go by one id. It knows peers, not what
 * they talk about.
 */

#pragma once

#include "confsync-peer-private.h"

G_BEGIN_DECLS

typedef enum {
  CONFSYNC_VERDICT_USE,     /* take the link into use */
  CONFSYNC_VERDICT_SELF,    /* the instance dialled itself */
  CONFSYNC_VERDICT_CLONE,   /* another instance goes by our id */
  CONFSYNC_VERDICT_SURPLUS, /* linked already; we close this one */
  CONFSYNC_VERDICT_WAIT,    /* linked already; the other end will close one */
  CONFSYNC_VERDICT_PROBE,   /* linked already from the same side, unless @rival is dead */
  CONFSYNC_VERDICT_REPLACE, /* linked with an earlier life of it, or a clone: @rival tells */
} ConfsyncVerdict;

/* Judges a peer whose hello is in, among all @peers. @rival (borrowed, nullable) is the live peer
 * that has the same id. */
ConfsyncVerdict confsync_roster_judge (GPtrArray *peers,
                                       ConfsyncPeer *peer,
                                       const char *own_id,
                                       const char *own_session,
                                       ConfsyncPeer **rival);

/* Of two links between the same two lives, it is the instance of the smaller id that closes one. */
gboolean confsync_roster_closes_surplus (const char *own_id, const char *id);

/* A live peer by the instance id of its hello, or by its link's name (borrowed, nullable). */
ConfsyncPeer *confsync_roster_find_live (GPtrArray *peers, const char *id, ConfsyncPeer *but);
ConfsyncPeer *confsync_roster_find_link (GPtrArray *peers, const char *link_name);

G_END_DECLS
