/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * The places below the command line that options come from, strongest first: call in this order.
 */

#pragma once

#include "confsync-json.h"
#include "confsync-options-private.h"

G_BEGIN_DECLS

gboolean confsync_options_read_environment (ConfsyncOptions *self,
                                            const char *const *environment,
                                            GError **error);
gboolean confsync_options_read_known_variables (ConfsyncOptions *self,
                                                const char *const *environment,
                                                GError **error);
/* @source: which of the two kinds of key files it is; @text: what is in it */
gboolean confsync_options_read_key_file (ConfsyncOptions *self,
                                         ConfsyncOptionSource source,
                                         GBytes *text,
                                         const char *path,
                                         GError **error);
gboolean confsync_options_read_json (ConfsyncOptions *self,
                                     ConfsyncJson *json,
                                     const char *place,
                                     GError **error);
gboolean confsync_options_read_file (ConfsyncOptions *self, const char *path, GError **error);

GBytes *confsync_options_load (const char *path, GError **error);
ConfsyncJson *confsync_options_parse_file (const char *path, GError **error);
gboolean confsync_options_find_for_file (ConfsyncOptions *self,
                                         const char *written,
                                         const char *where,
                                         char separator,
                                         const ConfsyncOption **option,
                                         GError **error);

G_END_DECLS
