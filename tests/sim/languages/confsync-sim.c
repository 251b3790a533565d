/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * The simulator for other languages.
 */

#include "config.h"

#include "confsync-sim.h"

#include "sim-play.h"

/**
 * confsync_sim_play:
 * @resolver: what decides conflicts on every second one of the nodes that decide by themselves
 * @seed: of the schedule
 *
 * Plays one schedule of edits and faults, the same one for the same seed and the same decisions.
 *
 * Returns: (transfer full) (nullable): the promise that was broken, or %NULL where all held
 *
 * Since: 1.0
 */
char *
confsync_sim_play (ConfsyncResolver *resolver, guint64 seed)
{
  g_autoptr (SimSchedule) schedule = NULL;
  g_autoptr (SimWorld) world = NULL;

  g_return_val_if_fail (CONFSYNC_IS_RESOLVER (resolver), NULL);

  schedule = sim_schedule_new (seed, 0, 0);
  schedule->guest = resolver;
  world = sim_play (schedule, NULL);
  return g_steal_pointer (&world->failure);
}
