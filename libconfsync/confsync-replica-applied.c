/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * How an apply ended: its result is the head from now on, or the disk refused it and it is held
 * back until the next try.
 */

#include "config.h"

#include "confsync-replica-inside-private.h"

/* Who had the old file open may write to it for so long after an apply. */
#define LATE_US G_USEC_PER_SEC

/* A late edit doesn't say which of several quick applies took its file away. Then it was made on
 * what all of those include: what claims less than it knew is resolved, what claims more wins
 * unseen. */
static void
note_previous (ConfsyncReplica *self)
{
  gboolean sure = ABS (self->now - self->applied_at) > LATE_US;
  ConfsyncRevision *previous =
    sure ? (self->head != NULL ? confsync_revision_ref (self->head) : NULL)
         : confsync_replica_meet (self->previous, self->head);

  g_clear_pointer (&self->previous, confsync_revision_unref);
  self->previous = previous;
  self->applied_at = self->now;
}

/* What failed at first came over a link that may be gone by now: whoever holds it hears that it is
 * taken after all. */
static void
acknowledge_holders (ConfsyncReplica *self, ConfsyncRevision *revision)
{
  GHashTableIter iter;
  ConfsyncReplicaLink *link;

  g_hash_table_iter_init (&iter, self->links);
  while (g_hash_table_iter_next (&iter, NULL, (gpointer *) &link))
    if (confsync_replica_link_holds (link, revision))
      confsync_replica_acknowledge (self, confsync_replica_link_get_id (link), revision,
                                    CONFSYNC_OUTCOME_TAKEN, NULL);
}

/* The result is live: it is the head from now on, or is once more. */
static void
take_applied (ConfsyncReplica *self,
              ConfsyncRevision *result,
              ConfsyncRevision *from,
              const char *link)
{
  g_autoptr (ConfsyncRevision) local = NULL;

  if (self->falling_back != NULL)
    {
      confsync_replica_take_fallen_back (self, result);
      return;
    }
  local = g_steal_pointer (&self->local);
  if (self->head != NULL && confsync_revision_same (result, self->head))
    {
      confsync_replica_report (self, CONFSYNC_REPORT_REVERTED, NULL, self->head, local);
      confsync_replica_act (self, CONFSYNC_ACTION_PERSIST, NULL, NULL, NULL);
      return;
    }
  note_previous (self);
  confsync_replica_set_head (self, result, from, link, self->applying_cause);
  if (link != NULL)
    confsync_replica_acknowledge (self, link, from, CONFSYNC_OUTCOME_TAKEN, NULL);
  else
    acknowledge_holders (self, from);
}

/* The disk said no: held back, and tried again later. */
static void
hold_failed (ConfsyncReplica *self, const char *link, ConfsyncRevision *revision, const char *error)
{
  confsync_replica_report (self, CONFSYNC_REPORT_FAILED, link, revision, NULL)->reason =
    g_strdup (error);
  g_clear_pointer (&self->falling_back, g_free);
  if (self->applying_cause == CONFSYNC_CAUSE_EDIT ||
      self->applying_cause == CONFSYNC_CAUSE_ROLLBACK)
    return; /* whoever asked for it is told */
  confsync_replica_drop_settled (self->failed, revision);
  g_ptr_array_add (self->failed, confsync_revision_ref (revision));
  confsync_replica_carry (self, link, revision, CONFSYNC_HOLD_FAILED, error, NULL);
  confsync_replica_acknowledge (self, link, revision, CONFSYNC_OUTCOME_PENDING, error);
}

void
confsync_replica_applied (ConfsyncReplica *self,
                          gint64 now,
                          ConfsyncDocument *displaced,
                          const char *error)
{
  g_autoptr (ConfsyncRevision) result = g_steal_pointer (&self->applying);
  g_autoptr (ConfsyncRevision) from = g_steal_pointer (&self->applying_from);
  g_autofree char *link = g_steal_pointer (&self->applying_link);
  g_autoptr (ConfsyncRevision) before = NULL;

  self->now = now;
  g_return_if_fail (result != NULL);

  if (error != NULL)
    {
      confsync_replica_forget_losses (self);
      hold_failed (self, link, from, error);
    }
  else
    {
      before = self->head != NULL ? confsync_revision_ref (self->head) : NULL;
      take_applied (self, result, from, link);
      confsync_replica_tell_losses (self);
    }
  if (displaced != NULL)
    confsync_replica_take_displaced (self, displaced, before);
  confsync_replica_drain (self);
}

void
confsync_replica_tick (ConfsyncReplica *self, gint64 now)
{
  g_autoptr (ConfsyncRevision) again = NULL;

  self->now = now;
  confsync_replica_mend_tick (self);
  if (self->applying != NULL)
    return;
  confsync_replica_base_tick (self);
  if (self->applying != NULL)
    return;
  confsync_replica_legacy_tick (self);
  if (self->failed->len == 0)
    return;
  again = g_ptr_array_steal_index (self->failed, 0);
  confsync_replica_evaluate (self, NULL, again);
}
