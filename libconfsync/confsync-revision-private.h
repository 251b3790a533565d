/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * The order of revisions: what wins, and what a node compares. See the rules in the docs: the
 * total order extends the pointwise one, or nodes would exchange for ever.
 */

#pragma once

#include "confsync-revision.h"

G_BEGIN_DECLS

/* @conflicts (nullable): of ConfsyncOpenConflict; not changed any more. See
 * confsync-conflict-list-private.h. They are no part of what the revision is named by. */
ConfsyncRevision *confsync_revision_new_open (ConfsyncDocument *document,
                                              ConfsyncStamp *stamp,
                                              GPtrArray *conflicts);
/* (borrowed) (nullable) */
GPtrArray *confsync_revision_get_conflicts (ConfsyncRevision *self);
/* For a store: @live is what lies in the file, with local members laid over what is shared, which
 * the hash is of. */
ConfsyncRevision *confsync_revision_new_laid (ConfsyncDocument *live,
                                              ConfsyncStamp *stamp,
                                              const char *shared_hash);

/* What a revision is named by between nodes: its vector and its hash. One string, made at first
 * use and kept. */
const char *confsync_revision_get_key (ConfsyncRevision *self);
char *confsync_stamp_make_key (ConfsyncStamp *stamp, const char *hash);
/* For tables of keys, which are long: as g_str_hash(), but eight bytes at a time. */
guint confsync_key_hash (gconstpointer key);

/* Vector and hash are the same. */
gboolean confsync_revision_same (ConfsyncRevision *a, ConfsyncRevision *b);

/* The total order, as far as stamps alone tell; 0 where only the content can. */
int confsync_stamp_compare_total (ConfsyncStamp *a, ConfsyncStamp *b);

/* The winner with its own stamp; two initials join their vectors, to count who holds it. */
ConfsyncRevision *confsync_revision_pick (ConfsyncRevision *a, ConfsyncRevision *b);

/* Two equal contents: the winner's stamp with both vectors joined. */
ConfsyncRevision *confsync_revision_join (ConfsyncRevision *a, ConfsyncRevision *b);

G_END_DECLS
