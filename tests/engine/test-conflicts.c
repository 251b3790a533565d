/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Conflicts that wait for a person: listed on every side, kept over a restart, settled each way;
 * and those that resolvers of places leave open.
 */

#include "instance.h"

/* Two instances that were in sync, are apart, and come together in the end. */
typedef struct
{
  Instance *a;
  Instance *b;
} Pair;

static void
add_to_pair (World *world, Instance *self, const char *resolver)
{
  self->resolver_name = resolver;
  instance_make (world, self);
}

static Pair
make_pair (World *world, const char *resolver, const char *text)
{
  Pair pair = { world_add (world, "attic"), world_add (world, "hall") };

  instance_edit (pair.a, text);
  add_to_pair (world, pair.a, resolver);
  instance_listen (pair.a, "loopback:attic");
  instance_start (world, pair.a);
  add_to_pair (world, pair.b, resolver);
  instance_dial (pair.b, "loopback:attic");
  instance_start (world, pair.b);
  world_expect (world, text);
  world_wait_live (world, pair.b, 1);
  return pair;
}

static void
part (World *world, Pair *pair)
{
  g_object_set (pair->a->transport, "partition", "attic,hall", NULL);
  world_pass (world, 200 * 1000);
  g_assert_cmpuint (instance_count_live_peers (pair->a), ==, 0);
}

static void
meet (World *world, Pair *pair)
{
  g_object_set (pair->a->transport, "partition", NULL, NULL);
  world_wait_live (world, pair->a, 1);
  world_pass (world, 1000);
}

static void
start_again (World *world, Pair *pair)
{
  g_object_set (pair->a->transport, "partition", NULL, NULL);
  instance_make (world, pair->a);
  instance_listen (pair->a, "loopback:attic");
  instance_start (world, pair->a);
  instance_make (world, pair->b);
  instance_dial (pair->b, "loopback:attic");
  instance_start (world, pair->b);
  world_wait_live (world, pair->b, 1);
}

static Pair
make_conflict (World *world)
{
  Pair pair = make_pair (world, "manual", "{'v':0,'w':0}");

  part (world, &pair);
  instance_edit (pair.a, "{'v':1,'w':0}");
  instance_edit (pair.b, "{'v':2,'w':2}");
  meet (world, &pair);
  return pair;
}

static void
assert_listed (Instance *self, const char *ours, const char *theirs)
{
  g_autoptr (GPtrArray) conflicts = confsync_manager_list_conflicts (self->manager);
  ConfsyncOpenConflict *conflict;
  g_autoptr (ConfsyncDocument) own = NULL, other = NULL, base = NULL;

  g_assert_cmpuint (conflicts->len, ==, 1);
  conflict = conflicts->pdata[0];
  g_assert_cmpstr (confsync_open_conflict_get_pointer (conflict), ==, "");
  own = confsync_document_new_from_json (confsync_open_conflict_get_ours (conflict), NULL);
  other = confsync_document_new_from_json (confsync_open_conflict_get_theirs (conflict), NULL);
  base = confsync_document_new_from_json (confsync_open_conflict_get_base (conflict), NULL);
  test_assert_document (own, ours);
  test_assert_document (other, theirs);
  test_assert_document (base, "{'v':0,'w':0}");
}

static void
test_listed (World *world, gconstpointer data)
{
  Pair pair = make_conflict (world);
  g_autofree char *id_a = instance_dup_conflict_id (pair.a);
  g_autofree char *id_b = instance_dup_conflict_id (pair.b);
  Event *event = instance_find_event (pair.b, CONFSYNC_EVENT_CONFLICT);

  g_test_summary ("Each side keeps its own content live, and lists the same conflict");
  g_assert_cmpstr (id_a, ==, id_b);
  instance_assert_live (pair.a, "{'v':1,'w':0}");
  instance_assert_live (pair.b, "{'v':2,'w':2}");
  assert_listed (pair.a, "{'v':1,'w':0}", "{'v':2,'w':2}");
  assert_listed (pair.b, "{'v':2,'w':2}", "{'v':1,'w':0}");
  g_assert_cmpint (event->level, ==, CONFSYNC_LEVEL_WARNING);
  g_assert_cmpstr (event_get (event, "id"), ==, id_a);
  g_assert_cmpstr (event_get (event, "pointer"), ==, "");
  g_assert_cmpstr (event_get (event, "ours"), ==, "hall");
  g_assert_cmpstr (event_get (event, "theirs"), ==, "attic");
  g_assert_cmpuint (instance_count_events (pair.a, CONFSYNC_EVENT_CONFLICT), ==, 1);
  world_pass (world, 10 * 60 * 1000);
  g_assert_cmpuint (instance_count_events (pair.a, CONFSYNC_EVENT_CONFLICT), ==, 1);
  g_assert_cmpuint (instance_count_events (pair.a, CONFSYNC_EVENT_APPLIED), ==, 0);
}

static void
test_restart (World *world, gconstpointer data)
{
  Pair pair = make_conflict (world);
  g_autofree char *before = instance_dup_conflict_id (pair.a), *after = NULL;
  GError *error;

  g_test_summary ("A conflict is there after a restart, without the other side");
  instance_stop (world, pair.b);
  instance_stop (world, pair.a);
  instance_start (world, pair.a);
  after = instance_dup_conflict_id (pair.a);
  g_assert_cmpstr (after, ==, before);
  g_assert_cmpuint (instance_count_events (pair.a, CONFSYNC_EVENT_CONFLICT), ==, 2);
  assert_listed (pair.a, "{'v':1,'w':0}", "{'v':2,'w':2}");
  error = instance_resolve (world, pair.a, after, CONFSYNC_CHOICE_THEIRS, NULL);
  g_assert_no_error (error);
  instance_assert_live (pair.a, "{'v':2,'w':2}");
  g_assert_cmpuint (confsync_manager_get_n_conflicts (pair.a->manager), ==, 0);

  /* and what comes of it reaches the other side, which has a conflict of its own until then */
  instance_stop (world, pair.a);
  start_again (world, &pair);
  world_pass (world, 1000);
  g_assert_cmpuint (confsync_manager_get_n_conflicts (pair.b->manager), ==, 0);
  world_expect (world, "{'v':2,'w':2}");
}

typedef struct
{
  const char *name;
  ConfsyncChoice choice;
  const char *value;
  const char *result;
} Way;

static const Way ways[] = {
  { "ours", CONFSYNC_CHOICE_OURS, NULL, "{'v':1,'w':0}" },
  { "theirs", CONFSYNC_CHOICE_THEIRS, NULL, "{'v':2,'w':2}" },
  { "merge", CONFSYNC_CHOICE_MERGE, NULL, "{'v':1,'w':2}" },
  { "value", CONFSYNC_CHOICE_VALUE, "{'v':3}", "{'v':3}" },
};

static void
test_settled (World *world, gconstpointer data)
{
  const Way *way = data;
  Pair pair = make_conflict (world);
  g_autofree char *id = instance_dup_conflict_id (pair.a);
  GError *error = instance_resolve (world, pair.a, id, way->choice, way->value);
  g_autoptr (ConfsyncStamp) stamp = NULL;

  g_assert_no_error (error);
  world_pass (world, 1000);
  world_expect (world, way->result);
  instance_assert_live (pair.a, way->result);
  instance_assert_live (pair.b, way->result);
  g_assert_cmpuint (confsync_manager_get_n_conflicts (pair.a->manager), ==, 0);
  g_assert_cmpuint (confsync_manager_get_n_conflicts (pair.b->manager), ==, 0);
  g_assert_cmpstr (event_get (instance_find_event (pair.a, CONFSYNC_EVENT_SETTLED), "id"), ==, id);
  g_assert_cmpstr (event_get (instance_find_event (pair.b, CONFSYNC_EVENT_SETTLED), "author"), ==,
                   "attic");
  g_assert_true (instance_has_version (world, pair.a, "{'v':2,'w':2}"));
  g_assert_true (instance_has_version (world, pair.b, "{'v':1,'w':0}"));

  /* an ordinary edit: the next one goes through */
  instance_edit (pair.b, "{'v':9}");
  world_expect (world, "{'v':9}");
  stamp = confsync_manager_dup_stamp (pair.a->manager);
  g_assert_cmpstr (confsync_stamp_get_author (stamp), ==, "hall");
}

static void
test_updated (World *world, gconstpointer data)
{
  Pair pair = make_conflict (world);
  g_autofree char *before = instance_dup_conflict_id (pair.a), *after = NULL, *there = NULL;

  g_test_summary ("More edits on either side update the conflict, and don't pile up");
  for (guint i = 0; i < 6; i++)
    {
      g_autofree char *text = g_strdup_printf ("{'v':%u,'w':%u}", 10 + i, i);

      instance_edit (i % 2 == 0 ? pair.a : pair.b, text);
      world_pass (world, 1000);
    }
  after = instance_dup_conflict_id (pair.a);
  there = instance_dup_conflict_id (pair.b);
  g_assert_cmpstr (after, ==, before);
  g_assert_cmpstr (there, ==, before);
  assert_listed (pair.a, "{'v':14,'w':4}", "{'v':15,'w':5}");
  assert_listed (pair.b, "{'v':15,'w':5}", "{'v':14,'w':4}");
}

static void
test_retention (World *world, gconstpointer data)
{
  Pair pair = make_conflict (world);
  g_autofree char *id = instance_dup_conflict_id (pair.a), *after = NULL;
  GError *error;

  g_test_summary ("What a conflict needs stays, however few versions are kept and many are made");
  for (guint i = 0; i < 2; i++)
    {
      Instance *self = world->instances->pdata[i];

      confsync_memory_store_set_max_versions (CONFSYNC_MEMORY_STORE (self->store), 1);
    }
  instance_stop (world, pair.b);
  for (guint i = 0; i < 30; i++)
    {
      g_autofree char *text = g_strdup_printf ("{'v':%u,'w':0}", 10 + i);

      instance_edit (pair.a, text);
      world_pass (world, 1000);
    }
  instance_stop (world, pair.a);
  start_again (world, &pair);
  after = instance_dup_conflict_id (pair.a);
  g_assert_cmpstr (after, ==, id);
  assert_listed (pair.a, "{'v':39,'w':0}", "{'v':2,'w':2}");
  g_assert_true (instance_has_version (world, pair.a, "{'v':2,'w':2}"));
  g_assert_true (instance_has_version (world, pair.a, "{'v':0,'w':0}"));
  error = instance_resolve (world, pair.a, id, CONFSYNC_CHOICE_MERGE, NULL);
  g_assert_no_error (error);
  world_expect (world, "{'v':39,'w':2}");
}

static void
test_signal (World *world, gconstpointer data)
{
  Pair pair = make_pair (world, "manual", "{'v':0}");
  guint changed = 0, notified = 0;
  GError *error;

  g_signal_connect_swapped (pair.a->manager, "conflicts-changed", G_CALLBACK (g_atomic_int_inc),
                            &changed);
  g_signal_connect_swapped (pair.a->manager, "notify::n-conflicts", G_CALLBACK (g_atomic_int_inc),
                            &notified);
  part (world, &pair);
  instance_edit (pair.a, "{'v':1}");
  instance_edit (pair.b, "{'v':2}");
  g_assert_cmpuint (changed, ==, 0);
  meet (world, &pair);
  g_assert_cmpuint (changed, ==, 1);
  g_assert_cmpuint (notified, ==, 1);
  instance_edit (pair.b, "{'v':3}");
  world_pass (world, 1000);
  g_assert_cmpuint (changed, ==, 2);
  g_assert_cmpuint (notified, ==, 1);
  error = instance_resolve (world, pair.b, NULL, CONFSYNC_CHOICE_OURS, NULL);
  g_assert_no_error (error);
  world_expect (world, "{'v':3}");
  g_assert_cmpuint (changed, ==, 3);
  g_assert_cmpuint (notified, ==, 2);
}

static void
test_refused (World *world, gconstpointer data)
{
  Pair pair = make_pair (world, "manual", "{'v':0}");
  g_autoptr (GError) none = instance_resolve (world, pair.a, NULL, CONFSYNC_CHOICE_OURS, NULL);
  g_autoptr (GError) unknown = NULL, empty = NULL;
  g_autofree char *still = NULL;

  g_assert_error (none, CONFSYNC_ERROR, CONFSYNC_ERROR_NOT_FOUND);
  part (world, &pair);
  instance_edit (pair.a, "{'v':1}");
  instance_edit (pair.b, "{'v':2}");
  meet (world, &pair);
  unknown = instance_resolve (world, pair.a, "00000000", CONFSYNC_CHOICE_OURS, NULL);
  g_assert_error (unknown, CONFSYNC_ERROR, CONFSYNC_ERROR_NOT_FOUND);
  empty = instance_resolve (world, pair.a, NULL, CONFSYNC_CHOICE_VALUE, "{}");
  g_assert_error (empty, CONFSYNC_ERROR, CONFSYNC_ERROR_EMPTY);
  still = instance_dup_conflict_id (pair.a);
  g_assert_nonnull (still);
}

/* Resolvers of places */

static void
add_rules (Instance *self)
{
  g_autoptr (GError) error = NULL;

  confsync_manager_add_resolver_by_name (self->manager, "/zones", "merge", &error);
  g_assert_no_error (error);
  confsync_manager_add_resolver_by_name (self->manager, "/zones/keys", "manual", &error);
  g_assert_no_error (error);
}

static Pair
make_policy (World *world, const char *text)
{
  Pair pair = { world_add (world, "attic"), world_add (world, "hall") };

  instance_edit (pair.a, text);
  instance_make (world, pair.a);
  add_rules (pair.a);
  instance_listen (pair.a, "loopback:attic");
  instance_start (world, pair.a);
  instance_make (world, pair.b);
  add_rules (pair.b);
  instance_dial (pair.b, "loopback:attic");
  instance_start (world, pair.b);
  world_expect (world, text);
  world_wait_live (world, pair.b, 1);
  return pair;
}

static void
test_policy_merge (World *world, gconstpointer data)
{
  Pair pair = make_policy (world, "{'zones':{'a':0,'b':0},'x':0}");

  g_test_summary ("At /zones members are merged; elsewhere the later edit wins");
  part (world, &pair);
  instance_edit (pair.a, "{'zones':{'a':1,'b':0},'x':1}");
  world_pass (world, 1000);
  instance_edit (pair.b, "{'zones':{'a':0,'b':2},'x':2}");
  meet (world, &pair);
  world_expect (world, "{'zones':{'a':1,'b':2},'x':2}");
  g_assert_cmpuint (confsync_manager_get_n_conflicts (pair.a->manager), ==, 0);
}

static void
test_policy_open (World *world, gconstpointer data)
{
  Pair pair = make_policy (world, "{'zones':{'keys':{'k':0},'b':0}}");
  g_autofree char *id_a = NULL, *id_b = NULL;
  GError *error;

  g_test_summary ("The longest pointer wins: at /zones/keys a person decides, and both sides hold "
                  "the same meanwhile");
  part (world, &pair);
  instance_edit (pair.a, "{'zones':{'keys':{'k':1},'b':1}}");
  world_pass (world, 1000);
  instance_edit (pair.b, "{'zones':{'keys':{'k':2},'b':0}}");
  meet (world, &pair);
  world_expect (world, "{'zones':{'keys':{'k':2},'b':1}}");
  id_a = instance_dup_conflict_id (pair.a);
  id_b = instance_dup_conflict_id (pair.b);
  g_assert_nonnull (id_a);
  g_assert_cmpstr (id_a, ==, id_b);
  g_assert_cmpstr (event_get (instance_find_event (pair.a, CONFSYNC_EVENT_CONFLICT), "pointer"), ==,
                   "/zones/keys");

  error = instance_resolve (world, pair.a, id_a, CONFSYNC_CHOICE_OURS, NULL);
  g_assert_no_error (error);
  world_pass (world, 1000);
  g_assert_true (world_has_settled (world));
  g_assert_cmpuint (confsync_manager_get_n_conflicts (pair.a->manager), ==, 0);
  g_assert_cmpuint (confsync_manager_get_n_conflicts (pair.b->manager), ==, 0);
}

static void
test_policy_refused (World *world, gconstpointer data)
{
  Instance *a = world_add (world, "a");
  g_autoptr (GError) twice = NULL, whole = NULL, none = NULL, unknown = NULL, late = NULL;

  instance_make (world, a);
  add_rules (a);
  g_assert_false (
    confsync_manager_add_resolver_by_name (a->manager, "/zones", "lww", &twice));
  g_assert_error (twice, CONFSYNC_ERROR, CONFSYNC_ERROR_BUSY);
  g_assert_false (confsync_manager_add_resolver_by_name (a->manager, "", "lww", &whole));
  g_assert_error (whole, CONFSYNC_ERROR, CONFSYNC_ERROR_INVALID_POINTER);
  g_assert_false (confsync_manager_add_resolver_by_name (a->manager, "x", "lww", &none));
  g_assert_error (none, CONFSYNC_ERROR, CONFSYNC_ERROR_INVALID_POINTER);
  g_assert_false (confsync_manager_add_resolver_by_name (a->manager, "/y", "quack", &unknown));
  g_assert_error (unknown, CONFSYNC_ERROR, CONFSYNC_ERROR_NOT_FOUND);
  instance_start (world, a);
  g_assert_false (confsync_manager_add_resolver_by_name (a->manager, "/y", "lww", &late));
  g_assert_error (late, CONFSYNC_ERROR, CONFSYNC_ERROR_BUSY);
}

/* What both were made from */

static void
state_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  ConfsyncDocument **state = user_data;

  *state = confsync_store_load_state_finish (CONFSYNC_STORE (source), result, NULL);
}

static gboolean
is_there (gpointer data)
{
  return *(gpointer *) data != NULL;
}

static void
done_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  ++*(guint *) user_data;
}

static gboolean
are_two (gpointer data)
{
  return *(guint *) data == 2;
}

/* The same instance, of whose past only the state is left. */
static void
lose_history (World *world, Instance *self)
{
  g_autoptr (ConfsyncDocument) state = NULL, live = confsync_manager_dup_document (self->manager);
  g_autoptr (ConfsyncStamp) stamp = confsync_manager_dup_stamp (self->manager);
  g_autoptr (ConfsyncRevision) revision = confsync_revision_new (live, stamp);
  guint done = 0;

  instance_stop (world, self);
  confsync_store_load_state_async (self->store, NULL, state_cb, &state);
  g_assert_true (world_wait (world, is_there, &state, TEST_DEADLINE_MS));
  g_assert_finalize_object (self->store);
  self->store = CONFSYNC_STORE (confsync_memory_store_new ());
  confsync_store_save_state_async (self->store, state, NULL, done_cb, &done);
  confsync_store_save_async (self->store, revision, NULL, NULL, done_cb, &done);
  g_assert_true (world_wait (world, are_two, &done, TEST_DEADLINE_MS));
}

static void
test_base_of_peer (World *world, gconstpointer data)
{
  Pair pair = make_pair (world, "merge", "{'a':0,'b':0}");

  g_test_summary ("An ancestor that this side has no more is asked of the peer, which finds it in "
                  "its own history");
  part (world, &pair);
  instance_edit (pair.a, "{'a':1,'b':0}");
  instance_edit (pair.b, "{'a':0,'b':2}");
  world_pass (world, 1000);
  lose_history (world, pair.a);
  instance_stop (world, pair.b);
  start_again (world, &pair);
  world_expect (world, "{'a':1,'b':2}");
}

static void
test_no_base (World *world, gconstpointer data)
{
  Pair pair = make_pair (world, "merge", "{'a':0,'b':0}");

  g_test_summary ("Where nobody has it any more the later edit wins, and the log says why");
  part (world, &pair);
  instance_edit (pair.a, "{'a':1,'b':0}");
  world_pass (world, 1000);
  instance_edit (pair.b, "{'a':0,'b':2}");
  world_pass (world, 1000);
  lose_history (world, pair.a);
  lose_history (world, pair.b);
  instance_clear_events (pair.a);
  start_again (world, &pair);
  world_expect (world, "{'a':0,'b':2}");
  test_assert_contains (event_get (instance_find_event (pair.a, CONFSYNC_EVENT_NOTICE), "message"),
                        "what both edits were made from");
}

#define ADD(path, function) \
  g_test_add (path, World, NULL, world_set_up, function, world_tear_down)

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  ADD ("/conflicts/listed", test_listed);
  ADD ("/conflicts/restart", test_restart);
  for (guint i = 0; i < G_N_ELEMENTS (ways); i++)
    {
      g_autofree char *path = g_strconcat ("/conflicts/settled/", ways[i].name, NULL);

      g_test_add (path, World, &ways[i], world_set_up, test_settled, world_tear_down);
    }
  ADD ("/conflicts/updated", test_updated);
  ADD ("/conflicts/retention", test_retention);
  ADD ("/conflicts/signal", test_signal);
  ADD ("/conflicts/refused", test_refused);
  ADD ("/conflicts/policy/merge", test_policy_merge);
  ADD ("/conflicts/policy/open", test_policy_open);
  ADD ("/conflicts/policy/refused", test_policy_refused);
  ADD ("/conflicts/base/of-peer", test_base_of_peer);
  ADD ("/conflicts/base/none", test_no_base);
  return g_test_run ();
}
