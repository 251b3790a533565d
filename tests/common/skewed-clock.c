/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * A clock that is ahead or behind.
 */

#include "skewed-clock.h"

struct _ConfsyncSkewedClock
{
  ConfsyncClock parent_instance;

  ConfsyncClock *clock; /* (owned) */
  gint64 ahead_us;
};

G_DEFINE_FINAL_TYPE (ConfsyncSkewedClock, confsync_skewed_clock, CONFSYNC_TYPE_CLOCK)

static gint64
confsync_skewed_clock_get_time (ConfsyncClock *clock)
{
  ConfsyncSkewedClock *self = CONFSYNC_SKEWED_CLOCK (clock);

  return confsync_clock_get_time (self->clock) + self->ahead_us;
}

static gint64
confsync_skewed_clock_get_monotonic (ConfsyncClock *clock)
{
  return confsync_clock_get_monotonic (CONFSYNC_SKEWED_CLOCK (clock)->clock);
}

static GSource *
confsync_skewed_clock_create_source (ConfsyncClock *clock, guint delay_ms)
{
  ConfsyncClock *inner = CONFSYNC_SKEWED_CLOCK (clock)->clock;

  return CONFSYNC_CLOCK_GET_CLASS (inner)->create_source (inner, delay_ms);
}

static void
confsync_skewed_clock_dispose (GObject *object)
{
  g_clear_object (&CONFSYNC_SKEWED_CLOCK (object)->clock);

  G_OBJECT_CLASS (confsync_skewed_clock_parent_class)->dispose (object);
}

static void
confsync_skewed_clock_class_init (ConfsyncSkewedClockClass *klass)
{
  ConfsyncClockClass *clock_class = CONFSYNC_CLOCK_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = confsync_skewed_clock_dispose;
  clock_class->get_time = confsync_skewed_clock_get_time;
  clock_class->get_monotonic = confsync_skewed_clock_get_monotonic;
  clock_class->create_source = confsync_skewed_clock_create_source;
}

static void
confsync_skewed_clock_init (ConfsyncSkewedClock *self)
{
}

ConfsyncSkewedClock *
skewed_clock_new (ConfsyncClock *clock, gint64 ahead_us)
{
  ConfsyncSkewedClock *self = g_object_new (CONFSYNC_TYPE_SKEWED_CLOCK, NULL);

  self->clock = clock != NULL ? g_object_ref (clock) : confsync_clock_new_system ();
  self->ahead_us = ahead_us;
  return self;
}

void
skewed_clock_set (ConfsyncSkewedClock *self, gint64 ahead_us)
{
  self->ahead_us = ahead_us;
}
