/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Revisions that lost: each is kept as such and told of once, whoever brings it again over another
 * link; and only when what won is live. What was the head until then is among the versions anyway.
 * Which of two wins is not decided here.
 */

#include "config.h"

#include "confsync-replica-inside-private.h"

/* Forgotten all at once: then one may be told of twice. */
#define LOST_MAX 1024

typedef struct
{
  char *link; /* (owned) (nullable) */
  ConfsyncRevision *loser;
  ConfsyncRevision *winner; /* (nullable): it is only kept */
} Loss;

void
confsync_replica_loss_free (gpointer data)
{
  Loss *loss = data;

  g_free (loss->link);
  confsync_revision_unref (loss->loser);
  g_clear_pointer (&loss->winner, confsync_revision_unref);
  g_free (loss);
}

static gboolean
note (ConfsyncReplica *self, ConfsyncRevision *revision)
{
  if (g_hash_table_size (self->lost) >= LOST_MAX)
    g_hash_table_remove_all (self->lost);
  return g_hash_table_add (self->lost, g_strdup (confsync_revision_get_key (revision)));
}

static void
add (ConfsyncReplica *self, const char *link, ConfsyncRevision *loser, ConfsyncRevision *winner)
{
  Loss *loss = g_new (Loss, 1);

  loss->link = g_strdup (link);
  loss->loser = confsync_revision_ref (loser);
  loss->winner = winner != NULL ? confsync_revision_ref (winner) : NULL;
  g_ptr_array_add (self->losses, loss);
}

void
confsync_replica_lose (ConfsyncReplica *self,
                       const char *link,
                       ConfsyncRevision *loser,
                       ConfsyncRevision *winner)
{
  if (g_str_equal (confsync_revision_get_hash (loser), confsync_revision_get_hash (winner)))
    return;
  add (self, link, loser, winner);
}

void
confsync_replica_keep_when_live (ConfsyncReplica *self,
                                 const char *link,
                                 ConfsyncRevision *revision)
{
  add (self, link, revision, NULL);
}

void
confsync_replica_tell_losses (ConfsyncReplica *self)
{
  for (guint i = 0; i < self->losses->len; i++)
    {
      Loss *loss = self->losses->pdata[i];

      confsync_replica_drop_late (self, loss->loser);
      if (loss->winner != NULL && !note (self, loss->loser))
        continue;
      confsync_replica_act (self, CONFSYNC_ACTION_KEEP, loss->link, loss->loser, NULL)->cause =
        CONFSYNC_CAUSE_LOST;
      if (loss->winner != NULL)
        confsync_replica_report (self, CONFSYNC_REPORT_LOST, loss->link, loss->loser, loss->winner);
    }
  g_ptr_array_set_size (self->losses, 0);
}

void
confsync_replica_forget_losses (ConfsyncReplica *self)
{
  g_ptr_array_set_size (self->losses, 0);
}
