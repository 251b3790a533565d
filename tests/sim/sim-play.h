/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Plays a schedule: its steps, then everything is healed, and the promises have to hold.
 */

#pragma once

#include "sim-schedule.h"
#include "sim-world.h"

G_BEGIN_DECLS

/* Gives the world as it is in the end; its failure is %NULL where all held. @trace is nullable. */
SimWorld *sim_play (const SimSchedule *schedule, GString *trace);

/* The checks of a world that was healed. */
void sim_check_agreement (SimWorld *world);
void sim_check_versions (SimWorld *world);
/* Where some members are local: none of their values is lost, or where it doesn't belong. */
void sim_check_local (SimWorld *world);
gboolean sim_all_agree (SimWorld *world);

G_END_DECLS
