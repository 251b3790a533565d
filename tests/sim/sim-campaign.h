/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Many schedules one after the other, on several processors, and what they come to.
 */

#pragma once

#include "sim-schedule.h"

G_BEGIN_DECLS

typedef struct
{
  guint64 first, last; /* seeds */
  int n_nodes, n_steps; /* 0: as the seed has it */
  guint jobs;
} SimCampaign;

typedef struct
{
  guint64 schedules;
  guint64 failed;
  guint64 first_failed; /* its seed; 0: none */
  guint64 steps;
  guint64 events;
  guint64 messages;
  guint64 bytes;
  guint64 patches;    /* sent in place of whole documents */
  guint64 useless;    /* those after which the whole was asked for */
  guint64 edits;
  guint64 applies;
  guint64 complaints; /* schedules with something that clones and backups may do */
  double cpu_s;       /* of all processors together */
} SimTotals;

/* Prints the failures as they come; stops after a few. */
SimTotals sim_campaign_run (const SimCampaign *campaign);

/* Plays one and gives why it failed (nullable). */
char *sim_try (const SimSchedule *schedule);
/* The smallest schedule found that fails in the same way. */
SimSchedule *sim_shrink (const SimSchedule *schedule, const char *failure);

G_END_DECLS
