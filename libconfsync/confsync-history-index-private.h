/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * What is known of the versions beside their content: one JSON line a version in .index.jsonl. A
 * later line of the same name replaces an earlier one. Losing the index loses no version.
 */

#pragma once

#include "confsync-file-io-private.h"
#include "confsync-version.h"

G_BEGIN_DECLS

typedef struct _ConfsyncHistoryIndex ConfsyncHistoryIndex;

/* @report outlives the index */
ConfsyncHistoryIndex *confsync_history_index_new (const ConfsyncFileReport *report);
void confsync_history_index_free (ConfsyncHistoryIndex *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ConfsyncHistoryIndex, confsync_history_index_free)

/* (transfer full) (element-type utf8 ConfsyncVersion): by name. A torn or unreadable line is left
 * out, with a notice; a missing index is empty. */
GHashTable *confsync_history_index_read (ConfsyncHistoryIndex *self, int dirfd);

/* Adds or replaces the record of a version, durably. @versions are all that there are, @version
 * among them: now and then the file is written anew with only these. */
gboolean confsync_history_index_add (ConfsyncHistoryIndex *self,
                                     int dirfd,
                                     ConfsyncVersion *version,
                                     GPtrArray *versions,
                                     GError **error);

G_END_DECLS
