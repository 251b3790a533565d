/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * One conflict that is decided region by region: its parts, each a question to a resolver of its
 * own, and the answer that is made of theirs. It knows nothing of where the rules come from.
 */

#pragma once

#include "confsync-regions-private.h"
#include "confsync-resolver.h"

G_BEGIN_DECLS

/* Answers @conflict, which has a base, now or once the last resolver has answered.
 * @resolvers has one for each of @regions; %NULL is the last write wins. @owner owns both and is
 * kept meanwhile. */
void confsync_policy_decide (ConfsyncConflict *conflict, ConfsyncRegions *regions,
                             GPtrArray *resolvers, gpointer owner);

/* The side that wins by the total order. */
gboolean confsync_policy_local_wins (ConfsyncConflict *conflict);
void confsync_policy_take_winner (ConfsyncConflict *conflict);

G_END_DECLS
