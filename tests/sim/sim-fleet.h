/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Legacy peers in the world: clients that poll their file each second, take what is
 * younger than their own clock at their last apply, and are blind for two seconds after it; and one
 * server that passes updates on, which both they and replicas may dial. A client may also dial a
 * replica.
 */

#pragma once

#include "sim-world.h"

G_BEGIN_DECLS

/* replicas beside them; their numbers come first */
#define SIM_FLEET_NODES_MAX 6
#define SIM_FLEET_CLIENTS_MAX 4
#define SIM_FLEET_SERVER (-1)

typedef struct
{
  SimWorld *world;
  int number;       /* among all editors: after the replicas */
  char *name;       /* the instance id: with the number, as those of replicas */
  int hub;          /* what it dials: a replica, or SIM_FLEET_SERVER */
  guint channel;    /* 0: not connected */
  gint64 skew;      /* of its clock, µs */
  gint64 phase;     /* of its polls */
  gint64 blind_until;
  gint64 last_apply; /* by its own clock */
  ConfsyncDocument *live;
  SimEdits edits;   /* what the live content was made on */
  char *seen;       /* hash: of what its last poll saw, or it applied */
  gboolean late;      /* it dialled the server, which tells nobody what was said before */
  gboolean swallowed; /* its live content was edited while it was blind, or not connected */
} SimFleetClient;

typedef struct
{
  SimWorld *world;
  SimDice dice;
  SimFleetClient clients[SIM_FLEET_CLIENTS_MAX];
  int n_clients;
  guint channels[SIM_FLEET_NODES_MAX]; /* of replicas to the server; 0: not connected */
  gboolean dials[SIM_FLEET_NODES_MAX]; /* whether they do, when they run */
  GArray *arrivals;  /* of gint64: the last ones, by channel, each way */
  guint n_frames;    /* sent by anybody, each relay counted */
  guint n_swallowed;
  GHashTable *delivered; /* hashes of what clients sent and a replica got */
} SimFleet;

SimFleet *sim_fleet_new (SimWorld *world);
void sim_fleet_free (SimFleet *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SimFleet, sim_fleet_free)

SimFleetClient *sim_fleet_add_client (SimFleet *self, int hub, const char *text);

/* These connect what is not connected, and can be. */
void sim_fleet_connect (SimFleetClient *client);
void sim_fleet_cut (SimFleetClient *client);
void sim_fleet_connect_node (SimFleet *self, SimNode *node);
void sim_fleet_cut_node (SimFleet *self, SimNode *node);
/* Before it crashes, after it started: all channels of a replica. */
void sim_fleet_lose_node (SimFleet *self, SimNode *node);
void sim_fleet_join_node (SimFleet *self, SimNode *node);

/* Somebody edits a client's file. */
void sim_fleet_edit (SimFleetClient *client);

G_END_DECLS
