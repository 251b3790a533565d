/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Pushed events wait in one queue until the receiver's main context comes round; there they get
 * their due time and move to a second queue, sorted. One source wakes the context, one timer of
 * the clock stands for the first event that is not due.
 */

#include "confsync-loopback-pipe.h"

#include "confsync-loopback-link.h"

struct _LoopbackPipe
{
  GMutex lock;
  gboolean gone;         /* pushes are dropped from now on */
  GQueue handed;         /* pushed since the last run */
  GQueue pending;        /* by due time */
  LoopbackEvent *last;   /* (nullable) the end that a finished pipe still delivers */
  LoopbackTimetable timetable;
  gsize bytes;
  GSource *source; /* (owned) (nullable) while bound */
  GSource *timer;  /* (owned) (nullable) */
  gint64 timer_due_us;
  GMainContext *context; /* (owned) (nullable) until bound */
  ConfsyncClock *clock;  /* (owned) (nullable) until bound */
  LoopbackDeliver deliver;
  GWeakRef receiver;
  GObject *keep; /* (owned) (nullable) the receiver, until the last end is delivered */
};

LoopbackEvent *
loopback_event_new (LoopbackEventKind kind)
{
  LoopbackEvent *self = g_new0 (LoopbackEvent, 1);

  self->kind = kind;
  return self;
}

LoopbackEvent *
loopback_event_new_end (const GError *error)
{
  LoopbackEvent *self = loopback_event_new (LOOPBACK_EVENT_END);

  self->error = error != NULL ? g_error_copy (error) : NULL;
  return self;
}

/* A newcomer whose link nobody took is told. */
void
loopback_event_free (LoopbackEvent *self)
{
  if (self->link != NULL)
    loopback_link_refuse (self->link);

  g_clear_pointer (&self->message, g_bytes_unref);
  g_clear_error (&self->error);
  g_clear_pointer (&self->link, loopback_link_unref);
  g_free (self);
}

static void
clear_queue (GQueue *queue)
{
  g_queue_clear_full (queue, (GDestroyNotify) loopback_event_free);
}

LoopbackPipe *
loopback_pipe_new (void)
{
  LoopbackPipe *self = g_atomic_rc_box_new0 (LoopbackPipe);

  g_mutex_init (&self->lock);
  g_queue_init (&self->handed);
  g_queue_init (&self->pending);
  g_weak_ref_init (&self->receiver, NULL);
  return self;
}

LoopbackPipe *
loopback_pipe_ref (LoopbackPipe *self)
{
  return g_atomic_rc_box_acquire (self);
}

static void
pipe_clear (LoopbackPipe *self)
{
  clear_queue (&self->handed);
  clear_queue (&self->pending);
  g_clear_pointer (&self->last, loopback_event_free);
  g_clear_pointer (&self->source, g_source_unref);
  g_clear_pointer (&self->timer, g_source_unref);
  g_clear_pointer (&self->context, g_main_context_unref);
  g_clear_object (&self->clock);
  g_clear_object (&self->keep);
  g_weak_ref_clear (&self->receiver);
  g_mutex_clear (&self->lock);
}

void
loopback_pipe_unref (LoopbackPipe *self)
{
  g_atomic_rc_box_release_full (self, (GDestroyNotify) pipe_clear);
}

static void
drop_source (GSource **source)
{
  if (*source == NULL)
    return;

  g_source_destroy (*source);
  g_clear_pointer (source, g_source_unref);
}

/* With the lock held. */
static void
pipe_wake (LoopbackPipe *self)
{
  if (self->source != NULL)
    g_source_set_ready_time (self->source, 0);
}

/* With the lock held: gives what waits to the caller, who frees it without the lock, because an
 * event may tell another pipe that it was dropped. */
static GQueue
pipe_steal_events (LoopbackPipe *self)
{
  GQueue events = self->pending;

  g_queue_init (&self->pending);
  while (!g_queue_is_empty (&self->handed))
    g_queue_push_tail_link (&events, g_queue_pop_head_link (&self->handed));
  self->bytes = 0;
  return events;
}

/* With the lock held. */
static void
pipe_schedule (LoopbackPipe *self, LoopbackEvent *event, gint64 now_us)
{
  GList *before = g_queue_peek_tail_link (&self->pending);

  event->due_us = now_us + event->delay_ms * (gint64) 1000;
  event->due_us =
    event->kind == LOOPBACK_EVENT_END
      ? loopback_timetable_place_end (&self->timetable, event->due_us)
      : loopback_timetable_place (&self->timetable, event->due_us, event->reordered);

  while (before != NULL && ((LoopbackEvent *) before->data)->due_us > event->due_us)
    before = before->prev;
  if (before != NULL)
    g_queue_insert_after (&self->pending, before, event);
  else
    g_queue_push_head (&self->pending, event);
}

static LoopbackEvent *
pipe_take_due (LoopbackPipe *self, gint64 now_us)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);
  LoopbackEvent *event = g_queue_peek_head (&self->pending);

  if (self->last != NULL)
    return g_steal_pointer (&self->last);
  if (event == NULL || event->due_us > now_us)
    return NULL;

  g_queue_pop_head (&self->pending);
  if (event->message != NULL)
    self->bytes -= g_bytes_get_size (event->message);
  return event;
}

static gboolean
pipe_timer_cb (gpointer user_data)
{
  LoopbackPipe *self = user_data;
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  drop_source (&self->timer);
  pipe_wake (self);
  return G_SOURCE_REMOVE;
}

/* Delays are rounded up: a timer that comes early finds nothing due and is armed again. */
static void
pipe_arm (LoopbackPipe *self, gint64 now_us)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);
  LoopbackEvent *event = g_queue_peek_head (&self->pending);

  if (self->timer != NULL && event != NULL && self->timer_due_us == event->due_us)
    return;

  drop_source (&self->timer);
  if (event == NULL || self->gone)
    return;

  self->timer_due_us = event->due_us;
  g_main_context_push_thread_default (self->context);
  self->timer = confsync_clock_add_once (self->clock, (event->due_us - now_us + 999) / 1000,
                                         pipe_timer_cb, loopback_pipe_ref (self),
                                         (GDestroyNotify) loopback_pipe_unref);
  g_main_context_pop_thread_default (self->context);
}

static void
pipe_schedule_handed (LoopbackPipe *self, gint64 now_us)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);
  LoopbackEvent *event;

  while ((event = g_queue_pop_head (&self->handed)) != NULL)
    pipe_schedule (self, event, now_us);
}

/* What is pushed meanwhile waits for the next turn of the main loop. */
static gboolean
pipe_run_cb (gpointer user_data)
{
  LoopbackPipe *self = user_data;
  g_autoptr (GObject) receiver = g_weak_ref_get (&self->receiver);
  gint64 now_us = confsync_clock_get_monotonic (self->clock);
  LoopbackEvent *event;

  g_source_set_ready_time (g_main_current_source (), -1);
  if (receiver == NULL)
    return G_SOURCE_CONTINUE;

  pipe_schedule_handed (self, now_us);
  while ((event = pipe_take_due (self, now_us)) != NULL)
    {
      self->deliver (receiver, event);
      loopback_event_free (event);
    }
  pipe_arm (self, now_us);
  return G_SOURCE_CONTINUE;
}

static gboolean
pipe_source_dispatch (GSource *source, GSourceFunc callback, gpointer user_data)
{
  return callback (user_data);
}

static GSourceFuncs pipe_source_funcs = {
  .dispatch = pipe_source_dispatch,
};

void
loopback_pipe_bind (LoopbackPipe *self,
                    GObject *receiver,
                    LoopbackDeliver deliver,
                    ConfsyncClock *clock)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  g_weak_ref_set (&self->receiver, receiver);
  self->deliver = deliver;
  self->clock = g_object_ref (clock);
  self->context = g_main_context_ref_thread_default ();
  self->source = g_source_new (&pipe_source_funcs, sizeof (GSource));
  g_source_set_static_name (self->source, "confsync loopback");
  g_source_set_callback (self->source, pipe_run_cb, loopback_pipe_ref (self),
                         (GDestroyNotify) loopback_pipe_unref);
  if (!g_queue_is_empty (&self->handed))
    pipe_wake (self);
  g_source_attach (self->source, self->context);
}

gboolean
loopback_pipe_push (LoopbackPipe *self, LoopbackEvent *event)
{
  g_autoptr (LoopbackEvent) dropped = NULL;
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  if (self->gone)
    {
      dropped = event;
      return FALSE;
    }
  if (event->message != NULL)
    self->bytes += g_bytes_get_size (event->message);
  g_queue_push_tail (&self->handed, event);
  pipe_wake (self);
  return TRUE;
}

void
loopback_pipe_finish (LoopbackPipe *self, const GError *error)
{
  GQueue dropped = G_QUEUE_INIT;

  g_mutex_lock (&self->lock);
  if (!self->gone)
    {
      self->gone = TRUE;
      dropped = pipe_steal_events (self);
      self->last = loopback_event_new_end (error);
      self->keep = g_weak_ref_get (&self->receiver);
      pipe_wake (self);
    }
  g_mutex_unlock (&self->lock);
  clear_queue (&dropped);
}

void
loopback_pipe_kill (LoopbackPipe *self)
{
  g_autoptr (GObject) kept = NULL;
  g_autoptr (LoopbackPipe) alive = loopback_pipe_ref (self);
  g_autoptr (GSource) source = NULL;
  g_autoptr (GSource) timer = NULL;
  GQueue dropped;

  g_mutex_lock (&self->lock);
  self->gone = TRUE;
  dropped = pipe_steal_events (self);
  kept = g_steal_pointer (&self->keep);
  source = g_steal_pointer (&self->source);
  timer = g_steal_pointer (&self->timer);
  g_mutex_unlock (&self->lock);

  if (source != NULL)
    g_source_destroy (source);
  if (timer != NULL)
    g_source_destroy (timer);
  clear_queue (&dropped);
}

gboolean
loopback_pipe_is_gone (LoopbackPipe *self)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  return self->gone;
}

gsize
loopback_pipe_get_bytes (LoopbackPipe *self)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  return self->bytes;
}
