/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * What is not acceptable here: a revision that is to be applied, and an edit of the live
 * configuration. Neither becomes the head; the one is carried, the other stays where it is, kept as
 * a version, until something acceptable takes its place.
 */

#include "config.h"

#include "confsync-replica-inside-private.h"

void
confsync_replica_apply_refused (ConfsyncReplica *self, gint64 now, const char *reason)
{
  g_autoptr (ConfsyncRevision) result = g_steal_pointer (&self->applying);
  g_autoptr (ConfsyncRevision) from = g_steal_pointer (&self->applying_from);
  g_autofree char *link = g_steal_pointer (&self->applying_link);

  self->now = now;
  g_return_if_fail (result != NULL);

  confsync_replica_forget_losses (self);
  g_clear_pointer (&self->falling_back, g_free);
  if (self->applying_cause == CONFSYNC_CAUSE_EDIT ||
      self->applying_cause == CONFSYNC_CAUSE_ROLLBACK)
    /* whoever asked for it is told */
    confsync_replica_report (self, CONFSYNC_REPORT_FAILED, link, result, NULL)->reason =
      g_strdup (reason);
  else
    {
      if (confsync_replica_carry (self, link, from, CONFSYNC_HOLD_REFUSED, reason, NULL))
        confsync_replica_report (self, CONFSYNC_REPORT_REFUSED, link, from, NULL)->reason =
          g_strdup (reason);
      confsync_replica_acknowledge (self, link, from, CONFSYNC_OUTCOME_REFUSED, reason);
    }
  confsync_replica_drain (self);
}

void
confsync_replica_validation_changed (ConfsyncReplica *self, gint64 now)
{
  self->now = now;
  g_hash_table_remove_all (self->evaluated);
  for (guint i = 0; i < self->carried->len; i++)
    {
      ConfsyncCarried *carried = self->carried->pdata[i];

      /* what was not confirmed gets another trial */
      if (carried->hold == CONFSYNC_HOLD_UNCONFIRMED)
        carried->hold = CONFSYNC_HOLD_REFUSED;
      if (carried->hold == CONFSYNC_HOLD_REFUSED)
        confsync_replica_defer (self, CONFSYNC_EVENT_REMATCH, NULL)->revision =
          confsync_revision_ref (carried->revision);
    }
  confsync_replica_drain (self);
}

/* Edits of the live configuration */

void
confsync_replica_refuse_live (ConfsyncReplica *self)
{
  self->live_refused = TRUE;
}

void
confsync_replica_vetoed (ConfsyncReplica *self, gint64 now, ConfsyncDocument *document)
{
  self->now = now;
  if (self->applying != NULL)
    {
      confsync_replica_keep_meanwhile (self, document);
      self->reload = TRUE;
    }
  else if (self->head == NULL || !g_str_equal (confsync_document_get_hash (document),
                                               confsync_revision_get_hash (self->head)))
    confsync_replica_note_local (self, document, CONFSYNC_CAUSE_EDIT);
  else
    confsync_replica_forget_local (self);
}

void
confsync_replica_vetoed_late (ConfsyncReplica *self, gint64 now, ConfsyncDocument *document)
{
  g_autoptr (ConfsyncRevision) revision = NULL;

  self->now = now;
  if (self->head != NULL && g_str_equal (confsync_document_get_hash (document),
                                         confsync_revision_get_hash (self->head)))
    return;
  revision = confsync_replica_make_aside (self, document, CONFSYNC_STAMP_EDIT);
  confsync_replica_act (self, CONFSYNC_ACTION_KEEP, NULL, revision, NULL)->cause =
    CONFSYNC_CAUSE_EDIT;
}
