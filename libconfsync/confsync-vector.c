/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Version vectors, as sorted arrays: the pointwise comparison, the join and the folding of what is
 * long past. A vector names what the content includes, nothing else.
 */

#include "config.h"

#include "confsync-vector-private.h"

#include <stdlib.h>
#include <string.h>

#include "confsync-double-private.h"

#define FOLD_MIN_ENTRIES 64
#define FOLD_AGE_US (90 * G_TIME_SPAN_DAY)

struct _ConfsyncVector
{
  gint64 floor;
  guint n;
  ConfsyncVectorEntry entries[]; /* sorted by actor, each above the floor */
};

static int
compare_actors (gconstpointer a, gconstpointer b)
{
  guint64 x = ((const ConfsyncVectorEntry *) a)->actor;
  guint64 y = ((const ConfsyncVectorEntry *) b)->actor;

  return (x > y) - (x < y);
}

static ConfsyncVector *
vector_alloc (gint64 floor, guint n)
{
  gsize size = sizeof (ConfsyncVector) + n * sizeof (ConfsyncVectorEntry);
  ConfsyncVector *self = g_atomic_rc_box_alloc (size);

  self->floor = floor;
  self->n = 0;
  return self;
}

static gboolean
is_sorted (const ConfsyncVector *self)
{
  for (guint i = 1; i < self->n; i++)
    if (self->entries[i - 1].actor > self->entries[i].actor)
      return FALSE;
  return TRUE;
}

ConfsyncVector *
confsync_vector_new (gint64 floor, const ConfsyncVectorEntry *entries, guint n)
{
  ConfsyncVector *self = vector_alloc (floor, n);

  for (guint i = 0; i < n; i++)
    if (entries[i].time > floor)
      self->entries[self->n++] = entries[i];
  /* those that were read are sorted already */
  if (!is_sorted (self))
    qsort (self->entries, self->n, sizeof (ConfsyncVectorEntry), compare_actors);
  return self;
}

ConfsyncVector *
confsync_vector_ref (ConfsyncVector *self)
{
  return g_atomic_rc_box_acquire (self);
}

void
confsync_vector_unref (ConfsyncVector *self)
{
  g_atomic_rc_box_release (self);
}

gint64
confsync_vector_get_floor (const ConfsyncVector *self)
{
  return self->floor;
}

guint
confsync_vector_get_length (const ConfsyncVector *self)
{
  return self->n;
}

const ConfsyncVectorEntry *
confsync_vector_get_entries (const ConfsyncVector *self)
{
  return self->entries;
}

static const ConfsyncVectorEntry *
find (const ConfsyncVector *self, guint64 actor)
{
  ConfsyncVectorEntry key = { .actor = actor };

  return bsearch (&key, self->entries, self->n, sizeof key, compare_actors);
}

gint64
confsync_vector_get (const ConfsyncVector *self, guint64 actor)
{
  const ConfsyncVectorEntry *entry = find (self, actor);

  return entry != NULL ? entry->time : self->floor;
}

gboolean
confsync_vector_has (const ConfsyncVector *self, guint64 actor)
{
  return find (self, actor) != NULL;
}

gint64
confsync_vector_get_greatest (const ConfsyncVector *self)
{
  gint64 greatest = self->floor;

  for (guint i = 0; i < self->n; i++)
    greatest = MAX (greatest, self->entries[i].time);
  return greatest;
}

/* Walks two vectors side by side: gives the times of the next actor that either of them names. */
typedef struct
{
  const ConfsyncVector *a, *b;
  guint i, j;
  guint64 actor;
  gint64 time_a, time_b;
} Pairs;

static inline gboolean
pairs_next (Pairs *p)
{
  gboolean in_a = p->i < p->a->n, in_b = p->j < p->b->n;

  if (!in_a && !in_b)
    return FALSE;

  if (in_a && in_b && p->a->entries[p->i].actor != p->b->entries[p->j].actor)
    {
      in_a = p->a->entries[p->i].actor < p->b->entries[p->j].actor;
      in_b = !in_a;
    }
  p->actor = in_a ? p->a->entries[p->i].actor : p->b->entries[p->j].actor;
  p->time_a = in_a ? p->a->entries[p->i++].time : p->a->floor;
  p->time_b = in_b ? p->b->entries[p->j++].time : p->b->floor;
  return TRUE;
}

ConfsyncOrder
confsync_vector_compare (const ConfsyncVector *a, const ConfsyncVector *b)
{
  Pairs pairs = { .a = a, .b = b };
  gboolean more = a->floor > b->floor, less = a->floor < b->floor;

  if (a == b)
    return CONFSYNC_ORDER_EQUAL;
  while (!(more && less) && pairs_next (&pairs))
    {
      more |= pairs.time_a > pairs.time_b;
      less |= pairs.time_a < pairs.time_b;
    }
  if (more && less)
    return CONFSYNC_ORDER_CONCURRENT;
  return more ? CONFSYNC_ORDER_AFTER : less ? CONFSYNC_ORDER_BEFORE : CONFSYNC_ORDER_EQUAL;
}

int
confsync_vector_compare_total (const ConfsyncVector *a, const ConfsyncVector *b)
{
  Pairs pairs = { .a = a, .b = b };

  if (a->floor != b->floor)
    return a->floor > b->floor ? 1 : -1;
  while (pairs_next (&pairs))
    if (pairs.time_a != pairs.time_b)
      return pairs.time_a > pairs.time_b ? 1 : -1;
  return 0;
}

ConfsyncVector *
confsync_vector_set (const ConfsyncVector *self, guint64 actor, gint64 time)
{
  ConfsyncVector *result = vector_alloc (self->floor, self->n + 1);
  guint i = 0;

  for (; i < self->n && self->entries[i].actor < actor; i++)
    result->entries[result->n++] = self->entries[i];
  if (time > self->floor)
    result->entries[result->n++] = (ConfsyncVectorEntry) { actor, time };
  if (i < self->n && self->entries[i].actor == actor)
    i++;
  for (; i < self->n; i++)
    result->entries[result->n++] = self->entries[i];
  return result;
}

/* The greater time of each actor, or the smaller one. */
static ConfsyncVector *
combine (const ConfsyncVector *a, const ConfsyncVector *b, gboolean greater)
{
  Pairs pairs = { .a = a, .b = b };
  gint64 floor = greater ? MAX (a->floor, b->floor) : MIN (a->floor, b->floor);
  ConfsyncVector *result = vector_alloc (floor, a->n + b->n);

  while (pairs_next (&pairs))
    {
      gint64 time =
        greater ? MAX (pairs.time_a, pairs.time_b) : MIN (pairs.time_a, pairs.time_b);

      if (time > result->floor)
        result->entries[result->n++] = (ConfsyncVectorEntry) { pairs.actor, time };
    }
  return result;
}

ConfsyncVector *
confsync_vector_join (const ConfsyncVector *a, const ConfsyncVector *b)
{
  return combine (a, b, TRUE);
}

ConfsyncVector *
confsync_vector_meet (const ConfsyncVector *a, const ConfsyncVector *b)
{
  return combine (a, b, FALSE);
}

/* The second newest is the yardstick, so that one wrong clock can't fold everybody else. */
static gint64
second_newest (const ConfsyncVector *self)
{
  gint64 first = self->floor, second = self->floor;

  for (guint i = 0; i < self->n; i++)
    {
      gint64 time = self->entries[i].time;

      if (time > first)
        {
          second = first;
          first = time;
        }
      else if (time > second)
        second = time;
    }
  return second;
}

ConfsyncVector *
confsync_vector_fold (ConfsyncVector *self)
{
  gint64 cutoff, floor = self->floor;

  if (self->n <= FOLD_MIN_ENTRIES)
    return confsync_vector_ref (self);

  cutoff = second_newest (self) - FOLD_AGE_US;
  for (guint i = 0; i < self->n; i++)
    if (self->entries[i].time < cutoff)
      floor = MAX (floor, self->entries[i].time);
  return confsync_vector_new (floor, self->entries, self->n);
}

gboolean
confsync_vector_equal (const ConfsyncVector *a, const ConfsyncVector *b)
{
  return a == b || (a->floor == b->floor && a->n == b->n &&
                    memcmp (a->entries, b->entries, a->n * sizeof *a->entries) == 0);
}

gsize
confsync_vector_get_text_max (const ConfsyncVector *self)
{
  return CONFSYNC_DIGITS_MAX + 1 +
         self->n * (gsize) (CONFSYNC_ACTOR_TEXT_LENGTH + CONFSYNC_DIGITS_MAX + 2);
}

gsize
confsync_vector_write_text (const ConfsyncVector *self, char *out)
{
  char *o = out;

  o += confsync_digits_write ((guint64) self->floor, o);
  *o++ = '/';
  for (guint i = 0; i < self->n; i++)
    {
      confsync_hex_write (self->entries[i].actor, CONFSYNC_ACTOR_TEXT_LENGTH, o);
      o += CONFSYNC_ACTOR_TEXT_LENGTH;
      *o++ = ':';
      o += confsync_digits_write ((guint64) self->entries[i].time, o);
      *o++ = ',';
    }
  return (gsize) (o - out);
}
