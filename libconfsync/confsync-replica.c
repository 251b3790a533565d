/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * A replica's events. Each one runs to its end before the next is looked at; while an apply is
 * under way, whatever else comes waits for it.
 */

#include "config.h"

#include "confsync-conflict-list-private.h"
#include "confsync-mutant-private.h"
#include "confsync-replica-inside-private.h"

#define AHEAD_WARNING_US (60 * G_USEC_PER_SEC)

void
confsync_replica_free (ConfsyncReplica *self)
{
  g_free (self->author);
  g_rand_free (self->random);
  g_clear_pointer (&self->head, confsync_revision_unref);
  g_clear_pointer (&self->local, confsync_revision_unref);
  g_clear_pointer (&self->fallback, confsync_revision_unref);
  g_free (self->falling_back);
  g_free (self->found);
  g_clear_pointer (&self->previous, confsync_revision_unref);
  g_ptr_array_unref (self->recent);
  g_ptr_array_unref (self->carried);
  g_ptr_array_unref (self->listed);
  g_ptr_array_unref (self->questions);
  g_ptr_array_unref (self->mendings);
  g_ptr_array_unref (self->failed);
  g_hash_table_unref (self->lost);
  g_ptr_array_unref (self->losses);
  g_ptr_array_unref (self->late);
  g_ptr_array_unref (self->restored_late);
  g_hash_table_unref (self->evaluated);
  g_clear_pointer (&self->applying, confsync_revision_unref);
  g_clear_pointer (&self->applying_from, confsync_revision_unref);
  g_free (self->applying_link);
  g_queue_clear_full (&self->deferred, (GDestroyNotify) confsync_replica_event_free);
  confsync_named_clear (&self->restored_head);
  confsync_named_clear (&self->restored_next);
  g_clear_pointer (&self->origin, confsync_stamp_unref);
  confsync_named_clear (&self->restored_fallback);
  g_ptr_array_unref (self->restored_carried);
  g_free (self->restored_local);
  g_hash_table_unref (self->supplied);
  g_hash_table_unref (self->links);
  g_queue_clear_full (&self->actions, (GDestroyNotify) confsync_action_free);
  g_free (self);
}

ConfsyncAction *
confsync_replica_act (ConfsyncReplica *self,
                      ConfsyncActionType type,
                      const char *link,
                      ConfsyncRevision *revision,
                      ConfsyncRevision *other)
{
  ConfsyncAction *action = confsync_action_new (type, link, revision, other);

  g_queue_push_tail (&self->actions, action);
  return action;
}

/* Events */

/* @base is what the live configuration held before; none where it lay beside the file when this
 * life began, and nobody knows what it was made from. */
void
confsync_replica_take_displaced (ConfsyncReplica *self,
                                 ConfsyncDocument *document,
                                 ConfsyncRevision *base)
{
  g_autoptr (ConfsyncRevision) revision = NULL;

  if (self->head != NULL && g_str_equal (confsync_document_get_hash (document),
                                         confsync_revision_get_hash (self->head)))
    return;
  if (self->role == CONFSYNC_ROLE_RECEIVE_ONLY)
    {
      confsync_replica_take_local_only (self, document, CONFSYNC_CAUSE_EDIT);
      confsync_replica_forget_local (self); /* the head is in its place already */
      return;
    }
  if (CONFSYNC_MUTANT ("displaced-on-head"))
    base = self->head;
  revision = confsync_replica_make_late_edit (self, document, base);
  confsync_replica_remember (self, revision);
  confsync_replica_act (self, CONFSYNC_ACTION_KEEP, NULL, revision, NULL)->cause =
    CONFSYNC_CAUSE_EDIT;
  confsync_replica_note_late (self, revision);
  confsync_replica_evaluate_own (self, revision);
}

static void
take_heads (ConfsyncReplica *self, const char *link_id, ConfsyncStamp *stamp, const char *hash)
{
  ConfsyncReplicaLink *link = confsync_replica_get_link (self, link_id);
  g_autofree char *key = stamp != NULL ? confsync_stamp_make_key (stamp, hash) : NULL;
  ConfsyncOrder order;

  if (link == NULL)
    return;

  confsync_replica_link_expire (link, self->now);
  confsync_replica_link_set_holds (link, stamp, hash);
  if (CONFSYNC_MUTANT ("no-anti-entropy"))
    return;
  if (stamp == NULL || self->head == NULL)
    {
      if (self->head != NULL)
        confsync_replica_offer (self, link, self->head, FALSE);
      else if (stamp != NULL && !g_hash_table_contains (self->evaluated, key))
        confsync_replica_act (self, CONFSYNC_ACTION_SEND_REQUEST, link_id, NULL, NULL);
      confsync_replica_offer_carried (self, link, FALSE);
      return;
    }

  confsync_replica_check_actor (self, stamp);
  order = confsync_stamp_compare (confsync_revision_get_stamp (self->head), stamp);
  if (!confsync_replica_link_holds (link, self->head))
    {
      if (order != CONFSYNC_ORDER_BEFORE)
        confsync_replica_offer (self, link, self->head, FALSE);
      if ((order != CONFSYNC_ORDER_AFTER || confsync_replica_waits_to_join (self, link)) &&
          !g_hash_table_contains (self->evaluated, key))
        confsync_replica_act (self, CONFSYNC_ACTION_SEND_REQUEST, link_id, NULL, NULL);
    }
  confsync_replica_offer_carried (self, link, FALSE);
  confsync_replica_pump (self, link);
  confsync_replica_announce_synced (self);
}

static void
take_request (ConfsyncReplica *self, const char *link_id, const char *have)
{
  ConfsyncReplicaLink *link = confsync_replica_get_link (self, link_id);

  if (link == NULL)
    return;
  confsync_replica_link_expire (link, self->now);
  if (have == NULL && confsync_replica_link_get_hash (link) != NULL)
    {
      /* it could not use what is on its way, a change to something that it doesn't have */
      confsync_replica_link_give_up (link);
      confsync_replica_link_set_holds (link, NULL, NULL);
    }
  if (self->head != NULL)
    confsync_replica_offer (self, link, self->head, TRUE);
  confsync_replica_offer_carried (self, link, TRUE);
}

static void
warn_if_ahead (ConfsyncReplica *self, const char *link, ConfsyncRevision *revision)
{
  gint64 ahead = confsync_stamp_get_time (confsync_revision_get_stamp (revision)) - self->now;

  if (ahead > AHEAD_WARNING_US)
    confsync_replica_report (self, CONFSYNC_REPORT_AHEAD, link, revision, NULL)->count =
      MIN (ahead / G_USEC_PER_SEC, G_MAXUINT);
}

static void
take_received (ConfsyncReplica *self, const char *link, ConfsyncRevision *revision)
{
  ConfsyncReplicaLink *from = confsync_replica_get_link (self, link);

  warn_if_ahead (self, link, revision);
  confsync_replica_check_actor (self, confsync_revision_get_stamp (revision));
  if (from != NULL)
    confsync_replica_link_set_holds (from, confsync_revision_get_stamp (revision),
                                     confsync_revision_get_hash (revision));
  confsync_replica_evaluate (self, link, revision);
}

static void
take_set (ConfsyncReplica *self, ConfsyncDocument *document, ConfsyncCause cause)
{
  g_autoptr (ConfsyncRevision) revision =
    confsync_replica_make_edit (self, document, self->head, self->now);

  if (self->head != NULL && g_str_equal (confsync_document_get_hash (document),
                                         confsync_revision_get_hash (self->head)))
    confsync_replica_report (self, CONFSYNC_REPORT_UNCHANGED, NULL, revision, self->head);
  else
    confsync_replica_settle (self, NULL, revision, revision, cause);
}

void
confsync_replica_drain (ConfsyncReplica *self)
{
  ConfsyncReplicaEvent *event;

  while (self->applying == NULL && (event = g_queue_pop_head (&self->deferred)) != NULL)
    {
      switch (event->type)
        {
        case CONFSYNC_EVENT_RECEIVED:
          take_received (self, event->link, event->revision);
          break;
        case CONFSYNC_EVENT_REMATCH:
          confsync_replica_evaluate (self, event->link, event->revision);
          break;
        case CONFSYNC_EVENT_HEADS:
          take_heads (self, event->link, event->stamp, event->hash);
          break;
        case CONFSYNC_EVENT_REQUEST:
          take_request (self, event->link, event->hash);
          break;
        case CONFSYNC_EVENT_SET:
          take_set (self, event->document, event->cause);
          break;
        case CONFSYNC_EVENT_SETTLE:
          confsync_replica_take_settle (self, event->hash, event->document);
          break;
        case CONFSYNC_EVENT_LEGACY:
          confsync_replica_take_legacy (self, event);
          break;
        case CONFSYNC_EVENT_LATE:
          confsync_replica_take_late (self, event->revision);
          break;
        case CONFSYNC_EVENT_DISPLACED:
        default:
          confsync_replica_take_displaced (self, event->document, event->revision);
        }
      confsync_replica_event_free (event);
    }
  if (self->applying == NULL && self->reload)
    {
      self->reload = FALSE;
      confsync_replica_act (self, CONFSYNC_ACTION_RELOAD, NULL, NULL, NULL);
    }
}

/* An edit that was read while an apply waits for the disk may be gone when that is done: another
 * one may have taken its place. What it means for the head shows then; it is kept now. */
void
confsync_replica_keep_meanwhile (ConfsyncReplica *self, ConfsyncDocument *document)
{
  const char *hash = confsync_document_get_hash (document);
  g_autoptr (ConfsyncRevision) revision = NULL;

  if (g_str_equal (hash, confsync_revision_get_hash (self->applying)) ||
      (self->head != NULL && g_str_equal (hash, confsync_revision_get_hash (self->head))))
    return;
  revision = confsync_replica_make_aside (self, document, CONFSYNC_STAMP_EDIT);
  confsync_replica_act (self, CONFSYNC_ACTION_KEEP, NULL, revision, NULL)->cause =
    CONFSYNC_CAUSE_EDIT;
}

/* What was found at the first start is acceptable by now, and nobody edited it. */
static gboolean
was_found (ConfsyncReplica *self, ConfsyncDocument *document)
{
  return self->head == NULL && self->local != NULL && confsync_replica_is_initial (self->local) &&
         g_str_equal (confsync_document_get_hash (document),
                      confsync_revision_get_hash (self->local));
}

void
confsync_replica_edited (ConfsyncReplica *self, gint64 now, ConfsyncDocument *document)
{
  g_autoptr (ConfsyncRevision) revision = NULL;

  self->now = now;
  if (self->applying != NULL)
    {
      /* what was read may be older than what is just being written */
      confsync_replica_keep_meanwhile (self, document);
      self->reload = TRUE;
      return;
    }
  if (self->head != NULL && !CONFSYNC_MUTANT ("echo") &&
      g_str_equal (confsync_document_get_hash (document), confsync_revision_get_hash (self->head)))
    {
      confsync_replica_forget_local (self);
      return;
    }
  if (self->role == CONFSYNC_ROLE_RECEIVE_ONLY)
    {
      confsync_replica_take_local_only (self, document, CONFSYNC_CAUSE_EDIT);
      return;
    }
  if (was_found (self, document))
    {
      confsync_replica_forget_local (self);
      confsync_replica_take_found (self, now, document);
      return;
    }
  confsync_replica_forget_local (self);
  revision = confsync_replica_make_edit (self, document, self->head, now);
  confsync_replica_set_head (self, revision, NULL, NULL, CONFSYNC_CAUSE_EDIT);
}

static void
set_document (ConfsyncReplica *self, ConfsyncDocument *document, ConfsyncCause cause)
{
  ConfsyncReplicaEvent *event;

  if (self->role == CONFSYNC_ROLE_RECEIVE_ONLY)
    confsync_replica_refuse_set (self, document);
  else if (self->applying != NULL)
    {
      event = confsync_replica_defer (self, CONFSYNC_EVENT_SET, NULL);
      event->document = confsync_document_ref (document);
      event->cause = cause;
    }
  else
    take_set (self, document, cause);
}

void
confsync_replica_set (ConfsyncReplica *self, gint64 now, ConfsyncDocument *document)
{
  self->now = now;
  set_document (self, document, CONFSYNC_CAUSE_EDIT);
}

void
confsync_replica_roll_back (ConfsyncReplica *self, gint64 now, ConfsyncDocument *document)
{
  self->now = now;
  set_document (self, document, CONFSYNC_CAUSE_ROLLBACK);
}

void
confsync_replica_displaced (ConfsyncReplica *self, gint64 now, ConfsyncDocument *document)
{
  self->now = now;
  if (self->applying != NULL)
    {
      ConfsyncReplicaEvent *event = confsync_replica_defer (self, CONFSYNC_EVENT_DISPLACED, NULL);

      event->document = confsync_document_ref (document);
      /* its file may have been taken away by the apply that is not reported yet, or by the last */
      event->revision = confsync_replica_meet (self->previous, self->head);
    }
  else
    confsync_replica_take_displaced (self, document, self->previous);
}

void
confsync_replica_link_up (ConfsyncReplica *self, gint64 now, const char *link, gboolean leaf)
{
  ConfsyncReplicaLink *record = confsync_replica_link_new (link, leaf);

  self->now = now;
  g_hash_table_replace (self->links, (gpointer) confsync_replica_link_get_id (record), record);
  confsync_replica_act (self, CONFSYNC_ACTION_SEND_HEADS, link, NULL, NULL);
}

void
confsync_replica_link_down (ConfsyncReplica *self, const char *link)
{
  g_hash_table_remove (self->links, link);
  confsync_replica_base_link_down (self, link);
  confsync_replica_mend_link_down (self, link);
  confsync_replica_announce_synced (self);
}

void
confsync_replica_received (ConfsyncReplica *self,
                           gint64 now,
                           const char *link,
                           ConfsyncRevision *revision)
{
  self->now = now;
  if (self->applying != NULL)
    confsync_replica_defer_received (self, link, revision);
  else
    take_received (self, link, revision);
}

void
confsync_replica_got_heads (ConfsyncReplica *self,
                            gint64 now,
                            const char *link,
                            ConfsyncStamp *stamp,
                            const char *hash)
{
  self->now = now;
  confsync_replica_mend_ask (self);
  if (self->applying != NULL)
    {
      ConfsyncReplicaEvent *event =
        confsync_replica_defer_latest (self, CONFSYNC_EVENT_HEADS, link);

      event->stamp = stamp != NULL ? confsync_stamp_ref (stamp) : NULL;
      event->hash = g_strdup (hash);
    }
  else
    take_heads (self, link, stamp, hash);
}

void
confsync_replica_got_request (ConfsyncReplica *self, gint64 now, const char *link, const char *have)
{
  self->now = now;
  if (self->applying != NULL)
    confsync_replica_defer_latest (self, CONFSYNC_EVENT_REQUEST, link)->hash = g_strdup (have);
  else
    take_request (self, link, have);
}

/* What waits for a decision at the other end waits here for the same one, the other way round, and
 * was told of as a conflict. */
static gboolean
is_known_conflict (ConfsyncReplica *self, ConfsyncMessage *ack)
{
  g_autofree char *key =
    ack->outcome == CONFSYNC_OUTCOME_PENDING && ack->stamp != NULL && ack->config_hash != NULL
      ? confsync_stamp_make_key (ack->stamp, ack->config_hash)
      : NULL;

  for (guint i = 0; key != NULL && i < self->carried->len; i++)
    {
      ConfsyncCarried *carried = self->carried->pdata[i];

      if (carried->hold == CONFSYNC_HOLD_UNDECIDED &&
          g_str_equal (confsync_revision_get_key (carried->revision), key))
        return TRUE;
    }
  return FALSE;
}

void
confsync_replica_got_ack (ConfsyncReplica *self,
                          gint64 now,
                          const char *link_id,
                          ConfsyncMessage *ack)
{
  ConfsyncReplicaLink *link = confsync_replica_get_link (self, link_id);
  g_autofree char *key = confsync_stamp_make_key (ack->for_stamp, ack->for_hash);
  g_autoptr (ConfsyncRevision) revision = NULL;

  self->now = now;
  if (link == NULL)
    return;

  revision = confsync_replica_link_answered (link, key);
  /* it was taken, and is no longer */
  if (revision == NULL && ack->outcome != CONFSYNC_OUTCOME_TAKEN && self->head != NULL &&
      confsync_replica_link_holds (link, self->head) &&
      g_str_equal (key, confsync_revision_get_key (self->head)))
    revision = confsync_revision_ref (self->head);
  confsync_replica_link_set_holds (link, ack->stamp, ack->config_hash);
  if (revision != NULL && ack->outcome != CONFSYNC_OUTCOME_TAKEN)
    {
      ConfsyncAction *action =
        confsync_replica_report (self, CONFSYNC_REPORT_BEHIND, link_id, revision, NULL);

      action->outcome = ack->outcome;
      action->reason = g_strdup (ack->reason);
      action->count = is_known_conflict (self, ack);
    }
  else if (revision != NULL && confsync_replica_link_holds (link, revision))
    confsync_replica_act (self, CONFSYNC_ACTION_ACKNOWLEDGED, link_id, revision, NULL);

  confsync_replica_pump (self, link);
  confsync_replica_announce_synced (self);
}

ConfsyncAction *
confsync_replica_next_action (ConfsyncReplica *self)
{
  return g_queue_pop_head (&self->actions);
}

ConfsyncRevision *
confsync_replica_get_head (ConfsyncReplica *self)
{
  return self->head;
}

ConfsyncRevision *
confsync_replica_find_recent (ConfsyncReplica *self, const char *hash)
{
  for (guint i = self->recent->len; hash != NULL && i-- > 0;)
    if (g_str_equal (confsync_revision_get_hash (self->recent->pdata[i]), hash))
      return self->recent->pdata[i];
  return NULL;
}

gboolean
confsync_replica_is_busy (ConfsyncReplica *self)
{
  return self->applying != NULL;
}

gboolean
confsync_replica_has_failed (ConfsyncReplica *self)
{
  return self->failed->len > 0;
}

const char *
confsync_replica_get_link_hash (ConfsyncReplica *self, const char *link)
{
  ConfsyncReplicaLink *record = confsync_replica_get_link (self, link);

  return record != NULL ? confsync_replica_link_get_hash (record) : NULL;
}

gboolean
confsync_replica_link_is_in_sync (ConfsyncReplica *self, const char *link)
{
  ConfsyncReplicaLink *record = confsync_replica_get_link (self, link);

  return record != NULL && self->head != NULL && confsync_replica_link_holds (record, self->head);
}
