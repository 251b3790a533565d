/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * The rules of a replica about what goes to legacy peers, one test each: what is sent, when, and
 * what is not.
 */

#include "config.h"

#include "legacy-probe.h"

static void
test_up (void)
{
  g_autoptr (Probe) probe = probe_new ("{'a':0}");
  ConfsyncAction *update;

  g_test_summary ("A legacy peer is asked, and gets the head; it gets no heads");
  probe_edit (probe, NOW, "{'a':1}");
  probe_clear (probe);
  legacy_up (probe, NOW + 1, "1", TRUE);
  g_assert_cmpuint (probe->actions->len, ==, 2);
  g_assert_cmpint (((ConfsyncAction *) probe->actions->pdata[0])->message, ==,
                   CONFSYNC_MESSAGE_REQUEST);
  update = probe->actions->pdata[1];
  g_assert_cmpint (update->type, ==, CONFSYNC_ACTION_SEND_LEGACY);
  g_assert_cmpint (update->message, ==, CONFSYNC_MESSAGE_UPDATE);
  assert_content (update->revision, "{'a':1}");
}

static void
test_up_initial (void)
{
  g_autoptr (Probe) probe = probe_new ("{'a':0}");

  g_test_summary ("A content that was merely found is not pushed on a fleet that can't tell it");
  probe_clear (probe);
  legacy_up (probe, NOW, "1", FALSE);
  g_assert_cmpint (legacy_get_sent (probe, "1")->message, ==, CONFSYNC_MESSAGE_REQUEST);
}

static void
test_hint (void)
{
  g_autoptr (Probe) probe = legacy_edited_probe ();

  g_test_summary ("What is relayed under the id of an instance that is reached itself is a hint");
  legacy_take_hint (probe, NOW + 10 * SECOND, "attic", "{'a':2}");
  g_assert_cmpuint (probe->actions->len, ==, 0);
  assert_content (probe_head (probe), "{'a':1}");

  /* those behind the channel have it already, when it comes by itself, and edit it */
  probe_edit (probe, NOW + 10 * SECOND + 1, "{'a':2}");
  g_assert_cmpuint (legacy_count_sent (probe), ==, 0);
  legacy_take (probe, NOW + 13 * SECOND, "l", NOW + 13 * SECOND, "{'a':7}");
  g_assert_cmpint (order_of (legacy_get_applied (probe), probe_head (probe)), ==,
                   CONFSYNC_ORDER_AFTER);
  probe_applied (probe, NOW + 13 * SECOND, NULL, NULL);
  probe_edit (probe, NOW + 14 * SECOND, "{'a':3}");
  legacy_get_sent (probe, "1");
}

static void
lose (Probe *probe, gint64 now, const char *id, const char *text)
{
  probe_clear (probe);
  legacy_take (probe, now, id, now, text);
  if (probe_count (probe, CONFSYNC_ACTION_RESOLVE, "1") > 0)
    probe_answer (probe, now, CONFSYNC_ANSWER_LOCAL, NULL);
}

static void
test_send_back (void)
{
  g_autoptr (Probe) probe = legacy_edited_probe ();

  g_test_summary ("The head goes back at most once for each id and hash");
  lose (probe, NOW + SECOND, "l", "{'a':2}");
  assert_content (legacy_get_sent (probe, "1")->revision, "{'a':1}");
  assert_content (probe_get_report (probe, CONFSYNC_REPORT_LOST)->revision, "{'a':2}");
  lose (probe, NOW + SECOND + 1, "l", "{'a':2}");
  g_assert_cmpuint (legacy_count_sent (probe), ==, 0);
  lose (probe, NOW + SECOND + 2, "l", "{'a':3}");
  g_assert_cmpuint (legacy_count_sent (probe), ==, 1);
  lose (probe, NOW + SECOND + 3, "m", "{'a':2}");
  g_assert_cmpuint (legacy_count_sent (probe), ==, 1);
  lose (probe, NOW + SECOND + 4, "m", "{'a':2}");
  g_assert_cmpuint (legacy_count_sent (probe), ==, 0);
}

static void
test_timestamp (void)
{
  g_autoptr (Probe) probe = legacy_edited_probe ();
  gint64 head, last;

  g_test_summary ("A frame is younger than the head, than our clock, and than what the peer said");
  head = confsync_stamp_get_time (confsync_revision_get_stamp (probe_head (probe)));
  confsync_replica_got_legacy_request (probe->replica, NOW + SECOND, "1");
  probe_collect (probe);
  g_assert_cmpint (legacy_get_sent (probe, "1")->time, ==, head + CONFSYNC_LEGACY_LEAD_US);
  g_assert_cmpint (legacy_get_sent (probe, "1")->time, >=, NOW + SECOND);

  probe_clear (probe);
  confsync_replica_got_legacy_request (probe->replica, NOW + 100 * G_TIME_SPAN_DAY, "1");
  probe_collect (probe);
  g_assert_cmpint (legacy_get_sent (probe, "1")->time, >=, NOW + 100 * G_TIME_SPAN_DAY);

  last = NOW + 300 * G_TIME_SPAN_DAY;
  legacy_take (probe, NOW + 101 * G_TIME_SPAN_DAY, "l", last, "{'a':1}");
  probe_clear (probe);
  confsync_replica_got_legacy_request (probe->replica, NOW + 101 * G_TIME_SPAN_DAY, "1");
  probe_collect (probe);
  g_assert_cmpint (legacy_get_sent (probe, "1")->time, >=, last + G_TIME_SPAN_MILLISECOND);
}

static void
test_request (void)
{
  g_autoptr (Probe) probe = probe_new ("{'a':0}");
  g_autoptr (Probe) nothing = probe_new (NULL);

  g_test_summary ("Who asks is answered, also with what was merely found");
  legacy_up (probe, NOW, "1", TRUE);
  probe_clear (probe);
  confsync_replica_got_legacy_request (probe->replica, NOW, "1");
  probe_collect (probe);
  g_assert_cmpint (legacy_get_sent (probe, "1")->message, ==, CONFSYNC_MESSAGE_RESPONSE);
  assert_content (legacy_get_sent (probe, "1")->revision, "{'a':0}");

  legacy_up (nothing, NOW, "1", TRUE);
  probe_clear (nothing);
  confsync_replica_got_legacy_request (nothing->replica, NOW, "1");
  probe_collect (nothing);
  g_assert_cmpuint (nothing->actions->len, ==, 0);
}

static void
test_no_echo (void)
{
  g_autoptr (Probe) probe = legacy_edited_probe ();

  g_test_summary ("Who sent an edit gets neither an answer nor its own content back");
  legacy_take (probe, NOW + 4 * SECOND, "l", NOW + 4 * SECOND, "{'a':2}");
  probe_applied (probe, NOW + 4 * SECOND, NULL, NULL);
  assert_content (probe_head (probe), "{'a':2}");
  g_assert_cmpuint (legacy_count_sent (probe), ==, 0);
  g_assert_cmpuint (probe_count (probe, CONFSYNC_ACTION_SEND_ACK, NULL), ==, 0);
  g_assert_cmpuint (probe_count (probe, CONFSYNC_ACTION_SEND_HEADS, NULL), ==, 0);
}

static void
test_pass_on (void)
{
  g_autoptr (Probe) probe = legacy_edited_probe ();

  g_test_summary ("Everybody else gets it, each in the form that it understands");
  legacy_up (probe, NOW, "2", TRUE);
  confsync_replica_link_up (probe->replica, NOW, "3", FALSE);
  probe_collect (probe);
  probe_clear (probe);
  legacy_take (probe, NOW + 4 * SECOND, "l", NOW + 4 * SECOND, "{'a':2}");
  probe_applied (probe, NOW + 4 * SECOND, NULL, NULL);
  assert_content (legacy_get_sent (probe, "2")->revision, "{'a':2}");
  assert_content (probe_get (probe, CONFSYNC_ACTION_SEND_UPDATE, "3")->revision, "{'a':2}");
}

static void
test_crossing (void)
{
  g_autoptr (Probe) probe = legacy_edited_probe ();

  g_test_summary ("Where two contents crossed, the one that won is said once more");
  legacy_take (probe, NOW + SECOND, "l", NOW + SECOND, "{'a':2}");
  probe_answer (probe, NOW + SECOND, CONFSYNC_ANSWER_REMOTE, NULL);
  probe_applied (probe, NOW + SECOND, NULL, NULL);
  assert_content (legacy_get_sent (probe, "1")->revision, "{'a':2}");
}

static void
test_skewed_fleet (void)
{
  g_autoptr (Probe) probe = legacy_edited_probe ();

  g_test_summary ("Where legacy clocks differ, a server's clients may have refused it: we say it");
  confsync_replica_link_down (probe->replica, "1");
  legacy_up (probe, NOW, "1", FALSE);
  probe_clear (probe);
  legacy_take (probe, NOW + 4 * SECOND, "l", NOW - 20 * SECOND, "{'a':2}");
  probe_applied (probe, NOW + 4 * SECOND, NULL, NULL);
  assert_content (legacy_get_sent (probe, "1")->revision, "{'a':2}");
}

static void
test_synced (void)
{
  g_autoptr (Probe) probe = legacy_edited_probe ();
  ConfsyncAction *report;

  g_test_summary ("Legacy peers are counted apart from those that answer");
  probe_edit (probe, NOW + SECOND, "{'a':2}");
  report = probe_get_report (probe, CONFSYNC_REPORT_SYNCED);
  g_assert_cmpuint (report->total, ==, 0);
  g_assert_cmpuint (report->legacy, ==, 1);

  confsync_replica_link_up (probe->replica, NOW, "2", FALSE);
  probe_collect (probe);
  probe_clear (probe);
  probe_edit (probe, NOW + 2 * SECOND, "{'a':3}");
  g_assert_cmpuint (probe_count_reports (probe, CONFSYNC_REPORT_SYNCED), ==, 0);
  probe_ack (probe, NOW + 2 * SECOND, "2", probe_head (probe), probe_head (probe),
             CONFSYNC_OUTCOME_TAKEN);
  report = probe_get_report (probe, CONFSYNC_REPORT_SYNCED);
  g_assert_cmpuint (report->count, ==, 1);
  g_assert_cmpuint (report->total, ==, 1);
  g_assert_cmpuint (report->legacy, ==, 1);
}

static void
test_push (void)
{
  g_autoptr (Probe) probe = probe_new ("{'a':0}");

  g_test_summary ("Who wants to sync by hand means it: even what was merely found is sent");
  legacy_up (probe, NOW, "1", TRUE);
  probe_clear (probe);
  confsync_replica_legacy_push (probe->replica, NOW, "1");
  probe_collect (probe);
  assert_content (legacy_get_sent (probe, "1")->revision, "{'a':0}");
}

static void
tick (Probe *probe, gint64 now)
{
  probe_clear (probe);
  confsync_replica_tick (probe->replica, now);
  probe_collect (probe);
}

static void
test_tick (void)
{
  g_autoptr (Probe) probe = legacy_edited_probe ();

  g_test_summary ("Where the last that crossed a channel isn't the head, the head is said again");
  tick (probe, NOW + 30 * SECOND);
  g_assert_cmpuint (legacy_count_sent (probe), ==, 0);
  legacy_take_hint (probe, NOW + 30 * SECOND, "attic", "{'a':2}");
  tick (probe, NOW + 31 * SECOND);
  g_assert_cmpuint (legacy_count_sent (probe), ==, 0);
  tick (probe, NOW + 34 * SECOND);
  assert_content (legacy_get_sent (probe, "1")->revision, "{'a':1}");
  tick (probe, NOW + 64 * SECOND);
  g_assert_cmpuint (legacy_count_sent (probe), ==, 0);
}

static void
test_tick_undecided (void)
{
  g_autoptr (Probe) probe = legacy_edited_probe ();

  g_test_summary ("What waits for a decision is not overwritten where it came from");
  legacy_take (probe, NOW + SECOND, "l", NOW + SECOND, "{'a':2}");
  probe_answer (probe, NOW + SECOND, CONFSYNC_ANSWER_DECLINED, NULL);
  g_assert_cmpuint (legacy_count_sent (probe), ==, 0);
  tick (probe, NOW + 34 * SECOND);
  g_assert_cmpuint (legacy_count_sent (probe), ==, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/replica/legacy-links/up", test_up);
  g_test_add_func ("/replica/legacy-links/up-initial", test_up_initial);
  g_test_add_func ("/replica/legacy-links/hint", test_hint);
  g_test_add_func ("/replica/legacy-links/send-back", test_send_back);
  g_test_add_func ("/replica/legacy-links/timestamp", test_timestamp);
  g_test_add_func ("/replica/legacy-links/request", test_request);
  g_test_add_func ("/replica/legacy-links/no-echo", test_no_echo);
  g_test_add_func ("/replica/legacy-links/pass-on", test_pass_on);
  g_test_add_func ("/replica/legacy-links/crossing", test_crossing);
  g_test_add_func ("/replica/legacy-links/skewed-fleet", test_skewed_fleet);
  g_test_add_func ("/replica/legacy-links/synced", test_synced);
  g_test_add_func ("/replica/legacy-links/push", test_push);
  g_test_add_func ("/replica/legacy-links/tick", test_tick);
  g_test_add_func ("/replica/legacy-links/tick-undecided", test_tick_undecided);
  return g_test_run ();
}
