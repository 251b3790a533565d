/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * A set of edits. Each edit of a schedule is a bit; an edit's number counts from 0.
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define SIM_EDITS_MAX 256
#define SIM_EDITS_WORDS (SIM_EDITS_MAX / 64)

typedef struct
{
  guint64 words[SIM_EDITS_WORDS];
} SimEdits;

static inline void
sim_edits_add (SimEdits *self, guint edit)
{
  self->words[edit / 64] |= G_GUINT64_CONSTANT (1) << edit % 64;
}

static inline gboolean
sim_edits_has (const SimEdits *self, guint edit)
{
  return (self->words[edit / 64] >> edit % 64 & 1) != 0;
}

static inline void
sim_edits_join (SimEdits *self, const SimEdits *other)
{
  for (guint i = 0; i < SIM_EDITS_WORDS; i++)
    self->words[i] |= other->words[i];
}

/* those of @self that aren't in @other */
static inline SimEdits
sim_edits_without (const SimEdits *self, const SimEdits *other)
{
  SimEdits rest;

  for (guint i = 0; i < SIM_EDITS_WORDS; i++)
    rest.words[i] = self->words[i] & ~other->words[i];
  return rest;
}

static inline gboolean
sim_edits_is_empty (const SimEdits *self)
{
  guint64 all = 0;

  for (guint i = 0; i < SIM_EDITS_WORDS; i++)
    all |= self->words[i];
  return all == 0;
}

G_END_DECLS
