/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Legacy peers in the world of replicas: clients that poll their file each second, take what is
 * younger than their own clock at their last apply, and are blind for two seconds after it; and one
 * server that passes updates on, which both they and replicas may dial. A client may also dial a
 * replica.
 */

#pragma once

#include "replica-world.h"

G_BEGIN_DECLS

#define FLEET_CLIENTS_MAX 4
#define FLEET_SERVER (-1)

typedef struct
{
  World *world;
  int number;       /* among all editors: after the replicas */
  char *name;       /* the instance id: with the number, as those of replicas */
  int hub;          /* what it dials: a replica, or FLEET_SERVER */
  guint channel;    /* 0: not connected */
  gint64 skew;      /* of its clock, µs */
  gint64 phase;     /* of its polls */
  gint64 blind_until;
  gint64 last_apply; /* by its own clock */
  ConfsyncDocument *live;
  guint64 edits;    /* what the live content was made on */
  char *seen;       /* hash: of what its last poll saw, or it applied */
  gboolean late;      /* it dialled the server, which tells nobody what was said before */
  gboolean swallowed; /* its live content was edited while it was blind, or not connected */
} FleetClient;

typedef struct
{
  World *world;
  FleetClient clients[FLEET_CLIENTS_MAX];
  int n_clients;
  guint channels[WORLD_NODES_MAX]; /* of replicas to the server; 0: not connected */
  gboolean dials[WORLD_NODES_MAX]; /* whether they do, when they run */
  GArray *arrivals;  /* of gint64: the last ones, by channel, each way */
  guint n_frames;    /* sent by anybody, each relay counted */
  guint n_swallowed;
  GHashTable *delivered; /* hashes of what clients sent and a replica got */
} Fleet;

Fleet *fleet_new (World *world);
void fleet_free (Fleet *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Fleet, fleet_free)

FleetClient *fleet_add_client (Fleet *self, int hub, const char *text);

/* These connect what is not connected, and can be. */
void fleet_connect (FleetClient *client);
void fleet_cut (FleetClient *client);
void fleet_connect_node (Fleet *self, Node *node);
void fleet_cut_node (Fleet *self, Node *node);
/* Before it crashes, after it started: all channels of a replica. */
void fleet_lose_node (Fleet *self, Node *node);
void fleet_join_node (Fleet *self, Node *node);

/* Somebody edits a client's file. */
void fleet_edit (FleetClient *client);

G_END_DECLS
