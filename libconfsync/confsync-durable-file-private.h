/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Files of our own that are whole and on disk when a call has succeeded: versions, index, state.
 */

#pragma once

#include <gio/gio.h>
#include <sys/types.h>

G_BEGIN_DECLS

/* what the names of temporary files start with */
#define CONFSYNC_DURABLE_TEMP_PREFIX ".new-"

/* Makes @name in the directory hold @bytes, or leaves it as it is: write beside, fsync, rename,
 * fsync of the directory, each checked. */
gboolean confsync_durable_write (int dirfd,
                                 const char *name,
                                 GBytes *bytes,
                                 mode_t mode,
                                 GError **error);

/* Adds @bytes to the end of @name, which is made where it is missing. A part of them may stay
 * where this fails. */
gboolean confsync_durable_append (int dirfd,
                                  const char *name,
                                  GBytes *bytes,
                                  mode_t mode,
                                  GError **error);

gboolean confsync_durable_remove (int dirfd, const char *name, GError **error);

/* Removes what a process that was killed left in the directory. */
void confsync_durable_sweep (int dirfd);

G_END_DECLS
