/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * A node some members of which are local: between it and its disk stands the library's own store
 * with local members. Nodes without any do without it.
 */

#pragma once

#include "confsync-local-store.h"
#include "sim-node.h"
#include "sim-store.h"
#include "sim-values.h"

G_BEGIN_DECLS

struct _SimLocal
{
  SimNode *node;
  SimStore *store;           /* (owned): the disk */
  ConfsyncLocalStore *local; /* (owned): before it */
};

/* For one life. */
SimLocal *sim_local_new (SimNode *node);
void sim_local_free (SimLocal *self);
/* Answers whoever waits for a store. */
void sim_local_pump (SimWorld *world);

/* At the start, which waits for it. All may be %NULL. */
ConfsyncJson *sim_local_load_state (SimLocal *self);
ConfsyncDocument *sim_local_load (SimLocal *self);
/* The shared part of a version; its number is that of the disk. */
ConfsyncDocument *sim_local_get_version (SimLocal *self, guint number);

/* What a node has its disk do. */
void sim_local_keep (SimLocal *self, ConfsyncRevision *revision);
void sim_local_persist (SimLocal *self, ConfsyncJson *state);
void sim_local_apply (SimLocal *self, ConfsyncRevision *revision, ConfsyncDocument *expected);
/* The watcher saw something. */
void sim_local_notice (SimLocal *self);
/* A file was found that nobody had seen. */
void sim_local_displace (SimLocal *self, ConfsyncDocument *live, const SimEdits *edits);

/* Whoever edits the file changes what is shared, what stays here, or both. */
ConfsyncDocument *sim_local_make_edit (SimNode *node, SimDice *dice, ConfsyncDocument *live);
/* What such a file says to the others, where its place holds @shared (nullable) so far. */
ConfsyncDocument *sim_local_read (SimNode *node, ConfsyncDocument *live, ConfsyncDocument *shared);

/* What has to hold. */
void sim_local_check (SimNode *node);
/* Nothing of what is local may be in it. */
void sim_local_check_message (SimNode *node, GBytes *bytes);

G_END_DECLS
