/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Bases, by their stamps, and the content that stands for several.
 */

#include "config.h"

#include "confsync-bases-private.h"

#include "confsync-json-base-private.h"
#include "confsync-revision-private.h"
#include "confsync-stamp-private.h"

G_STATIC_ASSERT (CONFSYNC_BASES_MAX <= CONFSYNC_JSON_BASES_MAX);

static gboolean
is_within (ConfsyncStamp *stamp, ConfsyncStamp *other)
{
  ConfsyncOrder order = confsync_stamp_compare (stamp, other);

  return order == CONFSYNC_ORDER_BEFORE || order == CONFSYNC_ORDER_EQUAL;
}

static gboolean
is_before (ConfsyncStamp *stamp, ConfsyncStamp *other)
{
  return confsync_stamp_compare (stamp, other) == CONFSYNC_ORDER_BEFORE;
}

/* The strongest first. */
static int
compare_names (const ConfsyncBaseName *a, const ConfsyncBaseName *b)
{
  int order = confsync_stamp_compare_total (b->stamp, a->stamp);

  return order != 0 ? order : strcmp (b->hash, a->hash);
}

/* Selecting, among numbers of names */

typedef struct
{
  const ConfsyncBaseName *names;
  GArray *within; /* (owned): of both sides */
} Names;

static const ConfsyncBaseName *
name_at (const Names *self, GArray *numbers, guint i)
{
  return &self->names[g_array_index (numbers, guint, i)];
}

/* Whether @greatest has it, or one that includes it. */
static gboolean
is_exceeded (const Names *self, GArray *greatest, const ConfsyncBaseName *name)
{
  for (guint i = 0; i < greatest->len; i++)
    {
      const ConfsyncBaseName *other = name_at (self, greatest, i);

      if (is_before (name->stamp, other->stamp) || compare_names (name, other) == 0)
        return TRUE;
    }
  return FALSE;
}

/* Twins, two merges of the same edits, stay both. */
static void
add_greatest (const Names *self, GArray *greatest, guint number)
{
  const ConfsyncBaseName *name = &self->names[number];

  if (is_exceeded (self, greatest, name))
    return;
  for (guint i = greatest->len; i-- > 0;)
    if (is_before (name_at (self, greatest, i)->stamp, name->stamp))
      g_array_remove_index_fast (greatest, i);
  g_array_append_val (greatest, number);
}

static int
compare_numbers_cb (gconstpointer a, gconstpointer b, gpointer names)
{
  const ConfsyncBaseName *all = names;

  return compare_names (&all[*(const guint *) a], &all[*(const guint *) b]);
}

/* Those that no other one includes. */
static GArray *
keep_greatest (const Names *self, GArray *numbers)
{
  GArray *greatest = g_array_new (FALSE, FALSE, sizeof (guint));

  for (guint i = 0; i < numbers->len; i++)
    add_greatest (self, greatest, g_array_index (numbers, guint, i));
  g_array_sort_with_data (greatest, compare_numbers_cb, (gpointer) self->names);
  if (greatest->len > CONFSYNC_BASES_MAX)
    g_array_set_size (greatest, CONFSYNC_BASES_MAX);
  return greatest;
}

/* What two of them were made from. */
static GArray *
find_below (const Names *self, ConfsyncStamp *a, ConfsyncStamp *b)
{
  g_autoptr (GArray) below = g_array_new (FALSE, FALSE, sizeof (guint));

  for (guint i = 0; i < self->within->len; i++)
    {
      const ConfsyncBaseName *name = name_at (self, self->within, i);

      if (is_before (name->stamp, a) && is_before (name->stamp, b))
        g_array_append_val (below, g_array_index (self->within, guint, i));
    }
  return keep_greatest (self, below);
}

static void
add_new (const Names *self, GArray *selected, GArray *more)
{
  for (guint i = 0; i < more->len && selected->len < CONFSYNC_BASES_MAX; i++)
    {
      gboolean known = FALSE;

      for (guint j = 0; j < selected->len && !known; j++)
        known = compare_names (name_at (self, more, i), name_at (self, selected, j)) == 0;
      if (!known)
        g_array_append_val (selected, g_array_index (more, guint, i));
    }
}

GArray *
confsync_bases_select (const ConfsyncBaseName *names,
                       guint n_names,
                       ConfsyncStamp *a,
                       ConfsyncStamp *b)
{
  g_autoptr (GArray) within = g_array_new (FALSE, FALSE, sizeof (guint));
  const Names self = { names, within };
  GArray *selected;

  for (guint i = 0; i < n_names; i++)
    if (names[i].stamp != NULL && is_within (names[i].stamp, a) && is_within (names[i].stamp, b))
      g_array_append_val (within, i);
  selected = keep_greatest (&self, within);
  for (guint j = 1; j < selected->len; j++)
    for (guint i = 0; i < j; i++)
      {
        g_autoptr (GArray) below = find_below (&self, name_at (&self, selected, i)->stamp,
                                               name_at (&self, selected, j)->stamp);

        add_new (&self, selected, below);
      }
  return selected;
}

/* The same with revisions */

static GPtrArray *
new_list (void)
{
  return g_ptr_array_new_with_free_func ((GDestroyNotify) confsync_revision_unref);
}

static ConfsyncBaseName *
name_all (GPtrArray *known)
{
  ConfsyncBaseName *names = g_new (ConfsyncBaseName, known->len);

  for (guint i = 0; i < known->len; i++)
    names[i] = (ConfsyncBaseName){ confsync_revision_get_stamp (known->pdata[i]),
                                   confsync_revision_get_hash (known->pdata[i]) };
  return names;
}

static GPtrArray *
take_all (GPtrArray *known, GArray *numbers)
{
  GPtrArray *list = new_list ();

  for (guint i = 0; i < numbers->len; i++)
    g_ptr_array_add (list,
                     confsync_revision_ref (known->pdata[g_array_index (numbers, guint, i)]));
  return list;
}

GPtrArray *
confsync_bases_gather (GPtrArray *known, ConfsyncStamp *a, ConfsyncStamp *b)
{
  g_autofree ConfsyncBaseName *names = name_all (known);
  g_autoptr (GArray) numbers = confsync_bases_select (names, known->len, a, b);

  return take_all (known, numbers);
}

static GPtrArray *
find_greatest (GPtrArray *known,
               ConfsyncStamp *a,
               ConfsyncStamp *b,
               gboolean (*is_base) (ConfsyncStamp *stamp, ConfsyncStamp *side))
{
  g_autofree ConfsyncBaseName *names = name_all (known);
  g_autoptr (GArray) within = g_array_new (FALSE, FALSE, sizeof (guint));
  g_autoptr (GArray) greatest = NULL;
  const Names self = { names, within };

  for (guint i = 0; i < known->len; i++)
    if (is_base (names[i].stamp, a) && is_base (names[i].stamp, b))
      g_array_append_val (within, i);
  greatest = keep_greatest (&self, within);
  return take_all (known, greatest);
}

GPtrArray *
confsync_bases_find (GPtrArray *known, ConfsyncStamp *a, ConfsyncStamp *b)
{
  return find_greatest (known, a, b, is_within);
}

GPtrArray *
confsync_bases_find_below (GPtrArray *known, ConfsyncStamp *a, ConfsyncStamp *b)
{
  return find_greatest (known, a, b, is_before);
}

gboolean
confsync_bases_are_whole (GPtrArray *bases, ConfsyncStamp *a, ConfsyncStamp *b)
{
  g_autoptr (ConfsyncVector) common =
    confsync_vector_meet (confsync_stamp_get_vector (a), confsync_stamp_get_vector (b));
  g_autoptr (ConfsyncVector) all = NULL;

  for (guint i = 0; i < bases->len; i++)
    {
      ConfsyncVector *vector =
        confsync_stamp_get_vector (confsync_revision_get_stamp (bases->pdata[i]));
      g_autoptr (ConfsyncVector) before = g_steal_pointer (&all);

      all = before != NULL ? confsync_vector_join (before, vector) : confsync_vector_ref (vector);
    }
  return all != NULL && confsync_vector_compare (all, common) == CONFSYNC_ORDER_EQUAL;
}

/* Merging */

static ConfsyncJson *
json_of (ConfsyncRevision *revision)
{
  return confsync_document_get_json (confsync_revision_get_document (revision));
}

static ConfsyncStamp *
join_stamps (ConfsyncStamp *a, ConfsyncStamp *b)
{
  g_autoptr (ConfsyncVector) vector =
    confsync_vector_join (confsync_stamp_get_vector (a), confsync_stamp_get_vector (b));

  return confsync_stamp_with_vector (a, vector);
}

/* Merges all of them, the strongest first, each with what it and those before it were made from.
 * What is below is strictly less than what is above, so this ends. */
ConfsyncJson *
confsync_bases_merge (GPtrArray *known, GPtrArray *bases, guint *merges)
{
  g_autoptr (ConfsyncJson) joined = confsync_json_ref (json_of (bases->pdata[0]));
  g_autoptr (ConfsyncStamp) stamp =
    confsync_stamp_ref (confsync_revision_get_stamp (bases->pdata[0]));

  for (guint i = 1; i < bases->len && *merges < CONFSYNC_BASES_MERGES_MAX; i++)
    {
      ConfsyncStamp *next = confsync_revision_get_stamp (bases->pdata[i]);
      g_autoptr (GPtrArray) below = confsync_bases_find_below (known, stamp, next);
      g_autoptr (ConfsyncJson) base = NULL;
      g_autoptr (ConfsyncJson) before = g_steal_pointer (&joined);
      g_autoptr (ConfsyncStamp) stamp_before = g_steal_pointer (&stamp);

      (*merges)++;
      base = below->len > 0 ? confsync_bases_merge (known, below, merges) : NULL;
      joined = confsync_json_merge (base, before, json_of (bases->pdata[i]), NULL);
      stamp = join_stamps (stamp_before, next);
    }
  return g_steal_pointer (&joined);
}

/* What stands for several. */
static ConfsyncJson *
make_of_several (GPtrArray *known, GPtrArray *bases, ConfsyncJson *one, ConfsyncJson *other)
{
  ConfsyncJson *all[CONFSYNC_BASES_MAX];
  guint merges = 0;
  g_autoptr (ConfsyncJson) joined = confsync_bases_merge (known, bases, &merges);

  for (guint i = 0; i < bases->len; i++)
    all[i] = json_of (bases->pdata[i]);
  return confsync_json_make_base (all, bases->len, joined, one, other);
}

/* A content that is no revision of anybody, as one: it includes what both sides do. */
static ConfsyncRevision *
name_base (ConfsyncJson *json, GPtrArray *bases, ConfsyncRevision *a, ConfsyncRevision *b)
{
  g_autoptr (ConfsyncDocument) document = confsync_document_new_from_json (json, NULL);
  g_autoptr (ConfsyncVector) vector = confsync_vector_meet (
    confsync_stamp_get_vector (confsync_revision_get_stamp (a)),
    confsync_stamp_get_vector (confsync_revision_get_stamp (b)));
  g_autoptr (ConfsyncStamp) stamp =
    confsync_stamp_with_vector (confsync_revision_get_stamp (bases->pdata[0]), vector);

  return document != NULL ? confsync_revision_new (document, stamp)
                          : confsync_revision_ref (bases->pdata[0]);
}

ConfsyncRevision *
confsync_bases_make (GPtrArray *known, ConfsyncRevision *a, ConfsyncRevision *b)
{
  g_autoptr (GPtrArray) bases = confsync_bases_find (known, confsync_revision_get_stamp (a),
                                                     confsync_revision_get_stamp (b));
  g_autoptr (ConfsyncJson) json = NULL;
  g_autoptr (ConfsyncJson) settled = NULL;

  if (bases->len == 0)
    return NULL;
  json = bases->len == 1 ? confsync_json_ref (json_of (bases->pdata[0]))
                         : make_of_several (known, bases, json_of (a), json_of (b));
  settled = confsync_bases_settle (known, bases, json, json_of (a), json_of (b));
  if (bases->len == 1 && settled == json)
    return confsync_revision_ref (bases->pdata[0]);
  return name_base (settled, bases, a, b);
}
