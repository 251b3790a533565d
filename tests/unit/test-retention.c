/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Which versions go.
 */

#include "config.h"

#include "confsync-retention-private.h"

/* 2024-01-01 12:00:00 UTC: the border of a minute, an hour and a day's half */
#define NOON_S G_GINT64_CONSTANT (1704110400)
#define DAY_S (24 * 60 * 60)

/* by number alone */
static guint
select_versions (const ConfsyncRetained *versions, guint n, gint64 now_s, guint max,
                 gboolean *remove)
{
  const ConfsyncRetentionLimits limits = { .max_versions = max };

  return confsync_retention_select (versions, n, now_s, &limits, remove);
}

/* versions at equal distances, the newest at @newest_s; gives how many stay */
static guint
count_kept (guint n, gint64 step_s, gint64 newest_s, gint64 now_s, guint max)
{
  g_autofree ConfsyncRetained *versions = g_new0 (ConfsyncRetained, n);
  g_autofree gboolean *remove = g_new (gboolean, n);
  guint n_removed = 0, n_said;

  for (guint i = 0; i < n; i++)
    versions[i].time_s = newest_s - (n - 1 - i) * step_s;
  n_said = select_versions (versions, n, now_s, max, remove);
  for (guint i = 0; i < n; i++)
    n_removed += remove[i];
  g_assert_cmpuint (n_said, ==, n_removed);
  g_assert_false (remove[n - 1]);
  return n - n_removed;
}

static void
test_last_minute (void)
{
  g_assert_cmpuint (count_kept (20, 1, NOON_S, NOON_S, 100), ==, 20);
  g_assert_cmpuint (count_kept (60, 1, NOON_S, NOON_S, 100), ==, 20);
  g_assert_cmpuint (count_kept (500, 0, NOON_S, NOON_S, 1000), ==, 20);
}

static void
test_last_minute_spares_newest (void)
{
  ConfsyncRetained versions[30] = { 0 };
  gboolean remove[30];

  for (guint i = 0; i < 30; i++)
    versions[i].time_s = NOON_S - 30 + i;
  g_assert_cmpuint (select_versions (versions, 30, NOON_S, 100, remove), ==, 10);
  for (guint i = 0; i < 30; i++)
    g_assert_cmpint (remove[i], ==, i < 10);
}

static void
test_hour (void)
{
  /* every 10 s, all of them between 2 and 52 minutes ago: one a minute */
  g_assert_cmpuint (count_kept (300, 10, NOON_S - 121, NOON_S, 1000), ==, 50);
}

static void
test_day (void)
{
  /* every 10 minutes, between 2 and 22 hours ago: one an hour */
  g_assert_cmpuint (count_kept (120, 600, NOON_S - 2 * 3600 - 1, NOON_S, 1000), ==, 20);
}

static void
test_older_than_a_day (void)
{
  g_assert_cmpuint (count_kept (90, 60, NOON_S - 2 * DAY_S, NOON_S, 100), ==, 90);
  g_assert_cmpuint (count_kept (300, 60, NOON_S - 2 * DAY_S, NOON_S, 100), ==, 100);
}

static void
test_zero_keeps_all (void)
{
  g_assert_cmpuint (count_kept (5000, 1, NOON_S, NOON_S, 0), ==, 5000);
}

static void
test_count_goes_oldest_first (void)
{
  ConfsyncRetained versions[10] = { 0 };
  gboolean remove[10];

  for (guint i = 0; i < 10; i++)
    versions[i].time_s = NOON_S - (30 - i) * DAY_S;
  g_assert_cmpuint (select_versions (versions, 10, NOON_S, 3, remove), ==, 7);
  for (guint i = 0; i < 10; i++)
    g_assert_cmpint (remove[i], ==, i < 7);
}

static void
test_newest_always_stays (void)
{
  ConfsyncRetained one = { NOON_S - 100 * DAY_S, FALSE, FALSE };
  gboolean remove;

  g_assert_cmpuint (select_versions (&one, 1, NOON_S, 1, &remove), ==, 0);
  g_assert_false (remove);
  g_assert_cmpuint (select_versions (NULL, 0, NOON_S, 1, NULL), ==, 0);
  g_assert_cmpuint (count_kept (50, 1, NOON_S, NOON_S, 1), ==, 1);
}

static void
test_lost_is_not_thinned (void)
{
  ConfsyncRetained versions[200] = { 0 };
  gboolean remove[200];

  g_test_summary ("The losing side of a conflict stays, until the number cuts");
  for (guint i = 0; i < 200; i++)
    {
      versions[i].time_s = NOON_S - 50 * 60;
      versions[i].lost = i % 2 == 0;
    }
  g_assert_cmpuint (select_versions (versions, 200, NOON_S, 1000, remove), ==, 99);
  for (guint i = 0; i < 200; i++)
    g_assert_cmpint (remove[i], ==, i % 2 == 1 && i != 199);
  g_assert_cmpuint (select_versions (versions, 200, NOON_S, 10, remove), ==, 190);
}

static void
test_newest_acknowledged_stays (void)
{
  ConfsyncRetained versions[200] = { 0 };
  gboolean remove[200];

  g_test_summary ("What other instances hold last is the base of the next merge");
  for (guint i = 0; i < 200; i++)
    {
      versions[i].time_s = NOON_S - 50 * 60;
      versions[i].acknowledged = i == 3 || i == 7;
    }
  g_assert_cmpuint (select_versions (versions, 200, NOON_S, 1000, remove), ==, 198);
  g_assert_false (remove[7]);
  g_assert_true (remove[3]);
  g_assert_cmpuint (select_versions (versions, 200, NOON_S, 1, remove), ==, 198);
  g_assert_false (remove[7]);
  g_assert_false (remove[199]);
}

static void
test_needed_stays (void)
{
  ConfsyncRetained versions[200] = { 0 };
  gboolean remove[200];

  g_test_summary ("What is still needed stays, thinned out or over the number or not");
  for (guint i = 0; i < 200; i++)
    {
      versions[i].time_s = NOON_S - 50 * 60;
      versions[i].needed = i == 3 || i == 7;
    }
  g_assert_cmpuint (select_versions (versions, 200, NOON_S, 1000, remove), ==, 197);
  g_assert_false (remove[3] || remove[7] || remove[199]);
  g_assert_cmpuint (select_versions (versions, 200, NOON_S, 1, remove), ==, 197);
  g_assert_false (remove[3] || remove[7] || remove[199]);
}

static void
test_clock_went_back (void)
{
  g_test_summary ("Versions from the future count as new ones");
  g_assert_cmpuint (count_kept (50, 1, NOON_S + DAY_S, NOON_S, 100), ==, 20);
}

/* What stays now must not have been removed by the same rules a little earlier, or a version that
 * somebody looks at vanishes without any new one. */
static void
test_settles (void)
{
  ConfsyncRetained versions[600];
  guint n = 0;

  g_test_summary ("An edit every 5 s for two hours, retention after each: the hour stays covered");
  for (gint64 now_s = NOON_S; now_s < NOON_S + 7200; now_s += 5)
    {
      gboolean remove[600];
      guint kept = 0;

      versions[n++] = (ConfsyncRetained){ now_s, FALSE, FALSE };
      select_versions (versions, n, now_s, 500, remove);
      for (guint i = 0; i < n; i++)
        if (!remove[i])
          versions[kept++] = versions[i];
      n = kept;
    }
  /* 12 of the last minute, one in each of 59 minutes before, and one or two of the hour before */
  g_assert_cmpuint (n, >=, 12 + 59 + 1);
  g_assert_cmpuint (n, <=, 12 + 61 + 2);
  for (guint i = 1; i < n; i++)
    if (versions[i].time_s > NOON_S + 3600 + 60)
      g_assert_cmpint (versions[i].time_s - versions[i - 1].time_s, <=, 60);
}

/* The last second that a version of @days may be old stays, the next one doesn't. */
static void
test_age (void)
{
  const guint days[] = { 1, 2, 30, 36500, G_MAXUINT };

  for (guint d = 0; d < G_N_ELEMENTS (days); d++)
    for (int off = -1; off <= 1; off++)
      {
        const ConfsyncRetentionLimits limits = { .max_versions = 1000, .max_days = days[d] };
        const ConfsyncRetentionLimits any_number = { .max_days = days[d] };
        const ConfsyncRetained versions[] = {
          { .time_s = NOON_S - (gint64) days[d] * DAY_S - off }, { .time_s = NOON_S - 5 } };
        gboolean remove[2];

        g_assert_cmpuint (confsync_retention_select (versions, 2, NOON_S, &limits, remove), ==,
                          off > 0);
        g_assert_cmpint (remove[0], ==, off > 0);
        g_assert_false (remove[1]);
        /* without a limit to their number nothing is thinned, but old ones go all the same */
        g_assert_cmpuint (confsync_retention_select (versions, 2, NOON_S, &any_number, remove), ==,
                          off > 0);
      }
}

/* However old: what is newest, needed, or held by a peer. A side that lost goes. */
static void
test_age_spares (void)
{
  const ConfsyncRetentionLimits limits = { .max_versions = 1000, .max_days = 10 };
  const gint64 old_s = NOON_S - 20 * DAY_S;
  const ConfsyncRetained versions[] = {
    { .time_s = old_s - 5 },
    { .time_s = old_s - 4, .needed = TRUE },
    { .time_s = old_s - 3, .lost = TRUE },
    { .time_s = old_s - 2, .acknowledged = TRUE },
    { .time_s = old_s - 1, .acknowledged = TRUE },
    { .time_s = old_s },
  };
  const gboolean expected[] = { TRUE, FALSE, TRUE, TRUE, FALSE, FALSE };
  gboolean remove[G_N_ELEMENTS (versions)];

  g_assert_cmpuint (confsync_retention_select (versions, G_N_ELEMENTS (versions), NOON_S, &limits,
                                               remove), ==, 3);
  for (guint i = 0; i < G_N_ELEMENTS (versions); i++)
    g_assert_cmpint (remove[i], ==, expected[i]);
}

/* Where both limits remove, what age has removed counts for the number, too. */
static void
test_age_and_number (void)
{
  const ConfsyncRetentionLimits limits = { .max_versions = 5, .max_days = 10 };
  ConfsyncRetained versions[12] = { 0 };
  gboolean remove[12];

  for (guint i = 0; i < 12; i++)
    versions[i].time_s = NOON_S - (11 - (gint64) i) * 2 * DAY_S;
  /* of ages 22, 20, …, 0 days: six are not older than 10 */
  g_assert_cmpuint (confsync_retention_select (versions, 12, NOON_S, &limits, remove), ==, 7);
  for (guint i = 0; i < 12; i++)
    g_assert_cmpint (remove[i], ==, i < 7);
}

/* One more than may stay, as many, and one less. */
static void
test_number_borders (void)
{
  for (guint n = 4; n <= 6; n++)
    {
      ConfsyncRetained versions[6] = { 0 };
      gboolean remove[6];

      for (guint i = 0; i < n; i++)
        versions[i].time_s = NOON_S - (gint64) (n - i) * 2 * DAY_S;
      g_assert_cmpuint (select_versions (versions, n, NOON_S, 5, remove), ==, n > 5);
      g_assert_cmpint (remove[0], ==, n > 5);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/retention/last-minute", test_last_minute);
  g_test_add_func ("/retention/last-minute-spares-newest", test_last_minute_spares_newest);
  g_test_add_func ("/retention/hour", test_hour);
  g_test_add_func ("/retention/day", test_day);
  g_test_add_func ("/retention/older-than-a-day", test_older_than_a_day);
  g_test_add_func ("/retention/zero-keeps-all", test_zero_keeps_all);
  g_test_add_func ("/retention/count-goes-oldest-first", test_count_goes_oldest_first);
  g_test_add_func ("/retention/newest-always-stays", test_newest_always_stays);
  g_test_add_func ("/retention/lost-is-not-thinned", test_lost_is_not_thinned);
  g_test_add_func ("/retention/newest-acknowledged-stays", test_newest_acknowledged_stays);
  g_test_add_func ("/retention/needed-stays", test_needed_stays);
  g_test_add_func ("/retention/clock-went-back", test_clock_went_back);
  g_test_add_func ("/retention/settles", test_settles);
  g_test_add_func ("/retention/age", test_age);
  g_test_add_func ("/retention/age-spares", test_age_spares);
  g_test_add_func ("/retention/age-and-number", test_age_and_number);
  g_test_add_func ("/retention/number-borders", test_number_borders);
  return g_test_run ();
}
