/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * A manager in a thread of its own, for programs whose loop is another one than GLib's.
 */

#pragma once

#include "confsync-manager.h"
#include "confsync-notification.h"

G_BEGIN_DECLS

#define CONFSYNC_TYPE_THREAD (confsync_thread_get_type ())

CONFSYNC_AVAILABLE_IN_1_0
G_DECLARE_FINAL_TYPE (ConfsyncThread, confsync_thread, CONFSYNC, THREAD, GObject)

CONFSYNC_AVAILABLE_IN_1_0
ConfsyncThread *confsync_thread_new (ConfsyncManager *manager);

CONFSYNC_AVAILABLE_IN_1_0
int confsync_thread_get_fd (ConfsyncThread *self);

CONFSYNC_AVAILABLE_IN_1_0
ConfsyncNotification *confsync_thread_pop (ConfsyncThread *self);

CONFSYNC_AVAILABLE_IN_1_0
ConfsyncNotification *confsync_thread_wait (ConfsyncThread *self,
                                            guint64 id,
                                            gint64 timeout_us,
                                            GError **error);

CONFSYNC_AVAILABLE_IN_1_0
guint64 confsync_thread_start (ConfsyncThread *self, GError **error);

CONFSYNC_AVAILABLE_IN_1_0
guint64 confsync_thread_stop (ConfsyncThread *self, GError **error);

CONFSYNC_AVAILABLE_IN_1_0
guint64 confsync_thread_force_sync (ConfsyncThread *self, GError **error);

CONFSYNC_AVAILABLE_IN_1_0
guint64 confsync_thread_set_document (ConfsyncThread *self,
                                      ConfsyncDocument *document,
                                      ConfsyncEditFlags flags,
                                      GError **error);

CONFSYNC_AVAILABLE_IN_1_0
guint64 confsync_thread_set_value (ConfsyncThread *self,
                                   const char *pointer,
                                   ConfsyncJson *value,
                                   GError **error);

CONFSYNC_AVAILABLE_IN_1_0
guint64 confsync_thread_patch (ConfsyncThread *self, ConfsyncJson *patch, GError **error);

CONFSYNC_AVAILABLE_IN_1_0
guint64 confsync_thread_add_peer (ConfsyncThread *self, const char *address, GError **error);

CONFSYNC_AVAILABLE_IN_1_0
guint64 confsync_thread_query_status (ConfsyncThread *self, GError **error);

CONFSYNC_AVAILABLE_IN_1_0
guint64 confsync_thread_list_versions (ConfsyncThread *self, GError **error);

CONFSYNC_AVAILABLE_IN_1_0
guint64 confsync_thread_get_version (ConfsyncThread *self, const char *name, GError **error);

CONFSYNC_AVAILABLE_IN_1_0
guint64 confsync_thread_list_conflicts (ConfsyncThread *self, GError **error);

CONFSYNC_AVAILABLE_IN_1_0
guint64 confsync_thread_resolve (ConfsyncThread *self,
                                 const char *id,
                                 ConfsyncChoice choice,
                                 ConfsyncJson *value,
                                 ConfsyncEditFlags flags,
                                 GError **error);

CONFSYNC_AVAILABLE_IN_1_0
guint64 confsync_thread_revert_local (ConfsyncThread *self, GError **error);

CONFSYNC_AVAILABLE_IN_1_0
guint64 confsync_thread_reset_clock (ConfsyncThread *self, GError **error);

CONFSYNC_AVAILABLE_IN_1_0
guint64 confsync_thread_confirm (ConfsyncThread *self, const char *hash, GError **error);

CONFSYNC_AVAILABLE_IN_1_0
guint64 confsync_thread_reject (ConfsyncThread *self,
                                const char *hash,
                                const char *reason,
                                GError **error);

CONFSYNC_AVAILABLE_IN_1_0
guint64 confsync_thread_rollback (ConfsyncThread *self,
                                  const char *name,
                                  ConfsyncEditFlags flags,
                                  GError **error);

CONFSYNC_AVAILABLE_IN_1_0
guint64 confsync_thread_restore (ConfsyncThread *self, GError **error);

CONFSYNC_AVAILABLE_IN_1_0
guint64 confsync_thread_explain (ConfsyncThread *self, const char *pointer, GError **error);

CONFSYNC_AVAILABLE_IN_1_0
void confsync_thread_cancel (ConfsyncThread *self, guint64 id);

CONFSYNC_AVAILABLE_IN_1_0
ConfsyncDocument *confsync_thread_dup_document (ConfsyncThread *self);

CONFSYNC_AVAILABLE_IN_1_0
gboolean confsync_thread_is_running (ConfsyncThread *self);

CONFSYNC_AVAILABLE_IN_1_0
gboolean confsync_thread_is_closed (ConfsyncThread *self);

CONFSYNC_AVAILABLE_IN_1_0
void confsync_thread_close (ConfsyncThread *self);

G_END_DECLS
