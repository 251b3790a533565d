/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * What a schema asks of an array and its elements; and of the members and elements that nobody has
 * looked at.
 */

#include "confsync-schema-walk.h"

static gboolean
walk_items (ConfsyncSchemaWalk *self, const ConfsyncSchemaNode *node,
            const ConfsyncJsonCursor *value, const ConfsyncSchemaPlace *place,
            ConfsyncSchemaEvaluated *evaluated)
{
  guint n_prefix = node->prefix_items != NULL ? node->prefix_items->len : 0;
  ConfsyncJsonCursor element;
  ConfsyncJsonIter iter;

  if (!confsync_schema_walk_charge (self, node, confsync_json_cursor_get_length (value)))
    return FALSE;
  confsync_json_iter_init (&iter, value);
  for (guint i = 0; confsync_json_iter_next (&iter, NULL, &element); i++)
    {
      ConfsyncSchemaPlace inner = confsync_schema_place_of (place, NULL, i);
      const ConfsyncSchemaNode *item =
        i < n_prefix ? g_ptr_array_index (node->prefix_items, i) : node->items;

      if (item == NULL)
        break;
      if (!confsync_schema_walk (self, item, &element, &inner, NULL))
        return FALSE;
      confsync_schema_evaluated_add (evaluated, i);
    }
  return TRUE;
}

/* Why an element isn't what is looked for is of no interest; a walk that was stopped keeps its
 * reason. */
static gboolean
is_contained (ConfsyncSchemaWalk *self, const ConfsyncSchemaNode *node,
              const ConfsyncJsonCursor *element, const ConfsyncSchemaPlace *place)
{
  gboolean reporting = self->reporting, fits;

  self->reporting = FALSE;
  fits = confsync_schema_walk (self, node->contains, element, place, NULL);
  self->reporting = reporting || self->stopped;
  return fits;
}

static gboolean
walk_contains (ConfsyncSchemaWalk *self, const ConfsyncSchemaNode *node,
               const ConfsyncJsonCursor *value, const ConfsyncSchemaPlace *place,
               ConfsyncSchemaEvaluated *evaluated)
{
  ConfsyncJsonCursor element;
  ConfsyncJsonIter iter;
  guint64 found = 0;

  confsync_json_iter_init (&iter, value);
  for (guint i = 0; confsync_json_iter_next (&iter, NULL, &element) && !self->stopped; i++)
    {
      ConfsyncSchemaPlace inner = confsync_schema_place_of (place, NULL, i);

      if (is_contained (self, node, &element, &inner))
        {
          found++;
          confsync_schema_evaluated_add (evaluated, i);
        }
    }
  if (self->stopped)
    return FALSE;
  if (found < node->min_contains)
    return confsync_schema_walk_fail (
      self, node, (node->has & CONFSYNC_SCHEMA_MIN_CONTAINS) != 0 ? "minContains" : "contains",
      place, "has fewer than %" G_GUINT64_FORMAT " elements of the kind it is to contain",
      node->min_contains);
  if (found > node->max_contains)
    return confsync_schema_walk_fail (self, node, "maxContains", place,
                                      "has more than %" G_GUINT64_FORMAT
                                      " elements of the kind it is to contain",
                                      node->max_contains);
  return TRUE;
}

static int
compare_elements (gconstpointer a, gconstpointer b)
{
  return confsync_json_cursor_compare (a, b);
}

/* Sorted, what is equal stands together. Each comparison takes as long as the smaller of the two,
 * so all of them take about the whole array's size, as often as it can be halved. */
static gboolean
check_unique (ConfsyncSchemaWalk *self, const ConfsyncSchemaNode *node,
              const ConfsyncJsonCursor *value, const ConfsyncSchemaPlace *place)
{
  guint n = confsync_json_cursor_get_length (value);
  g_autofree ConfsyncJsonCursor *elements = NULL;
  ConfsyncJsonIter iter;

  if (n < 2)
    return TRUE;
  elements = g_new (ConfsyncJsonCursor, n);
  confsync_json_iter_init (&iter, value);
  for (guint i = 0; i < n; i++)
    confsync_json_iter_next (&iter, NULL, &elements[i]);
  if (!confsync_schema_walk_charge (self, node, (guint64) confsync_json_cursor_get_size (value) *
                                                  g_bit_storage (n)))
    return FALSE;
  qsort (elements, n, sizeof *elements, compare_elements);
  for (guint i = 1; i < n; i++)
    if (confsync_json_cursor_compare (&elements[i - 1], &elements[i]) == 0)
      return confsync_schema_walk_fail (self, node, "uniqueItems", place,
                                        "has two elements that are equal");
  return TRUE;
}

gboolean
confsync_schema_walk_array (ConfsyncSchemaWalk *self, const ConfsyncSchemaNode *node,
                            const ConfsyncJsonCursor *value, const ConfsyncSchemaPlace *place,
                            ConfsyncSchemaEvaluated *evaluated)
{
  guint n = confsync_json_cursor_get_length (value);

  if ((node->has & CONFSYNC_SCHEMA_MAX_ITEMS) != 0 && n > node->max_items)
    return confsync_schema_walk_fail (self, node, "maxItems", place,
                                      "has more elements than %" G_GUINT64_FORMAT,
                                      node->max_items);
  if ((node->has & CONFSYNC_SCHEMA_MIN_ITEMS) != 0 && n < node->min_items)
    return confsync_schema_walk_fail (self, node, "minItems", place,
                                      "has fewer elements than %" G_GUINT64_FORMAT,
                                      node->min_items);
  if (node->unique_items && !check_unique (self, node, value, place))
    return FALSE;
  if ((node->prefix_items != NULL || node->items != NULL) &&
      !walk_items (self, node, value, place, evaluated))
    return FALSE;
  return node->contains == NULL || walk_contains (self, node, value, place, evaluated);
}

gboolean
confsync_schema_walk_unevaluated (ConfsyncSchemaWalk *self, const ConfsyncSchemaNode *node,
                                  const ConfsyncJsonCursor *value,
                                  const ConfsyncSchemaPlace *place,
                                  ConfsyncSchemaEvaluated *evaluated)
{
  gboolean is_object = confsync_json_cursor_get_kind (value) == CONFSYNC_JSON_OBJECT;
  const ConfsyncSchemaNode *others =
    is_object ? node->unevaluated_properties : node->unevaluated_items;
  ConfsyncJsonCursor name, inner_value;
  ConfsyncJsonIter iter;

  if (others == NULL)
    return TRUE;
  confsync_json_iter_init (&iter, value);
  for (guint i = 0; confsync_json_iter_next (&iter, &name, &inner_value); i++)
    {
      ConfsyncSchemaPlace inner = confsync_schema_place_of (place, is_object ? &name : NULL, i);

      if (!confsync_schema_evaluated_has (evaluated, i) &&
          !confsync_schema_walk (self, others, &inner_value, &inner, NULL))
        return FALSE;
    }
  confsync_schema_evaluated_add_all (evaluated);
  return TRUE;
}
