/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Which stores have ways past the task. A task, its deadline and the turn of the main loop that
 * brings its answer take longer than reading a small file that is in memory; and a thread that is
 * woken early is awake when it is needed.
 */

#include "config.h"

#include "confsync-store-private.h"

#include "confsync-error.h"

static G_DEFINE_QUARK (confsync-store-shortcuts, shortcuts)

void
confsync_store_set_shortcuts (GType type, const ConfsyncStoreShortcuts *shortcuts)
{
  g_type_set_qdata (type, shortcuts_quark (), (gpointer) shortcuts);
}

/* (nullable) */
static const ConfsyncStoreShortcuts *
get_shortcuts (ConfsyncStore *self)
{
  return g_type_get_qdata (G_OBJECT_TYPE (self), shortcuts_quark ());
}

gboolean
confsync_store_load_at_hand (ConfsyncStore *self,
                             ConfsyncDocument **document,
                             gint64 *modified,
                             GError **error)
{
  const ConfsyncStoreShortcuts *shortcuts = get_shortcuts (self);

  return shortcuts != NULL && shortcuts->load_at_hand (self, document, modified, error);
}

ConfsyncStamp *
confsync_store_get_origin (ConfsyncStore *self)
{
  const ConfsyncStoreShortcuts *shortcuts = get_shortcuts (self);

  return shortcuts != NULL ? shortcuts->get_origin (self) : NULL;
}

void
confsync_store_glimpse (ConfsyncStore *self, gboolean anyway)
{
  const ConfsyncStoreShortcuts *shortcuts = get_shortcuts (self);

  if (shortcuts != NULL)
    shortcuts->glimpse (self, anyway);
}

void
confsync_store_expect_save (ConfsyncStore *self)
{
  const ConfsyncStoreShortcuts *shortcuts = get_shortcuts (self);

  if (shortcuts != NULL)
    shortcuts->expect_save (self);
}

/* Hands the task to @function (nullable), which ends it. */
static void
ask (void (*function) (ConfsyncStore *self, GTask *task), GTask *task)
{
  if (function != NULL)
    function (g_task_get_source_object (task), task);
  else
    g_task_return_boolean (task, TRUE);
}

void
confsync_store_claim_async (ConfsyncStore *self, GAsyncReadyCallback callback, gpointer user_data)
{
  const ConfsyncStoreShortcuts *shortcuts = get_shortcuts (self);
  g_autoptr (GTask) task = g_task_new (self, NULL, callback, user_data);

  g_task_set_source_tag (task, confsync_store_claim_async);
  ask (shortcuts != NULL ? shortcuts->claim : NULL, task);
}

void
confsync_store_release_async (ConfsyncStore *self, GAsyncReadyCallback callback, gpointer user_data)
{
  const ConfsyncStoreShortcuts *shortcuts = get_shortcuts (self);
  g_autoptr (GTask) task = g_task_new (self, NULL, callback, user_data);

  g_task_set_source_tag (task, confsync_store_release_async);
  ask (shortcuts != NULL ? shortcuts->release : NULL, task);
}

void
confsync_store_watch_damage (ConfsyncStore *self, ConfsyncDamageFunc func, gpointer data)
{
  const ConfsyncStoreShortcuts *shortcuts = get_shortcuts (self);

  if (shortcuts != NULL)
    shortcuts->watch_damage (self, func, data);
}

void
confsync_store_mend_async (ConfsyncStore *self,
                           const char *name,
                           ConfsyncRevision *revision,
                           GAsyncReadyCallback callback,
                           gpointer user_data)
{
  const ConfsyncStoreShortcuts *shortcuts = get_shortcuts (self);
  g_autoptr (GTask) task = g_task_new (self, NULL, callback, user_data);

  g_task_set_source_tag (task, confsync_store_mend_async);
  if (shortcuts != NULL)
    shortcuts->mend (self, name, revision, task);
  else
    g_task_return_new_error (task, CONFSYNC_ERROR, CONFSYNC_ERROR_FAILED,
                             "a store of the type %s can't write a version again",
                             G_OBJECT_TYPE_NAME (self));
}

gboolean
confsync_store_claim_finish (ConfsyncStore *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}
