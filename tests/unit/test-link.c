/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * The limits of a link, one below, at and one beyond each, over a channel whose buffer the test
 * fills and under a clock that the test moves.
 */

#include "config.h"

#include "confsync-link-private.h"

#include "confsync-error.h"
#include "test-util.h"
#include "virtual-clock.h"

#define START_US (G_GINT64_CONSTANT (1704110400) * G_USEC_PER_SEC)

/* a channel that sends nothing and says of its buffer what the test wants */
#define TEST_TYPE_CHANNEL (test_channel_get_type ())
G_DECLARE_FINAL_TYPE (TestChannel, test_channel, TEST, CHANNEL, ConfsyncChannel)

struct _TestChannel
{
  ConfsyncChannel parent_instance;
  gsize buffered;
  guint sent;
  guint closes;
};

G_DEFINE_FINAL_TYPE (TestChannel, test_channel, CONFSYNC_TYPE_CHANNEL)

static void
test_channel_send (ConfsyncChannel *channel, GBytes *message)
{
  TEST_CHANNEL (channel)->sent++;
}

static void
test_channel_close (ConfsyncChannel *channel)
{
  TEST_CHANNEL (channel)->closes++;
}

static gsize
test_channel_get_buffered (ConfsyncChannel *channel)
{
  return TEST_CHANNEL (channel)->buffered;
}

static void
test_channel_class_init (TestChannelClass *klass)
{
  CONFSYNC_CHANNEL_CLASS (klass)->send = test_channel_send;
  CONFSYNC_CHANNEL_CLASS (klass)->close = test_channel_close;
  CONFSYNC_CHANNEL_CLASS (klass)->get_buffered = test_channel_get_buffered;
}

static void
test_channel_init (TestChannel *self)
{
}

typedef struct
{
  ConfsyncVirtualClock *clock;
  TestChannel *channel;
  ConfsyncLink *link;
  GError *error; /* (nullable) what closed brought */
  guint closed;
} Fixture;

static void
closed_cb (ConfsyncLink *link, const GError *error, Fixture *fixture)
{
  fixture->closed++;
  g_clear_error (&fixture->error);
  fixture->error = error != NULL ? g_error_copy (error) : NULL;
}

/* A link that is open, with nothing heard yet. */
static void
open_link (Fixture *fixture, guint timeout_ms, gsize max_unsent_bytes)
{
  ConfsyncLinkIdentity identity = {
    .clock = CONFSYNC_CLOCK (fixture->clock),
    .instance_id = "hall",
    .session = "s",
    .limits = { 1000, 8, 100 },
    .handshake_timeout_ms = timeout_ms,
    .max_unsent_bytes = max_unsent_bytes,
  };

  g_clear_object (&fixture->link);
  g_clear_object (&fixture->channel);
  fixture->closed = 0;
  fixture->channel = g_object_new (TEST_TYPE_CHANNEL, "remote", "127.0.0.1:9", NULL);
  fixture->link = confsync_link_new (CONFSYNC_CHANNEL (fixture->channel), FALSE, &identity);
  g_signal_connect (fixture->link, "closed", G_CALLBACK (closed_cb), fixture);
  confsync_channel_emit_opened (CONFSYNC_CHANNEL (fixture->channel), "confsync.v1");
}

static void
set_up (Fixture *fixture, gconstpointer data)
{
  fixture->clock = virtual_clock_new (START_US);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  g_clear_error (&fixture->error);
  g_assert_finalize_object (fixture->link);
  g_assert_finalize_object (fixture->channel);
  g_assert_finalize_object (fixture->clock);
}

static void
receive (Fixture *fixture, const char *text)
{
  g_autoptr (GBytes) bytes = g_bytes_new (text, strlen (text));

  confsync_channel_emit_received (CONFSYNC_CHANNEL (fixture->channel), bytes);
}

static void
say_hello (Fixture *fixture)
{
  receive (fixture, "{\"type\":\"hello\",\"timestamp\":1,\"instance_id\":\"attic\","
                    "\"config_hash\":null,\"protocol\":1,\"session\":\"t\",\"nonce\":\"n\","
                    "\"capabilities\":[],\"leaf\":true}");
}

/* Ends the channel as its transport would, and gives why the link was given up. */
static const GError *
end_of (Fixture *fixture)
{
  g_assert_cmpuint (fixture->channel->closes, ==, 1);
  confsync_channel_emit_closed (CONFSYNC_CHANNEL (fixture->channel), NULL);
  g_assert_cmpuint (fixture->closed, ==, 1);
  return fixture->error;
}

static void
test_timeout (Fixture *fixture, gconstpointer data)
{
  static const guint timeouts_ms[] = { 1, 500, 10000, 60000 };

  for (guint i = 0; i < G_N_ELEMENTS (timeouts_ms); i++)
    {
      open_link (fixture, timeouts_ms[i], 0);
      virtual_clock_advance (fixture->clock, timeouts_ms[i] - 1);
      g_assert_true (confsync_link_is_unknown (fixture->link));
      g_assert_cmpuint (fixture->channel->closes, ==, 0);
      virtual_clock_advance (fixture->clock, 1);
      g_assert_false (confsync_link_is_unknown (fixture->link));
      g_assert_error (end_of (fixture), CONFSYNC_ERROR, CONFSYNC_ERROR_DEADLINE);
    }
}

static void
test_usual_timeout (Fixture *fixture, gconstpointer data)
{
  g_test_summary ("Where nobody says how long, it's ten seconds");

  open_link (fixture, 0, 0);
  virtual_clock_advance (fixture->clock, 9999);
  g_assert_cmpuint (fixture->channel->closes, ==, 0);
  virtual_clock_advance (fixture->clock, 1);
  g_assert_error (end_of (fixture), CONFSYNC_ERROR, CONFSYNC_ERROR_DEADLINE);
  g_assert_nonnull (strstr (fixture->error->message, "within 10 s"));
}

static void
test_timeout_is_for_strangers (Fixture *fixture, gconstpointer data)
{
  open_link (fixture, 500, 0);
  virtual_clock_advance (fixture->clock, 499);
  say_hello (fixture);
  g_assert_true (confsync_link_is_greeted (fixture->link));
  g_assert_false (confsync_link_is_unknown (fixture->link));
  virtual_clock_advance (fixture->clock, 5000);
  g_assert_cmpuint (fixture->channel->closes, ==, 0);
}

/* Sends something while so much waits; says whether the link stands it. */
static gboolean
stands (Fixture *fixture, gsize max_unsent_bytes, gsize buffered)
{
  g_autoptr (ConfsyncMessage) message = confsync_message_new (CONFSYNC_MESSAGE_REQUEST);

  open_link (fixture, 0, max_unsent_bytes);
  say_hello (fixture);
  fixture->channel->buffered = buffered;
  confsync_link_send (fixture->link, message);
  if (fixture->channel->closes == 0)
    return TRUE;
  g_assert_error (end_of (fixture), CONFSYNC_ERROR, CONFSYNC_ERROR_TOO_LARGE);
  g_assert_nonnull (strstr (fixture->error->message, "doesn't read"));
  return FALSE;
}

static void
test_unsent (Fixture *fixture, gconstpointer data)
{
  static const gsize limits[] = { 1, 5000, 1024 * 1024 };

  for (guint i = 0; i < G_N_ELEMENTS (limits); i++)
    {
      g_assert_true (stands (fixture, limits[i], limits[i] - 1));
      g_assert_true (stands (fixture, limits[i], limits[i]));
      g_assert_false (stands (fixture, limits[i], limits[i] + 1));
    }
}

static void
test_usual_unsent (Fixture *fixture, gconstpointer data)
{
  const gsize usual = 32 * 1024 * 1024;

  g_test_summary ("Where nobody says how much, it's 32 MiB");

  g_assert_true (stands (fixture, 0, usual - 1));
  g_assert_true (stands (fixture, 0, usual));
  g_assert_false (stands (fixture, 0, usual + 1));
}

static void
test_message (Fixture *fixture, gconstpointer data)
{
  g_test_summary ("A message may be 1 MiB larger than a document");

  open_link (fixture, 0, 0);
  g_assert_cmpuint (confsync_channel_get_max_message (CONFSYNC_CHANNEL (fixture->channel)), ==,
                    1000 + 1024 * 1024);
}

#define ADD(name, func) g_test_add ("/link/" name, Fixture, NULL, set_up, func, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("timeout", test_timeout);
  ADD ("usual-timeout", test_usual_timeout);
  ADD ("timeout-is-for-strangers", test_timeout_is_for_strangers);
  ADD ("unsent", test_unsent);
  ADD ("usual-unsent", test_usual_unsent);
  ADD ("message", test_message);
  return g_test_run ();
}
