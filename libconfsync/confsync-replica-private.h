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
#include "confsync-conflict-private.h"
#include "confsync-json-builder-private.h"
#include "confsync-revision-private.h"
#include "confsync-role.h"

G_BEGIN_DECLS

typedef struct _ConfsyncReplica ConfsyncReplica;

/* @author is the instance id that edits are labelled with; @seed makes the actor ids. */
ConfsyncReplica *confsync_replica_new (const char *author, guint64 seed);
void confsync_replica_free (ConfsyncReplica *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ConfsyncReplica, confsync_replica_free)

/* Before the start: which way edits go, what becomes of the content that is found, and whether who
 * decides conflicts needs to know what both sides were made from. At first: both, adopt, yes. */
void confsync_replica_set_role (ConfsyncReplica *self, ConfsyncRole role);
void confsync_replica_set_join (ConfsyncReplica *self, ConfsyncJoin join);
void confsync_replica_set_needs_base (ConfsyncReplica *self, gboolean needs_base);

/* Before the start: what confsync_replica_save () gave in an earlier life. */
gboolean confsync_replica_restore (ConfsyncReplica *self, ConfsyncJson *state, GError **error);
void confsync_replica_save (ConfsyncReplica *self, ConfsyncJsonBuilder *builder);
/* Hash of the head of the earlier life, to look its document up; %NULL if there was none. */
const char *confsync_replica_get_restored_hash (ConfsyncReplica *self);

/* After that and before the start: hashes of the documents that the earlier life knew by name, to
 * be looked up in history; the head's, those of what is held back, and those of what its conflicts
 * were made from. Whatever of them is supplied is known again; the rest is forgotten. */
GStrv confsync_replica_dup_wanted (ConfsyncReplica *self);
void confsync_replica_supply (ConfsyncReplica *self, ConfsyncDocument *document);

/* Likewise: history has a version of this stamp. A crash may have lost the state that knew it. */
void confsync_replica_saw (ConfsyncReplica *self, ConfsyncStamp *stamp);
/* The same of all that is known of the version. An own edit that the state doesn't know of may not
 * have been decided: it is wanted too, and if it is supplied, the start decides it. */
void confsync_replica_saw_version (ConfsyncReplica *self, ConfsyncVersion *version);

/* Before the start: what the live configuration holds is not acceptable. */
void confsync_replica_refuse_live (ConfsyncReplica *self);

/* Before the start: the live configuration is an edit of what has this stamp (nullable). That may
 * have been applied in an earlier life, which ended before it could say so. */
void confsync_replica_know_origin (ConfsyncReplica *self, ConfsyncStamp *stamp);

/* The start. @live is what the live configuration holds (nullable), @live_stamp the stamp that was
 * saved with exactly this content (nullable), @modified when it was last changed, @head_document
 * what the restored hash names, where @live is something else and it was found (nullable: as
 * supplied). */
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
/* The same, of a document that was the configuration before. */
void confsync_replica_roll_back (ConfsyncReplica *self, gint64 now, ConfsyncDocument *document);
/* The live configuration was read, and is not acceptable: the head stays what it is, and what was
 * read is kept. */
void confsync_replica_vetoed (ConfsyncReplica *self, gint64 now, ConfsyncDocument *document);
/* An edit that was under way when the head took the live configuration's place. */
void confsync_replica_displaced (ConfsyncReplica *self, gint64 now, ConfsyncDocument *document);
/* The same of one that is not acceptable: it is kept, and that is all. */
void confsync_replica_vetoed_late (ConfsyncReplica *self, gint64 now, ConfsyncDocument *document);

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
/* In place of that: the content is not acceptable here, and @reason says why. */
void confsync_replica_apply_refused (ConfsyncReplica *self, gint64 now, const char *reason);
/* What is acceptable is something else by now: what was refused is looked at again. */
void confsync_replica_validation_changed (ConfsyncReplica *self, gint64 now);

/* Before the start: that what is applied goes into the state before. A crash in the middle may
 * leave a live file without its stamp: an edit made here, it would seem, and so not be on trial. */
void confsync_replica_set_tries (ConfsyncReplica *self, gboolean tries);

/* Trials. What the head falls back to, as long as it is on trial (nullable: it isn't). It is kept
 * with the state; after a crash in the middle of an apply it is what the head was before. */
void confsync_replica_set_fallback (ConfsyncReplica *self, ConfsyncRevision *revision);
ConfsyncRevision *confsync_replica_get_fallback (ConfsyncReplica *self);
/* The head was not confirmed here: goes back to that, here alone, and carries what was the head.
 * FALSE: there is nothing to go back to, or an apply is under way. */
gboolean confsync_replica_fall_back (ConfsyncReplica *self, gint64 now, const char *reason);

/* What a resolver said; all but the answer is nullable. */
typedef struct
{
  ConfsyncAnswer answer;
  ConfsyncDocument *merged;      /* with CONFSYNC_ANSWER_MERGED */
  const char *reason;            /* with CONFSYNC_ANSWER_DECLINED */
  const char *const *overruled;  /* pointers: changed on both sides, the loser's value dropped */
  const char *const *open;       /* pointers: the winner's value stands until a person decides */
  const char *const *open_reasons; /* why, one for each of them */
  const char *remark;            /* for the log */
} ConfsyncResolution;

/* The answer to @conflict, with what was said beside it; all of it is borrowed. */
static inline ConfsyncResolution
confsync_resolution_of (ConfsyncConflict *conflict,
                        ConfsyncAnswer answer,
                        ConfsyncDocument *merged,
                        const char *reason)
{
  return (ConfsyncResolution){
    .answer = answer,
    .merged = merged,
    .reason = reason,
    .overruled = confsync_conflict_get_overruled (conflict),
    .open = confsync_conflict_get_open (conflict),
    .open_reasons = confsync_conflict_get_open_reasons (conflict),
    .remark = confsync_conflict_get_remark (conflict),
  };
}

/* Answer to CONFSYNC_ACTION_RESOLVE. A conflict that was declined may be answered once more. */
void confsync_replica_resolved (ConfsyncReplica *self,
                                gint64 now,
                                const char *link,
                                ConfsyncRevision *local,
                                ConfsyncRevision *remote,
                                ConfsyncRevision *base,
                                const ConfsyncResolution *resolution);

/* Answer to CONFSYNC_ACTION_FIND_BASE, with its link, its stamps, its other (@local) and revision
 * (@remote), which are both %NULL where a peer asks; @bases is of ConfsyncRevision. */
void confsync_replica_base_found (ConfsyncReplica *self,
                                  gint64 now,
                                  const char *link,
                                  ConfsyncStamp *a,
                                  ConfsyncStamp *b,
                                  ConfsyncRevision *local,
                                  ConfsyncRevision *remote,
                                  GPtrArray *bases);
/* The other end wants to know what two revisions of these stamps were both made from. */
void confsync_replica_got_base_request (ConfsyncReplica *self,
                                        gint64 now,
                                        const char *link,
                                        ConfsyncStamp *a,
                                        ConfsyncStamp *b);
/* The other end answered that, with the stamps that it was asked about; @base is nullable, and
 * @more of them are still to come. */
void confsync_replica_got_base (ConfsyncReplica *self,
                                gint64 now,
                                const char *link,
                                ConfsyncStamp *a,
                                ConfsyncStamp *b,
                                ConfsyncRevision *base,
                                guint more);

/* @version is damaged on the disk: it is looked for, and CONFSYNC_ACTION_MEND tells of what comes
 * of that. Its stamp and its hash must be known. */
void confsync_replica_mend (ConfsyncReplica *self, gint64 now, ConfsyncVersion *version);

/* Conflicts that wait for a person: of ConfsyncOpenConflict, oldest first. */
GPtrArray *confsync_replica_list_conflicts (ConfsyncReplica *self);
/* A person decided: @document is to be the whole configuration, which includes both sides. FALSE:
 * no such conflict. It ends as an edit by the application does, with a report about @document. */
gboolean confsync_replica_settle_conflict (ConfsyncReplica *self,
                                           gint64 now,
                                           const char *id,
                                           ConfsyncDocument *document);

/* Whether the live configuration was edited here and that goes nowhere (receive-only). */
gboolean confsync_replica_is_edited_here (ConfsyncReplica *self);
/* Puts the head back in its place. FALSE: nothing to put back. */
gboolean confsync_replica_revert_local (ConfsyncReplica *self, gint64 now);
/* The live configuration is gone: writes the head once more. Nothing may be under way. */
void confsync_replica_put_back (ConfsyncReplica *self, gint64 now);

/* The head's content as an edit in the next epoch: from then on, times start anew. Without a head,
 * and for who only receives, it does nothing but say so. */
void confsync_replica_reset_clock (ConfsyncReplica *self, gint64 now);

/* Now and then: tries again what failed. */
void confsync_replica_tick (ConfsyncReplica *self, gint64 now);

/* The next action (transfer full), or %NULL. */
ConfsyncAction *confsync_replica_next_action (ConfsyncReplica *self);

ConfsyncRevision *confsync_replica_get_head (ConfsyncReplica *self);
/* The same for the ears of a link's other end: %NULL while this instance may not join with what it
 * found, unless that end has it too. It is what heads, requests and acknowledgements name. */
ConfsyncRevision *confsync_replica_get_told_head (ConfsyncReplica *self, const char *link);
/* A revision that was the head not long ago, by its hash (borrowed, nullable). */
ConfsyncRevision *confsync_replica_find_recent (ConfsyncReplica *self, const char *hash);
gboolean confsync_replica_is_busy (ConfsyncReplica *self);
/* Whether a revision waits that could not be applied. */
gboolean confsync_replica_has_failed (ConfsyncReplica *self);
/* Hash of what a link's other end was last known to hold (nullable). */
const char *confsync_replica_get_link_hash (ConfsyncReplica *self, const char *link);
gboolean confsync_replica_link_is_in_sync (ConfsyncReplica *self, const char *link);

G_END_DECLS
