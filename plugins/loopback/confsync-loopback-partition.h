/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * The listeners that a transport is cut off from, and the dials that wait for it to heal. One
 * partition belongs to one transport and outlives it in that transport's links; it may be asked
 * in any thread.
 */

#pragma once

#include "confsync-loopback-pipe.h"

G_BEGIN_DECLS

typedef struct _LoopbackPartition LoopbackPartition;

typedef enum {
  LOOPBACK_CUT_NONE = 0,
  LOOPBACK_CUT_TOWARDS = 1 << 0, /* messages to the listener vanish */
  LOOPBACK_CUT_FROM = 1 << 1,    /* messages from the listener vanish */
  LOOPBACK_CUT_BOTH = LOOPBACK_CUT_TOWARDS | LOOPBACK_CUT_FROM,
} LoopbackCut;

LoopbackPartition *loopback_partition_new (void);
LoopbackPartition *loopback_partition_ref (LoopbackPartition *self);
void loopback_partition_unref (LoopbackPartition *self);

/* Takes the words of the transport's property, NULL for healed, and lets all waiting dials try
 * again. */
void loopback_partition_set (LoopbackPartition *self, const char *words);
char *loopback_partition_dup (LoopbackPartition *self);

LoopbackCut loopback_partition_get_cut (LoopbackPartition *self, const char *name);

/* Where the name is cut off in any way: remembers the dial's pipe, to wake it at the next change,
 * and says TRUE. */
gboolean loopback_partition_hold (LoopbackPartition *self, const char *name, LoopbackPipe *dial);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LoopbackPartition, loopback_partition_unref)

G_END_DECLS
