/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Of draft 7 and 2020-12: core, applicator, validation and unevaluated. What the vocabularies of
 * formats, contents and meta-data say is for people and other programs; it checks nothing.
 */

#include "confsync-schema-keywords.h"

#include "confsync-schema-text.h"

#include <string.h>

#define ANY CONFSYNC_SCHEMA_ANY_DIALECT
#define OLD CONFSYNC_SCHEMA_DRAFT_7
#define NEW CONFSYNC_SCHEMA_2020_12

/* all `take` functions have these parameters */
#define TAKE_PARAMETERS \
  ConfsyncSchemaCompiler *compiler, ConfsyncSchemaNode *node, \
    const ConfsyncSchemaKeyword *keyword, const ConfsyncJsonCursor *value, const char *pointer, \
    GError **error

#define FIELD(type) ((type *) (gpointer) ((char *) node + keyword->offset))

static gboolean
take_schema (TAKE_PARAMETERS)
{
  ConfsyncSchemaNode **field = FIELD (ConfsyncSchemaNode *);

  *field = confsync_schema_compiler_add (compiler, value, pointer, error);
  return *field != NULL;
}

static gboolean
take_schemas (TAKE_PARAMETERS)
{
  GPtrArray *schemas = *FIELD (GPtrArray *) = g_ptr_array_new ();
  ConfsyncJsonCursor element;
  ConfsyncJsonIter iter;
  char number[16];

  if (confsync_json_cursor_get_kind (value) != CONFSYNC_JSON_ARRAY ||
      confsync_json_cursor_get_length (value) == 0)
    return confsync_schema_refuse (error, pointer, "an array of one schema or more is expected");
  confsync_json_iter_init (&iter, value);
  while (confsync_json_iter_next (&iter, NULL, &element))
    {
      int length = g_snprintf (number, sizeof number, "%u", schemas->len);
      g_autofree char *inner = confsync_schema_pointer_of (pointer, number, (gsize) length);
      ConfsyncSchemaNode *schema = confsync_schema_compiler_add (compiler, &element, inner, error);

      if (schema == NULL)
        return FALSE;
      g_ptr_array_add (schemas, schema);
    }
  return TRUE;
}

/* The two forms of draft 7; 2020-12 has prefixItems for the array. */
static gboolean
take_items (TAKE_PARAMETERS)
{
  if (confsync_json_cursor_get_kind (value) != CONFSYNC_JSON_ARRAY)
    return take_schema (compiler, node, keyword, value, pointer, error);
  if (compiler->dialect != CONFSYNC_SCHEMA_DRAFT_7)
    return confsync_schema_refuse (error, pointer,
                                   "a schema is expected; 2020-12 has \"prefixItems\" for a list "
                                   "of schemas");
  node->prefix_items = g_ptr_array_new ();
  if (confsync_json_cursor_get_length (value) == 0)
    return TRUE;
  g_clear_pointer (&node->prefix_items, g_ptr_array_unref);
  return take_schemas (compiler, node,
                       &(ConfsyncSchemaKeyword){
                         .offset = G_STRUCT_OFFSET (ConfsyncSchemaNode, prefix_items) },
                       value, pointer, error);
}

/* counts only where `items` is a list */
static gboolean
take_additional_items (TAKE_PARAMETERS)
{
  ConfsyncSchemaNode *schema = confsync_schema_compiler_add (compiler, value, pointer, error);
  ConfsyncJsonCursor items;

  if (schema != NULL && confsync_json_cursor_find (&node->place, "items", -1, &items) &&
      confsync_json_cursor_get_kind (&items) == CONFSYNC_JSON_ARRAY)
    node->items = schema;
  return schema != NULL;
}

static gboolean
is_object (const ConfsyncJsonCursor *value, const char *pointer, GError **error)
{
  return confsync_json_cursor_get_kind (value) == CONFSYNC_JSON_OBJECT ||
         confsync_schema_refuse (error, pointer, "an object is expected");
}

static gboolean
are_strings (const ConfsyncJsonCursor *value, const char *pointer, GError **error)
{
  ConfsyncJsonCursor element;
  ConfsyncJsonIter iter;
  gboolean good = confsync_json_cursor_get_kind (value) == CONFSYNC_JSON_ARRAY;

  confsync_json_iter_init (&iter, value);
  while (good && confsync_json_iter_next (&iter, NULL, &element))
    good = confsync_json_cursor_get_kind (&element) == CONFSYNC_JSON_STRING;
  return good || confsync_schema_refuse (error, pointer, "an array of names is expected");
}

/* fills in what belongs to the name; the pattern is made where there is to be one */
static gboolean
fill_member (ConfsyncSchemaCompiler *compiler, ConfsyncSchemaMember *member, gboolean pattern,
             const ConfsyncJsonCursor *value, const char *pointer, GError **error)
{
  g_autofree char *expression = NULL;
  g_autoptr (GError) local_error = NULL;

  if (pattern)
    {
      expression = g_strndup (member->name, member->length);
      member->pattern =
        confsync_schema_pattern_new (expression, CONFSYNC_SCHEMA_SYNTAX_ECMA, &local_error);
    }
  if (local_error != NULL)
    return confsync_schema_refuse (error, pointer, "the name is no regular expression: %s",
                                   local_error->message);
  member->node = confsync_schema_compiler_add (compiler, value, pointer, error);
  return member->node != NULL;
}

static gboolean
take_members (ConfsyncSchemaCompiler *compiler, GArray **members, gboolean pattern,
              const ConfsyncJsonCursor *value, const char *pointer, GError **error)
{
  ConfsyncJsonCursor name, schema;
  ConfsyncJsonIter iter;

  if (*members == NULL)
    *members = confsync_schema_members_new ();
  if (!is_object (value, pointer, error))
    return FALSE;
  confsync_json_iter_init (&iter, value);
  while (confsync_json_iter_next (&iter, &name, &schema))
    {
      ConfsyncSchemaMember member = { 0 };
      g_autofree char *inner = NULL;
      gboolean filled;

      member.name = confsync_json_cursor_get_string (&name, &member.length);
      inner = confsync_schema_pointer_of (pointer, member.name, member.length);
      filled = fill_member (compiler, &member, pattern, &schema, inner, error);
      g_array_append_val (*members, member);
      if (!filled)
        return FALSE;
    }
  if (!pattern)
    confsync_schema_members_sort (*members);
  return TRUE;
}

static gboolean
take_properties (TAKE_PARAMETERS)
{
  return take_members (compiler, FIELD (GArray *), FALSE, value, pointer, error);
}

static gboolean
take_pattern_properties (TAKE_PARAMETERS)
{
  return take_members (compiler, FIELD (GArray *), TRUE, value, pointer, error);
}

/* they are there to be referred to */
static gboolean
take_definitions (TAKE_PARAMETERS)
{
  g_autoptr (GArray) members = NULL;

  return take_members (compiler, &members, FALSE, value, pointer, error);
}

static gboolean
add_required (ConfsyncSchemaNode *node, const ConfsyncJsonCursor *name,
              const ConfsyncJsonCursor *names, const char *pointer, GError **error)
{
  ConfsyncSchemaMember member = { .names = *names };

  if (node->dependent_required == NULL)
    node->dependent_required = confsync_schema_members_new ();
  member.name = confsync_json_cursor_get_string (name, &member.length);
  g_array_append_val (node->dependent_required, member);
  return are_strings (names, pointer, error);
}

static gboolean
take_dependent_required (TAKE_PARAMETERS)
{
  ConfsyncJsonCursor name, names;
  ConfsyncJsonIter iter;

  if (!is_object (value, pointer, error))
    return FALSE;
  confsync_json_iter_init (&iter, value);
  while (confsync_json_iter_next (&iter, &name, &names))
    if (!add_required (node, &name, &names, pointer, error))
      return FALSE;
  return TRUE;
}

/* draft 7 has one word for dependentRequired and dependentSchemas */
static gboolean
take_dependencies (TAKE_PARAMETERS)
{
  ConfsyncJsonCursor name, dependency;
  ConfsyncJsonIter iter;

  if (!is_object (value, pointer, error))
    return FALSE;
  node->dependent_schemas = confsync_schema_members_new ();
  confsync_json_iter_init (&iter, value);
  while (confsync_json_iter_next (&iter, &name, &dependency))
    {
      ConfsyncSchemaMember member = { 0 };
      g_autofree char *inner = NULL;

      member.name = confsync_json_cursor_get_string (&name, &member.length);
      inner = confsync_schema_pointer_of (pointer, member.name, member.length);
      if (confsync_json_cursor_get_kind (&dependency) == CONFSYNC_JSON_ARRAY)
        {
          if (!add_required (node, &name, &dependency, inner, error))
            return FALSE;
          continue;
        }
      if (!fill_member (compiler, &member, FALSE, &dependency, inner, error))
        return FALSE;
      g_array_append_val (node->dependent_schemas, member);
    }
  return TRUE;
}

static guint
type_of (const char *name, gsize length)
{
  static const struct
  {
    const char *name;
    guint bits;
  } types[] = {
    { "null", 1 << CONFSYNC_JSON_NULL },
    { "boolean", 1 << CONFSYNC_JSON_BOOLEAN },
    { "integer", 1 << CONFSYNC_JSON_INTEGER | CONFSYNC_SCHEMA_WHOLE_NUMBER },
    { "number", 1 << CONFSYNC_JSON_INTEGER | 1 << CONFSYNC_JSON_DOUBLE },
    { "string", 1 << CONFSYNC_JSON_STRING },
    { "array", 1 << CONFSYNC_JSON_ARRAY },
    { "object", 1 << CONFSYNC_JSON_OBJECT },
  };

  for (guint i = 0; i < G_N_ELEMENTS (types); i++)
    if (strlen (types[i].name) == length && memcmp (types[i].name, name, length) == 0)
      return types[i].bits;
  return 0;
}

static gboolean
add_type (ConfsyncSchemaNode *node, const ConfsyncJsonCursor *value, const char *pointer,
          GError **error)
{
  gsize length;
  const char *name = confsync_json_cursor_get_string (value, &length);
  guint types = name != NULL ? type_of (name, length) : 0;

  node->types |= types;
  return types != 0 ||
         confsync_schema_refuse (error, pointer,
                                 "\"null\", \"boolean\", \"integer\", \"number\", \"string\", "
                                 "\"array\" or \"object\" is expected");
}

static gboolean
take_type (TAKE_PARAMETERS)
{
  ConfsyncJsonCursor element;
  ConfsyncJsonIter iter;

  if (confsync_json_cursor_get_kind (value) != CONFSYNC_JSON_ARRAY)
    return add_type (node, value, pointer, error);
  if (confsync_json_cursor_get_length (value) == 0)
    return confsync_schema_refuse (error, pointer, "an array of one type or more is expected");
  confsync_json_iter_init (&iter, value);
  while (confsync_json_iter_next (&iter, NULL, &element))
    if (!add_type (node, &element, pointer, error))
      return FALSE;
  return TRUE;
}

static gboolean
take_value (TAKE_PARAMETERS)
{
  *FIELD (ConfsyncJsonCursor) = *value;
  return TRUE;
}

static gboolean
take_array (TAKE_PARAMETERS)
{
  *FIELD (ConfsyncJsonCursor) = *value;
  return confsync_json_cursor_get_kind (value) == CONFSYNC_JSON_ARRAY ||
         confsync_schema_refuse (error, pointer, "an array is expected");
}

static gboolean
take_names (TAKE_PARAMETERS)
{
  *FIELD (ConfsyncJsonCursor) = *value;
  return are_strings (value, pointer, error);
}

static gboolean
is_number (const ConfsyncJsonCursor *value)
{
  ConfsyncJsonKind kind = confsync_json_cursor_get_kind (value);

  return kind == CONFSYNC_JSON_INTEGER || kind == CONFSYNC_JSON_DOUBLE;
}

static gboolean
take_number (TAKE_PARAMETERS)
{
  *FIELD (ConfsyncJsonCursor) = *value;
  return is_number (value) || confsync_schema_refuse (error, pointer, "a number is expected");
}

static gboolean
take_divisor (TAKE_PARAMETERS)
{
  *FIELD (ConfsyncJsonCursor) = *value;
  return (is_number (value) && confsync_json_cursor_get_double (value) > 0) ||
         confsync_schema_refuse (error, pointer, "a number above 0 is expected");
}

/* 2^64 and more: no document has as much of anything */
#define COUNT_LIMIT 18446744073709551616.0

static gboolean
take_count (TAKE_PARAMETERS)
{
  double number = confsync_json_cursor_get_double (value);

  if (!is_number (value) || number < 0 ||
      (number < COUNT_LIMIT && (double) (guint64) number != number))
    return confsync_schema_refuse (error, pointer,
                                   "a number without a fraction, 0 or above, is expected");
  if (confsync_json_cursor_get_kind (value) == CONFSYNC_JSON_INTEGER)
    *FIELD (guint64) = (guint64) confsync_json_cursor_get_integer (value);
  else
    *FIELD (guint64) = number < COUNT_LIMIT ? (guint64) number : G_MAXUINT64;
  return TRUE;
}

static gboolean
take_boolean (TAKE_PARAMETERS)
{
  *FIELD (gboolean) = confsync_json_cursor_get_boolean (value);
  return confsync_json_cursor_get_kind (value) == CONFSYNC_JSON_BOOLEAN ||
         confsync_schema_refuse (error, pointer, "true or false is expected");
}

static gboolean
take_string (TAKE_PARAMETERS)
{
  return confsync_json_cursor_get_kind (value) == CONFSYNC_JSON_STRING ||
         confsync_schema_refuse (error, pointer, "a string is expected");
}

static gboolean
take_pattern (TAKE_PARAMETERS)
{
  g_autoptr (GError) local_error = NULL;
  g_autofree char *expression = NULL;
  gsize length;
  const char *text;

  if (!take_string (compiler, node, keyword, value, pointer, error))
    return FALSE;
  text = confsync_json_cursor_get_string (value, &length);
  expression = g_strndup (text, length);
  node->pattern =
    confsync_schema_pattern_new (expression, CONFSYNC_SCHEMA_SYNTAX_ECMA, &local_error);
  return node->pattern != NULL ||
         confsync_schema_refuse (error, pointer, "this is no regular expression: %s",
                                 local_error->message);
}

static gboolean
take_reference (TAKE_PARAMETERS)
{
  ConfsyncSchemaReference reference = { node, *value, compiler->base };

  g_array_append_val (compiler->references, reference);
  return take_string (compiler, node, keyword, value, pointer, error);
}

/* the root's has been read; one further in may not change the dialect */
static gboolean
take_dialect (TAKE_PARAMETERS)
{
  ConfsyncJsonCursor root, first;

  confsync_json_cursor_init (&root, compiler->json);
  if (confsync_json_cursor_find (&root, "$schema", -1, &first) &&
      confsync_json_cursor_compare (&first, value) == 0)
    return TRUE;
  return confsync_schema_refuse (error, pointer,
                                 "all schemas of a file are of one dialect, which its root names");
}

#define AT(field) G_STRUCT_OFFSET (ConfsyncSchemaNode, field)
#define SCHEMA(name, dialects, field, hint) \
  { name, dialects, take_schema, AT (field), 0, hint }
#define NOTE(name) { name, ANY, NULL, 0, 0, NULL }

static const char dynamic[] = "dynamic references are not built: use \"$ref\"";

static const ConfsyncSchemaKeyword keywords[] = {
  /* core */
  { "$schema", ANY, take_dialect, 0, 0, NULL },
  { "$id", ANY, take_string, 0, 0, NULL },
  { "$ref", ANY, take_reference, 0, 0, NULL },
  { "$anchor", NEW, take_string, 0, 0, "draft 7 names a schema by \"$id\": \"#name\"" },
  { "$dynamicAnchor", NEW, take_string, 0, 0, NULL },
  { "$dynamicRef", 0, NULL, 0, 0, dynamic },
  { "$recursiveRef", 0, NULL, 0, 0, dynamic },
  { "$recursiveAnchor", 0, NULL, 0, 0, dynamic },
  { "$defs", ANY, take_definitions, 0, 0, NULL },
  { "definitions", ANY, take_definitions, 0, 0, NULL },
  { "id", 0, NULL, 0, 0, "it is \"$id\" now" },

  /* applicator and unevaluated */
  { "allOf", ANY, take_schemas, AT (all_of), 0, NULL },
  { "anyOf", ANY, take_schemas, AT (any_of), 0, NULL },
  { "oneOf", ANY, take_schemas, AT (one_of), 0, NULL },
  SCHEMA ("not", ANY, not_, NULL),
  SCHEMA ("if", ANY, if_, NULL),
  SCHEMA ("then", ANY, then_, NULL),
  SCHEMA ("else", ANY, else_, NULL),
  { "properties", ANY, take_properties, AT (properties), 0, NULL },
  { "patternProperties", ANY, take_pattern_properties, AT (pattern_properties), 0, NULL },
  SCHEMA ("additionalProperties", ANY, additional_properties, NULL),
  SCHEMA ("propertyNames", ANY, property_names, NULL),
  SCHEMA ("unevaluatedProperties", NEW, unevaluated_properties, "2020-12 has it"),
  { "dependentSchemas", NEW, take_properties, AT (dependent_schemas), 0,
    "draft 7 has \"dependencies\"" },
  { "dependencies", OLD, take_dependencies, 0, 0,
    "2020-12 has \"dependentRequired\" and \"dependentSchemas\"" },
  { "items", ANY, take_items, AT (items), 0, NULL },
  { "prefixItems", NEW, take_schemas, AT (prefix_items), 0, "draft 7 has \"items\"" },
  { "additionalItems", OLD, take_additional_items, 0, 0,
    "2020-12 has \"prefixItems\" and \"items\"" },
  SCHEMA ("contains", ANY, contains, NULL),
  SCHEMA ("unevaluatedItems", NEW, unevaluated_items, "2020-12 has it"),

  /* validation */
  { "type", ANY, take_type, 0, CONFSYNC_SCHEMA_TYPE, NULL },
  { "enum", ANY, take_array, AT (enumeration), CONFSYNC_SCHEMA_ENUM, NULL },
  { "const", ANY, take_value, AT (constant), CONFSYNC_SCHEMA_CONST, NULL },
  { "multipleOf", ANY, take_divisor, AT (multiple_of), CONFSYNC_SCHEMA_MULTIPLE_OF, NULL },
  { "maximum", ANY, take_number, AT (maximum), CONFSYNC_SCHEMA_MAXIMUM, NULL },
  { "exclusiveMaximum", ANY, take_number, AT (exclusive_maximum),
    CONFSYNC_SCHEMA_EXCLUSIVE_MAXIMUM, NULL },
  { "minimum", ANY, take_number, AT (minimum), CONFSYNC_SCHEMA_MINIMUM, NULL },
  { "exclusiveMinimum", ANY, take_number, AT (exclusive_minimum),
    CONFSYNC_SCHEMA_EXCLUSIVE_MINIMUM, NULL },
  { "maxLength", ANY, take_count, AT (max_length), CONFSYNC_SCHEMA_MAX_LENGTH, NULL },
  { "minLength", ANY, take_count, AT (min_length), CONFSYNC_SCHEMA_MIN_LENGTH, NULL },
  { "pattern", ANY, take_pattern, 0, 0, NULL },
  { "maxItems", ANY, take_count, AT (max_items), CONFSYNC_SCHEMA_MAX_ITEMS, NULL },
  { "minItems", ANY, take_count, AT (min_items), CONFSYNC_SCHEMA_MIN_ITEMS, NULL },
  { "uniqueItems", ANY, take_boolean, AT (unique_items), 0, NULL },
  { "maxContains", NEW, take_count, AT (max_contains), CONFSYNC_SCHEMA_MAX_CONTAINS,
    "2020-12 has it" },
  { "minContains", NEW, take_count, AT (min_contains), CONFSYNC_SCHEMA_MIN_CONTAINS,
    "2020-12 has it" },
  { "maxProperties", ANY, take_count, AT (max_properties), CONFSYNC_SCHEMA_MAX_PROPERTIES, NULL },
  { "minProperties", ANY, take_count, AT (min_properties), CONFSYNC_SCHEMA_MIN_PROPERTIES, NULL },
  { "required", ANY, take_names, AT (required), CONFSYNC_SCHEMA_REQUIRED, NULL },
  { "dependentRequired", NEW, take_dependent_required, 0, 0, "draft 7 has \"dependencies\"" },

  /* what only says something */
  NOTE ("$comment"),
  NOTE ("$vocabulary"),
  NOTE ("title"),
  NOTE ("description"),
  NOTE ("default"),
  NOTE ("deprecated"),
  NOTE ("readOnly"),
  NOTE ("writeOnly"),
  NOTE ("examples"),
  NOTE ("format"),
  NOTE ("contentEncoding"),
  NOTE ("contentMediaType"),
  NOTE ("contentSchema"),
};

const ConfsyncSchemaKeyword *
confsync_schema_keyword_find (const char *name, gsize length)
{
  for (guint i = 0; i < G_N_ELEMENTS (keywords); i++)
    if (strncmp (keywords[i].name, name, length) == 0 && keywords[i].name[length] == '\0')
      return &keywords[i];
  return NULL;
}
