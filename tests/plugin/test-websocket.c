/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * The websocket transport, with both ends in one process. What a stranger may try on it stands in
 * tests/hostile.
 */

#include <confsync.h>

#include <string.h>

#define WAIT_MS 10000
#define LARGE_BYTES (10 * 1024 * 1024)
#define MANY 1000

/* one end of a link, and what was heard of it */
typedef struct
{
  ConfsyncChannel *channel;
  GPtrArray *received; /* of GBytes */
  guint opened;
  guint closed;
  GError *error;
} End;

typedef struct
{
  ConfsyncTransport *transport;
  ConfsyncListener *listener;
  GError *listen_error;
  End here;  /* the dialled end */
  End there; /* the accepted end */
  GString *refusals;
} Fixture;

static gboolean
late_cb (gpointer user_data)
{
  g_error ("waited for more than %d ms for: %s", WAIT_MS, (const char *) user_data);
  return G_SOURCE_REMOVE;
}

/* the one place where a test waits */
#define wait_for(condition) \
  G_STMT_START \
  { \
    guint late = g_timeout_add (WAIT_MS, late_cb, (gpointer) #condition); \
    while (!(condition)) \
      g_main_context_iteration (NULL, TRUE); \
    g_source_remove (late); \
  } \
  G_STMT_END

static void
end_opened_cb (ConfsyncChannel *channel, End *end)
{
  end->opened++;
}

static void
end_received_cb (ConfsyncChannel *channel, GBytes *message, End *end)
{
  g_assert_cmpuint (end->closed, ==, 0);
  g_ptr_array_add (end->received, g_bytes_ref (message));
}

static void
end_closed_cb (ConfsyncChannel *channel, const GError *error, End *end)
{
  end->closed++;
  end->error = error != NULL ? g_error_copy (error) : NULL;
}

static void
end_take (End *end, ConfsyncChannel *channel)
{
  g_assert_null (end->channel);
  end->channel = channel;
  end->received = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  g_signal_connect (channel, "opened", G_CALLBACK (end_opened_cb), end);
  g_signal_connect (channel, "received", G_CALLBACK (end_received_cb), end);
  g_signal_connect (channel, "closed", G_CALLBACK (end_closed_cb), end);
}

static void
end_clear (End *end)
{
  if (end->channel != NULL)
    {
      confsync_channel_close (end->channel);
      wait_for (end->closed > 0);
      g_assert_cmpuint (end->closed, ==, 1);
      g_assert_finalize_object (end->channel);
    }
  g_clear_pointer (&end->received, g_ptr_array_unref);
  g_clear_error (&end->error);
}

static void
accepted_cb (ConfsyncListener *listener, ConfsyncChannel *channel, Fixture *fixture)
{
  g_assert_true (confsync_channel_is_open (channel));
  end_take (&fixture->there, g_object_ref (channel));
}

static void
refused_cb (ConfsyncListener *listener, const char *remote, const char *reason, Fixture *fixture)
{
  g_string_append_printf (fixture->refusals, "%s: %s\n", remote, reason);
}

static void
listened_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Fixture *fixture = user_data;

  fixture->listener = confsync_transport_listen_finish (CONFSYNC_TRANSPORT (source), result,
                                                        &fixture->listen_error);
}

/* The listener is in the fixture afterwards, or the error. */
static void
listen_on (Fixture *fixture, const char *address, ConfsyncListenFlags flags)
{
  g_assert_null (fixture->listener);
  confsync_transport_listen_async (fixture->transport, address, flags, NULL, listened_cb, fixture);
  wait_for (fixture->listener != NULL || fixture->listen_error != NULL);
  if (fixture->listener == NULL)
    return;

  g_signal_connect (fixture->listener, "accepted", G_CALLBACK (accepted_cb), fixture);
  g_signal_connect (fixture->listener, "refused", G_CALLBACK (refused_cb), fixture);
}

static void
dial (Fixture *fixture, const char *address)
{
  g_autoptr (GError) error = NULL;
  ConfsyncChannel *channel = confsync_transport_dial (fixture->transport, address, &error);

  g_assert_no_error (error);
  g_assert_false (confsync_channel_is_open (channel));
  end_take (&fixture->here, channel);
}

static void
set_up (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  GType type = confsync_registry_find (CONFSYNC_TYPE_TRANSPORT, "ws", &error);

  g_assert_no_error (error);
  fixture->transport = g_object_new (type, NULL);
  fixture->refusals = g_string_new (NULL);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  end_clear (&fixture->here);
  end_clear (&fixture->there);
  if (fixture->listener != NULL)
    {
      confsync_listener_stop (fixture->listener);
      g_assert_finalize_object (fixture->listener);
    }
  g_clear_error (&fixture->listen_error);
  g_string_free (fixture->refusals, TRUE);
  g_assert_finalize_object (fixture->transport);
}

static void
link_up (Fixture *fixture)
{
  listen_on (fixture, "ws://127.0.0.1:0", CONFSYNC_LISTEN_NONE);
  g_assert_no_error (fixture->listen_error);
  dial (fixture, confsync_listener_get_address (fixture->listener));
  wait_for (fixture->here.opened == 1 && fixture->there.channel != NULL);
}

static void
send_text (ConfsyncChannel *channel, const char *text)
{
  g_autoptr (GBytes) message = g_bytes_new (text, strlen (text));

  confsync_channel_send (channel, message);
}

static void
assert_text (GBytes *message, const char *text)
{
  g_assert_cmpmem (g_bytes_get_data (message, NULL), g_bytes_get_size (message), text,
                   strlen (text));
}

static void
test_open (Fixture *fixture, gconstpointer data)
{
  const char *address;

  g_test_summary ("A link opens on a free port; both ends know who and what is on the other side");

  link_up (fixture);
  address = confsync_listener_get_address (fixture->listener);
  g_assert_true (g_str_has_prefix (address, "ws://127.0.0.1:"));
  g_assert_true (g_str_has_suffix (address, "/sync"));
  g_assert_null (strstr (address, ":0/"));
  g_assert_false (confsync_listener_is_exposed (fixture->listener));

  g_assert_cmpstr (confsync_channel_get_protocol (fixture->here.channel), ==, "confsync.v1");
  g_assert_cmpstr (confsync_channel_get_protocol (fixture->there.channel), ==, "confsync.v1");
  g_assert_true (confsync_channel_is_local (fixture->here.channel));
  g_assert_true (confsync_channel_is_local (fixture->there.channel));
  g_assert_nonnull (strstr (address, confsync_channel_get_remote (fixture->here.channel)));
  g_assert_true (
    g_str_has_prefix (confsync_channel_get_remote (fixture->there.channel), "127.0.0.1:"));
}

static void
test_both_ways (Fixture *fixture, gconstpointer data)
{
  static const guint8 binary[] = { 0x1f, 0x8b, 0x00, 0xff };
  g_autoptr (GBytes) message = g_bytes_new_static (binary, sizeof binary);

  g_test_summary ("Text and binary go both ways unchanged");

  link_up (fixture);
  send_text (fixture->here.channel, "{\"a\":\"ä\"}");
  confsync_channel_send (fixture->here.channel, message);
  send_text (fixture->there.channel, "{\"b\":2}");
  confsync_channel_send (fixture->there.channel, message);
  wait_for (fixture->here.received->len == 2 && fixture->there.received->len == 2);

  assert_text (fixture->there.received->pdata[0], "{\"a\":\"ä\"}");
  g_assert_true (g_bytes_equal (fixture->there.received->pdata[1], message));
  assert_text (fixture->here.received->pdata[0], "{\"b\":2}");
  g_assert_true (g_bytes_equal (fixture->here.received->pdata[1], message));
}

static void
test_not_utf8 (Fixture *fixture, gconstpointer data)
{
  static const char odd[] = "{\"\xff\"}";
  g_autoptr (GBytes) message = g_bytes_new_static (odd, strlen (odd));

  g_test_summary ("What begins like an object and is no UTF-8 travels as binary");

  link_up (fixture);
  confsync_channel_send (fixture->here.channel, message);
  wait_for (fixture->there.received->len == 1);
  g_assert_true (g_bytes_equal (fixture->there.received->pdata[0], message));
}

static GBytes *
large_message (gsize size)
{
  char *text = g_malloc (size);

  memset (text, 'x', size);
  text[0] = '{';
  return g_bytes_new_take (text, size);
}

static void
test_large (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GBytes) message = large_message (LARGE_BYTES);

  g_test_summary ("10 MiB arrive whole, and get_buffered goes down to nothing meanwhile");

  link_up (fixture);
  confsync_channel_send (fixture->here.channel, message);
  g_assert_cmpuint (confsync_channel_get_buffered (fixture->here.channel), >, LARGE_BYTES / 2);
  g_assert_cmpuint (confsync_channel_get_buffered (fixture->here.channel), <=, LARGE_BYTES);
  wait_for (fixture->there.received->len == 1);
  g_assert_true (g_bytes_equal (fixture->there.received->pdata[0], message));
  g_assert_cmpuint (confsync_channel_get_buffered (fixture->here.channel), ==, 0);

  confsync_channel_send (fixture->there.channel, message);
  wait_for (fixture->here.received->len == 1);
  g_assert_true (g_bytes_equal (fixture->here.received->pdata[0], message));
  g_assert_cmpuint (confsync_channel_get_buffered (fixture->there.channel), ==, 0);
}

static void
test_order (Fixture *fixture, gconstpointer data)
{
  g_test_summary ("A thousand messages each way keep their order");

  link_up (fixture);
  for (guint i = 0; i < MANY; i++)
    {
      g_autofree char *text = g_strdup_printf ("{\"n\":%u}", i);

      send_text (fixture->here.channel, text);
      send_text (fixture->there.channel, text);
    }
  wait_for (fixture->here.received->len == MANY && fixture->there.received->len == MANY);
  for (guint i = 0; i < MANY; i++)
    {
      g_autofree char *text = g_strdup_printf ("{\"n\":%u}", i);

      assert_text (fixture->here.received->pdata[i], text);
      assert_text (fixture->there.received->pdata[i], text);
    }
}

static void
test_limit (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GBytes) exact = large_message (1000);
  g_autoptr (GBytes) beyond = large_message (1001);

  g_test_summary ("A message at the limit comes in, one beyond it closes the link on both ends");

  link_up (fixture);
  confsync_channel_set_max_message (fixture->here.channel, 1000);
  confsync_channel_send (fixture->there.channel, exact);
  wait_for (fixture->here.received->len == 1);
  confsync_channel_send (fixture->there.channel, beyond);
  wait_for (fixture->here.closed == 1 && fixture->there.closed == 1);
  g_assert_error (fixture->here.error, CONFSYNC_ERROR, CONFSYNC_ERROR_TOO_LARGE);
  g_assert_nonnull (strstr (fixture->here.error->message, "1000"));
  g_assert_cmpuint (fixture->here.received->len, ==, 1);
}

static void
test_close (Fixture *fixture, gconstpointer data)
{
  g_test_summary ("What was sent before close arrives, and both ends close without an error");

  link_up (fixture);
  send_text (fixture->here.channel, "{\"last\":true}");
  confsync_channel_close (fixture->here.channel);
  send_text (fixture->here.channel, "{\"late\":true}");
  g_assert_cmpuint (fixture->here.closed, ==, 0);
  wait_for (fixture->here.closed == 1 && fixture->there.closed == 1);
  g_assert_no_error (fixture->here.error);
  g_assert_no_error (fixture->there.error);
  g_assert_cmpuint (fixture->there.received->len, ==, 1);
}

static void
test_close_from_there (Fixture *fixture, gconstpointer data)
{
  g_test_summary ("The accepted end can close as well, and the listener goes on");

  link_up (fixture);
  confsync_channel_close (fixture->there.channel);
  wait_for (fixture->here.closed == 1 && fixture->there.closed == 1);
  g_assert_no_error (fixture->here.error);
  g_assert_no_error (fixture->there.error);

  end_clear (&fixture->here);
  end_clear (&fixture->there);
  memset (&fixture->here, 0, sizeof fixture->here);
  memset (&fixture->there, 0, sizeof fixture->there);
  dial (fixture, confsync_listener_get_address (fixture->listener));
  wait_for (fixture->here.opened == 1 && fixture->there.channel != NULL);
}

static void
test_close_and_forget (Fixture *fixture, gconstpointer data)
{
  ConfsyncChannel *channel;

  g_test_summary ("A channel that is closed and dropped at once still says its last words");

  link_up (fixture);
  channel = g_steal_pointer (&fixture->here.channel);
  g_signal_handlers_disconnect_by_data (channel, &fixture->here);
  send_text (channel, "{\"last\":true}");
  confsync_channel_close (channel);
  g_object_unref (channel);
  wait_for (fixture->there.closed == 1);
  g_assert_no_error (fixture->there.error);
  g_assert_cmpuint (fixture->there.received->len, ==, 1);
}

static void
test_dropped (Fixture *fixture, gconstpointer data)
{
  ConfsyncChannel *channel;

  g_test_summary ("A channel that is dropped open ends the link, and the other end says so");

  link_up (fixture);
  channel = g_steal_pointer (&fixture->here.channel);
  g_signal_handlers_disconnect_by_data (channel, &fixture->here);
  g_assert_finalize_object (channel);
  wait_for (fixture->there.closed == 1);
  g_assert_error (fixture->there.error, G_IO_ERROR, G_IO_ERROR_CONNECTION_CLOSED);
}

static void
test_close_connecting (Fixture *fixture, gconstpointer data)
{
  g_test_summary ("Closing while connecting ends in closed, without opened");

  listen_on (fixture, "ws://127.0.0.1:0", CONFSYNC_LISTEN_NONE);
  dial (fixture, confsync_listener_get_address (fixture->listener));
  confsync_channel_close (fixture->here.channel);
  wait_for (fixture->here.closed == 1);
  g_assert_cmpuint (fixture->here.opened, ==, 0);
  g_assert_no_error (fixture->here.error);
}

static void
test_stop (Fixture *fixture, gconstpointer data)
{
  g_autofree char *address = NULL;

  g_test_summary ("A stopped listener gives its address back and leaves its channels alone");

  link_up (fixture);
  address = g_strdup (confsync_listener_get_address (fixture->listener));
  confsync_listener_stop (fixture->listener);
  send_text (fixture->here.channel, "{}");
  wait_for (fixture->there.received->len == 1);

  g_assert_finalize_object (g_steal_pointer (&fixture->listener));
  listen_on (fixture, address, CONFSYNC_LISTEN_NONE);
  g_assert_no_error (fixture->listen_error);
}

static void
test_refused (Fixture *fixture, gconstpointer data)
{
  g_autofree char *address = NULL;
  g_autofree char *expected = NULL;
  const char *port;

  g_test_summary ("Where nobody listens, the error says where, and what to look for");

  listen_on (fixture, "ws://127.0.0.1:0", CONFSYNC_LISTEN_NONE);
  address = g_strdup (confsync_listener_get_address (fixture->listener));
  confsync_listener_stop (fixture->listener);
  dial (fixture, address);
  wait_for (fixture->here.closed == 1);

  port = strrchr (address, ':') + 1;
  expected = g_strdup_printf ("connection refused by 127.0.0.1:%d: is confsync running there?",
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

  dial (fixture, address);
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
  dial (fixture, address);
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

  dial (fixture, address);
  wait_for (fixture->here.closed == 1);
  g_assert_error (fixture->here.error, CONFSYNC_ERROR, CONFSYNC_ERROR_TOO_LARGE);
}

static void
test_wrong_path (Fixture *fixture, gconstpointer data)
{
  g_autofree char *address = NULL;

  g_test_summary ("Both ends say what is wrong with a path that is not served");

  listen_on (fixture, "ws://127.0.0.1:0", CONFSYNC_LISTEN_NONE);
  address = g_strconcat (confsync_listener_get_address (fixture->listener), "X", NULL);
  dial (fixture, address);
  wait_for (fixture->here.closed == 1);
  g_assert_error (fixture->here.error, CONFSYNC_ERROR, CONFSYNC_ERROR_REFUSED);
  g_assert_nonnull (strstr (fixture->here.error->message, "404"));
  g_assert_nonnull (strstr (fixture->refusals->str, "asked for “/syncX”"));
}

static void
test_own_path (Fixture *fixture, gconstpointer data)
{
  g_test_summary ("An address may have a path of its own");

  listen_on (fixture, "ws://127.0.0.1:0/a/b", CONFSYNC_LISTEN_NONE);
  g_assert_true (g_str_has_suffix (confsync_listener_get_address (fixture->listener), "/a/b"));
  dial (fixture, confsync_listener_get_address (fixture->listener));
  wait_for (fixture->here.opened == 1 && fixture->there.channel != NULL);
}

static void
test_in_use (Fixture *fixture, gconstpointer data)
{
  g_autoptr (ConfsyncListener) first = NULL;
  g_autofree char *address = NULL;

  g_test_summary ("An address in use is named");

  listen_on (fixture, "ws://127.0.0.1:0", CONFSYNC_LISTEN_NONE);
  first = g_steal_pointer (&fixture->listener);
  address = g_strdup (confsync_listener_get_address (first));
  listen_on (fixture, address, CONFSYNC_LISTEN_NONE);
  g_assert_error (fixture->listen_error, G_IO_ERROR, G_IO_ERROR_ADDRESS_IN_USE);
  g_assert_nonnull (strstr (fixture->listen_error->message, "127.0.0.1:"));
  confsync_listener_stop (first);
}

static void
test_exposed (Fixture *fixture, gconstpointer data)
{
  g_test_summary ("An address that others can reach needs leave");

  listen_on (fixture, "ws://0.0.0.0:0", CONFSYNC_LISTEN_NONE);
  g_assert_error (fixture->listen_error, CONFSYNC_ERROR, CONFSYNC_ERROR_REFUSED);
  g_assert_nonnull (strstr (fixture->listen_error->message, "open to other machines"));
  g_assert_null (strchr (fixture->listen_error->message, '\n'));
  g_clear_error (&fixture->listen_error);

  listen_on (fixture, "ws://0.0.0.0:0", CONFSYNC_LISTEN_EXPOSED);
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
  listen_on (fixture, "ws://[::1]:0", CONFSYNC_LISTEN_NONE);
  g_assert_no_error (fixture->listen_error);
  g_assert_true (
    g_str_has_prefix (confsync_listener_get_address (fixture->listener), "ws://[::1]:"));
  dial (fixture, confsync_listener_get_address (fixture->listener));
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

  listen_on (fixture, "ws://localhost:0", CONFSYNC_LISTEN_NONE);
  g_assert_no_error (fixture->listen_error);
  g_assert_false (confsync_listener_is_exposed (fixture->listener));
  port = atoi (strrchr (confsync_listener_get_address (fixture->listener), ':') + 1);

  for (guint i = 0; i < (has_ipv6 () ? 3 : 2); i++)
    {
      g_autofree char *address = g_strdup_printf ("ws://%s:%d", hosts[i], port);

      dial (fixture, address);
      wait_for (fixture->here.opened == 1 && fixture->there.channel != NULL);
      end_clear (&fixture->here);
      end_clear (&fixture->there);
      memset (&fixture->here, 0, sizeof fixture->here);
      memset (&fixture->there, 0, sizeof fixture->there);
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
    "wss://127.0.0.1",
  };

  g_test_summary ("An address that makes no sense is refused with a reason, at once");

  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_null (confsync_transport_dial (fixture->transport, bad[i], &error));
      g_assert_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_INVALID_ADDRESS);
      g_assert_null (strpbrk (error->message, "\r\n"));
    }

  listen_on (fixture, "wss://127.0.0.1:0", CONFSYNC_LISTEN_NONE);
  g_assert_error (fixture->listen_error, CONFSYNC_ERROR, CONFSYNC_ERROR_INVALID_ADDRESS);
  g_assert_nonnull (strstr (fixture->listen_error->message, "TLS"));
}

static void
test_unknown_host (Fixture *fixture, gconstpointer data)
{
  g_test_summary ("A name that nobody knows is named in the error");

  listen_on (fixture, "ws://nobody.invalid:0", CONFSYNC_LISTEN_NONE);
  g_assert_nonnull (fixture->listen_error);
  g_assert_nonnull (strstr (fixture->listen_error->message, "nobody.invalid"));

  dial (fixture, "ws://nobody.invalid:8765");
  wait_for (fixture->here.closed == 1);
  g_assert_nonnull (fixture->here.error);
  g_assert_nonnull (strstr (fixture->here.error->message, "nobody.invalid:8765"));
}

static void
add (const char *path, gconstpointer data, void (*function) (Fixture *, gconstpointer))
{
  g_test_add (path, Fixture, data, set_up, function, tear_down);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  add ("/websocket/open", NULL, test_open);
  add ("/websocket/both-ways", NULL, test_both_ways);
  add ("/websocket/not-utf8", NULL, test_not_utf8);
  add ("/websocket/large", NULL, test_large);
  add ("/websocket/order", NULL, test_order);
  add ("/websocket/limit", NULL, test_limit);
  add ("/websocket/close", NULL, test_close);
  add ("/websocket/close-from-there", NULL, test_close_from_there);
  add ("/websocket/close-and-forget", NULL, test_close_and_forget);
  add ("/websocket/dropped", NULL, test_dropped);
  add ("/websocket/close-connecting", NULL, test_close_connecting);
  add ("/websocket/stop", NULL, test_stop);
  add ("/websocket/refused", NULL, test_refused);
  for (guint i = 0; i < G_N_ELEMENTS (strangers); i++)
    {
      g_autofree char *path = g_strconcat ("/websocket/stranger/", strangers[i].name, NULL);

      add (path, &strangers[i], test_stranger);
    }
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
  return g_test_run ();
}
