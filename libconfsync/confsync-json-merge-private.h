/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * What the two files of the merge share: values and objects in one, arrays by element in the other.
 */

#pragma once

#include "confsync-json-builder-private.h"

G_BEGIN_DECLS

typedef struct {
  ConfsyncJsonBuilder *builder; /* of the result */
  GString *path;                /* of the values being merged */
  GPtrArray *conflicts;         /* (element-type utf8) */
  gsize conflict_bytes;         /* of all that there were */
} ConfsyncMerge;

/* the three versions of one value; %NULL where it's absent */
typedef struct {
  const ConfsyncCursor *base, *ours, *theirs;
} ConfsyncSides;

gboolean confsync_merge_same (const ConfsyncCursor *a, const ConfsyncCursor *b);
/* at the path */
void confsync_merge_note_conflict (ConfsyncMerge *self);
/* one of the versions as a whole, or %NULL for absence; notes a conflict */
const ConfsyncCursor *confsync_merge_pick (ConfsyncMerge *self, const ConfsyncSides *sides);

/* these append to the builder; ours and theirs are there */
void confsync_merge_values (ConfsyncMerge *self, const ConfsyncSides *sides);
void confsync_merge_objects (ConfsyncMerge *self, const ConfsyncSides *sides);
/* %FALSE, and nothing is appended, where the elements don't name themselves */
gboolean confsync_merge_arrays (ConfsyncMerge *self, const ConfsyncSides *sides);

G_END_DECLS
