/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * One replica under observation: its actions are gathered, and carried out only where a test says
 * so.
 */

#pragma once

#include "confsync-conflict-private.h"
#include "confsync-replica-private.h"
#include "confsync-stamp-private.h"

G_BEGIN_DECLS

/* times in tests are small numbers: microseconds since the Unix epoch */
#define T0 G_GINT64_CONSTANT (1000000)

typedef struct
{
  ConfsyncReplica *replica;
  GPtrArray *actions; /* of ConfsyncAction: since the last probe_clear () */
} Probe;

/* An instance that starts for the first time at T0, with @live (nullable). */
Probe *probe_new (const char *live);
/* One that goes on from @state. */
Probe *probe_new_restored (ConfsyncJson *state,
                           gint64 now,
                           const char *live,
                           ConfsyncStamp *live_stamp,
                           gint64 modified,
                           const char *head);
/* The same, of this part and way to join; @needs_base: before the resolver is asked. */
Probe *probe_new_as (ConfsyncRole role, ConfsyncJoin join, gboolean needs_base, const char *live);
/* One that goes on from @state with the documents of @versions, up to a %NULL; @live is one of
 * them or another. */
Probe *probe_new_supplied (ConfsyncJson *state,
                           ConfsyncRole role,
                           gint64 now,
                           const char *live,
                           const char *const *versions);
/* One that goes on from @state with @live as the head of then, which history has; and, up to a
 * %NULL, @versions, which all hold @document. */
Probe *probe_new_seen (ConfsyncJson *state,
                       ConfsyncRole role,
                       gint64 now,
                       const char *live,
                       ConfsyncVersion **versions,
                       ConfsyncDocument *document);
void probe_free (Probe *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Probe, probe_free)

ConfsyncDocument *make_document (const char *text);
/* @actors and @times of the same length; the time is the greatest, the author "other". */
ConfsyncRevision *make_revision (const char *text,
                                 ConfsyncStampKind kind,
                                 guint n,
                                 const guint64 *actors,
                                 const gint64 *times);
/* An edit by one actor. */
ConfsyncRevision *make_edit_by (const char *text, guint64 actor, gint64 time);
/* An edit by one actor on @base. */
ConfsyncRevision *make_edit_on (const char *text, ConfsyncRevision *base, guint64 actor,
                                gint64 time);
ConfsyncJson *probe_save (Probe *self);

/* Takes in what the replica wants. */
void probe_collect (Probe *self);
void probe_clear (Probe *self);
guint probe_count (Probe *self, ConfsyncActionType type, const char *link);
/* The only one of its type (and link, nullable); fails otherwise. */
ConfsyncAction *probe_get (Probe *self, ConfsyncActionType type, const char *link);
ConfsyncAction *probe_get_report (Probe *self, ConfsyncReport report);
guint probe_count_reports (Probe *self, ConfsyncReport report);

void probe_edit (Probe *self, gint64 now, const char *text);
void probe_receive (Probe *self, gint64 now, const char *link, ConfsyncRevision *revision);
void probe_heads (Probe *self, gint64 now, const char *link, ConfsyncRevision *head);
void probe_ack (Probe *self, gint64 now, const char *link, ConfsyncRevision *answered,
                ConfsyncRevision *holds, ConfsyncOutcome outcome);
void probe_applied (Probe *self, gint64 now, const char *displaced, const char *error);
/* Answers the only question there is. */
void probe_answer (Probe *self, gint64 now, ConfsyncAnswer answer, const char *merged);

void probe_link (Probe *self, const char *link);
/* The answer with all that belongs to it. */
void probe_resolve (Probe *self, gint64 now, const ConfsyncResolution *resolution);
/* The only open conflict there is. */
ConfsyncOpenConflict *probe_conflict (Probe *self);
guint probe_count_conflicts (Probe *self);
gboolean probe_settle (Probe *self, gint64 now, const char *id, const char *text);

ConfsyncRevision *probe_head (Probe *self);
void assert_content (ConfsyncRevision *revision, const char *text);
/* The id that own edits are stamped with now. */
guint64 probe_actor (Probe *self);
gint64 time_of (ConfsyncRevision *revision, guint64 actor);
ConfsyncOrder order_of (ConfsyncRevision *a, ConfsyncRevision *b);

G_END_DECLS
