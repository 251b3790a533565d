/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Many schedules, all of which have to hold; and that the simulator can be trusted: a seed plays
 * the same each time, and a link is what the loopback transport makes of it. What fails is played
 * again with the program sim, which shrinks it.
 */

#include "config.h"

#include "sim-campaign.h"
#include "sim-figures.h"
#include "sim-play.h"

#include <stdio.h>

static guint64 n_schedules = 1000;
static guint n_jobs = 2;

static void
test_schedules (void)
{
  const SimCampaign campaign = { .first = 1, .last = n_schedules, .jobs = n_jobs };
  SimTotals totals = sim_campaign_run (&campaign);

  g_test_summary ("Whatever happens, all that decide by themselves end with one content, no edit "
                  "is lost, none is applied twice, and then there is silence");
  g_test_message ("%" G_GUINT64_FORMAT " schedules: %" G_GUINT64_FORMAT " steps, %" G_GUINT64_FORMAT
                  " edits, %" G_GUINT64_FORMAT " messages, %" G_GUINT64_FORMAT
                  " applies, %" G_GUINT64_FORMAT " events, %.0f a second on a processor",
                  totals.schedules, totals.steps, totals.edits, totals.messages, totals.applies,
                  totals.events, totals.events / totals.cpu_s);
  if (totals.failed > 0)
    g_test_message ("shrink the first one with: sim --seed %" G_GUINT64_FORMAT,
                    totals.first_failed);
  g_assert_cmpuint (totals.failed, ==, 0);
  /* or they would not be worth much */
  g_assert_cmpuint (totals.schedules, ==, n_schedules);
  g_assert_cmpuint (totals.steps, >=, n_schedules * SIM_STEPS_MIN);
  g_assert_cmpuint (totals.applies, >, totals.schedules * 20);
  g_assert_cmpuint (totals.patches, >, totals.schedules);
  g_assert_cmpuint (totals.useless, >, totals.schedules / 20);
}

static char *
play_traced (guint64 seed)
{
  g_autoptr (SimSchedule) schedule = sim_schedule_new (seed, 0, 0);
  g_autoptr (GString) out = g_string_new (NULL);

  sim_world_free (sim_play (schedule, out));
  return g_strdup (out->str);
}

static void
test_repeatable (void)
{
  g_test_summary ("A seed gives the same schedule each time, to the last byte of its messages");
  for (guint64 seed = 1; seed <= 20; seed++)
    {
      g_autofree char *one = play_traced (seed), *other = play_traced (seed);

      g_assert_cmpuint (strlen (one), >, 1000);
      g_assert_cmpstr (one, ==, other);
    }
}

/* Documents for one edit: one each in a star and in a large mesh; flooding a small mesh is allowed,
 * a few times that. */
static void
test_costs (void)
{
  for (int n = 3; n <= 30; n += 9)
    {
      SimCost star = sim_figure_edit (n, SIM_SHAPE_STAR);
      SimCost line = sim_figure_edit (n, SIM_SHAPE_LINE);
      SimCost mesh = sim_figure_edit (n, SIM_SHAPE_MESH);

      g_assert_cmpuint (star.documents, ==, n - 1);
      g_assert_cmpuint (line.documents, ==, n - 1);
      g_assert_cmpuint (mesh.documents, <=, n > 9 ? n - 1 : (n - 1) * (n - 1));
      g_assert_cmpuint (star.steps, <=, 4);
      g_assert_cmpuint (mesh.steps, <=, 4);
    }
}

static void
test_burden (void)
{
  const guint days[] = { 150, 300 };
  g_autofree SimBurden *burdens = sim_figure_burden (days, G_N_ELEMENTS (days));

  g_test_summary ("What an instance keeps doesn't grow with those that are gone");
  g_assert_cmpuint (burdens[0].actors, >, 64);
  g_assert_cmpuint (burdens[1].actors, <=, burdens[0].actors + 2);
  g_assert_cmpuint (burdens[1].bytes, <=, burdens[0].bytes * 11 / 10);
}

/* Takes our own arguments out, before GLib sees the others. */
static void
take_arguments (int *argc, char **argv)
{
  int kept = 1;

  for (int i = 1; i < *argc; i++)
    if (sscanf (argv[i], "--schedules=%" G_GUINT64_FORMAT, &n_schedules) != 1 &&
        sscanf (argv[i], "--jobs=%u", &n_jobs) != 1)
      argv[kept++] = argv[i];
  *argc = kept;
}

int
main (int argc, char **argv)
{
  take_arguments (&argc, argv);
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/sim/schedules", test_schedules);
  g_test_add_func ("/sim/repeatable", test_repeatable);
  g_test_add_func ("/sim/costs", test_costs);
  g_test_add_func ("/sim/burden", test_burden);
  return g_test_run ();
}
