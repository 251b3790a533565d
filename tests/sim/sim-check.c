/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * What has to hold in the end.
 */

#include "config.h"

#include "sim-local.h"
#include "sim-play.h"

/* The first one that has to agree with others. */
static SimNode *
find_automatic (SimWorld *world)
{
  for (guint i = 0; i < world->nodes->len; i++)
    {
      SimNode *node = sim_world_get (world, i);

      if (sim_node_is_automatic (node))
        return node;
    }
  return NULL;
}

static gboolean
agree (SimNode *a, SimNode *b)
{
  ConfsyncRevision *x = sim_node_get_head (a), *y = sim_node_get_head (b);

  if (x == NULL || y == NULL)
    return x == y;
  return confsync_revision_same (x, y);
}

gboolean
sim_all_agree (SimWorld *world)
{
  SimNode *first = find_automatic (world);

  for (guint i = 0; i < world->nodes->len; i++)
    {
      SimNode *node = sim_world_get (world, i);

      if (sim_node_is_automatic (node) && !agree (first, node))
        return FALSE;
    }
  return TRUE;
}

static void
trace_heads (SimWorld *world)
{
  for (guint i = 0; i < world->nodes->len; i++)
    {
      SimNode *node = sim_world_get (world, i);
      ConfsyncRevision *head = sim_node_get_head (node);

      sim_world_trace (world, "%s%s ends with %s", node->name,
                       sim_node_is_automatic (node) ? "" : " (not automatic)",
                       head != NULL ? confsync_revision_get_key (head) : "nothing");
    }
}

void
sim_check_agreement (SimWorld *world)
{
  if (!sim_all_agree (world))
    {
      trace_heads (world);
      sim_world_fail (world, "the replicas don't agree");
    }
  for (guint i = 0; i < world->nodes->len; i++)
    {
      SimNode *node = sim_world_get (world, i);
      ConfsyncRevision *head = sim_node_get_head (node);

      if (node->replica == NULL || confsync_replica_is_edited_here (node->replica))
        continue;
      if ((head == NULL) != (node->disk.live == NULL) ||
          (head != NULL && !g_str_equal (confsync_revision_get_hash (head),
                                         confsync_document_get_hash (node->disk.shared))))
        sim_world_fail (world, "what is live on %s is not its head", node->name);
    }
}

void
sim_check_local (SimWorld *world)
{
  for (guint i = 0; i < world->nodes->len && world->has_local; i++)
    sim_local_check (sim_world_get (world, i));
}

static gboolean
is_kept (SimWorld *world, const char *hash)
{
  for (guint i = 0; i < world->nodes->len; i++)
    if (sim_disk_find_version (&sim_world_get (world, i)->disk, hash) != NULL)
      return TRUE;
  return FALSE;
}

void
sim_check_versions (SimWorld *world)
{
  GHashTableIter iter;
  const char *hash;

  g_hash_table_iter_init (&iter, world->quiet);
  while (g_hash_table_iter_next (&iter, (gpointer *) &hash, NULL))
    if (!is_kept (world, hash))
      sim_world_fail (world, "%s was live and is nowhere kept", hash);
}
