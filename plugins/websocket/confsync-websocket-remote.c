/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Reads socket addresses. A dual-stack socket shows IPv4 peers as ::ffff:a.b.c.d, and GLib doesn't
 * count ::ffff:127.0.0.1 as loopback, so such addresses are unwrapped first.
 */

#include "confsync-websocket-remote.h"

#include <string.h>

#define IPV6_PLACE_BYTES 8

static const guint8 mapped_prefix[12] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff };

GInetAddress *
confsync_websocket_remote_plain (GInetAddress *address)
{
  const guint8 *bytes = g_inet_address_to_bytes (address);

  if (g_inet_address_get_family (address) == G_SOCKET_FAMILY_IPV6 &&
      memcmp (bytes, mapped_prefix, sizeof mapped_prefix) == 0)
    return g_inet_address_new_from_bytes (bytes + sizeof mapped_prefix, G_SOCKET_FAMILY_IPV4);
  return g_object_ref (address);
}

gboolean
confsync_websocket_remote_is_loopback (GInetAddress *address)
{
  g_autoptr (GInetAddress) plain = confsync_websocket_remote_plain (address);

  return g_inet_address_get_is_loopback (plain);
}

char *
confsync_websocket_remote_describe (GInetSocketAddress *address)
{
  g_autoptr (GInetAddress) plain =
    confsync_websocket_remote_plain (g_inet_socket_address_get_address (address));
  g_autofree char *text = g_inet_address_to_string (plain);
  guint port = g_inet_socket_address_get_port (address);

  if (g_inet_address_get_family (plain) == G_SOCKET_FAMILY_IPV6)
    return g_strdup_printf ("[%s]:%u", text, port);
  return g_strdup_printf ("%s:%u", text, port);
}

char *
confsync_websocket_remote_dup_place (GInetSocketAddress *address)
{
  g_autoptr (GInetAddress) plain =
    confsync_websocket_remote_plain (g_inet_socket_address_get_address (address));
  const guint8 *bytes = g_inet_address_to_bytes (plain);
  guint8 network[16] = { 0 };
  g_autoptr (GInetAddress) place = NULL;

  if (g_inet_address_get_family (plain) == G_SOCKET_FAMILY_IPV4)
    return g_inet_address_to_string (plain);

  memcpy (network, bytes, IPV6_PLACE_BYTES);
  place = g_inet_address_new_from_bytes (network, G_SOCKET_FAMILY_IPV6);
  return g_inet_address_to_string (place);
}
