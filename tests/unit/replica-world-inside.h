/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * The inside of the world of replicas, shared by the two files that it is written in: the world
 * with its time and links, and its nodes with their disks.
 */

#pragma once

#include "replica-world.h"

G_BEGIN_DECLS

#define WORLD_MS 1000

typedef enum {
  HAPPENS_MESSAGE,
  HAPPENS_EXCHANGE, /* an apply reaches the file */
  HAPPENS_APPLIED,  /* and is reported */
  HAPPENS_NOTICED,  /* the watcher fires */
  HAPPENS_LATE,     /* who had the old file open still wrote to it */
  HAPPENS_PERSISTED,
  HAPPENS_QUIET,
  HAPPENS_ELSEWHERE, /* among legacy peers */
} Happens;

typedef struct _WorldEvent WorldEvent;

struct _WorldEvent
{
  gint64 at;
  guint order;
  Happens what;
  Node *node;
  guint life;
  Node *from;
  guint channel;
  ConfsyncActionType message;
  ConfsyncRevision *revision; /* (owned) (nullable) */
  ConfsyncStamp *stamp;       /* (owned) (nullable) */
  char *hash;                 /* (owned) (nullable) */
  ConfsyncOutcome outcome;
  ConfsyncDocument *document; /* (owned) (nullable) */
  guint64 edits;
  ConfsyncJson *state; /* (owned) (nullable) */
  gboolean fails;
  void (*play) (World *world, WorldEvent *event); /* elsewhere */
  int source, target; /* elsewhere: numbers of a replica, a legacy client, or the legacy server */
  gint64 time;        /* elsewhere: that a frame tells */
};

WorldEvent *world_schedule (World *self, Happens what, Node *node, gint64 delay);
gint64 world_roll (World *self, gint32 below);
void world_trace (World *self, const char *format, ...) G_GNUC_PRINTF (2, 3);
/* How a revision is called in the trace. */
const char *world_name (World *self, ConfsyncRevision *revision);
/* Somebody changes one value of @base (nullable); @edits is what that was made on, and gets it. */
ConfsyncDocument *world_make_edit (World *self,
                                   int editor,
                                   ConfsyncDocument *base,
                                   guint64 *edits);
void world_send (Node *node, ConfsyncAction *action);

void node_init (Node *self, World *world, const char *text);
void node_clear (Node *self);
/* The time by its own clock. */
gint64 node_get_time (Node *self);
/* Carries out what the replica wants. */
void node_run_actions (Node *self);
void node_happen (Node *self, WorldEvent *event);

G_END_DECLS
