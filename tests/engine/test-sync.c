/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Instances that keep a document in sync: small fleets on a virtual clock, with and without faults.
 */

#include "instance.h"
#include "wire-tap.h"

#define BIG_BYTES (10 * 1024 * 1024)

/* Started, listening as loopback:ID, and dialling the others by their ids. */
static Instance *
add_linked (World *world, const char *id, const char *text, const char *dials)
{
  Instance *self = world_add (world, id);
  g_auto (GStrv) ids = g_strsplit (dials != NULL ? dials : "", " ", -1);
  g_autofree char *own = g_strdup_printf ("loopback:%s", id);

  if (text != NULL)
    instance_edit (self, text);
  instance_make (world, self);
  instance_listen (self, own);
  for (guint i = 0; ids[i] != NULL; i++)
    {
      g_autofree char *address = g_strdup_printf ("loopback:%s", ids[i]);

      instance_dial (self, address);
    }
  instance_start (world, self);
  return self;
}

static void
cut_off (Instance *self, const char *listeners)
{
  g_object_set (self->transport, "partition", listeners, NULL);
}

static void
test_pair (World *world, gconstpointer data)
{
  Instance *a = add_linked (world, "a", "{'from':'a'}", NULL);
  Instance *b = add_linked (world, "b", NULL, "a");

  world_expect (world, "{'from':'a'}");
  instance_assert_live (b, "{'from':'a'}");
  instance_edit (a, "{'from':'a','n':1}");
  world_expect (world, "{'from':'a','n':1}");
  instance_assert_live (b, "{'from':'a','n':1}");
  instance_edit (b, "{'from':'b'}");
  world_expect (world, "{'from':'b'}");
  instance_assert_live (a, "{'from':'b'}");
  instance_set (world, a, "{'from':'application'}");
  world_expect (world, "{'from':'application'}");

  g_assert_cmpstr (event_get (instance_find_event (b, CONFSYNC_EVENT_APPLIED), "author"), ==, "a");
  g_assert_cmpstr (event_get (instance_find_event (b, CONFSYNC_EVENT_APPLIED), "peer"), ==, "a");
  g_assert_nonnull (world_wait_event (world, a, CONFSYNC_EVENT_SYNCED));
  g_assert_cmpuint (instance_count_events (a, CONFSYNC_EVENT_LOST), ==, 0);
  g_assert_cmpuint (instance_count_events (b, CONFSYNC_EVENT_LOST), ==, 0);
}

static void
test_both_at_once (World *world, gconstpointer data)
{
  Instance *a = add_linked (world, "a", "{'v':0}", NULL);
  Instance *b = add_linked (world, "b", NULL, "a");
  const char *kept, *lost;
  Event *event;

  world_expect (world, "{'v':0}");
  instance_edit (a, "{'v':'a'}");
  instance_edit (b, "{'v':'b'}");
  world_pass (world, 1000);
  g_assert_true (world_has_settled (world));

  event = instance_find_event (a, CONFSYNC_EVENT_LOST);
  if (event == NULL)
    event = instance_find_event (b, CONFSYNC_EVENT_LOST);
  lost = event_get (event, "author");
  kept = g_str_equal (lost, "a") ? "{'v':'a'}" : "{'v':'b'}";
  g_assert_cmpstr (event_get (event, "winner"), ==, g_str_equal (lost, "a") ? "b" : "a");
  g_assert_nonnull (event_get (event, "version"));
  g_assert_true (instance_has_version (world, a, kept) || instance_has_version (world, b, kept));
}

static void
test_newcomer (World *world, gconstpointer data)
{
  Instance *a = add_linked (world, "a", "{'v':0}", NULL);
  Instance *b;

  instance_edit (a, "{'v':'fleet'}");
  world_pass (world, 3600 * 1000);
  b = add_linked (world, "b", "{'v':'old'}", "a");
  world_expect (world, "{'v':'fleet'}");
  g_assert_true (instance_has_version (world, b, "{'v':'old'}"));
  world_wait_event (world, b, CONFSYNC_EVENT_ADOPTED);
}

/* Nobody ever edited the fleet's document: being more and older counts. */
static void
test_newcomer_initial (World *world, gconstpointer data)
{
  Instance *c;

  add_linked (world, "a", "{'v':'fleet'}", NULL);
  add_linked (world, "b", "{'v':'fleet'}", "a");
  world_expect (world, "{'v':'fleet'}");
  world_pass (world, 60 * 1000);
  c = add_linked (world, "c", "{'v':'new'}", "a b");
  world_expect (world, "{'v':'fleet'}");
  g_assert_true (instance_has_version (world, c, "{'v':'new'}"));
}

static void
test_chain (World *world, gconstpointer data)
{
  Instance *a = add_linked (world, "a", "{'v':0}", NULL);
  Instance *c;

  add_linked (world, "b", NULL, "a");
  c = add_linked (world, "c", NULL, "b");
  world_expect (world, "{'v':0}");
  instance_edit (a, "{'v':'a'}");
  world_expect (world, "{'v':'a'}");
  g_assert_cmpstr (event_get (instance_find_event (c, CONFSYNC_EVENT_APPLIED), "author"), ==, "a");
  g_assert_cmpstr (event_get (instance_find_event (c, CONFSYNC_EVENT_APPLIED), "peer"), ==, "b");
  instance_edit (c, "{'v':'c'}");
  world_expect (world, "{'v':'c'}");
}

/* Four leaves around a hub: an edit travels once over each link. */
static void
test_star (World *world, gconstpointer data)
{
  const char *const ids[] = { "b", "c", "d", "e" };
  Instance *leaf = NULL;
  g_auto (WireTap) tap = { 0 };

  add_linked (world, "hub", "{'v':0}", NULL);
  for (guint i = 0; i < G_N_ELEMENTS (ids); i++)
    {
      leaf = world_add (world, ids[i]);
      instance_make (world, leaf);
      instance_dial (leaf, "loopback:hub");
      instance_start (world, leaf);
    }
  world_expect (world, "{'v':0}");
  world_pass (world, 1000);
  wire_tap_start (&tap);
  instance_edit (leaf, "{'v':'leaf'}");
  world_pass (world, 1000);
  world_expect (world, "{'v':'leaf'}");
  g_assert_cmpuint (tap.n_updates, ==, 4);
  for (guint i = 0; i < world->instances->len; i++)
    g_assert_cmpuint (((Instance *) world->instances->pdata[i])->n_changed, ==, 2);
}

/* After quiescence only heartbeats flow: a probe and its answer a link and half a minute. */
static void
test_quiet (World *world, gconstpointer data)
{
  Instance *a = add_linked (world, "a", "{'v':0}", "b c d e");
  g_auto (WireTap) tap = { 0 };

  add_linked (world, "b", NULL, "a c d e");
  add_linked (world, "c", NULL, "a b d e");
  add_linked (world, "d", "{'v':4}", "a b c e");
  add_linked (world, "e", NULL, "a b c d");
  world_settle (world);
  instance_edit (a, "{'v':'a'}");
  world_expect (world, "{'v':'a'}");
  world_pass (world, 120 * 1000);
  for (guint i = 0; i < world->instances->len; i++)
    g_assert_cmpuint (instance_count_live_peers (world->instances->pdata[i]), ==, 4);

  wire_tap_start (&tap);
  world_pass (world, 300 * 1000);
  g_assert_cmpuint (tap.n_messages, ==, tap.n_heartbeats);
  g_assert_cmpuint (tap.n_heartbeats, ==, 10 * 10 * 2);
}

/* A wrapped list of real entries where there is one, or made ones. */
static char *
make_big (void)
{
  g_autofree char *entry = NULL;
  g_autoptr (GString) text = g_string_new ("{\"list\":[");

  if (!g_file_get_contents ("/usr/share/iso-codes/json/iso_3166-2.json", &entry, NULL, NULL))
    entry = g_strdup ("{\"code\":\"XX-1\",\"name\":\"Somewhere \\u00e9\",\"type\":\"Region\"}");
  while (text->len < BIG_BYTES)
    {
      g_string_append (text, entry);
      g_string_append_c (text, ',');
    }
  g_string_append (text, "0],\"v\":");
  return g_string_free (g_steal_pointer (&text), FALSE);
}

static ConfsyncDocument *
make_big_document (const char *big, int v)
{
  g_autofree char *text = g_strdup_printf ("%s%d}", big, v);
  g_autoptr (GBytes) bytes = g_bytes_new (text, strlen (text));
  g_autoptr (GError) error = NULL;
  ConfsyncDocument *document = confsync_document_new (bytes, NULL, &error);

  g_assert_no_error (error);
  return document;
}

static void
edit_document (Instance *self, ConfsyncDocument *document)
{
  confsync_memory_store_edit (CONFSYNC_MEMORY_STORE (self->store), document);
  confsync_watcher_emit_changed (self->watcher);
}

/* The document goes once as a whole, an edit of it as a patch. */
static void
test_big (World *world, gconstpointer data)
{
  Instance *a = add_linked (world, "a", "{'v':0}", NULL);
  Instance *b = add_linked (world, "b", NULL, "a");
  g_autofree char *big = make_big ();
  g_autoptr (ConfsyncDocument) first = make_big_document (big, 1);
  g_autoptr (ConfsyncDocument) second = make_big_document (big, 2);
  g_auto (WireTap) tap = { 0 };

  world_expect (world, "{'v':0}");
  wire_tap_start (&tap);
  edit_document (a, first);
  world_pass (world, 1000);
  g_assert_true (world_has_settled (world));
  g_assert_cmpuint (tap.bytes, >, confsync_document_get_size (first) / 2);
  g_assert_cmpuint (tap.bytes, <, confsync_document_get_size (first) * 5 / 4);
  wire_tap_reset (&tap);
  edit_document (b, second);
  world_pass (world, 1000);
  g_assert_true (world_has_settled (world));
  g_assert_true (confsync_document_equal (
    confsync_memory_store_get_live (CONFSYNC_MEMORY_STORE (a->store)), second));
  g_assert_cmpuint (tap.n_updates, ==, 1);
  g_assert_cmpuint (tap.bytes, <, 4096);
}

static void
test_burst (World *world, gconstpointer data)
{
  Instance *a = add_linked (world, "a", "{'v':0}", NULL);
  g_autoptr (GPtrArray) versions = NULL;
  Instance *b = add_linked (world, "b", NULL, "a");

  world_expect (world, "{'v':0}");
  for (int i = 1; i <= 1000; i++)
    {
      g_autofree char *text = g_strdup_printf ("{'v':%d}", i);

      instance_edit (a, text);
      if (i % 10 == 0)
        world_pass (world, 1);
    }
  world_expect (world, "{'v':1000}");
  instance_assert_live (b, "{'v':1000}");
  versions = instance_list_versions (world, b);
  g_assert_cmpuint (versions->len, <=, 40);
  g_assert_cmpuint (b->n_changed, <=, 40);
}

static void
test_partition (World *world, gconstpointer data)
{
  Instance *a = add_linked (world, "a", "{'v':0}", NULL);
  Instance *b = add_linked (world, "b", NULL, "a");
  Instance *c = add_linked (world, "c", NULL, "a b");

  world_expect (world, "{'v':0}");
  cut_off (a, "a");
  instance_edit (a, "{'v':'a'}");
  instance_edit (b, "{'v':'b'}");
  world_pass (world, 120 * 1000);
  instance_assert_live (a, "{'v':'a'}");
  instance_assert_live (b, "{'v':'b'}");
  instance_assert_live (c, "{'v':'b'}");
  g_assert_cmpuint (instance_count_live_peers (a), ==, 0);

  cut_off (a, NULL);
  world_pass (world, 70 * 1000);
  g_assert_true (world_has_settled (world));
  g_assert_true (instance_has_version (world, a, "{'v':'a'}"));
  g_assert_true (instance_has_version (world, b, "{'v':'b'}"));
}

/* Short ones don't even end the link: the acknowledgement that doesn't come is what is noticed. */
static void
test_short_partition (World *world, gconstpointer data)
{
  Instance *a = add_linked (world, "a", "{'v':0}", NULL);
  Instance *b = add_linked (world, "b", NULL, "a");

  world_expect (world, "{'v':0}");
  cut_off (a, "a");
  instance_edit (a, "{'v':'a'}");
  world_pass (world, 1000);
  instance_assert_live (b, "{'v':0}");
  cut_off (a, NULL);
  world_pass (world, 7000);
  instance_assert_live (b, "{'v':'a'}");
  g_assert_cmpuint (instance_count_events (b, CONFSYNC_EVENT_PEER_DOWN), ==, 0);
}

static void
test_restart (World *world, gconstpointer data)
{
  Instance *a = add_linked (world, "a", "{'v':0}", NULL);
  Instance *b = add_linked (world, "b", NULL, "a");

  world_expect (world, "{'v':0}");
  instance_stop (world, b);
  instance_edit (a, "{'v':'a'}");
  world_pass (world, 60 * 1000);
  instance_make (world, b);
  instance_listen (b, "loopback:b");
  instance_dial (b, "loopback:a");
  instance_start (world, b);
  world_expect (world, "{'v':'a'}");
  g_assert_cmpuint (instance_count_events (b, CONFSYNC_EVENT_LOST), ==, 0);
}

/* What is edited while an instance is down is an edit like any other, once it is up. */
static void
test_offline_edit (World *world, gconstpointer data)
{
  Instance *a = add_linked (world, "a", "{'v':0}", NULL);
  Instance *b = add_linked (world, "b", NULL, "a");

  world_expect (world, "{'v':0}");
  instance_stop (world, b);
  instance_edit (b, "{'v':'offline'}");
  world_pass (world, 1000);
  instance_make (world, b);
  instance_dial (b, "loopback:a");
  instance_start (world, b);
  world_expect (world, "{'v':'offline'}");
  instance_assert_live (a, "{'v':'offline'}");
}

static void
assert_newest_cause (World *world, Instance *instance, ConfsyncCause cause)
{
  g_autoptr (GPtrArray) versions = instance_list_versions (world, instance);

  g_assert_cmpuint (versions->len, >, 0);
  g_assert_cmpint (confsync_version_get_cause (versions->pdata[0]), ==, cause);
}

static void
test_causes (World *world, gconstpointer data)
{
  Instance *a = add_linked (world, "a", "{'v':0}", NULL);
  Instance *b = add_linked (world, "b", NULL, "a");

  g_test_summary ("What a start finds is kept with the reason why it is there");
  world_expect (world, "{'v':0}");
  world_pass (world, 1000);
  assert_newest_cause (world, a, CONFSYNC_CAUSE_INITIAL);
  assert_newest_cause (world, b, CONFSYNC_CAUSE_REMOTE);
  instance_stop (world, b);
  instance_edit (b, "{'v':'offline'}");
  world_pass (world, 1000);
  instance_make (world, b);
  instance_dial (b, "loopback:a");
  instance_start (world, b);
  world_expect (world, "{'v':'offline'}");
  world_pass (world, 1000);
  assert_newest_cause (world, b, CONFSYNC_CAUSE_EDIT);
  assert_newest_cause (world, a, CONFSYNC_CAUSE_REMOTE);
}

typedef struct
{
  const char *name;
  const char *faults;
} Faults;

static const Faults faults[] = {
  { "delay", "delay=1-200" },
  { "loss", "loss=0.2 delay=1-20" },
  { "duplication", "dup=0.3 delay=1-50" },
  { "reordering", "reorder=0.3 delay=1-20" },
  { "cuts", "cut=0.05 delay=1-20" },
  { "all", "loss=0.1 dup=0.1 reorder=0.1 cut=0.02 delay=1-50" },
};

static void
add_faulty (World *world, const char *id, const char *words, guint64 seed, const char *dials)
{
  Instance *self = world_add (world, id);
  g_autofree char *text = g_strdup_printf ("seed=%" G_GUINT64_FORMAT " %s", seed, words);
  g_autofree char *own = g_strdup_printf ("loopback:%s", id);
  g_auto (GStrv) ids = g_strsplit (dials, " ", -1);

  g_object_set (self->transport, "faults", text, NULL);
  instance_make (world, self);
  instance_listen (self, own);
  for (guint i = 0; ids[i] != NULL; i++)
    {
      g_autofree char *address = g_strdup_printf ("loopback:%s", ids[i]);

      instance_dial (self, address);
    }
  instance_start (world, self);
}

/* Links dialled from now on are good; those that are there have to break. */
static void
heal (World *world)
{
  const char *const ids[] = { "a", "b", "c" };

  for (guint i = 0; i < G_N_ELEMENTS (ids); i++)
    {
      Instance *self = world->instances->pdata[i];

      g_object_set (self->transport, "faults", NULL, NULL);
      cut_off (self, ids[i]);
    }
  world_pass (world, 120 * 1000);
  for (guint i = 0; i < G_N_ELEMENTS (ids); i++)
    cut_off (world->instances->pdata[i], NULL);
  world_pass (world, 120 * 1000);
}

static void
run_faults (World *world, const char *words, guint64 seed)
{
  add_faulty (world, "a", words, seed * 3, "b c");
  add_faulty (world, "b", words, seed * 3 + 1, "c a");
  add_faulty (world, "c", words, seed * 3 + 2, "a b");
  for (guint i = 0; i < 60; i++)
    {
      Instance *self = world->instances->pdata[(i * 7 + seed) % 3];
      g_autofree char *text = g_strdup_printf ("{'v':'%s','n':%u}", self->id, i);

      instance_edit (self, text);
      world_pass (world, i % 5 == 0 ? 7000 : 50);
    }
  heal (world);
  g_assert_true (world_has_settled (world));
}

static void
test_faults (World *world, gconstpointer data)
{
  const Faults *given = data;

  for (guint64 seed = 1; seed <= 5; seed++)
    {
      World one = { 0 };

      world_set_up (&one, NULL);
      run_faults (&one, given->faults, seed);
      world_tear_down (&one, NULL);
    }
}

/* The same over real sockets and real time, in short. */
static void
test_websocket (World *world, gconstpointer data)
{
  Instance *a = world_add (world, "a"), *b = world_add (world, "b");
  g_auto (GStrv) addresses = NULL;

  instance_edit (a, "{'v':0}");
  instance_make (world, a);
  instance_listen (a, "ws://127.0.0.1:0/sync");
  instance_start (world, a);
  addresses = confsync_node_list_listeners (a->node);
  instance_make (world, b);
  instance_dial (b, addresses[0]);
  instance_start (world, b);
  world_expect (world, "{'v':0}");
  for (int i = 1; i <= 20; i++)
    {
      g_autofree char *text = g_strdup_printf ("{'v':%d}", i);

      instance_edit (i % 2 == 0 ? a : b, text);
      world_expect (world, text);
    }
  instance_stop (world, b);
  instance_edit (a, "{'v':'alone'}");
  instance_make (world, b);
  instance_dial (b, addresses[0]);
  instance_start (world, b);
  world_expect (world, "{'v':'alone'}");
}

static void
test_websocket_big (World *world, gconstpointer data)
{
  Instance *a = world_add (world, "a"), *b = world_add (world, "b");
  g_autofree char *big = make_big ();
  g_autoptr (ConfsyncDocument) first = make_big_document (big, 1);
  g_autoptr (ConfsyncDocument) second = make_big_document (big, 2);
  g_auto (GStrv) addresses = NULL;

  confsync_memory_store_edit (CONFSYNC_MEMORY_STORE (a->store), first);
  instance_make (world, a);
  instance_listen (a, "ws://127.0.0.1:0/sync");
  instance_start (world, a);
  addresses = confsync_node_list_listeners (a->node);
  instance_make (world, b);
  instance_dial (b, addresses[0]);
  instance_start (world, b);
  world_settle (world);
  edit_document (b, second);
  world_settle (world);
}

#define ADD(path, function) \
  g_test_add (path, World, NULL, world_set_up, function, world_tear_down)

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  ADD ("/sync/pair", test_pair);
  ADD ("/sync/both-at-once", test_both_at_once);
  ADD ("/sync/newcomer", test_newcomer);
  ADD ("/sync/newcomer-initial", test_newcomer_initial);
  ADD ("/sync/chain", test_chain);
  ADD ("/sync/star", test_star);
  ADD ("/sync/quiet", test_quiet);
  ADD ("/sync/big", test_big);
  ADD ("/sync/burst", test_burst);
  ADD ("/sync/partition", test_partition);
  ADD ("/sync/short-partition", test_short_partition);
  ADD ("/sync/restart", test_restart);
  ADD ("/sync/offline-edit", test_offline_edit);
  ADD ("/sync/causes", test_causes);
  for (guint i = 0; i < G_N_ELEMENTS (faults); i++)
    {
      g_autofree char *path = g_strdup_printf ("/sync/faults/%s", faults[i].name);

      g_test_add (path, World, &faults[i], world_set_up, test_faults, world_tear_down);
    }
  g_test_add ("/sync/websocket", World, NULL, world_set_up_real, test_websocket, world_tear_down);
  g_test_add ("/sync/websocket-big", World, NULL, world_set_up_real, test_websocket_big,
              world_tear_down);
  return g_test_run ();
}
