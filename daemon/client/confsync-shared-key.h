/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Makes the key that all instances share, as a file.
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Fails with CONFSYNC_ERROR_REFUSED where @path is there, unless @force. */
gboolean confsync_shared_key_make (const char *path, gboolean force, GError **error);

G_END_DECLS
