/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * A pool of at most one thread, shared with other pools of the process: it works in the order of
 * the queue, and goes away when there is nothing to do.
 */

#include "config.h"

#include "confsync-worker-private.h"

struct _ConfsyncWorker
{
  GThreadPool *pool;
};

typedef struct
{
  ConfsyncWorkFunc func;
  gpointer data;
  GDestroyNotify destroy;
} Work;

static void
work_thread (gpointer data, gpointer user_data)
{
  g_autofree Work *work = data;

  work->func (work->data);
  if (work->destroy != NULL)
    work->destroy (work->data);
}

ConfsyncWorker *
confsync_worker_new (void)
{
  ConfsyncWorker *self = g_new0 (ConfsyncWorker, 1);

  /* a pool that shares its threads starts none, so this can't fail */
  self->pool = g_thread_pool_new (work_thread, NULL, 1, FALSE, NULL);
  return self;
}

void
confsync_worker_free (ConfsyncWorker *self)
{
  g_thread_pool_free (self->pool, FALSE, FALSE);
  g_free (self);
}

void
confsync_worker_push (ConfsyncWorker *self,
                      ConfsyncWorkFunc func,
                      gpointer data,
                      GDestroyNotify destroy)
{
  Work *work = g_new (Work, 1);
  g_autoptr (GError) error = NULL;

  work->func = func;
  work->data = data;
  work->destroy = destroy;
  /* without a thread the work waits in the queue for one: later is better than never */
  if (!g_thread_pool_push (self->pool, work, &error))
    g_warning ("no thread for file work: %s", error->message);
}
