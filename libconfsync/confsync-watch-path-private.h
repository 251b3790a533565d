/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Where a path leads, as the kernel resolves it: each place that has to be watched to learn that
 * it leads somewhere else, or that what it leads to changed.
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/*
 * ConfsyncWatchPointKind:
 * @CONFSYNC_WATCH_POINT_DIRECTORY: a directory passed through: matters if it moves or goes
 * @CONFSYNC_WATCH_POINT_NAME: a symbolic link, or the first name that is missing: matters if it
 *   appears, goes or is replaced
 * @CONFSYNC_WATCH_POINT_LEAF: where the path ends: as a name, and its content matters too
 * @CONFSYNC_WATCH_POINT_INODE: the file at the end, where it can be written to under another name
 *   (hard links, a mounted file), so that its directory doesn't tell of it
 */
typedef enum
{
  CONFSYNC_WATCH_POINT_DIRECTORY,
  CONFSYNC_WATCH_POINT_NAME,
  CONFSYNC_WATCH_POINT_LEAF,
  CONFSYNC_WATCH_POINT_INODE,
} ConfsyncWatchPointKind;

/* @name in @directory, which is free of symbolic links */
typedef struct
{
  ConfsyncWatchPointKind kind;
  char *directory;
  char *name;
} ConfsyncWatchPoint;

GPtrArray *confsync_watch_path_resolve (const char *path);
gboolean confsync_watch_path_ends_plainly (const char *path);
char *confsync_watch_point_dup_path (const ConfsyncWatchPoint *point);

const char *confsync_watch_path_get_remote_name (gint64 magic);
const char *confsync_watch_path_find_remote (const GPtrArray *points, const char **directory);

G_END_DECLS
