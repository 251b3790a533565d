/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * The options of an instance, and what they mean together.
 */

#pragma once

#include "confsync-options-private.h"

G_BEGIN_DECLS

ConfsyncOptions *confsync_node_options_new (void);
gboolean confsync_node_options_read (ConfsyncOptions *self,
                                     const char *const *environment,
                                     GError **error);

char *confsync_node_options_dup_listener (ConfsyncOptions *self);
const char *confsync_node_options_get_resolver (ConfsyncOptions *self);

G_END_DECLS
