/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * One document on one instance: what an application talks to.
 */

#pragma once

#include <json-glib/json-glib.h>

#include "confsync-node.h"
#include "confsync-open-conflict.h"
#include "confsync-peer-status.h"
#include "confsync-resolver.h"
#include "confsync-role.h"
#include "confsync-store.h"
#include "confsync-validator.h"
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

/**
 * ConfsyncManagerState:
 * @CONFSYNC_MANAGER_STOPPED: it doesn't run
 * @CONFSYNC_MANAGER_STARTING: it is about to run
 * @CONFSYNC_MANAGER_RUNNING: the document is watched and synced
 * @CONFSYNC_MANAGER_WAITING: there is no live configuration
 * @CONFSYNC_MANAGER_INVALID: the live configuration can't be used as it is; nothing is sent
 * @CONFSYNC_MANAGER_UNREADABLE: the system doesn't give the live configuration
 *
 * Whether a document is kept in sync, or what stands in the way.
 *
 * Since: 1.0
 */
typedef enum {
  CONFSYNC_MANAGER_STOPPED,
  CONFSYNC_MANAGER_STARTING,
  CONFSYNC_MANAGER_RUNNING,
  CONFSYNC_MANAGER_WAITING,
  CONFSYNC_MANAGER_INVALID,
  CONFSYNC_MANAGER_UNREADABLE,
} ConfsyncManagerState;

CONFSYNC_AVAILABLE_IN_1_0
const char *confsync_manager_state_to_string (ConfsyncManagerState state);

CONFSYNC_AVAILABLE_IN_1_0
ConfsyncManager *confsync_manager_new (const char *config_path, const char *base_dir);

CONFSYNC_AVAILABLE_IN_1_0
ConfsyncManager *confsync_manager_new_single_instance (const char *config_path,
                                                       const char *base_dir,
                                                       GError **error);

CONFSYNC_AVAILABLE_IN_1_0
ConfsyncManager *confsync_manager_new_ha_addon (const char *config_path,
                                                const char *base_dir,
                                                ConfsyncJson *addon_options,
                                                GError **error);

CONFSYNC_AVAILABLE_IN_1_0
ConfsyncManager *confsync_manager_new_ha_addon_from_file (const char *config_path,
                                                          const char *base_dir,
                                                          const char *options_path,
                                                          GError **error);

CONFSYNC_AVAILABLE_IN_1_0
ConfsyncManager *confsync_manager_new_development (const char *config_path,
                                                   const char *base_dir,
                                                   GError **error);

CONFSYNC_AVAILABLE_IN_1_0
ConfsyncNode *confsync_manager_get_node (ConfsyncManager *self);

CONFSYNC_AVAILABLE_IN_1_0
ConfsyncStore *confsync_manager_get_store (ConfsyncManager *self);

CONFSYNC_AVAILABLE_IN_1_0
ConfsyncRole confsync_manager_get_role (ConfsyncManager *self);

CONFSYNC_AVAILABLE_IN_1_0
ConfsyncJoin confsync_manager_get_join (ConfsyncManager *self);

CONFSYNC_AVAILABLE_IN_1_0
gboolean confsync_manager_add_resolver (ConfsyncManager *self,
                                        const char *pointer,
                                        ConfsyncResolver *resolver,
                                        GError **error);

CONFSYNC_AVAILABLE_IN_1_0
gboolean confsync_manager_add_resolver_by_name (ConfsyncManager *self,
                                                const char *pointer,
                                                const char *name,
                                                GError **error);

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
ConfsyncManagerState confsync_manager_get_state (ConfsyncManager *self);

CONFSYNC_AVAILABLE_IN_1_0
const char *confsync_manager_get_state_reason (ConfsyncManager *self);

CONFSYNC_AVAILABLE_IN_1_0
GPtrArray *confsync_manager_list_peer_statuses (ConfsyncManager *self);

CONFSYNC_AVAILABLE_IN_1_0
ConfsyncStamp *confsync_manager_dup_stamp (ConfsyncManager *self);

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
void confsync_manager_set_json_async (ConfsyncManager *self,
                                      const char *pointer,
                                      ConfsyncJson *value,
                                      ConfsyncEditFlags flags,
                                      GCancellable *cancellable,
                                      GAsyncReadyCallback callback,
                                      gpointer user_data);

CONFSYNC_AVAILABLE_IN_1_0
char *confsync_manager_set_json_finish (ConfsyncManager *self,
                                        GAsyncResult *result,
                                        GError **error);

CONFSYNC_AVAILABLE_IN_1_0
void confsync_manager_patch_full_async (ConfsyncManager *self,
                                        ConfsyncJson *patch,
                                        ConfsyncEditFlags flags,
                                        GCancellable *cancellable,
                                        GAsyncReadyCallback callback,
                                        gpointer user_data);

CONFSYNC_AVAILABLE_IN_1_0
char *confsync_manager_patch_full_finish (ConfsyncManager *self,
                                          GAsyncResult *result,
                                          GError **error);

CONFSYNC_AVAILABLE_IN_1_0
void confsync_manager_replace_async (ConfsyncManager *self,
                                     const char *expected,
                                     ConfsyncDocument *document,
                                     ConfsyncEditFlags flags,
                                     GCancellable *cancellable,
                                     GAsyncReadyCallback callback,
                                     gpointer user_data);

CONFSYNC_AVAILABLE_IN_1_0
gboolean confsync_manager_replace_finish (ConfsyncManager *self,
                                          GAsyncResult *result,
                                          GError **error);

CONFSYNC_AVAILABLE_IN_1_0
void confsync_manager_validation_changed (ConfsyncManager *self);

CONFSYNC_AVAILABLE_IN_1_0
gboolean confsync_manager_confirm (ConfsyncManager *self, const char *hash, GError **error);

CONFSYNC_AVAILABLE_IN_1_0
gboolean confsync_manager_reject (ConfsyncManager *self,
                                  const char *hash,
                                  const char *reason,
                                  GError **error);

CONFSYNC_AVAILABLE_IN_1_0
gboolean confsync_manager_get_trial (ConfsyncManager *self,
                                     char **hash,
                                     char **author,
                                     gint64 *until);

CONFSYNC_AVAILABLE_IN_1_0
GPtrArray *confsync_manager_list_conflicts (ConfsyncManager *self);

CONFSYNC_AVAILABLE_IN_1_0
guint confsync_manager_get_n_conflicts (ConfsyncManager *self);

CONFSYNC_AVAILABLE_IN_1_0
void confsync_manager_resolve_async (ConfsyncManager *self,
                                     const char *id,
                                     ConfsyncChoice choice,
                                     ConfsyncJson *value,
                                     ConfsyncEditFlags flags,
                                     GCancellable *cancellable,
                                     GAsyncReadyCallback callback,
                                     gpointer user_data);

CONFSYNC_AVAILABLE_IN_1_0
char *confsync_manager_resolve_finish (ConfsyncManager *self,
                                       GAsyncResult *result,
                                       GStrv *ours_at,
                                       GError **error);

CONFSYNC_AVAILABLE_IN_1_0
gboolean confsync_manager_is_edited_here (ConfsyncManager *self);

CONFSYNC_AVAILABLE_IN_1_0
void confsync_manager_revert_local_async (ConfsyncManager *self,
                                          GCancellable *cancellable,
                                          GAsyncReadyCallback callback,
                                          gpointer user_data);

CONFSYNC_AVAILABLE_IN_1_0
gboolean confsync_manager_revert_local_finish (ConfsyncManager *self,
                                               GAsyncResult *result,
                                               GError **error);

CONFSYNC_AVAILABLE_IN_1_0
void confsync_manager_reset_clock_async (ConfsyncManager *self,
                                         GCancellable *cancellable,
                                         GAsyncReadyCallback callback,
                                         gpointer user_data);

CONFSYNC_AVAILABLE_IN_1_0
gboolean confsync_manager_reset_clock_finish (ConfsyncManager *self,
                                              GAsyncResult *result,
                                              GError **error);

CONFSYNC_AVAILABLE_IN_1_0
void confsync_manager_rollback_async (ConfsyncManager *self,
                                      const char *name,
                                      ConfsyncEditFlags flags,
                                      GCancellable *cancellable,
                                      GAsyncReadyCallback callback,
                                      gpointer user_data);

CONFSYNC_AVAILABLE_IN_1_0
char *confsync_manager_rollback_finish (ConfsyncManager *self,
                                        GAsyncResult *result,
                                        GError **error);

CONFSYNC_AVAILABLE_IN_1_0
void confsync_manager_restore_async (ConfsyncManager *self,
                                     GCancellable *cancellable,
                                     GAsyncReadyCallback callback,
                                     gpointer user_data);

CONFSYNC_AVAILABLE_IN_1_0
gboolean confsync_manager_restore_finish (ConfsyncManager *self,
                                          GAsyncResult *result,
                                          gboolean *restored,
                                          GError **error);

CONFSYNC_AVAILABLE_IN_1_0
void confsync_manager_explain_async (ConfsyncManager *self,
                                     const char *pointer,
                                     GCancellable *cancellable,
                                     GAsyncReadyCallback callback,
                                     gpointer user_data);

CONFSYNC_AVAILABLE_IN_1_0
ConfsyncExplanation *confsync_manager_explain_finish (ConfsyncManager *self,
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
