/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * A link over libsoup's WebSocket framing. libsoup waits up to five seconds for a peer that doesn't
 * finish the closing handshake, and may leave the connection open; here it is one second, and the
 * connection is closed for certain.
 */

#include "confsync-websocket-channel.h"

#include <libsoup/soup.h>
#include <string.h>

#include "confsync-websocket-dialler.h"
#include "confsync-websocket-head.h"
#include "confsync-websocket-owner.h"
#include "confsync-websocket-remote.h"

#define CLOSING_MAX_MS 1000

struct _ConfsyncWebsocketChannel
{
  ConfsyncChannel parent_instance;

  GCancellable *dialling;              /* (owned) (nullable) unless connecting */
  ConfsyncWebsocketStream *stream;     /* (owned) (nullable) unless open or closing */
  SoupWebsocketConnection *connection; /* (owned) (nullable) as the stream */
  guint64 queued;                      /* payload bytes given to libsoup */
  GSource *bound;                      /* (owned) (nullable) unless closing */
  GError *error;                       /* (owned) (nullable) the first thing that went wrong */
  gboolean closing_by_us;
};

G_DEFINE_FINAL_TYPE (ConfsyncWebsocketChannel, confsync_websocket_channel, CONFSYNC_TYPE_CHANNEL)

static const char *
remote_of (ConfsyncWebsocketChannel *self)
{
  return confsync_channel_get_remote (CONFSYNC_CHANNEL (self));
}

/* Lets go of the connection; afterwards nothing of it calls us any more. */
static void
drop_connection (ConfsyncWebsocketChannel *self)
{
  if (self->bound != NULL)
    g_source_destroy (self->bound);
  g_clear_pointer (&self->bound, g_source_unref);

  if (self->connection != NULL)
    g_signal_handlers_disconnect_by_data (self->connection, self);
  if (self->stream != NULL)
    g_io_stream_close (G_IO_STREAM (self->stream), NULL, NULL);
  g_clear_object (&self->connection);
  g_clear_object (&self->stream);
}

static void
finish (ConfsyncWebsocketChannel *self)
{
  /* the bound may have held the last reference */
  g_autoptr (ConfsyncWebsocketChannel) keep = g_object_ref (self);
  g_autoptr (GError) error = g_steal_pointer (&self->error);

  drop_connection (self);
  confsync_channel_emit_closed (CONFSYNC_CHANNEL (self), error);
}

static gboolean
bound_cb (gpointer user_data)
{
  finish (user_data);
  return G_SOURCE_REMOVE;
}

/* The end is near: a second for the closing handshake. The source keeps the channel until then, so
 * that what was queued goes out even where nobody else holds it any more. */
static void
set_bound (ConfsyncWebsocketChannel *self)
{
  if (self->bound != NULL)
    return;

  self->bound = g_timeout_source_new (CLOSING_MAX_MS);
  g_source_set_static_name (self->bound, "confsync websocket closing");
  g_source_set_callback (self->bound, bound_cb, g_object_ref (self), g_object_unref);
  g_source_attach (self->bound, g_main_context_get_thread_default ());
}

static void
message_cb (SoupWebsocketConnection *connection, int type, GBytes *message, gpointer user_data)
{
  ConfsyncWebsocketChannel *self = user_data;

  /* libsoup 3.2 may deliver frames that came after the one it refused */
  if (self->error == NULL)
    {
      confsync_websocket_stream_heard (self->stream);
      confsync_channel_emit_received (CONFSYNC_CHANNEL (self), message);
    }
}

/* Gives libsoup's errors our codes; those of the socket and of the byte budget keep theirs. */
static GError *
explain (ConfsyncWebsocketChannel *self, const GError *error)
{
  const char *remote = remote_of (self);

  if (g_error_matches (error, SOUP_WEBSOCKET_ERROR, SOUP_WEBSOCKET_CLOSE_TOO_BIG))
    return g_error_new (CONFSYNC_ERROR, CONFSYNC_ERROR_TOO_LARGE,
                        "%s sent a message of more than %" G_GSIZE_FORMAT " bytes", remote,
                        confsync_channel_get_max_message (CONFSYNC_CHANNEL (self)));
  if (error->domain == SOUP_WEBSOCKET_ERROR)
    return g_error_new (CONFSYNC_ERROR, CONFSYNC_ERROR_INVALID_MESSAGE,
                        "%s broke the WebSocket protocol: %s", remote,
                        error->code == SOUP_WEBSOCKET_CLOSE_BAD_DATA ? "its text is not UTF-8"
                                                                     : "not a proper frame");
  return g_error_new (error->domain, error->code, "%s: %s", remote, error->message);
}

static void
error_cb (SoupWebsocketConnection *connection, GError *error, gpointer user_data)
{
  ConfsyncWebsocketChannel *self = user_data;

  if (self->error == NULL && !self->closing_by_us)
    self->error = explain (self, error);
  set_bound (self);
}

static void
closing_cb (SoupWebsocketConnection *connection, gpointer user_data)
{
  set_bound (user_data);
}

/* What the other end said when it closed; NULL where that is an orderly end. */
static GError *
explain_close (ConfsyncWebsocketChannel *self)
{
  gushort code = soup_websocket_connection_get_close_code (self->connection);
  const char *data = soup_websocket_connection_get_close_data (self->connection);
  g_autofree char *quoted = NULL;

  if (code == SOUP_WEBSOCKET_CLOSE_NORMAL || code == SOUP_WEBSOCKET_CLOSE_GOING_AWAY ||
      code == SOUP_WEBSOCKET_CLOSE_NO_STATUS)
    return NULL;
  if (code == 0 || code == SOUP_WEBSOCKET_CLOSE_ABNORMAL)
    return g_error_new (G_IO_ERROR, G_IO_ERROR_CONNECTION_CLOSED,
                        "%s closed the connection without a word", remote_of (self));

  quoted = data != NULL ? confsync_websocket_head_quote (data, strlen (data)) : g_strdup ("");
  return g_error_new (CONFSYNC_ERROR, CONFSYNC_ERROR_CLOSED, "%s closed the link with code %u%s%s",
                      remote_of (self), code, *quoted != '\0' ? ": " : "", quoted);
}

static void
closed_cb (SoupWebsocketConnection *connection, gpointer user_data)
{
  ConfsyncWebsocketChannel *self = user_data;

  if (self->error == NULL && !self->closing_by_us)
    self->error = explain_close (self);
  finish (self);
}

static void
apply_max_message (ConfsyncWebsocketChannel *self)
{
  gsize bytes = confsync_channel_get_max_message (CONFSYNC_CHANNEL (self));

  if (self->connection == NULL)
    return;

  /* never 0, which libsoup takes for no limit: the property's least value is 1 */
  soup_websocket_connection_set_max_incoming_payload_size (self->connection, bytes);
  confsync_websocket_stream_set_max_message (self->stream, bytes);
}

static void
open_link (ConfsyncWebsocketChannel *self,
           ConfsyncWebsocketStream *stream,
           SoupWebsocketConnectionType type,
           const char *protocol)
{
  GInetSocketAddress *remote = confsync_websocket_stream_get_remote (stream);
  g_autofree char *text = confsync_websocket_remote_describe (remote);
  g_autofree char *address = g_strconcat ("ws://", text, "/", NULL);
  g_autoptr (GUri) uri = g_uri_parse (address, G_URI_FLAGS_NONE, NULL);
  g_autofree char *stranger = NULL;

  /* a certificate that is pinned says more than whose process it is */
  if (!confsync_websocket_stream_is_pinned (stream))
    stranger =
      confsync_websocket_owner_dup_stranger (confsync_websocket_stream_get_local (stream), remote);
  g_object_set (self, "remote", text, "local",
                confsync_websocket_remote_is_loopback (g_inet_socket_address_get_address (remote)),
                "stranger", stranger, NULL);
  self->stream = g_object_ref (stream);
  /* no extensions: with permessage-deflate, libsoup looks at sizes before it inflates */
  self->connection =
    soup_websocket_connection_new (G_IO_STREAM (stream), uri, type, NULL, protocol, NULL);
  apply_max_message (self);
  g_signal_connect (self->connection, "message", G_CALLBACK (message_cb), self);
  g_signal_connect (self->connection, "error", G_CALLBACK (error_cb), self);
  g_signal_connect (self->connection, "closing", G_CALLBACK (closing_cb), self);
  g_signal_connect (self->connection, "closed", G_CALLBACK (closed_cb), self);
  confsync_channel_emit_opened (CONFSYNC_CHANNEL (self), protocol);
}

static void
dialled_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (ConfsyncWebsocketChannel) self = user_data;
  const char *protocol = NULL;
  g_autoptr (ConfsyncWebsocketStream) stream =
    confsync_websocket_dial_finish (result, &protocol, self->closing_by_us ? NULL : &self->error);

  g_clear_object (&self->dialling);
  if (stream != NULL && !self->closing_by_us)
    open_link (self, stream, SOUP_WEBSOCKET_CONNECTION_CLIENT, protocol);
  else
    finish (self);
}

/* A message that begins like an object is text, if it is text at all; the rest is binary. */
static SoupWebsocketDataType
type_of (GBytes *message)
{
  gsize size = 0;
  const char *data = g_bytes_get_data (message, &size);

  if (*data == '{' && g_utf8_validate_len (data, size, NULL))
    return SOUP_WEBSOCKET_DATA_TEXT;
  return SOUP_WEBSOCKET_DATA_BINARY;
}

static void
confsync_websocket_channel_send (ConfsyncChannel *channel, GBytes *message)
{
  ConfsyncWebsocketChannel *self = CONFSYNC_WEBSOCKET_CHANNEL (channel);

  if (self->connection == NULL || self->error != NULL ||
      soup_websocket_connection_get_state (self->connection) != SOUP_WEBSOCKET_STATE_OPEN)
    return;

  self->queued += g_bytes_get_size (message);
  soup_websocket_connection_send_message (self->connection, type_of (message), message);
}

static void
confsync_websocket_channel_close (ConfsyncChannel *channel)
{
  ConfsyncWebsocketChannel *self = CONFSYNC_WEBSOCKET_CHANNEL (channel);

  /* where something went wrong before, that is what closed it */
  self->closing_by_us = self->error == NULL;
  if (self->dialling != NULL)
    {
      g_cancellable_cancel (self->dialling);
      return;
    }
  set_bound (self);
  if (soup_websocket_connection_get_state (self->connection) == SOUP_WEBSOCKET_STATE_OPEN)
    soup_websocket_connection_close (self->connection, SOUP_WEBSOCKET_CLOSE_NORMAL, NULL);
}

static gsize
confsync_websocket_channel_get_buffered (ConfsyncChannel *channel)
{
  ConfsyncWebsocketChannel *self = CONFSYNC_WEBSOCKET_CHANNEL (channel);

  if (self->stream == NULL)
    return 0;
  return self->queued - confsync_websocket_stream_get_payload_written (self->stream);
}

static void
confsync_websocket_channel_dispose (GObject *object)
{
  ConfsyncWebsocketChannel *self = CONFSYNC_WEBSOCKET_CHANNEL (object);

  drop_connection (self);
  g_clear_object (&self->dialling);
  g_clear_error (&self->error);

  G_OBJECT_CLASS (confsync_websocket_channel_parent_class)->dispose (object);
}

static void
confsync_websocket_channel_class_init (ConfsyncWebsocketChannelClass *klass)
{
  ConfsyncChannelClass *channel_class = CONFSYNC_CHANNEL_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = confsync_websocket_channel_dispose;
  channel_class->send = confsync_websocket_channel_send;
  channel_class->close = confsync_websocket_channel_close;
  channel_class->get_buffered = confsync_websocket_channel_get_buffered;
}

static void
max_message_cb (GObject *object, GParamSpec *pspec, gpointer user_data)
{
  apply_max_message (CONFSYNC_WEBSOCKET_CHANNEL (object));
}

static void
confsync_websocket_channel_init (ConfsyncWebsocketChannel *self)
{
  g_signal_connect (self, "notify::max-message", G_CALLBACK (max_message_cb), NULL);
}

ConfsyncChannel *
confsync_websocket_channel_new_dialled (ConfsyncWebsocketAddress *address,
                                        ConfsyncTls *tls,
                                        ConfsyncWebsocketPolicy *policy,
                                        guint timeout_ms)
{
  ConfsyncWebsocketChannel *self = g_object_new (CONFSYNC_TYPE_WEBSOCKET_CHANNEL, NULL);

  self->dialling = g_cancellable_new ();
  confsync_websocket_dial_async (address, tls, policy, timeout_ms, self->dialling, dialled_cb,
                                 g_object_ref (self));
  return CONFSYNC_CHANNEL (self);
}

ConfsyncChannel *
confsync_websocket_channel_new_accepted (ConfsyncWebsocketStream *stream, const char *protocol)
{
  ConfsyncWebsocketChannel *self = g_object_new (CONFSYNC_TYPE_WEBSOCKET_CHANNEL, NULL);

  open_link (self, stream, SOUP_WEBSOCKET_CONNECTION_SERVER, protocol);
  return CONFSYNC_CHANNEL (self);
}
