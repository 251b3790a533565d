/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * What a store with local members reads: the live configuration, and versions. The first load after
 * the setting changed looks for the version that tells what the others have at a new local member.
 */

#include "config.h"

#include "confsync-local-store-inside-private.h"

#include "confsync-store-private.h"

static void
finish_load (ConfsyncLocalCall *call)
{
  ConfsyncLocalStore *self = call->self;
  g_autoptr (ConfsyncDocument) shared = NULL;

  g_mutex_lock (&self->lock);
  shared = confsync_local_ledger_take (self->ledger, call->document, call->stamp);
  g_mutex_unlock (&self->lock);
  confsync_store_return_loaded (call->task, shared, call->stamp, call->modified);
  confsync_local_store_follow_up (self);
}

static void
wanted_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (ConfsyncLocalCall) call = user_data;
  /* without it the load goes on, more careful than it need be */
  g_autoptr (ConfsyncDocument) version =
    confsync_store_get_version_finish (CONFSYNC_STORE (source), result, NULL);

  if (version != NULL)
    {
      g_mutex_lock (&call->self->lock);
      confsync_local_ledger_supply (call->self->ledger, version);
      g_mutex_unlock (&call->self->lock);
    }
  finish_load (call);
}

static const char *
find_name (GPtrArray *versions, const char *hash)
{
  for (guint i = 0; versions != NULL && i < versions->len; i++)
    if (g_strcmp0 (confsync_version_get_hash (versions->pdata[i]), hash) == 0)
      return confsync_version_get_name (versions->pdata[i]);
  return NULL;
}

static void
wanted_list_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (ConfsyncLocalCall) call = user_data;
  g_autoptr (GPtrArray) versions =
    confsync_store_list_versions_finish (CONFSYNC_STORE (source), result, NULL);
  const char *name = find_name (versions, call->hash);

  if (name == NULL)
    {
      finish_load (call);
      return;
    }
  confsync_store_get_version_async (CONFSYNC_STORE (source), name, NULL, wanted_cb,
                                    g_steal_pointer (&call));
}

static void loaded_cb (GObject *source, GAsyncResult *result, gpointer user_data);

/* The store behind does one thing after the other, so this is read after what it writes. */
static void
load_again (ConfsyncLocalCall *call)
{
  g_clear_pointer (&call->document, confsync_document_unref);
  g_clear_pointer (&call->stamp, confsync_stamp_unref);
  confsync_store_load_async (call->self->store, g_task_get_cancellable (call->task), loaded_cb,
                             call);
}

static void
loaded_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (ConfsyncLocalCall) call = user_data;
  ConfsyncLocalStore *self = call->self;
  GError *error = NULL;

  if (!confsync_store_load_finish (CONFSYNC_STORE (source), result, &call->document, &call->stamp,
                                   &call->modified, &error))
    {
      g_task_return_error (call->task, error);
      return;
    }
  if (call->document == NULL)
    {
      confsync_store_return_loaded (call->task, NULL, NULL, call->modified);
      return;
    }
  /* the engine knows of its own saves, but not of ours: what one of these is about to replace would
   * be the head by then, and what it puts back an edit */
  if (self->saving_again > 0)
    {
      load_again (g_steal_pointer (&call));
      return;
    }
  g_mutex_lock (&self->lock);
  call->hash = g_strdup (confsync_local_ledger_get_wanted (self->ledger));
  g_mutex_unlock (&self->lock);
  if (call->hash == NULL)
    finish_load (call);
  else
    confsync_store_list_versions_async (CONFSYNC_STORE (source), NULL, wanted_list_cb,
                                        g_steal_pointer (&call));
}

void
confsync_local_store_load (ConfsyncLocalStore *self, GTask *task)
{
  confsync_store_load_async (self->store, g_task_get_cancellable (task), loaded_cb,
                             confsync_local_call_new (self, task));
}

gboolean
confsync_local_store_load_at_hand (ConfsyncStore *store,
                                   ConfsyncDocument **document,
                                   gint64 *modified,
                                   GError **error)
{
  ConfsyncLocalStore *self = CONFSYNC_LOCAL_STORE (store);
  g_autoptr (ConfsyncDocument) live = NULL;

  if (!confsync_local_store_is_active (self))
    return confsync_store_load_at_hand (self->store, document, modified, error);
  /* what a save has written may be in the file before its answer is here */
  if (self->invalid != NULL || self->saving > 0 ||
      !confsync_store_load_at_hand (self->store, &live, modified, error))
    return FALSE;
  if (live == NULL)
    return TRUE;
  g_mutex_lock (&self->lock);
  *document = confsync_local_ledger_take (self->ledger, live, NULL);
  g_mutex_unlock (&self->lock);
  confsync_local_store_follow_up (self);
  return TRUE;
}

/* Versions */

void
confsync_local_store_note_versions (ConfsyncLocalStore *self, GPtrArray *versions)
{
  g_mutex_lock (&self->lock);
  g_hash_table_remove_all (self->hashes);
  g_hash_table_remove_all (self->stamps);
  for (guint i = 0; i < versions->len; i++)
    {
      const char *hash = confsync_version_get_hash (versions->pdata[i]);
      ConfsyncStamp *stamp = confsync_version_get_stamp (versions->pdata[i]);

      g_hash_table_insert (self->hashes,
                           g_strdup (confsync_version_get_name (versions->pdata[i])),
                           g_strdup (hash));
      if (hash != NULL && stamp != NULL)
        g_hash_table_insert (self->stamps, g_strdup (hash), confsync_stamp_ref (stamp));
    }
  g_mutex_unlock (&self->lock);
}

static void
listed_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (ConfsyncLocalCall) call = user_data;
  GError *error = NULL;
  g_autoptr (GPtrArray) versions =
    confsync_store_list_versions_finish (CONFSYNC_STORE (source), result, &error);

  if (versions == NULL)
    {
      g_task_return_error (call->task, error);
      return;
    }
  confsync_local_store_note_versions (call->self, versions);
  confsync_store_return_versions (call->task, (ConfsyncVersion **) versions->pdata, versions->len);
}

void
confsync_local_store_list_versions (ConfsyncLocalStore *self, GTask *task)
{
  confsync_store_list_versions_async (self->store, g_task_get_cancellable (task), listed_cb,
                                      confsync_local_call_new (self, task));
}

static void
return_version (ConfsyncLocalCall *call)
{
  ConfsyncLocalStore *self = call->self;
  g_autoptr (ConfsyncDocument) shared = NULL;
  const char *hash;

  g_mutex_lock (&self->lock);
  hash = g_hash_table_lookup (self->hashes, call->name);
  /* one that was damaged has nothing local in it any more */
  shared = g_strcmp0 (hash, confsync_document_get_hash (call->document)) == 0
             ? confsync_document_ref (call->document)
             : confsync_local_ledger_recover (self->ledger, call->document, hash);
  g_mutex_unlock (&self->lock);
  confsync_store_return_document (call->task, shared);
}

/* The hash of the version is what tells how its file is to be read. */
static void
version_list_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (ConfsyncLocalCall) call = user_data;
  g_autoptr (GPtrArray) versions =
    confsync_store_list_versions_finish (CONFSYNC_STORE (source), result, NULL);

  if (versions != NULL)
    confsync_local_store_note_versions (call->self, versions);
  return_version (call);
}

static void
version_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (ConfsyncLocalCall) call = user_data;
  ConfsyncLocalStore *self = call->self;
  GError *error = NULL;
  gboolean known;

  call->document = confsync_store_get_version_finish (CONFSYNC_STORE (source), result, &error);
  if (call->document == NULL)
    {
      g_task_return_error (call->task, error);
      return;
    }
  g_mutex_lock (&self->lock);
  known = g_hash_table_contains (self->hashes, call->name);
  g_mutex_unlock (&self->lock);
  if (known)
    return_version (call);
  else
    confsync_store_list_versions_async (CONFSYNC_STORE (source), NULL, version_list_cb,
                                        g_steal_pointer (&call));
}

void
confsync_local_store_get_version (ConfsyncLocalStore *self, const char *name, GTask *task)
{
  ConfsyncLocalCall *call = confsync_local_call_new (self, task);

  call->name = g_strdup (name);
  confsync_store_get_version_async (self->store, name, g_task_get_cancellable (task), version_cb,
                                    call);
}
