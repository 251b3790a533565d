/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * What two revisions were made from: those that both include, as far as they are known, and one
 * content that stands for all of them. Where two instances merged the same edits in another order,
 * there are several that none of the others includes.
 *
 * Nothing here depends on which of the two is the local one, nor on the order in which revisions
 * became known: whoever knows the same ones comes to the same base.
 */

#pragma once

#include "confsync-revision.h"

G_BEGIN_DECLS

/* Those that a base is made from, with those that these were made from. */
#define CONFSYNC_BASES_MAX 16
/* What merging them may cost: beyond this, the strongest one stands for the others. */
#define CONFSYNC_BASES_MERGES_MAX 32

/* The greatest of @known (of ConfsyncRevision) that both include: the strongest first (transfer
 * full) (element-type ConfsyncRevision) */
GPtrArray *confsync_bases_find (GPtrArray *known, ConfsyncStamp *a, ConfsyncStamp *b);

/* Whether @bases together include all that both do. */
gboolean confsync_bases_are_whole (GPtrArray *bases, ConfsyncStamp *a, ConfsyncStamp *b);

/* The base of two sides: the greatest one that both include, or what stands for several (transfer
 * full) (nullable): nothing is known */
ConfsyncRevision *confsync_bases_make (GPtrArray *known, ConfsyncRevision *a, ConfsyncRevision *b);

/* A revision by name, for who has too many to read all of them. */
typedef struct
{
  ConfsyncStamp *stamp; /* (nullable): then it is passed over */
  const char *hash;
} ConfsyncBaseName;

/* Which of @names are needed to make the base: the greatest that both include, then, where these
 * are several, what each two of those were made from, and so on (transfer full) (element-type
 * guint): numbers in @names, at most CONFSYNC_BASES_MAX */
GArray *confsync_bases_select (const ConfsyncBaseName *names,
                               guint n_names,
                               ConfsyncStamp *a,
                               ConfsyncStamp *b);

/* The same from revisions (transfer full) (element-type ConfsyncRevision) */
GPtrArray *confsync_bases_gather (GPtrArray *known, ConfsyncStamp *a, ConfsyncStamp *b);

/*< inside >*/

/* The greatest that are less than both (transfer full) (element-type ConfsyncRevision) */
GPtrArray *confsync_bases_find_below (GPtrArray *known, ConfsyncStamp *a, ConfsyncStamp *b);

/* A merge of @bases, each with what it and those before it were made from; @merges counts. */
ConfsyncJson *confsync_bases_merge (GPtrArray *known, GPtrArray *bases, guint *merges);

/* @base, changed where what a merge of @one and @other would find is no conflict: one side has what
 * lost to the base's value when that was merged, and knew it, and the other made something new of
 * it. See confsync-bases-past.c. */
ConfsyncJson *confsync_bases_settle (GPtrArray *known,
                                     GPtrArray *bases,
                                     ConfsyncJson *base,
                                     ConfsyncJson *one,
                                     ConfsyncJson *other);

G_END_DECLS
