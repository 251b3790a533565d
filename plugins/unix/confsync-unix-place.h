/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * A listening socket's place in the file system: who may get there, who has it, and what a process
 * that died left behind. A file that is no socket is never touched.
 */

#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

typedef struct _ConfsyncUnixPlace ConfsyncUnixPlace;

/* Takes the place, and listens there. */
ConfsyncUnixPlace *confsync_unix_place_take (const char *path, GError **error);

/* Gives it back: what is ours there is removed. */
void confsync_unix_place_free (ConfsyncUnixPlace *self);

/* The listening socket, which doesn't wait. */
int confsync_unix_place_get_fd (const ConfsyncUnixPlace *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ConfsyncUnixPlace, confsync_unix_place_free)

G_END_DECLS
