/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * The faults of the loopback transport, under a virtual clock: nothing here waits for real time.
 */

#include <confsync.h>

#include "test-channel-end.h"
#include "virtual-clock.h"

#define HUB "loopback:hub"

typedef struct
{
  ConfsyncVirtualClock *clock;
  ConfsyncTransport *transport;
  TestPort *port;
} Fixture;

static ConfsyncTransport *
make_transport (ConfsyncVirtualClock *clock)
{
  g_autoptr (GError) error = NULL;
  GType type = confsync_registry_find (CONFSYNC_TYPE_TRANSPORT, "loopback", &error);

  g_assert_no_error (error);
  return g_object_new (type, "clock", clock, NULL);
}

static void
setup (Fixture *fixture, gconstpointer data)
{
  fixture->clock = virtual_clock_new (0);
  fixture->transport = make_transport (fixture->clock);
  fixture->port = test_port_new (fixture->transport, HUB);
}

static void
teardown (Fixture *fixture, gconstpointer data)
{
  g_clear_pointer (&fixture->port, test_port_free);
  virtual_clock_advance (fixture->clock, 60000);
  g_assert_finalize_object (fixture->transport);
  g_assert_finalize_object (fixture->clock);
}

static gint64
now_ms (Fixture *fixture)
{
  return confsync_clock_get_monotonic (CONFSYNC_CLOCK (fixture->clock)) / 1000;
}

static void
settle (Fixture *fixture)
{
  virtual_clock_advance (fixture->clock, 0);
}

/* Dials, and lets as much time pass as the longest delay of these tests takes. */
static TestEnd *
connect_pair (Fixture *fixture, const char *address, TestEnd **accepted)
{
  TestEnd *dialled = test_end_dial (fixture->transport, address);

  virtual_clock_advance (fixture->clock, 100);
  g_assert_true (test_end_is_opened (dialled));
  *accepted = fixture->port->ends->pdata[fixture->port->ends->len - 1];
  return dialled;
}

static void
send_numbers (TestEnd *end, guint first, guint count)
{
  for (guint i = first; i < first + count; i++)
    {
      g_autoptr (GBytes) message = g_bytes_new (&i, sizeof i);

      confsync_channel_send (end->channel, message);
    }
}

static guint
get_number (TestEnd *end, guint index)
{
  guint number;

  g_assert_cmpuint (index, <, end->messages->len);
  memcpy (&number, g_bytes_get_data (end->messages->pdata[index], NULL), sizeof number);
  return number;
}

/* Counts the places where a message comes before one that was sent earlier. */
static guint
count_disorder (TestEnd *end)
{
  guint count = 0;

  for (guint i = 1; i < end->messages->len; i++)
    if (get_number (end, i) < get_number (end, i - 1))
      count++;
  return count;
}

static void
test_plain (Fixture *fixture, gconstpointer data)
{
  TestEnd *accepted;
  g_autoptr (TestEnd) dialled = connect_pair (fixture, HUB, &accepted);
  g_autoptr (GBytes) message = g_bytes_new_static ("{}", 2);
  gint64 before = now_ms (fixture);

  g_test_summary ("Without faults a message takes no time, is not copied, and waits for the loop");

  confsync_channel_send (dialled->channel, message);
  g_assert_cmpuint (confsync_channel_get_buffered (dialled->channel), ==, 2);
  g_assert_cmpuint (accepted->messages->len, ==, 0);
  g_assert_true (g_main_context_iteration (NULL, FALSE));
  g_assert_cmpuint (accepted->messages->len, ==, 1);
  g_assert_true (accepted->messages->pdata[0] == message);
  g_assert_cmpuint (confsync_channel_get_buffered (dialled->channel), ==, 0);
  g_assert_cmpint (now_ms (fixture), ==, before);
}

static const char *const bad_words[] = {
  "lossy=1", "loss", "loss=", "loss=1.5", "loss=-1", "loss=nan", "loss=0x1", "delay=5-1",
  "delay=", "delay=-5", "delay=1-2-3", "delay=99999999", "seed=x", "seed=-1", "=1", "seed =1",
};

static void
test_bad_words (Fixture *fixture, gconstpointer data)
{
  g_test_summary ("A bad fault is an error that names it and the known ones");

  for (guint i = 0; i < G_N_ELEMENTS (bad_words); i++)
    {
      g_autofree char *address = g_strconcat (HUB "?delay=1&", bad_words[i], NULL);
      g_autofree char *word = g_strndup (bad_words[i], strcspn (bad_words[i], " "));
      g_autoptr (GError) error = NULL;

      g_assert_null (confsync_transport_dial (fixture->transport, address, &error));
      g_assert_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_INVALID_ADDRESS);
      g_assert_nonnull (strstr (error->message, word));
      g_assert_nonnull (strstr (error->message, "reorder=0..1"));
    }
}

static void
test_bad_property (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GError) listen_error = NULL;

  g_test_summary ("Bad faults of the transport show at the dial; faults have no place in a listen");

  g_object_set (fixture->transport, "faults", "seed=1 delay=often", NULL);
  g_assert_null (confsync_transport_dial (fixture->transport, HUB, &error));
  g_assert_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_INVALID_ADDRESS);
  g_assert_nonnull (strstr (error->message, "delay=often"));

  listen_error = test_port_new_error (fixture->transport, "loopback:other?seed=1");
  g_assert_error (listen_error, CONFSYNC_ERROR, CONFSYNC_ERROR_INVALID_ADDRESS);
}

static void
test_delay (Fixture *fixture, gconstpointer data)
{
  g_autoptr (TestEnd) dialled = test_end_dial (fixture->transport, HUB "?delay=10");
  TestEnd *accepted;

  g_test_summary ("A delay of 10 ms is 10 ms, for connecting, each message and the end");

  virtual_clock_advance (fixture->clock, 19);
  g_assert_false (test_end_is_opened (dialled));
  virtual_clock_advance (fixture->clock, 1);
  g_assert_true (test_end_is_opened (dialled));

  accepted = fixture->port->ends->pdata[0];
  send_numbers (dialled, 0, 1);
  virtual_clock_advance (fixture->clock, 9);
  g_assert_cmpuint (accepted->messages->len, ==, 0);
  g_assert_cmpuint (confsync_channel_get_buffered (dialled->channel), ==, sizeof (guint));
  virtual_clock_advance (fixture->clock, 1);
  g_assert_cmpuint (accepted->messages->len, ==, 1);
  g_assert_cmpuint (confsync_channel_get_buffered (dialled->channel), ==, 0);

  confsync_channel_close (dialled->channel);
  virtual_clock_advance (fixture->clock, 9);
  g_assert_true (test_end_is_closed (dialled));
  g_assert_false (test_end_is_closed (accepted));
  virtual_clock_advance (fixture->clock, 1);
  g_assert_true (test_end_is_closed (accepted));
}

static void
test_delay_order (Fixture *fixture, gconstpointer data)
{
  TestEnd *accepted;
  g_autoptr (TestEnd) dialled = connect_pair (fixture, HUB "?seed=5&delay=0-20", &accepted);

  g_test_summary ("Different delays keep the order, and spread the messages");

  for (guint i = 0; i < 100; i++)
    {
      send_numbers (dialled, i, 1);
      virtual_clock_advance (fixture->clock, 2);
    }
  g_assert_cmpuint (accepted->messages->len, <, 100);
  virtual_clock_advance (fixture->clock, 20);
  g_assert_cmpuint (accepted->messages->len, ==, 100);
  g_assert_cmpuint (count_disorder (accepted), ==, 0);
}

static void
test_loss (Fixture *fixture, gconstpointer data)
{
  TestEnd *accepted;
  g_autoptr (TestEnd) dialled = connect_pair (fixture, HUB "?seed=7&loss=0.2", &accepted);

  g_test_summary ("Of 10,000 messages a fifth is lost (standard deviation 40), both ways alike");

  send_numbers (dialled, 0, 10000);
  send_numbers (accepted, 0, 10000);
  settle (fixture);
  g_assert_cmpuint (accepted->messages->len, >, 7800);
  g_assert_cmpuint (accepted->messages->len, <, 8200);
  g_assert_cmpuint (dialled->messages->len, >, 7800);
  g_assert_cmpuint (dialled->messages->len, <, 8200);
  g_assert_cmpuint (count_disorder (accepted), ==, 0);
  g_assert_cmpuint (confsync_channel_get_buffered (dialled->channel), ==, 0);
}

static void
test_duplication (Fixture *fixture, gconstpointer data)
{
  TestEnd *accepted;
  g_autoptr (TestEnd) dialled = connect_pair (fixture, HUB "?dup=1", &accepted);

  g_test_summary ("Each message twice");

  send_numbers (dialled, 0, 100);
  settle (fixture);
  g_assert_cmpuint (accepted->messages->len, ==, 200);
  for (guint i = 0; i < 200; i++)
    g_assert_cmpuint (get_number (accepted, i), ==, i / 2);
}

static void
test_reordering (Fixture *fixture, gconstpointer data)
{
  enum { COUNT = 1000 };
  TestEnd *accepted;
  g_autoptr (TestEnd) dialled = connect_pair (fixture, HUB "?seed=3&reorder=0.1", &accepted);
  g_autofree guint *seen = g_new0 (guint, COUNT);

  g_test_summary ("Messages overtake each other, none is lost, and the end comes last");

  send_numbers (dialled, 0, COUNT);
  confsync_channel_close (dialled->channel);
  settle (fixture);
  g_assert_cmpuint (accepted->messages->len, >, COUNT * 8 / 10);
  g_assert_cmpuint (accepted->messages->len, <, COUNT);
  g_assert_false (test_end_is_closed (accepted));

  virtual_clock_advance (fixture->clock, 20);
  g_assert_cmpuint (accepted->messages->len, ==, COUNT);
  g_assert_cmpuint (count_disorder (accepted), >, 1);
  for (guint i = 0; i < COUNT; i++)
    seen[get_number (accepted, i)]++;
  for (guint i = 0; i < COUNT; i++)
    g_assert_cmpuint (seen[i], ==, 1);
  g_assert_true (test_end_is_closed (accepted));
  g_assert_no_error (accepted->error);
}

static void
test_cut (Fixture *fixture, gconstpointer data)
{
  TestEnd *accepted;
  g_autoptr (TestEnd) dialled = connect_pair (fixture, HUB "?seed=4&cut=0.01", &accepted);
  guint arrived;

  g_test_summary ("The link breaks at a message; those before it arrive, both ends see an error");

  send_numbers (dialled, 0, 2000);
  settle (fixture);
  arrived = accepted->messages->len;
  g_assert_cmpuint (arrived, >, 0);
  g_assert_cmpuint (arrived, <, 2000);
  g_assert_cmpuint (get_number (accepted, arrived - 1), ==, arrived - 1);
  g_assert_error (accepted->error, G_IO_ERROR, G_IO_ERROR_CONNECTION_CLOSED);
  g_assert_error (dialled->error, G_IO_ERROR, G_IO_ERROR_CONNECTION_CLOSED);
  g_assert_cmpuint (dialled->closed, ==, 1);
  g_assert_cmpuint (accepted->closed, ==, 1);
}

static void
set_partition (Fixture *fixture, const char *names)
{
  g_autofree char *now = NULL;

  g_object_set (fixture->transport, "partition", names, NULL);
  g_object_get (fixture->transport, "partition", &now, NULL);
  g_assert_cmpstr (now, ==, names);
}

typedef struct
{
  const char *words;
  guint towards; /* messages that pass to the listener meanwhile */
  guint from;
} Partition;

static const Partition partitions[] = {
  { "hub", 0, 0 },         { "hub>", 0, 1 }, { "hub<", 1, 0 },
  { "other, hub ", 0, 0 }, { "other", 1, 1 }, { "hub<,hub>", 0, 0 },
};

static void
test_partition (Fixture *fixture, gconstpointer data)
{
  const Partition *partition = data;
  TestEnd *accepted;
  g_autoptr (TestEnd) dialled = connect_pair (fixture, HUB, &accepted);

  g_test_summary ("A partition swallows silently, and lets pass again what is sent after it");

  set_partition (fixture, partition->words);
  send_numbers (dialled, 0, 1);
  send_numbers (accepted, 0, 1);
  virtual_clock_advance (fixture->clock, 60000);
  g_assert_cmpuint (accepted->messages->len, ==, partition->towards);
  g_assert_cmpuint (dialled->messages->len, ==, partition->from);
  g_assert_cmpuint (confsync_channel_get_buffered (dialled->channel), ==, 0);

  set_partition (fixture, NULL);
  send_numbers (dialled, 1, 1);
  send_numbers (accepted, 1, 1);
  settle (fixture);
  g_assert_cmpuint (accepted->messages->len, ==, partition->towards + 1);
  g_assert_cmpuint (get_number (accepted, partition->towards), ==, 1);
  g_assert_cmpuint (dialled->messages->len, ==, partition->from + 1);
  g_assert_cmpuint (dialled->closed + accepted->closed, ==, 0);
}

static void
test_partition_dialler (Fixture *fixture, gconstpointer data)
{
  g_autoptr (ConfsyncTransport) other = make_transport (fixture->clock);
  TestEnd *accepted;
  g_autoptr (TestEnd) dialled = connect_pair (fixture, HUB, &accepted);
  g_autoptr (TestEnd) cut_off = test_end_dial (other, HUB);
  TestEnd *cut_accepted;

  g_test_summary ("A partition of a dialler's transport cuts off that dialler only");

  settle (fixture);
  cut_accepted = fixture->port->ends->pdata[1];
  g_object_set (other, "partition", "hub", NULL);
  send_numbers (dialled, 0, 1);
  send_numbers (cut_off, 0, 1);
  send_numbers (accepted, 0, 1);
  send_numbers (cut_accepted, 0, 1);
  settle (fixture);
  g_assert_cmpuint (accepted->messages->len, ==, 1);
  g_assert_cmpuint (dialled->messages->len, ==, 1);
  g_assert_cmpuint (cut_accepted->messages->len, ==, 0);
  g_assert_cmpuint (cut_off->messages->len, ==, 0);
}

static void
test_partition_dial (Fixture *fixture, gconstpointer data)
{
  g_autoptr (ConfsyncTransport) other = make_transport (fixture->clock);
  g_autoptr (TestEnd) hung = NULL;
  g_autoptr (TestEnd) closed = NULL;
  g_autoptr (TestEnd) afar = NULL;

  g_test_summary ("Dials hang until they are closed or the partition heals");

  set_partition (fixture, "hub>");
  hung = test_end_dial (fixture->transport, HUB);
  closed = test_end_dial (fixture->transport, HUB);
  afar = test_end_dial (other, HUB);
  virtual_clock_advance (fixture->clock, 60000);
  g_assert_cmpuint (hung->opened + closed->opened + afar->opened, ==, 0);
  g_assert_cmpuint (hung->closed + closed->closed + afar->closed, ==, 0);

  confsync_channel_close (closed->channel);
  settle (fixture);
  g_assert_true (test_end_is_closed (closed));

  set_partition (fixture, "hub<");
  settle (fixture);
  g_assert_cmpuint (hung->opened + afar->opened, ==, 0);

  set_partition (fixture, NULL);
  settle (fixture);
  g_assert_true (test_end_is_opened (hung));
  g_assert_true (test_end_is_opened (afar));
  g_assert_cmpuint (closed->opened, ==, 0);
  g_assert_cmpuint (fixture->port->ends->len, ==, 2);
}

static void
test_partition_close (Fixture *fixture, gconstpointer data)
{
  TestEnd *accepted;
  g_autoptr (TestEnd) dialled = connect_pair (fixture, HUB, &accepted);

  g_test_summary ("A close isn't heard through a partition; a send after healing finds out");

  set_partition (fixture, "hub");
  confsync_channel_close (dialled->channel);
  settle (fixture);
  g_assert_true (test_end_is_closed (dialled));
  g_assert_false (test_end_is_closed (accepted));

  set_partition (fixture, NULL);
  virtual_clock_advance (fixture->clock, 60000);
  g_assert_false (test_end_is_closed (accepted));
  send_numbers (accepted, 0, 2);
  settle (fixture);
  g_assert_cmpuint (accepted->closed, ==, 1);
  g_assert_error (accepted->error, G_IO_ERROR, G_IO_ERROR_CONNECTION_CLOSED);
}

static void
test_dropped_dial (Fixture *fixture, gconstpointer data)
{
  g_autoptr (TestEnd) dialled = test_end_dial (fixture->transport, HUB "?delay=10");
  g_autoptr (TestEnd) stopped = NULL;

  g_test_summary ("A dial dropped on its way comes to nobody; one on its way to a stop is refused");

  virtual_clock_advance (fixture->clock, 5);
  test_end_drop (dialled);
  virtual_clock_advance (fixture->clock, 60000);
  g_assert_cmpuint (fixture->port->ends->len, ==, 0);

  stopped = test_end_dial (fixture->transport, HUB "?delay=10");
  virtual_clock_advance (fixture->clock, 5);
  confsync_listener_stop (fixture->port->listener);
  settle (fixture);
  g_assert_error (stopped->error, G_IO_ERROR, G_IO_ERROR_CONNECTION_REFUSED);
  g_assert_nonnull (strstr (stopped->error->message, HUB));
}

typedef struct
{
  Fixture *fixture;
  GString *text;
  const char *label;
} Trace;

static void
trace_received_cb (ConfsyncChannel *channel, GBytes *message, gpointer user_data)
{
  Trace *trace = user_data;
  guint number;

  memcpy (&number, g_bytes_get_data (message, NULL), sizeof number);
  g_string_append_printf (trace->text, "%s%u@%" G_GINT64_FORMAT " ", trace->label, number,
                          now_ms (trace->fixture));
}

static void
trace_closed_cb (ConfsyncChannel *channel, const GError *error, gpointer user_data)
{
  Trace *trace = user_data;

  g_string_append_printf (trace->text, "%s!@%" G_GINT64_FORMAT " ", trace->label,
                          now_ms (trace->fixture));
}

static void
trace_end (TestEnd *end, Trace *trace)
{
  g_signal_connect (end->channel, "received", G_CALLBACK (trace_received_cb), trace);
  g_signal_connect (end->channel, "closed", G_CALLBACK (trace_closed_cb), trace);
}

/* Three links, 400 messages over each, both ways, and what came when. */
static char *
play (const char *faults)
{
  Fixture fixture = { 0 };
  GString *text = g_string_new (NULL);
  Trace traces[6];
  TestEnd *dialled[3];

  setup (&fixture, NULL);
  g_object_set (fixture.transport, "faults", faults, NULL);
  for (guint i = 0; i < 3; i++)
    {
      TestEnd *accepted;

      dialled[i] = connect_pair (&fixture, HUB, &accepted);
      traces[i] = (Trace) { &fixture, text, ((const char *[]) { "a", "b", "c" })[i] };
      traces[i + 3] = (Trace) { &fixture, text, ((const char *[]) { "A", "B", "C" })[i] };
      trace_end (dialled[i], &traces[i]);
      trace_end (accepted, &traces[i + 3]);
    }
  for (guint i = 0; i < 400; i++)
    {
      for (guint j = 0; j < 3; j++)
        {
          send_numbers (dialled[j], i, 1);
          send_numbers (fixture.port->ends->pdata[j], i, 1);
        }
      virtual_clock_advance (fixture.clock, 1);
    }
  virtual_clock_advance (fixture.clock, 1000);

  for (guint i = 0; i < 3; i++)
    {
      g_signal_handlers_disconnect_by_data (dialled[i]->channel, &traces[i]);
      test_end_free (dialled[i]);
    }
  g_clear_pointer (&fixture.port, test_port_free);
  teardown (&fixture, NULL);
  return g_string_free (text, FALSE);
}

static void
test_seed (void)
{
  g_autofree char *first =
    play ("seed=7 delay=0-20 loss=0.05 dup=0.05 reorder=0.05 cut=0.001");
  g_autofree char *again =
    play ("seed=7 delay=0-20 loss=0.05 dup=0.05 reorder=0.05 cut=0.001");
  g_autofree char *other =
    play ("seed=8 delay=0-20 loss=0.05 dup=0.05 reorder=0.05 cut=0.001");
  g_autofree char *calm = play ("seed=7");

  g_test_summary ("One seed gives one schedule, to the millisecond; another gives another");

  g_assert_cmpstr (first, ==, again);
  g_assert_cmpstr (first, !=, other);
  g_assert_cmpstr (first, !=, calm);
  g_assert_cmpuint (strlen (first), >, 1000);
}

static void
test_throughput (Fixture *fixture, gconstpointer data)
{
  enum { COUNT = 200000, BATCH = 1000 };
  TestEnd *accepted;
  g_autoptr (TestEnd) dialled = connect_pair (fixture, HUB, &accepted);
  g_autofree char *kilobyte = g_strnfill (1024, 'x');
  g_autoptr (GBytes) message = g_bytes_new (kilobyte, 1024);
  gint64 start_us = g_get_monotonic_time ();
  double seconds;

  for (guint i = 0; i < COUNT / BATCH; i++)
    {
      for (guint j = 0; j < BATCH; j++)
        confsync_channel_send (dialled->channel, message);
      settle (fixture);
    }
  seconds = (g_get_monotonic_time () - start_us) / 1e6;
  g_assert_cmpuint (accepted->messages->len, ==, COUNT);
  g_test_maximized_result (COUNT / seconds, "%.0f messages of 1 KiB a second", COUNT / seconds);
}

#define ADD(path, function) g_test_add (path, Fixture, NULL, setup, function, teardown)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("/loopback/plain", test_plain);
  ADD ("/loopback/bad-words", test_bad_words);
  ADD ("/loopback/bad-property", test_bad_property);
  ADD ("/loopback/delay", test_delay);
  ADD ("/loopback/delay-order", test_delay_order);
  ADD ("/loopback/loss", test_loss);
  ADD ("/loopback/duplication", test_duplication);
  ADD ("/loopback/reordering", test_reordering);
  ADD ("/loopback/cut", test_cut);
  for (guint i = 0; i < G_N_ELEMENTS (partitions); i++)
    {
      g_autofree char *path = g_strdup_printf ("/loopback/partition/%u", i);

      g_test_add (path, Fixture, &partitions[i], setup, test_partition, teardown);
    }
  ADD ("/loopback/partition-dialler", test_partition_dialler);
  ADD ("/loopback/partition-dial", test_partition_dial);
  ADD ("/loopback/partition-close", test_partition_close);
  ADD ("/loopback/dropped-dial", test_dropped_dial);
  g_test_add_func ("/loopback/seed", test_seed);
  ADD ("/loopback/throughput", test_throughput);
  return g_test_run ();
}
