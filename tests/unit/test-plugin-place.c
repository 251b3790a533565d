/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Where plugins are taken from: owners and modes of folders and files that are really there. What
 * takes another user to show is shown as root. Called with --look, this program is the one that
 * looks for a plugin, and says whether it looked where the environment says.
 */

#include "config.h"

#include "confsync-plugin-place-private.h"

#include <glib/gstdio.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "confsync-error.h"
#include "confsync-registry.h"
#include "confsync-transport.h"
#include "test-util.h"

#define NOBODY 65534
#define SOMEBODY 12345
#define LOOK "--look"

typedef struct
{
  char *top;
  char *parent;
  char *folder;
  char *file;
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  fixture->top = test_temp_dir ();
  fixture->parent = g_strdup_printf ("%s/%08x", fixture->top, g_random_int ());
  fixture->folder = g_build_filename (fixture->parent, "plugins", NULL);
  fixture->file = g_build_filename (fixture->folder, "x.plugin", NULL);
  g_assert_no_errno (g_mkdir (fixture->parent, 0755));
  g_assert_no_errno (g_mkdir (fixture->folder, 0755));
  test_write_file (fixture->file, "[Plugin]\nModule=is-not-there\nConfsyncTransport=wanted\n");
  g_assert_no_errno (g_chmod (fixture->file, 0644));
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  test_remove_tree (fixture->top);
  g_free (fixture->top);
  g_free (fixture->parent);
  g_free (fixture->folder);
  g_free (fixture->file);
}

static void
assert_refused (const char *folder, const char *words)
{
  g_autoptr (GError) error = NULL;

  g_assert_false (confsync_plugin_place_check (folder, &error));
  g_assert_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_PLUGIN);
  g_assert_nonnull (strstr (error->message, words));
}

static void
assert_file_refused (const char *file, const char *words)
{
  g_autoptr (GError) error = NULL;

  g_assert_false (confsync_plugin_place_check_file (file, &error));
  g_assert_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_PLUGIN);
  g_assert_nonnull (strstr (error->message, words));
}

static void
assert_taken (Fixture *fixture)
{
  g_autoptr (GError) error = NULL;

  confsync_plugin_place_check (fixture->folder, &error);
  g_assert_no_error (error);
  confsync_plugin_place_check_file (fixture->file, &error);
  g_assert_no_error (error);
}

static void
test_modes (Fixture *fixture, gconstpointer data)
{
  static const mode_t good[] = { 0700, 0711, 0755, 0555 };
  static const mode_t bad[] = { 0777, 0757, 0702, 01777 };

  for (guint i = 0; i < G_N_ELEMENTS (good); i++)
    {
      g_assert_no_errno (g_chmod (fixture->folder, good[i]));
      assert_taken (fixture);
    }
  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_assert_no_errno (g_chmod (fixture->folder, bad[i]));
      assert_refused (fixture->folder, "other users may write to");
      assert_refused (fixture->folder, fixture->folder);
      assert_file_refused (fixture->file, "other users may write to");
    }
}

static void
test_file_modes (Fixture *fixture, gconstpointer data)
{
  g_assert_no_errno (g_chmod (fixture->file, 0666));
  assert_file_refused (fixture->file, "other users may write to");
  g_assert_no_errno (g_chmod (fixture->file, 0600));
  assert_taken (fixture);
  assert_file_refused (fixture->folder, "no regular file");
}

static void
test_above (Fixture *fixture, gconstpointer data)
{
  g_test_summary ("In a folder above that all may write to, only the sticky bit keeps names safe");

  g_assert_no_errno (g_chmod (fixture->parent, 0777));
  assert_refused (fixture->folder, "in the place of one in");
  assert_refused (fixture->folder, fixture->parent);
  g_assert_no_errno (g_chmod (fixture->parent, 01777));
  assert_taken (fixture);
}

static void
test_links (Fixture *fixture, gconstpointer data)
{
  g_autofree char *open = g_build_filename (fixture->parent, "open", NULL);
  g_autofree char *there = g_build_filename (open, "y.plugin", NULL);
  g_autofree char *link = g_build_filename (fixture->folder, "y.plugin", NULL);
  g_autofree char *folder_link = g_build_filename (fixture->parent, "link", NULL);

  g_test_summary ("What counts is where a link leads to");

  g_assert_no_errno (g_mkdir (open, 0755));
  test_write_file (there, "x");
  g_assert_no_errno (symlink (there, link));
  g_assert_no_errno (symlink (open, folder_link));
  g_assert_no_errno (g_chmod (open, 0777));
  assert_file_refused (link, "other users may write to");
  assert_refused (folder_link, "other users may write to");
}

static void
test_owners (Fixture *fixture, gconstpointer data)
{
  if (geteuid () != 0)
    {
      g_test_skip ("only root can give files away");
      return;
    }
  g_assert_no_errno (chown (fixture->file, SOMEBODY, 0));
  assert_file_refused (fixture->file, "belongs to another user (uid 12345)");
  g_assert_no_errno (chown (fixture->file, 0, SOMEBODY));
  g_assert_no_errno (g_chmod (fixture->file, 0664));
  assert_file_refused (fixture->file, "other users may write to");
  g_assert_no_errno (chown (fixture->file, 0, 0));
  assert_taken (fixture);
  g_assert_no_errno (chown (fixture->folder, SOMEBODY, 0));
  assert_refused (fixture->folder, "belongs to another user");
  assert_file_refused (fixture->file, "belongs to another user");
}

/* Looks for a plugin; says what was wrong with the one that it found. */
static int
look (void)
{
  g_auto (GStrv) problems = NULL;

  if (confsync_registry_find (CONFSYNC_TYPE_TRANSPORT, "wanted", NULL) != G_TYPE_INVALID)
    return 1;
  problems = confsync_registry_list_problems ();
  for (guint i = 0; problems[i] != NULL; i++)
    puts (problems[i]);
  return 0;
}

/* Runs @program as the one that looks in the fixture's folder; gives what it said. */
static char *
run_look (Fixture *fixture, const char *program)
{
  const char *const argv[] = { program, LOOK, NULL };
  g_auto (GStrv) environment =
    g_environ_setenv (g_get_environ (), "CONFSYNC_PLUGIN_PATH", fixture->folder, TRUE);
  g_autoptr (GError) error = NULL;
  char *output = NULL;
  int status;

  g_spawn_sync (NULL, (char **) argv, environment, G_SPAWN_DEFAULT, NULL, NULL, &output, NULL,
                &status, &error);
  g_assert_no_error (error);
  g_spawn_check_wait_status (status, &error);
  g_assert_no_error (error);
  return output;
}

static void
test_registry (Fixture *fixture, gconstpointer data)
{
  g_autofree char *good = run_look (fixture, "/proc/self/exe"), *bad = NULL;

  g_test_summary ("A bad folder is told of, and what is in it is not looked at");

  g_assert_nonnull (strstr (good, "is-not-there"));
  g_assert_no_errno (g_chmod (fixture->folder, 0777));
  bad = run_look (fixture, "/proc/self/exe");
  g_assert_null (strstr (bad, "is-not-there"));
  g_assert_true (g_str_has_prefix (bad, fixture->folder));
  g_assert_nonnull (strstr (bad, "other users may write to"));
}

static void
test_more_rights (Fixture *fixture, gconstpointer data)
{
  g_autofree char *copy = g_build_filename (fixture->parent, "copy", NULL);
  g_autofree char *program = NULL, *output = NULL;
  g_autofree char *same_rights = NULL;
  g_autoptr (GError) error = NULL;
  struct statvfs where;
  gsize size;

  g_test_summary ("Who runs with more rights than its caller doesn't look where that one says");

#ifdef __SANITIZE_ADDRESS__
  g_test_skip ("the sanitizer's own library isn't made for this");
  return;
#endif
  if (geteuid () != 0 || statvfs (fixture->parent, &where) < 0 || (where.f_flag & ST_NOSUID) != 0)
    {
      g_test_skip ("it takes root, and a file system that lets programs change users");
      return;
    }
  g_file_get_contents ("/proc/self/exe", &program, &size, &error);
  g_assert_no_error (error);
  g_file_set_contents_full (copy, program, size, G_FILE_SET_CONTENTS_NONE, 0755, &error);
  g_assert_no_error (error);
  same_rights = run_look (fixture, copy);
  g_assert_nonnull (strstr (same_rights, "is-not-there"));

  g_assert_no_errno (chown (copy, NOBODY, 0));
  g_assert_no_errno (g_chmod (copy, 04755));
  output = run_look (fixture, copy);
  g_assert_cmpstr (output, ==, "");
}

#define ADD(name, func) g_test_add ("/plugin-place/" name, Fixture, NULL, set_up, func, tear_down)

int
main (int argc, char **argv)
{
  if (argc == 2 && g_str_equal (argv[1], LOOK))
    return look ();

  g_test_init (&argc, &argv, NULL);
  ADD ("modes", test_modes);
  ADD ("file-modes", test_file_modes);
  ADD ("above", test_above);
  ADD ("links", test_links);
  ADD ("owners", test_owners);
  ADD ("registry", test_registry);
  ADD ("more-rights", test_more_rights);
  return g_test_run ();
}
