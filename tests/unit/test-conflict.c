/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Conflicts: each is answered once, now, later, or by neglect.
 */

#include "config.h"

#include "confsync-conflict-private.h"
#include "test-revision.h"

typedef struct
{
  ConfsyncConflict *conflict; /* (owned) (nullable) */
  guint answers;
  guint destroyed;
  ConfsyncAnswer answer;
  ConfsyncDocument *merged; /* (owned) (nullable) */
  char *reason;             /* (owned) (nullable) */
} Fixture;

static void
answered_cb (ConfsyncConflict *conflict,
             ConfsyncAnswer answer,
             ConfsyncDocument *merged,
             const char *reason,
             gpointer user_data)
{
  Fixture *fixture = user_data;

  g_assert_cmpuint (fixture->destroyed, ==, 0);
  fixture->answers++;
  fixture->answer = answer;
  fixture->merged = merged != NULL ? confsync_document_ref (merged) : NULL;
  fixture->reason = g_strdup (reason);
  /* a resolver may answer twice from within, and nothing may come of it */
  confsync_conflict_take_local (conflict);
}

static void
destroy_cb (gpointer user_data)
{
  ((Fixture *) user_data)->destroyed++;
}

static void
setup (Fixture *fixture, gconstpointer data)
{
  g_autoptr (ConfsyncRevision) base = test_revision ("{'a':0}", 1);
  g_autoptr (ConfsyncRevision) local = test_revision ("{'a':1}", 2);
  g_autoptr (ConfsyncRevision) remote = test_revision ("{'a':2}", 3);

  fixture->conflict = confsync_conflict_new (data != NULL ? NULL : base, local, remote, answered_cb,
                                             fixture, destroy_cb);
}

static void
teardown (Fixture *fixture, gconstpointer data)
{
  g_clear_pointer (&fixture->conflict, confsync_conflict_unref);
  g_clear_pointer (&fixture->merged, confsync_document_unref);
  g_free (fixture->reason);
  g_assert_cmpuint (fixture->answers, <=, 1);
  g_assert_cmpuint (fixture->destroyed, ==, 1);
}

static void
test_sides (Fixture *fixture, gconstpointer data)
{
  test_assert_document (confsync_revision_get_document (
                          confsync_conflict_get_base (fixture->conflict)), "{'a':0}");
  test_assert_document (confsync_revision_get_document (
                          confsync_conflict_get_local (fixture->conflict)), "{'a':1}");
  test_assert_document (confsync_revision_get_document (
                          confsync_conflict_get_remote (fixture->conflict)), "{'a':2}");
}

static void
test_no_base (Fixture *fixture, gconstpointer data)
{
  g_assert_null (confsync_conflict_get_base (fixture->conflict));
}

static void
test_local (Fixture *fixture, gconstpointer data)
{
  confsync_conflict_take_local (fixture->conflict);
  g_assert_cmpuint (fixture->answers, ==, 1);
  g_assert_cmpint (fixture->answer, ==, CONFSYNC_ANSWER_LOCAL);
}

static void
test_remote_later (Fixture *fixture, gconstpointer data)
{
  g_autoptr (ConfsyncConflict) kept = confsync_conflict_ref (fixture->conflict);

  g_test_summary ("One that is kept can be answered later, and only once");
  g_clear_pointer (&fixture->conflict, confsync_conflict_unref);
  g_assert_cmpuint (fixture->answers, ==, 0);
  confsync_conflict_take_remote (kept);
  confsync_conflict_decline (kept, "too late");
  g_assert_cmpuint (fixture->answers, ==, 1);
  g_assert_cmpint (fixture->answer, ==, CONFSYNC_ANSWER_REMOTE);
  g_assert_null (fixture->reason);
}

static void
test_merged (Fixture *fixture, gconstpointer data)
{
  g_autoptr (ConfsyncDocument) merged = test_document ("{'a':3}");

  confsync_conflict_take_merged (fixture->conflict, merged);
  g_assert_cmpint (fixture->answer, ==, CONFSYNC_ANSWER_MERGED);
  g_assert_true (fixture->merged == merged);
}

static void
test_declined (Fixture *fixture, gconstpointer data)
{
  confsync_conflict_decline (fixture->conflict, "a person has to look");
  g_assert_cmpint (fixture->answer, ==, CONFSYNC_ANSWER_DECLINED);
  g_assert_cmpstr (fixture->reason, ==, "a person has to look");
}

static void
test_neglected (Fixture *fixture, gconstpointer data)
{
  g_test_summary ("One that nobody keeps is declined");
  g_clear_pointer (&fixture->conflict, confsync_conflict_unref);
  g_assert_cmpuint (fixture->answers, ==, 1);
  g_assert_cmpint (fixture->answer, ==, CONFSYNC_ANSWER_DECLINED);
  g_assert_nonnull (fixture->reason);
}

static void
test_abandoned (Fixture *fixture, gconstpointer data)
{
  g_test_summary ("One that nobody waits for any more can still be answered, to no effect");
  confsync_conflict_abandon (fixture->conflict);
  confsync_conflict_abandon (fixture->conflict);
  confsync_conflict_take_remote (fixture->conflict);
  g_assert_cmpuint (fixture->answers, ==, 0);
}

static void
add (const char *path, gconstpointer data, void (*test) (Fixture *, gconstpointer))
{
  g_test_add (path, Fixture, data, setup, test, teardown);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  add ("/conflict/sides", NULL, test_sides);
  add ("/conflict/no-base", "", test_no_base);
  add ("/conflict/local", NULL, test_local);
  add ("/conflict/remote-later", NULL, test_remote_later);
  add ("/conflict/merged", NULL, test_merged);
  add ("/conflict/declined", NULL, test_declined);
  add ("/conflict/neglected", NULL, test_neglected);
  add ("/conflict/abandoned", NULL, test_abandoned);
  return g_test_run ();
}
