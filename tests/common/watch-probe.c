/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * A file watcher with a handler that reads the file. Expectations are met by what handlers read,
 * and by nothing else.
 */

#include "config.h"

#include "watch-probe.h"

#include "test-util.h"

/* quick where polling is what is tested, never where it would hide that events are missing */
#define POLL_QUICK_MS 20
#define POLL_NEVER_MS (24 * 60 * 60 * 1000)

static void
changed_cb (ConfsyncWatcher *watcher, WatchProbe *self)
{
  self->n_changed++;
  g_clear_pointer (&self->text, g_free);
  g_file_get_contents (self->path, &self->text, NULL, NULL);
}

/* Set only where it differs: other threads may be about. */
void
watch_probe_choose (const char *backend)
{
  if (g_strcmp0 (g_getenv ("CONFSYNC_WATCHER"), backend) != 0)
    g_assert_true (g_setenv ("CONFSYNC_WATCHER", backend, TRUE));
}

/* Started, in the thread-default main context; @backend must be the one in use. */
WatchProbe *
watch_probe_new (const char *backend, const char *path)
{
  WatchProbe *self = g_new0 (WatchProbe, 1);
  g_autoptr (GError) error = NULL;
  ConfsyncFileWatcher *watcher;

  watch_probe_choose (backend);
  watcher = confsync_file_watcher_new (path);
  confsync_file_watcher_set_poll_interval (
      watcher, g_str_equal (backend, "poll") ? POLL_QUICK_MS : POLL_NEVER_MS);
  self->watcher = CONFSYNC_WATCHER (watcher);
  self->path = g_strdup (path);
  g_signal_connect (watcher, "changed", G_CALLBACK (changed_cb), self);
  confsync_watcher_start (self->watcher, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (confsync_file_watcher_get_backend (watcher), ==, backend);
  return self;
}

void
watch_probe_free (WatchProbe *self)
{
  confsync_watcher_stop (self->watcher);
  g_assert_finalize_object (self->watcher);
  g_free (self->path);
  g_free (self->text);
  g_free (self);
}

typedef struct
{
  WatchProbe *probe;
  const char *text;
  guint n_before;
} Expectation;

static gboolean
has_text (gpointer data)
{
  const Expectation *expected = data;

  return expected->probe->n_changed > 0 &&
         g_strcmp0 (expected->probe->text, expected->text) == 0;
}

static gboolean
has_more (gpointer data)
{
  const Expectation *expected = data;

  return expected->probe->n_changed > expected->n_before;
}

/* Waits until a handler has read @text, or found no file where it is NULL. */
void
watch_probe_expect (WatchProbe *self, const char *text)
{
  Expectation expected = { self, text, 0 };

  if (!test_wait_until (has_text, &expected, TEST_DEADLINE_MS))
    g_test_message ("%u emissions", self->n_changed);
  g_assert_cmpstr (self->text, ==, text);
  g_assert_cmpuint (self->n_changed, >, 0);
}

void
watch_probe_expect_some (WatchProbe *self, guint n_before)
{
  Expectation expected = { self, NULL, n_before };

  g_assert_true (test_wait_until (has_more, &expected, TEST_DEADLINE_MS));
}
