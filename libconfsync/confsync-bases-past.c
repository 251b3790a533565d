/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Conflicts of the past. Two edits of one member, neither of which knew the other, are merged
 * twice, in different company: here one of them wins, there the other. Whoever edits the member
 * then knew both, so the other value must not win once more, although the base has the one that
 * was edited.
 */

#include "config.h"

#include "confsync-bases-private.h"

#include "confsync-json-builder-private.h"
#include "confsync-revision-private.h"

/* A merge that is about to be done. */
typedef struct
{
  ConfsyncJson *base; /* (owned) */
  ConfsyncJson *one, *other;
  GHashTable *conflicts; /* (owned): pointers that it would find */
} Plan;

static ConfsyncJson *
json_of (ConfsyncRevision *revision)
{
  return confsync_document_get_json (confsync_revision_get_document (revision));
}

static void
find_conflicts (Plan *self)
{
  g_auto (GStrv) pointers = NULL;
  g_autoptr (ConfsyncJson) merged =
    confsync_json_merge (self->base, self->one, self->other, &pointers);

  self->conflicts = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  for (char **pointer = pointers; *pointer != NULL; pointer++)
    g_hash_table_add (self->conflicts, g_strdup (*pointer));
}

/* whether two have the same in one place, or both nothing */
static gboolean
agree (ConfsyncJson *a, ConfsyncJson *b, const char *pointer)
{
  g_autoptr (ConfsyncJson) at_a = confsync_json_lookup (a, pointer, NULL);
  g_autoptr (ConfsyncJson) at_b = confsync_json_lookup (b, pointer, NULL);

  return at_a != NULL && at_b != NULL ? confsync_json_equal (at_a, at_b) : at_a == at_b;
}

static ConfsyncJson *
remove_at (ConfsyncJson *json, const char *pointer)
{
  g_autoptr (ConfsyncJsonBuilder) builder = confsync_json_builder_new (NULL);
  g_autoptr (ConfsyncJson) patch = NULL;

  confsync_json_builder_begin_array (builder);
  confsync_json_builder_begin_object (builder);
  confsync_json_builder_name (builder, "op");
  confsync_json_builder_string (builder, "remove");
  confsync_json_builder_name (builder, "path");
  confsync_json_builder_string (builder, pointer);
  confsync_json_builder_close (builder);
  confsync_json_builder_close (builder);
  patch = confsync_json_builder_end (builder, NULL);
  return confsync_json_patch (json, patch, NULL);
}

/* The base has there what @old has. */
static void
set_base (Plan *self, const char *pointer, ConfsyncJson *old)
{
  g_autoptr (ConfsyncJson) value = confsync_json_lookup (old, pointer, NULL);
  ConfsyncJson *base = value != NULL ? confsync_json_put (self->base, pointer, value, NULL)
                                     : remove_at (self->base, pointer);

  /* there may be nothing to put it into: then the conflict stays one */
  if (base == NULL)
    return;
  confsync_json_unref (self->base);
  self->base = base;
}

/* @a and @b were in conflict there; one of them is what the base came to. */
static void
settle (Plan *self, const char *pointer, ConfsyncJson *a, ConfsyncJson *b)
{
  gboolean one, other;

  if (!agree (self->base, a, pointer) && !agree (self->base, b, pointer))
    return;
  one = agree (self->one, a, pointer) || agree (self->one, b, pointer);
  other = agree (self->other, a, pointer) || agree (self->other, b, pointer);
  if (one != other)
    set_base (self, pointer, one ? self->one : self->other);
}

static void
look_at_pair (Plan *self, GPtrArray *known, ConfsyncRevision *a, ConfsyncRevision *b, guint *merges)
{
  g_autoptr (GPtrArray) below = confsync_bases_find_below (known, confsync_revision_get_stamp (a),
                                                           confsync_revision_get_stamp (b));
  g_auto (GStrv) pointers = NULL;
  g_autoptr (ConfsyncJson) base = NULL;
  g_autoptr (ConfsyncJson) merged = NULL;

  (*merges)++;
  if (below->len == 0)
    return;
  base = confsync_bases_merge (known, below, merges);
  merged = confsync_json_merge (base, json_of (a), json_of (b), &pointers);
  for (char **pointer = pointers; *pointer != NULL; pointer++)
    if (g_hash_table_contains (self->conflicts, *pointer))
      settle (self, *pointer, json_of (a), json_of (b));
}

/* The bases, what they were made from, and so on. */
static GPtrArray *
list_past (GPtrArray *known, GPtrArray *bases)
{
  GPtrArray *past = g_ptr_array_new_with_free_func ((GDestroyNotify) confsync_revision_unref);

  for (guint i = 0; i < bases->len; i++)
    g_ptr_array_add (past, confsync_revision_ref (bases->pdata[i]));
  for (guint i = 0; i < past->len; i++)
    {
      ConfsyncStamp *stamp = confsync_revision_get_stamp (past->pdata[i]);
      g_autoptr (GPtrArray) below = confsync_bases_find_below (known, stamp, stamp);

      for (guint j = 0; j < below->len && past->len < CONFSYNC_BASES_MAX; j++)
        if (!g_ptr_array_find_with_equal_func (past, below->pdata[j],
                                               (GEqualFunc) confsync_revision_same, NULL))
          g_ptr_array_add (past, confsync_revision_ref (below->pdata[j]));
    }
  return past;
}

static gboolean
are_concurrent (ConfsyncRevision *a, ConfsyncRevision *b)
{
  return confsync_stamp_compare (confsync_revision_get_stamp (a),
                                 confsync_revision_get_stamp (b)) == CONFSYNC_ORDER_CONCURRENT;
}

ConfsyncJson *
confsync_bases_settle (GPtrArray *known,
                       GPtrArray *bases,
                       ConfsyncJson *base,
                       ConfsyncJson *one,
                       ConfsyncJson *other)
{
  Plan self = { confsync_json_ref (base), one, other, NULL };
  g_autoptr (GPtrArray) past = NULL;
  guint merges = 0;

  find_conflicts (&self);
  past = g_hash_table_size (self.conflicts) > 0 ? list_past (known, bases) : g_ptr_array_new ();
  for (guint j = 1; j < past->len; j++)
    for (guint i = 0; i < j && merges < CONFSYNC_BASES_MERGES_MAX; i++)
      if (are_concurrent (past->pdata[i], past->pdata[j]))
        look_at_pair (&self, known, past->pdata[i], past->pdata[j], &merges);
  g_hash_table_unref (self.conflicts);
  return self.base;
}
