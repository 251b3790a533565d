/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Conflicts of the whole document that wait for a person, and revisions that are refused: how they
 * are listed, carried across a restart, and settled.
 */

#include "config.h"

#include "confsync-open-conflict-private.h"
#include "replica-probe.h"

#include <string.h>

/* A replica whose head is an edit of its own, while one of somebody else's is undecided. */
static Probe *
torn_probe (ConfsyncRevision **theirs)
{
  Probe *probe = probe_new ("{'a':0}");
  g_autoptr (ConfsyncRevision) base = NULL;

  probe_edit (probe, T0 + 10, "{'a':1}");
  base = confsync_revision_ref (probe_head (probe));
  probe_edit (probe, T0 + 20, "{'a':2}");
  probe_link (probe, "1");
  *theirs = make_edit_on ("{'a':3}", base, 7, T0 + 30);
  probe_receive (probe, T0 + 40, "1", *theirs);
  probe_answer (probe, T0 + 41, CONFSYNC_ANSWER_DECLINED, NULL);
  return probe;
}

static void
assert_value (ConfsyncJson *value, const char *text)
{
  g_autoptr (ConfsyncDocument) document = make_document (text);

  g_assert_nonnull (value);
  g_assert_true (confsync_json_equal (value, confsync_document_get_json (document)));
}

static void
test_listed (void)
{
  g_autoptr (ConfsyncRevision) theirs = NULL;
  g_autoptr (Probe) probe = torn_probe (&theirs);
  g_autoptr (ConfsyncOpenConflict) conflict = probe_conflict (probe);
  g_autofree char *id = confsync_open_conflict_make_id (
    "", confsync_revision_get_key (theirs), confsync_revision_get_key (probe_head (probe)));
  ConfsyncAction *report = probe_get_report (probe, CONFSYNC_REPORT_CONFLICT);

  g_test_summary ("An undecided conflict is listed with both sides and what they were made from");
  g_assert_cmpstr (confsync_open_conflict_get_pointer (conflict), ==, "");
  g_assert_cmpstr (confsync_open_conflict_get_id (conflict), ==, id);
  assert_value (confsync_open_conflict_get_base (conflict), "{'a':1}");
  assert_value (confsync_open_conflict_get_ours (conflict), "{'a':2}");
  assert_value (confsync_open_conflict_get_theirs (conflict), "{'a':3}");
  g_assert_cmpint (confsync_open_conflict_get_since (conflict), ==, T0 + 41);
  g_assert_cmpstr (confsync_open_conflict_get_reason (conflict), ==, "waits");
  g_assert_cmpuint (report->count, ==, 1);
  g_assert_cmpstr (confsync_open_conflict_get_id (report->conflict), ==, id);
  g_assert_cmpint (probe_get (probe, CONFSYNC_ACTION_KEEP, NULL)->cause, ==,
                   CONFSYNC_CAUSE_REMOTE);
}

static void
test_updated (void)
{
  g_autoptr (ConfsyncRevision) theirs = NULL;
  g_autoptr (Probe) probe = torn_probe (&theirs);
  g_autoptr (ConfsyncRevision) later = make_edit_on ("{'a':33}", theirs, 7, T0 + 50);
  g_autoptr (ConfsyncOpenConflict) before = probe_conflict (probe), after = NULL, last = NULL;

  g_test_summary ("Later edits on either side change the conflict that there is");
  probe_clear (probe);
  probe_receive (probe, T0 + 60, "1", later);
  probe_answer (probe, T0 + 61, CONFSYNC_ANSWER_DECLINED, NULL);
  after = probe_conflict (probe);
  g_assert_cmpstr (confsync_open_conflict_get_id (after), ==,
                   confsync_open_conflict_get_id (before));
  g_assert_cmpint (confsync_open_conflict_get_since (after), ==, T0 + 41);
  assert_value (confsync_open_conflict_get_theirs (after), "{'a':33}");
  assert_value (confsync_open_conflict_get_base (after), "{'a':1}");
  g_assert_cmpuint (probe_get_report (probe, CONFSYNC_REPORT_CONFLICT)->count, ==, 0);

  probe_clear (probe);
  probe_edit (probe, T0 + 70, "{'a':22}");
  last = probe_conflict (probe);
  g_assert_cmpstr (confsync_open_conflict_get_id (last), ==,
                   confsync_open_conflict_get_id (before));
  assert_value (confsync_open_conflict_get_ours (last), "{'a':22}");
  g_assert_cmpuint (probe_get_report (probe, CONFSYNC_REPORT_CONFLICT)->count, ==, 0);
  g_assert_cmpuint (probe_count_reports (probe, CONFSYNC_REPORT_SETTLED), ==, 0);
}

static void
test_settle_theirs (void)
{
  g_autoptr (ConfsyncRevision) theirs = NULL;
  g_autoptr (Probe) probe = torn_probe (&theirs);
  g_autoptr (ConfsyncRevision) ours = confsync_revision_ref (probe_head (probe));
  g_autoptr (ConfsyncOpenConflict) conflict = probe_conflict (probe);
  const char *id = confsync_open_conflict_get_id (conflict);

  g_test_summary ("A settlement is an edit that includes both sides, and goes to everybody");
  probe_ack (probe, T0 + 45, "1", ours, theirs, CONFSYNC_OUTCOME_PENDING);
  g_assert_false (probe_settle (probe, T0 + 50, "00000000", "{'a':3}"));
  probe_clear (probe);
  g_assert_true (probe_settle (probe, T0 + 50, id, "{'a':3}"));
  probe_get (probe, CONFSYNC_ACTION_APPLY, NULL);
  g_assert_cmpuint (probe_count_conflicts (probe), ==, 1);
  probe_applied (probe, T0 + 51, NULL, NULL);
  assert_content (probe_head (probe), "{'a':3}");
  g_assert_cmpint (order_of (probe_head (probe), ours), ==, CONFSYNC_ORDER_AFTER);
  g_assert_cmpint (order_of (probe_head (probe), theirs), ==, CONFSYNC_ORDER_AFTER);
  g_assert_cmpint (confsync_stamp_get_kind (confsync_revision_get_stamp (probe_head (probe))), ==,
                   CONFSYNC_STAMP_EDIT);
  g_assert_cmpuint (probe_count_conflicts (probe), ==, 0);
  g_assert_cmpstr (confsync_open_conflict_get_id (
                     probe_get_report (probe, CONFSYNC_REPORT_SETTLED)->conflict),
                   ==, id);
  g_assert_true (probe_get (probe, CONFSYNC_ACTION_SEND_UPDATE, "1")->revision ==
                 probe_head (probe));
  g_assert_false (probe_settle (probe, T0 + 60, id, "{'a':3}"));
}

static void
test_settle_ours (void)
{
  g_autoptr (ConfsyncRevision) theirs = NULL;
  g_autoptr (Probe) probe = torn_probe (&theirs);
  g_autoptr (ConfsyncOpenConflict) conflict = probe_conflict (probe);
  g_autoptr (ConfsyncDocument) ours =
    confsync_document_ref (confsync_revision_get_document (probe_head (probe)));

  g_test_summary ("To keep the own side is a new revision all the same, and the file stays");
  probe_clear (probe);
  g_assert_true (confsync_replica_settle_conflict (
    probe->replica, T0 + 50, confsync_open_conflict_get_id (conflict), ours));
  probe_collect (probe);
  g_assert_cmpuint (probe_count (probe, CONFSYNC_ACTION_APPLY, NULL), ==, 0);
  g_assert_cmpint (order_of (probe_head (probe), theirs), ==, CONFSYNC_ORDER_AFTER);
  g_assert_true (confsync_revision_get_document (
                   probe_get_report (probe, CONFSYNC_REPORT_SETTLED)->revision) == ours);
}

static void
test_settled_elsewhere (void)
{
  g_autoptr (ConfsyncRevision) theirs = NULL;
  g_autoptr (Probe) probe = torn_probe (&theirs);
  g_autoptr (ConfsyncRevision) both = make_edit_on ("{'a':4}", probe_head (probe), 7, T0 + 30);
  g_autoptr (ConfsyncRevision) settled = make_edit_on ("{'a':4}", both, 9, T0 + 60);

  g_test_summary ("What somebody else settled is settled here");
  probe_clear (probe);
  probe_receive (probe, T0 + 70, "1", settled);
  probe_applied (probe, T0 + 71, NULL, NULL);
  g_assert_cmpuint (probe_count_conflicts (probe), ==, 0);
  g_assert_true (probe_get_report (probe, CONFSYNC_REPORT_SETTLED)->revision == settled);
}

static void
test_settle_while_applying (void)
{
  g_autoptr (ConfsyncRevision) theirs = NULL;
  g_autoptr (Probe) probe = torn_probe (&theirs);
  g_autoptr (ConfsyncRevision) ours = confsync_revision_ref (probe_head (probe));
  g_autoptr (ConfsyncRevision) next = make_edit_on ("{'a':5}", ours, 9, T0 + 60);
  g_autoptr (ConfsyncRevision) both = make_edit_on ("{'a':4}", ours, 7, T0 + 30);
  g_autoptr (ConfsyncRevision) settled = make_edit_on ("{'a':4}", both, 9, T0 + 61);
  g_autoptr (ConfsyncOpenConflict) conflict = probe_conflict (probe);
  const char *id = confsync_open_conflict_get_id (conflict);

  g_test_summary ("A decision waits for what is being written; one that came too late says so");
  probe_receive (probe, T0 + 70, "1", next);
  g_assert_true (probe_settle (probe, T0 + 71, id, "{'a':3}"));
  probe_applied (probe, T0 + 72, NULL, NULL);
  probe_applied (probe, T0 + 73, NULL, NULL);
  assert_content (probe_head (probe), "{'a':3}");
  g_assert_cmpint (order_of (probe_head (probe), next), ==, CONFSYNC_ORDER_AFTER);
  g_assert_cmpint (order_of (probe_head (probe), theirs), ==, CONFSYNC_ORDER_AFTER);

  {
    g_autoptr (ConfsyncRevision) again = NULL;
    g_autoptr (Probe) late = torn_probe (&again);

    probe_receive (late, T0 + 70, "1", settled);
    g_assert_true (probe_settle (late, T0 + 71, id, "{'a':3}"));
    probe_applied (late, T0 + 72, NULL, NULL);
    assert_content (probe_head (late), "{'a':4}");
    g_assert_nonnull (strstr (probe_get_report (late, CONFSYNC_REPORT_FAILED)->reason,
                              "settled meanwhile"));
  }
}

static void
test_restart (void)
{
  static const char *const versions[] = { "{'a':1}", "{'a':2}", "{'a':3}", NULL };
  static const char *const fewer[] = { "{'a':2}", NULL };
  g_autoptr (ConfsyncRevision) theirs = NULL;
  g_autoptr (Probe) probe = torn_probe (&theirs);
  g_autoptr (ConfsyncOpenConflict) before = probe_conflict (probe), after = NULL;
  g_autoptr (ConfsyncJson) state = probe_save (probe), again = NULL;
  g_autoptr (Probe) next =
    probe_new_supplied (state, CONFSYNC_ROLE_BOTH, T0 + 100, "{'a':2}", versions);
  g_autoptr (Probe) bare =
    probe_new_supplied (state, CONFSYNC_ROLE_BOTH, T0 + 100, "{'a':2}", fewer);

  g_test_summary ("What is held back survives a restart, and is put to the resolver once more");
  after = probe_conflict (next);
  g_assert_true (confsync_open_conflict_equal (before, after));
  g_assert_cmpint (confsync_open_conflict_get_since (after), ==, T0 + 41);
  assert_value (confsync_open_conflict_get_base (after), "{'a':1}");
  g_assert_cmpuint (probe_count_reports (next, CONFSYNC_REPORT_CONFLICT), ==, 0);
  probe_answer (next, T0 + 101, CONFSYNC_ANSWER_DECLINED, NULL);
  g_assert_cmpuint (probe_count_conflicts (next), ==, 1);
  again = probe_save (next);
  g_assert_true (confsync_json_equal (state, again));
  g_assert_cmpuint (probe_count (next, CONFSYNC_ACTION_KEEP, NULL), ==, 0);

  /* it is offered as before */
  confsync_replica_link_up (next->replica, T0 + 110, "2", FALSE);
  probe_heads (next, T0 + 111, "2", probe_head (next));
  g_assert_true (confsync_revision_same (
    probe_get (next, CONFSYNC_ACTION_SEND_UPDATE, "2")->revision, theirs));

  /* without its document, nothing can be offered */
  g_assert_cmpuint (probe_count_conflicts (bare), ==, 0);
  g_assert_nonnull (probe_get_report (bare, CONFSYNC_REPORT_REMARK)->reason);
}

static void
test_restart_decides (void)
{
  static const char *const versions[] = { "{'a':1}", "{'a':2}", "{'a':3}", NULL };
  g_autoptr (ConfsyncRevision) theirs = NULL;
  g_autoptr (Probe) probe = torn_probe (&theirs);
  g_autoptr (ConfsyncJson) state = probe_save (probe);
  g_autoptr (Probe) local =
    probe_new_supplied (state, CONFSYNC_ROLE_BOTH, T0 + 100, "{'a':2}", versions);
  g_autoptr (Probe) remote =
    probe_new_supplied (state, CONFSYNC_ROLE_BOTH, T0 + 100, "{'a':2}", versions);

  g_test_summary ("Another resolver after a restart decides what waited");
  probe_answer (local, T0 + 101, CONFSYNC_ANSWER_LOCAL, NULL);
  g_assert_cmpuint (probe_count_conflicts (local), ==, 0);
  probe_get_report (local, CONFSYNC_REPORT_SETTLED);
  probe_answer (remote, T0 + 101, CONFSYNC_ANSWER_REMOTE, NULL);
  probe_applied (remote, T0 + 102, NULL, NULL);
  g_assert_true (confsync_revision_same (probe_head (remote), theirs));
  g_assert_cmpuint (probe_count_conflicts (remote), ==, 0);
}

static void
test_answered_later (void)
{
  g_autoptr (ConfsyncRevision) theirs = NULL;
  g_autoptr (Probe) probe = torn_probe (&theirs);

  g_test_summary ("A resolver that took its time may answer what was held back until then");
  /* the question of torn_probe is still there */
  probe_answer (probe, T0 + 60, CONFSYNC_ANSWER_MERGED, "{'a':4}");
  probe_applied (probe, T0 + 61, NULL, NULL);
  g_assert_cmpint (order_of (probe_head (probe), theirs), ==, CONFSYNC_ORDER_AFTER);
  g_assert_cmpuint (probe_count_conflicts (probe), ==, 0);
}

static void
test_two (void)
{
  g_autoptr (ConfsyncRevision) theirs = NULL;
  g_autoptr (Probe) probe = torn_probe (&theirs);
  g_autoptr (ConfsyncRevision) other = make_edit_by ("{'b':1}", 8, T0 + 35);
  g_autoptr (ConfsyncRevision) join = make_edit_on ("{'b':1}", theirs, 8, T0 + 35);
  g_autoptr (ConfsyncRevision) both = make_edit_on ("{'a':3,'b':1}", join, 8, T0 + 70);
  g_autoptr (ConfsyncOpenConflict) first = probe_conflict (probe), last = NULL;

  g_test_summary ("Two others that know nothing of each other are two conflicts; once somebody put "
                  "them together they are the older one");
  probe_clear (probe);
  probe_receive (probe, T0 + 60, "1", other);
  probe_answer (probe, T0 + 61, CONFSYNC_ANSWER_DECLINED, NULL);
  g_assert_cmpuint (probe_count_conflicts (probe), ==, 2);
  probe_clear (probe);
  probe_receive (probe, T0 + 80, "1", both);
  probe_answer (probe, T0 + 81, CONFSYNC_ANSWER_DECLINED, NULL);
  last = probe_conflict (probe);
  g_assert_cmpstr (confsync_open_conflict_get_id (last), ==,
                   confsync_open_conflict_get_id (first));
  probe_get_report (probe, CONFSYNC_REPORT_SETTLED);
}

static void
test_refused (void)
{
  static const char *const versions[] = { "{'a':1}", "{'a':2}", NULL };
  g_autoptr (Probe) probe = probe_new ("{'a':0}");
  g_autoptr (ConfsyncRevision) ours = NULL, theirs = NULL;
  g_autoptr (ConfsyncJson) state = NULL;
  g_autoptr (Probe) next = NULL;

  g_test_summary ("What is not acceptable is carried, and looked at again when that changes");
  probe_edit (probe, T0 + 10, "{'a':1}");
  ours = confsync_revision_ref (probe_head (probe));
  theirs = make_edit_on ("{'a':2}", ours, 7, T0 + 20);
  probe_link (probe, "1");
  probe_link (probe, "2");
  probe_receive (probe, T0 + 30, "1", theirs);
  confsync_replica_apply_refused (probe->replica, T0 + 31, "no zone");
  probe_collect (probe);
  g_assert_true (probe_head (probe) == ours);
  g_assert_cmpint (probe_get (probe, CONFSYNC_ACTION_SEND_ACK, "1")->outcome, ==,
                   CONFSYNC_OUTCOME_REFUSED);
  g_assert_cmpstr (probe_get (probe, CONFSYNC_ACTION_SEND_ACK, "1")->reason, ==, "no zone");
  g_assert_true (probe_get (probe, CONFSYNC_ACTION_SEND_UPDATE, "2")->revision == theirs);
  g_assert_cmpstr (probe_get_report (probe, CONFSYNC_REPORT_REFUSED)->reason, ==, "no zone");
  g_assert_cmpuint (probe_count_conflicts (probe), ==, 0);
  state = probe_save (probe);

  /* once more, over another link: no new report */
  probe_clear (probe);
  probe_receive (probe, T0 + 40, "2", theirs);
  confsync_replica_apply_refused (probe->replica, T0 + 41, "no zone");
  probe_collect (probe);
  g_assert_cmpuint (probe_count_reports (probe, CONFSYNC_REPORT_REFUSED), ==, 0);
  g_assert_cmpint (probe_get (probe, CONFSYNC_ACTION_SEND_ACK, "2")->outcome, ==,
                   CONFSYNC_OUTCOME_REFUSED);

  probe_clear (probe);
  confsync_replica_validation_changed (probe->replica, T0 + 50);
  probe_collect (probe);
  probe_get (probe, CONFSYNC_ACTION_APPLY, NULL);
  probe_applied (probe, T0 + 51, NULL, NULL);
  g_assert_true (probe_head (probe) == theirs);
  /* whoever has it hears that it is taken after all */
  g_assert_cmpint (probe_get (probe, CONFSYNC_ACTION_SEND_ACK, "1")->outcome, ==,
                   CONFSYNC_OUTCOME_TAKEN);

  next = probe_new_supplied (state, CONFSYNC_ROLE_BOTH, T0 + 100, "{'a':1}", versions);
  probe_get (next, CONFSYNC_ACTION_APPLY, NULL);
  probe_applied (next, T0 + 101, NULL, NULL);
  g_assert_true (confsync_revision_same (probe_head (next), theirs));
}

static void
test_unstamped (void)
{
  static const char *const versions[] = { "{'a':1}", NULL };
  g_autoptr (Probe) probe = probe_new ("{'a':0}");
  g_autoptr (ConfsyncRevision) theirs = NULL;
  g_autoptr (ConfsyncJson) state = NULL;
  g_autoptr (Probe) next = NULL;

  g_test_summary ("A crash between a file and its stamp makes no edit of it, where that matters");
  confsync_replica_set_tries (probe->replica, TRUE);
  probe_edit (probe, T0 + 10, "{'a':1}");
  theirs = make_edit_on ("{'a':2}", probe_head (probe), 7, T0 + 20);
  probe_link (probe, "1");
  probe_receive (probe, T0 + 30, "1", theirs);
  probe_get (probe, CONFSYNC_ACTION_PERSIST, NULL);
  state = probe_save (probe);
  next = probe_new_supplied (state, CONFSYNC_ROLE_BOTH, T0 + 100, "{'a':2}", versions);
  g_assert_true (confsync_revision_same (probe_head (next), theirs));
  assert_content (confsync_replica_get_fallback (next->replica), "{'a':1}");
}

static void
test_failed (void)
{
  static const char *const versions[] = { "{'a':0}", "{'a':2}", NULL };
  g_autoptr (Probe) probe = probe_new ("{'a':0}");
  g_autoptr (ConfsyncRevision) theirs = make_edit_by ("{'a':2}", 7, T0 + 20);
  g_autoptr (ConfsyncJson) state = NULL;
  g_autoptr (Probe) next = NULL;

  g_test_summary ("What a disk refused is tried again after a restart; its path may be anything");
  probe_link (probe, "1");
  probe_receive (probe, T0 + 30, "1", theirs);
  probe_applied (probe, T0 + 31, NULL, "/srv/\xff/a.json: no space left");
  g_assert_cmpuint (probe_count_conflicts (probe), ==, 0);
  state = probe_save (probe);
  next = probe_new_supplied (state, CONFSYNC_ROLE_BOTH, T0 + 100, "{'a':0}", versions);
  g_assert_true (
    confsync_revision_same (probe_get (next, CONFSYNC_ACTION_APPLY, NULL)->revision, theirs));
  probe_applied (next, T0 + 101, NULL, NULL);
  g_assert_true (confsync_revision_same (probe_head (next), theirs));
}

static void
test_refused_set (void)
{
  g_autoptr (Probe) probe = probe_new ("{'a':0}");
  g_autoptr (ConfsyncDocument) document = make_document ("{'a':1}");

  g_test_summary ("An edit by the application that is refused is nobody else's to hear of");
  probe_link (probe, "1");
  confsync_replica_set (probe->replica, T0 + 10, document);
  confsync_replica_apply_refused (probe->replica, T0 + 11, "no zone");
  probe_collect (probe);
  assert_content (probe_head (probe), "{'a':0}");
  g_assert_true (confsync_revision_get_document (
                   probe_get_report (probe, CONFSYNC_REPORT_FAILED)->revision) == document);
  g_assert_cmpuint (probe_count (probe, CONFSYNC_ACTION_SEND_UPDATE, NULL), ==, 0);
  g_assert_cmpuint (probe_count (probe, CONFSYNC_ACTION_KEEP, NULL), ==, 0);
}

static void
test_twin (void)
{
  g_autoptr (Probe) probe = probe_new (NULL);
  const guint64 actors[] = { 7, 8 };
  const gint64 times[] = { T0 + 20, T0 + 21 };
  g_autoptr (ConfsyncRevision) first = make_edit_by ("{'a':0}", 5, T0 + 1);
  g_autoptr (ConfsyncRevision) one =
    make_revision ("{'a':2}", CONFSYNC_STAMP_MERGED, 2, actors, times);
  g_autoptr (ConfsyncRevision) other =
    make_revision ("{'a':3}", CONFSYNC_STAMP_MERGED, 2, actors, times);
  gboolean one_wins = confsync_revision_compare (one, other) > 0;
  ConfsyncRevision *winner = one_wins ? one : other, *loser = one_wins ? other : one;

  g_test_summary ("What was undecided is decided by the order once its twin is the head");
  probe_link (probe, "1");
  probe_receive (probe, T0 + 2, "1", first);
  probe_applied (probe, T0 + 3, NULL, NULL);
  probe_receive (probe, T0 + 30, "1", winner);
  probe_answer (probe, T0 + 31, CONFSYNC_ANSWER_DECLINED, NULL);
  probe_clear (probe);
  probe_receive (probe, T0 + 40, "1", loser);
  probe_answer (probe, T0 + 41, CONFSYNC_ANSWER_REMOTE, NULL);
  probe_clear (probe);
  probe_applied (probe, T0 + 42, NULL, NULL);
  g_assert_true (probe_get (probe, CONFSYNC_ACTION_APPLY, NULL)->revision == winner);
  probe_applied (probe, T0 + 43, NULL, NULL);
  g_assert_true (probe_head (probe) == winner);
  g_assert_cmpuint (probe_count_conflicts (probe), ==, 0);
}

/* a(lww) - b(manual) - c(lww): the cut between a and b healed, and nobody decides at b. */
static void
test_no_cut (void)
{
  g_autoptr (Probe) a = probe_new (NULL), b = probe_new (NULL);
  g_autoptr (ConfsyncRevision) base = make_edit_by ("{'a':0}", 9, T0 + 1);
  g_autoptr (ConfsyncRevision) of_c = make_edit_on ("{'a':3}", base, 3, T0 + 30);
  g_autoptr (ConfsyncRevision) of_a = make_edit_on ("{'a':1}", base, 1, T0 + 20);
  g_autoptr (ConfsyncRevision) passed = NULL;

  g_test_summary ("Who decides nothing doesn't cut the house: what it holds back is passed on");
  probe_link (a, "b");
  probe_link (b, "c");
  probe_receive (b, T0 + 2, "c", of_c);
  probe_applied (b, T0 + 3, NULL, NULL);
  probe_link (b, "a");
  probe_receive (b, T0 + 40, "a", of_a);
  probe_answer (b, T0 + 41, CONFSYNC_ANSWER_DECLINED, NULL);
  passed = confsync_revision_ref (probe_get (b, CONFSYNC_ACTION_SEND_UPDATE, "c")->revision);
  g_assert_true (passed == of_a);
  g_assert_true (probe_get (b, CONFSYNC_ACTION_SEND_UPDATE, "a")->revision == of_c);

  probe_receive (a, T0 + 5, "b", of_a);
  probe_applied (a, T0 + 6, NULL, NULL);
  probe_receive (a, T0 + 50, "b", of_c);
  probe_answer (a, T0 + 51, CONFSYNC_ANSWER_REMOTE, NULL);
  probe_applied (a, T0 + 52, NULL, NULL);
  g_assert_true (probe_head (a) == of_c);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/replica/conflict/listed", test_listed);
  g_test_add_func ("/replica/conflict/updated", test_updated);
  g_test_add_func ("/replica/conflict/settle/theirs", test_settle_theirs);
  g_test_add_func ("/replica/conflict/settle/ours", test_settle_ours);
  g_test_add_func ("/replica/conflict/settle/elsewhere", test_settled_elsewhere);
  g_test_add_func ("/replica/conflict/settle/applying", test_settle_while_applying);
  g_test_add_func ("/replica/conflict/restart", test_restart);
  g_test_add_func ("/replica/conflict/restart/decides", test_restart_decides);
  g_test_add_func ("/replica/conflict/answered-later", test_answered_later);
  g_test_add_func ("/replica/conflict/two", test_two);
  g_test_add_func ("/replica/refused", test_refused);
  g_test_add_func ("/replica/refused/set", test_refused_set);
  g_test_add_func ("/replica/unstamped", test_unstamped);
  g_test_add_func ("/replica/failed", test_failed);
  g_test_add_func ("/replica/twin", test_twin);
  g_test_add_func ("/replica/no-cut", test_no_cut);
  return g_test_run ();
}
