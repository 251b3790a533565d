/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Clocks that are wrong: epochs, times at the end of the format, jumps; and edits that are found
 * late, which know of nothing that came after their base.
 */

#include "config.h"

#include "replica-probe.h"

#define HOUR G_TIME_SPAN_HOUR
#define YEAR (366 * G_TIME_SPAN_DAY)

static ConfsyncRevision *
make_in_epoch (const char *text, guint epoch, guint64 actor, gint64 time)
{
  ConfsyncVectorEntry entry = { actor, time };
  g_autoptr (ConfsyncVector) vector = confsync_vector_new (0, &entry, 1);
  g_autoptr (ConfsyncStamp) stamp =
    confsync_stamp_new (CONFSYNC_STAMP_EDIT, epoch, time, "other", vector);
  g_autoptr (ConfsyncDocument) document = make_document (text);

  return confsync_revision_new (document, stamp);
}

static ConfsyncStamp *
head_stamp (Probe *probe)
{
  return confsync_revision_get_stamp (probe_head (probe));
}

/* One whose head comes from a clock that is ten years ahead. */
static Probe *
ahead_probe (void)
{
  Probe *probe = probe_new ("{'a':0}");
  g_autoptr (ConfsyncRevision) ahead = make_edit_on ("{'a':1}", probe_head (probe), 7, 10 * YEAR);

  probe_link (probe, "1");
  probe_receive (probe, T0 + 10, "1", ahead);
  probe_applied (probe, T0 + 11, NULL, NULL);
  return probe;
}

static void
reset (Probe *probe, gint64 now)
{
  confsync_replica_reset_clock (probe->replica, now);
  probe_collect (probe);
}

static void
test_reset (void)
{
  g_autoptr (Probe) probe = ahead_probe ();
  g_autoptr (ConfsyncRevision) before = confsync_revision_ref (probe_head (probe));
  guint64 actor = probe_actor (probe);

  g_test_summary ("A reset is an edit of the same content in the next epoch, where times are sane");
  probe_get_report (probe, CONFSYNC_REPORT_AHEAD);
  probe_edit (probe, T0 + 20, "{'a':2}");
  g_assert_cmpint (time_of (probe_head (probe), actor), ==, 10 * YEAR + 1);
  probe_ack (probe, T0 + 25, "1", probe_head (probe), probe_head (probe), CONFSYNC_OUTCOME_TAKEN);
  probe_clear (probe);
  reset (probe, T0 + 30);
  assert_content (probe_head (probe), "{'a':2}");
  g_assert_cmpuint (confsync_stamp_get_epoch (head_stamp (probe)), ==, 1);
  g_assert_cmpint (confsync_stamp_get_time (head_stamp (probe)), ==, T0 + 30);
  g_assert_cmpuint (confsync_vector_get_length (confsync_stamp_get_vector (head_stamp (probe))),
                    ==, 1);
  g_assert_cmpint (order_of (probe_head (probe), before), ==, CONFSYNC_ORDER_AFTER);
  g_assert_cmpuint (probe_count (probe, CONFSYNC_ACTION_APPLY, NULL), ==, 0);
  g_assert_true (probe_get (probe, CONFSYNC_ACTION_SEND_UPDATE, "1")->revision ==
                 probe_head (probe));

  probe_edit (probe, T0 + 40, "{'a':3}");
  g_assert_cmpint (confsync_stamp_get_time (head_stamp (probe)), ==, T0 + 40);
  g_assert_cmpuint (confsync_stamp_get_epoch (head_stamp (probe)), ==, 1);
}

static void
test_reset_old (void)
{
  g_autoptr (Probe) probe = ahead_probe ();
  g_autoptr (ConfsyncRevision) head = NULL;
  g_autoptr (ConfsyncRevision) old = make_edit_on ("{'b':1}", probe_head (probe), 8, 20 * YEAR);

  g_test_summary ("What comes of an epoch that is over loses, its times count no more, and it is "
                  "no sign of a clone");
  reset (probe, T0 + 30);
  head = confsync_revision_ref (probe_head (probe));
  probe_clear (probe);
  probe_receive (probe, T0 + 40, "1", old);
  g_assert_cmpuint (probe_count (probe, CONFSYNC_ACTION_APPLY, NULL), ==, 0);
  g_assert_cmpuint (probe_count (probe, CONFSYNC_ACTION_RESOLVE, NULL), ==, 0);
  g_assert_cmpint (probe_get (probe, CONFSYNC_ACTION_SEND_ACK, "1")->outcome, ==,
                   CONFSYNC_OUTCOME_TAKEN);
  g_assert_true (probe_head (probe) == head);
  g_assert_cmpuint (probe_count_reports (probe, CONFSYNC_REPORT_RENAMED), ==, 0);
  probe_edit (probe, T0 + 50, "{'a':3}");
  g_assert_cmpint (confsync_stamp_get_time (head_stamp (probe)), ==, T0 + 50);
}

static void
test_reset_elsewhere (void)
{
  g_autoptr (Probe) probe = ahead_probe ();
  g_autoptr (ConfsyncRevision) reset_there = make_in_epoch ("{'b':1}", 1, 8, T0 + 20);
  g_autoptr (ConfsyncRevision) own = NULL;
  guint64 actor = probe_actor (probe);

  g_test_summary ("A reset elsewhere takes over; the own edit that it doesn't tell of is lost by "
                  "name, and own times are sane again");
  probe_edit (probe, T0 + 20, "{'a':2}");
  own = confsync_revision_ref (probe_head (probe));
  probe_clear (probe);
  probe_receive (probe, T0 + 40, "1", reset_there);
  probe_applied (probe, T0 + 41, NULL, NULL);
  g_assert_true (probe_get_report (probe, CONFSYNC_REPORT_LOST)->revision == own);
  g_assert_true (probe_head (probe) == reset_there);
  probe_edit (probe, T0 + 50, "{'b':2}");
  g_assert_cmpuint (probe_actor (probe), ==, actor);
  g_assert_cmpint (time_of (probe_head (probe), actor), ==, T0 + 50);
  g_assert_cmpint (order_of (probe_head (probe), reset_there), ==, CONFSYNC_ORDER_AFTER);

  {
    g_autoptr (Probe) same = ahead_probe ();
    g_autoptr (ConfsyncRevision) as_here = make_in_epoch ("{'a':1}", 1, 8, T0 + 20);

    probe_receive (same, T0 + 40, "1", as_here);
    g_assert_cmpuint (probe_count_reports (same, CONFSYNC_REPORT_LOST), ==, 0);
    g_assert_true (confsync_revision_same (probe_head (same), as_here));
  }
}

static void
test_two_resets (void)
{
  g_autoptr (Probe) probe = ahead_probe ();
  g_autoptr (ConfsyncRevision) before = confsync_revision_ref (probe_head (probe));
  g_autoptr (ConfsyncRevision) other = make_in_epoch ("{'b':1}", 1, 8, T0 + 35);

  g_test_summary ("Two resets at once are a conflict like any other, and know their base");
  reset (probe, T0 + 30);
  probe_clear (probe);
  probe_receive (probe, T0 + 40, "1", other);
  g_assert_true (probe_get (probe, CONFSYNC_ACTION_RESOLVE, NULL)->base == before);
}

static void
test_reset_own_ahead (void)
{
  g_autoptr (Probe) probe = ahead_probe ();
  g_autoptr (ConfsyncRevision) own_reset =
    make_in_epoch ("{'a':1}", 1, probe_actor (probe), T0 + 20);
  guint64 actor = probe_actor (probe);

  g_test_summary ("An own reset that this life knows nothing of: a new actor, as for any own edit");
  probe_receive (probe, T0 + 40, "1", own_reset);
  probe_get_report (probe, CONFSYNC_REPORT_RENAMED);
  g_assert_cmpuint (probe_actor (probe), !=, actor);
  g_assert_true (confsync_revision_same (probe_head (probe), own_reset));
  probe_edit (probe, T0 + 50, "{'a':3}");
  g_assert_cmpint (time_of (probe_head (probe), actor), ==, T0 + 20);
  g_assert_cmpint (time_of (probe_head (probe), probe_actor (probe)), ==, T0 + 50);
}

static void
test_reset_restart (void)
{
  static const char *const versions[] = { NULL };
  g_autoptr (Probe) probe = ahead_probe ();
  g_autoptr (ConfsyncJson) state = NULL;
  g_autoptr (Probe) next = NULL;

  reset (probe, T0 + 30);
  state = probe_save (probe);
  next = probe_new_supplied (state, CONFSYNC_ROLE_BOTH, T0 + 100, "{'a':1}", versions);
  g_assert_true (confsync_revision_same (probe_head (next), probe_head (probe)));
  probe_edit (next, T0 + 110, "{'a':2}");
  g_assert_cmpuint (confsync_stamp_get_epoch (head_stamp (next)), ==, 1);
  g_assert_cmpint (confsync_stamp_get_time (head_stamp (next)), ==, T0 + 110);
}

static void
test_reset_nothing (void)
{
  g_autoptr (Probe) probe = probe_new (NULL);

  reset (probe, T0 + 30);
  g_assert_null (probe_head (probe));
  g_assert_nonnull (probe_get_report (probe, CONFSYNC_REPORT_REMARK)->reason);
}

static void
test_displaced_by_reset (void)
{
  g_autoptr (Probe) probe = ahead_probe ();
  g_autoptr (ConfsyncRevision) reset_there = make_in_epoch ("{'b':1}", 1, 8, T0 + 20);
  ConfsyncRevision *last = NULL;

  g_test_summary ("An edit that a reset displaced belongs to the epoch that is over: kept, and "
                  "named as lost");
  probe_receive (probe, T0 + 40, "1", reset_there);
  probe_clear (probe);
  probe_applied (probe, T0 + 41, "{'a':9}", NULL);
  g_assert_true (probe_head (probe) == reset_there);
  /* and so is what was live before */
  g_assert_cmpuint (probe_count_reports (probe, CONFSYNC_REPORT_LOST), ==, 2);
  for (guint i = 0; i < probe->actions->len; i++)
    {
      ConfsyncAction *action = probe->actions->pdata[i];

      if (action->type == CONFSYNC_ACTION_REPORT && action->report == CONFSYNC_REPORT_LOST)
        last = action->revision;
    }
  assert_content (last, "{'a':9}");
  g_assert_cmpuint (probe_count (probe, CONFSYNC_ACTION_APPLY, NULL), ==, 0);
}

static void
test_end_of_time (void)
{
  g_autoptr (Probe) probe = probe_new ("{'a':0}");
  g_autoptr (ConfsyncRevision) last =
    make_edit_on ("{'a':1}", probe_head (probe), 7, CONFSYNC_STAMP_TIME_MAX);

  g_test_summary ("After a stamp at the very end of the format, times start anew by themselves");
  probe_link (probe, "1");
  probe_receive (probe, T0 + 10, "1", last);
  probe_applied (probe, T0 + 11, NULL, NULL);
  probe_clear (probe);
  probe_edit (probe, T0 + 20, "{'a':2}");
  g_assert_cmpint (confsync_stamp_get_time (head_stamp (probe)), ==, T0 + 20);
  g_assert_cmpuint (confsync_stamp_get_epoch (head_stamp (probe)), ==, 1);
  g_assert_cmpint (order_of (probe_head (probe), last), ==, CONFSYNC_ORDER_AFTER);
  g_assert_nonnull (probe_get_report (probe, CONFSYNC_REPORT_REMARK)->reason);
  probe_edit (probe, T0 + 30, "{'a':3}");
  g_assert_cmpuint (confsync_stamp_get_epoch (head_stamp (probe)), ==, 1);
  g_assert_cmpint (confsync_stamp_get_time (head_stamp (probe)), ==, T0 + 30);

  /* an own clock beyond it is of no use, and does no harm */
  {
    g_autoptr (Probe) late = probe_new ("{'a':0}");

    probe_edit (late, CONFSYNC_STAMP_TIME_MAX + HOUR, "{'a':1}");
    g_assert_cmpint (confsync_stamp_get_time (head_stamp (late)), ==, T0 + 1);
    reset (late, CONFSYNC_STAMP_TIME_MAX + HOUR);
    g_assert_cmpint (confsync_stamp_get_time (head_stamp (late)), ==, 1);
    g_assert_cmpuint (confsync_stamp_get_epoch (head_stamp (late)), ==, 1);
  }
}

static void
test_jumps (void)
{
  g_autoptr (Probe) probe = probe_new ("{'a':0}");
  g_autoptr (ConfsyncRevision) base = NULL, theirs = NULL;

  g_test_summary ("A clock that jumps an hour either way keeps its own edits in order, and knows "
                  "what it saw");
  probe_link (probe, "1");
  probe_edit (probe, T0 + HOUR, "{'a':1}");
  base = confsync_revision_ref (probe_head (probe));
  probe_edit (probe, T0 + 1, "{'a':2}");
  g_assert_cmpint (order_of (probe_head (probe), base), ==, CONFSYNC_ORDER_AFTER);
  theirs = make_edit_on ("{'a':3}", probe_head (probe), 7, T0 + 2);
  probe_receive (probe, T0 + 3, "1", theirs);
  probe_applied (probe, T0 + 4, NULL, NULL);
  probe_edit (probe, T0 + 2 * HOUR, "{'a':4}");
  g_assert_cmpint (order_of (probe_head (probe), theirs), ==, CONFSYNC_ORDER_AFTER);
  g_assert_cmpint (confsync_revision_compare (probe_head (probe), theirs), >, 0);
}

static void
test_jump_in_flight (void)
{
  g_autoptr (Probe) probe = probe_new ("{'a':0}");
  g_autoptr (ConfsyncRevision) old = confsync_revision_ref (probe_head (probe));

  g_test_summary ("What was on its way before a jump back is offered again all the same");
  probe_link (probe, "1");
  probe_edit (probe, T0 + HOUR, "{'a':1}");
  probe_clear (probe);
  probe_heads (probe, T0 + 10, "1", old);
  probe_get (probe, CONFSYNC_ACTION_SEND_UPDATE, "1");
}

/* The application sets one content while an editor saves another one, which nobody saw yet. */
static void
test_set_displaces (void)
{
  g_autoptr (Probe) probe = probe_new ("{'a':0}");
  g_autoptr (ConfsyncDocument) document = make_document ("{'a':1}");
  g_autoptr (ConfsyncRevision) set = NULL;
  ConfsyncAction *question;

  g_test_summary ("Two edits here that know nothing of each other are concurrent, and one of them "
                  "is named as lost");
  confsync_replica_set (probe->replica, T0 + 10, document);
  probe_collect (probe);
  probe_applied (probe, T0 + 11, "{'a':2}", NULL);
  set = confsync_revision_ref (probe_head (probe));
  question = probe_get (probe, CONFSYNC_ACTION_RESOLVE, NULL);
  assert_content (question->revision, "{'a':2}");
  g_assert_true (question->other == set);
  g_assert_cmpint (order_of (question->revision, set), ==, CONFSYNC_ORDER_CONCURRENT);
  assert_content (question->base, "{'a':0}");
  probe_answer (probe, T0 + 12, CONFSYNC_ANSWER_REMOTE, NULL);
  probe_applied (probe, T0 + 13, NULL, NULL);
  g_assert_true (probe_get_report (probe, CONFSYNC_REPORT_LOST)->revision == set);
  assert_content (probe_head (probe), "{'a':2}");

  /* both are told from what comes later */
  probe_edit (probe, T0 + 20, "{'a':3}");
  g_assert_cmpint (order_of (probe_head (probe), set), ==, CONFSYNC_ORDER_CONCURRENT);
}

static void
test_late_knows_nothing (void)
{
  g_autoptr (Probe) probe = probe_new ("{'a':0}");
  g_autoptr (ConfsyncRevision) before = NULL, theirs = NULL;
  g_autoptr (ConfsyncDocument) late = make_document ("{'a':9}");
  ConfsyncAction *question;

  g_test_summary ("An edit found late doesn't claim to know of own ones that came after its base");
  probe_link (probe, "1");
  probe_edit (probe, T0 + 10, "{'a':1}");
  before = confsync_revision_ref (probe_head (probe));
  theirs = make_edit_on ("{'a':2}", before, 7, T0 + 20);
  probe_receive (probe, T0 + 30, "1", theirs);
  probe_applied (probe, T0 + 10 * G_USEC_PER_SEC, NULL, NULL);
  probe_edit (probe, T0 + 10 * G_USEC_PER_SEC + 5, "{'a':3}");
  confsync_replica_displaced (probe->replica, T0 + 10 * G_USEC_PER_SEC + 10, late);
  probe_collect (probe);
  question = probe_get (probe, CONFSYNC_ACTION_RESOLVE, NULL);
  g_assert_cmpint (order_of (question->revision, before), ==, CONFSYNC_ORDER_AFTER);
  g_assert_cmpint (order_of (question->revision, probe_head (probe)), ==,
                   CONFSYNC_ORDER_CONCURRENT);
  g_assert_true (question->base == before);
}

/* Two quick applies, the second of a content that doesn't include the first; then an edit of a file
 * that one of them took away. */
static void
test_late_unsure (void)
{
  g_autoptr (Probe) probe = probe_new ("{'a':0}");
  g_autoptr (ConfsyncRevision) base = make_edit_by ("{'a':1}", 7, T0 + 5);
  g_autoptr (ConfsyncRevision) one = make_edit_on ("{'a':2}", base, 7, T0 + 20);
  g_autoptr (ConfsyncRevision) other = make_edit_on ("{'a':3}", base, 8, T0 + 30);
  g_autoptr (ConfsyncRevision) last = make_edit_on ("{'a':4}", other, 8, T0 + 40);
  g_autoptr (ConfsyncDocument) late = make_document ("{'a':2,'b':1}");
  ConfsyncAction *question;

  g_test_summary ("Where two files may be meant, the edit claims what both include, which is "
                  "enough for a base");
  probe_link (probe, "1");
  probe_receive (probe, T0 + 6, "1", base);
  probe_applied (probe, T0 + 7, NULL, NULL);
  probe_receive (probe, T0 * 9, "1", one);
  probe_applied (probe, T0 * 9, NULL, NULL);
  probe_clear (probe);
  probe_receive (probe, T0 * 9 + 1, "1", other);
  probe_answer (probe, T0 * 9 + 2, CONFSYNC_ANSWER_REMOTE, NULL);
  probe_applied (probe, T0 * 9 + 3, NULL, NULL);
  probe_receive (probe, T0 * 9 + 4, "1", last);
  probe_applied (probe, T0 * 9 + 5, NULL, NULL);
  probe_clear (probe);
  confsync_replica_displaced (probe->replica, T0 * 9 + 6, late);
  probe_collect (probe);
  question = probe_get (probe, CONFSYNC_ACTION_RESOLVE, NULL);
  g_assert_true (question->base == base);
  g_assert_cmpint (order_of (question->revision, base), ==, CONFSYNC_ORDER_AFTER);
  g_assert_cmpint (order_of (question->revision, one), ==, CONFSYNC_ORDER_CONCURRENT);
  g_assert_cmpint (order_of (question->revision, other), ==, CONFSYNC_ORDER_CONCURRENT);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/replica/epoch/reset", test_reset);
  g_test_add_func ("/replica/epoch/reset/old", test_reset_old);
  g_test_add_func ("/replica/epoch/reset/elsewhere", test_reset_elsewhere);
  g_test_add_func ("/replica/epoch/reset/two", test_two_resets);
  g_test_add_func ("/replica/epoch/reset/own-ahead", test_reset_own_ahead);
  g_test_add_func ("/replica/epoch/reset/restart", test_reset_restart);
  g_test_add_func ("/replica/epoch/reset/nothing", test_reset_nothing);
  g_test_add_func ("/replica/epoch/reset/displaced", test_displaced_by_reset);
  g_test_add_func ("/replica/epoch/end-of-time", test_end_of_time);
  g_test_add_func ("/replica/clock/jumps", test_jumps);
  g_test_add_func ("/replica/clock/in-flight", test_jump_in_flight);
  g_test_add_func ("/replica/late/set", test_set_displaces);
  g_test_add_func ("/replica/late/knows-nothing", test_late_knows_nothing);
  g_test_add_func ("/replica/late/unsure", test_late_unsure);
  return g_test_run ();
}
