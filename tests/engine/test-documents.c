/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Several documents on one node, and syncs by force.
 */

#include "raw-peer.h"

static void
force (Instance *self, GCancellable *cancellable, Answer *answer)
{
  confsync_manager_force_sync_async (self->manager, cancellable, answer_cb, answer);
}

static void
test_force_sync (World *world, gconstpointer data)
{
  Instance *a = world_add (world, "a");
  const char *const ids[] = { "b", "c", "d" };
  g_auto (Answer) none = { 0 }, empty = { 0 }, several = { 0 };

  instance_make (world, a);
  instance_listen (a, "loopback:a");
  instance_start (world, a);
  force (a, NULL, &empty);
  answer_await (world, &empty);
  g_assert_no_error (empty.error);
  instance_set (world, a, "{'v':1}");
  force (a, NULL, &none);
  answer_await (world, &none);
  g_assert_no_error (none.error);
  for (guint i = 0; i < G_N_ELEMENTS (ids); i++)
    {
      Instance *other = world_add (world, ids[i]);

      instance_make (world, other);
      instance_dial (other, "loopback:a?delay=20");
      instance_start (world, other);
    }
  world_expect (world, "{'v':1}");
  instance_edit (a, "{'v':2}");
  force (a, NULL, &several);
  world_pass (world, 5);
  g_assert_cmpuint (several.answers, ==, 0);
  g_assert_true (world_wait (world, answer_came, &several, 1000));
  g_assert_no_error (several.error);
  for (guint i = 0; i < G_N_ELEMENTS (ids); i++)
    instance_assert_live (world->instances->pdata[i + 1], "{'v':2}");
}

/* Who never answers: it ends when one gives up, when the link goes, or with a stop. */
static void
test_force_sync_unanswered (World *world, gconstpointer data)
{
  Instance *a = world_add (world, "a");
  g_autoptr (TestEnd) end = NULL;
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_auto (Answer) cancelled = { 0 }, dropped = { 0 }, stopped = { 0 };
  g_autofree char *heads = g_strdup_printf (
    "{'type':'heads','timestamp':1,'instance_id':'r','config_hash':null,"
    "'heads':[{'document':'','stamp':null,'hash':null}]}");

  instance_edit (a, "{'v':1}");
  instance_make (world, a);
  instance_listen (a, "loopback:a");
  instance_start (world, a);
  world_pass (world, 1);
  end = raw_link (world, "loopback:a", "r", "s");
  raw_send (world, end, heads);
  force (a, cancellable, &cancelled);
  force (a, NULL, &dropped);
  world_pass (world, 1000);
  g_assert_cmpuint (cancelled.answers + dropped.answers, ==, 0);
  g_cancellable_cancel (cancellable);
  world_pass (world, 1);
  g_assert_error (cancelled.error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_assert_cmpuint (dropped.answers, ==, 0);
  confsync_channel_close (end->channel);
  world_pass (world, 10);
  g_assert_cmpuint (dropped.answers, ==, 1);
  g_assert_no_error (dropped.error);

  test_end_free (g_steal_pointer (&end));
  end = raw_link (world, "loopback:a", "r", "s");
  raw_send (world, end, heads);
  force (a, NULL, &stopped);
  instance_stop (world, a);
  g_assert_error (stopped.error, CONFSYNC_ERROR, CONFSYNC_ERROR_CLOSED);
}

static void
test_force_sync_late_cancel (World *world, gconstpointer data)
{
  Instance *a = world_add (world, "a"), *b = world_add (world, "b");
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_auto (Answer) alone = { 0 }, synced = { 0 }, stopped = { 0 };

  g_test_summary ("Who cancels after the answer, or after the end, is too late, and no harm done");
  instance_edit (a, "{'v':1}");
  instance_make (world, a);
  instance_listen (a, "loopback:a");
  instance_start (world, a);
  force (a, cancellable, &alone);
  g_cancellable_cancel (cancellable);
  world_pass (world, 1);
  g_assert_cmpuint (alone.answers, ==, 1);
  g_cancellable_reset (cancellable);

  instance_make (world, b);
  instance_dial (b, "loopback:a?delay=20");
  instance_start (world, b);
  world_expect (world, "{'v':1}");
  force (a, cancellable, &synced);
  answer_await (world, &synced);
  g_assert_no_error (synced.error);
  instance_edit (a, "{'v':2}");
  world_pass (world, 1);
  force (a, cancellable, &stopped);
  instance_stop (world, a);
  g_cancellable_cancel (cancellable);
  world_pass (world, 1);
  g_assert_cmpuint (synced.answers, ==, 1);
  g_assert_cmpuint (stopped.answers, ==, 1);
}

/* A peer that has other documents only. */
static void
test_force_sync_stranger (World *world, gconstpointer data)
{
  Instance *a = world_add (world, "a");
  g_autoptr (TestEnd) end = NULL;
  g_auto (Answer) answer = { 0 };

  instance_edit (a, "{'v':1}");
  instance_make (world, a);
  instance_listen (a, "loopback:a");
  instance_start (world, a);
  world_pass (world, 1);
  end = raw_link (world, "loopback:a", "r", "s");
  force (a, NULL, &answer);
  answer_await (world, &answer);
  g_assert_no_error (answer.error);
}

static ConfsyncManager *
make_document (World *world, ConfsyncNode *node, const char *name, const char *text)
{
  g_autoptr (ConfsyncMemoryStore) store = confsync_memory_store_new ();
  g_autoptr (ConfsyncDocument) document = text != NULL ? test_document (text) : NULL;
  g_auto (Answer) answer = { 0 };
  ConfsyncManager *manager;

  if (document != NULL)
    confsync_memory_store_edit (store, document);
  manager = g_object_new (CONFSYNC_TYPE_MANAGER, "node", node, "name", name, "store", store, NULL);
  confsync_manager_start_async (manager, NULL, answer_cb, &answer);
  answer_await (world, &answer);
  g_assert_no_error (answer.error);
  return manager;
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

static void
assert_holds (ConfsyncManager *manager, const char *text)
{
  g_autoptr (ConfsyncDocument) document = confsync_manager_dup_document (manager);

  test_assert_document (document, text);
}

static void
set_and_wait (World *world, ConfsyncManager *manager, const char *text)
{
  g_autoptr (ConfsyncDocument) document = test_document (text);
  g_auto (Answer) answer = { 0 };

  confsync_manager_set_document_async (manager, document, CONFSYNC_EDIT_NONE, NULL, answer_cb,
                                       &answer);
  answer_await (world, &answer);
  g_assert_no_error (answer.error);
}

/* Documents of one node share its links and go each its own way. */
static void
test_documents (World *world, gconstpointer data)
{
  g_autoptr (ConfsyncNode) here = g_object_new (CONFSYNC_TYPE_NODE, "instance-id", "a", "clock",
                                                world->clock, NULL);
  g_autoptr (ConfsyncNode) there = g_object_new (CONFSYNC_TYPE_NODE, "instance-id", "b", "clock",
                                                 world->clock, NULL);
  g_autoptr (GPtrArray) peers = NULL;
  ConfsyncManager *x, *y, *z, *other_x, *other_y, *twin;
  g_autoptr (ConfsyncMemoryStore) store = confsync_memory_store_new ();
  g_auto (Answer) answer = { 0 };
  gboolean runs = TRUE;

  confsync_node_add_listener (here, "loopback:a", NULL);
  confsync_node_add_peer (there, "loopback:a", NULL);
  x = make_document (world, here, "x", "{'x':1}");
  y = make_document (world, here, "y", "{'y':1}");
  z = make_document (world, here, "z", "{'z':1}");
  other_x = make_document (world, there, "x", NULL);
  world_pass (world, 100);
  other_y = make_document (world, there, "y", NULL);
  world_pass (world, 100);
  assert_holds (other_x, "{'x':1}");
  assert_holds (other_y, "{'y':1}");
  peers = confsync_node_list_peers (there);
  g_assert_cmpuint (peers->len, ==, 1);

  /* a second one of a name is refused, and the first one lives on */
  twin = g_object_new (CONFSYNC_TYPE_MANAGER, "node", here, "name", "x", "store", store, NULL);
  confsync_manager_start_async (twin, NULL, answer_cb, &answer);
  answer_await (world, &answer);
  g_assert_error (answer.error, CONFSYNC_ERROR, CONFSYNC_ERROR_BUSY);
  world_pass (world, 10);
  g_assert_finalize_object (twin);
  set_and_wait (world, other_x, "{'x':2}");
  world_pass (world, 100);
  assert_holds (x, "{'x':2}");

  /* one goes, and the node with its other documents stays */
  stop_document (world, x);
  set_and_wait (world, y, "{'y':2}");
  world_pass (world, 100);
  assert_holds (other_y, "{'y':2}");
  stop_document (world, y);
  stop_document (world, z);
  g_object_get (here, "running", &runs, NULL);
  g_assert_false (runs);
  stop_document (world, other_x);
  stop_document (world, other_y);
  world_pass (world, 100);
}

#define ADD(path, function) \
  g_test_add (path, World, NULL, world_set_up, function, world_tear_down)

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  ADD ("/documents/force-sync", test_force_sync);
  ADD ("/documents/force-sync-unanswered", test_force_sync_unanswered);
  ADD ("/documents/force-sync-late-cancel", test_force_sync_late_cancel);
  ADD ("/documents/force-sync-stranger", test_force_sync_stranger);
  ADD ("/documents/documents", test_documents);
  return g_test_run ();
}
