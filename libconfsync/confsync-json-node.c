/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * ConfsyncJson from and to json-glib's JsonNode, the type of the public API.
 */

#include "config.h"

#include "confsync-error.h"
#include "confsync-json-builder-private.h"

static void append_node (ConfsyncJsonBuilder *builder, JsonNode *node);
static JsonNode *make_node (ConfsyncCursor value, GError **error);

static void
append_object (ConfsyncJsonBuilder *builder, JsonObject *object)
{
  JsonObjectIter iter;
  const char *name;
  JsonNode *value;

  confsync_json_builder_begin_object (builder);
  if (object != NULL)
    {
      json_object_iter_init_ordered (&iter, object);
      while (builder->error == NULL && json_object_iter_next_ordered (&iter, &name, &value))
        {
          confsync_json_builder_name (builder, name);
          append_node (builder, value);
        }
    }
  confsync_json_builder_close (builder);
}

static void
append_array (ConfsyncJsonBuilder *builder, JsonArray *array)
{
  guint n = array != NULL ? json_array_get_length (array) : 0;

  confsync_json_builder_begin_array (builder);
  for (guint i = 0; i < n && builder->error == NULL; i++)
    append_node (builder, json_array_get_element (array, i));
  confsync_json_builder_close (builder);
}

static void
append_value (ConfsyncJsonBuilder *builder, JsonNode *node)
{
  switch (json_node_get_value_type (node))
    {
    case G_TYPE_BOOLEAN:
      confsync_json_builder_boolean (builder, json_node_get_boolean (node));
      break;
    case G_TYPE_INT64:
      confsync_json_builder_integer (builder, json_node_get_int (node));
      break;
    case G_TYPE_DOUBLE:
      confsync_json_builder_double (builder, json_node_get_double (node));
      break;
    case G_TYPE_STRING:
      confsync_json_builder_string (builder, json_node_get_string (node));
      break;
    default:
      confsync_json_builder_null (builder);
      break;
    }
}

/* the recursion ends with the builder's limit of depth, whose error stops every loop */
static void
append_node (ConfsyncJsonBuilder *builder, JsonNode *node)
{
  if (builder->error != NULL)
    return;
  switch (json_node_get_node_type (node))
    {
    case JSON_NODE_OBJECT:
      append_object (builder, json_node_get_object (node));
      break;
    case JSON_NODE_ARRAY:
      append_array (builder, json_node_get_array (node));
      break;
    case JSON_NODE_VALUE:
      append_value (builder, node);
      break;
    case JSON_NODE_NULL:
    default:
      confsync_json_builder_null (builder);
      break;
    }
}

/**
 * confsync_json_new_from_node:
 * @node: any node
 * @error: return location for an error, or %NULL
 *
 * Copies a node into a value.
 *
 * Fails with %CONFSYNC_ERROR_INVALID_JSON for a string that is not UTF-8 and for a double that is
 * infinite or no number, and with %CONFSYNC_ERROR_TOO_LARGE beyond 1024 levels of nesting.
 *
 * Returns: (transfer full): the value
 *
 * Since: 1.0
 */
ConfsyncJson *
confsync_json_new_from_node (JsonNode *node, GError **error)
{
  g_autoptr (ConfsyncJsonBuilder) builder = NULL;

  g_return_val_if_fail (node != NULL, NULL);

  builder = confsync_json_builder_new (NULL);
  append_node (builder, node);
  return confsync_json_builder_end (builder, error);
}

static char *
dup_text (ConfsyncCursor string)
{
  gsize length;
  const char *text = confsync_cursor_text (string, &length);

  return length > 0 ? g_strndup (text, length) : g_strdup ("");
}

static JsonNode *
make_object (ConfsyncCursor value, GError **error)
{
  guint n = confsync_cursor_length (value);
  ConfsyncCursor name = confsync_cursor_first (value);
  g_autoptr (JsonObject) object = json_object_new ();

  if (n > CONFSYNC_JSON_NODE_MAX_MEMBERS)
    {
      g_set_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_TOO_LARGE,
                   "an object of %u members can't become a JsonNode; %d are allowed", n,
                   CONFSYNC_JSON_NODE_MAX_MEMBERS);
      return NULL;
    }
  for (guint i = 0; i < n; i++)
    {
      g_autofree char *text = dup_text (name);
      JsonNode *member = make_node (confsync_cursor_value (name), error);

      if (member == NULL)
        return NULL;
      json_object_set_member (object, text, member);
      name = confsync_cursor_next_name (name);
    }
  return json_node_init_object (json_node_alloc (), object);
}

static JsonNode *
make_array (ConfsyncCursor value, GError **error)
{
  guint n = confsync_cursor_length (value);
  ConfsyncCursor element = confsync_cursor_first (value);
  g_autoptr (JsonArray) array = json_array_sized_new (n);

  for (guint i = 0; i < n; i++)
    {
      JsonNode *node = make_node (element, error);

      if (node == NULL)
        return NULL;
      json_array_add_element (array, node);
      element = confsync_cursor_after (element);
    }
  return json_node_init_array (json_node_alloc (), array);
}

static JsonNode *
make_string (ConfsyncCursor value)
{
  g_autofree char *text = dup_text (value);

  return json_node_init_string (json_node_alloc (), text);
}

static JsonNode *
make_node (ConfsyncCursor value, GError **error)
{
  const ConfsyncCell *cell = confsync_cursor_cell (value);

  switch ((ConfsyncJsonKind) cell->kind)
    {
    case CONFSYNC_JSON_BOOLEAN:
      return json_node_init_boolean (json_node_alloc (), cell->integer != 0);
    case CONFSYNC_JSON_INTEGER:
      return json_node_init_int (json_node_alloc (), cell->integer);
    case CONFSYNC_JSON_DOUBLE:
      return json_node_init_double (json_node_alloc (), cell->number);
    case CONFSYNC_JSON_STRING:
      return make_string (value);
    case CONFSYNC_JSON_ARRAY:
      return make_array (value, error);
    case CONFSYNC_JSON_OBJECT:
      return make_object (value, error);
    case CONFSYNC_JSON_NULL:
    default:
      return json_node_init_null (json_node_alloc ());
    }
}

/**
 * confsync_json_to_node:
 * @self: a value
 * @error: return location for an error, or %NULL
 *
 * Makes a node of the value. Cost: several times that of reading the text.
 *
 * Fails with %CONFSYNC_ERROR_TOO_LARGE for an object of more than
 * %CONFSYNC_JSON_NODE_MAX_MEMBERS members.
 *
 * Returns: (transfer full): the node, not sealed
 *
 * Since: 1.0
 */
JsonNode *
confsync_json_to_node (ConfsyncJson *self, GError **error)
{
  g_return_val_if_fail (self != NULL, NULL);

  return make_node (confsync_json_get_cursor (self), error);
}
