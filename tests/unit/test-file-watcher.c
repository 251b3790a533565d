/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * The file watcher where the kernel has limits: queues, descriptors, mounts; and its properties.
 * What all back ends see is in the contract suite.
 */

#include "config.h"

#include "test-util.h"
#include "watch-probe.h"

#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* a longer queue would take too long to fill */
#define QUEUE_MAX 100000

typedef struct
{
  char *dir;
  char *file;
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  fixture->dir = test_temp_dir ();
  fixture->file = g_build_filename (fixture->dir, "f", NULL);
  test_write_file (fixture->file, "first");
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  test_remove_tree (fixture->dir);
  g_free (fixture->dir);
  g_free (fixture->file);
}

static void
test_properties (Fixture *fixture, gconstpointer data)
{
  g_autoptr (WatchProbe) probe = watch_probe_new ("inotify", fixture->file);
  g_autofree char *path = NULL, *backend = NULL, *notice = NULL;
  guint interval;

  g_object_set (probe->watcher, "poll-interval", 500, NULL);
  g_object_get (probe->watcher, "path", &path, "backend", &backend, "notice", &notice,
                "poll-interval", &interval, NULL);
  g_assert_cmpstr (path, ==, fixture->file);
  g_assert_cmpstr (backend, ==, "inotify");
  g_assert_null (notice);
  g_assert_cmpuint (interval, ==, 500);
}

static void
test_relative (Fixture *fixture, gconstpointer data)
{
  g_autofree char *before = g_get_current_dir ();
  g_autoptr (ConfsyncFileWatcher) watcher = NULL;

  g_assert_no_errno (chdir (fixture->dir));
  watcher = confsync_file_watcher_new ("f");
  g_assert_no_errno (chdir (before));
  g_assert_cmpstr (confsync_file_watcher_get_path (watcher), ==, fixture->file);
}

static void
test_unknown_backend (Fixture *fixture, gconstpointer data)
{
  g_autoptr (ConfsyncFileWatcher) watcher = confsync_file_watcher_new (fixture->file);
  g_autoptr (GError) error = NULL;

  watch_probe_choose ("telepathy");
  g_assert_false (confsync_watcher_start (CONFSYNC_WATCHER (watcher), &error));
  g_assert_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_NOT_FOUND);
  g_assert_cmpstr (error->message, ==,
                   "CONFSYNC_WATCHER=telepathy names no back end: use inotify, gio or poll");
  g_assert_null (confsync_file_watcher_get_backend (watcher));
}

static void
test_hard_link (Fixture *fixture, gconstpointer data)
{
  g_autofree char *elsewhere = g_build_filename (fixture->dir, "sub", NULL);
  g_autofree char *other = g_build_filename (elsewhere, "other", NULL);
  g_autoptr (WatchProbe) probe = NULL;

  g_test_summary ("Written to under another name, in a directory that nobody watches");
  g_assert_no_errno (mkdir (elsewhere, 0700));
  g_assert_no_errno (link (fixture->file, other));
  probe = watch_probe_new ("inotify", fixture->file);
  test_write_file (other, "second");
  watch_probe_expect (probe, "second");
}

static void
test_burst (Fixture *fixture, gconstpointer data)
{
  g_autofree char *fence_path = g_build_filename (fixture->dir, "fence", NULL);
  g_autoptr (WatchProbe) probe = watch_probe_new ("inotify", fixture->file);
  g_autoptr (WatchProbe) fence = watch_probe_new ("inotify", fence_path);

  g_test_summary ("What one read brings is one emission");
  for (int i = 0; i < 100; i++)
    test_replace_file (fixture->file, i % 2 == 0 ? "even" : "odd");
  test_write_file (fence_path, "fence");
  watch_probe_expect (fence, "fence");
  g_assert_cmpuint (probe->n_changed, ==, 1);
  g_assert_cmpstr (probe->text, ==, "odd");
}

static void
test_fresh (Fixture *fixture, gconstpointer data)
{
  g_autoptr (WatchProbe) probe = watch_probe_new ("poll", fixture->file);

  g_test_summary ("Polling can't tell a second write within one tick of the clock from the first:"
                  " a file changed that recently is reported once more");
  watch_probe_expect (probe, "first");
}

static guint
get_queue_length (void)
{
  g_autofree char *text = NULL;
  g_autoptr (GError) error = NULL;

  g_file_get_contents ("/proc/sys/fs/inotify/max_queued_events", &text, NULL, &error);
  g_assert_no_error (error);
  return (guint) g_ascii_strtoull (text, NULL, 10);
}

static void
test_overflow (Fixture *fixture, gconstpointer data)
{
  const guint length = get_queue_length ();
  g_autofree char *here = g_build_filename (fixture->dir, "a", NULL);
  g_autofree char *there = g_build_filename (fixture->dir, "b", NULL);
  g_autoptr (WatchProbe) probe = NULL;

  g_test_summary ("The queue is full of noise: the change after it is found all the same");
  if (length > QUEUE_MAX)
    {
      g_test_skip ("fs.inotify.max_queued_events is too large to fill");
      return;
    }
  test_write_file (here, "noise");
  probe = watch_probe_new ("inotify", fixture->file);
  /* two events each */
  for (guint i = 0; i <= length / 2; i++)
    {
      int renamed = rename (i & 1 ? there : here, i & 1 ? here : there);

      g_assert_no_errno (renamed);
    }
  test_replace_file (fixture->file, "lost in the queue");
  watch_probe_expect (probe, "lost in the queue");
  test_replace_file (fixture->file, "after");
  watch_probe_expect (probe, "after");
}

static void
count_cb (GObject *object, GParamSpec *pspec, guint *count)
{
  (*count)++;
}

/* Returns: the limit as it was */
static struct rlimit
forbid_descriptors (void)
{
  struct rlimit before, none;
  int next;

  g_assert_no_errno (getrlimit (RLIMIT_NOFILE, &before));
  next = dup (0);
  g_assert_no_errno (next);
  g_assert_no_errno (close (next));
  none = before;
  none.rlim_cur = (rlim_t) next;
  g_assert_no_errno (setrlimit (RLIMIT_NOFILE, &none));
  return before;
}

static void
run_without_inotify (const char *path)
{
  guint n_notices = 0, n_backends = 0; /* outlive the probe */
  g_autoptr (WatchProbe) probe = watch_probe_new ("inotify", path);
  ConfsyncFileWatcher *watcher = CONFSYNC_FILE_WATCHER (probe->watcher);
  g_autoptr (GError) error = NULL;
  struct rlimit before;

  confsync_watcher_stop (probe->watcher);
  confsync_file_watcher_set_poll_interval (watcher, 20);
  g_signal_connect (watcher, "notify::notice", G_CALLBACK (count_cb), &n_notices);
  g_signal_connect (watcher, "notify::backend", G_CALLBACK (count_cb), &n_backends);
  before = forbid_descriptors ();
  confsync_watcher_start (probe->watcher, &error);
  g_assert_no_errno (setrlimit (RLIMIT_NOFILE, &before));
  g_assert_no_error (error);
  g_assert_cmpstr (confsync_file_watcher_get_backend (watcher), ==, "poll");
  g_assert_nonnull (strstr (confsync_file_watcher_get_notice (watcher),
                            "raise fs.inotify.max_user_instances"));
  g_assert_nonnull (strstr (confsync_file_watcher_get_notice (watcher), "every 20 ms"));
  g_assert_cmpuint (n_notices, ==, 1);
  g_assert_cmpuint (n_backends, ==, 1);

  test_replace_file (path, "polled");
  watch_probe_expect (probe, "polled");
  confsync_watcher_check (probe->watcher);
  g_assert_cmpstr (confsync_file_watcher_get_backend (watcher), ==, "inotify");
  g_assert_null (confsync_file_watcher_get_notice (watcher));
  test_replace_file (path, "told");
  watch_probe_expect (probe, "told");
}

typedef struct
{
  const char *path;
  guint depth;
  guint n_calls;
} Nested;

/* Whoever hears of a change changes the file once more, and runs a main loop. */
static void
nested_cb (ConfsyncWatcher *watcher, gpointer user_data)
{
  Nested *nested = user_data;

  g_assert_cmpuint (nested->depth, ==, 0);
  if (nested->n_calls++ > 0)
    return;
  test_replace_file (nested->path, "second");
  nested->depth++;
  for (guint i = 0; i < 20; i++)
    g_main_context_iteration (NULL, FALSE);
  nested->depth--;
}

static void
test_nested (Fixture *fixture, gconstpointer data)
{
  g_autoptr (WatchProbe) probe = NULL;
  Nested nested = { .path = fixture->file };

  g_test_summary ("What changes while a handler runs a main loop is told after its end");
  probe = watch_probe_new ("inotify", fixture->file);
  g_signal_connect (probe->watcher, "changed", G_CALLBACK (nested_cb), &nested);
  test_replace_file (fixture->file, "first");
  watch_probe_expect (probe, "second");
  g_assert_cmpuint (nested.n_calls, >=, 2);
}

static void
test_no_descriptor (Fixture *fixture, gconstpointer data)
{
  g_test_summary ("No descriptor for inotify: polled, with a notice; a check finds it again");
  if (g_test_subprocess ())
    {
      run_without_inotify (fixture->file);
      return;
    }
  g_test_trap_subprocess (NULL, 0, G_TEST_SUBPROCESS_DEFAULT);
  g_test_trap_assert_passed ();
  g_test_trap_assert_stderr (""); /* who has the notice says it */
}

/* For root nothing is out of reach: go on as nobody. */
static void
lose_rights (const char *dir, const char *secret, const char *target)
{
  g_assert_no_errno (chmod (secret, 0333));
  if (geteuid () != 0)
    return;
  g_assert_no_errno (chmod (dir, 0777));
  g_assert_no_errno (chmod (target, 0666));
  g_assert_no_errno (seteuid (65534));
}

static gboolean
is_polling (gpointer data)
{
  return g_str_equal (confsync_file_watcher_get_backend (data), "poll");
}

static void
run_without_right (const char *dir, const char *path)
{
  g_autofree char *secret = g_build_filename (dir, "secret", NULL);
  g_autofree char *target = g_build_filename (secret, "f", NULL);
  g_autofree char *beside = g_build_filename (dir, "link", NULL);
  g_autoptr (WatchProbe) probe = NULL;
  ConfsyncFileWatcher *watcher;

  g_assert_no_errno (mkdir (secret, 0700));
  test_write_file (target, "secret");
  lose_rights (dir, secret, target);
  probe = watch_probe_new ("inotify", path);
  watcher = CONFSYNC_FILE_WATCHER (probe->watcher);
  confsync_file_watcher_set_poll_interval (watcher, 20);
  g_assert_no_errno (symlink ("secret/f", beside));
  g_assert_no_errno (rename (beside, path));
  watch_probe_expect (probe, "secret");
  /* the change is told first, then the watches follow the path */
  g_assert_true (test_wait_until (is_polling, watcher, 5000));
  g_assert_nonnull (strstr (confsync_file_watcher_get_notice (watcher), "can't watch"));
  g_assert_nonnull (strstr (confsync_file_watcher_get_notice (watcher),
                            "takes the right to list it"));
  test_write_file (target, "polled");
  watch_probe_expect (probe, "polled");
  g_assert_no_errno (seteuid (getuid ()));
  g_assert_no_errno (chmod (secret, 0700));
}

static void
test_late_failure (Fixture *fixture, gconstpointer data)
{
  g_test_summary ("The path is led into a directory that can't be watched, while it runs");
  if (g_test_subprocess ())
    {
      run_without_right (fixture->dir, fixture->file);
      return;
    }
  g_test_trap_subprocess (NULL, 0, G_TEST_SUBPROCESS_DEFAULT);
  g_test_trap_assert_passed ();
  g_test_trap_assert_stderr ("");
}

/* Returns: %FALSE where this process may not have mounts of its own */
static gboolean
enter_mount_namespace (void)
{
  if (unshare (CLONE_NEWNS) != 0 && unshare (CLONE_NEWUSER | CLONE_NEWNS) != 0)
    return FALSE;
  return mount (NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0;
}

/* Tried in a child, since there is no way back. */
static gboolean
can_mount (void)
{
  const pid_t child = fork ();
  int status;

  if (child == 0)
    _exit (enter_mount_namespace () ? 0 : 1);
  g_assert_no_errno (child);
  g_assert_no_errno (waitpid (child, &status, 0));
  return WIFEXITED (status) && WEXITSTATUS (status) == 0;
}

static void
run_mounts (const char *dir)
{
  g_autofree char *below = g_build_filename (dir, "below", NULL);
  g_autofree char *above = g_build_filename (dir, "above", NULL);
  g_autofree char *file = g_build_filename (below, "f", NULL);
  g_autofree char *cover = g_build_filename (above, "f", NULL);
  g_autofree char *single = g_build_filename (dir, "single", NULL);
  g_autoptr (WatchProbe) probe = NULL;

  g_assert_no_errno (mkdir (below, 0700));
  g_assert_no_errno (mkdir (above, 0700));
  test_write_file (file, "below");
  test_write_file (cover, "above");
  test_write_file (single, "single");
  probe = watch_probe_new ("inotify", file);

  g_assert_no_errno (mount (above, below, NULL, MS_BIND, NULL));
  confsync_watcher_check (probe->watcher);
  g_assert_cmpstr (probe->text, ==, "above");
  test_replace_file (cover, "above, replaced");
  watch_probe_expect (probe, "above, replaced");

  g_assert_no_errno (mount (single, file, NULL, MS_BIND, NULL));
  confsync_watcher_check (probe->watcher);
  g_assert_cmpstr (probe->text, ==, "single");
  test_write_file (single, "single, written");
  watch_probe_expect (probe, "single, written");
  g_assert_no_errno (umount (file));
  g_assert_no_errno (umount (below));
}

static void
test_mounts (Fixture *fixture, gconstpointer data)
{
  g_test_summary ("A directory, then the file, is mounted over: found by a check, watched from then"
                  " on");
  if (g_test_subprocess ())
    {
      g_assert_true (enter_mount_namespace ());
      run_mounts (fixture->dir);
      return;
    }
  if (!can_mount ())
    {
      g_test_skip ("this process may not have mounts of its own");
      return;
    }
  g_test_trap_subprocess (NULL, 0, G_TEST_SUBPROCESS_DEFAULT);
  g_test_trap_assert_passed ();
}

#define ADD(name, func) g_test_add ("/file-watcher/" name, Fixture, NULL, set_up, func, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("properties", test_properties);
  ADD ("relative", test_relative);
  ADD ("unknown-backend", test_unknown_backend);
  ADD ("hard-link", test_hard_link);
  ADD ("burst", test_burst);
  ADD ("fresh", test_fresh);
  ADD ("overflow", test_overflow);
  ADD ("nested", test_nested);
  ADD ("no-descriptor", test_no_descriptor);
  ADD ("late-failure", test_late_failure);
  ADD ("mounts", test_mounts);
  return g_test_run ();
}
