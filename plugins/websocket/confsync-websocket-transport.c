/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Finds out which addresses a host stands for, and whether they may be listened on; the work is
 * done by the listener and the channel.
 */

#include "confsync-websocket-transport.h"

#include "confsync-websocket-address.h"
#include "confsync-websocket-channel.h"
#include "confsync-websocket-exposure.h"
#include "confsync-websocket-listener.h"
#include "confsync-websocket-policy.h"
#include "confsync-websocket-remote.h"

/* TLS handshakes at a time: fewer than the threads of GIO's pool, which others use as well */
#define TLS_HANDSHAKES_MAX 6
/* which part of the time for everything one may take while others wait: a second, which is some
 * round trips, also of a slow network */
#define TLS_PATIENCE_PART 10
#define HANDSHAKE_TIMEOUT_DEFAULT_MS 10000
#define CONNECTIONS_DEFAULT_MAX 1024
#define HANDSHAKES_DEFAULT_MAX 64
#define CONNECTIONS_MAX 65536

struct _ConfsyncWebsocketTransport
{
  GObject parent_instance;

  ConfsyncWebsocketGate *gate; /* (owned) (nullable) before it listens */
  guint handshake_timeout_ms;
  guint max_connections;
  guint max_handshakes;
  gboolean plain;
  ConfsyncTls *tls;                /* (owned): never NULL */
  ConfsyncWebsocketPolicy *policy; /* (owned) */
};

enum {
  PROP_HANDSHAKE_TIMEOUT = 1,
  PROP_MAX_CONNECTIONS,
  PROP_MAX_HANDSHAKES,
  PROP_PLAIN,
  PROP_TLS,
  PROP_ALLOW_PUBLIC,
  PROP_PROXY,
  PROP_ALLOW_ORIGIN,
  PROP_ALLOW_HOST,
  N_PROPERTIES
};

static GParamSpec *properties[N_PROPERTIES];

static void confsync_websocket_transport_iface_init (ConfsyncTransportInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (ConfsyncWebsocketTransport,
                               confsync_websocket_transport,
                               G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (CONFSYNC_TYPE_TRANSPORT,
                                                      confsync_websocket_transport_iface_init))

/* one listen that is under way */
typedef struct
{
  ConfsyncWebsocketAddress *address; /* (owned) */
  ConfsyncListenFlags flags;
  GTask *task; /* (owned) */
} Listen;

static void
listen_free (Listen *listening)
{
  confsync_websocket_address_unref (listening->address);
  g_object_unref (listening->task);
  g_free (listening);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Listen, listen_free)

static void
confsync_websocket_transport_get_property (GObject *object,
                                           guint id,
                                           GValue *value,
                                           GParamSpec *pspec)
{
  ConfsyncWebsocketTransport *self = CONFSYNC_WEBSOCKET_TRANSPORT (object);

  switch (id)
    {
    case PROP_HANDSHAKE_TIMEOUT:
      g_value_set_uint (value, self->handshake_timeout_ms);
      break;
    case PROP_MAX_CONNECTIONS:
      g_value_set_uint (value, self->max_connections);
      break;
    case PROP_MAX_HANDSHAKES:
      g_value_set_uint (value, self->max_handshakes);
      break;
    case PROP_PLAIN:
      g_value_set_boolean (value, self->plain);
      break;
    case PROP_TLS:
      g_value_set_object (value, self->tls);
      break;
    case PROP_ALLOW_PUBLIC:
      g_value_set_boolean (value, self->policy->allow_public);
      break;
    case PROP_PROXY:
      g_value_set_string (value, self->policy->proxy);
      break;
    case PROP_ALLOW_ORIGIN:
      g_value_set_boxed (value, self->policy->origins);
      break;
    case PROP_ALLOW_HOST:
      g_value_set_boxed (value, self->policy->hosts);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

/* Makes the policy that has @value in the place of @id. */
static void
change_policy (ConfsyncWebsocketTransport *self, guint id, const GValue *value)
{
  g_autoptr (ConfsyncWebsocketPolicy) old = self->policy;
  gboolean allow_public = old->allow_public;
  const char *proxy = old->proxy;
  const char *const *origins = (const char *const *) old->origins;
  const char *const *hosts = (const char *const *) old->hosts;

  if (id == PROP_ALLOW_PUBLIC)
    allow_public = g_value_get_boolean (value);
  else if (id == PROP_PROXY)
    proxy = g_value_get_string (value);
  else if (id == PROP_ALLOW_ORIGIN)
    origins = g_value_get_boxed (value);
  else
    hosts = g_value_get_boxed (value);
  self->policy = confsync_websocket_policy_new (allow_public, proxy, origins, hosts);
}

static void
confsync_websocket_transport_set_property (GObject *object,
                                           guint id,
                                           const GValue *value,
                                           GParamSpec *pspec)
{
  ConfsyncWebsocketTransport *self = CONFSYNC_WEBSOCKET_TRANSPORT (object);

  switch (id)
    {
    case PROP_HANDSHAKE_TIMEOUT:
      self->handshake_timeout_ms = g_value_get_uint (value);
      g_clear_pointer (&self->gate, confsync_websocket_gate_unref);
      break;
    case PROP_MAX_CONNECTIONS:
      self->max_connections = g_value_get_uint (value);
      break;
    case PROP_MAX_HANDSHAKES:
      self->max_handshakes = g_value_get_uint (value);
      break;
    case PROP_PLAIN:
      self->plain = g_value_get_boolean (value);
      break;
    case PROP_TLS:
      g_clear_object (&self->tls);
      self->tls = g_value_dup_object (value);
      if (self->tls == NULL)
        self->tls = confsync_tls_new ();
      break;
    case PROP_ALLOW_PUBLIC:
    case PROP_PROXY:
    case PROP_ALLOW_ORIGIN:
    case PROP_ALLOW_HOST:
      change_policy (self, id, value);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
confsync_websocket_transport_finalize (GObject *object)
{
  ConfsyncWebsocketTransport *self = CONFSYNC_WEBSOCKET_TRANSPORT (object);

  g_clear_object (&self->tls);
  g_clear_pointer (&self->gate, confsync_websocket_gate_unref);
  g_clear_pointer (&self->policy, confsync_websocket_policy_unref);

  G_OBJECT_CLASS (confsync_websocket_transport_parent_class)->finalize (object);
}

/* each holds for what is begun afterwards */
static void
install_policy_properties (void)
{
  const GParamFlags flags = G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS;

  /* ConfsyncWebsocketTransport:allow-public: public addresses may be listened on and dialled, with
   * TLS */
  properties[PROP_ALLOW_PUBLIC] = g_param_spec_boolean ("allow-public", NULL, NULL, FALSE, flags);
  /* ConfsyncWebsocketTransport:proxy: (nullable): the URL of the proxy that is dialled through */
  properties[PROP_PROXY] = g_param_spec_string ("proxy", NULL, NULL, NULL, flags);
  /* ConfsyncWebsocketTransport:allow-origin: whose web pages may connect */
  properties[PROP_ALLOW_ORIGIN] =
    g_param_spec_boxed ("allow-origin", NULL, NULL, G_TYPE_STRV, flags);
  /* ConfsyncWebsocketTransport:allow-host: more names to ask for the health report by */
  properties[PROP_ALLOW_HOST] = g_param_spec_boxed ("allow-host", NULL, NULL, G_TYPE_STRV, flags);
}

static void
confsync_websocket_transport_class_init (ConfsyncWebsocketTransportClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->get_property = confsync_websocket_transport_get_property;
  object_class->set_property = confsync_websocket_transport_set_property;
  object_class->finalize = confsync_websocket_transport_finalize;

  /* ConfsyncWebsocketTransport:handshake-timeout: milliseconds that a connection may take until it
   * carries messages, on either end; for what is begun afterwards */
  properties[PROP_HANDSHAKE_TIMEOUT] = g_param_spec_uint (
    "handshake-timeout", NULL, NULL, 1, G_MAXINT, HANDSHAKE_TIMEOUT_DEFAULT_MS,
    G_PARAM_READWRITE | G_PARAM_CONSTRUCT | G_PARAM_STATIC_STRINGS);
  /* ConfsyncWebsocketTransport:max-connections: how many one listener holds; of one place before
   * they carry messages, ConfsyncWebsocketTransport:max-handshakes; for what is begun afterwards */
  properties[PROP_MAX_CONNECTIONS] = g_param_spec_uint (
    "max-connections", NULL, NULL, 1, CONNECTIONS_MAX, CONNECTIONS_DEFAULT_MAX,
    G_PARAM_READWRITE | G_PARAM_CONSTRUCT | G_PARAM_STATIC_STRINGS);
  properties[PROP_MAX_HANDSHAKES] = g_param_spec_uint (
    "max-handshakes", NULL, NULL, 1, CONNECTIONS_MAX, HANDSHAKES_DEFAULT_MAX,
    G_PARAM_READWRITE | G_PARAM_CONSTRUCT | G_PARAM_STATIC_STRINGS);
  /* ConfsyncWebsocketTransport:plain: no subprotocol is offered or agreed to, which is how legacy
   * peers speak; for what is begun afterwards */
  properties[PROP_PLAIN] = g_param_spec_boolean ("plain", NULL, NULL, FALSE,
                                                 G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS);
  /* ConfsyncWebsocketTransport:tls: who we are and whom we trust where the scheme is wss; for what
   * is begun afterwards. NULL is one that trusts the system's authorities. */
  properties[PROP_TLS] = g_param_spec_object ("tls", NULL, NULL, CONFSYNC_TYPE_TLS,
                                              G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS);
  install_policy_properties ();
  g_object_class_install_properties (object_class, N_PROPERTIES, properties);
}

static void
confsync_websocket_transport_init (ConfsyncWebsocketTransport *self)
{
  self->tls = confsync_tls_new ();
  self->policy = confsync_websocket_policy_new (FALSE, NULL, NULL, NULL);
}

static gboolean
check_exposure (ConfsyncWebsocketTransport *self,
                Listen *listening,
                GList *inet_addresses,
                GError **error)
{
  const ConfsyncWebsocketTerms terms = {
    .tls = listening->address->tls,
    .open = (listening->flags & CONFSYNC_LISTEN_EXPOSED) != 0,
    .allow_public = self->policy->allow_public,
  };

  for (GList *l = inet_addresses; l != NULL; l = l->next)
    {
      const char *reason = confsync_websocket_exposure_judge_listener (
        confsync_websocket_reach_of (l->data), &terms);
      g_autofree char *text = NULL;

      if (reason == NULL)
        continue;
      text = confsync_websocket_address_to_string (listening->address, listening->address->port);
      g_set_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_REFUSED, "%s %s", text, reason);
      return FALSE;
    }
  return TRUE;
}

static gboolean
check_identity (ConfsyncWebsocketTransport *self, Listen *listening, GError **error)
{
  if (!listening->address->tls || confsync_tls_get_certificate (self->tls) != NULL)
    return TRUE;
  g_set_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_REFUSED,
               "wss://%s needs a certificate to show: “confsync keygen” makes one, or name yours "
               "with tls-certificate and tls-private-key",
               listening->address->host);
  return FALSE;
}

/* One for all listeners. */
static ConfsyncWebsocketGate *
get_gate (ConfsyncWebsocketTransport *self)
{
  if (self->gate == NULL)
    self->gate = confsync_websocket_gate_new (TLS_HANDSHAKES_MAX,
                                              self->handshake_timeout_ms / TLS_PATIENCE_PART);
  return self->gate;
}

static void
listen_on (Listen *listening, GList *inet_addresses)
{
  ConfsyncWebsocketTransport *self = g_task_get_source_object (listening->task);
  g_autoptr (ConfsyncListener) listener = NULL;
  GError *error = NULL;

  if (check_identity (self, listening, &error) &&
      check_exposure (self, listening, inet_addresses, &error))
    listener = confsync_websocket_listener_new (listening->address, self->tls, get_gate (self),
                                                self->policy, inet_addresses, listening->flags,
                                                self->handshake_timeout_ms, &error);
  if (listener != NULL)
    {
      confsync_websocket_listener_set_limits (listener, self->max_connections,
                                              self->max_handshakes);
      confsync_transport_return_listener (listening->task, listener);
    }
  else
    g_task_return_error (listening->task, error);
}

static void
resolved_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (Listen) listening = user_data;
  GError *error = NULL;
  GList *inet_addresses =
    g_resolver_lookup_by_name_finish (G_RESOLVER (source), result, &error);

  if (inet_addresses != NULL)
    listen_on (listening, inet_addresses);
  else
    {
      g_prefix_error (&error, "can't listen on %s: ", listening->address->host);
      g_task_return_error (listening->task, error);
    }
  g_resolver_free_addresses (inet_addresses);
}

/* Gives the addresses of hosts that need no looking up. */
static GList *
known_addresses (const char *host)
{
  GInetAddress *literal;

  /* both, whatever a resolver thinks of the name, and never anything else */
  if (g_ascii_strcasecmp (host, "localhost") == 0)
    return g_list_prepend (
      g_list_prepend (NULL, g_inet_address_new_loopback (G_SOCKET_FAMILY_IPV6)),
      g_inet_address_new_loopback (G_SOCKET_FAMILY_IPV4));

  literal = g_inet_address_new_from_string (host);
  return literal != NULL ? g_list_prepend (NULL, literal) : NULL;
}

static void
confsync_websocket_transport_listen (ConfsyncTransport *transport,
                                     const char *text,
                                     ConfsyncListenFlags flags,
                                     GTask *task)
{
  ConfsyncWebsocketTransport *self = CONFSYNC_WEBSOCKET_TRANSPORT (transport);
  GError *error = NULL;
  g_autoptr (ConfsyncWebsocketAddress) address =
    confsync_websocket_address_parse (text, self->plain, &error);
  g_autoptr (Listen) listening = NULL;
  g_autoptr (GResolver) resolver = NULL;
  GList *inet_addresses;

  if (g_task_return_error_if_cancelled (task))
    {
      g_clear_error (&error);
      return;
    }
  if (address == NULL)
    {
      g_task_return_error (task, error);
      return;
    }

  listening = g_new (Listen, 1);
  listening->address = g_steal_pointer (&address);
  listening->flags = flags;
  listening->task = g_object_ref (task);

  inet_addresses = known_addresses (listening->address->host);
  if (inet_addresses != NULL)
    {
      listen_on (listening, inet_addresses);
      g_list_free_full (inet_addresses, g_object_unref);
      return;
    }
  resolver = g_resolver_get_default ();
  g_resolver_lookup_by_name_async (resolver, listening->address->host,
                                   g_task_get_cancellable (task), resolved_cb, listening);
  g_steal_pointer (&listening);
}

static const char *const *
confsync_websocket_transport_get_schemes (ConfsyncTransport *transport)
{
  static const char *const schemes[] = { "ws", "wss", NULL };

  return schemes;
}

static ConfsyncChannel *
confsync_websocket_transport_dial (ConfsyncTransport *transport, const char *text, GError **error)
{
  ConfsyncWebsocketTransport *self = CONFSYNC_WEBSOCKET_TRANSPORT (transport);
  g_autoptr (ConfsyncWebsocketAddress) address =
    confsync_websocket_address_parse (text, self->plain, error);

  if (address == NULL)
    return NULL;
  if (address->port == 0)
    {
      g_set_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_INVALID_ADDRESS,
                   "“%s” can't be dialled: port 0 is for listening on a free port", text);
      return NULL;
    }
  return confsync_websocket_channel_new_dialled (address, self->tls, self->policy,
                                                 self->handshake_timeout_ms);
}

static void
confsync_websocket_transport_iface_init (ConfsyncTransportInterface *iface)
{
  iface->get_schemes = confsync_websocket_transport_get_schemes;
  iface->listen = confsync_websocket_transport_listen;
  iface->dial = confsync_websocket_transport_dial;
}
