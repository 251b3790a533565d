/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Which contents the engine still needs, whatever retention thinks of their versions: the saved
 * state names them, in a member of its own that every store may read.
 */

#pragma once

#include "confsync-document.h"
#include "confsync-json-builder-private.h"

G_BEGIN_DECLS

/* Adds the member: @hashes are told once each. */
void confsync_needed_build (const char *const *hashes, ConfsyncJsonBuilder *builder);

/* A set of hashes; empty where the state (nullable) names none. */
GHashTable *confsync_needed_new (ConfsyncDocument *state);

G_END_DECLS
