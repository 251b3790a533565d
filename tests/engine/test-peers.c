/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Links between instances: greeting, who is who, and what becomes of links that don't answer.
 */

#include "raw-peer.h"

#include "wire-tap.h"

#define MINUTE_MS (60 * 1000)

static void
test_hello_deadline (World *world, gconstpointer data)
{
  Instance *a = world_add_listening (world, "a", NULL);
  g_autoptr (TestEnd) end = raw_dial (world, "loopback:a");

  world_pass (world, 9990);
  g_assert_cmpuint (end->closed, ==, 0);
  world_pass (world, 20);
  g_assert_cmpuint (end->closed, ==, 1);
  test_assert_contains (instance_get_down_reason (a), "no hello within 10 s");
}

typedef struct
{
  const char *name;
  gboolean greeted;
  const char *text;
  const char *code;
  const char *says;
} Refusal;

static const Refusal refusals[] = {
  { "version", FALSE,
    "{'type':'hello','timestamp':1,'instance_id':'r','config_hash':null,'protocol':2,"
    "'session':'s','nonce':'n','capabilities':[],'leaf':false}",
    "protocol", "speaks protocol 2, this instance 1" },
  { "no-hello", FALSE,
    "{'type':'heartbeat','timestamp':1,'instance_id':'r','config_hash':null,'digest':'','probe':"
    "true}",
    "protocol", "the first message is no hello" },
  { "second-hello", TRUE,
    "{'type':'hello','timestamp':1,'instance_id':'r','config_hash':null,'protocol':1,"
    "'session':'s','nonce':'n','capabilities':[],'leaf':false}",
    "protocol", "a second hello" },
  { "garbage", FALSE, "GET / HTTP/1.1", "malformed", "line 1" },
  { "half", TRUE, "{'type':'heartbeat',", "malformed", "line 1" },
  { "gzip", FALSE, "\x1f\x8b garbage", "malformed", "" },
  { "shape", TRUE, "{'type':'heartbeat','timestamp':'now'}", "malformed", "timestamp" },
  { "bad-id", FALSE,
    "{'type':'hello','timestamp':1,'instance_id':'../x','config_hash':null,'protocol':1,"
    "'session':'s','nonce':'n','capabilities':[],'leaf':false}",
    "malformed", "instance_id" },
};

static void
test_refusal (World *world, gconstpointer data)
{
  const Refusal *refusal = data;
  Instance *a = world_add_listening (world, "a", "{'v':0}");
  g_autoptr (TestEnd) end = raw_dial (world, "loopback:a");
  g_autofree char *code = NULL;

  if (refusal->greeted)
    raw_hello (world, end, "r", "s");
  raw_send (world, end, refusal->text);
  code = raw_get (end, "error", "/code");
  g_assert_cmpstr (code, ==, refusal->code);
  test_assert_contains (instance_get_down_reason (a), refusal->says);
  g_assert_cmpuint (end->closed, ==, 1);
  instance_assert_live (a, "{'v':0}");
}

/* What a later version says in passing is no reason to part. */
static void
test_unknown (World *world, gconstpointer data)
{
  Instance *a = world_add_listening (world, "a", "{'v':0}");
  g_autoptr (TestEnd) end = raw_link (world, "loopback:a", "r", "s");

  raw_send (world, end, "{'type':'weather','timestamp':1,'instance_id':'r'}");
  raw_send (world, end,
            "{'type':'config_update','timestamp':1,'instance_id':'r','document':'nope',"
            "'config_hash':'44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a',"
            "'stamp':{'time':1,'author':'r','kind':'edit','epoch':0,'floor':0,"
            "'vector':{'0123456789abcdef':1}},'config_data':{}}");
  world_pass (world, 20 * 1000);
  g_assert_cmpuint (end->closed, ==, 0);
  g_assert_cmpuint (raw_count (end, "ack"), ==, 0);
  g_assert_cmpuint (instance_count_live_peers (a), ==, 1);
}

static void
test_oversize (World *world, gconstpointer data)
{
  Instance *a = world_add (world, "a");
  g_autofree char *text = g_strnfill (1024 * 1024 + 1001, ' ');
  g_autoptr (TestEnd) end = NULL;

  a->max_bytes = 1000;
  instance_make (world, a);
  instance_listen (a, "loopback:a");
  instance_start (world, a);
  end = raw_dial (world, "loopback:a");
  raw_hello (world, end, "r", "s");
  raw_send (world, end, text);
  g_assert_cmpuint (end->closed, ==, 1);
  test_assert_contains (instance_get_down_reason (a), "the limit is 1049576");
}

static void
test_self (World *world, gconstpointer data)
{
  Instance *a = world_add (world, "a");
  g_auto (WireTap) tap = { 0 };

  instance_edit (a, "{'v':0}");
  instance_make (world, a);
  instance_listen (a, "loopback:a");
  instance_dial (a, "loopback:a");
  instance_start (world, a);
  world_pass (world, 100);
  g_assert_cmpuint (instance_count_events (a, CONFSYNC_EVENT_PEER_DOWN), ==, 1);
  test_assert_contains (instance_get_down_reason (a), "leads back to this instance");
  wire_tap_start (&tap);
  world_pass (world, 10 * MINUTE_MS);
  g_assert_cmpuint (tap.n_messages, ==, 0);
  g_assert_cmpuint (instance_count_live_peers (a), ==, 0);
}

static void
add_mutual (World *world, const char *id, const char *other, guint64 seed)
{
  Instance *self = world_add (world, id);
  g_autofree char *faults = g_strdup_printf ("seed=%" G_GUINT64_FORMAT " delay=1-80", seed);
  g_autofree char *own = g_strdup_printf ("loopback:%s", id);
  g_autofree char *address = g_strdup_printf ("loopback:%s", other);

  g_object_set (self->transport, "faults", faults, NULL);
  instance_make (world, self);
  instance_listen (self, own);
  instance_dial (self, address);
  instance_start (world, self);
}

/* Whatever crosses on the way, one link stays; what was said meanwhile is not lost. */
static void
run_mutual (World *world, guint64 seed)
{
  Instance *a, *b;
  g_auto (WireTap) tap = { 0 };

  add_mutual (world, "a", "b", seed * 2);
  add_mutual (world, "b", "a", seed * 2 + 1);
  a = world->instances->pdata[0];
  b = world->instances->pdata[1];
  instance_edit (a, "{'v':0}");
  world_pass (world, 150);
  instance_edit (seed % 2 == 0 ? a : b, "{'v':1}");
  world_pass (world, 4000);
  g_assert_true (world_has_settled (world));
  g_assert_cmpuint (instance_count_live_peers (a), ==, 1);
  g_assert_cmpuint (instance_count_live_peers (b), ==, 1);

  /* the link goes: one of them dials again, and again one link stays */
  g_object_set (a->transport, "partition", "a,b", NULL);
  world_pass (world, 2 * MINUTE_MS);
  g_assert_cmpuint (instance_count_live_peers (a), ==, 0);
  g_assert_cmpuint (instance_count_live_peers (b), ==, 0);
  g_object_set (a->transport, "partition", NULL, NULL);
  world_pass (world, 70 * 1000);
  g_assert_cmpuint (instance_count_live_peers (a), ==, 1);
  g_assert_cmpuint (instance_count_live_peers (b), ==, 1);
  wire_tap_start (&tap);
  world_pass (world, 5 * MINUTE_MS);
  g_assert_cmpuint (tap.n_messages, ==, 20);
}

static void
test_mutual (World *world, gconstpointer data)
{
  for (guint64 seed = 1; seed <= 20; seed++)
    {
      World one = { 0 };

      world_set_up (&one, NULL);
      run_mutual (&one, seed);
      world_tear_down (&one, NULL);
    }
}

/* By two addresses it is still one instance. */
static void
test_two_addresses (World *world, gconstpointer data)
{
  const char *const ids[] = { "0", "z" };

  for (guint i = 0; i < G_N_ELEMENTS (ids); i++)
    {
      World one = { 0 };
      Instance *self;
      g_auto (WireTap) tap = { 0 };

      world_set_up (&one, NULL);
      world_add_listening (&one, "hub", "{'v':0}");
      self = world_add (&one, ids[i]);
      instance_make (&one, self);
      instance_dial (self, "loopback:hub?delay=7");
      instance_dial (self, "loopback:hub?delay=3");
      instance_start (&one, self);
      world_pass (&one, 1000);
      g_assert_cmpuint (instance_count_live_peers (self), ==, 1);
      g_assert_cmpuint (instance_count_events (self, CONFSYNC_EVENT_PEER_UP), ==, 1);
      g_assert_cmpuint (instance_count_events (self, CONFSYNC_EVENT_PEER_DOWN), ==, 0);
      wire_tap_start (&tap);
      world_pass (&one, 5 * MINUTE_MS);
      g_assert_cmpuint (tap.n_messages, ==, 20);
      wire_tap_stop (&tap);
      world_tear_down (&one, NULL);
    }
}

/* The dialling side knows that the link is dead, the other one doesn't yet. */
static void
test_half_open (World *world, gconstpointer data)
{
  Instance *a = world_add_listening (world, "a", "{'v':0}");
  Instance *z = world_add (world, "z");

  instance_make (world, z);
  instance_dial (z, "loopback:a");
  instance_start (world, z);
  world_wait_live (world, z, 1);
  g_object_set (a->transport, "partition", "a", NULL);
  world_pass (world, 40 * 1000);
  g_assert_cmpuint (instance_count_live_peers (z), ==, 0);
  g_assert_cmpuint (instance_count_live_peers (a), ==, 1);
  g_object_set (a->transport, "partition", NULL, NULL);
  world_pass (world, 12 * 1000);
  g_assert_cmpuint (instance_count_live_peers (z), ==, 1);
  g_assert_cmpuint (instance_count_live_peers (a), ==, 1);
  instance_edit (z, "{'v':1}");
  world_pass (world, 100);
  instance_assert_live (a, "{'v':1}");
}

/* A new life of a peer that never said goodbye. */
static void
test_replaced (World *world, gconstpointer data)
{
  Instance *a = world_add_listening (world, "a", "{'v':0}");
  g_autoptr (TestEnd) first = raw_link (world, "loopback:a", "r", "s1");
  g_autoptr (TestEnd) second = raw_dial (world, "loopback:a");

  raw_hello (world, second, "r", "s2");
  world_pass (world, 4900);
  g_assert_cmpuint (raw_count (second, "heads"), ==, 0);
  g_assert_cmpuint (first->closed, ==, 0);
  world_pass (world, 200);
  g_assert_cmpuint (first->closed, ==, 1);
  g_assert_cmpuint (raw_count (second, "heads"), ==, 1);
  raw_answer (world, second);
  g_assert_cmpuint (second->closed, ==, 0);
  g_assert_cmpuint (instance_count_live_peers (a), ==, 1);
}

/* Two that wait for the same id: one is used, the other one judged anew. */
static void
test_replaced_twice (World *world, gconstpointer data)
{
  Instance *a = world_add_listening (world, "a", "{'v':0}");
  g_autoptr (TestEnd) first = raw_link (world, "loopback:a", "r", "s1");
  g_autoptr (TestEnd) second = raw_dial (world, "loopback:a");
  g_autoptr (TestEnd) third = raw_dial (world, "loopback:a");
  g_autofree char *code = NULL;

  raw_hello (world, second, "r", "s2");
  raw_hello (world, third, "r", "s2");
  world_pass (world, 5100);
  g_assert_cmpuint (first->closed, ==, 1);
  g_assert_cmpuint (raw_count (second, "heads"), ==, 1);
  raw_answer (world, second);
  code = raw_get (third, "error", "/code");
  g_assert_cmpstr (code, ==, "surplus");
  g_assert_cmpuint (instance_count_live_peers (a), ==, 1);
}

/* What a link says before it is in use counts once it is. */
static void
test_held (World *world, gconstpointer data)
{
  Instance *z = world_add_listening (world, "z", NULL);
  g_autoptr (TestEnd) first = raw_link (world, "loopback:z", "r", "s1");
  g_autoptr (TestEnd) second = raw_dial (world, "loopback:z");

  raw_hello (world, second, "r", "s1");
  raw_send (world, second,
            "{'type':'config_update','timestamp':1,'instance_id':'r',"
            "'config_hash':'015abd7f5cc57a2dd94b7590f04ad8084273905ee33ec5cebeae62276a97f862',"
            "'stamp':{'time':1,'author':'r','kind':'edit','epoch':0,'floor':0,"
            "'vector':{'0123456789abcdef':1}},'config_data':{'a':1}}");
  g_assert_null (confsync_memory_store_get_live (CONFSYNC_MEMORY_STORE (z->store)));
  confsync_channel_close (first->channel);
  world_pass (world, 10);
  instance_assert_live (z, "{'a':1}");
  g_assert_cmpuint (raw_count (second, "ack"), ==, 1);
}

static void
test_held_too_much (World *world, gconstpointer data)
{
  Instance *z = world_add (world, "z");
  g_autofree char *blank = g_strnfill (300 * 1024, ' ');
  g_autofree char *text = g_strconcat (
    "{'type':'heads','timestamp':1,'instance_id':'r','config_hash':null,'heads':[]}", blank, NULL);
  g_autoptr (TestEnd) first = NULL, second = NULL;

  z->max_bytes = 1000;
  instance_make (world, z);
  instance_listen (z, "loopback:z");
  instance_start (world, z);
  world_pass (world, 1);
  first = raw_link (world, "loopback:z", "r", "s1");
  second = raw_dial (world, "loopback:z");
  raw_hello (world, second, "r", "s1");
  for (guint i = 0; i < 3; i++)
    raw_send (world, second, text);
  g_assert_cmpuint (second->closed, ==, 0);
  raw_send (world, second, text);
  g_assert_cmpuint (second->closed, ==, 1);
  g_assert_cmpuint (first->closed, ==, 0);
}

static guint
count_warnings (Instance *self)
{
  guint n = 0;

  for (guint i = 0; i < self->events->len; i++)
    n += ((Event *) self->events->pdata[i])->level >= CONFSYNC_LEVEL_WARNING;
  return n;
}

/* Both have an id, and both answer: the second one is refused, on both sides with a reason. */
static void
test_clone (World *world, gconstpointer data)
{
  Instance *a = world_add_listening (world, "a", "{'v':0}");
  Instance *b = world_add (world, "b"), *copy = world_add (world, "b");

  instance_make (world, b);
  instance_dial (b, "loopback:a");
  instance_start (world, b);
  world_wait_live (world, b, 1);
  instance_make (world, copy);
  instance_dial (copy, "loopback:a");
  instance_start (world, copy);
  world_pass (world, 1000);
  test_assert_contains (instance_get_down_reason (a), "two instances go by the id “b”, one at "
                                                      "loopback:a and one at loopback:a;");
  test_assert_contains (instance_get_down_reason (copy),
                        "the peer says: two instances go by the id “");
  g_assert_cmpuint (count_warnings (copy), ==, 1);
  g_assert_cmpuint (instance_count_live_peers (b), ==, 1);
  g_assert_cmpuint (instance_count_events (copy, CONFSYNC_EVENT_PEER_UP), ==, 0);

  world_pass (world, 30 * MINUTE_MS);
  g_assert_cmpuint (count_warnings (a), ==, 1);
  instance_clear_events (copy);
  world_pass (world, 30 * MINUTE_MS);
  /* half a minute between two tries, on the average */
  g_assert_cmpuint (instance_count_events (copy, CONFSYNC_EVENT_PEER_DOWN), >=, 30);
  g_assert_cmpuint (instance_count_events (copy, CONFSYNC_EVENT_PEER_DOWN), <=, 120);
  g_assert_cmpuint (count_warnings (copy), ==, 0);
}

static void
test_own_clone (World *world, gconstpointer data)
{
  Instance *a = world_add_listening (world, "a", "{'v':0}");
  Instance *copy = world_add (world, "a");

  instance_make (world, copy);
  instance_dial (copy, "loopback:a");
  instance_start (world, copy);
  world_pass (world, 100);
  test_assert_contains (instance_get_down_reason (a), "two instances go by the id “a”");
  test_assert_contains (instance_get_down_reason (copy), "two instances go by the id “a”");
  /* it may have tried once more meanwhile, of which nothing is told */
  g_assert_cmpuint (count_warnings (a), ==, 1);
}

#define ADD(path, function) \
  g_test_add (path, World, NULL, world_set_up, function, world_tear_down)

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  ADD ("/peers/hello-deadline", test_hello_deadline);
  for (guint i = 0; i < G_N_ELEMENTS (refusals); i++)
    {
      g_autofree char *path = g_strdup_printf ("/peers/refusal/%s", refusals[i].name);

      g_test_add (path, World, &refusals[i], world_set_up, test_refusal, world_tear_down);
    }
  ADD ("/peers/unknown", test_unknown);
  ADD ("/peers/oversize", test_oversize);
  ADD ("/peers/self", test_self);
  ADD ("/peers/mutual", test_mutual);
  ADD ("/peers/two-addresses", test_two_addresses);
  ADD ("/peers/half-open", test_half_open);
  ADD ("/peers/replaced", test_replaced);
  ADD ("/peers/replaced-twice", test_replaced_twice);
  ADD ("/peers/held", test_held);
  ADD ("/peers/held-too-much", test_held_too_much);
  ADD ("/peers/clone", test_clone);
  ADD ("/peers/own-clone", test_own_clone);
  return g_test_run ();
}
