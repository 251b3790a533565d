/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * What two sides of a conflict were both made from: looked for in memory, then in the own history,
 * then asked of who sent the other side. Each step may end with nothing; within a bounded time the
 * conflict is put to the resolver all the same.
 *
 * The base that is looked for includes all that both sides include. With a lesser one, what one
 * side changed twice may look as if both had changed it, and the first change may win over the
 * second.
 */

#include "config.h"

#include "confsync-replica-inside-private.h"

#define PEER_PATIENCE_US (10 * G_USEC_PER_SEC)
/* More at a time are decided without. */
#define QUESTIONS_MAX 64

void
confsync_replica_set_needs_base (ConfsyncReplica *self, gboolean needs_base)
{
  self->needs_base = needs_base;
}

void
confsync_replica_question_free (ConfsyncBaseQuestion *question)
{
  g_free (question->link);
  confsync_revision_unref (question->local);
  confsync_revision_unref (question->remote);
  g_free (question);
}

static gboolean
is_within (ConfsyncStamp *stamp, ConfsyncStamp *other)
{
  ConfsyncOrder order = confsync_stamp_compare (stamp, other);

  return order == CONFSYNC_ORDER_BEFORE || order == CONFSYNC_ORDER_EQUAL;
}

gboolean
confsync_revision_is_within (ConfsyncRevision *revision, ConfsyncRevision *head)
{
  return is_within (confsync_revision_get_stamp (revision), confsync_revision_get_stamp (head));
}

/* The greatest of what both sides include. */
ConfsyncRevision *
confsync_replica_find_base (ConfsyncReplica *self, ConfsyncStamp *a, ConfsyncStamp *b)
{
  ConfsyncRevision *best = NULL;

  for (guint i = 0; i < self->recent->len; i++)
    {
      ConfsyncRevision *candidate = self->recent->pdata[i];
      ConfsyncStamp *stamp = confsync_revision_get_stamp (candidate);

      if (!is_within (stamp, a) || !is_within (stamp, b))
        continue;
      if (best == NULL || confsync_revision_is_within (best, candidate) ||
          (!confsync_revision_is_within (candidate, best) &&
           confsync_revision_compare (candidate, best) > 0))
        best = candidate;
    }
  return best;
}

/* Whether @base includes all that both sides do; where there is no such content, none does. */
static gboolean
is_whole (ConfsyncRevision *base, ConfsyncStamp *a, ConfsyncStamp *b)
{
  g_autoptr (ConfsyncVector) common = NULL;

  if (base == NULL)
    return FALSE;
  common = confsync_vector_meet (confsync_stamp_get_vector (a), confsync_stamp_get_vector (b));
  return confsync_vector_compare (confsync_stamp_get_vector (confsync_revision_get_stamp (base)),
                                  common) == CONFSYNC_ORDER_EQUAL;
}

/* What was found elsewhere (@base, nullable) may be less than what is in memory. */
static ConfsyncRevision *
find_best (ConfsyncReplica *self, ConfsyncStamp *a, ConfsyncStamp *b, ConfsyncRevision *base)
{
  if (base != NULL)
    confsync_replica_remember (self, base);
  return confsync_replica_find_base (self, a, b);
}

static void
put_to_resolver (ConfsyncReplica *self,
                 const char *link,
                 ConfsyncRevision *remote,
                 ConfsyncRevision *base)
{
  confsync_replica_act (self, CONFSYNC_ACTION_RESOLVE, link, remote, self->head)->base =
    base != NULL ? confsync_revision_ref (base) : NULL;
}

static ConfsyncAction *
act_about (ConfsyncReplica *self,
           ConfsyncActionType type,
           const char *link,
           ConfsyncRevision *revision,
           ConfsyncStamp *a,
           ConfsyncStamp *b)
{
  ConfsyncAction *action = confsync_replica_act (self, type, link, revision, NULL);

  action->stamps[0] = confsync_stamp_ref (a);
  action->stamps[1] = confsync_stamp_ref (b);
  return action;
}

static ConfsyncBaseQuestion *
find_question (ConfsyncReplica *self,
               const char *link,
               ConfsyncRevision *local,
               ConfsyncRevision *remote)
{
  for (guint i = 0; i < self->questions->len; i++)
    {
      ConfsyncBaseQuestion *question = self->questions->pdata[i];

      if (g_strcmp0 (question->link, link) == 0 &&
          confsync_revision_same (question->local, local) &&
          confsync_revision_same (question->remote, remote))
        return question;
    }
  return NULL;
}

static void
ask_history (ConfsyncReplica *self, const char *link, ConfsyncRevision *remote)
{
  ConfsyncBaseQuestion *question = g_new0 (ConfsyncBaseQuestion, 1);

  question->link = g_strdup (link);
  question->local = confsync_revision_ref (self->head);
  question->remote = confsync_revision_ref (remote);
  g_ptr_array_add (self->questions, question);
  act_about (self, CONFSYNC_ACTION_FIND_BASE, link, remote,
             confsync_revision_get_stamp (self->head), confsync_revision_get_stamp (remote))
    ->other = confsync_revision_ref (self->head);
}

void
confsync_replica_resolve (ConfsyncReplica *self, const char *link, ConfsyncRevision *remote)
{
  ConfsyncStamp *ours = confsync_revision_get_stamp (self->head);
  ConfsyncStamp *theirs = confsync_revision_get_stamp (remote);
  ConfsyncRevision *base = confsync_replica_find_base (self, ours, theirs);

  if (is_whole (base, ours, theirs) || !self->needs_base || self->questions->len >= QUESTIONS_MAX)
    put_to_resolver (self, link, remote, base);
  else if (find_question (self, link, self->head, remote) == NULL)
    ask_history (self, link, remote);
}

/* The question is answered, with or without a base. */
static void
end_question (ConfsyncReplica *self, ConfsyncBaseQuestion *question, ConfsyncRevision *base)
{
  g_autofree char *link = g_strdup (question->link);
  g_autoptr (ConfsyncRevision) local = confsync_revision_ref (question->local);
  g_autoptr (ConfsyncRevision) remote = confsync_revision_ref (question->remote);

  g_ptr_array_remove (self->questions, question);
  base = find_best (self, confsync_revision_get_stamp (local), confsync_revision_get_stamp (remote),
                    base);
  if (self->applying != NULL)
    confsync_replica_defer (self, CONFSYNC_EVENT_REMATCH, link)->revision =
      g_steal_pointer (&remote);
  else if (confsync_revision_same (self->head, local))
    put_to_resolver (self, link, remote, base);
  else
    /* while it was asked, the question became another one */
    confsync_replica_evaluate (self, link, remote);
}

static gboolean
ask_peer (ConfsyncReplica *self, ConfsyncBaseQuestion *question)
{
  ConfsyncReplicaLink *link = confsync_replica_get_link (self, question->link);

  if (link == NULL || confsync_replica_link_get_legacy (link) != NULL)
    return FALSE;
  question->at_peer = TRUE;
  question->asked_at = self->now;
  act_about (self, CONFSYNC_ACTION_SEND_BASE_REQUEST, question->link, NULL,
             confsync_revision_get_stamp (question->local),
             confsync_revision_get_stamp (question->remote));
  return TRUE;
}

/* @base may come from outside, where nothing is certain. */
static ConfsyncRevision *
check_base (ConfsyncBaseQuestion *question, ConfsyncRevision *base)
{
  return base != NULL && confsync_revision_is_within (base, question->local) &&
             confsync_revision_is_within (base, question->remote)
           ? base
           : NULL;
}

void
confsync_replica_base_found (ConfsyncReplica *self,
                             gint64 now,
                             const char *link,
                             ConfsyncStamp *a,
                             ConfsyncStamp *b,
                             ConfsyncRevision *local,
                             ConfsyncRevision *remote,
                             ConfsyncRevision *base)
{
  ConfsyncBaseQuestion *question;

  self->now = now;
  if (local == NULL || remote == NULL)
    {
      if (confsync_replica_get_link (self, link) != NULL)
        act_about (self, CONFSYNC_ACTION_SEND_BASE, link, find_best (self, a, b, base), a, b);
      return;
    }
  question = find_question (self, link, local, remote);
  if (question == NULL || question->at_peer)
    return;
  base = check_base (question, base);
  if (base != NULL)
    confsync_replica_remember (self, base);
  if (is_whole (base, a, b) || !ask_peer (self, question))
    end_question (self, question, NULL);
}

void
confsync_replica_got_base_request (ConfsyncReplica *self,
                                   gint64 now,
                                   const char *link,
                                   ConfsyncStamp *a,
                                   ConfsyncStamp *b)
{
  ConfsyncRevision *base = confsync_replica_find_base (self, a, b);

  self->now = now;
  if (is_whole (base, a, b))
    act_about (self, CONFSYNC_ACTION_SEND_BASE, link, base, a, b);
  else
    act_about (self, CONFSYNC_ACTION_FIND_BASE, link, NULL, a, b);
}

static gboolean
is_about (ConfsyncBaseQuestion *question, const char *link, ConfsyncStamp *a, ConfsyncStamp *b)
{
  return question->at_peer && g_strcmp0 (question->link, link) == 0 &&
         confsync_stamp_compare (confsync_revision_get_stamp (question->local), a) ==
           CONFSYNC_ORDER_EQUAL &&
         confsync_stamp_compare (confsync_revision_get_stamp (question->remote), b) ==
           CONFSYNC_ORDER_EQUAL;
}

void
confsync_replica_got_base (ConfsyncReplica *self,
                           gint64 now,
                           const char *link,
                           ConfsyncStamp *a,
                           ConfsyncStamp *b,
                           ConfsyncRevision *base)
{
  self->now = now;
  for (guint i = 0; i < self->questions->len; i++)
    {
      ConfsyncBaseQuestion *question = self->questions->pdata[i];

      if (is_about (question, link, a, b))
        {
          end_question (self, question, check_base (question, base));
          return;
        }
    }
}

void
confsync_replica_base_link_down (ConfsyncReplica *self, const char *link)
{
  for (guint i = self->questions->len; i-- > 0;)
    {
      ConfsyncBaseQuestion *question = self->questions->pdata[i];

      if (question->at_peer && g_strcmp0 (question->link, link) == 0)
        {
          end_question (self, question, NULL);
          i = self->questions->len; /* more may have come and gone */
        }
    }
}

void
confsync_replica_base_tick (ConfsyncReplica *self)
{
  for (guint i = 0; i < self->questions->len; i++)
    {
      ConfsyncBaseQuestion *question = self->questions->pdata[i];

      /* a clock that jumps back is no reason to wait for ever */
      if (question->at_peer && ABS (self->now - question->asked_at) >= PEER_PATIENCE_US)
        {
          end_question (self, question, NULL);
          return;
        }
    }
}
