/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * The values that somebody gave to the local members of one file, in the order in which that
 * happened, and since when each of them must not be lost any more. Nobody but the checks knows it.
 */

#pragma once

#include "confsync-local-members-private.h"

G_BEGIN_DECLS

/* how each local value that is made up begins, so that it is found wherever it gets */
#define SIM_SECRET "secret-"

typedef struct
{
  ConfsyncLocalMembers *members; /* (owned) */
  GArray *written;               /* of what was written, oldest first */
  guint *settled; /* by member: how much of that is older than what has to be there */
} SimValues;

SimValues *sim_values_new (ConfsyncLocalMembers *members);
SimValues *sim_values_copy (const SimValues *self);
void sim_values_free (SimValues *self);

/* Somebody made @after of @before (nullable). */
void sim_values_note (SimValues *self, ConfsyncDocument *before, ConfsyncDocument *after);
/* What @live has is safe by now. */
void sim_values_settle (SimValues *self, ConfsyncDocument *live);
/* The first member that has neither the value that was safe, nor a later one; or %NULL. */
const char *sim_values_find_lost (SimValues *self, ConfsyncDocument *live);
/* A document like @live with another value of one member, or without it; @number is new. */
ConfsyncDocument *sim_values_change (SimValues *self,
                                     ConfsyncDocument *live,
                                     guint member,
                                     gboolean remove,
                                     const char *owner,
                                     guint number);

G_END_DECLS
