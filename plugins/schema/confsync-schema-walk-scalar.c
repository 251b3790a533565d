/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * What a schema asks of a value whatever it is, of numbers, and of strings.
 */

#include "confsync-schema-number.h"
#include "confsync-schema-walk.h"

static const char *const kind_names[] = {
  "null", "a boolean", "an integer", "a number", "a string", "an array", "an object",
};

static gboolean
is_of_type (const ConfsyncSchemaNode *node, const ConfsyncJsonCursor *value)
{
  ConfsyncJsonKind kind = confsync_json_cursor_get_kind (value);

  if ((node->types & 1u << kind) != 0)
    return TRUE;
  return kind == CONFSYNC_JSON_DOUBLE && (node->types & CONFSYNC_SCHEMA_WHOLE_NUMBER) != 0 &&
         confsync_schema_number_is_integer (value);
}

static gboolean
check_type (ConfsyncSchemaWalk *self, const ConfsyncSchemaNode *node,
            const ConfsyncJsonCursor *value, const ConfsyncSchemaPlace *place)
{
  g_autoptr (GString) types = NULL;

  if (is_of_type (node, value))
    return TRUE;
  if (!self->reporting)
    return FALSE;
  types = g_string_new (NULL);
  for (guint kind = 0; kind < G_N_ELEMENTS (kind_names); kind++)
    {
      /* a number that need not be whole is said once */
      if ((node->types & 1u << kind) == 0 ||
          (kind == CONFSYNC_JSON_INTEGER && (node->types & 1u << CONFSYNC_JSON_DOUBLE) != 0))
        continue;
      g_string_append_printf (types, "%s%s", types->len > 0 ? " or " : "", kind_names[kind]);
    }
  return confsync_schema_walk_fail (self, node, "type", place, "is to be %s, and is %s",
                                    types->str,
                                    kind_names[confsync_json_cursor_get_kind (value)]);
}

static gboolean
check_enum (ConfsyncSchemaWalk *self, const ConfsyncSchemaNode *node,
            const ConfsyncJsonCursor *value, const ConfsyncSchemaPlace *place)
{
  ConfsyncJsonCursor allowed;
  ConfsyncJsonIter iter;

  if (!confsync_schema_walk_charge (self, node,
                                    confsync_json_cursor_get_length (&node->enumeration)))
    return FALSE;
  confsync_json_iter_init (&iter, &node->enumeration);
  while (confsync_json_iter_next (&iter, NULL, &allowed))
    if (confsync_json_cursor_compare (value, &allowed) == 0)
      return TRUE;
  return confsync_schema_walk_fail_by (self, node, "enum", place, "is to be one of",
                                       &node->enumeration);
}

static gboolean
check_number (ConfsyncSchemaWalk *self, const ConfsyncSchemaNode *node,
              const ConfsyncJsonCursor *value, const ConfsyncSchemaPlace *place)
{
  guint has = node->has;

  if ((has & CONFSYNC_SCHEMA_MAXIMUM) != 0 &&
      confsync_json_cursor_compare (value, &node->maximum) > 0)
    return confsync_schema_walk_fail_by (self, node, "maximum", place, "is above the maximum",
                                         &node->maximum);
  if ((has & CONFSYNC_SCHEMA_EXCLUSIVE_MAXIMUM) != 0 &&
      confsync_json_cursor_compare (value, &node->exclusive_maximum) >= 0)
    return confsync_schema_walk_fail_by (self, node, "exclusiveMaximum", place, "is not below",
                                         &node->exclusive_maximum);
  if ((has & CONFSYNC_SCHEMA_MINIMUM) != 0 &&
      confsync_json_cursor_compare (value, &node->minimum) < 0)
    return confsync_schema_walk_fail_by (self, node, "minimum", place, "is below the minimum",
                                         &node->minimum);
  if ((has & CONFSYNC_SCHEMA_EXCLUSIVE_MINIMUM) != 0 &&
      confsync_json_cursor_compare (value, &node->exclusive_minimum) <= 0)
    return confsync_schema_walk_fail_by (self, node, "exclusiveMinimum", place, "is not above",
                                         &node->exclusive_minimum);
  if ((has & CONFSYNC_SCHEMA_MULTIPLE_OF) != 0 &&
      !confsync_schema_number_is_multiple (value, &node->multiple_of))
    return confsync_schema_walk_fail_by (self, node, "multipleOf", place, "is not a multiple of",
                                         &node->multiple_of);
  return TRUE;
}

/* lengths are counted in characters, that is, in code points */
static gboolean
check_length (ConfsyncSchemaWalk *self, const ConfsyncSchemaNode *node,
              const ConfsyncJsonCursor *value, const ConfsyncSchemaPlace *place)
{
  gsize length;
  const char *text = confsync_json_cursor_get_string (value, &length);
  guint64 characters = (guint64) g_utf8_strlen (text, (gssize) length);

  if (!confsync_schema_walk_charge (self, node, length / 32))
    return FALSE;
  if ((node->has & CONFSYNC_SCHEMA_MAX_LENGTH) != 0 && characters > node->max_length)
    return confsync_schema_walk_fail (self, node, "maxLength", place,
                                      "is longer than %" G_GUINT64_FORMAT " characters",
                                      node->max_length);
  if ((node->has & CONFSYNC_SCHEMA_MIN_LENGTH) != 0 && characters < node->min_length)
    return confsync_schema_walk_fail (self, node, "minLength", place,
                                      "is shorter than %" G_GUINT64_FORMAT " characters",
                                      node->min_length);
  return TRUE;
}

static gboolean
check_string (ConfsyncSchemaWalk *self, const ConfsyncSchemaNode *node,
              const ConfsyncJsonCursor *value, const ConfsyncSchemaPlace *place)
{
  ConfsyncJsonCursor shown;

  if ((node->has & (CONFSYNC_SCHEMA_MAX_LENGTH | CONFSYNC_SCHEMA_MIN_LENGTH)) != 0 &&
      !check_length (self, node, value, place))
    return FALSE;
  if (node->pattern == NULL ||
      confsync_schema_walk_matches (self, node, node->pattern, value, place))
    return TRUE;
  return confsync_json_cursor_find (&node->place, "pattern", -1, &shown) &&
         confsync_schema_walk_fail_by (self, node, "pattern", place,
                                       "doesn't match the pattern", &shown);
}

gboolean
confsync_schema_walk_scalar (ConfsyncSchemaWalk *self, const ConfsyncSchemaNode *node,
                             const ConfsyncJsonCursor *value, const ConfsyncSchemaPlace *place)
{
  ConfsyncJsonKind kind = confsync_json_cursor_get_kind (value);

  if ((node->has & CONFSYNC_SCHEMA_TYPE) != 0 && !check_type (self, node, value, place))
    return FALSE;
  if ((node->has & CONFSYNC_SCHEMA_ENUM) != 0 && !check_enum (self, node, value, place))
    return FALSE;
  if ((node->has & CONFSYNC_SCHEMA_CONST) != 0 &&
      confsync_json_cursor_compare (value, &node->constant) != 0)
    return confsync_schema_walk_fail_by (self, node, "const", place, "is to be",
                                         &node->constant);
  if (kind == CONFSYNC_JSON_INTEGER || kind == CONFSYNC_JSON_DOUBLE)
    return check_number (self, node, value, place);
  return kind != CONFSYNC_JSON_STRING || check_string (self, node, value, place);
}
