/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Which stores can say at once what is live. A task, its deadline and the turn of the main loop
 * that brings its answer take longer than reading a small file that is in memory.
 */

#include "config.h"

#include "confsync-store-private.h"

static GQuark
at_hand_quark (void)
{
  return g_quark_from_static_string ("confsync-store-at-hand");
}

void
confsync_store_set_at_hand (GType type, ConfsyncStoreAtHand func)
{
  g_type_set_qdata (type, at_hand_quark (), (gpointer) func);
}

gboolean
confsync_store_load_at_hand (ConfsyncStore *self,
                             ConfsyncDocument **document,
                             gint64 *modified,
                             GError **error)
{
  ConfsyncStoreAtHand func =
    (ConfsyncStoreAtHand) g_type_get_qdata (G_OBJECT_TYPE (self), at_hand_quark ());

  return func != NULL && func (self, document, modified, error);
}
