/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * What becomes of a resolver's answer.
 */

#include "config.h"

#include "confsync-conflict-list-private.h"

#include "confsync-mutant-private.h"
#include "confsync-replica-inside-private.h"

/* Two sides, and what was said of them. */
typedef struct
{
  const char *link;
  ConfsyncRevision *local, *remote, *base;
  const ConfsyncResolution *resolution;
} Answer;

static void
remark (ConfsyncReplica *self, Answer *answer, const char *text)
{
  if (text != NULL)
    confsync_replica_report (self, CONFSYNC_REPORT_REMARK, answer->link, answer->remote,
                             answer->local)
      ->reason = g_strdup (text);
}

/* What is open in the merged content: what was, and what nobody decided now. */
static GPtrArray *
make_list (ConfsyncReplica *self, Answer *answer)
{
  const ConfsyncResolution *resolution = answer->resolution;
  GPtrArray *list =
    confsync_conflict_list_join (answer->local, answer->remote, resolution->merged);
  gboolean ours = confsync_revision_compare (answer->local, answer->remote) > 0;
  ConfsyncRevision *winner = ours ? answer->local : answer->remote;
  ConfsyncRevision *loser = ours ? answer->remote : answer->local;

  for (guint i = 0; resolution->open != NULL && resolution->open[i] != NULL; i++)
    {
      const char *reason = resolution->open_reasons != NULL && resolution->open_reasons[i] != NULL
                             ? resolution->open_reasons[i]
                             : "waits for a decision";
      gboolean added;

      list = confsync_conflict_list_add (list, resolution->open[i], answer->base, winner, loser,
                                         reason, &added);
      if (!added)
        remark (self, answer,
                "more conflicts wait than there is room for: the newest ones are decided by time, "
                "and the losing side is kept as a version");
    }
  return list;
}

/* Both sides in one content, which includes what either did. */
static ConfsyncRevision *
make_merged (ConfsyncReplica *self, Answer *answer)
{
  g_autoptr (ConfsyncRevision) joined = confsync_revision_join (answer->local, answer->remote);
  ConfsyncStamp *greater = confsync_revision_get_stamp (joined);
  g_autoptr (ConfsyncStamp) stamp = confsync_stamp_new (
    CONFSYNC_STAMP_MERGED, confsync_stamp_get_epoch (greater), confsync_stamp_get_time (greater),
    confsync_stamp_get_author (greater), confsync_stamp_get_vector (greater));
  g_autoptr (GPtrArray) list = make_list (self, answer);

  return confsync_revision_new_open (answer->resolution->merged, stamp, list);
}

/* A displaced edit is kept already; that it was decided is not true before the merge is live. */
static void
keep_side (ConfsyncReplica *self, Answer *answer, ConfsyncRevision *side)
{
  if (confsync_replica_is_late (self, side))
    {
      confsync_replica_keep_when_live (self, answer->link, side);
      return;
    }
  confsync_replica_act (self, CONFSYNC_ACTION_KEEP, answer->link, side, NULL)->cause =
    CONFSYNC_CAUSE_LOST;
}

/* Where a side lost a value, it is kept: nothing else has that any more. */
static void
take_merged (ConfsyncReplica *self, Answer *answer)
{
  const ConfsyncResolution *resolution = answer->resolution;
  g_autoptr (ConfsyncRevision) result = make_merged (self, answer);
  gboolean dropped = (resolution->overruled != NULL && resolution->overruled[0] != NULL) ||
                     (resolution->open != NULL && resolution->open[0] != NULL);
  ConfsyncAction *action;

  if (dropped)
    {
      keep_side (self, answer, answer->local);
      keep_side (self, answer, answer->remote);
    }
  action = confsync_replica_report (self, CONFSYNC_REPORT_MERGED, answer->link, result,
                                    answer->local);
  action->base = confsync_revision_ref (answer->remote);
  action->pointers = g_strdupv ((GStrv) resolution->overruled);
  /* it never is the head here, and yet the base of what its author makes of it */
  confsync_replica_remember (self, answer->remote);
  confsync_replica_settle (self, answer->link, answer->remote, result, CONFSYNC_CAUSE_MERGE);
}

static void
hold_back (ConfsyncReplica *self, Answer *answer)
{
  ConfsyncReplicaLink *from = confsync_replica_get_link (self, answer->link);
  const char *reason = answer->resolution->reason;

  confsync_replica_carry (self, answer->link, answer->remote, CONFSYNC_HOLD_UNDECIDED,
                          reason != NULL ? reason : "no reason given", answer->base);
  confsync_replica_acknowledge (self, answer->link, answer->remote, CONFSYNC_OUTCOME_PENDING,
                                reason);
  /* a legacy peer would take the head in place of what waits here */
  if (from != NULL && confsync_replica_link_get_legacy (from) == NULL)
    confsync_replica_offer (self, from, self->head, FALSE);
}

static void
take_answer (ConfsyncReplica *self, Answer *answer)
{
  remark (self, answer, answer->resolution->remark);
  switch (answer->resolution->answer)
    {
    case CONFSYNC_ANSWER_LOCAL:
      confsync_replica_lose (self, answer->link, answer->remote, answer->local);
      confsync_replica_uncarry (self, answer->remote);
      confsync_replica_settle (self, answer->link, answer->remote, answer->local,
                               CONFSYNC_CAUSE_REMOTE);
      break;
    case CONFSYNC_ANSWER_REMOTE:
      confsync_replica_lose (self, answer->link, answer->local, answer->remote);
      if (CONFSYNC_MUTANT ("lww-joins"))
        {
          g_autoptr (ConfsyncRevision) joined =
            confsync_revision_join (answer->local, answer->remote);

          confsync_replica_settle (self, answer->link, answer->remote, joined,
                                   CONFSYNC_CAUSE_REMOTE);
          break;
        }
      confsync_replica_settle (self, answer->link, answer->remote, answer->remote,
                               CONFSYNC_CAUSE_REMOTE);
      break;
    case CONFSYNC_ANSWER_MERGED:
      take_merged (self, answer);
      break;
    case CONFSYNC_ANSWER_DECLINED:
    default:
      hold_back (self, answer);
    }
}

void
confsync_replica_resolved (ConfsyncReplica *self,
                           gint64 now,
                           const char *link,
                           ConfsyncRevision *local,
                           ConfsyncRevision *remote,
                           ConfsyncRevision *base,
                           const ConfsyncResolution *resolution)
{
  Answer answer = { link, local, remote, base, resolution };

  self->now = now;
  if (self->applying != NULL)
    {
      confsync_replica_defer (self, CONFSYNC_EVENT_REMATCH, link)->revision =
        confsync_revision_ref (remote);
      return;
    }
  if (!confsync_revision_same (self->head, local))
    /* decided too late: the question is another one now */
    confsync_replica_evaluate (self, link, remote);
  else
    take_answer (self, &answer);
  confsync_replica_drain (self);
}
