/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * A thread that runs a manager. It is shared by whoever asks for things and by the thread itself,
 * so either may be the last to let go.
 */

#pragma once

#include "confsync-outbox-private.h"
#include "confsync-request-private.h"

G_BEGIN_DECLS

typedef struct _ConfsyncEngine ConfsyncEngine;

ConfsyncEngine *confsync_engine_new (ConfsyncManager *manager, guint max_changes);
void confsync_engine_unref (ConfsyncEngine *self);

ConfsyncOutbox *confsync_engine_get_outbox (ConfsyncEngine *self);

/* Takes @request; gives its number, or 0 with @error. The first one starts the thread. */
guint64 confsync_engine_submit (ConfsyncEngine *self, ConfsyncRequest *request, GError **error);
void confsync_engine_cancel (ConfsyncEngine *self, guint64 id);

/* Whether the caller is in the thread. */
gboolean confsync_engine_is_inside (ConfsyncEngine *self);

/* What the manager said last. */
ConfsyncDocument *confsync_engine_dup_document (ConfsyncEngine *self);
gboolean confsync_engine_is_running (ConfsyncEngine *self);

/* No request is taken any more: the manager is stopped, all that are open are answered, and the
 * thread ends. Doesn't wait. */
void confsync_engine_quit (ConfsyncEngine *self);
/* Waits for that; in the thread itself it doesn't. */
void confsync_engine_join (ConfsyncEngine *self);

G_END_DECLS
