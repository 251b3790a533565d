/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * What every store promises, run over all of them by a table.
 */

#include "config.h"

#include <confsync.h>
#include <glib/gstdio.h>

#include "test-revision.h"
#include "test-util.h"

/* how a store is made, and how an editor changes its live configuration behind its back */
typedef struct
{
  const char *name;
  ConfsyncStore *(*make) (const char *dir);
  void (*edit) (ConfsyncStore *store, const char *dir, const char *text); /* NULL: removes it */
} Kind;

typedef struct
{
  const Kind *kind;
  char *dir;
  ConfsyncStore *store;
} Fixture;

static ConfsyncStore *
make_file_store (const char *dir)
{
  g_autofree char *path = g_build_filename (dir, "config.json", NULL);

  return CONFSYNC_STORE (confsync_file_store_new (path, NULL));
}

static void
edit_file_store (ConfsyncStore *store, const char *dir, const char *text)
{
  g_autofree char *path = g_build_filename (dir, "config.json", NULL);
  g_autofree char *quoted = g_strdup (text);

  if (text != NULL)
    test_replace_file (path, g_strdelimit (quoted, "'", '"'));
  else
    g_assert_no_errno (g_remove (path));
}

static ConfsyncStore *
make_memory_store (const char *dir)
{
  return CONFSYNC_STORE (confsync_memory_store_new ());
}

static void
edit_memory_store (ConfsyncStore *store, const char *dir, const char *text)
{
  g_autoptr (ConfsyncDocument) document = text != NULL ? test_document (text) : NULL;

  confsync_memory_store_edit (CONFSYNC_MEMORY_STORE (store), document);
}

static const Kind kinds[] = {
  { "file", make_file_store, edit_file_store },
  { "memory", make_memory_store, edit_memory_store },
};

static void
set_up (Fixture *fixture, gconstpointer data)
{
  fixture->kind = data;
  fixture->dir = test_temp_dir ();
  fixture->store = fixture->kind->make (fixture->dir);
}

static gboolean
is_gone (gpointer data)
{
  gpointer *store = data;

  return *store == NULL;
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  gpointer store = fixture->store;

  g_object_add_weak_pointer (G_OBJECT (store), &store);
  g_object_unref (fixture->store);
  g_assert_true (test_wait_until (is_gone, &store, TEST_DEADLINE_MS));
  test_remove_tree (fixture->dir);
  g_free (fixture->dir);
}

/* one call under way */
typedef struct
{
  GAsyncResult *result;
  guint n_called;
  GString *order; /* (nullable): gets one letter a callback */
  char letter;
} Call;

static void
called_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Call *call = user_data;

  g_set_object (&call->result, result);
  call->n_called++;
  if (call->order != NULL)
    g_string_append_c (call->order, call->letter);
}

static gboolean
is_called (gpointer data)
{
  return ((Call *) data)->n_called > 0;
}

/* Gives the result (transfer full); the callback must have come later, and once. */
static GAsyncResult *
await (Call *call)
{
  g_assert_cmpuint (call->n_called, ==, 0);
  g_assert_true (test_wait_until (is_called, call, TEST_DEADLINE_MS));
  while (g_main_context_iteration (NULL, FALSE))
    ;
  g_assert_cmpuint (call->n_called, ==, 1);
  return g_steal_pointer (&call->result);
}

static ConfsyncDocument *
load (Fixture *fixture, ConfsyncStamp **stamp)
{
  Call call = { 0 };
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  ConfsyncDocument *document = NULL;

  confsync_store_load_async (fixture->store, NULL, called_cb, &call);
  result = await (&call);
  confsync_store_load_finish (fixture->store, result, &document, stamp, NULL, &error);
  g_assert_no_error (error);
  return document;
}

static ConfsyncDocument *
save (Fixture *fixture, const char *text, gint64 time, const char *expected)
{
  Call call = { 0 };
  g_autoptr (ConfsyncRevision) revision = test_revision (text, time);
  g_autoptr (ConfsyncDocument) expected_document =
    expected != NULL ? test_document (expected) : NULL;
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  ConfsyncDocument *displaced = NULL;

  confsync_store_save_async (fixture->store, revision, expected_document, NULL, called_cb, &call);
  result = await (&call);
  confsync_store_save_finish (fixture->store, result, &displaced, &error);
  g_assert_no_error (error);
  return displaced;
}

static char *
save_version (Fixture *fixture, const char *text, gint64 time, ConfsyncCause cause)
{
  Call call = { 0 };
  g_autoptr (ConfsyncRevision) revision = test_revision (text, time);
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  char *name;

  confsync_store_save_version_async (fixture->store, revision, cause, NULL, called_cb, &call);
  result = await (&call);
  name = confsync_store_save_version_finish (fixture->store, result, &error);
  g_assert_no_error (error);
  return name;
}

static GPtrArray *
list_versions (Fixture *fixture)
{
  Call call = { 0 };
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  GPtrArray *versions;

  confsync_store_list_versions_async (fixture->store, NULL, called_cb, &call);
  result = await (&call);
  versions = confsync_store_list_versions_finish (fixture->store, result, &error);
  g_assert_no_error (error);
  return versions;
}

static ConfsyncDocument *
get_version (Fixture *fixture, const char *name, GError **error)
{
  Call call = { 0 };
  g_autoptr (GAsyncResult) result = NULL;

  confsync_store_get_version_async (fixture->store, name, NULL, called_cb, &call);
  result = await (&call);
  return confsync_store_get_version_finish (fixture->store, result, error);
}

static void
acknowledge (Fixture *fixture, const char *text, gint64 time)
{
  Call call = { 0 };
  g_autoptr (ConfsyncRevision) revision = test_revision (text, time);
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  confsync_store_acknowledge_async (fixture->store, revision, NULL, called_cb, &call);
  result = await (&call);
  g_assert_true (confsync_store_acknowledge_finish (fixture->store, result, &error));
  g_assert_no_error (error);
}

static ConfsyncDocument *
load_state (Fixture *fixture, GError **error)
{
  Call call = { 0 };
  g_autoptr (GAsyncResult) result = NULL;

  confsync_store_load_state_async (fixture->store, NULL, called_cb, &call);
  result = await (&call);
  return confsync_store_load_state_finish (fixture->store, result, error);
}

static void
save_state (Fixture *fixture, const char *text)
{
  Call call = { 0 };
  g_autoptr (ConfsyncDocument) state = test_document (text);
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  confsync_store_save_state_async (fixture->store, state, NULL, called_cb, &call);
  result = await (&call);
  g_assert_true (confsync_store_save_state_finish (fixture->store, result, &error));
  g_assert_no_error (error);
}

static void
test_load_nothing (Fixture *fixture, gconstpointer data)
{
  g_autoptr (ConfsyncStamp) stamp = NULL;
  g_autoptr (ConfsyncDocument) document = load (fixture, &stamp);

  g_assert_null (document);
  g_assert_null (stamp);
}

static void
test_save_and_load (Fixture *fixture, gconstpointer data)
{
  g_autoptr (ConfsyncDocument) displaced = save (fixture, "{'a':1}", 17, NULL);
  g_autoptr (ConfsyncStamp) stamp = NULL, edited = NULL;
  g_autoptr (ConfsyncDocument) document = load (fixture, &stamp);
  g_autoptr (ConfsyncDocument) edit = NULL, nothing = NULL;

  g_assert_null (displaced);
  test_assert_document (document, "{'a':1}");
  g_assert_nonnull (stamp);
  g_assert_cmpint (confsync_stamp_get_time (stamp), ==, 17);

  fixture->kind->edit (fixture->store, fixture->dir, "{'a':2}");
  edit = load (fixture, &edited);
  test_assert_document (edit, "{'a':2}");
  g_assert_null (edited);

  fixture->kind->edit (fixture->store, fixture->dir, NULL);
  nothing = load (fixture, NULL);
  g_assert_null (nothing);
}

static void
test_empty_object (Fixture *fixture, gconstpointer data)
{
  g_autoptr (ConfsyncDocument) document = NULL;

  fixture->kind->edit (fixture->store, fixture->dir, "{}");
  document = load (fixture, NULL);
  test_assert_document (document, "{}");
}

static void
test_displaced (Fixture *fixture, gconstpointer data)
{
  g_autoptr (ConfsyncDocument) first = save (fixture, "{'a':1}", 1, NULL);
  g_autoptr (ConfsyncDocument) edit = NULL, expected = NULL, seen = NULL, loaded = NULL;

  fixture->kind->edit (fixture->store, fixture->dir, "{'edit':1}");
  edit = save (fixture, "{'a':2}", 2, "{'a':1}");
  test_assert_document (edit, "{'edit':1}");

  fixture->kind->edit (fixture->store, fixture->dir, "{'edit':2}");
  expected = save (fixture, "{'a':3}", 3, "{'edit':2}");
  g_assert_null (expected);

  fixture->kind->edit (fixture->store, fixture->dir, "{'edit':3}");
  loaded = load (fixture, NULL);
  seen = save (fixture, "{'a':4}", 4, "{'a':3}");
  test_assert_document (seen, "{'edit':3}");
}

static void
test_displaced_at_first (Fixture *fixture, gconstpointer data)
{
  g_autoptr (ConfsyncDocument) displaced = NULL;

  fixture->kind->edit (fixture->store, fixture->dir, "{'edit':1}");
  displaced = save (fixture, "{'a':1}", 1, NULL);
  test_assert_document (displaced, "{'edit':1}");
}

static gint64
get_time (GPtrArray *versions, guint index)
{
  return confsync_stamp_get_time (confsync_version_get_stamp (versions->pdata[index]));
}

static void
test_versions (Fixture *fixture, gconstpointer data)
{
  g_autofree char *first = save_version (fixture, "{'a':1}", 1, CONFSYNC_CAUSE_INITIAL);
  g_autofree char *second = save_version (fixture, "{'a':2}", 2, CONFSYNC_CAUSE_REMOTE);
  g_autofree char *again = save_version (fixture, "{'a':2}", 2, CONFSYNC_CAUSE_REMOTE);
  g_autoptr (GPtrArray) versions = list_versions (fixture);
  g_autoptr (ConfsyncRevision) revision = test_revision ("{'a':2}", 2);
  g_autoptr (ConfsyncDocument) document = get_version (fixture, first, NULL);

  test_assert_document (document, "{'a':1}");
  g_assert_cmpstr (second, >, first);
  g_assert_cmpstr (again, ==, second);
  g_assert_cmpuint (versions->len, ==, 2);
  g_assert_cmpstr (confsync_version_get_name (versions->pdata[0]), ==, second);
  g_assert_cmpstr (confsync_version_get_hash (versions->pdata[0]), ==,
                   confsync_revision_get_hash (revision));
  g_assert_cmpint (confsync_version_get_cause (versions->pdata[0]), ==, CONFSYNC_CAUSE_REMOTE);
  g_assert_cmpint (get_time (versions, 0), ==, 2);
  g_assert_cmpstr (confsync_version_get_name (versions->pdata[1]), ==, first);
}

static void
test_no_versions (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GPtrArray) versions = list_versions (fixture);

  g_assert_cmpuint (versions->len, ==, 0);
}

static void
test_unknown_versions (Fixture *fixture, gconstpointer data)
{
  static const char *const names[] = { "config_20240101120000.json", "nonsense", "",
                                       "../config.json", "config_20240101120000.json/../x",
                                       "/etc/passwd", ".index.jsonl" };
  g_autofree char *kept = save_version (fixture, "{'a':1}", 1, CONFSYNC_CAUSE_EDIT);

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (ConfsyncDocument) document = get_version (fixture, names[i], &error);

      g_assert_null (document);
      g_assert_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_NOT_FOUND);
    }
}

static void
test_acknowledge (Fixture *fixture, gconstpointer data)
{
  g_autofree char *first = save_version (fixture, "{'a':1}", 1, CONFSYNC_CAUSE_EDIT);
  g_autofree char *second = save_version (fixture, "{'a':2}", 2, CONFSYNC_CAUSE_EDIT);
  g_autoptr (GPtrArray) versions = NULL;

  acknowledge (fixture, "{'a':1}", 1);
  acknowledge (fixture, "{'gone':1}", 1);
  versions = list_versions (fixture);
  g_assert_cmpuint (versions->len, ==, 2);
  g_assert_false (confsync_version_is_acknowledged (versions->pdata[0]));
  g_assert_true (confsync_version_is_acknowledged (versions->pdata[1]));
}

static void
test_max_versions (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GPtrArray) versions = NULL;

  g_object_set (fixture->store, "max-versions", 3, NULL);
  for (guint i = 1; i <= 10; i++)
    {
      g_autofree char *text = g_strdup_printf ("{'a':%u}", i);

      g_free (save_version (fixture, text, i, CONFSYNC_CAUSE_EDIT));
      if (i == 2)
        acknowledge (fixture, text, i);
    }
  versions = list_versions (fixture);
  g_assert_cmpuint (versions->len, ==, 3);
  g_assert_cmpint (get_time (versions, 0), ==, 10);
  g_assert_cmpint (get_time (versions, 1), ==, 9);
  g_assert_true (confsync_version_is_acknowledged (versions->pdata[2]));
}

static void
test_all_versions (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GPtrArray) versions = NULL;

  g_object_set (fixture->store, "max-versions", 0, NULL);
  for (guint i = 1; i <= 30; i++)
    {
      g_autofree char *text = g_strdup_printf ("{'a':%u}", i);

      g_free (save_version (fixture, text, i, CONFSYNC_CAUSE_EDIT));
    }
  versions = list_versions (fixture);
  g_assert_cmpuint (versions->len, ==, 30);
}

static void
test_state (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (ConfsyncDocument) nothing = load_state (fixture, &error);
  g_autoptr (ConfsyncDocument) state = NULL;

  g_assert_null (nothing);
  g_assert_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_NOT_FOUND);
  save_state (fixture, "{'actor':'0123456789abcdef','seen':{'x':1}}");
  save_state (fixture, "{'actor':'fedcba9876543210'}");
  state = load_state (fixture, NULL);
  test_assert_document (state, "{'actor':'fedcba9876543210'}");
}

static gboolean
is_last_called (gpointer data)
{
  Call *calls = data;

  return calls[3].n_called > 0;
}

static void
test_order (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GString) order = g_string_new (NULL);
  Call calls[4] = { { 0 } };
  g_autoptr (ConfsyncRevision) one = test_revision ("{'a':1}", 1);
  g_autoptr (ConfsyncRevision) two = test_revision ("{'a':2}", 2);
  g_autoptr (ConfsyncDocument) loaded = NULL;

  g_test_summary ("Calls that are made at once are carried out and answered in their order");
  for (guint i = 0; i < G_N_ELEMENTS (calls); i++)
    {
      calls[i].order = order;
      calls[i].letter = 'a' + i;
    }
  confsync_store_save_async (fixture->store, one, NULL, NULL, called_cb, &calls[0]);
  confsync_store_save_version_async (fixture->store, one, CONFSYNC_CAUSE_EDIT, NULL, called_cb,
                                     &calls[1]);
  confsync_store_save_async (fixture->store, two, NULL, NULL, called_cb, &calls[2]);
  confsync_store_load_async (fixture->store, NULL, called_cb, &calls[3]);
  g_assert_cmpstr (order->str, ==, "");
  g_assert_true (test_wait_until (is_last_called, calls, TEST_DEADLINE_MS));
  g_assert_cmpstr (order->str, ==, "abcd");
  g_assert_true (
    confsync_store_load_finish (fixture->store, calls[3].result, &loaded, NULL, NULL, NULL));
  test_assert_document (loaded, "{'a':2}");
  for (guint i = 0; i < G_N_ELEMENTS (calls); i++)
    g_object_unref (calls[i].result);
}

static void
test_cancelled (Fixture *fixture, gconstpointer data)
{
  Call call = { 0 };
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  g_test_summary ("A cancelled call is answered like any other, late and once");
  g_cancellable_cancel (cancellable);
  confsync_store_load_async (fixture->store, cancellable, called_cb, &call);
  result = await (&call);
  if (!confsync_store_load_finish (fixture->store, result, NULL, NULL, NULL, &error))
    g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
}

static void
count_turn (guint *n_turns)
{
  (*n_turns)++;
}

static void
test_waiting (Fixture *fixture, gconstpointer data)
{
  g_autoptr (ConfsyncRevision) first = test_revision ("{'a':1}", 1);
  g_autoptr (ConfsyncRevision) second = test_revision ("{'a':2}", 2);
  g_autofree char *first_name = NULL, *second_name = NULL;
  g_autoptr (GPtrArray) versions = NULL;
  g_autoptr (ConfsyncDocument) document = NULL, none = NULL;
  g_autoptr (GError) error = NULL;
  guint n_turns = 0;

  g_test_summary ("The history can be had by waiting, and nothing else of the caller's runs then");
  g_idle_add_once ((GSourceOnceFunc) count_turn, &n_turns);
  first_name =
    confsync_store_save_version_sync (fixture->store, first, CONFSYNC_CAUSE_EDIT, NULL, &error);
  g_assert_no_error (error);
  second_name =
    confsync_store_save_version_sync (fixture->store, second, CONFSYNC_CAUSE_EDIT, NULL, &error);
  g_assert_no_error (error);

  versions = confsync_store_list_versions_sync (fixture->store, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (versions->len, ==, 2);
  g_assert_cmpstr (confsync_version_get_name (versions->pdata[0]), ==, second_name);
  g_assert_cmpstr (confsync_version_get_name (versions->pdata[1]), ==, first_name);

  document = confsync_store_get_version_sync (fixture->store, first_name, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (confsync_document_get_hash (document), ==, confsync_revision_get_hash (first));
  none = confsync_store_get_version_sync (fixture->store, "config_20000101000000.json", NULL,
                                          &error);
  g_assert_null (none);
  g_assert_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_NOT_FOUND);

  g_assert_cmpuint (n_turns, ==, 0);
  while (n_turns == 0)
    g_main_context_iteration (NULL, TRUE);
}

static void
test_dropped (Fixture *fixture, gconstpointer data)
{
  Call call = { 0 };
  g_autoptr (ConfsyncRevision) revision = test_revision ("{'a':1}", 1);
  gpointer store = fixture->kind->make (fixture->dir);

  g_test_summary ("A store that is dropped while a call is under way ends the call, then goes");
  g_object_add_weak_pointer (G_OBJECT (store), &store);
  confsync_store_save_async (store, revision, NULL, NULL, called_cb, &call);
  g_object_unref (store);
  g_assert_true (test_wait_until (is_called, &call, TEST_DEADLINE_MS));
  g_assert_true (confsync_store_save_finish (store, call.result, NULL, NULL));
  g_clear_object (&call.result);
  g_assert_true (test_wait_until (is_gone, &store, TEST_DEADLINE_MS));
}

static void
add (const Kind *kind)
{
  static const struct
  {
    const char *name;
    void (*function) (Fixture *fixture, gconstpointer data);
  } tests[] = {
    { "load-nothing", test_load_nothing },
    { "save-and-load", test_save_and_load },
    { "empty-object", test_empty_object },
    { "displaced", test_displaced },
    { "displaced-at-first", test_displaced_at_first },
    { "versions", test_versions },
    { "no-versions", test_no_versions },
    { "unknown-versions", test_unknown_versions },
    { "acknowledge", test_acknowledge },
    { "max-versions", test_max_versions },
    { "all-versions", test_all_versions },
    { "state", test_state },
    { "order", test_order },
    { "cancelled", test_cancelled },
    { "waiting", test_waiting },
    { "dropped", test_dropped },
  };

  for (guint i = 0; i < G_N_ELEMENTS (tests); i++)
    {
      g_autofree char *path = g_strdup_printf ("/store/%s/%s", kind->name, tests[i].name);

      g_test_add (path, Fixture, kind, set_up, tests[i].function, tear_down);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++)
    add (&kinds[i]);
  return g_test_run ();
}
