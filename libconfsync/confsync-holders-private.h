/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Who holds what: for each instance that was met, the content that it last acknowledged. That is
 * what both will have been made from when it comes back, so its version is needed until then.
 */

#pragma once

#include "confsync-document.h"
#include "confsync-json-builder-private.h"

G_BEGIN_DECLS

/* Of more instances than this, those that were heard of longest ago are forgotten. */
#define CONFSYNC_HOLDERS_MAX 64

typedef struct _ConfsyncHolders ConfsyncHolders;

ConfsyncHolders *confsync_holders_new (void);
void confsync_holders_free (ConfsyncHolders *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ConfsyncHolders, confsync_holders_free)

/* Whether that is news. */
gboolean confsync_holders_note (ConfsyncHolders *self, const char *id, const char *hash);

/* The state's member `holders`: an object, id to hash. */
void confsync_holders_build (ConfsyncHolders *self, ConfsyncJsonBuilder *builder);
/* What is no such thing is left out. */
void confsync_holders_restore (ConfsyncHolders *self, ConfsyncDocument *state);

/* Adds their hashes, as the state has them, to a set. */
void confsync_holders_add_needed (ConfsyncDocument *state, GHashTable *needed);

G_END_DECLS
