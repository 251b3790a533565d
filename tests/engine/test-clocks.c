/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Clocks that are wrong: who is told, how often, and that nothing is lost by it.
 */

#include "instance.h"

#define HOUR_US G_TIME_SPAN_HOUR
#define MINUTE_MS (60 * 1000)

static Instance *
add_skewed (World *world, const char *id, gint64 ahead_us)
{
  Instance *self = world_add (world, id);

  instance_skew (world, self, ahead_us);
  instance_make (world, self);
  instance_dial (self, "loopback:hub");
  instance_start (world, self);
  world_wait_live (world, self, 1);
  world_pass (world, 1000);
  return self;
}

static gint64
get_ahead (Event *event)
{
  gint64 ahead = -1;

  g_assert_nonnull (event);
  g_assert_true (g_variant_lookup (event->details, "ahead", "x", &ahead));
  return ahead;
}

static gint64
get_peer_ahead (Instance *self)
{
  g_autoptr (GPtrArray) peers = confsync_node_list_peers (self->node);

  g_assert_cmpuint (peers->len, ==, 1);
  return confsync_peer_get_clock_ahead (peers->pdata[0]);
}

static void
test_ahead (World *world, gconstpointer data)
{
  Instance *hub = world_add_listening (world, "hub", "{'v':0}");
  Instance *fast = add_skewed (world, "fast", HOUR_US);
  Event *event = instance_find_event (hub, CONFSYNC_EVENT_CLOCK);

  g_test_summary ("Told once by name and amount, shown as long as it is so, and when it is right");
  g_assert_cmpint (event->level, ==, CONFSYNC_LEVEL_WARNING);
  g_assert_cmpstr (event_get (event, "peer"), ==, "fast");
  g_assert_cmpint (get_ahead (event), ==, HOUR_US);
  g_assert_cmpint (get_peer_ahead (hub), ==, HOUR_US);
  for (guint i = 1; i <= 20; i++)
    {
      g_autofree char *text = g_strdup_printf ("{'v':%u}", i);

      instance_edit (i % 2 == 0 ? hub : fast, text);
      world_pass (world, MINUTE_MS);
    }
  g_assert_cmpuint (instance_count_events (hub, CONFSYNC_EVENT_CLOCK), ==, 1);
  g_assert_cmpuint (instance_count_events (fast, CONFSYNC_EVENT_CLOCK), ==, 0);
  g_assert_cmpint (get_peer_ahead (hub), ==, HOUR_US);
  g_assert_cmpint (get_peer_ahead (fast), ==, 0);

  skewed_clock_set (fast->clock, 0);
  world_pass (world, MINUTE_MS);
  event = instance_find_event (hub, CONFSYNC_EVENT_CLOCK);
  g_assert_cmpint (get_ahead (event), ==, 0);
  g_assert_cmpint (event->level, ==, CONFSYNC_LEVEL_INFO);
  g_assert_cmpint (get_peer_ahead (hub), ==, 0);
  world_expect (world, "{'v':20}");
}

static void
test_reconnected (World *world, gconstpointer data)
{
  Instance *hub = world_add_listening (world, "hub", "{'v':0}");
  Instance *fast = add_skewed (world, "fast", HOUR_US);

  g_test_summary ("Coming again is no news; much further ahead is");
  for (guint i = 0; i < 3; i++)
    {
      g_object_set (hub->transport, "partition", "hub", NULL);
      world_pass (world, 3 * MINUTE_MS);
      g_object_set (hub->transport, "partition", NULL, NULL);
      world_wait_live (world, fast, 1);
      world_pass (world, 1000);
    }
  g_assert_cmpuint (instance_count_events (hub, CONFSYNC_EVENT_CLOCK), ==, 1);
  skewed_clock_set (fast->clock, 1000 * HOUR_US);
  world_pass (world, MINUTE_MS);
  g_assert_cmpuint (instance_count_events (hub, CONFSYNC_EVENT_CLOCK), ==, 2);
}

static void
test_behind (World *world, gconstpointer data)
{
  Instance *hub = world_add_listening (world, "hub", "{'v':0}");
  Instance *slow = add_skewed (world, "slow", -HOUR_US);
  Event *event = instance_find_event (slow, CONFSYNC_EVENT_CLOCK);

  g_test_summary ("Which of two clocks is wrong nobody knows: the one behind names the other");
  g_assert_cmpstr (event_get (event, "peer"), ==, "hub");
  g_assert_cmpuint (instance_count_events (hub, CONFSYNC_EVENT_CLOCK), ==, 0);
  instance_edit (slow, "{'v':1}");
  world_expect (world, "{'v':1}");
  instance_edit (hub, "{'v':2}");
  world_expect (world, "{'v':2}");
  instance_edit (slow, "{'v':3}");
  world_expect (world, "{'v':3}");
}

static void
test_afar (World *world, gconstpointer data)
{
  Instance *hub = world_add_listening (world, "hub", "{'v':0}");
  Instance *fast = add_skewed (world, "fast", HOUR_US), *leaf = add_skewed (world, "leaf", 0);
  Event *event;

  g_test_summary ("Somebody behind another one is known by his edits; who edits after him is not "
                  "taken for him");
  g_assert_cmpuint (instance_count_events (leaf, CONFSYNC_EVENT_CLOCK), ==, 0);
  instance_edit (fast, "{'v':1}");
  world_expect (world, "{'v':1}");
  event = instance_find_event (leaf, CONFSYNC_EVENT_CLOCK);
  g_assert_cmpstr (event_get (event, "peer"), ==, "fast");
  g_assert_cmpstr (event_get (event, "remote"), ==, "hub");
  g_assert_cmpint (get_ahead (event), >, HOUR_US - 5 * G_USEC_PER_SEC);
  instance_edit (hub, "{'v':2}");
  world_expect (world, "{'v':2}");
  instance_edit (leaf, "{'v':3}");
  world_expect (world, "{'v':3}");
  g_assert_cmpuint (instance_count_events (leaf, CONFSYNC_EVENT_CLOCK), ==, 1);
  g_assert_cmpuint (instance_count_events (hub, CONFSYNC_EVENT_CLOCK), ==, 1);
  g_assert_cmpuint (instance_count_events (fast, CONFSYNC_EVENT_CLOCK), ==, 0);
}

static void
test_jump (World *world, gconstpointer data)
{
  const gint64 jumps[] = { HOUR_US, 0, -HOUR_US, HOUR_US, -HOUR_US };
  Instance *jumper;

  world_add_listening (world, "hub", "{'v':0}");
  jumper = add_skewed (world, "jumper", 0);
  g_test_summary ("An hour either way loses no edit");
  for (guint i = 0; i < G_N_ELEMENTS (jumps); i++)
    for (guint j = 0; j < 2; j++)
      {
        Instance *editor = world->instances->pdata[j];
        g_autofree char *text = g_strdup_printf ("{'v':[%u,%u]}", i, j);

        skewed_clock_set (jumper->clock, jumps[i]);
        instance_edit (editor, text);
        world_expect (world, text);
      }
  for (guint j = 0; j < 2; j++)
    g_assert_cmpuint (
      instance_count_events (world->instances->pdata[j], CONFSYNC_EVENT_LOST), ==, 0);
}

static void
reset (World *world, Instance *self)
{
  g_auto (Answer) answer = { 0 };

  confsync_manager_reset_clock_async (self->manager, NULL, answer_cb, &answer);
  answer_await (world, &answer);
  g_assert_no_error (answer.error);
}

static void
test_reset (World *world, gconstpointer data)
{
  Instance *hub = world_add_listening (world, "hub", "{'v':0}");
  Instance *fast = add_skewed (world, "fast", 24 * HOUR_US);
  g_autoptr (ConfsyncStamp) ahead = NULL, begun = NULL, sane = NULL, stays = NULL;
  gint64 now;

  g_test_summary ("A clock a day ahead, set right: times are ahead until a new epoch begins");
  instance_edit (fast, "{'v':1}");
  world_expect (world, "{'v':1}");
  skewed_clock_set (fast->clock, 0);
  instance_edit (hub, "{'v':2}");
  world_expect (world, "{'v':2}");
  now = confsync_clock_get_time (CONFSYNC_CLOCK (world->clock));
  ahead = confsync_manager_dup_stamp (hub->manager);
  g_assert_cmpint (confsync_stamp_get_time (ahead), >, now + 23 * HOUR_US);
  g_assert_cmpuint (confsync_stamp_get_epoch (ahead), ==, 0);

  reset (world, hub);
  world_pass (world, 1000);
  begun = confsync_manager_dup_stamp (fast->manager);
  g_assert_cmpuint (confsync_stamp_get_epoch (begun), ==, 1);
  world_expect (world, "{'v':2}");
  instance_edit (fast, "{'v':3}");
  world_expect (world, "{'v':3}");
  sane = confsync_manager_dup_stamp (hub->manager);
  now = confsync_clock_get_time (CONFSYNC_CLOCK (world->clock));
  g_assert_cmpint (confsync_stamp_get_time (sane), <=, now);
  g_assert_cmpuint (confsync_stamp_get_epoch (sane), ==, 1);

  /* and a restart goes on in it */
  instance_stop (world, fast);
  instance_make (world, fast);
  instance_dial (fast, "loopback:hub");
  instance_start (world, fast);
  instance_edit (fast, "{'v':4}");
  world_expect (world, "{'v':4}");
  stays = confsync_manager_dup_stamp (hub->manager);
  g_assert_cmpuint (confsync_stamp_get_epoch (stays), ==, 1);
}

static void
test_reset_apart (World *world, gconstpointer data)
{
  Instance *hub = world_add_listening (world, "hub", "{'v':0}");
  Instance *fast = add_skewed (world, "fast", 24 * HOUR_US);

  g_test_summary ("An edit of the old epoch that nobody knew of loses, and is kept");
  g_object_set (hub->transport, "partition", "hub", NULL);
  world_pass (world, 3 * MINUTE_MS);
  instance_edit (fast, "{'v':1}");
  world_pass (world, 1000);
  reset (world, hub);
  g_object_set (hub->transport, "partition", NULL, NULL);
  world_wait_live (world, fast, 1);
  world_expect (world, "{'v':0}");
  g_assert_true (instance_has_version (world, fast, "{'v':1}"));
}

static void
test_reset_nothing (World *world, gconstpointer data)
{
  Instance *hub = world_add_listening (world, "hub", NULL);
  g_auto (Answer) answer = { 0 };

  confsync_manager_reset_clock_async (hub->manager, NULL, answer_cb, &answer);
  answer_await (world, &answer);
  g_assert_error (answer.error, CONFSYNC_ERROR, CONFSYNC_ERROR_NOT_FOUND);
}

#define ADD(path, function) \
  g_test_add (path, World, NULL, world_set_up, function, world_tear_down)

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  ADD ("/clocks/ahead", test_ahead);
  ADD ("/clocks/reconnected", test_reconnected);
  ADD ("/clocks/behind", test_behind);
  ADD ("/clocks/afar", test_afar);
  ADD ("/clocks/jump", test_jump);
  ADD ("/clocks/reset", test_reset);
  ADD ("/clocks/reset-apart", test_reset_apart);
  ADD ("/clocks/reset-nothing", test_reset_nothing);
  return g_test_run ();
}
