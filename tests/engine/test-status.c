/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * What a manager tells of itself and of its peers, and edits that are made of the configuration as
 * it is.
 */

#include "instance.h"
#include "raw-peer.h"

#include <string.h>

static Instance *
add_started (World *world, const char *id, const char *text)
{
  Instance *self = world_add (world, id);

  if (text != NULL)
    instance_edit (self, text);
  instance_make (world, self);
  instance_listen (self, id[0] == 'a' ? "loopback:a" : "loopback:other");
  instance_start (world, self);
  world_pass (world, 1);
  return self;
}

static void
count_cb (guint *n)
{
  (*n)++;
}

/* State */

static void
state_cb (ConfsyncManager *manager, GParamSpec *pspec, GString *states)
{
  int state;

  g_object_get (manager, "state", &state, NULL);
  g_assert_cmpint (state, ==, confsync_manager_get_state (manager));
  g_string_append_printf (states, "%s ", confsync_manager_state_to_string (state));
}

static void
test_state (World *world, gconstpointer data)
{
  Instance *a = world_add (world, "a");
  g_autoptr (GString) states = g_string_new (NULL);
  g_auto (Answer) answer = { 0 };

  instance_make (world, a);
  g_assert_cmpint (confsync_manager_get_state (a->manager), ==, CONFSYNC_MANAGER_STOPPED);
  g_assert_null (confsync_manager_get_state_reason (a->manager));
  g_assert_null (confsync_manager_dup_stamp (a->manager));
  g_signal_connect (a->manager, "notify::state", G_CALLBACK (state_cb), states);
  instance_start (world, a);
  g_assert_cmpint (confsync_manager_get_state (a->manager), ==, CONFSYNC_MANAGER_WAITING);
  test_assert_contains (confsync_manager_get_state_reason (a->manager), "or for a peer");
  instance_edit (a, "{'v':1}");
  world_expect (world, "{'v':1}");
  world_pass (world, 10);
  g_assert_cmpint (confsync_manager_get_state (a->manager), ==, CONFSYNC_MANAGER_RUNNING);
  g_assert_null (confsync_manager_get_state_reason (a->manager));
  instance_edit (a, NULL);
  world_pass (world, 2000);
  g_assert_cmpint (confsync_manager_get_state (a->manager), ==, CONFSYNC_MANAGER_WAITING);

  confsync_manager_stop_async (a->manager, NULL, answer_cb, &answer);
  answer_await (world, &answer);
  g_assert_cmpstr (states->str, ==, "starting waiting running waiting stopped ");
  g_signal_handlers_disconnect_by_data (a->manager, states);
}

static guint
get_versions (Instance *self)
{
  guint n;

  g_object_get (self->manager, "n-versions", &n, NULL);
  return n;
}

static void
test_versions (World *world, gconstpointer data)
{
  Instance *a = add_started (world, "a", "{'v':1}");
  g_autoptr (ConfsyncStamp) stamp = confsync_manager_dup_stamp (a->manager);
  g_autoptr (GPtrArray) names = NULL;
  guint n = 0;

  g_assert_cmpstr (confsync_stamp_get_author (stamp), ==, "a");
  world_pass (world, 500);
  g_assert_cmpuint (get_versions (a), ==, 1);
  g_signal_connect_swapped (a->manager, "notify::n-versions", G_CALLBACK (count_cb), &n);
  instance_set (world, a, "{'v':2}");
  instance_set (world, a, "{'v':3}");
  world_pass (world, 500);
  g_assert_cmpuint (get_versions (a), ==, 3);
  /* once for both */
  g_assert_cmpuint (n, ==, 1);
  confsync_memory_store_set_max_versions (CONFSYNC_MEMORY_STORE (a->store), 2);
  instance_set (world, a, "{'v':4}");
  world_pass (world, 120000);
  instance_set (world, a, "{'v':5}");
  world_pass (world, 500);
  names = instance_list_versions (world, a);
  g_assert_cmpuint (get_versions (a), ==, names->len);
  g_signal_handlers_disconnect_by_data (a->manager, &n);
}

/* Peers */

static char *
dup_statuses (Instance *self)
{
  g_autoptr (GPtrArray) statuses = confsync_manager_list_peer_statuses (self->manager);
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < statuses->len; i++)
    {
      ConfsyncPeerStatus *status = statuses->pdata[i];
      const char *id = confsync_peer_get_id (confsync_peer_status_get_peer (status));
      const ConfsyncSyncState state = confsync_peer_status_get_state (status);
      const char *reason = confsync_peer_status_get_reason (status);

      g_assert_true ((reason == NULL) ==
                     (state == CONFSYNC_SYNC_HOLDS || state == CONFSYNC_SYNC_APART));
      g_string_append_printf (text, "%s:%s ", id != NULL ? id : "?",
                              confsync_sync_state_to_string (state));
    }
  return g_string_free (text, FALSE);
}

static void
assert_statuses (Instance *self, const char *expected)
{
  g_autofree char *actual = dup_statuses (self);

  g_assert_cmpstr (actual, ==, expected);
}

static void
test_holds (World *world, gconstpointer data)
{
  Instance *a = add_started (world, "a", "{'v':1}"), *b = world_add (world, "b");
  guint n = 0;

  assert_statuses (a, "");
  g_signal_connect_swapped (a->manager, "peers-changed", G_CALLBACK (count_cb), &n);
  instance_make (world, b);
  instance_dial (b, "loopback:a");
  assert_statuses (b, "?:unreached ");
  instance_start (world, b);
  world_expect (world, "{'v':1}");
  world_pass (world, 100);
  g_assert_cmpuint (n, >, 0);
  assert_statuses (a, "b:holds ");
  assert_statuses (b, "a:holds ");
  g_signal_handlers_disconnect_by_data (a->manager, &n);
}

static void
test_behind (World *world, gconstpointer data)
{
  Instance *a = add_started (world, "a", "{'v':1}");
  g_autoptr (TestEnd) mute = raw_dial (world, "loopback:a");

  raw_hello (world, mute, "mute", "0123456789abcdef");
  world_pass (world, 10);
  assert_statuses (a, "mute:behind ");
  /* it has said what it keeps, and this isn't among it */
  raw_answer (world, mute);
  world_pass (world, 10);
  assert_statuses (a, "mute:apart ");
  instance_dial (a, "loopback:nobody");
  world_pass (world, 10);
  assert_statuses (a, "mute:apart ?:unreached ");
}

static void
test_refused (World *world, gconstpointer data)
{
  Instance *a = add_started (world, "a", "{'v':1}"), *small = world_add (world, "small");
  g_autofree char *value = g_strnfill (2000, 'x');
  g_autofree char *text = g_strdup_printf ("{'v':'%s'}", value);
  g_auto (Answer) answer = { 0 };
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  gint64 synced = -1;

  small->max_bytes = 1000;
  instance_make (world, small);
  instance_dial (small, "loopback:a");
  instance_start (world, small);
  world_expect (world, "{'v':1}");
  instance_edit (a, text);
  world_pass (world, 1000);
  assert_statuses (a, "small:refused ");
  /* that it answered is not that it holds it */
  g_object_get (a->manager, "last-sync-time", &synced, NULL);
  g_assert_cmpint (synced, ==, 0);
  confsync_manager_force_sync_async (a->manager, cancellable, answer_cb, &answer);
  answer_await (world, &answer);
  g_assert_error (answer.error, CONFSYNC_ERROR, CONFSYNC_ERROR_REFUSED);
}

/* Edits */

typedef struct
{
  char *hash;
  GError *error;
  guint answers;
} Edited;

static void
edited_clear (Edited *edited)
{
  g_clear_pointer (&edited->hash, g_free);
  g_clear_error (&edited->error);
  edited->answers = 0;
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Edited, edited_clear)

static gboolean
is_edited (gpointer data)
{
  return ((Edited *) data)->answers > 0;
}

static void
json_set_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Edited *edited = user_data;

  edited->answers++;
  edited->hash =
    confsync_manager_set_json_finish (CONFSYNC_MANAGER (source), result, &edited->error);
}

static void
patched_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Edited *edited = user_data;

  edited->answers++;
  edited->hash =
    confsync_manager_patch_full_finish (CONFSYNC_MANAGER (source), result, &edited->error);
}

static ConfsyncJson *
parse (const char *text)
{
  g_autofree char *quoted = g_strdelimit (g_strdup (text), "'", '"');
  g_autoptr (GBytes) bytes = g_bytes_new (quoted, strlen (quoted));
  g_autoptr (GError) error = NULL;
  ConfsyncJson *json = confsync_json_parse (bytes, NULL, &error);

  g_assert_no_error (error);
  return json;
}

static void
set_json (Instance *self, const char *pointer, const char *text, guint flags, Edited *edited)
{
  g_autoptr (ConfsyncJson) value = parse (text);

  confsync_manager_set_json_async (self->manager, pointer, value, flags, NULL, json_set_cb,
                                   edited);
}

static void
test_at_once (World *world, gconstpointer data)
{
  Instance *a = add_started (world, "a", "{'list':[1,2],'v':1}");
  g_auto (Edited) one = { 0 }, two = { 0 }, three = { 0 }, four = { 0 };
  g_autoptr (ConfsyncJson) patch = parse ("[{'op':'remove','path':'/v'}]");
  g_autofree char *hash = NULL;

  set_json (a, "/list/0", "'x'", 0, &one);
  set_json (a, "/w", "2", 0, &two);
  set_json (a, "/list/2", "3", 0, &three);
  confsync_manager_patch_full_async (a->manager, patch, CONFSYNC_EDIT_NONE, NULL, patched_cb,
                                     &four);
  g_assert_cmpuint (one.answers + two.answers + three.answers + four.answers, ==, 0);
  g_assert_true (world_wait (world, is_edited, &four, TEST_DEADLINE_MS));
  g_assert_true (world_wait (world, is_edited, &three, TEST_DEADLINE_MS));
  instance_assert_live (a, "{'list':['x',2,3],'w':2}");
  g_assert_no_error (one.error);
  g_assert_no_error (two.error);
  g_assert_no_error (three.error);
  g_assert_no_error (four.error);
  g_object_get (a->manager, "hash", &hash, NULL);
  g_assert_true (g_str_equal (hash, three.hash) || g_str_equal (hash, four.hash));
}

static void
expect_error (World *world, Edited *edited, int code)
{
  g_assert_true (world_wait (world, is_edited, edited, TEST_DEADLINE_MS));
  g_assert_null (edited->hash);
  g_assert_error (edited->error, CONFSYNC_ERROR, code);
  edited_clear (edited);
}

static void
test_refused_edits (World *world, gconstpointer data)
{
  Instance *a = add_started (world, "a", "{'list':[1,2],'v':1}");
  g_autoptr (ConfsyncJson) patch = parse ("[{'op':'remove','path':'/none'}]");
  g_auto (Edited) edited = { 0 };

  set_json (a, "/none/x", "1", 0, &edited);
  expect_error (world, &edited, CONFSYNC_ERROR_INVALID_PATCH);
  set_json (a, "none", "1", 0, &edited);
  expect_error (world, &edited, CONFSYNC_ERROR_INVALID_POINTER);
  set_json (a, "", "[]", 0, &edited);
  expect_error (world, &edited, CONFSYNC_ERROR_INVALID_DOCUMENT);
  set_json (a, "", "{}", 0, &edited);
  expect_error (world, &edited, CONFSYNC_ERROR_EMPTY);
  confsync_manager_patch_full_async (a->manager, patch, CONFSYNC_EDIT_NONE, NULL, patched_cb,
                                     &edited);
  expect_error (world, &edited, CONFSYNC_ERROR_INVALID_PATCH);
  instance_assert_live (a, "{'list':[1,2],'v':1}");
  set_json (a, "", "{}", CONFSYNC_EDIT_ALLOW_EMPTY, &edited);
  g_assert_true (world_wait (world, is_edited, &edited, TEST_DEADLINE_MS));
  g_assert_no_error (edited.error);
  instance_assert_live (a, "{}");
}

static void
replace (World *world, Instance *self, const char *expected, const char *text, Answer *answer)
{
  g_autoptr (ConfsyncDocument) document = test_document (text);

  confsync_manager_replace_async (self->manager, expected, document, CONFSYNC_EDIT_NONE, NULL,
                                  answer_cb, answer);
  answer_await (world, answer);
}

static void
test_replace (World *world, gconstpointer data)
{
  Instance *a = add_started (world, "a", NULL);
  g_auto (Answer) first = { 0 }, late = { 0 }, second = { 0 }, empty = { 0 };
  g_autofree char *hash = NULL;

  replace (world, a, NULL, "{'v':1}", &first);
  g_assert_no_error (first.error);
  replace (world, a, NULL, "{'v':2}", &late);
  g_assert_error (late.error, CONFSYNC_ERROR, CONFSYNC_ERROR_CONFLICT);
  instance_assert_live (a, "{'v':1}");
  g_object_get (a->manager, "hash", &hash, NULL);
  test_assert_contains (late.error->message, hash);
  replace (world, a, hash, "{'v':3}", &second);
  g_assert_no_error (second.error);
  instance_assert_live (a, "{'v':3}");
  replace (world, a, hash, "{}", &empty);
  g_assert_error (empty.error, CONFSYNC_ERROR, CONFSYNC_ERROR_EMPTY);
}

/* While one replaces it, another one who saw the same wants to: he waits, and is told. */
static void
test_replace_at_once (World *world, gconstpointer data)
{
  Instance *a = add_started (world, "a", "{'v':1}");
  g_autoptr (ConfsyncDocument) document = test_document ("{'v':'mine'}");
  g_auto (Answer) first = { 0 }, second = { 0 };
  g_autofree char *hash = NULL;

  g_object_get (a->manager, "hash", &hash, NULL);
  confsync_manager_replace_async (a->manager, hash, document, CONFSYNC_EDIT_NONE, NULL, answer_cb,
                                  &first);
  confsync_manager_replace_async (a->manager, hash, document, CONFSYNC_EDIT_NONE, NULL, answer_cb,
                                  &second);
  answer_await (world, &second);
  g_assert_error (second.error, CONFSYNC_ERROR, CONFSYNC_ERROR_CONFLICT);
  g_assert_cmpuint (first.answers, ==, 1);
  g_assert_no_error (first.error);
  instance_assert_live (a, "{'v':'mine'}");
}

/* What waits for an apply is answered where a stop comes first. */
static void
test_stop_during_replace (World *world, gconstpointer data)
{
  Instance *a = add_started (world, "a", "{'v':1}");
  g_autoptr (ConfsyncDocument) document = test_document ("{'v':2}");
  g_auto (Answer) first = { 0 }, second = { 0 };
  g_autofree char *hash = NULL;

  g_object_get (a->manager, "hash", &hash, NULL);
  confsync_manager_replace_async (a->manager, hash, document, CONFSYNC_EDIT_NONE, NULL, answer_cb,
                                  &first);
  confsync_manager_replace_async (a->manager, hash, document, CONFSYNC_EDIT_NONE, NULL, answer_cb,
                                  &second);
  instance_stop (world, a);
  g_assert_cmpuint (first.answers, ==, 1);
  g_assert_error (first.error, CONFSYNC_ERROR, CONFSYNC_ERROR_CLOSED);
  g_assert_cmpuint (second.answers, ==, 1);
  g_assert_error (second.error, CONFSYNC_ERROR, CONFSYNC_ERROR_CLOSED);
}

#define ADD(path, function) \
  g_test_add (path, World, NULL, world_set_up, function, world_tear_down)

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  ADD ("/status/state", test_state);
  ADD ("/status/versions", test_versions);
  ADD ("/status/holds", test_holds);
  ADD ("/status/behind", test_behind);
  ADD ("/status/refused", test_refused);
  ADD ("/status/at-once", test_at_once);
  ADD ("/status/refused-edits", test_refused_edits);
  ADD ("/status/replace", test_replace);
  ADD ("/status/replace-at-once", test_replace_at_once);
  ADD ("/status/stop-during-replace", test_stop_during_replace);
  return g_test_run ();
}
