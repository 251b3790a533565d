/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * What a file has beside its content: owner, mode, access control list and other attributes, which
 * survive a save, and the stamp, which says what exactly this content is.
 */

#pragma once

#include "confsync-stamp.h"

G_BEGIN_DECLS

/* Gives @to what @from has, as far as this process may. */
void confsync_file_meta_copy (int from, int to);

/* Notes in the file's attributes that the content of this hash has this stamp. A file system that
 * has no attributes, or no room for them, goes without. */
void confsync_file_meta_write_stamp (int fd, const char *hash, ConfsyncStamp *stamp);

/* (transfer full) (nullable): the stamp, where there is one and @hash is what it was written for */
ConfsyncStamp *confsync_file_meta_read_stamp (int fd, const char *hash);

G_END_DECLS
