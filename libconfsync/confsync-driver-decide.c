/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * What a person decides: how a conflict is settled, that a local edit is put back, that clocks
 * begin anew. Each is looked at when it is clear what the head is.
 */

#include "config.h"

#include "confsync-driver-inside-private.h"

#include "confsync-error.h"

GPtrArray *
confsync_driver_list_conflicts (ConfsyncDriver *self)
{
  if (!confsync_driver_is_started (self))
    return g_ptr_array_new_with_free_func ((GDestroyNotify) confsync_open_conflict_unref);
  return confsync_replica_list_conflicts (self->replica);
}

/* What an earlier life left to be decided. */
void
confsync_driver_remind (ConfsyncDriver *self)
{
  g_autoptr (GPtrArray) conflicts = confsync_replica_list_conflicts (self->replica);

  for (guint i = 0; i < conflicts->len; i++)
    confsync_reporter_conflict (self->reporter, conflicts->pdata[i], TRUE);
}

gboolean
confsync_driver_is_edited_here (ConfsyncDriver *self)
{
  return self->replica != NULL && confsync_replica_is_edited_here (self->replica);
}

/* A value is from this machine, so what stays here may be in it. */
static gboolean
check_rules (ConfsyncDriver *self,
             ConfsyncSettlement *settlement,
             ConfsyncDocument *document,
             GError **error)
{
  g_autoptr (ConfsyncDocument) whole = NULL;

  if (settlement->choice == CONFSYNC_CHOICE_VALUE)
    whole = confsync_driver_keep_local (self, document, NULL);
  return whole != NULL ? confsync_driver_validate (self, whole, NULL, error)
                       : confsync_driver_validate_shared (self, document, NULL, error);
}

/* What the decision makes of the configuration, and of which conflict; both %NULL with an error. */
static ConfsyncDocument *
make_settled (ConfsyncDriver *self,
              ConfsyncSettlement *settlement,
              GPtrArray *conflicts,
              ConfsyncOpenConflict **conflict,
              GError **error)
{
  ConfsyncRevision *head = confsync_replica_get_head (self->replica);
  g_autoptr (ConfsyncDocument) document = NULL;

  *conflict = confsync_settlement_find (settlement, conflicts, error);
  if (*conflict == NULL)
    return NULL;
  document = confsync_settlement_make (settlement, *conflict, confsync_revision_get_document (head),
                                       error);
  if (document == NULL || !confsync_driver_check_limits (self, document, error) ||
      !check_rules (self, settlement, document, error))
    return NULL;
  return g_steal_pointer (&document);
}

/* A value is from this machine, so what stays here may be in it. Takes @document. */
static ConfsyncDocument *
take_value (ConfsyncDriver *self, ConfsyncSettlement *settlement, ConfsyncDocument *document)
{
  g_autoptr (ConfsyncDocument) made = document;
  g_autoptr (ConfsyncDocument) whole = confsync_driver_keep_local (self, made, NULL);
  ConfsyncDocument *shared = confsync_driver_split (self, whole != NULL ? whole : made);

  g_free (settlement->hash);
  settlement->hash = g_strdup (confsync_document_get_hash (shared));
  return shared;
}

static void
settle (ConfsyncDriver *self, GTask *task)
{
  ConfsyncSettlement *settlement = g_task_get_task_data (task);
  g_autoptr (GPtrArray) conflicts = confsync_replica_list_conflicts (self->replica);
  ConfsyncOpenConflict *conflict;
  GError *error = NULL;
  ConfsyncDocument *document =
    make_settled (self, settlement, conflicts, &conflict, &error);

  if (document == NULL)
    {
      g_task_return_error (task, error);
      return;
    }
  if (settlement->choice == CONFSYNC_CHOICE_VALUE)
    document = take_value (self, settlement, document);
  /* it is answered like an edit by the application */
  g_task_set_task_data (task, document, (GDestroyNotify) confsync_document_unref);
  g_ptr_array_add (self->sets, g_object_ref (task));
  confsync_replica_settle_conflict (self->replica, confsync_driver_get_time (self),
                                    confsync_open_conflict_get_id (conflict), document);
  confsync_driver_run_actions (self);
}

void
confsync_driver_settle (ConfsyncDriver *self, ConfsyncSettlement *settlement, GTask *task)
{
  g_task_set_task_data (task, settlement, NULL);
  confsync_driver_add_job (self, settle, task);
}

/* After the head was put back, or could not be. */
static void
end_revert (ConfsyncDriver *self, GTask *task)
{
  const char *reason = confsync_reporter_get_failure (self->reporter);

  if (!confsync_replica_is_edited_here (self->replica))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_new_error (task, CONFSYNC_ERROR, CONFSYNC_ERROR_FAILED, "%s",
                             reason != NULL ? reason : "the file was edited again meanwhile");
}

static void
revert (ConfsyncDriver *self, GTask *task)
{
  if (!confsync_replica_revert_local (self->replica, confsync_driver_get_time (self)))
    {
      g_task_return_new_error (task, CONFSYNC_ERROR, CONFSYNC_ERROR_NOT_FOUND,
                               "nothing was edited here that could be put back");
      return;
    }
  confsync_driver_run_actions (self);
  confsync_driver_add_job (self, end_revert, task);
}

void
confsync_driver_revert_local (ConfsyncDriver *self, GTask *task)
{
  confsync_driver_add_job (self, revert, task);
}

static void
reset_clock (ConfsyncDriver *self, GTask *task)
{
  if (confsync_replica_get_head (self->replica) == NULL)
    {
      g_task_return_new_error (task, CONFSYNC_ERROR, CONFSYNC_ERROR_NOT_FOUND,
                               "there is no configuration yet, and so no time to begin anew");
      return;
    }
  confsync_replica_reset_clock (self->replica, confsync_driver_get_time (self));
  confsync_driver_run_actions (self);
  g_task_return_boolean (task, TRUE);
}

void
confsync_driver_reset_clock (ConfsyncDriver *self, GTask *task)
{
  confsync_driver_add_job (self, reset_clock, task);
}
