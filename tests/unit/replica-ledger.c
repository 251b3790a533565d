/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * The ledger of edits.
 */

#include "config.h"

#include "replica-ledger.h"

typedef struct
{
  ConfsyncRevision *revision;
  guint64 edits;
} Entry;

static void
entry_free (Entry *entry)
{
  confsync_revision_unref (entry->revision);
  g_free (entry);
}

void
ledger_init (Ledger *self)
{
  self->entries = g_ptr_array_new_with_free_func ((GDestroyNotify) entry_free);
  self->n_edits = 0;
}

void
ledger_clear (Ledger *self)
{
  g_ptr_array_unref (self->entries);
}

gboolean
ledger_is_full (Ledger *self)
{
  return self->n_edits == LEDGER_EDITS_MAX;
}

guint64
ledger_add_edit (Ledger *self, int editor)
{
  g_assert_false (ledger_is_full (self));
  self->editors[self->n_edits] = editor;
  return G_GUINT64_CONSTANT (1) << self->n_edits++;
}

guint64
ledger_filter (Ledger *self, guint64 edits, int editor)
{
  for (guint i = 0; i < self->n_edits; i++)
    if (self->editors[i] != editor)
      edits &= ~(G_GUINT64_CONSTANT (1) << i);
  return edits;
}

void
ledger_learn (Ledger *self, ConfsyncRevision *revision, guint64 edits)
{
  Entry *entry;

  for (guint i = 0; i < self->entries->len; i++)
    {
      entry = self->entries->pdata[i];
      if (confsync_revision_same (entry->revision, revision))
        {
          entry->edits |= edits;
          return;
        }
    }
  entry = g_new (Entry, 1);
  entry->revision = confsync_revision_ref (revision);
  entry->edits = edits;
  g_ptr_array_add (self->entries, entry);
}

guint64
ledger_find (Ledger *self, const char *key)
{
  for (guint i = 0; i < self->entries->len; i++)
    {
      Entry *entry = self->entries->pdata[i];

      if (g_str_equal (confsync_revision_get_key (entry->revision), key))
        return entry->edits;
    }
  return 0;
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

guint64
ledger_get_edits (Ledger *self, ConfsyncRevision *revision)
{
  guint64 edits = 0;

  for (guint i = 0; i < self->entries->len; i++)
    {
      Entry *entry = self->entries->pdata[i];

      if (confsync_revision_same (entry->revision, revision))
        return entry->edits;
      if (same_content (entry->revision, revision) &&
          (compare (entry->revision, revision) == CONFSYNC_ORDER_BEFORE ||
           compare (entry->revision, revision) == CONFSYNC_ORDER_EQUAL))
        edits |= entry->edits;
    }
  ledger_learn (self, revision, edits);
  return edits;
}

/* An actor's next edit counts as made on its last one, even where that one had lost: a documented
 * limit. So it is where the author of what is given up made another edit that is included ... */
static gboolean
author_went_on (Ledger *self, ConfsyncRevision *before, guint64 old, guint64 new)
{
  const char *author = confsync_stamp_get_author (confsync_revision_get_stamp (before));
  int editor = author[1] - '0';

  return ledger_filter (self, new & ~old, editor) != 0;
}

/* ... and where each of the lost edits was followed by another one of the same editor. */
static gboolean
are_superseded (Ledger *self, guint64 lost, guint64 edits)
{
  for (guint i = 0; i < self->n_edits; i++)
    {
      gboolean superseded = FALSE;

      if ((lost >> i & 1) == 0)
        continue;
      for (guint j = i + 1; j < self->n_edits; j++)
        superseded |= (edits >> j & 1) != 0 && self->editors[i] == self->editors[j];
      if (!superseded)
        return FALSE;
    }
  return TRUE;
}

static gboolean
is_initial (ConfsyncRevision *revision)
{
  return confsync_stamp_get_kind (confsync_revision_get_stamp (revision)) == CONFSYNC_STAMP_INITIAL;
}

const char *
ledger_judge (Ledger *self, ConfsyncRevision *before, ConfsyncRevision *head)
{
  guint64 old = ledger_get_edits (self, before), new = ledger_get_edits (self, head);

  if (is_initial (head))
    return is_initial (before) ? NULL : "gave an edit up for an initial content";
  if (is_initial (before))
    return NULL;
  if (new != old && (new & ~old) == 0)
    return "went back to what its head was made on";
  if (compare (head, before) == CONFSYNC_ORDER_AFTER && !same_content (before, head) &&
      !author_went_on (self, before, old, new) && !are_superseded (self, old & ~new, new))
    return "took a content for newer that doesn't include its own";
  return NULL;
}
