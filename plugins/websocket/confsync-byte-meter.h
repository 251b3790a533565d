/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * The output side of a connection, with a count of what went through: libsoup has a queue of frames
 * and no way to ask how long it is.
 */

#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

#define CONFSYNC_TYPE_BYTE_METER (confsync_byte_meter_get_type ())
G_DECLARE_FINAL_TYPE (ConfsyncByteMeter, confsync_byte_meter, CONFSYNC, BYTE_METER,
                      GFilterOutputStream)

ConfsyncByteMeter *confsync_byte_meter_new (GOutputStream *base);

/* Called (nullable) whenever the system took something to send. */
typedef void (*ConfsyncByteMeterWritten) (gpointer data);
void confsync_byte_meter_set_written_func (ConfsyncByteMeter *self,
                                           ConfsyncByteMeterWritten func,
                                           gpointer data);

/* The handshake is over: what is written from now on is frames. */
void confsync_byte_meter_start (ConfsyncByteMeter *self);

/* payload bytes of messages that were handed to the system */
guint64 confsync_byte_meter_get_payload (ConfsyncByteMeter *self);

/* pong frames that were begun */
guint64 confsync_byte_meter_get_pongs (ConfsyncByteMeter *self);

G_END_DECLS
