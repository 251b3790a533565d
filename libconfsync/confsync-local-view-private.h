/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * How to read a file that was written with local members laid over it: which members these were,
 * and what the shared document has there. Immutable. It holds nothing local, so it may be kept as
 * long as any file that it reads.
 */

#pragma once

#include "confsync-json-builder-private.h"
#include "confsync-local-members-private.h"

G_BEGIN_DECLS

typedef struct _ConfsyncLocalView ConfsyncLocalView;

/* @shared (nullable: empty): of which only what read looks at is kept */
ConfsyncLocalView *confsync_local_view_new (ConfsyncLocalMembers *members,
                                            ConfsyncDocument *shared);
ConfsyncLocalView *confsync_local_view_ref (ConfsyncLocalView *self);
void confsync_local_view_unref (ConfsyncLocalView *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ConfsyncLocalView, confsync_local_view_unref)

ConfsyncLocalMembers *confsync_local_view_get_members (ConfsyncLocalView *self);
ConfsyncDocument *confsync_local_view_get_shared (ConfsyncLocalView *self);
gboolean confsync_local_view_equal (ConfsyncLocalView *self, ConfsyncLocalView *other);
/* as confsync_local_members_read () */
ConfsyncDocument *confsync_local_view_read (ConfsyncLocalView *self, ConfsyncDocument *live);

/* As members of the object that is open; %NULL for what such members don't tell. */
void confsync_local_view_build (ConfsyncLocalView *self, ConfsyncJsonBuilder *builder);
ConfsyncLocalView *confsync_local_view_new_from_json (ConfsyncJson *json);

G_END_DECLS
