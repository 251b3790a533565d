/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Several connections are served at a time, so that one that is silent keeps nobody out; but not
 * many, and each for ten seconds at most. Only a wrong proof counts as a try: what else strangers
 * send tells them nothing.
 */

#include "config.h"

#include "confsync-pair-host.h"

#include <confsync.h>
#include <glib/gi18n.h>

#include "confsync-tool.h"
#include "confsync-units.h"

#define GUESTS_MAX 16
#define WRONG_MAX 5

struct _ConfsyncPairHost {
  GSocketService *service;         /* (owned) */
  const ConfsyncPairingSide *side; /* (unowned) */
  GMainLoop *loop;                 /* (owned) */
  guint16 port;
  guint guests;
  guint wrong;
  gboolean late;
  ConfsyncPairingPeer *peer; /* (owned) (nullable) */
};

void
confsync_pair_host_free (ConfsyncPairHost *self)
{
  g_signal_handlers_disconnect_by_data (self->service, self);
  g_socket_service_stop (self->service);
  g_socket_listener_close (G_SOCKET_LISTENER (self->service));
  g_object_unref (self->service);
  g_main_loop_unref (self->loop);
  g_clear_pointer (&self->peer, confsync_pairing_peer_free);
  g_free (self);
}

static char *
describe (GSocketConnection *connection)
{
  g_autoptr (GSocketAddress) address = g_socket_connection_get_remote_address (connection, NULL);

  return address != NULL ? g_socket_connectable_to_string (G_SOCKET_CONNECTABLE (address))
                         : g_strdup ("?");
}

typedef struct {
  ConfsyncPairHost *host; /* (unowned): waits for all of its guests */
  char *from;
} Guest;

static void
guest_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autofree Guest *guest = user_data;
  g_autofree char *from = guest->from;
  ConfsyncPairHost *self = guest->host;
  g_autoptr (GError) error = NULL;
  g_autoptr (ConfsyncPairingPeer) peer = confsync_pairing_run_finish (result, &error);

  self->guests--;
  /* of those that came at the same time the first one; and none after five wrong ones */
  if (peer != NULL && self->peer == NULL && self->wrong < WRONG_MAX)
    self->peer = g_steal_pointer (&peer);
  if (error != NULL)
    confsync_tool_say ("%s: %s", from, error->message);
  self->wrong += g_error_matches (error, CONFSYNC_ERROR, CONFSYNC_ERROR_REFUSED);
  g_main_loop_quit (self->loop);
}

static gboolean
incoming_cb (GSocketService *service,
             GSocketConnection *connection,
             GObject *source,
             gpointer user_data)
{
  ConfsyncPairHost *self = user_data;
  Guest *guest;

  if (self->peer != NULL || self->guests >= GUESTS_MAX)
    {
      g_io_stream_close (G_IO_STREAM (connection), NULL, NULL);
      return TRUE;
    }
  guest = g_new (Guest, 1);
  guest->host = self;
  guest->from = describe (connection);
  self->guests++;
  confsync_pairing_run_async (connection, CONFSYNC_PAIRING_LISTENER, self->side, guest_cb, guest);
  return TRUE;
}

static GSocketAddress *
resolve (const char *host, guint16 port, GError **error)
{
  g_autoptr (GSocketConnectable) name = g_network_address_new (host, port);
  g_autoptr (GSocketAddressEnumerator) addresses = g_socket_connectable_enumerate (name);

  return g_socket_address_enumerator_next (addresses, NULL, error);
}

static gboolean
open_host (ConfsyncPairHost *self, const char *host, guint16 port, GError **error)
{
  g_autoptr (GSocketAddress) wanted = resolve (host, port, error);
  g_autoptr (GSocketAddress) taken = NULL;

  if (wanted == NULL ||
      !g_socket_listener_add_address (G_SOCKET_LISTENER (self->service), wanted,
                                      G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_TCP, NULL, &taken,
                                      error))
    {
      g_prefix_error (error, _ ("can't listen on %s, port %u: "), host, port);
      return FALSE;
    }
  self->port = g_inet_socket_address_get_port (G_INET_SOCKET_ADDRESS (taken));
  return TRUE;
}

ConfsyncPairHost *
confsync_pair_host_new (const char *host,
                        guint16 port,
                        const ConfsyncPairingSide *side,
                        GError **error)
{
  g_autoptr (ConfsyncPairHost) self = g_new0 (ConfsyncPairHost, 1);

  self->side = side;
  self->service = g_socket_service_new ();
  self->loop = g_main_loop_new (NULL, FALSE);
  /* one socket for both families, or where there is no IPv6 for the other */
  if (host != NULL ? !open_host (self, host, port, error)
                   : !open_host (self, "::", port, NULL) &&
                       !open_host (self, "0.0.0.0", port, error))
    return NULL;
  g_signal_connect (self->service, "incoming", G_CALLBACK (incoming_cb), self);
  return g_steal_pointer (&self);
}

guint16
confsync_pair_host_get_port (ConfsyncPairHost *self)
{
  return self->port;
}

static gboolean
late_cb (gpointer user_data)
{
  ConfsyncPairHost *self = user_data;

  self->late = TRUE;
  g_main_loop_quit (self->loop);
  return G_SOURCE_REMOVE;
}

ConfsyncPairingPeer *
confsync_pair_host_wait (ConfsyncPairHost *self, guint timeout_ms, GError **error)
{
  g_autofree char *timeout = confsync_units_duration ((gint64) timeout_ms * 1000);
  guint timer = g_timeout_add (timeout_ms, late_cb, self);

  while (!self->late && self->peer == NULL && self->wrong < WRONG_MAX)
    g_main_loop_run (self->loop);
  g_socket_service_stop (self->service);
  while (self->guests > 0)
    g_main_loop_run (self->loop);
  if (!self->late)
    g_source_remove (timer);

  if (self->peer != NULL)
    return g_steal_pointer (&self->peer);
  if (self->late)
    g_set_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_DEADLINE,
                 _ ("nobody came with the code within %s; run it again for another one"), timeout);
  else
    g_set_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_REFUSED,
                 _ ("five wrong codes: somebody may be guessing; run it again for another code"));
  return NULL;
}
