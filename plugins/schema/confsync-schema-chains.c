/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Whether a step of such a row is taken depends on the value alone, and it is the same value all
 * along: so a row that comes back once comes back for ever, and may be refused before there is any
 * value.
 */

#include "confsync-schema-chains.h"

#include "confsync-schema-text.h"

#define CHAIN_MAX 256

/* being looked at: who comes here again goes round in circles */
#define OPEN G_MAXUINT

static gboolean measure (ConfsyncSchemaNode *node, guint depth, GError **error);

static gboolean
measure_next (ConfsyncSchemaNode *node, ConfsyncSchemaNode *next, guint depth, guint *longest,
              GError **error)
{
  if (next == NULL)
    return TRUE;
  if (next->chain == OPEN)
    return confsync_schema_refuse (error, node->pointer,
                                   "this leads back to \"%s\" for the same value, without end",
                                   next->pointer);
  if (!measure (next, depth + 1, error))
    return FALSE;
  *longest = MAX (*longest, next->chain);
  return TRUE;
}

static gboolean
measure_all (ConfsyncSchemaNode *node, GPtrArray *next, guint depth, guint *longest,
             GError **error)
{
  for (guint i = 0; next != NULL && i < next->len; i++)
    if (!measure_next (node, g_ptr_array_index (next, i), depth, longest, error))
      return FALSE;
  return TRUE;
}

static gboolean
measure_members (ConfsyncSchemaNode *node, GArray *members, guint depth, guint *longest,
                 GError **error)
{
  for (guint i = 0; members != NULL && i < members->len; i++)
    if (!measure_next (node, g_array_index (members, ConfsyncSchemaMember, i).node, depth, longest,
                       error))
      return FALSE;
  return TRUE;
}

/* sets node->chain; @depth is how many are open */
static gboolean
measure (ConfsyncSchemaNode *node, guint depth, GError **error)
{
  guint longest = 0;

  if (node->chain != 0)
    return TRUE;
  node->chain = OPEN;
  if (depth < CHAIN_MAX &&
      !(measure_next (node, node->ref, depth, &longest, error) &&
        measure_next (node, node->not_, depth, &longest, error) &&
        measure_next (node, node->if_, depth, &longest, error) &&
        measure_next (node, node->then_, depth, &longest, error) &&
        measure_next (node, node->else_, depth, &longest, error) &&
        measure_all (node, node->all_of, depth, &longest, error) &&
        measure_all (node, node->any_of, depth, &longest, error) &&
        measure_all (node, node->one_of, depth, &longest, error) &&
        measure_members (node, node->dependent_schemas, depth, &longest, error)))
    return FALSE;
  if (depth >= CHAIN_MAX || longest >= CHAIN_MAX)
    return confsync_schema_refuse (error, node->pointer,
                                   "more than %d schemas in a row would be applied to one value",
                                   CHAIN_MAX);
  node->chain = longest + 1;
  return TRUE;
}

gboolean
confsync_schema_chains_check (GPtrArray *nodes, GError **error)
{
  for (guint i = 0; i < nodes->len; i++)
    if (!measure (g_ptr_array_index (nodes, i), 0, error))
      return FALSE;
  return TRUE;
}
