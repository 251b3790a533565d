/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * A node: its live configuration, and what its replica wants done.
 */

#include "config.h"

#include "sim-local.h"
#include "sim-world.h"

#include "confsync-stamp-private.h"

#define NOTICE_MAX 3
#define NOTICE_STEP_US (5 * SIM_MS)

gint64
sim_node_get_time (SimNode *self)
{
  return self->world->now + self->skew;
}

ConfsyncRevision *
sim_node_get_head (SimNode *self)
{
  return self->replica != NULL ? confsync_replica_get_head (self->replica) : NULL;
}

static gboolean
has_content (ConfsyncRevision *revision, ConfsyncDocument *document)
{
  return revision != NULL && document != NULL &&
         g_str_equal (confsync_revision_get_hash (revision), confsync_document_get_hash (document));
}

gboolean
sim_node_is_automatic (SimNode *self)
{
  return self->replica != NULL && self->resolver != NULL && !self->refuses &&
         self->role != CONFSYNC_ROLE_SEND_ONLY && !sim_node_waits (self);
}

/* What became of the head */

static const char *
name_revision (ConfsyncRevision *revision)
{
  return revision != NULL ? confsync_revision_get_key (revision) : "-";
}

static void
trace_head (SimNode *self, ConfsyncRevision *head, const SimEdits *edits)
{
  GString *list = g_string_new (NULL);

  for (guint i = 0; i < self->world->ledger.n_edits; i++)
    if (sim_edits_has (edits, i))
      g_string_append_printf (list, " %u", i);
  sim_world_trace (self->world, "%s: head %s, made on%s", self->name, name_revision (head),
                   list->str);
  g_string_free (list, TRUE);
}

/* (nullable): what an edit of just that content was made on here */
static SimEdits *
find_origin (SimNode *self, ConfsyncRevision *revision)
{
  return g_hash_table_lookup (self->origins, confsync_revision_get_hash (revision));
}

/* An actor's next edit counts as made on its last one, even where that one had lost: from then on
 * the members of the lost one count as known. */
static gboolean
claims_lost (SimNode *self, const SimEdits *edits)
{
  SimLedger *ledger = &self->world->ledger;
  gboolean later = FALSE;

  for (guint i = ledger->n_edits; i-- > 0;)
    if (ledger->editors[i] == self->index)
      {
        if (later && !sim_edits_has (edits, i))
          return TRUE;
        later |= sim_edits_has (edits, i);
      }
  return FALSE;
}

/* Where everybody merges, no member goes back. */
static void
look_at_members (SimNode *self, ConfsyncRevision *head, const SimEdits *edits)
{
  SimMembers *members = &self->world->members;
  const char *member = members->judging
                         ? sim_members_judge (members, edits, confsync_revision_get_document (head))
                         : NULL;

  if (member != NULL)
    sim_world_fail (self->world, "%s went back to an older value of %s", self->name, member);
}

static void
look_at_head (SimNode *self)
{
  SimWorld *world = self->world;
  ConfsyncRevision *head = sim_node_get_head (self), *before = self->last_head;
  const char *complaint = NULL;
  SimEdits edits;

  if (head == NULL || head == before)
    return;
  if (self->renamed && !sim_ledger_knows (&world->ledger, head))
    {
      edits = sim_ledger_find_content (&world->ledger, confsync_revision_get_hash (head));
      sim_ledger_learn (&world->ledger, head, &edits);
    }
  sim_ledger_get_edits (&world->ledger, head);
  /* the same content under another name, such as that of a new actor */
  if (before != NULL && has_content (head, confsync_revision_get_document (before)))
    {
      edits = sim_ledger_get_edits (&world->ledger, before);
      sim_ledger_learn (&world->ledger, head, &edits);
    }
  if (self->expected != NULL && g_str_equal (self->expected, confsync_revision_get_hash (head)))
    {
      sim_ledger_learn (&world->ledger, head, find_origin (self, head));
      g_clear_pointer (&self->expected, g_free);
    }
  /* what was applied and renamed in one go has a name that nobody has seen */
  if (before != NULL && !self->renamed)
    complaint = sim_ledger_judge (&world->ledger, before, head);
  self->renamed = FALSE;
  edits = sim_ledger_get_edits (&world->ledger, head);
  if (world->trace != NULL)
    trace_head (self, head, &edits);
  if (complaint != NULL)
    sim_world_complain (world, self, complaint);
  if (world->members.judging && self->edited && claims_lost (self, &edits))
    world->members.judging = FALSE;
  self->edited = FALSE;
  look_at_members (self, head, &edits);
  /* whoever edits this content, or just did, made that on all who came to the same one */
  if (has_content (head, self->disk.shared) || has_content (head, self->disk.edited))
    sim_edits_join (&self->disk.live_edits, &edits);
  g_clear_pointer (&self->last_head, confsync_revision_unref);
  self->last_head = confsync_revision_ref (head);
}

/* Actions */

static void
keep_revision (SimNode *self, ConfsyncAction *action)
{
  SimEdits *edits = find_origin (self, action->revision);

  if (edits != NULL && action->cause == CONFSYNC_CAUSE_EDIT)
    sim_ledger_learn (&self->world->ledger, action->revision, edits);
  sim_disk_keep (&self->disk, action->revision);
}

/* What comes from outside of the replicas has no other way to tell what it was made on. */
static void
learn_content (SimWorld *world, ConfsyncRevision *revision)
{
  SimEdits *edits =
    g_hash_table_lookup (world->contents, confsync_revision_get_hash (revision));

  if (edits != NULL)
    sim_ledger_learn (&world->ledger, revision, edits);
}

static void
notice_cb (SimWorld *world, SimEvent *event)
{
  sim_node_notice (event->node);
}

/* What the application's validation makes of a content: one member has to be there. */
static gboolean
is_acceptable (ConfsyncDocument *document)
{
  g_autoptr (ConfsyncJson) value =
    confsync_json_get_member (confsync_document_get_json (document), "b");

  return value != NULL;
}

static void
refuse_cb (SimWorld *world, SimEvent *event)
{
  SimNode *self = event->node;

  world->n_handled++;
  confsync_replica_apply_refused (self->replica, sim_node_get_time (self), "there is no “b”");
  sim_node_run_actions (self);
}

/* What an application sets is nowhere else yet, so it is learned of here. */
static void
apply (SimNode *self, ConfsyncAction *action)
{
  SimLedger *ledger = &self->world->ledger;
  SimEdits *edits = find_origin (self, action->revision);

  if (edits != NULL && !sim_ledger_knows (ledger, action->revision))
    sim_ledger_learn (ledger, action->revision, edits);
  if (self->local != NULL)
    sim_ledger_get_edits (ledger, action->revision); /* for what is laid over it later */
  if (self->refuses && !is_acceptable (confsync_revision_get_document (action->revision)))
    {
      sim_world_schedule (self->world, refuse_cb, self, 0);
      return;
    }
  sim_disk_apply (&self->disk, action->revision,
                  action->other != NULL ? confsync_revision_get_document (action->other) : NULL);
}

/* The content that was found becomes an edit on what it replaces. */
static void
keep_found (SimNode *self, ConfsyncAction *action)
{
  SimLedger *ledger = &self->world->ledger;
  SimEdits edits = sim_ledger_get_edits (ledger, action->revision);

  if (sim_ledger_is_full (ledger))
    return;
  sim_ledger_add_edit (ledger, self->index, &edits);
  sim_world_note_members (self->world, &edits,
                          confsync_revision_get_document (action->revision),
                          confsync_revision_get_document (action->other));
  sim_world_trace (self->world, "%s: edit %u is the content found", self->name,
                   ledger->n_edits - 1);
  sim_node_expect (self, confsync_revision_get_document (action->other), &edits);
}

static void
act (SimNode *self, ConfsyncAction *action)
{
  SimWorld *world = self->world;

  if (world->contents != NULL && action->revision != NULL)
    learn_content (world, action->revision);
  switch (action->type)
    {
    case CONFSYNC_ACTION_SEND_UPDATE:
    case CONFSYNC_ACTION_SEND_HEADS:
    case CONFSYNC_ACTION_SEND_REQUEST:
    case CONFSYNC_ACTION_SEND_ACK:
    case CONFSYNC_ACTION_SEND_BASE_REQUEST:
    case CONFSYNC_ACTION_SEND_BASE:
      sim_node_send (self, action);
      break;
    case CONFSYNC_ACTION_SEND_LEGACY:
      world->send_legacy (self, action);
      break;
    case CONFSYNC_ACTION_APPLY:
      apply (self, action);
      break;
    case CONFSYNC_ACTION_RELOAD:
      sim_world_schedule (world, notice_cb, self, 0);
      break;
    case CONFSYNC_ACTION_RESOLVE:
      sim_node_resolve (self, action);
      break;
    case CONFSYNC_ACTION_FIND_BASE:
      sim_node_find_base (self, action);
      break;
    case CONFSYNC_ACTION_KEEP:
      keep_revision (self, action);
      break;
    case CONFSYNC_ACTION_PERSIST:
      sim_disk_persist (&self->disk);
      break;
    case CONFSYNC_ACTION_REPORT:
      self->renamed |= action->report == CONFSYNC_REPORT_RENAMED;
      self->edited |= action->report == CONFSYNC_REPORT_CHANGED;
      /* what a merge makes without all that it should know is a documented limit */
      if (action->report == CONFSYNC_REPORT_REMARK &&
          g_str_has_prefix (action->reason, "nobody in reach"))
        world->members.judging = FALSE;
      if (action->report == CONFSYNC_REPORT_JOIN_KEEPS)
        keep_found (self, action);
      sim_world_trace (world, "%s: report %d %s", self->name, action->report,
                       name_revision (action->revision));
      break;
    case CONFSYNC_ACTION_ACKNOWLEDGED:
    case CONFSYNC_ACTION_MEND: /* disks here lose what wasn't made durable, and damage nothing */
    default:
      break;
    }
}

void
sim_node_run_actions (SimNode *self)
{
  ConfsyncAction *action;

  /* what an action brings about waits its turn */
  if (self->acting)
    return;
  self->acting = TRUE;
  while ((action = confsync_replica_next_action (self->replica)) != NULL)
    {
      act (self, action);
      confsync_action_free (action);
    }
  self->acting = FALSE;
  look_at_head (self);
}

/* The live configuration */

void
sim_node_announce (SimNode *self, ConfsyncDocument *document, const SimEdits *edits)
{
  g_hash_table_replace (self->origins, g_strdup (confsync_document_get_hash (document)),
                        g_memdup2 (edits, sizeof *edits));
}

void
sim_node_expect (SimNode *self, ConfsyncDocument *document, const SimEdits *edits)
{
  sim_node_announce (self, document, edits);
  g_free (self->expected);
  self->expected = g_strdup (confsync_document_get_hash (document));
}

void
sim_node_displace (SimNode *self, ConfsyncDocument *document, const SimEdits *edits)
{
  sim_world_trace (self->world, "%s: displaced %s", self->name,
                   confsync_document_get_hash (document));
  self->world->n_handled++;
  sim_world_blur_members (self->world, edits, self->index, document);
  sim_node_announce (self, document, edits);
  confsync_replica_displaced (self->replica, sim_node_get_time (self), document);
  sim_node_run_actions (self);
}

static void
note_applied (SimNode *self, ConfsyncRevision *revision)
{
  const char *key = confsync_revision_get_key (revision);

  self->world->n_applies++;
  if (!g_hash_table_add (self->applied, g_strdup (key)))
    sim_world_fail (self->world, "%s applied %s twice", self->name, key);
}

void
sim_node_applied (SimNode *self,
                  ConfsyncRevision *revision,
                  ConfsyncDocument *document,
                  const SimEdits *edits,
                  const char *error)
{
  if (error == NULL)
    note_applied (self, revision);
  if (document != NULL)
    sim_node_announce (self, document, edits);
  confsync_replica_applied (self->replica, sim_node_get_time (self), document, error);
  sim_node_run_actions (self);
}

void
sim_node_found (SimNode *self, ConfsyncDocument *document)
{
  self->world->n_handled++;
  sim_node_announce (self, document, &self->disk.live_edits);
  confsync_replica_edited (self->replica, sim_node_get_time (self), document);
  sim_node_run_actions (self);
}

void
sim_node_notice (SimNode *self)
{
  if (self->disk.live == NULL)
    return;
  if (self->local != NULL)
    sim_local_notice (self->local);
  else
    sim_node_found (self, self->disk.live);
}

void
sim_node_notice_soon (SimNode *self, SimDice *dice)
{
  sim_world_schedule (self->world, notice_cb, self,
                      1 + sim_dice_roll (dice, NOTICE_MAX) * NOTICE_STEP_US);
}

void
sim_node_tick (SimNode *self)
{
  if (self->replica == NULL)
    return;
  self->world->n_handled++;
  confsync_replica_tick (self->replica, sim_node_get_time (self));
  sim_node_run_actions (self);
}

ConfsyncJson *
sim_node_make_state (SimNode *self)
{
  g_autoptr (ConfsyncJsonBuilder) builder = confsync_json_builder_new (NULL);

  confsync_json_builder_begin_object (builder);
  confsync_replica_save (self->replica, builder);
  confsync_json_builder_close (builder);
  return confsync_json_builder_end (builder, NULL);
}

ConfsyncDocument *
sim_node_make_edit (SimNode *self, SimDice *dice, ConfsyncDocument *live)
{
  return self->members != NULL ? sim_local_make_edit (self, dice, live)
                               : sim_world_make_edit (self->world, dice, live);
}

/* What is found already has values of its own. */
void
sim_node_set_local (SimNode *self, ConfsyncLocalMembers *members)
{
  SimDisk *disk = &self->disk;
  const SimEdits none = { 0 };

  self->world->has_local = TRUE;
  self->members = confsync_local_members_ref (members);
  disk->values = sim_values_new (members);
  for (guint i = 0; i < confsync_local_members_get_length (members) && disk->live != NULL; i++)
    {
      g_autoptr (ConfsyncDocument) live = sim_values_change (disk->values, disk->live, i, FALSE,
                                                             self->name, self->world->n_secrets++);
      g_autoptr (ConfsyncDocument) shared = sim_local_read (self, live, NULL);

      sim_values_note (disk->values, disk->live, live);
      sim_disk_set_live (disk, live, shared, &none, NULL);
    }
}

SimNode *
sim_node_new (SimWorld *world, int index, ConfsyncDocument *document)
{
  SimNode *self = g_new0 (SimNode, 1);

  self->world = world;
  self->index = index;
  self->name = g_strdup_printf ("n%d", index);
  self->link_name = g_strdup_printf ("%d", index);
  self->memory = G_MAXUINT;
  sim_dice_init (&self->dice, world->seed, index);
  self->wires = g_ptr_array_new ();
  self->origins = g_hash_table_new_full (confsync_key_hash, g_str_equal, g_free, g_free);
  self->applied = g_hash_table_new_full (confsync_key_hash, g_str_equal, g_free, NULL);
  sim_disk_init (&self->disk, self, document);
  return self;
}

void
sim_node_free (SimNode *self)
{
  sim_node_forget_life (self); /* first: nothing is done any more */
  sim_disk_clear (&self->disk);
  if (self->members != NULL)
    sim_local_pump (self->world);
  g_clear_pointer (&self->members, confsync_local_members_unref);
  g_clear_object (&self->resolver);
  g_ptr_array_unref (self->wires);
  g_hash_table_unref (self->origins);
  g_hash_table_unref (self->applied);
  g_free (self->name);
  g_free (self->link_name);
  g_free (self);
}
