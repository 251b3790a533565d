/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * The whole sync logic of one document as a state machine: events in, actions out. It knows no
 * file, no socket, no clock and no text; the same code runs in production, in unit tests and in a
 * simulator. Time comes with each event, in microseconds since the Unix epoch; one replica belongs
 * to one thread.
 */

#pragma once

#include "confsync-action-private.h"
#include "confsync-json-builder-private.h"
#include "confsync-revision-private.h"

G_BEGIN_DECLS

typedef struct _ConfsyncReplica ConfsyncReplica;

/* @author is the instance id that edits are labelled with; @seed makes the actor ids. */
ConfsyncReplica *confsync_replica_new (const char *author, guint64 seed);
void confsync_replica_free (ConfsyncReplica *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ConfsyncReplica, confsync_replica_free)

/* Before the start: what confsync_replica_save () gave in an earlier life. */
gboolean confsync_replica_restore (ConfsyncReplica *self, ConfsyncJson *state, GError **error);
void confsync_replica_save (ConfsyncReplica *self, ConfsyncJsonBuilder *builder);
/* Hash of the head of the earlier life, to look its document up; %NULL if there was none. */
const char *confsync_replica_get_restored_hash (ConfsyncReplica *self);

/* The start. @live is what the live configuration holds (nullable), @live_stamp the stamp that was
 * saved with exactly this content (nullable), @modified when it was last changed, @head_document
 * what the restored hash names, where @live is something else and it was found (nullable). */
void confsync_replica_start (ConfsyncReplica *self,
                             gint64 now,
                             ConfsyncDocument *live,
                             ConfsyncStamp *live_stamp,
                             gint64 modified,
                             ConfsyncDocument *head_document);

/* The live configuration was read. */
void confsync_replica_edited (ConfsyncReplica *self, gint64 now, ConfsyncDocument *document);
/* The application wants @document to be the configuration: it is written, then an edit. */
void confsync_replica_set (ConfsyncReplica *self, gint64 now, ConfsyncDocument *document);
/* An edit that was under way when the head took the live configuration's place. */
void confsync_replica_displaced (ConfsyncReplica *self, gint64 now, ConfsyncDocument *document);

void confsync_replica_link_up (ConfsyncReplica *self, gint64 now, const char *link, gboolean leaf);
void confsync_replica_link_down (ConfsyncReplica *self, const char *link);

void confsync_replica_received (ConfsyncReplica *self,
                                gint64 now,
                                const char *link,
                                ConfsyncRevision *revision);
/* What came can't be a configuration here: it was answered for, and is not asked for again. */
void confsync_replica_refused (ConfsyncReplica *self,
                               const char *link,
                               ConfsyncStamp *stamp,
                               const char *hash);
void confsync_replica_got_heads (ConfsyncReplica *self,
                                 gint64 now,
                                 const char *link,
                                 ConfsyncStamp *stamp,
                                 const char *hash);
/* @have is the hash of what the other end holds; %NULL if nothing, or if it could not use a patch
 * and wants the whole. */
void confsync_replica_got_request (ConfsyncReplica *self,
                                   gint64 now,
                                   const char *link,
                                   const char *have);
void confsync_replica_got_ack (ConfsyncReplica *self,
                               gint64 now,
                               const char *link,
                               ConfsyncMessage *ack);

/* The same for legacy peers (see confsync-replica-legacy.c). @leaf: it is a client; a server passes
 * on what it gets. @id is whose content it is, @time what its frame tells, @hint whether that is an
 * instance which is reached itself. */
void confsync_replica_legacy_up (ConfsyncReplica *self,
                                 gint64 now,
                                 const char *link,
                                 gboolean leaf);
void confsync_replica_got_legacy (ConfsyncReplica *self,
                                  gint64 now,
                                  const char *link,
                                  const char *id,
                                  gint64 time,
                                  ConfsyncDocument *document,
                                  gboolean hint);
void confsync_replica_got_legacy_request (ConfsyncReplica *self, gint64 now, const char *link);
/* Sends the head, whatever it is and whatever the other end holds: somebody wants it to. */
void confsync_replica_legacy_push (ConfsyncReplica *self, gint64 now, const char *link);

/* Answers to actions. @error says why an apply failed (nullable). */
void confsync_replica_applied (ConfsyncReplica *self,
                               gint64 now,
                               ConfsyncDocument *displaced,
                               const char *error);
void confsync_replica_resolved (ConfsyncReplica *self,
                                gint64 now,
                                const char *link,
                                ConfsyncRevision *local,
                                ConfsyncRevision *remote,
                                int answer,
                                ConfsyncDocument *merged,
                                const char *reason);

/* Now and then: tries again what failed. */
void confsync_replica_tick (ConfsyncReplica *self, gint64 now);

/* The next action (transfer full), or %NULL. */
ConfsyncAction *confsync_replica_next_action (ConfsyncReplica *self);

ConfsyncRevision *confsync_replica_get_head (ConfsyncReplica *self);
/* A revision that was the head not long ago, by its hash (borrowed, nullable). */
ConfsyncRevision *confsync_replica_find_recent (ConfsyncReplica *self, const char *hash);
gboolean confsync_replica_is_busy (ConfsyncReplica *self);
/* Hash of what a link's other end was last known to hold (nullable). */
const char *confsync_replica_get_link_hash (ConfsyncReplica *self, const char *link);
gboolean confsync_replica_link_is_in_sync (ConfsyncReplica *self, const char *link);

G_END_DECLS
