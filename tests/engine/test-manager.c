/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * A manager's life: starting and stopping at any moment, and what may go wrong with its parts.
 */

#include "fault-store.h"
#include "poke-watcher.h"
#include "raw-peer.h"

static void
count_cb (GObject *object, GParamSpec *pspec, guint *n)
{
  (*n)++;
}

static void
test_life (World *world, gconstpointer data)
{
  Instance *a = world_add (world, "a");
  g_auto (Answer) twice = { 0 }, first = { 0 }, second = { 0 }, again = { 0 };
  guint n_running = 0;

  instance_edit (a, "{'v':1}");
  instance_make (world, a);
  g_signal_connect (a->manager, "notify::running", G_CALLBACK (count_cb), &n_running);
  g_assert_false (confsync_manager_is_running (a->manager));
  instance_start (world, a);
  g_assert_true (confsync_manager_is_running (a->manager));
  g_assert_cmpuint (n_running, ==, 1);
  confsync_manager_start_async (a->manager, NULL, answer_cb, &twice);
  answer_await (world, &twice);
  g_assert_error (twice.error, CONFSYNC_ERROR, CONFSYNC_ERROR_BUSY);

  confsync_manager_stop_async (a->manager, NULL, answer_cb, &first);
  confsync_manager_stop_async (a->manager, NULL, answer_cb, &second);
  answer_await (world, &first);
  g_assert_no_error (first.error);
  g_assert_no_error (second.error);
  g_assert_cmpuint (second.answers, ==, 1);
  g_assert_false (confsync_manager_is_running (a->manager));
  g_assert_cmpuint (n_running, ==, 2);

  confsync_manager_start_async (a->manager, NULL, answer_cb, &again);
  answer_await (world, &again);
  g_assert_no_error (again.error);
  world_expect (world, "{'v':1}");
  instance_edit (a, "{'v':2}");
  world_expect (world, "{'v':2}");
  g_signal_handlers_disconnect_by_data (a->manager, &n_running);
}

/* Wherever the start has got to: it fails once, and nothing of it comes later. */
static void
test_stop_during_start (World *world, gconstpointer data)
{
  for (guint turns = 0; turns < 12; turns++)
    {
      g_auto (Answer) started = { 0 }, stopped = { 0 };
      Instance *a = world_add (world, "a");
      g_autofree char *address = g_strdup_printf ("loopback:a%u", turns);

      instance_edit (a, "{'v':1}");
      instance_make (world, a);
      instance_listen (a, address);
      confsync_manager_start_async (a->manager, NULL, answer_cb, &started);
      for (guint i = 0; i < turns; i++)
        g_main_context_iteration (NULL, FALSE);
      confsync_manager_stop_async (a->manager, NULL, answer_cb, &stopped);
      answer_await (world, &stopped);
      g_assert_cmpuint (started.answers, ==, 1);
      if (started.error != NULL)
        g_assert_error (started.error, CONFSYNC_ERROR, CONFSYNC_ERROR_CLOSED);
      g_assert_false (confsync_manager_is_running (a->manager));
      instance_clear_events (a);
      instance_edit (a, "{'v':2}");
      world_pass (world, 60 * 1000);
      g_assert_cmpuint (a->events->len, ==, 0);
      instance_start (world, a);
      world_pass (world, 1);
      instance_assert_live (a, "{'v':2}");
      instance_stop (world, a);
    }
}

/* The answers to the first start must not disturb the second. */
static void
test_quick_restart (World *world, gconstpointer data)
{
  for (guint turns = 0; turns < 12; turns++)
    {
      g_auto (Answer) started = { 0 }, stopped = { 0 }, again = { 0 };
      Instance *a = world_add (world, "a");
      g_autofree char *address = g_strdup_printf ("loopback:a%u", turns);

      instance_edit (a, "{'v':1}");
      instance_make (world, a);
      instance_listen (a, address);
      confsync_manager_start_async (a->manager, NULL, answer_cb, &started);
      for (guint i = 0; i < turns; i++)
        g_main_context_iteration (NULL, FALSE);
      confsync_manager_stop_async (a->manager, NULL, answer_cb, &stopped);
      confsync_manager_start_async (a->manager, NULL, answer_cb, &again);
      answer_await (world, &again);
      g_assert_no_error (again.error);
      g_assert_cmpuint (started.answers, ==, 1);
      g_assert_cmpuint (stopped.answers, ==, 1);
      g_assert_true (confsync_manager_is_running (a->manager));
      instance_edit (a, "{'v':2}");
      world_expect (world, "{'v':2}");
      instance_stop (world, a);
    }
}

static void
gone_cb (gpointer data, GObject *where_the_object_was)
{
  (*(guint *) data)++;
}

static void
test_dispose_while_running (World *world, gconstpointer data)
{
  Instance *a = world_add (world, "a");
  guint gone = 0;

  instance_edit (a, "{'v':1}");
  instance_make (world, a);
  instance_listen (a, "loopback:a");
  instance_start (world, a);
  instance_edit (a, "{'v':2}");
  g_object_weak_ref (G_OBJECT (a->manager), gone_cb, &gone);
  g_object_weak_ref (G_OBJECT (a->node), gone_cb, &gone);
  g_clear_object (&a->manager);
  g_clear_object (&a->node);
  world_pass (world, 100);
  g_assert_cmpuint (gone, ==, 2);
  g_assert_false (poke_watcher_is_started (a->watcher));
}

static void
test_bad_parts (World *world, gconstpointer data)
{
  g_auto (Answer) pathless = { 0 }, unresolved = { 0 };
  ConfsyncManager *manager = g_object_new (CONFSYNC_TYPE_MANAGER, NULL);

  confsync_manager_start_async (manager, NULL, answer_cb, &pathless);
  answer_await (world, &pathless);
  g_assert_error (pathless.error, CONFSYNC_ERROR, CONFSYNC_ERROR_FAILED);
  g_assert_finalize_object (manager);

  manager = g_object_new (CONFSYNC_TYPE_MANAGER, "config-path", "/nowhere/config.json",
                          "resolver-name", "oracle", NULL);
  confsync_manager_start_async (manager, NULL, answer_cb, &unresolved);
  answer_await (world, &unresolved);
  g_assert_error (unresolved.error, CONFSYNC_ERROR, CONFSYNC_ERROR_NOT_FOUND);
  g_assert_nonnull (strstr (unresolved.error->message, "oracle"));
  g_assert_false (confsync_manager_is_running (manager));
  g_assert_finalize_object (manager);
}

/* No listener, no start; and nothing stays behind to trouble the next one. */
static void
test_listener_in_use (World *world, gconstpointer data)
{
  Instance *a = world_add (world, "a");
  g_autoptr (TestPort) port = raw_listen (world, "loopback:taken");
  g_auto (Answer) answer = { 0 };

  instance_edit (a, "{'v':1}");
  instance_make (world, a);
  instance_listen (a, "loopback:free");
  instance_listen (a, "loopback:taken");
  confsync_manager_start_async (a->manager, NULL, answer_cb, &answer);
  answer_await (world, &answer);
  g_assert_error (answer.error, G_IO_ERROR, G_IO_ERROR_ADDRESS_IN_USE);
  g_assert_false (confsync_manager_is_running (a->manager));
  confsync_listener_stop (port->listener);
  instance_start (world, a);
  world_expect (world, "{'v':1}");
}

static void
stop_other_cb (ConfsyncManager *manager,
               ConfsyncDocument *document,
               const char *author,
               gboolean local,
               ConfsyncManager *other)
{
  confsync_manager_stop_async (other, NULL, NULL, NULL);
}

/* A handler may stop whatever it likes, its own manager included. */
static void
test_stop_in_handler (World *world, gconstpointer data)
{
  Instance *a = world_add_listening (world, "a", "{'v':1}");

  g_signal_connect (a->manager, "changed", G_CALLBACK (stop_other_cb), a->manager);
  instance_edit (a, "{'v':2}");
  world_pass (world, 100);
  g_assert_false (confsync_manager_is_running (a->manager));
}

static void
stop_document (World *world, ConfsyncManager *manager)
{
  g_auto (Answer) answer = { 0 };

  confsync_manager_stop_async (manager, NULL, answer_cb, &answer);
  answer_await (world, &answer);
  world_pass (world, 10);
  g_assert_finalize_object (manager);
}

static char *
run_once (World *world, ConfsyncStore *store)
{
  g_autoptr (ConfsyncNode) node =
    g_object_new (CONFSYNC_TYPE_NODE, "clock", world->clock, NULL);
  ConfsyncManager *manager =
    g_object_new (CONFSYNC_TYPE_MANAGER, "node", node, "store", store, NULL);
  g_auto (Answer) answer = { 0 };
  char *id;

  confsync_manager_start_async (manager, NULL, answer_cb, &answer);
  answer_await (world, &answer);
  g_assert_no_error (answer.error);
  id = g_strdup (confsync_node_get_instance_id (node));
  g_assert_false (confsync_node_set_instance_id (node, "other", NULL));
  stop_document (world, manager);
  return id;
}

static void
test_instance_id (World *world, gconstpointer data)
{
  g_autoptr (ConfsyncMemoryStore) store = confsync_memory_store_new ();
  g_autoptr (ConfsyncMemoryStore) another = confsync_memory_store_new ();
  g_autofree char *first = run_once (world, CONFSYNC_STORE (store));
  g_autofree char *second = run_once (world, CONFSYNC_STORE (store));
  g_autofree char *other = run_once (world, CONFSYNC_STORE (another));

  g_assert_cmpstr (first, ==, second);
  g_assert_cmpstr (first, !=, other);
}

static void
assert_holds (ConfsyncManager *manager, const char *text)
{
  g_autoptr (ConfsyncDocument) document = confsync_manager_dup_document (manager);

  test_assert_document (document, text);
}

/* Stores of the application's own may fail wherever they like. */
static void
test_failing_store (World *world, gconstpointer data)
{
  g_autoptr (FaultStore) store = fault_store_new ("{'v':1}");
  ConfsyncManager *manager = g_object_new (CONFSYNC_TYPE_MANAGER, "store", store, NULL);
  g_autoptr (ConfsyncDocument) document = test_document ("{'v':2}");
  g_auto (Answer) bad_start = { 0 }, start = { 0 }, bad_save = { 0 }, save = { 0 };

  fault_store_break (store, "load_state");
  confsync_manager_start_async (manager, NULL, answer_cb, &bad_start);
  answer_await (world, &bad_start);
  g_assert_error (bad_start.error, G_IO_ERROR, G_IO_ERROR_NO_SPACE);
  g_assert_false (confsync_manager_is_running (manager));

  fault_store_break (store, NULL);
  confsync_manager_start_async (manager, NULL, answer_cb, &start);
  answer_await (world, &start);
  g_assert_no_error (start.error);
  fault_store_break (store, "save");
  confsync_manager_set_document_async (manager, document, CONFSYNC_EDIT_NONE, NULL, answer_cb,
                                       &bad_save);
  answer_await (world, &bad_save);
  g_assert_error (bad_save.error, CONFSYNC_ERROR, CONFSYNC_ERROR_FAILED);
  g_assert_nonnull (strstr (bad_save.error->message, "save is broken"));
  assert_holds (manager, "{'v':1}");
  fault_store_break (store, NULL);
  confsync_manager_set_document_async (manager, document, CONFSYNC_EDIT_NONE, NULL, answer_cb,
                                       &save);
  answer_await (world, &save);
  g_assert_no_error (save.error);
  assert_holds (manager, "{'v':2}");
  stop_document (world, manager);
}

#define ADD(path, function) \
  g_test_add (path, World, NULL, world_set_up, function, world_tear_down)

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  ADD ("/manager/life", test_life);
  ADD ("/manager/stop-during-start", test_stop_during_start);
  ADD ("/manager/quick-restart", test_quick_restart);
  ADD ("/manager/dispose-while-running", test_dispose_while_running);
  ADD ("/manager/bad-parts", test_bad_parts);
  ADD ("/manager/listener-in-use", test_listener_in_use);
  ADD ("/manager/stop-in-handler", test_stop_in_handler);
  ADD ("/manager/instance-id", test_instance_id);
  ADD ("/manager/failing-store", test_failing_store);
  return g_test_run ();
}
