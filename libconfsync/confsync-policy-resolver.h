/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * A resolver of resolvers: by path, the longest pointer wins.
 */

#pragma once

#include "confsync-resolver.h"

G_BEGIN_DECLS

#define CONFSYNC_TYPE_POLICY_RESOLVER (confsync_policy_resolver_get_type ())

CONFSYNC_AVAILABLE_IN_1_0
G_DECLARE_FINAL_TYPE (ConfsyncPolicyResolver, confsync_policy_resolver, CONFSYNC, POLICY_RESOLVER,
                      GObject)

CONFSYNC_AVAILABLE_IN_1_0
ConfsyncPolicyResolver *confsync_policy_resolver_new (ConfsyncResolver *fallback);

CONFSYNC_AVAILABLE_IN_1_0
ConfsyncResolver *confsync_policy_resolver_get_fallback (ConfsyncPolicyResolver *self);

CONFSYNC_AVAILABLE_IN_1_0
gboolean confsync_policy_resolver_add_rule (ConfsyncPolicyResolver *self,
                                            const char *pointer,
                                            ConfsyncResolver *resolver,
                                            GError **error);

CONFSYNC_AVAILABLE_IN_1_0
GStrv confsync_policy_resolver_dup_pointers (ConfsyncPolicyResolver *self);

CONFSYNC_AVAILABLE_IN_1_0
ConfsyncResolver *confsync_policy_resolver_find_resolver (ConfsyncPolicyResolver *self,
                                                          const char *pointer,
                                                          GError **error);

CONFSYNC_AVAILABLE_IN_1_0
gboolean confsync_policy_resolver_check_document (ConfsyncPolicyResolver *self,
                                                  ConfsyncDocument *document,
                                                  GError **error);

G_END_DECLS
