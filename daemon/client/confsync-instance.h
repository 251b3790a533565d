/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * One document of a running instance, as seen through the instance's control socket.
 */

#pragma once

#include <gio/gio.h>

#include "confsync-dbus.h"

G_BEGIN_DECLS

typedef struct _ConfsyncInstance ConfsyncInstance;

void confsync_instance_free (ConfsyncInstance *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ConfsyncInstance, confsync_instance_free)

void confsync_instance_open_async (const char *socket,
                                   guint timeout_ms,
                                   GAsyncReadyCallback callback,
                                   gpointer user_data);
GPtrArray *confsync_instance_open_finish (GAsyncResult *result, GError **error);

ConfsyncInstance *confsync_instance_new (GDBusConnection *connection,
                                         const char *object,
                                         GVariant *manager,
                                         GVariant *document);

const char *confsync_instance_get_socket (GAsyncResult *result);

GDBusConnection *confsync_instance_get_connection (ConfsyncInstance *self);
const char *confsync_instance_get_object (ConfsyncInstance *self);
const char *confsync_instance_get_file (ConfsyncInstance *self);
const char *confsync_instance_get_base_dir (ConfsyncInstance *self);
GVariant *confsync_instance_get_manager (ConfsyncInstance *self);
GVariant *confsync_instance_get_document (ConfsyncInstance *self);

ConfsyncDBusDocument *confsync_instance_get_proxy (ConfsyncInstance *self, GError **error);

G_END_DECLS
