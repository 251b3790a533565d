/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * The driver and what stays on this machine. The replica never sees it; an application does, and
 * hears of its changes, which others don't.
 */

#include "config.h"

#include "confsync-driver-inside-private.h"

/* (nullable): nothing stays here */
static ConfsyncLocalStore *
get_local (ConfsyncDriver *self)
{
  ConfsyncLocalStore *store =
    CONFSYNC_IS_LOCAL_STORE (self->store) ? CONFSYNC_LOCAL_STORE (self->store) : NULL;
  const char *const *keys = store != NULL ? confsync_local_store_get_local_keys (store) : NULL;

  return keys != NULL && keys[0] != NULL ? store : NULL;
}

ConfsyncDocument *
confsync_driver_keep_local (ConfsyncDriver *self, ConfsyncDocument *document, GError **error)
{
  ConfsyncLocalStore *store = get_local (self);
  const char *const *keys;
  g_autoptr (ConfsyncDocument) laid = NULL;
  g_autoptr (ConfsyncJson) whole = NULL;

  if (store == NULL)
    return confsync_document_ref (document);
  keys = confsync_local_store_get_local_keys (store);
  laid = confsync_local_store_lay (store, document);
  whole = confsync_json_ref (confsync_document_get_json (laid));
  for (gsize i = 0; whole != NULL && keys[i] != NULL; i++)
    {
      g_autoptr (ConfsyncJson) said =
        confsync_json_lookup (confsync_document_get_json (document), keys[i], NULL);
      g_autoptr (ConfsyncJson) before = confsync_json_ref (whole);

      if (said == NULL)
        continue;
      confsync_json_unref (whole);
      whole = confsync_json_put (before, keys[i], said, error);
    }
  return whole != NULL ? confsync_document_new_from_json (whole, error) : NULL;
}

ConfsyncDocument *
confsync_driver_split (ConfsyncDriver *self, ConfsyncDocument *document)
{
  return CONFSYNC_IS_LOCAL_STORE (self->store)
           ? confsync_local_store_split (CONFSYNC_LOCAL_STORE (self->store), document)
           : confsync_document_ref (document);
}

void
confsync_driver_check_local (ConfsyncDriver *self)
{
  ConfsyncLocalStore *store = get_local (self);
  ConfsyncRevision *head = confsync_driver_get_head (self);
  g_autoptr (ConfsyncDocument) before = g_steal_pointer (&self->shown);

  if (store == NULL || head == NULL)
    return;
  self->shown = confsync_local_store_lay (store, confsync_revision_get_document (head));
  if (before != NULL && self->shown_for == head && !confsync_document_equal (before, self->shown))
    confsync_driver_emit_changed (self, head, head, TRUE);
  self->shown_for = head;
}

typedef struct
{
  ConfsyncDriver *driver; /* by confsync_driver_begin_call () */
  GTask *task;            /* (owned) */
} Ending;

static void
written_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autofree Ending *ending = user_data;
  g_autoptr (GTask) task = ending->task;
  g_autoptr (GError) error = NULL;

  if (confsync_store_load_finish (CONFSYNC_STORE (source), result, NULL, NULL, NULL, &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, g_steal_pointer (&error));
  confsync_driver_end_call (ending->driver);
}

/* The store does one thing after the other, so what it reads is behind what it writes. */
void
confsync_driver_end_local (ConfsyncDriver *self, GTask *task)
{
  Ending *ending;

  confsync_driver_check_local (self);
  if (get_local (self) == NULL)
    {
      g_task_return_boolean (task, TRUE);
      return;
    }
  ending = g_new (Ending, 1);
  ending->driver = confsync_driver_begin_call (self);
  ending->task = g_object_ref (task);
  confsync_store_load_async (self->store, NULL, written_cb, ending);
}
