/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * What an instance has once, however many documents it keeps: its id, its listeners and its peers.
 */

#pragma once

#include "confsync-clock.h"
#include "confsync-event.h"
#include "confsync-peer.h"
#include "confsync-transport.h"

G_BEGIN_DECLS

#define CONFSYNC_TYPE_NODE (confsync_node_get_type ())

CONFSYNC_AVAILABLE_IN_1_0
G_DECLARE_FINAL_TYPE (ConfsyncNode, confsync_node, CONFSYNC, NODE, GObject)

CONFSYNC_AVAILABLE_IN_1_0
ConfsyncNode *confsync_node_new (const char *instance_id);

CONFSYNC_AVAILABLE_IN_1_0
const char *confsync_node_get_instance_id (ConfsyncNode *self);

CONFSYNC_AVAILABLE_IN_1_0
gboolean confsync_node_set_instance_id (ConfsyncNode *self, const char *id, GError **error);

CONFSYNC_AVAILABLE_IN_1_0
gboolean confsync_node_set_key (ConfsyncNode *self, const char *key, GError **error);

CONFSYNC_AVAILABLE_IN_1_0
gboolean confsync_node_load_key_file (ConfsyncNode *self, const char *path, GError **error);

CONFSYNC_AVAILABLE_IN_1_0
gboolean confsync_node_load_key (ConfsyncNode *self, GError **error);

CONFSYNC_AVAILABLE_IN_1_0
gboolean confsync_node_has_key (ConfsyncNode *self);

CONFSYNC_AVAILABLE_IN_1_0
guint64 confsync_node_get_failed_proofs (ConfsyncNode *self);

CONFSYNC_AVAILABLE_IN_1_0
char *confsync_node_make_key (void);

CONFSYNC_AVAILABLE_IN_1_0
gboolean confsync_node_set_audit_file (ConfsyncNode *self, const char *path, GError **error);

CONFSYNC_AVAILABLE_IN_1_0
void confsync_node_reopen_audit_file (ConfsyncNode *self);

CONFSYNC_AVAILABLE_IN_1_0
gboolean confsync_node_add_listener (ConfsyncNode *self, const char *address, GError **error);

CONFSYNC_AVAILABLE_IN_1_0
gboolean confsync_node_add_peer (ConfsyncNode *self, const char *address, GError **error);

CONFSYNC_AVAILABLE_IN_1_0
void confsync_node_add_transport (ConfsyncNode *self, ConfsyncTransport *transport);

CONFSYNC_AVAILABLE_IN_1_0
void confsync_node_start_async (ConfsyncNode *self,
                                GCancellable *cancellable,
                                GAsyncReadyCallback callback,
                                gpointer user_data);

CONFSYNC_AVAILABLE_IN_1_0
gboolean confsync_node_start_finish (ConfsyncNode *self, GAsyncResult *result, GError **error);

CONFSYNC_AVAILABLE_IN_1_0
void confsync_node_stop (ConfsyncNode *self);

CONFSYNC_AVAILABLE_IN_1_0
GStrv confsync_node_list_listeners (ConfsyncNode *self);

CONFSYNC_AVAILABLE_IN_1_0
GPtrArray *confsync_node_list_peers (ConfsyncNode *self);

G_END_DECLS
