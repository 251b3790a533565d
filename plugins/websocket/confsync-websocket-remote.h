/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * What can be said of the other end of a connection from its socket address: is it this machine,
 * how is it written, and which connections count as coming from one place.
 */

#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

gboolean confsync_websocket_remote_is_loopback (GInetAddress *address);

/* 127.0.0.1:51234 or [::1]:51234; an IPv4 address in IPv6 clothes is shown as IPv4 */
char *confsync_websocket_remote_describe (GInetSocketAddress *address);

/* equal for connections from one place: an IPv4 address, or an IPv6 network of 64 bits, which is
 * what one household or one attacker has */
char *confsync_websocket_remote_dup_place (GInetSocketAddress *address);

/* an IPv4 address in IPv6 clothes as IPv4; any other as it is */
GInetAddress *confsync_websocket_remote_plain (GInetAddress *address);

G_END_DECLS
