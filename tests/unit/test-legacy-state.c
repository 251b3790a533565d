/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * The memory of a channel to a legacy peer: its bounds, and clocks that are set back.
 */

#include "config.h"

#include "confsync-legacy-state-private.h"
#include "confsync-stamp-private.h"
#include "test-revision.h"

#define NOW (1000 * G_TIME_SPAN_DAY)
#define SECOND G_TIME_SPAN_SECOND

static void
send_many (ConfsyncLegacyState *state, gint64 from, guint n)
{
  for (guint i = 0; i < n; i++)
    {
      g_autoptr (ConfsyncRevision) revision = test_revision ("{'a':1}", i + 1);

      confsync_legacy_state_sent (state, from + i, revision);
    }
}

static gint64
base_time (ConfsyncLegacyState *state, gint64 now, const char *id)
{
  const ConfsyncLegacyReceipt receipt = { .at = now, .made = now };
  ConfsyncStamp *base = confsync_legacy_state_get_base (state, &receipt, id);

  return base != NULL ? confsync_stamp_get_time (base) : -1;
}

static void
test_sent (void)
{
  g_autoptr (ConfsyncLegacyState) state = confsync_legacy_state_new (FALSE);

  g_test_summary ("The newest that is old enough counts; thousands of young ones take no room");
  g_assert_cmpint (base_time (state, NOW, "l"), ==, -1);
  send_many (state, NOW, 1);
  g_assert_cmpint (base_time (state, NOW + SECOND, "l"), ==, -1);
  g_assert_cmpint (base_time (state, NOW + 3 * SECOND, "l"), ==, 1);
  send_many (state, NOW + 10 * SECOND, 10000);
  g_assert_cmpint (base_time (state, NOW + 12 * SECOND, "l"), ==, -1);
  g_assert_cmpint (base_time (state, NOW + 14 * SECOND, "l"), ==, 10000);
}

static void
test_clock_set_back (void)
{
  g_autoptr (ConfsyncLegacyState) state = confsync_legacy_state_new (FALSE);

  g_test_summary ("After the clock was set back, nothing is taken for seen before its time");
  send_many (state, NOW, 1);
  g_assert_cmpint (base_time (state, NOW - 3600 * SECOND, "l"), ==, -1);
  g_assert_cmpint (base_time (state, NOW + 4 * SECOND, "l"), ==, 1);
}

static void
test_ids (void)
{
  g_autoptr (ConfsyncLegacyState) state = confsync_legacy_state_new (TRUE);
  g_autoptr (ConfsyncRevision) revision = test_revision ("{'a':1}", 7);

  g_test_summary ("Who makes up ids without end takes no room without end");
  confsync_legacy_state_received (state, NOW, "l", revision);
  g_assert_cmpint (base_time (state, NOW, "l"), ==, 7);
  for (int i = 0; i < 5000; i++)
    {
      g_autofree char *id = g_strdup_printf ("x%d", i);

      confsync_legacy_state_received (state, NOW, id, revision);
    }
  g_assert_cmpint (base_time (state, NOW, "l"), ==, -1);
  g_assert_cmpint (base_time (state, NOW, "x4999"), ==, 7);
}

static void
test_answers (void)
{
  g_autoptr (ConfsyncLegacyState) state = confsync_legacy_state_new (FALSE);
  guint answered = 0;

  g_test_summary ("One answer a minute for each content of each id, and no flood in all");
  g_assert_true (confsync_legacy_state_may_answer (state, NOW, "l", "h"));
  g_assert_false (confsync_legacy_state_may_answer (state, NOW + 59 * SECOND, "l", "h"));
  g_assert_true (confsync_legacy_state_may_answer (state, NOW + 60 * SECOND, "l", "h"));
  for (int i = 0; i < 5000; i++)
    {
      g_autofree char *hash = g_strdup_printf ("h%d", i);

      answered += confsync_legacy_state_may_answer (state, NOW + 61 * SECOND, "l", hash);
    }
  g_assert_cmpuint (answered, <, 1100);
  g_assert_true (confsync_legacy_state_may_answer (state, NOW + 200 * SECOND, "l", "h"));
}

static void
test_settled (void)
{
  g_autoptr (ConfsyncLegacyState) state = confsync_legacy_state_new (FALSE);
  g_autoptr (ConfsyncRevision) one = test_revision ("{'a':1}", 1);
  g_autoptr (ConfsyncRevision) other = test_revision ("{'a':2}", 2);
  const char *first = confsync_revision_get_hash (one);
  const char *second = confsync_revision_get_hash (other);

  g_test_summary ("What came within 3 s of another content may not have got everywhere");
  confsync_legacy_state_received (state, NOW, "l", one);
  g_assert_true (confsync_legacy_state_is_settled (state, first));
  g_assert_false (confsync_legacy_state_is_settled (state, second));
  confsync_legacy_state_received (state, NOW + 3 * SECOND - 1, "l", other);
  g_assert_false (confsync_legacy_state_is_settled (state, second));
  confsync_legacy_state_sent (state, NOW + 3 * SECOND, other);
  g_assert_true (confsync_legacy_state_is_settled (state, second));
  confsync_legacy_state_received (state, NOW + 6 * SECOND, "l", one);
  g_assert_true (confsync_legacy_state_is_settled (state, first));
}

static void
test_far_ahead (void)
{
  g_autoptr (ConfsyncLegacyState) state = confsync_legacy_state_new (FALSE);
  gint64 ahead = 3 * G_TIME_SPAN_DAY;
  ConfsyncLegacyReceipt receipt;

  g_test_summary ("A clock that was seen to be days ahead is outdone, now and later");
  receipt = confsync_legacy_state_receive (state, NOW, NOW + ahead);
  g_assert_cmpint (receipt.made, ==, NOW);
  g_assert_false (receipt.is_quick);
  g_assert_cmpint (confsync_legacy_state_write_time (state, NOW + 50 * SECOND, 0), >,
                   NOW + 50 * SECOND + ahead);
  g_assert_cmpint (
    confsync_legacy_state_write_time (state, NOW, CONFSYNC_STAMP_TIME_MAX), ==,
    CONFSYNC_STAMP_TIME_MAX);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/legacy-state/sent", test_sent);
  g_test_add_func ("/legacy-state/clock-set-back", test_clock_set_back);
  g_test_add_func ("/legacy-state/ids", test_ids);
  g_test_add_func ("/legacy-state/answers", test_answers);
  g_test_add_func ("/legacy-state/settled", test_settled);
  g_test_add_func ("/legacy-state/far-ahead", test_far_ahead);
  return g_test_run ();
}
