/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * The clock that asks the system, and the entry points that every clock shares.
 */

#include "config.h"

#include "confsync-clock.h"

/**
 * ConfsyncClock:
 *
 * Where the engine's time comes from. The class itself is the system's clock; a simulator derives
 * one whose time it moves by hand.
 *
 * Since: 1.0
 */
G_DEFINE_TYPE (ConfsyncClock, confsync_clock, G_TYPE_OBJECT)

static gint64
confsync_clock_real_get_time (ConfsyncClock *self)
{
  return g_get_real_time ();
}

static gint64
confsync_clock_real_get_monotonic (ConfsyncClock *self)
{
  return g_get_monotonic_time ();
}

/* A wait of whole seconds may share its wakeup with the process's other ones; a short one is
 * exact. */
static GSource *
confsync_clock_real_create_source (ConfsyncClock *self, guint delay_ms)
{
  if (delay_ms >= 10000 && delay_ms % 1000 == 0)
    return g_timeout_source_new_seconds (delay_ms / 1000);
  return g_timeout_source_new (delay_ms);
}

static void
confsync_clock_class_init (ConfsyncClockClass *klass)
{
  klass->get_time = confsync_clock_real_get_time;
  klass->get_monotonic = confsync_clock_real_get_monotonic;
  klass->create_source = confsync_clock_real_create_source;
}

static void
confsync_clock_init (ConfsyncClock *self)
{
}

/**
 * confsync_clock_new_system:
 *
 * Makes a clock that asks the system.
 *
 * Returns: (transfer full): the clock
 *
 * Since: 1.0
 */
ConfsyncClock *
confsync_clock_new_system (void)
{
  return g_object_new (CONFSYNC_TYPE_CLOCK, NULL);
}

/**
 * confsync_clock_get_time:
 * @self: a clock
 *
 * Asks for the time of day. It may jump, both ways.
 *
 * Returns: microseconds since the Unix epoch
 *
 * Since: 1.0
 */
gint64
confsync_clock_get_time (ConfsyncClock *self)
{
  g_return_val_if_fail (CONFSYNC_IS_CLOCK (self), 0);

  return CONFSYNC_CLOCK_GET_CLASS (self)->get_time (self);
}

/**
 * confsync_clock_get_monotonic:
 * @self: a clock
 *
 * Asks for a time that never goes back, to measure how long something took.
 *
 * Returns: microseconds since a moment that is fixed for this clock
 *
 * Since: 1.0
 */
gint64
confsync_clock_get_monotonic (ConfsyncClock *self)
{
  g_return_val_if_fail (CONFSYNC_IS_CLOCK (self), 0);

  return CONFSYNC_CLOCK_GET_CLASS (self)->get_monotonic (self);
}

/**
 * confsync_clock_add_once:
 * @self: a clock
 * @delay_ms: how long to wait, in milliseconds
 * @function: (scope notified) (closure user_data): called once; what it returns is ignored by a
 *   clock of this library's, so return %G_SOURCE_REMOVE
 * @user_data: data for @function
 * @destroy: (nullable): frees @user_data
 *
 * Calls @function once, @delay_ms from now, in the caller's thread-default main context.
 *
 * Returns: (transfer full): the attached source; `g_source_destroy()` takes the call back
 *
 * Since: 1.0
 */
GSource *
confsync_clock_add_once (ConfsyncClock *self,
                         guint delay_ms,
                         GSourceFunc function,
                         gpointer user_data,
                         GDestroyNotify destroy)
{
  GSource *source;

  g_return_val_if_fail (CONFSYNC_IS_CLOCK (self), NULL);
  g_return_val_if_fail (function != NULL, NULL);

  source = CONFSYNC_CLOCK_GET_CLASS (self)->create_source (self, delay_ms);
  g_source_set_callback (source, function, user_data, destroy);
  g_source_set_static_name (source, "confsync clock");
  g_source_attach (source, g_main_context_get_thread_default ());
  return source;
}
