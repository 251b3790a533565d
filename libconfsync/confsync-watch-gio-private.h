/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * The back end on GFileMonitor.
 */

#pragma once

#include "confsync-watch-backend-private.h"

G_BEGIN_DECLS

#define CONFSYNC_TYPE_WATCH_GIO (confsync_watch_gio_get_type ())

G_DECLARE_FINAL_TYPE (ConfsyncWatchGio, confsync_watch_gio, CONFSYNC, WATCH_GIO,
                      ConfsyncWatchBackend)

G_END_DECLS
