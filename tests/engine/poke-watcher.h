/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * A watcher that sees nothing by itself: tests make it say that something has changed.
 */

#pragma once

#include <confsync.h>

G_BEGIN_DECLS

#define POKE_TYPE_WATCHER (poke_watcher_get_type ())
G_DECLARE_FINAL_TYPE (PokeWatcher, poke_watcher, POKE, WATCHER, GObject)

ConfsyncWatcher *poke_watcher_new (void);
/* started more often than stopped */
gboolean poke_watcher_is_started (ConfsyncWatcher *watcher);

G_END_DECLS
