/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * A clock that stands still until test code moves it. It belongs to one thread, and to that
 * thread's default main context.
 */

#pragma once

#include "confsync-clock.h"

G_BEGIN_DECLS

#define CONFSYNC_TYPE_VIRTUAL_CLOCK (confsync_virtual_clock_get_type ())

G_DECLARE_FINAL_TYPE (ConfsyncVirtualClock,
                      confsync_virtual_clock,
                      CONFSYNC,
                      VIRTUAL_CLOCK,
                      ConfsyncClock)

/* Takes the time of day to begin with, in microseconds since the Unix epoch; its monotonic time
 * begins at 0. */
ConfsyncVirtualClock *virtual_clock_new (gint64 time_us);

/* Moves the time on, stopping at each moment at which a source is due: it runs, then everything
 * that is ready because of it, before the next one. Sources of one moment run in the order of
 * their creation. With 0 it only runs what is ready. */
void virtual_clock_advance (ConfsyncVirtualClock *clock, guint ms);

/* Makes the time of day jump, forward or back; the monotonic time and delays know nothing of it. */
void virtual_clock_jump (ConfsyncVirtualClock *clock, gint64 ms);

G_END_DECLS
