/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Shrinking a schedule that fails: steps, nodes and faults are left out as long as it still fails.
 */

#include "config.h"

#include "sim-campaign.h"

#include <string.h>

/* What comes behind the name of who did it: another failure is another matter. */
static const char *
kind_of (const char *failure)
{
  const char *rest = strchr (failure, ' ');

  return rest != NULL ? rest : failure;
}

static gboolean
still_fails (const SimSchedule *schedule, const char *failure)
{
  g_autofree char *now = sim_try (schedule);

  return now != NULL && g_str_equal (kind_of (now), kind_of (failure));
}

/* Takes the candidate in place of the schedule, if that fails too. */
static gboolean
adopt (SimSchedule **schedule, SimSchedule *candidate, const char *failure)
{
  if (!still_fails (candidate, failure))
    {
      sim_schedule_free (candidate);
      return FALSE;
    }
  sim_schedule_free (*schedule);
  *schedule = candidate;
  return TRUE;
}

/* Steps, first many at once. */
static gboolean
drop_steps (SimSchedule **schedule, const char *failure)
{
  gboolean smaller = FALSE;

  for (guint n = MAX ((*schedule)->steps->len / 2, 1); n > 0; n /= 2)
    for (guint i = (*schedule)->steps->len; i > 0;)
      {
        guint first = i > n ? i - n : 0;
        SimSchedule *candidate = sim_schedule_copy (*schedule);

        g_array_remove_range (candidate->steps, first, i - first);
        smaller |= adopt (schedule, candidate, failure);
        i = MIN (first, (*schedule)->steps->len);
      }
  return smaller;
}

static gboolean
reach (const SimSchedule *schedule, int from, gboolean *reached)
{
  reached[from] = TRUE;
  for (int i = 0; i < schedule->n_nodes; i++)
    if (!reached[i] && !schedule->nodes[i].absent && sim_schedule_is_wired (schedule, from, i))
      reach (schedule, i, reached);
  return TRUE;
}

/* Two houses that know nothing of each other agree on nothing. */
static gboolean
hangs_together (const SimSchedule *schedule)
{
  gboolean reached[SIM_NODES_MAX] = { FALSE };
  gboolean first = TRUE;

  for (int i = 0; i < schedule->n_nodes; i++)
    {
      if (schedule->nodes[i].absent)
        continue;
      if (!first && !reached[i])
        return FALSE;
      if (first)
        first = !reach (schedule, i, reached);
    }
  return TRUE;
}

static gboolean
drop_nodes (SimSchedule **schedule, const char *failure)
{
  gboolean smaller = FALSE;

  for (int i = (*schedule)->n_nodes - 1; i >= 0; i--)
    {
      SimSchedule *candidate = sim_schedule_copy (*schedule);

      if (candidate->nodes[i].absent)
        {
          sim_schedule_free (candidate);
          continue;
        }
      candidate->nodes[i].absent = TRUE;
      if (!hangs_together (candidate))
        {
          sim_schedule_free (candidate);
          continue;
        }
      smaller |= adopt (schedule, candidate, failure);
    }
  return smaller;
}

static gboolean
drop_faults (SimSchedule **schedule, const char *failure)
{
  gboolean smaller = FALSE;

  for (int i = 0; i < 4; i++)
    {
      SimSchedule *candidate = sim_schedule_copy (*schedule);
      double *faults[] = { &candidate->faults.loss, &candidate->faults.duplicate,
                           &candidate->faults.reorder, &candidate->faults.cut };

      if (*faults[i] == 0)
        {
          sim_schedule_free (candidate);
          continue;
        }
      *faults[i] = 0;
      smaller |= adopt (schedule, candidate, failure);
    }
  return smaller;
}

static gboolean
drop_skew (SimSchedule **schedule, const char *failure)
{
  gboolean smaller = FALSE;

  for (int i = 0; i < (*schedule)->n_nodes; i++)
    {
      SimSchedule *candidate = sim_schedule_copy (*schedule);

      if (candidate->nodes[i].skew == 0 || candidate->nodes[i].absent)
        {
          sim_schedule_free (candidate);
          continue;
        }
      candidate->nodes[i].skew = 0;
      smaller |= adopt (schedule, candidate, failure);
    }
  return smaller;
}

/* Without patches at all, or without those that are no good. */
static gboolean
drop_patches (SimSchedule **schedule, const char *failure)
{
  gboolean smaller = FALSE;

  for (int i = 0; i < (*schedule)->n_nodes; i++)
    if ((*schedule)->nodes[i].patches)
      {
        SimSchedule *candidate = sim_schedule_copy (*schedule);

        candidate->nodes[i].patches = FALSE;
        smaller |= adopt (schedule, candidate, failure);
      }
  if ((*schedule)->crooked > 0)
    {
      SimSchedule *candidate = sim_schedule_copy (*schedule);

      candidate->crooked = 0;
      smaller |= adopt (schedule, candidate, failure);
    }
  return smaller;
}

static gboolean
drop_local (SimSchedule **schedule, const char *failure)
{
  gboolean smaller = FALSE;

  for (int i = 0; i < (*schedule)->n_nodes; i++)
    for (guint bits = (*schedule)->nodes[i].local; bits != 0; bits &= bits - 1)
      {
        SimSchedule *candidate = sim_schedule_copy (*schedule);

        candidate->nodes[i].local &= ~(bits & -bits);
        smaller |= adopt (schedule, candidate, failure);
      }
  return smaller;
}

SimSchedule *
sim_shrink (const SimSchedule *schedule, const char *failure)
{
  SimSchedule *smallest = sim_schedule_copy (schedule);
  gboolean again = TRUE;

  while (again)
    {
      again = drop_steps (&smallest, failure);
      again |= drop_nodes (&smallest, failure);
      again |= drop_faults (&smallest, failure);
      again |= drop_skew (&smallest, failure);
      again |= drop_patches (&smallest, failure);
      again |= drop_local (&smallest, failure);
    }
  return smallest;
}
