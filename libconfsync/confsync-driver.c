/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * The driver. Its store does one thing after the other, in the order in which it was asked; so what
 * is sent goes out first, an apply is durable before it is acknowledged, and the version that an
 * apply replaces was kept before it.
 */

#include "config.h"

#include "confsync-driver-inside-private.h"

#include "confsync-error.h"
#include "confsync-stamp-private.h"
#include "confsync-store-private.h"

/* what a writer gone wild can cause */
#define LOADS_AT_ONCE 20
#define LOADS_PER_SECOND 50
/* An editor may be half way: what is of no use, or not there, counts as such after so long. */
#define QUIET_MS 1000

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

void
confsync_driver_cancel_later (ConfsyncDriver *self)
{
  if (self->later == NULL)
    return;
  g_source_destroy (self->later);
  g_clear_pointer (&self->later, g_source_unref);
}

static void
confsync_driver_dispose (GObject *object)
{
  ConfsyncDriver *self = CONFSYNC_DRIVER (object);

  confsync_driver_cancel_later (self);
  confsync_driver_cancel_count (self);
  confsync_driver_drop_unwritten (self);
  confsync_driver_stop_trials (self);
  if (self->watcher != NULL)
    g_signal_handlers_disconnect_by_data (self->watcher, self);
  if (self->store != NULL)
    g_signal_handlers_disconnect_by_data (self->store, self);
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
  g_clear_pointer (&self->shown, confsync_document_unref);
  g_free (self->accepted);
  g_free (self->found_reason);
  confsync_driver_clear_trials (self);
  g_ptr_array_unref (self->stopping);
  g_ptr_array_unref (self->sets);
  g_ptr_array_unref (self->jobs);
  g_ptr_array_unref (self->syncs);
  g_ptr_array_unref (self->displaced);

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

void
confsync_driver_end_call (ConfsyncDriver *self)
{
  g_autoptr (ConfsyncDriver) owned = self;
  g_autoptr (GPtrArray) stopped = NULL;

  if (--owned->under_way > 0)
    return;
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
    case CONFSYNC_ACTION_KEEP:
      confsync_driver_keep (self, action->revision, action->cause);
      break;
    case CONFSYNC_ACTION_ACKNOWLEDGED:
      confsync_driver_note_acknowledged (self, action->revision);
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

/* The live configuration */

static gboolean
later_cb (gpointer user_data)
{
  ConfsyncDriver *self = user_data;

  confsync_driver_cancel_later (self);
  confsync_driver_load (self);
  return G_SOURCE_REMOVE;
}

static void
load_later (ConfsyncDriver *self, guint delay_ms)
{
  confsync_driver_cancel_later (self);
  self->later = confsync_clock_add_once (confsync_node_get_clock (self->node), delay_ms, later_cb,
                                         self, NULL);
}

void
confsync_driver_load_soon (ConfsyncDriver *self)
{
  if (self->running)
    load_later (self, 1);
}

/* Half a file, or none for a moment, is nothing unusual while somebody saves it, so a second look
 * decides. */
static gboolean
wait_for_quiet (ConfsyncDriver *self)
{
  gint64 now = confsync_driver_get_monotonic (self), left;

  if (self->starting != NULL)
    return FALSE;
  if (self->bad_since < 0)
    self->bad_since = now;
  left = self->bad_since + QUIET_MS * G_TIME_SPAN_MILLISECOND - now;
  if (left > 0)
    load_later (self, left / G_TIME_SPAN_MILLISECOND + 1);
  return left > 0;
}

void
confsync_driver_take_nothing (ConfsyncDriver *self, gboolean file_is_there)
{
  const char *what = file_is_there ? "is empty" : "is missing";
  gboolean configured = confsync_replica_get_head (self->replica) != NULL;
  g_autofree char *reason =
    configured ? g_strdup_printf ("%s %s, which is taken for a mistake: nothing is sent, and the "
                                  "others keep what they have; save the file again to go on",
                                  self->path, what)
               : g_strdup_printf ("waiting for %s, or for a peer that has it", self->path);

  if (wait_for_quiet (self))
    return;
  confsync_reporter_waiting (self->reporter, self->path, reason, configured);
  confsync_driver_emit_status_changed (self);
}

void
confsync_driver_take_invalid (ConfsyncDriver *self, const GError *error)
{
  if (wait_for_quiet (self))
    return;
  if (error->domain == CONFSYNC_ERROR)
    confsync_reporter_invalid (self->reporter, error->message);
  else
    confsync_reporter_unreadable (self->reporter, error->message);
  confsync_driver_emit_status_changed (self);
}

gboolean
confsync_driver_is_usable (ConfsyncDriver *self, ConfsyncDocument *document)
{
  ConfsyncRevision *head = confsync_replica_get_head (self->replica);

  return document != NULL &&
         (!confsync_document_is_empty (document) ||
          (head != NULL &&
           confsync_document_is_empty (confsync_revision_get_document (head))));
}

/* @document is nullable, and counts only without @error (nullable). */
static void
take_loaded (ConfsyncDriver *self, ConfsyncDocument *document, gint64 modified, const GError *error)
{
  if (error != NULL)
    confsync_driver_take_invalid (self, error);
  else if (!confsync_driver_is_usable (self, document))
    confsync_driver_take_nothing (self, modified > 0);
  else
    {
      self->bad_since = -1;
      confsync_driver_take_edit (self, document);
    }
  /* what stood in the way of an apply may be gone */
  if (error == NULL)
    confsync_replica_tick (self->replica, confsync_driver_get_time (self));
  confsync_driver_run_actions (self);
  confsync_driver_check_local (self);
}

static void
loaded_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  ConfsyncDriver *self = user_data;
  g_autoptr (ConfsyncDocument) document = NULL;
  g_autoptr (GError) error = NULL;
  gint64 modified;

  self->loading = FALSE;
  confsync_store_load_finish (CONFSYNC_STORE (source), result, &document, NULL, &modified, &error);
  take_loaded (self, document, modified, error);
  if (self->load_again && self->running)
    confsync_driver_load (self);
  confsync_driver_end_call (self);
}

void
confsync_driver_load (ConfsyncDriver *self)
{
  g_autoptr (ConfsyncDriver) keep = g_object_ref (self); /* who hears of it may let go */
  g_autoptr (ConfsyncDocument) document = NULL;
  g_autoptr (GError) error = NULL;
  gint64 modified;
  guint wait;

  self->load_again = self->loading;
  if (self->loading || !self->running)
    return;
  if (self->asking > 0)
    {
      self->ask_again = TRUE;
      return;
    }

  wait = confsync_token_bucket_take (&self->loads, confsync_driver_get_monotonic (self));
  if (wait > 0)
    {
      load_later (self, wait);
      return;
    }
  if (confsync_store_load_at_hand (self->store, &document, &modified, &error))
    {
      take_loaded (self, document, modified, error);
      return;
    }
  self->loading = TRUE;
  confsync_store_load_async (self->store, NULL, loaded_cb, confsync_driver_begin_call (self));
}

void
confsync_driver_watcher_changed_cb (ConfsyncWatcher *watcher, gpointer user_data)
{
  ConfsyncDriver *self = user_data;

  self->bad_since = -1;
  confsync_driver_cancel_later (self);
  confsync_driver_load (self);
}

void
confsync_driver_store_displaced_cb (ConfsyncStore *store,
                                    ConfsyncDocument *document,
                                    gpointer user_data)
{
  ConfsyncDriver *self = user_data;

  if (!self->running || confsync_document_is_empty (document))
    return;
  if (self->starting != NULL)
    {
      g_ptr_array_add (self->displaced, confsync_document_ref (document));
      return;
    }
  confsync_driver_take_displaced (self, document);
  confsync_driver_run_actions (self);
}

void
confsync_driver_store_notice_cb (ConfsyncStore *store, const char *message, gpointer user_data)
{
  ConfsyncDriver *self = user_data;

  confsync_reporter_notice (self->reporter, CONFSYNC_LEVEL_WARNING, message);
}
