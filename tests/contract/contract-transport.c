/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * What every transport promises.
 */

#include "contract-transport-fixture.h"
#include "test-util.h"

#define WAIT_MS 20000
#define PROTOCOL "confsync.v1"

static GBytes *
make_message (gsize size, gboolean text, guint number)
{
  char *data = g_malloc (size);

  for (gsize i = 0; i < size; i++)
    data[i] = text ? 'a' + (i + number) % 26 : (i * 7 + number) % 251;
  data[0] = text ? '{' : 0x1f;
  return g_bytes_new_take (data, size);
}

static void
send_numbered (TestEnd *end, guint number)
{
  g_autofree char *text = g_strdup_printf ("{\"number\":%u}", number);

  test_end_send (end, text);
}

static void
assert_numbered (TestEnd *end, guint count)
{
  g_assert_cmpuint (end->messages->len, ==, count);
  for (guint i = 0; i < count; i++)
    {
      g_autofree char *text = g_strdup_printf ("{\"number\":%u}", i);
      GBytes *message = end->messages->pdata[i];

      g_assert_cmpmem (g_bytes_get_data (message, NULL), g_bytes_get_size (message), text,
                       strlen (text));
    }
}

static char *
dup_scheme (TransportFixture *fixture)
{
  return g_strndup (fixture->address, strcspn (fixture->address, ":"));
}

static void
test_schemes (TransportFixture *fixture, gconstpointer data)
{
  const char *const *schemes = confsync_transport_get_schemes (fixture->transport);
  g_autofree char *scheme = dup_scheme (fixture);

  g_assert_nonnull (schemes);
  g_assert_true (g_strv_contains (schemes, scheme));
}

static void
test_open (TransportFixture *fixture, gconstpointer data)
{
  TestEnd *accepted;
  g_autoptr (TestEnd) dialled = transport_connect (fixture, &accepted);

  g_test_summary ("Both ends are open, speak the protocol and know where the other one is");

  g_assert_true (confsync_channel_is_open (dialled->channel));
  g_assert_true (confsync_channel_is_open (accepted->channel));
  g_assert_cmpstr (confsync_channel_get_protocol (dialled->channel), ==, PROTOCOL);
  g_assert_cmpstr (confsync_channel_get_protocol (accepted->channel), ==, PROTOCOL);
  g_assert_nonnull (confsync_channel_get_remote (dialled->channel));
  g_assert_nonnull (confsync_channel_get_remote (accepted->channel));
  g_assert_true (confsync_channel_is_local (dialled->channel));
  g_assert_true (confsync_channel_is_local (accepted->channel));
  g_assert_false (confsync_listener_is_exposed (fixture->port->listener));
}

static void
test_order (TransportFixture *fixture, gconstpointer data)
{
  enum { COUNT = 1000 };
  TestEnd *accepted;
  g_autoptr (TestEnd) dialled = transport_connect (fixture, &accepted);

  g_test_summary ("A thousand messages each way at once come out whole and in order");

  for (guint i = 0; i < COUNT; i++)
    {
      send_numbered (dialled, i);
      send_numbered (accepted, i);
    }
  g_assert_cmpuint (dialled->messages->len, ==, 0);
  g_assert_cmpuint (accepted->messages->len, ==, 0);
  test_end_wait_messages (dialled, COUNT);
  test_end_wait_messages (accepted, COUNT);
  assert_numbered (dialled, COUNT);
  assert_numbered (accepted, COUNT);
}

static void
test_sizes (TransportFixture *fixture, gconstpointer data)
{
  static const gsize sizes[] = { 1, 2, 125, 126, 127, 65535, 65536, 1 << 20, 8 << 20 };
  TestEnd *accepted;
  g_autoptr (TestEnd) dialled = transport_connect (fixture, &accepted);

  g_test_summary ("Text and binary messages of all sizes come out as the same bytes");

  for (guint i = 0; i < 2 * G_N_ELEMENTS (sizes); i++)
    {
      g_autoptr (GBytes) message = make_message (sizes[i / 2], i % 2 == 0, i);
      TestEnd *from = i % 3 == 0 ? accepted : dialled;
      TestEnd *to = i % 3 == 0 ? dialled : accepted;
      guint before = to->messages->len;

      confsync_channel_send (from->channel, message);
      test_end_wait_messages (to, before + 1);
      g_assert_true (g_bytes_equal (to->messages->pdata[before], message));
    }
}

static void
test_oversize (TransportFixture *fixture, gconstpointer data)
{
  TestEnd *accepted;
  g_autoptr (TestEnd) dialled = transport_connect (fixture, &accepted);
  g_autoptr (GBytes) most = make_message (1000, TRUE, 0);
  g_autoptr (GBytes) more = make_message (1001, TRUE, 0);

  g_test_summary ("A message of the limit passes; one byte more ends the link with an error");

  confsync_channel_set_max_message (accepted->channel, 1000);
  confsync_channel_send (dialled->channel, most);
  test_end_wait_messages (accepted, 1);
  confsync_channel_send (dialled->channel, more);
  test_end_wait_closed (accepted);
  test_end_wait_closed (dialled);
  g_assert_cmpuint (accepted->messages->len, ==, 1);
  g_assert_nonnull (accepted->error);
}

static void
test_close_during_send (TransportFixture *fixture, gconstpointer data)
{
  enum { COUNT = 200 };
  TestEnd *accepted;
  g_autoptr (TestEnd) dialled = transport_connect (fixture, &accepted);
  g_autoptr (GBytes) message = make_message (10000, FALSE, 0);

  g_test_summary ("What was sent before an orderly close arrives before its end");

  for (guint i = 0; i < COUNT; i++)
    confsync_channel_send (dialled->channel, message);
  confsync_channel_close (dialled->channel);
  test_end_wait_closed (accepted);
  test_end_wait_closed (dialled);
  g_assert_cmpuint (accepted->messages->len, ==, COUNT);
  g_assert_no_error (accepted->error);
  g_assert_no_error (dialled->error);
}

static void
test_close_accepted (TransportFixture *fixture, gconstpointer data)
{
  TestEnd *accepted;
  g_autoptr (TestEnd) dialled = transport_connect (fixture, &accepted);

  g_test_summary ("The accepting end may close as well");

  send_numbered (accepted, 0);
  confsync_channel_close (accepted->channel);
  test_end_wait_closed (dialled);
  test_end_wait_closed (accepted);
  assert_numbered (dialled, 1);
  g_assert_no_error (dialled->error);
}

static void
test_after_close (TransportFixture *fixture, gconstpointer data)
{
  TestEnd *accepted;
  g_autoptr (TestEnd) dialled = transport_connect (fixture, &accepted);
  g_autoptr (TestEnd) other = NULL;
  TestEnd *barrier;

  g_test_summary ("Closing again and sending after the close do nothing");

  confsync_channel_close (dialled->channel);
  confsync_channel_close (dialled->channel);
  send_numbered (dialled, 0);
  test_end_wait_closed (dialled);
  test_end_wait_closed (accepted);
  confsync_channel_close (dialled->channel);
  confsync_channel_close (accepted->channel);
  send_numbered (dialled, 0);
  send_numbered (accepted, 0);

  /* whatever was to come of it has come once another link carried a message */
  other = transport_connect (fixture, &barrier);
  send_numbered (other, 0);
  test_end_wait_messages (barrier, 1);
  g_assert_cmpuint (accepted->messages->len, ==, 0);
  g_assert_cmpuint (dialled->messages->len, ==, 0);
  g_assert_cmpuint (dialled->closed, ==, 1);
  g_assert_cmpuint (accepted->closed, ==, 1);
}

static void
test_close_connecting (TransportFixture *fixture, gconstpointer data)
{
  g_autoptr (TestEnd) dialled = test_end_dial (fixture->transport, fixture->address);

  g_test_summary ("A channel closed while it connects never opens, and is closed once");

  confsync_channel_close (dialled->channel);
  test_end_wait_closed (dialled);
  g_assert_cmpuint (dialled->opened, ==, 0);
}

static void
test_nobody (TransportFixture *fixture, gconstpointer data)
{
  g_autoptr (TestEnd) dialled = NULL;

  g_test_summary ("A dial to nobody closes with an error and never opens");

  confsync_listener_stop (fixture->port->listener);
  dialled = test_end_dial (fixture->transport, fixture->address);
  g_assert_cmpuint (dialled->closed, ==, 0);
  test_end_wait_closed (dialled);
  g_assert_cmpuint (dialled->opened, ==, 0);
  g_assert_error (dialled->error, G_IO_ERROR, G_IO_ERROR_CONNECTION_REFUSED);
}

static void
test_invalid_address (TransportFixture *fixture, gconstpointer data)
{
  g_autofree char *scheme = dup_scheme (fixture);
  g_autofree char *address = g_strconcat (scheme, ":", NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (GError) listen_error = NULL;

  g_test_summary ("An address without a place makes no sense, and the error names it");

  g_assert_null (confsync_transport_dial (fixture->transport, address, &error));
  g_assert_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_INVALID_ADDRESS);
  g_assert_nonnull (strstr (error->message, address));

  listen_error = test_port_new_error (fixture->transport, address);
  g_assert_error (listen_error, CONFSYNC_ERROR, CONFSYNC_ERROR_INVALID_ADDRESS);
}

static void
test_stop (TransportFixture *fixture, gconstpointer data)
{
  TestEnd *accepted;
  g_autoptr (TestEnd) dialled = transport_connect (fixture, &accepted);
  g_autoptr (TestEnd) late = NULL;

  g_test_summary ("A stopped listener takes nobody in; who is in stays");

  confsync_listener_stop (fixture->port->listener);
  confsync_listener_stop (fixture->port->listener);
  late = test_end_dial (fixture->transport, fixture->address);
  test_end_wait_closed (late);
  g_assert_cmpuint (late->opened, ==, 0);
  g_assert_nonnull (late->error);

  send_numbered (dialled, 0);
  send_numbered (accepted, 0);
  test_end_wait_messages (accepted, 1);
  test_end_wait_messages (dialled, 1);
  g_assert_cmpuint (fixture->port->ends->len, ==, 1);
}

static void
test_taken (TransportFixture *fixture, gconstpointer data)
{
  g_autofree char *place = transport_dup_place (fixture);
  g_autoptr (GError) error = test_port_new_error (fixture->transport, fixture->address);
  g_autoptr (TestPort) again = NULL;

  g_test_summary ("A taken address is an error that names it, and free again after a stop");

  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_ADDRESS_IN_USE);
  g_assert_nonnull (strstr (error->message, place));

  confsync_listener_stop (fixture->port->listener);
  again = test_port_new (fixture->transport, fixture->address);
  g_assert_cmpstr (confsync_listener_get_address (again->listener), ==, fixture->address);
}

static void
cancelled_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GError **error = user_data;

  g_assert_null (confsync_transport_listen_finish (CONFSYNC_TRANSPORT (source), result, error));
}

static gboolean
is_set (gpointer data)
{
  return *(gpointer *) data != NULL;
}

static void
test_cancelled (TransportFixture *fixture, gconstpointer data)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GError) error = NULL;

  g_test_summary ("A listen that was cancelled before it began opens nothing");

  confsync_listener_stop (fixture->port->listener);
  g_cancellable_cancel (cancellable);
  confsync_transport_listen_async (fixture->transport, fixture->address, CONFSYNC_LISTEN_NONE,
                                   cancellable, cancelled_cb, &error);
  g_assert_no_error (error);
  g_assert_true (test_wait_until (is_set, &error, WAIT_MS));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
}

static void
test_buffered (TransportFixture *fixture, gconstpointer data)
{
  enum { COUNT = 100 };
  TestEnd *accepted;
  g_autoptr (TestEnd) dialled = transport_connect (fixture, &accepted);
  g_autoptr (GBytes) message = make_message (100000, FALSE, 0);

  g_test_summary ("What waits to be sent is counted, and comes back to nothing");

  for (guint i = 0; i < COUNT; i++)
    confsync_channel_send (dialled->channel, message);
  g_assert_cmpuint (confsync_channel_get_buffered (dialled->channel), >, 0);
  g_assert_cmpuint (confsync_channel_get_buffered (dialled->channel), <=, COUNT * 110000);
  test_end_wait_messages (accepted, COUNT);
  g_assert_true (test_wait_until (test_end_is_drained, dialled, WAIT_MS));
  g_assert_true (test_wait_until (test_end_is_drained, accepted, WAIT_MS));
}

static void
test_drop_end (TransportFixture *fixture, gconstpointer data)
{
  TestEnd *accepted;
  g_autoptr (TestEnd) dialled = transport_connect (fixture, &accepted);

  g_test_summary ("An end that is dropped without a close ends the link for the other");

  test_end_drop (dialled);
  contract_collect ();
  test_end_wait_closed (accepted);
}

static void
test_half_message (TransportFixture *fixture, gconstpointer data)
{
  enum { COUNT = 4, SIZE = 2 << 20 };
  TestEnd *accepted;
  g_autoptr (TestEnd) dialled = transport_connect (fixture, &accepted);

  g_test_summary ("Of an end that goes while it sends, whole messages arrive, and never a part");

  for (guint i = 0; i < COUNT; i++)
    {
      g_autoptr (GBytes) message = make_message (SIZE, TRUE, i);

      confsync_channel_send (dialled->channel, message);
    }
  test_end_drop (dialled);
  contract_collect ();
  test_end_wait_closed (accepted);
  g_assert_cmpuint (accepted->messages->len, <=, COUNT);
  for (guint i = 0; i < accepted->messages->len; i++)
    {
      g_autoptr (GBytes) message = make_message (SIZE, TRUE, i);

      g_assert_true (g_bytes_equal (accepted->messages->pdata[i], message));
    }
}

static void
test_finalize (TransportFixture *fixture, gconstpointer data)
{
  TestEnd *accepted;
  TestEnd *dialled = transport_connect (fixture, &accepted);
  gpointer objects[] = { dialled->channel, accepted->channel, fixture->port->listener };

  g_test_summary ("Nothing survives its last reference, whether or not it was closed");

  send_numbered (dialled, 0);
  for (guint i = 0; i < G_N_ELEMENTS (objects); i++)
    g_object_add_weak_pointer (objects[i], &objects[i]);
  test_end_free (dialled);
  g_clear_pointer (&fixture->port, test_port_free);
  for (guint i = 0; i < G_N_ELEMENTS (objects); i++)
    g_assert_true (contract_wait_gone (&objects[i]));

  fixture->port = transport_listen (fixture);
}

static void
test_finalize_closed (TransportFixture *fixture, gconstpointer data)
{
  TestEnd *accepted;
  g_autoptr (TestEnd) dialled = transport_connect (fixture, &accepted);
  gpointer objects[] = { dialled->channel, accepted->channel };

  g_test_summary ("A channel that was closed doesn't survive its last reference");

  confsync_channel_close (dialled->channel);
  test_end_wait_closed (dialled);
  test_end_wait_closed (accepted);
  for (guint i = 0; i < G_N_ELEMENTS (objects); i++)
    g_object_add_weak_pointer (objects[i], &objects[i]);
  test_end_drop (dialled);
  test_end_drop (accepted);
  for (guint i = 0; i < G_N_ELEMENTS (objects); i++)
    g_assert_true (contract_wait_gone (&objects[i]));
}

static gboolean
may_use_threads (const ContractRow *row)
{
  if ((row->flags & CONFSYNC_CONTRACT_FLAGS_SINGLE_THREAD) == 0)
    return TRUE;
  g_test_skip ("its objects can live in the main thread only");
  return FALSE;
}

/* A whole life in a thread with its own main context: the test's ends assert that every signal
 * comes there. */
static gpointer
life_thread (gpointer data)
{
  g_autoptr (GMainContext) context = g_main_context_new ();
  TransportFixture fixture = { 0 };

  g_main_context_push_thread_default (context);
  transport_setup (&fixture, data);
  test_order (&fixture, data);
  test_close_during_send (&fixture, data);
  transport_teardown (&fixture, data);
  g_main_context_pop_thread_default (context);
  return NULL;
}

static void
test_thread (gconstpointer data)
{
  g_test_summary ("A transport works in a thread with a main context of its own");

  if (!may_use_threads (data))
    return;
  g_thread_join (g_thread_new ("life", life_thread, (gpointer) data));
}

typedef struct
{
  const ContractRow *row;
  const char *address;
  int done;
} Visit;

static gpointer
visit_thread (gpointer data)
{
  Visit *visit = data;
  g_autoptr (GMainContext) context = g_main_context_new ();
  g_autoptr (ConfsyncTransport) transport = NULL;
  g_autoptr (TestEnd) dialled = NULL;

  g_main_context_push_thread_default (context);
  transport = transport_make (visit->row);
  dialled = test_end_dial (transport, visit->address);
  test_end_wait_opened (dialled);
  for (guint i = 0; i < 100; i++)
    send_numbered (dialled, i);
  test_end_wait_messages (dialled, 100);
  assert_numbered (dialled, 100);
  confsync_channel_close (dialled->channel);
  test_end_wait_closed (dialled);
  g_clear_pointer (&dialled, test_end_free);
  g_main_context_pop_thread_default (context);

  g_atomic_int_set (&visit->done, TRUE);
  g_main_context_wakeup (NULL);
  return NULL;
}

static gboolean
is_done (gpointer data)
{
  return g_atomic_int_get (&((Visit *) data)->done);
}

static void
test_between_threads (TransportFixture *fixture, gconstpointer data)
{
  Visit visit = { fixture->row, fixture->address, FALSE };
  g_autoptr (GThread) thread = NULL;
  TestEnd *accepted;

  g_test_summary ("Each end gets its signals in its own thread");

  if (!may_use_threads (fixture->row))
    return;
  thread = g_thread_new ("visit", visit_thread, &visit);
  accepted = test_port_wait (fixture->port, 0);
  for (guint i = 0; i < 100; i++)
    send_numbered (accepted, i);
  g_assert_true (test_wait_until (is_done, &visit, WAIT_MS));
  g_thread_join (g_steal_pointer (&thread));
  test_end_wait_closed (accepted);
  assert_numbered (accepted, 100);
}

static const struct
{
  const char *name;
  void (*function) (TransportFixture *fixture, gconstpointer data);
} cases[] = {
  { "schemes", test_schemes },
  { "open", test_open },
  { "order", test_order },
  { "sizes", test_sizes },
  { "oversize", test_oversize },
  { "close-during-send", test_close_during_send },
  { "close-accepted", test_close_accepted },
  { "after-close", test_after_close },
  { "close-connecting", test_close_connecting },
  { "nobody", test_nobody },
  { "invalid-address", test_invalid_address },
  { "stop", test_stop },
  { "taken", test_taken },
  { "cancelled", test_cancelled },
  { "buffered", test_buffered },
  { "drop-end", test_drop_end },
  { "half-message", test_half_message },
  { "finalize", test_finalize },
  { "finalize-closed", test_finalize_closed },
  { "between-threads", test_between_threads },
};

/**
 * confsync_contract_add_transport:
 * @implementation: a class that implements #ConfsyncTransport and is made without arguments
 * @address: where it listens; `%s` in it stands for a fresh directory
 * @flags: what is known of it
 *
 * Adds the tests of a transport.
 *
 * Since: 1.0
 */
void
confsync_contract_add_transport (GType implementation,
                                 const char *address,
                                 ConfsyncContractFlags flags)
{
  ContractRow *row = contract_row_new (implementation, address);

  row->flags = flags;
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *path = contract_path ("transport", row, cases[i].name);

      g_test_add (path, TransportFixture, row, transport_setup, cases[i].function,
                  transport_teardown);
    }
  {
    g_autofree char *path = contract_path ("transport", row, "thread");

    g_test_add_data_func (path, row, test_thread);
  }
}
