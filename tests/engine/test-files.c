/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * A manager on a real file, with an editor at work.
 */

#include "instance.h"

#include "test-util.h"

#include <glib/gstdio.h>
#include <string.h>

typedef struct
{
  char *folder;
  char *path;
  ConfsyncManager *manager;
  GPtrArray *kinds; /* of char *: events */
} Files;

static void
kind_cb (ConfsyncManager *manager, int level, const char *kind, GVariant *details, Files *files)
{
  g_ptr_array_add (files->kinds, g_strdup (kind));
}

static gboolean
has_kind (Files *files, const char *kind)
{
  return g_ptr_array_find_with_equal_func (files->kinds, kind, g_str_equal, NULL);
}

static void
files_start (Files *files)
{
  g_auto (Answer) answer = { 0 };

  files->manager = confsync_manager_new (files->path, NULL);
  g_signal_connect (files->manager, "event", G_CALLBACK (kind_cb), files);
  confsync_manager_start_async (files->manager, NULL, answer_cb, &answer);
  g_assert_true (test_wait_until (answer_came, &answer, TEST_DEADLINE_MS));
  g_assert_no_error (answer.error);
}

static void
gone_cb (gpointer data, GObject *where_the_object_was)
{
  (*(guint *) data)++;
}

static gboolean
is_gone (gpointer data)
{
  return *(guint *) data == 1;
}

static void
files_stop (Files *files)
{
  g_auto (Answer) answer = { 0 };
  guint gone = 0;

  confsync_manager_stop_async (files->manager, NULL, answer_cb, &answer);
  g_assert_true (test_wait_until (answer_came, &answer, TEST_DEADLINE_MS));
  g_object_weak_ref (G_OBJECT (files->manager), gone_cb, &gone);
  g_clear_object (&files->manager);
  g_assert_true (test_wait_until (is_gone, &gone, TEST_DEADLINE_MS));
}

static void
files_set_up (Files *files, gconstpointer data)
{
  files->folder = test_temp_dir ();
  files->path = g_build_filename (files->folder, "config.json", NULL);
  files->kinds = g_ptr_array_new_with_free_func (g_free);
}

static void
files_tear_down (Files *files, gconstpointer data)
{
  files_stop (files);
  test_remove_tree (files->folder);
  g_free (files->folder);
  g_free (files->path);
  g_ptr_array_unref (files->kinds);
}

typedef struct
{
  Files *files;
  const char *text;
} Content;

static gboolean
holds_content (gpointer data)
{
  Content *content = data;
  g_autoptr (ConfsyncDocument) held = confsync_manager_dup_document (content->files->manager);
  g_autoptr (ConfsyncDocument) expected = test_document (content->text);

  return held != NULL && confsync_document_equal (held, expected);
}

static void
files_expect (Files *files, const char *text)
{
  Content content = { files, text };

  g_assert_true (test_wait_until (holds_content, &content, TEST_DEADLINE_MS));
}

typedef struct
{
  Files *files;
  const char *kind;
} AwaitedKind;

static gboolean
heard_kind (gpointer data)
{
  AwaitedKind *awaited = data;

  return has_kind (awaited->files, awaited->kind);
}

static void
files_await (Files *files, const char *kind)
{
  AwaitedKind awaited = { files, kind };

  g_assert_true (test_wait_until (heard_kind, &awaited, TEST_DEADLINE_MS));
  g_ptr_array_set_size (files->kinds, 0);
}

static void
test_file (Files *files, gconstpointer data)
{
  g_autoptr (JsonNode) node = json_from_string ("[1,2]", NULL);
  g_auto (Answer) answer = { 0 };
  g_autofree char *text = NULL;

  test_write_file (files->path, "{\"v\": 1}\n");
  files_start (files);
  files_expect (files, "{'v':1}");
  test_replace_file (files->path, "{\"v\": 2}\n");
  files_expect (files, "{'v':2}");
  test_write_file (files->path, "{\"v\": 3}\n");
  files_expect (files, "{'v':3}");
  confsync_manager_set_value_async (files->manager, "/w", node, NULL, answer_cb, &answer);
  g_assert_true (test_wait_until (answer_came, &answer, TEST_DEADLINE_MS));
  g_assert_no_error (answer.error);
  g_assert_true (g_file_get_contents (files->path, &text, NULL, NULL));
  g_assert_nonnull (strstr (text, "\"w\""));

  files_stop (files);
  test_write_file (files->path, "{\"v\": \"offline\"}\n");
  files_start (files);
  files_expect (files, "{'v':'offline'}");
}

static void
test_bad_files (Files *files, gconstpointer data)
{
  files_start (files);
  files_await (files, CONFSYNC_EVENT_WAITING);
  test_write_file (files->path, "{\"v\": 1,}");
  files_await (files, CONFSYNC_EVENT_INVALID);
  test_write_file (files->path, "{\"v\": 1}");
  files_expect (files, "{'v':1}");
  test_write_file (files->path, "");
  files_await (files, CONFSYNC_EVENT_WAITING);
  test_write_file (files->path, "[1]");
  files_await (files, CONFSYNC_EVENT_INVALID);
  g_assert_no_errno (g_unlink (files->path));
  files_await (files, CONFSYNC_EVENT_WAITING);
  files_expect (files, "{'v':1}");
  test_write_file (files->path, "{\"v\": 2}");
  files_expect (files, "{'v':2}");
}

static void
test_bad_file_at_start (Files *files, gconstpointer data)
{
  test_write_file (files->path, "{\"v\": 1");
  files_start (files);
  files_await (files, CONFSYNC_EVENT_INVALID);
  test_write_file (files->path, "{\"v\": 1}");
  files_expect (files, "{'v':1}");
}

static gboolean
complete_cb (gpointer data)
{
  test_write_file (data, "{\"v\": 2}");
  return G_SOURCE_REMOVE;
}

static gboolean
raise_flag_cb (gpointer data)
{
  *(gboolean *) data = TRUE;
  return G_SOURCE_REMOVE;
}

static gboolean
is_raised (gpointer data)
{
  return *(gboolean *) data;
}

/* An editor half way: nobody hears of it. */
static void
test_half_file (Files *files, gconstpointer data)
{
  gboolean later = FALSE;

  test_write_file (files->path, "{\"v\": 1}");
  files_start (files);
  files_expect (files, "{'v':1}");
  test_write_file (files->path, "{\"v\":");
  g_timeout_add (500, complete_cb, files->path);
  files_expect (files, "{'v':2}");
  g_timeout_add (1500, raise_flag_cb, &later);
  g_assert_true (test_wait_until (is_raised, &later, TEST_DEADLINE_MS));
  g_assert_false (has_kind (files, CONFSYNC_EVENT_INVALID));
}

static void
test_max_versions (Files *files, gconstpointer data)
{
  g_autofree char *folder = g_build_filename (files->folder, "config_versions", NULL);
  g_autoptr (GDir) dir = NULL;
  guint n = 0;

  files->manager = g_object_new (CONFSYNC_TYPE_MANAGER, "config-path", files->path,
                                 "max-versions", 3, NULL);
  {
    g_auto (Answer) answer = { 0 };

    confsync_manager_start_async (files->manager, NULL, answer_cb, &answer);
    g_assert_true (test_wait_until (answer_came, &answer, TEST_DEADLINE_MS));
  }
  for (int i = 0; i < 10; i++)
    {
      g_autofree char *text = g_strdup_printf ("{'v':%d}", i);
      g_autofree char *quoted = g_strdelimit (g_strdup (text), "'", '"');

      test_replace_file (files->path, quoted);
      files_expect (files, text);
    }
  files_stop (files);
  dir = g_dir_open (folder, 0, NULL);
  for (const char *name = g_dir_read_name (dir); name != NULL; name = g_dir_read_name (dir))
    n += g_str_has_prefix (name, "config_");
  g_assert_cmpuint (n, ==, 3);
  files_start (files);
}

#define ADD_FILES(path, function) \
  g_test_add (path, Files, NULL, files_set_up, function, files_tear_down)

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  ADD_FILES ("/files/file", test_file);
  ADD_FILES ("/files/bad-files", test_bad_files);
  ADD_FILES ("/files/bad-file-at-start", test_bad_file_at_start);
  ADD_FILES ("/files/half-file", test_half_file);
  ADD_FILES ("/files/max-versions", test_max_versions);
  return g_test_run ();
}
