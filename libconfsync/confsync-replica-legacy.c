/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * A replica's side towards legacy peers. What comes from one is a content and a time by a clock
 * that may be wrong; here it gets the stamp that it would most likely have, and from then on it is
 * a revision like any other. What goes to one is the head, and nothing is answered for.
 */

#include "config.h"

#include "confsync-replica-inside-private.h"

#include "confsync-legacy-message-private.h"

/* What waits while an apply is under way: of one instance, and over one link. The oldest go;
 * whoever made them has long made something else. */
#define DEFERRED_PER_ID_MAX 4
#define DEFERRED_PER_LINK_MAX 64

/* Sending */

static void
send (ConfsyncReplica *self, ConfsyncReplicaLink *link, ConfsyncMessageType type)
{
  ConfsyncLegacyState *state = confsync_replica_link_get_legacy (link);
  ConfsyncAction *action =
    confsync_replica_act (self, CONFSYNC_ACTION_SEND_LEGACY, confsync_replica_link_get_id (link),
                          self->head, NULL);
  ConfsyncStamp *stamp = self->head != NULL ? confsync_revision_get_stamp (self->head) : NULL;

  action->message = type;
  action->time = confsync_legacy_state_write_time (
    state, self->now, stamp != NULL ? confsync_stamp_get_time (stamp) : 0);
  if (type == CONFSYNC_MESSAGE_REQUEST)
    return;
  confsync_legacy_state_sent (state, self->now, self->head);
  confsync_replica_link_set_holds (link, stamp, confsync_revision_get_hash (self->head));
}

/* It knows contents only: what it holds by another stamp is no news to it. */
static gboolean
holds_content (ConfsyncReplicaLink *link, const char *hash)
{
  return g_strcmp0 (confsync_replica_link_get_hash (link), hash) == 0;
}

static const char *
author_of (ConfsyncRevision *revision)
{
  return confsync_stamp_get_author (confsync_revision_get_stamp (revision));
}

void
confsync_replica_legacy_send_back (ConfsyncReplica *self,
                                   ConfsyncReplicaLink *link,
                                   ConfsyncRevision *revision)
{
  if (confsync_legacy_state_may_answer (confsync_replica_link_get_legacy (link), self->now,
                                        author_of (revision),
                                        confsync_revision_get_hash (revision)))
    send (self, link, CONFSYNC_MESSAGE_UPDATE);
}

static gboolean
is_settled (ConfsyncReplicaLink *link, ConfsyncRevision *revision)
{
  return confsync_legacy_state_is_settled (confsync_replica_link_get_legacy (link),
                                           confsync_revision_get_hash (revision));
}

void
confsync_replica_legacy_offer (ConfsyncReplica *self,
                               ConfsyncReplicaLink *link,
                               ConfsyncRevision *revision)
{
  if (revision != self->head || confsync_replica_is_initial (revision))
    return;
  if (!holds_content (link, confsync_revision_get_hash (revision)))
    {
      send (self, link, CONFSYNC_MESSAGE_UPDATE);
      return;
    }
  confsync_replica_link_set_holds (link, confsync_revision_get_stamp (revision),
                                   confsync_revision_get_hash (revision));
  if (is_settled (link, revision))
    confsync_legacy_state_recognize (confsync_replica_link_get_legacy (link), revision);
  else
    confsync_replica_legacy_send_back (self, link, revision);
}

void
confsync_replica_legacy_confirm (ConfsyncReplica *self,
                                 ConfsyncReplicaLink *link,
                                 ConfsyncRevision *revision)
{
  if (revision == self->head && !is_settled (link, revision))
    confsync_replica_legacy_send_back (self, link, revision);
}

/* Whether what it holds waits here for a decision, or for room on the disk. */
static gboolean
holds_carried (ConfsyncReplica *self, ConfsyncReplicaLink *link)
{
  for (guint i = 0; i < self->carried->len; i++)
    {
      ConfsyncCarried *carried = self->carried->pdata[i];

      if (holds_content (link, confsync_revision_get_hash (carried->revision)))
        return TRUE;
    }
  return FALSE;
}

static gboolean
is_behind (ConfsyncReplica *self, ConfsyncReplicaLink *link)
{
  return confsync_replica_link_get_hash (link) != NULL &&
         !holds_content (link, confsync_revision_get_hash (self->head)) &&
         !holds_carried (self, link) &&
         confsync_legacy_state_is_quiet (confsync_replica_link_get_legacy (link), self->now);
}

void
confsync_replica_legacy_tick (ConfsyncReplica *self)
{
  GHashTableIter iter;
  ConfsyncReplicaLink *link;

  if (self->head == NULL || confsync_replica_is_initial (self->head))
    return;
  g_hash_table_iter_init (&iter, self->links);
  while (g_hash_table_iter_next (&iter, NULL, (gpointer *) &link))
    if (confsync_replica_link_get_legacy (link) != NULL && is_behind (self, link))
      confsync_replica_legacy_send_back (self, link, self->head);
}

/* Receiving */

/* What the edit was made on, as far as can be told, and itself. */
static ConfsyncStamp *
stamp_edit (ConfsyncReplica *self, ConfsyncStamp *base, const char *id, gint64 made)
{
  g_autoptr (ConfsyncVector) from = base != NULL
                                      ? confsync_vector_ref (confsync_stamp_get_vector (base))
                                      : confsync_vector_new (0, NULL, 0);
  gint64 time = MAX (made, confsync_vector_get_greatest (from) + 1);
  g_autoptr (ConfsyncVector) vector =
    confsync_vector_set (from, confsync_legacy_make_actor (id), time);

  /* a legacy peer knows of no epochs: it edits in the present one */
  if (base == NULL && self->head != NULL)
    base = confsync_revision_get_stamp (self->head);
  return confsync_stamp_new (CONFSYNC_STAMP_EDIT,
                             base != NULL ? confsync_stamp_get_epoch (base) : 0, time, id, vector);
}

static void
take_edit (ConfsyncReplica *self,
           ConfsyncReplicaLink *link,
           ConfsyncReplicaEvent *event,
           const ConfsyncLegacyReceipt *receipt)
{
  ConfsyncLegacyState *state = confsync_replica_link_get_legacy (link);
  ConfsyncStamp *base = confsync_legacy_state_get_base (state, receipt, event->id);
  g_autoptr (ConfsyncStamp) stamp = stamp_edit (self, base, event->id, receipt->made);
  g_autoptr (ConfsyncRevision) revision = confsync_revision_new (event->document, stamp);

  confsync_legacy_state_received (state, event->received, event->id, revision);
  confsync_replica_link_set_holds (link, stamp, confsync_revision_get_hash (revision));
  confsync_replica_evaluate (self, event->link, revision);
}

/* Whoever has the head's content was made aware of all that the head includes. */
static void
take_head_content (ConfsyncReplica *self, ConfsyncReplicaLink *link, ConfsyncReplicaEvent *event)
{
  ConfsyncLegacyState *state = confsync_replica_link_get_legacy (link);

  if (event->hint)
    {
      confsync_legacy_state_passed (state, event->received,
                                    confsync_revision_get_hash (self->head));
      confsync_legacy_state_recognize (state, self->head);
    }
  else
    confsync_legacy_state_received (state, event->received, event->id, self->head);
  confsync_replica_link_set_holds (link, confsync_revision_get_stamp (self->head),
                                   confsync_revision_get_hash (self->head));
}

void
confsync_replica_take_legacy (ConfsyncReplica *self, ConfsyncReplicaEvent *event)
{
  ConfsyncReplicaLink *link = confsync_replica_get_link (self, event->link);
  const char *hash = confsync_document_get_hash (event->document);
  ConfsyncLegacyState *state;
  ConfsyncLegacyReceipt receipt;

  if (link == NULL)
    return;
  state = confsync_replica_link_get_legacy (link);
  receipt = confsync_legacy_state_receive (state, event->received, event->time);
  if (self->head != NULL && g_str_equal (hash, confsync_revision_get_hash (self->head)))
    take_head_content (self, link, event);
  else if (event->hint)
    {
      /* it comes with its own stamp by itself; but those behind this channel have it */
      confsync_legacy_state_passed (state, event->received, hash);
      confsync_replica_link_set_holds (link, NULL, hash);
    }
  else
    take_edit (self, link, event, &receipt);
}

/* Drops the oldest of what waits, so that there is room for another one. */
static void
make_room (ConfsyncReplica *self, const char *link, const char *id)
{
  guint of_id = 0, of_link = 0;

  for (GList *l = self->deferred.tail, *next; l != NULL; l = next)
    {
      ConfsyncReplicaEvent *event = l->data;

      next = l->prev;
      if (event->type != CONFSYNC_EVENT_LEGACY || g_strcmp0 (event->link, link) != 0)
        continue;
      of_id += g_str_equal (event->id, id);
      if (++of_link < DEFERRED_PER_LINK_MAX &&
          (!g_str_equal (event->id, id) || of_id < DEFERRED_PER_ID_MAX))
        continue;
      confsync_replica_event_free (event);
      g_queue_delete_link (&self->deferred, l);
    }
}

void
confsync_replica_got_legacy (ConfsyncReplica *self,
                             gint64 now,
                             const char *link,
                             const char *id,
                             gint64 time,
                             ConfsyncDocument *document,
                             gboolean hint)
{
  ConfsyncReplicaEvent *event;

  self->now = now;
  /* {} is taken for a mistake here as everywhere */
  if (confsync_document_is_empty (document))
    return;
  make_room (self, link, id);
  event = confsync_replica_defer (self, CONFSYNC_EVENT_LEGACY, link);
  event->id = g_strdup (id);
  event->time = time;
  event->received = now;
  event->document = confsync_document_ref (document);
  event->hint = hint;
  confsync_replica_drain (self);
}

void
confsync_replica_got_legacy_request (ConfsyncReplica *self, gint64 now, const char *link)
{
  ConfsyncReplicaLink *record = confsync_replica_get_link (self, link);

  self->now = now;
  if (record != NULL && self->head != NULL)
    send (self, record, CONFSYNC_MESSAGE_RESPONSE);
}

void
confsync_replica_legacy_push (ConfsyncReplica *self, gint64 now, const char *link)
{
  ConfsyncReplicaLink *record = confsync_replica_get_link (self, link);

  self->now = now;
  if (record != NULL && self->head != NULL)
    send (self, record, CONFSYNC_MESSAGE_UPDATE);
}

void
confsync_replica_legacy_up (ConfsyncReplica *self, gint64 now, const char *link, gboolean leaf)
{
  ConfsyncReplicaLink *record = confsync_replica_link_new (link, leaf);

  self->now = now;
  confsync_replica_link_make_legacy (record, !leaf);
  g_hash_table_replace (self->links, (gpointer) confsync_replica_link_get_id (record), record);
  /* most never answer that; nobody waits for it */
  send (self, record, CONFSYNC_MESSAGE_REQUEST);
  if (self->head != NULL)
    confsync_replica_offer (self, record, self->head, FALSE);
}
