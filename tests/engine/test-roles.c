/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Instances that only send, that only receive, and that join with a file of their own.
 */

#include "instance.h"

static Instance *
add_dialling (World *world, const char *id, const char *text, ConfsyncRole role, ConfsyncJoin join)
{
  Instance *self = world_add (world, id);

  self->role = role;
  self->join = join;
  if (text != NULL)
    instance_edit (self, text);
  instance_make (world, self);
  instance_dial (self, "loopback:hub");
  instance_start (world, self);
  world_wait_live (world, self, 1);
  world_pass (world, 1000);
  return self;
}

static Instance *
add_role (World *world, const char *id, const char *text, ConfsyncRole role)
{
  return add_dialling (world, id, text, role, CONFSYNC_JOIN_ADOPT);
}

/* Send-only */

static void
test_send_only (World *world, gconstpointer data)
{
  Instance *hub = world_add_listening (world, "hub", "{'v':0}");
  Instance *s = add_role (world, "sender", NULL, CONFSYNC_ROLE_SEND_ONLY);
  g_autoptr (GPtrArray) statuses = NULL;
  Event *event = instance_find_event (s, CONFSYNC_EVENT_NOTICE);

  g_test_summary ("It applies nothing, shows itself so, and its own edits go out");
  g_assert_null (confsync_memory_store_get_live (CONFSYNC_MEMORY_STORE (s->store)));
  test_assert_contains (event_get (event, "message"), "this instance only sends");
  instance_edit (hub, "{'v':1}");
  world_pass (world, 1000);
  g_assert_null (confsync_memory_store_get_live (CONFSYNC_MEMORY_STORE (s->store)));
  g_assert_cmpuint (instance_count_events (s, CONFSYNC_EVENT_NOTICE), ==, 1);
  statuses = confsync_manager_list_peer_statuses (hub->manager);
  g_assert_cmpint (confsync_peer_status_get_state (statuses->pdata[0]), ==, CONFSYNC_SYNC_REFUSED);
  test_assert_contains (confsync_peer_status_get_reason (statuses->pdata[0]), "only sends");
}

static void
test_send_only_edits (World *world, gconstpointer data)
{
  Instance *hub = world_add_listening (world, "hub", "{'v':0}");
  Instance *s = add_role (world, "sender", "{'s':0}", CONFSYNC_ROLE_SEND_ONLY);

  instance_assert_live (hub, "{'v':0}");
  instance_assert_live (s, "{'s':0}");
  world_pass (world, 1000);
  instance_edit (s, "{'s':1}");
  world_expect (world, "{'s':1}");
  instance_edit (hub, "{'v':2}");
  world_pass (world, 1000);
  instance_assert_live (s, "{'s':1}");
  instance_assert_live (hub, "{'v':2}");
}

/* Receive-only */

static void
test_receive_only (World *world, gconstpointer data)
{
  Instance *hub = world_add_listening (world, "hub", "{'v':0}");
  Instance *r = add_role (world, "receiver", NULL, CONFSYNC_ROLE_RECEIVE_ONLY);
  Event *event;
  g_auto (Answer) answer = { 0 };

  g_test_summary ("A local edit is kept, goes nowhere, and is put back on demand");
  instance_assert_live (r, "{'v':0}");
  instance_edit (r, "{'v':0,'mine':1}");
  event = world_wait_event (world, r, CONFSYNC_EVENT_LOCAL_EDIT);
  world_pass (world, 1000);
  g_assert_cmpint (event->level, ==, CONFSYNC_LEVEL_WARNING);
  g_assert_nonnull (event_get (event, "version"));
  instance_assert_live (r, "{'v':0,'mine':1}");
  instance_assert_live (hub, "{'v':0}");
  g_assert_true (confsync_manager_is_edited_here (r->manager));
  g_assert_true (instance_has_version (world, r, "{'v':0,'mine':1}"));

  confsync_manager_revert_local_async (r->manager, NULL, answer_cb, &answer);
  answer_await (world, &answer);
  g_assert_no_error (answer.error);
  instance_assert_live (r, "{'v':0}");
  g_assert_false (confsync_manager_is_edited_here (r->manager));
  g_assert_true (instance_has_version (world, r, "{'v':0,'mine':1}"));
}

static void
test_receive_only_replaced (World *world, gconstpointer data)
{
  Instance *hub = world_add_listening (world, "hub", "{'v':0}");
  Instance *r = add_role (world, "receiver", NULL, CONFSYNC_ROLE_RECEIVE_ONLY);
  guint notified = 0;

  g_signal_connect_swapped (r->manager, "notify::edited-here", G_CALLBACK (g_atomic_int_inc),
                            &notified);
  instance_edit (r, "{'mine':1}");
  world_pass (world, 1000);
  g_assert_cmpuint (notified, ==, 1);
  instance_edit (hub, "{'v':1}");
  world_expect (world, "{'v':1}");
  instance_assert_live (r, "{'v':1}");
  world_pass (world, 1000);
  g_assert_cmpuint (notified, ==, 2);
  g_assert_false (confsync_manager_is_edited_here (r->manager));
  g_assert_true (instance_has_version (world, r, "{'mine':1}"));
  instance_assert_live (hub, "{'v':1}");
}

static void
test_receive_only_restart (World *world, gconstpointer data)
{
  Instance *hub = world_add_listening (world, "hub", "{'v':0}");
  Instance *r = add_role (world, "receiver", NULL, CONFSYNC_ROLE_RECEIVE_ONLY);

  g_test_summary ("An edit made while it was down goes nowhere either");
  instance_stop (world, r);
  instance_edit (r, "{'mine':1}");
  instance_make (world, r);
  instance_dial (r, "loopback:hub");
  instance_start (world, r);
  world_wait_live (world, r, 1);
  world_pass (world, 1000);
  g_assert_true (confsync_manager_is_edited_here (r->manager));
  instance_assert_live (r, "{'mine':1}");
  instance_assert_live (hub, "{'v':0}");
}

static void
test_receive_only_refuses (World *world, gconstpointer data)
{
  Instance *hub = world_add_listening (world, "hub", "{'v':0}");
  Instance *r = add_role (world, "receiver", NULL, CONFSYNC_ROLE_RECEIVE_ONLY);
  g_autoptr (ConfsyncDocument) document = test_document ("{'v':1}");
  g_auto (Answer) set = { 0 }, revert = { 0 }, reset = { 0 };

  confsync_manager_set_document_async (r->manager, document, CONFSYNC_EDIT_NONE, NULL, answer_cb,
                                       &set);
  answer_await (world, &set);
  g_assert_error (set.error, CONFSYNC_ERROR, CONFSYNC_ERROR_REFUSED);
  test_assert_contains (set.error->message, "only receives");
  confsync_manager_revert_local_async (r->manager, NULL, answer_cb, &revert);
  answer_await (world, &revert);
  g_assert_error (revert.error, CONFSYNC_ERROR, CONFSYNC_ERROR_NOT_FOUND);
  confsync_manager_reset_clock_async (r->manager, NULL, answer_cb, &reset);
  answer_await (world, &reset);
  g_assert_error (reset.error, CONFSYNC_ERROR, CONFSYNC_ERROR_REFUSED);
  instance_assert_live (hub, "{'v':0}");
}

static void
test_relays (World *world, gconstpointer data)
{
  const ConfsyncRole roles[] = { CONFSYNC_ROLE_SEND_ONLY, CONFSYNC_ROLE_RECEIVE_ONLY };

  g_test_summary ("What is not taken, or may not be edited, is passed on all the same");
  for (guint i = 0; i < G_N_ELEMENTS (roles); i++)
    {
      World one = { 0 };
      Instance *hub, *left, *right;

      world_set_up (&one, NULL);
      hub = world_add (&one, "hub");
      hub->role = roles[i];
      instance_make (&one, hub);
      instance_listen (hub, "loopback:hub");
      instance_start (&one, hub);
      left = add_role (&one, "left", "{'v':1}", CONFSYNC_ROLE_BOTH);
      right = add_role (&one, "right", NULL, CONFSYNC_ROLE_BOTH);
      instance_edit (left, "{'v':2}");
      world_pass (&one, 2000);
      instance_assert_live (right, "{'v':2}");
      world_tear_down (&one, NULL);
    }
}

/* Joins */

static void
test_adopt (World *world, gconstpointer data)
{
  Instance *hub = world_add_listening (world, "hub", "{'v':0}");
  Instance *n = NULL;
  Event *event;

  instance_edit (hub, "{'v':1}");
  world_pass (world, 1000);
  n = add_dialling (world, "newcomer", "{'old':1}", CONFSYNC_ROLE_BOTH, CONFSYNC_JOIN_ADOPT);
  world_expect (world, "{'v':1}");
  event = world_wait_event (world, n, CONFSYNC_EVENT_ADOPTED);
  g_assert_cmpstr (event_get (event, "author"), ==, "hub");
  g_assert_nonnull (event_get (event, "version"));
  g_assert_true (instance_has_version (world, n, "{'old':1}"));
  g_assert_cmpuint (instance_count_events (n, CONFSYNC_EVENT_LOST), ==, 0);
}

static void
test_keep (World *world, gconstpointer data)
{
  Instance *hub = world_add_listening (world, "hub", "{'a':0,'b':0}");
  Instance *n = NULL;
  Event *event;
  g_autofree const char **pointers = NULL;

  g_test_summary ("It says what will be replaced where, and the own file is an edit then");
  instance_edit (hub, "{'a':1,'b':0}");
  world_pass (world, 1000);
  n = add_dialling (world, "newcomer", "{'a':2,'b':0,'c':1}", CONFSYNC_ROLE_BOTH,
                    CONFSYNC_JOIN_KEEP);
  event = world_wait_event (world, n, CONFSYNC_EVENT_JOINING);
  g_assert_cmpstr (event_get (event, "peer"), ==, "hub");
  g_assert_true (g_variant_lookup (event->details, "pointers", "^a&s", &pointers));
  g_assert_cmpuint (g_strv_length ((GStrv) pointers), ==, 2);
  world_expect (world, "{'a':2,'b':0,'c':1}");
  g_assert_true (instance_has_version (world, n, "{'a':1,'b':0}"));
  g_assert_true (instance_has_version (world, hub, "{'a':1,'b':0}"));

  /* once: from now on it takes edits like everybody */
  instance_edit (hub, "{'a':3}");
  world_expect (world, "{'a':3}");
  g_assert_cmpuint (instance_count_events (n, CONFSYNC_EVENT_JOINING), ==, 1);
}

static void
test_ask (World *world, gconstpointer data)
{
  Instance *hub = world_add_listening (world, "hub", "{'v':0}");
  Instance *n = NULL;
  g_autofree char *id = NULL;
  GError *error;

  instance_edit (hub, "{'v':1}");
  world_pass (world, 1000);
  n = add_dialling (world, "newcomer", "{'old':1}", CONFSYNC_ROLE_BOTH, CONFSYNC_JOIN_ASK);
  instance_assert_live (n, "{'old':1}");
  instance_assert_live (hub, "{'v':1}");
  id = instance_dup_conflict_id (n);
  g_assert_nonnull (id);
  error = instance_resolve (world, n, id, GPOINTER_TO_INT (data), NULL);
  g_assert_no_error (error);
  world_expect (world,
                GPOINTER_TO_INT (data) == CONFSYNC_CHOICE_THEIRS ? "{'v':1}" : "{'old':1}");
}

#define ADD(path, function) \
  g_test_add (path, World, NULL, world_set_up, function, world_tear_down)

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  ADD ("/roles/send-only/takes-nothing", test_send_only);
  ADD ("/roles/send-only/edits", test_send_only_edits);
  ADD ("/roles/receive-only/reverted", test_receive_only);
  ADD ("/roles/receive-only/replaced", test_receive_only_replaced);
  ADD ("/roles/receive-only/restart", test_receive_only_restart);
  ADD ("/roles/receive-only/refuses", test_receive_only_refuses);
  ADD ("/roles/relays", test_relays);
  ADD ("/joins/adopt", test_adopt);
  ADD ("/joins/keep", test_keep);
  g_test_add ("/joins/ask/theirs", World, GINT_TO_POINTER (CONFSYNC_CHOICE_THEIRS), world_set_up,
              test_ask, world_tear_down);
  g_test_add ("/joins/ask/ours", World, GINT_TO_POINTER (CONFSYNC_CHOICE_OURS), world_set_up,
              test_ask, world_tear_down);
  return g_test_run ();
}
