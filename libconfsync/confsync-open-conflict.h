/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * A conflict that waits for a person: what the two sides say, and what both were made from.
 */

#pragma once

#include "confsync-stamp.h"

G_BEGIN_DECLS

#define CONFSYNC_TYPE_OPEN_CONFLICT (confsync_open_conflict_get_type ())

/**
 * ConfsyncOpenConflict:
 *
 * A conflict that no resolver decided, as it stood when it was asked for. Immutable; may be shared
 * between threads.
 *
 * Since: 1.0
 */
typedef struct _ConfsyncOpenConflict ConfsyncOpenConflict;

CONFSYNC_AVAILABLE_IN_1_0
GType confsync_open_conflict_get_type (void);

CONFSYNC_AVAILABLE_IN_1_0
ConfsyncOpenConflict *confsync_open_conflict_ref (ConfsyncOpenConflict *self);

CONFSYNC_AVAILABLE_IN_1_0
void confsync_open_conflict_unref (ConfsyncOpenConflict *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ConfsyncOpenConflict, confsync_open_conflict_unref)

CONFSYNC_AVAILABLE_IN_1_0
const char *confsync_open_conflict_get_id (ConfsyncOpenConflict *self);

CONFSYNC_AVAILABLE_IN_1_0
const char *confsync_open_conflict_get_pointer (ConfsyncOpenConflict *self);

CONFSYNC_AVAILABLE_IN_1_0
ConfsyncJson *confsync_open_conflict_get_base (ConfsyncOpenConflict *self);

CONFSYNC_AVAILABLE_IN_1_0
ConfsyncJson *confsync_open_conflict_get_ours (ConfsyncOpenConflict *self);

CONFSYNC_AVAILABLE_IN_1_0
ConfsyncJson *confsync_open_conflict_get_theirs (ConfsyncOpenConflict *self);

CONFSYNC_AVAILABLE_IN_1_0
ConfsyncStamp *confsync_open_conflict_get_ours_stamp (ConfsyncOpenConflict *self);

CONFSYNC_AVAILABLE_IN_1_0
ConfsyncStamp *confsync_open_conflict_get_theirs_stamp (ConfsyncOpenConflict *self);

CONFSYNC_AVAILABLE_IN_1_0
gint64 confsync_open_conflict_get_since (ConfsyncOpenConflict *self);

CONFSYNC_AVAILABLE_IN_1_0
const char *confsync_open_conflict_get_reason (ConfsyncOpenConflict *self);

G_END_DECLS
