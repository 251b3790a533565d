/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * The simulator as a program: plays schedules by their seeds, tells which of them fail, and plays
 * one again with everything that happens in it.
 */

#include "config.h"

#include "sim-campaign.h"
#include "sim-figures.h"
#include "sim-play.h"

#include <stdio.h>

static char *seeds = NULL;
static gint64 seed = 0;
static int n_steps, n_nodes, n_jobs = 1;
static gboolean trace, keep_whole, figures;

static const GOptionEntry entries[] = {
  { "seeds", 0, 0, G_OPTION_ARG_STRING, &seeds, "Play these schedules", "FIRST-LAST" },
  { "seed", 0, 0, G_OPTION_ARG_INT64, &seed, "Play this one, and shrink it if it fails", "N" },
  { "trace", 0, 0, G_OPTION_ARG_NONE, &trace, "Tell all that happens in it", NULL },
  { "whole", 0, 0, G_OPTION_ARG_NONE, &keep_whole, "Don't shrink it", NULL },
  { "steps", 0, 0, G_OPTION_ARG_INT, &n_steps, "Steps of a schedule, instead of 100 to 159", "N" },
  { "nodes", 0, 0, G_OPTION_ARG_INT, &n_nodes, "Nodes of a schedule, instead of 3 to 9", "N" },
  { "figures", 0, 0, G_OPTION_ARG_NONE, &figures, "Print what an edit costs, and a past", NULL },
  { "jobs", 0, 0, G_OPTION_ARG_INT, &n_jobs, "Processes at the same time", "N" },
  { NULL },
};

static void
tell (const SimSchedule *schedule)
{
  g_autofree char *text = sim_schedule_describe (schedule);
  g_autoptr (GString) out = g_string_new (NULL);

  printf ("%s", text);
  if (trace)
    sim_world_free (sim_play (schedule, out));
  printf ("%s", out->str);
}

static int
play_one (void)
{
  g_autoptr (SimSchedule) schedule = sim_schedule_new (seed, n_nodes, n_steps);
  g_autoptr (SimSchedule) small = NULL;
  g_autofree char *failure = sim_try (schedule);

  if (failure == NULL)
    {
      tell (schedule);
      printf ("# all held\n");
      return 0;
    }
  small = keep_whole ? sim_schedule_copy (schedule) : sim_shrink (schedule, failure);
  tell (small);
  printf ("# seed %" G_GINT64_FORMAT " fails: %s\n", seed, failure);
  return 1;
}

static int
play_many (void)
{
  SimCampaign campaign = { .n_nodes = n_nodes, .n_steps = n_steps, .jobs = MAX (n_jobs, 1) };
  SimTotals totals;

  if (sscanf (seeds, "%" G_GUINT64_FORMAT "-%" G_GUINT64_FORMAT, &campaign.first, &campaign.last) !=
      2)
    {
      g_printerr ("sim: --seeds wants FIRST-LAST, such as 1-20000\n");
      return 2;
    }
  totals = sim_campaign_run (&campaign);
  printf ("# %" G_GUINT64_FORMAT " schedules: %" G_GUINT64_FORMAT " steps, %" G_GUINT64_FORMAT
          " edits, %" G_GUINT64_FORMAT " messages of %.0f bytes, %" G_GUINT64_FORMAT
          " patches and %" G_GUINT64_FORMAT " of no use, %" G_GUINT64_FORMAT
          " applies, %" G_GUINT64_FORMAT " events, %.0f a second on a processor; %" G_GUINT64_FORMAT
          " with what clones may do; %" G_GUINT64_FORMAT " failed\n",
          totals.schedules, totals.steps, totals.edits, totals.messages,
          totals.bytes / (double) MAX (totals.messages, 1), totals.patches,
          totals.useless, totals.applies, totals.events,
          totals.events / totals.cpu_s, totals.complaints, totals.failed);
  return totals.failed > 0;
}

int
main (int argc, char **argv)
{
  g_autoptr (GOptionContext) context = g_option_context_new (NULL);
  g_autoptr (GError) error = NULL;

  g_option_context_set_summary (context, "Plays schedules of edits and faults over replicas.");
  g_option_context_add_main_entries (context, entries, NULL);
  if (!g_option_context_parse (context, &argc, &argv, &error) || argc > 1 ||
      (n_nodes != 0 && (n_nodes < SIM_NODES_MIN || n_nodes > SIM_NODES_MAX)) || n_steps < 0)
    {
      g_printerr ("sim: %s\n", error != NULL ? error->message : "see sim --help");
      return 2;
    }
  if (figures)
    {
      sim_figures_print ();
      return 0;
    }
  return seeds != NULL ? play_many () : play_one ();
}
