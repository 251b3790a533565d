/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * The life of a node, and how the schema of a member is found by the member's name.
 */

#include "confsync-schema-node.h"

#include <string.h>

ConfsyncSchemaNode *
confsync_schema_node_new (const ConfsyncJsonCursor *place, const char *pointer)
{
  ConfsyncSchemaNode *self = g_new0 (ConfsyncSchemaNode, 1);

  self->place = *place;
  self->pointer = g_strdup (pointer);
  self->min_contains = 1;
  self->max_contains = G_MAXUINT64;
  return self;
}

void
confsync_schema_node_free (ConfsyncSchemaNode *self)
{
  g_clear_pointer (&self->pattern, confsync_schema_pattern_free);
  g_clear_pointer (&self->properties, g_array_unref);
  g_clear_pointer (&self->pattern_properties, g_array_unref);
  g_clear_pointer (&self->dependent_required, g_array_unref);
  g_clear_pointer (&self->dependent_schemas, g_array_unref);
  g_clear_pointer (&self->prefix_items, g_ptr_array_unref);
  g_clear_pointer (&self->all_of, g_ptr_array_unref);
  g_clear_pointer (&self->any_of, g_ptr_array_unref);
  g_clear_pointer (&self->one_of, g_ptr_array_unref);
  g_free (self->pointer);
  g_free (self);
}

static void
clear_member (gpointer data)
{
  ConfsyncSchemaMember *member = data;

  g_clear_pointer (&member->pattern, confsync_schema_pattern_free);
}

GArray *
confsync_schema_members_new (void)
{
  GArray *members = g_array_new (FALSE, TRUE, sizeof (ConfsyncSchemaMember));

  g_array_set_clear_func (members, clear_member);
  return members;
}

static int
compare_names (const char *a, gsize a_length, const char *b, gsize b_length)
{
  if (a_length != b_length)
    return a_length < b_length ? -1 : 1;
  return memcmp (a, b, a_length);
}

static int
compare_members (gconstpointer a, gconstpointer b)
{
  const ConfsyncSchemaMember *left = a, *right = b;

  return compare_names (left->name, left->length, right->name, right->length);
}

void
confsync_schema_members_sort (GArray *members)
{
  g_array_sort (members, compare_members);
}

const ConfsyncSchemaMember *
confsync_schema_members_find (GArray *members, const char *name, gsize length)
{
  guint low = 0, high = members->len;

  while (low < high)
    {
      guint middle = low + (high - low) / 2;
      const ConfsyncSchemaMember *member = &g_array_index (members, ConfsyncSchemaMember, middle);
      int order = compare_names (name, length, member->name, member->length);

      if (order == 0)
        return member;
      if (order < 0)
        high = middle;
      else
        low = middle + 1;
    }
  return NULL;
}
