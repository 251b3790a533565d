/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * A node's limits, as properties: what one document may be, and what strangers may take. Each is
 * checked elsewhere, where what it bounds comes in.
 */

#include "config.h"

#include "confsync-node-inside-private.h"

enum {
  PROP_MAX_BYTES = CONFSYNC_NODE_FIRST_LIMIT,
  PROP_MAX_DEPTH,
  PROP_MAX_VALUES,
  PROP_MAX_CONNECTIONS,
  PROP_MAX_HANDSHAKES,
  PROP_HANDSHAKE_TIMEOUT,
  PROP_MAX_UNSENT_BYTES,
};

gboolean
confsync_node_limits_get (const ConfsyncNodeLimits *self, guint id, GValue *value)
{
  switch (id)
    {
    case PROP_MAX_BYTES:
      g_value_set_uint64 (value, self->document.max_bytes);
      return TRUE;
    case PROP_MAX_DEPTH:
      g_value_set_uint (value, self->document.max_depth);
      return TRUE;
    case PROP_MAX_VALUES:
      g_value_set_uint (value, self->document.max_values);
      return TRUE;
    case PROP_MAX_CONNECTIONS:
      g_value_set_uint (value, self->max_connections);
      return TRUE;
    case PROP_MAX_HANDSHAKES:
      g_value_set_uint (value, self->max_handshakes);
      return TRUE;
    case PROP_HANDSHAKE_TIMEOUT:
      g_value_set_uint (value, self->handshake_timeout_ms);
      return TRUE;
    case PROP_MAX_UNSENT_BYTES:
      g_value_set_uint64 (value, self->max_unsent_bytes);
      return TRUE;
    default:
      return FALSE;
    }
}

gboolean
confsync_node_limits_set (ConfsyncNodeLimits *self, guint id, const GValue *value)
{
  switch (id)
    {
    case PROP_MAX_BYTES:
      self->document.max_bytes = g_value_get_uint64 (value);
      return TRUE;
    case PROP_MAX_DEPTH:
      self->document.max_depth = g_value_get_uint (value);
      return TRUE;
    case PROP_MAX_VALUES:
      self->document.max_values = g_value_get_uint (value);
      return TRUE;
    case PROP_MAX_CONNECTIONS:
      self->max_connections = g_value_get_uint (value);
      return TRUE;
    case PROP_MAX_HANDSHAKES:
      self->max_handshakes = g_value_get_uint (value);
      return TRUE;
    case PROP_HANDSHAKE_TIMEOUT:
      self->handshake_timeout_ms = g_value_get_uint (value);
      return TRUE;
    case PROP_MAX_UNSENT_BYTES:
      self->max_unsent_bytes = g_value_get_uint64 (value);
      return TRUE;
    default:
      return FALSE;
    }
}

static void
install_document_limits (GObjectClass *klass, GParamFlags flags)
{
  /**
   * ConfsyncNode:max-bytes:
   *
   * The largest document in bytes of its canonical form. A message may have 1 MiB more, inflated
   * and with its fragments added up.
   *
   * Since: 1.0
   */
  g_object_class_install_property (
    klass, PROP_MAX_BYTES,
    g_param_spec_uint64 ("max-bytes", NULL, NULL, 2, G_MAXINT32 / 2, CONFSYNC_JSON_MAX_BYTES,
                         flags));
  /**
   * ConfsyncNode:max-depth:
   *
   * How deep a document may nest.
   *
   * Since: 1.0
   */
  g_object_class_install_property (
    klass, PROP_MAX_DEPTH,
    g_param_spec_uint ("max-depth", NULL, NULL, 1, 1000, CONFSYNC_JSON_MAX_DEPTH, flags));
  /**
   * ConfsyncNode:max-values:
   *
   * How many values a document may have.
   *
   * Since: 1.0
   */
  g_object_class_install_property (
    klass, PROP_MAX_VALUES,
    g_param_spec_uint ("max-values", NULL, NULL, 1, 100000000, CONFSYNC_JSON_MAX_VALUES, flags));
}

static void
install_stranger_limits (GObjectClass *klass, GParamFlags flags)
{
  /**
   * ConfsyncNode:max-connections:
   *
   * How many may be connected at once, those that were dialled included. Where all places are
   * taken, who hasn't said yet who it is makes room for a newcomer.
   *
   * Since: 1.0
   */
  g_object_class_install_property (
    klass, PROP_MAX_CONNECTIONS,
    g_param_spec_uint ("max-connections", NULL, NULL, 1, 65536, 1024, flags));
  /**
   * ConfsyncNode:max-handshakes:
   *
   * How many of one address may be connected that haven't said yet who they are. Beyond it, the one
   * that is longest there goes.
   *
   * Since: 1.0
   */
  g_object_class_install_property (
    klass, PROP_MAX_HANDSHAKES,
    g_param_spec_uint ("max-handshakes", NULL, NULL, 1, 65536, 64, flags));
  /**
   * ConfsyncNode:handshake-timeout:
   *
   * How long a connection may take until it carries messages, and then until the other end has said
   * who it is, in milliseconds.
   *
   * Since: 1.0
   */
  g_object_class_install_property (
    klass, PROP_HANDSHAKE_TIMEOUT,
    g_param_spec_uint ("handshake-timeout", NULL, NULL, 1, G_MAXINT, 10000, flags));
  /**
   * ConfsyncNode:max-unsent-bytes:
   *
   * How much may wait for a peer that doesn't read. With more, it's given up.
   *
   * Since: 1.0
   */
  g_object_class_install_property (
    klass, PROP_MAX_UNSENT_BYTES,
    g_param_spec_uint64 ("max-unsent-bytes", NULL, NULL, 1, G_MAXINT32, 32 * 1024 * 1024, flags));
}

void
confsync_node_limits_install (GObjectClass *klass)
{
  const GParamFlags flags = G_PARAM_READWRITE | G_PARAM_CONSTRUCT | G_PARAM_STATIC_STRINGS;

  install_document_limits (klass, flags);
  install_stranger_limits (klass, flags);
}

static void
give (GObject *transport, const char *name, guint value)
{
  if (g_object_class_find_property (G_OBJECT_GET_CLASS (transport), name) != NULL)
    g_object_set (transport, name, value, NULL);
}

void
confsync_node_limits_give (const ConfsyncNodeLimits *self, ConfsyncTransport *transport)
{
  give (G_OBJECT (transport), "max-connections", self->max_connections);
  give (G_OBJECT (transport), "max-handshakes", self->max_handshakes);
  give (G_OBJECT (transport), "handshake-timeout", self->handshake_timeout_ms);
}
