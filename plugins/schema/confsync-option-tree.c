/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Each option that the schema names must be there, unless its word ends with "?". Options that it
 * doesn't name are let through: the Supervisor warns of them and drops them, and an add-on doesn't
 * read them.
 */

#include "confsync-option-tree.h"

#include "confsync-option-word.h"
#include "confsync-schema-cost.h"
#include "confsync-schema-place.h"
#include "confsync-schema-text.h"

#include <string.h>

typedef struct _Node Node;

/* one of the three */
struct _Node
{
  ConfsyncOptionWord *word; /* (owned) (nullable) */
  Node *element;            /* (owned) (nullable): of a list */
  GPtrArray *members;       /* (owned) (nullable): of Node, with names */
  char *name;               /* (owned) (nullable): of a member */
  char *pointer;            /* (owned): in the file */
};

struct _ConfsyncOptionTree
{
  Node *root; /* (owned) */
};

static void
node_free (Node *self)
{
  g_clear_pointer (&self->word, confsync_option_word_free);
  g_clear_pointer (&self->element, node_free);
  g_clear_pointer (&self->members, g_ptr_array_unref);
  g_free (self->name);
  g_free (self->pointer);
  g_free (self);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Node, node_free)

static Node *read_node (const ConfsyncJsonCursor *place, const char *pointer, GError **error);

static gboolean
read_word (Node *self, const ConfsyncJsonCursor *place, GError **error)
{
  g_autofree char *text = NULL, *reason = NULL;
  gsize length;
  const char *bytes = confsync_json_cursor_get_string (place, &length);

  text = g_strndup (bytes, length);
  self->word = confsync_option_word_new (text, &reason);
  return self->word != NULL || confsync_schema_refuse (error, self->pointer, "%s", reason);
}

static gboolean
read_list (Node *self, const ConfsyncJsonCursor *place, GError **error)
{
  g_autofree char *pointer = confsync_schema_pointer_of (self->pointer, "0", 1);
  ConfsyncJsonCursor element;
  ConfsyncJsonIter iter;

  if (confsync_json_cursor_get_length (place) != 1)
    return confsync_schema_refuse (error, self->pointer,
                                   "a list holds what each element is, and that once");
  confsync_json_iter_init (&iter, place);
  confsync_json_iter_next (&iter, NULL, &element);
  self->element = read_node (&element, pointer, error);
  return self->element != NULL;
}

static gboolean
read_members (Node *self, const ConfsyncJsonCursor *place, GError **error)
{
  ConfsyncJsonCursor name, value;
  ConfsyncJsonIter iter;

  self->members = g_ptr_array_new_with_free_func ((GDestroyNotify) node_free);
  confsync_json_iter_init (&iter, place);
  while (confsync_json_iter_next (&iter, &name, &value))
    {
      g_autofree char *pointer = NULL;
      Node *member;
      gsize length;
      const char *text = confsync_json_cursor_get_string (&name, &length);

      pointer = confsync_schema_pointer_of (self->pointer, text, length);
      member = read_node (&value, pointer, error);
      if (member == NULL)
        return FALSE;
      member->name = g_strndup (text, length);
      g_ptr_array_add (self->members, member);
    }
  return TRUE;
}

static Node *
read_node (const ConfsyncJsonCursor *place, const char *pointer, GError **error)
{
  g_autoptr (Node) self = g_new0 (Node, 1);
  ConfsyncJsonKind kind = confsync_json_cursor_get_kind (place);
  gboolean good;

  self->pointer = g_strdup (pointer);
  if (kind == CONFSYNC_JSON_STRING)
    good = read_word (self, place, error);
  else if (kind == CONFSYNC_JSON_ARRAY)
    good = read_list (self, place, error);
  else if (kind == CONFSYNC_JSON_OBJECT)
    good = read_members (self, place, error);
  else
    good = confsync_schema_refuse (error, pointer,
                                   "a word such as \"str\", a list or an object is expected");
  return good ? g_steal_pointer (&self) : NULL;
}

/* An add-on's config.json has these three, and no word begins with a digit, as a version does. */
static gboolean
is_addon (const ConfsyncJsonCursor *root)
{
  ConfsyncJsonCursor version, other;
  g_autoptr (ConfsyncOptionWord) word = NULL;
  g_autofree char *text = NULL, *reason = NULL;
  const char *bytes;
  gsize length;

  if (!confsync_json_cursor_find (root, "slug", -1, &other) ||
      !confsync_json_cursor_find (root, "schema", -1, &other) ||
      !confsync_json_cursor_find (root, "version", -1, &version))
    return FALSE;
  bytes = confsync_json_cursor_get_string (&version, &length);
  text = bytes != NULL ? g_strndup (bytes, length) : NULL;
  word = text != NULL ? confsync_option_word_new (text, &reason) : NULL;
  return word == NULL;
}

ConfsyncOptionTree *
confsync_option_tree_new (ConfsyncJson *json, GError **error)
{
  ConfsyncJsonCursor root;
  ConfsyncOptionTree *self;
  gboolean addon;
  Node *node;

  confsync_json_cursor_init (&root, json);
  addon = is_addon (&root);
  if (addon)
    confsync_json_cursor_find (&root, "schema", -1, &root);
  if (confsync_json_cursor_get_kind (&root) != CONFSYNC_JSON_OBJECT)
    {
      confsync_schema_refuse (error, addon ? "/schema" : "",
                              addon ? "this add-on has no schema of its options"
                                    : "an object of options and their words is expected");
      return NULL;
    }
  node = read_node (&root, addon ? "/schema" : "", error);
  if (node == NULL)
    return NULL;
  self = g_new0 (ConfsyncOptionTree, 1);
  self->root = node;
  return self;
}

void
confsync_option_tree_free (ConfsyncOptionTree *self)
{
  node_free (self->root);
  g_free (self);
}

/* a list may be missing where its element's word says so */
static gboolean
is_optional (const Node *node)
{
  if (node->element != NULL)
    return is_optional (node->element);
  return node->word != NULL && confsync_option_word_is_optional (node->word);
}

static char *
complain (const ConfsyncSchemaPlace *place, const Node *node, const char *what)
{
  g_autofree char *shown = confsync_schema_place_show (place);
  g_autofree char *pointer = confsync_schema_show (node->pointer, strlen (node->pointer));

  return g_strdup_printf ("%s%s %s (schema: %s)", shown, place != NULL ? ":" : "", what, pointer);
}

static char *check (const Node *node, const ConfsyncJsonCursor *value,
                    const ConfsyncSchemaPlace *place, gint64 *left);

static char *
check_member (const Node *member, const ConfsyncJsonCursor *options,
              const ConfsyncSchemaPlace *place, gint64 *left)
{
  ConfsyncSchemaPlace inner = confsync_schema_place_of_text (place, member->name);
  ConfsyncJsonCursor value;

  *left -= 1;
  if (confsync_json_cursor_find (options, member->name, -1, &value))
    return check (member, &value, &inner, left);
  return is_optional (member) ? NULL : complain (&inner, member, "is missing");
}

static char *
check_elements (const Node *node, const ConfsyncJsonCursor *list,
                const ConfsyncSchemaPlace *place, gint64 *left)
{
  ConfsyncJsonCursor element;
  ConfsyncJsonIter iter;
  char *reason = NULL;

  confsync_json_iter_init (&iter, list);
  for (guint i = 0; reason == NULL && confsync_json_iter_next (&iter, NULL, &element); i++)
    {
      ConfsyncSchemaPlace inner = confsync_schema_place_of (place, NULL, i);

      reason = check (node->element, &element, &inner, left);
    }
  return reason;
}

/* The reason why @value isn't what is asked for. Recursion ends where the schema does; @left is
 * what this may still cost. */
static char *
check (const Node *node, const ConfsyncJsonCursor *value, const ConfsyncSchemaPlace *place,
       gint64 *left)
{
  ConfsyncJsonKind kind = confsync_json_cursor_get_kind (value);
  g_autofree char *what = NULL;
  char *reason = NULL;

  if (*left < 0)
    return complain (NULL, node, "takes too long to check");
  if (node->word != NULL)
    {
      guint64 cost = 0;

      what = confsync_option_word_check (node->word, value, &cost);
      *left -= (gint64) cost;
      return what != NULL ? complain (place, node, what) : NULL;
    }
  if (node->element != NULL)
    return kind == CONFSYNC_JSON_ARRAY ? check_elements (node, value, place, left)
                                       : complain (place, node, "is to be a list");
  if (kind != CONFSYNC_JSON_OBJECT)
    return complain (place, node, "is to be an object");
  for (guint i = 0; i < node->members->len && reason == NULL; i++)
    reason = check_member (g_ptr_array_index (node->members, i), value, place, left);
  return reason;
}

gboolean
confsync_option_tree_check (ConfsyncOptionTree *self, ConfsyncJson *options, GError **error)
{
  g_autofree char *reason = NULL;
  ConfsyncJsonCursor root;
  gint64 left;

  confsync_json_cursor_init (&root, options);
  left = CONFSYNC_SCHEMA_COST_OF (confsync_json_cursor_get_size (&root));
  reason = check (self->root, &root, NULL, &left);
  if (reason == NULL)
    return TRUE;
  g_set_error_literal (error, CONFSYNC_ERROR, CONFSYNC_ERROR_REFUSED, reason);
  return FALSE;
}
