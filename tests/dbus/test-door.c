/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Who comes to the control socket: strangers to the protocol, too many, those who never end, those
 * who never read; and who else wants the socket.
 */

#include "config.h"

#include "control-fixture.h"

#include <errno.h>
#include <gio/gunixsocketaddress.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "confsync-control-claim.h"
#include "confsync-control-path.h"

#define CONTENT "{'a':1}"

static void
set_up (Control *self, gconstpointer data)
{
  control_set_up (self, data);
}

/* A bare socket, connected. */
static GSocket *
knock (Control *self)
{
  g_autoptr (GSocketAddress) address =
    g_unix_socket_address_new (confsync_control_server_get_socket (self->server));
  g_autoptr (GError) error = NULL;
  GSocket *socket = g_socket_new (G_SOCKET_FAMILY_UNIX, G_SOCKET_TYPE_STREAM,
                                  G_SOCKET_PROTOCOL_DEFAULT, &error);

  g_assert_no_error (error);
  g_socket_connect (socket, address, NULL, &error);
  g_assert_no_error (error);
  g_socket_set_blocking (socket, FALSE);
  return socket;
}

/* Until the other end takes no more; gives how much it took. */
static gsize
push (GSocket *socket, const char *bytes, gsize size)
{
  gsize sent = 0;

  while (sent < size)
    {
      const gssize n = g_socket_send (socket, bytes + sent, size - sent, NULL, NULL);

      if (n <= 0)
        break;
      sent += n;
    }
  return sent;
}

/* Reads what is there, and says whether it is over. */
static gboolean
is_ended (gpointer data)
{
  char buffer[65536];
  g_autoptr (GError) error = NULL;
  gssize n;

  do
    n = g_socket_receive (data, buffer, sizeof buffer, NULL, &error);
  while (n > 0);
  return n == 0 || !g_error_matches (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK);
}

static gboolean
is_welcomed (gpointer data)
{
  char buffer[256];
  const gssize n = g_socket_receive (data, buffer, sizeof buffer, NULL, NULL);

  return n > 3 && memcmp (buffer, "OK ", 3) == 0;
}

/* As our own user; what follows is messages. */
static void
introduce (GSocket *socket)
{
  g_autofree char *uid = g_strdup_printf ("%u", (guint) geteuid ());
  g_autoptr (GString) hello = g_string_new_len ("\0AUTH EXTERNAL ", 15);

  for (const char *p = uid; *p != '\0'; p++)
    g_string_append_printf (hello, "%02x", *p);
  g_string_append (hello, "\r\n");
  g_assert_cmpuint (push (socket, hello->str, hello->len), ==, hello->len);
  g_assert_true (test_wait_until (is_welcomed, socket, TEST_DEADLINE_MS));
  g_assert_cmpuint (push (socket, "BEGIN\r\n", 7), ==, 7);
}

static void
assert_serves (Control *self)
{
  g_autoptr (GDBusConnection) client = control_connect (self);
  g_autofree char *value = control_ask (client, "GetValue", g_variant_new ("(s)", "/a"));

  g_assert_cmpstr (value, ==, "1");
  control_disconnect (self, g_steal_pointer (&client));
}

static void
test_garbage (Control *self, gconstpointer data)
{
  const char *const openings[] = { "GET / HTTP/1.1\r\n\r\n", "\0AUTH ANONYMOUS\r\n",
                                   "\0AUTH DBUS_COOKIE_SHA1 30\r\n", "\0\0\0\0", "\377\377\377" };
  const gsize sizes[] = { 18, 17, 27, 4, 3 };
  g_autofree char *flood = g_malloc0 (1024 * 1024);

  for (guint i = 0; i < G_N_ELEMENTS (openings); i++)
    {
      g_autoptr (GSocket) socket = knock (self);

      push (socket, openings[i], sizes[i]);
      g_socket_shutdown (socket, FALSE, TRUE, NULL);
      g_assert_true (test_wait_until (is_ended, socket, TEST_DEADLINE_MS));
    }
  memset (flood, 'A', 1024 * 1024);
  for (guint i = 0; i < 3; i++)
    {
      g_autoptr (GSocket) socket = knock (self);

      push (socket, "\0", 1);
      push (socket, flood, 1024 * 1024);
      g_socket_shutdown (socket, FALSE, TRUE, NULL);
      g_assert_true (test_wait_until (is_ended, socket, TEST_DEADLINE_MS));
    }
  assert_serves (self);
}

/* As our own user, and then something that is no message. */
static void
test_garbage_inside (Control *self, gconstpointer data)
{
  g_autoptr (GSocket) socket = knock (self);

  introduce (socket);
  /* GDBus tells of it, and has no other way to */
  g_test_expect_message ("GLib-GIO", G_LOG_LEVEL_WARNING, "*exceeds maximum message length*");
  push (socket, "l\1\0\1\377\377\377\377 nothing of use \377\377", 26);
  g_assert_true (test_wait_until (is_ended, socket, TEST_DEADLINE_MS));
  g_test_assert_expected_messages ();
  assert_serves (self);
}

/* Those who say nothing occupy the door for a few seconds, not for ever. */
static void
test_half_open (Control *self, gconstpointer data)
{
  g_autoptr (GPtrArray) silent = g_ptr_array_new_with_free_func (g_object_unref);

  for (guint i = 0; i < 10; i++)
    g_ptr_array_add (silent, knock (self));
  g_assert_true (test_wait_until (is_ended, silent->pdata[0], TEST_DEADLINE_MS));
  g_ptr_array_set_size (silent, 0);
  assert_serves (self);
}

static void
test_many (Control *self, gconstpointer data)
{
  for (guint i = 0; i < 100; i++)
    assert_serves (self);
}

static void
test_too_many (Control *self, gconstpointer data)
{
  g_autoptr (GPtrArray) clients = g_ptr_array_new_with_free_func (g_object_unref);
  g_autoptr (GSocket) late = NULL;

  for (guint i = 0; i < 64; i++)
    g_ptr_array_add (clients, control_connect (self));
  late = knock (self);
  g_assert_true (test_wait_until (is_ended, late, TEST_DEADLINE_MS));
  g_assert_cmpuint (self->notices->len, ==, 1);
  test_assert_contains (self->notices->pdata[0], "64 control connections");
  for (guint i = 0; i < 64; i++)
    control_disconnect (self, g_object_ref (clients->pdata[i]));
  g_ptr_array_set_size (clients, 0);
  assert_serves (self);
}

/* Calls go out without anybody reading what comes back: a message by hand, again and again. */
static GBytes *
make_calls (guint n)
{
  GByteArray *bytes = g_byte_array_new ();

  for (guint i = 1; i <= n; i++)
    {
      g_autoptr (GDBusMessage) message = g_dbus_message_new_method_call (
        NULL, CONFSYNC_CONTROL_DOCUMENT_PREFIX "_", CONFSYNC_DBUS_NAME ".Document", "GetDocument");
      g_autofree guchar *blob = NULL;
      g_autoptr (GError) error = NULL;
      gsize size;

      g_dbus_message_set_serial (message, i);
      /* these count as well */
      g_dbus_message_set_flags (message, i % 2 ? G_DBUS_MESSAGE_FLAGS_NO_REPLY_EXPECTED : 0);
      blob = g_dbus_message_to_blob (message, &size, G_DBUS_CAPABILITY_FLAGS_NONE, &error);
      g_assert_no_error (error);
      g_byte_array_append (bytes, blob, size);
    }
  return g_byte_array_free_to_bytes (bytes);
}

typedef struct
{
  GSocket *socket;
  GBytes *bytes;
  gsize sent;
  GPtrArray *notices;
} Flood;

static gboolean
is_put_out (gpointer data)
{
  Flood *flood = data;
  gsize size;
  const char *bytes = g_bytes_get_data (flood->bytes, &size);

  flood->sent += push (flood->socket, bytes + flood->sent, size - flood->sent);
  return flood->notices->len > 0;
}

static void
test_never_reads (Control *self, gconstpointer data)
{
  g_autofree char *filling = g_strnfill (1000 * 1000, 'x');
  g_autofree char *text = g_strdup_printf ("{'a':1,'big':'%s'}", filling);
  g_autoptr (GSocket) socket = NULL;
  g_autoptr (GBytes) calls = make_calls (2000);
  Flood flood = { .bytes = calls, .notices = self->notices };

  instance_edit (self->a, text);
  world_expect (&self->world, text);
  flood.socket = socket = knock (self);
  introduce (socket);
  /* it takes some seventy answers of a megabyte */
  g_assert_true (test_wait_until (is_put_out, &flood, 6 * TEST_DEADLINE_MS));
  test_assert_contains (self->notices->pdata[0], "more than it reads");
  g_assert_true (test_wait_until (is_ended, socket, TEST_DEADLINE_MS));
  assert_serves (self);
}

/* Somebody who only listens, but doesn't read, while the configuration changes and changes. */
static void
test_never_reads_signals (Control *self, gconstpointer data)
{
  g_autoptr (GSocket) socket = knock (self);

  introduce (socket);
  for (guint i = 0; i < 20000 && self->notices->len == 0; i++)
    {
      g_autofree char *text = g_strdup_printf ("{'a':1,'i':%u}", i);

      instance_set (&self->world, self->a, text);
    }
  g_assert_cmpuint (self->notices->len, ==, 1);
  test_assert_contains (self->notices->pdata[0], "more than it reads");
  g_assert_true (test_wait_until (is_ended, socket, TEST_DEADLINE_MS));
  assert_serves (self);
}

/* The socket itself */

static void
test_socket (Control *self, gconstpointer data)
{
  const char *path = confsync_control_server_get_socket (self->server);
  g_autofree char *folder = g_path_get_dirname (path);
  g_auto (GStrv) sockets = confsync_control_list_sockets ();
  GStatBuf info;

  g_assert_cmpint (g_stat (path, &info), ==, 0);
  g_assert_true (S_ISSOCK (info.st_mode));
  g_assert_cmpint (info.st_mode & 0777, ==, 0600);
  g_assert_cmpint (g_stat (folder, &info), ==, 0);
  g_assert_cmpint (info.st_mode & 0777, ==, 0700);
  g_assert_cmpstrv (sockets, ((const char *[]) { path, NULL }));
}

static void
test_second_instance (Control *self, gconstpointer data)
{
  g_autofree char *file = g_build_filename (g_getenv ("XDG_RUNTIME_DIR"), "a.json", NULL);
  g_autofree char *pid = g_strdup_printf ("process %d", (int) getpid ());
  g_autoptr (ConfsyncControlClaim) claim = NULL;
  g_autoptr (GError) error = NULL;

  claim = confsync_control_claim_new (file, NULL, &error);
  g_assert_null (claim);
  g_assert_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_BUSY);
  test_assert_contains (error->message, pid);
  test_assert_contains (error->message, "a.json");
  assert_serves (self);
}

/* What a killed process leaves: a socket that nobody listens on, and a lock that nobody holds. */
static void
test_dead_instance (void)
{
  g_autofree char *file = g_build_filename (g_getenv ("XDG_RUNTIME_DIR"), "dead.json", NULL);
  g_autofree char *other = g_build_filename (g_getenv ("XDG_RUNTIME_DIR"), "other.json", NULL);
  g_autofree char *folder = confsync_control_dup_folder ();
  g_autofree char *path = NULL, *lock = NULL;
  g_autoptr (ConfsyncControlClaim) claim = NULL;
  g_autoptr (GSocket) socket = NULL;
  g_autoptr (GError) error = NULL;

  path = confsync_control_dup_socket (file, &error);
  g_assert_no_error (error);
  lock = g_strconcat (path, ".lock", NULL);
  g_assert_cmpint (g_mkdir_with_parents (folder, 0700), ==, 0);
  test_write_file (path, "");
  test_write_file (lock, "1\n");
  claim = confsync_control_claim_new (file, NULL, &error);
  g_assert_no_error (error);
  socket = confsync_control_claim_listen (claim, &error);
  g_assert_no_error (error);
  g_clear_pointer (&claim, confsync_control_claim_free);
  g_assert_false (g_file_test (path, G_FILE_TEST_EXISTS));
  g_assert_false (g_file_test (lock, G_FILE_TEST_EXISTS));

  /* one for another file is swept away too */
  test_write_file (path, "");
  test_write_file (lock, "1\n");
  claim = confsync_control_claim_new (other, NULL, &error);
  g_assert_no_error (error);
  g_assert_false (g_file_test (path, G_FILE_TEST_EXISTS));
  g_assert_false (g_file_test (lock, G_FILE_TEST_EXISTS));
}

static void
test_bad_folder (void)
{
  g_autofree char *file = g_build_filename (g_getenv ("XDG_RUNTIME_DIR"), "a.json", NULL);
  g_autofree char *folder = confsync_control_dup_folder ();
  g_autofree char *elsewhere = test_temp_dir ();
  g_autoptr (GError) error = NULL;

  g_assert_cmpint (g_mkdir_with_parents (folder, 0700), ==, 0);
  g_assert_cmpint (g_chmod (folder, 0755), ==, 0);
  g_assert_null (confsync_control_claim_new (file, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_PERMISSION_DENIED);
  test_assert_contains (error->message, "chmod 700");
  g_clear_error (&error);

  g_assert_cmpint (g_rmdir (folder), ==, 0);
  g_assert_cmpint (symlink (elsewhere, folder), ==, 0);
  g_assert_null (confsync_control_claim_new (file, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_PERMISSION_DENIED);
  g_clear_error (&error);
  g_assert_cmpint (g_unlink (folder), ==, 0);
  g_assert_cmpint (g_mkdir_with_parents (folder, 0700), ==, 0);
  test_remove_tree (elsewhere);
}

static void
test_paths (void)
{
  const char *runtime = g_getenv ("XDG_RUNTIME_DIR");
  g_autofree char *real = g_build_filename (runtime, "real", NULL);
  g_autofree char *link = g_build_filename (runtime, "link", NULL);
  g_autofree char *one = g_build_filename (real, "a.json", NULL);
  g_autofree char *two = g_build_filename (link, "..", "link", "a.json", NULL);
  g_autofree char *missing = g_build_filename (real, "missing", "missing", "a.json", NULL);
  g_autofree char *folder = g_build_filename (real, "coming", NULL);
  g_autofree char *coming = g_build_filename (link, "coming", "a.json", NULL);
  g_autofree char *first = NULL, *second = NULL, *before = NULL, *after = NULL, *document = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_cmpint (g_mkdir (real, 0700), ==, 0);
  g_assert_cmpint (symlink ("real", link), ==, 0);
  first = confsync_control_dup_socket (one, &error);
  g_assert_no_error (error);
  second = confsync_control_dup_socket (two, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (first, ==, second);
  g_assert_null (confsync_control_dup_socket (missing, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
  test_assert_contains (error->message, "real/missing");
  g_clear_error (&error);

  /* a folder that an instance will make has its name already */
  before = confsync_control_dup_socket (coming, &error);
  g_assert_no_error (error);
  g_assert_cmpint (symlink ("nowhere", folder), ==, 0);
  g_assert_null (confsync_control_dup_socket (coming, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
  g_clear_error (&error);
  g_assert_cmpint (g_unlink (folder), ==, 0);
  g_assert_cmpint (g_mkdir (folder, 0700), ==, 0);
  after = confsync_control_dup_socket (coming, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (before, ==, after);

  document = confsync_control_dup_document_path ("");
  g_assert_cmpstr (document, ==, CONFSYNC_CONTROL_DOCUMENT_PREFIX "_");
  g_assert_cmpint (g_unlink (link), ==, 0);
  g_assert_cmpint (g_rmdir (folder), ==, 0);
  g_assert_cmpint (g_rmdir (real), ==, 0);
}

int
main (int argc, char **argv)
{
  int result;

  g_test_init (&argc, &argv, NULL);
  control_init ();
#define ADD(name, function)                                                                        \
  g_test_add ("/control-door/" name, Control, CONTENT, set_up, function, control_tear_down)
  ADD ("garbage", test_garbage);
  ADD ("garbage-inside", test_garbage_inside);
  ADD ("half-open", test_half_open);
  ADD ("many", test_many);
  ADD ("too-many", test_too_many);
  ADD ("never-reads", test_never_reads);
  ADD ("never-reads-signals", test_never_reads_signals);
  ADD ("socket", test_socket);
  ADD ("second-instance", test_second_instance);
  g_test_add_func ("/control-door/dead-instance", test_dead_instance);
  g_test_add_func ("/control-door/bad-folder", test_bad_folder);
  g_test_add_func ("/control-door/paths", test_paths);
  result = g_test_run ();
  control_finish ();
  return result;
}
