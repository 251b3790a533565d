/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * The world of replicas: its time, its events and its links.
 */

#include "config.h"

#include "replica-world-inside.h"

#include "confsync-stamp-private.h"

#define BEGIN_US G_GINT64_CONSTANT (1700000000000000)
/* No schedule comes near; a storm does. */
#define EVENTS_MAX 60000
#define SETTLE_MAX_S 60

static void
event_free (WorldEvent *event)
{
  g_clear_pointer (&event->revision, confsync_revision_unref);
  g_clear_pointer (&event->stamp, confsync_stamp_unref);
  g_free (event->hash);
  g_clear_pointer (&event->document, confsync_document_unref);
  g_clear_pointer (&event->state, confsync_json_unref);
  g_free (event);
}

static int
compare_events (gconstpointer a, gconstpointer b, gpointer user_data)
{
  const WorldEvent *x = a, *y = b;

  return x->at != y->at ? (x->at > y->at ? 1 : -1) : (x->order > y->order ? 1 : -1);
}

WorldEvent *
world_schedule (World *self, Happens what, Node *node, gint64 delay)
{
  static guint order;
  WorldEvent *event = g_new0 (WorldEvent, 1);

  event->at = self->now + delay;
  event->order = order++;
  event->what = what;
  event->node = node;
  event->life = node->life;
  g_sequence_insert_sorted (self->events, event, compare_events, NULL);
  return event;
}

gint64
world_roll (World *self, gint32 below)
{
  return g_rand_int_range (self->random, 0, below);
}

void
world_trace (World *self, const char *format, ...)
{
  va_list args;

  if (self->trace == NULL)
    return;
  g_string_append_printf (self->trace, "# %9" G_GINT64_FORMAT " ", self->now - BEGIN_US);
  va_start (args, format);
  g_string_append_vprintf (self->trace, format, args);
  va_end (args);
  g_string_append_c (self->trace, '\n');
}

void
world_fail (World *self, const char *format, ...)
{
  va_list args;

  if (self->failure != NULL)
    return;
  va_start (args, format);
  self->failure = g_strdup_vprintf (format, args);
  va_end (args);
  world_trace (self, "FAILED: %s", self->failure);
}

const char *
world_name (World *self, ConfsyncRevision *revision)
{
  return self->trace != NULL && revision != NULL ? confsync_revision_get_key (revision) : "-";
}

void
world_send (Node *node, ConfsyncAction *action)
{
  World *self = node->world;
  Node *to = &self->nodes[action->link[0] - '0'];
  ConfsyncRevision *head = world_get_head (node);
  gint64 *last = &self->last_arrival[node->index][to->index], arrival;
  WorldEvent *event;

  if (self->links[node->index][to->index] == 0)
    return;
  arrival = self->now + (1 + world_roll (self, 20)) * WORLD_MS;
  *last = MAX (*last, arrival);
  event = world_schedule (self, HAPPENS_MESSAGE, to, *last - self->now);
  event->from = node;
  event->channel = self->links[node->index][to->index];
  event->message = action->type;
  event->outcome = action->outcome;
  event->revision = action->revision != NULL ? confsync_revision_ref (action->revision) : NULL;
  event->stamp = head != NULL ? confsync_stamp_ref (confsync_revision_get_stamp (head)) : NULL;
  event->hash = head != NULL ? g_strdup (confsync_revision_get_hash (head)) : NULL;
  self->n_messages++;
  self->n_updates += action->type == CONFSYNC_ACTION_SEND_UPDATE;
  world_trace (self, "%s -> %s: %d %s", node->name, to->name, action->type,
         world_name (self, action->revision != NULL ? action->revision : head));
}

guint
world_run (World *self, gint64 us)
{
  gint64 until = self->now + us;
  guint n = 0;

  while (self->failure == NULL && !g_sequence_is_empty (self->events))
    {
      GSequenceIter *first = g_sequence_get_begin_iter (self->events);
      WorldEvent *event = g_sequence_get (first);

      if (event->at > until)
        break;
      self->now = MAX (self->now, event->at);
      if (event->what == HAPPENS_ELSEWHERE)
        event->play (self, event);
      else
        node_happen (event->node, event);
      g_sequence_remove (first);
      if (++n == EVENTS_MAX)
        world_fail (self, "a storm: %u events and no end", n);
    }
  self->now = until;
  return n;
}

void
world_settle (World *self)
{
  int seconds = 0;

  while (world_run (self, G_USEC_PER_SEC) > 0 && self->failure == NULL)
    if (++seconds == SETTLE_MAX_S)
      world_fail (self, "no rest after %d s", seconds);
}

void
world_exchange_heads (World *self, int a, int b)
{
  const int ends[] = { a, b };

  for (int i = 0; i < 2 && self->links[a][b] != 0; i++)
    {
      char link[] = { (char) ('0' + ends[1 - i]), '\0' };
      g_autoptr (ConfsyncAction) action =
        confsync_action_new (CONFSYNC_ACTION_SEND_HEADS, link, NULL, NULL);

      world_send (&self->nodes[ends[i]], action);
    }
}

void
world_tick (Node *node)
{
  if (node->replica == NULL)
    return;
  confsync_replica_tick (node->replica, node_get_time (node));
  node_run_actions (node);
}

void
world_wire (World *self, int a, int b)
{
  self->wired[a][b] = self->wired[b][a] = TRUE;
}

void
world_connect (World *self, int a, int b)
{
  const int ends[] = { a, b };

  if (self->links[a][b] != 0 || self->nodes[a].replica == NULL || self->nodes[b].replica == NULL)
    return;
  world_trace (self, "%d and %d connect", a, b);
  self->links[a][b] = self->links[b][a] = ++self->n_channels;
  self->last_arrival[a][b] = self->last_arrival[b][a] = 0;
  for (int i = 0; i < 2; i++)
    {
      Node *node = &self->nodes[ends[i]];
      char link[] = { (char) ('0' + ends[1 - i]), '\0' };

      confsync_replica_link_up (node->replica, node_get_time (node), link, FALSE);
      node_run_actions (node);
    }
}

void
world_cut (World *self, int a, int b)
{
  const int ends[] = { a, b };

  if (self->links[a][b] == 0)
    return;
  world_trace (self, "%d and %d are cut", a, b);
  self->links[a][b] = self->links[b][a] = 0;
  for (int i = 0; i < 2; i++)
    {
      char link[] = { (char) ('0' + ends[1 - i]), '\0' };

      confsync_replica_link_down (self->nodes[ends[i]].replica, link);
      node_run_actions (&self->nodes[ends[i]]);
    }
}

Node *
world_add_node (World *self, const char *text)
{
  g_assert_cmpint (self->n_nodes, <, WORLD_NODES_MAX);
  node_init (&self->nodes[self->n_nodes], self, text);
  return &self->nodes[self->n_nodes++];
}

World *
world_new (guint32 seed, gboolean with_trace)
{
  World *self = g_new0 (World, 1);

  self->random = g_rand_new_with_seed (seed);
  self->now = BEGIN_US;
  self->events = g_sequence_new ((GDestroyNotify) event_free);
  ledger_init (&self->ledger);
  self->contents = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  self->quiet = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->trace = with_trace ? g_string_new (NULL) : NULL;
  return self;
}

void
world_free (World *self)
{
  for (int i = 0; i < self->n_nodes; i++)
    node_clear (&self->nodes[i]);
  g_rand_free (self->random);
  g_sequence_free (self->events);
  ledger_clear (&self->ledger);
  g_hash_table_unref (self->contents);
  g_hash_table_unref (self->quiet);
  if (self->trace != NULL)
    g_string_free (self->trace, TRUE);
  g_free (self->failure);
  g_free (self);
}
