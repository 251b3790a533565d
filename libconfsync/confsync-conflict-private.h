/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * What the engine needs of conflicts: making one, and hearing the answer.
 */

#pragma once

#include "confsync-conflict.h"

G_BEGIN_DECLS

typedef enum {
  CONFSYNC_ANSWER_LOCAL,
  CONFSYNC_ANSWER_REMOTE,
  CONFSYNC_ANSWER_MERGED,
  CONFSYNC_ANSWER_DECLINED,
} ConfsyncAnswer;

/* Called once. @merged is there for CONFSYNC_ANSWER_MERGED, @reason (nullable) for
 * CONFSYNC_ANSWER_DECLINED. What else was said is with @conflict. */
typedef void (*ConfsyncAnswerFunc) (ConfsyncConflict *conflict,
                                    ConfsyncAnswer answer,
                                    ConfsyncDocument *merged,
                                    const char *reason,
                                    gpointer user_data);

ConfsyncConflict *confsync_conflict_new (ConfsyncRevision *base,
                                         ConfsyncRevision *local,
                                         ConfsyncRevision *remote,
                                         ConfsyncAnswerFunc function,
                                         gpointer user_data,
                                         GDestroyNotify destroy);

/* A conflict about a part of a document: what a resolver makes of it may well be empty. */
ConfsyncConflict *confsync_conflict_new_part (ConfsyncRevision *base,
                                              ConfsyncRevision *local,
                                              ConfsyncRevision *remote,
                                              ConfsyncAnswerFunc function,
                                              gpointer user_data,
                                              GDestroyNotify destroy);

/* Nobody is interested in the answer any more. */
void confsync_conflict_abandon (ConfsyncConflict *self);

/* What the resolver said beside its answer, for the ConfsyncAnswerFunc. All are valid while the
 * conflict is; the lists end with %NULL, may be empty, and name no place twice. The second list of
 * open places goes with the first: why each one is open. */
const char *const *confsync_conflict_get_overruled (ConfsyncConflict *self);
const char *const *confsync_conflict_get_open (ConfsyncConflict *self);
const char *const *confsync_conflict_get_open_reasons (ConfsyncConflict *self);
const char *confsync_conflict_get_remark (ConfsyncConflict *self); /* (nullable) */

G_END_DECLS
