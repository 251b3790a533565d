/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Accepts connections and counts them. Neither GSocketService nor SoupServer stands here: the one
 * spins with a warning a round when the process is out of file descriptors, the other holds half
 * requests for ever and reads bodies that nobody wants.
 */

#include "confsync-websocket-listener.h"

#include <string.h>

#include "confsync-websocket-acceptor.h"
#include "confsync-websocket-channel.h"
#include "confsync-websocket-doorstep.h"
#include "confsync-websocket-exposure.h"
#include "confsync-websocket-guest.h"
#include "confsync-websocket-handshake.h"
#include "confsync-websocket-remote.h"

/* as long as nobody says otherwise */
#define CONNECTIONS_MAX 1024
#define GUESTS_PER_PLACE_MAX 64

/* connections that came in and are still there, upgraded or not; each holds a reference, so that
 * the listener may go before them */
typedef struct
{
  guint taken;
} Seats;

struct _ConfsyncWebsocketListener
{
  ConfsyncListener parent_instance;

  ConfsyncWebsocketAddress *address;   /* (owned) */
  ConfsyncTls *tls;                    /* (owned) (nullable) for an address without TLS */
  ConfsyncWebsocketGate *gate;         /* (owned) */
  ConfsyncWebsocketDoorstep *doorstep; /* (owned) (nullable) once stopped */
  ConfsyncWebsocketPolicy *policy;     /* (owned) */
  ConfsyncWebsocketAcceptor *acceptor; /* (owned) (nullable) once stopped */
  GQueue guests;                       /* of owned ConfsyncWebsocketGuest, oldest first */
  Seats *seats;                        /* (owned) */
  guint timeout_ms;
  guint max_connections;
  guint max_guests; /* of one place */
  gboolean legacy; /* those that offer no protocol may come from other machines, too */
  gboolean open;   /* to other machines */
};

G_DEFINE_FINAL_TYPE (ConfsyncWebsocketListener, confsync_websocket_listener, CONFSYNC_TYPE_LISTENER)

static void
give_seat_back (gpointer data)
{
  Seats *seats = data;

  seats->taken--;
  g_atomic_rc_box_release (seats);
}

static void
take_seat (ConfsyncWebsocketListener *self, ConfsyncWebsocketStream *stream)
{
  self->seats->taken++;
  g_object_set_data_full (G_OBJECT (stream), "confsync-seat",
                          g_atomic_rc_box_acquire (self->seats), give_seat_back);
}

static void
refuse (ConfsyncWebsocketListener *self, ConfsyncWebsocketStream *stream, const char *reason)
{
  g_autofree char *remote =
    confsync_websocket_remote_describe (confsync_websocket_stream_get_remote (stream));

  confsync_listener_emit_refused (CONFSYNC_LISTENER (self), remote, reason);
}

static char *
guest_health (gpointer host)
{
  return confsync_listener_request_health (CONFSYNC_LISTENER (host));
}

static void
guest_refused (gpointer host, ConfsyncWebsocketGuest *guest, const char *reason)
{
  refuse (host, confsync_websocket_guest_get_stream (guest), reason);
}

static void
guest_upgraded (gpointer host, ConfsyncWebsocketGuest *guest, const char *protocol)
{
  g_autoptr (ConfsyncChannel) channel =
    confsync_websocket_channel_new_accepted (confsync_websocket_guest_get_stream (guest), protocol);

  confsync_listener_emit_accepted (CONFSYNC_LISTENER (host), channel);
}

static void
guest_done (gpointer host, ConfsyncWebsocketGuest *guest)
{
  ConfsyncWebsocketListener *self = host;

  if (g_queue_remove (&self->guests, guest))
    g_object_unref (guest);
}

static const ConfsyncWebsocketHost host_table = {
  .health = guest_health,
  .refused = guest_refused,
  .upgraded = guest_upgraded,
  .done = guest_done,
};

/* Gives the guest that is longest here from @place (nullable: from anywhere), and how many are. */
static ConfsyncWebsocketGuest *
oldest_guest (ConfsyncWebsocketListener *self, const char *place, guint *count)
{
  ConfsyncWebsocketGuest *oldest = NULL;

  *count = 0;
  for (GList *l = self->guests.head; l != NULL; l = l->next)
    if (place == NULL || g_str_equal (confsync_websocket_guest_get_place (l->data), place))
      {
        oldest = oldest != NULL ? oldest : l->data;
        (*count)++;
      }
  return oldest;
}

/* An honest guest needs milliseconds. So where there are too many, the one that is longest here
 * goes: who sits on half requests keeps nobody out. */
static gboolean
make_room (ConfsyncWebsocketListener *self, const char *place)
{
  ConfsyncWebsocketGuest *oldest;
  guint count;

  oldest = oldest_guest (self, place, &count);
  if (count >= self->max_guests)
    confsync_websocket_guest_cut (oldest, "too many unfinished handshakes from there");

  if (self->seats->taken < self->max_connections)
    return TRUE;
  oldest = oldest_guest (self, NULL, &count);
  if (oldest != NULL)
    confsync_websocket_guest_cut (oldest, "too many connections in all");
  return oldest != NULL;
}

static gboolean
is_legacy_welcome (ConfsyncWebsocketListener *self, ConfsyncWebsocketStream *stream)
{
  GInetSocketAddress *remote = confsync_websocket_stream_get_remote (stream);

  return self->legacy ||
         confsync_websocket_remote_is_loopback (g_inet_socket_address_get_address (remote));
}

/* A TLS client could read an answer only after a handshake, which is no way to be cheap: it gets
 * none. */
static void
turn_away (ConfsyncWebsocketListener *self,
           GSocketConnection *connection,
           ConfsyncHttpStatus status,
           const char *more,
           const char *reason)
{
  g_autofree char *answer = NULL;

  if (self->tls == NULL)
    answer = g_strdup_printf ("HTTP/1.1 %u %s\r\n"
                              "Server: confsync\r\n"
                              "Content-Type: text/plain; charset=utf-8\r\n"
                              "Content-Length: %" G_GSIZE_FORMAT "\r\n"
                              "%s"
                              "Connection: close\r\n"
                              "\r\n"
                              "%s\n",
                              status, confsync_http_status_phrase (status), strlen (reason) + 1,
                              more, reason);
  confsync_websocket_doorstep_turn_away (self->doorstep, connection, answer);
}

/* Whether it is not blocked; each call counts. */
static gboolean
admit (ConfsyncWebsocketListener *self, GSocketConnection *connection, GInetSocketAddress *remote)
{
  g_autofree char *text = confsync_websocket_remote_describe (remote);
  const guint seconds =
    confsync_listener_request_admission (CONFSYNC_LISTENER (self), text);
  g_autofree char *more = NULL;

  if (seconds == 0)
    return TRUE;
  /* whoever heard of it may have stopped us */
  if (self->doorstep == NULL)
    return FALSE;
  more = g_strdup_printf ("Retry-After: %u\r\n", seconds);
  turn_away (self, connection, CONFSYNC_HTTP_TOO_MANY, more, "too many requests from there");
  return FALSE;
}

/* Where somebody really is, is known only now: a listener on 0.0.0.0 has all of the machine's
 * addresses. */
static gboolean
judge (ConfsyncWebsocketListener *self, ConfsyncWebsocketStream *stream)
{
  GInetSocketAddress *remote = confsync_websocket_stream_get_remote (stream);
  GInetSocketAddress *local = confsync_websocket_stream_get_local (stream);
  const ConfsyncWebsocketTerms terms = { .tls = self->tls != NULL,
                                         .open = self->open,
                                         .allow_public = self->policy->allow_public };
  const char *reason = confsync_websocket_exposure_judge_guest (
    confsync_websocket_reach_of (g_inet_socket_address_get_address (remote)),
    confsync_websocket_reach_of (g_inet_socket_address_get_address (local)), &terms);

  if (reason == NULL)
    return TRUE;
  refuse (self, stream, reason);
  if (self->doorstep != NULL)
    turn_away (self, G_SOCKET_CONNECTION (confsync_websocket_stream_get_base (stream)),
               CONFSYNC_HTTP_FORBIDDEN, "", reason);
  return FALSE;
}

static void
connected_cb (GSocketConnection *connection, gpointer user_data)
{
  g_autoptr (ConfsyncWebsocketListener) self = g_object_ref (user_data);
  g_autoptr (GSocketAddress) remote = g_socket_connection_get_remote_address (connection, NULL);
  g_autoptr (ConfsyncWebsocketStream) stream = NULL;
  ConfsyncWebsocketGuest *guest;
  g_autofree char *place = NULL;

  /* it may have gone away between connect and accept */
  if (!G_IS_INET_SOCKET_ADDRESS (remote) ||
      !admit (self, connection, G_INET_SOCKET_ADDRESS (remote)))
    return;
  stream = confsync_websocket_stream_new (connection, FALSE, NULL);
  if (stream == NULL || !judge (self, stream))
    return;

  place = confsync_websocket_remote_dup_place (confsync_websocket_stream_get_remote (stream));
  if (!make_room (self, place))
    {
      refuse (self, stream, "too many connections in all");
      return;
    }
  /* whoever heard of a refusal may have stopped us */
  if (self->acceptor == NULL)
    return;

  take_seat (self, stream);
  guest = confsync_websocket_guest_new (stream, self->address, self->tls, self->gate, self->policy,
                                        is_legacy_welcome (self, stream), &host_table, self);
  g_queue_push_tail (&self->guests, guest);
  confsync_websocket_guest_serve (guest, self->timeout_ms);
}

static gboolean
trouble_cb (const GError *error, gpointer user_data)
{
  g_autoptr (ConfsyncWebsocketListener) self = g_object_ref (user_data);
  g_autofree char *reason = g_strdup_printf ("can't take connections in: %s", error->message);
  ConfsyncWebsocketGuest *oldest = g_queue_peek_head (&self->guests);

  /* it may be file descriptors that lack: one comes back with a guest */
  if (oldest == NULL)
    {
      confsync_listener_emit_refused (CONFSYNC_LISTENER (self), "anybody", reason);
      return FALSE;
    }
  confsync_websocket_guest_cut (oldest, reason);
  return TRUE;
}

static void
confsync_websocket_listener_stop (ConfsyncListener *listener)
{
  ConfsyncWebsocketListener *self = CONFSYNC_WEBSOCKET_LISTENER (listener);

  g_clear_pointer (&self->acceptor, confsync_websocket_acceptor_free);
  g_clear_pointer (&self->doorstep, confsync_websocket_doorstep_free);
  while (!g_queue_is_empty (&self->guests))
    confsync_websocket_guest_cut (g_queue_peek_head (&self->guests), NULL);
}

static void
confsync_websocket_listener_dispose (GObject *object)
{
  confsync_websocket_listener_stop (CONFSYNC_LISTENER (object));

  G_OBJECT_CLASS (confsync_websocket_listener_parent_class)->dispose (object);
}

static void
confsync_websocket_listener_finalize (GObject *object)
{
  ConfsyncWebsocketListener *self = CONFSYNC_WEBSOCKET_LISTENER (object);

  g_clear_pointer (&self->address, confsync_websocket_address_unref);
  g_clear_object (&self->tls);
  g_clear_pointer (&self->policy, confsync_websocket_policy_unref);
  g_clear_pointer (&self->gate, confsync_websocket_gate_unref);
  g_clear_pointer (&self->seats, g_atomic_rc_box_release);

  G_OBJECT_CLASS (confsync_websocket_listener_parent_class)->finalize (object);
}

static void
confsync_websocket_listener_class_init (ConfsyncWebsocketListenerClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = confsync_websocket_listener_dispose;
  object_class->finalize = confsync_websocket_listener_finalize;
  CONFSYNC_LISTENER_CLASS (klass)->stop = confsync_websocket_listener_stop;
}

static void
confsync_websocket_listener_init (ConfsyncWebsocketListener *self)
{
  self->seats = g_atomic_rc_box_new0 (Seats);
  self->doorstep = confsync_websocket_doorstep_new ();
  g_queue_init (&self->guests);
  self->max_connections = CONNECTIONS_MAX;
  self->max_guests = GUESTS_PER_PLACE_MAX;
}

static gboolean
is_exposed (GList *inet_addresses)
{
  for (GList *l = inet_addresses; l != NULL; l = l->next)
    if (!confsync_websocket_remote_is_loopback (l->data))
      return TRUE;
  return FALSE;
}

ConfsyncListener *
confsync_websocket_listener_new (const ConfsyncWebsocketAddress *address,
                                 ConfsyncTls *tls,
                                 ConfsyncWebsocketGate *gate,
                                 ConfsyncWebsocketPolicy *policy,
                                 GList *inet_addresses,
                                 ConfsyncListenFlags flags,
                                 guint timeout_ms,
                                 GError **error)
{
  g_autoptr (ConfsyncWebsocketListener) self =
    g_object_new (CONFSYNC_TYPE_WEBSOCKET_LISTENER, NULL);
  g_autofree char *text = NULL;

  self->address = confsync_websocket_address_ref ((ConfsyncWebsocketAddress *) address);
  self->tls = address->tls ? g_object_ref (tls) : NULL;
  self->timeout_ms = timeout_ms;
  self->gate = confsync_websocket_gate_ref (gate);
  self->legacy = (flags & CONFSYNC_LISTEN_LEGACY) != 0;
  self->open = (flags & CONFSYNC_LISTEN_EXPOSED) != 0;
  self->policy = confsync_websocket_policy_ref (policy);
  self->acceptor = confsync_websocket_acceptor_new (inet_addresses, address->port, connected_cb,
                                                    trouble_cb, self, error);
  if (self->acceptor == NULL)
    return NULL;

  text = confsync_websocket_address_to_string (
    address, confsync_websocket_acceptor_get_port (self->acceptor));
  g_object_set (self, "address", text, "exposed", is_exposed (inet_addresses), "authenticated",
                self->tls != NULL && confsync_tls_is_mutual (self->tls), NULL);
  return CONFSYNC_LISTENER (g_steal_pointer (&self));
}

void
confsync_websocket_listener_set_limits (ConfsyncListener *listener,
                                        guint max_connections,
                                        guint max_guests)
{
  ConfsyncWebsocketListener *self = CONFSYNC_WEBSOCKET_LISTENER (listener);

  self->max_connections = max_connections;
  self->max_guests = max_guests;
}
