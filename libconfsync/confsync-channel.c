/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * The base class of every link. It holds the contract: opened at most once, messages only between
 * opened and closed, closed exactly once, nothing after it.
 */

#include "config.h"

#include "confsync-channel.h"

#include "confsync-error.h"

#define MAX_MESSAGE_DEFAULT_BYTES (16 * 1024 * 1024)

typedef enum {
  STATE_CONNECTING,
  STATE_OPEN,
  STATE_CLOSED,
} State;

typedef struct
{
  State state;
  gboolean closing;
  gboolean local;
  char *remote;   /* (nullable) */
  char *stranger; /* (nullable) */
  char *protocol; /* (nullable) */
  gsize max_message;
} ConfsyncChannelPrivate;

enum {
  PROP_REMOTE = 1,
  PROP_PROTOCOL,
  PROP_LOCAL,
  PROP_MAX_MESSAGE,
  PROP_STRANGER,
  N_PROPERTIES
};

enum {
  OPENED,
  RECEIVED,
  CLOSED,
  N_SIGNALS
};

static GParamSpec *properties[N_PROPERTIES];
static guint signals[N_SIGNALS];

/**
 * ConfsyncChannel:
 *
 * One ordered link of whole messages between two instances. It is connecting at first, then open,
 * then closed; a link that can't be had goes straight to closed. All signals come in the
 * thread-default main context of the thread that made the channel.
 *
 * Since: 1.0
 */
G_DEFINE_ABSTRACT_TYPE_WITH_PRIVATE (ConfsyncChannel, confsync_channel, G_TYPE_OBJECT)

#define PRIVATE(self) ((ConfsyncChannelPrivate *) confsync_channel_get_instance_private (self))

static gsize
confsync_channel_real_get_buffered (ConfsyncChannel *self)
{
  return 0;
}

static void
confsync_channel_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  ConfsyncChannelPrivate *priv = PRIVATE (CONFSYNC_CHANNEL (object));

  switch (id)
    {
    case PROP_REMOTE:
      g_value_set_string (value, priv->remote);
      break;
    case PROP_PROTOCOL:
      g_value_set_string (value, priv->protocol);
      break;
    case PROP_LOCAL:
      g_value_set_boolean (value, priv->local);
      break;
    case PROP_MAX_MESSAGE:
      g_value_set_uint64 (value, priv->max_message);
      break;
    case PROP_STRANGER:
      g_value_set_string (value, priv->stranger);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
confsync_channel_set_property (GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  ConfsyncChannelPrivate *priv = PRIVATE (CONFSYNC_CHANNEL (object));

  switch (id)
    {
    case PROP_REMOTE:
      g_free (priv->remote);
      priv->remote = g_value_dup_string (value);
      break;
    case PROP_LOCAL:
      priv->local = g_value_get_boolean (value);
      break;
    case PROP_MAX_MESSAGE:
      priv->max_message = g_value_get_uint64 (value);
      break;
    case PROP_STRANGER:
      g_free (priv->stranger);
      priv->stranger = g_value_dup_string (value);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
confsync_channel_finalize (GObject *object)
{
  ConfsyncChannelPrivate *priv = PRIVATE (CONFSYNC_CHANNEL (object));

  g_free (priv->remote);
  g_free (priv->stranger);
  g_free (priv->protocol);

  G_OBJECT_CLASS (confsync_channel_parent_class)->finalize (object);
}

static void
confsync_channel_class_init (ConfsyncChannelClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->get_property = confsync_channel_get_property;
  object_class->set_property = confsync_channel_set_property;
  object_class->finalize = confsync_channel_finalize;

  klass->get_buffered = confsync_channel_real_get_buffered;

  /**
   * ConfsyncChannel:remote:
   *
   * Where the other end is, for people: `127.0.0.1:51234`. Known once the channel is open.
   *
   * Since: 1.0
   */
  properties[PROP_REMOTE] = g_param_spec_string ("remote", NULL, NULL, NULL,
                                                 G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS);
  /**
   * ConfsyncChannel:protocol:
   *
   * The protocol that both ends agreed on, such as `confsync.v1`; %NULL where none was offered,
   * which is how a legacy peer shows itself.
   *
   * Since: 1.0
   */
  properties[PROP_PROTOCOL] = g_param_spec_string ("protocol", NULL, NULL, NULL,
                                                   G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  /**
   * ConfsyncChannel:local:
   *
   * Whether the other end is on this machine.
   *
   * Since: 1.0
   */
  properties[PROP_LOCAL] = g_param_spec_boolean ("local", NULL, NULL, FALSE,
                                                 G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS);
  /**
   * ConfsyncChannel:max-message:
   *
   * The largest message in bytes that may come in; a larger one closes the channel.
   *
   * Since: 1.0
   */
  properties[PROP_MAX_MESSAGE] =
    g_param_spec_uint64 ("max-message", NULL, NULL, 1, G_MAXINT32, MAX_MESSAGE_DEFAULT_BYTES,
                         G_PARAM_READWRITE | G_PARAM_CONSTRUCT | G_PARAM_STATIC_STRINGS);
  /**
   * ConfsyncChannel:stranger:
   *
   * Who is at the other end, for people, where that is another user of this machine than the one
   * that this program runs as, or root; or somebody of this machine, and nobody can tell who. %NULL
   * for all others, and where the transport keeps other users out by itself. Known once the channel
   * is open.
   *
   * Since: 1.0
   */
  properties[PROP_STRANGER] = g_param_spec_string ("stranger", NULL, NULL, NULL,
                                                   G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPERTIES, properties);

  /**
   * ConfsyncChannel::opened:
   * @self: the channel
   *
   * Messages can be sent from now on.
   *
   * Since: 1.0
   */
  signals[OPENED] = g_signal_new ("opened", CONFSYNC_TYPE_CHANNEL, G_SIGNAL_RUN_LAST, 0, NULL,
                                  NULL, NULL, G_TYPE_NONE, 0);
  /**
   * ConfsyncChannel::received:
   * @self: the channel
   * @message: one whole message; hostile until checked
   *
   * A message came in.
   *
   * Since: 1.0
   */
  signals[RECEIVED] = g_signal_new ("received", CONFSYNC_TYPE_CHANNEL, G_SIGNAL_RUN_LAST, 0, NULL,
                                    NULL, NULL, G_TYPE_NONE, 1, G_TYPE_BYTES);
  /**
   * ConfsyncChannel::closed:
   * @self: the channel
   * @error: (nullable): why, or %NULL for an orderly end
   *
   * The link is over. Emitted exactly once.
   *
   * Since: 1.0
   */
  signals[CLOSED] = g_signal_new ("closed", CONFSYNC_TYPE_CHANNEL, G_SIGNAL_RUN_LAST, 0, NULL,
                                  NULL, NULL, G_TYPE_NONE, 1, G_TYPE_ERROR);
}

static void
confsync_channel_init (ConfsyncChannel *self)
{
}

/**
 * confsync_channel_send:
 * @self: a channel
 * @message: the bytes of one message, at least one
 *
 * Queues a message behind those before it. Never fails: what can't be sent ends in
 * [signal@Channel::closed]. Does nothing unless the channel is open.
 *
 * Since: 1.0
 */
void
confsync_channel_send (ConfsyncChannel *self, GBytes *message)
{
  g_return_if_fail (CONFSYNC_IS_CHANNEL (self));
  g_return_if_fail (message != NULL && g_bytes_get_size (message) > 0);

  if (PRIVATE (self)->state == STATE_OPEN && !PRIVATE (self)->closing)
    CONFSYNC_CHANNEL_GET_CLASS (self)->send (self, message);
}

/**
 * confsync_channel_close:
 * @self: a channel
 *
 * Ends the link. [signal@Channel::closed] follows, now or later; calling again does nothing.
 *
 * Since: 1.0
 */
void
confsync_channel_close (ConfsyncChannel *self)
{
  ConfsyncChannelPrivate *priv;

  g_return_if_fail (CONFSYNC_IS_CHANNEL (self));

  priv = PRIVATE (self);
  if (priv->state == STATE_CLOSED || priv->closing)
    return;

  priv->closing = TRUE;
  CONFSYNC_CHANNEL_GET_CLASS (self)->close (self);
}

/**
 * confsync_channel_get_buffered:
 * @self: a channel
 *
 * Asks how much waits to be sent.
 *
 * Returns: bytes queued that have not left this process
 *
 * Since: 1.0
 */
gsize
confsync_channel_get_buffered (ConfsyncChannel *self)
{
  g_return_val_if_fail (CONFSYNC_IS_CHANNEL (self), 0);

  return CONFSYNC_CHANNEL_GET_CLASS (self)->get_buffered (self);
}

/**
 * confsync_channel_is_open:
 * @self: a channel
 *
 * Tells whether messages can be sent.
 *
 * Returns: whether messages can be sent
 *
 * Since: 1.0
 */
gboolean
confsync_channel_is_open (ConfsyncChannel *self)
{
  g_return_val_if_fail (CONFSYNC_IS_CHANNEL (self), FALSE);

  return PRIVATE (self)->state == STATE_OPEN && !PRIVATE (self)->closing;
}

/**
 * confsync_channel_is_closed:
 * @self: a channel
 *
 * Tells whether [signal@Channel::closed] was emitted.
 *
 * Returns: whether [signal@Channel::closed] was emitted
 *
 * Since: 1.0
 */
gboolean
confsync_channel_is_closed (ConfsyncChannel *self)
{
  g_return_val_if_fail (CONFSYNC_IS_CHANNEL (self), TRUE);

  return PRIVATE (self)->state == STATE_CLOSED;
}

/**
 * confsync_channel_is_local:
 * @self: a channel
 *
 * Tells whether the other end is on this machine.
 *
 * Returns: whether the other end is on this machine
 *
 * Since: 1.0
 */
gboolean
confsync_channel_is_local (ConfsyncChannel *self)
{
  g_return_val_if_fail (CONFSYNC_IS_CHANNEL (self), FALSE);

  return PRIVATE (self)->local;
}

/**
 * confsync_channel_get_remote:
 * @self: a channel
 *
 * Gets where the other end is, for people.
 *
 * Returns: (nullable): where the other end is, for people
 *
 * Since: 1.0
 */
const char *
confsync_channel_get_remote (ConfsyncChannel *self)
{
  g_return_val_if_fail (CONFSYNC_IS_CHANNEL (self), NULL);

  return PRIVATE (self)->remote;
}

/**
 * confsync_channel_get_stranger:
 * @self: a channel
 *
 * Gets who is at the other end, where that is another user of this machine.
 *
 * Returns: (nullable): see [property@Channel:stranger]
 *
 * Since: 1.0
 */
const char *
confsync_channel_get_stranger (ConfsyncChannel *self)
{
  g_return_val_if_fail (CONFSYNC_IS_CHANNEL (self), NULL);

  return PRIVATE (self)->stranger;
}

/**
 * confsync_channel_get_protocol:
 * @self: a channel
 *
 * Gets the protocol agreed on.
 *
 * Returns: (nullable): the protocol agreed on; %NULL before [signal@Channel::opened], and where
 *   the other end offered none
 *
 * Since: 1.0
 */
const char *
confsync_channel_get_protocol (ConfsyncChannel *self)
{
  g_return_val_if_fail (CONFSYNC_IS_CHANNEL (self), NULL);

  return PRIVATE (self)->protocol;
}

/**
 * confsync_channel_get_max_message:
 * @self: a channel
 *
 * Gets the largest message in bytes that may come in.
 *
 * Returns: the largest message in bytes that may come in
 *
 * Since: 1.0
 */
gsize
confsync_channel_get_max_message (ConfsyncChannel *self)
{
  g_return_val_if_fail (CONFSYNC_IS_CHANNEL (self), 0);

  return PRIVATE (self)->max_message;
}

/**
 * confsync_channel_set_max_message:
 * @self: a channel
 * @bytes: the largest message that may come in, at least 1
 *
 * Sets the limit for messages to come.
 *
 * Since: 1.0
 */
void
confsync_channel_set_max_message (ConfsyncChannel *self, gsize bytes)
{
  g_return_if_fail (CONFSYNC_IS_CHANNEL (self));

  g_object_set (self, "max-message", (guint64) bytes, NULL);
}

/**
 * confsync_channel_emit_opened:
 * @self: a channel
 * @protocol: (nullable): what both ends agreed on: `confsync.v1`, or %NULL where the other end
 *   speaks the legacy protocol
 *
 * For implementations: the link stands. Ignored unless the channel was connecting.
 *
 * Since: 1.0
 */
void
confsync_channel_emit_opened (ConfsyncChannel *self, const char *protocol)
{
  ConfsyncChannelPrivate *priv;

  g_return_if_fail (CONFSYNC_IS_CHANNEL (self));

  priv = PRIVATE (self);
  if (priv->state != STATE_CONNECTING || priv->closing)
    return;

  priv->state = STATE_OPEN;
  priv->protocol = g_strdup (protocol);
  g_signal_emit (self, signals[OPENED], 0);
}

/**
 * confsync_channel_emit_received:
 * @self: a channel
 * @message: one whole message
 *
 * For implementations: a message came in. Ignored unless the channel is open; one larger than
 * [property@Channel:max-message] closes the channel instead.
 *
 * Since: 1.0
 */
void
confsync_channel_emit_received (ConfsyncChannel *self, GBytes *message)
{
  ConfsyncChannelPrivate *priv;

  g_return_if_fail (CONFSYNC_IS_CHANNEL (self));
  g_return_if_fail (message != NULL);

  priv = PRIVATE (self);
  if (priv->state != STATE_OPEN || priv->closing)
    return;

  if (g_bytes_get_size (message) > priv->max_message)
    {
      g_autoptr (GError) error =
        g_error_new (CONFSYNC_ERROR, CONFSYNC_ERROR_TOO_LARGE,
                     "a message of %" G_GSIZE_FORMAT " bytes; the limit is %" G_GSIZE_FORMAT,
                     g_bytes_get_size (message), priv->max_message);
      g_autoptr (ConfsyncChannel) keep = g_object_ref (self);

      confsync_channel_close (self);
      confsync_channel_emit_closed (keep, error);
      return;
    }
  g_signal_emit (self, signals[RECEIVED], 0, message);
}

/**
 * confsync_channel_emit_closed:
 * @self: a channel
 * @error: (nullable): why, or %NULL for an orderly end
 *
 * For implementations: the link is over. Only the first call counts.
 *
 * Since: 1.0
 */
void
confsync_channel_emit_closed (ConfsyncChannel *self, const GError *error)
{
  g_autoptr (ConfsyncChannel) keep = NULL;

  g_return_if_fail (CONFSYNC_IS_CHANNEL (self));

  if (PRIVATE (self)->state == STATE_CLOSED)
    return;

  keep = g_object_ref (self);
  PRIVATE (self)->state = STATE_CLOSED;
  g_signal_emit (self, signals[CLOSED], 0, error);
}

/**
 * confsync_channel_emit_ended:
 * @self: a channel
 *
 * For implementations in languages that can't say [method@Channel.emit_closed] without an error: an
 * orderly end.
 *
 * Since: 1.0
 */
void
confsync_channel_emit_ended (ConfsyncChannel *self)
{
  confsync_channel_emit_closed (self, NULL);
}
