/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Which instance a command is about: by file, by folder, by where one is, and what is said where
 * that is none, several, or one that doesn't answer.
 */

#include "config.h"

#include <fcntl.h>
#include <gio/gunixsocketaddress.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include <confsync.h>

#include "confsync-control-path.h"
#include "confsync-control-place.h"
#include "confsync-finder.h"
#include "test-util.h"

/* long enough for a process that has nothing else to do, short enough to wait for */
#define MUTE_TIMEOUT_MS 200

typedef struct {
  char *dir;
  GPtrArray *instances;
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  fixture->dir = test_temp_dir ();
  fixture->instances = g_ptr_array_new_with_free_func ((GDestroyNotify) confsync_instance_free);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  g_ptr_array_unref (fixture->instances);
  test_remove_tree (fixture->dir);
  g_free (fixture->dir);
}

static char *
path_in (Fixture *fixture, const char *name)
{
  return g_build_filename (fixture->dir, name, NULL);
}

static void
make_folder (Fixture *fixture, const char *name)
{
  g_autofree char *path = path_in (fixture, name);

  g_assert_cmpint (g_mkdir_with_parents (path, 0700), ==, 0);
}

/* An instance that keeps @file and has its versions in @base_dir, both below the folder. */
static void
add_instance (Fixture *fixture, const char *file, const char *base_dir)
{
  g_auto (GVariantDict) document = G_VARIANT_DICT_INIT (NULL);
  g_autofree char *file_path = path_in (fixture, file), *base_path = path_in (fixture, base_dir);

  make_folder (fixture, base_dir);
  g_variant_dict_insert_value (&document, "Path", g_variant_new_bytestring (file_path));
  g_variant_dict_insert_value (&document, "BaseDir", g_variant_new_bytestring (base_path));
  g_ptr_array_add (fixture->instances,
                   confsync_instance_new (NULL, "/document/_", g_variant_new ("a{sv}", NULL),
                                          g_variant_dict_end (&document)));
}

static void
assert_picked (Fixture *fixture, const ConfsyncWhich *which, const char *file)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (ConfsyncInstance) picked = confsync_finder_pick (fixture->instances, which, &error);
  g_autofree char *path = path_in (fixture, file);

  g_assert_no_error (error);
  g_assert_cmpstr (confsync_instance_get_file (picked), ==, path);
  g_ptr_array_add (fixture->instances, g_steal_pointer (&picked));
}

static void
assert_refused (Fixture *fixture, const ConfsyncWhich *which, GQuark domain, const char *words)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (confsync_finder_pick (fixture->instances, which, &error));
  g_assert_nonnull (error);
  g_assert_cmpint (error->domain, ==, domain);
  if (strstr (error->message, words) == NULL)
    g_error ("“%s” doesn't say “%s”", error->message, words);
}

static void
test_by_file (Fixture *fixture, gconstpointer data)
{
  g_autofree char *file = path_in (fixture, "a/../a//one.json");
  g_autofree char *link = path_in (fixture, "link"), *a = path_in (fixture, "a");
  g_autofree char *by_link = path_in (fixture, "link/two.json");
  g_autofree char *none = path_in (fixture, "a/three.json");

  g_test_summary ("The file need not exist; folders are what they are, however spelled");
  add_instance (fixture, "a/one.json", "a");
  add_instance (fixture, "a/two.json", "b");
  g_assert_cmpint (symlink (a, link), ==, 0);
  assert_picked (fixture, &(ConfsyncWhich){ .file = file }, "a/one.json");
  assert_picked (fixture, &(ConfsyncWhich){ .file = by_link }, "a/two.json");
  assert_refused (fixture, &(ConfsyncWhich){ .file = none }, G_IO_ERROR, "start one");
}

static void
test_by_base_dir (Fixture *fixture, gconstpointer data)
{
  g_autofree char *a = path_in (fixture, "a"), *b = path_in (fixture, "b/.");
  g_autofree char *none = path_in (fixture, "c"), *file = path_in (fixture, "a/one.json");

  add_instance (fixture, "a/one.json", "a");
  add_instance (fixture, "a/two.json", "b");
  assert_picked (fixture, &(ConfsyncWhich){ .base_dir = a }, "a/one.json");
  assert_picked (fixture, &(ConfsyncWhich){ .base_dir = b }, "a/two.json");
  assert_refused (fixture, &(ConfsyncWhich){ .base_dir = none }, G_IO_ERROR, "two.json");
  /* both together must fit */
  assert_refused (fixture, &(ConfsyncWhich){ .file = file, .base_dir = b }, G_IO_ERROR,
                  "no instance");
}

static void
test_here (Fixture *fixture, gconstpointer data)
{
  g_autofree char *a = path_in (fixture, "a"), *b = path_in (fixture, "b");
  g_autofree char *elsewhere = path_in (fixture, "c");

  add_instance (fixture, "a/one.json", "b");
  make_folder (fixture, "a");
  make_folder (fixture, "c");
  assert_picked (fixture, &(ConfsyncWhich){ .here = a }, "a/one.json");
  assert_picked (fixture, &(ConfsyncWhich){ .here = b }, "a/one.json");
  assert_refused (fixture, &(ConfsyncWhich){ .here = elsewhere }, G_IO_ERROR, "a/one.json");
}

static void
test_several (Fixture *fixture, gconstpointer data)
{
  g_autofree char *a = path_in (fixture, "a");

  add_instance (fixture, "a/one.json", "a");
  add_instance (fixture, "a/two.json", "b");
  assert_refused (fixture, &(ConfsyncWhich){ .here = a }, CONFSYNC_ERROR, "two.json");
  assert_refused (fixture, &(ConfsyncWhich){ .here = a }, CONFSYNC_ERROR, "one.json");
}

static void
test_hostile_name (Fixture *fixture, gconstpointer data)
{
  g_autofree char *a = path_in (fixture, "a");

  add_instance (fixture, "a/\033[2J.json", "a");
  add_instance (fixture, "a/two.json", "b");
  assert_refused (fixture, &(ConfsyncWhich){ .here = a }, CONFSYNC_ERROR, "a/\\x1b[2J.json");
}

/* Sockets are looked for below the fixture's folder. */
static char *
make_socket_path (Fixture *fixture, const char *file)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *path = path_in (fixture, file);
  char *socket;

  g_setenv ("XDG_RUNTIME_DIR", fixture->dir, TRUE);
  make_folder (fixture, "confsync");
  socket = confsync_control_dup_socket (path, &error);
  g_assert_no_error (error);
  return socket;
}

static void
assert_not_found (const ConfsyncWhich *which, int code, const char *words)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (confsync_finder_find (which, MUTE_TIMEOUT_MS, &error));
  g_assert_error (error, G_IO_ERROR, code);
  if (strstr (error->message, words) == NULL)
    g_error ("“%s” doesn't say “%s”", error->message, words);
}

static void
test_dead_socket (Fixture *fixture, gconstpointer data)
{
  g_autofree char *socket = make_socket_path (fixture, "a.json");
  g_autofree char *file = path_in (fixture, "a.json");
  g_autoptr (GSocketAddress) address = g_unix_socket_address_new (socket);
  g_autoptr (GSocket) left = g_socket_new (G_SOCKET_FAMILY_UNIX, G_SOCKET_TYPE_STREAM, 0, NULL);

  g_test_summary ("What a killed instance left is as good as nothing");
  assert_not_found (&(ConfsyncWhich){ .file = file }, G_IO_ERROR_NOT_FOUND, "start one");
  g_assert_true (g_socket_bind (left, address, TRUE, NULL));
  g_socket_close (left, NULL);
  assert_not_found (&(ConfsyncWhich){ .file = file }, G_IO_ERROR_NOT_FOUND, "start one");
  assert_not_found (&(ConfsyncWhich){ .here = fixture->dir }, G_IO_ERROR_NOT_FOUND, "no instance");
}

static void
test_mute_socket (Fixture *fixture, gconstpointer data)
{
  g_autofree char *socket = make_socket_path (fixture, "a.json");
  g_autofree char *file = path_in (fixture, "a.json");
  g_autoptr (GSocketAddress) address = g_unix_socket_address_new (socket);
  g_autoptr (GSocket) mute = g_socket_new (G_SOCKET_FAMILY_UNIX, G_SOCKET_TYPE_STREAM, 0, NULL);
  const gint64 begin = g_get_monotonic_time ();

  g_test_summary ("An instance that is stopped takes connections and says nothing");
  g_assert_true (g_socket_bind (mute, address, TRUE, NULL));
  g_assert_true (g_socket_listen (mute, NULL));
  assert_not_found (&(ConfsyncWhich){ .file = file }, G_IO_ERROR_TIMED_OUT, "doesn't answer");
  assert_not_found (&(ConfsyncWhich){ .here = fixture->dir }, G_IO_ERROR_NOT_FOUND,
                    "These didn't answer");
  g_assert_cmpint (g_get_monotonic_time () - begin, <, TEST_DEADLINE_MS * G_TIME_SPAN_MILLISECOND);
}

/* As an instance writes it beside its socket. */
static void
write_place (const char *socket, const char *file, const char *base_dir)
{
  g_autofree char *path = g_strconcat (socket, CONFSYNC_CONTROL_LOCK_SUFFIX, NULL);
  const int fd = open (path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  g_autoptr (GError) error = NULL;

  g_assert_cmpint (fd, >=, 0);
  g_assert_true (confsync_control_place_write (fd, file, base_dir, &error));
  close (fd);
}

static void
test_not_in_the_way (Fixture *fixture, gconstpointer data)
{
  g_autofree char *socket = make_socket_path (fixture, "a.json");
  g_autofree char *file = path_in (fixture, "a.json"), *elsewhere = path_in (fixture, "b");
  g_autoptr (GSocketAddress) address = g_unix_socket_address_new (socket);
  g_autoptr (GSocket) mute = g_socket_new (G_SOCKET_FAMILY_UNIX, G_SOCKET_TYPE_STREAM, 0, NULL);
  g_autoptr (GPtrArray) likely = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GPtrArray) others = g_ptr_array_new_with_free_func (g_free);

  g_test_summary ("What stands beside a socket says whether to ask it at all");
  make_folder (fixture, "b");
  g_assert_true (g_socket_bind (mute, address, TRUE, NULL));
  g_assert_true (g_socket_listen (mute, NULL));
  confsync_finder_sort (&(ConfsyncWhich){ .here = elsewhere }, likely, others);
  g_assert_cmpuint (likely->len, ==, 1); /* nothing is known of it, so it must be asked */
  g_ptr_array_set_size (likely, 0);

  write_place (socket, file, NULL);
  confsync_finder_sort (&(ConfsyncWhich){ .here = elsewhere }, likely, others);
  g_assert_cmpuint (likely->len, ==, 0);
  g_assert_cmpuint (others->len, ==, 1);
  confsync_finder_sort (&(ConfsyncWhich){ .base_dir = fixture->dir }, likely, others);
  g_assert_cmpuint (likely->len, ==, 1);
  g_ptr_array_set_size (likely, 0);
  write_place (socket, file, elsewhere);
  confsync_finder_sort (&(ConfsyncWhich){ .here = elsewhere }, likely, others);
  g_assert_cmpuint (likely->len, ==, 1);
}

static void
assert_place (const char *socket, const char *file, const char *base_dir)
{
  g_autofree char *got_file = NULL, *got_base_dir = NULL;

  g_assert_cmpint (confsync_control_place_read (socket, &got_file, &got_base_dir), ==,
                   file != NULL);
  g_assert_cmpstr (got_file, ==, file);
  g_assert_cmpstr (got_base_dir, ==, base_dir);
}

static void
test_place (Fixture *fixture, gconstpointer data)
{
  g_autofree char *socket = path_in (fixture, "x.socket");
  g_autofree char *lock = path_in (fixture, "x.socket" CONFSYNC_CONTROL_LOCK_SUFFIX);
  const char *const broken[] = { "", "12", "12\n", "12\n/a", "12\n/a\n/b\n" };

  assert_place (socket, NULL, NULL);
  write_place (socket, "/a/./b.json", NULL);
  assert_place (socket, "/a/b.json", "/a");
  write_place (socket, "/a/\xff\n\033.json", "/c/");
  assert_place (socket, "/a/\xff\n\033.json", "/c");
  write_place (socket, "/a", "/");
  assert_place (socket, "/a", "/");
  for (gsize i = 0; i < G_N_ELEMENTS (broken); i++)
    {
      test_write_file (lock, broken[i]);
      assert_place (socket, NULL, NULL);
    }
  g_assert_true (g_file_set_contents (lock, "1\n/a\0b\0", 7, NULL));
  assert_place (socket, NULL, NULL);
  g_assert_true (g_file_set_contents (lock, "1\n/a\0/b\0x", 9, NULL));
  assert_place (socket, NULL, NULL);
}

static guint
count_elsewhere (const char *users, uid_t owner)
{
  g_autoptr (GPtrArray) found = confsync_finder_list_elsewhere (users, "x.socket", owner);

  return found->len;
}

static void
test_elsewhere (Fixture *fixture, gconstpointer data)
{
  g_autofree char *users = path_in (fixture, "users");
  g_autofree char *path = path_in (fixture, "users/1000/confsync/x.socket");
  g_autofree char *file = path_in (fixture, "users/1001/confsync/x.socket");
  g_autofree char *link = path_in (fixture, "users/1002/confsync/x.socket");
  g_autoptr (GSocketAddress) address = g_unix_socket_address_new (path);
  g_autoptr (GSocket) socket = g_socket_new (G_SOCKET_FAMILY_UNIX, G_SOCKET_TYPE_STREAM, 0, NULL);

  g_test_summary ("Only a socket of who owns the file counts; a link to one or a file doesn't");
  g_assert_cmpuint (count_elsewhere (users, getuid ()), ==, 0);
  make_folder (fixture, "users/1000/confsync");
  make_folder (fixture, "users/1001/confsync");
  make_folder (fixture, "users/1002/confsync");
  test_write_file (file, "");
  g_assert_cmpint (symlink (path, link), ==, 0);
  g_assert_cmpuint (count_elsewhere (users, getuid ()), ==, 0);
  g_assert_true (g_socket_bind (socket, address, TRUE, NULL));
  g_assert_cmpuint (count_elsewhere (users, getuid ()), ==, 1);
  g_assert_cmpuint (count_elsewhere (users, getuid () + 1), ==, 0);
}

#define ADD(path, function) \
  g_test_add ("/finder/" path, Fixture, NULL, set_up, function, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  ADD ("by-file", test_by_file);
  ADD ("by-base-dir", test_by_base_dir);
  ADD ("here", test_here);
  ADD ("several", test_several);
  ADD ("hostile-name", test_hostile_name);
  ADD ("dead-socket", test_dead_socket);
  ADD ("mute-socket", test_mute_socket);
  ADD ("not-in-the-way", test_not_in_the_way);
  ADD ("place", test_place);
  ADD ("elsewhere", test_elsewhere);

  return g_test_run ();
}
