/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * What a seed makes of a schedule.
 */

#include "config.h"

#include "sim-schedule.h"

#include "sim-wire.h"

#define MS 1000
#define MINUTE_US (60 * (gint64) G_USEC_PER_SEC)
#define HOUR_US (60 * MINUTE_US)
#define SKEW_MAX_S (2 * 24 * 3600)
#define STEPS_MORE 60
/* more actors than may stay apart for long; one schedule in so many begins with that */
#define CROWD 70
#define CROWD_TIMES 12
/* one schedule in so many has patches; in half of these, one patch in so many is no good */
#define PATCH_TIMES 4
#define CROOKED_TIMES 20
/* one schedule in so many has local members */
#define LOCAL_TIMES 16

static const char *const shape_names[] = { "line", "star", "ring", "mesh", "random graph" };
static const char *const resolver_names[] = { "lww", "merge", "manual", "policy", "no resolver" };
static const char *const file_names[] = { "no file", "the common file", "a file of its own" };
static const char *const step_names[] = {
  "edit", "set",   "roll back", "cut",     "heal",    "crash", "stop",
  "start", "clock", "tick",     "back up", "restore", "clone", "wipe",
  "settle", "validate", "reset clock", "revert",
};

/* what others share, what nobody has there, what is nested, what a policy leaves to people */
const char *const sim_schedule_pointers[] = {
  "/c", "/d", "/list", "/secret", "/device/id", "/nest/y", "/nest/deep/key", NULL,
};

#define N_POINTERS (G_N_ELEMENTS (sim_schedule_pointers) - 1)

/* how often each is among the steps, where the schedule has it at all */
static const guint8 weights[] = {
  [SIM_STEP_EDIT] = 40, [SIM_STEP_SET] = 6,     [SIM_STEP_ROLL_BACK] = 3, [SIM_STEP_CUT] = 12,
  [SIM_STEP_HEAL] = 11, [SIM_STEP_CRASH] = 6,   [SIM_STEP_STOP] = 3,      [SIM_STEP_START] = 14,
  [SIM_STEP_JUMP] = 4,  [SIM_STEP_TICK] = 3,    [SIM_STEP_BACK_UP] = 3,   [SIM_STEP_RESTORE] = 2,
  [SIM_STEP_CLONE] = 1, [SIM_STEP_WIPE] = 1,    [SIM_STEP_SETTLE] = 6,    [SIM_STEP_VALIDATE] = 2,
  [SIM_STEP_RESET] = 1, [SIM_STEP_REVERT] = 3,
};

/* Not every schedule has everything: what is rare shows more of what is common, and the other way
 * round. One in so many has these. */
static const guint8 rarities[] = {
  [SIM_STEP_JUMP] = 4,  [SIM_STEP_BACK_UP] = 8, [SIM_STEP_RESTORE] = 8,
  [SIM_STEP_CLONE] = 16, [SIM_STEP_WIPE] = 8,   [SIM_STEP_ROLL_BACK] = 2,
  [SIM_STEP_VALIDATE] = 8, [SIM_STEP_RESET] = 8,
};

gboolean
sim_schedule_is_wired (const SimSchedule *self, int a, int b)
{
  return self->wired[a * self->n_nodes + b];
}

gboolean
sim_schedule_has (const SimSchedule *self, SimStepKind kind)
{
  for (guint i = 0; i < self->steps->len; i++)
    if (g_array_index (self->steps, SimStep, i).kind == kind)
      return TRUE;
  return FALSE;
}

static void
wire (SimSchedule *self, int a, int b)
{
  self->wired[a * self->n_nodes + b] = self->wired[b * self->n_nodes + a] = TRUE;
}

static void
wire_all (SimSchedule *self, SimDice *dice)
{
  int n = self->n_nodes;

  self->shape = sim_dice_roll (dice, SIM_N_SHAPES);
  self->wired = g_new0 (gboolean, n * n);
  for (int b = 1; b < n; b++)
    {
      if (self->shape == SIM_SHAPE_LINE || self->shape == SIM_SHAPE_RING)
        wire (self, b - 1, b);
      else
        wire (self, self->shape == SIM_SHAPE_RANDOM ? sim_dice_roll (dice, b) : 0, b);
      for (int a = 0; a < b; a++)
        if (self->shape == SIM_SHAPE_MESH ||
            (self->shape == SIM_SHAPE_RANDOM && sim_dice_hits (dice, 4)))
          wire (self, a, b);
    }
  if (self->shape == SIM_SHAPE_RING)
    wire (self, 0, n - 1);
}

static double
roll_probability (SimDice *dice, double most)
{
  return sim_dice_hits (dice, 2) ? 0 : most * sim_dice_roll (dice, 1000) / 1000;
}

static void
roll_faults (SimSchedule *self, SimDice *dice)
{
  self->faults.seed = sim_dice_next (dice);
  self->faults.delay_min_ms = 1;
  self->faults.delay_max_ms = sim_dice_hits (dice, 4) ? 300 : 20;
  if (sim_dice_hits (dice, 2))
    return;
  self->faults.loss = roll_probability (dice, 0.1);
  self->faults.duplicate = roll_probability (dice, 0.1);
  self->faults.reorder = roll_probability (dice, 0.2);
  self->faults.cut = roll_probability (dice, 0.01);
}

/* Everybody the same one, or a mixed house. */
static void
roll_resolvers (SimSchedule *self, SimDice *dice)
{
  const SimResolverKind houses[] = { SIM_RESOLVER_LWW, SIM_RESOLVER_LWW, SIM_RESOLVER_MERGE,
                                     SIM_RESOLVER_MERGE, SIM_RESOLVER_POLICY };
  gint64 house = sim_dice_roll (dice, G_N_ELEMENTS (houses) + 1);

  for (int i = 0; i < self->n_nodes; i++)
    self->nodes[i].resolver = house < (gint64) G_N_ELEMENTS (houses)
                                ? houses[house]
                                : (SimResolverKind) sim_dice_roll (dice, SIM_RESOLVER_MANUAL);
  if (sim_dice_hits (dice, 6))
    self->nodes[1].resolver = sim_dice_hits (dice, 2) ? SIM_RESOLVER_MANUAL : SIM_RESOLVER_NONE;
}

static void
roll_roles (SimSchedule *self, SimDice *dice)
{
  for (int i = 0; i < self->n_nodes; i++)
    self->nodes[i].forgets = sim_dice_hits (dice, 8);
  if (sim_dice_hits (dice, 8))
    self->nodes[self->n_nodes - 1].role =
      sim_dice_hits (dice, 2) ? CONFSYNC_ROLE_SEND_ONLY : CONFSYNC_ROLE_RECEIVE_ONLY;
  if (sim_dice_hits (dice, 6))
    self->nodes[self->n_nodes - 1].join =
      sim_dice_hits (dice, 2) ? CONFSYNC_JOIN_KEEP : CONFSYNC_JOIN_ASK;
}

static void
roll_cast (SimSchedule *self, SimDice *dice)
{
  gint64 files = sim_dice_roll (dice, 4);

  self->skewed = sim_dice_hits (dice, 3);
  self->crowd = sim_dice_hits (dice, CROWD_TIMES) ? CROWD : 0;
  for (int i = 0; i < self->n_nodes; i++)
    {
      SimCast *cast = &self->nodes[i];

      cast->file = files == 0                                     ? SIM_FILE_COMMON
                   : files == 1 || (files == 2 && sim_dice_hits (dice, 2)) ? SIM_FILE_OWN
                                                                  : SIM_FILE_NONE;
      cast->starts = i == 0 || !sim_dice_hits (dice, 4);
      if (self->skewed)
        cast->skew = (sim_dice_roll (dice, 2 * SKEW_MAX_S) - SKEW_MAX_S) * G_USEC_PER_SEC;
    }
  if (self->nodes[0].file == SIM_FILE_NONE)
    self->nodes[0].file = SIM_FILE_OWN;
  roll_resolvers (self, dice);
  roll_roles (self, dice);
}

/* Later ideas have dice of their own, so that the others stay as they were. */
static void
roll_patches (SimSchedule *self)
{
  SimDice dice;

  sim_dice_init (&dice, self->seed, G_MAXUINT64 - 1);
  if (!sim_dice_hits (&dice, PATCH_TIMES))
    return;
  for (int i = 0; i < self->n_nodes; i++)
    self->nodes[i].patches = !sim_dice_hits (&dice, 6);
  self->crooked = sim_dice_hits (&dice, 2) ? CROOKED_TIMES : 0;
}

static void
roll_local (SimSchedule *self)
{
  SimDice dice;

  sim_dice_init (&dice, self->seed, G_MAXUINT64 - 2);
  if (!sim_dice_hits (&dice, LOCAL_TIMES))
    return;
  for (int i = 0; i < self->n_nodes; i++)
    for (int n = sim_dice_roll (&dice, 4); n > 0; n--)
      self->nodes[i].local |= 1u << sim_dice_roll (&dice, N_POINTERS);
}

static gint64
roll_pause (SimDice *dice)
{
  switch (sim_dice_roll (dice, 4))
    {
    case 0:
      return 0;
    case 1:
      return sim_dice_roll (dice, 10) * MS;
    case 2:
      return sim_dice_roll (dice, 100) * MS;
    default:
      return sim_dice_roll (dice, 3000) * MS;
    }
}

/* An hour back or forth, and days. */
static gint64
roll_jump (SimDice *dice)
{
  const gint64 jumps[] = { HOUR_US, -HOUR_US, MINUTE_US, -MINUTE_US, 24 * HOUR_US, -24 * HOUR_US };

  return jumps[sim_dice_roll (dice, G_N_ELEMENTS (jumps))];
}

static SimStepKind
roll_kind (SimDice *dice, const gboolean *has)
{
  guint sum = 0;
  gint64 left;
  int kind;

  for (kind = 0; kind < SIM_N_STEPS; kind++)
    sum += has[kind] ? weights[kind] : 0;
  left = sim_dice_roll (dice, sum);
  for (kind = 0; !has[kind] || left >= weights[kind]; kind++)
    left -= has[kind] ? weights[kind] : 0;
  return kind;
}

static void
roll_steps (SimSchedule *self, SimDice *dice, int n_steps)
{
  gboolean has[SIM_N_STEPS];

  for (int kind = 0; kind < SIM_N_STEPS; kind++)
    has[kind] = kind >= (int) G_N_ELEMENTS (rarities) || rarities[kind] == 0 ||
                sim_dice_hits (dice, rarities[kind]);
  has[SIM_STEP_RESTORE] = has[SIM_STEP_BACK_UP];
  if (n_steps == 0)
    n_steps = SIM_STEPS_MIN + sim_dice_roll (dice, STEPS_MORE);
  for (int i = 0; i < n_steps; i++)
    {
      SimStep step = { 0 };

      step.kind = roll_kind (dice, has);
      step.node = sim_dice_roll (dice, self->n_nodes);
      step.other = (step.node + 1 + sim_dice_roll (dice, self->n_nodes - 1)) % self->n_nodes;
      step.amount =
        step.kind == SIM_STEP_JUMP ? roll_jump (dice) : sim_dice_roll (dice, SIM_N_CUTS);
      step.dice = sim_dice_next (dice);
      step.pause = roll_pause (dice);
      g_array_append_val (self->steps, step);
    }
  self->skewed |= has[SIM_STEP_JUMP];
}

/* More of the small ones, which are quick. */
static int
roll_nodes (SimDice *dice)
{
  int one = sim_dice_roll (dice, SIM_NODES_MAX - SIM_NODES_MIN + 1);
  int other = sim_dice_roll (dice, SIM_NODES_MAX - SIM_NODES_MIN + 1);

  return SIM_NODES_MIN + MIN (one, other);
}

SimSchedule *
sim_schedule_new (guint64 seed, int n_nodes, int n_steps)
{
  SimSchedule *self = g_new0 (SimSchedule, 1);
  SimDice dice;

  sim_dice_init (&dice, seed, G_MAXUINT64);
  self->seed = seed;
  self->n_nodes = n_nodes != 0 ? n_nodes : roll_nodes (&dice);
  self->steps = g_array_new (FALSE, FALSE, sizeof (SimStep));
  wire_all (self, &dice);
  roll_faults (self, &dice);
  roll_cast (self, &dice);
  roll_steps (self, &dice, n_steps);
  roll_patches (self);
  roll_local (self);
  return self;
}

SimSchedule *
sim_schedule_copy (const SimSchedule *self)
{
  SimSchedule *copy = g_memdup2 (self, sizeof *self);

  copy->wired = g_memdup2 (self->wired, sizeof (gboolean) * self->n_nodes * self->n_nodes);
  copy->steps = g_array_copy (self->steps);
  return copy;
}

void
sim_schedule_free (SimSchedule *self)
{
  g_array_unref (self->steps);
  g_free (self->wired);
  g_free (self);
}

/* For people */

static void
describe_local (const SimCast *cast, GString *out)
{
  for (guint i = 0; i < N_POINTERS; i++)
    if ((cast->local & 1u << i) != 0)
      g_string_append_printf (out, ", local %s", sim_schedule_pointers[i]);
}

static void
describe_nodes (const SimSchedule *self, GString *out)
{
  for (int i = 0; i < self->n_nodes; i++)
    {
      const SimCast *cast = &self->nodes[i];

      if (cast->absent)
        continue;
      g_string_append_printf (out, "# n%d: %s, %s", i, resolver_names[cast->resolver],
                              file_names[cast->file]);
      if (cast->skew != 0)
        g_string_append_printf (out, ", clock off by %.0f s", cast->skew / 1e6);
      if (cast->role != CONFSYNC_ROLE_BOTH)
        g_string_append_printf (out, ", %s", confsync_role_to_string (cast->role));
      if (cast->join != CONFSYNC_JOIN_ADOPT)
        g_string_append_printf (out, ", join=%s", confsync_join_to_string (cast->join));
      if (cast->forgets)
        g_string_append (out, ", forgets");
      if (cast->patches)
        g_string_append (out, ", patches");
      describe_local (cast, out);
      if (i == 0 && self->crowd > 0)
        g_string_append_printf (out, ", %d actors in its past", self->crowd);
      g_string_append (out, cast->starts ? ", starts\n" : "\n");
    }
}

static void
describe_step (const SimStep *step, GString *out)
{
  g_string_append_printf (out, "# %s n%d", step_names[step->kind], step->node);
  if (step->kind == SIM_STEP_CUT || step->kind == SIM_STEP_HEAL || step->kind == SIM_STEP_CLONE)
    g_string_append_printf (out, " n%d", step->other);
  if (step->kind == SIM_STEP_CUT)
    g_string_append_printf (out, " (%d)", (int) step->amount);
  if (step->kind == SIM_STEP_JUMP)
    g_string_append_printf (out, " %+.0f s", step->amount / 1e6);
  g_string_append_printf (out, ", then %.0f ms\n", step->pause / 1e3);
}

char *
sim_schedule_describe (const SimSchedule *self)
{
  GString *out = g_string_new (NULL);

  g_string_append_printf (out, "# seed %" G_GUINT64_FORMAT ": %s, delay=%u-%u loss=%.3f dup=%.3f "
                          "reorder=%.3f cut=%.4f crooked=%u, %u steps\n",
                          self->seed, shape_names[self->shape], self->faults.delay_min_ms,
                          self->faults.delay_max_ms, self->faults.loss, self->faults.duplicate,
                          self->faults.reorder, self->faults.cut, self->crooked, self->steps->len);
  describe_nodes (self, out);
  for (guint i = 0; i < self->steps->len; i++)
    describe_step (&g_array_index (self->steps, SimStep, i), out);
  return g_string_free (out, FALSE);
}
