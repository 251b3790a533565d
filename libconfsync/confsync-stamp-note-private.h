/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * What exactly the live file is: a note that goes with it, so that a start knows what was applied
 * last, even where nothing else was written any more. Blocks; belongs on the store's worker.
 */

#pragma once

#include "confsync-stamp.h"

G_BEGIN_DECLS

/* Notes that the content of this hash, which is in @fd or about to be, has this stamp: in an
 * attribute of the file, or where it can have none, durably in the directory of notes. */
void confsync_stamp_note_write (int fd, int state_dirfd, const char *hash, ConfsyncStamp *stamp);

/* (transfer full) (nullable): the stamp that was noted for exactly this content. @base_dir is
 * nullable: only the attribute is looked at. */
ConfsyncStamp *confsync_stamp_note_read (int fd, const char *base_dir, const char *hash);

G_END_DECLS
