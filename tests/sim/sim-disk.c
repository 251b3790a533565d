/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * The disk.
 */

#include "config.h"

#include "sim-local.h"
#include "sim-world.h"

/* What was just sent may arrive first. */
#define WRITE_OUT_DELAY_US (2 * SIM_MS)
/* Once in so often, somebody else keeps the disk busy for up to that long. */
#define BUSY_TIMES 16
#define BUSY_MAX_MS 200
#define FAIL_TIMES 50
#define LATE_TIMES 20
#define LATE_US (20 * SIM_MS)

typedef enum {
  WORK_LOAD,
  WORK_VERSION,
  WORK_STATE,
  WORK_EXCHANGE, /* an apply reaches the file */
  WORK_APPLIED,  /* and is told */
} WorkKind;

typedef struct
{
  WorkKind kind;
  ConfsyncDocument *document; /* (owned) (nullable): what an apply expects */
  ConfsyncRevision *revision; /* (owned) (nullable): what is applied; a version */
  ConfsyncJson *state;        /* (owned) (nullable) */
  ConfsyncDocument *displaced; /* (owned) (nullable) */
  SimEdits edits;
  gboolean fails;
  GTask *task; /* (owned) (nullable): the store that asked, until it is answered */
} Work;

/* Came out of an exchange, and nobody looked at it yet. */
typedef struct
{
  ConfsyncDocument *document;
  SimEdits edits;
} Stray;

static void
stray_free (Stray *stray)
{
  confsync_document_unref (stray->document);
  g_free (stray);
}

static void
work_free (Work *work)
{
  g_clear_pointer (&work->document, confsync_document_unref);
  g_clear_pointer (&work->revision, confsync_revision_unref);
  g_clear_pointer (&work->state, confsync_json_unref);
  g_clear_pointer (&work->displaced, confsync_document_unref);
  if (work->task != NULL)
    g_task_return_new_error (work->task, G_IO_ERROR, G_IO_ERROR_CLOSED, "the program is gone");
  g_clear_object (&work->task);
  g_free (work);
}

static GHashTable *
kept_new (void)
{
  return g_hash_table_new_full (g_str_hash, g_str_equal, NULL,
                                (GDestroyNotify) confsync_document_unref);
}

void
sim_disk_init (SimDisk *self, SimNode *node, ConfsyncDocument *document)
{
  const SimEdits none = { 0 };

  self->node = node;
  self->kept = kept_new ();
  self->versions = g_ptr_array_new_with_free_func ((GDestroyNotify) confsync_revision_unref);
  self->strays = g_ptr_array_new_with_free_func ((GDestroyNotify) stray_free);
  g_queue_init (&self->work);
  g_queue_init (&self->unwritten);
  if (document != NULL)
    sim_disk_set_live (self, document, document, &none, NULL);
}

void
sim_disk_clear (SimDisk *self)
{
  sim_disk_crash (self);
  g_clear_pointer (&self->live, confsync_document_unref);
  g_clear_pointer (&self->shared, confsync_document_unref);
  g_clear_pointer (&self->values, sim_values_free);
  g_clear_pointer (&self->edited, confsync_document_unref);
  g_clear_pointer (&self->live_stamp, confsync_stamp_unref);
  g_clear_pointer (&self->state, confsync_json_unref);
  g_clear_pointer (&self->kept, g_hash_table_unref);
  g_clear_pointer (&self->versions, g_ptr_array_unref);
  g_clear_pointer (&self->strays, g_ptr_array_unref);
}

void
sim_disk_copy (SimDisk *self, const SimDisk *from)
{
  GHashTableIter iter;
  gpointer hash, document;

  sim_disk_clear (self);
  sim_disk_init (self, self->node, NULL);
  if (from->live != NULL)
    sim_disk_set_live (self, from->live, from->shared, &from->live_edits, NULL);
  self->values = from->values != NULL ? sim_values_copy (from->values) : NULL;
  self->live_edits = from->live_edits;
  self->live_stamp = from->live_stamp != NULL ? confsync_stamp_ref (from->live_stamp) : NULL;
  self->modified = from->modified;
  self->base_is_lost = from->base_is_lost;
  self->base_edits = from->base_edits;
  self->unnoted = from->unnoted;
  self->bare = from->bare;
  self->state = from->state != NULL ? confsync_json_ref (from->state) : NULL;
  g_hash_table_iter_init (&iter, from->kept);
  while (g_hash_table_iter_next (&iter, &hash, &document))
    g_hash_table_replace (self->kept, hash, confsync_document_ref (document));
  for (guint i = 0; i < from->versions->len; i++)
    g_ptr_array_add (self->versions, confsync_revision_ref (from->versions->pdata[i]));
}

void
sim_disk_set_live (SimDisk *self,
                   ConfsyncDocument *document,
                   ConfsyncDocument *shared,
                   const SimEdits *edits,
                   ConfsyncStamp *stamp)
{
  confsync_document_ref (document);
  confsync_document_ref (shared);
  g_clear_pointer (&self->live, confsync_document_unref);
  g_clear_pointer (&self->shared, confsync_document_unref);
  self->live = document;
  self->shared = shared;
  self->live_edits = *edits;
  if (stamp != NULL)
    confsync_stamp_ref (stamp);
  g_clear_pointer (&self->live_stamp, confsync_stamp_unref);
  self->live_stamp = stamp;
  self->bare = FALSE;
  self->modified = sim_node_get_time (self->node);
}

void
sim_disk_set_shared (SimDisk *self, ConfsyncDocument *shared)
{
  confsync_document_ref (shared);
  g_clear_pointer (&self->shared, confsync_document_unref);
  self->shared = shared;
}

void
sim_disk_note_edited (SimDisk *self, ConfsyncRevision *head)
{
  /* what an apply has just put there is as good as the head */
  if (self->live_stamp == NULL &&
      (head == NULL ||
       !confsync_document_equal (confsync_revision_get_document (head), self->shared)))
    return;
  g_clear_pointer (&self->edited, confsync_document_unref);
  self->edited = confsync_document_ref (self->shared);
}

static void
keep (SimDisk *self, ConfsyncRevision *revision)
{
  ConfsyncDocument *document = confsync_revision_get_document (revision);

  g_ptr_array_add (self->versions, confsync_revision_ref (revision));
  /* the version keeps the name */
  g_hash_table_replace (self->kept, (gpointer) confsync_revision_get_hash (revision),
                        confsync_document_ref (document));
}

/* Work */

static void work_cb (SimWorld *world, SimEvent *event);

static gint64
roll_delay (SimDisk *self)
{
  gint64 ms;

  if (self->node->world->quick_disks)
    return 0;
  ms = sim_dice_hits (&self->node->dice, BUSY_TIMES) ? BUSY_MAX_MS : 3;
  return sim_dice_roll (&self->node->dice, ms) * SIM_MS;
}

static void
begin_work (SimDisk *self)
{
  if (!g_queue_is_empty (&self->work))
    sim_world_schedule (self->node->world, work_cb, self->node, roll_delay (self));
}

static Work *
push_work (SimDisk *self, WorkKind kind)
{
  Work *work = g_new0 (Work, 1);

  work->kind = kind;
  g_queue_push_tail (&self->work, work);
  if (self->work.length == 1)
    begin_work (self);
  return work;
}

static void
leave_stray (SimDisk *self, ConfsyncDocument *document, const SimEdits *edits)
{
  Stray *stray = g_new (Stray, 1);

  stray->document = confsync_document_ref (document);
  stray->edits = *edits;
  g_ptr_array_add (self->strays, stray);
}

/* Somebody had the old file open and saves in place, now that another one stands there. */
static void
late_cb (SimWorld *world, SimEvent *event)
{
  SimNode *node = sim_world_get (world, event->source);

  if (node->replica != NULL && node->life == event->channel && node->local != NULL)
    sim_local_displace (node->local, event->document, &event->edits);
  else if (node->replica != NULL && node->life == event->channel)
    sim_node_displace (node, event->document, &event->edits);
  else
    leave_stray (&node->disk, event->document, &event->edits);
}

/* @next is what the new file shares. Where that is nothing new, the store wrote it on its own:
 * an edit found late counts as made on what the last apply replaced, and this one wasn't. */
static void
write_late (SimDisk *self, ConfsyncDocument *next)
{
  SimWorld *world = self->node->world;
  SimEdits edits = self->live_edits;
  SimEvent *event;
  ConfsyncDocument *document;
  g_autoptr (ConfsyncDocument) shared = NULL;

  if (self->live == NULL || sim_ledger_is_full (&world->ledger) || world->quick_disks ||
      !sim_dice_hits (&self->node->dice, LATE_TIMES))
    return;
  document = sim_node_make_edit (self->node, &self->node->dice, self->live);
  shared = sim_local_read (self->node, document, self->shared);
  if (!confsync_document_equal (shared, self->shared))
    {
      sim_ledger_add_edit (&world->ledger, self->node->index, &edits);
      sim_world_note_members (world, &edits, self->shared, shared);
      if (confsync_document_equal (next, self->shared))
        sim_world_forgive (world);
    }
  event = sim_world_schedule (world, late_cb, NULL, LATE_US);
  event->source = self->node->index;
  event->channel = self->node->life;
  event->document = document;
  event->edits = edits;
  sim_world_note_content (world, document, &edits);
  sim_world_trace (world, "%s: a late edit %s", self->node->name,
                   confsync_document_get_hash (document));
}

static void
exchange (SimDisk *self, Work *work)
{
  ConfsyncDocument *document = confsync_revision_get_document (work->revision), *shared;
  SimEdits edits;

  work->kind = WORK_APPLIED;
  if (work->fails)
    return;
  if (self->live != NULL && !confsync_document_equal (self->live, document) &&
      (work->document == NULL || !confsync_document_equal (self->live, work->document)))
    {
      work->displaced = confsync_document_ref (self->live);
      work->edits = self->live_edits;
      leave_stray (self, self->live, &self->live_edits);
    }
  shared = sim_disk_find_shared (self, work->revision);
  write_late (self, shared);
  g_clear_pointer (&self->edited, confsync_document_unref);
  edits = sim_disk_find_edits (self, work->revision);
  sim_disk_set_live (self, document, shared, &edits, confsync_revision_get_stamp (work->revision));
  /* the watcher doesn't know that this was ourselves */
  sim_node_notice_soon (self->node, &self->node->dice);
}

static void
forget_stray (SimDisk *self, ConfsyncDocument *document)
{
  for (guint i = self->strays->len; i-- > 0;)
    if (((Stray *) self->strays->pdata[i])->document == document)
      g_ptr_array_remove_index (self->strays, i);
}

static void
answer_save (SimDisk *self, Work *work, GTask *task)
{
  self->displaced_edits = work->edits;
  if (work->fails)
    g_task_return_new_error (task, G_IO_ERROR, G_IO_ERROR_NO_SPACE, "disk full");
  else
    confsync_store_return_saved (task, work->displaced);
}

/* Answers the store; FALSE: it wasn't one that asked. */
static gboolean
answer (SimDisk *self, Work *work)
{
  g_autoptr (GTask) task = g_steal_pointer (&work->task);
  g_autofree char *name = NULL;

  if (task == NULL)
    return FALSE;
  switch (work->kind)
    {
    case WORK_LOAD:
      confsync_store_return_loaded (task, self->live, self->live_stamp, self->modified);
      break;
    case WORK_VERSION:
      name = g_strdup_printf ("%u", self->versions->len - 1);
      confsync_store_return_name (task, name);
      break;
    case WORK_STATE:
      g_task_return_boolean (task, TRUE);
      break;
    case WORK_EXCHANGE:
    case WORK_APPLIED:
    default:
      answer_save (self, work, task);
    }
  return TRUE;
}

static void
tell_applied (SimDisk *self, Work *work)
{
  if (work->displaced != NULL)
    forget_stray (self, work->displaced);
  if (answer (self, work))
    return;
  sim_node_applied (self->node, work->revision, work->displaced, &work->edits,
                    work->fails ? "disk full" : NULL);
}

static void
do_work (SimDisk *self, Work *work)
{
  switch (work->kind)
    {
    case WORK_LOAD:
      break;
    case WORK_VERSION:
      keep (self, work->revision);
      break;
    case WORK_STATE:
      g_clear_pointer (&self->state, confsync_json_unref);
      self->state = g_steal_pointer (&work->state);
      break;
    case WORK_EXCHANGE:
    case WORK_APPLIED:
    default:
      exchange (self, work);
      return;
    }
  answer (self, work);
}

static void
work_cb (SimWorld *world, SimEvent *event)
{
  SimDisk *self = &event->node->disk;
  Work *work = g_queue_peek_head (&self->work);

  if (work == NULL)
    return;
  world->n_handled++;
  if (work->kind == WORK_EXCHANGE)
    {
      exchange (self, work);
      begin_work (self);
      return;
    }
  g_queue_pop_head (&self->work);
  begin_work (self);
  if (work->kind == WORK_APPLIED)
    tell_applied (self, work);
  else
    do_work (self, work);
  work_free (work);
  if (event->node->local != NULL)
    sim_local_pump (world);
}

/* Versions and states wait for what was just sent, but not for long. */
static void
write_out_through (SimDisk *self, SimLocal *local)
{
  ConfsyncRevision *next;

  while ((next = g_queue_pop_head (&self->unwritten)) != NULL)
    {
      g_autoptr (ConfsyncRevision) revision = next;

      sim_local_keep (local, revision);
    }
  if (self->unsaved)
    {
      g_autoptr (ConfsyncJson) state = sim_node_make_state (self->node);

      sim_local_persist (local, state);
    }
  self->unsaved = FALSE;
}

static void
write_out (SimDisk *self)
{
  ConfsyncRevision *revision;

  self->waits = FALSE;
  if (self->node->local != NULL)
    {
      write_out_through (self, self->node->local);
      return;
    }
  while ((revision = g_queue_pop_head (&self->unwritten)) != NULL)
    push_work (self, WORK_VERSION)->revision = revision;
  if (self->unsaved)
    push_work (self, WORK_STATE)->state = sim_node_make_state (self->node);
  self->unsaved = FALSE;
}

static void
write_out_cb (SimWorld *world, SimEvent *event)
{
  if (event->node->disk.waits)
    write_out (&event->node->disk);
}

static void
write_out_soon (SimDisk *self)
{
  if (self->waits)
    return;
  self->waits = TRUE;
  sim_world_schedule (self->node->world, write_out_cb, self->node, WRITE_OUT_DELAY_US);
}

void
sim_disk_keep (SimDisk *self, ConfsyncRevision *revision)
{
  g_queue_push_tail (&self->unwritten, confsync_revision_ref (revision));
  write_out_soon (self);
}

void
sim_disk_persist (SimDisk *self)
{
  self->unsaved = TRUE;
  write_out_soon (self);
}

void
sim_disk_apply (SimDisk *self, ConfsyncRevision *revision, ConfsyncDocument *expected)
{
  /* what an apply replaces is kept before it */
  write_out (self);
  if (self->node->local != NULL)
    sim_local_apply (self->node->local, revision, expected);
  else
    sim_disk_save (self, revision, expected, NULL);
}

/* For stores */

static Work *
push_work_for (SimDisk *self, WorkKind kind, GTask *task)
{
  Work *work = push_work (self, kind);

  work->task = g_object_ref (task);
  return work;
}

void
sim_disk_load (SimDisk *self, GTask *task)
{
  /* what is only read doesn't take time */
  if (self->work.length > 0)
    push_work_for (self, WORK_LOAD, task);
  else
    confsync_store_return_loaded (task, self->live, self->live_stamp, self->modified);
}

void
sim_disk_save_version (SimDisk *self, ConfsyncRevision *revision, GTask *task)
{
  push_work_for (self, WORK_VERSION, task)->revision = confsync_revision_ref (revision);
}

void
sim_disk_save_state (SimDisk *self, ConfsyncJson *state, GTask *task)
{
  push_work_for (self, WORK_STATE, task)->state = confsync_json_ref (state);
}

/* @task is nullable. */
void
sim_disk_save (SimDisk *self,
               ConfsyncRevision *revision,
               ConfsyncDocument *expected,
               GTask *task)
{
  Work *work = push_work (self, WORK_EXCHANGE);

  work->task = task != NULL ? g_object_ref (task) : NULL;
  work->revision = confsync_revision_ref (revision);
  work->document = expected != NULL ? confsync_document_ref (expected) : NULL;
  work->fails =
    !self->node->world->quick_disks && sim_dice_hits (&self->node->dice, FAIL_TIMES);
}

gboolean
sim_disk_is_busy (SimDisk *self)
{
  return self->work.length > 0 || self->waits;
}

void
sim_disk_flush (SimDisk *self)
{
  GQueue left = G_QUEUE_INIT;
  Work *work;

  write_out (self);
  while ((work = g_queue_pop_head (&self->work)) != NULL)
    if (work->kind == WORK_LOAD || work->kind == WORK_EXCHANGE || work->kind == WORK_APPLIED)
      g_queue_push_tail (&left, work);
    else
      {
        do_work (self, work);
        work_free (work);
      }
  self->work = left;
}

void
sim_disk_crash (SimDisk *self)
{
  Work *work = g_queue_pop_head (&self->work);

  /* what is just being done may have got there */
  if (work != NULL && work->kind != WORK_APPLIED && self->node->replica != NULL &&
      sim_dice_hits (&self->node->dice, 2))
    do_work (self, work);
  g_clear_pointer (&work, work_free);
  g_queue_clear_full (&self->work, (GDestroyNotify) work_free);
  g_queue_clear_full (&self->unwritten, (GDestroyNotify) confsync_revision_unref);
  self->unsaved = self->waits = FALSE;
}

gboolean
sim_disk_take_stray (SimDisk *self, ConfsyncDocument **document, SimEdits *edits)
{
  while (self->strays->len > 0)
    {
      g_autofree Stray *stray = g_ptr_array_steal_index (self->strays, 0);

      if (!sim_disk_has_file (self, stray->document))
        {
          *document = stray->document;
          *edits = stray->edits;
          return TRUE;
        }
      confsync_document_unref (stray->document);
    }
  return FALSE;
}
