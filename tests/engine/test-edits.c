/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * The configuration as the application reads and edits it, and the signals that tell of changes.
 */

#include "instance.h"

#include <string.h>

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

  confsync_manager_set_value_async (self->manager, pointer, node, NULL, answer_cb, answer);
  answer_await (world, answer);
}

static void
patch (World *world, Instance *self, const char *text, Answer *answer)
{
  g_autofree char *quoted = g_strdelimit (g_strdup (text), "'", '"');
  g_autoptr (GBytes) bytes = g_bytes_new (quoted, strlen (quoted));
  g_autoptr (GError) error = NULL;
  g_autoptr (ConfsyncJson) json = confsync_json_parse (bytes, NULL, &error);

  g_assert_no_error (error);
  confsync_manager_patch_async (self->manager, json, NULL, answer_cb, answer);
  answer_await (world, answer);
}

static void
set_document (World *world,
              Instance *self,
              const char *text,
              ConfsyncEditFlags flags,
              Answer *answer)
{
  g_autoptr (ConfsyncDocument) document = test_document (text);

  confsync_manager_set_document_async (self->manager, document, flags, NULL, answer_cb, answer);
  answer_await (world, answer);
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
  confsync_manager_force_sync_async (a->manager, NULL, answer_cb, &synced);
  answer_await (world, &synced);
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

  confsync_manager_set_document_async (a->manager, document, CONFSYNC_EDIT_NONE, NULL, answer_cb,
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

      confsync_manager_set_value_async (a->manager, "/v", node, NULL, answer_cb, &answer);
      answer_await (world, &answer);
      g_assert_no_error (answer.error);
      value = confsync_manager_get_value (a->manager, "/v", &error);
      g_assert_no_error (error);
      g_assert_true (json_node_equal (node, value));
    }
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

static void
count_cb (GObject *object, GParamSpec *pspec, guint *n)
{
  (*n)++;
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
  g_signal_handlers_disconnect_by_data (a->manager, &n_hash);
  g_signal_handlers_disconnect_by_data (a->manager, &n_synced);
}

#define ADD(path, function) \
  g_test_add (path, World, NULL, world_set_up, function, world_tear_down)

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  ADD ("/edits/nothing", test_nothing);
  ADD ("/edits/edits", test_edits);
  ADD ("/edits/bad-edits", test_bad_edits);
  ADD ("/edits/too-large", test_too_large);
  ADD ("/edits/not-running", test_not_running);
  ADD ("/edits/stop-during-set", test_stop_during_set);
  ADD ("/edits/values", test_values);
  ADD ("/edits/details", test_details);
  ADD ("/edits/notify", test_notify);
  ADD ("/edits/racing-editor", test_racing_editor);
  return g_test_run ();
}
