/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * A store that forgets all when it goes: for tests, simulators, and relays without a file.
 */

#pragma once

#include "confsync-store.h"

G_BEGIN_DECLS

#define CONFSYNC_TYPE_MEMORY_STORE (confsync_memory_store_get_type ())

CONFSYNC_AVAILABLE_IN_1_0
G_DECLARE_FINAL_TYPE (ConfsyncMemoryStore, confsync_memory_store, CONFSYNC, MEMORY_STORE, GObject)

CONFSYNC_AVAILABLE_IN_1_0
ConfsyncMemoryStore *confsync_memory_store_new (void);

CONFSYNC_AVAILABLE_IN_1_0
void confsync_memory_store_edit (ConfsyncMemoryStore *self, ConfsyncDocument *document);

CONFSYNC_AVAILABLE_IN_1_0
ConfsyncDocument *confsync_memory_store_get_live (ConfsyncMemoryStore *self);

CONFSYNC_AVAILABLE_IN_1_0
guint confsync_memory_store_get_max_versions (ConfsyncMemoryStore *self);

CONFSYNC_AVAILABLE_IN_1_0
void confsync_memory_store_set_max_versions (ConfsyncMemoryStore *self, guint max_versions);

G_END_DECLS
