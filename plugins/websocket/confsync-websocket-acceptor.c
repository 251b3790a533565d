/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Binds, listens, accepts; what is done with a connection is for others.
 */

#include "confsync-websocket-acceptor.h"

#include "confsync-websocket-remote.h"

#define BACKLOG 128

/* connections taken in one go before others get their turn */
#define ACCEPT_BATCH 32

#define TROUBLE_PAUSE_MS 250

/* a free port on the first address may be taken on the second */
#define FREE_PORT_TRIES 16

struct _ConfsyncWebsocketAcceptor
{
  GPtrArray *sockets; /* of GSocket */
  GPtrArray *sources; /* of GSource, attached: one a socket, or one pause */
  guint16 port;
  ConfsyncWebsocketConnectedFunc connected;
  ConfsyncWebsocketTroubleFunc trouble;
  gpointer user_data;
};

static void
drop_source (gpointer data)
{
  g_source_destroy (data);
  g_source_unref (data);
}

static void
attach (ConfsyncWebsocketAcceptor *self, GSource *source)
{
  g_source_set_static_name (source, "confsync websocket acceptor");
  g_source_attach (source, g_main_context_get_thread_default ());
  g_ptr_array_add (self->sources, source);
}

static void watch (ConfsyncWebsocketAcceptor *self);

static gboolean
pause_over_cb (gpointer user_data)
{
  ConfsyncWebsocketAcceptor *self = user_data;

  g_ptr_array_set_size (self->sources, 0);
  watch (self);
  return G_SOURCE_REMOVE;
}

static void
take_a_pause (ConfsyncWebsocketAcceptor *self)
{
  GSource *pause = g_timeout_source_new (TROUBLE_PAUSE_MS);

  g_ptr_array_set_size (self->sources, 0);
  g_source_set_callback (pause, pause_over_cb, self, NULL);
  attach (self, pause);
}

/* Says whether there may be more to accept at once. */
static gboolean
accept_one (ConfsyncWebsocketAcceptor *self, GSocket *socket)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GSocket) accepted = g_socket_accept (socket, NULL, &error);
  g_autoptr (GSocketConnection) connection = NULL;
  GSource *source = g_main_current_source ();

  if (accepted == NULL)
    {
      if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK))
        return FALSE;
      if (self->trouble (error, self->user_data))
        return TRUE;
      /* whoever heard of it may have freed us, and our sources with us */
      if (!g_source_is_destroyed (source))
        take_a_pause (self);
      return FALSE;
    }
  connection = g_socket_connection_factory_create_connection (accepted);
  self->connected (connection, self->user_data);
  return TRUE;
}

static gboolean
acceptable_cb (GSocket *socket, GIOCondition condition, gpointer user_data)
{
  GSource *source = g_main_current_source ();

  for (guint i = 0; i < ACCEPT_BATCH && !g_source_is_destroyed (source); i++)
    if (!accept_one (user_data, socket))
      break;
  return G_SOURCE_CONTINUE;
}

static void
watch (ConfsyncWebsocketAcceptor *self)
{
  for (guint i = 0; i < self->sockets->len; i++)
    {
      GSource *source = g_socket_create_source (self->sockets->pdata[i], G_IO_IN, NULL);

      g_source_set_callback (source, G_SOURCE_FUNC (acceptable_cb), self, NULL);
      attach (self, source);
    }
}

static gboolean
fail (GInetSocketAddress *address, GError *cause, GError **error)
{
  g_autofree char *text = confsync_websocket_remote_describe (address);

  if (g_error_matches (cause, G_IO_ERROR, G_IO_ERROR_ADDRESS_IN_USE))
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_ADDRESS_IN_USE,
                 "%s is in use already; stop what listens there, or take another port", text);
  else
    g_set_error (error, cause->domain, cause->code, "can't listen on %s: %s", text,
                 cause->message);
  g_error_free (cause);
  return FALSE;
}

static gboolean
open_socket (ConfsyncWebsocketAcceptor *self, GInetAddress *inet_address, GError **error)
{
  g_autoptr (GSocketAddress) address = g_inet_socket_address_new (inet_address, self->port);
  g_autoptr (GSocketAddress) bound = NULL;
  g_autoptr (GSocket) socket = NULL;
  GError *cause = NULL;

  socket = g_socket_new (g_inet_address_get_family (inet_address), G_SOCKET_TYPE_STREAM,
                         G_SOCKET_PROTOCOL_TCP, &cause);
  if (socket == NULL)
    return fail (G_INET_SOCKET_ADDRESS (address), cause, error);

  g_socket_set_blocking (socket, FALSE);
  g_socket_set_listen_backlog (socket, BACKLOG);
  if (!g_socket_bind (socket, address, TRUE, &cause) || !g_socket_listen (socket, &cause) ||
      (bound = g_socket_get_local_address (socket, &cause)) == NULL)
    return fail (G_INET_SOCKET_ADDRESS (address), cause, error);

  self->port = g_inet_socket_address_get_port (G_INET_SOCKET_ADDRESS (bound));
  g_ptr_array_add (self->sockets, g_steal_pointer (&socket));
  return TRUE;
}

/* whether a failure on that address leaves others to be content with */
static gboolean
can_do_without (ConfsyncWebsocketAcceptor *self, GInetAddress *address, const GError *error)
{
  return self->sockets->len > 0 && g_inet_address_get_is_loopback (address) &&
         g_inet_address_get_family (address) == G_SOCKET_FAMILY_IPV6 &&
         !g_error_matches (error, G_IO_ERROR, G_IO_ERROR_ADDRESS_IN_USE);
}

static gboolean
open_all (ConfsyncWebsocketAcceptor *self, GList *inet_addresses, GError **error)
{
  for (GList *l = inet_addresses; l != NULL; l = l->next)
    {
      g_autoptr (GError) local = NULL;

      if (open_socket (self, l->data, &local) || can_do_without (self, l->data, local))
        continue;

      g_propagate_error (error, g_steal_pointer (&local));
      g_ptr_array_set_size (self->sockets, 0);
      return FALSE;
    }
  return TRUE;
}

static gboolean
open_on_free_port (ConfsyncWebsocketAcceptor *self, GList *inet_addresses, GError **error)
{
  g_autoptr (GError) local = NULL;

  for (guint i = 0; i < FREE_PORT_TRIES; i++)
    {
      g_clear_error (&local);
      self->port = 0;
      if (open_all (self, inet_addresses, &local))
        return TRUE;
      if (!g_error_matches (local, G_IO_ERROR, G_IO_ERROR_ADDRESS_IN_USE))
        break;
    }
  g_propagate_error (error, g_steal_pointer (&local));
  return FALSE;
}

ConfsyncWebsocketAcceptor *
confsync_websocket_acceptor_new (GList *inet_addresses,
                                 guint16 port,
                                 ConfsyncWebsocketConnectedFunc connected,
                                 ConfsyncWebsocketTroubleFunc trouble,
                                 gpointer user_data,
                                 GError **error)
{
  g_autoptr (ConfsyncWebsocketAcceptor) self = g_new0 (ConfsyncWebsocketAcceptor, 1);

  self->sockets = g_ptr_array_new_with_free_func (g_object_unref);
  self->sources = g_ptr_array_new_with_free_func (drop_source);
  self->port = port;
  self->connected = connected;
  self->trouble = trouble;
  self->user_data = user_data;
  if (!(port == 0 ? open_on_free_port (self, inet_addresses, error)
                  : open_all (self, inet_addresses, error)))
    return NULL;

  watch (self);
  return g_steal_pointer (&self);
}

void
confsync_websocket_acceptor_free (ConfsyncWebsocketAcceptor *self)
{
  g_ptr_array_unref (self->sources);
  for (guint i = 0; i < self->sockets->len; i++)
    g_socket_close (self->sockets->pdata[i], NULL);
  g_ptr_array_unref (self->sockets);
  g_free (self);
}

guint16
confsync_websocket_acceptor_get_port (ConfsyncWebsocketAcceptor *self)
{
  return self->port;
}
