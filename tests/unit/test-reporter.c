/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Events for people: what they say, that they come in order, and that they wait for the names of
 * versions.
 */

#include "config.h"

#include "confsync-reporter-private.h"
#include "test-revision.h"
#include "virtual-clock.h"

typedef struct
{
  ConfsyncVirtualClock *clock; /* (owned) */
  ConfsyncReporter *reporter;
  GPtrArray *kinds;   /* of char: what came out */
  GPtrArray *details; /* of GVariant */
  ConfsyncLevel level; /* of the last one */
} Fixture;

static void
report_cb (ConfsyncLevel level, const char *kind, GVariant *details, gpointer user_data)
{
  Fixture *fixture = user_data;

  g_assert_false (g_variant_is_floating (details));
  fixture->level = level;
  g_ptr_array_add (fixture->kinds, g_strdup (kind));
  g_ptr_array_add (fixture->details, g_variant_ref (details));
}

static void
setup (Fixture *fixture, gconstpointer data)
{
  fixture->clock = virtual_clock_new (G_GINT64_CONSTANT (1700000000000000));
  fixture->reporter = confsync_reporter_new (CONFSYNC_CLOCK (fixture->clock), report_cb, fixture);
  fixture->kinds = g_ptr_array_new_with_free_func (g_free);
  fixture->details = g_ptr_array_new_with_free_func ((GDestroyNotify) g_variant_unref);
}

static void
teardown (Fixture *fixture, gconstpointer data)
{
  confsync_reporter_free (fixture->reporter);
  g_ptr_array_unref (fixture->kinds);
  g_ptr_array_unref (fixture->details);
  g_assert_finalize_object (fixture->clock);
}

static ConfsyncAction *
make_report (ConfsyncReport report, ConfsyncRevision *revision, ConfsyncRevision *other)
{
  ConfsyncAction *action = confsync_action_new (CONFSYNC_ACTION_REPORT, NULL, revision, other);

  action->report = report;
  return action;
}

static void
take (Fixture *fixture, ConfsyncReport report, ConfsyncRevision *revision, ConfsyncRevision *other)
{
  g_autoptr (ConfsyncAction) action = make_report (report, revision, other);

  action->count = 2;
  action->total = 3;
  action->reason = g_strdup ("a reason");
  confsync_reporter_take (fixture->reporter, action, "kitchen", 1500);
}

static void
assert_last (Fixture *fixture, guint count, const char *kind)
{
  g_assert_cmpuint (fixture->kinds->len, ==, count);
  g_assert_cmpstr (fixture->kinds->pdata[count - 1], ==, kind);
}

static const char *
get_string (Fixture *fixture, const char *name)
{
  const char *text = NULL;

  g_variant_lookup (fixture->details->pdata[fixture->details->len - 1], name, "&s", &text);
  return text;
}

static void
test_changed (Fixture *fixture, gconstpointer data)
{
  g_autoptr (ConfsyncRevision) before = test_revision ("{'a':1,'b':2,'c':3}", 1);
  g_autoptr (ConfsyncRevision) now = test_revision ("{'a':5,'b':2}", 2);
  GVariant *details;
  g_autofree const char **pointers = NULL;
  guint64 size = 0;
  guint more = 9;

  g_test_summary ("A change is told by the places, never by the values");
  take (fixture, CONFSYNC_REPORT_CHANGED, now, before);
  assert_last (fixture, 1, CONFSYNC_EVENT_CHANGED);
  details = fixture->details->pdata[0];
  g_assert_true (g_variant_lookup (details, "pointers", "^a&s", &pointers));
  g_assert_cmpuint (g_strv_length ((GStrv) pointers), ==, 2);
  g_assert_true (g_strv_contains (pointers, "/a"));
  g_assert_true (g_strv_contains (pointers, "/c"));
  g_assert_true (g_variant_lookup (details, "size", "t", &size));
  g_assert_cmpuint (size, >, 0);
  g_assert_true (g_variant_lookup (details, "more", "u", &more));
  g_assert_cmpuint (more, ==, 0);
}

static void
test_many_pointers (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GString) text = g_string_new ("{'x':1");
  g_autoptr (ConfsyncRevision) before = test_revision ("{'x':1}", 1);
  g_autoptr (ConfsyncRevision) now = NULL;
  g_autofree const char **pointers = NULL;
  guint more = 0;

  for (int i = 0; i < 50; i++)
    g_string_append_printf (text, ",'m%d':%d", i, i);
  g_string_append (text, "}");
  now = test_revision (text->str, 2);
  take (fixture, CONFSYNC_REPORT_APPLIED, now, before);
  g_variant_lookup (fixture->details->pdata[0], "pointers", "^a&s", &pointers);
  g_variant_lookup (fixture->details->pdata[0], "more", "u", &more);
  g_assert_cmpuint (g_strv_length ((GStrv) pointers), ==, 20);
  g_assert_cmpuint (more, ==, 30);
}

/* Of what the events say of an apply by @peer (nullable), where this instance is @own. */
static const char *
get_source (Fixture *fixture, const char *own, const char *peer, ConfsyncRevision *brought)
{
  g_autoptr (ConfsyncRevision) before = test_revision ("{'a':1}", 1);
  g_autoptr (ConfsyncRevision) now = test_revision ("{'a':2}", 2);
  g_autoptr (ConfsyncAction) action = make_report (CONFSYNC_REPORT_APPLIED, now, before);

  action->link = g_strdup (peer);
  action->base = confsync_revision_ref (brought);
  confsync_reporter_set_own_id (fixture->reporter, own);
  confsync_reporter_take (fixture->reporter, action, peer, -1);
  return get_string (fixture, "from");
}

static void
test_source (Fixture *fixture, gconstpointer data)
{
  g_autoptr (ConfsyncRevision) brought = test_revision ("{'a':3}", 3);
  const char *author = confsync_stamp_get_author (confsync_revision_get_stamp (brought));
  gboolean here = FALSE;

  g_test_summary ("What is applied never comes from the instance that says so");
  g_assert_cmpstr (get_source (fixture, "other", "kitchen", brought), ==, author);
  g_assert_cmpstr (get_source (fixture, author, "kitchen", brought), ==, "kitchen");
  g_assert_cmpstr (get_source (fixture, author, NULL, brought), ==, NULL);
  g_assert_true (g_variant_lookup (fixture->details->pdata[2], "here", "b", &here) && here);
  g_assert_false (g_variant_lookup (fixture->details->pdata[1], "here", "b", &here));
}

static void
test_waits_for_version (Fixture *fixture, gconstpointer data)
{
  g_autoptr (ConfsyncRevision) one = test_revision ("{'a':1}", 1);
  g_autoptr (ConfsyncRevision) two = test_revision ("{'a':2}", 2);

  g_test_summary ("An event waits for the name of its version, and all after it wait behind it");
  confsync_reporter_keeping (fixture->reporter, one);
  take (fixture, CONFSYNC_REPORT_CHANGED, one, NULL);
  confsync_reporter_keeping (fixture->reporter, two);
  take (fixture, CONFSYNC_REPORT_APPLIED, two, one);
  confsync_reporter_notice (fixture->reporter, CONFSYNC_LEVEL_INFO, "hello");
  confsync_reporter_kept (fixture->reporter, two, "config_2.json");
  g_assert_cmpuint (fixture->kinds->len, ==, 0);

  confsync_reporter_kept (fixture->reporter, one, "config_1.json");
  assert_last (fixture, 3, CONFSYNC_EVENT_NOTICE);
  g_assert_cmpstr (fixture->kinds->pdata[0], ==, CONFSYNC_EVENT_CHANGED);
  g_assert_cmpstr (fixture->kinds->pdata[1], ==, CONFSYNC_EVENT_APPLIED);
  g_ptr_array_set_size (fixture->details, 2);
  g_assert_cmpstr (get_string (fixture, "version"), ==, "config_2.json");
  g_ptr_array_set_size (fixture->details, 1);
  g_assert_cmpstr (get_string (fixture, "version"), ==, "config_1.json");
}

static void
test_version_fails (Fixture *fixture, gconstpointer data)
{
  g_autoptr (ConfsyncRevision) one = test_revision ("{'a':1}", 1);

  g_test_summary ("A version that could not be kept holds nothing up, nor one that is kept");
  confsync_reporter_keeping (fixture->reporter, one);
  take (fixture, CONFSYNC_REPORT_CHANGED, one, NULL);
  confsync_reporter_kept (fixture->reporter, one, NULL);
  assert_last (fixture, 1, CONFSYNC_EVENT_CHANGED);
  g_assert_null (get_string (fixture, "version"));
  take (fixture, CONFSYNC_REPORT_CHANGED, one, NULL);
  assert_last (fixture, 2, CONFSYNC_EVENT_CHANGED);
}

static void
test_freed_while_waiting (Fixture *fixture, gconstpointer data)
{
  g_autoptr (ConfsyncRevision) one = test_revision ("{'a':1}", 1);

  confsync_reporter_keeping (fixture->reporter, one);
  take (fixture, CONFSYNC_REPORT_CHANGED, one, NULL);
  g_assert_cmpuint (fixture->kinds->len, ==, 0);
}

static void
test_reports (Fixture *fixture, gconstpointer data)
{
  g_autoptr (ConfsyncRevision) one = test_revision ("{'a':1}", 1);
  g_autoptr (ConfsyncRevision) two = test_revision ("{'a':2}", 2);
  gint64 elapsed = -1;

  take (fixture, CONFSYNC_REPORT_CHANGED, one, NULL);
  virtual_clock_advance (fixture->clock, 7);
  take (fixture, CONFSYNC_REPORT_SYNCED, one, NULL);
  assert_last (fixture, 2, CONFSYNC_EVENT_SYNCED);
  g_assert_true (g_variant_lookup (fixture->details->pdata[1], "elapsed", "x", &elapsed));
  g_assert_cmpint (elapsed, ==, 7000);
  take (fixture, CONFSYNC_REPORT_UNCHANGED, one, two);
  g_assert_cmpuint (fixture->kinds->len, ==, 2);
  take (fixture, CONFSYNC_REPORT_LOST, one, two);
  assert_last (fixture, 3, CONFSYNC_EVENT_LOST);
  g_assert_cmpint (fixture->level, ==, CONFSYNC_LEVEL_WARNING);
  g_assert_cmpstr (get_string (fixture, "author"), ==, "tester");
  take (fixture, CONFSYNC_REPORT_BEHIND, one, NULL);
  assert_last (fixture, 4, CONFSYNC_EVENT_BEHIND);
  g_assert_cmpstr (get_string (fixture, "peer"), ==, "kitchen");
  g_assert_cmpstr (get_string (fixture, "reason"), ==, "a reason");
  take (fixture, CONFSYNC_REPORT_REFUSED, one, NULL);
  g_assert_cmpstr (get_string (fixture, "peer"), ==, "this instance");
  take (fixture, CONFSYNC_REPORT_FAILED, one, NULL);
  assert_last (fixture, 6, CONFSYNC_EVENT_FAILED);
  g_assert_cmpint (fixture->level, ==, CONFSYNC_LEVEL_ERROR);
  take (fixture, CONFSYNC_REPORT_RENAMED, one, NULL);
  assert_last (fixture, 7, CONFSYNC_EVENT_NOTICE);
  take (fixture, CONFSYNC_REPORT_AHEAD, one, NULL);
  g_assert_cmpuint (fixture->kinds->len, ==, 7);
  take (fixture, CONFSYNC_REPORT_REMARK, one, NULL);
  assert_last (fixture, 8, CONFSYNC_EVENT_NOTICE);
  g_assert_cmpstr (get_string (fixture, "message"), ==, "of an edit by tester: a reason");
  confsync_reporter_refused (fixture->reporter, "10.0.0.7", "no key");
  assert_last (fixture, 9, CONFSYNC_EVENT_REFUSED);
  g_assert_cmpstr (get_string (fixture, "remote"), ==, "10.0.0.7");
}

static void
test_problems (Fixture *fixture, gconstpointer data)
{
  g_test_summary ("A problem is told once, until it is another one or was over");
  confsync_reporter_waiting (fixture->reporter, "/etc/x", "waiting for it", FALSE);
  confsync_reporter_waiting (fixture->reporter, "/etc/x", "waiting for it", FALSE);
  assert_last (fixture, 1, CONFSYNC_EVENT_WAITING);
  g_assert_cmpint (fixture->level, ==, CONFSYNC_LEVEL_INFO);
  confsync_reporter_invalid (fixture->reporter, "line 3");
  confsync_reporter_invalid (fixture->reporter, "line 3");
  assert_last (fixture, 2, CONFSYNC_EVENT_INVALID);
  confsync_reporter_invalid (fixture->reporter, "line 4");
  g_assert_cmpuint (fixture->kinds->len, ==, 3);
  confsync_reporter_all_well (fixture->reporter);
  confsync_reporter_invalid (fixture->reporter, "line 4");
  g_assert_cmpuint (fixture->kinds->len, ==, 4);
  confsync_reporter_waiting (fixture->reporter, "/etc/x", "it is gone", TRUE);
  g_assert_cmpint (fixture->level, ==, CONFSYNC_LEVEL_WARNING);
}

static void
add (const char *path, void (*test) (Fixture *, gconstpointer))
{
  g_test_add (path, Fixture, NULL, setup, test, teardown);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  add ("/reporter/changed", test_changed);
  add ("/reporter/many-pointers", test_many_pointers);
  add ("/reporter/source", test_source);
  add ("/reporter/waits-for-version", test_waits_for_version);
  add ("/reporter/version-fails", test_version_fails);
  add ("/reporter/freed-while-waiting", test_freed_while_waiting);
  add ("/reporter/reports", test_reports);
  add ("/reporter/problems", test_problems);
  return g_test_run ();
}
