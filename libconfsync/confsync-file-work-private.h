/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * The part of a file store that lives on its worker: the live file, the history, the state, and
 * when to look after swapped-out files. It may outlive the store, which it knows only weakly.
 */

#pragma once

#include "confsync-retention-private.h"
#include "confsync-store.h"
#include "confsync-store-private.h"

G_BEGIN_DECLS

typedef struct _ConfsyncFileWork ConfsyncFileWork;

/* What the store asks for with each call, so that the worker reads no property. */
typedef struct
{
  ConfsyncJsonLimits limits;
  ConfsyncRetentionLimits retention;
  gboolean fast; /* nothing waits for the disk */
} ConfsyncFileSettings;

typedef enum {
  CONFSYNC_FILE_LOAD,
  CONFSYNC_FILE_SAVE,
  CONFSYNC_FILE_SAVE_VERSION,
  CONFSYNC_FILE_LIST_VERSIONS,
  CONFSYNC_FILE_GET_VERSION,
  CONFSYNC_FILE_ACKNOWLEDGE,
  CONFSYNC_FILE_LOAD_STATE,
  CONFSYNC_FILE_SAVE_STATE,
  CONFSYNC_FILE_CLAIM,
  CONFSYNC_FILE_RELEASE,
  CONFSYNC_FILE_MEND,
} ConfsyncFileOperation;

/* One call; what an operation doesn't need is NULL. */
typedef struct
{
  ConfsyncFileOperation operation;
  ConfsyncFileSettings settings;
  GTask *task;                /* (owned) */
  ConfsyncRevision *revision; /* (owned) (nullable) */
  ConfsyncDocument *document; /* (owned) (nullable): what is expected, or the state */
  char *name;                 /* (owned) (nullable) */
  ConfsyncCause cause;
  ConfsyncFileWork *work; /* (owned): set by confsync_file_work_push () */
} ConfsyncFileCall;

/* Signals of @store are emitted in the thread-default main context of now. */
ConfsyncFileWork *confsync_file_work_new (ConfsyncStore *store,
                                          const char *path,
                                          const char *base_dir);

/* a GDestroyNotify */
void confsync_file_work_unref (gpointer self);

/* From the store's end: what was pushed is done, nothing is looked after any more. */
void confsync_file_work_close (ConfsyncFileWork *self);

ConfsyncFileCall *confsync_file_call_new (ConfsyncFileOperation operation, GTask *task);
void confsync_file_call_free (ConfsyncFileCall *self);

/* A load, if that takes no waiting and nothing is under way; see confsync_store_load_at_hand (). */
gboolean confsync_file_work_load_at_hand (ConfsyncFileWork *self,
                                          const ConfsyncFileSettings *settings,
                                          ConfsyncDocument **document,
                                          gint64 *modified,
                                          GError **error);

/* Has the worker awake, with open files, where a save comes within 200 µs. */
void confsync_file_work_expect_save (ConfsyncFileWork *self);

/* The live file changed; see confsync_store_glimpse (). */
void confsync_file_work_glimpse (ConfsyncFileWork *self,
                                 const ConfsyncFileSettings *settings,
                                 gboolean anyway);

/* (nullable) What the live file was before somebody changed it in place; after the first load. */
ConfsyncStamp *confsync_file_work_get_origin (ConfsyncFileWork *self);

/* In the owner's context. */
void confsync_file_work_watch_damage (ConfsyncFileWork *self,
                                      ConfsyncDamageFunc func,
                                      gpointer data);

/* Takes the call. */
void confsync_file_work_push (ConfsyncFileWork *self, ConfsyncFileCall *call);

G_END_DECLS
