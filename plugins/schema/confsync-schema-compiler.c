/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * A keyword that is not known is refused, never skipped: a schema with a slip of the pen would
 * check less than its author believes. Names that begin with "x-" are the author's own.
 */

#include "confsync-schema-compiler.h"

#include "confsync-schema-chains.h"
#include "confsync-schema-keywords.h"
#include "confsync-schema-references.h"
#include "confsync-schema-text.h"

#include <string.h>

static gboolean
is_name (const char *text, gsize length, const char *name)
{
  return strlen (name) == length && memcmp (text, name, length) == 0;
}

static const char *
dialect_name (ConfsyncSchemaDialect dialect)
{
  return dialect == CONFSYNC_SCHEMA_DRAFT_7 ? "draft 7" : "2020-12";
}

static gboolean
set_foreign (ConfsyncSchemaCompiler *self, const ConfsyncSchemaKeyword *keyword,
             const char *pointer, GError **error)
{
  return confsync_schema_refuse (
    error, pointer, "\"%s\" is not a keyword of JSON Schema %s, which this file is read as%s%s",
    keyword->name, dialect_name (self->dialect), keyword->hint != NULL ? "; " : "",
    keyword->hint != NULL ? keyword->hint : "");
}

/* draft 7 says that nothing counts beside a $ref; what is defined there is still referred to */
static gboolean
counts_beside_reference (const char *name)
{
  return g_str_equal (name, "$ref") || g_str_equal (name, "definitions") ||
         g_str_equal (name, "$defs") || g_str_equal (name, "$schema");
}

static gboolean
take_member (ConfsyncSchemaCompiler *self, ConfsyncSchemaNode *node,
             const ConfsyncJsonCursor *name, const ConfsyncJsonCursor *value, gboolean only_ref,
             GError **error)
{
  gsize length;
  const char *text = confsync_json_cursor_get_string (name, &length);
  const ConfsyncSchemaKeyword *keyword = confsync_schema_keyword_find (text, length);
  g_autofree char *pointer = NULL;

  if (length >= 2 && memcmp (text, "x-", 2) == 0)
    return TRUE;
  pointer = confsync_schema_pointer_of (node->pointer, text, length);
  if (keyword == NULL)
    {
      g_ptr_array_add (self->strangers, g_steal_pointer (&pointer));
      return TRUE;
    }
  if ((keyword->dialects & self->dialect) == 0)
    return set_foreign (self, keyword, pointer, error);
  if (keyword->take == NULL || (only_ref && !counts_beside_reference (keyword->name)))
    return TRUE;
  node->has |= keyword->bit;
  return keyword->take (self, node, keyword, value, pointer, error);
}

static gboolean
take_members (ConfsyncSchemaCompiler *self, ConfsyncSchemaNode *node, GError **error)
{
  ConfsyncJsonCursor name, value;
  ConfsyncJsonIter iter;
  gboolean only_ref = self->dialect == CONFSYNC_SCHEMA_DRAFT_7 &&
                      confsync_json_cursor_find (&node->place, "$ref", -1, &value);

  if (!only_ref && !confsync_schema_references_identify (self, node, error))
    return FALSE;
  confsync_json_iter_init (&iter, &node->place);
  while (confsync_json_iter_next (&iter, &name, &value))
    if (!take_member (self, node, &name, &value, only_ref, error))
      return FALSE;
  return TRUE;
}

ConfsyncSchemaNode *
confsync_schema_compiler_add (ConfsyncSchemaCompiler *self, const ConfsyncJsonCursor *place,
                              const char *pointer, GError **error)
{
  gpointer position = GUINT_TO_POINTER (confsync_json_cursor_get_position (place) + 1);
  ConfsyncSchemaNode *node = g_hash_table_lookup (self->by_position, position);
  const char *outer_base = self->base;
  gboolean done;

  if (node != NULL)
    return node;
  node = confsync_schema_node_new (place, pointer);
  g_ptr_array_add (self->nodes, node);
  g_hash_table_insert (self->by_position, position, node);
  if (confsync_json_cursor_get_kind (place) == CONFSYNC_JSON_BOOLEAN)
    {
      node->is_false = !confsync_json_cursor_get_boolean (place);
      return node;
    }
  if (confsync_json_cursor_get_kind (place) != CONFSYNC_JSON_OBJECT)
    {
      confsync_schema_refuse (error, pointer,
                              "a schema is expected: an object, or true or false");
      return NULL;
    }
  done = take_members (self, node, error);
  self->base = outer_base;
  return done ? node : NULL;
}

/* by what the root says of itself in "$schema" */
static gboolean
find_dialect (ConfsyncSchemaCompiler *self, const ConfsyncJsonCursor *root, GError **error)
{
  ConfsyncJsonCursor value;
  g_autofree char *shown = NULL;
  const char *text;
  gsize length;

  self->dialect = CONFSYNC_SCHEMA_2020_12;
  if (!confsync_json_cursor_find (root, "$schema", -1, &value))
    return TRUE;
  text = confsync_json_cursor_get_string (&value, &length);
  if (text == NULL)
    return confsync_schema_refuse (error, "/$schema", "the URI of a dialect is expected");
  if (length > 0 && text[length - 1] == '#')
    length--;
  if (is_name (text, length, "https://json-schema.org/draft/2020-12/schema") ||
      is_name (text, length, "http://json-schema.org/draft/2020-12/schema"))
    return TRUE;
  self->dialect = CONFSYNC_SCHEMA_DRAFT_7;
  if (is_name (text, length, "http://json-schema.org/draft-07/schema") ||
      is_name (text, length, "https://json-schema.org/draft-07/schema"))
    return TRUE;
  shown = confsync_schema_show (text, length);
  return confsync_schema_refuse (
    error, "/$schema",
    "\"%s\" is no dialect that is understood here: those are "
    "\"https://json-schema.org/draft/2020-12/schema\" and "
    "\"http://json-schema.org/draft-07/schema#\"",
    shown);
}

static void
compiler_init (ConfsyncSchemaCompiler *self, ConfsyncJson *json)
{
  self->json = json;
  self->nodes = g_ptr_array_new_with_free_func ((GDestroyNotify) confsync_schema_node_free);
  self->by_position = g_hash_table_new (NULL, NULL);
  self->resources = g_hash_table_new (g_str_hash, g_str_equal);
  self->anchors = g_hash_table_new (g_str_hash, g_str_equal);
  self->references = g_array_new (FALSE, FALSE, sizeof (ConfsyncSchemaReference));
  self->strangers = g_ptr_array_new_with_free_func (g_free);
  self->strings = g_string_chunk_new (1024);
  self->base = CONFSYNC_SCHEMA_DEFAULT_BASE;
}

/* all but the nodes */
static void
compiler_clear (ConfsyncSchemaCompiler *self)
{
  g_hash_table_unref (self->by_position);
  g_hash_table_unref (self->resources);
  g_hash_table_unref (self->anchors);
  g_array_unref (self->references);
  g_ptr_array_unref (self->strangers);
  g_string_chunk_free (self->strings);
}

static gboolean
compile (ConfsyncSchemaCompiler *self, GError **error)
{
  ConfsyncJsonCursor root;
  ConfsyncSchemaNode *node;

  confsync_json_cursor_init (&root, self->json);
  if (!find_dialect (self, &root, error))
    return FALSE;
  node = confsync_schema_compiler_add (self, &root, "", error);
  if (node == NULL)
    return FALSE;
  /* whatever URI it gave itself, it may also be called by that of a file without one */
  g_hash_table_insert (self->resources, (gpointer) CONFSYNC_SCHEMA_DEFAULT_BASE, node);
  return confsync_schema_references_resolve (self, error) &&
         confsync_schema_chains_check (self->nodes, error);
}

GPtrArray *
confsync_schema_compile (ConfsyncJson *json, GError **error)
{
  ConfsyncSchemaCompiler self = { 0 };
  gboolean done;

  compiler_init (&self, json);
  done = compile (&self, error);
  compiler_clear (&self);
  if (!done)
    g_clear_pointer (&self.nodes, g_ptr_array_unref);
  return self.nodes;
}
