/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Merges arrays whose elements name themselves by an id member.
 *
 * Order: elements that both sides have, the anchors, stand in the order of the side that changed
 * it. Each keeps behind it the elements that only one side has and that follow it there; where both
 * sides have some behind one anchor, those of the smaller first id come first. Nothing of this
 * depends on which side is called ours, but at a conflict.
 */

#include "config.h"

#include "confsync-json-elements-private.h"
#include "confsync-json-merge-private.h"
#include "confsync-json-pointer-private.h"

typedef struct {
  ConfsyncElements base, ours, theirs;
} Arrays;

static void
clear_arrays (Arrays *self)
{
  confsync_elements_clear (&self->base);
  confsync_elements_clear (&self->ours);
  confsync_elements_clear (&self->theirs);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Arrays, clear_arrays)

static gboolean
read_arrays (Arrays *self, const ConfsyncSides *sides)
{
  for (guint i = 0; i < CONFSYNC_ID_NAMES; i++)
    {
      if (confsync_elements_read (&self->base, sides->base, confsync_id_names[i]) &&
          confsync_elements_read (&self->ours, sides->ours, confsync_id_names[i]) &&
          confsync_elements_read (&self->theirs, sides->theirs, confsync_id_names[i]))
        return TRUE;
      clear_arrays (self);
      *self = (Arrays){ 0 };
    }
  return FALSE;
}

static void
link_entries (ConfsyncElements *self, const ConfsyncElements *base, const ConfsyncElements *other)
{
  for (guint i = 0; i < self->n; i++)
    {
      self->entries[i].base = confsync_elements_find (base, self->entries[i].id);
      self->entries[i].other = confsync_elements_find (other, self->entries[i].id);
    }
}

/* decides about what only one side has: new there, or deleted on the other side */
static void
keep_or_drop (ConfsyncMerge *merge, ConfsyncElements *self, gboolean is_ours)
{
  gsize before = merge->path->len;

  for (guint i = 0; i < self->n; i++)
    {
      ConfsyncElement *entry = &self->entries[i];
      const ConfsyncSides sides = { entry->base != NULL ? &entry->base->element : NULL,
                                    is_ours ? &entry->element : NULL,
                                    is_ours ? NULL : &entry->element };

      if (entry->other != NULL)
        continue;
      confsync_json_pointer_append_index (merge->path, entry->number);
      entry->kept = confsync_merge_pick (merge, &sides) != NULL;
      g_string_truncate (merge->path, before);
    }
}

/* the next anchor of @self from number @i on, or %NULL; with @in_base, of those in the base only */
static const ConfsyncElement *
next_anchor (const ConfsyncElements *self, guint i, gboolean in_base)
{
  for (; i < self->n; i++)
    if (self->entries[i].other != NULL && (!in_base || self->entries[i].base != NULL))
      return &self->entries[i];
  return NULL;
}

static gboolean
same_order (const ConfsyncElements *ours, const ConfsyncElements *theirs)
{
  const ConfsyncElement *a = next_anchor (ours, 0, FALSE), *b = next_anchor (theirs, 0, FALSE);

  while (a != NULL && b != NULL && a->other == b)
    {
      a = next_anchor (ours, a->number + 1, FALSE);
      b = next_anchor (theirs, b->number + 1, FALSE);
    }
  return a == NULL && b == NULL;
}

/* whether the anchors that the base had stand as they did there */
static gboolean
keeps_order (const ConfsyncElements *self)
{
  const ConfsyncElement *entry = next_anchor (self, 0, TRUE), *next;

  for (; entry != NULL; entry = next)
    {
      next = next_anchor (self, entry->number + 1, TRUE);
      if (next != NULL && next->base->number < entry->base->number)
        return FALSE;
    }
  return TRUE;
}

/* the side whose order the anchors take */
static const ConfsyncElements *
choose_order (ConfsyncMerge *merge, const Arrays *arrays, gboolean has_base)
{
  gboolean ours_kept, theirs_kept;

  if (same_order (&arrays->ours, &arrays->theirs))
    return &arrays->ours;
  ours_kept = keeps_order (&arrays->ours);
  theirs_kept = keeps_order (&arrays->theirs);
  if (has_base && ours_kept && !theirs_kept)
    return &arrays->theirs;
  if (!has_base || ours_kept == theirs_kept)
    confsync_merge_note_conflict (merge);
  return &arrays->ours;
}

/* the first entry of the run of kept ones that begins at number @i, or %NULL */
static const ConfsyncElement *
next_of_run (const ConfsyncElements *self, guint i)
{
  for (; i < self->n && self->entries[i].other == NULL; i++)
    if (self->entries[i].kept)
      return &self->entries[i];
  return NULL;
}

static void
append_run (ConfsyncMerge *merge, const ConfsyncElements *self, guint i)
{
  const ConfsyncElement *entry = next_of_run (self, i);

  for (; entry != NULL; entry = next_of_run (self, entry->number + 1))
    confsync_json_builder_append_cursor (merge->builder, entry->element);
}

/* what follows one anchor, at number @i of ours and @j of theirs */
static void
append_runs (ConfsyncMerge *merge, const Arrays *arrays, guint i, guint j)
{
  const ConfsyncElement *ours = next_of_run (&arrays->ours, i);
  const ConfsyncElement *theirs = next_of_run (&arrays->theirs, j);
  gboolean theirs_first = ours != NULL && theirs != NULL &&
                          confsync_element_compare_ids (theirs->id, ours->id) < 0;

  if (theirs_first)
    append_run (merge, &arrays->theirs, j);
  append_run (merge, &arrays->ours, i);
  if (!theirs_first)
    append_run (merge, &arrays->theirs, j);
}

static void
append_anchor (ConfsyncMerge *merge, const ConfsyncElement *ours, const ConfsyncElement *theirs)
{
  const ConfsyncSides sides = { ours->base != NULL ? &ours->base->element : NULL, &ours->element,
                                &theirs->element };
  gsize before = merge->path->len;

  confsync_json_pointer_append_index (merge->path, ours->number);
  confsync_merge_objects (merge, &sides);
  g_string_truncate (merge->path, before);
}

gboolean
confsync_merge_arrays (ConfsyncMerge *self, const ConfsyncSides *sides)
{
  g_auto (Arrays) arrays = { 0 };
  const ConfsyncElements *order;
  const ConfsyncElement *anchor;

  if (sides->base != NULL && confsync_cursor_kind (*sides->base) != CONFSYNC_JSON_ARRAY)
    return FALSE;
  if (!read_arrays (&arrays, sides))
    return FALSE;
  link_entries (&arrays.ours, &arrays.base, &arrays.theirs);
  link_entries (&arrays.theirs, &arrays.base, &arrays.ours);
  keep_or_drop (self, &arrays.ours, TRUE);
  keep_or_drop (self, &arrays.theirs, FALSE);
  order = choose_order (self, &arrays, sides->base != NULL);
  confsync_json_builder_begin_array (self->builder);
  append_runs (self, &arrays, 0, 0);
  for (anchor = next_anchor (order, 0, FALSE); anchor != NULL;
       anchor = next_anchor (order, anchor->number + 1, FALSE))
    {
      const ConfsyncElement *ours = order == &arrays.ours ? anchor : anchor->other;
      const ConfsyncElement *theirs = order == &arrays.ours ? anchor->other : anchor;

      append_anchor (self, ours, theirs);
      append_runs (self, &arrays, ours->number + 1, theirs->number + 1);
    }
  confsync_json_builder_close (self->builder);
  return TRUE;
}
