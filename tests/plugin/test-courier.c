/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * A courier from outside: two of them talk over real sockets, files change, and the program that
 * they work for has no main loop: it polls their descriptors.
 */

#include "test-util.h"

#include <confsync.h>
#include <poll.h>
#include <string.h>

#define LARGE_BYTES (3 * 1024 * 1024)

/* one thing out of a queue */
typedef struct
{
  ConfsyncCourierEvent event;
  guint id;
  GBytes *message;
  char *text;
} Parcel;

static void
parcel_free (Parcel *parcel)
{
  g_clear_pointer (&parcel->message, g_bytes_unref);
  g_free (parcel->text);
  g_free (parcel);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Parcel, parcel_free)

typedef struct
{
  char *dir;
  ConfsyncCourier *here, *there;
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  fixture->dir = test_temp_dir ();
  fixture->here = confsync_courier_new ("here");
  fixture->there = confsync_courier_new ("there");
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  confsync_courier_close (fixture->here);
  confsync_courier_close (fixture->there);
  g_assert_finalize_object (fixture->here);
  g_assert_finalize_object (fixture->there);
  test_remove_tree (fixture->dir);
  g_free (fixture->dir);
}

static gboolean
is_readable (ConfsyncCourier *courier, int timeout_ms)
{
  struct pollfd pollfd = { .fd = confsync_courier_get_fd (courier), .events = POLLIN };

  g_assert_cmpint (pollfd.fd, >=, 0);
  return poll (&pollfd, 1, timeout_ms) == 1;
}

static Parcel *
take (ConfsyncCourier *courier)
{
  Parcel *parcel = g_new0 (Parcel, 1);

  g_assert_true (is_readable (courier, TEST_DEADLINE_MS));
  parcel->event = confsync_courier_pop (courier, &parcel->id, &parcel->message, &parcel->text);
  return parcel;
}

/* The next thing, which must be this one. */
static Parcel *
expect (ConfsyncCourier *courier, ConfsyncCourierEvent event)
{
  Parcel *parcel = take (courier);

  if (parcel->event != event)
    g_error ("%d instead of %d: %s", parcel->event, event, parcel->text);
  return parcel;
}

static void
assert_quiet (ConfsyncCourier *courier)
{
  g_autoptr (GBytes) message = NULL;
  g_autofree char *text = NULL;
  guint id;

  g_assert_false (is_readable (courier, 0));
  g_assert_cmpint (confsync_courier_pop (courier, &id, &message, &text), ==,
                   CONFSYNC_COURIER_NOTHING);
  g_assert_cmpuint (id, ==, 0);
  g_assert_null (message);
  g_assert_null (text);
}

/* The address to dial. */
static char *
listen_there (Fixture *fixture, const char *address, guint *id)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (Parcel) parcel = NULL;

  *id = confsync_courier_listen (fixture->there, address, CONFSYNC_LISTEN_NONE, &error);
  g_assert_no_error (error);
  parcel = expect (fixture->there, CONFSYNC_COURIER_LISTENING);
  g_assert_cmpuint (parcel->id, ==, *id);
  return g_steal_pointer (&parcel->text);
}

static guint
link_up (Fixture *fixture, const char *address, guint *there)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (Parcel) opened = NULL, accepted = NULL;
  guint id = confsync_courier_dial (fixture->here, address, &error);

  g_assert_no_error (error);
  opened = expect (fixture->here, CONFSYNC_COURIER_OPENED);
  g_assert_cmpuint (opened->id, ==, id);
  g_assert_true (g_str_has_prefix (opened->text, "127.0.0.1:"));
  accepted = expect (fixture->there, CONFSYNC_COURIER_ACCEPTED);
  g_assert_true (g_str_has_prefix (accepted->text, "127.0.0.1:"));
  *there = accepted->id;
  return id;
}

static void
send_text (ConfsyncCourier *courier, guint id, const char *text)
{
  g_autoptr (GBytes) message = g_bytes_new (text, strlen (text));

  confsync_courier_send (courier, id, message);
}

static void
expect_text (ConfsyncCourier *courier, guint id, const char *text)
{
  g_autoptr (Parcel) parcel = expect (courier, CONFSYNC_COURIER_RECEIVED);

  g_assert_cmpuint (parcel->id, ==, id);
  g_assert_cmpmem (g_bytes_get_data (parcel->message, NULL), g_bytes_get_size (parcel->message),
                   text, strlen (text));
}

static void
test_messages (Fixture *fixture, gconstpointer data)
{
  guint listener, there;
  g_autofree char *address = listen_there (fixture, "0", &listener);
  guint here = link_up (fixture, address, &there);
  g_autoptr (Parcel) closed_here = NULL, closed_there = NULL, ended = NULL;

  g_test_summary ("Messages go both ways in their order, and each end hears of the other's end");

  g_assert_cmpuint (there, !=, listener);
  send_text (fixture->here, here, "{\"a\":1}");
  send_text (fixture->here, here, "{\"a\":2}");
  send_text (fixture->there, there, "{\"b\":1}");
  expect_text (fixture->there, there, "{\"a\":1}");
  expect_text (fixture->there, there, "{\"a\":2}");
  expect_text (fixture->here, here, "{\"b\":1}");

  confsync_courier_end (fixture->here, here);
  closed_here = expect (fixture->here, CONFSYNC_COURIER_CLOSED);
  closed_there = expect (fixture->there, CONFSYNC_COURIER_CLOSED);
  g_assert_cmpuint (closed_here->id, ==, here);
  g_assert_cmpuint (closed_there->id, ==, there);
  g_assert_null (closed_here->text);
  g_assert_null (closed_there->text);

  /* the numbers are no more */
  send_text (fixture->here, here, "{}");
  confsync_courier_end (fixture->there, there);
  confsync_courier_end (fixture->there, listener);
  ended = expect (fixture->there, CONFSYNC_COURIER_CLOSED);
  g_assert_cmpuint (ended->id, ==, listener);
  assert_quiet (fixture->here);
  assert_quiet (fixture->there);
}

static void
test_node (Fixture *fixture, gconstpointer data)
{
  g_autoptr (ConfsyncChannel) channel = NULL;
  g_autoptr (ConfsyncTransport) transport = NULL;
  g_autoptr (Parcel) accepted = NULL;
  g_autoptr (GError) error = NULL;
  guint listener;
  g_autofree char *address = listen_there (fixture, "127.0.0.1:0", &listener);
  GType type = confsync_registry_find (CONFSYNC_TYPE_TRANSPORT, "ws", &error);

  g_test_summary ("Who offers confsync's protocol to a courier is taken in without it");

  g_assert_no_error (error);
  transport = g_object_new (type, NULL);
  channel = confsync_transport_dial (transport, address, &error);
  g_assert_no_error (error);
  while (!confsync_channel_is_open (channel))
    g_main_context_iteration (NULL, TRUE);
  g_assert_null (confsync_channel_get_protocol (channel));
  accepted = expect (fixture->there, CONFSYNC_COURIER_ACCEPTED);
  confsync_channel_close (channel);
  while (!confsync_channel_is_closed (channel))
    g_main_context_iteration (NULL, TRUE);
}

static void
test_failures (Fixture *fixture, gconstpointer data)
{
  guint listener, id;
  g_autofree char *address = listen_there (fixture, "127.0.0.1:0", &listener);
  const char *const bad[] = { "nonsense:1", "no address", address };
  g_autoptr (Parcel) refused = NULL;

  g_test_summary ("What can't be opened is told of once, with the reason");

  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autoptr (Parcel) closed = NULL;

      id = confsync_courier_listen (fixture->here, bad[i], CONFSYNC_LISTEN_NONE, NULL);
      closed = expect (fixture->here, CONFSYNC_COURIER_CLOSED);
      g_assert_cmpuint (closed->id, ==, id);
      g_assert_cmpstr (closed->text, !=, NULL);
    }
  for (guint i = 0; i < 2; i++)
    {
      g_autoptr (Parcel) closed = NULL;

      id = confsync_courier_dial (fixture->here, bad[i], NULL);
      closed = expect (fixture->here, CONFSYNC_COURIER_CLOSED);
      g_assert_cmpuint (closed->id, ==, id);
      g_assert_cmpstr (closed->text, !=, NULL);
    }

  confsync_courier_listen (fixture->here, "0.0.0.0:0", CONFSYNC_LISTEN_NONE, NULL);
  refused = expect (fixture->here, CONFSYNC_COURIER_CLOSED);
  g_assert_nonnull (strstr (refused->text, "allow-unauthenticated"));
}

static void
test_watch (Fixture *fixture, gconstpointer data)
{
  g_autofree char *path = g_build_filename (fixture->dir, "config.json", NULL);
  guint id = confsync_courier_watch (fixture->here, path, NULL);
  g_autoptr (Parcel) opened = expect (fixture->here, CONFSYNC_COURIER_OPENED);
  g_autoptr (Parcel) first = NULL, second = NULL, closed = NULL;

  g_test_summary ("A file that comes, and one that is replaced, are changes");

  g_assert_cmpuint (opened->id, ==, id);
  test_write_file (path, "{}");
  first = expect (fixture->here, CONFSYNC_COURIER_CHANGED);
  g_assert_cmpuint (first->id, ==, id);
  test_replace_file (path, "{\"a\":1}");
  second = expect (fixture->here, CONFSYNC_COURIER_CHANGED);

  confsync_courier_end (fixture->here, id);
  for (closed = take (fixture->here); closed->event == CONFSYNC_COURIER_CHANGED;
       closed = take (fixture->here))
    parcel_free (closed);
  g_assert_cmpint (closed->event, ==, CONFSYNC_COURIER_CLOSED);
  test_replace_file (path, "{\"a\":2}");
  assert_quiet (fixture->here);
}

static void
test_flood (Fixture *fixture, gconstpointer data)
{
  guint listener, there;
  g_autofree char *address = listen_there (fixture, "0", &listener);
  guint here = link_up (fixture, address, &there);
  g_autofree char *text = g_strnfill (LARGE_BYTES, 'x');
  g_autoptr (Parcel) closed = NULL;
  guint taken = 0;

  g_test_summary ("Who sends more than is taken is cut off; what waits stays bounded");

  text[0] = '{';
  for (guint i = 0; i < 20; i++)
    send_text (fixture->here, here, text);
  closed = expect (fixture->here, CONFSYNC_COURIER_CLOSED);
  g_assert_cmpuint (closed->id, ==, here);

  while (TRUE)
    {
      g_autoptr (Parcel) parcel = take (fixture->there);

      if (parcel->event == CONFSYNC_COURIER_CLOSED)
        {
          g_assert_cmpuint (parcel->id, ==, there);
          g_assert_cmpstr (parcel->text, ==, "it sends more than is taken from the courier");
          break;
        }
      g_assert_cmpint (parcel->event, ==, CONFSYNC_COURIER_RECEIVED);
      taken++;
    }
  g_assert_cmpuint (taken, ==, 32 / 3);
}

static void
test_close (Fixture *fixture, gconstpointer data)
{
  guint listener, there;
  g_autofree char *address = listen_there (fixture, "0", &listener);
  g_autoptr (GError) error = NULL;
  g_autoptr (Parcel) first = NULL, second = NULL;

  g_test_summary ("Closing ends what there is and says so; nothing can be asked for afterwards");

  link_up (fixture, address, &there);
  confsync_courier_close (fixture->there);
  first = expect (fixture->there, CONFSYNC_COURIER_CLOSED);
  second = expect (fixture->there, CONFSYNC_COURIER_CLOSED);
  g_assert_cmpuint (MIN (first->id, second->id), ==, MIN (listener, there));
  g_assert_cmpuint (MAX (first->id, second->id), ==, MAX (listener, there));
  assert_quiet (fixture->there);
  confsync_courier_close (fixture->there);
  g_assert_cmpuint (confsync_courier_dial (fixture->there, address, &error), ==, 0);
  g_assert_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_CLOSED);
  confsync_courier_end (fixture->there, there);
}

static void
test_dropped (Fixture *fixture, gconstpointer data)
{
  guint listener, there;
  g_autofree char *address = listen_there (fixture, "0", &listener);
  guint here = link_up (fixture, address, &there);
  g_autoptr (Parcel) closed = NULL;

  g_test_summary ("A courier that is dropped ends by itself");

  g_object_unref (fixture->there);
  fixture->there = confsync_courier_new ("another");
  closed = expect (fixture->here, CONFSYNC_COURIER_CLOSED);
  g_assert_cmpuint (closed->id, ==, here);
}

static void
test_health (Fixture *fixture, gconstpointer data)
{
  guint listener, there;
  g_autofree char *address = listen_there (fixture, "0", &listener);
  g_autoptr (GUri) uri = g_uri_parse (address, G_URI_FLAGS_NONE, NULL);
  g_autoptr (GSocketClient) client = g_socket_client_new ();
  g_autoptr (GSocketConnection) connection = NULL;
  g_autoptr (GError) error = NULL;
  static const char request[] = "GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n";
  char answer[4096] = "";

  g_test_summary ("The health report names the instance and counts who came in");

  link_up (fixture, address, &there);
  connection =
    g_socket_client_connect_to_host (client, "127.0.0.1", g_uri_get_port (uri), NULL, &error);
  g_assert_no_error (error);
  g_output_stream_write_all (g_io_stream_get_output_stream (G_IO_STREAM (connection)), request,
                             strlen (request), NULL, NULL, &error);
  g_assert_no_error (error);
  g_input_stream_read_all (g_io_stream_get_input_stream (G_IO_STREAM (connection)), answer,
                           sizeof answer - 1, NULL, NULL, &error);
  g_assert_no_error (error);
  g_assert_nonnull (strstr (answer, "{\"status\":\"healthy\",\"instance_id\":\"there\","
                                    "\"connected_clients\":1,\"timestamp\":"));
}

static void
add (const char *path, void (*test) (Fixture *fixture, gconstpointer data))
{
  g_test_add (path, Fixture, NULL, set_up, test, tear_down);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  add ("/courier/messages", test_messages);
  add ("/courier/node", test_node);
  add ("/courier/failures", test_failures);
  add ("/courier/watch", test_watch);
  add ("/courier/flood", test_flood);
  add ("/courier/close", test_close);
  add ("/courier/dropped", test_dropped);
  add ("/courier/health", test_health);
  return g_test_run ();
}
