/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Durable writing: whole or not at all, no traces, no links followed.
 */

#include "config.h"

#include "confsync-durable-file-private.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "confsync-file-io-private.h"
#include "test-util.h"

typedef struct
{
  char *dir;
  int dirfd;
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  fixture->dir = test_temp_dir ();
  fixture->dirfd = open (fixture->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  g_assert_no_errno (fixture->dirfd);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  close (fixture->dirfd);
  test_remove_tree (fixture->dir);
  g_free (fixture->dir);
}

static void
write_text (Fixture *fixture, const char *name, const char *text)
{
  g_autoptr (GBytes) bytes = g_bytes_new (text, strlen (text));
  g_autoptr (GError) error = NULL;

  confsync_durable_write (fixture->dirfd, name, bytes, 0600, &error);
  g_assert_no_error (error);
}

static void
assert_text (Fixture *fixture, const char *name, const char *expected)
{
  g_autofree char *path = g_build_filename (fixture->dir, name, NULL);
  g_autofree char *text = NULL;
  g_autoptr (GError) error = NULL;

  g_file_get_contents (path, &text, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (text, ==, expected);
}

static guint
count_entries (Fixture *fixture)
{
  g_autoptr (GDir) dir = g_dir_open (fixture->dir, 0, NULL);
  guint n = 0;

  while (g_dir_read_name (dir) != NULL)
    n++;
  return n;
}

static void
test_write (Fixture *fixture, gconstpointer data)
{
  struct stat info;

  write_text (fixture, "a", "a longer text");
  write_text (fixture, "a", "short");
  assert_text (fixture, "a", "short");
  g_assert_no_errno (fstatat (fixture->dirfd, "a", &info, 0));
  g_assert_cmpint (info.st_mode & 07777, ==, 0600);
  g_assert_cmpuint (count_entries (fixture), ==, 1);
}

static void
test_symlink_is_replaced (Fixture *fixture, gconstpointer data)
{
  g_test_summary ("A planted link doesn't lead a write out of the directory");
  write_text (fixture, "victim", "untouched");
  g_assert_no_errno (symlinkat ("victim", fixture->dirfd, "a"));
  write_text (fixture, "a", "mine");
  assert_text (fixture, "victim", "untouched");
  assert_text (fixture, "a", "mine");
}

static void
test_failure_leaves_all (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GBytes) bytes = g_bytes_new_static ("new", 3);
  g_autoptr (GError) error = NULL;

  g_assert_no_errno (mkdirat (fixture->dirfd, "a", 0700));
  g_assert_false (confsync_durable_write (fixture->dirfd, "a", bytes, 0600, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_IS_DIRECTORY);
  g_assert_nonnull (strstr (error->message, fixture->dir));
  g_assert_cmpuint (count_entries (fixture), ==, 1);
}

static void
test_append (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GBytes) bytes = g_bytes_new_static ("line\n", 5);
  g_autoptr (GError) error = NULL;

  for (guint i = 0; i < 2; i++)
    {
      confsync_durable_append (fixture->dirfd, "log", bytes, 0600, &error);
      g_assert_no_error (error);
    }
  assert_text (fixture, "log", "line\nline\n");

  g_assert_no_errno (symlinkat ("log", fixture->dirfd, "link"));
  g_assert_false (confsync_durable_append (fixture->dirfd, "link", bytes, 0600, &error));
  g_assert_nonnull (error);
}

static void
test_remove (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  write_text (fixture, "a", "text");
  for (guint i = 0; i < 2; i++)
    {
      confsync_durable_remove (fixture->dirfd, "a", &error);
      g_assert_no_error (error);
      g_assert_cmpuint (count_entries (fixture), ==, 0);
    }
}

static void
test_sweep (Fixture *fixture, gconstpointer data)
{
  write_text (fixture, "kept", "text");
  write_text (fixture, CONFSYNC_DURABLE_TEMP_PREFIX "0badcafe", "half of a te");
  confsync_durable_sweep (fixture->dirfd);
  g_assert_cmpuint (count_entries (fixture), ==, 1);
  assert_text (fixture, "kept", "text");
}

static void
test_base (Fixture *fixture, gconstpointer data)
{
  g_autofree char *base = g_build_filename (fixture->dir, "base", NULL);
  g_autofree char *deep = g_build_filename (fixture->dir, "typo", "base", NULL);
  g_autofree char *sub = g_build_filename (base, ".confsync", "tmp", NULL);
  g_auto (ConfsyncFd) fd = -1;
  g_autoptr (GError) error = NULL;
  struct stat info;

  g_test_summary ("The base directory is made, 0700, but not a tree above it");
  g_assert_cmpint (confsync_file_open_base (base, ".confsync/tmp", FALSE, &error), ==, -1);
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
  g_clear_error (&error);

  fd = confsync_file_open_base (base, ".confsync/tmp", TRUE, &error);
  g_assert_no_error (error);
  g_assert_no_errno (stat (base, &info));
  g_assert_cmpint (info.st_mode & 07777, ==, 0700);
  g_assert_no_errno (stat (sub, &info));
  g_assert_cmpint (info.st_mode & 07777, ==, 0700);

  g_assert_cmpint (confsync_file_open_base (deep, "", TRUE, &error), ==, -1);
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
  g_assert_nonnull (strstr (error->message, "typo"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(name, function)                                                                       \
  g_test_add ("/durable-file/" name, Fixture, NULL, set_up, function, tear_down)
  ADD ("write", test_write);
  ADD ("symlink-is-replaced", test_symlink_is_replaced);
  ADD ("failure-leaves-all", test_failure_leaves_all);
  ADD ("append", test_append);
  ADD ("remove", test_remove);
  ADD ("sweep", test_sweep);
  ADD ("base", test_base);
  return g_test_run ();
}
