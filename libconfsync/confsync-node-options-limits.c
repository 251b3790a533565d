/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * The options that bound something. Each is a property of a node, of the same name, and that knows
 * what it takes.
 */

#include "config.h"

#include "confsync-node-options-private.h"

#include <glib/gi18n-lib.h>

static const char *const limits[] = {
  "max-bytes",
  "max-depth",
  "max-values",
  "max-connections",
  "max-handshakes",
  "handshake-timeout",
  "max-unsent-bytes",
  "rate-limit-requests-per-minute",
  "rate-limit-block-duration",
  NULL,
};

/* A property knows what it takes. */
static gboolean
set_limit (ConfsyncOptions *self, ConfsyncNode *node, const char *name, GError **error)
{
  GParamSpec *pspec = g_object_class_find_property (G_OBJECT_GET_CLASS (node), name);
  const gboolean is_time = confsync_options_find (self, name)->type == CONFSYNC_OPTION_DURATION;
  const guint number = is_time ? confsync_options_get_duration (self, name)
                               : confsync_options_get_uint (self, name);
  g_auto (GValue) wanted = G_VALUE_INIT;
  g_auto (GValue) value = G_VALUE_INIT;

  g_value_init (&wanted, G_TYPE_UINT);
  g_value_set_uint (&wanted, number);
  g_value_init (&value, G_PARAM_SPEC_VALUE_TYPE (pspec));
  g_value_transform (&wanted, &value);
  if (g_param_value_validate (pspec, &value))
    {
      g_value_transform (&value, &wanted);
      g_set_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_INVALID_OPTION,
                   number < g_value_get_uint (&wanted) ? _ ("%s: %u is too little; at least %u%s")
                                                       : _ ("%s: %u is too much; at most %u%s"),
                   confsync_options_get_place (self, name), number, g_value_get_uint (&wanted),
                   is_time ? " ms" : "");
      return FALSE;
    }
  g_object_set_property (G_OBJECT (node), name, &value);
  return TRUE;
}

gboolean
confsync_node_options_set_limits (ConfsyncOptions *self, ConfsyncNode *node, GError **error)
{
  for (gsize i = 0; limits[i] != NULL; i++)
    if (!set_limit (self, node, limits[i], error))
      return FALSE;
  return TRUE;
}
