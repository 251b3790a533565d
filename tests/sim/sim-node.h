/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * An instance in the world: a replica, its resolver, its live configuration, its clock and its
 * disk. It does what the engine's driver does around a replica, with messages that are really
 * encoded and read.
 */

#pragma once

#include "confsync-replica-private.h"
#include "confsync-resolver.h"
#include "sim-dice.h"
#include "sim-disk.h"

G_BEGIN_DECLS

typedef struct _SimWire SimWire;
typedef struct _SimLocal SimLocal;

struct _SimNode
{
  SimWorld *world;
  int index;
  char *name;
  char *link_name;          /* how it is called as the other end of a link: its number */
  ConfsyncReplica *replica; /* (nullable) while it is down */
  ConfsyncResolver *resolver; /* (owned) (nullable): none declines */
  guint life;               /* counts starts and crashes: what is under way for an earlier one is
                               gone */
  gint64 skew;              /* of its clock, µs */
  gboolean acting;          /* actions are being carried out: no re-entry */
  ConfsyncRole role;
  ConfsyncJoin join;
  gboolean renamed; /* its own edits have another actor from now on */
  gboolean edited; /* its head is an edit that was just found or made here */
  gboolean patches; /* sends changes where the other end knows what they are made on */
  gboolean refuses; /* some contents are not acceptable here */
  guint memory;     /* versions that are looked at for what two sides were made from */
  ConfsyncLocalMembers *members; /* (owned) (nullable): none is local */
  SimLocal *local; /* (owned) (nullable) while it is down, and where no member is */
  gboolean cloned; /* it began with the disk of another one */
  SimDice dice;
  GPtrArray *wires; /* of SimWire (borrowed) */

  SimDisk disk;
  GHashTable *origins; /* hash of what was edited to its edits */
  char *expected;      /* (owned) (nullable): hash of what is about to be an edit of that content,
                          though it may be live already */
  GHashTable *applied; /* keys of what this life applied */

  ConfsyncRevision *last_head;        /* (owned) (nullable): as of the last look, in this life */
  ConfsyncRevision *encoded_revision; /* (owned) (nullable): of the update below */
  GBytes *encoded;                    /* (owned) (nullable) */
};

SimNode *sim_node_new (SimWorld *world, int index, ConfsyncDocument *document);
void sim_node_free (SimNode *self);

void sim_node_start (SimNode *self);
/* @clean: what waits for the disk gets there first. */
void sim_node_crash (SimNode *self, gboolean clean);

/* What only this life knew. */
void sim_node_forget_life (SimNode *self);

/* The time by its own clock. */
gint64 sim_node_get_time (SimNode *self);
/* (nullable) */
ConfsyncRevision *sim_node_get_head (SimNode *self);
/* Whether it decides by itself, so that it has to agree with the others. */
gboolean sim_node_is_automatic (SimNode *self);

/* What links bring. */
void sim_node_link_up (SimNode *self, SimNode *other);
void sim_node_link_down (SimNode *self, SimNode *other);
void sim_node_receive (SimNode *self, SimWire *wire, GBytes *bytes);
/* Asks the other end for a sign of life; @digest: and tells what is held here. */
void sim_node_probe (SimNode *self, SimWire *wire, gboolean digest);

/* What the disk brings. @document (nullable) was displaced; @error is nullable. */
void sim_node_applied (SimNode *self,
                       ConfsyncRevision *revision,
                       ConfsyncDocument *document,
                       const SimEdits *edits,
                       const char *error);
ConfsyncJson *sim_node_make_state (SimNode *self);
/* An edit was found that nobody had seen. */
void sim_node_displace (SimNode *self, ConfsyncDocument *document, const SimEdits *edits);
/* The watcher saw something. */
void sim_node_notice (SimNode *self);
/* That is what the live configuration says to the others. */
void sim_node_found (SimNode *self, ConfsyncDocument *document);
void sim_node_notice_soon (SimNode *self, SimDice *dice);

/* Makes these members local; before the first start. */
void sim_node_set_local (SimNode *self, ConfsyncLocalMembers *members);
/* Somebody changes something of @live; sees to what that means for local members. */
ConfsyncDocument *sim_node_make_edit (SimNode *self, SimDice *dice, ConfsyncDocument *live);

/* People and programs. The first may happen while it is down. */
void sim_node_edit (SimNode *self, SimDice *dice);
/* Only local members. */
void sim_node_edit_local (SimNode *self);
void sim_node_set (SimNode *self, SimDice *dice);
/* An old content is made the newest one. */
void sim_node_roll_back (SimNode *self, SimDice *dice);
/* FALSE: nothing to settle. */
gboolean sim_node_settle (SimNode *self, SimDice *dice);
/* Whether a person has to decide about the whole configuration. */
gboolean sim_node_waits (SimNode *self);
void sim_node_reset_clock (SimNode *self);
void sim_node_revalidate (SimNode *self);
void sim_node_revert (SimNode *self);
void sim_node_tick (SimNode *self);

/* The replica will make a revision of exactly that content. */
void sim_node_announce (SimNode *self, ConfsyncDocument *document, const SimEdits *edits);
/* The same, where the content may be the head's. */
void sim_node_expect (SimNode *self, ConfsyncDocument *document, const SimEdits *edits);
void sim_node_resolve (SimNode *self, ConfsyncAction *action);
void sim_node_find_base (SimNode *self, ConfsyncAction *action);

void sim_node_run_actions (SimNode *self);
/* Carries out what is to be sent. */
void sim_node_send (SimNode *self, ConfsyncAction *action);

G_END_DECLS
