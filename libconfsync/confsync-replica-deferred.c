/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * What comes to a replica while an apply is under way, and waits for it, within bounds.
 */

#include "config.h"

#include "confsync-replica-inside-private.h"

/* A link that waits for answers has one revision under way, and those that are carried here. */
#define DEFERRED_REVISIONS_MAX 8

void
confsync_replica_event_free (ConfsyncReplicaEvent *event)
{
  g_free (event->link);
  g_clear_pointer (&event->revision, confsync_revision_unref);
  g_clear_pointer (&event->document, confsync_document_unref);
  g_clear_pointer (&event->stamp, confsync_stamp_unref);
  g_free (event->hash);
  g_free (event->id);
  g_free (event);
}

ConfsyncReplicaEvent *
confsync_replica_defer (ConfsyncReplica *self, ConfsyncReplicaEventType type, const char *link)
{
  ConfsyncReplicaEvent *event = g_new0 (ConfsyncReplicaEvent, 1);

  event->type = type;
  event->link = g_strdup (link);
  g_queue_push_tail (&self->deferred, event);
  return event;
}

static void
forget_deferred (ConfsyncReplica *self, GList *l)
{
  confsync_replica_event_free (l->data);
  g_queue_delete_link (&self->deferred, l);
}

/* Of what a link says of itself, and of what it asks, the last is enough. */
ConfsyncReplicaEvent *
confsync_replica_defer_latest (ConfsyncReplica *self,
                               ConfsyncReplicaEventType type,
                               const char *link)
{
  for (GList *l = self->deferred.head, *next; l != NULL; l = next)
    {
      ConfsyncReplicaEvent *event = l->data;

      next = l->next;
      if (event->type == type && g_strcmp0 (event->link, link) == 0)
        forget_deferred (self, l);
    }
  return confsync_replica_defer (self, type, link);
}

/* A newer revision replaces those that it includes. Who sends more than that, and waits for no
 * answer, is not listened to that closely: what is dropped is offered again with the next heads. */
void
confsync_replica_defer_received (ConfsyncReplica *self,
                                 const char *link,
                                 ConfsyncRevision *revision)
{
  guint n = 0;

  for (GList *l = self->deferred.tail, *next; l != NULL; l = next)
    {
      ConfsyncReplicaEvent *event = l->data;

      next = l->prev;
      if (event->type != CONFSYNC_EVENT_RECEIVED || g_strcmp0 (event->link, link) != 0)
        continue;
      if (confsync_stamp_compare (confsync_revision_get_stamp (event->revision),
                                  confsync_revision_get_stamp (revision)) == CONFSYNC_ORDER_BEFORE)
        confsync_replica_acknowledge (self, link, event->revision, CONFSYNC_OUTCOME_TAKEN, NULL);
      else if (++n < DEFERRED_REVISIONS_MAX)
        continue;
      forget_deferred (self, l);
    }
  confsync_replica_defer (self, CONFSYNC_EVENT_RECEIVED, link)->revision =
    confsync_revision_ref (revision);
}
