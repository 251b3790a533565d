/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * The queue. One lock guards all of it, the descriptor's state included; it is held for a few
 * pointers' time, never while anything else is called that could wait or take another lock.
 */

#include "config.h"

#include "confsync-outbox-private.h"

#include "confsync-error.h"
#include "confsync-notification-private.h"

#include <errno.h>
#include <sys/eventfd.h>
#include <unistd.h>

/* a request that was opened and whose answer nobody has yet */
typedef struct
{
  guint64 id;
  GList *link;                  /* (nullable): its answer in the queue */
  gboolean awaited;             /* somebody waits for it, and gets the answer past the queue */
  ConfsyncNotification *answer; /* (owned) (nullable): for who waits */
} Request;

/* what may be dropped: links of the queue, oldest first */
typedef struct
{
  GQueue links;
  guint max;
  gsize bytes;
} Shedding;

struct _ConfsyncOutbox
{
  GMutex lock;
  GCond answered;
  int fd;
  int fd_errno;
  gboolean readable; /* the descriptor is */
  gboolean closed;
  GQueue queue; /* of ConfsyncNotification, oldest first */
  Shedding changes, events;
  guint64 last_id;
  GHashTable *requests; /* set of Request */
};

static void
request_free (Request *request)
{
  g_clear_pointer (&request->answer, confsync_notification_unref);
  g_free (request);
}

ConfsyncOutbox *
confsync_outbox_new (guint max_changes)
{
  ConfsyncOutbox *self = g_atomic_rc_box_new0 (ConfsyncOutbox);

  g_mutex_init (&self->lock);
  g_cond_init (&self->answered);
  g_queue_init (&self->queue);
  self->changes.max = max_changes;
  self->events.max = CONFSYNC_OUTBOX_MAX_EVENTS;
  self->requests =
    g_hash_table_new_full (g_int64_hash, g_int64_equal, NULL, (GDestroyNotify) request_free);
  self->fd = eventfd (0, EFD_CLOEXEC | EFD_NONBLOCK);
  self->fd_errno = errno;
  return self;
}

ConfsyncOutbox *
confsync_outbox_ref (ConfsyncOutbox *self)
{
  return g_atomic_rc_box_acquire (self);
}

static void
outbox_clear (ConfsyncOutbox *self)
{
  g_queue_clear_full (&self->queue, (GDestroyNotify) confsync_notification_unref);
  g_queue_clear (&self->changes.links);
  g_queue_clear (&self->events.links);
  g_hash_table_unref (self->requests);
  g_mutex_clear (&self->lock);
  g_cond_clear (&self->answered);
  if (self->fd >= 0)
    close (self->fd);
}

void
confsync_outbox_unref (ConfsyncOutbox *self)
{
  g_atomic_rc_box_release_full (self, (GDestroyNotify) outbox_clear);
}

int
confsync_outbox_get_fd (ConfsyncOutbox *self)
{
  return self->fd;
}

/* With the lock held, as all that follow up to the public functions. The counter is 0 or 1, so
 * neither call can fail for want of room or of something to read. */
static void
update_fd (ConfsyncOutbox *self)
{
  gboolean readable = self->queue.length > 0;
  eventfd_t count;

  if (readable == self->readable || self->fd < 0)
    return;
  self->readable = readable;
  if ((readable ? eventfd_write (self->fd, 1) : eventfd_read (self->fd, &count)) != 0)
    g_warning ("the descriptor of a queue is broken: %s", g_strerror (errno));
}

static Shedding *
get_shedding (ConfsyncOutbox *self, ConfsyncNotification *notification)
{
  switch (notification->kind)
    {
    case CONFSYNC_NOTIFICATION_CHANGED:
      return &self->changes;
    case CONFSYNC_NOTIFICATION_EVENT:
      return &self->events;
    case CONFSYNC_NOTIFICATION_ANSWER:
    default:
      return NULL;
    }
}

static gsize
get_weight (ConfsyncNotification *notification)
{
  return notification->kind == CONFSYNC_NOTIFICATION_CHANGED
           ? confsync_document_get_size (notification->document)
           : 0;
}

/* Drops the oldest ones beyond the bounds; the next of the kind says so. */
static void
shed (ConfsyncOutbox *self, Shedding *shedding)
{
  while (shedding->links.length > 1 && (shedding->links.length > shedding->max ||
                                        shedding->bytes > CONFSYNC_OUTBOX_MAX_BYTES))
    {
      GList *link = g_queue_pop_head (&shedding->links);
      GList *next = g_queue_peek_head (&shedding->links);
      ConfsyncNotification *dropped = link->data;

      ((ConfsyncNotification *) next->data)->missed += dropped->missed + 1;
      shedding->bytes -= get_weight (dropped);
      g_queue_delete_link (&self->queue, link);
      confsync_notification_unref (dropped);
    }
}

static void
enqueue (ConfsyncOutbox *self, ConfsyncNotification *notification)
{
  Shedding *shedding = get_shedding (self, notification);

  g_queue_push_tail (&self->queue, notification);
  if (shedding != NULL)
    {
      g_queue_push_tail (&shedding->links, g_queue_peek_tail_link (&self->queue));
      shedding->bytes += get_weight (notification);
      shed (self, shedding);
    }
  update_fd (self);
}

/* Who waits gets it at once. */
static void
answer (ConfsyncOutbox *self, ConfsyncNotification *notification)
{
  Request *request = g_hash_table_lookup (self->requests, &notification->id);

  if (request == NULL || request->answer != NULL || request->link != NULL)
    {
      confsync_notification_unref (notification);
      return;
    }
  if (request->awaited)
    {
      request->answer = notification;
      g_cond_broadcast (&self->answered);
      return;
    }
  enqueue (self, notification);
  request->link = g_queue_peek_tail_link (&self->queue);
}

guint64
confsync_outbox_open_request (ConfsyncOutbox *self, GError **error)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);
  Request *request;

  if (self->closed)
    g_set_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_CLOSED, "the thread was closed");
  else if (self->fd < 0)
    g_set_error (error, G_IO_ERROR, g_io_error_from_errno (self->fd_errno),
                 "no descriptor for the queue of a thread: %s", g_strerror (self->fd_errno));
  else if (g_hash_table_size (self->requests) >= CONFSYNC_OUTBOX_MAX_REQUESTS)
    g_set_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_BUSY,
                 "%d requests are open: read their answers before you ask for more",
                 CONFSYNC_OUTBOX_MAX_REQUESTS);
  else
    {
      request = g_new0 (Request, 1);
      request->id = ++self->last_id;
      g_hash_table_add (self->requests, request);
      return request->id;
    }
  return 0;
}

void
confsync_outbox_push (ConfsyncOutbox *self, ConfsyncNotification *notification)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  if (notification->kind == CONFSYNC_NOTIFICATION_ANSWER)
    answer (self, notification);
  else
    enqueue (self, notification);
}

ConfsyncNotification *
confsync_outbox_pop (ConfsyncOutbox *self)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);
  ConfsyncNotification *notification = g_queue_pop_head (&self->queue);
  Shedding *shedding;

  if (notification == NULL)
    return NULL;
  shedding = get_shedding (self, notification);
  if (shedding != NULL)
    {
      /* both are in the order of time, so it is the first of its kind too */
      g_queue_pop_head (&shedding->links);
      shedding->bytes -= get_weight (notification);
    }
  else
    g_hash_table_remove (self->requests, &notification->id);
  update_fd (self);
  return notification;
}

/* Waits until the request is answered; it can't go away meanwhile, as only who waits for it takes
 * its answer. */
static gboolean
await_answer (ConfsyncOutbox *self, Request *request, gint64 timeout_us)
{
  gint64 until = g_get_monotonic_time () + timeout_us;

  request->awaited = TRUE;
  while (request->answer == NULL)
    {
      if (timeout_us < 0)
        g_cond_wait (&self->answered, &self->lock);
      else if (!g_cond_wait_until (&self->answered, &self->lock, until))
        break;
    }
  request->awaited = FALSE;
  return request->answer != NULL;
}

ConfsyncNotification *
confsync_outbox_wait (ConfsyncOutbox *self, guint64 id, gint64 timeout_us, GError **error)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);
  Request *request = g_hash_table_lookup (self->requests, &id);
  ConfsyncNotification *notification = NULL;

  if (request == NULL)
    g_set_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_NOT_FOUND,
                 "there is no request %" G_GUINT64_FORMAT ", or its answer was read", id);
  else if (request->awaited)
    g_set_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_BUSY,
                 "somebody waits for the answer to request %" G_GUINT64_FORMAT " already", id);
  else if (request->link != NULL)
    {
      notification = request->link->data;
      g_queue_delete_link (&self->queue, request->link);
      update_fd (self);
    }
  else if (await_answer (self, request, timeout_us))
    notification = g_steal_pointer (&request->answer);
  else
    g_set_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_DEADLINE,
                 "request %" G_GUINT64_FORMAT " was not answered in time; its answer will be in "
                 "the queue", id);

  if (notification != NULL)
    g_hash_table_remove (self->requests, &id);
  return notification;
}

void
confsync_outbox_close (ConfsyncOutbox *self)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  self->closed = TRUE;
}

gboolean
confsync_outbox_is_closed (ConfsyncOutbox *self)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  return self->closed;
}
