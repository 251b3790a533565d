/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Waits in the default main context, and without a deadline: what is waited for is a disk.
 */

#include "config.h"

#include "confsync-await.h"

void
confsync_await_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GAsyncResult **place = user_data;

  *place = g_object_ref (result);
}

/*
 * confsync_await:
 * @place: what confsync_await_cb() was given
 *
 * Returns: (transfer full): the result, once it is there
 */
GAsyncResult *
confsync_await (GAsyncResult **place)
{
  while (*place == NULL)
    g_main_context_iteration (NULL, TRUE);
  return g_steal_pointer (place);
}
