/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * What every back end of the file watcher must see: real files, changed as editors, deployments
 * and people change them.
 */

#include "config.h"

#include "test-util.h"
#include "watch-probe.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#define RAPID_EDITS 1000

typedef struct
{
  const char *backend;
  char *dir;
  char *file;  /* DIR/f */
  char *other; /* DIR/other */
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  fixture->backend = data;
  fixture->dir = test_temp_dir ();
  fixture->file = g_build_filename (fixture->dir, "f", NULL);
  fixture->other = g_build_filename (fixture->dir, "other", NULL);
  test_write_file (fixture->file, "first");
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  test_remove_tree (fixture->dir);
  g_free (fixture->dir);
  g_free (fixture->file);
  g_free (fixture->other);
}

static char *
in_dir (Fixture *fixture, const char *name)
{
  return g_build_filename (fixture->dir, name, NULL);
}

static void
make_link (const char *target, const char *path)
{
  g_autofree char *beside = g_strconcat (path, ".link", NULL);

  g_assert_no_errno (symlink (target, beside));
  g_assert_no_errno (rename (beside, path));
}

static WatchProbe *
watch (Fixture *fixture)
{
  return watch_probe_new (fixture->backend, fixture->file);
}

static void
test_in_place (Fixture *fixture, gconstpointer data)
{
  g_autoptr (WatchProbe) probe = watch (fixture);

  test_write_file (fixture->file, "second");
  watch_probe_expect (probe, "second");
  test_write_file (fixture->file, "third!");
  watch_probe_expect (probe, "third!");
}

static void
test_rename (Fixture *fixture, gconstpointer data)
{
  g_autoptr (WatchProbe) probe = watch (fixture);

  test_replace_file (fixture->file, "second");
  watch_probe_expect (probe, "second");
  test_replace_file (fixture->file, "third!");
  watch_probe_expect (probe, "third!");
}

static void
test_exchange (Fixture *fixture, gconstpointer data)
{
  g_autoptr (WatchProbe) probe = NULL;

  test_write_file (fixture->other, "second");
  probe = watch (fixture);
  g_assert_no_errno (
      renameat2 (AT_FDCWD, fixture->file, AT_FDCWD, fixture->other, RENAME_EXCHANGE));
  watch_probe_expect (probe, "second");
  g_assert_no_errno (
      renameat2 (AT_FDCWD, fixture->file, AT_FDCWD, fixture->other, RENAME_EXCHANGE));
  watch_probe_expect (probe, "first");
}

static void
test_backup (Fixture *fixture, gconstpointer data)
{
  g_autofree char *backup = in_dir (fixture, "f~");
  g_autoptr (WatchProbe) probe = watch (fixture);

  g_test_summary ("An editor that moves the file away before it writes a new one");
  g_assert_no_errno (rename (fixture->file, backup));
  test_write_file (fixture->file, "second");
  watch_probe_expect (probe, "second");
  g_assert_no_errno (rename (fixture->file, backup));
  watch_probe_expect (probe, NULL);
  g_assert_no_errno (rename (backup, fixture->file));
  watch_probe_expect (probe, "second");
}

static void
test_sed (Fixture *fixture, gconstpointer data)
{
  const char *argv[] = { "sed", "-i", "s/first/second/", fixture->file, NULL };
  g_autoptr (WatchProbe) probe = watch (fixture);

  test_run (argv);
  watch_probe_expect (probe, "second");
}

static void
run_vim (Fixture *fixture, const char *options)
{
  g_autofree char *vim = g_find_program_in_path ("vim");
  const char *argv[] = { NULL, "-u", "NONE", "-i", "NONE", "-es", "-c", options, "-c",
                         "%s/first/second/", "-c", "wq", fixture->file, NULL };
  g_autoptr (WatchProbe) probe = NULL;

  if (vim == NULL)
    vim = g_find_program_in_path ("vim.tiny");
  if (vim == NULL)
    {
      g_test_skip ("vim is not installed");
      return;
    }
  argv[0] = vim;
  probe = watch (fixture);
  test_run (argv);
  watch_probe_expect (probe, "second\n");
}

static void
test_vim (Fixture *fixture, gconstpointer data)
{
  run_vim (fixture, "set nocompatible writebackup backupcopy=no");
}

static void
test_vim_copy (Fixture *fixture, gconstpointer data)
{
  run_vim (fixture, "set nocompatible backup backupcopy=yes");
}

static void
test_link_target (Fixture *fixture, gconstpointer data)
{
  g_autofree char *dir = in_dir (fixture, "elsewhere");
  g_autofree char *target = g_build_filename (dir, "target", NULL);
  g_autofree char *hop = in_dir (fixture, "hop");
  g_autoptr (WatchProbe) probe = NULL;

  g_test_summary ("f -> hop -> elsewhere/target: the target is written to, and replaced");
  g_assert_no_errno (mkdir (dir, 0700));
  test_write_file (target, "target");
  make_link ("elsewhere/../elsewhere/./target", hop);
  make_link (hop, fixture->file);
  probe = watch (fixture);
  test_write_file (target, "written");
  watch_probe_expect (probe, "written");
  test_replace_file (target, "replaced");
  watch_probe_expect (probe, "replaced");
}

static void
test_link_replaced (Fixture *fixture, gconstpointer data)
{
  g_autofree char *one = in_dir (fixture, "one");
  g_autofree char *two = in_dir (fixture, "two");
  g_autoptr (WatchProbe) probe = NULL;

  test_write_file (one, "one");
  test_write_file (two, "two");
  make_link ("one", fixture->file);
  probe = watch (fixture);
  make_link ("two", fixture->file);
  watch_probe_expect (probe, "two");
  test_replace_file (two, "two, changed");
  watch_probe_expect (probe, "two, changed");
  test_replace_file (fixture->file, "no link any more");
  watch_probe_expect (probe, "no link any more");
  test_write_file (fixture->file, "written to");
  watch_probe_expect (probe, "written to");
}

static void
test_dangling (Fixture *fixture, gconstpointer data)
{
  g_autofree char *target = in_dir (fixture, "late");
  g_autoptr (WatchProbe) probe = NULL;

  g_test_summary ("A link to a file that appears later");
  make_link ("late", fixture->file);
  probe = watch (fixture);
  test_write_file (target, "there");
  watch_probe_expect (probe, "there");
}

/* As the kubelet does: a new directory of a release, and the link ..data renamed onto it. */
static void
release (Fixture *fixture, const char *name, const char *text)
{
  g_autofree char *dir = in_dir (fixture, name);
  g_autofree char *file = g_build_filename (dir, "f", NULL);
  g_autofree char *link_path = in_dir (fixture, "..data");

  g_assert_no_errno (mkdir (dir, 0700));
  test_write_file (file, text);
  make_link (name, link_path);
}

static void
remove_release (Fixture *fixture, const char *name)
{
  g_autofree char *dir = in_dir (fixture, name);

  test_remove_tree (dir);
}

static void
test_data_swap (Fixture *fixture, gconstpointer data)
{
  g_autoptr (WatchProbe) probe = NULL;

  g_test_summary ("Kubernetes: nothing named f changes, only ..data above it");
  release (fixture, "..2024_01", "one");
  make_link ("..data/f", fixture->file);
  probe = watch (fixture);
  release (fixture, "..2024_02", "two");
  watch_probe_expect (probe, "two");
  remove_release (fixture, "..2024_01");
  release (fixture, "..2024_03", "three");
  watch_probe_expect (probe, "three");
}

static void
test_recreated (Fixture *fixture, gconstpointer data)
{
  g_autoptr (WatchProbe) probe = watch (fixture);

  g_assert_no_errno (unlink (fixture->file));
  watch_probe_expect (probe, NULL);
  test_write_file (fixture->file, "again");
  watch_probe_expect (probe, "again");
}

static void
test_late_directory (Fixture *fixture, gconstpointer data)
{
  g_autofree char *dir = in_dir (fixture, "a/b/c");
  g_autofree char *top = in_dir (fixture, "a");
  g_autofree char *file = g_build_filename (dir, "f", NULL);
  g_autoptr (WatchProbe) probe = watch_probe_new (fixture->backend, file);

  g_test_summary ("Three levels of directories that aren't there yet, twice");
  for (int i = 0; i < 2; i++)
    {
      g_assert_no_errno (g_mkdir_with_parents (dir, 0700));
      test_write_file (file, "late");
      watch_probe_expect (probe, "late");
      test_replace_file (file, "later");
      watch_probe_expect (probe, "later");
      test_remove_tree (top);
      watch_probe_expect (probe, NULL);
    }
}

static void
test_directory_replaced (Fixture *fixture, gconstpointer data)
{
  g_autofree char *top = in_dir (fixture, "a");
  g_autofree char *dir = in_dir (fixture, "a/b");
  g_autofree char *away = in_dir (fixture, "away");
  g_autofree char *file = g_build_filename (dir, "f", NULL);
  g_autoptr (WatchProbe) probe = NULL;

  g_test_summary ("An ancestor is renamed away, replaced by another one, and comes back");
  g_assert_no_errno (g_mkdir_with_parents (dir, 0700));
  test_write_file (file, "old");
  probe = watch_probe_new (fixture->backend, file);
  g_assert_no_errno (rename (top, away));
  watch_probe_expect (probe, NULL);
  g_assert_no_errno (g_mkdir_with_parents (dir, 0700));
  test_write_file (file, "new");
  watch_probe_expect (probe, "new");
  test_replace_file (file, "newer");
  watch_probe_expect (probe, "newer");
  test_remove_tree (top);
  g_assert_no_errno (rename (away, top));
  watch_probe_expect (probe, "old");
  test_write_file (file, "old, written");
  watch_probe_expect (probe, "old, written");
}

static void
test_rapid (Fixture *fixture, gconstpointer data)
{
  g_autoptr (WatchProbe) probe = watch (fixture);

  g_test_summary ("However many edits, what the last handler reads is the last one");
  for (int i = 1; i <= RAPID_EDITS; i++)
    {
      g_autofree char *text = g_strdup_printf ("%d", i);

      if (i % 2 == 0)
        test_replace_file (fixture->file, text);
      else
        test_write_file (fixture->file, text);
      g_main_context_iteration (NULL, FALSE);
    }
  watch_probe_expect (probe, G_STRINGIFY (RAPID_EDITS));
  g_assert_cmpuint (probe->n_changed, <=, 3 * RAPID_EDITS);
}

static void
test_noise (Fixture *fixture, gconstpointer data)
{
  g_autofree char *temporary = in_dir (fixture, ".f.swp");
  g_autofree char *subdir = in_dir (fixture, "sub");
  g_autoptr (WatchProbe) probe = watch (fixture);
  g_autoptr (WatchProbe) fence = watch_probe_new (fixture->backend, fixture->other);

  g_test_summary ("What happens to other names is not reported; a later event of another watcher"
                  " shows that the earlier ones were handled");
  for (int i = 0; i < 100; i++)
    {
      test_write_file (temporary, "noise");
      g_assert_no_errno (chmod (fixture->file, 0600));
      g_assert_no_errno (unlink (temporary));
      g_assert_no_errno (mkdir (subdir, 0700));
      g_assert_no_errno (rmdir (subdir));
    }
  test_write_file (fixture->other, "fence");
  watch_probe_expect (fence, "fence");
  g_assert_cmpuint (probe->n_changed, ==, 0);
}

static void
test_two (Fixture *fixture, gconstpointer data)
{
  g_autoptr (WatchProbe) one = watch (fixture);
  g_autoptr (WatchProbe) two = watch_probe_new (fixture->backend, fixture->other);
  WatchProbe *three = watch (fixture);

  g_test_summary ("Watchers in one directory, and of one file, don't take each other's watches");
  test_write_file (fixture->file, "f");
  watch_probe_expect (one, "f");
  watch_probe_expect (three, "f");
  watch_probe_free (three);
  test_write_file (fixture->file, "f again");
  watch_probe_expect (one, "f again");
  confsync_watcher_stop (one->watcher);
  test_write_file (fixture->other, "other");
  watch_probe_expect (two, "other");
}

static void
test_stop (Fixture *fixture, gconstpointer data)
{
  g_autoptr (WatchProbe) probe = watch (fixture);
  g_autoptr (WatchProbe) fence = watch_probe_new (fixture->backend, fixture->other);
  g_autoptr (GError) error = NULL;

  g_test_summary ("Nothing after stop(), not even what happened before; then started again");
  test_write_file (fixture->file, "before");
  confsync_watcher_stop (probe->watcher);
  g_assert_null (confsync_file_watcher_get_backend (CONFSYNC_FILE_WATCHER (probe->watcher)));
  test_write_file (fixture->file, "after");
  confsync_watcher_stop (probe->watcher);
  confsync_watcher_check (probe->watcher);
  test_write_file (fixture->other, "fence");
  watch_probe_expect (fence, "fence");
  g_assert_cmpuint (probe->n_changed, ==, 0);

  g_assert_true (confsync_watcher_start (probe->watcher, &error));
  g_assert_true (confsync_watcher_start (probe->watcher, &error));
  g_assert_no_error (error);
  test_write_file (fixture->file, "again");
  watch_probe_expect (probe, "again");
}

static void
stop_cb (ConfsyncWatcher *watcher, ConfsyncWatcher *other)
{
  confsync_watcher_stop (other);
}

static gboolean
has_either_changed (gpointer data)
{
  WatchProbe **both = data;

  return both[0]->n_changed > 0 || both[1]->n_changed > 0;
}

static void
test_stop_in_handler (Fixture *fixture, gconstpointer data)
{
  g_autoptr (WatchProbe) one = watch (fixture);
  g_autoptr (WatchProbe) two = watch (fixture);
  g_autoptr (WatchProbe) fence = watch_probe_new (fixture->backend, fixture->other);
  WatchProbe *both[] = { one, two };

  g_test_summary ("A handler stops another watcher, which the same event would have reached");
  g_signal_connect (one->watcher, "changed", G_CALLBACK (stop_cb), two->watcher);
  g_signal_connect (two->watcher, "changed", G_CALLBACK (stop_cb), one->watcher);
  test_replace_file (fixture->file, "second");
  test_replace_file (fixture->other, "fence");
  watch_probe_expect (fence, "fence");
  /* which one the event reaches first is not known before it does */
  g_assert_true (test_wait_until (has_either_changed, both, TEST_DEADLINE_MS));
  watch_probe_expect (one->n_changed > 0 ? one : two, "second");
  g_assert_true (one->n_changed == 0 || two->n_changed == 0);
}

static void
drop_cb (ConfsyncWatcher *watcher, ConfsyncWatcher **owned)
{
  g_clear_object (owned);
}

static gboolean
is_null (gpointer data)
{
  return *(gpointer *) data == NULL;
}

static void
test_dropped_in_handler (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  ConfsyncWatcher *watcher;

  g_test_summary ("A handler drops the last reference, without a stop");
  watch_probe_choose (fixture->backend);
  watcher = CONFSYNC_WATCHER (confsync_file_watcher_new (fixture->file));
  confsync_file_watcher_set_poll_interval (CONFSYNC_FILE_WATCHER (watcher), 20);
  g_signal_connect (watcher, "changed", G_CALLBACK (drop_cb), &watcher);
  g_object_add_weak_pointer (G_OBJECT (watcher), (gpointer *) &watcher);
  g_assert_true (confsync_watcher_start (watcher, &error));
  g_assert_no_error (error);
  test_replace_file (fixture->file, "second");
  g_assert_true (test_wait_until (is_null, &watcher, TEST_DEADLINE_MS));
}

typedef struct
{
  Fixture *fixture;
  int started; /* atomic */
} ThreadData;

static gpointer
watch_thread (gpointer data)
{
  ThreadData *shared = data;
  g_autoptr (GMainContext) context = g_main_context_new ();
  WatchProbe *probe;

  g_main_context_push_thread_default (context);
  probe = watch (shared->fixture);
  g_atomic_int_set (&shared->started, TRUE);
  watch_probe_expect (probe, "second");
  watch_probe_free (probe);
  g_main_context_pop_thread_default (context);
  return NULL;
}

static gboolean
is_set (gpointer data)
{
  return g_atomic_int_get ((int *) data);
}

static void
test_thread (Fixture *fixture, gconstpointer data)
{
  g_autoptr (WatchProbe) probe = watch (fixture);
  ThreadData shared = { fixture, FALSE };
  GThread *thread = g_thread_new ("watch", watch_thread, &shared);

  g_test_summary ("Two threads, two main contexts: each watcher is served in its own, also while"
                  " the other context doesn't run");
  g_assert_true (test_wait_until (is_set, &shared.started, TEST_DEADLINE_MS));
  test_replace_file (fixture->file, "second");
  g_thread_join (thread);
  watch_probe_expect (probe, "second");
  test_replace_file (fixture->file, "third");
  watch_probe_expect (probe, "third");
}

static void
test_check (Fixture *fixture, gconstpointer data)
{
  const struct timespec long_ago[2] = { { 1, 0 }, { 1, 0 } };
  g_autoptr (WatchProbe) probe = watch (fixture);
  guint n_before;

  g_test_summary ("A check reports what no event did, at once, and only that");
  test_replace_file (fixture->file, "second");
  watch_probe_expect (probe, "second");
  n_before = probe->n_changed;
  g_assert_no_errno (utimensat (AT_FDCWD, fixture->file, long_ago, 0));
  confsync_watcher_check (probe->watcher);
  g_assert_cmpuint (probe->n_changed, ==, n_before + 1);
}

static const struct
{
  const char *name;
  void (*run) (Fixture *fixture, gconstpointer data);
  gboolean needs_order; /* not for polling, which has no order of events to rely on */
} cases[] = {
  { "in-place", test_in_place, FALSE },
  { "rename", test_rename, FALSE },
  { "exchange", test_exchange, FALSE },
  { "backup", test_backup, FALSE },
  { "sed", test_sed, FALSE },
  { "vim", test_vim, FALSE },
  { "vim-copy", test_vim_copy, FALSE },
  { "link-target", test_link_target, FALSE },
  { "link-replaced", test_link_replaced, FALSE },
  { "dangling", test_dangling, FALSE },
  { "data-swap", test_data_swap, FALSE },
  { "recreated", test_recreated, FALSE },
  { "late-directory", test_late_directory, FALSE },
  { "directory-replaced", test_directory_replaced, FALSE },
  { "rapid", test_rapid, FALSE },
  { "noise", test_noise, TRUE },
  { "two", test_two, FALSE },
  { "stop", test_stop, FALSE },
  { "stop-in-handler", test_stop_in_handler, FALSE },
  { "dropped-in-handler", test_dropped_in_handler, FALSE },
  { "thread", test_thread, FALSE },
  { "check", test_check, FALSE },
};

static void
add_cases (const char *backend)
{
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *path = g_strdup_printf ("/watcher/%s/%s", backend, cases[i].name);

      if (!cases[i].needs_order || !g_str_equal (backend, "poll"))
        g_test_add (path, Fixture, backend, set_up, cases[i].run, tear_down);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  add_cases ("inotify");
  add_cases ("gio");
  add_cases ("poll");
  return g_test_run ();
}
