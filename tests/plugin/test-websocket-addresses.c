/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Where the websocket transport listens and what it dials: addresses, refusals, and servers that
 * are none of ours.
 */

#include "fixture.h"

#include <stdlib.h>
#include <string.h>

static void
test_refused (Fixture *fixture, gconstpointer data)
{
  g_autofree char *address = NULL;
  g_autofree char *expected = NULL;
  const char *port;

  g_test_summary ("Where nobody listens, the error says where, and what to look for");

  fixture_listen_on (fixture, "ws://127.0.0.1:0", CONFSYNC_LISTEN_NONE);
  address = g_strdup (confsync_listener_get_address (fixture->listener));
  confsync_listener_stop (fixture->listener);
  fixture_dial (fixture, address);
  wait_for (fixture->here.closed == 1);

  port = strrchr (address, ':') + 1;
  expected = g_strdup_printf ("connection refused by 127.0.0.1:%d (is confsync running there?)",
                              atoi (port));
  g_assert_error (fixture->here.error, G_IO_ERROR, G_IO_ERROR_CONNECTION_REFUSED);
  g_assert_cmpstr (fixture->here.error->message, ==, expected);
}

/* a server on a free port that says @greeting to whoever connects and nothing more */
static gboolean
greet_cb (GSocketService *service,
          GSocketConnection *connection,
          GObject *source,
          gpointer greeting)
{
  g_output_stream_write_all (g_io_stream_get_output_stream (G_IO_STREAM (connection)), greeting,
                             strlen (greeting), NULL, NULL, NULL);
  g_object_set_data_full (G_OBJECT (service), "kept", g_object_ref (connection), g_object_unref);
  return TRUE;
}

static GSocketService *
greeter (const char *greeting, guint16 *port)
{
  GSocketService *service = g_socket_service_new ();
  g_autoptr (GInetAddress) loopback = g_inet_address_new_loopback (G_SOCKET_FAMILY_IPV4);
  g_autoptr (GSocketAddress) any = g_inet_socket_address_new (loopback, 0);
  g_autoptr (GSocketAddress) bound = NULL;

  g_assert_true (g_socket_listener_add_address (G_SOCKET_LISTENER (service), any,
                                                G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_TCP, NULL,
                                                &bound, NULL));
  *port = g_inet_socket_address_get_port (G_INET_SOCKET_ADDRESS (bound));
  g_signal_connect (service, "incoming", G_CALLBACK (greet_cb), (gpointer) greeting);
  return service;
}

typedef struct
{
  const char *name;
  const char *greeting;
  int code;
  const char *part; /* of the error's message */
} Stranger;

static const Stranger strangers[] = {
  { "ssh", "SSH-2.0-OpenSSH_9.2\r\n", CONFSYNC_ERROR_INVALID_MESSAGE, "not HTTP: “SSH-2.0" },
  { "escape", "\033[2Jx", CONFSYNC_ERROR_INVALID_MESSAGE, "\\033[2Jx" },
  { "not-found", "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", CONFSYNC_ERROR_REFUSED,
    "404 Not Found" },
  { "plain-ok", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", CONFSYNC_ERROR_REFUSED,
    "200 OK" },
  { "wrong-accept",
    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Accept: AAAAAAAAAAAAAAAAAAAAAAAAAAA=\r\n\r\n",
    CONFSYNC_ERROR_INVALID_MESSAGE, "answer to our key" },
  { "no-upgrade", "HTTP/1.1 101 Switching Protocols\r\n\r\n", CONFSYNC_ERROR_INVALID_MESSAGE,
    "doesn't say that it upgrades" },
  { "folded", "HTTP/1.1 101 Yes\r\nUpgrade: web\r\n socket\r\n\r\n",
    CONFSYNC_ERROR_INVALID_MESSAGE, "without a proper name" },
};

static void
test_stranger (Fixture *fixture, gconstpointer data)
{
  const Stranger *stranger = data;
  guint16 port = 0;
  g_autoptr (GSocketService) service = greeter (stranger->greeting, &port);
  g_autofree char *address = g_strdup_printf ("ws://127.0.0.1:%u", port);
  g_autofree char *where = g_strdup_printf ("127.0.0.1:%u", port);

  fixture_dial (fixture, address);
  wait_for (fixture->here.closed == 1);
  g_assert_cmpuint (fixture->here.opened, ==, 0);
  g_assert_error (fixture->here.error, CONFSYNC_ERROR, stranger->code);
  g_assert_nonnull (strstr (fixture->here.error->message, stranger->part));
  g_assert_nonnull (strstr (fixture->here.error->message, where));
}

static void
test_silent (Fixture *fixture, gconstpointer data)
{
  guint16 port = 0;
  g_autoptr (GSocketService) service = greeter ("", &port);
  g_autofree char *address = g_strdup_printf ("ws://127.0.0.1:%u", port);

  g_test_summary ("A server that never answers is given up at the deadline");

  g_object_set (fixture->transport, "handshake-timeout", 100, NULL);
  fixture_dial (fixture, address);
  wait_for (fixture->here.closed == 1);
  g_assert_error (fixture->here.error, CONFSYNC_ERROR, CONFSYNC_ERROR_DEADLINE);
  g_assert_nonnull (strstr (fixture->here.error->message, "100 ms"));
}

static void
test_endless_answer (Fixture *fixture, gconstpointer data)
{
  g_autofree char *filling = g_strnfill (20000, 'x');
  g_autofree char *greeting = g_strconcat ("HTTP/1.1 101 Yes\r\nX: ", filling, NULL);
  guint16 port = 0;
  g_autoptr (GSocketService) service = greeter (greeting, &port);
  g_autofree char *address = g_strdup_printf ("ws://127.0.0.1:%u", port);

  g_test_summary ("An answer whose head has no end is given up at 16 KiB");

  fixture_dial (fixture, address);
  wait_for (fixture->here.closed == 1);
  g_assert_error (fixture->here.error, CONFSYNC_ERROR, CONFSYNC_ERROR_TOO_LARGE);
}

static void
test_wrong_path (Fixture *fixture, gconstpointer data)
{
  g_autofree char *address = NULL;

  g_test_summary ("Both ends say what is wrong with a path that is not served");

  fixture_listen_on (fixture, "ws://127.0.0.1:0", CONFSYNC_LISTEN_NONE);
  address = g_strconcat (confsync_listener_get_address (fixture->listener), "X", NULL);
  fixture_dial (fixture, address);
  wait_for (fixture->here.closed == 1);
  g_assert_error (fixture->here.error, CONFSYNC_ERROR, CONFSYNC_ERROR_REFUSED);
  g_assert_nonnull (strstr (fixture->here.error->message, "404"));
  g_assert_nonnull (strstr (fixture->refusals->str, "asked for “/syncX”"));
}

static void
test_own_path (Fixture *fixture, gconstpointer data)
{
  g_test_summary ("An address may have a path of its own");

  fixture_listen_on (fixture, "ws://127.0.0.1:0/a/b", CONFSYNC_LISTEN_NONE);
  g_assert_true (g_str_has_suffix (confsync_listener_get_address (fixture->listener), "/a/b"));
  fixture_dial (fixture, confsync_listener_get_address (fixture->listener));
  wait_for (fixture->here.opened == 1 && fixture->there.channel != NULL);
}

static void
test_in_use (Fixture *fixture, gconstpointer data)
{
  g_autoptr (ConfsyncListener) first = NULL;
  g_autofree char *address = NULL;

  g_test_summary ("An address in use is named");

  fixture_listen_on (fixture, "ws://127.0.0.1:0", CONFSYNC_LISTEN_NONE);
  first = g_steal_pointer (&fixture->listener);
  address = g_strdup (confsync_listener_get_address (first));
  fixture_listen_on (fixture, address, CONFSYNC_LISTEN_NONE);
  g_assert_error (fixture->listen_error, G_IO_ERROR, G_IO_ERROR_ADDRESS_IN_USE);
  g_assert_nonnull (strstr (fixture->listen_error->message, "127.0.0.1:"));
  confsync_listener_stop (first);
}

static void
test_exposed (Fixture *fixture, gconstpointer data)
{
  g_test_summary ("An address that others can reach needs leave");

  fixture_listen_on (fixture, "ws://0.0.0.0:0", CONFSYNC_LISTEN_NONE);
  g_assert_error (fixture->listen_error, CONFSYNC_ERROR, CONFSYNC_ERROR_REFUSED);
  g_assert_nonnull (strstr (fixture->listen_error->message, "open to other machines"));
  g_assert_null (strchr (fixture->listen_error->message, '\n'));
  g_clear_error (&fixture->listen_error);

  fixture_listen_on (fixture, "ws://0.0.0.0:0", CONFSYNC_LISTEN_EXPOSED);
  g_assert_no_error (fixture->listen_error);
  g_assert_true (confsync_listener_is_exposed (fixture->listener));
}

static gboolean
has_ipv6 (void)
{
  g_autoptr (GInetAddress) loopback = g_inet_address_new_loopback (G_SOCKET_FAMILY_IPV6);
  g_autoptr (GSocketAddress) address = g_inet_socket_address_new (loopback, 0);
  g_autoptr (GSocket) socket =
    g_socket_new (G_SOCKET_FAMILY_IPV6, G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_TCP, NULL);

  return socket != NULL && g_socket_bind (socket, address, FALSE, NULL);
}

static void
test_ipv6 (Fixture *fixture, gconstpointer data)
{
  g_test_summary ("IPv6 stands in brackets");

  if (!has_ipv6 ())
    {
      g_test_skip ("this machine has no ::1");
      return;
    }
  fixture_listen_on (fixture, "ws://[::1]:0", CONFSYNC_LISTEN_NONE);
  g_assert_no_error (fixture->listen_error);
  g_assert_true (
    g_str_has_prefix (confsync_listener_get_address (fixture->listener), "ws://[::1]:"));
  fixture_dial (fixture, confsync_listener_get_address (fixture->listener));
  wait_for (fixture->here.opened == 1 && fixture->there.channel != NULL);
  g_assert_true (g_str_has_prefix (confsync_channel_get_remote (fixture->here.channel), "[::1]:"));
  g_assert_true (confsync_channel_is_local (fixture->there.channel));
}

static void
test_localhost (Fixture *fixture, gconstpointer data)
{
  static const char *const hosts[] = { "localhost", "127.0.0.1", "[::1]" };
  int port;

  g_test_summary ("localhost listens on IPv4 and, where there is one, on IPv6");

  fixture_listen_on (fixture, "ws://localhost:0", CONFSYNC_LISTEN_NONE);
  g_assert_no_error (fixture->listen_error);
  g_assert_false (confsync_listener_is_exposed (fixture->listener));
  port = atoi (strrchr (confsync_listener_get_address (fixture->listener), ':') + 1);

  for (guint i = 0; i < (has_ipv6 () ? 3 : 2); i++)
    {
      g_autofree char *address = g_strdup_printf ("ws://%s:%d", hosts[i], port);

      fixture_dial (fixture, address);
      wait_for (fixture->here.opened == 1 && fixture->there.channel != NULL);
      end_clear (&fixture->here);
      end_clear (&fixture->there);
    }
}

static void
test_bad_addresses (Fixture *fixture, gconstpointer data)
{
  static const char *const bad[] = {
    "",
    "127.0.0.1:8765",
    "http://127.0.0.1",
    "ws://",
    "ws://:8765",
    "ws://user@127.0.0.1",
    "ws://127.0.0.1/sync?x=1",
    "ws://127.0.0.1/sync#x",
    "ws://127.0.0.1:99999",
    "ws://127.0.0.1/a b",
    "ws://127.0.0.1/a\r\nX: y",
    "ws://127.0.0.1/health",
    "ws://exa mple",
    "ws://127.0.0.1:0", /* only for listening */
    "wss://user@127.0.0.1",
  };

  g_test_summary ("An address that makes no sense is refused with a reason, at once");

  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_null (confsync_transport_dial (fixture->transport, bad[i], &error));
      g_assert_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_INVALID_ADDRESS);
      g_assert_null (strpbrk (error->message, "\r\n"));
    }
}

static void
test_unknown_host (Fixture *fixture, gconstpointer data)
{
  g_test_summary ("A name that nobody knows is named in the error");

  fixture_listen_on (fixture, "ws://nobody.invalid:0", CONFSYNC_LISTEN_NONE);
  g_assert_nonnull (fixture->listen_error);
  g_assert_nonnull (strstr (fixture->listen_error->message, "nobody.invalid"));

  fixture_dial (fixture, "ws://nobody.invalid:8765");
  wait_for (fixture->here.closed == 1);
  g_assert_nonnull (fixture->here.error);
  g_assert_nonnull (strstr (fixture->here.error->message, "nobody.invalid:8765"));
}

static void
add (const char *path, gconstpointer data, void (*function) (Fixture *, gconstpointer))
{
  g_test_add (path, Fixture, data, fixture_set_up, function, fixture_tear_down);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  add ("/websocket/refused", NULL, test_refused);
  add ("/websocket/silent", NULL, test_silent);
  add ("/websocket/endless-answer", NULL, test_endless_answer);
  add ("/websocket/wrong-path", NULL, test_wrong_path);
  add ("/websocket/own-path", NULL, test_own_path);
  add ("/websocket/in-use", NULL, test_in_use);
  add ("/websocket/exposed", NULL, test_exposed);
  add ("/websocket/ipv6", NULL, test_ipv6);
  add ("/websocket/localhost", NULL, test_localhost);
  add ("/websocket/bad-addresses", NULL, test_bad_addresses);
  add ("/websocket/unknown-host", NULL, test_unknown_host);
  for (guint i = 0; i < G_N_ELEMENTS (strangers); i++)
    {
      g_autofree char *path = g_strconcat ("/websocket/stranger/", strangers[i].name, NULL);

      add (path, &strangers[i], test_stranger);
    }
  return g_test_run ();
}
