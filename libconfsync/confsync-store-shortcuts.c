/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Which stores have ways past the task. A task, its deadline and the turn of the main loop that
 * brings its answer take longer than reading a small file that is in memory; and a thread that is
 * woken early is awake when it is needed.
 */

#include "config.h"

#include "confsync-store-private.h"

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

void
confsync_store_expect_save (ConfsyncStore *self)
{
  const ConfsyncStoreShortcuts *shortcuts = get_shortcuts (self);

  if (shortcuts != NULL)
    shortcuts->expect_save (self);
}
