/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Making open conflicts, and their form as JSON. Those below a pointer travel with revisions, so
 * whoever reads them checks every part.
 */

#pragma once

#include "confsync-json-builder-private.h"
#include "confsync-open-conflict.h"

G_BEGIN_DECLS

#define CONFSYNC_CONFLICT_ID_LENGTH 8

/* @id is copied; @base, @ours and @theirs are nullable: nothing is there. @reason is cut where it
 * is too long. */
ConfsyncOpenConflict *confsync_open_conflict_new (const char *id,
                                                  const char *pointer,
                                                  ConfsyncJson *base,
                                                  ConfsyncJson *ours,
                                                  ConfsyncJson *theirs,
                                                  ConfsyncStamp *ours_stamp,
                                                  ConfsyncStamp *theirs_stamp,
                                                  gint64 since,
                                                  const char *reason);

/* The id of a conflict between two revisions of these keys at @pointer: the same on every instance,
 * whichever of them is its own. */
char *confsync_open_conflict_make_id (const char *pointer, const char *key, const char *other_key);

/* Whether it is the same conflict, with the same values on both sides. */
gboolean confsync_open_conflict_equal (ConfsyncOpenConflict *a, ConfsyncOpenConflict *b);

/* Adds it as an object, where a value is due. */
void confsync_open_conflict_build (ConfsyncOpenConflict *self, ConfsyncJsonBuilder *builder);
ConfsyncOpenConflict *confsync_open_conflict_new_from_json (ConfsyncJson *json, GError **error);

G_END_DECLS
