/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * The inside of what a file store does on its worker, shared by the files that it is written in.
 */

#pragma once

#include "confsync-file-lock-private.h"
#include "confsync-file-work-private.h"
#include "confsync-glimpse-private.h"
#include "confsync-history-private.h"
#include "confsync-live-file-private.h"
#include "confsync-unkept-private.h"
#include "confsync-worker-private.h"

G_BEGIN_DECLS

/* reference counted: the store, each call and the timer hold it */
struct _ConfsyncFileWork
{
  GWeakRef store;
  GMainContext *context;
  ConfsyncWorker *worker;
  ConfsyncFileReport report;
  ConfsyncLiveFile *live;
  ConfsyncHistory *history;
  char *path;
  char *base_dir;
  ConfsyncFileLock *lock;    /* (owned) (nullable): not claimed */
  ConfsyncJsonLimits limits; /* of the last call */
  gboolean fast;             /* the same */
  GSource *timer;            /* (nullable): of the next look */
  ConfsyncUnkept *unkept;
  ConfsyncGlimpser *glimpser;
  ConfsyncFileSettings glimpse_settings; /* in the owner's context: of its last look */
  ConfsyncDamageFunc damaged; /* (nullable): the owner's, with its data */
  gpointer damaged_data;
  gboolean swept;
  gboolean settled; /* a state was saved, and the next save isn't prepared yet */
  gboolean closed;
  /* (atomic): what the worker has not done yet, and signals that are on their way; at 0 the caller
   * may touch the rest, and knows all that happened */
  int pushed;
  int came; /* (atomic): something was pushed since a save was expected */
};

/* Has the worker call @func, which ends with confsync_file_work_done (). */
void confsync_file_work_run (ConfsyncFileWork *self,
                             ConfsyncWorkFunc func,
                             gpointer data,
                             GDestroyNotify destroy);
void confsync_file_work_done (ConfsyncFileWork *self);

extern const ConfsyncGlimpseOwner confsync_file_work_glimpse_owner;

G_END_DECLS
