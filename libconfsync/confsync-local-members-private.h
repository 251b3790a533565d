/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Which members of a configuration stay on their machine, and how two documents are told apart by
 * that: the *shared* one, which is the same everywhere, and the *live* one, which has the members
 * of this machine laid over it. Pure and immutable; knows no file and no store.
 *
 * The law: read (write (shared, any values), shared) is shared. And no value of a local member of
 * the live document is ever in what read gives.
 */

#pragma once

#include "confsync-document.h"

G_BEGIN_DECLS

#define CONFSYNC_LOCAL_MEMBERS_MAX 256

typedef struct _ConfsyncLocalMembers ConfsyncLocalMembers;

/* @pointers (nullable) are JSON Pointers; a repeated one counts once. Fails with
 * CONFSYNC_ERROR_INVALID_POINTER for what is none, for the whole document, for a place in an array
 * and for one inside another. */
ConfsyncLocalMembers *confsync_local_members_new (const char *const *pointers, GError **error);
/* those that both name */
ConfsyncLocalMembers *confsync_local_members_new_common (ConfsyncLocalMembers *a,
                                                         ConfsyncLocalMembers *b);
ConfsyncLocalMembers *confsync_local_members_ref (ConfsyncLocalMembers *self);
void confsync_local_members_unref (ConfsyncLocalMembers *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ConfsyncLocalMembers, confsync_local_members_unref)

/* sorted, %NULL at the end */
const char *const *confsync_local_members_get_pointers (ConfsyncLocalMembers *self);
guint confsync_local_members_get_length (ConfsyncLocalMembers *self);
gboolean confsync_local_members_has (ConfsyncLocalMembers *self, const char *pointer);
gboolean confsync_local_members_equal (ConfsyncLocalMembers *self, ConfsyncLocalMembers *other);

/* Live to shared: each member takes what @shared (nullable: nothing) has there. An object on the
 * way to a member that @shared lacks and that holds nothing else is left out. */
ConfsyncDocument *confsync_local_members_read (ConfsyncLocalMembers *self,
                                               ConfsyncDocument *live,
                                               ConfsyncDocument *shared);

/* Shared to live: each member takes its value of @values (an object, pointer to value) or goes. An
 * object that is missing on the way is made; where something else is in the way the value waits. */
ConfsyncDocument *confsync_local_members_write (ConfsyncLocalMembers *self,
                                                ConfsyncDocument *shared,
                                                ConfsyncJson *values);

/* As much of a shared document as read looks at: what it has at the members, which objects it has
 * on the way there, and null for anything else on the way. */
ConfsyncDocument *confsync_local_members_project (ConfsyncLocalMembers *self,
                                                  ConfsyncDocument *shared);

/* What a document has at a pointer, or %NULL. Never looks into arrays. */
ConfsyncJson *confsync_local_members_get (ConfsyncLocalMembers *self,
                                          ConfsyncDocument *document,
                                          guint index);
/* Whether nothing but objects, and missing ones, are on the way to a member. */
gboolean confsync_local_members_has_room (ConfsyncLocalMembers *self,
                                          ConfsyncDocument *document,
                                          guint index);
/* Whether the way to a member leads through an array, so that it names nothing. */
gboolean confsync_local_members_is_in_array (ConfsyncLocalMembers *self,
                                             ConfsyncDocument *document,
                                             guint index);

G_END_DECLS
