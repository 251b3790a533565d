/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * What a damaged version held: found in memory, or asked of one peer after the other; what a peer
 * says is believed only where its hash is the recorded one.
 */

#include "config.h"

#include "replica-probe.h"

#define PATIENCE_US (10 * G_USEC_PER_SEC)

typedef struct
{
  Probe *probe;
  ConfsyncRevision *lost; /* what the version held */
  ConfsyncVersion *version;
} Fixture;

static void
fixture_set_up (Fixture *fixture, gconstpointer data)
{
  fixture->probe = probe_new ("{'a':0}");
  fixture->lost = make_edit_by ("{'a':7}", 5, T0 - 100);
  fixture->version =
    confsync_version_new ("config_20240101120000.json",
                          confsync_revision_get_stamp (fixture->lost),
                          confsync_revision_get_hash (fixture->lost), CONFSYNC_CAUSE_REMOTE, TRUE);
}

static void
fixture_tear_down (Fixture *fixture, gconstpointer data)
{
  probe_free (fixture->probe);
  confsync_revision_unref (fixture->lost);
  confsync_version_unref (fixture->version);
}

static void
mend (Fixture *fixture, gint64 now, ConfsyncVersion *version)
{
  probe_clear (fixture->probe);
  confsync_replica_mend (fixture->probe->replica, now, version);
  probe_collect (fixture->probe);
}

static void
got (Fixture *fixture, gint64 now, const char *link, ConfsyncRevision *answer, guint more)
{
  ConfsyncStamp *stamp = confsync_version_get_stamp (fixture->version);

  probe_clear (fixture->probe);
  confsync_replica_got_base (fixture->probe->replica, now, link, stamp, stamp, answer, more);
  probe_collect (fixture->probe);
}

static void
assert_asked (Fixture *fixture, const char *link)
{
  ConfsyncAction *action = probe_get (fixture->probe, CONFSYNC_ACTION_SEND_BASE_REQUEST, NULL);

  g_assert_cmpstr (action->link, ==, link);
  g_assert_true (action->stamps[0] == confsync_version_get_stamp (fixture->version));
  g_assert_true (action->stamps[1] == confsync_version_get_stamp (fixture->version));
  g_assert_cmpuint (probe_count (fixture->probe, CONFSYNC_ACTION_MEND, NULL), ==, 0);
}

static void
assert_mended (Fixture *fixture, ConfsyncRevision *revision)
{
  ConfsyncAction *action = probe_get (fixture->probe, CONFSYNC_ACTION_MEND, NULL);

  g_assert_true (action->revision == revision);
  g_assert_true (action->version == fixture->version);
}

static void
assert_quiet (Fixture *fixture)
{
  g_assert_cmpuint (probe_count (fixture->probe, CONFSYNC_ACTION_MEND, NULL), ==, 0);
  g_assert_cmpuint (probe_count (fixture->probe, CONFSYNC_ACTION_SEND_BASE_REQUEST, NULL), ==, 0);
}

static void
test_memory (Fixture *fixture, gconstpointer data)
{
  ConfsyncRevision *head = confsync_replica_get_head (fixture->probe->replica);
  g_autoptr (ConfsyncVersion) version =
    confsync_version_new ("config_20240101120000.json", confsync_revision_get_stamp (head),
                          confsync_revision_get_hash (head), CONFSYNC_CAUSE_INITIAL, FALSE);

  g_test_summary ("What is in memory is asked of nobody");
  probe_link (fixture->probe, "1");
  mend (fixture, T0 + 1, version);
  g_assert_true (probe_get (fixture->probe, CONFSYNC_ACTION_MEND, NULL)->revision == head);
  g_assert_cmpuint (probe_count (fixture->probe, CONFSYNC_ACTION_SEND_BASE_REQUEST, NULL), ==, 0);
}

static void
test_memory_later (Fixture *fixture, gconstpointer data)
{
  g_test_summary ("What wasn't in memory before the start may be there the next time");
  mend (fixture, T0 + 1, fixture->version);
  assert_quiet (fixture);
  probe_link (fixture->probe, "1");
  probe_receive (fixture->probe, T0 + 2, "1", fixture->lost);
  if (probe_count (fixture->probe, CONFSYNC_ACTION_APPLY, NULL) > 0)
    probe_applied (fixture->probe, T0 + 3, NULL, NULL);
  mend (fixture, T0 + 4, fixture->version);
  assert_mended (fixture, fixture->lost);
}

static void
test_peers (Fixture *fixture, gconstpointer data)
{
  g_test_summary ("One peer after the other is asked, and the answer ends it");
  probe_link (fixture->probe, "1");
  probe_link (fixture->probe, "2");
  mend (fixture, T0 + 1, fixture->version);
  assert_asked (fixture, "1");
  mend (fixture, T0 + 2, fixture->version);
  assert_quiet (fixture);
  got (fixture, T0 + 3, "2", fixture->lost, 0);
  assert_quiet (fixture);
  got (fixture, T0 + 4, "1", NULL, 0);
  assert_asked (fixture, "2");
  got (fixture, T0 + 5, "2", fixture->lost, 3);
  assert_mended (fixture, fixture->lost);
  got (fixture, T0 + 6, "2", fixture->lost, 2);
  assert_quiet (fixture);
}

static void
test_hostile (Fixture *fixture, gconstpointer data)
{
  g_autoptr (ConfsyncRevision) other = make_edit_by ("{'a':8}", 5, T0 - 100);
  g_autoptr (ConfsyncRevision) later = make_edit_by ("{'a':7}", 5, T0 - 99);
  ConfsyncRevision *head = confsync_replica_get_head (fixture->probe->replica);

  g_test_summary ("Another content, or the same one of another edit, is not taken");
  probe_link (fixture->probe, "1");
  mend (fixture, T0 + 1, fixture->version);
  got (fixture, T0 + 2, "1", other, 2);
  assert_quiet (fixture);
  got (fixture, T0 + 3, "1", later, 1);
  assert_quiet (fixture);
  got (fixture, T0 + 4, "1", other, 0);
  assert_mended (fixture, NULL);
  g_assert_cmpuint (probe_get (fixture->probe, CONFSYNC_ACTION_MEND, NULL)->count, ==, 1);
  g_assert_true (confsync_replica_get_head (fixture->probe->replica) == head);
  got (fixture, T0 + 5, "1", fixture->lost, 0);
  assert_quiet (fixture);
}

static void
test_later (Fixture *fixture, gconstpointer data)
{
  g_test_summary ("Who comes later is asked; that nobody has it is told once");
  mend (fixture, T0 + 1, fixture->version);
  assert_quiet (fixture);
  probe_link (fixture->probe, "1");
  probe_clear (fixture->probe);
  probe_heads (fixture->probe, T0 + 2, "1", NULL);
  assert_asked (fixture, "1");
  got (fixture, T0 + 3, "1", NULL, 0);
  assert_mended (fixture, NULL);
  mend (fixture, T0 + 4, fixture->version);
  assert_quiet (fixture);
  mend (fixture, T0 + 2 + PATIENCE_US, fixture->version);
  assert_asked (fixture, "1");
  got (fixture, T0 + 3 + PATIENCE_US, "1", NULL, 0);
  assert_quiet (fixture);
  probe_link (fixture->probe, "2");
  probe_clear (fixture->probe);
  probe_heads (fixture->probe, T0 + 4 + PATIENCE_US, "2", NULL);
  assert_asked (fixture, "2");
  got (fixture, T0 + 5 + PATIENCE_US, "2", fixture->lost, 0);
  assert_mended (fixture, fixture->lost);
}

static void
test_silent (Fixture *fixture, gconstpointer data)
{
  g_test_summary ("Who doesn't answer in time, or is gone, isn't waited for");
  probe_link (fixture->probe, "1");
  probe_link (fixture->probe, "2");
  probe_link (fixture->probe, "3");
  mend (fixture, T0 + 1, fixture->version);
  assert_asked (fixture, "1");
  probe_clear (fixture->probe);
  confsync_replica_tick (fixture->probe->replica, T0 + PATIENCE_US);
  probe_collect (fixture->probe);
  assert_quiet (fixture);
  confsync_replica_tick (fixture->probe->replica, T0 + 1 + PATIENCE_US);
  probe_collect (fixture->probe);
  assert_asked (fixture, "2");
  probe_clear (fixture->probe);
  confsync_replica_link_down (fixture->probe->replica, "2");
  probe_collect (fixture->probe);
  assert_asked (fixture, "3");
  got (fixture, T0 + 2 + PATIENCE_US, "3", fixture->lost, 0);
  assert_mended (fixture, fixture->lost);
}

static void
test_answers (Fixture *fixture, gconstpointer data)
{
  ConfsyncRevision *head = confsync_replica_get_head (fixture->probe->replica);
  ConfsyncStamp *stamp = confsync_revision_get_stamp (head);

  g_test_summary ("Who is asked for one revision by its stamp, twice, answers with that one");
  probe_link (fixture->probe, "1");
  probe_clear (fixture->probe);
  confsync_replica_got_base_request (fixture->probe->replica, T0 + 1, "1", stamp, stamp);
  probe_collect (fixture->probe);
  g_assert_true (probe_get (fixture->probe, CONFSYNC_ACTION_SEND_BASE, "1")->revision == head);
}

#define ADD(path, function) \
  g_test_add (path, Fixture, NULL, fixture_set_up, function, fixture_tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("/replica/mend/memory", test_memory);
  ADD ("/replica/mend/memory-later", test_memory_later);
  ADD ("/replica/mend/peers", test_peers);
  ADD ("/replica/mend/hostile", test_hostile);
  ADD ("/replica/mend/later", test_later);
  ADD ("/replica/mend/silent", test_silent);
  ADD ("/replica/mend/answers", test_answers);
  return g_test_run ();
}
