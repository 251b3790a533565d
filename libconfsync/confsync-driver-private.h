/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Runs the replica of one document: turns what the watcher, the store and the node say into events,
 * and carries actions out in order. What happened goes to the manager as signals.
 */

#pragma once

#include "confsync-node-private.h"
#include "confsync-peer-status.h"
#include "confsync-replica-private.h"
#include "confsync-reporter-private.h"
#include "confsync-resolver.h"
#include "confsync-settlement-private.h"
#include "confsync-store.h"
#include "confsync-watcher.h"

G_BEGIN_DECLS

#define CONFSYNC_TYPE_DRIVER (confsync_driver_get_type ())
G_DECLARE_FINAL_TYPE (ConfsyncDriver, confsync_driver, CONFSYNC, DRIVER, GObject)

/* Signals, in the manager's thread:
 *   event (int level, const char *kind, GVariant *details)
 *   changed (ConfsyncRevision *now, ConfsyncRevision *before (nullable), gboolean local)
 *   status-changed ()  what the functions below tell of it may have changed
 *   trial-changed (ConfsyncRevision *revision (nullable))  it is on trial from now on; nothing is
 *   conflicts-changed ()  likewise what waits for a person: conflicts, and a local edit */
ConfsyncDriver *confsync_driver_new (ConfsyncNode *node,
                                     const char *name,
                                     const char *path,
                                     ConfsyncStore *store,
                                     ConfsyncWatcher *watcher,
                                     ConfsyncResolver *resolver,
                                     const ConfsyncJsonLimits *limits);

/* Before the start: which way edits go, and what becomes of the file that is found. */
void confsync_driver_set_manners (ConfsyncDriver *self, ConfsyncRole role, ConfsyncJoin join);

/* Before the start: who says whether @document, a whole live configuration, may become that.
 * @author is %NULL for an edit made here. Gives a reason why not (transfer full), or %NULL. @wants
 * tells whether anybody would say anything, which saves putting documents together. */
typedef char *(*ConfsyncDriverAsk) (ConfsyncDocument *document,
                                    const char *author,
                                    gpointer user_data);
typedef gboolean (*ConfsyncDriverWants) (gpointer user_data);
void confsync_driver_set_validation (ConfsyncDriver *self,
                                     ConfsyncDriverAsk ask,
                                     ConfsyncDriverWants wants,
                                     gpointer user_data);
/* The answers may be others by now. */
void confsync_driver_validation_changed (ConfsyncDriver *self);

/* Before the start: how long what others made is on trial (0: not at all), and who goes back where
 * it isn't confirmed. */
void confsync_driver_set_trials (ConfsyncDriver *self,
                                 guint timeout_ms,
                                 ConfsyncConfirmScope scope);
/* What the application says of what is on trial, unless that is another than @hash (nullable) by
 * now; @reason is nullable. */
gboolean confsync_driver_confirm (ConfsyncDriver *self, const char *hash, GError **error);
gboolean confsync_driver_reject (ConfsyncDriver *self,
                                 const char *hash,
                                 const char *reason,
                                 GError **error);
/* Hash of what is on trial, who made it and when the trial ends, in µs since the Unix epoch
 * (borrowed); %NULL for nothing. */
const char *confsync_driver_get_trial (ConfsyncDriver *self, const char **author, gint64 *until);

void confsync_driver_start_async (ConfsyncDriver *self,
                                  GCancellable *cancellable,
                                  GAsyncReadyCallback callback,
                                  gpointer user_data);
gboolean confsync_driver_start_finish (ConfsyncDriver *self, GAsyncResult *result, GError **error);

/* Before a stop, while signals are still heard. */
void confsync_driver_tell_all (ConfsyncDriver *self);
/* After it, nothing is emitted; what is under way in the store is finished first. */
void confsync_driver_stop_async (ConfsyncDriver *self,
                                 GAsyncReadyCallback callback,
                                 gpointer user_data);
gboolean confsync_driver_stop_finish (ConfsyncDriver *self, GAsyncResult *result, GError **error);

/* Whether the start has got as far as there being a replica. */
gboolean confsync_driver_is_started (ConfsyncDriver *self);
ConfsyncRevision *confsync_driver_get_head (ConfsyncDriver *self);

/* A whole document from elsewhere: what stays on this machine stays as it is, but for what the
 * document itself says of it (transfer full). */
ConfsyncDocument *confsync_driver_keep_local (ConfsyncDriver *self,
                                              ConfsyncDocument *document,
                                              GError **error);

/* Makes @document the configuration: an edit like any other. Ends @task with a boolean; if it is
 * TRUE, the task's data is what the others get (ConfsyncDocument). */
void confsync_driver_set (ConfsyncDriver *self,
                          ConfsyncDocument *document,
                          gboolean allow_empty,
                          GTask *task);

/* The same, unless the head is another one than that of the hash @expected (nullable: none). */
void confsync_driver_replace (ConfsyncDriver *self,
                              const char *expected,
                              ConfsyncDocument *document,
                              gboolean allow_empty,
                              GTask *task);

/* Makes the older content @shared, without what stays on this machine, the configuration again: a
 * new edit of the head, kept with the cause rollback. @name (nullable) is what people know it by.
 * Ends @task as above. */
void confsync_driver_rollback (ConfsyncDriver *self,
                               ConfsyncDocument *shared,
                               const char *name,
                               GTask *task);
/* Puts the configuration back where the live file is missing, empty or no configuration. Ends @task
 * with whether it had to. */
void confsync_driver_restore (ConfsyncDriver *self, GTask *task);

/* Of ConfsyncOpenConflict (transfer full). */
GPtrArray *confsync_driver_list_conflicts (ConfsyncDriver *self);
/* What a person decided. @settlement, which gets the hash of what came of it, stays until @task has
 * ended, with a boolean. */
void confsync_driver_settle (ConfsyncDriver *self, ConfsyncSettlement *settlement, GTask *task);
/* Whether the live configuration was edited where that goes nowhere; puts back what others have. */
gboolean confsync_driver_is_edited_here (ConfsyncDriver *self);
void confsync_driver_revert_local (ConfsyncDriver *self, GTask *task);
/* An edit in the next epoch. */
void confsync_driver_reset_clock (ConfsyncDriver *self, GTask *task);

/* Ends @task with TRUE once every live peer holds the head. */
void confsync_driver_sync (ConfsyncDriver *self, GTask *task);

/* How the other end of a link of the node stands to the document. @reason is borrowed. */
ConfsyncSyncState confsync_driver_get_sync_state (ConfsyncDriver *self,
                                                  const char *link,
                                                  const char **reason);
/* What is wrong with the live configuration. @reason is borrowed. */
ConfsyncProblem confsync_driver_get_problem (ConfsyncDriver *self, const char **reason);
/* Why the store fails (borrowed); %NULL where it works. */
const char *confsync_driver_get_degraded (ConfsyncDriver *self);
guint confsync_driver_get_version_count (ConfsyncDriver *self);
/* Hands to the store what waits to be kept: what is asked of the store from now on comes after. */
void confsync_driver_write_out (ConfsyncDriver *self);

G_END_DECLS
