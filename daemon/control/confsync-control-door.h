/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Accepts connections on a listening socket, also when the process runs out of descriptors for a
 * while: then it looks again a little later.
 */

#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

typedef struct _ConfsyncControlDoor ConfsyncControlDoor;

/* @stream is borrowed; without a reference it is closed. */
typedef void (*ConfsyncControlDoorFunc) (GSocketConnection *stream, gpointer user_data);

/* @socket listens, and doesn't block. @accepted may free the door. */
ConfsyncControlDoor *confsync_control_door_new (GSocket *socket,
                                                ConfsyncControlDoorFunc accepted,
                                                gpointer user_data);
void confsync_control_door_free (ConfsyncControlDoor *self);

G_END_DECLS
