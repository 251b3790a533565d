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

#include "confsync-json-merge-private.h"
#include "confsync-json-pointer-private.h"

typedef struct _Entry Entry;

struct _Entry
{
  ConfsyncCursor element;
  ConfsyncCursor id;
  guint number;       /* in its array */
  const Entry *base;  /* (nullable) */
  Entry *other;       /* (nullable): on the other side */
  gboolean kept;      /* of those without other: it's in the result */
};

typedef struct {
  Entry *entries;  /* (owned): in document order */
  Entry **by_id;   /* (owned): sorted */
  guint n;
} Elements;

typedef struct {
  Elements base, ours, theirs;
} Arrays;

static void
clear_elements (Elements *self)
{
  g_free (self->entries);
  g_free (self->by_id);
}

static void
clear_arrays (Arrays *self)
{
  clear_elements (&self->base);
  clear_elements (&self->ours);
  clear_elements (&self->theirs);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Arrays, clear_arrays)

static int
compare_ids (ConfsyncCursor a, ConfsyncCursor b)
{
  const ConfsyncCell *a_cell = confsync_cursor_cell (a), *b_cell = confsync_cursor_cell (b);
  const char *a_text, *b_text;
  gsize a_length, b_length;

  if (a_cell->kind != b_cell->kind)
    return a_cell->kind < b_cell->kind ? -1 : 1;
  if (a_cell->kind == CONFSYNC_JSON_INTEGER)
    return (a_cell->integer > b_cell->integer) - (a_cell->integer < b_cell->integer);
  a_text = confsync_cursor_text (a, &a_length);
  b_text = confsync_cursor_text (b, &b_length);
  return confsync_name_compare_bytes (a_text, a_length, b_text, b_length);
}

static int
compare_entries_cb (gconstpointer a, gconstpointer b, gpointer unused)
{
  return compare_ids ((*(Entry *const *) a)->id, (*(Entry *const *) b)->id);
}

static gboolean
read_entry (Entry *self, ConfsyncCursor element, const char *id_name)
{
  ConfsyncCursor name;
  guint kind;

  if (confsync_cursor_kind (element) != CONFSYNC_JSON_OBJECT)
    return FALSE;
  if (!confsync_cursor_find (element, id_name, strlen (id_name), &name))
    return FALSE;
  self->element = element;
  self->id = confsync_cursor_value (name);
  kind = confsync_cursor_kind (self->id);
  return kind == CONFSYNC_JSON_STRING || kind == CONFSYNC_JSON_INTEGER;
}

/* %FALSE where an element lacks the id, or two have the same */
static gboolean
read_elements (Elements *self, const ConfsyncCursor *array, const char *id_name)
{
  ConfsyncCursor element;

  if (array == NULL)
    return TRUE;
  element = confsync_cursor_first (*array);
  self->n = confsync_cursor_length (*array);
  self->entries = g_new0 (Entry, self->n);
  self->by_id = g_new (Entry *, self->n);
  for (guint i = 0; i < self->n; i++)
    {
      if (!read_entry (&self->entries[i], element, id_name))
        return FALSE;
      self->entries[i].number = i;
      self->by_id[i] = &self->entries[i];
      element = confsync_cursor_after (element);
    }
  if (self->n > 0)
    g_qsort_with_data (self->by_id, (int) self->n, sizeof *self->by_id, compare_entries_cb, NULL);
  for (guint i = 1; i < self->n; i++)
    if (compare_ids (self->by_id[i - 1]->id, self->by_id[i]->id) == 0)
      return FALSE;
  return TRUE;
}

static gboolean
read_arrays (Arrays *self, const ConfsyncSides *sides)
{
  static const char *const id_names[] = { "id", "name", "key" };

  for (guint i = 0; i < G_N_ELEMENTS (id_names); i++)
    {
      if (read_elements (&self->base, sides->base, id_names[i]) &&
          read_elements (&self->ours, sides->ours, id_names[i]) &&
          read_elements (&self->theirs, sides->theirs, id_names[i]))
        return TRUE;
      clear_arrays (self);
      *self = (Arrays){ 0 };
    }
  return FALSE;
}

static Entry *
find_entry (const Elements *self, ConfsyncCursor id)
{
  guint low = 0, high = self->n;

  while (low < high)
    {
      guint middle = low + (high - low) / 2;
      int order = compare_ids (id, self->by_id[middle]->id);

      if (order == 0)
        return self->by_id[middle];
      if (order < 0)
        high = middle;
      else
        low = middle + 1;
    }
  return NULL;
}

static void
link_entries (Elements *self, const Elements *base, const Elements *other)
{
  for (guint i = 0; i < self->n; i++)
    {
      self->entries[i].base = find_entry (base, self->entries[i].id);
      self->entries[i].other = find_entry (other, self->entries[i].id);
    }
}

/* decides about what only one side has: new there, or deleted on the other side */
static void
keep_or_drop (ConfsyncMerge *merge, Elements *self, gboolean is_ours)
{
  gsize before = merge->path->len;

  for (guint i = 0; i < self->n; i++)
    {
      Entry *entry = &self->entries[i];
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
static const Entry *
next_anchor (const Elements *self, guint i, gboolean in_base)
{
  for (; i < self->n; i++)
    if (self->entries[i].other != NULL && (!in_base || self->entries[i].base != NULL))
      return &self->entries[i];
  return NULL;
}

static gboolean
same_order (const Elements *ours, const Elements *theirs)
{
  const Entry *a = next_anchor (ours, 0, FALSE), *b = next_anchor (theirs, 0, FALSE);

  while (a != NULL && b != NULL && a->other == b)
    {
      a = next_anchor (ours, a->number + 1, FALSE);
      b = next_anchor (theirs, b->number + 1, FALSE);
    }
  return a == NULL && b == NULL;
}

/* whether the anchors that the base had stand as they did there */
static gboolean
keeps_order (const Elements *self)
{
  const Entry *entry = next_anchor (self, 0, TRUE), *next;

  for (; entry != NULL; entry = next)
    {
      next = next_anchor (self, entry->number + 1, TRUE);
      if (next != NULL && next->base->number < entry->base->number)
        return FALSE;
    }
  return TRUE;
}

/* the side whose order the anchors take */
static const Elements *
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
static const Entry *
next_of_run (const Elements *self, guint i)
{
  for (; i < self->n && self->entries[i].other == NULL; i++)
    if (self->entries[i].kept)
      return &self->entries[i];
  return NULL;
}

static void
append_run (ConfsyncMerge *merge, const Elements *self, guint i)
{
  const Entry *entry = next_of_run (self, i);

  for (; entry != NULL; entry = next_of_run (self, entry->number + 1))
    confsync_json_builder_append_cursor (merge->builder, entry->element);
}

/* what follows one anchor, at number @i of ours and @j of theirs */
static void
append_runs (ConfsyncMerge *merge, const Arrays *arrays, guint i, guint j)
{
  const Entry *ours = next_of_run (&arrays->ours, i), *theirs = next_of_run (&arrays->theirs, j);
  gboolean theirs_first = ours != NULL && theirs != NULL && compare_ids (theirs->id, ours->id) < 0;

  if (theirs_first)
    append_run (merge, &arrays->theirs, j);
  append_run (merge, &arrays->ours, i);
  if (!theirs_first)
    append_run (merge, &arrays->theirs, j);
}

static void
append_anchor (ConfsyncMerge *merge, const Entry *ours, const Entry *theirs)
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
  const Elements *order;
  const Entry *anchor;

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
      const Entry *ours = order == &arrays.ours ? anchor : anchor->other;
      const Entry *theirs = order == &arrays.ours ? anchor->other : anchor;

      append_anchor (self, ours, theirs);
      append_runs (self, &arrays, ours->number + 1, theirs->number + 1);
    }
  confsync_json_builder_close (self->builder);
  return TRUE;
}
