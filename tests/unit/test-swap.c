/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * The ways to replace a file that need special places: mount points and read-only file systems (in
 * a mount namespace of their own), and what a restart finds after an interrupted save.
 */

#include "config.h"

#include "confsync-swap-private.h"

#include <errno.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "live-fixture.h"
#include "test-namespace.h"
#include "test-revision.h"
#include "test-util.h"

static const ConfsyncJsonLimits limits = { 0 };

static void
test_mount_point (LiveFixture *fixture, gconstpointer data)
{
  g_autofree char *outside = NULL;
  g_autofree char *marker = NULL;
  g_autofree char *text = NULL;
  g_autoptr (ConfsyncDocument) first = NULL, second = NULL;
  struct stat before, after;

  g_test_summary ("A single-file mount is overwritten, and an edit in it is not lost");
  if (!test_is_in_namespace ())
    return;

  outside = g_build_filename (fixture->dir, "outside.json", NULL);
  marker = g_build_filename (fixture->base, ".confsync", "in-place", NULL);
  test_write_file (outside, "{\n    \"a\": 1,\n    \"long\": \"so that the next is shorter\"\n}\n");
  test_write_file (fixture->path, "");
  g_assert_no_errno (mount (outside, fixture->path, NULL, MS_BIND, NULL));
  g_assert_no_errno (stat (fixture->path, &before));

  first = live_fixture_save (fixture, "{'a':2}", 1, NULL);
  test_assert_document (first, "{'a':1,'long':'so that the next is shorter'}");
  second = live_fixture_save (fixture, "{'a':3}", 2, "{'a':2}");
  g_assert_null (second);
  g_assert_no_errno (stat (fixture->path, &after));
  g_assert_cmpuint (before.st_ino, ==, after.st_ino);
  g_assert_true (g_file_get_contents (outside, &text, NULL, NULL));
  g_assert_cmpstr (text, ==, "{\n    \"a\": 3\n}\n");
  g_assert_cmpuint (fixture->notices->len, ==, 1);
  g_assert_false (g_file_test (marker, G_FILE_TEST_EXISTS));
  g_assert_no_errno (umount (fixture->path));
}

static void
test_read_only (LiveFixture *fixture, gconstpointer data)
{
  g_autofree char *directory = NULL, *path = NULL;
  g_autoptr (ConfsyncLiveFile) live = NULL;
  g_autoptr (ConfsyncRevision) revision = test_revision ("{'a':2}", 1);
  g_autoptr (ConfsyncDocument) displaced = NULL, loaded = NULL;
  g_autoptr (ConfsyncStamp) stamp = NULL;
  g_autoptr (GError) error = NULL;
  gint64 modified;

  if (!test_is_in_namespace ())
    return;

  directory = g_build_filename (fixture->dir, "mount", NULL);
  path = g_build_filename (directory, "config.json", NULL);
  g_assert_no_errno (mkdir (directory, 0700));
  g_assert_no_errno (mount ("tmpfs", directory, "tmpfs", 0, NULL));
  test_write_file (path, "{\"a\":1}");
  g_assert_no_errno (mount (NULL, directory, NULL, MS_REMOUNT | MS_RDONLY, NULL));

  live = confsync_live_file_new (path, directory, &fixture->report);
  confsync_live_file_load (live, &limits, &loaded, &stamp, &modified, &error);
  g_assert_no_error (error);
  test_assert_document (loaded, "{'a':1}");
  g_assert_false (
    confsync_live_file_replace (live, revision, loaded, &limits, &displaced, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_READ_ONLY);
  g_assert_nonnull (strstr (error->message, directory));
  g_assert_no_errno (umount (directory));
}

static void
test_full (LiveFixture *fixture, gconstpointer data)
{
  g_autofree char *directory = NULL, *path = NULL, *long_text = NULL, *text = NULL, *temp = NULL;
  g_autoptr (ConfsyncLiveFile) live = NULL;
  g_autoptr (ConfsyncRevision) revision = NULL;
  g_autoptr (ConfsyncDocument) displaced = NULL;
  g_autoptr (GError) error = NULL;

  g_test_summary ("A full file system leaves the live file as it is, and no half file");
  if (!test_is_in_namespace ())
    return;

  directory = g_build_filename (fixture->dir, "mount", NULL);
  path = g_build_filename (directory, "config.json", NULL);
  temp = g_build_filename (directory, ".confsync", "tmp", NULL);
  g_assert_no_errno (mkdir (directory, 0700));
  g_assert_no_errno (mount ("tmpfs", directory, "tmpfs", 0, "size=64k"));
  test_write_file (path, "{\"a\":1}");

  long_text = g_strnfill (100000, 'x');
  text = g_strdup_printf ("{'a':'%s'}", long_text);
  revision = test_revision (text, 1);
  live = confsync_live_file_new (path, directory, &fixture->report);
  g_assert_false (confsync_live_file_replace (live, revision, NULL, &limits, &displaced, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NO_SPACE);
  g_assert_cmpuint (live_fixture_count (temp), ==, 0);
  g_clear_pointer (&text, g_free);
  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  g_assert_cmpstr (text, ==, "{\"a\":1}");
  g_assert_no_errno (umount (directory));
}

static char *
state_path (LiveFixture *fixture, const char *name)
{
  g_autofree char *temp = g_build_filename (fixture->base, ".confsync", "tmp", NULL);

  g_assert_no_errno (g_mkdir_with_parents (temp, 0700));
  return g_build_filename (fixture->base, ".confsync", name, NULL);
}

static void
test_torn_in_place (LiveFixture *fixture, gconstpointer data)
{
  g_autofree char *marker = state_path (fixture, "in-place");
  g_autoptr (ConfsyncDocument) repaired = NULL;

  test_write_file (marker, "{\"a\": 2, \"b\": 3}\n");
  test_write_file (fixture->path, "{\"a\": 2, \"b");
  repaired = live_fixture_load (fixture);
  test_assert_document (repaired, "{'a':2,'b':3}");
  g_assert_false (g_file_test (marker, G_FILE_TEST_EXISTS));
  g_assert_cmpuint (fixture->notices->len, ==, 1);
}

static void
test_whole_in_place (LiveFixture *fixture, gconstpointer data)
{
  g_autofree char *marker = state_path (fixture, "in-place");
  g_autoptr (ConfsyncDocument) loaded = NULL;

  g_test_summary ("What is whole is not overwritten: somebody may have edited it since");
  test_write_file (marker, "{\"a\": 2}\n");
  test_write_file (fixture->path, "{\"a\": 1}");
  loaded = live_fixture_load (fixture);
  test_assert_document (loaded, "{'a':1}");
  g_assert_false (g_file_test (marker, G_FILE_TEST_EXISTS));
}

/* Two sectors with a value in each, so that any mix of them is whole. */
static char *
make_sectors (int first, int second)
{
  return g_strdup_printf ("{\"a\":%d,%-600s\"b\":%d}\n", first, "", second);
}

static void
run_mixed (LiveFixture *fixture, int first, int second, const char *expected)
{
  g_autofree char *marker = state_path (fixture, "in-place");
  g_autofree char *old_path = state_path (fixture, "tmp/p.old");
  g_autofree char *torn_path = state_path (fixture, "torn");
  g_autofree char *before = make_sectors (1, 1);
  g_autofree char *after = make_sectors (2, 2);
  g_autofree char *live = make_sectors (first, second);
  g_autofree char *torn = NULL;
  g_autoptr (ConfsyncDocument) loaded = NULL;

  test_write_file (marker, after);
  test_write_file (old_path, before);
  test_write_file (fixture->path, live);
  loaded = live_fixture_load (fixture);
  test_assert_document (loaded, expected);
  g_assert_false (g_file_test (marker, G_FILE_TEST_EXISTS));
  if (g_file_get_contents (torn_path, &torn, NULL, NULL))
    g_assert_cmpstr (torn, ==, live);
  g_assert_cmpint (torn != NULL, ==, first != second && first < 3 && second < 3);
}

static void
test_mixed_in_place (LiveFixture *fixture, gconstpointer data)
{
  g_test_summary ("Sectors of the old and of the new text are no edit, though whole");
  run_mixed (fixture, 2, 1, "{'a':2,'b':2}");
}

static void
test_mixed_otherwise (LiveFixture *fixture, gconstpointer data)
{
  g_test_summary ("A disk writes its sectors in any order");
  run_mixed (fixture, 1, 2, "{'a':2,'b':2}");
}

static void
test_edited_in_place (LiveFixture *fixture, gconstpointer data)
{
  g_test_summary ("What neither text has is an edit");
  run_mixed (fixture, 2, 3, "{'a':2,'b':3}");
}

static void
test_old_in_place (LiveFixture *fixture, gconstpointer data)
{
  run_mixed (fixture, 1, 1, "{'a':1,'b':1}");
}

/* The process ended between taking the live file out and putting the new one in. */
static void
run_recovery (LiveFixture *fixture, const char *next, const char *prev, const char *expected)
{
  g_autofree char *record = state_path (fixture, "recover");
  g_autofree char *temp = state_path (fixture, "tmp");
  g_autofree char *next_path = g_build_filename (temp, "n.new", NULL);
  g_autofree char *prev_path = g_build_filename (temp, "p.old", NULL);
  g_autofree char *text = g_strdup_printf (
    "{\"live\":\"%s\",\"dir\":\"%s\",\"next\":\"n.new\",\"prev\":\"p.old\"}", fixture->path, temp);
  g_autoptr (ConfsyncDocument) loaded = NULL;

  test_write_file (record, text);
  if (next != NULL)
    test_write_file (next_path, next);
  test_write_file (prev_path, prev);
  loaded = live_fixture_load (fixture);
  test_assert_document (loaded, expected);
  g_assert_false (g_file_test (record, G_FILE_TEST_EXISTS));
}

static void
test_recover_next (LiveFixture *fixture, gconstpointer data)
{
  run_recovery (fixture, "{\"a\":2}", "{\"a\":1}", "{'a':2}");
}

static void
test_recover_prev (LiveFixture *fixture, gconstpointer data)
{
  run_recovery (fixture, NULL, "{\"a\":1}", "{'a':1}");
}

static void
test_recover_keeps_editor (LiveFixture *fixture, gconstpointer data)
{
  g_test_summary ("An editor that made a file since is not overruled");
  test_write_file (fixture->path, "{\"edit\":1}");
  run_recovery (fixture, "{\"a\":2}", "{\"a\":1}", "{'edit':1}");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(name, function)                                                                       \
  g_test_add ("/swap/" name, LiveFixture, NULL, live_fixture_set_up, function,                    \
              live_fixture_tear_down)
  ADD ("mount-point", test_mount_point);
  ADD ("read-only", test_read_only);
  ADD ("full", test_full);
  ADD ("torn-in-place", test_torn_in_place);
  ADD ("whole-in-place", test_whole_in_place);
  ADD ("mixed-in-place", test_mixed_in_place);
  ADD ("mixed-otherwise", test_mixed_otherwise);
  ADD ("edited-in-place", test_edited_in_place);
  ADD ("old-in-place", test_old_in_place);
  ADD ("recover-next", test_recover_next);
  ADD ("recover-prev", test_recover_prev);
  ADD ("recover-keeps-editor", test_recover_keeps_editor);
  return g_test_run ();
}
