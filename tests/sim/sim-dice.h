/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Dice of a simulation: splitmix64, quick to start anywhere, so that each step and each node has
 * its own. Leaving a step out then leaves the others as they were.
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct
{
  guint64 state;
} SimDice;

static inline guint64
sim_dice_next (SimDice *self)
{
  guint64 bits = self->state += G_GUINT64_CONSTANT (0x9e3779b97f4a7c15);

  bits = (bits ^ (bits >> 30)) * G_GUINT64_CONSTANT (0xbf58476d1ce4e5b9);
  bits = (bits ^ (bits >> 27)) * G_GUINT64_CONSTANT (0x94d049bb133111eb);
  return bits ^ (bits >> 31);
}

static inline void
sim_dice_init (SimDice *self, guint64 seed, guint64 stream)
{
  SimDice seeds = { seed }, streams = { ~stream };

  self->state = sim_dice_next (&seeds) ^ sim_dice_next (&streams);
}

/* 0 to @below - 1 */
static inline gint64
sim_dice_roll (SimDice *self, gint64 below)
{
  return (gint64) (sim_dice_next (self) % (guint64) below);
}

/* once in @times */
static inline gboolean
sim_dice_hits (SimDice *self, gint64 times)
{
  return sim_dice_roll (self, times) == 0;
}

G_END_DECLS
