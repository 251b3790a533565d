/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Serves an instance's objects peer to peer on its control socket, to its own user and to root.
 */

#pragma once

#include <confsync.h>

G_BEGIN_DECLS

#define CONFSYNC_TYPE_CONTROL_SERVER (confsync_control_server_get_type ())
G_DECLARE_FINAL_TYPE (ConfsyncControlServer, confsync_control_server, CONFSYNC, CONTROL_SERVER,
                      GObject)

/* Signals:
 *   notice (int level, const char *message)  something worth telling a person */
ConfsyncControlServer *confsync_control_server_new (ConfsyncNode *node);
void confsync_control_server_add_document (ConfsyncControlServer *self, ConfsyncManager *manager);

/* @base_dir (nullable): the folder of @file. Fails with %CONFSYNC_ERROR_BUSY where another instance
 * keeps @file, and with a %G_IO_ERROR where no socket can be made. */
gboolean confsync_control_server_listen (ConfsyncControlServer *self,
                                         const char *file,
                                         const char *base_dir,
                                         GError **error);
/* (nullable) unless it listens */
const char *confsync_control_server_get_socket (ConfsyncControlServer *self);
/* Ends all connections, and removes the socket. */
void confsync_control_server_stop (ConfsyncControlServer *self);

G_END_DECLS
