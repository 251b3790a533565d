/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Damaged versions of a history that are written again.
 */

#include "config.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <unistd.h>

#include "confsync-error.h"
#include "confsync-history-private.h"
#include "test-revision.h"
#include "test-util.h"

typedef struct
{
  char *base;
  ConfsyncFileReport report;
  ConfsyncHistory *history;
} Fixture;

static const ConfsyncRetentionLimits keeping = { .max_versions = 100 };

static void
notice_cb (const char *message, gpointer data)
{
  g_test_message ("notice: %s", message);
}

static void
restart (Fixture *fixture)
{
  g_clear_pointer (&fixture->history, confsync_history_free);
  fixture->history = confsync_history_new (fixture->base, &fixture->report);
}

static void
set_up (Fixture *fixture, gconstpointer data)
{
  fixture->base = test_temp_dir ();
  fixture->report = (ConfsyncFileReport){ NULL, notice_cb, fixture };
  restart (fixture);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  confsync_history_free (fixture->history);
  test_remove_tree (fixture->base);
  g_free (fixture->base);
}

/* A damaged version is written again by what was in it, and by nothing else; a good one stays. */
static void
test_mend (Fixture *fixture, gconstpointer data)
{
  const ConfsyncJsonLimits limits = { 0 };
  g_autoptr (ConfsyncRevision) whole = test_revision ("{'v':1}", 1);
  g_autoptr (ConfsyncRevision) other = test_revision ("{'v':2}", 1);
  g_autoptr (ConfsyncRevision) later = test_revision ("{'v':1}", 2);
  g_autofree char *name =
    confsync_history_keep (fixture->history, whole, CONFSYNC_CAUSE_REMOTE, g_get_real_time (),
                           &keeping, NULL);
  g_autofree char *path = g_build_filename (fixture->base, "config_versions", name, NULL);

  for (guint i = 0; i < 3; i++)
    {
      g_autoptr (ConfsyncDocument) document = NULL;
      g_autoptr (GPtrArray) versions = NULL;
      g_autoptr (GError) error = NULL;

      test_write_file (path, i == 0 ? "{\"v\":3}" : "{\"v");
      g_assert_false (confsync_history_mend (fixture->history, name, other, &limits, &error));
      g_assert_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_INVALID_DOCUMENT);
      g_clear_error (&error);
      g_assert_false (confsync_history_mend (fixture->history, name, later, &limits, &error));
      g_assert_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_INVALID_DOCUMENT);
      g_clear_error (&error);
      g_assert_true (confsync_history_mend (fixture->history, name, whole, &limits, &error));
      g_assert_no_error (error);
      /* nothing to do */
      g_assert_true (confsync_history_mend (fixture->history, name, other, &limits, &error));
      if (i > 0)
        restart (fixture);
      document = confsync_history_get (fixture->history, name, &limits, &error);
      g_assert_no_error (error);
      g_assert_true (
        confsync_document_equal (document, confsync_revision_get_document (whole)));
      versions = confsync_history_list (fixture->history, NULL);
      g_assert_cmpuint (versions->len, ==, 1);
      g_assert_cmpint (confsync_version_get_cause (versions->pdata[0]), ==, CONFSYNC_CAUSE_REMOTE);
    }
  g_assert_no_errno (unlink (path));
  {
    g_autoptr (GError) error = NULL;

    g_assert_false (confsync_history_mend (fixture->history, name, whole, &limits, &error));
    g_assert_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_NOT_FOUND);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/history-mend/damaged", Fixture, NULL, set_up, test_mend, tear_down);
  return g_test_run ();
}
