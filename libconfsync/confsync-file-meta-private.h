/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * What a file has beside its content: owner, mode, access control list and other attributes, which
 * survive a save, and one of our own, which doesn't.
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Gives @to what @from has, as far as this process may. */
void confsync_file_meta_copy (int from, int to);

/* What the file's attribute says of its content. FALSE where the file system has no attributes, or
 * no room for them. */
gboolean confsync_file_meta_write_stamp (int fd, const char *text);
/* (transfer full) (nullable) */
GBytes *confsync_file_meta_read_stamp (int fd);

G_END_DECLS
