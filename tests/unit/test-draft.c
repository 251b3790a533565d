/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * A text in an editor: private while it is there, gone only when it is discarded.
 */

#include "config.h"

#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include "confsync-draft.h"
#include "test-util.h"

typedef struct {
  ConfsyncDraft *draft;
  char *dir; /* the draft's */
} Fixture;

static void
open_draft (Fixture *fixture, const char *name)
{
  g_autoptr (GBytes) text = g_bytes_new_static ("{}\n", 3);
  g_autoptr (GError) error = NULL;

  fixture->draft = confsync_draft_new (name, text, &error);
  g_assert_no_error (error);
  fixture->dir = g_path_get_dirname (confsync_draft_get_path (fixture->draft));
}

static void
set_up (Fixture *fixture, gconstpointer data)
{
  open_draft (fixture, "/etc/kitchen.json");
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  confsync_draft_free (fixture->draft);
  if (g_file_test (fixture->dir, G_FILE_TEST_EXISTS))
    test_remove_tree (fixture->dir);
  g_free (fixture->dir);
  g_unsetenv ("VISUAL");
  g_unsetenv ("EDITOR");
}

static void
assert_text (Fixture *fixture, const char *expected)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) bytes = confsync_draft_read (fixture->draft, &error);
  g_autofree char *text = NULL;

  g_assert_no_error (error);
  text = g_strndup (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes));
  g_assert_cmpstr (text, ==, expected);
}

static void
edit (Fixture *fixture)
{
  g_autoptr (GError) error = NULL;

  g_assert_true (confsync_draft_edit (fixture->draft, &error));
  g_assert_no_error (error);
}

static void
assert_fails (Fixture *fixture, int code, const char *words)
{
  g_autoptr (GError) error = NULL;

  g_assert_false (confsync_draft_edit (fixture->draft, &error));
  g_assert_error (error, G_IO_ERROR, code);
  if (strstr (error->message, words) == NULL)
    g_error ("“%s” doesn't say “%s”", error->message, words);
}

static void
test_private (Fixture *fixture, gconstpointer data)
{
  GStatBuf file, dir;

  g_assert_cmpint (g_stat (confsync_draft_get_path (fixture->draft), &file), ==, 0);
  g_assert_cmpint (g_stat (fixture->dir, &dir), ==, 0);
  g_assert_cmpint (file.st_mode & 0777, ==, 0600);
  g_assert_cmpint (dir.st_mode & 0777, ==, 0700);
  g_assert_true (g_str_has_suffix (confsync_draft_get_path (fixture->draft), "/kitchen.json"));
}

static void
test_names (void)
{
  const struct {
    const char *name, *ending;
  } cases[] = {
    { "/a/settings.conf", "/settings.conf.json" },
    { "", "/..json" },
    { "/a/\033[2J\n.json", "/\\x1b[2J\\x0a.json" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      Fixture fixture = { 0 };

      open_draft (&fixture, cases[i].name);
      g_assert_true (g_str_has_suffix (confsync_draft_get_path (fixture.draft), cases[i].ending));
      tear_down (&fixture, NULL);
    }
}

static void
test_editor (Fixture *fixture, gconstpointer data)
{
  g_test_summary ("VISUAL comes first, an empty one doesn't count, and it may have arguments");
  g_setenv ("EDITOR", "printf '%s' editor >", TRUE);
  edit (fixture);
  assert_text (fixture, "editor");
  g_setenv ("VISUAL", "", TRUE);
  edit (fixture);
  assert_text (fixture, "editor");
  g_setenv ("VISUAL", "printf '%s %s' vis ual >", TRUE);
  edit (fixture);
  assert_text (fixture, "vis ual");
}

static void
test_editor_fails (Fixture *fixture, gconstpointer data)
{
  g_setenv ("EDITOR", "exit 3; :", TRUE);
  assert_fails (fixture, G_IO_ERROR_FAILED, "exit status 3");
  g_setenv ("EDITOR", "kill -9 $$; :", TRUE);
  assert_fails (fixture, G_IO_ERROR_FAILED, "signal");
  g_setenv ("EDITOR", "/nowhere/editor", TRUE);
  assert_fails (fixture, G_IO_ERROR_NOT_FOUND, "VISUAL=");
  assert_text (fixture, "{}\n");
}

static void
test_interrupt (Fixture *fixture, gconstpointer data)
{
  g_test_summary ("An interrupt from the keyboard ends the editor at most, not what waits for it");
  g_setenv ("EDITOR", "kill -2 $PPID; kill -3 $PPID; printf done >", TRUE);
  edit (fixture);
  assert_text (fixture, "done");
  g_setenv ("EDITOR", "kill -2 $$; :", TRUE);
  assert_fails (fixture, G_IO_ERROR_FAILED, "signal");
}

static void
test_kept (Fixture *fixture, gconstpointer data)
{
  g_autofree char *path = g_strdup (confsync_draft_get_path (fixture->draft));
  g_autofree char *dir = g_steal_pointer (&fixture->dir);

  confsync_draft_free (fixture->draft);
  g_assert_true (g_file_test (path, G_FILE_TEST_EXISTS));
  test_remove_tree (dir);
  open_draft (fixture, "other");
}

static void
test_discarded (Fixture *fixture, gconstpointer data)
{
  g_setenv ("EDITOR", "f() { echo x > \"$1~\"; echo y > \"$1\"; }; f", TRUE);
  edit (fixture);
  assert_text (fixture, "y\n");
  confsync_draft_discard (fixture->draft);
  g_assert_false (g_file_test (fixture->dir, G_FILE_TEST_EXISTS));
}

#define ADD(path, function) \
  g_test_add ("/draft/" path, Fixture, NULL, set_up, function, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  ADD ("private", test_private);
  g_test_add_func ("/draft/names", test_names);
  ADD ("editor", test_editor);
  ADD ("editor-fails", test_editor_fails);
  ADD ("interrupt", test_interrupt);
  ADD ("kept", test_kept);
  ADD ("discarded", test_discarded);

  return g_test_run ();
}
