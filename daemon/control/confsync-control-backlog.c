/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * GDBus queues without a bound, and tells nobody how long its queue is. But it numbers messages
 * when they join the queue, and shows them to a filter when they leave it; the difference is what
 * waits. The filter runs in GDBus's own thread.
 */

#include "config.h"

#include "confsync-control-backlog.h"

#define CALLS_MAX 512
#define MESSAGES_MAX 4096
#define BYTES_MAX (64 * 1024 * 1024)

typedef struct
{
  guint32 serial;
  gsize bytes;
} Sent;

/* Held by the owner, by the filter, and by a call of @overflow that is on its way. */
struct _ConfsyncControlBacklog
{
  GDBusConnection *connection; /* not owned: it owns the filter */
  guint filter;
  GMainContext *context; /* (owned) */
  GSourceFunc overflow;  /* (nullable) once stopped: in the context's thread only */
  gpointer user_data;
  int told;    /* atomic: there was too much once */
  int written; /* atomic: serial of the last message that left the queue */
  int calls;   /* not answered; in GDBus's thread only */
  GQueue sent; /* of Sent: in the queue, as far as is known */
  gsize bytes; /* of these */
};

static void
backlog_clear (ConfsyncControlBacklog *self)
{
  g_queue_clear_full (&self->sent, g_free);
  g_main_context_unref (self->context);
}

static void
backlog_unref (ConfsyncControlBacklog *self)
{
  g_atomic_rc_box_release_full (self, (GDestroyNotify) backlog_clear);
}

static gboolean
overflow_cb (gpointer user_data)
{
  ConfsyncControlBacklog *self = user_data;

  if (self->overflow != NULL)
    self->overflow (self->user_data);
  return G_SOURCE_REMOVE;
}

static void
tell (ConfsyncControlBacklog *self)
{
  g_autoptr (GSource) source = NULL;

  if (!g_atomic_int_compare_and_exchange (&self->told, FALSE, TRUE))
    return;
  source = g_idle_source_new ();
  g_source_set_priority (source, G_PRIORITY_DEFAULT);
  g_source_set_callback (source, overflow_cb, g_atomic_rc_box_acquire (self),
                         (GDestroyNotify) backlog_unref);
  g_source_attach (source, self->context);
}

static gboolean
is_answer (GDBusMessage *message)
{
  const GDBusMessageType type = g_dbus_message_get_message_type (message);

  return type == G_DBUS_MESSAGE_TYPE_METHOD_RETURN || type == G_DBUS_MESSAGE_TYPE_ERROR;
}

/* Every call is answered, or one couldn't count them. */
static GDBusMessage *
want_answer (GDBusMessage *call)
{
  const GDBusMessageFlags flags = g_dbus_message_get_flags (call);
  GDBusMessage *wanting;

  if ((flags & G_DBUS_MESSAGE_FLAGS_NO_REPLY_EXPECTED) == 0)
    return call;
  wanting = g_dbus_message_copy (call, NULL);
  if (wanting == NULL)
    return call;
  g_dbus_message_set_flags (wanting, flags & ~G_DBUS_MESSAGE_FLAGS_NO_REPLY_EXPECTED);
  g_object_unref (call);
  return wanting;
}

static GDBusMessage *
filter_cb (GDBusConnection *connection,
           GDBusMessage *message,
           gboolean incoming,
           gpointer user_data)
{
  ConfsyncControlBacklog *self = user_data;

  if (!incoming)
    {
      g_atomic_int_set (&self->written, (int) g_dbus_message_get_serial (message));
      if (is_answer (message))
        self->calls--;
    }
  else if (g_dbus_message_get_message_type (message) == G_DBUS_MESSAGE_TYPE_METHOD_CALL)
    {
      if (++self->calls > CALLS_MAX)
        tell (self);
      return want_answer (message);
    }
  return message;
}

ConfsyncControlBacklog *
confsync_control_backlog_new (GDBusConnection *connection,
                              GSourceFunc overflow,
                              gpointer user_data)
{
  ConfsyncControlBacklog *self = g_atomic_rc_box_new0 (ConfsyncControlBacklog);

  self->connection = connection;
  self->context = g_main_context_ref_thread_default ();
  self->overflow = overflow;
  self->user_data = user_data;
  g_queue_init (&self->sent);
  self->filter = g_dbus_connection_add_filter (connection, filter_cb,
                                               g_atomic_rc_box_acquire (self),
                                               (GDestroyNotify) backlog_unref);
  return self;
}

void
confsync_control_backlog_stop (ConfsyncControlBacklog *self)
{
  self->overflow = NULL;
  g_dbus_connection_remove_filter (self->connection, self->filter);
  backlog_unref (self);
}

/* Serials go round, so what counts is the difference. */
static gboolean
is_written (ConfsyncControlBacklog *self, guint32 serial)
{
  return (gint32) (serial - (guint32) g_atomic_int_get (&self->written)) <= 0;
}

void
confsync_control_backlog_sent (ConfsyncControlBacklog *self, gsize bytes)
{
  Sent *sent = g_new (Sent, 1);

  sent->serial = g_dbus_connection_get_last_serial (self->connection);
  sent->bytes = bytes;
  g_queue_push_tail (&self->sent, sent);
  self->bytes += bytes;

  while ((sent = g_queue_peek_head (&self->sent)) != NULL && is_written (self, sent->serial))
    {
      self->bytes -= sent->bytes;
      g_free (g_queue_pop_head (&self->sent));
    }
  if (self->bytes > BYTES_MAX || self->sent.length > MESSAGES_MAX)
    tell (self);
}
