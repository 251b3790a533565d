/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * The rules of a replica about content: what a revision means for the head, how edits are stamped,
 * who wins, and what happens while an apply is under way. What goes over links is in
 * test-replica-links.c, lives and restarts in test-replica-life.c.
 */

#include "config.h"

#include "replica-probe.h"

static void
link_up (Probe *probe, const char *link)
{
  confsync_replica_link_up (probe->replica, T0, link, FALSE);
  probe_collect (probe);
  probe_clear (probe);
}

/* A replica whose head is an edit of its own. */
static Probe *
edited_probe (const char *text)
{
  Probe *probe = probe_new ("{'a':0}");

  probe_edit (probe, T0 + 10, text);
  link_up (probe, "1");
  return probe;
}

static void
test_edit (void)
{
  g_autoptr (Probe) probe = probe_new ("{'a':0}");
  ConfsyncStamp *stamp;

  g_test_summary ("An edit is stamped after its base, kept, reported and saved");
  probe_clear (probe);
  probe_edit (probe, T0 + 5, "{'a':1}");
  stamp = confsync_revision_get_stamp (probe_head (probe));
  assert_content (probe_head (probe), "{'a':1}");
  g_assert_cmpint (confsync_stamp_get_time (stamp), ==, T0 + 5);
  g_assert_cmpstr (confsync_stamp_get_author (stamp), ==, "self");
  g_assert_cmpint (confsync_stamp_get_kind (stamp), ==, CONFSYNC_STAMP_EDIT);
  g_assert_cmpint (probe_get (probe, CONFSYNC_ACTION_KEEP, NULL)->cause, ==, CONFSYNC_CAUSE_EDIT);
  assert_content (probe_get_report (probe, CONFSYNC_REPORT_CHANGED)->other, "{'a':0}");
  probe_get (probe, CONFSYNC_ACTION_PERSIST, NULL);
  g_assert_cmpuint (probe_count (probe, CONFSYNC_ACTION_APPLY, NULL), ==, 0);
}

static void
test_edit_same (void)
{
  g_autoptr (Probe) probe = edited_probe ("{'a':1}");

  g_test_summary ("What is the head already is no edit, however it is spelt: applies don't echo");
  probe_edit (probe, T0 + 20, "{ 'a' : 1.0 }");
  g_assert_cmpuint (probe->actions->len, ==, 0);
}

static void
test_edit_behind (void)
{
  g_autoptr (Probe) probe = edited_probe ("{'a':1}");
  g_autoptr (ConfsyncRevision) ahead = make_edit_on ("{'a':2}", probe_head (probe), 7, T0 * 9);
  guint64 actor = probe_actor (probe);

  g_test_summary ("Times never go back: an edit comes after whatever was seen, and its own clock");
  probe_receive (probe, T0 + 30, "1", ahead);
  probe_applied (probe, T0 + 31, NULL, NULL);
  probe_edit (probe, T0 + 40, "{'a':3}");
  g_assert_cmpint (time_of (probe_head (probe), actor), ==, T0 * 9 + 1);
  probe_edit (probe, T0 + 20, "{'a':4}");
  g_assert_cmpint (time_of (probe_head (probe), actor), ==, T0 * 9 + 2);
  g_assert_cmpint (order_of (probe_head (probe), ahead), ==, CONFSYNC_ORDER_AFTER);
}

static void
test_after (void)
{
  g_autoptr (Probe) probe = edited_probe ("{'a':1}");
  g_autoptr (ConfsyncRevision) before = confsync_revision_ref (probe_head (probe));
  g_autoptr (ConfsyncRevision) after = make_edit_on ("{'a':2}", before, 7, T0 + 20);
  ConfsyncAction *apply;

  g_test_summary ("A revision that includes the head is applied, and then acknowledged");
  probe_receive (probe, T0 + 30, "1", after);
  apply = probe_get (probe, CONFSYNC_ACTION_APPLY, NULL);
  g_assert_true (apply->revision == after);
  g_assert_true (apply->other == before);
  g_assert_true (confsync_replica_is_busy (probe->replica));
  g_assert_true (probe_head (probe) == before);
  g_assert_cmpuint (probe_count (probe, CONFSYNC_ACTION_SEND_ACK, NULL), ==, 0);

  probe_applied (probe, T0 + 31, NULL, NULL);
  g_assert_true (probe_head (probe) == after);
  g_assert_cmpint (probe_get (probe, CONFSYNC_ACTION_SEND_ACK, "1")->outcome, ==,
                   CONFSYNC_OUTCOME_TAKEN);
  g_assert_cmpint (probe_get (probe, CONFSYNC_ACTION_KEEP, NULL)->cause, ==,
                   CONFSYNC_CAUSE_REMOTE);
  probe_get_report (probe, CONFSYNC_REPORT_APPLIED);
  g_assert_cmpuint (probe_count (probe, CONFSYNC_ACTION_SEND_UPDATE, NULL), ==, 0);
}

static void
test_before (void)
{
  g_autoptr (Probe) probe = edited_probe ("{'a':1}");
  g_autoptr (ConfsyncRevision) old = confsync_revision_ref (probe_head (probe));

  g_test_summary ("An old revision is answered with what is held");
  probe_edit (probe, T0 + 20, "{'a':2}");
  probe_ack (probe, T0 + 21, "1", probe_head (probe), old, CONFSYNC_OUTCOME_REFUSED);
  link_up (probe, "2");
  probe_receive (probe, T0 + 30, "2", old);
  g_assert_cmpuint (probe_count (probe, CONFSYNC_ACTION_APPLY, NULL), ==, 0);
  g_assert_true (probe_get (probe, CONFSYNC_ACTION_SEND_ACK, "2")->revision == old);
  g_assert_true (probe_get (probe, CONFSYNC_ACTION_SEND_UPDATE, "2")->revision ==
                 probe_head (probe));
}

static void
test_equal (void)
{
  g_autoptr (Probe) probe = edited_probe ("{'a':1}");
  const guint64 actors[] = { 7, 8 };
  const gint64 times[] = { T0 + 20, T0 + 21 };
  g_autoptr (ConfsyncRevision) one =
    make_revision ("{'a':2}", CONFSYNC_STAMP_MERGED, 2, actors, times);
  g_autoptr (ConfsyncRevision) other =
    make_revision ("{'a':3}", CONFSYNC_STAMP_MERGED, 2, actors, times);
  gboolean one_wins = confsync_revision_compare (one, other) > 0;
  ConfsyncRevision *winner = one_wins ? one : other, *loser = one_wins ? other : one;

  g_test_summary ("Equal vectors with different contents: the total order decides, nobody asks");
  probe_receive (probe, T0 + 30, "1", loser);
  probe_answer (probe, T0 + 30, CONFSYNC_ANSWER_REMOTE, NULL);
  probe_applied (probe, T0 + 31, NULL, NULL);
  probe_clear (probe);
  probe_receive (probe, T0 + 40, "1", winner);
  g_assert_cmpuint (probe_count (probe, CONFSYNC_ACTION_RESOLVE, NULL), ==, 0);
  g_assert_true (probe_get (probe, CONFSYNC_ACTION_APPLY, NULL)->revision == winner);
  probe_applied (probe, T0 + 41, NULL, NULL);

  probe_clear (probe);
  probe_receive (probe, T0 + 50, "1", loser);
  g_assert_cmpuint (probe_count (probe, CONFSYNC_ACTION_APPLY, NULL), ==, 0);
  g_assert_true (probe_get (probe, CONFSYNC_ACTION_SEND_UPDATE, "1")->revision == winner);
  g_assert_true (probe_head (probe) == winner);
}

static void
test_concurrent_remote (void)
{
  g_autoptr (Probe) probe = edited_probe ("{'a':1}");
  g_autoptr (ConfsyncRevision) ours = confsync_revision_ref (probe_head (probe));
  g_autoptr (ConfsyncRevision) theirs = make_edit_by ("{'a':2}", 7, T0 + 20);
  ConfsyncAction *question, *lost;

  g_test_summary ("The winner keeps its own stamp, and the loser is kept as a version");
  probe_receive (probe, T0 + 30, "1", theirs);
  question = probe_get (probe, CONFSYNC_ACTION_RESOLVE, NULL);
  g_assert_true (question->other == ours);
  g_assert_true (question->revision == theirs);
  g_assert_null (question->base);

  probe_answer (probe, T0 + 31, CONFSYNC_ANSWER_REMOTE, NULL);
  probe_applied (probe, T0 + 32, NULL, NULL);
  g_assert_cmpuint (probe_count (probe, CONFSYNC_ACTION_KEEP, NULL), ==, 2);
  lost = probe_get_report (probe, CONFSYNC_REPORT_LOST);
  g_assert_true (lost->revision == ours);
  g_assert_true (probe_get_report (probe, CONFSYNC_REPORT_LOST)->other == theirs);
  /* no join: the stamp would claim for everyone that the loser is included */
  g_assert_true (confsync_revision_same (probe_head (probe), theirs));
}

static void
test_concurrent_local (void)
{
  g_autoptr (Probe) probe = edited_probe ("{'a':1}");
  g_autoptr (ConfsyncRevision) ours = confsync_revision_ref (probe_head (probe));
  g_autoptr (ConfsyncRevision) theirs = make_edit_by ("{'a':2}", 7, T0 + 2);

  g_test_summary ("Where the local side wins, the other end is told what it is");
  probe_receive (probe, T0 + 30, "1", theirs);
  probe_answer (probe, T0 + 31, CONFSYNC_ANSWER_LOCAL, NULL);
  g_assert_true (probe_head (probe) == ours);
  g_assert_true (probe_get (probe, CONFSYNC_ACTION_KEEP, NULL)->revision == theirs);
  probe_get (probe, CONFSYNC_ACTION_SEND_ACK, "1");
  g_assert_true (probe_get (probe, CONFSYNC_ACTION_SEND_UPDATE, "1")->revision == ours);
}

static void
test_merged (void)
{
  g_autoptr (Probe) probe = probe_new (NULL);
  g_autoptr (ConfsyncRevision) base = make_edit_by ("{'a':0}", 7, T0 + 1);
  g_autoptr (ConfsyncRevision) theirs = make_edit_on ("{'a':0,'b':1}", base, 7, T0 + 50);
  g_autoptr (ConfsyncRevision) ours = NULL;

  g_test_summary ("A merge includes both sides, has the greater one's time, and finds its base");
  link_up (probe, "1");
  probe_receive (probe, T0 + 5, "1", base);
  probe_applied (probe, T0 + 6, NULL, NULL);
  probe_edit (probe, T0 + 10, "{'a':1}");
  ours = confsync_revision_ref (probe_head (probe));
  probe_clear (probe);
  probe_receive (probe, T0 + 60, "1", theirs);
  g_assert_true (probe_get (probe, CONFSYNC_ACTION_RESOLVE, NULL)->base == base);
  probe_answer (probe, T0 + 61, CONFSYNC_ANSWER_MERGED, "{'a':1,'b':1}");
  probe_applied (probe, T0 + 62, NULL, NULL);

  assert_content (probe_head (probe), "{'a':1,'b':1}");
  g_assert_cmpint (order_of (probe_head (probe), ours), ==, CONFSYNC_ORDER_AFTER);
  g_assert_cmpint (order_of (probe_head (probe), theirs), ==, CONFSYNC_ORDER_AFTER);
  g_assert_cmpint (confsync_stamp_get_time (confsync_revision_get_stamp (probe_head (probe))), ==,
                   T0 + 50);
  g_assert_cmpint (confsync_stamp_get_kind (confsync_revision_get_stamp (probe_head (probe))), ==,
                   CONFSYNC_STAMP_MERGED);
}

static void
test_same_content (void)
{
  g_autoptr (Probe) probe = edited_probe ("{'a':1}");
  g_autoptr (ConfsyncRevision) ours = confsync_revision_ref (probe_head (probe));
  g_autoptr (ConfsyncRevision) theirs = make_edit_by ("{'a':1}", 7, T0 + 20);

  g_test_summary ("Equal contents join without a question and without touching the file");
  probe_receive (probe, T0 + 30, "1", theirs);
  g_assert_cmpuint (probe_count (probe, CONFSYNC_ACTION_RESOLVE, NULL), ==, 0);
  g_assert_cmpuint (probe_count (probe, CONFSYNC_ACTION_APPLY, NULL), ==, 0);
  g_assert_cmpint (order_of (probe_head (probe), ours), ==, CONFSYNC_ORDER_AFTER);
  g_assert_cmpint (order_of (probe_head (probe), theirs), ==, CONFSYNC_ORDER_AFTER);
  g_assert_cmpuint (probe_count_reports (probe, CONFSYNC_REPORT_APPLIED), ==, 0);
}

static void
test_initial_loses (void)
{
  g_autoptr (Probe) probe = edited_probe ("{'a':1}");
  g_autoptr (ConfsyncRevision) ours = confsync_revision_ref (probe_head (probe));
  g_autoptr (ConfsyncRevision) edit = make_edit_on ("{'a':9}", ours, 7, T0 * 5);
  g_autoptr (ConfsyncStamp) stamp =
    confsync_stamp_new (CONFSYNC_STAMP_INITIAL, 0, T0 * 5, "other",
                        confsync_stamp_get_vector (confsync_revision_get_stamp (edit)));
  g_autoptr (ConfsyncRevision) initial =
    confsync_revision_new (confsync_revision_get_document (edit), stamp);

  g_test_summary ("An initial content never wins over an edit, whatever its vector and time say");
  probe_receive (probe, T0 + 30, "1", initial);
  g_assert_cmpuint (probe_count (probe, CONFSYNC_ACTION_RESOLVE, NULL), ==, 0);
  g_assert_cmpuint (probe_count (probe, CONFSYNC_ACTION_APPLY, NULL), ==, 0);
  g_assert_true (probe_head (probe) == ours);
  g_assert_cmpint (probe_get (probe, CONFSYNC_ACTION_KEEP, NULL)->cause, ==, CONFSYNC_CAUSE_LOST);
}

static void
test_initial_gives_way (void)
{
  g_autoptr (Probe) probe = probe_new ("{'a':1}");
  g_autoptr (ConfsyncRevision) edit = make_edit_by ("{'a':2}", 7, 5);
  g_autoptr (ConfsyncRevision) own = confsync_revision_ref (probe_head (probe));

  g_test_summary ("A newcomer takes what the others have, however old it is");
  link_up (probe, "1");
  probe_receive (probe, T0 + 30, "1", edit);
  g_assert_true (probe_get (probe, CONFSYNC_ACTION_APPLY, NULL)->revision == edit);
  probe_applied (probe, T0 + 31, NULL, NULL);
  g_assert_true (probe_get_report (probe, CONFSYNC_REPORT_LOST)->revision == own);
  g_assert_true (confsync_revision_same (probe_head (probe), edit));
}

static void
test_initials_count (void)
{
  g_autoptr (Probe) probe = probe_new ("{'a':1}");
  const guint64 actors[] = { 7, 8 };
  const gint64 later[] = { T0 + 500, T0 + 600 };
  g_autoptr (ConfsyncRevision) fleet =
    make_revision ("{'a':2}", CONFSYNC_STAMP_INITIAL, 2, actors, later);
  g_autoptr (ConfsyncRevision) single = make_revision ("{'a':3}", CONFSYNC_STAMP_INITIAL, 1,
                                                       &(guint64){ 9 }, &(gint64){ 5 });
  guint64 actor = probe_actor (probe);

  g_test_summary ("Among initials more holders win, then the earlier start; losers join");
  link_up (probe, "1");
  probe_receive (probe, T0 + 700, "1", fleet);
  probe_applied (probe, T0 + 701, NULL, NULL);
  assert_content (probe_head (probe), "{'a':2}");
  g_assert_cmpint (time_of (probe_head (probe), actor), ==, T0);
  g_assert_cmpint (confsync_stamp_get_kind (confsync_revision_get_stamp (probe_head (probe))), ==,
                   CONFSYNC_STAMP_INITIAL);

  probe_clear (probe);
  probe_receive (probe, T0 + 800, "1", single);
  assert_content (probe_head (probe), "{'a':2}");
  g_assert_cmpint (time_of (probe_head (probe), 9), ==, 5);
  g_assert_cmpuint (probe_count (probe, CONFSYNC_ACTION_APPLY, NULL), ==, 0);
}

static void
test_first_content (void)
{
  g_autoptr (Probe) probe = probe_new (NULL);
  g_autoptr (ConfsyncRevision) first = make_edit_by ("{'a':1}", 7, T0 + 1);

  g_test_summary ("Without a file, the first revision is taken");
  g_assert_null (probe_head (probe));
  link_up (probe, "1");
  probe_receive (probe, T0 + 2, "1", first);
  g_assert_null (probe_get (probe, CONFSYNC_ACTION_APPLY, NULL)->other);
  probe_applied (probe, T0 + 3, NULL, NULL);
  g_assert_true (probe_head (probe) == first);
}

static void
test_displaced (void)
{
  g_autoptr (Probe) probe = edited_probe ("{'a':1}");
  g_autoptr (ConfsyncRevision) before = confsync_revision_ref (probe_head (probe));
  g_autoptr (ConfsyncRevision) after = make_edit_on ("{'a':2}", before, 7, T0 + 20);
  ConfsyncAction *question;

  g_test_summary ("A displaced edit is one on what the file held before, so it is resolved");
  probe_receive (probe, T0 + 30, "1", after);
  probe_applied (probe, T0 + 31, "{'a':3}", NULL);
  question = probe_get (probe, CONFSYNC_ACTION_RESOLVE, NULL);
  g_assert_true (question->other == after);
  assert_content (question->revision, "{'a':3}");
  g_assert_cmpint (order_of (question->revision, before), ==, CONFSYNC_ORDER_AFTER);
  g_assert_cmpint (order_of (question->revision, after), ==, CONFSYNC_ORDER_CONCURRENT);
  g_assert_true (question->base == before);

  probe_answer (probe, T0 + 32, CONFSYNC_ANSWER_REMOTE, NULL);
  probe_applied (probe, T0 + 33, NULL, NULL);
  assert_content (probe_head (probe), "{'a':3}");
  g_assert_cmpuint (probe_count (probe, CONFSYNC_ACTION_SEND_UPDATE, "1"), ==, 1);
}

static void
displace (Probe *probe, gint64 now, const char *text)
{
  g_autoptr (ConfsyncDocument) document = make_document (text);

  confsync_replica_displaced (probe->replica, now, document);
  probe_collect (probe);
}

static void
test_displaced_late (void)
{
  g_autoptr (Probe) probe = edited_probe ("{'a':1}");
  g_autoptr (ConfsyncRevision) before = confsync_revision_ref (probe_head (probe));
  g_autoptr (ConfsyncRevision) second = make_edit_on ("{'a':2}", before, 7, T0 + 20);
  g_autoptr (ConfsyncRevision) third = make_edit_on ("{'a':3}", second, 7, T0 + 40);

  g_test_summary ("Who wrote late to a file that was displaced had what it held before; after two "
                  "quick applies nobody knows which");
  probe_receive (probe, T0 * 10, "1", second);
  probe_applied (probe, T0 * 10, NULL, NULL);
  probe_edit (probe, T0 * 10 + 1, "{'a':4}");
  probe_clear (probe);
  displace (probe, T0 * 10 + 2, "{'a':5}");
  g_assert_cmpint (order_of (probe_get (probe, CONFSYNC_ACTION_RESOLVE, NULL)->revision, before),
                   ==, CONFSYNC_ORDER_AFTER);
  g_assert_cmpint (order_of (probe_get (probe, CONFSYNC_ACTION_RESOLVE, NULL)->revision, second),
                   ==, CONFSYNC_ORDER_CONCURRENT);

  probe_clear (probe);
  probe_receive (probe, T0 * 10 + 3, "1", third);
  probe_answer (probe, T0 * 10 + 3, CONFSYNC_ANSWER_REMOTE, NULL);
  probe_applied (probe, T0 * 10 + 4, NULL, NULL);
  probe_clear (probe);
  displace (probe, T0 * 10 + 5, "{'a':6}");
  g_assert_cmpint (order_of (probe_get (probe, CONFSYNC_ACTION_RESOLVE, NULL)->revision, second),
                   ==, CONFSYNC_ORDER_CONCURRENT);
}

static void
test_displaced_while_busy (void)
{
  g_autoptr (Probe) probe = edited_probe ("{'a':1}");
  g_autoptr (ConfsyncRevision) before = confsync_revision_ref (probe_head (probe));
  g_autoptr (ConfsyncRevision) second = make_edit_on ("{'a':2}", before, 7, T0 + 20);
  g_autoptr (ConfsyncRevision) third = make_edit_on ("{'a':3}", second, 7, T0 + 40);

  g_test_summary ("A late edit that comes during the next apply still has its own base");
  probe_receive (probe, T0 * 10, "1", second);
  probe_applied (probe, T0 * 10, NULL, NULL);
  probe_receive (probe, T0 * 20, "1", third);
  displace (probe, T0 * 20, "{'a':5}");
  g_assert_cmpuint (probe_count (probe, CONFSYNC_ACTION_RESOLVE, NULL), ==, 0);
  probe_applied (probe, T0 * 20 + 1, NULL, NULL);
  g_assert_cmpint (order_of (probe_get (probe, CONFSYNC_ACTION_RESOLVE, NULL)->revision, second),
                   ==, CONFSYNC_ORDER_CONCURRENT);
  g_assert_cmpint (order_of (probe_get (probe, CONFSYNC_ACTION_RESOLVE, NULL)->revision, before),
                   ==, CONFSYNC_ORDER_AFTER);
}

static void
test_busy (void)
{
  g_autoptr (Probe) probe = edited_probe ("{'a':1}");
  g_autoptr (ConfsyncRevision) second =
    make_edit_on ("{'a':2}", probe_head (probe), 7, T0 + 20);
  g_autoptr (ConfsyncRevision) third = make_edit_on ("{'a':3}", second, 7, T0 + 21);

  g_test_summary ("What comes during an apply waits; the file is looked at again after it");
  probe_receive (probe, T0 + 30, "1", second);
  probe_receive (probe, T0 + 31, "1", third);
  probe_edit (probe, T0 + 32, "{'a':1}");
  g_assert_cmpuint (probe_count (probe, CONFSYNC_ACTION_APPLY, NULL), ==, 1);
  g_assert_cmpuint (probe_count (probe, CONFSYNC_ACTION_RELOAD, NULL), ==, 0);

  probe_clear (probe);
  probe_applied (probe, T0 + 33, NULL, NULL);
  g_assert_true (probe_get (probe, CONFSYNC_ACTION_APPLY, NULL)->revision == third);
  probe_applied (probe, T0 + 34, NULL, NULL);
  probe_get (probe, CONFSYNC_ACTION_RELOAD, NULL);
  g_assert_true (probe_head (probe) == third);
}

static void
test_answer_too_late (void)
{
  g_autoptr (Probe) probe = edited_probe ("{'a':1}");
  g_autoptr (ConfsyncRevision) theirs = make_edit_by ("{'a':2}", 7, T0 + 20);
  g_autoptr (ConfsyncAction) question = NULL;
  const ConfsyncResolution remote = { .answer = CONFSYNC_ANSWER_REMOTE };

  g_test_summary ("A decision over what is no longer the head is asked for again");
  probe_receive (probe, T0 + 30, "1", theirs);
  question = confsync_action_new (CONFSYNC_ACTION_RESOLVE, "1", theirs, probe_head (probe));
  probe_edit (probe, T0 + 31, "{'a':3}");
  probe_clear (probe);
  confsync_replica_resolved (probe->replica, T0 + 32, "1", question->other, theirs, NULL, &remote);
  probe_collect (probe);
  assert_content (probe_head (probe), "{'a':3}");
  g_assert_cmpuint (probe_count (probe, CONFSYNC_ACTION_APPLY, NULL), ==, 0);
  assert_content (probe_get (probe, CONFSYNC_ACTION_RESOLVE, NULL)->other, "{'a':3}");
}

static void
test_apply_fails (void)
{
  g_autoptr (Probe) probe = edited_probe ("{'a':1}");
  g_autoptr (ConfsyncRevision) ours = confsync_revision_ref (probe_head (probe));
  g_autoptr (ConfsyncRevision) after = make_edit_on ("{'a':2}", ours, 7, T0 + 20);
  ConfsyncAction *ack;

  g_test_summary ("What the disk refused is held back, passed on, and tried again at a tick");
  link_up (probe, "2");
  probe_receive (probe, T0 + 30, "1", after);
  probe_applied (probe, T0 + 31, NULL, "disk full");
  ack = probe_get (probe, CONFSYNC_ACTION_SEND_ACK, "1");
  g_assert_cmpint (ack->outcome, ==, CONFSYNC_OUTCOME_PENDING);
  g_assert_cmpstr (ack->reason, ==, "disk full");
  g_assert_cmpstr (probe_get_report (probe, CONFSYNC_REPORT_FAILED)->reason, ==, "disk full");
  g_assert_true (probe_get (probe, CONFSYNC_ACTION_SEND_UPDATE, "2")->revision == after);
  g_assert_true (probe_head (probe) == ours);

  probe_clear (probe);
  confsync_replica_tick (probe->replica, T0 + 40);
  probe_collect (probe);
  g_assert_true (probe_get (probe, CONFSYNC_ACTION_APPLY, NULL)->revision == after);
  probe_applied (probe, T0 + 41, NULL, NULL);
  g_assert_true (probe_head (probe) == after);
  /* who sent it took us for behind */
  g_assert_cmpint (probe_get (probe, CONFSYNC_ACTION_SEND_ACK, "1")->outcome, ==,
                   CONFSYNC_OUTCOME_TAKEN);
  probe_clear (probe);
  confsync_replica_tick (probe->replica, T0 + 50);
  probe_collect (probe);
  g_assert_cmpuint (probe->actions->len, ==, 0);
}

static void
set (Probe *probe, gint64 now, const char *text)
{
  g_autoptr (ConfsyncDocument) document = make_document (text);

  confsync_replica_set (probe->replica, now, document);
  probe_collect (probe);
}

static void
test_set (void)
{
  g_autoptr (Probe) probe = edited_probe ("{'a':1}");

  g_test_summary ("What the application sets is written first, then an edit; the same is no edit");
  set (probe, T0 + 20, "{'a':1}");
  probe_get_report (probe, CONFSYNC_REPORT_UNCHANGED);
  g_assert_cmpuint (probe_count (probe, CONFSYNC_ACTION_APPLY, NULL), ==, 0);

  set (probe, T0 + 30, "{'a':2}");
  assert_content (probe_get (probe, CONFSYNC_ACTION_APPLY, NULL)->revision, "{'a':2}");
  set (probe, T0 + 31, "{'a':3}");
  g_assert_cmpuint (probe_count_reports (probe, CONFSYNC_REPORT_CHANGED), ==, 0);
  probe_applied (probe, T0 + 32, NULL, NULL);
  g_assert_cmpuint (probe_count_reports (probe, CONFSYNC_REPORT_CHANGED), ==, 1);
  probe_applied (probe, T0 + 33, NULL, NULL);
  assert_content (probe_head (probe), "{'a':3}");
  g_assert_cmpuint (probe_count_reports (probe, CONFSYNC_REPORT_CHANGED), ==, 2);
}

static void
test_set_fails (void)
{
  g_autoptr (Probe) probe = edited_probe ("{'a':1}");

  g_test_summary ("What can't be written is told to whoever set it, and nobody else");
  set (probe, T0 + 30, "{'a':2}");
  probe_applied (probe, T0 + 31, NULL, "disk full");
  assert_content (probe_get_report (probe, CONFSYNC_REPORT_FAILED)->revision, "{'a':2}");
  assert_content (probe_head (probe), "{'a':1}");
  g_assert_cmpuint (probe_count (probe, CONFSYNC_ACTION_SEND_UPDATE, NULL), ==, 0);
  probe_clear (probe);
  confsync_replica_tick (probe->replica, T0 + 40);
  probe_collect (probe);
  g_assert_cmpuint (probe->actions->len, ==, 0);
}

static void
test_ahead (void)
{
  g_autoptr (Probe) probe = edited_probe ("{'a':1}");
  const gint64 ahead = T0 + 30 + 61 * G_USEC_PER_SEC;
  g_autoptr (ConfsyncRevision) theirs = make_edit_by ("{'a':2}", 7, ahead);

  g_test_summary ("A clock far ahead is accepted, and named");
  probe_receive (probe, T0 + 30, "1", theirs);
  g_assert_cmpuint (probe_get_report (probe, CONFSYNC_REPORT_AHEAD)->count, ==, 61);
  probe_get (probe, CONFSYNC_ACTION_RESOLVE, NULL);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/replica/edit", test_edit);
  g_test_add_func ("/replica/edit/same", test_edit_same);
  g_test_add_func ("/replica/edit/clock-behind", test_edit_behind);
  g_test_add_func ("/replica/received/after", test_after);
  g_test_add_func ("/replica/received/before", test_before);
  g_test_add_func ("/replica/received/equal", test_equal);
  g_test_add_func ("/replica/received/concurrent-remote", test_concurrent_remote);
  g_test_add_func ("/replica/received/concurrent-local", test_concurrent_local);
  g_test_add_func ("/replica/received/merged", test_merged);
  g_test_add_func ("/replica/received/same-content", test_same_content);
  g_test_add_func ("/replica/received/first", test_first_content);
  g_test_add_func ("/replica/received/ahead", test_ahead);
  g_test_add_func ("/replica/initial/loses", test_initial_loses);
  g_test_add_func ("/replica/initial/gives-way", test_initial_gives_way);
  g_test_add_func ("/replica/initial/count", test_initials_count);
  g_test_add_func ("/replica/displaced", test_displaced);
  g_test_add_func ("/replica/displaced/late", test_displaced_late);
  g_test_add_func ("/replica/displaced/while-busy", test_displaced_while_busy);
  g_test_add_func ("/replica/busy", test_busy);
  g_test_add_func ("/replica/answer-too-late", test_answer_too_late);
  g_test_add_func ("/replica/apply-fails", test_apply_fails);
  g_test_add_func ("/replica/set", test_set);
  g_test_add_func ("/replica/set/fails", test_set_fails);
  return g_test_run ();
}
