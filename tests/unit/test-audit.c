/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Records of the audit: what is in them, that nobody can forge or hide a line, and a file that is
 * rotated, full, or not ours.
 */

#include "config.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "confsync-audit-private.h"
#include "confsync-audit-record-private.h"
#include "confsync-audit-sheet-private.h"
#include "confsync-error.h"
#include "confsync-json.h"
#include "test-util.h"

#define OTHER_UID 65534

typedef struct
{
  char *dir, *path;
  guint calls;
  char *reason; /* (nullable) */
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  fixture->dir = test_temp_dir ();
  fixture->path = g_build_filename (fixture->dir, "audit.jsonl", NULL);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  test_remove_tree (fixture->dir);
  g_free (fixture->dir);
  g_free (fixture->path);
  g_free (fixture->reason);
}

static void
problem (const char *reason, gpointer user_data)
{
  Fixture *fixture = user_data;

  fixture->calls++;
  g_free (fixture->reason);
  fixture->reason = g_strdup (reason);
}

static gboolean
is_told (gpointer data)
{
  return ((Fixture *) data)->calls > 0;
}

static ConfsyncAuditFile *
open_file (Fixture *fixture)
{
  g_autoptr (GError) error = NULL;
  ConfsyncAuditFile *file =
    confsync_audit_file_open (fixture->path, problem, fixture, &error);

  g_assert_no_error (error);
  return file;
}

static void
take (ConfsyncAuditFile *file, ConfsyncLevel level, const char *kind, const char *details)
{
  g_autoptr (GVariant) value =
    g_variant_parse (G_VARIANT_TYPE_VARDICT, details, NULL, NULL, NULL);

  g_assert_nonnull (value);
  confsync_audit_file_take (file, level, kind, value, "hall", "");
}

static void
refuse_n (ConfsyncAuditFile *file, guint n)
{
  g_autofree char *details = g_strdup_printf ("{'remote': <'10.0.0.%u:1'>, 'reason': <'no'>}", n);

  take (file, CONFSYNC_LEVEL_WARNING, CONFSYNC_EVENT_REFUSED, details);
}

/* Lines without the empty one after the last; each is a JSON object. */
static GStrv
read_lines (const char *path)
{
  g_autofree char *text = NULL;
  g_autoptr (GError) error = NULL;
  GStrv lines;

  g_file_get_contents (path, &text, NULL, &error);
  g_assert_no_error (error);
  if (*text != '\0')
    {
      g_assert_true (g_str_has_suffix (text, "\n"));
      text[strlen (text) - 1] = '\0';
    }
  lines = g_strsplit (text, "\n", -1);
  return lines;
}

static void
assert_object (const char *line)
{
  g_autoptr (GBytes) bytes = g_bytes_new (line, strlen (line));
  g_autoptr (GError) error = NULL;
  g_autoptr (ConfsyncJson) json = confsync_json_parse (bytes, NULL, &error);

  g_assert_no_error (error);
  g_assert_true (g_str_has_prefix (line, "{"));
}

static void
test_records (Fixture *fixture, gconstpointer data)
{
  ConfsyncAuditFile *file = open_file (fixture);
  g_auto (GStrv) lines = NULL;
  struct stat info;

  g_test_summary ("only what the audit has; a whole line each; readable by its owner alone");
  refuse_n (file, 1);
  take (file, CONFSYNC_LEVEL_INFO, CONFSYNC_EVENT_NOTICE, "{'message': <'no record'>}");
  take (file, CONFSYNC_LEVEL_DEBUG, CONFSYNC_EVENT_PEER_DOWN, "{'peer': <'a'>}");
  take (file, CONFSYNC_LEVEL_DEBUG, CONFSYNC_EVENT_PEER_DOWN,
        "{'peer': <'clone'>, 'refused': <true>}");
  take (file, CONFSYNC_LEVEL_INFO, CONFSYNC_EVENT_APPLIED,
        "{'pointers': <['/a', '/b\\n\\u001b[2J']>, 'elapsed': <int64 12>}");
  confsync_audit_file_free (file);

  lines = read_lines (fixture->path);
  g_assert_cmpuint (g_strv_length (lines), ==, 3);
  for (guint i = 0; i < 3; i++)
    assert_object (lines[i]);
  g_assert_true (g_pattern_match_simple (
    "{\"time\": \"*-*-*T*:*:*.*Z\", \"level\": \"warning\", \"event\": \"refused\", "
    "\"message-id\": \"0e354783297a488ca514e50581467181\", \"instance\": \"hall\", "
    "\"reason\": \"no\", \"remote\": \"10.0.0.1:1\"}",
    lines[0]));
  g_assert_nonnull (strstr (lines[1], "\"clone\""));
  g_assert_nonnull (strstr (lines[2], "[\"/a\", \"/b\\u000a\\u001b[2J\"]"));
  g_assert_no_errno (stat (fixture->path, &info));
  g_assert_cmpuint (info.st_mode & 07777, ==, 0600);
  g_assert_cmpuint (fixture->calls, ==, 0);
}

static void
test_ids (void)
{
  static const char *const none[] = { CONFSYNC_EVENT_NOTICE, CONFSYNC_EVENT_SYNCED,
                                      CONFSYNC_EVENT_WAITING, CONFSYNC_EVENT_FAILED, "else" };
  static const char *const some[] = {
    CONFSYNC_EVENT_REFUSED, CONFSYNC_EVENT_BLOCKED,  CONFSYNC_EVENT_UNPROVEN,
    CONFSYNC_EVENT_TRUST,   CONFSYNC_EVENT_CONFLICT, CONFSYNC_EVENT_APPLIED,
    CONFSYNC_EVENT_PLUGIN,  CONFSYNC_EVENT_ROLLBACK, CONFSYNC_EVENT_AUDIT_GAP
  };
  g_autoptr (GHashTable) seen = g_hash_table_new (g_str_hash, g_str_equal);

  for (guint i = 0; i < G_N_ELEMENTS (none); i++)
    g_assert_null (confsync_event_get_message_id (none[i]));
  for (guint i = 0; i < G_N_ELEMENTS (some); i++)
    {
      const char *id = confsync_event_get_message_id (some[i]);

      g_assert_nonnull (id);
      g_assert_cmpuint (strlen (id), ==, 32);
      g_assert_cmpuint (strspn (id, "0123456789abcdef"), ==, 32);
      g_assert_true (g_hash_table_add (seen, (gpointer) id));
    }
}

static const char *
find_field (GArray *fields, const char *name, guint nth)
{
  for (guint i = 0; i < fields->len; i++)
    {
      const GLogField *field = &g_array_index (fields, GLogField, i);

      if (g_str_equal (field->key, name) && nth-- == 0)
        return field->value;
    }
  return NULL;
}

static void
test_fields (void)
{
  g_autoptr (GVariant) details = g_variant_parse (
    G_VARIANT_TYPE_VARDICT,
    "{'pointers': <['/a', '/b']>, 'round-trip': <int64 7>, 'reason': <'x\\ny'>, "
    "'no field': <1>, '': <1>, 'ä': <1>}",
    NULL, NULL, NULL);
  g_autoptr (GVariant) record = confsync_audit_record_new (
    CONFSYNC_LEVEL_WARNING, CONFSYNC_EVENT_CONFLICT, details, "hall", "zones");
  g_autoptr (GArray) fields = confsync_audit_record_to_fields (
    CONFSYNC_LEVEL_WARNING, "confsync", CONFSYNC_EVENT_CONFLICT, "words\nmore", record);

  g_test_summary ("names that journald takes; a list is a field for each; nothing ends a line");
  g_assert_cmpstr (find_field (fields, "PRIORITY", 0), ==, "4");
  g_assert_cmpstr (find_field (fields, "MESSAGE", 0), ==, "words\\u000amore");
  g_assert_cmpstr (find_field (fields, "MESSAGE_ID", 0), ==,
                   confsync_event_get_message_id (CONFSYNC_EVENT_CONFLICT));
  g_assert_cmpstr (find_field (fields, "CONFSYNC_EVENT", 0), ==, "conflict");
  g_assert_cmpstr (find_field (fields, "CONFSYNC_INSTANCE", 0), ==, "hall");
  g_assert_cmpstr (find_field (fields, "CONFSYNC_DOCUMENT", 0), ==, "zones");
  g_assert_cmpstr (find_field (fields, "CONFSYNC_POINTERS", 0), ==, "/a");
  g_assert_cmpstr (find_field (fields, "CONFSYNC_POINTERS", 1), ==, "/b");
  g_assert_cmpstr (find_field (fields, "CONFSYNC_ROUND_TRIP", 0), ==, "7");
  g_assert_cmpstr (find_field (fields, "CONFSYNC_REASON", 0), ==, "x\\u000ay");
  g_assert_cmpuint (fields->len, ==, 11);
}

static void
test_long (void)
{
  g_autofree char *text = g_strnfill (2000, 'x');
  g_autoptr (GVariant) details = NULL;
  g_autoptr (GVariant) record = NULL;
  g_autofree char *reason = NULL;
  g_autofree const char **pointers = NULL;
  g_auto (GVariantDict) dict = G_VARIANT_DICT_INIT (NULL);
  const char *long_pointers[] = { "/a", NULL, NULL };

  g_test_summary ("what others chose is cut, and not within a character");
  /* ä is two bytes: with one byte before them the limit falls within one */
  for (guint i = 1; i + 1 < 2000; i += 2)
    memcpy (text + i, "ä", 2);
  text[1999] = '\0';
  long_pointers[1] = text;
  g_variant_dict_insert (&dict, "reason", "s", text);
  g_variant_dict_insert (&dict, "pointers", "^as", long_pointers);
  details = g_variant_ref_sink (g_variant_dict_end (&dict));
  record = confsync_audit_record_new (CONFSYNC_LEVEL_WARNING, CONFSYNC_EVENT_REFUSED, details,
                                      NULL, NULL);
  g_assert_true (g_variant_lookup (record, "reason", "s", &reason));
  g_assert_cmpuint (strlen (reason), ==, CONFSYNC_AUDIT_TEXT_MAX_BYTES - 1 + strlen ("…"));
  g_assert_true (g_utf8_validate (reason, -1, NULL));
  g_assert_true (g_variant_lookup (record, "pointers", "^a&s", &pointers));
  g_assert_cmpstr (pointers[0], ==, "/a");
  g_assert_cmpuint (strlen (pointers[1]), ==, CONFSYNC_AUDIT_POINTER_MAX_BYTES - 1 + strlen ("…"));
}

static guint
count_lines (const char *path)
{
  g_auto (GStrv) lines = NULL;

  if (!g_file_test (path, G_FILE_TEST_EXISTS))
    return 0;
  lines = read_lines (path);
  return lines[0] != NULL && *lines[0] == '\0' ? 0 : g_strv_length (lines);
}

typedef struct
{
  const char *path;
  guint lines;
} Expected;

static gboolean
has_lines (gpointer data)
{
  Expected *expected = data;

  return count_lines (expected->path) == expected->lines;
}

static void
wait_lines (const char *path, guint lines)
{
  Expected expected = { path, lines };

  g_assert_true (test_wait_until (has_lines, &expected, TEST_DEADLINE_MS));
}

static void
test_rotation (Fixture *fixture, gconstpointer data)
{
  g_autofree char *old = g_strconcat (fixture->path, ".1", NULL);
  ConfsyncAuditFile *file = open_file (fixture);

  g_test_summary ("renamed, removed, or told to: no record is lost, none written twice");
  refuse_n (file, 1);
  wait_lines (fixture->path, 1);
  g_assert_no_errno (rename (fixture->path, old));
  refuse_n (file, 2);
  wait_lines (fixture->path, 1);
  g_assert_cmpuint (count_lines (old), ==, 1);

  g_assert_no_errno (unlink (fixture->path));
  refuse_n (file, 3);
  wait_lines (fixture->path, 1);
  confsync_audit_file_reopen (file);
  refuse_n (file, 4);
  wait_lines (fixture->path, 2);
  /* emptied in place, as copytruncate does */
  g_assert_no_errno (truncate (fixture->path, 0));
  refuse_n (file, 5);
  wait_lines (fixture->path, 1);
  confsync_audit_file_free (file);
}

static void
assert_refused (Fixture *fixture, const char *words)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (confsync_audit_file_open (fixture->path, problem, fixture, &error));
  g_assert_nonnull (error);
  g_assert_nonnull (strstr (error->message, words));
  g_assert_nonnull (strstr (error->message, fixture->path));
}

static void
test_not_ours (Fixture *fixture, gconstpointer data)
{
  g_autofree char *target = g_build_filename (fixture->dir, "target", NULL);

  g_test_summary ("no link is followed, no pipe waited for, no file taken that others may write");
  test_write_file (target, "");
  g_assert_no_errno (symlink (target, fixture->path));
  assert_refused (fixture, "symbolic link");
  g_assert_cmpuint (count_lines (target), ==, 0);

  g_assert_no_errno (unlink (fixture->path));
  g_assert_no_errno (mkfifo (fixture->path, 0600));
  assert_refused (fixture, "no regular file");

  g_assert_no_errno (unlink (fixture->path));
  test_write_file (fixture->path, "");
  g_assert_no_errno (chmod (fixture->path, 0620));
  assert_refused (fixture, "others may write");
  /* a group that reads it is its owner's choice, and stays */
  g_assert_no_errno (chmod (fixture->path, 0640));
  confsync_audit_file_free (open_file (fixture));

  if (geteuid () == 0)
    {
      g_assert_no_errno (chown (fixture->path, OTHER_UID, OTHER_UID));
      assert_refused (fixture, "another user");
    }
  g_assert_no_errno (unlink (fixture->path));
  g_assert_no_errno (mkdir (fixture->path, 0700));
  assert_refused (fixture, "can't be written to");
}

static void
test_swapped (Fixture *fixture, gconstpointer data)
{
  g_autofree char *target = g_build_filename (fixture->dir, "target", NULL);
  ConfsyncAuditFile *file = open_file (fixture);

  g_test_summary ("a link in the file's place is not followed later either; it is told once");
  test_write_file (target, "");
  g_assert_no_errno (unlink (fixture->path));
  g_assert_no_errno (symlink (target, fixture->path));
  refuse_n (file, 1);
  refuse_n (file, 2);
  refuse_n (file, 3);
  g_assert_true (test_wait_until (is_told, fixture, TEST_DEADLINE_MS));
  g_assert_nonnull (strstr (fixture->reason, "symbolic link"));
  confsync_audit_file_free (file);
  g_assert_cmpuint (fixture->calls, ==, 1);
  g_assert_cmpuint (count_lines (target), ==, 0);
}

static void
assert_gap (const char *path, guint line, const char *lost)
{
  g_auto (GStrv) lines = read_lines (path);

  g_assert_cmpuint (g_strv_length (lines), >, line);
  g_assert_nonnull (strstr (lines[line], "\"event\": \"audit gap\""));
  g_assert_nonnull (strstr (lines[line], lost));
}

static void
test_full (Fixture *fixture, gconstpointer data)
{
  struct rlimit before, small;
  ConfsyncAuditFile *file = open_file (fixture);
  g_auto (GStrv) lines = NULL;

  g_test_summary ("a full disk loses records, tells it, tears no line of the next, counts them");
  signal (SIGXFSZ, SIG_IGN);
  g_assert_no_errno (getrlimit (RLIMIT_FSIZE, &before));
  small = before;
  small.rlim_cur = 300;
  refuse_n (file, 1);
  wait_lines (fixture->path, 1);
  g_assert_no_errno (setrlimit (RLIMIT_FSIZE, &small));
  refuse_n (file, 2);
  refuse_n (file, 3);
  g_assert_true (test_wait_until (is_told, fixture, TEST_DEADLINE_MS));
  confsync_audit_file_free (file);
  g_assert_no_errno (setrlimit (RLIMIT_FSIZE, &before));
  g_assert_nonnull (strstr (fixture->reason, "can't be written to"));

  /* what another life left torn gets its end */
  file = open_file (fixture);
  refuse_n (file, 4);
  confsync_audit_file_free (file);
  lines = read_lines (fixture->path);
  g_assert_cmpuint (g_strv_length (lines), ==, 3);
  assert_object (lines[0]);
  assert_object (lines[2]);
  g_assert_nonnull (strstr (lines[2], "10.0.0.4"));
}

static void
test_gap (Fixture *fixture, gconstpointer data)
{
  ConfsyncAuditFile *file = open_file (fixture);

  g_test_summary ("what was lost is counted in the file, before the next record");
  g_assert_no_errno (unlink (fixture->path));
  g_assert_no_errno (mkdir (fixture->path, 0700));
  refuse_n (file, 1);
  g_assert_true (test_wait_until (is_told, fixture, TEST_DEADLINE_MS));
  g_assert_no_errno (rmdir (fixture->path));
  refuse_n (file, 2);
  wait_lines (fixture->path, 2);
  assert_gap (fixture->path, 0, "\"lost\": 1");
  confsync_audit_file_free (file);
}

static void
test_notes (Fixture *fixture, gconstpointer data)
{
  g_autofree char *second_path = g_build_filename (fixture->dir, "second.jsonl", NULL);
  g_autoptr (GError) error = NULL;
  ConfsyncAuditFile *file = open_file (fixture);
  ConfsyncAuditFile *second = confsync_audit_file_open (second_path, problem, fixture, &error);
  g_auto (GStrv) lines = NULL;

  g_test_summary ("what belongs to no node goes into every file; one more is added by hand");
  g_assert_no_error (error);
  confsync_audit_note_plugin ("/plugins/bad\xff.so", "others may write to its folder");
  confsync_audit_file_free (second);
  confsync_audit_note_plugin ("/plugins/late.so", "no");
  confsync_audit_file_free (file);
  g_assert_cmpuint (count_lines (fixture->path), ==, 2);
  g_assert_cmpuint (count_lines (second_path), ==, 1);

  g_assert_true (confsync_audit_sheet_append (
    fixture->path, CONFSYNC_LEVEL_INFO, CONFSYNC_EVENT_TRUST,
    g_variant_new_parsed ("{'outcome': <'added'>, 'fingerprint': <'ab12'>}"), &error));
  g_assert_no_error (error);
  lines = read_lines (fixture->path);
  g_assert_nonnull (strstr (lines[2], "\"fingerprint\": \"ab12\", \"outcome\": \"added\""));
}

#define ADD(name)                                                                                  \
  g_test_add ("/audit/" #name, Fixture, NULL, set_up, test_##name, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/audit/ids", test_ids);
  g_test_add_func ("/audit/fields", test_fields);
  g_test_add_func ("/audit/long", test_long);
  ADD (records);
  ADD (rotation);
  ADD (not_ours);
  ADD (swapped);
  ADD (full);
  ADD (gap);
  ADD (notes);
  return g_test_run ();
}
