/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * The inside of a reporter, shared by the files that it is written in: how events go out, and what
 * is said of each report of the replica.
 */

#pragma once

#include "confsync-reporter-private.h"

G_BEGIN_DECLS

struct _ConfsyncReporter
{
  ConfsyncClock *clock; /* (owned) */
  ConfsyncReportFunc function;
  gpointer user_data;
  char *own_id;         /* (nullable) before it is decided */
  GQueue pending;       /* of events that are not out yet */
  GHashTable *keeping;  /* of ConfsyncRevision, by pointer */
  gint64 changed_at;    /* µs, monotonic: the last own edit */
  ConfsyncProblem problem; /* of the live configuration: the last one */
  char *problem_reason;    /* (nullable) */
  GHashTable *failures; /* what can't be done now: why */
};

/* A path, and so a reason that names it, may be no UTF-8, which a variant must be. */
void confsync_reporter_insert_text (GVariantDict *details, const char *name, const char *text);

/* Takes @details; @revision is what the event's version is of (nullable). */
void confsync_reporter_emit (ConfsyncReporter *self,
                             ConfsyncLevel level,
                             const char *kind,
                             GVariantDict *details,
                             ConfsyncRevision *revision);

/* Whether it is news; remembers it. @reason is %NULL where it worked. */
gboolean confsync_reporter_note_outcome (ConfsyncReporter *self,
                                         const char *what,
                                         const char *reason);

G_END_DECLS
