/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Who keeps a live file in sync, and whose a base directory is: one process at a time. The kernel
 * lets go of it with the process, however that ends. Blocks; belongs on the store's worker.
 */

#pragma once

#include "confsync-file-io-private.h"

G_BEGIN_DECLS

typedef struct _ConfsyncFileLock ConfsyncFileLock;

/* Takes both for this process. Fails with CONFSYNC_ERROR_BUSY where another one has the live file,
 * and with CONFSYNC_ERROR_REFUSED where the base directory is another document's. Where a lock
 * can't be made, because nothing can be written there or the file system has none, there is none:
 * that an instance runs matters more. */
ConfsyncFileLock *confsync_file_lock_take (const char *live_path,
                                           const char *base_dir,
                                           const ConfsyncFileReport *report,
                                           GError **error);

/* Whether neither is anybody's now, and the base directory isn't another document's; as above, but
 * nothing is taken or made. Fails with an error of G_IO_ERROR where it can't be seen. */
gboolean confsync_file_lock_look (const char *live_path, const char *base_dir, GError **error);

/* (transfer full): whose versions are in it, as far as that was noted: the live file, absolute.
 * Fails with G_IO_ERROR_NOT_FOUND where nothing says so. */
char *confsync_file_lock_find_live (const char *base_dir, GError **error);

/* Lets go of both. */
void confsync_file_lock_free (ConfsyncFileLock *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ConfsyncFileLock, confsync_file_lock_free)

G_END_DECLS
