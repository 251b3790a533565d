/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * The ledger of edits.
 */

#include "config.h"

#include "sim-ledger.h"

#include <stdlib.h>

#include "confsync-stamp-private.h"

typedef struct _Entry Entry;

struct _Entry
{
  ConfsyncRevision *revision; /* (owned) */
  SimEdits edits;
  Entry *same; /* (nullable): an older one of the same content */
};

static void
entry_free (Entry *entry)
{
  confsync_revision_unref (entry->revision);
  g_free (entry);
}

void
sim_ledger_init (SimLedger *self)
{
  self->by_key =
    g_hash_table_new_full (confsync_key_hash, g_str_equal, NULL, (GDestroyNotify) entry_free);
  self->by_content = g_hash_table_new (confsync_key_hash, g_str_equal);
  self->n_edits = 0;
  self->blurred = (SimEdits){ 0 };
}

void
sim_ledger_clear (SimLedger *self)
{
  g_hash_table_unref (self->by_content);
  g_hash_table_unref (self->by_key);
}

gboolean
sim_ledger_is_full (SimLedger *self)
{
  return self->n_edits == SIM_EDITS_MAX;
}

void
sim_ledger_add_edit (SimLedger *self, int editor, SimEdits *edits)
{
  g_assert_false (sim_ledger_is_full (self));
  self->editors[self->n_edits] = editor;
  sim_edits_add (edits, self->n_edits++);
}

SimEdits
sim_ledger_filter (SimLedger *self, const SimEdits *edits, int editor)
{
  SimEdits kept = { 0 };

  for (guint i = 0; i < self->n_edits; i++)
    if (self->editors[i] == editor && sim_edits_has (edits, i))
      sim_edits_add (&kept, i);
  return kept;
}

static Entry *
find (SimLedger *self, ConfsyncRevision *revision)
{
  return g_hash_table_lookup (self->by_key, confsync_revision_get_key (revision));
}

gboolean
sim_ledger_knows (SimLedger *self, ConfsyncRevision *revision)
{
  return find (self, revision) != NULL;
}

void
sim_ledger_learn (SimLedger *self, ConfsyncRevision *revision, const SimEdits *edits)
{
  Entry *entry = find (self, revision);
  const char *hash = confsync_revision_get_hash (revision);

  if (entry != NULL)
    {
      sim_edits_join (&entry->edits, edits);
      return;
    }
  entry = g_new (Entry, 1);
  entry->revision = confsync_revision_ref (revision);
  entry->edits = *edits;
  entry->same = g_hash_table_lookup (self->by_content, hash);
  g_hash_table_insert (self->by_key, (gpointer) confsync_revision_get_key (revision), entry);
  g_hash_table_replace (self->by_content, (gpointer) hash, entry);
}

SimEdits
sim_ledger_find (SimLedger *self, const char *key)
{
  Entry *entry = g_hash_table_lookup (self->by_key, key);
  const SimEdits none = { 0 };

  return entry != NULL ? entry->edits : none;
}

ConfsyncDocument *
sim_ledger_find_document (SimLedger *self, ConfsyncRevision *revision)
{
  Entry *entry =
    g_hash_table_lookup (self->by_content, confsync_revision_get_hash (revision));

  return entry != NULL ? confsync_revision_get_document (entry->revision) : NULL;
}

static gboolean
same_stamp (ConfsyncStamp *a, ConfsyncStamp *b)
{
  return confsync_stamp_get_time (a) == confsync_stamp_get_time (b) &&
         confsync_vector_compare (confsync_stamp_get_vector (a), confsync_stamp_get_vector (b)) ==
           CONFSYNC_ORDER_EQUAL;
}

SimEdits
sim_ledger_find_stamp (SimLedger *self, ConfsyncStamp *stamp)
{
  SimEdits edits = { 0 };
  GHashTableIter iter;
  Entry *entry;

  g_hash_table_iter_init (&iter, self->by_key);
  while (g_hash_table_iter_next (&iter, NULL, (gpointer *) &entry))
    if (same_stamp (confsync_revision_get_stamp (entry->revision), stamp))
      sim_edits_join (&edits, &entry->edits);
  return edits;
}

gboolean
sim_ledger_knows_content (SimLedger *self, const char *hash)
{
  return g_hash_table_contains (self->by_content, hash);
}

SimEdits
sim_ledger_find_content (SimLedger *self, const char *hash)
{
  Entry *entry = g_hash_table_lookup (self->by_content, hash);
  const SimEdits none = { 0 };

  return entry != NULL ? entry->edits : none;
}

static ConfsyncOrder
compare (ConfsyncRevision *a, ConfsyncRevision *b)
{
  return confsync_stamp_compare (confsync_revision_get_stamp (a), confsync_revision_get_stamp (b));
}

static gboolean
same_content (ConfsyncRevision *a, ConfsyncRevision *b)
{
  return g_str_equal (confsync_revision_get_hash (a), confsync_revision_get_hash (b));
}

SimEdits
sim_ledger_get_edits (SimLedger *self, ConfsyncRevision *revision)
{
  Entry *entry = find (self, revision);
  SimEdits edits = { 0 };

  if (entry != NULL)
    return entry->edits;
  for (entry = g_hash_table_lookup (self->by_content, confsync_revision_get_hash (revision));
       entry != NULL; entry = entry->same)
    {
      ConfsyncOrder order = compare (entry->revision, revision);

      if (order == CONFSYNC_ORDER_BEFORE || order == CONFSYNC_ORDER_EQUAL)
        sim_edits_join (&edits, &entry->edits);
    }
  sim_ledger_learn (self, revision, &edits);
  return edits;
}

/* An actor's next edit counts as made on its last one, even where that one had lost, or neither
 * knew the other: a documented limit. So it is where the author of what is given up made another
 * edit that is included ... */
static gboolean
author_went_on (SimLedger *self, ConfsyncRevision *before, const SimEdits *won)
{
  const char *author = confsync_stamp_get_author (confsync_revision_get_stamp (before));
  SimEdits own = sim_ledger_filter (self, won, atoi (author + 1));

  return !sim_edits_is_empty (&own);
}

/* ... and where each of the lost edits was followed by another one of the same editor. */
static gboolean
are_superseded (SimLedger *self, const SimEdits *lost, const SimEdits *edits)
{
  for (guint i = 0; i < self->n_edits; i++)
    {
      gboolean superseded = FALSE;

      if (!sim_edits_has (lost, i))
        continue;
      for (guint j = i + 1; j < self->n_edits && !superseded; j++)
        superseded = self->editors[i] == self->editors[j] && sim_edits_has (edits, j);
      if (!superseded)
        return FALSE;
    }
  return TRUE;
}

/* What claims less than it has in it counts as concurrent with what it knew; and two that claim the
 * same, of which one has less in it, were made on what somebody made who had lost before. */
static gboolean
claims_otherwise (SimLedger *self,
                  ConfsyncRevision *before,
                  ConfsyncRevision *head,
                  const SimEdits *old)
{
  SimEdits sharp = sim_edits_without (old, &self->blurred);
  SimEdits blurred = sim_edits_without (old, &sharp);
  ConfsyncOrder order = compare (head, before);

  return order == CONFSYNC_ORDER_EQUAL ||
         (order == CONFSYNC_ORDER_CONCURRENT && !sim_edits_is_empty (&blurred));
}

static gboolean
is_initial (ConfsyncRevision *revision)
{
  return confsync_stamp_get_kind (confsync_revision_get_stamp (revision)) == CONFSYNC_STAMP_INITIAL;
}

const char *
sim_ledger_judge (SimLedger *self, ConfsyncRevision *before, ConfsyncRevision *head)
{
  SimEdits old = sim_ledger_get_edits (self, before), new = sim_ledger_get_edits (self, head);
  SimEdits lost = sim_edits_without (&old, &new), won = sim_edits_without (&new, &old);

  /* a new epoch comes before everything else: that is what it is for */
  if (confsync_stamp_get_epoch (confsync_revision_get_stamp (head)) >
      confsync_stamp_get_epoch (confsync_revision_get_stamp (before)))
    return NULL;
  if (is_initial (head))
    return is_initial (before) ? NULL : "gave an edit up for an initial content";
  if (is_initial (before))
    return NULL;
  /* or three of them could go round for ever */
  if (compare (head, before) == CONFSYNC_ORDER_AFTER &&
      confsync_revision_compare (head, before) < 0)
    return "took a content for newer that is less in the total order";
  if (sim_edits_is_empty (&won) && !claims_otherwise (self, before, head, &old) &&
      !are_superseded (self, &lost, &new))
    return "went back to what its head was made on";
  if (compare (head, before) == CONFSYNC_ORDER_AFTER && !same_content (before, head) &&
      !author_went_on (self, before, &won) && !are_superseded (self, &lost, &new))
    return "took a content for newer that doesn't include its own";
  return NULL;
}
