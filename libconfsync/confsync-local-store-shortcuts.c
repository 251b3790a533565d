/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * What a store with local members leaves to the store behind it, past the task.
 */

#include "config.h"

#include "confsync-local-store-inside-private.h"

static ConfsyncStamp *
get_origin (ConfsyncStore *store)
{
  return confsync_store_get_origin (CONFSYNC_LOCAL_STORE (store)->store);
}

/* A version is of all that the file has. */
static void
glimpse (ConfsyncStore *store, gboolean anyway)
{
  confsync_store_glimpse (CONFSYNC_LOCAL_STORE (store)->store, anyway);
}

static void
expect_save (ConfsyncStore *store)
{
  confsync_store_expect_save (CONFSYNC_LOCAL_STORE (store)->store);
}

static void
claimed_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  GError *error = NULL;

  if (confsync_store_claim_finish (CONFSYNC_STORE (source), result, &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

static void
claim (ConfsyncStore *store, GTask *task)
{
  confsync_store_claim_async (CONFSYNC_LOCAL_STORE (store)->store, claimed_cb,
                              g_object_ref (task));
}

static void
release (ConfsyncStore *store, GTask *task)
{
  confsync_store_release_async (CONFSYNC_LOCAL_STORE (store)->store, claimed_cb,
                                g_object_ref (task));
}

/* What is known of a version is what is shared of it, here and behind. */
static void
watch_damage (ConfsyncStore *store, ConfsyncDamageFunc func, gpointer data)
{
  confsync_store_watch_damage (CONFSYNC_LOCAL_STORE (store)->store, func, data);
}

static void
mend (ConfsyncStore *store, const char *name, ConfsyncRevision *revision, GTask *task)
{
  confsync_store_mend_async (CONFSYNC_LOCAL_STORE (store)->store, name, revision, claimed_cb,
                             g_object_ref (task));
}

const ConfsyncStoreShortcuts confsync_local_store_shortcuts = {
  .load_at_hand = confsync_local_store_load_at_hand,
  .get_origin = get_origin,
  .glimpse = glimpse,
  .expect_save = expect_save,
  .claim = claim,
  .release = release,
  .watch_damage = watch_damage,
  .mend = mend,
};
