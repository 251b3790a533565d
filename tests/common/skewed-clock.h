/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * A clock whose hands stand elsewhere than those of another one. Time passes as there.
 */

#pragma once

#include "confsync-clock.h"

G_BEGIN_DECLS

#define CONFSYNC_TYPE_SKEWED_CLOCK (confsync_skewed_clock_get_type ())
G_DECLARE_FINAL_TYPE (ConfsyncSkewedClock,
                      confsync_skewed_clock,
                      CONFSYNC,
                      SKEWED_CLOCK,
                      ConfsyncClock)

/* @clock is nullable: the system's. */
ConfsyncSkewedClock *skewed_clock_new (ConfsyncClock *clock, gint64 ahead_us);

/* Sets the hands anew. */
void skewed_clock_set (ConfsyncSkewedClock *self, gint64 ahead_us);

G_END_DECLS
