/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Files that a save took out of the live configuration's place. A writer may still have one open,
 * so each is looked at until that is over; one that held an edit stays until a version of it is
 * kept. They lie in a private directory: what a killed process leaves is found at the next start.
 */

#pragma once

#include "confsync-file-io-private.h"
#include "confsync-history-private.h"

G_BEGIN_DECLS

/* how names in the private directory end: what was made to go live, and what came out */
#define CONFSYNC_SHELF_NEW_SUFFIX ".new"
#define CONFSYNC_SHELF_OLD_SUFFIX ".old"

#define CONFSYNC_STATE_DIR ".confsync"

typedef struct _ConfsyncShelf ConfsyncShelf;

/* @report outlives the shelf */
ConfsyncShelf *confsync_shelf_new (const char *base_dir, const ConfsyncFileReport *report);
/* Leaves all files where they are. */
void confsync_shelf_free (ConfsyncShelf *self);

/* Takes a file into care. @seen is its content as far as somebody has been told of it (nullable:
 * not yet), @hash that content's hash (nullable), @is_edit whether it must stay until a version of
 * that hash is kept. */
void confsync_shelf_add (ConfsyncShelf *self,
                         const char *path,
                         GBytes *seen,
                         const char *hash,
                         gboolean is_edit);

/* Looks at what is due. Gives when the next look is (monotonic, microseconds), or -1. */
gint64 confsync_shelf_look (ConfsyncShelf *self, const ConfsyncJsonLimits *limits);

/* A version of this content is kept. */
void confsync_shelf_kept (ConfsyncShelf *self, const char *hash);

/* Takes in what an earlier process left in the directory: edits that no history knows are
 * reported, the rest is removed. @live_hash is nullable. */
void confsync_shelf_sweep (ConfsyncShelf *self,
                           const char *directory,
                           const char *live_hash,
                           ConfsyncHistory *history,
                           const ConfsyncJsonLimits *limits);

G_END_DECLS
