/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * A driver's life. The start gathers what an earlier life left: the state, the versions, the live
 * configuration, and the versions that the state knows by name; then the replica has what it needs
 * to say which of them is newer.
 */

#include "config.h"

#include "confsync-driver-inside-private.h"

#include "confsync-address-private.h"
#include "confsync-error.h"
#include "confsync-store-private.h"

ConfsyncDriver *
confsync_driver_new (ConfsyncNode *node,
                     const char *name,
                     const char *path,
                     ConfsyncStore *store,
                     ConfsyncWatcher *watcher,
                     ConfsyncResolver *resolver,
                     const ConfsyncJsonLimits *limits)
{
  ConfsyncDriver *self = g_object_new (CONFSYNC_TYPE_DRIVER, NULL);

  self->node = g_object_ref (node);
  self->name = g_strdup (name);
  self->path = g_strdup (path);
  self->store = g_object_ref (store);
  self->watcher = watcher != NULL ? g_object_ref (watcher) : NULL;
  self->resolver = g_object_ref (resolver);
  self->limits = *limits;
  self->reporter =
    confsync_reporter_new (confsync_node_get_clock (node), confsync_driver_emit_event, self);

  g_signal_connect (store, "displaced", G_CALLBACK (confsync_driver_store_displaced_cb), self);
  g_signal_connect (store, "notice", G_CALLBACK (confsync_driver_store_notice_cb), self);
  confsync_store_watch_damage (store, confsync_driver_damaged_cb, self);
  if (watcher != NULL)
    g_signal_connect (watcher, "changed", G_CALLBACK (confsync_driver_watcher_changed_cb), self);
  return self;
}

void
confsync_driver_set_manners (ConfsyncDriver *self, ConfsyncRole role, ConfsyncJoin join)
{
  self->role = role;
  self->join = join;
}

/* Ends the start; takes @error. */
static void
end_start (ConfsyncDriver *self, GError *error)
{
  g_autoptr (GTask) task = g_steal_pointer (&self->starting);

  if (task == NULL)
    {
      g_clear_error (&error);
      return;
    }
  if (error != NULL)
    {
      self->running = FALSE;
      if (self->watcher != NULL)
        confsync_watcher_stop (self->watcher);
      g_task_return_error (task, error);
    }
  else
    {
      confsync_driver_check_local (self);
      confsync_driver_remind (self);
      confsync_driver_announce_trial (self);
      confsync_driver_emit_status_changed (self);
      confsync_driver_emit_conflicts_changed (self);
      g_task_return_boolean (task, TRUE);
    }
}

static gboolean
has_version (ConfsyncDriver *self, const char *hash)
{
  for (guint i = 0; i < self->versions->len; i++)
    if (g_strcmp0 (confsync_version_get_hash (self->versions->pdata[i]), hash) == 0)
      return TRUE;
  return FALSE;
}

/* Why the configuration that a start finds is kept, as far as its stamp tells. */
static ConfsyncCause
cause_of (ConfsyncDriver *self, ConfsyncRevision *head)
{
  ConfsyncStamp *stamp = confsync_revision_get_stamp (head);
  gboolean own = g_strcmp0 (confsync_stamp_get_author (stamp),
                            confsync_node_get_instance_id (self->node)) == 0;

  switch (confsync_stamp_get_kind (stamp))
    {
    case CONFSYNC_STAMP_INITIAL:
      return CONFSYNC_CAUSE_INITIAL;
    case CONFSYNC_STAMP_MERGED:
      return CONFSYNC_CAUSE_MERGE;
    case CONFSYNC_STAMP_EDIT:
    default:
      return own ? CONFSYNC_CAUSE_EDIT : CONFSYNC_CAUSE_REMOTE;
    }
}

static void
begin (ConfsyncDriver *self)
{
  g_autoptr (GError) error = NULL;
  ConfsyncRevision *head;
  gboolean usable =
    self->started_with != NULL && !confsync_document_is_empty (self->started_with);

  if (usable && self->running)
    confsync_driver_validate_found (self, self->started_with);
  if (!self->running)
    return;
  if (usable)
    confsync_replica_know_origin (self->replica, confsync_store_get_origin (self->store));
  confsync_replica_start (self->replica, confsync_driver_get_time (self),
                          usable ? self->started_with : NULL, self->started_stamp,
                          self->started_modified, NULL);
  confsync_driver_resume_trial (self);
  if (!confsync_node_register (self->node, self->name, &confsync_driver_node_functions, self,
                               &error))
    {
      end_start (self, g_steal_pointer (&error));
      return;
    }

  /* a crash may have come between an apply and its version */
  head = confsync_replica_get_head (self->replica);
  if (head != NULL && !has_version (self, confsync_revision_get_hash (head)))
    confsync_driver_keep (self, head, cause_of (self, head));
  if (!usable && self->started_modified >= 0)
    confsync_driver_take_nothing (self, self->started_modified > 0);
  if (usable)
    confsync_driver_report_found (self, self->started_with);
  confsync_driver_set_version_count (self, self->versions->len);
  g_clear_pointer (&self->versions, g_ptr_array_unref);
  g_clear_pointer (&self->started_with, confsync_document_unref);
  g_clear_pointer (&self->started_stamp, confsync_stamp_unref);
  for (guint i = 0; i < self->displaced->len; i++)
    confsync_driver_take_displaced (self, self->displaced->pdata[i]);
  g_ptr_array_set_size (self->displaced, 0);
  confsync_driver_run_actions (self);
  end_start (self, NULL);
  if (self->load_again)
    confsync_driver_load (self);
}

static void
live_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  ConfsyncDriver *self = user_data;
  g_autoptr (GError) error = NULL;

  if (!confsync_store_load_finish (CONFSYNC_STORE (source), result, &self->started_with,
                                   &self->started_stamp, &self->started_modified, &error) ||
      !confsync_driver_check_loaded (self, self->started_with, &error))
    {
      g_clear_pointer (&self->started_with, confsync_document_unref);
      g_clear_pointer (&self->started_stamp, confsync_stamp_unref);
      if (error->domain != CONFSYNC_ERROR)
        {
          end_start (self, g_steal_pointer (&error));
          confsync_driver_end_call (self);
          return;
        }
      self->started_modified = -1; /* there, but of no use */
      if (self->running)
        confsync_driver_take_invalid (self, error);
    }

  if (self->running)
    confsync_driver_supply_wanted (self, begin);
  confsync_driver_end_call (self);
}

static void
versions_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  ConfsyncDriver *self = user_data;
  g_autoptr (GError) error = NULL;

  self->versions = confsync_store_list_versions_finish (CONFSYNC_STORE (source), result, &error);
  if (self->versions == NULL)
    end_start (self, g_steal_pointer (&error));
  else if (self->running)
    confsync_store_load_async (self->store, NULL, live_cb, confsync_driver_begin_call (self));
  confsync_driver_end_call (self);
}

/* Who we are: as configured, or as in the earlier life, or somebody new. */
static void
settle_identity (ConfsyncDriver *self, ConfsyncDocument *state)
{
  g_autoptr (ConfsyncJson) member =
    state != NULL
      ? confsync_json_get_member (confsync_document_get_json (state), "instance_id")
      : NULL;
  g_autofree char *id = NULL;

  if (confsync_node_get_instance_id (self->node) != NULL)
    return;
  if (member != NULL && confsync_json_get_kind (member) == CONFSYNC_JSON_STRING)
    id = confsync_json_dup_string (member);
  if (id == NULL || !confsync_node_set_instance_id (self->node, id, NULL))
    {
      g_autofree char *made = confsync_instance_id_make ();

      confsync_node_set_instance_id (self->node, made, NULL);
    }
}

static void
state_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  ConfsyncDriver *self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (ConfsyncDocument) state =
    confsync_store_load_state_finish (CONFSYNC_STORE (source), result, &error);

  if (!self->running || (state == NULL && error->domain != CONFSYNC_ERROR))
    {
      end_start (self, g_steal_pointer (&error));
      confsync_driver_end_call (self);
      return;
    }

  settle_identity (self, state);
  confsync_reporter_set_own_id (self->reporter, confsync_node_get_instance_id (self->node));
  self->replica = confsync_replica_new (confsync_node_get_instance_id (self->node),
                                        confsync_random_number ());
  confsync_replica_set_role (self->replica, self->role);
  confsync_replica_set_join (self->replica, self->join);
  confsync_replica_set_tries (self->replica, self->trial.timeout_ms > 0);
  confsync_replica_set_needs_base (self->replica, confsync_resolver_needs_base (self->resolver));
  if (state != NULL)
    {
      confsync_holders_restore (self->holders, state);
      confsync_driver_restore_trials (self, confsync_document_get_json (state));
      confsync_replica_restore (self->replica, confsync_document_get_json (state), &error);
    }
  if (error != NULL && !g_error_matches (error, CONFSYNC_ERROR, CONFSYNC_ERROR_NOT_FOUND))
    {
      /* a store that lost its state begins a new life: its file is an initial one */
      g_autofree char *message = g_strdup_printf (
        "the state can't be used (%s); this instance starts anew, and what the others have wins",
        error->message);

      confsync_reporter_notice (self->reporter, CONFSYNC_LEVEL_WARNING, message);
    }
  confsync_store_list_versions_async (self->store, NULL, versions_cb,
                                      confsync_driver_begin_call (self));
  confsync_driver_end_call (self);
}

static void
claimed_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  ConfsyncDriver *self = user_data;
  GError *error = NULL;

  self->claimed = confsync_store_claim_finish (CONFSYNC_STORE (source), result, &error);
  if (!self->claimed)
    end_start (self, error);
  else if (self->running)
    confsync_store_load_state_async (self->store, NULL, state_cb,
                                     confsync_driver_begin_call (self));
  confsync_driver_end_call (self);
}

void
confsync_driver_start_async (ConfsyncDriver *self,
                             GCancellable *cancellable,
                             GAsyncReadyCallback callback,
                             gpointer user_data)
{
  GError *error = NULL;

  self->starting = g_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (self->starting, confsync_driver_start_async);
  self->running = TRUE;
  /* the watcher first: what changes while the file is being read is seen */
  if (self->watcher != NULL && !confsync_watcher_start (self->watcher, &error))
    {
      end_start (self, error);
      return;
    }
  confsync_store_claim_async (self->store, claimed_cb, confsync_driver_begin_call (self));
}

gboolean
confsync_driver_start_finish (ConfsyncDriver *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

/* What goes on in the store sends nothing any more. */
static void
forget_links (ConfsyncDriver *self)
{
  GHashTableIter iter;
  const char *link;

  g_hash_table_iter_init (&iter, self->links);
  while (g_hash_table_iter_next (&iter, (gpointer *) &link, NULL))
    {
      confsync_replica_link_down (self->replica, link);
      g_hash_table_iter_remove (&iter);
    }
}

/* What happened before the end is told before it, if without the name of a version. */
void
confsync_driver_tell_all (ConfsyncDriver *self)
{
  confsync_reporter_wait_no_more (self->reporter);
}

void
confsync_driver_stop_async (ConfsyncDriver *self, GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (self, NULL, callback, user_data);

  g_task_set_source_tag (task, confsync_driver_stop_async);
  if (self->running)
    {
      self->running = FALSE;
      confsync_driver_cancel_later (self);
      confsync_driver_cancel_count (self);
      confsync_driver_forget_degraded (self);
      self->unsaved |= self->holders_changed;
      confsync_driver_stop_trials (self);
      confsync_driver_write_again (self);
      if (self->watcher != NULL)
        confsync_watcher_stop (self->watcher);
      confsync_node_unregister (self->node, self->name, self);
      forget_links (self);
      end_start (self, g_error_new (CONFSYNC_ERROR, CONFSYNC_ERROR_CLOSED,
                                    "the manager was stopped"));
      confsync_driver_fail_tasks (self);
    }
  g_ptr_array_add (self->stopping, g_steal_pointer (&task));
  confsync_driver_end_call (confsync_driver_begin_call (self));
}

gboolean
confsync_driver_stop_finish (ConfsyncDriver *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

gboolean
confsync_driver_is_started (ConfsyncDriver *self)
{
  return self->running && self->replica != NULL && self->starting == NULL;
}

ConfsyncRevision *
confsync_driver_get_head (ConfsyncDriver *self)
{
  return self->replica != NULL ? confsync_replica_get_head (self->replica) : NULL;
}

ConfsyncProblem
confsync_driver_get_problem (ConfsyncDriver *self, const char **reason)
{
  return confsync_reporter_get_problem (self->reporter, reason);
}

guint
confsync_driver_get_version_count (ConfsyncDriver *self)
{
  return self->n_versions;
}
