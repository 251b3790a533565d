/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * A store of the class under test, and calls that are waited for.
 */

#include "contract-store-fixture.h"

#include <glib/gstdio.h>

#include "test-revision.h"
#include "test-util.h"

#define EDIT_SIGNAL "contract-edit"

static gboolean
has_property (GType type, const char *name)
{
  GObjectClass *klass = g_type_class_ref (type);
  GParamSpec *pspec = g_object_class_find_property (klass, name);
  gboolean has = pspec != NULL && (pspec->flags & G_PARAM_WRITABLE) != 0;

  g_type_class_unref (klass);
  return has;
}

static gboolean
has_file (GType type)
{
  return has_property (type, "path");
}

static char *
make_path (StoreFixture *fixture)
{
  return g_build_filename (fixture->dir, "config.json", NULL);
}

ConfsyncStore *
store_make (StoreFixture *fixture)
{
  g_autofree char *path = make_path (fixture);
  GType type = fixture->row->type;

  return has_file (type) ? g_object_new (type, "path", path, NULL) : g_object_new (type, NULL);
}

void
store_set_up (StoreFixture *fixture, gconstpointer data)
{
  fixture->row = data;
  fixture->dir = test_temp_dir ();
  fixture->store = store_make (fixture);
}

void
store_tear_down (StoreFixture *fixture, gconstpointer data)
{
  gpointer store = fixture->store;

  g_object_add_weak_pointer (G_OBJECT (store), &store);
  g_object_unref (fixture->store);
  g_assert_true (contract_wait_gone (&store));
  test_remove_tree (fixture->dir);
  g_free (fixture->dir);
}

static void
edit_file (StoreFixture *fixture, const char *text)
{
  g_autofree char *path = make_path (fixture);
  g_autofree char *quoted = g_strdup (text);

  if (text != NULL)
    test_replace_file (path, g_strdelimit (quoted, "'", '"'));
  else
    g_assert_no_errno (g_remove (path));
}

void
store_edit (StoreFixture *fixture, const char *text)
{
  g_autoptr (ConfsyncDocument) document = text != NULL ? test_document (text) : NULL;

  if (has_file (fixture->row->type))
    edit_file (fixture, text);
  else if (CONFSYNC_IS_MEMORY_STORE (fixture->store))
    confsync_memory_store_edit (CONFSYNC_MEMORY_STORE (fixture->store), document);
  else
    g_signal_emit_by_name (fixture->store, EDIT_SIGNAL, document);
}

void
store_called_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  StoreCall *call = user_data;

  g_set_object (&call->result, result);
  call->n_called++;
  if (call->order != NULL)
    g_string_append_c (call->order, call->letter);
}

gboolean
store_is_called (gpointer data)
{
  return ((StoreCall *) data)->n_called > 0;
}

/* Gives the result (transfer full); the callback must have come later, and once. */
GAsyncResult *
store_await (StoreCall *call)
{
  g_assert_cmpuint (call->n_called, ==, 0);
  g_assert_true (test_wait_until (store_is_called, call, TEST_DEADLINE_MS));
  while (g_main_context_iteration (NULL, FALSE))
    ;
  g_assert_cmpuint (call->n_called, ==, 1);
  return g_steal_pointer (&call->result);
}

ConfsyncDocument *
store_load (StoreFixture *fixture, ConfsyncStamp **stamp)
{
  StoreCall call = { 0 };
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  ConfsyncDocument *document = NULL;

  confsync_store_load_async (fixture->store, NULL, store_called_cb, &call);
  result = store_await (&call);
  confsync_store_load_finish (fixture->store, result, &document, stamp, NULL, &error);
  g_assert_no_error (error);
  return document;
}

ConfsyncDocument *
store_save (StoreFixture *fixture, const char *text, gint64 time, const char *expected)
{
  StoreCall call = { 0 };
  g_autoptr (ConfsyncRevision) revision = test_revision (text, time);
  g_autoptr (ConfsyncDocument) expected_document =
    expected != NULL ? test_document (expected) : NULL;
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  ConfsyncDocument *displaced = NULL;

  confsync_store_save_async (fixture->store, revision, expected_document, NULL, store_called_cb,
                             &call);
  result = store_await (&call);
  confsync_store_save_finish (fixture->store, result, &displaced, &error);
  g_assert_no_error (error);
  return displaced;
}

char *
store_save_version (StoreFixture *fixture, const char *text, gint64 time, ConfsyncCause cause)
{
  StoreCall call = { 0 };
  g_autoptr (ConfsyncRevision) revision = test_revision (text, time);
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  char *name;

  confsync_store_save_version_async (fixture->store, revision, cause, NULL, store_called_cb, &call);
  result = store_await (&call);
  name = confsync_store_save_version_finish (fixture->store, result, &error);
  g_assert_no_error (error);
  return name;
}

GPtrArray *
store_list_versions (StoreFixture *fixture)
{
  StoreCall call = { 0 };
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  GPtrArray *versions;

  confsync_store_list_versions_async (fixture->store, NULL, store_called_cb, &call);
  result = store_await (&call);
  versions = confsync_store_list_versions_finish (fixture->store, result, &error);
  g_assert_no_error (error);
  return versions;
}

ConfsyncDocument *
store_get_version (StoreFixture *fixture, const char *name, GError **error)
{
  StoreCall call = { 0 };
  g_autoptr (GAsyncResult) result = NULL;

  confsync_store_get_version_async (fixture->store, name, NULL, store_called_cb, &call);
  result = store_await (&call);
  return confsync_store_get_version_finish (fixture->store, result, error);
}

void
store_acknowledge (StoreFixture *fixture, const char *text, gint64 time)
{
  StoreCall call = { 0 };
  g_autoptr (ConfsyncRevision) revision = test_revision (text, time);
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  confsync_store_acknowledge_async (fixture->store, revision, NULL, store_called_cb, &call);
  result = store_await (&call);
  g_assert_true (confsync_store_acknowledge_finish (fixture->store, result, &error));
  g_assert_no_error (error);
}

ConfsyncDocument *
store_load_state (StoreFixture *fixture, GError **error)
{
  StoreCall call = { 0 };
  g_autoptr (GAsyncResult) result = NULL;

  confsync_store_load_state_async (fixture->store, NULL, store_called_cb, &call);
  result = store_await (&call);
  return confsync_store_load_state_finish (fixture->store, result, error);
}

void
store_save_state (StoreFixture *fixture, const char *text)
{
  StoreCall call = { 0 };
  g_autoptr (ConfsyncDocument) state = test_document (text);
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  confsync_store_save_state_async (fixture->store, state, NULL, store_called_cb, &call);
  result = store_await (&call);
  g_assert_true (confsync_store_save_state_finish (fixture->store, result, &error));
  g_assert_no_error (error);
}

/* PyGObject never lets go of an object that was made in C and that Python never saw; so it is
 * called once all the same. */
static void
skip (StoreFixture *fixture, const char *reason)
{
  g_autoptr (ConfsyncDocument) document = store_load (fixture, NULL);

  g_test_skip (reason);
}

gboolean
store_can_edit (StoreFixture *fixture)
{
  GType type = fixture->row->type;

  if (has_file (type) || CONFSYNC_IS_MEMORY_STORE (fixture->store) ||
      g_signal_lookup (EDIT_SIGNAL, type) != 0)
    return TRUE;
  skip (fixture, "nobody else can change what this store holds");
  return FALSE;
}

gboolean
store_can_limit (StoreFixture *fixture)
{
  if (has_property (fixture->row->type, "max-versions"))
    return TRUE;
  skip (fixture, "this store has no property “max-versions”");
  return FALSE;
}
