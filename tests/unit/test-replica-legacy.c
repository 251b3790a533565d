/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * The rules of a replica about what comes from legacy peers, one test each: what a content is taken
 * for, and what becomes of it.
 */

#include "config.h"

#include "legacy-probe.h"

static void
test_hash_first (void)
{
  g_autoptr (Probe) probe = legacy_edited_probe ();
  g_autoptr (ConfsyncRevision) head = confsync_revision_ref (probe_head (probe));

  g_test_summary ("The head's own content is nothing new, whatever its time");
  legacy_take (probe, NOW + SECOND, "l", NOW + 30 * SECOND, "{'a':1}");
  legacy_take (probe, NOW + SECOND, "l", 0, "{'a':1}");
  g_assert_cmpuint (probe->actions->len, ==, 0);
  g_assert_true (probe_head (probe) == head);
  /* and who has shown it has seen it */
  legacy_take (probe, NOW + SECOND + 1, "l", NOW + SECOND, "{'a':2}");
  g_assert_cmpint (order_of (legacy_get_applied (probe), head), ==, CONFSYNC_ORDER_AFTER);
}

static void
test_base_received (void)
{
  g_autoptr (Probe) probe = legacy_edited_probe ();
  g_autoptr (ConfsyncRevision) first = NULL;

  g_test_summary ("An edit is made on the last revision received from that id");
  legacy_take (probe, NOW + 4 * SECOND, "l", NOW + 4 * SECOND, "{'a':2}");
  first = confsync_revision_ref (legacy_get_applied (probe));
  probe_applied (probe, NOW + 4 * SECOND, NULL, NULL);
  probe_clear (probe);
  legacy_take (probe, NOW + 5 * SECOND, "l", NOW + 5 * SECOND, "{'a':3}");
  g_assert_cmpint (order_of (legacy_get_applied (probe), first), ==, CONFSYNC_ORDER_AFTER);
  probe_applied (probe, NOW + 5 * SECOND, NULL, NULL);
  probe_clear (probe);
  /* another one had no time to see it */
  legacy_take (probe, NOW + 6 * SECOND, "m", NOW + 6 * SECOND, "{'a':4}");
  probe_get (probe, CONFSYNC_ACTION_RESOLVE, "1");
}

static void
test_base_sent (void)
{
  const gint64 ages[] = { 3 * SECOND - 1, 3 * SECOND };

  g_test_summary ("An edit is made on what was sent at least 3 s ago, and on nothing younger");
  for (guint i = 0; i < G_N_ELEMENTS (ages); i++)
    {
      g_autoptr (Probe) probe = legacy_edited_probe ();
      g_autoptr (ConfsyncRevision) head = confsync_revision_ref (probe_head (probe));

      legacy_take (probe, NOW + ages[i], "l", NOW + ages[i], "{'a':2}");
      g_assert_cmpuint (probe_count (probe, CONFSYNC_ACTION_RESOLVE, "1"), ==, i == 0);
      g_assert_cmpuint (probe_count (probe, CONFSYNC_ACTION_APPLY, NULL), ==, i == 1);
      if (i == 1)
        g_assert_cmpint (order_of (legacy_get_applied (probe), head), ==, CONFSYNC_ORDER_AFTER);
    }
}

static void
test_base_later (void)
{
  g_autoptr (Probe) probe = legacy_edited_probe ();
  g_autoptr (ConfsyncRevision) theirs = NULL;
  g_autoptr (ConfsyncRevision) ours = NULL;

  g_test_summary ("Of what was received and what was sent, the later one counts");
  legacy_take (probe, NOW + 4 * SECOND, "l", NOW + 4 * SECOND, "{'a':2}");
  probe_applied (probe, NOW + 4 * SECOND, NULL, NULL);
  theirs = confsync_revision_ref (probe_head (probe));
  probe_edit (probe, NOW + 5 * SECOND, "{'a':3}");
  ours = confsync_revision_ref (probe_head (probe));
  probe_clear (probe);

  /* too young to have been seen: made on its own last one */
  legacy_take (probe, NOW + 7 * SECOND, "l", NOW + 7 * SECOND, "{'a':4}");
  g_assert_cmpint (
    order_of (probe_get (probe, CONFSYNC_ACTION_RESOLVE, "1")->revision, theirs), ==,
    CONFSYNC_ORDER_AFTER);
  probe_answer (probe, NOW + 7 * SECOND, CONFSYNC_ANSWER_LOCAL, NULL);
  probe_clear (probe);
  /* the head went back then; seen by now, and later than what was received */
  legacy_take (probe, NOW + 11 * SECOND, "l", NOW + 11 * SECOND, "{'a':5}");
  g_assert_cmpint (order_of (legacy_get_applied (probe), ours), ==, CONFSYNC_ORDER_AFTER);
}

static void
test_vector (void)
{
  const gint64 offsets[] = { -SECOND, 30 * SECOND };

  g_test_summary ("Its vector is the base's, its own entry its time or the greatest in it + 1");
  for (guint i = 0; i < G_N_ELEMENTS (offsets); i++)
    {
      g_autoptr (Probe) probe = legacy_edited_probe ();
      gint64 at = NOW + 4 * SECOND, own = probe_actor (probe);
      gint64 edited = NOW + 3 * SECOND + 500;
      ConfsyncRevision *revision;

      probe_edit (probe, edited, "{'a':7}");
      probe_clear (probe);
      at = edited + 3 * SECOND;
      legacy_take (probe, at, "l", i == 0 ? edited - SECOND : at + offsets[i], "{'a':2}");
      revision = legacy_get_applied (probe);
      g_assert_cmpint (time_of (revision, own), ==, edited);
      g_assert_cmpint (time_of (revision, legacy_actor_of ("l")), ==,
                       i == 0 ? edited + 1 : at + offsets[i]);
      g_assert_cmpint (confsync_stamp_get_time (confsync_revision_get_stamp (revision)), ==,
                       time_of (revision, legacy_actor_of ("l")));
      g_assert_cmpstr (confsync_stamp_get_author (confsync_revision_get_stamp (revision)), ==, "l");
      g_assert_cmpint (confsync_stamp_get_kind (confsync_revision_get_stamp (revision)), ==,
                       CONFSYNC_STAMP_EDIT);
    }
}

static gint64
time_made (gint64 time)
{
  g_autoptr (Probe) probe = probe_new (NULL);
  gint64 made;

  legacy_up (probe, NOW, "1", TRUE);
  legacy_take (probe, NOW, "l", time, "{'a':2}");
  made = time_of (legacy_get_applied (probe), legacy_actor_of ("l"));
  probe_applied (probe, NOW, NULL, NULL);
  return made;
}

static void
test_clock_off (void)
{
  g_test_summary ("A time over 60 s from our clock is replaced by the time of receipt");
  g_assert_cmpint (time_made (NOW + 60 * SECOND), ==, NOW + 60 * SECOND);
  g_assert_cmpint (time_made (NOW + 60 * SECOND + 1), ==, NOW);
  g_assert_cmpint (time_made (NOW - 60 * SECOND), ==, NOW - 60 * SECOND);
  g_assert_cmpint (time_made (NOW - 60 * SECOND - 1), ==, NOW);
  g_assert_cmpint (time_made (NOW - 3600 * SECOND), ==, NOW);
  g_assert_cmpint (time_made (0), ==, NOW);
  g_assert_cmpint (time_made (CONFSYNC_STAMP_TIME_MAX), ==, NOW);
}

static void
test_lead (void)
{
  g_test_summary ("Frames of instances like us tell when a content was made, whoever relays them");
  g_assert_cmpint (time_made (NOW + CONFSYNC_LEGACY_LEAD_US), ==, NOW);
  g_assert_cmpint (time_made (NOW + CONFSYNC_LEGACY_LEAD_US - 1800 * SECOND), ==,
                   NOW - 1800 * SECOND);
}

static void
test_base_quick (void)
{
  const gint64 ages[] = { SECOND - 1, SECOND, 5 * SECOND };

  g_test_summary ("An instance like us, behind a legacy server, has seen what is a second old, but "
                  "nothing that was made after its content");
  for (guint i = 0; i < G_N_ELEMENTS (ages); i++)
    {
      g_autoptr (Probe) probe = legacy_edited_probe ();
      gint64 made = i < 2 ? NOW + ages[i] : NOW - 20 * SECOND;

      legacy_take (probe, NOW + ages[i], "c", made + CONFSYNC_LEGACY_LEAD_US, "{'a':2}");
      g_assert_cmpuint (probe_count (probe, CONFSYNC_ACTION_RESOLVE, "1"), ==, i != 1);
      if (i == 1)
        g_assert_cmpint (order_of (legacy_get_applied (probe), probe_head (probe)), ==,
                         CONFSYNC_ORDER_AFTER);
    }
}

static void
test_base_relayed (void)
{
  g_autoptr (Probe) probe = legacy_edited_probe ();

  g_test_summary ("What came by way of a server was sent to all others behind it");
  confsync_replica_link_down (probe->replica, "1");
  legacy_up (probe, NOW, "1", FALSE);
  probe_clear (probe);
  legacy_take (probe, NOW + 4 * SECOND, "l", NOW + 4 * SECOND, "{'a':2}");
  probe_applied (probe, NOW + 4 * SECOND, NULL, NULL);
  probe_clear (probe);
  legacy_take (probe, NOW + 8 * SECOND, "m", NOW + 8 * SECOND, "{'a':3}");
  g_assert_cmpint (order_of (legacy_get_applied (probe), probe_head (probe)), ==,
                   CONFSYNC_ORDER_AFTER);
  probe_applied (probe, NOW + 8 * SECOND, NULL, NULL);
}

static void
test_comparison (void)
{
  g_autoptr (Probe) probe = legacy_edited_probe ();
  g_autoptr (Probe) newcomer = probe_new ("{'a':0}");
  ConfsyncAction *question;

  g_test_summary ("Then it is a revision like any other: resolved, or better than an initial one");
  legacy_take (probe, NOW + SECOND, "l", NOW + SECOND, "{'a':2}");
  question = probe_get (probe, CONFSYNC_ACTION_RESOLVE, "1");
  g_assert_true (question->other == probe_head (probe));
  probe_answer (probe, NOW + SECOND, CONFSYNC_ANSWER_REMOTE, NULL);
  probe_applied (probe, NOW + SECOND, NULL, NULL);
  assert_content (probe_head (probe), "{'a':2}");
  assert_content (probe_get_report (probe, CONFSYNC_REPORT_LOST)->revision, "{'a':1}");

  legacy_up (newcomer, NOW, "1", TRUE);
  legacy_take (newcomer, NOW + SECOND, "l", NOW + SECOND, "{'a':2}");
  assert_content (legacy_get_applied (newcomer), "{'a':2}");
}

static void
test_epoch (void)
{
  g_autoptr (Probe) probe = probe_new (NULL);
  const ConfsyncVectorEntry entry = { 7, NOW };
  g_autoptr (ConfsyncVector) vector = confsync_vector_new (0, &entry, 1);
  g_autoptr (ConfsyncStamp) stamp = confsync_stamp_new (CONFSYNC_STAMP_EDIT, 3, NOW, "o", vector);
  g_autoptr (ConfsyncDocument) document = make_document ("{'a':1}");
  g_autoptr (ConfsyncRevision) head = confsync_revision_new (document, stamp);

  g_test_summary ("A legacy peer edits in the present epoch");
  confsync_replica_link_up (probe->replica, NOW, "2", FALSE);
  probe_receive (probe, NOW, "2", head);
  probe_applied (probe, NOW, NULL, NULL);
  legacy_up (probe, NOW, "1", TRUE);
  probe_clear (probe);
  legacy_take (probe, NOW + SECOND, "l", NOW + SECOND, "{'a':2}");
  g_assert_cmpuint (
    confsync_stamp_get_epoch (confsync_revision_get_stamp (
      probe_get (probe, CONFSYNC_ACTION_RESOLVE, "1")->revision)),
    ==, 3);
}

static void
test_empty (void)
{
  g_autoptr (Probe) probe = legacy_edited_probe ();

  g_test_summary ("{} wipes nothing");
  legacy_take (probe, NOW + 10 * SECOND, "l", NOW + 10 * SECOND, "{}");
  g_assert_cmpuint (probe->actions->len, ==, 0);
  assert_content (probe_head (probe), "{'a':1}");
}

static void
test_deferred (void)
{
  g_autoptr (Probe) probe = legacy_edited_probe ();

  g_test_summary ("While an apply is under way contents wait, and the oldest of one id give way");
  legacy_take (probe, NOW + 4 * SECOND, "l", NOW + 4 * SECOND, "{'a':2}");
  for (int i = 0; i < 20; i++)
    {
      g_autofree char *text = g_strdup_printf ("{'a':%d}", i + 3);

      legacy_take (probe, NOW + 5 * SECOND + i, "l", NOW + 5 * SECOND + i, text);
    }
  legacy_take (probe, NOW + 6 * SECOND, "m", NOW + 6 * SECOND, "{'a':2}");
  g_assert_cmpuint (probe_count (probe, CONFSYNC_ACTION_APPLY, NULL), ==, 1);
  for (int i = 19 - 3; i < 20; i++)
    {
      g_autofree char *text = g_strdup_printf ("{'a':%d}", i + 3);

      probe_clear (probe);
      probe_applied (probe, NOW + 7 * SECOND, NULL, NULL);
      assert_content (legacy_get_applied (probe), text);
    }
  probe_clear (probe);
  probe_applied (probe, NOW + 7 * SECOND, NULL, NULL);
  assert_content (probe_head (probe), "{'a':22}");
}

static void
test_failed (void)
{
  g_autoptr (Probe) probe = legacy_edited_probe ();

  g_test_summary ("What can't be applied is kept at once: nobody else may have it");
  legacy_take (probe, NOW + 4 * SECOND, "l", NOW + 4 * SECOND, "{'a':2}");
  probe_applied (probe, NOW + 4 * SECOND, NULL, "disk full");
  assert_content (probe_get (probe, CONFSYNC_ACTION_KEEP, "1")->revision, "{'a':2}");
}

static void
test_same_everywhere (void)
{
  g_autoptr (Probe) one = probe_new (NULL);
  g_autoptr (Probe) other = probe_new (NULL);

  g_test_summary ("All that see a frame make the same revision of it, if they know the same");
  legacy_up (one, NOW, "1", FALSE);
  legacy_up (other, NOW + 5, "1", FALSE);
  legacy_take (one, NOW + 10, "l", NOW + SECOND, "{'a':2}");
  legacy_take (other, NOW + 20, "l", NOW + SECOND, "{'a':2}");
  g_assert_cmpstr (confsync_revision_get_key (legacy_get_applied (one)), ==,
                   confsync_revision_get_key (legacy_get_applied (other)));
  probe_applied (one, NOW + 30, NULL, NULL);
  probe_applied (other, NOW + 30, NULL, NULL);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/replica/legacy/hash-first", test_hash_first);
  g_test_add_func ("/replica/legacy/base-received", test_base_received);
  g_test_add_func ("/replica/legacy/base-sent", test_base_sent);
  g_test_add_func ("/replica/legacy/base-later", test_base_later);
  g_test_add_func ("/replica/legacy/base-quick", test_base_quick);
  g_test_add_func ("/replica/legacy/base-relayed", test_base_relayed);
  g_test_add_func ("/replica/legacy/vector", test_vector);
  g_test_add_func ("/replica/legacy/clock-off", test_clock_off);
  g_test_add_func ("/replica/legacy/lead", test_lead);
  g_test_add_func ("/replica/legacy/comparison", test_comparison);
  g_test_add_func ("/replica/legacy/epoch", test_epoch);
  g_test_add_func ("/replica/legacy/empty", test_empty);
  g_test_add_func ("/replica/legacy/deferred", test_deferred);
  g_test_add_func ("/replica/legacy/failed", test_failed);
  g_test_add_func ("/replica/legacy/same-everywhere", test_same_everywhere);
  return g_test_run ();
}
