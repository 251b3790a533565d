/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Random schedules over whole replicas: edits, cuts, crashes, newcomers, wrong clocks; then all is
 * healed, and the promises have to hold. A schedule that fails prints its seed and its trace; play
 * it again with --seed=N, more of them with --seeds=N or --seeds=FIRST-LAST.
 */

#include "config.h"

#include "replica-world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MS 1000
#define SEEDS 2000
/* Heartbeats that may differ after all links are back, before everybody agrees. */
#define ROUNDS_MAX 12
/* Messages that a step may cause for each link and replica there is. */
#define MESSAGES_MAX 40
#define SKEW_MAX_S (2 * 24 * 3600)

static int first_seed = 1, last_seed = SEEDS;
static gboolean verbose;

static int
roll (World *world, int below)
{
  return g_rand_int_range (world->random, 0, below);
}

/* A line, a star, a ring or a mesh. */
static void
wire (World *world)
{
  int shape = roll (world, 4), n = world->n_nodes;

  for (int a = 0; a < n; a++)
    for (int b = a + 1; b < n; b++)
      if ((shape == 0 && b == a + 1) || (shape == 1 && a == 0) ||
          (shape == 2 && (b == a + 1 || (a == 0 && b == n - 1))) || shape == 3)
        world_wire (world, a, b);
}

/* Newcomers bring a file, the same one as everybody, or none. */
static void
populate (World *world)
{
  int n = 3 + roll (world, WORLD_NODES_MAX - 2), files = roll (world, 4);

  world->skewed = roll (world, 3) == 0;

  for (int i = 0; i < n; i++)
    {
      g_autofree char *own = g_strdup_printf ("{\"a\":-%d}", i + 1);
      gboolean has_file = files == 0 || files == 1 || i == 0 || (files == 2 && roll (world, 2));
      Node *node = world_add_node (world, !has_file ? NULL : files == 0 ? "{\"a\":0}" : own);

      if (world->skewed)
        node->skew = (roll (world, 2 * SKEW_MAX_S) - SKEW_MAX_S) * G_TIME_SPAN_SECOND;
    }
  world->nodes[1].holds_back = roll (world, 8) == 0;
  wire (world);
  for (int i = 0; i < n; i++)
    if (i == 0 || roll (world, 4) != 0)
      world_start (&world->nodes[i]);
}

static void
connect_or_cut (World *world, Node *node)
{
  int other = roll (world, world->n_nodes);

  if (!world->wired[node->index][other])
    return;
  if (world->links[node->index][other] != 0)
    world_cut (world, node->index, other);
  else
    world_connect (world, node->index, other);
}

static void
step (World *world)
{
  Node *node = &world->nodes[roll (world, world->n_nodes)];
  int dice = roll (world, 100);

  if (dice < 50)
    world_edit (node);
  else if (dice < 70)
    connect_or_cut (world, node);
  else if (dice < 80)
    {
      /* a clock that is behind and a crash that loses state: an own time may come twice, which is
       * the one pair of faults that the rules don't cover */
      if (world->skewed)
        world_run (world, 300 * MS);
      world_crash (node);
    }
  else if (dice < 95)
    {
      if (node->replica == NULL)
        world_start (node);
    }
  else
    world_tick (node);
  world_run (world, roll (world, 3) == 0 ? 0 : roll (world, 2) ? roll (world, 60) * MS : 2000 * MS);
}

static gboolean
agree (World *world, Node *a, Node *b)
{
  ConfsyncRevision *x = world_get_head (a), *y = world_get_head (b);

  if (x == NULL || y == NULL)
    return x == y;
  return confsync_revision_same (x, y);
}

static gboolean
all_agree (World *world)
{
  for (int i = 0; i < world->n_nodes; i++)
    if (!world->nodes[i].holds_back && !agree (world, &world->nodes[0], &world->nodes[i]))
      return FALSE;
  return TRUE;
}

/* What heartbeats bring about. */
static void
beat (World *world)
{
  for (int a = 0; a < world->n_nodes; a++)
    {
      world_tick (&world->nodes[a]);
      for (int b = a + 1; b < world->n_nodes; b++)
        if (world->wired[a][b] && !agree (world, &world->nodes[a], &world->nodes[b]))
          world_exchange_heads (world, a, b);
    }
  world_settle (world);
}

static void
heal (World *world)
{
  for (int i = 0; i < world->n_nodes; i++)
    if (world->nodes[i].replica == NULL)
      world_start (&world->nodes[i]);
  for (int a = 0; a < world->n_nodes; a++)
    for (int b = a + 1; b < world->n_nodes; b++)
      if (world->wired[a][b])
        world_connect (world, a, b);
  world_settle (world);
  for (int round = 0; round < ROUNDS_MAX && world->failure == NULL; round++)
    beat (world);
}

static void
check_agreement (World *world)
{
  if (!all_agree (world))
    world_fail (world, "the replicas don't agree");
  for (int i = 0; i < world->n_nodes; i++)
    {
      Node *node = &world->nodes[i];
      ConfsyncRevision *head = world_get_head (node);

      if ((head == NULL) != (node->live == NULL) ||
          (head != NULL && !g_str_equal (confsync_revision_get_hash (head),
                                         confsync_document_get_hash (node->live))))
        world_fail (world, "what is live on %s is not its head", node->name);
    }
}

static gboolean
is_kept (World *world, const char *hash)
{
  for (int i = 0; i < world->n_nodes; i++)
    if (g_hash_table_contains (world->nodes[i].kept, hash))
      return TRUE;
  return FALSE;
}

static void
check_versions (World *world)
{
  GHashTableIter iter;
  const char *hash;

  g_hash_table_iter_init (&iter, world->quiet);
  while (g_hash_table_iter_next (&iter, (gpointer *) &hash, NULL))
    if (!is_kept (world, hash))
      world_fail (world, "%s was live and is nowhere kept", hash);
}

/* One heartbeat more: nobody has anything to tell that was told before. */
static void
check_quiet (World *world)
{
  guint updates = world->n_updates, applies = world->n_applies;

  beat (world);
  if (world->n_updates != updates || world->n_applies != applies)
    world_fail (world, "%u updates and %u applies after all was said",
                world->n_updates - updates, world->n_applies - applies);
}

static void
check_messages (World *world, int steps)
{
  guint links = 0;

  for (int a = 0; a < world->n_nodes; a++)
    for (int b = a + 1; b < world->n_nodes; b++)
      links += world->wired[a][b];
  if (world->n_messages > (steps + ROUNDS_MAX) * links * MESSAGES_MAX)
    world_fail (world, "%u messages over %u links", world->n_messages, links);
}

static World *
play (guint32 seed, gboolean trace)
{
  World *world = world_new (seed, trace);
  int steps = 8 + roll (world, 20);

  populate (world);
  for (int i = 0; i < steps && world->failure == NULL; i++)
    step (world);
  if (world->failure == NULL)
    heal (world);
  if (world->failure == NULL)
    {
      check_agreement (world);
      check_versions (world);
      check_quiet (world);
      check_messages (world, steps);
    }
  return world;
}

static void
test_schedules (void)
{
  guint failed = 0, applies = 0, edits = 0;

  g_test_summary ("Whatever happens, all replicas end with one content, and nothing is lost");
  for (int seed = first_seed; seed <= last_seed; seed++)
    {
      g_autoptr (World) world = play (seed, verbose);

      applies += world->n_applies;
      edits += world->ledger.n_edits;
      if (world->failure != NULL && failed++ == 0 && !verbose)
        {
          g_autoptr (World) again = play (seed, TRUE);

          g_printerr ("%s# seed %d: %s\n", again->trace->str, seed, world->failure);
        }
      else if (world->failure != NULL)
        g_printerr ("%s# seed %d: %s\n", verbose ? world->trace->str : "", seed, world->failure);
      else if (verbose)
        g_printerr ("%s", world->trace->str);
    }
  g_test_message ("%u edits, %u applies", edits, applies);
  g_assert_cmpuint (failed, ==, 0);
  /* or the schedules would not be worth much */
  g_assert_cmpuint (applies, >, (guint) (last_seed - first_seed));
}

static void
test_repeatable (void)
{
  g_autoptr (World) one = play (7, TRUE), other = play (7, TRUE);

  g_test_summary ("A seed gives the same schedule each time");
  g_assert_cmpstr (one->trace->str, ==, other->trace->str);
}

/* Takes our own arguments out, before GLib sees the others. */
static void
take_arguments (int *argc, char **argv)
{
  int kept = 1;

  for (int i = 1; i < *argc; i++)
    if (sscanf (argv[i], "--seeds=%d-%d", &first_seed, &last_seed) == 2)
      continue;
    else if (sscanf (argv[i], "--seeds=%d", &last_seed) == 1)
      first_seed = 1;
    else if (sscanf (argv[i], "--seed=%d", &first_seed) == 1)
      {
        last_seed = first_seed;
        verbose = TRUE;
      }
    else
      argv[kept++] = argv[i];
  *argc = kept;
}

int
main (int argc, char **argv)
{
  take_arguments (&argc, argv);
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/replica/schedules", test_schedules);
  g_test_add_func ("/replica/schedules/repeatable", test_repeatable);
  return g_test_run ();
}
