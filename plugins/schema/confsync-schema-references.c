/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * What a $ref leads to may stand where no schema is expected, below a keyword that nobody knows;
 * then that is a place for definitions, and no assertion that went unchecked.
 */

#include "confsync-schema-references.h"

#include "confsync-schema-text.h"

#include <string.h>

#define URI_FLAGS (G_URI_FLAGS_ENCODED | G_URI_FLAGS_SCHEME_NORMALIZE)

/* The string at a member of the node; %NULL where there is no such member, or, with an error, where
 * it isn't a string. */
static char *
dup_member (ConfsyncSchemaNode *node, const char *name, GError **error)
{
  ConfsyncJsonCursor value;
  g_autofree char *pointer = NULL;
  const char *text;
  gsize length;

  if (!confsync_json_cursor_find (&node->place, name, -1, &value))
    return NULL;
  text = confsync_json_cursor_get_string (&value, &length);
  if (text != NULL)
    return g_strndup (text, length);
  pointer = confsync_schema_pointer_of (node->pointer, name, strlen (name));
  confsync_schema_refuse (error, pointer, "a string is expected");
  return NULL;
}

/* @text relative to @base, in two parts; %FALSE where it's no URI reference */
static gboolean
split_uri (const char *base, const char *text, char **uri, char **fragment)
{
  const char *hash = strchr (text, '#');
  g_autofree char *before = hash != NULL ? g_strndup (text, hash - text) : g_strdup (text);

  *uri = *before == '\0' ? g_strdup (base)
                         : g_uri_resolve_relative (base, before, URI_FLAGS, NULL);
  *fragment = hash != NULL ? g_uri_unescape_string (hash + 1, NULL) : g_strdup ("");
  return *uri != NULL && *fragment != NULL && g_utf8_validate (*fragment, -1, NULL);
}

static gboolean
set_name (ConfsyncSchemaCompiler *compiler, GHashTable *names, const char *name,
          ConfsyncSchemaNode *node, const char *keyword, GError **error)
{
  ConfsyncSchemaNode *other = g_hash_table_lookup (names, name);
  g_autofree char *pointer = NULL;

  if (other == NULL)
    {
      g_hash_table_insert (names, g_string_chunk_insert_const (compiler->strings, name), node);
      return TRUE;
    }
  pointer = confsync_schema_pointer_of (node->pointer, keyword, strlen (keyword));
  return confsync_schema_refuse (error, pointer, "the schema at \"%s\" has the same name",
                                 other->pointer);
}

static gboolean
set_anchor (ConfsyncSchemaCompiler *compiler, const char *anchor, ConfsyncSchemaNode *node,
            const char *keyword, GError **error)
{
  g_autofree char *name = NULL;

  if (*anchor == '\0' || *anchor == '/')
    {
      g_autofree char *pointer =
        confsync_schema_pointer_of (node->pointer, keyword, strlen (keyword));

      return confsync_schema_refuse (error, pointer, "a name is expected, such as \"address\"");
    }
  name = g_strdup_printf ("%s#%s", compiler->base, anchor);
  return set_name (compiler, compiler->anchors, name, node, keyword, error);
}

/* in draft 7 a fragment of the $id is an anchor */
static gboolean
identify_by_id (ConfsyncSchemaCompiler *compiler, ConfsyncSchemaNode *node, const char *id,
                GError **error)
{
  g_autofree char *pointer = confsync_schema_pointer_of (node->pointer, "$id", strlen ("$id"));
  g_autofree char *uri = NULL, *fragment = NULL;

  if (!split_uri (compiler->base, id, &uri, &fragment))
    return confsync_schema_refuse (error, pointer, "a URI is expected");
  if (*fragment != '\0' && compiler->dialect != CONFSYNC_SCHEMA_DRAFT_7)
    return confsync_schema_refuse (error, pointer,
                                   "a URI without a fragment is expected; \"$anchor\" gives a "
                                   "schema a name");
  if (*id != '#')
    {
      compiler->base = g_string_chunk_insert_const (compiler->strings, uri);
      if (!set_name (compiler, compiler->resources, uri, node, "$id", error))
        return FALSE;
    }
  return *fragment == '\0' || set_anchor (compiler, fragment, node, "$id", error);
}

gboolean
confsync_schema_references_identify (ConfsyncSchemaCompiler *compiler, ConfsyncSchemaNode *node,
                                     GError **error)
{
  static const char *const keywords[] = { "$anchor", "$dynamicAnchor" };
  g_autoptr (GError) local_error = NULL;
  g_autofree char *id = dup_member (node, "$id", &local_error);

  if (id != NULL && !identify_by_id (compiler, node, id, error))
    return FALSE;
  for (guint i = 0; i < G_N_ELEMENTS (keywords) && local_error == NULL; i++)
    {
      g_autofree char *anchor = NULL;

      if (compiler->dialect == CONFSYNC_SCHEMA_DRAFT_7)
        break;
      anchor = dup_member (node, keywords[i], &local_error);
      if (anchor != NULL && !set_anchor (compiler, anchor, node, keywords[i], error))
        return FALSE;
    }
  if (local_error == NULL)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&local_error));
  return FALSE;
}

/* the schema at a JSON Pointer below @resource */
static ConfsyncSchemaNode *
find_by_pointer (ConfsyncSchemaCompiler *compiler, ConfsyncSchemaNode *resource, const char *uri,
                 const char *fragment, const char *at, GError **error)
{
  g_autofree char *pointer = g_strconcat (resource->pointer, fragment, NULL);
  g_autofree char *shown = confsync_schema_show (fragment, strlen (fragment));
  g_autoptr (ConfsyncJson) json = confsync_json_lookup (compiler->json, pointer, NULL);
  ConfsyncSchemaNode *node;
  ConfsyncJsonCursor place;

  if (json == NULL)
    {
      confsync_schema_refuse (error, at, "there is nothing at \"#%s\"", shown);
      return NULL;
    }
  confsync_json_cursor_init (&place, json);
  compiler->base = uri;
  node = confsync_schema_compiler_add (compiler, &place, pointer, error);
  compiler->base = CONFSYNC_SCHEMA_DEFAULT_BASE;
  return node;
}

static ConfsyncSchemaNode *
find_target (ConfsyncSchemaCompiler *compiler, const ConfsyncSchemaReference *reference,
             GError **error)
{
  g_autofree char *at = confsync_schema_pointer_of (reference->from->pointer, "$ref", 4);
  g_autofree char *uri = NULL, *fragment = NULL, *text = NULL, *shown = NULL, *anchor = NULL;
  ConfsyncSchemaNode *node;
  gsize length;
  const char *bytes = confsync_json_cursor_get_string (&reference->text, &length);

  text = g_strndup (bytes, length);
  shown = confsync_schema_show (bytes, length);
  if (!split_uri (reference->base, text, &uri, &fragment))
    {
      confsync_schema_refuse (error, at, "\"%s\" is no URI", shown);
      return NULL;
    }
  node = g_hash_table_lookup (compiler->resources, uri);
  if (node == NULL)
    {
      confsync_schema_refuse (error, at,
                              "\"%s\" is not in this file, and other files are not fetched: put "
                              "the schema below \"$defs\", with its \"$id\"",
                              shown);
      return NULL;
    }
  if (*fragment == '\0')
    return node;
  if (*fragment == '/')
    return find_by_pointer (compiler, node, g_string_chunk_insert_const (compiler->strings, uri),
                            fragment, at, error);
  anchor = g_strdup_printf ("%s#%s", uri, fragment);
  node = g_hash_table_lookup (compiler->anchors, anchor);
  if (node == NULL)
    confsync_schema_refuse (error, at, "no schema of this file has the name \"%s\"", shown);
  return node;
}

/* @pointer and all pointers above it */
static void
add_way (GHashTable *ways, const char *pointer)
{
  g_autofree char *way = g_strdup (pointer);

  while (*way != '\0' && g_hash_table_add (ways, g_strdup (way)))
    *strrchr (way, '/') = '\0';
}

static gboolean
check_strangers (ConfsyncSchemaCompiler *compiler, GHashTable *ways, GError **error)
{
  for (guint i = 0; i < compiler->strangers->len; i++)
    {
      const char *pointer = g_ptr_array_index (compiler->strangers, i);
      const char *name = strrchr (pointer, '/') + 1;
      g_autofree char *shown = confsync_schema_show (name, strlen (name));

      if (!g_hash_table_contains (ways, pointer))
        return confsync_schema_refuse (
          error, pointer,
          "\"%s\" is no keyword of JSON Schema %s that is known here (keywords of your own begin "
          "with \"x-\")",
          shown, compiler->dialect == CONFSYNC_SCHEMA_DRAFT_7 ? "draft 7" : "2020-12");
    }
  return TRUE;
}

gboolean
confsync_schema_references_resolve (ConfsyncSchemaCompiler *compiler, GError **error)
{
  g_autoptr (GHashTable) ways = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  /* what is found may have references of its own */
  for (guint i = 0; i < compiler->references->len; i++)
    {
      ConfsyncSchemaReference reference =
        g_array_index (compiler->references, ConfsyncSchemaReference, i);

      reference.from->ref = find_target (compiler, &reference, error);
      if (reference.from->ref == NULL)
        return FALSE;
      add_way (ways, reference.from->ref->pointer);
    }
  return check_strangers (compiler, ways, error);
}
