/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Which edit wrote which value of a member, and what that edit knew. Where everybody merges, a
 * member never goes back to a value that somebody replaced who knew it. Members that aren't inside
 * of anything are looked at: elsewhere, a conflict further up may decide.
 */

#pragma once

#include "confsync-document.h"
#include "sim-edits.h"

G_BEGIN_DECLS

#define SIM_MEMBERS 5

typedef struct
{
  gboolean judging;
  SimEdits knows[SIM_EDITS_MAX]; /* of each edit: what it was made on */
  SimEdits blurred;              /* those that claim less than they knew */
  SimEdits written[SIM_MEMBERS]; /* the edits that changed a member, and the blurred ones */
  char *values[SIM_MEMBERS][SIM_EDITS_MAX]; /* (owned): what they made of it */
} SimMembers;

void sim_members_clear (SimMembers *self);

/* @edit, which made @document of @base, knew @knows. Without a base (nullable), somebody decided
 * about every member. */
void sim_members_note (SimMembers *self,
                       guint edit,
                       const SimEdits *knows,
                       ConfsyncDocument *base,
                       ConfsyncDocument *document);

/* The same edit claims less than it knew, since it was found late, or in a file whose past was
 * lost: it counts as if it had written all that it has, without knowing what that was before. */
void sim_members_blur (SimMembers *self, guint edit, ConfsyncDocument *document);

/* The member of a content with these edits in it that went back (nullable). */
const char *sim_members_judge (SimMembers *self,
                               const SimEdits *edits,
                               ConfsyncDocument *document);

G_END_DECLS
