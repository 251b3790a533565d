/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * What people and programs do to a node: they edit its file, set what they like, go back, change
 * their minds about what is acceptable.
 */

#include "config.h"

#include "sim-local.h"
#include "sim-world.h"

#include <stdlib.h>

#define QUIET_US (50 * SIM_MS)

static gboolean
has_content (ConfsyncRevision *revision, ConfsyncDocument *document)
{
  return revision != NULL &&
         g_str_equal (confsync_revision_get_hash (revision), confsync_document_get_hash (document));
}

static void quiet_cb (SimWorld *world, SimEvent *event);

static void
expect_quiet (SimNode *self, char *hash, ConfsyncDocument *live)
{
  SimEvent *event = sim_world_schedule (self->world, quiet_cb, self, QUIET_US);

  event->hash = hash;
  event->document = confsync_document_ref (live);
}

/* What comes and goes while the program is down is nobody's to see, and what comes and goes while
 * the disk is busy with something else is nobody's to keep. */
static void
quiet_cb (SimWorld *world, SimEvent *event)
{
  SimNode *node = event->node;

  if (node->replica == NULL ||
      !g_str_equal (confsync_document_get_hash (node->disk.shared), event->hash))
    return;
  if (sim_disk_is_busy (&node->disk))
    {
      expect_quiet (node, g_steal_pointer (&event->hash), event->document);
      return;
    }
  if (node->members != NULL && confsync_document_equal (event->document, node->disk.live))
    sim_values_settle (node->disk.values, node->disk.live);
  g_hash_table_add (world->quiet, g_steal_pointer (&event->hash));
}

static void
note_edit (SimNode *self, ConfsyncDocument *document, SimEdits *edits)
{
  SimWorld *world = self->world;

  sim_ledger_add_edit (&world->ledger, self->index, edits);
  sim_world_note_members (world, edits, self->disk.shared, document);
  if (self->disk.base_is_lost)
    sim_world_blur_members (world, edits, self->index, document);
  self->disk.base_is_lost = FALSE;
  sim_world_note_content (world, document, edits);
  sim_disk_note_edited (&self->disk, sim_node_get_head (self));
  sim_world_trace (world, "%s: edit %u: %s", self->name, world->ledger.n_edits - 1,
                   confsync_document_get_hash (document));
}

void
sim_node_edit (SimNode *self, SimDice *dice)
{
  SimWorld *world = self->world;
  SimDisk *disk = &self->disk;
  SimEdits edits = disk->base_is_lost ? disk->base_edits : disk->live_edits;
  g_autoptr (ConfsyncDocument) document = NULL;
  g_autoptr (ConfsyncDocument) shared = NULL;
  gboolean bare = FALSE;

  if (sim_ledger_is_full (&world->ledger) || disk->live == NULL || self->life == 0)
    return;
  world->now++; /* no two edits in one microsecond */
  document = sim_node_make_edit (self, dice, disk->live);
  shared = sim_local_read (self, document, disk->shared);
  if (self->members == NULL || !confsync_document_equal (shared, disk->shared))
    note_edit (self, shared, &edits);
  else
    {
      edits = disk->live_edits;
      bare = disk->bare || disk->live_stamp != NULL;
      /* that the rest came from somebody else was in the stamp of the file, and is known no more */
      if (disk->unnoted)
        sim_world_forgive (world);
      sim_world_trace (world, "%s: an edit of local members", self->name);
    }
  sim_disk_set_live (disk, document, shared, &edits, NULL);
  disk->bare = bare;
  expect_quiet (self, g_strdup (confsync_document_get_hash (shared)), document);
  if (self->replica != NULL)
    sim_node_notice_soon (self, dice);
}

void
sim_node_edit_local (SimNode *self)
{
  SimDisk *disk = &self->disk;
  g_autoptr (ConfsyncDocument) document = NULL;

  for (guint i = 0; i < confsync_local_members_get_length (self->members); i++)
    {
      g_autoptr (ConfsyncDocument) before =
        confsync_document_ref (document != NULL ? document : disk->live);

      g_clear_pointer (&document, confsync_document_unref);
      document = sim_values_change (disk->values, before, i, FALSE, self->name,
                                    self->world->n_secrets++);
    }
  sim_values_note (disk->values, disk->live, document);
  sim_disk_set_live (disk, document, disk->shared, &disk->live_edits, NULL);
  sim_values_settle (disk->values, disk->live);
  sim_node_notice_soon (self, &self->dice);
}

/* What an application sets is made on what it was told of: the head. */
static void
set (SimNode *self, ConfsyncDocument *document)
{
  SimWorld *world = self->world;
  ConfsyncRevision *head = sim_node_get_head (self);
  SimEdits edits = sim_ledger_get_edits (&world->ledger, head);

  sim_ledger_add_edit (&world->ledger, self->index, &edits);
  sim_world_note_members (world, &edits, confsync_revision_get_document (head), document);
  sim_node_announce (self, document, &edits);
  sim_world_trace (world, "%s: edit %u by the application: %s", self->name,
                   world->ledger.n_edits - 1, confsync_document_get_hash (document));
  world->n_handled++;
  confsync_replica_set (self->replica, sim_node_get_time (self), document);
  sim_node_run_actions (self);
}

static gboolean
can_set (SimNode *self)
{
  return sim_node_get_head (self) != NULL && !confsync_replica_is_busy (self->replica) &&
         !sim_ledger_is_full (&self->world->ledger);
}

static ConfsyncDocument *
make_split (SimNode *self, SimDice *dice, ConfsyncDocument *whole)
{
  g_autoptr (ConfsyncDocument) made = sim_node_make_edit (self, dice, whole);

  return confsync_local_store_split (self->local->local, made);
}

void
sim_node_set (SimNode *self, SimDice *dice)
{
  ConfsyncDocument *head;
  g_autoptr (ConfsyncDocument) whole = NULL;
  g_autoptr (ConfsyncDocument) document = NULL;

  if (!can_set (self))
    return;
  self->world->now++;
  head = confsync_revision_get_document (sim_node_get_head (self));
  if (self->local == NULL)
    {
      document = sim_world_make_edit (self->world, dice, head);
      set (self, document);
      return;
    }
  /* it sees files, and what stays here is taken from what it makes of one */
  whole = confsync_local_store_lay (self->local->local, head);
  document = make_split (self, dice, whole);
  if (confsync_document_equal (document, head))
    sim_local_notice (self->local);
  else
    set (self, document);
}

static int
compare_hashes (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *) a, *(const char *const *) b);
}

void
sim_node_roll_back (SimNode *self, SimDice *dice)
{
  guint n;
  g_autofree gpointer *hashes = g_hash_table_get_keys_as_array (self->disk.kept, &n);
  g_autoptr (ConfsyncDocument) document = NULL;

  if (!can_set (self) || n == 0)
    return;
  /* the order in a hash table isn't ours to rely on */
  qsort (hashes, n, sizeof *hashes, compare_hashes);
  document = sim_disk_read_version (&self->disk, hashes[sim_dice_roll (dice, n)]);
  if (document == NULL || has_content (sim_node_get_head (self), document))
    return;
  self->world->now++;
  set (self, document);
}

/* The head's content in the next epoch: an edit by somebody. */
void
sim_node_reset_clock (SimNode *self)
{
  SimLedger *ledger = &self->world->ledger;
  ConfsyncRevision *head = sim_node_get_head (self);
  SimEdits edits;

  if (!can_set (self) || self->role == CONFSYNC_ROLE_RECEIVE_ONLY)
    return;
  self->world->now++;
  self->world->n_handled++;
  edits = sim_ledger_get_edits (ledger, head);
  sim_ledger_add_edit (ledger, self->index, &edits);
  sim_world_trace (self->world, "%s: edit %u resets the clock", self->name, ledger->n_edits - 1);
  sim_node_expect (self, confsync_revision_get_document (head), &edits);
  confsync_replica_reset_clock (self->replica, sim_node_get_time (self));
  sim_node_run_actions (self);
}

/* Other contents are acceptable from now on. */
void
sim_node_revalidate (SimNode *self)
{
  self->refuses = !self->refuses;
  sim_world_trace (self->world, "%s: %s", self->name, self->refuses ? "refuses some" : "takes all");
  if (self->replica == NULL)
    return;
  self->world->n_handled++;
  confsync_replica_validation_changed (self->replica, sim_node_get_time (self));
  sim_node_run_actions (self);
}

void
sim_node_revert (SimNode *self)
{
  if (self->replica == NULL || confsync_replica_is_busy (self->replica) ||
      !confsync_replica_revert_local (self->replica, sim_node_get_time (self)))
    return;
  sim_world_trace (self->world, "%s: local edits are taken back", self->name);
  /* once more, and wanted so */
  g_hash_table_remove (self->applied,
                       confsync_revision_get_key (sim_node_get_head (self)));
  self->world->n_handled++;
  sim_node_run_actions (self);
}
