/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * The lives of a replica: the first start, what is saved and restored, what a restart makes of the
 * live file, and new actor ids.
 */

#include "config.h"

#include "confsync-error.h"
#include "replica-probe.h"

#include <string.h>

/* An earlier life that took a content from elsewhere and then edited it at T0 + 20. */
static Probe *
lived_probe (void)
{
  Probe *probe = probe_new ("{'a':0}");
  g_autoptr (ConfsyncRevision) theirs = make_edit_by ("{'a':1}", 7, T0 + 10);

  confsync_replica_link_up (probe->replica, T0, "1", FALSE);
  probe_receive (probe, T0 + 11, "1", theirs);
  probe_applied (probe, T0 + 12, NULL, NULL);
  probe_edit (probe, T0 + 20, "{'a':2}");
  probe_clear (probe);
  return probe;
}

static void
test_first (void)
{
  g_autoptr (Probe) probe = probe_new ("{'a':0}"), empty = probe_new (NULL);
  ConfsyncStamp *stamp = confsync_revision_get_stamp (probe_head (probe));

  g_test_summary ("The file of a new store is an initial content at the time of the start");
  g_assert_cmpint (confsync_stamp_get_kind (stamp), ==, CONFSYNC_STAMP_INITIAL);
  g_assert_cmpint (confsync_stamp_get_time (stamp), ==, T0);
  g_assert_cmpint (probe_get (probe, CONFSYNC_ACTION_KEEP, NULL)->cause, ==,
                   CONFSYNC_CAUSE_INITIAL);
  g_assert_cmpint (probe_get_report (probe, CONFSYNC_REPORT_CHANGED)->cause, ==,
                   CONFSYNC_CAUSE_INITIAL);
  g_assert_cmpuint (probe_count (probe, CONFSYNC_ACTION_PERSIST, NULL), >=, 1);
  g_assert_null (probe_head (empty));
}

static void
test_round_trip (void)
{
  g_autoptr (Probe) probe = lived_probe ();
  g_autoptr (ConfsyncJson) state = probe_save (probe);
  g_autoptr (Probe) next =
    probe_new_restored (state, T0 + 100, "{'a':2}", NULL, T0 + 20, NULL);
  g_autoptr (ConfsyncJson) again = probe_save (next);

  g_test_summary ("A restart with the file as it was goes on without a word");
  g_assert_true (confsync_revision_same (probe_head (next), probe_head (probe)));
  g_assert_cmpuint (probe_actor (next), ==, probe_actor (probe));
  g_assert_true (confsync_json_equal (state, again));
  g_assert_cmpuint (probe_count (next, CONFSYNC_ACTION_KEEP, NULL), ==, 0);
  g_assert_cmpuint (probe_count (next, CONFSYNC_ACTION_REPORT, NULL), ==, 0);
}

static void
test_empty_round_trip (void)
{
  g_autoptr (Probe) probe = probe_new (NULL);
  g_autoptr (ConfsyncJson) state = probe_save (probe);
  g_autoptr (Probe) next = probe_new_restored (state, T0 + 100, NULL, NULL, -1, NULL);

  g_assert_null (confsync_replica_get_restored_hash (next->replica));
  g_assert_null (probe_head (next));
  g_assert_cmpuint (probe_actor (next), ==, probe_actor (probe));
}

static void
test_edited_while_down (void)
{
  g_autoptr (Probe) probe = lived_probe ();
  g_autoptr (ConfsyncJson) state = probe_save (probe);
  g_autoptr (Probe) next =
    probe_new_restored (state, T0 + 100, "{'a':3}", NULL, T0 + 50, "{'a':2}");
  g_autoptr (Probe) touched =
    probe_new_restored (state, T0 + 100, "{'a':3}", NULL, T0 + 5, "{'a':2}");
  g_autoptr (Probe) future =
    probe_new_restored (state, T0 + 100, "{'a':3}", NULL, T0 + 500, "{'a':2}");
  guint64 actor = probe_actor (probe);

  g_test_summary ("An edit found at the start has the file's time, after all that was known and "
                  "not in the future; where the file is older than that, somebody new made it");
  g_assert_cmpint (time_of (probe_head (next), actor), ==, T0 + 50);
  g_assert_cmpint (time_of (probe_head (touched), actor), ==, T0 + 20);
  g_assert_cmpuint (probe_actor (touched), !=, actor);
  /* what the last state would have named, had a crash not lost it, comes before */
  g_assert_cmpint (time_of (probe_head (touched), probe_actor (touched)), ==,
                   T0 + 20 + G_USEC_PER_SEC);
  g_assert_cmpint (time_of (probe_head (future), actor), ==, T0 + 100);
  g_assert_cmpint (order_of (probe_head (next), probe_head (probe)), ==, CONFSYNC_ORDER_AFTER);
  g_assert_cmpint (probe_get (next, CONFSYNC_ACTION_KEEP, NULL)->cause, ==, CONFSYNC_CAUSE_EDIT);
  assert_content (probe_get_report (next, CONFSYNC_REPORT_CHANGED)->other, "{'a':2}");
}

/* The head after a start that finds {'a':2,'b':1}, changed in place from what @origin is. */
static ConfsyncReplica *
start_with_origin (ConfsyncJson *state, ConfsyncRevision *origin)
{
  ConfsyncReplica *replica = confsync_replica_new ("self", 9);
  g_autoptr (ConfsyncDocument) live = make_document ("{'a':2,'b':1}");

  g_assert_true (confsync_replica_restore (replica, state, NULL));
  confsync_replica_know_origin (replica, confsync_revision_get_stamp (origin));
  confsync_replica_start (replica, T0 + 100, live, NULL, T0 + 50, NULL);
  return replica;
}

static void
test_origin (void)
{
  g_autoptr (Probe) probe = lived_probe ();
  g_autoptr (ConfsyncJson) state = probe_save (probe);
  g_autoptr (ConfsyncRevision) applied = make_edit_on ("{'a':3}", probe_head (probe), 7, T0 + 30);
  g_autoptr (ConfsyncRevision) won = make_edit_by ("{'a':3}", 8, T0 + 30);
  g_autoptr (ConfsyncRevision) set =
    make_edit_on ("{'a':3}", probe_head (probe), probe_actor (probe), T0 + 30);
  g_autoptr (ConfsyncRevision) old = make_edit_by ("{'a':1}", 7, T0 + 10);
  g_autoptr (ConfsyncReplica) on_applied = start_with_origin (state, applied);
  g_autoptr (ConfsyncReplica) on_won = start_with_origin (state, won);
  g_autoptr (ConfsyncReplica) on_set = start_with_origin (state, set);
  g_autoptr (ConfsyncReplica) on_old = start_with_origin (state, old);

  g_test_summary ("What was edited while the program was down is what it applied last, even if it "
                  "ended before it could say so; an old copy of the file is no such thing");
  g_assert_cmpint (order_of (confsync_replica_get_head (on_applied), applied), ==,
                   CONFSYNC_ORDER_AFTER);
  g_assert_cmpint (order_of (confsync_replica_get_head (on_won), won), ==, CONFSYNC_ORDER_AFTER);
  g_assert_cmpint (order_of (confsync_replica_get_head (on_set), set), ==, CONFSYNC_ORDER_AFTER);
  g_assert_cmpint (time_of (confsync_replica_get_head (on_set), probe_actor (probe)), ==, T0 + 50);
  g_assert_cmpint (order_of (confsync_replica_get_head (on_old), probe_head (probe)), ==,
                   CONFSYNC_ORDER_AFTER);
}

static void
test_saw (void)
{
  g_autoptr (Probe) probe = lived_probe ();
  g_autoptr (ConfsyncJson) state = probe_save (probe);
  g_autoptr (ConfsyncReplica) next = confsync_replica_new ("self", 9);
  g_autoptr (ConfsyncDocument) live = make_document ("{'a':4}");
  ConfsyncStamp *stamp;

  g_test_summary ("A version tells of times that a crash took out of the state: an edit that was "
                  "made after it, by a clock that is behind, comes after it");
  probe_edit (probe, T0 * 5, "{'a':3}");
  g_assert_true (confsync_replica_restore (next, state, NULL));
  confsync_replica_saw (next, confsync_revision_get_stamp (probe_head (probe)));
  confsync_replica_start (next, T0 + 30, live, NULL, T0 + 30, NULL);
  stamp = confsync_revision_get_stamp (confsync_replica_get_head (next));
  g_assert_cmpint (confsync_stamp_get_time (stamp), >, T0 * 5);
  g_assert_cmpint (confsync_revision_compare (confsync_replica_get_head (next),
                                              probe_head (probe)), >, 0);
}

static void
test_live_stamp (void)
{
  g_autoptr (Probe) probe = lived_probe ();
  g_autoptr (ConfsyncJson) state = probe_save (probe);
  g_autoptr (ConfsyncRevision) applied =
    make_edit_on ("{'a':3}", probe_head (probe), 7, T0 + 30);
  g_autoptr (Probe) next = probe_new_restored (
    state, T0 + 100, "{'a':3}", confsync_revision_get_stamp (applied), T0 + 31, "{'a':2}");
  g_autoptr (ConfsyncDocument) stray = make_document ("{'a':4}");

  g_test_summary ("After a crash between an apply and the saving of the state the file tells; a "
                  "stray edit was made on what the state tells");
  g_assert_true (confsync_revision_same (probe_head (next), applied));
  g_assert_cmpuint (probe_count (next, CONFSYNC_ACTION_KEEP, NULL), ==, 0);
  confsync_replica_displaced (next->replica, T0 + 101, stray);
  probe_collect (next);
  g_assert_cmpint (
    order_of (probe_get (next, CONFSYNC_ACTION_RESOLVE, NULL)->revision, probe_head (probe)), ==,
    CONFSYNC_ORDER_AFTER);
}

static void
test_old_live_stamp (void)
{
  g_autoptr (Probe) probe = lived_probe ();
  g_autoptr (ConfsyncJson) state = probe_save (probe);
  g_autoptr (ConfsyncRevision) old = make_edit_by ("{'a':1}", 7, T0 + 10);
  g_autoptr (ConfsyncRevision) lost = make_edit_by ("{'a':1}", 8, T0 + 15);
  g_autoptr (Probe) next = probe_new_restored (
    state, T0 + 100, "{'a':1}", confsync_revision_get_stamp (old), T0 + 10, "{'a':2}");
  g_autoptr (Probe) other = probe_new_restored (
    state, T0 + 100, "{'a':1}", confsync_revision_get_stamp (lost), T0 + 10, "{'a':2}");

  g_test_summary ("An old copy of the file, or of one that had lost, is an edit");
  g_assert_cmpint (order_of (probe_head (next), probe_head (probe)), ==, CONFSYNC_ORDER_AFTER);
  assert_content (probe_head (next), "{'a':1}");
  g_assert_cmpint (order_of (probe_head (other), probe_head (probe)), ==, CONFSYNC_ORDER_AFTER);
}

static void
test_own_live_stamp (void)
{
  g_autoptr (Probe) probe = lived_probe ();
  g_autoptr (ConfsyncJson) state = probe_save (probe);
  guint64 actor = probe_actor (probe);
  g_autoptr (ConfsyncRevision) set =
    make_edit_on ("{'a':3}", probe_head (probe), actor, T0 + 30);
  g_autoptr (Probe) next = probe_new_restored (
    state, T0 + 100, "{'a':3}", confsync_revision_get_stamp (set), T0 + 31, "{'a':2}");

  g_test_summary ("An own edit that only the file knows of is no clone's");
  confsync_replica_link_up (next->replica, T0 + 100, "1", FALSE);
  probe_heads (next, T0 + 100, "1", set);
  g_assert_cmpuint (probe_count_reports (next, CONFSYNC_REPORT_RENAMED), ==, 0);
  g_assert_cmpuint (probe_actor (next), ==, actor);
}

static void
test_missing_file (void)
{
  g_autoptr (Probe) probe = lived_probe ();
  g_autoptr (ConfsyncJson) state = probe_save (probe);
  g_autoptr (Probe) next = probe_new_restored (state, T0 + 100, NULL, NULL, -1, "{'a':2}");
  g_autoptr (Probe) bare = probe_new_restored (state, T0 + 100, NULL, NULL, -1, NULL);

  g_test_summary ("A file that is gone is no edit: the head stays what it was, if it is found");
  g_assert_true (confsync_revision_same (probe_head (next), probe_head (probe)));
  g_assert_null (probe_head (bare));
}

static void
test_bad_state (void)
{
  static const char *const states[] = {
    "{}",
    "{'used':-1,'greatest':1,'actor':'0123456789abcdef','head':null}",
    "{'used':1,'greatest':'x','actor':'0123456789abcdef','head':null}",
    "{'used':5,'greatest':5,'actor':'0123456789ABCDEF','head':null}",
    "{'used':5,'greatest':5,'actor':'0123456789abcdef','head':{}}",
    "{'used':5,'greatest':5,'actor':'0123456789abcdef','head':{'stamp':{},'hash':'00'}}",
  };

  g_test_summary ("A state that is of no use is refused as a whole, and a new life begins");
  for (guint i = 0; i < G_N_ELEMENTS (states); i++)
    {
      g_autoptr (ConfsyncReplica) replica = confsync_replica_new ("self", 1);
      g_autoptr (ConfsyncDocument) state = make_document (states[i]);
      g_autoptr (ConfsyncDocument) live = make_document ("{'a':1}");
      g_autoptr (GError) error = NULL;
      ConfsyncStamp *stamp;

      g_assert_false (
        confsync_replica_restore (replica, confsync_document_get_json (state), &error));
      g_assert_nonnull (error);
      g_assert_null (confsync_replica_get_restored_hash (replica));
      confsync_replica_start (replica, T0, live, NULL, T0, NULL);
      stamp = confsync_revision_get_stamp (confsync_replica_get_head (replica));
      g_assert_cmpint (confsync_stamp_get_kind (stamp), ==, CONFSYNC_STAMP_INITIAL);
      g_assert_false (confsync_vector_has (confsync_stamp_get_vector (stamp),
                                           G_GUINT64_CONSTANT (0x0123456789abcdef)));
    }
}

static void
test_own_actor_ahead (void)
{
  g_autoptr (Probe) probe = lived_probe ();
  g_autoptr (ConfsyncJson) state = probe_save (probe);
  g_autoptr (Probe) restored =
    probe_new_restored (state, T0 + 100, "{'a':2}", NULL, T0 + 20, NULL);
  guint64 actor = probe_actor (probe);
  g_autoptr (ConfsyncRevision) later =
    make_edit_on ("{'a':9}", probe_head (probe), actor, T0 + 60);

  g_test_summary ("Own edits that this life did not make: a new actor, what this life added moves "
                  "to it, and the two are concurrent");
  probe_edit (restored, T0 + 110, "{'a':5}");
  g_assert_cmpint (time_of (probe_head (restored), actor), ==, T0 + 110);
  confsync_replica_link_up (restored->replica, T0 + 110, "1", FALSE);
  probe_clear (restored);
  /* not ahead of what this life used */
  probe_heads (restored, T0 + 111, "1", later);
  g_assert_cmpuint (probe_count_reports (restored, CONFSYNC_REPORT_RENAMED), ==, 0);

  g_clear_pointer (&later, confsync_revision_unref);
  later = make_edit_on ("{'a':9}", probe_head (probe), actor, T0 + 200);
  probe_clear (restored);
  probe_receive (restored, T0 + 210, "1", later);
  probe_get_report (restored, CONFSYNC_REPORT_RENAMED);
  g_assert_cmpuint (probe_actor (restored), !=, actor);
  g_assert_cmpint (time_of (probe_head (restored), probe_actor (restored)), ==, T0 + 110);
  g_assert_cmpint (time_of (probe_head (restored), actor), ==, T0 + 20);
  g_assert_cmpint (order_of (probe_head (restored), later), ==, CONFSYNC_ORDER_CONCURRENT);
  probe_get (restored, CONFSYNC_ACTION_RESOLVE, NULL);
}

static void
test_own_actor_ahead_unused (void)
{
  g_autoptr (Probe) probe = lived_probe ();
  g_autoptr (ConfsyncJson) state = probe_save (probe);
  g_autoptr (Probe) restored =
    probe_new_restored (state, T0 + 100, "{'a':2}", NULL, T0 + 20, NULL);
  guint64 actor = probe_actor (probe);
  g_autoptr (ConfsyncRevision) later =
    make_edit_on ("{'a':9}", probe_head (probe), actor, T0 + 60);

  g_test_summary ("A restored backup that did nothing yet just takes what came after it");
  confsync_replica_link_up (restored->replica, T0 + 110, "1", FALSE);
  probe_clear (restored);
  probe_receive (restored, T0 + 111, "1", later);
  probe_get_report (restored, CONFSYNC_REPORT_RENAMED);
  g_assert_true (probe_get (restored, CONFSYNC_ACTION_APPLY, NULL)->revision == later);
  probe_applied (restored, T0 + 112, NULL, NULL);
  probe_edit (restored, T0 + 120, "{'a':10}");
  g_assert_cmpint (time_of (probe_head (restored), actor), ==, T0 + 60);
  g_assert_cmpint (time_of (probe_head (restored), probe_actor (restored)), ==, T0 + 120);
}

static void
test_folding (void)
{
  g_autoptr (Probe) probe = probe_new (NULL);
  const gint64 day = G_TIME_SPAN_DAY;
  guint64 actors[65];
  gint64 times[65];
  g_autoptr (ConfsyncRevision) crowd = NULL;

  g_test_summary ("An own edit folds what is long past; what comes in stays as it is");
  for (guint i = 0; i < G_N_ELEMENTS (actors); i++)
    {
      actors[i] = i + 1;
      times[i] = i < 10 ? T0 + i : T0 + 200 * day + i;
    }
  crowd = make_revision ("{'a':1}", CONFSYNC_STAMP_EDIT, G_N_ELEMENTS (actors), actors, times);
  confsync_replica_link_up (probe->replica, T0, "1", FALSE);
  probe_receive (probe, T0 + 300 * day, "1", crowd);
  probe_applied (probe, T0 + 300 * day, NULL, NULL);
  g_assert_cmpint (time_of (probe_head (probe), 1), ==, T0);
  probe_edit (probe, T0 + 300 * day, "{'a':2}");
  g_assert_cmpint (time_of (probe_head (probe), 1), ==, T0 + 9);
  g_assert_cmpint (order_of (probe_head (probe), crowd), ==, CONFSYNC_ORDER_AFTER);
}

/* A life that took {'a':1,'b':0} from elsewhere, in place of an edit which is told of next. */
static Probe *
displacing_probe (void)
{
  Probe *probe = probe_new ("{'a':0,'b':0}");
  g_autoptr (ConfsyncRevision) first = make_edit_by ("{'a':0,'b':0,'c':0}", 7, T0 + 5);
  g_autoptr (ConfsyncRevision) theirs = make_edit_on ("{'a':1,'b':0}", first, 7, T0 + 10);

  confsync_replica_link_up (probe->replica, T0, "1", FALSE);
  probe_receive (probe, T0 + 6, "1", first);
  probe_applied (probe, T0 + 7, NULL, NULL);
  probe_clear (probe);
  probe_receive (probe, T0 + 11, "1", theirs);
  return probe;
}

/* Starts with the head as it was, and what history has of @kept. */
static Probe *
start_after (ConfsyncJson *state, ConfsyncRole role, ConfsyncRevision *kept, ConfsyncCause cause)
{
  g_autoptr (ConfsyncVersion) version = confsync_version_new (
    "version", confsync_revision_get_stamp (kept), confsync_revision_get_hash (kept), cause, FALSE);
  ConfsyncVersion *versions[] = { version, NULL };

  return probe_new_seen (state, role, T0 + 100, "{'a':1,'b':0}", versions,
                         confsync_revision_get_document (kept));
}

static void
test_displaced (void)
{
  g_autoptr (Probe) probe = displacing_probe ();
  g_autoptr (ConfsyncJson) before = NULL, meanwhile = NULL, after = NULL;
  g_autoptr (ConfsyncRevision) edit = NULL;
  g_autoptr (Probe) lost_state = NULL, with_state = NULL, again = NULL, told = NULL, apart = NULL;

  g_test_summary ("A displaced edit that is kept, and whose merge was not live when the program "
                  "was killed, is decided by the next start, once, whether the state knows of it "
                  "or not");
  probe_applied (probe, T0 + 12, NULL, NULL);
  before = probe_save (probe);
  probe_clear (probe);
  {
    g_autoptr (ConfsyncDocument) document = make_document ("{'a':0,'b':2}");

    confsync_replica_displaced (probe->replica, T0 + 13, document);
    probe_collect (probe);
  }
  edit = confsync_revision_ref (probe_get (probe, CONFSYNC_ACTION_KEEP, NULL)->revision);
  probe_answer (probe, T0 + 14, CONFSYNC_ANSWER_MERGED, "{'a':1,'b':2}");
  meanwhile = probe_save (probe);

  lost_state = start_after (before, CONFSYNC_ROLE_BOTH, edit, CONFSYNC_CAUSE_EDIT);
  g_assert_true (confsync_revision_same (
    probe_get (lost_state, CONFSYNC_ACTION_RESOLVE, NULL)->revision, edit));
  with_state = start_after (meanwhile, CONFSYNC_ROLE_BOTH, edit, CONFSYNC_CAUSE_EDIT);
  probe_get (with_state, CONFSYNC_ACTION_RESOLVE, NULL);

  /* once: it loses, and that is known from then on */
  probe_answer (with_state, T0 + 101, CONFSYNC_ANSWER_LOCAL, NULL);
  probe_get_report (with_state, CONFSYNC_REPORT_LOST);
  after = probe_save (with_state);
  again = start_after (after, CONFSYNC_ROLE_BOTH, edit, CONFSYNC_CAUSE_EDIT);
  g_assert_cmpuint (probe_count (again, CONFSYNC_ACTION_RESOLVE, NULL), ==, 0);
  /* the version says that it lost, though the state doesn't */
  told = start_after (before, CONFSYNC_ROLE_BOTH, edit, CONFSYNC_CAUSE_LOST);
  g_assert_cmpuint (probe_count (told, CONFSYNC_ACTION_RESOLVE, NULL), ==, 0);
  apart = start_after (before, CONFSYNC_ROLE_RECEIVE_ONLY, edit, CONFSYNC_CAUSE_EDIT);
  g_assert_cmpuint (probe_count (apart, CONFSYNC_ACTION_RESOLVE, NULL), ==, 0);
}

static guint
count_lost (Probe *probe)
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
test_displaced_overruled (void)
{
  g_autoptr (Probe) probe = displacing_probe ();
  const char *const overruled[] = { "/a", NULL };
  g_autoptr (ConfsyncDocument) merged = make_document ("{'a':1,'b':2}");
  const ConfsyncResolution resolution = { .answer = CONFSYNC_ANSWER_MERGED,
                                          .merged = merged,
                                          .overruled = overruled };

  g_test_summary ("That a displaced edit lost a value to a merge is noted when the merge is live");
  probe_clear (probe);
  probe_applied (probe, T0 + 12, "{'a':0,'b':2}", NULL);
  probe_resolve (probe, T0 + 13, &resolution);
  g_assert_cmpuint (count_lost (probe), ==, 1); /* the head, whose version is there already */
  probe_applied (probe, T0 + 14, NULL, NULL);
  g_assert_cmpuint (count_lost (probe), ==, 2);
  g_assert_cmpuint (probe_count_reports (probe, CONFSYNC_REPORT_LOST), ==, 0);
}

static void
test_aside (void)
{
  g_autoptr (Probe) probe = displacing_probe ();
  g_autoptr (ConfsyncJson) state = probe_save (probe);
  g_autoptr (ConfsyncRevision) aside = NULL;
  g_autoptr (Probe) next = NULL;

  g_test_summary ("What was only read while an apply was under way is no edit of its own");
  probe_clear (probe);
  probe_edit (probe, T0 + 13, "{'a':0,'b':2}");
  aside = confsync_revision_ref (probe_get (probe, CONFSYNC_ACTION_KEEP, NULL)->revision);
  g_assert_true (confsync_stamp_is_aside (confsync_revision_get_stamp (aside)));
  next = start_after (state, CONFSYNC_ROLE_BOTH, aside, CONFSYNC_CAUSE_EDIT);
  g_assert_cmpuint (probe_count (next, CONFSYNC_ACTION_RESOLVE, NULL), ==, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/replica/life/first", test_first);
  g_test_add_func ("/replica/life/round-trip", test_round_trip);
  g_test_add_func ("/replica/life/round-trip/empty", test_empty_round_trip);
  g_test_add_func ("/replica/life/edited-while-down", test_edited_while_down);
  g_test_add_func ("/replica/life/origin", test_origin);
  g_test_add_func ("/replica/life/saw", test_saw);
  g_test_add_func ("/replica/life/live-stamp", test_live_stamp);
  g_test_add_func ("/replica/life/live-stamp/old", test_old_live_stamp);
  g_test_add_func ("/replica/life/live-stamp/own", test_own_live_stamp);
  g_test_add_func ("/replica/life/missing-file", test_missing_file);
  g_test_add_func ("/replica/life/bad-state", test_bad_state);
  g_test_add_func ("/replica/life/own-actor-ahead", test_own_actor_ahead);
  g_test_add_func ("/replica/life/own-actor-ahead/unused", test_own_actor_ahead_unused);
  g_test_add_func ("/replica/life/folding", test_folding);
  g_test_add_func ("/replica/life/displaced", test_displaced);
  g_test_add_func ("/replica/life/displaced/overruled", test_displaced_overruled);
  g_test_add_func ("/replica/life/displaced/aside", test_aside);
  return g_test_run ();
}
