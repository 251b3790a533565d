/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Helpers for tests; each fails the test where it can't do its job.
 */

#include "config.h"

#include "test-util.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <gio/gio.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* how often a predicate is looked at that no source of this context makes true */
#define LOOK_INTERVAL_MS 10

static gboolean
look_cb (gpointer data)
{
  return G_SOURCE_CONTINUE;
}

/*
 * test_wait_until:
 * @predicate: asked before each turn of the thread-default main context, and every 10 ms
 * @timeout_ms: the deadline
 *
 * Returns: %TRUE as soon as @predicate is, %FALSE when the deadline has passed
 */
gboolean
test_wait_until (TestPredicate predicate, gpointer data, guint timeout_ms)
{
  g_autoptr (GMainContext) context = g_main_context_ref_thread_default ();
  g_autoptr (GSource) timer = g_timeout_source_new (LOOK_INTERVAL_MS);
  const gint64 deadline_us = g_get_monotonic_time () + timeout_ms * G_GINT64_CONSTANT (1000);
  gboolean met = predicate (data);

  g_source_set_callback (timer, look_cb, NULL, NULL);
  g_source_attach (timer, context);
  while (!met && g_get_monotonic_time () < deadline_us)
    {
      g_main_context_iteration (context, TRUE);
      met = predicate (data);
    }
  g_source_destroy (timer);
  return met;
}

/*
 * test_temp_dir:
 *
 * Returns: (transfer full): a new directory, free of symbolic links; test_remove_tree() removes it
 */
char *
test_temp_dir (void)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *made = g_dir_make_tmp ("confsync-test-XXXXXX", &error);
  g_autofree char *real = NULL;

  g_assert_no_error (error);
  real = realpath (made, NULL);
  g_assert_nonnull (real);
  return g_strdup (real);
}

static int
remove_cb (const char *path, const struct stat *info, int type, struct FTW *level)
{
  /* a worker that ends may still be tidying up */
  if (remove (path) < 0)
    g_assert_cmpint (errno, ==, ENOENT);
  return 0;
}

void
test_remove_tree (const char *path)
{
  g_assert_no_errno (nftw (path, remove_cb, 16, FTW_DEPTH | FTW_PHYS | FTW_MOUNT));
}

/* In place: opened, truncated, written, closed. */
void
test_write_file (const char *path, const char *text)
{
  int fd = open (path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

  g_assert_no_errno (fd);
  g_assert_cmpint (write (fd, text, strlen (text)), ==, (gssize) strlen (text));
  g_assert_no_errno (close (fd));
}

/* Written beside, renamed over. */
void
test_replace_file (const char *path, const char *text)
{
  g_autofree char *beside = g_strconcat (path, ".new", NULL);

  test_write_file (beside, text);
  g_assert_no_errno (rename (beside, path));
}

/* Runs a program to its end, which must be a success. */
void
test_run (const char *const *argv)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GSubprocess) process = g_subprocess_newv (
      argv, G_SUBPROCESS_FLAGS_STDOUT_SILENCE | G_SUBPROCESS_FLAGS_STDERR_SILENCE, &error);

  g_assert_no_error (error);
  g_subprocess_wait_check (process, NULL, &error);
  g_assert_no_error (error);
}

double
test_processor_seconds (void)
{
  return (double) clock () / CLOCKS_PER_SEC;
}
