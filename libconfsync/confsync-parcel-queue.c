/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * The queue. One lock guards all of it, the descriptor's state included; nothing that could wait or
 * take another lock is called while it is held.
 */

#include "config.h"

#include "confsync-parcel-queue-private.h"

#include <errno.h>
#include <sys/eventfd.h>
#include <unistd.h>

/* what a parcel takes beside its message, roughly */
#define PARCEL_BYTES 256

struct _ConfsyncParcelQueue
{
  GMutex lock;
  int fd;
  int last_id;         /* (atomic) */
  GQueue parcels;      /* of ConfsyncParcel, oldest first */
  gsize bytes;
  GHashTable *changed; /* set of numbers whose change waits */
};

void
confsync_parcel_free (ConfsyncParcel *self)
{
  g_clear_pointer (&self->message, g_bytes_unref);
  g_free (self->text);
  g_free (self);
}

ConfsyncParcelQueue *
confsync_parcel_queue_new (void)
{
  ConfsyncParcelQueue *self = g_atomic_rc_box_new0 (ConfsyncParcelQueue);

  g_mutex_init (&self->lock);
  g_queue_init (&self->parcels);
  self->changed = g_hash_table_new (NULL, NULL);
  self->fd = eventfd (0, EFD_CLOEXEC | EFD_NONBLOCK);
  return self;
}

ConfsyncParcelQueue *
confsync_parcel_queue_ref (ConfsyncParcelQueue *self)
{
  return g_atomic_rc_box_acquire (self);
}

static void
queue_clear (ConfsyncParcelQueue *self)
{
  g_queue_clear_full (&self->parcels, (GDestroyNotify) confsync_parcel_free);
  g_hash_table_unref (self->changed);
  g_mutex_clear (&self->lock);
  if (self->fd >= 0)
    close (self->fd);
}

void
confsync_parcel_queue_unref (ConfsyncParcelQueue *self)
{
  g_atomic_rc_box_release_full (self, (GDestroyNotify) queue_clear);
}

int
confsync_parcel_queue_get_fd (ConfsyncParcelQueue *self)
{
  return self->fd;
}

guint
confsync_parcel_queue_make_id (ConfsyncParcelQueue *self)
{
  guint id;

  do
    id = (guint) g_atomic_int_add (&self->last_id, 1) + 1;
  while (id == 0);
  return id;
}

/* With the lock held, as all that follow up to the public functions. The counter is 0 or 1, so
 * neither call can fail for want of room or of something to read. */
static void
set_readable (ConfsyncParcelQueue *self, gboolean readable)
{
  eventfd_t count;

  if (self->fd >= 0 && (readable ? eventfd_write (self->fd, 1) : eventfd_read (self->fd, &count)))
    g_warning ("the descriptor of a queue is broken: %s", g_strerror (errno));
}

static gsize
get_weight (GBytes *message)
{
  return PARCEL_BYTES + (message != NULL ? g_bytes_get_size (message) : 0);
}

/* One message always has room: it may be larger than all that may wait. */
static gboolean
has_room (ConfsyncParcelQueue *self, gsize weight)
{
  return self->parcels.length == 0 || (self->parcels.length < CONFSYNC_PARCELS_MAX &&
                                       self->bytes + weight <= CONFSYNC_PARCELS_MAX_BYTES);
}

static gboolean
is_bounded (ConfsyncCourierEvent event)
{
  return event == CONFSYNC_COURIER_RECEIVED || event == CONFSYNC_COURIER_ACCEPTED ||
         event == CONFSYNC_COURIER_REFUSED;
}

static void
enqueue (ConfsyncParcelQueue *self,
         ConfsyncCourierEvent event,
         guint id,
         GBytes *message,
         const char *text)
{
  ConfsyncParcel *parcel = g_new0 (ConfsyncParcel, 1);

  parcel->event = event;
  parcel->id = id;
  parcel->message = message != NULL ? g_bytes_ref (message) : NULL;
  parcel->text = g_strdup (text);
  self->bytes += get_weight (message);
  g_queue_push_tail (&self->parcels, parcel);
  if (self->parcels.length == 1)
    set_readable (self, TRUE);
}

gboolean
confsync_parcel_queue_push (ConfsyncParcelQueue *self,
                            ConfsyncCourierEvent event,
                            guint id,
                            GBytes *message,
                            const char *text)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  if (is_bounded (event) && !has_room (self, get_weight (message)))
    return FALSE;
  if (event != CONFSYNC_COURIER_CHANGED ||
      g_hash_table_add (self->changed, GUINT_TO_POINTER (id)))
    enqueue (self, event, id, message, text);
  return TRUE;
}

ConfsyncParcel *
confsync_parcel_queue_pop (ConfsyncParcelQueue *self)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);
  ConfsyncParcel *parcel = g_queue_pop_head (&self->parcels);

  if (parcel == NULL)
    return NULL;
  self->bytes -= get_weight (parcel->message);
  if (parcel->event == CONFSYNC_COURIER_CHANGED)
    g_hash_table_remove (self->changed, GUINT_TO_POINTER (parcel->id));
  if (self->parcels.length == 0)
    set_readable (self, FALSE);
  return parcel;
}
