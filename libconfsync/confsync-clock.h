/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * All time in the engine comes from a clock: what time it is, and a call after a delay. Production
 * uses the system's; a simulator derives its own.
 */

#pragma once

#include <gio/gio.h>

#include "confsync-macros.h"

G_BEGIN_DECLS

#define CONFSYNC_TYPE_CLOCK (confsync_clock_get_type ())

CONFSYNC_AVAILABLE_IN_1_0
G_DECLARE_DERIVABLE_TYPE (ConfsyncClock, confsync_clock, CONFSYNC, CLOCK, GObject)

/**
 * ConfsyncClockClass:
 * @parent_class: the parent's class
 * @get_time: microseconds since the Unix epoch
 * @get_monotonic: microseconds since some fixed moment; never goes back
 * @create_source: a new, unattached source that becomes ready once, @delay_ms from now
 *
 * What a clock of one's own overrides. The defaults ask the system.
 *
 * Since: 1.0
 */
struct _ConfsyncClockClass
{
  GObjectClass parent_class;

  gint64 (*get_time) (ConfsyncClock *self);
  gint64 (*get_monotonic) (ConfsyncClock *self);
  GSource *(*create_source) (ConfsyncClock *self, guint delay_ms);

  /*< private >*/
  gpointer _reserved[8];
};

CONFSYNC_AVAILABLE_IN_1_0
ConfsyncClock *confsync_clock_new_system (void);

CONFSYNC_AVAILABLE_IN_1_0
gint64 confsync_clock_get_time (ConfsyncClock *self);

CONFSYNC_AVAILABLE_IN_1_0
gint64 confsync_clock_get_monotonic (ConfsyncClock *self);

CONFSYNC_AVAILABLE_IN_1_0
GSource *confsync_clock_add_once (ConfsyncClock *self,
                                  guint delay_ms,
                                  GSourceFunc function,
                                  gpointer user_data,
                                  GDestroyNotify destroy);

G_END_DECLS
