/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * What has to be known of local members after a restart, and its place among the engine's notes.
 */

#pragma once

#include "confsync-local-view-private.h"
#include "confsync-stamp.h"

G_BEGIN_DECLS

typedef struct
{
  ConfsyncJson *values;    /* (owned): an object, pointer to value */
  ConfsyncLocalView *view; /* (owned): by which the file is read */
  /* (owned) (nullable): by which it is read before, as it was written when others were local */
  ConfsyncLocalView *stale;
  ConfsyncLocalView *next; /* (owned) (nullable): of a save that may be under way */
  char *next_hash;         /* (nullable): of what that file will say */
  GPtrArray *past;         /* of ConfsyncLocalView, newest first: of files that are versions now */
} ConfsyncLocalNotes;

void confsync_local_notes_init (ConfsyncLocalNotes *self, ConfsyncLocalMembers *members);
void confsync_local_notes_clear (ConfsyncLocalNotes *self);

/* Takes ours out of the engine's @notes, if they are there and of use. The view that they have is
 * stale where it has other members than @members. */
gboolean confsync_local_notes_restore (ConfsyncLocalNotes *self,
                                       ConfsyncLocalMembers *members,
                                       ConfsyncDocument *notes);
ConfsyncDocument *confsync_local_notes_strip (ConfsyncDocument *notes);
ConfsyncDocument *confsync_local_notes_add_to (ConfsyncLocalNotes *self, ConfsyncDocument *notes);

/* Among the past ones, within bounds. FALSE where it was there. */
gboolean confsync_local_notes_remember (ConfsyncLocalNotes *self, ConfsyncLocalView *view);
/* (transfer full): all that there are */
GPtrArray *confsync_local_notes_list_views (ConfsyncLocalNotes *self);

/* of the engine's own notes; NULL where there is none */
char *confsync_local_notes_dup_head_hash (ConfsyncDocument *notes);
ConfsyncStamp *confsync_local_notes_dup_head_stamp (ConfsyncDocument *notes);

G_END_DECLS
