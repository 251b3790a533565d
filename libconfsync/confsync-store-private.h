/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * A way past the task, for a store of the library's that has the live configuration in memory.
 */

#pragma once

#include "confsync-store.h"

G_BEGIN_DECLS

/* What confsync_store_load_async() would find, at once. FALSE where that takes waiting, or where
 * anything that was asked of the store, or that it has to say, is still on its way; then nothing is
 * set. */
typedef gboolean (*ConfsyncStoreAtHand) (ConfsyncStore *self,
                                         ConfsyncDocument **document,
                                         gint64 *modified,
                                         GError **error);

/* Stores of exactly this type have such a way. */
void confsync_store_set_at_hand (GType type, ConfsyncStoreAtHand func);

gboolean confsync_store_load_at_hand (ConfsyncStore *self,
                                      ConfsyncDocument **document,
                                      gint64 *modified,
                                      GError **error);

G_END_DECLS
