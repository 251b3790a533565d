/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * The watcher of a file.
 */

#pragma once

#include "confsync-watcher.h"

G_BEGIN_DECLS

/**
 * CONFSYNC_TYPE_FILE_WATCHER:
 *
 * The type of [class@Confsync.FileWatcher].
 *
 * Since: 1.0
 */
#define CONFSYNC_TYPE_FILE_WATCHER (confsync_file_watcher_get_type ())

CONFSYNC_AVAILABLE_IN_1_0
G_DECLARE_FINAL_TYPE (ConfsyncFileWatcher, confsync_file_watcher, CONFSYNC, FILE_WATCHER, GObject)

CONFSYNC_AVAILABLE_IN_1_0
ConfsyncFileWatcher *confsync_file_watcher_new (const char *path);

CONFSYNC_AVAILABLE_IN_1_0
const char *confsync_file_watcher_get_path (ConfsyncFileWatcher *self);

CONFSYNC_AVAILABLE_IN_1_0
const char *confsync_file_watcher_get_backend (ConfsyncFileWatcher *self);

CONFSYNC_AVAILABLE_IN_1_0
const char *confsync_file_watcher_get_notice (ConfsyncFileWatcher *self);

CONFSYNC_AVAILABLE_IN_1_0
guint confsync_file_watcher_get_poll_interval (ConfsyncFileWatcher *self);

CONFSYNC_AVAILABLE_IN_1_0
void confsync_file_watcher_set_poll_interval (ConfsyncFileWatcher *self, guint interval_ms);

G_END_DECLS
