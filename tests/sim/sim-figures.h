/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * What one edit costs in houses of many sizes and shapes, and what an instance has to keep while
 * others come and go. Nothing goes wrong here: these are figures, not tests of nerve.
 */

#pragma once

#include "sim-schedule.h"

G_BEGIN_DECLS

typedef struct
{
  guint links;
  guint documents; /* sent for one edit */
  guint small;     /* other messages for it, without heartbeats */
  guint steps;     /* one message after the other, until the last one has it */
} SimCost;

/* One edit in a house at rest; in a star it is made at its rim. */
SimCost sim_figure_edit (int n, SimShape shape);

typedef struct
{
  guint actors;   /* named in the head's vector */
  gsize bytes;    /* of the saved state */
} SimBurden;

/* Five instances stay. Every day another one joins, edits, and leaves for ever. Gives what one of
 * those who stay has to keep after so many days. */
SimBurden *sim_figure_burden (const guint *days, guint n);

void sim_figures_print (void);

G_END_DECLS
