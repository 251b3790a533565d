/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Trials: what another instance made is live, and the application has so long to confirm that it
 * works with it. If it doesn't, what was confirmed last is live again: by an edit for all, or here
 * alone.
 *
 * No storm can come of it. A content that was confirmed here once, or made here, is never on trial
 * again, and so neither is what another instance goes back to; and an instance goes back for all at
 * most once from one content. From the second time on, it stays behind alone.
 */

#include "config.h"

#include "confsync-driver-inside-private.h"

#include "confsync-address-private.h"
#include "confsync-error.h"

/* how many contents are remembered, by their hashes */
#define KNOWN_MAX 32
/* Instances whose trials end at the same moment would all go back at once, so each waits up to a
 * tenth of the time longer, and at most that. */
#define STAGGER_MAX_MS 1000

#define HASH_SHOWN_CHARS 12

void
confsync_driver_set_trials (ConfsyncDriver *self, guint timeout_ms, ConfsyncConfirmScope scope)
{
  self->trial.timeout_ms = timeout_ms;
  self->trial.scope = scope;
}

void
confsync_driver_init_trials (ConfsyncDriver *self)
{
  self->trial.confirmed = g_ptr_array_new_with_free_func (g_free);
  self->trial.failed = g_ptr_array_new_with_free_func (g_free);
}

static void
forget (ConfsyncDriver *self)
{
  ConfsyncTrial *trial = &self->trial;

  if (trial->clock != NULL)
    g_source_destroy (trial->clock);
  g_clear_pointer (&trial->clock, g_source_unref);
  g_clear_pointer (&trial->hash, g_free);
  g_clear_pointer (&trial->author, g_free);
  trial->told = FALSE;
}

void
confsync_driver_stop_trials (ConfsyncDriver *self)
{
  forget (self);
}

void
confsync_driver_clear_trials (ConfsyncDriver *self)
{
  forget (self);
  g_ptr_array_unref (self->trial.confirmed);
  g_ptr_array_unref (self->trial.failed);
}

/* What is known of contents */

static gboolean
knows (GPtrArray *hashes, const char *hash)
{
  return g_ptr_array_find_with_equal_func (hashes, hash, g_str_equal, NULL);
}

static void
unlearn (GPtrArray *hashes, const char *hash)
{
  guint i;

  if (g_ptr_array_find_with_equal_func (hashes, hash, g_str_equal, &i))
    g_ptr_array_remove_index (hashes, i);
}

/* The newest is the last one. */
static void
learn (GPtrArray *hashes, const char *hash)
{
  g_autofree char *own = g_strdup (hash);

  unlearn (hashes, own);
  g_ptr_array_add (hashes, g_steal_pointer (&own));
  if (hashes->len > KNOWN_MAX)
    g_ptr_array_remove_index (hashes, 0);
}

static void
confirm_hash (ConfsyncDriver *self, const char *hash)
{
  learn (self->trial.confirmed, hash);
  unlearn (self->trial.failed, hash);
}

static void
save_hashes (ConfsyncJsonBuilder *builder, const char *name, GPtrArray *hashes)
{
  confsync_json_builder_name (builder, name);
  confsync_json_builder_begin_array (builder);
  for (guint i = 0; i < hashes->len; i++)
    confsync_json_builder_string (builder, hashes->pdata[i]);
  confsync_json_builder_close (builder);
}

void
confsync_driver_save_trials (ConfsyncDriver *self, ConfsyncJsonBuilder *builder)
{
  if (self->trial.timeout_ms == 0)
    return;
  save_hashes (builder, "confirmed", self->trial.confirmed);
  save_hashes (builder, "unconfirmed", self->trial.failed);
}

/* What is no list of strings is as if it weren't there: these only save trials. */
static void
restore_hashes (ConfsyncJson *state, const char *name, GPtrArray *hashes)
{
  g_autoptr (ConfsyncJson) list = confsync_json_get_member (state, name);

  if (list == NULL || confsync_json_get_kind (list) != CONFSYNC_JSON_ARRAY)
    return;
  for (guint i = 0; i < MIN (confsync_json_get_length (list), KNOWN_MAX); i++)
    {
      g_autoptr (ConfsyncJson) item = confsync_json_get_element (list, i);

      if (confsync_json_get_kind (item) == CONFSYNC_JSON_STRING)
        g_ptr_array_add (hashes, confsync_json_dup_string (item));
    }
}

void
confsync_driver_restore_trials (ConfsyncDriver *self, ConfsyncJson *state)
{
  restore_hashes (state, "confirmed", self->trial.confirmed);
  restore_hashes (state, "unconfirmed", self->trial.failed);
}

/* A trial's end */

static void
tell (ConfsyncDriver *self, const char *outcome, const char *reason)
{
  confsync_reporter_trial (self->reporter, outcome, self->trial.hash, self->trial.author,
                           (gint64) self->trial.timeout_ms * G_TIME_SPAN_MILLISECOND, reason);
}

/* The head stays. */
static void
end_well (ConfsyncDriver *self, const char *reason)
{
  if (self->trial.hash == NULL)
    return;
  confirm_hash (self, self->trial.hash);
  if (self->trial.told)
    tell (self, "confirmed", reason);
  forget (self);
  confsync_replica_set_fallback (self->replica, NULL);
  confsync_driver_emit_trial_changed (self, NULL);
}

static void
rolled_back_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  ConfsyncDriver *self = CONFSYNC_DRIVER (source);
  g_autoptr (GError) error = NULL;

  if (g_task_propagate_boolean (G_TASK (result), &error) || !self->running)
    return;
  self->trial.going_back = FALSE;
  confsync_reporter_failed (self->reporter, "go back to what was confirmed last",
                            error->message);
}

/* The fallback was merely found here, and never what others had: it must not replace that. */
static gboolean
was_found_here (ConfsyncDriver *self)
{
  ConfsyncRevision *head = confsync_replica_get_head (self->replica);
  ConfsyncStamp *stamp =
    confsync_revision_get_stamp (confsync_replica_get_fallback (self->replica));

  return confsync_stamp_get_kind (stamp) == CONFSYNC_STAMP_INITIAL &&
         confsync_stamp_compare (stamp, confsync_revision_get_stamp (head)) !=
           CONFSYNC_ORDER_BEFORE;
}

/* Whether the others are to go back with this instance. */
static gboolean
is_for_all (ConfsyncDriver *self, const char *hash)
{
  return self->trial.scope == CONFSYNC_CONFIRM_FLEET && self->role == CONFSYNC_ROLE_BOTH &&
         !knows (self->trial.failed, hash) && !was_found_here (self);
}

static void
go_back_for_all (ConfsyncDriver *self, const char *hash, const char *author, const char *reason)
{
  g_autoptr (ConfsyncRevision) fallback =
    confsync_revision_ref (confsync_replica_get_fallback (self->replica));
  g_autofree char *name = g_strdup_printf ("what was before %.*s of %s, %s,", HASH_SHOWN_CHARS,
                                           hash, author, reason);
  g_autoptr (GTask) task = g_task_new (self, NULL, rolled_back_cb, NULL);

  confsync_driver_rollback (self, confsync_revision_get_document (fallback), name, task);
}

/* The application, or the clock, said no, and it is clear by now what the head is. */
static void
fail (ConfsyncDriver *self, GTask *task)
{
  g_autofree char *reason = g_strdup (g_task_get_task_data (task));
  g_autofree char *hash = g_strdup (g_object_get_data (G_OBJECT (task), "hash"));
  g_autofree char *author = NULL;
  gboolean for_all;

  g_task_return_boolean (task, TRUE);
  if (g_strcmp0 (self->trial.hash, hash) != 0 ||
      confsync_replica_get_fallback (self->replica) == NULL)
    return;
  for_all = is_for_all (self, hash);
  author = g_strdup (self->trial.author);
  learn (self->trial.failed, hash);
  tell (self, for_all ? "failed" : "failed here", reason);
  forget (self);
  confsync_driver_emit_trial_changed (self, NULL);
  self->trial.going_back = TRUE;
  if (for_all)
    go_back_for_all (self, hash, author, reason);
  else
    {
      confsync_replica_fall_back (self->replica, confsync_driver_get_time (self), reason);
      confsync_driver_run_actions (self);
    }
}

static void
fail_soon (ConfsyncDriver *self, const char *reason)
{
  g_autoptr (GTask) task = g_task_new (self, NULL, NULL, NULL);

  g_task_set_task_data (task, g_strdup (reason), g_free);
  g_object_set_data_full (G_OBJECT (task), "hash", g_strdup (self->trial.hash), g_free);
  confsync_driver_add_job (self, fail, task);
}

static gboolean
timeout_cb (gpointer user_data)
{
  ConfsyncDriver *self = user_data;
  gboolean seconds = self->trial.timeout_ms % 1000 == 0;
  g_autofree char *reason =
    g_strdup_printf ("not confirmed here within %u %s",
                     seconds ? self->trial.timeout_ms / 1000 : self->trial.timeout_ms,
                     seconds ? "s" : "ms");

  g_clear_pointer (&self->trial.clock, g_source_unref);
  fail_soon (self, reason);
  return G_SOURCE_REMOVE;
}

/* A trial's beginning */

static void
begin (ConfsyncDriver *self, ConfsyncRevision *revision, ConfsyncRevision *fallback)
{
  const char *author = confsync_stamp_get_author (confsync_revision_get_stamp (revision));

  forget (self);
  self->trial.hash = g_strdup (confsync_revision_get_hash (revision));
  self->trial.author = g_strdup (author);
  confsync_replica_set_fallback (self->replica, fallback);
}

/* Another instance's content is live. */
static void
note_applied (ConfsyncDriver *self, ConfsyncRevision *now, ConfsyncRevision *before)
{
  ConfsyncRevision *fallback = confsync_replica_get_fallback (self->replica);
  const char *hash = confsync_revision_get_hash (now);

  if (fallback == NULL)
    fallback = before;
  /* without anything to go back to, there is nothing to be tried */
  if (fallback != NULL && !knows (self->trial.confirmed, hash))
    {
      begin (self, now, fallback);
      return;
    }
  confirm_hash (self, hash);
  if (self->trial.hash != NULL && self->trial.told)
    tell (self, "over", "a content that was confirmed before took its place");
  forget (self);
  confsync_replica_set_fallback (self->replica, NULL);
  confsync_driver_emit_trial_changed (self, NULL);
}

/* Whoever edits on top of it has seen it. */
static void
note_own (ConfsyncDriver *self, ConfsyncAction *action)
{
  if (self->trial.hash != NULL && action->cause == CONFSYNC_CAUSE_EDIT)
    end_well (self, "by an edit made here");
  else if (self->trial.hash != NULL && self->trial.told)
    {
      tell (self, "over", "an older version was made the configuration again here");
      forget (self);
      confsync_driver_emit_trial_changed (self, NULL);
    }
  if (action->cause == CONFSYNC_CAUSE_ROLLBACK && action->reason == NULL &&
      self->trial.going_back)
    action->reason = g_strdup ("what was confirmed here last");
  self->trial.put_back = self->trial.going_back && action->cause == CONFSYNC_CAUSE_ROLLBACK;
  self->trial.going_back = FALSE;
  confirm_hash (self, confsync_revision_get_hash (action->revision));
  confsync_replica_set_fallback (self->replica, NULL);
}

void
confsync_driver_note_trial (ConfsyncDriver *self, ConfsyncAction *action)
{
  self->trial.put_back = FALSE;
  if (self->trial.timeout_ms == 0)
    return;
  if (action->report == CONFSYNC_REPORT_APPLIED)
    note_applied (self, action->revision, action->other);
  else if (action->report == CONFSYNC_REPORT_CHANGED)
    note_own (self, action);
}

void
confsync_driver_announce_trial (ConfsyncDriver *self)
{
  ConfsyncTrial *trial = &self->trial;
  guint stagger = MIN (trial->timeout_ms / 10, STAGGER_MAX_MS);

  if (trial->hash == NULL || trial->told || self->starting != NULL)
    return;
  trial->told = TRUE;
  trial->until = confsync_driver_get_time (self) +
                 (gint64) trial->timeout_ms * G_TIME_SPAN_MILLISECOND;
  trial->clock = confsync_clock_add_once (
    confsync_node_get_clock (self->node),
    trial->timeout_ms + (guint) (confsync_random_number () % (stagger + 1)), timeout_cb, self,
    NULL);
  tell (self, "begun", NULL);
  confsync_driver_emit_trial_changed (self, confsync_replica_get_head (self->replica));
}

/* A trial that an earlier life began, or had no time to begin, begins anew. */
void
confsync_driver_resume_trial (ConfsyncDriver *self)
{
  ConfsyncRevision *head = confsync_replica_get_head (self->replica);
  ConfsyncRevision *fallback = confsync_replica_get_fallback (self->replica);
  ConfsyncStamp *stamp = head != NULL ? confsync_revision_get_stamp (head) : NULL;
  gboolean own;

  if (head == NULL || fallback == NULL || self->trial.timeout_ms == 0)
    {
      if (head != NULL)
        confirm_hash (self, confsync_revision_get_hash (head));
      confsync_replica_set_fallback (self->replica, NULL);
      return;
    }
  own = g_strcmp0 (confsync_stamp_get_author (stamp),
                   confsync_node_get_instance_id (self->node)) == 0 &&
        confsync_stamp_get_kind (stamp) == CONFSYNC_STAMP_EDIT;
  if (own || knows (self->trial.confirmed, confsync_revision_get_hash (head)) ||
      confsync_revision_same (head, fallback))
    {
      confirm_hash (self, confsync_revision_get_hash (head));
      confsync_replica_set_fallback (self->replica, NULL);
    }
  else
    begin (self, head, fallback);
}

/* What the application says */

static gboolean
is_on_trial (ConfsyncDriver *self, const char *hash, GError **error)
{
  if (self->trial.hash == NULL)
    g_set_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_NOT_FOUND,
                 self->trial.timeout_ms > 0
                   ? "nothing is on trial now"
                   : "nothing is on trial: no confirm-timeout is set");
  else if (hash != NULL && !g_str_equal (hash, self->trial.hash))
    g_set_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_CONFLICT,
                 "it is no longer that configuration which is on trial, but %s",
                 self->trial.hash);
  else
    return TRUE;
  return FALSE;
}

gboolean
confsync_driver_confirm (ConfsyncDriver *self, const char *hash, GError **error)
{
  if (!is_on_trial (self, hash, error))
    return FALSE;
  end_well (self, NULL);
  confsync_driver_run_actions (self);
  return TRUE;
}

gboolean
confsync_driver_reject (ConfsyncDriver *self, const char *hash, const char *reason, GError **error)
{
  g_autofree char *text = NULL;

  if (!is_on_trial (self, hash, error))
    return FALSE;
  text = g_strdup_printf ("rejected: %s", reason != NULL ? reason : "no reason given");
  fail_soon (self, text);
  return TRUE;
}

const char *
confsync_driver_get_trial (ConfsyncDriver *self, const char **author, gint64 *until)
{
  if (!self->trial.told)
    return NULL;
  *author = self->trial.author;
  *until = self->trial.until;
  return self->trial.hash;
}
