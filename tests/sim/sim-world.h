/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * A world of whole replicas: live configurations and disks in memory, links that go wrong as those
 * of the loopback transport do, clocks that are wrong, and a time that nobody waits for. All that
 * happens comes from seeds, so that it can be played again. Which edits a content was really made
 * on is tracked beside the replicas, who know nothing of it.
 */

#pragma once

#include "sim-editor.h"
#include "sim-ledger.h"
#include "sim-members.h"
#include "sim-node.h"
#include "sim-wire.h"

G_BEGIN_DECLS

#define SIM_MS 1000
#define SIM_BEGIN_US G_GINT64_CONSTANT (1700000000000000)
#define SIM_BEAT_US (30 * G_USEC_PER_SEC)

typedef struct _SimEvent SimEvent;
typedef void (*SimPlay) (SimWorld *world, SimEvent *event);

/* Something that is going to happen; what it needs of these. */
struct _SimEvent
{
  SimPlay play;
  SimNode *node; /* (nullable) */
  guint life;    /* of the node: in another one, it doesn't happen any more */
  SimWire *wire; /* (nullable) */
  guint side;    /* of the wire */
  guint channel;
  GBytes *bytes;              /* (owned) (nullable) */
  ConfsyncDocument *document; /* (owned) (nullable) */
  char *hash;                 /* (owned) (nullable) */
  SimEdits edits;
  int source, target; /* among legacy peers */
  gint64 time;        /* that a legacy frame tells */
  gpointer data;       /* (owned) (nullable) */
  GDestroyNotify free; /* of the data */
  SimEvent *next;      /* while it is spare */
};

typedef struct
{
  gint64 at;
  guint64 order;
  SimEvent *event;
} SimSlot;

struct _SimWorld
{
  gint64 now;
  guint64 n_events;  /* played, whether anybody was still there for them or not */
  guint64 n_handled; /* messages, edits, timers and ends of writes that a node made something of */
  guint64 events_max;
  guint64 order;
  GArray *heap; /* of SimSlot */
  SimEvent *spare;

  GPtrArray *nodes;  /* of SimNode */
  GPtrArray *wires;  /* of SimWire */
  int n_max;
  SimWire **matrix; /* by both ends; %NULL where they aren't wired */
  guint64 seed;
  guint n_channels;
  guint n_partitions; /* wires that lose all that goes one way, or both */
  LoopbackFaults faults;
  guint crooked; /* one patch in so many is no good; 0: none */
  gboolean quick_disks; /* they take no time, and never fail */

  gboolean has_local; /* some members of some nodes are */
  gboolean pumping;   /* stores are being answered: no re-entry */
  guint n_secrets;    /* local values made up so far */

  guint n_messages; /* sent, but for heartbeats */
  guint n_updates;
  guint n_patches; /* among them */
  guint n_useless; /* those after which the whole was asked for */
  guint n_beats;
  guint n_applies;
  guint64 n_bytes;

  SimLedger ledger;
  SimMembers members;
  GHashTable *contents; /* (nullable): hash of each edit's content to its edits */
  GHashTable *quiet;    /* hashes of contents that were live for long enough */
  GString *trace; /* (nullable) */
  char *failure; /* (nullable): the first broken promise */
  /* clones and restored backups: until they meet the others, nobody can know; what they take for
   * newer by mistake is counted then, and no failure */
  gboolean lenient;
  guint n_complaints;

  void (*send_legacy) (SimNode *node, ConfsyncAction *action); /* (nullable) */
  gpointer fleet;                                              /* (nullable): of legacy peers */
};

/* @n_max is how many nodes there may be. */
SimWorld *sim_world_new (guint64 seed, int n_max);
void sim_world_free (SimWorld *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SimWorld, sim_world_free)

SimNode *sim_world_get (SimWorld *self, int index);
/* @document (nullable) is the live configuration. */
SimNode *sim_world_add_node (SimWorld *self, ConfsyncDocument *document);

/* @node is nullable. */
SimEvent *sim_world_schedule (SimWorld *self, SimPlay play, SimNode *node, gint64 delay);

/* Plays what happens within @us. */
void sim_world_run (SimWorld *self, gint64 us);

/* Somebody changes something of @base; the change is for the ledger to add. */
ConfsyncDocument *sim_world_make_edit (SimWorld *self, SimDice *dice, ConfsyncDocument *base);
/* The ledger's newest edit, which @edits has in it, made @document of @base (nullable): both are
 * what the others see, without local members. */
void sim_world_note_members (SimWorld *self,
                             const SimEdits *edits,
                             ConfsyncDocument *base,
                             ConfsyncDocument *document);
/* @editor's newest of @edits claims less than it knew. */
void sim_world_blur_members (SimWorld *self,
                             const SimEdits *edits,
                             int editor,
                             ConfsyncDocument *document);
/* From now on a stamp claims something else than what its edit was made on: a documented limit. */
void sim_world_forgive (SimWorld *self);
/* With legacy peers around, a content tells what it was made on. */
void sim_world_note_content (SimWorld *self, ConfsyncDocument *document, const SimEdits *edits);

void sim_world_trace (SimWorld *self, const char *format, ...) G_GNUC_PRINTF (2, 3);
void sim_world_fail (SimWorld *self, const char *format, ...) G_GNUC_PRINTF (2, 3);
/* For what clones and legacy peers are allowed. */
void sim_world_complain (SimWorld *self, SimNode *node, const char *complaint);

G_END_DECLS
