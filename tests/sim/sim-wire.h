/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * A place for channels between two nodes: the one with the smaller number dials. Faults, order of
 * arrival and partitions are the loopback transport's own; in place of its main loop it has the
 * world's time. How the engine greets, watches and redials its links is imitated here.
 */

#pragma once

#include "confsync-loopback-link.h"
#include "sim-node.h"

G_BEGIN_DECLS

typedef enum {
  SIM_CUT_BREAK,  /* both ends notice, and can't dial */
  SIM_CUT_BOTH,   /* what goes over it vanishes */
  SIM_CUT_TO,     /* only what goes to the listener */
  SIM_CUT_FROM,   /* only what comes from it */
  SIM_N_CUTS
} SimCut;

typedef struct
{
  guint channel;     /* 0: none */
  gboolean greeted;  /* the replica knows of it */
  LoopbackDice dice; /* for what this end sends */
  LoopbackTimetable timetable; /* of what comes to this end */
  gint64 heard;      /* when something last came */
  guint unacked;     /* updates */
  guint deadline;    /* number of the one that runs; 0: none */
  gboolean suspect;  /* it was asked whether it is still there */
} SimEnd;

struct _SimWire
{
  SimWorld *world;
  SimNode *nodes[2]; /* dialler, listener */
  gboolean broken;   /* nobody can dial */
  gboolean parted;
  guint n_deadlines;
  LoopbackPartition *partition; /* (owned) */
  LoopbackLink *link; /* (owned) (nullable): of the channel */
  SimEnd ends[2];
};

/* Gives the wire between two; makes it where there is none. */
SimWire *sim_wire_add (SimWorld *world, int a, int b);
/* (nullable) */
SimWire *sim_wire_find (SimWorld *world, int a, int b);
void sim_wire_free (SimWire *self);

guint sim_wire_side_of (SimWire *self, SimNode *node);
SimNode *sim_wire_other (SimWire *self, SimNode *node);

/* Makes a channel, if there is none and there can be one. */
void sim_wire_dial (SimWire *self);
void sim_wire_cut (SimWire *self, SimCut cut);
void sim_wire_heal (SimWire *self);
/* An end is gone: a crash, which the other one learns of. */
void sim_wire_close (SimWire *self, guint side);

/* What kind of message matters to the link itself. */
typedef enum {
  SIM_SENDS_OTHER,
  SIM_SENDS_UPDATE,
  SIM_SENDS_BEAT,
  SIM_SENDS_HEADS, /* in answer to one: part of it */
} SimSends;

void sim_wire_send (SimWire *self, guint side, GBytes *bytes, SimSends sends);
void sim_wire_got_ack (SimWire *self, guint side);
/* Each heartbeat interval. */
void sim_wire_beat (SimWire *self, guint side);
/* Whether both ends take each other for linked. */
gboolean sim_wire_is_up (SimWire *self);

G_END_DECLS
