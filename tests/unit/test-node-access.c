/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * What a node makes of those who come too often: one event a block, numbers that are told once a
 * second, and failed proofs that count from this machine, too.
 */

#include "config.h"

#include "confsync-event.h"
#include "confsync-node-inside-private.h"
#include "virtual-clock.h"

#define NOON_US (G_GINT64_CONSTANT (1767268800000000))
#define KEY "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
#define OTHER_KEY "ff0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"

/* A channel whose other end is the test; keeps the node's hello, which it says first. */
#define TEST_TYPE_CHANNEL (test_channel_get_type ())
G_DECLARE_FINAL_TYPE (TestChannel, test_channel, TEST, CHANNEL, ConfsyncChannel)

struct _TestChannel
{
  ConfsyncChannel parent_instance;
  ConfsyncMessage *hello; /* (owned) (nullable) */
};

G_DEFINE_FINAL_TYPE (TestChannel, test_channel, CONFSYNC_TYPE_CHANNEL)

static void
test_channel_send (ConfsyncChannel *channel, GBytes *message)
{
  const ConfsyncJsonLimits limits = { 10000, 8, 1000 };
  TestChannel *self = TEST_CHANNEL (channel);

  if (self->hello == NULL)
    self->hello = confsync_message_decode (message, &limits, NULL);
}

static void
test_channel_close (ConfsyncChannel *channel)
{
  confsync_channel_emit_closed (channel, NULL);
}

static void
test_channel_finalize (GObject *object)
{
  g_clear_pointer (&TEST_CHANNEL (object)->hello, confsync_message_free);

  G_OBJECT_CLASS (test_channel_parent_class)->finalize (object);
}

static void
test_channel_class_init (TestChannelClass *klass)
{
  CONFSYNC_CHANNEL_CLASS (klass)->send = test_channel_send;
  CONFSYNC_CHANNEL_CLASS (klass)->close = test_channel_close;
  G_OBJECT_CLASS (klass)->finalize = test_channel_finalize;
}

static void
test_channel_init (TestChannel *self)
{
}

typedef struct
{
  ConfsyncVirtualClock *clock;
  ConfsyncNode *node;
  guint refusals; /* events, blocks included */
  guint notified;
} Fixture;

static void
event_cb (ConfsyncNode *node, int level, const char *kind, GVariant *details, Fixture *fixture)
{
  if (!g_str_equal (kind, CONFSYNC_EVENT_REFUSED) && !g_str_equal (kind, CONFSYNC_EVENT_BLOCKED))
    return;
  g_assert_cmpint (level, ==, CONFSYNC_LEVEL_WARNING);
  fixture->refusals++;
}

static void
notify_cb (ConfsyncNode *node, GParamSpec *pspec, Fixture *fixture)
{
  fixture->notified++;
}

static void
set_up (Fixture *fixture, gconstpointer data)
{
  fixture->clock = virtual_clock_new (NOON_US);
  fixture->node = g_object_new (CONFSYNC_TYPE_NODE, "clock", fixture->clock, NULL);
  g_signal_connect (fixture->node, "event", G_CALLBACK (event_cb), fixture);
  g_signal_connect (fixture->node, "notify::refused", G_CALLBACK (notify_cb), fixture);
  confsync_node_start_async (fixture->node, NULL, NULL, NULL);
  virtual_clock_advance (fixture->clock, 0);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  confsync_node_stop (fixture->node);
  virtual_clock_advance (fixture->clock, 0);
  g_assert_finalize_object (fixture->node);
  g_assert_finalize_object (fixture->clock);
}

static guint64
get_refused (Fixture *fixture)
{
  guint64 refused;

  g_object_get (fixture->node, "refused", &refused, NULL);
  return refused;
}

static void
test_block (Fixture *fixture, gconstpointer data)
{
  g_test_summary ("A block is told once, and each one that it keeps out is counted");
  for (guint i = 0; i < 60; i++)
    g_assert_cmpuint (confsync_node_admit (fixture->node, "10.0.0.2:1"), ==, 0);
  g_assert_cmpuint (fixture->refusals, ==, 0);
  for (guint i = 0; i < 1000; i++)
    g_assert_cmpuint (confsync_node_admit (fixture->node, "10.0.0.2:1"), ==, 120);
  g_assert_cmpuint (fixture->refusals, ==, 1);
  g_assert_cmpuint (get_refused (fixture), ==, 1000);
  g_assert_cmpuint (confsync_node_admit (fixture->node, "10.0.0.3:1"), ==, 0);
  virtual_clock_advance (fixture->clock, 119 * 1000);
  g_assert_cmpuint (confsync_node_admit (fixture->node, "10.0.0.2:1"), ==, 1);
  virtual_clock_advance (fixture->clock, 1000);
  g_assert_cmpuint (confsync_node_admit (fixture->node, "10.0.0.2:1"), ==, 0);
}

static void
test_told (Fixture *fixture, gconstpointer data)
{
  g_test_summary ("The number of those that were turned away is told once a second at most");
  for (guint i = 0; i < 10; i++)
    confsync_node_refuse_guest (fixture->node, "127.0.0.1:1", "a web page");
  g_assert_cmpuint (fixture->refusals, ==, 10);
  g_assert_cmpuint (fixture->notified, ==, 0);
  virtual_clock_advance (fixture->clock, 1000);
  g_assert_cmpuint (fixture->notified, ==, 1);
  g_assert_cmpuint (get_refused (fixture), ==, 10);
  virtual_clock_advance (fixture->clock, 10000);
  g_assert_cmpuint (fixture->notified, ==, 1);
  confsync_node_refuse_guest (fixture->node, "127.0.0.1:1", "a web page");
  virtual_clock_advance (fixture->clock, 1000);
  g_assert_cmpuint (fixture->notified, ==, 2);
}

static void
test_refused_counts (Fixture *fixture, gconstpointer data)
{
  g_test_summary ("Who connects and is refused counts twice");
  for (guint i = 0; i < 30; i++)
    {
      g_assert_cmpuint (confsync_node_admit (fixture->node, "10.0.0.2:1"), ==, 0);
      confsync_node_refuse_guest (fixture->node, "10.0.0.2:1", "a web page");
    }
  g_assert_cmpuint (fixture->refusals, ==, 30);
  g_assert_cmpuint (confsync_node_admit (fixture->node, "10.0.0.2:1"), ==, 120);
  g_assert_cmpuint (fixture->refusals, ==, 31);
}

static void
test_failed_proofs (Fixture *fixture, gconstpointer data)
{
  g_test_summary ("Failed proofs block an address of this machine, too; requests don't");
  for (guint i = 0; i < 1000; i++)
    g_assert_cmpuint (confsync_node_admit (fixture->node, "127.0.0.1:1"), ==, 0);
  for (guint i = 0; i < 60; i++)
    confsync_node_count_failed_proof (fixture->node, "127.0.0.1:1");
  g_assert_cmpuint (confsync_node_admit (fixture->node, "127.0.0.1:1"), ==, 0);
  confsync_node_count_failed_proof (fixture->node, "127.0.0.1:1");
  g_assert_cmpuint (fixture->refusals, ==, 1);
  g_assert_cmpuint (confsync_node_admit (fixture->node, "127.0.0.1:1"), ==, 120);
  g_assert_cmpuint (confsync_node_admit (fixture->node, "127.0.0.2:1"), ==, 0);
}

static void
assert_number (Fixture *fixture, const char *name, gint64 expected)
{
  g_auto (GValue) value = G_VALUE_INIT;
  g_auto (GValue) number = G_VALUE_INIT;

  g_test_message ("%s", name);
  g_object_get_property (G_OBJECT (fixture->node), name, &value);
  g_value_init (&number, G_TYPE_INT64);
  g_assert_true (g_value_transform (&value, &number));
  g_assert_cmpint (g_value_get_int64 (&number), ==, expected);
}

static void
test_usual (Fixture *fixture, gconstpointer data)
{
  static const struct
  {
    const char *name;
    gint64 number;
  } usual[] = {
    { "max-bytes", 15728640 },
    { "max-depth", 64 },
    { "max-values", 1000000 },
    { "max-connections", 1024 },
    { "max-handshakes", 64 },
    { "handshake-timeout", 10000 },
    { "max-unsent-bytes", 33554432 },
    { "rate-limit-requests-per-minute", 60 },
    { "rate-limit-block-duration", 120 },
    { "rate-limit-whitelist-local", TRUE },
    { "allow-public", FALSE },
    { "allow-unauthenticated", FALSE },
    { "allow-legacy-peers", FALSE },
    { "allow-local-users", FALSE },
  };
  g_autofree char *proxy = NULL;
  g_auto (GStrv) origins = NULL, hosts = NULL;

  g_test_summary ("The limits that hold where nobody says anything, and that nothing is allowed");
  for (gsize i = 0; i < G_N_ELEMENTS (usual); i++)
    assert_number (fixture, usual[i].name, usual[i].number);
  g_object_get (fixture->node, "proxy", &proxy, "allow-origin", &origins, "allow-host", &hosts,
                NULL);
  g_assert_null (proxy);
  g_assert_null (origins);
  g_assert_null (hosts);
}

static void
say (ConfsyncChannel *channel, ConfsyncMessage *message)
{
  g_autoptr (ConfsyncMessage) said = message;
  g_autoptr (GBytes) text = NULL;

  said->instance_id = g_strdup ("attic");
  text = confsync_message_encode (said);
  confsync_channel_emit_received (channel, text);
}

static void
say_hello (ConfsyncChannel *channel, const char *auth)
{
  ConfsyncMessage *hello = confsync_message_new (CONFSYNC_MESSAGE_HELLO);

  hello->session = g_strdup ("s");
  hello->nonce = g_strdup ("n");
  hello->protocol = CONFSYNC_PROTOCOL_VERSION;
  hello->auth = g_strdup (auth);
  say (channel, hello);
}

static void
say_proof (ConfsyncChannel *channel, const char *text)
{
  const ConfsyncMessage *hello = TEST_CHANNEL (channel)->hello;
  const ConfsyncHandshake handshake = { .parties = {
    [CONFSYNC_SIDE_DIALLER] = { "attic", "s", "n" },
    [CONFSYNC_SIDE_LISTENER] = { hello->instance_id, hello->session, hello->nonce },
  } };
  g_autoptr (ConfsyncKey) key = confsync_key_new (text, NULL);
  ConfsyncMessage *auth = confsync_message_new (CONFSYNC_MESSAGE_AUTH);

  auth->proof = confsync_key_prove (key, &handshake, CONFSYNC_SIDE_DIALLER);
  say (channel, auth);
}

/* Comes in from 10.0.0.2, greets, proves @key (nullable) and goes. Gives how long it is blocked. */
static guint
visit (Fixture *fixture, gboolean vouched, const char *key)
{
  const guint seconds = confsync_node_admit (fixture->node, "10.0.0.2:1");
  g_autoptr (ConfsyncChannel) channel = NULL;
  ConfsyncPeer *peer;

  if (seconds > 0)
    return seconds;
  channel = g_object_new (TEST_TYPE_CHANNEL, "remote", "10.0.0.2:1", NULL);
  confsync_channel_emit_opened (channel, CONFSYNC_PROTOCOL_NAME);
  peer = confsync_peer_new_accepted (channel, CONFSYNC_CLOCK (fixture->clock),
                                     confsync_node_identify, fixture->node);
  confsync_peer_set_vouched (peer, vouched);
  confsync_node_adopt_peer (fixture->node, peer);
  say_hello (channel, key != NULL ? CONFSYNC_KEY_METHOD : NULL);
  if (key != NULL)
    say_proof (channel, key);
  confsync_channel_close (channel);
  return 0;
}

static void
test_known_guests (Fixture *fixture, gconstpointer data)
{
  const gboolean keyed = data != NULL;

  g_test_summary ("Who has shown a pinned certificate, or proven the key, was no request");
  if (keyed)
    g_assert_true (confsync_node_set_key (fixture->node, KEY, NULL));
  for (guint i = 0; i < 200; i++)
    g_assert_cmpuint (visit (fixture, !keyed, data), ==, 0);
  g_assert_cmpuint (fixture->refusals, ==, 0);
}

static void
test_strangers (Fixture *fixture, gconstpointer data)
{
  const guint allowed = data != NULL ? 30 : 60;

  g_test_summary ("Who only says hello is counted; so is who fails to prove the key, twice");
  if (data != NULL)
    g_assert_true (confsync_node_set_key (fixture->node, KEY, NULL));
  for (guint i = 0; i < allowed; i++)
    g_assert_cmpuint (visit (fixture, FALSE, data), ==, 0);
  g_assert_cmpuint (visit (fixture, FALSE, data), ==, 120);
}

#define ADD(path, function) \
  g_test_add ("/node-access/" path, Fixture, NULL, set_up, function, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  ADD ("block", test_block);
  ADD ("told", test_told);
  ADD ("refused-counts", test_refused_counts);
  ADD ("failed-proofs", test_failed_proofs);
  ADD ("pinned-guests", test_known_guests);
  g_test_add ("/node-access/proven-guests", Fixture, KEY, set_up, test_known_guests, tear_down);
  ADD ("strangers", test_strangers);
  g_test_add ("/node-access/failing-guests", Fixture, OTHER_KEY, set_up, test_strangers,
              tear_down);
  ADD ("usual", test_usual);

  return g_test_run ();
}
