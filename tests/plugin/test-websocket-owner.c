/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Whose the other end of a connection on this machine is: real sockets, asked for by both ways.
 */

#include <confsync.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../plugins/websocket/confsync-websocket-owner.h"

#define OTHER_UID 65534

static const ConfsyncOwnerSource sources[] = { CONFSYNC_OWNER_ANY, CONFSYNC_OWNER_NETLINK,
                                               CONFSYNC_OWNER_TABLE };

/* One connection, seen from the side that accepted. */
typedef struct
{
  GSocket *listener;
  GSocket *dialled;
  GSocket *accepted;
  GInetSocketAddress *local;
  GInetSocketAddress *remote;
} Link;

static GSocket *
open_socket (GSocketFamily family)
{
  g_autoptr (GError) error = NULL;
  GSocket *socket = g_socket_new (family, G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_TCP, &error);

  g_assert_no_error (error);
  return socket;
}

static GSocketAddress *
make_address (const char *host, guint16 port)
{
  g_autoptr (GInetAddress) address = g_inet_address_new_from_string (host);

  return g_inet_socket_address_new (address, port);
}

static void
listen_at (Link *link, GSocketFamily family, const char *host)
{
  g_autoptr (GSocketAddress) address = make_address (host, 0);
  g_autoptr (GError) error = NULL;

  link->listener = open_socket (family);
  g_socket_bind (link->listener, address, TRUE, &error);
  g_assert_no_error (error);
  g_socket_listen (link->listener, &error);
  g_assert_no_error (error);
}

static guint16
get_port (Link *link)
{
  g_autoptr (GSocketAddress) address = g_socket_get_local_address (link->listener, NULL);

  return g_inet_socket_address_get_port (G_INET_SOCKET_ADDRESS (address));
}

static void
dial (Link *link, const char *host)
{
  g_autoptr (GSocketAddress) address = make_address (host, get_port (link));
  g_autoptr (GError) error = NULL;

  link->dialled = open_socket (g_socket_address_get_family (address));
  g_socket_connect (link->dialled, address, NULL, &error);
  g_assert_no_error (error);
}

static void
accept_one (Link *link)
{
  g_autoptr (GError) error = NULL;

  link->accepted = g_socket_accept (link->listener, NULL, &error);
  g_assert_no_error (error);
  link->local = G_INET_SOCKET_ADDRESS (g_socket_get_local_address (link->accepted, NULL));
  link->remote = G_INET_SOCKET_ADDRESS (g_socket_get_remote_address (link->accepted, NULL));
}

static void
link_clear (Link *link)
{
  g_clear_object (&link->listener);
  g_clear_object (&link->dialled);
  g_clear_object (&link->accepted);
  g_clear_object (&link->local);
  g_clear_object (&link->remote);
}

static void
assert_owner (Link *link, guint uid)
{
  for (guint i = 0; i < G_N_ELEMENTS (sources); i++)
    {
      g_autoptr (GError) error = NULL;
      guint found = 12345;

      confsync_websocket_owner_find (link->local, link->remote, sources[i], &found, &error);
      g_assert_no_error (error);
      g_assert_cmpuint (found, ==, uid);
    }
}

static void
test_own (void)
{
  static const struct
  {
    GSocketFamily family;
    const char *listen;
    const char *dial;
  } cases[] = {
    { G_SOCKET_FAMILY_IPV4, "127.0.0.1", "127.0.0.1" },
    { G_SOCKET_FAMILY_IPV4, "0.0.0.0", "127.0.0.5" },
    { G_SOCKET_FAMILY_IPV6, "::1", "::1" },
    { G_SOCKET_FAMILY_IPV6, "::", "127.0.0.1" },
  };

  g_test_summary ("IPv4, IPv6, and IPv4 on a socket for both");
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      Link link = { 0 };
      g_autofree char *stranger = NULL;

      listen_at (&link, cases[i].family, cases[i].listen);
      dial (&link, cases[i].dial);
      accept_one (&link);
      assert_owner (&link, geteuid ());
      stranger = confsync_websocket_owner_dup_stranger (link.local, link.remote);
      g_assert_null (stranger);
      link_clear (&link);
    }
}

static void
test_gone (void)
{
  Link link = { 0 };
  g_autofree char *stranger = NULL;
  guint uid;

  g_test_summary ("An end that was closed is nobody's, and not root's");
  listen_at (&link, G_SOCKET_FAMILY_IPV4, "127.0.0.1");
  dial (&link, "127.0.0.1");
  accept_one (&link);
  g_socket_close (link.dialled, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (sources); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_false (
        confsync_websocket_owner_find (link.local, link.remote, sources[i], &uid, &error));
      g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
    }
  stranger = confsync_websocket_owner_dup_stranger (link.local, link.remote);
  g_assert_cmpstr (stranger, ==, "somebody who can't be told (nobody holds that end any more)");
  link_clear (&link);
}

static void
test_elsewhere (void)
{
  g_autoptr (GSocketAddress) local = make_address ("10.0.0.1", 8765);
  g_autoptr (GSocketAddress) remote = make_address ("10.0.0.2", 51234);
  g_autofree char *stranger = confsync_websocket_owner_dup_stranger (
    G_INET_SOCKET_ADDRESS (local), G_INET_SOCKET_ADDRESS (remote));

  g_test_summary ("Nobody of another machine is a stranger of this one");
  g_assert_null (stranger);
}

/* Another user that dials, and stays until it is killed. */
static pid_t
dial_as_other (Link *link)
{
  g_autoptr (GSocketAddress) address = make_address ("127.0.0.1", get_port (link));
  struct sockaddr_storage native;
  pid_t pid;

  g_assert_true (g_socket_address_to_native (address, &native, sizeof native, NULL));
  pid = fork ();
  if (pid != 0)
    return pid;
  if (setresuid (OTHER_UID, OTHER_UID, OTHER_UID) != 0 ||
      connect (socket (AF_INET, SOCK_STREAM, 0), (struct sockaddr *) &native,
               sizeof (struct sockaddr_in)) != 0)
    _exit (1);
  while (TRUE)
    pause ();
}

static void
test_other (void)
{
  Link link = { 0 };
  g_autofree char *stranger = NULL;
  pid_t pid;

  g_test_summary ("Another user is told by number");
  if (geteuid () != 0)
    {
      g_test_skip ("only root can be somebody else");
      return;
    }
  listen_at (&link, G_SOCKET_FAMILY_IPV4, "127.0.0.1");
  pid = dial_as_other (&link);
  accept_one (&link);
  assert_owner (&link, OTHER_UID);
  stranger = confsync_websocket_owner_dup_stranger (link.local, link.remote);
  g_assert_cmpstr (stranger, ==, "user 65534");
  kill (pid, SIGKILL);
  g_assert_cmpint (waitpid (pid, NULL, 0), ==, pid);
  link_clear (&link);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/websocket-owner/own", test_own);
  g_test_add_func ("/websocket-owner/gone", test_gone);
  g_test_add_func ("/websocket-owner/elsewhere", test_elsewhere);
  g_test_add_func ("/websocket-owner/other", test_other);
  return g_test_run ();
}
