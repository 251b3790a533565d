/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Whether plugins may be loaded from a place: what can be changed there runs as us. It looks at
 * owners and modes, and opens nothing.
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* A folder that belongs to us or to root, in which nobody else can put anything, and above which
 * nobody else can put another one in its place. Links are followed. */
gboolean confsync_plugin_place_check (const char *folder, GError **error);

/* The same for a file, and the folder that it really is in. */
gboolean confsync_plugin_place_check_file (const char *path, GError **error);

G_END_DECLS
