/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Reading and replacing the live file: on the file system of temporary files, and on a tmpfs.
 */

#include "config.h"

#include <fcntl.h>
#include <gio/gunixsocketaddress.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "confsync-error.h"
#include "confsync-stamp-note-private.h"
#include "live-fixture.h"
#include "test-revision.h"
#include "test-util.h"

#define TMPFS "/dev/shm"

static const ConfsyncJsonLimits limits = { 0 };

static char *
temp_dir (LiveFixture *fixture)
{
  return g_build_filename (fixture->base, ".confsync", "tmp", NULL);
}

static void
assert_load_fails (LiveFixture *fixture, GQuark domain, int code, const char *part)
{
  g_autoptr (ConfsyncDocument) document = NULL;
  g_autoptr (ConfsyncStamp) stamp = NULL;
  g_autoptr (GError) error = NULL;
  gint64 modified;

  g_assert_false (confsync_live_file_load (fixture->live, &limits, &document, &stamp, &modified,
                                           &error));
  g_test_message ("%s", error->message);
  g_assert_error (error, domain, code);
  g_assert_true (g_str_has_prefix (error->message, fixture->path));
  g_assert_nonnull (strstr (error->message, part));
  g_assert_null (document);
}

static void
test_load (LiveFixture *fixture, gconstpointer data)
{
  g_autoptr (ConfsyncDocument) missing = live_fixture_load (fixture);
  g_autoptr (ConfsyncDocument) empty = NULL, blank = NULL, object = NULL, document = NULL;

  g_assert_null (missing);
  test_write_file (fixture->path, "");
  empty = live_fixture_load (fixture);
  g_assert_null (empty);
  test_write_file (fixture->path, " \n\t\r\n");
  blank = live_fixture_load (fixture);
  g_assert_null (blank);
  test_write_file (fixture->path, "{}");
  object = live_fixture_load (fixture);
  test_assert_document (object, "{}");
  test_write_file (fixture->path, "{\"a\": 1}\n");
  document = live_fixture_load (fixture);
  test_assert_document (document, "{'a':1}");
  g_assert_false (g_file_test (fixture->base, G_FILE_TEST_EXISTS));
}

static void
test_load_invalid (LiveFixture *fixture, gconstpointer data)
{
  g_autoptr (ConfsyncDocument) document = NULL;

  g_test_summary ("A file that an editor is half way through is refused, and taken when whole");
  test_write_file (fixture->path, "{\n  \"a\": 1,\n  \"b\": [1, 2");
  assert_load_fails (fixture, CONFSYNC_ERROR, CONFSYNC_ERROR_INVALID_JSON, ": line 3, column ");
  test_write_file (fixture->path, "{\n  \"a\": 1,\n  \"b\": [1, 2]\n}\n");
  document = live_fixture_load (fixture);
  test_assert_document (document, "{'a':1,'b':[1,2]}");
  test_write_file (fixture->path, "[1]");
  assert_load_fails (fixture, CONFSYNC_ERROR, CONFSYNC_ERROR_INVALID_DOCUMENT, "object");
}

static void
test_load_too_large (LiveFixture *fixture, gconstpointer data)
{
  test_write_file (fixture->path, "{}");
  g_assert_no_errno (truncate (fixture->path, 20 * 1024 * 1024));
  assert_load_fails (fixture, CONFSYNC_ERROR, CONFSYNC_ERROR_TOO_LARGE, "15728640");
}

static void
test_load_irregular (LiveFixture *fixture, gconstpointer data)
{
  g_autoptr (GSocketAddress) address = g_unix_socket_address_new (fixture->path);
  g_autoptr (GSocket) socket =
    g_socket_new (G_SOCKET_FAMILY_UNIX, G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_DEFAULT, NULL);

  g_assert_no_errno (mkdir (fixture->path, 0700));
  assert_load_fails (fixture, G_IO_ERROR, G_IO_ERROR_IS_DIRECTORY, "directory");
  g_assert_no_errno (rmdir (fixture->path));

  g_assert_no_errno (mkfifo (fixture->path, 0600));
  assert_load_fails (fixture, G_IO_ERROR, G_IO_ERROR_NOT_REGULAR_FILE, "FIFO");
  g_assert_no_errno (unlink (fixture->path));

  g_assert_no_errno (symlink ("/dev/zero", fixture->path));
  assert_load_fails (fixture, G_IO_ERROR, G_IO_ERROR_NOT_REGULAR_FILE, "device");
  g_assert_no_errno (unlink (fixture->path));

  g_assert_true (g_socket_bind (socket, address, FALSE, NULL));
  assert_load_fails (fixture, G_IO_ERROR, G_IO_ERROR_NOT_REGULAR_FILE, "socket");
}

static void
test_load_unreadable (LiveFixture *fixture, gconstpointer data)
{
  if (geteuid () == 0)
    {
      g_test_skip ("root may read everything");
      return;
    }
  test_write_file (fixture->path, "{}");
  g_assert_no_errno (chmod (fixture->path, 0));
  assert_load_fails (fixture, G_IO_ERROR, G_IO_ERROR_PERMISSION_DENIED, "permission");
}

static void
test_save_makes_file (LiveFixture *fixture, gconstpointer data)
{
  g_autoptr (ConfsyncDocument) displaced = live_fixture_save (fixture, "{'a':1}", 1, NULL);
  g_autofree char *text = live_fixture_read (fixture);
  struct stat info;

  g_assert_null (displaced);
  g_assert_cmpstr (text, ==, "{\n  \"a\": 1\n}\n");
  g_assert_no_errno (stat (fixture->path, &info));
  g_assert_cmpint (info.st_mode & 07777, ==, 0600);
}

static ConfsyncStamp *
load_stamp (LiveFixture *fixture)
{
  g_autoptr (ConfsyncDocument) document = NULL;
  ConfsyncStamp *stamp = NULL;
  gint64 modified;

  g_assert_true (
    confsync_live_file_load (fixture->live, &limits, &document, &stamp, &modified, NULL));
  g_assert_cmpint (ABS (modified - g_get_real_time ()), <, 60 * G_USEC_PER_SEC);
  return stamp;
}

/* As before a file is overwritten in place. */
static void
note_early (LiveFixture *fixture, ConfsyncStamp *stamp)
{
  g_auto (ConfsyncFd) fd = open (fixture->path, O_RDONLY);

  g_assert_cmpint (fd, >=, 0);
  confsync_stamp_note_write (fd, AT_FDCWD, TRUE, "another hash", stamp);
}

static void
test_stamp (LiveFixture *fixture, gconstpointer data)
{
  g_autoptr (ConfsyncDocument) displaced = live_fixture_save (fixture, "{'a':1}", 7, NULL);
  g_autoptr (ConfsyncStamp) stamp = NULL, edited = NULL, early = NULL, replaced = NULL;

  live_fixture_restart (fixture);
  if (getxattr (fixture->path, "user.confsync.stamp", NULL, 0) < 0)
    {
      g_test_skip ("this file system has no user attributes");
      return;
    }
  stamp = load_stamp (fixture);
  g_assert_nonnull (stamp);
  g_assert_cmpint (confsync_stamp_get_time (stamp), ==, 7);

  g_assert_null (confsync_live_file_get_origin (fixture->live));

  g_test_message ("edited in place, the attribute stays and tells what was edited");
  live_fixture_restart (fixture);
  test_write_file (fixture->path, "{\"a\":2}");
  edited = load_stamp (fixture);
  g_assert_null (edited);
  g_assert_nonnull (confsync_live_file_get_origin (fixture->live));
  g_assert_cmpint (confsync_stamp_get_time (confsync_live_file_get_origin (fixture->live)), ==, 7);
  live_fixture_restart (fixture);
  live_fixture_restart (fixture);
  note_early (fixture, stamp);
  early = load_stamp (fixture);
  g_assert_null (early);
  g_assert_null (confsync_live_file_get_origin (fixture->live));
  live_fixture_restart (fixture);
  test_replace_file (fixture->path, "{\"a\":1}");
  replaced = load_stamp (fixture);
  g_assert_null (replaced);
  g_assert_null (confsync_live_file_get_origin (fixture->live));
}

static void
test_attributes_stay (LiveFixture *fixture, gconstpointer data)
{
  g_autoptr (ConfsyncDocument) displaced = NULL;
  gboolean has_attributes;
  char value[8] = { 0 };
  struct stat info;

  test_write_file (fixture->path, "{\"a\":1}");
  g_assert_no_errno (chmod (fixture->path, 0640));
  has_attributes = setxattr (fixture->path, "user.colour", "blue", 4, 0) == 0;
  if (geteuid () == 0)
    g_assert_no_errno (chown (fixture->path, 1234, 4321));
  displaced = live_fixture_save (fixture, "{'a':2}", 1, "{'a':1}");
  g_assert_no_errno (stat (fixture->path, &info));
  g_assert_cmpint (info.st_mode & 07777, ==, 0640);
  if (geteuid () == 0)
    {
      g_assert_cmpint (info.st_uid, ==, 1234);
      g_assert_cmpint (info.st_gid, ==, 4321);
    }
  if (has_attributes)
    {
      g_assert_cmpint (getxattr (fixture->path, "user.colour", value, sizeof value), ==, 4);
      g_assert_cmpstr (value, ==, "blue");
    }
}

static void
test_shape_stays (LiveFixture *fixture, gconstpointer data)
{
  g_autoptr (ConfsyncDocument) first = NULL, second = NULL;
  g_autofree char *text = NULL, *later = NULL;

  test_write_file (fixture->path, "{\n\t\"z\": 1,\n\t\"a\": {\n\t\t\"y\": 2\n\t}\n}\n");
  first = live_fixture_save (fixture, "{'a':{'y':3},'m':5,'z':1}", 1,
                             "{'z':1,'a':{'y':2}}");
  g_assert_null (first);
  text = live_fixture_read (fixture);
  g_assert_cmpstr (text, ==, "{\n\t\"z\": 1,\n\t\"a\": {\n\t\t\"y\": 3\n\t},\n\t\"m\": 5\n}\n");
  second = live_fixture_save (fixture, "{'a':{'y':3},'m':6,'z':1}", 2,
                              "{'a':{'y':3},'m':5,'z':1}");
  g_assert_null (second);
  later = live_fixture_read (fixture);
  g_assert_cmpstr (later, ==, "{\n\t\"z\": 1,\n\t\"a\": {\n\t\t\"y\": 3\n\t},\n\t\"m\": 6\n}\n");
}

static void
test_symlinks_stay (LiveFixture *fixture, gconstpointer data)
{
  g_autofree char *inner = g_build_filename (fixture->dir, "inner", NULL);
  g_autofree char *target = g_build_filename (inner, "target.json", NULL);
  g_autofree char *text = NULL;
  g_autoptr (ConfsyncDocument) first = NULL, second = NULL;
  struct stat info;

  g_test_summary ("What a chain of links leads to is replaced, also where it leads to nothing yet");
  g_assert_no_errno (mkdir (inner, 0700));
  g_assert_no_errno (symlink ("inner/next", fixture->path));
  {
    g_autofree char *next = g_build_filename (inner, "next", NULL);

    g_assert_no_errno (symlink ("target.json", next));
  }
  first = live_fixture_save (fixture, "{'a':1}", 1, NULL);
  g_assert_no_errno (lstat (target, &info));
  g_assert_true (S_ISREG (info.st_mode));
  second = live_fixture_save (fixture, "{'a':2}", 2, "{'a':1}");
  g_assert_no_errno (lstat (fixture->path, &info));
  g_assert_true (S_ISLNK (info.st_mode));
  g_assert_no_errno (lstat (target, &info));
  g_assert_true (S_ISREG (info.st_mode));
  text = live_fixture_read (fixture);
  g_assert_cmpstr (text, ==, "{\n  \"a\": 2\n}\n");
}

static void
test_displaced (LiveFixture *fixture, gconstpointer data)
{
  g_autofree char *temp = temp_dir (fixture);
  g_autoptr (ConfsyncDocument) first = live_fixture_save (fixture, "{'a':1}", 1, NULL);
  g_autoptr (ConfsyncDocument) expected = NULL, edit = NULL, respelled = NULL;

  expected = live_fixture_save (fixture, "{'a':2}", 2, "{'a':1}");
  g_assert_null (expected);

  test_replace_file (fixture->path, "{ \"a\" : 2 }");
  respelled = live_fixture_save (fixture, "{'a':3}", 3, "{'a':2}");
  g_assert_null (respelled);

  test_replace_file (fixture->path, "{\"edit\":1}");
  edit = live_fixture_save (fixture, "{'a':4}", 4, "{'a':3}");
  test_assert_document (edit, "{'edit':1}");

  g_test_message ("it stays on disk until a version of it is kept");
  live_fixture_settle (fixture);
  g_assert_cmpuint (live_fixture_count (temp), ==, 1);
  confsync_live_file_kept (fixture->live, "0000");
  g_assert_cmpuint (live_fixture_count (temp), ==, 1);
  confsync_live_file_kept (fixture->live, confsync_document_get_hash (edit));
  g_assert_cmpuint (live_fixture_count (temp), ==, 0);
  g_assert_cmpuint (fixture->displaced->len, ==, 0);
}

static void
test_displaced_though_read (LiveFixture *fixture, gconstpointer data)
{
  g_autoptr (ConfsyncDocument) first = live_fixture_save (fixture, "{'a':1}", 1, NULL);
  g_autoptr (ConfsyncDocument) loaded = NULL, second = NULL;

  g_test_summary ("An edit that was read, but that the caller doesn't know of yet, is displaced");
  test_replace_file (fixture->path, "{\"edit\":1}");
  loaded = live_fixture_load (fixture);
  second = live_fixture_save (fixture, "{'a':2}", 2, "{'a':1}");
  test_assert_document (second, "{'edit':1}");
}

static void
test_displaced_text (LiveFixture *fixture, gconstpointer data)
{
  g_autofree char *state = g_build_filename (fixture->base, ".confsync", NULL);
  g_autofree char *temp = temp_dir (fixture);
  g_autoptr (ConfsyncDocument) first = live_fixture_save (fixture, "{'a':1}", 1, NULL);
  g_autoptr (ConfsyncDocument) second = NULL;
  g_autoptr (GDir) dir = NULL;
  g_autofree char *text = NULL;
  const char *name;

  g_test_summary ("What is no JSON is kept as a text, and said");
  test_write_file (fixture->path, "{\"half\": ");
  second = live_fixture_save (fixture, "{'a':2}", 2, "{'a':1}");
  g_assert_null (second);
  live_fixture_settle (fixture);
  g_assert_cmpuint (fixture->displaced->len, ==, 0);
  g_assert_cmpuint (fixture->notices->len, ==, 1);
  g_assert_cmpuint (live_fixture_count (temp), ==, 0);

  dir = g_dir_open (state, 0, NULL);
  while ((name = g_dir_read_name (dir)) != NULL)
    if (g_str_has_prefix (name, "displaced-") && g_str_has_suffix (name, ".txt"))
      {
        g_autofree char *path = g_build_filename (state, name, NULL);

        g_assert_null (text);
        g_assert_nonnull (strstr (fixture->notices->pdata[0], path));
        g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
      }
  g_assert_cmpstr (text, ==, "{\"half\": ");
}

static gboolean
has_late_edit (gpointer data)
{
  LiveFixture *fixture = data;

  confsync_live_file_look (fixture->live, &limits);
  return fixture->displaced->len > 0;
}

/* An editor that had the file open before the save, and writes after it. */
static void
run_late_writer (LiveFixture *fixture, gboolean stays_open)
{
  static const char text[] = "{\"late\": 1}";
  g_autofree char *temp = temp_dir (fixture);
  g_autoptr (ConfsyncDocument) first = live_fixture_save (fixture, "{'a':1}", 1, NULL);
  g_autoptr (ConfsyncDocument) second = NULL;
  int fd = open (fixture->path, O_WRONLY | O_CLOEXEC);
  ConfsyncDocument *late;

  g_assert_no_errno (fd);
  live_fixture_settle (fixture);
  second = live_fixture_save (fixture, "{'a':2}", 2, "{'a':1}");
  g_assert_null (second);

  g_assert_cmpint (write (fd, text, 6), ==, 6);
  confsync_live_file_look (fixture->live, &limits);
  g_assert_cmpint (write (fd, text + 6, strlen (text) - 6), ==, (gssize) strlen (text) - 6);
  g_assert_no_errno (ftruncate (fd, strlen (text)));
  if (!stays_open)
    g_assert_no_errno (close (fd));

  g_assert_true (test_wait_until (has_late_edit, fixture, TEST_DEADLINE_MS));
  if (stays_open)
    g_assert_no_errno (close (fd));
  live_fixture_settle (fixture);
  g_assert_cmpuint (fixture->displaced->len, ==, 1);
  late = fixture->displaced->pdata[0];
  test_assert_document (late, "{'late':1}");
  g_assert_cmpuint (live_fixture_count (temp), ==, 1);
  confsync_live_file_kept (fixture->live, confsync_document_get_hash (late));
  g_assert_cmpuint (live_fixture_count (temp), ==, 0);
}

static void
test_late_writer (LiveFixture *fixture, gconstpointer data)
{
  run_late_writer (fixture, FALSE);
}

static void
test_late_writer_stays (LiveFixture *fixture, gconstpointer data)
{
  run_late_writer (fixture, TRUE);
}

static void
test_directory_is_refused (LiveFixture *fixture, gconstpointer data)
{
  g_autoptr (ConfsyncRevision) revision = test_revision ("{'a':1}", 1);
  g_autoptr (ConfsyncDocument) displaced = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_no_errno (mkdir (fixture->path, 0700));
  g_assert_false (confsync_live_file_replace (fixture->live, revision, NULL, &limits, &displaced,
                                              &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_IS_DIRECTORY);
  g_assert_true (g_file_test (fixture->path, G_FILE_TEST_IS_DIR));
}

static void
test_missing_directory (LiveFixture *fixture, gconstpointer data)
{
  g_autofree char *path = g_build_filename (fixture->dir, "missing", "config.json", NULL);
  g_autoptr (ConfsyncLiveFile) live =
    confsync_live_file_new (path, fixture->base, &fixture->report);
  g_autoptr (ConfsyncRevision) revision = test_revision ("{'a':1}", 1);
  g_autoptr (ConfsyncDocument) displaced = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_false (confsync_live_file_replace (live, revision, NULL, &limits, &displaced, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
  g_assert_nonnull (strstr (error->message, path));
}

static void
sweep (LiveFixture *fixture)
{
  g_autoptr (ConfsyncHistory) history =
    confsync_history_new (fixture->base, &fixture->report);
  g_autoptr (ConfsyncDocument) live = NULL;

  live_fixture_restart (fixture);
  live = live_fixture_load (fixture);
  confsync_live_file_sweep (fixture->live, history, &limits);
}

static void
test_sweep (LiveFixture *fixture, gconstpointer data)
{
  g_autoptr (ConfsyncDocument) first = live_fixture_save (fixture, "{'a':1}", 1, NULL);
  g_autoptr (ConfsyncDocument) own = test_document ("{'own':1}");
  g_autofree char *temp = temp_dir (fixture);
  g_autofree char *edit = g_build_filename (temp, "1.old", NULL);
  g_autofree char *same = g_build_filename (temp, "2.old", NULL);
  g_autofree char *torn = g_build_filename (temp, "3.new", NULL);
  g_autofree char *half = g_build_filename (temp, "4.old", NULL);
  g_autofree char *own_name =
    g_strconcat (confsync_document_get_hash (own), "-00000000.new", NULL);
  g_autofree char *own_path = g_build_filename (temp, own_name, NULL);

  g_test_summary ("What an earlier process left: edits come out, the rest goes");
  test_write_file (edit, "{\"edit\":1}");
  test_write_file (same, "{\"a\":1}");
  test_write_file (torn, "{\"own\":");
  test_write_file (half, "{\"half\":");
  test_write_file (own_path, "{\"own\":1}");
  sweep (fixture);
  live_fixture_settle (fixture);
  g_assert_cmpuint (fixture->displaced->len, ==, 1);
  test_assert_document (fixture->displaced->pdata[0], "{'edit':1}");
  g_assert_cmpuint (fixture->notices->len, ==, 1);
  g_assert_cmpuint (live_fixture_count (temp), ==, 1);
  g_assert_true (g_file_test (edit, G_FILE_TEST_EXISTS));

  g_test_message ("again until a version is kept, then never more");
  sweep (fixture);
  g_assert_cmpuint (fixture->displaced->len, ==, 2);
  {
    g_autoptr (ConfsyncHistory) history =
      confsync_history_new (fixture->base, &fixture->report);
    g_autoptr (ConfsyncRevision) revision = test_revision ("{'edit':1}", 2);
    const ConfsyncRetentionLimits keeping = { .max_versions = 100 };

    g_free (confsync_history_keep (history, revision, CONFSYNC_CAUSE_EDIT, g_get_real_time (),
                                   &keeping, NULL));
  }
  sweep (fixture);
  live_fixture_settle (fixture);
  g_assert_cmpuint (fixture->displaced->len, ==, 2);
  g_assert_cmpuint (live_fixture_count (temp), ==, 0);
}

static void
test_crash_keeps_edit (LiveFixture *fixture, gconstpointer data)
{
  g_autoptr (ConfsyncDocument) first = live_fixture_save (fixture, "{'a':1}", 1, NULL);
  g_autoptr (ConfsyncDocument) second = NULL;

  g_test_summary ("An edit that was displaced just before the process ended comes out again");
  test_replace_file (fixture->path, "{\"edit\":1}");
  second = live_fixture_save (fixture, "{'a':2}", 2, "{'a':1}");
  g_assert_nonnull (second);
  sweep (fixture);
  g_assert_cmpuint (fixture->displaced->len, ==, 1);
  test_assert_document (fixture->displaced->pdata[0], "{'edit':1}");
}

static void
test_base_on_other_device (LiveFixture *fixture, gconstpointer data)
{
  g_autofree char *base = g_build_filename (TMPFS, "confsync-base-XXXXXX", NULL);
  g_autofree char *beside = g_build_filename (fixture->dir, ".confsync-tmp", NULL);
  g_autoptr (ConfsyncDocument) first = NULL, second = NULL;
  struct stat here, there;

  if (stat (TMPFS, &there) < 0 || stat (fixture->dir, &here) < 0 || here.st_dev == there.st_dev)
    {
      g_test_skip ("no second file system at " TMPFS);
      return;
    }
  g_assert_nonnull (g_mkdtemp (base));
  g_free (fixture->base);
  fixture->base = g_strdup (base);
  live_fixture_restart (fixture);

  first = live_fixture_save (fixture, "{'a':1}", 1, NULL);
  test_replace_file (fixture->path, "{\"half\": ");
  second = live_fixture_save (fixture, "{'a':2}", 2, "{'a':1}");
  g_assert_null (second);
  g_assert_cmpuint (live_fixture_count (beside), ==, 1);
  live_fixture_settle (fixture);
  g_assert_cmpuint (live_fixture_count (beside), ==, 0);
  g_assert_cmpuint (fixture->notices->len, ==, 1);
  test_remove_tree (base);
}

static void
add (const char *parent, const char *prefix)
{
  static const struct
  {
    const char *name;
    void (*function) (LiveFixture *fixture, gconstpointer data);
  } tests[] = {
    { "load", test_load },
    { "load-invalid", test_load_invalid },
    { "load-too-large", test_load_too_large },
    { "load-irregular", test_load_irregular },
    { "load-unreadable", test_load_unreadable },
    { "save-makes-file", test_save_makes_file },
    { "stamp", test_stamp },
    { "attributes-stay", test_attributes_stay },
    { "shape-stays", test_shape_stays },
    { "symlinks-stay", test_symlinks_stay },
    { "displaced", test_displaced },
    { "displaced-though-read", test_displaced_though_read },
    { "displaced-text", test_displaced_text },
    { "late-writer", test_late_writer },
    { "late-writer-stays", test_late_writer_stays },
    { "directory-is-refused", test_directory_is_refused },
    { "missing-directory", test_missing_directory },
    { "sweep", test_sweep },
    { "crash-keeps-edit", test_crash_keeps_edit },
    { "base-on-other-device", test_base_on_other_device },
  };

  for (guint i = 0; i < G_N_ELEMENTS (tests); i++)
    {
      g_autofree char *path = g_strconcat ("/live-file/", prefix, tests[i].name, NULL);

      g_test_add (path, LiveFixture, parent, live_fixture_set_up, tests[i].function,
                  live_fixture_tear_down);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  add (NULL, "");
  if (g_file_test (TMPFS, G_FILE_TEST_IS_DIR))
    add (TMPFS, "tmpfs/");
  return g_test_run ();
}
