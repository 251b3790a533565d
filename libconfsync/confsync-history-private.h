/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * The past of a configuration: BASE/config_versions/, a file a version, with an index. Blocks;
 * belongs on the store's worker.
 */

#pragma once

#include "confsync-file-io-private.h"
#include "confsync-retention-private.h"
#include "confsync-version.h"

G_BEGIN_DECLS

typedef struct _ConfsyncHistory ConfsyncHistory;

/* @report outlives the history */
ConfsyncHistory *confsync_history_new (const char *base_dir, const ConfsyncFileReport *report);
void confsync_history_free (ConfsyncHistory *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ConfsyncHistory, confsync_history_free)

/* A set of hashes (transfer full): versions of these contents are spared by retention. */
void confsync_history_set_needed (ConfsyncHistory *self, GHashTable *needed);

/* Keeps a revision, durably, then lets retention remove others. Where it is the newest version
 * already nothing new is made. Gives the version's name. */
char *confsync_history_keep (ConfsyncHistory *self,
                             ConfsyncRevision *revision,
                             ConfsyncCause cause,
                             gint64 now_us,
                             const ConfsyncRetentionLimits *limits,
                             GError **error);

/* Keeps a content of which no more is known than that it was an edit, and that it is gone. */
gboolean confsync_history_keep_passed (ConfsyncHistory *self,
                                       ConfsyncDocument *document,
                                       gint64 now_us,
                                       const ConfsyncRetentionLimits *limits,
                                       GError **error);

/* (transfer full) (element-type ConfsyncVersion): newest first */
GPtrArray *confsync_history_list (ConfsyncHistory *self, GError **error);

ConfsyncDocument *confsync_history_get (ConfsyncHistory *self,
                                        const char *name,
                                        const ConfsyncJsonLimits *limits,
                                        GError **error);

/* (borrowed) (nullable): what the index knows of it; until the next call */
ConfsyncVersion *confsync_history_find (ConfsyncHistory *self, const char *name);

/* Writes a version again that is damaged, durably: with @revision, which must be the same revision,
 * of the same hash, as what is shared of it. What was local to this machine is gone from it. A
 * version that can be read stays as it is. Fails with CONFSYNC_ERROR_NOT_FOUND where there is none
 * of that name any more, and with CONFSYNC_ERROR_INVALID_DOCUMENT for another content. */
gboolean confsync_history_mend (ConfsyncHistory *self,
                                const char *name,
                                ConfsyncRevision *revision,
                                const ConfsyncJsonLimits *limits,
                                GError **error);

gboolean confsync_history_acknowledge (ConfsyncHistory *self,
                                       ConfsyncRevision *revision,
                                       GError **error);

/* Whether a version of this content is kept, as an edit or what came in; reads those whose hash is
 * not recorded. What was only kept beside them may still be displaced, and so become an edit. */
gboolean confsync_history_knows (ConfsyncHistory *self, const char *hash);

G_END_DECLS
