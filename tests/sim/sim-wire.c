/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Channels over the loopback transport's faults.
 */

#include "config.h"

#include "sim-world.h"

/* as the engine's link has them */
#define ACK_DEADLINE_US (5 * G_USEC_PER_SEC)
#define PROBE_DEADLINE_US (5 * G_USEC_PER_SEC)
#define SILENCE_MAX_US (75 * G_USEC_PER_SEC)
#define REDIAL_US (500 * SIM_MS)

SimWire *
sim_wire_find (SimWorld *world, int a, int b)
{
  return world->matrix[(gsize) MIN (a, b) * world->n_max + MAX (a, b)];
}

SimWire *
sim_wire_add (SimWorld *world, int a, int b)
{
  SimWire **place = &world->matrix[(gsize) MIN (a, b) * world->n_max + MAX (a, b)];
  SimWire *self = *place;

  g_assert_cmpint (a, !=, b);
  if (self != NULL)
    return self;
  self = *place = g_new0 (SimWire, 1);
  self->world = world;
  self->partition = loopback_partition_new ();
  self->nodes[0] = sim_world_get (world, MIN (a, b));
  self->nodes[1] = sim_world_get (world, MAX (a, b));
  g_ptr_array_add (world->wires, self);
  g_ptr_array_add (self->nodes[0]->wires, self);
  g_ptr_array_add (self->nodes[1]->wires, self);
  return self;
}

void
sim_wire_free (SimWire *self)
{
  g_clear_pointer (&self->link, loopback_link_unref);
  loopback_partition_unref (self->partition);
  g_free (self);
}

guint
sim_wire_side_of (SimWire *self, SimNode *node)
{
  return node == self->nodes[1];
}

SimNode *
sim_wire_other (SimWire *self, SimNode *node)
{
  return self->nodes[!sim_wire_side_of (self, node)];
}

gboolean
sim_wire_is_up (SimWire *self)
{
  return self->ends[0].greeted && self->ends[1].greeted &&
         self->ends[0].channel == self->ends[1].channel;
}

static gboolean
is_cut (SimWire *self, guint side)
{
  return self->world->n_partitions > 0 && loopback_link_is_cut (self->link, side);
}

/* Ends of channels */

static void
dial_cb (SimWorld *world, SimEvent *event)
{
  sim_wire_dial (event->wire);
}

static void
end_lose (SimWire *self, guint side)
{
  SimEnd *end = &self->ends[side];
  gboolean greeted = end->greeted;
  SimEvent *event;

  if (end->channel == 0)
    return;
  sim_world_trace (self->world, "%s: link to %s is down", self->nodes[side]->name,
                   self->nodes[!side]->name);
  end->channel = 0;
  end->greeted = FALSE;
  end->unacked = 0;
  end->deadline = 0;
  end->suspect = FALSE;
  if (greeted)
    sim_node_link_down (self->nodes[side], self->nodes[!side]);
  event = sim_world_schedule (self->world, dial_cb, NULL, REDIAL_US);
  event->wire = self;
}

static void
end_cb (SimWorld *world, SimEvent *event)
{
  if (event->wire->ends[event->side].channel == event->channel)
    end_lose (event->wire, event->side);
}

static void
schedule_end (SimWire *self, guint side, guint channel, gint64 delay)
{
  SimEvent *event = sim_world_schedule (self->world, end_cb, NULL, delay);

  event->wire = self;
  event->side = side;
  event->channel = channel;
}

void
sim_wire_close (SimWire *self, guint side)
{
  SimEnd *end = &self->ends[side], *other = &self->ends[!side];
  guint channel = end->channel;
  LoopbackFate fate;
  gint64 due;

  if (channel == 0)
    return;
  fate = loopback_dice_throw (&end->dice, &self->link->faults);
  end_lose (self, side);
  if (other->channel != channel || is_cut (self, side))
    return;
  due = loopback_timetable_place_end (&other->timetable,
                                      self->world->now + fate.copy_delay_ms * (gint64) SIM_MS);
  schedule_end (self, !side, channel, due - self->world->now);
}

static void
greet (SimWire *self, guint side)
{
  SimEnd *end = &self->ends[side];

  end->heard = self->world->now;
  if (end->greeted)
    return;
  end->greeted = TRUE;
  sim_world_trace (self->world, "%s: link to %s is up", self->nodes[side]->name,
                   self->nodes[!side]->name);
  sim_node_link_up (self->nodes[side], self->nodes[!side]);
}

static void
greet_cb (SimWorld *world, SimEvent *event)
{
  if (event->wire->ends[event->side].channel == event->channel)
    greet (event->wire, event->side);
}

static void
open_end (SimWire *self, guint side, gint64 delay)
{
  SimEnd *end = &self->ends[side];
  SimEvent *event;

  end_lose (self, side);
  end->channel = self->world->n_channels;
  end->timetable = (LoopbackTimetable) { 0 };
  loopback_dice_init (&end->dice, self->world->faults.seed,
                      self->world->n_channels * (guint64) 2 + side);
  event = sim_world_schedule (self->world, greet_cb, NULL, delay);
  event->wire = self;
  event->side = side;
  event->channel = end->channel;
}

void
sim_wire_dial (SimWire *self)
{
  SimWorld *world = self->world;
  LoopbackFate fate;
  LoopbackDice dice;

  if (self->broken || self->parted || self->nodes[0]->replica == NULL ||
      self->nodes[1]->replica == NULL || self->ends[0].channel != 0)
    return;
  world->n_channels++;
  g_clear_pointer (&self->link, loopback_link_unref);
  self->link = loopback_link_new (self->nodes[1]->name, world->n_channels, &world->faults,
                                  self->partition);
  loopback_dice_init (&dice, world->faults.seed, ~(guint64) world->n_channels);
  fate = loopback_dice_throw (&dice, &world->faults);
  open_end (self, 1, fate.delay_ms * (gint64) SIM_MS);
  open_end (self, 0, (fate.delay_ms + fate.copy_delay_ms) * (gint64) SIM_MS);
}

/* Partitions */

void
sim_wire_cut (SimWire *self, SimCut cut)
{
  static const char *const signs[] = { "", "", ">", "<" };
  g_autofree char *words = g_strconcat (self->nodes[1]->name, signs[cut], NULL);

  if (self->broken || self->parted)
    return;
  sim_world_trace (self->world, "cut: %s - %s%s", self->nodes[0]->name, words,
                   cut == SIM_CUT_BREAK ? " breaks" : "");
  if (cut == SIM_CUT_BREAK)
    {
      self->broken = TRUE;
      sim_wire_close (self, 0);
      return;
    }
  self->parted = TRUE;
  self->world->n_partitions++;
  loopback_partition_set (self->partition, words);
}

void
sim_wire_heal (SimWire *self)
{
  if (!self->broken && !self->parted)
    return;
  sim_world_trace (self->world, "healed: %s - %s", self->nodes[0]->name, self->nodes[1]->name);
  self->world->n_partitions -= self->parted;
  self->broken = self->parted = FALSE;
  loopback_partition_set (self->partition, NULL);
  sim_wire_dial (self);
}

/* Messages */

static void
arrive_cb (SimWorld *world, SimEvent *event)
{
  SimEnd *end = &event->wire->ends[event->side];

  if (end->channel != event->channel)
    return;
  greet (event->wire, event->side);
  end->suspect = FALSE;
  sim_node_receive (event->wire->nodes[event->side], event->wire, event->bytes);
}

static void
push (SimWire *self, guint side, GBytes *bytes, guint delay_ms, gboolean reordered)
{
  SimEnd *end = &self->ends[side], *other = &self->ends[!side];
  gint64 due = self->world->now + delay_ms * (gint64) SIM_MS;
  SimEvent *event;

  if (is_cut (self, side))
    return;
  if (other->channel != end->channel)
    {
      /* what was sent to an end that is gone is answered by a reset */
      schedule_end (self, side, end->channel, 0);
      return;
    }
  due = loopback_timetable_place (&other->timetable, due, reordered);
  event = sim_world_schedule (self->world, arrive_cb, NULL, due - self->world->now);
  event->wire = self;
  event->side = !side;
  event->channel = end->channel;
  event->bytes = g_bytes_ref (bytes);
}

/* An update that nobody answers makes the link suspect: one probe, and if that stays unanswered,
 * the link is dead. */
static void
deadline_cb (SimWorld *world, SimEvent *event)
{
  SimEnd *end = &event->wire->ends[event->side];

  if (end->channel != event->channel || end->deadline != (guint) event->time)
    return;
  end->deadline = 0;
  if (end->suspect)
    sim_wire_close (event->wire, event->side);
  else if (end->unacked > 0)
    {
      end->suspect = TRUE;
      end->unacked = 0;
      sim_node_probe (event->wire->nodes[event->side], event->wire, FALSE);
    }
}

static void
start_deadline (SimWire *self, guint side, gint64 us)
{
  SimEnd *end = &self->ends[side];
  SimEvent *event = sim_world_schedule (self->world, deadline_cb, NULL, us);

  end->deadline = ++self->n_deadlines;
  event->wire = self;
  event->side = side;
  event->channel = end->channel;
  event->time = end->deadline;
}

void
sim_wire_send (SimWire *self, guint side, GBytes *bytes, SimSends sends)
{
  SimEnd *end = &self->ends[side];
  LoopbackFate fate;

  if (end->channel == 0)
    return;
  if (sends == SIM_SENDS_UPDATE)
    end->unacked++;
  if (sends == SIM_SENDS_UPDATE && end->deadline == 0)
    start_deadline (self, side, ACK_DEADLINE_US);
  else if (sends == SIM_SENDS_BEAT && end->suspect)
    start_deadline (self, side, PROBE_DEADLINE_US);

  fate = loopback_dice_throw (&end->dice, &self->link->faults);
  if (fate.cut)
    {
      sim_wire_close (self, side);
      return;
    }
  if (fate.lost)
    return;
  push (self, side, bytes, fate.delay_ms, fate.reordered);
  if (fate.duplicated)
    push (self, side, bytes, fate.copy_delay_ms, FALSE);
}

void
sim_wire_got_ack (SimWire *self, guint side)
{
  SimEnd *end = &self->ends[side];

  if (end->unacked > 0 && --end->unacked == 0 && !end->suspect)
    end->deadline = 0;
}

void
sim_wire_beat (SimWire *self, guint side)
{
  SimEnd *end = &self->ends[side];

  if (end->channel == 0)
    sim_wire_dial (self);
  else if (!end->greeted)
    return;
  else if (self->world->now - end->heard > SILENCE_MAX_US)
    sim_wire_close (self, side);
  else if (side == 0 && !end->suspect)
    {
      end->suspect = TRUE;
      sim_node_probe (self->nodes[0], self, TRUE);
    }
}
