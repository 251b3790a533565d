/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * The options of an instance, and what they mean together.
 */

#pragma once

#include "confsync-json.h"
#include "confsync-manager.h"
#include "confsync-options-private.h"
#include "confsync-tls.h"

G_BEGIN_DECLS

ConfsyncOptions *confsync_node_options_new (void);
gboolean confsync_node_options_read (ConfsyncOptions *self,
                                     const char *const *environment,
                                     ConfsyncJson *json,
                                     const char *place,
                                     GError **error);
gboolean confsync_node_options_read_key_files (ConfsyncOptions *self,
                                               const char *user,
                                               const char *system,
                                               GError **error);
char *confsync_node_options_dup_user_file (const char *const *environment);

char *confsync_node_options_dup_listener (ConfsyncOptions *self, gboolean otherwise);
const char *confsync_node_options_get_resolver (ConfsyncOptions *self);

ConfsyncNode *confsync_node_options_make_node (ConfsyncOptions *self, GError **error);
gboolean confsync_node_options_add_listeners (ConfsyncOptions *self,
                                              ConfsyncNode *node,
                                              const char *seed,
                                              GError **error);
gboolean confsync_node_options_add_peers (ConfsyncOptions *self,
                                          ConfsyncNode *node,
                                          GError **error);

/* confsync-node-options-identity.c */
ConfsyncTls *confsync_node_options_load_tls (ConfsyncOptions *self, GError **error);
gboolean confsync_node_options_take_credential (ConfsyncOptions *self,
                                                const char *const *environment,
                                                GError **error);
gboolean confsync_node_options_set_key (ConfsyncOptions *self,
                                        ConfsyncNode *node,
                                        GError **error);
gboolean confsync_node_options_give_key (ConfsyncNode *node,
                                         const char *const *environment,
                                         GError **error);

/* confsync-node-options-limits.c */
gboolean confsync_node_options_set_limits (ConfsyncOptions *self,
                                           ConfsyncNode *node,
                                           GError **error);

/* confsync-node-options-access.c */
gboolean confsync_node_options_set_access (ConfsyncOptions *self,
                                           ConfsyncNode *node,
                                           GError **error);

/* confsync-manager-options.c */
ConfsyncManager *confsync_node_options_make_manager (ConfsyncOptions *self,
                                                     const char *config_path,
                                                     const char *base_dir,
                                                     ConfsyncNode *node,
                                                     GError **error);

G_END_DECLS
