/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Making, asking and ending a manager in a thread of its own.
 */

#include "thread-fixture.h"

#include <poll.h>

gpointer
make_plugin (GType interface_type, const char *name)
{
  g_autoptr (GError) error = NULL;
  GType type = confsync_registry_find (interface_type, name, &error);

  g_assert_no_error (error);
  return g_object_new (type, NULL);
}

ConfsyncManager *
make_manager (ConfsyncStore *store, const char *listen_address)
{
  g_autoptr (ConfsyncResolver) resolver = make_plugin (CONFSYNC_TYPE_RESOLVER, "lww");
  g_autoptr (ConfsyncTransport) transport = make_plugin (CONFSYNC_TYPE_TRANSPORT, "loopback");
  g_autoptr (ConfsyncNode) node = confsync_node_new ("a");
  g_autoptr (GError) error = NULL;

  confsync_node_add_transport (node, transport);
  if (listen_address != NULL)
    confsync_node_add_listener (node, listen_address, &error);
  g_assert_no_error (error);
  return g_object_new (CONFSYNC_TYPE_MANAGER, "node", node, "store", store, "resolver", resolver,
                       NULL);
}

void
thread_set_up (ThreadFixture *fixture, gconstpointer data)
{
  g_autoptr (ConfsyncDocument) document = test_document ("{'n':0}");
  g_autoptr (ConfsyncManager) manager = NULL;

  fixture->store = CONFSYNC_STORE (confsync_memory_store_new ());
  confsync_memory_store_edit (CONFSYNC_MEMORY_STORE (fixture->store), document);
  confsync_memory_store_set_max_versions (CONFSYNC_MEMORY_STORE (fixture->store), 10);
  manager = make_manager (fixture->store, data);
  fixture->thread = confsync_thread_new (manager);
}

gboolean
is_unused (gpointer data)
{
  return g_atomic_int_get (&G_OBJECT (data)->ref_count) == 1;
}

void
thread_tear_down (ThreadFixture *fixture, gconstpointer data)
{
  if (fixture->thread != NULL)
    {
      confsync_thread_close (fixture->thread);
      g_assert_finalize_object (fixture->thread);
    }
  /* the other end of a link may hold on to this one for a turn of its own loop */
  g_assert_true (test_wait_until (is_unused, fixture->store, TEST_DEADLINE_MS));
  g_assert_finalize_object (fixture->store);
}

guint64
check_id (guint64 id, GError *error)
{
  g_assert_no_error (error);
  g_assert_cmpuint (id, >, 0);
  return id;
}

ConfsyncNotification *
await_answer (ConfsyncThread *thread, guint64 id)
{
  g_autoptr (GError) error = NULL;
  ConfsyncNotification *answer =
    confsync_thread_wait (thread, id, TEST_DEADLINE_MS * G_GINT64_CONSTANT (1000), &error);

  g_assert_no_error (error);
  g_assert_cmpuint (confsync_notification_get_id (answer), ==, id);
  return answer;
}

void
expect_ok (ConfsyncThread *thread, guint64 id)
{
  g_autoptr (ConfsyncNotification) answer = await_answer (thread, id);
  g_autoptr (GError) error = NULL;

  g_assert_true (confsync_notification_check (answer, &error));
  g_assert_no_error (error);
}

ConfsyncNotification *
thread_next (ConfsyncThread *thread)
{
  struct pollfd poller = { confsync_thread_get_fd (thread), POLLIN, 0 };
  ConfsyncNotification *notification;

  g_assert_cmpint (poll (&poller, 1, TEST_DEADLINE_MS), ==, 1);
  notification = confsync_thread_pop (thread);
  g_assert_nonnull (notification);
  return notification;
}

ConfsyncNotification *
thread_next_of (ConfsyncThread *thread, ConfsyncNotificationKind kind)
{
  ConfsyncNotification *notification = thread_next (thread);

  while (confsync_notification_get_kind (notification) != kind)
    {
      confsync_notification_unref (notification);
      notification = thread_next (thread);
    }
  return notification;
}

gint64
get_n (ConfsyncNotification *changed)
{
  g_autoptr (ConfsyncJson) n = confsync_json_get_member (
    confsync_document_get_json (confsync_notification_get_document (changed)), "n");

  return confsync_json_get_integer (n);
}

guint64
set_n (ConfsyncThread *thread, guint n, GError **error)
{
  g_autofree char *text = g_strdup_printf ("{'n':%u}", n);
  g_autoptr (ConfsyncDocument) document = test_document (text);

  return confsync_thread_set_document (thread, document, CONFSYNC_EDIT_NONE, error);
}
