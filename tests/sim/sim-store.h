/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * The disk of a node as a store, for the library's own store with local members to stand before.
 * What it is asked takes the disk's time, and is answered in the main context.
 */

#pragma once

#include "confsync-store.h"
#include "sim-disk.h"

G_BEGIN_DECLS

#define SIM_TYPE_STORE (sim_store_get_type ())
G_DECLARE_FINAL_TYPE (SimStore, sim_store, SIM, STORE, GObject)

SimStore *sim_store_new (SimDisk *disk);
/* The program is gone: nothing reaches the disk any more. */
void sim_store_close (SimStore *self);

G_END_DECLS
