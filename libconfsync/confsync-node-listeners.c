/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * A node's transports and listeners: who comes in becomes a peer.
 */

#include "config.h"

#include "confsync-node-inside-private.h"

#include "confsync-address-private.h"
#include "confsync-error.h"
#include "confsync-json-builder-private.h"
#include "confsync-registry.h"

#define CHANNELS_MAX 1024

ConfsyncTransport *
confsync_node_get_transport (ConfsyncNode *self, const char *address, GError **error)
{
  g_autofree char *scheme = confsync_address_get_scheme (address);
  ConfsyncTransport *transport = g_hash_table_lookup (self->transports, scheme);
  g_autoptr (GError) local = NULL;
  GType type;

  if (transport != NULL)
    return transport;

  type = confsync_registry_find (CONFSYNC_TYPE_TRANSPORT, scheme, &local);
  if (type == G_TYPE_INVALID)
    {
      g_set_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_INVALID_ADDRESS, "“%s”: %s", address,
                   local->message);
      return NULL;
    }
  transport = g_object_new (type, NULL);
  if (g_object_class_find_property (G_OBJECT_GET_CLASS (transport), "clock") != NULL)
    g_object_set (transport, "clock", self->clock, NULL);
  g_hash_table_insert (self->transports, g_steal_pointer (&scheme), transport);
  return transport;
}

static void
emit_message (ConfsyncNode *self, ConfsyncLevel level, const char *message)
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

  if (self->peers->len >= CHANNELS_MAX)
    {
      confsync_listener_emit_refused (listener, confsync_channel_get_remote (channel),
                                      "1024 peers are connected already");
      confsync_channel_close (channel);
      return;
    }
  confsync_node_adopt_peer (self, confsync_peer_new_accepted (channel, self->clock, confsync_node_identify, self));
}

static void
listener_refused_cb (ConfsyncListener *listener,
                     const char *remote,
                     const char *reason,
                     gpointer user_data)
{
  GVariantDict dict;

  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert (&dict, "remote", "s", remote);
  g_variant_dict_insert (&dict, "reason", "s", reason);
  confsync_node_emit_event (user_data, CONFSYNC_LEVEL_WARNING, CONFSYNC_EVENT_REFUSED,
                            g_variant_dict_end (&dict));
}

static char *
listener_health_cb (ConfsyncListener *listener, gpointer user_data)
{
  ConfsyncNode *self = user_data;
  g_autoptr (ConfsyncJsonBuilder) builder = confsync_json_builder_new (NULL);
  g_autoptr (ConfsyncJson) json = NULL;
  g_autoptr (GBytes) text = NULL;
  guint live = 0;

  for (guint i = 0; i < self->peers->len; i++)
    live += confsync_peer_get_link_name (self->peers->pdata[i]) != NULL;
  confsync_json_builder_begin_object (builder);
  confsync_json_builder_name (builder, "status");
  confsync_json_builder_string (builder, "healthy");
  confsync_json_builder_name (builder, "instance_id");
  confsync_json_builder_string (builder, self->instance_id);
  confsync_json_builder_name (builder, "connected_clients");
  confsync_json_builder_integer (builder, live);
  confsync_json_builder_name (builder, "timestamp");
  confsync_json_builder_double (builder,
                                confsync_clock_get_time (self->clock) / (double) G_USEC_PER_SEC);
  confsync_json_builder_close (builder);
  json = confsync_json_builder_end (builder, NULL);
  text = confsync_json_to_compact (json);
  return g_strndup (g_bytes_get_data (text, NULL), g_bytes_get_size (text));
}

static void
announce_listener (ConfsyncNode *self, ConfsyncListener *listener)
{
  GVariantDict dict;

  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert (&dict, "address", "s", confsync_listener_get_address (listener));
  g_variant_dict_insert (&dict, "exposed", "b", confsync_listener_is_exposed (listener));
  confsync_node_emit_event (self, CONFSYNC_LEVEL_INFO, CONFSYNC_EVENT_LISTENING,
                            g_variant_dict_end (&dict));
  if (confsync_listener_is_exposed (listener))
    {
      g_autofree char *message = g_strdup_printf (
        "anybody who can reach %s may read and change the configuration (allow-unauthenticated)",
        confsync_listener_get_address (listener));

      emit_message (self, CONFSYNC_LEVEL_WARNING, message);
    }
}

static void
listen_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (ConfsyncNode) self = user_data;
  g_autoptr (GError) error = NULL;
  ConfsyncListener *listener =
    confsync_transport_listen_finish (CONFSYNC_TRANSPORT (source), result, &error);

  self->listens_under_way--;
  if (listener == NULL)
    {
      confsync_node_finish_start (self, g_steal_pointer (&error));
      return;
    }
  if (!self->running)
    {
      confsync_listener_stop (listener);
      g_object_unref (listener);
      return;
    }

  g_ptr_array_add (self->listeners, listener);
  g_signal_connect_object (listener, "accepted", G_CALLBACK (listener_accepted_cb), self, 0);
  g_signal_connect_object (listener, "refused", G_CALLBACK (listener_refused_cb), self, 0);
  g_signal_connect_object (listener, "health", G_CALLBACK (listener_health_cb), self, 0);
  announce_listener (self, listener);
  if (self->listens_under_way == 0)
    confsync_node_finish_start (self, NULL);
}

void
confsync_node_open_listeners (ConfsyncNode *self, GCancellable *cancellable)
{
  ConfsyncListenFlags flags =
    self->allow_unauthenticated ? CONFSYNC_LISTEN_EXPOSED : CONFSYNC_LISTEN_NONE;

  self->listens_under_way = self->addresses->len;
  for (guint i = 0; i < self->addresses->len; i++)
    confsync_transport_listen_async (
      confsync_node_get_transport (self, self->addresses->pdata[i], NULL),
      self->addresses->pdata[i], flags, cancellable, listen_cb, g_object_ref (self));
  if (self->addresses->len == 0)
    confsync_node_finish_start (self, NULL);
}
