/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * The walk through the versions. Each step goes from one to those that it was made from: the
 * greatest before it. Where one of these has the same value, the step leads there; where none has,
 * the value came with it. At most one file is read a step, but for merges, and all stamps are
 * compared, which costs far less.
 */

#include "config.h"

#include "confsync-explainer-private.h"

#include <string.h>

#include "confsync-error.h"
#include "confsync-explanation-private.h"
#include "confsync-revision-private.h"
#include "confsync-stamp-private.h"
#include "confsync-version-private.h"

#define NOBODY G_MAXUINT

/* one version, and what is found in it */
typedef struct
{
  ConfsyncVersion *version; /* (unowned) */
  gboolean read;
  gboolean damaged;
  ConfsyncJson *value; /* (owned) (nullable): nothing is there */
} Entry;

struct _ConfsyncExplainer
{
  char *pointer;
  GPtrArray *versions; /* (owned) */
  Entry *entries;      /* as @versions */
  guint n;
  guint current;       /* it has the value of the head; NOBODY: nothing is kept */
  GArray *before;      /* of guint: what the current one was made from */
  gboolean skipped;    /* something on the way could not be read */
  gboolean existed;    /* it was found somewhere */
  guint n_read;
};

void
confsync_explainer_free (ConfsyncExplainer *self)
{
  for (guint i = 0; i < self->n; i++)
    g_clear_pointer (&self->entries[i].value, confsync_json_unref);
  g_free (self->entries);
  g_ptr_array_unref (self->versions);
  g_array_unref (self->before);
  g_free (self->pointer);
  g_free (self);
}

/* Whether @newer was made from @older, as far as is known. What lost its record is taken for a
 * content that was live in its turn. */
static gboolean
is_before (ConfsyncExplainer *self, guint older, guint newer)
{
  ConfsyncVersion *a = self->entries[older].version, *b = self->entries[newer].version;
  ConfsyncStamp *stamp_a = confsync_version_get_stamp (a);
  ConfsyncStamp *stamp_b = confsync_version_get_stamp (b);

  if (stamp_a != NULL && stamp_b != NULL)
    return confsync_stamp_compare (stamp_a, stamp_b) == CONFSYNC_ORDER_BEFORE;
  return older > newer && confsync_version_get_cause (a) != CONFSYNC_CAUSE_LOST;
}

/* Leaves only those that are before no other. */
static void
add_maximal (ConfsyncExplainer *self, guint index)
{
  for (guint i = 0; i < self->before->len; i++)
    if (is_before (self, index, g_array_index (self->before, guint, i)))
      return;
  for (guint i = self->before->len; i-- > 0;)
    if (is_before (self, g_array_index (self->before, guint, i), index))
      g_array_remove_index (self->before, i);
  g_array_append_val (self->before, index);
}

static void
find_before (ConfsyncExplainer *self)
{
  g_array_set_size (self->before, 0);
  for (guint i = 0; i < self->n; i++)
    if (i != self->current && !self->entries[i].damaged && is_before (self, i, self->current))
      add_maximal (self, i);
}

static gboolean
is_head (ConfsyncVersion *version, ConfsyncRevision *head)
{
  ConfsyncStamp *stamp = confsync_version_get_stamp (version);
  const char *hash = confsync_version_get_hash (version);
  g_autofree char *key =
    stamp != NULL && hash != NULL ? confsync_stamp_make_key (stamp, hash) : NULL;

  return g_strcmp0 (key, confsync_revision_get_key (head)) == 0;
}

static guint
find_head (ConfsyncExplainer *self, ConfsyncRevision *head)
{
  for (guint i = 0; head != NULL && i < self->n; i++)
    if (is_head (self->entries[i].version, head))
      return i;
  /* it may be known with another vector: two equal contents join theirs, and keep one version */
  for (guint i = 0; head != NULL && i < self->n; i++)
    if (g_strcmp0 (confsync_version_get_hash (self->entries[i].version),
                   confsync_revision_get_hash (head)) == 0)
      return i;
  for (guint i = 0; i < self->n; i++)
    if (confsync_version_get_cause (self->entries[i].version) != CONFSYNC_CAUSE_LOST)
      return i;
  return NOBODY;
}

static void
step_to (ConfsyncExplainer *self, guint index)
{
  self->current = index;
  find_before (self);
}

static gboolean
same_value (const Entry *a, const Entry *b)
{
  if (a->value == NULL || b->value == NULL)
    return a->value == b->value;
  return confsync_json_equal (a->value, b->value);
}

/* Goes on as long as nothing has to be read; gives what has to be, or NOBODY. */
static guint
advance (ConfsyncExplainer *self)
{
  guint i = 0;

  if (self->current == NOBODY)
    return NOBODY;
  if (!self->entries[self->current].read)
    return self->current;
  while (i < self->before->len)
    {
      guint index = g_array_index (self->before, guint, i);
      const Entry *entry = &self->entries[index];

      if (!entry->read)
        return index;
      i++;
      if (same_value (entry, &self->entries[self->current]))
        {
          step_to (self, index);
          i = 0;
        }
    }
  return NOBODY;
}

const char *
confsync_explainer_get_next (ConfsyncExplainer *self)
{
  const guint next = advance (self);

  return next != NOBODY ? confsync_version_get_name (self->entries[next].version) : NULL;
}

/* What can't be read is stepped over: what it was made from takes its place. */
static void
step_over (ConfsyncExplainer *self, guint index)
{
  self->entries[index].damaged = TRUE;
  self->skipped = TRUE;
  if (index != self->current)
    {
      find_before (self);
      return;
    }
  find_before (self);
  if (self->before->len > 0)
    self->current = g_array_index (self->before, guint, 0);
  else
    self->current = NOBODY;
}

void
confsync_explainer_supply (ConfsyncExplainer *self, ConfsyncDocument *document)
{
  const guint index = advance (self);
  Entry *entry;

  g_return_if_fail (index != NOBODY);

  if (document == NULL)
    {
      step_over (self, index);
      return;
    }
  entry = &self->entries[index];
  entry->read = TRUE;
  self->n_read++;
  entry->value = confsync_json_lookup (confsync_document_get_json (document), self->pointer, NULL);
  self->existed = self->existed || entry->value != NULL;
  if (index == self->current)
    find_before (self);
}

ConfsyncExplainer *
confsync_explainer_new (const char *pointer, GPtrArray *versions, ConfsyncRevision *head)
{
  ConfsyncExplainer *self = g_new0 (ConfsyncExplainer, 1);

  self->pointer = g_strdup (pointer);
  self->versions = g_ptr_array_ref (versions);
  self->n = versions->len;
  self->entries = g_new0 (Entry, self->n);
  for (guint i = 0; i < self->n; i++)
    self->entries[i].version = versions->pdata[i];
  self->before = g_array_new (FALSE, FALSE, sizeof (guint));
  self->current = find_head (self, head);
  if (head != NULL && self->current != NOBODY &&
      g_strcmp0 (confsync_version_get_hash (self->entries[self->current].version),
                 confsync_revision_get_hash (head)) == 0)
    confsync_explainer_supply (self, confsync_revision_get_document (head));
  return self;
}

/* Whether all that was kept here after @older, and before the current one, is still listed; NOBODY:
 * from the first one on. */
static gboolean
is_gapless (ConfsyncExplainer *self, guint older)
{
  const guint64 to = confsync_version_get_sequence (self->entries[self->current].version);
  const guint64 from =
    older != NOBODY ? confsync_version_get_sequence (self->entries[older].version) : 0;
  guint64 n = 0;

  if (to == 0 || (older != NOBODY && from == 0))
    return FALSE;
  for (guint i = 0; i < self->n; i++)
    {
      const guint64 sequence = confsync_version_get_sequence (self->entries[i].version);

      n += sequence > from && sequence < to;
    }
  return to > from && n == to - from - 1;
}

static ConfsyncVector *
get_vector (ConfsyncExplainer *self, guint index)
{
  return confsync_stamp_get_vector (confsync_version_get_stamp (self->entries[index].version));
}

/* Whether what the current one includes of others' edits is in those that it was made from. */
static gboolean
includes_nothing_unseen (ConfsyncExplainer *self)
{
  ConfsyncStamp *stamp = confsync_version_get_stamp (self->entries[self->current].version);
  const ConfsyncVector *vector = get_vector (self, self->current);
  const ConfsyncVectorEntry *entries = confsync_vector_get_entries (vector);

  for (guint i = 0; i < confsync_vector_get_length (vector); i++)
    {
      gboolean seen = entries[i].time == confsync_stamp_get_time (stamp);

      for (guint j = 0; !seen && j < self->before->len; j++)
        seen = confsync_vector_get (get_vector (self, g_array_index (self->before, guint, j)),
                                    entries[i].actor) >= entries[i].time;
      if (!seen)
        return FALSE;
    }
  return TRUE;
}

static gboolean
has_stamps (ConfsyncExplainer *self)
{
  gboolean all = confsync_version_get_stamp (self->entries[self->current].version) != NULL;

  for (guint i = 0; i < self->before->len; i++)
    all = all && confsync_version_get_stamp (
                   self->entries[g_array_index (self->before, guint, i)].version) != NULL;
  return all;
}

static gboolean
is_exact (ConfsyncExplainer *self)
{
  ConfsyncStamp *stamp = confsync_version_get_stamp (self->entries[self->current].version);

  if (self->skipped || !has_stamps (self))
    return FALSE;
  /* a file that was found is the beginning */
  if (self->before->len == 0 && confsync_stamp_get_kind (stamp) == CONFSYNC_STAMP_INITIAL)
    return TRUE;
  if (!includes_nothing_unseen (self))
    return FALSE;
  for (guint i = 0; i < self->before->len; i++)
    if (!is_gapless (self, g_array_index (self->before, guint, i)))
      return FALSE;
  /* an edit of nothing is the beginning, too */
  return self->before->len > 0 || is_gapless (self, NOBODY);
}

static guint
find_newest (GArray *indices)
{
  guint newest = g_array_index (indices, guint, 0);

  for (guint i = 1; i < indices->len; i++)
    newest = MIN (newest, g_array_index (indices, guint, i));
  return newest;
}

static gboolean
set_not_found (ConfsyncExplainer *self, GError **error)
{
  if (self->current == NOBODY && self->n_read == 0)
    g_set_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_NOT_FOUND,
                 self->skipped ? "no version can be read that would tell of “%s”"
                               : "no versions are kept that could tell of “%s”",
                 self->pointer);
  else
    g_set_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_NOT_FOUND,
                 "there is nothing at “%s”, and there was nothing in any version that the "
                 "configuration was made from",
                 self->pointer);
  return FALSE;
}

ConfsyncExplanation *
confsync_explainer_end (ConfsyncExplainer *self, GError **error)
{
  ConfsyncExplanation *explanation;
  const Entry *entry;

  g_return_val_if_fail (advance (self) == NOBODY, NULL);

  if (self->current == NOBODY || !self->existed)
    {
      set_not_found (self, error);
      return NULL;
    }
  entry = &self->entries[self->current];
  explanation = confsync_explanation_new (self->pointer);
  explanation->version = confsync_version_ref (entry->version);
  explanation->value = entry->value != NULL ? confsync_json_ref (entry->value) : NULL;
  explanation->exact = is_exact (self);
  if (self->before->len > 0)
    {
      const Entry *previous = &self->entries[find_newest (self->before)];

      explanation->previous = confsync_version_ref (previous->version);
      explanation->before = previous->value != NULL ? confsync_json_ref (previous->value) : NULL;
    }
  return explanation;
}
