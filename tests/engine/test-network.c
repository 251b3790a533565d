/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * A node and the world outside: listeners that others reach, what they tell, and a network that
 * comes and goes.
 */

#include "raw-peer.h"

#include <string.h>

/* A transport to nowhere, such as an application may bring. */

#define FAR_TYPE_TRANSPORT (far_transport_get_type ())
G_DECLARE_FINAL_TYPE (FarTransport, far_transport, FAR, TRANSPORT, GObject)

struct _FarTransport
{
  GObject parent_instance;

  guint dials;
};

static const char *const *
far_transport_get_schemes (ConfsyncTransport *transport)
{
  static const char *const schemes[] = { "far", NULL };

  return schemes;
}

static ConfsyncChannel *
far_transport_dial (ConfsyncTransport *transport, const char *address, GError **error)
{
  FAR_TRANSPORT (transport)->dials++;
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_NETWORK_UNREACHABLE, "%s is far away", address);
  return NULL;
}

static void
far_transport_listen (ConfsyncTransport *transport,
                      const char *address,
                      ConfsyncListenFlags flags,
                      GTask *task)
{
  g_task_return_new_error (task, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED, "nobody comes from afar");
}

static void
far_transport_iface_init (ConfsyncTransportInterface *iface)
{
  iface->get_schemes = far_transport_get_schemes;
  iface->listen = far_transport_listen;
  iface->dial = far_transport_dial;
}

G_DEFINE_FINAL_TYPE_WITH_CODE (FarTransport, far_transport, G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (CONFSYNC_TYPE_TRANSPORT,
                                                      far_transport_iface_init))

static void
far_transport_class_init (FarTransportClass *klass)
{
}

static void
far_transport_init (FarTransport *self)
{
}

static gboolean
is_network_watched (void)
{
  return g_signal_handler_find (g_network_monitor_get_default (), G_SIGNAL_MATCH_ID,
                                g_signal_lookup ("network-changed", G_TYPE_NETWORK_MONITOR), 0,
                                NULL, NULL, NULL) != 0;
}

static Instance *
add_dialling (World *world, FarTransport *far, const char *address)
{
  Instance *a = world_add (world, "a");

  instance_make (world, a);
  confsync_node_add_transport (a->node, CONFSYNC_TRANSPORT (far));
  instance_dial (a, address);
  instance_start (world, a);
  return a;
}

/* Who waits for its next try tries at once when the network changes. */
static void
test_hurry (World *world, gconstpointer data)
{
  g_autoptr (FarTransport) far = g_object_new (FAR_TYPE_TRANSPORT, NULL);
  Instance *a = add_dialling (world, far, "far://elsewhere/sync");
  guint dials;

  world_pass (world, 10 * 60 * 1000);
  dials = far->dials;
  g_assert_cmpuint (dials, >, 10);
  g_assert_true (is_network_watched ());
  /* without a way to the world, too: it may be a network of its own */
  g_signal_emit_by_name (g_network_monitor_get_default (), "network-changed", FALSE);
  g_assert_cmpuint (far->dials, ==, dials + 1);
  g_signal_emit_by_name (g_network_monitor_get_default (), "network-changed", TRUE);
  g_assert_cmpuint (far->dials, ==, dials + 2);
  /* and begins with short waits again */
  world_pass (world, 3000);
  g_assert_cmpuint (far->dials, >=, dials + 4);

  instance_stop (world, a);
  g_assert_false (is_network_watched ());
  dials = far->dials;
  world_pass (world, 10 * 60 * 1000);
  g_assert_cmpuint (far->dials, ==, dials);
}

/* One peer that is linked is a sign that the others may be reached, too. */
static void
test_sign (World *world, gconstpointer data)
{
  g_autoptr (FarTransport) far = g_object_new (FAR_TYPE_TRANSPORT, NULL);
  Instance *a = world_add (world, "a");
  g_autoptr (TestEnd) end = NULL;
  guint dials;

  instance_make (world, a);
  confsync_node_add_transport (a->node, CONFSYNC_TRANSPORT (far));
  instance_dial (a, "far://elsewhere/sync");
  instance_listen (a, "loopback:a");
  instance_start (world, a);
  world_pass (world, 60 * 60 * 1000);
  dials = far->dials;
  end = raw_link (world, "loopback:a", "r", "s");
  g_assert_cmpuint (far->dials, ==, dials + 1);
  g_assert_cmpuint (instance_count_live_peers (a), ==, 1);
}

/* On this machine alone, no network matters. */
static void
test_local (World *world, gconstpointer data)
{
  const char *const addresses[] = { "far://127.0.0.1:1/sync", "far://localhost/sync",
                                    "far://[::1]/sync", "far:name", "far:/run/socket" };

  for (guint i = 0; i < G_N_ELEMENTS (addresses); i++)
    {
      g_autoptr (FarTransport) far = g_object_new (FAR_TYPE_TRANSPORT, NULL);
      Instance *a = add_dialling (world, far, addresses[i]);

      world_pass (world, 60 * 1000);
      g_assert_cmpuint (far->dials, >, 2);
      g_assert_false (is_network_watched ());
      instance_stop (world, a);
    }
}

static void
start_node (World *world, ConfsyncNode *node, Answer *answer)
{
  confsync_node_start_async (node, NULL, answer_cb, answer);
  g_assert_true (world_wait (world, answer_came, answer, TEST_DEADLINE_MS));
}

static void
warned_cb (ConfsyncNode *node, int level, const char *kind, GVariant *details, guint *warnings)
{
  *warnings += level == CONFSYNC_LEVEL_WARNING;
}

/* Beyond this machine only where one says so, and then with a warning at each start. */
static void
test_exposed (World *world, gconstpointer data)
{
  g_autoptr (ConfsyncNode) node = confsync_node_new ("a");
  g_auto (Answer) refused = { 0 }, allowed = { 0 };
  g_autoptr (GError) error = NULL;
  guint warnings = 0;

  g_signal_connect (node, "event", G_CALLBACK (warned_cb), &warnings);
  confsync_node_add_listener (node, "ws://0.0.0.0:0/sync", &error);
  g_assert_no_error (error);
  start_node (world, node, &refused);
  g_assert_error (refused.error, CONFSYNC_ERROR, CONFSYNC_ERROR_REFUSED);
  g_assert_nonnull (strstr (refused.error->message, "allow-unauthenticated"));
  g_assert_cmpuint (warnings, ==, 0);
  g_object_set (node, "allow-unauthenticated", TRUE, NULL);
  start_node (world, node, &allowed);
  g_assert_no_error (allowed.error);
  g_assert_cmpuint (warnings, ==, 1);
  confsync_node_stop (node);
  world_pass (world, 0);
}

typedef struct
{
  GString *text;
  gboolean ended;
} Reply;

static void
read_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Reply *reply = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) bytes =
    g_input_stream_read_bytes_finish (G_INPUT_STREAM (source), result, &error);

  g_assert_no_error (error);
  g_string_append_len (reply->text, g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes));
  reply->ended = g_bytes_get_size (bytes) == 0;
  if (!reply->ended)
    g_input_stream_read_bytes_async (G_INPUT_STREAM (source), 4096, 0, NULL, read_cb, reply);
}

static gboolean
has_ended (gpointer data)
{
  return ((Reply *) data)->ended;
}

/* One request over a socket of its own; gives the body. */
static char *
get_health (World *world, const char *address)
{
  g_autoptr (GSocketClient) client = g_socket_client_new ();
  g_autoptr (GSocketConnection) connection = NULL;
  g_autoptr (GError) error = NULL;
  Reply reply = { g_string_new (NULL), FALSE };
  const char *request = "GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
  char *body;

  connection = g_socket_client_connect_to_uri (client, address, 80, NULL, &error);
  g_assert_no_error (error);
  g_output_stream_write_all (g_io_stream_get_output_stream (G_IO_STREAM (connection)), request,
                             strlen (request), NULL, NULL, &error);
  g_assert_no_error (error);
  g_input_stream_read_bytes_async (g_io_stream_get_input_stream (G_IO_STREAM (connection)), 4096,
                                   0, NULL, read_cb, &reply);
  g_assert_true (world_wait (world, has_ended, &reply, TEST_DEADLINE_MS));
  body = strstr (reply.text->str, "\r\n\r\n");
  g_assert_nonnull (body);
  body = g_strdup (body + 4);
  g_string_free (reply.text, TRUE);
  return body;
}

static void
test_health (World *world, gconstpointer data)
{
  Instance *a = world_add (world, "a"), *b = world_add (world, "b");
  g_auto (GStrv) addresses = NULL;
  g_autofree char *alone = NULL, *linked = NULL;

  instance_make (world, a);
  instance_listen (a, "ws://127.0.0.1:0/sync");
  instance_start (world, a);
  addresses = confsync_node_list_listeners (a->node);
  alone = get_health (world, addresses[0]);
  g_assert_nonnull (strstr (alone, "\"status\":\"healthy\""));
  g_assert_nonnull (strstr (alone, "\"instance_id\":\"a\""));
  g_assert_nonnull (strstr (alone, "\"connected_clients\":0"));
  g_assert_nonnull (strstr (alone, "\"timestamp\":"));
  instance_make (world, b);
  instance_dial (b, addresses[0]);
  instance_start (world, b);
  world_wait_live (world, a, 1);
  linked = get_health (world, addresses[0]);
  g_assert_nonnull (strstr (linked, "\"connected_clients\":1"));
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add ("/network/hurry", World, NULL, world_set_up, test_hurry, world_tear_down);
  g_test_add ("/network/sign", World, NULL, world_set_up, test_sign, world_tear_down);
  g_test_add ("/network/local", World, NULL, world_set_up, test_local, world_tear_down);
  g_test_add ("/network/exposed", World, NULL, world_set_up_real, test_exposed, world_tear_down);
  g_test_add ("/network/health", World, NULL, world_set_up_real, test_health, world_tear_down);
  return g_test_run ();
}
