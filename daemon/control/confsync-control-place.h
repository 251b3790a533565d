/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * What the lock file beside a control socket says: which process keeps what, and where. So the one
 * that is meant can be told from the others without asking each, of which one may be stopped.
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define CONFSYNC_CONTROL_LOCK_SUFFIX ".lock"

/* Writes it to a lock file that is held. @base_dir (nullable): the folder of @file. Fails with a
 * %G_IO_ERROR. */
gboolean confsync_control_place_write (int fd,
                                       const char *file,
                                       const char *base_dir,
                                       GError **error);

/* Reads what stands beside @socket. Both paths are absolute. %FALSE where there is none, or no
 * whole one. */
gboolean confsync_control_place_read (const char *socket, char **file, char **base_dir);

G_END_DECLS
