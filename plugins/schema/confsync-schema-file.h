/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Where a validator has its schema from: a file, or a value that was given to it.
 */

#pragma once

#include <confsync.h>

G_BEGIN_DECLS

/* Reads a file of a schema; errors name the file. */
ConfsyncJson *confsync_schema_file_read (const char *path, GError **error);

/* puts in front of what is wrong with a schema which file it's from; @path is nullable */
void confsync_schema_file_prefix (const char *path, GError **error);

G_END_DECLS
