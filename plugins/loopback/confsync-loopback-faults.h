/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * What a link does to its messages, as words, the dice that decide message by message, and when
 * each of them arrives. Equal seeds give equal throws on every machine. It knows no main loop:
 * simulators drive it by themselves.
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

/* when what goes one way arrives; all zero at first */
typedef struct
{
  gint64 ordered_due_us; /* of the last event that keeps its place */
  gint64 latest_due_us;  /* of all events */
} LoopbackTimetable;

/* Lays words such as `loss=0.01` over the faults; they stand apart by blanks or `&`. On failure
 * (CONFSYNC_ERROR_INVALID_ADDRESS) the faults are as before. */
gboolean loopback_faults_parse (LoopbackFaults *self, const char *words, GError **error);

void loopback_dice_init (LoopbackDice *self, guint64 seed, guint64 stream);
LoopbackFate loopback_dice_throw (LoopbackDice *self, const LoopbackFaults *faults);

/* When an event arrives that would be due at @due_us: one that keeps its place never before the one
 * placed before it. The end comes behind all. */
gint64 loopback_timetable_place (LoopbackTimetable *self, gint64 due_us, gboolean reordered);
gint64 loopback_timetable_place_end (LoopbackTimetable *self, gint64 due_us);

G_END_DECLS
