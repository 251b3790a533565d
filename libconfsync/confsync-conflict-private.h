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
 * CONFSYNC_ANSWER_DECLINED. */
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

/* Nobody is interested in the answer any more. */
void confsync_conflict_abandon (ConfsyncConflict *self);

G_END_DECLS
