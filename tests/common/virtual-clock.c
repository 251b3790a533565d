/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Each delay is a source with a due time and a ready flag; advancing sets the flag of one after
 * the other.
 */

#include "virtual-clock.h"

/* what no sane program needs to come to rest: a source that is always ready would hang the test */
#define ITERATIONS_MAX 10000000

struct _ConfsyncVirtualClock
{
  ConfsyncClock parent_instance;

  gint64 now_us;
  gint64 offset_us; /* from monotonic time to the time of day */
  guint64 created;
  GPtrArray *waiting; /* of VirtualSource, unowned: a source leaves when it is finalized */
};

typedef struct
{
  GSource source;
  ConfsyncVirtualClock *clock; /* (owned) */
  gint64 due_us;
  guint64 number;
  gboolean ready;
} VirtualSource;

G_DEFINE_FINAL_TYPE (ConfsyncVirtualClock, confsync_virtual_clock, CONFSYNC_TYPE_CLOCK)

static gboolean
virtual_source_prepare (GSource *source, int *timeout_ms)
{
  *timeout_ms = -1;
  return ((VirtualSource *) source)->ready;
}

static gboolean
virtual_source_check (GSource *source)
{
  return ((VirtualSource *) source)->ready;
}

static gboolean
virtual_source_dispatch (GSource *source, GSourceFunc callback, gpointer user_data)
{
  callback (user_data);
  return G_SOURCE_REMOVE;
}

static void
virtual_source_finalize (GSource *source)
{
  VirtualSource *self = (VirtualSource *) source;

  g_ptr_array_remove (self->clock->waiting, self);
  g_clear_object (&self->clock);
}

static GSourceFuncs virtual_source_funcs = {
  .prepare = virtual_source_prepare,
  .check = virtual_source_check,
  .dispatch = virtual_source_dispatch,
  .finalize = virtual_source_finalize,
};

static gint64
confsync_virtual_clock_get_time (ConfsyncClock *clock)
{
  ConfsyncVirtualClock *self = CONFSYNC_VIRTUAL_CLOCK (clock);

  return self->now_us + self->offset_us;
}

static gint64
confsync_virtual_clock_get_monotonic (ConfsyncClock *clock)
{
  return CONFSYNC_VIRTUAL_CLOCK (clock)->now_us;
}

static GSource *
confsync_virtual_clock_create_source (ConfsyncClock *clock, guint delay_ms)
{
  ConfsyncVirtualClock *self = CONFSYNC_VIRTUAL_CLOCK (clock);
  VirtualSource *source =
    (VirtualSource *) g_source_new (&virtual_source_funcs, sizeof (VirtualSource));

  source->clock = g_object_ref (self);
  source->due_us = self->now_us + delay_ms * (gint64) 1000;
  source->number = self->created++;
  source->ready = delay_ms == 0;
  g_ptr_array_add (self->waiting, source);
  return &source->source;
}

static void
confsync_virtual_clock_finalize (GObject *object)
{
  g_ptr_array_unref (CONFSYNC_VIRTUAL_CLOCK (object)->waiting);

  G_OBJECT_CLASS (confsync_virtual_clock_parent_class)->finalize (object);
}

static void
confsync_virtual_clock_class_init (ConfsyncVirtualClockClass *klass)
{
  ConfsyncClockClass *clock_class = CONFSYNC_CLOCK_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = confsync_virtual_clock_finalize;
  clock_class->get_time = confsync_virtual_clock_get_time;
  clock_class->get_monotonic = confsync_virtual_clock_get_monotonic;
  clock_class->create_source = confsync_virtual_clock_create_source;
}

static void
confsync_virtual_clock_init (ConfsyncVirtualClock *self)
{
  self->waiting = g_ptr_array_new ();
}

ConfsyncVirtualClock *
virtual_clock_new (gint64 time_us)
{
  ConfsyncVirtualClock *self = g_object_new (CONFSYNC_TYPE_VIRTUAL_CLOCK, NULL);

  self->offset_us = time_us;
  return self;
}

/* Gives the source that is due next, at that time at the latest. */
static VirtualSource *
find_next (ConfsyncVirtualClock *self, gint64 until_us)
{
  VirtualSource *next = NULL;

  for (guint i = 0; i < self->waiting->len; i++)
    {
      VirtualSource *source = self->waiting->pdata[i];

      if (source->ready || source->due_us > until_us || g_source_is_destroyed (&source->source))
        continue;
      if (next == NULL || source->due_us < next->due_us ||
          (source->due_us == next->due_us && source->number < next->number))
        next = source;
    }
  return next;
}

static void
come_to_rest (void)
{
  GMainContext *context = g_main_context_get_thread_default ();
  guint iterations = 0;

  while (g_main_context_iteration (context, FALSE))
    g_assert_cmpuint (++iterations, <, ITERATIONS_MAX);
}

void
virtual_clock_advance (ConfsyncVirtualClock *clock, guint ms)
{
  gint64 until_us = clock->now_us + ms * (gint64) 1000;
  VirtualSource *next;

  come_to_rest ();
  while ((next = find_next (clock, until_us)) != NULL)
    {
      clock->now_us = next->due_us;
      next->ready = TRUE;
      come_to_rest ();
    }
  clock->now_us = until_us;
}

void
virtual_clock_jump (ConfsyncVirtualClock *clock, gint64 ms)
{
  clock->offset_us += ms * 1000;
}
