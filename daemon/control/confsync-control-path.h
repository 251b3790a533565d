/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Where an instance's control socket is, and what it serves there. Both ends ask here, so that they
 * meet.
 */

#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* Object paths, of CONFSYNC_DBUS_PATH in config.h */
#define CONFSYNC_CONTROL_MANAGER_PATH CONFSYNC_DBUS_PATH "/manager"
#define CONFSYNC_CONTROL_DOCUMENT_PREFIX CONFSYNC_DBUS_PATH "/document/"

/* An instance's sockets are in the first of these folders that there is:
 *   $XDG_RUNTIME_DIR/confsync   where that variable names a folder of our own
 *   /run/confsync               for root
 *   /run/user/UID/confsync      where the system has such a folder for us
 *   ~/.cache/confsync/control   ($XDG_CACHE_HOME) for everybody else, such as a service's user
 * The part before the last is never made, so the order doesn't depend on who was there first. */
char *confsync_control_dup_folder (void);

/* The socket of the instance that keeps @file, which need not exist: links are followed in its
 * folder's path, and not in its own name, which may be one that is replaced with each update. Nor
 * need its folder exist, where the one above does: an instance makes it. Fails with a %G_IO_ERROR
 * where neither exists, and where the path is longer than a socket's may be. */
char *confsync_control_dup_socket (const char *file, GError **error);

/* Those of all our instances, in no order; some may be dead. For a program that knows the instance
 * by something else than its file. */
GStrv confsync_control_list_sockets (void);

/* A socket's path as a D-Bus address. */
char *confsync_control_dup_address (const char *socket);

/* The object of a document. */
char *confsync_control_dup_document_path (const char *name);

G_END_DECLS
