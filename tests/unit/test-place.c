/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Where a save works: the path that it had the last time is tried first, and counts only where the
 * live file's path still leads there.
 */

#include "config.h"

#include "confsync-place-private.h"

#include <unistd.h>

#include "live-fixture.h"
#include "test-util.h"

/* Leads the live file's link to that name beside it. */
static void
lead_to (LiveFixture *fixture, const char *name)
{
  unlink (fixture->path);
  g_assert_no_errno (symlink (name, fixture->path));
}

static void
assert_beside (LiveFixture *fixture, const char *name, const char *expected)
{
  g_autofree char *path = g_build_filename (fixture->dir, name, NULL);
  g_autofree char *text = NULL;

  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  g_assert_cmpstr (text, ==, expected);
}

static void
save (LiveFixture *fixture, const char *text, gint64 time, const char *expected)
{
  g_autoptr (ConfsyncDocument) displaced = live_fixture_save (fixture, text, time, expected);

  g_assert_null (displaced);
}

static void
test_links_move (LiveFixture *fixture, gconstpointer data)
{
  g_autofree char *b = g_build_filename (fixture->dir, "b", NULL);
  g_autofree char *c = g_build_filename (fixture->dir, "c", NULL);

  lead_to (fixture, "a");
  save (fixture, "{'n':1}", 1, NULL);
  save (fixture, "{'n':2}", 2, "{'n':1}");
  assert_beside (fixture, "a", "{\n  \"n\": 2\n}\n");

  test_write_file (b, "{\"n\":2}");
  lead_to (fixture, "b");
  save (fixture, "{'n':3}", 3, "{'n':2}");
  assert_beside (fixture, "a", "{\n  \"n\": 2\n}\n");
  assert_beside (fixture, "b", "{\"n\":3}");

  /* one file by two names: the other one is none of ours */
  g_assert_no_errno (link (b, c));
  lead_to (fixture, "c");
  save (fixture, "{'n':4}", 4, "{'n':3}");
  assert_beside (fixture, "b", "{\"n\":3}");
  assert_beside (fixture, "c", "{\"n\":4}");
}

static void
assert_opens (const char *live, const char *last, const char *expected)
{
  ConfsyncPlace place = CONFSYNC_PLACE_INIT;
  g_autoptr (GError) error = NULL;

  g_assert_true (confsync_place_open (&place, live, last, &error));
  g_assert_no_error (error);
  g_assert_cmpstr (place.path, ==, expected);
  g_assert_cmpint (place.old_fd, >=, 0);
  confsync_place_clear (&place);
}

static void
test_last_path (LiveFixture *fixture, gconstpointer data)
{
  g_autofree char *a = g_build_filename (fixture->dir, "a", NULL);
  g_autofree char *b = g_build_filename (fixture->dir, "b", NULL);

  test_write_file (a, "{}");
  test_write_file (b, "{}");
  lead_to (fixture, "a");
  assert_opens (fixture->path, NULL, a);
  assert_opens (fixture->path, a, a);
  assert_opens (fixture->path, b, a);
  assert_opens (fixture->path, "/nowhere/a", a);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/place/links-move", LiveFixture, NULL, live_fixture_set_up, test_links_move,
              live_fixture_tear_down);
  g_test_add ("/place/last-path", LiveFixture, NULL, live_fixture_set_up, test_last_path,
              live_fixture_tear_down);
  return g_test_run ();
}
