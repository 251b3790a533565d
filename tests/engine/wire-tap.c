/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * A hook on every emission of ConfsyncChannel::received.
 */

#include "wire-tap.h"

#include <string.h>

/* Compressed messages count as bytes alone; loopback has none. */
static gboolean
is_type (GBytes *message, const char *type)
{
  g_autofree char *start = g_strconcat ("{\"type\":\"", type, "\"", NULL);
  gsize size;
  const char *text = g_bytes_get_data (message, &size);

  return size >= strlen (start) && memcmp (text, start, strlen (start)) == 0;
}

static gboolean
holds (GBytes *message, const char *part)
{
  gsize size;
  const char *text = g_bytes_get_data (message, &size);

  return memmem (text, size, part, strlen (part)) != NULL;
}

static gboolean
received_hook (GSignalInvocationHint *hint, guint n, const GValue *values, gpointer user_data)
{
  WireTap *self = user_data;
  GBytes *message = g_value_get_boxed (&values[1]);

  self->n_messages++;
  self->bytes += g_bytes_get_size (message);
  self->n_updates += is_type (message, "config_update");
  self->n_heads += is_type (message, "heads");
  self->n_requests += is_type (message, "config_request");
  self->n_heartbeats += is_type (message, "heartbeat");
  self->n_secrets += self->secret != NULL && holds (message, self->secret);
  return TRUE;
}

void
wire_tap_start (WireTap *self)
{
  g_autoptr (GTypeClass) channel_class = g_type_class_ref (CONFSYNC_TYPE_CHANNEL);

  self->signal = g_signal_lookup ("received", CONFSYNC_TYPE_CHANNEL);
  self->hook = g_signal_add_emission_hook (self->signal, 0, received_hook, self, NULL);
}

void
wire_tap_reset (WireTap *self)
{
  *self = (WireTap){ .hook = self->hook, .signal = self->signal, .secret = self->secret };
}

void
wire_tap_stop (WireTap *self)
{
  if (self->hook != 0)
    g_signal_remove_emission_hook (self->signal, self->hook);
  self->hook = 0;
}
