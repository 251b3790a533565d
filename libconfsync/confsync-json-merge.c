/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Three-way merge by member. A value that only one side changed is that side's; one that both
 * changed alike is theirs together; one that they changed differently is a conflict, where ours is
 * taken. Absence counts as a value, so deletions merge as changes do.
 *
 * Only objects are merged inside, and arrays whose elements are objects that name themselves; what
 * those hold is compared once, however deep, so the cost is that of the three texts.
 */

#include "config.h"

#include "confsync-json-merge-private.h"
#include "confsync-json-pointer-private.h"

void
confsync_merge_note_conflict (ConfsyncMerge *self)
{
  self->conflict_bytes += self->path->len;
  if (self->conflict_bytes <= CONFSYNC_JSON_MAX_BYTES)
    g_ptr_array_add (self->conflicts, g_strdup (self->path->str));
}

const ConfsyncCursor *
confsync_merge_pick (ConfsyncMerge *self, const ConfsyncSides *sides)
{
  const ConfsyncCursor *base = sides->base, *ours = sides->ours, *theirs = sides->theirs;

  if (confsync_merge_same (ours, theirs) || confsync_merge_same (base, theirs))
    return ours;
  if (confsync_merge_same (base, ours))
    return theirs;
  confsync_merge_note_conflict (self);
  return ours;
}

gboolean
confsync_merge_same (const ConfsyncCursor *a, const ConfsyncCursor *b)
{
  if (a == NULL || b == NULL)
    return a == b;
  return confsync_cursor_equal (*a, *b);
}

static inline gboolean
is_kind (const ConfsyncCursor *value, ConfsyncJsonKind kind)
{
  return value != NULL && confsync_cursor_kind (*value) == kind;
}

/* the value of the member whose name is at @name; %NULL where @object is none or lacks it */
static const ConfsyncCursor *
find_value (const ConfsyncCursor *object, ConfsyncCursor name, ConfsyncCursor *value)
{
  gsize length;
  const char *text = confsync_cursor_text (name, &length);

  if (!is_kind (object, CONFSYNC_JSON_OBJECT))
    return NULL;
  if (!confsync_cursor_find (*object, text, length, value))
    return NULL;
  *value = confsync_cursor_value (*value);
  return value;
}

/* merges one member into the object that the builder is at */
static void
merge_member (ConfsyncMerge *self, ConfsyncCursor name, const ConfsyncSides *objects)
{
  ConfsyncCursor base, ours, theirs;
  const ConfsyncSides sides = { find_value (objects->base, name, &base),
                                find_value (objects->ours, name, &ours),
                                find_value (objects->theirs, name, &theirs) };
  gsize before = self->path->len, length;
  const char *text = confsync_cursor_text (name, &length);
  const ConfsyncCursor *picked = NULL;

  confsync_json_pointer_append (self->path, text, length);
  if (sides.ours == NULL || sides.theirs == NULL)
    picked = confsync_merge_pick (self, &sides);
  if (picked != NULL || (sides.ours != NULL && sides.theirs != NULL))
    confsync_json_builder_name_n (self->builder, text, length);
  if (picked != NULL)
    confsync_json_builder_append_cursor (self->builder, *picked);
  else if (sides.ours != NULL && sides.theirs != NULL)
    confsync_merge_values (self, &sides);
  g_string_truncate (self->path, before);
}

void
confsync_merge_objects (ConfsyncMerge *self, const ConfsyncSides *sides)
{
  guint n_ours = confsync_cursor_length (*sides->ours);
  guint n_theirs = confsync_cursor_length (*sides->theirs);
  ConfsyncCursor name = confsync_cursor_first (*sides->ours), unused;

  confsync_json_builder_begin_object (self->builder);
  for (guint i = 0; i < n_ours; i++)
    {
      merge_member (self, name, sides);
      name = confsync_cursor_next_name (name);
    }
  name = confsync_cursor_first (*sides->theirs);
  for (guint i = 0; i < n_theirs; i++)
    {
      if (find_value (sides->ours, name, &unused) == NULL)
        merge_member (self, name, sides);
      name = confsync_cursor_next_name (name);
    }
  confsync_json_builder_close (self->builder);
}

/* both sides have a value here */
void
confsync_merge_values (ConfsyncMerge *self, const ConfsyncSides *sides)
{
  if (is_kind (sides->ours, CONFSYNC_JSON_OBJECT) && is_kind (sides->theirs, CONFSYNC_JSON_OBJECT))
    confsync_merge_objects (self, sides);
  else if (!is_kind (sides->ours, CONFSYNC_JSON_ARRAY) ||
           !is_kind (sides->theirs, CONFSYNC_JSON_ARRAY) || !confsync_merge_arrays (self, sides))
    confsync_json_builder_append_cursor (self->builder, *confsync_merge_pick (self, sides));
}

/**
 * confsync_json_merge:
 * @base: (nullable): the value that both sides were made of, or %NULL where none is known
 * @ours: one side
 * @theirs: the other side
 * @conflicts: (out) (optional) (transfer full) (array zero-terminated=1): the places where both
 *   sides changed the same value differently, as JSON Pointers; empty where there are none. They
 *   number elements as in @ours, or as in @theirs where @ours lacks the element. The list ends
 *   early when the pointers together pass %CONFSYNC_JSON_MAX_BYTES
 *
 * Merges two values by member, at any depth, deletions included. An array is one value, unless all
 * elements in all versions of it are objects that have a member `id`, `name` or `key`, the first of
 * these that all have, whose values are strings or integers and differ inside an array: then it is
 * merged by element. Elements that both have come in the order of the side that changed it, and
 * each new element after the one that it follows on its side.
 *
 * At a conflict the value of @ours is taken. Without conflicts, exchanging the sides gives an equal
 * value.
 *
 * Returns: (transfer full): the merged value
 *
 * Since: 1.0
 */
ConfsyncJson *
confsync_json_merge (ConfsyncJson *base, ConfsyncJson *ours, ConfsyncJson *theirs,
                     GStrv *conflicts)
{
  g_autoptr (ConfsyncJsonBuilder) builder = NULL;
  g_autoptr (GPtrArray) list = NULL;
  g_autoptr (GString) path = NULL;
  ConfsyncCursor base_cursor, ours_cursor, theirs_cursor;
  ConfsyncSides sides;
  ConfsyncMerge merge;

  g_return_val_if_fail (ours != NULL && theirs != NULL, NULL);

  base_cursor = confsync_json_get_cursor (base != NULL ? base : ours);
  ours_cursor = confsync_json_get_cursor (ours);
  theirs_cursor = confsync_json_get_cursor (theirs);
  sides = (ConfsyncSides){ base != NULL ? &base_cursor : NULL, &ours_cursor, &theirs_cursor };
  builder = confsync_json_builder_new (NULL);
  list = g_ptr_array_new_with_free_func (g_free);
  path = g_string_new (NULL);
  merge = (ConfsyncMerge){ .builder = builder, .path = path, .conflicts = list };
  confsync_merge_values (&merge, &sides);
  g_ptr_array_add (list, NULL);
  if (conflicts != NULL)
    *conflicts = (GStrv) g_ptr_array_steal (list, NULL);
  return confsync_json_builder_end (builder, NULL);
}
