/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Where the live configuration and its past are: the interface that stores implement.
 */

#pragma once

#include <gio/gio.h>

#include "confsync-explanation.h"
#include "confsync-version.h"

G_BEGIN_DECLS

#define CONFSYNC_TYPE_STORE (confsync_store_get_type ())

CONFSYNC_AVAILABLE_IN_1_0
G_DECLARE_INTERFACE (ConfsyncStore, confsync_store, CONFSYNC, STORE, GObject)

/**
 * ConfsyncStoreInterface:
 *
 * What a store implements. Each function ends its task exactly once, now or later; with a failure
 * by [func@task_return_failure] or `g_task_return_error()`. The engine asks for one thing after
 * the other, and expects them done in that order.
 *
 * Since: 1.0
 */
struct _ConfsyncStoreInterface
{
  GTypeInterface parent_iface;

  /**
   * ConfsyncStoreInterface::load:
   * @self: the store
   * @task: ended with [func@Store.return_loaded]
   *
   * Reads the live configuration.
   *
   * Since: 1.0
   */
  void (*load) (ConfsyncStore *self, GTask *task);

  /**
   * ConfsyncStoreInterface::save:
   * @self: the store
   * @revision: what becomes the live configuration
   * @expected: (nullable): what the caller believes to be there; %NULL where it believes that
   *   there is none
   * @task: ended with [func@Store.return_saved]
   *
   * Puts a revision in the place of the live configuration, atomically and durably, and looks at
   * what was there.
   *
   * Since: 1.0
   */
  void (*save) (ConfsyncStore *self,
                ConfsyncRevision *revision,
                ConfsyncDocument *expected,
                GTask *task);

  /**
   * ConfsyncStoreInterface::save_version:
   * @self: the store
   * @revision: what to keep
   * @cause: why
   * @task: ended with [func@Store.return_name]
   *
   * Keeps a revision among the versions, durably.
   *
   * Since: 1.0
   */
  void (*save_version) (ConfsyncStore *self,
                        ConfsyncRevision *revision,
                        ConfsyncCause cause,
                        GTask *task);

  /**
   * ConfsyncStoreInterface::list_versions:
   * @self: the store
   * @task: ended with [func@Store.return_versions]
   *
   * Lists the versions, newest first.
   *
   * Since: 1.0
   */
  void (*list_versions) (ConfsyncStore *self, GTask *task);

  /**
   * ConfsyncStoreInterface::get_version:
   * @self: the store
   * @name: a version's name
   * @task: ended with [func@Store.return_document], or with %CONFSYNC_ERROR_NOT_FOUND
   *
   * Reads one version.
   *
   * Since: 1.0
   */
  void (*get_version) (ConfsyncStore *self, const char *name, GTask *task);

  /**
   * ConfsyncStoreInterface::acknowledge:
   * @self: the store
   * @revision: a revision that was kept
   * @task: ended with `g_task_return_boolean()`
   *
   * Remembers that another instance holds the version of this stamp and hash.
   *
   * Since: 1.0
   */
  void (*acknowledge) (ConfsyncStore *self, ConfsyncRevision *revision, GTask *task);

  /**
   * ConfsyncStoreInterface::load_state:
   * @self: the store
   * @task: ended with [func@Store.return_document], or with %CONFSYNC_ERROR_NOT_FOUND where there
   *   is nothing yet
   *
   * Reads what the engine noted.
   *
   * Since: 1.0
   */
  void (*load_state) (ConfsyncStore *self, GTask *task);

  /**
   * ConfsyncStoreInterface::save_state:
   * @self: the store
   * @state: a JSON object
   * @task: ended with `g_task_return_boolean()`
   *
   * Notes it, atomically and durably.
   *
   * Since: 1.0
   */
  void (*save_state) (ConfsyncStore *self, ConfsyncDocument *state, GTask *task);

  /*< private >*/
  gpointer _reserved[8];
};

CONFSYNC_AVAILABLE_IN_1_0
void confsync_store_load_async (ConfsyncStore *self,
                                GCancellable *cancellable,
                                GAsyncReadyCallback callback,
                                gpointer user_data);

CONFSYNC_AVAILABLE_IN_1_0
gboolean confsync_store_load_finish (ConfsyncStore *self,
                                     GAsyncResult *result,
                                     ConfsyncDocument **document,
                                     ConfsyncStamp **stamp,
                                     gint64 *modified,
                                     GError **error);

CONFSYNC_AVAILABLE_IN_1_0
void confsync_store_save_async (ConfsyncStore *self,
                                ConfsyncRevision *revision,
                                ConfsyncDocument *expected,
                                GCancellable *cancellable,
                                GAsyncReadyCallback callback,
                                gpointer user_data);

CONFSYNC_AVAILABLE_IN_1_0
gboolean confsync_store_save_finish (ConfsyncStore *self,
                                     GAsyncResult *result,
                                     ConfsyncDocument **displaced,
                                     GError **error);

CONFSYNC_AVAILABLE_IN_1_0
void confsync_store_save_version_async (ConfsyncStore *self,
                                        ConfsyncRevision *revision,
                                        ConfsyncCause cause,
                                        GCancellable *cancellable,
                                        GAsyncReadyCallback callback,
                                        gpointer user_data);

CONFSYNC_AVAILABLE_IN_1_0
char *confsync_store_save_version_finish (ConfsyncStore *self,
                                          GAsyncResult *result,
                                          GError **error);

CONFSYNC_AVAILABLE_IN_1_0
void confsync_store_list_versions_async (ConfsyncStore *self,
                                         GCancellable *cancellable,
                                         GAsyncReadyCallback callback,
                                         gpointer user_data);

CONFSYNC_AVAILABLE_IN_1_0
GPtrArray *confsync_store_list_versions_finish (ConfsyncStore *self,
                                                GAsyncResult *result,
                                                GError **error);

CONFSYNC_AVAILABLE_IN_1_0
void confsync_store_get_version_async (ConfsyncStore *self,
                                       const char *name,
                                       GCancellable *cancellable,
                                       GAsyncReadyCallback callback,
                                       gpointer user_data);

CONFSYNC_AVAILABLE_IN_1_0
ConfsyncDocument *confsync_store_get_version_finish (ConfsyncStore *self,
                                                     GAsyncResult *result,
                                                     GError **error);

CONFSYNC_AVAILABLE_IN_1_0
void confsync_store_explain_async (ConfsyncStore *self,
                                   const char *pointer,
                                   ConfsyncRevision *head,
                                   GCancellable *cancellable,
                                   GAsyncReadyCallback callback,
                                   gpointer user_data);

CONFSYNC_AVAILABLE_IN_1_0
ConfsyncExplanation *confsync_store_explain_finish (ConfsyncStore *self,
                                                    GAsyncResult *result,
                                                    GError **error);

CONFSYNC_AVAILABLE_IN_1_0
ConfsyncExplanation *confsync_store_explain_sync (ConfsyncStore *self,
                                                  const char *pointer,
                                                  ConfsyncRevision *head,
                                                  GCancellable *cancellable,
                                                  GError **error);

CONFSYNC_AVAILABLE_IN_1_0
char *confsync_store_save_version_sync (ConfsyncStore *self,
                                        ConfsyncRevision *revision,
                                        ConfsyncCause cause,
                                        GCancellable *cancellable,
                                        GError **error);

CONFSYNC_AVAILABLE_IN_1_0
GPtrArray *confsync_store_list_versions_sync (ConfsyncStore *self,
                                              GCancellable *cancellable,
                                              GError **error);

CONFSYNC_AVAILABLE_IN_1_0
ConfsyncDocument *confsync_store_get_version_sync (ConfsyncStore *self,
                                                   const char *name,
                                                   GCancellable *cancellable,
                                                   GError **error);

CONFSYNC_AVAILABLE_IN_1_0
void confsync_store_acknowledge_async (ConfsyncStore *self,
                                       ConfsyncRevision *revision,
                                       GCancellable *cancellable,
                                       GAsyncReadyCallback callback,
                                       gpointer user_data);

CONFSYNC_AVAILABLE_IN_1_0
gboolean confsync_store_acknowledge_finish (ConfsyncStore *self,
                                            GAsyncResult *result,
                                            GError **error);

CONFSYNC_AVAILABLE_IN_1_0
void confsync_store_load_state_async (ConfsyncStore *self,
                                      GCancellable *cancellable,
                                      GAsyncReadyCallback callback,
                                      gpointer user_data);

CONFSYNC_AVAILABLE_IN_1_0
ConfsyncDocument *confsync_store_load_state_finish (ConfsyncStore *self,
                                                    GAsyncResult *result,
                                                    GError **error);

CONFSYNC_AVAILABLE_IN_1_0
void confsync_store_save_state_async (ConfsyncStore *self,
                                      ConfsyncDocument *state,
                                      GCancellable *cancellable,
                                      GAsyncReadyCallback callback,
                                      gpointer user_data);

CONFSYNC_AVAILABLE_IN_1_0
gboolean confsync_store_save_state_finish (ConfsyncStore *self,
                                           GAsyncResult *result,
                                           GError **error);

CONFSYNC_AVAILABLE_IN_1_0
void confsync_store_return_loaded (GTask *task,
                                   ConfsyncDocument *document,
                                   ConfsyncStamp *stamp,
                                   gint64 modified);

CONFSYNC_AVAILABLE_IN_1_0
void confsync_store_return_saved (GTask *task, ConfsyncDocument *displaced);

CONFSYNC_AVAILABLE_IN_1_0
void confsync_store_return_name (GTask *task, const char *name);

CONFSYNC_AVAILABLE_IN_1_0
void confsync_store_return_versions (GTask *task, ConfsyncVersion **versions, gsize n_versions);

CONFSYNC_AVAILABLE_IN_1_0
void confsync_store_return_document (GTask *task, ConfsyncDocument *document);

CONFSYNC_AVAILABLE_IN_1_0
void confsync_store_emit_displaced (ConfsyncStore *self, ConfsyncDocument *document);

CONFSYNC_AVAILABLE_IN_1_0
void confsync_store_emit_notice (ConfsyncStore *self, const char *message);

G_END_DECLS
