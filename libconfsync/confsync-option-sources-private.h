/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * The places below the command line that options come from, strongest first: call in this order.
 */

#pragma once

#include "confsync-options-private.h"

G_BEGIN_DECLS

gboolean confsync_options_read_environment (ConfsyncOptions *self,
                                            const char *const *environment,
                                            GError **error);
gboolean confsync_options_read_known_variables (ConfsyncOptions *self,
                                                const char *const *environment,
                                                GError **error);
gboolean confsync_options_read_file (ConfsyncOptions *self, const char *path, GError **error);

G_END_DECLS
