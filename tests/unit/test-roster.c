/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * What becomes of a link whose hello is in: used, surplus, a restart, a clone, oneself.
 */

#include "config.h"

#include "confsync-roster-private.h"
#include "virtual-clock.h"

/* A channel that goes nowhere. */
typedef struct
{
  ConfsyncChannel parent_instance;
} DeadChannel;

typedef ConfsyncChannelClass DeadChannelClass;

static GType dead_channel_get_type (void);
G_DEFINE_TYPE (DeadChannel, dead_channel, CONFSYNC_TYPE_CHANNEL)

static void
dead_channel_send (ConfsyncChannel *channel, GBytes *message)
{
}

static void
dead_channel_close (ConfsyncChannel *channel)
{
  confsync_channel_emit_closed (channel, NULL);
}

static void
dead_channel_class_init (DeadChannelClass *klass)
{
  klass->send = dead_channel_send;
  klass->close = dead_channel_close;
}

static void
dead_channel_init (DeadChannel *self)
{
}

/* A transport that dials such a channel, which is open at once. */
typedef struct
{
  GObject parent_instance;
  ConfsyncChannel *dialled; /* (owned) (nullable): the last one */
} DeadTransport;

typedef GObjectClass DeadTransportClass;

static GType dead_transport_get_type (void);
static void dead_transport_iface_init (ConfsyncTransportInterface *iface);
G_DEFINE_TYPE_WITH_CODE (DeadTransport, dead_transport, G_TYPE_OBJECT,
                         G_IMPLEMENT_INTERFACE (CONFSYNC_TYPE_TRANSPORT,
                                                dead_transport_iface_init))

static ConfsyncChannel *
dead_transport_dial (ConfsyncTransport *transport, const char *address, GError **error)
{
  DeadTransport *self = (DeadTransport *) transport;

  g_clear_object (&self->dialled);
  self->dialled = g_object_new (dead_channel_get_type (), NULL);
  confsync_channel_emit_opened (self->dialled, CONFSYNC_PROTOCOL_NAME);
  return g_object_ref (self->dialled);
}

static void
dead_transport_iface_init (ConfsyncTransportInterface *iface)
{
  iface->dial = dead_transport_dial;
}

static void
dead_transport_dispose (GObject *object)
{
  g_clear_object (&((DeadTransport *) object)->dialled);
  G_OBJECT_CLASS (dead_transport_parent_class)->dispose (object);
}

static void
dead_transport_class_init (DeadTransportClass *klass)
{
  klass->dispose = dead_transport_dispose;
}

static void
dead_transport_init (DeadTransport *self)
{
}

typedef struct
{
  ConfsyncVirtualClock *clock;
  GPtrArray *peers; /* of ConfsyncPeer */
} Fixture;

static void
setup (Fixture *fixture, gconstpointer data)
{
  fixture->clock = virtual_clock_new (G_GINT64_CONSTANT (1700000000000000));
  fixture->peers = g_ptr_array_new_with_free_func (g_object_unref);
}

static void
teardown (Fixture *fixture, gconstpointer data)
{
  for (guint i = 0; i < fixture->peers->len; i++)
    confsync_peer_stop (fixture->peers->pdata[i]);
  g_ptr_array_unref (fixture->peers);
  virtual_clock_advance (fixture->clock, 0);
  g_assert_finalize_object (fixture->clock);
}

static void
identify_cb (ConfsyncLinkIdentity *identity, gpointer user_data)
{
  Fixture *fixture = user_data;

  identity->clock = CONFSYNC_CLOCK (fixture->clock);
  identity->instance_id = "middle";
  identity->session = "own";
  identity->limits = (ConfsyncJsonLimits){ CONFSYNC_JSON_MAX_BYTES, CONFSYNC_JSON_MAX_DEPTH,
                                           CONFSYNC_JSON_MAX_VALUES };
}

static void
say_hello (ConfsyncChannel *channel, const char *id, const char *session)
{
  g_autoptr (ConfsyncMessage) hello = confsync_message_new (CONFSYNC_MESSAGE_HELLO);
  g_autoptr (GBytes) text = NULL;

  hello->instance_id = g_strdup (id);
  hello->session = g_strdup (session);
  hello->nonce = g_strdup ("n");
  hello->protocol = CONFSYNC_PROTOCOL_VERSION;
  text = confsync_message_encode (hello);
  confsync_channel_emit_received (channel, text);
}

/* Somebody who came in and said hello. */
static ConfsyncPeer *
greet (Fixture *fixture, const char *id, const char *session)
{
  g_autoptr (ConfsyncChannel) channel = g_object_new (dead_channel_get_type (), NULL);
  ConfsyncPeer *peer;

  confsync_channel_emit_opened (channel, CONFSYNC_PROTOCOL_NAME);
  peer = confsync_peer_new_accepted (channel, CONFSYNC_CLOCK (fixture->clock), identify_cb,
                                     fixture);
  g_ptr_array_add (fixture->peers, peer);
  say_hello (channel, id, session);
  g_assert_true (confsync_link_is_greeted (confsync_peer_get_link (peer)));
  return peer;
}

/* Somebody who was dialled and said hello. */
static ConfsyncPeer *
meet (Fixture *fixture, const char *id, const char *session)
{
  g_autoptr (GObject) transport = g_object_new (dead_transport_get_type (), NULL);
  ConfsyncPeer *peer =
    confsync_peer_new_dialled ("dead:end", CONFSYNC_TRANSPORT (transport),
                               CONFSYNC_CLOCK (fixture->clock), identify_cb, fixture);

  g_ptr_array_add (fixture->peers, peer);
  confsync_peer_dial (peer);
  say_hello (((DeadTransport *) transport)->dialled, id, session);
  g_assert_true (confsync_link_is_greeted (confsync_peer_get_link (peer)));
  return peer;
}

static ConfsyncVerdict
judge (Fixture *fixture, ConfsyncPeer *peer, ConfsyncPeer **rival)
{
  return confsync_roster_judge (fixture->peers, peer, "middle", "own", rival);
}

static void
test_use (Fixture *fixture, gconstpointer data)
{
  ConfsyncPeer *one = greet (fixture, "one", "s1"), *two = greet (fixture, "two", "s2");
  ConfsyncPeer *rival = one;

  g_assert_cmpint (judge (fixture, one, &rival), ==, CONFSYNC_VERDICT_USE);
  g_assert_null (rival);
  confsync_peer_set_live (one, "l1");
  g_assert_cmpint (judge (fixture, two, &rival), ==, CONFSYNC_VERDICT_USE);
  confsync_peer_set_live (two, "l2");
  g_assert_true (confsync_roster_find_link (fixture->peers, "l2") == two);
  g_assert_null (confsync_roster_find_link (fixture->peers, "l3"));
  g_assert_true (confsync_roster_find_live (fixture->peers, "one", NULL) == one);
  g_assert_null (confsync_roster_find_live (fixture->peers, "one", one));
}

static void
test_self (Fixture *fixture, gconstpointer data)
{
  ConfsyncPeer *rival = NULL;

  g_test_summary ("Our own session is ourselves; our id with another one is a clone");
  g_assert_cmpint (judge (fixture, greet (fixture, "middle", "own"), &rival), ==,
                   CONFSYNC_VERDICT_SELF);
  g_assert_cmpint (judge (fixture, greet (fixture, "middle", "s1"), &rival), ==,
                   CONFSYNC_VERDICT_CLONE);
}

static void
test_twice (Fixture *fixture, gconstpointer data)
{
  ConfsyncPeer *small = greet (fixture, "alpha", "s1"), *large = greet (fixture, "omega", "s2");
  ConfsyncPeer *rival = NULL;

  g_test_summary ("Of two links that each side dialled, the smaller id closes one");
  confsync_peer_set_live (small, "l1");
  confsync_peer_set_live (large, "l2");
  g_assert_cmpint (judge (fixture, meet (fixture, "omega", "s2"), &rival), ==,
                   CONFSYNC_VERDICT_SURPLUS);
  g_assert_true (rival == large);
  g_assert_cmpint (judge (fixture, meet (fixture, "alpha", "s1"), &rival), ==,
                   CONFSYNC_VERDICT_WAIT);
  g_assert_true (rival == small);
}

static void
test_again (Fixture *fixture, gconstpointer data)
{
  ConfsyncPeer *old = greet (fixture, "alpha", "s1"), *rival = NULL;

  g_test_summary ("Who dials again most likely knows that the earlier link is dead; it must show");
  confsync_peer_set_live (old, "l1");
  g_assert_cmpint (judge (fixture, greet (fixture, "alpha", "s1"), &rival), ==,
                   CONFSYNC_VERDICT_PROBE);
  g_assert_true (rival == old);
}

static void
test_not_live (Fixture *fixture, gconstpointer data)
{
  ConfsyncPeer *rival = NULL;

  g_test_summary ("A link that was given up is no rival");
  confsync_peer_set_live (greet (fixture, "alpha", "s1"), "l1");
  confsync_peer_clear_live (fixture->peers->pdata[0]);
  g_assert_cmpint (judge (fixture, greet (fixture, "alpha", "s1"), &rival), ==,
                   CONFSYNC_VERDICT_USE);
}

static void
test_restart (Fixture *fixture, gconstpointer data)
{
  ConfsyncPeer *old = greet (fixture, "alpha", "s1"), *rival = NULL;

  g_test_summary ("The same id with another session: the old link has to show whether it lives");
  confsync_peer_set_live (old, "l1");
  g_assert_cmpint (judge (fixture, greet (fixture, "alpha", "s2"), &rival), ==,
                   CONFSYNC_VERDICT_REPLACE);
  g_assert_true (rival == old);
}

static void
add (const char *path, void (*test) (Fixture *, gconstpointer))
{
  g_test_add (path, Fixture, NULL, setup, test, teardown);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  add ("/roster/use", test_use);
  add ("/roster/self", test_self);
  add ("/roster/twice", test_twice);
  add ("/roster/again", test_again);
  add ("/roster/not-live", test_not_live);
  add ("/roster/restart", test_restart);
  return g_test_run ();
}
