/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * The store of a live file.
 */

#pragma once

#include "confsync-store.h"

G_BEGIN_DECLS

#define CONFSYNC_TYPE_FILE_STORE (confsync_file_store_get_type ())

CONFSYNC_AVAILABLE_IN_1_0
G_DECLARE_FINAL_TYPE (ConfsyncFileStore, confsync_file_store, CONFSYNC, FILE_STORE, GObject)

/**
 * CONFSYNC_STORE_MAX_VERSIONS:
 *
 * How many versions a store keeps by default.
 *
 * Since: 1.0
 */
#define CONFSYNC_STORE_MAX_VERSIONS 100

/**
 * ConfsyncDurability:
 * @CONFSYNC_DURABILITY_FULL: what is said to be saved is on disk, and survives a power cut
 * @CONFSYNC_DURABILITY_FAST: nothing waits for the disk. A process that is killed loses nothing; a
 *   power cut may take the last edits, or leave a live file that is empty
 *
 * What a store waits for before it says that something is saved.
 *
 * Since: 1.0
 */
typedef enum {
  CONFSYNC_DURABILITY_FULL,
  CONFSYNC_DURABILITY_FAST,
} ConfsyncDurability;

CONFSYNC_AVAILABLE_IN_1_0
ConfsyncFileStore *confsync_file_store_new (const char *path, const char *base_dir);

CONFSYNC_AVAILABLE_IN_1_0
const char *confsync_file_store_get_path (ConfsyncFileStore *self);

CONFSYNC_AVAILABLE_IN_1_0
const char *confsync_file_store_get_base_dir (ConfsyncFileStore *self);

CONFSYNC_AVAILABLE_IN_1_0
char *confsync_file_store_find_path (const char *base_dir, GError **error);

CONFSYNC_AVAILABLE_IN_1_0
gboolean confsync_file_store_check_unused (ConfsyncFileStore *self, GError **error);

CONFSYNC_AVAILABLE_IN_1_0
guint confsync_file_store_get_max_versions (ConfsyncFileStore *self);

CONFSYNC_AVAILABLE_IN_1_0
void confsync_file_store_set_max_versions (ConfsyncFileStore *self, guint max_versions);

CONFSYNC_AVAILABLE_IN_1_0
ConfsyncDurability confsync_file_store_get_durability (ConfsyncFileStore *self);

CONFSYNC_AVAILABLE_IN_1_0
guint confsync_file_store_get_max_version_days (ConfsyncFileStore *self);

CONFSYNC_AVAILABLE_IN_1_0
void confsync_file_store_set_max_version_days (ConfsyncFileStore *self, guint days);

G_END_DECLS
