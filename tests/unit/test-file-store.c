/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * What a file store does beside its contract: signals in the owner's thread, looking after files
 * without being asked, settings, and going away at any time.
 */

#include "config.h"

#include <confsync.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "confsync-store-private.h"
#include "live-fixture.h"
#include "test-revision.h"
#include "test-util.h"

typedef struct
{
  char *dir;
  char *path;
  char *temp;
  ConfsyncStore *store;
  GThread *thread;
  GPtrArray *displaced; /* (element-type ConfsyncDocument) */
  guint n_notices;
} Fixture;

static void
displaced_cb (ConfsyncStore *store, ConfsyncDocument *document, Fixture *fixture)
{
  g_assert_true (g_thread_self () == fixture->thread);
  g_ptr_array_add (fixture->displaced, confsync_document_ref (document));
}

static void
notice_cb (ConfsyncStore *store, const char *message, Fixture *fixture)
{
  g_assert_true (g_thread_self () == fixture->thread);
  fixture->n_notices++;
}

static void
open_store (Fixture *fixture)
{
  fixture->store = CONFSYNC_STORE (confsync_file_store_new (fixture->path, NULL));
  g_signal_connect (fixture->store, "displaced", G_CALLBACK (displaced_cb), fixture);
  g_signal_connect (fixture->store, "notice", G_CALLBACK (notice_cb), fixture);
}

static void
set_up (Fixture *fixture, gconstpointer data)
{
  fixture->dir = test_temp_dir ();
  fixture->path = g_build_filename (fixture->dir, "config.json", NULL);
  fixture->temp = g_build_filename (fixture->dir, ".confsync", "tmp", NULL);
  fixture->thread = g_thread_self ();
  fixture->displaced = g_ptr_array_new_with_free_func ((GDestroyNotify) confsync_document_unref);
  open_store (fixture);
}

static gboolean
is_gone (gpointer data)
{
  gpointer *store = data;

  return *store == NULL;
}

static void
close_store (Fixture *fixture)
{
  gpointer store = fixture->store;

  g_object_add_weak_pointer (G_OBJECT (store), &store);
  g_clear_object (&fixture->store);
  g_assert_true (test_wait_until (is_gone, &store, TEST_DEADLINE_MS));
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  if (fixture->store != NULL)
    close_store (fixture);
  test_remove_tree (fixture->dir);
  g_free (fixture->dir);
  g_free (fixture->path);
  g_free (fixture->temp);
  g_ptr_array_unref (fixture->displaced);
}

static void
result_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_set_object ((GAsyncResult **) user_data, result);
}

static gboolean
has_result (gpointer data)
{
  return *(GAsyncResult **) data != NULL;
}

static void
save (Fixture *fixture, const char *text, gint64 time, const char *expected)
{
  g_autoptr (ConfsyncRevision) revision = test_revision (text, time);
  g_autoptr (ConfsyncDocument) document = expected != NULL ? test_document (expected) : NULL;
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (ConfsyncDocument) displaced = NULL;
  g_autoptr (GError) error = NULL;

  confsync_store_save_async (fixture->store, revision, document, NULL, result_cb, &result);
  g_assert_true (test_wait_until (has_result, &result, TEST_DEADLINE_MS));
  confsync_store_save_finish (fixture->store, result, &displaced, &error);
  g_assert_no_error (error);
  g_assert_null (displaced);
}

static gboolean
load (Fixture *fixture, GError **error)
{
  g_autoptr (GAsyncResult) result = NULL;

  confsync_store_load_async (fixture->store, NULL, result_cb, &result);
  g_assert_true (test_wait_until (has_result, &result, TEST_DEADLINE_MS));
  return confsync_store_load_finish (fixture->store, result, NULL, NULL, NULL, error);
}

static gboolean
has_displaced (gpointer data)
{
  return ((Fixture *) data)->displaced->len > 0;
}

static gboolean
is_tidy (gpointer data)
{
  return live_fixture_count (((Fixture *) data)->temp) == 0;
}

static gboolean
has_notice (gpointer data)
{
  return ((Fixture *) data)->n_notices > 0;
}

static void
test_late_writer (Fixture *fixture, gconstpointer data)
{
  static const char text[] = "{\"late\":123}";
  int fd;

  save (fixture, "{'a':1}", 1, NULL);
  fd = open (fixture->path, O_WRONLY | O_CLOEXEC);
  g_assert_no_errno (fd);
  save (fixture, "{'a':2}", 2, "{'a':1}");
  g_assert_cmpint (write (fd, text, strlen (text)), ==, (gssize) strlen (text));
  g_assert_no_errno (ftruncate (fd, strlen (text)));
  g_assert_no_errno (close (fd));

  g_assert_true (test_wait_until (has_displaced, fixture, TEST_DEADLINE_MS));
  test_assert_document (fixture->displaced->pdata[0], "{'late':123}");
}

static void
test_tidies_itself (Fixture *fixture, gconstpointer data)
{
  g_test_summary ("Files that were swapped out go without any further call");
  for (guint i = 1; i <= 5; i++)
    {
      g_autofree char *text = g_strdup_printf ("{'a':%u}", i);
      g_autofree char *before = i > 1 ? g_strdup_printf ("{'a':%u}", i - 1) : NULL;

      save (fixture, text, i, before);
    }
  g_assert_true (test_wait_until (is_tidy, fixture, TEST_DEADLINE_MS));
  g_assert_cmpuint (fixture->displaced->len, ==, 0);
}

static void
test_dropped_while_watching (Fixture *fixture, gconstpointer data)
{
  static const char text[] = "{\"late\":123}";
  int fd;

  g_test_summary ("A store that goes while a writer is there leaves its edit to the next one");
  save (fixture, "{'a':1}", 1, NULL);
  fd = open (fixture->path, O_WRONLY | O_CLOEXEC);
  g_assert_no_errno (fd);
  save (fixture, "{'a':2}", 2, "{'a':1}");
  close_store (fixture);
  g_assert_cmpint (write (fd, text, strlen (text)), ==, (gssize) strlen (text));
  g_assert_no_errno (ftruncate (fd, strlen (text)));
  g_assert_no_errno (close (fd));

  open_store (fixture);
  g_assert_true (load (fixture, NULL));
  g_assert_true (test_wait_until (has_displaced, fixture, TEST_DEADLINE_MS));
  test_assert_document (fixture->displaced->pdata[0], "{'late':123}");
}

static void
test_notice (Fixture *fixture, gconstpointer data)
{
  g_autofree char *stray = g_build_filename (fixture->temp, "1.old", NULL);

  g_assert_cmpint (g_mkdir_with_parents (fixture->temp, 0700), ==, 0);
  test_write_file (stray, "{\"half\":");
  g_assert_true (load (fixture, NULL));
  g_assert_true (test_wait_until (is_tidy, fixture, TEST_DEADLINE_MS));
  g_assert_true (test_wait_until (has_notice, fixture, TEST_DEADLINE_MS));
  g_assert_cmpuint (fixture->n_notices, ==, 1);
}

static void
test_settings (Fixture *fixture, gconstpointer data)
{
  ConfsyncFileStore *store = CONFSYNC_FILE_STORE (fixture->store);
  g_autoptr (GError) error = NULL;

  g_assert_cmpstr (confsync_file_store_get_path (store), ==, fixture->path);
  g_assert_cmpstr (confsync_file_store_get_base_dir (store), ==, fixture->dir);
  g_assert_cmpuint (confsync_file_store_get_max_versions (store), ==, 100);

  g_assert_cmpint (confsync_file_store_get_durability (store), ==, CONFSYNC_DURABILITY_FULL);
  g_object_set (store, "durability", CONFSYNC_DURABILITY_FAST, NULL);
  g_assert_cmpint (confsync_file_store_get_durability (store), ==, CONFSYNC_DURABILITY_FAST);
  save (fixture, "{'a':0}", 1, NULL);

  test_write_file (fixture->path, "{\"a\":[[1]]}");
  g_object_set (store, "max-depth", 2, NULL);
  g_assert_false (load (fixture, &error));
  g_assert_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_TOO_LARGE);
  g_clear_error (&error);
  g_object_set (store, "max-depth", 3, "max-bytes", (guint64) 10, NULL);
  g_assert_false (load (fixture, &error));
  g_assert_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_TOO_LARGE);
  g_clear_error (&error);
  g_object_set (store, "max-bytes", (guint64) 11, NULL);
  g_assert_true (load (fixture, &error));
  g_assert_no_error (error);
}

static gboolean
has_spare (gpointer data)
{
  g_autoptr (GDir) dir = g_dir_open (((Fixture *) data)->temp, 0, NULL);
  const char *name = dir != NULL ? g_dir_read_name (dir) : NULL;

  return name != NULL && g_str_has_suffix (name, ".spare") && g_dir_read_name (dir) == NULL;
}

static void
test_prepares_itself (Fixture *fixture, gconstpointer data)
{
  g_autoptr (ConfsyncDocument) state = test_document ("{'actor':'x'}");
  g_autoptr (GAsyncResult) saved = NULL, loaded = NULL;

  g_test_summary ("Once a state is saved the next save is prepared, whatever else was asked for");
  save (fixture, "{'a':1}", 1, NULL);
  confsync_store_save_state_async (fixture->store, state, NULL, result_cb, &saved);
  confsync_store_load_async (fixture->store, NULL, result_cb, &loaded);
  g_assert_true (test_wait_until (has_result, &loaded, TEST_DEADLINE_MS));
  g_assert_true (test_wait_until (has_spare, fixture, TEST_DEADLINE_MS));
  /* both hold the store */
  g_clear_object (&saved);
  g_clear_object (&loaded);
  close_store (fixture);
  g_assert_true (test_wait_until (is_tidy, fixture, TEST_DEADLINE_MS));
}

static guint
count_open (Fixture *fixture)
{
  g_autoptr (GDir) dir = g_dir_open ("/proc/self/fd", 0, NULL);
  const char *name;
  guint count = 0;

  while ((name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *link = g_build_filename ("/proc/self/fd", name, NULL);
      g_autofree char *path = g_file_read_link (link, NULL);

      count += path != NULL && g_str_has_prefix (path, fixture->dir);
    }
  return count;
}

/* The directory of versions stays open as long as the store. */
static gboolean
has_one_open (gpointer data)
{
  return count_open (data) == 1;
}

static gboolean
has_none_open (gpointer data)
{
  return count_open (data) == 0;
}

static void
save_version (Fixture *fixture, const char *text)
{
  g_autoptr (ConfsyncRevision) revision = test_revision (text, 1);
  g_autoptr (GAsyncResult) result = NULL;

  confsync_store_save_version_async (fixture->store, revision, CONFSYNC_CAUSE_EDIT, NULL,
                                     result_cb, &result);
  g_assert_true (test_wait_until (has_result, &result, TEST_DEADLINE_MS));
}

static void
test_expects (Fixture *fixture, gconstpointer data)
{
  g_test_summary ("A save that was expected is like any other; one that doesn't come, harmless");
  save (fixture, "{'a':0}", 1, NULL);
  save_version (fixture, "{'a':0}");
  g_assert_true (load (fixture, NULL));
  for (guint i = 1; i <= 200; i++)
    {
      g_autofree char *text = g_strdup_printf ("{'a':%u}", i);
      g_autofree char *expected = g_strdup_printf ("{'a':%u}", i - 1);

      confsync_store_expect_save (fixture->store);
      confsync_store_expect_save (fixture->store);
      if (i % 4 == 1)
        g_assert_true (load (fixture, NULL));
      if (i % 4 == 2)
        g_assert_true (test_wait_until (has_one_open, fixture, TEST_DEADLINE_MS));
      save (fixture, text, i + 1, expected);
    }
  confsync_store_expect_save (fixture->store);
  g_assert_true (test_wait_until (is_tidy, fixture, TEST_DEADLINE_MS));
  g_assert_true (test_wait_until (has_one_open, fixture, TEST_DEADLINE_MS));
  confsync_store_expect_save (fixture->store);
  close_store (fixture);
  g_assert_true (test_wait_until (has_none_open, fixture, TEST_DEADLINE_MS));
}

static void
test_state_is_private (Fixture *fixture, gconstpointer data)
{
  g_autofree char *path = g_build_filename (fixture->dir, ".confsync", "state.json", NULL);
  g_autoptr (ConfsyncDocument) state = test_document ("{'actor':'x'}");
  g_autoptr (GAsyncResult) result = NULL;
  struct stat info;

  confsync_store_save_state_async (fixture->store, state, NULL, result_cb, &result);
  g_assert_true (test_wait_until (has_result, &result, TEST_DEADLINE_MS));
  g_assert_true (confsync_store_save_state_finish (fixture->store, result, NULL));
  g_assert_no_errno (stat (path, &info));
  g_assert_cmpint (info.st_mode & 07777, ==, 0600);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(name, function)                                                                       \
  g_test_add ("/file-store/" name, Fixture, NULL, set_up, function, tear_down)
  ADD ("late-writer", test_late_writer);
  ADD ("tidies-itself", test_tidies_itself);
  ADD ("dropped-while-watching", test_dropped_while_watching);
  ADD ("notice", test_notice);
  ADD ("settings", test_settings);
  ADD ("prepares-itself", test_prepares_itself);
  ADD ("expects", test_expects);
  ADD ("state-is-private", test_state_is_private);
  return g_test_run ();
}
