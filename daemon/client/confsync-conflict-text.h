/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * A conflict, for people and for programs.
 */

#pragma once

#include "confsync-conflict-list.h"

G_BEGIN_DECLS

gboolean confsync_conflict_print (const ConfsyncConflictItem *item,
                                  ConfsyncOutput *output,
                                  GError **error);
gboolean confsync_conflict_append_json (const ConfsyncConflictItem *item,
                                        GString *json,
                                        GError **error);

G_END_DECLS
