/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Regions as a tree of names, walked along with the tape.
 */

#include "config.h"

#include "confsync-regions-private.h"

#include "confsync-error.h"
#include "confsync-json-builder-private.h"
#include "confsync-json-pointer-private.h"

#define NO_REGION -1

/* One token of some region's pointer. There are as few as a person writes down, so a child is
 * found by looking at all of them. */
typedef struct
{
  char *name;          /* (owned) (nullable): the root has none */
  int region;          /* or NO_REGION */
  GPtrArray *children; /* (element-type Place) */
} Place;

typedef struct
{
  char *pointer;
  GStrv tokens;
  Place *place; /* (unowned) */
} Region;

struct _ConfsyncRegions
{
  Place *root;        /* (owned) */
  GPtrArray *regions; /* (element-type Region) */
};

typedef struct
{
  ConfsyncJson *const *values;
  gboolean *dropped;
  ConfsyncJsonBuilder *builder;
} Composition;

static void
place_free (gpointer data)
{
  Place *self = data;

  g_free (self->name);
  g_ptr_array_unref (self->children);
  g_free (self);
}

static Place *
place_new (const char *name)
{
  Place *self = g_new0 (Place, 1);

  self->name = g_strdup (name);
  self->region = NO_REGION;
  self->children = g_ptr_array_new_with_free_func (place_free);
  return self;
}

static Place *
find_child (const Place *self, const char *name, gsize length)
{
  for (guint i = 0; i < self->children->len; i++)
    {
      Place *child = self->children->pdata[i];

      if (strlen (child->name) == length && memcmp (child->name, name, length) == 0)
        return child;
    }
  return NULL;
}

static void
region_free (gpointer data)
{
  Region *self = data;

  g_free (self->pointer);
  g_strfreev (self->tokens);
  g_free (self);
}

/* takes @tokens */
static void
append_region (ConfsyncRegions *self, const char *pointer, GStrv tokens, Place *place)
{
  Region *region = g_new0 (Region, 1);

  region->pointer = g_strdup (pointer);
  region->tokens = tokens;
  region->place = place;
  place->region = (int) self->regions->len;
  g_ptr_array_add (self->regions, region);
}

ConfsyncRegions *
confsync_regions_new (void)
{
  ConfsyncRegions *self = g_new0 (ConfsyncRegions, 1);

  self->root = place_new (NULL);
  self->regions = g_ptr_array_new_with_free_func (region_free);
  append_region (self, "", g_new0 (char *, 1), self->root);
  return self;
}

void
confsync_regions_free (ConfsyncRegions *self)
{
  g_ptr_array_unref (self->regions);
  place_free (self->root);
  g_free (self);
}

static Place *
make_place (ConfsyncRegions *self, GStrv tokens)
{
  Place *place = self->root;

  for (char **token = tokens; *token != NULL; token++)
    {
      Place *child = find_child (place, *token, strlen (*token));

      if (child == NULL)
        {
          child = place_new (*token);
          g_ptr_array_add (place->children, child);
        }
      place = child;
    }
  return place;
}

static gboolean
refuse (const char *pointer, ConfsyncError code, const char *reason, GError **error)
{
  g_autofree char *shown = confsync_json_abbreviate (pointer);

  g_set_error (error, CONFSYNC_ERROR, code, "\"%s\" %s", shown, reason);
  return FALSE;
}

gboolean
confsync_regions_add (ConfsyncRegions *self, const char *pointer, GError **error)
{
  g_auto (GStrv) tokens = confsync_json_pointer_split (pointer, error);
  Place *place;

  if (tokens == NULL)
    return FALSE;
  if (tokens[0] == NULL)
    return refuse (pointer, CONFSYNC_ERROR_INVALID_POINTER,
                   "is the whole configuration: what has no rule of its own there goes to the "
                   "fallback", error);
  if (g_strv_length (tokens) > CONFSYNC_TAPE_MAX_DEPTH)
    return refuse (pointer, CONFSYNC_ERROR_INVALID_POINTER,
                   "is deeper than any configuration can be", error);
  place = make_place (self, tokens);
  if (place->region != NO_REGION)
    return refuse (pointer, CONFSYNC_ERROR_BUSY, "has a rule already", error);
  append_region (self, pointer, g_steal_pointer (&tokens), place);
  return TRUE;
}

guint
confsync_regions_get_length (ConfsyncRegions *self)
{
  return self->regions->len;
}

static const Region *
get_region (ConfsyncRegions *self, guint region)
{
  return self->regions->pdata[region];
}

const char *
confsync_regions_get_pointer (ConfsyncRegions *self, guint region)
{
  return get_region (self, region)->pointer;
}

int
confsync_regions_find (ConfsyncRegions *self, const char *pointer, GError **error)
{
  g_auto (GStrv) tokens = confsync_json_pointer_split (pointer, error);
  const Place *place = self->root;
  int found = 0;

  if (tokens == NULL)
    return NO_REGION;
  for (char **token = tokens; place != NULL && *token != NULL; token++)
    {
      place = find_child (place, *token, strlen (*token));
      if (place != NULL && place->region != NO_REGION)
        found = place->region;
    }
  return found;
}

/* the cursor moves on; %FALSE where it isn't at an object that has such a member */
static gboolean
step (ConfsyncCursor *at, const char *token)
{
  ConfsyncCursor name;

  if (confsync_cursor_kind (*at) != CONFSYNC_JSON_OBJECT)
    return FALSE;
  if (!confsync_cursor_find (*at, token, strlen (token), &name))
    return FALSE;
  *at = confsync_cursor_value (name);
  return TRUE;
}

gboolean
confsync_regions_check (ConfsyncRegions *self, ConfsyncJson *root, GError **error)
{
  for (guint i = 1; i < self->regions->len; i++)
    {
      const Region *region = get_region (self, i);
      ConfsyncCursor at = confsync_json_get_cursor (root);
      g_autoptr (GString) passed = g_string_new (NULL);
      char **token = region->tokens;

      for (; *token != NULL && step (&at, *token); token++)
        confsync_json_pointer_append (passed, *token, strlen (*token));
      if (*token != NULL && confsync_cursor_kind (at) == CONFSYNC_JSON_ARRAY)
        {
          g_autofree char *shown = confsync_json_abbreviate (region->pointer);
          g_autofree char *array = confsync_json_abbreviate (passed->str);

          g_set_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_INVALID_POINTER,
                       "the rule for \"%s\" reaches into the array at \"%s\", whose elements move: "
                       "there can be a rule for the whole array only", shown, array);
          return FALSE;
        }
    }
  return TRUE;
}

static void
append_without_regions (ConfsyncJsonBuilder *builder, const Place *place, ConfsyncCursor value)
{
  guint n = confsync_cursor_length (value);
  ConfsyncCursor name = confsync_cursor_first (value);

  if (place->children->len == 0 || confsync_cursor_kind (value) != CONFSYNC_JSON_OBJECT)
    {
      confsync_json_builder_append_cursor (builder, value);
      return;
    }
  confsync_json_builder_begin_object (builder);
  for (guint i = 0; i < n; i++, name = confsync_cursor_next_name (name))
    {
      gsize length;
      const char *text = confsync_cursor_text (name, &length);
      const Place *child = find_child (place, text, length);

      if (child != NULL && child->region != NO_REGION)
        continue;
      confsync_json_builder_name_n (builder, text, length);
      if (child == NULL)
        confsync_json_builder_append_cursor (builder, confsync_cursor_value (name));
      else
        append_without_regions (builder, child, confsync_cursor_value (name));
    }
  confsync_json_builder_close (builder);
}

ConfsyncJson *
confsync_regions_cut (ConfsyncRegions *self, guint region, ConfsyncJson *root)
{
  const Region *cut = get_region (self, region);
  ConfsyncCursor at = confsync_json_get_cursor (root);
  g_autoptr (ConfsyncJsonBuilder) builder = NULL;

  for (char **token = cut->tokens; *token != NULL; token++)
    if (!step (&at, *token))
      return NULL;
  if (cut->place->children->len == 0)
    return confsync_json_new_at (at);
  builder = confsync_json_builder_new (NULL);
  append_without_regions (builder, cut->place, at);
  return confsync_json_builder_end (builder, NULL);
}

ConfsyncJson *
confsync_regions_frame (ConfsyncRegions *self, guint region, ConfsyncJson *value)
{
  const Region *framed = get_region (self, region);
  g_autoptr (ConfsyncJsonBuilder) builder = NULL;
  guint depth = g_strv_length (framed->tokens);

  if (depth == 0)
    return confsync_json_ref (value);
  builder = confsync_json_builder_new (NULL);
  for (guint i = 0; i < depth; i++)
    {
      confsync_json_builder_begin_object (builder);
      if (i + 1 < depth || value != NULL)
        confsync_json_builder_name (builder, framed->tokens[i]);
    }
  if (value != NULL)
    confsync_json_builder_append (builder, value);
  for (guint i = 0; i < depth; i++)
    confsync_json_builder_close (builder);
  return confsync_json_builder_end (builder, NULL);
}

/* what a region has at a place of its own; %NULL where that is nothing, or @place has no region */
static const ConfsyncCursor *
value_at (const Composition *self, const Place *place, ConfsyncCursor *value)
{
  if (place->region == NO_REGION || self->values[place->region] == NULL)
    return NULL;
  *value = confsync_json_get_cursor (self->values[place->region]);
  return value;
}

/* whether a region at @place or below it has a value */
static gboolean
has_values (const Composition *self, const Place *place)
{
  ConfsyncCursor unused;

  if (value_at (self, place, &unused) != NULL)
    return TRUE;
  for (guint i = 0; i < place->children->len; i++)
    if (has_values (self, place->children->pdata[i]))
      return TRUE;
  return FALSE;
}

static void
drop_below (const Composition *self, const Place *place)
{
  for (guint i = 0; i < place->children->len; i++)
    {
      const Place *child = place->children->pdata[i];
      ConfsyncCursor unused;

      if (value_at (self, child, &unused) != NULL)
        self->dropped[child->region] = TRUE;
      drop_below (self, child);
    }
}

static void compose (const Composition *self, const Place *place, const ConfsyncCursor *value);

static void
append_members (const Composition *self, const Place *place, ConfsyncCursor object)
{
  guint n = confsync_cursor_length (object);
  ConfsyncCursor name = confsync_cursor_first (object);

  for (guint i = 0; i < n; i++, name = confsync_cursor_next_name (name))
    {
      const ConfsyncCursor value = confsync_cursor_value (name);
      gsize length;
      const char *text = confsync_cursor_text (name, &length);
      const Place *child = find_child (place, text, length);

      /* nothing that was cut has one with a region */
      g_assert (child == NULL || child->region == NO_REGION);
      confsync_json_builder_name_n (self->builder, text, length);
      if (child == NULL)
        confsync_json_builder_append_cursor (self->builder, value);
      else
        compose (self, child, &value);
    }
}

/* @value is nullable: then something below has one */
static void
compose (const Composition *self, const Place *place, const ConfsyncCursor *value)
{
  if (value != NULL && confsync_cursor_kind (*value) != CONFSYNC_JSON_OBJECT)
    {
      confsync_json_builder_append_cursor (self->builder, *value);
      drop_below (self, place);
      return;
    }
  confsync_json_builder_begin_object (self->builder);
  if (value != NULL)
    append_members (self, place, *value);
  for (guint i = 0; i < place->children->len; i++)
    {
      const Place *child = place->children->pdata[i];
      ConfsyncCursor own;

      if (value != NULL && confsync_cursor_find (*value, child->name, strlen (child->name), &own))
        continue;
      if (!has_values (self, child))
        continue;
      confsync_json_builder_name (self->builder, child->name);
      compose (self, child, value_at (self, child, &own));
    }
  confsync_json_builder_close (self->builder);
}

ConfsyncJson *
confsync_regions_compose (ConfsyncRegions *self, ConfsyncJson *const *values, gboolean *dropped)
{
  g_autoptr (ConfsyncJsonBuilder) builder = confsync_json_builder_new (NULL);
  const Composition composition = { values, dropped, builder };
  ConfsyncCursor root;

  compose (&composition, self->root, value_at (&composition, self->root, &root));
  return confsync_json_builder_end (builder, NULL);
}
