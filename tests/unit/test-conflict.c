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
  char *notes;              /* (owned) (nullable): what else was said */
} Fixture;

static char *
dup_notes (ConfsyncConflict *conflict)
{
  GString *notes = g_string_new (NULL);
  const char *const *overruled = confsync_conflict_get_overruled (conflict);
  const char *const *open = confsync_conflict_get_open (conflict);
  const char *const *reasons = confsync_conflict_get_open_reasons (conflict);
  const char *remark = confsync_conflict_get_remark (conflict);

  for (guint i = 0; overruled[i] != NULL; i++)
    g_string_append_printf (notes, "overruled \"%s\"\n", overruled[i]);
  for (guint i = 0; open[i] != NULL; i++)
    g_string_append_printf (notes, "open \"%s\": %s\n", open[i], reasons[i]);
  if (remark != NULL)
    g_string_append_printf (notes, "remark: %s\n", remark);
  return g_string_free (notes, FALSE);
}

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
  fixture->notes = dup_notes (conflict);
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
  g_free (fixture->notes);
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
test_no_notes (Fixture *fixture, gconstpointer data)
{
  confsync_conflict_take_local (fixture->conflict);
  g_assert_cmpstr (fixture->notes, ==, "");
}

static void
test_notes (Fixture *fixture, gconstpointer data)
{
  g_test_summary ("What is said before the answer comes with it, each place once");
  confsync_conflict_add_overruled (fixture->conflict, "/b");
  confsync_conflict_add_overruled (fixture->conflict, "");
  confsync_conflict_add_overruled (fixture->conflict, "/b");
  confsync_conflict_add_overruled (fixture->conflict, "/a~1b/0");
  confsync_conflict_add_open (fixture->conflict, "/b", "a person has to look");
  confsync_conflict_add_open (fixture->conflict, "/b", "said again");
  confsync_conflict_add_open (fixture->conflict, "/c", "another person has to");
  confsync_conflict_set_remark (fixture->conflict, "not this");
  confsync_conflict_set_remark (fixture->conflict, "nobody knows what they were made of");
  confsync_conflict_take_remote (fixture->conflict);
  g_assert_cmpstr (fixture->notes, ==,
                   "overruled \"/b\"\n"
                   "overruled \"\"\n"
                   "overruled \"/a~1b/0\"\n"
                   "open \"/b\": a person has to look\n"
                   "open \"/c\": another person has to\n"
                   "remark: nobody knows what they were made of\n");
}

static void
test_late_notes (Fixture *fixture, gconstpointer data)
{
  g_test_summary ("What is said after the answer is not heard");
  confsync_conflict_take_local (fixture->conflict);
  confsync_conflict_add_overruled (fixture->conflict, "/a");
  confsync_conflict_add_open (fixture->conflict, "/a", "too late");
  confsync_conflict_set_remark (fixture->conflict, "too late");
  g_assert_cmpstr (confsync_conflict_get_overruled (fixture->conflict)[0], ==, NULL);
  g_assert_cmpstr (confsync_conflict_get_open (fixture->conflict)[0], ==, NULL);
  g_assert_cmpstr (confsync_conflict_get_remark (fixture->conflict), ==, NULL);
}

static void
test_no_pointer (Fixture *fixture, gconstpointer data)
{
  g_test_summary ("A place that is no JSON Pointer is a mistake of the resolver's");
  g_test_expect_message ("confsync", G_LOG_LEVEL_CRITICAL, "*is_pointer*");
  confsync_conflict_add_overruled (fixture->conflict, "a");
  g_test_expect_message ("confsync", G_LOG_LEVEL_CRITICAL, "*is_pointer*");
  confsync_conflict_add_open (fixture->conflict, "/~2", "why not");
  g_test_assert_expected_messages ();
  confsync_conflict_take_local (fixture->conflict);
  g_assert_cmpstr (fixture->notes, ==, "");
}

static void
test_merged_to_nothing (Fixture *fixture, gconstpointer data)
{
  g_autoptr (ConfsyncDocument) nothing = test_document ("{}");

  g_test_summary ("An empty configuration is nobody's wish: the winner is taken, and it is said");
  confsync_conflict_take_merged (fixture->conflict, nothing);
  g_assert_cmpint (fixture->answer, ==, CONFSYNC_ANSWER_REMOTE);
  g_assert_cmpstr (fixture->notes, ==,
                   "remark: together the two edits would leave an empty configuration, which is "
                   "taken for a mistake: the later edit stands\n");
}

static void
test_part_merged_to_nothing (Fixture *fixture, gconstpointer data)
{
  g_autoptr (ConfsyncDocument) nothing = test_document ("{}");
  ConfsyncConflict *whole = g_steal_pointer (&fixture->conflict);

  g_test_summary ("A part of a configuration may be empty");
  fixture->conflict = confsync_conflict_new_part (NULL, confsync_conflict_get_local (whole),
                                                  confsync_conflict_get_remote (whole),
                                                  answered_cb, fixture, destroy_cb);
  confsync_conflict_abandon (whole);
  confsync_conflict_unref (whole);
  g_assert_cmpuint (fixture->destroyed, ==, 1);
  fixture->destroyed = 0;
  confsync_conflict_take_merged (fixture->conflict, nothing);
  g_assert_cmpint (fixture->answer, ==, CONFSYNC_ANSWER_MERGED);
  g_assert_cmpstr (fixture->notes, ==, "");
}

static void
test_nothing_won (void)
{
  g_autoptr (ConfsyncRevision) local = test_revision ("{}", 3);
  g_autoptr (ConfsyncRevision) remote = test_revision ("{'a':2}", 2);
  g_autoptr (ConfsyncDocument) nothing = test_document ("{}");
  Fixture fixture = { 0 };

  g_test_summary ("Where somebody emptied it on purpose and wins, there is nothing to remark");
  fixture.conflict =
    confsync_conflict_new (NULL, local, remote, answered_cb, &fixture, destroy_cb);
  confsync_conflict_take_merged (fixture.conflict, nothing);
  g_assert_cmpint (fixture.answer, ==, CONFSYNC_ANSWER_LOCAL);
  g_assert_cmpstr (fixture.notes, ==, "");
  teardown (&fixture, NULL);
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
  add ("/conflict/notes/none", NULL, test_no_notes);
  add ("/conflict/notes", NULL, test_notes);
  add ("/conflict/notes/late", NULL, test_late_notes);
  add ("/conflict/notes/no-pointer", NULL, test_no_pointer);
  add ("/conflict/nothing", NULL, test_merged_to_nothing);
  add ("/conflict/nothing/part", NULL, test_part_merged_to_nothing);
  g_test_add_func ("/conflict/nothing/won", test_nothing_won);
  return g_test_run ();
}
