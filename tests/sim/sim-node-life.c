/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * A node's life: what it begins with, and what is left of it after a crash.
 */

#include "config.h"

#include "sim-local.h"
#include "sim-world.h"

#include "confsync-stamp-private.h"

void
sim_node_forget_life (SimNode *self)
{
  g_clear_pointer (&self->local, sim_local_free);
  g_clear_pointer (&self->replica, confsync_replica_free);
  g_clear_pointer (&self->last_head, confsync_revision_unref);
  g_clear_pointer (&self->encoded_revision, confsync_revision_unref);
  g_clear_pointer (&self->encoded, g_bytes_unref);
  g_hash_table_remove_all (self->applied);
  g_clear_pointer (&self->expected, g_free);
}

static void
beat_cb (SimWorld *world, SimEvent *event)
{
  SimNode *node = event->node;

  sim_node_tick (node);
  for (guint i = 0; i < node->wires->len; i++)
    sim_wire_beat (node->wires->pdata[i], sim_wire_side_of (node->wires->pdata[i], node));
  sim_world_schedule (world, beat_cb, node, SIM_BEAT_US);
}

/* The disk doesn't note why it keeps one: an edit that lost may be told of twice. */
static void
tell_versions (SimNode *self)
{
  for (guint i = 0; i < self->disk.versions->len; i++)
    {
      ConfsyncRevision *revision = self->disk.versions->pdata[i];
      g_autoptr (ConfsyncVersion) version = confsync_version_new (
        "version", confsync_revision_get_stamp (revision), confsync_revision_get_hash (revision),
        CONFSYNC_CAUSE_EDIT, FALSE);

      confsync_replica_saw_version (self->replica, version);
    }
}

static void
supply_wanted (SimNode *self)
{
  g_auto (GStrv) wanted = NULL;

  tell_versions (self);
  wanted = confsync_replica_dup_wanted (self->replica);
  for (guint i = 0; wanted[i] != NULL; i++)
    {
      g_autoptr (ConfsyncDocument) document = sim_disk_read_version (&self->disk, wanted[i]);

      if (document != NULL)
        confsync_replica_supply (self->replica, document);
    }
}

/* A crash that lost the newest state, and then a clock that is behind: the edit that is found is
 * somebody new's, so that nothing is taken for known that isn't, and may lose to what the same file
 * held before. That is the one pair of faults that the rules don't cover. */
static gboolean
is_found_behind_clock (SimNode *self)
{
  SimDisk *disk = &self->disk;
  g_autoptr (ConfsyncJson) greatest =
    disk->state != NULL ? confsync_json_get_member (disk->state, "greatest") : NULL;

  return greatest != NULL && disk->live != NULL && disk->live_stamp == NULL &&
         MIN (sim_node_get_time (self), disk->modified) <= confsync_json_get_integer (greatest);
}

static ConfsyncJson *
load_state (SimNode *self)
{
  if (self->local != NULL)
    return sim_local_load_state (self->local);
  return self->disk.state != NULL ? confsync_json_ref (self->disk.state) : NULL;
}

static ConfsyncDocument *
load_live (SimNode *self)
{
  if (self->local != NULL)
    return sim_local_load (self->local);
  return self->disk.live != NULL ? confsync_document_ref (self->disk.live) : NULL;
}

static void
make_replica (SimNode *self)
{
  g_autoptr (ConfsyncJson) state = NULL;

  self->replica = confsync_replica_new (self->name, sim_dice_next (&self->dice));
  confsync_replica_set_role (self->replica, self->role);
  confsync_replica_set_join (self->replica, self->join);
  confsync_replica_set_needs_base (self->replica, self->resolver != NULL &&
                                                    confsync_resolver_needs_base (self->resolver));
  if (self->members != NULL)
    self->local = sim_local_new (self);
  state = load_state (self);
  if (state != NULL)
    g_assert_true (confsync_replica_restore (self->replica, state, NULL));
}

static void
take_strays (SimNode *self)
{
  ConfsyncDocument *next;
  SimEdits edits;

  while (sim_disk_take_stray (&self->disk, &next, &edits))
    {
      g_autoptr (ConfsyncDocument) document = next;

      if (self->local != NULL)
        sim_local_displace (self->local, document, &edits);
      else
        sim_node_displace (self, document, &edits);
    }
}

void
sim_node_start (SimNode *self)
{
  SimDisk *disk = &self->disk;
  g_autoptr (ConfsyncDocument) live = NULL;
  g_autoptr (ConfsyncDocument) version = NULL;

  g_assert_null (self->replica);
  self->life++;
  self->world->lenient |= is_found_behind_clock (self);
  disk->base_is_lost = FALSE;
  make_replica (self);
  live = load_live (self);
  supply_wanted (self);
  sim_world_trace (self->world, "%s starts, live %s", self->name,
                   live != NULL ? confsync_document_get_hash (live) : "-");
  if (live != NULL)
    sim_node_announce (self, live, &disk->live_edits);
  version = sim_disk_read_version (disk, confsync_replica_get_restored_hash (self->replica));
  confsync_replica_start (self->replica, sim_node_get_time (self), live, disk->live_stamp,
                          disk->modified, version);
  sim_node_run_actions (self);
  if (sim_node_get_head (self) != NULL)
    sim_disk_keep (disk, sim_node_get_head (self));
  take_strays (self);
  sim_world_schedule (self->world, beat_cb, self, sim_dice_roll (&self->dice, SIM_BEAT_US));
  for (guint i = 0; i < self->wires->len; i++)
    sim_wire_dial (self->wires->pdata[i]);
}

/* What the disk takes the live content for is what an edit from now on counts as made on: that an
 * apply went unnoted in a crash is a documented limit. */
static void
remember_base (SimNode *self)
{
  SimDisk *disk = &self->disk;
  ConfsyncJson *state = disk->state;
  g_autoptr (ConfsyncJson) hash =
    state != NULL ? confsync_json_lookup (state, "/head/hash", NULL) : NULL;
  g_autoptr (ConfsyncJson) stamp_json =
    state != NULL ? confsync_json_lookup (state, "/head/stamp", NULL) : NULL;
  g_autofree char *text = hash != NULL ? confsync_json_dup_string (hash) : NULL;

  disk->base_is_lost =
    disk->shared != NULL && g_strcmp0 (text, confsync_document_get_hash (disk->shared)) != 0;
  disk->unnoted = disk->base_is_lost;
  disk->base_edits = (SimEdits) { 0 };
  if (stamp_json != NULL)
    {
      g_autoptr (ConfsyncStamp) stamp = confsync_stamp_new_from_json (stamp_json, NULL);
      g_autofree char *key = confsync_stamp_make_key (stamp, text);

      disk->base_edits = sim_ledger_find (&self->world->ledger, key);
    }
  if (disk->base_is_lost && disk->live_stamp == NULL)
    {
      /* what was applied looks like an own edit now */
      if (disk->bare)
        sim_world_forgive (self->world);
      disk->live_edits = sim_ledger_filter (&self->world->ledger, &disk->live_edits, self->index);
      sim_edits_join (&disk->live_edits, &disk->base_edits);
      sim_world_blur_members (self->world, &disk->live_edits, self->index, disk->shared);
      disk->base_is_lost = FALSE;
    }
}

void
sim_node_crash (SimNode *self, gboolean clean)
{
  if (self->replica == NULL)
    return;
  sim_world_trace (self->world, "%s %s", self->name, clean ? "stops" : "crashes");
  if (clean)
    sim_disk_flush (&self->disk);
  sim_disk_crash (&self->disk);
  remember_base (self);
  sim_node_forget_life (self);
  for (guint i = 0; i < self->wires->len; i++)
    sim_wire_close (self->wires->pdata[i], sim_wire_side_of (self->wires->pdata[i], self));
  self->life++;
  if (self->members != NULL)
    sim_local_pump (self->world); /* whoever still waits there is told */
}
