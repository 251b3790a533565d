/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Links over time: what is not acknowledged, not answered or not taken, and dialling again.
 */

#include "raw-peer.h"

#include "wire-tap.h"

#include <string.h>

#define MINUTE_MS (60 * 1000)

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
  test_assert_contains (instance_get_down_reason (a), "no answer within 5 s");
  world_pass (world, 1500);
  g_assert_cmpuint (port->ends->len, ==, 2);
}

/* An acknowledgement that got lost costs one probe, not one every five seconds. */
static void
test_lost_ack (World *world, gconstpointer data)
{
  Instance *a = world_add_listening (world, "a", "{'v':0}");
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
  Instance *a = world_add_listening (world, "a", NULL);
  g_autoptr (TestEnd) end = raw_link (world, "loopback:a", "r", "s");

  world_pass (world, 74 * 1000);
  g_assert_cmpuint (end->closed, ==, 0);
  world_pass (world, 32 * 1000);
  g_assert_cmpuint (end->closed, ==, 1);
  test_assert_contains (instance_get_down_reason (a), "silent for");
}

static gint64
get_retry_ms (Event *event)
{
  gint64 retry = -1;

  g_assert_true (g_variant_lookup (event->details, "retry", "x", &retry));
  return retry / 1000;
}

static void
check_waits (Instance *self, gboolean refused, gint64 *most)
{
  guint tries = 0;
  gint64 down_for = 0;

  *most = 0;
  for (guint i = 0; i < self->events->len; i++)
    {
      Event *event = self->events->pdata[i];
      gint64 exponential = MIN (500 << MIN (tries, 7), 60000), retry;

      if (!g_str_equal (event->kind, CONFSYNC_EVENT_PEER_DOWN))
        continue;
      retry = get_retry_ms (event);
      g_assert_cmpint (event->level, ==,
                       tries > 0 ? CONFSYNC_LEVEL_DEBUG
                                 : refused ? CONFSYNC_LEVEL_WARNING : CONFSYNC_LEVEL_INFO);
      g_assert_cmpint (retry, >=, 50);
      g_assert_cmpint (retry, <=,
                       refused ? exponential : MIN (exponential, MAX (1000, down_for / 64)));
      down_for += retry;
      *most = MAX (*most, retry);
      tries++;
    }
}

/* Who can't be reached is tried often at first, and later as the time without it allows. */
static void
test_backoff (World *world, gconstpointer data)
{
  Instance *a = world_add (world, "a");
  gint64 most;

  instance_make (world, a);
  instance_dial (a, "loopback:nobody");
  instance_start (world, a);
  world_pass (world, MINUTE_MS);
  check_waits (a, FALSE, &most);
  g_assert_cmpint (most, <=, 1000);
  world_pass (world, 59 * MINUTE_MS);
  check_waits (a, FALSE, &most);
  g_assert_cmpint (most, >, 20000);
  g_assert_cmpuint (instance_count_events (a, CONFSYNC_EVENT_PEER_DOWN), >, 300);
  g_assert_cmpuint (instance_count_events (a, CONFSYNC_EVENT_PEER_DOWN), <, 1000);

  /* a good link in between, and it begins anew */
  {
    Instance *nobody = world_add_listening (world, "nobody", "{'v':0}");

    world_pass (world, MINUTE_MS);
    g_assert_cmpuint (instance_count_live_peers (a), ==, 1);
    world_pass (world, 11 * 1000);
    instance_clear_events (a);
    instance_stop (world, nobody);
    world_pass (world, 1);
    g_assert_cmpint (get_retry_ms (instance_find_event (a, CONFSYNC_EVENT_PEER_DOWN)), <=, 500);
  }
}

/* Who says no is asked again ever more seldom. */
static void
test_refused_backoff (World *world, gconstpointer data)
{
  Instance *a = world_add_listening (world, "same", NULL), *b = world_add (world, "b");
  gint64 most;

  instance_make (world, b);
  confsync_node_set_instance_id (b->node, "same", NULL);
  instance_dial (b, "loopback:same");
  instance_start (world, b);
  world_pass (world, 60 * MINUTE_MS);
  test_assert_contains (instance_get_down_reason (b), "two instances go by the id");
  check_waits (b, TRUE, &most);
  g_assert_cmpint (most, >, 30000);
  g_assert_cmpuint (instance_count_events (b, CONFSYNC_EVENT_PEER_DOWN), >=, 60);
  g_assert_cmpuint (instance_count_events (b, CONFSYNC_EVENT_PEER_DOWN), <=, 200);
  g_assert_cmpuint (instance_count_live_peers (a), ==, 0);
}

static void
test_restart_forgets_nothing (World *world, gconstpointer data)
{
  Instance *a = world_add_listening (world, "a", "{'v':0}");
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

  world_add_listening (world, "hub", "{'v':0}");
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

/* Who is known keeps the place; where all have one, a newcomer is told so. */
static void
test_cap (World *world, gconstpointer data)
{
  Instance *a = world_add_listening (world, "a", NULL);
  g_autoptr (GPtrArray) ends = g_ptr_array_new_with_free_func ((GDestroyNotify) test_end_free);
  Event *event;

  g_object_set (a->node, "max-connections", 8, NULL);
  for (guint i = 0; i < 9; i++)
    {
      g_autofree char *id = g_strdup_printf ("raw-%u", i);

      g_ptr_array_add (ends, raw_dial (world, "loopback:a"));
      if (i < 8)
        raw_hello (world, ends->pdata[i], id, id);
    }
  world_pass (world, 1);
  for (guint i = 0; i < 8; i++)
    g_assert_cmpuint (((TestEnd *) ends->pdata[i])->closed, ==, 0);
  g_assert_cmpuint (((TestEnd *) ends->pdata[8])->closed, ==, 1);
  event = instance_find_event (a, CONFSYNC_EVENT_REFUSED);
  test_assert_contains (event_get (event, "reason"), "8 peers are connected already");
}

/* A heartbeat of another digest is answered by what one has; one of the same isn't. */
static void
test_digest (World *world, gconstpointer data)
{
  Instance *a = world_add_listening (world, "a", "{'v':0}");
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

/* What is beyond the other side's limit is offered once, and never asked for. */
static void
test_too_large (World *world, gconstpointer data)
{
  Instance *a = world_add_listening (world, "a", "{'v':0}");
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
  test_assert_contains (event_get (instance_find_event (a, CONFSYNC_EVENT_BEHIND), "reason"),
                   "the limit here is 2000");
  g_assert_cmpuint (instance_count_events (b, CONFSYNC_EVENT_REFUSED), ==, 1);
  instance_assert_live (b, "{'v':0}");

  confsync_manager_force_sync_async (a->manager, NULL, answer_cb, &answer);
  world_pass (world, 1);
  g_assert_error (answer.error, CONFSYNC_ERROR, CONFSYNC_ERROR_REFUSED);
  test_assert_contains (answer.error->message, "b doesn't take the configuration");

  /* a smaller one is welcome again */
  instance_edit (a, "{'v':1}");
  world_expect (world, "{'v':1}");
}

/* Deeper than the limit by what a message may be deeper. */
static void
test_too_deep (World *world, gconstpointer data)
{
  Instance *a = world_add_listening (world, "a", "{'v':0}");
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

  ADD ("/links/ack-deadline", test_ack_deadline);
  ADD ("/links/lost-ack", test_lost_ack);
  ADD ("/links/silence", test_silence);
  ADD ("/links/backoff", test_backoff);
  ADD ("/links/refused-backoff", test_refused_backoff);
  ADD ("/links/node-restart", test_restart_forgets_nothing);
  ADD ("/links/no-timers", test_stop_leaves_no_timers);
  ADD ("/links/cap", test_cap);
  ADD ("/links/digest", test_digest);
  ADD ("/links/too-large", test_too_large);
  ADD ("/links/too-deep", test_too_deep);
  return g_test_run ();
}
