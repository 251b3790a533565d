/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * What a replica knows of one link: what the other end holds, what is on its way to it, what waits,
 * and what was answered. At most one revision is in flight, and a newer head replaces one that
 * waits: the acknowledgement is the clock that bursts are gathered by.
 */

#pragma once

#include "confsync-legacy-state-private.h"
#include "confsync-message-private.h"
#include "confsync-revision-private.h"

G_BEGIN_DECLS

/* A revision that was not answered for so long may be offered again, in microseconds. */
#define CONFSYNC_LINK_PATIENCE_US (5 * G_USEC_PER_SEC)

typedef struct _ConfsyncReplicaLink ConfsyncReplicaLink;

ConfsyncReplicaLink *confsync_replica_link_new (const char *id, gboolean leaf);
void confsync_replica_link_free (ConfsyncReplicaLink *self);

const char *confsync_replica_link_get_id (ConfsyncReplicaLink *self);
gboolean confsync_replica_link_is_leaf (ConfsyncReplicaLink *self);

/* The other end is a legacy peer from now on: it answers nothing, and what it holds is assumed. */
void confsync_replica_link_make_legacy (ConfsyncReplicaLink *self, gboolean relays);
/* (borrowed) (nullable) for all others */
ConfsyncLegacyState *confsync_replica_link_get_legacy (ConfsyncReplicaLink *self);

/* What the other end said that it holds; both %NULL for nothing, or nothing said yet. */
void confsync_replica_link_set_holds (ConfsyncReplicaLink *self,
                                      ConfsyncStamp *stamp,
                                      const char *hash);
gboolean confsync_replica_link_holds (ConfsyncReplicaLink *self, ConfsyncRevision *revision);
const char *confsync_replica_link_get_hash (ConfsyncReplicaLink *self);

/* Whether the other end answered this revision, with any outcome. */
gboolean confsync_replica_link_has_answered (ConfsyncReplicaLink *self, const char *key);
void confsync_replica_link_forget_answers (ConfsyncReplicaLink *self);

/* Puts a revision in the queue; as a head it replaces a waiting one. @again: even if it was
 * answered before. */
void confsync_replica_link_offer (ConfsyncReplicaLink *self,
                                  ConfsyncRevision *revision,
                                  gboolean is_head,
                                  gboolean again);

/* The next revision to send (transfer full), which is in flight from now on; %NULL while another
 * one is, or nothing waits. */
ConfsyncRevision *confsync_replica_link_next (ConfsyncReplicaLink *self, gint64 now);

/* The other end answered. Gives the revision if it was the one in flight (transfer full). */
ConfsyncRevision *confsync_replica_link_answered (ConfsyncReplicaLink *self, const char *key);

/* What is in flight is of no use to the other end. */
void confsync_replica_link_give_up (ConfsyncReplicaLink *self);

/* What is in flight for too long is given up, to be offered again. */
void confsync_replica_link_expire (ConfsyncReplicaLink *self, gint64 now);

G_END_DECLS
