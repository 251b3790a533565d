/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * A manager in a thread of its own: what comes out of the queue and in which order, who may let go
 * of it when and where, and what a reader that is slow or away costs.
 */

#include "test-channel-end.h"
#include "thread-fixture.h"

static void
test_life (ThreadFixture *fixture, gconstpointer data)
{
  ConfsyncThread *thread = fixture->thread;
  g_autoptr (ConfsyncDocument) before = confsync_thread_dup_document (thread), known = NULL;
  g_autoptr (GError) error = NULL;
  guint64 id;

  g_assert_null (before);
  g_assert_false (confsync_thread_is_running (thread));
  g_assert_null (confsync_thread_pop (thread));
  expect_ok (thread, ASK (start, thread));
  g_assert_true (confsync_thread_is_running (thread));
  known = confsync_thread_dup_document (thread);
  test_assert_document (known, "{'n':0}");
  expect_error (thread, ASK (start, thread), CONFSYNC_ERROR, CONFSYNC_ERROR_BUSY);
  expect_ok (thread, ASK (stop, thread));
  g_assert_false (confsync_thread_is_running (thread));
  expect_error (thread, ASK (force_sync, thread), CONFSYNC_ERROR, CONFSYNC_ERROR_CLOSED);

  expect_ok (thread, ASK (start, thread));
  id = set_n (thread, 1, &error);
  expect_ok (thread, check_id (id, error));
  confsync_thread_close (thread);
  g_assert_true (confsync_thread_is_closed (thread));
  g_assert_false (confsync_thread_is_running (thread));
  g_assert_cmpuint (confsync_thread_start (thread, &error), ==, 0);
  g_assert_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_CLOSED);
  confsync_thread_cancel (thread, id);
  confsync_thread_close (thread);
  test_assert_document (confsync_memory_store_get_live (CONFSYNC_MEMORY_STORE (fixture->store)),
                        "{'n':1}");
}

/* Nobody asked for anything: there never was a thread. */
static void
test_unused (ThreadFixture *fixture, gconstpointer data)
{
  confsync_thread_close (fixture->thread);
  confsync_thread_close (fixture->thread);
}

/* An application that got its answer was told of the change before. */
static void
test_order (ThreadFixture *fixture, gconstpointer data)
{
  ConfsyncThread *thread = fixture->thread;
  guint64 last = 0, set;
  gint64 changed_to = -1;

  expect_ok (thread, ASK (start, thread));
  for (guint i = 1; i <= 20; i++)
    set = check_id (set_n (thread, i, NULL), NULL);
  while (last != set)
    {
      g_autoptr (ConfsyncNotification) news = thread_next (thread);

      switch (confsync_notification_get_kind (news))
        {
        case CONFSYNC_NOTIFICATION_ANSWER:
          g_assert_true (confsync_notification_check (news, NULL));
          g_assert_cmpuint (confsync_notification_get_id (news), >, last);
          last = confsync_notification_get_id (news);
          break;
        case CONFSYNC_NOTIFICATION_CHANGED:
          g_assert_true (confsync_notification_is_local (news));
          g_assert_cmpstr (confsync_notification_get_author (news), ==, "a");
          g_assert_cmpint (get_n (news), >, changed_to);
          changed_to = get_n (news);
          break;
        case CONFSYNC_NOTIFICATION_EVENT:
          g_assert_nonnull (confsync_notification_get_name (news));
          g_assert_nonnull (confsync_notification_get_details (news));
          break;
        default:
          g_assert_not_reached ();
        }
    }
  g_assert_cmpint (changed_to, ==, 20);
}

static ConfsyncJson *
make_object (guint n_members)
{
  GString *text = g_string_new ("{\"0\":0");
  g_autoptr (GBytes) bytes = NULL;
  g_autoptr (GError) error = NULL;
  ConfsyncJson *json;

  for (guint i = 1; i < n_members; i++)
    g_string_append_printf (text, ",\"%u\":%u", i, i);
  g_string_append_c (text, '}');
  bytes = g_string_free_to_bytes (text);
  json = confsync_json_parse (bytes, NULL, &error);
  g_assert_no_error (error);
  return json;
}

static void
test_edits (ThreadFixture *fixture, gconstpointer data)
{
  ConfsyncThread *thread = fixture->thread;
  g_autoptr (ConfsyncDocument) patch = test_document ("{'p':[{'op':'remove','path':'/big'}]}");
  g_autoptr (ConfsyncDocument) empty = test_document ("{}"), now = NULL;
  g_autoptr (ConfsyncJson) operations =
    confsync_json_get_member (confsync_document_get_json (patch), "p");
  /* more members than an object of json-glib may have */
  g_autoptr (ConfsyncJson) big = make_object (2 * CONFSYNC_JSON_NODE_MAX_MEMBERS);

  expect_error (thread, set_n (thread, 1, NULL), CONFSYNC_ERROR, CONFSYNC_ERROR_CLOSED);
  expect_ok (thread, ASK (start, thread));
  expect_ok (thread, ASK (set_value, thread, "/big", big));
  now = confsync_thread_dup_document (thread);
  g_assert_cmpuint (confsync_document_get_size (now), >, 2 * CONFSYNC_JSON_NODE_MAX_MEMBERS);
  expect_ok (thread, ASK (set_value, thread, "/a \"quoted\" é", operations));
  expect_ok (thread, ASK (patch, thread, operations));
  expect_error (thread, ASK (patch, thread, operations), CONFSYNC_ERROR,
                CONFSYNC_ERROR_INVALID_PATCH);
  expect_error (thread, ASK (set_value, thread, "/no/where", operations), CONFSYNC_ERROR,
                CONFSYNC_ERROR_INVALID_PATCH);
  expect_error (thread, ASK (set_document, thread, empty, CONFSYNC_EDIT_NONE), CONFSYNC_ERROR,
                CONFSYNC_ERROR_EMPTY);
  g_clear_pointer (&now, confsync_document_unref);
  now = confsync_thread_dup_document (thread);
  test_assert_document (
    now, "{'n':0,'a \\u0022quoted\\u0022 é':[{'op':'remove','path':'/big'}]}");
  expect_ok (thread, ASK (set_document, thread, empty, CONFSYNC_EDIT_ALLOW_EMPTY));
}

static void
test_questions (ThreadFixture *fixture, gconstpointer data)
{
  ConfsyncThread *thread = fixture->thread;
  g_autoptr (ConfsyncNotification) listed = NULL, got = NULL, status = NULL;
  g_autofree char *id = NULL;
  g_autoptr (GVariant) peers = NULL;
  GPtrArray *versions;
  gboolean running = FALSE;

  expect_ok (thread, ASK (query_status, thread));
  expect_ok (thread, ASK (start, thread));
  expect_ok (thread, set_n (thread, 5, NULL));
  listed = await_answer (thread, ASK (list_versions, thread));
  versions = confsync_notification_get_versions (listed);
  g_assert_cmpuint (versions->len, >=, 2);
  got = await_answer (thread, ASK (get_version, thread,
                                   confsync_version_get_name (versions->pdata[0])));
  test_assert_document (confsync_notification_get_document (got), "{'n':5}");
  expect_error (thread, ASK (get_version, thread, "config_19700101000000.json"), CONFSYNC_ERROR,
                CONFSYNC_ERROR_NOT_FOUND);
  expect_error (thread, ASK (add_peer, thread, "carrier-pigeon://hall"), CONFSYNC_ERROR,
                CONFSYNC_ERROR_INVALID_ADDRESS);
  expect_ok (thread, ASK (add_peer, thread, "loopback:nobody"));

  status = await_answer (thread, ASK (query_status, thread));
  g_variant_lookup (confsync_notification_get_details (status), "running", "b", &running);
  g_variant_lookup (confsync_notification_get_details (status), "instance-id", "s", &id);
  g_variant_lookup (confsync_notification_get_details (status), "peers", "@aa{sv}", &peers);
  g_assert_true (running);
  g_assert_cmpstr (id, ==, "a");
  g_assert_cmpuint (g_variant_n_children (peers), ==, 1);
}

/* A peer that says hello, holds nothing, and takes nothing. */
static TestEnd *
link_mute_peer (const char *address)
{
  g_autoptr (ConfsyncTransport) transport = make_plugin (CONFSYNC_TYPE_TRANSPORT, "loopback");
  TestEnd *end = test_end_dial (transport, address);

  test_end_wait_opened (end);
  test_end_send (end, "{\"type\":\"hello\",\"timestamp\":1.5,\"instance_id\":\"r\",\"config_hash\":"
                      "null,\"protocol\":1,\"session\":\"s\",\"nonce\":\"00\",\"capabilities\":[],"
                      "\"leaf\":false}");
  test_end_send (end, "{\"type\":\"heartbeat\",\"timestamp\":1.5,\"instance_id\":\"r\","
                      "\"config_hash\":null,\"digest\":\"\",\"probe\":false}");
  test_end_send (end, "{\"type\":\"heads\",\"timestamp\":1,\"instance_id\":\"r\",\"config_hash\":"
                      "null,\"heads\":[{\"document\":\"\",\"stamp\":null,\"hash\":null}]}");
  test_end_wait_messages (end, 3);
  return end;
}

static void
expect_peer_up (ConfsyncThread *thread)
{
  gboolean up = FALSE;

  while (!up)
    {
      g_autoptr (ConfsyncNotification) event = thread_next_of (thread, CONFSYNC_NOTIFICATION_EVENT);

      up = g_str_equal (confsync_notification_get_name (event), CONFSYNC_EVENT_PEER_UP);
    }
}

static void
test_cancel (ThreadFixture *fixture, gconstpointer data)
{
  ConfsyncThread *thread = fixture->thread;
  g_autoptr (TestEnd) end = NULL;
  g_autoptr (GError) error = NULL;
  guint64 id;

  expect_ok (thread, ASK (start, thread));
  end = link_mute_peer (data);
  expect_peer_up (thread);
  id = ASK (force_sync, thread);
  g_assert_null (confsync_thread_wait (thread, id, 20000, &error));
  g_assert_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_DEADLINE);
  confsync_thread_cancel (thread, id);
  expect_error (thread, id, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  confsync_thread_cancel (thread, id);
  confsync_thread_cancel (thread, 4711);
}

/* Whatever is open when it closes is answered, and can be read afterwards. */
static void
test_close_with_open (ThreadFixture *fixture, gconstpointer data)
{
  ConfsyncThread *thread = fixture->thread;
  g_autoptr (TestEnd) end = NULL;
  guint64 sync, set;
  g_autoptr (ConfsyncNotification) answer = NULL;

  expect_ok (thread, ASK (start, thread));
  end = link_mute_peer (data);
  expect_peer_up (thread);
  sync = ASK (force_sync, thread);
  set = set_n (thread, 9, NULL);
  confsync_thread_close (thread);
  expect_error (thread, sync, CONFSYNC_ERROR, CONFSYNC_ERROR_CLOSED);
  answer = await_answer (thread, set);
  g_assert_true (confsync_notification_check (answer, NULL) ||
                 confsync_notification_get_error (answer)->code == CONFSYNC_ERROR_CLOSED);
}

/* At any moment of a start. */
static void
test_close_early (ThreadFixture *fixture, gconstpointer data)
{
  for (guint i = 0; i < 50; i++)
    {
      g_autoptr (ConfsyncManager) manager = make_manager (fixture->store, NULL);
      g_autoptr (ConfsyncThread) thread = confsync_thread_new (manager);
      guint64 started = ASK (start, thread), set = set_n (thread, i, NULL);

      if (i % 2 != 0)
        expect_ok (thread, started);
      confsync_thread_close (thread);
      if (i % 2 == 0)
        confsync_notification_unref (await_answer (thread, started));
      confsync_notification_unref (await_answer (thread, set));
    }
}

static gpointer
unref_thread (gpointer data)
{
  g_object_unref (data);
  return NULL;
}

/* Nobody closes it: it ends by itself. */
static void
test_drop (ThreadFixture *fixture, gconstpointer data)
{
  GThread *other;

  expect_ok (fixture->thread, ASK (start, fixture->thread));
  set_n (fixture->thread, 3, NULL);
  other = g_thread_new ("other", unref_thread, g_steal_pointer (&fixture->thread));
  g_thread_join (other);
  g_assert_true (test_wait_until (is_unused, fixture->store, TEST_DEADLINE_MS));
}

static void
drop_cb (ConfsyncManager *manager,
         ConfsyncDocument *document,
         const char *author,
         gboolean local,
         ConfsyncThread **thread)
{
  g_autoptr (GError) error = NULL;

  /* what a plugin or a handler in the thread itself may do */
  g_assert_null (confsync_thread_wait (*thread, ASK (query_status, *thread), -1, &error));
  g_assert_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_BUSY);
  confsync_thread_close (*thread);
  g_clear_object (thread);
}

/* The last reference goes in the thread itself. */
static void
test_drop_inside (ThreadFixture *fixture, gconstpointer data)
{
  g_autoptr (ConfsyncManager) manager = make_manager (fixture->store, NULL);
  ConfsyncThread *thread = confsync_thread_new (manager);

  g_clear_object (&fixture->thread);
  g_signal_connect (manager, "changed", G_CALLBACK (drop_cb), &thread);
  g_clear_object (&manager);
  confsync_thread_start (thread, NULL);
  g_assert_true (test_wait_until (is_unused, fixture->store, TEST_DEADLINE_MS));
  g_assert_null (thread);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(name, function, address)                                                              \
  g_test_add ("/thread/" name, ThreadFixture, address, thread_set_up, function,        \
              thread_tear_down)
  ADD ("life", test_life, NULL);
  ADD ("unused", test_unused, NULL);
  ADD ("order", test_order, NULL);
  ADD ("edits", test_edits, NULL);
  ADD ("questions", test_questions, NULL);
  ADD ("cancel", test_cancel, "loopback:cancel");
  ADD ("close-with-open", test_close_with_open, "loopback:open");
  ADD ("close-early", test_close_early, NULL);
  ADD ("drop", test_drop, NULL);
  ADD ("drop-inside", test_drop_inside, NULL);
  return g_test_run ();
}
