/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * The driver. Its store does one thing after the other, in the order in which it was asked; so what
 * is sent goes out first, an apply is durable before it is acknowledged, and the version that an
 * apply replaces was kept before it.
 */

#include "config.h"

#include "confsync-driver-inside-private.h"

#include "confsync-stamp-private.h"
#include "confsync-store-private.h"

/* what a writer gone wild can cause */
#define LOADS_AT_ONCE 20
#define LOADS_PER_SECOND 50

enum {
  EVENT,
  CHANGED,
  STATUS_CHANGED,
  CONFLICTS_CHANGED,
  TRIAL_CHANGED,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (ConfsyncDriver, confsync_driver, G_TYPE_OBJECT)

static void
confsync_driver_dispose (GObject *object)
{
  ConfsyncDriver *self = CONFSYNC_DRIVER (object);

  confsync_driver_cancel_later (self);
  confsync_driver_cancel_count (self);
  confsync_driver_drop_unwritten (self);
  confsync_driver_forget_degraded (self);
  confsync_driver_stop_trials (self);
  if (self->watcher != NULL)
    g_signal_handlers_disconnect_by_data (self->watcher, self);
  if (self->store != NULL)
    {
      g_signal_handlers_disconnect_by_data (self->store, self);
      confsync_store_watch_damage (self->store, NULL, self);
    }
  g_clear_object (&self->node);
  g_clear_object (&self->store);
  g_clear_object (&self->watcher);
  g_clear_object (&self->resolver);
  g_clear_pointer (&self->replica, confsync_replica_free);
  g_clear_pointer (&self->reporter, confsync_reporter_free);

  G_OBJECT_CLASS (confsync_driver_parent_class)->dispose (object);
}

static void
confsync_driver_finalize (GObject *object)
{
  ConfsyncDriver *self = CONFSYNC_DRIVER (object);

  g_free (self->name);
  g_free (self->path);
  g_clear_pointer (&self->versions, g_ptr_array_unref);
  g_clear_pointer (&self->started_with, confsync_document_unref);
  g_clear_pointer (&self->started_stamp, confsync_stamp_unref);
  g_hash_table_unref (self->links);
  g_clear_pointer (&self->encoded_revision, confsync_revision_unref);
  g_clear_pointer (&self->encoded, g_bytes_unref);
  g_clear_pointer (&self->legacy_revision, confsync_revision_unref);
  g_free (self->legacy_hash);
  g_clear_pointer (&self->acknowledged, confsync_revision_unref);
  g_clear_pointer (&self->unnoted, confsync_revision_unref);
  g_clear_pointer (&self->shown, confsync_document_unref);
  g_free (self->accepted);
  g_free (self->found_reason);
  confsync_driver_clear_trials (self);
  g_ptr_array_unref (self->stopping);
  g_ptr_array_unref (self->sets);
  g_ptr_array_unref (self->jobs);
  g_ptr_array_unref (self->syncs);
  g_ptr_array_unref (self->displaced);
  confsync_holders_free (self->holders);

  G_OBJECT_CLASS (confsync_driver_parent_class)->finalize (object);
}

static void
confsync_driver_class_init (ConfsyncDriverClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = confsync_driver_dispose;
  object_class->finalize = confsync_driver_finalize;

  signals[EVENT] =
    g_signal_new ("event", CONFSYNC_TYPE_DRIVER, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                  G_TYPE_NONE, 3, G_TYPE_INT, G_TYPE_STRING, G_TYPE_VARIANT);
  signals[CHANGED] =
    g_signal_new ("changed", CONFSYNC_TYPE_DRIVER, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                  G_TYPE_NONE, 3, CONFSYNC_TYPE_REVISION, CONFSYNC_TYPE_REVISION, G_TYPE_BOOLEAN);
  signals[STATUS_CHANGED] =
    g_signal_new ("status-changed", CONFSYNC_TYPE_DRIVER, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                  G_TYPE_NONE, 0);
  signals[CONFLICTS_CHANGED] =
    g_signal_new ("conflicts-changed", CONFSYNC_TYPE_DRIVER, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                  NULL, G_TYPE_NONE, 0);
  signals[TRIAL_CHANGED] =
    g_signal_new ("trial-changed", CONFSYNC_TYPE_DRIVER, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                  G_TYPE_NONE, 1, CONFSYNC_TYPE_REVISION);
}

static void
confsync_driver_init (ConfsyncDriver *self)
{
  self->links =
    g_hash_table_new_full (g_str_hash, g_str_equal, g_free,
                           (GDestroyNotify) confsync_driver_link_free);
  self->stopping = g_ptr_array_new_with_free_func (g_object_unref);
  self->sets = g_ptr_array_new_with_free_func (g_object_unref);
  self->jobs = confsync_driver_new_jobs ();
  self->syncs = g_ptr_array_new_with_free_func (g_object_unref);
  self->displaced =
    g_ptr_array_new_with_free_func ((GDestroyNotify) confsync_document_unref);
  self->holders = confsync_holders_new ();
  confsync_driver_init_trials (self);
  self->bad_since = -1;
  confsync_token_bucket_init (&self->loads, LOADS_AT_ONCE, LOADS_PER_SECOND);
}

gint64
confsync_driver_get_time (ConfsyncDriver *self)
{
  return confsync_clock_get_time (confsync_node_get_clock (self->node));
}

gint64
confsync_driver_get_monotonic (ConfsyncDriver *self)
{
  return confsync_clock_get_monotonic (confsync_node_get_clock (self->node));
}

void
confsync_driver_emit_event (ConfsyncLevel level,
                            const char *kind,
                            GVariant *details,
                            gpointer user_data)
{
  ConfsyncDriver *self = user_data;

  if (self->running || self->starting != NULL)
    g_signal_emit (self, signals[EVENT], 0, level, kind, details);
}

void
confsync_driver_emit_changed (ConfsyncDriver *self,
                              ConfsyncRevision *now,
                              ConfsyncRevision *before,
                              gboolean local)
{
  g_signal_emit (self, signals[CHANGED], 0, now, before, local);
}

void
confsync_driver_emit_trial_changed (ConfsyncDriver *self, ConfsyncRevision *revision)
{
  if (self->running)
    g_signal_emit (self, signals[TRIAL_CHANGED], 0, revision);
}

void
confsync_driver_emit_status_changed (ConfsyncDriver *self)
{
  if (self->running)
    g_signal_emit (self, signals[STATUS_CHANGED], 0);
}

void
confsync_driver_set_version_count (ConfsyncDriver *self, guint count)
{
  if (self->n_versions == count)
    return;
  self->n_versions = count;
  confsync_driver_emit_status_changed (self);
}

/* Each call to the store holds a reference and is counted, so that a stop can wait for them. */
gpointer
confsync_driver_begin_call (ConfsyncDriver *self)
{
  self->under_way++;
  return g_object_ref (self);
}

static void
released_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  confsync_store_claim_finish (CONFSYNC_STORE (source), result, NULL);
  confsync_driver_end_call (user_data);
}

void
confsync_driver_end_call (ConfsyncDriver *self)
{
  g_autoptr (ConfsyncDriver) owned = self;
  g_autoptr (GPtrArray) stopped = NULL;

  confsync_driver_check_degraded (owned);
  if (--owned->under_way > 0)
    return;
  /* the last thing that a stop waits for */
  if (owned->stopping->len > 0 && owned->claimed)
    {
      owned->claimed = FALSE;
      confsync_store_release_async (owned->store, released_cb, confsync_driver_begin_call (owned));
      return;
    }
  stopped = g_steal_pointer (&owned->stopping);
  owned->stopping = g_ptr_array_new_with_free_func (g_object_unref);
  for (guint i = 0; i < stopped->len; i++)
    g_task_return_boolean (stopped->pdata[i], TRUE);
}

/* Actions that the store carries out */

static void
applied_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  ConfsyncDriver *self = user_data;
  g_autoptr (ConfsyncDocument) displaced = NULL;
  g_autoptr (GError) error = NULL;

  confsync_store_save_finish (CONFSYNC_STORE (source), result, &displaced, &error);
  /* {} is taken for a mistake here as everywhere */
  if (displaced != NULL && confsync_document_is_empty (displaced))
    g_clear_pointer (&displaced, confsync_document_unref);
  if (displaced != NULL && !confsync_driver_accept_displaced (self, displaced))
    g_clear_pointer (&displaced, confsync_document_unref);
  confsync_replica_applied (self->replica, confsync_driver_get_time (self), displaced,
                            error != NULL ? error->message : NULL);
  confsync_driver_run_actions (self);
  confsync_driver_end_call (self);
}

static void
apply (ConfsyncDriver *self, ConfsyncAction *action)
{
  ConfsyncDocument *expected =
    action->other != NULL ? confsync_revision_get_document (action->other) : NULL;

  if (!confsync_driver_may_apply (self, action->revision))
    return;
  /* what an apply replaces is kept before it */
  confsync_driver_write_out (self);
  confsync_store_save_async (self->store, action->revision, expected, NULL, applied_cb,
                             confsync_driver_begin_call (self));
}

/* Reports */

static gint64
time_of_receipt (ConfsyncDriver *self, const char *link)
{
  ConfsyncDriverLink *record = confsync_driver_get_link (self, link);

  return record != NULL ? record->received : 0;
}

/* Whose clock it is, if the edit is no answer to one that was ahead already: whoever edits on that
 * gets a time after it. */
static void
note_ahead (ConfsyncDriver *self, ConfsyncAction *action)
{
  ConfsyncStamp *stamp = confsync_revision_get_stamp (action->revision);
  ConfsyncVector *vector = confsync_stamp_get_vector (stamp);
  const ConfsyncVectorEntry *entries = confsync_vector_get_entries (vector);
  gint64 time = confsync_stamp_get_time (stamp);

  for (guint i = 0; i < confsync_vector_get_length (vector); i++)
    if (entries[i].time == time - 1)
      return;
  confsync_node_note_author_ahead (self->node, confsync_stamp_get_author (stamp), action->link,
                                   time - confsync_driver_get_time (self));
}

static void
report (ConfsyncDriver *self, ConfsyncAction *action)
{
  gint64 received = time_of_receipt (self, action->link);

  if (action->report == CONFSYNC_REPORT_BEHIND)
    confsync_driver_note_behind (self, action);
  if (action->report == CONFSYNC_REPORT_AHEAD)
    note_ahead (self, action);
  if (action->report == CONFSYNC_REPORT_CONFLICT || action->report == CONFSYNC_REPORT_SETTLED)
    self->conflicts_changed = TRUE;
  if (action->report == CONFSYNC_REPORT_CHANGED && action->cause == CONFSYNC_CAUSE_ROLLBACK)
    confsync_driver_name_rollback (self, action);
  if (action->report == CONFSYNC_REPORT_APPLIED || action->report == CONFSYNC_REPORT_REVERTED ||
      action->report == CONFSYNC_REPORT_CHANGED)
    confsync_driver_note_replaced (self);
  confsync_driver_note_trial (self, action);
  if (action->report == CONFSYNC_REPORT_CHANGED || action->report == CONFSYNC_REPORT_APPLIED)
    confsync_driver_emit_changed (self, action->revision, action->other,
                                  action->report == CONFSYNC_REPORT_CHANGED &&
                                    !self->trial.put_back);
  /* by the time that it is applied, who brought it may be gone */
  confsync_reporter_take (self->reporter, action,
                          confsync_driver_get_link (self, action->link) != NULL
                            ? confsync_node_get_link_peer (self->node, action->link)
                            : NULL,
                          received != 0 ? confsync_driver_get_monotonic (self) - received : -1);
  confsync_driver_announce_trial (self);
  confsync_driver_end_set (self, action);
}

static void
run_action (ConfsyncDriver *self, ConfsyncAction *action)
{
  switch (action->type)
    {
    case CONFSYNC_ACTION_SEND_UPDATE:
      confsync_driver_send_update (self, action->link, action->revision);
      self->sent = TRUE;
      break;
    case CONFSYNC_ACTION_SEND_HEADS:
      confsync_driver_send_heads (self, action->link);
      break;
    case CONFSYNC_ACTION_SEND_REQUEST:
      confsync_driver_send_request (self, action->link, FALSE);
      break;
    case CONFSYNC_ACTION_SEND_ACK:
      confsync_driver_send_ack (self, action->link, confsync_revision_get_stamp (action->revision),
                               confsync_revision_get_hash (action->revision), action->outcome,
                               action->reason);
      break;
    case CONFSYNC_ACTION_SEND_LEGACY:
      confsync_driver_send_legacy (self, action);
      break;
    case CONFSYNC_ACTION_APPLY:
      apply (self, action);
      break;
    case CONFSYNC_ACTION_RELOAD:
      confsync_driver_load (self);
      break;
    case CONFSYNC_ACTION_RESOLVE:
      confsync_driver_resolve (self, action);
      break;
    case CONFSYNC_ACTION_FIND_BASE:
      confsync_driver_find_base (self, action);
      break;
    case CONFSYNC_ACTION_SEND_BASE_REQUEST:
      confsync_driver_send_base_request (self, action);
      break;
    case CONFSYNC_ACTION_SEND_BASE:
      confsync_driver_send_base (self, action);
      break;
    case CONFSYNC_ACTION_MEND:
      confsync_driver_mend (self, action);
      break;
    case CONFSYNC_ACTION_KEEP:
      confsync_driver_keep (self, action->revision, action->cause);
      break;
    case CONFSYNC_ACTION_ACKNOWLEDGED:
      confsync_driver_note_acknowledged (self, action->link, action->revision);
      break;
    case CONFSYNC_ACTION_PERSIST:
      confsync_driver_persist (self);
      break;
    case CONFSYNC_ACTION_REPORT:
    default:
      report (self, action);
    }
}

void
confsync_driver_emit_conflicts_changed (ConfsyncDriver *self)
{
  self->conflicts_changed = FALSE;
  self->edited_here = confsync_replica_is_edited_here (self->replica);
  if (self->running)
    g_signal_emit (self, signals[CONFLICTS_CHANGED], 0);
}

void
confsync_driver_run_actions (ConfsyncDriver *self)
{
  g_autoptr (ConfsyncDriver) keep = g_object_ref (self); /* who is answered may let go of it */
  ConfsyncAction *action;

  /* what an action brings about waits its turn */
  if (self->acting)
    return;
  self->acting = TRUE;
  while ((action = confsync_replica_next_action (self->replica)) != NULL)
    {
      run_action (self, action);
      confsync_action_free (action);
    }
  self->acting = FALSE;
  if (self->conflicts_changed ||
      self->edited_here != confsync_replica_is_edited_here (self->replica))
    confsync_driver_emit_conflicts_changed (self);
  confsync_driver_check_syncs (self);
  confsync_driver_check_jobs (self);
  confsync_driver_emit_status_changed (self);
}
