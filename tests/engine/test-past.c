/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Going back: an older version is the configuration again everywhere, what stays on a machine stays
 * there, and a live file that is gone is put back.
 */

#include "local-fixture.h"


typedef struct
{
  char *hash;
  gboolean restored;
  GError *error;
  gboolean came;
} Outcome;

static void
outcome_clear (Outcome *outcome)
{
  g_free (outcome->hash);
  g_clear_error (&outcome->error);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Outcome, outcome_clear)

static void
rolled_back_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Outcome *outcome = user_data;

  outcome->hash =
    confsync_manager_rollback_finish (CONFSYNC_MANAGER (source), result, &outcome->error);
  outcome->came = TRUE;
  g_assert_true ((outcome->hash == NULL) == (outcome->error != NULL));
}

static void
restored_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Outcome *outcome = user_data;
  gboolean done = confsync_manager_restore_finish (CONFSYNC_MANAGER (source), result,
                                                   &outcome->restored, &outcome->error);

  outcome->came = TRUE;
  g_assert_true (done == (outcome->error == NULL));
}

static gboolean
came (gpointer outcome)
{
  return ((Outcome *) outcome)->came;
}

static void
roll_back (World *world,
           Instance *self,
           const char *name,
           ConfsyncEditFlags flags,
           Outcome *outcome)
{
  confsync_manager_rollback_async (self->manager, name, flags, NULL, rolled_back_cb, outcome);
  g_assert_false (outcome->came);
  g_assert_true (world_wait (world, came, outcome, TEST_DEADLINE_MS));
}

static void
restore (World *world, Instance *self, Outcome *outcome)
{
  confsync_manager_restore_async (self->manager, NULL, restored_cb, outcome);
  g_assert_false (outcome->came);
  g_assert_true (world_wait (world, came, outcome, TEST_DEADLINE_MS));
}

/* The name of the @nth version, the newest first. */
static char *
dup_name (World *world, Instance *self, guint nth)
{
  g_autoptr (GPtrArray) versions = instance_list_versions (world, self);

  g_assert_cmpuint (nth, <, versions->len);
  return g_strdup (confsync_version_get_name (versions->pdata[nth]));
}

static ConfsyncCause
newest_cause (World *world, Instance *self)
{
  g_autoptr (GPtrArray) versions = instance_list_versions (world, self);

  return confsync_version_get_cause (versions->pdata[0]);
}

static char *
dup_oldest (World *world, Instance *self)
{
  g_autoptr (GPtrArray) versions = instance_list_versions (world, self);

  return g_strdup (confsync_version_get_name (versions->pdata[versions->len - 1]));
}

/* One instance goes back; all have it, as a new edit on top of what was there. */
static void
test_everywhere (World *world, gconstpointer data)
{
  Instance *a = world_add_listening (world, "a", "{'v':1}");
  Instance *b = world_add (world, "b");
  g_autofree char *first = NULL, *hash = NULL;
  g_auto (Outcome) outcome = { 0 };
  Event *event;

  instance_make (world, b);
  instance_dial (b, "loopback:a");
  instance_start (world, b);
  world_expect (world, "{'v':1}");
  first = dup_oldest (world, a);
  instance_edit (b, "{'v':2}");
  world_expect (world, "{'v':2}");
  instance_edit (a, "{'v':3,'w':{'x':1}}");
  world_expect (world, "{'v':3,'w':{'x':1}}");

  roll_back (world, a, first, CONFSYNC_EDIT_NONE, &outcome);
  g_assert_no_error (outcome.error);
  world_expect (world, "{'v':1}");
  instance_assert_live (a, "{'v':1}");
  instance_assert_live (b, "{'v':1}");
  g_object_get (a->manager, "hash", &hash, NULL);
  g_assert_cmpstr (outcome.hash, ==, hash);
  world_pass (world, 1000);
  g_assert_cmpint (newest_cause (world, a), ==, CONFSYNC_CAUSE_ROLLBACK);
  g_assert_cmpint (newest_cause (world, b), ==, CONFSYNC_CAUSE_REMOTE);
  g_assert_true (instance_has_version (world, b, "{'v':3,'w':{'x':1}}"));
  event = instance_find_event (a, CONFSYNC_EVENT_ROLLBACK);
  g_assert_cmpstr (event_get (event, "to"), ==, first);
  g_assert_cmpstr (event_get (event, "author"), ==, "a");
  g_assert_nonnull (event_get (event, "version"));
  g_assert_nonnull (instance_find_event (b, CONFSYNC_EVENT_APPLIED));

  /* and it can be undone in the same way */
  {
    g_auto (Outcome) undone = { 0 };
    g_autofree char *before = dup_name (world, a, 1);

    roll_back (world, a, before, CONFSYNC_EDIT_NONE, &undone);
    g_assert_no_error (undone.error);
    world_expect (world, "{'v':3,'w':{'x':1}}");
  }
}

static void
test_same (World *world, gconstpointer data)
{
  Instance *a = world_add_listening (world, "a", "{'v':1}");
  g_auto (Outcome) outcome = { 0 };
  g_autofree char *name = NULL;
  g_autoptr (GPtrArray) before = NULL, after = NULL;

  world_pass (world, 1000);
  before = instance_list_versions (world, a);
  name = dup_name (world, a, 0);
  a->n_changed = 0;
  roll_back (world, a, name, CONFSYNC_EDIT_NONE, &outcome);
  g_assert_no_error (outcome.error);
  world_pass (world, 1000);
  after = instance_list_versions (world, a);
  g_assert_cmpuint (after->len, ==, before->len);
  g_assert_cmpuint (a->n_changed, ==, 0);
  g_assert_null (instance_find_event (a, CONFSYNC_EVENT_ROLLBACK));
}

static void
test_refused (World *world, gconstpointer data)
{
  Instance *a = world_add (world, "a");
  g_auto (Outcome) none = { 0 }, stopped = { 0 }, empty = { 0 }, cleared = { 0 };
  g_autofree char *name = NULL;

  instance_edit (a, "{'v':1}");
  instance_start (world, a);
  roll_back (world, a, "config_20200101000000.json", CONFSYNC_EDIT_NONE, &none);
  g_assert_error (none.error, CONFSYNC_ERROR, CONFSYNC_ERROR_NOT_FOUND);

  {
    g_autoptr (ConfsyncDocument) nothing = test_document ("{}");
    g_auto (Answer) answer = { 0 };

    confsync_manager_set_document_async (a->manager, nothing, CONFSYNC_EDIT_ALLOW_EMPTY, NULL,
                                         answer_cb, &answer);
    answer_await (world, &answer);
    g_assert_no_error (answer.error);
  }
  world_pass (world, 1000);
  name = dup_name (world, a, 0);
  instance_set (world, a, "{'v':2}");
  roll_back (world, a, name, CONFSYNC_EDIT_NONE, &empty);
  g_assert_error (empty.error, CONFSYNC_ERROR, CONFSYNC_ERROR_EMPTY);
  instance_assert_live (a, "{'v':2}");
  roll_back (world, a, name, CONFSYNC_EDIT_ALLOW_EMPTY, &cleared);
  g_assert_no_error (cleared.error);
  instance_assert_live (a, "{}");

  {
    g_auto (Answer) answer = { 0 };

    confsync_manager_stop_async (a->manager, NULL, answer_cb, &answer);
    answer_await (world, &answer);
  }
  roll_back (world, a, name, CONFSYNC_EDIT_NONE, &stopped);
  g_assert_error (stopped.error, CONFSYNC_ERROR, CONFSYNC_ERROR_CLOSED);
}

static void
test_receive_only (World *world, gconstpointer data)
{
  Instance *a = world_add_listening (world, "a", "{'v':1}");
  Instance *b = world_add (world, "b");
  g_auto (Outcome) outcome = { 0 };
  g_autofree char *name = NULL;

  b->role = CONFSYNC_ROLE_RECEIVE_ONLY;
  instance_make (world, b);
  instance_dial (b, "loopback:a");
  instance_start (world, b);
  world_expect (world, "{'v':1}");
  instance_edit (a, "{'v':2}");
  world_expect (world, "{'v':2}");
  world_pass (world, 1000);
  name = dup_oldest (world, b);
  roll_back (world, b, name, CONFSYNC_EDIT_NONE, &outcome);
  g_assert_error (outcome.error, CONFSYNC_ERROR, CONFSYNC_ERROR_REFUSED);
  world_expect (world, "{'v':2}");
}

/* What the peers edit at the same moment is no less an edit. */
static void
test_at_once (World *world, gconstpointer data)
{
  Instance *a = world_add_listening (world, "a", "{'v':1}");
  Instance *b = world_add (world, "b");
  g_auto (Outcome) outcome = { 0 };
  g_autofree char *first = NULL;

  instance_make (world, b);
  instance_dial (b, "loopback:a");
  instance_start (world, b);
  world_expect (world, "{'v':1}");
  first = dup_oldest (world, a);
  instance_edit (a, "{'v':2}");
  world_expect (world, "{'v':2}");

  confsync_manager_rollback_async (a->manager, first, CONFSYNC_EDIT_NONE, NULL, rolled_back_cb,
                                   &outcome);
  instance_edit (b, "{'v':3}");
  g_assert_true (world_wait (world, came, &outcome, TEST_DEADLINE_MS));
  g_assert_no_error (outcome.error);
  world_settle (world);
  world_pass (world, 1000);
  g_assert_true (instance_has_version (world, a, "{'v':3}"));
  g_assert_true (instance_has_version (world, a, "{'v':1}"));
}

/* Deleted, emptied, {}, broken: each is put back; a good one is left alone. */
static void
test_restore (World *world, gconstpointer data)
{
  Instance *a = world_add_listening (world, "a", "{'v':1}");
  g_autofree char *hash = NULL, *hash_after = NULL;
  const char *const gone[] = { NULL, "{}" };
  g_auto (Outcome) good = { 0 };

  instance_edit (a, "{'v':2}");
  world_expect (world, "{'v':2}");
  world_pass (world, 1000);
  g_object_get (a->manager, "hash", &hash, NULL);
  restore (world, a, &good);
  g_assert_no_error (good.error);
  g_assert_false (good.restored);
  g_assert_null (instance_find_event (a, CONFSYNC_EVENT_RESTORED));

  for (guint i = 0; i < G_N_ELEMENTS (gone); i++)
    {
      g_auto (Outcome) outcome = { 0 };
      g_autoptr (GPtrArray) before = instance_list_versions (world, a), after = NULL;

      instance_clear_events (a);
      instance_edit (a, gone[i]);
      world_pass (world, 2000);
      g_assert_nonnull (instance_find_event (a, CONFSYNC_EVENT_WAITING));
      restore (world, a, &outcome);
      g_assert_no_error (outcome.error);
      g_assert_true (outcome.restored);
      world_pass (world, 2000);
      instance_assert_live (a, "{'v':2}");
      g_assert_nonnull (instance_find_event (a, CONFSYNC_EVENT_RESTORED));
      after = instance_list_versions (world, a);
      g_assert_cmpuint (after->len, ==, before->len);
    }
  g_object_get (a->manager, "hash", &hash_after, NULL);
  g_assert_cmpstr (hash, ==, hash_after);
  g_assert_cmpuint (instance_count_events (a, CONFSYNC_EVENT_CHANGED), ==, 0);
}

static void
test_restore_nothing (World *world, gconstpointer data)
{
  Instance *a = world_add (world, "a");
  g_auto (Outcome) outcome = { 0 };

  instance_start (world, a);
  restore (world, a, &outcome);
  g_assert_error (outcome.error, CONFSYNC_ERROR, CONFSYNC_ERROR_NOT_FOUND);
}

/* To a version that is live but for its file. */
static void
test_same_but_gone (World *world, gconstpointer data)
{
  Instance *a = world_add_listening (world, "a", "{'v':1}");
  g_auto (Outcome) outcome = { 0 };
  g_autofree char *name = NULL;

  world_pass (world, 1000);
  name = dup_name (world, a, 0);
  instance_edit (a, NULL);
  world_pass (world, 2000);
  roll_back (world, a, name, CONFSYNC_EDIT_NONE, &outcome);
  g_assert_no_error (outcome.error);
  instance_assert_live (a, "{'v':1}");
}

/* What stays on a machine is no part of what a version gives back. */
static void
test_local (LocalFixture *fixture, gconstpointer data)
{
  World *world = &fixture->world;
  Instance *a = local_add (world, "a", "/id", "{'id':'" LOCAL_SECRET "-a','v':0}", NULL);
  Instance *b = local_add (world, "b", "/id", "{'id':'" LOCAL_SECRET "-b'}", "a");
  g_auto (Outcome) outcome = { 0 }, gone = { 0 };
  g_autofree char *first = NULL;

  local_expect (world, "{'v':0}");
  world_pass (world, 1000);
  first = dup_oldest (world, a);
  instance_edit (a, "{'id':'" LOCAL_SECRET "-a2','v':1}");
  local_expect (world, "{'v':1}");
  roll_back (world, a, first, CONFSYNC_EDIT_NONE, &outcome);
  g_assert_no_error (outcome.error);
  local_expect (world, "{'v':0}");
  instance_assert_live (a, "{'id':'" LOCAL_SECRET "-a2','v':0}");
  instance_assert_live (b, "{'id':'" LOCAL_SECRET "-b','v':0}");

  instance_edit (a, NULL);
  world_pass (world, 2000);
  restore (world, a, &gone);
  g_assert_no_error (gone.error);
  g_assert_true (gone.restored);
  instance_assert_live (a, "{'id':'" LOCAL_SECRET "-a2','v':0}");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  local_watch_log ();

#define ADD(path, func) g_test_add (path, World, NULL, world_set_up, func, world_tear_down)
  ADD ("/past/everywhere", test_everywhere);
  ADD ("/past/same", test_same);
  ADD ("/past/refused", test_refused);
  ADD ("/past/receive-only", test_receive_only);
  ADD ("/past/at-once", test_at_once);
  ADD ("/past/restore", test_restore);
  ADD ("/past/restore-nothing", test_restore_nothing);
  ADD ("/past/same-but-gone", test_same_but_gone);
  g_test_add ("/past/local", LocalFixture, NULL, local_set_up, test_local, local_tear_down);
  return g_test_run ();
}
