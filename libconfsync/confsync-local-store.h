/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * A store with local members: it stands before another one and keeps to itself what is to stay on
 * this machine.
 */

#pragma once

#include "confsync-store.h"

G_BEGIN_DECLS

#define CONFSYNC_TYPE_LOCAL_STORE (confsync_local_store_get_type ())

CONFSYNC_AVAILABLE_IN_1_0
G_DECLARE_FINAL_TYPE (ConfsyncLocalStore, confsync_local_store, CONFSYNC, LOCAL_STORE, GObject)

CONFSYNC_AVAILABLE_IN_1_0
ConfsyncLocalStore *confsync_local_store_new (ConfsyncStore *store,
                                              const char *const *local_keys,
                                              GError **error);

CONFSYNC_AVAILABLE_IN_1_0
gboolean confsync_local_store_check_keys (const char *const *local_keys, GError **error);

CONFSYNC_AVAILABLE_IN_1_0
ConfsyncStore *confsync_local_store_get_store (ConfsyncLocalStore *self);

CONFSYNC_AVAILABLE_IN_1_0
const char *const *confsync_local_store_get_local_keys (ConfsyncLocalStore *self);

CONFSYNC_AVAILABLE_IN_1_0
gboolean confsync_local_store_is_active (ConfsyncLocalStore *self);

CONFSYNC_AVAILABLE_IN_1_0
ConfsyncDocument *confsync_local_store_lay (ConfsyncLocalStore *self, ConfsyncDocument *shared);

CONFSYNC_AVAILABLE_IN_1_0
ConfsyncDocument *confsync_local_store_split (ConfsyncLocalStore *self, ConfsyncDocument *document);

G_END_DECLS
