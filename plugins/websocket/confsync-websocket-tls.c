/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * GIO does the handshake; here is what goes before and after it. Who is trusted is for ConfsyncTls
 * to judge, and it is asked after every handshake: GIO asks nobody about a certificate whose
 * authority it knows.
 */

#include "confsync-websocket-tls.h"

#include <errno.h>
#include <sys/socket.h>

#define RECORD_HEAD_BYTES 5
/* of RFC 8446 */
#define RECORD_HANDSHAKE 22
#define RECORD_MAX_BYTES 16384

typedef struct
{
  ConfsyncTls *tls;           /* (owned) */
  GSocketConnectable *server; /* (owned) (nullable) on the accepting end */
  GTlsConnection *connection; /* (owned) (nullable) before the handshake */
  GError *refusal;            /* (owned) (nullable) */
} Handshake;

static void
handshake_free (Handshake *self)
{
  g_object_unref (self->tls);
  g_clear_object (&self->server);
  g_clear_object (&self->connection);
  g_clear_error (&self->refusal);
  g_free (self);
}

static GTask *
begin (ConfsyncWebsocketStream *stream,
       ConfsyncTls *tls,
       GSocketConnectable *server,
       GCancellable *cancellable,
       GAsyncReadyCallback callback,
       gpointer user_data)
{
  GTask *task = g_task_new (stream, cancellable, callback, user_data);
  Handshake *self = g_new0 (Handshake, 1);

  self->tls = g_object_ref (tls);
  self->server = server != NULL ? g_object_ref (server) : NULL;
  g_task_set_task_data (task, self, (GDestroyNotify) handshake_free);
  return task;
}

/* What GIO found wrong with the name in a client's certificate is of no account: it has none that
 * we dialled. */
static gboolean
judge (Handshake *self, GTlsCertificate *certificate, GTlsCertificateFlags problems, GError **error)
{
  if (self->server == NULL)
    problems &= ~G_TLS_CERTIFICATE_BAD_IDENTITY;
  return confsync_tls_check_peer (self->tls, certificate, problems, error);
}

/* A dialler ends the handshake where it doesn't trust the server. A server lets it end well and
 * judges then: in TLS 1.3 a client is through already when its certificate is looked at, and could
 * be told nothing but an alert. Nothing of what it sends is read before. */
static gboolean
accept_certificate_cb (GTlsConnection *connection,
                       GTlsCertificate *certificate,
                       GTlsCertificateFlags problems,
                       gpointer user_data)
{
  Handshake *self = user_data;

  if (self->server == NULL)
    return TRUE;
  g_clear_error (&self->refusal);
  return judge (self, certificate, problems, &self->refusal);
}

/* Whoever has been judged stays who it is: in TLS 1.2 another handshake may follow. */
static gboolean
refuse_certificate_cb (GTlsConnection *connection,
                       GTlsCertificate *certificate,
                       GTlsCertificateFlags problems,
                       gpointer user_data)
{
  return FALSE;
}

static gboolean
check_version (GTlsConnection *connection, GError **error)
{
  GTlsProtocolVersion version = g_tls_connection_get_protocol_version (connection);

  if (version == G_TLS_PROTOCOL_VERSION_TLS_1_2 || version == G_TLS_PROTOCOL_VERSION_TLS_1_3)
    return TRUE;
  g_set_error_literal (error, CONFSYNC_ERROR, CONFSYNC_ERROR_REFUSED,
                       "a version of TLS before 1.2");
  return FALSE;
}

static gboolean
check_peer (Handshake *self, GError **error)
{
  /* a client that isn't asked shows nothing */
  if (self->server == NULL && !confsync_tls_has_pins (self->tls))
    return TRUE;
  return judge (self, g_tls_connection_get_peer_certificate (self->connection),
                g_tls_connection_get_peer_certificate_errors (self->connection), error);
}

/* GnuTLS doesn't tell apart an end that speaks no TLS from one that breaks it; both will do so
 * again, other than one that broke it off, for which GIO has another code. */
static GError *
explain (Handshake *self, GError *error)
{
  g_autoptr (GError) cause = error;

  if (self->refusal != NULL)
    return g_steal_pointer (&self->refusal);
  if (cause->domain != G_TLS_ERROR)
    return g_steal_pointer (&cause);
  if (self->server != NULL && cause->code == G_TLS_ERROR_MISC)
    return g_error_new (CONFSYNC_ERROR, CONFSYNC_ERROR_INVALID_MESSAGE,
                        "is TLS spoken there? ws:// is without it (%s)", cause->message);
  if (self->server != NULL)
    return g_steal_pointer (&cause);
  return g_error_new (G_TLS_ERROR, cause->code,
                      "it broke off the TLS handshake; it may not trust our certificate (%s)",
                      cause->message);
}

static void
shaken_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  Handshake *self = g_task_get_task_data (task);
  ConfsyncWebsocketStream *stream = g_task_get_source_object (task);
  GError *error = NULL;

  confsync_websocket_stream_end_handshake (stream);
  g_signal_handlers_disconnect_by_data (source, self);
  g_signal_connect (source, "accept-certificate", G_CALLBACK (refuse_certificate_cb), NULL);
  if (!g_tls_connection_handshake_finish (G_TLS_CONNECTION (source), result, &error))
    {
      g_task_return_error (task, explain (self, error));
      return;
    }
  confsync_websocket_stream_secure (stream, G_IO_STREAM (source));
  if (!check_version (self->connection, &error) || !check_peer (self, &error))
    {
      g_task_return_error (task, error);
      return;
    }
  if (confsync_tls_has_pins (self->tls))
    confsync_websocket_stream_set_pinned (stream);
  g_task_return_boolean (task, TRUE);
}

/* A connection that isn't told at once which authorities count (nullable: none) loads those of the
 * system, for some tens of milliseconds and for megabytes that stay. */
static GIOStream *
make_connection (GType type,
                 ConfsyncWebsocketStream *stream,
                 GTlsDatabase *database,
                 const char *property,
                 gpointer value,
                 GError **error)
{
  return g_initable_new (type, NULL, error, "base-io-stream",
                         confsync_websocket_stream_get_base (stream), "database", database,
                         property, value, NULL);
}

/* Takes @connection. */
static void
shake (GTask *task, GIOStream *connection)
{
  Handshake *self = g_task_get_task_data (task);
  ConfsyncWebsocketStream *stream = g_task_get_source_object (task);

  self->connection = G_TLS_CONNECTION (connection);
  /* the closing handshake of WebSocket says that nothing was cut off, and HTTP its length */
  g_tls_connection_set_require_close_notify (self->connection, FALSE);
  g_signal_connect (self->connection, "accept-certificate", G_CALLBACK (accept_certificate_cb),
                    self);
  confsync_websocket_stream_begin_handshake (stream);
  g_tls_connection_handshake_async (self->connection, G_PRIORITY_DEFAULT,
                                    g_task_get_cancellable (task), shaken_cb, g_object_ref (task));
}

/* Gives how much of the first record is there, and how much is to be. FALSE where it is none, or
 * nothing more will come. */
static gboolean
peek (GSocket *socket, gssize *size, gssize *wanted, GError **error)
{
  guint8 head[RECORD_HEAD_BYTES];
  gssize count;

  *wanted = RECORD_HEAD_BYTES;
  *size = g_socket_get_available_bytes (socket);
  do
    count = recv (g_socket_get_fd (socket), head, sizeof head, MSG_PEEK | MSG_DONTWAIT);
  while (count < 0 && errno == EINTR);
  if (count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
    return TRUE;
  if (count <= 0)
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_CONNECTION_CLOSED,
                           "the connection ended before the handshake did");
      return FALSE;
    }
  if (head[0] != RECORD_HANDSHAKE)
    {
      g_set_error_literal (error, CONFSYNC_ERROR, CONFSYNC_ERROR_INVALID_MESSAGE,
                           CONFSYNC_WEBSOCKET_TLS_WANTED);
      return FALSE;
    }
  if (count == sizeof head)
    *wanted += MIN ((head[3] << 8) + head[4], RECORD_MAX_BYTES);
  return TRUE;
}

static gboolean arrived_cb (GSocket *socket, GIOCondition condition, gpointer user_data);

/* The socket gets readable once so much is there, or nothing more will come: it doesn't wake us for
 * every byte that drips in. */
static void
await (GTask *task, GSocket *socket, gssize wanted)
{
  GSource *source = g_socket_create_source (socket, G_IO_IN, g_task_get_cancellable (task));

  g_task_set_task_data (task, GSIZE_TO_POINTER (wanted), NULL);
  g_socket_set_option (socket, SOL_SOCKET, SO_RCVLOWAT, wanted, NULL);
  g_task_attach_source (task, source, G_SOURCE_FUNC (arrived_cb));
  g_source_unref (source);
}

static void
look (GTask *task, GSocket *socket)
{
  gssize awaited = GPOINTER_TO_SIZE (g_task_get_task_data (task));
  gssize size = 0, wanted = 0;
  GError *error = NULL;

  if (!peek (socket, &size, &wanted, &error))
    {
      g_task_return_error (task, error);
      return;
    }
  if (size >= wanted)
    {
      g_socket_set_option (socket, SOL_SOCKET, SO_RCVLOWAT, 1, NULL);
      g_task_return_boolean (task, TRUE);
    }
  else if (size < awaited)
    g_task_return_new_error (task, G_IO_ERROR, G_IO_ERROR_CONNECTION_CLOSED,
                             "the connection ended before the handshake did");
  else
    await (task, socket, wanted);
}

static gboolean
arrived_cb (GSocket *socket, GIOCondition condition, gpointer user_data)
{
  g_autoptr (GTask) task = g_object_ref (user_data);

  if (!g_task_return_error_if_cancelled (task))
    look (task, socket);
  return G_SOURCE_REMOVE;
}

void
confsync_websocket_tls_await_async (ConfsyncWebsocketStream *stream,
                                    GCancellable *cancellable,
                                    GAsyncReadyCallback callback,
                                    gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (stream, cancellable, callback, user_data);

  await (task, confsync_websocket_stream_get_socket (stream), 1);
}

gboolean
confsync_websocket_tls_await_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

void
confsync_websocket_tls_accept_async (ConfsyncWebsocketStream *stream,
                                     ConfsyncTls *tls,
                                     GCancellable *cancellable,
                                     GAsyncReadyCallback callback,
                                     gpointer user_data)
{
  g_autoptr (GTask) task = begin (stream, tls, NULL, cancellable, callback, user_data);
  /* a client that isn't asked shows nothing that an authority could vouch for */
  g_autoptr (GTlsDatabase) database =
    confsync_tls_has_pins (tls) ? confsync_tls_dup_database (tls) : NULL;
  GError *error = NULL;
  GIOStream *connection = make_connection (
    g_tls_backend_get_server_connection_type (g_tls_backend_get_default ()), stream, database,
    "certificate", confsync_tls_get_certificate (tls), &error);

  if (connection == NULL)
    {
      g_task_return_error (task, error);
      return;
    }
  if (confsync_tls_has_pins (tls))
    g_object_set (connection, "authentication-mode", G_TLS_AUTHENTICATION_REQUESTED, NULL);
  shake (task, connection);
}

void
confsync_websocket_tls_dial_async (ConfsyncWebsocketStream *stream,
                                   ConfsyncTls *tls,
                                   GSocketConnectable *server,
                                   GCancellable *cancellable,
                                   GAsyncReadyCallback callback,
                                   gpointer user_data)
{
  g_autoptr (GTask) task = begin (stream, tls, server, cancellable, callback, user_data);
  g_autoptr (GTlsDatabase) database = confsync_tls_dup_database (tls);
  GError *error = NULL;
  GIOStream *connection = make_connection (
    g_tls_backend_get_client_connection_type (g_tls_backend_get_default ()), stream, database,
    "server-identity", server, &error);

  if (connection == NULL)
    {
      g_task_return_error (task, error);
      return;
    }
  if (confsync_tls_get_certificate (tls) != NULL)
    g_tls_connection_set_certificate (G_TLS_CONNECTION (connection),
                                      confsync_tls_get_certificate (tls));
  shake (task, connection);
}

gboolean
confsync_websocket_tls_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}
