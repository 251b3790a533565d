/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * What stands for the base of two sides that have several: neither was made of any of these alone.
 * Objects are in one file, arrays by element in the other.
 */

#pragma once

#include "confsync-json-builder-private.h"

G_BEGIN_DECLS

/* More are left out. */
#define CONFSYNC_JSON_BASES_MAX 16

/* The base for a merge of @one and @other, both of which include all of @bases. A side that has in
 * some place what one of the bases has there didn't change it, so there the other side's value
 * stands; where that is true of both, @joined decides, a merge of the bases: the one that differs
 * from it was changed. It doesn't matter which side is @one. */
ConfsyncJson *confsync_json_make_base (ConfsyncJson *const *bases,
                                       guint n_bases,
                                       ConfsyncJson *joined,
                                       ConfsyncJson *one,
                                       ConfsyncJson *other);

/*< inside >*/

/* One place; what isn't there is %NULL. */
typedef struct
{
  const ConfsyncCursor *one, *other;
  const ConfsyncCursor *bases[CONFSYNC_JSON_BASES_MAX + 1]; /* the first is the joined one */
  guint n_bases;
} ConfsyncBasePlace;

/* Room for what the pointers of a place point to. */
typedef struct
{
  ConfsyncCursor one, other;
  ConfsyncCursor bases[CONFSYNC_JSON_BASES_MAX + 1];
} ConfsyncBaseRoom;

/* One of the values there, as a whole (nullable) */
const ConfsyncCursor *confsync_base_pick (const ConfsyncBasePlace *self);
/* These append to the builder; both sides are there. */
void confsync_base_append_objects (ConfsyncJsonBuilder *builder, const ConfsyncBasePlace *self);
/* %FALSE, and nothing is appended, where the elements don't name themselves */
gboolean confsync_base_append_arrays (ConfsyncJsonBuilder *builder, const ConfsyncBasePlace *self);

G_END_DECLS
