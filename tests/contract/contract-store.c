/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * What every store promises.
 */

#include "contract-store-fixture.h"

#include "test-revision.h"
#include "test-util.h"

static void
test_load_nothing (StoreFixture *fixture, gconstpointer data)
{
  g_autoptr (ConfsyncStamp) stamp = NULL;
  g_autoptr (ConfsyncDocument) document = store_load (fixture, &stamp);

  g_assert_null (document);
  g_assert_null (stamp);
}

static void
test_save_and_load (StoreFixture *fixture, gconstpointer data)
{
  g_autoptr (ConfsyncDocument) displaced = store_save (fixture, "{'a':1}", 17, NULL);
  g_autoptr (ConfsyncStamp) stamp = NULL;
  g_autoptr (ConfsyncDocument) document = store_load (fixture, &stamp);

  g_assert_null (displaced);
  test_assert_document (document, "{'a':1}");
  g_assert_nonnull (stamp);
  g_assert_cmpint (confsync_stamp_get_time (stamp), ==, 17);
}

static void
test_edited (StoreFixture *fixture, gconstpointer data)
{
  g_autoptr (ConfsyncDocument) displaced = store_save (fixture, "{'a':1}", 17, NULL);
  g_autoptr (ConfsyncStamp) stamp = NULL;
  g_autoptr (ConfsyncDocument) edit = NULL, nothing = NULL;

  g_test_summary ("What somebody else put there has no stamp");

  if (!store_can_edit (fixture))
    return;
  store_edit (fixture, "{'a':2}");
  edit = store_load (fixture, &stamp);
  test_assert_document (edit, "{'a':2}");
  g_assert_null (stamp);

  store_edit (fixture, NULL);
  nothing = store_load (fixture, NULL);
  g_assert_null (nothing);
}

static void
test_empty_object (StoreFixture *fixture, gconstpointer data)
{
  g_autoptr (ConfsyncDocument) document = NULL;

  if (!store_can_edit (fixture))
    return;
  store_edit (fixture, "{}");
  document = store_load (fixture, NULL);
  test_assert_document (document, "{}");
}

static void
test_displaced (StoreFixture *fixture, gconstpointer data)
{
  g_autoptr (ConfsyncDocument) first = store_save (fixture, "{'a':1}", 1, NULL);
  g_autoptr (ConfsyncDocument) edit = NULL, expected = NULL, seen = NULL, loaded = NULL;

  if (!store_can_edit (fixture))
    return;
  store_edit (fixture, "{'edit':1}");
  edit = store_save (fixture, "{'a':2}", 2, "{'a':1}");
  test_assert_document (edit, "{'edit':1}");

  store_edit (fixture, "{'edit':2}");
  expected = store_save (fixture, "{'a':3}", 3, "{'edit':2}");
  g_assert_null (expected);

  store_edit (fixture, "{'edit':3}");
  loaded = store_load (fixture, NULL);
  seen = store_save (fixture, "{'a':4}", 4, "{'a':3}");
  test_assert_document (seen, "{'edit':3}");
}

static void
test_displaced_at_first (StoreFixture *fixture, gconstpointer data)
{
  g_autoptr (ConfsyncDocument) displaced = NULL;

  if (!store_can_edit (fixture))
    return;
  store_edit (fixture, "{'edit':1}");
  displaced = store_save (fixture, "{'a':1}", 1, NULL);
  test_assert_document (displaced, "{'edit':1}");
}

static gint64
get_time (GPtrArray *versions, guint index)
{
  return confsync_stamp_get_time (confsync_version_get_stamp (versions->pdata[index]));
}

static void
test_versions (StoreFixture *fixture, gconstpointer data)
{
  g_autofree char *first = store_save_version (fixture, "{'a':1}", 1, CONFSYNC_CAUSE_INITIAL);
  g_autofree char *second = store_save_version (fixture, "{'a':2}", 2, CONFSYNC_CAUSE_REMOTE);
  g_autofree char *again = store_save_version (fixture, "{'a':2}", 2, CONFSYNC_CAUSE_REMOTE);
  g_autoptr (GPtrArray) versions = store_list_versions (fixture);
  g_autoptr (ConfsyncRevision) revision = test_revision ("{'a':2}", 2);
  g_autoptr (ConfsyncDocument) document = store_get_version (fixture, first, NULL);

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
test_no_versions (StoreFixture *fixture, gconstpointer data)
{
  g_autoptr (GPtrArray) versions = store_list_versions (fixture);

  g_assert_cmpuint (versions->len, ==, 0);
}

static void
test_unknown_versions (StoreFixture *fixture, gconstpointer data)
{
  static const char *const names[] = { "config_20240101120000.json", "nonsense", "",
                                       "../config.json", "config_20240101120000.json/../x",
                                       "/etc/passwd", ".index.jsonl" };
  g_autofree char *kept = store_save_version (fixture, "{'a':1}", 1, CONFSYNC_CAUSE_EDIT);

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (ConfsyncDocument) document = store_get_version (fixture, names[i], &error);

      g_assert_null (document);
      g_assert_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_NOT_FOUND);
    }
}

static void
test_acknowledge (StoreFixture *fixture, gconstpointer data)
{
  g_autofree char *first = store_save_version (fixture, "{'a':1}", 1, CONFSYNC_CAUSE_EDIT);
  g_autofree char *second = store_save_version (fixture, "{'a':2}", 2, CONFSYNC_CAUSE_EDIT);
  g_autoptr (GPtrArray) versions = NULL;

  store_acknowledge (fixture, "{'a':1}", 1);
  store_acknowledge (fixture, "{'gone':1}", 1);
  versions = store_list_versions (fixture);
  g_assert_cmpuint (versions->len, ==, 2);
  g_assert_false (confsync_version_is_acknowledged (versions->pdata[0]));
  g_assert_true (confsync_version_is_acknowledged (versions->pdata[1]));
}

static void
test_max_versions (StoreFixture *fixture, gconstpointer data)
{
  g_autoptr (GPtrArray) versions = NULL;

  if (!store_can_limit (fixture))
    return;
  g_object_set (fixture->store, "max-versions", 3, NULL);
  for (guint i = 1; i <= 10; i++)
    {
      g_autofree char *text = g_strdup_printf ("{'a':%u}", i);

      g_free (store_save_version (fixture, text, i, CONFSYNC_CAUSE_EDIT));
      if (i == 2)
        store_acknowledge (fixture, text, i);
    }
  versions = store_list_versions (fixture);
  g_assert_cmpuint (versions->len, ==, 3);
  g_assert_cmpint (get_time (versions, 0), ==, 10);
  g_assert_cmpint (get_time (versions, 1), ==, 9);
  g_assert_true (confsync_version_is_acknowledged (versions->pdata[2]));
}

static void
test_needed_versions (StoreFixture *fixture, gconstpointer data)
{
  g_autoptr (ConfsyncRevision) first = test_revision ("{'a':1}", 1);
  g_autoptr (GPtrArray) versions = NULL, later = NULL;
  g_autofree char *state =
    g_strdup_printf ("{'needed':['%s',7]}", confsync_revision_get_hash (first));

  if (!store_can_limit (fixture))
    return;
  g_test_summary ("A version whose content the noted state needs is spared as long as it says so");
  g_object_set (fixture->store, "max-versions", 3, NULL);
  g_free (store_save_version (fixture, "{'a':1}", 1, CONFSYNC_CAUSE_REMOTE));
  store_save_state (fixture, state);
  for (guint i = 2; i <= 10; i++)
    {
      g_autofree char *text = g_strdup_printf ("{'a':%u}", i);

      g_free (store_save_version (fixture, text, i, CONFSYNC_CAUSE_EDIT));
    }
  versions = store_list_versions (fixture);
  g_assert_cmpuint (versions->len, ==, 3);
  g_assert_cmpint (get_time (versions, 2), ==, 1);

  store_save_state (fixture, "{'needed':[]}");
  g_free (store_save_version (fixture, "{'a':11}", 11, CONFSYNC_CAUSE_EDIT));
  later = store_list_versions (fixture);
  g_assert_cmpuint (later->len, ==, 3);
  g_assert_cmpint (get_time (later, 2), ==, 9);
}

static void
test_all_versions (StoreFixture *fixture, gconstpointer data)
{
  g_autoptr (GPtrArray) versions = NULL;

  if (!store_can_limit (fixture))
    return;
  g_object_set (fixture->store, "max-versions", 0, NULL);
  for (guint i = 1; i <= 30; i++)
    {
      g_autofree char *text = g_strdup_printf ("{'a':%u}", i);

      g_free (store_save_version (fixture, text, i, CONFSYNC_CAUSE_EDIT));
    }
  versions = store_list_versions (fixture);
  g_assert_cmpuint (versions->len, ==, 30);
}

static void
test_state (StoreFixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (ConfsyncDocument) nothing = store_load_state (fixture, &error);
  g_autoptr (ConfsyncDocument) state = NULL;

  g_assert_null (nothing);
  g_assert_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_NOT_FOUND);
  store_save_state (fixture, "{'actor':'0123456789abcdef','seen':{'x':1}}");
  store_save_state (fixture, "{'actor':'fedcba9876543210'}");
  state = store_load_state (fixture, NULL);
  test_assert_document (state, "{'actor':'fedcba9876543210'}");
}

static gboolean
is_last_called (gpointer data)
{
  StoreCall *calls = data;

  return calls[3].n_called > 0;
}

static void
test_order (StoreFixture *fixture, gconstpointer data)
{
  g_autoptr (GString) order = g_string_new (NULL);
  StoreCall calls[4] = { { 0 } };
  g_autoptr (ConfsyncRevision) one = test_revision ("{'a':1}", 1);
  g_autoptr (ConfsyncRevision) two = test_revision ("{'a':2}", 2);
  g_autoptr (ConfsyncDocument) loaded = NULL;

  g_test_summary ("Calls that are made at once are carried out and answered in their order");
  for (guint i = 0; i < G_N_ELEMENTS (calls); i++)
    {
      calls[i].order = order;
      calls[i].letter = 'a' + i;
    }
  confsync_store_save_async (fixture->store, one, NULL, NULL, store_called_cb, &calls[0]);
  confsync_store_save_version_async (fixture->store, one, CONFSYNC_CAUSE_EDIT, NULL,
                                     store_called_cb, &calls[1]);
  confsync_store_save_async (fixture->store, two, NULL, NULL, store_called_cb, &calls[2]);
  confsync_store_load_async (fixture->store, NULL, store_called_cb, &calls[3]);
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
test_cancelled (StoreFixture *fixture, gconstpointer data)
{
  StoreCall call = { 0 };
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  g_test_summary ("A cancelled call is answered like any other, late and once");
  g_cancellable_cancel (cancellable);
  confsync_store_load_async (fixture->store, cancellable, store_called_cb, &call);
  result = store_await (&call);
  if (!confsync_store_load_finish (fixture->store, result, NULL, NULL, NULL, &error))
    g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
}

static void
count_turn (guint *n_turns)
{
  (*n_turns)++;
}

static void
test_waiting (StoreFixture *fixture, gconstpointer data)
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
test_dropped (StoreFixture *fixture, gconstpointer data)
{
  StoreCall call = { 0 };
  g_autoptr (ConfsyncRevision) revision = test_revision ("{'a':1}", 1);
  gpointer store = store_make (fixture);
  g_autoptr (ConfsyncDocument) before = store_load (fixture, NULL);

  g_test_summary ("A store that is dropped while a call is under way ends the call, then goes");
  g_object_add_weak_pointer (G_OBJECT (store), &store);
  confsync_store_save_async (store, revision, NULL, NULL, store_called_cb, &call);
  g_object_unref (store);
  g_assert_true (test_wait_until (store_is_called, &call, TEST_DEADLINE_MS));
  g_assert_true (confsync_store_save_finish (store, call.result, NULL, NULL));
  g_clear_object (&call.result);
  g_assert_true (contract_wait_gone (&store));
}

static const struct
{
  const char *name;
  void (*function) (StoreFixture *fixture, gconstpointer data);
} cases[] = {
  { "load-nothing", test_load_nothing },
  { "save-and-load", test_save_and_load },
  { "edited", test_edited },
  { "empty-object", test_empty_object },
  { "displaced", test_displaced },
  { "displaced-at-first", test_displaced_at_first },
  { "versions", test_versions },
  { "no-versions", test_no_versions },
  { "unknown-versions", test_unknown_versions },
  { "acknowledge", test_acknowledge },
  { "max-versions", test_max_versions },
  { "needed-versions", test_needed_versions },
  { "all-versions", test_all_versions },
  { "state", test_state },
  { "order", test_order },
  { "cancelled", test_cancelled },
  { "waiting", test_waiting },
  { "dropped", test_dropped },
};

/**
 * confsync_contract_add_store:
 * @implementation: a class that implements #ConfsyncStore and is made without arguments
 * @flags: what is known of it
 *
 * Adds the tests of a store. Where the class has a property `path`, that is set to the name of a
 * file, and the file is what an editor changes; where it has a signal `contract-edit`, that is
 * emitted with a nullable document instead.
 *
 * Since: 1.0
 */
void
confsync_contract_add_store (GType implementation, ConfsyncContractFlags flags)
{
  ContractRow *row = contract_row_new (implementation, NULL);

  row->flags = flags;
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *path = contract_path ("store", row, cases[i].name);

      g_test_add (path, StoreFixture, row, store_set_up, cases[i].function, store_tear_down);
    }
}
