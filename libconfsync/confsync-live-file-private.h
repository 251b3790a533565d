/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * The live configuration as a file: reading it, and replacing it so that no edit is lost that is
 * made at the same moment. Blocks; belongs on the store's worker.
 */

#pragma once

#include "confsync-file-io-private.h"
#include "confsync-history-private.h"
#include "confsync-revision.h"

G_BEGIN_DECLS

typedef struct _ConfsyncLiveFile ConfsyncLiveFile;

/* @path and @base_dir are absolute; @report outlives the object */
ConfsyncLiveFile *confsync_live_file_new (const char *path,
                                          const char *base_dir,
                                          const ConfsyncFileReport *report);
void confsync_live_file_free (ConfsyncLiveFile *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ConfsyncLiveFile, confsync_live_file_free)

/* Reads it if that takes no longer than a few system calls, because it is small and in memory. The
 * next load, which must follow at once, is of what was read. */
gboolean confsync_live_file_read_at_hand (ConfsyncLiveFile *self);

/* Reads it. @document is NULL for a missing file and a blank one, @stamp unless exactly this
 * content was saved with one; @modified is in microseconds since the Unix epoch, 0 for none. */
gboolean confsync_live_file_load (ConfsyncLiveFile *self,
                                  const ConfsyncJsonLimits *limits,
                                  ConfsyncDocument **document,
                                  ConfsyncStamp **stamp,
                                  gint64 *modified,
                                  GError **error);

/* (nullable) The stamp of what it was before somebody changed it in place, as the first load found
 * it; nothing changes it afterwards. */
ConfsyncStamp *confsync_live_file_get_origin (ConfsyncLiveFile *self);

/* Replaces it, durably. @displaced: what was there, where that was neither @expected (nullable)
 * nor what was read or written last. */
gboolean confsync_live_file_replace (ConfsyncLiveFile *self,
                                     ConfsyncRevision *revision,
                                     ConfsyncDocument *expected,
                                     const ConfsyncJsonLimits *limits,
                                     ConfsyncDocument **displaced,
                                     GError **error);

/* A replacement is likely to be the next call: opens what it needs. Where it turns out otherwise,
 * what is open is let go of by the other function. */
void confsync_live_file_get_ready (ConfsyncLiveFile *self);
void confsync_live_file_stand_down (ConfsyncLiveFile *self);

/* Looks at swapped-out files that are due. Gives when the next look is (monotonic), or -1. */
gint64 confsync_live_file_look (ConfsyncLiveFile *self, const ConfsyncJsonLimits *limits);

/* Does what the next replacement would have to wait for. */
void confsync_live_file_prepare (ConfsyncLiveFile *self);

/* A version of this content is kept: swapped-out files that hold it may go. */
void confsync_live_file_kept (ConfsyncLiveFile *self, const char *hash);

/* After the first load: takes in what an earlier process left. */
void confsync_live_file_sweep (ConfsyncLiveFile *self,
                               ConfsyncHistory *history,
                               const ConfsyncJsonLimits *limits);

G_END_DECLS
