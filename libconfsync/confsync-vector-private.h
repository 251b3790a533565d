/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Version vectors: which edits a content includes. An actor is one life of one store, a random
 * number; its entry is the time of its newest edit that is included. The floor stands for every
 * actor that is not named. Immutable.
 */

#pragma once

#include <glib.h>

#include "confsync-stamp.h"

G_BEGIN_DECLS

typedef struct _ConfsyncVector ConfsyncVector;

/* actor numbers as text: 16 hexadecimal digits */
#define CONFSYNC_ACTOR_TEXT_LENGTH 16
#define CONFSYNC_ACTOR_FORMAT "%016" G_GINT64_MODIFIER "x"

typedef struct
{
  guint64 actor;
  gint64 time; /* microseconds since the Unix epoch */
} ConfsyncVectorEntry;

/* Takes entries in any order; those at or under the floor are left out. */
ConfsyncVector *confsync_vector_new (gint64 floor, const ConfsyncVectorEntry *entries, guint n);
ConfsyncVector *confsync_vector_ref (ConfsyncVector *self);
void confsync_vector_unref (ConfsyncVector *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ConfsyncVector, confsync_vector_unref)

gint64 confsync_vector_get_floor (const ConfsyncVector *self);
guint confsync_vector_get_length (const ConfsyncVector *self);
const ConfsyncVectorEntry *confsync_vector_get_entries (const ConfsyncVector *self);

/* The actor's time, or the floor. */
gint64 confsync_vector_get (const ConfsyncVector *self, guint64 actor);
/* Whether the actor is named. */
gboolean confsync_vector_has (const ConfsyncVector *self, guint64 actor);
/* The greatest time in it, floor included. */
gint64 confsync_vector_get_greatest (const ConfsyncVector *self);

/* Pointwise. */
ConfsyncOrder confsync_vector_compare (const ConfsyncVector *a, const ConfsyncVector *b);
/* A total order that agrees with the pointwise one: floor, then entries by actor. */
int confsync_vector_compare_total (const ConfsyncVector *a, const ConfsyncVector *b);

ConfsyncVector *confsync_vector_set (const ConfsyncVector *self, guint64 actor, gint64 time);
ConfsyncVector *confsync_vector_join (const ConfsyncVector *a, const ConfsyncVector *b);
/* What both include. */
ConfsyncVector *confsync_vector_meet (const ConfsyncVector *a, const ConfsyncVector *b);

/* What an own edit on this base starts from: where more than 64 actors are named, those older than
 * 90 days before the second newest fold into the floor. */
ConfsyncVector *confsync_vector_fold (ConfsyncVector *self);

/* Whether both have the same floor and entries. */
gboolean confsync_vector_equal (const ConfsyncVector *a, const ConfsyncVector *b);

/* floor/0123456789abcdef:1700000000000000,… : equal vectors give equal text. Writes no NUL and
 * returns the length, which is at most that of the first function. */
gsize confsync_vector_get_text_max (const ConfsyncVector *self);
gsize confsync_vector_write_text (const ConfsyncVector *self, char *out);

G_END_DECLS
