/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * A store as an application might write one, around a store in memory: it fails where told to.
 */

#pragma once

#include <confsync.h>

G_BEGIN_DECLS

#define FAULT_TYPE_STORE (fault_store_get_type ())
G_DECLARE_FINAL_TYPE (FaultStore, fault_store, FAULT, STORE, GObject)

FaultStore *fault_store_new (const char *text);
/* What is called `save`, `load_state` and so on fails from now on; %NULL for nothing. */
void fault_store_break (FaultStore *self, const char *what);

G_END_DECLS
