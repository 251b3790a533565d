/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Random schedules over replicas and legacy peers: a replica that serves legacy clients, replicas
 * that bridge to one legacy server and are linked or not, edits on all ends, cuts, crashes, wrong
 * clocks; then all is healed. What legacy peers made their edits on is guessed, so a content may be
 * taken for newer than it is: that is counted, and bounded. Everything else has to hold. Play one
 * seed again with --seed=N, more of them with --seeds=N or --seeds=FIRST-LAST.
 */

#include "config.h"

#include "sim-fleet.h"

#include "confsync-lww-resolver.h"

#include <stdio.h>

#define MS 1000
#define SEEDS 2000
/* Heartbeats after all channels are back, before everybody holds the same. */
#define ROUNDS 5
/* Frames and messages that a step may cause for each of those who take part. */
#define MESSAGES_MAX 30
/* what frames are dated ahead by leaves an hour for old heads */
#define SKEW_MAX_S (22 * 3600)
/* Of a hundred schedules, those in which some edit went under as if it had been seen: where the
 * replicas have links of their own, and in all. */
#define UNSEEN_LINKED_PERCENT_MAX 2
#define UNSEEN_PERCENT_MAX 10

static int first_seed = 1, last_seed = SEEDS;
static gboolean verbose;

typedef struct
{
  SimWorld *world;
  SimFleet *fleet;
  SimDice dice;
  gboolean linked;  /* the replicas have links of their own */
  gboolean crashed;
} Play;

static void
play_free (Play *self)
{
  sim_world_free (self->world);
  sim_fleet_free (self->fleet);
  g_free (self);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Play, play_free)

static int
roll (Play *play, int below)
{
  return sim_dice_roll (&play->dice, below);
}

/* Where replicas aren't linked by themselves, all of them dial the server. */
static void
populate (Play *play)
{
  SimWorld *world = play->world;
  int n_nodes = 1 + roll (play, 3), n_clients = 1 + roll (play, SIM_FLEET_CLIENTS_MAX);
  gboolean skewed = roll (play, 3) == 0;

  play->linked = n_nodes == 1 || roll (play, 3) != 0;
  for (int i = 0; i < n_nodes; i++)
    {
      g_autoptr (ConfsyncDocument) file = sim_editor_read ("{\"a\":-1}");

      sim_world_add_node (world, file)->resolver =
        g_object_new (CONFSYNC_TYPE_LWW_RESOLVER, NULL);
      play->fleet->dials[i] = !play->linked || roll (play, 2) == 0;
    }
  for (int a = 0; a < n_nodes && play->linked; a++)
    for (int b = a + 1; b < n_nodes; b++)
      sim_wire_add (world, a, b);
  for (int i = 0; i < n_nodes; i++)
    sim_node_start (sim_world_get (world, i));
  for (int i = 0; i < n_clients; i++)
    {
      int hub = roll (play, n_nodes + 1) - 1;
      SimFleetClient *client = sim_fleet_add_client (play->fleet, hub, "{\"a\":-1}");

      if (skewed)
        client->skew = (roll (play, 2 * SKEW_MAX_S) - SKEW_MAX_S) * G_TIME_SPAN_SECOND;
    }
}

static void
connect_all (Play *play)
{
  for (int i = 0; i < (int) play->world->nodes->len; i++)
    sim_fleet_join_node (play->fleet, sim_world_get (play->world, i));
  for (int i = 0; i < play->fleet->n_clients; i++)
    sim_fleet_connect (&play->fleet->clients[i]);
}

static void
cut_or_heal (SimWorld *world, int a, int b, gboolean cut)
{
  SimWire *wire = sim_wire_find (world, a, b);

  if (wire != NULL && cut)
    sim_wire_cut (wire, SIM_CUT_BREAK);
  else if (wire != NULL)
    sim_wire_heal (wire);
}

static void
step_node (Play *play, SimNode *node)
{
  int dice = roll (play, 100), other = roll (play, (int) play->world->nodes->len);

  if (dice < 60)
    sim_node_edit (node, &play->dice);
  else if (dice < 70 && play->fleet->channels[node->index] != 0)
    sim_fleet_cut_node (play->fleet, node);
  else if (dice < 80)
    sim_fleet_connect_node (play->fleet, node);
  else if (dice < 90 && other != node->index)
    cut_or_heal (play->world, node->index, other, dice < 85);
  else if (dice < 95)
    sim_node_tick (node);
  else if (node->replica != NULL)
    {
      play->crashed = TRUE;
      sim_fleet_lose_node (play->fleet, node);
      sim_node_crash (node, FALSE);
    }
  else
    {
      sim_node_start (node);
      sim_fleet_join_node (play->fleet, node);
    }
}

static void
step_client (Play *play, SimFleetClient *client)
{
  int dice = roll (play, 100);

  if (dice < 80)
    sim_fleet_edit (client);
  else if (dice < 88)
    sim_fleet_cut (client);
  else
    sim_fleet_connect (client);
}

static void
step (Play *play)
{
  int n_nodes = (int) play->world->nodes->len, who = roll (play, n_nodes + play->fleet->n_clients);
  const gint64 pauses[] = { 0, 5 * MS, 300 * MS, 1500 * MS, 4000 * MS, 8000 * MS };

  if (who < n_nodes)
    step_node (play, sim_world_get (play->world, who));
  else
    step_client (play, &play->fleet->clients[who - n_nodes]);
  sim_world_run (play->world, pauses[roll (play, G_N_ELEMENTS (pauses))]);
}

/* What the time brings: ticks, and heartbeats that may differ. */
static void
beat (Play *play)
{
  sim_world_run (play->world, SIM_BEAT_US);
}

static void
heal (Play *play)
{
  SimWorld *world = play->world;

  for (guint i = 0; i < world->nodes->len; i++)
    if (sim_world_get (world, i)->replica == NULL)
      sim_node_start (sim_world_get (world, i));
  for (guint i = 0; i < world->wires->len; i++)
    sim_wire_heal (world->wires->pdata[i]);
  connect_all (play);
  for (int round = 0; round < ROUNDS && world->failure == NULL; round++)
    beat (play);
}

/* The checks */

static gboolean
was_ever_edited (ConfsyncRevision *head)
{
  return confsync_stamp_get_kind (confsync_revision_get_stamp (head)) != CONFSYNC_STAMP_INITIAL;
}

/* What they are to hold; %NULL where nobody edited anything. A replica that only found a file, and
 * that only a legacy server links, is silent and is told nothing, as any newcomer there. */
static const char *
find_hash (Play *play)
{
  for (int i = 0; i < (int) play->world->nodes->len; i++)
    {
      ConfsyncRevision *head = sim_node_get_head (sim_world_get (play->world, i));

      if (was_ever_edited (head))
        return confsync_revision_get_hash (head);
    }
  return NULL;
}

static void
check_replicas (Play *play)
{
  const char *hash = find_hash (play);

  for (int i = 0; i < (int) play->world->nodes->len; i++)
    {
      ConfsyncRevision *head = sim_node_get_head (sim_world_get (play->world, i));

      if ((play->linked || was_ever_edited (head)) && hash != NULL &&
          !g_str_equal (hash, confsync_revision_get_hash (head)))
        sim_world_fail (play->world, "the replicas don't agree, %s links of their own",
                    play->linked ? "with" : "without");
    }
}

/* Is anybody there who tells it? */
static gboolean
is_served (Play *play, SimFleetClient *client)
{
  for (int i = 0; i < (int) play->world->nodes->len; i++)
    if (client->hub == i || (client->hub == SIM_FLEET_SERVER && play->fleet->channels[i] != 0))
      return TRUE;
  return FALSE;
}

/* What it is to hold: what the replica has that it dials, or everybody; %NULL: whatever it has. */
static const char *
find_hash_for (Play *play, SimFleetClient *client)
{
  ConfsyncRevision *head;

  if (client->swallowed || client->late || !is_served (play, client))
    return NULL;
  if (client->hub == SIM_FLEET_SERVER)
    return find_hash (play);
  head = sim_node_get_head (sim_world_get (play->world, client->hub));
  return was_ever_edited (head) ? confsync_revision_get_hash (head) : NULL;
}

static void
check_clients (Play *play)
{
  for (int i = 0; i < play->fleet->n_clients; i++)
    {
      SimFleetClient *client = &play->fleet->clients[i];
      const char *hash = find_hash_for (play, client);

      if (hash != NULL && !g_str_equal (confsync_document_get_hash (client->live), hash))
        sim_world_fail (play->world, "%s holds something else than the replicas", client->name);
    }
}

static void
check_versions (Play *play)
{
  GHashTableIter iter;
  const char *hash;

  if (play->crashed)
    return;
  g_hash_table_iter_init (&iter, play->fleet->delivered);
  while (g_hash_table_iter_next (&iter, (gpointer *) &hash, NULL))
    {
      gboolean kept = FALSE;

      for (int i = 0; i < (int) play->world->nodes->len; i++)
        kept |= sim_disk_find_version (&sim_world_get (play->world, i)->disk, hash) != NULL;
      if (!kept)
        sim_world_fail (play->world, "%s came from a legacy peer and is nowhere kept", hash);
    }
}

/* Two heartbeats more, far apart: nobody has anything to tell that was told before. */
static void
check_quiet (Play *play)
{
  guint frames = play->fleet->n_frames, updates = play->world->n_updates;

  beat (play);
  sim_world_run (play->world, 4 * SIM_BEAT_US);
  beat (play);
  if (play->fleet->n_frames != frames || play->world->n_updates != updates)
    sim_world_fail (play->world, "%u frames and %u updates after all was said",
                play->fleet->n_frames - frames, play->world->n_updates - updates);
}

static void
check_messages (Play *play, int steps)
{
  guint parties = (int) play->world->nodes->len + play->fleet->n_clients;
  guint sum = play->fleet->n_frames + play->world->n_messages;

  if (sum > (steps + ROUNDS) * parties * MESSAGES_MAX)
    sim_world_fail (play->world, "%u messages among %u", sum, parties);
}

static Play *
play (guint32 seed, GString *trace)
{
  Play *self = g_new0 (Play, 1);
  int steps;

  self->world = sim_world_new (seed, SIM_FLEET_NODES_MAX);
  self->world->trace = trace;
  self->world->faults.seed = seed;
  self->world->faults.delay_min_ms = 1;
  self->world->faults.delay_max_ms = 20;
  sim_dice_init (&self->dice, seed, 2000);
  self->fleet = sim_fleet_new (self->world);
  steps = 6 + roll (self, 16);
  populate (self);
  connect_all (self);
  for (int i = 0; i < steps && self->world->failure == NULL; i++)
    step (self);
  if (self->world->failure == NULL)
    heal (self);
  if (self->world->failure == NULL)
    {
      check_replicas (self);
      check_clients (self);
      check_versions (self);
      check_quiet (self);
      check_messages (self, steps);
    }
  return self;
}

static void
report (Play *self, int seed)
{
  g_autoptr (GString) trace = g_string_new (NULL);

  play_free (play (seed, trace));
  g_printerr ("%s", trace->str);
  if (self->world->failure != NULL)
    g_printerr ("# seed %d: %s\n", seed, self->world->failure);
}

static void
test_schedules (void)
{
  guint failed = 0, unseen = 0, unseen_linked = 0, frames = 0, edits = 0, swallowed = 0;
  guint n = last_seed - first_seed + 1;

  g_test_summary ("Whatever legacy peers do, replicas end with one content, those who listen have "
                  "it too, and nobody goes on talking");
  for (int seed = first_seed; seed <= last_seed; seed++)
    {
      g_autoptr (Play) self = play (seed, NULL);

      frames += self->fleet->n_frames;
      edits += self->world->ledger.n_edits;
      swallowed += self->fleet->n_swallowed;
      unseen += self->world->n_complaints > 0;
      unseen_linked += self->world->n_complaints > 0 && self->linked;
      if (self->world->failure != NULL && failed++ > 0)
        g_printerr ("# seed %d: %s\n", seed, self->world->failure);
      else if (self->world->failure != NULL || verbose)
        report (self, seed);
    }
  g_test_message ("%u schedules: %u edits, %u frames, %u edits that legacy peers swallowed, %u "
                  "schedules in which an edit went under as if it had been seen, %u of them among "
                  "linked replicas",
                  n, edits, frames, swallowed, unseen, unseen_linked);
  g_assert_cmpuint (failed, ==, 0);
  g_assert_cmpuint (unseen_linked * 100, <=, MAX (n, 100) * UNSEEN_LINKED_PERCENT_MAX);
  g_assert_cmpuint (unseen * 100, <=, MAX (n, 100) * UNSEEN_PERCENT_MAX);
  /* or the schedules would not be worth much */
  g_assert_cmpuint (frames, >, n);
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
  g_test_add_func ("/replica/legacy-schedules", test_schedules);
  return g_test_run ();
}
