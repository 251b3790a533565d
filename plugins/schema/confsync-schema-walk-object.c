/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * What a schema asks of an object and its members.
 */

#include "confsync-schema-text.h"
#include "confsync-schema-walk.h"

static gboolean
has_member (const ConfsyncJsonCursor *object, const ConfsyncJsonCursor *name)
{
  ConfsyncJsonCursor found;
  gsize length;
  const char *text = confsync_json_cursor_get_string (name, &length);

  return confsync_json_cursor_find (object, text, (gssize) length, &found);
}

static gboolean
check_required (ConfsyncSchemaWalk *self, const ConfsyncSchemaNode *node,
                const ConfsyncJsonCursor *value, const ConfsyncSchemaPlace *place)
{
  ConfsyncJsonCursor name;
  ConfsyncJsonIter iter;

  if (!confsync_schema_walk_charge (self, node, confsync_json_cursor_get_length (&node->required)))
    return FALSE;
  confsync_json_iter_init (&iter, &node->required);
  while (confsync_json_iter_next (&iter, NULL, &name))
    if (!has_member (value, &name))
      return confsync_schema_walk_fail_by (self, node, "required", place, "lacks the member",
                                           &name);
  return TRUE;
}

static gboolean
fail_dependent (ConfsyncSchemaWalk *self, const ConfsyncSchemaNode *node,
                const ConfsyncSchemaPlace *place, const ConfsyncSchemaMember *member,
                const ConfsyncJsonCursor *missing)
{
  g_autofree char *has = confsync_schema_show (member->name, member->length);
  g_autofree char *lacks = confsync_schema_show_value (missing);
  ConfsyncJsonCursor keyword;

  return confsync_schema_walk_fail (
    self, node,
    confsync_json_cursor_find (&node->place, "dependentRequired", -1, &keyword)
      ? "dependentRequired" : "dependencies",
    place, "has \"%s\", and lacks %s, which belongs to it", has, lacks);
}

static gboolean
check_dependent_required (ConfsyncSchemaWalk *self, const ConfsyncSchemaNode *node,
                          const ConfsyncJsonCursor *value, const ConfsyncSchemaPlace *place)
{
  ConfsyncJsonCursor name;
  ConfsyncJsonIter iter;

  for (guint i = 0; i < node->dependent_required->len; i++)
    {
      const ConfsyncSchemaMember *member =
        &g_array_index (node->dependent_required, ConfsyncSchemaMember, i);

      if (!confsync_schema_walk_charge (self, node,
                                        1 + confsync_json_cursor_get_length (&member->names)))
        return FALSE;
      if (!confsync_json_cursor_find (value, member->name, (gssize) member->length, &name))
        continue;
      confsync_json_iter_init (&iter, &member->names);
      while (confsync_json_iter_next (&iter, NULL, &name))
        if (!has_member (value, &name))
          return fail_dependent (self, node, place, member, &name);
    }
  return TRUE;
}

static gboolean
walk_dependent_schemas (ConfsyncSchemaWalk *self, const ConfsyncSchemaNode *node,
                        const ConfsyncJsonCursor *value, const ConfsyncSchemaPlace *place,
                        ConfsyncSchemaEvaluated *evaluated)
{
  ConfsyncJsonCursor found;

  for (guint i = 0; i < node->dependent_schemas->len; i++)
    {
      const ConfsyncSchemaMember *member =
        &g_array_index (node->dependent_schemas, ConfsyncSchemaMember, i);

      if (confsync_json_cursor_find (value, member->name, (gssize) member->length, &found) &&
          !confsync_schema_walk (self, member->node, value, place, evaluated))
        return FALSE;
    }
  return TRUE;
}

/* the schemas whose patterns match the member's name; @known is set where there is one */
static gboolean
walk_patterns (ConfsyncSchemaWalk *self, const ConfsyncSchemaNode *node,
               const ConfsyncJsonCursor *name, const ConfsyncJsonCursor *value,
               const ConfsyncSchemaPlace *place, gboolean *known)
{
  for (guint i = 0; i < node->pattern_properties->len; i++)
    {
      const ConfsyncSchemaMember *member =
        &g_array_index (node->pattern_properties, ConfsyncSchemaMember, i);

      if (confsync_schema_walk_matches (self, node, member->pattern, name, place))
        {
          *known = TRUE;
          if (!confsync_schema_walk (self, member->node, value, place, NULL))
            return FALSE;
        }
      if (self->stopped)
        return FALSE;
    }
  return TRUE;
}

static gboolean
walk_name (ConfsyncSchemaWalk *self, const ConfsyncSchemaNode *node,
           const ConfsyncJsonCursor *name, ConfsyncSchemaPlace *place)
{
  gboolean fits;

  place->is_name = TRUE;
  fits = confsync_schema_walk (self, node->property_names, name, place, NULL);
  place->is_name = FALSE;
  return fits;
}

static gboolean
walk_member (ConfsyncSchemaWalk *self, const ConfsyncSchemaNode *node,
             const ConfsyncJsonCursor *name, const ConfsyncJsonCursor *value,
             ConfsyncSchemaPlace *place, gboolean *known)
{
  const ConfsyncSchemaMember *member = NULL;
  const char *text;
  gsize length;

  if (node->properties != NULL)
    {
      text = confsync_json_cursor_get_string (name, &length);
      member = confsync_schema_members_find (node->properties, text, length);
    }
  *known = member != NULL;
  if (node->property_names != NULL && !walk_name (self, node, name, place))
    return FALSE;
  if (member != NULL && !confsync_schema_walk (self, member->node, value, place, NULL))
    return FALSE;
  if (node->pattern_properties != NULL &&
      !walk_patterns (self, node, name, value, place, known))
    return FALSE;
  if (*known || node->additional_properties == NULL)
    return TRUE;
  *known = TRUE;
  return confsync_schema_walk (self, node->additional_properties, value, place, NULL);
}

static gboolean
walk_members (ConfsyncSchemaWalk *self, const ConfsyncSchemaNode *node,
              const ConfsyncJsonCursor *value, const ConfsyncSchemaPlace *place,
              ConfsyncSchemaEvaluated *evaluated)
{
  ConfsyncJsonCursor name, member;
  ConfsyncJsonIter iter;

  if (!confsync_schema_walk_charge (self, node, confsync_json_cursor_get_length (value)))
    return FALSE;
  confsync_json_iter_init (&iter, value);
  for (guint i = 0; confsync_json_iter_next (&iter, &name, &member); i++)
    {
      ConfsyncSchemaPlace inner = confsync_schema_place_of (place, &name, 0);
      gboolean known;

      if (!walk_member (self, node, &name, &member, &inner, &known))
        return FALSE;
      if (known)
        confsync_schema_evaluated_add (evaluated, i);
    }
  return TRUE;
}

gboolean
confsync_schema_walk_object (ConfsyncSchemaWalk *self, const ConfsyncSchemaNode *node,
                             const ConfsyncJsonCursor *value, const ConfsyncSchemaPlace *place,
                             ConfsyncSchemaEvaluated *evaluated)
{
  guint n = confsync_json_cursor_get_length (value);

  if ((node->has & CONFSYNC_SCHEMA_MAX_PROPERTIES) != 0 && n > node->max_properties)
    return confsync_schema_walk_fail (self, node, "maxProperties", place,
                                      "has more members than %" G_GUINT64_FORMAT,
                                      node->max_properties);
  if ((node->has & CONFSYNC_SCHEMA_MIN_PROPERTIES) != 0 && n < node->min_properties)
    return confsync_schema_walk_fail (self, node, "minProperties", place,
                                      "has fewer members than %" G_GUINT64_FORMAT,
                                      node->min_properties);
  if ((node->has & CONFSYNC_SCHEMA_REQUIRED) != 0 && !check_required (self, node, value, place))
    return FALSE;
  if (node->dependent_required != NULL && !check_dependent_required (self, node, value, place))
    return FALSE;
  if ((node->properties != NULL || node->pattern_properties != NULL ||
       node->additional_properties != NULL || node->property_names != NULL) &&
      !walk_members (self, node, value, place, evaluated))
    return FALSE;
  return node->dependent_schemas == NULL ||
         walk_dependent_schemas (self, node, value, place, evaluated);
}
