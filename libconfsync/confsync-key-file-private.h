/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Files that hold a key: read only where nobody else can have read or written them.
 */

#pragma once

#include "confsync-secret-private.h"

G_BEGIN_DECLS

/* What stands in a key file, to be freed by confsync_secret_free(). It must be a regular file of
 * this user or root, not reached by a symlink at its end, and open to nobody else. A @credential is
 * in a directory that the service manager made for this user; there, the bits of the group may
 * stand for an access control list. */
char *confsync_key_file_read (const char *path, gboolean credential, GError **error);

G_END_DECLS
