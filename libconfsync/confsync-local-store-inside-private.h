/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * The inside of a store with local members, shared by the files that it is written in: what it
 * reads, what it writes, and its public side.
 */

#pragma once

#include "confsync-local-ledger-private.h"
#include "confsync-local-store.h"
#include "confsync-store-private.h"

G_BEGIN_DECLS

struct _ConfsyncLocalStore
{
  GObject parent_instance;
  ConfsyncStore *store; /* (owned): behind this one */
  GStrv local_keys;
  GError *invalid; /* (owned) (nullable): the keys are of no use, so nothing is done */
  GMainContext *context; /* (owned): where signals are emitted, and what follows from a call runs */

  /* history is asked for in other threads too */
  GMutex lock;
  ConfsyncLocalLedger *ledger; /* (owned) (nullable) where the keys are invalid */
  ConfsyncDocument *notes;     /* (owned) (nullable): the engine's, as it saved them last */
  GHashTable *hashes; /* of versions, by name; the value may be NULL */
  GHashTable *stamps; /* (element-type utf8 ConfsyncStamp): of versions, by hash */
  GHashTable *edits;  /* (element-type utf8 ConfsyncDocument): files, by the hash of what they say,
                       * that were handed out as edits and have no version yet */

  guint saving;               /* saves under way */
  guint saving_again;         /* those among them that nobody asked for */
  ConfsyncDocument *written;  /* (owned) (nullable): what the last of them writes */
  gboolean saved;             /* in this life */
  GQueue befores;             /* of ConfsyncLocalBefore: files that saves replaced, newest first */
  gboolean complained;        /* that the notes can't be saved */
  gboolean stuck;             /* the last save failed */
};

/* A file that a save replaced. Who had it open may save it still, after the next one too. */
typedef struct
{
  ConfsyncDocument *file;  /* (owned) (nullable): there was none */
  ConfsyncLocalView *view; /* (owned): by which it was read */
  char *hash;             /* (nullable): of what it said */
  ConfsyncStamp *stamp;   /* (owned) (nullable) */
} ConfsyncLocalBefore;

void confsync_local_before_free (ConfsyncLocalBefore *self);

/* one call under way */
typedef struct
{
  ConfsyncLocalStore *self; /* (owned) */
  GTask *task;              /* (owned) */
  ConfsyncDocument *document; /* (owned) (nullable) */
  ConfsyncStamp *stamp;       /* (owned) (nullable) */
  gint64 modified;
  char *name; /* (owned) (nullable) */
  char *hash; /* (owned) (nullable) */
} ConfsyncLocalCall;

ConfsyncLocalCall *confsync_local_call_new (ConfsyncLocalStore *self, GTask *task);
void confsync_local_call_free (ConfsyncLocalCall *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ConfsyncLocalCall, confsync_local_call_free)

extern const ConfsyncStoreShortcuts confsync_local_store_shortcuts;

/* Reading */
void confsync_local_store_load (ConfsyncLocalStore *self, GTask *task);
gboolean confsync_local_store_load_at_hand (ConfsyncStore *store,
                                            ConfsyncDocument **document,
                                            gint64 *modified,
                                            GError **error);
void confsync_local_store_list_versions (ConfsyncLocalStore *self, GTask *task);
void confsync_local_store_get_version (ConfsyncLocalStore *self, const char *name, GTask *task);
void confsync_local_store_note_versions (ConfsyncLocalStore *self, GPtrArray *versions);

/* Writing; @task (nullable) gets the answer */
void confsync_local_store_save (ConfsyncLocalStore *self,
                                ConfsyncRevision *revision,
                                ConfsyncDocument *expected,
                                GTask *task);
void confsync_local_store_save_version (ConfsyncLocalStore *self,
                                        ConfsyncRevision *revision,
                                        ConfsyncCause cause,
                                        GTask *task);
void confsync_local_store_displaced_cb (ConfsyncStore *store,
                                        ConfsyncDocument *live,
                                        gpointer user_data);

/* What follows when the ledger has changed: lines for a person, notes to save, a file to write. In
 * the store's own context, now or later. */
void confsync_local_store_follow_up (ConfsyncLocalStore *self);

G_END_DECLS
