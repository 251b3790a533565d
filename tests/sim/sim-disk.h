/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * The disk of a node: the live configuration, the versions, the state. What is asked of it is done
 * one after the other, and takes its time; in a crash, what is not done is forgotten. With local
 * members, files and versions hold them, and a version is known by what it shares.
 */

#pragma once

#include "confsync-revision-private.h"
#include "confsync-version.h"
#include "sim-edits.h"
#include "sim-values.h"

G_BEGIN_DECLS

typedef struct _SimWorld SimWorld;
typedef struct _SimNode SimNode;

typedef struct
{
  SimNode *node;

  ConfsyncDocument *live;    /* (owned) (nullable) */
  ConfsyncDocument *shared;  /* (owned) (nullable): what that says to the others */
  SimValues *values;         /* (owned) (nullable): of local members; nobody sees them */
  SimEdits live_edits;       /* what the live content was made on, and itself */
  ConfsyncStamp *live_stamp; /* (owned) (nullable): saved with this content */
  gint64 modified;
  ConfsyncDocument *edited; /* (owned) (nullable): what the newest edits began from, if that was
                               the head */
  gboolean base_is_lost; /* it crashed before the disk knew what the live content is, */
  SimEdits base_edits;   /* and takes it for something made on these */
  gboolean starts;  /* it is read for the first time in this life */
  gboolean unnoted; /* likewise, so that how the file is to be read is not known for sure */
  gboolean bare; /* an edit of local members alone took its stamp away */

  ConfsyncJson *state; /* (owned) (nullable) */
  GHashTable *kept;    /* hash of what is shared to ConfsyncDocument: its versions */
  GPtrArray *versions; /* of ConfsyncRevision: the same, oldest first */
  GPtrArray *strays;   /* came out of an exchange, and nobody looked at it yet */

  SimEdits displaced_edits; /* of what came to light last */

  /* what is under way */
  GQueue work;      /* of Work: the first one is being done */
  gboolean unsaved; /* the state has to be written */
  gboolean waits;   /* until what was sent is on its way */
  GQueue unwritten; /* of ConfsyncRevision: versions that wait with it */
} SimDisk;

/* @document is nullable. */
void sim_disk_init (SimDisk *self, SimNode *node, ConfsyncDocument *document);
void sim_disk_clear (SimDisk *self);
/* Makes it the same as another one, as a backup or a clone does. */
void sim_disk_copy (SimDisk *self, const SimDisk *from);

/* A writer replaces the live configuration, which says @shared to the others; @stamp is
 * nullable. */
void sim_disk_set_live (SimDisk *self,
                        ConfsyncDocument *document,
                        ConfsyncDocument *shared,
                        const SimEdits *edits,
                        ConfsyncStamp *stamp);
/* It says something else to the others than was thought. */
void sim_disk_set_shared (SimDisk *self, ConfsyncDocument *shared);
/* Somebody is about to edit the live configuration; @head is nullable. */
void sim_disk_note_edited (SimDisk *self, ConfsyncRevision *head);
void sim_disk_keep (SimDisk *self, ConfsyncRevision *revision);
void sim_disk_persist (SimDisk *self);
/* @expected is nullable. */
void sim_disk_apply (SimDisk *self, ConfsyncRevision *revision, ConfsyncDocument *expected);

/* The same for a store, which is answered in the main context when it is done. */
void sim_disk_load (SimDisk *self, GTask *task);
void sim_disk_save (SimDisk *self,
                    ConfsyncRevision *revision,
                    ConfsyncDocument *expected,
                    GTask *task);
void sim_disk_save_version (SimDisk *self, ConfsyncRevision *revision, GTask *task);
void sim_disk_save_state (SimDisk *self, ConfsyncJson *state, GTask *task);

/* The versions that a base of both is made from (transfer full) (element-type ConfsyncRevision);
 * only the newest @memory ones are looked at. */
GPtrArray *sim_disk_find_bases (SimDisk *self, ConfsyncStamp *a, ConfsyncStamp *b, guint memory);
/* All versions are lost. */
void sim_disk_forget_versions (SimDisk *self);
/* (nullable): the file of a version that shares this */
ConfsyncDocument *sim_disk_find_version (SimDisk *self, const char *hash);
/* Whether a version has exactly this file, and not only beside all edits. */
gboolean sim_disk_has_file (SimDisk *self, ConfsyncDocument *file);
/* (transfer full) (nullable): what it shares */
ConfsyncDocument *sim_disk_read_version (SimDisk *self, const char *hash);
/* What a revision says to the others, where its document is the whole file. */
ConfsyncDocument *sim_disk_find_shared (SimDisk *self, ConfsyncRevision *revision);
/* What it was made on: a store that writes on its own may know an older name of the head. */
SimEdits sim_disk_find_edits (SimDisk *self, ConfsyncRevision *revision);
gboolean sim_disk_is_busy (SimDisk *self);
/* What waits is done now, but for an apply. */
void sim_disk_flush (SimDisk *self);
/* The program is gone: forgets what is not done. */
void sim_disk_crash (SimDisk *self);
/* Takes the oldest of what came out of exchanges and is in no version; FALSE: there is none. */
gboolean sim_disk_take_stray (SimDisk *self, ConfsyncDocument **document, SimEdits *edits);

G_END_DECLS
