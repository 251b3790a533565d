/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * A replica's decisions. Each event runs to its end before the next one is looked at; while an
 * apply is under way, whatever else comes waits for it.
 */

#include "config.h"

#include "confsync-conflict-private.h"
#include "confsync-replica-inside-private.h"

#define CARRIED_MAX 4
#define EVALUATED_MAX 4096
/* With more links than this, those that aren't leaves get heads and ask for what they lack. */
#define FLOOD_LINKS_MAX 8
#define AHEAD_WARNING_US (60 * G_USEC_PER_SEC)

typedef enum {
  EVENT_RECEIVED,
  EVENT_HEADS,
  EVENT_REQUEST,
  EVENT_DISPLACED,
  EVENT_SET,
} EventType;

/* what came while an apply was under way */
typedef struct
{
  EventType type;
  char *link;                 /* (owned) (nullable) */
  ConfsyncRevision *revision; /* (owned) (nullable) */
  ConfsyncDocument *document; /* (owned) (nullable) */
  ConfsyncStamp *stamp;       /* (owned) (nullable) */
  char *hash;                 /* (owned) (nullable) */
} Event;

static void evaluate (ConfsyncReplica *self, const char *link,
                      ConfsyncRevision *revision);

static void
event_free (Event *event)
{
  g_free (event->link);
  g_clear_pointer (&event->revision, confsync_revision_unref);
  g_clear_pointer (&event->document, confsync_document_unref);
  g_clear_pointer (&event->stamp, confsync_stamp_unref);
  g_free (event->hash);
  g_free (event);
}

static Event *
defer (ConfsyncReplica *self, EventType type, const char *link)
{
  Event *event = g_new0 (Event, 1);

  event->type = type;
  event->link = g_strdup (link);
  g_queue_push_tail (&self->deferred, event);
  return event;
}

void
confsync_replica_free (ConfsyncReplica *self)
{
  g_free (self->author);
  g_rand_free (self->random);
  g_clear_pointer (&self->head, confsync_revision_unref);
  g_clear_pointer (&self->previous, confsync_revision_unref);
  g_ptr_array_unref (self->recent);
  g_ptr_array_unref (self->carried);
  g_ptr_array_unref (self->failed);
  g_hash_table_unref (self->evaluated);
  g_clear_pointer (&self->applying, confsync_revision_unref);
  g_clear_pointer (&self->applying_from, confsync_revision_unref);
  g_free (self->applying_link);
  g_queue_clear_full (&self->deferred, (GDestroyNotify) event_free);
  g_clear_pointer (&self->restored_stamp, confsync_stamp_unref);
  g_free (self->restored_hash);
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

static ConfsyncAction *
report (ConfsyncReplica *self,
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

static ConfsyncReplicaLink *
get_link (ConfsyncReplica *self, const char *id)
{
  return id != NULL ? g_hash_table_lookup (self->links, id) : NULL;
}

/* Sending */

static void
pump (ConfsyncReplica *self, ConfsyncReplicaLink *link)
{
  g_autoptr (ConfsyncRevision) revision = confsync_replica_link_next (link, self->now);

  if (revision != NULL)
    confsync_replica_act (self, CONFSYNC_ACTION_SEND_UPDATE, confsync_replica_link_get_id (link),
                          revision, NULL);
}

static void
offer (ConfsyncReplica *self, ConfsyncReplicaLink *link,
       ConfsyncRevision *revision,
       gboolean again)
{
  confsync_replica_link_offer (link, revision, revision == self->head, again);
  pump (self, link);
}

static void
offer_carried (ConfsyncReplica *self, ConfsyncReplicaLink *link)
{
  for (guint i = 0; i < self->carried->len; i++)
    offer (self, link, self->carried->pdata[i], FALSE);
}

/* The author tells everybody; who passes on tells leaves, and everybody in a small house. */
static void
push (ConfsyncReplica *self, ConfsyncRevision *revision, const char *from)
{
  gboolean flood = from == NULL || g_hash_table_size (self->links) <= FLOOD_LINKS_MAX;
  GHashTableIter iter;
  ConfsyncReplicaLink *link;

  g_hash_table_iter_init (&iter, self->links);
  while (g_hash_table_iter_next (&iter, NULL, (gpointer *) &link))
    {
      const char *id = confsync_replica_link_get_id (link);

      if (g_strcmp0 (id, from) == 0)
        continue;
      if (flood || confsync_replica_link_is_leaf (link))
        offer (self, link, revision, FALSE);
      else if (!confsync_replica_link_holds (link, revision))
        confsync_replica_act (self, CONFSYNC_ACTION_SEND_HEADS, id, NULL, NULL);
    }
}

static void
acknowledge (ConfsyncReplica *self,
             const char *link,
             ConfsyncRevision *revision,
             ConfsyncOutcome outcome,
             const char *reason)
{
  ConfsyncAction *action;

  if (get_link (self, link) == NULL)
    return;
  action = confsync_replica_act (self, CONFSYNC_ACTION_SEND_ACK, link, revision, NULL);
  action->outcome = outcome;
  action->reason = g_strdup (reason);
}

/* Once all links have answered for an own edit, that is worth a line. */
static void
announce_synced (ConfsyncReplica *self)
{
  guint total = 0, holding = 0;
  GHashTableIter iter;
  ConfsyncReplicaLink *link;
  ConfsyncAction *action;

  if (self->announced || self->head == NULL)
    return;

  g_hash_table_iter_init (&iter, self->links);
  while (g_hash_table_iter_next (&iter, NULL, (gpointer *) &link))
    {
      gboolean holds = confsync_replica_link_holds (link, self->head);

      if (!holds && !confsync_replica_link_has_answered (link,
                                                         confsync_revision_get_key (self->head)))
        return;
      total++;
      holding += holds;
    }
  if (total == 0)
    return;

  self->announced = TRUE;
  action = report (self, CONFSYNC_REPORT_SYNCED, NULL, self->head, NULL);
  action->count = holding;
  action->total = total;
}

/* The head, and what is carried beside it */

static gboolean
is_within (ConfsyncRevision *revision, ConfsyncRevision *head)
{
  ConfsyncOrder order = confsync_stamp_compare (confsync_revision_get_stamp (revision),
                                                confsync_revision_get_stamp (head));

  return order == CONFSYNC_ORDER_BEFORE || order == CONFSYNC_ORDER_EQUAL;
}

static void
drop_settled (GPtrArray *revisions, ConfsyncRevision *head)
{
  for (guint i = revisions->len; i-- > 0;)
    if (is_within (revisions->pdata[i], head))
      g_ptr_array_remove_index (revisions, i);
}

/* A restored backup brings an older head: what was settled with the newer one is open again. */
static void
forget_if_lower (ConfsyncReplica *self, ConfsyncRevision *head)
{
  GHashTableIter iter;
  ConfsyncReplicaLink *link;

  if (self->head == NULL || !is_within (head, self->head))
    return;

  g_hash_table_remove_all (self->evaluated);
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
static void
remember (ConfsyncReplica *self, ConfsyncRevision *revision)
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

void
confsync_replica_set_head (ConfsyncReplica *self,
                           ConfsyncRevision *revision,
                           const char *link,
                           ConfsyncCause cause)
{
  g_autoptr (ConfsyncRevision) before = g_steal_pointer (&self->head);
  gboolean own = cause != CONFSYNC_CAUSE_REMOTE && cause != CONFSYNC_CAUSE_MERGE;
  gboolean same_content = before != NULL && g_str_equal (confsync_revision_get_hash (before),
                                                         confsync_revision_get_hash (revision));

  self->head = before;
  forget_if_lower (self, revision);
  self->head = confsync_revision_ref (revision);
  confsync_replica_see (self, confsync_revision_get_stamp (revision));
  remember (self, revision);
  drop_settled (self->carried, revision);
  drop_settled (self->failed, revision);

  /* what goes out goes first: keeping it takes a disk */
  push (self, revision, link);
  if (!same_content)
    {
      g_clear_pointer (&self->previous, confsync_revision_unref);
      self->previous = before != NULL ? confsync_revision_ref (before) : NULL;
      confsync_replica_act (self, CONFSYNC_ACTION_KEEP, link, revision, NULL)->cause = cause;
      report (self, own ? CONFSYNC_REPORT_CHANGED : CONFSYNC_REPORT_APPLIED, link, revision, before)
        ->cause = cause;
      self->announced = !own || cause == CONFSYNC_CAUSE_INITIAL;
    }
  confsync_replica_act (self, CONFSYNC_ACTION_PERSIST, NULL, NULL, NULL);
  before = NULL;
}

/* Refused or undecided here, but not to be lost to those behind: kept, passed on, at most a few. */
static void
carry (ConfsyncReplica *self, const char *link, ConfsyncRevision *revision)
{
  guint weakest = 0;

  for (guint i = self->carried->len; i-- > 0;)
    {
      ConfsyncOrder order =
        confsync_stamp_compare (confsync_revision_get_stamp (revision),
                                confsync_revision_get_stamp (self->carried->pdata[i]));

      if (order == CONFSYNC_ORDER_AFTER)
        g_ptr_array_remove_index (self->carried, i);
      else if (order != CONFSYNC_ORDER_CONCURRENT)
        return;
    }
  g_ptr_array_add (self->carried, confsync_revision_ref (revision));
  for (guint i = 1; i < self->carried->len; i++)
    if (confsync_revision_compare (self->carried->pdata[i], self->carried->pdata[weakest]) < 0)
      weakest = i;
  if (self->carried->len > CARRIED_MAX)
    g_ptr_array_remove_index (self->carried, weakest);
  confsync_replica_see (self, confsync_revision_get_stamp (revision));
  push (self, revision, link);
}

/* Taking revisions in */

static void
lose (ConfsyncReplica *self, const char *link, ConfsyncRevision *loser, ConfsyncRevision *winner)
{
  if (g_str_equal (confsync_revision_get_hash (loser), confsync_revision_get_hash (winner)))
    return;
  confsync_replica_act (self, CONFSYNC_ACTION_KEEP, link, loser, NULL)->cause = CONFSYNC_CAUSE_LOST;
  report (self, CONFSYNC_REPORT_LOST, link, loser, winner);
}

/* @revision brought it, and @result is what is to be the head from now on. */
static void
settle (ConfsyncReplica *self, const char *link,
        ConfsyncRevision *revision,
        ConfsyncRevision *result,
        ConfsyncCause cause)
{
  ConfsyncReplicaLink *from = get_link (self, link);

  if (self->head != NULL && confsync_revision_same (result, self->head))
    {
      acknowledge (self, link, revision, CONFSYNC_OUTCOME_TAKEN, NULL);
      if (from != NULL)
        offer (self, from, self->head, FALSE);
      return;
    }
  if (self->head != NULL &&
      g_str_equal (confsync_revision_get_hash (result), confsync_revision_get_hash (self->head)))
    {
      confsync_replica_set_head (
        self, result, confsync_revision_same (result, revision) ? link : NULL, cause);
      acknowledge (self, link, revision, CONFSYNC_OUTCOME_TAKEN, NULL);
      return;
    }

  self->applying = confsync_revision_ref (result);
  self->applying_from = confsync_revision_ref (revision);
  self->applying_link = g_strdup (link);
  self->applying_cause = cause;
  confsync_replica_act (self, CONFSYNC_ACTION_APPLY, link, result, self->head);
}

static gboolean
is_initial (ConfsyncRevision *revision)
{
  return confsync_stamp_get_kind (confsync_revision_get_stamp (revision)) == CONFSYNC_STAMP_INITIAL;
}

/* The greatest of what both sides include. */
static ConfsyncRevision *
find_base (ConfsyncReplica *self, ConfsyncRevision *a, ConfsyncRevision *b)
{
  ConfsyncRevision *best = NULL;

  for (guint i = 0; i < self->recent->len; i++)
    {
      ConfsyncRevision *candidate = self->recent->pdata[i];

      if (!is_within (candidate, a) || !is_within (candidate, b))
        continue;
      if (best == NULL || is_within (best, candidate) ||
          (!is_within (candidate, best) && confsync_revision_compare (candidate, best) > 0))
        best = candidate;
    }
  return best;
}

/* Two edits, neither of which knew the other. */
static void
collide (ConfsyncReplica *self, const char *link, ConfsyncRevision *revision)
{
  if (g_str_equal (confsync_revision_get_hash (revision), confsync_revision_get_hash (self->head)))
    {
      g_autoptr (ConfsyncRevision) joined = confsync_revision_join (self->head, revision);

      settle (self, link, revision, joined, CONFSYNC_CAUSE_REMOTE);
    }
  else if (is_initial (self->head) || is_initial (revision))
    {
      /* never a matter of taste: an initial content can't win over an edit */
      g_autoptr (ConfsyncRevision) winner = confsync_revision_pick (self->head, revision);
      gboolean ours = g_str_equal (confsync_revision_get_hash (winner),
                                   confsync_revision_get_hash (self->head));

      lose (self, link, ours ? revision : self->head, winner);
      settle (self, link, revision, winner, CONFSYNC_CAUSE_REMOTE);
    }
  else
    {
      ConfsyncRevision *base = find_base (self, self->head, revision);
      ConfsyncAction *action =
        confsync_replica_act (self, CONFSYNC_ACTION_RESOLVE, link, revision, self->head);

      action->base = base != NULL ? confsync_revision_ref (base) : NULL;
    }
}

static void
note_evaluated (ConfsyncReplica *self, const char *key)
{
  if (g_hash_table_size (self->evaluated) >= EVALUATED_MAX)
    g_hash_table_remove_all (self->evaluated);
  g_hash_table_add (self->evaluated, g_strdup (key));
}

static void
warn_if_ahead (ConfsyncReplica *self, const char *link, ConfsyncRevision *revision)
{
  gint64 ahead = confsync_stamp_get_time (confsync_revision_get_stamp (revision)) - self->now;

  if (ahead > AHEAD_WARNING_US)
    report (self, CONFSYNC_REPORT_AHEAD, link, revision, NULL)->count =
      MIN (ahead / G_USEC_PER_SEC, G_MAXUINT);
}

static void
evaluate (ConfsyncReplica *self, const char *link, ConfsyncRevision *revision)
{
  ConfsyncStamp *stamp = confsync_revision_get_stamp (revision);
  gboolean same_content;

  confsync_replica_see (self, stamp);
  note_evaluated (self, confsync_revision_get_key (revision));
  if (self->head == NULL)
    {
      settle (self, link, revision, revision, CONFSYNC_CAUSE_REMOTE);
      return;
    }

  same_content = g_str_equal (confsync_revision_get_hash (revision),
                              confsync_revision_get_hash (self->head));
  switch (confsync_stamp_compare (stamp, confsync_revision_get_stamp (self->head)))
    {
    case CONFSYNC_ORDER_BEFORE:
      settle (self, link, revision, self->head, CONFSYNC_CAUSE_REMOTE);
      break;
    case CONFSYNC_ORDER_EQUAL:
      /* two merges with different ancestors include the same: the total order decides */
      settle (self, link, revision,
              same_content || confsync_revision_compare (self->head, revision) > 0 ? self->head
                                                                                  : revision,
              CONFSYNC_CAUSE_REMOTE);
      break;
    case CONFSYNC_ORDER_AFTER:
      settle (self, link, revision, revision, CONFSYNC_CAUSE_REMOTE);
      break;
    case CONFSYNC_ORDER_CONCURRENT:
    default:
      collide (self, link, revision);
    }
}

/* Events */

static void
take_displaced (ConfsyncReplica *self, ConfsyncDocument *document)
{
  ConfsyncRevision *base = self->previous != NULL ? self->previous : self->head;
  g_autoptr (ConfsyncStamp) stamp = NULL;
  g_autoptr (ConfsyncRevision) revision = NULL;

  if (self->head != NULL && g_str_equal (confsync_document_get_hash (document),
                                         confsync_revision_get_hash (self->head)))
    return;

  /* it was written on what the file held before, not on what displaced it */
  stamp = confsync_replica_stamp_edit (
    self, CONFSYNC_STAMP_EDIT, base != NULL ? confsync_revision_get_stamp (base) : NULL, self->now);
  revision = confsync_revision_new (document, stamp);
  remember (self, revision);
  confsync_replica_act (self, CONFSYNC_ACTION_KEEP, NULL, revision, NULL)->cause =
    CONFSYNC_CAUSE_EDIT;
  evaluate (self, NULL, revision);
}

static void
take_heads (ConfsyncReplica *self, const char *link_id,
            ConfsyncStamp *stamp,
            const char *hash)
{
  ConfsyncReplicaLink *link = get_link (self, link_id);
  g_autofree char *key = stamp != NULL ? confsync_stamp_make_key (stamp, hash) : NULL;
  ConfsyncOrder order;

  if (link == NULL)
    return;

  confsync_replica_link_expire (link, self->now);
  confsync_replica_link_set_holds (link, stamp, hash);
  if (stamp == NULL || self->head == NULL)
    {
      if (self->head != NULL)
        offer (self, link, self->head, TRUE);
      else if (stamp != NULL)
        confsync_replica_act (self, CONFSYNC_ACTION_SEND_REQUEST, link_id, NULL, NULL);
      offer_carried (self, link);
      return;
    }

  confsync_replica_check_actor (self, stamp);
  order = confsync_stamp_compare (confsync_revision_get_stamp (self->head), stamp);
  if (!confsync_replica_link_holds (link, self->head))
    {
      if (order != CONFSYNC_ORDER_BEFORE)
        offer (self, link, self->head, FALSE);
      if (order != CONFSYNC_ORDER_AFTER && !g_hash_table_contains (self->evaluated, key))
        confsync_replica_act (self, CONFSYNC_ACTION_SEND_REQUEST, link_id, NULL, NULL);
    }
  offer_carried (self, link);
  pump (self, link);
  announce_synced (self);
}

static void
take_request (ConfsyncReplica *self, const char *link_id)
{
  ConfsyncReplicaLink *link = get_link (self, link_id);

  if (link == NULL)
    return;
  confsync_replica_link_expire (link, self->now);
  if (self->head != NULL)
    offer (self, link, self->head, TRUE);
  for (guint i = 0; i < self->carried->len; i++)
    offer (self, link, self->carried->pdata[i], TRUE);
}

static void
take_received (ConfsyncReplica *self, const char *link, ConfsyncRevision *revision)
{
  warn_if_ahead (self, link, revision);
  confsync_replica_check_actor (self, confsync_revision_get_stamp (revision));
  if (get_link (self, link) != NULL)
    confsync_replica_link_set_holds (get_link (self, link), confsync_revision_get_stamp (revision),
                                     confsync_revision_get_hash (revision));
  evaluate (self, link, revision);
}

static void
take_set (ConfsyncReplica *self, ConfsyncDocument *document)
{
  g_autoptr (ConfsyncStamp) stamp = confsync_replica_stamp_edit (
    self, CONFSYNC_STAMP_EDIT, self->head != NULL ? confsync_revision_get_stamp (self->head) : NULL,
    self->now);
  g_autoptr (ConfsyncRevision) revision = confsync_revision_new (document, stamp);

  if (self->head != NULL && g_str_equal (confsync_document_get_hash (document),
                                         confsync_revision_get_hash (self->head)))
    report (self, CONFSYNC_REPORT_UNCHANGED, NULL, revision, self->head);
  else
    settle (self, NULL, revision, revision, CONFSYNC_CAUSE_EDIT);
}

/* What waited for an apply, until the next apply begins. */
static void
drain (ConfsyncReplica *self)
{
  Event *event;

  while (self->applying == NULL && (event = g_queue_pop_head (&self->deferred)) != NULL)
    {
      switch (event->type)
        {
        case EVENT_RECEIVED:
          take_received (self, event->link, event->revision);
          break;
        case EVENT_HEADS:
          take_heads (self, event->link, event->stamp, event->hash);
          break;
        case EVENT_REQUEST:
          take_request (self, event->link);
          break;
        case EVENT_SET:
          take_set (self, event->document);
          break;
        case EVENT_DISPLACED:
        default:
          take_displaced (self, event->document);
        }
      event_free (event);
    }
  if (self->applying == NULL && self->reload)
    {
      self->reload = FALSE;
      confsync_replica_act (self, CONFSYNC_ACTION_RELOAD, NULL, NULL, NULL);
    }
}

void
confsync_replica_edited (ConfsyncReplica *self, gint64 now, ConfsyncDocument *document)
{
  g_autoptr (ConfsyncStamp) stamp = NULL;
  g_autoptr (ConfsyncRevision) revision = NULL;

  self->now = now;
  if (self->applying != NULL)
    {
      /* what was read may be older than what is just being written */
      self->reload = TRUE;
      return;
    }
  if (self->head != NULL && g_str_equal (confsync_document_get_hash (document),
                                         confsync_revision_get_hash (self->head)))
    return;

  stamp = confsync_replica_stamp_edit (
    self, CONFSYNC_STAMP_EDIT, self->head != NULL ? confsync_revision_get_stamp (self->head) : NULL,
    now);
  revision = confsync_revision_new (document, stamp);
  confsync_replica_set_head (self, revision, NULL, CONFSYNC_CAUSE_EDIT);
}

void
confsync_replica_set (ConfsyncReplica *self, gint64 now, ConfsyncDocument *document)
{
  self->now = now;
  if (self->applying != NULL)
    defer (self, EVENT_SET, NULL)->document = confsync_document_ref (document);
  else
    take_set (self, document);
}

void
confsync_replica_displaced (ConfsyncReplica *self, gint64 now, ConfsyncDocument *document)
{
  self->now = now;
  if (self->applying != NULL)
    defer (self, EVENT_DISPLACED, NULL)->document = confsync_document_ref (document);
  else
    take_displaced (self, document);
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
  announce_synced (self);
}

void
confsync_replica_received (ConfsyncReplica *self,
                           gint64 now,
                           const char *link,
                           ConfsyncRevision *revision)
{
  self->now = now;
  if (self->applying != NULL)
    defer (self, EVENT_RECEIVED, link)->revision = confsync_revision_ref (revision);
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
  if (self->applying != NULL)
    {
      Event *event = defer (self, EVENT_HEADS, link);

      event->stamp = stamp != NULL ? confsync_stamp_ref (stamp) : NULL;
      event->hash = g_strdup (hash);
    }
  else
    take_heads (self, link, stamp, hash);
}

void
confsync_replica_got_request (ConfsyncReplica *self, gint64 now, const char *link)
{
  self->now = now;
  if (self->applying != NULL)
    defer (self, EVENT_REQUEST, link);
  else
    take_request (self, link);
}

void
confsync_replica_got_ack (ConfsyncReplica *self,
                          gint64 now,
                          const char *link_id,
                          ConfsyncMessage *ack)
{
  ConfsyncReplicaLink *link = get_link (self, link_id);
  g_autofree char *key = confsync_stamp_make_key (ack->for_stamp, ack->for_hash);
  g_autoptr (ConfsyncRevision) revision = NULL;

  self->now = now;
  if (link == NULL)
    return;

  revision = confsync_replica_link_answered (link, key);
  confsync_replica_link_set_holds (link, ack->stamp, ack->config_hash);
  if (revision != NULL && ack->outcome != CONFSYNC_OUTCOME_TAKEN)
    {
      ConfsyncAction *action = report (self, CONFSYNC_REPORT_BEHIND, link_id, revision, NULL);

      action->outcome = ack->outcome;
      action->reason = g_strdup (ack->reason);
    }
  else if (revision != NULL && confsync_replica_link_holds (link, revision))
    confsync_replica_act (self, CONFSYNC_ACTION_ACKNOWLEDGED, link_id, revision, NULL);

  pump (self, link);
  announce_synced (self);
}

/* The disk said no: held back, and tried again later. */
static void
hold_failed (ConfsyncReplica *self, const char *link,
             ConfsyncRevision *revision,
             const char *error)
{
  report (self, CONFSYNC_REPORT_FAILED, link, revision, NULL)->reason = g_strdup (error);
  if (self->applying_cause == CONFSYNC_CAUSE_EDIT)
    return; /* whoever asked for it is told */
  drop_settled (self->failed, revision);
  g_ptr_array_add (self->failed, confsync_revision_ref (revision));
  carry (self, link, revision);
  acknowledge (self, link, revision, CONFSYNC_OUTCOME_PENDING, error);
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

  self->now = now;
  g_return_if_fail (result != NULL);

  if (error != NULL)
    hold_failed (self, link, from, error);
  else
    {
      confsync_replica_set_head (self, result, confsync_revision_same (result, from) ? link : NULL,
                                 self->applying_cause);
      acknowledge (self, link, from, CONFSYNC_OUTCOME_TAKEN, NULL);
    }
  if (displaced != NULL)
    take_displaced (self, displaced);
  drain (self);
}

/* Both sides in one content, which includes what either did. */
static ConfsyncRevision *
make_merged (ConfsyncRevision *local, ConfsyncRevision *remote, ConfsyncDocument *document)
{
  g_autoptr (ConfsyncRevision) joined = confsync_revision_join (local, remote);
  ConfsyncStamp *greater = confsync_revision_get_stamp (joined);
  g_autoptr (ConfsyncStamp) stamp = confsync_stamp_new (
    CONFSYNC_STAMP_MERGED, confsync_stamp_get_epoch (greater), confsync_stamp_get_time (greater),
    confsync_stamp_get_author (greater), confsync_stamp_get_vector (greater));

  return confsync_revision_new (document, stamp);
}

void
confsync_replica_resolved (ConfsyncReplica *self,
                           gint64 now,
                           const char *link,
                           ConfsyncRevision *local,
                           ConfsyncRevision *remote,
                           int answer,
                           ConfsyncDocument *merged,
                           const char *reason)
{
  self->now = now;
  if (self->applying != NULL || !confsync_revision_same (self->head, local))
    {
      /* decided too late: the question is another one now */
      confsync_replica_received (self, now, link, remote);
      return;
    }

  switch ((ConfsyncAnswer) answer)
    {
    case CONFSYNC_ANSWER_LOCAL:
      lose (self, link, remote, local);
      settle (self, link, remote, local, CONFSYNC_CAUSE_REMOTE);
      break;
    case CONFSYNC_ANSWER_REMOTE:
      lose (self, link, local, remote);
      settle (self, link, remote, remote, CONFSYNC_CAUSE_REMOTE);
      break;
    case CONFSYNC_ANSWER_MERGED:
      {
        g_autoptr (ConfsyncRevision) result = make_merged (local, remote, merged);

        settle (self, link, remote, result, CONFSYNC_CAUSE_MERGE);
        break;
      }
    case CONFSYNC_ANSWER_DECLINED:
    default:
      report (self, CONFSYNC_REPORT_DECLINED, link, remote, local)->reason = g_strdup (reason);
      carry (self, link, remote);
      acknowledge (self, link, remote, CONFSYNC_OUTCOME_PENDING, reason);
      if (get_link (self, link) != NULL)
        offer (self, get_link (self, link), self->head, FALSE);
    }
  drain (self);
}

void
confsync_replica_tick (ConfsyncReplica *self, gint64 now)
{
  g_autoptr (ConfsyncRevision) again = NULL;

  self->now = now;
  if (self->applying != NULL || self->failed->len == 0)
    return;
  again = g_ptr_array_steal_index (self->failed, 0);
  evaluate (self, NULL, again);
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

const char *
confsync_replica_get_link_hash (ConfsyncReplica *self, const char *link)
{
  ConfsyncReplicaLink *record = get_link (self, link);

  return record != NULL ? confsync_replica_link_get_hash (record) : NULL;
}

gboolean
confsync_replica_link_is_in_sync (ConfsyncReplica *self, const char *link)
{
  ConfsyncReplicaLink *record = get_link (self, link);

  return record != NULL && self->head != NULL && confsync_replica_link_holds (record, self->head);
}
