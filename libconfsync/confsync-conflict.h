/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Two concurrent revisions that somebody has to decide between: the request that a resolver
 * answers, now or later.
 */

#pragma once

#include "confsync-revision.h"

G_BEGIN_DECLS

#define CONFSYNC_TYPE_CONFLICT (confsync_conflict_get_type ())

/**
 * ConfsyncConflict:
 *
 * A local and a remote revision, neither of which includes the other. It is answered at most once,
 * in the manager's thread; dropping the last reference unanswered declines.
 *
 * Since: 1.0
 */
typedef struct _ConfsyncConflict ConfsyncConflict;

CONFSYNC_AVAILABLE_IN_1_0
GType confsync_conflict_get_type (void);

CONFSYNC_AVAILABLE_IN_1_0
ConfsyncConflict *confsync_conflict_ref (ConfsyncConflict *self);

CONFSYNC_AVAILABLE_IN_1_0
void confsync_conflict_unref (ConfsyncConflict *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ConfsyncConflict, confsync_conflict_unref)

CONFSYNC_AVAILABLE_IN_1_0
ConfsyncRevision *confsync_conflict_get_base (ConfsyncConflict *self);

CONFSYNC_AVAILABLE_IN_1_0
ConfsyncRevision *confsync_conflict_get_local (ConfsyncConflict *self);

CONFSYNC_AVAILABLE_IN_1_0
ConfsyncRevision *confsync_conflict_get_remote (ConfsyncConflict *self);

CONFSYNC_AVAILABLE_IN_1_0
void confsync_conflict_add_overruled (ConfsyncConflict *self, const char *pointer);

CONFSYNC_AVAILABLE_IN_1_0
void confsync_conflict_add_open (ConfsyncConflict *self, const char *pointer, const char *reason);

CONFSYNC_AVAILABLE_IN_1_0
void confsync_conflict_set_remark (ConfsyncConflict *self, const char *remark);

CONFSYNC_AVAILABLE_IN_1_0
void confsync_conflict_take_local (ConfsyncConflict *self);

CONFSYNC_AVAILABLE_IN_1_0
void confsync_conflict_take_remote (ConfsyncConflict *self);

CONFSYNC_AVAILABLE_IN_1_0
void confsync_conflict_take_merged (ConfsyncConflict *self, ConfsyncDocument *document);

CONFSYNC_AVAILABLE_IN_1_0
void confsync_conflict_decline (ConfsyncConflict *self, const char *reason);

G_END_DECLS
