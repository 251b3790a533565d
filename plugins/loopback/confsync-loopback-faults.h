/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * What a link does to its messages, as words, and the dice that decide message by message. Equal
 * seeds give equal throws on every machine.
 */

#pragma once

#include <confsync.h>

G_BEGIN_DECLS

typedef struct
{
  guint64 seed;
  guint delay_min_ms;
  guint delay_max_ms;
  double loss;
  double duplicate;
  double reorder;
  double cut;
} LoopbackFaults;

typedef struct
{
  guint64 state;
} LoopbackDice;

/* what happens to one message */
typedef struct
{
  gboolean cut;
  gboolean lost;
  gboolean duplicated;
  gboolean reordered;
  guint delay_ms;
  guint copy_delay_ms; /* of the second copy, where there is one */
} LoopbackFate;

/* Lays words such as `loss=0.01` over the faults; they stand apart by blanks or `&`. On failure
 * (CONFSYNC_ERROR_INVALID_ADDRESS) the faults are as before. */
gboolean loopback_faults_parse (LoopbackFaults *self, const char *words, GError **error);

void loopback_dice_init (LoopbackDice *self, guint64 seed, guint64 stream);
LoopbackFate loopback_dice_throw (LoopbackDice *self, const LoopbackFaults *faults);

G_END_DECLS
