/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * The files that `confsync json` reads and writes: any file, and no live configuration.
 */

#pragma once

#include <confsync.h>

G_BEGIN_DECLS

/* what stands for standard input, or output */
#define CONFSYNC_JSON_FILE_STANDARD "-"

const char *confsync_json_file_get_name (const char *path);
GBytes *confsync_json_file_read (const char *path, GError **error);
ConfsyncJson *confsync_json_file_parse (GBytes *text, const char *path, GError **error);
gboolean confsync_json_file_write (const char *path, GBytes *text, GError **error);

G_END_DECLS
