/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Three-way merge: edits of different members both survive; of the same member, the later one.
 */

#pragma once

#include <confsync.h>

G_BEGIN_DECLS

#define CONFSYNC_TYPE_MERGE_RESOLVER (confsync_merge_resolver_get_type ())
G_DECLARE_FINAL_TYPE (ConfsyncMergeResolver, confsync_merge_resolver, CONFSYNC, MERGE_RESOLVER,
                      GObject)

G_END_DECLS
