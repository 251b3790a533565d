/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * The public side of a manager in a thread of its own: its life, and what comes out of it. It never
 * calls the application.
 */

#include "config.h"

#include "confsync-thread-inside-private.h"

#include "confsync-error.h"

#define MAX_PENDING_DEFAULT 64

enum {
  PROP_MANAGER = 1,
  PROP_MAX_PENDING,
  N_PROPERTIES
};

static GParamSpec *properties[N_PROPERTIES];

/**
 * ConfsyncThread:
 *
 * A manager in a thread of its own, for a program whose loop is another one than GLib's, or that
 * has none. The thread belongs to the library and runs nobody else's code but that of plugins and
 * signal handlers which the application itself brought.
 *
 * Set a manager up, then hand it over: from then on it, its node and its store belong to the
 * thread and must not be touched. Ask for things with requests: each returns at once with a number,
 * and is answered once. Answers, changes and events come out of one queue in the order in which
 * they happened; its descriptor is readable while there is something in it:
 *
 * ```c
 * g_autoptr (ConfsyncThread) thread = confsync_thread_new (manager);
 * struct pollfd poller = { confsync_thread_get_fd (thread), POLLIN };
 *
 * confsync_thread_start (thread, NULL);
 * while (poll (&poller, 1, -1) > 0)
 *   {
 *     g_autoptr (ConfsyncNotification) news = confsync_thread_pop (thread);
 *     ...
 *   }
 * ```
 *
 * A reader that is too slow, or that doesn't read at all, costs bounded memory. Of changes the
 * newest are kept, [property@Thread:max-pending] at most and 32 MiB of text, of events the newest
 * 1,000; what was dropped is counted, [method@Notification.get_missed]. No answer is dropped, but
 * with 10,000 of them unread no request is taken.
 *
 * All functions may be called from any thread. The manager may be started and stopped as often as
 * one likes; [method@Thread.close] is final. A program that ends calls it, be it from `atexit()`:
 * the manager is stopped, every request that is open is answered, and the thread is joined. Who
 * drops the last reference instead, in whatever thread, has the same done without waiting for it.
 *
 * Since: 1.0
 */
G_DEFINE_FINAL_TYPE (ConfsyncThread, confsync_thread, G_TYPE_OBJECT)

static void
confsync_thread_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  ConfsyncThread *self = CONFSYNC_THREAD (object);

  switch (id)
    {
    case PROP_MAX_PENDING:
      g_value_set_uint (value, self->max_pending);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
confsync_thread_set_property (GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  ConfsyncThread *self = CONFSYNC_THREAD (object);

  switch (id)
    {
    case PROP_MANAGER:
      self->manager = g_value_dup_object (value);
      break;
    case PROP_MAX_PENDING:
      self->max_pending = g_value_get_uint (value);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
confsync_thread_constructed (GObject *object)
{
  ConfsyncThread *self = CONFSYNC_THREAD (object);

  G_OBJECT_CLASS (confsync_thread_parent_class)->constructed (object);

  if (self->manager == NULL)
    {
      g_critical ("a ConfsyncThread needs a manager");
      self->manager = g_object_new (CONFSYNC_TYPE_MANAGER, NULL);
    }
  self->engine = confsync_engine_new (self->manager, self->max_pending);
  g_clear_object (&self->manager);
}

static void
confsync_thread_dispose (GObject *object)
{
  /* Nobody may wait here: whoever holds the last reference may hold a lock that a plugin in the
   * thread wants, as Python's. */
  confsync_engine_quit (CONFSYNC_THREAD (object)->engine);

  G_OBJECT_CLASS (confsync_thread_parent_class)->dispose (object);
}

static void
confsync_thread_finalize (GObject *object)
{
  confsync_engine_unref (CONFSYNC_THREAD (object)->engine);

  G_OBJECT_CLASS (confsync_thread_parent_class)->finalize (object);
}

static void
confsync_thread_class_init (ConfsyncThreadClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->get_property = confsync_thread_get_property;
  object_class->set_property = confsync_thread_set_property;
  object_class->constructed = confsync_thread_constructed;
  object_class->dispose = confsync_thread_dispose;
  object_class->finalize = confsync_thread_finalize;

  /**
   * ConfsyncThread:manager:
   *
   * The manager to run. It can't be asked for: it belongs to the thread.
   *
   * Since: 1.0
   */
  properties[PROP_MANAGER] =
    g_param_spec_object ("manager", NULL, NULL, CONFSYNC_TYPE_MANAGER,
                         G_PARAM_WRITABLE | G_PARAM_CONSTRUCT_ONLY | G_PARAM_STATIC_STRINGS);
  /**
   * ConfsyncThread:max-pending:
   *
   * How many changes may be in the queue; of more, the oldest are dropped. With 1, whoever comes to
   * read finds the newest.
   *
   * Since: 1.0
   */
  properties[PROP_MAX_PENDING] =
    g_param_spec_uint ("max-pending", NULL, NULL, 1, G_MAXUINT, MAX_PENDING_DEFAULT,
                       G_PARAM_READWRITE | G_PARAM_CONSTRUCT_ONLY | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPERTIES, properties);
}

static void
confsync_thread_init (ConfsyncThread *self)
{
}

/**
 * confsync_thread_new:
 * @manager: a manager that doesn't run; it belongs to the thread from now on
 *
 * Makes what will run @manager. There is no thread before the first request.
 *
 * Returns: (transfer full): the thread's handle
 *
 * Since: 1.0
 */
ConfsyncThread *
confsync_thread_new (ConfsyncManager *manager)
{
  g_return_val_if_fail (CONFSYNC_IS_MANAGER (manager), NULL);

  return g_object_new (CONFSYNC_TYPE_THREAD, "manager", manager, NULL);
}

/**
 * confsync_thread_get_fd:
 * @self: a thread
 *
 * Gets the descriptor to poll for reading: it is readable exactly while the queue has something.
 * Don't read it, and don't close it; it is valid as long as @self is, also after
 * [method@Thread.close].
 *
 * Returns: the descriptor; -1 where the system gave none, which requests then fail with
 *
 * Since: 1.0
 */
int
confsync_thread_get_fd (ConfsyncThread *self)
{
  g_return_val_if_fail (CONFSYNC_IS_THREAD (self), -1);

  return confsync_outbox_get_fd (confsync_engine_get_outbox (self->engine));
}

/**
 * confsync_thread_pop:
 * @self: a thread
 *
 * Takes the oldest notification out of the queue. Never waits.
 *
 * Returns: (transfer full) (nullable): the notification; %NULL where there is none
 *
 * Since: 1.0
 */
ConfsyncNotification *
confsync_thread_pop (ConfsyncThread *self)
{
  g_return_val_if_fail (CONFSYNC_IS_THREAD (self), NULL);

  return confsync_outbox_pop (confsync_engine_get_outbox (self->engine));
}

/**
 * confsync_thread_wait:
 * @self: a thread
 * @id: a request whose answer was not read yet
 * @timeout_us: how long to wait, in microseconds; below 0 as long as it takes
 * @error: return location for an error, or %NULL
 *
 * Waits for the answer to one request, and takes it past all else in the queue. Only this thread
 * waits; in a handler or a plugin that runs in the manager's thread it would be for ever, and is
 * refused.
 *
 * Fails with %CONFSYNC_ERROR_DEADLINE, after which the answer will come with the queue; with
 * %CONFSYNC_ERROR_NOT_FOUND where the answer was read already; and with %CONFSYNC_ERROR_BUSY where
 * another thread waits for it, or where it is called in the manager's thread. Whether the request
 * failed is another matter: see [method@Notification.check].
 *
 * Returns: (transfer full): the answer
 *
 * Since: 1.0
 */
ConfsyncNotification *
confsync_thread_wait (ConfsyncThread *self, guint64 id, gint64 timeout_us, GError **error)
{
  g_return_val_if_fail (CONFSYNC_IS_THREAD (self), NULL);

  if (confsync_engine_is_inside (self->engine))
    {
      g_set_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_BUSY,
                   "the manager's own thread can't wait for the manager");
      return NULL;
    }
  return confsync_outbox_wait (confsync_engine_get_outbox (self->engine), id, timeout_us, error);
}

/**
 * confsync_thread_cancel:
 * @self: a thread
 * @id: a request
 *
 * Gives up waiting for a request. It is answered all the same, with %G_IO_ERROR_CANCELLED unless it
 * was carried out by then. Does nothing to one that was answered.
 *
 * Since: 1.0
 */
void
confsync_thread_cancel (ConfsyncThread *self, guint64 id)
{
  g_return_if_fail (CONFSYNC_IS_THREAD (self));

  confsync_engine_cancel (self->engine, id);
}

/**
 * confsync_thread_dup_document:
 * @self: a thread
 *
 * Gets the newest configuration that is known, at once; it may be newer than what was read of the
 * queue. It stays after a stop.
 *
 * Returns: (transfer full) (nullable): the configuration; %NULL where there is none
 *
 * Since: 1.0
 */
ConfsyncDocument *
confsync_thread_dup_document (ConfsyncThread *self)
{
  g_return_val_if_fail (CONFSYNC_IS_THREAD (self), NULL);

  return confsync_engine_dup_document (self->engine);
}

/**
 * confsync_thread_is_running:
 * @self: a thread
 *
 * Tells whether the manager was started and not stopped since.
 *
 * Returns: whether the manager was started and not stopped since
 *
 * Since: 1.0
 */
gboolean
confsync_thread_is_running (ConfsyncThread *self)
{
  g_return_val_if_fail (CONFSYNC_IS_THREAD (self), FALSE);

  return confsync_engine_is_running (self->engine);
}

/**
 * confsync_thread_is_closed:
 * @self: a thread
 *
 * Tells whether it takes no more requests.
 *
 * Returns: whether it takes no more requests
 *
 * Since: 1.0
 */
gboolean
confsync_thread_is_closed (ConfsyncThread *self)
{
  g_return_val_if_fail (CONFSYNC_IS_THREAD (self), TRUE);

  return confsync_outbox_is_closed (confsync_engine_get_outbox (self->engine));
}

/**
 * confsync_thread_close:
 * @self: a thread
 *
 * Stops the manager, has every request that is open answered, ends the thread and waits for its
 * end. What is in the queue can still be read. Closing again does nothing, and no harm. In the
 * manager's own thread, which is to say in a plugin of the application's, nothing is waited for.
 *
 * Since: 1.0
 */
void
confsync_thread_close (ConfsyncThread *self)
{
  g_return_if_fail (CONFSYNC_IS_THREAD (self));

  confsync_engine_quit (self->engine);
  confsync_engine_join (self->engine);
}
