/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * A path is walked as the kernel walks it.
 */

#include "config.h"

#include "confsync-watch-path-private.h"
#include "test-util.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char
get_letter (const ConfsyncWatchPoint *point)
{
  return "dnli"[point->kind];
}

/* The points below @dir, one letter of the kind and the path each. */
static char *
describe (const char *dir, const char *path)
{
  g_autoptr (GPtrArray) points = confsync_watch_path_resolve (path);
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < points->len; i++)
    {
      const ConfsyncWatchPoint *point = g_ptr_array_index (points, i);
      g_autofree char *full = confsync_watch_point_dup_path (point);

      if (g_str_has_prefix (full, dir) && full[strlen (dir)] == '/')
        g_string_append_printf (text, "%c:%s ", get_letter (point), full + strlen (dir) + 1);
    }
  return g_string_free (text, FALSE);
}

static void
make_tree (void)
{
  g_assert_no_errno (g_mkdir_with_parents ("real/deep", 0700));
  test_write_file ("real/deep/f", "text");
  test_write_file ("hard", "text");
  g_assert_no_errno (link ("hard", "hard2"));
  g_assert_no_errno (symlink ("real/deep", "short"));
  g_assert_no_errno (symlink ("../short/./f", "real/f"));
  g_assert_no_errno (symlink ("nowhere/f", "dangling"));
  g_assert_no_errno (symlink ("loop", "loop"));
}

static void
check_walks (const char *dir)
{
  static const struct
  {
    const char *path;
    const char *points;
  } walks[] = {
    { "real/deep/f", "d:real d:real/deep l:real/deep/f " },
    { "real//./deep/../deep/f", "d:real d:real/deep d:real/deep l:real/deep/f " },
    { "short/f", "n:short d:real d:real/deep l:real/deep/f " },
    /* ".." is the parent of where the link leads */
    { "short/../f", "n:short d:real d:real/deep n:real/f n:short d:real d:real/deep "
                    "l:real/deep/f " },
    { "missing", "l:missing " },
    { "missing/a/f", "n:missing " },
    { "dangling", "n:dangling n:nowhere " },
    { "hard", "l:hard i:hard " },
    { "hard/f", "l:hard i:hard " },
    { "real", "l:real " },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (walks); i++)
    {
      g_autofree char *path = g_strconcat (dir, "/", walks[i].path, NULL);
      g_autofree char *points = describe (dir, path);

      g_test_message ("%s", walks[i].path);
      g_assert_cmpstr (points, ==, walks[i].points);
    }
}

static void
check_ends (const char *dir)
{
  static const struct
  {
    const char *path;
    gboolean plain;
  } ends[] = {
    { "real/deep/f", TRUE }, { "short/f", TRUE }, { "real/f", FALSE },
    { "hard", FALSE },       { "real", FALSE },   { "missing", FALSE },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (ends); i++)
    {
      g_autofree char *path = g_strconcat (dir, "/", ends[i].path, NULL);

      g_test_message ("%s", ends[i].path);
      g_assert_cmpint (confsync_watch_path_ends_plainly (path), ==, ends[i].plain);
    }
}

static void
test_resolve (void)
{
  g_autofree char *before = g_get_current_dir ();
  g_autofree char *dir = test_temp_dir ();
  g_autofree char *path = g_build_filename (dir, "loop", NULL);
  g_autoptr (GPtrArray) points = NULL;

  g_assert_no_errno (chdir (dir));
  make_tree ();
  check_walks (dir);
  check_ends (dir);
  points = confsync_watch_path_resolve (path);
  g_assert_cmpuint (points->len, <, 60);
  g_assert_no_errno (chdir (before));
  test_remove_tree (dir);
}

static void
test_root (void)
{
  g_autoptr (GPtrArray) root = confsync_watch_path_resolve ("/");
  g_autoptr (GPtrArray) below = confsync_watch_path_resolve ("/../confsync-is-not-here");
  const ConfsyncWatchPoint *point;

  g_assert_cmpuint (root->len, ==, 0);
  g_assert_cmpuint (below->len, ==, 1);
  point = g_ptr_array_index (below, 0);
  g_assert_cmpstr (point->directory, ==, "/");
  g_assert_cmpstr (point->name, ==, "confsync-is-not-here");
}

static void
test_remote (void)
{
  g_autoptr (GPtrArray) points = confsync_watch_path_resolve ("/proc/self/status");
  const char *directory = NULL;

  g_test_summary ("File systems that change behind the kernel's back, by their numbers");
  g_assert_cmpstr (confsync_watch_path_get_remote_name (0x6969), ==, "nfs");
  g_assert_cmpstr (confsync_watch_path_get_remote_name (0xff534d42), ==, "cifs");
  g_assert_cmpstr (confsync_watch_path_get_remote_name ((gint32) 0xff534d42), ==, "cifs");
  g_assert_cmpstr (confsync_watch_path_get_remote_name (0x65735546), ==, "fuse");
  g_assert_null (confsync_watch_path_get_remote_name (0xef53));
  g_assert_null (confsync_watch_path_find_remote (points, &directory));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/watch-path/resolve", test_resolve);
  g_test_add_func ("/watch-path/root", test_root);
  g_test_add_func ("/watch-path/remote", test_remote);
  return g_test_run ();
}
