/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * What the two channels of one link share: its name and faults, and a pipe to each. All but the
 * listening side's members is there from the start; those are set before that side sees the link.
 */

#pragma once

#include "confsync-loopback-faults.h"
#include "confsync-loopback-partition.h"
#include "confsync-loopback-pipe.h"

G_BEGIN_DECLS

#define CONFSYNC_LOOPBACK_SCHEME "loopback"

typedef enum {
  LOOPBACK_SIDE_DIALLER,
  LOOPBACK_SIDE_LISTENER,
} LoopbackSide;

struct _LoopbackLink
{
  char *name; /* the listener's */
  guint number;
  LoopbackFaults faults;
  LoopbackPartition *partitions[2]; /* (owned) of the transport at each side */
  LoopbackPipe *pipes[2];           /* (owned) to the channel at each side */
};

LoopbackLink *loopback_link_new (const char *name,
                                 guint number,
                                 const LoopbackFaults *faults,
                                 LoopbackPartition *partition);
LoopbackLink *loopback_link_ref (LoopbackLink *self);
void loopback_link_unref (LoopbackLink *self);

/* whether what this side sends vanishes now */
gboolean loopback_link_is_cut (LoopbackLink *self, LoopbackSide from);

/* Tells the dialling side that nobody takes it in. */
void loopback_link_refuse (LoopbackLink *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LoopbackLink, loopback_link_unref)

G_END_DECLS
