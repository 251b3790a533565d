/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Waiting for the disk, or not: the one place that decides it. Blocks; belongs on the store's
 * worker.
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Whether what this thread writes is to survive a power cut. Work of several stores may come to one
 * thread, so each piece of it begins with this. Initially it is. */
void confsync_file_sync_enable (gboolean enabled);
gboolean confsync_file_sync_is_enabled (void);

/* fsync() and fdatasync(): 0, or -1 with errno set. At once, where it is not enabled. */
int confsync_file_sync (int fd);
int confsync_file_sync_data (int fd);

G_END_DECLS
