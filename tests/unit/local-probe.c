/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Making, restarting and asking a store with local members.
 */

#include "local-probe.h"

#include <glib/gstdio.h>
#include <string.h>

static void
make_behind (LocalProbe *self)
{
  if (self->path != NULL)
    self->behind = CONFSYNC_STORE (confsync_file_store_new (self->path, NULL));
  else
    self->behind = CONFSYNC_STORE (confsync_memory_store_new ());
}

void
local_probe_init (LocalProbe *self, gboolean in_files)
{
  memset (self, 0, sizeof *self);
  self->notices = g_string_new (NULL);
  self->displaced = g_ptr_array_new_with_free_func ((GDestroyNotify) confsync_document_unref);
  if (in_files)
    {
      self->dir = test_temp_dir ();
      self->path = g_build_filename (self->dir, "config.json", NULL);
    }
  make_behind (self);
}

static gboolean
is_gone (gpointer place)
{
  return *(gpointer *) place == NULL;
}

/* Tasks that are on their way may hold it for a turn. */
static void
let_go (ConfsyncStore **place)
{
  gpointer store = *place;

  g_object_add_weak_pointer (store, &store);
  g_clear_object (place);
  g_assert_true (test_wait_until (is_gone, &store, TEST_DEADLINE_MS));
}

static void
end_life (LocalProbe *self)
{
  if (self->store == NULL)
    return;
  g_signal_handlers_disconnect_by_data (self->store, self);
  let_go (&self->store);
}

void
local_probe_clear (LocalProbe *self)
{
  end_life (self);
  let_go (&self->behind);
  if (self->dir != NULL)
    test_remove_tree (self->dir);
  g_free (self->dir);
  g_free (self->path);
  g_string_free (self->notices, TRUE);
  g_ptr_array_unref (self->displaced);
}

static void
notice_cb (ConfsyncStore *store, const char *message, LocalProbe *self)
{
  g_string_append_printf (self->notices, "%s\n", message);
}

static void
displaced_cb (ConfsyncStore *store, ConfsyncDocument *document, LocalProbe *self)
{
  g_ptr_array_add (self->displaced, confsync_document_ref (document));
}

static void
called_cb (GObject *source, GAsyncResult *result, gpointer place)
{
  *(GAsyncResult **) place = g_object_ref (result);
}

static gboolean
is_there (gpointer place)
{
  return *(gpointer *) place != NULL;
}

static GAsyncResult *
await (GAsyncResult **place)
{
  g_assert_true (test_wait_until (is_there, place, TEST_DEADLINE_MS));
  return *place;
}

void
local_probe_start (LocalProbe *self, const char *keys)
{
  g_auto (GStrv) list = keys != NULL ? g_strsplit (keys, " ", -1) : NULL;
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (ConfsyncDocument) notes = NULL;
  g_autoptr (GPtrArray) versions = NULL;
  g_autoptr (GError) error = NULL;

  end_life (self);
  if (self->path != NULL)
    {
      let_go (&self->behind);
      make_behind (self);
    }
  self->store = CONFSYNC_STORE (
    confsync_local_store_new (self->behind, (const char *const *) list, &error));
  g_assert_no_error (error);
  g_signal_connect (self->store, "notice", G_CALLBACK (notice_cb), self);
  g_signal_connect (self->store, "displaced", G_CALLBACK (displaced_cb), self);
  confsync_store_load_state_async (self->store, NULL, called_cb, &result);
  notes = confsync_store_load_state_finish (self->store, await (&result), NULL);
  if (notes != NULL)
    g_assert_null (confsync_json_get_member (confsync_document_get_json (notes), "local_members"));
  versions = local_probe_list (self);
}

void
local_probe_edit (LocalProbe *self, const char *text)
{
  g_autoptr (ConfsyncDocument) document = text != NULL ? test_document (text) : NULL;
  g_autofree char *quoted = g_strdup (text);

  if (self->path == NULL)
    confsync_memory_store_edit (CONFSYNC_MEMORY_STORE (self->behind), document);
  else if (text != NULL)
    test_replace_file (self->path, g_strdelimit (quoted, "'", '"'));
  else
    g_assert_no_errno (g_remove (self->path));
}

void
local_probe_assert_live (LocalProbe *self, const char *text)
{
  g_autofree char *read = NULL;

  if (self->path == NULL)
    {
      test_assert_document (confsync_memory_store_get_live (CONFSYNC_MEMORY_STORE (self->behind)),
                            text);
      return;
    }
  g_assert_true (g_file_get_contents (self->path, &read, NULL, NULL));
  {
    g_autoptr (ConfsyncDocument) live = test_document (read);

    test_assert_document (live, text);
  }
}

/* The store behind does one thing after the other, so once it answers this it has done the rest;
 * what that led to is asked for by then, and done when it answers again. */
void
local_probe_settle (LocalProbe *self)
{
  for (guint i = 0; i < 4; i++)
    {
      g_autoptr (GAsyncResult) result = NULL;

      confsync_store_list_versions_async (self->behind, NULL, called_cb, &result);
      await (&result);
      while (g_main_context_iteration (NULL, FALSE))
        ;
    }
}

ConfsyncDocument *
local_probe_load (LocalProbe *self, ConfsyncStamp **stamp)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  ConfsyncDocument *document = NULL;

  confsync_store_load_async (self->store, NULL, called_cb, &result);
  confsync_store_load_finish (self->store, await (&result), &document, stamp, NULL, &error);
  g_assert_no_error (error);
  return document;
}

void
local_probe_assert_load (LocalProbe *self, const char *text)
{
  g_autoptr (ConfsyncDocument) document = local_probe_load (self, NULL);

  g_assert_nonnull (document);
  test_assert_document (document, text);
}

ConfsyncDocument *
local_probe_save (LocalProbe *self, const char *text, gint64 time, const char *expected)
{
  g_autoptr (ConfsyncRevision) revision = test_revision (text, time);
  g_autoptr (ConfsyncDocument) there = expected != NULL ? test_document (expected) : NULL;
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  ConfsyncDocument *displaced = NULL;

  confsync_store_save_async (self->store, revision, there, NULL, called_cb, &result);
  confsync_store_save_finish (self->store, await (&result), &displaced, &error);
  g_assert_no_error (error);
  return displaced;
}

char *
local_probe_keep (LocalProbe *self, const char *text, gint64 time)
{
  g_autoptr (ConfsyncRevision) revision = test_revision (text, time);
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  char *name;

  confsync_store_save_version_async (self->store, revision, CONFSYNC_CAUSE_REMOTE, NULL, called_cb,
                                     &result);
  name = confsync_store_save_version_finish (self->store, await (&result), &error);
  g_assert_no_error (error);
  return name;
}

void
local_probe_note_head (LocalProbe *self, const char *text, gint64 time)
{
  g_autoptr (ConfsyncRevision) revision = test_revision (text, time);
  g_autofree char *stamp = confsync_stamp_to_string (confsync_revision_get_stamp (revision));
  g_autofree char *notes =
    g_strdup_printf ("{\"actor\":\"x\",\"head\":{\"hash\":\"%s\",\"stamp\":%s}}",
                     confsync_revision_get_hash (revision), stamp);
  g_autoptr (ConfsyncDocument) document = test_document (notes);
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  confsync_store_save_state_async (self->store, document, NULL, called_cb, &result);
  confsync_store_save_state_finish (self->store, await (&result), &error);
  g_assert_no_error (error);
}

void
local_probe_apply (LocalProbe *self, const char *text, gint64 time, const char *expected)
{
  g_autoptr (ConfsyncDocument) displaced = local_probe_save (self, text, time, expected);

  g_assert_null (displaced);
  g_free (local_probe_keep (self, text, time));
  local_probe_note_head (self, text, time);
  local_probe_settle (self);
}

GPtrArray *
local_probe_list (LocalProbe *self)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  GPtrArray *versions;

  confsync_store_list_versions_async (self->store, NULL, called_cb, &result);
  versions = confsync_store_list_versions_finish (self->store, await (&result), &error);
  g_assert_no_error (error);
  return versions;
}

ConfsyncDocument *
local_probe_get_version (LocalProbe *self, const char *name)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  ConfsyncDocument *document;

  confsync_store_get_version_async (self->store, name, NULL, called_cb, &result);
  document = confsync_store_get_version_finish (self->store, await (&result), &error);
  g_assert_no_error (error);
  return document;
}

char *
local_probe_dup_notes (LocalProbe *self)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (ConfsyncDocument) notes = NULL;

  confsync_store_load_state_async (self->behind, NULL, called_cb, &result);
  notes = confsync_store_load_state_finish (self->behind, await (&result), NULL);
  return notes != NULL ? test_canonical (notes) : NULL;
}

void
local_probe_put_notes (LocalProbe *self, const char *notes)
{
  g_autoptr (ConfsyncDocument) document = test_document (notes);
  g_autoptr (GAsyncResult) result = NULL;

  confsync_store_save_state_async (self->behind, document, NULL, called_cb, &result);
  g_assert_true (confsync_store_save_state_finish (self->behind, await (&result), NULL));
}

void
local_probe_start_at_home (LocalProbe *self, const char *keys)
{
  local_probe_edit (self, "{'device_id':'" LOCAL_PROBE_SECRET "','v':1}");
  local_probe_start (self, keys);
  local_probe_assert_load (self, "{'v':1}");
  g_free (local_probe_keep (self, "{'v':1}", 1));
  local_probe_note_head (self, "{'v':1}", 1);
}

gboolean
local_probe_has_file (LocalProbe *self, const char *text)
{
  g_autoptr (ConfsyncDocument) wanted = test_document (text);
  g_autoptr (GPtrArray) versions = local_probe_list (self);

  for (guint i = 0; i < versions->len; i++)
    {
      g_autoptr (ConfsyncDocument) file = confsync_store_get_version_sync (
        self->behind, confsync_version_get_name (versions->pdata[i]), NULL, NULL);

      if (confsync_document_equal (file, wanted))
        return TRUE;
    }
  return FALSE;
}

static void
set_up (LocalProbe *self, gconstpointer in_files)
{
  local_probe_init (self, in_files != NULL);
}

static void
tear_down (LocalProbe *self, gconstpointer data)
{
  g_assert_null (strstr (self->notices->str, LOCAL_PROBE_SECRET));
  local_probe_clear (self);
}

void
local_probe_add (const char *path,
                 gboolean in_files,
                 void (*function) (LocalProbe *self, gconstpointer data))
{
  g_test_add (path, LocalProbe, in_files ? "files" : NULL, set_up, function, tear_down);
}

void
local_probe_add_all (const char *path, const LocalProbeCase *cases, guint n_cases)
{
  for (guint i = 0; i < n_cases; i++)
    {
      g_autofree char *memory = g_strdup_printf ("%s/memory/%s", path, cases[i].name);
      g_autofree char *files = g_strdup_printf ("%s/files/%s", path, cases[i].name);

      local_probe_add (memory, FALSE, cases[i].function);
      local_probe_add (files, TRUE, cases[i].function);
    }
}
