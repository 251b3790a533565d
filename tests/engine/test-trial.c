/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Trials: what others made stays where it is confirmed in time, and is undone where it isn't: by
 * one edit for all, or here alone; and never back and forth.
 */

#include "instance.h"

#include <string.h>

#define TIMEOUT_MS 30000
/* with the time that instances wait so that not all act at once */
#define OVER_MS (TIMEOUT_MS + 2000)

/* An application with its own view of what works. */
typedef struct
{
  Instance *instance;
  guint trials;
  gboolean confirms;
  const char *rejects; /* (nullable): a member that doesn't work */
} App;

static void
trial_cb (ConfsyncManager *manager,
          ConfsyncDocument *document,
          const char *author,
          const char *hash,
          App *app)
{
  g_autoptr (ConfsyncJson) wrong =
    app->rejects != NULL
      ? confsync_json_get_member (confsync_document_get_json (document), app->rejects)
      : NULL;
  g_autoptr (GError) error = NULL;

  app->trials++;
  g_assert_true (confsync_manager_get_trial (manager, NULL, NULL, NULL));
  if (wrong != NULL)
    confsync_manager_reject (manager, hash, "the service doesn't come up", &error);
  else if (app->confirms)
    confsync_manager_confirm (manager, hash, &error);
  g_assert_no_error (error);
}

static void
run (World *world, App *app, const char *dials, ConfsyncConfirmScope scope)
{
  Instance *self = app->instance;
  g_autofree char *own = g_strdup_printf ("loopback:%s", self->id);

  self->confirm_timeout = TIMEOUT_MS;
  self->confirm_scope = scope;
  instance_make (world, self);
  g_signal_connect (self->manager, "trial", G_CALLBACK (trial_cb), app);
  instance_listen (self, own);
  if (dials != NULL)
    instance_dial (self, dials);
  instance_start (world, self);
}

static void
add (World *world, App *app, const char *id, const char *text, const char *dials)
{
  app->instance = world_add (world, id);
  if (text != NULL)
    instance_edit (app->instance, text);
  run (world, app, dials, CONFSYNC_CONFIRM_FLEET);
}

static void
assert_holds (Instance *self, const char *text)
{
  g_autoptr (ConfsyncDocument) held = confsync_manager_dup_document (self->manager);

  g_assert_nonnull (held);
  test_assert_document (held, text);
}

static guint
count_outcomes (Instance *self, const char *outcome)
{
  guint n = 0;

  for (guint i = 0; i < self->events->len; i++)
    {
      Event *event = self->events->pdata[i];

      n += g_str_equal (event->kind, CONFSYNC_EVENT_TRIAL) &&
           g_strcmp0 (event_get (event, "outcome"), outcome) == 0;
    }
  return n;
}

static void
test_confirmed (World *world, gconstpointer data)
{
  App a = { 0 }, b = { 0 };
  g_autofree char *hash = NULL, *author = NULL, *held = NULL;
  g_autoptr (GError) error = NULL;
  gint64 until = 0;

  g_test_summary ("What is confirmed stays, and is asked about once");
  add (world, &a, "a", "{'v':1}", NULL);
  add (world, &b, "b", NULL, "loopback:a");
  world_expect (world, "{'v':1}");
  /* the first configuration of all, and own edits */
  g_assert_cmpuint (a.trials + b.trials, ==, 0);
  g_assert_false (confsync_manager_confirm (b.instance->manager, NULL, &error));
  g_assert_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_NOT_FOUND);
  g_clear_error (&error);

  instance_edit (a.instance, "{'v':2}");
  world_expect (world, "{'v':2}");
  g_assert_cmpuint (a.trials, ==, 0);
  g_assert_cmpuint (b.trials, ==, 1);
  g_object_get (b.instance->manager, "hash", &held, NULL);
  g_assert_true (confsync_manager_get_trial (b.instance->manager, &hash, &author, &until));
  g_assert_cmpstr (hash, ==, held);
  g_assert_cmpstr (author, ==, "a");
  g_assert_cmpint (until, >, 0);
  g_assert_false (confsync_manager_confirm (b.instance->manager, "another", &error));
  g_assert_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_CONFLICT);
  g_clear_error (&error);
  g_assert_true (confsync_manager_confirm (b.instance->manager, hash, &error));
  g_assert_no_error (error);
  g_assert_false (confsync_manager_get_trial (b.instance->manager, NULL, NULL, NULL));
  world_pass (world, 3 * TIMEOUT_MS);
  assert_holds (b.instance, "{'v':2}");
  g_assert_cmpuint (count_outcomes (b.instance, "begun"), ==, 1);
  g_assert_cmpuint (count_outcomes (b.instance, "confirmed"), ==, 1);

  /* back and forth between what is confirmed: no trial */
  instance_edit (a.instance, "{'v':1}");
  world_expect (world, "{'v':1}");
  instance_edit (a.instance, "{'v':2}");
  world_expect (world, "{'v':2}");
  g_assert_cmpuint (b.trials, ==, 1);
}

static void
test_timeout (World *world, gconstpointer data)
{
  App a = { 0 }, b = { 0 };
  Event *event;

  g_test_summary ("What isn't confirmed in time is undone for all, and kept");
  add (world, &a, "a", "{'v':1}", NULL);
  add (world, &b, "b", NULL, "loopback:a");
  world_expect (world, "{'v':1}");
  instance_edit (a.instance, "{'v':2}");
  world_expect (world, "{'v':2}");
  world_pass (world, TIMEOUT_MS - 1000);
  assert_holds (a.instance, "{'v':2}");
  world_pass (world, 3000);
  world_expect (world, "{'v':1}");
  instance_assert_live (b.instance, "{'v':1}");
  g_assert_true (instance_has_version (world, a.instance, "{'v':2}"));

  event = instance_find_event (b.instance, CONFSYNC_EVENT_TRIAL);
  g_assert_cmpstr (event_get (event, "outcome"), ==, "failed");
  g_assert_cmpstr (event_get (event, "author"), ==, "a");
  g_assert_cmpstr (event_get (event, "reason"), ==, "not confirmed here within 30 s");
  event = instance_find_event (b.instance, CONFSYNC_EVENT_ROLLBACK);
  test_assert_contains (event_get (event, "to"), " of a, not confirmed here within 30 s");
  /* it was made here and is nobody's to try */
  world_pass (world, 3 * TIMEOUT_MS);
  g_assert_cmpuint (a.trials, ==, 0);
  g_assert_cmpuint (b.trials, ==, 1);
  assert_holds (a.instance, "{'v':1}");
}

static void
test_rejected (World *world, gconstpointer data)
{
  App a = { 0 }, b = { .rejects = "bad", .confirms = TRUE };

  g_test_summary ("What is rejected is undone at once");
  add (world, &a, "a", "{'v':1}", NULL);
  add (world, &b, "b", NULL, "loopback:a");
  world_expect (world, "{'v':1}");
  instance_edit (a.instance, "{'bad':1}");
  world_wait_event (world, b.instance, CONFSYNC_EVENT_ROLLBACK);
  world_pass (world, 1000);
  world_expect (world, "{'v':1}");
  g_assert_cmpstr (event_get (instance_find_event (b.instance, CONFSYNC_EVENT_TRIAL), "reason"),
                   ==, "rejected: the service doesn't come up");
  instance_edit (a.instance, "{'v':2}");
  world_expect (world, "{'v':2}");
  g_assert_cmpuint (count_outcomes (b.instance, "confirmed"), ==, 1);
}

/* All three on one another's links; @c rejects. */
static void
add_three (World *world, App *a, App *b, App *c)
{
  add (world, a, "a", "{'v':1}", NULL);
  add (world, b, "b", NULL, "loopback:a");
  add (world, c, "c", NULL, "loopback:b");
  instance_dial (c->instance, "loopback:a");
  world_expect (world, "{'v':1}");
  world_wait_live (world, c->instance, 2);
  for (guint i = 0; i < world->instances->len; i++)
    instance_clear_events (world->instances->pdata[i]);
}

static void
test_one_fails (World *world, gconstpointer data)
{
  App a = { .confirms = TRUE }, b = { .confirms = TRUE }, c = { .rejects = "bad" };

  g_test_summary ("One of three fails: one edit undoes it, and nobody tries that");
  add_three (world, &a, &b, &c);
  instance_edit (a.instance, "{'bad':1}");
  world_wait_event (world, c.instance, CONFSYNC_EVENT_ROLLBACK);
  world_pass (world, 5 * TIMEOUT_MS);
  world_expect (world, "{'v':1}");
  g_assert_cmpuint (instance_count_events (a.instance, CONFSYNC_EVENT_ROLLBACK), ==, 0);
  g_assert_cmpuint (instance_count_events (b.instance, CONFSYNC_EVENT_ROLLBACK), ==, 0);
  g_assert_cmpuint (instance_count_events (c.instance, CONFSYNC_EVENT_ROLLBACK), ==, 1);
  g_assert_cmpuint (a.trials, ==, 0);
  g_assert_cmpuint (b.trials, ==, 1);
  g_assert_cmpuint (c.trials, ==, 1);
}

static void
test_all_fail (World *world, gconstpointer data)
{
  App a = { 0 }, b = { 0 }, c = { 0 };
  guint rollbacks = 0;

  g_test_summary ("All fail at the same moment: few edits of one content, then it is quiet");
  add_three (world, &a, &b, &c);
  instance_edit (a.instance, "{'v':2}");
  world_expect (world, "{'v':2}");
  world_pass (world, OVER_MS);
  world_expect (world, "{'v':1}");
  for (guint i = 0; i < 3; i++)
    rollbacks += instance_count_events (world->instances->pdata[i], CONFSYNC_EVENT_ROLLBACK);
  g_assert_cmpuint (rollbacks, >=, 1);
  g_assert_cmpuint (rollbacks, <=, 2);
  for (guint i = 0; i < 3; i++)
    instance_clear_events (world->instances->pdata[i]);
  world_pass (world, 5 * TIMEOUT_MS);
  for (guint i = 0; i < 3; i++)
    g_assert_cmpuint (((Instance *) world->instances->pdata[i])->events->len, ==, 0);
}

static void
test_no_ping_pong (World *world, gconstpointer data)
{
  App a = { .rejects = "x", .confirms = TRUE }, b = { .rejects = "y", .confirms = TRUE };
  guint before;

  g_test_summary ("Two that can't agree end with one behind, and not in a quarrel");
  add (world, &a, "a", "{'y':1}", NULL);
  add (world, &b, "b", NULL, NULL);
  instance_edit (b.instance, "{'x':1}");
  world_pass (world, 100);
  instance_dial (b.instance, "loopback:a");
  world_pass (world, 10 * TIMEOUT_MS);
  before = a.trials + b.trials;
  g_assert_cmpuint (before, >=, 1);
  g_assert_cmpuint (before, <=, 4);
  instance_clear_events (a.instance);
  instance_clear_events (b.instance);
  world_pass (world, 10 * TIMEOUT_MS);
  g_assert_cmpuint (a.trials + b.trials, ==, before);
  g_assert_cmpuint (a.instance->events->len + b.instance->events->len, ==, 0);
  assert_holds (a.instance, "{'y':1}");
  assert_holds (b.instance, "{'x':1}");
}

static ConfsyncSyncState
get_sync (Instance *self, const char *reason)
{
  g_autoptr (GPtrArray) statuses = confsync_manager_list_peer_statuses (self->manager);

  g_assert_cmpuint (statuses->len, ==, 1);
  if (reason != NULL)
    g_assert_cmpstr (confsync_peer_status_get_reason (statuses->pdata[0]), ==, reason);
  return confsync_peer_status_get_state (statuses->pdata[0]);
}

static void
test_local (World *world, gconstpointer data)
{
  App a = { 0 }, b = { 0 };

  g_test_summary ("In the scope local an instance goes back alone, says so, and stays there");
  add (world, &a, "a", "{'v':1}", NULL);
  b.instance = world_add (world, "b");
  run (world, &b, "loopback:a", CONFSYNC_CONFIRM_LOCAL);
  world_expect (world, "{'v':1}");
  instance_edit (a.instance, "{'v':2}");
  world_expect (world, "{'v':2}");
  instance_clear_events (a.instance);
  world_pass (world, OVER_MS);
  assert_holds (a.instance, "{'v':2}");
  assert_holds (b.instance, "{'v':1}");
  instance_assert_live (b.instance, "{'v':1}");
  g_assert_cmpuint (count_outcomes (b.instance, "failed here"), ==, 1);
  g_assert_cmpint (get_sync (a.instance, "not confirmed here within 30 s"), ==,
                   CONFSYNC_SYNC_REFUSED);
  g_assert_cmpstr (event_get (instance_find_event (a.instance, CONFSYNC_EVENT_BEHIND), "reason"),
                   ==, "not confirmed here within 30 s");

  /* neither time nor a restart nor a new link changes that */
  world_pass (world, 5 * TIMEOUT_MS);
  instance_stop (world, b.instance);
  run (world, &b, "loopback:a", CONFSYNC_CONFIRM_LOCAL);
  world_wait_live (world, b.instance, 1);
  world_pass (world, 2 * TIMEOUT_MS);
  assert_holds (a.instance, "{'v':2}");
  assert_holds (b.instance, "{'v':1}");
  g_assert_cmpuint (b.trials, ==, 1);
  g_assert_cmpint (get_sync (a.instance, "not confirmed here within 30 s"), ==,
                   CONFSYNC_SYNC_REFUSED);

  /* but another edit does */
  b.confirms = TRUE;
  instance_edit (a.instance, "{'v':3}");
  world_expect (world, "{'v':3}");
  g_assert_cmpuint (b.trials, ==, 2);
  g_assert_cmpint (get_sync (a.instance, NULL), ==, CONFSYNC_SYNC_HOLDS);
}

static void
test_again (World *world, gconstpointer data)
{
  App a = { 0 }, b = { 0 };

  g_test_summary ("What failed in the scope local gets another trial when validation changes");
  add (world, &a, "a", "{'v':1}", NULL);
  b.instance = world_add (world, "b");
  run (world, &b, "loopback:a", CONFSYNC_CONFIRM_LOCAL);
  world_expect (world, "{'v':1}");
  instance_edit (a.instance, "{'v':2}");
  world_expect (world, "{'v':2}");
  world_pass (world, OVER_MS);
  assert_holds (b.instance, "{'v':1}");
  b.confirms = TRUE;
  confsync_manager_validation_changed (b.instance->manager);
  world_expect (world, "{'v':2}");
  g_assert_cmpuint (count_outcomes (b.instance, "confirmed"), ==, 1);
}

static void
test_newer (World *world, gconstpointer data)
{
  App a = { 0 }, b = { 0 };

  g_test_summary ("A newer revision restarts the trial; the one before is nothing to go back to");
  add (world, &a, "a", "{'v':1}", NULL);
  add (world, &b, "b", NULL, "loopback:a");
  world_expect (world, "{'v':1}");
  instance_edit (a.instance, "{'v':2}");
  world_expect (world, "{'v':2}");
  world_pass (world, TIMEOUT_MS - 5000);
  instance_edit (a.instance, "{'v':3}");
  world_expect (world, "{'v':3}");
  world_pass (world, TIMEOUT_MS - 5000);
  assert_holds (b.instance, "{'v':3}");
  world_pass (world, 7000);
  world_expect (world, "{'v':1}");
  g_assert_cmpuint (instance_count_events (b.instance, CONFSYNC_EVENT_ROLLBACK), ==, 1);
}

static void
test_edited (World *world, gconstpointer data)
{
  App a = { .confirms = TRUE }, b = { 0 };

  g_test_summary ("Who edits what is on trial has seen it");
  add (world, &a, "a", "{'v':1}", NULL);
  add (world, &b, "b", NULL, "loopback:a");
  world_expect (world, "{'v':1}");
  instance_edit (a.instance, "{'v':2}");
  world_expect (world, "{'v':2}");
  instance_edit (b.instance, "{'v':2,'w':1}");
  world_expect (world, "{'v':2,'w':1}");
  g_assert_cmpuint (count_outcomes (b.instance, "confirmed"), ==, 1);
  world_pass (world, 3 * TIMEOUT_MS);
  assert_holds (a.instance, "{'v':2,'w':1}");
}

static void
test_restart (World *world, gconstpointer data)
{
  App a = { 0 }, b = { 0 };

  g_test_summary ("A restart begins the trial anew, with the same to go back to");
  add (world, &a, "a", "{'v':1}", NULL);
  add (world, &b, "b", NULL, "loopback:a");
  world_expect (world, "{'v':1}");
  instance_edit (a.instance, "{'v':2}");
  world_expect (world, "{'v':2}");
  world_pass (world, TIMEOUT_MS - 5000);
  instance_stop (world, b.instance);
  run (world, &b, "loopback:a", CONFSYNC_CONFIRM_FLEET);
  g_assert_true (confsync_manager_get_trial (b.instance->manager, NULL, NULL, NULL));
  world_pass (world, TIMEOUT_MS - 5000);
  assert_holds (b.instance, "{'v':2}");
  world_pass (world, 7000);
  world_expect (world, "{'v':1}");
  g_assert_cmpuint (b.trials, ==, 2);
}

static void
test_found (World *world, gconstpointer data)
{
  App a = { 0 }, b = { 0 };

  g_test_summary ("A newcomer's own file never replaces what others have");
  add (world, &a, "a", NULL, NULL);
  instance_edit (a.instance, "{'v':1}");
  world_pass (world, 100);
  add (world, &b, "b", "{'old':1}", "loopback:a");
  world_expect (world, "{'v':1}");
  world_pass (world, OVER_MS);
  assert_holds (a.instance, "{'v':1}");
  assert_holds (b.instance, "{'old':1}");
  g_assert_cmpuint (count_outcomes (b.instance, "failed here"), ==, 1);
}

static void
test_receive_only (World *world, gconstpointer data)
{
  App a = { 0 }, b = { 0 };

  g_test_summary ("Who only receives goes back alone");
  add (world, &a, "a", "{'v':1}", NULL);
  b.instance = world_add (world, "b");
  b.instance->role = CONFSYNC_ROLE_RECEIVE_ONLY;
  run (world, &b, "loopback:a", CONFSYNC_CONFIRM_FLEET);
  world_expect (world, "{'v':1}");
  instance_edit (a.instance, "{'v':2}");
  world_expect (world, "{'v':2}");
  world_pass (world, OVER_MS);
  assert_holds (a.instance, "{'v':2}");
  assert_holds (b.instance, "{'v':1}");
}

static void
test_passed_on (World *world, gconstpointer data)
{
  App a = { 0 }, b = { 0 }, c = { .confirms = TRUE };

  g_test_summary ("Who went back alone passes on what it didn't confirm");
  add (world, &a, "a", "{'v':1}", NULL);
  b.instance = world_add (world, "b");
  run (world, &b, "loopback:a", CONFSYNC_CONFIRM_LOCAL);
  world_expect (world, "{'v':1}");
  instance_edit (a.instance, "{'v':2}");
  world_expect (world, "{'v':2}");
  world_pass (world, OVER_MS);
  add (world, &c, "c", NULL, "loopback:b");
  world_pass (world, 5000);
  assert_holds (b.instance, "{'v':1}");
  assert_holds (c.instance, "{'v':2}");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

#define add_test(path, function)                                                                  \
  g_test_add ("/trial/" path, World, NULL, world_set_up, function, world_tear_down)
  add_test ("confirmed", test_confirmed);
  add_test ("timeout", test_timeout);
  add_test ("rejected", test_rejected);
  add_test ("one-fails", test_one_fails);
  add_test ("all-fail", test_all_fail);
  add_test ("no-ping-pong", test_no_ping_pong);
  add_test ("local", test_local);
  add_test ("again", test_again);
  add_test ("newer", test_newer);
  add_test ("edited", test_edited);
  add_test ("restart", test_restart);
  add_test ("found", test_found);
  add_test ("receive-only", test_receive_only);
  add_test ("passed-on", test_passed_on);
#undef add_test
  return g_test_run ();
}
