/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * A schedule: who is there, what the network does, and what happens step by step. A seed gives it
 * whole before anything is played, so that parts can be left out of it.
 */

#pragma once

#include "confsync-loopback-faults.h"
#include "confsync-resolver.h"
#include "confsync-role.h"
#include "sim-dice.h"

G_BEGIN_DECLS

#define SIM_NODES_MIN 3
#define SIM_NODES_MAX 9
#define SIM_STEPS_MIN 100

typedef enum {
  SIM_STEP_EDIT,      /* somebody edits the file of a node, which need not be running */
  SIM_STEP_SET,       /* an application does */
  SIM_STEP_ROLL_BACK, /* an old version is made the newest one */
  SIM_STEP_CUT,       /* between node and other; amount: a SimCut */
  SIM_STEP_HEAL,
  SIM_STEP_CRASH,
  SIM_STEP_STOP,
  SIM_STEP_START,
  SIM_STEP_JUMP,      /* of the clock, by amount µs */
  SIM_STEP_TICK,
  SIM_STEP_BACK_UP,   /* of the disk */
  SIM_STEP_RESTORE,
  SIM_STEP_CLONE,     /* node gets a copy of other's disk */
  SIM_STEP_WIPE,      /* the state and the versions are lost, the file stays */
  SIM_STEP_SETTLE,    /* a person decides an open conflict */
  SIM_STEP_VALIDATE,  /* what is acceptable changes */
  SIM_STEP_RESET,     /* of the clock: a new epoch */
  SIM_STEP_REVERT,    /* of edits that go nowhere */
  SIM_N_STEPS
} SimStepKind;

typedef struct
{
  SimStepKind kind;
  int node, other;
  gint64 amount;
  guint64 dice;
  gint64 pause; /* afterwards, µs */
} SimStep;

typedef enum {
  SIM_SHAPE_LINE,
  SIM_SHAPE_STAR,
  SIM_SHAPE_RING,
  SIM_SHAPE_MESH,
  SIM_SHAPE_RANDOM,
  SIM_N_SHAPES
} SimShape;

typedef enum {
  SIM_RESOLVER_LWW,
  SIM_RESOLVER_MERGE,
  SIM_RESOLVER_MANUAL,
  SIM_RESOLVER_POLICY, /* by path: merge, manual below some, lww below others */
  SIM_RESOLVER_NONE,   /* nobody answers */
  SIM_N_RESOLVERS
} SimResolverKind;

typedef enum {
  SIM_FILE_NONE,
  SIM_FILE_COMMON, /* everybody finds the same one */
  SIM_FILE_OWN,
} SimFile;

typedef struct
{
  SimResolverKind resolver;
  SimFile file;
  gint64 skew;
  ConfsyncRole role;
  ConfsyncJoin join;
  gboolean forgets;  /* most of its versions */
  gboolean patches;
  guint local;       /* which of sim_schedule_pointers stay there: bits */
  gboolean starts; /* at the beginning */
  gboolean absent; /* it isn't there at all */
} SimCast;

typedef struct
{
  guint64 seed;
  int n_nodes;
  SimCast nodes[SIM_NODES_MAX];
  SimShape shape;
  gboolean *wired; /* by both ends */
  LoopbackFaults faults;
  gboolean skewed;    /* the clocks are wrong */
  guint crooked;      /* one patch in so many is no good; 0: none */
  int crowd;          /* actors that the first node's content names already */
  GArray *steps;      /* of SimStep */
  ConfsyncResolver *guest; /* (nullable) (borrowed): on every second node that decides by itself */
} SimSchedule;

/* members that may be local; %NULL at the end */
extern const char *const sim_schedule_pointers[];

/* 0 steps or nodes leave that to the seed. */
SimSchedule *sim_schedule_new (guint64 seed, int n_nodes, int n_steps);
SimSchedule *sim_schedule_copy (const SimSchedule *self);
void sim_schedule_free (SimSchedule *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SimSchedule, sim_schedule_free)

gboolean sim_schedule_is_wired (const SimSchedule *self, int a, int b);
/* Whether something in it makes two lives of one store: what they do before they meet the others
 * is a documented limit. */
gboolean sim_schedule_has (const SimSchedule *self, SimStepKind kind);

/* For people. */
char *sim_schedule_describe (const SimSchedule *self);

G_END_DECLS
