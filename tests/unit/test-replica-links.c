/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * The rules of a replica about its links: who is told what, how often, and what is passed on for
 * others.
 */

#include "config.h"

#include "confsync-replica-link-private.h"
#include "replica-probe.h"

static void
link_up (Probe *probe, const char *link, gboolean leaf)
{
  confsync_replica_link_up (probe->replica, T0, link, leaf);
  probe_collect (probe);
}

/* A replica whose head is an edit of its own, with one link. */
static Probe *
linked_probe (void)
{
  Probe *probe = probe_new ("{'a':0}");

  probe_edit (probe, T0 + 10, "{'a':1}");
  link_up (probe, "1", FALSE);
  probe_clear (probe);
  return probe;
}

static void
test_link_up (void)
{
  g_autoptr (Probe) probe = probe_new ("{'a':0}");

  g_test_summary ("A new link hears what is held");
  probe_clear (probe);
  link_up (probe, "1", FALSE);
  probe_get (probe, CONFSYNC_ACTION_SEND_HEADS, "1");
  g_assert_cmpuint (probe->actions->len, ==, 1);
}

static void
test_heads (void)
{
  g_autoptr (Probe) probe = linked_probe ();
  g_autoptr (ConfsyncRevision) head = confsync_revision_ref (probe_head (probe));
  g_autoptr (ConfsyncRevision) after = make_edit_on ("{'a':2}", head, 7, T0 + 20);
  g_autoptr (ConfsyncRevision) other = make_edit_by ("{'a':3}", 8, T0 + 20);

  g_test_summary ("The same: nothing; newer: a request; concurrent: both");
  probe_heads (probe, T0 + 30, "1", head);
  g_assert_cmpuint (probe_count (probe, CONFSYNC_ACTION_SEND_UPDATE, "1"), ==, 0);
  g_assert_cmpuint (probe_count (probe, CONFSYNC_ACTION_SEND_REQUEST, "1"), ==, 0);

  probe_clear (probe);
  probe_heads (probe, T0 + 31, "1", after);
  g_assert_cmpuint (probe_count (probe, CONFSYNC_ACTION_SEND_UPDATE, "1"), ==, 0);
  probe_get (probe, CONFSYNC_ACTION_SEND_REQUEST, "1");

  probe_clear (probe);
  probe_heads (probe, T0 + 32, "1", other);
  probe_get (probe, CONFSYNC_ACTION_SEND_REQUEST, "1");
  g_assert_true (probe_get (probe, CONFSYNC_ACTION_SEND_UPDATE, "1")->revision == head);
}

static void
test_heads_older (void)
{
  g_autoptr (Probe) probe = linked_probe ();
  g_autoptr (ConfsyncRevision) old = confsync_revision_ref (probe_head (probe));

  g_test_summary ("Older: the head is offered, and nothing asked for");
  probe_edit (probe, T0 + 20, "{'a':2}");
  link_up (probe, "2", FALSE);
  probe_clear (probe);
  probe_heads (probe, T0 + 30, "2", old);
  g_assert_true (probe_get (probe, CONFSYNC_ACTION_SEND_UPDATE, "2")->revision ==
                 probe_head (probe));
  g_assert_cmpuint (probe_count (probe, CONFSYNC_ACTION_SEND_REQUEST, "2"), ==, 0);
}

static void
test_heads_hash (void)
{
  g_autoptr (Probe) probe = linked_probe ();
  g_autoptr (ConfsyncDocument) document = make_document ("{'a':7}");
  g_autoptr (ConfsyncRevision) twin =
    confsync_revision_new (document, confsync_revision_get_stamp (probe_head (probe)));

  g_test_summary ("Equal vectors with different hashes are a difference");
  probe_heads (probe, T0 + 30, "1", twin);
  probe_get (probe, CONFSYNC_ACTION_SEND_REQUEST, "1");
  probe_get (probe, CONFSYNC_ACTION_SEND_UPDATE, "1");
}

static void
test_heads_nothing (void)
{
  g_autoptr (Probe) probe = linked_probe (), empty = probe_new (NULL);

  g_test_summary ("Who holds nothing is given the head, and asks for one");
  probe_heads (probe, T0 + 30, "1", NULL);
  probe_get (probe, CONFSYNC_ACTION_SEND_UPDATE, "1");
  link_up (empty, "1", FALSE);
  probe_clear (empty);
  probe_heads (empty, T0 + 30, "1", probe_head (probe));
  probe_get (empty, CONFSYNC_ACTION_SEND_REQUEST, "1");
  probe_clear (empty);
  probe_heads (empty, T0 + 31, "1", NULL);
  g_assert_cmpuint (empty->actions->len, ==, 0);
}

static void
test_evaluated (void)
{
  g_autoptr (Probe) probe = linked_probe ();
  g_autoptr (ConfsyncRevision) other = make_edit_by ("{'a':3}", 8, T0 + 2);

  g_test_summary ("What was looked at is not asked for again, what was answered is not sent again");
  probe_receive (probe, T0 + 20, "1", other);
  probe_answer (probe, T0 + 20, CONFSYNC_ANSWER_LOCAL, NULL);
  probe_get (probe, CONFSYNC_ACTION_SEND_UPDATE, "1");
  probe_ack (probe, T0 + 21, "1", probe_head (probe), other, CONFSYNC_OUTCOME_REFUSED);
  for (int beat = 0; beat < 3; beat++)
    {
      probe_clear (probe);
      probe_heads (probe, T0 * 100 * (beat + 1), "1", other);
      g_assert_cmpuint (probe->actions->len, ==, 0);
    }

  /* a new channel starts anew */
  confsync_replica_link_down (probe->replica, "1");
  link_up (probe, "2", FALSE);
  probe_clear (probe);
  probe_heads (probe, T0 * 500, "2", other);
  probe_get (probe, CONFSYNC_ACTION_SEND_UPDATE, "2");
}

static void
test_one_in_flight (void)
{
  g_autoptr (Probe) probe = linked_probe ();
  ConfsyncRevision *first;

  g_test_summary ("One revision is in flight, and only the newest one waits behind it");
  probe_edit (probe, T0 + 20, "{'a':2}");
  first = probe_get (probe, CONFSYNC_ACTION_SEND_UPDATE, "1")->revision;
  probe_edit (probe, T0 + 21, "{'a':3}");
  probe_edit (probe, T0 + 22, "{'a':4}");
  g_assert_cmpuint (probe_count (probe, CONFSYNC_ACTION_SEND_UPDATE, "1"), ==, 1);
  probe_ack (probe, T0 + 30, "1", first, first, CONFSYNC_OUTCOME_TAKEN);
  g_assert_cmpuint (probe_count (probe, CONFSYNC_ACTION_SEND_UPDATE, "1"), ==, 2);
  probe_clear (probe);
  probe_ack (probe, T0 + 31, "1", probe_head (probe), probe_head (probe), CONFSYNC_OUTCOME_TAKEN);
  assert_content (probe_head (probe), "{'a':4}");
  g_assert_cmpuint (probe_count (probe, CONFSYNC_ACTION_SEND_UPDATE, "1"), ==, 0);
  g_assert_true (probe_get (probe, CONFSYNC_ACTION_ACKNOWLEDGED, NULL)->revision ==
                 probe_head (probe));
}

static void
test_waiting_is_known (void)
{
  g_autoptr (Probe) probe = linked_probe ();
  g_autoptr (ConfsyncRevision) first = NULL;

  g_test_summary ("What waits is not sent where the other end got it elsewhere meanwhile");
  probe_edit (probe, T0 + 20, "{'a':2}");
  first = confsync_revision_ref (probe_head (probe));
  probe_edit (probe, T0 + 21, "{'a':3}");
  probe_clear (probe);
  probe_ack (probe, T0 + 30, "1", first, probe_head (probe), CONFSYNC_OUTCOME_TAKEN);
  g_assert_cmpuint (probe_count (probe, CONFSYNC_ACTION_SEND_UPDATE, "1"), ==, 0);
}

static void
test_synced (void)
{
  g_autoptr (Probe) probe = linked_probe ();
  ConfsyncAction *report;

  g_test_summary ("Once all links have answered for an own edit, that is said, once");
  link_up (probe, "2", FALSE);
  probe_edit (probe, T0 + 20, "{'a':2}");
  probe_ack (probe, T0 + 21, "1", probe_head (probe), probe_head (probe), CONFSYNC_OUTCOME_TAKEN);
  g_assert_cmpuint (probe_count_reports (probe, CONFSYNC_REPORT_SYNCED), ==, 0);
  probe_ack (probe, T0 + 22, "2", probe_head (probe), NULL, CONFSYNC_OUTCOME_REFUSED);
  report = probe_get_report (probe, CONFSYNC_REPORT_SYNCED);
  g_assert_cmpuint (report->count, ==, 1);
  g_assert_cmpuint (report->total, ==, 2);
  g_assert_true (confsync_replica_link_is_in_sync (probe->replica, "1"));
  g_assert_false (confsync_replica_link_is_in_sync (probe->replica, "2"));
  g_assert_cmpstr (probe_get_report (probe, CONFSYNC_REPORT_BEHIND)->reason, ==, "a reason");
  probe_clear (probe);
  probe_heads (probe, T0 + 30, "1", probe_head (probe));
  g_assert_cmpuint (probe_count_reports (probe, CONFSYNC_REPORT_SYNCED), ==, 0);
}

static void
test_expiry (void)
{
  g_autoptr (Probe) probe = linked_probe ();
  g_autoptr (ConfsyncRevision) old = confsync_revision_ref (probe_head (probe));

  g_test_summary ("What was not answered for five seconds is offered again");
  probe_edit (probe, T0 + 20, "{'a':2}");
  probe_clear (probe);
  probe_heads (probe, T0 + 20 + CONFSYNC_LINK_PATIENCE_US - 1, "1", old);
  g_assert_cmpuint (probe_count (probe, CONFSYNC_ACTION_SEND_UPDATE, "1"), ==, 0);
  probe_heads (probe, T0 + 20 + CONFSYNC_LINK_PATIENCE_US, "1", old);
  probe_get (probe, CONFSYNC_ACTION_SEND_UPDATE, "1");
}

static void
test_request (void)
{
  g_autoptr (Probe) probe = linked_probe ();
  g_autoptr (ConfsyncRevision) old = confsync_revision_ref (probe_head (probe));
  const char *hash = confsync_revision_get_hash (old);

  g_test_summary ("A request is answered once; without a hash it means that a patch was of no use");
  probe_heads (probe, T0 + 15, "1", old);
  probe_edit (probe, T0 + 20, "{'a':2}");
  probe_clear (probe);
  /* it crossed with what is on its way */
  confsync_replica_got_request (probe->replica, T0 + 21, "1", hash);
  probe_collect (probe);
  g_assert_cmpuint (probe_count (probe, CONFSYNC_ACTION_SEND_UPDATE, "1"), ==, 0);

  confsync_replica_got_request (probe->replica, T0 + 22, "1", NULL);
  probe_collect (probe);
  probe_get (probe, CONFSYNC_ACTION_SEND_UPDATE, "1");
  g_assert_null (confsync_replica_get_link_hash (probe->replica, "1"));

  probe_ack (probe, T0 + 23, "1", probe_head (probe), probe_head (probe), CONFSYNC_OUTCOME_TAKEN);
  probe_clear (probe);
  confsync_replica_got_request (probe->replica, T0 + 24, "1", hash);
  probe_collect (probe);
  probe_get (probe, CONFSYNC_ACTION_SEND_UPDATE, "1");
}

static void
test_relay (void)
{
  g_autoptr (Probe) probe = linked_probe ();
  g_autoptr (ConfsyncRevision) after =
    make_edit_on ("{'a':2}", probe_head (probe), 7, T0 + 20);

  g_test_summary ("In a small house whoever receives tells everybody but the sender");
  link_up (probe, "2", FALSE);
  link_up (probe, "3", TRUE);
  probe_clear (probe);
  probe_receive (probe, T0 + 30, "1", after);
  probe_applied (probe, T0 + 31, NULL, NULL);
  g_assert_cmpuint (probe_count (probe, CONFSYNC_ACTION_SEND_UPDATE, "1"), ==, 0);
  probe_get (probe, CONFSYNC_ACTION_SEND_UPDATE, "2");
  probe_get (probe, CONFSYNC_ACTION_SEND_UPDATE, "3");
}

static void
test_relay_many (void)
{
  g_autoptr (Probe) probe = linked_probe ();
  g_autoptr (ConfsyncRevision) after =
    make_edit_on ("{'a':2}", probe_head (probe), 7, T0 + 20);

  g_test_summary ("With many links leaves get the revision and others heads; own edits go to all");
  for (int i = 2; i <= 9; i++)
    {
      g_autofree char *link = g_strdup_printf ("%d", i);

      link_up (probe, link, i == 9);
    }
  probe_clear (probe);
  probe_receive (probe, T0 + 30, "1", after);
  probe_applied (probe, T0 + 31, NULL, NULL);
  g_assert_cmpuint (probe_count (probe, CONFSYNC_ACTION_SEND_UPDATE, NULL), ==, 1);
  probe_get (probe, CONFSYNC_ACTION_SEND_UPDATE, "9");
  g_assert_cmpuint (probe_count (probe, CONFSYNC_ACTION_SEND_HEADS, NULL), ==, 7);
  g_assert_cmpuint (probe_count (probe, CONFSYNC_ACTION_SEND_HEADS, "1"), ==, 0);

  probe_clear (probe);
  probe_edit (probe, T0 + 40, "{'a':3}");
  g_assert_cmpuint (probe_count (probe, CONFSYNC_ACTION_SEND_UPDATE, NULL), ==, 8);
}

/* A conflict that nobody decides. */
static void
hold_back (Probe *probe, gint64 now, const char *link, ConfsyncRevision *revision)
{
  probe_clear (probe);
  probe_receive (probe, now, link, revision);
  probe_answer (probe, now, CONFSYNC_ANSWER_DECLINED, NULL);
}

static void
test_carry (void)
{
  g_autoptr (Probe) probe = linked_probe ();
  g_autoptr (ConfsyncRevision) theirs = make_edit_by ("{'a':2}", 7, T0 + 20);
  g_autoptr (ConfsyncRevision) ours = confsync_revision_ref (probe_head (probe));

  g_test_summary ("What is undecided here is passed on, now and to newcomers, until it is settled");
  link_up (probe, "2", FALSE);
  hold_back (probe, T0 + 30, "1", theirs);
  g_assert_true (probe_head (probe) == ours);
  g_assert_cmpint (probe_get (probe, CONFSYNC_ACTION_SEND_ACK, "1")->outcome, ==,
                   CONFSYNC_OUTCOME_PENDING);
  g_assert_cmpstr (confsync_open_conflict_get_reason (
                     probe_get_report (probe, CONFSYNC_REPORT_CONFLICT)->conflict),
                   ==, "waits");
  g_assert_true (probe_get (probe, CONFSYNC_ACTION_SEND_UPDATE, "2")->revision == theirs);
  g_assert_true (probe_get (probe, CONFSYNC_ACTION_SEND_UPDATE, "1")->revision == ours);

  link_up (probe, "3", FALSE);
  probe_clear (probe);
  probe_heads (probe, T0 + 40, "3", ours);
  g_assert_true (probe_get (probe, CONFSYNC_ACTION_SEND_UPDATE, "3")->revision == theirs);
}

static void
test_carry_settled (void)
{
  g_autoptr (Probe) probe = linked_probe ();
  g_autoptr (ConfsyncRevision) theirs = make_edit_by ("{'a':2}", 7, T0 + 20);
  g_autoptr (ConfsyncRevision) settled = NULL;
  g_autoptr (ConfsyncRevision) joined = NULL;

  g_test_summary ("A head that includes what was carried ends the carrying");
  joined = make_edit_on ("{'a':9}", probe_head (probe), 7, T0 + 20);
  settled = make_edit_on ("{'a':9}", joined, 8, T0 + 50);
  hold_back (probe, T0 + 30, "1", theirs);
  probe_receive (probe, T0 + 60, "1", settled);
  probe_applied (probe, T0 + 61, NULL, NULL);
  link_up (probe, "2", FALSE);
  probe_clear (probe);
  probe_heads (probe, T0 + 70, "2", settled);
  g_assert_cmpuint (probe_count (probe, CONFSYNC_ACTION_SEND_UPDATE, "2"), ==, 0);
}

static void
test_carry_four (void)
{
  g_autoptr (Probe) probe = linked_probe ();
  g_autoptr (ConfsyncRevision) newest = NULL;
  g_autoptr (GPtrArray) sent = g_ptr_array_new ();

  g_test_summary ("At most four are carried, each the newest of its line; the weakest goes first");
  for (guint64 actor = 1; actor <= 5; actor++)
    {
      g_autofree char *text = g_strdup_printf ("{'b':%d}", (int) actor);
      g_autoptr (ConfsyncRevision) revision = make_edit_by (text, actor, T0 + 100 + actor);

      hold_back (probe, T0 + 200, "1", revision);
      if (actor == 5)
        newest = make_edit_on ("{'b':55}", revision, 5, T0 + 150);
    }
  hold_back (probe, T0 + 201, "1", newest);

  link_up (probe, "2", FALSE);
  probe_clear (probe);
  probe_heads (probe, T0 + 210, "2", probe_head (probe));
  while (probe_count (probe, CONFSYNC_ACTION_SEND_UPDATE, "2") > 0)
    {
      g_autoptr (ConfsyncRevision) next =
        confsync_revision_ref (probe_get (probe, CONFSYNC_ACTION_SEND_UPDATE, "2")->revision);

      g_ptr_array_add (sent, (gpointer) (gsize) confsync_stamp_get_time (
                               confsync_revision_get_stamp (next)));
      probe_clear (probe);
      probe_ack (probe, T0 + 211, "2", next, probe_head (probe), CONFSYNC_OUTCOME_REFUSED);
    }
  g_assert_cmpuint (sent->len, ==, 4);
  for (gsize time = T0 + 102; time <= T0 + 104; time++)
    g_assert_true (g_ptr_array_find (sent, (gpointer) time, NULL));
  g_assert_true (g_ptr_array_find (sent, (gpointer) (gsize) (T0 + 150), NULL));
}

static void
test_carry_many_links (void)
{
  g_autoptr (Probe) probe = linked_probe ();
  g_autoptr (ConfsyncRevision) theirs = make_edit_by ("{'a':2}", 7, T0 + 20);

  g_test_summary ("Heads don't name what is carried, so it goes itself over any number of links");
  for (int i = 2; i <= 10; i++)
    {
      g_autofree char *link = g_strdup_printf ("%d", i);

      link_up (probe, link, FALSE);
    }
  hold_back (probe, T0 + 30, "1", theirs);
  g_assert_cmpuint (probe_count (probe, CONFSYNC_ACTION_SEND_HEADS, NULL), ==, 0);
  g_assert_true (probe_get (probe, CONFSYNC_ACTION_SEND_UPDATE, "7")->revision == theirs);
}

static void
test_gone (void)
{
  g_autoptr (Probe) probe = linked_probe ();
  g_autoptr (ConfsyncRevision) after =
    make_edit_on ("{'a':2}", probe_head (probe), 7, T0 + 20);

  g_test_summary ("A link that goes while its revision is applied gets no answer");
  probe_receive (probe, T0 + 30, "1", after);
  confsync_replica_link_down (probe->replica, "1");
  probe_applied (probe, T0 + 31, NULL, NULL);
  g_assert_true (probe_head (probe) == after);
  g_assert_cmpuint (probe_count (probe, CONFSYNC_ACTION_SEND_ACK, NULL), ==, 0);
  probe_clear (probe);
  probe_heads (probe, T0 + 40, "1", after);
  probe_ack (probe, T0 + 40, "1", after, after, CONFSYNC_OUTCOME_TAKEN);
  confsync_replica_got_request (probe->replica, T0 + 40, "1", NULL);
  probe_collect (probe);
  g_assert_cmpuint (probe->actions->len, ==, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/replica/link/up", test_link_up);
  g_test_add_func ("/replica/link/heads", test_heads);
  g_test_add_func ("/replica/link/heads/older", test_heads_older);
  g_test_add_func ("/replica/link/heads/hash", test_heads_hash);
  g_test_add_func ("/replica/link/heads/nothing", test_heads_nothing);
  g_test_add_func ("/replica/link/evaluated", test_evaluated);
  g_test_add_func ("/replica/link/one-in-flight", test_one_in_flight);
  g_test_add_func ("/replica/link/waiting-is-known", test_waiting_is_known);
  g_test_add_func ("/replica/link/synced", test_synced);
  g_test_add_func ("/replica/link/expiry", test_expiry);
  g_test_add_func ("/replica/link/request", test_request);
  g_test_add_func ("/replica/link/relay", test_relay);
  g_test_add_func ("/replica/link/relay/many", test_relay_many);
  g_test_add_func ("/replica/link/carry", test_carry);
  g_test_add_func ("/replica/link/carry/settled", test_carry_settled);
  g_test_add_func ("/replica/link/carry/four", test_carry_four);
  g_test_add_func ("/replica/link/carry/many-links", test_carry_many_links);
  g_test_add_func ("/replica/link/gone", test_gone);
  return g_test_run ();
}
