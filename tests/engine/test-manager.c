/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * The manager as an application uses it: its life, edits, signals and errors.
 */

#include "fault-store.h"
#include "raw-peer.h"

#include "poke-watcher.h"
#include "test-util.h"

#include <glib/gstdio.h>

static Instance *
add_started (World *world, const char *text)
{
  Instance *self = world_add (world, "a");

  if (text != NULL)
    instance_edit (self, text);
  instance_start (world, self);
  world_pass (world, 1);
  return self;
}

/* The one callback of every call that ends with a boolean. */
static void
ended_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Answer *answer = user_data;

  answer->answers++;
  answer->ok = g_task_propagate_boolean (G_TASK (result), &answer->error);
}

static void
await (World *world, Answer *answer)
{
  g_assert_cmpuint (answer->answers, ==, 0);
  g_assert_true (world_wait (world, answer_came, answer, TEST_DEADLINE_MS));
  world_pass (world, 10);
  g_assert_cmpuint (answer->answers, ==, 1);
  g_assert_true (answer->ok == (answer->error == NULL));
}

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
  confsync_manager_start_async (a->manager, NULL, ended_cb, &twice);
  await (world, &twice);
  g_assert_error (twice.error, CONFSYNC_ERROR, CONFSYNC_ERROR_BUSY);

  confsync_manager_stop_async (a->manager, NULL, ended_cb, &first);
  confsync_manager_stop_async (a->manager, NULL, ended_cb, &second);
  await (world, &first);
  g_assert_no_error (first.error);
  g_assert_no_error (second.error);
  g_assert_cmpuint (second.answers, ==, 1);
  g_assert_false (confsync_manager_is_running (a->manager));
  g_assert_cmpuint (n_running, ==, 2);

  confsync_manager_start_async (a->manager, NULL, ended_cb, &again);
  await (world, &again);
  g_assert_no_error (again.error);
  world_expect (world, "{'v':1}");
  instance_edit (a, "{'v':2}");
  world_expect (world, "{'v':2}");
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
      confsync_manager_start_async (a->manager, NULL, ended_cb, &started);
      for (guint i = 0; i < turns; i++)
        g_main_context_iteration (NULL, FALSE);
      confsync_manager_stop_async (a->manager, NULL, ended_cb, &stopped);
      await (world, &stopped);
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
      confsync_manager_start_async (a->manager, NULL, ended_cb, &started);
      for (guint i = 0; i < turns; i++)
        g_main_context_iteration (NULL, FALSE);
      confsync_manager_stop_async (a->manager, NULL, ended_cb, &stopped);
      confsync_manager_start_async (a->manager, NULL, ended_cb, &again);
      await (world, &again);
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

  confsync_manager_start_async (manager, NULL, ended_cb, &pathless);
  await (world, &pathless);
  g_assert_error (pathless.error, CONFSYNC_ERROR, CONFSYNC_ERROR_FAILED);
  g_assert_finalize_object (manager);

  manager = g_object_new (CONFSYNC_TYPE_MANAGER, "config-path", "/nowhere/config.json",
                          "resolver-name", "oracle", NULL);
  confsync_manager_start_async (manager, NULL, ended_cb, &unresolved);
  await (world, &unresolved);
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
  confsync_manager_start_async (a->manager, NULL, ended_cb, &answer);
  await (world, &answer);
  g_assert_error (answer.error, G_IO_ERROR, G_IO_ERROR_ADDRESS_IN_USE);
  g_assert_false (confsync_manager_is_running (a->manager));
  confsync_listener_stop (port->listener);
  instance_start (world, a);
  world_expect (world, "{'v':1}");
}

static void
test_nothing (World *world, gconstpointer data)
{
  Instance *a = add_started (world, NULL);

  g_assert_nonnull (instance_find_event (a, CONFSYNC_EVENT_WAITING));
  g_assert_null (confsync_manager_dup_document (a->manager));
  instance_edit (a, "{}");
  world_pass (world, 2000);
  g_assert_null (confsync_manager_dup_document (a->manager));
  instance_edit (a, "{'v':1}");
  world_expect (world, "{'v':1}");
  instance_clear_events (a);
  instance_edit (a, "{}");
  world_pass (world, 2000);
  world_expect (world, "{'v':1}");
  g_assert_cmpint (instance_find_event (a, CONFSYNC_EVENT_WAITING)->level, ==,
                   CONFSYNC_LEVEL_WARNING);
  instance_edit (a, NULL);
  world_pass (world, 2000);
  world_expect (world, "{'v':1}");
  instance_edit (a, "{'v':2}");
  world_expect (world, "{'v':2}");
}

static JsonNode *
parse_node (const char *text)
{
  g_autofree char *quoted = g_strdelimit (g_strdup (text), "'", '"');
  g_autoptr (GError) error = NULL;
  JsonNode *node = json_from_string (quoted, &error);

  g_assert_no_error (error);
  return node;
}

static void
set_value (World *world, Instance *self, const char *pointer, const char *text, Answer *answer)
{
  g_autoptr (JsonNode) node = parse_node (text);

  confsync_manager_set_value_async (self->manager, pointer, node, NULL, ended_cb, answer);
  await (world, answer);
}

static void
patch (World *world, Instance *self, const char *text, Answer *answer)
{
  g_autofree char *quoted = g_strdelimit (g_strdup (text), "'", '"');
  g_autoptr (GBytes) bytes = g_bytes_new (quoted, strlen (quoted));
  g_autoptr (GError) error = NULL;
  g_autoptr (ConfsyncJson) json = confsync_json_parse (bytes, NULL, &error);

  g_assert_no_error (error);
  confsync_manager_patch_async (self->manager, json, NULL, ended_cb, answer);
  await (world, answer);
}

static void
set_document (World *world,
              Instance *self,
              const char *text,
              ConfsyncEditFlags flags,
              Answer *answer)
{
  g_autoptr (ConfsyncDocument) document = test_document (text);

  confsync_manager_set_document_async (self->manager, document, flags, NULL, ended_cb, answer);
  await (world, answer);
}

/* of one edit that must fail */
#define assert_fails(call, code)                                                                   \
  G_STMT_START                                                                                     \
  {                                                                                                \
    g_auto (Answer) answer = { 0 };                                                                \
    call;                                                                                          \
    g_assert_error (answer.error, CONFSYNC_ERROR, code);                                           \
  }                                                                                                \
  G_STMT_END

#define assert_works(call)                                                                         \
  G_STMT_START                                                                                     \
  {                                                                                                \
    g_auto (Answer) answer = { 0 };                                                                \
    call;                                                                                          \
    g_assert_no_error (answer.error);                                                              \
  }                                                                                                \
  G_STMT_END

static void
test_edits (World *world, gconstpointer data)
{
  Instance *a = add_started (world, "{'list':[1,2],'zones':{'hall':{'on':true}}}");

  assert_works (set_value (world, a, "/zones/hall/on", "false", &answer));
  instance_assert_live (a, "{'list':[1,2],'zones':{'hall':{'on':false}}}");
  assert_works (set_value (world, a, "/zones/attic", "{'on':null}", &answer));
  assert_works (set_value (world, a, "/list/-", "3", &answer));
  assert_works (set_value (world, a, "/list/0", "'x'", &answer));
  instance_assert_live (a,
                        "{'list':['x',1,2,3],'zones':{'attic':{'on':null},'hall':{'on':false}}}");
  assert_works (patch (world, a,
                       "[{'op':'remove','path':'/list'},{'op':'test','path':'/zones/hall/on',"
                       "'value':false},{'op':'remove','path':'/zones/attic'}]",
                       &answer));
  instance_assert_live (a, "{'zones':{'hall':{'on':false}}}");
  assert_works (set_value (world, a, "", "{'whole':[]}", &answer));
  instance_assert_live (a, "{'whole':[]}");
  /* the same again is no edit */
  a->n_changed = 0;
  assert_works (set_document (world, a, "{ 'whole' : [ ] }", CONFSYNC_EDIT_NONE, &answer));
  g_assert_cmpuint (a->n_changed, ==, 0);
}

static void
test_bad_edits (World *world, gconstpointer data)
{
  Instance *a = add_started (world, "{'v':1}");
  g_autoptr (GError) error = NULL;

  assert_fails (set_document (world, a, "{}", CONFSYNC_EDIT_NONE, &answer), CONFSYNC_ERROR_EMPTY);
  assert_fails (set_value (world, a, "/x/y", "1", &answer), CONFSYNC_ERROR_INVALID_PATCH);
  assert_fails (set_value (world, a, "x", "1", &answer), CONFSYNC_ERROR_INVALID_PATCH);
  assert_fails (set_value (world, a, "", "[]", &answer), CONFSYNC_ERROR_INVALID_DOCUMENT);
  assert_fails (patch (world, a, "{}", &answer), CONFSYNC_ERROR_INVALID_PATCH);
  assert_fails (patch (world, a,
                       "[{'op':'add','path':'/v','value':2},{'op':'remove','path':'/none'}]",
                       &answer),
                CONFSYNC_ERROR_INVALID_PATCH);
  assert_fails (patch (world, a, "[{'op':'remove','path':'/v'}]", &answer), CONFSYNC_ERROR_EMPTY);
  instance_assert_live (a, "{'v':1}");
  g_assert_null (confsync_manager_get_value (a->manager, "/none", &error));
  g_assert_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_NOT_FOUND);
  g_clear_error (&error);
  g_assert_null (confsync_manager_get_value (a->manager, "v", &error));
  g_assert_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_INVALID_POINTER);
  g_clear_error (&error);

  assert_works (set_document (world, a, "{}", CONFSYNC_EDIT_ALLOW_EMPTY, &answer));
  instance_assert_live (a, "{}");
}

static void
test_too_large (World *world, gconstpointer data)
{
  Instance *a = world_add (world, "a");
  g_autofree char *value = g_strnfill (1000, 'x');
  g_autofree char *text = g_strdup_printf ("{'v':'%s'}", value);

  a->max_bytes = 1000;
  instance_edit (a, "{'v':1}");
  instance_start (world, a);
  assert_fails (set_document (world, a, text, CONFSYNC_EDIT_NONE, &answer),
                CONFSYNC_ERROR_TOO_LARGE);
  instance_assert_live (a, "{'v':1}");
}

static void
test_not_running (World *world, gconstpointer data)
{
  Instance *a = world_add (world, "a");
  g_auto (Answer) synced = { 0 };
  g_autoptr (GError) error = NULL;

  instance_make (world, a);
  assert_fails (set_document (world, a, "{'v':1}", CONFSYNC_EDIT_NONE, &answer),
                CONFSYNC_ERROR_CLOSED);
  assert_fails (set_value (world, a, "/v", "1", &answer), CONFSYNC_ERROR_CLOSED);
  assert_fails (patch (world, a, "[]", &answer), CONFSYNC_ERROR_CLOSED);
  confsync_manager_force_sync_async (a->manager, NULL, ended_cb, &synced);
  await (world, &synced);
  g_assert_error (synced.error, CONFSYNC_ERROR, CONFSYNC_ERROR_CLOSED);
  g_assert_null (confsync_manager_get_value (a->manager, "", &error));
  g_assert_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_CLOSED);

  instance_start (world, a);
  assert_fails (set_value (world, a, "/v", "1", &answer), CONFSYNC_ERROR_NOT_FOUND);
  assert_works (set_document (world, a, "{'v':1}", CONFSYNC_EDIT_NONE, &answer));
}

/* An edit that a stop overtakes is answered; what was being written is written. */
static void
test_stop_during_set (World *world, gconstpointer data)
{
  Instance *a = add_started (world, "{'v':1}");
  g_autoptr (ConfsyncDocument) document = test_document ("{'v':2}");
  g_auto (Answer) answer = { 0 };

  confsync_manager_set_document_async (a->manager, document, CONFSYNC_EDIT_NONE, NULL, ended_cb,
                                       &answer);
  instance_stop (world, a);
  g_assert_cmpuint (answer.answers, ==, 1);
  g_assert_error (answer.error, CONFSYNC_ERROR, CONFSYNC_ERROR_CLOSED);
  instance_start (world, a);
  world_expect (world, "{'v':2}");
}

static void
test_values (World *world, gconstpointer data)
{
  const char *const values[] = { "null", "true", "false", "0", "-9223372036854775808",
                                 "9223372036854775807", "1.5", "1e300", "\"\"", "\"\\u00e9\\n\"",
                                 "[]", "[1,[2,{}]]", "{\"a\":{\"b\":null}}" };
  Instance *a = add_started (world, "{'v':'start'}");

  for (guint i = 0; i < G_N_ELEMENTS (values); i++)
    {
      g_autoptr (JsonNode) node = json_from_string (values[i], NULL);
      g_autoptr (JsonNode) value = NULL;
      g_autoptr (GError) error = NULL;
      g_auto (Answer) answer = { 0 };

      confsync_manager_set_value_async (a->manager, "/v", node, NULL, ended_cb, &answer);
      await (world, &answer);
      g_assert_no_error (answer.error);
      value = confsync_manager_get_value (a->manager, "/v", &error);
      g_assert_no_error (error);
      g_assert_true (json_node_equal (node, value));
    }
}

static void
detail_cb (ConfsyncManager *manager,
           ConfsyncDocument *document,
           const char *author,
           gboolean local,
           guint *n)
{
  g_assert_nonnull (document);
  (*n)++;
}

typedef struct
{
  const char *pointer;
  guint n;
} Heard;

static void
expect_heard (World *world, Instance *self, Heard *heard, const char *text, const char *expected)
{
  g_autoptr (GString) actual = g_string_new (NULL);

  instance_edit (self, text);
  world_expect (world, text);
  for (Heard *h = heard; h->pointer != NULL; h++)
    {
      g_assert_cmpuint (h->n, <=, 1);
      if (h->n > 0)
        g_string_append_printf (actual, "%s ", h->pointer);
      h->n = 0;
    }
  g_assert_cmpstr (actual->str, ==, expected);
}

static void
test_details (World *world, gconstpointer data)
{
  Heard heard[] = { { "/zones" },   { "/zones/hall" }, { "/zones/hall/on" }, { "/zones/attic" },
                    { "/theme" },   { "/list" },       { "/list/0" },        { "/a~1b" },
                    { "/zoneside" }, { NULL } };
  Instance *a = world_add (world, "a");

  instance_make (world, a);
  for (Heard *h = heard; h->pointer != NULL; h++)
    {
      g_autofree char *signal = g_strconcat ("changed::", h->pointer, NULL);

      g_signal_connect (a->manager, signal, G_CALLBACK (detail_cb), &h->n);
    }
  instance_start (world, a);
  expect_heard (world, a, heard, "{'zones':{'hall':{'on':true}},'theme':'x'}",
                "/zones /zones/hall /zones/hall/on /theme ");
  expect_heard (world, a, heard, "{'zones':{'hall':{'on':false}},'theme':'x'}",
                "/zones /zones/hall /zones/hall/on ");
  expect_heard (world, a, heard,
                "{'zones':{'hall':{'on':false},'attic':1},'theme':'x','list':[1,2]}",
                "/zones /zones/attic /list /list/0 ");
  expect_heard (world, a, heard,
                "{'zones':{'hall':{'on':false},'attic':2},'theme':'x','list':[1,3]}",
                "/zones /zones/attic /list ");
  expect_heard (world, a, heard, "{'theme':'y','a/b':1}",
                "/zones /zones/hall /zones/hall/on /zones/attic /theme /list /list/0 /a~1b ");
  expect_heard (world, a, heard, "{'theme':'y','a/b':1,'zoneside':0,'other':0}", "/zoneside ");
  g_assert_cmpuint (a->n_changed, ==, 6);
}

static void
test_notify (World *world, gconstpointer data)
{
  Instance *a = world_add (world, "a"), *b = world_add (world, "b");
  guint n_hash = 0, n_synced = 0;
  gint64 synced = -1;
  g_autofree char *hash = NULL;

  instance_edit (a, "{'v':1}");
  instance_make (world, a);
  instance_listen (a, "loopback:a");
  g_signal_connect (a->manager, "notify::hash", G_CALLBACK (count_cb), &n_hash);
  g_signal_connect (a->manager, "notify::last-sync-time", G_CALLBACK (count_cb), &n_synced);
  instance_start (world, a);
  g_assert_cmpuint (n_hash, ==, 1);
  g_object_get (a->manager, "hash", &hash, "last-sync-time", &synced, NULL);
  g_assert_cmpuint (strlen (hash), ==, 64);
  g_assert_cmpint (synced, ==, 0);
  world_pass (world, 5000);
  instance_make (world, b);
  instance_dial (b, "loopback:a");
  instance_start (world, b);
  world_expect (world, "{'v':1}");
  instance_edit (a, "{'v':2}");
  world_expect (world, "{'v':2}");
  world_pass (world, 100);
  g_assert_cmpuint (n_hash, ==, 2);
  g_assert_cmpuint (n_synced, ==, 1);
  g_object_get (a->manager, "last-sync-time", &synced, NULL);
  /* by the clock of the node */
  g_assert_cmpint (ABS (synced - confsync_clock_get_time (CONFSYNC_CLOCK (world->clock))), <,
                   10 * G_USEC_PER_SEC);
}

static void
force (Instance *self, GCancellable *cancellable, Answer *answer)
{
  confsync_manager_force_sync_async (self->manager, cancellable, ended_cb, answer);
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
  await (world, &empty);
  g_assert_no_error (empty.error);
  instance_set (world, a, "{'v':1}");
  force (a, NULL, &none);
  await (world, &none);
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
  await (world, &answer);
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
  confsync_manager_start_async (manager, NULL, ended_cb, &answer);
  await (world, &answer);
  g_assert_no_error (answer.error);
  return manager;
}

static void
stop_document (World *world, ConfsyncManager *manager)
{
  g_auto (Answer) answer = { 0 };

  confsync_manager_stop_async (manager, NULL, ended_cb, &answer);
  await (world, &answer);
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

  confsync_manager_set_document_async (manager, document, CONFSYNC_EDIT_NONE, NULL, ended_cb,
                                       &answer);
  await (world, &answer);
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
  confsync_manager_start_async (twin, NULL, ended_cb, &answer);
  await (world, &answer);
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
  g_assert_false (confsync_node_list_listeners (here) == NULL);
  stop_document (world, other_x);
  stop_document (world, other_y);
  world_pass (world, 100);
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
  Instance *a = add_started (world, "{'v':1}");

  g_signal_connect (a->manager, "changed", G_CALLBACK (stop_other_cb), a->manager);
  instance_edit (a, "{'v':2}");
  world_pass (world, 100);
  g_assert_false (confsync_manager_is_running (a->manager));
}

/* The editor saved, unseen as yet, when the application's edit came: neither is lost. */
static void
test_racing_editor (World *world, gconstpointer data)
{
  Instance *a = add_started (world, "{'v':1}");
  g_autoptr (ConfsyncDocument) document = test_document ("{'v':'editor'}");

  confsync_memory_store_edit (CONFSYNC_MEMORY_STORE (a->store), document);
  instance_set (world, a, "{'v':'application'}");
  confsync_watcher_emit_changed (a->watcher);
  world_pass (world, 1000);
  g_assert_true (instance_has_version (world, a, "{'v':'editor'}"));
  g_assert_true (instance_has_version (world, a, "{'v':'application'}"));
  world_expect (world, "{'v':'editor'}");
  instance_assert_live (a, "{'v':'editor'}");
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

  confsync_manager_start_async (manager, NULL, ended_cb, &answer);
  await (world, &answer);
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

/* Stores of the application's own may fail wherever they like. */
static void
test_failing_store (World *world, gconstpointer data)
{
  g_autoptr (FaultStore) store = fault_store_new ("{'v':1}");
  ConfsyncManager *manager = g_object_new (CONFSYNC_TYPE_MANAGER, "store", store, NULL);
  g_autoptr (ConfsyncDocument) document = test_document ("{'v':2}");
  g_auto (Answer) bad_start = { 0 }, start = { 0 }, bad_save = { 0 }, save = { 0 };

  fault_store_break (store, "load_state");
  confsync_manager_start_async (manager, NULL, ended_cb, &bad_start);
  await (world, &bad_start);
  g_assert_error (bad_start.error, G_IO_ERROR, G_IO_ERROR_NO_SPACE);
  g_assert_false (confsync_manager_is_running (manager));

  fault_store_break (store, NULL);
  confsync_manager_start_async (manager, NULL, ended_cb, &start);
  await (world, &start);
  g_assert_no_error (start.error);
  fault_store_break (store, "save");
  confsync_manager_set_document_async (manager, document, CONFSYNC_EDIT_NONE, NULL, ended_cb,
                                       &bad_save);
  await (world, &bad_save);
  g_assert_error (bad_save.error, CONFSYNC_ERROR, CONFSYNC_ERROR_FAILED);
  g_assert_nonnull (strstr (bad_save.error->message, "save is broken"));
  assert_holds (manager, "{'v':1}");
  fault_store_break (store, NULL);
  confsync_manager_set_document_async (manager, document, CONFSYNC_EDIT_NONE, NULL, ended_cb,
                                       &save);
  await (world, &save);
  g_assert_no_error (save.error);
  assert_holds (manager, "{'v':2}");
  stop_document (world, manager);
}

/* Files */

typedef struct
{
  char *folder;
  char *path;
  ConfsyncManager *manager;
  GPtrArray *kinds; /* of char *: events */
} Files;

static void
kind_cb (ConfsyncManager *manager, int level, const char *kind, GVariant *details, Files *files)
{
  g_ptr_array_add (files->kinds, g_strdup (kind));
}

static gboolean
has_kind (Files *files, const char *kind)
{
  return g_ptr_array_find_with_equal_func (files->kinds, kind, g_str_equal, NULL);
}

static void
files_start (Files *files)
{
  g_auto (Answer) answer = { 0 };

  files->manager = confsync_manager_new (files->path, NULL);
  g_signal_connect (files->manager, "event", G_CALLBACK (kind_cb), files);
  confsync_manager_start_async (files->manager, NULL, ended_cb, &answer);
  g_assert_true (test_wait_until (answer_came, &answer, TEST_DEADLINE_MS));
  g_assert_no_error (answer.error);
}

static gboolean
is_gone (gpointer data)
{
  return *(guint *) data == 1;
}

static void
files_stop (Files *files)
{
  g_auto (Answer) answer = { 0 };
  guint gone = 0;

  confsync_manager_stop_async (files->manager, NULL, ended_cb, &answer);
  g_assert_true (test_wait_until (answer_came, &answer, TEST_DEADLINE_MS));
  g_object_weak_ref (G_OBJECT (files->manager), gone_cb, &gone);
  g_clear_object (&files->manager);
  g_assert_true (test_wait_until (is_gone, &gone, TEST_DEADLINE_MS));
}

static void
files_set_up (Files *files, gconstpointer data)
{
  files->folder = test_temp_dir ();
  files->path = g_build_filename (files->folder, "config.json", NULL);
  files->kinds = g_ptr_array_new_with_free_func (g_free);
}

static void
files_tear_down (Files *files, gconstpointer data)
{
  files_stop (files);
  test_remove_tree (files->folder);
  g_free (files->folder);
  g_free (files->path);
  g_ptr_array_unref (files->kinds);
}

typedef struct
{
  Files *files;
  const char *text;
} Content;

static gboolean
holds_content (gpointer data)
{
  Content *content = data;
  g_autoptr (ConfsyncDocument) held = confsync_manager_dup_document (content->files->manager);
  g_autoptr (ConfsyncDocument) expected = test_document (content->text);

  return held != NULL && confsync_document_equal (held, expected);
}

static void
files_expect (Files *files, const char *text)
{
  Content content = { files, text };

  g_assert_true (test_wait_until (holds_content, &content, TEST_DEADLINE_MS));
}

typedef struct
{
  Files *files;
  const char *kind;
} AwaitedKind;

static gboolean
heard_kind (gpointer data)
{
  AwaitedKind *awaited = data;

  return has_kind (awaited->files, awaited->kind);
}

static void
files_await (Files *files, const char *kind)
{
  AwaitedKind awaited = { files, kind };

  g_assert_true (test_wait_until (heard_kind, &awaited, TEST_DEADLINE_MS));
  g_ptr_array_set_size (files->kinds, 0);
}

static void
test_file (Files *files, gconstpointer data)
{
  g_autoptr (JsonNode) node = json_from_string ("[1,2]", NULL);
  g_auto (Answer) answer = { 0 };
  g_autofree char *text = NULL;

  test_write_file (files->path, "{\"v\": 1}\n");
  files_start (files);
  files_expect (files, "{'v':1}");
  test_replace_file (files->path, "{\"v\": 2}\n");
  files_expect (files, "{'v':2}");
  test_write_file (files->path, "{\"v\": 3}\n");
  files_expect (files, "{'v':3}");
  confsync_manager_set_value_async (files->manager, "/w", node, NULL, ended_cb, &answer);
  g_assert_true (test_wait_until (answer_came, &answer, TEST_DEADLINE_MS));
  g_assert_no_error (answer.error);
  g_assert_true (g_file_get_contents (files->path, &text, NULL, NULL));
  g_assert_nonnull (strstr (text, "\"w\""));

  files_stop (files);
  test_write_file (files->path, "{\"v\": \"offline\"}\n");
  files_start (files);
  files_expect (files, "{'v':'offline'}");
}

static void
test_bad_files (Files *files, gconstpointer data)
{
  files_start (files);
  files_await (files, CONFSYNC_EVENT_WAITING);
  test_write_file (files->path, "{\"v\": 1,}");
  files_await (files, CONFSYNC_EVENT_INVALID);
  test_write_file (files->path, "{\"v\": 1}");
  files_expect (files, "{'v':1}");
  test_write_file (files->path, "");
  files_await (files, CONFSYNC_EVENT_WAITING);
  test_write_file (files->path, "[1]");
  files_await (files, CONFSYNC_EVENT_INVALID);
  g_assert_no_errno (g_unlink (files->path));
  files_await (files, CONFSYNC_EVENT_WAITING);
  files_expect (files, "{'v':1}");
  test_write_file (files->path, "{\"v\": 2}");
  files_expect (files, "{'v':2}");
}

static void
test_bad_file_at_start (Files *files, gconstpointer data)
{
  test_write_file (files->path, "{\"v\": 1");
  files_start (files);
  files_await (files, CONFSYNC_EVENT_INVALID);
  test_write_file (files->path, "{\"v\": 1}");
  files_expect (files, "{'v':1}");
}

static gboolean
complete_cb (gpointer data)
{
  test_write_file (data, "{\"v\": 2}");
  return G_SOURCE_REMOVE;
}

static gboolean
raise_flag_cb (gpointer data)
{
  *(gboolean *) data = TRUE;
  return G_SOURCE_REMOVE;
}

static gboolean
is_raised (gpointer data)
{
  return *(gboolean *) data;
}

/* An editor half way: nobody hears of it. */
static void
test_half_file (Files *files, gconstpointer data)
{
  gboolean later = FALSE;

  test_write_file (files->path, "{\"v\": 1}");
  files_start (files);
  files_expect (files, "{'v':1}");
  test_write_file (files->path, "{\"v\":");
  g_timeout_add (500, complete_cb, files->path);
  files_expect (files, "{'v':2}");
  g_timeout_add (1500, raise_flag_cb, &later);
  g_assert_true (test_wait_until (is_raised, &later, TEST_DEADLINE_MS));
  g_assert_false (has_kind (files, CONFSYNC_EVENT_INVALID));
}

static void
test_max_versions (Files *files, gconstpointer data)
{
  g_autofree char *folder = g_build_filename (files->folder, "config_versions", NULL);
  g_autoptr (GDir) dir = NULL;
  guint n = 0;

  files->manager = g_object_new (CONFSYNC_TYPE_MANAGER, "config-path", files->path,
                                 "max-versions", 3, NULL);
  {
    g_auto (Answer) answer = { 0 };

    confsync_manager_start_async (files->manager, NULL, ended_cb, &answer);
    g_assert_true (test_wait_until (answer_came, &answer, TEST_DEADLINE_MS));
  }
  for (int i = 0; i < 10; i++)
    {
      g_autofree char *text = g_strdup_printf ("{'v':%d}", i);
      g_autofree char *quoted = g_strdelimit (g_strdup (text), "'", '"');

      test_replace_file (files->path, quoted);
      files_expect (files, text);
    }
  files_stop (files);
  dir = g_dir_open (folder, 0, NULL);
  for (const char *name = g_dir_read_name (dir); name != NULL; name = g_dir_read_name (dir))
    n += g_str_has_prefix (name, "config_");
  g_assert_cmpuint (n, ==, 3);
  files_start (files);
}

#define ADD(path, function) \
  g_test_add (path, World, NULL, world_set_up, function, world_tear_down)
#define ADD_FILES(path, function) \
  g_test_add (path, Files, NULL, files_set_up, function, files_tear_down)

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
  ADD ("/manager/nothing", test_nothing);
  ADD ("/manager/edits", test_edits);
  ADD ("/manager/bad-edits", test_bad_edits);
  ADD ("/manager/too-large", test_too_large);
  ADD ("/manager/not-running", test_not_running);
  ADD ("/manager/stop-during-set", test_stop_during_set);
  ADD ("/manager/values", test_values);
  ADD ("/manager/details", test_details);
  ADD ("/manager/notify", test_notify);
  ADD ("/manager/force-sync", test_force_sync);
  ADD ("/manager/force-sync-unanswered", test_force_sync_unanswered);
  ADD ("/manager/force-sync-stranger", test_force_sync_stranger);
  ADD ("/manager/documents", test_documents);
  ADD ("/manager/stop-in-handler", test_stop_in_handler);
  ADD ("/manager/racing-editor", test_racing_editor);
  ADD ("/manager/instance-id", test_instance_id);
  ADD ("/manager/failing-store", test_failing_store);
  ADD_FILES ("/manager/file", test_file);
  ADD_FILES ("/manager/bad-files", test_bad_files);
  ADD_FILES ("/manager/bad-file-at-start", test_bad_file_at_start);
  ADD_FILES ("/manager/half-file", test_half_file);
  ADD_FILES ("/manager/max-versions", test_max_versions);
  return g_test_run ();
}
