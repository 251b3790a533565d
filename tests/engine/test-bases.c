/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * What two sides of a conflict were made from, where memory doesn't have it any more: read from the
 * own versions, asked of the peer, or nowhere to be had.
 */

#include "instance.h"

/* Two instances that merge, and edited different members while they were apart; one of them was
 * started again in between, and remembers nothing from before. */
typedef struct
{
  Instance *attic;
  Instance *hall;
} Pair;

static void
start (World *world, Instance *self, const char *dials)
{
  self->resolver_name = "merge";
  instance_make (world, self);
  if (dials != NULL)
    instance_dial (self, dials);
  else
    instance_listen (self, "loopback:attic");
  instance_start (world, self);
}

static void
keep_result_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  *(GAsyncResult **) user_data = g_object_ref (result);
}

static gboolean
has_result (gpointer result)
{
  return *(GAsyncResult **) result != NULL;
}

/* While it is stopped: somebody removed its versions; live configuration and state are there. */
static void
lose_versions (World *world, Instance *self)
{
  g_autoptr (ConfsyncStore) old = self->store;
  ConfsyncDocument *live = confsync_memory_store_get_live (CONFSYNC_MEMORY_STORE (old));
  g_autoptr (GAsyncResult) loaded = NULL, saved = NULL;
  g_autoptr (ConfsyncDocument) state = NULL;

  self->store = CONFSYNC_STORE (confsync_memory_store_new ());
  confsync_memory_store_edit (CONFSYNC_MEMORY_STORE (self->store), live);
  confsync_store_load_state_async (old, NULL, keep_result_cb, &loaded);
  g_assert_true (world_wait (world, has_result, &loaded, 1000));
  state = confsync_store_load_state_finish (old, loaded, NULL);
  g_assert_nonnull (state);
  confsync_store_save_state_async (self->store, state, NULL, keep_result_cb, &saved);
  g_assert_true (world_wait (world, has_result, &saved, 1000));
  g_assert_true (confsync_store_save_state_finish (self->store, saved, NULL));
}

static Pair
make_pair (World *world)
{
  Pair pair = { world_add (world, "attic"), world_add (world, "hall") };

  instance_edit (pair.attic, "{'a':0,'b':0,'c':0}");
  start (world, pair.attic, NULL);
  instance_edit (pair.attic, "{'a':1,'b':1,'c':1}");
  start (world, pair.hall, "loopback:attic");
  world_expect (world, "{'a':1,'b':1,'c':1}");
  g_object_set (pair.attic->transport, "partition", "attic,hall", NULL);
  world_pass (world, 200 * 1000);
  return pair;
}

static void
edit_here (World *world, Instance *self, const char *text)
{
  instance_edit (self, text);
  world_pass (world, 1000);
}

static void
start_again (World *world, Instance *self, const char *dials, gboolean with_versions)
{
  instance_stop (world, self);
  if (!with_versions)
    lose_versions (world, self);
  start (world, self, dials);
}

/* The attic's edits, after which it forgets what it had in memory. */
static void
edit_and_forget (World *world, Pair *pair, gboolean with_versions)
{
  edit_here (world, pair->attic, "{'a':2,'b':1,'c':1}");
  edit_here (world, pair->attic, "{'a':3,'b':1,'c':1}");
  start_again (world, pair->attic, NULL, with_versions);
}

/* So does the hall. */
static void
edit_and_forget_hall (World *world, Pair *pair, gboolean with_versions)
{
  edit_here (world, pair->hall, "{'a':1,'b':1,'c':4}");
  edit_here (world, pair->hall, "{'a':1,'b':1,'c':5}");
  start_again (world, pair->hall, "loopback:attic", with_versions);
}

static void
meet (World *world, Pair *pair)
{
  g_object_set (pair->attic->transport, "partition", NULL, NULL);
  world_wait_live (world, pair->attic, 1);
}

static void
test_history (World *world, gconstpointer data)
{
  Pair pair = make_pair (world);

  g_test_summary ("A merge finds what both sides were made from among the versions");
  edit_and_forget (world, &pair, TRUE);
  edit_and_forget_hall (world, &pair, FALSE);
  meet (world, &pair);
  world_expect (world, "{'a':3,'b':1,'c':5}");
  g_assert_cmpuint (instance_count_events (pair.hall, CONFSYNC_EVENT_LOST), ==, 0);
}

static void
test_peer (World *world, gconstpointer data)
{
  Pair pair = make_pair (world);

  g_test_summary ("Where it is among the versions no more, the peer is asked for it");
  edit_and_forget (world, &pair, FALSE);
  edit_here (world, pair.hall, "{'a':1,'b':1,'c':4}");
  meet (world, &pair);
  world_expect (world, "{'a':3,'b':1,'c':4}");
  g_assert_cmpuint (instance_count_events (pair.attic, CONFSYNC_EVENT_LOST), ==, 0);
}

static void
test_peer_history (World *world, gconstpointer data)
{
  Pair pair = make_pair (world);

  g_test_summary ("The peer looks among its versions too");
  edit_and_forget (world, &pair, FALSE);
  edit_and_forget_hall (world, &pair, TRUE);
  meet (world, &pair);
  world_expect (world, "{'a':3,'b':1,'c':5}");
  g_assert_cmpuint (instance_count_events (pair.attic, CONFSYNC_EVENT_LOST), ==, 0);
}

static void
test_nowhere (World *world, gconstpointer data)
{
  Pair pair = make_pair (world);

  g_test_summary ("Where nobody has it any more, the later edit stands; the other one is named");
  edit_and_forget (world, &pair, FALSE);
  edit_and_forget_hall (world, &pair, FALSE);
  meet (world, &pair);
  world_expect (world, "{'a':1,'b':1,'c':5}");
  world_wait_event (world, pair.attic, CONFSYNC_EVENT_LOST);
}

static const struct
{
  const char *path;
  void (*function) (World *world, gconstpointer data);
} cases[] = {
  { "/engine/bases/history", test_history },
  { "/engine/bases/peer", test_peer },
  { "/engine/bases/peer-history", test_peer_history },
  { "/engine/bases/nowhere", test_nowhere },
};

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    g_test_add (cases[i].path, World, NULL, world_set_up, cases[i].function, world_tear_down);
  return g_test_run ();
}
