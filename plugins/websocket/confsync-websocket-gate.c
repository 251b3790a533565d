/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Two queues: who is inside, the longest first, and who waits. Numbers are small (guests are
 * limited), so they are searched through.
 */

#include "confsync-websocket-gate.h"

struct _ConfsyncWebsocketVisit
{
  char *place;
  const ConfsyncWebsocketVisitor *table;
  gpointer visitor;
  gint64 since_us; /* when it came in; 0 while it waits */
  gboolean hurried;
};

struct _ConfsyncWebsocketGate
{
  guint references;
  guint max;
  guint patience_ms;
  GQueue inside;  /* of ConfsyncWebsocketVisit */
  GQueue waiting; /* of the same */
  GSource *timer; /* (owned) (nullable) */
};

static void
stop_timer (ConfsyncWebsocketGate *self)
{
  if (self->timer != NULL)
    g_source_destroy (self->timer);
  g_clear_pointer (&self->timer, g_source_unref);
}

ConfsyncWebsocketGate *
confsync_websocket_gate_new (guint max, guint patience_ms)
{
  ConfsyncWebsocketGate *self = g_new0 (ConfsyncWebsocketGate, 1);

  self->references = 1;
  self->max = max;
  self->patience_ms = patience_ms;
  return self;
}

ConfsyncWebsocketGate *
confsync_websocket_gate_ref (ConfsyncWebsocketGate *self)
{
  self->references++;
  return self;
}

void
confsync_websocket_gate_unref (ConfsyncWebsocketGate *self)
{
  if (--self->references > 0)
    return;
  g_assert (g_queue_is_empty (&self->inside) && g_queue_is_empty (&self->waiting));
  stop_timer (self);
  g_free (self);
}

static guint
count_inside (ConfsyncWebsocketGate *self, const char *place)
{
  guint count = 0;

  for (GList *l = self->inside.head; l != NULL; l = l->next)
    count += g_str_equal (((ConfsyncWebsocketVisit *) l->data)->place, place);
  return count;
}

/* Gives the link of whose turn it is. */
static GList *
find_next (ConfsyncWebsocketGate *self)
{
  GList *next = NULL;
  guint least = G_MAXUINT;

  for (GList *l = self->waiting.head; l != NULL; l = l->next)
    {
      guint count = count_inside (self, ((ConfsyncWebsocketVisit *) l->data)->place);

      if (count < least)
        {
          least = count;
          next = l;
        }
    }
  return next;
}

/* Gives who came in first of those that were not told to hurry. */
static ConfsyncWebsocketVisit *
find_slowest (ConfsyncWebsocketGate *self)
{
  for (GList *l = self->inside.head; l != NULL; l = l->next)
    if (!((ConfsyncWebsocketVisit *) l->data)->hurried)
      return l->data;
  return NULL;
}

/* Of those that are inside for too long, gives one of the place that has the most inside: an honest
 * one may be slow, too, but it hasn't brought others. */
static ConfsyncWebsocketVisit *
find_nuisance (ConfsyncWebsocketGate *self)
{
  const gint64 latest_us = g_get_monotonic_time () - (gint64) self->patience_ms * 1000;
  ConfsyncWebsocketVisit *nuisance = NULL;
  guint most = 0;

  for (GList *l = self->inside.head; l != NULL; l = l->next)
    {
      ConfsyncWebsocketVisit *visit = l->data;
      guint count = count_inside (self, visit->place);

      if (!visit->hurried && visit->since_us <= latest_us && count > most)
        {
          most = count;
          nuisance = visit;
        }
    }
  return nuisance;
}

static void watch_the_clock (ConfsyncWebsocketGate *self);

static gboolean
timer_cb (gpointer user_data)
{
  ConfsyncWebsocketGate *self = user_data;
  ConfsyncWebsocketVisit *nuisance = find_nuisance (self);

  g_clear_pointer (&self->timer, g_source_unref);
  if (nuisance != NULL && !g_queue_is_empty (&self->waiting))
    nuisance->hurried = TRUE;
  else
    nuisance = NULL;
  watch_the_clock (self);
  /* it may leave at once */
  if (nuisance != NULL)
    nuisance->table->hurry (nuisance->visitor);
  return G_SOURCE_REMOVE;
}

/* While somebody waits, those who are inside for too long have to go, one after the other. */
static void
watch_the_clock (ConfsyncWebsocketGate *self)
{
  ConfsyncWebsocketVisit *slowest = find_slowest (self);
  gint64 left_ms;

  if (self->timer != NULL || slowest == NULL || g_queue_is_empty (&self->waiting))
    return;
  left_ms = self->patience_ms + 1 - (g_get_monotonic_time () - slowest->since_us) / 1000;
  self->timer = g_timeout_source_new (MAX (left_ms, 0));
  g_source_set_static_name (self->timer, "confsync websocket gate");
  g_source_set_callback (self->timer, timer_cb, self, NULL);
  g_source_attach (self->timer, g_main_context_get_thread_default ());
}

static void
let_in (ConfsyncWebsocketGate *self)
{
  while (self->inside.length < self->max && self->waiting.length > 0)
    {
      GList *next = find_next (self);
      ConfsyncWebsocketVisit *visit = next->data;

      g_queue_unlink (&self->waiting, next);
      g_queue_push_tail_link (&self->inside, next);
      visit->since_us = g_get_monotonic_time ();
      visit->table->enter (visit->visitor);
    }
  watch_the_clock (self);
}

ConfsyncWebsocketVisit *
confsync_websocket_gate_visit (ConfsyncWebsocketGate *self,
                               const char *place,
                               const ConfsyncWebsocketVisitor *table,
                               gpointer visitor)
{
  ConfsyncWebsocketVisit *visit = g_new0 (ConfsyncWebsocketVisit, 1);

  visit->place = g_strdup (place);
  visit->table = table;
  visit->visitor = visitor;
  g_queue_push_tail (&self->waiting, visit);
  let_in (self);
  return visit;
}

void
confsync_websocket_gate_leave (ConfsyncWebsocketGate *self, ConfsyncWebsocketVisit *visit)
{
  g_queue_remove (visit->since_us != 0 ? &self->inside : &self->waiting, visit);
  g_free (visit->place);
  g_free (visit);
  let_in (self);
}
