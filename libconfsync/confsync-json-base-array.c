/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Bases of arrays by element. Each element that a side has is a place of its own. The order of all
 * of them together is one, too: of the side that has them as some base has, or else of the bases'
 * merge.
 */

#include "config.h"

#include "confsync-json-base-private.h"
#include "confsync-json-elements-private.h"

typedef struct
{
  ConfsyncElements one, other;
  ConfsyncElements bases[CONFSYNC_JSON_BASES_MAX + 1]; /* those that are no arrays are empty */
  guint n_bases;
} Arrays;

static void
clear_arrays (Arrays *self)
{
  confsync_elements_clear (&self->one);
  confsync_elements_clear (&self->other);
  for (guint i = 0; i < self->n_bases; i++)
    confsync_elements_clear (&self->bases[i]);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Arrays, clear_arrays)

static gboolean
read_by (Arrays *self, const ConfsyncBasePlace *place, const char *id_name)
{
  if (!confsync_elements_read (&self->one, place->one, id_name) ||
      !confsync_elements_read (&self->other, place->other, id_name))
    return FALSE;
  for (guint i = 0; i < place->n_bases; i++)
    {
      const ConfsyncCursor *base = place->bases[i];
      gboolean is_array = base != NULL && confsync_cursor_kind (*base) == CONFSYNC_JSON_ARRAY;

      self->n_bases++;
      if (!confsync_elements_read (&self->bases[i], is_array ? base : NULL, id_name))
        return FALSE;
    }
  return TRUE;
}

static gboolean
read_arrays (Arrays *self, const ConfsyncBasePlace *place)
{
  for (guint i = 0; i < CONFSYNC_ID_NAMES; i++)
    {
      if (read_by (self, place, confsync_id_names[i]))
        return TRUE;
      clear_arrays (self);
      memset (self, 0, sizeof *self);
    }
  return FALSE;
}

/* Whether what both sides and @like have stands in the same order in @self as in @like. */
static gboolean
stands_as (const ConfsyncElements *self, const ConfsyncElements *like)
{
  gint64 last = -1;

  for (guint i = 0; i < self->n; i++)
    {
      const ConfsyncElement *there =
        self->entries[i].other != NULL ? confsync_elements_find (like, self->entries[i].id) : NULL;

      if (there == NULL)
        continue;
      if (there->number < last)
        return FALSE;
      last = there->number;
    }
  return TRUE;
}

static gboolean
has_old_order (const Arrays *self, const ConfsyncElements *side)
{
  for (guint i = 0; i < self->n_bases; i++)
    if (stands_as (side, &self->bases[i]))
      return TRUE;
  return FALSE;
}

static const ConfsyncElements *
choose_order (const Arrays *self)
{
  gboolean one = has_old_order (self, &self->one), other = has_old_order (self, &self->other);

  if (one == other)
    return &self->bases[0];
  return one ? &self->one : &self->other;
}

static void
append_element (ConfsyncJsonBuilder *builder, const Arrays *self, ConfsyncCursor id)
{
  const ConfsyncElement *one = confsync_elements_find (&self->one, id);
  const ConfsyncElement *other = confsync_elements_find (&self->other, id);
  ConfsyncBasePlace place = { one != NULL ? &one->element : NULL,
                              other != NULL ? &other->element : NULL,
                              { NULL },
                              self->n_bases };
  const ConfsyncCursor *picked;

  if (one == NULL && other == NULL)
    return;
  for (guint i = 0; i < self->n_bases; i++)
    {
      const ConfsyncElement *base = confsync_elements_find (&self->bases[i], id);

      place.bases[i] = base != NULL ? &base->element : NULL;
    }
  if (one != NULL && other != NULL)
    confsync_base_append_objects (builder, &place);
  else if ((picked = confsync_base_pick (&place)) != NULL)
    confsync_json_builder_append_cursor (builder, *picked);
}

/* Those that @before and @before_too don't have. */
static void
append_rest (ConfsyncJsonBuilder *builder,
             const Arrays *self,
             const ConfsyncElements *rest,
             const ConfsyncElements *before,
             const ConfsyncElements *before_too)
{
  for (guint i = 0; i < rest->n; i++)
    {
      ConfsyncCursor id = rest->by_id[i]->id;

      if (confsync_elements_find (before, id) == NULL &&
          (before_too == NULL || confsync_elements_find (before_too, id) == NULL))
        append_element (builder, self, id);
    }
}

static void
link_sides (Arrays *self)
{
  for (guint i = 0; i < self->one.n; i++)
    {
      ConfsyncElement *there = confsync_elements_find (&self->other, self->one.entries[i].id);

      self->one.entries[i].other = there;
      if (there != NULL)
        there->other = &self->one.entries[i];
    }
}

gboolean
confsync_base_append_arrays (ConfsyncJsonBuilder *builder, const ConfsyncBasePlace *self)
{
  g_auto (Arrays) arrays = { 0 };
  const ConfsyncElements *order;

  if (!read_arrays (&arrays, self))
    return FALSE;
  link_sides (&arrays);
  order = choose_order (&arrays);
  confsync_json_builder_begin_array (builder);
  for (guint i = 0; i < order->n; i++)
    append_element (builder, &arrays, order->entries[i].id);
  append_rest (builder, &arrays, &arrays.one, order, NULL);
  append_rest (builder, &arrays, &arrays.other, order, &arrays.one);
  confsync_json_builder_close (builder);
  return TRUE;
}
