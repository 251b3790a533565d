/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * The courier: its thread, and the jobs that are posted to it. The lock is held while a job is
 * posted, never while one is done, so closing and posting can't pass each other.
 */

#include "config.h"

#include "confsync-courier.h"

#include "confsync-courier-desk-private.h"
#include "confsync-error.h"

/* How long an orderly end may take; what is left then is cut off. */
#define END_MAX_US (2 * G_USEC_PER_SEC)
/* How many turns what was posted to the context may take to go. */
#define LAST_TURNS 1000

/**
 * ConfsyncCourier:
 *
 * Carries messages between a program and the transports, and says when files change. Its work is
 * done in a thread of its own, which never calls back: what happens waits in a queue with a
 * descriptor that any loop can poll, so this is for programs whose loop is not GLib's.
 *
 * Channels are plain: no subprotocol is offered or agreed to, and nothing is said that the program
 * doesn't say. So legacy instances can be spoken to, and other confsync instances take the program
 * for one. Everything that is received is hostile until it has been checked.
 *
 * Each listener, channel and watched file has a number, which lives until %CONFSYNC_COURIER_CLOSED.
 * All functions may be called in any thread.
 *
 * Since: 1.0
 */
struct _ConfsyncCourier
{
  GObject parent_instance;

  char *instance_id;
  ConfsyncParcelQueue *queue; /* (owned) */
  GMainContext *context;      /* (owned) */

  GMutex lock;     /* guards what follows */
  GThread *thread; /* (nullable) before the first job, and once it was joined */
  gboolean closed;
};

G_DEFINE_FINAL_TYPE (ConfsyncCourier, confsync_courier, G_TYPE_OBJECT)

/* what the thread lives on; it outlives the courier where nobody waits for it */
typedef struct
{
  GMainContext *context;     /* (owned) */
  ConfsyncCourierDesk *desk; /* (owned) */
  gboolean quitting;
} Office;

typedef struct
{
  void (*func) (ConfsyncCourierDesk *desk, gpointer job);
  guint id;
  char *text;      /* (nullable) */
  GBytes *message; /* (owned) (nullable) */
  ConfsyncListenFlags flags;
} Job;

/* in the thread */

static GPrivate current_office;

static void
job_free (Job *job)
{
  g_free (job->text);
  g_clear_pointer (&job->message, g_bytes_unref);
  g_free (job);
}

static void
do_listen (ConfsyncCourierDesk *desk, gpointer data)
{
  Job *job = data;

  confsync_courier_desk_listen (desk, job->id, job->text, job->flags);
}

static void
do_dial (ConfsyncCourierDesk *desk, gpointer data)
{
  Job *job = data;

  confsync_courier_desk_dial (desk, job->id, job->text);
}

static void
do_watch (ConfsyncCourierDesk *desk, gpointer data)
{
  Job *job = data;

  confsync_courier_desk_watch (desk, job->id, job->text);
}

static void
do_send (ConfsyncCourierDesk *desk, gpointer data)
{
  Job *job = data;

  confsync_courier_desk_send (desk, job->id, job->message);
}

static void
do_end (ConfsyncCourierDesk *desk, gpointer data)
{
  Job *job = data;

  confsync_courier_desk_end (desk, job->id);
}

static void
do_quit (ConfsyncCourierDesk *desk, gpointer data)
{
  Office *office = g_private_get (&current_office);

  office->quitting = TRUE;
  confsync_courier_desk_end_all (desk);
}

static gboolean
job_cb (gpointer user_data)
{
  Job *job = user_data;
  Office *office = g_private_get (&current_office);

  job->func (office->desk, job);
  return G_SOURCE_REMOVE;
}

static gboolean
late_cb (gpointer user_data)
{
  *(gboolean *) user_data = TRUE;
  return G_SOURCE_REMOVE;
}

/* The other ends are given a moment to say goodbye. */
static void
finish (Office *office)
{
  g_autoptr (GSource) timer = g_timeout_source_new (END_MAX_US / 1000);
  gboolean late = FALSE;

  g_source_set_callback (timer, late_cb, &late, NULL);
  g_source_set_static_name (timer, "confsync courier end");
  g_source_attach (timer, office->context);
  while (!confsync_courier_desk_is_empty (office->desk, late))
    g_main_context_iteration (office->context, TRUE);
  g_source_destroy (timer);
}

/* What is still on its way in the context may hold references for a turn. */
static void
drain (Office *office)
{
  for (guint i = 0; i < LAST_TURNS && g_main_context_iteration (office->context, FALSE); i++)
    ;
}

static gpointer
courier_thread (gpointer data)
{
  Office *office = data;

  g_main_context_push_thread_default (office->context);
  g_private_set (&current_office, office);
  while (!office->quitting)
    g_main_context_iteration (office->context, TRUE);
  finish (office);
  drain (office);
  confsync_courier_desk_free (office->desk);
  drain (office);
  g_main_context_pop_thread_default (office->context);
  g_main_context_unref (office->context);
  g_free (office);
  return NULL;
}

/* in any thread */

/* With the lock held. Never through g_main_context_invoke(), which may run it right here. Jobs are
 * done in the order in which they were posted. */
static void
post (ConfsyncCourier *self, Job *job)
{
  g_autoptr (GSource) source = g_idle_source_new ();

  g_source_set_priority (source, G_PRIORITY_DEFAULT);
  g_source_set_static_name (source, "confsync courier job");
  g_source_set_callback (source, job_cb, job, (GDestroyNotify) job_free);
  g_source_attach (source, self->context);
}

/* With the lock held. */
static gboolean
ensure_thread (ConfsyncCourier *self, GError **error)
{
  Office *office;

  if (self->thread != NULL)
    return TRUE;
  if (confsync_parcel_queue_get_fd (self->queue) < 0)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_TOO_MANY_OPEN_FILES,
                   "no descriptor for the queue of a courier: close files, or raise the limit");
      return FALSE;
    }

  office = g_new0 (Office, 1);
  office->context = g_main_context_ref (self->context);
  office->desk = confsync_courier_desk_new (self->queue, self->instance_id);
  self->thread = g_thread_try_new ("confsync", courier_thread, office, error);
  if (self->thread == NULL)
    {
      confsync_courier_desk_free (office->desk);
      g_main_context_unref (office->context);
      g_free (office);
    }
  return self->thread != NULL;
}

/* Gives the number, or 0 with @error. */
static guint
begin (ConfsyncCourier *self,
       void (*func) (ConfsyncCourierDesk *desk, gpointer job),
       const char *text,
       ConfsyncListenFlags flags,
       GError **error)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);
  Job *job;
  guint id;

  if (self->closed)
    {
      g_set_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_CLOSED, "the courier was closed");
      return 0;
    }
  if (!ensure_thread (self, error))
    return 0;
  job = g_new0 (Job, 1);
  job->func = func;
  job->id = id = confsync_parcel_queue_make_id (self->queue);
  job->text = g_strdup (text);
  job->flags = flags;
  post (self, job);
  return id;
}

/* Gives the thread, which has been told to end, to whoever joins it; NULL where there is none. */
static GThread *
quit (ConfsyncCourier *self)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  if (!self->closed && self->thread != NULL)
    {
      Job *job = g_new0 (Job, 1);

      job->func = do_quit;
      post (self, job);
    }
  self->closed = TRUE;
  return g_steal_pointer (&self->thread);
}

static void
confsync_courier_dispose (GObject *object)
{
  /* nobody waits here: whoever holds the last reference may hold a lock too, as Python's */
  g_autoptr (GThread) thread = quit (CONFSYNC_COURIER (object));

  G_OBJECT_CLASS (confsync_courier_parent_class)->dispose (object);
}

static void
confsync_courier_finalize (GObject *object)
{
  ConfsyncCourier *self = CONFSYNC_COURIER (object);

  g_free (self->instance_id);
  confsync_parcel_queue_unref (self->queue);
  g_main_context_unref (self->context);
  g_mutex_clear (&self->lock);

  G_OBJECT_CLASS (confsync_courier_parent_class)->finalize (object);
}

static void
confsync_courier_class_init (ConfsyncCourierClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = confsync_courier_dispose;
  G_OBJECT_CLASS (klass)->finalize = confsync_courier_finalize;
}

static void
confsync_courier_init (ConfsyncCourier *self)
{
  self->queue = confsync_parcel_queue_new ();
  self->context = g_main_context_new ();
  g_mutex_init (&self->lock);
}

/**
 * confsync_courier_new:
 * @instance_id: what the health report of its listeners calls this instance
 *
 * Makes a courier. It has no thread before something is asked of it.
 *
 * Returns: (transfer full): the courier
 *
 * Since: 1.0
 */
ConfsyncCourier *
confsync_courier_new (const char *instance_id)
{
  ConfsyncCourier *self;

  g_return_val_if_fail (instance_id != NULL, NULL);

  self = g_object_new (CONFSYNC_TYPE_COURIER, NULL);
  self->instance_id = g_strdup (instance_id);
  return self;
}

/**
 * confsync_courier_listen:
 * @self: a courier
 * @address: `PORT`, `HOST:PORT`, `unix:/path` or a URL; a bare port is open to this machine only
 * @flags: how far others may come from
 * @error: return location for an error, or %NULL
 *
 * Lets others in. %CONFSYNC_COURIER_LISTENING follows, or %CONFSYNC_COURIER_CLOSED, which says why
 * it can't be done; then one %CONFSYNC_COURIER_ACCEPTED for each that comes in, with a number of
 * its own.
 *
 * Fails with %CONFSYNC_ERROR_CLOSED, and with a %G_IO_ERROR or %G_THREAD_ERROR where the system has
 * no descriptor or thread left.
 *
 * Returns: the listener's number
 *
 * Since: 1.0
 */
guint
confsync_courier_listen (ConfsyncCourier *self,
                         const char *address,
                         ConfsyncListenFlags flags,
                         GError **error)
{
  g_return_val_if_fail (CONFSYNC_IS_COURIER (self), 0);
  g_return_val_if_fail (address != NULL, 0);

  return begin (self, do_listen, address, flags, error);
}

/**
 * confsync_courier_dial:
 * @self: a courier
 * @address: `PORT`, `HOST:PORT`, `unix:/path` or a URL
 * @error: return location for an error, or %NULL
 *
 * Connects, once. %CONFSYNC_COURIER_OPENED follows, or %CONFSYNC_COURIER_CLOSED, which says why it
 * can't be done.
 *
 * Fails as [method@Courier.listen] does.
 *
 * Returns: the channel's number
 *
 * Since: 1.0
 */
guint
confsync_courier_dial (ConfsyncCourier *self, const char *address, GError **error)
{
  g_return_val_if_fail (CONFSYNC_IS_COURIER (self), 0);
  g_return_val_if_fail (address != NULL, 0);

  return begin (self, do_dial, address, CONFSYNC_LISTEN_NONE, error);
}

/**
 * confsync_courier_watch:
 * @self: a courier
 * @path: (type filename): the file; it need not exist
 * @error: return location for an error, or %NULL
 *
 * Watches a file, as [class@FileWatcher] does. %CONFSYNC_COURIER_OPENED follows, and then
 * %CONFSYNC_COURIER_CHANGED whenever it may have changed; one that waits in the queue stands for
 * the next ones too.
 *
 * Fails as [method@Courier.listen] does.
 *
 * Returns: the watch's number
 *
 * Since: 1.0
 */
guint
confsync_courier_watch (ConfsyncCourier *self, const char *path, GError **error)
{
  g_return_val_if_fail (CONFSYNC_IS_COURIER (self), 0);
  g_return_val_if_fail (path != NULL, 0);

  return begin (self, do_watch, path, CONFSYNC_LISTEN_NONE, error);
}

/* With no thread, or none any more, there is nothing that it could be about. */
static void
post_about (ConfsyncCourier *self,
            void (*func) (ConfsyncCourierDesk *desk, gpointer job),
            guint id,
            GBytes *message)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);
  Job *job;

  if (self->closed || self->thread == NULL)
    return;
  job = g_new0 (Job, 1);
  job->func = func;
  job->id = id;
  job->message = message != NULL ? g_bytes_ref (message) : NULL;
  post (self, job);
}

/**
 * confsync_courier_send:
 * @self: a courier
 * @id: a channel's number
 * @message: the bytes of one message, at least one
 *
 * Sends a message behind those before it. Nothing happens unless the channel is open. A channel
 * whose other end takes nothing any more is closed.
 *
 * Since: 1.0
 */
void
confsync_courier_send (ConfsyncCourier *self, guint id, GBytes *message)
{
  g_return_if_fail (CONFSYNC_IS_COURIER (self));
  g_return_if_fail (message != NULL && g_bytes_get_size (message) > 0);

  post_about (self, do_send, id, message);
}

/**
 * confsync_courier_end:
 * @self: a courier
 * @id: a number
 *
 * Closes a channel, stops a listener or a watch; those who came in through a listener stay.
 * %CONFSYNC_COURIER_CLOSED follows. Nothing happens where the number is no more.
 *
 * Since: 1.0
 */
void
confsync_courier_end (ConfsyncCourier *self, guint id)
{
  g_return_if_fail (CONFSYNC_IS_COURIER (self));

  post_about (self, do_end, id, NULL);
}

/**
 * confsync_courier_get_fd:
 * @self: a courier
 *
 * Gives what a loop can wait for: readable exactly while something is in the queue. It is not to be
 * read from nor closed, and lives as long as the courier.
 *
 * Returns: the descriptor, or -1 where the system gave none
 *
 * Since: 1.0
 */
int
confsync_courier_get_fd (ConfsyncCourier *self)
{
  g_return_val_if_fail (CONFSYNC_IS_COURIER (self), -1);

  return confsync_parcel_queue_get_fd (self->queue);
}

/**
 * confsync_courier_pop:
 * @self: a courier
 * @id: (out): what it is about
 * @message: (out) (transfer full) (nullable): what was received
 * @text: (out) (transfer full) (nullable): more about it, see [enum@CourierEvent]
 *
 * Takes the oldest thing out of the queue; never waits. Who takes nothing loses those who send: a
 * channel that sends more than 32 MiB into a full queue is closed.
 *
 * Returns: what happened
 *
 * Since: 1.0
 */
ConfsyncCourierEvent
confsync_courier_pop (ConfsyncCourier *self, guint *id, GBytes **message, char **text)
{
  g_autoptr (ConfsyncParcel) parcel = NULL;

  g_return_val_if_fail (CONFSYNC_IS_COURIER (self), CONFSYNC_COURIER_NOTHING);

  *id = 0;
  *message = NULL;
  *text = NULL;
  parcel = confsync_parcel_queue_pop (self->queue);
  if (parcel == NULL)
    return CONFSYNC_COURIER_NOTHING;
  *id = parcel->id;
  *message = g_steal_pointer (&parcel->message);
  *text = g_steal_pointer (&parcel->text);
  return parcel->event;
}

/**
 * confsync_courier_close:
 * @self: a courier
 *
 * Ends everything, and waits for the thread to end: milliseconds, or 2 seconds where another end
 * doesn't answer. What is in the queue can still be taken. Final; calling again does nothing.
 *
 * Since: 1.0
 */
void
confsync_courier_close (ConfsyncCourier *self)
{
  GThread *thread;

  g_return_if_fail (CONFSYNC_IS_COURIER (self));

  thread = quit (self);
  if (thread != NULL)
    g_thread_join (thread);
}
