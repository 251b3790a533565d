/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * How many versions the store keeps. Only the store knows: it thins them as it keeps new ones. It
 * is asked a moment after something was kept, once for all that was, and never on an edit's way.
 */

#include "config.h"

#include "confsync-driver-inside-private.h"

#define COUNT_DELAY_MS 300

static void
listed_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  ConfsyncDriver *self = user_data;
  g_autoptr (GPtrArray) versions =
    confsync_store_list_versions_finish (CONFSYNC_STORE (source), result, NULL);

  /* a store that can't list says so where a list is asked for */
  if (versions != NULL)
    confsync_driver_set_version_count (self, versions->len);
  confsync_driver_end_call (self);
}

static gboolean
count_cb (gpointer user_data)
{
  ConfsyncDriver *self = user_data;

  confsync_driver_cancel_count (self);
  confsync_store_list_versions_async (self->store, NULL, listed_cb,
                                      confsync_driver_begin_call (self));
  return G_SOURCE_REMOVE;
}

void
confsync_driver_count_later (ConfsyncDriver *self)
{
  /* the first one is news to whoever looks */
  const guint delay = self->n_versions > 0 ? COUNT_DELAY_MS : 0;

  if (self->count == NULL && self->running)
    self->count = confsync_clock_add_once (confsync_node_get_clock (self->node), delay, count_cb,
                                           self, NULL);
}

void
confsync_driver_cancel_count (ConfsyncDriver *self)
{
  if (self->count != NULL)
    g_source_destroy (self->count);
  g_clear_pointer (&self->count, g_source_unref);
}
