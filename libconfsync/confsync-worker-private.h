/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * One thing after the other, on a thread that is not the caller's. Idle, it has no thread.
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct _ConfsyncWorker ConfsyncWorker;

typedef void (*ConfsyncWorkFunc) (gpointer data);

ConfsyncWorker *confsync_worker_new (void);

/* What was pushed is still done. May be called in work. */
void confsync_worker_free (ConfsyncWorker *self);

/* Has @func called with @data, and @destroy after it, when all that was pushed before is done. */
void confsync_worker_push (ConfsyncWorker *self,
                           ConfsyncWorkFunc func,
                           gpointer data,
                           GDestroyNotify destroy);

G_END_DECLS
