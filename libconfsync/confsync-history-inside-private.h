/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * The inside of the history, shared by the files that it is written in.
 */

#pragma once

#include "confsync-history-index-private.h"
#include "confsync-history-private.h"

G_BEGIN_DECLS

#define VERSIONS_DIR "config_versions"

struct _ConfsyncHistory
{
  char *base_dir;
  char *path; /* of the versions */
  const ConfsyncFileReport *report;
  ConfsyncHistoryIndex *index;
  int dirfd;           /* -1 until it is needed */
  GPtrArray *versions; /* (element-type ConfsyncVersion): oldest first */
  GHashTable *needed;  /* (nullable): hashes of contents that retention spares */
};

gboolean confsync_history_find_index (ConfsyncHistory *self, const char *name, guint *index);

/* Whether a version is one of this revision, by their stamps. */
gboolean confsync_history_is_same (ConfsyncVersion *version, ConfsyncRevision *revision);

/* of what the revision's document has, local members included */
const char *confsync_history_content_hash (ConfsyncRevision *revision);

G_END_DECLS
