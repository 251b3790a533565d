/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Where the unix transport may listen: addresses, directories, modes, and what is there already.
 */

#include <confsync.h>

#include <errno.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "test-channel-end.h"
#include "test-util.h"

#define PATH_MAX_BYTES 107
#define NOBODY 65534

typedef struct
{
  ConfsyncTransport *transport;
  char *dir;
  char *path;
  char *address;
} Fixture;

static ConfsyncTransport *
make_transport (void)
{
  g_autoptr (GError) error = NULL;
  GType type = confsync_registry_find (CONFSYNC_TYPE_TRANSPORT, "unix", &error);

  g_assert_no_error (error);
  return g_object_new (type, NULL);
}

static void
set_up (Fixture *fixture, gconstpointer data)
{
  fixture->transport = make_transport ();
  fixture->dir = test_temp_dir ();
  fixture->path = g_build_filename (fixture->dir, "socket", NULL);
  fixture->address = g_strconcat ("unix:", fixture->path, NULL);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  g_assert_finalize_object (fixture->transport);
  test_remove_tree (fixture->dir);
  g_free (fixture->dir);
  g_free (fixture->path);
  g_free (fixture->address);
}

static struct stat
look_at (const char *path)
{
  struct stat info;

  g_assert_no_errno (lstat (path, &info));
  return info;
}

static void
assert_mode (const char *path, guint type, guint mode)
{
  struct stat info = look_at (path);

  g_assert_cmphex (info.st_mode, ==, type | mode);
}

/* A listener that isn't ours, and takes no lock. */
static int
bind_foreign (const char *path, int type)
{
  int fd = socket (AF_UNIX, type | SOCK_CLOEXEC, 0);
  struct sockaddr_un address = { .sun_family = AF_UNIX };

  g_assert_no_errno (fd);
  g_strlcpy (address.sun_path, path, sizeof address.sun_path);
  g_assert_no_errno (bind (fd, (struct sockaddr *) &address, sizeof address));
  return fd;
}

static void
leave_stale_socket (const char *path)
{
  g_assert_no_errno (close (bind_foreign (path, SOCK_STREAM)));
  g_assert_cmphex (look_at (path).st_mode & S_IFMT, ==, S_IFSOCK);
}

/* Both ends come up over what listens there. */
static void
assert_served (ConfsyncTransport *transport, TestPort *port)
{
  guint before = port->ends->len;
  g_autoptr (TestEnd) dialled =
    test_end_dial (transport, confsync_listener_get_address (port->listener));

  test_end_wait_opened (dialled);
  test_port_wait (port, before);
}

static void
test_addresses (Fixture *fixture, gconstpointer data)
{
  static const struct
  {
    const char *address;
    const char *part; /* of the message */
  } bad[] = {
    { "unix:", "the path is missing" },
    { "unix:socket", "has to begin with a slash, as in unix:/" },
    { "unix:./socket", "has to begin with a slash, as in unix:/" },
    { "unix:@name", "abstract" },
    { "unix://host/socket", "a host has no place in it" },
    { "unix:/run/", "names a directory" },
    { "unix:/run/a\nb", "control characters" },
    { "unix:/run/\xff", "not UTF-8" },
  };

  g_test_summary ("What is no address is refused with its reason, by both ends");

  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autoptr (GError) dial = NULL;
      g_autoptr (GError) listen = test_port_new_error (fixture->transport, bad[i].address);

      g_assert_null (confsync_transport_dial (fixture->transport, bad[i].address, &dial));
      g_assert_error (dial, CONFSYNC_ERROR, CONFSYNC_ERROR_INVALID_ADDRESS);
      g_assert_nonnull (strstr (dial->message, bad[i].part));
      g_assert_error (listen, CONFSYNC_ERROR, CONFSYNC_ERROR_INVALID_ADDRESS);
      g_assert_cmpstr (listen->message, ==, dial->message);
      g_assert_true (g_utf8_validate (dial->message, -1, NULL));
      g_assert_null (strchr (dial->message, '\n'));
    }
}

static void
test_url (Fixture *fixture, gconstpointer data)
{
  g_autofree char *url = g_strconcat ("unix://", fixture->path, NULL);
  g_autoptr (TestPort) port = test_port_new (fixture->transport, url);

  g_test_summary ("unix:///path is unix:/path");

  g_assert_cmpstr (confsync_listener_get_address (port->listener), ==, fixture->address);
  assert_served (fixture->transport, port);
}

/* An address whose path has so many bytes. */
static char *
make_long_address (Fixture *fixture, gsize bytes)
{
  g_autofree char *rest = g_strnfill (bytes - strlen (fixture->dir) - 1, 'x');

  return g_strconcat ("unix:", fixture->dir, "/", rest, NULL);
}

static void
test_long_path (Fixture *fixture, gconstpointer data)
{
  g_autofree char *most = make_long_address (fixture, PATH_MAX_BYTES);
  g_autofree char *more = make_long_address (fixture, PATH_MAX_BYTES + 1);
  g_autoptr (TestPort) port = test_port_new (fixture->transport, most);
  g_autoptr (GError) error = test_port_new_error (fixture->transport, more);

  g_test_summary ("A path of 107 bytes will do; 108 are refused, and both figures are named");

  assert_served (fixture->transport, port);
  g_assert_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_INVALID_ADDRESS);
  g_assert_nonnull (strstr (error->message, "108"));
  g_assert_nonnull (strstr (error->message, "107"));
}

static void
test_modes (Fixture *fixture, gconstpointer data)
{
  static const mode_t masks[] = { 0, 022, 077 };
  g_autofree char *outer = g_build_filename (fixture->dir, "made", NULL);
  g_autofree char *inner = g_build_filename (outer, "inside", NULL);
  g_autofree char *path = g_build_filename (inner, "socket", NULL);
  g_autofree char *address = g_strconcat ("unix:", path, NULL);

  g_test_summary ("Socket 0600, missing directories 0700, whatever the umask");

  for (guint i = 0; i < G_N_ELEMENTS (masks); i++)
    {
      mode_t before = umask (masks[i]);
      g_autoptr (TestPort) port = test_port_new (fixture->transport, address);

      umask (before);
      assert_mode (outer, S_IFDIR, 0700);
      assert_mode (inner, S_IFDIR, 0700);
      assert_mode (path, S_IFSOCK, 0600);
      g_clear_pointer (&port, test_port_free);
      g_assert_no_errno (g_rmdir (inner));
      g_assert_no_errno (g_rmdir (outer));
    }
}

static void
test_odd_umask (Fixture *fixture, gconstpointer data)
{
  mode_t before = umask (0277);
  g_autoptr (TestPort) port = test_port_new (fixture->transport, fixture->address);

  umask (before);
  g_test_summary ("A umask that would keep the owner out as well is mended");

  assert_mode (fixture->path, S_IFSOCK, 0600);
}

static void
test_directories (Fixture *fixture, gconstpointer data)
{
  static const struct
  {
    mode_t mode;
    gboolean good;
  } rows[] = {
    { 0700, TRUE },  { 0750, TRUE },  { 0755, TRUE },   { 0711, TRUE },
    { 0770, FALSE }, { 0775, FALSE }, { 01777, FALSE }, { 0702, FALSE },
  };

  g_test_summary ("A directory that others may write to is refused, sticky or not");

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_assert_no_errno (chmod (fixture->dir, rows[i].mode));
      if (rows[i].good)
        test_port_free (test_port_new (fixture->transport, fixture->address));
      else
        {
          g_autoptr (GError) error = test_port_new_error (fixture->transport, fixture->address);

          g_assert_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_REFUSED);
          g_assert_nonnull (strstr (error->message, fixture->dir));
          g_assert_nonnull (strstr (error->message, "other users may write there"));
        }
      /* nothing is left, the lock included */
      g_assert_no_errno (g_rmdir (fixture->dir));
      g_assert_no_errno (g_mkdir (fixture->dir, 0700));
    }
}

static void
test_foreign_directory (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  g_test_summary ("A directory of another user is refused");

  if (geteuid () != 0)
    {
      g_test_skip ("only root can give a directory to another user");
      return;
    }
  g_assert_no_errno (chown (fixture->dir, NOBODY, NOBODY));
  error = test_port_new_error (fixture->transport, fixture->address);
  g_assert_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_REFUSED);
  g_assert_nonnull (strstr (error->message, "belongs to another user"));
}

static void
test_stale (Fixture *fixture, gconstpointer data)
{
  g_autofree char *lock = g_strconcat (fixture->path, ".lock", NULL);
  g_autoptr (TestPort) port = NULL;

  g_test_summary ("What a process left behind when it died, its lock file too, is taken over");

  leave_stale_socket (fixture->path);
  test_write_file (lock, "");
  port = test_port_new (fixture->transport, fixture->address);
  assert_mode (fixture->path, S_IFSOCK, 0600);
  assert_served (fixture->transport, port);

  confsync_listener_stop (port->listener);
  g_assert_cmpint (g_access (fixture->path, F_OK), ==, -1);
  g_assert_cmpint (g_access (lock, F_OK), ==, -1);
}

static void
test_live (Fixture *fixture, gconstpointer data)
{
  int fd = bind_foreign (fixture->path, SOCK_STREAM);
  struct stat before = look_at (fixture->path);
  g_autoptr (GError) error = NULL;
  g_autoptr (GError) again = NULL;

  g_test_summary ("A socket that somebody listens on stays, also where the queue is full");

  g_assert_no_errno (listen (fd, 0));
  error = test_port_new_error (fixture->transport, fixture->address);
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_ADDRESS_IN_USE);
  /* the knock waits there for ever, and fills the queue */
  again = test_port_new_error (fixture->transport, fixture->address);
  g_assert_error (again, G_IO_ERROR, G_IO_ERROR_ADDRESS_IN_USE);
  g_assert_cmpuint (look_at (fixture->path).st_ino, ==, before.st_ino);
  g_assert_no_errno (close (fd));
}

static void
test_datagram (Fixture *fixture, gconstpointer data)
{
  int fd = bind_foreign (fixture->path, SOCK_DGRAM);
  g_autoptr (GError) error = test_port_new_error (fixture->transport, fixture->address);

  g_test_summary ("A socket of another kind is in use");

  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_ADDRESS_IN_USE);
  g_assert_no_errno (close (fd));
  look_at (fixture->path);
}

static void
test_no_socket (Fixture *fixture, gconstpointer data)
{
  g_autofree char *other = g_build_filename (fixture->dir, "other", NULL);

  g_test_summary ("A file, a link, a directory, a pipe in its place are left alone");

  for (guint i = 0; i < 5; i++)
    {
      g_autoptr (GError) error = NULL;
      struct stat before;

      if (i == 0)
        test_write_file (fixture->path, "precious");
      else if (i == 1)
        leave_stale_socket (other);
      if (i == 1)
        g_assert_no_errno (symlink ("other", fixture->path));
      else if (i == 2)
        g_assert_no_errno (symlink ("nowhere", fixture->path));
      else if (i == 3)
        g_assert_no_errno (g_mkdir (fixture->path, 0700));
      else if (i == 4)
        g_assert_no_errno (mkfifo (fixture->path, 0600));

      before = look_at (fixture->path);
      error = test_port_new_error (fixture->transport, fixture->address);
      g_assert_error (error, G_IO_ERROR, G_IO_ERROR_EXISTS);
      g_assert_nonnull (strstr (error->message, fixture->path));
      g_assert_cmpuint (look_at (fixture->path).st_ino, ==, before.st_ino);
      g_assert_no_errno (remove (fixture->path));
    }
  look_at (other);
}

static void
test_lock_is_a_link (Fixture *fixture, gconstpointer data)
{
  g_autofree char *lock = g_strconcat (fixture->path, ".lock", NULL);
  g_autofree char *victim = g_build_filename (fixture->dir, "victim", NULL);
  g_autoptr (GError) error = NULL;

  g_test_summary ("A link in the place of the lock is not followed, nor removed");

  g_assert_no_errno (symlink (victim, lock));
  error = test_port_new_error (fixture->transport, fixture->address);
  g_assert_nonnull (strstr (error->message, "socket.lock"));
  g_assert_cmpint (g_access (victim, F_OK), ==, -1);
  g_assert_cmphex (look_at (lock).st_mode & S_IFMT, ==, S_IFLNK);
}

static void
test_stop_removes_own (Fixture *fixture, gconstpointer data)
{
  g_autoptr (TestPort) port = test_port_new (fixture->transport, fixture->address);
  int fd;

  g_test_summary ("A socket that took the place of ours is not removed with it");

  g_assert_no_errno (g_unlink (fixture->path));
  fd = bind_foreign (fixture->path, SOCK_STREAM);
  confsync_listener_stop (port->listener);
  g_assert_cmphex (look_at (fixture->path).st_mode & S_IFMT, ==, S_IFSOCK);
  g_assert_no_errno (close (fd));
}

/* Several that start at once */

#define STARTERS 6

typedef struct
{
  const char *address;
  int *waiting; /* starters that are not there yet */
  int served;
  int refused;
  int *holders; /* that listen now */
} Starter;

static void
started_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  ConfsyncListener **listener = user_data;
  g_autoptr (GError) error = NULL;

  *listener = confsync_transport_listen_finish (CONFSYNC_TRANSPORT (source), result, &error);
  if (*listener == NULL)
    g_assert_error (error, G_IO_ERROR, G_IO_ERROR_ADDRESS_IN_USE);
}

/* Starts, is served by itself if it got the place, stops without a trace or as if it had died. */
static void
start_once (Starter *starter, ConfsyncTransport *transport)
{
  ConfsyncListener *unset = GINT_TO_POINTER (-1);
  ConfsyncListener *listener = unset;

  confsync_transport_listen_async (transport, starter->address, CONFSYNC_LISTEN_NONE, NULL,
                                   started_cb, &listener);
  while (listener == unset)
    g_main_context_iteration (g_main_context_get_thread_default (), TRUE);
  if (listener == NULL)
    {
      starter->refused++;
      return;
    }

  g_assert_cmpint (g_atomic_int_add (starter->holders, 1), ==, 0);
  {
    g_autoptr (TestEnd) end = test_end_dial (transport, starter->address);

    test_end_wait_opened (end);
  }
  starter->served++;
  g_atomic_int_add (starter->holders, -1);
  confsync_listener_stop (listener);
  g_object_unref (listener);
}

static gpointer
starter_thread (gpointer data)
{
  Starter *starter = data;
  g_autoptr (GMainContext) context = g_main_context_new ();
  g_autoptr (ConfsyncTransport) transport = NULL;

  g_main_context_push_thread_default (context);
  transport = make_transport ();
  g_atomic_int_add (starter->waiting, -1);
  while (g_atomic_int_get (starter->waiting) > 0)
    g_thread_yield ();
  for (guint i = 0; i < 100; i++)
    start_once (starter, transport);
  g_clear_object (&transport);
  g_main_context_pop_thread_default (context);
  return NULL;
}

static void
test_starters (Fixture *fixture, gconstpointer data)
{
  int waiting = STARTERS, holders = 0, served = 0, refused = 0;
  Starter starters[STARTERS];
  GThread *threads[STARTERS];

  g_test_summary ("Of many that start at once, one at a time has the place, and is reached there");

  leave_stale_socket (fixture->path);
  for (guint i = 0; i < STARTERS; i++)
    {
      starters[i] =
        (Starter) { .address = fixture->address, .waiting = &waiting, .holders = &holders };
      threads[i] = g_thread_new ("starter", starter_thread, &starters[i]);
    }
  for (guint i = 0; i < STARTERS; i++)
    {
      g_thread_join (threads[i]);
      served += starters[i].served;
      refused += starters[i].refused;
    }
  g_test_message ("%d times the place was had, %d times it was taken", served, refused);
  g_assert_cmpint (served, >, STARTERS);
  g_assert_cmpint (refused, >, 0);
  g_assert_cmpint (g_access (fixture->path, F_OK), ==, -1);
}

int
main (int argc, char **argv)
{
  static const struct
  {
    const char *path;
    void (*function) (Fixture *fixture, gconstpointer data);
  } tests[] = {
    { "/unix-places/addresses", test_addresses },
    { "/unix-places/url", test_url },
    { "/unix-places/long-path", test_long_path },
    { "/unix-places/modes", test_modes },
    { "/unix-places/odd-umask", test_odd_umask },
    { "/unix-places/directories", test_directories },
    { "/unix-places/foreign-directory", test_foreign_directory },
    { "/unix-places/stale", test_stale },
    { "/unix-places/live", test_live },
    { "/unix-places/datagram", test_datagram },
    { "/unix-places/no-socket", test_no_socket },
    { "/unix-places/lock-is-a-link", test_lock_is_a_link },
    { "/unix-places/stop-removes-own", test_stop_removes_own },
    { "/unix-places/starters", test_starters },
  };

  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (tests); i++)
    g_test_add (tests[i].path, Fixture, NULL, set_up, tests[i].function, tear_down);
  return g_test_run ();
}
