/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * The figures.
 */

#include "config.h"

#include "sim-figures.h"

#include "confsync-lww-resolver.h"
#include "confsync-stamp-private.h"
#include "sim-world.h"

#include <stdio.h>

#define SEED 7
/* of every message, so that time counts steps */
#define DELAY_MS 10
#define SETTLE_US (5 * (gint64) G_USEC_PER_SEC)
#define STEPS_MAX 10000
#define STAYING 5
#define DAY_US (24 * 3600 * (gint64) G_USEC_PER_SEC)
/* links that a node of the random graph has on the average */
#define DEGREE 4

static const int sizes[] = { 3, 10, 30, 100, 300 };
static const SimShape shapes[] = { SIM_SHAPE_MESH, SIM_SHAPE_STAR, SIM_SHAPE_LINE,
                                   SIM_SHAPE_RANDOM };
static const char *const names[] = { "mesh", "star", "line", "random" };

/* who edits, and has had the file from the beginning */
#define AUTHOR 1

static void
add_node (SimWorld *world)
{
  g_autoptr (ConfsyncDocument) file = sim_editor_read ("{\"name\":\"house\",\"a\":-1,\"b\":-1}");
  SimNode *node = sim_world_add_node (world, world->nodes->len == AUTHOR ? file : NULL);

  node->resolver = g_object_new (CONFSYNC_TYPE_LWW_RESOLVER, NULL);
}

static SimWorld *
make_world (int n)
{
  SimWorld *world = sim_world_new (SEED, n);

  world->faults.seed = SEED;
  world->faults.delay_min_ms = world->faults.delay_max_ms = DELAY_MS;
  world->quick_disks = TRUE;
  for (int i = 0; i < n; i++)
    add_node (world);
  return world;
}

static void
wire (SimWorld *world, SimShape shape)
{
  int n = world->nodes->len;
  SimDice dice;

  sim_dice_init (&dice, SEED, n);
  for (int b = 1; b < n; b++)
    {
      int from = shape == SIM_SHAPE_LINE     ? b - 1
                 : shape == SIM_SHAPE_RANDOM ? (int) sim_dice_roll (&dice, b)
                                             : 0;

      sim_wire_add (world, from, b);
      for (int a = 0; a < b; a++)
        if (shape == SIM_SHAPE_MESH ||
            (shape == SIM_SHAPE_RANDOM && sim_dice_roll (&dice, n) < DEGREE - 2))
          sim_wire_add (world, a, b);
    }
}

static gboolean
all_have (SimWorld *world, ConfsyncRevision *revision)
{
  for (guint i = 0; i < world->nodes->len; i++)
    {
      ConfsyncRevision *head = sim_node_get_head (sim_world_get (world, i));

      if (head == NULL || !confsync_revision_same (head, revision))
        return FALSE;
    }
  return TRUE;
}

SimCost
sim_figure_edit (int n, SimShape shape)
{
  g_autoptr (SimWorld) world = make_world (n);
  SimNode *author = sim_world_get (world, AUTHOR);
  SimCost cost = { 0 };
  SimDice dice;
  guint messages, documents;

  sim_dice_init (&dice, SEED, 0);
  wire (world, shape);
  for (int i = 0; i < n; i++)
    sim_node_start (sim_world_get (world, i));
  do
    sim_world_run (world, SETTLE_US);
  while (!all_have (world, sim_node_get_head (author)));
  sim_world_run (world, SETTLE_US);

  messages = world->n_messages;
  documents = world->n_updates;
  sim_node_set (author, &dice);
  sim_world_run (world, SIM_MS);
  while (!all_have (world, sim_node_get_head (author)) && cost.steps < STEPS_MAX)
    {
      sim_world_run (world, DELAY_MS * SIM_MS);
      cost.steps++;
    }
  sim_world_run (world, SETTLE_US);
  cost.links = world->wires->len;
  cost.documents = world->n_updates - documents;
  cost.small = world->n_messages - messages - cost.documents;
  return cost;
}

/* Instances that come and go */

static void
set_date (SimWorld *world, gint64 skew)
{
  for (guint i = 0; i < world->nodes->len; i++)
    sim_world_get (world, i)->skew = skew;
}

/* Somebody new, with an empty disk, in the place of the last one. */
static void
come_and_go (SimWorld *world, SimNode *guest, SimDice *dice, guint day)
{
  sim_disk_clear (&guest->disk);
  sim_disk_init (&guest->disk, guest, NULL);
  sim_node_start (guest);
  sim_world_run (world, SETTLE_US);
  world->ledger.n_edits = day % (SIM_EDITS_MAX - 1); /* nobody asks who made them */
  sim_node_edit (guest, dice);
  sim_world_run (world, SETTLE_US);
  sim_node_crash (guest, TRUE);
}

static SimBurden
weigh (SimNode *node)
{
  ConfsyncStamp *stamp = confsync_revision_get_stamp (sim_node_get_head (node));
  g_autoptr (ConfsyncJson) state = sim_node_make_state (node);
  g_autoptr (GBytes) text = confsync_json_to_compact (state);

  return (SimBurden) { confsync_vector_get_length (confsync_stamp_get_vector (stamp)),
                       g_bytes_get_size (text) };
}

SimBurden *
sim_figure_burden (const guint *days, guint n)
{
  g_autoptr (SimWorld) world = make_world (STAYING + 1);
  SimNode *guest = sim_world_get (world, STAYING);
  SimBurden *burdens = g_new0 (SimBurden, n);
  SimDice dice;
  guint day = 0;

  sim_dice_init (&dice, SEED, 1);
  wire (world, SIM_SHAPE_MESH);
  for (int i = 0; i < STAYING; i++)
    sim_node_start (sim_world_get (world, i));
  for (guint i = 0; i < n; i++)
    {
      for (; day < days[i]; day++)
        {
          set_date (world, day * DAY_US);
          come_and_go (world, guest, &dice, day);
        }
      burdens[i] = weigh (sim_world_get (world, 0));
    }
  return burdens;
}

/* The table */

static void
print_costs (void)
{
  printf ("One edit: documents and small messages sent until everybody is silent again, and steps\n"
          "(one message after the other) until the last one has it.\n\n"
          "shape       n    links  documents    n - 1    small  steps\n");
  for (guint s = 0; s < G_N_ELEMENTS (shapes); s++)
    for (guint i = 0; i < G_N_ELEMENTS (sizes); i++)
      {
        SimCost cost = sim_figure_edit (sizes[i], shapes[s]);

        printf ("%-8s %4d %8u %10u %8d %8u %6u\n", names[s], sizes[i], cost.links, cost.documents,
                sizes[i] - 1, cost.small, cost.steps);
        fflush (stdout);
      }
}

static void
print_burdens (void)
{
  const guint days[] = { 1, 50, 100, 200, 400, 600, 800, 1000 };
  g_autofree SimBurden *burdens = sim_figure_burden (days, G_N_ELEMENTS (days));

  printf ("\nFive instances stay; every day another one joins, edits, and leaves for ever.\n"
          "What one of the five has to keep:\n\n"
          "gone by now   actors in its vector   bytes of state\n");
  for (guint i = 0; i < G_N_ELEMENTS (days); i++)
    printf ("%11u %22u %16" G_GSIZE_FORMAT "\n", days[i], burdens[i].actors, burdens[i].bytes);
}

void
sim_figures_print (void)
{
  print_costs ();
  print_burdens ();
}
