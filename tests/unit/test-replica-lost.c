/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * What is told of revisions that lost, of a new epoch, and of conflicts that both ends know of.
 */

#include "config.h"

#include "replica-probe.h"

/* Two links; an own edit is the head. */
static Probe *
make_probe (void)
{
  Probe *probe = probe_new ("{'a':0}");

  probe_link (probe, "1");
  probe_link (probe, "2");
  probe_edit (probe, T0 + 10, "{'a':1}");
  probe_clear (probe);
  return probe;
}

static guint
count_kept (Probe *probe)
{
  guint n = 0;

  for (guint i = 0; i < probe->actions->len; i++)
    {
      ConfsyncAction *action = probe->actions->pdata[i];

      n += action->type == CONFSYNC_ACTION_KEEP && action->cause == CONFSYNC_CAUSE_LOST;
    }
  return n;
}

static void
test_once (void)
{
  g_autoptr (Probe) probe = make_probe ();
  g_autoptr (ConfsyncRevision) theirs = make_edit_by ("{'a':2}", 7, T0 + 5);

  g_test_summary ("What lost is kept and told of once, however many links bring it");
  for (guint i = 1; i <= 2; i++)
    {
      g_autofree char *link = g_strdup_printf ("%u", i);

      probe_receive (probe, T0 + 20 + i, link, theirs);
      probe_answer (probe, T0 + 20 + i, CONFSYNC_ANSWER_LOCAL, NULL);
      g_assert_cmpuint (probe_count (probe, CONFSYNC_ACTION_SEND_ACK, link), ==, 1);
      g_assert_cmpuint (probe_count_reports (probe, CONFSYNC_REPORT_LOST), ==, i == 1);
      g_assert_cmpuint (count_kept (probe), ==, i == 1);
      probe_clear (probe);
    }
}

static void
test_after_apply (void)
{
  g_autoptr (Probe) probe = make_probe ();
  g_autoptr (ConfsyncRevision) theirs = make_edit_by ("{'a':2}", 7, T0 + 20);

  g_test_summary ("It has lost when the other one is live, not when the disk refuses that");
  probe_receive (probe, T0 + 21, "1", theirs);
  probe_answer (probe, T0 + 22, CONFSYNC_ANSWER_REMOTE, NULL);
  g_assert_cmpuint (probe_count_reports (probe, CONFSYNC_REPORT_LOST), ==, 0);
  probe_applied (probe, T0 + 23, NULL, "disk full");
  g_assert_cmpuint (probe_count_reports (probe, CONFSYNC_REPORT_LOST), ==, 0);
  probe_get_report (probe, CONFSYNC_REPORT_FAILED);

  probe_clear (probe);
  confsync_replica_tick (probe->replica, T0 + 24);
  probe_collect (probe);
  probe_answer (probe, T0 + 25, CONFSYNC_ANSWER_REMOTE, NULL);
  probe_applied (probe, T0 + 26, NULL, NULL);
  assert_content (probe_get_report (probe, CONFSYNC_REPORT_LOST)->revision, "{'a':1}");
  g_assert_cmpuint (count_kept (probe), ==, 1);
}

static void
test_epoch (void)
{
  g_autoptr (Probe) probe = make_probe ();
  g_autoptr (Probe) other = probe_new (NULL);
  g_autoptr (Probe) newcomer = probe_new (NULL);
  g_autoptr (ConfsyncRevision) first = confsync_revision_ref (probe_head (probe));
  ConfsyncAction *report;

  g_test_summary ("A new epoch is told of where it was begun and where it gets to, but not to who "
                  "was in none before");
  probe_link (other, "1");
  probe_receive (other, T0 + 11, "1", first);
  probe_applied (other, T0 + 12, NULL, NULL);
  g_assert_cmpuint (probe_count_reports (other, CONFSYNC_REPORT_EPOCH), ==, 0);
  confsync_replica_reset_clock (probe->replica, T0 + 30);
  probe_collect (probe);
  report = probe_get_report (probe, CONFSYNC_REPORT_EPOCH);
  g_assert_cmpuint (report->count, ==, 1);
  g_assert_true (report->revision == probe_head (probe));

  probe_receive (other, T0 + 31, "1", probe_head (probe));
  g_assert_cmpuint (probe_get_report (other, CONFSYNC_REPORT_EPOCH)->count, ==, 1);

  probe_link (newcomer, "1");
  probe_receive (newcomer, T0 + 31, "1", probe_head (probe));
  probe_applied (newcomer, T0 + 32, NULL, NULL);
  g_assert_cmpuint (probe_count_reports (newcomer, CONFSYNC_REPORT_EPOCH), ==, 0);
}

/* @link answers for the head: its own one is @held, and a person has to decide there. */
static guint
answer_pending (Probe *probe, const char *link, ConfsyncRevision *held)
{
  g_autoptr (ConfsyncMessage) ack = confsync_message_new (CONFSYNC_MESSAGE_ACK);
  ConfsyncRevision *head = probe_head (probe);

  probe_clear (probe);
  ack->for_stamp = confsync_stamp_ref (confsync_revision_get_stamp (head));
  ack->for_hash = g_strdup (confsync_revision_get_hash (head));
  ack->stamp = confsync_stamp_ref (confsync_revision_get_stamp (held));
  ack->config_hash = g_strdup (confsync_revision_get_hash (held));
  ack->outcome = CONFSYNC_OUTCOME_PENDING;
  ack->reason = g_strdup ("waits for a decision");
  confsync_replica_got_ack (probe->replica, T0 + 30, link, ack);
  probe_collect (probe);
  return probe_get_report (probe, CONFSYNC_REPORT_BEHIND)->count;
}

static void
test_same_conflict (void)
{
  g_autoptr (Probe) probe = make_probe ();
  g_autoptr (ConfsyncRevision) theirs = make_edit_by ("{'a':2}", 7, T0 + 20);
  g_autoptr (ConfsyncRevision) others = make_edit_by ("{'a':3}", 8, T0 + 20);

  g_test_summary ("Who waits for the decision that this end waits for says nothing new");
  probe_receive (probe, T0 + 21, "1", theirs);
  probe_answer (probe, T0 + 22, CONFSYNC_ANSWER_DECLINED, NULL);
  g_assert_cmpuint (answer_pending (probe, "1", theirs), ==, 1);
  g_assert_cmpuint (answer_pending (probe, "2", others), ==, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/replica/lost/once", test_once);
  g_test_add_func ("/replica/lost/after-apply", test_after_apply);
  g_test_add_func ("/replica/epoch-told", test_epoch);
  g_test_add_func ("/replica/same-conflict", test_same_conflict);
  return g_test_run ();
}
