/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Steps and healing.
 */

#include "config.h"

#include "sim-local.h"
#include "sim-play.h"

#include "confsync-lww-resolver.h"
#include "confsync-manual-resolver.h"
#include "confsync-merge-resolver.h"
#include "confsync-policy-resolver.h"
#include "confsync-stamp-private.h"

/* Heartbeats after all is healed, before everybody agrees. */
#define BEATS_MAX 12
/* and then, with nothing more to tell */
#define SILENT_BEATS 3
/* Messages that a step may cause for each link there is. */
#define MESSAGES_MAX 40
#define EVENTS_PER_STEP_MAX 40000
/* that a forgetful node has, to look for what two sides were made from */
#define FORGETFUL_VERSIONS 3

/* who edited before all this began */
#define ELDER 1000

typedef struct
{
  const SimSchedule *schedule;
  SimWorld *world;
  SimDisk *backups; /* by node */
} Play;

/* Who is there */

static ConfsyncResolver *make_resolver (SimResolverKind kind);

static ConfsyncDocument *
make_file (const SimSchedule *schedule, int node)
{
  g_autofree char *text = g_strdup_printf ("{\"name\":\"common\",\"a\":-%d}", node + 1);

  switch (schedule->nodes[node].file)
    {
    case SIM_FILE_COMMON:
      return sim_editor_read ("{\"name\":\"common\",\"a\":-99,\"list\":[1,2],\"zones\":[]}");
    case SIM_FILE_OWN:
      return sim_editor_read (text);
    case SIM_FILE_NONE:
    default:
      return NULL;
    }
}

static ConfsyncResolver *
make_policy (void)
{
  static const struct
  {
    const char *pointer;
    SimResolverKind resolver;
  } rules[] = {
    { "/nest", SIM_RESOLVER_LWW },
    { "/nest/deep", SIM_RESOLVER_MANUAL },
    { "/c", SIM_RESOLVER_MANUAL },
    { "/list", SIM_RESOLVER_LWW },
  };
  g_autoptr (ConfsyncResolver) fallback = make_resolver (SIM_RESOLVER_MERGE);
  ConfsyncPolicyResolver *policy = confsync_policy_resolver_new (fallback);

  for (guint i = 0; i < G_N_ELEMENTS (rules); i++)
    {
      g_autoptr (ConfsyncResolver) resolver = make_resolver (rules[i].resolver);

      g_assert_true (
        confsync_policy_resolver_add_rule (policy, rules[i].pointer, resolver, NULL));
    }
  return CONFSYNC_RESOLVER (policy);
}

static ConfsyncResolver *
make_resolver (SimResolverKind kind)
{
  switch (kind)
    {
    case SIM_RESOLVER_LWW:
      return g_object_new (CONFSYNC_TYPE_LWW_RESOLVER, NULL);
    case SIM_RESOLVER_MERGE:
      return g_object_new (CONFSYNC_TYPE_MERGE_RESOLVER, NULL);
    case SIM_RESOLVER_MANUAL:
      return g_object_new (CONFSYNC_TYPE_MANUAL_RESOLVER, NULL);
    case SIM_RESOLVER_POLICY:
      return make_policy ();
    case SIM_RESOLVER_NONE:
    case SIM_N_RESOLVERS:
    default:
      return NULL;
    }
}

static ConfsyncResolver *
invite (const SimSchedule *schedule, int node)
{
  SimResolverKind kind = schedule->nodes[node].resolver;

  return schedule->guest != NULL && node % 2 == 1 && kind < SIM_RESOLVER_MANUAL
           ? g_object_ref (schedule->guest)
           : make_resolver (kind);
}

/* A content that many have edited, most of them long ago: the next edit folds them. */
static ConfsyncStamp *
make_old_stamp (SimNode *node, int crowd)
{
  g_autofree ConfsyncVectorEntry *entries = g_new (ConfsyncVectorEntry, crowd);
  g_autoptr (ConfsyncVector) vector = NULL;
  gint64 day = 24 * 3600 * (gint64) G_USEC_PER_SEC, newest = 0;

  for (int i = 0; i < crowd; i++)
    {
      entries[i].actor = 1000 + i * 7919;
      entries[i].time = SIM_BEGIN_US - (1 + sim_dice_roll (&node->dice, 200)) * day;
      newest = MAX (newest, entries[i].time);
    }
  vector = confsync_vector_new (0, entries, crowd);
  return confsync_stamp_new (CONFSYNC_STAMP_EDIT, 0, newest, "elder", vector);
}

static ConfsyncJson *
make_old_state (SimNode *node, ConfsyncStamp *stamp)
{
  g_autoptr (ConfsyncJsonBuilder) builder = confsync_json_builder_new (NULL);

  confsync_json_builder_begin_object (builder);
  confsync_json_builder_name (builder, "actor");
  confsync_json_builder_string (builder, "0000000000abcdef");
  confsync_json_builder_name (builder, "used");
  confsync_json_builder_integer (builder, 0);
  confsync_json_builder_name (builder, "greatest");
  confsync_json_builder_integer (builder, confsync_stamp_get_time (stamp));
  confsync_json_builder_name (builder, "head");
  confsync_json_builder_begin_object (builder);
  confsync_json_builder_name (builder, "stamp");
  confsync_stamp_build (stamp, builder);
  confsync_json_builder_name (builder, "hash");
  confsync_json_builder_string (builder, confsync_document_get_hash (node->disk.shared));
  confsync_json_builder_close (builder);
  confsync_json_builder_close (builder);
  return confsync_json_builder_end (builder, NULL);
}

static void
grow_old (SimNode *node, int crowd)
{
  g_autoptr (ConfsyncStamp) stamp = make_old_stamp (node, crowd);
  g_autoptr (ConfsyncRevision) revision = confsync_revision_new (node->disk.shared, stamp);

  node->disk.state = make_old_state (node, stamp);
  sim_ledger_add_edit (&node->world->ledger, ELDER, &node->disk.live_edits);
  sim_ledger_learn (&node->world->ledger, revision, &node->disk.live_edits);
}

static void
make_local (SimNode *node, guint bits)
{
  g_autoptr (GPtrArray) pointers = g_ptr_array_new ();
  g_autoptr (ConfsyncLocalMembers) members = NULL;

  for (guint i = 0; sim_schedule_pointers[i] != NULL; i++)
    if ((bits & 1u << i) != 0)
      g_ptr_array_add (pointers, (gpointer) sim_schedule_pointers[i]);
  if (pointers->len == 0)
    return;
  g_ptr_array_add (pointers, NULL);
  members = confsync_local_members_new ((const char *const *) pointers->pdata, NULL);
  sim_node_set_local (node, members);
}

static void
populate (Play *self)
{
  const SimSchedule *schedule = self->schedule;
  SimWorld *world = self->world;

  for (int i = 0; i < schedule->n_nodes; i++)
    {
      g_autoptr (ConfsyncDocument) file = make_file (schedule, i);
      SimNode *node = sim_world_add_node (world, file);

      node->resolver = invite (schedule, i);
      node->role = schedule->nodes[i].role;
      node->join = schedule->nodes[i].join;
      node->memory = schedule->nodes[i].forgets ? FORGETFUL_VERSIONS : G_MAXUINT;
      node->skew = schedule->nodes[i].skew;
      node->patches = schedule->nodes[i].patches;
      make_local (node, schedule->nodes[i].local);
      if (i == 0 && schedule->crowd > 0)
        grow_old (node, schedule->crowd);
    }
  for (int a = 0; a < schedule->n_nodes; a++)
    for (int b = a + 1; b < schedule->n_nodes; b++)
      if (sim_schedule_is_wired (schedule, a, b) && !schedule->nodes[a].absent &&
          !schedule->nodes[b].absent)
        sim_wire_add (world, a, b);
  for (int i = 0; i < schedule->n_nodes; i++)
    if (schedule->nodes[i].starts && !schedule->nodes[i].absent)
      sim_node_start (sim_world_get (world, i));
}

/* Steps */

static void
cut_or_heal (SimWorld *world, const SimStep *step)
{
  SimWire *wire = sim_wire_find (world, step->node, step->other);

  if (wire == NULL)
    return;
  if (step->kind == SIM_STEP_CUT)
    sim_wire_cut (wire, (SimCut) step->amount);
  else
    sim_wire_heal (wire);
}

static void
jump (Play *self, SimNode *node, gint64 amount)
{
  node->skew += amount;
  sim_world_trace (self->world, "%s: the clock jumps by %+.0f s", node->name, amount / 1e6);
}

/* What only this disk held is gone, and that was the operator's doing. */
static void
forget_versions (Play *self, SimNode *node, GHashTable *left)
{
  SimWorld *world = self->world;
  GHashTableIter iter;
  const char *hash;

  g_hash_table_iter_init (&iter, world->quiet);
  while (g_hash_table_iter_next (&iter, (gpointer *) &hash, NULL))
    {
      gboolean kept = left != NULL && g_hash_table_contains (left, hash);

      for (guint i = 0; i < world->nodes->len && !kept; i++)
        kept = (int) i != node->index &&
               sim_disk_find_version (&sim_world_get (world, i)->disk, hash) != NULL;
      if (!kept)
        g_hash_table_iter_remove (&iter);
    }
}

static void
restore (Play *self, SimNode *node)
{
  SimDisk *backup = &self->backups[node->index];

  if (backup->node == NULL)
    return;
  sim_node_crash (node, FALSE);
  forget_versions (self, node, backup->kept);
  sim_disk_copy (&node->disk, backup);
  sim_world_trace (self->world, "%s: the backup is restored", node->name);
  sim_node_start (node);
}

static void
back_up (Play *self, SimNode *node)
{
  SimDisk *backup = &self->backups[node->index];

  if (node->life == 0)
    return;
  if (backup->node != NULL)
    sim_disk_clear (backup);
  /* somebody copies the folder while the program is not in the midst of something */
  if (node->replica != NULL)
    sim_disk_flush (&node->disk);
  sim_disk_init (backup, node, NULL);
  sim_disk_copy (backup, &node->disk);
  sim_world_trace (self->world, "%s: backed up", node->name);
}

/* Another machine is set up with a copy of a whole folder. */
static void
make_clone (Play *self, SimNode *node, SimNode *from)
{
  if (node->replica != NULL || node->life != 0 || from->life == 0)
    return;
  if (from->replica != NULL)
    sim_disk_flush (&from->disk);
  sim_disk_copy (&node->disk, &from->disk);
  node->cloned = TRUE;
  g_clear_pointer (&node->members, confsync_local_members_unref);
  if (from->members != NULL)
    node->members = confsync_local_members_ref (from->members);
  sim_world_trace (self->world, "%s: a clone of %s", node->name, from->name);
  sim_node_start (node);
}

/* Nobody can know any more what the others have where this file has values of its own. */
static void
forget_shared (SimNode *node)
{
  SimDisk *disk = &node->disk;

  if (disk->live != NULL && node->members != NULL)
    {
      g_autoptr (ConfsyncDocument) shared = sim_local_read (node, disk->live, NULL);

      sim_disk_set_shared (disk, shared);
    }
}

/* The file that is left was edited by nobody, as far as anybody can know: that it loses is a
 * documented limit. */
static void
wipe (Play *self, SimNode *node)
{
  if (node->life == 0)
    return;
  sim_node_crash (node, FALSE);
  forget_versions (self, node, NULL);
  g_clear_pointer (&node->disk.state, confsync_json_unref);
  g_clear_pointer (&node->disk.live_stamp, confsync_stamp_unref);
  node->disk.live_edits = (SimEdits) { 0 };
  forget_shared (node);
  sim_disk_forget_versions (&node->disk);
  sim_world_trace (self->world, "%s: the state is lost", node->name);
  sim_node_start (node);
}

/* What happens to machines. */
static void
do_fault (Play *self, const SimStep *step)
{
  SimNode *node = sim_world_get (self->world, step->node);

  switch ((int) step->kind)
    {
    case SIM_STEP_CUT:
    case SIM_STEP_HEAL:
      cut_or_heal (self->world, step);
      break;
    case SIM_STEP_CRASH:
      sim_node_crash (node, FALSE);
      break;
    case SIM_STEP_STOP:
      sim_node_crash (node, TRUE);
      break;
    case SIM_STEP_START:
      if (node->replica == NULL)
        sim_node_start (node);
      break;
    case SIM_STEP_JUMP:
      jump (self, node, step->amount);
      break;
    case SIM_STEP_BACK_UP:
      back_up (self, node);
      break;
    case SIM_STEP_RESTORE:
      restore (self, node);
      break;
    case SIM_STEP_CLONE:
      make_clone (self, node, sim_world_get (self->world, step->other));
      break;
    case SIM_STEP_WIPE:
      wipe (self, node);
      break;
    default:
      g_assert_not_reached ();
    }
}

/* And what people do. */
static void
do_step (Play *self, const SimStep *step)
{
  SimNode *node = sim_world_get (self->world, step->node);
  SimDice dice = { step->dice };

  switch ((int) step->kind)
    {
    case SIM_STEP_EDIT:
      sim_node_edit (node, &dice);
      break;
    case SIM_STEP_SET:
      sim_node_set (node, &dice);
      break;
    case SIM_STEP_ROLL_BACK:
      sim_node_roll_back (node, &dice);
      break;
    case SIM_STEP_SETTLE:
      sim_node_settle (node, &dice);
      break;
    case SIM_STEP_VALIDATE:
      sim_node_revalidate (node);
      break;
    case SIM_STEP_RESET:
      sim_node_reset_clock (node);
      break;
    case SIM_STEP_REVERT:
      sim_node_revert (node);
      break;
    case SIM_STEP_TICK:
      sim_node_tick (node);
      break;
    default:
      do_fault (self, step);
    }
}

/* Healing */

static void
calm_down (SimWorld *world)
{
  LoopbackFaults *all = &world->faults;

  world->crooked = 0;
  all->loss = all->duplicate = all->reorder = all->cut = 0;
  for (guint i = 0; i < world->wires->len; i++)
    {
      SimWire *wire = world->wires->pdata[i];

      if (wire->link != NULL)
        wire->link->faults = *all;
    }
}

static void
heal (Play *self)
{
  SimWorld *world = self->world;

  sim_world_trace (world, "all is healed");
  calm_down (world);
  for (guint i = 0; i < world->nodes->len; i++)
    {
      SimNode *node = sim_world_get (world, i);

      if (node->replica == NULL && !self->schedule->nodes[i].absent)
        sim_node_start (node);
    }
  for (guint i = 0; i < world->wires->len; i++)
    {
      sim_wire_heal (world->wires->pdata[i]);
      sim_wire_dial (world->wires->pdata[i]);
    }
  for (int beat = 0; beat < BEATS_MAX && world->failure == NULL; beat++)
    {
      guint messages = world->n_messages;

      sim_world_run (world, SIM_BEAT_US);
      if (beat >= 2 && messages == world->n_messages && sim_all_agree (world))
        break;
    }
}

/* Nobody has anything to tell that was told before. */
static void
check_silence (SimWorld *world)
{
  guint messages = world->n_messages, applies = world->n_applies;

  sim_world_run (world, SILENT_BEATS * SIM_BEAT_US);
  if (world->n_messages != messages || world->n_applies != applies)
    sim_world_fail (world, "%u messages and %u applies after all was said",
                    world->n_messages - messages, world->n_applies - applies);
}

/* An edit of nothing but local members is nobody else's business. */
static void
check_local_edits (SimWorld *world)
{
  guint messages = world->n_messages, applies = world->n_applies;

  if (!world->has_local || world->failure != NULL)
    return;
  for (guint i = 0; i < world->nodes->len; i++)
    {
      SimNode *node = sim_world_get (world, i);

      if (node->replica != NULL && node->members != NULL && node->disk.live != NULL)
        sim_node_edit_local (node);
    }
  sim_world_run (world, SILENT_BEATS * SIM_BEAT_US);
  if (world->n_messages != messages || world->n_applies != applies)
    sim_world_fail (world, "%u messages and %u applies for edits of local members",
                    world->n_messages - messages, world->n_applies - applies);
  sim_check_agreement (world);
  sim_check_local (world);
}

static void
check_messages (Play *self)
{
  guint links = self->world->wires->len, steps = self->schedule->steps->len + BEATS_MAX;

  if (self->world->n_messages > steps * links * MESSAGES_MAX)
    sim_world_fail (self->world, "%u messages over %u links in %u steps", self->world->n_messages,
                    links, steps);
}

static void
end (Play *self)
{
  for (int i = 0; i < self->schedule->n_nodes; i++)
    if (self->backups[i].node != NULL)
      sim_disk_clear (&self->backups[i]);
  g_free (self->backups);
}

/* Elsewhere, whole contents win and lose, as those of an earlier epoch do; and what makes two lives
 * of one store is a documented limit. */
static gboolean
all_merge (const SimSchedule *schedule)
{
  for (int i = 0; i < schedule->n_nodes; i++)
    if (schedule->nodes[i].resolver != SIM_RESOLVER_MERGE)
      return FALSE;
  return !sim_schedule_has (schedule, SIM_STEP_CLONE) &&
         !sim_schedule_has (schedule, SIM_STEP_RESTORE) &&
         !sim_schedule_has (schedule, SIM_STEP_RESET) &&
         !sim_schedule_has (schedule, SIM_STEP_WIPE);
}

SimWorld *
sim_play (const SimSchedule *schedule, GString *trace)
{
  SimWorld *world = sim_world_new (schedule->seed, schedule->n_nodes);
  Play self = { schedule, world, g_new0 (SimDisk, schedule->n_nodes) };

  world->trace = trace;
  world->faults = schedule->faults;
  world->crooked = schedule->crooked;
  world->events_max = (schedule->steps->len + BEATS_MAX) * (guint64) EVENTS_PER_STEP_MAX;
  world->lenient =
    sim_schedule_has (schedule, SIM_STEP_CLONE) || sim_schedule_has (schedule, SIM_STEP_RESTORE);
  /* what a guest decides is its own */
  world->members.judging = schedule->guest == NULL && all_merge (schedule);
  populate (&self);
  for (guint i = 0; i < schedule->steps->len && world->failure == NULL; i++)
    {
      const SimStep *step = &g_array_index (schedule->steps, SimStep, i);

      if (schedule->nodes[step->node].absent)
        continue;
      do_step (&self, step);
      sim_world_run (world, step->pause);
    }
  if (world->failure == NULL)
    heal (&self);
  if (world->failure == NULL)
    {
      sim_check_agreement (world);
      sim_check_versions (world);
      sim_check_local (world);
      check_silence (world);
      check_local_edits (world);
      check_messages (&self);
    }
  end (&self);
  return world;
}
