/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * A `unix:/path` address, taken apart. It must not look at the file system.
 */

#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

#define CONFSYNC_UNIX_SCHEME "unix"

/* Gives the path (transfer full): absolute, printable, and short enough for a socket. */
char *confsync_unix_address_parse (const char *text, GError **error);

/* The address of a path (transfer full). */
char *confsync_unix_address_format (const char *path);

G_END_DECLS
