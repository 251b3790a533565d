/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * What exactly the live file is: a note that goes with it, so that a start knows what was applied
 * last, even where nothing else was written any more. Blocks; belongs on the store's worker.
 */

#pragma once

#include "confsync-stamp.h"

G_BEGIN_DECLS

/* Notes that the content of this hash has this stamp: in an attribute of the file, or where it can
 * have none, durably in the directory of notes. @is_live: @fd holds something else yet, and is live
 * already. */
void confsync_stamp_note_write (int fd,
                                int state_dirfd,
                                gboolean is_live,
                                const char *hash,
                                ConfsyncStamp *stamp);

/* (transfer full) (nullable): the stamp that was noted for exactly this content. @base_dir is
 * nullable: only the attribute is looked at. @origin (transfer full) (nullable): what @fd was when
 * somebody changed it in place, where that is certain. */
ConfsyncStamp *confsync_stamp_note_read (int fd,
                                         const char *base_dir,
                                         const char *hash,
                                         ConfsyncStamp **origin);

G_END_DECLS
