/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * The base is made so that the three-way merge does the rest: where one side's value is old, that
 * value is the base's, and the merge takes the other one; where both are new, the base differs from
 * both, and the merge finds a conflict.
 */

#include "config.h"

#include "confsync-json-base-private.h"
#include "confsync-json-merge-private.h"

static inline gboolean
is_object (const ConfsyncCursor *value)
{
  return value != NULL && confsync_cursor_kind (*value) == CONFSYNC_JSON_OBJECT;
}

/* the value of a member; %NULL where @object is none or lacks it */
static const ConfsyncCursor *
find (const ConfsyncCursor *object, ConfsyncCursor name, ConfsyncCursor *value)
{
  gsize length;
  const char *text = confsync_cursor_text (name, &length);

  if (!is_object (object) || !confsync_cursor_find (*object, text, length, value))
    return NULL;
  *value = confsync_cursor_value (*value);
  return value;
}

/* the place of a member */
static ConfsyncBasePlace
enter (const ConfsyncBasePlace *self, ConfsyncCursor name, ConfsyncBaseRoom *room)
{
  ConfsyncBasePlace inside = { find (self->one, name, &room->one),
                               find (self->other, name, &room->other),
                               { NULL },
                               self->n_bases };

  for (guint i = 0; i < self->n_bases; i++)
    inside.bases[i] = find (self->bases[i], name, &room->bases[i]);
  return inside;
}

/* Whether a value is made of nothing but what the bases have there. */
static gboolean is_old (const ConfsyncCursor *value, const ConfsyncBasePlace *place);

static gboolean
is_old_member (const ConfsyncBasePlace *object, ConfsyncCursor name)
{
  ConfsyncBaseRoom room;
  const ConfsyncBasePlace member = enter (object, name, &room);

  return is_old (member.one, &member);
}

/* the @i-th of the objects there: the side alone, then the bases */
static const ConfsyncCursor *
object_at (const ConfsyncBasePlace *place, guint i)
{
  return i == 0 ? place->one : place->bases[i - 1];
}

static gboolean
was_met (const ConfsyncBasePlace *place, guint before, ConfsyncCursor name)
{
  ConfsyncCursor unused;

  for (guint i = 0; i < before; i++)
    if (find (object_at (place, i), name, &unused) != NULL)
      return TRUE;
  return FALSE;
}

/* Each of its members, and the absence of each other that a base has. @place is that of the object
 * alone, as one side. */
static gboolean
has_old_members (const ConfsyncBasePlace *place)
{
  for (guint i = 0; i <= place->n_bases; i++)
    {
      const ConfsyncCursor *object = object_at (place, i);
      guint n = is_object (object) ? confsync_cursor_length (*object) : 0;
      ConfsyncCursor name = n > 0 ? confsync_cursor_first (*object) : (ConfsyncCursor){ 0 };

      for (guint member = 0; member < n; member++, name = confsync_cursor_next_name (name))
        if (!was_met (place, i, name) && !is_old_member (place, name))
          return FALSE;
    }
  return TRUE;
}

static gboolean
is_old (const ConfsyncCursor *value, const ConfsyncBasePlace *place)
{
  ConfsyncBasePlace alone = *place;
  gboolean objects = FALSE;

  for (guint i = 0; i < place->n_bases; i++)
    {
      if (confsync_merge_same (value, place->bases[i]))
        return TRUE;
      objects |= is_object (place->bases[i]);
    }
  if (!objects || !is_object (value))
    return FALSE;
  alone.one = value;
  alone.other = NULL;
  return has_old_members (&alone);
}

const ConfsyncCursor *
confsync_base_pick (const ConfsyncBasePlace *self)
{
  const ConfsyncCursor *joined = self->bases[0];
  gboolean one, other;

  if (confsync_merge_same (self->one, self->other))
    return self->one;
  one = is_old (self->one, self);
  other = is_old (self->other, self);
  if (one != other)
    return one ? self->one : self->other;
  /* both old: who has what the bases come to left it at that, and the other one went back to
   * something on purpose; both new: a conflict */
  return joined;
}

/* the member's base, if it has one, in the object that the builder is at */
static void
append_member (ConfsyncJsonBuilder *builder, const ConfsyncBasePlace *objects, ConfsyncCursor name)
{
  ConfsyncBaseRoom room;
  const ConfsyncBasePlace place = enter (objects, name, &room);
  gsize length;
  const char *text = confsync_cursor_text (name, &length);
  const ConfsyncCursor *picked;

  if (is_object (place.one) && is_object (place.other))
    {
      confsync_json_builder_name_n (builder, text, length);
      confsync_base_append_objects (builder, &place);
      return;
    }
  if (place.one != NULL && place.other != NULL &&
      confsync_cursor_kind (*place.one) == CONFSYNC_JSON_ARRAY &&
      confsync_cursor_kind (*place.other) == CONFSYNC_JSON_ARRAY)
    {
      confsync_json_builder_name_n (builder, text, length);
      if (confsync_base_append_arrays (builder, &place))
        return;
      picked = confsync_base_pick (&place);
      if (picked != NULL)
        confsync_json_builder_append_cursor (builder, *picked);
      else
        confsync_json_builder_null (builder); /* there is none, and so no array either */
      return;
    }
  picked = confsync_base_pick (&place);
  if (picked == NULL)
    return;
  confsync_json_builder_name_n (builder, text, length);
  confsync_json_builder_append_cursor (builder, *picked);
}

void
confsync_base_append_objects (ConfsyncJsonBuilder *builder, const ConfsyncBasePlace *self)
{
  guint n_one = confsync_cursor_length (*self->one);
  guint n_other = confsync_cursor_length (*self->other);
  ConfsyncCursor name = confsync_cursor_first (*self->one), unused;

  confsync_json_builder_begin_object (builder);
  for (guint i = 0; i < n_one; i++, name = confsync_cursor_next_name (name))
    append_member (builder, self, name);
  name = confsync_cursor_first (*self->other);
  for (guint i = 0; i < n_other; i++, name = confsync_cursor_next_name (name))
    if (find (self->one, name, &unused) == NULL)
      append_member (builder, self, name);
  confsync_json_builder_close (builder);
}

ConfsyncJson *
confsync_json_make_base (ConfsyncJson *const *bases,
                         guint n_bases,
                         ConfsyncJson *joined,
                         ConfsyncJson *one,
                         ConfsyncJson *other)
{
  g_autoptr (ConfsyncJsonBuilder) builder = confsync_json_builder_new (NULL);
  ConfsyncBaseRoom room;
  ConfsyncBasePlace root = { &room.one, &room.other, { &room.bases[0] }, 1 };

  room.one = confsync_json_get_cursor (one);
  room.other = confsync_json_get_cursor (other);
  room.bases[0] = confsync_json_get_cursor (joined);
  for (guint i = 0; i < MIN (n_bases, CONFSYNC_JSON_BASES_MAX); i++)
    {
      room.bases[i + 1] = confsync_json_get_cursor (bases[i]);
      root.bases[root.n_bases++] = &room.bases[i + 1];
    }
  confsync_base_append_objects (builder, &root);
  return confsync_json_builder_end (builder, NULL);
}
