/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * What works in a courier's thread: channels, listeners and watchers by number. Everything here is
 * called in that thread, under its main context; what happens goes into the queue.
 */

#pragma once

#include "confsync-parcel-queue-private.h"

G_BEGIN_DECLS

typedef struct _ConfsyncCourierDesk ConfsyncCourierDesk;

/* @instance_id is what the health report says. */
ConfsyncCourierDesk *confsync_courier_desk_new (ConfsyncParcelQueue *queue,
                                                const char *instance_id);
/* Everything has ended. */
void confsync_courier_desk_free (ConfsyncCourierDesk *self);

/* What comes of these, failure included, is told of under @id. */
void confsync_courier_desk_listen (ConfsyncCourierDesk *self,
                                   guint id,
                                   const char *address,
                                   ConfsyncListenFlags flags);
void confsync_courier_desk_dial (ConfsyncCourierDesk *self, guint id, const char *address);
void confsync_courier_desk_watch (ConfsyncCourierDesk *self, guint id, const char *path);

/* Nothing where there is no such number. */
void confsync_courier_desk_send (ConfsyncCourierDesk *self, guint id, GBytes *message);
void confsync_courier_desk_end (ConfsyncCourierDesk *self, guint id);

/* Ends everything; some of it takes until is_empty(). Once it is late, channels that have not said
 * goodbye count as gone; a listener that is being opened is waited for, which has its own end. */
void confsync_courier_desk_end_all (ConfsyncCourierDesk *self);
gboolean confsync_courier_desk_is_empty (ConfsyncCourierDesk *self, gboolean late);

G_END_DECLS
