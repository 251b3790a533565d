/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Makes events for people of what a driver does. An event that names a version waits until the
 * version has its name, and those after it wait behind it, so that they come in order.
 */

#pragma once

#include "confsync-action-private.h"
#include "confsync-clock.h"
#include "confsync-event.h"

G_BEGIN_DECLS

typedef struct _ConfsyncReporter ConfsyncReporter;

/* What may be wrong with the live configuration. */
typedef enum {
  CONFSYNC_PROBLEM_NONE,
  CONFSYNC_PROBLEM_WAITING,
  CONFSYNC_PROBLEM_INVALID,
  CONFSYNC_PROBLEM_UNREADABLE,
} ConfsyncProblem;

/* @details is not floating. */
typedef void (*ConfsyncReportFunc) (ConfsyncLevel level,
                                    const char *kind,
                                    GVariant *details,
                                    gpointer user_data);

ConfsyncReporter *confsync_reporter_new (ConfsyncClock *clock,
                                         ConfsyncReportFunc function,
                                         gpointer user_data);
void confsync_reporter_free (ConfsyncReporter *self);

/* The instance id, so that what was found here is told from what was found elsewhere. */
void confsync_reporter_set_own_id (ConfsyncReporter *self, const char *id);

/* A version of the revision is being kept, and has been (@version is %NULL where that failed). */
void confsync_reporter_keeping (ConfsyncReporter *self, ConfsyncRevision *revision);
void confsync_reporter_kept (ConfsyncReporter *self,
                             ConfsyncRevision *revision,
                             const char *version);
/* Lets out all that waits for a version's name, without it. */
void confsync_reporter_wait_no_more (ConfsyncReporter *self);

/* A report of the replica; @peer is who is at the other end of its link (nullable), @elapsed the
 * time since something came in from there, in µs (-1: nothing did). */
void confsync_reporter_take (ConfsyncReporter *self,
                             ConfsyncAction *action,
                             const char *peer,
                             gint64 elapsed);

void confsync_reporter_failed (ConfsyncReporter *self, const char *what, const char *reason);
/* What is done again and again: its failure (@error is not %NULL) is told once, until it works or
 * fails otherwise. */
void confsync_reporter_outcome (ConfsyncReporter *self, const char *what, const GError *error);
/* A conflict waits; @is_news: or did so in an earlier life, so that nobody may know of it now. */
void confsync_reporter_conflict (ConfsyncReporter *self,
                                 ConfsyncOpenConflict *conflict,
                                 gboolean is_news);
/* Why a change could not be applied the last time; %NULL where it could. */
const char *confsync_reporter_get_failure (ConfsyncReporter *self);
/* Why what is done again and again failed the last time, in a sentence for people (transfer full);
 * %NULL where all of it works. */
char *confsync_reporter_dup_degraded (ConfsyncReporter *self);
/* The live configuration was gone, and is back. */
void confsync_reporter_restored (ConfsyncReporter *self, const char *path);
/* What could not be applied came in another way, or nobody wants it any more. */
void confsync_reporter_nothing_to_apply (ConfsyncReporter *self);
/* Why what is done again and again failed the last time, in a sentence for people (transfer full);
 * %NULL where all of it works. */
char *confsync_reporter_dup_degraded (ConfsyncReporter *self);
/* A trial of what @author made has come so far; @timeout is in µs, @reason nullable. */
void confsync_reporter_trial (ConfsyncReporter *self,
                              const char *outcome,
                              const char *hash,
                              const char *author,
                              gint64 timeout,
                              const char *reason);
void confsync_reporter_refused (ConfsyncReporter *self, const char *remote, const char *reason);
void confsync_reporter_notice (ConfsyncReporter *self, ConfsyncLevel level, const char *message);

/* What is wrong with the live configuration: told once, until it is something else. */
void confsync_reporter_waiting (ConfsyncReporter *self,
                                const char *path,
                                const char *reason,
                                gboolean is_warning);
void confsync_reporter_invalid (ConfsyncReporter *self, const char *reason);
/* It is refused by validation; @stays: it is the head, and has been accepted before. */
void confsync_reporter_vetoed (ConfsyncReporter *self, const char *reason, gboolean stays);
void confsync_reporter_unreadable (ConfsyncReporter *self, const char *reason);
void confsync_reporter_all_well (ConfsyncReporter *self);
/* The last of these; @reason is borrowed, and %NULL where all is well. */
ConfsyncProblem confsync_reporter_get_problem (ConfsyncReporter *self, const char **reason);

G_END_DECLS
