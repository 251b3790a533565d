/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * A live file for tests.
 */

#include "config.h"

#include "live-fixture.h"

#include <sys/stat.h>

#include "test-revision.h"
#include "test-util.h"

static const ConfsyncJsonLimits limits = { 0 };

static void
displaced_cb (ConfsyncDocument *document, gpointer data)
{
  LiveFixture *self = data;

  g_ptr_array_add (self->displaced, confsync_document_ref (document));
}

static void
notice_cb (const char *message, gpointer data)
{
  LiveFixture *self = data;

  g_test_message ("notice: %s", message);
  g_ptr_array_add (self->notices, g_strdup (message));
}

void
live_fixture_restart (LiveFixture *self)
{
  g_clear_pointer (&self->live, confsync_live_file_free);
  self->live = confsync_live_file_new (self->path, self->base, &self->report);
}

void
live_fixture_set_up (LiveFixture *self, gconstpointer parent)
{
  self->dir = parent == NULL ? test_temp_dir ()
                             : g_mkdtemp (g_build_filename (parent, "confsync-XXXXXX", NULL));
  g_assert_nonnull (self->dir);
  self->path = g_build_filename (self->dir, "config.json", NULL);
  self->base = g_build_filename (self->dir, "base", NULL);
  self->report = (ConfsyncFileReport){ displaced_cb, notice_cb, self };
  self->displaced = g_ptr_array_new_with_free_func ((GDestroyNotify) confsync_document_unref);
  self->notices = g_ptr_array_new_with_free_func (g_free);
  live_fixture_restart (self);
}

void
live_fixture_tear_down (LiveFixture *self, gconstpointer parent)
{
  confsync_live_file_free (self->live);
  test_remove_tree (self->dir);
  g_free (self->dir);
  g_free (self->path);
  g_free (self->base);
  g_ptr_array_unref (self->displaced);
  g_ptr_array_unref (self->notices);
}

ConfsyncDocument *
live_fixture_load (LiveFixture *self)
{
  ConfsyncDocument *document;
  g_autoptr (ConfsyncStamp) stamp = NULL;
  g_autoptr (GError) error = NULL;
  gint64 modified;

  confsync_live_file_load (self->live, &limits, &document, &stamp, &modified, &error);
  g_assert_no_error (error);
  return document;
}

ConfsyncDocument *
live_fixture_save (LiveFixture *self, const char *text, gint64 time, const char *expected)
{
  g_autoptr (ConfsyncRevision) revision = test_revision (text, time);
  g_autoptr (ConfsyncDocument) document = expected != NULL ? test_document (expected) : NULL;
  ConfsyncDocument *displaced;
  g_autoptr (GError) error = NULL;

  confsync_live_file_replace (self->live, revision, document, &limits, &displaced, &error);
  g_assert_no_error (error);
  return displaced;
}

static gboolean
is_settled (gpointer data)
{
  LiveFixture *self = data;

  return confsync_live_file_look (self->live, &limits) < 0;
}

void
live_fixture_settle (LiveFixture *self)
{
  g_assert_true (test_wait_until (is_settled, self, TEST_DEADLINE_MS));
}

char *
live_fixture_read (LiveFixture *self)
{
  g_autoptr (GError) error = NULL;
  char *text;

  g_file_get_contents (self->path, &text, NULL, &error);
  g_assert_no_error (error);
  return text;
}

guint
live_fixture_count (const char *directory)
{
  g_autoptr (GDir) dir = g_dir_open (directory, 0, NULL);
  guint n = 0;

  while (dir != NULL && g_dir_read_name (dir) != NULL)
    n++;
  return n;
}
