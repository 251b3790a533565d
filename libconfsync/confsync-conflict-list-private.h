/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * The open conflicts that travel with a revision: for each of them, the winner's value stands in
 * the content for the time being. A list is immutable; %NULL is an empty one.
 */

#pragma once

#include "confsync-open-conflict-private.h"
#include "confsync-revision.h"

G_BEGIN_DECLS

#define CONFSYNC_CONFLICT_LIST_MAX 64
/* Of all its values, pointers and vectors, as text. */
#define CONFSYNC_CONFLICT_LIST_MAX_BYTES (256 * 1024)

/* What an edit that made @document of a content with this list (nullable) leaves open: where it
 * changed the value, it decided. @without (nullable) is the id of one that is settled otherwise. */
GPtrArray *confsync_conflict_list_inherit (GPtrArray *list,
                                           ConfsyncDocument *document,
                                           const char *without);

/* What @document, made of both, leaves open. What one side lists and the other one settled, though
 * it includes both sides of it, is settled. */
GPtrArray *confsync_conflict_list_join (ConfsyncRevision *a,
                                        ConfsyncRevision *b,
                                        ConfsyncDocument *document);

/* The winner's value at @pointer stands, the loser's waits. Gives a list with that one more; takes
 * @list (nullable). A later edit on a side of a conflict that is listed changes that one. Where
 * there is no room, the list stays as it is; then it gives %FALSE in @added. */
GPtrArray *confsync_conflict_list_add (GPtrArray *list,
                                       const char *pointer,
                                       ConfsyncRevision *base,
                                       ConfsyncRevision *winner,
                                       ConfsyncRevision *loser,
                                       const char *reason,
                                       gboolean *added);

/* (borrowed) (nullable) */
ConfsyncOpenConflict *confsync_conflict_list_find (GPtrArray *list, const char *id);

/* Adds it as an array, where a value is due. */
void confsync_conflict_list_build (GPtrArray *list, ConfsyncJsonBuilder *builder);
/* FALSE where @json is none; an empty one gives %NULL. */
gboolean confsync_conflict_list_read (ConfsyncJson *json, GPtrArray **list, GError **error);

G_END_DECLS
