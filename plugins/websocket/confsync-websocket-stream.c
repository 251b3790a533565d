/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Puts the meter and the budget on a connection and sets the socket up: a peer that vanished
 * without a word is noticed by TCP, a network that healed is noticed at once, and a small message
 * isn't held back for the next one.
 */

#include "confsync-websocket-stream.h"

#include <netinet/in.h>
#include <netinet/tcp.h>

#include "confsync-tcp-resender.h"

/* a legacy peer is never probed by the core, so the kernel looks after idle links: after so long,
 * and then for as long as anything may stay unacknowledged */
#define IDLE_PROBE_S 30
#define IDLE_PROBE_INTERVAL_S 5

struct _ConfsyncWebsocketStream
{
  GIOStream parent_instance;

  GSocketConnection *connection; /* (owned) */
  GInetSocketAddress *remote;    /* (owned) */
  GInetSocketAddress *local;     /* (owned) */
  GIOStream *secured;            /* (owned) (nullable): TLS on the connection */
  ConfsyncByteMeter *meter;      /* (owned) */
  ConfsyncByteBudget *budget;    /* (owned) */
  gboolean shaking;              /* a thread is at it */
  gboolean close_later;
  gboolean pinned;
  ConfsyncTcpResender *resender; /* (owned) (nullable) once closed */
  gboolean started;
};

G_DEFINE_FINAL_TYPE (ConfsyncWebsocketStream, confsync_websocket_stream, G_TYPE_IO_STREAM)

static GInputStream *
confsync_websocket_stream_get_input_stream (GIOStream *stream)
{
  return G_INPUT_STREAM (CONFSYNC_WEBSOCKET_STREAM (stream)->budget);
}

static GOutputStream *
confsync_websocket_stream_get_output_stream (GIOStream *stream)
{
  return G_OUTPUT_STREAM (CONFSYNC_WEBSOCKET_STREAM (stream)->meter);
}

/* Who came for one answer has had it; a link is ended on both sides. */
static void
end_resending (ConfsyncWebsocketStream *self)
{
  ConfsyncTcpResender *resender = g_steal_pointer (&self->resender);

  if (resender != NULL)
    confsync_tcp_resender_end (resender, self->started);
}

static gboolean
confsync_websocket_stream_close (GIOStream *stream, GCancellable *cancellable, GError **error)
{
  ConfsyncWebsocketStream *self = CONFSYNC_WEBSOCKET_STREAM (stream);

  end_resending (self);
  /* the number of a closed socket may be another connection's before the thread knows */
  if (self->shaking)
    {
      self->close_later = TRUE;
      return g_socket_shutdown (confsync_websocket_stream_get_socket (self), TRUE, TRUE, error);
    }
  /* TLS itself isn't closed first: that would wait for who doesn't read */
  return g_io_stream_close (G_IO_STREAM (self->connection), cancellable, error);
}

/* Closing a socket doesn't block; the default would use a thread. */
static void
confsync_websocket_stream_close_async (GIOStream *stream,
                                       int priority,
                                       GCancellable *cancellable,
                                       GAsyncReadyCallback callback,
                                       gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (stream, cancellable, callback, user_data);
  GError *error = NULL;

  if (confsync_websocket_stream_close (stream, NULL, &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

static gboolean
confsync_websocket_stream_close_finish (GIOStream *stream, GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

static void
confsync_websocket_stream_finalize (GObject *object)
{
  ConfsyncWebsocketStream *self = CONFSYNC_WEBSOCKET_STREAM (object);

  end_resending (self);
  confsync_byte_meter_set_written_func (self->meter, NULL, NULL);
  g_clear_object (&self->budget);
  g_clear_object (&self->meter);
  g_clear_object (&self->remote);
  g_clear_object (&self->local);
  g_clear_object (&self->secured);
  g_clear_object (&self->connection);

  G_OBJECT_CLASS (confsync_websocket_stream_parent_class)->finalize (object);
}

static void
confsync_websocket_stream_class_init (ConfsyncWebsocketStreamClass *klass)
{
  GIOStreamClass *stream_class = G_IO_STREAM_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = confsync_websocket_stream_finalize;
  stream_class->get_input_stream = confsync_websocket_stream_get_input_stream;
  stream_class->get_output_stream = confsync_websocket_stream_get_output_stream;
  stream_class->close_fn = confsync_websocket_stream_close;
  stream_class->close_async = confsync_websocket_stream_close_async;
  stream_class->close_finish = confsync_websocket_stream_close_finish;
}

static void
confsync_websocket_stream_init (ConfsyncWebsocketStream *self)
{
}

/* A failure is no reason to refuse the link: it works without, only less promptly. */
static void
set_up_socket (GSocket *socket)
{
  g_socket_set_keepalive (socket, TRUE);
  g_socket_set_option (socket, IPPROTO_TCP, TCP_NODELAY, 1, NULL);
  g_socket_set_option (socket, IPPROTO_TCP, TCP_KEEPIDLE, IDLE_PROBE_S, NULL);
  g_socket_set_option (socket, IPPROTO_TCP, TCP_KEEPINTVL, IDLE_PROBE_INTERVAL_S, NULL);
}

static void
written_cb (gpointer user_data)
{
  ConfsyncWebsocketStream *self = user_data;

  if (self->resender != NULL)
    confsync_tcp_resender_wrote (self->resender);
}

static void
set_up_counting (ConfsyncWebsocketStream *self, GIOStream *base)
{
  g_clear_object (&self->budget);
  if (self->meter != NULL)
    confsync_byte_meter_set_written_func (self->meter, NULL, NULL);
  g_clear_object (&self->meter);
  self->meter = confsync_byte_meter_new (g_io_stream_get_output_stream (base));
  confsync_byte_meter_set_written_func (self->meter, written_cb, self);
  self->budget = confsync_byte_budget_new (g_io_stream_get_input_stream (base), self->meter);
}

ConfsyncWebsocketStream *
confsync_websocket_stream_new (GSocketConnection *connection, gboolean dialled, GError **error)
{
  g_autoptr (GSocketAddress) remote = g_socket_connection_get_remote_address (connection, error);
  g_autoptr (GSocketAddress) local = NULL;
  ConfsyncWebsocketStream *self;

  if (remote == NULL ||
      (local = g_socket_connection_get_local_address (connection, error)) == NULL)
    return NULL;
  if (!G_IS_INET_SOCKET_ADDRESS (remote) || !G_IS_INET_SOCKET_ADDRESS (local))
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED, "not a TCP connection");
      return NULL;
    }

  self = g_object_new (CONFSYNC_TYPE_WEBSOCKET_STREAM, NULL);
  set_up_socket (g_socket_connection_get_socket (connection));
  self->resender = confsync_tcp_resender_new (
    g_socket_get_fd (g_socket_connection_get_socket (connection)), dialled);
  self->connection = g_object_ref (connection);
  self->remote = G_INET_SOCKET_ADDRESS (g_steal_pointer (&remote));
  self->local = G_INET_SOCKET_ADDRESS (g_steal_pointer (&local));
  set_up_counting (self, G_IO_STREAM (connection));
  return self;
}

GInetSocketAddress *
confsync_websocket_stream_get_remote (ConfsyncWebsocketStream *self)
{
  return self->remote;
}

GInetSocketAddress *
confsync_websocket_stream_get_local (ConfsyncWebsocketStream *self)
{
  return self->local;
}

GIOStream *
confsync_websocket_stream_get_base (ConfsyncWebsocketStream *self)
{
  return G_IO_STREAM (self->connection);
}

GSocket *
confsync_websocket_stream_get_socket (ConfsyncWebsocketStream *self)
{
  return g_socket_connection_get_socket (self->connection);
}

void
confsync_websocket_stream_begin_handshake (ConfsyncWebsocketStream *self)
{
  self->shaking = TRUE;
}

void
confsync_websocket_stream_end_handshake (ConfsyncWebsocketStream *self)
{
  self->shaking = FALSE;
  if (self->close_later)
    g_io_stream_close (G_IO_STREAM (self->connection), NULL, NULL);
}

void
confsync_websocket_stream_secure (ConfsyncWebsocketStream *self, GIOStream *tls)
{
  g_set_object (&self->secured, tls);
  set_up_counting (self, tls);
}

void
confsync_websocket_stream_set_pinned (ConfsyncWebsocketStream *self)
{
  self->pinned = TRUE;
}

gboolean
confsync_websocket_stream_is_pinned (ConfsyncWebsocketStream *self)
{
  return self->pinned;
}

void
confsync_websocket_stream_start (ConfsyncWebsocketStream *self, GBytes *rest)
{
  self->started = TRUE;
  confsync_byte_meter_start (self->meter);
  confsync_byte_budget_start (self->budget, rest);
}

void
confsync_websocket_stream_set_max_message (ConfsyncWebsocketStream *self, gsize bytes)
{
  confsync_byte_budget_set_max_message (self->budget, bytes);
}

guint64
confsync_websocket_stream_get_payload_written (ConfsyncWebsocketStream *self)
{
  return confsync_byte_meter_get_payload (self->meter);
}

void
confsync_websocket_stream_heard (ConfsyncWebsocketStream *self)
{
  if (self->resender != NULL)
    confsync_tcp_resender_heard (self->resender);
}

void
confsync_websocket_stream_end_writing (ConfsyncWebsocketStream *self)
{
  written_cb (self);
  /* fails where the other end is gone, and then there is nobody to tell */
  g_socket_shutdown (g_socket_connection_get_socket (self->connection), FALSE, TRUE, NULL);
}
