/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Who owns a live file and a base directory. Locks of two open file descriptions exclude each other
 * in one process too, so most is tried in one.
 */

#include "config.h"

#include "confsync-file-lock-private.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "confsync-error.h"
#include "live-fixture.h"
#include "test-util.h"

static ConfsyncFileLock *
take (LiveFixture *fixture, const char *path, const char *base)
{
  g_autoptr (GError) error = NULL;
  ConfsyncFileLock *lock = confsync_file_lock_take (path, base, &fixture->report, &error);

  g_assert_no_error (error);
  g_assert_cmpuint (fixture->notices->len, ==, 0);
  return lock;
}

/* Gives the message (transfer full). */
static char *
fail (LiveFixture *fixture, const char *path, const char *base, int code)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (confsync_file_lock_take (path, base, &fixture->report, &error));
  g_test_message ("%s", error->message);
  g_assert_error (error, CONFSYNC_ERROR, code);
  g_assert_nonnull (strstr (error->message, path));
  return g_strdup (error->message);
}

static void
assert_names_us (const char *message)
{
  g_autofree char *part = g_strdup_printf ("process %ld", (long) getpid ());

  g_assert_nonnull (strstr (message, part));
}

static void
test_same (LiveFixture *fixture, gconstpointer data)
{
  g_autofree char *link = g_build_filename (fixture->dir, "link.json", NULL);
  g_autofree char *folder = g_build_filename (fixture->dir, "folder", NULL);
  g_autofree char *through = g_build_filename (folder, "config.json", NULL);
  g_autofree char *other_base = g_build_filename (fixture->dir, "other", NULL);
  const char *const paths[] = { fixture->path, link, through };
  ConfsyncFileLock *lock;

  g_test_summary ("By whatever path it is named, and with whatever base directory");
  test_write_file (fixture->path, "{}");
  g_assert_no_errno (symlink (fixture->path, link));
  g_assert_no_errno (symlink (fixture->dir, folder));
  for (guint first = 0; first < G_N_ELEMENTS (paths); first++)
    {
      lock = take (fixture, paths[first], fixture->base);
      for (guint i = 0; i < G_N_ELEMENTS (paths); i++)
        {
          g_autofree char *same_base =
            fail (fixture, paths[i], fixture->base, CONFSYNC_ERROR_BUSY);
          g_autofree char *another = fail (fixture, paths[i], other_base, CONFSYNC_ERROR_BUSY);

          assert_names_us (same_base);
          assert_names_us (another);
        }
      confsync_file_lock_free (lock);
      /* what stood in the live file's directory is gone */
      g_assert_cmpuint (live_fixture_count (fixture->dir), ==, 5);
    }
}

static void
test_missing_file (LiveFixture *fixture, gconstpointer data)
{
  g_autofree char *link = g_build_filename (fixture->dir, "link.json", NULL);
  g_autoptr (ConfsyncFileLock) lock = NULL;
  g_autofree char *message = NULL;

  g_test_summary ("A file that isn't there yet has an owner too");
  g_assert_no_errno (symlink ("config.json", link));
  lock = take (fixture, fixture->path, fixture->base);
  message = fail (fixture, link, fixture->base, CONFSYNC_ERROR_BUSY);
  assert_names_us (message);
}

static void
test_second_document (LiveFixture *fixture, gconstpointer data)
{
  g_autofree char *second = g_build_filename (fixture->dir, "second.json", NULL);
  g_autofree char *other_base = g_build_filename (fixture->dir, "other", NULL);
  g_autofree char *running = NULL, *ended = NULL;
  ConfsyncFileLock *lock, *other;

  test_write_file (fixture->path, "{}");
  test_write_file (second, "{}");
  lock = take (fixture, fixture->path, fixture->base);
  other = take (fixture, second, other_base);
  confsync_file_lock_free (other);
  running = fail (fixture, second, fixture->base, CONFSYNC_ERROR_REFUSED);
  assert_names_us (strstr (running, "process"));
  g_assert_nonnull (strstr (running, "--base-dir"));
  g_assert_nonnull (strstr (running, fixture->path));
  confsync_file_lock_free (lock);

  g_test_message ("the notes of a document are its own while nobody runs, too");
  ended = fail (fixture, second, fixture->base, CONFSYNC_ERROR_REFUSED);
  g_assert_nonnull (strstr (ended, "--base-dir"));
  g_assert_null (strstr (ended, "process"));

  g_test_message ("a file that is gone was renamed");
  g_assert_no_errno (unlink (fixture->path));
  confsync_file_lock_free (take (fixture, second, fixture->base));
}

/* The code of what it says; 0 for nobody's. */
static int
look (const char *path, const char *base)
{
  g_autoptr (GError) error = NULL;

  if (confsync_file_lock_look (path, base, &error))
    return 0;
  g_test_message ("%s", error->message);
  g_assert_true (error->domain == CONFSYNC_ERROR);
  return error->code;
}

static void
test_look (LiveFixture *fixture, gconstpointer data)
{
  g_autofree char *second = g_build_filename (fixture->dir, "second.json", NULL);
  g_autofree char *other_base = g_build_filename (fixture->dir, "other", NULL);
  g_autofree char *live = NULL;
  g_autoptr (GError) error = NULL;
  ConfsyncFileLock *lock;
  guint n_files;

  g_test_summary ("Who looks sees what who takes would, and leaves nothing behind");
  test_write_file (fixture->path, "{}");
  test_write_file (second, "{}");
  n_files = live_fixture_count (fixture->dir);
  g_assert_cmpint (look (fixture->path, fixture->base), ==, 0);
  g_assert_cmpint (look (fixture->path, other_base), ==, 0);
  g_assert_null (confsync_file_lock_find_live (fixture->base, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
  g_assert_cmpuint (live_fixture_count (fixture->dir), ==, n_files);

  lock = take (fixture, fixture->path, fixture->base);
  g_assert_cmpint (look (fixture->path, fixture->base), ==, CONFSYNC_ERROR_BUSY);
  g_assert_cmpint (look (fixture->path, other_base), ==, CONFSYNC_ERROR_BUSY);
  g_assert_cmpint (look (second, fixture->base), ==, CONFSYNC_ERROR_REFUSED);
  g_assert_cmpint (look (second, other_base), ==, 0);
  confsync_file_lock_free (lock);
  g_assert_cmpint (look (fixture->path, fixture->base), ==, 0);
  g_assert_cmpint (look (second, fixture->base), ==, CONFSYNC_ERROR_REFUSED);
  live = confsync_file_lock_find_live (fixture->base, NULL);
  g_assert_cmpstr (live, ==, fixture->path);
  /* nobody's file any more */
  g_assert_no_errno (unlink (fixture->path));
  g_assert_cmpint (look (second, fixture->base), ==, 0);
}

static void
test_moved (LiveFixture *fixture, gconstpointer data)
{
  g_autofree char *here = g_build_filename (fixture->dir, "here", NULL);
  g_autofree char *there = g_build_filename (fixture->dir, "there", NULL);
  g_autofree char *from = g_build_filename (here, "config.json", NULL);
  g_autofree char *to = g_build_filename (there, "config.json", NULL);
  const char *const copy[] = { "cp", "-a", here, there, NULL };

  g_test_summary ("A folder that is copied whole is another document of the same shape");
  g_assert_no_errno (mkdir (here, 0700));
  test_write_file (from, "{}");
  confsync_file_lock_free (take (fixture, from, here));
  test_run (copy);
  confsync_file_lock_free (take (fixture, to, there));
  confsync_file_lock_free (take (fixture, from, here));
}

static void
test_nonsense (LiveFixture *fixture, gconstpointer data)
{
  static const char *const texts[] = { "",      "\n",           "nonsense",   "[]",
                                       "17",    "{\"pid\":1.5}", "{\"live\":{}}",
                                       "{\"pid\":\"x\",\"live\":\"\"}" };
  g_autofree char *state = g_build_filename (fixture->base, ".confsync", NULL);
  g_autofree char *path = g_build_filename (state, "lock", NULL);

  g_assert_cmpint (g_mkdir_with_parents (state, 0700), ==, 0);
  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      test_write_file (path, texts[i]);
      confsync_file_lock_free (take (fixture, fixture->path, fixture->base));
    }
}

static void
test_removed (LiveFixture *fixture, gconstpointer data)
{
  g_autofree char *path = g_build_filename (fixture->base, ".confsync", "lock", NULL);
  g_autofree char *message = NULL;
  ConfsyncFileLock *lock = take (fixture, fixture->path, fixture->base);

  g_test_summary ("Who removes one of the locks has the other against them");
  g_assert_no_errno (unlink (path));
  message = fail (fixture, fixture->path, fixture->base, CONFSYNC_ERROR_BUSY);
  confsync_file_lock_free (lock);
  confsync_file_lock_free (take (fixture, fixture->path, fixture->base));
}

/* Takes it, says so, and waits to be killed. */
static void G_GNUC_NORETURN
hold (LiveFixture *fixture, int said)
{
  ConfsyncFileLock *lock =
    confsync_file_lock_take (fixture->path, fixture->base, &fixture->report, NULL);

  if (lock == NULL || write (said, "", 1) != 1)
    _exit (1);
  for (;;)
    pause ();
}

static void
test_killed (LiveFixture *fixture, gconstpointer data)
{
  for (guint i = 0; i < 20; i++)
    {
      g_autofree char *message = NULL, *part = NULL;
      int ends[2];
      char byte;
      pid_t pid;

      g_assert_no_errno (pipe (ends));
      pid = fork ();
      g_assert_no_errno (pid);
      if (pid == 0)
        hold (fixture, ends[1]);
      g_assert_cmpint (read (ends[0], &byte, 1), ==, 1);
      message = fail (fixture, fixture->path, fixture->base, CONFSYNC_ERROR_BUSY);
      part = g_strdup_printf ("process %ld ", (long) pid);
      g_assert_nonnull (strstr (message, part));

      g_assert_no_errno (kill (pid, SIGKILL));
      g_assert_no_errno (waitpid (pid, NULL, 0));
      confsync_file_lock_free (take (fixture, fixture->path, fixture->base));
      close (ends[0]);
      close (ends[1]);
    }
}

static void
test_unwritable (LiveFixture *fixture, gconstpointer data)
{
  g_autofree char *missing = g_build_filename (fixture->dir, "no", "such", NULL);
  g_autofree char *path = g_build_filename (missing, "config.json", NULL);

  g_test_summary ("Where there can be no lock there is none");
  confsync_file_lock_free (take (fixture, path, missing));
  test_write_file (fixture->base, "no directory");
  confsync_file_lock_free (take (fixture, fixture->path, fixture->base));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(name, function)                                                                       \
  g_test_add ("/file-lock/" name, LiveFixture, NULL, live_fixture_set_up, function,               \
              live_fixture_tear_down)
  ADD ("same", test_same);
  ADD ("missing-file", test_missing_file);
  ADD ("second-document", test_second_document);
  ADD ("look", test_look);
  ADD ("moved", test_moved);
  ADD ("nonsense", test_nonsense);
  ADD ("removed", test_removed);
  ADD ("killed", test_killed);
  ADD ("unwritable", test_unwritable);
  return g_test_run ();
}
