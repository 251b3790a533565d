/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * An end of a link: throws the dice for what it sends, and turns the events of its pipe into the
 * channel's signals. Everything but the pipes belongs to the thread that made it.
 */

#include "confsync-loopback-channel.h"

#include "confsync-loopback-listener.h"

#define PROTOCOL "confsync.v1"

struct _ConfsyncLoopbackChannel
{
  ConfsyncChannel parent_instance;

  LoopbackLink *link; /* (owned) */
  LoopbackSide side;
  LoopbackDice dice;
  guint sent;    /* messages so far, the one under way included */
  gboolean over; /* the other end knows, or can't be told */
};

G_DEFINE_FINAL_TYPE (ConfsyncLoopbackChannel, confsync_loopback_channel, CONFSYNC_TYPE_CHANNEL)

static LoopbackPipe *
get_inbox (ConfsyncLoopbackChannel *self)
{
  return self->link->pipes[self->side];
}

/* NULL until a dialling channel found its listener. */
static LoopbackPipe *
get_outbox (ConfsyncLoopbackChannel *self)
{
  return self->link->pipes[!self->side];
}

/* An other end that went away while a partition hid it answers as a reset connection does: behind
 * whatever it sent before. */
static void
channel_reset (ConfsyncLoopbackChannel *self)
{
  g_autoptr (GError) error = NULL;

  if (self->over)
    return;

  self->over = TRUE;
  error = g_error_new (G_IO_ERROR, G_IO_ERROR_CONNECTION_CLOSED,
                       "the other end of %s:%s is gone", CONFSYNC_LOOPBACK_SCHEME,
                       self->link->name);
  loopback_pipe_push (get_inbox (self), loopback_event_new_end (error));
}

static void
channel_push (ConfsyncLoopbackChannel *self, LoopbackEvent *event)
{
  g_autoptr (LoopbackEvent) vanished = NULL;

  if (loopback_link_is_cut (self->link, self->side))
    vanished = event;
  else if (!loopback_pipe_push (get_outbox (self), event))
    channel_reset (self);
}

/* Only the delay counts: making and ending a link is subject to no other fault. */
static guint
channel_throw_delay (ConfsyncLoopbackChannel *self)
{
  LoopbackFate fate = loopback_dice_throw (&self->dice, &self->link->faults);

  return fate.copy_delay_ms;
}

static void
channel_push_end (ConfsyncLoopbackChannel *self, const GError *error)
{
  LoopbackEvent *event = loopback_event_new_end (error);

  self->over = TRUE;
  event->delay_ms = channel_throw_delay (self);
  channel_push (self, event);
}

static void
channel_push_message (ConfsyncLoopbackChannel *self,
                      GBytes *message,
                      guint delay_ms,
                      gboolean reordered)
{
  LoopbackEvent *event = loopback_event_new (LOOPBACK_EVENT_MESSAGE);

  event->message = g_bytes_ref (message);
  event->delay_ms = delay_ms;
  event->reordered = reordered;
  channel_push (self, event);
}

static void
channel_break (ConfsyncLoopbackChannel *self)
{
  g_autoptr (GError) error =
    g_error_new (G_IO_ERROR, G_IO_ERROR_CONNECTION_CLOSED,
                 "the faults of %s:%s cut link %u at message %u", CONFSYNC_LOOPBACK_SCHEME,
                 self->link->name, self->link->number, self->sent);

  channel_push_end (self, error);
  loopback_pipe_finish (get_inbox (self), error);
}

static void
confsync_loopback_channel_send (ConfsyncChannel *channel, GBytes *message)
{
  ConfsyncLoopbackChannel *self = CONFSYNC_LOOPBACK_CHANNEL (channel);
  LoopbackFate fate;

  if (self->over)
    return;

  self->sent++;
  fate = loopback_dice_throw (&self->dice, &self->link->faults);
  if (fate.cut)
    {
      channel_break (self);
      return;
    }
  if (fate.lost)
    return;

  channel_push_message (self, message, fate.delay_ms, fate.reordered);
  if (fate.duplicated)
    channel_push_message (self, message, fate.copy_delay_ms, FALSE);
}

static void
confsync_loopback_channel_close (ConfsyncChannel *channel)
{
  ConfsyncLoopbackChannel *self = CONFSYNC_LOOPBACK_CHANNEL (channel);

  if (!self->over && get_outbox (self) != NULL)
    channel_push_end (self, NULL);
  self->over = TRUE;
  loopback_pipe_finish (get_inbox (self), NULL);
}

static gsize
confsync_loopback_channel_get_buffered (ConfsyncChannel *channel)
{
  LoopbackPipe *outbox = get_outbox (CONFSYNC_LOOPBACK_CHANNEL (channel));

  return outbox != NULL ? loopback_pipe_get_bytes (outbox) : 0;
}

static void
confsync_loopback_channel_dispose (GObject *object)
{
  ConfsyncLoopbackChannel *self = CONFSYNC_LOOPBACK_CHANNEL (object);

  if (self->link != NULL)
    {
      if (!self->over && get_outbox (self) != NULL)
        channel_push_end (self, NULL);
      loopback_pipe_kill (get_inbox (self));
    }
  g_clear_pointer (&self->link, loopback_link_unref);

  G_OBJECT_CLASS (confsync_loopback_channel_parent_class)->dispose (object);
}

static void
confsync_loopback_channel_class_init (ConfsyncLoopbackChannelClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  ConfsyncChannelClass *channel_class = CONFSYNC_CHANNEL_CLASS (klass);

  object_class->dispose = confsync_loopback_channel_dispose;
  channel_class->send = confsync_loopback_channel_send;
  channel_class->close = confsync_loopback_channel_close;
  channel_class->get_buffered = confsync_loopback_channel_get_buffered;
}

static void
confsync_loopback_channel_init (ConfsyncLoopbackChannel *self)
{
}

static void
channel_connect (ConfsyncLoopbackChannel *self)
{
  LoopbackLink *link = self->link;
  g_autoptr (LoopbackPartition) partition = NULL;
  g_autoptr (LoopbackPipe) listener = NULL;
  LoopbackEvent *event;

  if (loopback_partition_hold (link->partitions[LOOPBACK_SIDE_DIALLER], link->name,
                               get_inbox (self)))
    return;

  listener = confsync_loopback_listener_find (link->name, &partition);
  if (listener == NULL)
    {
      loopback_link_refuse (link);
      return;
    }
  if (loopback_partition_hold (partition, link->name, get_inbox (self)))
    return;

  link->partitions[LOOPBACK_SIDE_LISTENER] = g_steal_pointer (&partition);
  link->pipes[LOOPBACK_SIDE_LISTENER] = loopback_pipe_new ();
  event = loopback_event_new (LOOPBACK_EVENT_CONNECT);
  event->link = loopback_link_ref (link);
  event->delay_ms = channel_throw_delay (self);
  loopback_pipe_push (listener, event);
}

static void
channel_end (ConfsyncLoopbackChannel *self, const GError *error)
{
  self->over = TRUE;
  loopback_pipe_kill (get_inbox (self));
  confsync_channel_emit_closed (CONFSYNC_CHANNEL (self), error);
}

static void
channel_deliver (GObject *receiver, LoopbackEvent *event)
{
  ConfsyncLoopbackChannel *self = CONFSYNC_LOOPBACK_CHANNEL (receiver);

  switch (event->kind)
    {
    case LOOPBACK_EVENT_DIAL:
      channel_connect (self);
      break;
    case LOOPBACK_EVENT_OPENED:
      confsync_channel_emit_opened (CONFSYNC_CHANNEL (self), PROTOCOL);
      break;
    case LOOPBACK_EVENT_MESSAGE:
      confsync_channel_emit_received (CONFSYNC_CHANNEL (self), event->message);
      break;
    case LOOPBACK_EVENT_END:
      channel_end (self, event->error);
      break;
    case LOOPBACK_EVENT_CONNECT:
    default:
      g_assert_not_reached ();
    }
}

static ConfsyncLoopbackChannel *
channel_new (LoopbackLink *link, LoopbackSide side, const char *remote, ConfsyncClock *clock)
{
  ConfsyncLoopbackChannel *self =
    g_object_new (CONFSYNC_TYPE_LOOPBACK_CHANNEL, "remote", remote, "local", TRUE, NULL);

  self->link = link;
  self->side = side;
  loopback_dice_init (&self->dice, link->faults.seed, link->number * (guint64) 2 + side);
  loopback_pipe_bind (get_inbox (self), G_OBJECT (self), channel_deliver, clock);
  return self;
}

ConfsyncChannel *
confsync_loopback_channel_dial (LoopbackLink *link, ConfsyncClock *clock)
{
  g_autofree char *remote = g_strdup_printf ("%s:%s", CONFSYNC_LOOPBACK_SCHEME, link->name);
  ConfsyncLoopbackChannel *self = channel_new (link, LOOPBACK_SIDE_DIALLER, remote, clock);

  loopback_pipe_push (get_inbox (self), loopback_event_new (LOOPBACK_EVENT_DIAL));
  return CONFSYNC_CHANNEL (self);
}

ConfsyncChannel *
confsync_loopback_channel_accept (LoopbackLink *link, ConfsyncClock *clock)
{
  g_autofree char *remote =
    g_strdup_printf ("%s:%s#%u", CONFSYNC_LOOPBACK_SCHEME, link->name, link->number);
  ConfsyncLoopbackChannel *self = channel_new (link, LOOPBACK_SIDE_LISTENER, remote, clock);
  LoopbackEvent *event = loopback_event_new (LOOPBACK_EVENT_OPENED);

  /* past any partition that began meanwhile: nothing would ask again once it heals */
  event->delay_ms = channel_throw_delay (self);
  loopback_pipe_push (get_outbox (self), event);
  confsync_channel_emit_opened (CONFSYNC_CHANNEL (self), PROTOCOL);
  return CONFSYNC_CHANNEL (self);
}
