/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * The thread: its main context, the manager in it, and what is posted to it. What belongs to the
 * thread is touched by nobody else from its first turn to its end; what others see has the lock.
 *
 * The lock may be held while something is posted to the context or the outbox, whose own locks are
 * taken under it; never while the manager or a plugin is called.
 */

#include "config.h"

#include "confsync-engine-private.h"

#include "confsync-notification-private.h"

/* How many turns what was posted to the context may take to go, once the manager is gone. */
#define LAST_TURNS 1000

struct _ConfsyncEngine
{
  GMainContext *context;
  ConfsyncOutbox *outbox;

  /* the thread's */
  ConfsyncManager *manager; /* (owned) (nullable) at its end */
  GHashTable *open;         /* id to ConfsyncRequest (unowned): under way */
  gboolean quitting;
  gboolean stopped;

  GMutex lock; /* guards what follows */
  GCond ended_cond;
  GThread *thread; /* (nullable) before the first request, and once it was joined */
  gboolean closed; /* no more requests */
  gboolean ended;
  ConfsyncDocument *document; /* (owned) (nullable) */
  gboolean running;
};

typedef struct
{
  ConfsyncEngine *engine;   /* (owned) */
  ConfsyncRequest *request; /* (nullable) */
  guint64 id;
} Post;

static ConfsyncEngine *
engine_ref (ConfsyncEngine *self)
{
  return g_atomic_rc_box_acquire (self);
}

ConfsyncEngine *
confsync_engine_new (ConfsyncManager *manager, guint max_changes)
{
  ConfsyncEngine *self = g_atomic_rc_box_new0 (ConfsyncEngine);

  self->context = g_main_context_new ();
  self->outbox = confsync_outbox_new (max_changes);
  self->manager = g_object_ref (manager);
  self->open = g_hash_table_new (g_int64_hash, g_int64_equal);
  g_mutex_init (&self->lock);
  g_cond_init (&self->ended_cond);
  return self;
}

static void
engine_clear (ConfsyncEngine *self)
{
  g_clear_object (&self->manager);
  g_hash_table_unref (self->open);
  g_clear_pointer (&self->thread, g_thread_unref);
  g_clear_pointer (&self->document, confsync_document_unref);
  confsync_outbox_unref (self->outbox);
  g_main_context_unref (self->context);
  g_mutex_clear (&self->lock);
  g_cond_clear (&self->ended_cond);
}

void
confsync_engine_unref (ConfsyncEngine *self)
{
  g_atomic_rc_box_release_full (self, (GDestroyNotify) engine_clear);
}

ConfsyncOutbox *
confsync_engine_get_outbox (ConfsyncEngine *self)
{
  return self->outbox;
}

static void
post_free (Post *post)
{
  confsync_engine_unref (post->engine);
  g_clear_pointer (&post->request, confsync_request_free);
  g_free (post);
}

/* Never through g_main_context_invoke(), which may run it right here. Posts are dispatched in the
 * order in which they were attached. */
static void
post (ConfsyncEngine *self, GSourceFunc func, ConfsyncRequest *request, guint64 id)
{
  g_autoptr (GSource) source = g_idle_source_new ();
  Post *data = g_new (Post, 1);

  data->engine = engine_ref (self);
  data->request = request;
  data->id = id;
  g_source_set_priority (source, G_PRIORITY_DEFAULT);
  g_source_set_static_name (source, "confsync request");
  g_source_set_callback (source, func, data, (GDestroyNotify) post_free);
  g_source_attach (source, self->context);
}

/* in the thread */

static void
set_document (ConfsyncEngine *self, ConfsyncDocument *document)
{
  g_autoptr (ConfsyncDocument) before = NULL;
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  before = g_steal_pointer (&self->document);
  self->document = confsync_document_ref (document);
}

static void
manager_changed_cb (ConfsyncManager *manager,
                    ConfsyncDocument *document,
                    const char *author,
                    gboolean local,
                    ConfsyncEngine *self)
{
  set_document (self, document);
  confsync_outbox_push (self->outbox,
                        confsync_notification_new_changed (document, author, local));
}

static void
event_cb (GObject *source, int level, const char *kind, GVariant *details, ConfsyncEngine *self)
{
  confsync_outbox_push (self->outbox, confsync_notification_new_event (level, kind, details));
}

static void
manager_running_cb (ConfsyncManager *manager, GParamSpec *pspec, ConfsyncEngine *self)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  self->running = confsync_manager_is_running (manager);
}

static void
request_done (ConfsyncRequest *request, ConfsyncNotification *answer, gpointer user_data)
{
  ConfsyncEngine *self = user_data;

  g_hash_table_remove (self->open, &request->id);
  if (request->kind == CONFSYNC_REQUEST_START)
    {
      /* what was there at the last run is no change */
      g_autoptr (ConfsyncDocument) document = confsync_manager_dup_document (self->manager);

      if (document != NULL)
        set_document (self, document);
    }
  confsync_request_free (request);
  confsync_outbox_push (self->outbox, answer);
}

static gboolean
run_cb (gpointer user_data)
{
  Post *post = user_data;
  ConfsyncRequest *request = g_steal_pointer (&post->request);

  g_hash_table_insert (post->engine->open, &request->id, request);
  confsync_request_run (request, post->engine->manager, request_done, post->engine);
  return G_SOURCE_REMOVE;
}

static gboolean
cancel_cb (gpointer user_data)
{
  Post *post = user_data;
  ConfsyncRequest *request = g_hash_table_lookup (post->engine->open, &post->id);
  g_autoptr (GCancellable) cancellable = NULL;

  if (request != NULL)
    {
      /* the request may go while this is on its way */
      cancellable = g_object_ref (request->cancellable);
      g_cancellable_cancel (cancellable);
    }
  return G_SOURCE_REMOVE;
}

static void
stopped_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  ConfsyncEngine *self = user_data;

  confsync_manager_stop_finish (CONFSYNC_MANAGER (source), result, NULL);
  self->stopped = TRUE;
}

static gboolean
quit_cb (gpointer user_data)
{
  Post *post = user_data;

  post->engine->quitting = TRUE;
  confsync_manager_stop_async (post->engine->manager, NULL, stopped_cb, post->engine);
  return G_SOURCE_REMOVE;
}

/* What is still on its way in the context may hold references for a turn. */
static void
drain (ConfsyncEngine *self)
{
  for (guint i = 0; i < LAST_TURNS && g_main_context_iteration (self->context, FALSE); i++)
    ;
}

static void
run_manager (ConfsyncEngine *self)
{
  GObject *node = g_object_ref (G_OBJECT (confsync_manager_get_node (self->manager)));

  g_signal_connect (self->manager, "changed", G_CALLBACK (manager_changed_cb), self);
  g_signal_connect (self->manager, "event", G_CALLBACK (event_cb), self);
  g_signal_connect (self->manager, "notify::running", G_CALLBACK (manager_running_cb), self);
  g_signal_connect (node, "event", G_CALLBACK (event_cb), self);
  while (!self->stopped || g_hash_table_size (self->open) > 0)
    g_main_context_iteration (self->context, TRUE);
  g_signal_handlers_disconnect_by_data (node, self);
  g_signal_handlers_disconnect_by_data (self->manager, self);
  drain (self);
  g_object_unref (node);
  g_clear_object (&self->manager);
  drain (self);
}

static gpointer
engine_thread (gpointer data)
{
  ConfsyncEngine *self = data;

  g_main_context_push_thread_default (self->context);
  run_manager (self);
  g_main_context_pop_thread_default (self->context);

  g_mutex_lock (&self->lock);
  self->ended = TRUE;
  g_cond_broadcast (&self->ended_cond);
  g_mutex_unlock (&self->lock);
  confsync_engine_unref (self);
  return NULL;
}

/* in any thread */

/* With the lock held. */
static gboolean
ensure_thread (ConfsyncEngine *self, GError **error)
{
  if (self->thread != NULL || self->closed)
    return TRUE;
  self->thread = g_thread_try_new ("confsync", engine_thread, engine_ref (self), error);
  if (self->thread == NULL)
    confsync_engine_unref (self);
  return self->thread != NULL;
}

guint64
confsync_engine_submit (ConfsyncEngine *self, ConfsyncRequest *request, GError **error)
{
  g_autoptr (ConfsyncRequest) owned = request;
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);
  guint64 id = 0;

  /* opened and posted under one lock with quit, so that nothing is opened that comes after it */
  if (ensure_thread (self, error))
    id = confsync_outbox_open_request (self->outbox, error);
  if (id == 0)
    return 0;
  request->id = id;
  post (self, run_cb, g_steal_pointer (&owned), 0);
  return id;
}

void
confsync_engine_cancel (ConfsyncEngine *self, guint64 id)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  /* once it is closed, all that is open ends anyway */
  if (self->thread != NULL && !self->closed)
    post (self, cancel_cb, NULL, id);
}

gboolean
confsync_engine_is_inside (ConfsyncEngine *self)
{
  return g_main_context_is_owner (self->context);
}

ConfsyncDocument *
confsync_engine_dup_document (ConfsyncEngine *self)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  return self->document != NULL ? confsync_document_ref (self->document) : NULL;
}

gboolean
confsync_engine_is_running (ConfsyncEngine *self)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  return self->running;
}

void
confsync_engine_quit (ConfsyncEngine *self)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  if (self->closed)
    return;
  self->closed = TRUE;
  confsync_outbox_close (self->outbox);
  if (self->thread != NULL)
    post (self, quit_cb, NULL, 0);
  else
    self->ended = TRUE;
}

void
confsync_engine_join (ConfsyncEngine *self)
{
  GThread *thread = NULL;

  g_mutex_lock (&self->lock);
  if (self->thread != g_thread_self ())
    {
      while (!self->ended)
        g_cond_wait (&self->ended_cond, &self->lock);
      thread = g_steal_pointer (&self->thread);
    }
  g_mutex_unlock (&self->lock);
  if (thread != NULL)
    g_thread_join (thread);
}
