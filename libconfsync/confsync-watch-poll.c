/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * The polling back end: a timer, quick after a change and slow when nothing happens. The look
 * itself is the file watcher's, so that a change seen by another back end isn't told twice.
 */

#include "config.h"

#include "confsync-watch-poll-private.h"

/* after a change the next looks come in half the interval, for people edit in series */
#define HURRIED_LOOKS 10

struct _ConfsyncWatchPoll
{
  ConfsyncWatchBackend parent_instance;
  GSource *timer; /* (nullable): NULL while stopped */
  guint interval_ms;
  guint hurried; /* looks left before the pace slows down */
};

G_DEFINE_FINAL_TYPE (ConfsyncWatchPoll, confsync_watch_poll, CONFSYNC_TYPE_WATCH_BACKEND)

static void
clear_timer (ConfsyncWatchPoll *self)
{
  if (self->timer == NULL)
    return;
  g_source_destroy (self->timer);
  g_clear_pointer (&self->timer, g_source_unref);
}

static void schedule (ConfsyncWatchPoll *self);

static gboolean
timer_cb (gpointer data)
{
  g_autoptr (ConfsyncWatchPoll) self = g_object_ref (CONFSYNC_WATCH_POLL (data));

  if (self->hurried > 0)
    self->hurried--;
  schedule (self);
  confsync_watch_backend_report_look (CONFSYNC_WATCH_BACKEND (self));
  return G_SOURCE_REMOVE;
}

static void
schedule (ConfsyncWatchPoll *self)
{
  const guint delay_ms = self->hurried > 0 ? self->interval_ms / 2 : self->interval_ms;

  clear_timer (self);
  self->timer = g_timeout_source_new (MAX (delay_ms, 1));
  g_source_set_static_name (self->timer, "confsync poll");
  g_source_set_callback (self->timer, timer_cb, self, NULL);
  g_source_attach (self->timer,
                   confsync_watch_backend_get_context (CONFSYNC_WATCH_BACKEND (self)));
}

static gboolean
confsync_watch_poll_start (ConfsyncWatchBackend *backend, GError **error)
{
  schedule (CONFSYNC_WATCH_POLL (backend));
  return TRUE;
}

static void
confsync_watch_poll_stop (ConfsyncWatchBackend *backend)
{
  clear_timer (CONFSYNC_WATCH_POLL (backend));
}

/* stat(2) walks the path each time: there is nothing to bring in line */
static gboolean
confsync_watch_poll_arm (ConfsyncWatchBackend *backend, GError **error)
{
  return TRUE;
}

static void
confsync_watch_poll_class_init (ConfsyncWatchPollClass *klass)
{
  ConfsyncWatchBackendClass *backend_class = CONFSYNC_WATCH_BACKEND_CLASS (klass);

  backend_class->start = confsync_watch_poll_start;
  backend_class->stop = confsync_watch_poll_stop;
  backend_class->arm = confsync_watch_poll_arm;
}

static void
confsync_watch_poll_init (ConfsyncWatchPoll *self)
{
}

/* Takes effect at once. */
void
confsync_watch_poll_set_interval (ConfsyncWatchPoll *self, guint interval_ms)
{
  self->interval_ms = interval_ms;
  if (self->timer != NULL)
    schedule (self);
}

/* There was a change: takes effect with the next look. */
void
confsync_watch_poll_hurry (ConfsyncWatchPoll *self)
{
  self->hurried = HURRIED_LOOKS;
}
