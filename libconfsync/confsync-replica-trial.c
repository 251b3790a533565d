/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * What a replica falls back to while its head is on trial, and how it does so alone: the head goes
 * down to what was confirmed last, and what was not confirmed is carried from then on. How long a
 * trial lasts, and what ends it, is not its business.
 */

#include "config.h"

#include "confsync-replica-inside-private.h"

void
confsync_replica_set_tries (ConfsyncReplica *self, gboolean tries)
{
  self->tries = tries;
}

void
confsync_replica_set_fallback (ConfsyncReplica *self, ConfsyncRevision *revision)
{
  g_autoptr (ConfsyncRevision) before = self->fallback;

  if (revision == before)
    {
      g_steal_pointer (&before);
      return;
    }
  self->fallback = revision != NULL ? confsync_revision_ref (revision) : NULL;
  confsync_replica_act (self, CONFSYNC_ACTION_PERSIST, NULL, NULL, NULL);
}

ConfsyncRevision *
confsync_replica_get_fallback (ConfsyncReplica *self)
{
  return self->fallback;
}

/* The stamp of what is written is one that the head includes: a restart in the middle knows it by
 * the state, which is written before. */
gboolean
confsync_replica_fall_back (ConfsyncReplica *self, gint64 now, const char *reason)
{
  self->now = now;
  if (self->fallback == NULL || self->head == NULL || self->applying != NULL)
    return FALSE;
  self->applying = confsync_revision_ref (self->fallback);
  self->applying_from = confsync_revision_ref (self->fallback);
  self->applying_cause = CONFSYNC_CAUSE_ROLLBACK;
  g_free (self->falling_back);
  self->falling_back = g_strdup (reason);
  confsync_replica_act (self, CONFSYNC_ACTION_PERSIST, NULL, NULL, NULL);
  confsync_replica_act (self, CONFSYNC_ACTION_APPLY, NULL, self->fallback,
                        self->local != NULL ? self->local : self->head);
  return TRUE;
}

/* Who holds it thinks that it is held here, too. */
static void
take_back_answers (ConfsyncReplica *self, ConfsyncRevision *revision, const char *reason)
{
  GHashTableIter iter;
  ConfsyncReplicaLink *link;

  g_hash_table_iter_init (&iter, self->links);
  while (g_hash_table_iter_next (&iter, NULL, (gpointer *) &link))
    if (confsync_replica_link_holds (link, revision))
      confsync_replica_acknowledge (self, confsync_replica_link_get_id (link), revision,
                                    CONFSYNC_OUTCOME_REFUSED, reason);
}

void
confsync_replica_take_fallen_back (ConfsyncReplica *self, ConfsyncRevision *result)
{
  g_autofree char *reason = g_steal_pointer (&self->falling_back);
  g_autoptr (ConfsyncRevision) unconfirmed = confsync_revision_ref (self->head);

  g_clear_pointer (&self->local, confsync_revision_unref);
  /* first, while those whom it concerns are known to hold it */
  take_back_answers (self, unconfirmed, reason);
  confsync_replica_set_head (self, result, NULL, NULL, CONFSYNC_CAUSE_ROLLBACK);
  self->announced = TRUE; /* the others have it behind them */
  g_hash_table_add (self->evaluated, g_strdup (confsync_revision_get_key (unconfirmed)));
  confsync_replica_carry (self, NULL, unconfirmed, CONFSYNC_HOLD_UNCONFIRMED, reason, NULL);
}

gboolean
confsync_replica_refuse_unconfirmed (ConfsyncReplica *self,
                                     const char *link,
                                     ConfsyncRevision *revision,
                                     ConfsyncRevision *result)
{
  for (guint i = 0; i < self->carried->len; i++)
    {
      ConfsyncCarried *carried = self->carried->pdata[i];

      if (carried->hold != CONFSYNC_HOLD_UNCONFIRMED ||
          !confsync_revision_same (carried->revision, result))
        continue;
      confsync_replica_acknowledge (self, link, revision, CONFSYNC_OUTCOME_REFUSED,
                                    carried->reason);
      return TRUE;
    }
  return FALSE;
}
