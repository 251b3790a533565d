/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * The spare file: what is written to it is what is in it, whatever its size was; and what a killed
 * process leaves of it is told apart from an edit.
 */

#include "config.h"

#include "confsync-new-file-private.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "live-fixture.h"
#include "test-revision.h"
#include "test-util.h"

#define SUB ".confsync/tmp"

static const ConfsyncJsonLimits limits = { 0 };

typedef struct
{
  char *base;
  char *dir;
  int dirfd;
  ConfsyncSpare *spare;
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  fixture->base = test_temp_dir ();
  fixture->dir = g_build_filename (fixture->base, SUB, NULL);
  fixture->dirfd = confsync_file_open_base (fixture->base, SUB, TRUE, NULL);
  g_assert_cmpint (fixture->dirfd, >=, 0);
  fixture->spare = confsync_spare_new ();
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  confsync_spare_free (fixture->spare);
  close (fixture->dirfd);
  test_remove_tree (fixture->base);
  g_free (fixture->dir);
  g_free (fixture->base);
}

static void
prepare (Fixture *fixture, gsize size)
{
  confsync_spare_want (fixture->spare, fixture->base, SUB, size);
  confsync_spare_prepare (fixture->spare);
}

/* The spare as a new file; none where there is no spare. */
static gboolean
take (Fixture *fixture, ConfsyncNewFile *file)
{
  file->fd = confsync_spare_take (fixture->spare, fixture->dirfd, &file->name, &file->size);
  return file->fd >= 0;
}

/* Writes the text to the spare and checks what the file holds then. */
static void
assert_takes (Fixture *fixture, gsize wanted, gsize size)
{
  g_autofree char *text = g_strnfill (size, 'x');
  g_autoptr (GBytes) bytes = g_bytes_new (text, size);
  g_auto (ConfsyncNewFile) file = CONFSYNC_NEW_FILE_INIT;
  g_autofree char *path = NULL, *found = NULL;
  gsize length;

  prepare (fixture, wanted);
  g_assert_true (take (fixture, &file));
  g_assert_cmpuint (file.size, ==, wanted);
  g_assert_true (confsync_spare_is_name (file.name));
  g_assert_true (confsync_spare_is_itself (file.name, file.fd));
  g_assert_true (confsync_new_file_write (&file, bytes, "hash", NULL));

  path = g_build_filename (fixture->dir, file.name, NULL);
  g_assert_true (g_file_get_contents (path, &found, &length, NULL));
  g_assert_cmpmem (found, length, text, size);
  g_assert_no_errno (unlink (path));
}

static void
test_sizes (Fixture *fixture, gconstpointer data)
{
  assert_takes (fixture, 2048, 2048);
  assert_takes (fixture, 2048, 2049);
  assert_takes (fixture, 2048, 100000);
  assert_takes (fixture, 2048, 2047);
  assert_takes (fixture, 100000, 2);
  g_assert_cmpuint (live_fixture_count (fixture->dir), ==, 0);
}

static void
test_zeros (Fixture *fixture, gconstpointer data)
{
  static const char zeros[5000];
  g_auto (ConfsyncNewFile) file = CONFSYNC_NEW_FILE_INIT;
  char found[sizeof zeros + 1];
  struct stat info;
  int fd;

  g_test_summary ("Nothing that could be read as JSON is in it before it is written over");
  prepare (fixture, sizeof zeros);
  g_assert_true (take (fixture, &file));
  fd = openat (fixture->dirfd, file.name, O_RDONLY | O_CLOEXEC);
  g_assert_cmpmem (found, read (fd, found, sizeof found), zeros, sizeof zeros);
  g_assert_no_errno (fstat (fd, &info));
  g_assert_cmpuint (info.st_mode, ==, S_IFREG | 0600);
  close (fd);
}

static void
test_once (Fixture *fixture, gconstpointer data)
{
  g_auto (ConfsyncNewFile) file = CONFSYNC_NEW_FILE_INIT;
  g_auto (ConfsyncNewFile) again = CONFSYNC_NEW_FILE_INIT;

  g_assert_false (take (fixture, &file));
  confsync_spare_prepare (fixture->spare);
  g_assert_false (take (fixture, &file));

  prepare (fixture, 10);
  confsync_spare_prepare (fixture->spare);
  g_assert_cmpuint (live_fixture_count (fixture->dir), ==, 1);
  g_assert_true (take (fixture, &file));
  g_assert_false (take (fixture, &again));
  g_assert_null (again.name);
}

static void
test_put_back (Fixture *fixture, gconstpointer data)
{
  g_auto (ConfsyncNewFile) file = CONFSYNC_NEW_FILE_INIT;

  g_test_summary ("One that was not written to is the spare again");
  prepare (fixture, 10);
  g_assert_true (take (fixture, &file));
  confsync_new_file_give_back (&file, fixture->spare);
  confsync_new_file_clear (&file);
  confsync_spare_prepare (fixture->spare);
  g_assert_cmpuint (live_fixture_count (fixture->dir), ==, 1);
  assert_takes (fixture, 10, 12);
  g_assert_cmpuint (live_fixture_count (fixture->dir), ==, 0);
}

static void
test_too_large (Fixture *fixture, gconstpointer data)
{
  g_auto (ConfsyncNewFile) file = CONFSYNC_NEW_FILE_INIT;

  prepare (fixture, 1024 * 1024);
  g_assert_cmpuint (live_fixture_count (fixture->dir), ==, 0);
  g_assert_false (take (fixture, &file));
}

static void
test_other_directory (Fixture *fixture, gconstpointer data)
{
  g_autofree char *moved = g_strconcat (fixture->dir, "-moved", NULL);
  g_auto (ConfsyncNewFile) file = CONFSYNC_NEW_FILE_INIT;

  g_test_summary ("A directory that was replaced meanwhile has no spare");
  prepare (fixture, 10);
  g_assert_no_errno (rename (fixture->dir, moved));
  close (fixture->dirfd);
  fixture->dirfd = confsync_file_open_base (fixture->base, SUB, TRUE, NULL);
  g_assert_false (take (fixture, &file));
  g_assert_null (file.name);

  confsync_spare_prepare (fixture->spare);
  g_assert_cmpuint (live_fixture_count (fixture->dir), ==, 1);
}

static void
test_vanished (Fixture *fixture, gconstpointer data)
{
  g_auto (ConfsyncNewFile) file = CONFSYNC_NEW_FILE_INIT;
  g_autoptr (GDir) dir = NULL;

  prepare (fixture, 10);
  dir = g_dir_open (fixture->dir, 0, NULL);
  g_assert_no_errno (unlinkat (fixture->dirfd, g_dir_read_name (dir), 0));
  g_assert_false (take (fixture, &file));
  g_assert_null (file.name);
}

static void
test_goes (Fixture *fixture, gconstpointer data)
{
  g_test_summary ("An end removes it");
  prepare (fixture, 10);
  g_assert_cmpuint (live_fixture_count (fixture->dir), ==, 1);
  confsync_spare_free (fixture->spare);
  fixture->spare = confsync_spare_new ();
  g_assert_cmpuint (live_fixture_count (fixture->dir), ==, 0);
}

/* The inode of the one spare in the directory. */
static ino_t
find_spare (const char *directory)
{
  g_autoptr (GDir) dir = g_dir_open (directory, 0, NULL);
  const char *name = g_dir_read_name (dir);
  g_autofree char *path = g_build_filename (directory, name, NULL);
  struct stat info;

  g_assert_true (confsync_spare_is_name (name));
  g_assert_no_errno (stat (path, &info));
  g_assert_null (g_dir_read_name (dir));
  return info.st_ino;
}

static void
test_save (LiveFixture *fixture, gconstpointer data)
{
  static const char *const texts[] = { "{'a':1}", "{'a':22}", "{'a':3}", "{'a':4444}" };
  g_autofree char *temp = g_build_filename (fixture->base, SUB, NULL);
  ino_t spare = 0;

  g_test_summary ("A save takes it, and gives it the mode and the look of what was there");
  test_write_file (fixture->path, "{\n    \"a\": 0\n}\n");
  g_assert_no_errno (chmod (fixture->path, 0640));
  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      g_autoptr (ConfsyncDocument) known = live_fixture_load (fixture);
      g_autoptr (ConfsyncDocument) displaced = NULL, live = NULL;
      struct stat info;

      displaced = live_fixture_save (fixture, texts[i], i + 1, i > 0 ? texts[i - 1] : "{'a':0}");
      g_assert_null (displaced);
      g_assert_no_errno (stat (fixture->path, &info));
      g_assert_cmpuint (info.st_mode & 0777, ==, 0640);
      g_assert_true (i == 0 || info.st_ino == spare);
      live = live_fixture_load (fixture);
      test_assert_document (live, texts[i]);

      live_fixture_settle (fixture);
      g_assert_cmpuint (live_fixture_count (temp), ==, 0);
      confsync_live_file_prepare (fixture->live);
      spare = find_spare (temp);
    }
}

static void
test_ready (LiveFixture *fixture, gconstpointer data)
{
  g_autofree char *temp = g_build_filename (fixture->base, SUB, NULL);
  g_autoptr (ConfsyncDocument) first = NULL, second = NULL, live = NULL;
  struct stat info;
  ino_t spare;

  g_test_summary ("What is opened for a save serves it; what then comes to pass is seen by it");
  test_write_file (fixture->path, "{\"a\":0}");
  live = live_fixture_load (fixture);
  first = live_fixture_save (fixture, "{'a':1}", 1, "{'a':0}");
  live_fixture_settle (fixture);
  confsync_live_file_prepare (fixture->live);
  spare = find_spare (temp);

  confsync_live_file_get_ready (fixture->live);
  confsync_live_file_stand_down (fixture->live);
  confsync_live_file_stand_down (fixture->live);
  g_assert_cmpuint (find_spare (temp), ==, spare);

  confsync_live_file_get_ready (fixture->live);
  confsync_live_file_get_ready (fixture->live);
  test_write_file (fixture->path, "{\"edit\":1}");
  g_assert_no_errno (chmod (fixture->path, 0640));
  second = live_fixture_save (fixture, "{'a':2}", 2, "{'a':1}");
  test_assert_document (second, "{'edit':1}");
  g_assert_no_errno (stat (fixture->path, &info));
  g_assert_cmpuint (info.st_ino, ==, spare);
}

/* What a killed process leaves: the name of a spare, and what is in the file of that name. */
typedef struct
{
  const char *name;
  const char *text; /* (nullable): zeros */
  gboolean itself;
  gboolean is_edit;
} Leftover;

static const Leftover leftovers[] = {
  { "zeros", NULL, TRUE, FALSE },
  { "whole", "{\"new\":1}", TRUE, FALSE },
  { "half", "{\"new\":", TRUE, FALSE },
  { "exchanged-edit", "{\"edit\":1}", FALSE, TRUE },
  { "exchanged-known", "{\"a\":1}", FALSE, FALSE },
};

static void
test_killed (LiveFixture *fixture, gconstpointer data)
{
  g_autoptr (ConfsyncDocument) first = live_fixture_save (fixture, "{'a':1}", 1, NULL);
  g_autofree char *temp = g_build_filename (fixture->base, SUB, NULL);

  live_fixture_settle (fixture);
  for (guint i = 0; i < G_N_ELEMENTS (leftovers); i++)
    {
      const Leftover *leftover = &leftovers[i];
      g_autofree char *first_name = g_build_filename (temp, "made", NULL);
      g_autofree char *name = NULL, *path = NULL;
      g_autoptr (ConfsyncHistory) history = confsync_history_new (fixture->base, &fixture->report);
      g_autoptr (ConfsyncDocument) live = NULL;
      struct stat info;

      g_test_message ("%s", leftover->name);
      test_write_file (first_name, leftover->text != NULL ? leftover->text : "");
      if (leftover->text == NULL)
        g_assert_no_errno (truncate (first_name, 100));
      g_assert_no_errno (stat (first_name, &info));
      name = g_strdup_printf ("%" G_GINT64_MODIFIER "x.spare",
                              (guint64) info.st_ino + (leftover->itself ? 0 : 1));
      path = g_build_filename (temp, name, NULL);
      g_assert_no_errno (rename (first_name, path));

      live_fixture_restart (fixture);
      live = live_fixture_load (fixture);
      confsync_live_file_sweep (fixture->live, history, &limits);
      live_fixture_settle (fixture);
      g_assert_cmpuint (fixture->displaced->len, ==, leftover->is_edit ? 1 : 0);
      g_assert_cmpuint (live_fixture_count (temp), ==, leftover->is_edit ? 1 : 0);
      g_assert_cmpuint (fixture->notices->len, ==, 0);
      unlink (path);
      g_ptr_array_set_size (fixture->displaced, 0);
    }
}

int
main (int argc, char **argv)
{
  static const struct
  {
    const char *name;
    void (*function) (Fixture *fixture, gconstpointer data);
  } tests[] = {
    { "sizes", test_sizes },         { "zeros", test_zeros },
    { "once", test_once },           { "too-large", test_too_large },
    { "vanished", test_vanished },   { "other-directory", test_other_directory },
    { "goes", test_goes },           { "put-back", test_put_back },
  };

  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (tests); i++)
    {
      g_autofree char *path = g_strconcat ("/spare/", tests[i].name, NULL);

      g_test_add (path, Fixture, NULL, set_up, tests[i].function, tear_down);
    }
  g_test_add ("/spare/save", LiveFixture, NULL, live_fixture_set_up, test_save,
              live_fixture_tear_down);
  g_test_add ("/spare/ready", LiveFixture, NULL, live_fixture_set_up, test_ready,
              live_fixture_tear_down);
  g_test_add ("/spare/killed", LiveFixture, NULL, live_fixture_set_up, test_killed,
              live_fixture_tear_down);
  return g_test_run ();
}
