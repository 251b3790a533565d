/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Somebody at the door: who connected, until it is a D-Bus connection of somebody who may come in.
 */

#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* Whether our own user, or root, is at the other end; @error says who is. */
gboolean confsync_control_guest_check (GSocketConnection *stream, GError **error);

/* Goes through D-Bus's handshake, within a few seconds. The connection doesn't process messages
 * yet. */
void confsync_control_guest_let_in_async (GSocketConnection *stream,
                                          const char *guid,
                                          GCancellable *cancellable,
                                          GAsyncReadyCallback callback,
                                          gpointer user_data);
GDBusConnection *confsync_control_guest_let_in_finish (GAsyncResult *result, GError **error);

G_END_DECLS
