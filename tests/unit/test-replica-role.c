/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * The part that a replica takes, and how a newcomer joins with a file of its own.
 */

#include "config.h"

#include "replica-probe.h"

static Probe *
probe_of_role (ConfsyncRole role, const char *live)
{
  return probe_new_as (role, CONFSYNC_JOIN_ADOPT, FALSE, live);
}

static Probe *
probe_that_joins (ConfsyncJoin join, const char *live)
{
  Probe *probe = probe_new_as (CONFSYNC_ROLE_BOTH, join, FALSE, live);

  probe_link (probe, "1");
  return probe;
}

/* Sends only */

static void
test_send_only (void)
{
  g_autoptr (Probe) probe = probe_of_role (CONFSYNC_ROLE_SEND_ONLY, "{'a':0}");
  g_autoptr (ConfsyncRevision) ours = NULL, after = NULL, other = NULL;

  g_test_summary ("Who only sends takes nothing: it says so, carries it, and sends what it has");
  probe_edit (probe, T0 + 10, "{'a':1}");
  ours = confsync_revision_ref (probe_head (probe));
  after = make_edit_on ("{'a':2}", ours, 7, T0 + 20);
  other = make_edit_by ("{'a':3}", 8, T0 + 21);
  probe_link (probe, "1");
  probe_link (probe, "2");

  probe_receive (probe, T0 + 30, "1", after);
  g_assert_cmpuint (probe_count (probe, CONFSYNC_ACTION_APPLY, NULL), ==, 0);
  g_assert_cmpint (probe_get (probe, CONFSYNC_ACTION_SEND_ACK, "1")->outcome, ==,
                   CONFSYNC_OUTCOME_REFUSED);
  g_assert_cmpstr (probe_get (probe, CONFSYNC_ACTION_SEND_ACK, "1")->reason, ==,
                   "this instance only sends");
  g_assert_true (probe_get (probe, CONFSYNC_ACTION_SEND_UPDATE, "2")->revision == after);
  g_assert_true (probe_get_report (probe, CONFSYNC_REPORT_SEND_ONLY)->revision == after);
  probe_clear (probe);
  probe_receive (probe, T0 + 40, "1", other);
  g_assert_cmpuint (probe_count (probe, CONFSYNC_ACTION_RESOLVE, NULL), ==, 0);
  g_assert_cmpuint (probe_count_conflicts (probe), ==, 0);
  g_assert_true (probe_head (probe) == ours);

  /* its own edits know nothing of what was not taken */
  probe_edit (probe, T0 + 50, "{'a':4}");
  g_assert_cmpint (order_of (probe_head (probe), after), ==, CONFSYNC_ORDER_CONCURRENT);
}

static void
test_send_only_same (void)
{
  g_autoptr (Probe) probe = probe_of_role (CONFSYNC_ROLE_SEND_ONLY, "{'a':0}");
  g_autoptr (ConfsyncRevision) same = NULL;

  g_test_summary ("The same content with another stamp changes nothing, and is taken");
  probe_edit (probe, T0 + 10, "{'a':1}");
  same = make_edit_by ("{'a':1}", 8, T0 + 21);
  probe_link (probe, "1");
  probe_receive (probe, T0 + 30, "1", same);
  g_assert_cmpint (probe_get (probe, CONFSYNC_ACTION_SEND_ACK, "1")->outcome, ==,
                   CONFSYNC_OUTCOME_TAKEN);
  g_assert_cmpint (order_of (probe_head (probe), same), ==, CONFSYNC_ORDER_AFTER);
}

static void
test_send_only_empty (void)
{
  g_autoptr (Probe) probe = probe_of_role (CONFSYNC_ROLE_SEND_ONLY, NULL);
  g_autoptr (ConfsyncRevision) first = make_edit_by ("{'a':3}", 8, T0 + 21);

  probe_link (probe, "1");
  probe_receive (probe, T0 + 30, "1", first);
  g_assert_null (probe_head (probe));
  g_assert_cmpint (probe_get (probe, CONFSYNC_ACTION_SEND_ACK, "1")->outcome, ==,
                   CONFSYNC_OUTCOME_REFUSED);
}

static void
test_send_only_set (void)
{
  g_autoptr (Probe) probe = probe_of_role (CONFSYNC_ROLE_SEND_ONLY, "{'a':0}");
  g_autoptr (ConfsyncDocument) document = make_document ("{'a':1}");

  g_test_summary ("The application's edits, and what they displace, are its own");
  confsync_replica_set (probe->replica, T0 + 10, document);
  probe_collect (probe);
  probe_applied (probe, T0 + 11, "{'a':2}", NULL);
  probe_get (probe, CONFSYNC_ACTION_RESOLVE, NULL);
  g_assert_cmpuint (probe_count_reports (probe, CONFSYNC_REPORT_SEND_ONLY), ==, 0);
}

static void
test_send_only_restart (void)
{
  static const char *const versions[] = { "{'a':1}", "{'a':2}", NULL };
  g_autoptr (Probe) probe = probe_of_role (CONFSYNC_ROLE_SEND_ONLY, "{'a':0}");
  g_autoptr (ConfsyncRevision) after = NULL;
  g_autoptr (ConfsyncJson) state = NULL;
  g_autoptr (Probe) same = NULL, other = NULL;

  g_test_summary ("What was not taken is still carried after a restart; in another role, it is "
                  "taken then");
  probe_edit (probe, T0 + 10, "{'a':1}");
  after = make_edit_on ("{'a':2}", probe_head (probe), 7, T0 + 20);
  probe_link (probe, "1");
  probe_receive (probe, T0 + 30, "1", after);
  state = probe_save (probe);

  same = probe_new_supplied (state, CONFSYNC_ROLE_SEND_ONLY, T0 + 100, "{'a':1}", versions);
  g_assert_cmpuint (probe_count (same, CONFSYNC_ACTION_APPLY, NULL), ==, 0);
  g_assert_cmpuint (probe_count_reports (same, CONFSYNC_REPORT_SEND_ONLY), ==, 0);
  confsync_replica_link_up (same->replica, T0 + 110, "2", FALSE);
  probe_heads (same, T0 + 111, "2", probe_head (same));
  g_assert_true (confsync_revision_same (
    probe_get (same, CONFSYNC_ACTION_SEND_UPDATE, "2")->revision, after));

  other = probe_new_supplied (state, CONFSYNC_ROLE_BOTH, T0 + 100, "{'a':1}", versions);
  probe_applied (other, T0 + 101, NULL, NULL);
  g_assert_true (confsync_revision_same (probe_head (other), after));
}

/* Receives only */

/* One that follows an edit of somebody else's. */
static Probe *
following_probe (ConfsyncRevision **theirs)
{
  Probe *probe = probe_of_role (CONFSYNC_ROLE_RECEIVE_ONLY, NULL);

  *theirs = make_edit_by ("{'a':1}", 7, T0 + 10);
  probe_link (probe, "1");
  probe_link (probe, "2");
  probe_receive (probe, T0 + 11, "1", *theirs);
  probe_applied (probe, T0 + 12, NULL, NULL);
  return probe;
}

static void
test_receive_only (void)
{
  g_autoptr (ConfsyncRevision) theirs = NULL;
  g_autoptr (Probe) probe = following_probe (&theirs);
  g_autoptr (ConfsyncRevision) next = make_edit_on ("{'a':3}", theirs, 7, T0 + 50);
  ConfsyncAction *kept;

  g_test_summary ("Who only receives keeps its edits as versions; the next revision takes over");
  g_assert_true (probe_get (probe, CONFSYNC_ACTION_SEND_UPDATE, "2")->revision == theirs);
  probe_ack (probe, T0 + 15, "2", theirs, theirs, CONFSYNC_OUTCOME_TAKEN);
  probe_clear (probe);
  probe_edit (probe, T0 + 20, "{'a':2}");
  kept = probe_get (probe, CONFSYNC_ACTION_KEEP, NULL);
  assert_content (kept->revision, "{'a':2}");
  g_assert_cmpint (kept->cause, ==, CONFSYNC_CAUSE_EDIT);
  g_assert_true (probe_get_report (probe, CONFSYNC_REPORT_LOCAL_ONLY)->other == theirs);
  g_assert_cmpuint (probe_count (probe, CONFSYNC_ACTION_SEND_UPDATE, NULL), ==, 0);
  g_assert_true (probe_head (probe) == theirs);
  g_assert_true (confsync_replica_is_edited_here (probe->replica));
  probe_edit (probe, T0 + 21, "{'a':2}");
  g_assert_cmpuint (probe_count (probe, CONFSYNC_ACTION_KEEP, NULL), ==, 1);

  probe_clear (probe);
  probe_receive (probe, T0 + 60, "1", next);
  assert_content (probe_get (probe, CONFSYNC_ACTION_APPLY, NULL)->other, "{'a':2}");
  probe_applied (probe, T0 + 61, NULL, NULL);
  g_assert_true (probe_head (probe) == next);
  g_assert_false (confsync_replica_is_edited_here (probe->replica));
  g_assert_true (probe_get (probe, CONFSYNC_ACTION_SEND_UPDATE, "2")->revision == next);
}

static void
test_revert (void)
{
  g_autoptr (ConfsyncRevision) theirs = NULL;
  g_autoptr (Probe) probe = following_probe (&theirs);

  g_test_summary ("The head can be put back in its place");
  g_assert_false (confsync_replica_revert_local (probe->replica, T0 + 15));
  probe_edit (probe, T0 + 20, "{'a':2}");
  probe_clear (probe);
  g_assert_true (confsync_replica_revert_local (probe->replica, T0 + 30));
  probe_collect (probe);
  g_assert_true (probe_get (probe, CONFSYNC_ACTION_APPLY, NULL)->revision == theirs);
  assert_content (probe_get (probe, CONFSYNC_ACTION_APPLY, NULL)->other, "{'a':2}");
  probe_applied (probe, T0 + 31, "{'a':9}", NULL);
  g_assert_true (probe_head (probe) == theirs);
  g_assert_false (confsync_replica_is_edited_here (probe->replica));
  probe_get_report (probe, CONFSYNC_REPORT_REVERTED);
  /* what was written just then is kept too */
  assert_content (probe_get (probe, CONFSYNC_ACTION_KEEP, NULL)->revision, "{'a':9}");
  g_assert_cmpuint (probe_count (probe, CONFSYNC_ACTION_SEND_UPDATE, NULL), ==, 0);
  g_assert_false (confsync_replica_revert_local (probe->replica, T0 + 40));

  probe_edit (probe, T0 + 50, "{'a':2}");
  probe_edit (probe, T0 + 51, "{'a':1}");
  g_assert_false (confsync_replica_is_edited_here (probe->replica));
}

static void
test_revert_fails (void)
{
  g_autoptr (ConfsyncRevision) theirs = NULL;
  g_autoptr (Probe) probe = following_probe (&theirs);

  probe_edit (probe, T0 + 20, "{'a':2}");
  probe_clear (probe);
  g_assert_true (confsync_replica_revert_local (probe->replica, T0 + 30));
  probe_applied (probe, T0 + 31, NULL, "disk full");
  g_assert_true (probe_get_report (probe, CONFSYNC_REPORT_FAILED)->revision == theirs);
  g_assert_true (confsync_replica_is_edited_here (probe->replica));
  g_assert_cmpuint (probe_count (probe, CONFSYNC_ACTION_SEND_UPDATE, NULL), ==, 0);
}

static void
test_receive_only_set (void)
{
  g_autoptr (ConfsyncRevision) theirs = NULL;
  g_autoptr (Probe) probe = following_probe (&theirs);
  g_autoptr (ConfsyncDocument) document = make_document ("{'a':2}");
  ConfsyncAction *report;

  g_test_summary ("The application's edit is refused with a sentence");
  probe_clear (probe);
  confsync_replica_set (probe->replica, T0 + 20, document);
  probe_collect (probe);
  report = probe_get_report (probe, CONFSYNC_REPORT_FAILED);
  g_assert_true (confsync_revision_get_document (report->revision) == document);
  g_assert_nonnull (report->reason);
  g_assert_cmpuint (probe_count (probe, CONFSYNC_ACTION_APPLY, NULL), ==, 0);
  probe_clear (probe);
  confsync_replica_reset_clock (probe->replica, T0 + 30);
  probe_collect (probe);
  g_assert_nonnull (probe_get_report (probe, CONFSYNC_REPORT_REMARK)->reason);
  g_assert_true (probe_head (probe) == theirs);
}

static void
test_receive_only_first (void)
{
  g_autoptr (Probe) probe = probe_of_role (CONFSYNC_ROLE_RECEIVE_ONLY, "{'a':9}");
  g_autoptr (ConfsyncRevision) theirs = make_edit_by ("{'a':1}", 7, T0 + 10);

  g_test_summary ("The file that it comes with is a version, and nothing for the others");
  g_assert_null (probe_head (probe));
  g_assert_true (confsync_replica_is_edited_here (probe->replica));
  g_assert_cmpint (probe_get (probe, CONFSYNC_ACTION_KEEP, NULL)->cause, ==,
                   CONFSYNC_CAUSE_INITIAL);
  g_assert_false (confsync_replica_revert_local (probe->replica, T0 + 5));
  probe_link (probe, "1");
  probe_heads (probe, T0 + 9, "1", NULL);
  g_assert_cmpuint (probe_count (probe, CONFSYNC_ACTION_SEND_UPDATE, NULL), ==, 0);
  probe_receive (probe, T0 + 11, "1", theirs);
  assert_content (probe_get (probe, CONFSYNC_ACTION_APPLY, NULL)->other, "{'a':9}");
  probe_applied (probe, T0 + 12, NULL, NULL);
  g_assert_true (probe_head (probe) == theirs);
}

static void
test_receive_only_restart (void)
{
  static const char *const versions[] = { "{'a':1}", "{'a':2}", NULL };
  g_autoptr (ConfsyncRevision) theirs = NULL;
  g_autoptr (Probe) probe = following_probe (&theirs);
  g_autoptr (ConfsyncJson) state = NULL;
  g_autoptr (Probe) same = NULL, edited = NULL, both = NULL;

  g_test_summary ("A restart finds the edit that goes nowhere; in another role, it goes out then");
  probe_edit (probe, T0 + 20, "{'a':2}");
  state = probe_save (probe);
  same = probe_new_supplied (state, CONFSYNC_ROLE_RECEIVE_ONLY, T0 + 100, "{'a':2}", versions);
  g_assert_true (confsync_revision_same (probe_head (same), theirs));
  g_assert_true (confsync_replica_is_edited_here (same->replica));
  g_assert_cmpuint (probe_count (same, CONFSYNC_ACTION_KEEP, NULL), ==, 0);

  edited = probe_new_supplied (state, CONFSYNC_ROLE_RECEIVE_ONLY, T0 + 100, "{'a':3}", versions);
  assert_content (probe_get (edited, CONFSYNC_ACTION_KEEP, NULL)->revision, "{'a':3}");
  g_assert_true (confsync_replica_is_edited_here (edited->replica));

  both = probe_new_supplied (state, CONFSYNC_ROLE_BOTH, T0 + 100, "{'a':2}", versions);
  assert_content (probe_head (both), "{'a':2}");
  g_assert_cmpint (order_of (probe_head (both), theirs), ==, CONFSYNC_ORDER_AFTER);
}

/* Joins */

static void
test_keep (void)
{
  g_autoptr (Probe) probe = probe_that_joins (CONFSYNC_JOIN_KEEP, "{'a':1}");
  g_autoptr (ConfsyncRevision) theirs = make_edit_by ("{'a':2}", 7, T0 * 9);
  g_autoptr (ConfsyncRevision) other = make_edit_by ("{'a':3}", 8, T0 * 12);
  ConfsyncAction *report;

  g_test_summary ("Keep: the own file becomes an edit that includes what the others have, after "
                  "saying so");
  probe_heads (probe, T0 + 20, "1", theirs);
  g_assert_cmpuint (probe_count (probe, CONFSYNC_ACTION_SEND_UPDATE, NULL), ==, 0);
  probe_get (probe, CONFSYNC_ACTION_SEND_REQUEST, "1");
  probe_receive (probe, T0 + 30, "1", theirs);
  report = probe_get_report (probe, CONFSYNC_REPORT_JOIN_KEEPS);
  g_assert_true (report->revision == theirs);
  g_assert_cmpstr (report->link, ==, "1");
  assert_content (report->other, "{'a':1}");
  g_assert_true (probe_get (probe, CONFSYNC_ACTION_KEEP, NULL)->revision == theirs);
  g_assert_cmpuint (probe_count (probe, CONFSYNC_ACTION_APPLY, NULL), ==, 0);
  assert_content (probe_head (probe), "{'a':1}");
  g_assert_cmpint (order_of (probe_head (probe), theirs), ==, CONFSYNC_ORDER_AFTER);
  g_assert_cmpint (confsync_stamp_get_kind (confsync_revision_get_stamp (probe_head (probe))), ==,
                   CONFSYNC_STAMP_EDIT);
  g_assert_true (probe_get (probe, CONFSYNC_ACTION_SEND_UPDATE, "1")->revision ==
                 probe_head (probe));

  /* it was a newcomer once */
  probe_clear (probe);
  probe_receive (probe, T0 + 40, "1", other);
  probe_get (probe, CONFSYNC_ACTION_RESOLVE, NULL);
  g_assert_cmpuint (probe_count_reports (probe, CONFSYNC_REPORT_JOIN_KEEPS), ==, 0);
}

static void
test_keep_initial (void)
{
  g_autoptr (Probe) probe = probe_that_joins (CONFSYNC_JOIN_KEEP, "{'a':1}");
  guint64 actor = probe_actor (probe);
  const guint64 actors[] = { 7, 8, actor };
  const gint64 times[] = { T0 - 5, T0 - 4, T0 };
  g_autoptr (ConfsyncRevision) fleet =
    make_revision ("{'a':2}", CONFSYNC_STAMP_INITIAL, 3, actors, times);
  g_autoptr (ConfsyncRevision) same = make_edit_by ("{'a':1}", 9, T0 + 1);

  g_test_summary ("An initial content that counts this one among its holders doesn't win either");
  probe_receive (probe, T0 + 30, "1", fleet);
  assert_content (probe_head (probe), "{'a':1}");
  g_assert_cmpint (order_of (probe_head (probe), fleet), ==, CONFSYNC_ORDER_AFTER);

  {
    g_autoptr (Probe) other = probe_that_joins (CONFSYNC_JOIN_KEEP, "{'a':1}");

    probe_receive (other, T0 + 30, "1", same);
    g_assert_cmpuint (probe_count_reports (other, CONFSYNC_REPORT_JOIN_KEEPS), ==, 0);
    g_assert_cmpint (order_of (probe_head (other), same), ==, CONFSYNC_ORDER_AFTER);
  }
}

static void
test_adopt (void)
{
  g_autoptr (Probe) probe = probe_that_joins (CONFSYNC_JOIN_ADOPT, "{'a':1}");
  g_autoptr (ConfsyncRevision) theirs = make_edit_by ("{'a':2}", 7, 5);

  g_test_summary ("Adopt: what the others have is taken, and the own file is named as lost then");
  probe_receive (probe, T0 + 30, "1", theirs);
  probe_applied (probe, T0 + 31, NULL, NULL);
  assert_content (probe_get_report (probe, CONFSYNC_REPORT_LOST)->revision, "{'a':1}");
  g_assert_true (probe_head (probe) == theirs);
}

static void
test_ask (void)
{
  g_autoptr (Probe) probe = probe_that_joins (CONFSYNC_JOIN_ASK, "{'a':1}");
  g_autoptr (ConfsyncRevision) theirs = make_edit_by ("{'a':2}", 7, T0 * 9);
  g_autoptr (ConfsyncRevision) later = make_edit_on ("{'a':3}", theirs, 7, T0 * 10);
  g_autoptr (ConfsyncOpenConflict) conflict = NULL, after = NULL;

  g_test_summary ("Ask: nothing is taken and nothing sent until a person says which");
  g_assert_null (confsync_replica_get_told_head (probe->replica, "1"));
  probe_heads (probe, T0 + 20, "1", theirs);
  g_assert_cmpuint (probe_count (probe, CONFSYNC_ACTION_SEND_UPDATE, NULL), ==, 0);
  probe_receive (probe, T0 + 30, "1", theirs);
  /* somebody who has nothing yet gets what waits, and not what was found here */
  probe_link (probe, "2");
  probe_heads (probe, T0 + 31, "2", NULL);
  g_assert_true (probe_get (probe, CONFSYNC_ACTION_SEND_UPDATE, NULL)->revision == theirs);
  probe_ack (probe, T0 + 32, "2", theirs, theirs, CONFSYNC_OUTCOME_TAKEN);
  probe_clear (probe);
  probe_receive (probe, T0 + 33, "1", theirs);
  g_assert_cmpuint (probe_count (probe, CONFSYNC_ACTION_RESOLVE, NULL), ==, 0);
  g_assert_cmpuint (probe_count (probe, CONFSYNC_ACTION_SEND_UPDATE, NULL), ==, 0);
  g_assert_cmpint (probe_get (probe, CONFSYNC_ACTION_SEND_ACK, "1")->outcome, ==,
                   CONFSYNC_OUTCOME_PENDING);
  conflict = probe_conflict (probe);
  assert_content (probe_head (probe), "{'a':1}");

  probe_receive (probe, T0 + 40, "1", later);
  after = probe_conflict (probe);
  g_assert_cmpstr (confsync_open_conflict_get_id (after), ==,
                   confsync_open_conflict_get_id (conflict));

  /* an edit of the own file decides nothing, but is one */
  probe_edit (probe, T0 + 50, "{'a':11}");
  g_assert_true (confsync_replica_get_told_head (probe->replica, "1") == probe_head (probe));
  g_assert_cmpuint (probe_count_conflicts (probe), ==, 1);
  probe_clear (probe);
  g_assert_true (probe_settle (probe, T0 + 60, confsync_open_conflict_get_id (conflict),
                               "{'a':11}"));
  g_assert_cmpuint (probe_count_conflicts (probe), ==, 0);
  g_assert_cmpint (order_of (probe_head (probe), later), ==, CONFSYNC_ORDER_AFTER);
}

static void
test_ask_same (void)
{
  g_autoptr (Probe) probe = probe_that_joins (CONFSYNC_JOIN_ASK, "{'a':1}");

  g_test_summary ("Who has nothing gets what was found here, and whoever has it is told so");
  g_assert_null (confsync_replica_get_told_head (probe->replica, "1"));
  probe_heads (probe, T0 + 20, "1", NULL);
  probe_get (probe, CONFSYNC_ACTION_SEND_UPDATE, "1");
  probe_ack (probe, T0 + 21, "1", probe_head (probe), probe_head (probe), CONFSYNC_OUTCOME_TAKEN);
  g_assert_true (confsync_replica_get_told_head (probe->replica, "1") == probe_head (probe));
  g_assert_null (confsync_replica_get_told_head (probe->replica, "2"));
}

static void
test_ask_again (void)
{
  static const char *const versions[] = { "{'a':1}", "{'a':2}", NULL };
  g_autoptr (Probe) probe = probe_that_joins (CONFSYNC_JOIN_ASK, "{'a':1}");
  g_autoptr (ConfsyncRevision) theirs = make_edit_by ("{'a':2}", 7, T0 * 9);
  g_autoptr (ConfsyncRevision) later = make_edit_on ("{'a':3}", theirs, 7, T0 * 10);
  g_autoptr (ConfsyncJson) state = NULL;
  g_autoptr (Probe) next = NULL;

  g_test_summary ("What was asked stays a question: after an edit, and after a restart");
  probe_receive (probe, T0 + 30, "1", theirs);
  probe_edit (probe, T0 + 50, "{'a':1,'b':1}");
  probe_clear (probe);
  probe_receive (probe, T0 + 60, "1", later);
  g_assert_cmpuint (probe_count (probe, CONFSYNC_ACTION_RESOLVE, NULL), ==, 0);
  g_assert_cmpuint (probe_count_conflicts (probe), ==, 1);

  g_clear_pointer (&probe, probe_free);
  probe = probe_that_joins (CONFSYNC_JOIN_ASK, "{'a':1}");
  probe_receive (probe, T0 + 30, "1", theirs);
  state = probe_save (probe);
  next = probe_new_supplied (state, CONFSYNC_ROLE_BOTH, T0 + 100, "{'a':1}", versions);
  g_assert_cmpuint (probe_count (next, CONFSYNC_ACTION_APPLY, NULL), ==, 0);
  g_assert_cmpuint (probe_count_conflicts (next), ==, 1);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/replica/role/send-only", test_send_only);
  g_test_add_func ("/replica/role/send-only/same", test_send_only_same);
  g_test_add_func ("/replica/role/send-only/empty", test_send_only_empty);
  g_test_add_func ("/replica/role/send-only/set", test_send_only_set);
  g_test_add_func ("/replica/role/send-only/restart", test_send_only_restart);
  g_test_add_func ("/replica/role/receive-only", test_receive_only);
  g_test_add_func ("/replica/role/receive-only/revert", test_revert);
  g_test_add_func ("/replica/role/receive-only/revert/fails", test_revert_fails);
  g_test_add_func ("/replica/role/receive-only/set", test_receive_only_set);
  g_test_add_func ("/replica/role/receive-only/first", test_receive_only_first);
  g_test_add_func ("/replica/role/receive-only/restart", test_receive_only_restart);
  g_test_add_func ("/replica/join/keep", test_keep);
  g_test_add_func ("/replica/join/keep/initial", test_keep_initial);
  g_test_add_func ("/replica/join/adopt", test_adopt);
  g_test_add_func ("/replica/join/ask", test_ask);
  g_test_add_func ("/replica/join/ask/again", test_ask_again);
  g_test_add_func ("/replica/join/ask/same", test_ask_same);
  return g_test_run ();
}
