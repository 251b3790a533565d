/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * The table holds a listener's pipe rather than the listener, so a dial in another thread never
 * meets one that is half disposed.
 */

#include "confsync-loopback-listener.h"

#include "confsync-loopback-channel.h"

typedef struct
{
  LoopbackPipe *pipe;           /* (owned) */
  LoopbackPartition *partition; /* (owned) */
} Port;

struct _ConfsyncLoopbackListener
{
  ConfsyncListener parent_instance;

  char *name;
  LoopbackPipe *pipe;   /* (owned) */
  ConfsyncClock *clock; /* (owned) */
};

G_DEFINE_FINAL_TYPE (ConfsyncLoopbackListener, confsync_loopback_listener, CONFSYNC_TYPE_LISTENER)

static GMutex lock;
static GHashTable *ports; /* name to Port; NULL while nobody listens */

static void
port_free (Port *port)
{
  loopback_pipe_unref (port->pipe);
  loopback_partition_unref (port->partition);
  g_free (port);
}

static gboolean
open_port (const char *name, LoopbackPipe *pipe, LoopbackPartition *partition)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&lock);
  Port *port;

  if (ports == NULL)
    ports = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) port_free);
  if (g_hash_table_contains (ports, name))
    return FALSE;

  port = g_new (Port, 1);
  port->pipe = loopback_pipe_ref (pipe);
  port->partition = loopback_partition_ref (partition);
  g_hash_table_insert (ports, g_strdup (name), port);
  return TRUE;
}

/* Somebody else may have the name by now: the pipe says whose it is. */
static void
close_port (const char *name, LoopbackPipe *pipe)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&lock);
  Port *port = ports != NULL ? g_hash_table_lookup (ports, name) : NULL;

  if (port == NULL || port->pipe != pipe)
    return;

  g_hash_table_remove (ports, name);
  if (g_hash_table_size (ports) == 0)
    g_clear_pointer (&ports, g_hash_table_unref);
}

static void
confsync_loopback_listener_stop (ConfsyncListener *listener)
{
  ConfsyncLoopbackListener *self = CONFSYNC_LOOPBACK_LISTENER (listener);

  close_port (self->name, self->pipe);
  loopback_pipe_kill (self->pipe);
}

static void
confsync_loopback_listener_dispose (GObject *object)
{
  ConfsyncLoopbackListener *self = CONFSYNC_LOOPBACK_LISTENER (object);

  if (self->pipe != NULL)
    confsync_loopback_listener_stop (CONFSYNC_LISTENER (self));
  g_clear_pointer (&self->pipe, loopback_pipe_unref);
  g_clear_object (&self->clock);

  G_OBJECT_CLASS (confsync_loopback_listener_parent_class)->dispose (object);
}

static void
confsync_loopback_listener_finalize (GObject *object)
{
  g_free (CONFSYNC_LOOPBACK_LISTENER (object)->name);

  G_OBJECT_CLASS (confsync_loopback_listener_parent_class)->finalize (object);
}

static void
confsync_loopback_listener_class_init (ConfsyncLoopbackListenerClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = confsync_loopback_listener_dispose;
  object_class->finalize = confsync_loopback_listener_finalize;
  CONFSYNC_LISTENER_CLASS (klass)->stop = confsync_loopback_listener_stop;
}

static void
confsync_loopback_listener_init (ConfsyncLoopbackListener *self)
{
}

/* A dial that was closed on its way here is nobody's any more. */
static void
listener_deliver (GObject *receiver, LoopbackEvent *event)
{
  ConfsyncLoopbackListener *self = CONFSYNC_LOOPBACK_LISTENER (receiver);
  g_autoptr (ConfsyncChannel) channel = NULL;

  if (event->kind != LOOPBACK_EVENT_CONNECT ||
      loopback_pipe_is_gone (event->link->pipes[LOOPBACK_SIDE_DIALLER]))
    return;

  channel = confsync_loopback_channel_accept (g_steal_pointer (&event->link), self->clock);
  confsync_listener_emit_accepted (CONFSYNC_LISTENER (self), channel);
}

ConfsyncListener *
confsync_loopback_listener_new (const char *name,
                                LoopbackPartition *partition,
                                ConfsyncClock *clock,
                                GError **error)
{
  g_autoptr (LoopbackPipe) pipe = loopback_pipe_new ();
  g_autofree char *address = g_strconcat (CONFSYNC_LOOPBACK_SCHEME, ":", name, NULL);
  ConfsyncLoopbackListener *self;

  if (!open_port (name, pipe, partition))
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_ADDRESS_IN_USE,
                   "%s is taken by another listener of this process", address);
      return NULL;
    }

  self = g_object_new (CONFSYNC_TYPE_LOOPBACK_LISTENER, "address", address, NULL);
  self->name = g_strdup (name);
  self->clock = g_object_ref (clock);
  self->pipe = g_steal_pointer (&pipe);
  loopback_pipe_bind (self->pipe, G_OBJECT (self), listener_deliver, clock);
  return CONFSYNC_LISTENER (self);
}

LoopbackPipe *
confsync_loopback_listener_find (const char *name, LoopbackPartition **partition)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&lock);
  Port *port = ports != NULL ? g_hash_table_lookup (ports, name) : NULL;

  if (port == NULL)
    return NULL;

  *partition = loopback_partition_ref (port->partition);
  return loopback_pipe_ref (port->pipe);
}
