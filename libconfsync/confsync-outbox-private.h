/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * A queue of notifications out of a thread, with a descriptor that can be polled. One thread fills
 * it, any thread empties it; nobody ever waits for a reader.
 */

#pragma once

#include "confsync-notification.h"

G_BEGIN_DECLS

/* Of changes and events, those that were not read are bounded: by number, and the documents of
 * changes by their bytes too; the newest one is always kept. */
#define CONFSYNC_OUTBOX_MAX_EVENTS 1000
#define CONFSYNC_OUTBOX_MAX_BYTES (32 * 1024 * 1024)
/* Requests whose answer was not read yet. */
#define CONFSYNC_OUTBOX_MAX_REQUESTS 10000

typedef struct _ConfsyncOutbox ConfsyncOutbox;

ConfsyncOutbox *confsync_outbox_new (guint max_changes);
ConfsyncOutbox *confsync_outbox_ref (ConfsyncOutbox *self);
void confsync_outbox_unref (ConfsyncOutbox *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ConfsyncOutbox, confsync_outbox_unref)

/* Readable exactly while there is something to pop; -1 where the system gave none. */
int confsync_outbox_get_fd (ConfsyncOutbox *self);

/* The number of a new request, which has exactly one answer pushed later; 0 with @error where too
 * many answers wait, or where the queue is closed. */
guint64 confsync_outbox_open_request (ConfsyncOutbox *self, GError **error);

/* Takes @notification. */
void confsync_outbox_push (ConfsyncOutbox *self, ConfsyncNotification *notification);

/* The oldest one (transfer full), or NULL. */
ConfsyncNotification *confsync_outbox_pop (ConfsyncOutbox *self);

/* The answer to that request (transfer full), past all others; @timeout_us below 0 is for ever. */
ConfsyncNotification *confsync_outbox_wait (ConfsyncOutbox *self,
                                            guint64 id,
                                            gint64 timeout_us,
                                            GError **error);

/* No request is opened any more; what is in the queue can still be read. */
void confsync_outbox_close (ConfsyncOutbox *self);
gboolean confsync_outbox_is_closed (ConfsyncOutbox *self);

G_END_DECLS
