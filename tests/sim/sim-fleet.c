/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * The fleet of legacy peers, as they behave.
 */

#include "config.h"

#include "sim-fleet.h"

#include <stdlib.h>
#include <string.h>

#define POLL_US G_USEC_PER_SEC
#define BLIND_US (2 * G_USEC_PER_SEC)

static SimFleet *
fleet_of (SimWorld *world)
{
  return world->fleet;
}

static gboolean
is_client (int number)
{
  return number >= SIM_FLEET_NODES_MAX;
}

static SimFleetClient *
client_of (SimWorld *world, int number)
{
  return &fleet_of (world)->clients[number - SIM_FLEET_NODES_MAX];
}

static gint64
clock_of (SimFleetClient *client)
{
  return client->world->now + client->skew;
}

/* Channels */

static guint
open_channel (SimFleet *self)
{
  const gint64 none[2] = { 0, 0 };

  g_array_append_vals (self->arrivals, none, 2);
  return self->arrivals->len / 2;
}

/* What stands between two now; 0: nothing. */
static guint
channel_between (SimWorld *world, int a, int b)
{
  SimFleet *self = fleet_of (world);

  if (is_client (a) || is_client (b))
    {
      SimFleetClient *client = client_of (world, MAX (a, b));

      return client->hub == MIN (a, b) ? client->channel : 0;
    }
  return self->channels[MAX (a, b)];
}

static void arrive (SimWorld *world, SimEvent *event);

/* One update on its way; @like has the rest. */
static void
post (SimWorld *world, int source, int target, const SimEvent *like)
{
  SimFleet *self = fleet_of (world);
  guint channel = channel_between (world, source, target);
  SimEvent *event;
  gint64 *last, arrival;

  if (channel == 0)
    return;
  last = &g_array_index (self->arrivals, gint64, 2 * (channel - 1) + (source < target));
  arrival = world->now + (1 + sim_dice_roll (&self->dice, 10)) * SIM_MS;
  *last = MAX (*last, arrival);
  event = sim_world_schedule (world, arrive, NULL, *last - world->now);
  event->source = source;
  event->target = target;
  event->channel = channel;
  event->hash = g_strdup (like->hash);
  event->time = like->time;
  event->document = confsync_document_ref (like->document);
  event->edits = like->edits;
  self->n_frames++;
  sim_world_trace (world, "%d => %d: %s by %s", source, target,
               confsync_document_get_hash (like->document), like->hash);
}

/* What arrives */

static void
take_at_client (SimWorld *world, SimFleetClient *client, SimEvent *event)
{
  client->late = FALSE;
  if (g_str_equal (event->hash, client->name) || event->time <= client->last_apply ||
      confsync_document_equal (event->document, client->live))
    return;
  sim_world_trace (world, "%s applies %s", client->name,
                   confsync_document_get_hash (event->document));
  g_clear_pointer (&client->live, confsync_document_unref);
  client->live = confsync_document_ref (event->document);
  client->edits = event->edits;
  g_free (client->seen);
  client->seen = g_strdup (confsync_document_get_hash (event->document));
  client->last_apply = clock_of (client);
  client->blind_until = world->now + BLIND_US;
  client->swallowed = FALSE;
}

/* What a replica takes for the id of an instance that it reaches itself. */
static gboolean
is_linked (SimNode *node, int other)
{
  SimWire *wire = other != node->index ? sim_wire_find (node->world, node->index, other) : NULL;

  return wire != NULL && wire->ends[sim_wire_side_of (wire, node)].greeted;
}

static gboolean
is_reached (SimNode *node, const char *id)
{
  SimWorld *world = node->world;

  for (int i = 0; i < (int) world->nodes->len; i++)
    if (g_str_equal (sim_world_get (world, i)->name, id))
      return i == node->index || is_linked (node, i);
  return FALSE;
}

static char *
link_name (int other)
{
  return other == SIM_FLEET_SERVER ? g_strdup ("S") : g_strdup_printf ("C%d", other);
}

static void
take_at_node (SimNode *node, SimEvent *event)
{
  g_autofree char *link = link_name (event->source);

  if (node->replica == NULL)
    return;
  if (event->hash[0] == 'l')
    g_hash_table_add (fleet_of (node->world)->delivered,
                      g_strdup (confsync_document_get_hash (event->document)));
  confsync_replica_got_legacy (node->replica, sim_node_get_time (node), link, event->hash,
                               event->time, event->document, is_reached (node, event->hash));
  sim_node_run_actions (node);
}

static void
pass_on (SimWorld *world, SimEvent *event)
{
  SimFleet *self = fleet_of (world);

  for (int i = 0; i < (int) world->nodes->len; i++)
    if (i != event->source)
      post (world, SIM_FLEET_SERVER, i, event);
  for (int i = 0; i < self->n_clients; i++)
    if (self->clients[i].number != event->source)
      post (world, SIM_FLEET_SERVER, self->clients[i].number, event);
}

static void
arrive (SimWorld *world, SimEvent *event)
{
  if (channel_between (world, event->source, event->target) != event->channel)
    return;
  if (event->target == SIM_FLEET_SERVER)
    pass_on (world, event);
  else if (is_client (event->target))
    take_at_client (world, client_of (world, event->target), event);
  else
    take_at_node (sim_world_get (world, event->target), event);
}

/* What replicas send */

static void
send_legacy (SimNode *node, ConfsyncAction *action)
{
  SimWorld *world = node->world;
  int target = action->link[0] == 'S' ? SIM_FLEET_SERVER : atoi (action->link + 1);
  SimEvent like = { .hash = node->name, .time = action->time };

  if (action->message == CONFSYNC_MESSAGE_REQUEST)
    return; /* nobody answers */
  like.document = confsync_revision_get_document (action->revision);
  like.edits = sim_ledger_get_edits (&world->ledger, action->revision);
  post (world, node->index, target, &like);
}

/* What clients do */

static void
poll (SimWorld *world, SimEvent *event)
{
  SimFleetClient *client = client_of (world, event->target);
  const char *hash = confsync_document_get_hash (client->live);
  SimEvent like = { 0 };

  if (g_str_equal (hash, client->seen))
    return;
  g_free (client->seen);
  client->seen = g_strdup (hash);
  client->swallowed = world->now < client->blind_until || client->channel == 0;
  fleet_of (world)->n_swallowed += client->swallowed;
  if (client->swallowed)
    return;
  like.hash = client->name;
  like.time = clock_of (client);
  like.document = client->live;
  like.edits = client->edits;
  post (world, client->number, client->hub, &like);
}

void
sim_fleet_edit (SimFleetClient *client)
{
  SimWorld *world = client->world;
  g_autoptr (ConfsyncDocument) document = NULL;
  gint64 since;
  SimEvent *event;

  if (sim_ledger_is_full (&world->ledger))
    return;
  world->now++; /* no two edits in one microsecond */
  document = sim_editor_set (&fleet_of (world)->dice, client->live, world->ledger.n_edits);
  sim_ledger_add_edit (&world->ledger, client->number, &client->edits);
  sim_world_note_content (world, document, &client->edits);
  g_clear_pointer (&client->live, confsync_document_unref);
  client->live = g_steal_pointer (&document);
  sim_world_trace (world, "%s: edit %u: %s", client->name, world->ledger.n_edits - 1,
               confsync_document_get_hash (client->live));
  since = (world->now - client->phase) % POLL_US;
  event = sim_world_schedule (world, poll, NULL, POLL_US - since);
  event->target = client->number;
}

void
sim_fleet_connect (SimFleetClient *client)
{
  SimWorld *world = client->world;
  SimNode *node = client->hub != SIM_FLEET_SERVER ? sim_world_get (world, client->hub) : NULL;
  g_autofree char *link = link_name (client->number);

  if (client->channel != 0 || (node != NULL && node->replica == NULL))
    return;
  sim_world_trace (world, "%s connects", client->name);
  client->channel = open_channel (fleet_of (world));
  client->late = node == NULL;
  if (node == NULL)
    return;
  confsync_replica_legacy_up (node->replica, sim_node_get_time (node), link, TRUE);
  sim_node_run_actions (node);
}

void
sim_fleet_cut (SimFleetClient *client)
{
  SimWorld *world = client->world;
  SimNode *node = client->hub != SIM_FLEET_SERVER ? sim_world_get (world, client->hub) : NULL;
  g_autofree char *link = link_name (client->number);

  if (client->channel == 0)
    return;
  sim_world_trace (world, "%s is cut", client->name);
  client->channel = 0;
  if (node == NULL || node->replica == NULL)
    return;
  confsync_replica_link_down (node->replica, link);
  sim_node_run_actions (node);
}

void
sim_fleet_connect_node (SimFleet *self, SimNode *node)
{
  if (!self->dials[node->index] || self->channels[node->index] != 0 || node->replica == NULL)
    return;
  sim_world_trace (self->world, "%s dials the server", node->name);
  self->channels[node->index] = open_channel (self);
  confsync_replica_legacy_up (node->replica, sim_node_get_time (node), "S", FALSE);
  sim_node_run_actions (node);
}

void
sim_fleet_cut_node (SimFleet *self, SimNode *node)
{
  if (self->channels[node->index] == 0)
    return;
  sim_world_trace (self->world, "%s leaves the server", node->name);
  self->channels[node->index] = 0;
  if (node->replica == NULL)
    return;
  confsync_replica_link_down (node->replica, "S");
  sim_node_run_actions (node);
}

void
sim_fleet_lose_node (SimFleet *self, SimNode *node)
{
  sim_fleet_cut_node (self, node);
  for (int i = 0; i < self->n_clients; i++)
    if (self->clients[i].hub == node->index)
      sim_fleet_cut (&self->clients[i]);
}

void
sim_fleet_join_node (SimFleet *self, SimNode *node)
{
  sim_fleet_connect_node (self, node);
  for (int i = 0; i < self->n_clients; i++)
    if (self->clients[i].hub == node->index)
      sim_fleet_connect (&self->clients[i]);
}

SimFleetClient *
sim_fleet_add_client (SimFleet *self, int hub, const char *text)
{
  SimFleetClient *client = &self->clients[self->n_clients];

  client->world = self->world;
  client->number = SIM_FLEET_NODES_MAX + self->n_clients++;
  client->name = g_strdup_printf ("l%d", client->number);
  client->hub = hub;
  client->phase = sim_dice_roll (&self->dice, POLL_US);
  client->live = sim_editor_read (text);
  client->seen = g_strdup (confsync_document_get_hash (client->live));
  return client;
}

SimFleet *
sim_fleet_new (SimWorld *world)
{
  SimFleet *self = g_new0 (SimFleet, 1);

  self->world = world;
  self->arrivals = g_array_new (FALSE, TRUE, sizeof (gint64));
  self->delivered = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  sim_dice_init (&self->dice, world->seed, 1000);
  world->fleet = self;
  world->contents = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  world->send_legacy = send_legacy;
  return self;
}

void
sim_fleet_free (SimFleet *self)
{
  for (int i = 0; i < self->n_clients; i++)
    {
      g_free (self->clients[i].name);
      g_free (self->clients[i].seen);
      confsync_document_unref (self->clients[i].live);
    }
  g_array_unref (self->arrivals);
  g_hash_table_unref (self->delivered);
  g_free (self);
}
