/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * A node's transports and listeners: who comes in becomes a peer.
 */

#include "config.h"

#include "confsync-node-inside-private.h"

#include "confsync-address-private.h"
#include "confsync-error.h"
#include "confsync-health-private.h"
#include "confsync-registry.h"


static void
give_tls (ConfsyncNode *self, ConfsyncTransport *transport)
{
  GParamSpec *property =
    g_object_class_find_property (G_OBJECT_GET_CLASS (transport), "tls");

  if (property != NULL && g_type_is_a (CONFSYNC_TYPE_TLS, property->value_type))
    g_object_set (transport, "tls", self->tls, NULL);
}

void
confsync_node_spread_tls (ConfsyncNode *self)
{
  GHashTableIter iter;
  gpointer transport;

  g_hash_table_iter_init (&iter, self->transports);
  while (g_hash_table_iter_next (&iter, NULL, &transport))
    give_tls (self, transport);
}

void
confsync_node_spread_access (ConfsyncNode *self)
{
  GHashTableIter iter;
  gpointer transport;

  g_hash_table_iter_init (&iter, self->transports);
  while (g_hash_table_iter_next (&iter, NULL, &transport))
    confsync_node_access_give (&self->access, transport);
}

void
confsync_node_adopt_transport (ConfsyncNode *self,
                               const char *scheme,
                               ConfsyncTransport *transport)
{
  if (g_object_class_find_property (G_OBJECT_GET_CLASS (transport), "clock") != NULL)
    g_object_set (transport, "clock", self->clock, NULL);
  give_tls (self, transport);
  confsync_node_access_give (&self->access, transport);
  g_hash_table_replace (self->transports, g_strdup (scheme), g_object_ref (transport));
}

ConfsyncTransport *
confsync_node_get_transport (ConfsyncNode *self, const char *address, GError **error)
{
  g_autofree char *scheme = confsync_address_get_scheme (address);
  ConfsyncTransport *known = g_hash_table_lookup (self->transports, scheme);
  g_autoptr (ConfsyncTransport) transport = NULL;
  g_autoptr (GError) local = NULL;
  GType type;

  if (known != NULL)
    return known;

  type = confsync_registry_find (CONFSYNC_TYPE_TRANSPORT, scheme, &local);
  if (type == G_TYPE_INVALID)
    {
      g_set_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_INVALID_ADDRESS, "“%s”: %s", address,
                   local->message);
      return NULL;
    }
  transport = g_object_new (type, NULL);
  confsync_node_limits_give (&self->limits, transport);
  confsync_node_adopt_transport (self, scheme, transport);
  return transport;
}

void
confsync_node_emit_notice (ConfsyncNode *self, ConfsyncLevel level, const char *message)
{
  GVariantDict dict;

  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert (&dict, "message", "s", message);
  confsync_node_emit_event (self, level, CONFSYNC_EVENT_NOTICE, g_variant_dict_end (&dict));
}

static void
listener_accepted_cb (ConfsyncListener *listener, ConfsyncChannel *channel, gpointer user_data)
{
  ConfsyncNode *self = user_data;
  ConfsyncPeer *peer;

  if (!confsync_node_hears (self, listener, channel))
    return;
  if (!confsync_node_make_room (self, channel))
    {
      g_autofree char *reason =
        g_strdup_printf ("%u peers are connected already", self->limits.max_connections);

      confsync_listener_emit_refused (listener, confsync_channel_get_remote (channel), reason);
      confsync_channel_close (channel);
      return;
    }
  peer = confsync_peer_new_accepted (channel, self->clock, confsync_node_identify, self);
  confsync_peer_set_vouched (peer, confsync_listener_is_authenticated (listener));
  confsync_node_adopt_peer (self, peer);
}

void
confsync_node_emit_refused (ConfsyncNode *self, const char *remote, const char *reason)
{
  GVariantDict dict;

  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert (&dict, "remote", "s", remote);
  g_variant_dict_insert (&dict, "reason", "s", reason);
  confsync_node_emit_event (self, CONFSYNC_LEVEL_WARNING, CONFSYNC_EVENT_REFUSED,
                            g_variant_dict_end (&dict));
}

static void
listener_refused_cb (ConfsyncListener *listener,
                     const char *remote,
                     const char *reason,
                     gpointer user_data)
{
  confsync_node_refuse_guest (user_data, remote, reason);
}

static guint
listener_admit_cb (ConfsyncListener *listener, const char *remote, gpointer user_data)
{
  return confsync_node_admit (user_data, remote);
}

static char *
listener_health_cb (ConfsyncListener *listener, gpointer user_data)
{
  ConfsyncNode *self = user_data;
  guint live = 0;

  for (guint i = 0; i < self->peers->len; i++)
    live += confsync_peer_get_link_name (self->peers->pdata[i]) != NULL;
  return confsync_health_report (self->instance_id, live, confsync_node_is_degraded (self),
                                 self->key != NULL ? (gint64) self->failed_proofs : -1,
                                 confsync_clock_get_time (self->clock));
}

static gboolean
is_encrypted (ConfsyncListener *listener)
{
  const char *address = confsync_listener_get_address (listener);
  g_autofree char *scheme = confsync_address_get_scheme (address != NULL ? address : "");

  return g_str_equal (scheme, "wss");
}

/* What is worth a second thought about a listener that other machines can reach. */
static char *
dup_caution (ConfsyncNode *self, ConfsyncListener *listener)
{
  const char *address = confsync_listener_get_address (listener);

  if (self->key == NULL)
    return g_strdup_printf ("anybody who can reach %s may read and change the configuration "
                            "(allow-unauthenticated)", address);
  if (self->allow_legacy_peers)
    return g_strdup_printf ("legacy peers can't prove the shared key: who speaks their protocol at "
                            "%s may read and change the configuration (allow-legacy-peers)",
                            address);
  return NULL;
}

/* Gives why allow-unauthenticated lets nobody in; NULL where it does. */
static const char *
get_idle_reason (ConfsyncNode *self)
{
  const char *reason = "other machines reach no listener";

  if (self->key != NULL)
    return "with a shared key, peers must prove it";
  for (guint i = 0; i < self->listeners->len; i++)
    {
      if (!confsync_listener_is_exposed (self->listeners->pdata[i]))
        continue;
      if (!confsync_listener_is_authenticated (self->listeners->pdata[i]))
        return NULL;
      reason = "other machines need a pinned certificate";
    }
  return reason;
}

/* A flag with a loud name is heard at each start: an idle one lets everybody in as soon as
 * something else is changed. */
static void
warn_of_idle_flag (ConfsyncNode *self)
{
  const char *reason = self->allow_unauthenticated ? get_idle_reason (self) : NULL;
  g_autofree char *message = NULL;

  if (reason == NULL)
    return;
  message = g_strdup_printf ("allow-unauthenticated changes nothing here: %s; leave it out",
                             reason);
  confsync_node_emit_notice (self, CONFSYNC_LEVEL_WARNING, message);
}

static void
announce_listener (ConfsyncNode *self, ConfsyncListener *listener)
{
  GVariantDict dict;

  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert (&dict, "address", "s", confsync_listener_get_address (listener));
  g_variant_dict_insert (&dict, "exposed", "b", confsync_listener_is_exposed (listener));
  g_variant_dict_insert (&dict, "authenticated", "b",
                         confsync_listener_is_authenticated (listener));
  g_variant_dict_insert (&dict, "keyed", "b", self->key != NULL);
  g_variant_dict_insert (&dict, "encrypted", "b", is_encrypted (listener));
  confsync_node_emit_event (self, CONFSYNC_LEVEL_INFO, CONFSYNC_EVENT_LISTENING,
                            g_variant_dict_end (&dict));
  if (confsync_listener_is_exposed (listener) && !confsync_listener_is_authenticated (listener))
    {
      g_autofree char *message = dup_caution (self, listener);

      if (message == NULL)
        return;
      confsync_node_emit_notice (self, CONFSYNC_LEVEL_WARNING, message);
    }
}

typedef struct
{
  ConfsyncNode *node; /* (owned) */
  guint start;
} Listening;

static void
take_listener (ConfsyncNode *self, ConfsyncListener *listener)
{
  g_ptr_array_add (self->listeners, g_object_ref (listener));
  g_signal_connect_object (listener, "accepted", G_CALLBACK (listener_accepted_cb), self, 0);
  g_signal_connect_object (listener, "refused", G_CALLBACK (listener_refused_cb), self, 0);
  g_signal_connect_object (listener, "admit", G_CALLBACK (listener_admit_cb), self, 0);
  g_signal_connect_object (listener, "health", G_CALLBACK (listener_health_cb), self, 0);
  announce_listener (self, listener);
}

static void
finish_listening (ConfsyncNode *self)
{
  warn_of_idle_flag (self);
  confsync_node_finish_start (self, NULL);
}

static void
listen_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autofree Listening *listening = user_data;
  g_autoptr (ConfsyncNode) self = listening->node;
  g_autoptr (GError) error = NULL;
  g_autoptr (ConfsyncListener) listener =
    confsync_transport_listen_finish (CONFSYNC_TRANSPORT (source), result, &error);

  if (!self->running || self->starts != listening->start)
    {
      if (listener != NULL)
        confsync_listener_stop (listener);
      return;
    }

  self->listens_under_way--;
  if (listener == NULL)
    {
      confsync_node_finish_start (self, g_steal_pointer (&error));
      return;
    }
  take_listener (self, listener);
  if (self->listens_under_way == 0)
    finish_listening (self);
}

gboolean
confsync_node_is_authenticated (ConfsyncNode *self, const char *address)
{
  g_autofree char *scheme = confsync_address_get_scheme (address);
  const gboolean pinned =
    g_str_equal (scheme, "wss") && self->tls != NULL && confsync_tls_is_mutual (self->tls);

  return pinned || self->key != NULL;
}

static ConfsyncListenFlags
get_listen_flags (ConfsyncNode *self, const char *address)
{
  const gboolean open_to_others =
    self->allow_unauthenticated || confsync_node_is_authenticated (self, address);

  return (open_to_others ? CONFSYNC_LISTEN_EXPOSED : 0) |
         (self->allow_legacy_peers ? CONFSYNC_LISTEN_LEGACY : 0);
}

static void
open_listener (ConfsyncNode *self, const char *address, GCancellable *cancellable)
{
  Listening *listening = g_new (Listening, 1);

  listening->node = g_object_ref (self);
  listening->start = self->starts;
  confsync_transport_listen_async (
    confsync_node_get_transport (self, address, NULL), address, get_listen_flags (self, address),
    cancellable, listen_cb, listening);
}

void
confsync_node_open_listeners (ConfsyncNode *self, GCancellable *cancellable)
{
  self->listens_under_way = self->addresses->len;
  for (guint i = 0; i < self->addresses->len; i++)
    open_listener (self, self->addresses->pdata[i], cancellable);
  if (self->addresses->len == 0)
    finish_listening (self);
}

void
confsync_node_stop_listeners (ConfsyncNode *self)
{
  g_autoptr (GPtrArray) listeners = g_steal_pointer (&self->listeners);

  self->listeners = g_ptr_array_new_with_free_func (g_object_unref);
  for (guint i = 0; i < listeners->len; i++)
    {
      g_signal_handlers_disconnect_by_data (listeners->pdata[i], self);
      confsync_listener_stop (listeners->pdata[i]);
    }
}

/**
 * confsync_node_add_transport:
 * @self: a node without listeners and peers
 * @transport: a transport
 *
 * Uses a transport of the application's own for the schemes that it names, instead of one of the
 * registered class.
 *
 * Since: 1.0
 */
void
confsync_node_add_transport (ConfsyncNode *self, ConfsyncTransport *transport)
{
  const char *const *schemes;

  g_return_if_fail (CONFSYNC_IS_NODE (self));
  g_return_if_fail (CONFSYNC_IS_TRANSPORT (transport));
  g_return_if_fail (self->addresses->len == 0 && self->peers->len == 0);

  schemes = confsync_transport_get_schemes (transport);
  for (guint i = 0; schemes[i] != NULL; i++)
    confsync_node_adopt_transport (self, schemes[i], transport);
}

/**
 * confsync_node_add_listener:
 * @self: a node that doesn't run
 * @address: `PORT`, `HOST:PORT`, `unix:/path` or a URL; a bare port is open to this machine only
 * @error: return location for an error, or %NULL
 *
 * Adds an address on which others may come in, once the node runs.
 *
 * Fails with %CONFSYNC_ERROR_INVALID_ADDRESS.
 *
 * Returns: whether the address makes sense
 *
 * Since: 1.0
 */
gboolean
confsync_node_add_listener (ConfsyncNode *self, const char *address, GError **error)
{
  g_autofree char *url = NULL;

  g_return_val_if_fail (CONFSYNC_IS_NODE (self), FALSE);
  g_return_val_if_fail (address != NULL, FALSE);

  url = confsync_address_normalize (address, error);
  if (url == NULL || confsync_node_get_transport (self, url, error) == NULL)
    return FALSE;
  g_ptr_array_add (self->addresses, g_steal_pointer (&url));
  return TRUE;
}

/**
 * confsync_node_list_listeners:
 * @self: a node
 *
 * Lists the addresses on which others can come in.
 *
 * Returns: (transfer full): the addresses on which others can come in
 *
 * Since: 1.0
 */
GStrv
confsync_node_list_listeners (ConfsyncNode *self)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();

  g_return_val_if_fail (CONFSYNC_IS_NODE (self), NULL);

  for (guint i = 0; i < self->listeners->len; i++)
    g_strv_builder_add (builder, confsync_listener_get_address (self->listeners->pdata[i]));
  return g_strv_builder_end (builder);
}
