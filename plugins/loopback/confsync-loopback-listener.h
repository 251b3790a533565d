/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * A name that others in the process can dial, and the process-wide table of them.
 */

#pragma once

#include "confsync-loopback-partition.h"

G_BEGIN_DECLS

#define CONFSYNC_TYPE_LOOPBACK_LISTENER (confsync_loopback_listener_get_type ())

G_DECLARE_FINAL_TYPE (ConfsyncLoopbackListener,
                      confsync_loopback_listener,
                      CONFSYNC,
                      LOOPBACK_LISTENER,
                      ConfsyncListener)

/* Fails with G_IO_ERROR_ADDRESS_IN_USE. */
ConfsyncListener *confsync_loopback_listener_new (const char *name,
                                                  LoopbackPartition *partition,
                                                  ConfsyncClock *clock,
                                                  GError **error);

/* Gives where newcomers go, and the partition that their link is subject to; NULL where nobody
 * listens. May be called in any thread. */
LoopbackPipe *confsync_loopback_listener_find (const char *name, LoopbackPartition **partition);

G_END_DECLS
