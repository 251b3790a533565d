/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * The fleet of legacy peers, as they behave.
 */

#include "config.h"

#include "replica-fleet.h"

#include <stdlib.h>
#include <string.h>

#include "replica-world-inside.h"

#define POLL_US G_USEC_PER_SEC
#define BLIND_US (2 * G_USEC_PER_SEC)

static Fleet *
fleet_of (World *world)
{
  return world->fleet;
}

static gboolean
is_client (int number)
{
  return number >= WORLD_NODES_MAX;
}

static FleetClient *
client_of (World *world, int number)
{
  return &fleet_of (world)->clients[number - WORLD_NODES_MAX];
}

static gint64
clock_of (FleetClient *client)
{
  return client->world->now + client->skew;
}

/* Channels */

static guint
open_channel (Fleet *self)
{
  const gint64 none[2] = { 0, 0 };

  g_array_append_vals (self->arrivals, none, 2);
  return self->arrivals->len / 2;
}

/* What stands between two now; 0: nothing. */
static guint
channel_between (World *world, int a, int b)
{
  Fleet *self = fleet_of (world);

  if (is_client (a) || is_client (b))
    {
      FleetClient *client = client_of (world, MAX (a, b));

      return client->hub == MIN (a, b) ? client->channel : 0;
    }
  return self->channels[MAX (a, b)];
}

static void arrive (World *world, WorldEvent *event);

/* One update on its way; @like has the rest. */
static void
post (World *world, int source, int target, const WorldEvent *like)
{
  Fleet *self = fleet_of (world);
  guint channel = channel_between (world, source, target);
  WorldEvent *event;
  gint64 *last, arrival;

  if (channel == 0)
    return;
  last = &g_array_index (self->arrivals, gint64, 2 * (channel - 1) + (source < target));
  arrival = world->now + (1 + world_roll (world, 10)) * WORLD_MS;
  *last = MAX (*last, arrival);
  event =
      world_schedule (world, HAPPENS_ELSEWHERE, &world->nodes[0], *last - world->now);
  event->play = arrive;
  event->source = source;
  event->target = target;
  event->channel = channel;
  event->hash = g_strdup (like->hash);
  event->time = like->time;
  event->document = confsync_document_ref (like->document);
  event->edits = like->edits;
  self->n_frames++;
  world_trace (world, "%d => %d: %s by %s", source, target,
               confsync_document_get_hash (like->document), like->hash);
}

/* What arrives */

static void
take_at_client (World *world, FleetClient *client, WorldEvent *event)
{
  client->late = FALSE;
  if (g_str_equal (event->hash, client->name) || event->time <= client->last_apply ||
      confsync_document_equal (event->document, client->live))
    return;
  world_trace (world, "%s applies %s", client->name, confsync_document_get_hash (event->document));
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
is_reached (Node *node, const char *id)
{
  World *world = node->world;

  for (int i = 0; i < world->n_nodes; i++)
    if (g_str_equal (world->nodes[i].name, id))
      return i == node->index || world->links[node->index][i] != 0;
  return FALSE;
}

static char *
link_name (int other)
{
  return other == FLEET_SERVER ? g_strdup ("S") : g_strdup_printf ("C%d", other);
}

static void
take_at_node (Node *node, WorldEvent *event)
{
  g_autofree char *link = link_name (event->source);

  if (node->replica == NULL)
    return;
  if (event->hash[0] == 'l')
    g_hash_table_add (fleet_of (node->world)->delivered,
                      g_strdup (confsync_document_get_hash (event->document)));
  confsync_replica_got_legacy (node->replica, node_get_time (node), link, event->hash, event->time,
                               event->document, is_reached (node, event->hash));
  node_run_actions (node);
}

static void
pass_on (World *world, WorldEvent *event)
{
  Fleet *self = fleet_of (world);

  for (int i = 0; i < world->n_nodes; i++)
    if (i != event->source)
      post (world, FLEET_SERVER, i, event);
  for (int i = 0; i < self->n_clients; i++)
    if (self->clients[i].number != event->source)
      post (world, FLEET_SERVER, self->clients[i].number, event);
}

static void
arrive (World *world, WorldEvent *event)
{
  if (channel_between (world, event->source, event->target) != event->channel)
    return;
  if (event->target == FLEET_SERVER)
    pass_on (world, event);
  else if (is_client (event->target))
    take_at_client (world, client_of (world, event->target), event);
  else
    take_at_node (&world->nodes[event->target], event);
}

/* What replicas send */

static void
send_legacy (Node *node, ConfsyncAction *action)
{
  World *world = node->world;
  int target = action->link[0] == 'S' ? FLEET_SERVER : atoi (action->link + 1);
  WorldEvent like = { .hash = node->name, .time = action->time };

  if (action->message == CONFSYNC_MESSAGE_REQUEST)
    return; /* nobody answers */
  like.document = confsync_revision_get_document (action->revision);
  like.edits = ledger_get_edits (&world->ledger, action->revision);
  post (world, node->index, target, &like);
}

/* What clients do */

static void
poll (World *world, WorldEvent *event)
{
  FleetClient *client = client_of (world, event->target);
  const char *hash = confsync_document_get_hash (client->live);
  WorldEvent like = { 0 };

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
fleet_edit (FleetClient *client)
{
  World *world = client->world;
  g_autoptr (ConfsyncDocument) document = NULL;
  gint64 since;
  WorldEvent *event;

  if (ledger_is_full (&world->ledger))
    return;
  world->now++; /* no two edits in one microsecond */
  document = world_make_edit (world, client->number, client->live, &client->edits);
  g_clear_pointer (&client->live, confsync_document_unref);
  client->live = g_steal_pointer (&document);
  world_trace (world, "%s: edit %u: %s", client->name, world->ledger.n_edits - 1,
               confsync_document_get_hash (client->live));
  since = (world->now - client->phase) % POLL_US;
  event = world_schedule (world, HAPPENS_ELSEWHERE, &world->nodes[0], POLL_US - since);
  event->play = poll;
  event->target = client->number;
}

void
fleet_connect (FleetClient *client)
{
  World *world = client->world;
  Node *node = client->hub != FLEET_SERVER ? &world->nodes[client->hub] : NULL;
  g_autofree char *link = link_name (client->number);

  if (client->channel != 0 || (node != NULL && node->replica == NULL))
    return;
  world_trace (world, "%s connects", client->name);
  client->channel = open_channel (fleet_of (world));
  client->late = node == NULL;
  if (node == NULL)
    return;
  confsync_replica_legacy_up (node->replica, node_get_time (node), link, TRUE);
  node_run_actions (node);
}

void
fleet_cut (FleetClient *client)
{
  World *world = client->world;
  Node *node = client->hub != FLEET_SERVER ? &world->nodes[client->hub] : NULL;
  g_autofree char *link = link_name (client->number);

  if (client->channel == 0)
    return;
  world_trace (world, "%s is cut", client->name);
  client->channel = 0;
  if (node == NULL || node->replica == NULL)
    return;
  confsync_replica_link_down (node->replica, link);
  node_run_actions (node);
}

void
fleet_connect_node (Fleet *self, Node *node)
{
  if (!self->dials[node->index] || self->channels[node->index] != 0 || node->replica == NULL)
    return;
  world_trace (self->world, "%s dials the server", node->name);
  self->channels[node->index] = open_channel (self);
  confsync_replica_legacy_up (node->replica, node_get_time (node), "S", FALSE);
  node_run_actions (node);
}

void
fleet_cut_node (Fleet *self, Node *node)
{
  if (self->channels[node->index] == 0)
    return;
  world_trace (self->world, "%s leaves the server", node->name);
  self->channels[node->index] = 0;
  if (node->replica == NULL)
    return;
  confsync_replica_link_down (node->replica, "S");
  node_run_actions (node);
}

void
fleet_lose_node (Fleet *self, Node *node)
{
  fleet_cut_node (self, node);
  for (int i = 0; i < self->n_clients; i++)
    if (self->clients[i].hub == node->index)
      fleet_cut (&self->clients[i]);
}

void
fleet_join_node (Fleet *self, Node *node)
{
  fleet_connect_node (self, node);
  for (int i = 0; i < self->n_clients; i++)
    if (self->clients[i].hub == node->index)
      fleet_connect (&self->clients[i]);
}

FleetClient *
fleet_add_client (Fleet *self, int hub, const char *text)
{
  FleetClient *client = &self->clients[self->n_clients];
  g_autoptr (GBytes) bytes = g_bytes_new (text, strlen (text));

  client->world = self->world;
  client->number = WORLD_NODES_MAX + self->n_clients++;
  client->name = g_strdup_printf ("l%d", client->number);
  client->hub = hub;
  client->phase = world_roll (self->world, POLL_US);
  client->live = confsync_document_new (bytes, NULL, NULL);
  client->seen = g_strdup (confsync_document_get_hash (client->live));
  return client;
}

Fleet *
fleet_new (World *world)
{
  Fleet *self = g_new0 (Fleet, 1);

  self->world = world;
  self->arrivals = g_array_new (FALSE, TRUE, sizeof (gint64));
  self->delivered = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  world->fleet = self;
  world->send_legacy = send_legacy;
  return self;
}

void
fleet_free (Fleet *self)
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
