/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Where the live configuration and its past are: the interface that stores implement.
 */

#pragma once

#include <gio/gio.h>

#include "confsync-version.h"

G_BEGIN_DECLS

#define CONFSYNC_TYPE_STORE (confsync_store_get_type ())

CONFSYNC_AVAILABLE_IN_1_0
G_DECLARE_INTERFACE (ConfsyncStore, confsync_store, CONFSYNC, STORE, GObject)

/**
 * ConfsyncStoreInterface:
 * @load: reads the live configuration; ends with confsync_store_return_loaded()
 * @save: puts a revision in the place of the live configuration, atomically and durably, and looks
 *   at what was there; ends with confsync_store_return_saved()
 * @save_version: keeps a revision among the versions, durably; ends with
 *   confsync_store_return_name()
 * @list_versions: lists the versions, newest first; ends with confsync_store_return_versions()
 * @get_version: reads one version; ends with confsync_store_return_document()
 * @acknowledge: remembers that another instance holds the version of this stamp and hash; ends with
 *   `g_task_return_boolean()`
 * @load_state: reads what the engine noted; ends with confsync_store_return_document(), with
 *   %CONFSYNC_ERROR_NOT_FOUND where there is nothing yet
 * @save_state: notes it, atomically and durably; ends with `g_task_return_boolean()`
 *
 * What a store implements. Each function ends its task exactly once, now or later; the engine asks
 * for one thing after the other, and expects them done in that order.
 *
 * Since: 1.0
 */
struct _ConfsyncStoreInterface
{
  GTypeInterface parent_iface;

  void (*load) (ConfsyncStore *self, GTask *task);
  void (*save) (ConfsyncStore *self,
                ConfsyncRevision *revision,
                ConfsyncDocument *expected,
                GTask *task);
  void (*save_version) (ConfsyncStore *self,
                        ConfsyncRevision *revision,
                        ConfsyncCause cause,
                        GTask *task);
  void (*list_versions) (ConfsyncStore *self, GTask *task);
  void (*get_version) (ConfsyncStore *self, const char *name, GTask *task);
  void (*acknowledge) (ConfsyncStore *self, ConfsyncRevision *revision, GTask *task);
  void (*load_state) (ConfsyncStore *self, GTask *task);
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
void confsync_store_return_versions (GTask *task, GPtrArray *versions);

CONFSYNC_AVAILABLE_IN_1_0
void confsync_store_return_document (GTask *task, ConfsyncDocument *document);

CONFSYNC_AVAILABLE_IN_1_0
void confsync_store_emit_displaced (ConfsyncStore *self, ConfsyncDocument *document);

CONFSYNC_AVAILABLE_IN_1_0
void confsync_store_emit_notice (ConfsyncStore *self, const char *message);

G_END_DECLS
