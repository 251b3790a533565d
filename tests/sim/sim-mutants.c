/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * The simulator over an engine with deliberate faults: each of them has to show within so many
 * schedules, or the simulator proves nothing. Play one with --fault=NAME --seed=N.
 */

#include "config.h"

#include "confsync-mutant-private.h"
#include "sim-campaign.h"

#include <stdio.h>

#define SCHEDULES_MAX 1000

static const struct
{
  const char *name;
  const char *what; /* for whoever reads the report */
} faults[] = {
  { "lww-joins", "lww claims for the winner that it includes the loser" },
  { "hash-first", "the order asks the hash before the vectors" },
  { "displaced-on-head", "a displaced edit is stamped after what displaced it" },
  { "initial-after", "an initial content may be newer than an edit" },
  { "carried-stays", "what is refused or undecided is not passed on" },
  { "times-first", "clocks before vectors" },
  { "hash-ignored", "equal vectors count as equal contents" },
  { "fold-in-place", "a vector is folded where it lies" },
  { "echo", "an apply is taken for an edit" },
  { "resend-refused", "what was answered is sent again" },
  { "wall-clock", "edits are stamped with the clock alone" },
  { "patch-blind", "a patch is taken for one of what is here, and nobody looks at what it gives" },
  { "local-sent", "a file is read as it is" },
  { "local-lost", "a file is written as it came" },
  { "no-anti-entropy", "differing heads are of no consequence" },
};

static const char *fault;
static char *seed_text;

gboolean
confsync_mutant_is (const char *name)
{
  return fault != NULL && g_str_equal (fault, name);
}

static void
test_fault (gconstpointer data)
{
  guint64 seed = 0;
  g_autofree char *failure = NULL;

  g_test_summary (faults[GPOINTER_TO_UINT (data)].what);
  fault = faults[GPOINTER_TO_UINT (data)].name;
  while (failure == NULL && seed++ < SCHEDULES_MAX)
    {
      g_autoptr (SimSchedule) schedule = sim_schedule_new (seed, 0, 0);

      failure = sim_try (schedule);
    }
  fault = NULL;
  g_test_message ("%s: shown by schedule %" G_GUINT64_FORMAT ": %s",
                  faults[GPOINTER_TO_UINT (data)].name, seed, failure != NULL ? failure : "none");
  g_assert_nonnull (failure);
}

/* The other way round: the same build without a fault is sound. */
static void
test_sound (void)
{
  const SimCampaign campaign = { .first = 1, .last = 200, .jobs = 1 };

  g_assert_cmpuint (sim_campaign_run (&campaign).failed, ==, 0);
}

static int
play_one (void)
{
  g_autoptr (SimSchedule) schedule =
    sim_schedule_new (g_ascii_strtoull (seed_text, NULL, 10), 0, 0);
  g_autofree char *failure = sim_try (schedule);
  g_autoptr (SimSchedule) small =
    failure != NULL ? sim_shrink (schedule, failure) : sim_schedule_copy (schedule);
  g_autofree char *text = sim_schedule_describe (small);

  printf ("%s# %s\n", text, failure != NULL ? failure : "all held");
  return failure != NULL;
}

/* Takes our own arguments out, before GLib sees the others. */
static void
take_arguments (int *argc, char **argv)
{
  int kept = 1;

  for (int i = 1; i < *argc; i++)
    if (g_str_has_prefix (argv[i], "--fault="))
      fault = argv[i] + strlen ("--fault=");
    else if (g_str_has_prefix (argv[i], "--seed="))
      seed_text = argv[i] + strlen ("--seed=");
    else
      argv[kept++] = argv[i];
  *argc = kept;
}

int
main (int argc, char **argv)
{
  take_arguments (&argc, argv);
  if (seed_text != NULL)
    return play_one ();
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/sim/faults/none", test_sound);
  for (guint i = 0; i < G_N_ELEMENTS (faults); i++)
    {
      g_autofree char *path = g_strconcat ("/sim/faults/", faults[i].name, NULL);

      g_test_add_data_func (path, GUINT_TO_POINTER (i), test_fault);
    }
  return g_test_run ();
}
