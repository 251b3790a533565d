/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * One document on one instance: what an application talks to.
 */

#pragma once

#include <json-glib/json-glib.h>

#include "confsync-node.h"
#include "confsync-resolver.h"
#include "confsync-store.h"
#include "confsync-watcher.h"

G_BEGIN_DECLS

#define CONFSYNC_TYPE_MANAGER (confsync_manager_get_type ())

CONFSYNC_AVAILABLE_IN_1_0
G_DECLARE_FINAL_TYPE (ConfsyncManager, confsync_manager, CONFSYNC, MANAGER, GObject)

/**
 * ConfsyncEditFlags:
 * @CONFSYNC_EDIT_NONE: nothing special
 * @CONFSYNC_EDIT_ALLOW_EMPTY: the configuration may become `{}`, which is taken for a mistake else
 *
 * How an edit by the application is made.
 *
 * Since: 1.0
 */
typedef enum {
  CONFSYNC_EDIT_NONE = 0,
  CONFSYNC_EDIT_ALLOW_EMPTY = 1 << 0,
} ConfsyncEditFlags;

CONFSYNC_AVAILABLE_IN_1_0
ConfsyncManager *confsync_manager_new (const char *config_path, const char *base_dir);

CONFSYNC_AVAILABLE_IN_1_0
ConfsyncNode *confsync_manager_get_node (ConfsyncManager *self);

CONFSYNC_AVAILABLE_IN_1_0
ConfsyncStore *confsync_manager_get_store (ConfsyncManager *self);

CONFSYNC_AVAILABLE_IN_1_0
void confsync_manager_start_async (ConfsyncManager *self,
                                   GCancellable *cancellable,
                                   GAsyncReadyCallback callback,
                                   gpointer user_data);

CONFSYNC_AVAILABLE_IN_1_0
gboolean confsync_manager_start_finish (ConfsyncManager *self,
                                        GAsyncResult *result,
                                        GError **error);

CONFSYNC_AVAILABLE_IN_1_0
void confsync_manager_stop_async (ConfsyncManager *self,
                                  GCancellable *cancellable,
                                  GAsyncReadyCallback callback,
                                  gpointer user_data);

CONFSYNC_AVAILABLE_IN_1_0
gboolean confsync_manager_stop_finish (ConfsyncManager *self,
                                       GAsyncResult *result,
                                       GError **error);

CONFSYNC_AVAILABLE_IN_1_0
gboolean confsync_manager_is_running (ConfsyncManager *self);

CONFSYNC_AVAILABLE_IN_1_0
ConfsyncDocument *confsync_manager_dup_document (ConfsyncManager *self);

CONFSYNC_AVAILABLE_IN_1_0
JsonNode *confsync_manager_get_value (ConfsyncManager *self, const char *pointer, GError **error);

CONFSYNC_AVAILABLE_IN_1_0
void confsync_manager_set_document_async (ConfsyncManager *self,
                                          ConfsyncDocument *document,
                                          ConfsyncEditFlags flags,
                                          GCancellable *cancellable,
                                          GAsyncReadyCallback callback,
                                          gpointer user_data);

CONFSYNC_AVAILABLE_IN_1_0
gboolean confsync_manager_set_document_finish (ConfsyncManager *self,
                                               GAsyncResult *result,
                                               GError **error);

CONFSYNC_AVAILABLE_IN_1_0
void confsync_manager_set_value_async (ConfsyncManager *self,
                                       const char *pointer,
                                       JsonNode *value,
                                       GCancellable *cancellable,
                                       GAsyncReadyCallback callback,
                                       gpointer user_data);

CONFSYNC_AVAILABLE_IN_1_0
gboolean confsync_manager_set_value_finish (ConfsyncManager *self,
                                            GAsyncResult *result,
                                            GError **error);

CONFSYNC_AVAILABLE_IN_1_0
void confsync_manager_patch_async (ConfsyncManager *self,
                                   ConfsyncJson *patch,
                                   GCancellable *cancellable,
                                   GAsyncReadyCallback callback,
                                   gpointer user_data);

CONFSYNC_AVAILABLE_IN_1_0
gboolean confsync_manager_patch_finish (ConfsyncManager *self,
                                        GAsyncResult *result,
                                        GError **error);

CONFSYNC_AVAILABLE_IN_1_0
void confsync_manager_force_sync_async (ConfsyncManager *self,
                                        GCancellable *cancellable,
                                        GAsyncReadyCallback callback,
                                        gpointer user_data);

CONFSYNC_AVAILABLE_IN_1_0
gboolean confsync_manager_force_sync_finish (ConfsyncManager *self,
                                             GAsyncResult *result,
                                             GError **error);

G_END_DECLS
