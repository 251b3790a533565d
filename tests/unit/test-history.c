/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * The versions of a configuration, as files with an index.
 */

#include "config.h"

#include "confsync-history-private.h"
#include "confsync-version-private.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "confsync-error.h"
#include "test-revision.h"
#include "test-util.h"

/* 2024-01-01 12:00:00 UTC */
#define NOON_US G_GINT64_CONSTANT (1704110400000000)

static const ConfsyncRetentionLimits keeping = { .max_versions = 100 };

typedef struct
{
  char *base;
  char *versions_dir;
  char *index_path;
  ConfsyncFileReport report;
  guint n_notices;
  ConfsyncHistory *history;
} Fixture;

static void
displaced_cb (ConfsyncDocument *document, gpointer data)
{
  g_assert_not_reached ();
}

static void
notice_cb (const char *message, gpointer data)
{
  Fixture *fixture = data;

  g_test_message ("notice: %s", message);
  fixture->n_notices++;
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
  fixture->versions_dir = g_build_filename (fixture->base, "config_versions", NULL);
  fixture->index_path = g_build_filename (fixture->versions_dir, ".index.jsonl", NULL);
  fixture->report = (ConfsyncFileReport){ displaced_cb, notice_cb, fixture };
  restart (fixture);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  confsync_history_free (fixture->history);
  test_remove_tree (fixture->base);
  g_free (fixture->base);
  g_free (fixture->versions_dir);
  g_free (fixture->index_path);
}

static char *
keep_at (Fixture *fixture, const char *text, gint64 time, gint64 now_us, ConfsyncCause cause)
{
  g_autoptr (ConfsyncRevision) revision = test_revision (text, time);
  g_autoptr (GError) error = NULL;
  char *name = confsync_history_keep (fixture->history, revision, cause, now_us, &keeping, &error);

  g_assert_no_error (error);
  return name;
}

static void
assert_kept (Fixture *fixture, const char *text, gint64 time, const char *expected)
{
  g_autofree char *name = keep_at (fixture, text, time, NOON_US, CONFSYNC_CAUSE_EDIT);

  g_assert_cmpstr (name, ==, expected);
}

/* Not made durable: that would take most of the time of a test that does it often. */
static void
write_bytes (const char *path, const char *bytes, gsize length)
{
  int fd = open (path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

  g_assert_no_errno (fd);
  g_assert_cmpint (write (fd, bytes, length), ==, (gssize) length);
  g_assert_no_errno (close (fd));
}

static GPtrArray *
list (Fixture *fixture)
{
  g_autoptr (GError) error = NULL;
  GPtrArray *versions = confsync_history_list (fixture->history, &error);

  g_assert_no_error (error);
  return versions;
}

static void
assert_names (Fixture *fixture, const char *const *names)
{
  g_autoptr (GPtrArray) versions = list (fixture);

  g_assert_cmpuint (versions->len, ==, g_strv_length ((char **) names));
  for (guint i = 0; i < versions->len; i++)
    g_assert_cmpstr (confsync_version_get_name (versions->pdata[i]), ==, names[i]);
}

static void
test_keep (Fixture *fixture, gconstpointer data)
{
  g_autofree char *path =
    g_build_filename (fixture->versions_dir, "config_20240101120000.json", NULL);
  g_autofree char *text = NULL;
  struct stat info;

  assert_kept (fixture, "{'b':1,'a':[true]}", 1, "config_20240101120000.json");
  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  g_assert_cmpstr (text, ==, "{\n  \"b\": 1,\n  \"a\": [\n    true\n  ]\n}\n");
  g_assert_no_errno (stat (path, &info));
  g_assert_cmpint (info.st_mode & 07777, ==, 0600);
  g_assert_no_errno (stat (fixture->versions_dir, &info));
  g_assert_cmpint (info.st_mode & 07777, ==, 0700);
}

static void
test_same_is_kept_once (Fixture *fixture, gconstpointer data)
{
  assert_kept (fixture, "{'a':1}", 1, "config_20240101120000.json");
  assert_kept (fixture, "{'a':1}", 1, "config_20240101120000.json");
  restart (fixture);
  assert_kept (fixture, "{'a':1}", 1, "config_20240101120000.json");
  assert_kept (fixture, "{'a':1}", 2, "config_20240101120000_001.json");
  assert_kept (fixture, "{'a':2}", 2, "config_20240101120000_002.json");
  assert_kept (fixture, "{'a':1}", 1, "config_20240101120000_003.json");
}

static void
test_loser_is_marked (Fixture *fixture, gconstpointer data)
{
  g_autofree char *name = NULL, *again = NULL;

  g_test_summary ("A version that loses a conflict later is not kept twice, but is remembered so");
  name = keep_at (fixture, "{'a':1}", 1, NOON_US, CONFSYNC_CAUSE_EDIT);
  again = keep_at (fixture, "{'a':1}", 1, NOON_US, CONFSYNC_CAUSE_LOST);
  g_assert_cmpstr (name, ==, again);
  for (guint i = 0; i < 2; i++)
    {
      g_autoptr (GPtrArray) versions = list (fixture);

      g_assert_cmpuint (versions->len, ==, 1);
      g_assert_cmpint (confsync_version_get_cause (versions->pdata[0]), ==, CONFSYNC_CAUSE_LOST);
      restart (fixture);
    }
}

static void
test_clock_went_back (Fixture *fixture, gconstpointer data)
{
  const char *const names[] = { "config_20240101120000_001.json", "config_20240101120000.json",
                                NULL };
  g_autofree char *first = keep_at (fixture, "{'a':1}", 1, NOON_US, CONFSYNC_CAUSE_EDIT);
  g_autofree char *second = NULL;

  restart (fixture);
  second = keep_at (fixture, "{'a':2}", 2, NOON_US - G_TIME_SPAN_HOUR, CONFSYNC_CAUSE_EDIT);
  assert_names (fixture, names);
}

static void
test_records_survive (Fixture *fixture, gconstpointer data)
{
  g_autoptr (ConfsyncRevision) revision = test_revision ("{'a':2}", 2);
  g_autofree char *first = keep_at (fixture, "{'a':1}", 1, NOON_US, CONFSYNC_CAUSE_INITIAL);
  g_autofree char *second = keep_at (fixture, "{'a':2}", 2, NOON_US, CONFSYNC_CAUSE_REMOTE);
  g_autoptr (GPtrArray) versions = NULL;
  ConfsyncStamp *stamp;

  g_assert_true (confsync_history_acknowledge (fixture->history, revision, NULL));
  restart (fixture);
  versions = list (fixture);
  g_assert_cmpuint (versions->len, ==, 2);
  g_assert_cmpint (confsync_version_get_cause (versions->pdata[0]), ==, CONFSYNC_CAUSE_REMOTE);
  g_assert_true (confsync_version_is_acknowledged (versions->pdata[0]));
  g_assert_cmpstr (confsync_version_get_hash (versions->pdata[0]), ==,
                   confsync_revision_get_hash (revision));
  stamp = confsync_version_get_stamp (versions->pdata[0]);
  g_assert_cmpint (confsync_stamp_get_time (stamp), ==, 2);
  g_assert_cmpint (confsync_version_get_cause (versions->pdata[1]), ==, CONFSYNC_CAUSE_INITIAL);
  g_assert_false (confsync_version_is_acknowledged (versions->pdata[1]));
  g_assert_cmpuint (fixture->n_notices, ==, 0);
}

static void
test_index_lost (Fixture *fixture, gconstpointer data)
{
  g_autoptr (ConfsyncDocument) known = test_document ("{'a':1}");
  g_autofree char *name = keep_at (fixture, "{'a':1}", 1, NOON_US, CONFSYNC_CAUSE_EDIT);
  g_autofree char *later = NULL;
  g_autoptr (GPtrArray) versions = NULL;

  g_assert_no_errno (unlink (fixture->index_path));
  restart (fixture);
  versions = list (fixture);
  g_assert_cmpuint (versions->len, ==, 1);
  g_assert_cmpint (confsync_version_get_cause (versions->pdata[0]), ==, CONFSYNC_CAUSE_UNKNOWN);
  g_assert_true (confsync_history_knows (fixture->history, confsync_document_get_hash (known)));
  g_assert_false (confsync_history_knows (fixture->history, "0000"));

  later = keep_at (fixture, "{'a':2}", 2, NOON_US, CONFSYNC_CAUSE_EDIT);
  g_assert_true (g_file_test (fixture->index_path, G_FILE_TEST_EXISTS));
}

/* What was only read while an apply was under way may have been displaced by it. */
static void
test_beside (Fixture *fixture, gconstpointer data)
{
  g_autoptr (ConfsyncRevision) beside =
    test_revision_of ("{'a':1}", 2, 1, CONFSYNC_STAMP_EDIT, 0);
  const char *hash = confsync_revision_get_hash (beside);
  g_autofree char *name = confsync_history_keep (fixture->history, beside, CONFSYNC_CAUSE_EDIT,
                                                 NOON_US, &keeping, NULL);
  g_autofree char *edit = NULL;

  g_assert_nonnull (name);
  g_assert_false (confsync_history_knows (fixture->history, hash));
  edit = keep_at (fixture, "{'a':1}", 2, NOON_US, CONFSYNC_CAUSE_EDIT);
  g_assert_true (confsync_history_knows (fixture->history, hash));
}

/* Cut at every byte of its last record, the index loses that record and no other. */
static void
test_index_torn (Fixture *fixture, gconstpointer data)
{
  g_autofree char *first = keep_at (fixture, "{'a':1}", 1, NOON_US, CONFSYNC_CAUSE_REMOTE);
  g_autofree char *before = NULL, *whole = NULL;
  gsize first_length, length;

  g_assert_true (g_file_get_contents (fixture->index_path, &before, &first_length, NULL));
  g_free (keep_at (fixture, "{'a':2}", 2, NOON_US, CONFSYNC_CAUSE_EDIT));
  g_assert_true (g_file_get_contents (fixture->index_path, &whole, &length, NULL));
  for (gsize cut = first_length + 1; cut < length; cut++)
    {
      g_autoptr (GPtrArray) versions = NULL;

      write_bytes (fixture->index_path, whole, cut);
      fixture->n_notices = 0;
      restart (fixture);
      versions = list (fixture);
      g_assert_cmpuint (versions->len, ==, 2);
      g_assert_cmpint (confsync_version_get_cause (versions->pdata[0]), ==,
                       CONFSYNC_CAUSE_UNKNOWN);
      g_assert_cmpint (confsync_version_get_cause (versions->pdata[1]), ==, CONFSYNC_CAUSE_REMOTE);
      g_assert_cmpuint (fixture->n_notices, ==, 1);
    }

  /* the next record doesn't join the torn one */
  g_free (keep_at (fixture, "{'a':3}", 3, NOON_US, CONFSYNC_CAUSE_MERGE));
  fixture->n_notices = 0;
  restart (fixture);
  {
    g_autoptr (GPtrArray) versions = list (fixture);

    g_assert_cmpuint (versions->len, ==, 3);
    g_assert_cmpint (confsync_version_get_cause (versions->pdata[0]), ==, CONFSYNC_CAUSE_MERGE);
    g_assert_cmpuint (fixture->n_notices, ==, 0);
  }
}

static void
test_get (Fixture *fixture, gconstpointer data)
{
  const ConfsyncJsonLimits limits = { 0 };
  g_autofree char *name = keep_at (fixture, "{'a':1}", 1, NOON_US, CONFSYNC_CAUSE_EDIT);
  g_autoptr (GError) error = NULL;
  g_autoptr (ConfsyncDocument) document =
    confsync_history_get (fixture->history, name, &limits, &error);

  g_assert_no_error (error);
  test_assert_document (document, "{'a':1}");
  g_assert_null (confsync_history_get (fixture->history, "config_20230101120000.json", &limits,
                                       &error));
  g_assert_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_NOT_FOUND);
}

static void
test_get_refuses_paths (Fixture *fixture, gconstpointer data)
{
  static const char *const names[] = { "../secret.json", "/etc/passwd", "",
                                       "config_20240101120000.json/../../secret.json",
                                       "config_20240101120000_001.json" };
  const ConfsyncJsonLimits limits = { 0 };
  g_autofree char *secret = g_build_filename (fixture->base, "secret.json", NULL);
  g_autofree char *link =
    g_build_filename (fixture->versions_dir, "config_20240101120000_001.json", NULL);
  g_autofree char *kept = keep_at (fixture, "{'a':1}", 1, NOON_US, CONFSYNC_CAUSE_EDIT);

  test_write_file (secret, "{\"secret\":1}");
  g_assert_no_errno (symlink (secret, link));
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_null (confsync_history_get (fixture->history, names[i], &limits, &error));
      g_assert_nonnull (error);
      if (i < G_N_ELEMENTS (names) - 1)
        g_assert_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_NOT_FOUND);
    }
}

static void
test_get_damaged (Fixture *fixture, gconstpointer data)
{
  const ConfsyncJsonLimits limits = { 0 };
  g_autofree char *name = keep_at (fixture, "{'a':1}", 1, NOON_US, CONFSYNC_CAUSE_EDIT);
  g_autofree char *path = g_build_filename (fixture->versions_dir, name, NULL);
  g_autoptr (GError) error = NULL;

  test_write_file (path, "{\"a\":");
  g_assert_null (confsync_history_get (fixture->history, name, &limits, &error));
  g_assert_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_INVALID_JSON);
  g_assert_true (g_str_has_prefix (error->message, path));
}

/* Whatever bit of a file is flipped: either that is told, with the name, or it says the same. */
static void
test_flipped_bit (Fixture *fixture, gconstpointer data)
{
  const ConfsyncJsonLimits limits = { 0 };
  const char *content = "{'theme':'dark','n':[1,2.5,true,null],'x':{'y':'z'}}";
  g_autofree char *name = keep_at (fixture, content, 1, NOON_US, CONFSYNC_CAUSE_EDIT);
  g_autofree char *path = g_build_filename (fixture->versions_dir, name, NULL), *text = NULL;
  g_autoptr (ConfsyncDocument) whole =
    confsync_history_get (fixture->history, name, &limits, NULL);
  guint n_told = 0;
  gsize length;

  g_assert_true (g_file_get_contents (path, &text, &length, NULL));
  for (gsize bit = 0; bit < 8 * length; bit++)
    {
      g_autoptr (ConfsyncDocument) document = NULL;
      g_autoptr (GError) error = NULL;

      text[bit / 8] ^= (char) (1 << (bit % 8));
      write_bytes (path, text, length);
      document = confsync_history_get (fixture->history, name, &limits, &error);
      text[bit / 8] ^= (char) (1 << (bit % 8));
      if (document != NULL)
        g_assert_true (confsync_document_equal (document, whole));
      else
        g_assert_nonnull (strstr (error->message, name));
      n_told += document == NULL;
    }
  g_assert_cmpuint (n_told, >, 7 * length);
}

/* Cut at any byte, the index leaves every version in the list, and knows those whose lines are
 * whole. What is kept next mends it. */
static void
test_index_cut (Fixture *fixture, gconstpointer data)
{
  g_autofree char *whole = NULL;
  gsize length;

  for (guint i = 1; i <= 4; i++)
    {
      g_autofree char *text = g_strdup_printf ("{'a':%u}", i);

      g_free (keep_at (fixture, text, i, NOON_US, CONFSYNC_CAUSE_MERGE));
    }
  g_assert_true (g_file_get_contents (fixture->index_path, &whole, &length, NULL));
  for (gsize cut = 0; cut < length; cut++)
    {
      g_autoptr (GPtrArray) versions = NULL;
      guint n_lines = 0, n_known = 0;

      for (gsize i = 0; i < cut; i++)
        n_lines += whole[i] == '\n';
      write_bytes (fixture->index_path, whole, cut);
      restart (fixture);
      versions = list (fixture);
      g_assert_cmpuint (versions->len, ==, 4);
      for (guint i = 0; i < versions->len; i++)
        n_known += confsync_version_get_cause (versions->pdata[i]) == CONFSYNC_CAUSE_MERGE;
      g_assert_cmpuint (n_known, ==, n_lines);
    }

  g_free (keep_at (fixture, "{'a':5}", 5, NOON_US, CONFSYNC_CAUSE_EDIT));
  fixture->n_notices = 0;
  restart (fixture);
  {
    g_autoptr (GPtrArray) versions = list (fixture);

    g_assert_cmpuint (versions->len, ==, 5);
    g_assert_cmpint (confsync_version_get_cause (versions->pdata[0]), ==, CONFSYNC_CAUSE_EDIT);
    g_assert_cmpuint (confsync_version_get_sequence (versions->pdata[0]), ==, 5);
    g_assert_cmpuint (fixture->n_notices, ==, 0);
  }
}

/* A record without a file is none; a file without a record is a version; lines that nobody wrote
 * are left out, and a cause from a later release is unknown. */
static void
test_index_strange (Fixture *fixture, gconstpointer data)
{
  static const char *const lines[] = {
    "", "{}", "[]", "7", "null", "{\"name\":7}", "{\"name\":\"../../x.json\"}", "\xff\xfe",
    "{\"name\":\"config_20240101120000_009.json\",\"cause\":\"edit\"}",
    "{\"name\":\"config_20240101120000.json\",\"cause\":\"sorcery\",\"acknowledged\":7,"
    "\"sequence\":-3,\"stamp\":{\"time\":\"x\"},\"hash\":[]}",
  };
  g_autofree char *first = keep_at (fixture, "{'a':1}", 1, NOON_US, CONFSYNC_CAUSE_EDIT);
  g_autofree char *second = keep_at (fixture, "{'a':2}", 2, NOON_US, CONFSYNC_CAUSE_REMOTE);
  g_autofree char *stray =
    g_build_filename (fixture->versions_dir, "config_20240101110000.json", NULL);
  const char *const names[] = { second, first, "config_20240101110000.json", NULL };
  g_autoptr (GString) text = g_string_new (NULL);
  g_autofree char *index = NULL;
  g_autoptr (GPtrArray) versions = NULL;

  test_write_file (stray, "{\"a\":0}");
  g_assert_true (g_file_get_contents (fixture->index_path, &index, NULL, NULL));
  g_string_append (text, index);
  for (guint i = 0; i < G_N_ELEMENTS (lines); i++)
    g_string_append_printf (text, "%s\n", lines[i]);
  g_assert_true (g_file_set_contents (fixture->index_path, text->str, (gssize) text->len, NULL));
  restart (fixture);
  assert_names (fixture, names);
  g_assert_cmpuint (fixture->n_notices, ==, 1);
  versions = list (fixture);
  g_assert_cmpint (confsync_version_get_cause (versions->pdata[0]), ==, CONFSYNC_CAUSE_REMOTE);
  g_assert_cmpint (confsync_version_get_cause (versions->pdata[1]), ==, CONFSYNC_CAUSE_UNKNOWN);
  g_assert_cmpint (confsync_version_get_cause (versions->pdata[2]), ==, CONFSYNC_CAUSE_UNKNOWN);
  g_assert_cmpuint (confsync_version_get_size (versions->pdata[2]), ==, 7);
}

/* Old ones go with the next that is kept, but for what is needed; gaps show in the sequence. */
static void
test_age (Fixture *fixture, gconstpointer data)
{
  const ConfsyncRetentionLimits limits = { .max_days = 10 };
  const gint64 day_us = G_GINT64_CONSTANT (24 * 60 * 60) * G_USEC_PER_SEC;
  g_autoptr (ConfsyncRevision) last = test_revision ("{'a':99}", 99);
  g_autoptr (ConfsyncDocument) needed = test_document ("{'a':2}");
  GHashTable *needed_hashes = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autofree char *name = NULL;
  g_autoptr (GPtrArray) versions = NULL;

  for (guint i = 1; i <= 5; i++)
    {
      g_autofree char *text = g_strdup_printf ("{'a':%u}", i);

      g_free (keep_at (fixture, text, i, NOON_US + i * day_us, CONFSYNC_CAUSE_EDIT));
    }
  g_hash_table_add (needed_hashes, g_strdup (confsync_document_get_hash (needed)));
  confsync_history_set_needed (fixture->history, needed_hashes);
  name = confsync_history_keep (fixture->history, last, CONFSYNC_CAUSE_EDIT, NOON_US + 14 * day_us,
                                &limits, NULL);
  restart (fixture);
  versions = list (fixture);
  /* of 14, 10, 9 days, and the needed one */
  g_assert_cmpuint (versions->len, ==, 4);
  g_assert_cmpuint (confsync_version_get_sequence (versions->pdata[0]), ==, 6);
  g_assert_cmpuint (confsync_version_get_sequence (versions->pdata[1]), ==, 5);
  g_assert_cmpuint (confsync_version_get_sequence (versions->pdata[2]), ==, 4);
  g_assert_cmpuint (confsync_version_get_sequence (versions->pdata[3]), ==, 2);
}

static void
test_retention (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GPtrArray) versions = NULL;

  g_test_summary ("Files go with their records, the index stays short, names stay in order");
  for (guint i = 0; i < 300; i++)
    {
      g_autofree char *text = g_strdup_printf ("{'a':%u}", i);

      g_free (keep_at (fixture, text, i + 1, NOON_US, CONFSYNC_CAUSE_EDIT));
    }
  restart (fixture);
  versions = list (fixture);
  g_assert_cmpuint (versions->len, ==, 20);
  g_assert_cmpstr (confsync_version_get_name (versions->pdata[0]), ==,
                   "config_20240101120000_299.json");
  g_assert_cmpint (confsync_version_get_cause (versions->pdata[19]), ==, CONFSYNC_CAUSE_EDIT);
  {
    g_autofree char *index = NULL;
    g_auto (GStrv) lines = NULL;

    g_assert_true (g_file_get_contents (fixture->index_path, &index, NULL, NULL));
    lines = g_strsplit (index, "\n", -1);
    g_assert_cmpuint (g_strv_length (lines), <, 2 * 20 + 64 + 3);
  }
}

static void
test_directory_removed (Fixture *fixture, gconstpointer data)
{
  g_test_summary ("A history that somebody removed under us starts anew");
  assert_kept (fixture, "{'a':1}", 1, "config_20240101120000.json");
  test_remove_tree (fixture->versions_dir);
  assert_kept (fixture, "{'a':1}", 1, "config_20240101120000.json");
  g_assert_true (g_file_test (fixture->index_path, G_FILE_TEST_EXISTS));
}

static void
test_file_removed (Fixture *fixture, gconstpointer data)
{
  const char *const names[] = { "config_20240101120000_001.json", NULL };
  g_autofree char *path = NULL;

  assert_kept (fixture, "{'a':1}", 1, "config_20240101120000.json");
  assert_kept (fixture, "{'a':2}", 2, "config_20240101120000_001.json");
  path = g_build_filename (fixture->versions_dir, "config_20240101120000.json", NULL);
  g_assert_no_errno (unlink (path));
  assert_names (fixture, names);
}

static void
test_directory_is_link (Fixture *fixture, gconstpointer data)
{
  g_autoptr (ConfsyncRevision) revision = test_revision ("{'a':1}", 1);
  g_autofree char *elsewhere = g_build_filename (fixture->base, "elsewhere", NULL);
  g_autoptr (GError) error = NULL;

  g_test_summary ("Versions don't go where a planted link leads");
  g_assert_no_errno (mkdir (elsewhere, 0700));
  g_assert_no_errno (symlink (elsewhere, fixture->versions_dir));
  g_assert_null (confsync_history_keep (fixture->history, revision, CONFSYNC_CAUSE_EDIT, NOON_US,
                                        &keeping, &error));
  g_assert_nonnull (strstr (error->message, fixture->versions_dir));
}

static void
test_nothing_yet (Fixture *fixture, gconstpointer data)
{
  const char *const none[] = { NULL };
  g_autoptr (ConfsyncRevision) revision = test_revision ("{'a':1}", 1);

  assert_names (fixture, none);
  g_assert_true (confsync_history_acknowledge (fixture->history, revision, NULL));
  g_assert_false (g_file_test (fixture->versions_dir, G_FILE_TEST_EXISTS));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(name, function)                                                                       \
  g_test_add ("/history/" name, Fixture, NULL, set_up, function, tear_down)
  ADD ("keep", test_keep);
  ADD ("same-is-kept-once", test_same_is_kept_once);
  ADD ("loser-is-marked", test_loser_is_marked);
  ADD ("clock-went-back", test_clock_went_back);
  ADD ("records-survive", test_records_survive);
  ADD ("index-lost", test_index_lost);
  ADD ("beside", test_beside);
  ADD ("index-torn", test_index_torn);
  ADD ("get", test_get);
  ADD ("get-refuses-paths", test_get_refuses_paths);
  ADD ("get-damaged", test_get_damaged);
  ADD ("flipped-bit", test_flipped_bit);
  ADD ("index-cut", test_index_cut);
  ADD ("index-strange", test_index_strange);
  ADD ("age", test_age);
  ADD ("retention", test_retention);
  ADD ("directory-removed", test_directory_removed);
  ADD ("file-removed", test_file_removed);
  ADD ("directory-is-link", test_directory_is_link);
  ADD ("nothing-yet", test_nothing_yet);
  return g_test_run ();
}
