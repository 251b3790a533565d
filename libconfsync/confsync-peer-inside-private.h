/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * The inside of a peer, shared by the files that it is written in: its life, and what applications
 * may know of it.
 */

#pragma once

#include "confsync-peer-private.h"

G_BEGIN_DECLS

struct _ConfsyncPeer
{
  GObject parent_instance;

  char *address;                /* (nullable): not dialled */
  ConfsyncTransport *transport; /* (owned) (nullable) */
  ConfsyncClock *clock;         /* (owned) */
  ConfsyncIdentifyFunc identify;
  gpointer identify_data;

  ConfsyncPeerState state;
  gboolean parked;
  gboolean stopped;
  gboolean vouched;
  ConfsyncLink *link; /* (owned) (nullable) */
  char *link_name;    /* (nullable) */
  gboolean announced; /* that the link is up was told */
  char *reason;       /* (nullable): why it was down the last time */
  char *id;           /* (nullable): the last one that was said */
  char *remote;       /* (nullable) */
  const char *protocol; /* (nullable) before it was first connected; static */
  gint64 round_trip;
  gint64 clock_ahead;
  gint64 greeted_at;
  gint64 down_since; /* monotonic: of the first failure after a good link; 0 before any */
  guint failures;
  gboolean refused; /* the last one was no failure of the network */
  GSource *retry; /* (owned) (nullable) */
};

G_END_DECLS
