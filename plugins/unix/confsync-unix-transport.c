/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Reads addresses; the work is done by the listener and the channel.
 */

#include "confsync-unix-transport.h"

#include "confsync-unix-address.h"
#include "confsync-unix-channel.h"
#include "confsync-unix-listener.h"

#define HANDSHAKE_TIMEOUT_DEFAULT_MS 10000
#define CONNECTIONS_DEFAULT_MAX 1024
#define HANDSHAKES_DEFAULT_MAX 64
#define CONNECTIONS_MAX 65536

struct _ConfsyncUnixTransport
{
  GObject parent_instance;

  guint handshake_timeout_ms;
  guint max_connections;
  guint max_handshakes;
};

enum {
  PROP_HANDSHAKE_TIMEOUT = 1,
  PROP_MAX_CONNECTIONS,
  PROP_MAX_HANDSHAKES,
  N_PROPERTIES
};

static GParamSpec *properties[N_PROPERTIES];

static void confsync_unix_transport_iface_init (ConfsyncTransportInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (ConfsyncUnixTransport,
                               confsync_unix_transport,
                               G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (CONFSYNC_TYPE_TRANSPORT,
                                                      confsync_unix_transport_iface_init))

static void
confsync_unix_transport_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  switch (id)
    {
    case PROP_HANDSHAKE_TIMEOUT:
      g_value_set_uint (value, CONFSYNC_UNIX_TRANSPORT (object)->handshake_timeout_ms);
      break;
    case PROP_MAX_CONNECTIONS:
      g_value_set_uint (value, CONFSYNC_UNIX_TRANSPORT (object)->max_connections);
      break;
    case PROP_MAX_HANDSHAKES:
      g_value_set_uint (value, CONFSYNC_UNIX_TRANSPORT (object)->max_handshakes);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
confsync_unix_transport_set_property (GObject *object,
                                      guint id,
                                      const GValue *value,
                                      GParamSpec *pspec)
{
  switch (id)
    {
    case PROP_HANDSHAKE_TIMEOUT:
      CONFSYNC_UNIX_TRANSPORT (object)->handshake_timeout_ms = g_value_get_uint (value);
      break;
    case PROP_MAX_CONNECTIONS:
      CONFSYNC_UNIX_TRANSPORT (object)->max_connections = g_value_get_uint (value);
      break;
    case PROP_MAX_HANDSHAKES:
      CONFSYNC_UNIX_TRANSPORT (object)->max_handshakes = g_value_get_uint (value);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
confsync_unix_transport_class_init (ConfsyncUnixTransportClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->get_property = confsync_unix_transport_get_property;
  object_class->set_property = confsync_unix_transport_set_property;

  /* ConfsyncUnixTransport:handshake-timeout: milliseconds that a connection may take until it
   * carries messages, on either end; for what is begun afterwards */
  properties[PROP_HANDSHAKE_TIMEOUT] = g_param_spec_uint (
    "handshake-timeout", NULL, NULL, 1, G_MAXINT, HANDSHAKE_TIMEOUT_DEFAULT_MS,
    G_PARAM_READWRITE | G_PARAM_CONSTRUCT | G_PARAM_STATIC_STRINGS);
  /* ConfsyncUnixTransport:max-connections: how many one listener holds; before they carry messages,
   * ConfsyncUnixTransport:max-handshakes; for what is begun afterwards */
  properties[PROP_MAX_CONNECTIONS] = g_param_spec_uint (
    "max-connections", NULL, NULL, 1, CONNECTIONS_MAX, CONNECTIONS_DEFAULT_MAX,
    G_PARAM_READWRITE | G_PARAM_CONSTRUCT | G_PARAM_STATIC_STRINGS);
  properties[PROP_MAX_HANDSHAKES] = g_param_spec_uint (
    "max-handshakes", NULL, NULL, 1, CONNECTIONS_MAX, HANDSHAKES_DEFAULT_MAX,
    G_PARAM_READWRITE | G_PARAM_CONSTRUCT | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPERTIES, properties);
}

static void
confsync_unix_transport_init (ConfsyncUnixTransport *self)
{
}

static const char *const *
confsync_unix_transport_get_schemes (ConfsyncTransport *transport)
{
  static const char *const schemes[] = { CONFSYNC_UNIX_SCHEME, NULL };

  return schemes;
}

/* No other machine can come in, so the flags make no difference. */
static void
confsync_unix_transport_listen (ConfsyncTransport *transport,
                                const char *address,
                                ConfsyncListenFlags flags,
                                GTask *task)
{
  ConfsyncUnixTransport *self = CONFSYNC_UNIX_TRANSPORT (transport);
  g_autofree char *path = NULL;
  g_autoptr (ConfsyncListener) listener = NULL;
  GError *error = NULL;

  if (g_task_return_error_if_cancelled (task))
    return;

  path = confsync_unix_address_parse (address, &error);
  if (path != NULL)
    listener = confsync_unix_listener_new (path, self->handshake_timeout_ms, &error);
  if (listener != NULL)
    {
      confsync_unix_listener_set_limits (listener, self->max_connections, self->max_handshakes);
      confsync_transport_return_listener (task, listener);
    }
  else
    g_task_return_error (task, error);
}

static ConfsyncChannel *
confsync_unix_transport_dial (ConfsyncTransport *transport, const char *address, GError **error)
{
  ConfsyncUnixTransport *self = CONFSYNC_UNIX_TRANSPORT (transport);
  g_autofree char *path = confsync_unix_address_parse (address, error);

  if (path == NULL)
    return NULL;
  return CONFSYNC_CHANNEL (
    confsync_unix_channel_new_dialled (path, self->handshake_timeout_ms));
}

static void
confsync_unix_transport_iface_init (ConfsyncTransportInterface *iface)
{
  iface->get_schemes = confsync_unix_transport_get_schemes;
  iface->listen = confsync_unix_transport_listen;
  iface->dial = confsync_unix_transport_dial;
}
