/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Links between instances: greeting, who is who, and what becomes of links that don't answer.
 */

#include "raw-peer.h"

#include "test-util.h"
#include "wire-tap.h"

#define MINUTE_MS (60 * 1000)

/* Started, and listening as loopback:ID. */
static Instance *
add_listening (World *world, const char *id, const char *text)
{
  Instance *self = world_add (world, id);
  g_autofree char *own = g_strdup_printf ("loopback:%s", id);

  if (text != NULL)
    instance_edit (self, text);
  instance_make (world, self);
  instance_listen (self, own);
  instance_start (world, self);
  /* the virtual clock begins at 0, which no real one shows */
  world_pass (world, 1);
  return self;
}

static const char *
get_down_reason (Instance *self)
{
  Event *event = instance_find_event (self, CONFSYNC_EVENT_PEER_DOWN);

  return event != NULL ? event_get (event, "reason") : NULL;
}

static void
assert_contains (const char *text, const char *part)
{
  if (text == NULL || strstr (text, part) == NULL)
    g_error ("“%s” doesn't say “%s”", text, part);
}

static void
test_hello_deadline (World *world, gconstpointer data)
{
  Instance *a = add_listening (world, "a", NULL);
  g_autoptr (TestEnd) end = raw_dial (world, "loopback:a");

  world_pass (world, 9990);
  g_assert_cmpuint (end->closed, ==, 0);
  world_pass (world, 20);
  g_assert_cmpuint (end->closed, ==, 1);
  assert_contains (get_down_reason (a), "no hello within 10 s");
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
  Instance *a = add_listening (world, "a", "{'v':0}");
  g_autoptr (TestEnd) end = raw_dial (world, "loopback:a");
  g_autofree char *code = NULL;

  if (refusal->greeted)
    raw_hello (world, end, "r", "s");
  raw_send (world, end, refusal->text);
  code = raw_get (end, "error", "/code");
  g_assert_cmpstr (code, ==, refusal->code);
  assert_contains (get_down_reason (a), refusal->says);
  g_assert_cmpuint (end->closed, ==, 1);
  instance_assert_live (a, "{'v':0}");
}

/* What a later version says in passing is no reason to part. */
static void
test_unknown (World *world, gconstpointer data)
{
  Instance *a = add_listening (world, "a", "{'v':0}");
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
  assert_contains (get_down_reason (a), "the limit is 1049576");
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
  assert_contains (get_down_reason (a), "leads back to this instance");
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
      add_listening (&one, "hub", "{'v':0}");
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
  Instance *a = add_listening (world, "a", "{'v':0}");
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
  Instance *a = add_listening (world, "a", "{'v':0}");
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
  Instance *a = add_listening (world, "a", "{'v':0}");
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
  Instance *z = add_listening (world, "z", NULL);
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

/* Both have an id, and both answer: the second one is refused, on both sides with a reason. */
static void
test_clone (World *world, gconstpointer data)
{
  Instance *a = add_listening (world, "a", "{'v':0}");
  Instance *b = world_add (world, "b"), *copy = world_add (world, "b");
  g_auto (WireTap) tap = { 0 };

  instance_make (world, b);
  instance_dial (b, "loopback:a");
  instance_start (world, b);
  world_wait_live (world, b, 1);
  instance_make (world, copy);
  instance_dial (copy, "loopback:a");
  instance_start (world, copy);
  world_pass (world, 1000);
  assert_contains (get_down_reason (a), "two instances go by the id “b”");
  assert_contains (get_down_reason (copy), "the peer says: two instances go by the id");
  g_assert_cmpint (instance_find_event (copy, CONFSYNC_EVENT_PEER_DOWN)->level, >=,
                   CONFSYNC_LEVEL_DEBUG);
  g_assert_cmpuint (instance_count_live_peers (b), ==, 1);
  g_assert_cmpuint (instance_count_events (copy, CONFSYNC_EVENT_PEER_UP), ==, 0);

  world_pass (world, 30 * MINUTE_MS);
  instance_clear_events (copy);
  wire_tap_start (&tap);
  world_pass (world, 30 * MINUTE_MS);
  /* half a minute between two tries, on the average */
  g_assert_cmpuint (instance_count_events (copy, CONFSYNC_EVENT_PEER_DOWN), >=, 30);
  g_assert_cmpuint (instance_count_events (copy, CONFSYNC_EVENT_PEER_DOWN), <=, 120);
  for (guint i = 0; i < copy->events->len; i++)
    g_assert_cmpint (((Event *) copy->events->pdata[i])->level, ==, CONFSYNC_LEVEL_DEBUG);
}

static void
test_own_clone (World *world, gconstpointer data)
{
  Instance *a = add_listening (world, "a", "{'v':0}");
  Instance *copy = world_add (world, "a");

  instance_make (world, copy);
  instance_dial (copy, "loopback:a");
  instance_start (world, copy);
  world_pass (world, 100);
  assert_contains (get_down_reason (a), "two instances go by the id “a”");
  assert_contains (get_down_reason (copy), "two instances go by the id “a”");
  g_assert_cmpint (instance_find_event (a, CONFSYNC_EVENT_PEER_DOWN)->level, ==,
                   CONFSYNC_LEVEL_WARNING);
}

/* No acknowledgement: a probe; no answer to that: dead, and dialled again. */
static void
test_ack_deadline (World *world, gconstpointer data)
{
  g_autoptr (TestPort) port = raw_listen (world, "loopback:raw");
  Instance *a = world_add (world, "a");
  TestEnd *end;

  instance_edit (a, "{'v':0}");
  instance_make (world, a);
  instance_dial (a, "loopback:raw");
  instance_start (world, a);
  world_pass (world, 1);
  end = port->ends->pdata[0];
  raw_hello (world, end, "r", "s");
  raw_answer (world, end);
  instance_edit (a, "{'v':1}");
  world_pass (world, 0);
  g_assert_cmpuint (raw_count (end, "config_update"), ==, 1);
  g_assert_cmpuint (raw_count (end, "heartbeat"), ==, 1);
  world_pass (world, 4990);
  g_assert_cmpuint (raw_count (end, "heartbeat"), ==, 1);
  world_pass (world, 20);
  g_assert_cmpuint (raw_count (end, "heartbeat"), ==, 2);
  world_pass (world, 4900);
  g_assert_cmpuint (end->closed, ==, 0);
  world_pass (world, 200);
  g_assert_cmpuint (end->closed, ==, 1);
  assert_contains (get_down_reason (a), "no answer within 5 s");
  world_pass (world, 1500);
  g_assert_cmpuint (port->ends->len, ==, 2);
}

/* An acknowledgement that got lost costs one probe, not one every five seconds. */
static void
test_lost_ack (World *world, gconstpointer data)
{
  Instance *a = add_listening (world, "a", "{'v':0}");
  g_autoptr (TestEnd) end = raw_link (world, "loopback:a", "r", "s");

  instance_edit (a, "{'v':1}");
  world_pass (world, 5010);
  g_assert_cmpuint (raw_count (end, "heartbeat"), ==, 2);
  raw_answer (world, end);
  world_pass (world, 20 * 1000);
  g_assert_cmpuint (end->closed, ==, 0);
  g_assert_cmpuint (raw_count (end, "heartbeat"), ==, 2);
}

static void
test_silence (World *world, gconstpointer data)
{
  Instance *a = add_listening (world, "a", NULL);
  g_autoptr (TestEnd) end = raw_link (world, "loopback:a", "r", "s");

  world_pass (world, 74 * 1000);
  g_assert_cmpuint (end->closed, ==, 0);
  world_pass (world, 32 * 1000);
  g_assert_cmpuint (end->closed, ==, 1);
  assert_contains (get_down_reason (a), "silent for");
}

static gint64
get_retry_ms (Event *event)
{
  gint64 retry = -1;

  g_assert_true (g_variant_lookup (event->details, "retry", "x", &retry));
  return retry / 1000;
}

static void
test_backoff (World *world, gconstpointer data)
{
  Instance *a = world_add (world, "a");
  gint64 most = 0;
  guint n;

  instance_make (world, a);
  instance_dial (a, "loopback:nobody");
  instance_start (world, a);
  world_pass (world, 60 * MINUTE_MS);
  n = a->events->len;
  g_assert_cmpuint (instance_count_events (a, CONFSYNC_EVENT_PEER_DOWN), >=, 60);
  g_assert_cmpuint (instance_count_events (a, CONFSYNC_EVENT_PEER_DOWN), <=, 200);
  g_assert_cmpuint (n, <=, 201);
  for (guint i = 0, tries = 0; i < n; i++)
    {
      Event *event = a->events->pdata[i];

      if (!g_str_equal (event->kind, CONFSYNC_EVENT_PEER_DOWN))
        continue;
      g_assert_cmpint (get_retry_ms (event), <=, MIN (500 << MIN (tries, 7), 60000));
      g_assert_cmpint (event->level, ==,
                       tries == 0 ? CONFSYNC_LEVEL_INFO : CONFSYNC_LEVEL_DEBUG);
      most = MAX (most, get_retry_ms (event));
      tries++;
    }
  g_assert_cmpint (most, >, 30000);

  /* a good link in between, and it begins anew */
  {
    Instance *nobody = add_listening (world, "nobody", "{'v':0}");

    world_pass (world, MINUTE_MS);
    g_assert_cmpuint (instance_count_live_peers (a), ==, 1);
    world_pass (world, 11 * 1000);
    instance_clear_events (a);
    instance_stop (world, nobody);
    world_pass (world, 1);
    g_assert_cmpint (get_retry_ms (instance_find_event (a, CONFSYNC_EVENT_PEER_DOWN)), <=, 500);
  }
}

static void
test_restart_forgets_nothing (World *world, gconstpointer data)
{
  Instance *a = add_listening (world, "a", "{'v':0}");
  Instance *b = world_add (world, "b");

  instance_make (world, b);
  instance_dial (b, "loopback:a");
  instance_start (world, b);
  world_wait_live (world, b, 1);
  confsync_node_stop (b->node);
  g_assert_cmpuint (instance_count_live_peers (b), ==, 0);
  instance_clear_events (b);
  world_pass (world, 5 * MINUTE_MS);
  g_assert_cmpuint (b->events->len, ==, 0);
  g_assert_cmpuint (instance_count_live_peers (a), ==, 0);
  confsync_node_start_async (b->node, NULL, NULL, NULL);
  world_wait_live (world, b, 1);
  instance_edit (b, "{'v':1}");
  world_expect (world, "{'v':1}");
}

/* Nothing of our own may remain in the main context: a virtual clock keeps what was forgotten. */
static void
test_stop_leaves_no_timers (World *world, gconstpointer data)
{
  Instance *a = world_add (world, "a");

  add_listening (world, "hub", "{'v':0}");
  instance_make (world, a);
  instance_dial (a, "loopback:hub");
  instance_dial (a, "loopback:nobody");
  instance_start (world, a);
  world_wait_live (world, a, 1);
  instance_edit (a, "{'v':1}");
  world_pass (world, 100);
  instance_stop (world, a);
  world_pass (world, 10 * MINUTE_MS);
}

static void
test_cap (World *world, gconstpointer data)
{
  Instance *a = add_listening (world, "a", NULL);
  g_autoptr (GPtrArray) ends = g_ptr_array_new_with_free_func ((GDestroyNotify) test_end_free);
  Event *event;

  for (guint i = 0; i < 1025; i++)
    g_ptr_array_add (ends, raw_dial (world, "loopback:a"));
  world_pass (world, 1);
  g_assert_cmpuint (((TestEnd *) ends->pdata[1023])->closed, ==, 0);
  g_assert_cmpuint (((TestEnd *) ends->pdata[1024])->closed, ==, 1);
  event = instance_find_event (a, CONFSYNC_EVENT_REFUSED);
  assert_contains (event_get (event, "reason"), "1024 peers");
}

/* A heartbeat of another digest is answered by what one has; one of the same isn't. */
static void
test_digest (World *world, gconstpointer data)
{
  Instance *a = add_listening (world, "a", "{'v':0}");
  g_autoptr (TestEnd) end = raw_link (world, "loopback:a", "r", "s");
  g_autofree char *digest = raw_get (end, "heartbeat", "/digest");
  g_autofree char *same = g_strdup_printf (
    "{'type':'heartbeat','timestamp':1,'instance_id':'r','config_hash':null,'digest':'%s','probe':"
    "true}", digest);
  guint before = raw_count (end, "heads");

  g_assert_cmpuint (strlen (digest), ==, 64);
  raw_send (world, end, same);
  g_assert_cmpuint (raw_count (end, "heads"), ==, before);
  g_assert_cmpuint (raw_count (end, "heartbeat"), ==, 2);
  instance_edit (a, "{'v':1}");
  world_pass (world, 10);
  raw_send (world, end, same);
  g_assert_cmpuint (raw_count (end, "heads"), ==, before + 1);
  g_assert_cmpuint (raw_count (end, "heartbeat"), ==, 3);
}

static void
synced_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Answer *answer = user_data;

  answer->answers++;
  answer->ok =
    confsync_manager_force_sync_finish (CONFSYNC_MANAGER (source), result, &answer->error);
}

/* What is beyond the other side's limit is offered once, and never asked for. */
static void
test_too_large (World *world, gconstpointer data)
{
  Instance *a = add_listening (world, "a", "{'v':0}");
  Instance *b = world_add (world, "b");
  g_autofree char *value = g_strnfill (3000, 'x');
  g_autofree char *text = g_strdup_printf ("{'v':'%s'}", value);
  g_auto (Answer) answer = { 0 };
  g_auto (WireTap) tap = { 0 };

  b->max_bytes = 2000;
  instance_make (world, b);
  instance_dial (b, "loopback:a");
  instance_start (world, b);
  world_expect (world, "{'v':0}");
  wire_tap_start (&tap);
  instance_edit (a, text);
  world_pass (world, 10 * MINUTE_MS);
  g_assert_cmpuint (tap.n_updates, ==, 1);
  g_assert_cmpuint (tap.n_requests, ==, 0);
  g_assert_cmpuint (instance_count_events (a, CONFSYNC_EVENT_BEHIND), ==, 1);
  assert_contains (event_get (instance_find_event (a, CONFSYNC_EVENT_BEHIND), "reason"),
                   "the limit here is 2000");
  g_assert_cmpuint (instance_count_events (b, CONFSYNC_EVENT_REFUSED), ==, 1);
  instance_assert_live (b, "{'v':0}");

  confsync_manager_force_sync_async (a->manager, NULL, synced_cb, &answer);
  world_pass (world, 1);
  g_assert_error (answer.error, CONFSYNC_ERROR, CONFSYNC_ERROR_REFUSED);
  assert_contains (answer.error->message, "b doesn't take the configuration");

  /* a smaller one is welcome again */
  instance_edit (a, "{'v':1}");
  world_expect (world, "{'v':1}");
}

/* Deeper than the limit by what a message may be deeper. */
static void
test_too_deep (World *world, gconstpointer data)
{
  Instance *a = add_listening (world, "a", "{'v':0}");
  g_autoptr (TestEnd) end = raw_link (world, "loopback:a", "r", "s");
  g_autoptr (GString) nested = g_string_new ("0");
  g_autoptr (ConfsyncDocument) document = NULL;
  g_autoptr (GBytes) bytes = NULL;
  g_autofree char *text = NULL;
  g_autofree char *outcome = NULL;
  const ConfsyncJsonLimits limits = { .max_depth = 100 };

  for (guint i = 0; i < 64; i++)
    {
      g_string_prepend_c (nested, '[');
      g_string_append_c (nested, ']');
    }
  g_string_prepend (nested, "{\"a\":");
  g_string_append_c (nested, '}');
  bytes = g_bytes_new (nested->str, nested->len);
  document = confsync_document_new (bytes, &limits, NULL);
  text = g_strdup_printf (
    "{'type':'config_update','timestamp':1,'instance_id':'r','config_hash':'%s',"
    "'stamp':{'time':1,'author':'r','kind':'edit','epoch':0,'floor':0,"
    "'vector':{'0123456789abcdef':1}},'config_data':%s}",
    confsync_document_get_hash (document), nested->str);
  raw_send (world, end, text);
  outcome = raw_get (end, "ack", "/outcome");
  g_assert_cmpstr (outcome, ==, "refused");
  instance_assert_live (a, "{'v':0}");
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
  ADD ("/peers/ack-deadline", test_ack_deadline);
  ADD ("/peers/lost-ack", test_lost_ack);
  ADD ("/peers/silence", test_silence);
  ADD ("/peers/backoff", test_backoff);
  ADD ("/peers/node-restart", test_restart_forgets_nothing);
  ADD ("/peers/no-timers", test_stop_leaves_no_timers);
  ADD ("/peers/cap", test_cap);
  ADD ("/peers/digest", test_digest);
  ADD ("/peers/too-large", test_too_large);
  ADD ("/peers/too-deep", test_too_deep);
  return g_test_run ();
}
