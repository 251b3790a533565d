/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Campaigns: each job is a process of its own, which tells its totals through a pipe.
 */

#include "config.h"

#include "sim-campaign.h"

#include "sim-play.h"

#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

/* A broken build breaks nearly everything: a few examples are enough. */
#define FAILURES_MAX 10

static double
cpu_seconds (void)
{
  struct rusage usage;

  getrusage (RUSAGE_SELF, &usage);
  return usage.ru_utime.tv_sec + usage.ru_stime.tv_sec +
         (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

char *
sim_try (const SimSchedule *schedule)
{
  g_autoptr (SimWorld) world = sim_play (schedule, NULL);

  return g_steal_pointer (&world->failure);
}

static void
play_one (SimTotals *totals, const SimCampaign *campaign, guint64 seed)
{
  g_autoptr (SimSchedule) schedule =
    sim_schedule_new (seed, campaign->n_nodes, campaign->n_steps);
  g_autoptr (SimWorld) world = sim_play (schedule, NULL);

  totals->schedules++;
  totals->steps += schedule->steps->len;
  totals->events += world->n_handled;
  totals->messages += world->n_messages + world->n_beats;
  totals->bytes += world->n_bytes;
  totals->patches += world->n_patches;
  totals->useless += world->n_useless;
  totals->edits += world->ledger.n_edits;
  totals->applies += world->n_applies;
  totals->complaints += world->n_complaints > 0;
  if (world->failure == NULL)
    return;
  totals->failed++;
  if (totals->first_failed == 0)
    totals->first_failed = seed;
  printf ("# seed %" G_GUINT64_FORMAT ": %s\n", seed, world->failure);
  fflush (stdout);
}

static SimTotals
run_job (const SimCampaign *campaign, guint job)
{
  SimTotals totals = { 0 };
  double before = cpu_seconds ();

  for (guint64 seed = campaign->first + job; seed <= campaign->last; seed += campaign->jobs)
    {
      play_one (&totals, campaign, seed);
      if (totals.failed == FAILURES_MAX)
        break;
    }
  totals.cpu_s = cpu_seconds () - before;
  return totals;
}

static void
add (SimTotals *sum, const SimTotals *totals)
{
  sum->schedules += totals->schedules;
  sum->failed += totals->failed;
  if (totals->first_failed != 0 &&
      (sum->first_failed == 0 || totals->first_failed < sum->first_failed))
    sum->first_failed = totals->first_failed;
  sum->steps += totals->steps;
  sum->events += totals->events;
  sum->messages += totals->messages;
  sum->bytes += totals->bytes;
  sum->patches += totals->patches;
  sum->useless += totals->useless;
  sum->edits += totals->edits;
  sum->applies += totals->applies;
  sum->complaints += totals->complaints;
  sum->cpu_s += totals->cpu_s;
}

/* Gives the end of a pipe where the totals come from. */
static int
fork_job (const SimCampaign *campaign, guint job)
{
  int fds[2];
  SimTotals totals;

  if (pipe (fds) != 0)
    g_error ("no pipe: %s", g_strerror (errno));
  fflush (stdout);
  switch (fork ())
    {
    case -1:
      g_error ("no process: %s", g_strerror (errno));
    case 0:
      totals = run_job (campaign, job);
      if (write (fds[1], &totals, sizeof totals) != sizeof totals)
        _exit (1);
      fflush (stdout);
      _exit (0);
    default:
      close (fds[1]);
      return fds[0];
    }
}

SimTotals
sim_campaign_run (const SimCampaign *campaign)
{
  g_autofree int *fds = g_new (int, campaign->jobs);
  SimTotals sum = { 0 }, totals;

  if (campaign->jobs <= 1)
    return run_job (campaign, 0);
  for (guint job = 0; job < campaign->jobs; job++)
    fds[job] = fork_job (campaign, job);
  for (guint job = 0; job < campaign->jobs; job++)
    {
      if (read (fds[job], &totals, sizeof totals) != sizeof totals)
        {
          printf ("# a job of the simulation ended before its time\n");
          totals = (SimTotals) { .failed = 1, .first_failed = campaign->first };
        }
      add (&sum, &totals);
      close (fds[job]);
      wait (NULL);
    }
  return sum;
}
