/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * A replica's decisions: what a revision means for the head, and who is told. What is held back is
 * in confsync-replica-conflicts.c.
 */

#include "config.h"

#include "confsync-replica-inside-private.h"

#include "confsync-mutant-private.h"

#define EVALUATED_MAX 4096
/* With more links than this, those that aren't leaves get heads and ask for what they lack. */
#define FLOOD_LINKS_MAX 8

ConfsyncReplicaLink *
confsync_replica_get_link (ConfsyncReplica *self, const char *id)
{
  return id != NULL ? g_hash_table_lookup (self->links, id) : NULL;
}

ConfsyncAction *
confsync_replica_report (ConfsyncReplica *self,
                         ConfsyncReport kind,
                         const char *link,
                         ConfsyncRevision *revision,
                         ConfsyncRevision *other)
{
  ConfsyncAction *action =
    confsync_replica_act (self, CONFSYNC_ACTION_REPORT, link, revision, other);

  action->report = kind;
  return action;
}

/* Sending */

void
confsync_replica_pump (ConfsyncReplica *self, ConfsyncReplicaLink *link)
{
  g_autoptr (ConfsyncRevision) revision = confsync_replica_link_next (link, self->now);

  if (revision != NULL)
    confsync_replica_act (self, CONFSYNC_ACTION_SEND_UPDATE, confsync_replica_link_get_id (link),
                          revision, NULL);
}

void
confsync_replica_offer (ConfsyncReplica *self,
                        ConfsyncReplicaLink *link,
                        ConfsyncRevision *revision,
                        gboolean again)
{
  if (confsync_replica_link_get_legacy (link) != NULL)
    {
      confsync_replica_legacy_offer (self, link, revision);
      return;
    }
  if (revision == self->head && confsync_replica_waits_to_join (self, link))
    return;
  confsync_replica_link_offer (link, revision, revision == self->head, again);
  confsync_replica_pump (self, link);
}

/* The author tells everybody; who passes on tells leaves, and everybody in a small house. */
void
confsync_replica_push (ConfsyncReplica *self, ConfsyncRevision *revision, const char *from)
{
  /* heads name the head alone, so what is carried beside it always goes itself */
  gboolean flood = from == NULL || revision != self->head ||
                   g_hash_table_size (self->links) <= FLOOD_LINKS_MAX;
  GHashTableIter iter;
  ConfsyncReplicaLink *link;

  g_hash_table_iter_init (&iter, self->links);
  while (g_hash_table_iter_next (&iter, NULL, (gpointer *) &link))
    {
      const char *id = confsync_replica_link_get_id (link);

      if (g_strcmp0 (id, from) == 0)
        {
          if (confsync_replica_link_get_legacy (link) != NULL)
            confsync_replica_legacy_confirm (self, link, revision);
          continue;
        }
      /* a legacy peer could make nothing of heads */
      if (flood || confsync_replica_link_is_leaf (link) ||
          confsync_replica_link_get_legacy (link) != NULL)
        confsync_replica_offer (self, link, revision, FALSE);
      else if (!confsync_replica_link_holds (link, revision))
        confsync_replica_act (self, CONFSYNC_ACTION_SEND_HEADS, id, NULL, NULL);
    }
}

void
confsync_replica_acknowledge (ConfsyncReplica *self,
                              const char *link,
                              ConfsyncRevision *revision,
                              ConfsyncOutcome outcome,
                              const char *reason)
{
  ConfsyncReplicaLink *to = confsync_replica_get_link (self, link);
  ConfsyncAction *action;

  if (to == NULL || confsync_replica_link_get_legacy (to) != NULL)
    return;
  action = confsync_replica_act (self, CONFSYNC_ACTION_SEND_ACK, link, revision, NULL);
  action->outcome = outcome;
  action->reason = g_strdup (reason);
}

/* Once all links have answered for an own edit, that is worth a line. */
void
confsync_replica_announce_synced (ConfsyncReplica *self)
{
  guint total = 0, holding = 0, legacy = 0;
  GHashTableIter iter;
  ConfsyncReplicaLink *link;
  ConfsyncAction *action;

  if (self->announced || self->head == NULL)
    return;

  g_hash_table_iter_init (&iter, self->links);
  while (g_hash_table_iter_next (&iter, NULL, (gpointer *) &link))
    {
      gboolean holds = confsync_replica_link_holds (link, self->head);

      if (confsync_replica_link_get_legacy (link) != NULL)
        {
          legacy += holds;
          continue;
        }
      if (!holds && !confsync_replica_link_has_answered (link,
                                                         confsync_revision_get_key (self->head)))
        return;
      total++;
      holding += holds;
    }
  if (total + legacy == 0)
    return;

  self->announced = TRUE;
  action = confsync_replica_report (self, CONFSYNC_REPORT_SYNCED, NULL, self->head, NULL);
  action->count = holding;
  action->total = total;
  action->legacy = legacy;
}

/* The head, and what is carried beside it */

/* Another merge of the same two, and the one that wins: what includes the same may still be due. */
gboolean
confsync_revision_is_greater_twin (ConfsyncRevision *revision, ConfsyncRevision *head)
{
  return confsync_stamp_compare (confsync_revision_get_stamp (revision),
                                 confsync_revision_get_stamp (head)) == CONFSYNC_ORDER_EQUAL &&
         confsync_revision_compare (revision, head) > 0;
}

void
confsync_replica_drop_settled (GPtrArray *revisions, ConfsyncRevision *head)
{
  for (guint i = revisions->len; i-- > 0;)
    if (confsync_revision_is_within (revisions->pdata[i], head) &&
        !confsync_revision_is_greater_twin (revisions->pdata[i], head))
      g_ptr_array_remove_index (revisions, i);
}

/* A restored backup brings an older head: what was settled with the newer one is open again. */
static void
forget_if_lower (ConfsyncReplica *self, ConfsyncRevision *head)
{
  GHashTableIter iter;
  ConfsyncReplicaLink *link;

  if (self->head == NULL || !confsync_revision_is_within (head, self->head))
    return;

  g_hash_table_remove_all (self->evaluated);
  g_hash_table_remove_all (self->lost);
  g_hash_table_iter_init (&iter, self->links);
  while (g_hash_table_iter_next (&iter, NULL, (gpointer *) &link))
    confsync_replica_link_forget_answers (link);
}

static gsize
size_of (ConfsyncRevision *revision)
{
  return confsync_document_get_size (confsync_revision_get_document (revision));
}

/* What was the head lately, within bounds; the last two always. */
void
confsync_replica_remember (ConfsyncReplica *self, ConfsyncRevision *revision)
{
  gsize bytes = 0;

  g_ptr_array_add (self->recent, confsync_revision_ref (revision));
  for (guint i = 0; i < self->recent->len; i++)
    bytes += size_of (self->recent->pdata[i]);
  while (self->recent->len > 2 && (self->recent->len > CONFSYNC_REPLICA_RECENT_MAX ||
                                   bytes > CONFSYNC_REPLICA_RECENT_MAX_BYTES))
    {
      bytes -= size_of (self->recent->pdata[0]);
      g_ptr_array_remove_index (self->recent, 0);
    }
}

/* What nobody may do: one revision, and two vectors of it. Old is what is older than a second,
 * since schedules last minutes and not months. */
G_GNUC_UNUSED static ConfsyncRevision *
fold_in_place (ConfsyncRevision *revision)
{
  ConfsyncStamp *stamp = confsync_revision_get_stamp (revision);
  ConfsyncVector *whole = confsync_stamp_get_vector (stamp);
  gint64 old = confsync_vector_get_greatest (whole) - G_USEC_PER_SEC;
  g_autoptr (ConfsyncVector) vector =
    confsync_vector_new (MAX (confsync_vector_get_floor (whole), old),
                         confsync_vector_get_entries (whole), confsync_vector_get_length (whole));
  g_autoptr (ConfsyncStamp) folded = confsync_stamp_with_vector (stamp, vector);

  return confsync_revision_new (confsync_revision_get_document (revision), folded);
}

void
confsync_replica_set_head (ConfsyncReplica *self,
                           ConfsyncRevision *revision,
                           ConfsyncRevision *from,
                           const char *link,
                           ConfsyncCause cause)
{
  g_autoptr (ConfsyncRevision) before = self->head;
  const char *holder = from != NULL && confsync_revision_same (revision, from) ? link : NULL;
  ConfsyncAction *action;
  gboolean own = cause != CONFSYNC_CAUSE_REMOTE && cause != CONFSYNC_CAUSE_MERGE;
  gboolean same_content = before != NULL && g_str_equal (confsync_revision_get_hash (before),
                                                         confsync_revision_get_hash (revision));
  guint epoch = self->epoch;

  forget_if_lower (self, revision);
  self->head = CONFSYNC_MUTANT ("fold-in-place") ? fold_in_place (revision)
                                                  : confsync_revision_ref (revision);
  confsync_replica_enter_epoch (self, confsync_revision_get_stamp (revision));
  confsync_replica_see (self, confsync_revision_get_stamp (revision));
  confsync_replica_remember (self, revision);
  confsync_replica_drop_carried (self, revision);
  confsync_replica_drop_settled (self->failed, revision);
  confsync_replica_drop_settled (self->late, revision);

  /* what goes out goes first: keeping it takes a disk */
  confsync_replica_push (self, revision, holder);
  if (!same_content)
    {
      confsync_replica_act (self, CONFSYNC_ACTION_KEEP, holder, revision, NULL)->cause = cause;
      action = confsync_replica_report (
        self, own ? CONFSYNC_REPORT_CHANGED : CONFSYNC_REPORT_APPLIED, link, revision, before);
      action->cause = cause;
      action->base = from != NULL ? confsync_revision_ref (from) : NULL;
      self->announced = !own || cause == CONFSYNC_CAUSE_INITIAL;
      /* where all peers are legacy ones, no answer will come */
      confsync_replica_announce_synced (self);
    }
  /* who has just come was in none before */
  if (self->epoch > epoch && before != NULL)
    confsync_replica_report (self, CONFSYNC_REPORT_EPOCH, holder, revision, NULL)->count =
      self->epoch;
  confsync_replica_note_conflicts (self);
  confsync_replica_act (self, CONFSYNC_ACTION_PERSIST, NULL, NULL, NULL);
}

/* Taking revisions in */

/* @revision brought it, and @result is what is to be the head from now on. */
void
confsync_replica_settle (ConfsyncReplica *self,
                         const char *link,
                         ConfsyncRevision *revision,
                         ConfsyncRevision *result,
                         ConfsyncCause cause)
{
  ConfsyncReplicaLink *from = confsync_replica_get_link (self, link);

  if (self->head != NULL && confsync_revision_same (result, self->head))
    {
      confsync_replica_acknowledge (self, link, revision, CONFSYNC_OUTCOME_TAKEN, NULL);
      if (from != NULL && confsync_replica_link_get_legacy (from) != NULL)
        confsync_replica_legacy_send_back (self, from, revision);
      else if (from != NULL)
        confsync_replica_offer (self, from, self->head, FALSE);
      confsync_replica_tell_losses (self);
      return;
    }
  if (self->head != NULL &&
      g_str_equal (confsync_revision_get_hash (result), confsync_revision_get_hash (self->head)))
    {
      confsync_replica_set_head (self, result, revision, link, cause);
      confsync_replica_acknowledge (self, link, revision, CONFSYNC_OUTCOME_TAKEN, NULL);
      confsync_replica_tell_losses (self);
      return;
    }

  if (confsync_replica_refuse_unconfirmed (self, link, revision, result))
    return;
  self->applying = confsync_revision_ref (result);
  self->applying_from = confsync_revision_ref (revision);
  self->applying_link = g_strdup (link);
  self->applying_cause = cause;
  /* the file tells its stamp after a crash, but not what is open in it */
  if (self->tries || confsync_revision_get_conflicts (result) != NULL)
    confsync_replica_act (self, CONFSYNC_ACTION_PERSIST, NULL, NULL, NULL);
  confsync_replica_act (self, CONFSYNC_ACTION_APPLY, link, result,
                        self->local != NULL ? self->local : self->head);
}

gboolean
confsync_replica_is_initial (ConfsyncRevision *revision)
{
  return confsync_stamp_get_kind (confsync_revision_get_stamp (revision)) == CONFSYNC_STAMP_INITIAL;
}

/* Two edits, neither of which knew the other. */
static void
collide (ConfsyncReplica *self, const char *link, ConfsyncRevision *revision)
{
  if (g_str_equal (confsync_revision_get_hash (revision), confsync_revision_get_hash (self->head)))
    {
      g_autoptr (ConfsyncRevision) joined = confsync_revision_join (self->head, revision);

      confsync_replica_settle (self, link, revision, joined, CONFSYNC_CAUSE_REMOTE);
    }
  else if (confsync_replica_is_initial (self->head) || confsync_replica_is_initial (revision))
    {
      /* never a matter of taste: an initial content can't win over an edit */
      g_autoptr (ConfsyncRevision) winner = confsync_revision_pick (self->head, revision);
      gboolean ours = g_str_equal (confsync_revision_get_hash (winner),
                                   confsync_revision_get_hash (self->head));

      confsync_replica_lose (self, link, ours ? revision : self->head, winner);
      confsync_replica_settle (self, link, revision, winner, CONFSYNC_CAUSE_REMOTE);
    }
  else
    confsync_replica_resolve (self, link, revision);
}

static void
note_evaluated (ConfsyncReplica *self, const char *key)
{
  if (g_hash_table_size (self->evaluated) >= EVALUATED_MAX)
    g_hash_table_remove_all (self->evaluated);
  g_hash_table_add (self->evaluated, g_strdup (key));
}

void
confsync_replica_refused (ConfsyncReplica *self,
                          const char *link,
                          ConfsyncStamp *stamp,
                          const char *hash)
{
  g_autofree char *key = confsync_stamp_make_key (stamp, hash);

  note_evaluated (self, key);
  confsync_replica_see (self, stamp);
  if (confsync_replica_get_link (self, link) != NULL)
    confsync_replica_link_set_holds (confsync_replica_get_link (self, link), stamp, hash);
}

static void
decide (ConfsyncReplica *self,
        const char *link,
        ConfsyncRevision *revision,
        ConfsyncOrder order)
{
  gboolean same_content = g_str_equal (confsync_revision_get_hash (revision),
                                       confsync_revision_get_hash (self->head));
  gboolean ours;

  switch (order)
    {
    case CONFSYNC_ORDER_BEFORE:
      confsync_replica_settle (self, link, revision, self->head, CONFSYNC_CAUSE_REMOTE);
      break;
    case CONFSYNC_ORDER_EQUAL:
      /* two merges with different ancestors include the same: the total order decides */
      ours = same_content || CONFSYNC_MUTANT ("hash-ignored") ||
             confsync_revision_compare (self->head, revision) > 0;
      confsync_replica_settle (self, link, revision, ours ? self->head : revision,
                               CONFSYNC_CAUSE_REMOTE);
      break;
    case CONFSYNC_ORDER_AFTER:
      /* a later epoch doesn't tell what it includes of the one before */
      if (!same_content && confsync_stamp_get_epoch (confsync_revision_get_stamp (revision)) >
                             confsync_stamp_get_epoch (confsync_revision_get_stamp (self->head)))
        confsync_replica_lose (self, link, self->head, revision);
      confsync_replica_settle (self, link, revision, revision, CONFSYNC_CAUSE_REMOTE);
      break;
    case CONFSYNC_ORDER_CONCURRENT:
    default:
      collide (self, link, revision);
    }
}

void
confsync_replica_evaluate (ConfsyncReplica *self, const char *link, ConfsyncRevision *revision)
{
  ConfsyncStamp *stamp = confsync_revision_get_stamp (revision);
  ConfsyncOrder order = self->head != NULL
                          ? confsync_stamp_compare (stamp, confsync_revision_get_stamp (self->head))
                          : CONFSYNC_ORDER_AFTER;

  confsync_replica_see (self, stamp);
  note_evaluated (self, confsync_revision_get_key (revision));
  if (confsync_replica_stay_apart (self, link, revision, order))
    return;
  if (self->head == NULL)
    confsync_replica_settle (self, link, revision, revision, CONFSYNC_CAUSE_REMOTE);
  else
    decide (self, link, revision, order);
}

void
confsync_replica_evaluate_own (ConfsyncReplica *self, ConfsyncRevision *revision)
{
  ConfsyncStamp *stamp = confsync_revision_get_stamp (revision);
  ConfsyncOrder order;

  if (self->head == NULL)
    {
      confsync_replica_settle (self, NULL, revision, revision, CONFSYNC_CAUSE_EDIT);
      return;
    }
  order = confsync_stamp_compare (stamp, confsync_revision_get_stamp (self->head));
  /* of an epoch that is over */
  if (order == CONFSYNC_ORDER_BEFORE)
    confsync_replica_lose (self, NULL, revision, self->head);
  note_evaluated (self, confsync_revision_get_key (revision));
  decide (self, NULL, revision, order);
}
