/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * The back end that the kernel tells of each change.
 */

#pragma once

#include "confsync-watch-backend-private.h"

G_BEGIN_DECLS

#define CONFSYNC_TYPE_WATCH_INOTIFY (confsync_watch_inotify_get_type ())

G_DECLARE_FINAL_TYPE (ConfsyncWatchInotify, confsync_watch_inotify, CONFSYNC, WATCH_INOTIFY,
                      ConfsyncWatchBackend)

G_END_DECLS
