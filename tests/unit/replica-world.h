/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * A small world of whole replicas: live configurations in memory, links with delays that can be
 * cut, disks that forget what was not yet persisted, clocks that are wrong. Everything comes from
 * one seed, so that a schedule can be played again. Each edit is a bit; which edits a content was
 * really made on is tracked beside the replicas, who know nothing of it.
 */

#pragma once

#include "confsync-replica-private.h"
#include "replica-ledger.h"

G_BEGIN_DECLS

#define WORLD_NODES_MAX 6

typedef struct _World World;

typedef struct
{
  World *world;
  int index;
  char *name;
  ConfsyncReplica *replica; /* (nullable) while it is down */
  guint life;               /* counts starts: what is under way for an earlier one is gone */
  gint64 skew;              /* of its clock, µs */
  gboolean holds_back;      /* answers no conflict: whatever it is asked stays undecided */

  ConfsyncDocument *live;    /* (nullable) */
  guint64 live_edits;        /* what the live content was made on, and itself */
  ConfsyncStamp *live_stamp; /* (nullable): saved with this content */
  gint64 modified;
  gboolean base_is_lost; /* it crashed before the disk knew what the live content is, */
  guint64 base_edits;    /* and takes it for something made on these */

  ConfsyncJson *state;     /* (nullable): what a start finds on the disk */
  gint64 persisted_until;  /* saves reach the disk in their order */
  GHashTable *kept;        /* hash to ConfsyncDocument: its versions */
  GHashTable *origins;     /* hash of what was edited to its edits */
  GPtrArray *strays;       /* of Stray: came out of an exchange that nobody looked at */
  GHashTable *applied;     /* keys of what this life applied */

  ConfsyncRevision *apply; /* (nullable): under way */
  ConfsyncDocument *apply_expected; /* (nullable) */
  ConfsyncRevision *last_head;      /* (nullable): as of the last look, in this life */
} Node;

struct _World
{
  GRand *random;
  gint64 now;
  GSequence *events;
  Node nodes[WORLD_NODES_MAX];
  int n_nodes;
  gboolean skewed; /* the clocks are wrong */
  guint links[WORLD_NODES_MAX][WORLD_NODES_MAX]; /* number of the channel; 0: none */
  gboolean wired[WORLD_NODES_MAX][WORLD_NODES_MAX];
  gint64 last_arrival[WORLD_NODES_MAX][WORLD_NODES_MAX];
  guint n_channels;
  guint n_messages;
  guint n_updates;
  guint n_applies;
  Ledger ledger;
  GHashTable *contents;  /* hash of each edit's content to its edits */
  GHashTable *quiet;     /* hashes of contents that were live for long enough */
  GString *trace;        /* (nullable) */
  char *failure;         /* (nullable): the first broken promise */
  /* with legacy peers around, causes are guessed: then these are counted, and no failures */
  guint n_complaints;
  void (*send_legacy) (Node *node, ConfsyncAction *action); /* (nullable) */
  gpointer fleet;                                           /* (nullable): of legacy peers */
};

World *world_new (guint32 seed, gboolean trace);
void world_free (World *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (World, world_free)

/* @text (nullable) is the live configuration. */
Node *world_add_node (World *self, const char *text);
void world_wire (World *self, int a, int b);
void world_connect (World *self, int a, int b);
void world_cut (World *self, int a, int b);

void world_start (Node *node);
void world_crash (Node *node);
/* Somebody edits the live configuration, which need not be running. */
void world_edit (Node *node);
/* Both ends say what they hold, as after heartbeats that differ. */
void world_exchange_heads (World *self, int a, int b);
void world_tick (Node *node);

/* Plays what happens within @us; gives how many events there were. */
guint world_run (World *self, gint64 us);
/* Plays until nothing is under way. */
void world_settle (World *self);

ConfsyncRevision *world_get_head (Node *node);
void world_fail (World *self, const char *format, ...) G_GNUC_PRINTF (2, 3);

G_END_DECLS
