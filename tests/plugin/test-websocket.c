/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Links of the websocket transport, with both ends in one process. What a stranger may try on it
 * stands in tests/hostile.
 */

#include "fixture.h"

#include <string.h>

#define LARGE_BYTES (10 * 1024 * 1024)
#define MANY 1000

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

  fixture_link_up (fixture);
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
test_plain (Fixture *fixture, gconstpointer data)
{
  const char *plain_end = data;
  gboolean both = g_str_equal (plain_end, "both");

  g_test_summary ("Where one end is plain, no protocol is agreed on, whatever the other offers");

  g_object_set (fixture->transport, "plain", both || g_str_equal (plain_end, "listener"), NULL);
  fixture_listen_on (fixture, "ws://127.0.0.1:0/sync", CONFSYNC_LISTEN_NONE);
  g_object_set (fixture->transport, "plain", both || g_str_equal (plain_end, "dialler"), NULL);
  fixture_dial (fixture, confsync_listener_get_address (fixture->listener));
  wait_for (fixture->here.opened == 1);

  g_assert_null (confsync_channel_get_protocol (fixture->here.channel));
  g_assert_null (confsync_channel_get_protocol (fixture->there.channel));
}

static void
test_both_ways (Fixture *fixture, gconstpointer data)
{
  static const guint8 binary[] = { 0x1f, 0x8b, 0x00, 0xff };
  g_autoptr (GBytes) message = g_bytes_new_static (binary, sizeof binary);

  g_test_summary ("Text and binary go both ways unchanged");

  fixture_link_up (fixture);
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

  fixture_link_up (fixture);
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

  fixture_link_up (fixture);
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

  fixture_link_up (fixture);
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

  fixture_link_up (fixture);
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

  fixture_link_up (fixture);
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

  fixture_link_up (fixture);
  confsync_channel_close (fixture->there.channel);
  wait_for (fixture->here.closed == 1 && fixture->there.closed == 1);
  g_assert_no_error (fixture->here.error);
  g_assert_no_error (fixture->there.error);

  end_clear (&fixture->here);
  end_clear (&fixture->there);
  fixture_dial (fixture, confsync_listener_get_address (fixture->listener));
  wait_for (fixture->here.opened == 1);
}

static void
test_close_and_forget (Fixture *fixture, gconstpointer data)
{
  ConfsyncChannel *channel;

  g_test_summary ("A channel that is closed and dropped at once still says its last words");

  fixture_link_up (fixture);
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

  fixture_link_up (fixture);
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

  fixture_listen_on (fixture, "ws://127.0.0.1:0", CONFSYNC_LISTEN_NONE);
  fixture_dial (fixture, confsync_listener_get_address (fixture->listener));
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

  fixture_link_up (fixture);
  address = g_strdup (confsync_listener_get_address (fixture->listener));
  confsync_listener_stop (fixture->listener);
  send_text (fixture->here.channel, "{}");
  wait_for (fixture->there.received->len == 1);

  g_assert_finalize_object (g_steal_pointer (&fixture->listener));
  fixture_listen_on (fixture, address, CONFSYNC_LISTEN_NONE);
  g_assert_no_error (fixture->listen_error);
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
  add ("/websocket/open", NULL, test_open);
  add ("/websocket/plain", "both", test_plain);
  add ("/websocket/plain-listener", "listener", test_plain);
  add ("/websocket/plain-dialler", "dialler", test_plain);
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
  return g_test_run ();
}
