/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * The base class of every listener: its address and its signals.
 */

#include "config.h"

#include "confsync-listener.h"

typedef struct
{
  char *address; /* (nullable) */
  gboolean exposed;
  gboolean authenticated;
  gboolean stopped;
} ConfsyncListenerPrivate;

enum {
  PROP_ADDRESS = 1,
  PROP_EXPOSED,
  PROP_AUTHENTICATED,
  N_PROPERTIES
};

enum {
  ACCEPTED,
  REFUSED,
  ADMIT,
  HEALTH,
  N_SIGNALS
};

static GParamSpec *properties[N_PROPERTIES];
static guint signals[N_SIGNALS];

/**
 * ConfsyncListener:
 *
 * Takes other instances in. Its signals come in the thread-default main context of the thread that
 * made it.
 *
 * Since: 1.0
 */
G_DEFINE_ABSTRACT_TYPE_WITH_PRIVATE (ConfsyncListener, confsync_listener, G_TYPE_OBJECT)

#define PRIVATE(self) ((ConfsyncListenerPrivate *) confsync_listener_get_instance_private (self))

static void
confsync_listener_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  ConfsyncListenerPrivate *priv = PRIVATE (CONFSYNC_LISTENER (object));

  switch (id)
    {
    case PROP_ADDRESS:
      g_value_set_string (value, priv->address);
      break;
    case PROP_EXPOSED:
      g_value_set_boolean (value, priv->exposed);
      break;
    case PROP_AUTHENTICATED:
      g_value_set_boolean (value, priv->authenticated);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
confsync_listener_set_property (GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  ConfsyncListenerPrivate *priv = PRIVATE (CONFSYNC_LISTENER (object));

  switch (id)
    {
    case PROP_ADDRESS:
      g_free (priv->address);
      priv->address = g_value_dup_string (value);
      break;
    case PROP_EXPOSED:
      priv->exposed = g_value_get_boolean (value);
      break;
    case PROP_AUTHENTICATED:
      priv->authenticated = g_value_get_boolean (value);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
confsync_listener_finalize (GObject *object)
{
  g_free (PRIVATE (CONFSYNC_LISTENER (object))->address);

  G_OBJECT_CLASS (confsync_listener_parent_class)->finalize (object);
}

static void
confsync_listener_class_init (ConfsyncListenerClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->get_property = confsync_listener_get_property;
  object_class->set_property = confsync_listener_set_property;
  object_class->finalize = confsync_listener_finalize;

  /**
   * ConfsyncListener:address:
   *
   * The address that others dial, with the port that was really taken:
   * `ws://127.0.0.1:8765/sync`.
   *
   * Since: 1.0
   */
  properties[PROP_ADDRESS] = g_param_spec_string ("address", NULL, NULL, NULL,
                                                  G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS);
  /**
   * ConfsyncListener:exposed:
   *
   * Whether other machines can reach the address.
   *
   * Since: 1.0
   */
  properties[PROP_EXPOSED] = g_param_spec_boolean ("exposed", NULL, NULL, FALSE,
                                                   G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS);
  /**
   * ConfsyncListener:authenticated:
   *
   * Whether the transport lets in only who has proven to be trusted, such as by a certificate that
   * is pinned.
   *
   * Since: 1.0
   */
  properties[PROP_AUTHENTICATED] = g_param_spec_boolean (
    "authenticated", NULL, NULL, FALSE, G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPERTIES, properties);

  /**
   * ConfsyncListener::accepted:
   * @self: the listener
   * @channel: a channel that is already open
   *
   * Somebody came in. Connect to the channel's signals and keep a reference before returning.
   *
   * Since: 1.0
   */
  signals[ACCEPTED] = g_signal_new ("accepted", CONFSYNC_TYPE_LISTENER, G_SIGNAL_RUN_LAST, 0, NULL,
                                    NULL, NULL, G_TYPE_NONE, 1, CONFSYNC_TYPE_CHANNEL);
  /**
   * ConfsyncListener::refused:
   * @self: the listener
   * @remote: who it was, for people
   * @reason: one line that says why
   *
   * Somebody was turned away.
   *
   * Since: 1.0
   */
  signals[REFUSED] = g_signal_new ("refused", CONFSYNC_TYPE_LISTENER, G_SIGNAL_RUN_LAST, 0, NULL,
                                   NULL, NULL, G_TYPE_NONE, 2, G_TYPE_STRING, G_TYPE_STRING);
  /**
   * ConfsyncListener::admit:
   * @self: the listener
   * @remote: who it is: an IP address with a port, such as `10.0.0.2:4711` or `[fe80::1]:4711`
   *
   * Somebody connects, and nothing was read of it yet. This counts as one of the requests that one
   * address may make in a minute.
   *
   * Returns: how many seconds the address is blocked yet; 0 lets it in
   *
   * Since: 1.0
   */
  signals[ADMIT] = g_signal_new ("admit", CONFSYNC_TYPE_LISTENER, G_SIGNAL_RUN_LAST, 0,
                                 g_signal_accumulator_first_wins, NULL, NULL, G_TYPE_UINT, 1,
                                 G_TYPE_STRING);
  /**
   * ConfsyncListener::health:
   * @self: the listener
   *
   * Asks for the state of the instance, where the transport can show it (`/health`).
   *
   * Returns: (transfer full) (nullable): a JSON object as text
   *
   * Since: 1.0
   */
  signals[HEALTH] =
    g_signal_new ("health", CONFSYNC_TYPE_LISTENER, G_SIGNAL_RUN_LAST, 0,
                  g_signal_accumulator_first_wins, NULL, NULL, G_TYPE_STRING, 0);
}

static void
confsync_listener_init (ConfsyncListener *self)
{
}

/**
 * confsync_listener_get_address:
 * @self: a listener
 *
 * Gets the address that others dial.
 *
 * Returns: (nullable): the address that others dial
 *
 * Since: 1.0
 */
const char *
confsync_listener_get_address (ConfsyncListener *self)
{
  g_return_val_if_fail (CONFSYNC_IS_LISTENER (self), NULL);

  return PRIVATE (self)->address;
}

/**
 * confsync_listener_is_exposed:
 * @self: a listener
 *
 * Tells whether other machines can reach it.
 *
 * Returns: whether other machines can reach it
 *
 * Since: 1.0
 */
gboolean
confsync_listener_is_exposed (ConfsyncListener *self)
{
  g_return_val_if_fail (CONFSYNC_IS_LISTENER (self), FALSE);

  return PRIVATE (self)->exposed;
}

/**
 * confsync_listener_is_authenticated:
 * @self: a listener
 *
 * Tells whether its transport lets in only who has proven to be trusted.
 *
 * Returns: whether everybody who comes in has proven to be trusted
 *
 * Since: 1.0
 */
gboolean
confsync_listener_is_authenticated (ConfsyncListener *self)
{
  g_return_val_if_fail (CONFSYNC_IS_LISTENER (self), FALSE);

  return PRIVATE (self)->authenticated;
}

/**
 * confsync_listener_stop:
 * @self: a listener
 *
 * Takes nobody in any more and gives the address back. Channels that came in before stay open.
 * Calling again does nothing.
 *
 * Since: 1.0
 */
void
confsync_listener_stop (ConfsyncListener *self)
{
  g_return_if_fail (CONFSYNC_IS_LISTENER (self));

  if (PRIVATE (self)->stopped)
    return;

  PRIVATE (self)->stopped = TRUE;
  CONFSYNC_LISTENER_GET_CLASS (self)->stop (self);
}

/**
 * confsync_listener_emit_accepted:
 * @self: a listener
 * @channel: an open channel
 *
 * For implementations: somebody came in. After confsync_listener_stop() the channel is closed
 * instead.
 *
 * Since: 1.0
 */
void
confsync_listener_emit_accepted (ConfsyncListener *self, ConfsyncChannel *channel)
{
  g_return_if_fail (CONFSYNC_IS_LISTENER (self));
  g_return_if_fail (CONFSYNC_IS_CHANNEL (channel));

  if (PRIVATE (self)->stopped)
    confsync_channel_close (channel);
  else
    g_signal_emit (self, signals[ACCEPTED], 0, channel);
}

/**
 * confsync_listener_emit_refused:
 * @self: a listener
 * @remote: who it was, for people
 * @reason: one line that says why
 *
 * For implementations: somebody was turned away.
 *
 * Since: 1.0
 */
void
confsync_listener_emit_refused (ConfsyncListener *self, const char *remote, const char *reason)
{
  g_return_if_fail (CONFSYNC_IS_LISTENER (self));
  g_return_if_fail (remote != NULL);
  g_return_if_fail (reason != NULL);

  g_signal_emit (self, signals[REFUSED], 0, remote, reason);
}

/**
 * confsync_listener_request_admission:
 * @self: a listener
 * @remote: who it is: an IP address with a port, such as `10.0.0.2:4711` or `[fe80::1]:4711`
 *
 * For implementations: asks whether somebody who just connected may come in, which counts as one of
 * the requests that one address may make. Turn away who is blocked before reading anything; that is
 * reported elsewhere, so don't call confsync_listener_emit_refused() for it.
 *
 * Returns: how many seconds the address is blocked yet; 0 lets it in
 *
 * Since: 1.0
 */
guint
confsync_listener_request_admission (ConfsyncListener *self, const char *remote)
{
  guint seconds = 0;

  g_return_val_if_fail (CONFSYNC_IS_LISTENER (self), 0);
  g_return_val_if_fail (remote != NULL, 0);

  g_signal_emit (self, signals[ADMIT], 0, remote, &seconds);
  return seconds;
}

/**
 * confsync_listener_request_health:
 * @self: a listener
 *
 * For implementations: asks the instance how it is.
 *
 * Returns: (transfer full): a JSON object as text
 *
 * Since: 1.0
 */
char *
confsync_listener_request_health (ConfsyncListener *self)
{
  char *health = NULL;

  g_return_val_if_fail (CONFSYNC_IS_LISTENER (self), NULL);

  g_signal_emit (self, signals[HEALTH], 0, &health);
  return health != NULL ? health : g_strdup ("{\"status\":\"unknown\"}");
}
