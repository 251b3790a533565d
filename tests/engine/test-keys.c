/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Nodes with a shared key: who gets in, who is told what, and what nobody hears before the proof.
 * The proofs of raw peers are made here, from the protocol's description.
 */

#include "raw-peer.h"

#include <string.h>

/* bytes 0 to 31, and 255 down to 224 */
#define KEY "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
#define OTHER_KEY "fffefdfcfbfaf9f8f7f6f5f4f3f2f1f0efeeedecebeae9e8e7e6e5e4e3e2e1e0"
#define DIFFERENT "have not the same shared key; give both the same one (key-file)"
#define MESSAGE "'timestamp':1.5,'config_hash':null,"

static Instance *
add (World *world, const char *id, const char *key, const char *listen, const char *dial)
{
  Instance *self = world_add (world, id);

  instance_make (world, self);
  g_object_set (self->node, "key", key, NULL);
  if (listen != NULL)
    instance_listen (self, listen);
  if (dial != NULL)
    instance_dial (self, dial);
  return self;
}

static Instance *
start (World *world, const char *id, const char *key, const char *listen, const char *dial)
{
  Instance *self = add (world, id, key, listen, dial);

  instance_start (world, self);
  return self;
}

static guint64
get_failed (Instance *self)
{
  guint64 failed;

  g_object_get (self->node, "failed-proofs", &failed, NULL);
  g_assert_cmpuint (confsync_node_get_failed_proofs (self->node), ==, failed);
  return failed;
}

static gboolean
is_keyed (Instance *self, const char *kind)
{
  gboolean keyed = FALSE;

  g_assert_true (
    g_variant_lookup (instance_find_event (self, kind)->details, "keyed", "b", &keyed));
  return keyed;
}

/* Between instances */

static void
sync_both_ways (World *world, const char *address, const char *const *keys)
{
  Instance *a = start (world, "a", keys[0], address, NULL), *b;
  g_auto (GStrv) addresses = confsync_node_list_listeners (a->node);

  b = start (world, "b", keys[1], NULL, addresses[0]);
  world_wait_live (world, a, 1);
  world_wait_live (world, b, 1);
  instance_edit (a, "{'v':1}");
  world_expect (world, "{'v':1}");
  instance_edit (b, "{'v':2}");
  world_expect (world, "{'v':2}");
  g_assert_cmpuint (get_failed (a) + get_failed (b), ==, 0);
  instance_stop (world, b);
  instance_stop (world, a);
}

static const char *const same[] = { KEY, KEY };

static void
test_same (World *world, gconstpointer data)
{
  sync_both_ways (world, "loopback:a", same);
}

/* While a key is changed, each step goes with the one before. */
static void
test_rotation (World *world, gconstpointer data)
{
  static const char *const steps[][2] = {
    { KEY "\n" OTHER_KEY, KEY },
    { OTHER_KEY "," KEY, KEY " " OTHER_KEY },
    { OTHER_KEY, OTHER_KEY "\n" KEY },
  };

  for (guint i = 0; i < G_N_ELEMENTS (steps); i++)
    sync_both_ways (world, "loopback:a", steps[i]);
}

static void
test_websocket (World *world, gconstpointer data)
{
  sync_both_ways (world, "ws://127.0.0.1:0/sync", same);
}

static void
test_unix (World *world, gconstpointer data)
{
  g_autofree char *folder = test_temp_dir ();
  g_autofree char *address = g_strdup_printf ("unix:%s/s", folder);

  sync_both_ways (world, address, same);
  test_remove_tree (folder);
}

/* Neither hears what the other has; both say the same of it, each in its own way. */
static void
test_different (World *world, gconstpointer data)
{
  static const struct
  {
    const char *keys[2];
    const char *said;
  } cases[] = {
    { { KEY, OTHER_KEY }, DIFFERENT },
    { { KEY, NULL },
      "a asks for a shared key, and b has none; give b the key of a (key-file)" },
    { { NULL, KEY },
      "b asks for a shared key, and a has none; give a the key of b (key-file)" },
    /* the first one of two is proven, and it is the other one that the other end has */
    { { KEY, OTHER_KEY " " KEY }, DIFFERENT },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      Instance *a = start (world, "a", cases[i].keys[0], "loopback:a", NULL);
      Instance *b = start (world, "b", cases[i].keys[1], NULL, "loopback:a");
      const char *kind;

      instance_edit (a, "{'secret':1}");
      world_pass (world, 500);
      test_assert_contains (instance_get_down_reason (a), cases[i].said);
      test_assert_contains (instance_get_down_reason (b), cases[i].said);
      /* whose key isn't proven is no peer; without one, both only disagree */
      kind = cases[i].keys[0] != NULL ? CONFSYNC_EVENT_UNPROVEN : CONFSYNC_EVENT_PEER_DOWN;
      g_assert_cmpuint (instance_find_event (a, kind)->level, ==, CONFSYNC_LEVEL_WARNING);
      g_assert_cmpuint (get_failed (a), ==, cases[i].keys[0] != NULL);
      world_pass (world, 3600 * 1000);
      g_assert_cmpuint (instance_count_live_peers (a) + instance_count_live_peers (b), ==, 0);
      g_assert_cmpuint (b->n_changed, ==, 0);
      instance_stop (world, b);
      instance_stop (world, a);
    }
}

/* Who dials and is not taken waits a second, then longer, and a minute at most. */
static void
test_asker (World *world, gconstpointer data)
{
  Instance *a = start (world, "a", KEY, "loopback:a", NULL);
  Instance *b = start (world, "b", OTHER_KEY, NULL, "loopback:a");
  guint tries = 0;

  world_pass (world, 10 * 60 * 1000);
  for (guint i = 0; i < b->events->len; i++)
    {
      Event *event = b->events->pdata[i];
      gint64 retry, least = MIN (1000 << MIN (tries, 6), 60000);

      if (!g_str_equal (event->kind, CONFSYNC_EVENT_PEER_DOWN))
        continue;
      g_assert_true (g_variant_lookup (event->details, "retry", "x", &retry));
      g_assert_cmpint (retry, >=, least * 1000);
      g_assert_cmpint (retry, <=, MIN (least * 5 / 4, 60000) * 1000);
      tries++;
    }
  g_assert_cmpuint (tries, >, 10);
  /* each is heard, so that it's known at once when the key is the right one */
  g_assert_cmpuint (get_failed (a), ==, tries);
  g_assert_cmpuint (instance_count_events (a, CONFSYNC_EVENT_REFUSED), ==, 0);
}

/* Whoever is given the right key comes in at once when it starts anew, however long it has failed;
 * after another wrong one it is told when it will be heard. */
static void
test_corrected (World *world, gconstpointer data)
{
  static const char *const keys[] = { KEY, OTHER_KEY };

  for (guint wrong = 0; wrong < G_N_ELEMENTS (keys); wrong++)
    {
      Instance *a = start (world, "a", KEY, "loopback:a", NULL);
      Instance *b = start (world, "b", OTHER_KEY, NULL, "loopback:a");

      world_pass (world, 10 * 60 * 1000);
      instance_stop (world, b);
      b = start (world, "b", keys[wrong], NULL, "loopback:a");
      world_pass (world, 100);
      g_assert_cmpuint (instance_count_live_peers (b), ==, wrong == 0);
      instance_stop (world, b);
      if (wrong != 0)
        {
          b = start (world, "b", KEY, NULL, "loopback:a");
          world_pass (world, 100);
          test_assert_contains (instance_get_down_reason (b), "heard for another 59 s");
          world_pass (world, 2 * 60 * 1000);
          g_assert_cmpuint (instance_count_live_peers (b), ==, 1);
          instance_stop (world, b);
        }
      instance_stop (world, a);
    }
}

/* Raw peers */

static char *
make_proof (const char *key, const char *side, const char *const *fields)
{
  guint8 bytes[32];
  g_autoptr (GHmac) hmac = NULL;
  const char *all[] = { "confsync.v1 shared key", side,      fields[0], fields[1],
                        fields[2],                fields[3], fields[4], fields[5] };

  for (guint i = 0; i < sizeof bytes; i++)
    bytes[i] = g_ascii_xdigit_value (key[2 * i]) << 4 | g_ascii_xdigit_value (key[2 * i + 1]);
  hmac = g_hmac_new (G_CHECKSUM_SHA256, bytes, sizeof bytes);
  for (guint i = 0; i < G_N_ELEMENTS (all); i++)
    {
      guint8 length[4] = { 0, 0, 0, strlen (all[i]) };

      g_hmac_update (hmac, length, sizeof length);
      g_hmac_update (hmac, (const guchar *) all[i], strlen (all[i]));
    }
  return g_strdup (g_hmac_get_string (hmac));
}

static void
hello (World *world, TestEnd *end, const char *more)
{
  g_autofree char *text = g_strdup_printf (
    "{'type':'hello'," MESSAGE "'instance_id':'raw','protocol':1,'session':'s','nonce':'n',"
    "'capabilities':[],'leaf':true%s}",
    more);

  raw_send (world, end, text);
}

static TestEnd *
dial (World *world)
{
  TestEnd *end = raw_dial (world, "loopback:a");

  hello (world, end, ",'auth':'hmac-sha256'");
  return end;
}

static void
prove (World *world, TestEnd *end, const char *key)
{
  g_autofree char *session = raw_get (end, "hello", "/session");
  g_autofree char *nonce = raw_get (end, "hello", "/nonce");
  const char *fields[] = { "raw", "s", "n", "a", session, nonce };
  g_autofree char *proof = make_proof (key, "dialler", fields);
  g_autofree char *text =
    g_strdup_printf ("{'type':'auth'," MESSAGE "'instance_id':'raw','proof':'%s'}", proof);

  raw_send (world, end, text);
}

static void
assert_told (World *world, TestEnd *end, const char *code, const char *said)
{
  g_autofree char *told = raw_get (end, "error", "/code");
  g_autofree char *reason = raw_get (end, "error", "/message");

  g_assert_cmpstr (told, ==, code);
  test_assert_contains (reason, said);
  world_pass (world, 1000);
  g_assert_cmpuint (end->closed, ==, 1);
  g_assert_cmpuint (raw_count (end, "heads"), ==, 0);
}

/* The instance proves its side, too, and only then says what it holds. */
static void
test_raw (World *world, gconstpointer data)
{
  Instance *a = start (world, "a", KEY, "loopback:a", NULL);
  g_autoptr (TestEnd) end = dial (world);
  g_autofree char *session = raw_get (end, "hello", "/session");
  g_autofree char *nonce = raw_get (end, "hello", "/nonce");
  g_autofree char *method = raw_get (end, "hello", "/auth");
  g_autofree char *proof = raw_get (end, "auth", "/proof");
  const char *fields[] = { "raw", "s", "n", "a", session, nonce };
  g_autofree char *expected = make_proof (KEY, "listener", fields);

  g_assert_cmpstr (method, ==, "hmac-sha256");
  g_assert_cmpuint (strlen (nonce), ==, 32);
  g_assert_cmpstr (proof, ==, expected);
  g_assert_cmpuint (end->messages->len, ==, 2);
  prove (world, end, KEY);
  g_assert_cmpuint (raw_count (end, "heads"), ==, 1);
  raw_answer (world, end);
  g_assert_cmpuint (instance_count_live_peers (a), ==, 1);
  g_assert_true (is_keyed (a, CONFSYNC_EVENT_PEER_UP));
  /* a proof is wanted once */
  prove (world, end, KEY);
  test_assert_contains (instance_get_down_reason (a), "a proof that nobody asked for");
}

/* Nothing is read before the proof: each of these ends the link and counts. */
static void
test_nothing_else (World *world, gconstpointer data)
{
  Instance *a = start (world, "a", KEY, "loopback:a", NULL);
  g_autofree char *large = g_strnfill (4096, 'x');
  g_autofree char *large_hello = g_strdup_printf (",'auth':'hmac-sha256','more':'%s'", large);
  static const struct
  {
    const char *text;
    const char *code;
    const char *said;
  } cases[] = {
    { "{'type':'heads'," MESSAGE "'instance_id':'raw','heads':[]}", "protocol",
      "another message before the proof" },
    { "{'type':'config_request'," MESSAGE "'instance_id':'raw','have':null}", "protocol",
      "another message before the proof" },
    { "{'type':'heartbeat'," MESSAGE "'instance_id':'raw','digest':'','probe':true}", "protocol",
      "another message before the proof" },
    { "{'type':'of tomorrow'," MESSAGE "'instance_id':'raw'}", "protocol",
      "another message before the proof" },
    { "{'type':'hello'," MESSAGE "'instance_id':'raw','protocol':1,'session':'s','nonce':'n',"
      "'capabilities':[],'leaf':true,'auth':'hmac-sha256'}", "protocol", "a second hello" },
    { "{'type':'auth'," MESSAGE "'instance_id':'raw'}", "malformed", "proof" },
    { "{'type':'auth'," MESSAGE "'instance_id':'raw','proof':'00ff'}", "malformed", "proof" },
    { "hello?", "malformed", "malformed message" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (TestEnd) end = dial (world);

      raw_send (world, end, cases[i].text);
      assert_told (world, end, cases[i].code, cases[i].said);
      g_assert_cmpuint (get_failed (a), ==, i + 1);
      world_pass (world, 60 * 1000);
    }
  {
    g_autoptr (TestEnd) end = raw_dial (world, "loopback:a");

    hello (world, end, large_hello);
    g_assert_cmpuint (end->closed, ==, 1);
    g_assert_cmpuint (raw_count (end, "auth"), ==, 0);
  }
}

static void
test_deadline (World *world, gconstpointer data)
{
  Instance *a = start (world, "a", KEY, "loopback:a", NULL);
  g_autoptr (TestEnd) end = dial (world);

  world_pass (world, 9900);
  g_assert_cmpuint (end->closed, ==, 0);
  world_pass (world, 200);
  g_assert_cmpuint (end->closed, ==, 1);
  test_assert_contains (instance_get_down_reason (a), "no proof of the shared key within 10 s");
}

/* Who failed is not heard for a while, but for one, and then longer, wherever it comes from on this
 * machine. */
static void
test_listener_backs_off (World *world, gconstpointer data)
{
  Instance *a = start (world, "a", KEY, "loopback:a", NULL);
  guint seconds = 1;

  for (guint i = 0; i < 7; i++, seconds = MIN (2 * seconds, 59))
    {
      g_autoptr (TestEnd) failing = dial (world), heard = NULL, early = NULL, again = NULL;

      prove (world, failing, OTHER_KEY);
      g_assert_cmpuint (raw_count (failing, "error"), ==, 1);
      g_assert_cmpuint (get_failed (a), ==, i + 1);
      world_pass (world, seconds * 1000 - 100);
      instance_clear_events (a);
      heard = raw_dial (world, "loopback:a");
      g_assert_cmpuint (raw_count (heard, "hello"), ==, 1);
      early = raw_dial (world, "loopback:a");
      assert_told (world, early, "auth", "nobody from there is heard for another 1 s");
      again = raw_dial (world, "loopback:a");
      g_assert_cmpuint (raw_count (early, "hello"), ==, 0);
      g_assert_cmpuint (instance_count_events (a, CONFSYNC_EVENT_REFUSED), ==, 1);
    }
  /* and a good one is taken, and ends it */
  world_pass (world, 60 * 1000);
  {
    g_autoptr (TestEnd) end = dial (world), next = NULL;

    prove (world, end, KEY);
    g_assert_cmpuint (raw_count (end, "heads"), ==, 1);
    next = dial (world);
    prove (world, next, OTHER_KEY);
    world_pass (world, 1100);
    g_assert_cmpuint (get_failed (a), ==, 8);
    g_clear_pointer (&next, test_end_free);
    next = dial (world);
    g_assert_cmpuint (raw_count (next, "auth"), ==, 1);
  }
}

/* The key as a value */

static void
trust_cb (ConfsyncNode *node,
          ConfsyncLevel level,
          const char *kind,
          GVariant *details,
          gpointer user_data)
{
  guint *changes = user_data;
  const char *outcome;

  if (!g_str_equal (kind, CONFSYNC_EVENT_TRUST))
    return;
  (*changes)++;
  g_assert_cmpint (level, ==, CONFSYNC_LEVEL_INFO);
  g_assert_cmpuint (g_variant_n_children (details), ==, 1);
  g_assert_true (g_variant_lookup (details, "outcome", "&s", &outcome));
  g_assert_cmpstr (outcome, ==, "key changed");
}

static void
test_value (World *world, gconstpointer data)
{
  guint changes = 0;
  g_autoptr (ConfsyncNode) node = confsync_node_new ("a");
  g_autofree char *made = confsync_node_make_key (), *other = confsync_node_make_key ();
  g_auto (Answer) refused = { 0 }, taken = { 0 };
  g_autoptr (GError) bad = NULL, busy = NULL;
  GParamSpec *key = g_object_class_find_property (G_OBJECT_GET_CLASS (node), "key");

  g_assert_cmpuint (strlen (made), ==, 64);
  g_assert_cmpstr (made, !=, other);
  g_assert_cmpuint (key->flags & G_PARAM_READABLE, ==, 0);
  g_assert_false (confsync_node_has_key (node));
  g_assert_false (confsync_node_set_key (node, "not-a-key", &bad));
  g_assert_error (bad, CONFSYNC_ERROR, CONFSYNC_ERROR_INVALID_OPTION);

  g_object_set (node, "key", "not-a-key", NULL);
  confsync_node_start_async (node, NULL, answer_cb, &refused);
  answer_await (world, &refused);
  g_assert_error (refused.error, CONFSYNC_ERROR, CONFSYNC_ERROR_INVALID_OPTION);
  g_assert_true (g_str_has_prefix (refused.error->message, "the shared key: "));
  g_assert_null (strstr (refused.error->message, "not-a-key"));

  g_object_set (node, "key", made, NULL);
  g_assert_true (confsync_node_has_key (node));
  confsync_node_start_async (node, NULL, answer_cb, &taken);
  answer_await (world, &taken);
  g_assert_no_error (taken.error);
  g_assert_false (confsync_node_set_key (node, NULL, &busy));
  g_assert_error (busy, CONFSYNC_ERROR, CONFSYNC_ERROR_BUSY);
  g_assert_true (confsync_node_has_key (node));
  g_signal_connect (node, "event", G_CALLBACK (trust_cb), &changes);
  g_assert_true (confsync_node_set_key (node, made, NULL));
  g_assert_cmpuint (changes, ==, 0);
  g_assert_true (confsync_node_set_key (node, other, NULL));
  g_assert_cmpuint (changes, ==, 1);
  confsync_node_stop (node);
  g_assert_true (confsync_node_set_key (node, made, NULL));
  g_assert_cmpuint (changes, ==, 1);
  g_assert_true (confsync_node_set_key (node, NULL, NULL));
  g_assert_false (confsync_node_has_key (node));
  world_pass (world, 0);
}

/* A listener beyond this machine needs no other leave than a key, and says what it is. */
static void
test_exposed (World *world, gconstpointer data)
{
  Instance *a = start (world, "a", KEY, "ws://0.0.0.0:0/sync", NULL);
  Event *event = instance_find_event (a, CONFSYNC_EVENT_LISTENING);
  gboolean exposed = FALSE, encrypted = TRUE;

  g_assert_true (g_variant_lookup (event->details, "exposed", "b", &exposed) && exposed);
  g_assert_true (g_variant_lookup (event->details, "encrypted", "b", &encrypted) && !encrypted);
  g_assert_true (is_keyed (a, CONFSYNC_EVENT_LISTENING));
  g_assert_cmpuint (instance_count_events (a, CONFSYNC_EVENT_NOTICE), ==, 0);
  instance_stop (world, a);

  /* what changes nothing is said to do so */
  a = add (world, "b", KEY, "ws://0.0.0.0:0/sync", NULL);
  g_object_set (a->node, "allow-unauthenticated", TRUE, NULL);
  instance_start (world, a);
  test_assert_contains (event_get (instance_find_event (a, CONFSYNC_EVENT_NOTICE), "message"),
                        "allow-unauthenticated changes nothing");
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

#define ADD(name, function, set_up)                                                                \
  g_test_add ("/keys/" name, World, NULL, set_up, function, world_tear_down)
  ADD ("same", test_same, world_set_up);
  ADD ("rotation", test_rotation, world_set_up);
  ADD ("websocket", test_websocket, world_set_up_real);
  ADD ("unix", test_unix, world_set_up_real);
  ADD ("different", test_different, world_set_up);
  ADD ("asker", test_asker, world_set_up);
  ADD ("corrected", test_corrected, world_set_up);
  ADD ("raw", test_raw, world_set_up);
  ADD ("nothing-else", test_nothing_else, world_set_up);
  ADD ("deadline", test_deadline, world_set_up);
  ADD ("listener-backs-off", test_listener_backs_off, world_set_up);
  ADD ("value", test_value, world_set_up_real);
  ADD ("exposed", test_exposed, world_set_up_real);
  return g_test_run ();
}
