/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * What a machine with local members has to remember: their values, how the live file is to be read,
 * and how files were to be read that are kept as versions. Pure: it is told what was read and what
 * was written. A part of it goes into the engine's notes and survives a restart.
 *
 * Three documents meet here. *live* is what lies in the file. *shared* is what the file says to the
 * others. *accepted* is the shared document that the engine has; mostly it is the same.
 */

#pragma once

#include "confsync-local-view-private.h"
#include "confsync-stamp.h"

G_BEGIN_DECLS

typedef struct _ConfsyncLocalLedger ConfsyncLocalLedger;

ConfsyncLocalLedger *confsync_local_ledger_new (ConfsyncLocalMembers *members);
void confsync_local_ledger_free (ConfsyncLocalLedger *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ConfsyncLocalLedger, confsync_local_ledger_free)

/* The engine's notes, in and out: ours are taken from among them, and put among them. */
ConfsyncDocument *confsync_local_ledger_restore (ConfsyncLocalLedger *self,
                                                 ConfsyncDocument *notes);
ConfsyncDocument *confsync_local_ledger_save (ConfsyncLocalLedger *self, ConfsyncDocument *notes);
/* Whether there is anything to do: a member is named, or was, as the notes tell. */
gboolean confsync_local_ledger_is_active (ConfsyncLocalLedger *self);
/* Whether ours would be other notes than those that were saved last. */
gboolean confsync_local_ledger_is_dirty (ConfsyncLocalLedger *self);

/* Before the first file is read: the hash of the version that tells what others have at a member
 * that was not local before, or NULL; and that version's document. */
const char *confsync_local_ledger_get_wanted (ConfsyncLocalLedger *self);
void confsync_local_ledger_supply (ConfsyncLocalLedger *self, ConfsyncDocument *version);

/* A file was read: gives what it says to the others. @stamp (nullable) was written with exactly
 * this file. */
ConfsyncDocument *confsync_local_ledger_take (ConfsyncLocalLedger *self,
                                              ConfsyncDocument *live,
                                              ConfsyncStamp *stamp);
/* An edit that is no file any more, made on @base (nullable), or the file's expected content. Only
 * its local members are taken. */
void confsync_local_ledger_collect (ConfsyncLocalLedger *self,
                                    ConfsyncDocument *base,
                                    ConfsyncDocument *live);
/* What such an edit says to the others; {} where that is nothing. */
ConfsyncDocument *confsync_local_ledger_read (ConfsyncLocalLedger *self, ConfsyncDocument *live);
/* The same of one that was made on a file of which this was the view. */
ConfsyncDocument *confsync_local_ledger_read_by (ConfsyncLocalLedger *self,
                                                 ConfsyncLocalView *view,
                                                 ConfsyncDocument *live);
/* (nullable): what was read or written last */
ConfsyncDocument *confsync_local_ledger_get_live (ConfsyncLocalLedger *self);
/* By which that is read. */
ConfsyncLocalView *confsync_local_ledger_get_view (ConfsyncLocalLedger *self);

/* What a file would hold that says this. */
ConfsyncDocument *confsync_local_ledger_lay (ConfsyncLocalLedger *self, ConfsyncDocument *shared);
/* What an application that sees files as they are laid makes of one: its local members are taken,
 * the rest is given. */
ConfsyncDocument *confsync_local_ledger_split (ConfsyncLocalLedger *self,
                                               ConfsyncDocument *document);
/* What is believed to lie in the file where it says this (nullable: nothing): what was read or
 * written last, if it does. */
ConfsyncDocument *confsync_local_ledger_expect (ConfsyncLocalLedger *self,
                                                ConfsyncDocument *shared);

/* A file that says this will be written: whether the notes have to be saved before. */
gboolean confsync_local_ledger_announce (ConfsyncLocalLedger *self, ConfsyncDocument *shared);
/* It was written. */
void confsync_local_ledger_wrote (ConfsyncLocalLedger *self,
                                  ConfsyncDocument *live,
                                  ConfsyncDocument *shared,
                                  ConfsyncStamp *stamp);
/* The engine keeps a version; where it is what the file says, the file is an edit laid on that. */
void confsync_local_ledger_kept (ConfsyncLocalLedger *self, ConfsyncDocument *shared);
/* The engine saves these notes: their head is what it has accepted. */
void confsync_local_ledger_note_head (ConfsyncLocalLedger *self, ConfsyncDocument *notes);

/* Whether the file holds other local members than it should: gives what it says and its stamp, with
 * which it is to be written again. FALSE also while that stamp is not known. */
gboolean confsync_local_ledger_is_stale (ConfsyncLocalLedger *self,
                                         ConfsyncDocument **shared,
                                         ConfsyncStamp **stamp);
/* Whether members that are local no more lie in the file: it is kept as a version first. */
gboolean confsync_local_ledger_is_retiring (ConfsyncLocalLedger *self);

/* The stamp of the shared document that the engine has accepted, if it is this one. */
ConfsyncStamp *confsync_local_ledger_get_stamp (ConfsyncLocalLedger *self, const char *hash);

/* What a version's file says, @hash (nullable) being the version's. Where nothing that is known
 * gives this hash, the document without anything that is or was local. */
ConfsyncDocument *confsync_local_ledger_recover (ConfsyncLocalLedger *self,
                                                 ConfsyncDocument *version,
                                                 const char *hash);

/* The next line for a person, or NULL. */
char *confsync_local_ledger_pop_notice (ConfsyncLocalLedger *self);

G_END_DECLS
