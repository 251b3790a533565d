/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * What two sides were made from: found in memory, in history or at the peer, or given up, within a
 * bounded time; and what comes from a peer is not believed.
 */

#include "config.h"

#include "replica-probe.h"

#define PATIENCE_US (10 * G_USEC_PER_SEC)

/* A replica that follows an edit of one actor, with a question about one of another. */
typedef struct
{
  Probe *probe;
  ConfsyncRevision *base, *ours, *theirs;
} Fixture;

static void
fixture_set_up (Fixture *fixture, gconstpointer data)
{
  fixture->probe = probe_new_as (CONFSYNC_ROLE_BOTH, CONFSYNC_JOIN_ADOPT, TRUE, NULL);
  fixture->base = make_edit_by ("{'a':0}", 5, T0 - 100);
  fixture->ours = make_edit_on ("{'a':1}", fixture->base, 6, T0 + 1);
  fixture->theirs = make_edit_on ("{'b':1}", fixture->base, 7, T0 + 2);
  probe_link (fixture->probe, "1");
  probe_receive (fixture->probe, T0 + 3, "1", fixture->ours);
  probe_applied (fixture->probe, T0 + 4, NULL, NULL);
  probe_clear (fixture->probe);
  probe_receive (fixture->probe, T0 + 5, "1", fixture->theirs);
}

static void
fixture_tear_down (Fixture *fixture, gconstpointer data)
{
  probe_free (fixture->probe);
  confsync_revision_unref (fixture->base);
  confsync_revision_unref (fixture->ours);
  confsync_revision_unref (fixture->theirs);
}

/* Answers the only FIND_BASE there is. */
static void
found_all (Fixture *fixture, gint64 now, GPtrArray *bases)
{
  ConfsyncAction *action = probe_get (fixture->probe, CONFSYNC_ACTION_FIND_BASE, NULL);

  confsync_replica_base_found (fixture->probe->replica, now, action->link, action->stamps[0],
                               action->stamps[1], action->other, action->revision, bases);
  probe_collect (fixture->probe);
}

/* With one, or none. */
static void
found (Fixture *fixture, gint64 now, ConfsyncRevision *base)
{
  g_autoptr (GPtrArray) bases = g_ptr_array_new ();

  if (base != NULL)
    g_ptr_array_add (bases, base);
  found_all (fixture, now, bases);
}

static void
got (Fixture *fixture, gint64 now, ConfsyncRevision *base)
{
  ConfsyncAction *action = probe_get (fixture->probe, CONFSYNC_ACTION_SEND_BASE_REQUEST, "1");

  confsync_replica_got_base (fixture->probe->replica, now, "1", action->stamps[0],
                             action->stamps[1], base, 0);
  probe_collect (fixture->probe);
}

static void
assert_asked (Fixture *fixture, ConfsyncRevision *base)
{
  ConfsyncAction *question = probe_get (fixture->probe, CONFSYNC_ACTION_RESOLVE, "1");

  g_assert_true (question->other == fixture->ours);
  g_assert_true (question->revision == fixture->theirs);
  g_assert_true (question->base == base);
}

static void
test_history (Fixture *fixture, gconstpointer data)
{
  ConfsyncAction *search = probe_get (fixture->probe, CONFSYNC_ACTION_FIND_BASE, NULL);

  g_test_summary ("What memory doesn't have is looked for in history before the resolver is asked");
  g_assert_true (search->other == fixture->ours);
  g_assert_true (search->revision == fixture->theirs);
  g_assert_true (search->stamps[0] == confsync_revision_get_stamp (fixture->ours));
  g_assert_true (search->stamps[1] == confsync_revision_get_stamp (fixture->theirs));
  g_assert_cmpuint (probe_count (fixture->probe, CONFSYNC_ACTION_RESOLVE, NULL), ==, 0);
  g_assert_false (confsync_replica_is_busy (fixture->probe->replica));
  found (fixture, T0 + 6, fixture->base);
  assert_asked (fixture, fixture->base);
  g_assert_cmpuint (probe_count (fixture->probe, CONFSYNC_ACTION_SEND_BASE_REQUEST, NULL), ==, 0);
}

static void
test_remembered (Fixture *fixture, gconstpointer data)
{
  g_autoptr (ConfsyncRevision) again = make_edit_on ("{'c':1}", fixture->base, 8, T0 + 2);

  g_test_summary ("What was found is remembered for the next question");
  found (fixture, T0 + 6, fixture->base);
  probe_clear (fixture->probe);
  probe_receive (fixture->probe, T0 + 7, "1", again);
  g_assert_true (probe_get (fixture->probe, CONFSYNC_ACTION_RESOLVE, "1")->base == fixture->base);
}

static void
test_merged_in (Fixture *fixture, gconstpointer data)
{
  g_autoptr (ConfsyncRevision) later = make_edit_on ("{'b':2}", fixture->theirs, 7, T0 + 20);

  g_test_summary ("What was merged in is a base of what its author makes of it");
  found (fixture, T0 + 6, fixture->base);
  probe_answer (fixture->probe, T0 + 7, CONFSYNC_ANSWER_MERGED, "{'a':1,'b':1}");
  probe_applied (fixture->probe, T0 + 8, NULL, NULL);
  probe_clear (fixture->probe);
  probe_receive (fixture->probe, T0 + 21, "1", later);
  g_assert_true (probe_get (fixture->probe, CONFSYNC_ACTION_RESOLVE, "1")->base ==
                 fixture->theirs);
}

/* The head becomes a merge that others made, and whoever made one side of it makes more of that. */
static void
receive_merge_and_more (Fixture *fixture)
{
  const guint64 actors[] = { 5, 6, 7 };
  const gint64 times[] = { T0 - 100, T0 + 1, T0 + 2 };
  g_autoptr (ConfsyncRevision) merged =
    make_revision ("{'a':1,'b':1}", CONFSYNC_STAMP_MERGED, 3, actors, times);
  g_autoptr (ConfsyncRevision) later = make_edit_on ("{'b':2}", fixture->theirs, 7, T0 + 20);

  found (fixture, T0 + 6, fixture->base);
  probe_answer (fixture->probe, T0 + 7, CONFSYNC_ANSWER_LOCAL, NULL);
  probe_receive (fixture->probe, T0 + 8, "1", merged);
  probe_applied (fixture->probe, T0 + 9, NULL, NULL);
  probe_clear (fixture->probe);
  probe_receive (fixture->probe, T0 + 21, "1", later);
}

static void
test_lesser (Fixture *fixture, gconstpointer data)
{
  g_test_summary ("A base from memory that lacks what both sides include is not enough");
  receive_merge_and_more (fixture);
  g_assert_cmpuint (probe_count (fixture->probe, CONFSYNC_ACTION_RESOLVE, NULL), ==, 0);
  found (fixture, T0 + 22, NULL);
  got (fixture, T0 + 23, fixture->theirs);
  g_assert_true (probe_get (fixture->probe, CONFSYNC_ACTION_RESOLVE, "1")->base ==
                 fixture->theirs);
}

static void
test_lesser_at_least (Fixture *fixture, gconstpointer data)
{
  g_test_summary ("Where nobody has a better one, it is taken");
  receive_merge_and_more (fixture);
  found (fixture, T0 + 22, NULL);
  got (fixture, T0 + 23, NULL);
  g_assert_true (probe_get (fixture->probe, CONFSYNC_ACTION_RESOLVE, "1")->base == fixture->base);
}

static void
test_peer (Fixture *fixture, gconstpointer data)
{
  g_test_summary ("What history doesn't have either is asked of who sent the other side");
  found (fixture, T0 + 6, NULL);
  g_assert_cmpuint (probe_count (fixture->probe, CONFSYNC_ACTION_RESOLVE, NULL), ==, 0);
  got (fixture, T0 + 7, fixture->base);
  assert_asked (fixture, fixture->base);
}

static void
test_nowhere (Fixture *fixture, gconstpointer data)
{
  g_test_summary ("Where nobody knows any more, the resolver is asked without");
  found (fixture, T0 + 6, NULL);
  got (fixture, T0 + 7, NULL);
  assert_asked (fixture, NULL);
}

static void
test_wrong (Fixture *fixture, gconstpointer data)
{
  g_autoptr (ConfsyncRevision) wrong = make_edit_on ("{'x':1}", fixture->ours, 9, T0 + 1);

  g_test_summary ("What a peer calls a base is one only if both sides include it");
  found (fixture, T0 + 6, NULL);
  got (fixture, T0 + 7, wrong);
  assert_asked (fixture, NULL);
  /* and nobody asked a second time */
  got (fixture, T0 + 8, fixture->base);
  assert_asked (fixture, NULL);
}

static void
test_other_answer (Fixture *fixture, gconstpointer data)
{
  ConfsyncStamp *ours = confsync_revision_get_stamp (fixture->ours);

  g_test_summary ("An answer to another question is none to this one");
  found (fixture, T0 + 6, NULL);
  confsync_replica_got_base (fixture->probe->replica, T0 + 7, "1", ours, ours, fixture->base, 0);
  confsync_replica_got_base (fixture->probe->replica, T0 + 7, "2", ours,
                             confsync_revision_get_stamp (fixture->theirs), fixture->base, 0);
  probe_collect (fixture->probe);
  g_assert_cmpuint (probe_count (fixture->probe, CONFSYNC_ACTION_RESOLVE, NULL), ==, 0);
}

static void
test_timeout (Fixture *fixture, gconstpointer data)
{
  g_test_summary ("A peer that doesn't answer is waited for ten seconds");
  found (fixture, T0 + 6, NULL);
  confsync_replica_tick (fixture->probe->replica, T0 + 5 + PATIENCE_US);
  probe_collect (fixture->probe);
  g_assert_cmpuint (probe_count (fixture->probe, CONFSYNC_ACTION_RESOLVE, NULL), ==, 0);
  confsync_replica_tick (fixture->probe->replica, T0 + 6 + PATIENCE_US);
  probe_collect (fixture->probe);
  assert_asked (fixture, NULL);
}

static void
test_clock_back (Fixture *fixture, gconstpointer data)
{
  g_test_summary ("A clock that jumps back an hour makes nobody wait for an hour");
  found (fixture, T0 * 9000, NULL);
  confsync_replica_tick (fixture->probe->replica, T0 * 5400);
  probe_collect (fixture->probe);
  assert_asked (fixture, NULL);
}

static void
test_link_down (Fixture *fixture, gconstpointer data)
{
  g_test_summary ("Nor is one that went away; what is looked for in history is still found");
  found (fixture, T0 + 6, NULL);
  confsync_replica_link_down (fixture->probe->replica, "1");
  probe_collect (fixture->probe);
  assert_asked (fixture, NULL);
}

static void
test_link_down_early (Fixture *fixture, gconstpointer data)
{
  confsync_replica_link_down (fixture->probe->replica, "1");
  probe_collect (fixture->probe);
  g_assert_cmpuint (probe_count (fixture->probe, CONFSYNC_ACTION_RESOLVE, NULL), ==, 0);
  found (fixture, T0 + 6, NULL);
  g_assert_cmpuint (probe_count (fixture->probe, CONFSYNC_ACTION_SEND_BASE_REQUEST, NULL), ==, 0);
  assert_asked (fixture, NULL);
}

static void
test_moved_on (Fixture *fixture, gconstpointer data)
{
  g_test_summary ("Where the head moved on meanwhile, the question is another one");
  probe_edit (fixture->probe, T0 + 6, "{'a':2}");
  found (fixture, T0 + 7, fixture->base);
  assert_content (probe_get (fixture->probe, CONFSYNC_ACTION_RESOLVE, "1")->other, "{'a':2}");
  g_assert_true (probe_get (fixture->probe, CONFSYNC_ACTION_RESOLVE, "1")->base == fixture->base);
}

static void
test_while_applying (Fixture *fixture, gconstpointer data)
{
  g_autoptr (ConfsyncRevision) next = make_edit_on ("{'a':5}", fixture->ours, 6, T0 + 9);

  g_test_summary ("While something is being written, the question waits for it");
  probe_receive (fixture->probe, T0 + 6, "1", next);
  found (fixture, T0 + 7, fixture->base);
  g_assert_cmpuint (probe_count (fixture->probe, CONFSYNC_ACTION_RESOLVE, NULL), ==, 0);
  probe_applied (fixture->probe, T0 + 8, NULL, NULL);
  g_assert_true (probe_get (fixture->probe, CONFSYNC_ACTION_RESOLVE, "1")->other == next);
}

static void
test_once (Fixture *fixture, gconstpointer data)
{
  g_test_summary ("The same question is asked once a link, whoever sends the revision again");
  probe_receive (fixture->probe, T0 + 6, "1", fixture->theirs);
  probe_get (fixture->probe, CONFSYNC_ACTION_FIND_BASE, "1");
  probe_link (fixture->probe, "2");
  probe_receive (fixture->probe, T0 + 7, "2", fixture->theirs);
  found (fixture, T0 + 8, fixture->base);
  g_assert_true (probe_get (fixture->probe, CONFSYNC_ACTION_RESOLVE, "2")->base == fixture->base);
}

static void
test_answers_peer (void)
{
  g_autoptr (Probe) probe = probe_new (NULL);
  g_autoptr (ConfsyncRevision) base = make_edit_by ("{'a':0}", 5, T0 + 1);
  g_autoptr (ConfsyncRevision) one = make_edit_on ("{'a':1}", base, 6, T0 + 2);
  g_autoptr (ConfsyncRevision) other = make_edit_on ("{'a':2}", base, 7, T0 + 3);
  g_autoptr (ConfsyncRevision) stranger = make_edit_by ("{'a':3}", 8, T0 + 4);
  g_autoptr (GPtrArray) none = g_ptr_array_new ();
  ConfsyncStamp *a = confsync_revision_get_stamp (one), *b = confsync_revision_get_stamp (other);
  ConfsyncStamp *c = confsync_revision_get_stamp (stranger);

  g_test_summary ("A peer's question is answered from memory, or else from history");
  probe_link (probe, "1");
  probe_receive (probe, T0 + 5, "1", base);
  probe_applied (probe, T0 + 6, NULL, NULL);
  probe_clear (probe);
  confsync_replica_got_base_request (probe->replica, T0 + 7, "1", a, b);
  probe_collect (probe);
  g_assert_true (probe_get (probe, CONFSYNC_ACTION_SEND_BASE, "1")->revision == base);

  probe_clear (probe);
  confsync_replica_got_base_request (probe->replica, T0 + 8, "1", a, c);
  probe_collect (probe);
  g_assert_null (probe_get (probe, CONFSYNC_ACTION_FIND_BASE, "1")->revision);
  confsync_replica_base_found (probe->replica, T0 + 9, "1", a, c, NULL, NULL, none);
  probe_collect (probe);
  g_assert_null (probe_get (probe, CONFSYNC_ACTION_SEND_BASE, "1")->revision);
  g_assert_true (probe_get (probe, CONFSYNC_ACTION_SEND_BASE, "1")->stamps[1] == c);

  /* who went away gets none */
  confsync_replica_link_down (probe->replica, "1");
  probe_clear (probe);
  confsync_replica_base_found (probe->replica, T0 + 9, "1", a, c, NULL, NULL, none);
  probe_collect (probe);
  g_assert_cmpuint (probe->actions->len, ==, 0);
}

/* Merges of the same two edits in other company: what both sides include is in none alone. */
typedef struct
{
  ConfsyncRevision *one, *other;   /* edits of two actors */
  ConfsyncRevision *ours, *theirs; /* each made on both of them, and on a third one */
} Crossed;

static Crossed
make_crossed (Fixture *fixture)
{
  const guint64 our_actors[] = { 5, 6, 7, 8 }, their_actors[] = { 5, 6, 7, 9 };
  const gint64 our_times[] = { T0 - 100, T0 + 1, T0 + 2, T0 + 30 };
  const gint64 their_times[] = { T0 - 100, T0 + 1, T0 + 2, T0 + 40 };

  return (Crossed){
    fixture->ours,
    fixture->theirs,
    make_revision ("{'a':3,'b':1}", CONFSYNC_STAMP_EDIT, 4, our_actors, our_times),
    make_revision ("{'a':1,'b':1,'c':1}", CONFSYNC_STAMP_EDIT, 4, their_actors, their_times),
  };
}

/* The head becomes one side; the other one comes. */
static void
cross (Fixture *fixture, Crossed *crossed)
{
  found (fixture, T0 + 6, fixture->base);
  probe_answer (fixture->probe, T0 + 7, CONFSYNC_ANSWER_LOCAL, NULL);
  probe_receive (fixture->probe, T0 + 31, "1", crossed->ours);
  probe_applied (fixture->probe, T0 + 32, NULL, NULL);
  probe_clear (fixture->probe);
  probe_receive (fixture->probe, T0 + 41, "1", crossed->theirs);
}

static void
crossed_clear (Crossed *crossed)
{
  confsync_revision_unref (crossed->ours);
  confsync_revision_unref (crossed->theirs);
}

static void
test_several (Fixture *fixture, gconstpointer data)
{
  Crossed crossed = make_crossed (fixture);
  g_autoptr (GPtrArray) bases = g_ptr_array_new ();

  g_test_summary ("Where several were merged, the base has of each place what wasn't changed");
  cross (fixture, &crossed);
  g_ptr_array_add (bases, crossed.one);
  g_ptr_array_add (bases, crossed.other);
  found_all (fixture, T0 + 42, bases);
  /* “a” is 1 in one base, as with them, so it was changed here; nobody had “c” */
  assert_content (probe_get (fixture->probe, CONFSYNC_ACTION_RESOLVE, "1")->base,
                  "{'a':1,'b':1}");
  g_assert_cmpuint (probe_count (fixture->probe, CONFSYNC_ACTION_SEND_BASE_REQUEST, NULL), ==, 0);
  crossed_clear (&crossed);
}

static void
test_one_by_one (Fixture *fixture, gconstpointer data)
{
  Crossed crossed = make_crossed (fixture);
  ConfsyncAction *request;

  g_test_summary ("A peer sends them one by one, and the last one ends the question");
  cross (fixture, &crossed);
  found (fixture, T0 + 42, NULL);
  request = probe_get (fixture->probe, CONFSYNC_ACTION_SEND_BASE_REQUEST, "1");
  confsync_replica_got_base (fixture->probe->replica, T0 + 43, "1", request->stamps[0],
                             request->stamps[1], crossed.other, 1);
  probe_collect (fixture->probe);
  g_assert_cmpuint (probe_count (fixture->probe, CONFSYNC_ACTION_RESOLVE, NULL), ==, 0);
  got (fixture, T0 + 44, crossed.one);
  assert_content (probe_get (fixture->probe, CONFSYNC_ACTION_RESOLVE, "1")->base,
                  "{'a':1,'b':1}");
  crossed_clear (&crossed);
}

static void
test_others (Fixture *fixture, gconstpointer data)
{
  Crossed crossed = make_crossed (fixture);

  g_test_summary ("What that peer doesn't have, others may; and where nobody has, it is said");
  cross (fixture, &crossed);
  confsync_replica_link_up (fixture->probe->replica, T0 + 41, "2", FALSE);
  found (fixture, T0 + 42, NULL);
  g_assert_cmpuint (probe_count (fixture->probe, CONFSYNC_ACTION_SEND_BASE_REQUEST, "2"), ==, 0);
  got (fixture, T0 + 43, NULL);
  probe_get (fixture->probe, CONFSYNC_ACTION_SEND_BASE_REQUEST, "2");
  g_assert_cmpuint (probe_count (fixture->probe, CONFSYNC_ACTION_RESOLVE, NULL), ==, 0);
  confsync_replica_link_down (fixture->probe->replica, "2");
  probe_collect (fixture->probe);
  probe_get (fixture->probe, CONFSYNC_ACTION_RESOLVE, "1");
  g_assert_nonnull (strstr (probe_get_report (fixture->probe, CONFSYNC_REPORT_REMARK)->reason,
                            "nobody in reach"));
  crossed_clear (&crossed);
}

static void
test_link_down_all (Fixture *fixture, gconstpointer data)
{
  ConfsyncRevision *more[3];

  g_test_summary ("All questions that wait for a link end with it, and the head decides which");
  for (guint i = 0; i < G_N_ELEMENTS (more); i++)
    more[i] = make_edit_on ("{'d':1}", fixture->base, 20 + i, T0 + 10 + i);
  found (fixture, T0 + 6, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (more); i++)
    {
      probe_clear (fixture->probe);
      probe_receive (fixture->probe, T0 + 20 + i, "1", more[i]);
      found (fixture, T0 + 20 + i, NULL);
    }
  probe_clear (fixture->probe);
  confsync_replica_link_down (fixture->probe->replica, "1");
  probe_collect (fixture->probe);
  g_assert_cmpuint (probe_count (fixture->probe, CONFSYNC_ACTION_RESOLVE, "1"), ==, 4);
  for (guint i = 0; i < G_N_ELEMENTS (more); i++)
    confsync_revision_unref (more[i]);
}

static void
test_sends_several (Fixture *fixture, gconstpointer data)
{
  Crossed crossed = make_crossed (fixture);
  g_autoptr (GPtrArray) bases = g_ptr_array_new ();
  ConfsyncStamp *a = confsync_revision_get_stamp (crossed.ours);
  ConfsyncStamp *b = confsync_revision_get_stamp (crossed.theirs);
  guint more = 0;

  g_test_summary ("Who is asked sends all of them, and what they were made from");
  found (fixture, T0 + 6, fixture->base);
  probe_clear (fixture->probe);
  confsync_replica_got_base_request (fixture->probe->replica, T0 + 7, "1", a, b);
  probe_collect (fixture->probe);
  g_ptr_array_add (bases, crossed.other);
  confsync_replica_base_found (fixture->probe->replica, T0 + 8, "1", a, b, NULL, NULL, bases);
  probe_collect (fixture->probe);
  g_assert_cmpuint (probe_count (fixture->probe, CONFSYNC_ACTION_SEND_BASE, "1"), ==, 3);
  for (guint i = 0; i < fixture->probe->actions->len; i++)
    {
      ConfsyncAction *action = fixture->probe->actions->pdata[i];

      if (action->type == CONFSYNC_ACTION_SEND_BASE)
        more = more * 10 + action->count;
    }
  g_assert_cmpuint (more, ==, 210);
  crossed_clear (&crossed);
}

static void
test_not_needed (void)
{
  g_autoptr (Probe) probe = probe_new ("{'a':0}");
  g_autoptr (ConfsyncRevision) theirs = make_edit_by ("{'a':2}", 7, T0 + 20);

  g_test_summary ("Who needs no base is asked at once");
  probe_edit (probe, T0 + 10, "{'a':1}");
  probe_link (probe, "1");
  probe_receive (probe, T0 + 30, "1", theirs);
  probe_get (probe, CONFSYNC_ACTION_RESOLVE, "1");
  g_assert_cmpuint (probe_count (probe, CONFSYNC_ACTION_FIND_BASE, NULL), ==, 0);
}

#define ADD(path, function) \
  g_test_add (path, Fixture, NULL, fixture_set_up, function, fixture_tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("/replica/base/history", test_history);
  ADD ("/replica/base/remembered", test_remembered);
  ADD ("/replica/base/merged-in", test_merged_in);
  ADD ("/replica/base/lesser", test_lesser);
  ADD ("/replica/base/lesser-at-least", test_lesser_at_least);
  ADD ("/replica/base/peer", test_peer);
  ADD ("/replica/base/nowhere", test_nowhere);
  ADD ("/replica/base/wrong", test_wrong);
  ADD ("/replica/base/other-answer", test_other_answer);
  ADD ("/replica/base/timeout", test_timeout);
  ADD ("/replica/base/clock-back", test_clock_back);
  ADD ("/replica/base/link-down", test_link_down);
  ADD ("/replica/base/link-down/early", test_link_down_early);
  ADD ("/replica/base/moved-on", test_moved_on);
  ADD ("/replica/base/while-applying", test_while_applying);
  ADD ("/replica/base/once", test_once);
  ADD ("/replica/base/several", test_several);
  ADD ("/replica/base/one-by-one", test_one_by_one);
  ADD ("/replica/base/others", test_others);
  ADD ("/replica/base/link-down/all", test_link_down_all);
  ADD ("/replica/base/sends-several", test_sends_several);
  g_test_add_func ("/replica/base/answers-peer", test_answers_peer);
  g_test_add_func ("/replica/base/not-needed", test_not_needed);
  return g_test_run ();
}
