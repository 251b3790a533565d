/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * The back end that always works: it says when it is time to look.
 */

#pragma once

#include "confsync-watch-backend-private.h"

G_BEGIN_DECLS

#define CONFSYNC_TYPE_WATCH_POLL (confsync_watch_poll_get_type ())

G_DECLARE_FINAL_TYPE (ConfsyncWatchPoll, confsync_watch_poll, CONFSYNC, WATCH_POLL,
                      ConfsyncWatchBackend)

void confsync_watch_poll_set_interval (ConfsyncWatchPoll *self, guint interval_ms);
void confsync_watch_poll_hurry (ConfsyncWatchPoll *self);

G_END_DECLS
