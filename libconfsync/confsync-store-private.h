/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Ways past the task, for the library's own stores. A store without them works the same, later.
 */

#pragma once

#include "confsync-store.h"

G_BEGIN_DECLS

/* A version can't be read any more; @version says what was in it. */
typedef void (*ConfsyncDamageFunc) (ConfsyncVersion *version, gpointer data);

typedef struct
{
  /* What confsync_store_load_async() would find, at once. FALSE where that takes waiting, or where
   * anything that was asked of the store, or that it has to say, is still on its way; then nothing
   * is set. */
  gboolean (*load_at_hand) (ConfsyncStore *self,
                            ConfsyncDocument **document,
                            gint64 *modified,
                            GError **error);
  /* (nullable) The stamp of what the live configuration was before somebody changed it in place, as
   * the first load found it. May be asked once that has ended. */
  ConfsyncStamp *(*get_origin) (ConfsyncStore *self);
  /* The live configuration changed, and a load may take its time, or does in any case (@anyway). A
   * content that is gone by then becomes a version. */
  void (*glimpse) (ConfsyncStore *self, gboolean anyway);
  /* Something is on its way that a save is likely to follow, within a fraction of a millisecond. */
  void (*expect_save) (ConfsyncStore *self);
  /* What it keeps is this process's alone from now on, and no longer. Both end @task with TRUE, or
   * with an error that says who has it. */
  void (*claim) (ConfsyncStore *self, GTask *task);
  void (*release) (ConfsyncStore *self, GTask *task);
  /* Has @func called in the store's own context whenever a damaged version is read; %NULL for no
   * longer, by the @data of before. */
  void (*watch_damage) (ConfsyncStore *self, ConfsyncDamageFunc func, gpointer data);
  /* Writes a damaged version again, with what is shared of it. Ends @task with TRUE. */
  void (*mend) (ConfsyncStore *self, const char *name, ConfsyncRevision *revision, GTask *task);
} ConfsyncStoreShortcuts;

/* Stores of exactly this type have all of them; @shortcuts is static. */
void confsync_store_set_shortcuts (GType type, const ConfsyncStoreShortcuts *shortcuts);

gboolean confsync_store_load_at_hand (ConfsyncStore *self,
                                      ConfsyncDocument **document,
                                      gint64 *modified,
                                      GError **error);
ConfsyncStamp *confsync_store_get_origin (ConfsyncStore *self);
void confsync_store_glimpse (ConfsyncStore *self, gboolean anyway);
void confsync_store_expect_save (ConfsyncStore *self);

/* A store of another type looks after itself: it is there for the asking. Fails with
 * CONFSYNC_ERROR_BUSY or CONFSYNC_ERROR_REFUSED. What is asked before the release is done before
 * it. @callback is called once, never before this returns. */
void confsync_store_claim_async (ConfsyncStore *self,
                                 GAsyncReadyCallback callback,
                                 gpointer user_data);
void confsync_store_release_async (ConfsyncStore *self,
                                   GAsyncReadyCallback callback,
                                   gpointer user_data);

/* A store of another type looks after its own versions. */
void confsync_store_watch_damage (ConfsyncStore *self, ConfsyncDamageFunc func, gpointer data);
void confsync_store_mend_async (ConfsyncStore *self,
                                const char *name,
                                ConfsyncRevision *revision,
                                GAsyncReadyCallback callback,
                                gpointer user_data);
/* of all three */
gboolean confsync_store_claim_finish (ConfsyncStore *self, GAsyncResult *result, GError **error);

G_END_DECLS
